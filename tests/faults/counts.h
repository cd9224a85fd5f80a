/* counts.h - what shim.c and tool_faults.c share: a file that both map. */
#ifndef TRACEKIT_TESTS_FAULTS_COUNTS_H
#define TRACEKIT_TESTS_FAULTS_COUNTS_H

#include <stdatomic.h>

struct counts {
    _Atomic unsigned long calls;  /* of the function; of memory: the most bytes at a time */
    _Atomic unsigned long faults; /* calls that failed */
    _Atomic unsigned long bytes;  /* allocated now */
};

#endif
