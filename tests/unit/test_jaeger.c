/* Reading Jaeger API JSON: every rule, with the trap that belongs to it. */
#include "jaeger_texts.h"

static void reads(const char *text, const char *want, const char *what)
{
    struct tk_batch *b = read_text(JAEGER, text);
    is_str(shown(b), want, "%s", what);
    tk_batch_free(b);
}

static void test_shapes(void)
{
    static const char trace[] = "{\"traceID\":\"a\",\"spans\":[{" ID ",\"processID\":\"p1\",\"operationName\":\"op\"}],"
                                "\"processes\":{\"p1\":{\"serviceName\":\"web\",\"tags\":[]}},\"warnings\":null}";
    static const char want[] = SPAN("", "");
    char text[2000];
    reads(trace, want, "a bare trace");
    static const char *const around[][2] = {{"[", "]"},
                                            {"{\"data\":[", "],\"total\":0,\"errors\":null}"},
                                            {"{\"total\":0,\"data\":", "}"},
                                            {"{\"data\":[null,", ",]}"},
                                            {" \r\n", "\n"}};
    for (unsigned i = 0; i < sizeof around / sizeof *around; i++) {
        snprintf(text, sizeof text, "%s%s%s", around[i][0], trace, around[i][1]);
        reads(text, want, "a trace inside something");
    }
    snprintf(text, sizeof text, "%s\n{\"data\":[%s]}[%s]", trace, trace, trace);
    struct tk_batch *b = read_text(JAEGER, text);
    is_uint(b->nspans, 3, "documents one after another");
    tk_batch_free(b);
    static const char *const empty[] = {"",
                                        "{}",
                                        "[]",
                                        "null",
                                        "{\"data\":[]}",
                                        "{\"data\":null}",
                                        "{\"data\":[],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}",
                                        "{\"traceID\":\"1\",\"spans\":null}"};
    for (unsigned i = 0; i < sizeof empty / sizeof *empty; i++) {
        b = read_text(JAEGER, empty[i]);
        is_uint(b->nspans, 0, "nothing in %s", empty[i]);
        tk_batch_free(b);
    }
}

static void test_ids_and_times(void)
{
    struct tk_batch *b =
        read_text(JAEGER, "{\"spans\":[{\"traceID\":\"1f\",\"spanID\":\"2\"},{\"spanID\":\"B\"}],\"traceID\":"
                          "\"83A9EFD15C1C98A977E0711CC93EE28B\"}");
    ok(b->spans[0].trace_id.hi == 0 && b->spans[0].trace_id.lo == 0x1f && b->spans[0].span_id == 2,
       "short ids are padded on the left");
    ok(b->spans[1].trace_id.hi == 0x83a9efd15c1c98a9 && b->spans[1].span_id == 11,
       "a span without a trace id has its trace's");
    ok(!b->resources[b->spans[0].resource].present && b->spans[0].resource == b->spans[1].resource,
       "spans without a process share a resource of which nothing is said");
    tk_batch_free(b);
    static const struct {
        const char *start, *duration;
        uint64_t start_ns, end_ns;
    } times[] = {
        {"1679437737490012", "36", 1679437737490012000u, 1679437737490048000u},
        {"\"1679437737490012\"", "\"36\"", 1679437737490012000u, 1679437737490048000u},
        {"1679437737490012.345678", "0.5", 1679437737490012345u, 1679437737490012845u},
        {"1.679437737490012e15", "3.6E1", 1679437737490012000u, 1679437737490048000u},
        {"16794377374900120e-1", "null", 1679437737490012000u, 1679437737490012000u},
        {"9007199254740993", "1", 9007199254740993000u, 9007199254740994000u},
        {"10", "-4", 10000, 6000},
        {"-5", "0", 0, 0},
    };
    for (unsigned i = 0; i < sizeof times / sizeof *times; i++) {
        char text[500];
        snprintf(text, sizeof text, "{\"spans\":[{" ID ",\"duration\":%s,\"startTime\":%s}]}", times[i].duration,
                 times[i].start);
        b = read_text(JAEGER, text);
        is_uint(b->spans[0].start_ns, times[i].start_ns, "startTime %s", times[i].start);
        is_uint(b->spans[0].end_ns, times[i].end_ns, "duration %s", times[i].duration);
        tk_batch_free(b);
    }
}

