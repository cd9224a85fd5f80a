/* any.h - model values as plain JSON and as text, for formats that have no types of their own.
 *
 * Text: a string as it is, true and false, decimal numbers (shortest that reads back), base64 of bytes, the
 * JSON of arrays and key-value lists, "" for the empty value.  JSON: as Go's encoding/json writes it without
 * HTML escapes, keys sorted, the last of several values of a key.
 */
#ifndef TKI_FORMAT_JS_ANY_H
#define TKI_FORMAT_JS_ANY_H

#include "format/js/js.h"

/* Any JSON value: whole numbers in range are INT, others DOUBLE; objects KVLIST, arrays ARRAY; null is EMPTY.
 */
void tki_js_any(struct tki_js *j, struct tk_value *v);
/* The same, but an array or object becomes a STRING of its JSON text. */
void tki_js_any_flat(struct tki_js *j, struct tk_value *v);
/* The value of a text that is JSON.  Returns false, and adds nothing, if the text is none. */
bool tki_js_any_of_text(struct tk_batch *b, tk_str text, struct tk_value *v);
/* The members of the object at the cursor as attributes. */
tk_range tki_js_any_attrs(struct tki_js *j);

void tki_buf_any_json(struct tki_buf *out, const struct tk_batch *b, const struct tk_value *v,
                      uint64_t notes[TKI_NOTE_COUNT]);
/* Attributes as the members of an object, its opening bracket written already; doubles keep a point, so that
 * they are read as doubles again.  Returns how many were written. */
uint32_t tki_buf_any_members(struct tki_buf *out, const struct tk_batch *b, const struct tk_attr *a, uint32_t n,
                             uint64_t notes[TKI_NOTE_COUNT]);
/* The text form, unquoted. */
void tki_buf_any_text(struct tki_buf *out, const struct tk_batch *b, const struct tk_value *v,
                      uint64_t notes[TKI_NOTE_COUNT]);
/* The text form as a JSON string; scratch is overwritten when it is needed. */
void tki_buf_any_string(struct tki_buf *out, struct tki_buf *scratch, const struct tk_batch *b,
                        const struct tk_value *v, uint64_t notes[TKI_NOTE_COUNT]);

#endif
