/* A table as lines: columns are as wide as what is in them, and give way where the line is narrower.
 *
 * First ids keep their beginning; then names, paths and prose give way, the widest first: names lose their middle,
 * paths their oldest steps but for the last one, prose goes on in the next line.  What is still too wide goes, whole,
 * into a second line of its row. */
#include <stdlib.h>

#include "base/text.h"
#include "report/parts.h"

enum { GAP = 2, HANG = 4 };

/* Columns that each keeps, if there is as much in it. */
static const size_t leasts[] = {[TKI_PREFIX] = 9, [TKI_CUT] = 8, [TKI_STEPS] = 24, [TKI_WRAP] = 20};

struct column {
    const struct tki_doc_column *c;
    size_t at;             /* which cell of a row */
    size_t natural, width; /* of all that is in it; what it gets */
    size_t last;           /* of its paths: what their last steps take */
    size_t gap;            /* before it */
    bool breaks;           /* it begins another line of its row */
};

struct grid {
    const struct tki_node *table;
    struct column *column;
    size_t n, indent, width;
    struct tki_buf cell; /* of one */
    struct tki_buf *to;
};

static size_t width_of(struct grid *g, const struct tki_datum *v)
{
    tki_buf_reset(&g->cell);
    tki_datum_text(v, SIZE_MAX, &g->cell);
    return tki_text_width(tki_buf_text(&g->cell, &g->to->err));
}

static void measure(struct grid *g)
{
    size_t left = g->table->u.table.shown;
    for (size_t k = 0; k < g->n; k++) {
        size_t title = tki_text_width(tki_str(g->column[k].c->title));
        g->column[k].width = title > g->column[k].c->min ? title : g->column[k].c->min;
    }
    struct tki_rows rows;
    tki_rows_begin(&rows, g->table);
    for (; left && tki_rows_next(&rows); left--)
        for (size_t k = 0; k < g->n; k++) {
            size_t w = width_of(g, &rows.cell[g->column[k].at]);
            if (w > g->column[k].width)
                g->column[k].width = w;
            size_t last = tki_datum_path_least(&rows.cell[g->column[k].at], false, g->to);
            if (last > g->column[k].last)
                g->column[k].last = last;
        }
    tki_rows_end(&rows, g->to);
}

static size_t least(const struct column *c)
{
    size_t title = tki_text_width(tki_str(c->c->title)), n = leasts[c->c->shrink];
    n = c->c->floor ? c->c->floor : n;
    n = c->c->shrink == TKI_STEPS && c->last > n ? c->last : n;
    return title > n ? title : n;
}

static size_t total(const struct grid *g)
{
    size_t n = g->indent;
    for (size_t k = 0; k < g->n; k++)
        n += g->column[k].gap + g->column[k].width;
    return n;
}

static bool gives(const struct column *c, bool ids)
{
    return c->c->shrink != TKI_KEEP && (c->c->shrink == TKI_PREFIX) == ids && c->width > least(c);
}

/* Takes what is too much from the widest that gives way, again and again, so that the narrow keep their text. */
static void shrink(struct grid *g, bool ids)
{
    for (size_t sum = total(g); sum > g->width;) {
        struct column *widest = NULL;
        size_t second = 0;
        for (size_t k = 0; k < g->n; k++)
            if (gives(&g->column[k], ids) && (!widest || g->column[k].width > widest->width))
                widest = &g->column[k];
        if (!widest)
            return;
        for (size_t k = 0; k < g->n; k++)
            if (gives(&g->column[k], ids) && &g->column[k] != widest && g->column[k].width > second)
                second = g->column[k].width;
        second = second > least(widest) ? second : least(widest);
        size_t most = widest->width > second ? widest->width - second : 1, cut = sum - g->width;
        cut = cut < most ? cut : most;
        widest->width -= cut;
        sum -= cut;
    }
}

/* What does not fit even so begins another line. */
static void fold(struct grid *g)
{
    size_t at = g->indent;
    for (size_t k = 0; k < g->n; k++) {
        struct column *c = &g->column[k];
        c->breaks = k > 0 && at + c->gap + c->width > g->width;
        if (c->breaks) {
            c->gap = 0;
            at = g->indent + HANG;
        }
        size_t room = g->width > at + c->gap ? g->width - at - c->gap : 1;
        if (c->breaks && c->c->shrink != TKI_KEEP)
            c->width = c->natural;
        if (c->width > room && c->c->shrink != TKI_KEEP)
            c->width = room;
        at += c->gap + c->width;
    }
}

/* ---- lines ---- */

/* Ends the line that began at start, without spaces at its end; one without text is none. */
static size_t end_line(struct tki_buf *to, size_t start)
{
    while (to->n > start && to->p[to->n - 1] == ' ')
        to->n--;
    if (to->n > start)
        tki_buf_putc(to, '\n');
    return to->n;
}

