#ifndef TRACEKIT_TESTS_FUZZ_BYTES_H
#define TRACEKIT_TESTS_FUZZ_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Reads the bytes in the way that the first two of them choose; aborts when a rule is broken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many values of the first byte differ. */
unsigned fuzz_choices(void);

#endif
