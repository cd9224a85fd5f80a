/* rows.h - the spans that a call writes, for the encoders: some rows of a batch in that order, or all of them. Adjacent
 * ones share what they have in common. */
#ifndef TKI_FORMAT_OTLP_ROWS_H
#define TKI_FORMAT_OTLP_ROWS_H

#include "model/batch.h"

struct tki_otlp_rows {
    const struct tk_batch *b;
    const uint32_t *rows; /* NULL: all */
    size_t n;
};

static inline struct tki_otlp_rows tki_otlp_rows(const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    return (struct tki_otlp_rows){b, rows, rows ? nrows : b->nspans};
}

static inline const struct tk_span *tki_otlp_row(const struct tki_otlp_rows *r, size_t i)
{
    return &r->b->spans[r->rows ? r->rows[i] : i];
}

/* Return the end of the run of rows that begins at i and has one resource, or one resource and one scope. */
static inline size_t tki_otlp_resource_end(const struct tki_otlp_rows *r, size_t i)
{
    uint32_t resource = tki_otlp_row(r, i)->resource;
    while (++i < r->n && tki_otlp_row(r, i)->resource == resource)
        ;
    return i;
}

static inline size_t tki_otlp_scope_end(const struct tki_otlp_rows *r, size_t i)
{
    const struct tk_span *first = tki_otlp_row(r, i);
    while (++i < r->n && tki_otlp_row(r, i)->resource == first->resource && tki_otlp_row(r, i)->scope == first->scope)
        ;
    return i;
}

#endif
