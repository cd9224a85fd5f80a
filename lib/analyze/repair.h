/* repair.h - windows for all spans of a trace, whatever its clocks and parents say; see times.h. */
#ifndef TKI_ANALYZE_REPAIR_H
#define TKI_ANALYZE_REPAIR_H

#include "analyze/times.h"

/* Fills nodes, root, primary, start_ns, end_ns, over and state of t, which has room for the batch's spans and
 * one more.  TK_ENOMEM. */
int tki_repair(struct tki_times *t, const struct tk_batch *b, const struct tk_tree *tree, struct tki_repairs *r);

/* Sets TKI_NODE_COPY in the state of all but one of the spans that have an id, a kind and a service in common,
 * and adds their number to *n.  The one with both times, the later end and the earlier start is left; with say_most,
 * for which attributes, events and links must have been decoded, the one with more of these.  TK_ENOMEM. */
int tki_copies_mark(const struct tk_batch *b, bool say_most, uint8_t *state, uint64_t *n);

#define TKI_OUTLIVES_NS 1000000    /* a child may end this much after its parent ... */
enum { TKI_OUTLIVES_SHARE = 100 }; /* ... or this part of the parent's duration, and still be waited for */

/* May a span of that kind be what answers a call?  Other spans below a CLIENT are work of its own process. */
static inline bool tki_may_answer(uint8_t kind)
{
    return kind != TK_KIND_CLIENT && kind != TK_KIND_INTERNAL && kind != TK_KIND_PRODUCER;
}

/* Returns true if a span ends so long after its parent that this did not wait for it.  It compares what was recorded,
 * not what clipping left: a server that outlives its client's patience still waited for its own children. */
static inline bool tki_outlives(uint64_t end_ns, uint8_t kind, uint8_t parent_kind, uint64_t parent_start_ns,
                                uint64_t parent_end_ns)
{
    if ((parent_kind == TK_KIND_CLIENT && tki_may_answer(kind)) || end_ns <= parent_end_ns)
        return false;
    uint64_t slack_ns = (parent_end_ns - parent_start_ns) / TKI_OUTLIVES_SHARE;
    return end_ns - parent_end_ns > (slack_ns > TKI_OUTLIVES_NS ? slack_ns : TKI_OUTLIVES_NS);
}

/* Returns true if the parent of the span is one that it follows, and that did not wait for it. */
bool tki_follows_from(const struct tk_batch *b, const struct tk_span *s);

#endif
