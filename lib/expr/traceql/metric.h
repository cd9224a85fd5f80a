/* metric.h - metrics of spans: observed one after the other, finished into series of points.
 *
 * A span counts as much as the sampling threshold in its own trace state says, else as much as the tags at the root of
 * its trace (model/weight.h): those of whole traces are at hand, those of others stand in a ledger.  Intervals end with
 * multiples of the step since 1970, which belong to them and name them, as in Tempo since 2.9; without a step
 * everything is one interval, from the first to the last start of a span.
 */
#ifndef TKI_TRACEQL_METRIC_H
#define TKI_TRACEQL_METRIC_H

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
