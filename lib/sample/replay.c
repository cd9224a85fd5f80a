#include "sample/replay.h"

#include <stdlib.h>

#include "base/err.h"
#include "model/tracestate.h"

struct digest {                /* what is remembered of a trace beside its row: a column of the ledger */
    uint64_t start_ns, end_ns; /* as in struct tki_arrived */
    uint64_t chance;           /* after judging: 0 when not kept, else of being kept */
    uint64_t spans;            /* that arrived so far */
};

struct tki_replay {
    const struct tki_sampler *s;
    const struct tki_watch *watch;
    struct tki_ledger *ledger, own;
    size_t digest, bits, order;          /* columns; order: of a sampler by start, which row comes when */
    struct tki_groups groups;            /* of tki_replay_add */
    char *states, *before, *trial;       /* of the policies: now, before the trace under way, for what if */
    uint64_t *scratch;                   /* twice nwords: of the trace under way, and for what if */
    enum tki_decision *decisions, *full; /* npolicies */
    struct tki_replay_stats stats;
};

int tki_replay_open(struct tki_replay **to, const struct tki_sampler *s, struct tki_ledger *ledger, struct tk_err *err)
{
    struct tki_replay *r = calloc(1, sizeof *r);
    *to = r;
    if (!r)
        return tki_err_memory(err);
    r->s = s;
    r->ledger = ledger ? ledger : &r->own;
    r->digest = tki_ledger_column(r->ledger, sizeof(struct digest));
    r->bits = tki_ledger_column(r->ledger, s->nwords * sizeof(uint64_t));
    r->order = s->by_start ? tki_ledger_column(r->ledger, sizeof(uint32_t)) : 0;
    r->states = calloc(3, s->state_size + 1);
    r->scratch = calloc(s->nwords, 2 * sizeof *r->scratch);
    r->decisions = calloc(s->npolicies + (size_t)1, sizeof *r->decisions);
    r->full = calloc(s->npolicies + (size_t)1, sizeof *r->full);
    r->stats.policy = calloc(s->npolicies + (size_t)1, sizeof *r->stats.policy);
    if (r->states && r->scratch && r->decisions && r->full && r->stats.policy) {
        r->before = r->states + s->state_size;
        r->trial = r->before + s->state_size;
        return 0;
    }
    tki_replay_close(r);
    *to = NULL;
    return tki_err_memory(err);
}

void tki_replay_close(struct tki_replay *r)
{
    if (!r)
        return;
    tki_ledger_free(&r->own);
    tki_groups_free(&r->groups);
    free(r->states);
    free(r->scratch);
    free(r->decisions);
    free(r->full);
    free(r->stats.policy);
    free(r);
}

void tki_replay_watch(struct tki_replay *r, const struct tki_watch *w)
{
    r->watch = w;
}

const struct tki_ledger *tki_replay_ledger(const struct tki_replay *r)
{
    return r->ledger;
}

const struct tki_sampler *tki_replay_sampler(const struct tki_replay *r)
{
    return r->s;
}

const struct tki_replay_stats *tki_replay_stats(const struct tki_replay *r)
{
    return &r->stats;
}

/* ---- folding ---- */

static struct digest *digest_of(const struct tki_replay *r, uint32_t row)
{
    return tki_ledger_at(r->ledger, row, r->digest);
}

static uint64_t *bits_of(const struct tki_replay *r, uint32_t row)
{
    return tki_ledger_at(r->ledger, row, r->bits);
}

static struct tki_arrived arrived(const struct tki_replay *r, uint32_t row, uint32_t spans)
{
    const struct digest *d = digest_of(r, row);
    return (struct tki_arrived){r->ledger->ids.ids[row], d->start_ns, d->end_ns, spans};
}

static void take_times(struct digest *d, uint64_t start_ns, uint64_t end_ns)
{
    if (d->start_ns == 0 || start_ns < d->start_ns)
        d->start_ns = start_ns;
    if (d->end_ns == 0 || end_ns > d->end_ns)
        d->end_ns = end_ns;
}

