/* outcome.h - how the traces that people look for fare under a sampler: those with errors, and the slow ones. */
#ifndef TKI_SAMPLE_OUTCOME_H
#define TKI_SAMPLE_OUTCOME_H

#include "model/slow.h"
#include "sample/replay.h"

enum { TKI_OUTCOME_EXAMPLES = 3 };

struct tki_fare {
    struct tki_tally in, kept;
    tk_id128 lost[TKI_OUTCOME_EXAMPLES];    /* the first traces that are lost: by their start, of equal ones by id */
    uint64_t lost_ns[TKI_OUTCOME_EXAMPLES]; /* when they start; UINT64_MAX: nobody knows */
    uint32_t nlost;                         /* of them */
};

struct tki_outcome {
    struct tki_fare errors; /* traces in which a span's status is Error */
    struct tki_fare slow;   /* model/slow.h */
};

/* After tki_replay_judge; kinds: of all traces that were read.  0, TK_ENOMEM, TK_EIO. */
int tki_outcome_find(struct tki_outcome *o, const struct tki_replay *r, const struct tki_kinds *kinds,
                     const struct tki_slow_rule *rule, struct tk_err *err);

#endif
