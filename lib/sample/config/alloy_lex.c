#include "sample/config/alloy_lex.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"

static const char *end_of(const struct tki_alloy_lexer *l)
{
    return l->text.p + l->text.n;
}

static bool starts(const struct tki_alloy_lexer *l, const char *what)
{
    return tki_str_starts((tk_str){l->at, (size_t)(end_of(l) - l->at)}, tki_str(what));
}

static void pass_line(struct tki_alloy_lexer *l)
{
    l->line++;
    l->line_start = l->at;
}

/* White space and comments. */
static void skip(struct tki_alloy_lexer *l)
{
    const char *end = end_of(l);
    while (l->at < end) {
        if (*l->at == '\n') {
            l->at++;
            l->new_line = true;
            pass_line(l);
        } else if (*l->at == ' ' || *l->at == '\t' || *l->at == '\r') {
            l->at++;
        } else if (starts(l, "//")) {
            while (l->at < end && *l->at != '\n')
                l->at++;
        } else if (starts(l, "/*")) {
            for (l->at += 2; l->at < end && !starts(l, "*/"); l->at++)
                if (*l->at == '\n') {
                    l->line++;
                    l->line_start = l->at + 1;
                    l->new_line = true;
                }
            l->at += l->at < end ? 2 : 0;
        } else {
            return;
        }
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- texts ---- */

static int hex_value(char c)
{
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The digits of an escape of that many characters in this base; false when there are others. */
static bool escape_number(struct tki_alloy_lexer *l, int digits, int base, uint32_t *x)
{
    *x = 0;
    for (int i = 0; i < digits; i++, l->at++) {
        int d = l->at < end_of(l) ? hex_value(*l->at) : -1;
        if (d < 0 || d >= base)
            return false;
        *x = *x * (uint32_t)base + (uint32_t)d;
    }
    return true;
}

static bool unescape(struct tki_alloy_lexer *l, struct tki_buf *to)
{
    static const char from[] = "abfnrtv\\\"'", made[] = "\a\b\f\n\r\t\v\\\"'";
    char c = l->at < end_of(l) ? *l->at : '\0', utf8[4];
    const char *simple = c ? strchr(from, c) : NULL;
    uint32_t x;
    if (simple) {
        tki_buf_putc(to, made[simple - from]);
        l->at++;
        return true;
    }
    if (c >= '0' && c <= '7') {
        bool good = escape_number(l, 3, 8, &x) && x < 256;
        tki_buf_putc(to, (char)x);
        return good;
    }
    int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    l->at++;
    if (!digits || !escape_number(l, digits, 16, &x) || x > 0x10ffff || (x >= 0xd800 && x < 0xe000))
        return false;
    if (digits == 2)
        tki_buf_putc(to, (char)x);
    else
        tki_buf_put(to, utf8, tki_utf8_put(utf8, x));
    return true;
}

static void bad(struct tki_alloy_lexer *l, const char *why)
{
    l->token = TKI_ALLOY_BAD;
    l->why = why;
}

static int take_value(struct tki_alloy_lexer *l, struct tki_buf *b)
{
    int rc = 0;
    tk_str s = tki_buf_text(b, &rc);
    char *copy = rc == 0 ? tki_arena_alloc(l->y->arena, s.n + 1) : NULL;
    if (copy && s.n)
        memcpy(copy, s.p, s.n);
    tki_buf_free(b);
    l->value = (tk_str){copy, s.n};
    return copy ? 0 : tki_err_memory(l->y->err);
}

static int quoted(struct tki_alloy_lexer *l)
{
    struct tki_buf b = {0};
    l->token = TKI_ALLOY_STRING;
    l->at++;
    while (l->token == TKI_ALLOY_STRING && (l->at == end_of(l) || *l->at != '"')) {
        if (l->at == end_of(l) || *l->at == '\n')
            bad(l, "a text without its closing quote");
        else if (*l->at != '\\')
            tki_buf_putc(&b, *l->at++);
        else if (l->at++, !unescape(l, &b))
            bad(l, "an escape that is none");
    }
    l->at += l->at < end_of(l) ? 1 : 0;
    return take_value(l, &b);
}

/* Between backquotes everything stands for itself, but for carriage returns. */
static int raw(struct tki_alloy_lexer *l)
{
    struct tki_buf b = {0};
    l->token = TKI_ALLOY_STRING;
    for (l->at++; l->at < end_of(l) && *l->at != '`'; l->at++) {
        if (*l->at != '\r')
            tki_buf_putc(&b, *l->at);
        if (*l->at == '\n') {
            l->line++;
            l->line_start = l->at + 1;
        }
    }
    if (l->at == end_of(l))
        bad(l, "a text without its closing backquote");
    else
        l->at++;
    return take_value(l, &b);
}

/* ---- tokens ---- */

static void number(struct tki_alloy_lexer *l)
{
    l->token = TKI_ALLOY_NUMBER;
    while (l->at < end_of(l)) {
        bool exponent = (*l->at == 'e' || *l->at == 'E') && l->at + 1 < end_of(l);
        if (exponent && (l->at[1] == '+' || l->at[1] == '-'))
            l->at++;
        else if (!exponent && !is_digit(*l->at) && *l->at != '.')
            return;
        l->at++;
    }
}

static void sign(struct tki_alloy_lexer *l)
{
    static const char *const two[] = {"==", "!=", "<=", ">=", "&&", "||"};
    l->token = TKI_ALLOY_SIGN;
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        if (starts(l, two[i])) {
            l->at += 2;
            return;
        }
    if (!strchr("{}[](),.=+-*/%^!<>;", *l->at))
        bad(l, "a character that has no meaning there");
    l->at++;
}

int tki_alloy_next(struct tki_alloy_lexer *l)
{
    int rc = 0;
    l->new_line = false;
    l->value = (tk_str){0};
    skip(l);
    const char *from = l->at;
    l->pos =
        (struct tki_pos){l->origin.file, l->line + l->origin.line, (int)(from - l->line_start) + 1 + l->origin.column};
    if (from == end_of(l)) {
        l->token = TKI_ALLOY_END;
    } else if (is_letter(*from)) {
        l->token = TKI_ALLOY_NAME;
        while (l->at < end_of(l) && (is_letter(*l->at) || is_digit(*l->at)))
            l->at++;
    } else if (is_digit(*from) || (*from == '.' && from + 1 < end_of(l) && is_digit(from[1]))) {
        number(l);
    } else if (*from == '"') {
        rc = quoted(l);
    } else if (*from == '`') {
        rc = raw(l);
    } else {
        sign(l);
    }
    l->written = (tk_str){from, (size_t)(l->at - from)};
    return rc;
}
