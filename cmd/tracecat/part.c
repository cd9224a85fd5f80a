#include <stdlib.h>

#include "format/lossless/lossless.h"
#include "pipe.h"

static void note_range(struct part *p, const struct tk_batch *b)
{
    p->first_ns = UINT64_MAX;
    p->last_ns = 0;
    for (size_t i = 0; i < p->nrows; i++) {
        uint64_t start = b->spans[p->rows[i]].start_ns;
        p->first_ns = start && start < p->first_ns ? start : p->first_ns;
        p->last_ns = start > p->last_ns ? start : p->last_ns;
    }
}

void *part_make(void *ctx, struct tk_batch *b, void *previous)
{
    const struct part_plan *plan = ctx;
    struct part *p = previous ? previous : calloc(1, sizeof *p);
    if (!p)
        return NULL;
    if (b->nspans > p->cap) {
        uint32_t *rows = realloc(p->rows, b->nspans * sizeof *rows);
        if (!rows) {
            p->rc = TK_ENOMEM;
            return p;
        }
        p->rows = rows;
        p->cap = b->nspans;
    }
    p->nrows = filter_rows(&plan->filter, b, p->rows);
    if (plan->query && plan->o->ask->table)
        note_range(p, b);
    if (plan->query)
        p->rc = ask_rows(plan->o->ask, &p->eval, b, p->rows, &p->nrows);
    if (plan->redact && p->rc == 0 && p->nrows) {
        p->rc = redaction_part(plan->redact, &p->redact, b, p->rows, p->nrows);
        p->redact_failed = p->rc < 0;
    }
    tki_buf_reset(&p->bytes);
    p->encode = (struct tki_encode){.out = &p->bytes};
    if (plan->encode && p->nrows)
        plan->o->lossless && plan->encode->lossless ? tki_lossless_put(plan->encode, &p->encode, b, p->rows, p->nrows)
                                                    : plan->encode->put(&p->encode, b, p->rows, p->nrows);
    return p;
}

void part_free(void *part)
{
    struct part *p = part;
    free(p->rows);
    tki_buf_free(&p->bytes);
    tki_query_eval_free(p->eval);
    tki_redact_scratch_free(p->redact);
    free(p);
}
