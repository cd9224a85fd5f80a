/* Datadog: traces as tracers send them to the agent (v0.3 and v0.4, in JSON), as they print them for log forwarders
 * ({"traces":[[...]]}, ids in hexadecimal), and as the Spans API answers
 * ({"data":[{"type":"spans","attributes":{...}}]}).
 *
 * A span has a trace id and a span id.  An object that stands alone, or has members that are not Datadog's, is a span
 * only when it has a name or a start, too: log records have both ids.
 *
 * A trace id has 64 bits in a span; the upper 64 are a tag, _dd.p.tid, of the first span of each list that a tracer
 * sends: they hold for its other spans of that trace.
 */
#include "format/datadog/datadog.h"
#include "base/num.h"
#include "format/js/any.h"
#include "format/js/decimal.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "model/names.h"
#include "model/put.h"

enum { DEPTH_MAX = 4, INSIDE_MAX = 64 };

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- tags ---- */

static void tag(struct tki_dd *x, tk_str key, const struct tk_value *v)
{
    if (x->needs & TK_NEED_ATTRS && v->type)
        tki_put(x->b, key, *v);
}

static void text_tag(struct tki_dd *x, tk_str key, tk_str text)
{
    struct tk_value v = tki_v_str(text);
    if (text.n > UINT32_MAX)
        tki_js_fail(&x->r.j, "a value longer than 4 GiB");
    else if (text.n)
        tag(x, key, &v);
}

static bool upper_bits(tk_str s, uint64_t *x)
{
    return s.n == 16 && tki_hex16(s.p, x);
}

/* Takes one of the texts: a text that has a field of its own goes into that field. */
static void meta_member(struct tki_dd *x, struct tki_dd_parts *p, tk_str k)
{
    struct tk_value v;
    tki_js_any(&x->r.j, &v);
    tk_str s = tki_v_text(&v);
    uint64_t high;
    if (KEY(k, "_dd.p.tid") && upper_bits(s, &high)) {
        p->s.trace_id.hi = high;
        return;
    }
    if (KEY(k, "span.kind"))
        for (unsigned i = TK_KIND_INTERNAL; i < TKI_KIND_NAMES; i++)
            if (tki_str_eq(s, tki_str(tk_kind_name(i)))) {
                p->s.kind = (uint8_t)i;
                return;
            }
    if ((KEY(k, "_dd.span_links") || KEY(k, "events")) && tki_dd_text(x, p, k, s))
        return;
    if (KEY(k, "error.message") || (KEY(k, "error.msg") && !p->message.n))
        p->message = s;
    tag(x, k, &v);
}

static void meta(struct tki_js *j, void *to)
{
    tk_str k;
    if (tki_js_object(j))
        while (tki_js_key(j, &k))
            meta_member((struct tki_dd *)j, to, k);
}

static void metrics(struct tki_js *j, void *to)
{
    tk_str k;
    (void)to;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (tki_js_null(j))
            continue;
        struct tk_value v = tki_v_double(tki_js_double(j));
        tag((struct tki_dd *)j, k, &v);
    }
}

/* An object of other values: each under its name, behind that text. */
static void others(struct tki_dd *x, tk_str before)
{
    struct tki_js *j = &x->r.j;
    struct tk_value v;
    tk_str k;
    if (!(x->needs & TK_NEED_ATTRS) || tki_js_peek(j) != '{') {
        tki_js_skip(j);
        return;
    }
    tki_js_object(j);
    while (tki_js_key(j, &k)) {
        tki_js_any(j, &v);
        tag(x, before.n ? tki_batch_join(x->b, before, k) : k, &v);
    }
}

static void meta_struct(struct tki_js *j, void *to)
{
    (void)to;
    others((struct tki_dd *)j, TKI_STR("meta_struct."));
}

static void custom(struct tki_js *j, void *to)
{
    (void)to;
    others((struct tki_dd *)j, (tk_str){0});
}

/* ---- spans ---- */

static void start(struct tki_js *j, void *to)
{
    *(uint64_t *)to = tki_js_decimal(j, 0);
}

static void duration(struct tki_js *j, void *to)
{
    struct tki_dd_parts *p = to;
    p->duration_ns = tki_js_decimal_slow(j, 0, &p->backwards);
}

static void error(struct tki_js *j, void *to)
{
    char c = tki_js_peek(j);
    bool is = c == 't' || c == 'f' ? tki_js_bool(j) : tki_js_i64(j) > 0;
    *(uint8_t *)to = is ? TK_STATUS_ERROR : TK_STATUS_UNSET;
}

