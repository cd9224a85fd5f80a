/* compare.h - two sets of traces: what explains the difference of their mean durations.
 *
 * The unit is the trace.  Side 0 is A (fast, before), side 1 is B (slow, after); every difference is B - A.
 * Traces are taken in the order (threshold, id, set), and integer nanoseconds are summed exactly for each
 * sampling threshold before they are weighted, so that no result depends on the order of the input; swapping
 * the sides negates every difference.  Because the critical path of a trace adds up to its duration, the
 * differences of the mean critical-path times of all paths add up to the difference of the mean durations.
 *
 */
#ifndef TKI_COMPARE_COMPARE_H
#define TKI_COMPARE_COMPARE_H

#include "compare/profile.h"
#include "compare/stats.h"

struct tki_compare_opts {
    bool split;          /* one set, cut at two quantiles of the durations; else sets 0 and 1 of the profile */
    double q[2];         /* A: at or below the first; B: at or above the second */
    const bool *root_ok; /* by key: requests to compare; NULL: all */
    bool whole_only;     /* leave out traces with several roots or none */
    uint64_t seed;
    uint32_t replicates;  /* of the bootstrap; 0: no intervals */
    size_t intervals_max; /* intervals for so many paths with the largest differences; 0: all */
    uint64_t support_min; /* traces on each side that a test needs */
    double alpha;         /* false discovery rate */
    double gate_ns;       /* a smaller shift is of no practical interest */
    double gate_share;    /* nor is a smaller part of A's median */
    double effect_min;    /* and so is a smaller Cliff's delta */
};
extern const struct tki_compare_opts tki_compare_defaults;

struct tki_member { /* a trace that takes part */
    const struct tki_trace_rec *trace;
    double weight;
    uint8_t side;
};

struct tki_side {
    uint64_t traces, spans, unknown; /* unknown: traces that say nothing of their sampling */
    uint64_t broken;                 /* traces with several roots or none */
    double weight, n_eff;            /* sum of weights; (sum w)^2 / sum w^2 */
    double mean_ns, ambiguous_ns;    /* means over traces: duration; ambiguous part of the critical path */
    int64_t p50_ns, p95_ns, max_ns;
};

enum tki_metric { TKI_CPATH, TKI_SELF, TKI_TOTAL, TKI_METRICS };

struct tki_test { /* of B's traces that have the path against A's */
    bool done, significant;
    double p, q, delta;
    double shift_ns; /* Hodges-Lehmann */
};

struct tki_path_diff {
    uint32_t path;
    uint64_t traces[2];           /* that have the path */
    double share[2];              /* of all traces of the side, weighted */
    double calls[2];              /* means per trace of the side */
    double ns[TKI_METRICS][2];    /* likewise */
    double diff_ns;               /* of the mean critical-path time */
    double more_ns, slower_ns;    /* diff_ns = more calls + slower calls */
    struct tki_interval interval; /* 95 %, of diff_ns */
    bool has_interval;
    struct tki_interval share_diff; /* 95 %, of share[1] - share[0] */
    struct tki_test test[TKI_METRICS];
};

struct tki_mix { /* of requests */
    uint32_t key;
    uint64_t traces[2];
    double share[2];
};

struct tki_comparison {
    struct tki_side side[2];
    int64_t split_ns[2]; /* split: where the sides were cut */
    uint64_t pooled;     /* traces that were looked at, between the sides too */
    double diff_ns;      /* of the mean durations */
    struct tki_interval interval;
    bool has_interval;
    struct tki_test duration;   /* never done when split */
    struct tki_path_diff *path; /* largest difference first, then by name */
    size_t npaths;
    struct tki_mix *mix; /* most frequent first */
    size_t nmix;
    double mix_distance;       /* 0: the same requests on both sides; 1: none in common */
    size_t tests, discoveries; /* of path metrics; discoveries pass the practical gate too */
    bool weighted;             /* some trace said with what probability it was kept */
    struct tki_member *member; /* in canonical order */
    size_t nmembers;
    uint32_t npath_ids; /* private */
};

/* Returns TK_OK also when a side is empty: see side[].traces; then nothing else is filled in.  TK_ENOMEM.
 * c borrows the profile. */
int tki_compare(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o);
void tki_comparison_free(struct tki_comparison *c);

/* Parts of it, in its files: who takes part (sides.c), intervals (bootstrap.c), tests (tests.c). */
int tki_compare_sides(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o);
int tki_compare_bootstrap(struct tki_comparison *c, const struct tki_compare_opts *o);
int tki_compare_tests(struct tki_comparison *c, const struct tki_compare_opts *o);

#endif
