/* Parents are settled before their children, which are cut to the window of their parent.  Then all spans are taken by
 * their ends, the last first: so the children of each come in the order in which times.c and cpath.c walk over them,
 * and what is known of their parent so far is two moments.  A parent waited for a child whether or not somebody waited
 * for the parent; that is settled at the end, parents first again. */
#include "analyze/top_sweep.h"

#include <stdlib.h>

#include "analyze/repair.h"
#include "base/array.h"

enum { RUN = 8 };
enum state { /* of a span */
             NEW,
             MET,        /* on the way up to a parent that is settled */
             TOP,        /* has no parent */
             APART,      /* has one that did not wait for it, whatever it did */
             BELOW,      /* has one that could wait for it */
             WAITED_FOR, /* has one that did */
};

struct tki_sweep_end {
    int64_t end_ns;
    uint32_t node;
};

static int reserve(struct tki_sweep *w, size_t n)
{
    if (w->node && n <= w->cap)
        return 0;
    size_t cap = tki_room(n);
    if (cap > UINT32_MAX / 4)
        return TK_ELIMIT;
    tki_sweep_free(w);
    w->node = aligned_alloc(sizeof *w->node, (cap + 1) * sizeof *w->node);
    w->end = malloc(2 * cap * sizeof *w->end);
    w->order = malloc(4 * cap * sizeof *w->order);
    if (!w->node || !w->end || !w->order) {
        tki_sweep_free(w);
        return TK_ENOMEM;
    }
    w->cap = (uint32_t)cap;
    w->spare = w->end + cap;
    w->stack = w->order + cap;
    w->table = w->order + 2 * cap;
    return 0;
}

void tki_sweep_free(struct tki_sweep *w)
{
    free(w->node);
    free(w->end);
    free(w->order);
    *w = (struct tki_sweep){0};
}

/* The slot of an id: its own, or the free one where it belongs. */
static uint32_t *slot_of(const struct tki_sweep *w, uint32_t mask, uint64_t id)
{
    uint64_t at = (id * 0x9e3779b97f4a7c15u) >> 32;
    while (w->table[at & mask] != TK_NONE && w->node[w->table[at & mask]].span_id != id)
        at++;
    return &w->table[at & mask];
}

/* Returns false if a span has no window, or two have one id. */
static bool gather(struct tki_sweep *w, uint32_t mask, struct tki_top_span *const *span)
{
    memset(w->table, 0xff, (mask + 1u) * sizeof *w->table);
    for (uint32_t i = 0; i < w->n; i++) {
        const struct tki_top_span *h = span[i];
        if (!h->start_ns || h->end_ns < h->start_ns || h->end_ns > INT64_MAX)
            return false;
        w->node[i] = (struct tki_sweep_node){
            .span_id = h->span_id, .start_ns = (int64_t)h->start_ns, .end_ns = (int64_t)h->end_ns, .kind = h->kind};
        if (!h->span_id)
            continue;
        uint32_t *slot = slot_of(w, mask, h->span_id);
        if (*slot != TK_NONE)
            return false;
        *slot = i;
    }
    return true;
}

static void clip(struct tki_sweep_node *x, const struct tki_sweep_node *over)
{
    int64_t lo = over->start_ns, hi = over->end_ns;
    x->start_ns = x->start_ns < lo ? lo : x->start_ns > hi ? hi : x->start_ns;
    x->end_ns = x->end_ns > hi ? hi : x->end_ns < lo ? lo : x->end_ns;
}

/* Its parent is settled.  span tells what was recorded. */
static void settle(struct tki_sweep *w, struct tki_top_span *const *span, uint32_t i)
{
    struct tki_sweep_node *x = &w->node[i];
    w->order[w->nordered++] = i;
    x->state = TOP;
    if (x->over != TK_NONE) {
        const struct tki_top_span *h = span[i], *up = span[x->over];
        bool apart = h->follows || (up->kind == TK_KIND_PRODUCER && h->kind == TK_KIND_CONSUMER) ||
                     tki_outlives(h->end_ns, up->kind, up->start_ns, up->end_ns);
        x->state = apart ? APART : BELOW;
        if (apart)
            x->over = TK_NONE;
        else
            clip(x, &w->node[x->over]);
    }
    x->self_ns = x->end_ns - x->start_ns;
    x->covered_ns = x->reached_ns = x->end_ns;
}

/* Finds the parents, and settles all spans, parents first.  Returns false if some run in a circle. */
static bool settle_all(struct tki_sweep *w, uint32_t mask, struct tki_top_span *const *span)
{
    for (uint32_t i = 0; i < w->n; i++) {
        uint64_t id = span[i]->parent_id;
        w->node[i].over = id ? *slot_of(w, mask, id) : TK_NONE;
    }
    w->nordered = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t above = 0, x = i;
        for (; x != TK_NONE && w->node[x].state == NEW; x = w->node[x].over) {
            w->node[x].state = MET;
            w->stack[above++] = x;
        }
        if (x != TK_NONE && w->node[x].state == MET)
            return false;
        while (above > 0)
            settle(w, span, w->stack[--above]);
    }
    return true;
}

