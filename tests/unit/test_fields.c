/* Fields of messages that nobody knows: in every format of protobuf and Thrift they are counted, wherever they stand,
 * and nothing else changes. */
#include "format/lossless/lossless.h"
#include "format/pb/pb.h"
#include "format/table.h"
#include "thrift_help.h"

#define T32 "05523cd8192c865586b161353147d15d"
#define S16 "a587da2498947e18"
#define P16 "b587da2498947e18"
#define LIST \
    "[{\"key\":\"k\",\"value\":{\"arrayValue\":{\"values\":[{\"kvlistValue\":{\"values\":[{\"key\":\"i\",\"value\":{\"intValue\":\"7\"}}]}}]}}}]"
#define PLAIN "[{\"key\":\"k\",\"value\":{\"stringValue\":\"v\"}}]"
/* A span with a part of each kind. */
static const char source[] =
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"s\"}},"
    "{\"key\":\"k\",\"value\":{\"stringValue\":\"v\"}}],\"entityRefs\":[{\"type\":\"t\",\"idKeys\":[\"k\"]}]},"
    "\"scopeSpans\":[{\"scope\":{\"name\":\"s\",\"attributes\":" LIST "},\"spans\":[{\"traceId\":\"" T32
    "\",\"spanId\":\"" S16 "\",\"parentSpanId\":\"" P16
    "\",\"name\":\"a\",\"kind\":3,\"startTimeUnixNano\":\"1700000000000001000\","
    "\"endTimeUnixNano\":\"1700000000000005000\",\"attributes\":[{\"key\":\"peer.service\",\"value\":{\"stringValue\":\"p\"}},"
    "{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"v\"}]}}}],"
    "\"events\":[{\"name\":\"e\",\"timeUnixNano\":\"1700000000000002000\",\"attributes\":" PLAIN "}],"
    "\"links\":[{\"traceId\":\"" T32 "\",\"spanId\":\"" P16 "\",\"attributes\":" PLAIN "}],"
    "\"status\":{\"message\":\"m\",\"code\":2}}]}]}]}";

static uint64_t fields_of(const struct tk_batch *b)
{
    return tk_notes_get(b->notes, TK_NOTE_FIELD_DROPPED);
}

/* ---- protobuf ---- */

/* The fields of a message that are messages. */
struct shape {
    unsigned field;
    const struct shape *of;
};

static const struct shape leaf[] = {{0}};
static const struct shape any[3], pair[2];
static const struct shape values[] = {{1, any}, {0}};
static const struct shape pairs[] = {{1, pair}, {0}};
static const struct shape any[3] = {{5, values}, {6, pairs}, {0}};
static const struct shape pair[2] = {{2, any}, {0}};
static const struct shape event[] = {{3, pair}, {0}};
static const struct shape link_to[] = {{4, pair}, {0}};
static const struct shape otlp_span[] = {{9, pair}, {11, event}, {13, link_to}, {15, leaf}, {0}};
static const struct shape scope[] = {{3, pair}, {0}};
static const struct shape scope_spans[] = {{1, scope}, {2, otlp_span}, {0}};
static const struct shape resource[] = {{1, pair}, {3, leaf}, {0}};
static const struct shape resource_spans[] = {{1, resource}, {2, scope_spans}, {0}};
static const struct shape traces[] = {{1, resource_spans}, {0}};
static const struct shape answer[] = {{1, traces}, {0}};

static const struct shape tags[] = {{2, leaf}, {0}};
static const struct shape log_entry[] = {{1, leaf}, {2, leaf}, {0}};
static const struct shape jaeger_span[] = {{4, leaf}, {6, leaf}, {7, leaf}, {8, leaf}, {9, log_entry}, {10, tags}, {0}};
static const struct shape jaeger[] = {{1, jaeger_span}, {0}};
static const struct shape entry[] = {{2, tags}, {0}};
static const struct shape jaeger_trace[] = {{1, jaeger_span}, {2, entry}, {0}};
static const struct shape jaeger_answer[] = {{1, jaeger_trace}, {0}};

static const struct shape zipkin_span[] = {{8, leaf}, {9, leaf}, {10, leaf}, {11, leaf}, {0}};
static const struct shape zipkin[] = {{1, zipkin_span}, {0}};

struct visit {
    int at; /* the message that gets the stranger, counted down */
    bool all, front;
    tk_str stranger;
    unsigned put;
};

static void put_varint(struct tki_buf *out, uint64_t x)
{
    for (; x > 127; x >>= 7)
        tki_buf_putc(out, (char)(x | 128));
    tki_buf_putc(out, (char)x);
}

