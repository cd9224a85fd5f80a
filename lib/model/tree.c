/* The tree of one trace: parents by id, children in a total order, and a preorder, without recursion.
 *
 * All spans are sorted once by (start, end, id, row); handing them out to their parents in that order leaves
 * every list of children sorted, so nothing is sorted twice.  Spans whose parent links run in a circle hang
 * under no root: the circle is cut above its first span in that order, which becomes a root.
 *
 * Zipkin's client and server may share one span id.  Such a pair becomes a client with the server below it,
 * and whatever names that id hangs below the server, unless it runs in the client's service. */
#include <assert.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"

enum { RUN = 8 };

/* Words of memory for cap spans: parent, child, order, depth, root, two of scratch, child_first with its end,
 * and a table of ids at most half full. */
static size_t words(size_t cap)
{
    return 10 * cap + 1;
}

static int reserve(struct tk_tree *t, uint32_t n)
{
    if (n <= t->cap && t->memory)
        return TK_OK;
    size_t cap = tki_room(n);
    if (cap > UINT32_MAX / 4)
        return TK_ELIMIT;
    uint32_t *p = malloc(words(cap) * sizeof *p);
    if (!p)
        return TK_ENOMEM;
    free(t->memory);
    t->memory = p;
    t->cap = (uint32_t)cap;
    t->parent = p;
    t->child = p + cap;
    t->order = p + 2 * cap;
    t->depth = p + 3 * cap;
    t->root = p + 4 * cap;
    t->child_first = p + 5 * cap; /* cap + 1 words; 6 * cap + 1: scratch; 8 * cap + 1: the table */
    return TK_OK;
}

static bool before(const struct tk_span *spans, uint32_t a, uint32_t b)
{
    const struct tk_span *x = &spans[a], *y = &spans[b];
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns;
    if (x->end_ns != y->end_ns)
        return x->end_ns < y->end_ns;
    if (x->span_id != y->span_id)
        return x->span_id < y->span_id;
    return a < b;
}

static void merge(const struct tk_span *spans, const uint32_t *from, uint32_t *to, size_t lo, size_t mid, size_t hi)
{
    size_t i = lo, j = mid;
    for (size_t k = lo; k < hi; k++)
        to[k] = j >= hi || (i < mid && !before(spans, from[j], from[i])) ? from[i++] : from[j++];
}

/* Sorts the rows 0 .. n-1 and returns which of the two arrays holds them. */
static uint32_t *sort_rows(const struct tk_span *spans, uint32_t n, uint32_t *a, uint32_t *b)
{
    bool sorted = true;
    for (uint32_t i = 0; i < n; i++) {
        a[i] = i;
        sorted = sorted && (i == 0 || before(spans, i - 1, i));
    }
    if (sorted)
        return a;
    for (size_t lo = 0; lo < n; lo += RUN) {
        size_t hi = lo + RUN < n ? lo + RUN : n;
        for (size_t i = lo + 1; i < hi; i++) {
            uint32_t row = a[i];
            size_t j = i;
            for (; j > lo && before(spans, row, a[j - 1]); j--)
                a[j] = a[j - 1];
            a[j] = row;
        }
    }
    for (size_t width = RUN; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n, hi = lo + 2 * width < n ? lo + 2 * width : n;
            merge(spans, a, b, lo, mid, hi);
        }
        uint32_t *swap = a;
        a = b;
        b = swap;
    }
    return a;
}

static tk_str service(const struct tk_batch *b, uint32_t row)
{
    return b->resources[b->spans[row].resource].service;
}

static bool is_pair(const struct tk_span *a, const struct tk_span *b)
{
    return (a->kind == TK_KIND_CLIENT && b->kind == TK_KIND_SERVER) ||
           (a->kind == TK_KIND_SERVER && b->kind == TK_KIND_CLIENT);
}

/* The slot of an id: its own, or the free one where it belongs. */
static size_t slot_of(const struct tk_span *spans, const uint32_t *table, size_t slots, uint64_t id)
{
    size_t at = tki_mix64(id) & (slots - 1);
    while (table[at] != TK_NONE && spans[table[at]].span_id != id)
        at = (at + 1) & (slots - 1);
    return at;
}

/* first and twin are the two halves of a pair with one id: the parent of a row that belongs to them. */
static uint32_t parent_of_pair(const struct tk_batch *b, uint32_t row, uint32_t first, uint32_t twin)
{
    bool turned = b->spans[first].kind == TK_KIND_SERVER;
    uint32_t client = turned ? twin : first, server = turned ? first : twin;
    tk_str mine = service(b, row);
    bool local = tki_str_eq(mine, service(b, client)) && !tki_str_eq(mine, service(b, server));
    return local ? client : server;
}

/* Finds every span's parent by id.  Of several spans with one id the first in sorted order gets the children.
 * twin[row of the first span of an id] is the other half of a pair.  Returns true if every parent stands before its
 * children in that order: then nothing runs in a circle. */
