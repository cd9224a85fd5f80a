#include "view/targets.h"

#include "base/str.h"

const struct tki_format *const tki_views[] = {
    &tki_view_rows,        &tki_view_table,        &tki_view_clickhouse, &tki_view_chrome,
    &tki_view_speedscope,  &tki_view_folded,       &tki_view_flamegraph, &tki_view_dot,
    &tki_view_mermaid,     &tki_view_servicegraph, &tki_view_deps,       &tki_view_sequence,
    &tki_view_openmetrics, &tki_view_svg,          &tki_view_html,       NULL,
};

const struct tki_format *tki_target_find(const char *name)
{
    for (const struct tki_format *const *v = tki_views; *v; v++)
        if (strcmp((*v)->info.name, name) == 0)
            return *v;
    return tki_format_find(name);
}

/* A view that can be read as well is listed as the format of its name. */
const struct tk_format_info *tk_format_at(size_t i)
{
    for (const struct tki_format *const *f = tki_formats; *f; f++)
        if (i-- == 0)
            return &(*f)->info;
    for (const struct tki_format *const *v = tki_views; *v; v++)
        if (!tki_format_find((*v)->info.name) && i-- == 0)
            return &(*v)->info;
    return NULL;
}
