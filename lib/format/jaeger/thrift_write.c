/* Writing Jaeger's Thrift: Batches in the binary protocol as the collector's /api/traces takes them, one for
 * each run of spans that share a process. */
#include "format/jaeger/words.h"
#include "format/js/any.h"
#include "format/thrift/thrift.h"
#include "model/values.h"

struct out {
    struct tki_buf *b;
    const struct tk_batch *batch;
    uint64_t *notes;
    struct tki_buf scratch;
};

static tk_str text_of(struct out *o, const struct tk_value *v)
{
    if (v->type == TK_STRING)
        return (tk_str){v->v.s, v->n};
    tki_buf_reset(&o->scratch);
    tki_buf_any_text(&o->scratch, o->batch, v, o->notes);
    return tki_buf_text(&o->scratch, &o->b->err);
}

static void tag(struct out *o, const struct tk_attr *a)
{
    struct tki_buf *b = o->b;
    tki_thrift_put_str(b, 1, a->key);
    switch (a->value.type) {
    case TK_BOOL:
        tki_thrift_put_i32(b, 2, TKI_JAEGER_TAG_BOOL);
        tki_thrift_put_bool(b, 5, a->value.v.b);
        break;
    case TK_INT:
        tki_thrift_put_i32(b, 2, TKI_JAEGER_TAG_LONG);
        tki_thrift_put_i64(b, 6, a->value.v.i);
        break;
    case TK_DOUBLE:
        tki_thrift_put_i32(b, 2, TKI_JAEGER_TAG_DOUBLE);
        tki_thrift_put_double(b, 4, a->value.v.d);
        break;
    case TK_BYTES:
        tki_thrift_put_i32(b, 2, TKI_JAEGER_TAG_BINARY);
        tki_thrift_put_str(b, 7, (tk_str){a->value.v.s, a->value.n});
        break;
    default: /* text; lists and no value as text */
        o->notes[TK_NOTE_LOST_TYPE] += a->value.type != TK_STRING;
        tki_thrift_put_i32(b, 2, TKI_JAEGER_TAG_STRING);
        tki_thrift_put_str(b, 3, text_of(o, &a->value));
    }
    tki_thrift_put_stop(b);
}

/* Opens a list whose count is not known yet; returns where to patch it. */
static size_t list_open(struct out *o, unsigned id)
{
    tki_thrift_put_list(o->b, id, TKI_THRIFT_STRUCT, 0);
    return o->b->n;
}

static void list_close(struct out *o, size_t at, uint32_t count)
{
    if (!o->b->err)
        for (unsigned i = 0; i < 4; i++)
            o->b->p[at - 4 + i] = (char)(count >> (24 - 8 * i));
}

static void span_tags(struct out *o, const struct tki_jaeger_tags *t, const struct tk_span *s)
{
    size_t at = list_open(o, 10);
    uint32_t n = t->nbefore + t->nafter;
    for (uint32_t i = 0; i < t->nbefore; i++)
        tag(o, &t->before[i]);
    for (uint32_t i = 0; i < s->attrs.count; i++) {
        const struct tk_attr *a = &o->batch->attrs[s->attrs.first + i];
        if (!tki_jaeger_not_tag(o->batch, a)) {
            tag(o, a);
            n++;
        }
    }
    for (uint32_t i = 0; i < t->nafter; i++)
        tag(o, &t->after[i]);
    list_close(o, at, n);
}

static void references(struct out *o, const struct tk_span *s)
{
    struct tki_jaeger_refs r;
    struct tki_jaeger_ref ref;
    size_t at = list_open(o, 6);
    uint32_t n = 0;
    tki_jaeger_refs_begin(&r, o->batch, s, o->notes);
    while (tki_jaeger_refs_next(&r, &ref)) {
        tki_thrift_put_i32(o->b, 1, ref.follows ? TKI_JAEGER_REF_FOLLOWS_FROM : TKI_JAEGER_REF_CHILD_OF);
        tki_thrift_put_i64(o->b, 2, (int64_t)ref.trace_id.lo);
        tki_thrift_put_i64(o->b, 3, (int64_t)ref.trace_id.hi);
        tki_thrift_put_i64(o->b, 4, (int64_t)ref.span_id);
        tki_thrift_put_stop(o->b);
        n++;
    }
    list_close(o, at, n);
}

