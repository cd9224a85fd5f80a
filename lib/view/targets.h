/* targets.h - everything that can be written: the formats, then the views.
 *
 * A view is a struct tki_format that is only written (info.view).  A new view is one file, and one line each in
 * targets.c and here.
 */
#ifndef TKI_VIEW_TARGETS_H
#define TKI_VIEW_TARGETS_H

#include "format/table.h"

extern const struct tki_format *const tki_views[]; /* NULL-terminated */
/* The format or view of that name.  NULL: there is none. */
const struct tki_format *tki_target_find(const char *name);

extern const struct tki_format tki_view_rows, tki_view_table, tki_view_clickhouse, tki_view_chrome, tki_view_speedscope,
    tki_view_folded;
extern const struct tki_format tki_view_dot, tki_view_mermaid, tki_view_deps, tki_view_openmetrics;
extern const struct tki_format tki_view_html, tki_view_svg, tki_view_flamegraph, tki_view_servicegraph,
    tki_view_sequence;

#endif
