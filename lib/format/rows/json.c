/* rows: JSON whose objects are spans, whatever stands around them.
 *
 * Objects one a line, in lists, in answers ({"data":[…]}, {"hits":{"hits":[{"_source":…}]}}, …); ClickHouse's forms:
 * lists of values in the order of the table or behind a list of names ("meta", or a first line), one object of columns.
 * Each object is looked at by its keys: one that has the signs of a dialect is a row, any other may hold rows.
 */
#include "base/err.h"
#include "base/hash.h"
#include "format/codec/records.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "format/rows/rows.h"
#include "format/table.h"

enum { DEPTH_MAX = 12 };

/* ---- what an object is ---- */

/* The members of the object at the cursor, which stays there.  Returns how many there are, TKI_NAMES at most. */
static unsigned members(const struct tki_js *at, struct tki_named names[TKI_NAMES], uint64_t *hash)
{
    struct tki_js j = *at;
    unsigned n = 0;
    tk_str k;
    *hash = 0;
    if (!tki_js_object(&j))
        return 0;
    while (tki_js_key(&j, &k)) {
        char first = tki_js_peek(&j);
        if (n < TKI_NAMES)
            names[n++] = (struct tki_named){k, first};
        *hash = (*hash ^ tki_hash(k.p, k.n) ^ (first == '{' || first == '[' ? (uint64_t)first << 8 : 0)) *
                0x9e3779b97f4a7c15u;
        tki_js_skip(&j);
    }
    return j.error ? 0 : n;
}

/* Rows of one kind have the same members in the same order, so the answer for the object before usually holds. */
static const struct tki_dialect *dialect_of(struct tki_rows *x, struct tki_named names[TKI_NAMES], unsigned *n)
{
    uint64_t hash;
    *n = members(&x->r.j, names, &hash);
    if (!*n)
        return NULL;
    if (!x->keyed || x->keys_hash != hash) {
        x->keyed = tki_dialect_of(names, *n, x->own);
        x->keys_hash = hash;
    }
    return x->keyed;
}

/* ---- rows ---- */

static void row(struct tki_rows *x, const struct tki_dialect *d)
{
    unsigned depth = x->depth;
    tki_record_begin(&x->r);
    tki_row_begin(x, d);
    x->depth = 0;
    tki_cells_members(x, &x->r.j, &x->cells, "");
    x->depth = depth;
    tki_row_end(x);
}

/* One object of lists, which are columns. */
static void columns(struct tki_rows *x, const struct tki_dialect *d)
{
    tki_record_begin(&x->r);
    struct tki_js *lists = tk_batch_alloc(x->r.j.batch, TKI_NAMES * sizeof *lists);
    tk_str *names = tk_batch_alloc(x->r.j.batch, TKI_NAMES * sizeof *names);
    const char *at = (tki_js_peek(&x->r.j), x->r.j.p);
    unsigned n = 0, more;
    tk_str k;
    if (!lists || !names || !tki_js_object(&x->r.j))
        return;
    while (tki_js_key(&x->r.j, &k)) {
        if (n < TKI_NAMES && tki_js_peek(&x->r.j) == '[') {
            names[n] = k;
            lists[n] = x->r.j;
            n += tki_js_array(&lists[n]);
        }
        tki_js_skip(&x->r.j);
    }
    do {
        tki_row_begin(x, d);
        more = 0;
        for (unsigned i = 0; i < n && !x->r.j.error; i++) {
            struct tki_cell whole = {.at = at};
            if (tki_js_item(&lists[i])) {
                more++;
                tki_cells_put(x, &x->cells, names[i], tki_cell_json(&lists[i], lists[i].p));
                tki_js_skip(&lists[i]);
            }
            tki_cell_failed(x, &whole, &lists[i]);
        }
        if (more && more < n)
            tki_js_refuse(&x->r.j, at, "the columns differ in length");
        else if (more)
            tki_row_end(x);
    } while (more && !x->r.j.error && !x->r.j.batch->err);
}

