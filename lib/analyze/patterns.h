/* patterns.h - what calls of one operation below one span look like: one after another, side by side, again and again.
 *
 * Calls are nodes of one trace (analyze/times.h), by their recorded windows.  Definitions:
 *   run    the longest chain of calls each of which starts when the one before it has ended, or within 1 % of its
 *          duration before that: five and more are what is called N+1
 *   width  the most calls that ran at one moment: a fan-out
 *   again  calls that start after a call that failed has ended, with no call in between that did not fail: retries
 *   wait   the time between the calls of the run
 */
#ifndef TKI_ANALYZE_PATTERNS_H
#define TKI_ANALYZE_PATTERNS_H

#include "analyze/times.h"

struct tki_calls {
    uint32_t n, failed, again, run, width;
    int64_t sum_ns;                /* of their durations */
    int64_t longest_ns, middle_ns; /* the longest one; the median of the others, 0 when there is none */
    uint32_t longest;              /* its node, or TK_NONE */
    int64_t wait_ns;
    bool backs_off; /* of three and more retries the pauses grow */
};

/* Sorts nodes[0..n) by start, end, node; 0 nodes are no calls.  TK_ENOMEM. */
int tki_calls_measure(const struct tki_times *t, const struct tk_batch *b, uint32_t *nodes, uint32_t n,
                      struct tki_calls *calls);

/* A round time within 2 % of which this one lies, such as 100 ms, 1 s, 5 s or 30 s: what people set as timeouts; 0 when
 * there is none. */
int64_t tki_round_time(int64_t ns);

#endif