static void put_field(struct tki_buf *out, unsigned field, tk_str content)
{
    put_varint(out, field << 3 | 2);
    put_varint(out, content.n);
    tki_buf_str(out, content);
}

/* The message, and in it or in one inside it the stranger. */
static void put_message(struct tki_buf *out, tk_str in, const struct shape *shape, struct visit *v)
{
    struct tki_pb c = tki_pb_over(in);
    bool here = v->at-- == 0 || v->all;
    v->put += here;
    if (here && v->front)
        tki_buf_str(out, v->stranger);
    for (;;) {
        const char *start = (const char *)c.p;
        const struct shape *s = shape;
        unsigned tag = tki_pb_tag(&c);
        if (!tag)
            break;
        while (s->field && TKI_PB(s->field, LEN) != tag)
            s++;
        if (s->field) {
            struct tki_buf inner = {0};
            put_message(&inner, tki_pb_str(&c), s->of, v);
            put_field(out, s->field, (tk_str){inner.p, inner.n});
            tki_buf_free(&inner);
        } else {
            tki_pb_skip(&c, tag);
            tki_buf_put(out, start, (size_t)((const char *)c.p - start));
        }
    }
    if (c.error)
        bail_out("the test's own message is malformed");
    if (here && !v->front)
        tki_buf_str(out, v->stranger);
}

#define STRANGER TKI_STR("\xf2\x01\x02zz") /* field 30 */

/* The format that an input is taken for. */
static const struct tki_format *taken_for(tk_str text)
{
    struct tk_err err = {0};
    return tki_format_detect(text, true, &err);
}

/* What the span says when all of it is read, and the count. */
static void reads(const struct tki_format *f, tk_str text, const char *want, unsigned lost, const char *what, int i)
{
    const struct tki_format *taken = taken_for(text);
    bool first = text.n && memcmp(text.p, STRANGER.p, 1) == 0; /* nothing begins so */
    struct tk_batch *b = read_needs(f, text, TK_NEED_ALL, 0);
    bool fine = fields_of(b) == lost && strcmp(shown(b), want) == 0 && (first || taken == f);
    ok(fine, "%s: %s %d", f->info.name, what, i);
    if (!fine)
        diag("counted %d times, taken for %s:\n%s%s", (int)fields_of(b), taken ? taken->info.name : "nothing", shown(b),
             want);
    tk_batch_free(b);
}

static void test_messages(const struct tki_format *f, tk_str text, const struct shape *shape, unsigned least,
                          bool front)
{
    struct tk_batch *b = read_needs(f, text, TK_NEED_ALL, 0);
    char *want = strdup(shown(b));
    is_uint(fields_of(b), 0, "%s: nothing of it is left out", f->info.name);
    is_uint(b->nspans, 1, "%s: a span", f->info.name);
    tk_batch_free(b);
    unsigned met = 0;
    for (int i = 0; want; i++) {
        struct tki_buf made = {0};
        struct visit v = {.at = i, .front = front, .stranger = STRANGER};
        put_message(&made, text, shape, &v);
        met += v.put;
        if (v.put)
            reads(f, (tk_str){made.p, made.n}, want, 1, "a stranger is counted in message", i);
        tki_buf_free(&made);
        if (!v.put)
            break;
    }
    ok(met >= least, "%s: %u messages", f->info.name, met);
    free(want);
    for (unsigned need = 1; need <= TK_NEED_WEIGHT; need <<= 1) {
        b = read_needs(f, text, need, 0);
        if (fields_of(b))
            is_uint(fields_of(b), 0, "%s: nothing is counted with need %x", f->info.name, need);
        tk_batch_free(b);
    }
}

static tk_str written_by(const struct tki_format *f)
{
    static struct tki_buf out;
    struct tk_batch *b = read_text(&tki_format_otlp_json, source);
    struct tki_encode e = {.out = &out};
    const uint32_t row = 0;
    out.n = 0;
    f->put(&e, b, &row, 1);
    if (e.state)
        (f->free_state ? f->free_state : free)(e.state);
    tk_batch_free(b);
    return (tk_str){out.p, out.n};
}