static void test_tag_types(void)
{
#define A(members) SPAN(",\"attributes\":[" members "]", "")
    reads(TAGS("{\"key\":\"a\",\"type\":\"string\",\"value\":\"x\\ny\"},{\"key\":\"b\",\"type\":\"bool\","
               "\"value\":false},"
               "{\"key\":\"c\",\"type\":\"int64\",\"value\":-12},{\"key\":\"d\",\"type\":\"float64\","
               "\"value\":2},"
               "{\"key\":\"e\",\"type\":\"binary\",\"value\":\"AAECAw==\"}"),
          A(ATTR("a", "\"stringValue\":\"x\\ny\"") "," ATTR("b", "\"boolValue\":false") "," ATTR(
              "c", "\"intValue\":\"-12\"") "," ATTR("d", "\"doubleValue\":2") "," ATTR("e",
                                                                                       "\"bytesValue\":\"AAECAw==\"")),
          "the five types");
    reads(TAGS("{\"key\":\"a\",\"type\":\"int64\",\"value\":\"9007199254740993\"},{\"key\":\"b\",\"type\":"
               "\"bool\",\"value\":\"true\"},"
               "{\"key\":\"c\",\"type\":\"float64\",\"value\":\"NaN\"},{\"key\":\"d\",\"type\":\"float64\","
               "\"value\":\"0.5\"},"
               "{\"key\":\"e\",\"type\":\"int64\",\"value\":\"-9223372036854775808\"}"),
          A(ATTR("a", "\"intValue\":\"9007199254740993\"") "," ATTR("b", "\"boolValue\":true") "," ATTR(
              "c", "\"doubleValue\":\"NaN\"") "," ATTR("d", "\"doubleValue\":0.5") "," ATTR("e",
                                                                                            "\"intValue\":\"-"
                                                                                            "9223372036854775808\"")),
          "values in quotes under their type");
    reads(
        TAGS("{\"key\":\"a\",\"type\":\"INT64\",\"value\":\"5\"},{\"key\":\"b\",\"type\":\"LONG\",\"value\":5.0},"
             "{\"key\":\"c\",\"type\":\"Bool\",\"value\":\"true\"},{\"key\":\"d\",\"type\":\"int64\",\"value\":1e19}"),
        A(ATTR("a", "\"intValue\":\"5\"") "," ATTR("b", "\"intValue\":\"5\"") "," ATTR(
            "c", "\"boolValue\":true") "," ATTR("d", "\"doubleValue\":10000000000000000000")),
        "types in capitals, whole numbers with a point");
    reads(TAGS("{\"key\":\"a\",\"value\":\"x\"},{\"key\":\"b\",\"value\":7},{\"key\":\"c\",\"value\":7.5},{"
               "\"key\":\"d\",\"value\":true},"
               "{\"key\":\"e\",\"value\":null},{\"key\":\"f\",\"type\":\"color\",\"value\":1}"),
          A(ATTR("a", "\"stringValue\":\"x\"") "," ATTR("b", "\"intValue\":\"7\"") "," ATTR(
              "c", "\"doubleValue\":7.5") "," ATTR("d", "\"boolValue\":true") "," ATTR("e", "") "," ATTR("f",
                                                                                                         "\"intValue\":"
                                                                                                         "\"1\"")),
          "no type, and an unknown one");
    reads(
        TAGS("{\"key\":\"a\",\"type\":\"int64\",\"value\":\"many\"},{\"key\":\"b\",\"type\":\"string\","
             "\"value\":500},"
             "{\"key\":\"c\",\"type\":\"int64\",\"value\":1.5},{\"key\":\"d\",\"type\":\"string\","
             "\"value\":{\"x\":[1]}},"
             "{\"key\":\"e\",\"type\":\"binary\",\"value\":null},{\"key\":\"f\",\"type\":\"binary\","
             "\"value\":\"*\"}"),
        A(ATTR("a", "\"stringValue\":\"many\"") "," ATTR("b", "\"stringValue\":\"500\"") "," ATTR(
            "c",
            "\"d"
            "oub"
            "leV"
            "alu"
            "e\""
            ":1."
            "5") "," ATTR("d",
                          "\"stringValue\":\"{\\\"x\\\":[1]}\"") "," ATTR("e",
                                                                          "\"bytesValue\":\"\"") "," ATTR("f",
                                                                                                          "\"stringValue"
                                                                                                          "\":\"*\"")),
        "values that are not of their type are kept as they are");
    reads(TAGS("{ \"value\" : \"5\" , \"extra\":[{}], \"type\":\"int64\",\"key\":\"a\"},null"),
          A(ATTR("a", "\"intValue\":\"5\"")), "value before type before key, something more, and null");
    reads(TAGS(STR("a", "1") "," STR("b", "2") "," STR("a", "3")),
          A(ATTR("a", "\"stringValue\":\"1\"") "," ATTR("b", "\"stringValue\":\"2\"") "," ATTR(
              "a", "\"stringValue\":\"3\"")),
          "duplicates stay, in order");
}

