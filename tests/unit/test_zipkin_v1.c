/* Zipkin v1: the rules by which a span becomes several, in JSON and Thrift, and the way back. */
#include "thrift_help.h"
#include "zipkin_texts.h"

#define V1     (&tki_format_zipkin_v1)
#define THRIFT (&tki_format_zipkin_thrift)

/* Spans as Zipkin v2 writes them, without the ids of ID, which all of them have. */
static const char *as_v2(const struct tk_batch *b)
{
    static const char ids[] = "\"traceId\":\"000000000000000a\",\"id\":\"000000000000000b\"";
    static struct tki_buf out;
    tki_buf_reset(&out);
    for (const char *p = written(ZIPKIN, b, NULL), *q; *p; p = q) {
        q = strstr(p, ids);
        q = q ? q : p + strlen(p);
        for (; p < q; p++)
            if (*p != '\n')
                tki_buf_putc(&out, *p);
        q += *q ? strlen(ids) : 0;
    }
    tki_buf_putc(&out, 0);
    return out.p;
}

static void becomes(const char *text, const char *want, const char *what)
{
    struct tk_batch *b = read_text(V1, text);
    is_str(as_v2(b), want, "%s", what);
    tk_batch_free(b);
}

#define V(members)           "[{" ID members "}]"
#define AT(us, value, who)   "{\"timestamp\":" us ",\"value\":\"" value "\"" who "}"
#define OF(service)          ",\"endpoint\":{\"serviceName\":\"" service "\"}"
#define NOTED(list)          ",\"annotations\":[" list "]"
#define BIN(key, value, who) "{\"key\":\"" key "\",\"value\":" value who "}"
#define BINS(list)           ",\"binaryAnnotations\":[" list "]"
#define LOCAL(service)       ",\"localEndpoint\":{\"serviceName\":\"" service "\"}"
#define REMOTE(service)      ",\"remoteEndpoint\":{\"serviceName\":\"" service "\"}"
#define TIMES(start, dur)    ",\"timestamp\":" start ",\"duration\":" dur

static void test_calls(void)
{
    becomes(V(NOTED(AT("5", "cs", OF("a")) "," AT("9", "cr", OF("a")))),
            "[{,\"kind\":\"CLIENT\"" TIMES("5", "4") LOCAL("a") "}]", "a client's marks");
    becomes(V(",\"timestamp\":4,\"duration\":7" NOTED(AT("5", "cs", OF("a")) "," AT("9", "cr", OF("a")))),
            "[{,\"kind\":\"CLIENT\"" TIMES("4", "7") LOCAL("a") "}]", "the span's own times go before marks");
    becomes(V(NOTED(AT("6", "sr", OF("b")) "," AT("9", "cr", OF("a")) "," AT("5", "cs", OF("a")) "," AT("8", "ss",
                                                                                                        OF("b")))),
            "[{,\"kind\":\"CLIENT\"" TIMES("5", "4") LOCAL("a") "},{,\"kind\":\"SERVER\"" TIMES("6", "2")
                LOCAL("b") ",\"shared\":true}]",
            "client and server of one span");
    becomes(V(NOTED(AT("5", "cs", OF("a")) "," AT("6", "sr", OF("A")))),
            "[{,\"kind\":\"CLIENT\",\"timestamp\":5" LOCAL("a") "},{,\"kind\":\"SERVER\",\"timestamp\":6" LOCAL(
                "A") ",\"shared\":true}]",
            "a service that calls itself, under a name of another case");
    becomes(V(NOTED(AT("6", "sr", OF("b")) "," AT("8", "ss", OF("b")))),
            "[{,\"kind\":\"SERVER\"" TIMES("6", "2") LOCAL("b") ",\"shared\":true}]",
            "a server without a time of its own shares its span");
    becomes(V(TIMES("6", "2") NOTED(AT("6", "sr", OF("b")) "," AT("8", "ss", OF("b")))),
            "[{,\"kind\":\"SERVER\"" TIMES("6", "2") LOCAL("b") "}]", "with one it does not");
    becomes(V(NOTED(AT("9", "cr", OF("a")))),
            "[{,\"kind\":\"CLIENT\"" LOCAL("a") ",\"annotations\":[{\"timestamp\":9,\"value\":\"cr\"}]}]",
            "an end alone is an annotation");
    becomes(V(TIMES("5", "4") NOTED(AT("9", "cr", OF("a")))), "[{,\"kind\":\"CLIENT\"" TIMES("5", "4") LOCAL("a") "}]",
            "unless the span's times tell its start");
    becomes(V(NOTED(AT("5", "cs", ""))), "[{,\"annotations\":[{\"timestamp\":5,\"value\":\"cs\"}]}]",
            "a mark of nobody is an annotation");
}