/* One span after another. */
static void fold_spans(struct tki_replay *r, const struct tk_batch *b, const struct tki_groups *groups,
                       const struct tki_eval *e)
{
    const struct tki_sampler *s = r->s;
    for (uint32_t i = 0; i < groups->nrows; i++) {
        uint32_t at = tki_groups_span(groups, i), group = groups->group[i], row = groups->ledger_row[group];
        const struct tk_span *span = &b->spans[at];
        uint64_t *bits = bits_of(r, row);
        struct digest *d = digest_of(r, row);
        tki_evidence_add(s, bits, e->bits + (size_t)at * s->nwords);
        take_times(d, span->start_ns, span->end_ns);
        d->spans++;
        const struct tki_arrived so_far = arrived(r, row, (uint32_t)d->spans);
        for (uint32_t k = 0; k < s->on_arrival.n; k++) {
            const struct tki_policy *p = s->on_arrival.leaf[k];
            if (p->type->on_arrival(p, &so_far))
                tki_bit_set(bits, p->bit);
        }
        if (r->watch && tki_id_eq(span->trace_id, r->watch->id))
            r->watch->arrived(r->watch->ctx, b, at, &so_far);
    }
}

static int eval_error(const struct tki_replay *r, const struct tki_eval *e, struct tk_err *err)
{
    if (!e || e->err == TK_ENOMEM)
        return tki_err_memory(err);
    const struct tki_policy *p = r->s->leaves.leaf[e->err_leaf];
    struct tki_buf field = {0};
    if (e->err_why.p)
        return tki_err_set(err, e->err, "policy '%.*s': %.*s", (int)(p->name.n < 80 ? p->name.n : 80), p->name.p,
                           (int)e->err_why.n, e->err_why.p);
    tki_field_print(&field, &p->fields[0]);
    int rc = tki_err_set(err, e->err, "policy '%.*s': a regular expression needs too many steps on a value of %.*s",
                         (int)(p->name.n < 80 ? p->name.n : 80), p->name.p, (int)(field.n < 80 ? field.n : 80),
                         field.n ? field.p : "");
    tki_buf_free(&field);
    return rc;
}

int tki_replay_fold(struct tki_replay *r, const struct tk_batch *b, const struct tki_groups *groups,
                    const struct tki_eval *e, struct tk_err *err)
{
    if (!e || e->err)
        return eval_error(r, e, err);
    bool watched = r->watch && tki_idmap_get(&groups->ids, r->watch->id) != TKI_MAP_NONE;
    uint32_t nameless = tki_idmap_get(&groups->ids, (tk_id128){0});
    r->stats.nameless += nameless == TKI_MAP_NONE ? 0 : groups->row[nameless].spans;
    if (e->ordered || watched) {
        fold_spans(r, b, groups, e);
        return 0;
    }
    for (uint32_t g = 0; g < groups->ids.n; g++) {
        uint32_t row = groups->ledger_row[g];
        struct digest *d = digest_of(r, row);
        tki_evidence_add(r->s, bits_of(r, row), e->group_bits + (size_t)g * r->s->nwords);
        take_times(d, e->group[g].start_ns, e->group[g].end_ns);
        d->spans += groups->row[g].spans;
    }
    return 0;
}

int tki_replay_add(struct tki_replay *r, const struct tk_batch *b, const uint32_t *rows, size_t n, struct tki_eval *e,
                   struct tk_err *err)
{
    if (e && !e->err) {
        if (tki_groups_make(&r->groups, b, rows, (uint32_t)n) < 0 || tki_ledger_fold(r->ledger, &r->groups) < 0)
            return tki_err_memory(err);
        tki_eval_group(e, r->s, b, &r->groups);
    }
    return tki_replay_fold(r, b, &r->groups, e, err);
}

/* ---- judging ---- */

static void tally(struct tki_tally *t, const struct digest *d, double weight)
{
    t->traces++;
    t->spans += d->spans;
    t->wtraces += weight;
    t->wspans += weight * (double)d->spans;
}

/* The policy without which a kept trace would be lost: TK_NONE when there is none.  At most one exists while
 * every yes keeps by itself; with the old inverted decisions the others' verdict is asked. */
