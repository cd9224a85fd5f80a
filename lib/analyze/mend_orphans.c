#include "analyze/mend_orphans.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/sort.h"
#include "model/span.h"

int tki_orphans_index(struct tki_orphans *o, const struct tk_batch *b)
{
    if (TKI_GROW(o->ids, o->cap_ids, b->nspans) < 0)
        return TK_ENOMEM;
    o->nids = 0;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (b->spans[i].span_id)
            o->ids[o->nids++] = b->spans[i].span_id;
    tki_sort_u64(o->ids, o->nids);
    return TK_OK;
}

bool tki_orphans_has(const struct tki_orphans *o, uint64_t id)
{
    return tki_sorted_has(o->ids, o->nids, id);
}

static int reserve(struct tki_orphans *o, size_t n)
{
    if (n <= o->cap)
        return TK_OK;
    size_t cap = tki_room(n);
    free(o->member);
    free(o->group);
    free(o->last);
    o->cap = 0;
    o->member = malloc(5 * cap * sizeof *o->member);
    o->group = malloc(cap * sizeof *o->group);
    o->last = malloc(2 * cap * sizeof *o->last);
    if (!o->member || !o->group || !o->last)
        return TK_ENOMEM;
    o->sorted = o->member + cap;
    o->top = o->member + 2 * cap;
    o->where = o->member + 3 * cap;
    o->at = o->member + 4 * cap;
    o->cap = cap;
    return TK_OK;
}

static bool has_window(const struct tk_span *s, uint64_t first_ns)
{
    return tki_span_started(s, first_ns) && s->end_ns >= s->start_ns;
}

static int compare_starts(const void *x, const void *y, void *ctx)
{
    const struct tk_batch *batch = ctx;
    uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
    const struct tk_span *a = &batch->spans[i], *b = &batch->spans[j];
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    if (a->end_ns != b->end_ns) /* of spans that start together the longer encloses the shorter */
        return a->end_ns > b->end_ns ? -1 : 1;
    if (a->span_id != b->span_id)
        return a->span_id < b->span_id ? -1 : 1;
    return (i > j) - (i < j);
}

static int compare_parents(const void *x, const void *y, void *ctx)
{
    const struct tk_batch *b = ctx;
    uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
    uint64_t a = b->spans[i].parent_id, c = b->spans[j].parent_id;
    return a != c ? (a < c ? -1 : 1) : (i > j) - (i < j);
}

static int compare_groups(const void *x, const void *y)
{
    const struct tki_orphan_group *a = x, *b = y;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    if (a->end_ns != b->end_ns)
        return a->end_ns > b->end_ns ? -1 : 1;
    return (a->parent_id > b->parent_id) - (a->parent_id < b->parent_id);
}

/* Orphans by the parent they name. */
static void make_groups(struct tki_orphans *o, const struct tk_batch *b, const struct tk_tree *tree)
{
    uint64_t first_ns = tki_trace_first_ns(b);
    uint32_t n = 0;
    for (uint32_t i = 0; i < tree->nroots; i++) {
        uint64_t parent = b->spans[tree->root[i]].parent_id;
        if (parent && !tki_orphans_has(o, parent))
            o->member[n++] = tree->root[i];
    }
    qsort_r(o->member, n, sizeof *o->member, compare_parents, (void *)b);
    o->ngroups = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_span *s = &b->spans[o->member[i]];
        struct tki_orphan_group *g = o->ngroups ? &o->group[o->ngroups - 1] : NULL;
        if (!g || g->parent_id != s->parent_id) {
            g = &o->group[o->ngroups++];
            *g = (struct tki_orphan_group){
                .parent_id = s->parent_id, .first = i, .under = TK_NONE, .start_ns = TKI_NO_TIME};
        }
        g->count++;
        if (!has_window(s, first_ns))
            continue;
        if (s->start_ns < g->start_ns)
            g->start_ns = s->start_ns;
        if (s->end_ns > g->end_ns)
            g->end_ns = s->end_ns;
    }
    qsort(o->group, o->ngroups, sizeof *o->group, compare_groups);
}

