/* Jaeger's api_v2 protobuf: Batch, Trace, SpansResponseChunk, messages that hold one of these, single Spans; one
 * after another.
 *
 * A span is a record.  Whose it is may stand in the span, or behind the message's spans, by the process's id or
 * for all of them.
 */
#include "format/jaeger/proto.h"

#include "format/jaeger/json.h"
#include "format/proto/jaeger.pb-c.h"
#include "format/proto/messages.h"

typedef Tki__Jaeger__Span Message;

struct ctx {
    struct tki_proto_reader r;
    unsigned field, first_field; /* numbers at the top: the one under way, the first */
    struct tki_jaeger_span w;

    struct tki_jaeger_table ids;   /* processes of the message under way, by id */
    struct tki_jaeger_table bytes; /* processes that stand inside spans, by their bytes: equal ones are one */
    uint32_t nobody;               /* resource row of spans that name no process; TK_NONE: there is none */
    bool nobody_known;             /* and it is filled */
};

static void *unpack(struct ctx *x, const ProtobufCMessageDescriptor *type, tk_str in, const char *what)
{
    void *m = tki_proto_unpack(type, x->r.b, in);
    if (!m)
        tki_proto_fault(&x->r, in, what);
    return m;
}

/* Nanoseconds; what does not fit is 0, as Go's zero time is. */
static uint64_t time_of(const Tki__Jaeger__Time *t)
{
    if (!t || t->seconds < 0 || t->nanos < 0 || t->nanos >= 1000000000 ||
        t->seconds > (int64_t)(UINT64_MAX / 1000000000) - 1)
        return 0;
    return (uint64_t)t->seconds * 1000000000 + (uint64_t)t->nanos;
}

/* What is to be added to a start, modulo 2^64: durations beyond 292 years come back as they were written. */
static int64_t duration_of(const Tki__Jaeger__Time *t)
{
    const int64_t most = (int64_t)(UINT64_MAX / 1000000000);
    if (!t || t->seconds > most || t->seconds < -most)
        return 0;
    return (int64_t)((uint64_t)t->seconds * 1000000000 + (uint64_t)(int64_t)t->nanos);
}

/* ---- tags ---- */

