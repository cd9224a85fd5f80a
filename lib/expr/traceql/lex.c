#include "expr/traceql/ast.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/err.h"
#include "base/num.h"
#include "model/names.h"

/* Longer ones first. */
static const struct {
    const char *text;
    uint8_t op;
} operators[] = {
    {"&>>", TKI_OP_UNION_DESC},
    {"&<<", TKI_OP_UNION_ANCE},
    {"!>>", TKI_OP_NOT_DESC},
    {"!<<", TKI_OP_NOT_ANCE},
    {"&&", TKI_OP_AND},
    {"||", TKI_OP_OR},
    {"=~", TKI_OP_RE},
    {"!~", TKI_OP_NRE},
    {"!=", TKI_OP_NE},
    {">=", TKI_OP_GE},
    {"<=", TKI_OP_LE},
    {">>", TKI_OP_DESC},
    {"<<", TKI_OP_ANCE},
    {"!>", TKI_OP_NOT_CHILD},
    {"!<", TKI_OP_NOT_PARENT},
    {"&>", TKI_OP_UNION_CHILD},
    {"&<", TKI_OP_UNION_PARENT},
    {"&~", TKI_OP_UNION_SIBL},
    {"=", TKI_OP_EQ},
    {"<", TKI_OP_LT},
    {">", TKI_OP_GT},
    {"!", TKI_OP_NOT},
    {"~", TKI_OP_SIBL},
    {"+", TKI_OP_ADD},
    {"-", TKI_OP_SUB},
    {"*", TKI_OP_MUL},
    {"/", TKI_OP_DIV},
    {"%", TKI_OP_MOD},
    {"^", TKI_OP_POW},
};

const char *tki_qop_text(enum tki_qop op)
{
    switch (op) {
    case TKI_OP_CHILD: return ">";
    case TKI_OP_PARENT: return "<";
    case TKI_OP_NOT_SIBL: return "!~";
    case TKI_OP_NEG: return "-";
    default:
        for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
            if (operators[i].op == op)
                return operators[i].text;
        return "?";
    }
}

static unsigned char peek(const struct tki_scan *l, uint32_t ahead)
{
    return l->at + ahead < l->text.n ? (unsigned char)l->text.p[l->at + ahead] : 0;
}

static bool digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

/* Blanks, and comments as Go has them. */
static int skip_blank(struct tki_scan *l)
{
    for (;;) {
        unsigned char c = peek(l, 0);
        if (l->at < l->text.n && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            l->at++;
        } else if (c == '/' && peek(l, 1) == '/') {
            while (l->at < l->text.n && peek(l, 0) != '\n')
                l->at++;
        } else if (c == '/' && peek(l, 1) == '*') {
            uint32_t start = l->at;
            for (l->at += 2; !(peek(l, 0) == '*' && peek(l, 1) == '/'); l->at++)
                if (l->at >= l->text.n)
                    return tki_err_at(l->err, TK_EUSAGE, start, "this comment has no end");
            l->at += 2;
        } else {
            return 0;
        }
    }
}

/* ---- strings ----------------------------------------------------------------------------------------------
 */

static int string(struct tki_scan *l, struct tki_qtoken *t)
{
    struct tki_buf b = {0};
    int r = tki_scan_quoted(l, &b, false);
    t->tok = TKI_TOK_VALUE;
    t->value.type = TKI_V_STRING;
    if (r == 0)
        return tki_scan_keep(l, &b, &t->value.v.s);
    tki_buf_free(&b);
    return r;
}

/* ---- numbers ----------------------------------------------------------------------------------------------
 */

static const struct {
    const char *text;
    int64_t factor;
    bool duration;
} units[] = {
    {"ns", 1, true},
    {"us", 1000, true},
    {"\xc2\xb5s", 1000, true},
    {"\xce\xbcs", 1000, true},
    {"ms", 1000000, true},
    {"s", 1000000000, true},
    {"m", 60000000000, true},
    {"h", 3600000000000, true},
    {"d", 86400000000000, true},
    {"w", 604800000000000, true},
    {"y", 31536000000000000, true},
    {"B", 1, false},
    {"kB", 1000, false},
    {"KB", 1000, false},
    {"MB", 1000000, false},
    {"GB", 1000000000, false},
    {"TB", 1000000000000, false},
    {"KiB", 1024, false},
    {"MiB", 1048576, false},
    {"GiB", 1073741824, false},
    {"TiB", 1099511627776, false},
};

