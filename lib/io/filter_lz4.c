/* lz4: frames one after another, skippable frames between them (LZ4 frame format 1.6). */
#include <lz4frame.h>

#include "io/filter_stream.h"

enum { BLOCK_HEADER = 4 };

struct lz4 {
    LZ4F_dctx *context;
    size_t hint; /* what the library wants next, in bytes: 0 between frames */
    bool full;   /* the last call left no room: there may be more output without more input */
};

static unsigned bid(tk_str head)
{
    return head.n >= 7 && memcmp(head.p, "\x04\x22\x4d\x18", 4) == 0 && (head.p[4] & 0xc2) == 0x40 ? 35 : 0;
}

static bool init(void *state)
{
    struct lz4 *z = state;
    return !LZ4F_isError(LZ4F_createDecompressionContext(&z->context, LZ4F_VERSION));
}

static void end(void *state)
{
    struct lz4 *z = state;
    LZ4F_freeDecompressionContext(z->context);
}

/* The library forgets what it wrote during a call that ends in an error, so a call gets a header or a block and never
 * both: its hint is the rest of the present one and the next block's header. */
static size_t portion(const struct lz4 *z, size_t left)
{
    size_t n = z->full ? 0 : z->hint > BLOCK_HEADER ? z->hint - BLOCK_HEADER : z->hint ? z->hint : 1;
    return n < left ? n : left;
}

static int step(void *state, struct tki_step *io, bool last, const char **what)
{
    struct lz4 *z = state;
    size_t in = portion(z, io->in_n), out = io->out_n;
    (void)last;
    size_t r = LZ4F_decompress(z->context, io->out, &out, io->in, &in, NULL);
    if (LZ4F_isError(r)) {
        *what = LZ4F_getErrorName(r);
        return TK_EINVALID;
    }
    *io = (struct tki_step){io->in + in, io->in_n - in, io->out + out, io->out_n - out};
    z->hint = r;
    z->full = r && io->out_n == 0;
    return r == 0;
}

static int open_lz4(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    static const struct tki_codec codec = {"lz4", sizeof(struct lz4), init, end, step};
    return tki_stream_open(&codec, out, up, err);
}

const struct tki_filter tki_filter_lz4 = {.name = "lz4", .bid = bid, .open = open_lz4};
