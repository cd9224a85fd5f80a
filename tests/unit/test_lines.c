/* Text formats: the cutter of lines and the loop over them, with a format of CSV and one of blocks, each a few
 * functions long.  The laws are those of every format: pieces of any size give the same rows, and a cut input gives a
 * beginning of them and says that it is cut. */
#include "base/err.h"
#include "base/num.h"
#include "format/codec/records.h"
#include "format_help.h"

/* ---- CSV: trace,span,name,start behind a header that says the order ---- */

enum { COLUMNS = 4 };

struct csv {
    int column[COLUMNS]; /* which of trace, span, name, start each is; -1: another */
    unsigned headers;
};

/* The next cell of a line; quotes are taken off, two inside them are one.  Returns false behind the last. */
static bool next_cell(struct tk_batch *b, const char **p, const char *end, tk_str *cell)
{
    if (*p >= end)
        return false;
    char *to = tk_batch_alloc(b, (size_t)(end - *p)), *start = to;
    bool quoted = **p == '"';
    if (!to)
        return false;
    for (*p += quoted; *p < end; ++*p) {
        if (quoted && **p == '"' && (*p + 1 == end || (*p)[1] != '"'))
            quoted = false;
        else if (!quoted && **p == ',')
            break;
        else
            *to++ = *(*p += quoted && **p == '"');
    }
    ++*p; /* the comma, or one beyond the end */
    *cell = (tk_str){start, (size_t)(to - start)};
    return true;
}