static void test_protobuf(void)
{
    test_messages(&tki_format_otlp_proto, written_by(&tki_format_otlp_proto), traces, 30, false);
    test_messages(&tki_format_otlp_proto, written_by(&tki_format_otlp_proto), traces, 30, true);
    struct tki_buf made = {0};
    put_field(&made, 1, written_by(&tki_format_otlp_proto));
    put_field(&made, 2, TKI_STR("\x08\x07"));  /* metrics */
    tki_buf_lit(&made, "\x18\x01\x22\x03why"); /* partial, and why */
    test_messages(&tki_format_tempo_proto, (tk_str){made.p, made.n}, answer, 31, false);
    test_messages(&tki_format_jaeger_proto, written_by(&tki_format_jaeger_proto), jaeger, 11, false);
    made.n = 0;
    put_field(&made, 1,
              TKI_STR("\x0a\x10"
                      "0123456789abcdef\x12\x08"
                      "01234567\x32\x02\x08\x05\x5a\x02p1"));
    put_field(&made, 2, TKI_STR("\x0a\x02p1\x12\x0b\x0a\x01s\x12\x06\x0a\x01k\x1a\x01v"));
    test_messages(&tki_format_jaeger_proto, (tk_str){made.p, made.n}, jaeger_trace, 6, false);
    struct tki_buf outer = {0};
    put_field(&outer, 1, (tk_str){made.p, made.n});
    test_messages(&tki_format_jaeger_proto, (tk_str){outer.p, outer.n}, jaeger_answer, 7, false);
    test_messages(&tki_format_zipkin_proto, written_by(&tki_format_zipkin_proto), zipkin, 6, false);
    tki_buf_free(&outer);
    tki_buf_free(&made);
}

/* What is zero or empty is as a field that is not there; the status of OTLP before 2021 repeats its code. */
static void test_says_nothing(void)
{
    const struct {
        tk_str field;
        unsigned lost;
    } cases[] = {{TKI_STR("\xc0\x0c\x00"), 0},
                 {TKI_STR("\xc0\x0c\x80\x00"), 0},
                 {TKI_STR("\xc0\x0c\x80\x01"), 1},
                 {TKI_STR("\xc1\x0c\0\0\0\0\0\0\0\0"), 0},
                 {TKI_STR("\xc1\x0c\0\0\0\0\0\0\0\1"), 1},
                 {TKI_STR("\xc2\x0c\x00"), 0},
                 {TKI_STR("\xc2\x0c\x01\x00"), 1},
                 {TKI_STR("\xc5\x0c\0\0\0\0"), 0},
                 {TKI_STR("\xc5\x0c\0\0\1\0"), 1},
                 {TKI_STR("\xc3\x0c\x08\x01\xc4\x0c"), 1}};
    tk_str text = written_by(&tki_format_otlp_proto);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_buf made = {0};
        tki_buf_str(&made, text);
        tki_buf_str(&made, cases[i].field);
        struct tk_batch *b = read_needs(&tki_format_otlp_proto, (tk_str){made.p, made.n}, TK_NEED_ALL, 0);
        is_uint(fields_of(b), cases[i].lost, "field %u: how often it is counted", i);
        tk_batch_free(b);
        tki_buf_free(&made);
    }
    static const char status[] = "\x7a\x04\x08\x02\x18\x02", span[] = "\x39\1\0\0\0\0\0\0\0";
    struct tki_buf spans = {0}, scopes = {0}, all = {0}, made = {0};
    tki_buf_put(&spans, span, sizeof span - 1);
    tki_buf_put(&spans, status, sizeof status - 1);
    put_field(&scopes, 2, (tk_str){spans.p, spans.n});
    put_field(&all, 2, (tk_str){scopes.p, scopes.n});
    put_field(&made, 1, (tk_str){all.p, all.n});
    struct tk_batch *b = read_needs(&tki_format_otlp_proto, (tk_str){made.p, made.n}, TK_NEED_ALL, 0);
    is_uint(b->nspans, 1, "a span with the older code of its status");
    is_uint(fields_of(b), 0, "the older code is no loss");
    tk_batch_free(b);
    tki_buf_free(&spans);
    tki_buf_free(&scopes);
    tki_buf_free(&all);
    tki_buf_free(&made);
}

/* ---- copying ---- */

static uint64_t lost_to(const struct tki_format *f, const struct tk_batch *b, struct tki_buf *out)
{
    struct tki_encode e = {.out = out};
    const uint32_t row = 0;
    out->n = 0;
    tki_format_put(f, false, &e, b, &row, 1);
    if (e.state)
        (f->free_state ? f->free_state : free)(e.state);
    return e.notes[TK_NOTE_FIELD_DROPPED];
}