static void test_status(void)
{
#define T "{\"key\":\"error\",\"type\":\"bool\",\"value\":true}"
    reads(TAGS(T), SPAN("", "\"code\":2"), "error=true");
    reads(TAGS("{\"key\":\"error\",\"type\":\"bool\",\"value\":\"true\"}"), SPAN("", "\"code\":2"),
          "error as a bool in quotes");
    reads(TAGS(STR("error", "true")),
          SPAN(",\"attributes\":[" ATTR("error", "\"stringValue\":\"true\"") "]", "\"code\":2"),
          "error as the text true is an error, and stays");
    reads(TAGS(STR("error", "timeout")), SPAN(",\"attributes\":[" ATTR("error", "\"stringValue\":\"timeout\"") "]", ""),
          "error as another text says nothing");
    reads(TAGS("{\"key\":\"error\",\"type\":\"bool\",\"value\":false}"),
          SPAN(",\"attributes\":[" ATTR("error", "\"boolValue\":false") "]", ""), "error=false says nothing");
    reads(TAGS(STR("otel.status_description", "why") "," T "," STR("otel.status_code", "OK")),
          SPAN("", "\"message\":\"why\",\"code\":2"), "error=true comes before otel.status_code");
    reads(TAGS(STR("otel.status_code", "Ok") "," STR("otel.status_description", "fine")),
          SPAN("", "\"message\":\"fine\",\"code\":1"), "otel.status_code of any case");
    reads(TAGS(STR("otel.status_code", "ERROR")), SPAN("", "\"code\":2"), "otel.status_code alone");
    reads(TAGS(STR("otel.status_code", "WEIRD")),
          SPAN(",\"attributes\":[" ATTR("otel.status_code", "\"stringValue\":\"WEIRD\"") "]", ""),
          "an unknown otel.status_code stays");
    reads(TAGS(STR("otel.status_description", "why")),
          SPAN(",\"attributes\":[" ATTR("otel.status_description", "\"stringValue\":\"why\"") "]", ""),
          "a description of nothing stays");
    reads(TAGS("{\"key\":\"http.status_code\",\"type\":\"int64\",\"value\":500}"),
          SPAN(",\"attributes\":[" ATTR("http.status_code", "\"intValue\":\"500\"") "]", ""),
          "no status is made up from http.status_code");
    reads(TAGS(STR("http.status_message", "gone") "," T),
          SPAN(",\"attributes\":[" ATTR("http.status_message", "\"stringValue\":\"gone\"") "]",
               "\"message\":\"gone\",\"code\":2"),
          "http.status_message stands in for a description, and stays");
}

