/* pieces.h - the duration of one trace, cut into pieces that say what was going on: they add up to it exactly.
 *
 * A piece is a stretch of the critical path in one span, with what stands on both sides of it:
 *
 *   own       the span has no children that hold it up: what it does cannot be seen from here, and is no finding
 *   lead      from the start of the span to its first call on the path (next)
 *   between   from the end of a call (prev) to the start of the next one (next)
 *   trail     from the last call on the path (prev) to the end of the span
 *   network   of a CLIENT span: before and behind the SERVER span that answers it (next)
 *   queue     from the end of a PRODUCER (prev) to the start of its CONSUMER (next), while somebody waits for it: the
 *             span `node` has a gap that ends when the consumer does; of the whole path nobody needs to wait
 *   consumer  the work of that CONSUMER (next), seen from the span that waits for it
 *
 * Lead, between and trail are dark time: nothing that is instrumented ran.  A call beside the path, which ended behind
 * the start of the next call on it, takes what it ran of such a piece, if that is half of it and more: as own time of
 * that call, or of the innermost one that ran nearly as long.
 *
 * The main path ends with the root.  The whole path ends with the last span of the trace: where a consumer or a
 * detached span outlives the root, it leads back from that span through its queue to the producer, and from there along
 * the main path to the start.
 *
 * An all-zero tki_pieces is valid; its memory is used again.
 */
#ifndef TKI_ANALYZE_PIECES_H
#define TKI_ANALYZE_PIECES_H

#include "analyze/cpath.h"

enum tki_piece_type {
    TKI_PIECE_OWN,
    TKI_PIECE_LEAD,
    TKI_PIECE_BETWEEN,
    TKI_PIECE_TRAIL,
    TKI_PIECE_NETWORK,
    TKI_PIECE_QUEUE,
    TKI_PIECE_CONSUMER,
    TKI_PIECE_TYPES,
};

struct tki_piece {
    int64_t start_ns, end_ns; /* start < end */
    uint32_t node;
    uint32_t prev, next; /* nodes, or TK_NONE */
    uint8_t type;        /* enum tki_piece_type */
};

struct tki_pieces {
    struct tki_piece *piece; /* latest first */
    uint32_t n, cap;
    uint32_t *of_section; /* private: by section of the path, its piece */
    uint32_t section_cap;
    struct tki_cpath side; /* private: the path of a span beside the main tree */
};

/* Of the main path; the pieces add up to c->total_ns.  0, TK_ENOMEM. */
int tki_pieces_main(struct tki_pieces *p, const struct tk_batch *b, const struct tk_tree *tree,
                    const struct tki_times *t, const struct tki_cpath *c);
/* Of the whole path: 1; 0 when no span outlives the root, and p holds the main path.  c is the main path. */
int tki_pieces_whole(struct tki_pieces *p, const struct tk_batch *b, const struct tk_tree *tree,
                     const struct tki_times *t, const struct tki_cpath *c);
void tki_pieces_free(struct tki_pieces *p);

/* Returns true for dark time. */
static inline bool tki_piece_dark(uint8_t type)
{
    return type == TKI_PIECE_LEAD || type == TKI_PIECE_BETWEEN || type == TKI_PIECE_TRAIL;
}

#endif