/* A span, scope or resource that is copied keeps its strangers; what stands around them is lost when it is read. */
static void test_copied(void)
{
    struct tki_buf made = {0}, out = {0};
    struct visit v = {.all = true, .stranger = STRANGER};
    put_message(&made, written_by(&tki_format_otlp_proto), traces, &v);
    struct tk_batch *b = read_needs(&tki_format_otlp_proto, (tk_str){made.p, made.n}, TK_NEED_COPY, 0);
    is_uint(fields_of(b), 3, "reading loses what stands around resource, scope and span");
    is_uint(lost_to(&tki_format_otlp_proto, b, &out), 0, "copying loses nothing");
    unsigned kept = 0;
    for (size_t i = 0; i + 4 < out.n; i++)
        kept += memcmp(out.p + i, STRANGER.p, STRANGER.n) == 0;
    is_uint(kept, v.put - 3, "and writes all others");
    is_uint(lost_to(&tki_format_otlp_framed, b, &out), 0, "nor does it behind lengths");
    is_uint(lost_to(&tki_format_otlp_json, b, &out), v.put - 3, "another encoding loses them");
    is_uint(lost_to(&tki_format_jaeger_json, b, &out), v.put - 3, "another format, too");
    unsigned of_span = b->spans[0].beyond;
    b->spans[0].raw = (tk_str){0};
    ok(of_span > 5, "most of them are the span's");
    is_uint(lost_to(&tki_format_otlp_proto, b, &out), of_span, "a span that was changed loses its own");
    b->resources[b->spans[0].resource].raw = b->scopes[b->spans[0].scope].raw = (tk_str){0};
    is_uint(lost_to(&tki_format_otlp_proto, b, &out), v.put - 3, "so do resource and scope");
    tk_batch_free(b);

    /* A resource in two parts is one, and has no raw view. */
    struct tki_buf twice = {0}, record = {0};
    struct tki_pb c = tki_pb_over((tk_str){made.p, made.n});
    tki_pb_tag(&c);
    tk_str all = tki_pb_str(&c);
    tki_buf_str(&record, TKI_STR("\x0a\x05\xc2\x0c\x02zz"));
    tki_buf_str(&record, all);
    put_field(&twice, 1, (tk_str){record.p, record.n});
    b = read_needs(&tki_format_otlp_proto, (tk_str){twice.p, twice.n}, TK_NEED_COPY, 0);
    uint64_t lost = fields_of(b) + lost_to(&tki_format_otlp_proto, b, &out);
    const struct tk_resource *r = &b->resources[b->spans[0].resource];
    ok(!r->raw.n && !r->beyond && lost > 3, "of a resource in two parts all are lost when it is read");
    is_uint(fields_of(b) + b->spans[0].beyond + b->scopes[b->spans[0].scope].beyond, v.put, "each counted once");
    tk_batch_free(b);
    tki_buf_free(&twice);
    tki_buf_free(&record);
    tki_buf_free(&made);
    tki_buf_free(&out);
}

/* ---- Thrift ---- */

static void copy_struct(struct maker *m, struct tki_thrift *c, struct visit *v);

static void copy_element(struct maker *m, struct tki_thrift *c, unsigned type, struct visit *v)
{
    tk_str s;
    switch (type) {
    case TKI_THRIFT_STRUCT:
        make_open(m);
        copy_struct(m, c, v);
        break;
    case TKI_THRIFT_STRING:
        s = tki_thrift_str(c);
        m->compact ? make_varint(m, s.n) : make_be(m, s.n, 4);
        tki_buf_str(&m->out, s);
        break;
    default: bail_out("a list of this type is not expected");
    }
}

/* Into a struct that is opened. */
static void copy_struct(struct maker *m, struct tki_thrift *c, struct visit *v)
{
    bool here = v->at-- == 0;
    v->put += here;
    tki_thrift_struct(c);
    for (unsigned f; (f = tki_thrift_field(c));) {
        int id = (int)TKI_THRIFT_ID(f);
        tk_str s;
        switch (TKI_THRIFT_TYPE(f)) {
        case TKI_THRIFT_BOOL: make_bool(m, id, tki_thrift_bool(c)); break;
        case TKI_THRIFT_I16: make_i16(m, id, tki_thrift_i16(c)); break;
        case TKI_THRIFT_I32: make_i32(m, id, tki_thrift_i32(c)); break;
        case TKI_THRIFT_I64: make_i64(m, id, tki_thrift_i64(c)); break;
        case TKI_THRIFT_DOUBLE: make_double(m, id, tki_thrift_double(c)); break;
        case TKI_THRIFT_STRING:
            s = tki_thrift_str(c);
            make_bytes(m, id, s.p, s.n);
            break;
        case TKI_THRIFT_STRUCT:
            make_field(m, TKI_THRIFT_STRUCT, id);
            copy_element(m, c, TKI_THRIFT_STRUCT, v);
            break;
        case TKI_THRIFT_LIST: {
            uint32_t n = tki_thrift_list(c, TKI_THRIFT_STRUCT);
            make_list(m, id, TKI_THRIFT_STRUCT, n);
            while (n-- && !c->error)
                copy_element(m, c, TKI_THRIFT_STRUCT, v);
            break;
        }
        default: bail_out("a field of this type is not expected");
        }
    }
    if (here)
        v->stranger.n ? make_str(m, 30, "zz") : make_list(m, 30, TKI_THRIFT_I64, 0);
    make_close(m);
    if (c->error)
        bail_out("the test's own Thrift is malformed");
}

