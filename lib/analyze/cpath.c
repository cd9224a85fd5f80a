#include "analyze/cpath.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct tki_frame { /* the path is in `node` and reached `t` from above */
    int64_t t;
    uint32_t node;
};

static int reserve(struct tki_cpath *p, size_t nodes)
{
    if (p->memory && nodes <= p->cap)
        return TK_OK;
    size_t cap = tki_room(nodes);
    size_t each = 2 * sizeof *p->section + sizeof *p->stack + 2 * sizeof *p->ns + 3 * sizeof *p->first;
    char *m = malloc(cap * each);
    if (!m)
        return TK_ENOMEM;
    free(p->memory);
    p->memory = m;
    p->cap = cap;
    p->section = (void *)m; /* a node has one section for each child at most, and one more */
    p->stack = (void *)(m += 2 * cap * sizeof *p->section);
    p->ns = (void *)(m += cap * sizeof *p->stack);
    p->ambiguous_ns = (void *)(m += cap * sizeof *p->ns);
    p->first = (void *)(m += cap * sizeof *p->ns);
    p->last = (void *)(m += cap * sizeof *p->first);
    p->cursor = (void *)(m + cap * sizeof *p->first);
    return TK_OK;
}

static void emit(struct tki_cpath *p, uint32_t node, int64_t start, int64_t end)
{
    assert(start <= end);
    if (start == end)
        return;
    uint32_t i = p->nsections++;
    assert(i < 2 * p->cap);
    p->section[i] = (struct tki_section){start, end, node, TK_NONE};
    if (p->first[node] == TK_NONE)
        p->first[node] = i;
    else
        p->section[p->last[node]].next = i;
    p->last[node] = i;
    p->ns[node] += end - start;
}

/* The latest child not looked at yet that ended in (start of s, t], or TK_NONE. */
static uint32_t waited_for(struct tki_cpath *p, const struct tki_times *t, uint32_t s, int64_t at)
{
    uint32_t first = t->child_first[s];
    while (p->cursor[s] > first) {
        uint32_t c = t->child[--p->cursor[s]];
        if (t->end_ns[c] <= t->start_ns[s])
            return TK_NONE;
        if (t->end_ns[c] <= at)
            return c;
    }
    return TK_NONE;
}

static void walk(struct tki_cpath *p, const struct tki_times *t)
{
    uint32_t top = 0;
    p->stack[top++] = (struct tki_frame){t->end_ns[t->root], t->root};
    while (top > 0) {
        struct tki_frame f = p->stack[--top];
        uint32_t c = waited_for(p, t, f.node, f.t);
        if (c == TK_NONE) {
            emit(p, f.node, t->start_ns[f.node], f.t);
            continue;
        }
        emit(p, f.node, t->end_ns[c], f.t);
        p->stack[top++] = (struct tki_frame){t->start_ns[c], f.node};
        p->stack[top++] = (struct tki_frame){t->end_ns[c], c};
    }
}

int64_t tki_cpath_overlap(const struct tki_cpath *p, uint32_t *at, int64_t start, int64_t end)
{
    int64_t sum = 0;
    while (*at != TK_NONE) {
        const struct tki_section *x = &p->section[*at];
        int64_t lo = x->start_ns > start ? x->start_ns : start, hi = x->end_ns < end ? x->end_ns : end;
        sum += hi > lo ? hi - lo : 0;
        if (x->start_ns < start)
            break; /* the rest of it may meet an earlier interval */
        *at = x->next;
    }
    return sum;
}

int tki_cpath_build(struct tki_cpath *p, const struct tki_times *t)
{
    assert(t->root != TK_NONE);
    int rc = reserve(p, t->nodes);
    if (rc < 0)
        return rc;
    p->nsections = 0;
    memset(p->ns, 0, t->nodes * sizeof *p->ns);
    memset(p->first, 0xff, t->nodes * sizeof *p->first);
    memcpy(p->cursor, t->child_first + 1, t->nodes * sizeof *p->cursor);
    walk(p, t);
    p->total_ns = t->end_ns[t->root] - t->start_ns[t->root];
    int64_t sum = 0;
    for (uint32_t s = 0; s < t->nodes; s++)
        sum += p->ns[s];
    assert(sum == p->total_ns);
    (void)sum;
    return TK_OK;
}

void tki_cpath_doubt(struct tki_cpath *p, const struct tki_times *t)
{
    for (uint32_t s = 0; s < t->nodes; s++) {
        p->ambiguous_ns[s] = 0;
        if (p->first[s] == TK_NONE)
            continue;
        uint32_t ngaps = tki_gaps(t, s), at = p->first[s];
        int64_t alone = 0;
        for (uint32_t i = 0; i < ngaps; i++)
            alone += tki_cpath_overlap(p, &at, t->gap[i].start_ns, t->gap[i].end_ns);
        p->ambiguous_ns[s] = p->ns[s] - alone;
        assert(p->ambiguous_ns[s] >= 0);
    }
}

void tki_cpath_free(struct tki_cpath *p)
{
    free(p->memory);
    memset(p, 0, sizeof *p);
}
