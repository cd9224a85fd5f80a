/* What the Go SDK prints (go.opentelemetry.io/otel/exporters/stdout/stdouttrace): an object a span, on one line
 * or laid out, since its first versions; the first printed lists of them and other names of members. */
#include "base/num.h"
#include "format/js/any.h"
#include "format/js/ids.h"
#include "format/js/time.h"
#include "format/sdk/sdk.h"

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- values ---- */

static void attributes(struct tki_js *j, struct tk_value *list);

static void text_value(struct tki_js *j, struct tk_value *v, uint8_t type, tk_str s)
{
    if (s.n > UINT32_MAX)
        tki_js_fail(j, "a value longer than 4 GiB");
    else
        *v = (struct tk_value){.type = type, .n = (uint32_t)s.n, .v.s = s.p};
}

static void bytes_value(struct tki_js *j, struct tk_value *v)
{
    const char *at = j->p;
    tk_str s = tki_js_str(j);
    char *to = tk_batch_alloc(j->batch, s.n / 4 * 3 + 4);
    size_t n = to && !j->error ? tki_base64_decode(to, s) : 0;
    if (n == SIZE_MAX) {
        j->p = at;
        tki_js_fail(j, "expected base64");
        return;
    }
    text_value(j, v, TK_BYTES, (tk_str){to, n});
}

static void typed_value(struct tki_js *j, struct tk_value *v);

static void list_value(struct tki_js *j, struct tk_value *v)
{
    uint32_t base = tki_batch_stack(j->batch);
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            struct tk_attr item = {0};
            typed_value(j, &item.value);
            *tki_batch_push(j->batch) = item;
        }
    tk_range r = tki_batch_pop_kids(j->batch, base);
    *v = (struct tk_value){.type = TK_ARRAY, .n = r.count, .v.first = r.first};
}

/* The value at the cursor, of that type; of a type that is not known, what the JSON says. */
static void value(struct tki_js *j, tk_str type, struct tk_value *v)
{
    *v = (struct tk_value){0};
    if (tki_js_peek(j) == 'n' || j->error) {
        tki_js_skip(j);
        if (KEY(type, "MAP"))
            v->type = TK_KVLIST;
        else if (type.n > 5 && memcmp(type.p + type.n - 5, "SLICE", 5) == 0)
            v->type = KEY(type, "BYTESLICE") ? TK_BYTES : TK_ARRAY;
    } else if (KEY(type, "STRING")) {
        text_value(j, v, TK_STRING, tki_js_str(j));
    } else if (KEY(type, "INT64")) {
        *v = (struct tk_value){.type = TK_INT, .v.i = tki_js_i64(j)};
    } else if (KEY(type, "FLOAT64")) {
        *v = (struct tk_value){.type = TK_DOUBLE, .v.d = tki_js_double(j)};
    } else if (KEY(type, "BYTESLICE")) {
        bytes_value(j, v);
    } else if (KEY(type, "SLICE")) {
        list_value(j, v);
    } else if (KEY(type, "MAP")) {
        attributes(j, v);
    } else {
        tki_js_any(j, v);
        for (uint32_t i = 0; KEY(type, "FLOAT64SLICE") && v->type == TK_ARRAY && i < v->n; i++) {
            struct tk_value *e = &j->batch->kids[v->v.first + i].value;
            if (e->type == TK_INT)
                *e = (struct tk_value){.type = TK_DOUBLE, .v.d = (double)e->v.i};
        }
    }
}

/* {"Type":T,"Value":V}, in either order. */
static void typed_value(struct tki_js *j, struct tk_value *v)
{
    tk_str k, type = {0};
    const char *at = NULL;
    *v = (struct tk_value){0};
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "Type")) {
            type = tki_js_str(j);
        } else if (KEY(k, "Value") && type.p) {
            value(j, type, v);
        } else if (KEY(k, "Value")) {
            tki_js_peek(j);
            at = j->p;
            tki_js_skip(j);
        } else {
            tki_js_drop(j, k, NULL);
        }
    }
    if (at && !j->error) {
        const char *behind = j->p;
        j->p = at;
        j->depth++;
        value(j, type, v);
        if (!j->error) {
            j->p = behind;
            j->depth--;
            j->fresh = false;
        }
    }
}

static void attribute(struct tki_js *j, struct tk_attr *a)
{
    tk_str k;
    *a = (struct tk_attr){0};
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "Key"))
                a->key = tki_js_str(j);
            else if (KEY(k, "Value"))
                typed_value(j, &a->value);
            else
                tki_js_drop(j, k, NULL);
        }
}

