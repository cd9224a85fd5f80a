/* Zipkin's Thrift (zipkinCore.thrift): lists of spans as they were posted to /api/v1/spans or lay in Kafka, single
 * spans one after another, and the messages in which Jaeger's agent and collector took them.
 *
 * A v1 span is a record.  Binary annotations of numbers and bytes, which Zipkin's own reader skips, stay tags of their
 * type.
 */
#include <arpa/inet.h>

#include "format/codec/codec.h"
#include "format/thrift/records.h"
#include "format/zipkin/v1.h"

enum { BOOL, BYTES, I16, I32, I64, DOUBLE, STRING }; /* AnnotationType */

struct ctx {
    struct tki_thrift_records r; /* a span each */
    struct tki_zipkin_v1 v1;
    struct tki_zipkin_span w;
};

#define F(id, type) TKI_THRIFT(id, type)

/* A time that is negative or too large counts as absent. */
static uint64_t micros(struct ctx *x)
{
    int64_t us = tki_thrift_i64(&x->r.t);
    return us > 0 && us <= (int64_t)(UINT64_MAX / 1000) ? (uint64_t)us * 1000 : 0;
}

/* ---- endpoints ---- */

static tk_str ip_text(struct tk_batch *b, int family, const void *bytes)
{
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(family, bytes, text, sizeof text) ? tk_batch_copy(b, tki_str(text)) : (tk_str){0};
}

static void ipv4(struct ctx *x, struct tki_zipkin_endpoint *e)
{
    uint32_t ip = htonl((uint32_t)tki_thrift_i32(&x->r.t));
    if (ip)
        e->ipv4 = ip_text(x->r.b, AF_INET, &ip);
}

/* An IPv4 address in the clothes of IPv6 is one of IPv4. */
static void ipv6(struct ctx *x, struct tki_zipkin_endpoint *e)
{
    static const char mapped[12] = "\0\0\0\0\0\0\0\0\0\0\xff\xff", zero[16];
    tk_str ip = tki_thrift_str(&x->r.t);
    if (ip.n != 16 || memcmp(ip.p, zero, 16) == 0)
        return;
    if (memcmp(ip.p, mapped, sizeof mapped) == 0)
        e->ipv4 = ip_text(x->r.b, AF_INET, ip.p + 12);
    else
        e->ipv6 = ip_text(x->r.b, AF_INET6, ip.p);
}

static void endpoint(struct ctx *x, struct tki_zipkin_endpoint *e)
{
    struct tki_thrift *t = &x->r.t;
    if (!tki_thrift_struct(t))
        return;
    for (unsigned f; (f = tki_thrift_field(t));)
        switch (f) {
        case F(1, I32): ipv4(x, e); break;
        case F(2, I16): e->port = (uint16_t)tki_thrift_i16(t); break;
        case F(3, STRING): e->service = tki_thrift_str(t); break;
        case F(4, STRING): ipv6(x, e); break;
        default: tki_thrift_drop(&x->r, f);
        }
}

/* ---- annotations ---- */

static void out_of_memory(struct ctx *x)
{
    x->r.b->err = TK_ENOMEM;
    tki_thrift_fail(&x->r.t, x->r.t.p, "out of memory");
}

static void annotation(struct ctx *x)
{
    struct tki_thrift *t = &x->r.t;
    struct tki_zipkin_v1_annotation *a = tki_zipkin_v1_annotation(&x->v1);
    if (!a) {
        out_of_memory(x);
        return;
    }
    if (tki_thrift_struct(t))
        for (unsigned f; (f = tki_thrift_field(t));)
            switch (f) {
            case F(1, I64): a->time_ns = micros(x); break;
            case F(2, STRING): a->value = tki_thrift_str(t); break;
            case F(3, STRUCT): endpoint(x, &a->endpoint); break;
            default: tki_thrift_drop(&x->r, f);
            }
    if (!a->time_ns || !a->value.p)
        x->v1.annotations.n -= sizeof *a; /* as Zipkin's reader leaves it out */
}

