/* What the files of policy types share. */
#include "sample/policy/policy.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "sample/policy/look.h"

enum { QUOTED_MAX = 100 /* bytes told of a text */ };

const char *const tki_decision_names[TKI_DECISIONS] = {"NotSampled",    "Sampled", "InvertNotSampled",
                                                       "InvertSampled", "Dropped", "Error"};

/* ---- opening ---- */

int tki_policy_fail(struct tki_opening *o, const struct tki_policy *p, const struct tki_yaml_node *node, int code,
                    const char *format, ...)
{
    char text[sizeof o->y->err->text];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return tki_yaml_fail(o->y, node ? node : o->at, code, "policy '%.*s': %s", (int)(p->name.n < 80 ? p->name.n : 80),
                         p->name.p, text);
}

int tki_policy_reads(struct tki_opening *o, struct tki_policy *p, struct tki_field field)
{
    if (tki_field_traits(&field) & TKI_T_WHOLE) {
        struct tki_buf name = {0};
        tki_field_print(&name, &field);
        int rc = tki_policy_fail(o, p, NULL, TK_EUNSUPPORTED, "%.*s can only be known of a whole trace", (int)name.n,
                                 name.n ? name.p : "");
        tki_buf_free(&name);
        return rc;
    }
    /* A handful at most; the old array stays in the arena. */
    struct tki_field *more = tki_arena_alloc(o->y->arena, (p->nfields + 1) * sizeof *more);
    if (!more)
        return tki_err_memory(o->y->err);
    if (p->nfields)
        memcpy(more, p->fields, p->nfields * sizeof *more);
    more[p->nfields++] = field;
    p->fields = more;
    return 0;
}

int tki_policy_draws(struct tki_opening *o, struct tki_policy *p, tk_str text, uint64_t threshold)
{
    struct tki_draws *d = o->draws;
    p->threshold = threshold;
    for (p->draw = 0; p->draw < d->n; p->draw++)
        if (tki_str_eq(d->text[p->draw], text))
            return 0;
    tk_str *more = tki_arena_alloc(o->y->arena, (d->n + 1) * sizeof *more);
    if (!more)
        return tki_err_memory(o->y->err);
    if (d->n)
        memcpy(more, d->text, d->n * sizeof *more);
    more[d->n++] = text;
    d->text = more;
    return 0;
}

/* ---- looking ---- */

struct tki_value tki_look_at(struct tki_look *look, uint32_t n)
{
    assert(n < look->policy->nfields);
    return tki_field_get(&look->at, &look->policy->fields[n]);
}

struct tki_ottl_run *tki_look_ottl(struct tki_look *look)
{
    return tki_look_run(look);
}

void tki_look_say(struct tki_look *look, tk_str said, bool fault)
{
    look->said = said;
    look->fault = fault;
}

/* ---- deciding ---- */

enum { EXTENT_WRAPS_SINCE = 162 };

int64_t tki_arrived_ms(const struct tki_arrived *a, unsigned release)
{
    int64_t start = (int64_t)a->start_ns, end = (int64_t)a->end_ns, ns;
    if (release >= EXTENT_WRAPS_SINCE)
        ns = (int64_t)(a->end_ns - a->start_ns);
    else if (__builtin_sub_overflow(end, start, &ns))
        ns = end < start ? INT64_MIN : INT64_MAX;
    return ns / 1000000;
}

enum tki_decision tki_decide_by_evidence(const struct tki_policy *p, const struct tki_moment *m)
{
    bool match = tki_bit_get(m->bits, p->bit);
    if (p->error_bit != TK_NONE && tki_bit_get(m->bits, p->error_bit))
        return TKI_NOT_EVALUATED;
    if (p->invert && m->inverts)
        return match ? TKI_INVERT_NOT_SAMPLED : TKI_INVERT_SAMPLED;
    return match != p->invert ? TKI_SAMPLED : TKI_NOT_SAMPLED;
}

enum tki_decision tki_subs_decide(const struct tki_policy *p, const struct tki_moment *m, enum tki_decision yes)
{
    for (uint32_t i = 0; i < p->nsubs; i++) {
        enum tki_decision d = tki_policy_decide(&p->subs[i], m);
        if (!tki_keeps(d))
            return d == TKI_NOT_EVALUATED ? TKI_NOT_EVALUATED : TKI_NOT_SAMPLED;
    }
    return yes;
}

unsigned tki_subs_possible(const struct tki_policy *p, const struct tki_moment *m, bool sure, enum tki_decision yes)
{
    unsigned result = 0;
    for (uint32_t i = 0; i < p->nsubs; i++) {
        unsigned may = tki_policy_possible(&p->subs[i], m, sure);
        unsigned no = may & ~TKI_KEEPING;
        if (no & (1u << TKI_NOT_EVALUATED))
            result |= 1u << TKI_NOT_EVALUATED;
        if (no & ~(1u << TKI_NOT_EVALUATED))
            result |= 1u << TKI_NOT_SAMPLED;
        if (!(may & TKI_KEEPING))
            return result;
        sure = sure && !no;
    }
    return result | 1u << yes;
}

/* ---- explaining ---- */

void tki_ask_all_of(struct tki_buf *to, const struct tki_policy *p)
{
    tki_buf_printf(to, "%s", p->nsubs ? "all of:" : "nothing asked for");
}

void tki_put_quoted(struct tki_buf *to, tk_str s)
{
    size_t n = s.n < QUOTED_MAX ? s.n : QUOTED_MAX;
    while (n < s.n && n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--; /* not in the middle of a character */
    tki_buf_putc(to, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f || c == '"')
            tki_buf_printf(to, "\\x%02x", c);
        else
            tki_buf_putc(to, (char)c);
    }
    tki_buf_printf(to, "%s\"", n < s.n ? "..." : "");
}

bool tki_policy_has_budget(const struct tki_policy *p)
{
    bool has = p->type->budgets;
    for (uint32_t i = 0; i < p->nsubs && !has; i++)
        has = tki_policy_has_budget(&p->subs[i]);
    return has;
}
