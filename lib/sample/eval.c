#include "sample/eval.h"

#include <stdlib.h>

#include "model/tracestate.h"

/* ---- one leaf ---- */

static bool among(const struct tki_policy *p, tk_str s)
{
    if (p->lookup)
        return tki_symtab_get(p->lookup, s) != TKI_MAP_NONE;
    for (size_t i = 0; i < p->values.n; i++)
        if (tki_str_eq(p->values.s[i], s))
            return true;
    return false;
}

/* A span's value that is empty or not text is passed over; a resource's is matched as "". */
static int match_string(const struct tki_policy *p, const struct tk_value *v, bool resource,
                        struct tki_regex_scratch *scratch)
{
    tk_str s = v->type == TK_STRING ? (tk_str){v->v.s, v->n} : (tk_str){0};
    if (s.n == 0 && !resource)
        return 0;
    if (p->regex)
        return tki_regex_match(p->regex, s, scratch);
    return s.n && among(p, s);
}

int tki_leaf_match(const struct tki_policy *leaf, const struct tk_value *value, bool resource,
                   struct tki_regex_scratch *scratch)
{
    switch (leaf->type) {
    case TKI_STRING_ATTRIBUTE: return match_string(leaf, value, resource, scratch);
    case TKI_NUMERIC_ATTRIBUTE: {
        int64_t i = value->type == TK_INT ? value->v.i : 0; /* anything else reads as 0 */
        return i >= leaf->min && i <= leaf->max;
    }
    case TKI_BOOLEAN_ATTRIBUTE:
        return (value->type == TK_BOOL && value->v.b) == leaf->value; /* anything else reads as false */
    default: return 0;
    }
}

static bool match_state(const struct tki_policy *p, tk_str header)
{
    struct tki_state_member m[TKI_STATE_MEMBERS];
    if (header.n == 0)
        return false;
    int n = tki_state_parse(header, m);
    for (int i = 0; i < n; i++)
        if (tki_str_eq(m[i].key, p->key))
            return among(p, m[i].value);
    return false;
}

bool tki_leaf_match_span(const struct tki_policy *leaf, const struct tk_span *span)
{
    switch (leaf->type) {
    case TKI_STATUS_CODE: return span->status < 32 && (leaf->codes >> span->status & 1);
    case TKI_TRACE_FLAGS: return span->flags & 1;
    case TKI_TRACE_STATE: return match_state(leaf, span->trace_state);
    default: return false;
    }
}

/* ---- a batch ---- */

static bool reserve(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b)
{
    if (b->nspans > e->cap) {
        uint32_t cap = b->nspans + b->nspans / 2;
        free(e->seen);
        free(e->bits);
        e->seen = malloc(cap * sizeof *e->seen);
        e->bits = malloc((size_t)cap * s->nwords * sizeof *e->bits);
        e->cap = e->seen && e->bits ? cap : 0;
    }
    if (s->nkeys && b->nresources > e->resource_cap) {
        uint32_t cap = b->nresources * 2;
        free(e->resource_bits);
        e->resource_bits = malloc((size_t)cap * s->nwords * sizeof *e->resource_bits);
        e->resource_cap = e->resource_bits ? cap : 0;
    }
    return b->nspans <= e->cap && (!s->nkeys || b->nresources <= e->resource_cap);
}

static void attribute(const struct tki_sampler *s, struct tki_eval *e, const struct tk_attr *a, bool resource,
                      uint32_t stamp, uint64_t *bits)
{
    for (uint32_t k = 0; k < s->nkeys; k++) {
        const struct tki_key *key = &s->keys[k];
        if (key->key.n != a->key.n || (a->key.n && memcmp(key->key.p, a->key.p, a->key.n) != 0))
            continue;
        if (e->stamp[k] == stamp)
            return;
        e->stamp[k] = stamp;
        for (uint32_t i = 0; i < key->nleaves; i++) {
            int rc = tki_leaf_match(key->leaves[i], &a->value, resource, e->scratch);
            if (rc > 0)
                tki_bit_set(bits, key->leaves[i]->bit);
            else if (rc < 0 && e->err == 0) {
                e->err = rc;
                e->err_leaf = key->leaves[i]->bit;
            }
        }
        return; /* keys are distinct */
    }
}

static void attributes(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b, tk_range range,
                       bool resource, uint32_t stamp, uint64_t *bits)
{
    const struct tk_attr *a = b->attrs + range.first;
    for (const struct tk_attr *end = a + range.count; a < end; a++)
        if (s->key_lengths >> (a->key.n & 63) & 1)
            attribute(s, e, a, resource, stamp, bits);
}

static void evaluate(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b)
{
    uint32_t w = s->nwords, stamp = 0;
    e->n = b->nspans;
    if (s->nkeys) {
        memset(e->stamp, 0, s->nkeys * sizeof *e->stamp);
        if (b->nresources)
            memset(e->resource_bits, 0, (size_t)b->nresources * w * sizeof *e->resource_bits);
        for (uint32_t i = 0; i < b->nresources; i++)
            attributes(s, e, b, b->resources[i].attrs, true, ++stamp, e->resource_bits + (size_t)i * w);
    }
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *span = &b->spans[i];
        struct tki_seen *seen = &e->seen[i];
        uint64_t *bits = e->bits + (size_t)i * w;
        *seen = (struct tki_seen){span->trace_id, span->start_ns, span->end_ns, tki_span_rate(b, span)};
        if (s->nkeys) {
            memcpy(bits, e->resource_bits + (size_t)span->resource * w, w * sizeof *bits);
            attributes(s, e, b, span->attrs, false, ++stamp, bits);
        } else {
            memset(bits, 0, w * sizeof *bits);
        }
        for (uint32_t k = 0; k < s->nspanwise; k++)
            if (tki_leaf_match_span(s->spanwise[k], span))
                tki_bit_set(bits, s->spanwise[k]->bit);
    }
}

static struct tki_eval *fresh(const struct tki_sampler *s)
{
    struct tki_eval *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->stamp = calloc(s->nkeys ? s->nkeys : 1, sizeof *e->stamp);
    e->scratch = tki_regex_scratch_new();
    if (e->stamp && e->scratch)
        return e;
    tki_eval_free(e);
    return NULL;
}

void *tki_eval_work(void *sampler, struct tk_batch *b, void *previous)
{
    const struct tki_sampler *s = sampler;
    struct tki_eval *e = previous ? previous : fresh(s);
    if (!e)
        return NULL;
    e->err = 0;
    e->n = 0;
    if (reserve(s, e, b))
        evaluate(s, e, b);
    else
        e->err = TK_ENOMEM;
    return e;
}

void tki_eval_free(void *eval)
{
    struct tki_eval *e = eval;
    if (!e)
        return;
    free(e->seen);
    free(e->bits);
    free(e->resource_bits);
    free(e->stamp);
    tki_regex_scratch_free(e->scratch);
    free(e);
}
