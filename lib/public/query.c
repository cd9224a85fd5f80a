#include "tracekit/query.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "expr/traceql/metric.h"
#include "expr/traceql/table.h"
#include "public/whole.h"

struct tk_query {
    struct tki_query *q;
};

struct tk_query_run {
    const struct tki_query *q;
    struct tki_query_eval *eval;
    struct tki_qtable *table;     /* NULL before the first trace, and of a query that gives no rows */
    struct tki_qmetrics *metrics; /* likewise of series */
    uint64_t step_ns, given;      /* given: spans that were selected */
    size_t memory_max;
    char *tmpdir;
    struct tki_buf text; /* of the cell that was asked last */
    uint32_t *rows;
    size_t rows_cap;
    bool finished;
};

/* ---- queries ---- */

int tk_query_parse(struct tk_query **out, tk_str text, struct tk_err *err)
{
    struct tk_query *q = calloc(1, sizeof *q);
    *out = NULL;
    if (!q)
        return tki_err_memory(err);
    int r = tki_query_parse(&q->q, text, err);
    if (r < 0) {
        free(q);
        return r;
    }
    *out = q;
    return 0;
}

void tk_query_free(struct tk_query *q)
{
    if (!q)
        return;
    tki_query_free(q->q);
    free(q);
}

enum tk_query_gives tk_query_gives(const struct tk_query *q)
{
    static const enum tk_query_gives gives[] = {
        [TKI_QUERY_SPANS] = TK_GIVES_SPANS, [TKI_QUERY_ROWS] = TK_GIVES_ROWS, [TKI_QUERY_SERIES] = TK_GIVES_SERIES};
    return gives[tki_query_shape(q->q)];
}

unsigned tk_query_needs(const struct tk_query *q)
{
    unsigned needs = tki_query_needs(q->q) | (tki_query_shape(q->q) == TKI_QUERY_SERIES ? TK_NEED_WEIGHT : 0);
    return needs ? needs : TK_NEED_NAME; /* 0 would be everything */
}

const tk_str *tk_query_keys(const struct tk_query *q, size_t *n)
{
    return tki_query_keys(q->q, n);
}

/* ---- asking ---- */

int tk_query_run_new(struct tk_query_run **out, const struct tk_query *q, struct tk_err *err)
{
    struct tk_query_run *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r || tki_query_eval_new(&r->eval, q->q) < 0) {
        free(r);
        return tki_err_memory(err);
    }
    r->q = q->q;
    *out = r;
    return 0;
}

void tk_query_run_free(struct tk_query_run *r)
{
    if (!r)
        return;
    tki_qtable_free(r->table);
    tki_qmetrics_free(r->metrics);
    tki_query_eval_free(r->eval);
    tki_buf_free(&r->text);
    free(r->tmpdir);
    free(r->rows);
    free(r);
}

void tk_query_run_step(struct tk_query_run *r, uint64_t step_ns)
{
    r->step_ns = step_ns;
}

int tk_query_run_memory(struct tk_query_run *r, size_t memory_max, const char *tmpdir)
{
    char *copy = tmpdir ? strdup(tmpdir) : NULL;
    if (tmpdir && !copy)
        return TK_ENOMEM;
    free(r->tmpdir);
    r->tmpdir = copy;
    r->memory_max = memory_max;
    return 0;
}

static int failed(const struct tk_query_run *r, int code, struct tk_err *err)
{
    if (code == TK_ELIMIT)
        return tki_err_set(err, code, "a regular expression of the query takes too many steps");
    if (code == TK_ENOMEM || !r->metrics)
        return tki_err_memory(err);
    if (err)
        *err = *tki_qmetrics_err(r->metrics);
    return code;
}

/* Makes the table at the first trace, or at the end of none. */
static int begin(struct tk_query_run *r, struct tk_err *err)
{
    enum tki_query_shape shape = tki_query_shape(r->q);
    if (shape == TKI_QUERY_SPANS)
        return tki_err_set(err, TK_EUSAGE, "the query selects spans: it has no table");
    if (r->finished)
        return tki_err_set(err, TK_EUSAGE, "the table is finished");
    if (r->table || r->metrics)
        return 0;
    if (shape == TKI_QUERY_ROWS)
        return tki_qtable_new(&r->table, r->q) < 0 ? tki_err_memory(err) : 0;
    if (r->step_ns && tki_query_compares(r->q))
        return tki_err_set(err, TK_EUSAGE, "compare() looks at all the time there is: a step does not go with it");
    if (r->step_ns > INT64_MAX)
        return tki_err_set(err, TK_EUSAGE, "a step of more than 292 years");
    const struct tki_qmetrics_opts opts = {
        .step_ns = (int64_t)r->step_ns, .memory_max = r->memory_max, .tmpdir = r->tmpdir};
    return tki_qmetrics_new(&r->metrics, r->q, &opts) < 0 ? tki_err_memory(err) : 0;
}

int tk_query_run_select(struct tk_query_run *r, const struct tk_batch *trace, uint32_t *rows, size_t *nrows,
                        struct tk_err *err)
{
    const struct tki_qresult *results;
    uint64_t limit = tki_query_limit(r->q);
    *nrows = 0;
    if (tki_query_shape(r->q) != TKI_QUERY_SPANS)
        return tki_err_set(err, TK_EUSAGE, "the query gives a table and not spans");
    if (tki_query_ordered(r->q))
        return tki_err_set(err, TK_EUNSUPPORTED,
                           "spans in order are not selected trace by trace: ask for rows with select()");
    if (limit && r->given >= limit)
        return 0;
    int rc = tki_query_trace(r->eval, trace, &results);
    if (rc == 0)
        rc = tki_query_union(results, trace, rows, nrows);
    if (rc < 0)
        return failed(r, rc, err);
    if (limit && *nrows > limit - r->given)
        *nrows = (size_t)(limit - r->given);
    r->given += *nrows;
    return 0;
}

