#include "format/lossless/lossless.h"

static uint64_t lost(const struct tki_format *f, const struct tk_batch *b, tk_str raw, uint16_t beyond)
{
    bool copied = f && beyond && raw.n && f->copies == b->raw && (!f->can_copy || f->can_copy(raw));
    return copied ? 0 : beyond;
}

/* Spans of one resource or scope stand together, and what is said of them is written once. */
void tki_format_count_beyond(const struct tki_format *f, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
                             uint64_t notes[TKI_NOTE_COUNT])
{
    uint32_t resource = TK_NONE, scope = TK_NONE;
    uint64_t n = 0;
    if (__builtin_expect(!b->beyond, 1))
        return;
    for (size_t i = 0; i < (rows ? nrows : b->nspans); i++) {
        const struct tk_span *s = &b->spans[rows ? rows[i] : i];
        n += lost(f, b, s->raw, s->beyond);
        if (s->resource != resource && s->resource < b->nresources)
            n += lost(f, b, b->resources[s->resource].raw, b->resources[s->resource].beyond);
        if (s->scope != scope && s->scope < b->nscopes)
            n += lost(f, b, b->scopes[s->scope].raw, b->scopes[s->scope].beyond);
        resource = s->resource;
        scope = s->scope;
    }
    notes[b->raw == TK_RAW_OTLP_JSON ? TK_NOTE_MEMBER_DROPPED : TK_NOTE_FIELD_DROPPED] += n;
}

void tki_format_put(const struct tki_format *f, bool lossless, struct tki_encode *e, const struct tk_batch *b,
                    const uint32_t *rows, size_t nrows)
{
    if (lossless && f->lossless)
        tki_lossless_put(f, e, b, rows, nrows);
    else
        f->put(e, b, rows, nrows);
    tki_format_count_beyond(f, b, rows, nrows, e->notes);
}
