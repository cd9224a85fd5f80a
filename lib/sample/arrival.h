/* arrival.h - how the spans of a dump reach the collector: which spans come together, and when.
 *
 *   tki_arrivals_add per batch, in order -> tki_arrivals_play: the parts of messages, in order of time, to a clock
 *
 * A message has spans of one trace.  In it spans of one ResourceSpans of the dump that follow each other are a part:
 * the unit that the collector takes in.  Times are nanoseconds since the processor has started, which is a whole second
 * of the clock; the first message comes at TKI_FIRST_ARRIVAL_NS, all others by the distances that the mode gives.
 * At equal times messages come in order of the dump.
 *
 * Memory: records of some 60 bytes for each span up to memory_max, then a temporary file (io/sorter.h).
 */
#ifndef TKI_SAMPLE_ARRIVAL_H
#define TKI_SAMPLE_ARRIVAL_H

#include "sample/eval.h"

#define TKI_FIRST_ARRIVAL_NS 500000001
#define TKI_SECOND_NS        1000000000

enum tki_arrival_mode {
    TKI_ARRIVE_COMPLETE, /* each trace whole, in order of first appearance, spacing_ns after the one before */
    TKI_ARRIVE_END,      /* each span when it has ended; with batch_ns times are rounded up to multiples of it, counted
                          * from the first, and the spans of a trace at one time are one message */
    TKI_ARRIVE_FILE, /* the spans of one record of the dump (a line, a document) when the last of them has ended, and
                      * not before those of the record in front of it; a message for each trace */
};

struct tki_arrival {
    enum tki_arrival_mode mode;
    int64_t spacing_ns;
    int64_t delay_ns; /* between a span's end and its arrival: the same for all, so it shifts what is told of times */
    int64_t batch_ns; /* 0: each span is a message */
    bool shutdown;    /* after the last arrival the processor is shut down; else time goes on until all is decided */
    uint64_t seed;    /* of the order of the traces of a tick, where that is chance */
    size_t memory_max;
    const char *tmpdir; /* borrowed; NULL: the default */
};

struct tki_span_in {                             /* a span that arrives */
    uint64_t index;                              /* among the spans of the dump */
    uint32_t row;                                /* of its trace */
    uint32_t resource, scope;                    /* numbers that differ where these differ */
    uint32_t bytes, scope_bytes, resource_bytes; /* as protobuf messages, with tag and length; where bytes count */
    uint64_t start_ns, end_ns;
    uint64_t random; /* its ot=rv, where given */
    bool root, consistent, given;
    const uint64_t *bits; /* what it says to the policies */
};

struct tki_part { /* of a message */
    int64_t at_ns;
    uint32_t row;                   /* of its trace */
    bool root;                      /* a span of it is one */
    const struct tki_span_in *span; /* NULL: the whole trace arrives, of which only `whole` is known */
    const struct tki_arrived *whole;
    uint32_t n;     /* spans */
    uint64_t bytes; /* of its ResourceSpans; 0 where bytes do not count */
};

struct tki_arrivals;
/* index_first: what tki_span_in.index starts from is 0.  memory_max 0: 256 MiB. */
int tki_arrivals_open(struct tki_arrivals **a, const struct tki_sampler *s, const struct tki_arrival *how,
                      struct tk_err *err);
void tki_arrivals_close(struct tki_arrivals *a); /* NULL is fine */
/* The spans of a batch that the groups name.  rows of all spans of the batch count, also those that do not arrive. */
int tki_arrivals_add(struct tki_arrivals *a, const struct tk_batch *b, const struct tki_groups *groups,
                     const struct tki_eval *e, struct tk_err *err);
uint64_t tki_arrivals_spans(const struct tki_arrivals *a); /* of all batches */
/* Calls take for each part.  No more adding; can be repeated.  0 or the code of take, or of the temporary file. */
int tki_arrivals_play(struct tki_arrivals *a, int (*take)(void *ctx, const struct tki_part *p, struct tk_err *err),
                      void *ctx, struct tk_err *err);

#endif
