/* zstd and gzip against their own libraries: frames and members one after another, cut short, damaged. */
#include <inttypes.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "io_help.h"

static void pack_zstd(struct tki_buf *to, const char *p, size_t n, int level, int checksum)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, checksum);
    char *room = tki_buf_room(to, ZSTD_compressBound(n));
    size_t m = ZSTD_compress2(c, room, ZSTD_compressBound(n), p, n);
    if (ZSTD_isError(m))
        bail_out("zstd: %s", ZSTD_getErrorName(m));
    to->n += m;
    ZSTD_freeCCtx(c);
}

/* A frame that says nothing of its size, of blocks that end where they are told to. */
static void pack_zstd_stream(struct tki_buf *to, struct rng *r, const char *p, size_t n)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    ZSTD_inBuffer in = {p, 0, 0};
    for (size_t left = 1; left || in.pos < n;) {
        size_t step = 1 + rng_below(r, 60000);
        in.size = n - in.pos < step ? n : in.pos + step;
        ZSTD_outBuffer out = {tki_buf_room(to, 200000), 200000, 0};
        left = ZSTD_compressStream2(c, &out, &in, in.size == n ? ZSTD_e_end : ZSTD_e_flush);
        if (ZSTD_isError(left))
            bail_out("zstd: %s", ZSTD_getErrorName(left));
        to->n += out.pos;
    }
    ZSTD_freeCCtx(c);
}

static void skippable(struct tki_buf *to, unsigned variant, const char *p, uint32_t n)
{
    char head[8];
    tki_store_le32(head, 0x184d2a50u + variant);
    tki_store_le32(head + 4, n);
    tki_buf_put(to, head, 8);
    if (n)
        tki_buf_put(to, p, n);
}

static void pack_gzip(struct tki_buf *to, const char *p, size_t n, int level)
{
    z_stream z = {0};
    if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        bail_out("no deflate");
    size_t room = deflateBound(&z, n);
    z.next_in = (unsigned char *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = (unsigned char *)tki_buf_room(to, room);
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        bail_out("deflate failed");
    to->n += room - z.avail_out;
    deflateEnd(&z);
}

/* Units that several threads take are whole frames: enough of them, some with much in them, cut and damaged. */
static void test_units(struct rng *r)
{
    struct tki_buf all = {0}, z = {0}, g = {0};
    for (int i = 0; i < 24; i++) {
        struct tki_buf b = random_bytes(r, i == 12 ? 9000000 : 30000 + rng_below(r, 200000));
        if (i == 12)
            memset(b.p + 1000, 'x', b.n - 1000); /* more than a unit may give */
        tki_buf_put(&all, b.p, b.n);
        pack_zstd(&z, b.p, b.n, 1, 1);
        pack_gzip(&g, b.p, b.n, 1);
        tki_buf_free(&b);
    }
    const struct tki_buf *packed[] = {&z, &g};
    for (int k = 0; k < 2; k++) {
        struct outcome o = unpack((tk_str){packed[k]->p, packed[k]->n}, 0, 262144, r);
        ok(o.code == 0 && same_bytes(&o.bytes, all.p, all.n), "twenty-four %s", k ? "members" : "frames");
        tki_buf_free(&o.bytes);
        for (int i = 0; i < 6; i++) {
            size_t n = 1 + rng_below(r, (uint32_t)packed[k]->n - 1), at = rng_below(r, (uint32_t)n);
            char was = packed[k]->p[at];
            packed[k]->p[at] = (char)(i & 1 ? was ^ 0x55 : was);
            o = unpack((tk_str){packed[k]->p, n}, 0, 262144, r); /* compares */
            ok(o.code < 0, "cut at %zu%s", n, i & 1 ? " and damaged" : "");
            tki_buf_free(&o.bytes);
            packed[k]->p[at] = was;
        }
    }
    tki_buf_free(&all);
    tki_buf_free(&z);
    tki_buf_free(&g);
}

static void test_round_trips(struct rng *r)
{
    static const size_t sizes[] = {0, 1, 100, 70000, 131072, 262144, 400000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tki_buf b = random_bytes(r, sizes[i]), z = {0}, s = {0}, g = {0};
        pack_zstd(&z, b.p, b.n, 3, i & 1);
        pack_zstd_stream(&s, r, b.p, b.n);
        pack_gzip(&g, b.p, b.n, 6);
        ok(always(r, &z, b.p, b.n, 0), "zstd of %zu bytes", sizes[i]);
        ok(always(r, &s, b.p, b.n, 0), "a zstd stream of %zu bytes", sizes[i]);
        ok(always(r, &g, b.p, b.n, 0), "gzip of %zu bytes", sizes[i]);
        tki_buf_free(&b);
        tki_buf_free(&z);
        tki_buf_free(&s);
        tki_buf_free(&g);
    }
}

static void test_concatenated(struct rng *r)
{
    struct tki_buf all = {0}, z = {0}, g = {0};
    char junk[5000];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (char)rng_next(r);
    skippable(&z, 3, junk, 17);
    for (int i = 0; i < 40; i++) {
        struct tki_buf b = random_bytes(r, rng_below(r, 4) ? rng_below(r, 20000) : 0);
        if (b.n)
            tki_buf_put(&all, b.p, b.n);
        if (i & 1)
            pack_zstd(&z, b.p, b.n, 1, i & 2);
        else
            pack_zstd_stream(&z, r, b.p, b.n);
        if (rng_below(r, 3) == 0)
            skippable(&z, rng_below(r, 16), junk, rng_below(r, sizeof junk));
        pack_gzip(&g, b.p, b.n, (int)rng_below(r, 10));
        tki_buf_free(&b);
    }
    skippable(&z, 0, junk, 0);
    ok(always(r, &z, all.p, all.n, 0), "zstd frames and skippable frames one after another");
    ok(always(r, &g, all.p, all.n, 0), "gzip members one after another");
    for (int i = 0; i < 1000; i++)
        tki_buf_putc(&g, 0);
    ok(always(r, &g, all.p, all.n, 0), "zeros behind the last");
    size_t before = g.n;
    pack_gzip(&g, "more", 4, 6);
    tki_buf_lit(&all, "more");
    ok(always(r, &g, all.p, all.n, 0), "a member behind the zeros");
    g.n = before;
    all.n -= 4;
    tki_buf_lit(&g, "garbage");
    ok(always(r, &g, all.p, all.n, TK_EINVALID), "garbage behind the zeros");
    tki_buf_lit(&z, "garbage");
    ok(always(r, &z, all.p, all.n, TK_EINVALID), "garbage behind zstd");
    tki_buf_free(&all);
    tki_buf_free(&z);
    tki_buf_free(&g);
    struct tki_buf only = {0};
    skippable(&only, 5, junk, 100);
    skippable(&only, 6, junk, sizeof junk);
    ok(always(r, &only, "", 0, 0), "only skippable frames: nothing");
    tki_buf_free(&only);
}

static void test_nested(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 50000), x = {0};
    tki_buf_put(&x, b.p, b.n);
    for (int depth = 1; depth <= TKI_FILTERS_MAX + 1; depth++) {
        struct tki_buf y = {0};
        if (depth & 1)
            pack_gzip(&y, x.p, x.n, 6);
        else
            pack_zstd(&y, x.p, x.n, 3, 1);
        tki_buf_free(&x);
        x = y;
        struct tki_source *s;
        struct tk_err err = {0};
        tki_source_open_memory(&s, x.p, x.n, 0, &err);
        int code = tki_source_add_filters(&s, 0, &err);
        if (depth <= TKI_FILTERS_MAX) {
            struct outcome o = drain(s, 0, r);
            ok(code == 0 && o.code == 0 && same_bytes(&o.bytes, b.p, b.n), "compressed %d times", depth);
            is_uint(tki_source_bytes_read(s), x.n, "bytes are counted at the bottom");
            tki_buf_free(&o.bytes);
        } else {
            is_int(code, TK_ELIMIT, "%d times are too many", depth);
        }
        tki_source_close(s);
    }
    tki_buf_free(&b);
    tki_buf_free(&x);
}