static void tally_alone(struct tki_replay *r, const struct tki_moment *m, const struct digest *d, double weight)
{
    const struct tki_sampler *s = r->s;
    uint32_t yes = 0, who = TK_NONE;
    memcpy(m->states, r->before, s->state_size);
    for (uint32_t i = 0; i < s->npolicies; i++) {
        r->full[i] = tki_policy_decide(&s->policies[i], m);
        if (tki_keeps(r->full[i])) {
            yes++;
            who = i;
        }
    }
    if (!s->inverts) {
        if (yes == 1)
            tally(&r->stats.policy[who].alone, d, weight);
        return;
    }
    for (uint32_t i = 0; i < s->npolicies; i++) {
        enum tki_decision mine = r->full[i];
        if (!tki_keeps(mine))
            continue;
        r->full[i] = TKI_DECISIONS;
        if (!tki_decisions_combine(r->full, s->npolicies, NULL))
            tally(&r->stats.policy[i].alone, d, weight);
        r->full[i] = mine;
    }
}

static void tell(const struct tki_replay *r, const struct tki_moment *m, uint32_t by, bool kept, double weight)
{
    const struct tki_sampler *s = r->s;
    if (!r->watch || !tki_id_eq(m->trace->id, r->watch->id))
        return;
    uint64_t chance = tki_sampler_chance(s, m, r->scratch + s->nwords, r->before);
    memcpy(m->states, r->before, s->state_size);
    const struct tki_judged j = {m, r->decisions, by, kept, weight, (double)chance / (double)TKI_CHANCE_ONE};
    r->watch->judged(r->watch->ctx, &j);
}

/* The evidence of a trace, all of it.  What is monotone was not looked at on the way where nothing else needed it. */
static void gather(const struct tki_replay *r, uint32_t row, const struct tki_arrived *trace, uint64_t *bits)
{
    const struct tki_sampler *s = r->s;
    memcpy(bits, bits_of(r, row), s->nwords * sizeof *bits);
    for (uint32_t i = 0; i < s->on_arrival.n; i++) {
        const struct tki_policy *p = s->on_arrival.leaf[i];
        if (p->monotone && p->type->on_arrival(p, trace))
            tki_bit_set(bits, p->bit);
    }
    for (uint32_t i = 0; i < s->on_trace.n; i++) {
        const struct tki_policy *p = s->on_trace.leaf[i];
        if (p->type->on_trace(p, trace))
            tki_bit_set(bits, p->bit);
    }
}

static void judge(struct tki_replay *r, uint32_t row)
{
    const struct tki_sampler *s = r->s;
    struct digest *d = digest_of(r, row);
    struct tki_replay_stats *st = &r->stats;
    const struct tki_arrived trace = arrived(r, row, (uint32_t)d->spans);
    double weight = tki_rate_weight(tki_ledger_row(r->ledger, row)->rate);
    uint32_t by;
    /* There is no clock: every trace is whole, and all are decided at the same moment. */
    struct tki_moment m = {.bits = r->scratch, .trace = &trace, .states = r->states, .inverts = s->inverts};
    gather(r, row, &trace, r->scratch);
    memcpy(r->before, r->states, s->state_size);
    by = TK_NONE;
    bool keep = !s->tail || tki_sampler_decide(s, &m, r->decisions, &by);
    bool dropped = by != TK_NONE && r->decisions[by] == TKI_DROPPED;
    m.states = r->trial; /* what follows asks what would have been */
    st->weighted = st->weighted || weight != 1;
    tally(&st->in, d, weight);
    for (uint32_t i = 0; i < s->npolicies; i++)
        if (r->decisions[i] != TKI_DECISIONS)
            tally(&st->policy[i].decided[r->decisions[i]], d, weight);
    if (by != TK_NONE && (keep || dropped))
        tally(&st->policy[by].first, d, weight);
    d->chance = 0;
    if (keep) {
        tally(&st->kept, d, weight);
        tally_alone(r, &m, d, weight);
        d->chance = s->draws.n ? tki_sampler_chance(s, &m, r->scratch + s->nwords, r->before) : TKI_CHANCE_ONE;
        if (d->chance == 0)
            d->chance = 1; /* it was kept: a chance below what 56 bits can say */
    } else if (dropped) {
        tally(&st->dropped, d, weight);
    }
    tell(r, &m, by, keep, weight);
}

