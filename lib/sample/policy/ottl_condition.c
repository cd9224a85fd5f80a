#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "expr/ottl/ottl.h"
#include "sample/policy/policy.h"

struct conditions {
    struct tki_ottl **c;
    size_t n;
};

struct ottl_condition {
    tk_str error_mode;
    struct tki_strings span, spanevent;
    struct conditions of_span, of_event;
    uint32_t events; /* which field of the policy says how many events a span has */
};

static const struct tki_setting settings[] = {
    {"error_mode", TKI_SETTING_STRING, offsetof(struct ottl_condition, error_mode)},
    {"span", TKI_SETTING_STRINGS, offsetof(struct ottl_condition, span)},
    {"spanevent", TKI_SETTING_STRINGS, offsetof(struct ottl_condition, spanevent)},
    {0}};

static int open_conditions(struct tki_opening *o, struct tki_policy *p, const struct tki_strings *texts,
                           enum tki_ottl_context context, struct conditions *to)
{
    const struct tki_ottl_rules rules = {o->release, o->lambdas};
    struct tk_err e = {0};
    to->c = tki_arena_alloc(o->y->arena, (texts->n + 1) * sizeof(struct tki_ottl *));
    if (!to->c)
        return tki_err_memory(o->y->err);
    for (size_t i = 0; i < texts->n; i++) {
        int rc = tki_ottl_open(&to->c[i], texts->s[i], context, rules, o->ottl, o->y->arena, &e);
        if (rc == TK_ENOMEM)
            return tki_err_memory(o->y->err);
        if (rc < 0)
            return tki_policy_fail(o, p, texts->node[i], rc, "condition '%.*s', character %llu: %s",
                                   (int)(texts->s[i].n < 100 ? texts->s[i].n : 100), texts->s[i].p,
                                   (unsigned long long)e.offset + 1, e.text);
        to->n = i + 1;
    }
    return 0;
}

static void mark_reads(const struct conditions *of, bool *reads)
{
    for (size_t i = 0; i < of->n; i++) {
        uint32_t n;
        const uint32_t *field = tki_ottl_reads(of->c[i], &n);
        for (uint32_t k = 0; k < n; k++)
            reads[field[k]] = true;
    }
}

/* The fields of all conditions, each once. */
static int read_fields(struct tki_opening *o, struct tki_policy *p)
{
    const struct ottl_condition *d = p->data;
    bool *reads = tki_arena_alloc(o->y->arena, o->ottl->n);
    int rc = 0;
    if (!reads)
        return tki_err_memory(o->y->err);
    memset(reads, 0, o->ottl->n);
    mark_reads(&d->of_span, reads);
    mark_reads(&d->of_event, reads);
    for (uint32_t i = 0; i < o->ottl->n && rc == 0; i++)
        rc = reads[i] ? tki_policy_reads(o, p, o->ottl->field[i]) : 0;
    return rc;
}

/* The field on which all conditions depend alone. */
static uint32_t alone(const struct ottl_condition *d)
{
    uint32_t field = d->of_event.n || !d->of_span.n ? TK_NONE : tki_ottl_alone(d->of_span.c[0]);
    for (size_t i = 1; i < d->of_span.n; i++)
        if (tki_ottl_alone(d->of_span.c[i]) != field)
            return TK_NONE;
    return field;
}

/* What opens any of its conditions on spans. */
static int find_openers(struct tki_opening *o, struct tki_policy *p)
{
    const struct ottl_condition *d = p->data;
    struct tki_ottl_openers all = {0};
    p->opens = true;
    p->by_events = d->of_event.n > 0;
    for (size_t i = 0; i < d->of_span.n && p->opens; i++)
        p->opens = tki_ottl_find_openers(d->of_span.c[i], o->ottl, p->stops, &all);
    struct tki_ottl_opener *copy = tki_arena_alloc(o->y->arena, all.n * sizeof *copy);
    if (!copy)
        return tki_err_memory(o->y->err);
    memcpy(copy, all.opener, all.n * sizeof *copy);
    p->quick = p->alone != TK_NONE && all.n == 1 && !p->stops;
    p->openers = copy;
    p->nopeners = all.n;
    return 0;
}

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    struct ottl_condition *d = p->data;
    static const char *const modes[] = {"", "ignore", "silent", "propagate"};
    size_t mode = d->error_mode.p ? 1 : 0; /* an empty one that is written is none */
    while (mode < sizeof modes / sizeof *modes && !tki_str_same_letters(d->error_mode, tki_str(modes[mode])))
        mode++;
    if (mode == sizeof modes / sizeof *modes)
        return tki_policy_fail(o, p, NULL, TK_EUSAGE, "unknown error_mode '%.*s' (known: ignore, silent, propagate)",
                               (int)(d->error_mode.n < 40 ? d->error_mode.n : 40), d->error_mode.p);
    if (d->span.n + d->spanevent.n == 0)
        return tki_policy_fail(o, p, NULL, TK_EUSAGE, "ottl_condition needs a condition under span or spanevent");
    p->stops = strcmp(modes[mode], "propagate") == 0;
    int rc = open_conditions(o, p, &d->span, TKI_OTTL_SPAN, &d->of_span);
    if (rc == 0)
        rc = open_conditions(o, p, &d->spanevent, TKI_OTTL_EVENT, &d->of_event);
    if (rc == 0)
        rc = read_fields(o, p);
    p->alone = alone(d);
    if (rc == 0)
        rc = find_openers(o, p);
    d->events = p->nfields; /* behind those of the conditions */
    return rc == 0 ? tki_policy_reads(o, p, (struct tki_field){.id = TKI_F_EVENTS}) : rc;
}

