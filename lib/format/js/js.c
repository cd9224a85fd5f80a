#include "format/js/js.h"

#include <math.h>

#include "base/err.h"
#include "base/num.h"
#include "base/utf8.h"
#include "format/js/scan.h"
#include "format/js/simd.h"

void tki_js_fail(struct tki_js *j, const char *what)
{
    if (j->error)
        return;
    j->error = what;
    j->error_at = j->p;
    j->p = j->end;
}

void tki_js_fail_at(struct tki_js *j, const char *at, const char *what)
{
    if (j->error)
        return;
    j->p = at;
    tki_js_fail(j, what);
}

void tki_js_refuse(struct tki_js *j, const char *at, const char *what)
{
    j->refused = j->refused || !j->error;
    tki_js_fail_at(j, at, what);
}

int tki_js_error(const struct tki_js *j, struct tki_decode *d)
{
    if (!j->error && !j->batch->err)
        return 0;
    d->fault = (size_t)((j->error ? j->error_at : j->p) - j->start);
    if (!j->error)
        return j->batch->err; /* tki_record_failed says what that is */
    if (j->refused)
        return tki_err_set(d->err, TK_EINVALID, "%s", j->error);
    if (j->error_at >= j->end)
        return tki_err_set(d->err, TK_EINVALID, "%s, found the end of the record", j->error);
    unsigned char c = (unsigned char)*j->error_at;
    if (c > ' ' && c < 0x7f)
        return tki_err_set(d->err, TK_EINVALID, "%s, found '%c'", j->error, c);
    return tki_err_set(d->err, TK_EINVALID, "%s, found byte 0x%02x", j->error, c);
}

/* A word at the cursor: true, false, null, NaN ... */
static bool word(struct tki_js *j, const char *w, size_t n)
{
    if ((size_t)(j->end - j->p) < n || memcmp(j->p, w, n) != 0)
        return false;
    j->p += n;
    return true;
}
#define WORD(j, literal) word((j), literal, sizeof(literal) - 1)

bool tki_js_inner(struct tki_js *inner, struct tk_batch *b, tk_str text)
{
    char *copy = tk_batch_alloc(b, text.n + TKI_PADDING);
    if (!copy)
        return false;
    if (text.n)
        memcpy(copy, text.p, text.n);
    memset(copy + text.n, 0, TKI_PADDING);
    tki_js_init(inner, (tk_str){copy, text.n}, 0, b);
    return true;
}

bool tki_js_null(struct tki_js *j)
{
    if (tki_js_peek(j) != 'n' || !WORD(j, "null"))
        return false;
    j->odd = true;
    return true;
}

bool tki_js_enter(struct tki_js *j, char open, const char *what)
{
    if (__builtin_expect(tki_js_peek(j) == open, 1)) {
        if (++j->depth > TKI_JS_DEPTH_MAX) {
            tki_js_fail(j, "more than 256 brackets deep");
            return false;
        }
        j->p++;
        j->fresh = true;
        return true;
    }
    if (!tki_js_null(j))
        tki_js_fail(j, what);
    return false;
}

/* Steps over the comma that is due and returns true; or returns false when the container has ended, or on an error. */
static inline bool step(struct tki_js *j, char close, const char *what)
{
    char c = tki_js_peek(j);
    if (!j->fresh) {
        if (c == ',') {
            j->p++;
            c = tki_js_peek(j);
            if (c == close)
                j->odd = true;
        } else if (c != close) {
            tki_js_fail(j, what);
            return false;
        }
    }
    j->fresh = false;
    if (c == close) {
        j->p++;
        j->depth--;
        return false;
    }
    return true;
}

static tk_str unescape(struct tki_js *j, const char *from);

/* The string whose opening quote is at the cursor. */
static inline tk_str string(struct tki_js *j)
{
    const char *p = j->p + 1;
    for (;;) {
        unsigned i = tki_string_stop(p);
        p += i;
        if (i == 16) {
            if (p < j->end)
                continue;
            break;
        }
        if (*p == '"' && p < j->end) {
            tk_str s = {j->p + 1, (size_t)(p - j->p - 1)};
            j->p = p + 1;
            return s;
        }
        if (*p == '\\' && p < j->end)
            return unescape(j, p);
        break;
    }
    j->p = p < j->end ? p : j->end;
    tki_js_fail(j, p < j->end ? "control character in a string" : "unterminated string");
    return (tk_str){"", 0};
}

