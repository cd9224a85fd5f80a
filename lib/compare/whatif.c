#include "compare/whatif.h"

#include <stdlib.h>

#include "compare/scratch.h"

enum { NOT_YET = -1 };

/* Room for so many nodes: begin holds a list of them, too. */
static int reserve(struct tki_whatif *x, size_t nodes)
{
    if (nodes <= x->cap)
        return TK_OK;
    size_t cap = nodes * 2;
    free(x->took);
    free(x->end);
    free(x->order);
    free(x->kid);
    x->took = malloc(cap * sizeof *x->took);
    x->end = malloc(cap * sizeof *x->end);
    x->order = malloc(cap * sizeof *x->order);
    x->kid = malloc(cap * sizeof *x->kid);
    x->cap = x->took && x->end && x->order && x->kid ? cap : 0;
    return x->cap ? TK_OK : TK_ENOMEM;
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

/* How long a node takes, its children being known. */
static void replay_node(struct tki_whatif *x, const struct tki_times *t, uint32_t node, double own)
{
    const uint32_t *by_end = t->child + t->child_first[node];
    uint32_t n = t->child_first[node + 1] - t->child_first[node], ended = 0;
    int64_t last = t->start_ns[node]; /* when the call before ended */
    double now = 0;                   /* when it would have */
    memcpy(x->kid, by_end, n * sizeof *x->kid);
    if (n > 1)
        qsort_r(x->kid, n, sizeof *x->kid, cmp_start, (void *)t);
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

int tki_whatif_replay(struct tki_whatif *x, struct tki_profile *p, const struct tk_batch *trace, double *ns,
                      int64_t *before_ns)
{
    int rc = tki_profile_open(p, trace, NULL);
    const struct tki_scratch *s = p->scratch;
    const struct tki_times *t = &s->times;
    uint32_t n = 0;
    if (rc <= 0)
        return rc;
    if (reserve(x, (size_t)t->nodes + 1) < 0)
        return TK_ENOMEM;
    x->order[n++] = t->root;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = t->child_first[x->order[i]]; k < t->child_first[x->order[i] + 1]; k++)
            x->order[n++] = t->child[k];
    for (uint32_t i = n; i-- > 0;) {
        uint32_t node = x->order[i];
        replay_node(x, t, node, node < t->n && x->changed[s->key[node]] ? x->factor : 1);
    }
    *ns = x->took[t->root];
    *before_ns = t->end_ns[t->root] - t->start_ns[t->root];
    return 1;
}

void tki_whatif_free(struct tki_whatif *x)
{
    free(x->took);
    free(x->end);
    free(x->order);
    free(x->kid);
}
