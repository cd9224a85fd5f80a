/* dark.h - dark time: stretches of a span in which nothing that was instrumented ran.
 *
 * Gaps are grouped by signature: the path of the span and the operations before and after the gap.  A trace
 * "has" a gap when its gaps of that signature add up to dark_min_ns.  A finding passes the thresholds of the
 * options on the critical path of one side or the other; it is marked as different when the mean dark time on
 * the critical path differs between the sides (normal approximation over traces, Benjamini-Hochberg over
 * all candidates).
 */
#ifndef TKI_COMPARE_DARK_H
#define TKI_COMPARE_DARK_H

#include "compare/compare.h"

enum { TKI_DARK_EXAMPLES = 3 };

struct tki_dark_opts {
    int64_t min_ns;    /* dark time on the critical path that matters ... */
    double share_min;  /* ... and as a part of the side's median duration; the larger of both counts */
    double traces_min; /* share of the traces of a side that have it */
    double alpha;
};
extern const struct tki_dark_opts tki_dark_defaults;

struct tki_dark {
    uint32_t gap;       /* signature: row of the profile's gaps */
    uint64_t traces[2]; /* that have it */
    double share[2];    /* likewise, weighted */
    double mean_ns[2];  /* on the critical path, per trace of the side, short ones too */
    double diff_ns, q;
    int side;               /* the side where it matters, the darker one of two; what follows is of those of its
                             traces that have it */
    int64_t p50_ns, p95_ns; /* dark time of a trace */
    int64_t cpath_p50_ns;   /* the part of it on the critical path */
    double root_share;      /* of the duration of these traces */
    double cpath_share;     /* traces where more than half of it is on the critical path */
    bool different;
    tk_id128 example[TKI_DARK_EXAMPLES]; /* nearest to the median first, then by hash of the id */
    uint32_t nexamples;
};

struct tki_darkness {
    struct tki_dark *dark; /* different ones first, then by time on the critical path */
    size_t n;
    size_t candidates; /* signatures that some trace has */
};

int tki_dark_find(struct tki_darkness *d, const struct tki_comparison *c, const struct tki_profile *p,
                  const struct tki_dark_opts *o);
void tki_darkness_free(struct tki_darkness *d);

#endif
