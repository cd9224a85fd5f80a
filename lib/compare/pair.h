/* pair.h - two traces side by side: their trees aligned, span by span.
 *
 * Below spans that are a pair, calls of one key (service, kind, name) are paired in the order of their starts; what is
 * left over is of one trace only, with all below it.  Each span counts with its own time on the critical path of its
 * trace, which add up to its duration, so the differences of all rows add up to the difference of the two durations.
 */
#ifndef TKI_COMPARE_PAIR_H
#define TKI_COMPARE_PAIR_H

#include "compare/profile.h"

struct tki_pair_node {
    uint32_t key, parent, depth; /* parent: a node, or TK_NONE */
    int64_t start_ns, end_ns, path_ns;
    uint32_t child, nchildren; /* of tki_pair_tree.child, by key and start */
    bool failed;
};

struct tki_pair_section { /* of the critical path */
    uint32_t node;
    int64_t start_ns, end_ns;
    bool dark; /* the span waits, and nothing below it runs */
};

struct tki_pair_tree { /* one trace; valid when all zero */
    tk_id128 id;
    struct tki_pair_node *node; /* parents first */
    uint32_t *child;
    uint32_t n;
    struct tki_pair_section *section;
    uint32_t nsections;
    int64_t duration_ns;
    bool found;
};

struct tki_pair_row {
    uint32_t node[2]; /* of A, of B; TK_NONE: it is not there */
    uint32_t depth;   /* 0: a root */
    bool choice;      /* several calls of one key on both sides: who is whose is told by their order alone */
};

struct tki_aligned {
    struct tki_pair_tree tree[2];
    struct tki_pair_row *row; /* depth first */
    uint32_t nrows, cap;
    uint32_t matched, choices;
};

/* Keeps a whole trace as one of the two.  TK_ENOMEM, TK_ELIMIT. */
int tki_pair_take(struct tki_aligned *x, int side, struct tki_profile *p, const struct tk_batch *trace);
/* After both: makes the rows.  TK_ENOMEM. */
int tki_pair_align(struct tki_aligned *x, const struct tki_profile *p);
/* B's time on the path less A's. */
int64_t tki_pair_delta(const struct tki_aligned *x, const struct tki_pair_row *row);
void tki_pair_free(struct tki_aligned *x);

#endif
