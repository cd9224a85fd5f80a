/* mermaid: the graph of services as a Mermaid flowchart, for Markdown. */
#include <stdlib.h>

#include "view/graph.h"

static void node(struct tki_encode *e, const struct tki_graph *g, uint32_t i)
{
    static const char *const brackets[][2] = {{"[", "]"}, {"[", "]"}, {"[(", ")]"}, {">", "]"}};
    const struct tki_graph_node *n = &g->nodes[i];
    const char *const *around = brackets[n->spans > 0 ? TKI_NODE_SERVICE : n->kind];
    tki_buf_printf(e->out, "    n%u%s\"", i, around[0]);
    tki_view_label(e, tki_view_names_at(&g->names, i), tki_view_mermaid_char);
    if (n->spans > 0)
        tki_buf_lit(e->out, "<br/>");
    tki_graph_sums(e->out, n);
    tki_buf_printf(e->out, "\"%s\n", around[1]);
}

static void edge(struct tki_encode *e, const struct tki_graph_edge *d)
{
    tki_buf_printf(e->out, "    n%u %s|\"", d->from, d->async > 0 && d->async == d->calls ? "-.->" : "-->");
    tki_graph_label(e->out, d, "<br/>");
    tki_buf_printf(e->out, "\"| n%u\n", d->to);
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    tki_graph_put(e, (struct tki_graph_opts){.peers = true, .weights = true}, b, rows, nrows);
}

/* Links are styled by their numbers. */
static void failing(struct tki_encode *e, const struct tki_graph *g, const uint32_t *edges)
{
    bool first = true;
    for (uint32_t i = 0; i < g->ends.n; i++) {
        if (g->edges[edges[i]].errors <= 0)
            continue;
        tki_buf_printf(e->out, "%s%u", first ? "    linkStyle " : ",", i);
        first = false;
    }
    if (!first)
        tki_buf_lit(e->out, " stroke:red,color:red\n");
}

static void end(struct tki_encode *e)
{
    const struct tki_graph *g = e->state;
    tki_buf_lit(e->out, "flowchart LR\n");
    if (!g)
        return;
    uint32_t *nodes = tki_graph_nodes_sorted(e, g), *edges = tki_graph_edges_sorted(e, g);
    for (uint32_t i = 0; nodes && i < g->names.table.n; i++)
        if (g->nodes[nodes[i]].seen)
            node(e, g, nodes[i]);
    for (uint32_t i = 0; edges && i < g->ends.n; i++)
        edge(e, &g->edges[edges[i]]);
    if (edges)
        failing(e, g, edges);
    free(nodes);
    free(edges);
}

const struct tki_format tki_view_mermaid = {
    .info = {.name = "mermaid",
             .about = "the graph of services as a Mermaid flowchart, for Markdown",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = tki_graph_free,
};
