/* proto.h - Zipkin's proto3: recognising and writing, for proto.c. */
#ifndef TKI_FORMAT_ZIPKIN_PROTO_H
#define TKI_FORMAT_ZIPKIN_PROTO_H

#include "format/codec/codec.h"

unsigned tki_zipkin_proto_bid(const struct tki_head *h);
void tki_zipkin_proto_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);

#endif
