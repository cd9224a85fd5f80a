#include <stdlib.h>

#include "pipe.h"

void *part_make(void *ctx, struct tk_batch *b, void *previous)
{
    const struct part_plan *plan = ctx;
    struct part *p = previous ? previous : calloc(1, sizeof *p);
    if (!p)
        return NULL;
    if (b->nspans > p->cap) {
        uint32_t *rows = realloc(p->rows, b->nspans * sizeof *rows);
        if (!rows) {
            p->memory_failed = true;
            return p;
        }
        p->rows = rows;
        p->cap = b->nspans;
    }
    p->nrows = filter_rows(&plan->filter, b, p->rows);
    tki_buf_reset(&p->bytes);
    p->encode = (struct tki_encode){.out = &p->bytes};
    if (plan->encode && p->nrows)
        plan->encode->put(&p->encode, b, p->rows, p->nrows);
    return p;
}

void part_free(void *part)
{
    struct part *p = part;
    free(p->rows);
    tki_buf_free(&p->bytes);
    free(p);
}
