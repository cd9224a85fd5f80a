/* What the Go SDK prints (go.opentelemetry.io/otel/exporters/stdout/stdouttrace): an object a span, on one line
 * or laid out, since its first versions; the first printed lists of them and other names of members. */
#include "base/num.h"
#include "format/js/any.h"
#include "format/js/ids.h"
#include "format/sdk/sdk.h"
#include "model/put.h"

#define KEY(k, name) TKI_STR_IS(k, name)

/* ---- values ---- */

static void attribute(struct tki_js *j, void *to);

static void text_value(struct tki_js *j, struct tk_value *v)
{
    tk_str s = tki_js_str(j);
    if (s.n > UINT32_MAX)
        tki_js_fail(j, "a value longer than 4 GiB");
    else
        *v = tki_v_str(s);
}

static void bytes_value(struct tki_js *j, struct tk_value *v)
{
    const char *at = j->p;
    tk_str s = tki_js_str(j);
    if (!j->error && !tki_v_base64(j->batch, s, v))
        tki_js_fail_at(j, at, "expected base64");
}

static void typed_value(struct tki_js *j, void *to);

static void element(struct tki_js *j, void *kid)
{
    typed_value(j, &((struct tk_attr *)kid)->value);
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
        text_value(j, v);
    } else if (KEY(type, "INT64")) {
        *v = tki_v_int(tki_js_i64(j));
    } else if (KEY(type, "FLOAT64")) {
        *v = tki_v_double(tki_js_double(j));
    } else if (KEY(type, "BYTESLICE")) {
        bytes_value(j, v);
    } else if (KEY(type, "SLICE")) {
        *v = tki_v_list(TK_ARRAY, tki_js_kids(j, element));
    } else if (KEY(type, "MAP")) {
        *v = tki_v_list(TK_KVLIST, tki_js_kids(j, attribute));
    } else {
        tki_js_any(j, v);
        for (uint32_t i = 0; KEY(type, "FLOAT64SLICE") && v->type == TK_ARRAY && i < v->n; i++) {
            struct tk_value *e = &j->batch->kids[v->v.first + i].value;
            if (e->type == TK_INT)
                *e = tki_v_double((double)e->v.i);
        }
    }
}

struct typed {
    tk_str type;
    const char *early; /* a value that stands before its type */
    struct tk_value v;
};

static void value_of_type(struct tki_js *j, void *to)
{
    struct typed *x = to;
    if (x->type.p)
        value(j, x->type, &x->v);
    else
        x->early = tki_js_later(j);
}

/* {"Type":T,"Value":V}, in either order. */
static void typed_value(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("Type", str, struct typed, type),
        TKI_JS_PART("Value", value_of_type),
        TKI_JS_END,
    };
    struct typed x = {0};
    tki_js_fields(j, fields, &x);
    if (x.early && !j->error) {
        const char *here = tki_js_go(j, x.early);
        value(j, x.type, &x.v);
        tki_js_back(j, here);
    }
    *(struct tk_value *)to = x.v;
}

static void attribute(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("Key", str, struct tk_attr, key),
        TKI_JS_INTO("Value", typed_value, struct tk_attr, value),
        TKI_JS_END,
    };
    tki_js_fields(j, fields, to);
}

static void add_attribute(struct tki_js *j, void *to)
{
    struct tk_attr a = {0};
    (void)to;
    attribute(j, &a);
    *tk_batch_add_attr(j->batch) = a;
}

static void attrs(struct tki_js *j, void *to)
{
    *(tk_range *)to = tki_js_rows(j, true, &j->batch->nattrs, add_attribute, NULL);
}

/* ---- parts of a span ---- */

/* Two hexadecimal digits in a string, before 2021 a number. */
static void trace_flags(struct tki_js *j, void *to)
{
    uint64_t x = 0;
    const char *at = (tki_js_peek(j), j->p);
    if (*at != '"') {
        x = tki_js_u64(j);
    } else {
        tk_str s = tki_js_str(j);
        if (!j->error && !tki_hex_short(s, &x))
            tki_js_fail_at(j, at, "expected trace flags in hexadecimal");
    }
    *(uint32_t *)to = (uint32_t)x & 0xff;
}

static bool is_number(struct tki_js *j)
{
    char c = tki_js_peek(j);
    return c >= '0' && c <= '9';
}

/* Of StatusCode: a word; before 2020 a number of gRPC's codes, of which only 0 is no error. */
static void grpc_code(struct tki_js *j, void *to)
{
    if (is_number(j))
        *(uint8_t *)to = tki_js_u64(j) ? TK_STATUS_ERROR : TK_STATUS_UNSET;
    else
        tki_sdk_status(j, to);
}

/* Of Status.Code: a word, or the number of it in Go, whose order is not OTLP's. */
static void go_code(struct tki_js *j, void *to)
{
    if (is_number(j)) {
        uint64_t n = tki_js_u64(j);
        *(uint8_t *)to = n == 1 ? TK_STATUS_ERROR : n == 2 ? TK_STATUS_OK : TK_STATUS_UNSET;
    } else {
        tki_sdk_status(j, to);
    }
}

static void status(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_INTO("Code", go_code, struct tki_sdk_parts, s.status),
        TKI_JS_FIELD("Description", str, struct tki_sdk_parts, s.status_message),
        TKI_JS_END,
    };
    tki_js_fields(j, fields, to);
}

static void kind(struct tki_js *j, void *to)
{
    *(uint8_t *)to = (uint8_t)tki_js_u64(j);
}

static void resource(struct tki_js *j, void *to)
{
    attrs(j, &((struct tk_resource *)to)->attrs);
}

