/* tracekit/compare.h - why some traces are slower than others: the answers of tracediff.
 *
 *   settings -> whole traces, of one set or two -> finish -> what the sides are, and a row for each path
 *
 * Side 0 is A: the first set, or, of one set that is split, the fast traces; side 1 is B: the second set, or the slow
 * ones.  Every difference is B - A.  A path is the sequence of operations (service, kind, name) from a root to a span;
 * the differences of all paths' times on the critical path add up to the difference of the mean durations (with
 * TK_COMPARE_WITHIN to that within kinds).  tracediff(1)
 * tells the method.  Times are in nanoseconds.
 *
 * A comparison belongs to one thread at a time.  It remembers some dozen bytes for each path of each trace, and no
 * spans.  All answers are the same for any order of the traces.
 */
#ifndef TRACEKIT_COMPARE_H
#define TRACEKIT_COMPARE_H

#include "tracekit/io.h"
#include "tracekit/traces.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tk_compare;
TK_API int tk_compare_new(struct tk_compare **c, struct tk_err *err);
TK_API void tk_compare_free(struct tk_compare *c); /* NULL is fine */

/* ---- settings, before the first trace ---------------------------------------------------------------------------- */

enum tk_compare_setting {
    TK_COMPARE_SPLIT,      /* 1: one set is cut at two quantiles of its durations; 0, as at first: sets 0 and 1 */
    TK_COMPARE_LOW,        /* split: A is what is at or below this quantile, at first 0.5 */
    TK_COMPARE_HIGH,       /* split: B is what is at or above this one, at first 0.95 */
    TK_COMPARE_WHOLE_ONLY, /* 1: leaves out traces with several roots or none */
    TK_COMPARE_KEEP_NAMES, /* 1: identifiers in span names stay, and make operations of their own */
    TK_COMPARE_COLLAPSE,   /* 1: a span that is like its parent counts on its parent's path */
    TK_COMPARE_REPLICATES, /* of the bootstrap, at first 1000, at most 10000; 0: no intervals */
    TK_COMPARE_INTERVALS,  /* of so many paths with the largest differences, at first 10; 0: of all */
    TK_COMPARE_SEED,       /* of the bootstrap and of permutations: a whole number up to 2^53, at first 0 */
    TK_COMPARE_WITHIN,     /* 1: differences within the kinds of requests (root operations), each weighed as in B */
    TK_COMPARE_SLOW        /* split: B is what took more than so many times the median of its kind; 0, as at first: by
                            * quantiles */
};
/* TK_EUSAGE: no such setting, no value of it, or there are traces already. */
TK_API int tk_compare_set(struct tk_compare *c, enum tk_compare_setting what, double x);

/* ---- traces ------------------------------------------------------------------------------------------------------ */

/* Takes in one whole trace, with names, weights and links decoded: read with TK_NEED_ALL.  set: 0 or 1; 0 with
 * TK_COMPARE_SPLIT.  TK_EUSAGE, TK_ENOMEM; TK_ELIMIT: too many spans. */
TK_API int tk_compare_add(struct tk_compare *c, int set, const struct tk_batch *trace, struct tk_err *err);
/* Likewise all that the reader still gives, put together to whole traces (traces: how, or NULL).  After a fault of the
 * input what came before is taken in, and the fault is returned. */
TK_API int tk_compare_read(struct tk_compare *c, int set, struct tk_reader *reader, const struct tk_traces_opts *traces,
                           struct tk_err *err);
/* Compares.  1; 0: a side has no traces, and there is nothing to say but of the sides; or TK_EUSAGE: a second time,
 * TK_ENOMEM.  No trace is taken afterwards. */
TK_API int tk_compare_finish(struct tk_compare *c, struct tk_err *err);

/* ---- answers, after tk_compare_finish ------------------------------------------------------------------------------
 */

/* Arrays of numbers: values[0..n) is filled, one for each constant of the enum, where n is the caller's number of them.
 * NaN is what was not asked for, cannot be said, or is not known to this library. */

enum tk_compare_side {
    TK_SIDE_TRACES,
    TK_SIDE_SPANS,
    TK_SIDE_BROKEN,    /* traces with several roots or none */
    TK_SIDE_UNKNOWN,   /* traces that say nothing of their sampling */
    TK_SIDE_STAND_FOR, /* traces, each by its weight */
    TK_SIDE_N_EFF,     /* so many traces of equal weight would be as precise */
    TK_SIDE_MEAN_NS,   /* of the durations, weighted */
    TK_SIDE_P50_NS,
    TK_SIDE_P95_NS,
    TK_SIDE_MAX_NS,
    TK_SIDES /* how many there are in this header */
};
TK_API void tk_compare_side(const struct tk_compare *c, int side, double *values, size_t n);

enum tk_compare_total {
    TK_TOTAL_DIFF_NS,      /* of the mean durations */
    TK_TOTAL_DIFF_LOW_NS,  /* its 95 % interval */
    TK_TOTAL_DIFF_HIGH_NS, /* */
    TK_TOTAL_MIX_DISTANCE, /* 0: the same requests on both sides; 1: none in common */
    TK_TOTAL_TESTS,        /* of paths that were tested */
    TK_TOTAL_DISCOVERIES,  /* and are significant */
    TK_TOTAL_WITHIN_NS,    /* of the difference, what time makes; without TK_COMPARE_WITHIN all of it */
    TK_TOTAL_MIX_NS,       /* what the mix of requests makes */
    TK_TOTALS              /* how many there are in this header */
};
TK_API void tk_compare_total(const struct tk_compare *c, double *values, size_t n);

/* Paths, the largest difference first.  */
TK_API size_t tk_compare_paths(const struct tk_compare *c);
enum tk_compare_path {                   /* means are over all traces of the side, weighted */
                       TK_PATH_TRACES_A, /* that have the path */
                       TK_PATH_TRACES_B,
                       TK_PATH_CALLS_A, /* a trace */
                       TK_PATH_CALLS_B,
                       TK_PATH_CPATH_A_NS, /* on the critical path */
                       TK_PATH_CPATH_B_NS,
                       TK_PATH_SELF_A_NS,
                       TK_PATH_SELF_B_NS,
                       TK_PATH_TOTAL_A_NS, /* durations as recorded */
                       TK_PATH_TOTAL_B_NS,
                       TK_PATH_DIFF_NS,      /* of the time on the critical path: more + slower + overlap */
                       TK_PATH_DIFF_LOW_NS,  /* its 95 % interval */
                       TK_PATH_DIFF_HIGH_NS, /* */
                       TK_PATH_MORE_NS,      /* because there are more calls */
                       TK_PATH_SLOWER_NS,    /* because calls are slower */
                       TK_PATH_Q,            /* false discovery rate at which the time on the critical path differs */
                       TK_PATH_IS_DIFFERENT, /* 1: it differs, and by enough to matter */
                       TK_PATH_OVERLAP_NS,   /* because calls that ran side by side wait for each other */
                       TK_PATH_VALUES        /* how many there are in this header */
};
TK_API void tk_compare_path(const struct tk_compare *c, size_t path, double *values, size_t n);
/* Its operations: their number, 0 for what is "other" (past the limits of memory) or lies between roots. */
TK_API size_t tk_compare_path_depth(const struct tk_compare *c, size_t path);
/* The operation at a depth, 0 for the root; names are as they were compared, and the comparison's.  Returns false where
 * there is none; each of the three may be NULL. */
TK_API bool tk_compare_path_at(const struct tk_compare *c, size_t path, size_t depth, tk_str *service, tk_str *name,
                               enum tk_kind *kind);

#ifdef __cplusplus
}
#endif
#endif
