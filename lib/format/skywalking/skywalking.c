/* SkyWalking: segments as agents report them over HTTP (SegmentObject of the data collect protocol, version 3), one or
 * in lists, and traces as the query protocol answers them (GraphQL's queryTrace, swctl).
 *
 * An element of spans[] is a span, unless it has members that are not SkyWalking's, and neither a name nor a start:
 * then it is a record of another tool, which is counted.
 *
 * Members of a segment come in any order, spans often before the service: a segment is walked twice, first without its
 * spans.  What is not in its text is protobuf's default, since JSON of protobuf leaves defaults out.
 */
#include "format/skywalking/skywalking.h"
#include "format/table.h"

#include "format/js/any.h"
#include "format/js/documents.h"
#include "format/js/fields.h"
#include "format/js/records.h"
#include "model/put.h"

enum { DEPTH_MAX = 4 };

struct segment {
    tk_str trace, id, service, instance;
    bool limited;      /* the agent gave up spans */
    const char *spans; /* where their list is, or NULL */
};

/* What was read of a span, until all its members are known. */
struct parts {
    struct tk_span s;
    struct segment own; /* in answers to queries each span names its segment */
    tk_str layer, peer, component;
    int64_t id, parent, component_id;
    int type;
    bool parent_given, error;
    const char *tags, *logs, *refs;
};

struct ctx {
    struct tki_records r;
    struct tk_batch *b;
    unsigned needs, depth;
    tk_str service, instance; /* of the resource's row */
    uint32_t resource, scope;
};

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- attributes ---- */

static void put_text(struct ctx *x, tk_str key, tk_str text)
{
    if (text.n > UINT32_MAX)
        tki_js_fail(&x->r.j, "a value longer than 4 GiB");
    else if (text.n)
        tki_put(x->b, key, tki_v_str(text));
}

static void put_int(struct ctx *x, tk_str key, int64_t i)
{
    tki_put(x->b, key, tki_v_int(i));
}

/* The names that the collector's receiver gives to tags. */
static tk_str tag_name(tk_str k)
{
    return KEY(k, "url")           ? TKI_STR("http.url")
           : KEY(k, "status_code") ? TKI_STR("http.status_code")
           : KEY(k, "db.type")     ? TKI_STR("db.system")
           : KEY(k, "db.instance") ? TKI_STR("db.name")
           : KEY(k, "mq.broker")   ? TKI_STR("net.peer.name")
                                   : k;
}

/* {"key":K,"value":V} */
static void pair(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("key", str, struct tk_attr, key),
        TKI_JS_FIELD("value", any, struct tk_attr, value),
        TKI_JS_END,
    };
    struct tk_attr a = {.key = {0}};
    (void)to;
    if (!tki_js_fields(j, fields, &a))
        return;
    if (!a.value.type) /* protobuf's JSON leaves out the empty text */
        a.value = tki_v_str(TKI_STR(""));
    tki_put(j->batch, a.key, a.value);
}

/* A member that has no place: kept under its name, unless it says nothing. */
static void other(struct ctx *x, tk_str k)
{
    struct tk_attr a = {.key = {0}};
    if (!(x->needs & TK_NEED_ATTRS)) {
        tki_js_skip(&x->r.j);
        return;
    }
    tki_js_any(&x->r.j, &a.value);
    bool counted = a.value.type == TK_STRING || a.value.type == TK_ARRAY || a.value.type == TK_KVLIST;
    if (a.value.type == TK_EMPTY || (counted && !a.value.n) || (a.value.type == TK_BOOL && !a.value.v.b))
        return;
    tki_put(x->b, tki_batch_join(x->b, TKI_STR("sw8."), k), a.value);
}

/* ---- events and links ---- */

static void pairs(struct tki_js *j, void *to)
{
    *(tk_range *)to = tki_js_rows(j, true, &j->batch->nattrs, pair, NULL);
}

