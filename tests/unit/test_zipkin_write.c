/* Writing Zipkin v2 JSON: what is said how, what is lost and counted, what comes back unchanged. */
/* JSON put together of macros, which it cannot lay out. */
/* clang-format off */
#include "random_spans.h"
#include "zipkin_texts.h"

/* OTLP JSON in, Zipkin out. */
static void writes(const char *otlp, const char *want, const char *what, const uint64_t *lost)
{
    uint64_t notes[TKI_NOTE_COUNT];
    struct tk_batch *b = read_text(&tki_format_otlp_json, otlp);
    is_str(written(ZIPKIN, b, notes), want, "%s", what);
    for (int i = 0; i < TKI_NOTE_COUNT; i++)
        if (notes[i] != (lost ? lost[i] : 0))
            is_uint(notes[i], lost ? lost[i] : 0, "%s: note %d", what, i);
    tk_batch_free(b);
}

#define OTLP(resource, scope, span)                                                                          \
    "{\"resourceSpans\":[{" resource "\"scopeSpans\":[{" scope "\"spans\":[{\"traceId\":\"" A32              \
    "\",\"spanId\":\"000000000000000b\"" span "}]}]}]}"
#define OUT(rest)       "[\n{" ID rest "}\n]\n"
#define IN_ATTRS(attrs) OTLP("", "", ",\"attributes\":[" attrs "]")
#define OUT_TAGS(tags)  OUT(",\"tags\":{" tags "}")
#define LOST(...)                                                                                            \
    (uint64_t[TKI_NOTE_COUNT])                                                                                \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