static void test_words(void)
{
    reads(TAGS(STR("span.kind", "SERVER")), SPAN(",\"kind\":2", ""), "span.kind of any case");
    reads(TAGS(STR("span.kind", "broker")),
          SPAN(",\"attributes\":[" ATTR("span.kind", "\"stringValue\":\"broker\"") "]", ""), "an unknown kind stays");
    reads(TAGS(STR("span.kind", "odd") "," STR("span.kind", "client")),
          SPAN(",\"kind\":3,\"attributes\":[" ATTR("span.kind", "\"stringValue\":\"odd\"") "]", ""),
          "the last of two kinds counts");
    reads(TAGS(STR("a", "1") "," STR("otel.scope.version", "2") "," STR("otel.scope.name",
                                                                        "lib") "," STR("otel.scope.name", "other")),
          SHOWN("\"scope\":{\"name\":\"lib\",\"version\":\"2\"},",
                "\"name\":\"op\",\"attributes\":[" ATTR("a", "\"stringValue\":\"1\"") "," ATTR(
                    "otel.scope.name", "\"stringValue\":\"other\"") "],\"status\":{}"),
          "scope, the first of two names");
    reads(TAGS(STR("otel.scope.version", "2")),
          SPAN(",\"attributes\":[" ATTR("otel.scope.version", "\"stringValue\":\"2\"") "]", ""),
          "a version without a name stays");
    reads(TAGS(STR("otel.library.name", "lib")),
          SPAN(",\"attributes\":[" ATTR("otel.library.name", "\"stringValue\":\"lib\"") "]", ""),
          "otel.library.name is an attribute like others");
    reads(TAGS(STR("w3c.tracestate",
                   "ot=th:8") ",{\"key\":\"otel.dropped_events_count\",\"type\":\"int64\",\"value\":3}"),
          SHOWN("", "\"traceState\":\"ot=th:8\",\"name\":\"op\",\"droppedEventsCount\":3,\"status\":{}"),
          "trace state and dropped counts");
    reads(ONE("\"flags\":1"), SHOWN("", "\"flags\":1,\"name\":\"op\",\"status\":{}"), "sampled");
    reads(ONE("\"flags\":257"), SHOWN("", "\"flags\":257,\"name\":\"op\",\"status\":{}"), "flags of OpenTelemetry");
    reads(ONE("\"flags\":3"),
          SHOWN("", "\"flags\":1,\"name\":\"op\",\"attributes\":[" ATTR("@jaeger@flags",
                                                                        "\"intValue\":\"3\"") "],\"status\":{}"),
          "flags of Jaeger");
    reads(ONE("\"tags\":[" STR("a", "1") "],\"logs\":[{\"timestamp\":5,\"fields\":[" STR(
              "x", "1") "]}],\"warnings\":[\"skewed\",\"late\"]"),
          SPAN(",\"attributes\":[" ATTR("a", "\"stringValue\":\"1\"") "," ATTR(
                   "@jaeger@warnings",
                   "\"arrayValue\":{\"values\":[{\"stringValue\":"
                   "\"skewed\"},{\"stringValue\":\"late\"}]}") "],\"events\":[{\"timeUnixNano\":\"5000\","
                                                               "\"attributes\":[" ATTR("x", "\"stringValue\":"
                                                                                            "\"1\"") "]}]",
               ""),
          "warnings behind the tags, with logs between");
}

static void test_references(void)
{
#define PARENT(id, rest) SHOWN("", "\"parentSpanId\":\"" id "\",\"name\":\"op\"" rest ",\"status\":{}")
#define LINK(trace, span, type)                     \
    "{\"traceId\":\"" trace "\",\"spanId\":\"" span \
    "\",\"attributes\":[" ATTR("opentracing.ref_type", "\"stringValue\":\"" type "\"") "]}"
    reads(ONE("\"references\":[" REF("CHILD_OF", HERE, "1") "]"), PARENT("0000000000000001", ""), "the parent");
    reads(ONE("\"references\":[" REF("FOLLOWS_FROM", HERE, "2") "," REF("CHILD_OF", HERE, "1") "," REF("CHILD_OF", HERE,
                                                                                                       "3") "]"),
          PARENT("0000000000000001", ",\"links\":[" LINK(A32, "0000000000000002", "follows_from") "," LINK(
                                         A32, "0000000000000003", "child_of") "]"),
          "the first CHILD_OF, though not the first reference; the others are links");
    reads(ONE("\"references\":[" REF("CHILD_OF", "b", "9") "," REF("FOLLOWS_FROM", "a", "2") "]"),
          PARENT("0000000000000002", ",\"links\":[" LINK(B32, "0000000000000009", "child_of") "," LINK(
                                         A32, "0000000000000002", "follows_from") "]"),
          "a CHILD_OF of another trace is no parent; a FOLLOWS_FROM is, and stays a link");
    reads(ONE("\"references\":[" REF("FOLLOWS_FROM", HERE, "2") "],\"parentSpanID\":\"7\""),
          PARENT("0000000000000007", ",\"links\":[" LINK(A32, "0000000000000002", "follows_from") "]"),
          "parentSpanID that no reference repeats");
    reads(ONE("\"parentSpanID\":\"1\",\"references\":[" REF("CHILD_OF", HERE, "1") "]"), PARENT("0000000000000001", ""),
          "parentSpanID repeated");
    reads(ONE("\"references\":[{\"refType\":\"CHILD_OF\",\"spanID\":\"1\"},null]"), PARENT("0000000000000001", ""),
          "a reference without a trace is of the same trace");
    reads(ONE("\"references\":[{}," REF("CHILD_OF", HERE, "0") "," REF("FOLLOWS_FROM", "b",
                                                                       "0") "," REF("CHILD_OF", HERE, "1") "]"),
          PARENT("0000000000000001", ",\"links\":[{\"traceId\":\"" B32 "\",\"attributes\":[" ATTR(
                                         "opentracing.ref_type", "\"stringValue\":\"follows_from\"") "]}]"),
          "a reference without a span may mean another trace");
    struct tki_buf deep = {0};
    tki_buf_lit(&deep, "{\"spans\":[{" ID ",\"references\":[");
    for (int i = 0; i < 5000; i++)
        tki_buf_lit(&deep, "{\"refType\":\"CHILD_OF\",\"traceID\":\"a\",\"spanID\":\"c\",\"span\":{\"x\":\"]"
                           "\\\"}\",\"references\":[");
    for (int i = 0; i < 5000; i++)
        tki_buf_lit(&deep, "]}}");
    tki_buf_lit(&deep, "]}]}");
    struct tk_batch *b = read_needs(JAEGER, (tk_str){deep.p, deep.n}, TK_NEED_COPY, 0);
    ok(b->nspans == 1 && b->spans[0].parent_id == 12, "spans nested 5000 deep in references are skipped");
    tk_batch_free(b);
    tki_buf_free(&deep);
}

