/* OTLP JSON by documents: wrappers, what is no document of ours, and what of a broken one is kept. */
#include <unistd.h>

#include "format_help.h"

#define SPAN(name)     "{\"spanId\":\"0000000000000001\",\"name\":\"" name "\"}"
#define RESOURCE(name) "{\"resource\":{},\"scopeSpans\":[{\"spans\":[" SPAN(name) "]}]}"

static struct tk_batch *json(const char *text, int want)
{
    return read_needs(&tki_format_otlp_json, tki_str(text), TK_NEED_COPY, want);
}

static void one(const char *text, const char *what)
{
    struct tk_batch *b = json(text, 0);
    ok(b->nspans == 1 && b->spans[0].name.n == 1 && b->spans[0].name.p[0] == 'x', "%s", what);
    tk_batch_free(b);
}

static void test_wrappers(void)
{
    one("{\"resourceSpans\":[" RESOURCE("x") "]}", "resourceSpans");
    one("{\"resource_spans\":[" RESOURCE("x") "]}", "resource_spans");
    one("{\"batches\":[" RESOURCE("x") "]}", "batches, of Tempo's first API");
    one("{\"trace\":{\"resourceSpans\":[" RESOURCE("x") "]},\"metrics\":{\"inspectedBytes\":\"5\"}}",
        "trace, of Tempo's second API");
    one("{\"trace\":{\"batches\":[" RESOURCE("x") "]}}", "trace around batches");
    one("{\"result\":{\"resourceSpans\":[" RESOURCE("x") "]}}", "result, of Jaeger's third API");
    one("[{\"resourceSpans\":[" RESOURCE("x") "]},{}]", "an array of documents");
    one("{\"resourceSpans\":[" RESOURCE("x") "]}\x1e{\"resourceSpans\":[]}\n{\"trace\":{}}\n{\"result\":null} null",
        "empty ones of every kind");
    one(RESOURCE("x"), "a ResourceSpans of its own");
    one("{\"scope_spans\":[{\"spans\":[" SPAN("x") "]}],\"schemaUrl\":\"u\"}", "without a resource");
    one("{\"instrumentation_library_spans\":[{\"instrumentation_library\":{\"name\":\"l\"},\"spans\":[" SPAN(
            "x") "]}]}",
        "of the older kind");
    one("{\"name\":\"x\",\"trace_id\":\"0000000000000000000000000000000a\",\"span_id\":\"000000000000000b\",\"start_time_unix_nano\":5}",
        "a span of its own");
    one("{\"resource\":{},\"scopeMetrics\":[]}\n" RESOURCE("x") "\n{\"resource\":{},\"scope_logs\":[{}]}",
        "among those of other signals");
    static const char *const others[] = {"{\"resource\":{\"attributes\":[]},\"scopeMetrics\":[{}]}",
                                         "{\"resource\":{},\"scopeLogs\":[]}", "{\"scopeProfiles\":[]}",
                                         "{\"resource_logs\":[]}", "{\"resource_metrics\":[{}]}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct tk_err err = {0};
        ok(tki_format_detect(tki_str(others[i]), true, &err) == &tki_format_otlp_json, "%s is recognised", others[i]);
        struct tk_batch *b = json(others[i], 0);
        is_uint(tk_notes_get(b->notes, TK_NOTE_OTHER_LOGS) + tk_notes_get(b->notes, TK_NOTE_OTHER_METRICS) +
                    tk_notes_get(b->notes, TK_NOTE_OTHER_PROFILES),
                1, "and noted");
        tk_batch_free(b);
    }
    ok(tki_format_detect(TKI_STR("{\"resource\":{},\"scope_spans\":[{\"spans\":[{\"start_time_unix_nano\":1}]}]}"),
                         true, &help_err) == &tki_format_otlp_json,
       "a ResourceSpans in snake_case is recognised");
    struct tk_batch *b =
        json("{\"trace\":{\"resourceSpans\":[" RESOURCE("x") "]},\"status\":\"PARTIAL\",\"message\":\"too large\"}", 0);
    is_uint(tk_notes_get(b->notes, TK_NOTE_PARTIAL), 1, "a trace that Tempo calls partial is noted");
    tk_batch_free(b);
    b = json("{\"trace\":{\"resourceSpans\":[" RESOURCE("x") "]},\"status\":\"COMPLETE\"}", 0);
    is_uint(tk_notes_get(b->notes, TK_NOTE_PARTIAL), 0, "a complete one is not");
    tk_batch_free(b);
}

