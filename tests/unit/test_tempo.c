/* Tempo: what is written is what jsonpb writes, and comes back whole; the second API's protobuf; other signals in
 * protobuf, which share its outer layers. */
#include "base/num.h"
#include "format/pb/pb.h"
#include "format_help.h"
#include "random_spans.h"

static const char *tempo(const struct tk_batch *b, uint64_t notes[TKI_NOTE_COUNT])
{
    static struct tki_buf out;
    static uint64_t none[TKI_NOTE_COUNT];
    out.n = 0;
    tki_tempo_json_put(&out, b, NULL, b->nspans, notes ? notes : none);
    tki_buf_putc(&out, 0);
    return out.p;
}

static void test_rendering(void)
{
    struct tk_batch *b = read_text(
        &tki_format_otlp_json,
        "{\"resourceSpans\":[{\"resource\":{\"entityRefs\":[{\"type\":\"host\"}]},\"scopeSpans\":[{\"scope\":{},\"spans\":[{"
        "\"traceId\":\"000102030405060708090a0b0c0d0e0f\",\"spanId\":\"fffefdfcfbfaf9f8\",\"parentSpanId\":\"0000000000000001\","
        "\"traceState\":\"a=b\",\"flags\":257,\"name\":\"a<b> & \\\"c\\\" \\u2028\\u2029\\u2027\\u201c\\n\\u0001\",\"kind\":3,"
        "\"startTimeUnixNano\":\"1\",\"endTimeUnixNano\":\"18446744073709551615\",\"attributes\":["
        "{\"key\":\"s\",\"value\":{\"stringValue\":\"\"}},{\"key\":\"b\",\"value\":{\"boolValue\":false}},"
        "{\"key\":\"i\",\"value\":{\"intValue\":\"-9223372036854775808\"}},{\"key\":\"d\",\"value\":{\"doubleValue\":1e21}},"
        "{\"key\":\"n\",\"value\":{\"doubleValue\":\"NaN\"}},{\"key\":\"y\",\"value\":{\"bytesValue\":\"AP8=\"}},"
        "{\"key\":\"a\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{}]}}},{\"key\":\"e\",\"value\":{\"arrayValue\":{}}},"
        "{\"key\":\"k\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"x\",\"value\":{\"boolValue\":true}}]}}}],"
        "\"droppedAttributesCount\":1,\"events\":[{\"timeUnixNano\":\"5\",\"name\":\"e\"}],\"droppedEventsCount\":2,"
        "\"links\":[{\"traceId\":\"00000000000000000000000000000001\",\"spanId\":\"0000000000000002\",\"flags\":1}],\"droppedLinksCount\":3,"
        "\"status\":{\"message\":\"m\",\"code\":2}},{\"kind\":77}]}],\"schemaUrl\":\"u\"}]}");
    uint64_t notes[TKI_NOTE_COUNT] = {0};
    is_str(
        tempo(b, notes),
        "{\"batches\":[{\"resource\":{},\"scopeSpans\":[{\"scope\":{},\"spans\":[{\"traceId\":\"AAECAwQFBgcICQoLDA0ODw==\","
        "\"spanId\":\"//79/Pv6+fg=\",\"traceState\":\"a=b\",\"parentSpanId\":\"AAAAAAAAAAE=\",\"flags\":257,"
        "\"name\":\"a\\u003cb\\u003e \\u0026 \\\"c\\\" \\u2028\\u2029\xe2\x80\xa7\xe2\x80\x9c\\n\\u0001\",\"kind\":\"SPAN_KIND_CLIENT\","
        "\"startTimeUnixNano\":\"1\",\"endTimeUnixNano\":\"18446744073709551615\",\"attributes\":["
        "{\"key\":\"s\",\"value\":{\"stringValue\":\"\"}},{\"key\":\"b\",\"value\":{\"boolValue\":false}},"
        "{\"key\":\"i\",\"value\":{\"intValue\":\"-9223372036854775808\"}},{\"key\":\"d\",\"value\":{\"doubleValue\":1e+21}},"
        "{\"key\":\"n\",\"value\":{\"doubleValue\":\"NaN\"}},{\"key\":\"y\",\"value\":{\"bytesValue\":\"AP8=\"}},"
        "{\"key\":\"a\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{}]}}},{\"key\":\"e\",\"value\":{\"arrayValue\":{}}},"
        "{\"key\":\"k\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"x\",\"value\":{\"boolValue\":true}}]}}}],"
        "\"droppedAttributesCount\":1,\"events\":[{\"timeUnixNano\":\"5\",\"name\":\"e\"}],\"droppedEventsCount\":2,"
        "\"links\":[{\"traceId\":\"AAAAAAAAAAAAAAAAAAAAAQ==\",\"spanId\":\"AAAAAAAAAAI=\",\"flags\":1}],\"droppedLinksCount\":3,"
        "\"status\":{\"message\":\"m\",\"code\":\"STATUS_CODE_ERROR\"}},{\"kind\":77,\"status\":{}}]}],\"schemaUrl\":\"u\"}]}\n",
        "every field as jsonpb renders it");
    is_uint(notes[TK_NOTE_LOST_RESOURCE], 1, "entities are lost and counted");
    tk_batch_free(b);
}