static void test_processes(void)
{
    struct tk_batch *b =
        read_text(JAEGER, "{\"spans\":[{\"spanID\":\"1\",\"processID\":\"p2\"},{\"spanID\":\"2\",\"processID\":\"p1\"},"
                          "{\"spanID\":\"3\",\"processID\":\"p2\"},{\"spanID\":\"4\",\"processID\":\"p9\"}],"
                          "\"processes\":{\"p1\":{\"serviceName\":\"one\"},\"p2\":{\"tags\":[" STR(
                              "x", "y") "],\"serviceName\":\"two\"},"
                                        "\"p3\":{\"serviceName\":\"unused\"}},\"traceID\":\"5\"}");
    is_uint(b->nresources, 3, "a resource a process that is used");
    ok(b->spans[0].resource == 0 && b->spans[1].resource == 1 && b->spans[2].resource == 0,
       "in the order of first use");
    ok(tki_str_eq(b->resources[0].service, TKI_STR("two")) && b->resources[0].attrs.count == 2,
       "filled though the table came later");
    ok(!b->resources[2].present && b->resources[2].service.n == 0, "a process that is missing");
    tk_batch_free(b);
    reads("{\"processes\":{\"p1\":{\"serviceName\":\"web\"}},\"spans\":[{" ID
          ",\"operationName\":\"op\",\"processID\":\"p1\"}]}",
          SPAN("", ""), "the table before the spans");
    reads("{\"spans\":[{" ID ",\"operationName\":\"op\",\"process\":{\"serviceName\":\"web\",\"tags\":[]}}]}",
          SPAN("", ""), "a process inside its span");
    reads("{\"spans\":[{" ID ",\"operationName\":\"op\",\"processID\":\"p1\",\"process\":{\"serviceName\":"
          "\"computed by the UI\"}}],"
          "\"processes\":{\"p1\":{\"serviceName\":\"web\"}}}",
          SPAN("", ""), "the table comes before a process inside");
    b = read_text(JAEGER, "{\"spans\":[{\"spanID\":\"1\",\"process\":{\"serviceName\":\"a\"}},{\"spanID\":"
                          "\"2\",\"process\":{\"serviceName\":\"a\"}},"
                          "{\"spanID\":\"3\",\"process\":{\"serviceName\":\"b\"}}]}");
    ok(b->nresources == 2 && b->spans[1].resource == 0 && b->spans[2].resource == 1,
       "equal processes inside are one resource");
    tk_batch_free(b);
    b = read_text(JAEGER, "{\"spans\":[{\"spanID\":\"1\",\"processID\":\"p1\"}],\"processes\":{\"p1\":{"
                          "\"serviceName\":\"OTLPResourceNoServiceName\","
                          "\"tags\":[" STR("hostname", "h") "," STR("jaeger.version", "Go-2.30") "]}}}");
    ok(b->resources[0].present && b->resources[0].service.n == 0 && b->resources[0].attrs.count == 2,
       "no service, and the tags are kept");
    const struct tk_attr *a = b->attrs + b->resources[0].attrs.first;
    ok(TKI_STR_IS(a[0].key, "host.name") && TKI_STR_IS(a[1].key, "opencensus.exporterversion") && a[1].value.n == 14 &&
           memcmp(a[1].value.v.s, "Jaeger-Go-2.30", 14) == 0,
       "tags of clients have OpenTelemetry's names");
    tk_batch_free(b);
    b = read_text(JAEGER,
                  "{\"spans\":[{\"spanID\":\"1\",\"processID\":\"p1\"}],\"processes\":{\"p1\":{"
                  "\"tags\":[" STR("jaeger.version", "Go-2.30") "," STR("opencensus.exporterversion", "x") "]}}}");
    a = b->attrs + b->resources[0].attrs.first;
    ok(TKI_STR_IS(a[0].key, "jaeger.version") && TKI_STR_IS(a[1].key, "opencensus.exporterversion"),
       "unless those are taken");
    tk_batch_free(b);
    b = read_text(JAEGER, "{\"data\":[{\"spans\":[{\"spanID\":\"1\",\"processID\":\"p1\"}],\"processes\":{"
                          "\"p1\":{\"serviceName\":\"x\",\"tags\":[" STR(
                              "k", "v") "]}}},"
                                        "{\"spans\":[{\"spanID\":\"1\",\"processID\":\"p1\"}]}]}");
    ok(b->nresources == 2 && b->resources[1].service.n == 0 && b->resources[1].attrs.count == 0,
       "processes do not leak into the next trace");
    tk_batch_free(b);
    struct tki_buf many = {0};
    tki_buf_lit(&many, "{\"spans\":[");
    for (int i = 0; i < 500; i++)
        tki_buf_printf(&many, "%s{\"spanID\":\"%d\",\"processID\":\"p%d\"}", i ? "," : "", i + 1, i % 200);
    tki_buf_lit(&many, "],\"processes\":{");
    for (int i = 199; i >= 0; i--)
        tki_buf_printf(&many, "%s\"p%d\":{\"serviceName\":\"s%d\"}", i < 199 ? "," : "", i, i);
    tki_buf_lit(&many, "}}");
    b = read_needs(JAEGER, (tk_str){many.p, many.n}, TK_NEED_COPY, 0);
    bool good = b->nspans == 500 && b->nresources == 200;
    for (uint32_t i = 0; good && i < 500; i++) {
        char name[8];
        snprintf(name, sizeof name, "s%u", i % 200);
        good = tki_str_eq(b->resources[b->spans[i].resource].service, tki_str(name));
    }
    ok(good, "two hundred processes");
    tk_batch_free(b);
    tki_buf_free(&many);
}

