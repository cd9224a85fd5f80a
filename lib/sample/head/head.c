#include "sample/head/head.h"

#include <math.h>

static bool keeps(const struct tki_head *heads, size_t nheads, struct tk_batch *b, const struct tk_span *span,
                  tk_str *state)
{
    for (size_t i = 0; i < nheads; i++)
        if (!heads[i].type->keeps(&heads[i], b, span, state))
            return false;
    return true;
}

size_t tki_heads_select(const struct tki_head *heads, size_t nheads, struct tk_batch *b, uint32_t *rows, size_t n,
                        bool mark)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct tk_span *span = &b->spans[rows[i]];
        tk_str state = span->trace_state;
        if (!keeps(heads, nheads, b, span, &state))
            continue;
        rows[kept++] = rows[i];
        if (!mark || tki_str_eq(state, span->trace_state))
            continue;
        span->trace_state = state;
        span->raw = (tk_str){0};
    }
    return kept;
}

void tki_heads_explain(const struct tki_head *heads, size_t nheads, struct tk_batch *b, const struct tk_span *span,
                       void (*say)(void *ctx, size_t head, bool keeps, const struct tki_buf *why), void *ctx)
{
    tk_str state = span->trace_state;
    bool kept = true;
    for (size_t i = 0; i < nheads && kept; i++) {
        struct tki_buf why = {0};
        heads[i].type->why(&heads[i], b, span, state, &why);
        kept = heads[i].type->keeps(&heads[i], b, span, &state);
        say(ctx, i, kept, &why);
        tki_buf_free(&why);
    }
}

uint64_t tki_probability_threshold(double probability, int64_t precision)
{
    const double one = 72057594037927936.0; /* 2^56 */
    int below, above;
    if (probability >= 1)
        return 0;
    if (precision == 0)
        precision = 14;
    (void)frexp(probability, &below);
    (void)frexp(1 - probability, &above);
    /* Digits that are certain, f or 0, are no significant ones. */
    int64_t from_below = precision + below / -4, from_above = precision + above / -4;
    precision = from_below > from_above ? from_below : from_above;
    precision = precision < 14 ? precision : 14;
    uint64_t threshold = ((uint64_t)1 << 56) - (uint64_t)round(probability * one);
    if (precision == 14)
        return threshold;
    /* The collector takes few digits, too, and shifts everything out; so few that the shift wraps it takes as well. */
    uint64_t shift = 4 * (14 - (uint64_t)precision);
    if (shift >= 64)
        return 0;
    return (threshold + ((uint64_t)1 << (shift - 1))) >> shift << shift;
}
