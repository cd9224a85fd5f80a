/* levels.h - mean, p50, p95 and p99 of two sets of traces: what differs, for certain, by how much.
 *
 * Values are weighted by what the traces stand for.  Tests are permutations of traces over the sides: of the weighted
 * means, divided by their standard error, so that sides of different weights, sizes and spreads keep the level; of a
 * quantile, of the shares of traces above the quantile of both sides together.  Holm's method over the four levels.
 * From TKI_PERMUTED_MAX traces on the distribution is taken as normal.  Fewer than TKI_LEVEL_TRACES traces on a side
 * are not tested and have no interval, and a quantile needs five traces beyond it on each side.
 *
 * Intervals: of the mean by a studentised bootstrap (Efron and Tibshirani), never nearer than Welch's, of quantiles
 * from the intervals of shares (Woodruff).  95 % at both ends together.
 */
#ifndef TKI_COMPARE_LEVELS_H
#define TKI_COMPARE_LEVELS_H

#include "compare/compare.h"

enum { TKI_LEVEL_TRACES = 10, TKI_PERMUTED_MAX = 20000, TKI_PERMUTATIONS = 999 };

enum tki_level { TKI_LEVEL_MEAN, TKI_LEVEL_P50, TKI_LEVEL_P95, TKI_LEVEL_P99, TKI_LEVELS };

struct tki_level_diff {
    double ns[2], diff_ns;
    bool known; /* there are enough traces; else what follows is not filled in */
    struct tki_interval interval;
    double se_ns;
    double degrees;  /* of freedom, of the mean */
    double p;        /* of no difference */
    double p_holm;   /* allowing for all levels */
    bool certain;    /* p_holm <= 0.05 */
    double least_ns; /* the smallest difference that would have been seen in 4 of 5 such comparisons */
};

struct tki_levels {
    struct tki_level_diff level[TKI_LEVELS];
    bool rough; /* durations are so skewed that the interval of the mean is rough */
};

/* TK_ENOMEM. */
int tki_levels_compare(struct tki_levels *l, const struct tki_comparison *c, uint64_t seed, uint32_t replicates);

/* Two-sided p of no difference between the weighted means of x on two sides, by permutation.  Each of the n values has
 * a weight and a side; rounds 0: by the normal distribution.  1 when a side has fewer than two values.  Deterministic.
 * Negative: TK_ENOMEM. */
double tki_permutation_p(const double *x, const double *weight, const uint8_t *side, size_t n, uint64_t seed,
                         unsigned rounds);

/* Returns true if B's traces take less time than A's within their kinds: by their roots, or by their whole paths where
 * these differ more certainly. */
bool tki_compare_leans_back(const struct tki_comparison *c);

const char *tki_level_name(enum tki_level level); /* "mean", "p95" */

#endif