static void scope(struct tki_js *j, void *to)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_FIELD("Name", str, struct tk_scope, name),
        TKI_JS_FIELD("Version", str, struct tk_scope, version),
        TKI_JS_FIELD("SchemaURL", str, struct tk_scope, schema_url),
        TKI_JS_INTO("Attributes", attrs, struct tk_scope, attrs),
        TKI_JS_END,
    };
    struct tk_scope *s = to;
    tki_js_fields(j, fields, s);
    s->present = s->name.n || s->version.n || s->attrs.count;
    if (!(((struct tki_sdk *)j)->needs & TK_NEED_SCOPE))
        *s = (struct tk_scope){0};
}

/* The library is the scope under its older name, which some releases print beside the newer one. */
static void library(struct tki_js *j, void *to)
{
    if (((struct tki_sdk_parts *)to)->has_scope)
        tki_js_skip(j);
    else
        tki_sdk_scope(j, to);
}

static void older_parent(struct tki_js *j, void *to)
{
    ((struct tki_sdk_parts *)to)->parent = (struct tki_sdk_context){.span_id = tki_js_span_id(j)};
}

static const struct tki_js_field span[] = {
    TKI_JS_FIELD("Name", str, struct tki_sdk_parts, s.name),
    TKI_JS_PART("SpanContext", tki_sdk_own),
    TKI_JS_INTO("Parent", tki_sdk_context_of, struct tki_sdk_parts, parent),
    TKI_JS_INTO("SpanKind", kind, struct tki_sdk_parts, s.kind),
    TKI_JS_FIELD("StartTime", time, struct tki_sdk_parts, s.start_ns),
    TKI_JS_FIELD("EndTime", time, struct tki_sdk_parts, s.end_ns),
    TKI_JS_PART("Attributes", tki_sdk_attrs),
    TKI_JS_PART("Events", tki_sdk_events),
    TKI_JS_PART("Links", tki_sdk_links),
    TKI_JS_PART("Status", status),
    TKI_JS_FIELD("DroppedAttributes", u32, struct tki_sdk_parts, s.dropped_attrs),
    TKI_JS_FIELD("DroppedEvents", u32, struct tki_sdk_parts, s.dropped_events),
    TKI_JS_FIELD("DroppedLinks", u32, struct tki_sdk_parts, s.dropped_links),
    TKI_JS_TOLD("ChildSpanCount"),
    TKI_JS_PART("Resource", tki_sdk_resource),
    TKI_JS_PART("InstrumentationScope", tki_sdk_scope),
    TKI_JS_PART("InstrumentationLibrary", library),
    TKI_JS_PART("ScopeMetrics", tki_sdk_metrics),
    TKI_JS_PART("Severity", tki_sdk_log),
    TKI_JS_PART("ObservedTimestamp", tki_sdk_log),
    /* names before 1.0 */
    TKI_JS_PART("ParentSpanID", older_parent),
    TKI_JS_PART("MessageEvents", tki_sdk_events),
    TKI_JS_INTO("StatusCode", grpc_code, struct tki_sdk_parts, s.status),
    TKI_JS_FIELD("StatusMessage", str, struct tki_sdk_parts, s.status_message),
    TKI_JS_FIELD("DroppedAttributeCount", u32, struct tki_sdk_parts, s.dropped_attrs),
    TKI_JS_FIELD("DroppedMessageEventCount", u32, struct tki_sdk_parts, s.dropped_events),
    TKI_JS_FIELD("DroppedLinkCount", u32, struct tki_sdk_parts, s.dropped_links),
    TKI_JS_END,
};
static const struct tki_js_field event[] = {
    TKI_JS_FIELD("Name", str, struct tk_event, name),
    TKI_JS_INTO("Attributes", attrs, struct tk_event, attrs),
    TKI_JS_FIELD("DroppedAttributeCount", u32, struct tk_event, dropped_attrs),
    TKI_JS_FIELD("Time", time, struct tk_event, time_ns),
    TKI_JS_END,
};
static const struct tki_js_field link[] = {
    TKI_JS_PART("SpanContext", tki_sdk_link_context),
    TKI_JS_INTO("Attributes", attrs, struct tki_sdk_link, l.attrs),
    TKI_JS_FIELD("DroppedAttributeCount", u32, struct tki_sdk_link, l.dropped_attrs),
    TKI_JS_END,
};
static const struct tki_js_field context[] = {
    TKI_JS_FIELD("TraceID", trace_id, struct tki_sdk_context, trace_id),
    TKI_JS_FIELD("SpanID", span_id, struct tki_sdk_context, span_id),
    TKI_JS_INTO("TraceFlags", trace_flags, struct tki_sdk_context, flags),
    TKI_JS_INTO("TraceState", tki_sdk_state, struct tki_sdk_context, state),
    TKI_JS_PART("Remote", tki_sdk_remote),
    TKI_JS_END,
};

static int decode(struct tki_decode *d)
{
    static const struct tki_sdk_dialect go = {
        .span = span,
        .event = event,
        .link = link,
        .context = context,
        .attrs = attrs,
        .resource_opens = '[',
        .resource = resource,
        .scope = scope,
        .signs = "Name|StartTime",
        .ids = "SpanContext",
        .expected = "expected a span, an object with SpanContext",
    };
    return tki_sdk_decode(d, &go);
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key keys[] = {{"SpanContext", 2},          {"SpanKind", 2}, {"Parent", 2}, {"StartTime", 2},
                                          {"InstrumentationScope", 2}, {NULL, 0}};
    return tki_logged_keys_met(head, TKI_KEYS({"SpanContext", 2})) ? tki_logged_key_bits(head, keys) : 0;
}

const struct tki_format tki_format_stdouttrace = {
    .info = {.name = "stdouttrace",
             .about = "what the Go SDK prints (stdouttrace), on lines or laid out",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS("[]"),
    .decode = decode,
    .resync = tki_js_resync,
};
