/* consumer.h - a replay as a consumer of a pass, head samplers included.
 *
 *     tki_replay_open(&replay, &sampler, sampler.nheads ? NULL : &ledger, &err);
 *     struct tki_consumer c = tki_replay_consumer(replay);
 *     tki_pass_add(&pass, &c);                               // after tki_pass_read: tki_replay_judge
 *
 * Head samplers leave spans out, so that what the policies judge needs a ledger of its own.  They write trace states,
 * which only their own replay sees: several configurations may read the same batches, and every other consumer sees the
 * spans as they came.
 */
#ifndef TKI_SAMPLE_CONSUMER_H
#define TKI_SAMPLE_CONSUMER_H

#include "run/pass.h"
#include "sample/replay.h"

/* The replay is borrowed until the pass is closed; the pass has its ledger, or there are head samplers. */
struct tki_consumer tki_replay_consumer(struct tki_replay *replay);

/* After judging: all that was read, which is in the ledger `all`, and of it what is kept, both by the weights that it
 * came with.  *in_part: kept traces of which spans were lost. */
void tki_replay_total(const struct tki_replay *r, const struct tki_ledger *all, struct tki_tally *in,
                      struct tki_tally *kept, uint64_t *in_part);

/* The rows of spans that head samplers and policies keep, out of n rows of b, in place; returns their number.  After
 * judging, in a second reading: tki_replay_select says how.  b->err is set when memory runs out. */
size_t tki_replay_keep(struct tki_replay *r, struct tk_batch *b, uint32_t *rows, size_t n, bool mark);

#endif
