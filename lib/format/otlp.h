/* otlp.h - what others need of the OTLP encodings beyond reading and writing streams of them. */
#ifndef TKI_FORMAT_OTLP_H
#define TKI_FORMAT_OTLP_H

#include "base/buf.h"
#include "model/batch.h"

/* Bytes of the span as an element of ScopeSpans.spans: tag, length and content. */
size_t tki_otlp_proto_span_size(const struct tk_batch *b, uint32_t row);
/* Bytes of a TracesData message with these spans (all when rows is NULL), resources and scopes included. */
size_t tki_otlp_proto_size(const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* Appends `resource_spans` elements, a valid TracesData message, with these spans in this order; adjacent
 * spans of one resource and scope share them. */
void tki_otlp_proto_put(struct tki_buf *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                        uint64_t notes[TK_NOTE_COUNT]);
/* Likewise as JSON lines, one line a resource. */
void tki_otlp_json_put(struct tki_buf *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                       uint64_t notes[TK_NOTE_COUNT]);
/* Bytes of those lines. */
size_t tki_otlp_json_size(const struct tk_batch *b, const uint32_t *rows, size_t nrows);
/* Adds the spans of a TracesData message to a batch that may have rows; TKI_PADDING bytes need not follow. */
int tki_otlp_proto_add(struct tk_batch *b, tk_str message, unsigned needs, struct tk_err *err);

#endif
