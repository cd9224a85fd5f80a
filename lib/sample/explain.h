/* explain.h - why one trace was kept or not: the values that decided, policy by policy.
 *
 *   tki_explain_open -> tki_replay_watch(replay, tki_explain_watch(e)) -> replay -> tki_explain_result
 */
#ifndef TKI_SAMPLE_EXPLAIN_H
#define TKI_SAMPLE_EXPLAIN_H

#include "sample/replay.h"

struct tki_explain;

/* Why a policy decided as it did. */
struct tki_reason {
    const struct tki_policy *policy;
    unsigned depth;             /* 0: a policy; below: its sub-policies, which follow it */
    enum tki_decision decision; /* TKI_DECISIONS: not reached */
    const char *why;            /* one line, control characters escaped */
};

/* What happened to the trace, with a clock: events of one kind that follow each other are one. */
struct tki_happened {
    enum tki_event what;
    int64_t from_ns, to_ns; /* since the processor has started */
    uint64_t spans;
    bool by_chance; /* in another order of the traces of a tick it may not happen, or another thing does */
};
extern const char *const tki_event_names[]; /* "arrived"; by enum tki_event */

struct tki_explained { /* what it points to belongs to the explanation */
    const struct tki_reason *reasons;
    size_t n;
    const struct tki_happened *events; /* in order of time; without a clock there are none */
    size_t nevents;
    bool judged;                 /* else no policy was ever asked: the reasons are none */
    bool kept;                   /* with a clock, and several decisions: as the last one was */
    const struct tki_policy *by; /* NULL: no policy */
    uint64_t spans;
    int64_t extent_ms;
    double weight; /* it came with */
    double chance; /* of being kept, given what its spans say */
};

int tki_explain_open(struct tki_explain **e, const struct tki_sampler *s, tk_id128 id, struct tk_err *err);
void tki_explain_close(struct tki_explain *e); /* NULL is fine */
const struct tki_watch *tki_explain_watch(const struct tki_explain *e);
/* After tki_replay_judge: 1 and the explanation; 0 when no span of the trace came. */
int tki_explain_result(const struct tki_explain *e, struct tki_explained *to, struct tk_err *err);

#endif
