/* A document as Markdown: headings, lists of lines, and tables as GitHub and GitLab show them.  Names and words of the
 * input are escaped, so that they appear as they are. */
#include "base/text.h"
#include "report/parts.h"

struct page {
    struct tki_buf *to;
    unsigned level; /* of the next heading */
    bool list;      /* the last block was a line of a list */
    bool inside;    /* of a finding, which is such a line */
};

static void put_escaped(struct tki_buf *to, tk_str s)
{
    struct tki_buf shown = {0};
    tki_buf_visible(&shown, s);
    for (size_t i = 0; i < shown.n; i++) {
        char c = shown.p[i];
        if (c == '<')
            tki_buf_lit(to, "&lt;");
        else if (c == '&')
            tki_buf_lit(to, "&amp;");
        else if (c && strchr("\\`*_[]|~#>", c))
            tki_buf_printf(to, "\\%c", c);
        else
            tki_buf_putc(to, c);
    }
    if (shown.err)
        to->err = shown.err;
    tki_buf_free(&shown);
}

/* A code span; its fence is longer than any run of backticks inside.  In a table a bar would end the cell. */
static void put_code(struct tki_buf *to, tk_str s)
{
    struct tki_buf shown = {0};
    size_t fence = 1, run = 0;
    tki_buf_visible(&shown, s);
    for (size_t i = 0; i < shown.n; i++) {
        run = shown.p[i] == '`' ? run + 1 : 0;
        fence = run >= fence ? run + 1 : fence;
    }
    for (size_t i = 0; i < fence; i++)
        tki_buf_putc(to, '`');
    if (fence > 1)
        tki_buf_putc(to, ' ');
    for (size_t i = 0; i < shown.n; i++) {
        if (shown.p[i] == '|')
            tki_buf_putc(to, '\\');
        tki_buf_putc(to, shown.p[i]);
    }
    if (fence > 1)
        tki_buf_putc(to, ' ');
    for (size_t i = 0; i < fence; i++)
        tki_buf_putc(to, '`');
    if (shown.err)
        to->err = shown.err;
    tki_buf_free(&shown);
}

static void put_value(struct tki_buf *to, const struct tki_datum *v)
{
    struct tki_buf text = {0};
    if (v->type == TKI_D_CODE) {
        put_code(to, v->v.str);
        return;
    }
    tki_datum_text(v, SIZE_MAX, &text);
    if (v->type == TKI_D_TRACE_ID || v->type == TKI_D_SPAN_ID)
        put_code(to, (tk_str){text.p, text.n});
    else
        put_escaped(to, (tk_str){text.p, text.n});
    if (text.err)
        to->err = text.err;
    tki_buf_free(&text);
}

static void put_runs(struct page *p, const struct tki_node *n)
{
    const struct tki_node *end = tki_after_runs(n);
    for (; n != end; n = n->next) {
        if (n->type == TKI_N_WORDS)
            put_escaped(p->to, n->u.value.v.str);
        else if (n->type == TKI_N_BREAK)
            tki_buf_lit(p->to, "<br>");
        else if (n->type == TKI_N_VALUE)
            put_value(p->to, &n->u.value);
    }
    tki_buf_putc(p->to, '\n');
}

/* ---- tables ---- */

static const struct tki_doc_column *shown_column(const struct tki_node *table, size_t k)
{
    const struct tki_doc_column *c = &table->u.table.columns[k];
    return c->title ? c : NULL;
}

static void put_titles(struct page *p, const struct tki_node *table)
{
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        const struct tki_doc_column *c = shown_column(table, k);
        if (!c)
            continue;
        tki_buf_lit(p->to, "| ");
        put_escaped(p->to, (tk_str){c->title, strlen(c->title)});
        tki_buf_putc(p->to, ' ');
    }
    tki_buf_lit(p->to, "|\n");
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        const struct tki_doc_column *c = shown_column(table, k);
        if (c)
            tki_buf_str(p->to, c->right ? TKI_STR("|---:") : TKI_STR("|---"));
    }
    tki_buf_lit(p->to, "|\n");
}

static void put_row(struct page *p, const struct tki_node *table, const struct tki_datum *cell)
{
    for (size_t k = 0; k < table->u.table.ncolumns; k++) {
        if (!shown_column(table, k))
            continue;
        tki_buf_lit(p->to, "| ");
        put_value(p->to, &cell[k]);
        tki_buf_putc(p->to, ' ');
    }
    tki_buf_lit(p->to, "|\n");
}

static void put_table(struct page *p, const struct tki_node *table)
{
    size_t shown = 0, hidden = 0;
    bool any = false;
    for (size_t k = 0; k < table->u.table.ncolumns; k++)
        any |= shown_column(table, k) != NULL;
    if (!any || !tki_rows_any(table))
        return;
    tki_buf_putc(p->to, '\n');
    put_titles(p, table);
    struct tki_rows rows;
    tki_rows_begin(&rows, table);
    while (tki_rows_next(&rows)) {
        if (shown < table->u.table.shown) {
            put_row(p, table, rows.cell);
            shown++;
        } else {
            hidden++;
        }
    }
    tki_rows_end(&rows, p->to);
    if (hidden)
        tki_buf_printf(p->to, "\nand %zu more\n", hidden);
    p->list = false;
}

