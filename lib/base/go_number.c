#include "base/go_number.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

enum { DECIMAL_MAX = 390 /* characters of a decimal number, for tki_parse_double */ };

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = tki_lower(c);
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* The base that a prefix says, which is cut off; *under: whether _ may stand between the digits. */
static int prefix(tk_str *s, int base, bool *under)
{
    *under = base == 0;
    if (base != 0)
        return base;
    if (s->n < 2 || s->p[0] != '0')
        return 10;
    char c = tki_lower(s->p[1]);
    int of = c == 'x' ? 16 : c == 'b' ? 2 : 8;
    size_t cut = of == 8 && c != 'o' ? 1 : 2;
    *s = (tk_str){s->p + cut, s->n - cut};
    return of;
}

const char *tki_go_parse_int(tk_str s, int base, int64_t *to)
{
    bool minus = s.n && s.p[0] == '-', under;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = (tk_str){s.p + 1, s.n - 1};
    size_t whole = s.n;
    base = prefix(&s, base, &under);
    bool behind = whole > s.n; /* a digit or a prefix stands in front: _ may follow */
    if (s.n == 0)
        return "text that is no whole number";
    uint64_t x = 0, max = (uint64_t)INT64_MAX + minus;
    bool large = false;
    for (size_t i = 0; i < s.n; i++) {
        if (under && s.p[i] == '_' && behind && i + 1 < s.n && s.p[i + 1] != '_')
            continue;
        int d = digit_of(s.p[i]);
        if (d >= base)
            return "text that is no whole number";
        large = large || x > (max - (uint64_t)d) / (uint64_t)base;
        x = large ? 0 : x * (uint64_t)base + (uint64_t)d;
        behind = true;
    }
    *to = minus ? (int64_t)(0 - x) : (int64_t)x;
    return large ? "a whole number beyond 64 bits" : NULL;
}

static bool special_float(tk_str s, double *to)
{
    bool minus = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = (tk_str){s.p + 1, s.n - 1};
    if (tki_str_same_letters(s, TKI_STR("inf")) || tki_str_same_letters(s, TKI_STR("infinity")))
        *to = minus ? -INFINITY : INFINITY;
    else if (tki_str_same_letters(s, TKI_STR("nan")))
        *to = NAN;
    else
        return false;
    return true;
}

/* Go takes _ between digits, and behind a prefix. */
static bool underscores_fit(tk_str s)
{
    char saw = '!';
    for (size_t i = 0; i < s.n; i++) {
        bool digit = digit_of(s.p[i]) < 16;
        if ((s.p[i] == '_' && saw != '0') || (!digit && s.p[i] != '_' && saw == '_'))
            return false;
        saw = s.p[i] == '_' ? '_' : digit || (i == 1 && tki_lower(s.p[i]) == 'x') ? '0' : '!';
    }
    return saw != '_';
}

static size_t copy_digits(tk_str s, size_t *i, int base, bool point, char *copy, size_t *n)
{
    size_t digits = 0;
    for (; *i < s.n; ++*i) {
        bool is_point = s.p[*i] == '.' && point;
        if (s.p[*i] != '_' && !is_point && digit_of(s.p[*i]) >= base)
            break;
        point = point && !is_point;
        digits += s.p[*i] != '_' && !is_point;
        if (s.p[*i] != '_')
            copy[(*n)++] = s.p[*i];
    }
    return digits;
}

/* Whether it is Go's syntax for a number: digits, a point, an exponent; hexadecimal digits need a p exponent.  copy
 * gets it without sign and _. */
static bool float_syntax(tk_str s, char *copy)
{
    size_t i = 0, n = 0;
    bool hex = s.n > 1 && s.p[0] == '0' && tki_lower(s.p[1]) == 'x';
    if (hex) {
        memcpy(copy, "0x", 2);
        i = n = 2;
    }
    if (!copy_digits(s, &i, hex ? 16 : 10, true, copy, &n))
        return false;
    bool power = i < s.n && tki_lower(s.p[i]) == (hex ? 'p' : 'e');
    if (power) {
        copy[n++] = s.p[i++];
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
            copy[n++] = s.p[i++];
        if (!copy_digits(s, &i, 10, false, copy, &n))
            return false;
    }
    copy[n] = '\0';
    return i == s.n && power >= hex && underscores_fit(s);
}

/* A decimal number, in JSON's form: digits on both sides of its point, no zeros in front. */
static bool decimal(const char *from, double *to)
{
    char json[DECIMAL_MAX + 8];
    size_t n = 0;
    while (from[0] == '0' && from[1] >= '0' && from[1] <= '9')
        from++;
    if (*from == '.')
        json[n++] = '0';
    for (; *from; from++) {
        json[n++] = *from;
        if (*from == '.' && !(from[1] >= '0' && from[1] <= '9'))
            json[n++] = '0';
    }
    return tki_parse_double((tk_str){json, n}, to) && isfinite(*to);
}

bool tki_go_parse_float(tk_str s, double *to)
{
    char copy[TKI_STRTOD_MAX];
    bool minus = s.n && s.p[0] == '-';
    if (special_float(s, to))
        return true;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = (tk_str){s.p + 1, s.n - 1};
    if (s.n + 1 >= sizeof copy || !float_syntax(s, copy))
        return false;
    bool hex = copy[0] == '0' && tki_lower(copy[1]) == 'x';
    if (hex || strlen(copy) >= DECIMAL_MAX) {
        if (!tki_strtod(tki_str(copy), to) || !isfinite(*to))
            return false;
    } else if (!decimal(copy, to)) {
        return false;
    }
    *to = minus ? -*to : *to;
    return true;
}
