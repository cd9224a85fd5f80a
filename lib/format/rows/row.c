#include <stdio.h>
#include <stdlib.h>

#include "format/codec/codec.h"
#include "format/rows/rows.h"

struct tki_rows *tki_rows_new(struct tki_decode *d)
{
    struct tki_rows *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->d = d;
    x->needs = d->needs;
    x->own = d->columns;
    return x;
}

void tki_rows_free(struct tki_rows *x)
{
    tki_buf_free(&x->scratch);
    tki_buf_free(&x->path);
    free(x);
}

void tki_row_begin(struct tki_rows *x, const struct tki_dialect *d)
{
    x->dialect = d;
    x->nextras = 0;
    x->path.n = 0;
    tki_cells_begin(&x->cells, d->columns);
}

void tki_row_end(struct tki_rows *x)
{
    if (!x->r.j.error && !tki_row_span(x)) {
        x->met++;
        tki_note(x->r.j.batch, TK_NOTE_OTHER_DOCS);
    }
    if (x->path.err || x->scratch.err)
        x->r.j.batch->err = TK_ENOMEM;
    if (!x->r.j.error)
        tki_record_end(&x->r);
}

const struct tki_dialect *tki_row_named(struct tki_rows *x)
{
    struct tki_named named[TKI_NAMES];
    for (unsigned i = 0; i < x->nnames; i++)
        named[i] = (struct tki_named){x->names[i], 0};
    return tki_dialect_of(named, x->nnames, x->own);
}

void tki_row_unnamed(struct tki_rows *x, const tk_str *cells, unsigned n)
{
    enum { DIGITS = 4 };
    x->nnames = 0;
    if (!x->own)
        x->nnames = tki_dialect_unnamed(cells, n, x->names);
    if (!x->own || !x->own->numbered)
        return;
    for (unsigned i = 0; i < n; i++) {
        char *s = tk_batch_alloc(x->r.j.batch, DIGITS);
        if (s)
            x->names[i] = (tk_str){s, (size_t)snprintf(s, DIGITS, "%u", i + 1)};
    }
    x->nnames = x->r.j.batch->err ? 0 : n;
}

bool tki_row_types(struct tki_rows *x)
{
    static const char *const types[] = {"String", "FixedString(", "LowCardinality(", "Nullable(", "UUID"};
    const struct tki_cell *c = &x->cells.of[TKI_F_TRACE];
    if (tki_cell_empty(c) || (c->json && *c->json != '"'))
        return false;
    tk_str s = tki_cell_text(x, c);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (tki_str_starts(s, tki_str(types[i])))
            return true;
    return false;
}
