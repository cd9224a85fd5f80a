#include "expr/traceql/ast.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/err.h"
#include "base/num.h"
#include "base/utf8.h"

const char *const tki_status_words[3] = {"unset", "ok", "error"};
const char *const tki_kind_words[6] = {"unspecified", "internal", "server", "client", "producer", "consumer"};

const struct tki_field_info tki_fields[TKI_F_COUNT] = {
    [TKI_F_ATTR] = {NULL, NULL, TKI_Q_ANY, 0, 0},
    [TKI_F_DURATION] = {"span:duration", "duration", TKI_Q_DURATION, 0, 0},
    [TKI_F_NAME] = {"span:name", "name", TKI_Q_STRING, 0, TK_NEED_NAME},
    [TKI_F_STATUS] = {"span:status", "status", TKI_Q_STATUS, 0, 0},
    [TKI_F_STATUS_MESSAGE] = {"span:statusMessage", "statusMessage", TKI_Q_STRING, 0, TK_NEED_STATE},
    [TKI_F_KIND] = {"span:kind", "kind", TKI_Q_KIND, 0, 0},
    [TKI_F_SPAN_ID] = {"span:id", NULL, TKI_Q_STRING, TKI_T_ID, 0},
    [TKI_F_PARENT_ID] = {"span:parentID", NULL, TKI_Q_STRING, TKI_T_ID, 0},
    [TKI_F_CHILD_COUNT] = {"span:childCount", "childCount", TKI_Q_INT, TKI_T_TRACE | TKI_T_TREE, 0},
    [TKI_F_PARENT] = {NULL, "parent", TKI_Q_ANY, TKI_T_TRACE | TKI_T_TREE, 0},
    [TKI_F_SET_LEFT] = {NULL, "nestedSetLeft", TKI_Q_INT, TKI_T_TRACE | TKI_T_TREE, 0},
    [TKI_F_SET_RIGHT] = {NULL, "nestedSetRight", TKI_Q_INT, TKI_T_TRACE | TKI_T_TREE, 0},
    [TKI_F_SET_PARENT] = {NULL, "nestedSetParent", TKI_Q_INT, TKI_T_TRACE | TKI_T_TREE, 0},
    [TKI_F_TRACE_DURATION] = {"trace:duration", "traceDuration", TKI_Q_DURATION, TKI_T_TRACE, 0},
    [TKI_F_ROOT_NAME] = {"trace:rootName", "rootName", TKI_Q_STRING, TKI_T_TRACE | TKI_T_TREE, TK_NEED_NAME},
    [TKI_F_ROOT_SERVICE] = {"trace:rootService", "rootServiceName", TKI_Q_STRING, TKI_T_TRACE | TKI_T_TREE,
                            TK_NEED_RESOURCE},
    [TKI_F_TRACE_ID] = {"trace:id", NULL, TKI_Q_STRING, TKI_T_ID, 0},
    [TKI_F_EVENT_NAME] = {"event:name", NULL, TKI_Q_STRING, TKI_T_EVENT, TK_NEED_EVENTS},
    [TKI_F_EVENT_SINCE] = {"event:timeSinceStart", NULL, TKI_Q_DURATION, TKI_T_EVENT, TK_NEED_EVENTS},
    [TKI_F_LINK_TRACE] = {"link:traceID", NULL, TKI_Q_STRING, TKI_T_LINK | TKI_T_ID, TK_NEED_LINKS},
    [TKI_F_LINK_SPAN] = {"link:spanID", NULL, TKI_Q_STRING, TKI_T_LINK | TKI_T_ID, TK_NEED_LINKS},
    [TKI_F_LIB_NAME] = {"instrumentation:name", NULL, TKI_Q_STRING, 0, TK_NEED_SCOPE},
    [TKI_F_LIB_VERSION] = {"instrumentation:version", NULL, TKI_Q_STRING, 0, TK_NEED_SCOPE},
    [TKI_F_SELF] = {"span:self", NULL, TKI_Q_DURATION, TKI_T_TRACE | TKI_T_TREE | TKI_T_TIMES, TK_NEED_LINKS},
    [TKI_F_DARK] = {"span:dark", NULL, TKI_Q_DURATION, TKI_T_TRACE | TKI_T_TREE | TKI_T_TIMES,
                    TK_NEED_LINKS | TK_NEED_ATTRS}, /* databases are known by an attribute */
    [TKI_F_CPATH] = {"span:cp", NULL, TKI_Q_DURATION, TKI_T_TRACE | TKI_T_TREE | TKI_T_TIMES | TKI_T_CPATH,
                     TK_NEED_LINKS},
    [TKI_F_DEPTH] = {"span:depth", NULL, TKI_Q_INT, TKI_T_TRACE | TKI_T_TREE, 0},
    [TKI_F_TRACE_SPANS] = {"trace:spans", NULL, TKI_Q_INT, TKI_T_TRACE, 0},
    [TKI_F_TRACE_SERVICES] = {"trace:services", NULL, TKI_Q_INT, TKI_T_TRACE, TK_NEED_RESOURCE},
    [TKI_F_TRACE_ERRORS] = {"trace:errors", NULL, TKI_Q_INT, TKI_T_TRACE, 0},
    [TKI_F_TRACE_WEIGHT] = {"trace:weight", NULL, TKI_Q_FLOAT, TKI_T_TRACE,
                            TK_NEED_STATE | TK_NEED_ATTRS}, /* sampler.param */
};

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

