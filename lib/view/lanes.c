#include "view/lanes.h"

#include <stdlib.h>

#include "base/array.h"

struct tki_lane_key { /* what rows are sorted by */
    uint64_t start_ns, end_ns;
    uint32_t order, row;
};

/* A tournament over the lanes of a group: free_ns[cap + number] is when the lane is free, UINT64_MAX where there is
 * no lane; free_ns[i] is the least of its two below.  So the lowest free lane is found in as many steps as there
 * are levels, however many lanes there are. */
struct tki_lane_group {
    uint64_t *free_ns;
    uint32_t *lane; /* index into l->lanes */
    uint32_t cap, n;
};

static void set_free(struct tki_lane_group *g, uint32_t number, uint64_t ns)
{
    uint32_t i = g->cap + number;
    g->free_ns[i] = ns;
    for (i /= 2; i > 0; i /= 2) {
        uint64_t a = g->free_ns[2 * i], b = g->free_ns[2 * i + 1];
        g->free_ns[i] = a < b ? a : b;
    }
}

static bool grow_group(struct tki_lane_group *g)
{
    uint32_t cap = g->cap ? 2 * g->cap : 4;
    uint32_t *lane = realloc(g->lane, cap * sizeof *lane);
    if (lane)
        g->lane = lane;
    uint64_t *free_ns = lane ? malloc(2 * (size_t)cap * sizeof *free_ns) : NULL;
    if (!free_ns)
        return false;
    memset(free_ns, 0xff, 2 * (size_t)cap * sizeof *free_ns);
    uint64_t *old = g->free_ns;
    uint32_t old_cap = g->cap;
    g->free_ns = free_ns;
    g->cap = cap;
    for (uint32_t i = 0; i < g->n; i++)
        set_free(g, i, old[old_cap + i]);
    free(old);
    return true;
}

/* The lowest lane that is free at that time, or g->n. */
static uint32_t lowest_free(const struct tki_lane_group *g, uint64_t ns)
{
    if (g->n == 0 || g->free_ns[1] > ns)
        return g->n;
    uint32_t i = 1;
    while (i < g->cap)
        i = g->free_ns[2 * i] <= ns ? 2 * i : 2 * i + 1;
    return i - g->cap < g->n ? i - g->cap : g->n;
}

static bool new_lane(struct tki_lanes *l, struct tki_lane_group *g, uint32_t group)
{
    const struct tki_column columns[] = {TKI_COLUMN(l->lanes), TKI_COLUMN(l->top)};
    if (TKI_GROW_COLUMNS(columns, l->lanes_cap, l->nlanes + 1, true) < 0 || (g->n == g->cap && !grow_group(g)))
        return false;
    l->lanes[l->nlanes] = (struct tki_lane){group, g->n};
    g->lane[g->n++] = l->nlanes++;
    return true;
}

static bool inside_parent(struct tki_lanes *l, const struct tki_view_trace *t, const uint32_t *group, uint32_t row)
{
    uint32_t parent = t->tree.parent[row];
    const struct tk_span *s = &t->spans[row];
    if (parent == TK_NONE || group[parent] != group[row] || l->lane[parent] == TK_NONE)
        return false;
    uint32_t *top = &l->top[l->lane[parent]];
    while (*top != TK_NONE && t->spans[*top].start_ns + tki_view_duration(&t->spans[*top]) <= s->start_ns)
        *top = l->below[*top];
    if (*top != parent ||
        s->start_ns + tki_view_duration(s) > t->spans[parent].start_ns + tki_view_duration(&t->spans[parent]))
        return false;
    l->lane[row] = l->lane[parent];
    l->below[row] = parent;
    *top = row;
    return true;
}

static bool place(struct tki_lanes *l, const struct tki_view_trace *t, const uint32_t *group, uint32_t row)
{
    const struct tk_span *s = &t->spans[row];
    if (inside_parent(l, t, group, row))
        return true;
    if (TKI_GROW_ZERO(l->groups, l->groups_cap, (size_t)group[row] + 1) < 0)
        return false;
    struct tki_lane_group *g = &l->groups[group[row]];
    uint32_t number = lowest_free(g, s->start_ns);
    if (number == g->n && !new_lane(l, g, group[row]))
        return false;
    l->lane[row] = g->lane[number];
    l->below[row] = TK_NONE;
    l->top[l->lane[row]] = row;
    set_free(g, number, s->start_ns + tki_view_duration(s));
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const struct tki_lane_key *x = a, *y = b;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    if (x->end_ns != y->end_ns)
        return x->end_ns > y->end_ns ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static bool reserve(struct tki_lanes *l, uint32_t n)
{
    if (n <= l->rows_cap)
        return true;
    size_t cap = (size_t)n + n / 2;
    free(l->lane);
    free(l->keys);
    l->rows_cap = 0;
    l->lane = malloc(3 * cap * sizeof *l->lane);
    l->keys = malloc(cap * sizeof *l->keys);
    if (!l->lane || !l->keys)
        return false;
    l->sorted = l->lane + cap;
    l->below = l->lane + 2 * cap;
    l->rows_cap = (uint32_t)cap;
    return true;
}

bool tki_lanes_put(struct tki_lanes *l, const struct tki_view_trace *t, const uint32_t *group)
{
    uint32_t n = t->tree.n;
    l->nsorted = 0;
    if (!reserve(l, n))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = t->tree.order[i];
        const struct tk_span *s = &t->spans[row];
        l->lane[row] = TK_NONE;
        if (tki_view_timed(s))
            l->keys[l->nsorted++] = (struct tki_lane_key){s->start_ns, s->start_ns + tki_view_duration(s), i, row};
    }
    qsort(l->keys, l->nsorted, sizeof *l->keys, compare_keys);
    for (uint32_t i = 0; i < l->nsorted; i++) {
        l->sorted[i] = l->keys[i].row;
        if (!place(l, t, group, l->sorted[i]))
            return false;
    }
    return true;
}

void tki_lanes_reset(struct tki_lanes *l)
{
    for (uint32_t i = 0; i < l->groups_cap; i++) {
        struct tki_lane_group *g = &l->groups[i];
        if (g->n)
            memset(g->free_ns, 0xff, 2 * (size_t)g->cap * sizeof *g->free_ns);
        g->n = 0;
    }
    l->nlanes = 0;
}

void tki_lanes_free(struct tki_lanes *l)
{
    for (uint32_t i = 0; i < l->groups_cap; i++) {
        free(l->groups[i].free_ns);
        free(l->groups[i].lane);
    }
    free(l->groups);
    free(l->lanes);
    free(l->top);
    free(l->lane);
    free(l->keys);
    memset(l, 0, sizeof *l);
}
