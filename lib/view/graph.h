/* graph.h - the graph of services: who calls whom, how often, how often in vain, and how long it takes.
 *
 * A call is a span whose parent is of another service; its duration and its status are the called side's.  With
 * peers, a client or producer span that nothing in the trace answers calls what it names: peer.service, a database
 * (db.system.name, db.system) or a messaging system (messaging.system).
 */
#ifndef TKI_VIEW_GRAPH_H
#define TKI_VIEW_GRAPH_H

#include "view/view.h"

enum tki_node_kind { TKI_NODE_SERVICE, TKI_NODE_PEER, TKI_NODE_DATABASE, TKI_NODE_QUEUE };

struct tki_graph_node {
    double spans, errors;
    uint8_t kind; /* enum tki_node_kind: what it is for those that have no spans */
    bool seen;
};

struct tki_graph_edge {
    uint32_t from, to; /* nodes */
    double calls, errors;
    double async;      /* calls between producers and consumers */
    double timed;      /* calls whose duration is known */
    double *durations; /* TKI_GRAPH_BUCKETS counts */
    uint64_t min_ns, max_ns;
};

struct tki_graph {
    struct tki_view_trace trace;
    struct tki_view_names names; /* of nodes; "(other)" is 0 */
    struct tki_graph_node *nodes;
    struct tki_idmap ends; /* hi: from, lo: to; the number is the edge's */
    struct tki_graph_edge *edges;
    uint32_t *node_of; /* of each row */
    uint32_t nodes_cap, edges_cap, rows_cap;
};

struct tki_graph_opts {
    bool peers;
    bool weights;
};

/* What a span that nothing answers has called, and what that is (enum tki_node_kind); an empty name when it does not
 * say. */
tk_str tki_graph_peer(const struct tk_batch *b, const struct tk_span *s, uint8_t *kind);
/* Adds a trace to the graph, which is e->state. */
void tki_graph_put(struct tki_encode *e, struct tki_graph_opts opts, const struct tk_batch *b, const uint32_t *rows,
                   size_t nrows);
/* The estimated duration below which a share q of the calls stays, within 5 % of it; 0 without calls of known duration.
 */
uint64_t tki_graph_quantile(const struct tki_graph_edge *edge, double q);
/* Numbers of all nodes by name, and of all edges by the names of both ends; NULL: out of memory.  Freed by the caller.
 */
uint32_t *tki_graph_nodes_sorted(struct tki_encode *e, const struct tki_graph *g);
uint32_t *tki_graph_edges_sorted(struct tki_encode *e, const struct tki_graph *g);
/* "1,096 spans, 16 errors": of what there is. */
void tki_graph_sums(struct tki_buf *out, const struct tki_graph_node *node);
/* "120 calls", "3 errors (2.5 %)", "p50 12 ms, p95 40 ms": lines with that between them. */
void tki_graph_label(struct tki_buf *out, const struct tki_graph_edge *edge, const char *between);
void tki_graph_free(void *graph);

#endif
