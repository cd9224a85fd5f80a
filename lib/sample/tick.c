/* What is decided at a tick, and with span-ingest at each arrival. */
#include <stdlib.h>

#include "base/array.h"
#include "model/weight.h"
#include "sample/clock_table.h"

/* Minor releases from which decisions are others; see clock.c. */
enum {
    DROP_WAITS_SINCE = 153,    /* span-ingest keeps nothing of a trace that a drop policy may drop later */
    INGEST_LEAVES_SINCE = 157, /* at the end of the wait a trace that span-ingest has not decided leaves the table */
    SHARES_SINCE = 160,        /* usetracestate divides budgets */
    LOOKS_SINCE = 144,         /* what is due and gone is looked for in the caches, and so is the newest there */
    LOOKS_UNTIL = 147,
};

static void begin_ticks(struct tki_shard *s, uint64_t n)
{
    tki_lru_tick(&s->kept, n);
    tki_lru_tick(&s->lost, n);
}

/* ---- what is due ---- */

static bool reserve(struct tki_clock *c, size_t n)
{
    struct tki_ticking *t = &c->tick;
    const struct tki_column columns[] = {TKI_COLUMN(t->row), TKI_COLUMN(t->trace), TKI_COLUMN(t->moment)};
    if (TKI_GROW_COLUMNS(columns, t->cap, n, false) < 0 || TKI_GROW(t->bits, t->bits_cap, n * c->s->nwords) < 0) {
        c->err = TK_ENOMEM;
        return false;
    }
    return true;
}

/* The evidence of what waits, all of it.  Where nothing waits (a second decision) no span says anything. */
static void gather(struct tki_clock *c, struct tki_shard *s, uint32_t row, size_t i)
{
    struct tki_ticking *t = &c->tick;
    const struct tki_sampler *q = c->s;
    const struct tki_life *l = tki_life_of(c, row);
    uint64_t *bits = t->bits + i * q->nwords;
    tk_id128 id = c->ledger->ids.ids[row];
    t->row[i] = row;
    t->trace[i] = (struct tki_arrived){.id = id,
                                       .start_ns = l->start_ns,
                                       .end_ns = l->end_ns,
                                       .spans = (uint32_t)l->spans,
                                       .bytes = l->held,
                                       .random = l->given ? l->random : id.lo & (TKI_CHANCE_ONE - 1),
                                       .consistent = l->consistent};
    memcpy(bits, tki_life_bits(c, row), q->nwords * sizeof *bits);
    for (uint32_t k = 0; k < q->on_arrival.n && l->waiting; k++) {
        const struct tki_policy *p = q->on_arrival.leaf[k];
        if (p->monotone && p->type->on_arrival(p, &t->trace[i]))
            tki_bit_set(bits, p->bit);
    }
    for (uint32_t k = 0; k < q->on_trace.n; k++) {
        const struct tki_policy *p = q->on_trace.leaf[k];
        if (p->type->on_trace(p, &t->trace[i]))
            tki_bit_set(bits, p->bit);
    }
    t->moment[i] = (struct tki_moment){
        .bits = bits, .trace = &t->trace[i], .now_ns = c->now_ns, .states = s->states, .inverts = q->inverts};
}

/* Returns true if the trace in that place of a batch is to be decided now. */
static bool is_due(struct tki_clock *c, uint32_t row)
{
    if (row == TKI_MAP_NONE)
        return false;
    struct tki_life *l = tki_life_of(c, row);
    bool set = c->s->release >= TKI_SETS_SINCE;
    if (set && l->seen == c->ticks)
        return false;
    l->seen = c->ticks;
    if (!l->in) {
        c->stats.missing++;
        return false;
    }
    return !set || l->state == TKI_WAITING;
}

/* ---- one decision ---- */

/* The policy inside the last composite one that has kept the trace, counted from 1 through all composite ones. */
static uint32_t sub_of(const struct tki_clock *c, const struct tki_shard *s, const struct tki_judged *j)
{
    const struct tki_moment m = {.states = s->states};
    uint32_t sub = 0, before = 0;
    for (uint32_t i = 0; i < c->s->npolicies; i++) {
        const struct tki_policy *p = &c->s->policies[i];
        const struct tki_policy *who = p->type->credits && tki_keeps(j->decisions[i]) ? p->type->credits(p, &m) : NULL;
        sub = who ? before + (uint32_t)(who - p->subs) + 1 : sub;
        before += p->type->credits ? p->nsubs : 0;
    }
    return sub;
}

