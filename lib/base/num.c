#include "base/num.h"

#include <float.h>
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char two_digits[] = "000102030405060708091011121314151617181920212223242526272829"
                                 "303132333435363738394041424344454647484950515253545556575859"
                                 "606162636465666768697071727374757677787980818283848586878889"
                                 "90919293949596979899";

/* Eight digits, the first in the lowest byte, each 0 to 9: halves, quarters and digits are split side by side. */
static inline uint64_t eight_digits(uint32_t x)
{
    uint64_t v = x / 10000 | (uint64_t)(x % 10000) << 32;
    uint64_t hundreds = (v * 10486 >> 20) & 0x0000007f0000007fu;
    v = hundreds | (v - hundreds * 100) << 16;
    uint64_t tens = (v * 103 >> 10) & 0x000f000f000f000fu;
    return tens | (v - tens * 10) << 8;
}

static inline char *put_eight(char *to, uint32_t x)
{
    tki_store_le64(to, eight_digits(x) | 0x3030303030303030u);
    return to + 8;
}

/* A number below 100,000,000 without leading zeros; beyond four digits it writes eight bytes. */
static inline char *put_first(char *to, uint32_t x)
{
    if (x < 10000) {
        const char *two = two_digits + x / 100 * 2;
        if (x >= 1000)
            *to++ = two[0];
        if (x >= 100)
            *to++ = two[1];
        two = two_digits + x % 100 * 2;
        if (x >= 10)
            *to++ = two[0];
        *to++ = two[1];
        return to;
    }
    uint64_t v = eight_digits(x);
    unsigned zeros = (unsigned)__builtin_ctzll(v) / 8;
    tki_store_le64(to, (v | 0x3030303030303030u) >> 8 * zeros);
    return to + 8 - zeros;
}

size_t tki_fmt_u64(char *to, uint64_t x)
{
    const uint64_t eight = 100000000;
    char *p;
    if (x < eight) {
        p = put_first(to, (uint32_t)x);
    } else if (x < eight * eight) {
        p = put_eight(put_first(to, (uint32_t)(x / eight)), (uint32_t)(x % eight));
    } else {
        uint64_t low = x % (eight * eight);
        p = put_first(to, (uint32_t)(x / (eight * eight)));
        p = put_eight(put_eight(p, (uint32_t)(low / eight)), (uint32_t)(low % eight));
    }
    return (size_t)(p - to);
}

size_t tki_fmt_i64(char *to, int64_t x)
{
    if (x >= 0)
        return tki_fmt_u64(to, (uint64_t)x);
    *to = '-';
    return 1 + tki_fmt_u64(to + 1, -(uint64_t)x);
}

size_t tki_u64_chars(uint64_t x)
{
    static const uint64_t powers[] = {1,
                                      10,
                                      100,
                                      1000,
                                      10000,
                                      100000,
                                      1000000,
                                      10000000,
                                      100000000,
                                      1000000000,
                                      10000000000,
                                      100000000000,
                                      1000000000000,
                                      10000000000000,
                                      100000000000000,
                                      1000000000000000,
                                      10000000000000000,
                                      100000000000000000,
                                      1000000000000000000,
                                      10000000000000000000u};
    /* 1233 / 4096 is log10(2), near enough: the number of digits, or one less. */
    unsigned bits = 64 - (unsigned)__builtin_clzll(x | 1), digits = bits * 1233 >> 12;
    return digits + (size_t)(digits == 0 || x >= powers[digits]);
}

size_t tki_i64_chars(int64_t x)
{
    return x >= 0 ? tki_u64_chars((uint64_t)x) : 1 + tki_u64_chars(-(uint64_t)x);
}

/* ---- doubles ---- */

/* The powers of ten that a double holds exactly: a product or quotient with one of them is rounded once. */
static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { TENS_MAX = 22, ONE_ROUNDING = FLT_EVAL_METHOD == 0 };

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

__extension__ typedef unsigned __int128 uint128;

/* The digits of most values, exactly.  x is mantissa / 2^shift; times a power of ten that makes it a number of 17
 * digits, and times two, it fits 128 bits.  What lies closer to it than `half` reads back as x: of its decimals of 15,
 * 16 and 17 digits the first that does is taken. */
static bool exact_digits(char *digits, int *n, int *point, double x)
{
    const uint64_t seventeen = UINT64_C(10000000000000000);
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(x, &exponent), 53);
    if (x < 1e-5 || x >= 1e15 || mantissa == UINT64_C(1) << 52) /* powers of two have less room below than above */
        return false;
    int shift = 53 - exponent,
        power = 16 - ((exponent - 1) * 1233 >> 12); /* 1233 / 4096 is a little less than log10(2) */
    uint128 half = (uint128)tens[power], scaled = half * mantissa << 1;
    if ((uint64_t)(scaled >> (shift + 1)) >= 10 * seventeen) {
        half = (uint128)tens[--power];
        scaled = half * mantissa << 1;
    }
    for (uint64_t unit = 100; unit; unit /= 10) {
        uint64_t whole = (uint64_t)(scaled >> (shift + 1)) / unit;
        uint128 gap = (uint128)unit << (shift + 1), rest = scaled - whole * gap;
        bool up = rest * 2 > gap || (rest * 2 == gap && whole & 1);
        uint128 off = up ? gap - rest : rest;
        if (off > half || (off == half && mantissa & 1))
            continue;
        for (whole = (whole + up) * unit; whole % 10 == 0; power--)
            whole /= 10;
        *n = (int)tki_fmt_u64(digits, whole);
        *point = *n - power;
        return true;
    }
    return false;
}

