#include "view/graph.h"

#include <math.h>
#include <stdlib.h>

#include "report/number.h"

enum {
    NODES_MAX = 4096,
    EDGES_MAX = 8192,
    /* Durations are counted in eighths of powers of two from 2^8 ns to 2^48 ns (three days). */
    OCTAVE = 8,
    OCTAVE_FIRST = 8,
    OCTAVES = 40,
    BUCKETS = OCTAVES * OCTAVE
};

/* ---- durations ---- */

static uint32_t bucket_of(uint64_t ns)
{
    double at = ns ? (log2((double)ns) - OCTAVE_FIRST) * OCTAVE : 0;
    return at < 0 ? 0 : at >= BUCKETS ? BUCKETS - 1 : (uint32_t)at;
}

uint64_t tki_graph_quantile(const struct tki_graph_edge *edge, double q)
{
    double sum = 0, wanted = edge->timed * q;
    for (uint32_t i = 0; i < BUCKETS; i++) {
        sum += edge->durations[i];
        if (sum < wanted || sum == 0)
            continue;
        double middle = exp2((i + 0.5) / OCTAVE + OCTAVE_FIRST);
        uint64_t ns = (uint64_t)llround(middle);
        return ns < edge->min_ns ? edge->min_ns : ns > edge->max_ns ? edge->max_ns : ns;
    }
    return edge->max_ns;
}

/* ---- adding ---- */

static uint32_t node_of(struct tki_encode *e, struct tki_graph *g, tk_str name)
{
    uint32_t node = tki_view_names_put(&g->names, e, name, NODES_MAX);
    if (!TKI_VIEW_ROOM(e, g->nodes, g->nodes_cap, node))
        return TK_NONE;
    g->nodes[node].seen = true;
    return node;
}

/* The edge between two nodes; when there are too many, that between "(other)" and itself. */
static struct tki_graph_edge *edge_of(struct tki_encode *e, struct tki_graph *g, uint32_t from, uint32_t to)
{
    tk_id128 key = {from, to};
    bool full = g->ends.n >= EDGES_MAX;
    uint32_t i = full ? tki_idmap_get(&g->ends, key) : tki_idmap_put(&g->ends, key);
    if (full && i == TKI_MAP_NONE) {
        e->notes[TK_NOTE_OTHER_NAME]++;
        from = to = node_of(e, g, TKI_STR("(other)"));
        i = tki_idmap_put(&g->ends, (tk_id128){from, to});
    }
    if (i == TKI_MAP_NONE) {
        tki_view_out_of_memory(e);
        return NULL;
    }
    if (!TKI_VIEW_ROOM(e, g->edges, g->edges_cap, i))
        return NULL;
    struct tki_graph_edge *edge = &g->edges[i];
    if (!edge->durations)
        *edge = (struct tki_graph_edge){
            .from = from, .to = to, .durations = calloc(BUCKETS, sizeof(double)), .min_ns = UINT64_MAX};
    if (!edge->durations) {
        tki_view_out_of_memory(e);
        return NULL;
    }
    return edge;
}

static void add_call(struct tki_encode *e, struct tki_graph *g, uint32_t from, uint32_t to, const struct tk_span *s,
                     bool async, double weight)
{
    struct tki_graph_edge *edge = edge_of(e, g, from, to);
    int64_t known;
    if (!edge)
        return;
    edge->calls += weight;
    edge->errors += s->status == TK_STATUS_ERROR ? weight : 0;
    edge->async += async ? weight : 0;
    if (tki_span_duration(s, &known) == TKI_DURATION_UNSET)
        return;
    uint64_t ns = (uint64_t)known;
    edge->timed += weight;
    edge->durations[bucket_of(ns)] += weight;
    if (ns < edge->min_ns)
        edge->min_ns = ns;
    if (ns > edge->max_ns)
        edge->max_ns = ns;
}

tk_str tki_graph_peer(const struct tk_batch *b, const struct tk_span *s, uint8_t *kind)
{
    static const struct {
        const char *key;
        uint8_t kind;
    } names[] = {{"peer.service", TKI_NODE_PEER},
                 {"db.system.name", TKI_NODE_DATABASE},
                 {"db.system", TKI_NODE_DATABASE},
                 {"messaging.system", TKI_NODE_QUEUE}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct tk_attr *a = tk_attr_find(b, s->attrs, names[i].key);
        if (a && a->value.type == TK_STRING && a->value.n) {
            *kind = names[i].kind;
            return (tk_str){a->value.v.s, a->value.n};
        }
    }
    return (tk_str){0};
}

static bool is_answered(const struct tki_graph *g, uint32_t row)
{
    const struct tk_tree *t = &g->trace.tree;
    for (uint32_t i = t->child_first[row]; i < t->child_first[row + 1]; i++)
        if (g->node_of[t->child[i]] != g->node_of[row])
            return true;
    return false;
}

static void add_peer(struct tki_encode *e, struct tki_graph *g, uint32_t row, double weight)
{
    const struct tk_span *s = &g->trace.spans[row];
    uint8_t kind = TKI_NODE_SERVICE;
    if ((s->kind != TK_KIND_CLIENT && s->kind != TK_KIND_PRODUCER) || is_answered(g, row))
        return;
    tk_str peer = tki_graph_peer(&g->trace.b, s, &kind);
    uint32_t to = peer.n ? node_of(e, g, peer) : TK_NONE;
    if (to == TK_NONE || to == g->node_of[row])
        return;
    g->nodes[to].kind = kind;
    add_call(e, g, g->node_of[row], to, s, s->kind == TK_KIND_PRODUCER, weight);
}

