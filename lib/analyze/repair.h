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

/* Returns true if the parent of the span is one that it follows, and that did not wait for it. */
bool tki_follows_from(const struct tk_batch *b, const struct tk_span *s);

#endif