/* The part of a cell that goes into the line; *from: bytes that earlier lines took. */
static void put_cell(struct grid *g, const struct column *c, const struct tki_datum *v, size_t *from)
{
    bool wraps = c->c->shrink == TKI_WRAP;
    tki_buf_reset(&g->cell);
    tki_datum_text(v, wraps ? SIZE_MAX : c->width, &g->cell);
    tk_str text = tki_buf_text(&g->cell, &g->to->err);
    if (wraps) {
        struct tki_buf lines = {0};
        tki_buf_wrap(&lines, text, 0, 0, c->width);
        size_t start = *from < lines.n ? *from : lines.n;
        const char *end = start < lines.n ? memchr(lines.p + start, '\n', lines.n - start) : NULL;
        size_t n = end ? (size_t)(end - lines.p) - start : lines.n - start;
        tki_buf_reset(&g->cell);
        if (n)
            tki_buf_put(&g->cell, lines.p + start, n);
        *from = end ? start + n + 1 : SIZE_MAX;
        tki_buf_text(&lines, &g->to->err);
        tki_buf_free(&lines);
        text = tki_buf_text(&g->cell, &g->to->err);
    }
    size_t width = tki_text_width(text), fill = width < c->width ? c->width - width : 0;
    if (c->c->right)
        tki_buf_spaces(g->to, fill);
    tki_buf_str(g->to, text);
    if (!c->c->right)
        tki_buf_spaces(g->to, fill);
}

/* Whether a cell that would have a line of its own holds nothing: then there is no such line. */
static bool is_empty_line(const struct grid *g, size_t k, const struct tki_datum *cell)
{
    const struct column *c = &g->column[k];
    return c->breaks && (k + 1 == g->n || g->column[k + 1].breaks) && cell[c->at].type == TKI_D_NONE;
}

static void put_row(struct grid *g, const struct tki_datum *cell, size_t *from)
{
    bool more = true;
    size_t begin = g->to->n;
    memset(from, 0, g->n * sizeof *from);
    for (bool first = true; more; first = false) {
        size_t start = g->to->n;
        more = false;
        tki_buf_spaces(g->to, g->indent);
        for (size_t k = 0; k < g->n; k++) {
            const struct column *c = &g->column[k];
            if (is_empty_line(g, k, cell)) {
                from[k] = SIZE_MAX;
                continue;
            }
            if (c->breaks) {
                start = end_line(g->to, start);
                tki_buf_spaces(g->to, g->indent + HANG);
            }
            tki_buf_spaces(g->to, c->gap);
            if (!first && (c->c->shrink != TKI_WRAP || from[k] == SIZE_MAX))
                tki_buf_spaces(g->to, c->width);
            else
                put_cell(g, c, &cell[c->at], &from[k]);
            more |= c->c->shrink == TKI_WRAP && from[k] != SIZE_MAX;
        }
        end_line(g->to, start);
        if (g->to->err || g->cell.err)
            return;
    }
    if (g->to->n == begin) /* no cell holds anything: a line it is all the same */
        tki_buf_putc(g->to, '\n');
}

static void put_titles(struct grid *g)
{
    size_t start = g->to->n;
    bool any = false;
    for (size_t k = 0; k < g->n; k++)
        any |= g->column[k].c->title[0] != 0;
    if (!any)
        return;
    size_t indent = g->indent - g->table->indent; /* what is indented are the rows */
    tki_buf_spaces(g->to, indent);
    for (size_t k = 0; k < g->n; k++) {
        const struct column *c = &g->column[k];
        if (c->breaks) {
            start = end_line(g->to, start);
            tki_buf_spaces(g->to, g->indent + HANG);
        }
        tki_buf_spaces(g->to, c->gap);
        size_t width = c->width + (k == 0 ? g->indent - indent : 0);
        tki_buf_cell(g->to, tki_str(c->c->title), width, c->c->right);
    }
    end_line(g->to, start);
}

static void put_rows(struct grid *g)
{
    size_t left = g->table->u.table.shown, hidden = 0, *from = calloc(g->n, sizeof *from);
    if (!from) {
        g->to->err = TK_ENOMEM;
        return;
    }
    put_titles(g);
    struct tki_rows rows;
    tki_rows_begin(&rows, g->table);
    while (tki_rows_next(&rows)) {
        if (left) {
            put_row(g, rows.cell, from);
            left--;
        } else {
            hidden++;
        }
    }
    tki_rows_end(&rows, g->to);
    if (hidden) {
        struct tki_datum n = tki_d_count(hidden);
        tki_buf_spaces(g->to, g->indent);
        tki_buf_lit(g->to, "and ");
        tki_datum_text(&n, SIZE_MAX, g->to);
        tki_buf_lit(g->to, " more\n");
    }
    free(from);
}

void tki_table_lines(const struct tki_node *table, size_t indent, size_t width, struct tki_buf *to)
{
    struct grid g = {.table = table, .indent = indent, .width = width, .to = to};
    g.column = calloc(table->u.table.ncolumns + 1, sizeof *g.column);
    if (!g.column) {
        to->err = TK_ENOMEM;
        return;
    }
    for (size_t at = 0; at < table->u.table.ncolumns; at++) {
        const struct tki_doc_column *c = &table->u.table.columns[at];
        if (!c->title)
            continue;
        g.column[g.n] = (struct column){.c = c, .at = at};
        if (g.n)
            g.column[g.n].gap = c->tight < GAP ? GAP - c->tight : 0;
        g.n++;
    }
    if (g.n) {
        measure(&g);
        for (size_t k = 0; k < g.n; k++)
            g.column[k].natural = g.column[k].width;
        shrink(&g, true);
        shrink(&g, false);
        fold(&g);
        put_rows(&g);
    }
    if (g.cell.err && !to->err)
        to->err = g.cell.err;
    tki_buf_free(&g.cell);
    free(g.column);
}
