#include "analyze/times.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/repair.h"
#include "base/array.h"

enum { FEW = 16 };

static size_t align8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

static int reserve(struct tki_times *t, size_t nodes)
{
    if (t->memory && nodes <= t->cap)
        return TK_OK;
    size_t cap = tki_room(nodes);
    if (cap > UINT32_MAX / 2)
        return TK_ELIMIT;
    size_t gaps = (cap + 1) * sizeof *t->gap, longs = cap * sizeof(int64_t), words = align8((cap + 1) * 4);
    char *p = malloc(gaps + 3 * longs + 4 * words + cap);
    if (!p)
        return TK_ENOMEM;
    free(t->memory);
    t->memory = p;
    t->cap = cap;
    t->gap = (void *)p;
    t->start_ns = (void *)(p += gaps);
    t->end_ns = (void *)(p += longs);
    t->self_ns = (void *)(p += longs);
    t->over = (void *)(p += longs);
    t->child_first = (void *)(p += words);
    t->child = (void *)(p += words);
    t->via = (void *)(p += words);
    t->state = (void *)(p + words);
    return TK_OK;
}

struct by_end {
    const struct tki_times *t;
    const struct tk_span *spans;
};

/* Children are never the virtual root, so every one has a row. */
static int cmp_end(const void *pa, const void *pb, void *ctx)
{
    const struct by_end *c = ctx;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    if (c->t->end_ns[a] != c->t->end_ns[b])
        return c->t->end_ns[a] < c->t->end_ns[b] ? -1 : 1;
    if (c->t->start_ns[a] != c->t->start_ns[b])
        return c->t->start_ns[a] < c->t->start_ns[b] ? -1 : 1;
    if (c->spans[a].span_id != c->spans[b].span_id)
        return c->spans[a].span_id < c->spans[b].span_id ? -1 : 1;
    return (a > b) - (a < b);
}

static void sort_children(struct tki_times *t, struct by_end *ctx, uint32_t node)
{
    uint32_t *c = t->child + t->child_first[node], n = t->child_first[node + 1] - t->child_first[node];
    if (n > FEW) {
        qsort_r(c, n, sizeof *c, cmp_end, ctx);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        uint32_t x = c[i], j = i;
        for (; j > 0 && cmp_end(&x, &c[j - 1], ctx) < 0; j--)
            c[j] = c[j - 1];
        c[j] = x;
    }
}

static void hand_out_children(struct tki_times *t, const struct tk_batch *b)
{
    memset(t->child_first, 0, ((size_t)t->nodes + 1) * sizeof *t->child_first);
    for (uint32_t s = 0; s < t->nodes; s++)
        if (t->over[s] != TK_NONE)
            t->child_first[t->over[s] + 1]++;
    for (uint32_t s = 0; s < t->nodes; s++) {
        t->child_first[s + 1] += t->child_first[s];
        t->via[s] = t->child_first[s]; /* done with its first use */
    }
    for (uint32_t s = 0; s < t->nodes; s++)
        if (t->over[s] != TK_NONE)
            t->child[t->via[t->over[s]]++] = s;
    struct by_end ctx = {t, b->spans};
    for (uint32_t s = 0; s < t->nodes; s++)
        sort_children(t, &ctx, s);
}

int tki_self_times(const struct tk_batch *b, const struct tk_tree *tree, struct tki_times *t,
                   struct tki_repairs *repairs)
{
    assert(tree->n == b->nspans);
    t->n = t->nodes = 0;
    int rc = reserve(t, (size_t)b->nspans + 1);
    if (rc < 0)
        return rc;
    struct tki_repairs none = {0};
    rc = tki_repair(t, b, tree, repairs ? repairs : &none);
    if (rc < 0)
        return rc;
    hand_out_children(t, b);
    for (uint32_t s = 0; s < t->nodes; s++)
        t->self_ns[s] = t->end_ns[s] - t->start_ns[s] - tki_node_cover(t, b, s).cover_ns;
    return TK_OK;
}

