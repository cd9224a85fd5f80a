/* Reads an expression by the rules of Go's regexp/syntax (flags Perl, as regexp.Compile has them) and writes
 * it for PCRE2.  One pass: a recursive structure is not needed, because groups are only counted and
 * everything else is local. */
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "base/regex.h"
#include "base/utf8.h"

#define REPEAT_MAX 1000 /* of a single count, as in RE2 */
#define DEPTH_MAX  200  /* of groups; RE2's is 1000, the PCRE2 default 250 */

struct re2 {
    tk_str in;
    size_t at;
    struct tki_buf *out;
    struct tk_err *err;
    unsigned depth;
    bool atom;     /* something stands before, which a repetition can apply to */
    bool repeated; /* and it is a repetition already */
    bool fold;     /* (?i) is on */
    bool keep;     /* groups capture */
    struct tki_regex_groups *groups;
    bool outer[DEPTH_MAX]; /* what fold is again behind each open group */
};

static int bad(struct re2 *r, const char *what)
{
    return tki_err_set(r->err, TK_EUSAGE, "%s at character %zu of `%.*s`", what, r->at + 1,
                       (int)(r->in.n < 100 ? r->in.n : 100), r->in.n ? r->in.p : "");
}

static bool looking_at(const struct re2 *r, const char *z)
{
    size_t n = strlen(z);
    return r->in.n - r->at >= n && memcmp(r->in.p + r->at, z, n) == 0;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool alnum(char c)
{
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
    if (digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The next character of the expression, which is valid UTF-8. */
static uint32_t next_char(struct re2 *r)
{
    const unsigned char *p = (const unsigned char *)r->in.p + r->at;
    unsigned n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    r->at += n;
    return c;
}

static void put_char(struct re2 *r, uint32_t c)
{
    if (c < 0x80 && alnum((char)c))
        tki_buf_putc(r->out, (char)c);
    else
        tki_buf_printf(r->out, "\\x{%x}", (unsigned)c);
}

/* An escape that stands for one character: 1 and *c, 0 when it is none, negative on an error.  at is behind
 * the backslash and moves only on 1. */
static int char_escape(struct re2 *r, uint32_t *c)
{
    const char *p = r->in.p + r->at, *end = r->in.p + r->in.n;
    static const char names[] = "afnrtv", values[] = "\a\f\n\r\t\v";
    const char *name = *p ? strchr(names, *p) : NULL;
    if (name) {
        *c = (unsigned char)values[name - names];
        r->at++;
        return 1;
    }
    if ((unsigned char)*p < 0x80 && !alnum(*p)) {
        *c = (unsigned char)*p;
        r->at++;
        return 1;
    }
    if (*p >= '1' && *p <= '7' && !(p + 1 < end && p[1] >= '0' && p[1] <= '7'))
        return bad(r, "a back-reference, which RE2 does not have,");
    if (*p >= '0' && *p <= '7') {
        *c = 0;
        for (int i = 0; i < 3 && p < end && *p >= '0' && *p <= '7'; i++)
            *c = *c * 8 + (uint32_t)(*p++ - '0');
        r->at = (size_t)(p - r->in.p);
        return 1;
    }
    if (*p != 'x')
        return 0;
    p++;
    uint32_t v = 0;
    bool braces = p < end && *p == '{';
    size_t digits = 0;
    for (p += braces; p < end && hex_value(*p) >= 0 && (braces || digits < 2) && v <= 0x10ffff; p++, digits++)
        v = v * 16 + (uint32_t)hex_value(*p);
    if (digits == 0 || v > 0x10ffff || (!braces && digits != 2) || (braces && (p == end || *p != '}')))
        return bad(r, "a bad \\x escape");
    *c = v;
    r->at = (size_t)(p - r->in.p) + braces;
    return 1;
}

/* \d \w \s and the negations, as Go defines them; in a class without the brackets.  at is at the letter. Case
 * folding comes before the negation: under (?i) \W leaves out the long s and the Kelvin sign too. */
static bool perl_class(struct re2 *r, bool in_class)
{
    static const struct {
        char name;
        const char *set, *complement;
    } t[] = {
        {'d', "0-9", "\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}"},
        {'s', "\\x{9}\\x{a}\\x{c}\\x{d}\\x{20}", "\\x{0}-\\x{8}\\x{b}\\x{e}-\\x{1f}\\x{21}-\\x{10ffff}"},
        {'w', "0-9A-Za-z\\x{5f}", "\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}"},
    };
    static const char folded[] = "\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{17e}"
                                 "\\x{180}-\\x{2129}\\x{212b}-\\x{10ffff}";
    char c = r->in.p[r->at];
    for (size_t i = 0; i < 3; i++) {
        bool negated = c == t[i].name - 'a' + 'A';
        if (c != t[i].name && !negated)
            continue;
        r->at++;
        if (!in_class)
            tki_buf_printf(r->out, "[%s%s]", negated ? "^" : "", t[i].set);
        else if (!negated)
            tki_buf_printf(r->out, "%s", t[i].set);
        else
            tki_buf_printf(r->out, "%s", r->fold && i == 2 ? folded : t[i].complement);
        return true;
    }
    return false;
}

/* \pN, \p{Greek}, \P{^Lu}: 1, 0 when it is none, negative.  at is at the p. */
static int unicode_class(struct re2 *r)
{
    char p = r->in.p[r->at];
    if (p != 'p' && p != 'P')
        return 0;
    const char *from = r->in.p + r->at + 1, *end = r->in.p + r->in.n;
    bool negated = p == 'P';
    tk_str name = {from, 1};
    if (from == end)
        return bad(r, "an unfinished \\p");
    const char *after = from + 1;
    if (*from == '{') {
        const char *close = memchr(from, '}', (size_t)(end - from));
        if (!close)
            return bad(r, "an unfinished \\p{");
        name = (tk_str){from + 1, (size_t)(close - from - 1)};
        after = close + 1;
        if (name.n && name.p[0] == '^') {
            negated = !negated;
            name.p++;
            name.n--;
        }
    }
    for (size_t i = 0; i < name.n; i++)
        if (!alnum(name.p[i]) && name.p[i] != '_')
            return bad(r, "an unknown class of characters");
    if (name.n == 0)
        return bad(r, "an unknown class of characters");
    /* Categories have one or two letters, scripts more; Go means the Script property, PCRE2 would take the
     * script extensions. */
    bool script = name.n > 2 && !TKI_STR_IS(name, "Any");
    tki_buf_printf(r->out, "\\%c{%s%.*s}", negated ? 'P' : 'p', script ? "sc:" : "", (int)name.n, name.p);
    r->at = (size_t)(after - r->in.p);
    return 1;
}

/* One end of a range in a class. */
static int class_char(struct re2 *r, uint32_t *c)
{
    if (r->in.p[r->at] != '\\') {
        *c = next_char(r);
        return 0;
    }
    r->at++;
    if (r->at == r->in.n)
        return bad(r, "a trailing backslash");
    int rc = char_escape(r, c);
    if (rc == 0)
        return bad(r, "an escape that RE2 does not have");
    return rc < 0 ? rc : 0;
}

/* `[:name:]` inside a class: 1, 0 when it is none, negative.  Written out, so that folding treats it as Go
 * does. */
static int posix_class(struct re2 *r)
{
    static const struct {
        const char *name, *set;
    } t[] = {{"alnum", "0-9A-Za-z"},
             {"alpha", "A-Za-z"},
             {"ascii", "\\x{0}-\\x{7f}"},
             {"blank", "\\x{9}\\x{20}"},
             {"cntrl", "\\x{0}-\\x{1f}\\x{7f}"},
             {"digit", "0-9"},
             {"graph", "\\x{21}-\\x{7e}"},
             {"lower", "a-z"},
             {"print", "\\x{20}-\\x{7e}"},
             {"punct", "\\x{21}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{60}\\x{7b}-\\x{7e}"},
             {"space", "\\x{9}-\\x{d}\\x{20}"},
             {"upper", "A-Z"},
             {"word", "0-9A-Za-z\\x{5f}"},
             {"xdigit", "0-9A-Fa-f"}};
    if (!looking_at(r, "[:"))
        return 0;
    bool negated = r->at + 2 < r->in.n && r->in.p[r->at + 2] == '^';
    tk_str rest = {r->in.p + r->at + 2 + negated, r->in.n - r->at - 2 - negated};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        size_t n = strlen(t[i].name);
        if (!tki_str_starts(rest, tki_str(t[i].name)) || rest.n < n + 2 || memcmp(rest.p + n, ":]", 2) != 0)
            continue;
        if (negated && r->fold)
            return bad(r, "a negated class under (?i), which is not translated,");
        if (negated)
            tki_buf_printf(r->out, "[:^%s:]", t[i].name);
        else
            tki_buf_printf(r->out, "%s", t[i].set);
        r->at += 2 + negated + n + 2;
        return 1;
    }
    /* Go reports an unknown name only when it is closed; otherwise the bracket is a character. */
    for (size_t i = 0; i + 1 < rest.n; i++)
        if (memcmp(rest.p + i, ":]", 2) == 0)
            return bad(r, "an unknown class of characters");
    return 0;
}

static int class_item(struct re2 *r)
{
    int named = posix_class(r);
    if (named)
        return named < 0 ? named : 0;
    if (r->in.p[r->at] == '\\' && r->at + 1 < r->in.n) {
        r->at++;
        int rc = unicode_class(r);
        if (rc || perl_class(r, true))
            return rc < 0 ? rc : 0;
        r->at--;
    }
    uint32_t lo, hi;
    int rc = class_char(r, &lo);
    if (rc < 0)
        return rc;
    hi = lo;
    if (r->in.n - r->at >= 2 && r->in.p[r->at] == '-' && r->in.p[r->at + 1] != ']') {
        r->at++;
        rc = class_char(r, &hi);
        if (rc < 0)
            return rc;
        if (hi < lo)
            return bad(r, "a range that runs backwards");
    }
    tki_buf_printf(r->out, "\\x{%x}", (unsigned)lo);
    if (hi > lo)
        tki_buf_printf(r->out, "-\\x{%x}", (unsigned)hi);
    return 0;
}

static int char_class(struct re2 *r)
{
    tki_buf_putc(r->out, '[');
    r->at++;
    if (r->at < r->in.n && r->in.p[r->at] == '^') {
        tki_buf_putc(r->out, '^');
        r->at++;
    }
    for (bool first = true; r->at == r->in.n || r->in.p[r->at] != ']' || first; first = false) {
        if (r->at == r->in.n)
            return bad(r, "a class without its closing bracket");
        int rc = class_item(r);
        if (rc < 0)
            return rc;
    }
    r->at++;
    tki_buf_putc(r->out, ']');
    r->atom = true;
    return 0;
}

/* An assertion; PCRE2 takes a repetition of one only in a group. */
static int assertion(struct re2 *r, size_t n)
{
    size_t next = r->at + n;
    bool wrap = next < r->in.n && strchr("*+?{", r->in.p[next]) != NULL;
    tki_buf_printf(r->out, "%s%.*s%s", wrap ? "(?:" : "", (int)n, r->in.p + r->at, wrap ? ")" : "");
    r->at = next;
    r->atom = true;
    return 0;
}

static int escape(struct re2 *r)
{
    r->at++;
    if (r->at == r->in.n)
        return bad(r, "a trailing backslash");
    char c = r->in.p[r->at];
    if (c == 'A' || c == 'b' || c == 'B' || c == 'z') {
        r->at--;
        return assertion(r, 2);
    }
    if (c == 'Q') {
        r->at++;
        while (r->at < r->in.n && !looking_at(r, "\\E")) {
            put_char(r, next_char(r));
            r->atom = true;
        }
        if (r->at < r->in.n)
            r->at += 2;
        return 0;
    }
    r->atom = true;
    int rc = unicode_class(r);
    if (rc || perl_class(r, false))
        return rc < 0 ? rc : 0;
    uint32_t one;
    rc = char_escape(r, &one);
    if (rc == 0)
        return bad(r, "an escape that RE2 does not have");
    if (rc > 0)
        put_char(r, one);
    return rc < 0 ? rc : 0;
}

/* `{n}`, `{n,}`, `{n,m}`: 1 and the end; 0: the brace is a character; negative: too large. */
static int counted(struct re2 *r, size_t *end)
{
    size_t i = r->at + 1;
    long v[2] = {-1, -1};
    for (int k = 0; k < 2; k++) {
        size_t from = i;
        for (; i < r->in.n && digit(r->in.p[i]); i++)
            if (v[k] <= REPEAT_MAX)
                v[k] = (v[k] < 0 ? 0 : v[k]) * 10 + (r->in.p[i] - '0');
        if (i > from + 1 && r->in.p[from] == '0')
            return 0; /* Go takes no leading zeros */
        if (k == 0 && (v[0] < 0 || i == r->in.n))
            return 0;
        if (k == 0 && r->in.p[i] != ',')
            break;
        i += k == 0;
    }
    if (i >= r->in.n || r->in.p[i] != '}')
        return 0;
    if (v[0] > REPEAT_MAX || v[1] > REPEAT_MAX || (v[1] >= 0 && v[1] < v[0]))
        return bad(r, "a repeat count that RE2 refuses (0 to 1000)");
    *end = i + 1;
    return 1;
}

static int repetition(struct re2 *r)
{
    size_t end = r->at + 1;
    if (r->in.p[r->at] == '{') {
        int rc = counted(r, &end);
        if (rc < 0)
            return rc;
        if (rc == 0) {
            put_char(r, next_char(r));
            r->atom = true;
            r->repeated = false;
            return 0;
        }
    }
    if (!r->atom)
        return bad(r, "a repetition of nothing");
    if (r->repeated)
        return bad(r, "a repetition of a repetition (possessive forms are not in RE2)");
    if (end < r->in.n && r->in.p[end] == '?')
        end++;
    tki_buf_put(r->out, r->in.p + r->at, end - r->at);
    r->at = end;
    r->repeated = true;
    return 0;
}

/* A group that captures, up to end; its name is empty when it has none.  PCRE2 sees no names: it allows fewer. */
static int capturing_group(struct re2 *r, tk_str name, size_t end)
{
    struct tki_regex_groups *g = r->groups;
    if (TKI_GROW(g->name, g->cap, g->n + 1) < 0)
        return tki_err_memory(r->err);
    g->name[g->n++] = name;
    if (r->keep)
        tki_buf_putc(r->out, '(');
    else
        tki_buf_lit(r->out, "(?:");
    r->at = end;
    r->outer[r->depth++] = r->fold;
    return 0;
}

/* `(`, `(?P<name>`, `(?<name>`, `(?flags)`, `(?flags:`. */
static int open_group(struct re2 *r)
{
    if (!looking_at(r, "(?"))
        return capturing_group(r, (tk_str){"", 0}, r->at + 1);
    if (looking_at(r, "(?=") || looking_at(r, "(?!") || looking_at(r, "(?<=") || looking_at(r, "(?<!"))
        return bad(r, "look-around, which RE2 does not have,");
    if (looking_at(r, "(?>"))
        return bad(r, "an atomic group, which RE2 does not have,");
    size_t i = r->at + 2;
    if (looking_at(r, "(?P<") || looking_at(r, "(?<")) {
        i += r->in.p[i] == 'P' ? 2 : 1;
        size_t from = i;
        while (i < r->in.n && (alnum(r->in.p[i]) || r->in.p[i] == '_'))
            i++;
        if (i == from || i == r->in.n || r->in.p[i] != '>')
            return bad(r, "a bad group name");
        return capturing_group(r, (tk_str){r->in.p + from, i - from}, i + 1);
    }
    bool minus = false, flag = false, fold = r->fold;
    for (; i < r->in.n && r->in.p[i] != ')' && r->in.p[i] != ':'; i++) {
        if (r->in.p[i] == '-' && !minus) {
            minus = true;
            flag = false;
        } else if (strchr("imsU", r->in.p[i])) {
            flag = true;
            if (r->in.p[i] == 'i')
                fold = !minus;
        } else {
            return bad(r, "a group of a kind that RE2 does not have");
        }
    }
    if (i == r->in.n || (minus && !flag))
        return bad(r, "a group of a kind that RE2 does not have");
    bool group = r->in.p[i] == ':';
    tki_buf_put(r->out, r->in.p + r->at, i + 1 - r->at);
    r->at = i + 1;
    if (group)
        r->outer[r->depth++] = r->fold;
    r->fold = fold;
    return 0;
}

static int group(struct re2 *r)
{
    if (r->depth == DEPTH_MAX)
        return bad(r, "groups nested too deeply");
    r->atom = false;
    return open_group(r);
}

static int element(struct re2 *r)
{
    char c = r->in.p[r->at];
    if (c == '*' || c == '+' || c == '?' || c == '{')
        return repetition(r);
    r->repeated = false;
    switch (c) {
    case '(': return group(r);
    case ')':
        if (r->depth == 0)
            return bad(r, "a closing parenthesis too many");
        r->fold = r->outer[--r->depth];
        r->atom = true;
        break;
    case '|': r->atom = false; break;
    case '^':
    case '$': return assertion(r, 1);
    case '.': r->atom = true; break;
    case '[': return char_class(r);
    case '\\': return escape(r);
    default:
        put_char(r, next_char(r));
        r->atom = true;
        return 0;
    }
    tki_buf_putc(r->out, c);
    r->at++;
    return 0;
}

int tki_regex_translate_groups(tk_str expr, bool keep, struct tki_buf *out, struct tki_regex_groups *groups,
                               struct tk_err *err)
{
    struct re2 r = {.in = expr, .out = out, .err = err, .keep = keep, .groups = groups};
    if (expr.n && tki_utf8_valid(expr.p, expr.n) != expr.n)
        return tki_err_set(err, TK_EUSAGE, "an expression that is not valid UTF-8");
    while (r.at < expr.n) {
        int rc = element(&r);
        if (rc < 0)
            return rc;
    }
    if (r.depth)
        return bad(&r, "a parenthesis that is not closed");
    return out->err ? tki_err_memory(err) : 0;
}

int tki_regex_translate(tk_str expr, struct tki_buf *out, struct tk_err *err)
{
    struct tki_regex_groups groups = {0};
    int rc = tki_regex_translate_groups(expr, false, out, &groups, err);
    free(groups.name);
    return rc;
}
