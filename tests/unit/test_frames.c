/* Frames: any framing around any payload, compressed in any way, reads as the payloads alone do. */
#include <inttypes.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "format_help.h"
#include "random_spans.h"

enum framing { FIXED, GRPC, VARINT, FRAMINGS };
enum packing { PLAIN, ZSTD, ZSTD_UNSIZED, GZIP, ZLIB, PACKINGS };

static const struct tki_format *const formats[] = {&tki_format_frames, &tki_format_grpc, &tki_format_delimited};
static const char *const packings[] = {"plain", "zstd", "zstd without sizes", "gzip", "zlib"};

static void pack_zstd(struct tki_buf *to, tk_str s, bool sized)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, sized);
    char *room = tki_buf_room(to, ZSTD_compressBound(s.n));
    size_t m = ZSTD_compress2(c, room, ZSTD_compressBound(s.n), s.p, s.n);
    if (ZSTD_isError(m))
        bail_out("zstd: %s", ZSTD_getErrorName(m));
    to->n += m;
    ZSTD_freeCCtx(c);
}

static void pack_zlib(struct tki_buf *to, tk_str s, int bits)
{
    z_stream z = {0};
    if (deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        bail_out("no deflate");
    size_t room = deflateBound(&z, s.n);
    z.next_in = (unsigned char *)(uintptr_t)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (unsigned char *)tki_buf_room(to, room);
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        bail_out("deflate failed");
    to->n += room - z.avail_out;
    deflateEnd(&z);
}

static void put_frame(struct tki_buf *out, enum framing k, enum packing p, tk_str message)
{
    struct tki_buf body = {0};
    switch (p) {
    case PLAIN: tki_buf_str(&body, message); break;
    case ZSTD: pack_zstd(&body, message, true); break;
    case ZSTD_UNSIZED: pack_zstd(&body, message, false); break;
    case GZIP: pack_zlib(&body, message, 15 + 16); break;
    default: pack_zlib(&body, message, 15);
    }
    if (k == VARINT) {
        size_t n = body.n;
        for (; n >= 128; n >>= 7)
            tki_buf_putc(out, (char)(n | 128));
        tki_buf_putc(out, (char)n);
    } else {
        if (k == GRPC)
            tki_buf_putc(out, p != PLAIN);
        for (int shift = 24; shift >= 0; shift -= 8)
            tki_buf_putc(out, (char)(body.n >> shift));
    }
    tki_buf_put(out, body.p, body.n);
    tki_buf_free(&body);
}

/* A message of random spans; its spans as protobuf, one by one, are added to want. */
static struct tki_buf message(struct rng *r, bool json, struct tki_buf *want)
{
    struct tki_buf m = {0};
    uint64_t notes[TKI_NOTE_COUNT] = {0};
    struct tk_batch *b = tk_batch_new();
    random_batch(r, b, 1 + rng_below(r, 12));
    if (json)
        tki_otlp_json_put(&m, b, NULL, 0, notes);
    else
        tki_otlp_proto_put(&m, b, NULL, 0);
    struct tk_batch *again =
        read_needs(json ? &tki_format_otlp_json : &tki_format_otlp_proto, (tk_str){m.p, m.n}, TK_NEED_COPY, 0);
    for (uint32_t i = 0; i < again->nspans; i++)
        tki_otlp_proto_put(want, again, &i, 1);
    tk_batch_free(again);
    tk_batch_free(b);
    return m;
}

static struct tki_buf spans_of(const struct tk_batch *b)
{
    struct tki_buf out = {0};
    for (uint32_t i = 0; i < b->nspans; i++)
        tki_otlp_proto_put(&out, b, &i, 1);
    return out;
}

static struct tki_buf read_file(tk_str bytes, const struct tk_read_opts *opts, int *code, struct tk_err *err,
                                struct tk_read_stats *stats)
{
    char path[64];
    const char *paths[] = {path};
    snprintf(path, sizeof path, "/tmp/tracekit-frames-%ld", (long)getpid());
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0)
        bail_out("cannot write %s", path);
    struct tk_reader *r;
    struct tk_batch *b;
    struct tki_buf out = {0};
    if (tk_reader_open(&r, paths, 1, opts, err) < 0)
        bail_out("%s", err->text);
    while ((*code = tk_reader_next(r, &b)) == 1)
        for (uint32_t i = 0; i < b->nspans; i++)
            tki_otlp_proto_put(&out, b, &i, 1);
    *err = *tk_reader_err(r);
    *stats = *tk_reader_stats(r);
    tk_reader_close(r);
    unlink(path);
    return out;
}