static bool link_parents(struct tk_tree *t, const struct tk_batch *b, const uint32_t *sorted, uint32_t *table,
                         uint32_t *twin)
{
    const struct tk_span *spans = b->spans;
    size_t slots = 16;
    while (slots < 2 * (size_t)t->n)
        slots *= 2;
    memset(table, 0xff, slots * sizeof *table);
    memset(twin, 0xff, t->n * sizeof *twin);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t row = sorted[i];
        if (spans[row].span_id == 0)
            continue;
        size_t at = slot_of(spans, table, slots, spans[row].span_id);
        if (table[at] == TK_NONE) {
            table[at] = row;
            continue;
        }
        t->nduplicates++;
        if (twin[table[at]] == TK_NONE && is_pair(&spans[table[at]], &spans[row]))
            twin[table[at]] = row;
    }
    bool ordered = true;
    for (uint32_t row = 0; row < t->n; row++) {
        t->parent[row] = TK_NONE;
        if (spans[row].parent_id == 0)
            continue;
        uint32_t up = table[slot_of(spans, table, slots, spans[row].parent_id)];
        t->norphans += up == TK_NONE;
        if (up == TK_NONE)
            continue;
        t->parent[row] = twin[up] != TK_NONE ? parent_of_pair(b, row, up, twin[up]) : up;
        ordered = ordered && spans[up].start_ns < spans[row].start_ns;
    }
    if (t->nduplicates == 0)
        return ordered;
    for (uint32_t row = 0; row < t->n; row++) {
        if (twin[row] == TK_NONE)
            continue;
        bool turned = spans[row].kind == TK_KIND_SERVER;
        uint32_t client = turned ? twin[row] : row, server = turned ? row : twin[row];
        t->norphans -= spans[server].parent_id != 0 && t->parent[server] == TK_NONE;
        t->parent[server] = client;
    }
    return false;
}

/* Cuts every circle above the member that is first in sorted order.  Walks up from each span over spans not
 * seen yet; mark holds the number of the walk, so meeting one's own number is a circle.  The walks start in
 * sorted order, but a walk may enter a circle anywhere, hence the second round to find its first member. */
static void cut_circles(struct tk_tree *t, const struct tk_span *spans, const uint32_t *sorted, uint32_t *mark)
{
    memset(mark, 0xff, t->n * sizeof *mark);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t s = sorted[i];
        while (s != TK_NONE && mark[s] == TK_NONE) {
            mark[s] = i;
            s = t->parent[s];
        }
        if (s == TK_NONE || mark[s] != i)
            continue;
        uint32_t first = s;
        for (uint32_t u = t->parent[s]; u != s; u = t->parent[u])
            if (before(spans, u, first))
                first = u;
        t->parent[first] = TK_NONE;
        t->ncycles++;
    }
}

static void hand_out_children(struct tk_tree *t, const uint32_t *sorted, uint32_t *next)
{
    memset(t->child_first, 0, ((size_t)t->n + 1) * sizeof *t->child_first);
    for (uint32_t row = 0; row < t->n; row++)
        if (t->parent[row] != TK_NONE)
            t->child_first[t->parent[row] + 1]++;
    for (uint32_t row = 0; row < t->n; row++) {
        t->child_first[row + 1] += t->child_first[row];
        next[row] = t->child_first[row];
    }
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t row = sorted[i];
        if (t->parent[row] == TK_NONE)
            t->root[t->nroots++] = row;
        else
            t->child[next[t->parent[row]]++] = row;
    }
}

static void walk(struct tk_tree *t, uint32_t *stack)
{
    uint32_t top = 0, n = 0;
    for (uint32_t i = t->nroots; i-- > 0;)
        stack[top++] = t->root[i];
    while (top > 0) {
        uint32_t s = stack[--top];
        t->order[n++] = s;
        t->depth[s] = t->parent[s] == TK_NONE ? 0 : t->depth[t->parent[s]] + 1;
        for (uint32_t i = t->child_first[s + 1]; i-- > t->child_first[s];)
            stack[top++] = t->child[i];
    }
    assert(n == t->n);
}

int tk_tree_build(struct tk_tree *t, const struct tk_batch *b)
{
    t->n = t->nroots = t->norphans = t->nduplicates = t->ncycles = 0;
    int rc = reserve(t, b->nspans);
    if (rc < 0)
        return rc;
    uint32_t *scratch = t->child_first + t->cap + 1, *other = scratch + t->cap, *table = other + t->cap;
    t->n = b->nspans;
    uint32_t *sorted = sort_rows(b->spans, t->n, scratch, other);
    uint32_t *spare = sorted == scratch ? other : scratch;
    if (!link_parents(t, b, sorted, table, spare))
        cut_circles(t, b->spans, sorted, spare);
    hand_out_children(t, sorted, spare);
    walk(t, spare);
    return TK_OK;
}

void tk_tree_free(struct tk_tree *t)
{
    free(t->memory);
    memset(t, 0, sizeof *t);
}
