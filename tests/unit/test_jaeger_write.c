/* Writing Jaeger API JSON: what is said how, what is lost and counted, what comes back unchanged. */
/* JSON put together of macros, which it cannot lay out. */
/* clang-format off */
#include "jaeger_texts.h"
#include "random_spans.h"

/* OTLP JSON in, Jaeger out. */
static void writes(const char *otlp, const char *want, const char *what, const uint64_t *lost)
{
    uint64_t notes[TKI_NOTE_COUNT];
    struct tk_batch *b = read_text(&tki_format_otlp_json, otlp);
    is_str(written(JAEGER, b, notes), want, "%s", what);
    for (int i = 0; i < TKI_NOTE_COUNT; i++)
        if (notes[i] != (lost ? lost[i] : 0))
            is_uint(notes[i], lost ? lost[i] : 0, "%s: note %d", what, i);
    tk_batch_free(b);
}

#define OTLP(resource, scope, span)                                                                          \
    "{\"resourceSpans\":[{" resource "\"scopeSpans\":[{" scope "\"spans\":[{\"traceId\":\"" A32              \
    "\",\"spanId\":\"000000000000000b\"" span "}]}]}]}"
#define OUT(span, tags, logs, process)                                                                       \
    "{\"data\":[\n{\"traceID\":\"000000000000000a\",\"spans\":[{\"traceID\":\"000000000000000a\","           \
    "\"spanID\":\"000000000000000b\"," span ",\"tags\":[" tags "],\"logs\":[" logs                           \
    "],\"processID\":\"p1\",\"warnings\":null}],\"processes\":{\"p1\":{" process                             \
    "}},\"warnings\":null}\n],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}\n"
#define PLAIN  "\"operationName\":\"\",\"references\":[],\"startTime\":0,\"duration\":0"
#define NOBODY "\"serviceName\":\"OTLPResourceNoServiceName\",\"tags\":[]"

