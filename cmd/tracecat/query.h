/* query.h - --query at work inside tracecat: which spans, or a table instead of spans. */
#ifndef TRACECAT_QUERY_H
#define TRACECAT_QUERY_H

#include "model/ledger.h"
#include "plan.h"

struct query {
    const struct plan *plan;
    const struct plan_query *asked;
    uint64_t given; /* results that went on so far */
    struct tki_odd_durations odd;
    struct tki_query_eval *eval; /* of the thread that writes */
    struct query_table *table;   /* NULL: spans are written */
    struct query_sorted *sorted; /* NULL: results go on as they come */
};

/* Opens what the plan's query needs; out of memory ends the command. */
void query_open(struct query *q, const struct plan *p);
void query_close(struct query *q);

/* Leaves the rows that the query selects; *eval is made at the first call and belongs to the thread. */
int query_rows(const struct query *q, struct tki_query_eval **eval, const struct tk_batch *b, uint32_t *rows,
               size_t *nrows);
/* Counts the odd durations that an evaluator met, and says at the end how many there were. */
void query_count_odd(struct query *q, struct tki_query_eval *eval);
void query_say_odd(struct query *q);
/* Returns how many of n further spans are within the limit, and counts these. */
size_t query_limit(struct query *q, size_t n);
/* The stage that asks whole traces. */
struct stage query_stage(struct query *q);

/* ---- query_table.c ---- */

struct query_table;
struct tki_state_in;
struct tki_state_out;
/* rates: the rates of traces whose roots tell them; borrowed.  NULL: a span weighs what the span itself says. */
struct query_table *query_table_new(const struct query *q, const struct tki_ledger *rates);
void query_table_free(struct query_table *t);
int query_table_spans(struct query_table *t, const struct query *q, const struct tk_batch *b, const uint32_t *rows,
                      size_t nrows);
int query_table_trace(struct query_table *t, const struct query *q, const struct tki_qresult *results);
int query_table_metrics(struct query_table *t, const struct query *q, const struct tk_batch *b);
/* Fills err for what one of these returned, and returns it. */
int query_table_fault(const struct query_table *t, int r, struct tk_err *err);
/* After the table was written: whether any span or spanset is in it. */
bool query_table_any(const struct query_table *t);
/* Of metrics: what was observed, as the records of a state; whole traces were counted.  print: makes the table and
 * writes it. */
int query_table_save(void *table, struct tki_state_out *to, struct tk_err *err);
int query_table_load(struct query_table *t, struct tki_state_in *from, struct tk_err *err);
int query_table_print(struct query_table *t, const struct tki_report *to, struct tk_err *err);
uint64_t query_table_traces(const struct query_table *t);
uint64_t query_table_shared(struct query_table *t); /* traces that stand in two parts */
/* First and last start of spans that were read; nothing when first is larger. */
void query_table_range(struct query_table *t, uint64_t first_ns, uint64_t last_ns);

/* ---- query_sorted.c ---- */

struct query_sorted;
struct query_sorted *query_sorted_new(const struct query *q);
void query_sorted_free(struct query_sorted *s);
int query_sorted_trace(struct query_sorted *s, const struct query *q, const struct tk_batch *b,
                       const struct tki_qresult *results, struct tk_err *err);
/* The next in order, borrowed until the next call: 1, 0 at the end, or negative. */
int query_sorted_next(struct query_sorted *s, struct tk_batch **b, struct tk_err *err);

#endif
