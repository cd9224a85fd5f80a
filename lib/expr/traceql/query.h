/* query.h - TraceQL over batches: parse, check, evaluate.
 *
 * The language is Grafana Tempo's, as documented for its versions 2.0 to 3.0, with fields of our own
 * (span:self, span:dark, span:cp, span:queued, span:depth, trace:spans, trace:services, trace:errors, trace:weight),
 * order by and limit; tracekit-query(7) tells all.  A parsed query is constant and may be shared between threads.
 */
#ifndef TKI_TRACEQL_QUERY_H
#define TKI_TRACEQL_QUERY_H

#include "field/value.h"

struct tki_query;
struct tki_query_eval;

/* Parses and checks types; copies the text.  TK_EUSAGE: err->text says what was expected, err->offset where.
 */
int tki_query_parse(struct tki_query **q, tk_str text, struct tk_err *err);
void tki_query_free(struct tki_query *q); /* NULL is fine */
/* Whether it compares a duration with a number that has no unit and is not 0: nanoseconds, and seldom meant. */
bool tki_query_bare_duration(const struct tki_query *q, int64_t *ns);
/* How a text was read that is a condition without its braces, or begins with a |; "" for all others. */
tk_str tki_query_read_as(const struct tki_query *q);
/* The canonical text: parsing it again gives the same query. */
void tki_query_print(const struct tki_query *q, struct tki_buf *to);

/* ---- what a query wants, and gives ---- */

enum tki_query_shape {
    TKI_QUERY_SPANS,  /* spansets: traces or spans are selected */
    TKI_QUERY_ROWS,   /* a number for each spanset, or chosen fields of each span: a table */
    TKI_QUERY_SERIES, /* metrics */
};
enum tki_query_shape tki_query_shape(const struct tki_query *q);
/* Returns true if what is left at the end are spans, whether or not fields of them are selected. */
bool tki_query_finds_spans(const struct tki_query *q);
/* What must be decoded to evaluate it span by span: enum tk_need. */
unsigned tki_query_needs(const struct tki_query *q);
/* The span attributes that are looked at, for tk_read_opts: NULL and 0 when it may be any.  The query owns them. */
const tk_str *tki_query_keys(const struct tki_query *q, size_t *n);
/* Whether it can only be evaluated over whole traces: with tki_query_trace, else with tki_query_rows. */
bool tki_query_whole(const struct tki_query *q);
bool tki_query_compares(const struct tki_query *q);     /* ends in compare() */
bool tki_query_holds_values(const struct tki_query *q); /* a metric of it holds every value: a quantile */
bool tki_query_ordered(const struct tki_query *q);
uint64_t tki_query_limit(const struct tki_query *q); /* 0: none */

/* ---- evaluation: one evaluator for each thread ---- */

int tki_query_eval_new(struct tki_query_eval **e, const struct tki_query *q); /* the query must outlive it */
void tki_query_eval_free(struct tki_query_eval *e);                           /* NULL is fine */

/* Leaves in rows[0..*nrows) the rows that the query selects.  TK_ELIMIT: a regular expression took too many
 * steps. */
int tki_query_rows(struct tki_query_eval *e, const struct tk_batch *b, uint32_t *rows, size_t *nrows);

/* Spans that were looked at by a query that reads durations, and have an odd one. */
struct tki_odd_durations {
    uint64_t negative; /* end before they start: 0 */
    uint64_t huge;     /* 2^63 ns and more: 2^63 - 1 */
};
/* Adds what was counted since the last call. */
void tki_query_odd(struct tki_query_eval *e, struct tki_odd_durations *to);

struct tki_qresult { /* a spanset; good until the evaluator is used again */
    struct tki_qresult *next;
    const uint32_t *rows; /* of the batch, ascending */
    uint32_t nrows, nkeys, norder;
    const struct tki_value *keys;  /* the values of by(), outer ones first */
    struct tki_value number;       /* that the query ends in */
    const struct tki_value *order; /* values of order by */
};
/* The batch holds one trace, with every field decoded. */
int tki_query_trace(struct tki_query_eval *e, const struct tk_batch *b, const struct tki_qresult **results);
/* All rows of these spansets, each once, ascending; rows has room for b->nspans.  TK_ENOMEM. */
int tki_query_union(const struct tki_qresult *results, const struct tk_batch *b, uint32_t *rows, size_t *n);
/* The values of order by of one span of the result: of its own fields, and of the spanset's aggregates. */
void tki_query_order_of(struct tki_query_eval *e, const struct tki_qresult *r, uint32_t row, struct tki_value *to);
size_t tki_query_order_keys(const struct tki_query *q, bool *desc, size_t max); /* their number, and direction */
int tki_query_order_compare(const struct tki_value *a, const struct tki_value *b, const bool *desc, size_t n);
#endif
