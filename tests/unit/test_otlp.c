/* OTLP JSON and protobuf: each holds the whole model, so the way there and back changes nothing. */
#include "base/buf.h"
#include "format/otlp/otlp.h"
#include "format/table.h"
#include "random_spans.h"
#include "tap.h"

static uint64_t notes[TKI_NOTE_COUNT];

static void put(const struct tki_format *f, struct tki_buf *out, const struct tk_batch *b)
{
    out->n = 0;
    if (f == &tki_format_otlp_json)
        tki_otlp_json_put(out, b, NULL, 0, notes);
    else
        tki_otlp_proto_put(out, b, NULL, 0);
}

static struct tk_batch *get(const struct tki_format *f, const struct tki_buf *in, unsigned needs)
{
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    int r = tki_format_decode(f, (tk_str){in->p, in->n}, needs, b, &err);
    if (r < 0)
        diag("%s at %d", err.text, (int)err.offset);
    ok(r == 0, "%s reads what it wrote", f->info.name);
    return b;
}

/* Through `via` and back: the protobuf text of the model must be the same bytes. */
static void round_trip(const struct tki_format *via, const struct tk_batch *b, const char *what)
{
    struct tki_buf want = {0}, text = {0}, got = {0};
    put(&tki_format_otlp_proto, &want, b);
    put(via, &text, b);
    struct tk_batch *back = get(via, &text, TK_NEED_ALL);
    put(&tki_format_otlp_proto, &got, back);
    is_mem(got.p, got.n, want.p, want.n, "%s through %s is the identity", what, via->info.name);
    tk_batch_free(back);
    back = get(via, &text, TK_NEED_COPY);
    put(via, &got, back);
    is_mem(got.p, got.n, text.p, text.n, "%s is copied through %s as it stands", what, via->info.name);
    tk_batch_free(back);
    tki_buf_free(&want);
    tki_buf_free(&text);
    tki_buf_free(&got);
}

static void test_random(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%llu", (unsigned long long)r.state);
    for (int i = 0; i < 60; i++) {
        struct tk_batch *b = tk_batch_new();
        random_batch(&r, b, 1 + rng_below(&r, 40));
        round_trip(&tki_format_otlp_json, b, "a random batch");
        round_trip(&tki_format_otlp_proto, b, "a random batch");
        tk_batch_free(b);
    }
}

/* A LEN field as the specification has it, with nothing guessed. */
static void put_field(struct tki_buf *b, unsigned field, const char *p, size_t n)
{
    tki_buf_putc(b, (char)(field << 3 | 2));
    for (size_t left = n; left >= 0x80 || (tki_buf_putc(b, (char)left), false); left >>= 7)
        tki_buf_putc(b, (char)(left | 0x80));
    tki_buf_put(b, p, n);
}

static void wrap(struct tki_buf *b, unsigned field)
{
    struct tki_buf inside = *b;
    *b = (struct tki_buf){0};
    put_field(b, field, inside.p, inside.n);
    tki_buf_free(&inside);
}

