/* Jaeger's Elasticsearch documents: what may stand around them, their tags in both forms, and writing for _bulk. */
#include "jaeger_texts.h"

#define ES      (&tki_format_jaeger_es)
#define PROCESS "\"process\":{\"serviceName\":\"web\",\"tags\":[]}"
#define DOC     "{" ID ",\"operationName\":\"op\"," PROCESS "}"
#define WITH(m) "{" ID ",\"operationName\":\"op\"," PROCESS "," m "}"

static void reads(const char *text, const char *want, const char *what)
{
    struct tk_batch *b = read_text(ES, text);
    is_str(shown(b), want, "%s", what);
    tk_batch_free(b);
}

static void counts(const char *text, unsigned spans, unsigned services, unsigned dependencies, unsigned others)
{
    struct tk_batch *b = read_text(ES, text);
    ok(b->nspans == spans && tk_notes_get(b->notes, TK_NOTE_SERVICE_DOCS) == services &&
           tk_notes_get(b->notes, TK_NOTE_DEPENDENCY_DOCS) == dependencies &&
           tk_notes_get(b->notes, TK_NOTE_OTHER_DOCS) == others,
       "%u spans, %u, %u and %u other documents in %.60s", spans, services, dependencies, others, text);
    tk_batch_free(b);
}

static void test_around(void)
{
    static const char *const one[] = {
        DOC,
        "[" DOC "]",
        "{\"_index\":\"jaeger-span-2026-11-21\",\"_id\":\"x\",\"_score\":1,\"_source\":" DOC "}",
        "{\"_source\":" DOC ",\"_index\":\"i\",\"sort\":[1]}",
        "{\"took\":3,\"timed_out\":false,\"hits\":{\"total\":1,\"hits\":[{\"_index\":\"i\",\"_source\":" DOC "}]}}",
        "{\"responses\":[{\"took\":1,\"hits\":{\"hits\":[{\"_source\":" DOC
        "}]},\"status\":200},{\"hits\":{\"hits\":[]}}]}",
        "{\"docs\":[{\"_index\":\"i\",\"found\":true,\"_source\":" DOC "}]}",
        "{\"_scroll_id\":\"s\",\"hits\":{\"hits\":[{\"_source\":" DOC
        "}]}}\n{\"_scroll_id\":\"s\",\"hits\":{\"hits\":[]}}",
        "{\"index\":{\"_index\":\"jaeger-span-2026-11-21\"}}\n" DOC "\n",
        "{ \"create\" : { } }\n" DOC "\n{\"delete\":{\"_id\":\"x\"}}\n",
        "[{\"_index\":\"i\",\"_source\":" DOC "}]",
    };
    for (unsigned i = 0; i < sizeof one / sizeof *one; i++) {
        reads(one[i], SPAN("", ""), one[i]);
        counts(one[i], 1, 0, 0, 0);
    }
    static const char *const none[] = {"", "{}", "[]", "null", "{\"took\":1,\"hits\":{\"total\":0,\"hits\":[]}}"};
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++)
        counts(none[i], 0, 0, 0, 0);
}

static void test_others(void)
{
    counts("{\"_index\":\"jaeger-service-1\",\"_source\":{\"serviceName\":\"a\",\"operationName\":\"b\"}}" DOC, 1, 1, 0,
           0);
    counts("{\"serviceName\":\"a\",\"operationName\":\"b\"}", 0, 1, 0, 0);
    counts("{\"_source\":{\"timestamp\":\"2026-11-21T00:00:00Z\",\"dependencies\":[{\"parent\":\"a\",\"child\":\"b\","
           "\"callCount\":1}]}}",
           0, 0, 1, 0);
    counts("{\"_source\":{\"type\":\"config\"}}\n" DOC, 1, 0, 0, 1);
    counts("{\"traceID\":\"a\",\"operationName\":\"no span id\"}", 0, 0, 0, 1);
    counts("{\"responses\":[{\"error\":{\"type\":\"x\"},\"status\":404},{\"hits\":{\"hits\":[" DOC "]}}]}", 1, 0, 0, 1);
    fails(ES, "{\"error\":{\"root_cause\":[]},\"status\":404}", 0,
          "this is an error message of Elasticsearch, not documents");
}

