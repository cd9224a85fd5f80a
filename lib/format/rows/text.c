/* ClickHouse's forms of rows that are neither lines nor JSON: Values and SQLInsert, Vertical, XML. */
#include <stdlib.h>

#include "base/err.h"
#include "format/js/scan.h"
#include "format/rows/table.h"

/* ---- Values and SQLInsert ---- */

/* Behind a text in quotes at p, or NULL. */
static const char *quoted_end(const char *p, const char *end)
{
    char quote = *p++;
    for (; p < end; p++)
        if (*p == '\\')
            p++;
        else if (*p == quote) /* a pair of them: the text goes on with the next */
            return p + 1;
    return NULL;
}

static const char *behind_space(const char *p, const char *end)
{
    while (p < end && memchr(" \t\r\n,;", *p, 6))
        p++;
    return p;
}

/* Behind the brackets at p, or NULL. */
static const char *brackets_end(const char *p, const char *end)
{
    int depth = 0;
    while (p && p < end) {
        char c = *p;
        if (c == '\'' || c == '"' || c == '`') {
            p = quoted_end(p, end);
            continue;
        }
        depth += c == '(' || c == '[' || c == '{';
        depth -= c == ')' || c == ']' || c == '}';
        p++;
        if (depth <= 0)
            return p;
    }
    return NULL;
}

static const char *statement_end(const char *p, const char *end)
{
    static const char word[] = "VALUES";
    enum { N = sizeof word - 1 };
    while (p && p < end)
        if (*p == '\'' || *p == '"' || *p == '`')
            p = quoted_end(p, end);
        else if (end - p >= N && tki_str_same_letters((tk_str){p, N}, tki_str(word)))
            return p + N;
        else
            p++;
    return NULL;
}

const char *tki_values_end(const char *p, const char *end)
{
    p = behind_space(p, end);
    if (p == end)
        return NULL;
    return *p == '(' ? brackets_end(p, end) : statement_end(p, end);
}

/* `a`, "b", c */
static void names(struct tki_rows *x, const char *p, const char *end)
{
    x->nnames = 0;
    x->dialect = NULL;
    while ((p = behind_space(p, end)) < end && *p != ')' && x->nnames < TKI_NAMES) {
        char quote = *p == '`' || *p == '"' ? *p : 0;
        const char *start = p + (quote != 0), *stop = start;
        while (stop < end && (quote ? *stop != quote : !memchr(" \t\r\n,)", *stop, 6)))
            stop++;
        x->names[x->nnames++] = (tk_str){start, (size_t)(stop - start)};
        p = stop + (quote != 0);
    }
}

static tk_str unquoted(struct tki_rows *x, tk_str s)
{
    if (s.n < 2 || *s.p != '\'') {
        if (TKI_STR_IS(s, "NULL"))
            return (tk_str){0};
        return s;
    }
    s = (tk_str){s.p + 1, s.n - 2};
    return tki_str_find(s, '\\') ? tki_text_unescaped(x, s) : tki_text_unquoted(x, s, '\'');
}

unsigned tki_split_values(struct tki_rows *x, tk_str record, struct tki_cell cells[TKI_NAMES])
{
    const char *end = record.p + record.n, *p = behind_space(record.p, end);
    unsigned n = 0;
    if (p == end)
        return 0;
    if (*p != '(') {
        const char *open = memchr(p, '(', (size_t)(end - p));
        if (open)
            names(x, open + 1, end);
        return 0;
    }
    for (p++; n < TKI_NAMES; p++) {
        const char *start = p = tki_json_ws(p, end);
        while (p && p < end && *p != ',' && *p != ')')
            p = memchr("'\"`", *p, 3) ? quoted_end(p, end) : memchr("([{", *p, 3) ? brackets_end(p, end) : p + 1;
        if (!p || p >= end)
            break;
        tk_str s = {start, (size_t)(p - start)};
        while (s.n && s.p[s.n - 1] == ' ')
            s.n--;
        cells[n++] = (struct tki_cell){.text = unquoted(x, s), .at = start};
        if (*p == ')')
            return n;
    }
    tki_js_fail_at(&x->r.j, record.p, "expected a row in brackets");
    return 0;
}

/* ---- cutting them ---- */

struct rows {
    struct tki_buf head; /* the last statement's, for the pieces behind it */
};

