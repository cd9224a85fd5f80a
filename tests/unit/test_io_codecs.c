/* xz, bzip2 and lz4 against their own libraries: one after another, cut short, damaged.  Base64, which has none. */
#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>

#include "io_help.h"

static void pack_xz(struct tki_buf *to, const char *p, size_t n)
{
    size_t room = lzma_stream_buffer_bound(n), at = 0;
    if (lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)p, n, (uint8_t *)tki_buf_room(to, room),
                                &at, room) != LZMA_OK)
        bail_out("no xz");
    to->n += at;
}

static void pack_bzip2(struct tki_buf *to, const char *p, size_t n)
{
    unsigned room = (unsigned)(n + n / 50 + 1000);
    if (BZ2_bzBuffToBuffCompress(tki_buf_room(to, room), &room, (char *)(uintptr_t)p, (unsigned)n, 1, 0, 0) != BZ_OK)
        bail_out("no bzip2");
    to->n += room;
}

static void pack_lz4(struct tki_buf *to, const char *p, size_t n)
{
    LZ4F_preferences_t how = {
        .frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled, .blockSizeID = LZ4F_max64KB}};
    size_t room = LZ4F_compressFrameBound(n, &how), m = LZ4F_compressFrame(tki_buf_room(to, room), room, p, n, &how);
    if (LZ4F_isError(m))
        bail_out("no lz4: %s", LZ4F_getErrorName(m));
    to->n += m;
}

/* What the libraries give when they are fed one byte at a time, and so forget nothing; how much of it. */
typedef size_t before_fault(const char *p, size_t n, char *to, size_t room, bool *fault);

static size_t xz_before_fault(const char *p, size_t n, char *to, size_t room, bool *fault)
{
    lzma_stream z = LZMA_STREAM_INIT;
    lzma_ret e = lzma_stream_decoder(&z, UINT64_MAX, LZMA_CONCATENATED);
    z.next_out = (uint8_t *)to;
    z.avail_out = room;
    for (size_t i = 0; i < n && e == LZMA_OK; i++) {
        z.next_in = (const uint8_t *)p + i;
        z.avail_in = 1;
        e = lzma_code(&z, LZMA_RUN);
    }
    *fault = e != LZMA_OK;
    lzma_end(&z);
    return room - z.avail_out;
}

static size_t bzip2_before_fault(const char *p, size_t n, char *to, size_t room, bool *fault)
{
    bz_stream z = {0};
    int e = BZ2_bzDecompressInit(&z, 0, 0);
    z.next_out = to;
    z.avail_out = (unsigned)room;
    for (size_t i = 0; i < n && e == BZ_OK; i++) {
        z.next_in = (char *)(uintptr_t)(p + i);
        z.avail_in = 1;
        e = BZ2_bzDecompress(&z);
    }
    *fault = e != BZ_OK && e != BZ_STREAM_END;
    BZ2_bzDecompressEnd(&z);
    return room - z.avail_out;
}

static size_t lz4_before_fault(const char *p, size_t n, char *to, size_t room, bool *fault)
{
    LZ4F_dctx *z;
    size_t at = 0, e = LZ4F_createDecompressionContext(&z, LZ4F_VERSION);
    for (size_t i = 0; i < n && !LZ4F_isError(e); i++) {
        size_t in = 1, out = room - at;
        e = LZ4F_decompress(z, to + at, &out, p + i, &in, NULL);
        at += LZ4F_isError(e) ? 0 : out;
    }
    *fault = LZ4F_isError(e);
    LZ4F_freeDecompressionContext(z);
    return at;
}

static const struct codec {
    const char *name;
    void (*pack)(struct tki_buf *to, const char *p, size_t n);
    before_fault *before;
    size_t head; /* bytes that tell the format */
} codecs[] = {{"xz", pack_xz, xz_before_fault, 12},
              {"bzip2", pack_bzip2, bzip2_before_fault, 10},
              {"lz4", pack_lz4, lz4_before_fault, 7}};

