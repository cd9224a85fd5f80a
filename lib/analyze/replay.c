#include "analyze/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { NOT_YET = -1 };

int tki_replay_begin(struct tki_replay *x, const struct tki_times *t, uint32_t *n)
{
    const struct tki_column columns[] = {TKI_COLUMN(x->took), TKI_COLUMN(x->order), TKI_COLUMN(x->up),
                                         TKI_COLUMN(x->end), TKI_COLUMN(x->kid)};
    *n = 0;
    if (TKI_GROW_COLUMNS(columns, x->cap, (size_t)t->nodes + 1, false) < 0)
        return TK_ENOMEM;
    x->order[(*n)++] = t->root;
    x->up[t->root] = TK_NONE;
    for (uint32_t i = 0; i < *n; i++)
        for (uint32_t k = t->child_first[x->order[i]]; k < t->child_first[x->order[i] + 1]; k++) {
            x->up[t->child[k]] = x->order[i];
            x->order[(*n)++] = t->child[k];
        }
    return TK_OK;
}

void tki_replay_node(struct tki_replay *x, const struct tki_times *t, uint32_t node, double own)
{
    const uint32_t *by_end = t->child + t->child_first[node];
    uint32_t n = t->child_first[node + 1] - t->child_first[node], ended = 0;
    int64_t last = t->start_ns[node]; /* when the call before ended */
    double now = 0;                   /* when it would have */
    memcpy(x->kid, by_end, n * sizeof *x->kid);
    if (n > 1)
        tki_sort_by_start(t, x->kid, n);
    for (uint32_t i = 0; i < n; i++)
        x->end[x->kid[i]] = NOT_YET;
    for (uint32_t i = 0; i <= n; i++) {
        int64_t at = i < n ? t->start_ns[x->kid[i]] : t->end_ns[node];
        for (; ended < n && t->end_ns[by_end[ended]] <= at && x->end[by_end[ended]] >= 0; ended++) {
            last = t->end_ns[by_end[ended]] > last ? t->end_ns[by_end[ended]] : last;
            now = x->end[by_end[ended]] > now ? x->end[by_end[ended]] : now;
        }
        double begins = now + own * (double)(at > last ? at - last : 0);
        if (i < n)
            x->end[x->kid[i]] = begins + x->took[x->kid[i]];
        else
            x->took[node] = begins;
    }
}

void tki_replay_free(struct tki_replay *x)
{
    free(x->took);
    free(x->order);
    free(x->up);
    free(x->end);
    free(x->kid);
    memset(x, 0, sizeof *x);
}