/* The list at a path inside the object at the cursor, which is left alone; false: there is none. */
static bool list_inside(struct tki_js *j, const char *path)
{
    const char *dot = strchr(path, '.');
    tk_str step = {path, dot ? (size_t)(dot - path) : strlen(path)}, k;
    if (tki_js_peek(j) != '{' || !tki_js_object(j))
        return false;
    while (tki_js_key(j, &k)) {
        if (tki_str_eq(k, step))
            return dot ? list_inside(j, dot + 1) : tki_js_peek(j) == '[';
        tki_js_skip(j);
    }
    return false;
}

/* An object around a list of rows, whose members count for each of them. */
static void listed(struct tki_rows *x, const struct tki_dialect *d)
{
    struct tki_js list = x->r.j;
    struct tki_cells around;
    struct tki_extra *extras;
    tki_record_begin(&x->r);
    if (!list_inside(&list, d->list)) {
        tki_js_skip(&x->r.j);
        return;
    }
    tki_row_begin(x, d);
    tki_cells_members(x, &x->r.j, &x->cells, "^");
    around = x->cells;
    unsigned nextras = x->nextras;
    extras = tk_batch_alloc(x->r.j.batch, (nextras + 1) * sizeof *extras);
    if (!extras || x->r.j.error || !tki_js_array(&list))
        return;
    memcpy(extras, x->extras, nextras * sizeof *extras);
    struct tki_js behind = x->r.j;
    x->r.j = list;
    while (tki_js_item(&x->r.j)) {
        tki_record_begin(&x->r);
        tki_row_begin(x, d);
        x->cells = around;
        x->nextras = nextras;
        memcpy(x->extras, extras, nextras * sizeof *extras);
        tki_cells_members(x, &x->r.j, &x->cells, "");
        tki_row_end(x);
        if (x->r.j.batch->err)
            return;
    }
    if (!x->r.j.error) {
        x->met++;
        behind.odd = behind.odd || x->r.j.odd;
        x->r.j = behind;
    }
}

/* ---- lists of values ---- */

/* Returns true if the list at the cursor holds names of columns; takes them. */
static bool take_names(struct tki_rows *x)
{
    struct tki_js j = x->r.j;
    struct tki_named named[TKI_NAMES];
    tk_str names[TKI_NAMES];
    unsigned n = 0;
    if (!tki_js_array(&j))
        return false;
    while (tki_js_item(&j)) {
        if (tki_js_peek(&j) != '"' || n == TKI_NAMES)
            return false;
        names[n] = tki_js_str(&j);
        named[n] = (struct tki_named){names[n], 0};
        n++;
    }
    if (j.error || !tki_dialect_of(named, n, x->own))
        return false;
    memcpy(x->names, names, n * sizeof *names);
    x->nnames = n;
    x->r.j = j;
    return true;
}

static unsigned split(const struct tki_js *at, struct tki_cell cells[TKI_NAMES])
{
    struct tki_js j = *at;
    unsigned n = 0;
    if (tki_js_array(&j))
        while (tki_js_item(&j) && n < TKI_NAMES) {
            cells[n++] = tki_cell_json(&j, j.p);
            tki_js_skip(&j);
        }
    return j.error ? 0 : n;
}

static void unnamed(struct tki_rows *x, const struct tki_cell *cells, unsigned n)
{
    tk_str texts[TKI_NAMES] = {{0}};
    for (unsigned i = 0; i < 3 && i < n; i++)
        texts[i] = *cells[i].json == '"' ? tki_cell_text(x, &cells[i]) : (tk_str){0};
    tki_row_unnamed(x, texts, n);
}

static void values(struct tki_rows *x)
{
    struct tki_cell cells[TKI_NAMES];
    tki_record_begin(&x->r);
    const char *at = x->r.j.p;
    if (take_names(x))
        return;
    unsigned n = split(&x->r.j, cells);
    if (n != x->nnames)
        unnamed(x, cells, n);
    const struct tki_dialect *d = n && n == x->nnames ? tki_row_named(x) : NULL;
    tki_js_skip(&x->r.j);
    if (!d && !x->r.j.error)
        tki_js_refuse(&x->r.j, at, "a list of values whose columns are not known: name them with --columns");
    if (!d)
        return;
    tki_row_begin(x, d);
    for (unsigned i = 0; i < n; i++)
        tki_cells_put(x, &x->cells, x->names[i], cells[i]);
    if (!tki_row_types(x))
        tki_row_end(x);
}

