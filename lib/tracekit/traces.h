/* tracekit/traces.h - spans that come in any order, put together to whole traces. */
#ifndef TRACEKIT_TRACES_H
#define TRACEKIT_TRACES_H

#include "tracekit/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tk_traces_opts {
    size_t memory_max;  /* bytes of spans held before spilling to a temporary file; 0: 256 MiB */
    const char *tmpdir; /* NULL: $TMPDIR, else /tmp */
    bool raw;           /* batches have raw views, in OTLP protobuf: for rows that are not changed */
};

struct tk_traces;
/* Collects spans in any order, then yields each trace as one batch, traces in the order in which their first
 * spans came, spans in the order in which they came.  The order does not depend on memory_max. */
TK_API int tk_traces_open(struct tk_traces **t, const struct tk_traces_opts *opts, struct tk_err *err);
/* Copies the rows (all when rows is NULL); the batch must have been decoded with every field.  TK_ENOMEM, TK_EIO, or
 * TK_EUSAGE: a span names a resource or scope that the batch has not. */
TK_API int tk_traces_add(struct tk_traces *t, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* The next trace; the batch is borrowed until the next call.  No more adding after the first call. */
TK_API int tk_traces_next(struct tk_traces *t, struct tk_batch **trace);
TK_API const struct tk_err *tk_traces_err(const struct tk_traces *t);
TK_API void tk_traces_close(struct tk_traces *t);

#ifdef __cplusplus
}
#endif
#endif
