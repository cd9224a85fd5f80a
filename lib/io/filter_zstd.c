/* zstd: frames one after another, skippable frames between them (RFC 8878). */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/err.h"
#include "io/source.h"

enum { INPUT_BYTES = 128 * 1024, BLOCK_HEADER = 3 };

struct zstd {
    struct tki_source source;
    ZSTD_DStream *stream;
    char *input;
    size_t at, n; /* of the input */
    size_t hint;  /* what the library wants next, in bytes: 0 between frames */
    bool ended;
    bool full;         /* the last call left no room: there may be more output without more input */
    uint64_t produced; /* bytes */
};

static unsigned bid_zstd(tk_str head)
{
    size_t at = 0;
    while (head.n - at >= 8) { /* look behind skippable frames: lz4 has them too */
        uint32_t magic = tki_load_le32(head.p + at);
        if (magic == ZSTD_MAGICNUMBER)
            return 32;
        if ((magic & ZSTD_MAGIC_SKIPPABLE_MASK) != ZSTD_MAGIC_SKIPPABLE_START)
            return 0;
        uint64_t skip = 8 + (uint64_t)tki_load_le32(head.p + at + 4);
        if (skip > head.n - at)
            return 24;
        at += (size_t)skip;
    }
    if (head.n - at >= 4 && tki_load_le32(head.p + at) == ZSTD_MAGICNUMBER)
        return 32;
    return at > 0 ? 24 : 0;
}

static int fail(const struct zstd *z, size_t result, struct tk_err *err)
{
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_memory_allocation: return tki_err_memory(err);
    case ZSTD_error_frameParameter_windowTooLarge:
        return tki_err_at(err, TK_ELIMIT, z->produced,
                          "a zstd frame needs a window of more than %d MiB: decompress it first (zstd -dc --long=31)",
                          1 << (TKI_HELD_LOG - 20));
    default: return tki_err_at(err, TK_EINVALID, z->produced, "damaged zstd data: %s", ZSTD_getErrorName(result));
    }
}

/* How much to feed at once.  The library forgets what it wrote during a call that ends in an error, so a call
 * gets a header or a block and never both: its hint is the rest of the present one and the next block's
 * header. */
static size_t portion(const struct zstd *z)
{
    size_t left = z->n - z->at;
    if (z->full)
        return 0;
    size_t n = z->hint > BLOCK_HEADER ? z->hint - BLOCK_HEADER : z->hint ? z->hint : 1;
    return n < left ? n : left;
}

static ptrdiff_t read_zstd(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct zstd *z = (struct zstd *)s;
    ZSTD_outBuffer out = {to, cap, 0};
    while (out.pos == 0) {
        if (z->at == z->n && !z->ended && !z->full) {
            ptrdiff_t n = tki_source_read(s->up, z->input, INPUT_BYTES, err);
            if (n < 0)
                return n;
            z->at = 0;
            z->n = (size_t)n;
            z->ended = n == 0;
        }
        if (z->at == z->n && z->ended && !z->full) {
            if (z->hint)
                return tki_err_at(err, TK_ETRUNCATED, z->produced, "the input ends inside a zstd frame");
            return 0;
        }
        ZSTD_inBuffer in = {z->input, z->at + portion(z), z->at};
        size_t r = ZSTD_decompressStream(z->stream, &out, &in);
        if (ZSTD_isError(r))
            return fail(z, r, err);
        z->at = in.pos;
        z->hint = r;
        z->full = out.pos == out.size;
    }
    z->produced += out.pos;
    return (ptrdiff_t)out.pos;
}

static void close_zstd(struct tki_source *s)
{
    struct zstd *z = (struct zstd *)s;
    ZSTD_freeDStream(z->stream);
    free(z->input);
    tki_source_close(s->up);
    free(s->peeked);
    free(z);
}

static int open_zstd(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    struct zstd *z = calloc(1, sizeof *z);
    *out = NULL;
    if (!z)
        return tki_err_memory(err);
    z->stream = ZSTD_createDStream();
    z->input = malloc(INPUT_BYTES);
    if (!z->stream || !z->input) {
        ZSTD_freeDStream(z->stream);
        free(z->input);
        free(z);
        return tki_err_memory(err);
    }
    ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax, TKI_HELD_LOG);
    z->source.read = read_zstd;
    z->source.close = close_zstd;
    z->source.up = up;
    *out = &z->source;
    return 0;
}

static size_t frames_zstd(tk_str in, bool eof)
{
    (void)eof;
    size_t at = 0;
    while (at < in.n && at < TKI_FRAMES_MIN) {
        size_t n = ZSTD_findFrameCompressedSize(in.p + at, in.n - at);
        if (ZSTD_isError(n))
            break;
        at += n;
    }
    return at;
}

/* Returns true if the frame asks for a larger window than open_zstd allows (RFC 8878, 3.1.1.1). */
static bool window_too_large(tk_str frame)
{
    enum { SINGLE_SEGMENT = 1 << 5, LOG_MIN = 10 };
    if (frame.n < 6 || tki_load_le32(frame.p) != ZSTD_MAGICNUMBER || frame.p[4] & SINGLE_SEGMENT)
        return false;
    unsigned window = (unsigned char)frame.p[5], log = LOG_MIN + (window >> 3);
    return log > TKI_HELD_LOG || (log == TKI_HELD_LOG && window & 7);
}

static ptrdiff_t whole_zstd(tk_str in, char *out, size_t cap)
{
    ZSTD_DCtx *d = ZSTD_createDCtx();
    ptrdiff_t n = d ? 0 : TK_ENOMEM;
    while (n >= 0 && in.n) {
        size_t frame = ZSTD_findFrameCompressedSize(in.p, in.n);
        if (ZSTD_isError(frame) || window_too_large((tk_str){in.p, frame})) {
            n = TK_EINVALID;
            break;
        }
        size_t got = ZSTD_decompressDCtx(d, out + n, cap - (size_t)n, in.p, frame);
        if (ZSTD_isError(got))
            n = ZSTD_getErrorCode(got) == ZSTD_error_dstSize_tooSmall ? TK_ELIMIT : TK_EINVALID;
        else
            n += (ptrdiff_t)got;
        in = (tk_str){in.p + frame, in.n - frame};
    }
    ZSTD_freeDCtx(d);
    return n;
}

const struct tki_filter tki_filter_zstd = {"zstd", bid_zstd, open_zstd, frames_zstd, whole_zstd};
