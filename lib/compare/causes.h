/* causes.h - where the time of slow traces went: their excess over the fast ones of their kind, told apart by place.
 *
 * The excess of a slow trace is its duration less the mean duration of the fast traces of its kind; unit by unit
 * (profile.h) it adds up exactly.  Each slow trace is given the place that holds most of its excess, and a second and
 * third one if what is left is large and out of the ordinary.  Places of several traces, of several kinds too, that are
 * the same operations are one cause; what a cause cost is the excess of its traces at its place.
 *
 * Of two sets A is fast; traces of B that are slow for their kind in A are told apart one by one, and the others are
 * explained together by their mean.  Without fast traces all traces are explained together by where their time is.
 *
 * Deterministic; the order of the input does not matter.
 */
#ifndef TKI_COMPARE_CAUSES_H
#define TKI_COMPARE_CAUSES_H

#include "compare/compare.h"

enum tki_site_type {
    TKI_SITE_UNIT,    /* a unit: own time of an operation, a gap, the network, a queue */
    TKI_SITE_CALLS,   /* calls of one operation below another: there are more of them */
    TKI_SITE_SERIAL,  /* calls of one operation that ran side by side and now wait for each other */
    TKI_SITE_SERVICE, /* all operations of a service */
    TKI_SITE_BELOW,   /* an operation and all that it calls */
    TKI_SITE_FAN,     /* calls side by side below an operation: another one each time */
    TKI_SITE_SPREAD,  /* everywhere */
};

struct tki_site {
    uint8_t type;   /* enum tki_site_type */
    bool recursion; /* CALLS: the operation calls itself */
    bool repeated;  /* SERIAL: calls of itself, and not those that it makes */
    bool in_a_row;  /* BELOW, without fast traces: it makes three and more calls, one after the other */
    uint32_t path;  /* of the operation; of SPREAD, and of a service, TK_NONE */
    uint32_t unit;  /* UNIT; else TK_NONE */
    uint32_t key;   /* SERVICE: a key of it */
};

struct tki_affected { /* a trace, or with the mean of a kind all of its traces, and what the cause cost it */
    size_t member;
    double excess_ns; /* unweighted */
};

enum { TKI_CAUSE_SITES = 16 };

struct tki_cause {
    struct tki_site site[TKI_CAUSE_SITES]; /* the one that cost most first */
    uint32_t nsites;
    uint32_t kind;           /* of requests: the one where it cost most */
    uint32_t nkinds;         /* in how many kinds */
    uint64_t hash;           /* of its content */
    uint64_t place;          /* likewise, without how it was found */
    double lost_ns;          /* weighted, of all its traces */
    double hidden_ns;        /* what others took beside it, and is no longer waited for: no part of what was lost */
    bool together;           /* found in the mean of all traces of a side */
    bool part;               /* of two sets: its traces are those of B that hold what it cost, told apart or not */
    uint32_t tried;          /* together: how many places were looked at in its kinds */
    bool late;               /* of whole paths: the root is not slower */
    struct tki_affected *in; /* sorted by member */
    size_t n, cap;
    double ns[2];  /* time at its place, mean a trace: of the fast traces of its kinds, of its own */
    double z;      /* by how many robust standard deviations its traces stand out; INFINITY: others have no such time */
    double p;      /* of two sets: of no difference at the place, by permutation */
    bool outlying; /* they stand out enough for their number */
    bool failing;  /* its traces fail at the place, which others do not: that tells them, how long it takes or not */
    bool rest;     /* what is left of a cause of which another part stands out */
    bool torn;     /* few, and spans of all of them are missing: what they did at the place is not known */
    size_t like_service; /* UNIT: traces in which all else in the service takes longer, too */
};

struct tki_causes {
    struct tki_cause *cause; /* largest loss first */
    size_t n, cap;
    uint64_t slow;    /* traces that were explained */
    double excess_ns; /* weighted, of all of them */
    bool alone;       /* there are no fast traces: excess is all of their time */
    double left_ns;   /* of two sets, and alone: of it, after the roots had ended: what they left behind */
};

/* TK_ENOMEM.  Borrows both. */
int tki_causes_find(struct tki_causes *x, const struct tki_comparison *c, const struct tki_profile *p,
                    const struct tki_compare_opts *o);
void tki_causes_free(struct tki_causes *x);

/* Returns true if a unit's time is part of the site. */
bool tki_site_has(const struct tki_profile *p, const struct tki_site *s, uint32_t unit);
/* Returns true if a path is `top` or lies below it. */
bool tki_path_under(const struct tki_paths *p, uint32_t path, uint32_t top);
bool tki_cause_has(const struct tki_cause *c, size_t member);
/* Sets in_place[unit] for the units of a cause, p->nunits of them. */
void tki_cause_units(const struct tki_profile *p, const struct tki_cause *c, bool *in_place);
/* The time of a trace at the place of a cause. */
double tki_cause_value(const struct tki_cause *c, const struct tki_member *m, const bool *in_place);

#endif