static void test_writing(void)
{
    writes("", "{\"data\":[],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}\n", "nothing", NULL);
    writes(OTLP("", "", ""), OUT(PLAIN, "", "", NOBODY), "the smallest span", NULL);
    writes(OTLP("\"resource\":{\"attributes\":[" ATTR("a", "\"intValue\":\"1\"") "," ATTR(
                    "service.name", "\"stringValue\":\"web\"") "]},",
                "", ""),
           OUT(PLAIN, "", "",
               "\"serviceName\":\"web\",\"tags\":[{\"key\":\"a\",\"type\":\"int64\",\"value\":1}]"),
           "a process", NULL);
    writes(
        OTLP("\"resource\":{\"attributes\":[" ATTR("a", "\"intValue\":\"1\"") "]},", "", ""),
        OUT(PLAIN, "", "", "\"serviceName\":\"\",\"tags\":[{\"key\":\"a\",\"type\":\"int64\",\"value\":1}]"),
        "attributes and no service", NULL);
    writes(
        OTLP("", "\"scope\":{\"name\":\"lib\",\"version\":\"2\"},",
             ",\"traceState\":\"a=b\",\"kind\":4,\"status\":{\"code\":2,\"message\":\"why\"},"
             "\"droppedLinksCount\":7,\"attributes\":[" ATTR("k", "\"boolValue\":true") "]"),
        OUT(PLAIN,
            STR("otel.scope.name", "lib") "," STR("otel.scope.version",
                                                  "2") ",{\"key\":\"k\",\"type\":\"bool\",\"value\":true}"
                                                       "," STR("span.kind",
                                                               "producer") "," STR("otel.status_code",
                                                                                   "ERROR") ",{\"key\":"
                                                                                            "\"error\","
                                                                                            "\"type\":"
                                                                                            "\"bool\","
                                                                                            "\"value\":true}"
                                                                                            "," STR("otel."
                                                                                                    "status_"
                                                                                                    "descript"
                                                                                                    "ion",
                                                                                                    "why") "," STR("w3c.tracestate",
                                                                                                                   "a=b") ",{\"key\":\"otel.dropped_links_count\",\"type\":\"int64\",\"value\":7}",
            "", NOBODY),
        "words, in the translator's order", NULL);
    writes(
        OTLP(
            "", "",
            ",\"attributes\":[" ATTR("a", "\"intValue\":\"9007199254740991\"") "," ATTR("b", "\"intValue\":"
                                                                                             "\"-"
                                                                                             "900719925474099"
                                                                                             "2\"") "," ATTR(
                "c", "\"doubleValue\":2") "," ATTR("d", "\"doubleValue\":\"NaN\"") "," ATTR("e",
                                                                                            "\"bytesValue\":"
                                                                                            "\"AQI=\"") "]"),
        OUT(PLAIN,
            "{\"key\":\"a\",\"type\":\"int64\",\"value\":9007199254740991},{\"key\":\"b\",\"type\":\"int64\","
            "\"value\":\"-9007199254740992\"},"
            "{\"key\":\"c\",\"type\":\"float64\",\"value\":2},{\"key\":\"d\",\"type\":\"float64\",\"value\":"
            "\"NaN\"},"
            "{\"key\":\"e\",\"type\":\"binary\",\"value\":\"AQI=\"}",
            "", NOBODY),
        "types; whole numbers that JavaScript cannot hold are strings", NULL);
    writes(OTLP("", "",
                ",\"attributes\":[" ATTR("a", "\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{"
                                              "\"stringValue\":\"x\\\"<\"},{}]}") "," ATTR(
                    "m", "\"kvlistValue\":{\"values\":[" ATTR("z", "\"boolValue\":true") "," ATTR(
                             "b", "\"doubleValue\":1e21") "]}") "," ATTR("n", "") "]"),
           OUT(PLAIN,
               STR("a", "[1,\\\"x\\\\\\\"<\\\",null]") "," STR(
                   "m", "{\\\"b\\\":1e+21,\\\"z\\\":true}") "," STR("n", ""),
               "", NOBODY),
           "lists are JSON text with sorted keys", (uint64_t[TKI_NOTE_COUNT]){[TK_NOTE_LOST_TYPE] = 3});
    writes(
        OTLP("", "",
             ",\"startTimeUnixNano\":\"1999\",\"endTimeUnixNano\":\"5998\",\"events\":[{\"timeUnixNano\":"
             "\"2001\",\"name\":\"e\",\"droppedAttributesCount\":2,"
             "\"attributes\":[" ATTR("k", "\"intValue\":\"1\"") "]},{\"attributes\":[" ATTR(
                 "event", "\"stringValue\":\"x\"") "],\"name\":\"lost\"}]"),
        OUT("\"operationName\":\"\",\"references\":[],\"startTime\":1,\"duration\":3", "",
            "{\"timestamp\":2,\"fields\":[" STR(
                "event", "e") ",{\"key\":\"k\",\"type\":\"int64\",\"value\":1},{\"key\":\"otel.dropped_"
                              "attributes_count\",\"type\":"
                              "\"int64\",\"value\":2}]},{\"timestamp\":0,\"fields\":[" STR("event", "x") "]}",
            NOBODY),
        "times are cut, events are logs",
        (uint64_t[TKI_NOTE_COUNT]){[TK_NOTE_LOST_PRECISION] = 2, [TK_NOTE_LOST_EVENT] = 1});
    writes(OTLP("", "", ",\"startTimeUnixNano\":\"5000\",\"endTimeUnixNano\":\"1000\",\"flags\":3"),
           OUT("\"flags\":1,\"operationName\":\"\",\"references\":[],\"startTime\":5,\"duration\":0", "", "",
               NOBODY),
           "a negative duration is 0; the second flag of W3C is Jaeger's for debugging",
           (uint64_t[TKI_NOTE_COUNT]){[TK_NOTE_DURATION_CLAMPED] = 1, [TK_NOTE_LOST_SPAN] = 1});
    writes(OTLP("\"resource\":{\"droppedAttributesCount\":1,\"attributes\":[" ATTR(
                    "service.name", "\"intValue\":\"5\"") "]},\"schemaUrl\":\"u\",",
                "\"schemaUrl\":\"s\",\"scope\":{\"attributes\":[" ATTR(
                    "a", "\"intValue\":\"1\"") "],\"droppedAttributesCount\":1},",
                ""),
           OUT(PLAIN, "", "", "\"serviceName\":\"5\",\"tags\":[]"),
           "what is lost of resources and scopes is counted",
           (uint64_t[TKI_NOTE_COUNT]){
               [TK_NOTE_LOST_RESOURCE] = 2, [TK_NOTE_LOST_SCOPE] = 3, [TK_NOTE_LOST_TYPE] = 1});
}

