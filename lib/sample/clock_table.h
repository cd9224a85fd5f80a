/* clock_table.h - the inside of a clock: its shards, the traces they hold, and the batches of those that wait.
 *
 * A life is a trace's time in the table.  Of a trace that is not there its row still says what became of it.
 */
#ifndef TKI_SAMPLE_CLOCK_TABLE_H
#define TKI_SAMPLE_CLOCK_TABLE_H

#include "sample/clock.h"
#include "sample/lru.h"

enum tki_state { TKI_NEW, TKI_WAITING, TKI_DECIDED_KEPT, TKI_DECIDED_LOST, TKI_DECIDED_DROPPED };

struct tki_life {              /* of each row of the ledger */
    uint64_t start_ns, end_ns; /* of the spans that wait, as in struct tki_arrived */
    uint64_t spans;            /* of this life so far */
    uint64_t waiting;          /* of them not decided on */
    uint64_t bytes;            /* as protobuf, of all of this life; of those that wait: held */
    uint64_t held;
    uint64_t random; /* of the first span with ot=rv */
    uint64_t batch;  /* the tick at which it is due */
    uint64_t queued; /* its number in the queue of the oldest */
    uint64_t seen;   /* the last tick that decided on it, and 1 */
    uint64_t out, dropped, chance;
    uint64_t unsure;    /* spans of which chance decides */
    uint32_t item;      /* its place in the batch */
    uint32_t runs;      /* the spans that wait: number of the first chunk and 1, 0: none */
    uint64_t threshold; /* likewise, see struct tki_judged */
    uint32_t by;        /* the policy that keeping it is credited to, see struct tki_judged */
    uint32_t sub;       /* and the one inside a composite policy, counted from 1; 0: none */
    uint32_t lives;
    uint32_t credit; /* the mark of the first spans that went out */
    uint8_t state;   /* enum tki_state */
    uint8_t open;    /* of keeping it, see tki_sampler_left_open */
    bool in;         /* the table */
    bool certain;    /* the decision is the same in every order */
    bool loose;      /* whether its spans meet the table, a cache or nothing is chance */
    bool must, may;  /* a span is let through in every order, in some */
    bool consistent, given;
};

struct tki_says { /* of a span: see tki_clock_mark and tki_clock_threshold */
    uint32_t mark;
    uint64_t threshold;
};

enum { TKI_RUNS = 4 };
struct tki_runs { /* a chunk of what waits */
    uint64_t first[TKI_RUNS];
    uint32_t count[TKI_RUNS];
    uint32_t n, next;
};

struct tki_due { /* a batch: traces in the order in which they came; TKI_MAP_NONE was taken out */
    uint32_t *row;
    size_t n, cap;
};

struct tki_shard {
    struct tki_due *due; /* a ring of `waits` batches; the one of tick t is due[t % waits] */
    struct tki_due current;
    struct tki_due *roots; /* a ring of `root_ring` batches that roots have put traces into, besides */
    struct tki_queued {
        uint32_t row;
        uint64_t number;
    } * queue; /* of the oldest, a ring */
    size_t queue_first, queue_n, queue_cap;
    uint64_t numbers;
    size_t oldest;        /* the first in the queue that waits for its decision */
    uint64_t open_before; /* of those in the table, those before it */
    uint64_t open;        /* traces in the table */
    struct tki_lru kept, lost;
    char *states;     /* of the policies */
    bool table_loose; /* which traces are in the table is chance: an eviction may be another one's */
    bool loose;       /* one was: what becomes of any trace from then on may be chance */
};

struct tki_clock {
    const struct tki_sampler *s;
    struct tki_ledger *ledger;
    size_t bits; /* column */
    struct tki_life *lives;
    struct tki_judge *judge;
    const struct tki_clock_watch *watch;
    struct tki_arrival how;
    struct tki_shard *shard;
    uint32_t nshards;
    uint64_t num_traces; /* of a shard; UINT64_MAX: no limit */
    uint64_t waits;      /* batches */
    uint64_t root_ring;  /* 0: a root moves its trace to an earlier batch */
    uint64_t ticks;      /* that have been */
    uint64_t due;        /* places in all batches */
    int64_t now_ns;
    uint64_t undecided, held_spans, held_bytes;
    uint64_t *out;       /* a bit for each span */
    uint32_t *mark;      /* with recordpolicy: of each span, see tki_clock_mark */
    uint64_t *threshold; /* with usetracestate: likewise, see tki_clock_threshold */
    uint64_t nout;
    struct tki_runs *runs;
    uint32_t nruns, runs_cap, runs_free; /* number of a free chunk and 1 */
    struct tki_ticking {                 /* of the tick under way */
        uint32_t *row;
        struct tki_arrived *trace;
        struct tki_moment *moment;
        uint64_t *bits;
        size_t n, cap, bits_cap;
        const uint32_t *gone; /* traces of the batch that are no more in the table */
        size_t ngone;
    } tick;
    uint64_t *scratch; /* bits of a part */
    struct tki_clock_stats stats;
    int err; /* sticky: TK_ENOMEM */
};

static inline struct tki_life *tki_life_of(const struct tki_clock *c, uint32_t row)
{
    return &c->lives[row];
}

static inline uint64_t *tki_life_bits(const struct tki_clock *c, uint32_t row)
{
    return tki_ledger_at(c->ledger, row, c->bits);
}

struct tki_shard *tki_clock_shard(const struct tki_clock *c, uint32_t row);
/* certain: whatever the order of the traces of a tick is. */
void tki_clock_tell(const struct tki_clock *c, uint32_t row, enum tki_event what, bool certain, uint64_t spans);
/* That the life is decided. */
void tki_clock_tell_decided(const struct tki_clock *c, uint32_t row, bool certain);

/* What waits goes out (drawn: in the drawn order; certain: in every order the same), or is lost. */
void tki_life_release(struct tki_clock *c, uint32_t row, bool drawn, bool certain);
/* The same of spans that do not wait. */
void tki_life_pass(struct tki_clock *c, uint32_t row, const struct tki_part *p, bool drawn, bool certain,
                   struct tki_says says);
/* The part waits. */
void tki_life_wait(struct tki_clock *c, uint32_t row, const struct tki_part *p);
/* The life leaves the table; spans that wait are lost. */
void tki_life_drop(struct tki_clock *c, struct tki_shard *s, uint32_t row);
/* What the decision means for table and caches. */
void tki_life_settle(struct tki_clock *c, struct tki_shard *s, uint32_t row);

/* What the collector writes into spans that the decision on this life lets through: into those that it was made on,
 * later ones, and those that a cache lets through. */
enum tki_when_out { TKI_DECIDED, TKI_LATE, TKI_CACHED };
struct tki_says tki_life_says(const struct tki_clock *c, const struct tki_life *l, enum tki_when_out when);
void tki_life_say(struct tki_clock *c, uint64_t index, struct tki_says says);

/* The next tick. */
void tki_clock_tick(struct tki_clock *c);
/* span-ingest: decides by the spans of the part alone, or lets them wait with those that do. */
void tki_clock_ingest(struct tki_clock *c, struct tki_shard *s, uint32_t row, const struct tki_part *p);

#endif
