/* Members of objects that nobody knows: in every format of JSON they are counted, wherever they stand, unless they
 * become attributes.  What is around the documents of spans is nobody's loss. */
#include "format/lossless/lossless.h"
#include "format_help.h"

#define T32   "05523cd8192c865586b161353147d15d"
#define S16   "a587da2498947e18"
#define P16   "b587da2498947e18"
#define KEY   "{\"key\":\"k\",\"value\":"
#define OTLP  "[" KEY "{\"arrayValue\":{\"values\":[{\"stringValue\":\"v\"}]}}}]"
#define TAGS  "[{\"key\":\"k\",\"type\":\"string\",\"value\":\"v\"}]"
#define VTAGS "[{\"key\":\"k\",\"vType\":\"STRING\",\"vStr\":\"v\"}]"
#define DOC                                                                                                          \
    "{\"traceID\":\"" T32 "\",\"spanID\":\"" S16 "\",\"operationName\":\"a\",\"startTime\":1000000,"                 \
    "\"duration\":5,\"references\":[{\"refType\":\"FOLLOWS_FROM\",\"traceID\":\"" T32 "\",\"spanID\":\"" P16 "\"}]," \
    "\"tags\":" TAGS ",\"logs\":[{\"timestamp\":1000001,\"fields\":" TAGS "}],"
#define GOID     "{\"TraceID\":\"" T32 "\",\"SpanID\":\"" S16 "\",\"TraceFlags\":\"01\",\"Remote\":false}"
#define GOATTR   "[{\"Key\":\"k\",\"Value\":{\"Type\":\"STRING\",\"Value\":\"v\"}}]"
#define PYID     "{\"trace_id\":\"0x" T32 "\",\"span_id\":\"0x" S16 "\",\"trace_state\":\"[]\"}"
#define ENDPOINT "{\"serviceName\":\"s\",\"ipv4\":\"10.0.0.1\",\"port\":80}"
#define TIME     "\"2024-01-01T00:00:00Z\""