static void test_messages(void)
{
    becomes(V(NOTED(AT("5", "ms", OF("a")) "," AT("6", "ws", OF("a")))),
            "[{,\"kind\":\"PRODUCER\"" TIMES("5", "1") LOCAL("a") "}]", "a producer");
    becomes(V(NOTED(AT("7", "wr", OF("b")) "," AT("9", "mr", OF("b")))),
            "[{,\"kind\":\"CONSUMER\"" TIMES("7", "2") LOCAL("b") "}]", "a consumer");
    becomes(V(NOTED(AT("5", "ms", OF("a")) "," AT("9", "mr", OF("b"))) BINS(BIN("ma", "true", OF("kafka")))),
            "[{,\"kind\":\"PRODUCER\",\"timestamp\":5" LOCAL("a")
                REMOTE("kafka") "},{,\"kind\":\"CONSUMER\",\"timestamp\":9" LOCAL("b")
                    REMOTE("kafka") ",\"shared\":true}]",
            "both sides of a message have the broker as remote");
}

static void test_tags(void)
{
    becomes(V(",\"timestamp\":5" BINS(BIN("k", "\"v\"", OF("a")) "," BIN("n", "7", OF("a")))),
            "[{,\"timestamp\":5" LOCAL("a") ",\"tags\":{\"k\":\"v\",\"n\":\"7\"}}]", "tags and who says them");
    becomes(V(",\"timestamp\":5" BINS(BIN("lc", "\"\"", OF("a")))), "[{,\"timestamp\":5" LOCAL("a") "}]",
            "lc carries an endpoint");
    becomes(V(",\"timestamp\":5" BINS(BIN("lc", "\"c\"", OF("a")))),
            "[{,\"timestamp\":5" LOCAL("a") ",\"tags\":{\"lc\":\"c\"}}]", "or says which component");
    becomes(V(",\"timestamp\":5" BINS(BIN("sa", "true", OF("db")))), "[{,\"timestamp\":5" REMOTE("db") "}]",
            "sa alone");
    becomes(V(",\"timestamp\":5" BINS(BIN("ca", "true", OF("web")))),
            "[{,\"kind\":\"SERVER\",\"timestamp\":5" REMOTE("web") "}]", "ca alone");
    becomes(V(",\"timestamp\":5" BINS(BIN("sa", "true", OF("db")) "," BIN("ca", "true", OF("web")))),
            "[{,\"timestamp\":5" LOCAL("web") REMOTE("db") "}]", "both");
    struct tk_batch *b =
        read_text(V1, V(BINS(BIN("b", "true", OF("a")) "," BIN("sa", "true", "") "," BIN("ca", "false", OF("x")))));
    is_uint(tk_notes_get(b->notes, TK_NOTE_ANNOTATION_DROPPED), 3, "what Zipkin drops is counted");
    ok(b->nspans == 1 && b->spans[0].attrs.count == 1, "and is no attribute");
    tk_batch_free(b);
    b = read_text(V1, V(BINS(BIN("n", "7", "") "," BIN("d", "0.5", "") "," BIN("x", "null", ""))));
    const struct tk_attr *n = tk_attr_find(b, b->spans[0].attrs, "n"), *d = tk_attr_find(b, b->spans[0].attrs, "d");
    ok(n && n->value.type == TK_INT && n->value.v.i == 7 && d && d->value.type == TK_DOUBLE, "numbers stay numbers");
    ok(!tk_attr_find(b, b->spans[0].attrs, "x"), "null says nothing");
    tk_batch_free(b);
}

