/* table: spans as text in columns: CSV and TSV with a line of names or in a known order, Markdown, and ClickHouse's
 * Values, SQLInsert, Vertical and XML. */
#include <stdlib.h>

#include "base/err.h"
#include "format/codec/records.h"
#include "format/js/scan.h"
#include "format/rows/table.h"
#include "format/table.h"

/* ---- lines ---- */

static tk_str without_break(tk_str line)
{
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

/* What stands between the cells of a line: the first of these characters that is not in quotes; 0: none. */
static char separator(tk_str line)
{
    bool quoted = false;
    for (size_t i = 0; i < line.n && line.p[i] != '\n'; i++)
        if (line.p[i] == '"')
            quoted = !quoted;
        else if (!quoted && memchr(",\t;|", line.p[i], 4))
            return line.p[i];
    return 0;
}

static struct tki_cell text_cell(tk_str s, const char *at)
{
    if (TKI_STR_IS(s, "\\N"))
        s = (tk_str){0};
    return (struct tki_cell){.text = s, .at = at};
}

static unsigned split_csv(struct tki_rows *x, tk_str line, struct tki_cell cells[TKI_NAMES])
{
    char between = separator(line);
    line = without_break(line);
    const char *end = line.p + line.n;
    unsigned n = 0;
    for (const char *p = line.p; line.n && n < TKI_NAMES; p++) {
        const char *at = p, *stop;
        tk_str s;
        if (p < end && *p == '"') {
            for (stop = ++p; stop < end && (*stop != '"' || (stop + 1 < end && stop[1] == '"')); stop++)
                stop += *stop == '"';
            s = tki_text_unquoted(x, (tk_str){p, (size_t)(stop - p)}, '"');
            p = stop < end ? stop + 1 : end;
        } else {
            stop = between && p < end ? memchr(p, between, (size_t)(end - p)) : NULL;
            stop = stop ? stop : end;
            s = (tk_str){p, (size_t)(stop - p)};
            p = stop;
        }
        cells[n++] = text_cell(s, at);
        if (p >= end)
            break;
        if (*p != between) {
            tki_js_fail_at(&x->r.j, p, "expected a separator behind the quotes");
            return 0;
        }
    }
    return n;
}

/* Maps and lists of ClickHouse are not escaped again; their own quoting is undone when they are opened. */
static tk_str plain(struct tki_rows *x, tk_str s)
{
    return tki_is_literal(s) ? s : tki_text_unescaped(x, s);
}

static unsigned split_tsv(struct tki_rows *x, tk_str line, struct tki_cell cells[TKI_NAMES])
{
    line = without_break(line);
    const char *end = line.p + line.n;
    unsigned n = 0;
    for (const char *p = line.p; line.n && n < TKI_NAMES; p++) {
        const char *stop = p < end ? memchr(p, '\t', (size_t)(end - p)) : NULL;
        stop = stop ? stop : end;
        cells[n++] = text_cell((tk_str){p, (size_t)(stop - p)}, p);
        cells[n - 1].text = plain(x, cells[n - 1].text);
        p = stop;
        if (p == end)
            break;
    }
    return n;
}

/* | a | b |, where \| is no separator; the line below the names has dashes only. */
static unsigned split_markdown(struct tki_rows *x, tk_str line, struct tki_cell cells[TKI_NAMES])
{
    line = without_break(line);
    const char *end = line.p + line.n, *p = line.p + (line.n > 0);
    unsigned n = 0;
    bool dashes = true;
    while (p < end && n < TKI_NAMES) {
        const char *stop = p;
        while (stop < end && *stop != '|')
            stop += 1 + (*stop == '\\' && stop + 1 < end && stop[1] == '|');
        tk_str s = {p, (size_t)(stop - p)};
        for (size_t i = 0; i < s.n; i++)
            dashes = dashes && memchr("-: ", s.p[i], 3);
        while (s.n && *s.p == ' ')
            s = (tk_str){s.p + 1, s.n - 1};
        while (s.n && s.p[s.n - 1] == ' ')
            s.n--;
        cells[n++] = text_cell(plain(x, s), p);
        p = stop + 1;
    }
    return dashes ? 0 : n;
}

/* ---- kinds ---- */

static bool begins_xml(tk_str line)
{
    const char *p = tki_json_ws(line.p, line.p + line.n);
    return tki_str_starts((tk_str){p, (size_t)(line.p + line.n - p)}, TKI_STR("<row>"));
}

/* "Row 12:" */
static bool begins_vertical(tk_str line)
{
    size_t i = 4;
    line = without_break(line);
    while (i < line.n && line.p[i] >= '0' && line.p[i] <= '9')
        i++;
    return tki_str_starts(line, TKI_STR("Row ")) && i > 4 && i + 1 == line.n && line.p[i] == ':';
}

static const struct tki_table_kind xml = {&tki_cut_lines, {.begins = begins_xml, .open_end = true}, tki_split_xml},
                                   vertical = {&tki_cut_lines, {.begins = begins_vertical}, tki_split_vertical},
                                   markdown = {&tki_cut_lines, {.header = true, .open_end = true}, split_markdown},
                                   values = {&tki_cut_values, {0}, tki_split_values},
                                   csv = {&tki_cut_lines,
                                          {.header = true, .quoted = true, .open_end = true},
                                          split_csv},
                                   csv_bare = {&tki_cut_lines, {.quoted = true, .open_end = true}, split_csv},
                                   tsv = {&tki_cut_lines, {.header = true, .open_end = true}, split_tsv},
                                   tsv_bare = {&tki_cut_lines, {.open_end = true}, split_tsv};

/* Returns true if one of the line's cells looks like a trace id: then the line holds no names. */
static bool has_id(tk_str line)
{
    size_t run = 0;
    for (size_t i = 0; i <= line.n; i++) {
        char c = i < line.n ? tki_lower(line.p[i]) : 0;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
            run++;
        else if (run == 32)
            return true;
        else
            run = 0;
    }
    return false;
}

const struct tki_table_kind *tki_table_kind_of(tk_str text, bool unnamed)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (tki_str_starts(text, tki_str(mark)))
        text = (tk_str){text.p + 3, text.n - 3};
    const char *end = text.p + text.n, *p = tki_json_ws(text.p, end), *nl = tki_str_find(text, '\n');
    tk_str rest = {p, (size_t)(end - p)}, line = {text.p, (size_t)((nl ? nl : end) - text.p)};
    if (tki_str_starts(rest, TKI_STR("<?xml")) || tki_str_starts(rest, TKI_STR("<row>")))
        return &xml;
    if (begins_vertical(line))
        return &vertical;
    if (p < end && *p == '|')
        return &markdown;
    if (p < end && (*p == '(' || (rest.n > 12 && tki_str_same_letters((tk_str){p, 12}, TKI_STR("INSERT INTO ")))))
        return &values;
    char between = separator(line);
    bool bare = unnamed || has_id(line);
    if (!between)
        return NULL;
    if (between == '\t')
        return bare ? &tsv_bare : &tsv;
    return bare ? &csv_bare : &csv;
}