static void test_logs(void)
{
    reads(ONE("\"logs\":[{\"timestamp\":1679437737490012.5,\"fields\":[" STR("k", "v") "," STR(
              "event", "retry") "," STR("event", "x") "]},"
                                                      "{\"fields\":[],\"timestamp\":7},{\"fields\":null},"
                                                      "{\"fields\":[{\"key\":\"otel.dropped_attributes_"
                                                      "count\",\"type\":\"int64\",\"value\":4},{\"key\":"
                                                      "\"event\",\"type\":\"int64\",\"value\":1}]}]"),
          SPAN(",\"events\":[{\"timeUnixNano\":\"1679437737490012500\",\"name\":\"retry\",\"attributes\":"
               "[" ATTR("k", "\"stringValue\":\"v\"") "," ATTR(
                   "event", "\"stringValue\":\"x\"") "]},{\"timeUnixNano\":\"7000\"},{},{\"attributes\":"
                                                     "[" ATTR("event", "\"intValue\":\"1\"") "],"
                                                                                             "\"droppedAttribu"
                                                                                             "tesCount\":4}]",
               ""),
          "names, fields, none, dropped");
}

/* What is not asked for is not there; what always is, is right all the same. */
static void test_needs(void)
{
    static const char text[] =
        "{\"spans\":[{" ID ",\"operationName\":\"op\",\"references\":[{\"refType\":\"CHILD_OF\","
        "\"traceID\":\"a\",\"spanID\":\"1\"},"
        "{\"refType\":\"FOLLOWS_FROM\",\"traceID\":\"c\",\"spanID\":\"2\"}],\"tags\":[" STR(
            "x", "a\\\"b") ",{\"key\":\"n\",\"type\":"
                           "\"float64\",\"value\":1.5}," STR("otel.scope.name", "lib") "," STR(
                               "span.kind", "client") ",{\"key\":\"error\",\"type\":\"bool\",\"value\":"
                                                      "true}," STR("otel.status_description", "why") "," STR(
                                                          "w3c.tracestate",
                                                          "a=b") "],\"logs\":[{"
                                                                 "\"timestamp\":1,"
                                                                 "\"fields\":"
                                                                 "[" STR("k", "v") "]},"
                                                                                   "{}]"
                                                                                   ","
                                                                                   "\"p"
                                                                                   "roc"
                                                                                   "ess"
                                                                                   "ID"
                                                                                   "\":"
                                                                                   "\"p"
                                                                                   "1\""
                                                                                   ",\""
                                                                                   "war"
                                                                                   "nin"
                                                                                   "gs"
                                                                                   "\":"
                                                                                   "[\""
                                                                                   "w\""
                                                                                   "]}]"
                                                                                   ",\""
                                                                                   "pro"
                                                                                   "ces"
                                                                                   "ses"
                                                                                   "\":"
                                                                                   "{\""
                                                                                   "p1"
                                                                                   "\":"
                                                                                   "{\""
                                                                                   "ser"
                                                                                   "vic"
                                                                                   "eNa"
                                                                                   "me"
                                                                                   "\":"
                                                                                   "\"w"
                                                                                   "eb"
                                                                                   "\","
                                                                                   "\"t"
                                                                                   "ags"
                                                                                   "\":"
                                                                                   "[" STR("h", "i") "]}}}";
    static const unsigned cases[] = {1u << 9,          TK_NEED_NAME,  TK_NEED_STATE,  TK_NEED_SCOPE,
                                     TK_NEED_RESOURCE, TK_NEED_LINKS, TK_NEED_EVENTS, TK_NEED_ATTRS};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned n = cases[i];
        struct tk_batch *b = read_needs(JAEGER, tki_str(text), n, 0);
        const struct tk_span *s = b->spans;
        ok(b->nspans == 1 && s->span_id == 11 && s->parent_id == 1 && s->kind == TK_KIND_CLIENT &&
               s->status == TK_STATUS_ERROR && s->links.count == 1 && s->events.count == 2 &&
               tki_str_eq(b->resources[s->resource].service, TKI_STR("web")),
           "needs %x: ids, kind, status, counts and service are there", n);
        is_uint(b->nattrs,
                n == TK_NEED_RESOURCE ? 2
                : n == TK_NEED_LINKS  ? 1
                : n == TK_NEED_EVENTS ? 1
                : n == TK_NEED_ATTRS  ? 3
                                      : 0,
                "attributes");
        ok((s->name.n > 0) == (n == TK_NEED_NAME) && (s->trace_state.n > 0) == (n == TK_NEED_STATE) &&
               (s->status_message.n > 0) == (n == TK_NEED_STATE) &&
               b->scopes[s->scope].present == (n == TK_NEED_SCOPE) && b->nlinks == (n == TK_NEED_LINKS) &&
               b->nevents == (n == TK_NEED_EVENTS ? 2 : 0),
           "and nothing else");
        tk_batch_free(b);
    }
}

