/* tree.h - the waterfall of a trace: its lines (outline.h) with duration, self time, a bar, and the tree of names.
 *
 *     trace ID  TIME
 *     duration, spans, services, errors; and in a sentence where the time went
 *     patterns of calls that cost time (analyze/waste.h), a line each
 *      duration     self  0      886 ms      above 100 columns with the offset before them
 *        886 ms   279 us *|============| POST /api/checkout  [frontend]
 *
 *   *     the critical path goes through the line
 *   = !   the span runs; it failed
 *   ~     no span of the line above runs
 *   ?     the parent is not in the trace
 *   [x]   the service, where it is another one than above
 *   +12   the line is 12 levels deeper than its lines of guidance begin
 *
 * Below the deepest error stands what it says, below each span the log lines that were joined to it; with `verbose`
 * also span ids, attributes, events and links, and repeats are not folded.  A view that is no format: what it writes
 * depends on the terminal, whose width and colours are handed in.
 */
#ifndef TKI_VIEW_TREE_H
#define TKI_VIEW_TREE_H

#include "base/buf.h"

struct tki_tree_opts {
    size_t width; /* columns of a line; fewer than 60 are taken as 60 */
    bool color, verbose;
    int64_t (*east_s)(uint64_t unix_s); /* of the zone of the times; NULL: UTC */
};

struct tki_tree_view;
struct tki_tree_view *tki_tree_view_new(const struct tki_tree_opts *opts); /* NULL: out of memory */
void tki_tree_view_free(struct tki_tree_view *v);                          /* NULL is fine */
/* Appends a trace, a batch whose spans all belong to it, and an empty line before all but the first.  Returns 0, or
 * TK_ELIMIT or TK_ENOMEM with err->text. */
int tki_tree_view_put(struct tki_tree_view *v, const struct tk_batch *trace, struct tki_buf *to, struct tk_err *err);

#endif
