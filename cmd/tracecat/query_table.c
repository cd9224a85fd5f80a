#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "expr/traceql/metric.h"
#include "expr/traceql/table.h"
#include "pipe.h"
#include "report/number.h"
#include "run/metrics_state.h"

struct query_table {
    struct tki_qtable *rows; /* one of the two */
    struct tki_qmetrics *metrics;
    bool partial;                   /* its state is asked for */
    struct tki_state_traces traces; /* then those that were counted */
};

struct query_table *query_table_new(const struct query *q, const struct tki_ledger *rates)
{
    struct query_table *t = calloc(1, sizeof *t);
    struct tki_qmetrics_opts opts = {
        .step_ns = q->asked->step_ns, .memory_max = q->plan->values_memory, .rates = rates};
    int r = !t                                    ? TK_ENOMEM
            : q->asked->shape == TKI_QUERY_SERIES ? tki_qmetrics_new(&t->metrics, q->asked->query, &opts)
                                                  : tki_qtable_new(&t->rows, q->asked->query);
    if (r < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    t->partial = q->plan->o->partial;
    return t;
}

void query_table_free(struct query_table *t)
{
    if (!t)
        return;
    tki_qtable_free(t->rows);
    tki_qmetrics_free(t->metrics);
    tki_state_traces_free(&t->traces);
    free(t);
}

int query_table_spans(struct query_table *t, const struct query *q, const struct tk_batch *b, const uint32_t *rows,
                      size_t nrows)
{
    return t->metrics ? tki_qmetrics_spans(t->metrics, q->eval, b, rows, nrows)
                      : tki_qtable_add_spans(t->rows, q->eval, b, rows, nrows);
}

int query_table_trace(struct query_table *t, const struct query *q, const struct tki_qresult *results)
{
    return tki_qtable_add(t->rows, q->eval, results);
}

int query_table_metrics(struct query_table *t, const struct query *q, const struct tk_batch *b)
{
    if (t->partial && b->nspans && tki_state_traces_add(&t->traces, b->spans[0].trace_id) < 0)
        return TK_ENOMEM;
    return tki_qmetrics_trace(t->metrics, q->eval, b);
}

void query_table_range(struct query_table *t, uint64_t first_ns, uint64_t last_ns)
{
    if (t->metrics && first_ns <= last_ns)
        tki_qmetrics_range(t->metrics, first_ns, last_ns);
}

/* A table of either kind. */
static size_t columns_of(const struct query_table *t)
{
    return t->metrics ? tki_qmetrics_columns(t->metrics) : tki_qtable_columns(t->rows);
}

static size_t rows_of(const struct query_table *t)
{
    return t->metrics ? tki_qmetrics_rows(t->metrics) : tki_qtable_rows(t->rows);
}

bool query_table_any(const struct query_table *t)
{
    uint64_t spans = 0, sampled, untimed;
    double stand_for;
    if (t->metrics) /* which have a row of zero, too */
        tki_qmetrics_weights(t->metrics, &spans, &sampled, &stand_for, &untimed);
    return t->metrics ? spans + untimed > 0 : rows_of(t) > 0;
}

static const char *name_of(const struct query_table *t, size_t column)
{
    return t->metrics ? tki_qmetrics_name(t->metrics, column) : tki_qtable_name(t->rows, column);
}

static const struct tki_value *row_of(const struct query_table *t, size_t row)
{
    return t->metrics ? tki_qmetrics_row(t->metrics, row) : tki_qtable_row(t->rows, row);
}

/* ---- as a document ---- */

struct shown {
    const struct query_table *table;
    struct tki_doc_column *columns;
    struct tki_buf *text; /* the text of those cells of one row that are no plain values */
    size_t n;
};

static struct tki_datum printed(struct tki_buf *to, const struct tki_value *v)
{
    tki_buf_reset(to);
    tki_value_print(to, v, false);
    return tki_d_name((tk_str){to->p, to->n});
}

static struct tki_datum datum_of(struct tki_buf *scratch, const struct tki_value *v)
{
    switch ((enum tki_vtype)v->type) {
    case TKI_V_INT: return tki_d_integer(v->v.i);
    case TKI_V_DURATION: return tki_d_ns(v->v.i);
    case TKI_V_FLOAT: return tki_d_number(v->v.d);
    case TKI_V_BOOL: return tki_d_bool(v->v.b);
    case TKI_V_STRING: return tki_d_name(v->v.s);
    case TKI_V_ID:
        if (tki_id_zero(v->v.id))
            return printed(scratch, v);
        return v->bytes == 16 ? tki_d_trace_id(v->v.id) : tki_d_span_id(v->v.id.lo);
    case TKI_V_NIL:
    case TKI_V_ANY: return tki_d_none();
    default: return printed(scratch, v);
    }
}

static int make_row(void *ctx, size_t i, struct tki_datum *cells)
{
    struct shown *s = ctx;
    const struct tki_value *v = row_of(s->table, i);
    for (size_t k = 0; k < s->n; k++) {
        cells[k] = datum_of(&s->text[k], &v[k]);
        if (s->text[k].err)
            return TK_ENOMEM;
    }
    return 0;
}

/* Numbers stand on the right; ids, then strings give way where the terminal is too narrow. */
static void choose_column(struct tki_doc_column *c, const struct query_table *t, size_t k)
{
    size_t numbers = 0, durations = 0, ids = 0, others = 0;
    for (size_t i = 0; i < rows_of(t); i++) {
        uint8_t type = row_of(t, i)[k].type;
        durations += type == TKI_V_DURATION;
        numbers += type == TKI_V_INT || type == TKI_V_FLOAT;
        ids += type == TKI_V_ID;
        others +=
            type != TKI_V_DURATION && type != TKI_V_INT && type != TKI_V_FLOAT && type != TKI_V_ID && type != TKI_V_NIL;
    }
    *c = (struct tki_doc_column){.title = name_of(t, k), .key = name_of(t, k)};
    c->right = numbers + durations > 0 && !ids && !others;
    c->shrink = c->right ? TKI_KEEP : ids && !others ? TKI_PREFIX : TKI_CUT;
    c->unit = durations && !numbers && !ids && !others ? "ns" : NULL;
}

static void write_table(const struct query_table *t, const struct tki_report *to)
{
    struct shown s = {.table = t, .n = columns_of(t)};
    struct tki_doc_rows rows = {.row = make_row, .ctx = &s, .n = rows_of(t)};
    struct tki_doc d;
    s.columns = calloc(s.n + 1, sizeof *s.columns);
    s.text = calloc(s.n + 1, sizeof *s.text);
    if (!s.columns || !s.text)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t k = 0; k < s.n; k++)
        choose_column(&s.columns[k], t, k);
    tki_doc_init(&d, "query", 1, "Answer of the query");
    tki_doc_json_lines(&d);
    tki_doc_table(&d, "rows", s.columns, s.n);
    tki_doc_main(&d);
    tki_doc_rows(&d, &rows);
    tki_report_write(to, &d);
    tki_doc_free(&d);
    for (size_t k = 0; k < s.n; k++)
        tki_buf_free(&s.text[k]);
    free(s.text);
    free(s.columns);
}

