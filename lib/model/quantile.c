#include "model/quantile.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "base/sort.h"
#include "io/sorter.h"

enum { MEMORY_DEFAULT = 64 * 1024 * 1024, FIRST = 4 };

/* Values are kept as whole numbers in the same order. */
struct pair {
    uint64_t rank;
    double weight;
};

struct group {
    union {
        uint64_t *ranks; /* every weight is 1 */
        struct pair *pairs;
        void *p;
    } at;
    size_t n, cap; /* values */
    bool weighted;
};

struct tki_values {
    struct group *groups;
    uint32_t ngroups, cap;
    size_t held, memory_max; /* bytes */
    char *tmpdir;
    struct tki_sorter *sorter; /* once they are too many: all of them */
};

int tki_values_open(struct tki_values **out, size_t memory_max, const char *tmpdir)
{
    struct tki_values *v = calloc(1, sizeof *v);
    *out = NULL;
    if (!v || (tmpdir && !(v->tmpdir = strdup(tmpdir)))) {
        free(v);
        return TK_ENOMEM;
    }
    v->memory_max = memory_max ? memory_max : MEMORY_DEFAULT;
    *out = v;
    return 0;
}

static void free_groups(struct tki_values *v)
{
    for (uint32_t i = 0; i < v->ngroups; i++)
        free(v->groups[i].at.p);
    free(v->groups);
    v->groups = NULL;
    v->ngroups = v->cap = 0;
    v->held = 0;
}

void tki_values_close(struct tki_values *v)
{
    if (!v)
        return;
    free_groups(v);
    tki_sorter_close(v->sorter);
    free(v->tmpdir);
    free(v);
}

static uint64_t rank_of(double value)
{
    uint64_t x = tki_double_bits(value + 0.0); /* -0 is 0 */
    return x >> 63 ? ~x : x | UINT64_C(1) << 63;
}

static double value_of(uint64_t rank)
{
    return tki_bits_double(rank >> 63 ? rank & ~(UINT64_C(1) << 63) : ~rank);
}

/* ---- adding ---- */

static size_t size_of(const struct group *g)
{
    return g->weighted ? sizeof(struct pair) : sizeof(uint64_t);
}

static struct group *group_at(struct tki_values *v, uint32_t number)
{
    if (number >= v->cap) {
        size_t cap = v->cap ? v->cap : 16;
        while (cap <= number)
            cap *= 2;
        struct group *more = cap <= UINT32_MAX ? realloc(v->groups, cap * sizeof *more) : NULL;
        if (!more)
            return NULL;
        memset(more + v->cap, 0, (cap - v->cap) * sizeof *more);
        v->held += (cap - v->cap) * sizeof *more;
        v->groups = more;
        v->cap = (uint32_t)cap;
    }
    v->ngroups = number >= v->ngroups ? number + 1 : v->ngroups;
    return &v->groups[number];
}

static bool grow(struct tki_values *v, struct group *g)
{
    size_t cap = g->cap ? g->cap * 2 : FIRST;
    void *more = cap <= SIZE_MAX / sizeof(struct pair) ? realloc(g->at.p, cap * size_of(g)) : NULL;
    if (!more)
        return false;
    v->held += (cap - g->cap) * size_of(g);
    g->at.p = more;
    g->cap = cap;
    return true;
}

/* From here on each value has a weight. */
static bool make_weighted(struct tki_values *v, struct group *g)
{
    struct pair *pairs = g->cap <= SIZE_MAX / sizeof *pairs ? malloc((g->cap + 1) * sizeof *pairs) : NULL;
    if (!pairs)
        return false;
    for (size_t i = 0; i < g->n; i++)
        pairs[i] = (struct pair){g->at.ranks[i], 1};
    free(g->at.ranks);
    g->at.pairs = pairs;
    g->weighted = true;
    v->held += g->cap * (sizeof *pairs - sizeof(uint64_t));
    return true;
}

static int add_sorted(struct tki_values *v, uint32_t group, uint64_t rank, double weight, struct tk_err *err)
{
    return tki_sorter_add(v->sorter, (tk_id128){group, rank}, tki_double_bits(weight), (tk_str){0}, err);
}

/* Moves what is held to the sorter, where the rest follows. */
static int spill(struct tki_values *v, struct tk_err *err)
{
    int r = tki_sorter_open(&v->sorter, v->memory_max / 2, v->tmpdir, err);
    for (uint32_t i = 0; i < v->ngroups && r == 0; i++) {
        struct group *g = &v->groups[i];
        for (size_t k = 0; k < g->n && r == 0; k++)
            r = g->weighted ? add_sorted(v, i, g->at.pairs[k].rank, g->at.pairs[k].weight, err)
                            : add_sorted(v, i, g->at.ranks[k], 1, err);
        free(g->at.p);
        *g = (struct group){0};
    }
    free_groups(v);
    return r;
}

