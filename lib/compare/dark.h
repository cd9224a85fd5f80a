/* dark.h - dark time: stretches of the critical path in which nothing that was instrumented ran, by where they lie.
 *
 * Of all members of a comparison, whatever their side.  A place is a unit (profile.h) between calls of a span; the time
 * of a span without children is its own, and not dark.  A trace has a place when its time there adds up to min_ns.
 */
#ifndef TKI_COMPARE_DARK_H
#define TKI_COMPARE_DARK_H

#include "compare/compare.h"

struct tki_dark {
    uint32_t unit;
    uint64_t traces; /* that have it */
    double total_ns; /* weighted, of these traces */
    double share;    /* of their durations */
    int64_t p50_ns, p95_ns, max_ns;
    size_t example; /* member: the one at the median */
};

struct tki_darkness {
    struct tki_dark *dark; /* most time first */
    size_t n;
    double total_ns, duration_ns; /* weighted: of all places, of all members */
};

/* TK_ENOMEM. */
int tki_dark_find(struct tki_darkness *d, const struct tki_comparison *c, const struct tki_profile *p, int64_t min_ns);
void tki_darkness_free(struct tki_darkness *d);

#endif