/* certain: the decision is the same in every order; open: see tki_sampler_left_open. */
static void apply(struct tki_clock *c, struct tki_shard *s, uint32_t row, const struct tki_judged *j, bool certain,
                  unsigned open)
{
    struct tki_life *l = tki_life_of(c, row);
    if (l->state == TKI_WAITING) {
        c->undecided--;
        c->stats.decided++;
    }
    l->state = j->kept ? TKI_DECIDED_KEPT : j->dropped ? TKI_DECIDED_DROPPED : TKI_DECIDED_LOST;
    l->certain = certain && !s->loose;
    l->by = j->kept ? j->credit : j->by;
    l->sub = j->kept ? sub_of(c, s, j) : 0;
    l->threshold = j->threshold;
    l->open = j->kept ? (uint8_t)open : 0;
    if (j->kept)
        l->chance = j->chance;
    if (j->dropped)
        l->dropped += l->waiting;
    tki_clock_tell_decided(c, row, l->certain);
    tki_life_release(c, row, j->kept, l->certain);
    tki_life_settle(c, s, row);
}

static void judge(struct tki_clock *c, const struct tki_moment *m, uint32_t row, struct tki_judged *j)
{
    bool watched = c->watch && tki_id_eq(m->trace->id, c->watch->id);
    tki_judge_trace(c->judge, m, tki_rate_weight(tki_ledger_row(c->ledger, row)->rate), watched, j);
    if (watched)
        c->watch->judged(c->watch->ctx, j);
}

/* ---- an order that is chance ---- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static void shuffle(struct tki_clock *c, const struct tki_shard *s)
{
    struct tki_ticking *t = &c->tick;
    uint64_t state = c->how.seed ^ (c->ticks << 8 ^ (uint64_t)(s - c->shard)) * 0xd1342543de82ef95;
    for (size_t i = t->n; i > 1; i--) {
        size_t k = (size_t)(next_random(&state) % i);
        uint32_t row = t->row[i - 1];
        t->row[i - 1] = t->row[k];
        t->row[k] = row;
    }
}

/* usetracestate: budgets are divided among the traces that no drop policy has dropped. */
static void share(struct tki_clock *c, struct tki_shard *s)
{
    const struct tki_sampler *q = c->s;
    struct tki_ticking *t = &c->tick;
    struct tki_moment *left = malloc(t->n * sizeof *left);
    size_t n = 0;
    if (!left) {
        c->err = TK_ENOMEM;
        return;
    }
    memcpy(c->judge->trial, s->states, q->state_size);
    for (size_t i = 0; i < t->n; i++) {
        bool dropped = false;
        struct tki_moment m = t->moment[i];
        m.states = c->judge->trial;
        for (uint32_t k = 0; k < q->npolicies && !dropped; k++)
            dropped = q->policies[k].type->drops && tki_policy_decide(&q->policies[k], &m) == TKI_DROPPED;
        if (!dropped)
            left[n++] = t->moment[i];
    }
    for (uint32_t k = 0; k < q->npolicies && n; k++)
        if (!q->policies[k].type->drops && q->policies[k].type->share)
            q->policies[k].type->share(&q->policies[k], left, left, n);
    free(left);
}

static void ask_all(struct tki_clock *c, struct tki_shard *s)
{
    struct tki_ticking *t = &c->tick;
    for (size_t i = 0; i < t->n; i++) {
        t->moment[i].asking = TKI_SURVEY;
        tki_sampler_possible(c->s, &t->moment[i]);
        t->moment[i].asking = TKI_POSSIBLE;
    }
    tki_sampler_tick(c->s, &t->moment[0], TKI_TICK_SURVEYED);
    if (c->s->consistent && c->s->release >= SHARES_SINCE)
        share(c, s);
}