static void event(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("time", millis, struct tk_event, time_ns),
        TKI_JS_INTO("data", pairs, struct tk_event, attrs),
        TKI_JS_END,
    };
    struct tk_event e = {.name = TKI_STR("logs"), .attrs = {j->batch->nattrs, 0}};
    (void)to;
    tki_js_fields(j, fields, &e);
    *tk_batch_add_event(j->batch) = e;
}

/* Reads an enum, given by its name in any case or by its number, and returns the name.  *at is the number, or -1 when
 * the name is unknown. */
static tk_str name_or_number(struct tki_js *j, const char *const *names, int n, int *at)
{
    *at = -1;
    if (tki_js_peek(j) != '"') {
        int64_t i = tki_js_i64(j);
        if (i < 0 || i >= n)
            return (tk_str){0};
        *at = (int)i;
        return tki_str(names[i]);
    }
    tk_str s = tki_js_str(j);
    for (int i = 0; i < n; i++)
        if (tki_str_same_letters(s, tki_str(names[i])))
            *at = i;
    return s;
}

struct ref {
    tk_str trace, segment, service, instance, endpoint, address, type;
    int64_t span;
};

static void ref_type(struct tki_js *j, void *to)
{
    static const char *const types[] = {"CrossProcess", "CrossThread"};
    int at;
    *(tk_str *)to = name_or_number(j, types, 2, &at);
}

static struct ref a_ref(struct tki_js *j)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("traceId", str, struct ref, trace),
        TKI_JS_FIELD("parentTraceSegmentId", str, struct ref, segment),
        TKI_JS_FIELD("parentSegmentId", str, struct ref, segment),
        TKI_JS_FIELD("parentSpanId", i64, struct ref, span),
        TKI_JS_FIELD("parentService", str, struct ref, service),
        TKI_JS_FIELD("parentServiceInstance", str, struct ref, instance),
        TKI_JS_FIELD("parentEndpoint", str, struct ref, endpoint),
        TKI_JS_FIELD("networkAddressUsedAtPeer", str, struct ref, address),
        TKI_JS_INTO("refType", ref_type, struct ref, type),
        TKI_JS_INTO("type", ref_type, struct ref, type),
        TKI_JS_END,
    };
    struct ref r = {.type = TKI_STR("CrossProcess")};
    tki_js_fields(j, fields, &r);
    return r;
}

/* References are links.  The first into the same trace is the parent of a segment's first span. */
static void refs(struct ctx *x, struct tk_span *s, tk_str trace, bool orphan)
{
    struct tki_js *j = &x->r.j;
    struct tk_batch *b = x->b;
    s->links.first = b->nlinks;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        struct ref r = a_ref(j);
        struct tk_link l = {.attrs = {b->nattrs, 0}};
        if (j->error)
            return;
        l.span_id = tki_sw_span_id(b, r.segment, r.span);
        if (orphan && !s->parent_id && tki_str_eq(r.trace, trace))
            s->parent_id = l.span_id;
        s->links.count++;
        if (!(x->needs & TK_NEED_LINKS))
            continue;
        l.trace_id = tki_sw_trace_id(b, r.trace);
        put_text(x, TKI_STR("parent.service"), r.service);
        put_text(x, TKI_STR("parent.service.instance"), r.instance);
        put_text(x, TKI_STR("parent.endpoint"), r.endpoint);
        put_text(x, TKI_STR("network.AddressUsedAtPeer"), r.address);
        put_text(x, TKI_STR("refType"), r.type);
        put_text(x, TKI_STR("sw8.trace_id"), r.trace);
        put_text(x, TKI_STR("sw8.segment_id"), r.segment);
        put_int(x, TKI_STR("sw8.span_id"), r.span);
        l.attrs.count = b->nattrs - l.attrs.first;
        *tk_batch_add_link(b) = l;
    }
}

/* ---- spans ---- */

static void type(struct tki_js *j, void *to)
{
    static const char *const types[] = {"Entry", "Exit", "Local"};
    name_or_number(j, types, 3, to);
}