static const struct tki_js_field span_fields[] = {
    TKI_JS_INTO("trace_id", tki_dd_trace_id, struct tki_dd_parts, s.trace_id),
    TKI_JS_INTO("span_id", tki_dd_span_id, struct tki_dd_parts, s.span_id),
    TKI_JS_INTO("parent_id", tki_dd_span_id, struct tki_dd_parts, s.parent_id),
    TKI_JS_FIELD("service", str, struct tki_dd_parts, service),
    TKI_JS_FIELD("type", str, struct tki_dd_parts, type),
    TKI_JS_FIELD("name", str, struct tki_dd_parts, s.name),
    TKI_JS_FIELD("resource", str, struct tki_dd_parts, resource),
    TKI_JS_INTO("start", start, struct tki_dd_parts, s.start_ns),
    TKI_JS_PART("duration", duration),
    TKI_JS_INTO("error", error, struct tki_dd_parts, s.status),
    TKI_JS_PART("meta", meta),
    TKI_JS_PART("metrics", metrics),
    TKI_JS_PART("meta_struct", meta_struct),
    TKI_JS_FIELD("span_links", later, struct tki_dd_parts, link_list),
    TKI_JS_FIELD("span_events", later, struct tki_dd_parts, event_list),
    TKI_JS_FIELD("_children", later, struct tki_dd_parts, children),
    TKI_JS_END,
};

/* Any other member is a tag. */
static void members(struct tki_dd *x, const struct tki_js_field *fields, struct tki_dd_parts *p)
{
    struct tk_value v;
    tk_str k;
    while (tki_js_key(&x->r.j, &k))
        if (!tki_js_field(&x->r.j, fields, k, p)) {
            tki_js_any(&x->r.j, &v);
            tag(x, k, &v);
        }
}

static uint32_t resource_row(struct tki_dd *x, tk_str service)
{
    struct tk_batch *b = x->b;
    if (x->resource != TK_NONE && tki_str_eq(service, x->service))
        return x->resource;
    struct tk_resource r = {.attrs = {b->nattrs, 0}, .service = service, .present = service.n > 0};
    if (x->needs & TK_NEED_RESOURCE && service.n)
        tki_put(b, TKI_STR("service.name"), tki_v_str(service));
    r.attrs.count = b->nattrs - r.attrs.first;
    x->resource = tki_put_resource(b, r);
    x->service = service;
    return x->resource;
}

/* Events and links, from lists of their own or from texts in tags; afterwards the span is a row. */
static void span_end(struct tki_dd *x, struct tki_dd_parts *p)
{
    struct tk_span *s = &p->s;
    text_tag(x, TKI_STR("resource.name"), p->resource);
    text_tag(x, TKI_STR("span.type"), p->type);
    s->attrs.count = x->b->nattrs - s->attrs.first;
    tki_dd_links(x, p);
    tki_dd_events(x, p);
    if (x->r.j.error)
        return;
    if (!s->kind)
        s->kind = KEY(p->type, "web") ? TK_KIND_SERVER : KEY(p->type, "http") ? TK_KIND_CLIENT : TK_KIND_UNSPECIFIED;
    if (!p->ended && p->backwards)
        s->end_ns = s->start_ns > p->duration_ns ? s->start_ns - p->duration_ns : 0;
    else if (!p->ended && __builtin_add_overflow(s->start_ns, p->duration_ns, &s->end_ns))
        s->end_ns = UINT64_MAX;
    if (s->status == TK_STATUS_ERROR && x->needs & TK_NEED_STATE)
        s->status_message = p->message;
    if (!(x->needs & TK_NEED_NAME))
        s->name = (tk_str){0};
    s->resource = resource_row(x, p->service);
    if (x->scope == TK_NONE)
        x->scope = tk_batch_add_scope(x->b);
    s->scope = x->scope;
    *tk_batch_add_span(x->b) = *s;
}

/* A span whose members have been read, or in which the cursor failed: adds its row, or skips it as a record with ids
 * only. */
static void span_or_not(struct tki_dd *x, struct tki_dd_parts *p, const struct tki_js *start,
                        const struct tki_mark *mark, const struct tki_span_signs *signs)
{
    struct tki_js *j = &x->r.j;
    if ((j->error || !p->s.start_ns) && tki_js_no_span(start, j, signs))
        tki_js_pass(j, start, mark);
    else if (!j->error && (!p->s.span_id || tki_id_zero(p->s.trace_id)))
        tki_js_fail_at(j, start->p, "expected a span of Datadog, with trace_id and span_id");
    else if (!j->error)
        span_end(x, p);
}

