/* gzip: members one after another, zeros behind the last (RFC 1952). */
#include <stdlib.h>
#include <zlib.h>

#include "base/err.h"
#include "io/source.h"

enum { INPUT_BYTES = 128 * 1024, GZIP_WINDOW = 15 + 16 };

struct gzip {
    struct tki_source source;
    z_stream stream;
    unsigned char *input;
    bool ended, between; /* between members */
    uint64_t produced;   /* bytes */
};

static unsigned bid_gzip(tk_str head)
{
    const unsigned char *p = (const unsigned char *)head.p;
    return head.n >= 4 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && (p[3] & 0xe0) == 0 ? 27 : 0;
}

static ptrdiff_t refill(struct gzip *g, struct tk_err *err)
{
    ptrdiff_t n = tki_source_read(g->source.up, g->input, INPUT_BYTES, err);
    if (n < 0)
        return n;
    g->stream.next_in = g->input;
    g->stream.avail_in = (uInt)n;
    g->ended = n == 0;
    return n;
}

/* Between members: 1 when another starts, 0 at the end. */
static ptrdiff_t next_member(struct gzip *g, struct tk_err *err)
{
    for (;;) {
        while (g->stream.avail_in && *g->stream.next_in == 0) { /* padding, as of tapes */
            g->stream.next_in++;
            g->stream.avail_in--;
        }
        if (g->stream.avail_in)
            break;
        if (g->ended)
            return 0;
        ptrdiff_t n = refill(g, err);
        if (n < 0)
            return n;
    }
    if (*g->stream.next_in != 0x1f)
        return tki_err_at(err, TK_EINVALID, g->produced, "bytes behind the end of the gzip data");
    inflateReset(&g->stream);
    g->between = false;
    return 1;
}

static ptrdiff_t read_gzip(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct gzip *g = (struct gzip *)s;
    if (cap > 1u << 30)
        cap = 1u << 30;
    g->stream.next_out = to;
    g->stream.avail_out = (uInt)cap;
    while (g->stream.avail_out == cap) {
        if (g->between) {
            ptrdiff_t r = next_member(g, err);
            if (r <= 0)
                return r;
        }
        if (!g->stream.avail_in && !g->ended) {
            ptrdiff_t n = refill(g, err);
            if (n < 0)
                return n;
        }
        int r = inflate(&g->stream, Z_NO_FLUSH);
        /* What came before a fault goes first; the next call meets the fault again. */
        bool nothing = g->stream.avail_out == cap;
        if (r == Z_STREAM_END)
            g->between = true;
        else if (r == Z_MEM_ERROR)
            return tki_err_memory(err);
        else if (r != Z_OK && r != Z_BUF_ERROR && nothing)
            return tki_err_at(err, TK_EINVALID, g->produced, "damaged gzip data: %s",
                              g->stream.msg ? g->stream.msg : "inflate failed");
        else if (g->ended && nothing)
            return tki_err_at(err, TK_ETRUNCATED, g->produced, "the input ends inside gzip data");
    }
    size_t n = cap - g->stream.avail_out;
    g->produced += n;
    return (ptrdiff_t)n;
}

static void close_gzip(struct tki_source *s)
{
    struct gzip *g = (struct gzip *)s;
    inflateEnd(&g->stream);
    free(g->input);
    tki_source_close(s->up);
    free(s->peeked);
    free(g);
}

static int open_gzip(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    struct gzip *g = calloc(1, sizeof *g);
    *out = NULL;
    if (!g)
        return tki_err_memory(err);
    g->input = malloc(INPUT_BYTES);
    if (!g->input || inflateInit2(&g->stream, GZIP_WINDOW) != Z_OK) {
        free(g->input);
        free(g);
        return tki_err_memory(err);
    }
    g->source.read = read_gzip;
    g->source.close = close_gzip;
    g->source.up = up;
    *out = &g->source;
    return 0;
}

/* Where a member seems to start.  Only what is before it tells: these bytes may be compressed data. */
static bool starts_member(const unsigned char *p)
{
    return p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && (p[3] & 0xe0) == 0 && (p[8] == 0 || p[8] == 2 || p[8] == 4) &&
           (p[9] <= 13 || p[9] == 255);
}

static size_t frames_gzip(tk_str in, bool eof)
{
    enum { HEADER = 10 };
    for (const char *p = in.p + 1, *end = in.p + in.n; end - p >= HEADER; p++) {
        p = memchr(p, 0x1f, (size_t)(end - p) - HEADER + 1);
        if (!p)
            break;
        if (starts_member((const unsigned char *)p) && (size_t)(p - in.p) >= TKI_FRAMES_MIN)
            return (size_t)(p - in.p);
    }
    return eof ? in.n : 0;
}

const struct tki_filter tki_filter_gzip = {"gzip", bid_gzip, open_gzip, frames_gzip, NULL};
