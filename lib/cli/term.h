/* term.h - what a terminal is asked for: its width, colours; and the line with a caret below a wrong character. */
#ifndef TKI_CLI_TERM_H
#define TKI_CLI_TERM_H

#include "base/text.h"

bool tki_term_is(int fd);
/* Columns: COLUMNS when it is a sensible number, else the terminal's own, else 80. */
size_t tki_term_width(int fd);
/* when: enum tki_when.  auto: fd is a terminal, TERM is not "dumb", NO_COLOR is empty or not set. */
bool tki_term_color(int when, int fd);

/* Appends the line of text that byte `offset` is in, made visible, and a line with a caret under that byte;
 * of long lines 76 columns.  Tabs count one column. */
void tki_buf_caret(struct tki_buf *to, tk_str text, uint64_t offset);

#endif
