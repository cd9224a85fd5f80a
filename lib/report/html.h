/* html.h - pages that need nothing but themselves: no network, no other file; light or dark as the reader prefers.
 *
 * The shell of every page: its head, its colours, and text that is written as text whatever it holds.
 */
#ifndef TKI_REPORT_HTML_H
#define TKI_REPORT_HTML_H

#include "base/buf.h"

/* Everything before the content.  style: rules for this page; body: its class, or NULL. */
void tki_html_begin(struct tki_buf *to, tk_str title, const char *style, const char *body);
void tki_html_end(struct tki_buf *to);
/* Text, also within quotes: what would be markup is escaped, control characters are visible. */
void tki_html_text(struct tki_buf *to, tk_str s);
/* JSON as it may stand in a script element: nothing in it ends the element. */
void tki_html_json(struct tki_buf *to, tk_str json);

#endif
