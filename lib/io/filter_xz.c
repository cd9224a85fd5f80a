/* xz: streams one after another, zeros between and behind them (the .xz file format, 1.2). */
#include <lzma.h>

#include "io/filter_stream.h"

/* Bytes that the library may take: a dictionary and what surrounds it.  xz -9 has one of 64 MiB. */
#define MEMORY_MAX ((UINT64_C(1) << TKI_HELD_LOG) + (1 << 20))

static unsigned bid(tk_str head)
{
    return head.n >= 6 && memcmp(head.p,
                                 "\xfd"
                                 "7zXZ",
                                 6) == 0
               ? 48
               : 0;
}

static bool init(void *state)
{
    lzma_stream *z = state;
    return lzma_stream_decoder(z, MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK;
}

static void end(void *state)
{
    lzma_end(state);
}

static int step(void *state, struct tki_step *io, bool last, const char **what)
{
    lzma_stream *z = state;
    z->next_in = (const uint8_t *)io->in;
    z->avail_in = io->in_n;
    z->next_out = (uint8_t *)io->out;
    z->avail_out = io->out_n;
    lzma_ret r = lzma_code(z, last ? LZMA_FINISH : LZMA_RUN);
    *io = (struct tki_step){(const char *)z->next_in, z->avail_in, (char *)z->next_out, z->avail_out};
    switch (r) {
    case LZMA_OK:
    case LZMA_BUF_ERROR: return 0; /* it wants more input, or room */
    case LZMA_STREAM_END: return 1;
    case LZMA_MEM_ERROR: return TK_ENOMEM;
    case LZMA_MEMLIMIT_ERROR:
        *what = "needs a dictionary of more than 128 MiB: decompress it first (xz -dc)";
        return TK_ELIMIT;
    case LZMA_OPTIONS_ERROR: *what = "options that the library does not know"; return TK_EINVALID;
    case LZMA_FORMAT_ERROR: *what = "bytes behind the end"; return TK_EINVALID;
    default: *what = "its contents or checksum are wrong"; return TK_EINVALID;
    }
}

static int open_xz(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    static const struct tki_codec codec = {"xz", sizeof(lzma_stream), init, end, step};
    return tki_stream_open(&codec, out, up, err);
}

const struct tki_filter tki_filter_xz = {.name = "xz", .bid = bid, .open = open_xz};
