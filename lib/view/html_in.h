/* html_in.h - the parts of the html view, inside lib/view. */
#ifndef TKI_VIEW_HTML_IN_H
#define TKI_VIEW_HTML_IN_H

extern const char *const tki_html_script[]; /* lines; NULL last */

#endif
