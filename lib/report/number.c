#include "report/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/time.h"

#define SMALLEST 1e-12 /* nearer to 0 nothing is said but that */
#define LARGEST  1e18

/* Three significant digits of 0 <= x; false: it rounds to 1000 or more, so that a larger unit is due. */
static bool three_digits(char to[TKI_QUANTITY_MAX], double x)
{
    int places = x < 9.995 ? 2 : x < 99.95 ? 1 : 0;
    snprintf(to, TKI_QUANTITY_MAX, "%.*f", places, x);
    return x < 999.5;
}

static char *append(char to[TKI_QUANTITY_MAX], const char *unit)
{
    size_t n = strlen(to);
    snprintf(to + n, TKI_QUANTITY_MAX - n, " %s", unit);
    return to;
}

static char *put_sign(char to[TKI_QUANTITY_MAX])
{
    memmove(to + 1, to, strnlen(to, TKI_QUANTITY_MAX - 2) + 1);
    to[0] = '-';
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

/* 0 <= x < 1, three significant digits: as many places as that takes. */
static void small(char to[TKI_QUANTITY_MAX], double x)
{
    int places = 2;
    for (double y = x; y < 0.9995 && places < 14; y *= 10)
        places++;
    snprintf(to, TKI_QUANTITY_MAX, "%.*f", places, x);
    size_t n = strlen(to);
    while (to[n - 1] == '0')
        to[--n] = 0;
}

static char *number(char to[TKI_QUANTITY_MAX], double x)
{
    bool whole = fabs(x - round(x)) <= 1e-9 * x; /* but for rounding */
    if (x > LARGEST)
        snprintf(to, TKI_QUANTITY_MAX, ">1,000,000,000,000,000,000");
    else if (whole || x >= 999.5)
        tki_count_format(to, (uint64_t)llround(x));
    else if (x < SMALLEST)
        snprintf(to, TKI_QUANTITY_MAX, "<0.000000000001");
    else if (x < 0.9995)
        small(to, x);
    else
        three_digits(to, x);
    return to;
}

char *tki_number_format(char to[TKI_QUANTITY_MAX], double x)
{
    if (!isfinite(x)) {
        snprintf(to, TKI_QUANTITY_MAX, "-");
        return to;
    }
    number(to, fabs(x));
    return x < 0 ? put_sign(to) : to;
}

char *tki_exact_format(char to[TKI_QUANTITY_MAX], double x)
{
    char text[64];
    double size = fabs(x);
    if (!isfinite(x) || size > LARGEST || (size > 0 && size < 1e-9))
        return tki_number_format(to, x);
    /* The shortest text that reads back as x; 17 digits always do. */
    for (int digits = 1; digits <= 17; digits++) {
        int whole = size >= 1 ? (int)floor(log10(size)) + 1 : size > 0 ? (int)floor(log10(size)) + 1 : 1;
        int places = digits - whole > 0 ? digits - whole : 0;
        snprintf(text, sizeof text, "%.*f", places, size);
        if (strtod(text, NULL) == size)
            break;
    }
    size_t dot = strcspn(text, ".");
    tki_count_format(to, strtoull(text, NULL, 10));
    size_t n = strlen(to);
    snprintf(to + n, TKI_QUANTITY_MAX - n, "%s", text + dot);
    return x < 0 ? put_sign(to) : to;
}

/* ---- with units ---- */

static void bytes(char to[TKI_QUANTITY_MAX], double x)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (x < 999.5) {
        append(number(to, x), "B");
        return;
    }
    x /= 1000;
    size_t i = 0;
    while (!three_digits(to, x) && i + 1 < sizeof units / sizeof *units) {
        x /= 1000;
        i++;
    }
    if (x >= 999.5)
        number(to, x);
    append(to, units[i]);
}

char *tki_bytes_format(char to[TKI_QUANTITY_MAX], double n)
{
    if (!isfinite(n)) {
        snprintf(to, TKI_QUANTITY_MAX, "-");
        return to;
    }
    bytes(to, fabs(n));
    return n < 0 ? put_sign(to) : to;
}

char *tki_size_format(char to[TKI_QUANTITY_MAX], uint64_t n)
{
    if (n < 1000)
        return append(tki_count_format(to, n), "B");
    return tki_bytes_format(to, (double)n);
}

