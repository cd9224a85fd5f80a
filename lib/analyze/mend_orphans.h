/* mend_orphans.h - new places for spans whose parent is not there.
 *
 * Orphans that name the same parent stay together: a group.  A group goes below the span that encloses all of
 * it in time and starts last, if there is one.  So that nothing hangs below itself, groups are placed in the
 * order of their start, longest first, and only spans that hang below a root or a group placed before are
 * looked at.
 */
#ifndef TKI_ANALYZE_MEND_ORPHANS_H
#define TKI_ANALYZE_MEND_ORPHANS_H

#include "tracekit.h"

struct tki_orphan_group {
    uint64_t parent_id;        /* that all of them name */
    uint64_t start_ns, end_ns; /* extent of those with times; start TKI_NO_TIME: none has */
    uint32_t first, count;     /* member[first .. first + count) */
    uint32_t under;            /* row, or TK_NONE: nothing encloses them */
};

struct tki_orphans {
    uint64_t *ids; /* of the trace's spans, sorted */
    uint32_t nids;
    uint32_t *member; /* rows of orphans */
    struct tki_orphan_group *group;
    size_t ngroups;
    uint32_t *sorted; /* rows that can enclose something, by start, end, row */
    uint32_t *top;    /* by row: the root it hangs below */
    uint32_t *at;     /* by row: its place in the tree's order */
    uint32_t *where;  /* by row: its place in sorted, or TK_NONE */
    uint64_t *last;   /* a segment tree over sorted: the latest end of the spans in place */
    size_t leaves;
    size_t cap_ids, cap;
};

/* Collects the ids of the trace. */
int tki_orphans_index(struct tki_orphans *o, const struct tk_batch *b);
bool tki_orphans_has(const struct tki_orphans *o, uint64_t id);
/* Fills group and member.  TK_ENOMEM. */
int tki_orphans_place(struct tki_orphans *o, const struct tk_batch *b, const struct tk_tree *tree);
void tki_orphans_free(struct tki_orphans *o);

#endif
