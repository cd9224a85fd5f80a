/* json.h - the parts of Zipkin's JSON, for the formats' rows in json.c. */
#ifndef TKI_FORMAT_ZIPKIN_JSON_H
#define TKI_FORMAT_ZIPKIN_JSON_H

#include "format/js/js.h"
#include "format/zipkin/v1.h"

void tki_zipkin_json_endpoint(struct tki_js *j, struct tki_zipkin_endpoint *e);
/* The object at the cursor, but for its ids. */
void tki_zipkin_v1_json_span(struct tki_js *j, struct tki_zipkin_v1 *v);

void tki_zipkin_json_begin(struct tki_encode *e);
void tki_zipkin_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_zipkin_v1_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);
void tki_zipkin_json_end(struct tki_encode *e);

#endif
