/* What writers of OTLP do that the protocol does not say: each is read as it was meant, and noted where it says so. */
#include "base/num.h"
#include "format/pb/pb.h"
#include "format_help.h"

#define SPAN(members) "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" members "}]}]}]}"
#define VALUE(value)  SPAN("\"attributes\":[{\"key\":\"k\",\"value\":" value "}]")

static struct tk_batch *json(const char *text)
{
    return read_text(&tki_format_otlp_json, text);
}

/* ---- ids ---- */

static void trace_id(const char *written, uint64_t hi, uint64_t lo, unsigned replaced, unsigned base64)
{
    char text[300];
    snprintf(text, sizeof text, SPAN("\"traceId\":\"%s\""), written);
    struct tk_batch *b = json(text);
    if (replaced)
        ok(b->nspans == 1 && !tki_id_zero(b->spans[0].trace_id), "'%s' becomes some id", written);
    else
        ok(b->nspans == 1 && b->spans[0].trace_id.hi == hi && b->spans[0].trace_id.lo == lo,
           "trace id '%s': %016llx%016llx", written, (unsigned long long)b->spans[0].trace_id.hi,
           (unsigned long long)b->spans[0].trace_id.lo);
    ok(tk_notes_get(b->notes, TK_NOTE_ID_REPLACED) == replaced && tk_notes_get(b->notes, TK_NOTE_ID_BASE64) == base64,
       "and is noted as it should be");
    tk_batch_free(b);
}

static void span_id(const char *written, uint64_t id, unsigned base64)
{
    char text[300];
    snprintf(text, sizeof text, SPAN("\"spanId\":\"%s\",\"parentSpanId\":\"%s\",\"links\":[{\"spanId\":\"%s\"}]"),
             written, written, written);
    struct tk_batch *b = json(text);
    ok(b->nspans == 1 && b->nlinks == 1 && b->spans[0].span_id == id && b->spans[0].parent_id == id &&
           b->links[0].span_id == id,
       "span id '%s', of spans, parents and links", written);
    is_uint(tk_notes_get(b->notes, TK_NOTE_ID_BASE64), base64 ? 3 : 0, "and is noted as it should be");
    tk_batch_free(b);
}

static void test_ids(void)
{
    trace_id("5b8efff798038103d269b633813fc60c", 0x5b8efff798038103, 0xd269b633813fc60c, 0, 0);
    trace_id("5B8EFFF798038103D269B633813FC60C", 0x5b8efff798038103, 0xd269b633813fc60c, 0, 0);
    trace_id("0x5b8efff798038103d269b633813fc60c", 0x5b8efff798038103, 0xd269b633813fc60c, 0, 0);
    trace_id("W47/95gDgQPSabYzgT/GDA==", 0x5b8efff798038103, 0xd269b633813fc60c, 0, 1);
    trace_id("W47/95gDgQPSabYzgT/GDA", 0x5b8efff798038103, 0xd269b633813fc60c, 0, 1);
    trace_id("W47_95gDgQPSabYzgT_GDA==", 0x5b8efff798038103, 0xd269b633813fc60c, 0, 1);
    trace_id("NWI4ZWZmZjc5ODAzODEwM2QyNjliNjMzODEzZmM2MGM=", 0x5b8efff798038103, 0xd269b633813fc60c, 0,
             1); /* of the hexadecimal text */
    trace_id("d269b633813fc60c", 0, 0xd269b633813fc60c, 0, 0);
    trace_id("7b", 0, 0x7b, 0, 0);
    trace_id("", 0, 0, 0, 0);
    trace_id("00000000000000000000000000000000", 0, 0, 0, 0);
    trace_id("AAAAAAAAAAAAAAAAAAAAAA==", 0, 0, 0, 1);
    trace_id("AAAAAAAAAAAAAAAAAAAAAA", 0, 0, 0, 1);
    trace_id("AAAAAAAAAAA", 0, 0xaaaaaaaaaaa, 0, 0);
    trace_id("trace-of-somebody", 0, 0, 1, 0);
    span_id("eee19b7ec3c1b174", 0xeee19b7ec3c1b174, 0);
    span_id("EEE19B7EC3C1B174", 0xeee19b7ec3c1b174, 0);
    span_id("0xeee19b7ec3c1b174", 0xeee19b7ec3c1b174, 0);
    span_id("7uGbfsPBsXQ=", 0xeee19b7ec3c1b174, 1);
    span_id("7uGbfsPBsXQ", 0xeee19b7ec3c1b174, 1);
    span_id("ZWVlMTliN2VjM2MxYjE3NA==", 0xeee19b7ec3c1b174, 1);
    span_id("AAAAAAAAAAA=", 0, 1);
    span_id("AAAAAAAAAAA", 0, 1);
    span_id("7b", 0x7b, 0);
    span_id("", 0, 0);
    span_id("0000000000000000", 0, 0);
    struct tk_batch *b = json(SPAN("\"spanId\":\"sid1\"},{\"spanId\":\"sid2\",\"parentSpanId\":\"sid1\""));
    ok(b->spans[0].span_id && b->spans[1].parent_id == b->spans[0].span_id &&
           b->spans[1].span_id != b->spans[0].span_id,
       "words for ids stay different, and alike where they were");
    is_uint(tk_notes_get(b->notes, TK_NOTE_ID_REPLACED), 3, "and are noted");
    tk_batch_free(b);
    b = json(SPAN("\"traceId\":null,\"spanId\":null,\"name\":\"x\""));
    ok(tki_id_zero(b->spans[0].trace_id) && !b->spans[0].span_id, "null for ids");
    tk_batch_free(b);
}

