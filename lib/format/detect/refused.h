/* refused.h - what is recognised and not read, so that the message says what it is and what to do. */
#ifndef TKI_FORMAT_REFUSED_H
#define TKI_FORMAT_REFUSED_H

#include "base/buf.h"
#include "format/detect/head.h"

/* TK_EUNSUPPORTED with *err naming it, or 0. */
int tki_refused(const struct tki_head *head, struct tk_err *err);
/* Likewise, of those alone that have to be asked before the formats bid. */
int tki_refused_first(const struct tki_head *head, struct tk_err *err);
/* Returns true if an object of JSON is a record of a log, which says how bad it is and a message, and has nothing that
 * only spans have.  Other tools' spans may be such objects, too: it is asked of what no format is known to be. */
bool tki_is_log_record(tk_str document);
/* TK_EFORMAT: says what the head looks like, when it is nothing that is known. */
int tki_unknown(tk_str head, bool eof, struct tk_err *err);

/* Appends what --columns may be for a table whose first line is `header`, where its names tell both ids and the start.
 */
void tki_guess_columns(struct tki_buf *to, tk_str header, char separator);

#endif