/* ---- cutting: as the kind has it ---- */

struct chosen {
    const struct tki_cutter *cutter;
    void *state;
};

static int open_table(struct tki_cut *c)
{
    c->state = calloc(1, sizeof(struct chosen));
    return c->state ? 0 : TK_ENOMEM;
}

static void close_table(struct tki_cut *c)
{
    struct chosen *s = c->state;
    if (s && s->cutter) {
        c->state = s->state;
        s->cutter->close(c);
    }
    free(s);
}

static int next_table(struct tki_cut *c, tk_str w, bool eof, struct tki_piece *out, struct tk_err *err)
{
    struct chosen *s = c->state;
    if (!s->cutter && !tki_str_find(w, '\n') && !eof && w.n < c->window)
        return TKI_CUT_MORE;
    if (!s->cutter) {
        const struct tki_table_kind *k = tki_table_kind_of(w, c->unnamed);
        if (!k)
            return w.n ? tki_err_at(err, TK_EFORMAT, 0, "this is no table of spans") : TKI_CUT_END;
        c->lines = &k->lines;
        c->state = NULL;
        int r = k->cutter->open(c);
        s->state = c->state;
        c->state = s;
        if (r < 0)
            return tki_err_memory(err);
        s->cutter = k->cutter;
    }
    c->state = s->state;
    int r = s->cutter->next(c, w, eof, out, err);
    c->state = s;
    return r;
}

