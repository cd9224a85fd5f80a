/* top_held.h - the spans that a top keeps in memory, 32 bytes each.
 *
 * Spans of a trace lie anywhere among those of a dump, so that each is fetched on its own: one of 32 bytes never stands
 * in two lines of the cache.  What does not fit, such as a length above 17 seconds, is kept as it came beside them.
 */
#ifndef TKI_ANALYZE_TOP_HELD_H
#define TKI_ANALYZE_TOP_HELD_H

#include "base/str.h"

/* What times are computed from. */
struct tki_top_span {
    uint64_t span_id, parent_id, start_ns, end_ns;
    uint32_t group, service; /* numbers of the look, then of the top */
    uint8_t kind, status;
    bool follows; /* its parent is a FOLLOWS_FROM reference */
};

struct tki_held { /* private; rest: the bits of top_held.c */
    uint64_t span_id, parent_id, start_ns, rest;
};

/* Pieces have the size of a large page. */
enum { TKI_HELD_PIECE_BYTES = 2 << 20, TKI_HELD_PIECE_SPANS = TKI_HELD_PIECE_BYTES / sizeof(struct tki_held) };

/* All zero is valid. */
struct tki_holder {
    struct tki_held **piece;
    struct tki_top_span *wide; /* those that do not fit */
    size_t n, nwide, wide_cap;
    uint32_t npieces, piece_cap;
};

/* When its trace has been looked at, a span that does not count has this duration. */
#define TKI_NO_DURATION UINT64_MAX

int tki_hold_span(struct tki_holder *h, const struct tki_top_span *s); /* TK_ENOMEM */
void tki_holder_free(struct tki_holder *h);
size_t tki_holder_bytes(const struct tki_holder *h); /* once another span is held */

/* The n spans at these places; before they are needed they can be asked for. */
void tki_held_spans(const struct tki_holder *h, const uint32_t *at, size_t n, struct tki_top_span *s);
void tki_held_ask(const struct tki_holder *h, const uint32_t *at, size_t n);
/* From now on the duration of the i-th span is this, and not its length.  Threads may do so to spans of their own. */
void tki_held_set_duration(struct tki_holder *h, size_t i, uint64_t ns);
/* Its duration, or TKI_NO_DURATION, and its group. */
uint64_t tki_held_duration(const struct tki_holder *h, size_t i, uint32_t *group);

#endif
