/* top_in.h - what decoding threads hand to a top (top_look.c), it keeps (top.c), and makes of it (top_finish.c). */
#ifndef TKI_ANALYZE_TOP_IN_H
#define TKI_ANALYZE_TOP_IN_H

#include "analyze/top.h"
#include "analyze/top_held.h"
#include "base/buf.h"
#include "base/map.h"

/* A group that a look has met. */
struct tki_top_group_met {
    tk_str name;
    uint32_t service; /* the place of its service */
    uint32_t number;  /* in the top, once it was folded */
};

/* Numbers of groups and services are the look's own: it keeps those that it has met from batch to batch, so that most
 * spans are counted without a look at what other threads share. */
struct tki_top_look {
    struct tki_top_span *span;
    tk_id128 *trace; /* by place in span */
    uint32_t nspans, span_cap;
    struct tki_symtab services;
    uint32_t *service; /* by place in services: its number in the top */
    struct tki_top_group_met *group;
    uint32_t service_cap, ngroups, group_cap;
    uint32_t groups_known, services_known; /* how many of them have numbers of the top */
    struct tki_top_place *place;           /* a table of groups */
    uint32_t nplaces;
    struct tki_arena texts;
    struct tki_buf scratch;
    uint64_t sampled;
};

enum { TKI_TOP_THREADS_MAX = 64 };

struct tki_top {
    struct tki_top_opts opts;
    struct tki_idmap traces;
    struct tki_symtab services; /* of spans; number 0 is "" */
    struct tki_symtab names;    /* of groups: service, a zero byte, name */
    struct tki_top_group *group;
    uint32_t group_cap, ngroups;
    struct tki_buf key;
    struct tki_holder held;
    uint32_t *trace; /* of the spans that are held: the number of the trace */
    size_t trace_cap;
    struct tki_sorter *sorter; /* NULL: all are in memory */
    uint64_t seq;
    struct tki_top_sums sums;
    tki_top_each *each; /* of tki_top_drain, instead of quantiles */
    void *each_ctx;
    struct tki_values *merged; /* durations that were drained elsewhere */
};

/* Lengths are added up to the largest there is. */
static inline void tki_top_add_ns(int64_t *sum, int64_t ns)
{
    if (__builtin_add_overflow(*sum, ns, sum))
        *sum = INT64_MAX;
}

void tki_top_join_group(struct tki_top_group *g, const struct tki_top_group *x);
void tki_top_join_sums(struct tki_top_sums *s, const struct tki_top_sums *x);

#endif
