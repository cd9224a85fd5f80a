/* What functions make of their arguments: text of numbers, numbers of text. */
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/time.h"
#include "expr/ottl/func.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

static const struct tk_batch *batch(const run *r)
{
    return r->at ? r->at->b : NULL;
}

/* ---- numbers of text ---- */

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

const char *tki_ottl_parse_int(tk_str s, int base, int64_t *to)
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
    char json[520];
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

bool tki_ottl_parse_float(tk_str s, double *to)
{
    char copy[512], *end;
    bool minus = s.n && s.p[0] == '-';
    if (special_float(s, to))
        return true;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = (tk_str){s.p + 1, s.n - 1};
    if (s.n + 1 >= sizeof copy || !float_syntax(s, copy))
        return false;
    if (copy[0] == '0' && tki_lower(copy[1]) == 'x') {
        *to = strtod(copy, &end); /* exact for hexadecimal digits */
        if (*end || !isfinite(*to))
            return false;
    } else if (!decimal(copy, to)) {
        return false;
    }
    *to = minus ? -*to : *to;
    return true;
}

/* ---- text ---- */

void tki_ottl_put_time(struct tki_buf *to, const struct tki_ov *time)
{
    int64_t local = time->v.t.sec + time->v.t.zone, days = local / 86400, rest = local % 86400;
    unsigned year, month, day;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    tki_date_of_days(days, &year, &month, &day);
    tki_buf_printf(to, "%04u-%02u-%02uT%02d:%02d:%02d", year, month, day, (int)(rest / 3600), (int)(rest / 60 % 60),
                   (int)(rest % 60));
    if (time->v.t.ns) {
        char digits[16];
        int n = 9;
        tki_fmt_digits(digits, 9, time->v.t.ns);
        while (digits[n - 1] == '0')
            n--;
        tki_buf_printf(to, ".%.*s", n, digits);
    }
    int zone = time->v.t.zone / 60, apart = zone < 0 ? -zone : zone;
    if (zone == 0)
        tki_buf_lit(to, "Z");
    else
        tki_buf_printf(to, "%c%02d:%02d", zone < 0 ? '-' : '+', apart / 60, apart % 60);
}

static int text_of(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    struct tki_buf b = {0};
    if (v->type == TKI_OV_NIL || v->type == TKI_OV_STRING) {
        *to = *v;
        return 0;
    }
    if (v->type == TKI_OV_BYTES) {
        char *hex = tki_buf_room(&b, 2 * (size_t)v->n + 1);
        if (hex)
            tki_fmt_hex(hex, v->v.s, v->n);
        b.n = hex ? 2 * (size_t)v->n : 0;
        return tki_ottl_keep(r, &b, to);
    }
    if (v->type == TKI_OV_TIME) {
        tki_buf_putc(&b, '"');
        tki_ottl_put_time(&b, v);
        tki_buf_putc(&b, '"');
        return tki_ottl_keep(r, &b, to);
    }
    if (tki_ov_json(batch(r), v, &b))
        return tki_ottl_keep(r, &b, to);
    tki_buf_free(&b);
    return tki_ottl_fault(r, "NaN and infinity have no text");
}

/* ---- other types ---- */

/* As amd64 converts what does not fit: the smallest number. */
static int64_t cut(double d)
{
    return d >= -9223372036854775808.0 && d < 9223372036854775808.0 ? (int64_t)d : INT64_MIN;
}

static int intlike(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    int64_t i = 0;
    const char *wrong;
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
    case TKI_OV_INT: *to = *v; return 0;
    case TKI_OV_FLOAT: *to = tki_ov_int(cut(v->v.d)); return 0;
    case TKI_OV_BOOL: *to = tki_ov_int(v->v.b); return 0;
    case TKI_OV_STRING:
        wrong = tki_ottl_parse_int(tki_ov_text(v), 10, &i);
        *to = wrong ? tki_ov_nil() : tki_ov_int(i);
        return wrong && r->release >= 160 ? tki_ottl_fault(r, wrong) : 0;
    default: return tki_ottl_fault(r, "a value that is no number");
    }
}

static int floatlike(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    double d = 0;
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
    case TKI_OV_FLOAT: *to = *v; return 0;
    case TKI_OV_INT: *to = tki_ov_float((double)v->v.i); return 0;
    case TKI_OV_BOOL: *to = tki_ov_float(v->v.b); return 0;
    case TKI_OV_STRING:
        if (!tki_ottl_parse_float(tki_ov_text(v), &d))
            return tki_ottl_fault(r, "text that is no number");
        *to = tki_ov_float(d);
        return 0;
    default: return tki_ottl_fault(r, "a value that is no number");
    }
}