/* ---- what is around ---- */

static void value(struct tki_rows *x);

/* [{"name":…,"type":…}, …]: what the columns of lists of values are called. */
static void take_meta(struct tki_rows *x)
{
    struct tki_js j = x->r.j;
    unsigned n = 0;
    tk_str k;
    if (!tki_js_array(&j))
        return;
    while (tki_js_item(&j) && n < TKI_NAMES && tki_js_peek(&j) == '{' && tki_js_object(&j))
        while (tki_js_key(&j, &k))
            if (TKI_STR_IS(k, "name") && tki_js_peek(&j) == '"')
                x->names[n++ % TKI_NAMES] = tki_js_str(&j);
            else
                tki_js_skip(&j);
    x->nnames = j.error ? 0 : n;
}

static void inside(struct tki_rows *x)
{
    tk_str k;
    if (!tki_js_object(&x->r.j))
        return;
    while (tki_js_key(&x->r.j, &k)) {
        char c = tki_js_peek(&x->r.j);
        if (c == '[' && (TKI_STR_IS(k, "meta") || TKI_STR_IS(k, "columns"))) {
            take_meta(x);
            x->met += x->nnames > 0;
            tki_js_skip(&x->r.j);
        } else if (c == '{' || c == '[') {
            value(x);
        } else {
            tki_js_skip(&x->r.j);
        }
    }
}

/* An object that held no row: skipped and counted, if it is no other format's. */
static void other(struct tki_rows *x, const struct tki_js *start, const struct tki_named *names, unsigned n)
{
    struct tki_js end = *start;
    bool action =
        n == 1 && names[0].first == '{' && (TKI_STR_IS(names[0].name, "index") || TKI_STR_IS(names[0].name, "create"));
    tki_js_skip(&end);
    if (end.error || action || !n)
        return;
    if (x->own) {
        tki_js_refuse(&x->r.j, start->p, "there is no row in this document that has the members of --columns");
        return;
    }
    if (tki_format_is_other(start->p, end.p, &tki_format_rows))
        tki_js_fail_at(&x->r.j, start->p, "expected rows");
    else
        tki_record_skip(&x->r, start, TK_NOTE_OTHER_DOCS);
}

static void object(struct tki_rows *x)
{
    struct tki_named names[TKI_NAMES];
    struct tki_js start = x->r.j;
    uint64_t met = x->met;
    unsigned n;
    const struct tki_dialect *d = dialect_of(x, names, &n);
    bool lists = d != NULL;
    for (unsigned i = 0; i < n && lists; i++)
        lists = names[i].first == '[';
    if (!d)
        inside(x);
    else if (d->list)
        listed(x, d);
    else if (lists)
        columns(x, d);
    else
        row(x, d);
    if (!d && x->depth == 1 && x->met == met && !x->r.j.error)
        other(x, &start, names, n);
}

static bool holds_values(const struct tki_js *at)
{
    struct tki_js j = *at;
    return tki_js_array(&j) && tki_js_item(&j) && tki_js_peek(&j) != '{' && tki_js_peek(&j) != '[';
}

/* A document that is a list: one without any row is perhaps another format's, and objects beside rows are counted. */
static void list(struct tki_rows *x)
{
    static const struct tki_named element = {{"", 0}, 0};
    struct tki_js *j = &x->r.j, start = *j;
    uint64_t met = x->met, before, without = 0;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        bool object = tki_js_peek(j) == '{';
        before = x->met;
        value(x);
        without += object && x->met == before;
    }
    if (x->depth != 1 || j->error || !without)
        return;
    if (x->met == met)
        other(x, &start, &element, 1);
    for (; x->met != met && without; without--)
        tki_note(j->batch, TK_NOTE_OTHER_DOCS);
}

