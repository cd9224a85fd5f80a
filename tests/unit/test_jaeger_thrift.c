/* Jaeger's Thrift: the same spans in both protocols and all wrappings; what is refused; splitting; writing.
 */
#include "thrift_help.h"

#define JAEGER (&tki_format_jaeger_thrift)

enum wrap { BATCH, MESSAGE, OLD_MESSAGE, BATCHES, WRAPS };

static void tag(struct maker *m, const char *key, int type)
{
    make_open(m);
    make_str(m, 1, key);
    make_i32(m, 2, type);
}

static void tags(struct maker *m, int id)
{
    make_list(m, id, TKI_THRIFT_STRUCT, 5);
    tag(m, "s", 0);
    make_str(m, 3, "v");
    make_close(m);
    tag(m, "d", 1);
    make_double(m, 4, 0.5);
    make_close(m);
    tag(m, "b", 2);
    make_bool(m, 5, true);
    make_close(m);
    tag(m, "l", 3);
    make_i64(m, 6, INT64_MIN);
    make_close(m);
    tag(m, "x", 4);
    make_bytes(m, 7, "\0\xff", 2);
    make_close(m);
}

static void process(struct maker *m)
{
    make_struct(m, 1);
    make_str(m, 1, "shop");
    tags(m, 2);
    make_close(m);
}

static void reference(struct maker *m, int type, int64_t high, int64_t low, int64_t span)
{
    make_open(m);
    make_i32(m, 1, type);
    make_i64(m, 2, low);
    make_i64(m, 3, high);
    make_i64(m, 4, span);
    make_close(m);
}

static void ids(struct maker *m, int64_t span, int64_t parent)
{
    make_open(m);
    make_i64(m, 1, -1);
    make_i64(m, 2, 10);
    make_i64(m, 3, span);
    make_i64(m, 4, parent);
}

static void spans(struct maker *m, uint32_t more)
{
    make_list(m, 2, TKI_THRIFT_STRUCT, 2 + more);
    ids(m, 1, 2);
    make_str(m, 5, "one");
    make_list(m, 6, TKI_THRIFT_STRUCT, 3);
    reference(m, 0, 10, -1, 2); /* says what parentSpanId says */
    reference(m, 1, 10, -1, 3);
    reference(m, 0, 11, 12, 4);
    make_i32(m, 7, 1);
    make_i64(m, 8, 1000000);
    make_i64(m, 9, 5);
    tags(m, 10);
    make_list(m, 11, TKI_THRIFT_STRUCT, 1);
    make_open(m);
    make_i64(m, 1, 1000001);
    tags(m, 2);
    make_close(m);
    make_str(m, 40, "a field of the future");
    make_close(m);
    for (uint32_t i = 0; i <= more; i++) {
        ids(m, 2 + i, 0);
        make_i64(m, 8, -7);
        make_i64(m, 9, -8);
        make_close(m);
    }
}

static void batch_fields(struct maker *m, bool process_last, uint32_t more)
{
    if (!process_last)
        process(m);
    spans(m, more);
    if (process_last)
        process(m);
    make_i64(m, 3, 99);
    make_struct(m, 4);
    make_i64(m, 1, 3);
    make_close(m);
    make_close(m);
}

static void record(struct maker *m, enum wrap wrap, bool process_last, uint32_t more)
{
    if (wrap == BATCH) {
        make_open(m);
        batch_fields(m, process_last, more);
        return;
    }
    make_message(m, wrap == OLD_MESSAGE ? OLD : VERSIONED, wrap == BATCHES ? "submitBatches" : "emitBatch");
    if (wrap == BATCHES) {
        make_list(m, 1, TKI_THRIFT_STRUCT, 2);
        make_open(m);
        batch_fields(m, process_last, more);
        make_open(m);
    } else {
        make_struct(m, 1);
    }
    batch_fields(m, process_last, more);
    make_close(m);
}

#define VALUES                                                                                           \
    "{\"key\":\"s\",\"value\":{\"stringValue\":\"v\"}},{\"key\":\"d\",\"value\":{\"doubleValue\":0.5}}," \
    "{\"key\":\"b\",\"value\":{\"boolValue\":true}},{\"key\":\"l\",\"value\":{\"intValue\":"             \
    "\"-9223372036854775808\"}},{\"key\":\"x\",\"value\":{\"bytesValue\":\"AP8=\"}}"