static struct tki_buf proto_of(const struct tk_batch *b)
{
    struct tki_buf out = {0};
    tki_otlp_proto_put(&out, b, NULL, 0);
    return out;
}

static void test_identity(void)
{
    struct rng r = {rng_seed()};
    for (int i = 0; i < 40; i++) {
        struct tk_batch *b = tk_batch_new();
        random_batch(&r, b, 1 + rng_below(&r, 30));
        for (uint32_t k = 0; k < b->nresources; k++)
            b->resources[k].entities.count = 0;
        struct tki_buf want = proto_of(b);
        struct tk_batch *back = read_needs(&tki_format_tempo, tki_str(tempo(b, NULL)), TK_NEED_COPY, 0);
        struct tki_buf got = proto_of(back);
        is_mem(got.p, got.n, want.p, want.n, "through Tempo's JSON and back nothing changes but entities");
        tki_buf_free(&got);
        tki_buf_free(&want);
        tk_batch_free(back);
        tk_batch_free(b);
    }
}

static void field(struct tki_buf *to, unsigned number, const char *p, size_t n)
{
    char head[20], *end = tki_put_varint(tki_put_varint(head, number << 3 | 2), n);
    tki_buf_put(to, head, (size_t)(end - head));
    tki_buf_put(to, p, n);
}

static void nest(struct tki_buf *to, unsigned number, struct tki_buf *inner)
{
    field(to, number, inner->p ? inner->p : "", inner->n);
    tki_buf_free(inner);
}

static void test_response(void)
{
    struct rng r = {rng_seed() + 1};
    struct tk_batch *b = tk_batch_new();
    random_batch(&r, b, 50);
    struct tki_buf trace = proto_of(b), want = proto_of(b), response = {0};
    nest(&response, 1, &trace);
    size_t whole = response.n;
    tki_buf_lit(&response, "\x12\x02\x08\x05\x18\x01\x22\x03"
                           "abc");
    struct tk_err err = {0};
    const struct tki_format *f = tki_format_detect((tk_str){response.p, response.n}, true, &err);
    is_str(f ? f->info.name : err.text, "tempo-proto", "an answer of the second API is recognised");
    f = tki_format_detect((tk_str){response.p, 300}, false, &err);
    is_str(f ? f->info.name : err.text, "tempo-proto", "also by its head");
    struct tk_batch *back = read_needs(&tki_format_tempo_proto, (tk_str){response.p, response.n}, TK_NEED_COPY, 0);
    struct tki_buf got = proto_of(back);
    is_mem(got.p, got.n, want.p, want.n, "and has the trace");
    is_uint(tk_notes_get(back->notes, TK_NOTE_PARTIAL), 1, "that is partial");
    tk_batch_free(back);
    tk_batch_free(read_needs(&tki_format_tempo_proto, (tk_str){response.p, whole - 1}, TK_NEED_COPY, TK_EINVALID));
    is_str(help_err.text, "a length reaches beyond its message", "cut off it is refused");
    f = tki_format_detect((tk_str){want.p, want.n}, true, &err);
    is_str(f ? f->info.name : err.text, "otlp", "an answer of the first API is OTLP");
    tki_buf_free(&got);
    tki_buf_free(&want);
    tki_buf_free(&response);
    tk_batch_free(b);
}