/* ---- blocks ---- */

static void put_blocks(struct page *p, const struct tki_node *n);

static void put_heading(struct page *p, const char *title)
{
    tki_buf_putc(p->to, '\n');
    for (unsigned i = 0; i < p->level; i++)
        tki_buf_putc(p->to, '#');
    tki_buf_putc(p->to, ' ');
    put_escaped(p->to, (tk_str){title, strlen(title)});
    tki_buf_putc(p->to, '\n');
    p->list = false;
}

static void put_item(struct page *p, const struct tki_node *n)
{
    if (!p->list)
        tki_buf_putc(p->to, '\n');
    tki_buf_str(p->to, p->list && p->inside ? TKI_STR("  - ") : TKI_STR("- "));
    if (n->title && *n->title) {
        tki_buf_lit(p->to, "**");
        put_escaped(p->to, (tk_str){n->title, strlen(n->title)});
        tki_buf_lit(p->to, "**: ");
    }
    put_runs(p, n->first);
    p->list = true;
}

static void put_section(struct page *p, const struct tki_node *n)
{
    unsigned level = p->level;
    if (n->title) {
        put_heading(p, n->title);
        p->level = level < 6 ? level + 1 : level;
    }
    put_blocks(p, n->first);
    p->level = level;
}

static void put_paragraph(struct page *p, const struct tki_node *n)
{
    tki_buf_putc(p->to, '\n');
    if (n->type == TKI_N_VERDICT)
        tki_buf_lit(p->to, "**");
    if (n->title && *n->title) {
        put_escaped(p->to, (tk_str){n->title, strlen(n->title)});
        tki_buf_lit(p->to, ": ");
    }
    put_runs(p, n->first);
    if (n->type == TKI_N_VERDICT && !p->to->err) {
        p->to->n--; /* the new line comes behind the mark */
        tki_buf_lit(p->to, "**\n");
    }
    p->list = false;
}

/* A fenced block; its fence is longer than any run of backticks inside. */
static void put_literal(struct page *p, tk_str s)
{
    size_t fence = 3, run = 0;
    for (size_t i = 0; i < s.n; i++) {
        run = s.p[i] == '`' ? run + 1 : 0;
        fence = run >= fence ? run + 1 : fence;
    }
    tki_buf_putc(p->to, '\n');
    for (size_t i = 0; i < fence; i++)
        tki_buf_putc(p->to, '`');
    tki_buf_putc(p->to, '\n');
    for (tk_str line; tki_line_next(&s, &line);) {
        tki_buf_visible(p->to, line);
        tki_buf_putc(p->to, '\n');
    }
    for (size_t i = 0; i < fence; i++)
        tki_buf_putc(p->to, '`');
    tki_buf_putc(p->to, '\n');
    p->list = false;
}

static void put_good(struct page *p, const struct tki_node *n)
{
    struct tki_buf names = {0};
    if (tki_good_names(n, &names)) {
        tki_buf_str(p->to, p->list ? TKI_STR("- **ok**: ") : TKI_STR("\n- **ok**: "));
        put_escaped(p->to, tki_buf_text(&names, &p->to->err));
        tki_buf_putc(p->to, '\n');
        p->list = true;
    }
    tki_buf_free(&names);
}

static void put_blocks(struct page *p, const struct tki_node *n)
{
    const struct tki_node *first = n;
    for (; n; n = n->next) {
        if (tki_plainly_good(n))
            continue;
        switch ((enum tki_node_type)n->type) {
        case TKI_N_SECTION: put_section(p, n); break;
        case TKI_N_LIST: put_blocks(p, n->first); break;
        case TKI_N_FINDING:
            put_item(p, n);
            p->inside = true; /* its lines belong to it */
            put_blocks(p, tki_after_runs(n->first));
            p->inside = false;
            if (n->u.finding.next_step) {
                tki_buf_putc(p->to, '\n');
                put_escaped(p->to, (tk_str){n->u.finding.next_step, strlen(n->u.finding.next_step)});
                tki_buf_putc(p->to, '\n');
                p->list = false;
            }
            break;
        case TKI_N_LINE: put_item(p, n); break;
        case TKI_N_PARAGRAPH:
        case TKI_N_VERDICT: put_paragraph(p, n); break;
        case TKI_N_LITERAL: put_literal(p, n->u.value.v.str); break;
        case TKI_N_TABLE: put_table(p, n); break;
        default: break; /* data; and empty lines are Markdown's own affair */
        }
    }
    put_good(p, first);
}

void tki_doc_markdown(const struct tki_doc *d, struct tki_buf *to)
{
    struct page p = {.to = to, .level = 2};
    tki_buf_lit(to, "# ");
    put_escaped(to, (tk_str){d->title, strlen(d->title)});
    tki_buf_putc(to, '\n');
    put_blocks(&p, d->root.first);
}