int tk_query_run_add(struct tk_query_run *r, const struct tk_batch *trace, struct tk_err *err)
{
    const struct tki_qresult *results;
    int rc = begin(r, err);
    if (rc < 0)
        return rc;
    if (r->metrics)
        rc = tki_qmetrics_trace(r->metrics, r->eval, trace);
    else if ((rc = tki_query_trace(r->eval, trace, &results)) == 0)
        rc = tki_qtable_add(r->table, r->eval, results);
    return rc < 0 ? failed(r, rc, err) : 0;
}

static int add_trace(void *run, struct tk_batch *trace, struct tk_err *err)
{
    return tk_query_run_add(run, trace, err);
}

/* Of a query that looks at nothing but single spans: their rows, in the order of the input. */
static int add_spans(void *run, struct tk_batch *b, struct tk_err *err)
{
    struct tk_query_run *r = run;
    size_t n = b->nspans;
    if (b->nspans > r->rows_cap) {
        uint32_t *more = realloc(r->rows, b->nspans * sizeof *more);
        if (!more)
            return tki_err_memory(err);
        r->rows = more;
        r->rows_cap = b->nspans;
    }
    for (uint32_t i = 0; i < b->nspans; i++)
        r->rows[i] = i;
    int rc = tki_query_rows(r->eval, b, r->rows, &n);
    if (rc == 0)
        rc = tki_qtable_add_spans(r->table, r->eval, b, r->rows, n);
    return rc < 0 ? failed(r, rc, err) : 0;
}

int tk_query_run_read(struct tk_query_run *r, struct tk_reader *reader, struct tk_err *err)
{
    const struct tk_traces_opts opts = {.memory_max = r->memory_max, .tmpdir = r->tmpdir};
    int rc = begin(r, err);
    if (rc < 0)
        return rc;
    if (r->table && !tki_query_whole(r->q))
        return tki_each_batch(reader, add_spans, r, err);
    return tki_each_trace(reader, &opts, add_trace, r, err);
}

int tk_query_run_finish(struct tk_query_run *r, struct tk_err *err)
{
    int rc = begin(r, err);
    if (rc < 0)
        return rc;
    if (r->table)
        tki_qtable_finish(r->table);
    else
        rc = tki_qmetrics_finish(r->metrics);
    if (rc == TK_ELIMIT)
        return tki_err_set(err, rc, "more than %d intervals: choose a larger step", TKI_INTERVALS_MAX);
    if (rc < 0)
        return failed(r, rc, err);
    r->finished = true;
    return 0;
}

/* ---- the table ---- */

size_t tk_query_run_columns(const struct tk_query_run *r)
{
    if (!r->finished)
        return 0;
    return r->metrics ? tki_qmetrics_columns(r->metrics) : tki_qtable_columns(r->table);
}

const char *tk_query_run_column(const struct tk_query_run *r, size_t column)
{
    if (column >= tk_query_run_columns(r))
        return NULL;
    return r->metrics ? tki_qmetrics_name(r->metrics, column) : tki_qtable_name(r->table, column);
}

size_t tk_query_run_rows(const struct tk_query_run *r)
{
    if (!r->finished)
        return 0;
    return r->metrics ? tki_qmetrics_rows(r->metrics) : tki_qtable_rows(r->table);
}

/* Nothing where there is no such cell. */
static struct tki_value cell(const struct tk_query_run *r, size_t row, size_t column)
{
    if (row >= tk_query_run_rows(r) || column >= tk_query_run_columns(r))
        return (struct tki_value){.type = TKI_V_NIL};
    return (r->metrics ? tki_qmetrics_row(r->metrics, row) : tki_qtable_row(r->table, row))[column];
}

enum tk_cell tk_query_run_cell(const struct tk_query_run *r, size_t row, size_t column)
{
    switch ((enum tki_vtype)cell(r, row, column).type) {
    case TKI_V_NIL:
    case TKI_V_ANY: return TK_CELL_NONE;
    case TKI_V_INT:
    case TKI_V_TIME:
    case TKI_V_ITEMS: return TK_CELL_INT;
    case TKI_V_FLOAT: return TK_CELL_DOUBLE;
    case TKI_V_DURATION: return TK_CELL_DURATION;
    case TKI_V_BOOL: return TK_CELL_BOOL;
    default: return TK_CELL_TEXT;
    }
}

int64_t tk_query_run_int(const struct tk_query_run *r, size_t row, size_t column)
{
    struct tki_value v = cell(r, row, column);
    switch (tk_query_run_cell(r, row, column)) {
    case TK_CELL_INT:
    case TK_CELL_DURATION: return v.v.i;
    case TK_CELL_BOOL: return v.v.b;
    default: return 0;
    }
}

double tk_query_run_number(const struct tk_query_run *r, size_t row, size_t column)
{
    switch (tk_query_run_cell(r, row, column)) {
    case TK_CELL_DOUBLE: return cell(r, row, column).v.d;
    case TK_CELL_INT:
    case TK_CELL_DURATION:
    case TK_CELL_BOOL: return (double)tk_query_run_int(r, row, column);
    default: return NAN;
    }
}

tk_str tk_query_run_text(struct tk_query_run *r, size_t row, size_t column)
{
    struct tki_value v = cell(r, row, column);
    tki_buf_reset(&r->text);
    if (v.type != TKI_V_NIL)
        tki_value_print(&r->text, &v, false);
    return r->text.err ? (tk_str){"", 0} : (tk_str){r->text.n ? r->text.p : "", r->text.n};
}
