#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static const char two_digits[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
                                 "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
                                 "99";
static const char hex_digits[] = "0123456789abcdef";

size_t tki_fmt_u64(char *to, uint64_t x)
{
    char tmp[TKI_U64_DIGITS], *p = tmp + sizeof tmp;
    while (x >= 100) {
        p -= 2;
        memcpy(p, two_digits + x % 100 * 2, 2);
        x /= 100;
    }
    if (x >= 10) {
        p -= 2;
        memcpy(p, two_digits + x * 2, 2);
    } else {
        *--p = (char)('0' + x);
    }
    size_t n = (size_t)(tmp + sizeof tmp - p);
    memcpy(to, p, n);
    return n;
}

size_t tki_fmt_i64(char *to, int64_t x)
{
    if (x >= 0)
        return tki_fmt_u64(to, (uint64_t)x);
    *to = '-';
    return 1 + tki_fmt_u64(to + 1, -(uint64_t)x);
}

void tki_fmt_hex(char *to, const void *p, size_t n)
{
    const unsigned char *q = p;
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = hex_digits[q[i] >> 4];
        to[2 * i + 1] = hex_digits[q[i] & 15];
    }
}

void tki_fmt_hex64(char *to, uint64_t x)
{
#if defined(__SSE2__)
    __m128i v = _mm_cvtsi64_si128((long long)__builtin_bswap64(x));
    __m128i mask = _mm_set1_epi8(15);
    __m128i hi = _mm_and_si128(_mm_srli_epi16(v, 4), mask), lo = _mm_and_si128(v, mask);
    __m128i n = _mm_unpacklo_epi8(hi, lo); /* sixteen nibbles in order */
    __m128i letter = _mm_cmpgt_epi8(n, _mm_set1_epi8(9));
    n = _mm_add_epi8(n, _mm_add_epi8(_mm_set1_epi8('0'), _mm_and_si128(letter, _mm_set1_epi8('a' - '0' - 10))));
    _mm_storeu_si128((__m128i *)(void *)to, n);
#else
    for (int i = 0; i < 16; i++)
        to[i] = hex_digits[x >> (60 - 4 * i) & 15];
#endif
}

bool tki_hex16(const char *p, uint64_t *x)
{
#if defined(__SSE2__)
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
    __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('0' - 1)), _mm_cmplt_epi8(v, _mm_set1_epi8('9' + 1)));
    __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(lower, _mm_set1_epi8('a' - 1)), _mm_cmplt_epi8(lower, _mm_set1_epi8('f' + 1)));
    if (_mm_movemask_epi8(_mm_or_si128(digit, letter)) != 0xffff)
        return false;
    __m128i n = _mm_add_epi8(_mm_and_si128(v, _mm_set1_epi8(15)), _mm_and_si128(letter, _mm_set1_epi8(9)));
    /* Each 16-bit lane holds two nibbles, the first in its low byte: put them together in the low byte. */
    __m128i pair = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(n, 4), _mm_srli_epi16(n, 8)), _mm_set1_epi16(0xff));
    *x = __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(pair, pair)));
    return true;
#else
    return tki_hex_short((tk_str){p, 16}, x);
#endif
}

bool tki_hex_short(tk_str s, uint64_t *x)
{
    uint64_t v = 0;
    if (s.n > 16)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i], l = c | 32;
        if (c >= '0' && c <= '9')
            v = v << 4 | (c - '0');
        else if (l >= 'a' && l <= 'f')
            v = v << 4 | (l - 'a' + 10u);
        else
            return false;
    }
    *x = v;
    return true;
}

/* ---- doubles ---- */