static void test_whole(struct rng *r, const struct codec *c)
{
    static const size_t sizes[] = {0, 1, 70000, 140000};
    struct tki_buf all = {0}, joined = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tki_buf b = random_bytes(r, sizes[i]), z = {0};
        c->pack(&z, b.p, b.n);
        ok(always(r, &z, b.p, b.n, 0), "%s of %zu bytes", c->name, sizes[i]);
        tki_buf_put(&all, b.p, b.n);
        tki_buf_put(&joined, z.p, z.n);
        tki_buf_free(&b);
        tki_buf_free(&z);
    }
    ok(always(r, &joined, all.p, all.n, 0), "one %s after another", c->name);
    tki_buf_lit(&joined, "garbage, garbage");
    ok(always(r, &joined, all.p, all.n, TK_EINVALID), "garbage behind %s", c->name);
    tki_buf_free(&all);
    tki_buf_free(&joined);
}

static void test_nested(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 50000), x = {0};
    tki_buf_put(&x, b.p, b.n);
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        struct tki_buf y = {0};
        codecs[i].pack(&y, x.p, x.n);
        tki_buf_free(&x);
        x = y;
    }
    ok(always(r, &x, b.p, b.n, 0), "each in another");
    tki_buf_free(&b);
    tki_buf_free(&x);
}

/* Cut anywhere: the bytes before the cut, then where it ends.  Damaged anywhere: the bytes before the damage. */
static void test_faults(struct rng *r, const struct codec *c)
{
    struct tki_buf b = random_bytes(r, 100000), z = {0};
    size_t room = 2 * b.n + 100000;
    char *to = malloc(room);
    unsigned bad = 0, cut = 0, faults = 0;
    bool fault;
    c->pack(&z, b.p, b.n);
    for (size_t n = c->head; n < z.n; n += 1 + rng_below(r, (uint32_t)(z.n / 12))) {
        size_t want = c->before(z.p, n, to, room, &fault);
        struct tki_buf part = {.p = z.p, .n = n};
        bad += fault || !always(r, &part, to, want, TK_ETRUNCATED);
        cut++;
    }
    is_uint(bad, 0, "%s cut at %u places", c->name, cut);
    bad = 0;
    for (int i = 0; i < 24; i++) {
        size_t at = c->head + rng_below(r, (uint32_t)(z.n - c->head));
        char was = z.p[at];
        z.p[at] ^= (char)(1u << rng_below(r, 8));
        size_t want = c->before(z.p, z.n, to, room, &fault);
        if (fault) {
            faults++;
            bad += !always(r, &z, to, want, TK_EINVALID);
        }
        z.p[at] = was;
    }
    ok(bad == 0 && faults >= 8, "%s damaged in %u places: everything before is delivered", c->name, faults);
    free(to);
    tki_buf_free(&b);
    tki_buf_free(&z);
}

