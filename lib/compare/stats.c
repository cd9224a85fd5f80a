#include "compare/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

double tki_normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

double tki_two_sided_p(double z)
{
    return erfc(fabs(z) / sqrt(2));
}

static int cmp_weighted(const void *pa, const void *pb)
{
    const struct tki_weighted *a = pa, *b = pb;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

void tki_sort_weighted(struct tki_weighted *x, size_t n)
{
    if (n)
        qsort(x, n, sizeof *x, cmp_weighted);
}

static int cmp_i64(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

void tki_sort_i64(int64_t *x, size_t n)
{
    if (n)
        qsort(x, n, sizeof *x, cmp_i64);
}

int64_t tki_quantile(const struct tki_weighted *x, size_t n, double q)
{
    assert(n > 0);
    double all = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        all += x[i].weight;
    /* A share like 0.95 of 20 must not miss the 19th by the last bit of the product. */
    double want = q * all * (1 - 1e-12);
    for (size_t i = 0; i < n; i++) {
        sum += x[i].weight;
        if (sum >= want)
            return x[i].value;
    }
    return x[n - 1].value;
}

struct tki_mwu tki_mann_whitney(const int64_t *a, size_t na, const int64_t *b, size_t nb)
{
    double ties = 0, u2 = 0; /* u2: twice U; both are whole numbers */
    for (size_t i = 0, j = 0; i < na || j < nb;) {
        int64_t x = j >= nb || (i < na && a[i] < b[j]) ? a[i] : b[j];
        size_t below = i, ta = 0, tb = 0;
        for (; i < na && a[i] == x; i++)
            ta++;
        for (; j < nb && b[j] == x; j++)
            tb++;
        u2 += (double)tb * (2 * (double)below + (double)ta);
        double t = (double)(ta + tb);
        ties += t * t * t - t;
    }
    struct tki_mwu r = {u2 / 2, 0, 1, 0};
    double n = (double)na, m = (double)nb, all = n + m;
    if (na == 0 || nb == 0)
        return r;
    r.delta = (u2 - n * m) / (n * m); /* exactly the negative when the sides are swapped */
    double var = n * m / 12 * (all + 1 - ties / (all * (all - 1)));
    double off = fabs(r.u - n * m / 2) - 0.5;
    if (var <= 0 || off <= 0)
        return r;
    r.z = (r.u > n * m / 2 ? off : -off) / sqrt(var);
    r.p = tki_two_sided_p(r.z);
    return r;
}

/* How many differences b - a are at most x. */
static uint64_t count_at_most(const int64_t *a, size_t na, const int64_t *b, size_t nb, int64_t x)
{
    uint64_t count = 0;
    size_t below = 0; /* a's that are too small for b[j]: b - a > x */
    for (size_t j = 0; j < nb; j++) {
        while (below < na && b[j] - a[below] > x)
            below++;
        count += na - below;
    }
    return count;
}

/* The k-th smallest difference, k from 1. */
static int64_t kth_difference(const int64_t *a, size_t na, const int64_t *b, size_t nb, uint64_t k)
{
    int64_t lo = b[0] - a[na - 1], hi = b[nb - 1] - a[0];
    while (lo < hi) {
        int64_t mid = (int64_t)((uint64_t)lo + ((uint64_t)hi - (uint64_t)lo) / 2);
        if (count_at_most(a, na, b, nb, mid) >= k)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

double tki_hodges_lehmann(const int64_t *a, size_t na, const int64_t *b, size_t nb)
{
    assert(na > 0 && nb > 0 && a[0] >= 0 && b[0] >= 0);
    uint64_t pairs = (uint64_t)na * nb;
    double low = (double)kth_difference(a, na, b, nb, (pairs + 1) / 2);
    if (pairs % 2)
        return low;
    return (low + (double)kth_difference(a, na, b, nb, pairs / 2 + 1)) / 2;
}

struct tki_interval tki_wilson(double k, double n, double z)
{
    if (n <= 0)
        return (struct tki_interval){0, 1};
    double p = k / n, zz = z * z;
    double mid = (p + zz / (2 * n)) / (1 + zz / n);
    double half = z / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n));
    struct tki_interval i = {mid - half, mid + half};
    i.lo = k <= 0 || i.lo < 0 ? 0 : i.lo;
    i.hi = k >= n || i.hi > 1 ? 1 : i.hi;
    return i;
}

struct tki_interval tki_newcombe(double k1, double n1, double k2, double n2, double z)
{
    if (n1 <= 0 || n2 <= 0)
        return (struct tki_interval){-1, 1};
    double p1 = k1 / n1, p2 = k2 / n2, d = p2 - p1;
    struct tki_interval i1 = tki_wilson(k1, n1, z), i2 = tki_wilson(k2, n2, z);
    double down = sqrt((p2 - i2.lo) * (p2 - i2.lo) + (i1.hi - p1) * (i1.hi - p1));
    double up = sqrt((i2.hi - p2) * (i2.hi - p2) + (p1 - i1.lo) * (p1 - i1.lo));
    return (struct tki_interval){d - down, d + up};
}

double tki_ln_drawn(size_t all, size_t marked, size_t drawn, size_t both)
{
    double a = (double)all, m = (double)marked, d = (double)drawn, sum = 0;
    for (double k = (double)both; k <= fmin(m, d); k++) {
        if (d - k > a - m)
            continue;
        double ln = lgamma(m + 1) - lgamma(k + 1) - lgamma(m - k + 1) + lgamma(a - m + 1) - lgamma(d - k + 1) -
                    lgamma(a - m - d + k + 1) - (lgamma(a + 1) - lgamma(d + 1) - lgamma(a - d + 1));
        sum += exp(ln);
    }
    return sum > 0 ? log(sum) : -INFINITY;
}

static int cmp_p(const void *pa, const void *pb, void *ctx)
{
    const double *p = ctx;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    if (p[a] != p[b])
        return p[a] < p[b] ? -1 : 1;
    return (a > b) - (a < b);
}

void tki_benjamini_hochberg(const double *p, double *q, uint32_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    if (n)
        qsort_r(order, n, sizeof *order, cmp_p, (void *)p);
    double least = 1;
    for (size_t k = n; k > 0; k--) {
        double x = p[order[k - 1]] * (double)n / (double)k;
        least = x < least ? x : least;
        q[order[k - 1]] = least;
    }
}
