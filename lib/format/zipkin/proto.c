/* Zipkin's proto3: ListOfSpans, also concatenated; single Spans one after another.  A span is a record. */
#include "format/zipkin/proto.h"

#include <arpa/inet.h>

#include "base/err.h"
#include "format/pb/pb.h"
#include "format/proto/messages.h"
#include "format/proto/zipkin.pb-c.h"
#include "format/zipkin/words.h"

typedef Tki__Zipkin__Span Message;

struct ctx {
    struct tki_decode *d;
    struct tk_batch *b;
    const char *error, *error_at;
    struct tki_zipkin_span w;
};

static void fault(struct ctx *x, tk_str at, const char *what)
{
    x->error = what;
    x->error_at = at.p;
}

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
    e->ipv4 = ip_text(x->b, AF_INET, m->ipv4);
    e->ipv6 = ip_text(x->b, AF_INET6, m->ipv6);
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
        struct tk_attr a = {tki_proto_str(m->tags[i]->key), {.type = TK_STRING, .n = (uint32_t)value.n, .v.s = value.p}};
        if (tki_zipkin_wants(&x->w, a.key))
            tki_zipkin_tag(&x->w, &a);
    }
    tki_zipkin_tags_end(&x->w);
}

static void annotations(struct ctx *x, const Message *m)
{
    if (!(x->d->needs & TK_NEED_EVENTS)) {
        x->w.s.events.count = (uint32_t)m->n_annotations;
        return;
    }
    for (size_t i = 0; i < m->n_annotations; i++)
        tki_zipkin_annotation(&x->w, nanos(m->annotations[i]->timestamp), tki_proto_str(m->annotations[i]->value));
}

static void span(struct ctx *x, tk_str in)
{
    struct tki_zipkin_span *w = &x->w;
    const Message *m = tki_proto_unpack(&tki__zipkin__span__descriptor, x->b, in);
    if (!m) {
        fault(x, in, "a malformed Zipkin span");
        return;
    }
    tki_zipkin_span_begin(w, x->b, x->d->needs);
    if (!tki_proto_id(m->trace_id, &w->s.trace_id) || !tki_proto_id64(m->id, &w->s.span_id) ||
        !tki_proto_id64(m->parent_id, &w->s.parent_id)) {
        fault(x, in, "a span with an id that is too long");
        return;
    }
    if (tki_id_zero(w->s.trace_id) || !w->s.span_id) {
        fault(x, in, "expected a span with trace_id and id");
        return;
    }
    if (w->s.parent_id == w->s.span_id)
        w->s.parent_id = 0;
    if (x->d->needs & TK_NEED_NAME)
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
    x->d->records++;
}

/* ---- messages ---- */

/* An id of 8 or 16 bytes is no span: a span with its ids is longer. */
static bool is_id(tk_str field)
{
    return field.n == 8 || field.n == 16;
}

/* The fields of a single Span: up to the next field 1. */
static tk_str single(const struct tki_pb *at, const unsigned char *start)
{
    struct tki_pb c = *at;
    while (c.p < c.end && *c.p != TKI_PB(1, LEN)) {
        unsigned tag = tki_pb_tag(&c);
        if (tag)
            tki_pb_skip(&c, tag);
    }
    return (tk_str){(const char *)start, (size_t)(c.p - start)};
}

static int failed(struct ctx *x, size_t start, const struct tki_mark *mark)
{
    struct tki_decode *d = x->d;
    int code = x->b->err ? x->b->err : TK_EINVALID;
    if (x->b->err == TK_ENOMEM)
        tki_err_memory(d->err);
    else if (x->b->err)
        tki_err_set(d->err, code, "a piece of input has too many rows");
    else
        tki_err_set(d->err, code, "%s", x->error);
    d->pos = start;
    d->fault = x->error_at ? (size_t)(x->error_at - d->in.p) : start;
    x->b->err = 0;
    tki_batch_rollback(x->b, mark);
    return code;
}

static int decode(struct tki_decode *d)
{
    struct ctx x;
    memset(&x, 0, offsetof(struct ctx, w));
    x.d = d;
    x.b = d->batch;
    x.b->needs = d->needs;
    struct tki_pb c = tki_pb_over((tk_str){d->in.p + d->pos, d->in.n - d->pos});
    while (c.p < c.end) {
        const unsigned char *start = c.p;
        struct tki_mark mark = tki_batch_mark(x.b);
        unsigned tag = tki_pb_tag(&c);
        if (tag == TKI_PB(1, LEN)) {
            tk_str in = tki_pb_str(&c);
            if (!c.error && is_id(in)) {
                in = single(&c, start);
                c.p = start + in.n;
            }
            if (!c.error)
                span(&x, in);
        } else if (tag) {
            tki_pb_skip(&c, tag);
        }
        if (c.error && !x.error) {
            x.error = c.error;
            x.error_at = (const char *)c.error_at;
        }
        if (x.error || x.b->err)
            return failed(&x, (size_t)((const char *)start - d->in.p), &mark);
    }
    d->pos = d->in.n;
    return 0;
}

static bool seam(struct tki_proto_place *at)
{
    return at->after == 1;
}

static int next(struct tki_cut *c, tk_str window, bool eof, struct tki_piece *piece, struct tk_err *err)
{
    return tki_proto_cut(c, window, eof, piece, err, seam);
}

static int open(struct tki_cut *c)
{
    c->state = NULL;
    return 0;
}

static void close(struct tki_cut *c)
{
    (void)c;
}

static const struct tki_cutter cutter = {open, close, next};

const struct tki_format tki_format_zipkin_proto = {
    .info = {.name = "zipkin-proto",
             .about = "Zipkin's proto3: ListOfSpans, Span; written as ListOfSpans",
             .can_read = true,
             .can_write = true,
             .binary = true},
    .bid = tki_zipkin_proto_bid,
    .cutter = &cutter,
    .rest = true,
    .decode = decode,
    .resync = tki_pb_resync,
    .put = tki_zipkin_proto_put,
    .independent = true,
};
