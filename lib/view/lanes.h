/* lanes.h - the spans of traces on lanes, so that the slices of one lane nest: any two are apart, or one is
 * inside the other and is its parent or an ancestor of it.
 *
 * A span lies on its parent's lane when it has the same group, lies within the parent, and nothing else is in the
 * way; else on the lowest lane of its group that is free from its start on.  Lanes are kept from trace to trace:
 * a later trace gets one that all before have left.  Spans without a start get no lane.
 */
#ifndef TKI_VIEW_LANES_H
#define TKI_VIEW_LANES_H

#include "view/view.h"

struct tki_lane {
    uint32_t group;
    uint32_t number; /* from 0 in its group */
};

struct tki_lanes {
    struct tki_lane *lanes; /* of all groups, in the order in which they were made */
    uint32_t nlanes;
    /* The trace put last. */
    uint32_t *lane;   /* of each row: index into lanes, TK_NONE without a start */
    uint32_t *sorted; /* rows that have lanes, by start; of those that start together the outer first */
    uint32_t nsorted;
    /* Private. */
    uint32_t *below; /* the slice around a row on its lane, or TK_NONE */
    struct tki_lane_key *keys;
    struct tki_lane_group *groups;
    uint32_t *top; /* of each lane: the innermost open slice */
    uint32_t lanes_cap, rows_cap, groups_cap;
};

/* group[row]: small numbers.  false: out of memory. */
bool tki_lanes_put(struct tki_lanes *l, const struct tki_view_trace *t, const uint32_t *group);
void tki_lanes_reset(struct tki_lanes *l); /* forgets all lanes */
void tki_lanes_free(struct tki_lanes *l);

#endif
