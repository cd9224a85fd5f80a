/* documents.h - where JSON documents begin and end: in heads, among a program's lines, behind bad ones.
 */
#ifndef TKI_FORMAT_JS_DOCUMENTS_H
#define TKI_FORMAT_JS_DOCUMENTS_H

#include "format/js/js.h"

/* p is at '{' or '['; behind the bracket that closes it, or NULL.  Unlike tki_json_skip it needs no padding: for heads.
 */
const char *tki_js_head_end(const char *p, const char *end);

/* What loggers print before documents and between them.  Whether a line of it begins at p: no JSON that could be a
 * document does.  Behind the line in *line, and the document of OTLP in it or NULL.  Whether its brackets match: if
 * not, it is rather a part of a document. */
bool tki_js_text(const char *p, const char *end);
const char *tki_js_text_document(const char *p, const char *end, const char **line);
bool tki_js_balanced(const char *p, const char *end);

/* Whether a line between p and end begins a document although brackets are open: no comma, colon or bracket stands
 * before it, so what was before it breaks off. */
bool tki_js_seam(const char *p, const char *end);

/* The resync of JSON formats: behind the value that starts at d->pos when its brackets match, else at the next
 * line that starts a document. */
bool tki_js_resync(struct tki_decode *d);
/* The same where the decoder goes on inside a document: behind the value, whatever follows it. */
bool tki_js_resync_value(struct tki_decode *d);
/* With d->inside: behind a bad element of a list, where its document goes on, when the element's brackets match. */
bool tki_js_resync_element(struct tki_decode *d);

#endif
