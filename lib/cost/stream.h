/* stream.h - from what a dump measures to quantities a second: the rate, encodings, and the models of stores.
 *
 * What a store holds is a model: its factor times bytes that were really encoded and compressed.  The factors come from
 * dumps that were written into the stores: a columnar store (Parquet as Tempo has it, ClickHouse) 0.87 to 1.34 times
 * zstd -3 of OTLP protobuf; Elasticsearch, one copy, 0.36 to 0.44 times Jaeger's documents.  --calibrate sets what one
 * deployment really has.
 */
#ifndef TKI_COST_STREAM_H
#define TKI_COST_STREAM_H

#include "cost/encodings.h"
#include "cost/quantities.h"

/* Factors, each with its range. */
extern const struct tki_range tki_columnar_model; /* of zstd -3 */
extern const struct tki_range tki_es_model;       /* of Jaeger's Elasticsearch documents */

struct tki_stream {
    enum tki_mean per; /* what the rate counts, of what arrives: traces, spans or bytes of OTLP protobuf */
    double per_s;
    bool measured;                         /* the dump says the rate: it is chance, too */
    double spans_per_trace, span_bytes;    /* given; NAN: as measured */
    const struct tki_measured *all;        /* what arrives; NULL: there is no dump, and both above are given */
    const struct tki_encodings *encodings; /* NULL: nothing is known of them */
    double columnar_span, es_span;         /* calibrated: stored bytes a span; NAN: the model */
};
/* The quantities of what counts in `kept`, which was made with the stream's `per`; NULL: of all that arrives. */
void tki_stream_quantities(const struct tki_stream *s, const struct tki_measured *kept, struct tki_quantities *q);

#endif