#define TRACE  "\"traceId\":\"000000000000000affffffffffffffff\",\"spanId\":"
#define REF(t) "\"attributes\":[{\"key\":\"opentracing.ref_type\",\"value\":{\"stringValue\":\"" t "\"}}]}"

static const char want[] =
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"
    "\"shop\"}}," VALUES "]},\"scopeSpans\":[{\"spans\":[{" TRACE
    "\"0000000000000001\",\"parentSpanId\":\"0000000000000002\",\"flags\":1,\"name\":\"one\","
    "\"startTimeUnixNano\":"
    "\"1000000000\",\"endTimeUnixNano\":\"1000005000\",\"attributes\":[" VALUES "],\"events\":[{\"timeUnixNano\":"
    "\"1000001000\",\"attributes\":[" VALUES "]}],\"links\":[{" TRACE "\"0000000000000003\"," REF(
        "follows_from") ",{\"traceId\":\"000000000000000b000000000000000c\",\"spanId\":"
                        "\"0000000000000004\"," REF("child_of") "],\"status\":{}},{" TRACE
                                                                "\"0000000000000002\",\"endTimeUnixNano\":"
                                                                "\"18446744073709543616\",\"status\":{}}]}]}]"
                                                                "}\n";

static void test_wraps(void)
{
    struct maker m = {0};
    for (int i = 0; i < 4 * WRAPS; i++) {
        bool compact = i & 1, last = i & 2;
        enum wrap wrap = (enum wrap)(i >> 2);
        make_start(&m, compact);
        record(&m, wrap, last, 0);
        struct tk_batch *b = read_needs(JAEGER, made(&m), TK_NEED_COPY, 0);
        is_uint(b->nspans, wrap == BATCHES ? 4 : 2, "spans of wrapping %d, %s", wrap, compact ? "compact" : "binary");
        if (wrap != BATCHES)
            is_str(shown(b), want, "and what they say%s", last ? ", the process behind them" : "");
        tk_batch_free(b);
        ok(bid_for(JAEGER, made(&m)) >= 64, "and they are recognised");
        b = read_needs(JAEGER, made(&m), 0, 0);
        ok(b->nspans >= 2 && tki_str_eq(b->resources[0].service, TKI_STR("shop")) && b->spans[0].parent_id == 2 &&
               b->spans[0].events.count == 1 && b->nattrs == 0,
           "what is not asked for is not decoded");
        tk_batch_free(b);
    }
    make_start(&m, true);
    record(&m, MESSAGE, false, 0);
    m.compact = false;
    m.depth = 0;
    record(&m, BATCH, false, 0);
    record(&m, OLD_MESSAGE, false, 0);
    struct tk_batch *b = read_needs(JAEGER, made(&m), TK_NEED_COPY, 0);
    is_uint(b->nspans, 6, "records of both protocols behind one another");
    tk_batch_free(b);
    tki_buf_free(&m.out);
}

static void refused(struct maker *m, int code, const char *message)
{
    struct tk_batch *b = read_needs(JAEGER, made(m), TK_NEED_COPY, code);
    is_str(help_err.text, message, "%s", message);
    tk_batch_free(b);
}

/* A Batch whose second span is made by the caller, then closed. */
static void second_span(struct maker *m)
{
    make_start(m, false);
    make_open(m);
    process(m);
    make_list(m, 2, TKI_THRIFT_STRUCT, 2);
    ids(m, 1, 0);
    make_close(m);
}