/* The value at the top in either protocol, bare or as the argument of a call. */
static bool thrift_with(struct maker *m, tk_str text, bool compact, const char *call, struct visit *v)
{
    struct tki_thrift c = tki_thrift_over(text, false);
    bool here = false;
    make_start(m, compact);
    if (call) {
        here = v->at-- == 0;
        v->put += here;
        make_message(m, VERSIONED, call);
        make_struct(m, 1);
    } else {
        make_open(m);
    }
    copy_struct(m, &c, v);
    if (here)
        make_str(m, 30, "zz");
    if (call)
        make_close(m);
    return v->put;
}

static void test_thrift_of(const struct tki_format *f, tk_str text, bool compact, const char *call, unsigned least)
{
    static struct maker m;
    struct visit none = {.at = 1000};
    thrift_with(&m, text, compact, call, &none);
    struct tk_batch *b = read_needs(f, made(&m), TK_NEED_ALL, 0);
    char *want = strdup(shown(b));
    is_uint(b->nspans, 1, "%s: a span", f->info.name);
    is_uint(fields_of(b), 0, "%s: nothing of it is left out", f->info.name);
    tk_batch_free(b);
    unsigned met = 0;
    for (int i = 0; want; i++, met++) {
        struct visit v = {.at = i, .stranger = STRANGER}, empty = {.at = i};
        if (!thrift_with(&m, text, compact, call, &v))
            break;
        reads(f, made(&m), want, 1, compact ? "compact, a stranger in struct" : "a stranger in struct", i);
        if (call && i == 0)
            continue;
        thrift_with(&m, text, compact, call, &empty);
        reads(f, made(&m), want, 0, compact ? "compact, an empty list in struct" : "an empty list in struct", i);
    }
    ok(met >= least, "%s: %u structs", f->info.name, met);
    free(want);
}

/* A v1 span with each of its parts. */
static void make_zipkin(struct maker *m)
{
    make_start(m, false);
    make_open(m);
    make_i64(m, 1, 7);
    make_str(m, 3, "a");
    make_i64(m, 4, 8);
    make_list(m, 6, TKI_THRIFT_STRUCT, 1);
    make_open(m);
    make_i64(m, 1, 5);
    make_str(m, 2, "sr");
    make_struct(m, 3);
    make_i32(m, 1, 0x0a000001);
    make_str(m, 3, "s");
    make_close(m);
    make_close(m);
    make_list(m, 8, TKI_THRIFT_STRUCT, 1);
    make_open(m);
    make_str(m, 1, "k");
    make_str(m, 2, "v");
    make_i32(m, 3, 6);
    make_struct(m, 4);
    make_str(m, 3, "s");
    make_close(m);
    make_close(m);
    make_i64(m, 10, 5);
    make_i64(m, 11, 4);
    make_close(m);
}

static void test_thrift(void)
{
    static struct maker zipkin_made;
    for (int compact = 0; compact < 2; compact++) {
        tk_str jaeger_text = written_by(&tki_format_jaeger_thrift);
        test_thrift_of(&tki_format_jaeger_thrift, jaeger_text, compact, NULL, 9);
        test_thrift_of(&tki_format_jaeger_thrift, jaeger_text, compact, "emitBatch", 10);
        make_zipkin(&zipkin_made);
        test_thrift_of(&tki_format_zipkin_thrift, made(&zipkin_made), compact, NULL, 5);
    }
    /* What a client says of itself is of no span. */
    static struct maker m;
    make_start(&m, false);
    make_open(&m);
    make_list(&m, 2, TKI_THRIFT_STRUCT, 0);
    make_i64(&m, 3, 7);
    make_struct(&m, 4);
    make_i64(&m, 1, 7);
    make_close(&m);
    make_close(&m);
    struct tk_batch *b = read_needs(&tki_format_jaeger_thrift, made(&m), TK_NEED_ALL, 0);
    is_uint(fields_of(b), 0, "the number of a batch and what its client counts are no loss");
    tk_batch_free(b);
}

int main(void)
{
    test_protobuf();
    test_says_nothing();
    test_copied();
    test_thrift();
    return done_testing();
}
