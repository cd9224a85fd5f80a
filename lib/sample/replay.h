/* replay.h - judges whole traces from their spans, in one pass, with a small digest for each trace.
 *
 *   reader (opts.work = tki_eval_work) -> tki_replay_add per batch, in order -> tki_replay_judge
 *   -> second pass: tki_replay_select per batch gives the spans to keep.
 *
 * Memory: about 72 bytes and a bit per leaf policy for each trace, whatever its size.  Traces are judged as
 * if every span had arrived in time and nothing had been evicted; spans count in the order in which they are
 * added. One thread.
 */
#ifndef TKI_SAMPLE_REPLAY_H
#define TKI_SAMPLE_REPLAY_H

#include "sample/eval.h"

struct tki_tally {
    uint64_t traces, spans;
    double wtraces, wspans; /* each trace counted by its weight */
};

struct tki_policy_tally {
    struct tki_tally decided[TKI_DECISIONS]; /* by decision, where the policy was reached */
    struct tki_tally first; /* traces whose outcome is put down to it: the first that kept, or dropped */
    struct tki_tally alone; /* kept traces that would be lost without it */
};

struct tki_replay_stats {
    struct tki_tally in, kept, dropped; /* dropped: by a drop policy; the rest was not sampled */
    bool weighted;                      /* some weight is not 1 */
    uint64_t nameless;                  /* spans without a trace id: judged as one trace */
    uint64_t marked, unmarked;          /* kept spans whose threshold was written; whose tracestate could not take it */
    struct tki_policy_tally *policy;    /* in file order */
};

struct tki_replay;

/* How a trace was judged. */
struct tki_judged {
    const struct tki_moment *moment;    /* for asking policies again; its states are copies */
    const enum tki_decision *decisions; /* one a policy, in file order; TKI_DECISIONS: not reached */
    uint32_t by;                        /* the policy it is put down to, or TK_NONE */
    bool kept;
    double weight; /* it came with */
    double chance; /* of being kept, given what its spans say */
};

/* Somebody who looks on while one trace is replayed. */
struct tki_watch {
    tk_id128 id;
    void *ctx;
    /* A span of the trace has been added to it. */
    void (*arrived)(void *ctx, const struct tk_batch *b, uint32_t row, const struct tki_arrived *so_far);
    void (*judged)(void *ctx, const struct tki_judged *j);
};

/* ledger: where the traces are, before its first row; borrowed.  NULL: the replay has one of its own. */
int tki_replay_open(struct tki_replay **r, const struct tki_sampler *s, struct tki_ledger *ledger, struct tk_err *err);
void tki_replay_close(struct tki_replay *r); /* NULL is fine */
/* The watch is borrowed until the replay is closed. */
void tki_replay_watch(struct tki_replay *r, const struct tki_watch *w);
/* rows: n spans of b, those that the head samplers kept; NULL: all.  e: what tki_eval_work made of b; NULL is
 * TK_ENOMEM. */
int tki_replay_add(struct tki_replay *r, const struct tk_batch *b, const uint32_t *rows, size_t n, struct tki_eval *e,
                   struct tk_err *err);
/* The same where the groups of the batch were folded into the ledger, and tki_eval_group was called with them. */
int tki_replay_fold(struct tki_replay *r, const struct tk_batch *b, const struct tki_groups *groups,
                    const struct tki_eval *e, struct tk_err *err);
/* Judges every trace added.  No more adding afterwards. */
void tki_replay_judge(struct tki_replay *r);
/* Returns true if the trace of that row of the ledger is kept. */
bool tki_replay_keeps(const struct tki_replay *r, uint32_t row);
bool tki_replay_keeps_trace(const struct tki_replay *r, tk_id128 id); /* of any trace */
/* The rows of spans of kept traces, out of n rows of b, in place; returns their number.  With mark, spans of traces
 * that only chance kept get their ot=th, and lose their raw view.  b->err is set when memory runs out. */
size_t tki_replay_select(struct tki_replay *r, struct tk_batch *b, uint32_t *rows, size_t n, bool mark);
const struct tki_ledger *tki_replay_ledger(const struct tki_replay *r);
const struct tki_sampler *tki_replay_sampler(const struct tki_replay *r);
const struct tki_replay_stats *tki_replay_stats(const struct tki_replay *r);

#endif