/* The log of a Java program whose exporter writes through java.util.logging. */
static void test_logs(void)
{
    static const char log[] =
        "Nov 21, 2026 10:00:00 AM io.opentelemetry.exporter.logging.otlp.OtlpJsonLoggingSpanExporter export\n"
        "INFO: " RESOURCE("a") "\n"
                               "starting the server\n"
                               "[2026-11-21 10:00:01,5] [main] INFO o.e.x - " RESOURCE(
                                   "b") "\n"
                                        "\xe4\xbf\xa1\xe6\x81\xaf: took [3] \"ms\" {x=1}\n"
                                        "2026-11-21T10:00:02Z INFO {\"resourceSpans\":[" RESOURCE("c") "]}\n"
                                                                                                       "bye\n";
    struct tk_batch *b = json(log, 0);
    ok(b->nspans == 3 && b->spans[0].name.p[0] == 'a' && b->spans[2].name.p[0] == 'c',
       "documents behind text of loggers are read");
    is_uint(tk_notes_get(b->notes, TK_NOTE_TEXT_SKIPPED), 7, "and the text is noted");
    tk_batch_free(b);
    struct tk_err err = {0};
    ok(tki_format_detect(tki_str(log), true, &err) == &tki_format_otlp_json, "and such a log is recognised");
    tk_batch_free(json("{\"resourceSpans\":[]}\nname\":\"x\"}]}\n", TK_EINVALID));
    tk_batch_free(json("{\"resourceSpans\":[]}\n45}]}]}\n", TK_EINVALID));
    tk_batch_free(json("34\"}]}," RESOURCE("a") "]}\n", TK_EINVALID));
    tk_batch_free(json("[1,2]", TK_EINVALID));
    ok(!tki_format_detect(TKI_STR("hello\n[main] INFO nothing\n"), true, &err), "a log without documents is not");
}

static void test_signals(void)
{
    struct tk_batch *b = json(
        "{\"resourceLogs\":[{}]}\n{\"resourceMetrics\":[{}]}\n{\"resourceMetrics\":[]}\n{\"resource_profiles\":[],\"dictionary\":{}}\n"
        "{\"resourceSpans\":[" RESOURCE("x") "]}",
        0);
    is_uint(b->nspans, 1, "spans between lists of other signals are read");
    is_uint(tk_notes_get(b->notes, TK_NOTE_OTHER_LOGS), 1, "logs are counted");
    is_uint(tk_notes_get(b->notes, TK_NOTE_OTHER_METRICS), 2, "metrics are counted");
    is_uint(tk_notes_get(b->notes, TK_NOTE_OTHER_PROFILES), 1, "profiles are counted");
    tk_batch_free(b);
}

static void test_foreign(void)
{
    static const char *const texts[] = {
        "{\"level\":\"info\",\"msg\":\"hello\"}",
        "{\"data\":[{\"traceID\":\"1\",\"spans\":[]}]}",
        "{\"resource\":{\"attributes\":[]},\"name\":\"x\",\"context\":{}}",
        "{\"trace\":{\"id\":\"5\"},\"transaction\":{}}",
        "{\"trace\":\"5\"}",
        "{\"trace_id\":\"a\",\"span_id\":\"b\",\"start\":5}",
        "[{\"traceId\":\"a\",\"id\":\"b\"}]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct tk_batch *b = json(texts[i], TK_EINVALID);
        is_str(help_err.text, "a document of no trace format that is known", "%s is none of ours", texts[i]);
        ok(b->nspans == 0 && b->nresources == 0, "and leaves nothing");
        tk_batch_free(b);
    }
}

