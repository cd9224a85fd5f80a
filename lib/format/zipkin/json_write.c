/* Writing Zipkin's v2 JSON: one list of spans, a span a line, members in the order of Zipkin's own writer. */
#include "base/num.h"
#include "format/js/any.h"
#include "format/zipkin/json.h"
#include "format/zipkin/words.h"

struct out {
    struct tki_buf *b;
    const struct tk_batch *batch;
    uint64_t *notes;
    struct tki_buf scratch;
};

#define LIT(o, literal) tki_buf_lit((o)->b, literal)

static inline void text(struct out *o, tk_str s)
{
    tki_buf_json_str(o->b, s, o->notes);
}

static void trace_id(struct out *o, tk_id128 id)
{
    if (id.hi)
        tki_buf_hex64(o->b, id.hi);
    tki_buf_hex64(o->b, id.lo);
}

static void member(struct out *o, const char *key, size_t n, tk_str s, bool *comma)
{
    if (!s.n)
        return;
    if (*comma)
        tki_buf_putc(o->b, ',');
    *comma = true;
    tki_buf_put(o->b, key, n);
    text(o, s);
}
#define MEMBER(o, name, s, comma) member((o), "\"" name "\":", sizeof(name) + 2, (s), (comma))

static void endpoint(struct out *o, tk_str key, const struct tki_zipkin_endpoint *e)
{
    bool comma = false;
    if (!e->service.n && !e->ipv4.n && !e->ipv6.n && !e->port)
        return;
    tki_buf_str(o->b, key);
    MEMBER(o, "serviceName", e->service, &comma);
    MEMBER(o, "ipv4", e->ipv4, &comma);
    MEMBER(o, "ipv6", e->ipv6, &comma);
    if (e->port) {
        if (comma)
            tki_buf_putc(o->b, ',');
        LIT(o, "\"port\":");
        tki_buf_u64(o->b, e->port);
    }
    tki_buf_putc(o->b, '}');
}

static void scratch_text(struct out *o)
{
    if (o->scratch.err)
        o->b->err = o->scratch.err;
    text(o, (tk_str){o->scratch.p, o->scratch.n});
}

static void annotations(struct out *o, const struct tk_span *s)
{
    uint32_t n = o->batch->needs & TK_NEED_EVENTS ? s->events.count : 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_event *e = &o->batch->events[s->events.first + i];
        tki_buf_str(o->b, i ? TKI_STR(",{\"timestamp\":") : TKI_STR(",\"annotations\":[{\"timestamp\":"));
        tki_buf_u64(o->b, tki_zipkin_event_us(s, e, o->notes));
        LIT(o, ",\"value\":");
        tki_buf_reset(&o->scratch);
        tki_zipkin_event_text(&o->scratch, o->batch, e, o->notes);
        scratch_text(o);
        tki_buf_putc(o->b, '}');
    }
    if (n)
        tki_buf_putc(o->b, ']');
}

static void tags(struct out *o, const struct tki_zipkin_out *z)
{
    for (uint32_t i = 0; i < z->ntags; i++) {
        const struct tki_zipkin_tag *t = &z->tags[i];
        tki_buf_str(o->b, i ? TKI_STR(",") : TKI_STR(",\"tags\":{"));
        text(o, t->key);
        tki_buf_putc(o->b, ':');
        if (t->value.type == TKI_ZIPKIN_TAG_LINK) {
            tki_buf_reset(&o->scratch);
            tki_zipkin_link_text(&o->scratch, o->batch, &o->batch->links[t->value.v.first], o->notes);
            scratch_text(o);
        } else {
            tki_buf_any_string(o->b, &o->scratch, o->batch, &t->value, o->notes);
        }
    }
    if (z->ntags)
        tki_buf_putc(o->b, '}');
}

static void span(struct out *o, const struct tk_span *s, const struct tki_zipkin_out *z)
{
    LIT(o, "{\"traceId\":\"");
    trace_id(o, s->trace_id);
    if (s->parent_id) {
        LIT(o, "\",\"parentId\":\"");
        tki_buf_hex64(o->b, s->parent_id);
    }
    LIT(o, "\",\"id\":\"");
    tki_buf_hex64(o->b, s->span_id);
    tki_buf_putc(o->b, '"');
    if (z->kind.n) {
        LIT(o, ",\"kind\":\"");
        tki_buf_str(o->b, z->kind);
        tki_buf_putc(o->b, '"');
    }
    if (s->name.n) {
        LIT(o, ",\"name\":");
        text(o, s->name);
    }
    if (z->start_us) {
        LIT(o, ",\"timestamp\":");
        tki_buf_u64(o->b, z->start_us);
    }
    if (z->duration_us) {
        LIT(o, ",\"duration\":");
        tki_buf_u64(o->b, z->duration_us);
    }
    endpoint(o, TKI_STR(",\"localEndpoint\":{"), &z->local);
    endpoint(o, TKI_STR(",\"remoteEndpoint\":{"), &z->remote);
    annotations(o, s);
    tags(o, z);
    if (z->debug)
        LIT(o, ",\"debug\":true");
    if (z->shared)
        LIT(o, ",\"shared\":true");
    tki_buf_putc(o->b, '}');
}

void tki_zipkin_json_begin(struct tki_encode *e)
{
    tki_buf_lit(e->out, "[");
}

void tki_zipkin_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct out o = {.b = e->out, .batch = b, .notes = e->notes};
    struct tki_zipkin_out *z = e->state;
    tki_zipkin_out_begin(z);
    for (size_t i = 0; i < nrows; i++) {
        const struct tk_span *s = &b->spans[rows[i]];
        bool first = !e->state; /* no span was writable yet */
        int r = tki_zipkin_out_span(&z, b, s, e->notes);
        e->state = z;
        if (r < 0) {
            e->out->err = r;
            break;
        }
        if (r > 0) {
            tki_buf_str(o.b, first ? TKI_STR("\n") : TKI_STR(",\n"));
            span(&o, s, z);
        }
    }
    tki_buf_free(&o.scratch);
}

void tki_zipkin_json_end(struct tki_encode *e)
{
    tki_buf_str(e->out, e->state ? TKI_STR("\n]\n") : TKI_STR("]\n"));
}
