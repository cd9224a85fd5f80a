#include "format/js/decimal.h"

#include "base/time.h"

enum { EXPONENT_MAX = 100000 };

static inline bool digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Reads the exponent behind a number's digits.  Returns false when it is malformed. */
static bool exponent(const char *p, const char *end, long *e)
{
    bool minus = false;
    *e = 0;
    if (p == end)
        return true;
    if (*p != 'e' && *p != 'E')
        return false;
    p++;
    if (p < end && (*p == '+' || *p == '-'))
        minus = *p++ == '-';
    if (p == end)
        return false;
    for (; p < end; p++) {
        if (!digit(*p))
            return false;
        if (*e < EXPONENT_MAX)
            *e = *e * 10 + (*p - '0');
    }
    if (minus)
        *e = -*e;
    return true;
}

bool tki_decimal(tk_str s, unsigned scale, bool *negative, uint64_t *x)
{
    const char *p = s.p, *end = s.p + s.n;
    *negative = false;
    *x = 0;
    if (p < end && (*p == '-' || *p == '+'))
        *negative = *p++ == '-';
    const char *first = p;
    while (p < end && digit(*p))
        p++;
    long whole = (long)(p - first), e, seen = 0;
    bool any = p > first;
    const char *q = p;
    if (q < end && *q == '.')
        for (q++; q < end && digit(*q); q++)
            any = true;
    if (!any || !exponent(q, end, &e))
        return false;
    long wanted = whole + e + (long)scale; /* so many digits from the first one on make the result */
    uint64_t v = 0;
    for (p = first; p < q && seen < wanted; p++) {
        if (*p == '.')
            continue;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
            return false;
        seen++;
    }
    for (; seen < wanted && v; seen++)
        if (__builtin_mul_overflow(v, 10, &v))
            return false;
    *x = v;
    return true;
}

uint64_t tki_js_decimal_slow(struct tki_js *j, unsigned scale, bool *negative)
{
    *negative = false;
    if (tki_js_null(j))
        return 0;
    const char *at = j->p;
    tk_str s = *at == '"' ? tki_js_str(j) : *at == '{' || *at == '[' ? ((tk_str){0}) : tki_js_raw(j);
    uint64_t x = 0;
    if (j->error || tki_decimal(s, scale, negative, &x))
        return x;
    tki_js_fail_at(j, at, "expected a time as a decimal number");
    return 0;
}

uint64_t tki_js_time(struct tki_js *j)
{
    uint64_t ns = 0;
    tki_js_peek(j);
    const char *at = j->p;
    tk_str s = tki_js_str(j);
    if (s.n && !j->error && !tki_parse_time(s, &ns))
        tki_js_fail_at(j, at, "expected a time like 2006-01-02T15:04:05.999999999Z");
    return ns;
}
