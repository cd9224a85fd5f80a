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
    struct tki_ottl_fields fields;
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
    struct ottl_condition *d = p->data;
    const struct tki_ottl_rules rules = {o->release, o->lambdas};
    struct tk_err e = {0};
    to->c = tki_arena_alloc(o->y->arena, (texts->n + 1) * sizeof(struct tki_ottl *));
    if (!to->c)
        return tki_err_memory(o->y->err);
    for (size_t i = 0; i < texts->n; i++) {
        int rc = tki_ottl_open(&to->c[i], texts->s[i], context, rules, &d->fields, o->y->arena, &e);
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
    /* The policy's fields are the conditions' fields, in their order; the number of events comes behind them. */
    for (uint32_t i = 0; i < d->fields.n && rc == 0; i++)
        rc = tki_policy_reads(o, p, d->fields.field[i]);
    d->events = d->fields.n;
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
    free(d->fields.field);
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
    struct tki_at *at = tki_look_place(look);
    struct tki_ottl_run r = {
        .at = at, .fields = p->fields, .regex = tki_look_regex(look), .memory = tki_look_memory(look)};
    if (tki_ottl_begin(&r, d->fields.n) < 0)
        return TK_ENOMEM;
    tki_look_say(look, TKI_STR("no condition holds"), false);
    int said = try_conditions(p, &d->of_span, &d->span, &r, look);
    int64_t events = said || !d->of_event.n ? 0 : tki_look_at(look, d->events).v.i;
    for (int64_t i = 0; i < events && said == 0; i++) {
        at->event = (uint32_t)i;
        if (tki_ottl_begin(&r, d->fields.n) < 0)
            return TK_ENOMEM;
        said = try_conditions(p, &d->of_event, &d->spanevent, &r, look);
    }
    at->event = TK_NONE;
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
};