/* `around`: bits of the objects, by their place in the text, that stand around spans and say nothing of them. */
static const struct {
    const char *format;
    unsigned around;
    const char *text;
} cases[] = {
    {"json", 0,
     "{\"resourceSpans\":[{\"resource\":{\"attributes\":" OTLP ",\"entityRefs\":[{\"type\":\"t\",\"idKeys\":[\"k\"]}]},"
     "\"scopeSpans\":[{\"scope\":{\"name\":\"s\",\"attributes\":" OTLP "},\"spans\":[{\"traceId\":\"" T32
     "\",\"spanId\":\"" S16 "\",\"name\":\"a\",\"startTimeUnixNano\":{\"low\":5,\"high\":1},\"attributes\":" OTLP
     ",\"events\":[{\"name\":\"e\",\"attributes\":" OTLP "}],\"links\":[{\"traceId\":\"" T32 "\",\"spanId\":\"" P16
     "\",\"attributes\":" OTLP "}],\"status\":{\"code\":2}}]}]}]}"},
    {"json", 0,
     "{\"traceId\":\"" T32 "\",\"spanId\":\"" S16 "\",\"name\":\"a\",\"startTimeUnixNano\":\"5\",\"attributes\":[" KEY
     "{\"kvlistValue\":{\"values\":" OTLP "}}}]}"},
    {"jaeger", 1 << 0 | 1 << 7, /* 7 is the table of processes */
     "{\"data\":[{\"traceID\":\"" T32 "\",\"spans\":[" DOC "\"processID\":\"p1\",\"warnings\":null}],"
     "\"processes\":{\"p1\":{\"serviceName\":\"s\",\"tags\":" TAGS "}}}]}"},
    {"jaeger", 0,
     "{\"traceID\":\"" T32 "\",\"spans\":[" DOC "\"process\":{\"serviceName\":\"s\",\"tags\":" TAGS "}}]}"},
    {"jaeger-es", 0, DOC "\"process\":{\"serviceName\":\"s\",\"tag\":{\"k\":\"v\"}},\"tag\":{\"n\":1}}"},
    {"jaeger-es", 7,
     "{\"hits\":{\"hits\":[{\"_index\":\"i\",\"_source\":" DOC "\"process\":{\"serviceName\":\"s\",\"tags\":" TAGS
     "}}}]}}"},
    {"jaeger-es", 0,
     "{\"traceID\":\"" T32 "\",\"spanID\":\"" S16 "\",\"operationName\":\"a\",\"startTime\":1000000,"
     "\"references\":{\"spanID\":[\"" P16 "\"],\"traceID\":[\"" T32 "\"],\"refType\":[\"CHILD_OF\"]}}"},
    {"jaeger-pbjson", 0,
     "{\"traceId\":\"BVI82BksiVWGsWE1MUfRXQ==\",\"spanId\":\"pYfaJJiUfhg=\",\"operationName\":\"a\",\"startTime\":" TIME
     ",\"duration\":{\"seconds\":1,\"nanos\":5},\"references\":[{\"traceId\":\"BVI82BksiVWGsWE1MUfRXQ==\",\"spanId\":\"tYfaJJiUfhg=\"}],\"tags\":" VTAGS
     ",\"logs\":[{\"timestamp\":" TIME ",\"fields\":" VTAGS "}],\"process\":{\"serviceName\":\"s\",\"tags\":" VTAGS
     "}}"},
    {"jaeger-pbjson", 0,
     "{\"spans\":[{\"traceId\":\"BVI82BksiVWGsWE1MUfRXQ==\",\"spanId\":\"pYfaJJiUfhg=\",\"operationName\":\"a\",\"startTime\":" TIME
     ",\"processId\":\"p1\"}],\"processMap\":[{\"processId\":\"p1\",\"process\":{\"serviceName\":\"s\"}}]}"},
    {"zipkin", 0,
     "[{\"traceId\":\"" T32 "\",\"id\":\"" S16 "\",\"name\":\"a\",\"timestamp\":1000000,\"localEndpoint\":" ENDPOINT
     ",\"remoteEndpoint\":" ENDPOINT
     ",\"annotations\":[{\"timestamp\":1000001,\"value\":\"e\"}],\"tags\":{\"k\":\"v\"}}]"},
    {"zipkin-v1", 0,
     "[{\"traceId\":\"" T32 "\",\"id\":\"" S16 "\",\"name\":\"a\",\"timestamp\":1000000,"
     "\"annotations\":[{\"timestamp\":1000001,\"value\":\"sr\",\"endpoint\":" ENDPOINT "}],"
     "\"binaryAnnotations\":[{\"key\":\"k\",\"value\":\"v\",\"endpoint\":" ENDPOINT "}]}]"},
    {"nextjs", 0,
     "[{\"name\":\"a\",\"duration\":5,\"timestamp\":1000,\"id\":7,\"tags\":{\"k\":\"v\"},\"startTime\":1700000000000,"
     "\"traceId\":\"" S16 "\"}]"},
    {"stdouttrace", 0,
     "{\"Name\":\"a\",\"SpanContext\":" GOID ",\"Parent\":" GOID ",\"StartTime\":" TIME ",\"Attributes\":" GOATTR
     ",\"Events\":[{\"Name\":\"e\",\"Time\":" TIME ",\"Attributes\":" GOATTR "}],\"Links\":[{\"SpanContext\":" GOID
     ",\"Attributes\":" GOATTR "}],\"Status\":{\"Code\":\"Error\"},\"Resource\":" GOATTR
     ",\"InstrumentationScope\":{\"Name\":\"s\",\"Attributes\":" GOATTR "}}"},
    {"python-console", 0,
     "{\"name\":\"a\",\"context\":" PYID ",\"start_time\":" TIME ",\"status\":{\"status_code\":\"OK\"},"
     "\"attributes\":{\"k\":\"v\"},\"events\":[{\"name\":\"e\",\"timestamp\":" TIME ",\"attributes\":{\"k\":\"v\"}}],"
     "\"links\":[{\"context\":" PYID ",\"attributes\":{\"k\":\"v\"}}],"
     "\"resource\":{\"attributes\":{\"service.name\":\"s\"},\"schema_url\":\"\"}}"},
    {"php-console", 0,
     "[{\"name\":\"a\",\"context\":{\"trace_id\":\"" T32 "\",\"span_id\":\"" S16
     "\"},\"resource\":{\"service.name\":\"s\"},"
     "\"kind\":\"KIND_SERVER\",\"start\":1000,\"end\":2000,\"attributes\":{\"k\":\"v\"},\"status\":{\"code\":\"Ok\"},"
     "\"events\":[{\"name\":\"e\",\"timestamp\":1500,\"attributes\":{\"k\":\"v\"}}],"
     "\"links\":[{\"context\":{\"trace_id\":\"" T32 "\",\"span_id\":\"" P16 "\"},\"attributes\":{\"k\":\"v\"}}]}]"},
    {"datadog", 0,
     "[[{\"trace_id\":7,\"span_id\":8,\"name\":\"a\",\"service\":\"s\",\"resource\":\"r\",\"start\":1000,\"duration\":5,"
     "\"meta\":{\"k\":\"v\"},\"span_links\":[{\"trace_id\":7,\"span_id\":9,\"attributes\":{\"k\":\"v\"}}],"
     "\"span_events\":[{\"name\":\"e\",\"time_unix_nano\":1001,\"attributes\":{\"k\":\"v\"}}]}]]"},
    {"skywalking", 1,
     "{\"traceId\":\"t\",\"traceSegmentId\":\"g\",\"service\":\"s\",\"spans\":[{\"spanId\":0,\"startTime\":1000,"
     "\"endTime\":2000,\"operationName\":\"a\",\"tags\":[{\"key\":\"k\",\"value\":\"v\"}],"
     "\"logs\":[{\"time\":1500,\"data\":[{\"key\":\"k\",\"value\":\"v\"}]}],"
     "\"refs\":[{\"traceId\":\"t\",\"parentTraceSegmentId\":\"h\",\"parentSpanId\":0}]}]}"},
};

