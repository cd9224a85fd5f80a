#include "sample/replay.h"

#include <stdlib.h>

#include "base/err.h"
#include "model/tracestate.h"
#include "sample/digest.h"

int tki_replay_open(struct tki_replay **to, const struct tki_sampler *s, struct tk_err *err)
{
    struct tki_replay *r = calloc(1, sizeof *r);
    *to = r;
    if (!r)
        return tki_err_memory(err);
    r->s = s;
    r->scratch = calloc(s->nwords, sizeof *r->scratch);
    r->hashes = calloc(s->nsalts + 1, sizeof *r->hashes);
    r->decisions = calloc(s->npolicies, sizeof *r->decisions);
    r->full = calloc(s->npolicies, sizeof *r->full);
    r->stats.policy = calloc(s->npolicies, sizeof *r->stats.policy);
    if (r->scratch && r->hashes && r->decisions && r->full && r->stats.policy)
        return 0;
    tki_replay_close(r);
    *to = NULL;
    return tki_err_memory(err);
}

void tki_replay_close(struct tki_replay *r)
{
    if (!r)
        return;
    tki_idmap_free(&r->map);
    free(r->digests);
    free(r->bits);
    free(r->scratch);
    free(r->hashes);
    free(r->decisions);
    free(r->full);
    free(r->stats.policy);
    free(r);
}

