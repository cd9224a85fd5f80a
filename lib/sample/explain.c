/* Why one trace was kept or not: the values that decided, policy by policy. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "sample/digest.h"

#define SEEN_MAX  3    /* values told of a leaf that nothing satisfied */
#define VALUE_MAX 100  /* bytes told of a value */
#define WHY_MAX   1024 /* bytes of a line */

struct note { /* of one leaf */
    bool hit;
    uint32_t nseen;
    bool more;
    char *seen[SEEN_MAX];
    char *text; /* of the hit */
};

struct tki_explain {
    const struct tki_sampler *s;
    tk_id128 id;
    struct tki_arena arena;
    struct note *notes; /* by bit */
    struct tki_reason *reasons;
    size_t nreasons, cap;
    int err;
};

static size_t count_policies(const struct tki_policy *p, uint32_t n)
{
    size_t total = n;
    for (uint32_t i = 0; i < n; i++)
        total += count_policies(p[i].subs, p[i].nsubs);
    return total;
}

int tki_explain_open(struct tki_explain **to, const struct tki_sampler *s, tk_id128 id, struct tk_err *err)
{
    struct tki_explain *e = calloc(1, sizeof *e);
    *to = e;
    if (!e)
        return tki_err_memory(err);
    e->s = s;
    e->id = id;
    e->cap = count_policies(s->policies, s->npolicies);
    e->notes = calloc(s->nbits + 1, sizeof *e->notes);
    e->reasons = calloc(e->cap, sizeof *e->reasons);
    if (e->notes && e->reasons)
        return 0;
    tki_explain_close(e);
    *to = NULL;
    return tki_err_memory(err);
}

void tki_explain_close(struct tki_explain *e)
{
    if (!e)
        return;
    tki_arena_free(&e->arena);
    free(e->notes);
    free(e->reasons);
    free(e);
}

tk_id128 tki_explain_id(const struct tki_explain *e)
{
    return e->id;
}

/* ---- text
 * ------------------------------------------------------------------------------------------------------------
 */

static char *keep(struct tki_explain *e, struct tki_buf *b)
{
    char *copy = b->err ? NULL : tki_arena_alloc(&e->arena, b->n + 1);
    if (copy) {
        if (b->n)
            memcpy(copy, b->p, b->n);
        copy[b->n] = '\0';
    } else {
        e->err = TK_ENOMEM;
    }
    tki_buf_free(b);
    return copy;
}

static void put_text(struct tki_buf *b, tk_str s)
{
    size_t n = s.n < VALUE_MAX ? s.n : VALUE_MAX;
    tki_buf_putc(b, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f || c == '"')
            tki_buf_printf(b, "\\x%02x", c);
        else
            tki_buf_putc(b, (char)c);
    }
    /* A character cut in the middle would not be UTF-8. */
    while (n < s.n && b->n && ((unsigned char)b->p[b->n - 1] & 0xc0) == 0x80)
        b->n--;
    if (n < s.n && b->n && (unsigned char)b->p[b->n - 1] >= 0xc0)
        b->n--;
    tki_buf_printf(b, "%s\"", n < s.n ? "..." : "");
}

static void put_value(struct tki_buf *b, const struct tk_value *v)
{
    static const char *const other[] = {"nothing", "", "", "", "", "bytes", "a list", "a list of pairs"};
    if (v->type == TK_STRING)
        put_text(b, (tk_str){v->v.s, v->n});
    else if (v->type == TK_BOOL)
        tki_buf_printf(b, "%s", v->v.b ? "true" : "false");
    else if (v->type == TK_INT)
        tki_buf_i64(b, v->v.i);
    else if (v->type == TK_DOUBLE)
        tki_buf_double(b, v->v.d);
    else
        tki_buf_printf(b, "%s", other[v->type & 7]);
}

static const char *state_of(unsigned status)
{
    static const char *const names[] = {"UNSET", "OK", "ERROR"};
    return status < 3 ? names[status] : "an unknown code";
}

static void note_seen(struct tki_explain *e, struct note *n, struct tki_buf *b)
{
    tki_buf_putc(b, '\0');
    for (uint32_t i = 0; i < n->nseen; i++)
        if (!b->err && strcmp(n->seen[i], b->p) == 0) {
            tki_buf_free(b);
            return;
        }
    if (n->nseen == SEEN_MAX) {
        n->more = true;
        tki_buf_free(b);
        return;
    }
    char *text = keep(e, b);
    if (text)
        n->seen[n->nseen++] = text;
}

/* ---- spans
 * --------------------------------------------------------------------------------------------------------------
 */

