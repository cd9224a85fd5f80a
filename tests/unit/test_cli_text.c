/* Text for terminals: what is made visible, how wide it is, how it is cut. */
#include <stdio.h>
#include <stdlib.h>

#include "base/width.h"
#include "cli/opts.h"
#include "cli/term.h"
#include "tap.h"

/* The buffer as a string, for one comparison. */
static const char *text(struct tki_buf *b)
{
    tki_buf_putc(b, 0);
    b->n--;
    return b->p;
}

static void visible_is(tk_str s, const char *want, const char *what)
{
    struct tki_buf b = {0};
    tki_buf_visible(&b, s);
    is_str(text(&b), want, "%s", what);
    tki_buf_free(&b);
}

static void test_visible(void)
{
    visible_is(TKI_STR(""), "", "nothing");
    visible_is(TKI_STR("GET /a b\\c"), "GET /a b\\c", "plain text");
    visible_is(TKI_STR("\x1b[31mred\x07"), "\\x1b[31mred\\x07", "an escape sequence");
    visible_is(TKI_STR("a\nb\tc\rd\x7f"), "a\\nb\\tc\\rd\\x7f", "lines, tabs, delete");
    visible_is((tk_str){"a\0b", 3}, "a\\x00b", "a NUL");
    visible_is(TKI_STR("\xc3\xa4\xe6\xbc\xa2\xf0\x9f\x98\x80"), "\xc3\xa4\xe6\xbc\xa2\xf0\x9f\x98\x80",
               "letters of the world");
    visible_is(TKI_STR("a\xff\xc3(\xe6\xbc"), "a\\xff\\xc3(\\xe6\\xbc", "invalid and cut UTF-8");
    visible_is(TKI_STR("\xed\xa0\x80\xc0\xaf"), "\\xed\\xa0\\x80\\xc0\\xaf", "surrogates and overlong forms");
    visible_is(TKI_STR("\xc2\x9b"
                       "31m"),
               "\\u{9b}31m", "a C1 control, which some terminals obey");
    visible_is(TKI_STR("a\xe2\x80\xae"
                       "b\xe2\x81\xa6"
                       "c\xef\xbb\xbf"),
               "a\\u{202e}b\\u{2066}c\\u{feff}", "overrides, isolates, marks");
    visible_is(TKI_STR("\xe2\x80\xa8\xe2\x80\xa9\xf3\xa0\x81\x81"), "\\u{2028}\\u{2029}\\u{e0041}",
               "separators and tags");
    visible_is(TKI_STR("\xe2\x80\x8d\xe2\x80\xa7"), "\xe2\x80\x8d\xe2\x80\xa7", "their harmless neighbours");
}

static void test_widths(void)
{
    is_uint(tki_text_width(TKI_STR("")), 0, "nothing");
    is_uint(tki_text_width(TKI_STR("abc")), 3, "ASCII");
    is_uint(tki_text_width(TKI_STR("\xc3\xa4\xc3\xb6")), 2, "Latin");
    is_uint(tki_text_width(TKI_STR("a\xcc\x88")), 1, "a letter with a combining mark");
    is_uint(tki_text_width(TKI_STR("\xe6\xbc\xa2\xe5\xad\x97")), 4, "Han");
    is_uint(tki_text_width(TKI_STR("\xed\x95\x9c")), 2, "Hangul");
    is_uint(tki_text_width(TKI_STR("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab")), 2, "Hangul of three letters");
    is_uint(tki_text_width(TKI_STR("\xef\xbd\xb1\xef\xbc\xa1")), 3, "half width and full width");
    is_uint(tki_text_width(TKI_STR("\xf0\x9f\x98\x80")), 2, "a face");
    is_uint(tki_text_width(TKI_STR("\xf0\xa0\x80\x80")), 2, "plane 2");
    is_uint(tki_text_width(TKI_STR("\xe2\x94\x80\xe2\x94\x82\xe2\x80\xa6")), 3, "lines and an ellipsis");
    is_uint(tki_char_width(0x200d), 0, "zero width joiner");
    is_uint(tki_char_width(0xad), 1, "soft hyphen");
    is_uint(tki_char_width(0x1100), 2, "first of a range");
    is_uint(tki_char_width(0x115f), 2, "last of a range");
    is_uint(tki_char_width(0x10ff), 1, "before a range");
    is_uint(tki_char_width(0x10ffff), 1, "the last code point");
    is_uint(tki_text_prefix(TKI_STR("\xe6\xbc\xa2\xe5\xad\x97"), 3), 3, "half a character does not fit");
    is_uint(tki_text_prefix(TKI_STR("a\xcc\x88"
                                    "b"),
                            1),
            3, "a mark stays with its letter");
    is_uint(tki_text_prefix(TKI_STR("ab"), 9), 2, "all of it");
}

