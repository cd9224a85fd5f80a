#include "sample/strategies.h"

#include <stdio.h>

#include "base/err.h"
#include "sample/jaeger/strategies.h"
#include "sample/policy/jaeger.h"

struct making {
    struct tki_load *l;
    struct tki_sampler *s;
    const char *name;
    struct tki_strings services; /* that are listed */
    size_t cap;
};

static void *allocate(struct making *m, size_t n)
{
    void *p = tki_arena_alloc(m->l->y.arena, n);
    if (p)
        memset(p, 0, n);
    else
        tki_err_memory(m->l->y.err);
    return p;
}

static int name_policy(struct making *m, struct tki_policy *p, const struct tki_jaeger_answer *a, const char *operation,
                       size_t n)
{
    tk_str service = a->service.n ? a->service : TKI_STR("(default)");
    char *name = allocate(m, service.n + n + 4);
    if (!name)
        return TK_ENOMEM;
    int length =
        snprintf(name, service.n + n + 4, "%.*s%s%.*s", (int)service.n, service.p, n ? ": " : "", (int)n, operation);
    p->name = (tk_str){name, (size_t)length};
    return 0;
}

/* The policy inside, of that type; its data is filled by the caller before it is opened. */
static void *inner(struct making *m, struct tki_policy *p, uint32_t at, const struct tki_policy_type *type)
{
    struct tki_policy *sub = &p->subs[at];
    *sub = (struct tki_policy){.name = tki_str(type->name),
                               .type = type,
                               .pos = p->pos,
                               .bit = TK_NONE,
                               .draw = TK_NONE,
                               .error_bit = TK_NONE,
                               .alone = TK_NONE};
    sub->data = allocate(m, type->data_size);
    p->nsubs = at + 1;
    return sub->data;
}

static int open_inner(struct making *m, struct tki_policy *p)
{
    struct tki_opening o = {.y = &m->l->y, .release = m->l->release, .draws = m->l->draws};
    int rc = 0;
    for (uint32_t i = 0; i < p->nsubs && rc == 0; i++)
        if (p->subs[i].type->prepare)
            rc = p->subs[i].type->prepare(&o, &p->subs[i]);
    return rc;
}

/* A policy that asks for the root and then for something else. */
static struct tki_policy *begin(struct making *m, const struct tki_jaeger_answer *a, const struct tki_strings *of,
                                bool of_operations)
{
    if (m->s->npolicies == TKI_POLICIES_MAX) {
        tki_err_source(m->l->y.err, m->name);
        tki_err_set(m->l->y.err, TK_ELIMIT, "more than %d strategies", TKI_POLICIES_MAX);
        return NULL;
    }
    struct tki_policy *p = &m->s->policies[m->s->npolicies];
    *p = (struct tki_policy){.type = &tki_policy_jaeger_strategy,
                             .pos = {.file = m->name, .line = a->line},
                             .bit = TK_NONE,
                             .draw = TK_NONE,
                             .error_bit = TK_NONE,
                             .alone = TK_NONE};
    p->subs = allocate(m, 2 * sizeof *p->subs);
    if (!p->subs)
        return NULL;
    m->s->npolicies++;
    struct tki_jaeger_root *root = inner(m, p, 0, &tki_policy_jaeger_root);
    if (!root)
        return NULL;
    root->service = a->service;
    root->other_services = a->service.n == 0;
    root->of_operations = of_operations;
    int rc = root->other_services ? tki_texts_make(&root->services, &m->services, 0, SIZE_MAX, m->l->y.arena) : 0;
    if (rc == 0)
        rc = tki_texts_make(&root->operations, of, 0, SIZE_MAX, m->l->y.arena);
    if (rc < 0)
        tki_err_memory(m->l->y.err);
    return rc < 0 ? NULL : p;
}

static int probability(struct making *m, struct tki_policy *p, double x)
{
    struct tki_jaeger_probability *d = p ? inner(m, p, 1, &tki_policy_jaeger_probability) : NULL;
    if (!d)
        return m->l->y.err->code;
    d->probability = x < 0 ? 0 : x > 1 ? 1 : x;
    return open_inner(m, p);
}

