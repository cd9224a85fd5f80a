#include "cli/quantity.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/num.h"

__extension__ typedef unsigned __int128 u128;

struct unit {
    const char *name; /* lower case */
    uint64_t worth;
};

/* ---- reading ---- */

/* digits * 10^-places */
struct decimal {
    uint64_t digits;
    unsigned places;
};

/* The unsigned decimal at the start of s; returns its bytes, 0: none, or more digits than are exact. */
static size_t read_decimal(tk_str s, struct decimal *d)
{
    size_t i = 0, start;
    *d = (struct decimal){0};
    bool any = false;
    for (; i < s.n && isdigit((unsigned char)s.p[i]); i++, any = true)
        if (__builtin_mul_overflow(d->digits, 10, &d->digits) ||
            __builtin_add_overflow(d->digits, (unsigned)(s.p[i] - '0'), &d->digits))
            return 0;
    if (i == s.n || s.p[i] != '.')
        return any ? i : 0;
    start = ++i;
    while (i < s.n && isdigit((unsigned char)s.p[i]))
        i++;
    size_t end = i;
    if (end == start)
        return 0;
    while (end > start && s.p[end - 1] == '0')
        end--;
    for (size_t k = start; k < end; k++, d->places++)
        if (d->places == 19 || __builtin_mul_overflow(d->digits, 10, &d->digits) ||
            __builtin_add_overflow(d->digits, (unsigned)(s.p[k] - '0'), &d->digits))
            return 0;
    return i;
}

/* The decimal's value in units that are worth so much; false: not a whole number, or too large. */
static bool scale(struct decimal d, uint64_t worth, uint64_t *result)
{
    u128 product = (u128)d.digits * worth;
    uint64_t power = 1; /* 10^19 is below 2^64 */
    for (unsigned i = 0; i < d.places; i++)
        power *= 10;
    if (product % power || product / power > UINT64_MAX)
        return false;
    *result = (uint64_t)(product / power);
    return true;
}

static tk_str skip(tk_str s, size_t n)
{
    return (tk_str){s.p + n, s.n - n};
}

/* Case is free when fold is true. */
static const struct unit *find_unit(const struct unit *units, size_t n, tk_str name, bool fold)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < name.n && units[i].name[k] &&
               (fold ? tolower((unsigned char)name.p[k]) : name.p[k]) == units[i].name[k])
            k++;
        if (k == name.n && !units[i].name[k])
            return &units[i];
    }
    return NULL;
}

bool tki_size_parse(tk_str s, uint64_t *bytes)
{
    static const struct unit units[] = {
        {"", 1},
        {"b", 1},
        {"k", 1000},
        {"kb", 1000},
        {"m", 1000000},
        {"mb", 1000000},
        {"g", 1000000000},
        {"gb", 1000000000},
        {"t", 1000000000000},
        {"tb", 1000000000000},
        {"ki", 1ull << 10},
        {"kib", 1ull << 10},
        {"mi", 1ull << 20},
        {"mib", 1ull << 20},
        {"gi", 1ull << 30},
        {"gib", 1ull << 30},
        {"ti", 1ull << 40},
        {"tib", 1ull << 40},
    };
    struct decimal d;
    size_t n = read_decimal(s, &d);
    if (!n)
        return false;
    tk_str name = skip(s, n);
    if (name.n > 1 && name.p[0] == ' ')
        name = skip(name, 1);
    const struct unit *unit = find_unit(units, sizeof units / sizeof *units, name, true);
    return unit && scale(d, unit->worth, bytes);
}

/* Largest first; of two names the one that is written comes first. */
static const struct unit times[] = {
    {"d", 86400000000000},
    {"h", 3600000000000},
    {"m", 60000000000},
    {"min", 60000000000},
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"\xc2\xb5s", 1000}, /* U+00B5 */
    {"\xce\xbcs", 1000}, /* U+03BC */
    {"ns", 1},
};
enum { TIMES = sizeof times / sizeof *times };

