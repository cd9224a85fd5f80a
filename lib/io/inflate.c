#include "io/inflate.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/err.h"

enum { ROOM_FIRST = 16 * 1024, ROOM_GUESS_MAX = 16 << 20, GZIP_BITS = 15 + 16, ZLIB_BITS = 15, ZLIB_MAX = 1 << 30 };

enum tki_packing tki_packing_of(tk_str s)
{
    if (s.n >= 4 && tki_load_le32(s.p) == ZSTD_MAGICNUMBER)
        return TKI_PACKING_ZSTD;
    if (s.n >= 4 && memcmp(s.p, "\x1f\x8b\x08", 3) == 0 && (s.p[3] & 0xe0) == 0)
        return TKI_PACKING_GZIP;
    return TKI_PACKING_NONE;
}

bool tki_packing_is_zlib(tk_str s)
{
    if (s.n < 6)
        return false;
    unsigned method = (unsigned char)s.p[0], flags = (unsigned char)s.p[1];
    return (method & 15) == 8 && method >> 4 <= 7 && (method << 8 | flags) % 31 == 0 && !(flags & 0x20);
}

uint64_t tki_inflated_size(tk_str s)
{
    switch (tki_packing_of(s)) {
    case TKI_PACKING_ZSTD: {
        unsigned long long n = ZSTD_getFrameContentSize(s.p, s.n);
        return n == ZSTD_CONTENTSIZE_UNKNOWN || n == ZSTD_CONTENTSIZE_ERROR ? UINT64_MAX : n;
    }
    case TKI_PACKING_GZIP: return s.n >= 18 ? tki_load_le32(s.p + s.n - 4) : UINT64_MAX;
    default: return UINT64_MAX;
    }
}

static int too_large(struct tk_err *err, size_t size_max)
{
    return tki_err_set(err, TK_ELIMIT, "a compressed payload holds more than %zu bytes: raise --record-max", size_max);
}

/* Room behind what is there: what is known to be needed, else twice as much as there is, up to the limit and one
 * byte beyond, which tells that there is more. */
static char *more_room(struct tki_buf *b, size_t size_max, uint64_t said, size_t *room)
{
    size_t want = said <= ROOM_GUESS_MAX && b->n < said ? (size_t)said - b->n : b->n > ROOM_FIRST ? b->n : ROOM_FIRST;
    if (want > size_max - b->n + 1)
        want = size_max - b->n + 1;
    *room = want;
    return tki_buf_room(b, want);
}

static int zstd_failed(struct tk_err *err, size_t r)
{
    if (ZSTD_getErrorCode(r) == ZSTD_error_memory_allocation)
        return tki_err_memory(err);
    return tki_err_set(err, TK_EINVALID, "a payload of damaged zstd data: %s", ZSTD_getErrorName(r));
}

static int inflate_zstd(struct tki_inflater *z, tk_str in, size_t size_max, struct tk_err *err)
{
    if (!z->zstd && !(z->zstd = ZSTD_createDCtx()))
        return tki_err_memory(err);
    ZSTD_DCtx_reset(z->zstd, ZSTD_reset_session_only);
    uint64_t said = tki_inflated_size(in);
    ZSTD_inBuffer from = {in.p, in.n, 0};
    size_t r = 1;
    while (from.pos < in.n || r > 0) {
        ZSTD_outBuffer to = {0};
        if (!(to.dst = more_room(&z->out, size_max, said, &to.size)))
            return tki_err_memory(err);
        r = ZSTD_decompressStream(z->zstd, &to, &from);
        if (ZSTD_isError(r))
            return zstd_failed(err, r);
        z->out.n += to.pos;
        if (z->out.n > size_max)
            return too_large(err, size_max);
        if (from.pos == in.n && to.pos < to.size && r > 0)
            return tki_err_set(err, TK_ETRUNCATED, "a payload ends inside its zstd data");
    }
    return 0;
}

