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
#include "format/js/decimal.h"
#include "format/js/documents.h"
#include "format/js/records.h"

enum { DEPTH_MAX = 4 };

struct segment {
    tk_str trace, id, service, instance;
    bool limited;      /* the agent gave up spans */
    const char *spans; /* where their list is, or NULL */
};

/* What was read of a span, until all its members are known. */
struct parts {
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
    struct tk_attr a = {.key = key, .value = {.type = TK_STRING, .n = (uint32_t)text.n, .v.s = text.p}};
    if (text.n > UINT32_MAX)
        tki_js_fail(&x->r.j, "a value longer than 4 GiB");
    else if (text.n)
        *tk_batch_add_attr(x->b) = a;
}

static void put_int(struct ctx *x, tk_str key, int64_t i)
{
    *tk_batch_add_attr(x->b) = (struct tk_attr){.key = key, .value = {.type = TK_INT, .v.i = i}};
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

/* [{"key":K,"value":V}] */
static void pairs(struct ctx *x, bool tags)
{
    struct tki_js *j = &x->r.j;
    tk_str k;
    if (!tki_js_array(j))
        return;
    while (tki_js_item(j)) {
        struct tk_attr a = {.key = {0}};
        if (!tki_js_object(j))
            continue;
        while (tki_js_key(j, &k)) {
            if (KEY(k, "key"))
                a.key = tki_js_str(j);
            else if (KEY(k, "value"))
                tki_js_any(j, &a.value);
            else
                tki_js_drop(j, k, NULL);
        }
        if (tags)
            a.key = tag_name(a.key);
        if (!a.value.type) /* protobuf's JSON leaves out the empty text */
            a.value = (struct tk_value){.type = TK_STRING, .v.s = ""};
        *tk_batch_add_attr(x->b) = a;
    }
}

/* A member that has no place: kept under its name, unless it says nothing. */
static void other(struct ctx *x, tk_str k)
{
    static const char before[] = "sw8.";
    struct tk_attr a = {.key = {0}};
    if (!(x->needs & TK_NEED_ATTRS)) {
        tki_js_skip(&x->r.j);
        return;
    }
    tki_js_any(&x->r.j, &a.value);
    bool counted = a.value.type == TK_STRING || a.value.type == TK_ARRAY || a.value.type == TK_KVLIST;
    if (a.value.type == TK_EMPTY || (counted && !a.value.n) || (a.value.type == TK_BOOL && !a.value.v.b))
        return;
    char *key = tk_batch_alloc(x->b, sizeof before + k.n);
    if (!key)
        return;
    memcpy(key, before, sizeof before - 1);
    memcpy(key + sizeof before - 1, k.p, k.n);
    a.key = (tk_str){key, sizeof before - 1 + k.n};
    *tk_batch_add_attr(x->b) = a;
}

/* ---- events and links ---- */

static uint64_t millis(struct ctx *x)
{
    bool negative;
    uint64_t t = tki_js_decimal_slow(&x->r.j, 6, &negative);
    return negative ? 0 : t;
}

static tk_range events(struct ctx *x)
{
    struct tki_js *j = &x->r.j;
    tk_range r = {x->b->nevents, 0};
    tk_str k;
    if (!(x->needs & TK_NEED_EVENTS)) {
        r.count = tki_js_null(j) ? 0 : tki_js_count(j);
        return r;
    }
    if (!tki_js_array(j))
        return r;
    while (tki_js_item(j)) {
        struct tk_event e = {.name = TKI_STR("logs")};
        e.attrs.first = x->b->nattrs;
        if (tki_js_object(j))
            while (tki_js_key(j, &k)) {
                if (KEY(k, "time"))
                    e.time_ns = millis(x);
                else if (KEY(k, "data"))
                    pairs(x, false);
                else
                    tki_js_drop(j, k, NULL);
            }
        e.attrs.count = x->b->nattrs - e.attrs.first;
        *tk_batch_add_event(x->b) = e;
    }
    r.count = x->b->nevents - r.first;
    return r;
}

struct ref {
    tk_str trace, segment, service, instance, endpoint, address, type;
    int64_t span;
};

static tk_str name_or_number(struct ctx *x, const char *const *names, int n, int *at);

static struct ref a_ref(struct ctx *x)
{
    static const char *const types[] = {"CrossProcess", "CrossThread"};
    struct tki_js *j = &x->r.j;
    struct ref r = {.type = TKI_STR("CrossProcess")};
    tk_str k;
    int at;
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "traceId"))
                r.trace = tki_js_str(j);
            else if (KEY(k, "parentTraceSegmentId") || KEY(k, "parentSegmentId"))
                r.segment = tki_js_str(j);
            else if (KEY(k, "parentSpanId"))
                r.span = tki_js_i64(j);
            else if (KEY(k, "parentService"))
                r.service = tki_js_str(j);
            else if (KEY(k, "parentServiceInstance"))
                r.instance = tki_js_str(j);
            else if (KEY(k, "parentEndpoint"))
                r.endpoint = tki_js_str(j);
            else if (KEY(k, "networkAddressUsedAtPeer"))
                r.address = tki_js_str(j);
            else if (KEY(k, "refType") || KEY(k, "type"))
                r.type = name_or_number(x, types, 2, &at);
            else
                tki_js_drop(j, k, NULL);
        }
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
        struct ref r = a_ref(x);
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