#define STRANGER "\"zz unknown\":\"zz value\""

static void put_with_stranger(struct tki_buf *to, const char *text, const char *at)
{
    to->n = 0;
    tki_buf_put(to, text, (size_t)(at - text) + 1);
    tki_buf_lit(to, STRANGER);
    if (at[1] != '}')
        tki_buf_putc(to, ',');
    tki_buf_str(to, tki_str(at + 1));
}

static uint64_t members_of(const struct tk_batch *b)
{
    return tk_notes_get(b->notes, TK_NOTE_MEMBER_DROPPED);
}

static const struct tki_format *format_of(unsigned i)
{
    return tki_format_find(cases[i].format);
}

/* A stranger in the object at `at`: counted once, or the key of an attribute. */
static void stranger(unsigned i, const char *at, unsigned place)
{
    static struct tki_buf made;
    put_with_stranger(&made, cases[i].text, at);
    struct tk_batch *b = read_needs(format_of(i), (tk_str){made.p, made.n}, TK_NEED_ALL, 0);
    bool kept = strstr(shown(b), "zz unknown") != NULL;
    uint64_t count = members_of(b);
    bool fine = b->nspans == 1 && (cases[i].around >> place & 1 ? !kept && !count : count + kept == 1);
    ok(fine, "%s, case %u: a stranger in object %u is counted or an attribute", cases[i].format, i, place);
    if (!fine)
        diag("%u spans, counted %d times%s: %.*s", b->nspans, (int)count, kept ? ", kept" : "",
             (int)(at - cases[i].text) + 1, cases[i].text);
    tk_batch_free(b);
}

static void test_every_object(void)
{
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tk_batch *b = read_needs(format_of(i), tki_str(cases[i].text), TK_NEED_ALL, 0);
        is_uint(members_of(b), 0, "%s, case %u: nothing of it is left out", cases[i].format, i);
        tk_batch_free(b);
        unsigned place = 0;
        for (const char *at = cases[i].text; (at = strchr(at, '{')) != NULL; at++)
            stranger(i, at, place++);
    }
}

/* Less is decoded, and nothing is counted that would have been read. */
static void test_needs(void)
{
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned need = 1; need <= TK_NEED_WEIGHT; need <<= 1) {
            struct tk_batch *b = read_needs(format_of(i), tki_str(cases[i].text), need, 0);
            if (members_of(b))
                is_uint(members_of(b), 0, "%s, case %u: nothing is counted with need %x", cases[i].format, i, need);
            tk_batch_free(b);
        }
}

static void counts(const char *format, const char *text, unsigned want, const char *what)
{
    struct tk_batch *b = read_needs(tki_format_find(format), tki_str(text), TK_NEED_ALL, 0);
    is_uint(members_of(b), want, "%s: %s", format, what);
    tk_batch_free(b);
}

static void test_says_nothing(void)
{
#define ZIPKIN(more) "[{\"traceId\":\"" T32 "\",\"id\":\"" S16 "\",\"name\":\"a\",\"timestamp\":1000000" more "}]"
    counts("zipkin", ZIPKIN(",\"a\":null,\"b\":\"\",\"c\":[],\"d\":{ },\"e\":[\n ]"), 0,
           "what says nothing is no loss");
    counts("zipkin", ZIPKIN(",\"a\":0,\"b\":\" \",\"c\":[0],\"d\":{\"\":0},\"e\":false"), 5, "what says little is one");
    counts("jaeger",
           "{\"data\":[{\"spans\":[" DOC "\"warnings\":[\"w\"],\"depth\":1,\"hasChildren\":true}],"
           "\"processes\":{},\"services\":[{\"name\":\"s\"}],\"warnings\":null}],\"total\":1}",
           0, "what the UI derives is no loss");
    counts("jaeger", "{\"data\":[{\"spans\":[" DOC "\"x\":1}],\"warnings\":[\"w\"]}]}", 2, "warnings of a trace are");
    counts("jaeger",
           "{\"spans\":[{\"traceID\":\"" T32 "\",\"spanID\":\"" S16 "\",\"references\":[{\"spanID\":\"" P16
           "\",\"span\":{\"spanID\":\"1\",\"x\":7}}],\"startTime\":5}]}",
           0, "a span that a reference repeats is none");
    counts(
        "json",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":\"1\",\"status\":{\"deprecatedCode\":2,\"code\":2}}]}]}]}",
        0, "the older code of a status is none");
}

