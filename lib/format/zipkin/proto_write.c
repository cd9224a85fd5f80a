/* Zipkin's proto3: recognising it, and writing a ListOfSpans; lists can be concatenated. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "format/js/any.h"
#include "format/pb/pb.h"
#include "format/proto/messages.h"
#include "format/proto/zipkin.pb-c.h"
#include "format/zipkin/words.h"

/* ---- recognising ---- */

enum { SURE = 64 };

static int check_endpoint(unsigned field, tk_str s, bool cut)
{
    if (field == 1)
        return tki_proto_probe_text(s, cut);
    return cut || s.n == (field == 2 ? 4 : 16) ? 8 : -1;
}

static int check_texts(unsigned field, tk_str s, bool cut)
{
    return field == 1 ? tki_proto_probe_text(s, cut) : 0;
}

static int check_annotation(unsigned field, tk_str s, bool cut)
{
    return field == 2 ? tki_proto_probe_text(s, cut) : 0;
}

static int check_span(unsigned field, tk_str s, bool cut)
{
    switch (field) {
    case 1: return s.n == 16 || s.n == 8 ? (int)s.n : cut ? 0 : -1;
    case 2:
    case 3: return s.n == 8 ? 8 : cut ? 0 : -1;
    case 5: return tki_proto_probe_text(s, cut);
    case 8:
    case 9: return tki_pb_probe(s, cut, "?2220", TKI_PB_FIELD_MAX, check_endpoint, NULL);
    case 10: return tki_pb_probe(s, cut, "?12", TKI_PB_FIELD_MAX, check_annotation, NULL);
    case 11: return tki_pb_probe(s, cut, "?22", TKI_PB_FIELD_MAX, check_texts, NULL);
    default: return 0;
    }
}

static int probe_span(tk_str s, bool cut)
{
    uint32_t met, must = 1u << 1 | 1u << 3;
    int bits = tki_pb_probe(s, cut, "?2220210222200", TKI_PB_FIELD_MAX, check_span, &met);
    if (bits < 0 || (!cut && (met & must) != must) || !(met & 1u << 1))
        return -1;
    return (met & must) == must && met & 1u << 6 ? bits + SURE : bits;
}

unsigned tki_zipkin_proto_bid(const struct tki_head *h)
{
    tk_str head = h->text;
    struct tki_pb c = tki_pb_over(head);
    if (head.n < 2 || tki_pb_varint(&c) != TKI_PB(1, LEN))
        return 0;
    uint64_t n = tki_pb_varint(&c);
    if (c.error)
        return 0;
    bool beyond = n > (uint64_t)(c.end - c.p);
    int bits = n == 8 || n == 16
                   ? probe_span(head, !h->eof)
                   : probe_span((tk_str){(const char *)c.p, beyond ? (size_t)(c.end - c.p) : (size_t)n}, beyond);
    return bits > 0 ? (unsigned)bits : 0;
}

/* ---- writing ---- */

struct out {
    struct tki_encode *e;
    const struct tk_batch *b;
    struct tki_arena arena;
    struct tki_buf text;
};

static void *new (struct out *o, size_t n, size_t size)
{
    return tki_proto_new(&o->arena, o->e->out, n, size);
}

#define NEW(o, type) ((type *)new ((o), 1, sizeof(type)))

static ProtobufCBinaryData copy(struct out *o, const void *p, size_t n)
{
    char *to = new (o, n, 1);
    if (to && n)
        memcpy(to, p, n);
    return tki_proto_bytes((tk_str){to, to ? n : 0});
}

/* What the text buffer holds. */
static ProtobufCBinaryData text(struct out *o)
{
    if (o->text.err)
        o->e->out->err = o->text.err;
    return copy(o, o->text.p, o->text.err ? 0 : o->text.n);
}

static ProtobufCBinaryData id_bytes(struct out *o, uint64_t id)
{
    char be[8];
    tki_store_be64(be, id);
    return id ? copy(o, be, 8) : (ProtobufCBinaryData){0};
}

/* Always sixteen bytes: the definition allows eight, but zipkin-go and with it the collector refuse them. */
static ProtobufCBinaryData trace_id(struct out *o, tk_id128 id)
{
    char be[16];
    tki_store_be64(be, id.hi);
    tki_store_be64(be + 8, id.lo);
    return copy(o, be, 16);
}

static ProtobufCBinaryData ip_bytes(struct out *o, int family, tk_str s)
{
    char z[INET6_ADDRSTRLEN], ip[16];
    if (!s.n || s.n >= sizeof z)
        return (ProtobufCBinaryData){0};
    memcpy(z, s.p, s.n);
    z[s.n] = 0;
    return inet_pton(family, z, ip) == 1 ? copy(o, ip, family == AF_INET ? 4 : 16) : (ProtobufCBinaryData){0};
}

