/* Parents are settled before their children, which are cut to the window of their parent and then stand in its list,
 * the last to end first: in this order times.c and cpath.c walk over them.  So all that is known of a parent while they
 * are looked at is two moments, and parents come first again, so that whether somebody waited for them is known. */
#include "analyze/top_sweep.h"

#include <stdlib.h>

#include "analyze/repair.h"
#include "base/array.h"

enum { FEW = 24 };
enum state { /* of a span */
             NEW,
             MET,        /* on the way up to a parent that is settled */
             TOP,        /* has no parent */
             APART,      /* has one that did not wait for it, whatever it did */
             BELOW,      /* has one that could wait for it */
             WAITED_FOR, /* has one that did, and somebody waited for that one, up to the first */
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
    w->order = malloc(4 * cap * sizeof *w->order);
    if (!w->node || !w->order) {
        tki_sweep_free(w);
        return TK_ENOMEM;
    }
    w->cap = (uint32_t)cap;
    w->stack = w->order + cap;
    w->table = w->order + 2 * cap;
    return 0;
}

void tki_sweep_free(struct tki_sweep *w)
{
    free(w->node);
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
static bool gather(struct tki_sweep *w, uint32_t mask, const struct tki_top_span *span)
{
    memset(w->table, 0xff, (mask + 1u) * sizeof *w->table);
    for (uint32_t i = 0; i < w->n; i++) {
        const struct tki_top_span *h = &span[i];
        if (!h->start_ns || h->end_ns < h->start_ns || h->end_ns > INT64_MAX)
            return false;
        w->node[i] = (struct tki_sweep_node){.span_id = h->span_id,
                                             .start_ns = (int64_t)h->start_ns,
                                             .end_ns = (int64_t)h->end_ns,
                                             .below = TK_NONE,
                                             .kind = h->kind};
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

static bool ends_first(const struct tki_sweep *w, uint32_t a, uint32_t b)
{
    const struct tki_sweep_node *x = &w->node[a], *y = &w->node[b];
    if (x->end_ns != y->end_ns)
        return x->end_ns < y->end_ns;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns;
    if (x->span_id != y->span_id)
        return x->span_id < y->span_id;
    return a < b;
}

/* Puts a span into the list of the one that it is part of.  A long list is sorted later. */
static void put_below(struct tki_sweep *w, uint32_t over, uint32_t i)
{
    struct tki_sweep_node *up = &w->node[over];
    uint32_t *at = &up->below;
    if (++up->nbelow <= FEW)
        while (*at != TK_NONE && ends_first(w, i, *at))
            at = &w->node[*at].next;
    w->node[i].over = over;
    w->node[i].next = *at;
    *at = i;
}

/* Its parent is settled.  span tells what was recorded. */
static void settle(struct tki_sweep *w, const struct tki_top_span *span, uint32_t i)
{
    struct tki_sweep_node *x = &w->node[i];
    w->order[w->nordered++] = i;
    x->state = TOP;
    if (x->over != TK_NONE) {
        const struct tki_top_span *h = &span[i], *up = &span[x->over];
        bool apart = h->follows || (up->kind == TK_KIND_PRODUCER && h->kind == TK_KIND_CONSUMER) ||
                     tki_outlives(h->end_ns, h->kind, up->kind, up->start_ns, up->end_ns);
        x->state = apart ? APART : BELOW;
        if (!apart) {
            clip(x, &w->node[x->over]);
            put_below(w, x->over, i);
        }
    }
}

/* Finds the parents, and settles all spans, parents first.  Returns false if some run in a circle. */
static bool settle_all(struct tki_sweep *w, uint32_t mask, const struct tki_top_span *span)
{
    for (uint32_t i = 0; i < w->n; i++) {
        uint64_t id = span[i].parent_id;
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
    *all = (struct tki_sweep_node){.start_ns = INT64_MAX, .over = TK_NONE, .below = TK_NONE};
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
        if (w->node[i].state == TOP)
            put_below(w, w->n, i);
    return w->n;
}

static void merge(const struct tki_sweep *w, const uint32_t *from, uint32_t *to, size_t lo, size_t mid, size_t hi)
{
    size_t i = lo, j = mid, k = lo;
    while (i < mid && j < hi) {
        bool right = ends_first(w, from[i], from[j]);
        to[k++] = from[right ? j : i];
        i += !right;
        j += right;
    }
    memcpy(to + k, from + i, (mid - i) * sizeof *to);
    memcpy(to + k + (mid - i), from + j, (hi - j) * sizeof *to);
}

/* Puts a list of many in order. */
static void sort_below(struct tki_sweep *w, struct tki_sweep_node *up)
{
    uint32_t *from = w->stack, *to = w->table, n = 0;
    for (uint32_t i = up->below; i != TK_NONE; i = w->node[i].next)
        from[n++] = i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n, hi = lo + 2 * width < n ? lo + 2 * width : n;
            merge(w, from, to, lo, mid, hi);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    up->below = TK_NONE;
    while (n-- > 0) {
        w->node[from[n]].next = up->below;
        up->below = from[n];
    }
}

/* Whether somebody waited for this span is known. */
static void look_below(struct tki_sweep *w, struct tki_sweep_node *up)
{
    int64_t covered_ns = up->end_ns; /* from here on children have been looked at */
    int64_t reached_ns = covered_ns; /* from here on it is known who was waited for */
    int64_t self_ns = up->end_ns - up->start_ns, path_ns = 0;
    if (up->nbelow > FEW)
        sort_below(w, up);
    for (uint32_t i = up->below; i != TK_NONE; i = w->node[i].next) {
        struct tki_sweep_node *x = &w->node[i];
        covered_ns = x->end_ns < covered_ns ? x->end_ns : covered_ns;
        if (x->start_ns < covered_ns) {
            self_ns -= covered_ns - x->start_ns;
            covered_ns = x->start_ns;
        }
        if (x->end_ns > up->start_ns && x->end_ns <= reached_ns) {
            path_ns += reached_ns - x->end_ns;
            reached_ns = x->start_ns;
            x->state = up->state == WAITED_FOR ? WAITED_FOR : x->state;
        }
    }
    /* What stands before the first child that it waited for is its own. */
    up->self_ns = self_ns;
    up->path_ns = up->state == WAITED_FOR ? path_ns + reached_ns - up->start_ns : 0;
}

int tki_sweep_trace(struct tki_sweep *w, const struct tki_top_span *span, size_t n)
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
    w->node[root].state = WAITED_FOR;
    if (root == w->n)
        look_below(w, &w->node[root]);
    for (uint32_t k = 0; k < w->n; k++)
        look_below(w, &w->node[w->order[k]]);
    return 1;
}
