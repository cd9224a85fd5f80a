#include "sample/eval.h"

#include <stdlib.h>

#include "base/array.h"
#include "sample/ask.h"
#include "sample/head/ot_state.h"
#include "sample/weigh.h"

static bool reserve(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b)
{
    if (b->nspans > e->cap) {
        uint32_t cap = b->nspans + b->nspans / 2;
        free(e->bits);
        e->bits = malloc((size_t)cap * s->nwords * sizeof *e->bits);
        e->cap = e->bits ? cap : 0;
    }
    if (s->nkeys && b->nresources > e->resource_cap) {
        uint32_t cap = b->nresources * 2;
        free(e->resource_bits);
        e->resource_bits = malloc((size_t)cap * s->nwords * sizeof *e->resource_bits);
        e->resource_cap = e->resource_bits ? cap : 0;
    }
    return b->nspans <= e->cap && (!s->nkeys || b->nresources <= e->resource_cap);
}

static void attribute(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b,
                      const struct tk_attr *a, bool resource, uint32_t stamp, uint64_t *bits)
{
    for (uint32_t k = 0; k < s->nkeys; k++) {
        const struct tki_key *key = &s->keys[k];
        if (key->key.n != a->key.n || !tki_same_bytes(key->key.p, a->key.p, a->key.n))
            continue;
        if (e->stamp[k] == stamp)
            return;
        e->stamp[k] = stamp;
        const struct tki_value v = tki_value_from(b, &a->value);
        for (uint32_t i = 0; i < key->nleaves; i++)
            tki_ask_note(e, key->leaves[i], key->leaves[i]->type->on_attr(key->leaves[i], &v, resource, e->scratch),
                         bits);
        return; /* keys are distinct */
    }
}

static void attributes(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b, tk_range range,
                       bool resource, uint32_t stamp, uint64_t *bits)
{
    const struct tk_attr *a = b->attrs + range.first;
    for (const struct tk_attr *end = a + range.count; a < end; a++)
        if (s->key_lengths >> (a->key.n & 63) & 1)
            attribute(s, e, b, a, resource, stamp, bits);
}

static void evaluate(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b)
{
    const uint64_t *nothing = e->asker.nothing;
    uint32_t w = s->nwords, nkeys = s->nkeys, stamp = 0;
    struct tki_look look;
    tki_look_begin(&look, b, &e->ottl);
    tki_asker_begin(&e->asker);
    e->n = b->nspans;
    if (nkeys) {
        memset(e->stamp, 0, nkeys * sizeof *e->stamp);
        if (b->nresources)
            memset(e->resource_bits, 0, (size_t)b->nresources * w * sizeof *e->resource_bits);
        for (uint32_t i = 0; i < b->nresources; i++)
            attributes(s, e, b, b->resources[i].attrs, true, ++stamp, e->resource_bits + (size_t)i * w);
    }
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *span = &b->spans[i];
        uint64_t *bits = e->bits + (size_t)i * w;
        const uint64_t *known = tki_asked_already(s, &e->asker, span->status);
        const uint64_t *of_resource = nkeys ? e->resource_bits + (size_t)span->resource * w : nothing;
        const uint64_t *of_status = known ? known : nothing;
        for (uint32_t k = 0; k < w; k++)
            bits[k] = of_resource[k] | of_status[k];
        if (nkeys)
            attributes(s, e, b, span->attrs, false, ++stamp, bits);
        if (!known) {
            tki_look_span(&look, i);
            tki_ask_span(s, e, &look, bits);
        }
    }
}

static void weigh(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b)
{
    bool schemas = s->release >= TKI_RELEASE_SCHEMAS;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *span = &b->spans[i], *last = i ? &b->spans[i - 1] : NULL;
        struct tki_weight *w = &e->weight[i];
        w->span = tki_weigh_span(b, span);
        w->scope =
            last && last->scope == span->scope ? w[-1].scope : tki_weigh_scope(b, &b->scopes[span->scope], schemas);
        w->resource = last && last->resource == span->resource
                          ? w[-1].resource
                          : tki_weigh_resource(b, &b->resources[span->resource], schemas);
    }
}

static void read_states(struct tki_eval *e, const struct tk_batch *b)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        struct tki_ot_state state;
        bool good = b->spans[i].trace_state.n && tki_ot_state_parse(&state, b->spans[i].trace_state);
        e->random[i] = (struct tki_random){0};
        if (good)
            e->random[i] = (struct tki_random){state.rv, state.has_rv, state.has_rv || state.has_th};
    }
}

