#include <stdlib.h>

#include "format/lossless/lossless.h"
#include "model/batch.h"
#include "model/weight.h"
#include "pipe.h"

static void note_range(struct batch_work *w, const struct tk_batch *b)
{
    w->first_ns = UINT64_MAX;
    w->last_ns = 0;
    for (size_t i = 0; i < w->nrows; i++) {
        uint64_t start = b->spans[w->rows[i]].start_ns;
        w->first_ns = start && start < w->first_ns ? start : w->first_ns;
        w->last_ns = start > w->last_ns ? start : w->last_ns;
    }
}

static bool is_tagged(const struct tk_batch *b)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        tki_rate rate = tki_span_rate(b, &b->spans[i]);
        if (tki_rate_class(rate) == TKI_RATE_TAGS && tki_rate_threshold(rate))
            return true;
    }
    return false;
}

static bool make_room(struct batch_work *w, const struct tk_batch *b)
{
    if (b->nspans <= w->cap)
        return true;
    uint32_t *rows = realloc(w->rows, b->nspans * sizeof *rows);
    if (!rows)
        return false;
    w->rows = rows;
    w->cap = b->nspans;
    return true;
}

static void encode(const struct batch_order *order, struct batch_work *w, const struct tk_batch *b)
{
    const struct tki_format *f = order->reading->encode;
    tki_buf_reset(&w->bytes);
    w->encode = (struct tki_encode){.out = &w->bytes, .files = tki_batch_file(b)};
    if (f && w->nrows)
        tki_format_put(f, order->lossless, &w->encode, b, w->rows, w->nrows);
}

void *batch_work_make(void *ctx, struct tk_batch *b, void *previous)
{
    const struct batch_order *order = ctx;
    const struct plan_reading *reading = order->reading;
    struct batch_work *w = previous ? previous : calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->rc = TK_ENOMEM;
    if (!make_room(w, b))
        return w;
    w->nrows = filter_rows(order->filter, b, w->rows);
    w->rc = order->meet ? filter_meet(order->filter, b, w->nrows, &w->met) : 0;
    if (w->rc < 0)
        return w;
    w->tagged = order->weigh && is_tagged(b);
    if (reading->ask && order->query->table)
        note_range(w, b);
    if (reading->ask)
        w->rc = query_rows(order->query, &w->eval, b, w->rows, &w->nrows);
    if (reading->redact && w->rc == 0 && w->nrows) {
        w->rc = redaction_rows(order->redact, &w->redact, b, w->rows, w->nrows);
        w->redact_failed = w->rc < 0;
    }
    if (reading->top && w->rc == 0) {
        struct tki_top_naming by = top_naming(order->top);
        w->rc = tki_top_look_make(&w->top, &by, b, w->rows, w->nrows);
    }
    encode(order, w, b);
    return w;
}

void batch_work_free(void *work)
{
    struct batch_work *w = work;
    free(w->rows);
    filter_met_free(&w->met);
    tki_buf_free(&w->bytes);
    tki_query_eval_free(w->eval);
    tki_redact_scratch_free(w->redact);
    tki_top_look_free(w->top);
    free(w);
}