static void test_refused(void)
{
    struct maker m = {0};
    second_span(&m);
    make_open(&m);
    make_i64(&m, 1, 5);
    make_close(&m);
    make_close(&m);
    struct tk_batch *b = read_needs(JAEGER, made(&m), TK_NEED_COPY, TK_EINVALID);
    is_str(help_err.text, "a span has no trace id or no span id", "a span without an id");
    is_uint(b->nspans, 1, "the whole span before it stays");
    tk_batch_free(b);
    struct tki_decode d = {.in = made(&m), .needs = TK_NEED_COPY, .batch = tk_batch_new(), .err = &help_err};
    ok(JAEGER->resync(&d) && d.pos == m.out.n, "reading goes on behind its record");
    tk_batch_free(d.batch);

    second_span(&m);
    ids(&m, 1, 0);
    make_list(&m, 10, TKI_THRIFT_STRUCT, 1);
    tag(&m, "k", 5);
    make_close(&m);
    make_close(&m);
    make_close(&m);
    refused(&m, TK_EINVALID, "a tag has a type that is none of the five");
    second_span(&m);
    ids(&m, 1, 0);
    make_list(&m, 6, TKI_THRIFT_STRUCT, 1);
    reference(&m, 2, 1, 1, 1);
    make_close(&m);
    make_close(&m);
    refused(&m, TK_EINVALID, "a reference is neither CHILD_OF nor FOLLOWS_FROM");
    second_span(&m);
    ids(&m, 1, 0);
    make_i64(&m, 8, INT64_MAX);
    make_close(&m);
    make_close(&m);
    refused(&m, TK_EINVALID, "a time is out of range");
    second_span(&m);
    ids(&m, 1, 0);
    make_i64(&m, 9, INT64_MIN);
    make_close(&m);
    make_close(&m);
    refused(&m, TK_EINVALID, "a duration is out of range");

    make_start(&m, true);
    make_message(&m, BARE, "emitZipkinBatch");
    make_close(&m);
    refused(&m, TK_EINVALID, "this message holds Zipkin's spans: name the format with --from zipkin-thrift");
    make_start(&m, false);
    make_message(&m, VERSIONED, "getSamplingStrategy");
    make_close(&m);
    refused(&m, TK_EINVALID, "this message is neither emitBatch nor submitBatches");
    make_start(&m, false);
    tki_buf_put(&m.out, "\x80\1\0\2\0\0\0\x0dsubmitBatches\0\0\0\1\x0f\0\0\x0c\0\0\0\0\0", 34);
    b = read_needs(JAEGER, made(&m), TK_NEED_COPY, 0);
    is_uint(b->nspans, 0, "an answer has no spans");
    tk_batch_free(b);
    tki_buf_free(&m.out);
}

/* Every window gives the same spans with the same process; every cut gives the whole spans before it. */
static void test_split(void)
{
    enum { MORE = 40 };
    struct maker m = {0};
    for (int i = 0; i < 2 * WRAPS; i++) {
        make_start(&m, i & 1);
        record(&m, (enum wrap)(i >> 1), false, MORE);
        record(&m, BATCH, true, 3);
        struct tk_batch *whole = read_needs(JAEGER, made(&m), TK_NEED_COPY, 0);
        uint32_t n = whole->nspans;
        uint64_t pieces = 0;
        unsigned wrong = 0, split = 0;
        for (size_t window = 16; window < 2 * m.out.n; window += window / 8 + 1) {
            struct tk_batch *b = tk_batch_new();
            int r = cut_and_decode(JAEGER, made(&m), window, 1 << 20, b, &pieces, &help_err);
            wrong += r != 0 || b->nspans != n;
            for (uint32_t k = 0; k < b->nspans && k < n; k++)
                wrong += b->spans[k].span_id != whole->spans[k].span_id ||
                         b->spans[k].attrs.count != whole->spans[k].attrs.count ||
                         b->resources[b->spans[k].resource].attrs.count != 6;
            split += pieces > 3;
            tk_batch_free(b);
        }
        ok(wrong == 0 && split > 3, "wrapping %d, %s: any window, the same spans", i >> 1,
           i & 1 ? "compact" : "binary");
        tk_batch_free(whole);
    }
    make_start(&m, true);
    record(&m, MESSAGE, false, MORE);
    unsigned wrong = 0;
    uint32_t before = 0;
    for (size_t n = 0; n <= m.out.n; n++) {
        struct tk_batch *b = tk_batch_new();
        uint64_t pieces;
        int r = cut_and_decode(JAEGER, (tk_str){m.out.p, n}, 100, 1 << 20, b, &pieces, &help_err);
        wrong += r != (n && n < m.out.n ? TK_ETRUNCATED : 0) || b->nspans < before;
        before = b->nspans;
        tk_batch_free(b);
    }
    ok(wrong == 0 && before == MORE + 2, "cut anywhere: what is whole, and that bytes are missing");

    make_start(&m, false);
    record(&m, BATCH, true, MORE);
    struct tk_batch *b = tk_batch_new();
    uint64_t pieces;
    int r = cut_and_decode(JAEGER, made(&m), 64, 500, b, &pieces, &help_err);
    is_int(r, TK_ELIMIT, "spans before their process are not split");
    is_str(help_err.text,
           "a record that does not say first whose spans it has is larger than 500 bytes: raise --record-max",
           "and the message says so");
    tk_batch_free(b);
    make_start(&m, false);
    record(&m, BATCH, false, 0);
    b = tk_batch_new();
    r = cut_and_decode(JAEGER, made(&m), 64, 300, b, &pieces, &help_err);
    is_int(r, TK_ELIMIT, "a span larger than may be held");
    is_str(help_err.text, "a span is larger than 300 bytes: raise --record-max", "and the message says so");
    tk_batch_free(b);
    tki_buf_free(&m.out);
}

