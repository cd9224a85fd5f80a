/* metric.h - metrics of spans: observed one after the other, finished into series of points.
 *
 * A span counts as much as the sampling threshold in its own trace state says, else as much as the tags at the root of
 * its trace (model/weight.h): those of whole traces are at hand, those of others stand in a ledger.  Intervals end with
 * multiples of the step since 1970, which belong to them and name them, as in Tempo since 2.9; without a step
 * everything is one interval, from the first to the last start of a span.
 */
#ifndef TKI_TRACEQL_METRIC_H
#define TKI_TRACEQL_METRIC_H

#include "base/exact.h"
#include "expr/traceql/query.h"
#include "model/ledger.h"

enum { TKI_INTERVALS_MAX = 11000 };

struct tki_qmetrics;
struct tki_qmetrics_opts {
    int64_t step_ns;                /* 0: one interval */
    size_t memory_max;              /* bytes of values that are held for quantiles before a temporary file; 0: 64 MiB */
    const char *tmpdir;             /* NULL: $TMPDIR, else /tmp */
    const struct tki_ledger *rates; /* of all traces, for spans that come alone; borrowed; NULL: none */
};
/* A query of shape TKI_QUERY_SERIES. */
int tki_qmetrics_new(struct tki_qmetrics **m, const struct tki_query *q, const struct tki_qmetrics_opts *opts);
void tki_qmetrics_free(struct tki_qmetrics *m);
/* Starts of spans that were read, whether they are selected or not. */
void tki_qmetrics_range(struct tki_qmetrics *m, uint64_t first_ns, uint64_t last_ns);
/* What went wrong when a function returned TK_EIO: the temporary file. */
const struct tk_err *tki_qmetrics_err(const struct tki_qmetrics *m);
/* Rows that tki_query_rows left.  TK_ENOMEM, TK_ELIMIT (a regular expression), TK_EIO. */
int tki_qmetrics_spans(struct tki_qmetrics *m, struct tki_query_eval *e, const struct tk_batch *b, const uint32_t *rows,
                       size_t nrows);
/* A whole trace. */
int tki_qmetrics_trace(struct tki_qmetrics *m, struct tki_query_eval *e, const struct tk_batch *b);

/* ---- what was observed, so that several can be put together: run/metrics_state.h --------------------------------- */

/* Of all spans. */
struct tki_qobserved {
    uint64_t first_ns, last_ns; /* the first after the last: none was read */
    uint64_t spans, sampled, untimed;
    struct tki_exact stand_for; /* borrowed */
};
/* Of a function of the query, a series, an interval and a bucket. */
struct tki_qcell_of {
    uint32_t leaf;                  /* of the functions in their order, from 0 */
    const struct tki_value *labels; /* of the series */
    uint32_t nlabels;
    int64_t interval, bucket;
    struct tki_exact n, sum; /* borrowed */
    double min, max;
};
/* Returns false for a query whose observations cannot be put together: compare(). */
bool tki_qmetrics_join(const struct tki_qmetrics *m);
void tki_qmetrics_observed(const struct tki_qmetrics *m, struct tki_qobserved *to);
int tki_qmetrics_put_observed(struct tki_qmetrics *m, const struct tki_qobserved *more); /* TK_ENOMEM */
uint32_t tki_qmetrics_leaves(const struct tki_qmetrics *m);
uint32_t tki_qmetrics_cells(const struct tki_qmetrics *m, uint32_t leaf);
void tki_qmetrics_cell(const struct tki_qmetrics *m, uint32_t leaf, uint32_t cell, struct tki_qcell_of *to);
/* Adds to a cell, of which *cell gets the number.  TK_EUSAGE: the query has no such function, or other labels. */
int tki_qmetrics_put_cell(struct tki_qmetrics *m, const struct tki_qcell_of *more, uint32_t *cell);
/* The values that a function holds, by cell; NULL: it holds none. */
struct tki_values *tki_qmetrics_values(struct tki_qmetrics *m, uint32_t leaf);

/* ---- the table -----------------------------------------------------------------------------------------------------
 */

/* Makes the table.  TK_ELIMIT: more than TKI_INTERVALS_MAX intervals.  TK_ENOMEM, TK_EIO. */
int tki_qmetrics_finish(struct tki_qmetrics *m);
size_t tki_qmetrics_columns(const struct tki_qmetrics *m);
const char *tki_qmetrics_name(const struct tki_qmetrics *m, size_t column);
size_t tki_qmetrics_rows(const struct tki_qmetrics *m);
const struct tki_value *tki_qmetrics_row(const struct tki_qmetrics *m, size_t row);
bool tki_qmetrics_buckets(const struct tki_qmetrics *m); /* a column holds the upper ends of buckets */
/* Spans counted, of these with a threshold, and what all stand for; spans without a start, which are in no
 * interval. */
void tki_qmetrics_weights(const struct tki_qmetrics *m, uint64_t *spans, uint64_t *sampled, double *stand_for,
                          uint64_t *untimed);

#endif
