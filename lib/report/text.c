/* A document as text for a terminal: lines are broken at its width, and none is wider. */
#include "base/text.h"
#include "report/parts.h"

enum { PATH_LEAST = 24 }; /* columns that a path in a sentence gets, if need be on a line of its own */

struct page {
    struct tki_buf *to;
    size_t width;
};

/* Data may stand between words. */
static bool is_run(const struct tki_node *n)
{
    return n->type >= TKI_N_WORDS || n->type == TKI_N_OBJECT || n->type == TKI_N_ARRAY;
}

const struct tki_node *tki_after_runs(const struct tki_node *n)
{
    while (n && is_run(n))
        n = n->next;
    return n;
}

/* ---- words and values in lines ---- */

/* Quantities stay together: "41.0 ms"; of a range each end. */
static void glue(struct tki_buf *b, size_t from)
{
    for (size_t i = from; i < b->n; i++) {
        bool before = i + 3 < b->n && memcmp(b->p + i, " to ", 4) == 0;
        bool behind = i >= from + 3 && memcmp(b->p + i - 3, " to ", 4) == 0;
        if (b->p[i] == ' ' && !before && !behind)
            b->p[i] = TKI_GLUE[0];
    }
}

static void flat_value(const struct tki_datum *v, size_t width, struct tki_buf *to)
{
    size_t start = to->n;
    bool name = v->type == TKI_D_NAME || v->type == TKI_D_CODE;
    tki_datum_text(v, name ? width / 2 : SIZE_MAX, to);
    if (tki_datum_is_number(v) || v->type == TKI_D_RANGE)
        glue(to, start);
}

/* Appends runs up to the next path, block or the end; returns that node. */
static const struct tki_node *flatten(const struct tki_node *n, size_t width, struct tki_buf *to)
{
    for (; n && is_run(n); n = n->next) {
        if (n->type == TKI_N_WORDS)
            tki_buf_visible(to, n->u.value.v.str);
        else if (n->type == TKI_N_BREAK)
            tki_buf_putc(to, '\n');
        else if (n->type == TKI_N_VALUE && n->u.value.type == TKI_D_PATH)
            break;
        else if (n->type == TKI_N_VALUE)
            flat_value(&n->u.value, width, to);
    }
    return n;
}

void tki_runs_plain(const struct tki_node *n, struct tki_buf *to)
{
    size_t start = to->n;
    while (n && is_run(n)) {
        n = flatten(n, TKI_ENDLESS, to);
        if (n && is_run(n)) {
            tki_datum_text(&n->u.value, SIZE_MAX, to);
            n = n->next;
        }
    }
    for (size_t i = start; i < to->n; i++)
        if (to->p[i] == TKI_GLUE[0] || to->p[i] == '\n')
            to->p[i] = ' ';
}

/* Columns of the text up to its first space. */
static size_t first_word(const struct tki_buf *text)
{
    size_t n = 0;
    while (n < text->n && text->p[n] != ' ' && text->p[n] != '\n')
        n++;
    return tki_text_width((tk_str){text->p, n});
}

/* A path gets the rest of the line, without the word that follows it closely; or the next one, where its last step
 * would be cut and has room there. */
static size_t put_path(const struct page *p, const struct tki_datum *v, size_t column, size_t indent, size_t reserve)
{
    size_t start, last = tki_datum_path_least(v, true, p->to);
    last = last > PATH_LEAST && indent + last + reserve <= p->width ? last : PATH_LEAST;
    if (column > indent && column + last + reserve > p->width) {
        while (p->to->n && p->to->p[p->to->n - 1] == ' ')
            p->to->n--;
        tki_buf_putc(p->to, '\n');
        column = 0;
    }
    if (column < indent) {
        tki_buf_spaces(p->to, indent - column);
        column = indent;
    }
    start = p->to->n;
    tki_datum_text(v, p->width > column + reserve ? p->width - column - reserve : 1, p->to);
    return column + (p->to->err ? 0 : tki_text_width((tk_str){p->to->p + start, p->to->n - start}));
}

/* The space behind a path, before a text that begins with one: a line break where its first word has no room. */
static size_t put_space(const struct page *p, const struct tki_buf *text, size_t column)
{
    size_t n = 0;
    while (n < text->n && text->p[n] == ' ')
        n++;
    bool fits = column + 1 + first_word(&(struct tki_buf){.p = text->p + n, .n = text->n - n}) <= p->width;
    tki_buf_putc(p->to, fits ? ' ' : '\n');
    return fits ? column + 1 : 0;
}

static void put_runs(const struct page *p, const struct tki_node *n, size_t column, size_t indent)
{
    struct tki_buf text = {0}, behind = {0};
    const struct tki_node *path = flatten(n, p->width, &text);
    for (;;) {
        bool space = text.n && text.p[0] == ' ', more = path && is_run(path); /* else a block, or the end */
        if (space && column > indent)                                         /* behind a path */
            column = put_space(p, &text, column);
        column = tki_buf_wrap(p->to, (tk_str){text.p, text.n}, column, indent, p->width);
        if (!more || text.err || p->to->err)
            break;
        if (text.n && text.p[text.n - 1] == ' ' && column > indent && column < p->width) {
            tki_buf_putc(p->to, ' ');
            column++;
        }
        tki_buf_reset(&behind);
        const struct tki_node *next = flatten(path->next, p->width, &behind);
        column = put_path(p, &path->u.value, column, indent, first_word(&behind));
        struct tki_buf swap = text;
        text = behind;
        behind = swap;
        path = next;
    }
    if ((text.err || behind.err) && !p->to->err)
        p->to->err = TK_ENOMEM;
    tki_buf_free(&text);
    tki_buf_free(&behind);
    tki_buf_putc(p->to, '\n');
}

