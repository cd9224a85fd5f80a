#include "base/text.h"

#include "base/utf8.h"
#include "base/width.h"

#define ELLIPSIS "\xe2\x80\xa6" /* U+2026, one column */

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

bool tki_text_is_control(tk_str s, size_t at, size_t *len)
{
    uint32_t c = decode(s.p + at, s.n - at, len);
    return *len && (c < ' ' || c == 0x7f || deceives(c));
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
    tki_buf_spaces(to, width - columns);
    tki_buf_str(to, tki_buf_text(&cell, &to->err));
    tki_buf_free(&cell);
}

/* Bytes of the character at s.p + at and of the marks that combine with it. */
static size_t cluster(tk_str s, size_t at)
{
    size_t n, len;
    step(s, at, &n);
    while (at + n < s.n && (unsigned char)s.p[at + n] >= 0x80 && step(s, at + n, &len) == 0)
        n += len;
    return n;
}

size_t tki_buf_fit_middle(struct tki_buf *to, tk_str s, size_t width)
{
    size_t start = to->n;
    tki_buf_visible(to, s);
    if (to->err)
        return 0;
    tk_str shown = {to->p + start, to->n - start};
    size_t columns = tki_text_width(shown);
    if (columns <= width)
        return columns;
    if (width < 5) {
        to->n = start;
        return tki_buf_fit(to, s, width);
    }
    size_t keep = tki_text_prefix(shown, width / 2), left = tki_text_width((tk_str){shown.p, keep});
    size_t tail = keep, behind = columns - left; /* columns from tail on */
    while (behind > width - 1 - left) {
        size_t n = cluster(shown, tail);
        behind -= tki_text_width((tk_str){shown.p + tail, n});
        tail += n;
    }
    struct tki_buf rest = {0};
    tki_buf_put(&rest, shown.p + tail, shown.n - tail);
    to->n = start + keep;
    tki_buf_lit(to, ELLIPSIS);
    tki_buf_put(to, rest.p, rest.n);
    if (rest.err)
        to->err = rest.err;
    tki_buf_free(&rest);
    return left + 1 + behind;
}

/* Appends a word with its glue as spaces; returns its columns. */
static size_t put_word(struct tki_buf *to, tk_str word)
{
    size_t columns = tki_text_width(word);
    for (size_t i = 0; i < word.n; i++) {
        bool glue = word.p[i] == TKI_GLUE[0];
        tki_buf_putc(to, glue ? ' ' : word.p[i]);
        columns += glue; /* a control, which had no width */
    }
    return columns;
}

static size_t word_width(tk_str word)
{
    size_t columns = tki_text_width(word);
    for (size_t i = 0; i < word.n; i++)
        columns += word.p[i] == TKI_GLUE[0];
    return columns;
}

/* Bytes of the word's beginning that fit `room` columns, at least one character. */
static size_t word_prefix(tk_str word, size_t room)
{
    size_t i = 0;
    while (i < word.n) {
        size_t n = cluster(word, i);
        if (i && word_width((tk_str){word.p, i + n}) > room)
            break;
        i += n;
    }
    return i;
}

static bool is_digit_at(tk_str word, size_t i)
{
    return i < word.n && word.p[i] >= '0' && word.p[i] <= '9';
}

/* Where a word that needs more than a line is cut: behind what joins its parts, if that is not far back.  Numbers and
 * times stay whole. */
static size_t word_cut(tk_str word, size_t room)
{
    size_t n = word_prefix(word, room);
    for (size_t i = n; n < word.n && i > n / 2; i--)
        if (memchr("/.:_-?&=,;", word.p[i - 1], 10) && !(i > 1 && is_digit_at(word, i - 2) && is_digit_at(word, i)))
            return i;
    return n;
}

static size_t line_break(struct tki_buf *to, size_t indent)
{
    tki_buf_putc(to, '\n');
    tki_buf_spaces(to, indent);
    return indent;
}

/* A number and the unit behind it are one word.  Returns the end of the word that begins at i if it is a unit, or 0. */
static size_t unit_end(tk_str text, size_t i)
{
    static const char *const units[] = {"ns", "us", "ms", "s", "min", "h", "d", "%", "B", "kB", "MB", "GB", "TB"};
    size_t end = i;
    while (end < text.n && !memchr(" \n.,;:)/", text.p[end], 8))
        end++;
    bool unit = false;
    for (size_t k = 0; k < sizeof units / sizeof *units; k++)
        unit = unit || tki_str_eq((tk_str){text.p + i, end - i}, tki_str(units[k]));
    while (unit && end < text.n && text.p[end] != ' ' && text.p[end] != '\n')
        end++;
    return unit ? end : 0;
}

size_t tki_buf_wrap(struct tki_buf *to, tk_str text, size_t at, size_t indent, size_t width)
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
        size_t with_unit =
            end < text.n && text.p[end] == ' ' && is_digit_at(text, end - 1) ? unit_end(text, end + 1) : 0;
        end = with_unit ? with_unit : end;
        tk_str word = {text.p + i, end - i};
        i = end;
        if (!fresh && column + 1 + word_width(word) > width) {
            column = line_break(to, indent);
        } else if (!fresh) {
            tki_buf_putc(to, ' ');
            column++;
        } else if (column < indent) {
            tki_buf_spaces(to, indent - column);
            column = indent;
        }
        fresh = false;
        while (column + word_width(word) > width && width > indent) {
            size_t n = word_cut(word, width > column ? width - column : 0);
            if (n == word.n)
                break;
            put_word(to, (tk_str){word.p, n});
            word = (tk_str){word.p + n, word.n - n};
            column = line_break(to, indent);
        }
        column += put_word(to, word);
    }
    return column;
}

void tki_buf_shell_word(struct tki_buf *to, const char *word)
{
    bool plain =
        *word && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,:@%=")] == 0;
    if (plain) {
        tki_buf_str(to, tki_str(word));
        return;
    }
    tki_buf_putc(to, '\'');
    for (const char *p = word; *p; p++)
        if (*p == '\'')
            tki_buf_lit(to, "'\\''");
        else
            tki_buf_putc(to, *p);
    tki_buf_putc(to, '\'');
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
