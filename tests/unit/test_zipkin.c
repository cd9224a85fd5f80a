/* Reading Zipkin v2 JSON: every rule, with the trap that belongs to it. */
#include "format/zipkin/words.h"
#include "zipkin_texts.h"

static void reads(const char *text, const char *want, const char *what)
{
    struct tk_batch *b = read_text(ZIPKIN, text);
    is_str(shown(b), want, "%s", what);
    tk_batch_free(b);
}

static void test_shapes(void)
{
    static const struct {
        const char *text;
        uint32_t spans;
    } cases[] = {
        {"{" ID "}", 1},
        {"[{" ID "}]", 1},
        {"[[{" ID "}],[],[{" ID "},{" ID "}]]", 3},
        {"{" ID "}\n{" ID "}\r\n", 2},
        {"[{" ID "}]\n[[{" ID "}]]", 2},
        {"[null,{" ID "},]", 1},
        {"", 0},
        {"[]", 0},
        {"[[]]", 0},
        {"{}", 0},
        {"null", 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tk_batch *b = read_text(ZIPKIN, cases[i].text);
        is_uint(b->nspans, cases[i].spans, "%d spans in %s", (int)cases[i].spans, cases[i].text);
        tk_batch_free(b);
    }
}

static void test_fields(void)
{
    struct tk_batch *b =
        read_text(ZIPKIN, "{\"traceId\":\"48485A3953BB6124\",\"id\":\"F\",\"parentId\":\"0000000000000000\","
                          "\"kind\":\"CONSUMER\",\"name\":\"Get\","
                          "\"timestamp\":1472470996199000,\"duration\":207,\"unknown\":{\"a\":[1]}}");
    const struct tk_span *s = b->spans;
    ok(s->trace_id.hi == 0 && s->trace_id.lo == 0x48485a3953bb6124 && s->span_id == 15 && s->parent_id == 0,
       "short and upper-case ids, no parent");
    ok(s->kind == TK_KIND_CONSUMER && tki_str_eq(s->name, TKI_STR("Get")), "kind and name");
    ok(s->start_ns == 1472470996199000000u && s->end_ns == 1472470996199207000u, "times");
    ok(!b->resources[0].present && b->resources[0].service.n == 0, "no endpoint says nothing of the resource");
    tk_batch_free(b);
    b = read_text(ZIPKIN, "[{" ID ",\"parentId\":\"b\",\"timestamp\":-5,\"duration\":12.25},{" ID
                          ",\"timestamp\":\"1472470996199000.75\",\"duration\":-1}]");
    ok(b->spans[0].parent_id == 0, "a span is not its own parent");
    ok(b->spans[0].start_ns == 0 && b->spans[0].end_ns == 12250, "a negative time is absent");
    ok(b->spans[1].start_ns == 1472470996199000750u && b->spans[1].end_ns == b->spans[1].start_ns,
       "decimals are exact");
    const struct tk_attr *a = tk_attr_find(b, b->spans[0].attrs, "otel.zipkin.absentField.startTime");
    ok(a && a->value.type == TK_BOOL && a->value.v.b, "an absent time is marked");
    ok(!tk_attr_find(b, b->spans[1].attrs, "otel.zipkin.absentField.startTime"), "a present one is not");
    tk_batch_free(b);
    reads(ONE(",\"shared\":true,\"debug\":true"),
          ATTRS(ATTR("zipkin.shared", "\"boolValue\":true") "," ATTR("zipkin.debug", "\"boolValue\":true")),
          "shared and debug");
    reads(ONE(",\"shared\":false,\"debug\":null"), SPAN(""), "false and null say nothing");
    reads(ONE(",\"kind\":\"client\""), SHOWN("", "", ",\"kind\":3", ",\"status\":{}"), "a kind in small letters");
    reads(ONE(",\"kind\":\"BROKER\""), ATTRS(STR("span.kind", "BROKER")), "an unknown kind is kept");
    b = read_text(ZIPKIN, "[{" ID ",\"kind\":\"CLIENT\",\"localEndpoint\":{\"serviceName\":\"a\"}},{" ID
                          ",\"kind\":\"SERVER\",\"shared\":true,\"localEndpoint\":"
                          "{\"serviceName\":\"b\"}}]");
    ok(b->nspans == 2 && b->spans[0].span_id == b->spans[1].span_id && b->nresources == 2,
       "both halves of a shared span");
    tk_batch_free(b);
}

static void test_endpoints(void)
{
    reads(
        ONE(",\"localEndpoint\":{\"serviceName\":\"web\",\"ipv4\":\"10.0.0.1\",\"ipv6\":\"::1\",\"port\":80},"
            "\"remoteEndpoint\":{\"serviceName\":\"db\","
            "\"ipv4\":\"10.0.0.2\",\"port\":5432},\"tags\":{\"a\":\"b\"}"),
        SHOWN(
            RESOURCE(STR("service.name", "web")), "", "",
            ",\"attributes\":[" STR("a", "b") "," STR("net.host.ip", "10.0.0.1") "," STR("net.host.ip", "::1") "," ATTR(
                "net.host.port", "\"intValue\":\"80\"") "," STR("peer.service",
                                                                "db") "," STR("net.peer.ip",
                                                                              "10.0.0.2") "," ATTR("net."
                                                                                                   "peer."
                                                                                                   "port",
                                                                                                   "\"intVal"
                                                                                                   "ue\":"
                                                                                                   "\"5432"
                                                                                                   "\"") "],"
                                                                                                         "\""
                                                                                                         "st"
                                                                                                         "at"
                                                                                                         "us"
                                                                                                         "\""
                                                                                                         ":{"
                                                                                                         "}"),
        "endpoints stand behind the tags, also when they came before");
    reads(TAGS("\"peer.service\":\"Orders\",\"net.peer.ip\":\"10.0.0.2\"},\"remoteEndpoint\":{"
               "\"serviceName\":\"orders\",\"ipv4\":\"10.0.0.2\""),
          ATTRS(STR("peer.service", "Orders") "," STR("net.peer.ip", "10.0.0.2")),
          "what a tag says already is not said again");
    reads(TAGS("\"peer.service\":\"x\"},\"remoteEndpoint\":{\"serviceName\":\"y\""),
          ATTRS(STR("peer.service", "x") "," STR("peer.service", "y")), "what differs is");
    reads(ONE(",\"kind\":\"CLIENT\",\"tags\":{\"server.address\":\"db.local\",\"network.peer.address\":\"10.0."
              "0.2\",\"network.peer.port\":\"5432\"},"
              "\"remoteEndpoint\":{\"serviceName\":\"db.local\",\"ipv4\":\"10.0.0.2\",\"port\":5432}"),
          SHOWN("", "", ",\"kind\":3",
                ",\"attributes\":[" STR("server.address", "db.local") "," STR(
                    "network.peer.address", "10.0.0.2") "," STR("network.peer.port", "5432") "],\"status\":{}"),
          "nor what an exporter took from other tags");
    reads(ONE(",\"localEndpoint\":{},\"remoteEndpoint\":{\"serviceName\":null,\"ipv4\":null,\"port\":0}"), SPAN(""),
          "empty endpoints");
    reads(ONE(",\"localEndpoint\":{\"serviceName\":\"OTLPResourceNoServiceName\"}"), SPAN(""),
          "the name of no service");
    reads(ONE(",\"localEndpoint\":{\"serviceName\":\"otlpresourcenoservicename\"}"), SPAN(""), "in lower case");
    static const char mapped[] = "\x0a\x30\x0a\x10"
                                 "0123456789abcdef"
                                 "\x1a\x08"
                                 "01234567"
                                 "\x42\x12\x12\x10\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01";
    struct tk_batch *p = read_needs(&tki_format_zipkin_proto, (tk_str){mapped, sizeof mapped - 1}, TK_NEED_COPY, 0);
    const struct tk_attr *ip = tk_attr_find(p, p->spans[0].attrs, "net.host.ip");
    ok(ip && ip->value.n == 8 && memcmp(ip->value.v.s, "10.0.0.1", 8) == 0, "an IPv4 address in sixteen bytes");
    tk_batch_free(p);
    reads(ONE(",\"localEndpoint\":{\"serviceName\":\"f\"},\"tags\":{\"otlp.service.name.source\":\"faas."
              "name\"}"),
          SHOWN(RESOURCE(STR("faas.name", "f")), "", "", ",\"status\":{}"), "a substitute for the service");
    struct tk_batch *b = read_text(ZIPKIN, "[{" ID ",\"localEndpoint\":{\"serviceName\":\"a\"}},{" ID
                                           ",\"localEndpoint\":{\"serviceName\":\"a\",\"ipv4\":\"1.2.3.4\"}},{" ID
                                           "},{" ID ",\"localEndpoint\":{\"serviceName\":\"a\"}}]");
    ok(b->nresources == 2 && b->spans[0].resource == b->spans[1].resource &&
           b->spans[1].resource == b->spans[3].resource && b->spans[2].resource != b->spans[0].resource,
       "spans of one service share a resource");
    tk_batch_free(b);
}

static void test_tags(void)
{
    reads(TAGS("\"s\":\"x\",\"i\":7,\"d\":1.5,\"b\":true,\"n\":null,\"l\":[1,{\"a\":2}]"),
          ATTRS(STR("s", "x") "," ATTR("i", "\"intValue\":\"7\"") "," ATTR("d", "\"doubleValue\":1.5") "," ATTR(
              "b", "\"boolValue\":true") "," ATTR("n", "") "," STR("l", "[1,{\\\"a\\\":2}]")),
          "tags that are not text");
    reads(TAGS("\"span.kind\":\"internal\""), SHOWN("", "", ",\"kind\":1", ",\"status\":{}"), "span.kind=internal");
    reads(TAGS("\"span.kind\":\"server\""), ATTRS(STR("span.kind", "server")), "other kinds in tags are tags");
    reads(ONE(",\"tags\":{\"span.kind\":\"internal\"},\"kind\":\"SERVER\""),
          SHOWN("", "", ",\"kind\":2", ",\"attributes\":[" STR("span.kind", "internal") "],\"status\":{}"),
          "the field comes first");
    reads(TAGS("\"otel.scope.name\":\"lib\",\"a\":\"b\",\"otel.library.name\":\"lib\",\"otel.library."
               "version\":\"1\""),
          SHOWN("", "\"scope\":{\"name\":\"lib\",\"version\":\"1\"},", "",
                ",\"attributes\":[" STR("a", "b") "],\"status\":{}"),
          "scope under both names");
    reads(TAGS("\"otel.library.name\":\"old\",\"otel.scope.version\":\"1\""),
          SHOWN("", "\"scope\":{\"name\":\"old\",\"version\":\"1\"},", "", ",\"status\":{}"), "under the old name");
    reads(TAGS("\"otel.library.name\":\"old\",\"otel.scope.name\":\"new\""),
          SHOWN("", "\"scope\":{\"name\":\"new\"},", "",
                ",\"attributes\":[" STR("otel.library.name", "old") "],\"status\":{}"),
          "two that differ");
    reads(TAGS("\"otel.scope.version\":\"1\""), ATTRS(STR("otel.scope.version", "1")), "a version of nothing");
    reads(TAGS("\"w3c.tracestate\":\"a=b\",\"otel.dropped_links_count\":\"4\",\"otel.dropped_events_count\":"
               "\"some\""),
          SHOWN("", "", ",\"traceState\":\"a=b\"",
                ",\"attributes\":[" STR("otel.dropped_events_count", "some") "],\"droppedLinksCount\":4,\"status\":{}"),
          "trace state, a count, and a count that is none");
    struct tk_batch *b =
        read_text(ZIPKIN, "[{" ID ",\"localEndpoint\":{\"serviceName\":\"a\"},\"tags\":{\"host.name\":\"h\"}},{" ID
                          ",\"localEndpoint\":{\"serviceName\":\"a\"},"
                          "\"tags\":{\"host.name\":\"i\"}}]");
    ok(b->resources[0].attrs.count == 1 && tk_attr_find(b, b->spans[0].attrs, "host.name") &&
           tk_attr_find(b, b->spans[1].attrs, "host.name"),
       "tags that look like a resource's stay with their spans");
    tk_batch_free(b);
}

static void test_status(void)
{
#define ST(attrs, status) SHOWN("", "", "", attrs ",\"status\":{" status "}")
#define WITH(attrs)       ",\"attributes\":[" attrs "]"
    reads(TAGS("\"error\":\"\",\"otel.status_code\":\"ERROR\""), ST("", "\"code\":2"), "specification, no description");
    reads(TAGS("\"otel.status_code\":\"ERROR\",\"error\":\"why\""), ST("", "\"message\":\"why\",\"code\":2"),
          "specification");
    reads(TAGS("\"otel.status_code\":\"Error\",\"error\":\"true\",\"otel.status_description\":\"why\""),
          ST("", "\"message\":\"why\",\"code\":2"), "collector");
    reads(TAGS("\"otel.status_code\":\"STATUS_CODE_ERROR\",\"error\":\"true\""), ST("", "\"code\":2"),
          "older collectors");
    reads(TAGS("\"error\":\"500\""), ST(WITH(STR("error", "500")), "\"code\":2"),
          "error alone stays when it says something");
    reads(TAGS("\"error\":\"true\""), ST("", "\"code\":2"), "and goes when it does not");
    reads(TAGS("\"error\":false"), ST(WITH(ATTR("error", "\"boolValue\":false")), "\"code\":2"), "of any value");
    reads(TAGS("\"error\":true"), ST("", "\"code\":2"), "also without quotes");
    reads(TAGS("\"otel.status_code\":\"OK\""), ST("", "\"code\":1"), "OK");
    reads(TAGS("\"otel.status_code\":\"Ok\",\"otel.status_description\":\"x\""), ST("", "\"message\":\"x\",\"code\":1"),
          "Ok");
    reads(TAGS("\"otel.status_code\":\"Unset\""), ST("", ""), "Unset");
    reads(TAGS("\"otel.status_code\":\"BAD\""), ST(WITH(STR("otel.status_code", "BAD")), ""), "an unknown code stays");
    reads(TAGS("\"otel.status_code\":\"OK\",\"error\":\"x\""),
          ST(WITH(STR("otel.status_code", "OK") "," STR("error", "x")), "\"code\":2"), "error comes before OK");
    reads(TAGS("\"http.status_code\":\"500\""), ST(WITH(STR("http.status_code", "500")), ""),
          "http.status_code says nothing");
}

static void test_annotations(void)
{
#define NOTE(text)     ONE(",\"annotations\":[{\"timestamp\":2,\"value\":\"" text "\"}]")
#define EVENT(members) SPAN(",\"events\":[{\"timeUnixNano\":\"2000\"" members "}]")
    reads(NOTE("wire send"), EVENT(",\"name\":\"wire send\""), "a plain annotation");
    reads(NOTE("\\\"e\\\": {\\\"k\\\":\\\"v\\\",\\\"n\\\":1,\\\"d\\\":1.0,\\\"l\\\":[true,null]}"),
          EVENT(",\"name\":\"e\",\"attributes\":[" STR("k", "v") "," ATTR("n", "\"intValue\":\"1\"") "," ATTR(
              "d", "\"doubleValue\":1") "," ATTR("l", "\"arrayValue\":{\"values\":[{\"boolValue\":true},{}]}") "]"),
          "as the specification has it");
    reads(NOTE("\\\"e\\\":{\\\"otel.dropped_attributes_count\\\":3}"),
          EVENT(",\"name\":\"e\",\"droppedAttributesCount\":3"), "dropped attributes");
    reads(NOTE("e|{\\\"k\\\":\\\"a|{b\\\"}|2"),
          EVENT(",\"name\":\"e\",\"attributes\":[" STR("k", "a|{b") "],\"droppedAttributesCount\":2"),
          "as the collector has it");
    reads(NOTE("planned: {\\\"steps\\\":2}"),
          EVENT(",\"name\":\"planned\",\"attributes\":[" ATTR("steps", "\"intValue\":\"2\"") "]"),
          "as the SDK for Go has it");
    static const char *const foreign[] = {"a|b|c",
                                          "a|{b|c}|3",
                                          "a|{}|x",
                                          "a|{} |1|",
                                          "|",
                                          "\\\"quoted\\\"",
                                          "x: {y}",
                                          "{}",
                                          "\\\"a\\\": {\\\"b\\\"}",
                                          "\\\"a\\\": {} {}",
                                          "a|{\\\"k\\\":1}|99999999999"};
    for (unsigned i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        char text[500], want[700];
        snprintf(text, sizeof text, "[{" ID ",\"timestamp\":1,\"annotations\":[{\"timestamp\":2,\"value\":\"%s\"}]}]",
                 foreign[i]);
        snprintf(want, sizeof want,
                 SHOWN("", "", "", ",\"events\":[{\"timeUnixNano\":\"2000\",\"name\":\"%s\"}],\"status\":{}"),
                 foreign[i]);
        reads(text, want, "an annotation that only looks like more");
    }
    reads(ONE(",\"tags\":{\"a\":\"b\",\"error\":\"true\"},\"annotations\":[{\"value\":\"e|{\\\"k\\\":1}|0\","
              "\"timestamp\":2}],\"localEndpoint\":{\"ipv4\":\"1.2.3.4\"}"),
          SHOWN("", "", "",
                ",\"attributes\":[" STR("a", "b") "," STR(
                    "net.host.ip", "1.2.3.4") "],\"events\":[{\"timeUnixNano\":\"2000\",\"name\":\"e\",\"attributes\":"
                                              "[" ATTR("k", "\"intValue\":\"1\"") "]}],\"status\":{\"code\":2}"),
          "attributes of events between tags and endpoints");
}

static void test_links(void)
{
    reads(TAGS(LINK("10", "|{}|0") "," LINK("1", "a=b|{\\\"k\\\":\\\"v\\\"}|2") "," LINK("0", "|{}|0") "," LINK(
              "3", "|{}|0")),
          SPAN(",\"attributes\":[" STR("otlp.link.10", C32 "|0000000000000001||{}|0") "," STR(
              "otlp.link.3", C32
              "|0000000000000001||{}|0") "],\"links\":[" LOUT("") "," LOUT(",\"traceState\":\"a=b\","
                                                                           "\"attributes\":[" STR("k", "v") "],"
                                                                                                            "\"dropp"
                                                                                                            "edAttri"
                                                                                                            "butesCo"
                                                                                                            "unt\":"
                                                                                                            "2") "]"),
          "links in order, up to the first gap");
    static const char *const bad[] = {"x|0000000000000001||{}|0",
                                      C32 "|1||{}|0",
                                      C32 "|0000000000000001||{}",
                                      C32 "|0000000000000001||{x}|0",
                                      "",
                                      C32};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tk_link l;
        struct tk_batch *b = tk_batch_new();
        ok(!tki_zipkin_link(b, tki_str(bad[i]), &l) && b->nattrs == 0, "no link: %s", bad[i]);
        tk_batch_free(b);
    }
    struct tk_link l;
    struct tk_batch *b = tk_batch_new();
    ok(tki_zipkin_link(b, TKI_STR("||a=b|{}|0"), &l) && tki_id_zero(l.trace_id) && !l.span_id && l.trace_state.n == 3,
       "the collector writes ids that are zero as nothing");
    tk_batch_free(b);
}

