#include "format/xray/segment.h"

#include "base/num.h"
#include "format/js/any.h"
#include "format/js/decimal.h"
#include "model/ids.h"

#define KEY(k, name) TKI_STR_IS(k, name)

/* A member whose place is kept, or whose text is, or which is a flag. */
static const struct {
    tk_str key;
    int part, flag; /* -1: not that */
    size_t text;    /* offset of the field, else 0 */
} members[] = {
    {TKI_STR_INIT("id"), -1, -1, offsetof(struct tki_xray_segment, id)},
    {TKI_STR_INIT("name"), -1, -1, offsetof(struct tki_xray_segment, name)},
    {TKI_STR_INIT("trace_id"), -1, -1, offsetof(struct tki_xray_segment, trace_id)},
    {TKI_STR_INIT("parent_id"), -1, -1, offsetof(struct tki_xray_segment, parent_id)},
    {TKI_STR_INIT("namespace"), -1, -1, offsetof(struct tki_xray_segment, ns)},
    {TKI_STR_INIT("type"), -1, -1, offsetof(struct tki_xray_segment, type)},
    {TKI_STR_INIT("user"), -1, -1, offsetof(struct tki_xray_segment, user)},
    {TKI_STR_INIT("origin"), -1, -1, offsetof(struct tki_xray_segment, origin)},
    {TKI_STR_INIT("resource_arn"), -1, -1, offsetof(struct tki_xray_segment, arn)},
    {TKI_STR_INIT("http"), TKI_XRAY_HTTP, -1, 0},
    {TKI_STR_INIT("cause"), TKI_XRAY_CAUSE, -1, 0},
    {TKI_STR_INIT("aws"), TKI_XRAY_AWS, -1, 0},
    {TKI_STR_INIT("sql"), TKI_XRAY_SQL, -1, 0},
    {TKI_STR_INIT("service"), TKI_XRAY_SERVICE, -1, 0},
    {TKI_STR_INIT("annotations"), TKI_XRAY_ANNOTATIONS, -1, 0},
    {TKI_STR_INIT("metadata"), TKI_XRAY_METADATA, -1, 0},
    {TKI_STR_INIT("links"), TKI_XRAY_LINKS, -1, 0},
    {TKI_STR_INIT("subsegments"), TKI_XRAY_SUBSEGMENTS, -1, 0},
    {TKI_STR_INIT("error"), -1, TKI_XRAY_ERROR, 0},
    {TKI_STR_INIT("fault"), -1, TKI_XRAY_FAULT, 0},
    {TKI_STR_INIT("throttle"), -1, TKI_XRAY_THROTTLE, 0},
    {TKI_STR_INIT("in_progress"), -1, TKI_XRAY_IN_PROGRESS, 0},
    {TKI_STR_INIT("traced"), -1, TKI_XRAY_TRACED, 0},
};

void tki_xray_segment_begin(struct tki_xray_segment *x, const struct tki_js *j, unsigned needs)
{
    *x = (struct tki_xray_segment){.b = j->batch, .needs = needs, .at = j->p, .stack = tki_batch_stack(j->batch)};
}

static uint64_t seconds(struct tki_js *j)
{
    bool negative;
    uint64_t ns = tki_js_decimal_slow(j, 9, &negative);
    return negative ? 0 : ns;
}

static void flag(struct tki_xray_segment *x, struct tki_js *j, int f)
{
    uint8_t bit = (uint8_t)(1u << f);
    if (tki_js_null(j))
        return;
    bool set = tki_js_bool(j);
    x->given |= bit;
    x->value = (uint8_t)(set ? x->value | bit : x->value & ~bit);
}

static bool is(const struct tki_xray_segment *x, enum tki_xray_flag f)
{
    return x->value >> f & 1;
}

void tki_xray_segment_member(struct tki_xray_segment *x, struct tki_js *j, tk_str key)
{
    x->met = true;
    if (KEY(key, "start_time")) {
        x->timed = tki_js_peek(j) != 'n';
        x->start_ns = seconds(j);
        return;
    }
    if (KEY(key, "end_time")) {
        x->end_ns = seconds(j);
        return;
    }
    for (unsigned i = 0; i < sizeof members / sizeof *members; i++) {
        if (!tki_str_eq(key, members[i].key))
            continue;
        if (members[i].flag >= 0) {
            flag(x, j, members[i].flag);
        } else if (members[i].part >= 0) {
            x->part[members[i].part] = tki_js_peek(j) == 'n' ? NULL : j->p;
            tki_js_skip(j);
        } else {
            tk_str s = i < 4 ? tki_js_str(j) : tki_xray_text(j);
            memcpy((char *)x + members[i].text, &s, sizeof s);
        }
        return;
    }
    tki_xray_extra(x, j, "", key);
}

/* ---- http ---- */

struct http {
    tk_str method, client_ip, user_agent, url;
    bool forwarded_given, forwarded, status_given, client_given;
    int64_t status;
    struct tk_value length; /* EMPTY: not given */
};

