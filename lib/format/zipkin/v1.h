/* v1.h - Zipkin's first model of a span, whatever the encoding, both ways.
 *
 * A v1 span is the union of what client and server said of one call: annotations and binary annotations, each
 * with the endpoint that said it.  It becomes as many spans as there are services among the endpoints, by the
 * rules of Zipkin's own V1SpanConverter: marks (cs, cr, sr, ss, ms, mr, ws, wr) become kinds and times, sa,
 * ca and ma remote endpoints, the rest annotations and tags of the span whose service said it.  Client and
 * server that report on their own are spans of their own, here as there.
 */
#ifndef TKI_FORMAT_ZIPKIN_V1_H
#define TKI_FORMAT_ZIPKIN_V1_H

#include "format/zipkin/words.h"

/* ---- reading ---- */

struct tki_zipkin_v1_annotation {
    uint64_t time_ns;
    tk_str value;
    struct tki_zipkin_endpoint endpoint; /* empty: nobody's */
    uint32_t number, half;               /* private */
};

struct tki_zipkin_v1_binary {
    tk_str key;
    struct tk_value value; /* BOOL: true for an address; else nothing that is kept */
    struct tki_zipkin_endpoint endpoint;
    uint32_t number, half; /* private */
};

/* All-zero is valid and empty. */
struct tki_zipkin_v1 {
    tk_id128 trace_id;
    uint64_t span_id, parent_id, start_ns, duration_ns; /* 0: absent */
    tk_str name;
    bool debug;
    struct tki_buf annotations, binaries, halves;
};
void tki_zipkin_v1_free(struct tki_zipkin_v1 *v);
/* Empties it and keeps its memory. */
void tki_zipkin_v1_reset(struct tki_zipkin_v1 *v);
/* A new one, all zero, good until the next call; NULL: out of memory. */
struct tki_zipkin_v1_annotation *tki_zipkin_v1_annotation(struct tki_zipkin_v1 *v);
struct tki_zipkin_v1_binary *tki_zipkin_v1_binary(struct tki_zipkin_v1 *v);
/* Adds the spans to the batch, through w.  TK_ENOMEM; TK_ELIMIT: more than TKI_ZIPKIN_V1_HALVES_MAX services.
 */
int tki_zipkin_v1_spans(struct tki_zipkin_v1 *v, struct tki_zipkin_span *w, struct tk_batch *b, unsigned needs);
enum { TKI_ZIPKIN_V1_HALVES_MAX = 1024 };

/* ---- writing ---- */

/* What the writer makes of kind, times and remote endpoint, as Zipkin's own V2SpanConverter does; but the
 * times of a shared span stay when no mark tells them.  Counts what no mark can tell. */
struct tki_zipkin_v1_marks {
    const char *begin, *end, *address; /* NULL: none */
    uint64_t begin_us, end_us;
    uint64_t start_us, duration_us; /* of the span; 0: absent */
};
struct tki_zipkin_v1_marks tki_zipkin_v1_marks_of(const struct tki_zipkin_out *o, const struct tk_batch *b,
                                                  const struct tk_span *s, uint64_t notes[TKI_NOTE_COUNT]);

#endif
