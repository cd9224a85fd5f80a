/* Writing Jaeger's api_v2 protobuf: a stream of spans, each with its process.
 *
 * So it is a Batch, a Trace and a SpansResponseChunk at once, and stays one when streams are concatenated; a
 * process behind the spans of a Batch would then count for the spans of all.
 */
#include "format/jaeger/proto.h"
#include "format/jaeger/words.h"
#include "format/js/any.h"
#include "format/proto/jaeger.pb-c.h"
#include "format/proto/messages.h"

typedef Tki__Jaeger__KeyValue KeyValue;
typedef Tki__Jaeger__Time Time;

struct out {
    struct tki_encode *e;
    const struct tk_batch *b;
    struct tki_arena arena;
    struct tki_buf text;
    uint32_t resource; /* whose process is packed */
    struct tki_buf process;
};

static void *new (struct out *o, size_t n, size_t size)
{
    return tki_proto_new(&o->arena, o->e->out, n, size);
}

/* Room for one message, or NULL. */
#define NEW(o, type) ((type *)new ((o), 1, sizeof(type)))

static Time *time_of(struct out *o, int64_t ns_of_second, int64_t seconds)
{
    Time *t = NEW(o, Time);
    if (t) {
        tki__jaeger__time__init(t);
        t->seconds = seconds;
        t->nanos = (int32_t)ns_of_second;
    }
    return t;
}

static Time *moment(struct out *o, uint64_t ns)
{
    return time_of(o, (int64_t)(ns % 1000000000), (int64_t)(ns / 1000000000));
}

/* ---- tags ---- */

static ProtobufCBinaryData text_of(struct out *o, const struct tk_value *v)
{
    tki_buf_reset(&o->text);
    tki_buf_any_text(&o->text, o->b, v, o->e->notes);
    o->e->notes[TK_NOTE_LOST_TYPE]++;
    if (o->text.err)
        o->e->out->err = o->text.err;
    char *copy = new (o, o->text.n, 1);
    if (copy && o->text.n)
        memcpy(copy, o->text.p, o->text.n);
    return tki_proto_bytes((tk_str){copy, copy ? o->text.n : 0});
}

/* Appends a tag to a list that has room. */
static void tag(struct out *o, KeyValue **list, size_t *n, const struct tk_attr *a)
{
    KeyValue *kv = NEW(o, KeyValue);
    const struct tk_value *v = &a->value;
    if (!kv)
        return;
    tki__jaeger__key_value__init(kv);
    kv->key = tki_proto_bytes(a->key);
    list[(*n)++] = kv;
    switch (v->type) {
    case TK_STRING: kv->v_str = tki_proto_bytes((tk_str){v->v.s, v->n}); break;
    case TK_BOOL:
        kv->v_type = 1;
        kv->v_bool = v->v.b;
        break;
    case TK_INT:
        kv->v_type = 2;
        kv->v_int64 = v->v.i;
        break;
    case TK_DOUBLE:
        kv->v_type = 3;
        kv->v_float64 = v->v.d;
        break;
    case TK_BYTES:
        kv->v_type = 4;
        kv->v_binary = tki_proto_bytes((tk_str){v->v.s, v->n});
        break;
    default: kv->v_str = text_of(o, v); /* lists, and no value */
    }
}

static void span_tags(struct out *o, Tki__Jaeger__Span *m, const struct tki_jaeger_tags *t, const struct tk_span *s)
{
    const struct tk_attr *a = o->b->attrs + s->attrs.first;
    m->tags = new (o, t->nbefore + (size_t)s->attrs.count + t->nafter, sizeof *m->tags);
    if (!m->tags)
        return;
    for (unsigned i = 0; i < t->nbefore; i++)
        tag(o, m->tags, &m->n_tags, &t->before[i]);
    for (uint32_t i = 0; i < s->attrs.count; i++)
        if (!tki_jaeger_not_tag(o->b, &a[i]))
            tag(o, m->tags, &m->n_tags, &a[i]);
    for (unsigned i = 0; i < t->nafter; i++)
        tag(o, m->tags, &m->n_tags, &t->after[i]);
}

/* ---- the parts of a span ---- */

static ProtobufCBinaryData id_bytes(struct out *o, const uint64_t *words, size_t n)
{
    unsigned char *p = new (o, n, 8);
    for (size_t i = 0; p && i < n; i++)
        tki_store_be64(p + 8 * i, words[i]);
    return (ProtobufCBinaryData){p ? 8 * n : 0, p};
}

static ProtobufCBinaryData trace_id(struct out *o, tk_id128 id)
{
    return id_bytes(o, (const uint64_t[]){id.hi, id.lo}, 2);
}

static void references(struct out *o, Tki__Jaeger__Span *m, const struct tk_span *s)
{
    struct tki_jaeger_refs r;
    struct tki_jaeger_ref ref;
    m->references = new (o, (size_t)s->links.count + 1, sizeof *m->references);
    if (!m->references)
        return;
    tki_jaeger_refs_begin(&r, o->b, s, o->e->notes);
    while (tki_jaeger_refs_next(&r, &ref)) {
        Tki__Jaeger__SpanRef *to = NEW(o, Tki__Jaeger__SpanRef);
        if (!to)
            return;
        tki__jaeger__span_ref__init(to);
        to->trace_id = trace_id(o, ref.trace_id);
        to->span_id = id_bytes(o, &ref.span_id, 1);
        to->ref_type = ref.follows;
        m->references[m->n_references++] = to;
    }
}

