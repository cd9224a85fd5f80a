/* proto.h - Jaeger's api_v2 protobuf: reading and writing, for proto.c, proto_bid.c and proto_write.c.
 *
 * Batch, Trace and SpansResponseChunk all have their spans in field 1; PostSpansRequest and a Trace in an
 * answer have a Batch or a Trace there; a single Span has its trace id there.  Field 2 is a Batch's process
 * or an entry of a Trace's process_map, and stands behind the spans that belong to it.
 */
#ifndef TKI_FORMAT_JAEGER_PROTO_H
#define TKI_FORMAT_JAEGER_PROTO_H

#include "format/codec/codec.h"

/* what a top-level field 1 is */
enum tki_jaeger_shape {
    TKI_JAEGER_SPAN,   /* an element of Batch.spans, Trace.spans */
    TKI_JAEGER_HOLDER, /* a Batch or a Trace itself */
    TKI_JAEGER_ID,     /* the trace id of a single Span */
};
enum tki_jaeger_shape tki_jaeger_proto_shape(tk_str element);
/* Returns true if a span has a process of its own; an empty process counts, too. */
bool tki_jaeger_proto_has_process(tk_str span);

unsigned tki_jaeger_proto_bid(const struct tki_head *h);
extern const struct tki_cutter tki_jaeger_proto_cut;
void tki_jaeger_proto_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);

#endif
