/* facts.h - everything that is known of one whole trace, computed when it is wanted: the one place to get it.
 *
 * Definitions, each the only one:
 *   - duration: from the first start to the last end of the spans that have both (model/span.h);
 *   - errors: spans whose status is error;
 *   - root: the first span without a parent id, in the order of the tree (start, end, id, row); none when the root is
 *     missing;
 *   - weight: how many traces this one stands for (model/weight.h);
 *   - services: distinct service names; all spans without one count as one service, as in --stats;
 *   - self time, dark time, critical path: analyze/times.h and analyze/cpath.h, after repair;
 *   - nested sets: every way into a span and every way out of it, numbered from 1 in the order of the tree.
 *
 * An all-zero tki_facts is valid; its memory is used again for the next trace.  Not shared between threads.
 */
#ifndef TKI_ANALYZE_FACTS_H
#define TKI_ANALYZE_FACTS_H

#include "analyze/cpath.h"
#include "model/span.h"
#include "model/weight.h"

enum tki_fact {
    TKI_FACT_SUMS = 1 << 0, /* extent, duration, errors */
    TKI_FACT_SERVICES = 1 << 1,
    TKI_FACT_WEIGHT = 1 << 2,
    TKI_FACT_TREE = 1 << 3,  /* tree, root */
    TKI_FACT_SETS = 1 << 4,  /* left, right */
    TKI_FACT_TIMES = 1 << 5, /* times: self time */
    TKI_FACT_DARK = 1 << 6,  /* times, and what tells spans that are opaque by nature */
    TKI_FACT_CPATH = 1 << 7, /* cpath */
};

struct tki_facts {
    const struct tk_batch *b; /* the trace; borrowed */
    unsigned have;            /* enum tki_fact: what has been computed */
    /* SUMS */
    struct tki_extent extent;
    int64_t duration_ns;
    enum tki_duration duration;
    uint32_t errors;
    /* SERVICES */
    uint32_t services;
    /* WEIGHT */
    tki_rate rate;
    double weight; /* NaN: nothing says it */
    /* TREE */
    struct tk_tree tree;
    uint32_t root; /* or TK_NONE */
    /* SETS: by row */
    uint32_t *left, *right;
    /* TIMES */
    struct tki_times times;
    /* CPATH */
    struct tki_cpath cpath;
    bool has_cpath; /* false: the trace has no span with a usable window */

    uint32_t *scratch; /* private, as what follows */
    void *memory;
    uint32_t cap;
};

/* Starts with another trace: nothing is known. */
void tki_facts_begin(struct tki_facts *f, const struct tk_batch *trace);
/* Computes what is missing of it.  0, TK_ENOMEM, TK_ELIMIT. */
int tki_facts_want(struct tki_facts *f, unsigned facts);
void tki_facts_free(struct tki_facts *f);

/* What must be decoded for facts (enum tk_need), and which span attributes they look at beside those of
 * TK_NEED_WEIGHT. */
unsigned tki_facts_needs(unsigned facts);
const tk_str *tki_fact_keys(enum tki_fact fact, size_t *n);

#endif
