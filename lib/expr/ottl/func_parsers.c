/* Functions that read structured text: JSON, keys and values, CSV. */
#include "base/num.h"
#include "expr/ottl/func.h"
#include "expr/ottl/json.h"
#include "expr/ottl/members.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

static int parse_json(run *r, const node *n, struct tki_ov *to)
{
    tk_str s;
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0)
        rc = tki_ottl_read_json(r, s, to);
    if (rc == 0 && to->type != TKI_OV_MAP && to->type != TKI_OV_LIST)
        return tki_ottl_fault(r, "JSON that is neither an object nor a list");
    return rc;
}

static bool starts_at(tk_str s, size_t i, tk_str part)
{
    return s.n - i >= part.n && memcmp(s.p + i, part.p, part.n) == 0;
}

/* Where the part begins, or s.n. */
static size_t find(tk_str s, tk_str part)
{
    size_t i = 0;
    while (i + part.n <= s.n && !starts_at(s, i, part))
        i++;
    return i + part.n <= s.n ? i : s.n;
}

/* Without the space at both ends; of ASCII alone. */
static tk_str trimmed(tk_str s)
{
    while (s.n && strchr(" \t\n\v\f\r", s.p[0]) && s.p[0])
        s = (tk_str){s.p + 1, s.n - 1};
    while (s.n && strchr(" \t\n\v\f\r", s.p[s.n - 1]) && s.p[s.n - 1])
        s.n--;
    return s;
}

/* ---- keys and values ---- */

/* A byte that is no ASCII becomes the character of its number: the collector takes the text byte by byte. */
static size_t put_byte(char *to, unsigned char c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    to[0] = (char)(0xc0 | c >> 6);
    to[1] = (char)(0x80 | (c & 0x3f));
    return 2;
}

struct pairs { /* a text being split at what stands between pairs; quotes keep it together and are dropped */
    tk_str text, between;
    size_t at;
};

/* The next piece that is not empty, written to `to`: 1, 0 at the end, -1 when a quote is not closed. */
static int next_pair(struct pairs *p, char *to, size_t *n)
{
    char quote = '\0';
    bool escaped = false;
    *n = 0;
    while (p->at < p->text.n) {
        char c = p->text.p[p->at];
        if (!quote && starts_at(p->text, p->at, p->between)) {
            p->at += p->between.n;
            if (*n)
                return 1;
            continue;
        }
        p->at++;
        if (!escaped && !quote && (c == '"' || c == '\'')) {
            quote = c;
        } else if (!escaped && quote && c == quote) {
            quote = '\0';
        } else {
            escaped = !escaped && c == '\\';
            *n += put_byte(to + *n, (unsigned char)c);
        }
    }
    return quote ? -1 : *n > 0;
}

static int parse_key_value(run *r, const node *n, struct tki_ov *to)
{
    tk_str s, between = tki_ottl_const_str(n, 1, "=");
    struct tki_ottl_members m = {0};
    int rc = tki_ottl_arg_str(r, n, 0, &s), more = 0;
    if (rc)
        return rc;
    if (s.n == 0)
        return tki_ottl_fault(r, "no text to read pairs from");
    struct pairs p = {s, tki_ottl_const_str(n, 2, " "), 0};
    char *text = tki_ottl_alloc(r, 2 * s.n);
    size_t length;
    if (!text)
        return TK_ENOMEM;
    while (rc == 0 && (more = next_pair(&p, text, &length)) > 0) {
        tk_str pair = {text, length};
        size_t cut = find(pair, between);
        if (cut == pair.n)
            return tki_ottl_fault(r, "a pair without its delimiter");
        tk_str value = {pair.p + cut + between.n, pair.n - cut - between.n};
        rc = tki_ottl_put(r, &m, trimmed((tk_str){pair.p, cut}), tki_ov_str(trimmed(value)));
        text += length;
    }
    if (more < 0)
        return tki_ottl_fault(r, "a quote that is not closed");
    *to = tki_ottl_map_of(&m);
    return rc;
}

static int delimiters_differ(struct tki_ottl_open *o, node *n)
{
    tk_str x = tki_ottl_const_str(n, 1, "="), y = tki_ottl_const_str(n, 2, " ");
    if (x.n == 0 || y.n == 0)
        return tki_ottl_refuse(o, n, "%s: a delimiter is empty", n->func->name);
    return tki_str_eq(x, y) ? tki_ottl_refuse(o, n, "%s: the delimiters are equal", n->func->name) : 0;
}

/* ---- and back ---- */

