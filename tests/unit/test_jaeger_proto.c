/* Jaeger's protobuf: whose a span is, in batches that hold both spans with a process of their own and spans without. */
#include "format/cut/cut.h"
#include "format/jaeger/proto.h"
#include "format_help.h"

/* A field with a length: fewer than 128 bytes. */
static void put(struct tki_buf *out, unsigned field, tk_str content)
{
    tki_buf_putc(out, (char)(field << 3 | 2));
    tki_buf_putc(out, (char)content.n);
    tki_buf_str(out, content);
}

static void process(struct tki_buf *out, unsigned field, const char *service)
{
    struct tki_buf in = {0};
    if (*service)
        put(&in, 1, tki_str(service));
    put(out, field, (tk_str){in.p, in.n});
    tki_buf_free(&in);
}

/* An element of Batch.spans; service NULL: it says nothing, "": an empty process. */
static void span(struct tki_buf *out, const char *service)
{
    struct tki_buf in = {0};
    put(&in, 1, TKI_STR("0123456789abcdef"));
    put(&in, 2, TKI_STR("01234567"));
    put(&in, 6, TKI_STR("\x08\x05"));
    if (service)
        process(&in, 10, service);
    put(out, 1, (tk_str){in.p, in.n});
    tki_buf_free(&in);
}

static const char *service(const struct tk_batch *b, uint32_t i)
{
    static char z[16];
    tk_str s = b->resources[b->spans[i].resource].service;
    snprintf(z, sizeof z, "%.*s", (int)s.n, s.n ? s.p : "");
    return z;
}

static void test_whose(void)
{
    static const char *const want[] = {"own", "", "batch", "own", "batch", "next"};
    struct tki_buf text = {0};
    span(&text, "own");
    span(&text, "");
    span(&text, NULL);
    span(&text, "own");
    span(&text, NULL);
    process(&text, 2, "batch");
    size_t second = text.n;
    span(&text, NULL);
    process(&text, 2, "next");
    struct tk_batch *b = read_needs(&tki_format_jaeger_proto, (tk_str){text.p, text.n}, TK_NEED_COPY, 0);
    is_uint(b->nspans, 6, "all spans");
    for (uint32_t i = 0; i < b->nspans && i < 6; i++)
        is_str(service(b, i), want[i], "span %u", i);
    ok(b->resources[b->spans[1].resource].present, "an empty process is one");
    tk_batch_free(b);

    /* The smallest window: a piece ends where it can. */
    struct tki_cut c = {.cutter = &tki_jaeger_proto_cut, .window = 1, .record_max = 1 << 20};
    struct tki_piece piece;
    size_t ends[4] = {0}, n = 0;
    struct tk_err err;
    c.cutter->open(&c);
    for (size_t at = 0; n < 4 && at < text.n; at = ends[n++]) {
        if (c.cutter->next(&c, (tk_str){text.p + at, text.n - at}, true, &piece, &err) != TKI_CUT_PIECE)
            break;
        ends[n] = at + piece.consumed;
    }
    c.cutter->close(&c);
    is_uint(n, 4, "four pieces");
    struct tki_buf own = {0}, empty = {0};
    span(&own, "own");
    span(&empty, "");
    is_uint(ends[0], own.n, "a span with a process stands alone");
    is_uint(ends[1], own.n + empty.n, "so does one with an empty process");
    is_uint(ends[2], second, "one without waits for the process, whatever stands between");
    is_uint(ends[3], text.n, "the next batch");
    tki_buf_free(&own);
    tki_buf_free(&empty);
    tki_buf_free(&text);
}

int main(void)
{
    test_whose();
    return done_testing();
}
