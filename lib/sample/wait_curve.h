/* wait_curve.h - what other values of decision_wait would do: late spans, decisions that turn, memory.
 *
 * The same arrivals are played to a clock for each wait, with a table that has room for everything; then num_traces is
 * what the result says it must be.  What a wait changes is counted against one that is as long as the longest trace,
 * for which nothing is late.
 */
#ifndef TKI_SAMPLE_WAIT_CURVE_H
#define TKI_SAMPLE_WAIT_CURVE_H

#include "sample/replay.h"

struct tki_wait_point {
    int64_t wait_ns;
    uint64_t spans, late; /* that arrived; of them behind the decision on their trace */
    uint64_t flipped;     /* traces of which spans are kept, and none with the longest wait, or the other way */
    uint64_t kept_traces; /* of which a span is kept */
    uint32_t waiting_max; /* traces that wait at once */
    uint32_t room;        /* the smallest num_traces that throws out nothing undecided */
    uint64_t spans_max, bytes_max; /* of the traces that wait, at once; bytes as the collector's protobuf */
};

/* The waits that are tried when none are asked for: some from a second on, up to the first for which nothing is late.
 */
enum { TKI_WAITS_TRIED = 17 };

/* After the last span was added, with arrivals at ends, and instead of judging.  Fills `to` for n waits; waits NULL:
 * for the usual ones, at most TKI_WAITS_TRIED, and sets *n. */
int tki_wait_curve(struct tki_replay *r, const int64_t *waits_ns, size_t *n, struct tki_wait_point *to,
                   struct tk_err *err);

#endif