static void log_entry(struct out *o, const struct tk_event *e)
{
    if (e->time_ns % 1000)
        o->notes[TK_NOTE_LOST_PRECISION]++;
    tki_thrift_put_i64(o->b, 1, (int64_t)(e->time_ns / 1000));
    tk_str name = tki_jaeger_log_name(o->batch, e, o->notes);
    tki_thrift_put_list(o->b, 2, TKI_THRIFT_STRUCT, e->attrs.count + (name.n > 0) + (e->dropped_attrs > 0));
    if (name.n)
        tag(o, &(struct tk_attr){TKI_STR("event"), {.type = TK_STRING, .n = (uint32_t)name.n, .v.s = name.p}});
    for (uint32_t i = 0; i < e->attrs.count; i++)
        tag(o, &o->batch->attrs[e->attrs.first + i]);
    if (e->dropped_attrs)
        tag(o, &(struct tk_attr){TKI_STR("otel.dropped_attributes_count"), {.type = TK_INT, .v.i = e->dropped_attrs}});
    tki_thrift_put_stop(o->b);
}

static void span(struct out *o, const struct tk_span *s)
{
    struct tki_buf *b = o->b;
    struct tki_jaeger_tags t;
    uint64_t start, duration;
    tki_jaeger_tags_of(&t, o->batch, s, o->notes);
    tki_span_micros(s, &start, &duration, o->notes);
    o->notes[TK_NOTE_LOST_SPAN] += t.warnings != NULL;
    tki_thrift_put_i64(b, 1, (int64_t)s->trace_id.lo);
    tki_thrift_put_i64(b, 2, (int64_t)s->trace_id.hi);
    tki_thrift_put_i64(b, 3, (int64_t)s->span_id);
    tki_thrift_put_i64(b, 4, (int64_t)s->parent_id);
    tki_thrift_put_str(b, 5, s->name);
    if (s->parent_id || s->links.count)
        references(o, s);
    tki_thrift_put_i32(b, 7, (int32_t)t.flags);
    tki_thrift_put_i64(b, 8, (int64_t)start);
    tki_thrift_put_i64(b, 9, (int64_t)duration);
    span_tags(o, &t, s);
    uint32_t logs = o->batch->needs & TK_NEED_EVENTS ? s->events.count : 0;
    if (logs)
        tki_thrift_put_list(b, 11, TKI_THRIFT_STRUCT, logs);
    for (uint32_t i = 0; i < logs; i++)
        log_entry(o, &o->batch->events[s->events.first + i]);
    tki_thrift_put_stop(b);
}

static void process(struct out *o, const struct tk_resource *r)
{
    struct tki_jaeger_process p = tki_jaeger_process_of(o->batch, r, o->notes);
    tki_thrift_put_field(o->b, TKI_THRIFT_STRUCT, 1);
    tki_thrift_put_str(o->b, 1, text_of(o, &p.service));
    tki_thrift_put_list(o->b, 2, TKI_THRIFT_STRUCT, r->attrs.count - (p.service_attr != NULL));
    for (uint32_t i = 0; i < r->attrs.count; i++)
        if (&o->batch->attrs[r->attrs.first + i] != p.service_attr)
            tag(o, &o->batch->attrs[r->attrs.first + i]);
    tki_thrift_put_stop(o->b);
}

void tki_jaeger_thrift_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct out o = {.b = e->out, .batch = b, .notes = e->notes};
    struct tki_jaeger_processes *p = tki_jaeger_processes_begin(e, b);
    uint32_t scope = TK_NONE;
    if (!p)
        return;
    for (size_t i = 0, next; i < nrows; i = next) {
        uint32_t own = tki_jaeger_processes_put(p, b, b->spans[rows[i]].resource);
        for (next = i + 1; next < nrows && tki_jaeger_processes_put(p, b, b->spans[rows[next]].resource) == own;)
            next++;
        process(&o, &b->resources[tki_jaeger_processes_at(p, own)]);
        tki_thrift_put_list(o.b, 2, TKI_THRIFT_STRUCT, (uint32_t)(next - i));
        for (size_t k = i; k < next; k++) {
            const struct tk_span *s = &b->spans[rows[k]];
            if (s->scope != scope)
                tki_jaeger_scope_losses(&b->scopes[scope = s->scope], o.notes);
            span(&o, s);
        }
        tki_thrift_put_stop(o.b);
    }
    tki_buf_free(&o.scratch);
}