/* The digits at l->at: [0-9]*[.[0-9]*]. */
static tk_str decimal(struct tki_scan *l, bool *fraction)
{
    const char *from = l->text.p + l->at;
    *fraction = false;
    while (digit(peek(l, 0)))
        l->at++;
    if (peek(l, 0) == '.') {
        *fraction = true;
        l->at++;
        while (digit(peek(l, 0)))
            l->at++;
    }
    return (tk_str){from, (size_t)(l->text.p + l->at - from)};
}

/* Digits with at most one point, in a unit; false: too large. */
static bool scaled(tk_str s, int64_t unit, int64_t *x)
{
    const char *point = tki_str_find(s, '.');
    tk_str whole = {s.p, point ? (size_t)(point - s.p) : s.n};
    *x = 0;
    if (whole.n && (!tki_parse_i64(whole, x) || __builtin_mul_overflow(*x, unit, x)))
        return false;
    double part = 0, scale = 1;
    for (const char *p = point ? point + 1 : NULL; p && p < s.p + s.n && scale < 1e18; p++) {
        part = part * 10 + (*p - '0');
        scale *= 10;
    }
    return !__builtin_add_overflow(*x, (int64_t)llround(part / scale * (double)unit), x);
}

static size_t unit_at(const struct tki_scan *l)
{
    size_t best = SIZE_MAX, length = 0;
    tk_str rest = {l->text.p + l->at, l->text.n - l->at};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (tki_str_starts(rest, tki_str(units[i].text)) && strlen(units[i].text) > length) {
            best = i;
            length = strlen(units[i].text);
        }
    return best;
}

/* Digits and unit, and further parts as in 1h30m. */
static int with_units(struct tki_scan *l, struct tki_qtoken *t, tk_str digits)
{
    int64_t sum = 0, part;
    bool fraction, duration, more, large = false;
    do {
        size_t u = unit_at(l);
        if (u == SIZE_MAX || (digits.n == 1 && digits.p[0] == '.'))
            return tki_err_at(l->err, TK_EUSAGE, l->at,
                              "expected a unit: ns us ms s m h d w y, or B kB MB GB TB KiB MiB GiB TiB");
        l->at += (uint32_t)strlen(units[u].text);
        duration = units[u].duration;
        large |= !scaled(digits, units[u].factor, &part) || __builtin_add_overflow(sum, part, &sum);
        more = duration && (digit(peek(l, 0)) || peek(l, 0) == '.');
        if (more)
            digits = decimal(l, &fraction);
    } while (more);
    if (letter(peek(l, 0)) || digit(peek(l, 0)))
        return tki_err_at(l->err, TK_EUSAGE, l->at, "expected the end of a number with a unit");
    if (large)
        return tki_err_at(l->err, TK_EUSAGE, t->at, "%s",
                          duration ? "durations end at 292 years" : "sizes end at 2^63 - 1 bytes");
    t->value = (struct tki_value){.type = duration ? TKI_V_DURATION : TKI_V_INT, .v.i = sum};
    return 0;
}

static int number(struct tki_scan *l, struct tki_qtoken *t)
{
    bool fraction;
    tk_str digits = decimal(l, &fraction);
    t->tok = TKI_TOK_VALUE;
    unsigned char c = peek(l, 0);
    if (c == 'e' || c == 'E') {
        uint32_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';
        if (!digit(peek(l, 1 + sign)))
            return tki_err_at(l->err, TK_EUSAGE, l->at, "expected digits of an exponent");
        for (l->at += 1 + sign; digit(peek(l, 0));)
            l->at++;
        fraction = true;
        digits.n = (size_t)(l->text.p + l->at - digits.p);
    }
    if (letter(peek(l, 0)))
        return with_units(l, t, digits);
    if (!fraction) {
        t->value.type = TKI_V_INT;
        if (!tki_parse_i64(digits, &t->value.v.i))
            return tki_err_at(l->err, TK_EUSAGE, t->at, "whole numbers end at 9223372036854775807");
        return 0;
    }
    /* ".5" and "5." are no numbers of JSON, which the parser reads. */
    char z[420];
    if (digits.n > sizeof z - 3)
        return tki_err_at(l->err, TK_EUSAGE, t->at, "a number of more than 400 characters");
    size_t n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] == '.' && i == 0)
            z[n++] = '0';
        z[n++] = digits.p[i];
        if (digits.p[i] == '.' && (i + 1 == digits.n || !digit((unsigned char)digits.p[i + 1])))
            z[n++] = '0';
    }
    size_t zeros = 0; /* 007.5 */
    while (zeros + 1 < n && z[zeros] == '0' && digit((unsigned char)z[zeros + 1]))
        zeros++;
    t->value.type = TKI_V_FLOAT;
    if (!tki_parse_double((tk_str){z + zeros, n - zeros}, &t->value.v.d) || !isfinite(t->value.v.d))
        return tki_err_at(l->err, TK_EUSAGE, t->at, "this number is out of range");
    return 0;
}