/* A list of attributes, as the value of one. */
static void attributes(struct tki_js *j, struct tk_value *v)
{
    uint32_t base = tki_batch_stack(j->batch);
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            struct tk_attr a;
            attribute(j, &a);
            *tki_batch_push(j->batch) = a;
        }
    tk_range r = tki_batch_pop_kids(j->batch, base);
    *v = (struct tk_value){.type = TK_KVLIST, .n = r.count, .v.first = r.first};
}

static tk_range attrs(struct tki_js *j, bool wanted)
{
    tk_range r = {j->batch->nattrs, 0};
    if (!wanted) {
        tki_js_skip(j);
        return r;
    }
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            struct tk_attr a;
            attribute(j, &a);
            *tk_batch_add_attr(j->batch) = a;
        }
    r.count = j->batch->nattrs - r.first;
    return r;
}

/* ---- parts of a span ---- */

/* Two hexadecimal digits in a string, before 2021 a number. */
static uint32_t trace_flags(struct tki_js *j)
{
    uint64_t x = 0;
    if (tki_js_peek(j) != '"')
        return (uint32_t)tki_js_u64(j) & 0xff;
    const char *at = j->p;
    tk_str s = tki_js_str(j);
    if (!j->error && !tki_hex_short(s, &x)) {
        j->p = at;
        tki_js_fail(j, "expected trace flags in hexadecimal");
    }
    return (uint32_t)x & 0xff;
}

/* Of StatusCode: a word; before 2020 a number of gRPC's codes, of which only 0 is no error. */
static uint8_t grpc_code(uint64_t n)
{
    return n ? TK_STATUS_ERROR : TK_STATUS_UNSET;
}

/* Of Status.Code: a word, or the number of it in Go, whose order is not OTLP's. */
static uint8_t go_code(uint64_t n)
{
    return n == 1 ? TK_STATUS_ERROR : n == 2 ? TK_STATUS_OK : TK_STATUS_UNSET;
}

static uint8_t status_code(struct tki_js *j, uint8_t (*of_number)(uint64_t))
{
    const char *at = (tki_js_peek(j), j->p);
    if (*at >= '0' && *at <= '9')
        return of_number(tki_js_u64(j));
    tk_str s = tki_js_str(j);
    if (KEY(s, "Error"))
        return TK_STATUS_ERROR;
    if (KEY(s, "Ok"))
        return TK_STATUS_OK;
    if (!s.p || s.n == 0 || KEY(s, "Unset"))
        return TK_STATUS_UNSET;
    j->p = at;
    tki_js_fail(j, "expected the status Unset, Ok or Error");
    return 0;
}

static void status(struct tki_js *j, struct tk_span *s)
{
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k)) {
        if (KEY(k, "Code"))
            s->status = status_code(j, go_code);
        else if (KEY(k, "Description"))
            s->status_message = tki_js_str(j);
        else
            tki_js_drop(j, k, NULL);
    }
}

/* ---- resource and scope: the same for span after span ---- */

static uint32_t resource(struct tki_sdk *x)
{
    struct tki_js *j = &x->r.j;
    tk_str text;
    if (tki_sdk_same(j, x->resource, x->resource_text, &text))
        return x->resource;
    return tki_sdk_resource(x, (struct tk_resource){.attrs = attrs(j, true), .present = true}, text);
}

static uint32_t scope(struct tki_sdk *x)
{
    struct tki_js *j = &x->r.j;
    struct tk_batch *b = j->batch;
    tk_str k, text;
    if (tki_sdk_same(j, x->scope, x->scope_text, &text))
        return x->scope;
    struct tk_scope s = {0};
    if (tki_js_object(j))
        while (tki_js_key(j, &k)) {
            if (KEY(k, "Name"))
                s.name = tki_js_str(j);
            else if (KEY(k, "Version"))
                s.version = tki_js_str(j);
            else if (KEY(k, "SchemaURL"))
                s.schema_url = tki_js_str(j);
            else if (KEY(k, "Attributes"))
                s.attrs = attrs(j, x->needs & TK_NEED_SCOPE);
            else
                tki_js_drop(j, k, NULL);
        }
    uint32_t row = tk_batch_add_scope(b);
    s.present = s.name.n || s.version.n || s.attrs.count;
    if (x->needs & TK_NEED_SCOPE)
        b->scopes[row] = s;
    x->scope = row;
    x->scope_text = text;
    return row;
}

