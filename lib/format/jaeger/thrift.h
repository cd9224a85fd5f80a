/* thrift.h - the writing half of Jaeger's Thrift, for the format's row in thrift.c. */
#ifndef TKI_FORMAT_JAEGER_THRIFT_H
#define TKI_FORMAT_JAEGER_THRIFT_H

#include "format/codec/codec.h"

/* jaeger.thrift: TagType, SpanRefType */
enum { TKI_JAEGER_TAG_STRING, TKI_JAEGER_TAG_DOUBLE, TKI_JAEGER_TAG_BOOL, TKI_JAEGER_TAG_LONG, TKI_JAEGER_TAG_BINARY };
enum { TKI_JAEGER_REF_CHILD_OF, TKI_JAEGER_REF_FOLLOWS_FROM };

void tki_jaeger_thrift_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);

#endif