/* What is counted in buckets, what spans were weighted by, and which could not be placed. */
static void tell(const struct query_table *t)
{
    uint64_t spans, sampled, untimed;
    double stand_for;
    char all[TKI_QUANTITY_MAX], stands[TKI_QUANTITY_MAX];
    tki_qmetrics_weights(t->metrics, &spans, &sampled, &stand_for, &untimed);
    if (tki_qmetrics_buckets(t->metrics))
        tki_msg("buckets end at powers of two: the bucket of 8 counts values above 4 and up to 8");
    if (untimed)
        tki_msg_count(untimed, "%s in no interval",
                      tki_plural(untimed, "span without a start is", "spans without a start are"));
    if (sampled)
        tki_msg_count(sampled, "of the %s spans counted %s for %s", tki_count_format(all, spans),
                      tki_plural(sampled, "carries a sampling threshold; it stands",
                                 "carry a sampling threshold; together they stand"),
                      tki_number_format(stands, stand_for));
}

int query_table_fault(const struct query_table *t, int r, struct tk_err *err)
{
    if (r == TK_ELIMIT)
        return tki_err_set(err, r, "a regular expression of the query takes too many steps");
    if (r == TK_ENOMEM || !t || !t->metrics)
        return tki_err_memory(err);
    *err = *tki_qmetrics_err(t->metrics);
    return r;
}

int query_table_print(struct query_table *t, const struct tki_report *to, struct tk_err *err)
{
    int r = 0;
    if (t->rows)
        tki_qtable_finish(t->rows);
    else
        r = tki_qmetrics_finish(t->metrics);
    if (r == 0 || r == TK_ELIMIT)
        tki_err_source(err, "--query");
    if (r == TK_ELIMIT)
        return tki_err_set(err, r, "more than %d intervals: choose a larger --step", TKI_INTERVALS_MAX);
    if (r < 0)
        return query_table_fault(t, r, err);
    write_table(t, to);
    if (t->metrics)
        tell(t);
    return 0;
}

/* ---- as a state ---- */

int query_table_save(void *table, struct tki_state_out *to, struct tk_err *err)
{
    struct query_table *t = table;
    return tki_metrics_save(t->metrics, &t->traces, to, err);
}

int query_table_load(struct query_table *t, struct tki_state_in *from, struct tk_err *err)
{
    return tki_metrics_load(t->metrics, &t->traces, from, err);
}

uint64_t query_table_traces(const struct query_table *t)
{
    return t->traces.n;
}

uint64_t query_table_shared(struct query_table *t)
{
    return tki_state_traces_shared(&t->traces);
}

/* ---- as an output of tracecat ---- */

struct printer {
    const struct query *query;
    const struct plan *plan;
    const struct tk_reader *reader;
};

static void *open_printer(const struct output_args *a, struct tk_err *err)
{
    struct printer *p = calloc(1, sizeof *p);
    if (!p) {
        tki_err_memory(err);
        return NULL;
    }
    p->query = a->query;
    p->plan = a->plan;
    p->reader = a->reader;
    return p;
}

static int put_spans(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    const struct query *q = ((struct printer *)out)->query;
    int r = query_table_spans(q->table, q, b, rows, nrows);
    return r < 0 ? query_table_fault(q->table, r, err) : 0;
}

static int close_printer(void *out, int *status, struct tk_err *err)
{
    struct printer *p = out;
    struct tki_reading read = {
        .stats = *tk_reader_stats(p->reader), .selected = !p->plan->filter.all, .complete = *status == TKI_EXIT_GOOD};
    int r = 0;
    tki_damage_add(&read.damage, read.complete ? NULL : p->reader);
    if (p->plan->o->partial)
        state_write(p->plan, &read, query_table_save, p->query->table);
    else
        r = query_table_print(p->query->table, &p->plan->report, err);
    tki_damage_free(&read.damage);
    free(p);
    return r;
}

const struct output output_table = {
    .open = open_printer,
    .put = put_spans,
    .close = close_printer,
    .abort = free,
};
