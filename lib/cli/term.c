#include "cli/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/opts.h"
#include "cli/width.h"

#define ELLIPSIS "\xe2\x80\xa6" /* U+2026, one column */

bool tki_term_is(int fd)
{
    return isatty(fd) == 1;
}

size_t tki_term_width(int fd)
{
    const char *columns = getenv("COLUMNS");
    if (columns && *columns) {
        char *end;
        long n = strtol(columns, &end, 10);
        if (!*end && n >= 20 && n <= 10000)
            return (size_t)n;
    }
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

bool tki_term_color(int when, int fd)
{
    if (when != TKI_AUTO)
        return when == TKI_ALWAYS;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no && *no) && term && *term && strcmp(term, "dumb") != 0 && tki_term_is(fd);
}

const struct tki_style *tki_style_get(bool color)
{
    static const struct tki_style none = {"", "", "", "", "", "", "", "", ""};
    static const struct tki_style some = {
        .bold = "\x1b[1m",
        .dim = "\x1b[2m",
        .red = "\x1b[31m",
        .green = "\x1b[32m",
        .yellow = "\x1b[33m",
        .blue = "\x1b[34m",
        .magenta = "\x1b[35m",
        .cyan = "\x1b[36m",
        .reset = "\x1b[0m",
    };
    return color ? &some : &none;
}

/* ---- characters ---- */

