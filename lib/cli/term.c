#include "cli/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/opts.h"

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

static void visible_line(struct tki_buf *to, tk_str line)
{
    struct tki_buf plain = {0};
    for (size_t i = 0; i < line.n; i++)
        tki_buf_putc(&plain, line.p[i] == '\t' || line.p[i] == '\r' ? ' ' : line.p[i]);
    tki_buf_visible(to, tki_buf_text(&plain, &to->err));
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
    tk_str before = tki_buf_text(&left, &to->err), after = tki_buf_text(&right, &to->err);
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
