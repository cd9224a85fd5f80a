/* ask.h - what --query asks for, inside tracecat: which spans, or a table instead of spans. */
#ifndef TRACECAT_ASK_H
#define TRACECAT_ASK_H

#include "expr/traceql/query.h"
#include "tracecat.h"

struct ask {
    const struct options *o;
    struct tki_query *query;
    enum tki_query_shape shape;
    bool whole;                  /* over whole traces */
    bool spans;                  /* only the spans that match, not their traces */
    bool find;                   /* traces are found first, and read in a second pass */
    bool ordered;                /* sorted before they are written */
    uint64_t limit;              /* UINT64_MAX: none; results that are written */
    uint64_t given;              /* so far */
    struct tki_query_eval *eval; /* of the thread that writes */
    struct ask_table *table;     /* NULL: spans are written */
    struct ask_sorted *sorted;   /* with ordered */
};

/* Parses the query; ends the command when it is wrong. */
void ask_open(struct ask *a, const struct options *o);
void ask_close(struct ask *a);

/* Leaves the rows that the query selects; *eval is made at the first call and belongs to the thread. */
int ask_rows(const struct ask *a, struct tki_query_eval **eval, const struct tk_batch *b, uint32_t *rows,
             size_t *nrows);
/* How many of n further spans are within the limit; counts them. */
size_t ask_limit(struct ask *a, size_t n);
/* The stage that asks whole traces. */
struct stage ask_stage(struct ask *a);

/* ---- ask_table.c ---- */

struct ask_table;
struct ask_table *ask_table_new(const struct ask *a);
void ask_table_free(struct ask_table *t);
int ask_table_spans(struct ask_table *t, const struct ask *a, const struct tk_batch *b, const uint32_t *rows,
                    size_t nrows);
int ask_table_trace(struct ask_table *t, const struct ask *a, const struct tki_qresult *results);
int ask_table_metrics(struct ask_table *t, const struct ask *a, const struct tk_batch *b);
/* Fills err for what one of these returned, and returns it. */
int ask_table_fault(const struct ask_table *t, int r, struct tk_err *err);
/* First and last start of spans that were read; nothing when first is larger. */
void ask_table_range(struct ask_table *t, uint64_t first_ns, uint64_t last_ns);
/* Appends it as text, or with --json as an object a line; says on standard error what was weighted. */
int ask_table_print(struct ask_table *t, const struct ask *a, struct tki_buf *to, struct tk_err *err);

/* ---- ask_sorted.c ---- */

struct ask_sorted;
struct ask_sorted *ask_sorted_new(const struct ask *a);
void ask_sorted_free(struct ask_sorted *s);
int ask_sorted_trace(struct ask_sorted *s, const struct ask *a, const struct tk_batch *b,
                     const struct tki_qresult *results, struct tk_err *err);
/* The next in order, borrowed until the next call: 1, 0 at the end, or negative. */
int ask_sorted_next(struct ask_sorted *s, struct tk_batch **b, struct tk_err *err);

#endif