static void test_writing(void)
{
    writes("", "[]\n", "nothing", NULL);
    writes(OTLP("", "", ""), OUT(""), "the smallest span", NULL);
    writes(OTLP("", "",
                ",\"parentSpanId\":\"0000000000000001\",\"name\":\"Op\",\"kind\":2,\"startTimeUnixNano\":"
                "\"1999\",\"endTimeUnixNano\":\"2001\""),
           "[\n{\"traceId\":\"000000000000000a\",\"parentId\":\"0000000000000001\",\"id\":"
           "\"000000000000000b\",\"kind\":\"SERVER\",\"name\":\"Op\",\"timestamp\":1,"
           "\"duration\":1}\n]\n",
           "fields; two nanoseconds are a microsecond", LOST([TK_NOTE_LOST_PRECISION] = 1));
    writes(OTLP("", "", ",\"startTimeUnixNano\":\"5000\",\"endTimeUnixNano\":\"1000\",\"flags\":1"),
           OUT(",\"timestamp\":5"), "a negative duration is none",
           LOST([TK_NOTE_DURATION_CLAMPED] = 1, [TK_NOTE_LOST_SPAN] = 1));
    writes(OTLP("", "", ",\"kind\":1"), OUT_TAGS("\"span.kind\":\"internal\""), "internal", NULL);
    writes("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"no ids\"},{\"traceId\":\"" A32
           "\"},{\"traceId\":\"" A32 "\",\"spanId\":\"000000000000000b\"},"
           "{\"spanId\":\"000000000000000b\"},{\"traceId\":\"" A32
           "\",\"spanId\":\"000000000000000b\"}]}]}]}",
           "[\n{" ID "},\n{" ID "}\n]\n", "spans without ids are left out, and the commas are right",
           LOST([TK_NOTE_SPAN_UNWRITABLE] = 3));
    writes("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"no ids\"}]}]}]}", "[]\n",
           "also when there are no others", LOST([TK_NOTE_SPAN_UNWRITABLE] = 1));
    writes(OTLP(RESOURCE(STR("host.name", "h") "," STR("service.name", "web") "," STR(
                    "a", "resource")) "\"schemaUrl\":\"u\",",
                "\"scope\":{\"name\":\"lib\",\"version\":\"2\",\"attributes\":[" STR("s", "scope") "]},",
                ",\"attributes\":[" STR("a", "span") "]"),
           OUT(",\"localEndpoint\":{\"serviceName\":\"web\"},\"tags\":{\"host.name\":\"h\",\"a\":\"span\","
               "\"s\":\"scope\",\"otel.scope.name\":\"lib\","
               "\"otel.library.name\":\"lib\",\"otel.scope.version\":\"2\",\"otel.library.version\":\"2\"}"),
           "resource and scope in tags; the span's come first",
           LOST([TK_NOTE_LOST_RESOURCE] = 1, [TK_NOTE_LOST_SCOPE] = 1, [TK_NOTE_DUPLICATE_TAG] = 1));
    writes("{\"resourceSpans\":[{\"scopeSpans\":[{\"scope\":{\"name\":\"lib\",\"attributes\":[" STR(
               "s", "x") "]},\"spans\":[{\"traceId\":\"" A32 "\",\"spanId\":"
                         "\"000000000000000b\"}]},{\"spans\":[{\"traceId\":\"" A32
                         "\",\"spanId\":\"000000000000000b\"}]}]}]}",
           "[\n{" ID
           ",\"tags\":{\"s\":\"x\",\"otel.scope.name\":\"lib\",\"otel.library.name\":\"lib\"}},\n{" ID
           "}\n]\n",
           "a scope does not leak into the next span", LOST([TK_NOTE_LOST_SCOPE] = 1));
    writes(OTLP(RESOURCE(STR("k8s.deployment.name", "d")), "", ""),
           OUT(",\"localEndpoint\":{\"serviceName\":\"d\"},\"tags\":{\"otlp.service.name.source\":"
               "\"k8s.deployment.name\"}"),
           "a substitute for the service, marked", NULL);
    writes(OTLP(RESOURCE(STR("a", "b")), "", ""),
           OUT(",\"localEndpoint\":{\"serviceName\":\"OTLPResourceNoServiceName\"},\"tags\":{\"a\":\"b\"}"),
           "no service", NULL);
    writes(IN_ATTRS(
               STR("s", "x\\n\\u0001") "," ATTR("b", "\"boolValue\":true") "," ATTR("i", "\"intValue\":\"-"
                                                                                         "5\"") "," ATTR("d", "\"doubleValue\":1e-7") "," ATTR(
                   "n",
                   "\"doubleValue\":\"NaN\"") "," ATTR("y",
                                                       "\"bytesValue\":\"AP8=\"") "," ATTR("e",
                                                                                           "") "," ATTR("l",
                                                                                                        "\"ar"
                                                                                                        "rayV"
                                                                                                        "alue"
                                                                                                        "\":{"
                                                                                                        "\"va"
                                                                                                        "lues"
                                                                                                        "\":["
                                                                                                        "{\"i"
                                                                                                        "ntVa"
                                                                                                        "lue"
                                                                                                        "\":"
                                                                                                        "\"1"
                                                                                                        "\"},"
                                                                                                        "{\"s"
                                                                                                        "trin"
                                                                                                        "gVal"
                                                                                                        "ue\""
                                                                                                        ":\"<"
                                                                                                        "\"}]"
                                                                                                        "}")),
           OUT_TAGS("\"s\":\"x\\n\\u0001\",\"b\":\"true\",\"i\":\"-5\",\"d\":\"1e-7\",\"n\":\"NaN\",\"y\":"
                    "\"AP8=\",\"e\":\"\",\"l\":\"[1,\\\"<\\\"]\""),
           "values as text", LOST([TK_NOTE_LOST_TYPE] = 7));
    writes(IN_ATTRS(STR("a", "1") "," STR("b", "2") "," STR("a", "3")), OUT_TAGS("\"a\":\"3\",\"b\":\"2\""),
           "one tag a key, the last", LOST([TK_NOTE_DUPLICATE_TAG] = 1));
    writes(OTLP("", "", ",\"traceState\":\"a=b\",\"droppedAttributesCount\":5"),
           OUT_TAGS("\"w3c.tracestate\":\"a=b\",\"otel.dropped_attributes_count\":\"5\""),
           "trace state and counts", NULL);
}

static void test_writing_status(void)
{
#define STATUS(attrs, status) OTLP("", "", ",\"attributes\":[" attrs "],\"status\":{" status "}")
    writes(STATUS("", "\"code\":1"), OUT_TAGS("\"otel.status_code\":\"OK\""), "OK", NULL);
    writes(STATUS("", "\"code\":2"), OUT_TAGS("\"otel.status_code\":\"ERROR\",\"error\":\"\""), "error",
           NULL);
    writes(STATUS("", "\"code\":2,\"message\":\"why\""),
           OUT_TAGS("\"otel.status_code\":\"ERROR\",\"error\":\"why\""), "error and why", NULL);
    writes(STATUS("", "\"code\":2,\"message\":\"true\""),
           OUT_TAGS("\"otel.status_code\":\"ERROR\",\"error\":\"true\",\"otel.status_description\":\"true\""),
           "a message that would be taken for a mark", NULL);
    writes(STATUS(STR("error", "500"), "\"code\":2"), OUT_TAGS("\"error\":\"500\""),
           "an attribute that says it", NULL);
    writes(OTLP(RESOURCE(STR("error", "500")), "\"scope\":{\"attributes\":[" STR("error", "1") "]},", ""),
           OUT(",\"localEndpoint\":{\"serviceName\":\"OTLPResourceNoServiceName\"}"),
           "attributes of resource and scope that would", LOST([TK_NOTE_LOST_SPAN] = 2, [TK_NOTE_LOST_SCOPE] = 1));
    writes(STATUS(STR("error", "500"), ""), OUT(""), "an attribute that would change the status",
           LOST([TK_NOTE_LOST_SPAN] = 1));
}