/* The code point at p (n > 0) and its bytes; invalid: the byte, and *len = 0. */
static uint32_t decode(const char *p, size_t n, size_t *len)
{
    const unsigned char *s = (const unsigned char *)p;
    size_t want = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    *len = want;
    if (want > n || tki_utf8_valid(p, want) != want) {
        *len = 0;
        return s[0];
    }
    switch (want) {
    case 1: return s[0];
    case 2: return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
    case 3: return (s[0] & 0xfu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    default: return (s[0] & 7u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
    }
}

/* What changes how the text around it is shown: line separators, bidirectional marks, byte order marks, tags.
 */
static bool deceives(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

static void put_control(struct tki_buf *to, unsigned char c)
{
    switch (c) {
    case '\n': tki_buf_lit(to, "\\n"); break;
    case '\t': tki_buf_lit(to, "\\t"); break;
    case '\r': tki_buf_lit(to, "\\r"); break;
    default: tki_buf_printf(to, "\\x%02x", c); break;
    }
}

void tki_buf_visible(struct tki_buf *to, tk_str s)
{
    size_t plain = 0; /* start of what is not appended yet */
    for (size_t i = 0; i < s.n;) {
        unsigned char byte = (unsigned char)s.p[i];
        if (byte >= 0x20 && byte < 0x7f) {
            i++;
            continue;
        }
        size_t len;
        uint32_t c = decode(s.p + i, s.n - i, &len);
        if (len > 1 && !deceives(c)) {
            i += len;
            continue;
        }
        tki_buf_put(to, s.p + plain, i - plain);
        if (len > 1)
            tki_buf_printf(to, "\\u{%x}", (unsigned)c);
        else
            put_control(to, byte);
        i += len ? len : 1;
        plain = i;
    }
    if (plain < s.n)
        tki_buf_put(to, s.p + plain, s.n - plain);
}

/* Columns and bytes of the character at s.p + at. */
static unsigned step(tk_str s, size_t at, size_t *len)
{
    uint32_t c = decode(s.p + at, s.n - at, len);
    if (!*len) {
        *len = 1;
        return 1; /* a terminal shows something */
    }
    return tki_char_width(c);
}

size_t tki_text_width(tk_str s)
{
    size_t width = 0;
    for (size_t i = 0, len; i < s.n; i += len)
        width += step(s, i, &len);
    return width;
}

size_t tki_text_prefix(tk_str s, size_t width)
{
    size_t i = 0, used = 0;
    while (i < s.n) {
        size_t len;
        unsigned columns = step(s, i, &len);
        if (used + columns > width)
            break;
        used += columns;
        i += len;
    }
    return i;
}

/* ---- fitting ---- */

void tki_buf_spaces(struct tki_buf *to, size_t n)
{
    char *p = tki_buf_room(to, n);
    if (p && n) {
        memset(p, ' ', n);
        to->n += n;
    }
}

size_t tki_buf_fit(struct tki_buf *to, tk_str s, size_t width)
{
    size_t start = to->n;
    tki_buf_visible(to, s);
    if (to->err)
        return 0;
    tk_str shown = {to->p + start, to->n - start};
    size_t columns = tki_text_width(shown);
    if (columns <= width)
        return columns;
    if (!width) {
        to->n = start;
        return 0;
    }
    size_t keep = tki_text_prefix(shown, width - 1);
    columns = tki_text_width((tk_str){shown.p, keep}) + 1;
    to->n = start + keep;
    tki_buf_lit(to, ELLIPSIS);
    return columns;
}

void tki_buf_cell(struct tki_buf *to, tk_str s, size_t width, bool right)
{
    if (!right) {
        size_t columns = tki_buf_fit(to, s, width);
        tki_buf_spaces(to, width - columns);
        return;
    }
    struct tki_buf cell = {0};
    size_t columns = tki_buf_fit(&cell, s, width);
    if (cell.err && !to->err)
        to->err = cell.err;
    tki_buf_spaces(to, width - columns);
    tki_buf_put(to, cell.p, cell.n);
    tki_buf_free(&cell);
}

void tki_buf_wrap(struct tki_buf *to, tk_str text, size_t at, size_t indent, size_t width)
{
    size_t column = at;
    bool fresh = true; /* no word on this line yet */
    for (size_t i = 0; i < text.n;) {
        if (text.p[i] == '\n') {
            tki_buf_putc(to, '\n');
            column = 0;
            fresh = true;
            i++;
            continue;
        }
        if (text.p[i] == ' ') {
            i++;
            continue;
        }
        size_t end = i;
        while (end < text.n && text.p[end] != ' ' && text.p[end] != '\n')
            end++;
        tk_str word = {text.p + i, end - i};
        size_t columns = tki_text_width(word);
        if (!fresh && column + 1 + columns > width) {
            tki_buf_putc(to, '\n');
            column = 0;
            fresh = true;
        }
        if (!fresh) {
            tki_buf_putc(to, ' ');
            column++;
        } else if (column < indent) {
            tki_buf_spaces(to, indent - column);
            column = indent;
        }
        tki_buf_str(to, word);
        column += columns;
        fresh = false;
        i = end;
    }
}

static void visible_line(struct tki_buf *to, tk_str line)
{
    struct tki_buf plain = {0};
    for (size_t i = 0; i < line.n; i++)
        tki_buf_putc(&plain, line.p[i] == '\t' || line.p[i] == '\r' ? ' ' : line.p[i]);
    tki_buf_visible(to, (tk_str){plain.p, plain.n});
    tki_buf_free(&plain);
}

void tki_buf_caret(struct tki_buf *to, tk_str text, uint64_t offset)
{
    enum { WIDE = 76, BEFORE = 50 };
    size_t at = offset < text.n ? (size_t)offset : text.n;
    while (at > 0 && at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80)
        at--;
    size_t from = at, end = at;
    while (from > 0 && text.p[from - 1] != '\n')
        from--;
    while (end < text.n && text.p[end] != '\n')
        end++;
    struct tki_buf left = {0}, right = {0};
    visible_line(&left, (tk_str){text.p + from, at - from});
    visible_line(&right, (tk_str){text.p + at, end - at});
    tk_str before = {left.p, left.n}, after = {right.p, right.n};
    size_t columns = tki_text_width(before), indent = 2;
    if (columns > BEFORE && columns + tki_text_width(after) > WIDE) {
        size_t drop = tki_text_prefix(before, columns - BEFORE);
        before = (tk_str){before.p + drop, before.n - drop};
        columns = tki_text_width(before);
        indent = 5;
    }
    size_t keep = tki_text_prefix(after, columns < WIDE ? WIDE - columns : 0);
    tki_buf_str(to, tki_str(indent > 2 ? "  ..." : "  "));
    tki_buf_str(to, before);
    tki_buf_put(to, after.p, keep);
    tki_buf_str(to, tki_str(keep < after.n ? "...\n" : "\n"));
    tki_buf_spaces(to, indent + columns);
    tki_buf_lit(to, "^\n");
    tki_buf_free(&left);
    tki_buf_free(&right);
}