/* How many of the traces left to chance are kept: uncertain are their places, in front of the moments. */
static void bound(struct tki_clock *c, size_t uncertain)
{
    struct tki_bounds b = tki_sampler_bounds(c->s, c->tick.moment, uncertain);
    c->stats.by_chance += uncertain;
    c->stats.chance_least += b.least;
    c->stats.chance_most += b.most;
}

static void look_for(struct tki_clock *c, struct tki_shard *s)
{
    if (c->s->release < LOOKS_SINCE || c->s->release >= LOOKS_UNTIL || c->s->waits.block)
        return;
    for (size_t i = 0; i < c->tick.ngone; i++) {
        uint64_t low = c->ledger->ids.ids[c->tick.gone[i]].lo;
        if (!tki_lru_refresh(&s->lost, low))
            tki_lru_refresh(&s->kept, low);
    }
}

static void decide_set(struct tki_clock *c, struct tki_shard *s)
{
    struct tki_ticking *t = &c->tick;
    bool budgets = c->s->budgets;
    size_t uncertain = 0;
    if (t->n == 0) {
        begin_ticks(s, t->ngone);
        look_for(c, s);
        begin_ticks(s, 0);
        return;
    }
    if (budgets || s->kept.size || s->lost.size)
        shuffle(c, s);
    for (size_t i = 0; i < t->n; i++)
        gather(c, s, t->row[i], i);
    if (budgets) {
        tki_sampler_tick(c->s, &t->moment[0], TKI_TICK_BEGINS);
        ask_all(c, s);
    }
    begin_ticks(s, t->n + t->ngone);
    look_for(c, s);
    for (size_t i = 0; i < t->n && !c->err; i++) {
        struct tki_judged j;
        unsigned may = budgets ? tki_sampler_possible(c->s, &t->moment[i]) : 0;
        unsigned open = budgets ? tki_sampler_left_open(c->s, &t->moment[i]) : 0;
        judge(c, &t->moment[i], t->row[i], &j);
        bool certain = !budgets || may == TKI_MAY_KEEP || !(may & TKI_MAY_KEEP);
        apply(c, s, t->row[i], &j, certain, open);
        if (!certain)
            t->moment[uncertain++] = t->moment[i];
    }
    bound(c, uncertain);
    begin_ticks(s, 0);
    if (budgets)
        tki_sampler_tick(c->s, &t->moment[0], TKI_TICK_ENDS);
    c->stats.chance_ticks += uncertain > 0;
}

/* ---- a tick ---- */

static void decide_list(struct tki_clock *c, struct tki_shard *s, const struct tki_due *d)
{
    for (size_t i = 0; i < d->n && !c->err; i++) {
        struct tki_judged j;
        if (!is_due(c, d->row[i]))
            continue;
        gather(c, s, d->row[i], 0);
        judge(c, &c->tick.moment[0], d->row[i], &j);
        apply(c, s, d->row[i], &j, true, 0);
    }
}

/* span-ingest: whatever waits still is lost. */
static void give_up(struct tki_clock *c, struct tki_shard *s, uint32_t row)
{
    struct tki_life *l = tki_life_of(c, row);
    c->undecided--;
    c->stats.decided++;
    l->state = TKI_DECIDED_LOST;
    tki_clock_tell_decided(c, row, !s->loose);
    tki_life_release(c, row, false, !s->loose);
    tki_life_settle(c, s, row);
    if (c->s->release >= INGEST_LEAVES_SINCE)
        tki_life_drop(c, s, row);
}

/* Those of a batch that are to be decided, from the front of `all` places; from their end those that are gone. */
static void take_due(struct tki_clock *c, const struct tki_due *due, size_t all)
{
    struct tki_ticking *t = &c->tick;
    for (size_t i = 0; i < due->n; i++) {
        uint32_t row = due->row[i];
        bool first = row != TKI_MAP_NONE && tki_life_of(c, row)->seen != c->ticks;
        if (is_due(c, row))
            t->row[t->n++] = row;
        else if (first && !tki_life_of(c, row)->in)
            t->row[all - ++t->ngone] = row;
    }
}

