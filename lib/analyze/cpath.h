/* cpath.h - the critical path of one trace: who was being waited for at every moment of it.
 *
 * Walks back from the end of the root; a span's latest child that ended no later than the moment reached is
 * what it waited for.  "No later" includes "exactly then": calls that follow each other without a pause are
 * all on the path.  The sections add up to the duration of the trace exactly, which is asserted.  A child
 * still running at that moment did not trigger what followed, so its time stays with the parent: that part is
 * counted as ambiguous.
 *
 * An all-zero tki_cpath is valid; its memory is used again.
 */
#ifndef TKI_ANALYZE_CPATH_H
#define TKI_ANALYZE_CPATH_H

#include "analyze/times.h"

struct tki_section {
    int64_t start_ns, end_ns; /* start < end */
    uint32_t node;
    uint32_t next; /* the section before this one in time of the same node, or TK_NONE */
};

struct tki_cpath {
    struct tki_section *section; /* latest first, without a hole */
    uint32_t nsections;
    uint32_t *first;         /* by node: its latest section, or TK_NONE */
    int64_t *ns;             /* by node: its time on the path */
    int64_t *ambiguous_ns;   /* by node, after tki_cpath_doubt: the part of it in which one of its children ran */
    int64_t total_ns;        /* duration of the root */
    uint32_t *last, *cursor; /* private */
    struct tki_frame *stack; /* private */
    size_t cap;
    void *memory;
};

/* t->root must not be TK_NONE.  TK_ENOMEM. */
int tki_cpath_build(struct tki_cpath *p, const struct tki_times *t);
/* Fills ambiguous_ns of a path that was built from t.  Uses t->gap. */
void tki_cpath_doubt(struct tki_cpath *p, const struct tki_times *t);
void tki_cpath_free(struct tki_cpath *p);

/* How much of [start, end) of a node the path spends in the node itself.  *at is where the search begins:
 * p->first[node] for the latest interval, then left as it is for earlier and disjoint ones. */
int64_t tki_cpath_overlap(const struct tki_cpath *p, uint32_t *at, int64_t start_ns, int64_t end_ns);

#endif
