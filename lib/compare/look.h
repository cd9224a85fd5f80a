/* look.h - a second look at the traces of causes, with all that their spans say: what calls look like, errors,
 * attributes, processes and time.
 *
 * Traces come a second time, whole, in any order, at least those that matter: of each cause its own, and of the
 * same kinds of requests others, at most TKI_LOOK_MAX of each, those whose ids have the smallest hashes.  Of a trace
 * each attribute counts once for each place: the root, the operations from it to the place of the cause, and the
 * resources of their services; of resources elsewhere only what says their release.  Where a link says which message
 * began a trace, the same of the operations from the producer's up to the root of its trace.  Tables are bounded; what
 * did not fit is counted.
 */
#ifndef TKI_COMPARE_LOOK_H
#define TKI_COMPARE_LOOK_H

#include "analyze/patterns.h"
#include "compare/causes.h"

enum {
    TKI_LOOK_MAX = 400,         /* traces of a cause, and others */
    TKI_LOOK_CAUSES = 12,       /* causes that are looked at, those that cost most */
    TKI_LOOK_PAIRS = 4000000,   /* attributes of traces that are held */
    TKI_LOOK_VALUES = 200000,   /* different texts of them */
    TKI_LOOK_VALUE_BYTES = 200, /* of a text that count */
    TKI_LOOK_PLACES = 32,       /* operations on the way to a place */
    TKI_LOOK_RELEASES = 128,    /* resources of a trace elsewhere whose releases are looked at */
};

struct tki_pair_seen { /* an attribute of a trace */
    uint32_t column;   /* number of place and key */
    uint32_t value;    /* number of the text */
    double number;     /* NAN: it is none */
};

struct tki_column_seen {
    uint32_t place; /* a path; TK_NONE: a resource */
    uint32_t of;    /* of a resource: number of its service */
    uint32_t name;  /* number of the attribute's name */
};

struct tki_seen { /* one trace, for one cause */
    size_t member;
    bool in;         /* it is one of the cause's */
    double value_ns; /* at the place */
    int64_t start_ns;
    struct tki_calls calls; /* of the place's operation */
    bool has;               /* the trace has that operation */
    bool failed;            /* the longest of these calls has the status error */
    bool hurt;              /* it has not, and an exception event, an error attribute or a failed call below */
    bool answered;          /* it is a call that a server's span answers */
    uint32_t before;        /* key of the other call of its parent that ended last before it began; TK_NONE: none did */
    uint32_t message;       /* number of the text of what failed deepest, at the place or below; TK_NONE: nothing */
    uint32_t failed_path;   /* its path */
    uint64_t process;       /* hash of its resource; 0: none */
    bool first;             /* it began before the first trace of that process had got past it */
    uint32_t in_flight;     /* traces of its set that had begun and not ended when it began */
    size_t pairs, npairs;   /* of look->pair */
};

struct tki_evidence {      /* of one cause */
    struct tki_seen *seen; /* by member */
    size_t n, cap;
    size_t of[2]; /* how many others, how many of its own are seen */
};

struct tki_origin_seen { /* the attributes of what began a trace, until they are joined with its own */
    uint32_t cause;
    size_t member;
    size_t pairs, npairs;
};

struct tki_look {
    struct tki_evidence *evidence; /* by cause */
    size_t ncauses;
    struct tki_pair_seen *pair;
    size_t npairs, pairs_cap;
    struct tki_column_seen *column;
    uint32_t columns_cap;
    struct tki_idmap column_map;
    struct tki_symtab names, values, services;
    uint64_t left_out; /* attributes that did not fit */
    struct tki_origin_seen *origin;
    size_t norigins, origins_cap;
    struct tki_wanted *wanted;
    size_t nwanted;
    const struct tki_causes *causes;
    const struct tki_comparison *c;
    struct tki_profile *p;
    bool *in_place[TKI_LOOK_CAUSES];
};

/* All TK_ENOMEM.  The causes, the comparison and the profile are borrowed.  Causes that cost less than least_ns are not
 * looked at. */
int tki_look_open(struct tki_look *l, const struct tki_causes *x, const struct tki_comparison *c, struct tki_profile *p,
                  double least_ns);
/* The i-th of the traces that are looked at, some of them more than once; NULL past the last. */
const struct tki_trace_rec *tki_look_wanted(const struct tki_look *l, size_t i);
/* A whole trace of a set; others than those are passed over. */
int tki_look_trace(struct tki_look *l, const struct tk_batch *trace, int set);
/* After the last one. */
int tki_look_finish(struct tki_look *l);
void tki_look_free(struct tki_look *l);

/* For look.c: the number of a text; what a trace says from a span up to its root, and of releases elsewhere; likewise
 * of the trace with the producer's span, for a member that it began; and, once all were seen, these joined.  TK_ENOMEM.
 */
uint32_t tki_look_value(struct tki_look *l, tk_str s);
int tki_look_places(struct tki_look *l, struct tki_seen *seen, const struct tk_batch *b, uint32_t anchor);
int tki_look_origin(struct tki_look *l, uint32_t cause, size_t member, const struct tk_batch *b, uint64_t span);
int tki_look_join_origins(struct tki_look *l);

#endif