static Tki__Jaeger__Log *log_of(struct out *o, const struct tk_event *e)
{
    Tki__Jaeger__Log *l = NEW(o, Tki__Jaeger__Log);
    if (!l)
        return NULL;
    tki__jaeger__log__init(l);
    l->timestamp = moment(o, e->time_ns);
    l->fields = new (o, (size_t)e->attrs.count + 2, sizeof *l->fields);
    if (!l->fields)
        return NULL;
    tk_str name = tki_jaeger_log_name(o->b, e, o->e->notes);
    if (name.n)
        tag(o, l->fields, &l->n_fields,
            &(struct tk_attr){TKI_STR("event"), {.type = TK_STRING, .n = (uint32_t)name.n, .v.s = name.p}});
    for (uint32_t i = 0; i < e->attrs.count; i++)
        tag(o, l->fields, &l->n_fields, &o->b->attrs[e->attrs.first + i]);
    if (e->dropped_attrs)
        tag(o, l->fields, &l->n_fields,
            &(struct tk_attr){TKI_STR("otel.dropped_attributes_count"), {.type = TK_INT, .v.i = e->dropped_attrs}});
    return l;
}

static void logs(struct out *o, Tki__Jaeger__Span *m, const struct tk_span *s)
{
    uint32_t n = o->b->needs & TK_NEED_EVENTS ? s->events.count : 0;
    m->logs = new (o, n, sizeof *m->logs);
    for (uint32_t i = 0; m->logs && i < n; i++) {
        Tki__Jaeger__Log *l = log_of(o, &o->b->events[s->events.first + i]);
        if (!l)
            return;
        m->logs[m->n_logs++] = l;
    }
}

static void warnings(struct out *o, Tki__Jaeger__Span *m, const struct tk_attr *w)
{
    uint32_t n = w ? w->value.n : 0;
    m->warnings = new (o, n, sizeof *m->warnings);
    for (; m->warnings && m->n_warnings < n; m->n_warnings++) {
        const struct tk_value *v = &o->b->kids[w->value.v.first + m->n_warnings].value;
        m->warnings[m->n_warnings] = tki_proto_bytes((tk_str){v->v.s, v->n});
    }
}

/* The packed process of a resource; spans of one resource mostly follow each other. */
static tk_str process_of(struct out *o, uint32_t row)
{
    if (row == o->resource)
        return (tk_str){o->process.p, o->process.n};
    const struct tk_resource *r = &o->b->resources[row];
    struct tki_jaeger_process p = tki_jaeger_process_of(o->b, r, o->e->notes);
    Tki__Jaeger__Process m;
    tki__jaeger__process__init(&m);
    if (p.service.type == TK_STRING)
        m.service_name = tki_proto_bytes((tk_str){p.service.v.s, p.service.n});
    else
        m.service_name = text_of(o, &p.service);
    m.tags = new (o, r->attrs.count, sizeof *m.tags);
    for (uint32_t i = 0; m.tags && i < r->attrs.count; i++)
        if (&o->b->attrs[r->attrs.first + i] != p.service_attr)
            tag(o, m.tags, &m.n_tags, &o->b->attrs[r->attrs.first + i]);
    size_t n = tki__jaeger__process__get_packed_size(&m);
    tki_buf_reset(&o->process);
    char *to = tki_buf_room(&o->process, n + 1); /* never NULL for an empty process: it is present */
    if (!to) {
        o->e->out->err = TK_ENOMEM;
        return (tk_str){0};
    }
    o->process.n = tki__jaeger__process__pack(&m, (uint8_t *)to);
    o->resource = row;
    return (tk_str){o->process.p, o->process.n};
}

static void span(struct out *o, const struct tk_span *s)
{
    struct tki_jaeger_tags t;
    Tki__Jaeger__Span m;
    bool back = s->end_ns < s->start_ns;
    uint64_t length = back ? s->start_ns - s->end_ns : s->end_ns - s->start_ns;
    int64_t sign = back ? -1 : 1;
    tki__jaeger__span__init(&m);
    tki_jaeger_tags_of(&t, o->b, s, o->e->notes);
    m.trace_id = trace_id(o, s->trace_id);
    m.span_id = id_bytes(o, &s->span_id, 1);
    m.operation_name = tki_proto_bytes(s->name);
    m.flags = t.flags;
    m.start_time = moment(o, s->start_ns);
    m.duration = time_of(o, sign * (int64_t)(length % 1000000000), sign * (int64_t)(length / 1000000000));
    references(o, &m, s);
    span_tags(o, &m, &t, s);
    logs(o, &m, s);
    m.process = tki_proto_bytes(process_of(o, s->resource));
    warnings(o, &m, t.warnings);
    if (!o->e->out->err)
        tki_proto_put(o->e->out, &m.base);
    tki_arena_reset(&o->arena);
}

void tki_jaeger_proto_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct out o = {.e = e, .b = b, .resource = TK_NONE};
    uint32_t scope = TK_NONE;
    for (size_t i = 0; i < nrows && !e->out->err; i++) {
        const struct tk_span *s = &b->spans[rows[i]];
        if (s->scope != scope)
            tki_jaeger_scope_losses(&b->scopes[scope = s->scope], e->notes);
        span(&o, s);
    }
    tki_arena_free(&o.arena);
    tki_buf_free(&o.text);
    tki_buf_free(&o.process);
}