static void test_needs(void)
{
    static const char text[] =
        "[{" ID ",\"name\":\"op\",\"timestamp\":1,\"localEndpoint\":{\"serviceName\":\"web\",\"ipv4\":\"1.2."
        "3.4\"},\"annotations\":[{\"timestamp\":1,"
        "\"value\":\"e|{\\\"k\\\":1}|0\"}],\"shared\":true,\"tags\":{\"a\":\"b\",\"otel.status_code\":"
        "\"ERROR\",\"error\":\"why\",\"span.kind\":\"internal\","
        "\"otel.scope.name\":\"lib\",\"w3c.tracestate\":\"a=b\"," LINK("0", "|{\\\"k\\\":1}|0") "}}]";
    static const unsigned cases[] = {1u << 9,          TK_NEED_NAME,  TK_NEED_STATE,  TK_NEED_SCOPE,
                                     TK_NEED_RESOURCE, TK_NEED_LINKS, TK_NEED_EVENTS, TK_NEED_ATTRS};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned n = cases[i];
        struct tk_batch *b = read_needs(ZIPKIN, tki_str(text), n, 0);
        const struct tk_span *s = b->spans;
        ok(b->nspans == 1 && s->kind == TK_KIND_INTERNAL && s->status == TK_STATUS_ERROR && s->links.count == 1 &&
               s->events.count == 1 && tki_str_eq(b->resources[s->resource].service, TKI_STR("web")),
           "needs %x: kind, status, counts and service are there", n);
        ok((s->name.n > 0) == (n == TK_NEED_NAME) && (s->trace_state.n > 0) == (n == TK_NEED_STATE) &&
               (s->status_message.n > 0) == (n == TK_NEED_STATE) &&
               b->scopes[s->scope].present == (n == TK_NEED_SCOPE) && b->nlinks == (n == TK_NEED_LINKS) &&
               b->nevents == (n == TK_NEED_EVENTS) &&
               b->resources[s->resource].attrs.count == (n == TK_NEED_RESOURCE) &&
               s->attrs.count == (n == TK_NEED_ATTRS ? 3 : 0),
           "and nothing else");
        tk_batch_free(b);
    }
}