static void http_request(struct tki_xray_segment *x, struct tki_js *j, struct http *h)
{
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "method")) {
            h->method = tki_xray_text(j);
        } else if (KEY(k, "url")) {
            h->url = tki_xray_text(j);
        } else if (KEY(k, "user_agent")) {
            h->user_agent = tki_xray_text(j);
        } else if (KEY(k, "client_ip")) {
            h->client_given = tki_js_peek(j) != 'n';
            h->client_ip = tki_xray_text(j);
        } else if (KEY(k, "x_forwarded_for")) {
            h->forwarded_given = tki_js_peek(j) != 'n';
            h->forwarded = tki_js_bool(j);
        } else {
            tki_xray_extra(x, j, "http.request.", k);
        }
    }
}

static void http_response(struct tki_xray_segment *x, struct tki_js *j, struct http *h)
{
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "status")) {
            h->status_given = tki_js_peek(j) != 'n';
            h->status = tki_js_i64(j);
        } else if (KEY(k, "content_length")) {
            tki_js_any_flat(j, &h->length);
        } else {
            tki_xray_extra(x, j, "http.response.", k);
        }
    }
}

static void read_http(struct tki_xray_segment *x, struct tki_js *j, struct http *h)
{
    tk_str k;
    if (!x->part[TKI_XRAY_HTTP])
        return;
    struct tki_xray_place back = tki_xray_go(j, x->part[TKI_XRAY_HTTP]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "request"))
                http_request(x, j, h);
            else if (KEY(k, "response"))
                http_response(x, j, h);
            else
                tki_xray_extra(x, j, "http.", k);
        }
    tki_xray_back(j, back);
}

static void http_attrs(struct tk_batch *b, const struct http *h)
{
    if (h->method.p)
        tki_xray_add_text(b, TKI_STR("http.method"), h->method);
    if (h->client_ip.p)
        tki_xray_add_text(b, TKI_STR("http.client_ip"), h->client_ip);
    if (h->user_agent.p)
        tki_xray_add_text(b, TKI_STR("http.user_agent"), h->user_agent);
    if (h->url.p)
        tki_xray_add_text(b, TKI_STR("http.url"), h->url);
    if (h->forwarded_given)
        tki_xray_add(b, TKI_STR("aws.xray.x_forwarded_for"), (struct tk_value){.type = TK_BOOL, .v.b = h->forwarded});
    if (h->status_given)
        tki_xray_add(b, TKI_STR("http.status_code"), (struct tk_value){.type = TK_INT, .v.i = h->status});
    if (h->length.type != TK_EMPTY)
        tki_xray_add(b, TKI_STR("http.response_content_length"), h->length);
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
    tki_xray_add(b, key, *v);
}

static void annotations(struct tki_xray_segment *x, struct tki_js *j, uint32_t first)
{
    struct tk_batch *b = x->b;
    uint32_t fixed = b->nattrs, base = tki_batch_stack(b);
    tk_str k;
    if (!x->part[TKI_XRAY_ANNOTATIONS])
        return;
    struct tki_xray_place back = tki_xray_go(j, x->part[TKI_XRAY_ANNOTATIONS]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            struct tk_value v;
            tki_js_any(j, &v);
            put(b, first, fixed, k, &v);
            if (v.type >= TK_STRING && v.type <= TK_DOUBLE)
                *tki_batch_push(b) = (struct tk_attr){.value = {.type = TK_STRING, .n = (uint32_t)k.n, .v.s = k.p}};
        }
    tk_range keys = tki_batch_pop_kids(b, base);
    if (keys.count)
        tki_xray_add(b, TKI_STR("aws.xray.annotations"),
                     (struct tk_value){.type = TK_ARRAY, .n = keys.count, .v.first = keys.first});
    tki_xray_back(j, back);
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
    static const char prefix[] = "aws.xray.metadata.";
    struct tk_batch *b = x->b;
    tk_str k;
    if (!x->part[TKI_XRAY_METADATA])
        return;
    struct tki_xray_place back = tki_xray_go(j, x->part[TKI_XRAY_METADATA]);
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            tk_str text = json_text(x, j);
            size_t n = sizeof prefix - 1;
            char *key = tk_batch_alloc(b, n + k.n + 1);
            if (!key)
                break;
            memcpy(key, prefix, n);
            if (k.n)
                memcpy(key + n, k.p, k.n);
            tki_xray_add_text(b, (tk_str){key, n + k.n}, text);
        }
    tki_xray_back(j, back);
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

static void link(struct tki_xray_segment *x, struct tki_js *j)
{
    struct tk_link l = {0};
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "trace_id"))
            l.trace_id = trace_id(j, tki_js_str(j));
        else if (KEY(k, "id"))
            l.span_id = tki_span_id(x->b, tki_js_str(j), &j->odd);
        else if (KEY(k, "attributes"))
            l.attrs = tki_js_any_attrs(j);
        else
            tki_js_drop(j, k, NULL);
    }
    *tk_batch_add_link(x->b) = l;
}