/* ---- numbers ---- */

static void time_is(const char *written, uint64_t want)
{
    char text[300];
    snprintf(text, sizeof text, SPAN("\"startTimeUnixNano\":%s,\"events\":[{\"timeUnixNano\":%s}]"), written, written);
    struct tk_batch *b = json(text);
    ok(b->spans[0].start_ns == want && b->events[0].time_ns == want, "time %s: %llu", written,
       (unsigned long long)b->spans[0].start_ns);
    tk_batch_free(b);
}

static void kind_is(const char *written, unsigned want)
{
    char text[300];
    snprintf(text, sizeof text, SPAN("\"kind\":%s"), written);
    struct tk_batch *b = json(text);
    is_uint(b->spans[0].kind, want, "kind %s", written);
    tk_batch_free(b);
}

static void status_is(const char *written, unsigned want)
{
    char text[300];
    snprintf(text, sizeof text, SPAN("\"status\":{\"code\":%s,\"message\":\"m\"}"), written);
    struct tk_batch *b = json(text);
    ok(b->spans[0].status == want && b->spans[0].status_message.n == 1, "status %s", written);
    tk_batch_free(b);
}

static void test_numbers(void)
{
    time_is("\"1544712660000000001\"", 1544712660000000001);
    time_is("1544712660000000001", 1544712660000000001); /* beyond 2^53 */
    time_is("\"18446744073709551615\"", UINT64_MAX);
    time_is("1.6e18", 1600000000000000000);
    time_is("1544712660000000001.0", 1544712660000000001);
    time_is("1.544712660000000001E+18", 1544712660000000001);
    time_is("null", 0);
    time_is("{\"low\":-1,\"high\":2,\"unsigned\":true}", 0x2ffffffff); /* Long of JavaScript */
    time_is("{\"high\":391214506,\"low\":4132445859}", 391214506ull << 32 | 4132445859u);
    kind_is("3", 3);
    kind_is("\"3\"", 3);
    kind_is("\"SPAN_KIND_CLIENT\"", 3);
    kind_is("\"CLIENT\"", 3);
    kind_is("\"SPAN_KIND_UNSPECIFIED\"", 0);
    kind_is("\"server\"", 2);
    kind_is("\"Span_Kind_Producer\"", 4);
    kind_is("null", 0);
    kind_is("9", 9); /* of a protocol to come: kept */
    status_is("2", 2);
    status_is("\"2\"", 2);
    status_is("\"STATUS_CODE_ERROR\"", 2);
    status_is("\"ERROR\"", 2);
    status_is("\"STATUS_CODE_OK\"", 1);
    struct tk_batch *b = json(SPAN(
        "\"flags\":\"257\",\"droppedAttributesCount\":\"3\",\"droppedEventsCount\":2.0,\"droppedLinksCount\":4294967295"));
    const struct tk_span *s = &b->spans[0];
    ok(s->flags == 257 && s->dropped_attrs == 3 && s->dropped_events == 2 && s->dropped_links == UINT32_MAX,
       "32-bit numbers as strings and with a fraction");
    tk_batch_free(b);
    b = json(
        SPAN("\"droppedAttributesCount\":-1,\"droppedEventsCount\":-5,\"events\":[{\"droppedAttributesCount\":-1}]"));
    ok(!b->spans[0].dropped_attrs && !b->spans[0].dropped_events && !b->events[0].dropped_attrs,
       "negative counts are 0");
    is_uint(tk_notes_get(b->notes, TK_NOTE_COUNT_NEGATIVE), 3, "and are noted");
    tk_batch_free(b);
}