static void test_shapes(enum framing k, enum packing p, bool json)
{
    struct rng r = {rng_seed() + (uint64_t)k * 100 + (uint64_t)p * 10 + json};
    struct tki_buf in = {0}, want = {0};
    const char *name = json ? "JSON" : "protobuf";
    enum { MESSAGES = 60 };
    for (int i = 0; i < MESSAGES; i++) {
        struct tki_buf m = message(&r, json, &want);
        put_frame(&in, k, p, (tk_str){m.p, m.n});
        tki_buf_free(&m);
    }
    tk_str s = {in.p, in.n};
    struct tk_err err = {0};
    if (!(k == FIXED && p == PLAIN && !json) && !(p == ZLIB && k != GRPC)) {
        const struct tki_format *found =
            tki_format_detect((tk_str){s.p, s.n < 65536 ? s.n : 65536}, s.n <= 65536, &err);
        is_str(found ? found->info.name : err.text, formats[k]->info.name, "%s, %s in %s is recognised", packings[p],
               name, formats[k]->info.name);
    }
    if (p == ZLIB && k != GRPC) { /* two bytes are not enough to tell it by */
        tki_buf_free(&in);
        tki_buf_free(&want);
        return;
    }
    for (unsigned threads = 0; threads < 3; threads++) {
        struct tk_read_opts opts = {.format = formats[k]->info.name, .threads = threads};
        struct tk_read_stats stats;
        int code;
        struct tki_buf got = read_file(s, &opts, &code, &err, &stats);
        ok(code == 0 && got.n == want.n && memcmp(got.p, want.p, got.n) == 0,
           "%s, %s in %s with %u threads: the same spans: %s", packings[p], name, formats[k]->info.name, threads,
           code < 0 ? err.text : "");
        is_uint(stats.records, MESSAGES, "a frame is a record");
        tki_buf_free(&got);
    }
    for (int i = 0; i < 20; i++) { /* cut off anywhere */
        size_t n = 1 + rng_below(&r, (uint32_t)in.n - 1);
        struct tk_read_opts opts = {.format = formats[k]->info.name};
        struct tk_read_stats stats;
        int code;
        struct tki_buf got = read_file((tk_str){in.p, n}, &opts, &code, &err, &stats);
        bool fine = (code == 0 || (code == TK_ETRUNCATED && err.offset == n)) && got.n <= want.n &&
                    (got.n == 0 || memcmp(got.p, want.p, got.n) == 0);
        if (!fine)
            ok(fine, "%s, %s in %s cut at %zu: %d %s at %" PRIu64, packings[p], name, formats[k]->info.name, n, code,
               err.text, err.offset);
        tki_buf_free(&got);
    }
    tki_buf_free(&in);
    tki_buf_free(&want);
}

/* Every frame its own payload and packing: order and spans stay, although raw views are of two encodings. */
static void test_mixed(enum framing k)
{
    struct rng r = {rng_seed() + 77};
    struct tki_buf in = {0}, want = {0};
    for (int i = 0; i < 200; i++) {
        bool json = rng_below(&r, 2);
        struct tki_buf m = message(&r, json, &want);
        put_frame(&in, k, rng_below(&r, k == GRPC ? PACKINGS : ZLIB), (tk_str){m.p, m.n});
        if (i % 20 == 0)
            put_frame(&in, k, PLAIN, TKI_STR(""));
        tki_buf_free(&m);
    }
    struct tk_batch *b = read_needs(formats[k], (tk_str){in.p, in.n}, TK_NEED_COPY, 0);
    struct tki_buf got = spans_of(b);
    ok(got.n == want.n && memcmp(got.p, want.p, got.n) == 0, "%s of all kinds of payloads", formats[k]->info.name);
    tki_buf_free(&got);
    tki_buf_free(&in);
    tki_buf_free(&want);
    tk_batch_free(b);
}

static const char one_span[] =
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"spanId\":\"0000000000000001\",\"name\":\"a\"}]}]}]}";