static const char *line_end(tk_str line)
{
    const char *end = line.p + line.n;
    while (end > line.p && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    return end;
}

static int header(struct tki_decode *d, tk_str line, void *ctx)
{
    static const char *const names[] = {"trace", "span", "name", "start"};
    struct csv *x = ctx;
    const char *p = line.p;
    tk_str cell;
    x->headers++;
    for (int i = 0; i < COLUMNS && next_cell(d->batch, &p, line_end(line), &cell); i++) {
        x->column[i] = -1;
        for (int k = 0; k < COLUMNS; k++)
            if (tki_str_eq(cell, tki_str(names[k])))
                x->column[i] = k;
    }
    return 0;
}

static int row(struct tki_decode *d, tk_str line, void *ctx)
{
    const struct csv *x = ctx;
    const char *p = line.p;
    tk_str cell;
    uint32_t resource = tk_batch_add_resource(d->batch), scope = tk_batch_add_scope(d->batch);
    struct tk_span *s = tk_batch_add_span(d->batch);
    s->resource = resource;
    s->scope = scope;
    for (int i = 0; i < COLUMNS; i++) {
        const char *at = p;
        if (!next_cell(d->batch, &p, line_end(line), &cell)) {
            d->fault = (size_t)(at - d->in.p);
            return tki_err_set(d->err, TK_EINVALID, "a line of %d cells", i);
        }
        bool good = true;
        switch (x->column[i]) {
        case 0: good = tki_parse_u64(cell, &s->trace_id.lo); break;
        case 1: good = tki_parse_u64(cell, &s->span_id); break;
        case 2: s->name = cell; break;
        case 3: good = tki_parse_u64(cell, &s->start_ns); break;
        default: break;
        }
        if (!good) {
            d->fault = (size_t)(at - d->in.p);
            return tki_err_set(d->err, TK_EINVALID, "expected a number");
        }
    }
    return 0;
}

static const struct tki_lines csv_lines = {.header = true, .quoted = true};

static int csv_decode(struct tki_decode *d)
{
    struct csv x = {{0}, 0};
    int r = tki_lines_decode(d, &csv_lines, header, row, &x);
    return x.headers == 1 || d->in.n == 0 ? r : TK_EUNSUPPORTED;
}

static bool csv_resync(struct tki_decode *d)
{
    return tki_lines_resync(d, &csv_lines);
}

static const struct tki_format csv = {
    .cutter = &tki_cut_lines, .lines = &csv_lines, .decode = csv_decode, .resync = csv_resync};

/* ---- blocks: a record begins at a line "Span #", the name is its second line ---- */

static bool begins(tk_str line)
{
    return tki_str_starts(line, TKI_STR("Span #"));
}

static const struct tki_lines block_lines = {.begins = begins};

static int block(struct tki_decode *d, tk_str text, void *ctx)
{
    (void)ctx;
    const char *end = text.p + text.n, *name = begins(text) ? tki_line_end(text.p, end, false) : NULL;
    const char *name_end = name ? tki_line_end(name, end, false) : NULL;
    if (!name_end)
        return tki_err_set(d->err, TK_EINVALID, "expected a block");
    uint32_t resource = tk_batch_add_resource(d->batch), scope = tk_batch_add_scope(d->batch);
    struct tk_span *s = tk_batch_add_span(d->batch);
    s->resource = resource;
    s->scope = scope;
    s->name = (tk_str){name, (size_t)(name_end - 1 - name)};
    s->start_ns = text.n;
    return 0;
}

static int block_decode(struct tki_decode *d)
{
    return tki_lines_decode(d, &block_lines, NULL, block, NULL);
}

static bool block_resync(struct tki_decode *d)
{
    return tki_lines_resync(d, &block_lines);
}

static const struct tki_format blocks = {
    .cutter = &tki_cut_lines, .lines = &block_lines, .decode = block_decode, .resync = block_resync};

/* ---- reading as the reader does ---- */

struct reading {
    struct tki_buf rows; /* of the spans that came */
    int code;
    struct tk_err err;
    uint64_t records, pieces;
    bool keep_going;
    unsigned skipped;
};

static void put_rows(struct reading *x, const struct tk_batch *b)
{
    for (uint32_t i = 0; i < b->nspans; i++)
        tki_buf_printf(&x->rows, "%d %d '%.*s' %d\n", (int)b->spans[i].trace_id.lo, (int)b->spans[i].span_id,
                       (int)b->spans[i].name.n, b->spans[i].name.p, (int)b->spans[i].start_ns);
}

static int decode_piece(struct reading *x, const struct tki_format *f, const struct tki_piece *p)
{
    struct tk_batch *b = tk_batch_new();
    struct tki_buf text = {0};
    tki_buf_str(&text, p->prefix);
    tki_buf_str(&text, p->body);
    tki_buf_str(&text, p->suffix);
    size_t n = text.n;
    for (int i = 0; i < TKI_PADDING; i++)
        tki_buf_putc(&text, 0);
    struct tki_decode d = {.in = {text.p, n}, .needs = TK_NEED_ALL, .batch = b, .err = &x->err};
    int r;
    while ((r = f->decode(&d)) < 0 && x->keep_going && f->resync(&d))
        x->skipped++;
    x->err.offset = d.fault;
    x->records += d.records;
    put_rows(x, b);
    tk_batch_free(b);
    tki_buf_free(&text);
    return x->keep_going ? 0 : r;
}

static void read_with(struct reading *x, const struct tki_format *f, tk_str in, size_t window, size_t step)
{
    struct tki_cut c = {.cutter = f->cutter, .lines = f->lines, .window = window, .record_max = 100};
    size_t at = 0, n = 0;
    x->rows.n = 0;
    x->records = x->pieces = x->skipped = 0;
    x->err = (struct tk_err){0};
    if (c.cutter->open(&c) < 0)
        bail_out("out of memory");
    for (;;) {
        struct tki_piece p;
        n = n > in.n - at ? in.n - at : n;
        char *shown = malloc(n + 1); /* so that nothing beyond the window is looked at */
        if (!shown)
            bail_out("out of memory");
        memcpy(shown, in.p + at, n);
        x->code = c.cutter->next(&c, (tk_str){shown, n}, at + n == in.n, &p, &x->err);
        if (x->code == TKI_CUT_PIECE) {
            x->pieces++;
            at += p.consumed;
            x->code = decode_piece(x, f, &p);
            free(shown);
            if (x->code < 0)
                break;
            n = 0;
            continue;
        }
        free(shown);
        if (x->code != TKI_CUT_MORE)
            break;
        n += step;
    }
    c.cutter->close(&c);
    x->code = x->code == TKI_CUT_END ? 0 : x->code;
}

static const char csv_text[] = "span,name,trace,start\n"
                               "1,plain,7,100\n"
                               "2,\"with, comma\",7,200\n"
                               "3,\"two\nlines and \"\"quotes\"\"\",7,300\n"
                               "4,,8,400\r\n"
                               "5,last,8,500\n";
static const char csv_rows[] = "7 1 'plain' 100\n7 2 'with, comma' 200\n7 3 'two\nlines and \"quotes\"' 300\n"
                               "8 4 '' 400\n8 5 'last' 500\n";
static const char block_text[] = "Span #0\none\n  a: 1\nSpan #1\ntwo\nSpan #2\nthree\n\n  b\n";
static const char block_rows[] = "0 0 'one' 19\n0 0 'two' 12\n0 0 'three' 19\n";

static void test_pieces(const struct tki_format *f, const char *name, tk_str text, const char *rows)
{
    struct reading x = {.keep_going = false};
    unsigned wrong = 0;
    uint64_t most = 0;
    for (size_t window = 1; window <= text.n + 1; window++)
        for (size_t step = 1; step <= text.n; step += 1 + step / 3) {
            read_with(&x, f, text, window, step);
            tki_buf_putc(&x.rows, 0);
            wrong += x.code != 0 || strcmp(x.rows.p, rows) != 0;
            most = x.pieces > most ? x.pieces : most;
        }
    is_uint(wrong, 0, "%s: windows and reads of any size give the same rows", name);
    ok(most == x.records && x.records > 1, "%s: at most a piece a record (%d)", name, (int)most);
    wrong = 0;
    for (size_t n = 0; n < text.n; n++) {
        read_with(&x, f, (tk_str){text.p, n}, 30, 7);
        bool cut = n && text.p[n - 1] != '\n';
        bool prefix = x.rows.n <= strlen(rows) && (!x.rows.n || memcmp(x.rows.p, rows, x.rows.n) == 0);
        if (!prefix || (cut && x.code != TK_ETRUNCATED && f == &csv)) {
            diag("the first %d bytes: code %d, %.*s", (int)n, x.code, (int)x.rows.n, x.rows.p);
            wrong += f == &csv || cut;
        }
    }
    is_uint(wrong, 0, "%s: the first bytes give a beginning, and a number that is cut off is none", name);
    tki_buf_free(&x.rows);
}

static void test_damage(void)
{
    static const char text[] = "trace,span,name,start\n1,2,a,3\n1,x,b,3\n1,4,c\n1,5,d,6\n";
    struct reading x = {.keep_going = false};
    read_with(&x, &csv, tki_str(text), 1000, 1000);
    ok(x.code == TK_EINVALID && x.records == 1 && x.err.offset == 32, "a bad line ends it, and says where (%d)",
       (int)x.err.offset);
    is_str(x.err.text, "expected a number", "and what");
    tki_buf_putc(&x.rows, 0);
    is_str(x.rows.p, "1 2 'a' 3\n", "the lines before it stay");
    x.keep_going = true;
    for (size_t window = 1; window < 80; window += 13) {
        read_with(&x, &csv, tki_str(text), window, 5);
        tki_buf_putc(&x.rows, 0);
        ok(x.code == 0 && x.skipped == 2 && strcmp(x.rows.p, "1 2 'a' 3\n1 5 'd' 6\n") == 0,
           "behind bad lines it goes on, with the header known (windows of %d)", (int)window);
    }
    read_with(&x, &blocks, TKI_STR("noise\nnoise\nSpan #0\none\n"), 1000, 1000);
    ok(x.skipped == 1 && x.records == 1, "what stands before the first record is one bad record");
    x.keep_going = false;
    static char wide[300];
    memset(wide, 'x', sizeof wide - 1);
    read_with(&x, &csv, tki_str(wide), 20, 20);
    is_int(x.code, TK_ELIMIT, "a line longer than a record may be");
    read_with(&x, &csv, TKI_STR("trace,span,name,start\n"), 20, 20);
    ok(x.code == 0 && x.records == 0, "a header alone");
    read_with(&x, &csv, TKI_STR(""), 20, 20);
    ok(x.code == 0 && x.records == 0 && x.pieces == 0, "nothing");
    read_with(&x, &csv, TKI_STR("trace,span\n1,\"open\nline\n"), 20, 20);
    is_int(x.code, TK_ETRUNCATED, "quotes that do not close");
    tki_buf_free(&x.rows);
}

int main(void)
{
    test_pieces(&csv, "csv", tki_str(csv_text), csv_rows);
    test_pieces(&blocks, "blocks", tki_str(block_text), block_rows);
    test_damage();
    return done_testing();
}
