#include "format/xray/segment.h"

#include "base/num.h"
#include "format/js/any.h"
#include "format/js/decimal.h"
#include "model/ids.h"

static void start(struct tki_js *j, void *to)
{
    struct tki_xray_segment *x = to;
    x->timed = tki_js_peek(j) != 'n';
    x->start_ns = tki_js_decimal(j, 9);
}

static void part(struct tki_js *j, void *to)
{
    bool there = tki_js_peek(j) != 'n';
    const char *at = tki_js_later(j);
    *(const char **)to = there ? at : NULL;
}

static const struct tki_js_field members[] = {
    TKI_JS_FIELD("id", str, struct tki_xray_segment, id),
    TKI_JS_FIELD("name", str, struct tki_xray_segment, name),
    TKI_JS_PART("start_time", start),
    TKI_JS_FIELD("trace_id", str, struct tki_xray_segment, trace_id),
    TKI_JS_FIELD("end_time", seconds, struct tki_xray_segment, end_ns),
    TKI_JS_FIELD("parent_id", str, struct tki_xray_segment, parent_id),
    TKI_XRAY_TEXT("namespace", struct tki_xray_segment, ns),
    TKI_XRAY_TEXT("type", struct tki_xray_segment, type),
    TKI_XRAY_TEXT("user", struct tki_xray_segment, user),
    TKI_XRAY_TEXT("origin", struct tki_xray_segment, origin),
    TKI_XRAY_TEXT("resource_arn", struct tki_xray_segment, arn),
    TKI_JS_INTO("http", part, struct tki_xray_segment, part[TKI_XRAY_HTTP]),
    TKI_JS_INTO("cause", part, struct tki_xray_segment, part[TKI_XRAY_CAUSE]),
    TKI_JS_INTO("aws", part, struct tki_xray_segment, part[TKI_XRAY_AWS]),
    TKI_JS_INTO("sql", part, struct tki_xray_segment, part[TKI_XRAY_SQL]),
    TKI_JS_INTO("service", part, struct tki_xray_segment, part[TKI_XRAY_SERVICE]),
    TKI_JS_INTO("annotations", part, struct tki_xray_segment, part[TKI_XRAY_ANNOTATIONS]),
    TKI_JS_INTO("metadata", part, struct tki_xray_segment, part[TKI_XRAY_METADATA]),
    TKI_JS_INTO("links", part, struct tki_xray_segment, part[TKI_XRAY_LINKS]),
    TKI_JS_INTO("subsegments", part, struct tki_xray_segment, part[TKI_XRAY_SUBSEGMENTS]),
    TKI_JS_INTO("error", tki_xray_flag, struct tki_xray_segment, error),
    TKI_JS_INTO("fault", tki_xray_flag, struct tki_xray_segment, fault),
    TKI_JS_INTO("throttle", tki_xray_flag, struct tki_xray_segment, throttle),
    TKI_JS_INTO("in_progress", tki_xray_flag, struct tki_xray_segment, in_progress),
    TKI_JS_INTO("traced", tki_xray_flag, struct tki_xray_segment, traced),
    TKI_JS_END,
};

void tki_xray_segment_begin(struct tki_xray_segment *x, const struct tki_js *j, unsigned needs)
{
    *x = (struct tki_xray_segment){.b = j->batch, .needs = needs, .at = j->p, .stack = tki_batch_stack(j->batch)};
}

void tki_xray_segment_member(struct tki_xray_segment *x, struct tki_js *j, tk_str key)
{
    x->met = true;
    if (!tki_js_field(j, members, key, x))
        tki_xray_extra(x, j, tki_xray_wants(x), "", key);
}

/* ---- http ---- */

struct http {
    struct tki_xray_segment *x;
    tk_str method, client_ip, user_agent, url;
    struct tki_xray_flag forwarded;
    bool status_given, client_given;
    int64_t status;
    struct tk_value length; /* EMPTY: not given */
};

static void client(struct tki_js *j, void *to)
{
    struct http *h = to;
    h->client_given = tki_js_peek(j) != 'n';
    tki_xray_text(j, &h->client_ip);
}