/* Keys and values of all lengths up to where each length becomes two bytes: read and written as they were. */
static void test_lengths(void)
{
    enum { LONGEST = 140 };
    char letters[LONGEST];
    unsigned wrong = 0;
    for (size_t i = 0; i < LONGEST; i++)
        letters[i] = (char)('a' + i % 26);
    for (size_t key = 0; key <= LONGEST; key++) {
        struct tki_buf all = {0}, got = {0};
        put_field(&all, 1, letters, 16);
        put_field(&all, 2, letters, 8);
        for (size_t i = 0; i <= LONGEST + 2; i++) {
            struct tki_buf attribute = {0}, value = {0};
            static const char number[] = "\x18\xff\xff\xff\xff\xff\xff\xff\xff\x7f", twice[] = "\x21yearlong";
            if (i <= LONGEST)
                put_field(&value, 1, letters + LONGEST - i, i);
            else if (i == LONGEST + 1)
                tki_buf_put(&value, number, sizeof number - 1);
            else
                tki_buf_put(&value, twice, sizeof twice - 1);
            if (key)
                put_field(&attribute, 1, letters + LONGEST - key, key);
            put_field(&attribute, 2, value.p, value.n);
            put_field(&all, 9, attribute.p, attribute.n);
            tki_buf_free(&attribute);
            tki_buf_free(&value);
        }
        for (int i = 0; i < 3; i++)
            wrap(&all, i < 2 ? 2 : 1);
        struct tk_err err = {0};
        struct tk_batch *b = tk_batch_new();
        wrong += tki_format_decode(&tki_format_otlp_proto, (tk_str){all.p, all.n}, TK_NEED_ALL, b, &err) < 0;
        wrong += b->nattrs != LONGEST + 3;
        put(&tki_format_otlp_proto, &got, b);
        wrong += got.n != all.n || memcmp(got.p, all.p, all.n) != 0;
        tk_batch_free(b);
        tki_buf_free(&all);
        tki_buf_free(&got);
    }
    is_uint(wrong, 0, "attributes of %d times %d lengths are read and written as they were", LONGEST + 1, LONGEST + 3);
}

static struct tk_batch *json(const char *text, int want)
{
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    int r = tki_format_decode(&tki_format_otlp_json, tki_str(text), TK_NEED_COPY, b, &err);
    if (r != want)
        diag("%s: %s", text, err.text);
    is_int(r, want, "decoding answers %d", want);
    return b;
}

#define ONE(span) "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" span "}]}]}]}"