static void value(struct tki_rows *x)
{
    struct tki_js *j = &x->r.j;
    char c = tki_js_peek(j);
    if (x->depth == DEPTH_MAX || (c != '{' && c != '[')) {
        tki_js_skip(j);
        return;
    }
    x->depth++;
    if (c == '{')
        object(x);
    else if ((x->depth == 1 || x->nnames) && holds_values(j))
        values(x);
    else
        list(x);
    x->depth--;
}

static void next(struct tki_records *r, char c)
{
    struct tki_rows *x = (struct tki_rows *)r;
    x->depth = 0;
    if (c == '{' || c == '[')
        value(x);
    else
        tki_js_fail(&r->j, "expected an object or a list");
}

static int decode(struct tki_decode *d)
{
    struct tki_rows *x = tki_rows_new(d);
    if (!x)
        return tki_err_memory(d->err);
    int r = tki_records_decode(&x->r, d, next);
    tki_rows_free(x);
    return r;
}

/* ---- recognising ---- */

/* One sign, as in tki_dialect.  Returns true if it holds; *depth is then that of the key, or 0 where it is not there.
 */
static bool holds(const struct tki_head *h, tk_str sign, tk_str *key, unsigned *depth)
{
    char last = sign.n ? sign.p[sign.n - 1] : 0, first = last == '{' || last == '[' ? last : 0;
    bool not = sign.n && *sign.p == '!';
    *key = (tk_str){sign.p + not, sign.n - not -(first != 0)};
    *depth = tki_key_depth(h, *key);
    bool is = *depth && (!first || tki_key_value(h, *key) == first);
    if (not )
        *depth = 0;
    return is != not ;
}

/* One of the signs "a|b|c". */
static bool one_holds(const struct tki_head *h, const char *signs, tk_str *key, unsigned *depth)
{
    for (const char *p = signs;; p++) {
        const char *bar = strchr(p, '|');
        if (holds(h, (tk_str){p, bar ? (size_t)(bar - p) : strlen(p)}, key, depth))
            return true;
        if (!bar)
            return false;
        p = bar;
    }
}

static unsigned bits_of(const struct tki_head *h, const struct tki_dialect *d)
{
    enum { DEPTH_MAX_HEAD = 6, INSIDE = 3 };
    unsigned depth = 0, bytes = 0, here;
    tk_str key, last = {0};
    for (unsigned i = 0; i < TKI_SIGNS && d->signs[i]; i++) {
        if (!one_holds(h, d->signs[i], &key, &here) || here > DEPTH_MAX_HEAD || (depth && here && here != depth))
            return 0;
        depth = here ? here : depth;
        bytes += here ? (unsigned)key.n : 0;
    }
    if (d->inside && depth < INSIDE)
        return 0;
    for (const struct tki_row_column *c = d->columns; c->name; c++) {
        tk_str name = tki_str(c->name + (*c->name == '^'));
        const char *dot = tki_str_find(name, '.');
        if (dot && tki_key_depth(h, name) != depth)
            name.n = (size_t)(dot - name.p);
        if (!tki_str_eq(name, last) && tki_key_depth(h, name) == depth)
            bytes += (unsigned)name.n;
        last = name;
    }
    return 8 * bytes;
}

/* Reads strings of the first bytes: of a list, or of "name" members.  They need no unescaping to be compared. */
static unsigned first_strings(tk_str text, const char *member, tk_str names[TKI_NAMES])
{
    unsigned n = 0;
    const char *end = text.p + text.n;
    for (const char *p = text.p; p < end && n < TKI_NAMES; p++) {
        if (member && (*p == ']' || *p == '['))
            break;
        if (*p != '"') {
            if (!member && !memchr(", \t\r\n", *p, 5))
                break;
            continue;
        }
        const char *close = tki_json_skip_string(p + 1, end);
        if (!close)
            break;
        tk_str s = {p + 1, (size_t)(close - p - 2)};
        const char *after = tki_json_ws(close, end);
        if (!member) {
            names[n++] = s;
        } else if (after < end && *after == ':' && tki_str_eq(s, tki_str(member))) {
            p = tki_json_ws(after + 1, end);
            close = p < end && *p == '"' ? tki_json_skip_string(p + 1, end) : NULL;
            if (!close)
                break;
            names[n++] = (tk_str){p + 1, (size_t)(close - p - 2)};
        }
        p = close - 1;
    }
    return n;
}

