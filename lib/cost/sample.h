/* sample.h - whole traces of a dump, chosen by a hash of their ids, for what is too dear to do with all of them.
 *
 * Each trace is in the sample or not by its id and a seed alone.  The share is 1, 1/2, 1/4 ...: the largest with which
 * the traces' OTLP protobuf stays within a limit of bytes, but at least some 16 traces where there are as many.  So it
 * depends on the dump, and not on threads, pieces or the order of its spans, and neither does the order in which they
 * are handed out, which is that of the hashes.  A dump within the limit is its own sample.
 *
 * The spans are kept as parts of OTLP protobuf in an external sort, in memory up to a limit and then in a temporary
 * file.  One thread.
 */
#ifndef TKI_COST_SAMPLE_H
#define TKI_COST_SAMPLE_H

#include "cost/measure.h"
#include "io/sorter.h"

struct tki_sample {
    struct tki_measure *measure; /* of all traces; borrowed */
    uint64_t seed, bytes_max;    /* UINT64_MAX: every trace */
    unsigned halvings;           /* the share is 2^-halvings */
    uint64_t bytes[65];          /* by halvings: of the traces that a sample of that share has */
    uint64_t traces[65];
    size_t column; /* bool: the trace was met before */
    struct tki_sorter *parts;
    struct tki_sorted ahead; /* the first part of the next trace */
    int state;               /* of the sorter: 1: there is one ahead; 0: the end; -1: adding */
    struct tki_buf part, whole;
    struct tk_batch *batch;
    uint64_t *order; /* of the rows of a batch: group, then row */
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

/* ---- to hand a sample on to another one (cost_state.h) ---- */

/* A part of a trace: spans of it that came together. */
struct tki_sample_part {
    tk_id128 id;
    uint64_t order; /* among the parts of the trace */
    tk_str proto;
};
/* The parts of the traces that are chosen.  first: from the front.  1, 0: the end, or negative. */
int tki_sample_next_part(struct tki_sample *s, bool first, struct tki_sample_part *part, struct tk_err *err);
/* Takes in such a part of a trace that is in the ledger, or will be. */
int tki_sample_put_part(struct tki_sample *s, const struct tki_sample_part *part, struct tk_err *err);
/* Counts so many bytes of a trace, which is there for the first time, or was counted before. */
void tki_sample_count(struct tki_sample *s, uint32_t row, uint64_t bytes);

#endif