static void out_of_range(const char *members)
{
    char text[300];
    snprintf(text, sizeof text, SPAN("%s"), members);
    struct tk_batch *b = read_needs(&tki_format_otlp_json, tki_str(text), TK_NEED_COPY, TK_EINVALID);
    ok(strstr(help_err.text, "32 bits"), "%s: %s", members, help_err.text);
    tk_batch_free(b);
}

static void test_ranges(void)
{
    static const char *const enums[] = {"257", "-1", "\"65537\"", "1e10"};
    for (size_t i = 0; i < sizeof enums / sizeof *enums; i++) {
        char text[300];
        snprintf(text, sizeof text, SPAN("\"kind\":%s,\"status\":{\"code\":%s}"), enums[i], enums[i]);
        struct tk_batch *b = json(text);
        ok(b->spans[0].kind == 0 && b->spans[0].status == 0 && !b->spans[0].raw.p, "%s is no kind and no status",
           enums[i]);
        is_uint(tk_notes_get(b->notes, TK_NOTE_ENUM_RANGE), 2, "and is noted");
        tk_batch_free(b);
    }
    out_of_range("\"flags\":4294967296");
    out_of_range("\"links\":[{\"flags\":\"4294967296\"}]");
    out_of_range("\"droppedEventsCount\":4294967297");
    struct tk_batch *b = json(SPAN("\"flags\":-1"));
    is_uint(b->spans[0].flags, UINT32_MAX, "negative flags are all bits");
    tk_batch_free(b);
}

/* ---- values ---- */

static void value_is(const char *written, const char *want)
{
    char text[400], whole[400];
    snprintf(text, sizeof text, VALUE("%s"), written);
    struct tk_batch *b = json(text);
    for (uint32_t i = 0; i < b->nspans; i++) /* as the model has it, not as it came */
        b->spans[i].raw.n = 0;
    snprintf(whole, sizeof whole, "\"value\":%s}", want);
    ok(strstr(shown(b), whole), "%s is %s", written, want);
    tk_batch_free(b);
}

