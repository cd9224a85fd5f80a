/* judge.h - asks all policies about one trace at one moment, and counts what they said.
 *
 * Traces may be judged whole and without a clock (replay.c), or at the ticks of one (tick.c); what is counted of the
 * policies is the same.
 */
#ifndef TKI_SAMPLE_JUDGE_H
#define TKI_SAMPLE_JUDGE_H

#include "model/ledger.h"
#include "sample/sampler.h"

struct tki_tally {
    uint64_t traces, spans;
    struct tki_weight_sum wtraces, wspans; /* each trace counted by its weight */
};
void tki_tally_add(struct tki_tally *t, uint64_t spans, double weight);

struct tki_policy_tally {
    struct tki_tally decided[TKI_DECISIONS]; /* by decision, where the policy was reached */
    struct tki_tally first; /* traces whose outcome is put down to it: the first that kept, or dropped */
    struct tki_tally alone; /* kept traces that would be lost without it */
};

/* Returns true if others decided on every trace before the policy was reached. */
bool tki_policy_never_asked(const struct tki_policy_tally *t);

/* How a trace was judged. */
struct tki_judged {
    const struct tki_moment *moment;    /* for asking policies again; its states are copies */
    const enum tki_decision *decisions; /* one a policy, in file order; TKI_DECISIONS: not reached */
    uint32_t by;                        /* the policy it is put down to, or TK_NONE */
    uint32_t credit; /* of a kept trace: the policy that recordpolicy names; from 0.162 on of those that keep the one of
                      * the smallest threshold, before that `by` */
    uint64_t threshold; /* likewise, with usetracestate: see tki_clock_threshold */
    bool kept, dropped;
    double weight;   /* it came with */
    uint64_t chance; /* of being kept, given what its spans say, in units of 2^-56: 0 when it was not kept and nobody
                      * asked */
};

struct tki_judge {
    const struct tki_sampler *s;
    struct tki_policy_tally *policy; /* in file order */
    char *before, *trial;            /* states of the policies: before the trace under way, and for what if */
    uint64_t *scratch;               /* bits, for what if */
    enum tki_decision *decisions, *full;
    uint64_t conflicts; /* traces that a policy dropped and another one would keep */
    /* Where the policy that each decision is put down to is noted, plus 1; ledger NULL: nowhere. */
    struct tki_ledger *ledger;
    size_t by;
};

int tki_judge_open(struct tki_judge *j, const struct tki_sampler *s, struct tk_err *err);
void tki_judge_close(struct tki_judge *j);
/* Decides; the states in m change.  asked: the chance is wanted although the trace may be lost.  What `to` points to is
 * good until the next call. */
void tki_judge_trace(struct tki_judge *j, const struct tki_moment *m, double weight, bool asked, struct tki_judged *to);

#endif
