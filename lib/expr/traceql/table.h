/* table.h - the results of a query as rows: a number for each spanset, or chosen fields of each span.
 *
 * Everything added is copied.  Rows stand in the order in which they came, or in that of the query's order
 * by, and no more of them than its limit.
 */
#ifndef TKI_TRACEQL_TABLE_H
#define TKI_TRACEQL_TABLE_H

#include "expr/traceql/query.h"

struct tki_qtable;
int tki_qtable_new(struct tki_qtable **t, const struct tki_query *q); /* of shape TKI_QUERY_ROWS */
void tki_qtable_free(struct tki_qtable *t);
/* Spans that a query over single spans selected. */
int tki_qtable_add_spans(struct tki_qtable *t, struct tki_query_eval *e, const struct tk_batch *b, const uint32_t *rows,
                         size_t nrows);
/* What tki_query_trace gave; the evaluator still has the trace. */
int tki_qtable_add(struct tki_qtable *t, struct tki_query_eval *e, const struct tki_qresult *results);
bool tki_qtable_full(const struct tki_qtable *t); /* further rows would be cut off */
void tki_qtable_finish(struct tki_qtable *t);     /* sorts and cuts */

size_t tki_qtable_columns(const struct tki_qtable *t);
const char *tki_qtable_name(const struct tki_qtable *t, size_t column);
size_t tki_qtable_rows(const struct tki_qtable *t);
const struct tki_value *tki_qtable_row(const struct tki_qtable *t, size_t row); /* a cell for each column */

#endif