static const char *const layers[] = {"Unknown", "Database", "RPCFramework", "Http", "MQ", "Cache", "FAAS"};
static const char *const types[] = {"Entry", "Exit", "Local"};

/* Reads an enum, given by its name in any case or by its number, and returns the name.  *at is the number, or -1 when
 * the name is unknown. */
static tk_str name_or_number(struct ctx *x, const char *const *names, int n, int *at)
{
    struct tki_js *j = &x->r.j;
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

static void member(struct ctx *x, struct tk_span *s, struct parts *p, tk_str k)
{
    struct tki_js *j = &x->r.j;
    int at;
    if (KEY(k, "spanId"))
        p->id = tki_js_i64(j);
    else if (KEY(k, "parentSpanId")) {
        p->parent = tki_js_i64(j);
        p->parent_given = true;
    } else if (KEY(k, "startTime"))
        s->start_ns = millis(x);
    else if (KEY(k, "endTime"))
        s->end_ns = millis(x);
    else if (KEY(k, "operationName") || KEY(k, "endpointName"))
        s->name = tki_js_str(j);
    else if (KEY(k, "spanType") || KEY(k, "type"))
        name_or_number(x, types, 3, &p->type);
    else if (KEY(k, "spanLayer") || KEY(k, "layer"))
        p->layer = name_or_number(x, layers, 7, &at);
    else if (KEY(k, "peer"))
        p->peer = tki_js_str(j);
    else if (KEY(k, "componentId"))
        p->component_id = tki_js_i64(j);
    else if (KEY(k, "component"))
        p->component = tki_js_str(j);
    else if (KEY(k, "isError"))
        p->error = tki_js_bool(j);
    else if (KEY(k, "traceId"))
        p->own.trace = tki_js_str(j);
    else if (KEY(k, "segmentId"))
        p->own.id = tki_js_str(j);
    else if (KEY(k, "serviceCode"))
        p->own.service = tki_js_str(j);
    else if (KEY(k, "serviceInstanceName"))
        p->own.instance = tki_js_str(j);
    else if (KEY(k, "tags") || KEY(k, "logs") || KEY(k, "refs")) {
        const char **list = k.p[0] == 't' ? &p->tags : k.p[0] == 'l' ? &p->logs : &p->refs;
        *list = (tki_js_peek(j), j->p);
        tki_js_skip(j);
    } else {
        other(x, k);
    }
}

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
    x->resource = tk_batch_add_resource(b);
    b->resources[x->resource] = r;
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

static void span_attrs(struct ctx *x, struct tk_span *s, const struct parts *p, const struct segment *g)
{
    const char *here = x->r.j.p;
    if (x->needs & TK_NEED_ATTRS) {
        put_text(x, TKI_STR("sw8.trace_id"), g->trace);
        put_text(x, TKI_STR("sw8.segment_id"), g->id);
        put_int(x, TKI_STR("sw8.span_id"), p->id);
        if (p->parent >= 0)
            put_int(x, TKI_STR("sw8.parent_span_id"), p->parent);
        put_text(x, TKI_STR("sw8.span_layer"), p->layer);
        put_text(x, TKI_STR("sw8.peer"), p->peer);
        put_text(x, TKI_STR("sw8.component"), p->component);
        if (p->component_id)
            put_int(x, TKI_STR("sw8.component_id"), p->component_id);
        if (p->tags) {
            x->r.j.p = p->tags;
            pairs(x, true);
        }
        if (!x->r.j.error)
            x->r.j.p = here;
    }
    s->attrs.count = x->b->nattrs - s->attrs.first;
}

static void span_lists(struct ctx *x, struct tk_span *s, const struct parts *p, const struct segment *g)
{
    const char *here = x->r.j.p;
    if (p->logs && !x->r.j.error) {
        x->r.j.p = p->logs;
        s->events = events(x);
    }
    if (p->refs && !x->r.j.error) {
        x->r.j.p = p->refs;
        refs(x, s, g->trace, p->parent < 0);
    }
    if (!x->r.j.error)
        x->r.j.p = here;
}

/* Returns true if the object at *start, whose members were read or in which the cursor failed, is no span. */
static bool no_span(const struct ctx *x, const struct tki_js *start, const struct tk_span *s)
{
    static const char *const any[] = {"operationName", "endpointName", "startTime", NULL};
    static const char *const own[] = {
        "spanId",      "parentSpanId", "endTime",   "spanType", "type",           "spanLayer", "layer",
        "peer",        "componentId",  "component", "isError",  "traceId",        "segmentId", "serviceInstanceName",
        "serviceCode", "tags",         "logs",      "refs",     "attachedEvents", NULL};
    static const struct tki_span_signs signs = {.any = any, .own = own};
    return (x->r.j.error || !s->start_ns) && tki_js_no_span(start, &x->r.j, &signs);
}

static void span(struct ctx *x, const struct segment *around)
{
    struct tki_js *j = &x->r.j;
    struct tk_batch *b = x->b;
    struct tk_span s = {.attrs = {b->nattrs, 0}};
    struct parts p = {.own = *around};
    uint32_t kids = b->nkids;
    tk_str k;
    tki_js_peek(j);
    struct tki_js start = *j;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k))
        member(x, &s, &p, k);
    if (no_span(x, &start, &s)) {
        b->nattrs = s.attrs.first;
        b->nkids = kids;
        *j = start;
        tki_js_skip(j);
        tki_note(b, TK_NOTE_IDS_ONLY);
        return;
    }
    if (j->error)
        return;
    const struct segment *g = &p.own;
    if (!g->trace.n || !g->id.n) {
        tki_js_fail_at(j, start.p, "expected a span of a segment with traceId and traceSegmentId");
        return;
    }
    if (!p.parent_given)
        p.parent = p.id > 0 ? 0 : -1;
    span_attrs(x, &s, &p, g);
    s.trace_id = tki_sw_trace_id(b, g->trace);
    s.span_id = tki_sw_span_id(b, g->id, p.id);
    if (p.parent >= 0)
        s.parent_id = tki_sw_span_id(b, g->id, p.parent);
    span_lists(x, &s, &p, g);
    s.kind = (uint8_t)kind_of(&p);
    s.status = p.error ? TK_STATUS_ERROR : TK_STATUS_UNSET;
    if (!(x->needs & TK_NEED_NAME))
        s.name = (tk_str){0};
    s.resource = resource_row(x, g->service, g->instance);
    if (x->scope == TK_NONE)
        x->scope = tk_batch_add_scope(b);
    s.scope = x->scope;
    tki_note(b, TK_NOTE_ID_DERIVED);
    *tk_batch_add_span(b) = s;
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
    if (KEY(k, "traceId"))
        g->trace = tki_js_str(j);
    else if (KEY(k, "traceSegmentId"))
        g->id = tki_js_str(j);
    else if (KEY(k, "service"))
        g->service = tki_js_str(j);
    else if (KEY(k, "serviceInstance"))
        g->instance = tki_js_str(j);
    else if (KEY(k, "isSizeLimited"))
        g->limited = tki_js_bool(j);
    else {
        if (KEY(k, "spans") && c == '[')
            g->spans = j->p;
        tki_js_skip(j);
    }
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
    if (tki_js_array(j))
        while (tki_js_item(j))
            span(x, &g);
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
    if (tki_keys_met(head, segment) == 3)
        bits += tki_key_bits(head, segment);
    if (tki_keys_met(head, spans) == 4)
        bits += tki_key_bits(head, spans);
    if (tki_keys_met(head, query) == 4)
        bits += tki_key_bits(head, query);
    return bits;
}

static const char *const split[] = {"[]", ".segments[]", NULL};

const struct tki_format tki_format_skywalking = {
    .info = {.name = "skywalking",
             .about = "SkyWalking: segments as agents report them in JSON, and answers to queryTrace",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = split,
    .decode = decode,
    .resync = tki_js_resync_value,
};
