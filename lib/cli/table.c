#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/term.h"

struct tki_cell {
    size_t shown, nshown; /* in t->text */
    size_t raw, nraw;
};

void tki_table_init(struct tki_table *t, const struct tki_column *columns, size_t ncolumns)
{
    *t = (struct tki_table){.columns = columns, .ncolumns = ncolumns};
}

void tki_table_free(struct tki_table *t)
{
    free(t->cells);
    tki_buf_free(&t->text);
    *t = (struct tki_table){.columns = t->columns, .ncolumns = t->ncolumns};
}

/* A new cell, or NULL after a failure. */
static struct tki_cell *new_cell(struct tki_table *t)
{
    if (t->err)
        return NULL;
    if (t->ncells == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct tki_cell *cells = realloc(t->cells, cap * sizeof *cells);
        if (!cells) {
            t->err = TK_ENOMEM;
            return NULL;
        }
        t->cells = cells;
        t->cap = cap;
    }
    return &t->cells[t->ncells];
}

static void done(struct tki_table *t)
{
    t->ncells++;
    if (t->text.err)
        t->err = t->text.err;
}

void tki_table_add2(struct tki_table *t, tk_str shown, tk_str raw)
{
    struct tki_cell *c = new_cell(t);
    if (!c)
        return;
    *c = (struct tki_cell){t->text.n, shown.n, t->text.n + shown.n, raw.n};
    tki_buf_str(&t->text, shown);
    tki_buf_str(&t->text, raw);
    done(t);
}

void tki_table_add(struct tki_table *t, tk_str s)
{
    struct tki_cell *c = new_cell(t);
    if (!c)
        return;
    *c = (struct tki_cell){t->text.n, s.n, t->text.n, s.n};
    tki_buf_str(&t->text, s);
    done(t);
}

void tki_table_addf(struct tki_table *t, const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) {
        t->err = TK_ENOMEM;
        return;
    }
    tki_table_add(t, (tk_str){text, (size_t)n});
    free(text);
}

size_t tki_table_rows(const struct tki_table *t)
{
    return t->ncells / t->ncolumns;
}

/* ---- for people ---- */

enum { GAP = 2, NARROWEST = 8 };

static tk_str shown_text(const struct tki_table *t, size_t row, size_t column)
{
    const struct tki_cell *c = &t->cells[row * t->ncolumns + column];
    return (tk_str){t->text.p + c->shown, c->nshown};
}

/* Widest cell of each column, headings included. */
static void measure(const struct tki_table *t, size_t *widths, struct tki_buf *scratch)
{
    for (size_t k = 0; k < t->ncolumns; k++) {
        widths[k] = tki_text_width(tki_str(t->columns[k].title));
        for (size_t i = 0; i < tki_table_rows(t); i++) {
            tki_buf_reset(scratch);
            size_t columns = tki_buf_fit(scratch, shown_text(t, i, k), SIZE_MAX);
            if (columns > widths[k])
                widths[k] = columns;
        }
    }
}

/* Takes the columns that are too many from the widest elastic column, again and again, so that those which
 * are narrow already keep their text. */
static void shrink(const struct tki_table *t, size_t *widths, size_t indent, size_t width)
{
    size_t total = indent + GAP * (t->ncolumns - 1);
    for (size_t k = 0; k < t->ncolumns; k++)
        total += widths[k];
    while (total > width) {
        size_t widest = SIZE_MAX, second = NARROWEST;
        for (size_t k = 0; k < t->ncolumns; k++)
            if (t->columns[k].elastic && widths[k] > NARROWEST && (widest == SIZE_MAX || widths[k] > widths[widest]))
                widest = k;
        if (widest == SIZE_MAX)
            return;
        for (size_t k = 0; k < t->ncolumns; k++)
            if (t->columns[k].elastic && k != widest && widths[k] > second)
                second = widths[k];
        size_t cut = total - width, most = widths[widest] > second ? widths[widest] - second : 1;
        cut = cut < most ? cut : most;
        widths[widest] -= cut;
        total -= cut;
    }
}

static void put_row(const struct tki_table *t, const size_t *widths, size_t indent, size_t row, struct tki_buf *to)
{
    size_t start = to->n;
    tki_buf_spaces(to, indent);
    for (size_t k = 0; k < t->ncolumns; k++) {
        tk_str text = row == SIZE_MAX ? tki_str(t->columns[k].title) : shown_text(t, row, k);
        if (k)
            tki_buf_spaces(to, GAP);
        tki_buf_cell(to, text, widths[k], t->columns[k].right);
    }
    while (to->n > start && to->p[to->n - 1] == ' ')
        to->n--;
    tki_buf_putc(to, '\n');
}

void tki_table_text(const struct tki_table *t, struct tki_buf *to, size_t width, size_t indent)
{
    struct tki_buf scratch = {0};
    size_t *widths = calloc(t->ncolumns, sizeof *widths);
    if (t->err || !widths) {
        to->err = t->err ? t->err : TK_ENOMEM;
        free(widths);
        return;
    }
    measure(t, widths, &scratch);
    if (width)
        shrink(t, widths, indent, width);
    bool headings = false;
    for (size_t k = 0; k < t->ncolumns; k++)
        headings |= t->columns[k].title[0] != 0;
    if (headings)
        put_row(t, widths, indent, SIZE_MAX, to);
    for (size_t i = 0; i < tki_table_rows(t); i++)
        put_row(t, widths, indent, i, to);
    if (scratch.err)
        to->err = scratch.err;
    tki_buf_free(&scratch);
    free(widths);
}

/* ---- for programs ---- */

static void put_escaped(struct tki_buf *to, tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '\t': tki_buf_lit(to, "\\t"); break;
        case '\n': tki_buf_lit(to, "\\n"); break;
        case '\r': tki_buf_lit(to, "\\r"); break;
        case '\\': tki_buf_lit(to, "\\\\"); break;
        default:
            if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
                tki_buf_printf(to, "\\x%02x", (unsigned char)s.p[i]);
            else
                tki_buf_putc(to, s.p[i]);
        }
}

void tki_table_tsv(const struct tki_table *t, struct tki_buf *to)
{
    if (t->err) {
        to->err = t->err;
        return;
    }
    for (size_t k = 0; k < t->ncolumns; k++) {
        const struct tki_column *c = &t->columns[k];
        put_escaped(to, tki_str(c->key ? c->key : c->title));
        tki_buf_putc(to, k + 1 < t->ncolumns ? '\t' : '\n');
    }
    for (size_t i = 0; i < tki_table_rows(t) * t->ncolumns; i++) {
        put_escaped(to, (tk_str){t->text.p + t->cells[i].raw, t->cells[i].nraw});
        tki_buf_putc(to, (i + 1) % t->ncolumns ? '\t' : '\n');
    }
}
