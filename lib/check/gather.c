/* What the assertions ask about, trace by trace. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/hash.h"
#include "check/check_in.h"

int tki_check_state_open(struct tki_checks *c)
{
    c->state = calloc(1, sizeof *c->state);
    return c->state ? 0 : TK_ENOMEM;
}

void tki_check_state_free(struct tki_checks *c)
{
    if (!c->state)
        return;
    tki_idmap_free(&c->state->seconds);
    free(c->state->second);
    tki_bias_free(&c->state->bias);
    free(c->state);
    c->state = NULL;
}

void tki_checks_free(struct tki_checks *c)
{
    for (size_t i = 0; i < c->n; i++) {
        tki_query_eval_free(c->all[i].eval);
        tki_query_free(c->all[i].query);
        free(c->all[i].group);
    }
    free(c->all);
    tki_check_state_free(c);
    tki_arena_free(&c->arena);
    *c = (struct tki_checks){0};
}

/* ---- groups ---- */

struct tki_check_group *tki_check_group(struct tki_checks *c, struct tki_assertion *a, tk_str key)
{
    for (size_t i = 0; i < a->ngroups; i++)
        if (tki_str_eq(a->group[i].key, key))
            return &a->group[i];
    if (a->ngroups == TKI_CHECK_GROUPS_MAX)
        return NULL;
    if (a->ngroups == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 4;
        struct tki_check_group *more = realloc(a->group, cap * sizeof *more);
        if (!more)
            return NULL;
        a->group = more;
        a->cap = cap;
    }
    char *copy = tki_arena_alloc(&c->arena, key.n + 1);
    if (!copy)
        return NULL;
    if (key.n)
        memcpy(copy, key.p, key.n);
    struct tki_check_group *g = &a->group[a->ngroups++];
    *g = (struct tki_check_group){.key = {copy, key.n}, .value = NAN, .low = NAN, .high = NAN};
    return g;
}

/* Keeps the traces with the smallest hashes, in their order: a choice that does not depend on the order of the dump. */
static void add_example(struct tki_check_example *to, unsigned *n, tk_id128 id)
{
    struct tki_check_example e = {tki_fnv64(TKI_FNV64_START, (const char *)&id, sizeof id), id};
    unsigned at = *n;
    while (at > 0 && e.hash < to[at - 1].hash)
        at--;
    if (at == TKI_CHECK_EXAMPLES)
        return;
    if (*n < TKI_CHECK_EXAMPLES)
        ++*n;
    memmove(&to[at + 1], &to[at], (*n - at - 1) * sizeof *to);
    to[at] = e;
}

static void count(struct tki_check_group *g, const struct tki_check_fact *f)
{
    g->n++;
    g->w += f->weight;
    g->w2 += f->weight * f->weight;
    g->kept += f->kept ? f->weight : 0;
    g->base += f->kept_by_base ? f->weight : 0;
    g->nkept += f->kept;
    if (f->kept)
        add_example(g->found, &g->nfound, f->id);
    else
        add_example(g->lost, &g->nlost, f->id);
}

/* ---- traces ---- */

static void add_sum(struct tki_check_sum *s, double w, double y)
{
    s->sum += w * y;
    s->variance += w > 1 ? w * y * w * y * (1 - 1 / w) : 0;
}

int tki_checks_add(struct tki_checks *c, const struct tki_check_fact *f, struct tk_err *err)
{
    struct tki_check_state *s = c->state;
    s->traces++;
    s->weighted = s->weighted || f->weight != 1;
    if (f->kept) {
        s->kept_traces++;
        s->in_part += f->in_part;
        add_sum(&s->traces_kept, f->weight, 1);
        add_sum(&s->spans_kept, f->weight, f->kept_spans);
    }
    if (f->kept_by_base) {
        add_sum(&s->traces_base, f->weight, 1);
        add_sum(&s->spans_base, f->weight, f->spans);
    }
    if (!f->has_root)
        return 0;
    const struct tki_bias_trace t = {.error = f->error,
                                     .kept = f->kept,
                                     .duration_ns = f->duration_ns,
                                     .weight = f->weight,
                                     .stands = f->kept && f->chance > 0 ? f->weight / f->chance : 0};
    int rc = 0;
    for (size_t i = 0; i < c->n && rc == 0; i++)
        if (c->all[i].metric == TKI_CHECK_BIAS) {
            rc = tki_bias_add(&s->bias, f->service, &t);
            break;
        }
    if (rc == TK_ELIMIT)
        return tki_err_set(err, rc, "bias holds %d traces at most", TKI_BIAS_TRACES_MAX);
    return rc < 0 ? tki_err_memory(err) : 0;
}

/* Each spanset counts for its key once. */
static int add_keys(struct tki_checks *c, struct tki_assertion *a, const struct tki_check_fact *f,
                    const struct tki_qresult *results, struct tk_err *err)
{
    for (const struct tki_qresult *r = results; r; r = r->next) {
        struct tki_buf key = {0};
        int rc = 0;
        for (uint32_t k = 0; k < r->nkeys; k++)
            tki_value_print(&key, &r->keys[k], false);
        tk_str text = tki_buf_text(&key, &rc);
        struct tki_check_group *g = rc == 0 ? tki_check_group(c, a, text) : NULL;
        if (g)
            count(g, f);
        tki_buf_free(&key);
        if (!g && a->ngroups == TKI_CHECK_GROUPS_MAX)
            return tki_err_set(err, TK_ELIMIT, "line %u: more than %d groups", a->line, TKI_CHECK_GROUPS_MAX);
        if (!g)
            return tki_err_memory(err);
    }
    return 0;
}

int tki_checks_trace(struct tki_checks *c, const struct tki_check_fact *f, const struct tk_batch *whole,
                     struct tk_err *err)
{
    for (size_t i = 0; i < c->n; i++) {
        struct tki_assertion *a = &c->all[i];
        const struct tki_qresult *results = NULL;
        if (!a->query)
            continue;
        int rc = tki_query_trace(a->eval, whole, &results);
        if (rc < 0)
            return rc == TK_ENOMEM ? tki_err_memory(err)
                                   : tki_err_set(err, rc, "line %u: a regular expression took too many steps", a->line);
        if (!results)
            continue;
        if (a->by.n || a->metric == TKI_CHECK_DISTINCT) {
            rc = add_keys(c, a, f, results, err);
            if (rc < 0)
                return rc;
            continue;
        }
        struct tki_check_group *g = tki_check_group(c, a, TKI_STR(""));
        if (!g)
            return tki_err_memory(err);
        count(g, f);
    }
    return 0;
}

/* ---- seconds ---- */

int tki_checks_span(struct tki_checks *c, const struct tki_check_fact *f, uint64_t end_ns, size_t bytes,
                    struct tk_err *err)
{
    struct tki_check_state *s = c->state;
    uint32_t before = s->seconds.n, at = tki_idmap_put(&s->seconds, (tk_id128){1, end_ns / 1000000000});
    if (at == TKI_MAP_NONE)
        return tki_err_memory(err);
    if (at >= s->second_cap) {
        size_t cap = s->second_cap ? s->second_cap * 2 : 256;
        struct tki_check_second *more = realloc(s->second, cap * sizeof *more);
        if (!more)
            return tki_err_memory(err);
        s->second = more;
        s->second_cap = cap;
    }
    if (at >= before)
        s->second[at] = (struct tki_check_second){0};
    s->second[at].spans += f->weight;
    s->second[at].bytes += f->weight * (double)bytes;
    add_sum(&s->bytes_kept, f->weight, (double)bytes);
    return 0;
}