static void test_values(void)
{
    value_is("{\"intValue\":5}", "{\"intValue\":\"5\"}");
    value_is("{\"intValue\":9007199254740993}", "{\"intValue\":\"9007199254740993\"}");
    value_is("{\"intValue\":\"-9223372036854775808\"}", "{\"intValue\":\"-9223372036854775808\"}");
    value_is("{\"intValue\":0}", "{\"intValue\":\"0\"}");
    value_is("{\"intValue\":{\"low\":5,\"high\":0,\"unsigned\":false}}", "{\"intValue\":\"5\"}");
    value_is("{\"intValue\":{\"low\":-5,\"high\":-1}}", "{\"intValue\":\"-5\"}");
    value_is("{\"doubleValue\":\"1.5\"}", "{\"doubleValue\":1.5}");
    value_is("{\"doubleValue\":\"NaN\"}", "{\"doubleValue\":\"NaN\"}");
    value_is("{\"doubleValue\":NaN}", "{\"doubleValue\":\"NaN\"}");
    value_is("{\"doubleValue\":\"-Infinity\"}", "{\"doubleValue\":\"-Infinity\"}");
    value_is("{\"doubleValue\":-Infinity}", "{\"doubleValue\":\"-Infinity\"}");
    value_is("{\"doubleValue\":7}", "{\"doubleValue\":7}");
    value_is("{\"boolValue\":false}", "{\"boolValue\":false}");
    value_is("{\"boolValue\":\"true\"}", "{\"boolValue\":true}");
    value_is("{\"stringValue\":\"\"}", "{\"stringValue\":\"\"}");
    value_is("{\"bytesValue\":\"AP//\"}", "{\"bytesValue\":\"AP//\"}");
    value_is("{\"bytesValue\":\"AP__\"}", "{\"bytesValue\":\"AP//\"}");
    value_is("{\"bytesValue\":\"AA\"}", "{\"bytesValue\":\"AA==\"}");
    value_is("{\"arrayValue\":{}}", "{\"arrayValue\":{\"values\":[]}}");
    value_is("{\"arrayValue\":{\"values\":[]}}", "{\"arrayValue\":{\"values\":[]}}");
    value_is("{\"arrayValue\":{\"values\":[{\"intValue\":1},null,{}]}}",
             "{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{},{}]}}");
    value_is("{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"boolValue\":true}}]}}",
             "{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"boolValue\":true}}]}}");
    value_is("{}", "{}");
    value_is("null", "{}");
    value_is("{\"string_value\":\"s\"}", "{\"stringValue\":\"s\"}");
    value_is("{\"int_value\":\"7\"}", "{\"intValue\":\"7\"}");
    value_is("{\"double_value\":0.5}", "{\"doubleValue\":0.5}");
    value_is("{\"bool_value\":true}", "{\"boolValue\":true}");
    value_is("{\"bytes_value\":\"AA==\"}", "{\"bytesValue\":\"AA==\"}");
    value_is("{\"array_value\":{\"values\":[{\"string_value\":\"s\"}]}}",
             "{\"arrayValue\":{\"values\":[{\"stringValue\":\"s\"}]}}");
    value_is("{\"kvlist_value\":{\"values\":[]}}", "{\"kvlistValue\":{\"values\":[]}}");
    value_is("{\"stringValue\":\"a\",\"intValue\":\"1\"}", "{\"intValue\":\"1\"}"); /* the last wins */
    fails(&tki_format_otlp_json, VALUE("{\"bytesValue\":5}"), 91, "expected a string, found '5'");
    struct tk_batch *b = json(SPAN(
        "\"attributes\":[{\"key\":\"k\"},{\"key\":\"k\",\"value\":{\"stringValue\":\"2\"}},{\"key\":\"k\",\"value\":{\"stringValue\":\"3\"}}]"));
    is_uint(b->spans[0].attrs.count, 3, "a missing value and keys that repeat are kept");
    tk_batch_free(b);
}

/* ---- copies ---- */

/* A span that a strict reader of OTLP JSON would read otherwise, or not at all, does not leave as it came. */
static void copied(const char *members, bool want)
{
    char text[300];
    snprintf(text, sizeof text, SPAN("%s"), members);
    struct tk_batch *b = json(text);
    ok(b->nspans == 1 && (b->spans[0].raw.p != NULL) == want, "%s is %s", members, want ? "copied" : "written anew");
    tk_batch_free(b);
}

static void test_copies(void)
{
#define ATTRIBUTE(value) "\"attributes\":[{\"key\":\"k\",\"value\":{" value "}}]"
    static const char *const strict[] = {
        "\"flags\":257,\"kind\":2,\"droppedLinksCount\":1,\"startTimeUnixNano\":\"5\"",
        "\"name\":\"x\",\"unknown\":[null,{\"a\":.5}]",
        ATTRIBUTE("\"intValue\":\"-5\""),
        ATTRIBUTE("\"intValue\":5"),
        ATTRIBUTE("\"doubleValue\":-0.0"),
        ATTRIBUTE("\"doubleValue\":1E5"),
        ATTRIBUTE("\"doubleValue\":10.25e-3"),
        ATTRIBUTE("\"doubleValue\":\"NaN\""),
        ATTRIBUTE("\"doubleValue\":\"-Infinity\""),
        ATTRIBUTE("\"bytesValue\":\"/+8=\""),
        ATTRIBUTE("\"bytesValue\":\"\""),
    };
    static const char *const loose[] = {
        "\"name\":null",
        "\"status\":null",
        "\"flags\":\"257\"",
        "\"flags\":-1",
        "\"links\":[{\"flags\":\"1\"}]",
        "\"kind\":2.0",
        "\"startTimeUnixNano\":5",
        "\"startTimeUnixNano\":\"1e3\"",
        ATTRIBUTE("\"stringValue\":null"),
        ATTRIBUTE("\"intValue\":5.0"),
        ATTRIBUTE("\"intValue\":\"1e3\""),
        ATTRIBUTE("\"intValue\":+5"),
        ATTRIBUTE("\"intValue\":05"),
        ATTRIBUTE("\"doubleValue\":.5"),
        ATTRIBUTE("\"doubleValue\":5."),
        ATTRIBUTE("\"doubleValue\":1.e5"),
        ATTRIBUTE("\"doubleValue\":+1"),
        ATTRIBUTE("\"doubleValue\":\"inf\""),
        ATTRIBUTE("\"doubleValue\":\"1.5\""),
        ATTRIBUTE("\"bytesValue\":\"_-8=\""),
        ATTRIBUTE("\"bytesValue\":\"/+8\""),
    };
    for (size_t i = 0; i < sizeof strict / sizeof *strict; i++)
        copied(strict[i], true);
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++)
        copied(loose[i], false);
}