/* Does 0.DIGITS times 10^point read back as x?  Written without a decimal point, which depends on the locale.
 */
static bool reads_back(const char *digits, int n, int point, double x)
{
    char text[40];
    snprintf(text, sizeof text, "%.*se%d", n, digits, point - n);
    return strtod(text, NULL) == x;
}

/* The next larger decimal of as many digits. */
static void count_up(char *digits, int n, int *point)
{
    int i = n - 1;
    while (i >= 0 && digits[i] == '9')
        digits[i--] = '0';
    if (i >= 0) {
        digits[i]++;
    } else {
        digits[0] = '1';
        ++*point;
    }
}

/* Tries more and more digits.  A power of two has half as much room below it as above: there the decimal that
 * is nearest may not read back while the next larger one does. */
static void shortest_digits(char *digits, int *n, int *point, double x)
{
    int exponent;
    bool power = frexp(x, &exponent) == 0.5;
    for (int precision = x < DBL_MIN ? 1 : 15; precision <= 17; precision++) {
        char text[40];
        snprintf(text, sizeof text, "%.*e", precision - 1, x);
        const char *p = text;
        for (*n = 0; *p && *p != 'e'; p++)
            if (*p >= '0' && *p <= '9') /* steps over the point, whatever the locale has for one */
                digits[(*n)++] = *p;
        *point = atoi(p + 1) + 1;
        if (reads_back(digits, *n, *point, x))
            break;
        if (power && precision < 17) {
            count_up(digits, *n, point);
            if (reads_back(digits, *n, *point, x))
                break;
        }
    }
    while (*n > 1 && digits[*n - 1] == '0')
        --*n;
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
        size_t minus = signbit(x) != 0;
        memcpy(to, &"-0"[!minus], 1 + minus);
        return 1 + minus;
    }
    if (fabs(x) < 9007199254740992.0 && x == (double)(int64_t)x)
        return tki_fmt_i64(to, (int64_t)x);
    char digits[20];
    int n, point;
    if (!exact_digits(digits, &n, &point, fabs(x)))
        shortest_digits(digits, &n, &point, fabs(x));
    return layout(to, digits, n, point, x < 0);
}

/* ---- appending ---- */

void tki_buf_varint(struct tki_buf *b, uint64_t x)
{
    char *to = tki_buf_room(b, 10);
    if (to)
        b->n = (size_t)(tki_put_varint(to, x) - b->p);
}

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

/* m / divisor, rounded once; m has more than 53 bits. */
static double quotient(uint64_t m, uint64_t divisor)
{
    uint128 wide = (uint128)m << 64, q = wide / divisor;
    int beyond = 128 - 54 - (q >> 64 ? __builtin_clzll((uint64_t)(q >> 64)) : 64 + __builtin_clzll((uint64_t)q));
    uint64_t top = (uint64_t)(q >> beyond); /* 54 bits: the last one decides how to round, with what is behind it */
    bool more = q << (128 - beyond - 1) << 1 || q * divisor != wide;
    uint64_t mantissa = (top >> 1) + (top & 1 && (more || top & 2));
    return ldexp((double)mantissa, beyond + 1 - 64);
}

/* What most numbers are: up to 19 digits and a small power of ten that is exact in a double.  false: the number needs
 * more care, or is none. */
static bool easy_double(tk_str s, double *x)
{
    const char *p = s.p, *end = s.p + s.n;
    bool negative = *p == '-';
    p += *p == '-' || *p == '+';
    uint64_t m = 0;
    int ndigits = 0, exponent = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++, ndigits++)
        m = m * 10 + (uint64_t)(*p - '0');
    if (p < end && *p == '.')
        for (p++; p < end && *p >= '0' && *p <= '9'; p++, ndigits++, exponent--)
            m = m * 10 + (uint64_t)(*p - '0');
    if (ndigits == 0 || ndigits > 19)
        return false;
    if (p < end && (*p | 32) == 'e') {
        bool down = ++p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        int e = 0;
        if (end - p < 1 || end - p > 3)
            return false;
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            e = e * 10 + (*p - '0');
        exponent += down ? -e : e;
    }
    if (!ONE_ROUNDING || p != end || exponent < -TENS_MAX || exponent > TENS_MAX)
        return false;
    double v;
    if (m <= UINT64_C(1) << 53)
        v = exponent < 0 ? (double)m / tens[-exponent] : (double)m * tens[exponent];
    else if (exponent < 0 && exponent >= -19)
        v = quotient(m, (uint64_t)tens[-exponent]);
    else
        return false;
    *x = negative ? -v : v;
    return true;
}

bool tki_strtod(tk_str s, double *x)
{
    char text[TKI_STRTOD_MAX + 16];
    if (s.n > TKI_STRTOD_MAX)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    size_t n = s.n;
    char *end;
    *x = strtod(text, &end);
    if (*end == '.') { /* a locale with another decimal point */
        const char *radix = nl_langinfo(RADIXCHAR);
        size_t at = (size_t)(end - text), len = strlen(radix);
        if (len + n >= sizeof text)
            return false;
        memmove(text + at + len, text + at + 1, n - at); /* with the terminator */
        memcpy(text + at, radix, len);
        n += len - 1;
        *x = strtod(text, &end);
    }
    return end == text + n;
}

bool tki_parse_double(tk_str s, double *x)
{
    if (s.n == 0 || s.n > NUMBER_MAX)
        return false;
    if (easy_double(s, x))
        return true;
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
    return tki_strtod(s, x);
}
