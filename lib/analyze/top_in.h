/* top_in.h - what decoding threads hand to a top (top_look.c), it keeps (top.c), and makes of it (top_finish.c). */
#ifndef TKI_ANALYZE_TOP_IN_H
#define TKI_ANALYZE_TOP_IN_H

#include "analyze/top.h"
#include "base/buf.h"
#include "base/map.h"

/* What times are computed from. */
struct tki_top_span {
    uint64_t span_id, parent_id, start_ns, end_ns;
    uint32_t group, service; /* numbers of the look, then of the top */
    uint8_t kind, status;
    bool follows; /* its parent is a FOLLOWS_FROM reference */
};

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

/* Spans are held in pieces of the size of a large page.  A place is the number of a piece and, in the lower half, of a
 * span in it. */
enum {
    TKI_TOP_PIECE_BYTES = 2 << 20,
    TKI_TOP_PIECE_SPANS = TKI_TOP_PIECE_BYTES / sizeof(struct tki_top_span),
    TKI_TOP_PLACE_BITS = 16,
    TKI_TOP_THREADS_MAX = 64
};
_Static_assert(TKI_TOP_PIECE_SPANS <= 1 << TKI_TOP_PLACE_BITS, "a place has room for a span");

struct tki_top {
    struct tki_top_opts opts;
    struct tki_idmap traces;
    struct tki_symtab services; /* of spans; number 0 is "" */
    struct tki_symtab names;    /* of groups: service, a zero byte, name */
    struct tki_top_group *group;
    uint32_t group_cap, ngroups;
    struct tki_buf key;
    struct tki_top_span **piece; /* what is held */
    uint32_t npieces, piece_cap;
    uint32_t next;   /* place */
    uint32_t *trace; /* of the spans in pieces, in their order: the number of the trace */
    size_t nheld, trace_cap;
    struct tki_sorter *sorter; /* NULL: all are in memory */
    uint64_t seq;
    struct tki_top_sums sums;
    tki_top_each *each; /* of tki_top_drain, instead of quantiles */
    void *each_ctx;
    struct tki_values *merged; /* durations that were drained elsewhere */
};

static inline struct tki_top_span *tki_top_span_at(const struct tki_top *t, uint32_t place)
{
    return &t->piece[place >> TKI_TOP_PLACE_BITS][place & ((1 << TKI_TOP_PLACE_BITS) - 1)];
}

/* The place of the span that follows. */
static inline uint32_t tki_top_next_place(uint32_t place)
{
    bool last = (place & ((1 << TKI_TOP_PLACE_BITS) - 1)) == TKI_TOP_PIECE_SPANS - 1;
    return last ? ((place >> TKI_TOP_PLACE_BITS) + 1) << TKI_TOP_PLACE_BITS : place + 1;
}

/* Lengths are added up to the largest there is. */
static inline void tki_top_add_ns(int64_t *sum, int64_t ns)
{
    if (__builtin_add_overflow(*sum, ns, sum))
        *sum = INT64_MAX;
}

void tki_top_join_group(struct tki_top_group *g, const struct tki_top_group *x);
void tki_top_join_sums(struct tki_top_sums *s, const struct tki_top_sums *x);

#endif
