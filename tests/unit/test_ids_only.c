/* Records that carry the ids of a span and are none: log lines, and spans of other tools that use the same names.  In
 * every format of JSON they are counted, and the spans beside them are read. */
#include "format_help.h"

#define T32 "05523cd8192c865586b161353147d15d"
#define S16 "a587da2498947e18"
#define T64 "BVI82BksiVWGsWE1MUfRXQ=="
#define S64 "pYfaJJiUfhg="
#define LOG ",\"message\":\"hello\",\"level\":\"info\",\"tags\":[\"a\"],\"duration\":\"5ms\""

/* ---- each format: `record` is no span and `span` is one, with the least that makes it one ---- */

#define JA              "\"traceID\":\"" T32 "\",\"spanID\":\"" S16 "\""
#define PB              "\"traceId\":\"" T64 "\",\"spanId\":\"" S64 "\""
#define ZK              "\"traceId\":\"" T32 "\",\"id\":\"" S16 "\""
#define DD              "\"trace_id\":\"123\",\"span_id\":\"456\""
#define GO              "\"SpanContext\":{\"TraceID\":\"" T32 "\",\"SpanID\":\"" S16 "\"}"
#define PY              "\"context\":{\"trace_id\":\"0x" T32 "\",\"span_id\":\"0x" S16 "\"}"
#define API(attributes) "{\"type\":\"spans\",\"attributes\":{" attributes "}}"

static const struct {
    const char *format;
    const char *before, *between, *behind; /* what is around the documents */
    const char *record, *span;
} cases[] = {
    {"jaeger", "{\"spans\":[", ",", "],\"processes\":{}}", "{" JA ",\"message\":\"hello\"}",
     "{" JA ",\"startTime\":5}"},
    {"jaeger", "{\"spans\":[", ",", "],\"processes\":{}}", "{" JA ",\"spanName\":\"x\",\"tags\":[]}",
     "{" JA ",\"operationName\":\"\",\"x\":1}"},
    {"jaeger", "{\"data\":[{\"spans\":[", ",", "]}]}", "{\"spanID\":\"1\",\"x\":1}", "{" JA ",\"processID\":\"p1\"}"},
    {"jaeger-es", "", "\n", "", "{" JA LOG "}", "{" JA ",\"operationName\":\"op\"}"},
    {"jaeger-es", "", "\n", "", "{" JA ",\"process\":{\"pid\":7}}", "{" JA ",\"startTimeMillis\":5,\"message\":\"x\"}"},
    {"jaeger-es", "", "\n", "", "{" JA ",\"operationName\":null,\"flags\":\"x\"}", "{" JA ",\"startTime\":5}"},
    {"jaeger-es", "{\"hits\":{\"hits\":[", ",", "]}}", "{\"_source\":{" JA LOG "}}",
     "{\"_source\":{" JA ",\"startTime\":5}}"},
    {"jaeger-es", "[", ",", "]", "{" JA ",\"startTime\":\"2024-09-21T13:18:43Z\"" LOG "}",
     "{" JA ",\"startTime\":\"5\"}"},
    {"jaeger-pbjson", "", "\n", "", "{" PB ",\"process\":{\"serviceName\":\"x\"}" LOG "}",
     "{" PB ",\"startTime\":\"2024-01-01T00:00:00Z\"}"},
    {"jaeger-pbjson", "{\"process\":{},\"spans\":[", ",", "]}", "{" PB ",\"logs\":{}}",
     "{" PB ",\"operation_name\":\"\"}"},
    {"zipkin", "", "\n", "", "{" ZK LOG "}", "{" ZK "}"},
    {"zipkin", "[", ",", "]", "{" ZK ",\"title\":\"x\",\"tags\":{\"a\":\"b\"}}",
     "{" ZK ",\"localEndpoint\":{},\"title\":1}"},
    {"zipkin", "[", ",", "]", "{" ZK ",\"timestamp\":1726924723525,\"message\":\"x\"}",
     "{" ZK ",\"name\":\"x\",\"timestamp\":1726924723525000,\"message\":\"x\"}"},
    {"zipkin", "[", ",", "]", "{" ZK ",\"name\":\"x\",\"timestamp\":\"2024-09-21T13:18:43Z\",\"x\":1}",
     "{" ZK ",\"x\":1,\"binaryAnnotations\":[]}"},
    {"zipkin", "[", ",", "]", "{" ZK ",\"name\":\"x\",\"startTime\":\"2024-09-21T13:18:43Z\",\"type\":\"SPAN\"}",
     "{" ZK ",\"name\":\"x\",\"tags\":{}}"},
    {"datadog", "", "\n", "", "{" DD LOG "}", "{" DD ",\"start\":5}"},
    {"datadog", "", "\n", "", "{" DD "}", "{" DD ",\"name\":\"x\",\"message\":\"y\"}"},
    {"datadog", "[[", ",", "]]", "{" DD ",\"service\":\"x\",\"message\":\"hello\"}", "{" DD ",\"service\":\"x\"}"},
    {"datadog", "{\"traces\":[[", ",", "]]}", "{" DD ",\"start\":\"2024-01-01\",\"message\":\"hello\"}",
     "{" DD ",\"start\":\"5\"}"},
    {"datadog", "{\"data\":[", ",", "]}", API(DD ",\"message\":\"x\""), API(DD ",\"resource_name\":\"GET /\"")},
    {"skywalking", "{\"traceId\":\"a\",\"traceSegmentId\":\"b\",\"spans\":[", ",", "]}",
     "{\"spanId\":0,\"content\":\"hello\"}", "{\"spanId\":0}"},
    {"skywalking", "{\"traceId\":\"a\",\"traceSegmentId\":\"b\",\"spans\":[", ",", "]}",
     "{\"spanId\":0,\"tags\":[],\"startTime\":\"2024-01-01\",\"content\":\"x\"}",
     "{\"spanId\":0,\"startTime\":5,\"x\":1}"},
    {"json", "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[", ",", "]}]}]}",
     "{\"traceId\":\"" T32 "\",\"spanId\":\"" S16 "\",\"body\":\"x\",\"attributes\":[{\"key\":\"a\"}]}",
     "{\"traceId\":\"" T32 "\",\"spanId\":\"" S16 "\"}"},
    {"elastic-apm", "", "\n", "", "{\"span\":{\"id\":\"" S16 "\",\"trace_id\":\"" T32 "\"},\"message\":\"x\"}",
     "{\"span\":{\"id\":\"" S16 "\",\"trace_id\":\"" T32 "\",\"duration\":1}}"},
    {"stdouttrace", "", "\n", "", "{" GO ",\"Message\":\"x\"}", "{" GO ",\"Name\":\"x\"}"},
    {"stdouttrace", "[", ",", "]", "{" GO ",\"Attributes\":{\"a\":1}}",
     "{" GO ",\"StartTime\":\"2024-01-01T00:00:00Z\"}"},
    {"python-console", "", "\n", "", "{" PY ",\"name\":\"root\",\"kind\":\"x\"" LOG "}",
     "{" PY ",\"start_time\":\"2024-01-01T00:00:00Z\"}"},
    {"php-console", "[", ",", "]", "{" PY ",\"name\":\"root\"" LOG "}", "{" PY ",\"start\":5}"},
    {"nextjs", "[", ",", "]", "{\"traceId\":\"" S16 "\",\"id\":7,\"name\":\"x\"}",
     "{\"traceId\":\"" S16 "\",\"id\":7,\"startTime\":5}"},
};

