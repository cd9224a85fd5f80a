/* tree_in.h - the parts of the tree view (tree.h), inside lib/view. */
#ifndef TKI_VIEW_TREE_IN_H
#define TKI_VIEW_TREE_IN_H

#include "base/map.h"
#include "base/text.h"
#include "view/gist.h"
#include "view/outline.h"
#include "view/tree.h"

struct tki_tree_view {
    struct tki_tree_opts opts;
    const struct tki_style *style;
    size_t width, bar, numbers; /* columns of a line, of the bar, and of what stands before the bar */
    bool offsets;
    bool some; /* a trace was shown before */
    struct tki_facts facts;
    struct tki_outline outline;
    struct tki_gist gist;
    uint64_t start_ns;          /* the first start of the trace at hand */
    struct tki_symtab services; /* of the trace at hand: each has a colour */
    bool *more;                 /* by depth: further lines of that parent follow */
    uint32_t more_cap;
};

/* tree_head.c: what stands above the lines.  TK_ENOMEM. */
int tki_tree_head(struct tki_tree_view *v, const struct tk_batch *b, struct tki_buf *to);

/* tree_label.c: the colour of the service of a row; columns that are left for names, guides included. */
const char *tki_tree_hue(struct tki_tree_view *v, const struct tk_batch *b, uint32_t row);
size_t tki_tree_room(const struct tki_tree_view *v);
/* Guides and names of a line, to its end.  TK_ENOMEM. */
int tki_tree_label(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to);
/* Text on lines of its own below l, `most` of them (0: all), each behind the guides. */
void tki_tree_text(struct tki_tree_view *v, const struct tki_line *l, tk_str text, const char *color, size_t most,
                   struct tki_buf *to);

/* tree_detail.c: errors, log lines, and with `verbose` all else that a span holds. */
void tki_tree_detail(struct tki_tree_view *v, const struct tk_batch *b, const struct tki_line *l, struct tki_buf *to);

#endif