static const struct tki_cutter cut_table = {open_table, close_table, next_table};

/* ---- decoding ---- */

static int failed(struct tki_rows *x)
{
    return tki_js_error(&x->r.j, x->d);
}

static int unknown_columns(struct tki_rows *x, size_t at)
{
    tki_buf_reset(&x->scratch);
    for (unsigned i = 0; i < x->nnames; i++) {
        tki_buf_str(&x->scratch, i ? TKI_STR(", ") : (tk_str){0});
        tki_buf_str(&x->scratch, x->names[i]);
    }
    x->d->fault = at;
    return tki_err_set(x->d->err, TK_EFORMAT, "a table whose columns are called %.*s: say with --columns what they are",
                       (int)(x->scratch.n < 120 ? x->scratch.n : 120), x->scratch.n ? x->scratch.p : "");
}

static int header(struct tki_decode *d, tk_str line, void *ctx)
{
    struct tki_rows *x = ctx;
    struct tki_cell cells[TKI_NAMES];
    if (tki_str_starts(line, TKI_STR("\xef\xbb\xbf")))
        line = (tk_str){line.p + 3, line.n - 3};
    x->nnames = tki_table_kind_of(d->in, false)->split(x, line, cells);
    for (unsigned i = 0; i < x->nnames; i++)
        x->names[i] = cells[i].text;
    x->dialect = tki_row_named(x);
    return x->dialect || x->r.j.error ? failed(x) : unknown_columns(x, (size_t)(line.p - d->in.p));
}

/* Nothing was there to be counted as a record, as a caller does that for each. */
static int nothing(struct tki_decode *d)
{
    d->records--;
    return 0;
}

/* Returns true for the line of names once more, where files were joined. */
static bool is_header(const struct tki_rows *x, const struct tki_cell *cells, unsigned n)
{
    if (n != x->nnames)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (!tki_str_eq(cells[i].text, x->names[i]))
            return false;
    return true;
}

static int record(struct tki_decode *d, tk_str text, void *ctx)
{
    struct tki_rows *x = ctx;
    struct tki_cell cells[TKI_NAMES];
    const struct tki_table_kind *k = tki_table_kind_of(d->in, x->own && x->own->numbered);
    unsigned before = x->nnames, n = k->split(x, text, cells);
    if (failed(x) < 0 || !n || (k->lines.header && is_header(x, cells, n)))
        return failed(x) < 0 ? failed(x) : nothing(d);
    if (!x->nnames || (x->own && x->own->numbered && n != x->nnames)) {
        tk_str texts[TKI_NAMES];
        for (unsigned i = 0; i < n; i++)
            texts[i] = cells[i].text;
        tki_row_unnamed(x, texts, n);
    }
    if (!x->dialect || x->nnames != before)
        x->dialect = tki_row_named(x);
    if (!x->dialect)
        tki_js_refuse(&x->r.j, text.p, "a row whose columns are not known: name them with --columns");
    else if (n != x->nnames)
        tki_js_refuse(&x->r.j, text.p, "a row with more or fewer cells than there are columns");
    if (x->r.j.error)
        return failed(x);
    tki_row_begin(x, x->dialect);
    for (unsigned i = 0; i < n; i++)
        tki_cells_put(x, &x->cells, x->names[i], cells[i]);
    if (tki_row_types(x))
        return nothing(d);
    tki_row_end(x);
    return failed(x);
}

/* Statements and rows are no lines. */
static int decode_values(struct tki_decode *d, struct tki_rows *x)
{
    const char *end = d->in.p + d->in.n, *next;
    struct tki_mark mark;
    d->batch->needs = d->needs;
    for (const char *p = d->in.p; (next = tki_values_end(p, end)); p = next) {
        if ((size_t)(next - d->in.p) <= d->pos && *tki_json_ws(p, end) == '(') /* dealt with; statements count */
            continue;
        size_t start = (size_t)(p - d->in.p);
        tki_batch_mark(d->batch, &mark);
        d->fault = start;
        int r = record(d, (tk_str){p, (size_t)(next - p)}, x);
        if (r < 0 || d->batch->err)
            return tki_record_failed(d, &mark, start, d->fault, r);
        d->records++;
        tki_batch_end_record(d->batch);
        d->pos = (size_t)(next - d->in.p);
    }
    d->pos = d->in.n;
    return 0;
}