static void test_writing_endpoints(void)
{
#define CLIENT(attrs) OTLP("", "", ",\"kind\":3,\"attributes\":[" attrs "]")
    writes(IN_ATTRS(STR("net.host.ip", "10.0.0.1") "," STR("net.host.ip", "::1") "," ATTR(
               "net.host.port",
               "\"intValue\":\"80\"") "," STR("peer.service",
                                              "db") "," STR("net.peer.ip",
                                                            "10.0.0.2") "," ATTR("net.peer.port",
                                                                                 "\"intValue\":\"5432\"")),
           OUT(",\"localEndpoint\":{\"ipv4\":\"10.0.0.1\",\"ipv6\":\"::1\",\"port\":80},\"remoteEndpoint\":{"
               "\"serviceName\":\"db\",\"ipv4\":\"10.0.0.2\",\"port\":5432}"),
           "endpoints out of their attributes", NULL);
    writes(IN_ATTRS(STR("net.peer.ip", "localhost") "," STR("net.peer.port", "80") "," ATTR(
               "net.host.port", "\"intValue\":\"70000\"")),
           OUT_TAGS("\"net.peer.ip\":\"localhost\",\"net.peer.port\":\"80\",\"net.host.port\":\"70000\""),
           "what is no address or port stays a tag", LOST([TK_NOTE_LOST_TYPE] = 1));
    writes(CLIENT(STR("db.name", "shop") "," STR("server.address", "db.local") "," STR(
               "network.peer.address", "10.0.0.2") "," ATTR("network.peer.port", "\"intValue\":\"1\"")),
           OUT(",\"kind\":\"CLIENT\",\"remoteEndpoint\":{\"serviceName\":\"db.local\",\"ipv4\":\"10.0.0.2\","
               "\"port\":1},\"tags\":{\"db.name\":\"shop\","
               "\"server.address\":\"db.local\",\"network.peer.address\":\"10.0.0.2\",\"network.peer.port\":"
               "\"1\"}"),
           "the specification's ranking; these stay tags", LOST([TK_NOTE_LOST_TYPE] = 1));
    writes(IN_ATTRS(STR("server.address", "me")), OUT_TAGS("\"server.address\":\"me\""),
           "for clients and producers only", NULL);
    writes(IN_ATTRS(ATTR("zipkin.shared", "\"boolValue\":true") "," ATTR(
               "zipkin.debug", "\"boolValue\":true") "," ATTR("otel.zipkin.absentField.startTime",
                                                              "\"boolValue\":true")),
           OUT(",\"debug\":true,\"shared\":true"), "flags and marks are turned back", NULL);
    writes(OTLP("", "",
                ",\"startTimeUnixNano\":\"5000\",\"endTimeUnixNano\":\"5000\",\"attributes\":[" ATTR(
                    "otel.zipkin.absentField.startTime", "\"boolValue\":true") "," STR("zipkin.shared",
                                                                                       "yes") "]"),
           OUT(",\"timestamp\":5,\"tags\":{\"otel.zipkin.absentField.startTime\":\"true\",\"zipkin.shared\":"
               "\"yes\"}"),
           "unless they are something else", LOST([TK_NOTE_LOST_TYPE] = 1));
}