/* ---- blocks ---- */

/* A label and what follows it, at `label` columns; a label without room is followed by one space, or a new line where
 * that leaves none for a word. */
static void put_labelled(const struct page *p, const struct tki_node *n, size_t indent, size_t label)
{
    enum { WORD = 12 };
    size_t column = indent;
    tki_buf_spaces(p->to, indent);
    if (n->title)
        column += tki_buf_fit_middle(p->to, tki_str(n->title), p->width > indent + label ? p->width - indent : label);
    if (column >= indent + label && n->title && *n->title) {
        bool room = column + WORD <= p->width;
        tki_buf_putc(p->to, room ? ' ' : '\n');
        column = room ? column + 1 : 0;
    }
    if (column < indent + label) {
        tki_buf_spaces(p->to, indent + label - column);
        column = indent + label;
    }
    put_runs(p, n->first, column, indent + label);
}

static void put_literal(const struct page *p, tk_str s, size_t indent)
{
    for (tk_str line; tki_line_next(&s, &line);) {
        tki_buf_spaces(p->to, line.n ? indent : 0);
        tki_buf_visible(p->to, line);
        tki_buf_putc(p->to, '\n');
    }
}

static void put_block(const struct page *p, const struct tki_node *n, size_t indent)
{
    switch ((enum tki_node_type)n->type) {
    case TKI_N_SECTION:
        if (n->title) {
            tki_buf_spaces(p->to, indent);
            tki_buf_wrap(p->to, tki_str(n->title), indent, indent, p->width);
            tki_buf_putc(p->to, '\n');
        }
        tki_blocks_text(n->first, indent + n->indent, p->width, p->to);
        break;
    case TKI_N_LIST: tki_blocks_text(n->first, indent, p->width, p->to); break;
    case TKI_N_FINDING:
        put_labelled(p, n, indent, n->indent);
        tki_blocks_text(tki_after_runs(n->first), indent + n->indent, p->width, p->to);
        if (n->u.finding.next_step) {
            tki_buf_spaces(p->to, indent + n->indent);
            tki_buf_wrap(p->to, tki_str(n->u.finding.next_step), indent + n->indent, indent + n->indent, p->width);
            tki_buf_putc(p->to, '\n');
        }
        break;
    case TKI_N_LINE: put_labelled(p, n, indent, n->u.label); break;
    case TKI_N_PARAGRAPH:
    case TKI_N_VERDICT:
        if (n->title)
            put_labelled(p, n, indent, n->u.label);
        else
            put_runs(p, n->first, 0, indent);
        break;
    case TKI_N_SPACE: tki_buf_putc(p->to, '\n'); break;
    case TKI_N_LITERAL: put_literal(p, n->u.value.v.str, indent); break;
    case TKI_N_TABLE: tki_table_lines(n, indent + n->indent, p->width, p->to); break;
    default: break; /* data */
    }
}

bool tki_plainly_good(const struct tki_node *n)
{
    return n->type == TKI_N_FINDING && n->u.finding.severity == TKI_GOOD && n->first && n->first->type == TKI_N_WORDS &&
           TKI_STR_IS(n->first->u.value.v.str, TKI_WORD_GOOD) && !tki_after_runs(n->first);
}

size_t tki_good_names(const struct tki_node *n, struct tki_buf *to)
{
    size_t label = 0;
    for (; n; n = n->next) {
        if (!tki_plainly_good(n))
            continue;
        tki_buf_str(to, tki_str(label ? ", " : ""));
        tki_buf_str(to, tki_str(n->title));
        label = n->indent;
    }
    return label;
}

/* What is good and has no more to say stands on one line, behind what is not. */
static void put_good(const struct page *p, const struct tki_node *n, size_t indent)
{
    struct tki_buf names = {0};
    size_t label = tki_good_names(n, &names), column = indent + 2;
    if (label) {
        tki_buf_spaces(p->to, indent);
        tki_buf_lit(p->to, "ok");
        tki_buf_spaces(p->to, label > 2 ? label - 2 : 1);
        column += label > 2 ? label - 2 : 1;
        tki_buf_wrap(p->to, tki_buf_text(&names, &p->to->err), column, column, p->width);
        tki_buf_putc(p->to, '\n');
    }
    tki_buf_free(&names);
}

/* Behind an empty line a table without rows is not shown, nor the line; one that is all there is has its titles. */
static const struct tki_node *behind_idle(const struct tki_node *n)
{
    const struct tki_node *table = n->type == TKI_N_SPACE ? tki_after_runs(n->next) : NULL;
    return table && table->type == TKI_N_TABLE && !tki_rows_any(table) ? table->next : n;
}

void tki_blocks_text(const struct tki_node *n, size_t indent, size_t width, struct tki_buf *to)
{
    struct page p = {.to = to, .width = width};
    const struct tki_node *first = n;
    while (n) {
        const struct tki_node *next = behind_idle(n);
        if (next == n) {
            if (!tki_plainly_good(n))
                put_block(&p, n, indent);
            next = n->next;
        }
        n = next;
    }
    put_good(&p, first, indent);
}

void tki_doc_text(const struct tki_doc *d, size_t width, struct tki_buf *to)
{
    tki_blocks_text(d->root.first, 0, width ? width : TKI_ENDLESS, to);
}