static void http_status(struct tki_js *j, void *to)
{
    struct http *h = to;
    h->status_given = tki_js_peek(j) != 'n';
    h->status = tki_js_i64(j);
}

static void length(struct tki_js *j, void *to)
{
    tki_js_any_flat(j, to);
}

static void http_request(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_XRAY_TEXT("method", struct http, method),
        TKI_XRAY_TEXT("url", struct http, url),
        TKI_XRAY_TEXT("user_agent", struct http, user_agent),
        TKI_JS_PART("client_ip", client),
        TKI_JS_INTO("x_forwarded_for", tki_xray_flag, struct http, forwarded),
        TKI_JS_END,
    };
    tki_xray_members(((struct http *)to)->x, j, fields, to, "http.request.");
}

static void http_response(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_PART("status", http_status),
        TKI_JS_INTO("content_length", length, struct http, length),
        TKI_JS_END,
    };
    tki_xray_members(((struct http *)to)->x, j, fields, to, "http.response.");
}

static const struct tki_js_field http_fields[] = {
    TKI_JS_PART("request", http_request),
    TKI_JS_PART("response", http_response),
    TKI_JS_END,
};

static void http_attrs(struct tk_batch *b, const struct http *h)
{
    tki_put_str(b, TKI_STR("http.method"), h->method);
    tki_put_str(b, TKI_STR("http.client_ip"), h->client_ip);
    tki_put_str(b, TKI_STR("http.user_agent"), h->user_agent);
    tki_put_str(b, TKI_STR("http.url"), h->url);
    if (h->forwarded.given)
        tki_put(b, TKI_STR("aws.xray.x_forwarded_for"), tki_v_bool(h->forwarded.is));
    if (h->status_given)
        tki_put(b, TKI_STR("http.status_code"), tki_v_int(h->status));
    if (h->length.type != TK_EMPTY)
        tki_put(b, TKI_STR("http.response_content_length"), h->length);
}

/* ---- annotations, metadata ---- */

/* An annotation may have the name of an attribute that is there already: then it is the value. */
static void put(struct tk_batch *b, uint32_t first, uint32_t fixed, tk_str key, const struct tk_value *v)
{
    for (uint32_t i = first; i < fixed && i < b->nattrs; i++)
        if (tki_str_eq(b->attrs[i].key, key)) {
            b->attrs[i].value = *v;
            return;
        }
    tki_put(b, key, *v);
}

static void annotations(struct tki_xray_segment *x, struct tki_js *j, uint32_t first)
{
    struct tk_batch *b = x->b;
    uint32_t fixed = b->nattrs, base = tki_batch_stack(b);
    tk_str k;
    if (!x->part[TKI_XRAY_ANNOTATIONS])
        return;
    const char *here = tki_js_go(j, x->part[TKI_XRAY_ANNOTATIONS]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            struct tk_value v;
            tki_js_any(j, &v);
            put(b, first, fixed, k, &v);
            if (v.type >= TK_STRING && v.type <= TK_DOUBLE)
                *tki_batch_push(b) = (struct tk_attr){.value = tki_v_str(k)};
        }
    tk_range keys = tki_batch_pop_kids(b, base);
    if (keys.count)
        tki_put(b, TKI_STR("aws.xray.annotations"), tki_v_list(TK_ARRAY, keys));
    tki_js_back(j, here);
}

/* The JSON text of the value at the cursor, compact and with sorted keys. */
static tk_str json_text(struct tki_xray_segment *x, struct tki_js *j)
{
    struct tk_batch *b = x->b;
    struct tki_mark mark;
    tki_batch_mark(b, &mark);
    struct tki_buf out = {0};
    struct tk_value v;
    tki_js_any(j, &v);
    mark.notes = *b->notes;
    tki_buf_any_json(&out, b, &v, mark.notes.n);
    if (out.err)
        b->err = out.err;
    tk_str s = tk_batch_copy(b, (tk_str){out.p, out.n});
    tki_buf_free(&out);
    if (!b->err)
        tki_batch_rollback(b, &mark);
    return s;
}

