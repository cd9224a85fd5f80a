#include "format/jaeger/json_out.h"

#include "base/num.h"
#include "format/js/any.h"
#include "model/put.h"
#include "model/values.h"

#define JS_WHOLE_MAX ((int64_t)1 << 53) /* JavaScript's numbers are exact below */

void tki_jaeger_out_trace_id(struct tki_jaeger_out *o, tk_id128 id)
{
    if (id.hi || o->document)
        tki_buf_json_id128(o->b, id);
    else
        tki_buf_json_id64(o->b, id.lo);
}

/* ---- tags ---- */

static void whole(struct tki_jaeger_out *o, int64_t i)
{
    if (o->document || (i < JS_WHOLE_MAX && i > -JS_WHOLE_MAX)) {
        tki_buf_i64(o->b, i);
        return;
    }
    tki_buf_putc(o->b, '"');
    tki_buf_i64(o->b, i);
    tki_buf_putc(o->b, '"');
}

static void bytes(struct tki_jaeger_out *o, const struct tk_value *v)
{
    char *to = o->document ? tki_buf_room(o->b, 2 * (size_t)v->n) : NULL;
    if (!o->document) {
        tki_buf_base64(o->b, v->v.s, v->n);
    } else if (to && v->n) {
        tki_fmt_hex(to, v->v.s, v->n);
        o->b->n += 2 * (size_t)v->n;
    }
}

static void tag_value(struct tki_jaeger_out *o, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
        LIT(o, ",\"type\":\"string\",\"value\":");
        tki_jaeger_out_text(o, (tk_str){v->v.s, v->n});
        break;
    case TK_BOOL:
        LIT(o, ",\"type\":\"bool\",\"value\":");
        tki_buf_str(o->b, v->v.b ? TKI_STR("true") : TKI_STR("false"));
        break;
    case TK_INT:
        LIT(o, ",\"type\":\"int64\",\"value\":");
        whole(o, v->v.i);
        break;
    case TK_DOUBLE:
        LIT(o, ",\"type\":\"float64\",\"value\":");
        tki_buf_json_double(o->b, v->v.d);
        break;
    case TK_BYTES:
        LIT(o, ",\"type\":\"binary\",\"value\":\"");
        bytes(o, v);
        tki_buf_putc(o->b, '"');
        break;
    default: /* lists, and no value */
        LIT(o, ",\"type\":\"string\",\"value\":");
        if (v->type == TK_EMPTY && o->document) {
            LIT(o, "null");
            break;
        }
        tki_buf_any_string(o->b, &o->scratch, o->batch, v, o->notes);
        o->notes[TK_NOTE_LOST_TYPE]++;
    }
}

void tki_jaeger_out_tag(struct tki_jaeger_out *o, const struct tk_attr *a)
{
    tki_jaeger_out_element(o);
    LIT(o, "{\"key\":");
    tki_jaeger_out_text(o, a->key);
    tag_value(o, &a->value);
    tki_buf_putc(o->b, '}');
}

void tki_jaeger_out_tags(struct tki_jaeger_out *o, const struct tk_attr *a, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        tki_jaeger_out_tag(o, &a[i]);
}

/* ---- references and logs ---- */

/* The end of a list whose bracket is the buffer's last byte when nothing came. */
static void list_end(struct tki_jaeger_out *o)
{
    if (o->comma || !o->document) {
        tki_buf_putc(o->b, ']');
    } else if (!o->b->err) {
        o->b->n--;
        LIT(o, "null");
    }
}

void tki_jaeger_out_references(struct tki_jaeger_out *o, const struct tk_span *s)
{
    struct tki_jaeger_refs r;
    struct tki_jaeger_ref ref;
    LIT(o, ",\"references\":[");
    o->comma = false;
    tki_jaeger_refs_begin(&r, o->batch, s, o->notes);
    while (tki_jaeger_refs_next(&r, &ref)) {
        tki_jaeger_out_element(o);
        if (ref.follows)
            LIT(o, "{\"refType\":\"FOLLOWS_FROM\",\"traceID\":");
        else
            LIT(o, "{\"refType\":\"CHILD_OF\",\"traceID\":");
        tki_jaeger_out_trace_id(o, ref.trace_id);
        LIT(o, ",\"spanID\":");
        tki_buf_json_id64(o->b, ref.span_id);
        tki_buf_putc(o->b, '}');
    }
    list_end(o);
}

static void log_fields(struct tki_jaeger_out *o, const struct tk_event *e)
{
    tk_str name = tki_jaeger_log_name(o->batch, e, o->notes);
    o->comma = false;
    if (name.n)
        tki_jaeger_out_tag(o, &(struct tk_attr){TKI_STR("event"), tki_v_str(name)});
    tki_jaeger_out_tags(o, o->batch->attrs + e->attrs.first, e->attrs.count);
    if (e->dropped_attrs)
        tki_jaeger_out_tag(o, &(struct tk_attr){TKI_STR("otel.dropped_attributes_count"), tki_v_int(e->dropped_attrs)});
}

void tki_jaeger_out_logs(struct tki_jaeger_out *o, const struct tk_span *s)
{
    LIT(o, ",\"logs\":[");
    uint32_t n = o->batch->needs & TK_NEED_EVENTS ? s->events.count : 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct tk_event *e = &o->batch->events[s->events.first + i];
        if (e->time_ns % 1000)
            o->notes[TK_NOTE_LOST_PRECISION]++;
        if (i)
            tki_buf_putc(o->b, ',');
        LIT(o, "{\"timestamp\":");
        tki_buf_u64(o->b, e->time_ns / 1000);
        LIT(o, ",\"fields\":[");
        log_fields(o, e);
        LIT(o, "]}");
    }
    o->comma = n > 0;
    list_end(o);
}

/* ---- spans ---- */

static void number(struct tki_jaeger_out *o, const char *member, uint64_t x)
{
    tki_buf_str(o->b, tki_str(member));
    tki_buf_u64(o->b, x);
}

void tki_jaeger_out_span(struct tki_jaeger_out *o, const struct tk_span *s, struct tki_jaeger_tags *t)
{
    uint64_t start, duration;
    tki_jaeger_tags_of(t, o->batch, s, o->notes);
    tki_span_micros(s, &start, &duration, o->notes);
    LIT(o, "{\"traceID\":");
    tki_jaeger_out_trace_id(o, s->trace_id);
    LIT(o, ",\"spanID\":");
    tki_buf_json_id64(o->b, s->span_id);
    if (s->parent_id && o->document) {
        LIT(o, ",\"parentSpanID\":");
        tki_buf_json_id64(o->b, s->parent_id);
    }
    if (t->flags)
        number(o, ",\"flags\":", t->flags);
    LIT(o, ",\"operationName\":");
    tki_jaeger_out_text(o, s->name);
    tki_jaeger_out_references(o, s);
    number(o, ",\"startTime\":", start);
    if (o->document)
        number(o, ",\"startTimeMillis\":", start / 1000);
    number(o, ",\"duration\":", duration);
}