static void tick_shard(struct tki_clock *c, struct tki_shard *s)
{
    struct tki_due *place = &s->due[(c->ticks - 1) % c->waits], due = *place, none = {0};
    struct tki_due *roots = c->root_ring ? &s->roots[(c->ticks - 1) % c->root_ring] : &none;
    size_t all = due.n + roots->n;
    *place = s->current;
    s->current = (struct tki_due){.row = due.row, .cap = due.cap};
    c->due -= all;
    if (!all || !reserve(c, all))
        return;
    /* What enters the current batch while this one is read would overwrite it; nothing enters during a tick. */
    if (c->s->release < TKI_SETS_SINCE) {
        decide_list(c, s, &due);
        return;
    }
    c->tick.n = c->tick.ngone = 0;
    take_due(c, &due, all);
    take_due(c, roots, all);
    c->tick.gone = c->tick.row + all - c->tick.ngone;
    roots->n = 0;
    if (!c->tick.n && !c->tick.ngone)
        return;
    if (!c->s->waits.ingest) {
        decide_set(c, s);
        return;
    }
    begin_ticks(s, c->tick.n);
    for (size_t i = 0; i < c->tick.n; i++)
        give_up(c, s, c->tick.row[i]);
    begin_ticks(s, 0);
}

void tki_clock_tick(struct tki_clock *c)
{
    c->ticks++;
    for (uint32_t i = 0; i < c->nshards && !c->err; i++)
        tick_shard(c, &c->shard[i]);
}

/* ---- span-ingest ---- */

/* What the policies say of the part alone: the first that keeps or drops ends it. */
static enum tki_state judge_part(struct tki_clock *c, const struct tki_moment *m, uint32_t *by)
{
    const struct tki_sampler *q = c->s;
    bool drop_waits = false;
    for (uint32_t i = 0; i < q->npolicies; i++) {
        const struct tki_policy *p = &q->policies[q->order[i]];
        if (!p->type->drops && drop_waits && q->release >= DROP_WAITS_SINCE)
            break;
        enum tki_decision d = tki_policy_decide(p, m);
        *by = q->order[i];
        tki_tally_add(&c->judge->policy[*by].decided[d], m->trace->spans, 1);
        if (d == TKI_DROPPED)
            return TKI_DECIDED_DROPPED;
        drop_waits = drop_waits || (p->type->drops && d != TKI_NOT_EVALUATED);
        if (d == TKI_SAMPLED && !p->type->drops)
            return TKI_DECIDED_KEPT;
    }
    *by = TK_NONE;
    return TKI_WAITING;
}

void tki_clock_ingest(struct tki_clock *c, struct tki_shard *s, uint32_t row, const struct tki_part *p)
{
    const struct tki_sampler *q = c->s;
    struct tki_life *l = tki_life_of(c, row);
    uint64_t *bits = tki_life_bits(c, row);
    if (!reserve(c, 1))
        return;
    /* The part is judged as if nothing had come before. */
    memset(bits, 0, q->nwords * sizeof *bits);
    l->start_ns = l->end_ns = 0;
    l->given = l->consistent = false;
    tki_life_wait(c, row, p);
    gather(c, s, row, 0);
    l->sub = 0;
    l->open = 0;
    enum tki_state said = judge_part(c, &c->tick.moment[0], &l->by);
    if (said == TKI_WAITING)
        return;
    bool kept = said == TKI_DECIDED_KEPT;
    c->undecided--;
    c->stats.decided++;
    l->state = (uint8_t)said;
    l->chance = kept ? TKI_CHANCE_ONE : 0;
    l->dropped += kept ? 0 : l->waiting;
    tki_tally_add(&c->judge->policy[l->by].first, l->waiting, tki_rate_weight(tki_ledger_row(c->ledger, row)->rate));
    tki_clock_tell_decided(c, row, !s->loose);
    l->threshold = kept && q->consistent ? tki_policy_leaves_out(&q->policies[l->by], &c->tick.moment[0]) + 1 : 0;
    tki_life_release(c, row, kept, !s->loose);
    for (uint32_t i = 0; kept && p->span && i < p->n; i++)
        tki_life_say(c, p->span[i].index, tki_life_says(c, l, TKI_DECIDED));
    tki_life_settle(c, s, row);
}
