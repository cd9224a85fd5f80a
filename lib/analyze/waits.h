/* waits.h - calls that wait for a pool or a lock: the time before a call below an operation in which nothing runs that
 * is instrumented, where it grows with how many spans of that operation are in flight when they begin.
 *
 * Counted is the time before the first call of an operation below a span, from the end of the calls before it, or from
 * the start of that span.  Of several kinds of requests, or of one trace that does one thing many times, each place is
 * an operation and what it calls.  Memory: bounded numbers of places and of samples; those past them are counted.
 */
#ifndef TKI_ANALYZE_WAITS_H
#define TKI_ANALYZE_WAITS_H

#include "analyze/facts.h"
#include "analyze/operations.h"

enum { TKI_WAITS_PLACES = 1 << 15, TKI_WAITS_SAMPLES = 1 << 19 };

/* Does a time grow with what is in flight?  It does among all; it does so among the long ones, or among the others; and
 * the long ones began when more was in flight.  Below a limit nobody waits: then it is enough that it grows among the
 * long ones, which all began above it.  What is slow at one time has more in flight, too, but neither its times grow
 * with it nor those of others.  Sets the rank correlation of all.  TK_ENOMEM; 1: it does; 0. */
int tki_grows_with_load(const double *ns, const double *load, const bool *is_long, size_t n, double *rises);

struct tki_wait_sample {
    int64_t ns;
    uint64_t start_ns, end_ns; /* of the span */
    bool is_long;
};

struct tki_wait {
    uint32_t parent, call; /* numbers of operations */
    struct tki_wait_sample *sample;
    size_t n, cap;
    uint64_t traces;            /* that wait long, on their critical paths */
    int64_t ns;                 /* in these */
    int64_t most_ns;            /* in the example, the first of those with most */
    tk_id128 trace;             /* the example */
    uint64_t span;              /* the call that waits */
    uint32_t row;               /* of the trace that was added last: likewise */
    uint64_t first_ns, last_ns; /* of such calls */
    uint64_t last;              /* private: the trace that was counted last */
    int64_t now_ns;             /* private: of that trace */
    double in_flight[2];        /* from tki_waits_find on: medians, of the others and of the long ones */
    double rises;               /* likewise: rank correlation */
};

struct tki_waits { /* all zero is valid and empty */
    struct tki_operations ops;
    struct tki_idmap map; /* places */
    struct tki_wait *wait;
    uint32_t cap;
    uint64_t traces, passed_over; /* passed_over: samples and places past a limit */
    size_t samples;
    struct tki_call_rows rows; /* private */
    bool *called;              /* by operation, all false between spans */
    uint32_t called_cap;
};

enum { TKI_WAITS_FACTS = TKI_FACT_TREE | TKI_FACT_TIMES | TKI_FACT_CPATH };
/* Adds a trace, in which a wait of min_ns is long.  TK_ENOMEM. */
int tki_waits_add(struct tki_waits *w, const struct tki_facts *f, int64_t min_ns);
/* Lists the places where calls wait for a pool or a lock, in so many traces at least: the longest first.  The caller
 * frees the list.  NULL: out of memory. */
struct tki_wait **tki_waits_find(struct tki_waits *w, uint64_t least_traces, size_t *n);
void tki_waits_reset(struct tki_waits *w);
void tki_waits_free(struct tki_waits *w);

#endif