/* ---- the order of judging ---- */

static uint32_t *place(const struct tki_replay *r, uint32_t i)
{
    return tki_ledger_at(r->ledger, i, r->order);
}

/* Returns true if the trace in place a starts before the one in place b; of equal starts the first row. */
static bool before(const struct tki_replay *r, uint32_t a, uint32_t b)
{
    uint32_t x = *place(r, a), y = *place(r, b);
    uint64_t xs = digest_of(r, x)->start_ns, ys = digest_of(r, y)->start_ns;
    return xs != ys ? xs < ys : x < y;
}

static void swap(const struct tki_replay *r, uint32_t a, uint32_t b)
{
    uint32_t x = *place(r, a);
    *place(r, a) = *place(r, b);
    *place(r, b) = x;
}

static void sift(const struct tki_replay *r, uint32_t at, uint32_t n)
{
    for (;;) {
        uint64_t child = (uint64_t)at * 2 + 1;
        if (child >= n)
            return;
        if (child + 1 < n && before(r, (uint32_t)child, (uint32_t)child + 1))
            child++;
        if (!before(r, at, (uint32_t)child))
            return;
        swap(r, at, (uint32_t)child);
        at = (uint32_t)child;
    }
}

/* Rows by start, in a column of the ledger: nothing is allocated that could fail. */
static void order_by_start(const struct tki_replay *r)
{
    uint32_t n = r->ledger->ids.n;
    for (uint32_t i = 0; i < n; i++)
        *place(r, i) = i;
    for (uint32_t i = n / 2; i-- > 0;)
        sift(r, i, n);
    for (uint32_t i = n; i-- > 1;) {
        swap(r, 0, i);
        sift(r, 0, i);
    }
}

void tki_replay_judge(struct tki_replay *r)
{
    if (r->s->by_start)
        order_by_start(r);
    for (uint32_t i = 0; i < r->ledger->ids.n; i++)
        judge(r, r->s->by_start ? *place(r, i) : i);
}

/* ---- selecting ---- */

static void write_threshold(struct tki_replay *r, struct tk_batch *b, struct tk_span *span, tki_rate rate,
                            uint64_t chance)
{
    char text[TKI_STATE_TEXT_MAX];
    uint64_t before = tki_rate_threshold(rate);
    (void)tk_state_threshold(span->trace_state, &before);
    uint64_t p = tki_chance_multiply(TKI_CHANCE_ONE - before, chance);
    size_t n = tki_state_write(text, span->trace_state, TKI_CHANCE_ONE - (p ? p : 1));
    if (n == 0) {
        r->stats.unmarked++;
        return;
    }
    span->trace_state = tk_batch_copy(b, (tk_str){text, n});
    span->raw = (tk_str){0};
    r->stats.marked++;
}

bool tki_replay_keeps(const struct tki_replay *r, uint32_t row)
{
    return digest_of(r, row)->chance != 0;
}

bool tki_replay_keeps_trace(const struct tki_replay *r, tk_id128 id)
{
    uint32_t row = tki_idmap_get(&r->ledger->ids, id);
    return row != TKI_MAP_NONE && tki_replay_keeps(r, row);
}

size_t tki_replay_select(struct tki_replay *r, struct tk_batch *b, uint32_t *rows, size_t n, bool mark)
{
    size_t kept = 0;
    uint64_t chance = 0;
    tki_rate rate = 0;
    tk_id128 last = {0};
    for (size_t i = 0; i < n; i++) {
        struct tk_span *span = &b->spans[rows[i]];
        if (i == 0 || !tki_id_eq(span->trace_id, last)) {
            uint32_t row = tki_idmap_get(&r->ledger->ids, span->trace_id);
            chance = row == TKI_MAP_NONE ? 0 : digest_of(r, row)->chance;
            rate = row == TKI_MAP_NONE ? 0 : tki_ledger_row(r->ledger, row)->rate;
            last = span->trace_id;
        }
        if (chance == 0)
            continue;
        rows[kept++] = rows[i];
        if (mark && chance < TKI_CHANCE_ONE)
            write_threshold(r, b, span, rate, chance);
    }
    return kept;
}