static void look_at_attr(struct tki_explain *e, const struct tki_policy *p, const struct tk_attr *a,
                         const struct tk_span *span, struct tki_regex_scratch *scratch)
{
    struct note *n = &e->notes[p->bit];
    struct tki_buf b = {.max = WHY_MAX};
    if (!a || n->hit)
        return;
    if (tki_leaf_match(p, &a->value, span == NULL, scratch) <= 0) {
        put_value(&b, &a->value);
        note_seen(e, n, &b);
        return;
    }
    n->hit = true;
    put_value(&b, &a->value);
    if (span)
        tki_buf_printf(&b, " on span %016" PRIx64, span->span_id);
    else
        tki_buf_printf(&b, " on a resource");
    n->text = keep(e, &b);
}

static void look_at_span(struct tki_explain *e, const struct tki_policy *p, const struct tk_span *span)
{
    struct note *n = &e->notes[p->bit];
    struct tki_buf b = {.max = WHY_MAX};
    if (n->hit)
        return;
    n->hit = tki_leaf_match_span(p, span);
    if (p->type == TKI_STATUS_CODE)
        tki_buf_printf(&b, "%s", state_of(span->status));
    else if (p->type == TKI_TRACE_STATE)
        put_text(&b, span->trace_state);
    else
        tki_buf_printf(&b, "%02x", (unsigned)(span->flags & 0xff));
    if (!n->hit) {
        note_seen(e, n, &b);
        return;
    }
    tki_buf_printf(&b, " on span %016" PRIx64, span->span_id);
    n->text = keep(e, &b);
}

static void look_at_latency(struct tki_explain *e, const struct tki_policy *p, const struct tki_digest *d)
{
    struct note *n = &e->notes[p->bit];
    struct tki_buf b = {.max = WHY_MAX};
    if (n->hit || !tki_latency_match(e->s, p, tki_digest_ms(d)))
        return;
    n->hit = true;
    tki_buf_printf(&b, "%" PRId64 " ms after %u span%s", tki_digest_ms(d), (unsigned)d->spans,
                   d->spans == 1 ? "" : "s");
    n->text = keep(e, &b);
}

void tki_explain_span(struct tki_explain *e, const struct tk_batch *b, uint32_t row, const struct tki_digest *d,
                      struct tki_regex_scratch *scratch)
{
    const struct tk_span *span = &b->spans[row];
    for (uint32_t k = 0; k < e->s->nbits; k++) {
        const struct tki_policy *p = e->s->leaves[k];
        switch (p->type) {
        case TKI_STRING_ATTRIBUTE:
        case TKI_NUMERIC_ATTRIBUTE:
        case TKI_BOOLEAN_ATTRIBUTE: {
            char *key = tki_arena_alloc(&e->arena, p->key.n + 1);
            if (!key) {
                e->err = TK_ENOMEM;
                return;
            }
            if (p->key.n)
                memcpy(key, p->key.p, p->key.n);
            key[p->key.n] = '\0';
            look_at_attr(e, p, tk_attr_find(b, b->resources[span->resource].attrs, key), NULL, scratch);
            look_at_attr(e, p, tk_attr_find(b, span->attrs, key), span, scratch);
            break;
        }
        case TKI_LATENCY: look_at_latency(e, p, d); break;
        case TKI_SPAN_COUNT:
        case TKI_PROBABILISTIC: break;
        default: look_at_span(e, p, span); break;
        }
    }
}

/* ---- reasons
 * ------------------------------------------------------------------------------------------------------------
 */

/* What the leaf asks for. */
static void put_question(struct tki_buf *b, const struct tki_sampler *s, const struct tki_policy *p)
{
    switch (p->type) {
    case TKI_LATENCY:
        if (p->max == 0)
            tki_buf_printf(b, "extent %s %" PRId64 " ms", s->latency_inclusive ? "of at least" : "above", p->min);
        else
            tki_buf_printf(b, "extent above %" PRId64 " ms and up to %" PRId64 " ms", p->min, p->max);
        break;
    case TKI_STATUS_CODE:
        tki_buf_printf(b, "status");
        for (unsigned c = 0, n = 0; c < 3; c++)
            if (p->codes >> c & 1)
                tki_buf_printf(b, "%s %s", n++ ? " or" : "", state_of(c));
        break;
    case TKI_TRACE_FLAGS: tki_buf_printf(b, "sampled flag"); break;
    case TKI_SPAN_COUNT:
        tki_buf_printf(b, "at least %" PRId64 " spans", p->min);
        if (p->max)
            tki_buf_printf(b, ", at most %" PRId64, p->max);
        break;
    case TKI_NUMERIC_ATTRIBUTE:
        put_text(b, p->key);
        if (p->min != INT64_MIN)
            tki_buf_printf(b, " from %" PRId64, p->min);
        if (p->max != INT64_MAX)
            tki_buf_printf(b, " to %" PRId64, p->max);
        break;
    case TKI_BOOLEAN_ATTRIBUTE:
        put_text(b, p->key);
        tki_buf_printf(b, " = %s", p->value ? "true" : "false");
        break;
    default:
        put_text(b, p->key);
        tki_buf_printf(b, "%s", p->regex ? " matching" : " =");
        for (size_t i = 0; i < p->values.n && i < SEEN_MAX; i++) {
            tki_buf_printf(b, "%s ", i ? " or" : "");
            put_text(b, p->values.s[i]);
        }
        if (p->values.n > SEEN_MAX)
            tki_buf_printf(b, " or %zu more", p->values.n - SEEN_MAX);
        else if (p->values.n == 0)
            tki_buf_printf(b, " no value");
    }
}

