/* json.h - JSON documents as trees: built, written and read with jansson, which is included here alone.
 *
 * For reports and configurations, which are small.  Streams of spans have a cursor of their own (format/js).
 *
 * A tree is jansson's json_t, with its reference counts: json_decref frees it.  What is NULL here is out of memory;
 * jansson's json_object_set_new and json_array_append_new take NULL and return -1, so that a builder can ask once.
 * Members stay in the order in which they were set.  Several threads may use different trees.
 */
#ifndef TKI_BASE_JSON_H
#define TKI_BASE_JSON_H

#include <jansson.h>

#include "base/buf.h"

/* A string; bytes that are not UTF-8 become U+FFFD. */
json_t *tki_json_new_str(tk_str s);
/* Beyond 2^53 the digits as a string, as OTLP has them: readers that hold numbers as doubles would change them. */
json_t *tki_json_new_u64(uint64_t x);
json_t *tki_json_new_i64(int64_t x);
/* Always a string of digits: for what is beyond 2^53 as a rule, such as Unix time in nanoseconds. */
json_t *tki_json_new_digits(uint64_t x);
/* null for NaN and infinities, which JSON does not have. */
json_t *tki_json_new_real(double x);

/* Appends the text: with two spaces of indent and a newline at the end, or compact on one line without.  Reals are
 * written here, in the fewest digits that read back the same; jansson would take a fixed number of them, too few for
 * some or too many for most.  Failing, the buffer's error says so. */
void tki_json_write(const json_t *doc, bool compact, struct tki_buf *to);

/* One document that fills the text, no member twice.  TK_EINVALID with the line and column in err->text and the byte
 * offset, or TK_ENOMEM. */
int tki_json_read(tk_str text, json_t **doc, struct tk_err *err);

#endif
