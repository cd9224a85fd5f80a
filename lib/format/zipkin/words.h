/* words.h - the words of the Zipkin family, both ways, whatever the encoding.
 *
 * Zipkin has one level of tags, all text; two endpoints; annotations that are a time and a text.  What
 * OpenTelemetry has beyond that travels in tags by convention, and there are two dialects: the
 * specification's and the collector's. Both are read; the specification's is written, except that links and
 * span.kind=internal, for which it has nothing, are written as the collector does.
 *
 * Reading: nothing is fatal that is merely unusual.  Tags of all spans stay (the collector takes resource
 * attributes from the first span of a service and drops them from the others).  Endpoints become net.host.ip,
 * net.host.port, peer.service, net.peer.ip, net.peer.port behind the tags, unless a tag says the same.  Own
 * conventions, turned back by the writer: `zipkin.shared` and `zipkin.debug` (bool true) for the flags of
 * these names.  (traceId, id) is not a key: both halves of a shared span are spans.
 */
#ifndef TKI_FORMAT_ZIPKIN_WORDS_H
#define TKI_FORMAT_ZIPKIN_WORDS_H

#include "base/buf.h"
#include "format/codec/codec.h"
#include "model/batch.h"

enum { TKI_ZIPKIN_LINKS_MAX = 128 };

struct tki_zipkin_endpoint {
    tk_str service, ipv4, ipv6; /* n = 0: none */
    uint32_t port;              /* 0: none */
};

/* ---- reading ---- */

enum tki_zipkin_word {
    TKI_ZIPKIN_NONE,
    TKI_ZIPKIN_ERROR,
    TKI_ZIPKIN_KIND,
    TKI_ZIPKIN_STATE,
    TKI_ZIPKIN_SCOPE_NAME,
    TKI_ZIPKIN_SCOPE_VERSION,
    TKI_ZIPKIN_LIBRARY_NAME,
    TKI_ZIPKIN_LIBRARY_VERSION,
    TKI_ZIPKIN_STATUS_CODE,
    TKI_ZIPKIN_STATUS_TEXT,
    TKI_ZIPKIN_SOURCE,
    TKI_ZIPKIN_DROPPED_ATTRS,
    TKI_ZIPKIN_DROPPED_EVENTS,
    TKI_ZIPKIN_DROPPED_LINKS,
    TKI_ZIPKIN_LINK,
    TKI_ZIPKIN_WEIGHT, /* sampler.type, sampler.param: attributes that tell the sampling rate */
    TKI_ZIPKIN_REST,   /* what Zipkin cannot hold, see lossless.h */
    TKI_ZIPKIN_WORDS
};

struct tki_zipkin_slot {
    struct tk_value value;
    uint32_t row; /* of b->attrs, or TK_NONE */
};

/* A span being read.  The encoding sets the fields of s that Zipkin has, start_ns (0: absent), and those
 * below. */
struct tki_zipkin_span {
    struct tk_batch *b;
    unsigned needs;
    struct tk_span s;
    uint64_t duration_ns;
    tk_str odd_kind; /* a kind that is none of the four */
    bool debug, shared;
    struct tki_zipkin_endpoint local, remote;
    uint32_t met; /* bits of enum tki_zipkin_word */
    struct tki_zipkin_slot slot[TKI_ZIPKIN_WORDS];
    uint64_t links_met[TKI_ZIPKIN_LINKS_MAX / 64];
    struct tki_zipkin_slot links[TKI_ZIPKIN_LINKS_MAX];
};

