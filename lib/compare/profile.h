/* profile.h - traces, one after another, each boiled down to rows by path and by unit.
 *
 * A unit is a kind of piece (analyze/pieces.h): what the spans of one path spend themselves, or between two of their
 * calls.  The units of a trace add up to its duration, those of its whole path to the time until its last span ended.
 *
 * Memory: the tables of keys, paths and units (limited, see keys.h), the ends of producers (limited), and for each
 * trace a record of fixed size and its packed rows.  Spans are not kept.
 */
#ifndef TKI_COMPARE_PROFILE_H
#define TKI_COMPARE_PROFILE_H

#include "analyze/pieces.h"
#include "compare/keys.h"
#include "compare/processes.h"
#include "compare/rows.h"

__extension__ typedef unsigned __int128 tki_u128; /* sums of nanoseconds, exact */

enum { TKI_UNITS_MAX = 400000, TKI_PRODUCERS_MAX = 500000, TKI_UNIT_KEYS = 1 << 18, TKI_UNIT_PATHS = 1 << 24 };

struct tki_profile_opts {
    bool keep_names;                         /* do not normalise names */
    bool collapse;                           /* a span with the key of its parent stays on the parent's path */
    uint32_t keys_max, paths_max, units_max; /* 0: the limits' defaults */
};

/* The signature of a unit. */
struct tki_unit_sig {
    uint32_t path;       /* of the span; of a queue and of a consumer that is waited for, the consumer's */
    uint32_t prev, next; /* keys, or TK_NONE */
    uint8_t type;        /* enum tki_piece_type */
    uint32_t loop; /* between two calls of one operation, or a failed one and the next try: their path; else TK_NONE */
};

enum { TKI_UNIT_OTHER }; /* number of the unit for what is past the limit */

struct tki_trace_rec {
    tk_id128 id;
    int64_t start_ns;     /* of the root */
    int64_t duration_ns;  /* of the root */
    int64_t whole_ns;     /* of the whole path; as long as the root unless a span outlived it */
    int64_t ambiguous_ns; /* of the critical path */
    uint64_t threshold;   /* the highest of its spans, 0 when none says */
    double stands;        /* for so many traces of its dump (survey.h), itself included */
    uint64_t limit;       /* traces like it are all here whose hash is not above it */
    const uint8_t *rows;  /* npaths paths, their rows, nunits unit rows, nwhole unit rows */
    uint32_t npaths, nunits;
    uint32_t nwhole;                                    /* units of the whole path; 0: it is the main path */
    uint32_t path_rows_at, unit_rows_at, whole_rows_at; /* where each of them begins; of no whole path: the end */
    uint32_t root_key;                                  /* of the span that names the request */
    uint32_t spans, errors;
    uint32_t number; /* of the trace in its input, where somebody sets it */
    uint8_t set;     /* as given to tki_profile_add */
    bool weighted;   /* its weight is known from what its spans say */
    bool unknown;    /* they name a sampler whose rate cannot be known */
    bool broken;     /* several roots, or none */
    bool rootless;   /* none */
    bool stretched;  /* several roots, of which the others end long after the one that names the request */
    bool failed;     /* the root has an error */
};

struct tki_profile {
    struct tki_profile_opts opts;
    struct tki_keys keys;
    struct tki_paths paths;
    struct tki_wordmap unit_map;
    struct tki_unit_sig *unit;
    uint32_t nunits, units_cap;
    uint64_t units_dropped; /* pieces of traces past the limit */
    struct tki_trace_rec *trace;
    size_t ntraces, traces_cap;
    struct tki_arena arena;
    struct tki_repairs repairs[2]; /* by set */
    struct tki_scratch *scratch;
    struct tki_processes processes;
    struct tki_links *links;
    uint64_t linked;            /* traces that a link joins to the message that began them */
    uint64_t producers_dropped; /* past the limit */
};

int tki_profile_init(struct tki_profile *p, const struct tki_profile_opts *opts);
void tki_profile_free(struct tki_profile *p);
/* Adds one whole trace to set 0 or 1.  TK_ENOMEM, TK_ELIMIT. */
int tki_profile_add(struct tki_profile *p, const struct tk_batch *trace, int set);
/* The same with the trace's tree, which its caller has built. */
int tki_profile_add_built(struct tki_profile *p, const struct tk_batch *trace, const struct tk_tree *tree, int set);
/* After the last trace: where a trace begins with a consumer and a link names the producer, in a trace that was added,
 * the time in the queue becomes part of its whole path.  TK_ENOMEM. */
int tki_profile_link(struct tki_profile *p);
/* The trace with the producer of the message that began a trace of the profile, and the producer's span; NULL: no link
 * says so.  Once they are joined. */
const struct tki_trace_rec *tki_profile_origin(const struct tki_profile *p, const struct tki_trace_rec *t,
                                               uint64_t *span);
/* Drops what traces that are not in the profile any more said of the messages that began them. */
void tki_links_forget(struct tki_profile *p);

/* The first row of a trace; of the whole path where there is one, else of the main path. */
static inline struct tki_path_rows tki_path_rows(const struct tki_trace_rec *t)
{
    return (struct tki_path_rows){t->rows, t->rows + t->path_rows_at};
}
static inline struct tki_unit_rows tki_unit_rows(const struct tki_trace_rec *t)
{
    return (struct tki_unit_rows){t->rows + t->unit_rows_at};
}
static inline struct tki_unit_rows tki_whole_rows(const struct tki_trace_rec *t)
{
    return (struct tki_unit_rows){t->rows + (t->nwhole ? t->whole_rows_at : t->unit_rows_at)};
}

/* For profile.c and its parts. */
struct tki_links;
struct tki_links *tki_links_new(void);
void tki_links_free(struct tki_links *l);
/* Remembers producers, and what trace number `trace` (the next) says about the message that began it. */
int tki_links_add(struct tki_profile *p, const struct tk_batch *b, const struct tki_times *t, const uint32_t *key,
                  const uint32_t *path);
void tki_unit_ahead(const struct tki_profile *p, const struct tki_unit_sig *u); /* its number will be asked for soon */
uint32_t tki_unit_number(struct tki_profile *p, const struct tki_unit_sig *u);  /* TKI_MAP_NONE: out of memory */

#endif
