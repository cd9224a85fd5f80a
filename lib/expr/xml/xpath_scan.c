/* Items of a path, as antchfx/xpath's scanner finds them. */
#include "expr/xml/xpath_scan.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/go_number.h"
#include "base/utf8.h"

void tki_xpath_fail(struct xpath_read *r, int rc, uint32_t at, const char *format, ...)
{
    va_list args;
    char text[160];
    if (r->rc)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->rc = rc == TK_ENOMEM ? tki_err_memory(r->err) : tki_err_at(r->err, rc, at, "%s", text);
}

void tki_xpath_bad(struct xpath_scan *s, const char *what)
{
    tki_xpath_fail(s->r, TK_EUSAGE, (uint32_t)s->began, "%s in the path %.*s", what,
                   (int)(s->r->text.n < 100 ? s->r->text.n : 100), s->r->text.p);
}

/* ---- characters ---- */

static bool next_character(struct xpath_scan *s)
{
    if (s->pos >= s->r->text.n) {
        s->c = 0;
        s->size = 1;
        return false;
    }
    s->size = tki_utf8_get(s->r->text.p + s->pos, s->r->text.n - s->pos, &s->c);
    s->pos += s->size;
    return true;
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* Before 1.3.8 a star went on with a name. */
static bool in_name(const struct xpath_scan *s)
{
    return s->c != ':' && (tki_xml_is_name_character(s->c) || (s->c == '*' && s->r->release < XPATH_1_3_8));
}

static void skip_space(struct xpath_scan *s)
{
    while (tki_xml_is_space(s->c) && next_character(s))
        ;
}

static tk_str between(const struct xpath_scan *s, size_t from, size_t n)
{
    const tk_str text = s->r->text;
    return from < text.n ? (tk_str){text.p + from, n < text.n - from ? n : text.n - from} : (tk_str){"", 0};
}

/* The package counts bytes so that what stands behind a name belongs to it, but for one byte, if it has several. */
static tk_str scan_name(struct xpath_scan *s)
{
    size_t from = s->pos - s->size, n = s->size - 1;
    while (in_name(s)) {
        bool more = next_character(s);
        n += s->size;
        if (!more)
            break;
    }
    return between(s, from, n);
}

static void scan_string(struct xpath_scan *s)
{
    uint32_t end = s->c;
    next_character(s);
    size_t from = s->pos - s->size, n = s->size;
    while (s->c != end) {
        if (!next_character(s)) {
            tki_xpath_bad(s, "a string without its end");
            return;
        }
        n += s->size;
    }
    next_character(s);
    s->item = I_STRING;
    s->text = between(s, from, n - 1);
}

static void scan_number(struct xpath_scan *s, size_t from)
{
    size_t n = s->c == 0 || s->pos <= from ? 0 : s->pos - s->size - from;
    bool point = n > 0; /* it begins with one */
    while (is_digit(s->c) || (s->c == '.' && !point)) {
        point = point || s->c == '.';
        next_character(s);
        n++;
    }
    s->item = I_NUMBER;
    if (!tki_go_parse_float(between(s, from, n), &s->number))
        tki_xpath_bad(s, "a number that is none");
}

/* ---- items ---- */

static void one_or_equal(struct xpath_scan *s, enum xpath_item one, enum xpath_item both, uint32_t second)
{
    s->item = one;
    next_character(s);
    if (s->c == second) {
        s->item = both;
        next_character(s);
    }
}

static void scan_word(struct xpath_scan *s)
{
    s->item = I_NAME;
    s->name = scan_name(s);
    s->prefix = (tk_str){"", 0};
    bool spaced = s->c != ':';
    if (spaced)
        skip_space(s);
    if (s->c == ':') {
        next_character(s);
        if (s->c == ':') {
            next_character(s);
            s->item = I_AXIS;
        } else if (spaced) {
            tki_xpath_bad(s, "a colon");
        } else {
            s->prefix = s->name;
            if (s->c == '*') {
                next_character(s);
                s->name = TKI_STR("*");
            } else if (in_name(s)) {
                s->name = scan_name(s);
            } else {
                tki_xpath_bad(s, "a name without its second half");
            }
        }
    }
    skip_space(s);
    s->calls = s->c == '(';
}

void tki_xpath_next_item(struct xpath_scan *s)
{
    static const char one[] = ",@()|*[]+-=$";
    static const enum xpath_item items[] = {I_COMMA,     I_AT,         I_OPEN, I_CLOSE, I_UNION, I_STAR,
                                            I_OPEN_TEST, I_CLOSE_TEST, I_PLUS, I_MINUS, I_EQ,    I_DOLLAR};
    skip_space(s);
    s->began = s->pos - s->size;
    const char *is = s->c && s->c < 0x80 ? strchr(one, (int)s->c) : NULL;
    if (s->c == 0 || s->r->rc) {
        s->item = I_END;
    } else if (is) {
        s->item = items[is - one];
        next_character(s);
    } else if (s->c == '<') {
        one_or_equal(s, I_LT, I_LE, '=');
    } else if (s->c == '>') {
        one_or_equal(s, I_GT, I_GE, '=');
    } else if (s->c == '!') {
        one_or_equal(s, I_BANG, I_NE, '=');
    } else if (s->c == '/') {
        one_or_equal(s, I_SLASH, I_SLASHES, '/');
    } else if (s->c == '.') {
        one_or_equal(s, I_DOT, I_DOTS, '.');
        if (s->item == I_DOT && is_digit(s->c))
            scan_number(s, s->began);
    } else if (s->c == '"' || s->c == '\'') {
        scan_string(s);
    } else if (is_digit(s->c)) {
        scan_number(s, s->began);
    } else if (in_name(s)) {
        scan_word(s);
    } else {
        tki_xpath_bad(s, "a character that paths do not have");
    }
}

void tki_xpath_begin_scan(struct xpath_scan *s)
{
    next_character(s);
    tki_xpath_next_item(s);
}
