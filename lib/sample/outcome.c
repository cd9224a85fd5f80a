#include "sample/outcome.h"

#include <stdlib.h>

#include "base/err.h"

static void count(struct tki_tally *t, const struct tki_trace_row *row)
{
    double weight = tki_rate_weight(row->rate);
    t->traces++;
    t->spans += row->spans;
    t->wtraces += weight;
    t->wspans += weight * row->spans;
}

static void add(struct tki_fare *f, const struct tki_trace_row *row, tk_id128 id, bool kept)
{
    count(&f->in, row);
    if (kept)
        count(&f->kept, row);
    else if (f->nlost < TKI_OUTCOME_EXAMPLES)
        f->lost[f->nlost++] = id;
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