/* Names of the spans that come with keep_going, one letter each. */
static const char *kept(const char *text, uint64_t *skipped)
{
    static char names[64];
    char path[64];
    const char *paths[] = {path};
    snprintf(path, sizeof path, "/tmp/tracekit-documents-%ld", (long)getpid());
    FILE *f = fopen(path, "wb");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        bail_out("cannot write %s", path);
    struct tk_read_opts opts = {.keep_going = true, .format = "json"};
    struct tk_reader *r;
    struct tk_batch *b;
    struct tk_err err = {0};
    size_t n = 0;
    if (tk_reader_open(&r, paths, 1, &opts, &err) < 0)
        bail_out("%s", err.text);
    while (tk_reader_next(r, &b) == 1)
        for (uint32_t i = 0; i < b->nspans && n < sizeof names - 1; i++)
            names[n++] = b->spans[i].name.p[0];
    names[n] = 0;
    *skipped = tk_reader_stats(r)->records_skipped;
    tk_reader_close(r);
    unlink(path);
    return names;
}

static void test_keep_going(void)
{
    static const struct {
        const char *text, *names, *what;
        uint64_t skipped;
    } cases[] = {
        {"{\"resourceSpans\":[" RESOURCE("a") ",{\"scopeSpans\":5}," RESOURCE("c") "]}\n{\"resourceSpans\":[" RESOURCE(
             "d") "]}",
         "acd", "a record of a wrong type, between two of its document", 1},
        {"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":broken}]}]}," RESOURCE("b") "," RESOURCE(
             "c") "],\"x\":[{\"name\":1}]}",
         "bc", "the first of a document", 1},
        {"{\"resourceSpans\":[" RESOURCE("a") ",7]}{\"resourceSpans\":[" RESOURCE("b") "]}", "ab", "the last", 1},
        {"{\"trace\":{\"resourceSpans\":[7," RESOURCE("a") ",{\"resource\":5},8," RESOURCE(
             "b") "],\"y\":{}},\"status\":\"COMPLETE\"}\n"
                  "{\"resourceSpans\":[" RESOURCE("c") "]}",
         "abc", "several in a document with a wrapper", 3},
        {"[{\"resourceSpans\":[7]},{\"resourceSpans\":[" RESOURCE("a") "]}]\n{\"resourceSpans\":[" RESOURCE("b") "]}",
         "ab", "in an array of documents", 1},
        {"{\"resourceSpans\":[" RESOURCE("a") ",{\"scopeSpans\":[{\"spans\":[{\"name\":\"cut off\n{\"resourceSpans\":[" RESOURCE(
             "b") "]}\n{\"resourceSpans\":[" RESOURCE("c") "]}\n",
         "abc", "a line that breaks off inside a string", 1},
        {"{\"resourceSpans\":[" RESOURCE("a") "]}\n{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[" SPAN(
             "b") "\n{\"resourceSpans\":[" RESOURCE("c") "]}\n",
         "ac", "a line that breaks off between values", 1},
        {"{\"resourceSpans\":[" RESOURCE("a") "]}\nINFO: text {\"in between\"\n\n{\"resourceSpans\":[" RESOURCE(
             "b") "]}\n",
         "ab", "a line of text", 1},
        {"{\"resourceSpans\":[\n" RESOURCE("a") ",\n{\"resource\":7},\n" RESOURCE("c") "\n]}\n", "ac",
         "a document over several lines", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t skipped;
        is_str(kept(cases[i].text, &skipped), cases[i].names, "%s: the others are kept", cases[i].what);
        is_uint(skipped, cases[i].skipped, "and it is counted");
    }
}

int main(void)
{
    test_wrappers();
    test_signals();
    test_logs();
    test_foreign();
    test_keep_going();
    return done_testing();
}
