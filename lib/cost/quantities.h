/* quantities.h - what a stream of traces amounts to each second: the seam between what is measured of a dump and
 * what backends ask money for.
 *
 * A stream is all traces that arrive, or those that some sampling keeps, or a part of them (traces with errors).
 * Each quantity is a rate per second with the range in which it lies: low = mid = high where it is exact or given.
 * A range holds what the dump cannot say (its traces are a sample: 95 %), and for what a store holds also what the
 * model of the store cannot say.  What is not known (no dump was read) is NaN in all three.
 *
 * Streams add up: of a stream and a part of it, the rest is the difference.  Plain values, no ownership.
 */
#ifndef TKI_COST_QUANTITIES_H
#define TKI_COST_QUANTITIES_H

#include <stdbool.h>
#include <stdint.h>

struct tki_range {
    double low, mid, high;
};

/* In the order of tki_quantity_names.  Bytes are of spans as that encoding writes them, before compression, except
 * where it says stored. */
enum tki_quantity {
    TKI_Q_TRACES,
    TKI_Q_SPANS,
    TKI_Q_EVENTS,       /* span events */
    TKI_Q_LINKS,        /* span links */
    TKI_Q_PROTO,        /* bytes as OTLP protobuf: what is sent */
    TKI_Q_JSON,         /* bytes as OTLP JSON */
    TKI_Q_JAEGER_JSON,  /* bytes as Jaeger's JSON */
    TKI_Q_JAEGER_PROTO, /* bytes as Jaeger's protobuf (api_v2) */
    TKI_Q_ZIPKIN_JSON,  /* bytes as Zipkin's JSON, version 2 */
    TKI_Q_ES_JSON,      /* bytes of Jaeger's Elasticsearch documents */
    TKI_Q_ZSTD,         /* bytes of OTLP protobuf after zstd -3, in blocks as a store has them */
    TKI_Q_COLUMNAR,     /* bytes stored by a columnar store (Tempo, ClickHouse), one copy */
    TKI_Q_ES_STORED,    /* bytes stored by Elasticsearch, one copy */
    TKI_Q_COUNT
};
/* "traces", "spans", "events", "links", "otlp_proto_bytes", ..., NULL: as price files and reports name them. */
extern const char *const tki_quantity_names[];

struct tki_quantities {
    struct tki_range per_s[TKI_Q_COUNT];
    uint32_t assumed; /* a bit for each that nobody measured or gave: tki_assumed_factor of OTLP protobuf */
};
/* Without a dump, times the bytes of OTLP protobuf: between what four dumps had, of 200,000 generated spans with many
 * attributes, of the spans of SDKs, and of two public systems with few attributes.  mid 0: nothing is assumed. */
extern const struct tki_range tki_assumed_factor[TKI_Q_COUNT];

struct tki_range tki_range_exact(double value);
/* The range of value * factor; a negative factor is not asked for. */
struct tki_range tki_range_scale(struct tki_range r, double factor);
struct tki_range tki_range_times(struct tki_range a, struct tki_range b);
struct tki_range tki_range_add(struct tki_range a, struct tki_range b);

void tki_quantities_scale(struct tki_quantities *q, double factor);
/* sum = a + b; sum may be a or b. */
void tki_quantities_add(struct tki_quantities *sum, const struct tki_quantities *a, const struct tki_quantities *b);

#endif
