/* es.h - writing Jaeger's Elasticsearch documents. */
#ifndef TKI_FORMAT_JAEGER_ES_H
#define TKI_FORMAT_JAEGER_ES_H

#include "format/codec/codec.h"

/* Lines for _bulk: before a span's document the one of its service and operation, when it is new that day. */
void tki_jaeger_es_free(void *state);
void tki_jaeger_es_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);

#endif