bool tki_duration_parse(tk_str s, int64_t *ns)
{
    if (TKI_STR_IS(s, "0")) {
        *ns = 0;
        return true;
    }
    uint64_t sum = 0, before = UINT64_MAX;
    do {
        struct decimal d;
        size_t n = read_decimal(s, &d);
        if (!n)
            return false;
        s = skip(s, n);
        if (s.n > 1 && s.p[0] == ' ')
            s = skip(s, 1);
        for (n = 0; n < s.n && !isdigit((unsigned char)s.p[n]) && s.p[n] != ' ' && s.p[n] != '.';)
            n++;
        const struct unit *unit = find_unit(times, TIMES, (tk_str){s.p, n}, false);
        uint64_t part;
        /* "1h30m", and neither "30m1h" nor "1h1h", which are more likely mistakes. */
        if (!unit || unit->worth >= before || !scale(d, unit->worth, &part))
            return false;
        if (__builtin_add_overflow(sum, part, &sum) || sum > INT64_MAX)
            return false;
        before = unit->worth;
        s = skip(s, n);
        if (s.n > 1 && s.p[0] == ' ')
            s = skip(s, 1);
    } while (s.n);
    *ns = (int64_t)sum;
    return true;
}

bool tki_rate_parse(tk_str s, double *per_second)
{
    static const struct unit periods[] = {
        {"s", 1},    {"sec", 1},     {"second", 1}, {"m", 60},      {"min", 60},
        {"h", 3600}, {"hour", 3600}, {"d", 86400},  {"day", 86400},
    };
    const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    tk_str number = {s.p, slash ? (size_t)(slash - s.p) : s.n};
    uint64_t seconds = 1;
    if (slash) {
        tk_str name = skip(s, number.n + 1);
        if (name.n > 1 && name.p[0] == ' ')
            name = skip(name, 1);
        const struct unit *unit = find_unit(periods, sizeof periods / sizeof *periods, name, false);
        if (!unit)
            return false;
        seconds = unit->worth;
        if (number.n > 1 && number.p[number.n - 1] == ' ')
            number.n--;
    }
    double x;
    if (!tki_parse_double(number, &x) || !isfinite(x) || x < 0)
        return false;
    *per_second = x / (double)seconds;
    return true;
}

bool tki_share_parse(tk_str s, double *share)
{
    bool percent = s.n && s.p[s.n - 1] == '%';
    if (percent) {
        s.n--;
        if (s.n > 1 && s.p[s.n - 1] == ' ')
            s.n--;
    }
    double x;
    if (!tki_parse_double(s, &x) || isnan(x) || x < 0 || x > (percent ? 100 : 1))
        return false;
    *share = percent ? x / 100 : x;
    return true;
}

/* ---- times ---- */

/* Days since 1970-01-01 of a date of the Gregorian calendar, for years from 1970 on. */
static uint64_t days_of(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month > 2 ? year : year - 1; /* years begin in March, so that leap days end them */
    unsigned in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return (uint64_t)y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

static bool leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Exactly n digits. */
static bool read_digits(tk_str *s, size_t n, unsigned *x)
{
    *x = 0;
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)s->p[i]))
            return false;
        *x = *x * 10 + (unsigned)(s->p[i] - '0');
    }
    *s = skip(*s, n);
    return true;
}

static bool read_char(tk_str *s, const char *any_of)
{
    if (!s->n || !s->p[0] || !strchr(any_of, s->p[0]))
        return false;
    *s = skip(*s, 1);
    return true;
}

