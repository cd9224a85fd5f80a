/* What the PHP SDK's ConsoleSpanExporter prints: a list of one span after the other.  The name and version of the scope
 * are not in it, only the URL of its schema. */
#include "format/sdk/sdk.h"

static const struct tki_js_field status[] = {
    TKI_JS_INTO("code", tki_sdk_status, struct tki_sdk_parts, s.status),
    TKI_JS_FIELD("description", str, struct tki_sdk_parts, s.status_message),
    TKI_JS_END,
};

static void span_status(struct tki_js *j, void *to)
{
    tki_js_fields(j, status, to);
}

static void resource(struct tki_js *j, void *to)
{
    tki_sdk_object_attrs(j, &((struct tk_resource *)to)->attrs);
}

static void scope(struct tki_js *j, void *to)
{
    *(struct tk_scope *)to = (struct tk_scope){.schema_url = tki_js_str(j), .present = true};
}

static void trace_flags(struct tki_js *j, void *to)
{
    *(uint32_t *)to = (uint32_t)tki_js_u64(j) & 0xff;
}

static const struct tki_js_field span[] = {
    TKI_JS_FIELD("name", str, struct tki_sdk_parts, s.name),
    TKI_JS_PART("context", tki_sdk_own),
    TKI_JS_PART("resource", tki_sdk_resource),
    TKI_JS_FIELD("parent_span_id", span_id, struct tki_sdk_parts, parent.span_id),
    TKI_JS_INTO("kind", tki_sdk_kind, struct tki_sdk_parts, s.kind),
    TKI_JS_FIELD("start", u64, struct tki_sdk_parts, s.start_ns),
    TKI_JS_FIELD("end", u64, struct tki_sdk_parts, s.end_ns),
    TKI_JS_PART("attributes", tki_sdk_attrs),
    TKI_JS_PART("status", span_status),
    TKI_JS_PART("events", tki_sdk_events),
    TKI_JS_PART("links", tki_sdk_links),
    TKI_JS_PART("schema_url", tki_sdk_scope),
    TKI_JS_END,
};
static const struct tki_js_field event[] = {
    TKI_JS_FIELD("name", str, struct tk_event, name),
    TKI_JS_FIELD("timestamp", u64, struct tk_event, time_ns),
    TKI_JS_INTO("attributes", tki_sdk_object_attrs, struct tk_event, attrs),
    TKI_JS_END,
};
static const struct tki_js_field context[] = {
    TKI_JS_FIELD("trace_id", trace_id, struct tki_sdk_context, trace_id),
    TKI_JS_FIELD("span_id", span_id, struct tki_sdk_context, span_id),
    TKI_JS_INTO("trace_state", tki_sdk_state, struct tki_sdk_context, state),
    TKI_JS_INTO("trace_flags", trace_flags, struct tki_sdk_context, flags),
    TKI_JS_END,
};

static int decode(struct tki_decode *d)
{
    static const struct tki_sdk_dialect php = {
        .span = span,
        .event = event,
        .link = tki_sdk_link_members,
        .context = context,
        .attrs = tki_sdk_object_attrs,
        .resource = resource,
        .scope = scope,
        .signs = "start",
        .ids = "context",
        .expected = "expected a span, an object with context",
    };
    return tki_sdk_decode(d, &php);
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key must[] = {{"trace_id", 3}, {"span_id", 3},        {"context", 2}, {"start", 2},
                                          {"end", 2},      {"parent_span_id", 2}, {NULL, 0}};
    static const struct tki_key more[] = {{"kind", 2}, {"trace_flags", 3}, {NULL, 0}};
    unsigned bits = tki_logged_all_keys_bits(head, must);
    return bits ? bits + tki_logged_key_bits(head, more) : 0;
}

const struct tki_format tki_format_php_console = {
    .info = {.name = "php-console",
             .about = "what the PHP SDK prints (ConsoleSpanExporter), laid out or on lines",
             .can_read = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS("[]"),
    .decode = decode,
    .resync = tki_js_resync,
};