/* "1 min 30 s": so many of the small unit, each `per` of which are a large one. */
static void two_units(char to[TKI_QUANTITY_MAX], int64_t parts, int64_t per, const char *large_name,
                      const char *small_name)
{
    tki_count_format(to, (uint64_t)(parts / per));
    append(to, large_name);
    if (parts % per) {
        size_t n = strlen(to);
        snprintf(to + n, TKI_QUANTITY_MAX - n, " %" PRId64 " %s", parts % per, small_name);
    }
}

static void duration(char to[TKI_QUANTITY_MAX], double ns)
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
    duration(to, fabs(ns));
    return ns < 0 ? put_sign(to) : to;
}

char *tki_duration_exact(char to[TKI_QUANTITY_MAX], int64_t ns)
{
    static const struct {
        const char *name;
        uint64_t worth;
    } units[] = {{"d", 86400000000000}, {"h", 3600000000000}, {"m", 60000000000}, {"s", 1000000000},
                 {"ms", 1000000},       {"us", 1000},         {"ns", 1}};
    uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    size_t i = 0;
    while (size % units[i].worth)
        i++;
    snprintf(to, TKI_QUANTITY_MAX, "%s%" PRIu64 "%s", ns < 0 ? "-" : "", size / units[i].worth,
             size ? units[i].name : "s");
    return to;
}

char *tki_percent_format(char to[TKI_QUANTITY_MAX], double share)
{
    double p = fabs(share) * 100;
    const char *sign = share < 0 ? "-" : "";
    if (fabs(p - 100) < 1e-9) /* a sum of weights that is off by rounding */
        p = 100;
    if (!isfinite(share))
        snprintf(to, TKI_QUANTITY_MAX, "-");
    else if (p == 0 || p == 100)
        snprintf(to, TKI_QUANTITY_MAX, "%s%.0f %%", p == 0 ? "" : sign, p);
    else if (p < 0.05)
        snprintf(to, TKI_QUANTITY_MAX, share < 0 ? ">-0.1 %%" : "<0.1 %%");
    else if (p >= 99.95 && p < 100)
        snprintf(to, TKI_QUANTITY_MAX, share < 0 ? "<-99.9 %%" : ">99.9 %%");
    else if (p >= 999.5)
        append(tki_number_format(to, share * 100), "%");
    else
        snprintf(to, TKI_QUANTITY_MAX, "%s%.*f %%", sign, p < 9.95 || (p >= 99.5 && p < 100) ? 1 : 0, p);
    return to;
}

char *tki_rate_format(char to[TKI_QUANTITY_MAX], double per_second)
{
    if (!isfinite(per_second) || per_second < 0)
        snprintf(to, TKI_QUANTITY_MAX, "-");
    else
        append(number(to, per_second), "/s");
    return to;
}

char *tki_byte_rate_format(char to[TKI_QUANTITY_MAX], double per_second)
{
    tki_bytes_format(to, per_second);
    if (isfinite(per_second)) {
        size_t n = strlen(to);
        snprintf(to + n, TKI_QUANTITY_MAX - n, "/s");
    }
    return to;
}

char *tki_dollars_format(char to[TKI_QUANTITY_MAX], double dollars)
{
    double x = fabs(dollars);
    if (!isfinite(dollars) || x >= LARGEST)
        return tki_number_format(to, dollars);
    if (x > 0 && x < 0.005) {
        snprintf(to, TKI_QUANTITY_MAX, "<0.01");
    } else if (x >= 999.995) {
        tki_count_format(to, (uint64_t)llround(x));
    } else {
        uint64_t cents = (uint64_t)llround(x * 100);
        tki_count_format(to, cents / 100);
        size_t n = strlen(to);
        snprintf(to + n, TKI_QUANTITY_MAX - n, ".%02u", (unsigned)(cents % 100));
    }
    return dollars < 0 && x > 0 ? put_sign(to) : to;
}

/* ---- moments ---- */

char *tki_time_format(char to[TKI_QUANTITY_MAX], uint64_t ns)
{
    tki_fmt_time(to, ns);
    to[TKI_TIME_CHARS] = 0;
    return to;
}

char *tki_time_format_east(char to[TKI_QUANTITY_MAX], uint64_t ns, int64_t east_s)
{
    int64_t minutes = (east_s < 0 ? -east_s : east_s) / 60;
    tki_fmt_time(to, (uint64_t)((int64_t)ns + east_s * 1000000000));
    snprintf(to + TKI_TIME_CHARS - 1, TKI_QUANTITY_MAX - TKI_TIME_CHARS, "%c%02d:%02d", east_s < 0 ? '-' : '+',
             (int)(minutes / 60 % 100), (int)(minutes % 60));
    return to;
}