static void test_case(const struct tki_format *f, const char *before, const char *between, const char *behind,
                      const char *record, const char *span)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%s%s%s%s%s%s", before, record, between, span, between, record, behind);
    for (unsigned i = 0; i < 2; i++) {
        struct tk_batch *b = read_needs(f, tki_str(text), i ? TK_NEED_ALL : 0, 0);
        ok(b->nspans == 1 && b->notes->n[TK_NOTE_IDS_ONLY] == 2, "%s: %s is no span, %s is one (%u spans)",
           f->info.name, record, span, b->nspans);
        uint32_t events = 0, links = 0;
        for (uint32_t s = 0; s < b->nspans; s++) {
            events += b->spans[s].events.count;
            links += b->spans[s].links.count;
        }
        ok(b->nevents == events && b->nlinks == links, "it leaves no rows behind");
        tk_batch_free(b);
    }
}

/* ---- what is malformed stays malformed, and other formats keep their documents ---- */

static void test_errors(void)
{
    static const struct {
        const char *format, *text;
    } bad[] = {
        {"jaeger-es", "{" JA ",\"operationName\":\"x\",\"flags\":\"y\"}"},
        {"jaeger-es", "{" JA ",\"process\":{\"pid\":7}"},
        {"zipkin", "[{" ZK ",\"tags\":[]}]"},
        {"zipkin", "[{" ZK ",\"localEndpoint\":{},\"timestamp\":\"x\",\"message\":1}]"},
        {"datadog", "[[{" DD ",\"meta\":[]}]]"},
        {"datadog", "[[{" DD ",\"name\":\"x\",\"start\":\"x\",\"message\":1}]]"},
        {"stdouttrace", "{" GO ",\"Name\":\"x\",\"Attributes\":1}"},
        {"python-console", "{" PY ",\"start_time\":\"2024-01-01T00:00:00Z\",\"kind\":\"x\"}"},
        {"json", "{\"startTimeUnixNano\":\"1\",\"timeUnixNano\":\"2\",\"asInt\":\"5\"}"},
        {"json", "{\"traceId\":\"" T32 "\",\"spanId\":\"" S16 "\",\"timeUnixNano\":\"2\",\"body\":{}}"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tk_batch *b = read_needs(tki_format_find(bad[i].format), tki_str(bad[i].text), TK_NEED_ALL, TK_EINVALID);
        ok(b->nspans == 0 && b->notes->n[TK_NOTE_IDS_ONLY] == 0 && help_err.code == TK_EINVALID, "%s refuses %s",
           bad[i].format, bad[i].text);
        tk_batch_free(b);
    }
}

static void test_detection(void)
{
    static const char *const none[] = {
        "{" JA ",\"process\":{\"pid\":7}" LOG "}",
        "{\"hits\":{\"hits\":[{\"_index\":\"logs\",\"_source\":{" JA LOG "}}]}}",
        "[{" JA ",\"spanName\":\"graphql\",\"serviceName\":\"x\",\"traceAttributes\":{\"process\":{}},\"duration\":5}]",
    };
    struct tk_err err;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ok(!tki_format_detect(tki_str(none[i]), true, &err), "nobody reads %s", none[i]);
    tk_str dump = TKI_STR("{\"_index\":\"logs\",\"_source\":{" JA LOG "}}\n{\"_index\":\"jaeger-span\",\"_source\":{" JA
                          ",\"operationName\":\"x\"}}\n");
    ok(tki_format_detect(dump, true, &err) == &tki_format_jaeger_es,
       "a dump that begins with logs is read for its spans");
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        test_case(tki_format_find(cases[i].format), cases[i].before, cases[i].between, cases[i].behind, cases[i].record,
                  cases[i].span);
    test_errors();
    test_detection();
    return done_testing();
}