static unsigned char peek(const struct tki_qlex *l, uint32_t ahead)
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
static int skip_blank(struct tki_qlex *l)
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

static void put_utf8(struct tki_buf *b, uint32_t c)
{
    if (c < 0x80) {
        tki_buf_putc(b, (char)c);
    } else if (c < 0x800) {
        tki_buf_putc(b, (char)(0xc0 | c >> 6));
        tki_buf_putc(b, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        tki_buf_putc(b, (char)(0xe0 | c >> 12));
        tki_buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
        tki_buf_putc(b, (char)(0x80 | (c & 63)));
    } else {
        tki_buf_putc(b, (char)(0xf0 | c >> 18));
        tki_buf_putc(b, (char)(0x80 | (c >> 12 & 63)));
        tki_buf_putc(b, (char)(0x80 | (c >> 6 & 63)));
        tki_buf_putc(b, (char)(0x80 | (c & 63)));
    }
}

/* n digits of a base at l->at. */
static bool digits_of(struct tki_qlex *l, unsigned n, unsigned base, uint32_t *x)
{
    *x = 0;
    for (; n; n--, l->at++) {
        unsigned char c = peek(l, 0);
        unsigned d = digit(c) ? c - (unsigned)'0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10u : 99;
        if (d >= base)
            return false;
        *x = *x * base + d;
    }
    return true;
}

/* Behind a backslash: the escapes of Go. */
static bool escape(struct tki_qlex *l, struct tki_buf *b)
{
    static const char from[] = "abfnrtv\\\"", to[] = "\a\b\f\n\r\t\v\\\"";
    unsigned char c = peek(l, 0);
    const char *known = c ? strchr(from, c) : NULL;
    uint32_t x;
    if (known) {
        l->at++;
        tki_buf_putc(b, to[known - from]);
        return true;
    }
    if (c >= '0' && c <= '7') {
        if (!digits_of(l, 3, 8, &x) || x > 255)
            return false;
        tki_buf_putc(b, (char)x);
        return true;
    }
    l->at++;
    if (c == 'x') {
        if (!digits_of(l, 2, 16, &x))
            return false;
        tki_buf_putc(b, (char)x);
        return true;
    }
    if ((c != 'u' && c != 'U') || !digits_of(l, c == 'u' ? 4 : 8, 16, &x) || x > 0x10ffff ||
        (x >= 0xd800 && x < 0xe000))
        return false;
    put_utf8(b, x);
    return true;
}

static int keep(struct tki_qlex *l, struct tki_buf *b, tk_str *s)
{
    char *p = b->err ? NULL : tki_arena_alloc(l->arena, b->n + 1);
    if (p && b->n)
        memcpy(p, b->p, b->n);
    *s = (tk_str){p, b->n};
    tki_buf_free(b);
    return p ? 0 : tki_err_memory(l->err);
}

/* A quoted part, appended to b.  In names only \" and \\ are escapes. */
static int quoted(struct tki_qlex *l, struct tki_buf *b, bool in_name)
{
    uint32_t start = l->at;
    char quote = (char)peek(l, 0);
    for (l->at++;;) {
        unsigned char c = peek(l, 0);
        if (l->at >= l->text.n || (c == '\n' && quote == '"' && !in_name))
            return tki_err_at(l->err, TK_EUSAGE, start, "this string has no end: expected %c", quote);
        l->at++;
        if (c == quote)
            return 0;
        if (c != '\\' || quote == '`') {
            if (c != '\r' || quote != '`')
                tki_buf_putc(b, (char)c);
            continue;
        }
        uint32_t at = l->at - 1;
        if (in_name && peek(l, 0) != '"' && peek(l, 0) != '\\')
            return tki_err_at(l->err, TK_EUSAGE, at, "in a quoted name only \\\" and \\\\ are escapes");
        if (!escape(l, b))
            return tki_err_at(l->err, TK_EUSAGE, at,
                              "no such escape; a backslash is written \\\\, or the string in `back quotes`");
    }
}

static int string(struct tki_qlex *l, struct tki_qtoken *t)
{
    struct tki_buf b = {0};
    int r = quoted(l, &b, false);
    t->tok = TKI_TOK_VALUE;
    t->value.type = TKI_Q_STRING;
    if (r == 0)
        return keep(l, &b, &t->value.v.s);
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
static tk_str decimal(struct tki_qlex *l, bool *fraction)
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
    const char *point = memchr(s.p, '.', s.n);
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

static size_t unit_at(const struct tki_qlex *l)
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
static int with_units(struct tki_qlex *l, struct tki_qtoken *t, tk_str digits)
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
    t->value = (struct tki_qval){.type = duration ? TKI_Q_DURATION : TKI_Q_INT, .v.i = sum};
    return 0;
}

static int number(struct tki_qlex *l, struct tki_qtoken *t)
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
        t->value.type = TKI_Q_INT;
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
    t->value.type = TKI_Q_FLOAT;
    if (!tki_parse_double((tk_str){z + zeros, n - zeros}, &t->value.v.d) || !isfinite(t->value.v.d))
        return tki_err_at(l->err, TK_EUSAGE, t->at, "this number is out of range");
    return 0;
}

