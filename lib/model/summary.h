/* summary.h - one screen about a dump: counts over spans, and a digest of 48 bytes per trace.
 *
 * Add every batch, then finish once.  Spans need not be grouped.  What a trace that survived sampling stands for
 * (its adjusted count) comes from `ot=th:` of its spans: the highest threshold among them, since a trace is only
 * complete where all of its spans were kept.
 */
#ifndef TKI_MODEL_SUMMARY_H
#define TKI_MODEL_SUMMARY_H

#include "base/map.h"

enum { TKI_KINDS = 6, TKI_QUANTILES = 5, TKI_THRESHOLDS_MAX = 64 };
extern const double tki_quantiles[TKI_QUANTILES]; /* 0.5 0.9 0.95 0.99 1 */

struct tki_trace_digest {
    uint64_t start_ns, end_ns; /* of all spans with times; start 0: none yet */
    uint64_t threshold;        /* highest seen; UINT64_MAX: none */
    uint32_t spans, roots, errors;
};

struct tki_service_count {
    uint64_t spans, errors;
};

struct tki_summary {
    uint64_t spans, errors, events, links, negative, untimed, with_parent;
    uint64_t kinds[TKI_KINDS + 1]; /* the last: unknown ones */
    uint64_t status[3];
    uint64_t start_min_ns, end_max_ns;
    uint64_t ticks; /* greatest power of ten, up to 10^9, that divides every time: ns of resolution */
    struct tki_idmap traces;
    struct tki_trace_digest *digests; /* by number of the trace */
    uint32_t digests_cap;
    struct tki_symtab services;
    struct tki_service_count *service_counts; /* by number of the service */
    uint32_t services_cap;
    uint32_t *batch_services; /* service of each resource row of the batch under way */
    uint32_t batch_services_cap;
    struct {
        uint64_t threshold, spans;
    } thresholds[TKI_THRESHOLDS_MAX]; /* distinct ones, ascending */
    unsigned nthresholds;
    bool more_thresholds; /* than there is room for */

    /* after tki_summary_finish */
    uint64_t no_root, many_roots, with_errors, weighed;              /* traces; weighed: with a threshold */
    double represented;                                              /* sum of adjusted counts, 1 for traces without */
    uint64_t duration_ns[TKI_QUANTILES], trace_spans[TKI_QUANTILES]; /* over traces with times; over all */
};

/* 0 or TK_ENOMEM.  Needs TK_NEED_STATE for the thresholds. */
int tki_summary_add(struct tki_summary *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
int tki_summary_finish(struct tki_summary *s);
void tki_summary_free(struct tki_summary *s);

#endif
