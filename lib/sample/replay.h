/* replay.h - judges whole traces from their spans, in one pass, with a small digest for each trace.
 *
 *   reader (opts.work = tki_eval_work) -> tki_replay_add per batch, in order -> tki_replay_judge
 *   -> second pass: tki_replay_select per batch gives the spans to keep.
 *
 * Memory: about 72 bytes and a bit per leaf policy for each trace, whatever its size.  Traces are judged as
 * if every span had arrived in time and nothing had been evicted; spans count in the order in which they are
 * added.  Where the configuration or the caller asks for time (tki_replay_time), a clock judges them (clock.h).  One
 * thread.
 */
#ifndef TKI_SAMPLE_REPLAY_H
#define TKI_SAMPLE_REPLAY_H

#include "sample/clock.h"

struct tki_replay_stats {
    struct tki_tally in, kept, dropped; /* dropped: by a drop policy; the rest was not sampled */
    uint64_t conflicts;                 /* traces that a policy drops and another one would keep */
    bool weighted;                      /* some weight is not 1 */
    uint64_t nameless;                  /* spans without a trace id: judged as one trace */
    uint64_t marked, unmarked;          /* kept spans whose threshold was written; whose tracestate could not take it */
    const struct tki_policy_tally *policy; /* in file order */
    uint64_t certain, chance; /* traces kept whatever the order of the traces of a tick is, and those of which chance
                               * decides; without chance certain is kept.traces */
    uint64_t least, most;     /* traces kept, in every order */
    uint64_t chance_spans;    /* of traces that are kept for certain, the spans of which chance decides */
    uint64_t chance_matches;  /* kept traces of which chance decides which policies match them */
    uint64_t chance_credits;  /* of them, with recordpolicy: what it names */
    const struct tki_clock_stats *clock; /* NULL: there was none, each trace was judged whole */
};

struct tki_replay;

/* Somebody who looks on while one trace is replayed. */
struct tki_watch {
    tk_id128 id;
    void *ctx;
    /* A span of the trace has been added to it. */
    void (*arrived)(void *ctx, const struct tk_batch *b, uint32_t row, const struct tki_arrived *so_far);
    /* With a clock perhaps several times. */
    void (*judged)(void *ctx, const struct tki_judged *j);
    /* With a clock. */
    void (*happened)(void *ctx, enum tki_event what, bool by_chance, int64_t at_ns, uint64_t spans);
};

/* ledger: where the traces are, before its first row; borrowed.  NULL: the replay has one of its own. */
int tki_replay_open(struct tki_replay **r, const struct tki_sampler *s, struct tki_ledger *ledger, struct tk_err *err);
void tki_replay_close(struct tki_replay *r); /* NULL is fine */
/* How spans arrive; before the first one is added.  Without this call traces arrive complete, all within one tick.
 * asked: a clock judges them in any case; else where a policy has a budget, or something else asks for one. */
int tki_replay_time(struct tki_replay *r, const struct tki_arrival *how, bool asked, struct tk_err *err);
/* The watch is borrowed until the replay is closed. */
void tki_replay_watch(struct tki_replay *r, const struct tki_watch *w);
/* rows: n spans of b, those that the head samplers kept; NULL: all.  e: what tki_eval_work made of b; NULL is
 * TK_ENOMEM. */
int tki_replay_add(struct tki_replay *r, const struct tk_batch *b, const uint32_t *rows, size_t n, struct tki_eval *e,
                   struct tk_err *err);
/* The same where the groups of the batch were folded into the ledger, and tki_eval_group was called with them. */
int tki_replay_fold(struct tki_replay *r, const struct tk_batch *b, const struct tki_groups *groups,
                    const struct tki_eval *e, struct tk_err *err);
/* Judges every trace added.  No more adding afterwards.  0, or what the clock's memory and temporary file fail with. */
int tki_replay_judge(struct tki_replay *r, struct tk_err *err);
/* What the dump's own times say of the processor's waits, as if each span arrived when it ended. */
struct tki_own_times {
    int64_t wait_ns;     /* decision_wait, as it acts: at least a second, and whole ones */
    uint64_t late;       /* traces with a span that comes more than that and a second after their first: too late */
    uint64_t longest_ns; /* from the first span of a trace to its last */
    uint32_t open_max;   /* traces that may wait for their decision at once */
};
/* Plays the arrivals, which must be spans (tki_replay_time), to a clock with other waits.  Nothing is judged by that.
 * kept: of each row, whether a span of it came out. */
int tki_replay_try(struct tki_replay *r, const struct tki_waits *w, struct tki_clock_stats *stats, bool *kept,
                   struct tk_err *err);
/* Plays it again n times, each with another order of the traces of a tick: how many traces were kept, at least and at
 * most.  n is 0 where nothing can be played again. */
struct tki_drawn {
    unsigned n;
    uint64_t least, greatest;
};
int tki_replay_draw(struct tki_replay *r, unsigned n, struct tki_drawn *to, struct tk_err *err);
int tki_replay_own_times(const struct tki_replay *r, struct tki_own_times *to, struct tk_err *err);
enum tki_fate tki_replay_fate(const struct tki_replay *r, uint32_t row);
uint32_t tki_replay_credit(const struct tki_replay *r, uint32_t row); /* tki_clock_credit; 0 without a clock */
uint64_t tki_replay_spans_kept(const struct tki_replay *r, uint32_t row);
/* Returns true if the trace of that row of the ledger is kept. */
bool tki_replay_keeps(const struct tki_replay *r, uint32_t row);
bool tki_replay_keeps_trace(const struct tki_replay *r, tk_id128 id); /* of any trace */
/* Of a trace that is kept: the chance of it, above 0, given what its spans say. */
double tki_replay_chance(const struct tki_replay *r, uint32_t row);
/* The policy that its decision is put down to, or TK_NONE. */
uint32_t tki_replay_by(const struct tki_replay *r, uint32_t row);
/* The rows of spans that are kept, out of n rows of b, in place; returns their number.  Batches come whole, and in
 * the order in which they were added, since with a clock spans are told apart by their numbers; tki_replay_restart
 * begins again.  With mark, spans of traces that only chance kept get their ot=th, with usetracestate those that the
 * collector writes it into, and lose their raw view.  b->err is set when memory runs out. */
size_t tki_replay_select(struct tki_replay *r, struct tk_batch *b, uint32_t *rows, size_t n, bool mark);
void tki_replay_restart(struct tki_replay *r);
const struct tki_ledger *tki_replay_ledger(const struct tki_replay *r);
const struct tki_sampler *tki_replay_sampler(const struct tki_replay *r);
const struct tki_replay_stats *tki_replay_stats(const struct tki_replay *r);

#endif
