/* judge.h - how well a dump's programs are instrumented: what each of them does wrong by the rules of rules.h, which
 * caller loses the context, and a score for each service.
 *
 *     tki_jury_new -> tki_jury_trace for each whole trace -> tki_jury_finish -> findings, scores
 *
 * Traces need all their fields.  Memory is bounded by the limits below; what is beyond one is counted in passed_over.
 * Findings come by level, violations first, then in the order of the rules, of one rule those with the most hits first;
 * they do not depend on threads.
 * Spans without a trace id are left to others.  One thread at a time.
 */
#ifndef TKI_JUDGE_JUDGE_H
#define TKI_JUDGE_JUDGE_H

#include "judge/rules.h"

enum {
    TKI_JUDGE_SERVICES = 1 << 12,
    TKI_JUDGE_NAMES = 1 << 16, /* of spans, and likewise of attributes and addresses */
    TKI_JUDGE_CALLS = 1 << 18, /* calls, entries and open requests that are kept to be fitted to each other, each */
    TKI_JUDGE_IDS = 1 << 20,
};

struct tki_judgement {
    enum tki_rule_id rule;
    tk_str service, place; /* place: an operation, a key, an address, a caller; "": the service */
    tk_str message, next;
    const char *certainty; /* "shown", "likely" */
    uint64_t hit, of;
    tk_id128 trace; /* an example; all zero: none */
    uint64_t span;
    uint64_t first_ns, last_ns; /* starts of the first and the last span that failed; 0: not known */
};

struct tki_score {
    tk_str service;
    double points;   /* 0 to 100, of the rules that could be judged */
    unsigned judged; /* rules */
    uint64_t failed; /* bits of enum tki_rule_id */
};

/* Rules of the Instrumentation Score that look at traces and resources. */
enum { TKI_SCORE_RULES = 11 };

struct tki_jury;
/* waste: the rules of what wastes time are wanted, for which each trace's critical path is found.  NULL: out of memory.
 */
struct tki_jury *tki_jury_new(bool waste);
void tki_jury_free(struct tki_jury *j); /* NULL is fine */
int tki_jury_trace(struct tki_jury *j, const struct tk_batch *trace,
                   const struct tk_tree *tree); /* 0, TK_ENOMEM, TK_ELIMIT */
/* Once, after the last trace.  native: the dump was OTLP, whose resources and spans are as the programs made them; of a
 * translation RES-001 and RES-004 are not judged.  0 or TK_ENOMEM. */
int tki_jury_finish(struct tki_jury *j, bool native);
const struct tki_judgement *tki_jury_findings(const struct tki_jury *j, size_t *n);
const struct tki_score *tki_jury_scores(const struct tki_jury *j, size_t *n); /* the lowest first */
uint64_t tki_jury_passed_over(const struct tki_jury *j);                      /* spans, names and ids beyond a limit */
/* Returns true if a call of another trace encloses a root entry of that service. */
bool tki_jury_has_caller(const struct tki_jury *j, tk_str service);

#endif
