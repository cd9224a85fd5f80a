/* gaps.h - when services are silent.  Several that fall silent together, while others go on, were not without work:
 * what collects their spans lost them.
 */
#ifndef TKI_JUDGE_GAPS_H
#define TKI_JUDGE_GAPS_H

#include "judge/hops.h"

struct tki_slice {              /* of time, of one service */
    uint64_t at;                /* in widths of a slice */
    uint64_t spans;             /* 0: a free slot */
    uint64_t first_ns, last_ns; /* their starts */
    uint32_t service;
};

/* Slices grow twice as wide when there are too many: how wide they are at last depends on the spans, not on their
 * order.
 */
struct tki_gaps {
    struct tki_slice *slot; /* open addressing */
    uint32_t nslots, n;
    unsigned shift; /* a slice is 2^(20 + shift) ns */
};

void tki_gaps_add(struct tki_gaps *g, struct tki_tallies *t, uint32_t service, uint64_t start_ns);
/* Tells of gaps.  Calls into a gap, to services that are silent then, are evidence. */
void tki_gaps_finish(struct tki_gaps *g, struct tki_tallies *t, const struct tki_hops *h,
                     const struct tki_route *routes);
void tki_gaps_free(struct tki_gaps *g);

#endif
