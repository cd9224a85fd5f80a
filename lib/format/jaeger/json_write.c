/* Writing Jaeger's API JSON as its server answers: members in its order, ids of 64-bit traces with 16 digits,
 * whole numbers beyond 2^53 as strings, processes behind the spans.  One trace a line. */
#include "base/num.h"
#include "format/jaeger/json.h"
#include "format/jaeger/words.h"
#include "format/js/any.h"

#define JS_WHOLE_MAX ((int64_t)1 << 53) /* JavaScript's numbers are exact below */

struct out {
    struct tki_buf *b;
    const struct tk_batch *batch;
    uint64_t *notes;
    struct tki_buf scratch;
    bool comma; /* one is due before the next element */
};

#define LIT(o, literal) tki_buf_lit((o)->b, literal)

static inline void element(struct out *o)
{
    if (o->comma)
        tki_buf_putc(o->b, ',');
    o->comma = true;
}

static inline void text(struct out *o, tk_str s)
{
    tki_buf_json_str(o->b, s, o->notes);
}

static inline void trace_id(struct out *o, tk_id128 id)
{
    char *to = tki_buf_room(o->b, 34), *p = to;
    if (!to)
        return;
    *p++ = '"';
    if (id.hi) {
        tki_fmt_hex64(p, id.hi);
        p += 16;
    }
    tki_fmt_hex64(p, id.lo);
    p[16] = '"';
    o->b->n += (size_t)(p + 17 - to);
}

static inline void span_id(struct out *o, uint64_t id)
{
    char *to = tki_buf_room(o->b, 18);
    if (!to)
        return;
    to[0] = to[17] = '"';
    tki_fmt_hex64(to + 1, id);
    o->b->n += 18;
}

/* ---- tags ---- */

static void whole(struct out *o, int64_t i)
{
    if (i < JS_WHOLE_MAX && i > -JS_WHOLE_MAX) {
        tki_buf_i64(o->b, i);
        return;
    }
    tki_buf_putc(o->b, '"');
    tki_buf_i64(o->b, i);
    tki_buf_putc(o->b, '"');
}

static void tag_value(struct out *o, const struct tk_value *v)
{
    switch (v->type) {
    case TK_STRING:
        LIT(o, ",\"type\":\"string\",\"value\":");
        text(o, (tk_str){v->v.s, v->n});
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
        tki_buf_base64(o->b, v->v.s, v->n);
        tki_buf_putc(o->b, '"');
        break;
    default: /* lists, and no value */
        LIT(o, ",\"type\":\"string\",\"value\":");
        tki_buf_any_string(o->b, &o->scratch, o->batch, v, o->notes);
        o->notes[TK_NOTE_LOST_TYPE]++;
    }
}

static void tag(struct out *o, const struct tk_attr *a)
{
    element(o);
    LIT(o, "{\"key\":");
    text(o, a->key);
    tag_value(o, &a->value);
    tki_buf_putc(o->b, '}');
}

static void tags(struct out *o, const struct tk_attr *a, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        tag(o, &a[i]);
}

static void span_tags(struct out *o, const struct tki_jaeger_tags *t, const struct tk_span *s)
{
    LIT(o, ",\"tags\":[");
    o->comma = false;
    tags(o, t->before, t->nbefore);
    const struct tk_attr *a = o->batch->attrs + s->attrs.first;
    for (uint32_t i = 0; i < s->attrs.count; i++)
        if (!tki_jaeger_not_tag(o->batch, &a[i]))
            tag(o, &a[i]);
    tags(o, t->after, t->nafter);
    tki_buf_putc(o->b, ']');
}

/* ---- spans ---- */

static void references(struct out *o, const struct tk_span *s)
{
    struct tki_jaeger_refs r;
    struct tki_jaeger_ref ref;
    LIT(o, ",\"references\":[");
    o->comma = false;
    tki_jaeger_refs_begin(&r, o->batch, s, o->notes);
    while (tki_jaeger_refs_next(&r, &ref)) {
        element(o);
        if (ref.follows)
            LIT(o, "{\"refType\":\"FOLLOWS_FROM\",\"traceID\":");
        else
            LIT(o, "{\"refType\":\"CHILD_OF\",\"traceID\":");
        trace_id(o, ref.trace_id);
        LIT(o, ",\"spanID\":");
        span_id(o, ref.span_id);
        tki_buf_putc(o->b, '}');
    }
    tki_buf_putc(o->b, ']');
}

