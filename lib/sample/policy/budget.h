/* budget.h - what a policy may let through in a time: a number in each second, or a bucket of tokens.
 *
 * A window holds `most` in each second of the clock, and is full again when the next one begins.  A bucket is that of
 * golang.org/x/time/rate: it starts full, holds `most` tokens, and gets `rate` of them a second; a lack of less than a
 * nanosecond's worth is forgiven; who is refused changes nothing.
 *
 * Where a budget is short within one tick and the collector walks its traces in an order that is chance, the drawn
 * tokens follow one order.  Beside them are kept the least and the most that can be left, whatever the order was:
 * `tki_budget_possible` answers for all orders at once.  It never calls an answer certain that is not; it may call one
 * chance that is certain.
 */
#ifndef TKI_POLICY_BUDGET_H
#define TKI_POLICY_BUDGET_H

#include "sample/policy/policy.h"

struct tki_budget_rule {
    bool bucket;
    double rate; /* of a bucket: tokens per second */
    double most;
};

struct tki_budget { /* a state: all zero is untouched */
    double tokens, least, greatest;
    int64_t at_ns, edges_ns; /* when tokens, and the other two, were these; of a window the second */
    bool begun;
    bool lacking;                   /* in this tick: not all that may be asked for is there */
    bool shared;                    /* by tki_budget_share */
    double asked, certain, largest; /* in this tick: what all may ask for together, what they do in any case, one */
    uint64_t threshold;             /* of sharing: traces of at least that randomness have their part */
};

/* Takes the cost, as the drawn order has it; returns false when it is not there. */
bool tki_budget_take(const struct tki_budget_rule *r, struct tki_budget *b, int64_t now_ns, double cost);
/* What may become of a trace that costs so much, as bits of TKI_SAMPLED and TKI_NOT_SAMPLED. */
unsigned tki_budget_possible(const struct tki_budget_rule *r, struct tki_budget *b, const struct tki_moment *m,
                             double cost, bool sure);
void tki_budget_tick(const struct tki_budget_rule *r, struct tki_budget *b, int64_t now_ns, enum tki_tick when);

/* How many of the n costs are paid, at least and at most, in every order of them and of all else that was asked for in
 * this tick.  Each fits by itself; the first `sure` of them are asked for in any case.  Sorts the costs. */
struct tki_bounds tki_budget_bounds(const struct tki_budget_rule *r, const struct tki_budget *b, int64_t now_ns,
                                    double *cost, size_t sure, size_t n);

struct tki_claim { /* of a trace, for its part of a budget */
    uint64_t random;
    double cost;
};
/* Gives the budget to the claims of the highest randomness, up to the first that does not fit; those that are equal to
 * it get nothing either.  Claims above what the bucket holds do not count.  Sorts the claims. */
void tki_budget_share(const struct tki_budget_rule *r, struct tki_budget *b, int64_t now_ns, struct tki_claim *claims,
                      size_t n);

/* ---- rate_limiting and bytes_limiting ---- */

struct tki_limit { /* at the start of the data of such a policy */
    int64_t per_second, burst_capacity;
    struct tki_budget_rule rule;
    bool by_share; /* usetracestate divides its budget */
    const char *unit;
};
/* A limit in each second up to the release `bucket_since`, from then on a bucket. */
void tki_limit_prepare(struct tki_opening *o, struct tki_policy *p, unsigned bucket_since, const char *unit);
enum tki_decision tki_limit_decide(const struct tki_policy *p, const struct tki_moment *m);
unsigned tki_limit_possible(const struct tki_policy *p, const struct tki_moment *m, bool sure);
void tki_limit_tick(const struct tki_policy *p, const struct tki_moment *m, enum tki_tick when);
struct tki_bounds tki_limit_bounds(const struct tki_policy *p, const struct tki_moment *traces, size_t n);
void tki_limit_share(const struct tki_policy *p, const struct tki_moment *m, const struct tki_moment *traces, size_t n);
uint64_t tki_limit_leaves_out(const struct tki_policy *p, const struct tki_moment *m);
void tki_limit_ask(struct tki_buf *to, const struct tki_policy *p);
void tki_limit_lint(const struct tki_policy *p, struct tki_lint_ask *ask);
double tki_limit_most(const struct tki_policy *p); /* of its unit, for one trace */

#endif
