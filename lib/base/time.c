#include "base/time.h"

#include <string.h>

/* Years begin in March, so that leap days end them, and come in eras of 400 that are all alike. */
enum { ERA_YEARS = 400, ERA_DAYS = 146097, MARCH_0000 = 719468 /* days from then to 1970 */, DAY_S = 86400 };

int64_t tki_days_of_date(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - (ERA_YEARS - 1)) / ERA_YEARS, y = year - era * ERA_YEARS;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * ERA_DAYS + y * 365 + y / 4 - y / 100 + of_year - MARCH_0000;
}

void tki_date_of_days(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    int64_t z = days + MARCH_0000, era = (z < 0 ? z - (ERA_DAYS - 1) : z) / ERA_DAYS;
    unsigned of_era = (unsigned)(z - era * ERA_DAYS);
    unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = y + (unsigned)era * ERA_YEARS + (*month <= 2);
}

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

/* The zone may stand behind a space, and its name behind that: " UTC" of BigQuery, " +0000 UTC" and " +0100 CET" of Go.
 */
static bool zone(const char *p, const char *end, int64_t *seconds)
{
    int64_t h, m = 0;
    const char *name = end;
    *seconds = 0;
    while (name > p && name[-1] >= 'A' && name[-1] <= 'Z')
        name--;
    bool named = end - name >= 3 && name > p && name[-1] == ' ';
    bool utc = named && end - name == 3 && memcmp(name, "UTC", 3) == 0;
    end = named ? name - 1 : end;
    if (p == end && named)
        return utc;
    if (literal(&p, end, ' ', ' ') && p == end)
        return false;
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

static bool has_day(int64_t year, int64_t month, int64_t day)
{
    static const unsigned char length[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1 || day > length[month - 1])
        return false;
    return month != 2 || day != 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* Seconds since 1970, which may be negative, and nanoseconds. */
static bool parse(tk_str s, int64_t *seconds, int64_t *fraction)
{
    const char *p = s.p, *end = s.p + s.n;
    int64_t y, mo, d, h, mi, sec, offset, unit = 100000000;
    if (!s.n || !digits(&p, end, 4, &y) || !literal(&p, end, '-', '-') || !digits(&p, end, 2, &mo) ||
        !literal(&p, end, '-', '-') || !digits(&p, end, 2, &d) || !literal(&p, end, 'T', ' ') ||
        !digits(&p, end, 2, &h) || !literal(&p, end, ':', ':') || !digits(&p, end, 2, &mi) ||
        !literal(&p, end, ':', ':') || !digits(&p, end, 2, &sec))
        return false;
    *fraction = 0;
    if (literal(&p, end, '.', ','))
        for (; p < end && *p >= '0' && *p <= '9'; p++, unit /= 10)
            *fraction += unit * (*p - '0');
    if (!has_day(y, mo, d) || h > 23 || mi > 59 || sec > 60 || !zone(p, end, &offset))
        return false;
    *seconds = tki_days_of_date(y, (unsigned)mo, (unsigned)d) * DAY_S + h * 3600 + mi * 60 + sec - offset;
    return true;
}

static bool to_ns(int64_t seconds, int64_t fraction, uint64_t *ns)
{
    return !__builtin_mul_overflow((uint64_t)seconds, 1000000000u, ns) &&
           !__builtin_add_overflow(*ns, (uint64_t)fraction, ns);
}

bool tki_parse_time(tk_str s, uint64_t *ns)
{
    int64_t seconds, fraction;
    if (!parse(s, &seconds, &fraction))
        return false;
    *ns = 0;
    return seconds < 0 || to_ns(seconds, fraction, ns);
}

int tk_time_parse(tk_str text, uint64_t *ns)
{
    int64_t seconds, fraction;
    uint64_t x;
    if (!parse(text, &seconds, &fraction) || seconds < 0 || !to_ns(seconds, fraction, &x))
        return TK_EINVALID;
    *ns = x;
    return 0;
}

void tki_fmt_digits(char *to, unsigned n, uint64_t x)
{
    for (; n > 0; x /= 10)
        to[--n] = (char)('0' + x % 10);
}

void tki_fmt_time(char to[TKI_TIME_CHARS], uint64_t ns)
{
    static const char shape[] = "0000-00-00T00:00:00.000000000Z";
    uint64_t s = ns / 1000000000;
    unsigned year, month, day, of_day = (unsigned)(s % DAY_S);
    memcpy(to, shape, TKI_TIME_CHARS);
    tki_date_of_days((int64_t)(s / DAY_S), &year, &month, &day);
    tki_fmt_digits(to, 4, year);
    tki_fmt_digits(to + 5, 2, month);
    tki_fmt_digits(to + 8, 2, day);
    tki_fmt_digits(to + 11, 2, of_day / 3600);
    tki_fmt_digits(to + 14, 2, of_day / 60 % 60);
    tki_fmt_digits(to + 17, 2, of_day % 60);
    tki_fmt_digits(to + 20, 9, ns % 1000000000);
}

char *tk_time_format(uint64_t ns, char to[TK_TIME_SIZE])
{
    tki_fmt_time(to, ns);
    to[TKI_TIME_CHARS] = 0;
    return to;
}
