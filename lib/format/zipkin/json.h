/* json.h - the writing half of Zipkin's v2 JSON, for the format's row in json.c. */
#ifndef TKI_FORMAT_ZIPKIN_JSON_H
#define TKI_FORMAT_ZIPKIN_JSON_H

#include "format/format.h"

void tki_zipkin_json_begin(struct tki_encode *e);
void tki_zipkin_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_zipkin_json_end(struct tki_encode *e);

#endif
