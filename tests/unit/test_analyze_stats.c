/* Statistics against published tables and against their definitions. */
#include <math.h>

#include "compare/stats.h"
#include "make_trace.h"
#include "model/resample.h"
#include "tap.h"

static bool near(double x, double y, double slack)
{
    return fabs(x - y) <= slack;
}

static void test_normal(void)
{
    ok(near(tki_normal_cdf(0), 0.5, 1e-15) && near(tki_normal_cdf(1), 0.841344746068543, 1e-12), "normal distribution");
    ok(near(tki_normal_cdf(-1.959963984540054), 0.025, 1e-12), "its lower tail");
    ok(near(tki_two_sided_p(2.575829303548901), 0.01, 1e-12), "two-sided p");
}

static void test_mann_whitney(void)
{
    /* Hollander and Wolfe (1973), p. 69 f.: permeability of the human chorioamnion, times 100. */
    int64_t term[] = {80, 83, 189, 104, 145, 138, 191, 164, 73, 146}, early[] = {115, 88, 90, 74, 121};
    tki_sort_i64(term, 10);
    tki_sort_i64(early, 5);
    struct tki_mwu u = tki_mann_whitney(early, 5, term, 10);
    ok(u.u == 35, "U is 35");
    ok(near(u.z, 9.5 / sqrt(50 * 16 / 12.0), 1e-12) && near(u.p, 0.2446, 5e-5), "z with continuity correction");
    ok(near(u.delta, 0.4, 1e-12), "Cliff's delta is 2 * 35 / 50 - 1");
    ok(near(tki_hodges_lehmann(early, 5, term, 10), 30.5, 0), "Hodges-Lehmann shift is 0.305");
    struct tki_mwu v = tki_mann_whitney(term, 10, early, 5);
    ok(v.u == 15 && v.z == -u.z && v.p == u.p && near(v.delta, -u.delta, 1e-15), "swapped sides negate it");

    /* By hand: each b beats 2, 2, 3.5 and 4 of the a's; four values of 2 and two of 5 are tied. */
    int64_t a[] = {1, 2, 2, 5}, b[] = {2, 2, 5, 7};
    u = tki_mann_whitney(a, 4, b, 4);
    double var = 16 / 12.0 * (9 - (60 + 6) / 56.0); /* t = 4 and t = 2 */
    ok(u.u == 2 + 2 + 3.5 + 4, "ties count half");
    ok(near(u.z, (11.5 - 8 - 0.5) / sqrt(var), 1e-12), "tie correction of the variance");
    int64_t same[] = {3, 3, 3};
    u = tki_mann_whitney(same, 3, same, 3);
    ok(u.p == 1 && u.z == 0 && u.delta == 0, "all equal: no variance, no difference");
    u = tki_mann_whitney(same, 3, NULL, 0);
    ok(u.p == 1 && u.delta == 0, "an empty side");
}

static void test_hodges_lehmann(void)
{
    uint64_t seed = 11;
    uint32_t bad = 0;
    for (int round = 0; round < 2000; round++) {
        int64_t a[12], b[12], d[144];
        size_t na = 1 + below(&seed, 12), nb = 1 + below(&seed, 12), n = 0;
        uint32_t range = round % 2 ? 10 : 1000000000;
        for (size_t i = 0; i < na; i++)
            a[i] = below(&seed, range);
        for (size_t i = 0; i < nb; i++)
            b[i] = below(&seed, range);
        tki_sort_i64(a, na);
        tki_sort_i64(b, nb);
        double wins = 0;
        for (size_t i = 0; i < na; i++)
            for (size_t j = 0; j < nb; j++) {
                d[n++] = b[j] - a[i];
                wins += b[j] > a[i] ? 1 : b[j] == a[i] ? 0.5 : 0;
            }
        tki_sort_i64(d, n);
        double median = ((double)d[(n - 1) / 2] + (double)d[n / 2]) / 2;
        bad += tki_hodges_lehmann(a, na, b, nb) != median || tki_mann_whitney(a, na, b, nb).u != wins;
    }
    ok(bad == 0, "shift and U agree with all pairs, 2000 times");
    int64_t far[] = {0, INT64_MAX / 2}, zero[] = {0};
    ok(tki_hodges_lehmann(far, 2, zero, 1) == -(double)(INT64_MAX / 2) / 2, "no overflow at the ends of the range");
}

