/* base/exact.h: sums do not depend on order or division, and are rounded once. */
#include "base/exact.h"

#include <math.h>
#include <stdlib.h>

#include "tap.h"

static uint64_t seed = 1;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static double sum_of(const double *x, size_t n)
{
    struct tki_exact s = {0};
    for (size_t i = 0; i < n; i++)
        if (tki_exact_add(&s, x[i]) < 0)
            bail_out("out of memory");
    double sum = tki_exact_sum(&s);
    tki_exact_free(&s);
    return sum;
}

__extension__ typedef __int128 whole;

/* Whole numbers of 126 bits are the truth; they are scaled by a power of two. */
static void against_integers(void)
{
    unsigned wrong = 0;
    for (int round = 0; round < 2000; round++) {
        whole all = 0; /* 40 numbers below 2^117 */
        double x[40];
        for (int i = 0; i < 40; i++) {
            int64_t mantissa = (int64_t)(draw() >> 11) * (draw() & 1 ? 1 : -1);
            unsigned shift = (unsigned)(draw() % 64);
            all += (whole)mantissa * ((whole)1 << shift);
            x[i] = ldexp((double)mantissa, (int)shift - 90);
        }
        wrong += sum_of(x, 40) != ldexp((double)all, -90);
    }
    is_uint(wrong, 0, "2,000 sums of 40 numbers are the nearest doubles");
}

static void any_order(void)
{
    unsigned wrong = 0;
    for (int round = 0; round < 500; round++) {
        double x[30];
        for (int i = 0; i < 30; i++)
            x[i] = ldexp((double)(int64_t)draw(), (int)(draw() % 1800) - 1000);
        double want = sum_of(x, 30);
        struct tki_exact all = {0};
        for (int at = 0; at < 30;) { /* in parts, from the end */
            struct tki_exact part = {0};
            for (int n = (int)(draw() % 7) + 1; n && at < 30; n--)
                if (tki_exact_add(&part, x[29 - at++]) < 0)
                    bail_out("out of memory");
            if (tki_exact_join(&all, &part) < 0)
                bail_out("out of memory");
            tki_exact_free(&part);
        }
        wrong += tki_exact_sum(&all) != want;
        tki_exact_free(&all);
    }
    is_uint(wrong, 0, "500 sums of numbers of any size are the same in parts and from the end");
}

static void known(void)
{
    double tenths[10] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    ok(sum_of(tenths, 10) == 1, "ten tenths are 1");
    ok(sum_of((double[]){1e100, 1, -1e100}, 3) == 1, "what is small is not lost beside what is large");
    ok(sum_of((double[]){0x1p53, 1, 0x1p-60}, 3) == 0x1p53 + 2, "a half and a bit more is rounded up");
    ok(sum_of((double[]){0x1p53, 1, -0x1p-60}, 3) == 0x1p53, "a half and a bit less is rounded down");
    ok(sum_of((double[]){0x1p53, 1}, 2) == 0x1p53, "a half goes to the even one");
    ok(sum_of(NULL, 0) == 0, "nothing is 0");
    ok(isinf(sum_of((double[]){1, INFINITY, 2}, 3)), "infinity stays");
    ok(isnan(sum_of((double[]){INFINITY, 1, -INFINITY}, 3)), "but not beside its opposite");
    ok(isinf(sum_of((double[]){1e308, 1e308}, 2)), "past the range there is infinity");
}

int main(void)
{
    known();
    against_integers();
    any_order();
    return done_testing();
}
