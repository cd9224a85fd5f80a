/* From policies to what evaluation goes through: bits, keys, lists, and what must be decoded. */
#include "sample/compile.h"

#include <assert.h>

#include "base/err.h"

static bool is_leaf(const struct tki_policy *p)
{
    return tki_policy_has_bit(p->type);
}

static uint32_t count_leaves(const struct tki_policy *p, uint32_t n)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += is_leaf(&p[i]) + count_leaves(p[i].subs, p[i].nsubs);
    return total;
}

static void add(struct tki_leaves *to, const struct tki_policy *p)
{
    to->leaf[to->n++] = p;
}

/* Error bits stand behind all others, each as far from its policy's bit. */
static int place_errors(struct tki_sampler *s, struct tki_policy *p, uint32_t n)
{
    int rc = 0;
    for (uint32_t i = 0; i < n && rc == 0; i++) {
        if (p[i].stops && !s->stops) {
            s->stops = tki_arena_alloc(&s->arena, s->nwords * sizeof *s->stops);
            if (!s->stops)
                return TK_ENOMEM;
            memset(s->stops, 0, s->nwords * sizeof *s->stops);
        }
        if (p[i].stops) {
            tki_bit_set(s->stops, p[i].bit);
            p[i].error_bit = s->nwords * 64 + p[i].bit;
        }
        rc = place_errors(s, p[i].subs, p[i].nsubs);
    }
    return rc;
}

/* Numbers of bits and places of states. */
static void place(struct tki_sampler *s, struct tki_policy *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (is_leaf(&p[i])) {
            p[i].bit = s->leaves.n;
            add(&s->leaves, &p[i]);
        }
        p[i].state = s->state_size;
        p[i].state_size = p[i].state_size ? p[i].state_size : p[i].type->state_size;
        s->state_size += (p[i].state_size + 7) & ~(size_t)7;
        s->budgets = s->budgets || p[i].type->budgets;
        s->sized = s->sized || p[i].type->sized;
        place(s, p[i].subs, p[i].nsubs);
    }
}

static int read_fields(struct tki_sampler *s, const struct tki_policy *p, uint32_t n)
{
    int rc = 0;
    for (uint32_t i = 0; i < n && rc == 0; i++) {
        for (uint32_t f = 0; f < p[i].nfields && rc == 0; f++)
            rc = tki_reads_field(&s->reads, &p[i].fields[f]);
        if (rc == 0)
            rc = read_fields(s, p[i].subs, p[i].nsubs);
    }
    return rc;
}

static int read_head_fields(struct tki_sampler *s)
{
    int rc = 0;
    for (size_t i = 0; i < s->nheads; i++)
        for (size_t f = 0; f < s->heads[i].type->nfields && rc == 0; f++)
            rc = tki_reads_field(&s->reads, &s->heads[i].type->fields[f]);
    return rc;
}

/* ---- attributes by key ---- */

static struct tki_key *key_of(struct tki_sampler *s, tk_str name)
{
    struct tki_key *k = s->keys;
    while (k < s->keys + s->nkeys && !tki_str_eq(k->key, name))
        k++;
    if (k == s->keys + s->nkeys) {
        *k = (struct tki_key){.key = name};
        s->nkeys++;
        s->key_lengths |= (uint64_t)1 << (name.n & 63);
    }
    return k;
}

/* Counts the policies of each key, then fills them in. */
static int group_by_key(struct tki_sampler *s, uint32_t nfields)
{
    s->keys = tki_arena_alloc(&s->arena, nfields * sizeof *s->keys);
    const struct tki_policy **all = tki_arena_alloc(&s->arena, nfields * sizeof(const struct tki_policy *));
    if (!s->keys || !all)
        return TK_ENOMEM;
    for (int fill = 0; fill <= 1; fill++) {
        for (uint32_t i = 0; i < s->leaves.n; i++) {
            const struct tki_policy *p = s->leaves.leaf[i];
            for (uint32_t f = 0; p->type->on_attr && f < p->nfields; f++) {
                assert(p->fields[f].id == TKI_F_ATTR && p->fields[f].scope == TKI_SCOPE_ANY);
                struct tki_key *k = key_of(s, p->fields[f].key);
                if (fill)
                    k->leaves[k->nleaves] = p;
                k->nleaves++;
            }
        }
        for (uint32_t k = 0; k < s->nkeys && !fill; k++) {
            s->keys[k].leaves = all;
            all += s->keys[k].nleaves;
            s->keys[k].nleaves = 0;
        }
    }
    return 0;
}

/* ---- spans by what is asked ---- */

/* Adds what depends on the field alone; counts what it opens. */
static int add_alone(struct tki_sampler *s, struct tki_asked_field *a)
{
    a->alone.leaf = tki_arena_alloc(&s->arena, s->leaves.n * sizeof *a->alone.leaf);
    if (!a->alone.leaf)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < s->leaves.n; i++) {
        const struct tki_policy *p = s->leaves.leaf[i];
        if (!p->type->on_span)
            continue;
        if (p->alone == a->field)
            add(&a->alone, p);
        for (uint32_t k = 0; p->alone == TK_NONE && k < p->nopeners; k++)
            a->nopens += p->openers[k].field == a->field;
    }
    return 0;
}

static int add_opened(struct tki_sampler *s, struct tki_asked_field *a)
{
    struct tki_opens *to = tki_arena_alloc(&s->arena, a->nopens * sizeof *to);
    if (!to)
        return TK_ENOMEM;
    a->opens = to;
    for (uint32_t i = 0; i < s->leaves.n; i++) {
        const struct tki_policy *p = s->leaves.leaf[i];
        for (uint32_t k = 0; p->type->on_span && p->alone == TK_NONE && k < p->nopeners; k++)
            if (p->openers[k].field == a->field)
                *to++ = (struct tki_opens){p, &p->openers[k]};
    }
    return 0;
}