/* A ResourceX with one element, with a service name as collectors send it. */
static void signal_record(struct tki_buf *to, const char *element, size_t n)
{
    struct tki_buf value = {0}, attribute = {0}, resource = {0}, scope = {0}, record = {0};
    field(&value, 1, "shop", 4);
    field(&attribute, 1, "service.name", 12);
    nest(&attribute, 2, &value);
    nest(&resource, 1, &attribute);
    nest(&record, 1, &resource);
    field(&scope, 1, "", 0);
    field(&scope, 2, element, n);
    nest(&record, 2, &scope);
    nest(to, 1, &record);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void test_signals(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        enum tk_note note;
        const char *what;
    } cases[] = {
        {BYTES("\x09\1\2\3\4\5\6\7\x18\x10\x09\x2a\x07\x0a\x05hello\x32\x07\x0a\x01k\x12\x02\x10\x01\x4a\x10"
               "0123456789abcdef\x52\x08"
               "01234567"),
         TK_NOTE_OTHER_LOGS, "a log record with a trace id"},
        {BYTES("\x59\1\2\3\4\5\6\7\x18\x2a\x03\x0a\x01x"), TK_NOTE_OTHER_LOGS,
         "a log record with an observed time only"},
        {BYTES("\x0a\x03"
               "cpu\x12\x04load\x1a\x01"
               "1\x2a\x0d\x0a\x0b\x19\1\2\3\4\5\6\7\x18\x30\1"),
         TK_NOTE_OTHER_METRICS, "a gauge"},
        {BYTES("\x0a\x10process.cpu.time\x1a\x01s\x3a\x0d\x0a\x0b\x19\1\2\3\4\5\6\7\x18\x30\1"), TK_NOTE_OTHER_METRICS,
         "a sum with a name of sixteen letters"},
        {BYTES("\x0a\x08requests\x4a\x0d\x0a\x0b\x19\1\2\3\4\5\6\7\x18\x20\1"), TK_NOTE_OTHER_METRICS, "a histogram"},
        {BYTES("\x0a\x04\x08\1\x10\2\x12\x02\x08\1\x19\1\2\3\4\5\6\7\x18\x20\x05\x3a\x10"
               "0123456789abcdef"),
         TK_NOTE_OTHER_PROFILES, "a profile"},
    };
    static const char span[] = "\x0a\x10"
                               "0123456789abcdef\x12\x08"
                               "01234567\x2a\x01x\x39\1\2\3\4\5\6\7\x18";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_buf in = {0};
        struct tk_err err = {0};
        signal_record(&in, cases[i].bytes, cases[i].n);
        const struct tki_format *f = tki_format_detect((tk_str){in.p, in.n}, true, &err);
        is_str(f ? f->info.name : err.text, "otlp", "%s is recognised as OTLP", cases[i].what);
        signal_record(&in, span, sizeof span - 1);
        signal_record(&in, cases[i].bytes, cases[i].n);
        struct tk_batch *b = read_needs(&tki_format_otlp_proto, (tk_str){in.p, in.n}, TK_NEED_COPY, 0);
        is_uint(b->nspans, 1, "only the span beside it is read");
        is_uint(b->nresources, 1, "with its resource");
        is_uint(tk_notes_get(b->notes, cases[i].note), 2, "and it is counted by its name");
        is_uint(tk_notes_get(b->notes, TK_NOTE_ID_REPLACED), 0, "and by nothing else");
        tk_batch_free(b);
        struct tki_buf framed = {0};
        tki_buf_put(&framed, "\0\0\0", 3);
        tki_buf_putc(&framed, (char)in.n);
        tki_buf_put(&framed, in.p, in.n);
        if (in.n < 256) {
            b = read_needs(&tki_format_otlp_framed, (tk_str){framed.p, framed.n}, TK_NEED_COPY, 0);
            ok(b->nspans == 1 && tk_notes_get(b->notes, cases[i].note) == 2, "likewise behind lengths");
            tk_batch_free(b);
        }
        tki_buf_free(&framed);
        tki_buf_free(&in);
    }
    /* a span without times is a span */
    struct tki_buf in = {0};
    signal_record(&in, BYTES("\x0a\x10"
                             "0123456789abcdef\x12\x08"
                             "01234567\x2a\x01x"));
    signal_record(&in, "", 0);
    struct tk_batch *b = read_needs(&tki_format_otlp_proto, (tk_str){in.p, in.n}, TK_NEED_COPY, 0);
    is_uint(b->nspans, 2, "spans without times, and without anything, are spans");
    tk_batch_free(b);
    tki_buf_free(&in);
}

int main(void)
{
    diag("SEED=%llu", (unsigned long long)rng_seed());
    test_rendering();
    test_identity();
    test_response();
    test_signals();
    return done_testing();
}