static z_stream *zlib_for(struct tki_inflater *z, bool raw)
{
    z_stream *s = z->zlib;
    if (!s) {
        if (!(s = calloc(1, sizeof *s)))
            return NULL;
        if (inflateInit2(s, raw ? ZLIB_BITS : GZIP_BITS) != Z_OK) {
            free(s);
            return NULL;
        }
        z->zlib = s;
    } else if (inflateReset2(s, raw ? ZLIB_BITS : GZIP_BITS) != Z_OK) {
        return NULL;
    }
    return s;
}

static int inflate_zlib(struct tki_inflater *z, bool raw, tk_str in, size_t size_max, struct tk_err *err)
{
    z_stream *s = zlib_for(z, raw);
    if (!s)
        return tki_err_memory(err);
    if (in.n > ZLIB_MAX)
        return tki_err_set(err, TK_ELIMIT, "a compressed payload is larger than %d bytes", ZLIB_MAX);
    uint64_t said = tki_inflated_size(in);
    s->next_in = (Bytef *)(uintptr_t)in.p;
    s->avail_in = (uInt)in.n;
    for (;;) {
        size_t room;
        if (!(s->next_out = (Bytef *)more_room(&z->out, size_max, said, &room)))
            return tki_err_memory(err);
        s->avail_out = (uInt)(room < ZLIB_MAX ? room : ZLIB_MAX);
        uInt before = s->avail_out;
        int r = inflate(s, Z_NO_FLUSH);
        z->out.n += before - s->avail_out;
        if (z->out.n > size_max)
            return too_large(err, size_max);
        if (r == Z_STREAM_END) {
            if (raw || s->avail_in < 4 || *s->next_in != 0x1f)
                return 0;
            inflateReset(s); /* another member */
            continue;
        }
        if (r == Z_MEM_ERROR)
            return tki_err_memory(err);
        if (r != Z_OK && r != Z_BUF_ERROR)
            return tki_err_set(err, TK_EINVALID, "a payload of damaged %s data: %s", raw ? "zlib" : "gzip",
                               s->msg ? s->msg : "inflate failed");
        if (s->avail_in == 0 && s->avail_out)
            return tki_err_set(err, TK_ETRUNCATED, "a payload ends inside its %s data", raw ? "zlib" : "gzip");
    }
}

int tki_inflate(struct tki_inflater *z, enum tki_packing packing, tk_str in, size_t size_max, tk_str *out,
                struct tk_err *err)
{
    tki_buf_reset(&z->out);
    int r = packing == TKI_PACKING_ZSTD ? inflate_zstd(z, in, size_max, err)
                                        : inflate_zlib(z, packing == TKI_PACKING_ZLIB, in, size_max, err);
    *out = (tk_str){z->out.p, z->out.n};
    return r;
}

size_t tki_inflate_head(tk_str in, enum tki_packing packing, char *to, size_t cap)
{
    if (packing == TKI_PACKING_ZSTD) {
        ZSTD_DCtx *d = ZSTD_createDCtx();
        ZSTD_inBuffer from = {in.p, in.n, 0};
        ZSTD_outBuffer out = {to, cap, 0};
        while (d && from.pos < in.n && out.pos < cap) {
            size_t before = from.pos + out.pos, r = ZSTD_decompressStream(d, &out, &from);
            if (ZSTD_isError(r) || from.pos + out.pos == before)
                break;
        }
        ZSTD_freeDCtx(d);
        return out.pos;
    }
    z_stream s = {.next_in = (Bytef *)(uintptr_t)in.p, .avail_in = (uInt)(in.n < ZLIB_MAX ? in.n : ZLIB_MAX)};
    if (inflateInit2(&s, packing == TKI_PACKING_ZLIB ? ZLIB_BITS : GZIP_BITS) != Z_OK)
        return 0;
    s.next_out = (Bytef *)to;
    s.avail_out = (uInt)(cap < ZLIB_MAX ? cap : ZLIB_MAX);
    uInt room = s.avail_out;
    inflate(&s, Z_SYNC_FLUSH);
    size_t n = room - s.avail_out;
    inflateEnd(&s);
    return n;
}

void tki_inflater_free(struct tki_inflater *z)
{
    ZSTD_freeDCtx(z->zstd);
    if (z->zlib)
        inflateEnd(z->zlib);
    free(z->zlib);
    tki_buf_free(&z->out);
}