void tki_zipkin_span_begin(struct tki_zipkin_span *x, struct tk_batch *b, unsigned needs);
/* A kind's name, of any case. */
void tki_zipkin_kind(struct tki_zipkin_span *x, tk_str name);
/* Returns true if a tag must be decoded for the needs. */
bool tki_zipkin_wants(const struct tki_zipkin_span *x, tk_str key);
/* The tags, one after another with nothing else in between. */
void tki_zipkin_tags_begin(struct tki_zipkin_span *x);
void tki_zipkin_tag(struct tki_zipkin_span *x, const struct tk_attr *a);
void tki_zipkin_tags_end(struct tki_zipkin_span *x);
/* Only when events are needed; else the encoding counts them in s.events.count. */
void tki_zipkin_annotation(struct tki_zipkin_span *x, uint64_t time_ns, tk_str text);
/* Settles times, status, kind, links, endpoints, resource and scope, and adds the span's row. */
void tki_zipkin_span_end(struct tki_zipkin_span *x);

/* An event out of an annotation's text: plain, `"name": {json}` (specification), `name: {json}` (the Go SDK)
 * or `name|{json}|dropped` (collector).  Adds the attributes. */
void tki_zipkin_event(struct tk_batch *b, tk_str text, struct tk_event *e);
/* Reads `traceid|spanid|tracestate|{json}|dropped`.  Returns false when the text has another form. */
bool tki_zipkin_link(struct tk_batch *b, tk_str text, struct tk_link *l);

/* ---- endpoints among attributes: needed both ways ---- */

enum { TKI_ZIPKIN_HOST, TKI_ZIPKIN_PEER, TKI_ZIPKIN_OWN_MAX = 7 };
/* What attributes say of the two endpoints.  `own` are attributes that say nothing else and that the reader
 * makes again: they need not be tags too. */
struct tki_zipkin_endpoints {
    struct tki_zipkin_endpoint at[2];
    const struct tk_attr *own[TKI_ZIPKIN_OWN_MAX]; /* some NULL */
};
void tki_zipkin_endpoints_of(struct tki_zipkin_endpoints *e, const struct tk_attr *a, uint32_t n, unsigned kind);

/* ---- writing ---- */

struct tki_zipkin_tag {
    tk_str key;
    struct tk_value value; /* or a link: type TKI_ZIPKIN_TAG_LINK, v.first its row */
};
enum { TKI_ZIPKIN_TAG_LINK = 0xf0 };

/* The span to be written: one block of memory for many spans, freed with free(). */
struct tki_zipkin_out {
    struct tki_zipkin_endpoint local, remote;
    uint64_t start_us, duration_us; /* 0: absent */
    tk_str kind;                    /* n = 0: absent */
    bool debug, shared;
    uint32_t ntags;
    struct tki_zipkin_tag *tags; /* one a key, the last one given */
    /* private */
    uint32_t cap, epoch;
    uint64_t *slots;
    uint32_t resource, scope; /* of the span before, for counting losses once a run */
    struct tki_zipkin_endpoints endpoints;
    char link_keys[TKI_ZIPKIN_LINKS_MAX][16];
};

/* Forgets what resource and scope came before. */
void tki_zipkin_out_begin(struct tki_zipkin_out *o);
/* Makes *o or enlarges it, and fills it for the span; views of the batch and of *o itself.  1; 0: the span
 * cannot be written, which is counted; TK_ENOMEM. */
int tki_zipkin_out_span(struct tki_zipkin_out **o, const struct tk_batch *b, const struct tk_span *s,
                        uint64_t notes[TKI_NOTE_COUNT]);
/* An annotation's time: for an event without one that of its span, as readers refuse a list with a time of 0. */
uint64_t tki_zipkin_event_us(const struct tk_span *s, const struct tk_event *e, uint64_t notes[TKI_NOTE_COUNT]);
/* Texts, unquoted. */
void tki_zipkin_event_text(struct tki_buf *out, const struct tk_batch *b, const struct tk_event *e,
                           uint64_t notes[TKI_NOTE_COUNT]);
void tki_zipkin_link_text(struct tki_buf *out, const struct tk_batch *b, const struct tk_link *l,
                          uint64_t notes[TKI_NOTE_COUNT]);

/* ---- proto3, for proto.c ---- */

unsigned tki_zipkin_proto_bid(const struct tki_head *h);
void tki_zipkin_proto_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows);

#endif