static void attr_of(const Tki__Jaeger__KeyValue *kv, struct tk_attr *a)
{
    tk_str s = tki_proto_str(kv->v_type == 4 ? kv->v_binary : kv->v_str);
    a->key = tki_proto_str(kv->key);
    switch (kv->v_type) {
    case 0:
    case 4:
        a->value = (struct tk_value){.type = kv->v_type ? TK_BYTES : TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
        break;
    case 1: a->value = (struct tk_value){.type = TK_BOOL, .v.b = kv->v_bool}; break;
    case 2: a->value = (struct tk_value){.type = TK_INT, .v.i = kv->v_int64}; break;
    case 3: a->value = (struct tk_value){.type = TK_DOUBLE, .v.d = kv->v_float64}; break;
    default: a->value = (struct tk_value){0}; /* a type of the future */
    }
}

static void add_attrs(struct tk_batch *b, Tki__Jaeger__KeyValue *const *tags, size_t n)
{
    for (size_t i = 0; i < n; i++)
        attr_of(tags[i], tk_batch_add_attr(b));
}

static void span_tags(struct ctx *x, const Message *m)
{
    struct tk_attr a;
    tki_jaeger_tags_begin(&x->w);
    for (size_t i = 0; i < m->n_tags; i++) {
        attr_of(m->tags[i], &a);
        enum tki_jaeger_word word = tki_jaeger_word(a.key);
        if (tki_jaeger_wants(x->r.d->needs, word))
            tki_jaeger_tag(&x->w, word, &a);
    }
    tki_jaeger_tags_end(&x->w);
}

/* ---- processes ---- */

static void process_into(struct ctx *x, tk_str in, uint32_t row)
{
    Tki__Jaeger__Process *p = unpack(x, &tki__jaeger__process__descriptor, in, "a malformed process");
    if (!p)
        return;
    uint32_t first = tki_jaeger_process_begin(x->r.b);
    if (x->r.d->needs & TK_NEED_RESOURCE)
        add_attrs(x->r.b, p->tags, p->n_tags);
    tki_jaeger_process_end(x->r.b, row, first, tki_proto_str(p->service_name), x->r.d->needs);
}

static struct tki_jaeger_entry *entry(struct ctx *x, struct tki_jaeger_table *t, tk_str key)
{
    struct tki_jaeger_entry *e = tki_jaeger_table_find(t, x->r.b, key);
    if (e && e->row == TK_NONE)
        e->row = tk_batch_add_resource(x->r.b);
    return e;
}

static uint32_t resource_of(struct ctx *x, const Message *m, tk_str in)
{
    tk_str inside = tki_proto_str(m->process), id = tki_proto_str(m->process_id);
    if (m->process.len || tki_jaeger_proto_has_process(in)) {
        inside = inside.n ? inside : TKI_STR("");
        struct tki_jaeger_entry *e = entry(x, &x->bytes, inside);
        if (!e)
            return 0;
        uint32_t row = e->row;
        if (!e->at) {
            e->at = inside.p;
            process_into(x, inside, row);
        }
        return row;
    }
    if (id.n) {
        struct tki_jaeger_entry *e = entry(x, &x->ids, id);
        return e ? e->row : 0;
    }
    if (x->nobody == TK_NONE)
        x->nobody = tk_batch_add_resource(x->r.b);
    return x->nobody;
}

/* Counts what stands beside the id and the process of an entry. */
static void entry_drop(struct ctx *x, tk_str in)
{
    struct tki_pb c = tki_pb_over(in);
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        if (tag == TKI_PB(1, LEN) || tag == TKI_PB(2, LEN))
            tki_pb_str(&c);
        else
            tki_pb_drop(&c, tag, x->r.b);
}

/* Field 2 of a message: a process, or a process behind its id.  Only a process has texts and messages in its
 * own field 2 that a process in turn has not; where that is not told, ids in the spans do. */
static void process_field(struct ctx *x, tk_str in)
{
    struct tki_pb c = tki_pb_over(in);
    tk_str id = {0}, inner = {0};
    bool tags = false, whole = false;
    unsigned tag;
    while ((tag = tki_pb_tag(&c))) {
        if (tag == TKI_PB(1, LEN)) {
            id = tki_pb_str(&c);
        } else if (tag == TKI_PB(2, LEN)) {
            inner = tki_pb_str(&c);
            struct tki_pb t = tki_pb_over(inner);
            for (unsigned f; (f = tki_pb_tag(&t)); tki_pb_skip(&t, f)) {
                tags = tags || f == TKI_PB(2, VARINT) || (f >> 3 > 2 && f >> 3 < 8);
                whole = whole || f == TKI_PB(2, LEN);
            }
        } else {
            tki_pb_skip(&c, tag);
        }
    }
    if (c.error) {
        tki_proto_fault(&x->r, in, "a malformed process");
    } else if (inner.p && !tags && (whole || x->ids.n)) {
        struct tki_jaeger_entry *e = entry(x, &x->ids, id);
        if (e && !e->at) {
            e->at = in.p;
            process_into(x, inner, e->row);
            entry_drop(x, in);
        }
    } else if (!x->nobody_known) {
        if (x->nobody == TK_NONE)
            x->nobody = tk_batch_add_resource(x->r.b);
        x->nobody_known = true;
        process_into(x, in, x->nobody);
    }
}

static void message_begin(struct ctx *x)
{
    tki_jaeger_table_reset(&x->ids);
    x->nobody = TK_NONE;
    x->nobody_known = false;
}

/* ---- spans ---- */

static void references(struct ctx *x, const Message *m, tk_str at)
{
    for (size_t i = 0; i < m->n_references; i++) {
        const Tki__Jaeger__SpanRef *r = m->references[i];
        tk_id128 trace_id;
        uint64_t span_id;
        if (!tki_proto_id(r->trace_id, &trace_id) || !tki_proto_id64(r->span_id, &span_id))
            tki_proto_fault(&x->r, at, "a reference with an id that is too long");
        else
            tki_jaeger_ref(&x->w, r->ref_type == 1, r->trace_id.len ? trace_id : x->w.s.trace_id, span_id);
    }
}

static void logs(struct ctx *x, const Message *m)
{
    if (!(x->r.d->needs & TK_NEED_EVENTS)) {
        x->w.s.events.count = (uint32_t)m->n_logs;
        return;
    }
    for (size_t i = 0; i < m->n_logs; i++) {
        uint32_t first = x->r.b->nattrs;
        add_attrs(x->r.b, m->logs[i]->fields, m->logs[i]->n_fields);
        tki_jaeger_log(&x->w, time_of(m->logs[i]->timestamp), first);
    }
}

static void warnings(struct ctx *x, const Message *m)
{
    uint32_t base = tki_batch_stack(x->r.b);
    if (!m->n_warnings || !(x->r.d->needs & TK_NEED_ATTRS))
        return;
    for (size_t i = 0; i < m->n_warnings; i++) {
        tk_str s = tki_proto_str(m->warnings[i]);
        tki_batch_push(x->r.b)->value = (struct tk_value){.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p};
    }
    x->w.warnings = tki_batch_pop_kids(x->r.b, base);
}

static void span(struct ctx *x, tk_str in)
{
    struct tki_jaeger_span *w = &x->w;
    if (!in.n)
        return;
    const Message *m = unpack(x, &tki__jaeger__span__descriptor, in, "a malformed Jaeger span");
    if (!m)
        return;
    tki_jaeger_span_begin(w, x->r.b, x->r.d->needs);
    if (!tki_proto_id(m->trace_id, &w->s.trace_id) || !tki_proto_id64(m->span_id, &w->s.span_id)) {
        tki_proto_fault(&x->r, in, "a span with an id that is too long");
        return;
    }
    if (x->r.d->needs & TK_NEED_NAME)
        w->s.name = tki_proto_str(m->operation_name);
    w->flags = m->flags;
    w->s.start_ns = time_of(m->start_time);
    w->duration_ns = duration_of(m->duration);
    references(x, m, in);
    span_tags(x, m);
    logs(x, m);
    warnings(x, m);
    w->s.resource = resource_of(x, m, in);
    if (x->r.error)
        return;
    tki_jaeger_span_end(w);
    x->r.d->records++;
}

/* ---- messages ---- */

static void holder(struct ctx *x, tk_str in)
{
    struct tki_pb c = tki_pb_over(in);
    unsigned tag;
    message_begin(x);
    while (!x->r.error && (tag = tki_pb_tag(&c))) {
        if (tag == TKI_PB(1, LEN))
            span(x, tki_pb_str(&c));
        else if (tag == TKI_PB(2, LEN))
            process_field(x, tki_pb_str(&c));
        else
            tki_pb_drop(&c, tag, x->r.b);
    }
    if (c.error)
        tki_proto_fault(&x->r, (tk_str){(const char *)c.error_at, 0}, c.error);
    message_begin(x);
}

/* Processes belong to the spans on one side of them: which, the stream's first field says. */
static void field(struct tki_proto_reader *r, unsigned tag, const unsigned char *start)
{
    struct ctx *x = (struct ctx *)r;
    unsigned field = tag >> 3, before = x->field;
    x->field = field;
    x->first_field = x->first_field ? x->first_field : field;
    if (before && (x->first_field == 1 ? field == 1 && before != 1 : field != 1 && before == 1))
        message_begin(x);
    if (tag == TKI_PB(1, LEN)) {
        tk_str in = tki_pb_str(&r->c);
        if (r->c.error)
            return;
        enum tki_jaeger_shape shape = tki_jaeger_proto_shape(in);
        if (shape == TKI_JAEGER_HOLDER)
            holder(x, in);
        else
            span(x, shape == TKI_JAEGER_ID ? tki_proto_single(r, start) : in);
    } else if (tag == TKI_PB(2, LEN)) {
        process_field(x, tki_pb_str(&r->c));
    } else {
        tki_pb_drop(&r->c, tag, x->r.b);
    }
}

static int decode(struct tki_decode *d)
{
    struct ctx x;
    memset(&x, 0, sizeof x);
    message_begin(&x);
    return tki_proto_decode(&x.r, d, field);
}

const struct tki_format tki_format_jaeger_proto = {
    .info =
        {.name = "jaeger-proto",
         .about =
             "Jaeger's api_v2 protobuf: Batch, Trace, SpansResponseChunk, Span; written as spans with their processes",
         .can_read = true,
         .can_write = true,
         .binary = true},
    .bid = tki_jaeger_proto_bid,
    .cutter = &tki_jaeger_proto_cut,
    .lossless = true,
    .decode = decode,
    .resync = tki_pb_resync,
    .put = tki_jaeger_proto_put,
    .independent = true,
};