static void metadata(struct tki_xray_segment *x, struct tki_js *j)
{
    tk_str k;
    if (!x->part[TKI_XRAY_METADATA])
        return;
    const char *here = tki_js_go(j, x->part[TKI_XRAY_METADATA]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            tk_str text = json_text(x, j);
            tki_put(x->b, tki_batch_join(x->b, TKI_STR("aws.xray.metadata."), k), tki_v_str(text));
        }
    tki_js_back(j, here);
}

/* ---- ids, links ---- */

/* 1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx, or the same digits without the dashes. */
static tk_id128 trace_id(struct tki_js *j, tk_str s)
{
    char hex[32];
    if (s.n == 35 && s.p[0] == '1' && s.p[1] == '-' && s.p[10] == '-') {
        tk_id128 id;
        memcpy(hex, s.p + 2, 8);
        memcpy(hex + 8, s.p + 11, 24);
        if (tki_hex16(hex, &id.hi) && tki_hex16(hex + 16, &id.lo))
            return id;
    }
    return tki_trace_id(j->batch, s, &j->odd);
}

static void read_trace_id(struct tki_js *j, void *to)
{
    *(tk_id128 *)to = trace_id(j, tki_js_str(j));
}

static void read_span_id(struct tki_js *j, void *to)
{
    *(uint64_t *)to = tki_span_id(j->batch, tki_js_str(j), &j->odd);
}

static void link(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_INTO("trace_id", read_trace_id, struct tk_link, trace_id),
        TKI_JS_INTO("id", read_span_id, struct tk_link, span_id),
        TKI_JS_FIELD("attributes", attrs, struct tk_link, attrs),
        TKI_JS_END,
    };
    struct tk_link l = {0};
    (void)to;
    if (tki_js_fields(j, fields, &l))
        *tk_batch_add_link(j->batch) = l;
}

static tk_range links(struct tki_xray_segment *x, struct tki_js *j)
{
    if (!x->part[TKI_XRAY_LINKS])
        return (tk_range){x->b->nlinks, 0};
    const char *here = tki_js_go(j, x->part[TKI_XRAY_LINKS]);
    tk_range r = tki_js_rows(j, x->needs & TK_NEED_LINKS, &x->b->nlinks, link, NULL);
    tki_js_back(j, here);
    return r;
}

/* ---- the span ---- */

static bool ns_is(const struct tki_xray_segment *x, const char *name)
{
    return tki_str_eq(x->ns, tki_str(name));
}

static uint8_t kind_of(const struct tki_xray_segment *x, const struct http *h, bool subsegment)
{
    if (!subsegment)
        return TK_KIND_SERVER;
    if (ns_is(x, "aws") || ns_is(x, "remote"))
        return TK_KIND_CLIENT;
    return h->client_given ? TK_KIND_SERVER : TK_KIND_INTERNAL;
}

static void flag_attr(struct tk_batch *b, struct tki_xray_flag f, tk_str key)
{
    if (f.given)
        tki_put(b, key, tki_v_bool(f.is));
}

/* error, fault and throttle, unless they are what status and HTTP status imply. */
static void failure_attrs(const struct tki_xray_segment *x, const struct http *h)
{
    bool http = h->status_given && h->status >= 400 && h->status < 500;
    bool throttle = h->status_given && h->status == 429;
    if (x->error.is == http && x->fault.is == !http && x->throttle.is == throttle)
        return;
    const struct {
        struct tki_xray_flag flag;
        tk_str key;
    } words[] = {{x->error, TKI_STR_INIT("aws.xray.error")},
                 {x->fault, TKI_STR_INIT("aws.xray.fault")},
                 {x->throttle, TKI_STR_INIT("aws.xray.throttle")}};
    for (unsigned i = 0; i < 3; i++)
        if (words[i].flag.is)
            flag_attr(x->b, words[i].flag, words[i].key);
}