static void layer(struct tki_js *j, void *to)
{
    static const char *const layers[] = {"Unknown", "Database", "RPCFramework", "Http", "MQ", "Cache", "FAAS"};
    int at;
    *(tk_str *)to = name_or_number(j, layers, 7, &at);
}

static void parent(struct tki_js *j, void *to)
{
    struct parts *p = to;
    p->parent = tki_js_i64(j);
    p->parent_given = true;
}

static const struct tki_js_field span_fields[] = {
    TKI_JS_FIELD("spanId", i64, struct parts, id),
    TKI_JS_PART("parentSpanId", parent),
    TKI_JS_FIELD("startTime", millis, struct parts, s.start_ns),
    TKI_JS_FIELD("endTime", millis, struct parts, s.end_ns),
    TKI_JS_FIELD("operationName", str, struct parts, s.name),
    TKI_JS_FIELD("endpointName", str, struct parts, s.name),
    TKI_JS_INTO("spanType", type, struct parts, type),
    TKI_JS_INTO("type", type, struct parts, type),
    TKI_JS_INTO("spanLayer", layer, struct parts, layer),
    TKI_JS_INTO("layer", layer, struct parts, layer),
    TKI_JS_FIELD("peer", str, struct parts, peer),
    TKI_JS_FIELD("componentId", i64, struct parts, component_id),
    TKI_JS_FIELD("component", str, struct parts, component),
    TKI_JS_FIELD("isError", bool, struct parts, error),
    TKI_JS_FIELD("traceId", str, struct parts, own.trace),
    TKI_JS_FIELD("segmentId", str, struct parts, own.id),
    TKI_JS_FIELD("serviceCode", str, struct parts, own.service),
    TKI_JS_FIELD("serviceInstanceName", str, struct parts, own.instance),
    TKI_JS_FIELD("tags", later, struct parts, tags),
    TKI_JS_FIELD("logs", later, struct parts, logs),
    TKI_JS_FIELD("refs", later, struct parts, refs),
    TKI_JS_END,
};

static uint32_t resource_row(struct ctx *x, tk_str service, tk_str instance)
{
    struct tk_batch *b = x->b;
    if (x->resource != TK_NONE && tki_str_eq(service, x->service) && tki_str_eq(instance, x->instance))
        return x->resource;
    struct tk_resource r = {.attrs = {b->nattrs, 0}, .service = service, .present = true};
    if (x->needs & TK_NEED_RESOURCE) {
        put_text(x, TKI_STR("service.name"), service);
        put_text(x, TKI_STR("service.instance.id"), instance);
    }
    r.attrs.count = b->nattrs - r.attrs.first;
    x->resource = tki_put_resource(b, r);
    x->service = service;
    x->instance = instance;
    return x->resource;
}

static enum tk_kind kind_of(const struct parts *p)
{
    bool queue = tki_str_same_letters(p->layer, TKI_STR("MQ"));
    switch (p->type) {
    case 0: return queue ? TK_KIND_CONSUMER : TK_KIND_SERVER;
    case 1: return queue ? TK_KIND_PRODUCER : TK_KIND_CLIENT;
    case 2: return TK_KIND_INTERNAL;
    }
    return TK_KIND_UNSPECIFIED;
}

static void span_attrs(struct ctx *x, const struct parts *p)
{
    struct tki_js *j = &x->r.j;
    put_text(x, TKI_STR("sw8.trace_id"), p->own.trace);
    put_text(x, TKI_STR("sw8.segment_id"), p->own.id);
    put_int(x, TKI_STR("sw8.span_id"), p->id);
    if (p->parent >= 0)
        put_int(x, TKI_STR("sw8.parent_span_id"), p->parent);
    put_text(x, TKI_STR("sw8.span_layer"), p->layer);
    put_text(x, TKI_STR("sw8.peer"), p->peer);
    put_text(x, TKI_STR("sw8.component"), p->component);
    if (p->component_id)
        put_int(x, TKI_STR("sw8.component_id"), p->component_id);
    tk_range tags = {0};
    tki_js_read_at(j, p->tags, pairs, &tags);
    for (uint32_t i = 0; i < tags.count && !x->b->err; i++)
        x->b->attrs[tags.first + i].key = tag_name(x->b->attrs[tags.first + i].key);
}

