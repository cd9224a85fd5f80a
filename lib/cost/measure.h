/* measure.h - how large the traces of a dump are: spans per trace, bytes per span, with confidence intervals.
 *
 * The statistical unit is the trace: spans of one trace are alike, so counting spans as independent would make
 * the intervals far too narrow (the ratio estimator over clusters).  A trace counts with its
 * adjusted count when its spans carry `ot=th:`.
 *
 * A span's bytes are those of its OTLP protobuf encoding plus its equal share of the resource and scope that the
 * dump sent with it.  Memory: 24 bytes a trace and its id.
 */
#ifndef TKI_COST_MEASURE_H
#define TKI_COST_MEASURE_H

#include "base/buf.h"
#include "base/map.h"

/* Sizes of the spans of one batch: made on the thread that decoded it.  All zero is valid. */
struct tki_sizes {
    uint32_t *proto; /* by row */
    size_t cap;
    uint64_t json_bytes; /* of all rows, as OTLP JSON lines */
    struct tki_buf scratch;
    uint32_t *rows; /* all of them: for the encoders */
    int err;
};
/* Of the rows given (NULL: all); the others' sizes are not set.  Fills s->err too. */
int tki_sizes_of(struct tki_sizes *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_sizes_free(struct tki_sizes *s);

struct tki_trace_size {
    uint64_t bytes, threshold; /* threshold: the highest; UINT64_MAX: none */
    uint32_t spans;
};

struct tki_measure {
    struct tki_idmap ids;
    struct tki_trace_size *traces;
    uint32_t cap;
    uint64_t spans, bytes, json_bytes;
    uint64_t start_min_ns, start_max_ns; /* of roots: when traces began */
};
int tki_measure_add(struct tki_measure *m, const struct tk_batch *b, const struct tki_sizes *s, const uint32_t *rows,
                    size_t nrows);
void tki_measure_free(struct tki_measure *m);

struct tki_estimate {
    double value, half_width; /* of the 95 % interval; NaN with fewer than two traces */
};

struct tki_measured {
    uint64_t traces, spans, bytes, json_bytes;
    double represented; /* traces, each by its weight */
    bool weighted;      /* some weight is not 1 */
    double n_eff;       /* (sum w)^2 / sum w^2 */
    struct tki_estimate spans_per_trace, span_bytes;
    uint64_t trace_spans[3], trace_bytes[3]; /* p50, p95, largest; unweighted */
    double seconds;                          /* between the first and the last trace's beginning */
};
int tki_measure_result(const struct tki_measure *m, struct tki_measured *r);

/* Ratio of sums of w*y and w*x over n clusters, with the half width of its 95 % interval (Student's t, n - 1). */
struct tki_estimate tki_ratio(const double *w, const double *y, const double *x, size_t n);
/* 97.5 % quantile of Student's t. */
double tki_student(size_t degrees);

#endif