static int open_values(struct tki_cut *c)
{
    c->state = calloc(1, sizeof(struct rows));
    return c->state ? 0 : TK_ENOMEM;
}

static void close_values(struct tki_cut *c)
{
    struct rows *s = c->state;
    if (!s)
        return;
    tki_buf_free(&s->head);
    free(s);
}

static int next_values(struct tki_cut *c, tk_str w, bool eof, struct tki_piece *out, struct tk_err *err)
{
    struct rows *s = c->state;
    const char *end = w.p + w.n, *p = w.p, *next, *statement = NULL;
    size_t statement_n = 0;
    while ((next = tki_values_end(p, end))) {
        const char *start = behind_space(p, end);
        if (*start != '(') {
            statement = start;
            statement_n = (size_t)(next - start);
        }
        p = next;
    }
    if (p == w.p && behind_space(p, end) == end && eof)
        return TKI_CUT_END;
    if (p == w.p && eof)
        return tki_err_at(err, TK_ETRUNCATED, w.n, "the input ends inside a row");
    if (p == w.p)
        return w.n < c->record_max ? TKI_CUT_MORE
                                   : tki_err_at(err, TK_ELIMIT, 0,
                                                "a record is larger than %zu bytes: raise --record-max", c->record_max);
    bool own = tki_values_end(w.p, end) && *behind_space(w.p, end) != '(';
    const char *start = behind_space(w.p, end);
    if (statement && !own && s->head.n) /* the piece needs the old one: the new one comes with the next */
        p = statement;
    *out = (struct tki_piece){.consumed = (size_t)(p - w.p), .body = {start, (size_t)(p - start)}};
    if (!own)
        out->prefix = (tk_str){s->head.p, s->head.n};
    if (statement && p != statement) {
        tki_buf_reset(&s->head);
        tki_buf_put(&s->head, statement, statement_n);
    }
    return s->head.err ? tki_err_memory(err) : TKI_CUT_PIECE;
}

const struct tki_cutter tki_cut_values = {open_values, close_values, next_values};

/* ---- Vertical ---- */

static tk_str line_of(const char **p, const char *end)
{
    const char *nl = memchr(*p, '\n', (size_t)(end - *p));
    tk_str line = {*p, (size_t)((nl ? nl : end) - *p)};
    *p = nl ? nl + 1 : end;
    return line;
}

/* "Name:   value", the values all at the same column; returns that column, 0 if the line is none. */
static size_t value_at(tk_str line, size_t expected)
{
    const char *colon = tki_str_find(line, ':');
    size_t at = colon ? (size_t)(colon - line.p) + 1 : 0;
    if (!colon || memchr(line.p, ' ', at))
        return 0;
    while (at < line.n && line.p[at] == ' ' && (!expected || at < expected))
        at++;
    return !expected || at == expected || at == line.n ? at : 0;
}

unsigned tki_split_vertical(struct tki_rows *x, tk_str record, struct tki_cell cells[TKI_NAMES])
{
    const char *end = record.p + record.n, *p = record.p;
    unsigned n = 0;
    size_t column = 0;
    line_of(&p, end); /* Row 1: */
    line_of(&p, end); /* ─────── */
    while (p < end) {
        tk_str line = line_of(&p, end);
        size_t at = n < TKI_NAMES ? value_at(line, column) : 0;
        if (at) {
            column = column ? column : at;
            x->names[n] = (tk_str){line.p, (size_t)(tki_str_find(line, ':') - line.p)};
            cells[n++] = (struct tki_cell){.text = {line.p + at, line.n - at}, .at = line.p + at};
        } else if (n && (line.n || p < end)) { /* the text of the cell goes on */
            cells[n - 1].text.n = (size_t)(line.p + line.n - cells[n - 1].text.p);
        }
    }
    for (unsigned i = 0; i < n; i++) { /* 3601549 -- 3.60 million */
        tk_str *s = &cells[i].text;
        const char *remark = s->n ? memmem(s->p, s->n, " -- ", 4) : NULL;
        size_t k = 0;
        while (k < s->n && s->p[k] >= '0' && s->p[k] <= '9')
            k++;
        if (remark && k && s->p + k == remark)
            s->n = k;
        while (i + 1 == n && s->n && s->p[s->n - 1] == '\n') /* an empty line ends the row */
            s->n--;
    }
    x->nnames = n;
    return n;
}

