/* values.h - arrays of numbers by an enum, of which caller and library may know different numbers. */
#ifndef TKI_PUBLIC_VALUES_H
#define TKI_PUBLIC_VALUES_H

#include <math.h>
#include <stddef.h>

/* Fills to[0..n) from the values that are known; NaN beyond. */
static inline void tki_values_give(double *to, size_t n, const double *known, size_t nknown)
{
    for (size_t i = 0; i < n; i++)
        to[i] = known && i < nknown ? known[i] : (double)NAN;
}

#endif
