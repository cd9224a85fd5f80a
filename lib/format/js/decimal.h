/* decimal.h - times: decimal numbers scaled by a power of ten, exactly; and texts.
 *
 * Times are written in microseconds (Jaeger, Zipkin) or seconds (X-Ray), sometimes with a fraction or an
 * exponent.  A double holds neither today's nanoseconds nor today's microseconds with three decimals, so the
 * digits themselves are moved.
 */
#ifndef TKI_FORMAT_JS_DECIMAL_H
#define TKI_FORMAT_JS_DECIMAL_H

#include "format/js/js.h"

/* |x| times 10^scale, what is behind the point cut off; *negative: the sign.  Returns false
 * when the text is not a decimal number, or when the result does not fit. */
bool tki_decimal(tk_str s, unsigned scale, bool *negative, uint64_t *x);

/* The same for the value at the cursor, which is a number or a string of one; 0 for null.  The cursor fails on anything
 * else. */
uint64_t tki_js_decimal_slow(struct tki_js *j, unsigned scale, bool *negative);

static inline uint64_t tki_js_decimal(struct tki_js *j, unsigned scale) /* 0 for what is negative */
{
    bool negative;
    uint64_t x = tki_js_decimal_slow(j, scale, &negative);
    return negative ? 0 : x;
}

/* Microseconds as nanoseconds. */
static inline uint64_t tki_js_micros(struct tki_js *j, bool *negative)
{
    const char *p = (tki_js_peek(j), j->p);
    uint64_t v = 0;
    while ((unsigned char)(*p - '0') < 10)
        v = v * 10 + (unsigned char)(*p++ - '0');
    size_t n = (size_t)(p - j->p);
    if (__builtin_expect(n == 0 || n > 16 || *p == '.' || *p == 'e' || *p == 'E', 0))
        return tki_js_decimal_slow(j, 3, negative);
    *negative = false;
    j->p = p;
    return v * 1000;
}

static inline uint64_t tki_js_micros_or_0(struct tki_js *j) /* 0 for what is negative */
{
    bool negative;
    uint64_t ns = tki_js_micros(j, &negative);
    return negative ? 0 : ns;
}

/* A time of RFC 3339 or ISO 8601 at the cursor, as tki_parse_time reads it; null is 0. */
uint64_t tki_js_time(struct tki_js *j);

#endif