static void test_deviations(void)
{
    struct tk_batch *b =
        json(ONE("\"traceId\":\"5B8EFFF798038103D269B633813FC60C\",\"spanId\":\"EEE19B7EC3C1B174\""), 0);
    ok(b->spans[0].trace_id.hi == 0x5b8efff798038103 && b->spans[0].trace_id.lo == 0xd269b633813fc60c,
       "upper-case ids");
    tk_batch_free(b);
    b = json(ONE("\"traceId\":\"W47/95gDgQPSabYzgT/GDA==\",\"spanId\":\"7uGbfsPBsXQ=\""), 0);
    ok(b->spans[0].trace_id.hi == 0x5b8efff798038103 && b->spans[0].span_id == 0xeee19b7ec3c1b174, "base64 ids");
    is_uint(tk_notes_get(b->notes, TK_NOTE_ID_BASE64), 2, "base64 ids are noted");
    is_uint(b->spans[0].raw.n, 0, "and the span is not copied through");
    tk_batch_free(b);
    b = json(ONE("\"traceId\":\"NWI4ZWZmZjc5ODAzODEwM2QyNjliNjMzODEzZmM2MGM=\""), 0);
    ok(b->spans[0].trace_id.hi == 0x5b8efff798038103, "base64 of the hexadecimal text");
    tk_batch_free(b);
    b = json(ONE("\"spanId\":\"sid1\",\"parentSpanId\":\"sid1\""), 0);
    ok(b->spans[0].span_id && b->spans[0].span_id == b->spans[0].parent_id, "equal nonsense stays equal");
    is_uint(tk_notes_get(b->notes, TK_NOTE_ID_REPLACED), 2, "and is noted");
    tk_batch_free(b);
    b = json(
        ONE("\"kind\":\"SPAN_KIND_CLIENT\",\"status\":{\"code\":\"STATUS_CODE_ERROR\"},\"startTimeUnixNano\":1700000000123456789,"
            "\"endTimeUnixNano\":1.7e18,\"droppedAttributesCount\":-1,\"flags\":\"257\""),
        0);
    ok(b->spans[0].kind == TK_KIND_CLIENT && b->spans[0].status == TK_STATUS_ERROR, "names of enumerations");
    is_uint(b->spans[0].start_ns, 1700000000123456789u, "a bare number keeps its last digit");
    is_uint(b->spans[0].end_ns, 1700000000000000000u, "an exponent is exact");
    is_uint(b->spans[0].dropped_attrs, 0, "a negative count is 0");
    is_uint(b->spans[0].flags, 257, "flags as a string");
    tk_batch_free(b);
    b = json(
        "{\"resource_spans\":[{\"scope_spans\":[{\"spans\":[{\"trace_id\":\"0000000000000000000000000000000a\","
        "\"start_time_unix_nano\":\"5\",\"attributes\":[{\"key\":\"k\",\"value\":{\"string_value\":\"v\"}}]}]}]}]}",
        0);
    ok(b->spans[0].trace_id.lo == 10 && b->spans[0].start_ns == 5 && b->nattrs == 1, "snake case");
    tk_batch_free(b);
    b = json("{\"resource\":{\"attributes\":[]},\"scopeSpans\":[{\"spans\":[{\"name\":\"x\"}]}]}", 0);
    is_uint(b->nspans, 1, "a ResourceSpans of its own");
    tk_batch_free(b);
    b = json("{\"resourceSpans\":[{\"instrumentationLibrarySpans\":[{\"spans\":[{\"name\":\"x\"}]}],\"resource\":{}}]}",
             0);
    is_uint(b->nspans, 1, "instrumentation library spans, before their resource");
    tk_batch_free(b);
    b = json(
        "{\"resourceSpans\":[{\"scopeSpans\":[],\"instrumentationLibrarySpans\":[{\"spans\":[{\"name\":\"x\"}]}]}]}",
        0);
    is_uint(b->nspans, 1, "or beside an empty list of scopes");
    tk_batch_free(b);
    b = json(
        ONE("\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":9223372036854776000}},{\"key\":\"l\",\"value\":{\"intValue\":1e+2}}]"),
        0);
    ok(b->attrs[0].value.type == TK_DOUBLE && b->attrs[0].value.v.d == 9223372036854775808.0,
       "an integer beyond 64 bits is a double");
    ok(b->attrs[1].value.type == TK_INT && b->attrs[1].value.v.i == 100,
       "a whole number with an exponent is an integer");
    is_uint(tk_notes_get(b->notes, TK_NOTE_INT_RANGE), 1, "and the first is noted");
    tk_batch_free(b);
    b = json(
        "{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\",\"name\":\"x\",\"endTimeUnixNano\":\"1\"}",
        0);
    ok(b->nspans == 1 && b->spans[0].name.n == 1 && !b->resources[0].present, "a span of its own");
    tk_batch_free(b);
    b = json("{\"resourceLogs\":[{}]}", 0);
    is_uint(tk_notes_get(b->notes, TK_NOTE_OTHER_LOGS), 1, "another signal is noted");
    tk_batch_free(b);
    b = json(
        ONE("\"attributes\":[{\"key\":\"k\",\"value\":null},{\"key\":\"l\"},{\"key\":\"m\",\"value\":{}}],\"events\":null"),
        0);
    is_uint(b->spans[0].attrs.count, 3, "null, missing and empty values");
    tk_batch_free(b);
    b = json(ONE("\"name\":\"\\ud83d\\ude00 \\ud83d\""), 0);
    is_mem(b->spans[0].name.p, b->spans[0].name.n, "\xf0\x9f\x98\x80 \xef\xbf\xbd", 8, "surrogates, whole and half");
    tk_batch_free(b);
}

/* Invalid UTF-8 in a span that would be copied as it stood: it is written anew instead. */
static void test_utf8(void)
{
    struct tk_batch *b = json(ONE("\"name\":\"a\xff\""), 0);
    struct tki_buf out = {0};
    uint64_t before = notes[TK_NOTE_UTF8_REPLACED];
    tki_otlp_json_put(&out, b, NULL, 0, notes);
    tki_buf_putc(&out, 0);
    ok(strstr(out.p, "\"name\":\"a\xef\xbf\xbd\""), "invalid UTF-8 is replaced: %s", out.p);
    is_uint(notes[TK_NOTE_UTF8_REPLACED] - before, 1, "and counted");
    tki_buf_free(&out);
    tk_batch_free(b);
}