/* What the trace waited for is below one span, or below the node behind all spans.  Returns that. */
static uint32_t find_root(struct tki_sweep *w)
{
    struct tki_sweep_node *all = &w->node[w->n];
    uint32_t tops = 0, first = w->n;
    *all = (struct tki_sweep_node){.start_ns = INT64_MAX, .over = TK_NONE, .state = TOP};
    for (uint32_t i = 0; i < w->n; i++) {
        const struct tki_sweep_node *x = &w->node[i];
        if (x->state != TOP)
            continue;
        first = tops++ ? first : i;
        all->start_ns = x->start_ns < all->start_ns ? x->start_ns : all->start_ns;
        all->end_ns = x->end_ns > all->end_ns ? x->end_ns : all->end_ns;
    }
    w->total_ns = all->end_ns - all->start_ns;
    if (tops < 2)
        return first;
    for (uint32_t i = 0; i < w->n; i++)
        if (w->node[i].state == TOP) {
            w->node[i].state = BELOW;
            w->node[i].over = w->n;
        }
    all->covered_ns = all->reached_ns = all->end_ns;
    return w->n;
}

static bool ends_first(const struct tki_sweep *w, const struct tki_sweep_end *a, const struct tki_sweep_end *b)
{
    if (a->end_ns != b->end_ns)
        return a->end_ns < b->end_ns;
    const struct tki_sweep_node *x = &w->node[a->node], *y = &w->node[b->node];
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns;
    if (x->span_id != y->span_id)
        return x->span_id < y->span_id;
    return a->node < b->node;
}

static void merge(const struct tki_sweep *w, const struct tki_sweep_end *from, struct tki_sweep_end *to, size_t lo,
                  size_t mid, size_t hi)
{
    size_t i = lo, j = mid, k = lo;
    while (i < mid && j < hi) {
        bool right = ends_first(w, &from[j], &from[i]);
        to[k++] = from[right ? j : i];
        i += !right;
        j += right;
    }
    memcpy(to + k, from + i, (mid - i) * sizeof *to);
    memcpy(to + k + (mid - i), from + j, (hi - j) * sizeof *to);
}

/* All that are below another, n of them, by their ends. */
static const struct tki_sweep_end *sort_ends(struct tki_sweep *w, size_t *n)
{
    struct tki_sweep_end *from = w->end, *to = w->spare;
    *n = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        from[*n] = (struct tki_sweep_end){w->node[i].end_ns, i};
        *n += w->node[i].state == BELOW;
    }
    for (size_t lo = 0; lo < *n; lo += RUN)
        for (size_t i = lo + 1; i < *n && i < lo + RUN; i++) {
            struct tki_sweep_end x = from[i];
            size_t j = i;
            for (; j > lo && ends_first(w, &x, &from[j - 1]); j--)
                from[j] = from[j - 1];
            from[j] = x;
        }
    for (size_t width = RUN; width < *n; width *= 2) {
        for (size_t lo = 0; lo < *n; lo += 2 * width) {
            size_t mid = lo + width < *n ? lo + width : *n, hi = lo + 2 * width < *n ? lo + 2 * width : *n;
            merge(w, from, to, lo, mid, hi);
        }
        struct tki_sweep_end *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Of the children of a parent this is the next that ends before those that were looked at. */
static void look_at(struct tki_sweep_node *parent, struct tki_sweep_node *x)
{
    if (x->end_ns < parent->covered_ns)
        parent->covered_ns = x->end_ns;
    if (x->start_ns < parent->covered_ns) {
        parent->self_ns -= parent->covered_ns - x->start_ns;
        parent->covered_ns = x->start_ns;
    }
    if (x->end_ns > parent->start_ns && x->end_ns <= parent->reached_ns) {
        parent->path_ns += parent->reached_ns - x->end_ns;
        parent->reached_ns = x->start_ns;
        x->state = WAITED_FOR;
    }
}

/* What stands before the first child that a span waited for is its own; of a span that nobody waited for nothing is on
 * the path. */
static void settle_paths(struct tki_sweep *w, uint32_t root)
{
    w->node[root].state = WAITED_FOR;
    for (uint32_t k = 0; k < w->n; k++) {
        struct tki_sweep_node *x = &w->node[w->order[k]];
        if (x->state == WAITED_FOR && x->over != TK_NONE)
            x->state = w->node[x->over].state;
        x->path_ns = x->state == WAITED_FOR ? x->path_ns + x->reached_ns - x->start_ns : 0;
    }
}

int tki_sweep_trace(struct tki_sweep *w, struct tki_top_span *const *span, size_t n)
{
    int r = reserve(w, n);
    if (r < 0)
        return r;
    uint32_t slots = 16;
    while (slots < 2 * n)
        slots *= 2;
    w->n = (uint32_t)n;
    if (!gather(w, slots - 1, span) || !settle_all(w, slots - 1, span))
        return 0;
    uint32_t root = find_root(w);
    size_t k;
    const struct tki_sweep_end *end = sort_ends(w, &k);
    while (k-- > 0) {
        struct tki_sweep_node *x = &w->node[end[k].node];
        look_at(&w->node[x->over], x);
    }
    settle_paths(w, root);
    return 1;
}
