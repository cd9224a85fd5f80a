/* Jaeger's protobuf and Thrift structs as JSON: shapes, ids, times, types of tags, recognising. */
#include "jaeger_texts.h"

#define PJ        (&tki_format_jaeger_protojson)
#define THE_TRACE "\"traceId\":\"AAAAAAAAAAEAAAAAAAAAAg==\""
#define BOTH_IDS  THE_TRACE ",\"spanId\":\"AAAAAAAAAAM=\""
#define START     "\"startTime\":\"1970-01-01T00:00:01Z\""
#define PROCESS   "\"process\":{\"serviceName\":\"web\"}"
#define DOC       "{" BOTH_IDS "," PROCESS "," START "}"

static struct tk_batch *one(const char *members)
{
    char text[2048];
    snprintf(text, sizeof text, "{" BOTH_IDS "," PROCESS ",\"operationName\":\"\",%s}", members);
    struct tk_batch *b = read_text(PJ, text);
    ok(b->nspans == 1, "a span with %s", members);
    return b;
}

static void test_shapes(void)
{
    static const char *const same[] = {
        DOC,
        "{\"spans\":[" DOC "]}",
        "{\"result\":{\"spans\":[" DOC "]}}",
        "[{\"spans\":[" DOC "]}]",
        "{\"spans\":[{" BOTH_IDS "," START "}]," PROCESS "}",
        "{" PROCESS ",\"spans\":[{" BOTH_IDS "," START ",\"process\":null}]}",
        "{\"spans\":[{" BOTH_IDS "," START ",\"processId\":\"p\"}],\"processMap\":[{\"processId\":\"p\"," PROCESS "}]}",
        "{\"spans\":[{\"trace_id\":\"AAAAAAAAAAEAAAAAAAAAAg==\",\"span_id\":\"AAAAAAAAAAM=\",\"process_id\":\"p\","
        "\"start_time\":{\"seconds\":\"1\"}}],\"process_map\":[{\"process\":{\"service_name\":\"web\"},\"process_id\":\"p\"}]}",
        "{" PROCESS
        ",\"spans\":[{\"traceIdLow\":2,\"traceIdHigh\":1,\"spanId\":3,\"parentSpanId\":0,\"startTime\":1000000}]}",
        "{\"traceId\":\"00000000000000010000000000000002\",\"spanId\":\"0000000000000003\"," PROCESS "," START "}",
    };
    char want[4096];
    for (unsigned i = 0; i < sizeof same / sizeof *same; i++) {
        struct tk_batch *b = read_text(PJ, same[i]);
        if (i == 0)
            snprintf(want, sizeof want, "%s", shown(b));
        is_str(shown(b), want, "%s", same[i]);
        const struct tk_span *s = b->spans;
        ok(b->nspans == 1 && s->trace_id.hi == 1 && s->trace_id.lo == 2 && s->span_id == 3 && s->start_ns == 1000000000,
           "its ids and start");
        ok(!tk_notes_get(b->notes, TK_NOTE_ID_BASE64) && !tk_notes_get(b->notes, TK_NOTE_ID_REPLACED),
           "base64 is how ids are here");
        tk_batch_free(b);
    }
}

static void test_times(void)
{
    static const struct {
        const char *members;
        uint64_t start_ns;
        int64_t ns;
    } cases[] = {
        {START ",\"duration\":\"5000ns\"", 1000000000, 5000},
        {START ",\"duration\":\"0.000005s\"", 1000000000, 5000},
        {START ",\"duration\":\"1h2m3.5s\"", 1000000000, 3723500000000},
        {START ",\"duration\":\"1.5\xc2\xb5s\"", 1000000000, 1500},
        {START ",\"duration\":\"-2ms\"", 1000000000, -2000000},
        {START ",\"duration\":\"0\"", 1000000000, 0},
        {START ",\"duration\":7", 1000000000, 7},
        {"\"duration\":7,\"startTime\":1000000", 1000000000, 7000},
        {"\"startTime\":{\"seconds\":2,\"nanos\":3},\"duration\":{\"nanos\":4}", 2000000003, 4},
        {"\"startTime\":\"2017-01-26T16:46:31.639875139-05:00\"", 1485467191639875139, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tk_batch *b = one(cases[i].members);
        ok(b->spans[0].start_ns == cases[i].start_ns &&
               (int64_t)(b->spans[0].end_ns - b->spans[0].start_ns) == cases[i].ns,
           "start and duration");
        tk_batch_free(b);
    }
    static const char *const bad[] = {"x", "5", "1d", "s", "1e3s", "99999999999999999999ns", "9999999999h"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[512];
        snprintf(text, sizeof text, "{" BOTH_IDS "," START ",\"duration\":\"%s\"}", bad[i]);
        struct tk_batch *b = tk_batch_new();
        ok(tki_format_decode(PJ, tki_str(text), TK_NEED_COPY, b, NULL) < 0 && b->nspans == 0, "no duration: %s",
           bad[i]);
        tk_batch_free(b);
    }
}

static void test_tags(void)
{
    struct tk_batch *b = one(
        "\"tags\":[{\"key\":\"a\",\"vType\":\"INT64\",\"vInt64\":\"-9223372036854775808\"},{\"vBool\":true,\"vType\":\"BOOL\",\"key\":\"b\"},"
        "{\"key\":\"c\",\"v_type\":3,\"v_float64\":\"NaN\"},{\"key\":\"d\",\"v_type\":4,\"v_binary\":\"AQI=\",\"v_str\":\"\"},"
        "{\"key\":\"e\",\"vStr\":\"s\"},{\"key\":\"f\",\"vInt64\":5},{\"key\":\"g\",\"vType\":\"LONG\"},{\"key\":\"h\"},"
        "{\"key\":\"i\",\"vType\":1,\"vDouble\":2.5},{\"key\":\"j\",\"vType\":3,\"vLong\":6},{\"key\":\"k\",\"vType\":9,\"vStr\":\"x\"}]");
    static const enum tk_type types[] = {TK_INT, TK_BOOL,   TK_DOUBLE, TK_BYTES, TK_STRING, TK_INT,
                                         TK_INT, TK_STRING, TK_DOUBLE, TK_INT,   TK_EMPTY};
    const struct tk_attr *a = b->attrs + b->spans[0].attrs.first;
    bool fine = b->spans[0].attrs.count == 11;
    for (unsigned i = 0; i < 11 && fine; i++)
        ok(a[i].value.type == types[i] && a[i].key.p[0] == (char)('a' + i), "the type of %c", 'a' + (int)i);
    ok(fine && a[0].value.v.i == INT64_MIN && a[1].value.v.b && a[2].value.v.d != a[2].value.v.d && a[3].value.n == 2 &&
           a[5].value.v.i == 5 && a[6].value.v.i == 0 && a[8].value.v.d == 2.5 && a[9].value.v.i == 6,
       "and their values");
    tk_batch_free(b);
    b = one(
        "\"references\":[{\"traceId\":\"AAAAAAAAAAEAAAAAAAAAAg==\",\"spanId\":\"AAAAAAAAAAQ=\"},{\"refType\":1,\"traceIdLow\":-1,\"spanId\":-2}]");
    ok(b->spans[0].parent_id == 4 && b->spans[0].links.count == 1 && b->links[0].trace_id.lo == UINT64_MAX &&
           b->links[0].span_id == UINT64_MAX - 1,
       "references");
    tk_batch_free(b);
}

int main(void)
{
    test_shapes();
    test_times();
    test_tags();
    corpus_counts(PJ, "jaeger/", (const char *const[]){"jaeger-protojson", NULL}, "none of them");
    return done_testing();
}