/* A frame of zstd's skippable kind, which lz4 shares, before and between. */
static void test_skippable(struct rng *r)
{
    struct tki_buf z = {0};
    pack_lz4(&z, "one ", 4);
    tki_buf_put(&z, "\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
    pack_lz4(&z, "two", 3);
    ok(always(r, &z, "one two", 7, 0), "skippable frames between lz4 frames");
    tki_buf_free(&z);
}

/* The size of the dictionary stands in the block's header, as a byte, and is guarded by the header's sum. */
static void test_dictionary(struct rng *r)
{
    enum { HEADER = 12 };
    static const struct {
        unsigned char size;
        const char *what;
    } cases[] = {{30, "128 MiB"}, {31, "192 MiB"}, {38, "2 GiB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_buf z = {0};
        pack_xz(&z, "abc", 3);
        size_t n = ((size_t)(unsigned char)z.p[HEADER] + 1) * 4 - 4;
        char *filter = memmem(z.p + HEADER, n, "\x21\x01", 2); /* LZMA2, with one byte of properties */
        if (!filter)
            bail_out("no LZMA2");
        filter[2] = (char)cases[i].size;
        tki_store_le32(z.p + HEADER + n, lzma_crc32((const uint8_t *)z.p + HEADER, n, 0));
        struct outcome o = unpack((tk_str){z.p, z.n}, 0, 0, r);
        if (i == 0)
            ok(o.code == 0 && same_bytes(&o.bytes, "abc", 3), "a dictionary of %s", cases[i].what);
        else
            ok(o.code == TK_ELIMIT && strstr(o.err.text, "xz -dc"), "a dictionary of %s is refused: %s", cases[i].what,
               o.err.text);
        tki_buf_free(&o.bytes);
        tki_buf_free(&z);
    }
}

/* Base64 in lines of any length, read in pieces of any size: also of fewer bytes than a group has. */
static void test_base64(struct rng *r)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct tki_buf text = {0}, packed = {0};
    unsigned bad = 0;
    for (unsigned round = 0; round < 40; round++) {
        struct tki_buf b = random_bytes(r, rng_below(r, 3000));
        size_t line = round % 4 ? 4 * (1 + rng_below(r, 30)) : SIZE_MAX, column = 0;
        tki_buf_reset(&text);
        tki_buf_reset(&packed);
        tki_buf_lit(&text, "{\"a\":\"0123456789012345678901234\"");
        tki_buf_put(&text, b.p, b.n);
        for (size_t i = 0; i < text.n; i += 3) {
            size_t left = text.n - i < 3 ? text.n - i : 3;
            uint32_t bits = 0;
            for (size_t k = 0; k < 3; k++)
                bits = bits << 8 | (k < left ? (unsigned char)text.p[i + k] : 0);
            for (size_t k = 0; k < 4; k++)
                tki_buf_putc(&packed, k <= left ? digits[bits >> (6 * (3 - k)) & 63] : '=');
            if ((column += 4) >= line || i + 3 >= text.n) {
                tki_buf_lit(&packed, "\n");
                column = 0;
            }
        }
        for (size_t cap = 0; cap < 6; cap++) {
            struct outcome o = unpack((tk_str){packed.p, packed.n}, cap ? 1 + rng_below(r, 200) : 0, cap, r);
            bad += o.code != 0 || !same_bytes(&o.bytes, text.p, text.n);
            tki_buf_free(&o.bytes);
        }
        tki_buf_free(&b);
    }
    is_uint(bad, 0, "base64 in pieces of any size");
    tki_buf_free(&text);
    tki_buf_free(&packed);
}

/* UTF-16 of either order, with a mark and without, in pieces of any size: a half of a unit, and of a pair. */
static void test_utf16(struct rng *r)
{
    static const struct {
        const char *name, *bytes;
        size_t n;
        const char *text;
        int code;
    } cases[] = {
        {"little endian with a mark", "\xff\xfe{\0\xe4\0\xac\x20\x3d\xd8\0\xde}\0", 14,
         "{\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80}", 0},
        {"big endian with a mark", "\xfe\xff\0{\0\xe4\x20\xac\xd8\x3d\xde\0\0}", 14,
         "{\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80}", 0},
        {"little endian without a mark", "{\0\n\0\"\0", 6, "{\n\"", 0},
        {"big endian without a mark", "\0[\0{\0}", 6, "[{}", 0},
        {"halves of pairs", "\xff\xfe\x3d\xd8x\0\0\xdey\0", 10, "\xef\xbf\xbdx\xef\xbf\xbdy", 0},
        {"an odd byte at the end", "\xff\xfex\0y", 5, "x", TK_ETRUNCATED},
        {"half of a pair at the end", "\xff\xfex\0\x3d\xd8", 6, "x", TK_ETRUNCATED},
        {"a brace and a zero alone", "{\0", 2, NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned bad = 0;
        const char *want = cases[i].text ? cases[i].text : cases[i].bytes;
        for (size_t cap = 0; cap < 6; cap++) {
            struct outcome o = unpack((tk_str){cases[i].bytes, cases[i].n}, cap, cap, r);
            bad += o.code != cases[i].code || !same_bytes(&o.bytes, want, cases[i].text ? strlen(want) : cases[i].n);
            tki_buf_free(&o.bytes);
        }
        is_uint(bad, 0, "UTF-16: %s", cases[i].name);
    }
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        test_whole(&r, &codecs[i]);
        test_faults(&r, &codecs[i]);
    }
    test_nested(&r);
    test_skippable(&r);
    test_dictionary(&r);
    test_base64(&r);
    test_utf16(&r);
    return done_testing();
}