static int rate(struct making *m, struct tki_policy *p, int32_t traces_per_second)
{
    struct tki_jaeger_rate *d = p ? inner(m, p, 1, &tki_policy_jaeger_rate) : NULL;
    if (!d)
        return m->l->y.err->code;
    d->traces_per_second = traces_per_second;
    m->s->by_start = true;
    if (tki_warn(m->l->y.warnings,
                 "%s:%d: %d traces per second hold for each process of the service: one is assumed, with the times of "
                 "the dump",
                 m->name, p->pos.line, (int)traces_per_second) < 0)
        return tki_err_memory(m->l->y.err);
    return open_inner(m, p);
}

/* Out of range, clients keep the probability that they begin with. */
static double plain_probability(double x)
{
    return x >= 0 && x <= 1 ? x : TKI_JAEGER_PROBABILITY;
}

static int make(struct making *m, const struct tki_jaeger_answer *a)
{
    const struct tki_strings none = {0};
    struct tki_strings operations = {.n = a->noperations};
    int rc = 0;
    if (!a->by_operation) {
        struct tki_policy *p = begin(m, a, &none, false);
        rc = p ? name_policy(m, p, a, "", 0) : m->l->y.err->code;
        if (rc == 0)
            rc = a->limited ? rate(m, p, a->traces_per_second) : probability(m, p, plain_probability(a->probability));
        return rc;
    }
    operations.s = allocate(m, (a->noperations + 1) * sizeof *operations.s);
    if (!operations.s)
        return TK_ENOMEM;
    for (size_t i = 0; i < a->noperations && rc == 0; i++) {
        operations.s[i] = a->operation[i].name;
        struct tki_policy *p = begin(m, a, &(struct tki_strings){.s = &operations.s[i], .n = 1}, true);
        rc = p ? name_policy(m, p, a, operations.s[i].p, operations.s[i].n) : m->l->y.err->code;
        rc = rc == 0 ? probability(m, p, a->operation[i].probability) : rc;
    }
    struct tki_policy *p = rc == 0 ? begin(m, a, &operations, false) : NULL;
    if (rc == 0)
        rc = p ? name_policy(m, p, a, "(others)", 8) : m->l->y.err->code;
    return rc == 0 ? probability(m, p, a->rest) : rc;
}

static int make_all(struct making *m, const struct tki_jaeger_strategies *all)
{
    size_t n = 1 + all->any.noperations;
    bool by_operation = all->any.by_operation;
    for (size_t i = 0; i < all->nservices; i++) {
        n += 1 + all->service[i].noperations;
        by_operation = by_operation || all->service[i].by_operation;
    }
    m->s->policies = allocate(m, (n < TKI_POLICIES_MAX ? n : TKI_POLICIES_MAX) * sizeof *m->s->policies);
    m->services.s = allocate(m, (all->nservices + 1) * sizeof *m->services.s);
    if (!m->s->policies || !m->services.s)
        return TK_ENOMEM;
    for (size_t i = 0; i < all->nservices; i++)
        m->services.s[m->services.n++] = all->service[i].service;
    int rc = 0;
    for (size_t i = 0; i < all->nservices && rc == 0; i++)
        rc = make(m, &all->service[i]);
    rc = rc == 0 ? make(m, &all->any) : rc;
    if (rc == 0 && by_operation &&
        tki_warn(m->l->y.warnings,
                 "%s: each process of a client also keeps the first trace of every operation, by its lower bound: "
                 "these are not counted",
                 m->name) < 0)
        return tki_err_memory(m->l->y.err);
    return rc;
}

int tki_strategies_load(struct tki_load *l, const char *name, tk_str text, struct tki_sampler *s)
{
    struct tki_jaeger_strategies all;
    struct making m = {.l = l, .s = s, .name = name};
    int rc = tki_jaeger_read(&l->y, name, text, &all);
    if (rc < 0)
        return rc;
    snprintf(s->processor, sizeof s->processor, "Jaeger's sampling strategies");
    s->tail = true;
    s->strategies = true;
    return make_all(&m, &all);
}
