/* exact.h - sums of doubles that are rounded once, at the end: the same for any order, and for any division into parts.
 *
 * The sum is held as numbers that do not overlap and together are exact (J. R. Shewchuk, "Adaptive Precision
 * Floating-Point Arithmetic", 1997, "grow expansion"): mostly one to three.  An all-zero sum is 0, without memory.
 */
#ifndef TKI_BASE_EXACT_H
#define TKI_BASE_EXACT_H

#include <stddef.h>
#include <stdint.h>

struct tki_exact {
    double *part; /* ascending by magnitude */
    uint32_t n, cap;
    double odd; /* infinities and NaN among what was added, and what passed the range: then it is the sum */
};

int tki_exact_add(struct tki_exact *s, double x); /* TK_ENOMEM */
int tki_exact_join(struct tki_exact *s, const struct tki_exact *more);
/* Rounded to the nearest double, of two to the even one. */
double tki_exact_sum(const struct tki_exact *s);
void tki_exact_free(struct tki_exact *s);

#endif
