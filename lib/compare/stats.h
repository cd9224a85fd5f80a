/* stats.h - the statistics of comparing two sets of traces.
 *
 * Plain functions over sorted arrays; nothing here allocates, except where it says so.  Values are integer
 * nanoseconds, never negative.
 */
#ifndef TKI_COMPARE_STATS_H
#define TKI_COMPARE_STATS_H

#include "base/hash.h"

#define TKI_Z95 1.959963984540054 /* two-sided 95 % point of the normal distribution */

double tki_normal_cdf(double z);
double tki_two_sided_p(double z);

struct tki_weighted {
    int64_t value;
    double weight;
};
/* Sorts by value, then weight. */
void tki_sort_weighted(struct tki_weighted *x, size_t n);
void tki_sort_i64(int64_t *x, size_t n);
/* The smallest value with at least the share q of all weight at or below it; x sorted, n > 0. */
int64_t tki_quantile(const struct tki_weighted *x, size_t n, double q);

/* Mann-Whitney U of B against A, both sorted. */
struct tki_mwu {
    double u;     /* pairs in which b is larger, ties counted half */
    double z;     /* normal approximation with the corrections for ties and for continuity */
    double p;     /* two-sided */
    double delta; /* Cliff's delta: 2u / (na nb) - 1, above 0 when B is larger */
};
struct tki_mwu tki_mann_whitney(const int64_t *a, size_t na, const int64_t *b, size_t nb);

/* Hodges-Lehmann shift: the median of all differences b - a, exact; sorted arrays that are not empty.
 * O((na + nb) log range). */
double tki_hodges_lehmann(const int64_t *a, size_t na, const int64_t *b, size_t nb);

/* Wilson's interval for k of n; k and n may be fractions (effective counts). */
struct tki_interval {
    double lo, hi;
};
struct tki_interval tki_wilson(double k, double n, double z);
/* Newcombe's hybrid score interval for k2/n2 - k1/n1. */
struct tki_interval tki_newcombe(double k1, double n1, double k2, double n2, double z);

/* The logarithm of the probability that of `drawn` ones out of `all`, `marked` of which are marked, so many or more are
 * marked (the upper tail of the hypergeometric distribution). */
double tki_ln_drawn(size_t all, size_t marked, size_t drawn, size_t both);

/* Benjamini-Hochberg: q[i] is the smallest false discovery rate at which p[i] is a discovery.
 * order: scratch for n indexes.  q may be p. */
void tki_benjamini_hochberg(const double *p, double *q, uint32_t *order, size_t n);

#endif
