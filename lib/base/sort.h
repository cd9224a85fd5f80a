/* sort.h - numbers in ascending order, in place and in linear time whatever they are. */
#ifndef TKI_BASE_SORT_H
#define TKI_BASE_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void tki_sort_u64(uint64_t *v, size_t n);
bool tki_sorted_has(const uint64_t *v, size_t n, uint64_t x);
/* How many of the sorted numbers are at most x. */
size_t tki_count_up_to(const uint64_t *v, size_t n, uint64_t x);
size_t tki_count_up_to_i64(const int64_t *v, size_t n, int64_t x);

#endif