static int64_t whole(tk_str s)
{
    uint64_t v = s.n && s.p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < s.n; i++)
        v = v << 8 | (unsigned char)s.p[i];
    return (int64_t)v;
}

static struct tk_value value_of(int32_t type, tk_str s)
{
    static const unsigned char sizes[] = {[I16] = 2, [I32] = 4, [I64] = 8, [DOUBLE] = 8};
    if (type == BOOL && s.n <= 1)
        return (struct tk_value){.type = TK_BOOL, .v.b = s.n && s.p[0] == 1};
    if (type == STRING)
        return (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
    if (type < I16 || type > DOUBLE || s.n != sizes[type])
        return (struct tk_value){.type = TK_BYTES, .n = (uint32_t)s.n, .v.s = s.p};
    int64_t i = whole(s);
    if (type != DOUBLE)
        return (struct tk_value){.type = TK_INT, .v.i = i};
    struct tk_value v = {.type = TK_DOUBLE};
    memcpy(&v.v.d, &i, sizeof i);
    return v;
}

static void binary_annotation(struct ctx *x)
{
    struct tki_thrift *t = &x->r.t;
    struct tki_zipkin_v1_binary *a = tki_zipkin_v1_binary(&x->v1);
    int32_t type = BYTES;
    tk_str value = {0};
    if (!a) {
        out_of_memory(x);
        return;
    }
    if (tki_thrift_struct(t))
        for (unsigned f; (f = tki_thrift_field(t));)
            switch (f) {
            case F(1, STRING): a->key = tki_thrift_str(t); break;
            case F(2, STRING): value = tki_thrift_str(t); break;
            case F(3, I32): type = tki_thrift_i32(t); break;
            case F(4, STRUCT): endpoint(x, &a->endpoint); break;
            default: tki_thrift_drop(&x->r, f);
            }
    if (!a->key.p || !value.p)
        x->v1.binaries.n -= sizeof *a;
    else
        a->value = value_of(type, value);
}

static void each(struct ctx *x, void (*element)(struct ctx *x))
{
    for (uint32_t n = tki_thrift_list(&x->r.t, TKI_THRIFT_STRUCT); n && !x->r.t.error; n--)
        element(x);
}

/* ---- spans ---- */

static void span_field(struct ctx *x, unsigned f)
{
    struct tki_thrift *t = &x->r.t;
    struct tki_zipkin_v1 *v = &x->v1;
    switch (f) {
    case F(1, I64): v->trace_id.lo = (uint64_t)tki_thrift_i64(t); break;
    case F(3, STRING): v->name = tki_thrift_str(t); break;
    case F(4, I64): v->span_id = (uint64_t)tki_thrift_i64(t); break;
    case F(5, I64): v->parent_id = (uint64_t)tki_thrift_i64(t); break;
    case F(6, LIST): each(x, annotation); break;
    case F(8, LIST): each(x, binary_annotation); break;
    case F(9, BOOL): v->debug = tki_thrift_bool(t); break;
    case F(10, I64): v->start_ns = micros(x); break;
    case F(11, I64): v->duration_ns = micros(x); break;
    case F(12, I64): v->trace_id.hi = (uint64_t)tki_thrift_i64(t); break;
    default: tki_thrift_drop(&x->r, f);
    }
}

static void span(struct ctx *x)
{
    struct tki_thrift *t = &x->r.t;
    const unsigned char *at = t->p;
    tki_zipkin_v1_reset(&x->v1);
    if (tki_thrift_struct(t))
        for (unsigned f; (f = tki_thrift_field(t));)
            span_field(x, f);
    if (!x->v1.span_id || tki_id_zero(x->v1.trace_id))
        tki_thrift_fail(t, at, "a span has no trace id or no id");
    if (t->error || x->r.b->err)
        return;
    int r = tki_zipkin_v1_spans(&x->v1, &x->w, x->r.b, x->r.needs);
    if (r == TK_ELIMIT)
        tki_thrift_fail(t, at, "a span of more than 1024 services");
    else if (r < 0)
        x->r.b->err = r;
    if (r < 0)
        return;
    tki_thrift_record_end(&x->r);
}

static void arguments(struct ctx *x, const struct tki_thrift_start *s)
{
    struct tki_thrift *t = &x->r.t;
    const unsigned char *at = t->p;
    if (TKI_STR_IS(s->name, "emitBatch") || TKI_STR_IS(s->name, "submitBatches"))
        tki_thrift_fail(t, at, "this message holds Jaeger's spans: name the format with --from jaeger-thrift");
    if (s->call != TKI_THRIFT_CALL && s->call != TKI_THRIFT_ONEWAY) {
        tki_thrift_skip(t, TKI_THRIFT_STRUCT); /* an answer */
        return;
    }
    if (!TKI_STR_IS(s->name, "emitZipkinBatch") && !TKI_STR_IS(s->name, "submitZipkinBatch"))
        tki_thrift_fail(t, at, "this message is neither emitZipkinBatch nor submitZipkinBatch");
    if (!tki_thrift_struct(t))
        return;
    for (unsigned f; (f = tki_thrift_field(t));)
        if (f == F(1, LIST))
            each(x, span);
        else
            tki_thrift_drop(&x->r, f);
}

static void next(struct tki_thrift_records *r, const struct tki_thrift_start *start)
{
    struct ctx *x = (struct ctx *)r;
    if (start->message)
        arguments(x, start);
    else if (start->list)
        each(x, span);
    else
        span(x);
}

static int decode(struct tki_decode *d)
{
    struct ctx x = {.v1.debug = false};
    int r = tki_thrift_decode(&x.r, d, true, next);
    tki_zipkin_v1_free(&x.v1);
    return r;
}

/* ---- recognising ---- */

static const struct tki_thrift_shape endpoint_shape[] = {{1, TKI_THRIFT_I32, NULL},
                                                         {2, TKI_THRIFT_I16, NULL},
                                                         {3, TKI_THRIFT_STRING, NULL},
                                                         {4, TKI_THRIFT_STRING, NULL},
                                                         {0}};
static const struct tki_thrift_shape annotation_shape[] = {{1, TKI_THRIFT_I64, NULL},
                                                           {2, TKI_THRIFT_STRING, NULL},
                                                           {3, TKI_THRIFT_STRUCT, endpoint_shape},
                                                           {4, TKI_THRIFT_I32, NULL},
                                                           {0}};
static const struct tki_thrift_shape binary_shape[] = {{1, TKI_THRIFT_STRING, NULL},
                                                       {2, TKI_THRIFT_STRING, NULL},
                                                       {3, TKI_THRIFT_I32, NULL},
                                                       {4, TKI_THRIFT_STRUCT, endpoint_shape},
                                                       {0}};
static const struct tki_thrift_shape span_shape[] = {{1, TKI_THRIFT_I64, NULL},
                                                     {3, TKI_THRIFT_STRING, NULL},
                                                     {4, TKI_THRIFT_I64, NULL},
                                                     {5, TKI_THRIFT_I64, NULL},
                                                     {6, TKI_THRIFT_LIST, annotation_shape},
                                                     {8, TKI_THRIFT_LIST, binary_shape},
                                                     {9, TKI_THRIFT_BOOL, NULL},
                                                     {10, TKI_THRIFT_I64, NULL},
                                                     {11, TKI_THRIFT_I64, NULL},
                                                     {12, TKI_THRIFT_I64, NULL},
                                                     {0}};

static unsigned bid(const struct tki_head *head)
{
    static const char *const calls[] = {"emitZipkinBatch", "submitZipkinBatch", NULL};
    return tki_thrift_bid(head->text, true, calls, span_shape);
}

const struct tki_format tki_format_zipkin_thrift = {
    .info = {.name = "zipkin-thrift",
             .about = "Zipkin's Thrift: lists of v1 spans, single ones, emitZipkinBatch messages",
             .can_read = true,
             .binary = true},
    .bid = bid,
    .cutter = &tki_cut_thrift,
    .split = TKI_REPEATS(""),
    .decode = decode,
    .resync = tki_thrift_resync_lists,
};
