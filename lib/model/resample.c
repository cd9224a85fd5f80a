#include "model/resample.h"

#include <math.h>
#include <stdlib.h>

unsigned tki_poisson_draw(uint64_t seed, tk_id128 id, uint32_t replicate)
{
    /* 2^64 times the distribution function of Poisson(1) at 0, 1, 2 ... */
    static const uint64_t below[] = {
        0x5e2d58d8b3bcdf1a, 0xbc5ab1b16779be35, 0xeb715e1dc1582dc2, 0xfb23979734a252f1, 0xff1025f59174dc3d,
        0xffd90f3ba4055e19, 0xfffa8b71fc72c913, 0xffff540c0914b3c9, 0xffffed1f4aa8f120, 0xfffffe216e641462,
        0xffffffd4d85d3183, 0xfffffffc6da262b4, 0xffffffffba12d178, 0xfffffffffb07c64c,
    };
    uint64_t h = tki_hash_combine(tki_hash_combine(seed, tki_hash_id(id)), replicate);
    /* Which of the small numbers it is nobody can guess: they are counted without a branch. */
    unsigned k = (h >= below[0]) + (h >= below[1]) + (h >= below[2]) + (h >= below[3]);
    if (k == 4)
        while (k < sizeof below / sizeof *below && h >= below[k])
            k++;
    return k;
}

static int cmp_double(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

void tki_replicates_middle(double *x, size_t n, double *low, double *high)
{
    qsort(x, n, sizeof *x, cmp_double);
    size_t tail = (size_t)(0.025 * (double)n);
    *low = x[tail];
    *high = x[n - 1 - tail];
}

double tki_student(size_t degrees)
{
    static const double exact[] = {NAN,    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469,
                                   2.3646, 2.3060,  2.2622, 2.2281, 2.2010, 2.1788, 2.1604,
                                   2.1448, 2.1314,  2.1199, 2.1098, 2.1009, 2.0930, 2.0860};
    if (degrees < sizeof exact / sizeof *exact)
        return exact[degrees];
    /* Cornish-Fisher around the normal quantile: exact to four decimals from 20 degrees on. */
    double z = 1.959963984540054, v = (double)degrees;
    double z3 = z * z * z, z5 = z3 * z * z;
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v);
}
