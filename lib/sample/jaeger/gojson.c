#include "sample/jaeger/gojson.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"

const char *const tki_go_kinds[] = {"null", "bool", "number", "string", "array", "object"};

struct parser {
    struct tki_arena *arena;
    const char *at, *end;
    int line;
    struct tk_err *err;
};

static int unexpected(const struct parser *p, const char *where)
{
    char c[12];
    if (p->at == p->end)
        return tki_err_set(p->err, TK_EUSAGE, "unexpected end of JSON input");
    unsigned char byte = (unsigned char)*p->at;
    if (byte == '\'')
        snprintf(c, sizeof c, "\\'");
    else if (byte == '\\')
        snprintf(c, sizeof c, "\\\\");
    else if (byte == '\n' || byte == '\t' || byte == '\r')
        snprintf(c, sizeof c, "\\%c", byte == '\n' ? 'n' : byte == '\t' ? 't' : 'r');
    else if (byte < 0x20 || byte == 0x7f)
        snprintf(c, sizeof c, "\\x%02x", byte);
    else if (byte >= 0x80)
        snprintf(c, sizeof c, byte < 0xa0 ? "\\u%04x" : "%c%c", byte < 0xa0 ? byte : 0xc0 | byte >> 6,
                 0x80 | (byte & 0x3f));
    else
        snprintf(c, sizeof c, "%c", byte);
    return tki_err_set(p->err, TK_EUSAGE, "line %d: invalid character '%s' %s", p->line, c, where);
}

static void skip(struct parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\r' || *p->at == '\n'))
        p->line += *p->at++ == '\n';
}

static bool next_is(const struct parser *p, char c)
{
    return p->at < p->end && *p->at == c;
}

static bool digit(const struct parser *p)
{
    return p->at < p->end && *p->at >= '0' && *p->at <= '9';
}

/* ---- texts ---- */

static int hex4(struct parser *p, uint32_t *x)
{
    *x = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        char c = p->at < p->end ? tki_lower(*p->at) : '\0';
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return unexpected(p, "in \\u hexadecimal character escape");
        *x = *x * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return 0;
}

/* A code point of one \u, or of two that belong together; half a pair becomes U+FFFD. */
static int unicode(struct parser *p, struct tki_buf *to)
{
    char utf8[4];
    uint32_t x, low;
    int rc = hex4(p, &x);
    if (rc == 0 && x >= 0xd800 && x < 0xdc00 && p->end - p->at >= 2 && p->at[0] == '\\' && p->at[1] == 'u') {
        const char *back = p->at;
        p->at += 2;
        rc = hex4(p, &low);
        if (rc == 0 && low >= 0xdc00 && low < 0xe000)
            x = 0x10000 + ((x - 0xd800) << 10) + (low - 0xdc00);
        else if (rc == 0)
            p->at = back;
    }
    if (x >= 0xd800 && x < 0xe000)
        x = 0xfffd;
    tki_buf_put(to, utf8, tki_utf8_put(utf8, x));
    return rc;
}

static int escape(struct parser *p, struct tki_buf *to)
{
    static const char from[] = "\"\\/bfnrt", made[] = "\"\\/\b\f\n\r\t";
    const char *simple = p->at < p->end && *p->at ? strchr(from, *p->at) : NULL;
    if (simple) {
        tki_buf_putc(to, made[simple - from]);
        p->at++;
        return 0;
    }
    if (!next_is(p, 'u'))
        return unexpected(p, "in string escape code");
    p->at++;
    return unicode(p, to);
}

/* Bytes that are no UTF-8 become U+FFFD, one each. */
static void plain(struct parser *p, struct tki_buf *to)
{
    const char *from = p->at;
    while (p->at < p->end && *p->at != '"' && *p->at != '\\' && (unsigned char)*p->at >= 0x20)
        p->at++;
    while (from < p->at) {
        size_t good = tki_utf8_valid(from, (size_t)(p->at - from));
        tki_buf_put(to, from, good);
        from += good;
        if (from < p->at) {
            tki_buf_lit(to, "\xef\xbf\xbd");
            from++;
        }
    }
}

static int string(struct parser *p, tk_str *to)
{
    struct tki_buf b = {0};
    int rc = 0;
    p->at++;
    while (rc == 0 && !next_is(p, '"')) {
        plain(p, &b);
        if (next_is(p, '\\')) {
            p->at++;
            rc = escape(p, &b);
        } else if (!next_is(p, '"')) {
            rc = unexpected(p, "in string literal");
        }
    }
    p->at += rc == 0;
    tk_str s = tki_buf_text(&b, &rc);
    char *copy = rc == 0 ? tki_arena_alloc(p->arena, s.n + 1) : NULL;
    if (copy && s.n)
        memcpy(copy, s.p, s.n);
    tki_buf_free(&b);
    *to = (tk_str){copy, s.n};
    return rc == 0 && !copy ? tki_err_memory(p->err) : rc;
}