/* Which version a span is of is found out for each one. */
static void test_versions(void)
{
    static const char mixed[] =
        "[{" ID ",\"timestamp\":1},{" ID NOTED(AT("5", "cs", OF("a"))) "},{" ID ",\"timestamp\":3" LOCAL("b")
            NOTED(AT("4", "cs", OF("c"))) "},{" ID ",\"timestamp\":3,\"tags\":{\"k\":\"v\"},\"binaryAnnotations\":[]}]";
    static const char want[] =
        "[{,\"timestamp\":1},{,\"kind\":\"CLIENT\",\"timestamp\":5" LOCAL("a") "},{,\"timestamp\":3" LOCAL(
            "b") ",\"annotations\":[{\"timestamp\":4,\"value\":\"cs\"}]},{,\"timestamp\":3,"
                 "\"tags\":{\"k\":\"v\"}}]";
    becomes(mixed, want, "v1 and v2 in one list");
    struct tk_batch *b = read_text(ZIPKIN, mixed);
    is_str(as_v2(b), want, "under the other name too");
    tk_batch_free(b);
    b = read_text(ZIPKIN, V(NOTED(AT("5", "x", "")) ",\"binaryAnnotations\":null"));
    ok(b->nspans == 1 && b->spans[0].events.count == 1, "a span without anything of either");
    tk_batch_free(b);
    b = read_needs(V1, tki_str(V(NOTED(AT("5", "cs", OF("a")) "," AT("6", "x", OF("a"))))), TK_NEED_NAME, 0);
    ok(b->spans[0].start_ns == 5000 && b->spans[0].events.count == 1, "events are counted when they are not needed");
    tk_batch_free(b);
    fails(V1, "[{\"traceId\":\"a\"" NOTED(AT("5", "cs", OF("a"))) "}]", 1,
          "expected a span with traceId and id, found '{'");
    fails(V1, V(BINS("{\"value\":\"v\"" OF("a") "}")), strlen("[{" ID ",\"binaryAnnotations\":["),
          "expected a binary annotation with a key, found '{'");
    fails(V1, V(NOTED("{\"value\":\"v\"" OF("a") "}")), strlen("[{" ID ",\"annotations\":["),
          "expected an annotation with timestamp and value, found '{'");
}

/* ---- writing ---- */

static void writes(const char *v2, const char *want, uint64_t lost, const char *what)
{
    uint64_t notes[TKI_NOTE_COUNT];
    struct tk_batch *b = read_text(ZIPKIN, v2);
    is_str(written(V1, b, notes), want, "%s", what);
    is_uint(notes[TK_NOTE_LOST_SPAN], lost, "%d lost", (int)lost);
    tk_batch_free(b);
}

#define LINE(members) "[\n{" ID ",\"name\":\"\"" members "}\n]\n"

static void test_writing(void)
{
    writes(V(",\"kind\":\"CLIENT\"" TIMES("5", "4") LOCAL("a") REMOTE("b")
                 NOTED(AT("7", "x", "")) ",\"tags\":{\"k\":\"v\"},\"debug\":true"),
           LINE(TIMES("5", "4") NOTED(AT("5", "cs", OF("a")) "," AT("7", "x", OF("a")) "," AT("9", "cr", OF("a")))
                    BINS(BIN("k", "\"v\"", OF("a")) "," BIN("sa", "true", OF("b"))) ",\"debug\":true"),
           0, "a client");
    writes(V(",\"kind\":\"SERVER\",\"shared\":true" TIMES("5", "4") LOCAL("a") REMOTE("b")),
           LINE(NOTED(AT("5", "sr", OF("a")) "," AT("9", "ss", OF("a"))) BINS(BIN("ca", "true", OF("b")))), 0,
           "a shared server has no time of its own");
    writes(
        V(",\"kind\":\"CONSUMER\"" TIMES("5", "4") LOCAL("a") REMOTE("b")),
        LINE(TIMES("5", "4") NOTED(AT("5", "wr", OF("a")) "," AT("9", "mr", OF("a"))) BINS(BIN("ma", "true", OF("b")))),
        0, "a consumer");
    writes(V(TIMES("5", "4") LOCAL("a")), LINE(TIMES("5", "4") BINS(BIN("lc", "\"\"", OF("a")))), 0,
           "an endpoint with nothing to hang it on");
    writes(V(",\"kind\":\"CLIENT\"" TIMES("5", "4")),
           LINE(TIMES("5", "4") NOTED(AT("5", "cs", "") "," AT("9", "cr", ""))), 1,
           "a mark without endpoint tells no kind");
}

/* ---- Thrift ---- */

static void host(struct maker *m, int id)
{
    make_struct(m, id);
    make_i32(m, 1, (int32_t)0xc0000201);
    make_i16(m, 2, -1);
    make_str(m, 3, "a");
    make_close(m);
}

static void note(struct maker *m, int64_t us, const char *value)
{
    make_open(m);
    make_i64(m, 1, us);
    make_str(m, 2, value);
    host(m, 3);
    make_close(m);
}

static void binary(struct maker *m, const char *key, int type, const char *value, size_t n)
{
    make_open(m);
    make_str(m, 1, key);
    make_bytes(m, 2, value, n);
    make_i32(m, 3, type);
    host(m, 4);
    make_close(m);
}