static void test_intervals(void)
{
    /* Newcombe (1998), Statistics in Medicine 17, table I: score intervals without continuity correction. */
    static const struct {
        double k, n, lo, hi;
    } one[] = {{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    for (size_t i = 0; i < 4; i++) {
        struct tki_interval x = tki_wilson(one[i].k, one[i].n, TKI_Z95);
        ok(near(x.lo, one[i].lo, 5e-5) && near(x.hi, one[i].hi, 5e-5), "Wilson %g/%g: %.4f %.4f", one[i].k, one[i].n,
           x.lo, x.hi);
    }
    /* The companion paper on differences, table II, method 10; here the second minus the first. */
    static const struct {
        double k1, n1, k2, n2, lo, hi;
    } two[] = {{48, 80, 56, 70, 0.0524, 0.3339},
               {3, 10, 9, 10, 0.1705, 0.8090},
               {2, 7, 6, 7, 0.0582, 0.8062},
               {0, 29, 5, 56, -0.0381, 0.1926}};
    for (size_t i = 0; i < 4; i++) {
        struct tki_interval x = tki_newcombe(two[i].k1, two[i].n1, two[i].k2, two[i].n2, TKI_Z95);
        ok(near(x.lo, two[i].lo, 5e-5) && near(x.hi, two[i].hi, 5e-5), "Newcombe %g/%g - %g/%g: %.4f %.4f", two[i].k2,
           two[i].n2, two[i].k1, two[i].n1, x.lo, x.hi);
    }
}

static void test_drawn(void)
{
    /* Fisher (1935), The Design of Experiments, chapter II: eight cups of tea, four of them with the milk first. */
    ok(near(exp(tki_ln_drawn(8, 4, 4, 4)), 1.0 / 70, 1e-12) && near(exp(tki_ln_drawn(8, 4, 4, 3)), 17.0 / 70, 1e-12),
       "all four cups, three or more");
    ok(near(tki_ln_drawn(8, 4, 4, 0), 0, 1e-12) && near(tki_ln_drawn(5, 5, 3, 3), 0, 1e-12),
       "none or more, and where all are marked");
    ok(isinf(tki_ln_drawn(8, 2, 4, 3)), "more than are marked");
}

static void test_discoveries(void)
{
    /* Benjamini and Hochberg (1995), section 3.1: of these 15 the first four are discoveries at 0.05. */
    double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                  0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0};
    double q[15];
    uint32_t order[15];
    tki_benjamini_hochberg(p, q, order, 15);
    int n = 0;
    for (int i = 0; i < 15; i++)
        n += q[i] <= 0.05;
    ok(n == 4 && q[3] <= 0.05 && q[4] > 0.05, "four discoveries");
    ok(near(q[0], 0.0015, 1e-12) && near(q[3], 0.035625, 1e-12), "q of the first and the fourth");
    ok(near(q[5], 0.0298 * 15 / 7, 1e-12), "q never falls as p rises: the sixth takes over the seventh's");
    double r[] = {0.04, 0.01, 0.03};
    tki_benjamini_hochberg(r, r, order, 3);
    ok(near(r[0], 0.04, 1e-12) && near(r[1], 0.03, 1e-12) && near(r[2], 0.04, 1e-12), "any order, in place");
}

static void test_quantiles(void)
{
    struct tki_weighted x[20];
    for (int i = 0; i < 20; i++)
        x[i] = (struct tki_weighted){20 - i, 1};
    tki_sort_weighted(x, 20);
    ok(tki_quantile(x, 20, 0.5) == 10 && tki_quantile(x, 20, 0.95) == 19 && tki_quantile(x, 20, 1) == 20 &&
           tki_quantile(x, 20, 0) == 1,
       "quantiles of 1 to 20");
    struct tki_weighted w[] = {{1, 1}, {2, 100}, {3, 1}};
    ok(tki_quantile(w, 3, 0.05) == 2 && tki_quantile(w, 3, 0.995) == 3, "weights move them");
}

static void test_poisson(void)
{
    double sum = 0, squares = 0, zero = 0;
    enum { N = 200000 };
    uint64_t seed = 3;
    for (uint32_t i = 0; i < N; i++) {
        unsigned k = tki_poisson_draw(1, (tk_id128){next_random(&seed), i}, i % 200);
        sum += k;
        squares += (double)k * k;
        zero += k == 0;
    }
    double mean = sum / N;
    ok(near(mean, 1, 0.01) && near(squares / N - mean * mean, 1, 0.02), "Poisson draws: mean %.4f, variance 1", mean);
    ok(near(zero / N, exp(-1), 0.005), "share of zeros is 1/e");
    ok(tki_poisson_draw(5, (tk_id128){1, 2}, 3) == tki_poisson_draw(5, (tk_id128){1, 2}, 3), "the same every time");
    unsigned differ = 0;
    for (uint32_t r = 0; r < 100; r++)
        differ += tki_poisson_draw(5, (tk_id128){1, 2}, r) != tki_poisson_draw(6, (tk_id128){1, 2}, r);
    ok(differ > 20, "another seed, another draw");
}

int main(void)
{
    test_normal();
    test_mann_whitney();
    test_hodges_lehmann();
    test_intervals();
    test_drawn();
    test_discoveries();
    test_quantiles();
    test_poisson();
    return done_testing();
}
