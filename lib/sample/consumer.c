#include "sample/consumer.h"

#include <stdlib.h>

#include "base/array.h"

struct state { /* what marking changes of a span */
    tk_str trace_state, raw;
};

struct part {
    struct tki_eval *eval;
    uint32_t *rows; /* of spans that the head samplers keep */
    size_t nrows, rows_cap;
    struct state *state; /* of each span: as the heads leave it, while the batch has what came, and the other way */
    size_t state_cap;
};

static void free_part(void *part)
{
    struct part *p = part;
    if (!p)
        return;
    tki_eval_free(p->eval);
    free(p->rows);
    free(p->state);
    free(p);
}

static void swap_states(struct part *p, struct tk_batch *b)
{
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct state was = {b->spans[i].trace_state, b->spans[i].raw};
        b->spans[i].trace_state = p->state[i].trace_state;
        b->spans[i].raw = p->state[i].raw;
        p->state[i] = was;
    }
}

/* The heads decide; the batch then has their states, the part those that came. */
static int select_heads(struct part *p, const struct tki_sampler *s, struct tk_batch *b)
{
    if (TKI_GROW(p->rows, p->rows_cap, b->nspans) < 0 || TKI_GROW(p->state, p->state_cap, b->nspans) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < b->nspans; i++) {
        p->rows[i] = i;
        p->state[i] = (struct state){b->spans[i].trace_state, b->spans[i].raw};
    }
    p->nrows = tki_heads_select(s->heads, s->nheads, b, p->rows, b->nspans, true);
    return b->err;
}

static int evaluate(void *replay, struct tk_batch *b, const struct tki_groups *groups, void **part)
{
    const struct tki_sampler *s = tki_replay_sampler(replay);
    struct part *p = *part ? *part : calloc(1, sizeof *p);
    *part = p;
    if (!p || (s->nheads && select_heads(p, s, b) < 0))
        return TK_ENOMEM;
    struct tki_eval *eval = tki_eval_work((void *)(uintptr_t)s, b, p->eval);
    if (s->nheads)
        swap_states(p, b);
    if (!eval)
        return TK_ENOMEM;
    p->eval = eval;
    if (!s->nheads)
        tki_eval_group(eval, s, b, groups);
    return 0;
}

static int add_evaluation(void *replay, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                          struct tk_err *err)
{
    struct part *p = part;
    struct tki_eval *eval = code < 0 || !p ? NULL : p->eval;
    if (!tki_replay_sampler(replay)->nheads || !eval)
        return tki_replay_fold(replay, b, groups, eval, err);
    swap_states(p, b);
    int rc = tki_replay_add(replay, b, p->rows, p->nrows, eval, err);
    swap_states(p, b);
    return rc;
}

struct tki_consumer tki_replay_consumer(struct tki_replay *replay)
{
    struct tki_consumer c = {.ctx = replay, .work = evaluate, .part_free = free_part, .fold = add_evaluation};
    c.needs = tki_sampler_needs(tki_replay_sampler(replay), &c.keys, &c.nkeys);
    return c;
}

void tki_replay_total(const struct tki_replay *r, const struct tki_ledger *all, struct tki_tally *in,
                      struct tki_tally *kept, uint64_t *in_part)
{
    const struct tki_ledger *judged = tki_replay_ledger(r);
    for (uint32_t i = 0; i < all->ids.n; i++) {
        const struct tki_trace_row *row = tki_ledger_row(all, i);
        double weight = tki_rate_weight(row->rate);
        tki_tally_add(in, row->spans, weight);
        uint32_t at = judged == all ? i : tki_idmap_get(&judged->ids, all->ids.ids[i]);
        if (at == TKI_MAP_NONE || !tki_replay_keeps(r, at))
            continue;
        uint64_t spans = tki_replay_spans_kept(r, at);
        tki_tally_add(kept, spans, weight);
        *in_part += spans < row->spans;
    }
}

size_t tki_replay_keep(struct tki_replay *r, struct tk_batch *b, uint32_t *rows, size_t n, bool mark)
{
    const struct tki_sampler *s = tki_replay_sampler(r);
    if (s->nheads)
        n = tki_heads_select(s->heads, s->nheads, b, rows, n, mark);
    return b->err ? 0 : tki_replay_select(r, b, rows, n, mark);
}