int tki_values_add(struct tki_values *v, uint32_t group, double value, double weight, struct tk_err *err)
{
    uint64_t rank = rank_of(value);
    if (v->sorter)
        return add_sorted(v, group, rank, weight, err);
    struct group *g = group_at(v, group);
    if (!g || (weight != 1 && !g->weighted && !make_weighted(v, g)) || (g->n == g->cap && !grow(v, g)))
        return tki_err_memory(err);
    if (g->weighted)
        g->at.pairs[g->n++] = (struct pair){rank, weight};
    else
        g->at.ranks[g->n++] = rank;
    return v->held > v->memory_max / 2 ? spill(v, err) : 0;
}

/* ---- quantiles ---- */

/* Picks the quantiles of one group, whose values come in order. */
struct picker {
    const double *shares;
    size_t n;
    double all, sum, *to;
};

static void pick(struct picker *p, double value, double weight)
{
    double before = p->sum;
    p->sum += weight;
    for (size_t i = 0; i < p->n; i++) {
        /* A share like 0.95 of 20 must not miss the 19th by the last bit of the product. */
        double want = p->shares[i] * p->all * (1 - 1e-12);
        if (before == 0 ||
            want > before) /* else the quantile was found; until then this value is the last one that may be it */
            p->to[i] = value;
    }
}

static int by_rank(const void *pa, const void *pb)
{
    const struct pair *a = pa, *b = pb;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

static void sort_group(struct group *g)
{
    if (g->weighted)
        qsort(g->at.pairs, g->n, sizeof *g->at.pairs, by_rank);
    else if (g->n)
        tki_sort_u64(g->at.ranks, g->n);
}

static void from_memory(struct tki_values *v, struct picker *p, double *to)
{
    for (uint32_t i = 0; i < v->ngroups; i++) {
        struct group *g = &v->groups[i];
        p->to = to + (size_t)i * p->n;
        p->all = p->sum = 0;
        sort_group(g);
        for (size_t k = 0; k < g->n; k++)
            p->all += g->weighted ? g->at.pairs[k].weight : 1;
        for (size_t k = 0; k < g->n; k++)
            pick(p, value_of(g->weighted ? g->at.pairs[k].rank : g->at.ranks[k]),
                 g->weighted ? g->at.pairs[k].weight : 1);
    }
}

/* The values are walked twice: once for the weights of the groups, once to pick values. */
static int from_sorter(struct tki_values *v, struct picker *p, double *to, uint32_t ngroups, struct tk_err *err)
{
    struct tki_sorted x;
    double *all = calloc(ngroups + 1u, sizeof *all);
    uint64_t group = UINT64_MAX;
    int r = all ? 0 : tki_err_memory(err);
    if (r == 0)
        while ((r = tki_sorter_next(v->sorter, &x, err)) == 1)
            all[x.key.hi] += tki_bits_double(x.seq);
    if (r == 0)
        r = tki_sorter_rewind(v->sorter, err);
    if (r == 0)
        while ((r = tki_sorter_next(v->sorter, &x, err)) == 1) {
            if (x.key.hi != group) {
                group = x.key.hi;
                p->to = to + (size_t)group * p->n;
                p->all = all[group];
                p->sum = 0;
            }
            pick(p, value_of(x.key.lo), tki_bits_double(x.seq));
        }
    free(all);
    return r;
}

int tki_values_quantiles(struct tki_values *v, const double *shares, size_t n, double *to, uint32_t ngroups,
                         struct tk_err *err)
{
    struct picker p = {.shares = shares, .n = n};
    for (size_t i = 0; i < ngroups * n; i++)
        to[i] = NAN;
    if (v->sorter)
        return from_sorter(v, &p, to, ngroups, err);
    from_memory(v, &p, to);
    return 0;
}

int tki_values_each(struct tki_values *v, tki_values_take *take, void *ctx, struct tk_err *err)
{
    struct tki_sorted x;
    int r = 0;
    if (v->sorter) {
        while ((r = tki_sorter_next(v->sorter, &x, err)) == 1)
            if ((r = take(ctx, (uint32_t)x.key.hi, value_of(x.key.lo), tki_bits_double(x.seq), err)) < 0)
                return r;
        return r;
    }
    for (uint32_t i = 0; i < v->ngroups; i++) {
        struct group *g = &v->groups[i];
        sort_group(g);
        for (size_t k = 0; k < g->n && r == 0; k++)
            r = g->weighted ? take(ctx, i, value_of(g->at.pairs[k].rank), g->at.pairs[k].weight, err)
                            : take(ctx, i, value_of(g->at.ranks[k]), 1, err);
        if (r < 0)
            return r;
    }
    return 0;
}
