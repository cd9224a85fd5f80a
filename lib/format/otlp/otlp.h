/* otlp.h - what others need of the OTLP encodings beyond reading and writing streams of them. */
#ifndef TKI_FORMAT_OTLP_H
#define TKI_FORMAT_OTLP_H

#include "base/buf.h"
#include "base/num.h"
#include "format/codec/codec.h"
#include "format/js/simd.h"

extern const char *const tki_otlp_json_split[]; /* where records repeat, for the cutter */

/* Appends `resource_spans` elements, a valid TracesData message, with these spans (all when rows is NULL) in
 * this order; adjacent spans of one resource and scope share them. */
void tki_otlp_proto_put(struct tki_buf *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* The same spans as JSON lines, one line a resource.  Invalid UTF-8 is replaced and counted in notes. */
void tki_otlp_json_put(struct tki_buf *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                       uint64_t notes[TKI_NOTE_COUNT]);
/* Returns true if the text of a span, resource or scope, as it was read, can stand inside such a line. */
bool tki_otlp_json_copies(tk_str raw);
/* Bytes of these lines.  Each span is written into scratch, whose content is overwritten and whose error tells that
 * memory ran out, so the size cannot differ from what writing gives. */
size_t tki_otlp_json_size(struct tki_buf *scratch, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* The same without the elements of the spans' attributes, of a batch that does not hold spans as OTLP JSON: whoever
 * looks at each attribute anyway adds what these two say of it. */
size_t tki_otlp_json_bare_size(struct tki_buf *scratch, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* Bytes of an attribute but for its value; the value's. */
size_t tki_otlp_json_key_size(struct tki_buf *scratch, tk_str key);
size_t tki_otlp_json_any_value_size(struct tki_buf *scratch, const struct tk_batch *b, const struct tk_value *v);
static inline size_t tki_otlp_json_value_size(struct tki_buf *scratch, const struct tk_batch *b,
                                              const struct tk_value *v)
{
    if (v->type == TK_STRING && tki_is_plain(v->v.s, v->n))
        return sizeof "{\"stringValue\":\"\"}" - 1 + v->n;
    if (v->type == TK_INT)
        return sizeof "{\"intValue\":\"\"}" - 1 + tki_i64_chars(v->v.i);
    if (v->type == TK_BOOL)
        return v->v.b ? sizeof "{\"boolValue\":true}" - 1 : sizeof "{\"boolValue\":false}" - 1;
    return tki_otlp_json_any_value_size(scratch, b, v);
}
/* One document, as Tempo's trace API has it. */
void tki_tempo_json_put(struct tki_buf *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                        uint64_t notes[TKI_NOTE_COUNT]);
/* Bytes of what tki_otlp_proto_put writes of these rows; size[row]: of each span as an element of ScopeSpans.spans,
 * with tag and length.  What is at hand as it came is not written; the rest is, into scratch, whose content is
 * overwritten and whose error tells that memory ran out: a size cannot differ from what writing gives. */
size_t tki_otlp_proto_sizes(struct tki_buf *scratch, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                            uint32_t *size);
/* Bytes of an attribute as an element of a span, a resource or an event, and of an event of a span, as they are written
 * anew: tag, length and content. */
size_t tki_otlp_proto_any_attr_size(const struct tk_batch *b, const struct tk_attr *a);
static inline size_t tki_otlp_proto_attr_size(const struct tk_batch *b, const struct tk_attr *a)
{
    enum { AROUND = 8 }; /* four tags and four lengths, of a byte each */
    if (a->value.type == TK_STRING && a->key.n && a->key.n + a->value.n + AROUND < 0x80)
        return AROUND + a->key.n + a->value.n;
    return tki_otlp_proto_any_attr_size(b, a);
}
size_t tki_otlp_proto_event_size(const struct tk_batch *b, const struct tk_event *e);
/* Adds the spans of a TracesData message to a batch that may have rows; no padding need follow it. */
int tki_otlp_proto_add(struct tk_batch *b, tk_str message, unsigned needs, struct tk_err *err);

extern const struct tki_format tki_format_otlp_json; /* Tempo wraps it */

#endif
