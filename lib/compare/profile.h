/* profile.h - traces, one after another, each boiled down to rows by path and by gap.
 *
 * Memory: the tables of keys, paths and gaps (limited, see keys.h), and for each trace a record of fixed size
 * and its packed rows.  Spans are not kept.
 */
#ifndef TKI_COMPARE_PROFILE_H
#define TKI_COMPARE_PROFILE_H

#include "analyze/cpath.h"
#include "compare/keys.h"
#include "compare/rows.h"

__extension__ typedef unsigned __int128 tki_u128; /* sums of nanoseconds, exact */

enum { TKI_GAPS_MAX = 200000 };

struct tki_profile_opts {
    bool keep_names;                        /* do not normalise names */
    bool collapse;                          /* a span with the key of its parent stays on the parent's path */
    int64_t gap_min_ns;                     /* gaps of a trace with one signature that add up to less are forgotten */
    uint32_t keys_max, paths_max, gaps_max; /* 0: the limits' defaults */
};

/* Where a gap lies: in spans of this path, between these operations. */
struct tki_gap_sig {
    uint32_t path;
    uint32_t prev, next; /* keys, or TK_NONE */
    uint8_t type;        /* enum tki_gap_type */
};

struct tki_trace_rec {
    tk_id128 id;
    int64_t duration_ns;  /* of the root */
    int64_t ambiguous_ns; /* of the critical path */
    uint64_t threshold;   /* the highest of its spans, 0 when none says */
    const uint8_t *rows;  /* npaths path rows, then ngaps gap rows */
    uint32_t npaths, ngaps;
    uint32_t root_key; /* of the span that names the request */
    uint32_t spans;
    uint8_t set;   /* as given to tki_profile_add */
    bool weighted; /* its weight is known from what its spans say */
    bool unknown;  /* they name a sampler whose rate cannot be known */
    bool broken;   /* several roots, or none */
};

struct tki_profile {
    struct tki_profile_opts opts;
    struct tki_keys keys;
    struct tki_paths paths;
    struct tki_idmap gap_map;
    struct tki_gap_sig *gap;
    uint32_t ngaps, gaps_cap;
    uint64_t gaps_dropped; /* gaps of traces past the limit */
    struct tki_trace_rec *trace;
    size_t ntraces, traces_cap;
    struct tki_arena arena;
    struct tki_repairs repairs[2]; /* by set */
    struct tki_scratch *scratch;
};

int tki_profile_init(struct tki_profile *p, const struct tki_profile_opts *opts);
void tki_profile_free(struct tki_profile *p);
/* Adds one whole trace to set 0 or 1.  TK_ENOMEM, TK_ELIMIT. */
int tki_profile_add(struct tki_profile *p, const struct tk_batch *trace, int set);

#endif
