/* stacks.h - the stacks of spans with the time spent at their top, of all traces, equal ones added up: what folded and
 * flamegraph write. */
#ifndef TKI_VIEW_STACKS_H
#define TKI_VIEW_STACKS_H

#include "analyze/times.h"
#include "view/view.h"

enum { TKI_STACK_DEPTH = 1000 }; /* frames of a stack; what is deeper is added to its ancestor there */

struct tki_stacks {
    struct tki_view_trace trace;
    struct tki_times times;
    struct tki_view_names frames; /* "service:name" */
    struct tki_buf name;
    struct tki_idmap nodes; /* hi: node of the parent + 1, lo: frame; parents come first; node 0 is "(other)" */
    uint64_t *self_ns;      /* of each node */
    uint32_t *node;         /* of each row of the trace at hand */
    uint32_t self_cap, rows_cap;
};

/* Adds a trace to the stacks, which are e->state. */
void tki_stacks_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
static inline uint32_t tki_stacks_parent(const struct tki_stacks *s, uint32_t node)
{
    return s->nodes.ids[node].hi ? (uint32_t)(s->nodes.ids[node].hi - 1) : TK_NONE;
}
static inline tk_str tki_stacks_frame(const struct tki_stacks *s, uint32_t node)
{
    return tki_view_names_at(&s->frames, (uint32_t)s->nodes.ids[node].lo);
}
void tki_stacks_free(void *stacks);

#endif