/* ---- XML ---- */

static void entities(struct tki_buf *out, tk_str s)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"&lt;", '<'},    {"&gt;", '>'},  {"&amp;", '&'},  {"&quot;", '"'},
                 {"&apos;", '\''}, {"&#9;", '\t'}, {"&#10;", '\n'}, {"&#13;", '\r'}};
    for (size_t i = 0; i < s.n;) {
        char c = s.p[i];
        size_t n = 1;
        for (size_t k = 0; s.p[i] == '&' && k < sizeof known / sizeof *known; k++)
            if (tki_str_starts((tk_str){s.p + i, s.n - i}, tki_str(known[k].name))) {
                c = known[k].c;
                n = strlen(known[k].name);
                break;
            }
        tki_buf_putc(out, c);
        i += n;
    }
}

struct xml {
    struct tki_rows *x;
    const char *p, *end;
    struct tki_buf *out;
};

static bool tag(struct xml *m, const char *name)
{
    size_t n = strlen(name);
    if ((size_t)(m->end - m->p) < n || memcmp(m->p, name, n) != 0)
        return false;
    m->p += n;
    return true;
}

/* A map, a list or a text, up to the tag that closes what it is in, as JSON. */
static void xml_value(struct xml *m, int depth)
{
    bool map = tag(m, "<map>"), many = map || tag(m, "<array>") || tag(m, "<tuple>");
    if (!many) {
        const char *stop = memchr(m->p, '<', (size_t)(m->end - m->p));
        tki_buf_reset(&m->x->path);
        stop = stop ? stop : m->end;
        entities(&m->x->path, (tk_str){m->p, (size_t)(stop - m->p)});
        tki_buf_json_str(m->out, (tk_str){m->x->path.p, m->x->path.n}, m->x->r.j.batch->notes->n);
        m->p = stop;
        return;
    }
    tki_buf_putc(m->out, map ? '{' : '[');
    for (bool first = true; depth < 16 && tag(m, "<elem>"); first = false) {
        if (!first)
            tki_buf_putc(m->out, ',');
        if (map && tag(m, "<key>")) {
            xml_value(m, depth + 1);
            tag(m, "</key>");
            tki_buf_putc(m->out, ':');
            tag(m, "<value>");
        }
        xml_value(m, depth + 1);
        tag(m, "</value>");
        tag(m, "</elem>");
    }
    tki_buf_putc(m->out, map ? '}' : ']');
    if (!tag(m, "</map>") && !tag(m, "</array>"))
        tag(m, "</tuple>");
}

static tk_str xml_text(struct tki_rows *x, const char *p, const char *end)
{
    struct xml m = {x, p, end, &x->scratch};
    tki_buf_reset(&x->scratch);
    if (p < end && *p == '<')
        xml_value(&m, 0);
    else
        entities(&x->scratch, (tk_str){p, (size_t)(end - p)});
    return tk_batch_copy(x->r.j.batch, tki_buf_text(&x->scratch, &x->scratch.err));
}

unsigned tki_split_xml(struct tki_rows *x, tk_str record, struct tki_cell cells[TKI_NAMES])
{
    const char *end = record.p + record.n, *p = memmem(record.p, record.n, "<row>", 5), *close;
    unsigned n = 0;
    if (!p)
        return 0;
    for (p = tki_json_ws(p + 5, end); p < end && *p == '<' && p[1] != '/' && n < TKI_NAMES; p = tki_json_ws(p, end)) {
        const char *gt = memchr(p, '>', (size_t)(end - p));
        tk_str name = {p + 1, gt ? (size_t)(gt - p - 1) : 0};
        tki_buf_reset(&x->path);
        tki_buf_lit(&x->path, "</");
        tki_buf_str(&x->path, name);
        tki_buf_putc(&x->path, '>');
        close = gt && !x->path.err ? memmem(gt, (size_t)(end - gt), x->path.p, x->path.n) : NULL;
        if (!close) {
            tki_js_fail_at(&x->r.j, p, "expected the element to end");
            return 0;
        }
        size_t tail = x->path.n;
        x->names[n] = name;
        cells[n++] = (struct tki_cell){.text = xml_text(x, gt + 1, close), .at = gt + 1};
        p = close + tail;
    }
    x->path.n = 0;
    x->nnames = n;
    return n;
}
