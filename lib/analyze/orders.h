/* orders.h - calls that wait for each other and need not: pairs of operations that are called below one operation, and
 * elsewhere in the same dump side by side, or the other way round.
 *
 * A pair is of two of the next calls of a span, in the order of their starts: of the only calls of two operations, as
 * steps of a loop are in both orders and side by side, each behind what it needs; or of two calls of one operation.
 *   beside   they overlap by half of the shorter one and more
 *   order    one ends before the other begins: which of them
 *   serial   one begins next after the other has ended, both on the critical path: it could save the shorter one's
 *            time.  Of one operation not where others below that span are beside: these wait for a limit
 * That they are independent is shown where they are beside, or in both orders.  Calls that are made again after one
 * that failed are no pair.
 *
 * Operations are told apart by service, kind and name.  Memory: bounded numbers of operations and of pairs; those past
 * them are counted.  What is found does not depend on the order of the traces, unless the limits are met.
 */
#ifndef TKI_ANALYZE_ORDERS_H
#define TKI_ANALYZE_ORDERS_H

#include "analyze/facts.h"
#include "analyze/operations.h"

enum { TKI_ORDERS_PAIRS = 1 << 17 };

struct tki_order {
    uint32_t parent, of[2];     /* numbers of operations; of: in order of their numbers */
    uint64_t beside;            /* pairs */
    uint64_t order[2];          /* pairs in which of[0], of[1] came first */
    uint64_t shown_beside;      /* traces */
    uint64_t shown_order[2];    /* likewise */
    uint64_t serial;            /* traces in which enough could be saved */
    int64_t ns;                 /* in these */
    int64_t most_ns;            /* in the example, the first of those with most */
    tk_id128 trace;             /* the example */
    uint64_t span;              /* the span that calls both */
    uint64_t first_ns, last_ns; /* starts of such spans */
    uint64_t last[3];           /* private: the traces that were counted last */
    int64_t now_ns;             /* private: of the trace that is looked at */
    uint32_t row[2];            /* rows of the trace that was added last: the pair of `of` that would save most */
    int64_t row_ns;
};

struct tki_below { /* calls of an operation below the span that is looked at */
    uint32_t calls;
    bool beside; /* two of them */
};

struct tki_orders { /* all zero is valid and empty */
    struct tki_operations ops;
    struct tki_idmap map; /* pairs */
    struct tki_order *order;
    uint32_t cap;
    uint64_t traces, passed_over; /* passed_over: pairs past a limit */
    uint32_t *touched, ntouched, touched_cap;
    struct tki_below *below; /* private, as what follows: by operation, all zero between spans */
    uint32_t below_cap;
    struct tki_call_rows rows;
};

enum { TKI_ORDERS_FACTS = TKI_FACT_TREE | TKI_FACT_TIMES | TKI_FACT_CPATH };
/* Adds a trace, in which a pair counts as serial that could save min_ns.  TK_ENOMEM. */
int tki_orders_add(struct tki_orders *o, const struct tki_facts *f, int64_t min_ns);
/* What could be side by side below one operation. */
struct tki_serial {
    const struct tki_order *most; /* the pair that would save most */
    uint32_t first;               /* of most->of: that mostly comes first */
    uint32_t pairs;
    uint64_t traces; /* of the pair in most traces */
    int64_t ns;      /* of all pairs */
};
/* Lists what could be side by side, as so many traces show at least: the most first.  The caller frees it.  NULL: out
 * of memory. */
struct tki_serial *tki_orders_serial(const struct tki_orders *o, uint64_t least_traces, size_t *n);
void tki_orders_reset(struct tki_orders *o);
void tki_orders_free(struct tki_orders *o);

#endif