static void thrift_span(struct maker *m, int64_t id)
{
    make_open(m);
    make_i64(m, 1, 10);
    make_str(m, 3, "get");
    make_i64(m, 4, id);
    make_i64(m, 5, 0);
    make_list(m, 6, TKI_THRIFT_STRUCT, 3);
    note(m, 5, "cs");
    note(m, 0, "never");
    note(m, 9, "cr");
    make_list(m, 8, TKI_THRIFT_STRUCT, 7);
    binary(m, "s", 6, "text", 4);
    binary(m, "i16", 2, "\xff\xfe", 2);
    binary(m, "i32", 3, "\x00\x01\x00\x00", 4);
    binary(m, "i64", 4, "\x80\x00\x00\x00\x00\x00\x00\x00", 8);
    binary(m, "d", 5, "\x3f\xe0\x00\x00\x00\x00\x00\x00", 8);
    binary(m, "y", 1, "\x00\xff", 2);
    binary(m, "no", 0, "\x01", 1);
    make_bool(m, 9, true);
    make_i64(m, 12, 1);
    make_close(m);
}

static void looks_right(const struct tk_batch *b, const char *what)
{
    static const struct {
        const char *key;
        uint8_t type;
        int64_t i;
    } want[] = {
        {"i16", TK_INT, -2}, {"i32", TK_INT, 65536}, {"i64", TK_INT, INT64_MIN}, {"net.host.port", TK_INT, 65535}};
    const struct tk_span *s = b->spans;
    ok(b->nspans && s->trace_id.hi == 1 && s->trace_id.lo == 10 && s->span_id == 11 && !s->parent_id, "%s: ids", what);
    if (!b->nspans)
        return;
    ok(s->kind == TK_KIND_CLIENT && s->start_ns == 5000 && s->end_ns == 9000 && !s->events.count, "%s: kind and times",
       what);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const struct tk_attr *a = tk_attr_find(b, s->attrs, want[i].key);
        ok(a && a->value.type == want[i].type && a->value.v.i == want[i].i, "%s: %s", what, want[i].key);
    }
    const struct tk_attr *d = tk_attr_find(b, s->attrs, "d"), *y = tk_attr_find(b, s->attrs, "y"),
                         *ip = tk_attr_find(b, s->attrs, "net.host.ip");
    ok(d && d->value.type == TK_DOUBLE && d->value.v.d == 0.5 && y && y->value.type == TK_BYTES && y->value.n == 2 &&
           ip && ip->value.n == 9 && memcmp(ip->value.v.s, "192.0.2.1", 9) == 0,
       "%s: double, bytes, address", what);
    ok(!tk_attr_find(b, s->attrs, "no") && tk_notes_get(b->notes, TK_NOTE_ANNOTATION_DROPPED) == b->nspans,
       "%s: a boolean is dropped", what);
}

static void test_thrift(void)
{
    struct maker m = {0};
    for (int shape = 0; shape < 4; shape++) {
        static const char *const shapes[] = {"a list", "a span", "a message", "a compact message"};
        make_start(&m, shape == 3);
        if (shape == 0)
            make_list_head(&m, TKI_THRIFT_STRUCT, 1);
        if (shape > 1) {
            make_message(&m, VERSIONED, "emitZipkinBatch");
            make_list(&m, 1, TKI_THRIFT_STRUCT, 1);
        }
        thrift_span(&m, 11);
        if (shape > 1)
            make_close(&m);
        ok(bid_for(THRIFT, made(&m)) > bid_for(&tki_format_jaeger_thrift, made(&m)), "%s is recognised", shapes[shape]);
        struct tk_batch *b = read_needs(THRIFT, made(&m), TK_NEED_COPY, 0);
        looks_right(b, shapes[shape]);
        tk_batch_free(b);
    }
    make_start(&m, false);
    make_list_head(&m, TKI_THRIFT_STRUCT, 2);
    thrift_span(&m, 11);
    size_t good = m.out.n;
    thrift_span(&m, 0);
    struct tk_batch *b = read_needs(THRIFT, made(&m), TK_NEED_COPY, TK_EINVALID);
    is_str(help_err.text, "a span has no trace id or no id", "a span without id");
    is_uint(help_err.offset, good, "at its start");
    is_uint(b->nspans, 1, "the one before stays");
    tk_batch_free(b);
    make_start(&m, false);
    make_message(&m, VERSIONED, "emitBatch");
    make_close(&m);
    b = read_needs(THRIFT, made(&m), TK_NEED_COPY, TK_EINVALID);
    is_str(help_err.text, "this message holds Jaeger's spans: name the format with --from jaeger-thrift",
           "the other family");
    tk_batch_free(b);
    tki_buf_free(&m.out);
}

int main(void)
{
    test_calls();
    test_messages();
    test_tags();
    test_versions();
    test_writing();
    test_thrift();
    return done_testing();
}