static void set_last(struct tki_orphans *o, uint32_t at, uint64_t end_ns)
{
    size_t i = o->leaves + at;
    o->last[i] = end_ns;
    for (i /= 2; i; i /= 2)
        o->last[i] = o->last[2 * i] > o->last[2 * i + 1] ? o->last[2 * i] : o->last[2 * i + 1];
}

/* The last of the first n leaves that lasts until end_ns, or TK_NONE. */
static uint32_t last_until(const struct tki_orphans *o, uint32_t n, uint64_t end_ns)
{
    size_t i = o->leaves + n;
    for (; i > 1; i /= 2) /* up, until a left neighbour holds one */
        if (i % 2 && o->last[i - 1] >= end_ns) {
            i--;
            break;
        }
    if (i <= 1)
        return TK_NONE;
    while (i < o->leaves)
        i = o->last[2 * i + 1] >= end_ns ? 2 * i + 1 : 2 * i;
    return (uint32_t)(i - o->leaves);
}

static uint32_t sort_spans(struct tki_orphans *o, const struct tk_batch *b, const struct tk_tree *tree)
{
    uint64_t first_ns = tki_trace_first_ns(b);
    uint32_t n = 0;
    for (uint32_t i = 0; i < tree->n; i++) {
        uint32_t row = tree->order[i], up = tree->parent[row];
        o->top[row] = up == TK_NONE ? row : o->top[up];
        o->at[row] = i;
        o->where[row] = TK_NONE;
        if (has_window(&b->spans[row], first_ns) && b->spans[row].span_id)
            o->sorted[n++] = row;
    }
    qsort_r(o->sorted, n, sizeof *o->sorted, compare_starts, (void *)b);
    for (o->leaves = 1; o->leaves < (size_t)n + 1; o->leaves *= 2)
        ;
    memset(o->last, 0, 2 * o->leaves * sizeof *o->last);
    for (uint32_t i = 0; i < n; i++)
        o->where[o->sorted[i]] = i;
    return n;
}

/* From now on the spans that hang below this root can take others. */
static void put_in_place(struct tki_orphans *o, const struct tk_batch *b, const struct tk_tree *tree, uint32_t root)
{
    for (uint32_t i = o->at[root]; i < tree->n && o->top[tree->order[i]] == root; i++) {
        uint32_t row = tree->order[i];
        if (o->where[row] != TK_NONE)
            set_last(o, o->where[row], b->spans[row].end_ns);
    }
}

static uint32_t count_until(const struct tki_orphans *o, const struct tk_batch *b, uint32_t n, uint64_t start_ns)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (b->spans[o->sorted[mid]].start_ns <= start_ns)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int tki_orphans_place(struct tki_orphans *o, const struct tk_batch *b, const struct tk_tree *tree)
{
    int r = tki_orphans_index(o, b);
    if (r < 0 || (r = reserve(o, (size_t)b->nspans + 1)) < 0)
        return r;
    make_groups(o, b, tree);
    uint32_t n = sort_spans(o, b, tree);
    for (uint32_t i = 0; i < tree->nroots; i++) {
        uint64_t parent = b->spans[tree->root[i]].parent_id;
        if (parent == 0 || tki_orphans_has(o, parent))
            put_in_place(o, b, tree, tree->root[i]);
    }
    for (size_t i = 0; i < o->ngroups; i++) {
        struct tki_orphan_group *g = &o->group[i];
        uint32_t at =
            g->start_ns != TKI_NO_TIME ? last_until(o, count_until(o, b, n, g->start_ns), g->end_ns) : TK_NONE;
        g->under = at == TK_NONE ? TK_NONE : o->sorted[at];
        for (uint32_t k = 0; k < g->count; k++)
            put_in_place(o, b, tree, o->member[g->first + k]);
    }
    return TK_OK;
}

void tki_orphans_free(struct tki_orphans *o)
{
    free(o->ids);
    free(o->member);
    free(o->group);
    free(o->last);
    *o = (struct tki_orphans){0};
}