/* ---- names ------------------------------------------------------------------------------------------------
 */

static bool ends_name(const struct tki_qlex *l)
{
    unsigned char c = peek(l, 0);
    return l->at >= l->text.n || (c <= ' ') || strchr("{}()=~!<>&|^,", c);
}

/* The name of an attribute: up to a blank or one of {}()=~!<>&|^, with quoted parts. */
static int attribute(struct tki_qlex *l, struct tki_qtoken *t)
{
    struct tki_buf b = {0};
    uint32_t start = l->at;
    int r = 0;
    while (r == 0 && !ends_name(l)) {
        if (peek(l, 0) == '"')
            r = quoted(l, &b, true);
        else
            tki_buf_putc(&b, l->text.p[l->at++]);
    }
    if (r == 0 && l->at == start)
        r = tki_err_at(l->err, TK_EUSAGE, start, "expected the name of an attribute");
    if (r == 0)
        return keep(l, &b, &t->name);
    tki_buf_free(&b);
    return r;
}

static tk_str word(struct tki_qlex *l)
{
    uint32_t from = l->at;
    while (letter(peek(l, 0)) || digit(peek(l, 0)))
        l->at++;
    return (tk_str){l->text.p + from, l->at - from};
}

static bool scope_of(tk_str w, uint8_t *scope)
{
    static const char *const names[] = {"", "span", "resource", "event", "link", "instrumentation"};
    for (uint8_t i = 1; i < 6; i++)
        if (tki_str_eq(w, tki_str(names[i]))) {
            *scope = i;
            return true;
        }
    return false;
}

/* Behind "parent.": an attribute with or without its scope, or a field. */
static int parent_field(struct tki_qlex *l, struct tki_qtoken *t)
{
    uint32_t start = l->at;
    tk_str w = word(l);
    t->parent = true;
    if (scope_of(w, &t->scope) && (t->scope == TKI_SCOPE_SPAN || t->scope == TKI_SCOPE_RESOURCE) && peek(l, 0) == '.') {
        l->at++;
        return attribute(l, t);
    }
    t->scope = TKI_SCOPE_ANY;
    l->at = start;
    int r = attribute(l, t);
    for (uint8_t i = 1; r == 0 && i < TKI_F_COUNT; i++)
        if (tki_fields[i].old && i != TKI_F_PARENT && tki_str_eq(t->name, tki_str(tki_fields[i].old)))
            t->id = i;
    return r;
}