static void test_writing_texts(void)
{
    writes(OTLP("", "",
                ",\"events\":[{\"timeUnixNano\":\"2500\",\"name\":\"plain\"},{\"name\":\"e\\\"\","
                "\"attributes\":[" STR("k", "v") "," ATTR("d", "\"doubleValue\":2") "," ATTR(
                    "y", "\"bytesValue\":\"AQ==\"") "],\"droppedAttributesCount\":1},{\"name\":\"a|b|c\"},{"
                                                    "\"name\":\"a|{}|1\"}]"),
           OUT(",\"annotations\":[{\"timestamp\":2,\"value\":\"plain\"},{\"timestamp\":1,\"value\":"
               "\"\\\"e\\\\\\\"\\\": {\\\"k\\\":\\\"v\\\",\\\"d\\\":2.0,\\\"y\\\":\\\"AQ==\\\","
               "\\\"otel.dropped_attributes_count\\\":1}\"},{\"timestamp\":1,\"value\":\"a|b|c\"},{"
               "\"timestamp\":1,\"value\":\"\\\"a|{}|1\\\": {}\"}]"),
           "events; a name that would be taken apart is wrapped",
           LOST([TK_NOTE_LOST_PRECISION] = 1, [TK_NOTE_LOST_TYPE] = 1, [TK_NOTE_LOST_EVENT] = 3));
    writes(OTLP("", "", ",\"startTimeUnixNano\":\"3000\",\"endTimeUnixNano\":\"5000\",\"events\":[{\"name\":\"e\"}]"),
           OUT(",\"timestamp\":3,\"duration\":2,\"annotations\":[{\"timestamp\":3,\"value\":\"e\"}]"),
           "an event without a time has that of its span", LOST([TK_NOTE_LOST_EVENT] = 1));
    writes(OTLP("", "",
                ",\"links\":[" LOUT(",\"traceState\":\"a=b\",\"attributes\":[" STR(
                    "k", "v") "],\"droppedAttributesCount\":2,\"flags\":1") "," LOUT("") "]"),
           OUT_TAGS(LINK("0", "a=b|{\\\"k\\\":\\\"v\\\"}|2") "," LINK("1", "|{}|0")), "links",
           LOST([TK_NOTE_LOST_LINK] = 1));
    struct tk_batch *b = tk_batch_new();
    tk_batch_add_resource(b);
    tk_batch_add_scope(b);
    for (unsigned i = 0; i < 130; i++)
        *tk_batch_add_link(b) = (struct tk_link){.trace_id = {1, 2}, .span_id = i + 1};
    *tk_batch_add_span(b) = (struct tk_span){.trace_id = {1, 2}, .span_id = 3, .links = {0, 130}};
    uint64_t notes[TKI_NOTE_COUNT];
    struct tk_batch *back = read_text(ZIPKIN, written(ZIPKIN, b, notes));
    ok(back->nlinks == 128 && back->links[127].span_id == 128 && notes[TK_NOTE_LOST_LINK] == 2,
       "128 links, in order, and two are lost");
    tk_batch_free(back);
    tk_batch_free(b);
}