/* A record that is no span is counted as a whole, not by its members. */
static void test_no_span(void)
{
    counts("jaeger", "{\"spans\":[{\"traceID\":\"" T32 "\",\"spanID\":\"" S16 "\",\"x\":1}]}", 0, "members of no span");
    counts("zipkin", "[{\"traceId\":\"" T32 "\",\"id\":\"" S16 "\",\"x\":1}]", 0, "members of no span");
    counts("json",
           "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"" T32 "\",\"spanId\":\"" S16
           "\",\"body\":\"x\"}]}]}]}",
           0, "members of no span");
    counts("nextjs", "[{\"id\":7,\"traceId\":\"" S16 "\",\"x\":1}]", 0, "members of no span");
}

/* Members that are lost where the batch is written. */
static uint64_t lost_to(const struct tki_format *f, const struct tk_batch *b, struct tki_buf *out)
{
    struct tki_encode e = {.out = out};
    const uint32_t row = 0;
    out->n = 0;
    tki_format_put(f, false, &e, b, &row, 1);
    tki_buf_putc(out, 0);
    if (e.state)
        (f->free_state ? f->free_state : free)(e.state);
    return e.notes[TK_NOTE_MEMBER_DROPPED];
}

/* A span that is copied as it stood loses nothing. */
static void test_copied(void)
{
#define COPIED(between)                                                                                     \
    "{\"resourceSpans\":[{\"resource\":{\"x\":1},\"scopeSpans\":[{\"scope\":{\"x\":1},\"spans\":[{" between \
    "\"traceId\":\"" T32 "\",\"spanId\":\"" S16 "\",\"startTimeUnixNano\":\"5\",\"x\":1,\"events\":[{\"x\":1}]}]}]}]}"
    static const struct {
        const char *text;
        bool proto_only;
        unsigned lost; /* to OTLP JSON: when it is read, and when it is written */
        unsigned left;
    } copies[] = {{COPIED(""), false, 0, 0},
                  {COPIED(""), true, 4, 0},
                  {COPIED("\n"), false, 0, 2},               /* a line cannot hold it */
                  {COPIED("\"kind\":\"1\","), false, 2, 0}}; /* not by the book, so it is written anew */
    for (unsigned i = 0; i < sizeof copies / sizeof *copies; i++) {
        static struct tki_buf in, out;
        struct tk_batch *b = tk_batch_new();
        in.n = out.n = 0;
        tki_buf_str(&in, tki_str(copies[i].text));
        for (unsigned pad = 0; pad < TKI_PADDING; pad++)
            tki_buf_putc(&in, 0);
        struct tki_decode d = {.in = {in.p, in.n - TKI_PADDING},
                               .needs = TK_NEED_COPY,
                               .proto_only = copies[i].proto_only,
                               .batch = b,
                               .err = &help_err};
        is_int(tki_format_otlp_json.decode(&d), 0, "copy %u is read", i);
        is_uint(members_of(b), copies[i].lost, "copy %u: members that reading loses", i);
        is_uint(lost_to(&tki_format_otlp_json, b, &out), copies[i].left, "copy %u: members that writing loses", i);
        unsigned kept = 0;
        for (const char *at = out.p; (at = strstr(at, "\"x\":1")) != NULL; at++)
            kept++;
        is_uint(kept, 4 - copies[i].lost - copies[i].left, "copy %u: members that are written", i);
        is_uint(lost_to(&tki_format_jaeger_json, b, &out), 4 - copies[i].lost, "copy %u: what another format loses", i);
        b->spans[0].raw = (tk_str){0};
        is_uint(lost_to(&tki_format_otlp_json, b, &out), i < 3 && !copies[i].proto_only ? 2 : 0,
                "copy %u: what a span loses that was changed", i);
        tk_batch_free(b);
    }
}

int main(void)
{
    test_every_object();
    test_needs();
    test_says_nothing();
    test_no_span();
    test_copied();
    return done_testing();
}