/* Bytes that are wrong inside a Batch: the whole spans before them, and the place. */
static void test_damage(void)
{
    struct maker m = {0};
    second_span(&m);
    size_t at = m.out.n;
    tki_buf_put(&m.out, "\x0a\0\1\0\0\0\0\0\0\0\1\x63\0\0", 14);
    struct tk_batch *b = tk_batch_new();
    uint64_t pieces;
    int r = cut_and_decode(JAEGER, made(&m), 1000, 1000, b, &pieces, &help_err);
    is_int(r, TK_EINVALID, "a field of an unknown type");
    is_str(help_err.text, "a field has an unknown type", "is named");
    ok(b->nspans == 1 && b->resources[b->spans[0].resource].attrs.count == 6,
       "the span before it is there, with its process");
    tk_batch_free(b);
    ok(at + 11 < m.out.n, "the fault is behind the first span");
    tki_buf_free(&m.out);
}

static void test_written(void)
{
    static const char otlp[] =
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"a\",\"value\":{\"intValue\":\"1\"}},{"
        "\"key\":"
        "\"service.name\",\"value\":{\"stringValue\":\"s\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":"
        "\"000000000000000a000000000000000b\",\"spanId\":\"00000000000000c1\",\"parentSpanId\":"
        "\"00000000000000c2\",\"flags\":1,"
        "\"name\":\"n\",\"kind\":2,\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"3000\","
        "\"attributes\":[{\"key\":\"l\","
        "\"value\":{\"arrayValue\":{\"values\":[{\"boolValue\":true}]}}}],\"events\":[{\"timeUnixNano\":"
        "\"2000\",\"name\":\"e\","
        "\"droppedAttributesCount\":3}],\"status\":{\"code\":2,\"message\":\"m\"}}]}]}]}";
    struct tk_batch *b = read_text(&tki_format_otlp_json, otlp);
    struct tki_buf out = {0};
    struct tki_encode e = {.out = &out};
    uint32_t rows[] = {0, 0};
    JAEGER->put(&e, b, rows, 2);
    is_uint(e.notes[TK_NOTE_LOST_TYPE], 2, "a list becomes text, counted each time");
    struct tk_batch *again = read_needs(JAEGER, (tk_str){out.p, out.n}, TK_NEED_COPY, 0);
    ok(again->nspans == 2 && again->nresources == 1, "a run of one process is one Batch");
    again->nspans = 1;
    is_str(shown(again),
           "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{"
           "\"stringValue\":\"s\"}},"
           "{\"key\":\"a\",\"value\":{\"intValue\":\"1\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":"
           "\"000000000000000a000000000000000b\",\"spanId\":\"00000000000000c1\",\"parentSpanId\":"
           "\"00000000000000c2\",\"flags\":1,"
           "\"name\":\"n\",\"kind\":2,\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"3000\","
           "\"attributes\":[{\"key\":\"l\","
           "\"value\":{\"stringValue\":\"[true]\"}}],\"events\":[{\"timeUnixNano\":\"2000\",\"name\":\"e\","
           "\"droppedAttributesCount\":3}],\"status\":{\"message\":\"m\",\"code\":2}}]}]}]}\n",
           "and says the same");
    tk_batch_free(again);
    tk_batch_free(b);
    free(e.state);
    tki_buf_free(&out);
}

int main(void)
{
    test_wraps();
    test_refused();
    test_split();
    test_damage();
    test_written();
    return done_testing();
}