/* Lays out `digits` (n of them, no leading zero) times 10^(point - n) as encoding/json of Go does. */
static size_t layout(char *to, const char *digits, int n, int point, bool negative)
{
    char *p = to;
    if (negative)
        *p++ = '-';
    if (point <= -6 || point > 21) {
        *p++ = digits[0];
        if (n > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t)n - 1);
            p += n - 1;
        }
        int e = point - 1;
        *p++ = 'e';
        *p++ = e < 0 ? '-' : '+';
        p += tki_fmt_u64(p, (uint64_t)(e < 0 ? -e : e));
    } else if (point <= 0) {
        *p++ = '0';
        *p++ = '.';
        memset(p, '0', (size_t)-point);
        p += -point;
        memcpy(p, digits, (size_t)n);
        p += n;
    } else if (point >= n) {
        memcpy(p, digits, (size_t)n);
        p += n;
        memset(p, '0', (size_t)(point - n));
        p += point - n;
    } else {
        memcpy(p, digits, (size_t)point);
        p += point;
        *p++ = '.';
        memcpy(p, digits + point, (size_t)(n - point));
        p += n - point;
    }
    return (size_t)(p - to);
}

size_t tki_fmt_double(char *to, double x)
{
    if (isnan(x)) {
        memcpy(to, "NaN", 3);
        return 3;
    }
    if (isinf(x)) {
        size_t minus = x < 0;
        memcpy(to, &"-Infinity"[!minus], 8 + minus);
        return 8 + minus;
    }
    if (x == 0) {
        memcpy(to, &"-0"[!signbit(x)], 1 + (size_t)!!signbit(x));
        return 1 + (size_t)!!signbit(x);
    }
    if (fabs(x) < 9007199254740992.0 && x == (double)(int64_t)x)
        return tki_fmt_i64(to, (int64_t)x);
    char text[40], digits[20];
    for (int precision = 14; precision <= 16; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, x);
        if (strtod(text, NULL) == x)
            break;
    }
    int n = 0;
    const char *p = text + (*text == '-');
    for (; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9') /* steps over the point, whatever the locale has for one */
            digits[n++] = *p;
    int exponent = atoi(p + 1);
    while (n > 1 && digits[n - 1] == '0')
        n--;
    return layout(to, digits, n, exponent + 1, x < 0);
}

/* ---- appending ---- */

void tki_buf_u64(struct tki_buf *b, uint64_t x)
{
    char *to = tki_buf_room(b, TKI_U64_DIGITS);
    if (to)
        b->n += tki_fmt_u64(to, x);
}

void tki_buf_i64(struct tki_buf *b, int64_t x)
{
    char *to = tki_buf_room(b, TKI_U64_DIGITS + 1);
    if (to)
        b->n += tki_fmt_i64(to, x);
}

void tki_buf_double(struct tki_buf *b, double x)
{
    char *to = tki_buf_room(b, TKI_DOUBLE_CHARS);
    if (to)
        b->n += tki_fmt_double(to, x);
}

void tki_buf_hex64(struct tki_buf *b, uint64_t x)
{
    char *to = tki_buf_room(b, 16);
    if (to) {
        tki_fmt_hex64(to, x);
        b->n += 16;
    }
}

void tki_buf_base64(struct tki_buf *b, const void *p, size_t n)
{
    static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *q = p;
    char *to = n > SIZE_MAX / 2 ? NULL : tki_buf_room(b, (n + 2) / 3 * 4);
    if (!to)
        return;
    b->n += (n + 2) / 3 * 4;
    for (; n >= 3; n -= 3, q += 3) {
        uint32_t x = (uint32_t)q[0] << 16 | (uint32_t)q[1] << 8 | q[2];
        *to++ = abc[x >> 18];
        *to++ = abc[x >> 12 & 63];
        *to++ = abc[x >> 6 & 63];
        *to++ = abc[x & 63];
    }
    if (n) {
        uint32_t x = (uint32_t)q[0] << 16 | (n > 1 ? (uint32_t)q[1] << 8 : 0);
        *to++ = abc[x >> 18];
        *to++ = abc[x >> 12 & 63];
        *to++ = n > 1 ? abc[x >> 6 & 63] : '=';
        *to++ = '=';
    }
}