static void close_conditions(struct conditions *of)
{
    for (size_t i = 0; i < of->n; i++)
        tki_ottl_close(of->c[i]);
}

static void dispose(struct tki_policy *p)
{
    struct ottl_condition *d = p->data;
    close_conditions(&d->of_span);
    close_conditions(&d->of_event);
}

/* The conditions in order, up to the first that says all there is to say. */
static int try_conditions(const struct tki_policy *p, const struct conditions *of, const struct tki_strings *texts,
                          struct tki_ottl_run *r, struct tki_look *look)
{
    for (size_t i = 0; i < of->n; i++) {
        int said = tki_ottl_test(of->c[i], r);
        if (said == 0)
            continue;
        tki_look_say(look, said == 1 ? texts->s[i] : tki_str(r->why), said == TKI_OTTL_FAULT);
        if (said == 1 || said < 0)
            return said;
        if (p->stops)
            return TKI_SAID_ERROR;
    }
    return 0;
}

static int on_span(const struct tki_policy *p, struct tki_look *look)
{
    const struct ottl_condition *d = p->data;
    struct tki_ottl_run *r = tki_look_ottl(look);
    tki_look_say(look, TKI_STR("no condition holds"), false);
    int said = try_conditions(p, &d->of_span, &d->span, r, look);
    int64_t events = said || !d->of_event.n ? 0 : tki_look_at(look, d->events).v.i;
    for (int64_t i = 0; i < events && said == 0; i++) {
        r->at->event = (uint32_t)i;
        tki_ottl_begin(r);
        said = try_conditions(p, &d->of_event, &d->spanevent, r, look);
    }
    if (events) {
        r->at->event = TK_NONE;
        tki_ottl_begin(r);
    }
    return said;
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct ottl_condition *d = p->data;
    size_t n = d->span.n + d->spanevent.n;
    if (n == 1)
        tki_buf_str(to, d->span.n ? d->span.s[0] : d->spanevent.s[0]);
    else
        tki_buf_printf(to, "one of %zu conditions", n);
}

static void say_never(const struct tki_policy *p, struct tki_lint_ask *ask, tk_str text,
                      const struct tki_ottl_never *why)
{
    char said[240];
    int n = (int)(text.n < 80 ? text.n : 80);
    if (why->field)
        snprintf(said, sizeof said, "its condition '%.*s' never holds: nothing has %.*s", n, text.p,
                 (int)(why->field->key.n < 80 ? why->field->key.n : 80), why->field->key.p);
    else
        snprintf(said, sizeof said, "its condition '%.*s' never holds: %.*s is %s, and equal to no value that is %s", n,
                 text.p, (int)(why->path.n < 40 ? why->path.n : 40), why->path.p, why->is, why->with);
    ask->say(ask->ctx, p, why->field ? "key-never-occurs" : "never-matches", said);
}

/* Without a dump: what types forbid; with one: attributes that nothing has. */
static void find_never(const struct tki_policy *p, struct tki_lint_ask *ask, const struct conditions *of,
                       const struct tki_strings *texts)
{
    for (size_t i = 0; i < of->n; i++) {
        struct tki_ottl_never types = {0}, why = {.absent = ask->absent, .ctx = ask->ctx};
        if (!tki_ottl_never_holds(of->c[i], ask->ottl, &types) == !ask->absent)
            continue;
        if (tki_ottl_never_holds(of->c[i], ask->ottl, &why))
            say_never(p, ask, texts->s[i], &why);
    }
}

static void lint_parts(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct ottl_condition *d = p->data;
    if (d->of_span.n + d->of_event.n > 1) /* of a single one it is said of the policy */
        find_never(p, ask, &d->of_span, &d->span);
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct ottl_condition *d = p->data;
    for (size_t i = 0; i < d->of_span.n && (i == 0 || !p->stops); i++) /* an error of one before may end it */
        ask->keeps_all |= tki_ottl_always_holds(d->of_span.c[i]);
    find_never(p, ask, &d->of_span, &d->span);
    find_never(p, ask, &d->of_event, &d->spanevent);
    if (p->stops)
        ask->note(
            ask->ctx, p, "error-ends-it",
            "with error_mode propagate the first span that is an error, such as one without the attribute, ends the "
            "policy for its trace: the spans behind it do not count");
}

const struct tki_policy_type tki_policy_ottl_condition = {
    .name = "ottl_condition",
    .about = "a condition in OTTL on a span or an event of a span",
    .settings = settings,
    .data_size = sizeof(struct ottl_condition),
    .prepare = prepare,
    .dispose = dispose,
    .on_span = on_span,
    .decide = tki_decide_by_evidence,
    .ask = ask,
    .lint = lint,
    .lint_parts = lint_parts,
};
