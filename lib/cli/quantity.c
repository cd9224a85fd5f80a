#include "cli/quantity.h"

#include <ctype.h>
#include <math.h>

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
    for (size_t i = 0; i < n; i++)
        if (fold ? tki_str_same_letters(tki_str(units[i].name), name) : tki_str_eq(tki_str(units[i].name), name))
            return &units[i];
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

/* Largest first. */
static const struct unit times[] = {
    {"w", 604800000000000},
    {"week", 604800000000000},
    {"weeks", 604800000000000},
    {"d", 86400000000000},
    {"day", 86400000000000},
    {"days", 86400000000000},
    {"h", 3600000000000},
    {"hour", 3600000000000},
    {"hours", 3600000000000},
    {"m", 60000000000},
    {"min", 60000000000},
    {"minute", 60000000000},
    {"minutes", 60000000000},
    {"s", 1000000000},
    {"sec", 1000000000},
    {"second", 1000000000},
    {"seconds", 1000000000},
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

/* Copies a number without the commas between its groups of three digits, "1,234,567.5"; returns its bytes, 0: a comma
 * stands elsewhere, or the number is longer than to. */
static size_t without_groups(tk_str s, char *to, size_t size)
{
    size_t n = 0, digits = 0;
    bool grouped = false, whole = true;
    for (size_t i = 0; i < s.n; i++) {
        bool digit = isdigit((unsigned char)s.p[i]);
        if (whole && s.p[i] == ',') {
            if (grouped ? digits != 3 : digits < 1 || digits > 3)
                return 0;
            grouped = true;
            digits = 0;
            continue;
        }
        if (whole && !digit) {
            if (grouped && digits != 3)
                return 0;
            whole = false;
        }
        digits += digit;
        if (n == size)
            return 0;
        to[n++] = s.p[i];
    }
    return whole && grouped && digits != 3 ? 0 : n;
}

/* "1,000", "1.5k", "2M", "3G"; not negative. */
static bool parse_count(tk_str s, double *x)
{
    static const struct unit thousands[] = {{"k", 1000}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}};
    char plain[64];
    double worth = 1;
    const struct unit *unit =
        s.n > 1 ? find_unit(thousands, sizeof thousands / sizeof *thousands, (tk_str){s.p + s.n - 1, 1}, false) : NULL;
    if (unit) {
        worth = (double)unit->worth;
        s.n--;
    }
    size_t n = without_groups(s, plain, sizeof plain);
    if (!n || !tki_parse_double((tk_str){plain, n}, x))
        return false;
    *x *= worth;
    return isfinite(*x) && *x >= 0;
}

bool tki_rate_parse(tk_str s, double *per_second)
{
    static const struct unit periods[] = {
        {"s", 1},    {"sec", 1},     {"second", 1}, {"m", 60},      {"min", 60},
        {"h", 3600}, {"hour", 3600}, {"d", 86400},  {"day", 86400},
    };
    const char *slash = tki_str_find(s, '/');
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
    if (!parse_count(number, &x))
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

size_t tki_time_digits(tk_str s)
{
    struct decimal d;
    size_t n = 0;
    while (n < s.n && isdigit((unsigned char)s.p[n]))
        n++;
    return n == s.n || (n && read_decimal(s, &d) == s.n) ? n : 0;
}

bool tki_time_parse(tk_str s, uint64_t *ns)
{
    static const struct {
        size_t digits;
        uint64_t worth;
    } unix_times[] = {{10, 1000000000}, {13, 1000000}, {16, 1000}, {19, 1}};
    struct decimal d;
    if (s.n && s.p[0] == '@')
        return s.n > 1 && read_decimal(skip(s, 1), &d) == s.n - 1 && scale(d, 1000000000, ns);
    size_t digits = tki_time_digits(s);
    if (!digits)
        return parse_rfc3339(s, ns);
    for (size_t i = 0; i < sizeof unix_times / sizeof *unix_times; i++)
        if (digits == unix_times[i].digits)
            return read_decimal(s, &d) == s.n && scale(d, unix_times[i].worth, ns);
    return false;
}