static void span_lists(struct ctx *x, struct parts *p)
{
    struct tki_js *j = &x->r.j;
    if (p->logs && !j->error) {
        const char *here = tki_js_go(j, p->logs);
        p->s.events = tki_js_rows(j, x->needs & TK_NEED_EVENTS, &x->b->nevents, event, NULL);
        tki_js_back(j, here);
    }
    if (p->refs && !j->error) {
        const char *here = tki_js_go(j, p->refs);
        refs(x, &p->s, p->own.trace, p->parent < 0);
        tki_js_back(j, here);
    }
}

/* Returns true if the object at *start, whose members were read or in which the cursor failed, is no span. */
static bool no_span(const struct ctx *x, const struct tki_js *start, const struct tk_span *s)
{
    static const char own[] =
        "spanId|parentSpanId|endTime|spanType|type|spanLayer|layer|peer|componentId|component|isError|traceId|"
        "segmentId|serviceInstanceName|serviceCode|tags|logs|refs|attachedEvents";
    static const struct tki_span_signs signs = {.any = "operationName|endpointName|startTime", .own = own};
    return (x->r.j.error || !s->start_ns) && tki_js_no_span(start, &x->r.j, &signs);
}

static void span(struct tki_js *j, void *around)
{
    struct ctx *x = (struct ctx *)j;
    struct tk_batch *b = x->b;
    struct parts p = {.own = *(struct segment *)around, .s.attrs.first = b->nattrs};
    struct tk_span *s = &p.s;
    struct tki_mark mark;
    tk_str k;
    tki_batch_mark(b, &mark);
    tki_js_peek(j);
    struct tki_js start = *j;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k))
        if (!tki_js_field(j, span_fields, k, &p))
            other(x, k);
    if (no_span(x, &start, s)) {
        tki_js_pass(j, &start, &mark);
        return;
    }
    if (j->error)
        return;
    if (!p.own.trace.n || !p.own.id.n) {
        tki_js_fail_at(j, start.p, "expected a span of a segment with traceId and traceSegmentId");
        return;
    }
    if (!p.parent_given)
        p.parent = p.id > 0 ? 0 : -1;
    if (x->needs & TK_NEED_ATTRS)
        span_attrs(x, &p);
    s->attrs.count = b->nattrs - s->attrs.first;
    s->trace_id = tki_sw_trace_id(b, p.own.trace);
    s->span_id = tki_sw_span_id(b, p.own.id, p.id);
    if (p.parent >= 0)
        s->parent_id = tki_sw_span_id(b, p.own.id, p.parent);
    span_lists(x, &p);
    s->kind = (uint8_t)kind_of(&p);
    s->status = p.error ? TK_STATUS_ERROR : TK_STATUS_UNSET;
    if (!(x->needs & TK_NEED_NAME))
        s->name = (tk_str){0};
    s->resource = resource_row(x, p.own.service, p.own.instance);
    if (x->scope == TK_NONE)
        x->scope = tk_batch_add_scope(b);
    s->scope = x->scope;
    tki_note(b, TK_NOTE_ID_DERIVED);
    *tk_batch_add_span(b) = *s;
}

/* ---- segments, and what is around them ---- */

static void document(struct ctx *x);

static void documents(struct ctx *x)
{
    if (tki_js_array(&x->r.j))
        while (tki_js_item(&x->r.j)) {
            tki_record_begin(&x->r);
            document(x);
        }
}

