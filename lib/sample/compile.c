/* From policies to tables: bits, keys, and what is looked at when. */
#include "sample/compile.h"

#include "base/err.h"

#define LOOKUP_MIN     9   /* values from which a hash table beats comparing each */
#define STATE_PAIR_MAX 256 /* of a key and a value of tracestate, without the equals sign: longer never match */

int tki_compile_salt(struct tki_sampler *s, tk_str text, uint32_t *number)
{
    for (*number = 0; *number < s->nsalts; ++*number)
        if (tki_str_eq(s->salts[*number].text, text))
            return 0;
    /* A handful at most; the old array stays in the arena. */
    struct tki_salt *more = tki_arena_alloc(&s->arena, (s->nsalts + 1) * sizeof *more);
    if (!more)
        return TK_ENOMEM;
    if (s->nsalts)
        memcpy(more, s->salts, s->nsalts * sizeof *more);
    more[s->nsalts] = (struct tki_salt){.text = text, .state = tki_fnv64(TKI_FNV64_START, text.p, text.n)};
    s->salts = more;
    s->nsalts++;
    return 0;
}

static bool is_attribute(enum tki_policy_type t)
{
    return t == TKI_STRING_ATTRIBUTE || t == TKI_NUMERIC_ATTRIBUTE || t == TKI_BOOLEAN_ATTRIBUTE;
}

static uint32_t count_leaves(const struct tki_policy *p, uint32_t n)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += p[i].type < TKI_AND && p[i].type != TKI_ALWAYS_SAMPLE ? 1 : count_leaves(p[i].subs, p[i].nsubs);
    return total;
}

static void number_leaves(struct tki_sampler *s, struct tki_policy *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (p[i].type < TKI_AND && p[i].type != TKI_ALWAYS_SAMPLE) {
            p[i].bit = s->nbits;
            s->leaves[s->nbits++] = &p[i];
        }
        number_leaves(s, p[i].subs, p[i].nsubs);
    }
}

/* Leaves out the values that the collector leaves out, and makes many of them a table. */
static int prepare_values(struct tki_sampler *s, struct tki_policy *p)
{
    size_t n = 0;
    if (p->regex)
        return 0;
    for (size_t i = 0; i < p->values.n; i++) {
        tk_str v = p->values.s[i];
        if (v.n && (p->type != TKI_TRACE_STATE || p->key.n + v.n < STATE_PAIR_MAX))
            p->values.s[n++] = v;
    }
    p->values.n = n;
    if (n < LOOKUP_MIN)
        return 0;
    struct tki_symtab *t = tki_arena_alloc(&s->arena, sizeof *t);
    if (!t)
        return TK_ENOMEM;
    *t = (struct tki_symtab){0};
    p->lookup = t;
    for (size_t i = 0; i < n; i++)
        if (tki_symtab_put(t, p->values.s[i]) == TKI_MAP_NONE)
            return TK_ENOMEM;
    return 0;
}

static void sort_out(struct tki_sampler *s, const struct tki_policy *p)
{
    if (p->type == TKI_LATENCY) {
        s->latencies[s->nlatencies++] = p;
    } else if (p->type == TKI_SPAN_COUNT || p->type == TKI_PROBABILISTIC) {
        s->late[s->nlate++] = p;
    } else if (is_attribute(p->type)) {
        uint32_t k = 0;
        while (k < s->nkeys && !tki_str_eq(s->keys[k].key, p->key))
            k++;
        if (k == s->nkeys) {
            s->key_names[s->nkeys] = p->key;
            s->keys[s->nkeys++] = (struct tki_key){.key = p->key};
            s->key_lengths |= (uint64_t)1 << (p->key.n & 63);
        }
        s->keys[k].nleaves++;
        s->uses_attrs = true;
    } else {
        s->spanwise[s->nspanwise++] = p;
        s->uses_state = s->uses_state || p->type != TKI_STATUS_CODE;
    }
}

static int group_by_key(struct tki_sampler *s)
{
    for (uint32_t k = 0; k < s->nkeys; k++) {
        struct tki_key *key = &s->keys[k];
        key->leaves = tki_arena_alloc(&s->arena, key->nleaves * sizeof *key->leaves);
        if (!key->leaves)
            return TK_ENOMEM;
        uint32_t n = 0;
        for (uint32_t i = 0; i < s->nbits; i++)
            if (is_attribute(s->leaves[i]->type) && tki_str_eq(s->leaves[i]->key, key->key))
                key->leaves[n++] = s->leaves[i];
    }
    return 0;
}

/* The combinations that tki_sampler_chance goes through. */
static bool too_many_draws(const struct tki_sampler *s)
{
    uint64_t cells = 1;
    for (uint32_t salt = 0; salt < s->nsalts && cells <= TKI_CHANCE_CELLS; salt++) {
        uint64_t pieces = 1;
        for (uint32_t i = 0; i < s->nlate; i++)
            pieces += s->late[i]->type == TKI_PROBABILISTIC && s->late[i]->salt == salt;
        cells *= pieces;
    }
    return cells > TKI_CHANCE_CELLS;
}

int tki_compile(struct tki_sampler *s, struct tk_err *err)
{
    uint32_t n = count_leaves(s->policies, s->npolicies);
    s->leaves = tki_arena_alloc(&s->arena, n * sizeof *s->leaves);
    s->keys = tki_arena_alloc(&s->arena, n * sizeof *s->keys);
    s->key_names = tki_arena_alloc(&s->arena, n * sizeof *s->key_names);
    s->spanwise = tki_arena_alloc(&s->arena, n * sizeof *s->spanwise);
    s->latencies = tki_arena_alloc(&s->arena, n * sizeof *s->latencies);
    s->late = tki_arena_alloc(&s->arena, n * sizeof *s->late);
    s->order = tki_arena_alloc(&s->arena, s->npolicies * sizeof *s->order);
    if (!s->leaves || !s->keys || !s->key_names || !s->spanwise || !s->latencies || !s->late || !s->order)
        return tki_err_memory(err);
    number_leaves(s, s->policies, s->npolicies);
    s->nwords = (s->nbits + 63) / 64;
    if (s->nwords == 0)
        s->nwords = 1;
    for (uint32_t i = 0; i < s->nbits; i++) {
        sort_out(s, s->leaves[i]);
        /* The tree is ours: only the tables see it as const. */
        if (prepare_values(s, (struct tki_policy *)s->leaves[i]) < 0)
            return tki_err_memory(err);
    }
    if (group_by_key(s) < 0)
        return tki_err_memory(err);
    if (too_many_draws(s))
        return tki_err_set(err, TK_ELIMIT,
                           "too many probabilistic policies with different hash_salt: more than %d combinations",
                           TKI_CHANCE_CELLS);
    uint32_t at = 0;
    for (int drops = 1; drops >= 0; drops--)
        for (uint32_t i = 0; i < s->npolicies; i++)
            if ((s->policies[i].type == TKI_DROP) == (bool)drops)
                s->order[at++] = i;
    return 0;
}

unsigned tki_sampler_needs(const struct tki_sampler *s)
{
    return TK_NEED_WEIGHT | (s->uses_state ? TK_NEED_STATE : 0u) |
           (s->uses_attrs ? TK_NEED_ATTRS | TK_NEED_RESOURCE : 0u);
}