static void span(struct tki_dd *x, bool alone);

/* The spans inside one, as Datadog's tests and tools write trees: rows behind it. */
static void children(struct tki_dd *x, const char *list)
{
    struct tki_js *j = &x->r.j, after = *j;
    if (x->depth_inside == INSIDE_MAX) {
        tki_js_fail_at(j, list, "spans inside spans, too deep");
        return;
    }
    x->depth_inside++;
    j->p = list;
    j->fresh = false;
    if (tki_js_array(j))
        while (tki_js_item(j))
            span(x, false);
    x->depth_inside--;
    if (!j->error)
        *j = after;
}

static const char both_ids[] = "trace_id|span_id";

static void span(struct tki_dd *x, bool alone)
{
    static const char any[] = "name|start";
    static const char own[] =
        "trace_id|span_id|parent_id|service|resource|type|duration|error|meta|meta_struct|span_links|span_events|"
        "metrics|_children";
    static const struct tki_span_signs listed = {.ids = both_ids, .any = any, .own = own},
                                       standing = {.ids = both_ids, .any = any};
    struct tki_js *j = &x->r.j;
    struct tki_dd_parts p = {.s.attrs.first = x->b->nattrs};
    struct tki_mark mark;
    tki_batch_mark(x->b, &mark);
    tki_js_peek(j);
    struct tki_js start = *j;
    if (!tki_js_object(j))
        return;
    members(x, span_fields, &p);
    span_or_not(x, &p, &start, &mark, alone ? &standing : &listed);
    if (p.children && !j->error)
        children(x, p.children);
}

/* ---- answers of the Spans API ---- */

static void end(struct tki_js *j, void *to)
{
    struct tki_dd_parts *p = to;
    p->s.end_ns = tki_js_time(j);
    p->ended = true;
}

static void status(struct tki_js *j, void *to)
{
    tk_str s = tki_js_str(j);
    *(uint8_t *)to = KEY(s, "error") ? TK_STATUS_ERROR : TK_STATUS_UNSET;
}

static const struct tki_js_field api_fields[] = {
    TKI_JS_INTO("trace_id", tki_dd_trace_id, struct tki_dd_parts, s.trace_id),
    TKI_JS_INTO("span_id", tki_dd_span_id, struct tki_dd_parts, s.span_id),
    TKI_JS_INTO("parent_id", tki_dd_span_id, struct tki_dd_parts, s.parent_id),
    TKI_JS_FIELD("service", str, struct tki_dd_parts, service),
    TKI_JS_FIELD("type", str, struct tki_dd_parts, type),
    TKI_JS_FIELD("operation_name", str, struct tki_dd_parts, s.name),
    TKI_JS_FIELD("resource_name", str, struct tki_dd_parts, resource),
    TKI_JS_FIELD("start_timestamp", time, struct tki_dd_parts, s.start_ns),
    TKI_JS_PART("end_timestamp", end),
    TKI_JS_INTO("status", status, struct tki_dd_parts, s.status),
    TKI_JS_PART("custom", custom),
    TKI_JS_PART("attributes", custom),
    TKI_JS_END,
};

/* {"type":"spans","id":"...","attributes":{...}}; the Logs API answers alike, with the type "log". */
static void api_span(struct tki_dd *x)
{
    static const struct tki_span_signs signs = {.ids = both_ids, .any = "operation_name|resource_name|start_timestamp"};
    struct tki_js *j = &x->r.j;
    struct tki_dd_parts p = {.s.attrs.first = x->b->nattrs};
    struct tki_mark mark;
    bool other = false;
    tk_str k;
    tki_js_peek(j);
    struct tki_js attributes = {0};
    const char *at = j->p;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        char c = tki_js_peek(j);
        if (KEY(k, "type") && c == '"') {
            tk_str type = tki_js_str(j);
            other = !KEY(type, "spans") && !KEY(type, "span");
            continue;
        }
        if (KEY(k, "attributes") && c == '{')
            attributes = *j;
        tki_js_skip(j);
    }
    if (other && !j->error)
        tki_note(x->b, TK_NOTE_OTHER_DOCS);
    if (other || j->error)
        return;
    if (!attributes.p) {
        tki_js_fail_at(j, at, "expected a span of Datadog's API, with attributes");
        return;
    }
    struct tki_js behind = *j;
    tki_batch_mark(x->b, &mark);
    *j = attributes;
    tki_js_object(j);
    members(x, api_fields, &p);
    span_or_not(x, &p, &attributes, &mark, &signs);
    if (!j->error)
        *j = behind;
}

