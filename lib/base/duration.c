/* Durations as Go and .NET write them. */
#include "base/time.h"

static uint64_t unit_ns(tk_str unit)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ns", 1},       {"us", 1000},      {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000},
                 {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000u}, {"h", 3600000000000u}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (tki_str_eq(unit, tki_str(units[i].unit)))
            return units[i].ns;
    return 0;
}

static bool digit(tk_str s, size_t i)
{
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

/* One number with its unit, from *i on; false: it is none, or beyond 2^63. */
static bool part(tk_str s, size_t *i, uint64_t *ns)
{
    uint64_t whole = 0, fraction = 0;
    double scale = 1;
    size_t digits = 0;
    bool full = false; /* more decimals do not fit, and do not count */
    for (; digit(s, *i); ++*i, digits++)
        if (__builtin_mul_overflow(whole, 10u, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(s.p[*i] - '0'), &whole) || whole > (uint64_t)1 << 63)
            return false;
    if (*i < s.n && s.p[*i] == '.')
        for (++*i; digit(s, *i); ++*i, digits++) {
            full = full || fraction > ((uint64_t)INT64_MAX - 9) / 10;
            if (full)
                continue;
            fraction = fraction * 10 + (uint64_t)(s.p[*i] - '0');
            scale *= 10;
        }
    size_t from = *i;
    while (*i < s.n && s.p[*i] != '.' && !digit(s, *i))
        ++*i;
    uint64_t unit = unit_ns((tk_str){s.p + from, *i - from});
    if (!digits || !unit || __builtin_mul_overflow(whole, unit, ns) || *ns > (uint64_t)1 << 63)
        return false;
    /* Go computes the fraction in doubles, too. */
    *ns += (uint64_t)((double)fraction * ((double)unit / scale));
    return *ns <= (uint64_t)1 << 63;
}

bool tki_parse_duration(tk_str s, int64_t *ns)
{
    bool minus = s.n && s.p[0] == '-';
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    uint64_t total = 0, more;
    *ns = 0;
    if (s.n - i == 1 && s.p[i] == '0')
        return true;
    if (i == s.n)
        return false;
    while (i < s.n) {
        if (!part(s, &i, &more) || (total += more) > (uint64_t)1 << 63)
            return false;
    }
    *ns = minus ? (int64_t)(0 - total) : (int64_t)total;
    return minus || total <= INT64_MAX;
}

/* Digits up to `stop`, which is stepped over; false: there are none, or something else stands there. */
static bool digits_to(tk_str *s, char stop, uint64_t max, uint64_t *x)
{
    size_t i = 0;
    for (*x = 0; digit(*s, i) && *x <= max; i++)
        *x = *x * 10 + (uint64_t)(s->p[i] - '0');
    if (!i || i == s->n || s->p[i] != stop || *x > max)
        return false;
    *s = (tk_str){s->p + i + 1, s->n - i - 1};
    return true;
}

bool tki_parse_time_span(tk_str s, int64_t *ns)
{
    enum { SECOND_NS = 1000000000, DAYS_MAX = 100000 };
    uint64_t days = 0, h, m, seconds = 0, unit = SECOND_NS;
    bool minus = s.n && *s.p == '-';
    tk_str rest = {s.p + minus, s.n - minus};
    size_t i = 0;
    digits_to(&rest, '.', DAYS_MAX, &days);
    if (!digits_to(&rest, ':', 23, &h) || !digits_to(&rest, ':', 59, &m))
        return false;
    for (; digit(rest, i); i++)
        seconds = seconds * 10 + (uint64_t)(rest.p[i] - '0');
    if (!i || seconds > 59)
        return false;
    uint64_t sum = (((days * 24 + h) * 60 + m) * 60 + seconds) * SECOND_NS;
    if (i < rest.n && rest.p[i] == '.')
        for (i++; digit(rest, i); i++)
            sum += (unit /= 10) * (uint64_t)(rest.p[i] - '0');
    *ns = minus ? -(int64_t)sum : (int64_t)sum;
    return i == rest.n;
}
