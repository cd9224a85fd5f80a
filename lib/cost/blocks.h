/* blocks.h - how small zstd makes the spans of a dump: blocks of 4 MB, really compressed.
 *
 * What was measured of stores is in terms of this: OTLP protobuf as it was sent, with resources as the input shares
 * them.  What comes, and in which order, units.h says.
 *
 * The interval comes from slices of 64 kB that are compressed apart: not their size, but how far they differ.  The
 * slices of a small dump are smaller, down to 4 kB; fewer than four of these say nothing.
 */
#ifndef TKI_COST_BLOCKS_H
#define TKI_COST_BLOCKS_H

#include "cost/interval.h"

enum { TKI_BLOCK_LEVELS = 2, TKI_BLOCK_SLICES = 48 };
extern const int tki_block_levels[TKI_BLOCK_LEVELS]; /* of zstd: 1, 3 */

struct tki_squeeze;
struct tki_blocks {
    uint64_t at;  /* bytes of the block that is being filled */
    bool skipped; /* set by whoever puts: these are not all spans of the dump */
    uint64_t in, out[TKI_BLOCK_LEVELS];
    struct tki_squeeze *zstd[TKI_BLOCK_LEVELS], *slice;
    size_t slice_size; /* 0: the first text, which sets it, is still to come */
    double slice_in[TKI_BLOCK_SLICES], slice_out[TKI_BLOCK_SLICES];
    unsigned slices;
};

/* 0 or TK_ENOMEM. */
int tki_blocks_open(struct tki_blocks *s);
/* Takes in spans as OTLP protobuf; bytes: by which blocks are counted.  0 or TK_ENOMEM. */
int tki_blocks_put(struct tki_blocks *s, tk_str text, uint64_t bytes);
/* Ends the last block.  0 or TK_ENOMEM. */
int tki_blocks_end(struct tki_blocks *s);
/* After the end: compressed bytes for each byte, at one of the levels; low and high NaN: too small to say. */
struct tki_estimate tki_blocks_ratio(const struct tki_blocks *s, int level);
void tki_blocks_close(struct tki_blocks *s);

#endif