/* ---- names and nesting ---- */

static void test_names(void)
{
    struct tk_batch *b = json(
        "{\"resource_spans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"string_value\":\"s\"}}],\"dropped_attributes_count\":1},"
        "\"schema_url\":\"r\",\"scope_spans\":[{\"scope\":{\"name\":\"n\",\"dropped_attributes_count\":2},\"schema_url\":\"u\",\"spans\":[{"
        "\"trace_id\":\"0000000000000000000000000000000a\",\"span_id\":\"000000000000000b\",\"parent_span_id\":\"000000000000000c\",\"trace_state\":\"t=1\","
        "\"start_time_unix_nano\":1,\"end_time_unix_nano\":\"2\",\"dropped_attributes_count\":3,\"dropped_events_count\":4,\"dropped_links_count\":5,"
        "\"events\":[{\"time_unix_nano\":6,\"dropped_attributes_count\":7}],"
        "\"links\":[{\"trace_id\":\"0000000000000000000000000000000d\",\"span_id\":\"000000000000000e\",\"trace_state\":\"l\",\"dropped_attributes_count\":8}]}]}]}]}");
    const struct tk_span *s = &b->spans[0];
    ok(s->trace_id.lo == 10 && s->span_id == 11 && s->parent_id == 12 && s->trace_state.n == 3 && s->start_ns == 1 &&
           s->end_ns == 2 && s->dropped_attrs == 3 && s->dropped_events == 4 && s->dropped_links == 5,
       "snake_case: the span");
    ok(b->events[0].time_ns == 6 && b->events[0].dropped_attrs == 7, "its event");
    ok(b->links[0].trace_id.lo == 13 && b->links[0].span_id == 14 && b->links[0].trace_state.n == 1 &&
           b->links[0].dropped_attrs == 8,
       "its link");
    ok(b->resources[0].dropped_attrs == 1 && b->resources[0].schema_url.n == 1 && b->resources[0].service.n == 1,
       "its resource");
    ok(b->scopes[0].dropped_attrs == 2 && b->scopes[0].schema_url.n == 1 && b->scopes[0].name.n == 1, "its scope");
    tk_batch_free(b);
    b = json(
        "{\"resourceSpans\":[{\"scope_spans\":[{\"spans\":[{\"traceId\":\"0000000000000000000000000000000a\",\"span_id\":\"000000000000000b\"}]}]}]}");
    ok(b->nspans == 1 && b->spans[0].trace_id.lo == 10 && b->spans[0].span_id == 11, "both spellings in one document");
    tk_batch_free(b);
    static const char *const legacy[] = {
        "{\"resourceSpans\":[{\"instrumentationLibrarySpans\":[{\"instrumentationLibrary\":{\"name\":\"lib\",\"version\":\"1\"},\"spans\":[{\"name\":\"x\"}]}]}]}",
        "{\"resource_spans\":[{\"instrumentation_library_spans\":[{\"instrumentation_library\":{\"name\":\"lib\",\"version\":\"1\"},\"spans\":[{\"name\":\"x\"}]}]}]}",
        "{\"batches\":[{\"resource\":{},\"instrumentationLibrarySpans\":[{\"instrumentationLibrary\":{\"name\":\"lib\",\"version\":\"1\"},\"spans\":[{\"name\":\"x\"}]}]}]}",
        "{\"resource\":{},\"instrumentationLibrarySpans\":[{\"instrumentationLibrary\":{\"name\":\"lib\",\"version\":\"1\"},\"spans\":[{\"name\":\"x\"}]}]}",
    };
    for (size_t i = 0; i < sizeof legacy / sizeof *legacy; i++) {
        b = json(legacy[i]);
        ok(b->nspans == 1 && b->scopes[b->spans[0].scope].name.n == 3 && b->scopes[b->spans[0].scope].version.n == 1,
           "instrumentation libraries (%d)", (int)i);
        tk_batch_free(b);
    }
    b = json(
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"x\"}]}],\"instrumentationLibrarySpans\":[{\"spans\":[{\"name\":\"y\"}]}]}]}");
    ok(b->nspans == 1 && tk_notes_get(b->notes, TK_NOTE_LEGACY_DROPPED) == 1,
       "beside scopes they are dropped and noted");
    tk_batch_free(b);
    b = json(
        "{\"resourceSpans\":[{\"resource\":null,\"scopeSpans\":[{\"scope\":null,\"spans\":[{\"name\":null,\"startTimeUnixNano\":\"5\",\"kind\":null,\"attributes\":null,\"events\":null,"
        "\"links\":null,\"status\":null,\"flags\":null,\"unknown\":{\"a\":[1]}}]},{\"spans\":null}]},{\"scopeSpans\":null}]}");
    is_uint(b->nspans, 1, "null for everything, and unknown members");
    tk_batch_free(b);
    b = json("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"status\":{},\"name\":\"x\",},],},],},],}");
    is_uint(b->nspans, 1, "commas before closing brackets");
    tk_batch_free(b);
}