static void fit_is(tk_str s, size_t width, const char *want, size_t columns, const char *what)
{
    struct tki_buf b = {0};
    tki_buf_lit(&b, "|");
    is_uint(tki_buf_fit(&b, s, width), columns, "columns of %s", what);
    is_str(text(&b), want, "%s", what);
    tki_buf_free(&b);
}

static void test_fit(void)
{
    fit_is(TKI_STR("abcdef"), 6, "|abcdef", 6, "what just fits");
    fit_is(TKI_STR("abcdef"), 5, "|abcd\xe2\x80\xa6", 5, "what does not");
    fit_is(TKI_STR("abcdef"), 1, "|\xe2\x80\xa6", 1, "one column");
    fit_is(TKI_STR("abcdef"), 0, "|", 0, "no column");
    fit_is(TKI_STR("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2"), 4, "|\xe6\xbc\xa2\xe2\x80\xa6", 3,
           "a wide character that is cut");
    fit_is(TKI_STR("a\nb\nc"), 5, "|a\\nb\xe2\x80\xa6", 5, "escapes count as they are shown");
    struct tki_buf b = {0};
    tki_buf_cell(&b, TKI_STR("ab"), 5, false);
    tki_buf_lit(&b, "|");
    tki_buf_cell(&b, TKI_STR("\xe6\xbc\xa2"), 5, true);
    tki_buf_lit(&b, "|");
    tki_buf_cell(&b, TKI_STR("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"), 4, true);
    is_str(text(&b), "ab   |   \xe6\xbc\xa2| \xe6\xbc\xa2\xe2\x80\xa6", "cells");
    tki_buf_reset(&b);
    tki_buf_wrap(&b, TKI_STR("one two  three verylongword x\nnew line"), 4, 2, 12);
    is_str(text(&b), "one two\n  three\n  verylongwo\n  rd x\n  new line", "wrapped words");
    tki_buf_reset(&b);
    tki_buf_wrap(&b, TKI_STR("it took 4.10 ms, or 30 %: 7 spans of 12 kB/s and 5 s\nmin 3"), 0, 0, 10);
    is_str(text(&b), "it took\n4.10 ms,\nor 30 %: 7\nspans of\n12 kB/s\nand 5 s\nmin 3",
           "numbers stay with their units");
    tki_buf_free(&b);
}

static void test_environment(void)
{
    setenv("COLUMNS", "123", 1);
    is_uint(tki_term_width(-1), 123, "COLUMNS");
    setenv("COLUMNS", "3", 1);
    is_uint(tki_term_width(-1), 80, "a COLUMNS that makes no sense");
    setenv("COLUMNS", "100x", 1);
    is_uint(tki_term_width(-1), 80, "a COLUMNS that is no number");
    unsetenv("COLUMNS");
    setenv("NO_COLOR", "1", 1);
    ok(tki_term_color(TKI_ALWAYS, -1), "always is always");
    ok(!tki_term_color(TKI_AUTO, -1) && !tki_term_color(TKI_NEVER, -1), "no colours");
    is_str(tki_style_get(false)->red, "", "no red");
    is_str(tki_style_get(true)->red, "\x1b[31m", "red");
}

/* ---- tables
 * ---------------------------------------------------------------------------------------------------- */

int main(void)
{
    test_visible();
    test_widths();
    test_fit();
    test_environment();
    return done_testing();
}
