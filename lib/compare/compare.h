/* compare.h - two sets of traces: what explains the difference of their mean durations.
 *
 * The unit is the trace.  Side 0 is A (fast, before), side 1 is B (slow, after); every difference is B - A.
 * Traces are taken in the order (threshold, id, set), and integer nanoseconds are summed exactly for each
 * weight before they are weighted, so that no result depends on the order of the input; swapping
 * the sides negates every difference.  Because the critical path of a trace adds up to its duration, the
 * differences of the mean critical-path times of all paths add up to the difference of the mean durations.
 */
#ifndef TKI_COMPARE_COMPARE_H
#define TKI_COMPARE_COMPARE_H

#include "compare/profile.h"
#include "compare/stats.h"
#include "model/slow.h"

enum tki_split {
    TKI_TWO_SETS,        /* sets 0 and 1 of the profile */
    TKI_SPLIT_QUANTILES, /* one set; A: at or below the first quantile of all durations; B: at or above the second */
    TKI_SPLIT_TIMES,     /* likewise with two durations */
    TKI_SPLIT_SLOW,      /* one set; B: what is slow for its kind (model/slow.h), A: what is not */
    TKI_SPLIT_TAIL,      /* one set; quantiles of each kind of request */
    TKI_SPLIT_NONE,      /* one set, all of it B */
};

struct tki_compare_opts {
    uint8_t split;    /* enum tki_split */
    double q[2];      /* of TKI_SPLIT_QUANTILES and TKI_SPLIT_TAIL */
    int64_t at_ns[2]; /* of TKI_SPLIT_TIMES */
    struct tki_slow_rule slow;
    bool within; /* differences inside the kinds of requests, each weighed as it is in B; what the mix makes apart */
    const bool *root_ok; /* by key: requests to compare; NULL: all */
    bool whole_only;     /* leave out traces with several roots or none */
    uint64_t seed;
    uint32_t replicates;  /* of the bootstrap; 0: no intervals */
    size_t intervals_max; /* intervals for so many paths with the largest differences; 0: all */
    size_t ranked_max;    /* so many paths are ranked, others stand behind them in any order; 0: all are */
    uint64_t support_min; /* traces on each side that a test needs */
    double alpha;         /* false discovery rate */
    double gate_ns;       /* a smaller difference of means is of no practical interest */
    double gate_share;    /* nor is a smaller part of A's median duration */
};
extern const struct tki_compare_opts tki_compare_defaults;

struct tki_member { /* a trace that takes part */
    const struct tki_trace_rec *trace;
    double weight;
    double fit; /* its weight within its kind, where that is asked for; else its weight */
    uint32_t kind;
    uint8_t side;
    bool drawn; /* one of those that were drawn with one chance within the kind, whatever they took (survey.h) */
    bool late;  /* of side 1 of one dump: slow by its whole path only, and so compared by that */
};

struct tki_kind { /* of requests: one root operation */
    uint32_t key;
    size_t first, n;    /* its members */
    uint64_t traces[2]; /* by side */
    double stands[2];   /* likewise, of the dump: for how many these traces stand */
    double weight[2];
    uint64_t drawn[2];           /* traces that were drawn with one chance */
    int64_t median_ns, whole_ns; /* of all its members: of the durations, of the whole paths */
};

struct tki_side {
    uint64_t traces, unknown;     /* unknown: traces that say nothing of their sampling */
    double stands, spans;         /* of the dump: for how many traces these stand, and their spans (survey.h) */
    uint64_t broken;              /* traces with several roots or none */
    double weight, n_eff;         /* sum of weights; (sum w)^2 / sum w^2 */
    double mean_ns, ambiguous_ns; /* means over traces: duration; ambiguous part of the critical path */
    int64_t p50_ns, p95_ns, max_ns;
};

enum tki_metric { TKI_CPATH, TKI_SELF, TKI_TOTAL, TKI_METRICS };

struct tki_test { /* of the means a trace */
    bool done, significant;
    double p, q;
};

struct tki_path_diff {
    uint32_t path;
    uint64_t traces[2];                    /* that have the path */
    double share[2];                       /* of all traces of the side, weighted */
    double calls[2];                       /* means per trace of the side */
    double ns[TKI_METRICS][2];             /* likewise */
    double diff_ns;                        /* of the mean critical-path time */
    double more_ns, slower_ns, overlap_ns; /* diff_ns = more calls + slower calls + less overlap */
    const struct tki_path_sure *sure;
};

struct tki_path_sure {            /* how sure a path's difference is; kept of those that were asked about only */
    struct tki_interval interval; /* 95 %, of diff_ns */
    bool has_interval;
    struct tki_test test[TKI_METRICS];
};

struct tki_mix { /* of requests */
    uint32_t key;
    uint64_t traces[2];
    double share[2];
};

struct tki_comparison {
    uint8_t split; /* enum tki_split */
    struct tki_side side[2];
    int64_t split_ns[2]; /* split: where the sides were cut */
    uint64_t pooled;     /* traces that were looked at, between the sides too */
    uint64_t rootless;   /* left out, because only a root tells the kind */
    uint64_t few;        /* traces of kinds with too few traces to tell which are slow */
    double diff_ns;      /* of the mean durations: what time makes, and what the mix of requests makes */
    double within_ns, mix_ns;
    double fit[2]; /* sums of the members' fits */
    struct tki_interval interval;
    bool has_interval;
    struct tki_test duration;   /* never done when split */
    struct tki_path_diff *path; /* largest difference first, then by name */
    size_t npaths;
    struct tki_path_sure *sure; /* of the first nsure of them */
    size_t nsure;
    struct tki_mix *mix; /* most frequent first */
    size_t nmix;
    double mix_distance;       /* 0: the same requests on both sides; 1: none in common */
    size_t tests, discoveries; /* of path metrics; discoveries pass the practical gate too */
    bool sampled;              /* not all traces of the dump are here (survey.h) */
    bool weighted;             /* some trace said with what probability it was kept */
    struct tki_member *member; /* in canonical order: by kind, threshold, id */
    size_t nmembers;
    struct tki_kind *kind; /* by service and name */
    size_t nkinds;
    uint32_t npath_ids; /* private */
};

/* Returns TK_OK also when a side is empty: see side[].traces; then nothing else is filled in.  TK_ENOMEM.
 * c borrows the profile. */
int tki_compare(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o);
void tki_comparison_free(struct tki_comparison *c);

/* 95 %, of share[1] - share[0]. */
struct tki_interval tki_path_share_diff(const struct tki_comparison *c, const struct tki_path_diff *d);

/* Returns true if a duration is slow by the rule, for a kind with this median. */
bool tki_compare_is_slow(const struct tki_slow_rule *rule, int64_t ns, int64_t median_ns);

/* Parts of it, in its files: who takes part (sides.c), intervals (bootstrap.c), tests (tests.c). */
int tki_compare_sides(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o);
int tki_compare_bootstrap(struct tki_comparison *c, const struct tki_compare_opts *o);
int tki_compare_tests(struct tki_comparison *c, const struct tki_compare_opts *o);

#endif