/* With quotes where it holds a delimiter. */
static void put_quoted(struct tki_buf *b, tk_str s, tk_str x, tk_str y)
{
    bool quote = find(s, x) < s.n || find(s, y) < s.n;
    if (quote)
        tki_buf_putc(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            tki_buf_putc(b, '\\');
        tki_buf_putc(b, s.p[i]);
    }
    if (quote)
        tki_buf_putc(b, '"');
}

/* The text of a value as pdata's AsString has it. */
/* The member whose key comes behind the last one, in order, or the i-th. */
static struct tki_ov_pair member_at(const struct tk_batch *b, const struct tki_ov *map, uint32_t i, const tk_str *last,
                                    bool sorted)
{
    struct tki_ov_pair next = {0};
    bool found = false;
    for (uint32_t k = sorted ? 0 : i; k < (sorted ? map->n : i + 1); k++) {
        struct tki_ov_pair p = tki_ov_pair(b, map, k);
        if (sorted && ((last && tki_str_cmp(p.key, *last) <= 0) || (found && tki_str_cmp(p.key, next.key) >= 0)))
            continue;
        next = p;
        found = true;
    }
    return next;
}

static int to_key_value_string(run *r, const node *n, struct tki_ov *to)
{
    tk_str x = tki_ottl_const_str(n, 1, "="), y = tki_ottl_const_str(n, 2, " "), last;
    bool sorted = tki_ottl_const_bool(n, 3, false);
    struct tki_buf b = {0};
    struct tki_ov map, text;
    int rc = tki_ottl_arg(r, n, 0, &map);
    for (uint32_t i = 0; rc == 0 && i < map.n; i++) {
        struct tki_ov_pair p = member_at(r->at ? r->at->b : NULL, &map, i, i ? &last : NULL, sorted);
        rc = tki_ottl_as_string(r, &p.value, &text);
        if (rc)
            break;
        if (i)
            tki_buf_str(&b, y);
        put_quoted(&b, p.key, x, y);
        tki_buf_str(&b, x);
        put_quoted(&b, tki_ov_text(&text), x, y);
        last = p.key;
    }
    if (rc == 0)
        return tki_ottl_keep(r, &b, to);
    tki_buf_free(&b);
    return rc;
}

/* ---- CSV ---- */

enum mode { STRICT, LAZY_QUOTES, IGNORE_QUOTES };

static enum mode mode_of(const node *n)
{
    tk_str s = tki_ottl_const_str(n, 4, "strict");
    return TKI_STR_IS(s, "lazyQuotes") ? LAZY_QUOTES : TKI_STR_IS(s, "ignoreQuotes") ? IGNORE_QUOTES : STRICT;
}

struct csv {
    tk_str s;
    size_t at;
    char comma;
    bool lazy;
    char *to; /* room for the fields' text */
    size_t n; /* of the field under way */
};

static bool line_end(const struct csv *c)
{
    return c->at >= c->s.n || c->s.p[c->at] == '\n' ||
           (c->s.p[c->at] == '\r' && (c->at + 1 == c->s.n || c->s.p[c->at + 1] == '\n'));
}

/* A quoted field, behind its opening quote; returns false where Go's reader has an error. */
static bool quoted_field(struct csv *c)
{
    for (c->at++;; c->at++) {
        if (c->at >= c->s.n)
            return c->lazy;
        char x = c->s.p[c->at], next = c->at + 1 < c->s.n ? c->s.p[c->at + 1] : '\0';
        if (x == '\r' && next == '\n')
            continue; /* line breaks are \n */
        if (x != '"') {
            c->to[c->n++] = x;
        } else if (next == '"') {
            c->to[c->n++] = '"';
            c->at++;
        } else {
            c->at++;
            if (line_end(c) || c->s.p[c->at] == c->comma)
                return true;
            if (!c->lazy)
                return false;
            c->to[c->n++] = '"';
            c->at--;
        }
    }
}

static bool plain_field(struct csv *c)
{
    for (; !line_end(c) && c->s.p[c->at] != c->comma; c->at++) {
        if (c->s.p[c->at] == '"' && !c->lazy)
            return false;
        c->to[c->n++] = c->s.p[c->at];
    }
    return true;
}

static void skip_line_end(struct csv *c)
{
    c->at += c->at < c->s.n && c->s.p[c->at] == '\r';
    c->at += c->at < c->s.n && c->s.p[c->at] == '\n';
}