static void test_writing_references(void)
{
#define RIN(parent, links) OTLP("", "", parent ",\"links\":[" links "]")
#define ROUT(refs)                                                                                           \
    OUT("\"operationName\":\"\",\"references\":[" refs "],\"startTime\":0,\"duration\":0", "", "", NOBODY)
#define L(trace, span, rest) "{\"traceId\":\"" trace "\",\"spanId\":\"" span "\"" rest "}"
#define TYPE(t)              ",\"attributes\":[" ATTR("opentracing.ref_type", "\"stringValue\":\"" t "\"") "]"
#define P1                   ",\"parentSpanId\":\"0000000000000001\""
#define S1                   "0000000000000001"
#define S2                   "0000000000000002"
    static const uint64_t link1[TKI_NOTE_COUNT] = {[TK_NOTE_LOST_LINK] = 1};
    writes(RIN(P1, ""), ROUT(REF("CHILD_OF", HERE, S1)), "the parent is the first reference", NULL);
    writes(RIN(P1, L(B32, S2, "")),
           ROUT(REF("CHILD_OF", HERE, S1) "," REF("FOLLOWS_FROM", "000000000000000b", S2)), "a link", NULL);
    writes(RIN(P1, L(A32, S2, TYPE("child_of"))),
           ROUT(REF("CHILD_OF", HERE, S1) "," REF("CHILD_OF", HERE, S2)), "a second parent", NULL);
    writes(RIN(P1, L(A32, S1, TYPE("follows_from"))), ROUT(REF("FOLLOWS_FROM", HERE, S1)),
           "a link to the parent tells its type", NULL);
    writes(RIN(P1, L(A32, S1, TYPE("follows_from")) "," L(A32, S2, TYPE("child_of"))),
           ROUT(REF("CHILD_OF", HERE, S1) "," REF("CHILD_OF", HERE, S2)),
           "but not when another would be taken for the parent", link1);
    writes(RIN(P1, L(A32, S1, TYPE("child_of"))), ROUT(REF("CHILD_OF", HERE, S1)),
           "a link that repeats the parent is lost", link1);
    writes(RIN("", L(A32, S2, "")), ROUT(REF("FOLLOWS_FROM", HERE, S2)),
           "a root's link into its own trace will be its parent", link1);
    writes(RIN(P1, L(B32, S2, ",\"traceState\":\"a=b\"")),
           ROUT(REF("CHILD_OF", HERE, S1) "," REF("FOLLOWS_FROM", "000000000000000b", S2)),
           "a link's trace state is lost", link1);
}

/* Equal resources of a trace are one process, whatever rows they have. */
static void test_writing_processes(void)
{
    struct tk_batch *b = tk_batch_new();
    for (uint32_t i = 0; i < 60; i++) {
        char text[16];
        snprintf(text, sizeof text, "s%u", i % 3);
        uint32_t r = tk_batch_add_resource(b);
        b->resources[r].attrs = (tk_range){b->nattrs, 1};
        b->resources[r].present = true;
        tk_str s = tk_batch_copy(b, tki_str(text));
        b->resources[r].service = s;
        *tk_batch_add_attr(b) =
            (struct tk_attr){TKI_STR("service.name"), {.type = TK_STRING, .n = (uint32_t)s.n, .v.s = s.p}};
        *tk_batch_add_span(b) =
            (struct tk_span){.trace_id = {0, 1 + i / 30}, .span_id = i + 1, .resource = r, .scope = 0};
    }
    tk_batch_add_scope(b);
    struct tk_batch *back = read_text(JAEGER, written(JAEGER, b, NULL));
    bool good = back->nspans == 60 && back->nresources == 6;
    for (uint32_t i = 0; good && i < 60; i++)
        good = tki_str_eq(back->resources[back->spans[i].resource].service,
                          b->resources[b->spans[i].resource].service);
    ok(good, "sixty resources, three processes in each of two traces");
    tk_batch_free(back);
    tk_batch_free(b);
}

