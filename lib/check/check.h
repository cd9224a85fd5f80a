/* check.h - assertions on what a sampler keeps, as a file of lines: a gate for continuous integration.
 *
 *     keep {status=error}                      >= 99%
 *     keep {trace:duration>2s} by service      >= 95% ci=lower
 *     total spans_per_sec                      <= 1500 p99
 *     total bytes                              <= 12 GB/day
 *     bias p95(trace:duration) by service      within 10%
 *     complete                                 >= 99.9%
 *     count distinct trace:rootService         == before
 *     vs baseline: keep {status=error}         >= -0.5pp
 *     policy "slow"                            hits > 0
 *     no conflict
 *     mem peak                                 <= 4 GiB
 *     late                                     <= 1%
 *
 * One assertion a line; # begins a comment.  Selectors are TraceQL: a trace counts when the query finds something in
 * it. An assertion holds, fails, or is inconclusive: fewer than min_n traces were there to look at; with `by`, in all
 * groups.  Shares and totals count traces by the weights that they came with; where a weight is not 1 the dump is a
 * sample, and they have an interval of 95 %: of shares Wilson's, with the effective number of traces (sum of weights
 * squared over sum of squared weights).
 *
 *     tki_checks_parse -> tki_checks_add for each trace, tki_checks_trace for whole ones, tki_checks_span for spans
 * that are kept -> tki_checks_finish -> tki_checks_put
 *
 * Results do not depend on the order of calls.  One thread.
 */
#ifndef TKI_CHECK_CHECK_H
#define TKI_CHECK_CHECK_H

#include "expr/traceql/query.h"
#include "report/document.h"
#include "sample/memory.h"

enum { TKI_CHECKS_MAX = 1000, TKI_CHECK_GROUPS_MAX = 10000, TKI_CHECK_EXAMPLES = 5 };

enum tki_check_metric {
    TKI_CHECK_KEEP,
    TKI_CHECK_TOTAL,
    TKI_CHECK_BIAS,
    TKI_CHECK_COMPLETE,
    TKI_CHECK_DISTINCT,
    TKI_CHECK_POLICY,
    TKI_CHECK_CONFLICT,
    TKI_CHECK_MEMORY,
    TKI_CHECK_LATE,
};

enum tki_check_of { TKI_OF_TRACES, TKI_OF_SPANS, TKI_OF_BYTES, TKI_OF_DURATION, TKI_OF_ERRORS, TKI_OF_POLICY };
enum tki_check_cmp { TKI_CMP_GE, TKI_CMP_GT, TKI_CMP_LE, TKI_CMP_LT, TKI_CMP_EQ, TKI_CMP_NE, TKI_CMP_WITHIN };
enum tki_check_bound { TKI_BOUND_POINT, TKI_BOUND_LOWER, TKI_BOUND_UPPER };
enum tki_check_unit { TKI_CHECK_NUMBER, TKI_CHECK_SHARE, TKI_CHECK_POINTS, TKI_CHECK_BYTES };
enum tki_check_outcome { TKI_CHECK_HOLDS, TKI_CHECK_FAILS, TKI_CHECK_OPEN /* inconclusive */ };

struct tki_check_group { /* of a `by`, or the only one */
    tk_str key;
    uint64_t n;        /* traces that were looked at */
    double w, w2;      /* their weights, and the squares of them */
    double kept, base; /* weights of those that are kept; by the baseline */
    uint64_t nkept;    /* those that are kept */
    struct tki_check_example {
        uint64_t hash;
        tk_id128 id;
    } lost[TKI_CHECK_EXAMPLES], found[TKI_CHECK_EXAMPLES]; /* those with the smallest hashes, lost and kept */
    unsigned nlost, nfound;
    enum tki_check_outcome outcome;
    double value, low, high; /* low, high: NAN without an interval */
};

struct tki_assertion {
    tk_str text; /* as written, without comment */
    unsigned line;
    enum tki_check_metric metric;
    bool vs_baseline;
    tk_str selector;
    struct tki_query *query; /* NULL: none */
    struct tki_query_eval *eval;
    enum tki_check_of of;
    double per_s;     /* a total for so many seconds of the dump; 0: of the whole dump */
    double quantile;  /* of a total per second, or of a duration; 0: the mean */
    bool each_second; /* a total by second */
    tk_str by;        /* "": none */
    tk_str policy;    /* name */
    char column;      /* of a policy: h hits, f first, a alone */
    enum tki_check_cmp cmp;
    double limit;
    enum tki_check_unit unit;
    bool before; /* == before */
    enum tki_check_bound bound;
    uint64_t min_n;

    struct tki_check_group *group;
    size_t ngroups, cap;
    enum tki_check_outcome outcome;
    double value, low, high; /* of the group that is worst */
    size_t worst;
    size_t small;  /* groups that are too small to say anything, beside others that are not */
    char why[240]; /* the reason in words */
};

struct tki_checks {
    const char *file; /* borrowed */
    struct tki_arena arena;
    struct tki_assertion *all;
    size_t n;
    bool whole, spans, bytes;      /* needs whole traces, kept spans, their sizes */
    unsigned baseline;             /* the line of the first that compares with another configuration; 0: none does */
    unsigned clock;                /* the line of the first that needs a clock; 0: none does */
    bool memory;                   /* needs the bytes that a clock counts */
    struct tki_check_state *state; /* what is gathered beside groups */
};

/* What is known of every trace. */
struct tki_check_fact {
    tk_id128 id;
    double weight; /* that it came with */
    double chance; /* of being kept, given its spans; of those that are kept above 0 */
    bool kept, kept_by_base, in_part, error;
    uint64_t duration_ns; /* of its root; 0 with has_root false */
    bool has_root;
    tk_str service; /* of its root */
    uint32_t spans, kept_spans;
};

/* What the sampler counted. */
struct tki_check_policy {
    tk_str name;
    uint64_t hits, first, alone;
};

/* What the replay counted beside. */
struct tki_check_counts {
    uint64_t extent_ns; /* of the dump */
    const struct tki_check_policy *policy;
    size_t npolicies;
    uint64_t conflicts;   /* traces that a policy dropped and another one would keep */
    uint64_t spans, late; /* that arrived; of them behind the decision on their trace */
    struct tki_memory memory;
};

/* Reads the assertions; text is borrowed.  TK_EUSAGE with FILE:LINE as the source; TK_ELIMIT; TK_ENOMEM. */
int tki_checks_parse(struct tki_checks *c, const char *file, tk_str text, struct tk_err *err);
void tki_checks_free(struct tki_checks *c);

/* Of every trace once.  0, TK_ENOMEM, TK_ELIMIT. */
int tki_checks_add(struct tki_checks *c, const struct tki_check_fact *f, struct tk_err *err);
/* Of every trace once, with all its spans and fields, when c->whole. */
int tki_checks_trace(struct tki_checks *c, const struct tki_check_fact *f, const struct tk_batch *whole,
                     struct tk_err *err);
/* Of every span that is kept, when c->spans; bytes: its size in OTLP protobuf, when c->bytes. */
int tki_checks_span(struct tki_checks *c, const struct tki_check_fact *f, uint64_t end_ns, size_t bytes,
                    struct tk_err *err);
/* Decides. */
int tki_checks_finish(struct tki_checks *c, const struct tki_check_counts *counts, struct tk_err *err);
size_t tki_checks_count(const struct tki_checks *c, enum tki_check_outcome outcome);
/* A finding for each assertion, in a document that is open.  strict: what is inconclusive fails. */
void tki_checks_put(const struct tki_checks *c, bool strict, struct tki_doc *d);

#endif
