/* tree.h - the waterfall of a trace: one line a span, with its offset, duration, self time, a bar, and the tree of
 * services and names.
 *
 * A view that is no format: what it writes depends on the terminal, whose width and colours are handed in.
 */
#ifndef TKI_VIEW_TREE_H
#define TKI_VIEW_TREE_H

#include "base/buf.h"

struct tki_tree_view;

/* width: columns of a line; fewer than 60 are taken as 60.  NULL: out of memory. */
struct tki_tree_view *tki_tree_view_new(size_t width, bool color);
void tki_tree_view_free(struct tki_tree_view *v); /* NULL is fine */
/* Appends a trace, a batch whose spans all belong to it, and an empty line before all but the first.  Returns 0, or
 * TK_ELIMIT or TK_ENOMEM with err->text. */
int tki_tree_view_put(struct tki_tree_view *v, const struct tk_batch *trace, struct tki_buf *to, struct tk_err *err);

#endif