/* What Jaeger can hold goes there and comes back unchanged. */
static void test_identity(void)
{
    static const char otlp
        [] = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[" ATTR("service.name", "\"stringValue\":"
                                                                                        "\"web\"") "," ATTR(
            "host.name", "\"stringValue\":\"h\"") "]},"
                                                  "\"scopeSpans\":[{\"scope\":{\"name\":\"lib\",\"version\":"
                                                  "\"2\"},\"spans\":[{\"traceId\":"
                                                  "\"0000000000000001000000000000000a\",\"spanId\":"
                                                  "\"000000000000000b\","
                                                  "\"traceState\":\"ot=th:8\",\"parentSpanId\":"
                                                  "\"0000000000000001\",\"flags\":257,\"name\":\"GET "
                                                  "/\",\"kind\":2,\"startTimeUnixNano\":"
                                                  "\"1700000000000001000\","
                                                  "\"endTimeUnixNano\":\"1700000000000005000\","
                                                  "\"attributes\":[" ATTR("s", "\"stringValue\":"
                                                                               "\"x\\u0001\\n\\\"\"") "," ATTR("span.kind", "\"stringValue\":\"odd\"") "," ATTR("i", "\"intValue\":\"-9223372036854775808\"") "," ATTR(
                                                      "d", "\"doubleValue\":0.1") "," ATTR("f",
                                                                                           "\"doubleValue\":"
                                                                                           "3") "," ATTR("n",
                                                                                                         "\"d"
                                                                                                         "oub"
                                                                                                         "leV"
                                                                                                         "alu"
                                                                                                         "e\""
                                                                                                         ":\""
                                                                                                         "-In"
                                                                                                         "fin"
                                                                                                         "ity"
                                                                                                         "\"") "," ATTR("t", "\"boolValue\":true") "," ATTR("y", "\"bytesValue\":\"AP8=\"") "," ATTR("s", "\"stringValue\":\"\"") "],\"droppedAttributesCount\":1,"
                                                                                                                                                                                                                                  "\"events\":[{\"timeUnixNano\":\"1700000000000002000\",\"name\":\"e\",\"attributes\":[" ATTR("k",
                                                                                                                                                                                                                                                                                                                               "\"stringValue\":\"v\"") "],\"droppedAttributesCount\":9},"
                                                                                                                                                                                                                                                                                                                                                        "{\"name\":\"bare\"}],\"droppedEventsCount\":2,\"links\":[{\"traceId\":\"0000000000000000000000000000000c\",\"spanId\":\"0000000000000001\"" TYPE("follows_from") "},"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          "{\"traceId\":\"0000000000000001000000000000000a\",\"spanId\":\"0000000000000009\"" TYPE("child_of") "}],\"droppedLinksCount\":3,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "\"status\":{\"message\":\"why\",\"code\":2}}]}]}]}\n";
    uint64_t notes[TKI_NOTE_COUNT], none[TKI_NOTE_COUNT] = {0};
    struct tk_batch *b = read_needs(&tki_format_otlp_json, tki_str(otlp), TK_NEED_ALL, 0);
    is_str(shown(b), otlp, "the test is in normal form");
    struct tk_batch *back = read_text(JAEGER, written(JAEGER, b, notes));
    is_str(shown(back), otlp, "OTLP to Jaeger and back");
    is_mem(notes, sizeof notes, none, sizeof none, "and nothing was lost");
    tk_batch_free(back);
    tk_batch_free(b);
    static const char own[] =
        OUT("\"flags\":3,\"operationName\":\"x\",\"references\":[],\"startTime\":1,\"duration\":1",
            STR("a", "b"), "", "\"serviceName\":\"w\",\"tags\":[]");
    b = read_text(JAEGER, own);
    is_str(written(JAEGER, b, NULL), own, "Jaeger's own flags to OTLP and back");
    tk_batch_free(b);
    static const char warned[] = "{\"data\":[\n{\"traceID\":\"000000000000000a\",\"spans\":[{" ID "," PLAIN
                                 ",\"tags\":[],\"logs\":[],\"processID\":\"p1\","
                                 "\"warnings\":[\"a\\\"\",\"b\"]}],\"processes\":{\"p1\":{\"serviceName\":"
                                 "\"w\",\"tags\":[]}},\"warnings\":null}\n],\"total\":0,"
                                 "\"limit\":0,\"offset\":0,\"errors\":null}\n";
    b = read_text(JAEGER, warned);
    is_str(written(JAEGER, b, NULL), warned, "warnings to OTLP and back");
    tk_batch_free(b);
}

/* White space between all tokens, so that nothing has its usual layout. */
static char *spaced(const char *text)
{
    char *out = malloc(3 * strlen(text) + 1), *to = out;
    bool inside = false;
    if (!out)
        bail_out("out of memory");
    for (const char *p = text; *p; p++) {
        bool mark = !inside && strchr("{}[],:", *p);
        if (mark)
            *to++ = ' ';
        *to++ = *p;
        if (mark)
            *to++ = '\n';
        if (inside && *p == '\\')
            *to++ = *++p;
        else if (*p == '"')
            inside = !inside;
    }
    *to = 0;
    return out;
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
        struct tk_batch *once = read_text(JAEGER, written(JAEGER, b, NULL));
        tk_batch_free(b);
        is_uint(once->nspans, spans, "all spans of a random batch come back");
        char *text = strdup(written(JAEGER, once, NULL));
        char *loose = spaced(text);
        tk_batch_free(once);
        once = read_text(JAEGER, text);
        char *want = strdup(shown(once));
        struct tk_batch *twice = read_text(JAEGER, loose);
        is_str(shown(twice), want, "with and without white space");
        is_str(written(JAEGER, twice, NULL), text, "and are then written the same for ever");
        tk_batch_free(once);
        tk_batch_free(twice);
        free(text);
        free(loose);
        free(want);
    }
}

int main(void)
{
    test_writing();
    test_writing_references();
    test_writing_processes();
    test_identity();
    test_random();
    return done_testing();
}
