/* explain.h - what kind of cause a cause is: the pattern that its traces have at its place and others have not.
 *
 * A cause is told when its traces stand out at its place (causes.h), or an attribute or the time sets them apart
 * (clues.h); what is neither is the slow end of one spread, and is added up as that.
 */
#ifndef TKI_COMPARE_EXPLAIN_H
#define TKI_COMPARE_EXPLAIN_H

#include "compare/clues.h"

enum tki_cause_kind {
    TKI_CAUSE_SLOWER,     /* an operation's own time */
    TKI_CAUSE_DARK,       /* a gap between calls in which nothing that is instrumented ran */
    TKI_CAUSE_N_PLUS_ONE, /* many calls one after the other */
    TKI_CAUSE_RETRY,      /* calls again after calls that failed */
    TKI_CAUSE_MORE_CALLS, /* more calls of an operation that is called anyway */
    TKI_CAUSE_NEW_CALLS,  /* calls that fast traces do not make */
    TKI_CAUSE_CACHE_MISS, /* such calls behind one that both make and that answers from a cache */
    TKI_CAUSE_RECURSION,  /* an operation calls itself more often */
    TKI_CAUSE_SERIAL,     /* calls that ran side by side wait for each other */
    TKI_CAUSE_NETWORK,    /* between a call and the server's span that answers it */
    TKI_CAUSE_QUEUE,      /* between a producer and its consumer */
    TKI_CAUSE_CONSUMER,   /* the work of a consumer that is waited for */
    TKI_CAUSE_TIMEOUT,    /* calls that end at one round time */
    TKI_CAUSE_STRAGGLER,  /* one of several calls side by side */
    TKI_CAUSE_POOL,       /* waiting that grows with the traces in flight: for a pool, a lock, a queue inside */
    TKI_CAUSE_COLD_START, /* the first call of a process */
    TKI_CAUSE_ERROR,      /* calls that fail take longer */
    TKI_CAUSE_SILENT,     /* a call that ran into an error and reports none */
    TKI_CAUSE_SERVICE,    /* all of a service */
    TKI_CAUSE_BELOW,      /* an operation and what it calls */
    TKI_CAUSE_EVERYWHERE, /* all of the trace, by an attribute or at a time */
    TKI_CAUSE_KINDS,
};

struct tki_explained {
    uint8_t kind; /* enum tki_cause_kind */
    bool told;    /* else it is part of the spread */
    struct tki_clues clues;
    struct tki_moment when;
    double calls[2], failed[2], run[2], width[2]; /* medians a trace of those that were seen: others, its own */
    double depth[2];                              /* recursion: calls of the operation, mean a trace */
    double longest_ns[2], middle_ns, wait_ns;     /* medians; the others of the calls, of its own traces */
    double value_ns[2];                           /* medians at the place */
    double low_ns, high_ns;                       /* least and most at the place, of its own traces */
    size_t failing[2];                            /* traces whose call failed: the longest one */
    size_t any_failing[2];                        /* traces of which any of these calls failed */
    size_t hurt[2];
    size_t first[2];     /* the first call of a process */
    size_t again;        /* of its own: with retries */
    size_t backs_off;    /* */
    int64_t round_ns;    /* TIMEOUT, and RETRY after one: where calls end; 0: at no round time */
    double in_flight[2]; /* medians */
    double rises;        /* POOL: rank correlation of the time with the traces in flight, in its own traces */
    uint32_t behind;     /* CACHE_MISS: key of the call before; else TK_NONE */
    uint32_t message;    /* the most frequent error; TK_NONE: none */
    uint32_t failed_path;
    size_t messages;     /* of its own traces with that message */
    size_t answered[2];  /* a span of a server answers the call */
    uint32_t lost;       /* a call that no span answers, though in others one of this key does; TK_NONE: none */
    bool uninstrumented; /* a call over the network that no span ever answers */
    size_t example;      /* member: of its own traces the one at the median of the place */
};

int tki_explain(struct tki_explained *x, const struct tki_look *l, size_t cause);

#endif