/* ---- documents ---- */

/* A list of spans that a tracer sent together. */
static void chunk(struct tki_dd *x)
{
    struct tk_batch *b = x->b;
    uint32_t first = b->nspans;
    if (tki_js_array(&x->r.j))
        while (tki_js_item(&x->r.j))
            span(x, false);
    tk_id128 known = {0};
    for (uint32_t i = first; i < b->nspans && !known.hi; i++)
        known = b->spans[i].trace_id;
    for (uint32_t i = first; i < b->nspans; i++)
        if (b->spans[i].trace_id.hi)
            known = b->spans[i].trace_id;
        else if (b->spans[i].trace_id.lo == known.lo)
            b->spans[i].trace_id.hi = known.hi;
    tki_record_end(&x->r);
}

static void traces(struct tki_dd *x);

static void object(struct tki_dd *x)
{
    struct tki_js *j = &x->r.j;
    const char *start = (tki_js_peek(j), j->p);
    bool around = false, one = false;
    tk_str k;
    if (!tki_js_object(j))
        return;
    x->depth++;
    while (tki_js_key(j, &k)) {
        char c = tki_js_peek(j);
        if (KEY(k, "traces") && c == '[') {
            around = true;
            traces(x);
        } else if (KEY(k, "data") && (c == '[' || c == '{')) {
            around = true;
            if (c == '{') {
                api_span(x);
                tki_record_end(&x->r);
            } else if (tki_js_array(j)) {
                while (tki_js_item(j)) {
                    tki_record_begin(&x->r);
                    api_span(x);
                    tki_record_end(&x->r);
                }
            }
        } else {
            one |= KEY(k, "span_id");
            tki_js_skip(j);
        }
    }
    x->depth--;
    if (j->error || around)
        return;
    if (!one) {
        tki_js_refuse(
            j, start,
            "expected traces of Datadog: spans with trace_id and span_id, lists of them, or an answer of the Spans API");
        return;
    }
    j->p = start;
    span(x, x->depth == 0);
    tki_record_end(&x->r);
}

/* Returns true if the list at the cursor begins with that bracket. */
static bool holds(const struct tki_js *j, char bracket)
{
    const char *p = tki_json_ws(j->p + 1, j->end);
    return p < j->end && *p == bracket;
}

/* A list of lists of spans, of spans, or of other documents. */
static void traces(struct tki_dd *x)
{
    struct tki_js *j = &x->r.j;
    if (x->depth == DEPTH_MAX) {
        tki_js_fail(j, "lists inside lists, too deep");
        return;
    }
    if (!tki_js_array(j))
        return;
    x->depth++;
    while (tki_js_item(j)) {
        tki_record_begin(&x->r);
        if (tki_js_peek(j) != '[') {
            object(x);
            continue;
        }
        if (holds(j, '['))
            traces(x);
        else
            chunk(x);
    }
    x->depth--;
}

static void next(struct tki_records *r, char c)
{
    struct tki_dd *x = (struct tki_dd *)r;
    if (c == '[')
        r->resumed &&holds(&r->j, '{') ? chunk(x) : traces(x);
    else if (!tki_records_rest(r, c))
        object(x);
}

static int decode(struct tki_decode *d)
{
    struct tki_dd x = {.b = d->batch, .needs = d->needs, .resource = TK_NONE, .scope = TK_NONE};
    d->pos = tki_js_list_start(d, 2);
    return tki_records_decode(&x.r, d, next);
}

/* ---- recognising ---- */

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key agent[] = {{"trace_id", 4}, {"span_id", 4}, {"start", 4},
                                           {"resource", 4}, {"service", 4}, {NULL, 0}};
    static const struct tki_key api[] = {{"data", 1},          {"attributes", 3},      {"trace_id", 4},
                                         {"resource_name", 4}, {"start_timestamp", 4}, {NULL, 0}};
    unsigned bits = tki_all_keys_bits(head, agent);
    return bits ? bits : tki_all_keys_bits(head, api);
}

const struct tki_format tki_format_datadog = {
    .info = {.name = "datadog",
             .about =
                 "Datadog: traces for the agent in JSON (v0.3, v0.4), of log forwarders, and answers of the Spans API",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS("[]", ".traces[]", ".data[]"),
    .decode = decode,
    .resync = tki_js_resync_value,
};