/* All fields of all lines; a line goes on in the field in which the one before it ended.  Returns how many, or -1. */
static int64_t read_csv(struct csv *c, struct tki_ov *fields)
{
    int64_t n = 0;
    bool first_line = true;
    while (c->at < c->s.n) {
        if (line_end(c)) { /* an empty line is none */
            skip_line_end(c);
            continue;
        }
        for (bool more = true, first = true; more; first = false) {
            bool goes_on = first && !first_line;
            c->n = 0;
            if (goes_on) { /* the texts of fields follow each other */
                c->to -= fields[n - 1].n;
                c->n = fields[n - 1].n;
                c->to[c->n++] = '\n';
                n--;
            }
            bool quoted = c->at < c->s.n && c->s.p[c->at] == '"';
            if (!(quoted ? quoted_field(c) : plain_field(c)))
                return -1;
            fields[n++] = tki_ov_str((tk_str){c->to, c->n});
            c->to += c->n;
            more = c->at < c->s.n && c->s.p[c->at] == c->comma;
            c->at += more;
        }
        skip_line_end(c);
        first_line = false;
    }
    return n;
}

static int64_t split_at(tk_str s, tk_str by, struct tki_ov *to)
{
    int64_t n = 0;
    for (;;) {
        size_t cut = find(s, by);
        to[n++] = tki_ov_str((tk_str){s.p, cut});
        if (cut == s.n)
            return n;
        s = (tk_str){s.p + cut + by.n, s.n - cut - by.n};
    }
}

static int parse_csv(run *r, const node *n, struct tki_ov *to)
{
    tk_str s, header, comma = tki_ottl_const_str(n, 2, ",");
    tk_str between = n->kid[3] ? tki_ottl_const_str(n, 3, "") : comma;
    struct tki_ottl_members m = {0};
    int rc = tki_ottl_arg_str(r, n, 0, &s);
    if (rc == 0)
        rc = tki_ottl_arg_str(r, n, 1, &header);
    if (rc)
        return rc;
    if (header.n == 0)
        return tki_ottl_fault(r, "no names of fields");
    struct tki_ov *names = tki_ottl_alloc(r, (header.n + 2) * sizeof *names);
    struct tki_ov *fields = tki_ottl_alloc(r, (s.n + 2) * sizeof *fields);
    char *text = tki_ottl_alloc(r, 2 * s.n + 2);
    if (!names || !fields || !text)
        return TK_ENOMEM;
    struct csv c = {.s = s, .comma = comma.p[0], .lazy = mode_of(n) == LAZY_QUOTES, .to = text};
    int64_t count = split_at(header, between, names);
    int64_t got = mode_of(n) == IGNORE_QUOTES ? split_at(s, comma, fields) : read_csv(&c, fields);
    if (got <= 0)
        return tki_ottl_fault(r, got ? "a quote where CSV has none" : "no line of CSV");
    if (got != count)
        return tki_ottl_fault(r, "a wrong number of fields");
    for (int64_t i = 0; i < got && rc == 0; i++)
        rc = tki_ottl_put(r, &m, tki_ov_text(&names[i]), fields[i]);
    *to = tki_ottl_map_of(&m);
    return rc;
}

static int csv_known(struct tki_ottl_open *o, node *n)
{
    tk_str mode = tki_ottl_const_str(n, 4, "strict"), comma = tki_ottl_const_str(n, 2, ","),
           between = tki_ottl_const_str(n, 3, ",");
    if (!TKI_STR_IS(mode, "strict") && !TKI_STR_IS(mode, "lazyQuotes") && !TKI_STR_IS(mode, "ignoreQuotes"))
        return tki_ottl_refuse(o, n, "ParseCSV: the mode is strict, lazyQuotes or ignoreQuotes");
    if (comma.n != 1 || between.n != 1)
        return tki_ottl_refuse(o, n, "ParseCSV: a delimiter is one character");
    return 0;
}

#define STRING(name)                 \
    {                                \
        (name), TKI_OW_STRING, false \
    }
#define WORD(name)                        \
    {                                     \
        (name), TKI_OW_CONST_STRING, true \
    }

const struct tki_ottl_func tki_ottl_parsers[] = {
    {.name = "ParseJSON", .param = {STRING("target")}, .call = parse_json},
    {.name = "ParseKeyValue",
     .param = {STRING("target"), WORD("delimiter"), WORD("pair_delimiter")},
     .call = parse_key_value,
     .prepare = delimiters_differ},
    {.name = "ToKeyValueString",
     .param = {{"target", TKI_OW_MAP, false},
               WORD("delimiter"),
               WORD("pair_delimiter"),
               {"sort_output", TKI_OW_CONST_BOOL, true}},
     .call = to_key_value_string,
     .prepare = delimiters_differ},
    {.name = "ParseCSV",
     .param = {STRING("target"), STRING("header"), WORD("delimiter"), WORD("header_delimiter"), WORD("mode")},
     .call = parse_csv,
     .prepare = csv_known},
    {0}};
