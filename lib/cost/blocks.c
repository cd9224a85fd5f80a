#include "cost/blocks.h"

#include <math.h>

#include "format/otlp/otlp.h"
#include "io/squeeze.h"

enum { BLOCK = 4 << 20, SLICE_MIN = 4 << 10, SLICE_MAX = 64 << 10, SLICES_FIRST = 8, SLICES_MIN = 4 };

const int tki_block_levels[TKI_BLOCK_LEVELS] = {1, 3};

int tki_blocks_open(struct tki_blocks *s, bool all)
{
    *s = (struct tki_blocks){.all = all};
    int rc = tki_squeeze_open(&s->slice, 3);
    for (int k = 0; k < TKI_BLOCK_LEVELS && rc == 0; k++)
        rc = tki_squeeze_open(&s->zstd[k], tki_block_levels[k]);
    return rc;
}

void tki_blocks_close(struct tki_blocks *s)
{
    for (int k = 0; k < TKI_BLOCK_LEVELS; k++)
        tki_squeeze_close(s->zstd[k]);
    tki_squeeze_close(s->slice);
    tki_buf_free(&s->proto);
    *s = (struct tki_blocks){0};
}

/* 0, 1, 4, 16 ... */
static bool is_chosen(const struct tki_blocks *s)
{
    uint64_t n = s->block;
    bool power_of_two = (n & (n - 1)) == 0;
    return s->all || n == 0 || (power_of_two && __builtin_ctzll(n) % 2 == 0);
}

static size_t slice_size(size_t first_batch)
{
    size_t size = first_batch / SLICES_FIRST;
    return size < SLICE_MIN ? SLICE_MIN : size > SLICE_MAX ? SLICE_MAX : size;
}

/* Slices from the front of what was added: more of the first batch, since it may be the only one. */
static int cut_slices(struct tki_blocks *s)
{
    unsigned most = s->slices ? s->slices + 1 : SLICES_FIRST;
    size_t size = s->slice_size = s->slice_size ? s->slice_size : slice_size(s->proto.n);
    int rc = 0;
    for (size_t at = 0; rc == 0 && s->slices < most && s->slices < TKI_BLOCK_SLICES && at + size <= s->proto.n;
         at += size) {
        uint64_t out = 0;
        rc = tki_squeeze_put(s->slice, s->proto.p + at, size);
        if (rc == 0)
            rc = tki_squeeze_end(s->slice, &out);
        s->slice_in[s->slices] = (double)size;
        s->slice_out[s->slices++] = (double)out;
    }
    return rc;
}

static int compress(struct tki_blocks *s, const struct tk_batch *b, const uint32_t *rows, size_t n)
{
    tki_buf_reset(&s->proto);
    tki_otlp_proto_put(&s->proto, b, rows, n);
    int rc = s->proto.err ? s->proto.err : cut_slices(s);
    for (int k = 0; k < TKI_BLOCK_LEVELS && rc == 0; k++)
        rc = tki_squeeze_put(s->zstd[k], s->proto.p, s->proto.n);
    s->in += s->proto.n;
    return rc;
}

static void rest(struct tki_blocks *s)
{
    for (int k = 0; k < TKI_BLOCK_LEVELS; k++)
        tki_squeeze_rest(s->zstd[k]);
    tki_squeeze_rest(s->slice);
    tki_buf_free(&s->proto);
}

int tki_blocks_end(struct tki_blocks *s)
{
    int rc = 0;
    for (int k = 0; k < TKI_BLOCK_LEVELS && rc == 0; k++) {
        uint64_t out = 0;
        rc = tki_squeeze_taken(s->zstd[k]) ? tki_squeeze_end(s->zstd[k], &out) : 0;
        s->out[k] += out;
    }
    bool was = is_chosen(s);
    s->block++;
    s->at = 0;
    if (was && !is_chosen(s))
        rest(s); /* three of four blocks are passed over, and ever more */
    return rc;
}

int tki_blocks_add(struct tki_blocks *s, const struct tk_batch *b, const uint32_t *rows, size_t n, uint64_t bytes)
{
    bool chosen = is_chosen(s);
    int rc = chosen ? compress(s, b, rows, n) : 0;
    s->skipped = s->skipped || !chosen;
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