void tki_replay_explain(struct tki_replay *r, struct tki_explain *e)
{
    r->explain = e;
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

static bool grow(struct tki_replay *r)
{
    uint32_t w = r->s->nwords, cap = r->cap ? r->cap + r->cap / 2 : 1024;
    struct tki_digest *d = realloc(r->digests, cap * sizeof *d);
    if (!d)
        return false;
    r->digests = d;
    uint64_t *bits = realloc(r->bits, (size_t)cap * w * sizeof *bits);
    if (!bits)
        return false;
    r->bits = bits;
    r->cap = cap;
    return true;
}

/* The row of a trace; TKI_MAP_NONE when out of memory. */
static uint32_t row_of(struct tki_replay *r, tk_id128 id)
{
    uint32_t before = r->map.n, row = tki_idmap_put(&r->map, id);
    if (row == TKI_MAP_NONE || row < before)
        return row;
    if (row >= r->cap && !grow(r))
        return TKI_MAP_NONE;
    r->digests[row] = (struct tki_digest){0};
    memset(r->bits + (size_t)row * r->s->nwords, 0, r->s->nwords * sizeof *r->bits);
    return row;
}

bool tki_latency_match(const struct tki_sampler *s, const struct tki_policy *leaf, int64_t ms)
{
    if (leaf->max == 0)
        return s->latency_inclusive ? ms >= leaf->min : ms > leaf->min;
    return leaf->min < ms && ms <= leaf->max;
}

/* As latency.go does: a start of 0 is replaced by the next span's, and every prefix of the trace is tested.
 */
static void fold_times(const struct tki_sampler *s, struct tki_digest *d, uint64_t *bits, uint64_t start, uint64_t end)
{
    if (d->start_ns == 0 || start < d->start_ns)
        d->start_ns = start;
    if (d->end_ns == 0 || end > d->end_ns)
        d->end_ns = end;
    if (!s->nlatencies)
        return;
    int64_t ms = tki_digest_ms(d);
    for (uint32_t i = 0; i < s->nlatencies; i++)
        if (tki_latency_match(s, s->latencies[i], ms))
            tki_bit_set(bits, s->latencies[i]->bit);
}

static int eval_error(const struct tki_replay *r, const struct tki_eval *e, struct tk_err *err)
{
    if (!e || e->err == TK_ENOMEM)
        return tki_err_memory(err);
    const struct tki_policy *p = r->s->leaves[e->err_leaf];
    return tki_err_set(err, e->err, "policy '%.*s': a regular expression needs too many steps on a value of '%.*s'",
                       (int)(p->name.n < 80 ? p->name.n : 80), p->name.p, (int)(p->key.n < 80 ? p->key.n : 80),
                       p->key.p);
}

int tki_replay_add(struct tki_replay *r, const struct tk_batch *b, const struct tki_eval *e, struct tk_err *err)
{
    if (!e || e->err)
        return eval_error(r, e, err);
    uint32_t w = r->s->nwords, row = TKI_MAP_NONE;
    tk_id128 last = {0};
    for (uint32_t i = 0; i < e->n; i++) {
        const struct tki_seen *seen = &e->seen[i];
        if (row == TKI_MAP_NONE || !tki_id_eq(seen->trace_id, last)) {
            row = row_of(r, seen->trace_id);
            if (row == TKI_MAP_NONE)
                return tki_err_memory(err);
            last = seen->trace_id;
        }
        struct tki_digest *d = &r->digests[row];
        uint64_t *bits = r->bits + (size_t)row * w;
        const uint64_t *more = e->bits + (size_t)i * w;
        for (uint32_t k = 0; k < w; k++)
            bits[k] |= more[k];
        d->spans++;
        if (seen->rate > d->rate)
            d->rate = seen->rate;
        fold_times(r->s, d, bits, seen->start_ns, seen->end_ns);
        r->stats.nameless += tki_id_zero(seen->trace_id);
        if (r->explain && tki_id_eq(seen->trace_id, tki_explain_id(r->explain)))
            tki_explain_span(r->explain, b, i, d, e->scratch);
    }
    return 0;
}

/* ---- judging
 * ---------------------------------------------------------------------------------------------------------
 */

void tki_digest_bits(struct tki_replay *r, uint32_t trace, uint64_t *bits)
{
    const struct tki_sampler *s = r->s;
    const struct tki_digest *d = &r->digests[trace];
    memcpy(bits, r->bits + (size_t)trace * s->nwords, s->nwords * sizeof *bits);
    for (uint32_t i = 0; i < s->nsalts; i++)
        r->hashes[i] = tki_probabilistic_hash(&s->salts[i], r->map.ids[trace]);
    for (uint32_t i = 0; i < s->nlate; i++) {
        const struct tki_policy *p = s->late[i];
        bool on;
        if (p->type == TKI_PROBABILISTIC)
            on = r->hashes[p->salt] <= p->threshold;
        else
            on = d->spans >= p->min && (p->max == 0 || d->spans <= p->max);
        tki_bit_put(bits, p->bit, on);
    }
}

static void tally(struct tki_tally *t, const struct tki_digest *d, double weight)
{
    t->traces++;
    t->spans += d->spans;
    t->wtraces += weight;
    t->wspans += weight * d->spans;
}

static bool says_keep(enum tki_decision d)
{
    return d == TKI_SAMPLED || d == TKI_INVERT_SAMPLED;
}

/* The policy without which a kept trace would be lost: TK_NONE when there is none.  At most one exists while
 * every yes keeps by itself; with the old inverted decisions the others' verdict is asked. */
static void tally_alone(struct tki_replay *r, const uint64_t *bits, const struct tki_digest *d, double weight)
{
    const struct tki_sampler *s = r->s;
    uint32_t yes = 0, who = TK_NONE;
    for (uint32_t i = 0; i < s->npolicies; i++) {
        r->full[i] = tki_policy_decide(s, &s->policies[i], bits);
        if (says_keep(r->full[i])) {
            yes++;
            who = i;
        }
    }
    if (!s->invert_decisions) {
        if (yes == 1)
            tally(&r->stats.policy[who].alone, d, weight);
        return;
    }
    for (uint32_t i = 0; i < s->npolicies; i++) {
        enum tki_decision mine = r->full[i];
        if (!says_keep(mine))
            continue;
        r->full[i] = TKI_DECISIONS;
        if (!tki_decisions_combine(r->full, s->npolicies, NULL))
            tally(&r->stats.policy[i].alone, d, weight);
        r->full[i] = mine;
    }
}

static void judge(struct tki_replay *r, uint32_t trace)
{
    const struct tki_sampler *s = r->s;
    struct tki_digest *d = &r->digests[trace];
    struct tki_replay_stats *st = &r->stats;
    uint64_t *bits = r->scratch;
    uint32_t by;
    double weight = tki_rate_weight(d->rate);
    tki_digest_bits(r, trace, bits);
    bool keep = tki_sampler_decide(s, bits, r->decisions, &by);
    st->weighted = st->weighted || weight != 1;
    tally(&st->in, d, weight);
    for (uint32_t i = 0; i < s->npolicies; i++)
        if (r->decisions[i] != TKI_DECISIONS)
            tally(&st->policy[i].decided[r->decisions[i]], d, weight);
    if (by != TK_NONE && (keep || r->decisions[by] == TKI_DROPPED))
        tally(&st->policy[by].first, d, weight);
    d->chance = 0;
    if (keep) {
        tally(&st->kept, d, weight);
        tally_alone(r, bits, d, weight);
        d->chance = s->nsalts ? tki_sampler_chance(s, bits) : TKI_CHANCE_ONE;
        if (d->chance == 0)
            d->chance = 1; /* it was kept: a chance below what 56 bits can say */
    } else if (by != TK_NONE && r->decisions[by] == TKI_DROPPED) {
        tally(&st->dropped, d, weight);
    }
}

void tki_replay_judge(struct tki_replay *r)
{
    for (uint32_t i = 0; i < r->map.n; i++)
        judge(r, i);
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

bool tki_replay_keeps(const struct tki_replay *r, tk_id128 id)
{
    uint32_t row = tki_idmap_get(&r->map, id);
    return row != TKI_MAP_NONE && r->digests[row].chance != 0;
}

size_t tki_replay_select(struct tki_replay *r, struct tk_batch *b, uint32_t *rows, bool mark)
{
    size_t n = 0;
    uint64_t chance = 0;
    tki_rate rate = 0;
    tk_id128 last = {0};
    for (uint32_t i = 0; i < b->nspans; i++) {
        struct tk_span *span = &b->spans[i];
        if (i == 0 || !tki_id_eq(span->trace_id, last)) {
            uint32_t row = tki_idmap_get(&r->map, span->trace_id);
            chance = row == TKI_MAP_NONE ? 0 : r->digests[row].chance;
            rate = row == TKI_MAP_NONE ? 0 : r->digests[row].rate;
            last = span->trace_id;
        }
        if (chance == 0)
            continue;
        rows[n++] = i;
        if (mark && chance < TKI_CHANCE_ONE)
            write_threshold(r, b, span, rate, chance);
    }
    return n;
}
