/* replay_in.h - the inside of a replay, for the files of this folder that play it again. */
#ifndef TKI_SAMPLE_REPLAY_IN_H
#define TKI_SAMPLE_REPLAY_IN_H

#include "sample/replay.h"

struct digest {                /* what is remembered of a trace beside its row: a column of the ledger */
    uint64_t start_ns, end_ns; /* as in struct tki_arrived */
    uint64_t chance;           /* after judging: 0 when not kept, else of being kept */
    uint64_t spans;            /* that arrived so far */
    uint64_t first_end_ns;     /* 0: none */
};

struct tki_replay {
    const struct tki_sampler *s;
    const struct tki_watch *watch;
    struct tki_ledger *ledger, own;
    size_t digest, bits, by, order; /* columns; by: the policy that keeps the trace, plus 1; order: of a sampler by
                                       start, which row comes when */
    struct tki_groups groups;       /* of tki_replay_add */
    struct tki_judge judge;
    char *states;      /* of the policies */
    uint64_t *scratch; /* bits of the trace under way */
    struct tki_replay_stats stats;
    struct tki_arrival how;
    bool timed;                     /* a clock was asked for */
    struct tki_arrivals *arrivals;  /* NULL: whole traces arrive, or there is no clock */
    struct tki_clock *clock;        /* NULL: there is none */
    struct tki_clock_watch watches; /* the watch, for the clock */
    uint64_t *saved_bits;           /* of whole traces, as they arrived; NULL: nobody plays them again */
    uint64_t selected;              /* spans of the batches that were selected from */
};

static inline struct digest *digest_of(const struct tki_replay *r, uint32_t row)
{
    return tki_ledger_at(r->ledger, row, r->digest);
}

static inline uint64_t *bits_of(const struct tki_replay *r, uint32_t row)
{
    return tki_ledger_at(r->ledger, row, r->bits);
}

/* Plays what has arrived to a clock: spans, whose evidence comes with them, or whole traces. */
int tki_replay_play(const struct tki_replay *r, struct tki_clock *c, struct tk_err *err);

#endif
