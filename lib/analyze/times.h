/* times.h - where the time of each span of one trace went (self time, uncovered gaps).
 *
 * Everything is integer nanoseconds.  A trace is first repaired, each step counted:
 *   - copies (same id, kind and service as an earlier span) are left out, whatever attributes they have: times are the
 * same with what was decoded for them as with everything;
 *   - spans without a start (see span.h), that end before they start, or past the year 2262, have no window: they
 * keep their place in the tree, and their children count as children of the nearest ancestor that has one;
 *   - spans that do not hold up their parent start a window of their own: CONSUMER below PRODUCER, a parent
 *     named by a FOLLOWS_FROM reference, and "detached" spans, which end after their parent by more than 1 ms
 *     and more than 1 % of the parent's duration, and do not answer a CLIENT, as SERVER spans and those without a
 *     kind may;
 *   - all other spans are cut to the window of their parent, parents first;
 *   - several roots are put under a virtual one, from the first start to the last end of them.
 *
 * A node is a row of the batch; the virtual root is node n.  An all-zero tki_times is valid, and its memory
 * is used again.
 */
#ifndef TKI_ANALYZE_TIMES_H
#define TKI_ANALYZE_TIMES_H

#include "tracekit.h"

/* Sums over traces. */
struct tki_repairs {
    uint64_t traces, spans;
    uint64_t duplicates;   /* copies left out */
    uint64_t invalid;      /* spans without a usable window */
    uint64_t circles;      /* parent links cut because they closed a circle */
    uint64_t orphans;      /* spans whose parent is not there */
    uint64_t rootless;     /* traces without a span that has no parent */
    uint64_t many_roots;   /* traces with a virtual root */
    uint64_t untimed;      /* traces without any usable window: left out */
    uint64_t asynchronous; /* spans that do not hold up their parent: consumers, FOLLOWS_FROM */
    uint64_t detached;     /* spans that outlived their parent, and so did not hold it up */
    uint64_t clipped;      /* spans cut to the window of their parent */
    uint64_t outside;      /* those of them that had no overlap with it */
    uint64_t clipped_ns;   /* time cut off */
};

enum tki_node_state {
    TKI_NODE_COPY = 1 << 0,    /* left out */
    TKI_NODE_INVALID = 1 << 1, /* has no window */
    TKI_NODE_ASYNC = 1 << 2,   /* does not hold up its parent */
    TKI_NODE_CLIPPED = 1 << 3,
    TKI_NODE_VIRTUAL = 1 << 4,
};

enum tki_gap_type {
    TKI_GAP_WHOLE,   /* no child at all */
    TKI_GAP_LEAD,    /* before the first child */
    TKI_GAP_BETWEEN, /* after `prev` ended and before `next` started */
    TKI_GAP_TRAIL,   /* after the last child */
};

/* A longest interval of a span's window in which none of its children ran. */
struct tki_gap {
    int64_t start_ns, end_ns;
    uint32_t prev, next; /* nodes, or TK_NONE */
    uint8_t type;        /* enum tki_gap_type */
};

struct tki_times {
    uint64_t first_ns; /* tki_trace_first_ns: tells whether a start of 0 is a time */
    uint32_t n;        /* rows of the batch */
    uint32_t nodes;    /* n, or n + 1 with a virtual root */
    uint32_t root;     /* its window is the duration of the trace; TK_NONE: nothing has a window */
    uint32_t primary;  /* the row that names the request: the first span without a parent, else the first root */
    int64_t *start_ns; /* windows after repair; start = end for nodes without one */
    int64_t *end_ns;
    int64_t *self_ns;      /* the part of the window in which no child ran */
    uint32_t *over;        /* the node whose time this one's is part of, or TK_NONE */
    uint8_t *state;        /* enum tki_node_state */
    uint32_t *child_first; /* children that hold up s: child[child_first[s] .. child_first[s + 1]), ... */
    uint32_t *child;       /* ... by end, start, id, row of their windows */
    uint32_t *via;         /* private: the node that children of s are counted in */
    struct tki_gap *gap;   /* where tki_gaps puts its result */
    size_t cap;
    void *memory;
};

/* Repairs the trace and fills t.  repairs may be NULL; counts are added to it.  TK_ENOMEM, TK_ELIMIT. */
int tki_self_times(const struct tk_batch *b, const struct tk_tree *tree, struct tki_times *t,
                   struct tki_repairs *repairs);
void tki_times_free(struct tki_times *t);
/* Puts nodes in the order in which they begin; of those that begin together the one that ends first. */
void tki_sort_by_start(const struct tki_times *t, uint32_t *nodes, uint32_t n);

/* How the window of a node is covered by its children. */
struct tki_cover {
    int64_t cover_ns; /* union of the children */
    int64_t busy_ns;  /* sum of the children: busy / cover is their concurrency */
    int64_t dark_ns;  /* self time that no instrumentation explains: 0 for spans opaque by nature */
    int64_t gap_ns;   /* the largest single gap */
};
struct tki_cover tki_node_cover(const struct tki_times *t, const struct tk_batch *b, uint32_t node);

/* How long a message waited: from the end of a PRODUCER to the start of a CONSUMER that is its child, 0 where that
 * began before.  Returns false if the node is no such consumer, or one of the two has no usable times. */
bool tki_node_queued(const struct tki_times *t, const struct tk_batch *b, const struct tk_tree *tree, uint32_t node,
                     int64_t *ns);

/* The gaps of a node into t->gap, latest first; returns their number. */
uint32_t tki_gaps(const struct tki_times *t, uint32_t node);

/* A span without children whose inside cannot be seen from here: CLIENT, PRODUCER, database calls. */
bool tki_node_opaque(const struct tki_times *t, const struct tk_batch *b, uint32_t node);

#endif
