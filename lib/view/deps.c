/* deps: dependencies as Jaeger's API answers them (/api/dependencies), counted as its stores in memory and in
 * Badger count: each span whose parent is of another service is one call.  Sampling weights are not applied and
 * peers without spans are not guessed, because Jaeger does neither.
 */
#include <stdlib.h>

#include "base/num.h"
#include "format/js/js.h"
#include "view/graph.h"

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    tki_graph_put(e, (struct tki_graph_opts){0}, b, rows, nrows);
}

static void end(struct tki_encode *e)
{
    const struct tki_graph *g = e->state;
    uint32_t *edges = g ? tki_graph_edges_sorted(e, g) : NULL;
    tki_buf_lit(e->out, "{\"data\":[");
    for (uint32_t i = 0; edges && i < g->ends.n; i++) {
        const struct tki_graph_edge *d = &g->edges[edges[i]];
        tki_buf_str(e->out, i ? TKI_STR(",\n{\"parent\":") : TKI_STR("\n{\"parent\":"));
        tki_buf_json_str(e->out, tki_view_names_at(&g->names, d->from), e->notes);
        tki_buf_lit(e->out, ",\"child\":");
        tki_buf_json_str(e->out, tki_view_names_at(&g->names, d->to), e->notes);
        tki_buf_lit(e->out, ",\"callCount\":");
        tki_buf_u64(e->out, (uint64_t)d->calls);
        tki_buf_putc(e->out, '}');
    }
    tki_buf_str(e->out, g && g->ends.n ? TKI_STR("\n") : TKI_STR(""));
    tki_buf_lit(e->out, "],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}\n");
    free(edges);
}

const struct tki_format tki_view_deps = {
    .info = {.name = "deps",
             .about = "dependencies between services, as Jaeger's API answers them",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = tki_graph_free,
};
