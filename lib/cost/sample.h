/* sample.h - whole traces of a dump, chosen by a hash of their ids, for what is too dear to do with all of them.
 *
 * Each trace is in the sample or not by its id and a seed alone.  The share is 1, 1/2, 1/4 ...: the largest with which
 * the traces' OTLP protobuf stays within a limit of bytes, but at least some 16 traces where there are as many.  So it
 * depends on the dump, and not on threads, pieces or the order of its spans.  A dump within the limit is its own
 * sample.
 *
 * The traces go through the assembler, in memory up to a limit and then in a temporary file.  One thread.
 */
#ifndef TKI_COST_SAMPLE_H
#define TKI_COST_SAMPLE_H

#include "cost/measure.h"

struct tki_sample {
    struct tki_measure *measure; /* of all traces; borrowed */
    uint64_t seed, bytes_max;    /* UINT64_MAX: every trace */
    unsigned halvings;           /* the share is 2^-halvings */
    uint64_t bytes[65];          /* by halvings: of the traces that a sample of that share has */
    uint64_t traces[65];
    size_t column; /* uint8_t: the trace was met before */
    struct tk_traces *whole;
    bool again;
    bool *chosen; /* by number of the assembler's traces; NULL: not asked for yet */
    size_t nchosen;
    uint32_t *rows;
    size_t cap;
};

/* Before the ledger's first row.  bytes_max: of OTLP protobuf, at most.  0, TK_ENOMEM, TK_EIO. */
int tki_sample_open(struct tki_sample *s, struct tki_measure *measure, uint64_t seed, uint64_t bytes_max,
                    struct tk_err *err);
/* Takes in the chosen spans of a batch that was added to the measure. */
int tki_sample_add(struct tki_sample *s, const struct tk_batch *b, const struct tki_sizes *sizes,
                   const struct tki_groups *groups, struct tk_err *err);
/* Goes through the traces, from the first whenever it is called with *trace NULL.  1 and the next one, which is good
 * until the next call, with its row in the ledger; 0: there is none; or negative with *err. */
int tki_sample_next(struct tki_sample *s, struct tk_batch **trace, uint32_t *row, struct tk_err *err);
/* Returns true if every trace of the dump is in it. */
bool tki_sample_is_all(const struct tki_sample *s);
void tki_sample_close(struct tki_sample *s);

#endif
