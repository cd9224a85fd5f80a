/* tracekit/cost.h - how large traces are, and what keeping them costs: the answers of tracecost.
 *
 *   meter: spans in any order -> measure, over all traces or over those that a replay keeps
 *   bill: a rate, a size, a price -> gigabytes and dollars a month
 *
 * The statistical unit is the trace: intervals are those of a ratio over clusters (tracecost(1)).  A trace counts with
 * its weight, that is as often as its sampling rate says.  A span's bytes are those of its OTLP protobuf encoding and
 * its equal share of the resource and scope that the input sent with it.  Sizes are in powers of 1000.
 *
 * A meter belongs to one thread at a time; it remembers some 100 bytes of each trace, and no spans.
 */
#ifndef TRACEKIT_COST_H
#define TRACEKIT_COST_H

#include "tracekit/io.h"
#include "tracekit/sample.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- measuring --------------------------------------------------------------------------------------------------- */

struct tk_meter;
TK_API int tk_meter_new(struct tk_meter **m, struct tk_err *err);
TK_API void tk_meter_free(struct tk_meter *m); /* NULL is fine */
/* Takes in all spans of the batch, which holds every field: read with TK_NEED_COPY, what came as OTLP protobuf has the
 * bytes that it came with, as tracecost counts; with TK_NEED_ALL those of an encoding without what is not known here.
 * TK_EUSAGE: fields are missing; TK_ENOMEM. */
TK_API int tk_meter_add(struct tk_meter *m, const struct tk_batch *b, struct tk_err *err);
/* Likewise all that the reader still gives.  After a fault of the input what came before is taken in, and the fault is
 * returned. */
TK_API int tk_meter_read(struct tk_meter *m, struct tk_reader *reader, struct tk_err *err);

enum tk_measure { /* what a meter says of traces; half: half the width of the 95 % interval */
                  TK_MEASURE_TRACES,
                  TK_MEASURE_SPANS,
                  TK_MEASURE_BYTES,      /* as OTLP protobuf */
                  TK_MEASURE_JSON_BYTES, /* as lines of OTLP JSON, of all traces in any case */
                  TK_MEASURE_STAND_FOR,  /* traces, each by its weight */
                  TK_MEASURE_N_EFF,      /* so many traces of equal weight would be as precise */
                  TK_MEASURE_UNKNOWN,    /* traces that name a sampler whose rate cannot be known: they count once */
                  TK_MEASURE_SECONDS,    /* between the first and the last beginning of a trace */
                  TK_MEASURE_SPANS_PER_TRACE, /* weighted */
                  TK_MEASURE_SPANS_PER_TRACE_HALF,
                  TK_MEASURE_SPAN_BYTES, /* weighted */
                  TK_MEASURE_SPAN_BYTES_HALF,
                  TK_MEASURE_TRACE_SPANS_P50, /* of the traces that came, unweighted */
                  TK_MEASURE_TRACE_SPANS_P95,
                  TK_MEASURE_TRACE_SPANS_MAX,
                  TK_MEASURE_TRACE_BYTES_P50,
                  TK_MEASURE_TRACE_BYTES_P95,
                  TK_MEASURE_TRACE_BYTES_MAX,
                  TK_MEASURE_SPANS_PER_TRACE_LOW, /* the interval, which is not even about its value */
                  TK_MEASURE_SPANS_PER_TRACE_HIGH,
                  TK_MEASURE_SPAN_BYTES_LOW,
                  TK_MEASURE_SPAN_BYTES_HIGH,
                  TK_MEASURE_TOP_SHARE, /* of the bytes, in the largest 1 % of traces */
                  TK_MEASURES           /* how many there are in this header */
};
/* Fills values[0..n), one for each enum tk_measure: n is TK_MEASURES of the caller's header.  NaN is what cannot be
 * said, such as an interval of fewer than two traces, or what this library does not know.  kept: over the traces that
 * this replay, judged, keeps; NULL: over all.  A trace of which a part is kept counts
 * whole: what tk_replay_select leaves of it is for a meter of its own.  TK_EUSAGE: it is not judged; TK_ENOMEM. */
TK_API int tk_meter_measure(const struct tk_meter *m, const struct tk_replay *kept, double *values, size_t n,
                            struct tk_err *err);

/* ---- bills ------------------------------------------------------------------------------------------------------- */

/* Names of backends that tk_bill_price knows, as of tracecost --backend help; NULL past the last. */
TK_API const char *tk_price_name(size_t i);

struct tk_bill;
/* A month of 30 days, kept as long as the backend does, as written, the backend "s3". */
TK_API int tk_bill_new(struct tk_bill **b, struct tk_err *err);
TK_API void tk_bill_free(struct tk_bill *b); /* NULL is fine */
/* A backend, with parameters as for tracecost --backend except files: "datadog:ingested=0.10".  TK_EUSAGE: there is
 * none. */
TK_API int tk_bill_price(struct tk_bill *b, const char *name);
TK_API int tk_bill_price_gb(struct tk_bill *b, double dollars); /* a GB and month; TK_EUSAGE: below 0 */
enum tk_bill_term {
    TK_BILL_MONTH_DAYS,
    TK_BILL_RETENTION_DAYS, /* how long everything is kept; before it is set, as the backend does */
    TK_BILL_RATIO,          /* bytes as written for each that is stored */
    TK_BILL_REPLICAS
};
TK_API int tk_bill_set(struct tk_bill *b, enum tk_bill_term term,
                       double x); /* TK_EUSAGE: not above 0, or no such term */

enum tk_bill_item {
    TK_BILL_SPANS_PER_S,
    TK_BILL_BYTES_PER_S,
    TK_BILL_GB_PER_DAY,   /* written, before compression and copies */
    TK_BILL_TB_PER_MONTH, /* likewise */
    TK_BILL_STORED_GB,    /* at rest, once the retention has passed */
    TK_BILL_DOLLARS, /* a month, all that the backend charges; NaN when that cannot be said of spans and bytes alone,
                      * or when no figure can be cited */
    TK_BILL_ITEMS    /* how many there are in this header */
};
/* Fills values[0..n) as tk_meter_measure does, for so many spans a second of so many bytes.  TK_EUSAGE: either is below
 * 0 or no number. */
TK_API int tk_bill_project(const struct tk_bill *b, double spans_per_s, double span_bytes, double *values, size_t n);

#ifdef __cplusplus
}
#endif
#endif
