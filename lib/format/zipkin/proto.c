/* Zipkin's proto3: ListOfSpans, also concatenated; single Spans one after another.  A span is a record. */

#include <arpa/inet.h>

#include "format/proto/messages.h"
#include "format/proto/zipkin.pb-c.h"
#include "format/zipkin/words.h"

typedef Tki__Zipkin__Span Message;

struct ctx {
    struct tki_proto_reader r;
    struct tki_zipkin_span w;
};

static uint64_t nanos(uint64_t micros)
{
    return micros > INT64_MAX / 1000 ? 0 : micros * 1000; /* as a negative one: not known */
}

static tk_str ip_text(struct tk_batch *b, int family, ProtobufCBinaryData ip)
{
    static const unsigned char mapped[12] = {[10] = 0xff, 0xff};
    char text[INET6_ADDRSTRLEN];
    if (family == AF_INET && ip.len == 16 && memcmp(ip.data, mapped, sizeof mapped) == 0) {
        ip.data += 12; /* zipkin-go, and so the collector, writes IPv4 in sixteen bytes */
        ip.len = 4;
    }
    if (ip.len != (family == AF_INET ? 4 : 16) || !inet_ntop(family, ip.data, text, sizeof text))
        return (tk_str){0};
    return tk_batch_copy(b, tki_str(text));
}

static void endpoint(struct ctx *x, const Tki__Zipkin__Endpoint *m, struct tki_zipkin_endpoint *e)
{
    if (!m)
        return;
    e->service = tki_proto_str(m->service_name);
    e->ipv4 = ip_text(x->r.b, AF_INET, m->ipv4);
    e->ipv6 = ip_text(x->r.b, AF_INET6, m->ipv6);
    e->port = m->port > 0 && m->port < 65536 ? (uint32_t)m->port : 0;
}

static void kind(struct ctx *x, int number)
{
    static const char *const names[] = {NULL, "CLIENT", "SERVER", "PRODUCER", "CONSUMER"};
    if (number > 0 && number < (int)(sizeof names / sizeof *names))
        tki_zipkin_kind(&x->w, tki_str(names[number]));
}

static void tags(struct ctx *x, const Message *m)
{
    tki_zipkin_tags_begin(&x->w);
    for (size_t i = 0; i < m->n_tags; i++) {
        tk_str value = tki_proto_str(m->tags[i]->value);
        struct tk_attr a = {tki_proto_str(m->tags[i]->key),
                            {.type = TK_STRING, .n = (uint32_t)value.n, .v.s = value.p}};
        if (tki_zipkin_wants(&x->w, a.key))
            tki_zipkin_tag(&x->w, &a);
    }
    tki_zipkin_tags_end(&x->w);
}

static void annotations(struct ctx *x, const Message *m)
{
    if (!(x->r.d->needs & TK_NEED_EVENTS)) {
        x->w.s.events.count = (uint32_t)m->n_annotations;
        return;
    }
    for (size_t i = 0; i < m->n_annotations; i++)
        tki_zipkin_annotation(&x->w, nanos(m->annotations[i]->timestamp), tki_proto_str(m->annotations[i]->value));
}

static void span(struct ctx *x, tk_str in)
{
    struct tki_zipkin_span *w = &x->w;
    const Message *m = tki_proto_unpack(&tki__zipkin__span__descriptor, x->r.b, in);
    if (!m) {
        tki_proto_fault(&x->r, in, "a malformed Zipkin span");
        return;
    }
    tki_zipkin_span_begin(w, x->r.b, x->r.d->needs);
    if (!tki_proto_id(m->trace_id, &w->s.trace_id) || !tki_proto_id64(m->id, &w->s.span_id) ||
        !tki_proto_id64(m->parent_id, &w->s.parent_id)) {
        tki_proto_fault(&x->r, in, "a span with an id that is too long");
        return;
    }
    if (tki_id_zero(w->s.trace_id) || !w->s.span_id) {
        tki_proto_fault(&x->r, in, "expected a span with trace_id and id");
        return;
    }
    if (w->s.parent_id == w->s.span_id)
        w->s.parent_id = 0;
    if (x->r.d->needs & TK_NEED_NAME)
        w->s.name = tki_proto_str(m->name);
    kind(x, m->kind);
    w->s.start_ns = nanos(m->timestamp);
    w->duration_ns = nanos(m->duration);
    w->debug = m->debug;
    w->shared = m->shared;
    endpoint(x, m->local_endpoint, &w->local);
    endpoint(x, m->remote_endpoint, &w->remote);
    tags(x, m);
    annotations(x, m);
    tki_zipkin_span_end(w);
    x->r.d->records++;
}

/* ---- messages ---- */

/* An id of 8 or 16 bytes is no span: a span with its ids is longer. */
static bool is_id(tk_str field)
{
    return field.n == 8 || field.n == 16;
}

static void field(struct tki_proto_reader *r, unsigned tag, const unsigned char *start)
{
    struct ctx *x = (struct ctx *)r;
    if (tag != TKI_PB(1, LEN)) {
        tki_pb_drop(&r->c, tag, x->r.b);
        return;
    }
    tk_str in = tki_pb_str(&r->c);
    if (!r->c.error)
        span(x, is_id(in) ? tki_proto_single(r, start) : in);
}

static int decode(struct tki_decode *d)
{
    struct ctx x;
    return tki_proto_decode(&x.r, d, field);
}

static bool seam(struct tki_proto_place *at)
{
    return at->after == 1;
}

static int next(struct tki_cut *c, tk_str window, bool eof, struct tki_piece *piece, struct tk_err *err)
{
    return tki_proto_cut(c, window, eof, piece, err, seam);
}

static const struct tki_cutter cutter = {tki_proto_cut_open, tki_proto_cut_close, next};

const struct tki_format tki_format_zipkin_proto = {
    .info = {.name = "zipkin-proto",
             .about = "Zipkin's proto3: ListOfSpans, Span; written as ListOfSpans",
             .can_read = true,
             .can_write = true,
             .binary = true},
    .bid = tki_zipkin_proto_bid,
    .cutter = &cutter,
    .lossless = true,
    .decode = decode,
    .resync = tki_pb_resync,
    .put = tki_zipkin_proto_put,
    .independent = true,
};