/* Members that name something else now, or are the same under two names. */
static bool older_member(struct tki_sdk *x, struct tki_sdk_parts *p, tk_str k)
{
    struct tki_js *j = &x->r.j;
    struct tk_span *s = &p->s;
    if (KEY(k, "ParentSpanID"))
        p->parent = (struct tki_sdk_context){.span_id = tki_js_span_id(j)};
    else if (KEY(k, "MessageEvents"))
        s->events = tki_sdk_events(x);
    else if (KEY(k, "StatusCode"))
        s->status = status_code(j, grpc_code);
    else if (KEY(k, "StatusMessage"))
        s->status_message = tki_js_str(j);
    else if (KEY(k, "DroppedAttributeCount"))
        s->dropped_attrs = (uint32_t)tki_js_u64(j);
    else if (KEY(k, "DroppedMessageEventCount"))
        s->dropped_events = (uint32_t)tki_js_u64(j);
    else if (KEY(k, "DroppedLinkCount"))
        s->dropped_links = (uint32_t)tki_js_u64(j);
    else
        return false;
    return true;
}

static void member(struct tki_sdk *x, struct tki_sdk_parts *p, tk_str k)
{
    /* The library is the scope under its older name, which some releases print beside the newer one. */
    static const char *const told[] = {"ChildSpanCount", "InstrumentationLibrary", NULL};
    struct tki_js *j = &x->r.j;
    struct tk_span *s = &p->s;
    if (KEY(k, "Parent"))
        tki_sdk_context(x, &p->parent);
    else if (KEY(k, "SpanKind"))
        s->kind = (uint8_t)tki_js_u64(j);
    else if (KEY(k, "Status"))
        status(j, s);
    else if (KEY(k, "DroppedAttributes"))
        s->dropped_attrs = (uint32_t)tki_js_u64(j);
    else if (KEY(k, "DroppedEvents"))
        s->dropped_events = (uint32_t)tki_js_u64(j);
    else if (KEY(k, "DroppedLinks"))
        s->dropped_links = (uint32_t)tki_js_u64(j);
    else if (KEY(k, "Resource") && tki_js_peek(j) == '[') {
        s->resource = resource(x);
        p->has_resource = true;
    } else if (KEY(k, "InstrumentationScope") || (KEY(k, "InstrumentationLibrary") && !p->has_scope)) {
        s->scope = scope(x);
        p->has_scope = true;
    } else if (!older_member(x, p, k)) {
        p->metrics |= KEY(k, "ScopeMetrics");
        p->log |= KEY(k, "Severity") || KEY(k, "ObservedTimestamp");
        tki_js_drop(j, k, told);
    }
}

static int decode(struct tki_decode *d)
{
    static const char *const signs[] = {"Name", "StartTime", NULL};
    static const struct tki_sdk_dialect go = {.name = TKI_STR_INIT("Name"),
                                              .attributes = TKI_STR_INIT("Attributes"),
                                              .start = TKI_STR_INIT("StartTime"),
                                              .end = TKI_STR_INIT("EndTime"),
                                              .events = TKI_STR_INIT("Events"),
                                              .links = TKI_STR_INIT("Links"),
                                              .context = TKI_STR_INIT("SpanContext"),
                                              .time = TKI_STR_INIT("Time"),
                                              .dropped = TKI_STR_INIT("DroppedAttributeCount"),
                                              .trace_id = TKI_STR_INIT("TraceID"),
                                              .span_id = TKI_STR_INIT("SpanID"),
                                              .state = TKI_STR_INIT("TraceState"),
                                              .flags = TKI_STR_INIT("TraceFlags"),
                                              .remote = TKI_STR_INIT("Remote"),
                                              .time_ns = tki_js_time,
                                              .trace_flags = trace_flags,
                                              .attrs = attrs,
                                              .member = member,
                                              .signs = signs,
                                              .expected = "expected a span, an object with SpanContext"};
    return tki_sdk_decode(d, &go);
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key keys[] = {{"SpanContext", 2},          {"SpanKind", 2}, {"Parent", 2}, {"StartTime", 2},
                                          {"InstrumentationScope", 2}, {NULL, 0}};
    return tki_logged_keys_met(head, TKI_KEYS({"SpanContext", 2})) ? tki_logged_key_bits(head, keys) : 0;
}

static const char *const split[] = {"[]", NULL};

const struct tki_format tki_format_stdouttrace = {
    .info = {.name = "stdouttrace",
             .about = "what the Go SDK prints (stdouttrace), on lines or laid out",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = split,
    .decode = decode,
    .resync = tki_js_resync,
};