/* ---- other values ---- */

static int number(struct parser *p, struct tki_go_value *v)
{
    const char *from = p->at;
    v->kind = TKI_GO_NUMBER;
    p->at += *p->at == '-';
    if (!digit(p))
        return unexpected(p, "in numeric literal");
    if (*p->at == '0')
        p->at++;
    else
        while (digit(p))
            p->at++;
    if (next_is(p, '.')) {
        p->at++;
        if (!digit(p))
            return unexpected(p, "after decimal point in numeric literal");
        while (digit(p))
            p->at++;
    }
    if (next_is(p, 'e') || next_is(p, 'E')) {
        p->at++;
        p->at += next_is(p, '+') || next_is(p, '-');
        if (!digit(p))
            return unexpected(p, "in exponent of numeric literal");
        while (digit(p))
            p->at++;
    }
    v->text = (tk_str){from, (size_t)(p->at - from)};
    return 0;
}

static int literal(struct parser *p, struct tki_go_value *v)
{
    static const char *const words[] = {"null", "true", "false"};
    size_t w = 0;
    while (w < 3 && words[w][0] != *p->at)
        w++;
    if (w == 3)
        return unexpected(p, "looking for beginning of value");
    v->kind = w ? TKI_GO_BOOL : TKI_GO_NULL;
    v->text = tki_str(words[w]);
    for (const char *c = words[w]; *c; c++, p->at++)
        if (!next_is(p, *c)) {
            char where[40];
            snprintf(where, sizeof where, "in literal %s (expecting '%c')", words[w], *c);
            return unexpected(p, where);
        }
    return 0;
}

static int value(struct parser *p, unsigned depth, struct tki_go_value **to);

/* An array, or an object with its keys. */
static int inside(struct parser *p, unsigned depth, struct tki_go_value *v)
{
    bool object = *p->at == '{';
    char close = object ? '}' : ']';
    struct tki_go_value **link = &v->first;
    v->kind = object ? TKI_GO_OBJECT : TKI_GO_ARRAY;
    if (depth == TKI_GO_DEPTH_MAX)
        return tki_err_set(p->err, TK_ELIMIT, "more than %d arrays and objects inside each other", TKI_GO_DEPTH_MAX);
    p->at++;
    skip(p);
    if (next_is(p, close)) {
        p->at++;
        return 0;
    }
    for (;;) {
        tk_str key = {0};
        int rc = 0;
        skip(p);
        if (object) {
            rc = next_is(p, '"') ? string(p, &key) : unexpected(p, "looking for beginning of object key string");
            skip(p);
            if (rc == 0 && !next_is(p, ':'))
                rc = unexpected(p, "after object key");
            p->at += rc == 0;
        }
        rc = rc == 0 ? value(p, depth + 1, link) : rc;
        if (rc < 0)
            return rc;
        (*link)->key = key;
        link = &(*link)->next;
        skip(p);
        bool more = next_is(p, ',');
        if (!more && !next_is(p, close))
            return unexpected(p, object ? "after object key:value pair" : "after array element");
        p->at++;
        if (!more)
            return 0;
    }
}

static int value(struct parser *p, unsigned depth, struct tki_go_value **to)
{
    skip(p);
    struct tki_go_value *v = tki_arena_alloc(p->arena, sizeof *v);
    *to = v;
    if (!v)
        return tki_err_memory(p->err);
    *v = (struct tki_go_value){.line = p->line};
    if (p->at == p->end)
        return unexpected(p, "");
    if (*p->at == '{' || *p->at == '[')
        return inside(p, depth, v);
    if (*p->at == '"') {
        v->kind = TKI_GO_STRING;
        return string(p, &v->text);
    }
    return *p->at == '-' || digit(p) ? number(p, v) : literal(p, v);
}

int tki_go_parse(struct tki_arena *arena, tk_str text, struct tki_go_value **to, struct tk_err *err)
{
    struct parser p = {arena, text.p, text.p + text.n, 1, err};
    int rc = value(&p, 0, to);
    skip(&p);
    return rc == 0 && p.at < p.end ? unexpected(&p, "after top-level value") : rc;
}

bool tki_go_names(tk_str member, const char *field)
{
    for (size_t i = 0; i < member.n; field++) {
        tk_str rest = {member.p + i, member.n - i};
        char c = tki_lower(member.p[i]);
        size_t n = 1;
        if (tki_str_starts(rest, TKI_STR("\xc5\xbf")) || tki_str_starts(rest, TKI_STR("\xe2\x84\xaa"))) {
            c = rest.p[0] == '\xc5' ? 's' : 'k';
            n = rest.p[0] == '\xc5' ? 2 : 3;
        }
        if (c != *field)
            return false;
        i += n;
    }
    return !*field;
}