static void test_faults(void)
{
    fails(JAEGER, "{\"data\":[{\"traceID\":\"1\"}]}", 9, "expected a trace with \"spans\", found '{'");
    fails(JAEGER, "{\"traceID\":\"1\",\"spanID\":\"2\",\"operationName\":\"x\"}", 0,
          "expected \"data\" or \"spans\" in the document, found '{'");
    fails(JAEGER, "{\"data\":null,\"errors\":[{\"code\":404,\"msg\":\"trace not found\"}]}", 0,
          "this is an error message of a Jaeger server, not traces");
    fails(JAEGER, "{\"spans\":[{\"traceId\":\"1\"}]}", 10, "expected a span with spanID, found '{'");
    fails(JAEGER, TRACE(ID ",\"startTime\":\"yesterday\""), 103, "expected a time as a decimal number, found '\"'");
    fails(JAEGER, "{\"spans\":[{" ID ",\"tags\":{}}]}", 75, "expected an array, found '{'");
    fails(JAEGER, "{\"spans\":[{" ID ",\"startTime\":99999999999999999999}]}", 80,
          "expected a time as a decimal number, found '9'");
}

/* A bad trace is skipped, or its bad span, and the rest of its document is read. */
static void test_resync(void)
{
    static const char *const texts[] = {
        "{\"data\":[{\"spans\":[{\"spanID\":\"1\"}]},{\"spans\":[{\"spanID\":5}]},{\"spans\":[{\"spanID\":"
        "\"3\"}]}],\"total\":0,\"errors\":null}\n"
        "{\"data\":[{\"spans\":[{\"spanID\":\"4\"}]}]}",
        "{\"data\":[{\"spans\":[{\"spanID\":\"1\"}]},{\"spans\":[{\"spanID\":\"3\"}]},{\"spans\":7}],"
        "\"total\":{\"a\":1}}[{\"spans\":[{\"spanID\":\"4\"}]}]",
        "[{\"spans\":[{\"spanID\":\"1\"}]},{\"spans\":[{\"spanID\":\"3\"}]},{\"x\":7}]\n{\"spans\":[{"
        "\"spanID\":\"4\"}]}",
    };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct tk_batch *b = tk_batch_new();
        struct tk_err err = {0};
        char text[1000] = "";
        memcpy(text, texts[i], strlen(texts[i]));
        struct tki_decode d = {.in = {text, strlen(text)}, .needs = TK_NEED_COPY, .batch = b, .err = &err};
        is_int(JAEGER->decode(&d), TK_EINVALID, "a bad trace");
        ok(JAEGER->resync(&d), "its end is found");
        is_int(JAEGER->decode(&d), 0, "the rest is read");
        ok(b->nspans == 3 && b->spans[0].span_id == 1 && b->spans[1].span_id == 3 && b->spans[2].span_id == 4,
           "all but the bad one");
        is_uint(d.records, i == 0 ? 4 : 3, "a trace whose only span is bad is one all the same");
        tk_batch_free(b);
    }
}

