/* summary.h - one screen about a dump: counts over spans, and what the ledger says of traces.
 *
 * Each batch is looked at on the thread that decoded it (tki_summary_look, pure) and taken in, in order
 * (tki_summary_take); finish once, with the ledger that the same spans were folded into.  Spans need not be grouped.
 */
#ifndef TKI_MODEL_SUMMARY_H
#define TKI_MODEL_SUMMARY_H

#include "model/ledger.h"

enum { TKI_KINDS = 6, TKI_QUANTILES = 5, TKI_RATES_MAX = 64 };
extern const double tki_quantiles[TKI_QUANTILES]; /* 0.5 0.9 0.95 0.99 1 */

struct tki_service_count {
    uint64_t spans, errors;
};

/* Sums over spans. */
struct tki_span_counts {
    uint64_t spans, errors, events, links, with_parent;
    uint64_t negative;             /* end before they start */
    uint64_t other_unit;           /* lie in 1970, as times in another unit than nanoseconds do (unit.h) */
    uint64_t endless;              /* start above 0, and have no end */
    uint64_t kinds[TKI_KINDS + 1]; /* the last: unknown ones */
    uint64_t status[3];
    uint64_t ticks; /* greatest power of ten, up to 10^9, that divides every time: ns of resolution */
};

/* What one batch adds.  All zero is valid; the memory is used again from batch to batch. */
struct tki_summary_part {
    struct tki_span_counts counts;
    struct tki_symtab services;      /* names met in any batch of this part */
    struct tki_service_count *count; /* by number of the name, of this batch */
    uint32_t *known;                 /* by number of the name: its number in the summary plus 1, or 0 */
    uint32_t *met;                   /* numbers of the names of this batch */
    uint32_t nmet, cap;
    uint32_t *of_resource; /* number of the name of each resource of the batch plus 1; 0: no span yet */
    uint32_t resource_cap;
};

struct tki_summary {
    struct tki_span_counts counts;
    struct tki_symtab services;
    struct tki_service_count *service_counts; /* by number of the service */
    uint32_t services_cap;

    /* after tki_summary_finish */
    uint64_t traces, no_root, many_roots, with_errors;
    uint64_t untimed;                  /* spans without a start or without an end */
    uint64_t start_min_ns, end_max_ns; /* of all traces with times; start TKI_NO_TIME: there are none */
    uint64_t duration_ns[TKI_QUANTILES], trace_spans[TKI_QUANTILES]; /* over traces with times; over all */
    uint64_t weighed, unknown; /* traces that say how they were sampled; whose rate cannot be known */
    double represented;        /* sum of the weights of all traces, the same in any order of theirs */
    struct {
        tki_rate rate;
        uint64_t traces, spans;
    } rates[TKI_RATES_MAX]; /* distinct known ones, ascending */
    unsigned nrates;
    bool more_rates; /* than there is room for */
};

/* 0 or TK_ENOMEM.  Needs TK_NEED_WEIGHT. */
int tki_summary_look(struct tki_summary_part *part, const struct tk_batch *b, const struct tki_groups *groups);
int tki_summary_take(struct tki_summary *s, struct tki_summary_part *part);
/* Adds the sums of spans that were taken in elsewhere, and those of a service. */
void tki_summary_add_counts(struct tki_summary *s, const struct tki_span_counts *counts);
int tki_summary_add_service(struct tki_summary *s, tk_str name, const struct tki_service_count *count);
int tki_summary_finish(struct tki_summary *s, const struct tki_ledger *ledger);
void tki_summary_part_free(struct tki_summary_part *part);
void tki_summary_free(struct tki_summary *s);

#endif