static Tki__Zipkin__Endpoint *endpoint(struct out *o, const struct tki_zipkin_endpoint *e)
{
    static const unsigned char mapped[12] = {[10] = 0xff, 0xff}; /* IPv4 in the clothes of IPv6, as Zipkin reads it */
    if (!e->service.n && !e->ipv4.n && !e->ipv6.n && !e->port)
        return NULL;
    Tki__Zipkin__Endpoint *m = NEW(o, Tki__Zipkin__Endpoint);
    if (!m)
        return NULL;
    tki__zipkin__endpoint__init(m);
    m->service_name = tki_proto_bytes(e->service);
    m->ipv4 = ip_bytes(o, AF_INET, e->ipv4);
    m->ipv6 = ip_bytes(o, AF_INET6, e->ipv6);
    if (!m->ipv4.len && m->ipv6.len && memcmp(m->ipv6.data, mapped, sizeof mapped) == 0) {
        m->ipv4 = (ProtobufCBinaryData){4, m->ipv6.data + sizeof mapped};
        m->ipv6 = (ProtobufCBinaryData){0};
    }
    m->port = (int32_t)e->port;
    return m;
}

static void annotations(struct out *o, Tki__Zipkin__Span *m, const struct tk_span *s)
{
    uint32_t n = o->b->needs & TK_NEED_EVENTS ? s->events.count : 0;
    m->annotations = new (o, n, sizeof *m->annotations);
    for (uint32_t i = 0; m->annotations && i < n; i++) {
        const struct tk_event *e = &o->b->events[s->events.first + i];
        Tki__Zipkin__Annotation *a = NEW(o, Tki__Zipkin__Annotation);
        if (!a)
            return;
        tki__zipkin__annotation__init(a);
        a->timestamp = tki_zipkin_event_us(s, e, o->e->notes);
        tki_buf_reset(&o->text);
        tki_zipkin_event_text(&o->text, o->b, e, o->e->notes);
        a->value = text(o);
        m->annotations[m->n_annotations++] = a;
    }
}

static void tags(struct out *o, Tki__Zipkin__Span *m, const struct tki_zipkin_out *z)
{
    m->tags = new (o, z->ntags, sizeof *m->tags);
    for (uint32_t i = 0; m->tags && i < z->ntags; i++) {
        const struct tki_zipkin_tag *t = &z->tags[i];
        Tki__Zipkin__Tag *to = NEW(o, Tki__Zipkin__Tag);
        if (!to)
            return;
        tki__zipkin__tag__init(to);
        to->key = copy(o, t->key.p, t->key.n);
        tki_buf_reset(&o->text);
        if (t->value.type == TKI_ZIPKIN_TAG_LINK)
            tki_zipkin_link_text(&o->text, o->b, &o->b->links[t->value.v.first], o->e->notes);
        else
            tki_buf_any_text(&o->text, o->b, &t->value, o->e->notes);
        to->value = text(o);
        m->tags[m->n_tags++] = to;
    }
}

static int kind_number(tk_str kind)
{
    static const char *const names[] = {"CLIENT", "SERVER", "PRODUCER", "CONSUMER"};
    for (int i = 0; i < 4; i++)
        if (tki_str_eq(kind, tki_str(names[i])))
            return i + 1;
    return 0;
}

static void span(struct out *o, const struct tk_span *s, const struct tki_zipkin_out *z)
{
    Tki__Zipkin__Span m;
    tki__zipkin__span__init(&m);
    m.trace_id = trace_id(o, s->trace_id);
    m.parent_id = id_bytes(o, s->parent_id);
    m.id = id_bytes(o, s->span_id);
    m.kind = kind_number(z->kind);
    m.name = tki_proto_bytes(s->name);
    m.timestamp = z->start_us;
    m.duration = z->duration_us;
    m.local_endpoint = endpoint(o, &z->local);
    m.remote_endpoint = endpoint(o, &z->remote);
    annotations(o, &m, s);
    tags(o, &m, z);
    m.debug = z->debug;
    m.shared = z->shared;
    if (!o->e->out->err)
        tki_proto_put(o->e->out, &m.base);
    tki_arena_reset(&o->arena);
}

void tki_zipkin_proto_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct out o = {.e = e, .b = b};
    struct tki_zipkin_out *z = NULL;
    for (size_t i = 0; i < nrows && !e->out->err; i++) {
        const struct tk_span *s = &b->spans[rows[i]];
        int r = tki_zipkin_out_span(&z, b, s, e->notes);
        if (r < 0)
            e->out->err = r;
        else if (r > 0)
            span(&o, s, z);
    }
    free(z);
    tki_arena_free(&o.arena);
    tki_buf_free(&o.text);
}