/* Lists of values: behind a list of names, or in the order of the one table that is known by it. */
static unsigned values_bits(const struct tki_head *h)
{
    enum { TEXT_MAX = 16384 };
    static const struct tki_key meta[] = {{"meta", 1}, {"name", 3}, {"type", 3}, {"data", 1}, {NULL, 0}};
    static const struct tki_key tables[] = {{"tables", 1}, {"columns", 3}, {"name", 5}, {"rows", 3}, {NULL, 0}};
    bool listed = tki_keys_met(h, meta) == 4 || tki_keys_met(h, tables) == 4;
    const char *end = h->text.p + h->text.n, *p = tki_json_ws(h->text.p, end);
    char text[TEXT_MAX + TKI_PADDING];
    tk_str names[TKI_NAMES], own[TKI_NAMES];
    struct tki_named named[TKI_NAMES];
    if (listed)
        p = memmem(p, (size_t)(end - p), "\"name\"", 6);
    else if (p < end && *p == '[')
        p++;
    else
        return 0;
    if (!p)
        return 0;
    size_t size = (size_t)(end - p) < TEXT_MAX ? (size_t)(end - p) : TEXT_MAX;
    memcpy(text, p, size); /* scanning reads beyond the end */
    memset(text + size, 0, TKI_PADDING);
    unsigned n = first_strings((tk_str){text, size}, listed ? "name" : NULL, names);
    for (unsigned i = 0; i < n; i++)
        named[i] = (struct tki_named){names[i], 0};
    const struct tki_dialect *d = n ? tki_dialect_of(named, n, NULL) : NULL;
    if (d)
        return tki_dialect_bits(d, named, n);
    if (listed || n < 3)
        return 0;
    return tki_dialect_unnamed(names, 22, own) ? 8 * (32 + 16) : 0;
}

static unsigned bid(const struct tki_head *h)
{
    unsigned best = 0;
    if (!h->json)
        return 0;
    for (const struct tki_dialect *d = tki_dialects; d->name; d++) {
        unsigned bits = bits_of(h, d);
        best = bits > best ? bits : best;
    }
    return best ? best : values_bits(h);
}

/* ---- pieces ---- */

/* A first line of names counts for all behind it. */
static tk_str context(tk_str text)
{
    struct tki_named named[TKI_NAMES];
    tk_str names[TKI_NAMES];
    const char *end = text.p + text.n, *p = tki_json_ws(text.p, end);
    if (p == end || *p != '[')
        return (tk_str){0};
    unsigned n = first_strings((tk_str){p + 1, (size_t)(end - p - 1)}, NULL, names);
    for (unsigned i = 0; i < n; i++)
        named[i] = (struct tki_named){names[i], 0};
    const char *close = n && tki_dialect_of(named, n, NULL) ? tki_json_skip_value(p, end) : NULL;
    return close ? (tk_str){p, (size_t)(close - p)} : (tk_str){0};
}

const struct tki_format tki_format_rows = {
    .info = {.name = "rows",
             .about = "JSON with one object or list a span: of ClickHouse, DuckDB, CloudWatch, OpenSearch, Elastic, "
                      "Google, Azure, ...; written flat, for jq and databases",
             .can_read = true,
             .can_write = true,
             .view = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS("[]", ".data[]", ".spans[]", ".rows[]", ".data.spans[]", ".traces[].spans[]",
                         ".tables[].rows[]", ".hits.hits[]", ".responses[].hits.hits[]"),
    .context = context,
    .decode = decode,
    .resync = tki_js_resync,
};
