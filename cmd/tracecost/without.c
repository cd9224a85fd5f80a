/* --drop: the dump without some keys, measured in the same reading: each batch has another one beside it, from which
 * they are left out.  Bytes are as exact as those of the dump; compression and encodings are measured likewise. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "cli/msg.h"
#include "tracecost.h"

/* Of the sample: how far what is saved may be off. */
enum { SAVED_BYTES = 4 << 20 };

struct without *without_open(const struct tki_list *keys, struct tki_ledger *ledger)
{
    struct without *w = calloc(1, sizeof *w);
    if (w) {
        w->n = keys->n;
        w->cuts = calloc(keys->n, sizeof *w->cuts);
        w->found = calloc(keys->n, sizeof *w->found);
    }
    if (!w || !w->cuts || !w->found || tki_blocks_open(&w->blocks) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (size_t i = 0; i < keys->n; i++)
        w->cuts[i] = (struct tki_left_out){tki_str(keys->item[i]), true, true, false};
    tki_measure_init(&w->measure, ledger);
    return w;
}

void without_free(struct without *w)
{
    if (!w)
        return;
    tki_blocks_close(&w->blocks);
    free(w->cuts);
    free(w->found);
    free(w);
}

int without_look(const struct without *w, const struct tk_batch *b, const struct tki_groups *groups,
                 struct without_part *part)
{
    if (TKI_GROW_ZERO(part->found, part->found_cap, w->n) < 0)
        return TK_ENOMEM;
    int rc = tki_cut_batch_make(&part->cut, b, w->cuts, w->n, part->found);
    rc = rc < 0 ? rc : tki_sizes_of(&part->sizes, &part->cut.batch, groups->rows, groups->nrows);
    return rc < 0 ? rc : tki_sizes_group(&part->sizes, &part->cut.batch, groups);
}

void without_add(struct without *w, const struct tki_groups *groups, struct without_part *part)
{
    tki_measure_add(&w->measure, &part->sizes, groups);
    for (size_t i = 0; i < w->n; i++) {
        w->found[i] += part->found[i];
        part->found[i] = 0;
    }
}

void without_part_free(struct without_part *part)
{
    tki_cut_batch_free(&part->cut);
    tki_sizes_free(&part->sizes);
    free(part->found);
}

/* Shares that are saved: what was measured, within as much as the sample says. */
static void centre(struct tki_estimate *e, double left, double was)
{
    double value = was > 0 ? fmin(1, fmax(0, 1 - left / was)) : 0;
    if (!isnan(e->low)) {
        e->low = fmax(0, e->low - e->value + value);
        e->high = fmin(1, e->high - e->value + value);
    }
    e->value = value;
}

void without_conclude(struct without *w, struct dump *d)
{
    const struct tki_encode_without as = {w->cuts, w->n, &w->measure};
    struct tki_weighed with, without;
    struct tk_err err = {0};
    if (tki_encodings_measure(&w->encodings, &d->sample, &w->blocks, &as, TKI_REDRAW_SEED, &err) < 0 ||
        tki_left_out_weigh(&d->sample, NULL, 0, SAVED_BYTES, true, &with, &err) < 0 ||
        tki_left_out_weigh(&d->sample, w->cuts, w->n, SAVED_BYTES, true, &without, &err) < 0)
        tki_die_err(&err);
    if (tki_left_out_saved(&with, &without, TKI_REDRAW_SEED, &w->saved) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_weighed_free(&with);
    tki_weighed_free(&without);
    const struct tki_measured *all = &d->all[GROUP_ALL], *left = &w->kept[GROUP_ALL];
    const struct tki_encoded *was = d->encodings.of, *is = w->encodings.of;
    double bytes = left->kept[TKI_MEAN_BYTES].value / all->kept[TKI_MEAN_BYTES].value;
    centre(&w->saved.proto, bytes, 1);
    centre(&w->saved.zstd, bytes * is[TKI_E_ZSTD_3].ratio.value, was[TKI_E_ZSTD_3].ratio.value);
    centre(&w->saved.es, bytes * is[TKI_E_ES_JSON].ratio.value, was[TKI_E_ES_JSON].ratio.value);
}
