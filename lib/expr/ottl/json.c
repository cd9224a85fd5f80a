#include "expr/ottl/json.h"
#include "base/go_number.h"

#include <math.h>

#include "base/num.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 1000 };

struct reader {
    struct tki_ottl_run *r;
    tk_str s;
    size_t at;
    unsigned depth;
};

static int value(struct reader *j, struct tki_ov *to);

static int bad(struct reader *j)
{
    return tki_ottl_fault(j->r, "text that is no JSON");
}

static char peek(const struct reader *j)
{
    return j->at < j->s.n ? j->s.p[j->at] : '\0';
}

static void skip_space(struct reader *j)
{
    while (peek(j) == ' ' || peek(j) == '\t' || peek(j) == '\n' || peek(j) == '\r')
        j->at++;
}

static bool accept(struct reader *j, char c)
{
    bool yes = peek(j) == c && j->at < j->s.n;
    j->at += yes;
    return yes;
}

/* ---- strings ---- */

static bool hex4(const struct reader *j, size_t at, uint32_t *to)
{
    uint64_t x;
    if (at + 4 > j->s.n || !tki_hex_short((tk_str){j->s.p + at, 4}, &x))
        return false;
    *to = (uint32_t)x;
    return true;
}

/* The escape behind a backslash, appended; returns false if there is no such escape. */
static bool escape(struct reader *j, char *to, size_t *n)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = peek(j);
    const char *at = c ? strchr(letters, c) : NULL;
    uint32_t code, low;
    j->at++;
    if (at) {
        to[(*n)++] = meant[at - letters];
        return true;
    }
    if (c != 'u' || !hex4(j, j->at, &code))
        return false;
    j->at += 4;
    if (code >= 0xd800 && code <= 0xdbff && j->at + 6 <= j->s.n && memcmp(j->s.p + j->at, "\\u", 2) == 0 &&
        hex4(j, j->at + 2, &low) && low >= 0xdc00 && low <= 0xdfff) {
        j->at += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *n += tki_utf8_put(to + *n, code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
    return true;
}

static int string(struct reader *j, tk_str *to)
{
    size_t n = 0;
    /* An invalid byte becomes three. */
    char *p = tki_ottl_alloc(j->r, 3 * (j->s.n - j->at) + 4);
    if (!p)
        return TK_ENOMEM;
    j->at++;
    for (;;) {
        unsigned char c = (unsigned char)peek(j);
        if (j->at >= j->s.n || c < 0x20)
            return bad(j);
        j->at++;
        if (c == '"')
            break;
        if (c == '\\') {
            if (!escape(j, p, &n))
                return bad(j);
        } else if (c < 0x80) {
            p[n++] = (char)c;
        } else {
            size_t left = j->s.n - (j->at - 1), length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
            bool good = left >= length && tki_utf8_valid(j->s.p + j->at - 1, length) == length;
            memcpy(p + n, good ? j->s.p + j->at - 1 : "\xef\xbf\xbd", good ? length : 3);
            n += good ? length : 3;
            j->at += good ? length - 1 : 0;
        }
    }
    *to = (tk_str){p, n};
    return 0;
}

/* ---- the other values ---- */

static size_t digits(struct reader *j)
{
    size_t from = j->at;
    while (peek(j) >= '0' && peek(j) <= '9')
        j->at++;
    return j->at - from;
}

static int number(struct reader *j, struct tki_ov *to)
{
    size_t from = j->at;
    double d = 0;
    accept(j, '-');
    bool zero = peek(j) == '0';
    size_t n = digits(j);
    if (n == 0 || (zero && n > 1) || (accept(j, '.') && digits(j) == 0))
        return bad(j);
    if (accept(j, 'e') || accept(j, 'E')) {
        if (!accept(j, '-'))
            accept(j, '+');
        if (digits(j) == 0)
            return bad(j);
    }
    if (!tki_go_parse_float((tk_str){j->s.p + from, j->at - from}, &d))
        return bad(j);
    *to = tki_ov_float(d);
    return 0;
}

static int word(struct reader *j, const char *text, struct tki_ov v, struct tki_ov *to)
{
    size_t n = strlen(text);
    if (j->s.n - j->at < n || memcmp(j->s.p + j->at, text, n) != 0)
        return bad(j);
    j->at += n;
    *to = v;
    return 0;
}

/* Room for one row more, in memory of the run. */
static void *grown(struct reader *j, void *rows, uint32_t n, uint32_t *cap, size_t size)
{
    if (n < *cap)
        return rows;
    uint32_t more = *cap ? 2 * *cap : 8;
    void *p = tki_ottl_alloc(j->r, more * size);
    if (p && n)
        memcpy(p, rows, n * size);
    *cap = more;
    return p;
}

static int list(struct reader *j, struct tki_ov *to)
{
    struct tki_ov *items = NULL;
    uint32_t n = 0, cap = 0;
    int rc = 0;
    j->at++;
    skip_space(j);
    if (accept(j, ']')) {
        *to = tki_ov_list(NULL, 0);
        return 0;
    }
    for (;;) {
        items = grown(j, items, n, &cap, sizeof *items);
        rc = items ? value(j, &items[n++]) : TK_ENOMEM;
        if (rc)
            return rc;
        if (accept(j, ']'))
            break;
        if (!accept(j, ','))
            return bad(j);
    }
    *to = tki_ov_list(items, n);
    return 0;
}

static int member(struct reader *j, struct tki_ov_pair **pairs, uint32_t *n, uint32_t *cap)
{
    tk_str key = {0};
    struct tki_ov v;
    skip_space(j);
    int rc = peek(j) == '"' ? string(j, &key) : bad(j);
    skip_space(j);
    if (rc == 0 && !accept(j, ':'))
        rc = bad(j);
    if (rc == 0)
        rc = value(j, &v);
    if (rc)
        return rc;
    uint32_t k = 0;
    while (k < *n && !tki_str_eq((*pairs)[k].key, key))
        k++;
    *pairs = grown(j, *pairs, *n, cap, sizeof **pairs);
    if (!*pairs)
        return TK_ENOMEM;
    (*pairs)[k] = (struct tki_ov_pair){key, v};
    *n += k == *n;
    return 0;
}

static int map(struct reader *j, struct tki_ov *to)
{
    struct tki_ov_pair *pairs = NULL;
    uint32_t n = 0, cap = 0;
    j->at++;
    skip_space(j);
    bool more = !accept(j, '}');
    while (more) {
        int rc = member(j, &pairs, &n, &cap);
        if (rc)
            return rc;
        more = accept(j, ',');
        if (!more && !accept(j, '}'))
            return bad(j);
    }
    *to = tki_ov_map(pairs, n);
    return 0;
}

static int value(struct reader *j, struct tki_ov *to)
{
    tk_str s;
    int rc;
    if (++j->depth > DEPTH_MAX)
        return tki_ottl_fault(j->r, "JSON that is nested too deeply");
    skip_space(j);
    switch (peek(j)) {
    case '{': rc = map(j, to); break;
    case '[': rc = list(j, to); break;
    case '"':
        rc = string(j, &s);
        *to = tki_ov_str(rc == 0 ? s : (tk_str){0});
        break;
    case 't': rc = word(j, "true", tki_ov_bool(true), to); break;
    case 'f': rc = word(j, "false", tki_ov_bool(false), to); break;
    case 'n': rc = word(j, "null", tki_ov_nil(), to); break;
    default: rc = number(j, to); break;
    }
    j->depth--;
    skip_space(j);
    return rc;
}

int tki_ottl_read_json(struct tki_ottl_run *r, tk_str text, struct tki_ov *to)
{
    struct reader j = {.r = r, .s = text};
    int rc = value(&j, to);
    return rc == 0 && j.at < text.n ? bad(&j) : rc;
}