/* ---- protobuf ---- */

static void field(struct tki_buf *to, unsigned number, const char *p, size_t n)
{
    char head[20], *end = tki_put_varint(tki_put_varint(head, number << 3 | 2), n);
    tki_buf_put(to, head, (size_t)(end - head));
    if (n)
        tki_buf_put(to, p, n);
}

static struct tk_batch *proto(const char *name, bool modern, bool legacy)
{
    struct tki_buf span = {0}, scope = {0}, record = {0}, message = {0};
    field(&span, 5, name, strlen(name));
    field(&scope, 1,
          "\x0a\x03lib\x12\x01"
          "1",
          8);
    field(&scope, 2, span.p, span.n);
    if (legacy)
        field(&record, 1000, scope.p, scope.n);
    if (modern)
        field(&record, 2, scope.p, scope.n);
    field(&message, 1, record.p, record.n);
    struct tk_batch *b = read_needs(&tki_format_otlp_proto, (tk_str){message.p, message.n}, TK_NEED_COPY, 0);
    for (uint32_t i = 0; i < b->nspans; i++)
        b->spans[i].name = tk_batch_copy(b, b->spans[i].name);
    tki_buf_free(&span);
    tki_buf_free(&scope);
    tki_buf_free(&record);
    tki_buf_free(&message);
    return b;
}

static void test_protobuf(void)
{
    struct tk_batch *b = proto("x", false, true);
    ok(b->nspans == 1 && b->scopes[b->spans[0].scope].name.n == 3,
       "field 1000 holds the spans of instrumentation libraries");
    tk_batch_free(b);
    b = proto("x", true, true);
    ok(b->nspans == 1 && tk_notes_get(b->notes, TK_NOTE_LEGACY_DROPPED) == 1, "beside field 2 it is dropped and noted");
    tk_batch_free(b);
    b = read_needs(&tki_format_otlp_proto,
                   TKI_STR("\x0a\x14\x12\x12\x12\x10\x30\x81\x02\x39\1\0\0\0\0\0\0\0\x7a\x02\x18\x02"), TK_NEED_COPY,
                   0);
    ok(b->nspans == 1 && b->spans[0].kind == 0 && b->spans[0].status == 2 &&
           tk_notes_get(b->notes, TK_NOTE_ENUM_RANGE) == 1,
       "a kind beyond all is none, and noted");
    tk_batch_free(b);
    /* empty and odd ids */
    struct tki_buf span = {0}, scope = {0}, record = {0}, message = {0};
    field(&span, 1, "abcd", 4);
    field(&span, 2, "", 0);
    field(&span, 4, "efg", 3);
    tki_buf_lit(&span, "\x39\1\0\0\0\0\0\0\0");
    field(&scope, 2, span.p, span.n);
    field(&scope, 2, span.p, span.n);
    field(&record, 2, scope.p, scope.n);
    field(&message, 1, record.p, record.n);
    b = read_needs(&tki_format_otlp_proto, (tk_str){message.p, message.n}, TK_NEED_COPY, 0);
    ok(b->nspans == 2 && tki_id_eq(b->spans[0].trace_id, b->spans[1].trace_id) && !tki_id_zero(b->spans[0].trace_id) &&
           b->spans[0].span_id == 0 && b->spans[0].parent_id && b->spans[0].parent_id == b->spans[1].parent_id,
       "empty ids are none, ids of another length stay alike");
    is_uint(tk_notes_get(b->notes, TK_NOTE_ID_REPLACED), 4, "and are noted");
    tk_batch_free(b);
    tki_buf_free(&span);
    tki_buf_free(&scope);
    tki_buf_free(&record);
    tki_buf_free(&message);
}