static bool read_date(tk_str *s, uint64_t *days)
{
    static const unsigned char length[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;
    if (!read_digits(s, 4, &year) || !read_char(s, "-") || !read_digits(s, 2, &month) || !read_char(s, "-") ||
        !read_digits(s, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > length[month - 1] ||
        (month == 2 && day == 29 && !leap(year)))
        return false;
    *days = days_of(year, month, day);
    return true;
}

/* "Z" or "+02:00", as seconds east of Greenwich. */
static bool read_zone(tk_str *s, int64_t *east)
{
    unsigned hours, minutes;
    *east = 0;
    if (read_char(s, "Zz"))
        return true;
    bool west = s->n && s->p[0] == '-';
    if (!read_char(s, "+-") || !read_digits(s, 2, &hours) || !read_char(s, ":") || !read_digits(s, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *east = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    if (west)
        *east = -*east;
    return true;
}

static bool parse_rfc3339(tk_str s, uint64_t *ns)
{
    uint64_t days, fraction = 0, result;
    unsigned hour = 0, minute = 0, second = 0;
    int64_t east = 0;
    if (!read_date(&s, &days))
        return false;
    if (s.n) {
        if (!read_char(&s, "Tt ") || !read_digits(&s, 2, &hour) || !read_char(&s, ":") ||
            !read_digits(&s, 2, &minute) || !read_char(&s, ":") || !read_digits(&s, 2, &second) || hour > 23 ||
            minute > 59 || second > 59)
            return false;
        if (s.n && s.p[0] == '.') {
            struct decimal d;
            size_t n = read_decimal(s, &d);
            if (!n || !scale(d, 1000000000, &fraction))
                return false;
            s = skip(s, n);
        }
        if (!read_zone(&s, &east) || s.n)
            return false;
    }
    int64_t seconds = (int64_t)(days * 86400) + (int64_t)hour * 3600 + (int64_t)minute * 60 + (int64_t)second - east;
    if (seconds < 0 || __builtin_mul_overflow((uint64_t)seconds, 1000000000u, &result) ||
        __builtin_add_overflow(result, fraction, &result))
        return false;
    *ns = result;
    return true;
}

bool tki_time_parse(tk_str s, uint64_t *ns)
{
    struct decimal d;
    uint64_t worth = 1;
    if (s.n && s.p[0] == '@') {
        s = skip(s, 1);
        worth = 1000000000;
    } else if (memchr(s.n ? s.p : "", '-', s.n)) {
        return parse_rfc3339(s, ns);
    }
    return s.n && read_decimal(s, &d) == s.n && scale(d, worth, ns);
}

/* ---- writing ---- */

/* Three significant digits of 0 <= x; false: it rounds to 1000 or more, so that a larger unit is due. */
static bool three_digits(char to[TKI_QUANTITY_MAX], double x)
{
    int places = x < 9.995 ? 2 : x < 99.95 ? 1 : 0;
    snprintf(to, TKI_QUANTITY_MAX, "%.*f", places, x);
    return x < 999.5;
}

static void append(char to[TKI_QUANTITY_MAX], const char *unit)
{
    size_t n = strlen(to);
    snprintf(to + n, TKI_QUANTITY_MAX - n, " %s", unit);
}

char *tki_size_format(char to[TKI_QUANTITY_MAX], uint64_t bytes)
{
    static const char *const units[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        snprintf(to, TKI_QUANTITY_MAX, "%" PRIu64 " B", bytes);
        return to;
    }
    double x = (double)bytes / 1000;
    size_t i = 0;
    while (!three_digits(to, x) && i + 1 < sizeof units / sizeof *units) {
        x /= 1000;
        i++;
    }
    append(to, units[i]);
    return to;
}

/* "1 min 30 s": so many of the small unit, each `per` of which are a large one. */
static void two_units(char to[TKI_QUANTITY_MAX], int64_t small, int64_t per, const char *large_name,
                      const char *small_name)
{
    if (small % per)
        snprintf(to, TKI_QUANTITY_MAX, "%" PRId64 " %s %" PRId64 " %s", small / per, large_name, small % per,
                 small_name);
    else
        snprintf(to, TKI_QUANTITY_MAX, "%" PRId64 " %s", small / per, large_name);
}

static void format_duration(char to[TKI_QUANTITY_MAX], double ns)
{
    static const char *const units[] = {"ns", "us", "ms"};
    if (ns == 0) {
        snprintf(to, TKI_QUANTITY_MAX, "0 s");
        return;
    }
    if (ns < 1000 && ns == floor(ns)) {
        snprintf(to, TKI_QUANTITY_MAX, "%.0f ns", ns);
        return;
    }
    double x = ns;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++, x /= 1000)
        if (three_digits(to, x)) {
            append(to, units[i]);
            return;
        }
    if (x < 59.95) {
        three_digits(to, x);
        append(to, "s");
    } else if (x < 3599.5) {
        two_units(to, llround(x), 60, "min", "s");
    } else if (x < 86400 - 30) {
        two_units(to, llround(x / 60), 60, "h", "min");
    } else {
        two_units(to, llround(x / 3600), 24, "d", "h");
    }
}

char *tki_duration_format(char to[TKI_QUANTITY_MAX], double ns)
{
    if (isnan(ns) || fabs(ns) > 1e27) {
        snprintf(to, TKI_QUANTITY_MAX, "-");
        return to;
    }
    format_duration(to, fabs(ns));
    if (ns < 0) {
        memmove(to + 1, to, strnlen(to, TKI_QUANTITY_MAX - 2) + 1);
        to[0] = '-';
    }
    return to;
}

char *tki_duration_exact(char to[TKI_QUANTITY_MAX], int64_t ns)
{
    uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    const struct unit *unit = times;
    while (size % unit->worth)
        unit++;
    snprintf(to, TKI_QUANTITY_MAX, "%s%" PRIu64 "%s", ns < 0 ? "-" : "", size / unit->worth, size ? unit->name : "s");
    return to;
}

char *tki_count_format(char to[TKI_QUANTITY_MAX], uint64_t n)
{
    char digits[TKI_U64_DIGITS];
    size_t len = tki_fmt_u64(digits, n), k = 0;
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            to[k++] = ',';
        to[k++] = digits[i];
    }
    to[k] = 0;
    return to;
}

char *tki_percent_format(char to[TKI_QUANTITY_MAX], double share)
{
    double p = fabs(share) * 100;
    const char *sign = share < 0 ? "-" : "";
    if (!isfinite(share))
        snprintf(to, TKI_QUANTITY_MAX, "-");
    else if (p == 0 || p == 100)
        snprintf(to, TKI_QUANTITY_MAX, "%s%.0f %%", p == 0 ? "" : sign, p);
    else if (p < 0.05)
        snprintf(to, TKI_QUANTITY_MAX, "%s<0.1 %%", sign);
    else if (p >= 99.95 && p < 100)
        snprintf(to, TKI_QUANTITY_MAX, "%s>99.9 %%", sign);
    else
        snprintf(to, TKI_QUANTITY_MAX, "%s%.*f %%", sign, p < 9.95 || (p >= 99.5 && p < 100) ? 1 : 0, p);
    return to;
}

char *tki_rate_format(char to[TKI_QUANTITY_MAX], double per_second)
{
    if (!isfinite(per_second) || per_second < 0)
        snprintf(to, TKI_QUANTITY_MAX, "-");
    else if (per_second >= 1e18)
        snprintf(to, TKI_QUANTITY_MAX, "%.3g /s", per_second);
    else if (per_second >= 999.5)
        append(tki_count_format(to, (uint64_t)llround(per_second)), "/s");
    else
        snprintf(to, TKI_QUANTITY_MAX, "%.3g /s", per_second);
    return to;
}

char *tki_time_format(char to[TKI_QUANTITY_MAX], uint64_t ns)
{
    uint64_t seconds = ns / 1000000000, days = seconds / 86400;
    unsigned rest = (unsigned)(seconds % 86400);
    /* The inverse of days_of: eras of 400 years, years from March. */
    uint64_t shifted = days + 719468;
    unsigned era = (unsigned)(shifted / 146097), in_era = (unsigned)(shifted % 146097);
    unsigned year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned march_month = (5 * in_year + 2) / 153;
    unsigned day = in_year - (153 * march_month + 2) / 5 + 1;
    unsigned month = march_month < 10 ? march_month + 3 : march_month - 9;
    unsigned year = era * 400 + year_of_era + (month <= 2);
    snprintf(to, TKI_QUANTITY_MAX, "%04u-%02u-%02uT%02u:%02u:%02u.%09uZ", year, month, day, rest / 3600, rest / 60 % 60,
             rest % 60, (unsigned)(ns % 1000000000));
    return to;
}