/* Payloads of nearly nothing that become large. */
static void test_limit(enum packing p)
{
    struct tki_buf large = {0}, in = {0};
    tki_buf_lit(&large, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"");
    for (int i = 0; i < 300000; i++)
        tki_buf_putc(&large, 'k');
    tki_buf_lit(&large, "\"}]},\"scopeSpans\":[{\"spans\":[{\"name\":\"b\"}]}]}]}");
    put_frame(&in, GRPC, p, tki_str(one_span));
    size_t second = in.n;
    put_frame(&in, GRPC, p, (tk_str){large.p, large.n});
    put_frame(&in, GRPC, p, tki_str(one_span));
    tk_str s = {in.p, in.n};
    struct tk_read_opts opts = {.format = "grpc", .record_max = 100000};
    struct tk_read_stats stats;
    struct tk_err err;
    int code;
    struct tki_buf got = read_file(s, &opts, &code, &err, &stats);
    is_int(code, TK_ELIMIT, "%s: a payload beyond the limit is an error", packings[p]);
    is_str(err.text, "a compressed payload holds more than 100000 bytes: raise --record-max", "that names the option");
    is_uint(err.offset, second, "and the frame's first byte");
    is_uint(stats.spans, 1, "after what was before it");
    tki_buf_free(&got);
    opts.keep_going = true;
    got = read_file(s, &opts, &code, &err, &stats);
    is_int(code, 0, "with keep_going reading goes on");
    is_uint(stats.spans, 2, "behind it");
    is_uint(stats.records_skipped, 1, "and counts it");
    tki_buf_free(&got);
    opts = (struct tk_read_opts){.format = "grpc", .record_max = large.n};
    got = read_file(s, &opts, &code, &err, &stats);
    ok(code == 0 && stats.spans == 3, "a payload of just the limit is read");
    tki_buf_free(&got);
    tki_buf_free(&large);
    tki_buf_free(&in);
}

static void test_damage(enum packing p)
{
    struct tki_buf in = {0};
    put_frame(&in, FIXED, p, tki_str(one_span));
    size_t second = in.n;
    put_frame(&in, FIXED, p, tki_str(one_span));
    in.p[second + 4 + 12] ^= 0x55;
    in.p[second + 4 + 14] ^= 0x55;
    struct tk_batch *b = tk_batch_new();
    struct tk_err err = {0};
    int code = tki_format_decode(&tki_format_frames, (tk_str){in.p, in.n}, TK_NEED_COPY, b, &err);
    ok(code == TK_EINVALID || code == TK_ETRUNCATED, "%s: damage is an error: %s", packings[p], err.text);
    is_uint(err.offset, second, "at its frame");
    is_uint(b->nspans, 1, "behind whole ones");
    tk_batch_free(b);
    tki_buf_free(&in);
}

static void refused(const char *frames, size_t n, const struct tki_format *f, int want, const char *text, size_t at)
{
    struct tk_batch *b = tk_batch_new();
    struct tk_err err = {0};
    is_int(tki_format_decode(f, (tk_str){frames, n}, TK_NEED_COPY, b, &err), want, "%s", text);
    is_str(err.text, text, "in words");
    is_uint(err.offset, at, "and its byte");
    tk_batch_free(b);
}

static void test_errors(void)
{
    struct tki_buf in = {0};
    put_frame(&in, GRPC, GZIP, TKI_STR("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":1}]}]}]}"));
    refused(in.p, in.n, &tki_format_grpc, TK_EINVALID,
            "expected a string, found '1' (byte 51 of the payload, decompressed)", 0);
    in.n = 0;
    put_frame(&in, FIXED, PLAIN, TKI_STR("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":1}]}]}]}"));
    refused(in.p, in.n, &tki_format_frames, TK_EINVALID, "expected a string, found '1'", 55);
    tki_buf_free(&in);
    refused("\1\0\0\0\10snappy!!", 13, &tki_format_grpc, TK_EUNSUPPORTED,
            "a gRPC payload is compressed with neither gzip, zlib nor zstd", 0);
    refused("\0\0\0\5hello", 9, &tki_format_frames, TK_EFORMAT,
            "the payload of the frame is of no trace format that is known", 4);
    refused("\0\0\0\11hello", 9, &tki_format_frames, TK_EINVALID, "a frame's length reaches beyond its piece", 0);
    /* trailers of gRPC-Web stand in a frame of their own */
    in = (struct tki_buf){0};
    put_frame(&in, GRPC, PLAIN, tki_str(one_span));
    tki_buf_put(&in, "\x80\0\0\0\017grpc-status: 0\n", 20);
    struct tk_batch *b = read_needs(&tki_format_grpc, (tk_str){in.p, in.n}, TK_NEED_COPY, 0);
    is_uint(b->nspans, 1, "trailers of gRPC-Web are passed over");
    tk_batch_free(b);
    tki_buf_free(&in);
}

int main(void)
{
    diag("SEED=%" PRIu64, rng_seed());
    for (enum framing k = 0; k < FRAMINGS; k++) {
        for (enum packing p = 0; p < PACKINGS; p++) {
            test_shapes(k, p, true);
            test_shapes(k, p, false);
        }
        test_mixed(k);
    }
    for (enum packing p = ZSTD; p < PACKINGS; p++)
        test_limit(p);
    for (enum packing p = ZSTD; p < ZLIB; p++)
        test_damage(p);
    test_errors();
    return done_testing();
}
