/* clock.h - a tail sampling processor over time: what it holds, decides, forgets, and lets through late.
 *
 * Every second of its clock is a tick.  A trace enters the batch of its first span's second and is decided N ticks
 * after that batch was closed, N being decision_wait in whole seconds and at least 1; decision_wait_after_root_received
 * moves it to an earlier batch.  A trace that is not in the table when its batch is due was evicted, and is lost; if
 * spans of it come again, they are a new trace.  Spans that come after the decision follow it, by the table or by a
 * decision cache.  With num_shards each shard is a processor of its own with its part of all limits; all tick together.
 *
 * What differs by release: how a full table makes room, whether a batch is a list or a set, what shutdown does, and
 * which keys there are; the constants in clock.c say from when.
 *
 * Chance: from TKI_SETS_SINCE on a tick walks its traces in an order that is chance.  The clock follows one order,
 * drawn by the seed, and keeps of each trace whether a span of it is let through in every order, in some, or in none.
 *
 * One thread.  The traces are rows of a ledger.  Memory: some 170 bytes for each, the batches, and of the spans that
 * wait where they are; a bit for each span.
 */
#ifndef TKI_SAMPLE_CLOCK_H
#define TKI_SAMPLE_CLOCK_H

#include "sample/arrival.h"
#include "sample/judge.h"

enum { TKI_SETS_SINCE = 144 };

struct tki_clock_stats {
    uint64_t parts, spans;    /* that have arrived */
    uint64_t lives;           /* traces that entered the table: more than traces when some came back */
    uint64_t evicted;         /* undecided, to make room */
    uint64_t missing;         /* due and not in the table: what the collector counts as dropped too early */
    uint64_t came_back;       /* lives that are not a trace's first */
    uint64_t late, late_kept; /* spans that came after the decision, and of them those that were let through */
    uint64_t cached;          /* of the late ones: by a decision cache */
    uint64_t too_large;       /* traces above maximum_trace_size_bytes */
    uint64_t pending;         /* spans that were never decided on: a shutdown, or a wait for ever */
    uint64_t decided;         /* lives */
    uint64_t chance_ticks;    /* ticks in which a budget was short, or a cache too small, and chance decided */
    uint64_t by_chance;       /* decisions that a short budget leaves to chance, and of them */
    uint64_t chance_least, chance_most; /* so many keep, in every order */
    uint32_t open_max;                  /* traces in the table at once */
    uint32_t undecided_max;             /* of them waiting for their decision */
    uint32_t room;                      /* places from the oldest that waits to the newest: what the table must have */
    uint64_t spans_max, bytes_max;      /* held at once; bytes where they count */
    int64_t first_ns, last_ns;          /* of arrivals */
    bool blocked;                       /* block_on_overflow waits for ever: nothing arrives any more */
};

enum tki_fate { TKI_LOST, TKI_CHANCE, TKI_KEPT };

enum tki_event {                    /* in the life of a trace */
                 TKI_EVENT_ARRIVED, /* a life begins */
                 TKI_EVENT_AGAIN,   /* likewise, when one before was forgotten */
                 TKI_EVENT_MORE,    /* spans before the decision */
                 TKI_EVENT_DECIDED_KEPT,
                 TKI_EVENT_DECIDED_LOST,
                 TKI_EVENT_DECIDED_DROPPED,
                 TKI_EVENT_LATE_KEPT, /* spans behind it */
                 TKI_EVENT_LATE_LOST,
                 TKI_EVENT_CACHE_KEPT,
                 TKI_EVENT_CACHE_LOST,
                 TKI_EVENT_EVICTED,   /* undecided */
                 TKI_EVENT_FORGOTTEN, /* decided, to make room */
                 TKI_EVENT_TOO_LARGE,
                 TKI_EVENT_PENDING, /* given up undecided */
};

/* Somebody who looks on while one trace lives.  by_chance: in another order of the traces of a tick it may not happen,
 * or another thing does. */
struct tki_clock_watch {
    tk_id128 id;
    void *ctx;
    void (*happened)(void *ctx, enum tki_event what, bool by_chance, int64_t at_ns, uint64_t spans);
    void (*judged)(void *ctx, const struct tki_judged *j);
};

struct tki_clock;
/* l: with all its rows; bits: the column with the evidence, which is the clock's to write.  All are borrowed. */
int tki_clock_open(struct tki_clock **c, const struct tki_sampler *s, struct tki_ledger *l, size_t bits,
                   struct tki_judge *judge, const struct tki_arrival *how, struct tk_err *err);
void tki_clock_close(struct tki_clock *c); /* NULL is fine */
/* n spans will be told apart by their index. */
int tki_clock_spans(struct tki_clock *c, uint64_t n, struct tk_err *err);
void tki_clock_watch(struct tki_clock *c, const struct tki_clock_watch *w);
/* A part arrives, not before the one before it; of a whole trace the evidence is in the ledger.  0 or TK_ENOMEM. */
int tki_clock_arrive(void *clock, const struct tki_part *p, struct tk_err *err);
/* Time goes on until everything is decided, or the processor is shut down. */
int tki_clock_finish(struct tki_clock *c, struct tk_err *err);

const struct tki_clock_stats *tki_clock_stats(const struct tki_clock *c);
enum tki_fate tki_clock_fate(const struct tki_clock *c, uint32_t row);
/* In the drawn order: the spans that came out, of a trace; and whether a span did, by its index. */
uint64_t tki_clock_kept(const struct tki_clock *c, uint32_t row);
bool tki_clock_keeps_span(const struct tki_clock *c, uint64_t index);
/* With recordpolicy, of a span that came out: what its scope says of the policy that kept it. */
enum {
    TKI_MARK_POLICY = 0x3fff,  /* these bits: the policy and 1, in file order; 0: none */
    TKI_MARK_SUB_SHIFT = 14,   /* then 14 bits: the policy inside a composite one, counted through all these, and 1 */
    TKI_MARK_CHANCE = 1 << 29, /* in another order of its tick another policy may have kept it */
    TKI_MARK_CACHED = 1 << 30  /* a decision cache has let it through */
};
uint32_t tki_clock_mark(const struct tki_clock *c, uint64_t index);
/* With usetracestate, of a span that came out: the threshold that the collector writes into its tracestate, in units of
 * 2^-56, and 1; it says 0 too, of what no chance decided on.  0: none. */
uint64_t tki_clock_threshold(const struct tki_clock *c, uint64_t index);
/* The same of the last decision on a trace that kept it; 0: none did, or without recordpolicy. */
uint32_t tki_clock_credit(const struct tki_clock *c, uint32_t row);
/* Of a trace that was kept: in another order other policies match it, as far as that can be told. */
bool tki_clock_matched_by_chance(const struct tki_clock *c, uint32_t row);
/* Spans of the trace that some order lets through and another one loses, as far as that can be told. */
uint64_t tki_clock_unsure(const struct tki_clock *c, uint32_t row);
/* The chance that the policies left to it when it was decided; 0: it was lost. */
uint64_t tki_clock_chance(const struct tki_clock *c, uint32_t row);
uint64_t tki_clock_dropped(const struct tki_clock *c, uint32_t row); /* spans, by a drop policy */

#endif
