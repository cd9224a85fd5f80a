#include "expr/ottl/lex.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

struct lexer {
    tk_str text;
    size_t at;
    bool signed_numbers;
    bool bad_bytes; /* the word is bytes with an odd number of digits */
};

static char peek(const struct lexer *l, size_t ahead)
{
    return l->at + ahead < l->text.n ? l->text.p[l->at + ahead] : '\0';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool hex(char c)
{
    return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t digits(const struct lexer *l, size_t from)
{
    size_t n = from;
    while (digit(peek(l, n)))
        n++;
    return n - from;
}

/* Each returns the length of such a word here, or 0. */

static size_t bytes(struct lexer *l)
{
    size_t n = 2;
    if (peek(l, 0) != '0' || peek(l, 1) != 'x')
        return 0;
    while (hex(peek(l, n)))
        n++;
    l->bad_bytes = n % 2 != 0;
    return n > 2 ? n : 0;
}

static size_t sign(const struct lexer *l)
{
    return l->signed_numbers && (peek(l, 0) == '-' || peek(l, 0) == '+');
}

static size_t real(const struct lexer *l)
{
    size_t n = sign(l), before = digits(l, n);
    n += before;
    if (peek(l, n) != '.')
        return 0;
    size_t after = digits(l, ++n);
    /* Before 0.144 there had to be a digit behind the point. */
    if (after == 0 && (l->signed_numbers || before == 0))
        return 0;
    n += after;
    if (peek(l, n) == 'e' || peek(l, n) == 'E') {
        size_t e = n + 1;
        e += peek(l, e) == '-' || peek(l, e) == '+';
        size_t power = digits(l, e);
        n = power ? e + power : n;
    }
    return n;
}

static size_t whole(const struct lexer *l)
{
    size_t n = digits(l, sign(l));
    return n ? sign(l) + n : 0;
}

static size_t quoted(const struct lexer *l)
{
    if (peek(l, 0) != '"')
        return 0;
    for (size_t i = l->at + 1; i < l->text.n; i++) {
        char c = l->text.p[i];
        if (c == '"')
            return i + 1 - l->at;
        if (c == '\\' && (++i >= l->text.n || l->text.p[i] == '\n')) /* `.` of the pattern is no line break */
            return 0;
    }
    return 0;
}

/* A word that must not go on behind its end. */
static size_t keyword(const struct lexer *l, const char *word)
{
    size_t n = strlen(word);
    if (l->text.n - l->at < n || memcmp(l->text.p + l->at, word, n) != 0)
        return 0;
    char next = peek(l, n);
    return digit(next) || upper(next) || lower(next) || next == '_' ? 0 : n;
}

static size_t name(const struct lexer *l, bool (*letter)(char))
{
    size_t n = 0;
    if (!letter(peek(l, 0)))
        return 0;
    while (letter(peek(l, n)) || digit(peek(l, n)) || peek(l, n) == '_')
        n++;
    return n;
}

static size_t literal(const struct lexer *l, const char *text)
{
    size_t n = strlen(text);
    return l->text.n - l->at >= n && memcmp(l->text.p + l->at, text, n) == 0 ? n : 0;
}

/* ---- one word ---- */

static size_t number_or_text(struct lexer *l, uint8_t *token)
{
    size_t n;
    if ((n = bytes(l)) != 0)
        *token = TKI_OT_BYTES;
    else if ((n = real(l)) != 0)
        *token = TKI_OT_FLOAT;
    else if ((n = whole(l)) != 0)
        *token = TKI_OT_INT;
    else if ((n = quoted(l)) != 0)
        *token = TKI_OT_STRING;
    return n;
}

static size_t fixed(const struct lexer *l, uint8_t *token)
{
    static const struct {
        const char *text;
        uint8_t token;
        bool word;
    } all[] = {{"not", TKI_OT_NOT, true},     {"or", TKI_OT_OR, true},       {"and", TKI_OT_AND, true},
               {"==", TKI_OT_COMPARE, false}, {"!=", TKI_OT_COMPARE, false}, {">=", TKI_OT_COMPARE, false},
               {"<=", TKI_OT_COMPARE, false}, {">", TKI_OT_COMPARE, false},  {"<", TKI_OT_COMPARE, false},
               {"=>", TKI_OT_ARROW, false},   {"+", TKI_OT_SIGN, false},     {"-", TKI_OT_SIGN, false},
               {"*", TKI_OT_TIMES, false},    {"/", TKI_OT_TIMES, false},    {"true", TKI_OT_TRUE, true},
               {"false", TKI_OT_FALSE, true}, {"nil", TKI_OT_NIL, true}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t n = all[i].word ? keyword(l, all[i].text) : literal(l, all[i].text);
        *token = all[i].token;
        if (n)
            return n;
    }
    return 0;
}

static size_t next_word(struct lexer *l, uint8_t *token)
{
    size_t n;
    if ((n = number_or_text(l, token)) != 0 || (n = fixed(l, token)) != 0)
        return n;
    if ((n = name(l, upper)) != 0) {
        *token = TKI_OT_UPPER;
    } else if ((n = name(l, lower)) != 0) {
        *token = TKI_OT_LOWER;
    } else if (peek(l, 0) != '\0' && strchr("()[]{},.:=_", peek(l, 0))) {
        *token = TKI_OT_MARK;
        n = 1;
    }
    return n;
}

/* The words are counted first, then kept. */
static int walk(struct lexer *l, struct tki_ottl_words *to, bool keep, struct tk_err *err)
{
    l->at = 0;
    to->n = 0;
    for (;;) {
        while (l->at < l->text.n && space(l->text.p[l->at]))
            l->at++;
        struct tki_ottl_word w = {.token = TKI_OT_END, .at = (uint32_t)l->at};
        size_t n = 0;
        l->bad_bytes = false;
        if (l->at < l->text.n && (n = next_word(l, &w.token)) == 0)
            return tki_err_at(err, TK_EUSAGE, l->at, "no word of OTTL begins here");
        if (l->bad_bytes && w.token == TKI_OT_BYTES)
            return tki_err_at(err, TK_EUSAGE, l->at, "bytes need an even number of digits");
        w.text = (tk_str){l->text.n ? l->text.p + l->at : "", n};
        if (keep)
            to->word[to->n] = w;
        to->n++;
        if (w.token == TKI_OT_END)
            return 0;
        l->at += n;
    }
}

int tki_ottl_lex(struct tki_ottl_words *to, tk_str text, bool signed_numbers, struct tki_arena *arena,
                 struct tk_err *err)
{
    struct lexer l = {.text = text, .signed_numbers = signed_numbers};
    int rc = walk(&l, to, false, err);
    if (rc < 0)
        return rc;
    to->word = tki_arena_alloc(arena, to->n * sizeof *to->word);
    return to->word ? walk(&l, to, true, err) : tki_err_memory(err);
}

/* ---- quoted text ---- */

static unsigned hex_value(char c)
{
    return digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* Digits of base 8 or 16 at p, as a code point; returns false if there are fewer, or it is none. */
static bool code_point(const char *p, size_t left, size_t n, unsigned base, uint32_t *to)
{
    uint64_t x = 0;
    if (left < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (base == 8 ? p[i] < '0' || p[i] > '7' : !hex(p[i]))
            return false;
        x = x * base + hex_value(p[i]);
    }
    *to = (uint32_t)x;
    return base == 8 ? x <= 255 : x <= 0x10ffff && (x < 0xd800 || x > 0xdfff);
}

/* The escape behind a backslash: its bytes are appended.  Returns its length in the text, or 0.  A number below 256 is
 * a code point here and not a byte. */
static size_t escape(const char *p, size_t left, char *to, size_t *n)
{
    static const char letters[] = "abfnrtv\\\"", meant[] = "\a\b\f\n\r\t\v\\\"";
    const char *at = left ? strchr(letters, *p) : NULL;
    uint32_t c = 0;
    size_t length = 0;
    if (at && *p) {
        to[(*n)++] = meant[at - letters];
        return 1;
    }
    if (left && *p == 'x' && code_point(p + 1, left - 1, 2, 16, &c))
        length = 3;
    else if (left && *p == 'u' && code_point(p + 1, left - 1, 4, 16, &c))
        length = 5;
    else if (left && *p == 'U' && code_point(p + 1, left - 1, 8, 16, &c))
        length = 9;
    else if (code_point(p, left, 3, 8, &c))
        length = 3;
    if (length)
        *n += tki_utf8_put(to + *n, c);
    return length;
}

int tki_ottl_unquote(const struct tki_ottl_word *word, struct tki_arena *arena, tk_str *to, struct tk_err *err)
{
    tk_str s = {word->text.p + 1, word->text.n - 2};
    char *out = tki_arena_alloc(arena, s.n + 4); /* an escape is never longer as text */
    size_t n = 0;
    if (!out)
        return tki_err_memory(err);
    for (size_t i = 0; i < s.n;) {
        if (s.p[i] != '\\') {
            out[n++] = s.p[i++];
            continue;
        }
        size_t length = escape(s.p + i + 1, s.n - i - 1, out, &n);
        if (!length)
            return tki_err_at(err, TK_EUSAGE, word->at + 1 + i,
                              "no escape of Go's strings; a backslash is written \\\\");
        i += 1 + length;
    }
    *to = (tk_str){out, n};
    return 0;
}