static int cmp_start(const void *pa, const void *pb, void *times)
{
    const struct tki_times *t = times;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    if (t->start_ns[a] != t->start_ns[b])
        return t->start_ns[a] < t->start_ns[b] ? -1 : 1;
    if (t->end_ns[a] != t->end_ns[b])
        return t->end_ns[a] < t->end_ns[b] ? -1 : 1;
    return (a > b) - (a < b);
}

void tki_sort_by_start(const struct tki_times *t, uint32_t *nodes, uint32_t n)
{
    qsort_r(nodes, n, sizeof *nodes, cmp_start, (void *)t);
}

void tki_times_free(struct tki_times *t)
{
    free(t->memory);
    memset(t, 0, sizeof *t);
}

/* Sweeps the children from the latest end down; all from `low` to the end of the window is done with. */
struct tki_cover tki_node_cover(const struct tki_times *t, const struct tk_batch *b, uint32_t node)
{
    struct tki_cover c = {0};
    int64_t start = t->start_ns[node], low = t->end_ns[node];
    for (uint32_t i = t->child_first[node + 1]; i-- > t->child_first[node];) {
        int64_t from = t->start_ns[t->child[i]], to = t->end_ns[t->child[i]];
        c.busy_ns += to - from;
        if (to < low) {
            c.gap_ns = low - to > c.gap_ns ? low - to : c.gap_ns;
            low = to;
        }
        if (from < low) {
            c.cover_ns += low - from;
            low = from;
        }
    }
    c.gap_ns = low - start > c.gap_ns ? low - start : c.gap_ns;
    if (!tki_node_opaque(t, b, node))
        c.dark_ns = t->end_ns[node] - start - c.cover_ns;
    return c;
}

uint32_t tki_gaps(const struct tki_times *t, uint32_t node)
{
    uint32_t n = 0, next = TK_NONE;
    int64_t start = t->start_ns[node], low = t->end_ns[node];
    for (uint32_t i = t->child_first[node + 1]; i-- > t->child_first[node];) {
        uint32_t c = t->child[i];
        bool edge = next == TK_NONE || t->end_ns[c] < low; /* all to the left of low is now before c */
        if (t->end_ns[c] < low) {
            uint8_t type = next == TK_NONE ? TKI_GAP_TRAIL : TKI_GAP_BETWEEN;
            t->gap[n++] = (struct tki_gap){t->end_ns[c], low, c, next, type};
            low = t->end_ns[c];
        }
        if (t->start_ns[c] < low || edge) {
            low = t->start_ns[c];
            next = c;
        }
    }
    if (start < low)
        t->gap[n++] = (struct tki_gap){start, low, TK_NONE, next, next == TK_NONE ? TKI_GAP_WHOLE : TKI_GAP_LEAD};
    return n;
}

bool tki_node_opaque(const struct tki_times *t, const struct tk_batch *b, uint32_t node)
{
    if (node >= t->n || t->child_first[node] != t->child_first[node + 1])
        return false;
    const struct tk_span *s = &b->spans[node];
    if (s->kind == TK_KIND_CLIENT || s->kind == TK_KIND_PRODUCER)
        return true;
    if (s->kind == TK_KIND_SERVER || s->kind == TK_KIND_CONSUMER)
        return false;
    return tk_attr_find(b, s->attrs, "db.system") || tk_attr_find(b, s->attrs, "db.system.name");
}

bool tki_node_queued(const struct tki_times *t, const struct tk_batch *b, const struct tk_tree *tree, uint32_t node,
                     int64_t *ns)
{
    const unsigned unusable = TKI_NODE_COPY | TKI_NODE_INVALID;
    uint32_t producer = tree->parent[node];
    if (t->root == TK_NONE || producer == TK_NONE || b->spans[node].kind != TK_KIND_CONSUMER ||
        b->spans[producer].kind != TK_KIND_PRODUCER || ((t->state[node] | t->state[producer]) & unusable))
        return false;
    int64_t sent = t->end_ns[producer], taken = t->start_ns[node];
    *ns = taken > sent ? taken - sent : 0;
    return true;
}
