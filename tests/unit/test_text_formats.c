/* The consoles that print a span over lines of text: pieces of any size give the same rows, what breaks off is an error
 * or gives a beginning, and a fault in one record leaves the others. */
#include "format_help.h"
#include "io/source.h"

static const char span[] = "Span #0\n"
                           "    Trace ID       : 5b8efff798038103d269b633813fc60c\n"
                           "    Parent ID      : \n"
                           "    ID             : eee19b7ec3c1b174\n"
                           "    Name           : a b\n"
                           "    Kind           : Server\n"
                           "    Start time     : 2024-01-01 00:00:01.5 +0000 UTC\n"
                           "    End time       : 2024-01-01 00:00:02 +0000 UTC\n"
                           "    Status code    : Unset\n"
                           "    Status message : \n";

static struct tk_batch *debug(const char *text, int want)
{
    return read_needs(&tki_format_collector_debug, tki_str(text), TK_NEED_ALL, want);
}

/* The span above with these lines behind it. */
static const char *with(const char *more)
{
    static char text[8192];
    snprintf(text, sizeof text, "ResourceSpans #0\nResource SchemaURL: \nScopeSpans #0\n%s%s", span, more);
    return text;
}

static void test_debug_values(void)
{
    static const struct {
        const char *line, *value;
    } good[] = {
        {"Str()", "\"stringValue\":\"\""},
        {"Str(a)b)", "\"stringValue\":\"a)b\""},
        {"Int(-9223372036854775808)", "\"intValue\":\"-9223372036854775808\""},
        {"Double(1e+21)", "\"doubleValue\":1e+21"},
        {"Bool(true)", "\"boolValue\":true"},
        {"Empty()", "\"value\":{}"},
        {"Slice([1,\"a)\"])", "\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{\"stringValue\":\"a)\"}]}"},
        {"Str(a\n     -> b\n)", "\"stringValue\":\"a\\n     -> b\\n\""},
    };
    static const char *const bad[] = {"Int(x)", "Int(1", "Bool(yes)", "Thing(1)", "1", "Bytes(!)"};
    char more[256];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        snprintf(more, sizeof more, "Attributes:\n     -> k: %s\nEvents:\n", good[i].line);
        struct tk_batch *b = debug(with(more), 0);
        ok(b->nspans == 1 && strstr(shown(b), good[i].value), "%s", good[i].line);
        tk_batch_free(b);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(more, sizeof more, "Attributes:\n     -> k: %s\n", bad[i]);
        struct tk_batch *b = debug(with(more), TK_EINVALID);
        ok(b->nspans == 0, "%s is refused, and its span is taken back", bad[i]);
        tk_batch_free(b);
    }
}

/* The text cut after each of its bytes: rows are whole, or the record is refused. */
static void test_debug_cut(void)
{
    const char *text = with("Attributes:\n     -> k: Str(v)\nEvents:\nSpanEvent #0\n     -> Name: e\n"
                            "     -> Timestamp: 2024-01-01 00:00:01.7 +0000 UTC\n     -> DroppedAttributesCount: 0\n");
    size_t n = strlen(text);
    unsigned refused = 0, whole = 0, odd = 0;
    char *copy = strdup(text);
    for (size_t cut = 0; copy && cut <= n; cut++) {
        struct tk_batch *b = tk_batch_new();
        struct tk_err err = {0};
        int r = tki_format_decode(&tki_format_collector_debug, (tk_str){copy, cut}, TK_NEED_ALL, b, &err);
        refused += r == TK_EINVALID && b->nspans == 0;
        whole += r == 0 && b->nspans == 1 && b->spans[0].end_ns;
        odd += r == 0 && b->nspans == 1 && !b->spans[0].end_ns;
        tk_batch_free(b);
    }
    free(copy);
    ok(refused > 300 && whole > 20 && odd == 0, "cut anywhere: %u times refused, %u times a whole span", refused,
       whole);
}

