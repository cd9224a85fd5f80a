/* probabilistic.h - the arithmetic of the probabilistic policy. */
#ifndef TKI_POLICY_PROBABILISTIC_H
#define TKI_POLICY_PROBABILISTIC_H

#include "base/str.h"

/* Of the 16 bytes of the id; salted: the state behind the salt. */
uint64_t tki_probabilistic_hash(uint64_t salted, tk_id128 id);
/* trunc(MaxUint64 * (percentage / 100)) in Go's math/big arithmetic: the product rounded to a mantissa of 64
 * bits, half to even, then cut off; 0 below 0 and MaxUint64 from 1 on. */
uint64_t tki_probabilistic_threshold(double percentage);

#endif
