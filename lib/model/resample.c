#include "model/resample.h"

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
    unsigned k = 0;
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
