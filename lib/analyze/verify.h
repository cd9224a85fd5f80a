/* verify.h - what is wrong with a dump of traces: a check each kind of fault, over whole traces.
 *
 * Spans without a trace id belong to no trace and are only counted.
 */
#ifndef TKI_ANALYZE_VERIFY_H
#define TKI_ANALYZE_VERIFY_H

#include "analyze/clocks.h"
#include "analyze/times.h"

enum tki_check {
    TKI_CHECK_IDS,        /* spans without a trace id or span id */
    TKI_CHECK_DUPLICATES, /* spans whose id another span of the trace has, but for client and server that share one */
    TKI_CHECK_TIMES,   /* spans without a start or end, that end before they start, or whose times are of another unit
                        * (model/unit.h) */
    TKI_CHECK_CYCLES,  /* parents that run in a circle */
    TKI_CHECK_ORPHANS, /* spans whose parent is not there */
    TKI_CHECK_ROOT,    /* traces in which every span names a parent */
    TKI_CHECK_ROOTS,   /* spans without a parent beside another one in their trace */
    TKI_CHECK_PROPAGATION, /* servers and consumers without a parent, of an operation that other services call elsewhere
                            */
    TKI_CHECK_ENTRY,       /* traces that begin in a service which other services call elsewhere */
    TKI_CHECK_OUTSIDE,     /* spans that leave the window of a parent that waits for them, by more than 1 us */
    TKI_CHECK_CLOCKS, /* calls that leave their caller, and messages that are received before they are sent, of hosts
                       * whose clocks differ */
    TKI_CHECKS,
};
/* The word of each check, as in --verify=ids; NULL last. */
extern const char *const tki_check_words[TKI_CHECKS + 1];

enum { TKI_EXAMPLES = 3, TKI_VERIFY_NAMES = 1 << 16 };

struct tki_finding {
    uint64_t spans, traces;         /* TKI_CHECK_ROOT: both the traces */
    tk_id128 example[TKI_EXAMPLES]; /* the first traces */
    uint32_t nexamples;
    uint64_t trace;          /* private: the number of the last trace it was found in */
    struct tki_symtab names; /* of services, or of what is said of the check */
    uint64_t *count;         /* spans, by name */
    uint32_t cap;
};

struct tki_entry {
    uint64_t called, begun; /* spans */
    tk_id128 example[TKI_EXAMPLES];
    uint32_t nexamples;
    uint32_t service_n; /* bytes of the name that are the service's */
};

/* What is called by other services, and what has no parent: by operation, and by service. */
struct tki_entries {
    struct tki_symtab names;
    struct tki_entry *entry;
    uint32_t cap;
};

struct tki_verify_half {
    uint64_t lo;
    uint32_t service; /* of cut_names */
};

struct tki_verify {
    uint64_t traces, spans;
    uint64_t copies; /* of the duplicates: with kind and service in common */
    struct tki_finding found[TKI_CHECKS];
    uint64_t other_units[3]; /* of the times: spans in 1970 whose times are seconds, milliseconds, microseconds there */
    /* Of the orphans: those in traces whose id is the lower half of another's.  From tki_verify_finish on. */
    struct tki_finding halves;
    struct tki_verify_half *cut; /* private: orphans of traces whose id has an upper half of 0 */
    uint64_t *whole;             /* private: the lower halves of all other traces' ids */
    size_t ncut, nwhole, cut_cap, whole_cap;
    struct tki_symtab cut_names;
    struct tki_entries operations, services;
    struct tki_clocks clocks;
    struct tk_tree tree;
    struct tki_times times;
    uint64_t *ids;
    uint32_t *rows;
    uint8_t *state;
    size_t cap;
    uint64_t unit_ns; /* private: of the trace that is looked at */
};

/* All zero is valid and empty. */
int tki_verify_trace(struct tki_verify *v, const struct tk_batch *trace); /* 0, TK_ENOMEM, TK_ELIMIT */
int tki_verify_finish(struct tki_verify *v);                              /* once, after the last */
void tki_verify_free(struct tki_verify *v);

#endif