static void test_dotnet_times(void)
{
    static const struct {
        const char *start, *duration, *event;
        uint64_t end_ns, event_ns;
    } cases[] = {
        {"2024-02-03T23:59:59.5000000Z", "00:00:00.5000000", "2/3/2024 11:59:59 PM +00:00", 1707004800000000000u,
         1707004799500000000u},
        {"2024-02-03T23:59:59.5000000Z", "00:00:10", "04.02.2024 01:00:05 +01:00", 1707004809500000000u,
         1707004805000000000u},
        {"2024-02-03T00:00:01Z", "1.00:00:00", "2024-02-03 12:00:00 +00:00", 1707004801000000000u,
         1706961600000000000u},
        {"2024-02-03T00:00:01Z", "-00:00:01", "x", 1706918400000000000u, 0},
        {"2024-02-03T00:00:01Z", "00:00:01", "2/3/2025 0:00:01 AM +00:00", 1706918402000000000u, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        snprintf(
            text, sizeof text,
            "Activity.TraceId:            5b8efff798038103d269b633813fc60c\nActivity.SpanId:             "
            "eee19b7ec3c1b174\nActivity.StartTime:          %s\nActivity.Duration:           %s\nActivity.Events:\n"
            "    e [%s]\n",
            cases[i].start, cases[i].duration, cases[i].event);
        struct tk_batch *b = read_needs(&tki_format_dotnet_console, tki_str(text), TK_NEED_ALL, 0);
        ok(b->nspans == 1 && b->nevents == 1, "a span with an event");
        is_uint(b->spans[0].end_ns, cases[i].end_ns, "it ends after %s", cases[i].duration);
        is_uint(b->events[0].time_ns, cases[i].event_ns, "the event's time %s", cases[i].event);
        tk_batch_free(b);
    }
    static const char *const bad[] = {"", "1", "00:61:00", "00:00:00.1x", "x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "Activity.TraceId: 5b8efff798038103d269b633813fc60c\nActivity.SpanId: eee19b7ec3c1b174\n"
                 "Activity.StartTime: 2024-02-03T00:00:01Z\nActivity.Duration: %s\n",
                 bad[i]);
        fails(&tki_format_dotnet_console, text, strstr(text, "Activity.Duration") - text,
              "expected a duration such as 00:00:00.0316657");
    }
}

/* A line that nobody knows, behind each line: it is counted, or a value goes on in it. */
static void test_strange_lines(const struct tki_format *f, const char *text, const char *line)
{
    struct tk_batch *b = read_needs(f, tki_str(text), TK_NEED_ALL, 0);
    uint64_t before = tk_notes_get(b->notes, TK_NOTE_TEXT_SKIPPED);
    uint32_t nspans = b->nspans;
    unsigned lost = 0, n = 0;
    tk_batch_free(b);
    for (const char *at = text; (at = strchr(at, '\n')) != NULL && at[1]; n++) {
        char made[4096];
        if (*at++ && at[-2] == ')') /* a value goes on until a bracket ends a line: what comes is an error */
            continue;
        snprintf(made, sizeof made, "%.*s%s\n%s", (int)(at - text), text, line, at);
        b = read_needs(f, tki_str(made), TK_NEED_ALL, 0);
        bool kept = strstr(shown(b), "zz-value") != NULL;
        bool fine = b->nspans == nspans && (kept || tk_notes_get(b->notes, TK_NOTE_TEXT_SKIPPED) == before + 1);
        if (!fine)
            diag("lost behind %.*s", (int)strcspn(at, "\n"), at);
        lost += !fine;
        tk_batch_free(b);
    }
    ok(n > 10 && lost == 0, "%s: '%s' is counted or kept, behind each of %u lines", f->info.name, line, n);
}

static void test_strangers(void)
{
    static const char events[] =
        "Attributes:\n     -> k: Str(v)\nEvents:\nSpanEvent #0\n     -> Name: e\n"
        "     -> Timestamp: 2024-01-01 00:00:01.6 +0000 UTC\n     -> DroppedAttributesCount: 0\n"
        "Links:\nSpanLink #0\n     -> Trace ID: 5b8efff798038103d269b633813fc60c\n"
        "     -> ID: eee19b7ec3c1b175\n     -> TraceState: \n";
    static const char dotnet[] = "Activity.TraceId:            4339806bc6452b773809c8c896f2a804\n"
                                 "Activity.SpanId:             dcd78b34778c4891\n"
                                 "Activity.DisplayName:        a\n"
                                 "Activity.Kind:               Client\n"
                                 "Activity.StartTime:          2025-03-02T23:59:59.3201059Z\n"
                                 "Activity.Duration:           00:00:01.0316657\n"
                                 "Activity.Tags:\n    k: v\n"
                                 "Instrumentation scope (ActivitySource):\n    Name: s\n"
                                 "Resource associated with Activity:\n    service.name: shop\n";
    test_strange_lines(&tki_format_collector_debug, with(events), "    Stranger       : zz-value");
    test_strange_lines(&tki_format_dotnet_console, dotnet, "Activity.Stranger:           zz-value");
    test_strange_lines(&tki_format_dotnet_console, dotnet, "    stranger: zz-value");
}

int main(void)
{
    test_debug_values();
    test_debug_cut();
    test_dotnet_times();
    test_strangers();
    return done_testing();
}