static void put_answer(struct tki_buf *b, const struct tki_replay *r, const struct tki_policy *p,
                       const struct tki_digest *d, const struct note *n)
{
    if (p->type == TKI_LATENCY && !n->hit) {
        tki_buf_printf(b, "never: %" PRId64 " ms in the end", tki_digest_ms(d));
    } else if (p->type == TKI_SPAN_COUNT) {
        tki_buf_printf(b, "%u", (unsigned)d->spans);
    } else if (n->hit) {
        tki_buf_printf(b, "%s", n->text ? n->text : "");
    } else if (n->nseen == 0) {
        tki_buf_printf(b, "%s", p->key.n ? "never set" : "no");
    } else {
        tki_buf_printf(b, "only ");
        for (uint32_t i = 0; i < n->nseen; i++)
            tki_buf_printf(b, "%s%s", i ? ", " : "", n->seen[i]);
        if (n->more)
            tki_buf_printf(b, ", others");
    }
    (void)r;
}

static void put_why(struct tki_buf *b, const struct tki_replay *r, const struct tki_policy *p,
                    const struct tki_digest *d)
{
    if (p->type == TKI_ALWAYS_SAMPLE) {
        tki_buf_printf(b, "always");
    } else if (p->type == TKI_PROBABILISTIC) {
        uint64_t hash = r->hashes[p->salt];
        tki_buf_printf(b, "hash %016" PRIx64 " %s threshold %016" PRIx64 " (", hash, hash <= p->threshold ? "<=" : ">",
                       p->threshold);
        tki_buf_double(b, p->percentage);
        tki_buf_printf(b, " %%, salt ");
        put_text(b, r->s->salts[p->salt].text);
        tki_buf_putc(b, ')');
    } else if (p->bit == TK_NONE) {
        tki_buf_printf(b, "%s", p->type == TKI_NOT ? "the opposite of:" : p->nsubs ? "all of:" : "nothing asked for");
    } else {
        put_question(b, r->s, p);
        tki_buf_printf(b, ": ");
        put_answer(b, r, p, d, &r->explain->notes[p->bit]);
        if (p->invert)
            tki_buf_printf(b, " (inverted)");
    }
}

static void explain(struct tki_replay *r, const struct tki_policy *p, unsigned depth, enum tki_decision decision,
                    const struct tki_digest *d)
{
    struct tki_explain *e = r->explain;
    struct tki_buf b = {.max = WHY_MAX};
    put_why(&b, r, p, d);
    if (b.err == TK_ELIMIT)
        b.err = 0; /* a very long line is cut */
    const char *why = keep(e, &b);
    e->reasons[e->nreasons++] = (struct tki_reason){p, depth, decision, why ? why : ""};
    for (uint32_t i = 0; i < p->nsubs; i++)
        explain(r, &p->subs[i], depth + 1, tki_policy_decide(r->s, &p->subs[i], r->scratch), d);
}

int tki_replay_explained(struct tki_replay *r, struct tki_explained *to, struct tk_err *err)
{
    struct tki_explain *e = r->explain;
    uint32_t row = tki_idmap_get(&r->map, e->id), by;
    *to = (struct tki_explained){0};
    if (row == TKI_MAP_NONE)
        return 0;
    const struct tki_digest *d = &r->digests[row];
    tki_digest_bits(r, row, r->scratch);
    to->kept = tki_sampler_decide(r->s, r->scratch, r->decisions, &by);
    e->nreasons = 0;
    for (uint32_t i = 0; i < r->s->npolicies; i++)
        explain(r, &r->s->policies[i], 0, r->decisions[i], d);
    if (e->err)
        return tki_err_memory(err);
    to->reasons = e->reasons;
    to->n = e->nreasons;
    to->by = by == TK_NONE ? NULL : &r->s->policies[by];
    to->spans = d->spans;
    to->extent_ms = tki_digest_ms(d);
    to->weight = tki_rate_weight(d->rate);
    to->chance = (double)tki_sampler_chance(r->s, r->scratch) / (double)TKI_CHANCE_ONE;
    return 1;
}
