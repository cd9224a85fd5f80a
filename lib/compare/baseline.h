/* baseline.h - what the fast traces of one kind take, unit by unit and path by path, and one trace held against it.
 *
 * Dense arrays by unit and by path, used again for each kind; only what was touched is cleared.
 */
#ifndef TKI_COMPARE_BASELINE_H
#define TKI_COMPARE_BASELINE_H

#include "compare/compare.h"

/* Sums of one trace, or weighted means of several.  What tki_calls_of takes is of means only of traces that wait for
 * these calls: where others hide them, nothing tells whether they run side by side. */
struct tki_place {
    double n;               /* calls */
    double total_ns;        /* of their durations */
    double waited_ns;       /* likewise as incl_ns */
    double incl_ns;         /* on the critical path, with all below */
    double loop_ns;         /* between calls of this operation, in their parent */
    double work_ns;         /* total_ns of its children */
    double wait_ns;         /* incl_ns of its children */
    double longest_ns;      /* of its calls */
    double self_ns;         /* of its calls, waited for or not */
    double longest_work_ns; /* of its children */
    double n2;              /* of means: of the squares of n */
    double failed;          /* calls with an error */
    uint32_t path;
};

struct tki_calls_of { /* calls that are waited for together */
    double work_ns, wait_ns, longest_ns;
};

/* Those of the operation itself, or those that it makes. */
static inline struct tki_calls_of tki_calls_of(const struct tki_place *x, bool own)
{
    return own ? (struct tki_calls_of){x->total_ns, x->waited_ns, x->longest_ns}
               : (struct tki_calls_of){x->work_ns, x->wait_ns, x->longest_work_ns};
}

struct tki_load {            /* a trace, or the mean of several */
    double *unit;            /* ns by unit */
    double *unit2;           /* of means: of the squares; NULL: not kept */
    struct tki_place *place; /* of the paths that are touched: a trace has few of all that there are */
    uint32_t *place_of;      /* by path: its place, if place[].path is the path */
    uint32_t *units, *paths; /* what is touched; paths in descending order */
    uint32_t nunits, npaths;
    bool *unit_touched;
    double total_ns, weight;
    /* Of means: where the units of a service are in units, ascending; from first_of[service] along next_of.  Numbers
     * are one higher, 0 ends them. */
    uint32_t *first_of, *next_of, services;
};

extern const struct tki_place tki_no_place;

/* All zero for a path that is not touched. */
static inline const struct tki_place *tki_load_place(const struct tki_load *l, uint32_t path)
{
    uint32_t i = l->place_of[path];
    return i < l->npaths && l->place[i].path == path ? &l->place[i] : &tki_no_place;
}

int tki_load_init(struct tki_load *l, const struct tki_profile *p);
void tki_load_free(struct tki_load *l);
void tki_load_clear(struct tki_load *l);
/* Loads one trace into an empty load: its main path, or the whole one. */
void tki_load_trace(struct tki_load *l, const struct tki_profile *p, const struct tki_trace_rec *t, bool whole);
/* Adds a load with a weight; after the last one the mean is taken. */
void tki_load_add(struct tki_load *to, const struct tki_load *l, double weight);
void tki_load_mean(struct tki_load *l, const struct tki_profile *p);
/* Gives a path that is touched the sums of another place. */
void tki_load_set(struct tki_load *l, uint32_t path, const struct tki_place *as);

#endif