static void test_faults(void)
{
    fails(ZIPKIN, "[{\"traceId\":\"1\",\"id\":null}]", 1, "expected a span with traceId and id, found '{'");
    fails(ZIPKIN, "[{\"id\":\"1\"}]", 1, "expected a span with traceId and id, found '{'");
    fails(ZIPKIN, "[{" ID ",\"annotations\":[{\"value\":\"x\"}]}]", 70,
          "expected an annotation with timestamp and value, found '{'");
    fails(ZIPKIN, "[{" ID ",\"annotations\":[{\"timestamp\":5,\"value\":null}]}]", 70,
          "expected an annotation with timestamp and value, found '{'");
    fails(ZIPKIN, "[{" ID ",\"annotations\":[{\"timestamp\":5,\"endpoint\":{}}]}]", 70,
          "expected an annotation with timestamp and value, found '{'");
    fails(ZIPKIN, "[[[{" ID "}]]]", 2, "expected an object, found '['");
    fails(ZIPKIN, "[{" ID ",\"tags\":[]}]", 62, "expected an object, found '['");
}

/* A bad span is skipped, and the rest of its list is read. */
static void test_resync(void)
{
    static const char *const texts[] = {
        "[{" ID "},{\"traceId\":\"a\"},{\"traceId\":\"a\",\"id\":\"2\"}]\n[{\"traceId\":\"a\",\"id\":\"3\"}]",
        "[[{" ID "}],[{\"traceId\":\"a\",\"id\":\"2\"},{\"traceId\":5}],[{\"traceId\":\"a\",\"id\":\"3\"}]]",
        "{" ID "}\n{\"traceId\":\"a\",\"id\":\"2\"}\n{\"x\":1}\n{\"traceId\":\"a\",\"id\":\"3\"}\n",
    };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct tk_batch *b = tk_batch_new();
        struct tk_err err = {0};
        char text[500] = "";
        memcpy(text, texts[i], strlen(texts[i]));
        struct tki_decode d = {.in = {text, strlen(text)}, .needs = TK_NEED_COPY, .batch = b, .err = &err};
        is_int(ZIPKIN->decode(&d), TK_EINVALID, "a bad span");
        ok(ZIPKIN->resync(&d), "its end is found");
        is_int(ZIPKIN->decode(&d), 0, "the rest is read");
        ok(b->nspans == 3 && b->spans[0].span_id == 11 && b->spans[1].span_id == 2 && b->spans[2].span_id == 3,
           "all but the bad one");
        is_uint(d.records, 3, "three records");
        tk_batch_free(b);
    }
}

static void test_bid(void)
{
    static const struct {
        const char *text;
        bool ours;
    } cases[] = {
        {"[{" ID, true},
        {"[[{\"name\":\"x\",\"id\":\"1\",\"traceId\":\"2\"", true},
        {"{" ID "}", true},
        {"\xef\xbb\xbf [ ] ", false},
        {" [] ", true},
        {"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"1\",\"id\":\"x\"", false},
        {"[{\"traceID\":\"1\",\"id\":\"1\"}]", false},
        {"[{\"traceId\":\"1\",\"spanId\":\"1\"}]", false},
        {"{\"id\":\"1\",\"trace_id\":\"1-5\"}", false},
        {"{}", false},
        {"", false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        is_int(bid_for(ZIPKIN, tki_str(cases[i].text)) > 0, cases[i].ours, "%s", cases[i].text);
}

int main(void)
{
    test_shapes();
    test_fields();
    test_endpoints();
    test_tags();
    test_status();
    test_annotations();
    test_links();
    test_needs();
    test_faults();
    test_resync();
    test_bid();
    corpus_counts(ZIPKIN, "zipkin/", (const char *const[]){"zipkin-v2", "zipkin-single", NULL}, "V1Span");
    return done_testing();
}