static void test_faults(void)
{
    /* what is whole before a bad record of the same document stays */
    struct tk_batch *whole = json(
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"x\"}]}]},{\"scopeSpans\":[{\"spans\":[{},7]}]}]}",
        TK_EINVALID);
    is_uint(whole->nspans, 1, "records before a bad one stay");
    tk_batch_free(whole);
    tk_batch_free(json("{\"resourceSpans\":[{]}", TK_EINVALID));
    tk_batch_free(json(ONE("\"name\":\"a\nb\""), TK_EINVALID));
    tk_batch_free(json(ONE("\"name\":5"), TK_EINVALID));
    tk_batch_free(json(ONE("\"startTimeUnixNano\":\"18446744073709551616\""), TK_EINVALID));
    tk_batch_free(json(ONE("\"kind\":\"SPAN_KIND_OTHER\""), TK_EINVALID));
    tk_batch_free(json(ONE("\"name\":\"\\x\""), TK_EINVALID));
    tk_batch_free(json("[5]", TK_EINVALID));
    struct tk_batch *b = tk_batch_new();
    struct tk_err err = {0};
    static const struct {
        const char *bytes;
        size_t n;
        const char *text;
    } cases[] = {
        {"\x0a\x05\x12", 3, "a length reaches beyond its message"},
        {"\x0a\x02\x12\x05", 4, "a length reaches beyond its message"},
        {"\x0a\x80", 2, "a varint reaches beyond its message"},
        {"\x0a\x01\x07", 3, "malformed field number"},
        {"\x0e", 1, "unknown wire type"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        is_int(tki_format_decode(&tki_format_otlp_proto, (tk_str){cases[i].bytes, cases[i].n}, TK_NEED_COPY, b, &err),
               TK_EINVALID, "malformed protobuf %zu is refused", i);
        is_str(err.text, cases[i].text, "and says what is wrong");
        is_uint(b->nspans, 0, "and leaves no rows");
    }
    tk_batch_free(b);
}

static void test_proto_order(void)
{
    /* events before and between attributes, twice the resource, the deprecated status code, an unknown group */
    static const char bytes[] = "\x0a\x34"
                                "\x12\x1e"
                                "\x12\x1c"
                                "\x5a\x03\x12\x01"
                                "e"
                                "\x4a\x05\x0a\x01"
                                "a"
                                "\x12\x00"
                                "\x5a\x03\x12\x01"
                                "f"
                                "\x4a\x05\x0a\x01"
                                "b"
                                "\x12\x00"
                                "\x7a\x02\x08\x02"
                                "\x0a\x07\x0a\x05\x0a\x01"
                                "x"
                                "\x12\x00"
                                "\x0a\x07\x0a\x05\x0a\x01"
                                "y"
                                "\x12\x00"
                                "\x2b\x2c";
    struct tk_batch *b = tk_batch_new();
    struct tk_err err = {0};
    tk_str in = {bytes, sizeof bytes - 1};
    is_int(tki_format_decode(&tki_format_otlp_proto, in, TK_NEED_COPY, b, &err), 0, "fields in any order: %s",
           err.text);
    is_uint(b->nspans, 1, "one span");
    is_uint(b->spans[0].attrs.count, 2, "its attributes stand together");
    is_mem(b->attrs[b->spans[0].attrs.first + 1].key.p, 1, "b", 1, "in order");
    is_uint(b->spans[0].events.count, 2, "as do its events");
    is_uint(b->resources[0].attrs.count, 2, "a resource in two parts is one");
    is_uint(b->spans[0].status, 0, "the deprecated code is none");
    tk_batch_free(b);
}

int main(void)
{
    test_random();
    test_lengths();
    test_deviations();
    test_utf8();
    test_faults();
    test_proto_order();
    return done_testing();
}
