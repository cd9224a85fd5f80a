/* dot: the graph of services for Graphviz. */
#include <math.h>
#include <stdlib.h>

#include "view/graph.h"

/* Graphviz reads entities of HTML in every label. */
static bool quote(struct tki_buf *out, char c)
{
    if (c == '&') {
        tki_buf_lit(out, "&amp;");
        return true;
    }
    if (c == '"' || c == '\\')
        tki_buf_putc(out, '\\');
    else
        return false;
    tki_buf_putc(out, c);
    return true;
}

static void node(struct tki_encode *e, const struct tki_graph *g, uint32_t i)
{
    static const char *const shapes[] = {"box", "box", "cylinder", "cds"};
    const struct tki_graph_node *n = &g->nodes[i];
    tki_buf_printf(e->out, "  n%u [label=\"", i);
    tki_view_label(e, tki_view_names_at(&g->names, i), quote);
    if (n->spans > 0) {
        tki_buf_lit(e->out, "\\n");
        tki_graph_sums(e->out, n);
        tki_buf_lit(e->out, "\"];\n");
    } else {
        tki_buf_printf(e->out, "\", shape=%s, style=\"dashed\"];\n", shapes[n->kind]);
    }
}

static void edge(struct tki_encode *e, const struct tki_graph_edge *d)
{
    tki_buf_printf(e->out, "  n%u -> n%u [label=\"", d->from, d->to);
    tki_graph_label(e->out, d, "\\n");
    tki_buf_printf(e->out, "\", penwidth=%.1f", 1 + log10(d->calls < 1 ? 1 : d->calls) / 2);
    if (d->errors > 0)
        tki_buf_lit(e->out, ", color=red, fontcolor=red");
    if (d->async > 0 && d->async == d->calls)
        tki_buf_lit(e->out, ", style=dashed");
    tki_buf_lit(e->out, "];\n");
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    tki_graph_put(e, (struct tki_graph_opts){.peers = true, .weights = true}, b, rows, nrows);
}

static void end(struct tki_encode *e)
{
    const struct tki_graph *g = e->state;
    tki_buf_lit(e->out,
                "digraph services {\n  rankdir=LR;\n  node [shape=box, style=\"rounded\", fontname=\"sans-serif\"];\n"
                "  edge [fontname=\"sans-serif\", fontsize=10];\n");
    if (g) {
        uint32_t *nodes = tki_graph_nodes_sorted(e, g), *edges = tki_graph_edges_sorted(e, g);
        for (uint32_t i = 0; nodes && i < g->names.table.n; i++)
            if (g->nodes[nodes[i]].seen)
                node(e, g, nodes[i]);
        for (uint32_t i = 0; edges && i < g->ends.n; i++)
            edge(e, &g->edges[edges[i]]);
        free(nodes);
        free(edges);
    }
    tki_buf_lit(e->out, "}\n");
}

const struct tki_format tki_view_dot = {
    .info = {.name = "dot",
             .about = "the graph of services, for Graphviz",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = tki_graph_free,
};