/* Behind "span:" and the like. */
static int scoped_intrinsic(struct tki_qlex *l, struct tki_qtoken *t, tk_str scope)
{
    struct tki_buf names = {0};
    uint32_t at = l->at;
    tk_str w = word(l);
    for (uint8_t i = 1; i < TKI_F_COUNT; i++) {
        tk_str full = tki_str(tki_fields[i].scoped);
        if (!full.n || !tki_str_starts(full, scope) || full.p[scope.n] != ':')
            continue;
        tk_str rest = {full.p + scope.n + 1, full.n - scope.n - 1};
        if (tki_str_eq(rest, w)) {
            tki_buf_free(&names);
            t->id = i;
            return 0;
        }
        tki_buf_printf(&names, " %.*s", (int)rest.n, rest.p);
    }
    if (!names.n)
        return tki_err_at(l->err, TK_EUSAGE, at - 1, "expected %.*s. and an attribute", (int)scope.n, scope.p);
    tki_buf_putc(&names, '\0');
    int r = tki_err_at(l->err, TK_EUSAGE, at, "expected a field of %.*s:, one of%s", (int)scope.n, scope.p,
                       names.err ? "" : names.p);
    tki_buf_free(&names);
    return r;
}

const char *tki_qlex_keyword(tk_str w)
{
    static const char *const others[] = {"true", "false", "nil"};
    const char *found = NULL;
    for (size_t i = 0; i < 3 + 6 + 3; i++) {
        const char *k = i < 3 ? tki_status_words[i] : i < 9 ? tki_kind_words[i - 3] : others[i - 9];
        if (strlen(k) == w.n && strncasecmp(k, w.p, w.n) == 0)
            found = k;
    }
    return found;
}

static bool keyword(struct tki_qtoken *t, tk_str w)
{
    t->tok = TKI_TOK_VALUE;
    for (int i = 0; i < 3; i++)
        if (tki_str_eq(w, tki_str(tki_status_words[i]))) {
            t->value = (struct tki_qval){.type = TKI_Q_STATUS, .v.i = i};
            return true;
        }
    for (int i = 0; i < 6; i++)
        if (tki_str_eq(w, tki_str(tki_kind_words[i]))) {
            t->value = (struct tki_qval){.type = TKI_Q_KIND, .v.i = i};
            return true;
        }
    bool yes = TKI_STR_IS(w, "true");
    if (yes || TKI_STR_IS(w, "false")) {
        t->value = (struct tki_qval){.type = TKI_Q_BOOL, .v.b = yes};
        return true;
    }
    if (TKI_STR_IS(w, "minInt") || TKI_STR_IS(w, "maxInt")) {
        t->value = (struct tki_qval){.type = TKI_Q_INT, .v.i = w.p[1] == 'i' ? INT64_MIN : INT64_MAX};
        return true;
    }
    t->value.type = TKI_Q_NIL;
    return TKI_STR_IS(w, "nil");
}

static int name(struct tki_qlex *l, struct tki_qtoken *t)
{
    tk_str w = word(l);
    t->tok = TKI_TOK_FIELD;
    if (TKI_STR_IS(w, "parent") && peek(l, 0) == '.') {
        l->at++;
        return parent_field(l, t);
    }
    bool scope = scope_of(w, &t->scope), trace = TKI_STR_IS(w, "trace");
    if (peek(l, 0) == ':' && (scope || trace)) {
        l->at++;
        return scoped_intrinsic(l, t, w);
    }
    if (peek(l, 0) == '.' && trace)
        return tki_err_at(l->err, TK_EUSAGE, l->at, "a trace has no attributes: expected trace: and a field");
    if (peek(l, 0) == '.' && scope) {
        l->at++;
        return attribute(l, t);
    }
    t->scope = TKI_SCOPE_ANY;
    for (uint8_t i = 1; i < TKI_F_COUNT; i++)
        if (tki_fields[i].old && tki_str_eq(w, tki_str(tki_fields[i].old))) {
            t->id = i;
            return 0;
        }
    if (keyword(t, w))
        return 0;
    t->tok = TKI_TOK_WORD;
    t->name = w;
    return 0;
}

/* Proposed for Tempo, in none of its versions. */
static const char *const links[] = {"->>", "<<-", "&->>", "&<<-"};

static int token(struct tki_qlex *l, struct tki_qtoken *t)
{
    unsigned char c = peek(l, 0);
    if (l->at >= l->text.n)
        return 0;
    if (c == '"' || c == '`')
        return string(l, t);
    if (digit(c) || (c == '.' && digit(peek(l, 1))))
        return number(l, t);
    if (c == '.') {
        l->at++;
        t->tok = TKI_TOK_FIELD;
        return attribute(l, t);
    }
    if (letter(c))
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

int tki_qlex_next(struct tki_qlex *l, struct tki_qtoken *t)
{
    int r = skip_blank(l);
    *t = (struct tki_qtoken){.at = l->at};
    if (r == 0)
        r = token(l, t);
    t->end = l->at;
    return r;
}