/* A fault behind a trace that was skipped, outside any other. */
static void test_fault_after_resync(void)
{
    char text[200] = "{\"data\":[{\"spans\":7}],\"total\":]}";
    struct tk_batch *b = tk_batch_new();
    struct tk_err err = {0};
    struct tki_decode d = {.in = {text, strlen(text)}, .needs = TK_NEED_COPY, .batch = b, .err = &err};
    ok(JAEGER->decode(&d) == TK_EINVALID && JAEGER->resync(&d), "a bad trace");
    size_t before = d.pos;
    is_int(JAEGER->decode(&d), TK_EINVALID, "then a bad member of its document");
    ok(d.pos >= before && d.pos < d.in.n && d.fault < d.in.n, "where it is is known");
    tk_batch_free(b);
}

static void test_bid(void)
{
    static const struct {
        const char *text;
        bool ours;
    } cases[] = {
        {"{\"data\":[{\"traceID\":\"1\",\"spans\":[{\"traceID\":\"1\"", true},
        {"{\"data\":[{\"processes\":{\"p1\":{\"serviceName\":\"x\",\"tags\":[]}},\"traceID\":\"1\"", true},
        {"{\"spans\":[{\"flags\":1,\"traceID\":\"1\"", true},
        {"\xef\xbb\xbf [ {\"traceID\":\"1\", \"spans\" : []", true},
        {"{\"data\":[]}", true},
        {"{\"data\":[],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}", true},
        {"{\"data\":[{\"name\":\"x\"}]}", false},
        {"{\"spans\":[{\"traceId\":\"AAAAAAAAAAAAAAAAAAAAAQ==\",\"operationName\":\"x\",\"references\":[]}]}", false},
        {"[{\"traceID\":\"1\",\"spanID\":\"2\",\"operationName\":\"x\",\"process\":{}}]", false},
        {"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"1\"}]}]}]}", false},
        {"[{\"traceId\":\"1\",\"id\":\"2\"}]", false},
        {"", false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        is_int(bid_for(JAEGER, tki_str(cases[i].text)) > 0, cases[i].ours, "%s", cases[i].text);
}

int main(void)
{
    test_shapes();
    test_ids_and_times();
    test_tag_types();
    test_status();
    test_words();
    test_references();
    test_processes();
    test_logs();
    test_needs();
    test_faults();
    test_resync();
    test_fault_after_resync();
    test_bid();
    corpus_counts(JAEGER, "jaeger/", (const char *const[]){"jaeger-api-json", "jaeger-trace-json", NULL}, "gojson");
    return done_testing();
}