/* What the library gives of the bytes when it is fed them one at a time, and so forgets nothing. */
static size_t gzip_before_fault(const char *p, size_t n, char *to, size_t room, bool *fault)
{
    z_stream z = {0};
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        bail_out("no inflate");
    z.next_out = (unsigned char *)to;
    z.avail_out = (uInt)room;
    int e = Z_OK;
    for (size_t i = 0; i < n && e == Z_OK; i++) {
        z.next_in = (unsigned char *)(uintptr_t)(p + i);
        z.avail_in = 1;
        do
            e = inflate(&z, Z_NO_FLUSH);
        while (e == Z_OK && z.avail_in);
        if (e == Z_BUF_ERROR)
            e = Z_OK;
    }
    *fault = e != Z_OK && e != Z_STREAM_END;
    size_t got = room - z.avail_out;
    inflateEnd(&z);
    return got;
}

static size_t zstd_before_fault(const char *p, size_t n, char *to, size_t room, bool *fault)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_outBuffer out = {to, room, 0};
    size_t e = 0;
    for (size_t i = 0; i < n && !ZSTD_isError(e); i++) {
        ZSTD_inBuffer in = {p + i, 1, 0};
        while (in.pos < in.size && !ZSTD_isError(e))
            e = ZSTD_decompressStream(z, &out, &in);
    }
    *fault = ZSTD_isError(e);
    ZSTD_freeDStream(z);
    return out.pos;
}

typedef size_t before_fault(const char *p, size_t n, char *to, size_t room, bool *fault);