/* Four hexadecimal digits; -1 when they are not. */
static int hex4(const char *p)
{
    int x = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (d < 0)
            return -1;
        x = x << 4 | d;
    }
    return x;
}

/* One escape at p (a backslash): writes its bytes to *to and returns what is behind the escape, or NULL when
 * the escape is wrong. */
static const char *escape(struct tki_js *j, const char *p, char **to)
{
    static const char from[] = "\"\\/bfnrt", as[] = "\"\\/\b\f\n\r\t";
    if (p[1] != 'u') {
        const char *f = p[1] ? strchr(from, p[1]) : NULL;
        if (!f)
            return NULL;
        *(*to)++ = as[f - from];
        return p + 2;
    }
    int x = hex4(p + 2);
    if (x < 0)
        return NULL;
    p += 6;
    uint32_t cp = (uint32_t)x;
    if (x >= 0xd800 && x < 0xdc00 && p[0] == '\\' && p[1] == 'u') {
        int y = hex4(p + 2);
        if (y >= 0xdc00 && y < 0xe000) {
            cp = 0x10000 + ((uint32_t)(x - 0xd800) << 10) + (uint32_t)(y - 0xdc00);
            p += 6;
        }
    }
    if (cp >= 0xd800 && cp < 0xe000) { /* half a surrogate pair stands for nothing */
        cp = 0xfffd;
        j->odd = true;
        tki_note(j->batch, TK_NOTE_UTF8_REPLACED);
    }
    *to += tki_utf8_put(*to, cp);
    return p;
}

/* The string at the cursor, whose first escape is at `at`. */
static __attribute__((noinline)) tk_str unescape(struct tki_js *j, const char *at)
{
    const char *close = tki_json_skip_string(at, j->end);
    if (!close) {
        j->p = j->end;
        tki_js_fail(j, "unterminated string");
        return (tk_str){"", 0};
    }
    /* No escape is shorter than what it stands for. */
    char *to = tk_batch_alloc(j->batch, (size_t)(close - j->p));
    if (!to) {
        tki_js_fail(j, "out of memory");
        return (tk_str){"", 0};
    }
    char *start = to;
    const char *p = j->p + 1;
    while (p < close - 1) {
        if (*p == '\\') {
            const char *next = escape(j, p, &to);
            if (!next || next > close - 1) {
                j->p = p;
                tki_js_fail(j, "malformed escape in a string");
                return (tk_str){"", 0};
            }
            p = next;
        } else if ((unsigned char)*p < 0x20) {
            j->p = p;
            tki_js_fail(j, "control character in a string");
            return (tk_str){"", 0};
        } else {
            *to++ = *p++;
        }
    }
    j->p = close;
    return (tk_str){start, (size_t)(to - start)};
}

bool tki_js_key(struct tki_js *j, tk_str *key)
{
    if (!step(j, '}', "expected ',' or '}'"))
        return false;
    if (*j->p != '"') {
        tki_js_fail(j, "expected a key in quotes");
        return false;
    }
    *key = string(j);
    if (__builtin_expect(*j->p != ':', 0) && tki_js_peek(j) != ':') {
        tki_js_fail(j, "expected ':'");
        return false;
    }
    j->p++;
    return true;
}

bool tki_js_item(struct tki_js *j)
{
    return step(j, ']', "expected ',' or ']'");
}

tk_str tki_js_str(struct tki_js *j)
{
    if (__builtin_expect(tki_js_peek(j) == '"', 1))
        return string(j);
    if (!tki_js_null(j))
        tki_js_fail(j, "expected a string");
    return (tk_str){NULL, 0};
}

/* The text of a number, or of a string that holds one; empty for null. */
static tk_str number_text(struct tki_js *j)
{
    char c = tki_js_peek(j);
    if (c == '"') {
        j->odd = true;
        return string(j);
    }
    if (tki_js_null(j))
        return (tk_str){NULL, 0};
    const char *q = c == '{' || c == '[' ? NULL : tki_json_skip_value(j->p, j->end);
    if (!q) {
        tki_js_fail(j, "expected a number");
        return (tk_str){NULL, 0};
    }
    tk_str s = {j->p, (size_t)(q - j->p)};
    j->p = q;
    return s;
}

