#include "cost/blocks.h"

#include <math.h>

#include "io/squeeze.h"

enum { BLOCK = 4 << 20, SLICE_MIN = 4 << 10, SLICE_MAX = 64 << 10, SLICES_FIRST = 8, SLICES_MIN = 4 };

const int tki_block_levels[TKI_BLOCK_LEVELS] = {1, 3};

/* Compressors have megabytes of memory, which they take when something comes. */
static void rest(struct tki_blocks *s)
{
    for (int k = 0; k < TKI_BLOCK_LEVELS; k++)
        tki_squeeze_rest(s->zstd[k]);
    tki_squeeze_rest(s->slice);
}

int tki_blocks_open(struct tki_blocks *s)
{
    *s = (struct tki_blocks){0};
    int rc = tki_squeeze_open(&s->slice, 3);
    for (int k = 0; k < TKI_BLOCK_LEVELS && rc == 0; k++)
        rc = tki_squeeze_open(&s->zstd[k], tki_block_levels[k]);
    if (rc == 0)
        rest(s);
    return rc;
}

void tki_blocks_close(struct tki_blocks *s)
{
    for (int k = 0; k < TKI_BLOCK_LEVELS; k++)
        tki_squeeze_close(s->zstd[k]);
    tki_squeeze_close(s->slice);
    *s = (struct tki_blocks){0};
}

static size_t slice_size(size_t first)
{
    size_t size = first / SLICES_FIRST;
    return size < SLICE_MIN ? SLICE_MIN : size > SLICE_MAX ? SLICE_MAX : size;
}

/* Slices from the front of a text: more of the first one, since it may be the only one. */
static int cut_slices(struct tki_blocks *s, tk_str text)
{
    unsigned most = s->slices ? s->slices + 1 : SLICES_FIRST;
    size_t size = s->slice_size = s->slice_size ? s->slice_size : slice_size(text.n);
    int rc = 0;
    for (size_t at = 0; rc == 0 && s->slices < most && s->slices < TKI_BLOCK_SLICES && at + size <= text.n;
         at += size) {
        uint64_t out = 0;
        rc = tki_squeeze_put(s->slice, text.p + at, size);
        if (rc == 0)
            rc = tki_squeeze_end(s->slice, &out);
        s->slice_in[s->slices] = (double)size;
        s->slice_out[s->slices++] = (double)out;
    }
    return rc;
}

int tki_blocks_end(struct tki_blocks *s)
{
    int rc = 0;
    for (int k = 0; k < TKI_BLOCK_LEVELS && rc == 0; k++) {
        uint64_t out = 0;
        rc = tki_squeeze_taken(s->zstd[k]) ? tki_squeeze_end(s->zstd[k], &out) : 0;
        s->out[k] += out;
    }
    s->at = 0;
    return rc;
}

int tki_blocks_put(struct tki_blocks *s, tk_str text, uint64_t bytes)
{
    int rc = cut_slices(s, text);
    for (int k = 0; k < TKI_BLOCK_LEVELS && rc == 0; k++)
        rc = tki_squeeze_put(s->zstd[k], text.p, text.n);
    s->in += text.n;
    s->at += bytes;
    return rc < 0 || s->at < BLOCK ? rc : tki_blocks_end(s);
}

struct tki_estimate tki_blocks_ratio(const struct tki_blocks *s, int level)
{
    double in = 0, out = 0, squares = 0, n = s->slices, value = s->in ? (double)s->out[level] / (double)s->in : 0;
    for (unsigned i = 0; i < s->slices; i++) {
        in += s->slice_in[i];
        out += s->slice_out[i];
    }
    for (unsigned i = 0; i < s->slices; i++) {
        double e = s->slice_out[i] - out / in * s->slice_in[i];
        squares += e * e;
    }
    if (s->slices < SLICES_MIN)
        return (struct tki_estimate){value, NAN, NAN};
    double half = value * tki_student(s->slices - 1) * sqrt(n / (n - 1) * squares) / out;
    return (struct tki_estimate){value, tki_low_end(value, half), value + half};
}
