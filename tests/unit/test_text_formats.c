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

int main(void)
{
    test_debug_values();
    test_debug_cut();
    test_dotnet_times();
    return done_testing();
}
