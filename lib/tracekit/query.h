/* tracekit/query.h - TraceQL asked of traces: the answers of tracecat --query.
 *
 *   parse -> run -> whole traces, one after another -> selected spans, or the rows of a table
 *
 * The language is that of tracekit-query(7).  A query does not change once it is parsed, and may be shared between
 * threads; a run belongs to one thread at a time, and its query must outlive it.
 */
#ifndef TRACEKIT_QUERY_H
#define TRACEKIT_QUERY_H

#include "tracekit/io.h"
#include "tracekit/traces.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- queries ----------------------------------------------------------------------------------------------------- */

struct tk_query;
/* Copies the text.  TK_EUSAGE: it is no query; err->text says what was expected, err->offset at which byte. */
TK_API int tk_query_parse(struct tk_query **q, tk_str text, struct tk_err *err);
TK_API void tk_query_free(struct tk_query *q); /* NULL is fine */

enum tk_query_gives {
    TK_GIVES_SPANS, /* spans are selected */
    TK_GIVES_ROWS,  /* a row for each spanset, as of `| count()`, or for each span, as of `| select(name)` */
    TK_GIVES_SERIES /* metrics, as of `| rate()`: a row for each series and interval */
};
TK_API enum tk_query_gives tk_query_gives(const struct tk_query *q);
/* What must be decoded (enum tk_need, for tk_read_opts.needs) of spans that are asked and not written afterwards, and
 * the span attributes that are looked at (for attr_keys): NULL and 0 when it may be any.  The keys are the query's. */
TK_API unsigned tk_query_needs(const struct tk_query *q);
TK_API const tk_str *tk_query_keys(const struct tk_query *q, size_t *n);

/* ---- asking ------------------------------------------------------------------------------------------------------ */

struct tk_query_run;
TK_API int tk_query_run_new(struct tk_query_run **r, const struct tk_query *q, struct tk_err *err);
TK_API void tk_query_run_free(struct tk_query_run *r); /* NULL is fine */
/* Before the first trace: the length of the intervals of metrics.  0, as at first: everything is one interval. */
TK_API void tk_query_run_step(struct tk_query_run *r, uint64_t step_ns);
/* Before the first trace: bytes that are held before a temporary file is used, for whole traces and for values of
 * quantiles, each; 0, as at first: what tk_traces_opts says.  tmpdir is copied; NULL: $TMPDIR, else /tmp. */
TK_API int tk_query_run_memory(struct tk_query_run *r, size_t memory_max, const char *tmpdir);

/* Every call below returns 0 or a negative code.  TK_EUSAGE: it does not go with what the query gives, or comes too
 * late; TK_ELIMIT: a regular expression takes too many steps; TK_ENOMEM; TK_EIO: the temporary file. */

/* A query that gives spans: the rows of this whole trace that it selects, ascending.  rows has room for b->nspans.
 * A limit() counts spans over all traces, as tracecat --spans does.  TK_EUNSUPPORTED: the query ends in an order, which
 * is only known at the end; `| select(...)` makes rows of it. */
TK_API int tk_query_run_select(struct tk_query_run *r, const struct tk_batch *trace, uint32_t *rows, size_t *nrows,
                               struct tk_err *err);
/* A query that gives rows or series: takes in one whole trace.  Rows stand in the order of the traces. */
TK_API int tk_query_run_add(struct tk_query_run *r, const struct tk_batch *trace, struct tk_err *err);
/* Likewise all that the reader still gives: put together to whole traces, but for rows of a query that looks at single
 * spans only, which stand in the order of the input, as tracecat prints them.  After a fault of the input what came
 * before is taken in, and the fault is returned; the run can go on. */
TK_API int tk_query_run_read(struct tk_query_run *r, struct tk_reader *reader, struct tk_err *err);
/* Makes the table.  No trace is taken afterwards.  TK_ELIMIT: the step makes more than 11000 intervals. */
TK_API int tk_query_run_finish(struct tk_query_run *r, struct tk_err *err);

/* ---- the table, after tk_query_run_finish; before it there are no rows ---------------------------------------------
 */

enum tk_cell {
    TK_CELL_NONE, /* nothing: the span has no such attribute, the group no value */
    TK_CELL_INT,
    TK_CELL_DOUBLE,
    TK_CELL_DURATION, /* whole nanoseconds */
    TK_CELL_BOOL,
    TK_CELL_TEXT /* strings, ids, kinds and states by their names, arrays */
};
TK_API size_t tk_query_run_columns(const struct tk_query_run *r);
/* As the query writes it, or "trace:id", "span:id", "service", "span:name"; the run's. */
TK_API const char *tk_query_run_column(const struct tk_query_run *r, size_t column);
TK_API size_t tk_query_run_rows(const struct tk_query_run *r);
TK_API enum tk_cell tk_query_run_cell(const struct tk_query_run *r, size_t row, size_t column);
TK_API int64_t tk_query_run_int(const struct tk_query_run *r, size_t row, size_t column);   /* INT, DURATION, BOOL */
TK_API double tk_query_run_number(const struct tk_query_run *r, size_t row, size_t column); /* and DOUBLE; else NaN */
/* Any cell as text: a duration as "1500ms", nothing as "".  Good until the next call for this run. */
TK_API tk_str tk_query_run_text(struct tk_query_run *r, size_t row, size_t column);

#ifdef __cplusplus
}
#endif
#endif