static int decode(struct tki_decode *d)
{
    struct tki_rows *x = tki_rows_new(d);
    if (!x)
        return tki_err_memory(d->err);
    const struct tki_table_kind *k = tki_table_kind_of(d->in, x->own && x->own->numbered);
    tki_js_init(&x->r.j, d->in, 0, d->batch);
    tki_record_begin(&x->r);
    int r;
    if (!k) {
        d->fault = d->pos;
        r = tki_err_set(d->err, TK_EFORMAT, "this is no table of spans");
    } else if (k->cutter == &tki_cut_values) {
        r = decode_values(d, x);
    } else {
        r = tki_lines_decode(d, &k->lines, header, record, x);
    }
    tki_rows_free(x);
    return r;
}

static bool resync(struct tki_decode *d)
{
    const struct tki_table_kind *k = tki_table_kind_of(d->in, d->columns && d->columns->numbered);
    if (!k)
        return false;
    if (k->cutter != &tki_cut_values)
        return tki_lines_resync(d, &k->lines);
    const char *next = tki_values_end(d->in.p + d->pos, d->in.p + d->in.n);
    d->pos = next ? (size_t)(next - d->in.p) : d->pos;
    return next != NULL;
}

/* ---- recognising: by the names, or by the one order that is known ---- */

/* The first record of the head, read as decode does. */
static unsigned bid_on(tk_str text, const struct tki_table_kind *k, struct tki_rows *x)
{
    struct tki_cell cells[TKI_NAMES];
    struct tki_named named[TKI_NAMES];
    const char *end = text.p + text.n, *line = text.p, *next;
    unsigned n = 0;
    for (int lines = 0; !n && line < end && lines < 1000; lines++, line = next) {
        if (k->cutter == &tki_cut_values) {
            next = tki_values_end(line, end);
        } else {
            next = tki_line_end(line, end, k->lines.quoted);
            const char *more = next;
            bool begins = k->lines.begins && next && k->lines.begins((tk_str){line, (size_t)(next - line)});
            while (begins && more && more < end && (next = tki_line_end(more, end, false)) &&
                   !k->lines.begins((tk_str){more, (size_t)(next - more)}))
                more = next;
            next = k->lines.begins && begins ? more : next;
        }
        next = next ? next : end;
        n = k->split(x, (tk_str){line, (size_t)(next - line)}, cells);
        if (x->nnames)
            break;
    }
    for (unsigned i = 0; i < n && k->lines.header; i++)
        x->names[i] = cells[i].text;
    tk_str texts[TKI_NAMES];
    for (unsigned i = 0; i < n; i++)
        texts[i] = cells[i].text;
    x->nnames = k->lines.header ? n : x->nnames;
    if (!x->nnames)
        return n > 2 && tki_dialect_unnamed(texts, n, x->names) ? 8 * (32 + 16) : 0;
    for (unsigned i = 0; i < x->nnames; i++)
        named[i] = (struct tki_named){x->names[i], 0};
    const struct tki_dialect *d = tki_dialect_of(named, x->nnames, NULL);
    return d ? tki_dialect_bits(d, named, x->nnames) : 0;
}

static unsigned bid(const struct tki_head *head)
{
    const struct tki_table_kind *k = head->json || !head->text.n ? NULL : tki_table_kind_of(head->text, false);
    struct tki_decode d = {.in = head->text};
    if (!k || !(d.batch = tk_batch_new()))
        return 0;
    struct tki_rows *x = tki_rows_new(&d);
    unsigned bits = 0;
    if (x) {
        tki_js_init(&x->r.j, d.in, 0, d.batch);
        bits = bid_on(head->text, k, x);
        tki_rows_free(x);
    }
    tk_batch_free(d.batch);
    return bits;
}

const struct tki_format tki_format_table = {
    .info = {.name = "table",
             .about = "columns of text: CSV, TSV, ClickHouse's Values, XML, ..., of whom rows are; written as TSV with "
                      "a header, one line a span",
             .can_read = true,
             .can_write = true,
             .view = true},
    .bid = bid,
    .cutter = &cut_table,
    .decode = decode,
    .resync = resync,
};
