/* bzip2: streams one after another. */
#include <bzlib.h>
#include <limits.h>

#include "io/filter_stream.h"

struct bzip2 {
    bz_stream stream;
    bool open;
};

/* "BZh", the size of blocks, and the digits of pi before a block or of its root at the end of an empty file. */
static unsigned bid(tk_str head)
{
    if (head.n < 10 || memcmp(head.p, "BZh", 3) != 0 || head.p[3] < '1' || head.p[3] > '9')
        return 0;
    return memcmp(head.p + 4, "1AY&SY", 6) == 0 || memcmp(head.p + 4, "\x17rE8P\x90", 6) == 0 ? 75 : 0;
}

static bool init(void *state)
{
    struct bzip2 *z = state;
    z->open = BZ2_bzDecompressInit(&z->stream, 0, 0) == BZ_OK;
    return z->open;
}

static void end(void *state)
{
    struct bzip2 *z = state;
    if (z->open)
        BZ2_bzDecompressEnd(&z->stream);
}

static unsigned within_uint(size_t n)
{
    return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

static int step(void *state, struct tki_step *io, bool last, const char **what)
{
    struct bzip2 *z = state;
    (void)last;
    if (!z->open && !init(z))
        return TK_ENOMEM;
    unsigned in = within_uint(io->in_n), out = within_uint(io->out_n);
    z->stream.next_in = (char *)(uintptr_t)io->in;
    z->stream.avail_in = in;
    z->stream.next_out = io->out;
    z->stream.avail_out = out;
    int r = BZ2_bzDecompress(&z->stream);
    in -= z->stream.avail_in;
    out -= z->stream.avail_out;
    *io = (struct tki_step){io->in + in, io->in_n - in, io->out + out, io->out_n - out};
    switch (r) {
    case BZ_OK: return 0;
    case BZ_STREAM_END:
        end(z); /* another one may follow */
        z->stream = (bz_stream){0};
        z->open = false;
        return 1;
    case BZ_MEM_ERROR: return TK_ENOMEM;
    case BZ_DATA_ERROR_MAGIC: *what = "bytes behind the end"; return TK_EINVALID;
    default: *what = "its contents or checksum are wrong"; return TK_EINVALID;
    }
}

static int open_bzip2(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    static const struct tki_codec codec = {"bzip2", sizeof(struct bzip2), init, end, step};
    return tki_stream_open(&codec, out, up, err);
}

const struct tki_filter tki_filter_bzip2 = {.name = "bzip2", .bid = bid, .open = open_bzip2};