/* ---- parsing ---- */

enum { NUMBER_MAX = 400 };

/* Splits [-+]digits[.digits][e[-+]digits] and gives its whole value when it is one below 2^64. */
static bool whole_number(tk_str s, bool *negative, uint64_t *x)
{
    const char *p = s.p, *end = s.p + s.n;
    *negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    char digits[NUMBER_MAX];
    size_t n = 0, fraction = 0;
    bool point = false, any = false;
    if (s.n > NUMBER_MAX)
        return false;
    for (; p < end && ((*p >= '0' && *p <= '9') || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        fraction += point;
        digits[n++] = *p;
    }
    long exponent = 0;
    if (p < end && (*p | 32) == 'e') {
        bool down = ++p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        if (p == end)
            return false;
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            exponent = exponent < 10000 ? exponent * 10 + (*p - '0') : exponent;
        exponent = down ? -exponent : exponent;
    }
    if (p != end || !any)
        return false;
    exponent -= (long)fraction;
    while (n && exponent < 0 && digits[n - 1] == '0') {
        n--;
        exponent++;
    }
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(digits[i] - '0'), &v))
            return false;
    if (v == 0)
        exponent = 0;
    if (exponent < 0 || exponent > 20)
        return false;
    for (; exponent; exponent--)
        if (__builtin_mul_overflow(v, 10, &v))
            return false;
    *x = v;
    return true;
}

bool tki_parse_u64(tk_str s, uint64_t *x)
{
    bool negative;
    uint64_t v;
    if (!whole_number(s, &negative, &v) || (negative && v))
        return false;
    *x = v;
    return true;
}

bool tki_parse_i64(tk_str s, int64_t *x)
{
    bool negative;
    uint64_t v;
    if (!whole_number(s, &negative, &v) || v > (uint64_t)INT64_MAX + negative)
        return false;
    *x = (int64_t)(negative ? -v : v);
    return true;
}

bool tki_parse_double(tk_str s, double *x)
{
    char text[NUMBER_MAX + 1];
    if (s.n == 0 || s.n > NUMBER_MAX)
        return false;
    if (TKI_STR_IS(s, "NaN") || TKI_STR_IS(s, "nan")) {
        *x = (double)NAN;
        return true;
    }
    bool negative = s.p[0] == '-';
    tk_str t = {s.p + negative, s.n - negative};
    if (TKI_STR_IS(t, "Infinity") || TKI_STR_IS(t, "inf") || TKI_STR_IS(t, "Inf")) {
        *x = negative ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    for (size_t i = 0; i < s.n; i++) /* strtod knows hexadecimal and words that JSON does not */
        if (!strchr("0123456789+-.eE", s.p[i]) || !s.p[i])
            return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    char *end;
    *x = strtod(text, &end);
    if (*end == '.') { /* a locale with another decimal point */
        *end = ',';
        *x = strtod(text, &end);
    }
    return end == text + s.n;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

size_t tki_base64_decode(char *to, tk_str s)
{
    size_t n = s.n, out = 0;
    uint32_t x = 0;
    if (n && n % 4 == 0) {
        n -= s.p[n - 1] == '=';
        n -= s.p[n - 1] == '=';
    }
    if (n % 4 == 1)
        return SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        int d = base64_digit(s.p[i]);
        if (d < 0)
            return SIZE_MAX;
        x = x << 6 | (uint32_t)d;
        if (i % 4 == 3) {
            to[out++] = (char)(x >> 16);
            to[out++] = (char)(x >> 8);
            to[out++] = (char)x;
        }
    }
    if (n % 4 == 2)
        to[out++] = (char)(x >> 4);
    if (n % 4 == 3) {
        to[out++] = (char)(x >> 10);
        to[out++] = (char)(x >> 2);
    }
    return out;
}
