/* blocks.h - how small zstd makes the spans of a dump, as they were sent: blocks of 4 MB, really compressed.
 *
 * What was measured of stores is in terms of this: the OTLP protobuf of a dump in the order in which it came, with
 * resources as the input shares them.  Of a long dump blocks 0, 1, 4, 16, 64 ... are compressed: so the cost grows with
 * the logarithm of its length, and which ones they are depends on the bytes alone.
 *
 * The interval comes from slices of 64 kB that are compressed apart: not their size, but how far they differ.  The
 * slices of a small dump are smaller, down to 4 kB; fewer than four of these say nothing.
 */
#ifndef TKI_COST_BLOCKS_H
#define TKI_COST_BLOCKS_H

#include "base/buf.h"
#include "cost/interval.h"
#include "model/batch.h"

enum { TKI_BLOCK_LEVELS = 2, TKI_BLOCK_SLICES = 48 };
extern const int tki_block_levels[TKI_BLOCK_LEVELS]; /* of zstd: 1, 3 */

struct tki_squeeze;
struct tki_blocks {
    bool all;       /* every block is compressed */
    uint64_t block; /* the one that is being filled, from 0 */
    uint64_t at;    /* bytes of it */
    bool skipped;   /* some block was not compressed */
    uint64_t in, out[TKI_BLOCK_LEVELS];
    struct tki_squeeze *zstd[TKI_BLOCK_LEVELS], *slice;
    size_t slice_size; /* 0: the first batch, which sets it, is still to come */
    double slice_in[TKI_BLOCK_SLICES], slice_out[TKI_BLOCK_SLICES];
    unsigned slices;
    struct tki_buf proto;
};

/* 0 or TK_ENOMEM. */
int tki_blocks_open(struct tki_blocks *s, bool all);
/* Takes in these rows of a batch, NULL: all, in order; bytes: of them.  0 or TK_ENOMEM. */
int tki_blocks_add(struct tki_blocks *s, const struct tk_batch *b, const uint32_t *rows, size_t n, uint64_t bytes);
/* Ends the last block.  0 or TK_ENOMEM. */
int tki_blocks_end(struct tki_blocks *s);
/* After the end: compressed bytes for each byte, at one of the levels; low and high NaN: too small to say. */
struct tki_estimate tki_blocks_ratio(const struct tki_blocks *s, int level);
void tki_blocks_close(struct tki_blocks *s);

#endif
