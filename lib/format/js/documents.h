/* documents.h - where JSON documents begin and end: in heads, among a program's lines, behind bad ones.
 */
#ifndef TKI_FORMAT_JS_DOCUMENTS_H
#define TKI_FORMAT_JS_DOCUMENTS_H

#include "format/js/js.h"

/* p is at '{' or '['.  Returns what is behind the bracket that closes it, or NULL.  Unlike tki_json_skip this function
 * needs no padding, so that heads can be asked.
 */
const char *tki_js_head_end(const char *p, const char *end);

/* Returns true if a byte order mark stands at p: files that were joined have them between documents. */
static inline bool tki_js_bom(const char *p, const char *end)
{
    return end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0;
}

/* Lines that loggers print before documents and between them.  The first function returns true if such a line begins at
 * p; a JSON document begins otherwise.  The second one returns the first document in the line at p, or NULL, and sets
 * *line to what is behind the line.  The third one returns true if a document of OTLP begins at p.  The fourth one
 * returns true if the brackets from p to `to`, in the line there, match; if not, the line is rather a part of a
 * document.  A bracket counts when JSON may follow.
 */
bool tki_js_text(const char *p, const char *end);
const char *tki_js_text_document(const char *p, const char *end, const char **line);
bool tki_js_text_otlp(const char *p, const char *end);
bool tki_js_balanced(const char *p, const char *to, const char *end);

/* Returns true if a brace stands at p that begins no object of JSON, such as one that Node prints. */
bool tki_js_no_object(const char *p, const char *end);
/* Returns what is behind its line, and behind those that go on with it: they are indented, or close it.  NULL: there
 * may be more of them behind `end`. */
const char *tki_js_no_object_end(const char *p, const char *end);

/* Of a line of text: the beginning of the first document in it that stands in quotes, with \\" for its own, as loggers
 * print what they were given.  Puts at most `room` bytes of it to `to`, without the escapes, and returns how many; 0:
 * there is none. */
size_t tki_js_text_quoted(const char *p, const char *end, char *to, size_t room);

/* Returns true if a line between p and end begins a document although brackets are open: no comma, colon or bracket
 * stands before it, so the document before breaks off. */
bool tki_js_seam(const char *p, const char *end);

/* The resync of JSON formats: moves d->pos behind the value that starts there if its brackets match, else to the next
 * line that starts a document. */
bool tki_js_resync(struct tki_decode *d);
/* The same for decoders that go on inside a document: moves behind the value, whatever follows the value. */
bool tki_js_resync_value(struct tki_decode *d);
/* The same inside a list (d->inside): moves behind a bad element whose brackets match, where the document goes on. */
bool tki_js_resync_element(struct tki_decode *d);

#endif