/* What Zipkin can hold goes there and comes back unchanged. */
static void test_identity(void)
{
    static const char
        otlp[] =
            "{\"resourceSpans\":[{" RESOURCE(
                STR("service.name", "web")) "\"scopeSpans\":[{\"scope\":{\"name\":\"lib\",\"version\":\"2\"},"
                                            "\"spans\":[{\"traceId\":"
                                            "\"0000000000000001000000000000000a\",\"spanId\":"
                                            "\"000000000000000b\",\"traceState\":\"ot=th:8\","
                                            "\"parentSpanId\":\"0000000000000001\",\"name\":\"GET /\","
                                            "\"kind\":3,\"startTimeUnixNano\":\"1700000000000001000\","
                                            "\"endTimeUnixNano\":\"1700000000000005000\",\"attributes\":"
                                            "[" STR("s", "x\\u0001\\n\\\"") "," STR("server.address", "db") "," STR("net.host.ip", "10.0.0.1") "," STR("net.host.ip", "::1") "," ATTR("net.host.port", "\"intValue\":\"1\"") "," STR("peer.service", "p") "," STR(
                                                "net.peer.ip",
                                                "::2") "," ATTR("net.peer.port",
                                                                "\"intValue\":\"2\"") "," ATTR("zipkin."
                                                                                               "shared",
                                                                                               "\"boolValue\""
                                                                                               ":true") "],"
                                                                                                        "\"dr"
                                                                                                        "oppe"
                                                                                                        "dAtt"
                                                                                                        "ribu"
                                                                                                        "tesC"
                                                                                                        "ount"
                                                                                                        "\":"
                                                                                                        "1,"
                                                                                                        "\"ev"
                                                                                                        "ents"
                                                                                                        "\":["
                                                                                                        "{\"t"
                                                                                                        "imeU"
                                                                                                        "nixN"
                                                                                                        "ano"
                                                                                                        "\":"
                                                                                                        "\"17"
                                                                                                        "0000"
                                                                                                        "0000"
                                                                                                        "0000"
                                                                                                        "0200"
                                                                                                        "0\","
                                                                                                        "\"na"
                                                                                                        "me\""
                                                                                                        ":\"e"
                                                                                                        "\","
                                                                                                        "\"at"
                                                                                                        "trib"
                                                                                                        "utes"
                                                                                                        "\":"
                                                                                                        "[" STR("k", "v") "," ATTR("i", "\"intValue\":\"9007199254740993\"") "," ATTR(
                                                                                                            "d",
                                                                                                            "\"doubleValue\":3") "],\"droppedAttributesCount\":9},{\"timeUnixNano\":\"1700000000000002000\",\"name\":\"x: {}\"}],\"droppedEventsCount\":2,"
                                                                                                                                 "\"links\":[{\"traceId\":\"" C32
                                                                                                                                 "\",\"spanId\":\"0000000000000001\",\"traceState\":\"a=b|c\",\"attributes\":[" ATTR(
                                                                                                                                     "n",
                                                                                                                                     "\"boolValue\":false") "],"
                                                                                                                                                            "\"droppedAttributesCount\":3}],\"droppedLinksCount\":3,\"status\":{\"message\":\"why\",\"code\":2}}]}]}]}\n";
    uint64_t notes[TKI_NOTE_COUNT], none[TKI_NOTE_COUNT] = {0};
    struct tk_batch *b = read_needs(&tki_format_otlp_json, tki_str(otlp), TK_NEED_ALL, 0);
    is_str(shown(b), otlp, "the test is in normal form");
    struct tk_batch *back = read_text(ZIPKIN, written(ZIPKIN, b, notes));
    is_str(shown(back), otlp, "OTLP to Zipkin and back");
    is_mem(notes, sizeof notes, none, sizeof none, "and nothing was lost");
    tk_batch_free(back);
    tk_batch_free(b);
    static const char zipkin[] =
        "[\n{" ID ",\"kind\":\"SERVER\",\"name\":\"get\",\"duration\":5,\"localEndpoint\":{\"ipv4\":\"10.0.0."
                  "1\"},\"remoteEndpoint\":{\"port\":7},"
        "\"annotations\":[{\"timestamp\":1,\"value\":\"a|b|c\"}],\"tags\":{\"error\":\"500\",\"b\":\"\"},"
        "\"debug\":true,\"shared\":true}\n]\n";
    b = read_text(ZIPKIN, zipkin);
    const char *text = written(ZIPKIN, b, NULL);
    back = read_text(ZIPKIN, text);
    is_str(written(ZIPKIN, back, NULL),
           "[\n{" ID ",\"kind\":\"SERVER\",\"name\":\"get\",\"duration\":5,\"localEndpoint\":{\"ipv4\":\"10."
                     "0.0.1\"},\"remoteEndpoint\":"
           "{\"port\":7},\"annotations\":[{\"timestamp\":1,\"value\":\"a|b|c\"}],\"tags\":{\"b\":\"\","
           "\"error\":\"500\"},\"debug\":true,\"shared\":true}\n]\n",
           "Zipkin to OTLP and back");
    tk_batch_free(back);
    tk_batch_free(b);
}

/* Whatever is in a batch, what is written can be read, and after that nothing changes any more. */
static void test_random(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%llu", (unsigned long long)r.state);
    for (int i = 0; i < 60; i++) {
        struct tk_batch *b = tk_batch_new();
        random_batch(&r, b, 1 + rng_below(&r, 40));
        uint32_t spans = b->nspans;
        struct tk_batch *once = read_text(ZIPKIN, written(ZIPKIN, b, NULL));
        tk_batch_free(b);
        is_uint(once->nspans, spans, "all spans of a random batch come back");
        char *text = strdup(written(ZIPKIN, once, NULL));
        struct tk_batch *twice = read_text(ZIPKIN, text);
        is_str(written(ZIPKIN, twice, NULL), text, "and are then written the same for ever");
        tk_batch_free(once);
        tk_batch_free(twice);
        free(text);
    }
}

int main(void)
{
    test_writing();
    test_writing_status();
    test_writing_endpoints();
    test_writing_texts();
    test_identity();
    test_random();
    return done_testing();
}
