/* A document as a page: headings, lines, tables and findings in the shell of html.h. */
#include "report/html.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/parts.h"

static void put_value(struct tki_buf *to, const struct tki_datum *v)
{
    struct tki_buf text = {0};
    bool code = v->type == TKI_D_CODE || v->type == TKI_D_TRACE_ID || v->type == TKI_D_SPAN_ID;
    tki_datum_text(v, SIZE_MAX, &text);
    bool whole = v->type == TKI_D_RANGE; /* a line break between its ends is hard to read */
    tki_buf_str(to, tki_str(code ? "<code>" : whole ? "<span class=\"range\">" : ""));
    tki_html_text(to, tki_buf_text(&text, &to->err));
    tki_buf_str(to, tki_str(code ? "</code>" : whole ? "</span>" : ""));
    tki_buf_free(&text);
}

static void put_runs(struct tki_buf *to, const struct tki_node *n)
{
    const struct tki_node *end = tki_after_runs(n);
    for (; n != end; n = n->next) {
        if (n->type == TKI_N_WORDS)
            tki_html_text(to, n->u.value.v.str);
        else if (n->type == TKI_N_BREAK)
            tki_buf_lit(to, "<br>");
        else if (n->type == TKI_N_VALUE)
            put_value(to, &n->u.value);
    }
}

static void put_title(struct tki_buf *to, const char *title)
{
    tki_html_text(to, tki_str(title));
}

/* ---- tables ---- */

static void put_cell(struct tki_buf *to, const struct tki_doc_column *c, const char *tag)
{
    tki_buf_printf(to, "<%s%s>", tag, c->right ? " class=\"number\"" : "");
}

/* NAN: it is no number from 0 on. */
static double length_of(const struct tki_datum *v)
{
    double x = v->type == TKI_D_U64    ? (double)v->v.u64
               : v->type == TKI_D_I64  ? (double)v->v.i64
               : v->type == TKI_D_REAL ? v->v.real
                                       : NAN;
    return x >= 0 && !isinf(x) ? x : NAN;
}

/* The longest bar of each column; NULL: no memory.  Free it. */
static double *longest(struct tki_buf *to, const struct tki_node *table)
{
    double *most = calloc(table->u.table.ncolumns + 1, sizeof *most);
    struct tki_rows rows;
    size_t at = 0;
    if (!most && !to->err)
        to->err = TK_ENOMEM;
    tki_rows_begin(&rows, table);
    while (most && at++ < table->u.table.shown && tki_rows_next(&rows))
        for (size_t k = 0; k < table->u.table.ncolumns; k++)
            if (table->u.table.columns[k].bar && length_of(&rows.cell[k]) > most[k])
                most[k] = length_of(&rows.cell[k]);
    tki_rows_end(&rows, to);
    return most;
}

static void put_bar(struct tki_buf *to, const struct tki_datum *v, double most)
{
    enum { LONGEST = 8 }; /* times the size of the letters: the column is as wide as the bar and the number need it */
    double x = length_of(v);
    if (most > 0 && !isnan(x))
        tki_buf_printf(to, "<span class=\"bar\" style=\"width:%.2fem\"></span>", LONGEST * x / most);
}

static void put_row(struct tki_buf *to, const struct tki_node *table, const struct tki_datum *cell, const double *most)
{
    tki_buf_lit(to, "<tr>");
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        const struct tki_doc_column *c = &table->u.table.columns[k];
        if (!c->title)
            continue;
        put_cell(to, c, "td");
        if (c->bar) { /* bars end where numbers of any length begin */
            put_bar(to, &cell[k], most[k]);
            tki_buf_lit(to, "<span class=\"beside\">");
        }
        put_value(to, &cell[k]);
        tki_buf_str(to, tki_str(c->bar ? "</span></td>" : "</td>"));
    }
    tki_buf_lit(to, "</tr>\n");
}

static void put_table(struct tki_buf *to, const struct tki_node *table)
{
    size_t shown = 0, hidden = 0;
    bool any = false;
    for (size_t k = 0; k < table->u.table.ncolumns; k++)
        any |= table->u.table.columns[k].title != NULL;
    if (!any || !tki_rows_any(table))
        return;
    tki_buf_lit(to, "<div class=\"wide\"><table>\n<tr>");
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        const struct tki_doc_column *c = &table->u.table.columns[k];
        if (!c->title)
            continue;
        put_cell(to, c, "th");
        put_title(to, c->title);
        tki_buf_lit(to, "</th>");
    }
    tki_buf_lit(to, "</tr>\n");
    struct tki_rows rows;
    double *most = longest(to, table);
    tki_rows_begin(&rows, table);
    while (most && tki_rows_next(&rows)) {
        if (shown < table->u.table.shown) {
            put_row(to, table, rows.cell, most);
            shown++;
        } else {
            hidden++;
        }
    }
    tki_rows_end(&rows, to);
    free(most);
    tki_buf_lit(to, "</table></div>\n");
    if (hidden)
        tki_buf_printf(to, "<p class=\"dim\">and %zu more</p>\n", hidden);
}