static void test_tags(void)
{
    reads(WITH("\"tags\":[{\"key\":\"b\",\"type\":\"binary\",\"value\":\"00fF\"}]"),
          SPAN(",\"attributes\":[" ATTR("b", "\"bytesValue\":\"AP8=\"") "]", ""), "binary is hexadecimal here");
    reads(
        WITH(
            "\"tags\":[{\"key\":\"b\",\"type\":\"binary\",\"value\":\"0\"},{\"key\":\"c\",\"type\":\"binary\",\"value\":\"zz\"}]"),
        SPAN(",\"attributes\":[" ATTR("b", "\"stringValue\":\"0\"") "," ATTR("c", "\"stringValue\":\"zz\"") "]", ""),
        "what is not hexadecimal stays as it is");
    reads(
        WITH(
            "\"tags\":[{\"key\":\"i\",\"type\":\"int64\",\"value\":\"9223372036854775807\"},"
            "{\"key\":\"f\",\"type\":\"float64\",\"value\":\"72.5\"},{\"key\":\"error\",\"type\":\"bool\",\"value\":\"true\"}]"),
        SPAN(",\"attributes\":[" ATTR("i", "\"intValue\":\"9223372036854775807\"") "," ATTR("f",
                                                                                            "\"doubleValue\":72.5") "]",
             "\"code\":2"),
        "values in quotes have their type");
    reads(
        WITH("\"tag\":{\"span@kind\":\"server\",\"http@status_code\":200,\"x\":1.5,\"y\":true,\"a@b@c\":\"@\"}"),
        SPAN(",\"kind\":2,\"attributes\":[" ATTR("http.status_code", "\"intValue\":\"200\"") "," ATTR(
                 "x", "\"doubleValue\":1.5") "," ATTR("y", "\"boolValue\":true") "," ATTR("a.b.c",
                                                                                          "\"stringValue\":\"@\"") "]",
             ""),
        "the tag object: @ for dots in keys, not in values");
    reads("{" ID ",\"tag\":{\"from@tag\":\"1\",\"error\":true},\"operationName\":\"op\",\"logs\":[]," PROCESS
          ",\"tags\":[" STR("from.tags", "2") "," STR("a@b", "kept") "]}",
          SPAN(",\"attributes\":[" ATTR("from.tags", "\"stringValue\":\"2\"") "," ATTR(
                   "a@b", "\"stringValue\":\"kept\"") "," ATTR("from.tag", "\"stringValue\":\"1\"") "]",
               "\"code\":2"),
          "both forms in one document, in any order");
    reads("{" ID
          ",\"operationName\":\"op\",\"process\":{\"serviceName\":\"web\",\"tags\":null,\"tag\":{}},\"tags\":null,"
          "\"references\":null,\"logs\":null}",
          SPAN("", ""), "nulls, as Jaeger writes empty lists");
}

static void test_spans(void)
{
    reads(WITH("\"startTime\":1000000,\"startTimeMillis\":1000,\"duration\":5"),
          SPAN(",\"startTimeUnixNano\":\"1000000000\",\"endTimeUnixNano\":\"1000005000\"", ""), "times");
    reads(WITH("\"startTimeMillis\":1000,\"duration\":5"),
          SPAN(",\"startTimeUnixNano\":\"1000000000\",\"endTimeUnixNano\":\"1000005000\"", ""),
          "milliseconds where there are no microseconds");
    reads(WITH("\"@timestamp\":\"1485467191639875000\",\"startTime\":0,\"unknown\":{\"traceID\":1}"), SPAN("", ""),
          "members that say nothing new");
    struct tk_batch *b =
        read_text(ES, WITH("\"parentSpanID\":\"000000000000000c\",\"references\":[" REF(
                          "FOLLOWS_FROM", HERE, "000000000000000c") "," REF("CHILD_OF", HERE, "000000000000000d") "]"));
    ok(b->spans[0].parent_id == 12 && b->spans[0].links.count == 2,
       "parentSpanID is the parent, whatever the references say");
    tk_batch_free(b);
    b = read_text(ES, WITH("\"parentSpanID\":\"000000000000000c\",\"references\":[" REF("CHILD_OF", HERE,
                                                                                        "000000000000000c") "]"));
    ok(b->spans[0].parent_id == 12 && b->spans[0].links.count == 0, "and is no link when a reference repeats it");
    tk_batch_free(b);
    b = read_text(ES, WITH("\"scopeTags\":[" STR("a", "1") "],\"tags\":[" STR("otel.scope.name", "s") "]"));
    const struct tk_scope *s = &b->scopes[b->spans[0].scope];
    ok(s->attrs.count == 1 && TKI_STR_IS(s->name, "s"), "attributes of the scope");
    tk_batch_free(b);
    b = read_text(ES, DOC DOC WITH("\"flags\":1"));
    ok(b->nspans == 3 && b->nresources == 1, "equal processes are one resource");
    tk_batch_free(b);
}