/* Elements of other signals look like spans without times, and the other way round. */
static void test_protobuf_signals(void)
{
#define NAME16                         \
    "\x0a\x10http.server.reqs\x1a\x01" \
    "1"
#define ELEMENT(literal) literal, sizeof(literal) - 1
    enum { SPAN_ITSELF = TKI_NOTE_COUNT };
    static const struct {
        const char *bytes;
        size_t n;
        unsigned note;
        const char *what;
    } elements[] = {
        {ELEMENT("\x0a\x08requests\x12\x03"
                 "abc\x1a\x01"
                 "1"),
         TK_NOTE_OTHER_METRICS, "a metric without data"},
        {ELEMENT(NAME16 "*\x14\x0a\x12\x19\0\0d\xa7\xb3\xb6\xe0\x0d!\0\0\0\0\0\0\xf8?"), TK_NOTE_OTHER_METRICS,
         "a gauge whose name has 16 letters"},
        {ELEMENT(NAME16 "J\x0d\x0a\x09\x19\0\0d\xa7\xb3\xb6\xe0\x0d\x10\x02"), TK_NOTE_OTHER_METRICS,
         "such a histogram"},
        {ELEMENT(NAME16 "Z\x14\x0a\x12\x19\0\0d\xa7\xb3\xb6\xe0\x0d!\3\0\0\0\0\0\0\0"), TK_NOTE_OTHER_METRICS,
         "such a summary"},
        {ELEMENT("*\x0d\x0a\x0bonly a body"), TK_NOTE_OTHER_LOGS, "a log record that is a body"},
        {ELEMENT("\x1a\x04INFOb\x01"
                 "e"),
         TK_NOTE_OTHER_LOGS, "one of a severity and an event's name"},
        {ELEMENT("*\x01x"), SPAN_ITSELF, "a name"},
        {ELEMENT("\x0a\x10"
                 "0123456789abcdef\x12\x08"
                 "01234567*\x01x"),
         SPAN_ITSELF, "ids and a name"},
        {ELEMENT("*\x01xJ\x08\x0a\x01k\x12\x03\x0a\x01v"), SPAN_ITSELF, "an attribute"},
        {ELEMENT("*\x01xJ\x03\x0a\x01k"), SPAN_ITSELF, "an attribute without a value"},
        {ELEMENT("*\x01xZ\x03\x12\x01"
                 "e"),
         SPAN_ITSELF, "an event"},
    };
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        struct tki_buf scope = {0}, record = {0}, message = {0};
        field(&scope, 2, elements[i].bytes, elements[i].n);
        field(&record, 2, scope.p, scope.n);
        field(&message, 1, record.p, record.n);
        tk_str text = {message.p, message.n};
        struct tk_batch *b = read_needs(&tki_format_otlp_proto, text, TK_NEED_COPY, 0);
        if (elements[i].note == SPAN_ITSELF)
            ok(b->nspans == 1 && b->spans[0].name.n == 1, "a span without times: %s", elements[i].what);
        else
            ok(b->nspans == 0 && tk_notes_get(b->notes, elements[i].note) == 1, "no span: %s", elements[i].what);
        ok(bid_for(&tki_format_otlp_proto, text) > 0, "and it is recognised");
        tk_batch_free(b);
        tki_buf_free(&scope);
        tki_buf_free(&record);
        tki_buf_free(&message);
    }
}

int main(void)
{
    test_ids();
    test_numbers();
    test_ranges();
    test_values();
    test_copies();
    test_names();
    test_protobuf();
    test_protobuf_signals();
    return done_testing();
}
