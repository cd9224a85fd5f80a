/* replay_state.h - what was read for a replay as records of a state (run/state.h): SampleKind, SampleKey, SampleSums
 * and SampleTrace.
 *
 * A state holds what the policies were told of each trace, and not what they decided: after loading, tki_replay_judge
 * decides over all traces as if they had been read together.  What depends on more than one trace is judged by a clock,
 * whose traces come in an order that states do not have: tki_replay_mergeable.
 *
 * A trace may stand in one state only.  Some 55 bytes a trace; memory while loading is that of the replay.
 */
#ifndef TKI_SAMPLE_REPLAY_STATE_H
#define TKI_SAMPLE_REPLAY_STATE_H

#include "format/pb/pb.h"
#include "model/slow.h"
#include "run/state.h"
#include "sample/absent.h"
#include "sample/replay.h"

/* All borrowed. */
struct tki_replay_state {
    struct tki_replay *replay;
    struct tki_ledger *ledger; /* of all traces; head samplers leave the replay fewer, in one of its own */
    struct tki_kinds *kinds;   /* of the same ledger */
    struct tki_seen *keys;
    bool keys_read;  /* keys has all keys of what was read; after loading: of all states with traces */
    uint64_t shared; /* loading: traces that were there before */
    uint64_t traces; /* loading: how many came so far */
};

/* NULL: the answer over several parts follows from theirs; else the reason why not.
 * After judging, of a part or of all of them. */
const char *tki_replay_unmergeable(const struct tki_replay *r);

int tki_replay_save(const struct tki_replay_state *x, struct tki_state_out *to, struct tk_err *err);
/* Adds all records of the state, to its end, before judging.  keys_read is true at first. */
int tki_replay_load(struct tki_replay_state *x, struct tki_state_in *from, struct tk_err *err);

/* ---- what the policies were told of one trace, as fields 14 to 19 of a message: for states of other answers ---- */

/* Nothing, if no span of it was kept before.  trace: the times of all its spans. */
void tki_replay_put_judged(struct tki_buf *b, struct tki_buf *scratch, const struct tki_replay *r, tk_id128 id,
                           const struct tki_extent *trace);
struct tki_replay_judged {
    bool there;
    int64_t start, end, first_end;
    uint64_t spans, rate;
    struct tki_pb words;
};
/* Takes the field of that tag; false: it is none of these.  All zero at first; borrows from the message. */
bool tki_replay_get_judged(struct tki_pb *c, unsigned tag, struct tki_replay_judged *to);
/* A trace that is in the ledger already, if the replay has that of others.  0, TK_ENOMEM, or TK_EINVALID. */
int tki_replay_take_judged(struct tki_replay *r, tk_id128 id, const struct tki_extent *trace,
                           const struct tki_replay_judged *j);

#endif