static int boollike(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    static const char *const words[] = {"1", "t", "T", "TRUE",  "true",  "True",
                                        "0", "f", "F", "FALSE", "false", "False"};
    enum { WORDS = sizeof words / sizeof *words };
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
    case TKI_OV_BOOL: *to = *v; return 0;
    case TKI_OV_INT: *to = tki_ov_bool(v->v.i != 0); return 0;
    case TKI_OV_FLOAT: *to = tki_ov_bool(v->v.d != 0); return 0;
    case TKI_OV_STRING:
        for (int i = 0; i < WORDS; i++)
            if (tki_str_eq(tki_ov_text(v), tki_str(words[i]))) {
                *to = tki_ov_bool(i < WORDS / 2);
                return 0;
            }
        return tki_ottl_fault(r, "text that is neither true nor false");
    default: return tki_ottl_fault(r, "a value that is neither true nor false");
    }
}

static int byteslike(run *r, const struct tki_ov *v, struct tki_ov *to)
{
    uint64_t bits = (uint64_t)v->v.i;
    char *p;
    switch ((enum tki_ovtype)v->type) {
    case TKI_OV_NIL:
    case TKI_OV_BYTES: *to = *v; return 0;
    case TKI_OV_STRING:
        *to = *v;
        to->type = TKI_OV_BYTES;
        return 0;
    case TKI_OV_BOOL:
    case TKI_OV_INT:
    case TKI_OV_FLOAT: break;
    default: return tki_ottl_fault(r, "a value that has no bytes");
    }
    uint32_t n = v->type == TKI_OV_BOOL ? 1 : 8;
    if (!(p = tki_ottl_alloc(r, n)))
        return TK_ENOMEM;
    if (v->type == TKI_OV_FLOAT)
        memcpy(&bits, &v->v.d, sizeof bits);
    if (n == 1)
        p[0] = v->v.b;
    else
        tki_store_be64(p, bits);
    *to = (struct tki_ov){.type = TKI_OV_BYTES, .n = n, .v.s = p};
    return 0;
}

static int exactly(run *r, enum tki_ovtype type, const struct tki_ov *v, struct tki_ov *to, const char *why)
{
    *to = *v;
    return v->type == type ? 0 : tki_ottl_fault(r, why);
}

int tki_ottl_convert(run *r, enum tki_ottl_want want, const struct tki_ov *v, struct tki_ov *to)
{
    if (v->type == TKI_OV_ADDRESS && want != TKI_OW_ANY) {
        r->why = "a text with an address of the collector's memory, which is another one each time";
        return TK_EUNSUPPORTED;
    }
    switch (want) {
    case TKI_OW_STRING: return exactly(r, TKI_OV_STRING, v, to, "a value that is no string");
    case TKI_OW_INT: return exactly(r, TKI_OV_INT, v, to, "a value that is no whole number");
    case TKI_OW_FLOAT: return exactly(r, TKI_OV_FLOAT, v, to, "a value that is no double");
    case TKI_OW_BOOL: return exactly(r, TKI_OV_BOOL, v, to, "a value that is no bool");
    case TKI_OW_MAP: return exactly(r, TKI_OV_MAP, v, to, "a value that is no map");
    case TKI_OW_LIST: return exactly(r, TKI_OV_LIST, v, to, "a value that is no list");
    case TKI_OW_TIME: return exactly(r, TKI_OV_TIME, v, to, "a value that is no time");
    case TKI_OW_DURATION: return exactly(r, TKI_OV_DURATION, v, to, "a value that is no duration");
    case TKI_OW_TEXT: return text_of(r, v, to);
    case TKI_OW_INTLIKE: return intlike(r, v, to);
    case TKI_OW_FLOATLIKE: return floatlike(r, v, to);
    case TKI_OW_BOOLLIKE: return boollike(r, v, to);
    case TKI_OW_BYTESLIKE: return byteslike(r, v, to);
    default: *to = *v; return 0;
    }
}

/* ---- arguments ---- */

int tki_ottl_arg(run *r, const node *n, uint32_t i, struct tki_ov *to)
{
    *to = tki_ov_nil();
    if (!n->kid[i])
        return 0;
    int rc = tki_ottl_value(r, n->kid[i], to);
    return rc ? rc : tki_ottl_convert(r, n->func->param[i].want, to, to);
}

int tki_ottl_arg_str(run *r, const node *n, uint32_t i, tk_str *to)
{
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, i, &v);
    *to = rc == 0 ? tki_ov_text(&v) : (tk_str){"", 0};
    return rc;
}

tk_str tki_ottl_const_str(const node *n, uint32_t i, const char *absent)
{
    return n->kid[i] ? tki_ov_text(&n->kid[i]->value) : tki_str(absent);
}

bool tki_ottl_const_bool(const node *n, uint32_t i, bool absent)
{
    return n->kid[i] ? n->kid[i]->value.v.b : absent;
}