/* Reads eight digits at once: nanosecond times have nineteen.  Returns false when one of the eight is no digit. */
static inline bool eight_digits(const char *p, uint64_t *v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t x;
    memcpy(&x, p, 8);
    if (((x & 0xf0f0f0f0f0f0f0f0u) | ((x + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) >> 4) != 0x3333333333333333u)
        return false;
    x -= 0x3030303030303030u;
    x = x * 10 + (x >> 8);
    x = (x & 0x000000ff000000ffu) * 0x000f424000000064u + (x >> 16 & 0x000000ff000000ffu) * 0x0000271000000001u;
    *v = *v * 100000000 + (x >> 32);
    return true;
#else
    (void)p;
    (void)v;
    return false;
#endif
}

/* Digits at the cursor, quoted or not, when there are at most 19 of them and nothing else: the usual case. */
static inline bool digits(struct tki_js *j, uint64_t *x)
{
    const char *p = j->p;
    bool quoted = *p == '"';
    p += quoted;
    const char *first = p;
    uint64_t v = 0;
    if (eight_digits(p, &v)) {
        p += 8;
        if (eight_digits(p, &v))
            p += 8;
    }
    while ((unsigned char)(*p - '0') < 10)
        v = v * 10 + (unsigned char)(*p++ - '0');
    size_t n = (size_t)(p - first);
    if (n == 0 || n > 19)
        return false;
    if (quoted ? *p != '"' : *p == '.' || *p == 'e' || *p == 'E')
        return false;
    *x = v;
    j->p = p + quoted;
    return true;
}

uint64_t tki_js_u64(struct tki_js *j)
{
    uint64_t x = 0;
    tki_js_peek(j);
    if (__builtin_expect(digits(j, &x), 1))
        return x;
    const char *at = j->p;
    tk_str s = number_text(j);
    int64_t i;
    j->odd = true;
    if (!s.p || j->error || tki_parse_u64(s, &x))
        return x;
    if (tki_parse_i64(s, &i)) /* a negative number wraps as it does in the sender's memory */
        return (uint64_t)i;
    j->p = at;
    tki_js_fail(j, "expected a whole number of 64 bits");
    return 0;
}

int64_t tki_js_i64(struct tki_js *j)
{
    tki_js_peek(j);
    uint64_t u;
    int64_t x = 0;
    const char *at = j->p;
    if (digits(j, &u)) {
        if (u <= INT64_MAX)
            return (int64_t)u;
        j->p = at;
    }
    tk_str s = number_text(j);
    if (!s.p || j->error || tki_parse_i64(s, &x))
        return x;
    j->p = at;
    tki_js_fail(j, "expected a whole number of 64 bits");
    return 0;
}

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

bool tki_js_strict_number(tk_str s)
{
    const char *p = s.p, *end = s.p + s.n;
    p += p < end && *p == '-';
    if (p == end || !is_digit(*p) || !is_digit(end[-1]) || (*p == '0' && end - p > 1 && is_digit(p[1])))
        return false;
    const char *dot = memchr(p, '.', (size_t)(end - p));
    return !dot || is_digit(dot[1]);
}

double tki_js_double(struct tki_js *j)
{
    tki_js_peek(j);
    const char *at = j->p;
    bool odd = j->odd;
    tk_str s = number_text(j);
    double x = 0;
    if (!s.p || j->error)
        return 0;
    if (!tki_parse_double(s, &x)) {
        j->p = at;
        tki_js_fail(j, "expected a number");
        return 0;
    }
    /* NaN and the infinities are strings by the book, and bare words only in the wild. */
    bool strict = *at == '"' ? TKI_STR_IS(s, "NaN") || TKI_STR_IS(s, "Infinity") || TKI_STR_IS(s, "-Infinity")
                             : isfinite(x) && tki_js_strict_number(s);
    j->odd = odd || !strict;
    return x;
}

bool tki_js_bool(struct tki_js *j)
{
    char c = tki_js_peek(j);
    if (c == 't' && WORD(j, "true"))
        return true;
    if ((c == 'f' && WORD(j, "false")) || tki_js_null(j))
        return false;
    if (c == '"') {
        const char *at = j->p;
        j->odd = true;
        tk_str s = string(j);
        if (TKI_STR_IS(s, "true") || TKI_STR_IS(s, "false"))
            return s.n == 4;
        j->p = at;
    }
    tki_js_fail(j, "expected true or false");
    return false;
}

tk_str tki_js_raw(struct tki_js *j)
{
    tki_js_peek(j);
    const char *q = tki_json_skip_value(j->p, j->end);
    if (!q) {
        tki_js_fail(j, j->p < j->end ? "expected a value" : "expected a value, or it is not closed");
        return (tk_str){"", 0};
    }
    tk_str s = {j->p, (size_t)(q - j->p)};
    j->p = q;
    return s;
}

void tki_js_skip(struct tki_js *j)
{
    tki_js_raw(j);
}

static bool says_something(tk_str s)
{
    if (s.n == 0 || *s.p == 'n')
        return false;
    if (*s.p == '"')
        return s.n > 2;
    if (*s.p != '{' && *s.p != '[')
        return true;
    for (size_t i = 1; i + 1 < s.n; i++)
        if ((unsigned char)s.p[i] > ' ')
            return true;
    return false;
}

bool tki_js_loses(struct tki_js *j, tk_str key, const char *told)
{
    tk_str value = tki_js_raw(j);
    return tki_str_among(key, told) < 0 && !j->error && says_something(value);
}

void tki_js_drop(struct tki_js *j, tk_str key, const char *told)
{
    if (tki_js_loses(j, key, told))
        tki_note(j->batch, TK_NOTE_MEMBER_DROPPED);
}

uint32_t tki_js_count(struct tki_js *j)
{
    uint32_t n = 0;
    if (tki_js_array(j))
        for (; tki_js_item(j); n++)
            tki_js_skip(j);
    return n;
}

tk_str tki_js_bytes(struct tki_js *j)
{
    struct tki_js ahead = *j;
    size_t n = tki_js_count(&ahead);
    char *to = tk_batch_alloc(j->batch, n + 1);
    n = 0;
    j->odd = true;
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            int64_t byte = tki_js_i64(j);
            if ((byte < INT8_MIN || byte > UINT8_MAX) && !j->error)
                tki_js_fail(j, "expected a byte");
            if (to)
                to[n++] = (char)byte;
        }
    return to ? (tk_str){to, n} : (tk_str){"", 0};
}