static tk_range links(struct tki_xray_segment *x, struct tki_js *j)
{
    tk_range r = {x->b->nlinks, 0};
    if (!x->part[TKI_XRAY_LINKS])
        return r;
    struct tki_xray_place back = tki_xray_go(j, x->part[TKI_XRAY_LINKS]);
    if (!(x->needs & TK_NEED_LINKS)) {
        r.count = tki_js_count(j);
    } else if (tki_js_array(j)) {
        while (tki_js_item(j))
            link(x, j);
        r.count = x->b->nlinks - r.first;
    }
    tki_xray_back(j, back);
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

static void flag_attr(const struct tki_xray_segment *x, enum tki_xray_flag f, tk_str key)
{
    if (x->given >> f & 1)
        tki_xray_add(x->b, key, (struct tk_value){.type = TK_BOOL, .v.b = is(x, f)});
}

/* error, fault and throttle, unless they are what status and HTTP status imply. */
static void failure_attrs(const struct tki_xray_segment *x, const struct http *h)
{
    bool http = h->status_given && h->status >= 400 && h->status < 500;
    bool throttle = h->status_given && h->status == 429;
    if (is(x, TKI_XRAY_ERROR) == http && is(x, TKI_XRAY_FAULT) == !http && is(x, TKI_XRAY_THROTTLE) == throttle)
        return;
    static const struct {
        enum tki_xray_flag flag;
        tk_str key;
    } words[] = {{TKI_XRAY_ERROR, TKI_STR_INIT("aws.xray.error")},
                 {TKI_XRAY_FAULT, TKI_STR_INIT("aws.xray.fault")},
                 {TKI_XRAY_THROTTLE, TKI_STR_INIT("aws.xray.throttle")}};
    for (unsigned i = 0; i < 3; i++)
        if (is(x, words[i].flag))
            flag_attr(x, words[i].flag, words[i].key);
}

static void attrs(struct tki_xray_segment *x, struct tki_js *j, struct tk_span *s, const struct http *h, bool root)
{
    struct tk_batch *b = x->b;
    s->attrs.first = b->nattrs;
    if (x->needs & TK_NEED_ATTRS) {
        if (ns_is(x, "aws"))
            tki_xray_add_text(b, TKI_STR("aws.service"), x->name);
        else if (x->ns.n && !ns_is(x, "remote"))
            tki_xray_add_text(b, TKI_STR("aws.xray.namespace"), x->ns);
        flag_attr(x, TKI_XRAY_IN_PROGRESS, TKI_STR("aws.xray.inprogress"));
        if (x->user.p)
            tki_xray_add_text(b, TKI_STR("enduser.id"), x->user);
        http_attrs(b, h);
        failure_attrs(x, h);
        tki_xray_aws(x, j, root);
        tki_xray_sql(x, j);
        flag_attr(x, TKI_XRAY_TRACED, TKI_STR("aws.xray.traced"));
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
    struct tki_xray_place back = tki_xray_go(j, x->part[TKI_XRAY_SUBSEGMENTS]);
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
    tki_xray_back(j, back);
}

static void span(struct tki_xray_segment *x, struct tki_js *j, tk_id128 trace, uint64_t parent, uint32_t resource,
                 bool root)
{
    struct http h = {0};
    struct tk_span s = {.trace_id = trace, .parent_id = parent, .resource = resource, .start_ns = x->start_ns};
    s.scope = x->b->nscopes ? x->b->nscopes - 1 : 0; /* the last one, since the resource was added */
    uint32_t exceptions = 0;
    bool subsegment = !root;
    if (!j->error && (!x->id.n || !x->name.p || !x->timed)) {
        j->p = x->at;
        tki_js_fail(j, "expected a segment with id, name and start_time");
    }
    s.span_id = tki_span_id(x->b, x->id, &j->odd);
    if (root && x->parent_id.n) {
        static const char type[] = "subsegment";
        s.parent_id = tki_span_id(x->b, x->parent_id, &j->odd);
        subsegment = x->type.n == sizeof type - 1;
        for (size_t i = 0; subsegment && i < x->type.n; i++)
            subsegment = (x->type.p[i] | 32) == type[i];
    }
    s.end_ns = x->end_ns;
    read_http(x, j, &h);
    tk_str message = tki_xray_cause(x, j, &exceptions);
    if (x->needs & TK_NEED_NAME)
        s.name = x->name;
    if (x->needs & TK_NEED_STATE)
        s.status_message = message;
    s.kind = kind_of(x, &h, subsegment);
    if (x->part[TKI_XRAY_CAUSE] || is(x, TKI_XRAY_ERROR) || is(x, TKI_XRAY_FAULT) || is(x, TKI_XRAY_THROTTLE) ||
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