/* A member of a segment, or of an object around segments; true: that it is. */
static bool around_member(struct ctx *x, struct segment *g, tk_str k)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("traceId", str, struct segment, trace),
        TKI_JS_FIELD("traceSegmentId", str, struct segment, id),
        TKI_JS_FIELD("service", str, struct segment, service),
        TKI_JS_FIELD("serviceInstance", str, struct segment, instance),
        TKI_JS_FIELD("isSizeLimited", bool, struct segment, limited),
        TKI_JS_END,
    };
    struct tki_js *j = &x->r.j;
    char c = tki_js_peek(j);
    bool answer = KEY(k, "data") || KEY(k, "trace") || KEY(k, "queryTrace") || KEY(k, "queryTraces");
    if ((KEY(k, "segments") || KEY(k, "traces")) && c == '[') {
        documents(x);
        return true;
    }
    if (answer && c == '{') {
        document(x);
        return true;
    }
    if (answer && c == 'n') { /* nothing was found */
        tki_js_skip(j);
        return true;
    }
    if (KEY(k, "spans") && c == '[')
        g->spans = j->p;
    if (!tki_js_field(j, fields, k, g))
        tki_js_skip(j);
    return false;
}

/* The object at the cursor. */
static void document(struct ctx *x)
{
    struct tki_js *j = &x->r.j;
    struct segment g = {0};
    const char *start = (tki_js_peek(j), j->p);
    bool around = false;
    tk_str k;
    if (x->depth == DEPTH_MAX) {
        tki_js_fail(j, "segments inside segments, too deep");
        return;
    }
    if (!tki_js_object(j))
        return;
    x->depth++;
    while (tki_js_key(j, &k))
        around |= around_member(x, &g, k);
    x->depth--;
    if (j->error)
        return;
    if (!g.spans && !around) {
        tki_js_refuse(j, start, "expected a segment of SkyWalking, with traceId, traceSegmentId and spans");
        return;
    }
    if (!g.spans)
        return;
    const char *here = j->p;
    j->p = g.spans;
    tki_js_each(j, span, &g);
    if (j->error)
        return;
    j->p = here;
    if (g.limited)
        tki_note(x->b, TK_NOTE_PARTIAL);
    tki_record_end(&x->r);
}

static void next(struct tki_records *r, char c)
{
    struct ctx *x = (struct ctx *)r;
    uint64_t others = x->b->notes->n[TK_NOTE_IDS_ONLY];
    uint32_t spans = x->b->nspans;
    const char *at = r->j.p;
    if (c == '[')
        documents(x);
    else if (!tki_records_rest(r, c))
        document(x);
    if (r->j.error || c != '{' || x->b->notes->n[TK_NOTE_IDS_ONLY] == others || x->b->nspans != spans ||
        !tki_format_is_other(at, r->j.p, &tki_format_skywalking))
        return;
    x->b->notes->n[TK_NOTE_IDS_ONLY] = others; /* the document is another format's whole */
    r->start = at;
    tki_js_fail_at(&r->j, at, "expected a segment of SkyWalking");
}

static int decode(struct tki_decode *d)
{
    struct ctx x = {.b = d->batch, .needs = d->needs, .resource = TK_NONE, .scope = TK_NONE};
    return tki_records_decode(&x.r, d, next);
}

/* ---- recognising ---- */

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key segment[] = {{"traceSegmentId", 4}, {"spanId", 6}, {"spans", 4}, {NULL, 0}};
    static const struct tki_key spans[] = {
        {"parentSpanId", 6}, {"spanType", 6}, {"spanLayer", 6}, {"componentId", 6}, {NULL, 0}};
    static const struct tki_key query[] = {
        {"segmentId", 6}, {"serviceCode", 6}, {"endpointName", 6}, {"parentSpanId", 6}, {NULL, 0}};
    static const struct tki_key answer[] = {{"queryTrace", 2}, {"queryTraces", 2}, {NULL, 0}};
    unsigned bits = tki_keys_met(head, TKI_KEYS({"data", 1})) ? tki_key_bits(head, answer) : 0;
    return bits + tki_all_keys_bits(head, segment) + tki_all_keys_bits(head, spans) + tki_all_keys_bits(head, query);
}

const struct tki_format tki_format_skywalking = {
    .info = {.name = "skywalking",
             .about = "SkyWalking: segments as agents report them in JSON, and answers to queryTrace",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS("[]", ".segments[]"),
    .decode = decode,
    .resync = tki_js_resync_value,
};
