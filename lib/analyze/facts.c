#include "analyze/facts.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/str.h"
#include "model/weight.h"

void tki_facts_begin(struct tki_facts *f, const struct tk_batch *trace)
{
    f->b = trace;
    f->have = 0;
}

void tki_facts_free(struct tki_facts *f)
{
    tk_tree_free(&f->tree);
    tki_times_free(&f->times);
    tki_cpath_free(&f->cpath);
    free(f->memory);
    *f = (struct tki_facts){0};
}

/* A row of left, right and scratch for each of n. */
static int reserve(struct tki_facts *f, uint32_t n)
{
    if (f->memory && n <= f->cap)
        return 0;
    size_t cap = tki_room(n);
    if (cap > UINT32_MAX / 4)
        return TK_ELIMIT;
    uint32_t *p = malloc(3 * cap * sizeof *p);
    if (!p)
        return TK_ENOMEM;
    free(f->memory);
    f->memory = p;
    f->cap = (uint32_t)cap;
    f->left = p;
    f->right = p + cap;
    f->scratch = p + 2 * cap;
    return 0;
}

static void sum_up(struct tki_facts *f)
{
    f->extent = (struct tki_extent){0};
    f->errors = 0;
    for (uint32_t i = 0; i < f->b->nspans; i++) {
        f->errors += f->b->spans[i].status == TK_STATUS_ERROR;
        tki_extent_add(&f->extent, &f->b->spans[i]);
    }
    f->duration = tki_extent_duration(&f->extent, &f->duration_ns);
}

static int by_service(const void *pa, const void *pb, void *resources)
{
    const struct tk_resource *r = resources;
    return tki_str_cmp(r[*(const uint32_t *)pa].service, r[*(const uint32_t *)pb].service);
}

/* Services of resources, each of which has a span; those without a name are one. */
static void count_services(struct tki_facts *f)
{
    const struct tk_batch *b = f->b;
    uint32_t n = 0, *row = f->scratch;
    for (uint32_t i = 0; i < b->nresources; i++)
        row[n++] = i;
    qsort_r(row, n, sizeof *row, by_service, b->resources);
    f->services = 0;
    for (uint32_t i = 0; i < n; i++)
        f->services += i == 0 || !tki_str_eq(b->resources[row[i]].service, b->resources[row[i - 1]].service);
}

static int build_tree(struct tki_facts *f)
{
    int r = tk_tree_build(&f->tree, f->b);
    f->root = TK_NONE;
    for (uint32_t i = 0; r == 0 && i < f->tree.nroots && f->root == TK_NONE; i++)
        if (!f->b->spans[f->tree.root[i]].parent_id)
            f->root = f->tree.root[i];
    return r;
}

static void number_sets(struct tki_facts *f)
{
    const struct tk_tree *tree = &f->tree;
    uint32_t *size = f->scratch; /* spans of the subtree, by row */
    for (uint32_t i = 0; i < tree->n; i++)
        size[i] = 1;
    for (uint32_t i = tree->n; i-- > 0;)
        if (tree->parent[tree->order[i]] != TK_NONE)
            size[tree->parent[tree->order[i]]] += size[tree->order[i]];
    /* Before the i-th in order stand i ways in, and as many ways out less those that are open: its depth. */
    for (uint32_t i = 0; i < tree->n; i++) {
        uint32_t s = tree->order[i];
        f->left[s] = 2 * i - tree->depth[s] + 1;
        f->right[s] = f->left[s] + 2 * size[s] - 1;
    }
}

static int find_path(struct tki_facts *f)
{
    f->has_cpath = f->times.root != TK_NONE;
    return f->has_cpath ? tki_cpath_build(&f->cpath, &f->times) : 0;
}

/* And what has to be there first. */
static unsigned closure(unsigned facts)
{
    if (facts & (TKI_FACT_CPATH | TKI_FACT_DARK))
        facts |= TKI_FACT_TIMES;
    if (facts & (TKI_FACT_TIMES | TKI_FACT_SETS))
        facts |= TKI_FACT_TREE;
    return facts;
}

int tki_facts_want(struct tki_facts *f, unsigned facts)
{
    unsigned missing = closure(facts) & ~f->have;
    int r = 0;
    if (missing & (TKI_FACT_SERVICES | TKI_FACT_SETS))
        r = reserve(f, f->b->nspans > f->b->nresources ? f->b->nspans : f->b->nresources);
    if (r < 0)
        return r;
    if (missing & TKI_FACT_SUMS)
        sum_up(f);
    if (missing & TKI_FACT_WEIGHT) {
        f->rate = tki_trace_rate(f->b);
        f->weight = tki_rate_known(f->rate) ? tki_rate_weight(f->rate) : NAN;
    }
    if (missing & TKI_FACT_SERVICES)
        count_services(f);
    if (missing & TKI_FACT_TREE)
        r = build_tree(f);
    if (r == 0 && missing & TKI_FACT_SETS)
        number_sets(f);
    if (r == 0 && missing & TKI_FACT_TIMES)
        r = tki_self_times(f->b, &f->tree, &f->times, NULL);
    if (r == 0 && missing & TKI_FACT_CPATH)
        r = find_path(f);
    if (r == 0)
        f->have |= missing;
    return r;
}

unsigned tki_facts_needs(unsigned facts)
{
    facts = closure(facts);
    unsigned needs = 0;
    /* The tree tells spans that share an id apart by their services.  Services are always decoded, but traces that are
     * put together keep those of a resource only with its attributes. */
    if (facts & (TKI_FACT_TREE | TKI_FACT_SERVICES))
        needs |= TK_NEED_RESOURCE;
    if (facts & TKI_FACT_WEIGHT)
        needs |= TK_NEED_WEIGHT;
    if (facts & TKI_FACT_TIMES)
        needs |= TK_NEED_LINKS; /* FOLLOWS_FROM */
    if (facts & TKI_FACT_DARK)
        needs |= TK_NEED_ATTRS;
    return needs;
}

const tk_str *tki_fact_keys(enum tki_fact fact, size_t *n)
{
    static const tk_str dark[] = {{"db.system", 9}, {"db.system.name", 14}};
    *n = fact == TKI_FACT_DARK ? sizeof dark / sizeof *dark : 0;
    return *n ? dark : NULL;
}
