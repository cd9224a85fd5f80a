/* encodings.h - how large traces are in other encodings, and how small zstd makes them: really encoded and compressed.
 *
 * Each is a ratio: bytes for each byte of OTLP protobuf as it was sent, over the traces of a sample (sample.h).  The
 * encoders are those that write files, so what they write of every trace is what tracecat writes.
 *
 * Compression is of pieces as they were sent (units.h).
 */
#ifndef TKI_COST_ENCODINGS_H
#define TKI_COST_ENCODINGS_H

#include "cost/blocks.h"
#include "cost/cut.h"
#include "cost/sample.h"

enum tki_encoding {
    TKI_E_JAEGER_JSON,
    TKI_E_JAEGER_PROTO,
    TKI_E_ZIPKIN_JSON,
    TKI_E_ES_JSON, /* Jaeger's documents for Elasticsearch, as _bulk takes them */
    TKI_E_WRITTEN, /* so many are written by encoders */
    TKI_E_ZSTD_1 = TKI_E_WRITTEN,
    TKI_E_ZSTD_3,
    TKI_ENCODINGS
};
extern const char *const tki_encoding_names[]; /* "Jaeger JSON", ..., "zstd -3" */
extern const char *const tki_encoding_keys[];  /* "jaeger_json", ..., "zstd_3" */

struct tki_encoded {
    struct tki_estimate ratio; /* bytes for each byte of OTLP protobuf; weighted */
    uint64_t bytes;            /* of what was looked at */
};

struct tki_encodings {
    uint64_t traces, spans, proto_bytes; /* that were looked at */
    bool all;                            /* they are all there are: bytes are exact */
    bool all_compressed;                 /* all of the dump was: likewise */
    uint64_t compressed_bytes;           /* that were compressed */
    struct tki_encoded of[TKI_ENCODINGS];
};

/* Below so many spans what a file has once shows in compressed sizes. */
enum { TKI_SPANS_FEW = 10000 };

/* Traces without something: of the same ledger, the measure of what is left. */
struct tki_encode_without {
    const struct tki_left_out *cuts;
    size_t n;
    const struct tki_measure *left;
};
/* After all was added to the sample and the blocks, which have ended.  without: NULL, or ratios are to what is left,
 * and the blocks have no more than that.  0, TK_ENOMEM, TK_EIO with *err. */
int tki_encodings_measure(struct tki_encodings *e, struct tki_sample *sample, const struct tki_blocks *blocks,
                          const struct tki_encode_without *without, uint64_t seed, struct tk_err *err);

#endif