#define LINE "{\"index\":{\"_index\":\"jaeger-span-2026-11-21\"}}\n"

static void test_write(void)
{
    uint64_t notes[TKI_NOTE_COUNT];
    static const char doc[] =
        "{\"traceID\":\"" A32 "\",\"spanID\":\"000000000000000b\",\"parentSpanID\":\"000000000000000c\",\"flags\":1,"
        "\"operationName\":\"op\",\"references\":[{\"refType\":\"CHILD_OF\",\"traceID\":\"" A32
        "\",\"spanID\":\"000000000000000c\"}],\"startTime\":1795219200000000,\"startTimeMillis\":1795219200000,\"duration\":5,"
        "\"tags\":[{\"key\":\"n\",\"type\":\"int64\",\"value\":9223372036854775807},{\"key\":\"b\",\"type\":\"binary\",\"value\":"
        "\"00ff\"}],\"tag\":{\"error\":true,\"span@kind\":\"server\"},\"logs\":[{\"timestamp\":1,\"fields\":[{\"key\":\"event\","
        "\"type\":\"string\",\"value\":\"e\"}]}],\"process\":{\"serviceName\":\"web\",\"tags\":[]}}\n";
    struct tk_batch *b = read_text(ES, doc);
    char want[3000];
    snprintf(want, sizeof want,
             "{\"index\":{\"_index\":\"jaeger-service-2026-11-21\",\"_id\":\"659c8d2e08a842fe\"}}\n"
             "{\"serviceName\":\"web\",\"operationName\":\"op\"}\n" LINE "%s",
             doc);
    is_str(written(ES, b, notes), want, "a document comes back as it was, behind its service");
    tk_batch_free(b);
    b = read_text(ES, "{" ID ",\"operationName\":\"\",\"process\":{\"serviceName\":\"\"}}{" ID
                      ",\"operationName\":\"\"}" DOC DOC);
    const char *got = written(ES, b, notes);
    ok(strstr(got, "jaeger-span-1970-01-01") && strstr(got, "\"references\":null") &&
           strstr(got, "\"tags\":[],\"logs\":null"),
       "references and logs that are empty are null; no start is the first day");
    unsigned services = 0;
    for (const char *p = got; (p = strstr(p, "jaeger-service-")); p++)
        services++;
    is_uint(services, 2, "each service and operation once");
    tk_batch_free(b);
    b = read_text(ES, "{" ID ",\"startTime\":951782399999999}{" ID ",\"startTime\":951782400000000}{" ID
                      ",\"startTime\":951868800000000}{" ID ",\"startTime\":18446744073709551}");
    got = written(ES, b, notes);
    ok(strstr(got, "span-2000-02-28\"") && strstr(got, "span-2000-02-29\"") && strstr(got, "span-2000-03-01\"") &&
           strstr(got, "span-2554-07-21\""),
       "days, leap years, and the last one there is");
    tk_batch_free(b);
}

static void test_many_services(void)
{
    struct tki_buf text = {0};
    for (int i = 0; i < 5000; i++)
        tki_buf_printf(&text, "{" ID ",\"operationName\":\"op%d\"," PROCESS "}", i % 2500);
    tki_buf_putc(&text, 0);
    struct tk_batch *b = read_text(ES, text.p);
    const char *got = written(ES, b, NULL);
    unsigned services = 0;
    for (const char *p = got; (p = strstr(p, "jaeger-service-")); p++)
        services++;
    is_uint(services, 2500, "a table of services that grows");
    tk_batch_free(b);
    tki_buf_free(&text);
}

int main(void)
{
    test_around();
    test_others();
    test_tags();
    test_spans();
    test_write();
    test_many_services();
    static const char *const shapes[] = {"jaeger-es-span", "jaeger-es-span-array", NULL};
    corpus_counts(ES, "jaeger/", shapes, "derived-");
    return done_testing();
}