/* What JSON wants escaped: the letter behind the backslash, 'u' for \u00XX, 0 for nothing. */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u',         'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\',
};

/* Plain characters only: the length of the run at p, at most n. */
static inline size_t plain_run(const char *p, size_t n)
{
    size_t i = 0;
    while (n - i >= 16) {
        unsigned stop = tki_string_stop(p + i);
        i += stop;
        if (stop < 16)
            return i;
    }
    while (i < n && !escapes[(unsigned char)p[i]])
        i++;
    return i;
}

/* Writes a string that is ASCII without escapes, as nearly every string is.  Returns false when this one is not; then
 * nothing was written. */
static inline bool put_plain(struct tki_buf *b, tk_str s)
{
    char *to = tki_buf_room(b, s.n + 2);
    if (!to || !tki_copy_plain(to + 1, s.p, s.n))
        return false;
    to[0] = to[s.n + 1] = '"';
    b->n += s.n + 2;
    return true;
}

void tki_buf_json_str(struct tki_buf *b, tk_str s, uint64_t notes[TKI_NOTE_COUNT])
{
    if (put_plain(b, s))
        return;
    tki_buf_putc(b, '"');
    while (s.n) {
        size_t plain = plain_run(s.p, s.n);
        size_t valid = tki_utf8_valid(s.p, plain);
        tki_buf_put(b, s.p, valid);
        s = (tk_str){s.p + valid, s.n - valid};
        if (valid < plain) {
            tki_buf_lit(b, "\xef\xbf\xbd");
            notes[TK_NOTE_UTF8_REPLACED]++;
            s = (tk_str){s.p + 1, s.n - 1};
        } else if (s.n) {
            unsigned char c = (unsigned char)*s.p;
            char *to = tki_buf_room(b, 6);
            if (!to)
                return;
            to[0] = '\\';
            to[1] = escapes[c];
            if (to[1] == 'u') {
                to[2] = to[3] = '0';
                tki_fmt_hex(to + 4, &c, 1);
            }
            b->n += to[1] == 'u' ? 6 : 2;
            s = (tk_str){s.p + 1, s.n - 1};
        }
    }
    tki_buf_putc(b, '"');
}

void tki_buf_json_double(struct tki_buf *b, double x)
{
    if (isfinite(x)) {
        tki_buf_double(b, x);
        return;
    }
    tki_buf_putc(b, '"');
    tki_buf_double(b, x);
    tki_buf_putc(b, '"');
}
