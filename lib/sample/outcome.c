#include "sample/outcome.h"

#include <stdlib.h>

#include "base/err.h"

static void count(struct tki_tally *t, const struct tki_trace_row *row)
{
    tki_tally_add(t, row->spans, tki_rate_weight(row->rate));
}

/* Whatever the order in which they were read. */
static void add_lost(struct tki_fare *f, tk_id128 id, uint64_t start_ns)
{
    uint32_t at = f->nlost;
    while (at > 0 &&
           (start_ns < f->lost_ns[at - 1] || (start_ns == f->lost_ns[at - 1] && tki_id_cmp(id, f->lost[at - 1]) < 0)))
        at--;
    if (at == TKI_OUTCOME_EXAMPLES)
        return;
    if (f->nlost < TKI_OUTCOME_EXAMPLES)
        f->nlost++;
    for (uint32_t i = f->nlost - 1; i > at; i--) {
        f->lost[i] = f->lost[i - 1];
        f->lost_ns[i] = f->lost_ns[i - 1];
    }
    f->lost[at] = id;
    f->lost_ns[at] = start_ns;
}

static void add(struct tki_fare *f, const struct tki_trace_row *row, tk_id128 id, bool kept)
{
    uint64_t start, end;
    count(&f->in, row);
    if (kept)
        count(&f->kept, row);
    else
        add_lost(f, id, tki_extent_get(&row->extent, &start, &end) ? start : UINT64_MAX);
}

int tki_outcome_find(struct tki_outcome *o, const struct tki_replay *r, const struct tki_kinds *kinds,
                     const struct tki_slow_rule *rule, struct tk_err *err)
{
    const struct tki_ledger *l = kinds->ledger;
    uint64_t nslow;
    bool *slow = calloc((size_t)l->ids.n + 1, sizeof *slow);
    int rc = slow ? tki_slow_find(kinds, rule, slow, &nslow, err) : tki_err_memory(err);
    *o = (struct tki_outcome){0};
    for (uint32_t i = 0; i < l->ids.n && rc == 0; i++) {
        const struct tki_trace_row *row = tki_ledger_row(l, i);
        bool kept = (row->errors || slow[i]) && tki_replay_keeps_trace(r, l->ids.ids[i]);
        if (row->errors)
            add(&o->errors, row, l->ids.ids[i], kept);
        if (slow[i])
            add(&o->slow, row, l->ids.ids[i], kept);
    }
    free(slow);
    return rc;
}