/* ---- names ------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *word;
    struct tki_value value;
} constants[] = {
    {"true", {.type = TKI_V_BOOL, .v.b = true}},
    {"false", {.type = TKI_V_BOOL, .v.b = false}},
    {"nil", {.type = TKI_V_NIL}},
    {"minInt", {.type = TKI_V_INT, .v.i = INT64_MIN}},
    {"maxInt", {.type = TKI_V_INT, .v.i = INT64_MAX}},
};
enum { LONG_WORDS = 3 }; /* the first ones, that are no whole numbers */

const char *tki_qlex_keyword(tk_str w)
{
    int kind = tki_kind_find(w), status = tki_status_find(w);
    if (kind >= 0 || status >= 0)
        return kind >= 0 ? tk_kind_name((unsigned)kind) : tk_status_name((unsigned)status);
    for (size_t i = 0; i < LONG_WORDS; i++)
        if (strlen(constants[i].word) == w.n && strncasecmp(constants[i].word, w.p, w.n) == 0)
            return constants[i].word;
    return NULL;
}

static bool keyword(struct tki_qtoken *t, tk_str w)
{
    int kind = tki_kind_find(w), status = tki_status_find(w);
    t->tok = TKI_TOK_VALUE;
    if (kind >= 0 && tki_str_eq(w, tki_str(tk_kind_name((unsigned)kind)))) {
        t->value = (struct tki_value){.type = TKI_V_KIND, .v.i = kind};
        return true;
    }
    if (status >= 0 && tki_str_eq(w, tki_str(tk_status_name((unsigned)status)))) {
        t->value = (struct tki_value){.type = TKI_V_STATUS, .v.i = status};
        return true;
    }
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (tki_str_eq(w, tki_str(constants[i].word))) {
            t->value = constants[i].value;
            return true;
        }
    return false;
}

static int name(struct tki_scan *l, struct tki_qtoken *t)
{
    t->tok = TKI_TOK_FIELD;
    int r = tki_field_scan(l, &t->field);
    if (r != 0)
        return r < 0 ? r : 0;
    tk_str w = tki_scan_word(l);
    if (keyword(t, w))
        return 0;
    t->tok = TKI_TOK_WORD;
    t->name = w;
    return 0;
}

/* Proposed for Tempo, in none of its versions. */
static const char *const links[] = {"->>", "<<-", "&->>", "&<<-"};

static int token(struct tki_scan *l, struct tki_qtoken *t)
{
    unsigned char c = peek(l, 0);
    if (l->at >= l->text.n)
        return 0;
    if (c == '"' || c == '`')
        return string(l, t);
    if (digit(c) || (c == '.' && digit(peek(l, 1))))
        return number(l, t);
    if (c == '.' || letter(c))
        return name(l, t);
    tk_str rest = {l->text.p + l->at, l->text.n - l->at};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (tki_str_starts(rest, tki_str(links[i])))
            return tki_err_at(l->err, TK_EUSAGE, l->at, "%s, which follows links, is not supported", links[i]);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (tki_str_starts(rest, tki_str(operators[i].text))) {
            t->tok = TKI_TOK_OP;
            t->op = operators[i].op;
            l->at += (uint32_t)strlen(operators[i].text);
            return 0;
        }
    if (c && strchr("{}(),|", c)) {
        t->tok = TKI_TOK_PUNCT;
        t->c = (char)c;
        l->at++;
        return 0;
    }
    if (c == '\'')
        return tki_err_at(l->err, TK_EUSAGE, l->at, "strings stand in \"double\" or `back` quotes");
    if (c == '&')
        return tki_err_at(l->err, TK_EUSAGE, l->at, "'&' means nothing in a query: write &&");
    return c >= ' ' ? tki_err_at(l->err, TK_EUSAGE, l->at, "'%c' means nothing in a query", c)
                    : tki_err_at(l->err, TK_EUSAGE, l->at, "a control character (0x%02x)", c);
}

int tki_qlex_next(struct tki_scan *l, struct tki_qtoken *t)
{
    int r = skip_blank(l);
    *t = (struct tki_qtoken){.at = l->at};
    if (r == 0)
        r = token(l, t);
    t->end = l->at;
    return r;
}