static int add_fields_of(struct tki_sampler *s, enum tki_ottl_owner owner, uint32_t *n)
{
    int rc = 0;
    for (uint32_t f = 0; f < s->ottl.n && rc == 0; f++) {
        struct tki_asked_field *a = &s->asked[*n];
        if (tki_ottl_owner(&s->ottl.field[f]) != owner)
            continue;
        *a = (struct tki_asked_field){.field = f};
        rc = add_alone(s, a);
        if (rc == 0 && a->nopens)
            rc = add_opened(s, a);
        if (rc == 0 && a->alone.n + a->nopens)
            s->asked_of[f] = (*n)++;
    }
    s->asked_end[owner] = *n;
    return rc;
}

/* Policies that ask about the same field alone are answered together, so that what all of them say for a value of it is
 * remembered; so is which others it opens. */
static int group_by_field(struct tki_sampler *s)
{
    uint32_t n = s->ottl.n, asked = 0;
    int rc = 0;
    s->asked = tki_arena_alloc(&s->arena, (n + (size_t)1) * sizeof *s->asked);
    s->asked_of = tki_arena_alloc(&s->arena, (n + (size_t)1) * sizeof *s->asked_of);
    s->of_events = tki_arena_alloc(&s->arena, s->nwords * sizeof *s->of_events);
    if (!s->asked || !s->asked_of || !s->of_events)
        return TK_ENOMEM;
    for (uint32_t f = 0; f < n; f++)
        s->asked_of[f] = TK_NONE;
    for (int owner = 0; owner < TKI_OTTL_OWNERS && rc == 0; owner++)
        rc = add_fields_of(s, (enum tki_ottl_owner)owner, &asked);
    memset(s->of_events, 0, s->nwords * sizeof *s->of_events);
    for (uint32_t i = 0; i < s->leaves.n; i++) {
        const struct tki_policy *p = s->leaves.leaf[i];
        bool of_status = p->nfields == 1 && p->fields[0].id == TKI_F_STATUS;
        if (p->type->on_span && !p->opens && p->alone == TK_NONE)
            add(of_status ? &s->of_status : &s->of_all, p);
        if (p->type->on_span && p->opens && p->by_events)
            tki_bit_set(s->of_events, p->bit);
    }
    return rc;
}

/* ---- lists ---- */

static int sort_out(struct tki_sampler *s)
{
    uint32_t n = s->leaves.n, nfields = 0;
    struct tki_leaves *const lists[] = {&s->of_status, &s->of_all, &s->on_arrival, &s->on_trace, &s->drawn};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!(lists[i]->leaf = tki_arena_alloc(&s->arena, n * sizeof *lists[i]->leaf)))
            return TK_ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        const struct tki_policy *p = s->leaves.leaf[i];
        const struct tki_policy_type *t = p->type;
        if (t->on_arrival) {
            add(&s->on_arrival, p);
            s->stepwise = s->stepwise || !p->monotone;
        }
        if (t->on_trace)
            add(&s->on_trace, p);
        if (p->draw != TK_NONE)
            add(&s->drawn, p);
        nfields += t->on_attr ? p->nfields : 0;
    }
    return group_by_field(s) < 0 ? TK_ENOMEM : group_by_key(s, nfields);
}

/* The combinations that tki_sampler_chance goes through. */
static bool too_many_draws(const struct tki_sampler *s)
{
    uint64_t cells = 1;
    for (uint32_t d = 0; d < s->draws.n && cells <= TKI_CHANCE_CELLS; d++) {
        uint64_t pieces = 1;
        for (uint32_t i = 0; i < s->drawn.n; i++)
            pieces += s->drawn.leaf[i]->draw == d;
        cells *= pieces;
    }
    return cells > TKI_CHANCE_CELLS;
}

static int put_in_order(struct tki_sampler *s)
{
    s->order = tki_arena_alloc(&s->arena, s->npolicies * sizeof *s->order);
    if (!s->order)
        return TK_ENOMEM;
    uint32_t at = 0;
    for (int drops = 1; drops >= 0; drops--)
        for (uint32_t i = 0; i < s->npolicies; i++)
            if (s->policies[i].type->drops == (bool)drops)
                s->order[at++] = i;
    return 0;
}

int tki_compile(struct tki_sampler *s, struct tk_err *err)
{
    uint32_t n = count_leaves(s->policies, s->npolicies);
    s->leaves.leaf = tki_arena_alloc(&s->arena, n * sizeof *s->leaves.leaf);
    if (!s->leaves.leaf)
        return tki_err_memory(err);
    place(s, s->policies, s->npolicies);
    s->nwords = s->leaves.n ? (s->leaves.n + 63) / 64 : 1;
    if (place_errors(s, s->policies, s->npolicies) < 0)
        return tki_err_memory(err);
    s->nwords *= s->stops ? 2 : 1;
    s->sized = s->sized || s->waits.trace_bytes_max > 0;
    if (s->sized)
        s->reads.needs |= TK_NEED_ALL;
    if (s->consistent)
        s->reads.needs |= TK_NEED_STATE;
    s->reads.needs |= TK_NEED_WEIGHT; /* of what was sampled before: replay counts by it */
    if (read_head_fields(s) < 0 || read_fields(s, s->policies, s->npolicies) < 0 || sort_out(s) < 0 ||
        put_in_order(s) < 0)
        return tki_err_memory(err);
    if (too_many_draws(s))
        return tki_err_set(err, TK_ELIMIT,
                           "too many probabilistic policies with different hash_salt: more than %d combinations",
                           TKI_CHANCE_CELLS);
    return 0;
}