/* Cuts anywhere: the bytes before the cut, then TK_ETRUNCATED at the right offset. */
static void test_cut(struct rng *r, const char *name, const struct tki_buf *packed, size_t whole, before_fault *oracle)
{
    char *to = malloc(whole + 1);
    unsigned bad = 0, cut = 0;
    for (size_t n = 4; n < packed->n; n += 1 + rng_below(r, (uint32_t)(packed->n / 12))) {
        bool fault;
        size_t want = oracle(packed->p, n, to, whole + 1, &fault);
        struct tki_buf part = {.p = packed->p, .n = n};
        bad += fault || !always(r, &part, to, want, TK_ETRUNCATED);
        cut++;
    }
    is_uint(bad, 0, "%s cut at %u places: everything before, then where it ends", name, cut);
    free(to);
}

/* Damage anywhere: everything decompressed before it is delivered, however the bytes are read. */
static void test_damage(struct rng *r, const char *name, const struct tki_buf *packed, size_t whole,
                        before_fault *oracle)
{
    size_t room = 2 * whole + 100000;
    char *to = malloc(room);
    struct tki_buf b = {0};
    unsigned bad = 0, faults = 0;
    tki_buf_put(&b, packed->p, packed->n);
    for (int i = 0; i < 24; i++) {
        size_t at = 12 + rng_below(r, (uint32_t)packed->n - 12);
        char was = b.p[at];
        bool fault;
        b.p[at] ^= (char)(1u << rng_below(r, 8));
        size_t want = oracle(b.p, b.n, to, room, &fault);
        if (fault) {
            faults++;
            bad += !always(r, &b, to, want, TK_EINVALID);
        }
        b.p[at] = was;
    }
    ok(bad == 0 && faults >= 8, "%s damaged in %u places: everything before is delivered", name, faults);
    tki_buf_free(&b);
    free(to);
}

static void test_faults(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 300000), z = {0}, s = {0}, g = {0};
    pack_zstd(&z, b.p, b.n, 3, 1);
    pack_zstd_stream(&s, r, b.p, b.n);
    pack_gzip(&g, b.p, b.n, 6);
    test_cut(r, "zstd", &z, b.n, zstd_before_fault);
    test_cut(r, "a zstd stream", &s, b.n, zstd_before_fault);
    test_cut(r, "gzip", &g, b.n, gzip_before_fault);
    test_damage(r, "zstd", &z, b.n, zstd_before_fault);
    test_damage(r, "a zstd stream", &s, b.n, zstd_before_fault);
    test_damage(r, "gzip", &g, b.n, gzip_before_fault);
    g.p[g.n - 6] ^= 1; /* the checksum */
    ok(always(r, &g, b.p, b.n, TK_EINVALID), "a wrong checksum of gzip comes after all bytes");
    z.p[z.n - 2] ^= 1;
    ok(always(r, &z, b.p, b.n, TK_EINVALID), "a wrong checksum of zstd comes after all bytes");
    tki_buf_free(&b);
    tki_buf_free(&z);
    tki_buf_free(&s);
    tki_buf_free(&g);
}

static void test_window(struct rng *r)
{
    /* Frame headers without a size: the byte is the window's exponent, less 10, in its upper five bits. */
    for (int log = 24; log <= 41; log++) {
        char frame[] = {0x28, (char)0xb5, 0x2f, (char)0xfd, 0, (char)((log - 10) << 3), 0x19, 0, 0, 'a', 'b', 'c'};
        struct outcome o = unpack((tk_str){frame, sizeof frame}, 0, 0, r);
        if (log <= 27)
            ok(o.code == 0 && same_bytes(&o.bytes, "abc", 3), "a window of 2^%d bytes", log);
        else
            ok(o.code == TK_ELIMIT && strstr(o.err.text, "window of more than 128 MiB"), "a window of 2^%d bytes", log);
        tki_buf_free(&o.bytes);
    }
}

/* A thread that reads ahead ends with its source, and none reads ahead of somebody who has yet to write. */
static void test_left(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 10 << 20), z = {0};
    char head[1000];
    struct tki_source *s;
    int ends[2];
    pack_zstd(&z, b.p, b.n, 1, 1);
    for (int i = 0; i < 5; i++) {
        bool good = tki_source_open_memory(&s, z.p, z.n, 0, NULL) == 0 && !tki_source_waits(s) &&
                    tki_source_add_filters(&s, 2, NULL) == 0;
        for (size_t at = 0; good && at < (size_t)i << 20;) {
            ptrdiff_t n = tki_source_read(s, head, sizeof head, NULL);
            good = n > 0 && memcmp(head, b.p + at, (size_t)n) == 0;
            at += good ? (size_t)n : 0;
        }
        ok(good, "left after %d MiB", i);
        tki_source_close(s);
    }
    if (pipe(ends) < 0 || write(ends[1], z.p, 65536) != 65536)
        bail_out("no pipe");
    bool good = tki_source_open_fd(&s, ends[0], NULL) == 0 && tki_source_waits(s);
    close(ends[1]);
    ok(good, "a pipe may wait");
    tki_source_close(s);
    close(ends[0]);
    tki_buf_free(&b);
    tki_buf_free(&z);
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    test_round_trips(&r);
    test_concatenated(&r);
    test_units(&r);
    test_nested(&r);
    test_faults(&r);
    test_window(&r);
    test_left(&r);
    return done_testing();
}
