#include "sample/versus.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"

struct side {
    bool keeps;
    uint32_t spans, by;
};

static struct side look(const struct tki_replay *r, tk_id128 id)
{
    const struct tki_ledger *l = tki_replay_ledger(r);
    uint32_t row = tki_idmap_get(&l->ids, id);
    if (row == TKI_MAP_NONE || !tki_replay_keeps(r, row))
        return (struct side){.by = TK_NONE};
    return (struct side){true, (uint32_t)tki_replay_spans_kept(r, row), tki_replay_by(r, row)};
}

static void tally(struct tki_square *s, const struct side *old, const struct side *new, uint32_t spans, double weight)
{
    struct tki_tally *t = old->keeps ? (new->keeps ? &s->both : &s->lost) : new->keeps ? &s->gained : &s->neither;
    tki_tally_add(t, spans, weight);
}

/* Room for the first of each class is made by leaving out the last of a lower one. */
static void add_flip(struct tki_versus *v, unsigned rank, unsigned ranks[TKI_FLIPS], const struct tki_flip *f)
{
    size_t at = v->nflips;
    while (at > 0 && ranks[at - 1] > rank)
        at--;
    if (at == TKI_FLIPS)
        return;
    if (v->nflips < TKI_FLIPS)
        v->nflips++;
    for (size_t i = v->nflips - 1; i > at; i--) {
        v->flip[i] = v->flip[i - 1];
        ranks[i] = ranks[i - 1];
    }
    v->flip[at] = *f;
    ranks[at] = rank;
}

struct sums { /* of the differences of the traces, in weighted spans */
    double d, d2, old;
    uint64_t n;
};

static void change(struct tki_versus *v, const struct sums *s)
{
    v->change = v->low = v->high = NAN;
    if (!(s->old > 0) || s->n < 2)
        return;
    double n = (double)s->n, mean = s->d / n, variance = n / (n - 1) * fmax(0, s->d2 - n * mean * mean);
    double half = 1.959963984540054 * sqrt(variance) / s->old;
    v->change = s->d / s->old;
    v->low = fmax(-1, v->change - half);
    v->high = v->change + half;
}

static int open_versus(struct tki_versus *v, const struct tki_replay *baseline, const struct tki_replay *other,
                       const struct tki_kinds *kinds)
{
    *v = (struct tki_versus){.nkinds = kinds->names.n};
    v->kind = calloc(v->nkinds + (size_t)1, sizeof *v->kind);
    v->lost_by = calloc(tki_replay_sampler(baseline)->npolicies + (size_t)1, sizeof *v->lost_by);
    v->gained_by = calloc(tki_replay_sampler(other)->npolicies + (size_t)1, sizeof *v->gained_by);
    if (v->kind && v->lost_by && v->gained_by)
        return 0;
    tki_versus_free(v);
    return TK_ENOMEM;
}

int tki_versus_find(struct tki_versus *v, const struct tki_replay *baseline, const struct tki_replay *other,
                    const struct tki_kinds *kinds, const bool *slow, struct tk_err *err)
{
    const struct tki_ledger *l = kinds->ledger;
    unsigned ranks[TKI_FLIPS];
    struct sums sums = {0};
    if (open_versus(v, baseline, other, kinds) < 0)
        return tki_err_memory(err);
    for (uint32_t i = 0; i < l->ids.n; i++) {
        const struct tki_trace_row *row = tki_ledger_row(l, i);
        const struct tki_kind_row *root = tki_ledger_at(l, i, kinds->column);
        struct side old = look(baseline, l->ids.ids[i]), new = look(other, l->ids.ids[i]);
        uint32_t kind = root->kind ? root->kind - 1 : v->nkinds;
        double weight = tki_rate_weight(row->rate), d = weight * ((double)new.spans - (double)old.spans);
        tally(&v->all, &old, &new, row->spans, weight);
        tally(&v->kind[kind], &old, &new, row->spans, weight);
        if (row->errors)
            tally(&v->errors, &old, &new, row->spans, weight);
        if (slow[i])
            tally(&v->slow, &old, &new, row->spans, weight);
        sums = (struct sums){sums.d + d, sums.d2 + d * d, sums.old + weight * old.spans, sums.n + 1};
        if (old.keeps == new.keeps)
            continue;
        const struct tki_flip f = {l->ids.ids[i], root->kind ? kind : TK_NONE, new.keeps, new.keeps ? new.by : old.by};
        add_flip(v, row->errors ? 0 : slow[i] ? 1 : 2, ranks, &f);
        if (f.by != TK_NONE)
            ++*(f.gained ? &v->gained_by[f.by] : &v->lost_by[f.by]);
    }
    change(v, &sums);
    return 0;
}

void tki_versus_free(struct tki_versus *v)
{
    free(v->kind);
    free(v->lost_by);
    free(v->gained_by);
    *v = (struct tki_versus){0};
}
