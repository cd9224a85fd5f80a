#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/json_out.h"
#include "cli/msg.h"
#include "cli/quantity.h"
#include "cli/table.h"
#include "cli/term.h"
#include "io/sink.h"
#include "pipe.h"
#include "query/table.h"

struct ask_table {
    struct tki_qtable *rows;
};

struct ask_table *ask_table_new(const struct ask *a)
{
    struct ask_table *t = calloc(1, sizeof *t);
    if (!t || tki_qtable_new(&t->rows, a->query) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    return t;
}

void ask_table_free(struct ask_table *t)
{
    if (!t)
        return;
    tki_qtable_free(t->rows);
    free(t);
}

int ask_table_spans(struct ask_table *t, const struct ask *a, const struct tk_batch *b, const uint32_t *rows,
                    size_t nrows)
{
    return tki_qtable_add_spans(t->rows, a->eval, b, rows, nrows);
}

int ask_table_trace(struct ask_table *t, const struct ask *a, const struct tki_qresult *results)
{
    return tki_qtable_add(t->rows, a->eval, results);
}

static void put_json(struct tki_json *j, const char *name, const struct tki_qval *v)
{
    switch ((enum tki_qtype)v->type) {
    case TKI_Q_INT:
    case TKI_Q_DURATION: tki_json_i64(j, name, v->v.i); break;
    case TKI_Q_FLOAT: tki_json_double(j, name, v->v.d); break;
    case TKI_Q_BOOL: tki_json_bool(j, name, v->v.b); break;
    case TKI_Q_STRING: tki_json_str(j, name, v->v.s); break;
    case TKI_Q_NIL:
    case TKI_Q_ANY: tki_json_null(j, name); break;
    default: {
        struct tki_buf b = {0};
        tki_qval_print(&b, v, false);
        tki_json_str(j, name, (tk_str){b.p, b.n});
        tki_buf_free(&b);
    }
    }
}

static void print_json(const struct tki_qtable *t, struct tki_buf *to)
{
    for (size_t i = 0; i < tki_qtable_rows(t); i++) {
        struct tki_json j = {.to = to, .compact = true};
        const struct tki_qval *cells = tki_qtable_row(t, i);
        tki_json_object(&j, NULL);
        for (size_t k = 0; k < tki_qtable_columns(t); k++)
            put_json(&j, tki_qtable_name(t, k), &cells[k]);
        tki_json_end(&j);
    }
}

static void put_text(struct tki_buf *to, const struct tki_qval *v)
{
    char z[TKI_QUANTITY_MAX];
    if (v->type == TKI_Q_NIL)
        tki_buf_putc(to, '-');
    else if (v->type == TKI_Q_DURATION)
        tki_buf_str(to, tki_str(tki_duration_format(z, (double)v->v.i)));
    else
        tki_qval_print(to, v, false);
}

static void print_text(const struct tki_qtable *t, struct tki_buf *to, size_t width)
{
    size_t n = tki_qtable_columns(t);
    struct tki_column *columns = calloc(n, sizeof *columns);
    struct tki_table table;
    struct tki_buf cell = {0};
    if (!columns)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t k = 0; k < n; k++) {
        columns[k] = (struct tki_column){.title = tki_qtable_name(t, k)};
        for (size_t i = 0; i < tki_qtable_rows(t) && !columns[k].right; i++) {
            uint8_t type = tki_qtable_row(t, i)[k].type;
            columns[k].right = type == TKI_Q_INT || type == TKI_Q_FLOAT || type == TKI_Q_DURATION;
        }
        columns[k].elastic = !columns[k].right && k > 0;
    }
    tki_table_init(&table, columns, n);
    for (size_t i = 0; i < tki_qtable_rows(t); i++)
        for (size_t k = 0; k < n; k++) {
            tki_buf_reset(&cell);
            put_text(&cell, &tki_qtable_row(t, i)[k]);
            tki_table_add(&table, (tk_str){cell.p, cell.n});
        }
    tki_table_text(&table, to, width, 0);
    tki_table_free(&table);
    tki_buf_free(&cell);
    free(columns);
}

void ask_table_print(struct ask_table *t, const struct ask *a, struct tki_buf *to)
{
    tki_qtable_finish(t->rows);
    if (a->o->common.json)
        print_json(t->rows, to);
    else
        print_text(
            t->rows, to,
            a->o->common.output || !tki_term_is(STDOUT_FILENO) ? 0 : (size_t)tki_term_width(STDOUT_FILENO));
}

/* ---- as an output of tracecat
 * ------------------------------------------------------------------------------ */

struct printer {
    const struct options *o;
    struct tki_sink *sink;
};

static void *open_printer(const struct options *o, struct tk_err *err)
{
    struct printer *p = calloc(1, sizeof *p);
    if (!p) {
        tki_err_memory(err);
        return NULL;
    }
    p->o = o;
    if (tki_sink_open(&p->sink, o->common.output, (int)o->common.compress, 0, err) == 0)
        return p;
    free(p);
    return NULL;
}

static int put_spans(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                     struct tk_err *err)
{
    const struct ask *a = ((struct printer *)out)->o->ask;
    return ask_table_spans(a->table, a, b, rows, nrows) < 0 ? tki_err_memory(err) : 0;
}

static int close_printer(void *out, int *status, struct tk_err *err)
{
    struct printer *p = out;
    struct tki_buf text = {0};
    (void)status;
    ask_table_print(p->o->ask->table, p->o->ask, &text);
    int r = text.err ? tki_err_memory(err) : tki_sink_write(p->sink, text.p, text.n, err);
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
