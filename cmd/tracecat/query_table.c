#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"
#include "cli/json_out.h"
#include "cli/msg.h"
#include "cli/table.h"
#include "cli/term.h"
#include "expr/traceql/metric.h"
#include "expr/traceql/table.h"
#include "io/sink.h"
#include "pipe.h"
#include "report/number.h"

struct query_table { /* one of the two */
    struct tki_qtable *rows;
    struct tki_qmetrics *metrics;
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
    return t;
}

void query_table_free(struct query_table *t)
{
    if (!t)
        return;
    tki_qtable_free(t->rows);
    tki_qmetrics_free(t->metrics);
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

static const char *name_of(const struct query_table *t, size_t column)
{
    return t->metrics ? tki_qmetrics_name(t->metrics, column) : tki_qtable_name(t->rows, column);
}

static const struct tki_value *row_of(const struct query_table *t, size_t row)
{
    return t->metrics ? tki_qmetrics_row(t->metrics, row) : tki_qtable_row(t->rows, row);
}

static void put_json(struct tki_json *j, const char *name, const struct tki_value *v)
{
    switch ((enum tki_vtype)v->type) {
    case TKI_V_INT:
    case TKI_V_DURATION: tki_json_i64(j, name, v->v.i); break;
    case TKI_V_FLOAT: tki_json_double(j, name, v->v.d); break;
    case TKI_V_BOOL: tki_json_bool(j, name, v->v.b); break;
    case TKI_V_STRING: tki_json_str(j, name, v->v.s); break;
    case TKI_V_NIL:
    case TKI_V_ANY: tki_json_null(j, name); break;
    default: {
        struct tki_buf b = {0};
        tki_value_print(&b, v, false);
        tki_json_str(j, name, (tk_str){b.p, b.n});
        tki_buf_free(&b);
    }
    }
}

static void print_json(const struct query_table *t, struct tki_buf *to)
{
    for (size_t i = 0; i < rows_of(t); i++) {
        struct tki_json j = {.to = to, .compact = true};
        const struct tki_value *cells = row_of(t, i);
        tki_json_object(&j, NULL);
        for (size_t k = 0; k < columns_of(t); k++)
            put_json(&j, name_of(t, k), &cells[k]);
        tki_json_end(&j);
    }
}

static void put_text(struct tki_buf *to, const struct tki_value *v)
{
    char z[TKI_QUANTITY_MAX];
    if (v->type == TKI_V_NIL)
        tki_buf_putc(to, '-');
    else if (v->type == TKI_V_FLOAT)
        tki_buf_printf(to, "%.6g", v->v.d);
    else if (v->type == TKI_V_DURATION)
        tki_buf_str(to, tki_str(tki_duration_format(z, (double)v->v.i)));
    else
        tki_value_print(to, v, false);
}

/* For programs: whole numbers of nanoseconds, numbers as exact as they are, nothing for what is not there. */
static void put_raw(struct tki_buf *to, const struct tki_value *v)
{
    if (v->type == TKI_V_FLOAT)
        tki_buf_double(to, v->v.d);
    else if (v->type == TKI_V_DURATION)
        tki_buf_printf(to, "%" PRId64, v->v.i);
    else if (v->type != TKI_V_NIL)
        tki_value_print(to, v, false);
}

/* What the cells of a column have in common. */
struct kind {
    bool numbers, durations; /* and nothing else, but for cells that are empty */
    char *key;               /* the name with its unit */
};

static struct kind kind_of(const struct query_table *t, size_t column)
{
    size_t numbers = 0, durations = 0, others = 0;
    struct kind k = {0};
    for (size_t i = 0; i < rows_of(t); i++) {
        uint8_t type = row_of(t, i)[column].type;
        durations += type == TKI_V_DURATION;
        numbers += type == TKI_V_INT || type == TKI_V_FLOAT || type == TKI_V_DURATION;
        others += type != TKI_V_NIL;
    }
    k.numbers = numbers > 0 && others == numbers;
    k.durations = durations > 0 && others == durations;
    if (asprintf(&k.key, "%s%s", name_of(t, column), k.durations ? " (ns)" : "") < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    return k;
}

static void print_rows(const struct query_table *t, struct tki_buf *to, enum plan_form form, size_t width)
{
    size_t n = columns_of(t);
    struct tki_column *columns = calloc(n, sizeof *columns);
    struct kind *kinds = calloc(n, sizeof *kinds);
    struct tki_table table;
    struct tki_buf shown = {0}, raw = {0};
    if (!columns || !kinds)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t k = 0; k < n; k++) {
        kinds[k] = kind_of(t, k);
        columns[k] = (struct tki_column){.title = name_of(t, k),
                                         .key = kinds[k].key,
                                         .right = kinds[k].numbers,
                                         .elastic = !kinds[k].numbers && k > 0};
    }
    tki_table_init(&table, columns, n);
    for (size_t i = 0; i < rows_of(t); i++)
        for (size_t k = 0; k < n; k++) {
            tki_buf_reset(&shown);
            tki_buf_reset(&raw);
            put_text(&shown, &row_of(t, i)[k]);
            put_raw(&raw, &row_of(t, i)[k]);
            tki_table_add2(&table, (tk_str){shown.p, shown.n}, (tk_str){raw.p, raw.n});
        }
    if (form == PLAN_TSV)
        tki_table_tsv(&table, to);
    else
        tki_table_text(&table, to, width, 0);
    tki_table_free(&table);
    tki_buf_free(&shown);
    tki_buf_free(&raw);
    for (size_t k = 0; k < n; k++)
        free(kinds[k].key);
    free(kinds);
    free(columns);
}

/* What is counted in buckets, what spans were weighted by, and which could not be placed. */
static void tell(const struct query_table *t)
{
    uint64_t spans, sampled, untimed;
    double stand_for;
    tki_qmetrics_weights(t->metrics, &spans, &sampled, &stand_for, &untimed);
    if (tki_qmetrics_buckets(t->metrics))
        tki_msg("buckets end at powers of two: the bucket of 8 counts values above 4 and up to 8");
    if (untimed)
        tki_msg("%" PRIu64 " spans without a start are in no interval", untimed);
    if (sampled)
        tki_msg("%" PRIu64 " of the %" PRIu64 " spans counted carry a sampling threshold; together they stand for %.0f",
                sampled, spans, stand_for);
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

static int print(struct query_table *t, enum plan_form form, size_t width, struct tki_buf *to, struct tk_err *err)
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
    if (form == PLAN_JSON)
        print_json(t, to);
    else
        print_rows(t, to, form, width);
    if (t->metrics)
        tell(t);
    return to->err ? tki_err_memory(err) : 0;
}

/* ---- as an output of tracecat ---- */

struct printer {
    const struct query *query;
    enum plan_form form;
    size_t width; /* 0: any */
    struct tki_sink *sink;
};

static void *open_printer(const struct output_args *a, struct tk_err *err)
{
    struct printer *p = calloc(1, sizeof *p);
    if (!p) {
        tki_err_memory(err);
        return NULL;
    }
    p->query = a->query;
    p->form = a->plan->form;
    p->width = !a->path && tki_term_is(STDOUT_FILENO) ? tki_term_width(STDOUT_FILENO) : 0;
    if (tki_sink_open(&p->sink, a->path, (int)a->plan->compress, 0, err) == 0)
        return p;
    free(p);
    return NULL;
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
    struct tki_buf text = {0};
    (void)status;
    int r = print(p->query->table, p->form, p->width, &text, err);
    if (r == 0)
        r = tki_sink_write(p->sink, text.p, text.n, err);
    if (r < 0)
        tki_sink_abort(p->sink);
    else
        r = tki_sink_close(p->sink, err);
    tki_buf_free(&text);
    free(p);
    return r;
}

static void abort_printer(void *out)
{
    struct printer *p = out;
    tki_sink_abort(p->sink);
    free(p);
}

const struct output output_table = {
    .open = open_printer,
    .put = put_spans,
    .close = close_printer,
    .abort = abort_printer,
};