static void log_fields(struct out *o, const struct tk_event *e)
{
    tk_str name = tki_jaeger_log_name(o->batch, e, o->notes);
    o->comma = false;
    if (name.n) {
        struct tk_attr a = {TKI_STR("event"), {.type = TK_STRING, .n = (uint32_t)name.n, .v.s = name.p}};
        tag(o, &a);
    }
    tags(o, o->batch->attrs + e->attrs.first, e->attrs.count);
    if (e->dropped_attrs) {
        struct tk_attr a = {TKI_STR("otel.dropped_attributes_count"),
                            {.type = TK_INT, .v.i = e->dropped_attrs}};
        tag(o, &a);
    }
}

static void logs(struct out *o, const struct tk_span *s)
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
    tki_buf_putc(o->b, ']');
}

static void warnings(struct out *o, const struct tk_attr *w)
{
    if (!w) {
        LIT(o, ",\"warnings\":null}");
        return;
    }
    LIT(o, ",\"warnings\":[");
    for (uint32_t i = 0; i < w->value.n; i++) {
        const struct tk_value *v = &o->batch->kids[w->value.v.first + i].value;
        if (i)
            tki_buf_putc(o->b, ',');
        text(o, (tk_str){v->v.s, v->n});
    }
    LIT(o, "]}");
}

static void span(struct out *o, const struct tk_span *s, uint32_t process)
{
    struct tki_jaeger_tags t;
    uint64_t start, duration;
    tki_jaeger_tags_of(&t, o->batch, s, o->notes);
    tki_jaeger_micros(s, &start, &duration, o->notes);
    LIT(o, "{\"traceID\":");
    trace_id(o, s->trace_id);
    LIT(o, ",\"spanID\":");
    span_id(o, s->span_id);
    if (t.flags) {
        LIT(o, ",\"flags\":");
        tki_buf_u64(o->b, t.flags);
    }
    LIT(o, ",\"operationName\":");
    text(o, s->name);
    references(o, s);
    LIT(o, ",\"startTime\":");
    tki_buf_u64(o->b, start);
    LIT(o, ",\"duration\":");
    tki_buf_u64(o->b, duration);
    span_tags(o, &t, s);
    logs(o, s);
    LIT(o, ",\"processID\":\"p");
    tki_buf_u64(o->b, process + 1u);
    tki_buf_putc(o->b, '"');
    warnings(o, t.warnings);
}

/* ---- processes and traces ---- */

static void process(struct out *o, const struct tk_resource *r)
{
    struct tki_jaeger_process p = tki_jaeger_process_of(o->batch, r, o->notes);
    LIT(o, "{\"serviceName\":");
    tki_buf_any_string(o->b, &o->scratch, o->batch, &p.service, o->notes);
    LIT(o, ",\"tags\":[");
    o->comma = false;
    const struct tk_attr *a = o->batch->attrs + r->attrs.first;
    for (uint32_t i = 0; i < r->attrs.count; i++)
        if (&a[i] != p.service_attr)
            tag(o, &a[i]);
    LIT(o, "]}");
}

static void processes(struct out *o, const struct tki_jaeger_processes *p)
{
    LIT(o, "],\"processes\":{");
    for (uint32_t i = 0; i < tki_jaeger_processes_count(p); i++) {
        if (i)
            tki_buf_putc(o->b, ',');
        LIT(o, "\"p");
        tki_buf_u64(o->b, i + 1u);
        LIT(o, "\":");
        process(o, &o->batch->resources[tki_jaeger_processes_at(p, i)]);
    }
    LIT(o, "},\"warnings\":null}");
}

void tki_jaeger_json_begin(struct tki_encode *e)
{
    tki_buf_lit(e->out, "{\"data\":[");
}

void tki_jaeger_json_put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct out o = {.b = e->out, .batch = b, .notes = e->notes};
    struct tki_jaeger_processes *p = e->state;
    uint32_t scope = TK_NONE;
    tki_jaeger_processes_begin(&p, b);
    e->state = p;
    if (!p) {
        e->out->err = TK_ENOMEM;
        return;
    }
    tki_buf_str(o.b, e->puts ? TKI_STR(",\n") : TKI_STR("\n"));
    LIT(&o, "{\"traceID\":");
    trace_id(&o, b->spans[rows[0]].trace_id);
    LIT(&o, ",\"spans\":[");
    for (size_t i = 0; i < nrows; i++) {
        const struct tk_span *s = &b->spans[rows[i]];
        if (s->scope != scope)
            tki_jaeger_scope_losses(&b->scopes[scope = s->scope], o.notes);
        if (i)
            tki_buf_putc(o.b, ',');
        span(&o, s, tki_jaeger_processes_put(p, b, s->resource));
    }
    processes(&o, p);
    tki_buf_free(&o.scratch);
}

void tki_jaeger_json_end(struct tki_encode *e)
{
    if (e->puts)
        tki_buf_putc(e->out, '\n');
    tki_buf_lit(e->out, "],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}\n");
}
