/* metric_in.h - what the files of metrics share. */
#ifndef TKI_TRACEQL_METRIC_IN_H
#define TKI_TRACEQL_METRIC_IN_H

#include "base/exact.h"
#include "expr/traceql/groups.h"
#include "expr/traceql/metric.h"
#include "model/quantile.h"

struct tki_qcell { /* what was observed of one series in one interval (and bucket) */
    struct tki_exact n, sum;
    double min, max;
};

struct tki_qleaf { /* one function of the query, with what it was fed */
    const struct tki_qnode *pipe, *node;
    struct tki_qgroups series; /* values of by(); of compare: attribute, value */
    struct tki_qgroups keys;   /* series, interval, bucket; of compare: series, side */
    struct tki_qcell *cells;   /* by key */
    struct tki_values *values; /* of quantiles: every value, by key */
    uint32_t cap;
    double sides[2];          /* of compare: spans, weighted */
    bool duration;            /* values are ns */
    struct tki_qgroups names; /* of compare: attributes that were named, by scope and key */
};

struct tki_qpoint {
    uint32_t series;
    int64_t interval;
    double value;
};

struct tki_qframe { /* points of series with labels */
    size_t nlabels;
    const char **names;       /* borrowed */
    struct tki_value *labels; /* nlabels of each series; strings borrowed */
    uint32_t nseries;
    struct tki_qpoint *points; /* by series, then interval */
    size_t npoints, cap;
    bool duration, counts; /* values are ns; are numbers of spans */
    bool ranked;           /* by interval, then rank */
};

struct tki_qmetrics {
    const struct tki_query *q;
    int64_t step_ns;
    struct tki_qleaf *leaves;
    size_t nleaves;
    bool unweighted; /* sampling thresholds do not count */
    const struct tki_ledger *rates;
    bool whole; /* the trace under way is whole, and this is its rate */
    tki_rate rate;
    bool alone; /* one function: what is observed has been filtered */
    uint64_t first_ns, last_ns;
    uint64_t spans, sampled, untimed;
    struct tki_exact stand_for;
    struct tk_err err; /* of the values, with their code in rc */
    struct tki_arena arena;
    const char *const *names;
    size_t ncolumns, nrows, cap;
    struct tki_value *rows;
    int rc;
};

/* Whether a function needs every value, not only sums. */
static inline bool tki_qholds_values(const struct tki_qnode *n)
{
    return n->kind == TKI_N_METRIC && n->what == TKI_M_QUANTILE;
}

/* Intervals end with the multiples of the step: interval 0 is from 1 ns to the step; without a step all is
 * 0. */
static inline int64_t tki_qinterval(const struct tki_qmetrics *m, uint64_t start_ns)
{
    return m->step_ns && start_ns ? (int64_t)((start_ns - 1) / (uint64_t)m->step_ns) : 0;
}

int tki_qleaf_frame(struct tki_qmetrics *m, struct tki_qleaf *l, struct tki_qframe *f);
int tki_qframe_add(struct tki_qframe *f, uint32_t series, int64_t interval, double value);
void tki_qframe_free(struct tki_qframe *f);
void tki_qframe_filter(struct tki_qframe *f, const struct tki_qnode *n);
int tki_qframe_top(struct tki_qframe *f, const struct tki_qnode *n);
/* Each point op the constant, or the constant op each point. */
void tki_qframe_scale(struct tki_qframe *f, enum tki_qop op, const struct tki_value *constant, bool left);
int tki_qframe_math(struct tki_qmetrics *m, enum tki_qop op, struct tki_qframe *a, struct tki_qframe *b,
                    struct tki_qframe *to);

/* The cell of a key: its number, or TK_NONE without memory. */
uint32_t tki_qcell_at(struct tki_qmetrics *m, struct tki_qleaf *l, const struct tki_value *key);
/* Counts a value in a cell: likewise. */
uint32_t tki_qcell_add(struct tki_qmetrics *m, struct tki_qleaf *l, const struct tki_value *key, double value,
                       double weight);
/* compare() */
void tki_qcontrast_observe(struct tki_qmetrics *m, struct tki_qleaf *l, struct tki_query_eval *e, double weight);
int tki_qcontrast_finish(struct tki_qmetrics *m, struct tki_qleaf *l);
/* Adds a row of m->ncolumns cells; NULL: out of memory. */
struct tki_value *tki_qmetrics_add_row(struct tki_qmetrics *m);
tk_str tki_qmetrics_text(struct tki_qmetrics *m, tk_str s); /* a terminated copy */

#endif