/* ---- blocks ---- */

static void put_blocks(struct tki_buf *to, const struct tki_node *n, unsigned level);

static void put_line(struct tki_buf *to, const struct tki_node *n)
{
    tki_buf_lit(to, "<p>");
    if (n->title && *n->title) {
        tki_buf_lit(to, "<b>");
        put_title(to, n->title);
        tki_buf_lit(to, "</b> ");
    }
    put_runs(to, n->first);
    tki_buf_lit(to, "</p>\n");
}

static void put_paragraph(struct tki_buf *to, const struct tki_node *n)
{
    tki_buf_str(to, tki_str(n->type == TKI_N_VERDICT ? "<p class=\"verdict\">" : "<p>"));
    if (n->title && *n->title) {
        put_title(to, n->title);
        tki_buf_lit(to, ": ");
    }
    put_runs(to, n->first);
    tki_buf_lit(to, "</p>\n");
}

static void put_finding(struct tki_buf *to, const struct tki_node *n, unsigned level)
{
    tki_buf_printf(to, "<div%s>\n", n->u.finding.severity >= TKI_WARNING ? " class=\"bad\"" : "");
    put_line(to, n);
    put_blocks(to, tki_after_runs(n->first), level);
    if (n->u.finding.next_step) {
        tki_buf_lit(to, "<p>");
        put_title(to, n->u.finding.next_step);
        tki_buf_lit(to, "</p>\n");
    }
    tki_buf_lit(to, "</div>\n");
}

static void put_section(struct tki_buf *to, const struct tki_node *n, unsigned level)
{
    if (n->title) {
        tki_buf_printf(to, "<h%u>", level);
        put_title(to, n->title);
        tki_buf_printf(to, "</h%u>\n", level);
    }
    if (n->indent)
        tki_buf_lit(to, "<div class=\"in\">\n");
    put_blocks(to, n->first, n->title && level < 6 ? level + 1 : level);
    if (n->indent)
        tki_buf_lit(to, "</div>\n");
}

static void put_figure(struct tki_buf *to, const struct tki_node *n, unsigned level)
{
    if (n->title) {
        tki_buf_printf(to, "<h%u>", level);
        put_title(to, n->title);
        tki_buf_printf(to, "</h%u>\n", level);
    }
    tki_buf_lit(to, "<div class=\"wide\">");
    tki_buf_str(to, n->u.value.v.str);
    tki_buf_lit(to, "</div>\n");
}

static void put_literal(struct tki_buf *to, tk_str s)
{
    tki_buf_lit(to, "<pre>");
    for (tk_str line; tki_line_next(&s, &line);) {
        tki_html_text(to, line);
        tki_buf_putc(to, '\n');
    }
    tki_buf_lit(to, "</pre>\n");
}

static void put_good(struct tki_buf *to, const struct tki_node *n)
{
    struct tki_buf names = {0};
    if (tki_good_names(n, &names)) {
        tki_buf_lit(to, "<p><b>ok</b> ");
        tki_html_text(to, tki_buf_text(&names, &to->err));
        tki_buf_lit(to, "</p>\n");
    }
    tki_buf_free(&names);
}

static void put_blocks(struct tki_buf *to, const struct tki_node *n, unsigned level)
{
    const struct tki_node *first = n;
    for (; n; n = n->next) {
        if (tki_plainly_good(n))
            continue;
        switch ((enum tki_node_type)n->type) {
        case TKI_N_SECTION: put_section(to, n, level); break;
        case TKI_N_LIST: put_blocks(to, n->first, level); break;
        case TKI_N_FINDING: put_finding(to, n, level); break;
        case TKI_N_LINE: put_line(to, n); break;
        case TKI_N_PARAGRAPH:
        case TKI_N_VERDICT: put_paragraph(to, n); break;
        case TKI_N_LITERAL: put_literal(to, n->u.value.v.str); break;
        case TKI_N_TABLE: put_table(to, n); break;
        case TKI_N_FIGURE: put_figure(to, n, level); break;
        default: break; /* data; and space is the page's own affair */
        }
    }
    put_good(to, first);
}

void tki_doc_html(const struct tki_doc *d, struct tki_buf *to)
{
    tki_html_begin(to, tki_str(d->title), "", NULL);
    tki_buf_lit(to, "<main>\n<h1>");
    put_title(to, d->title);
    tki_buf_lit(to, "</h1>\n");
    put_blocks(to, d->root.first, 2);
    tki_buf_lit(to, "</main>\n");
    tki_html_end(to);
}