void tki_graph_put(struct tki_encode *e, struct tki_graph_opts opts, const struct tk_batch *b, const uint32_t *rows,
                   size_t nrows)
{
    struct tki_graph *g = tki_view_state(e, sizeof *g);
    if (!g || !tki_view_trace(&g->trace, e, b, rows, nrows))
        return;
    if (!TKI_VIEW_ROOM(e, g->node_of, g->rows_cap, nrows))
        return;
    uint32_t *nodes = g->node_of;
    for (uint32_t i = 0; i < nrows; i++)
        nodes[i] = node_of(e, g, tki_view_service(b, &g->trace.spans[i]));
    for (uint32_t i = 0; i < nrows && !tki_view_failed(e); i++) {
        const struct tk_span *s = &g->trace.spans[i];
        uint32_t parent = g->trace.tree.parent[i];
        double weight = opts.weights ? tki_view_weight(e, g->trace.rate) : 1;
        g->nodes[nodes[i]].spans += weight;
        g->nodes[nodes[i]].errors += s->status == TK_STATUS_ERROR ? weight : 0;
        if (parent != TK_NONE && nodes[parent] != nodes[i])
            add_call(e, g, nodes[parent], nodes[i], s,
                     s->kind == TK_KIND_CONSUMER || g->trace.spans[parent].kind == TK_KIND_PRODUCER, weight);
        if (opts.peers)
            add_peer(e, g, i, weight);
    }
}

/* ---- order ---- */

static int compare_nodes(const void *a, const void *b, void *graph)
{
    const struct tki_graph *g = graph;
    return tki_str_cmp(g->names.table.strs[*(const uint32_t *)a], g->names.table.strs[*(const uint32_t *)b]);
}

static int compare_edges(const void *a, const void *b, void *graph)
{
    const struct tki_graph *g = graph;
    const struct tki_graph_edge *x = &g->edges[*(const uint32_t *)a], *y = &g->edges[*(const uint32_t *)b];
    int c = compare_nodes(&x->from, &y->from, graph);
    return c ? c : compare_nodes(&x->to, &y->to, graph);
}

static uint32_t *sorted(struct tki_encode *e, const struct tki_graph *g, uint32_t n,
                        int (*compare)(const void *, const void *, void *))
{
    uint32_t *order = malloc(((size_t)n + 1) * sizeof *order);
    if (!order) {
        tki_view_out_of_memory(e);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    qsort_r(order, n, sizeof *order, compare, (void *)(uintptr_t)g);
    return order;
}

uint32_t *tki_graph_nodes_sorted(struct tki_encode *e, const struct tki_graph *g)
{
    return sorted(e, g, g->names.table.n, compare_nodes);
}

uint32_t *tki_graph_edges_sorted(struct tki_encode *e, const struct tki_graph *g)
{
    return sorted(e, g, g->ends.n, compare_edges);
}

/* ---- text ---- */

/* Two digits: no more is known. */
static void duration(struct tki_buf *out, uint64_t ns)
{
    static const struct {
        double ns;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    size_t i = 0;
    while (i < 3 && (double)ns < units[i].ns)
        i++;
    double x = (double)ns / units[i].ns;
    tki_buf_printf(out, x < 9.95 && i < 3 ? "%.1f %s" : "%.0f %s", x, units[i].name);
}

/* n may be an estimate, and is written whole. */
static void count(struct tki_buf *out, double n, const char *one, const char *many)
{
    char text[TKI_QUANTITY_MAX];
    tki_buf_printf(out, "%s %s", tki_count_format(text, (uint64_t)llround(n)), n == 1 ? one : many);
}

void tki_graph_sums(struct tki_buf *out, const struct tki_graph_node *node)
{
    if (node->spans > 0)
        count(out, node->spans, "span", "spans");
    if (node->errors > 0) {
        tki_buf_lit(out, ", ");
        count(out, node->errors, "error", "errors");
    }
}

void tki_graph_label(struct tki_buf *out, const struct tki_graph_edge *edge, const char *between)
{
    char share[TKI_QUANTITY_MAX];
    count(out, edge->calls, "call", "calls");
    tki_buf_str(out, tki_str(between));
    if (edge->errors > 0) {
        count(out, edge->errors, "error", "errors");
        tki_buf_printf(out, " (%s)%s", tki_percent_format(share, edge->errors / edge->calls), between);
    }
    tki_buf_lit(out, "p50 ");
    duration(out, tki_graph_quantile(edge, 0.5));
    tki_buf_lit(out, ", p95 ");
    duration(out, tki_graph_quantile(edge, 0.95));
}

void tki_graph_free(void *graph)
{
    struct tki_graph *g = graph;
    for (uint32_t i = 0; i < g->edges_cap; i++)
        free(g->edges[i].durations);
    tki_view_trace_free(&g->trace);
    tki_view_names_free(&g->names);
    tki_idmap_free(&g->ends);
    free(g->nodes);
    free(g->edges);
    free(g->node_of);
    free(g);
}