static void attrs(struct tki_xray_segment *x, struct tki_js *j, struct tk_span *s, const struct http *h, bool root)
{
    struct tk_batch *b = x->b;
    s->attrs.first = b->nattrs;
    if (x->needs & TK_NEED_ATTRS) {
        if (ns_is(x, "aws"))
            tki_put_str(b, TKI_STR("aws.service"), x->name);
        else if (x->ns.n && !ns_is(x, "remote"))
            tki_put_str(b, TKI_STR("aws.xray.namespace"), x->ns);
        flag_attr(b, x->in_progress, TKI_STR("aws.xray.inprogress"));
        tki_put_str(b, TKI_STR("enduser.id"), x->user);
        http_attrs(b, h);
        failure_attrs(x, h);
        tki_xray_aws(x, j, root);
        tki_xray_sql(x, j);
        flag_attr(b, x->traced, TKI_STR("aws.xray.traced"));
        annotations(x, j, s->attrs.first);
        metadata(x, j);
    }
    tki_xray_extras(b, x->stack, x->needs & TK_NEED_ATTRS);
    s->attrs.count = b->nattrs - s->attrs.first;
}

static void span(struct tki_xray_segment *x, struct tki_js *j, tk_id128 trace, uint64_t parent, uint32_t resource,
                 bool root);

static void subsegments(struct tki_xray_segment *x, struct tki_js *j, const struct tk_span *s)
{
    if (!x->part[TKI_XRAY_SUBSEGMENTS])
        return;
    const char *here = tki_js_go(j, x->part[TKI_XRAY_SUBSEGMENTS]);
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            struct tki_xray_segment sub;
            tk_str k;
            tki_js_peek(j);
            tki_xray_segment_begin(&sub, j, x->needs);
            if (tki_js_object(j)) {
                while (tki_js_key(j, &k))
                    tki_xray_segment_member(&sub, j, k);
                span(&sub, j, sub.trace_id.n ? trace_id(j, sub.trace_id) : s->trace_id, s->span_id, s->resource, false);
            }
        }
    tki_js_back(j, here);
}

static void span(struct tki_xray_segment *x, struct tki_js *j, tk_id128 trace, uint64_t parent, uint32_t resource,
                 bool root)
{
    struct http h = {.x = x};
    struct tk_span s = {.trace_id = trace, .parent_id = parent, .resource = resource, .start_ns = x->start_ns};
    s.scope = x->b->nscopes ? x->b->nscopes - 1 : 0; /* the last one, since the resource was added */
    uint32_t exceptions = 0;
    bool subsegment = !root;
    if (!j->error && (!x->id.n || !x->name.p || !x->timed))
        tki_js_fail_at(j, x->at, "expected a segment with id, name and start_time");
    s.span_id = tki_span_id(x->b, x->id, &j->odd);
    if (root && x->parent_id.n) {
        s.parent_id = tki_span_id(x->b, x->parent_id, &j->odd);
        subsegment = tki_str_same_letters(x->type, TKI_STR("subsegment"));
    }
    s.end_ns = x->end_ns;
    tki_xray_part(x, j, TKI_XRAY_HTTP, http_fields, &h, "http.");
    tk_str message = tki_xray_cause(x, j, &exceptions);
    if (x->needs & TK_NEED_NAME)
        s.name = x->name;
    if (x->needs & TK_NEED_STATE)
        s.status_message = message;
    s.kind = kind_of(x, &h, subsegment);
    if (x->part[TKI_XRAY_CAUSE] || x->error.is || x->fault.is || x->throttle.is ||
        (h.status_given && (h.status < 100 || h.status >= 400)))
        s.status = TK_STATUS_ERROR;
    attrs(x, j, &s, &h, root);
    s.events.count = exceptions;
    if (exceptions && x->needs & TK_NEED_EVENTS)
        s.events = tki_xray_exceptions(x, j);
    s.links = links(x, j);
    if (j->error)
        return;
    *tk_batch_add_span(x->b) = s;
    subsegments(x, j, &s);
}

void tki_xray_segment_end(struct tki_xray_segment *x, struct tki_js *j, tk_str trace)
{
    uint32_t resource = 0;
    if (x->met && !j->error) {
        resource = tki_xray_resource(x, j);
        if (x->trace_id.n)
            trace = x->trace_id;
        span(x, j, trace_id(j, trace), 0, resource, true);
    }
    tki_batch_pop_kids(x->b, x->stack);
}
