#include "analyze/drag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static uint32_t children(const struct tki_times *t, uint32_t node)
{
    return t->child_first[node + 1] - t->child_first[node];
}

/* ---- slack ---- */

/* The moments at which calls of a node begin, and last that at which it ends: how many of its calls, by end, each waits
 * for, and how long after the last of these it comes.  As replays have it: a call that has not begun has not ended. */
static void read_moments(struct tki_drag *x, const struct tki_times *t, uint32_t node, uint32_t n)
{
    const uint32_t *by_end = t->child + t->child_first[node], *kid = x->kid;
    int64_t last = t->start_ns[node];
    uint32_t ended = 0;
    for (uint32_t i = 0; i < n; i++)
        x->rank[kid[i]] = i;
    for (uint32_t i = 0; i <= n; i++) {
        int64_t at = i < n ? t->start_ns[kid[i]] : t->end_ns[node];
        for (; ended < n && t->end_ns[by_end[ended]] <= at && x->rank[by_end[ended]] < i; ended++)
            last = t->end_ns[by_end[ended]] > last ? t->end_ns[by_end[ended]] : last;
        x->waits[i] = ended;
        x->gap_ns[i] = at > last ? at - last : 0;
    }
    for (uint32_t i = 0; i < n; i++)
        x->rank[by_end[i]] = i; /* from here on by end */
}

/* The first moment that waits for a call, by its place by end. */
static uint32_t first_waiting(const uint32_t *waits, uint32_t n, uint32_t place)
{
    uint32_t from = 0;
    while (from < n) {
        uint32_t mid = from + (n - from) / 2;
        if (waits[mid] <= place)
            from = mid + 1;
        else
            n = mid;
    }
    return from;
}

/* Until when the children of a node may end, from the last one back: what begins after a child, or the end of the node,
 * waits for it.  sum_ns[i]: the latest end that all moments from i on allow. */
static void late_ends(struct tki_drag *x, const struct tki_times *t, uint32_t node)
{
    uint32_t n = children(t, node), *kid = x->kid;
    int64_t *allows = x->sum_ns;
    if (n == 0)
        return;
    memcpy(kid, t->child + t->child_first[node], n * sizeof *kid);
    tki_sort_by_start(t, kid, n);
    read_moments(x, t, node, n);
    allows[n] = x->late_ns[node] - x->gap_ns[n];
    for (uint32_t i = n; i-- > 0;) {
        int64_t end = t->end_ns[kid[i]], late = allows[first_waiting(x->waits, n, x->rank[kid[i]])];
        x->late_ns[kid[i]] = late > end ? late : end;
        x->slack_ns[kid[i]] = x->late_ns[kid[i]] - end;
        int64_t before = t->start_ns[kid[i]] + x->slack_ns[kid[i]] - x->gap_ns[i];
        allows[i] = before < allows[i + 1] ? before : allows[i + 1];
    }
}

/* ---- drag ---- */

/* What a trace would take if a node took nothing: only those that wait for it change. */
static double without(struct tki_drag *x, const struct tki_times *t, uint32_t node)
{
    struct tki_replay *r = &x->replay;
    if (node == t->root)
        return 0;
    r->took[node] = 0;
    for (uint32_t up = r->up[node]; up != TK_NONE; up = r->up[up])
        tki_replay_node(r, t, up, 1);
    double ns = r->took[t->root];
    for (uint32_t up = node; up != TK_NONE; up = r->up[up])
        r->took[up] = x->base[up];
    return ns;
}

static uint64_t work_of(const struct tki_drag *x, const struct tki_times *t)
{
    uint64_t work = 0;
    for (uint32_t i = 0; i < x->n && work <= TKI_DRAG_WORK; i++)
        for (uint32_t up = x->replay.order[i]; up != TK_NONE && work <= TKI_DRAG_WORK && x->sum_ns[up] > 0;
             up = x->replay.up[up])
            work += children(t, up) + 1;
    return work;
}

/* sum_ns: of the critical path, in a node and in all that it calls. */
static void sum_path(struct tki_drag *x, const struct tki_cpath *path)
{
    for (uint32_t i = 0; i < x->n; i++)
        x->sum_ns[x->replay.order[i]] = path->ns[x->replay.order[i]];
    for (uint32_t i = x->n; i-- > 1;)
        x->sum_ns[x->replay.up[x->replay.order[i]]] += x->sum_ns[x->replay.order[i]];
}

int tki_drag_measure(struct tki_drag *x, const struct tki_times *t, const struct tki_cpath *path)
{
    const struct tki_column columns[] = {TKI_COLUMN(x->drag_ns), TKI_COLUMN(x->slack_ns), TKI_COLUMN(x->late_ns),
                                         TKI_COLUMN(x->sum_ns),  TKI_COLUMN(x->base),     TKI_COLUMN(x->kid),
                                         TKI_COLUMN(x->gap_ns),  TKI_COLUMN(x->waits),    TKI_COLUMN(x->rank)};
    struct tki_replay *r = &x->replay;
    if (tki_replay_begin(r, t, &x->n) < 0 || TKI_GROW_COLUMNS(columns, x->cap, (size_t)t->nodes + 2, false) < 0)
        return TK_ENOMEM;
    sum_path(x, path);
    if (work_of(x, t) > TKI_DRAG_WORK)
        return 0;
    for (uint32_t i = x->n; i-- > 0;) {
        tki_replay_node(r, t, r->order[i], 1);
        x->base[r->order[i]] = r->took[r->order[i]];
    }
    double all = r->took[t->root];
    for (uint32_t i = 0; i < x->n; i++) {
        uint32_t node = r->order[i];
        x->drag_ns[node] = x->sum_ns[node] > 0 ? llround(fmax(all - without(x, t, node), 0)) : 0;
    }
    x->slack_ns[t->root] = 0;
    x->late_ns[t->root] = t->end_ns[t->root];
    for (uint32_t i = 0; i < x->n; i++)
        late_ends(x, t, r->order[i]);
    return 1;
}

void tki_drag_free(struct tki_drag *x)
{
    tki_replay_free(&x->replay);
    free(x->drag_ns);
    free(x->slack_ns);
    free(x->late_ns);
    free(x->sum_ns);
    free(x->base);
    free(x->kid);
    free(x->gap_ns);
    free(x->waits);
    free(x->rank);
    memset(x, 0, sizeof *x);
}
