/* What the Python SDK's ConsoleSpanExporter prints: an object a span, laid out or on one line.  Phoenix (OpenInference)
 * keeps spans in the same shape, with the status beside the other members and a span_kind such as LLM, which becomes
 * the attribute that its instrumentation sets: openinference.span.kind. */
#include "format/js/any.h"
#include "format/sdk/sdk.h"
#include "model/put.h"

#define KEY(k, name) TKI_STR_IS(k, name)

/* One string literal of Python at *p; its text goes to *to.  Returns false when no such literal
 * stands there. */
static bool python_string(const char **p, const char *end, char **to)
{
    char quote = *p < end ? **p : 0;
    if (quote != '\'' && quote != '"')
        return false;
    for (++*p; *p < end && **p != quote; ++*p) {
        if (**p == '\\' && ++*p == end)
            return false;
        *(*to)++ = **p;
    }
    return *p < end && *(*p)++ == quote;
}

/* `['{key=K, value=V}', ...]`, how Python shows a trace state, as the header K=V,...; anything else as it is. */
static tk_str trace_state(struct tki_js *j)
{
    static const char before[] = "{key=", between[] = ", value=";
    struct tk_batch *b = j->batch;
    const tk_str s = tki_js_str(j);
    const char *p = s.p, *end = s.p + s.n;
    char *text = tk_batch_alloc(b, s.n + 1), *out = text;
    if (!text || s.n < 2 || *p++ != '[')
        return s;
    while (p < end && *p != ']') {
        char *from = out;
        if (out > text && (*p++ != ',' || p == end || *p++ != ' '))
            return s;
        if (!python_string(&p, end, &out))
            return s;
        size_t n = (size_t)(out - from), a = sizeof before - 1, m = sizeof between - 1;
        char *value = n > a + m ? memmem(from, n, between, m) : NULL;
        if (!value || memcmp(from, before, a) != 0 || out[-1] != '}')
            return s;
        size_t key = (size_t)(value - from) - a, rest = (size_t)(out - 1 - (value + m));
        char *to = from;
        if (from > text)
            *to++ = ',';
        memmove(to, from + a, key);
        to += key;
        *to++ = '=';
        memmove(to, value + m, rest);
        out = to + rest;
    }
    return p < end ? (tk_str){text, (size_t)(out - text)} : s;
}

static void state(struct tki_js *j, void *to)
{
    if (tki_js_peek(j) == '"')
        *(tk_str *)to = trace_state(j);
    else
        tki_js_drop(j, TKI_STR("trace_state"), NULL);
}

static const struct tki_js_field status[] = {
    TKI_JS_INTO("status_code", tki_sdk_status, struct tki_sdk_parts, s.status),
    TKI_JS_FIELD("description", str, struct tki_sdk_parts, s.status_message),
    TKI_JS_END,
};

static void span_status(struct tki_js *j, void *to)
{
    tki_js_fields(j, status, to);
}

/* {"attributes":{...},"schema_url":""}, before 2022 the attributes alone. */
static void resource(struct tki_js *j, void *to)
{
    struct tk_resource *r = to;
    tk_str k;
    if (!tki_js_object(j))
        return;
    while (tki_js_key(j, &k))
        if (KEY(k, "attributes") && tki_js_peek(j) == '{') {
            tki_js_any_attrs(j); /* behind what stood before them */
        } else if (KEY(k, "schema_url")) {
            r->schema_url = tki_js_str(j);
        } else {
            struct tk_value v;
            tki_js_any(j, &v);
            tki_put(j->batch, k, v);
        }
    r->attrs.count = j->batch->nattrs - r->attrs.first;
}

static const struct tki_js_field span[] = {
    TKI_JS_FIELD("name", str, struct tki_sdk_parts, s.name),
    TKI_JS_PART("context", tki_sdk_own),
    TKI_JS_INTO("kind", tki_sdk_kind, struct tki_sdk_parts, s.kind),
    TKI_JS_FIELD("parent_id", span_id, struct tki_sdk_parts, parent.span_id),
    TKI_JS_FIELD("start_time", time, struct tki_sdk_parts, s.start_ns),
    TKI_JS_FIELD("end_time", time, struct tki_sdk_parts, s.end_ns),
    TKI_JS_PART("status", span_status),
    TKI_JS_PART("attributes", tki_sdk_attrs),
    TKI_JS_PART("events", tki_sdk_events),
    TKI_JS_PART("links", tki_sdk_links),
    TKI_JS_PART("resource", tki_sdk_resource),
    TKI_JS_INTO("status_code", tki_sdk_status, struct tki_sdk_parts, s.status),
    TKI_JS_FIELD("status_message", str, struct tki_sdk_parts, s.status_message),
    TKI_JS_FIELD("span_kind", str, struct tki_sdk_parts, openinference_kind),
    TKI_JS_PART("resource_metrics", tki_sdk_metrics),
    TKI_JS_PART("severity_number", tki_sdk_log),
    TKI_JS_PART("observed_timestamp", tki_sdk_log),
    TKI_JS_END,
};
static const struct tki_js_field event[] = {
    TKI_JS_FIELD("name", str, struct tk_event, name),
    TKI_JS_FIELD("timestamp", time, struct tk_event, time_ns),
    TKI_JS_INTO("attributes", tki_sdk_object_attrs, struct tk_event, attrs),
    TKI_JS_END,
};
static const struct tki_js_field context[] = {
    TKI_JS_FIELD("trace_id", trace_id, struct tki_sdk_context, trace_id),
    TKI_JS_FIELD("span_id", span_id, struct tki_sdk_context, span_id),
    TKI_JS_INTO("trace_state", state, struct tki_sdk_context, state),
    TKI_JS_END,
};

static int decode(struct tki_decode *d)
{
    static const struct tki_sdk_dialect python = {
        .span = span,
        .event = event,
        .link = tki_sdk_link_members,
        .context = context,
        .attrs = tki_sdk_object_attrs,
        .resource_opens = '{',
        .resource = resource,
        .signs = "start_time",
        .ids = "context",
        .expected = "expected a span, an object with context",
    };
    return tki_sdk_decode(d, &python);
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key must[] = {
        {"trace_id", 3}, {"span_id", 3}, {"context", 2}, {"start_time", 2}, {NULL, 0}};
    static const struct tki_key more[] = {{"parent_id", 2}, {"kind", 2}, {NULL, 0}};
    unsigned bits = tki_logged_all_keys_bits(head, must);
    return bits ? bits + tki_logged_key_bits(head, more) : 0;
}

const struct tki_format tki_format_python_console = {
    .info = {.name = "python-console",
             .about = "what the Python SDK prints (ConsoleSpanExporter), laid out or on lines",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS("[]"),
    .decode = decode,
    .resync = tki_js_resync,
};
