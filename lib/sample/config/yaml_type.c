/* The types of plain scalars, as the collector's YAML library (yaml.v3) tells them: the first letter says what is
 * tried. */
#include <math.h>

#include "base/go_number.h"
#include "sample/config/yaml_scalar.h"

bool tki_yaml_null_text(tk_str s)
{
    return s.n == 0 || TKI_STR_IS(s, "~") || TKI_STR_IS(s, "null") || TKI_STR_IS(s, "Null") || TKI_STR_IS(s, "NULL");
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- times ---- */

/* Takes a number of one or two digits, which stops at that limit. */
static bool take(tk_str *s, unsigned limit, unsigned *to)
{
    size_t n = 0;
    *to = 0;
    while (n < 2 && n < s->n && is_digit(s->p[n]))
        *to = *to * 10 + (unsigned)(s->p[n++] - '0');
    s->p += n;
    s->n -= n;
    return n > 0 && *to <= limit;
}

static bool take_char(tk_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

static bool is_zone(tk_str s)
{
    unsigned hour, minute;
    if (take_char(&s, 'Z'))
        return s.n == 0;
    return (take_char(&s, '+') || take_char(&s, '-')) && s.n == 5 && take(&s, 24, &hour) && take_char(&s, ':') &&
           take(&s, 60, &minute) && s.n == 0;
}

static bool is_date(tk_str *s)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year = 0, month, day;
    for (int i = 0; i < 4; i++)
        year = year * 10 + (unsigned)(s->p[i] - '0');
    s->p += 4;
    s->n -= 4;
    if (!take_char(s, '-') || !take(s, 12, &month) || month == 0 || !take_char(s, '-') || !take(s, 31, &day) || !day)
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] || (leap && month == 2 && day == 29);
}

/* 2026-11-30, 2026-11-30 10:00:00 or 2026-11-30T10:00:00+01:00, with or without a fraction of a second. */
static bool is_time(tk_str s)
{
    unsigned number;
    size_t n = 0;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    if (n != 4 || n == s.n || s.p[4] != '-' || !is_date(&s))
        return false;
    if (s.n == 0)
        return true;
    bool zoned = s.p[0] != ' ';
    if (!take_char(&s, 'T') && !take_char(&s, 't') && !take_char(&s, ' '))
        return false;
    if (!take(&s, 23, &number) || !take_char(&s, ':') || !take(&s, 59, &number) || !take_char(&s, ':') ||
        !take(&s, 59, &number))
        return false;
    if (s.n > 1 && (s.p[0] == '.' || s.p[0] == ',') && is_digit(s.p[1])) {
        for (n = 1; n < s.n && is_digit(s.p[n]);)
            n++;
        s.p += n;
        s.n -= n;
    }
    return zoned ? is_zone(s) : s.n == 0;
}

/* ---- numbers ---- */

/* Decimal digits with or without a point, and an exponent. */
static bool looks_float(tk_str s)
{
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'), whole = i, digits;
    while (i < s.n && is_digit(s.p[i]))
        i++;
    digits = i - whole;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && is_digit(s.p[i]); i++)
            digits++;
    if (digits == 0)
        return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
        if (i == s.n)
            return false;
        while (i < s.n && is_digit(s.p[i]))
            i++;
    }
    return i == s.n;
}

/* .inf and .nan, in the three ways in which they are written. */
static bool named_float(tk_str s, double *to)
{
    tk_str t = s;
    bool minus = t.n && t.p[0] == '-';
    if (minus || (t.n && t.p[0] == '+')) {
        t.p++;
        t.n--;
    }
    if (TKI_STR_IS(t, ".inf") || TKI_STR_IS(t, ".Inf") || TKI_STR_IS(t, ".INF"))
        *to = minus ? -INFINITY : INFINITY;
    else if (TKI_STR_IS(s, ".nan") || TKI_STR_IS(s, ".NaN") || TKI_STR_IS(s, ".NAN"))
        *to = NAN;
    else
        return false;
    return true;
}

enum { NUMBER_MAX = 1000 /* characters; no number that fits has more of them, but for zeros in front */ };

static bool number(struct tki_scalar *v)
{
    char plain[NUMBER_MAX];
    tk_str s = {plain, 0};
    if (v->text.p[0] == '.') {
        v->type = TKI_SCALAR_FLOAT;
        return tki_go_parse_float(v->text, &v->d);
    }
    if (!is_digit(v->text.p[0]) && v->text.p[0] != '-' && v->text.p[0] != '+')
        return false;
    for (size_t i = 0; i < v->text.n; i++)
        if (v->text.p[i] != '_') {
            if (s.n == sizeof plain)
                return false;
            plain[s.n++] = v->text.p[i];
        }
    v->type = TKI_SCALAR_INT;
    if (!tki_go_parse_int(s, 0, &v->i))
        return true;
    v->type = TKI_SCALAR_FLOAT;
    return looks_float(s) && tki_go_parse_float(s, &v->d);
}

/* ---- types ---- */

void tki_scalar_resolve(struct tki_scalar *v)
{
    tk_str s = v->text;
    if (tki_yaml_null_text(s)) {
        v->type = TKI_SCALAR_NULL;
    } else if (TKI_STR_IS(s, "true") || TKI_STR_IS(s, "True") || TKI_STR_IS(s, "TRUE")) {
        v->type = TKI_SCALAR_BOOL;
        v->b = true;
    } else if (TKI_STR_IS(s, "false") || TKI_STR_IS(s, "False") || TKI_STR_IS(s, "FALSE")) {
        v->type = TKI_SCALAR_BOOL;
    } else if (named_float(s, &v->d)) {
        v->type = TKI_SCALAR_FLOAT;
    } else if (is_time(s)) {
        v->type = TKI_SCALAR_TIME;
    } else if (!number(v)) {
        v->type = TKI_SCALAR_TEXT;
    }
}

enum tki_scalar_type tki_scalar_of_tag(uint8_t tag)
{
    switch (tag) {
    case TKI_YAML_NULL: return TKI_SCALAR_NULL;
    case TKI_YAML_BOOL: return TKI_SCALAR_BOOL;
    case TKI_YAML_INT: return TKI_SCALAR_INT;
    case TKI_YAML_FLOAT: return TKI_SCALAR_FLOAT;
    case TKI_YAML_TIME: return TKI_SCALAR_TIME;
    default: return TKI_SCALAR_TEXT;
    }
}