/* What only a clock asks for. */
static void look_further(const struct tki_sampler *s, struct tki_eval *e, const struct tk_batch *b)
{
    if ((s->sized && TKI_GROW(e->weight, e->weight_cap, b->nspans) < 0) ||
        (s->consistent && TKI_GROW(e->random, e->random_cap, b->nspans) < 0)) {
        e->err = TK_ENOMEM;
        return;
    }
    if (s->sized)
        weigh(s, e, b);
    if (s->consistent)
        read_states(e, b);
}

static struct tki_eval *fresh(const struct tki_sampler *s)
{
    struct tki_eval *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->stamp = calloc(s->nkeys ? s->nkeys : 1, sizeof *e->stamp);
    e->scratch = tki_regex_scratch_new();
    e->ottl = (struct tki_ottl_run){.regex = e->scratch, .memory = &e->memory};
    if (e->stamp && e->scratch && tki_ottl_remember(&e->ottl, &s->ottl) == 0 &&
        tki_asker_make(&e->asker, s, &e->ottl) == 0)
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
    if (e->err == 0 && (s->sized || s->consistent))
        look_further(s, e, b);
    return e;
}

static bool reserve_groups(const struct tki_sampler *s, struct tki_eval *e, uint32_t n)
{
    if (n > e->group_cap) {
        uint32_t cap = n + n / 2;
        free(e->group);
        free(e->group_bits);
        e->group = malloc(cap * sizeof *e->group);
        e->group_bits = malloc((size_t)cap * s->nwords * sizeof *e->group_bits);
        e->group_cap = e->group && e->group_bits ? cap : 0;
    }
    return n <= e->group_cap;
}

void tki_eval_group(struct tki_eval *e, const struct tki_sampler *s, const struct tk_batch *b,
                    const struct tki_groups *groups)
{
    uint32_t w = s->nwords, n = groups->ids.n;
    bool one_word = w == 1 && !s->stops; /* the usual case has no loop in the loop */
    if (e->err)
        return;
    /* A start of 0 is replaced by the next one, and policies may look at every state on the way. */
    e->ordered = s->stepwise;
    for (uint32_t g = 0; g < n && !e->ordered; g++)
        e->ordered = groups->row[g].zeros > 0;
    if (e->ordered || n == 0)
        return;
    if (!reserve_groups(s, e, n)) {
        e->err = TK_ENOMEM;
        return;
    }
    for (uint32_t g = 0; g < n; g++)
        e->group[g] = (struct tki_group_evidence){UINT64_MAX, 0, UINT64_MAX};
    memset(e->group_bits, 0, (size_t)n * w * sizeof *e->group_bits);
    for (uint32_t i = 0; i < groups->nrows; i++) {
        uint32_t row = tki_groups_span(groups, i);
        const struct tk_span *span = &b->spans[row];
        uint32_t g = groups->group[i];
        struct tki_group_evidence *x = &e->group[g];
        if (one_word)
            e->group_bits[g] |= e->bits[row];
        else
            tki_evidence_add(s, e->group_bits + (size_t)g * w, e->bits + (size_t)row * w);
        x->start_ns = span->start_ns < x->start_ns ? span->start_ns : x->start_ns;
        x->end_ns = span->end_ns > x->end_ns ? span->end_ns : x->end_ns;
        x->first_end_ns = span->end_ns - 1 < x->first_end_ns - 1 ? span->end_ns : x->first_end_ns; /* 0 is none */
    }
    /* The collector takes times beyond 64 bits with a sign for times before 1970: an extent may become less. */
    for (uint32_t g = 0; g < n && !e->ordered; g++)
        e->ordered = e->group[g].start_ns > INT64_MAX || e->group[g].end_ns > INT64_MAX;
}

void tki_eval_free(void *eval)
{
    struct tki_eval *e = eval;
    if (!e)
        return;
    free(e->group);
    free(e->group_bits);
    free(e->bits);
    free(e->resource_bits);
    free(e->weight);
    free(e->random);
    free(e->stamp);
    tki_asker_free(&e->asker);
    tki_ottl_forget(&e->ottl);
    tki_regex_scratch_free(e->scratch);
    tki_arena_free(&e->memory);
    free(e);
}
