#include "format/js/time.h"

/* n digits at *p as a number. */
static bool digits(const char **p, const char *end, int n, int64_t *x)
{
    *x = 0;
    if (end - *p < n)
        return false;
    for (; n > 0; n--, ++*p) {
        if (**p < '0' || **p > '9')
            return false;
        *x = *x * 10 + (**p - '0');
    }
    return true;
}

static bool literal(const char **p, const char *end, char a, char b)
{
    if (*p == end || (**p != a && **p != b))
        return false;
    ++*p;
    return true;
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, year = y - era * 400;
    int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static bool zone(const char *p, const char *end, int64_t *seconds)
{
    int64_t h, m = 0;
    *seconds = 0;
    if (p == end || (end - p == 1 && (*p == 'Z' || *p == 'z')))
        return true;
    char sign = *p++;
    if ((sign != '+' && sign != '-') || !digits(&p, end, 2, &h))
        return false;
    literal(&p, end, ':', ':');
    if (p < end && !digits(&p, end, 2, &m))
        return false;
    *seconds = (sign == '-' ? -1 : 1) * (h * 3600 + m * 60);
    return p == end && h < 24 && m < 60;
}

bool tki_parse_time(tk_str s, uint64_t *ns)
{
    const char *p = s.p, *end = s.p + s.n;
    int64_t y, mo, d, h, mi, sec, offset, fraction = 0, unit = 100000000;
    if (!s.n || !digits(&p, end, 4, &y) || !literal(&p, end, '-', '-') || !digits(&p, end, 2, &mo) ||
        !literal(&p, end, '-', '-') || !digits(&p, end, 2, &d) || !literal(&p, end, 'T', ' ') ||
        !digits(&p, end, 2, &h) || !literal(&p, end, ':', ':') || !digits(&p, end, 2, &mi) ||
        !literal(&p, end, ':', ':') || !digits(&p, end, 2, &sec))
        return false;
    if (literal(&p, end, '.', ','))
        for (; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10)
            fraction += unit * (*p - '0');
    if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || sec > 60 || !zone(p, end, &offset))
        return false;
    int64_t seconds = days(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec - offset;
    *ns = 0;
    if (seconds < 0)
        return true;
    return !__builtin_mul_overflow((uint64_t)seconds, 1000000000u, ns) &&
           !__builtin_add_overflow(*ns, (uint64_t)fraction, ns);
}

uint64_t tki_js_time(struct tki_js *j)
{
    uint64_t ns = 0;
    tki_js_peek(j);
    const char *at = j->p;
    tk_str s = tki_js_str(j);
    if (s.n && !j->error && !tki_parse_time(s, &ns)) {
        j->p = at;
        tki_js_fail(j, "expected a time like 2006-01-02T15:04:05.999999999Z");
    }
    return ns;
}
