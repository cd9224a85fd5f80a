/* text.h - text that people read: how wide it is, how it is cut and broken, and names that cannot do harm.
 *
 * Text is UTF-8 whatever the locale; widths come from tables of our own (Unicode East Asian Width W and F:
 * two columns; combining marks and format characters: none).
 */
#ifndef TKI_BASE_TEXT_H
#define TKI_BASE_TEXT_H

#include "base/buf.h"

/* Appends s with what is not plain text escaped visibly: controls as \n, \t, \x1b; invalid bytes as \xff;
 * line and paragraph separators, bidirectional overrides and isolates, and byte order marks as \u{202e}.  A
 * backslash stays one. */
void tki_buf_visible(struct tki_buf *to, tk_str s);

/* A word of a command line that people copy: what the shell would take apart stands in quotes. */
void tki_buf_shell_word(struct tki_buf *to, const char *word);

/* Returns true if the character at s.p[at] is none that people see: a control, a line separator, a bidirectional mark.
 * len gets its bytes, 0 where they are not UTF-8. */
bool tki_text_is_control(tk_str s, size_t at, size_t *len);

/* Takes the next line off s, without its newline; false: there is none. */
static inline bool tki_line_next(tk_str *s, tk_str *line)
{
    if (!s->n)
        return false;
    const char *end = tki_str_find(*s, '\n');
    *line = (tk_str){s->p, end ? (size_t)(end - s->p) : s->n};
    s->p += line->n + (end != NULL);
    s->n -= line->n + (end != NULL);
    return true;
}

/* Columns of text as a terminal shows it; s is taken as already visible (a control counts none). */
size_t tki_text_width(tk_str s);
/* Bytes of the longest prefix that is at most `width` columns wide, with the marks that combine with its
 * end. */
size_t tki_text_prefix(tk_str s, size_t width);

/* Appends s made visible, in at most `width` columns: what is longer ends with an ellipsis.  Returns the
 * columns. */
size_t tki_buf_fit(struct tki_buf *to, tk_str s, size_t width);
/* Likewise, filled up with spaces to exactly `width` columns, on the left when right is true. */
void tki_buf_cell(struct tki_buf *to, tk_str s, size_t width, bool right);
void tki_buf_spaces(struct tki_buf *to, size_t n);

/* Like tki_buf_fit, but what is longer loses its middle: names of services and operations often differ at their ends.
 */
size_t tki_buf_fit_middle(struct tki_buf *to, tk_str s, size_t width);

/* In text that is broken into lines: a space where no line ends. */
#define TKI_GLUE "\x1f"
/* Appends the words of text, broken so that no line has more than `width` columns; the first word starts at
 * column `at` (where the line already is), later lines are indented.  A word that is longer than a line goes on
 * in the next; a number and its unit are one.  A newline in the text ends a line; no newline at the end.  Returns the
 * column of the end. */
size_t tki_buf_wrap(struct tki_buf *to, tk_str text, size_t at, size_t indent, size_t width);

struct tki_style { /* escape sequences, or "" each when colours are off */
    const char *bold, *dim, *red, *green, *yellow, *blue, *magenta, *cyan, *reset;
};
const struct tki_style *tki_style_get(bool color);

#endif
