/* top_in.h - what decoding threads hand to a top (top_look.c), and it keeps (top.c). */
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

#endif
