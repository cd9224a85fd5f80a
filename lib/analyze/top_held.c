#include "analyze/top_held.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/array.h"
#include "base/err.h"

/* Of rest, from the lowest bit on: length, group, service, kind, status.  Of a wide span all below the flags is its
 * place among these. */
enum { LENGTH_BITS = 34, GROUP_BITS = 14, SERVICE_BITS = 9, KIND_BITS = 3, STATUS_BITS = 2 };
enum {
    GROUP_AT = LENGTH_BITS,
    SERVICE_AT = GROUP_AT + GROUP_BITS,
    KIND_AT = SERVICE_AT + SERVICE_BITS,
    STATUS_AT = KIND_AT + KIND_BITS,
    FLAGS_AT = STATUS_AT + STATUS_BITS,
};
#define WIDE         (UINT64_C(1) << FLAGS_AT)
#define HAS_DURATION (UINT64_C(1) << (FLAGS_AT + 1)) /* start_ns is its duration, or TKI_NO_DURATION */
_Static_assert(FLAGS_AT + 2 == 64, "a word");

static struct tki_held *held_at(const struct tki_holder *h, size_t i)
{
    return &h->piece[i / TKI_HELD_PIECE_SPANS][i % TKI_HELD_PIECE_SPANS];
}

static bool fits(uint64_t x, int bits)
{
    return x >> bits == 0;
}

static uint64_t bits_of(uint64_t rest, int at, int bits)
{
    return rest >> at & ((UINT64_C(1) << bits) - 1);
}

static struct tki_top_span *wide_of(const struct tki_holder *h, uint64_t rest)
{
    return &h->wide[bits_of(rest, 0, FLAGS_AT)];
}

/* Few dumps need a second piece.  Those that do take all of most pieces: large pages are sooner there. */
static int add_piece(struct tki_holder *h)
{
    struct tki_held *piece = aligned_alloc(h->npieces ? TKI_HELD_PIECE_BYTES : sizeof *piece, TKI_HELD_PIECE_BYTES);
    if (!piece || TKI_GROW(h->piece, h->piece_cap, h->npieces + 1) < 0) {
        free(piece);
        return TK_ENOMEM;
    }
    if (h->npieces)
        madvise(piece, TKI_HELD_PIECE_BYTES, MADV_HUGEPAGE); /* a hint */
    h->piece[h->npieces++] = piece;
    return 0;
}

int tki_hold_span(struct tki_holder *h, const struct tki_top_span *s)
{
    if (h->n == h->npieces * (size_t)TKI_HELD_PIECE_SPANS && add_piece(h) < 0)
        return TK_ENOMEM;
    uint64_t length = s->end_ns - s->start_ns;
    bool narrow = s->end_ns >= s->start_ns && fits(length, LENGTH_BITS) && fits(s->group, GROUP_BITS) &&
                  fits(s->service, SERVICE_BITS) && fits(s->kind, KIND_BITS) && fits(s->status, STATUS_BITS) &&
                  !s->follows;
    uint64_t rest = length | (uint64_t)s->group << GROUP_AT | (uint64_t)s->service << SERVICE_AT |
                    (uint64_t)s->kind << KIND_AT | (uint64_t)s->status << STATUS_AT;
    if (!narrow) {
        if (TKI_GROW(h->wide, h->wide_cap, h->nwide + 1) < 0)
            return TK_ENOMEM;
        rest = WIDE | h->nwide;
        h->wide[h->nwide++] = *s;
    }
    *held_at(h, h->n++) = (struct tki_held){s->span_id, s->parent_id, s->start_ns, rest};
    return 0;
}

void tki_holder_free(struct tki_holder *h)
{
    while (h->npieces > 0)
        free(h->piece[--h->npieces]);
    free(h->piece);
    free(h->wide);
    *h = (struct tki_holder){0};
}

size_t tki_holder_bytes(const struct tki_holder *h)
{
    return (h->n + 1) * sizeof **h->piece + (h->nwide + 1) * sizeof *h->wide;
}

static inline void copy_span(const struct tki_holder *h, const struct tki_held *x, struct tki_top_span *s)
{
    if (x->rest & WIDE) {
        *s = *wide_of(h, x->rest);
        return;
    }
    s->span_id = x->span_id;
    s->parent_id = x->parent_id;
    s->start_ns = x->start_ns;
    s->end_ns = x->start_ns + bits_of(x->rest, 0, LENGTH_BITS);
    s->group = (uint32_t)bits_of(x->rest, GROUP_AT, GROUP_BITS);
    s->service = (uint32_t)bits_of(x->rest, SERVICE_AT, SERVICE_BITS);
    s->kind = (uint8_t)bits_of(x->rest, KIND_AT, KIND_BITS);
    s->status = (uint8_t)bits_of(x->rest, STATUS_AT, STATUS_BITS);
    s->follows = false;
}

void tki_held_spans(const struct tki_holder *h, const uint32_t *at, size_t n, struct tki_top_span *s)
{
    for (size_t i = 0; i < n; i++)
        copy_span(h, held_at(h, at[i]), &s[i]);
}

void tki_held_ask(const struct tki_holder *h, const uint32_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(held_at(h, at[i]));
}

void tki_held_set_duration(struct tki_holder *h, size_t i, uint64_t ns)
{
    struct tki_held *x = held_at(h, i);
    x->start_ns = ns;
    x->rest |= HAS_DURATION;
}

uint64_t tki_held_duration(const struct tki_holder *h, size_t i, uint32_t *group)
{
    const struct tki_held *x = held_at(h, i);
    const struct tki_top_span *wide = x->rest & WIDE ? wide_of(h, x->rest) : NULL;
    *group = wide ? wide->group : (uint32_t)bits_of(x->rest, GROUP_AT, GROUP_BITS);
    if (x->rest & HAS_DURATION)
        return x->start_ns;
    return wide ? wide->end_ns - wide->start_ns : bits_of(x->rest, 0, LENGTH_BITS);
}
