/* measure.h - how large the traces of a dump are: spans per trace, bytes per span, with confidence intervals.
 *
 * The statistical unit is the trace: spans of one trace are alike, so counting spans as independent would make
 * the intervals far too narrow (the ratio estimator over clusters).  A trace counts with its weight (weight.h).
 *
 * A span's bytes are those of its OTLP protobuf encoding plus its equal share of the resource and scope that the
 * dump sent with it.  Memory: 8 bytes a trace beside the ledger.
 */
#ifndef TKI_COST_MEASURE_H
#define TKI_COST_MEASURE_H

#include "base/buf.h"
#include "model/ledger.h"

/* Sizes of the spans of one batch: made on the thread that decoded it.  All zero is valid. */
struct tki_sizes {
    uint32_t *proto; /* by row */
    size_t cap;
    uint64_t json_bytes; /* of all rows, as OTLP JSON lines */
    uint64_t *group;     /* bytes by group, after tki_sizes_group */
    size_t group_cap;
    struct tki_buf scratch;
    uint32_t *rows; /* all of them: for the encoders */
    int err;
};
/* Measures the spans of these rows; NULL: all rows.  The sizes of other rows are not set.  Returns 0 or TK_ENOMEM, also
 * in s->err. */
int tki_sizes_of(struct tki_sizes *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* Adds the sizes up by trace.  0 or TK_ENOMEM, also in s->err. */
int tki_sizes_group(struct tki_sizes *s, const struct tki_groups *groups);
void tki_sizes_free(struct tki_sizes *s);

/* A meter adds up over the traces of a ledger: a column with the bytes of each. */
struct tki_measure {
    struct tki_ledger *ledger;
    size_t column;
    uint64_t json_bytes;
};
/* Before the ledger's first row.  The ledger is borrowed. */
void tki_measure_init(struct tki_measure *m, struct tki_ledger *ledger);
/* Takes in the sizes of a batch, by group; the groups were folded into the ledger before. */
void tki_measure_add(struct tki_measure *m, const struct tki_sizes *s, const struct tki_groups *groups);

struct tki_estimate {
    double value, half_width; /* of the 95 % interval; NaN with fewer than two traces */
};

struct tki_measured {
    uint64_t traces, spans, bytes, json_bytes;
    double represented; /* traces, each by its weight */
    bool weighted;      /* some weight is not 1 */
    uint64_t unknown;   /* traces whose sampling rate cannot be known */
    double n_eff;       /* (sum w)^2 / sum w^2 */
    struct tki_estimate spans_per_trace, span_bytes;
    uint64_t trace_spans[3], trace_bytes[3]; /* p50, p95, largest; unweighted */
    double seconds;                          /* between the first and the last trace's beginning */
};
/* Over the traces for which counts(ctx, row) is true, or over all when counts is NULL.  json_bytes are those of all.
 * 0 or TK_ENOMEM. */
int tki_measure_result(const struct tki_measure *m, bool (*counts)(const void *ctx, uint32_t row), const void *ctx,
                       struct tki_measured *r);

/* Ratio of sums of w*y and w*x over n clusters, with the half width of its 95 % interval (Student's t, n - 1). */
struct tki_estimate tki_ratio(const double *w, const double *y, const double *x, size_t n);
/* 97.5 % quantile of Student's t. */
double tki_student(size_t degrees);

#endif
