#include <stdlib.h>

#include "base/err.h"
#include "model/tracestate.h"
#include "sample/head/ot_state.h"
#include "sample/record.h"
#include "sample/replay_in.h"

/* Returns true if it matters how the spans of a trace arrive, and not only that they all do. */
static bool needs_spans(const struct tki_replay *r)
{
    const struct tki_sampler *s = r->s;
    return s->tail && !s->strategies &&
           (r->how.mode != TKI_ARRIVE_COMPLETE || s->sized || s->consistent || s->waits.ingest || s->record_policy);
}

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
    r->by = tki_ledger_column(r->ledger, sizeof(uint32_t));
    r->order = s->by_start ? tki_ledger_column(r->ledger, sizeof(uint32_t)) : 0;
    r->states = calloc(1, s->state_size + 1);
    r->scratch = calloc(s->nwords, sizeof *r->scratch);
    int rc = r->states && r->scratch ? tki_judge_open(&r->judge, s, err) : tki_err_memory(err);
    r->stats.policy = r->judge.policy;
    if (rc == 0 && needs_spans(r))
        rc = tki_arrivals_open(&r->arrivals, s, &r->how, err);
    if (rc == 0)
        return 0;
    tki_replay_close(r);
    *to = NULL;
    return rc;
}

int tki_replay_time(struct tki_replay *r, const struct tki_arrival *how, bool asked, struct tk_err *err)
{
    r->how = *how;
    r->timed = asked;
    tki_arrivals_close(r->arrivals);
    r->arrivals = NULL;
    return needs_spans(r) ? tki_arrivals_open(&r->arrivals, r->s, &r->how, err) : 0;
}

void tki_replay_close(struct tki_replay *r)
{
    if (!r)
        return;
    tki_clock_close(r->clock);
    tki_arrivals_close(r->arrivals);
    tki_judge_close(&r->judge);
    tki_ledger_free(&r->own);
    tki_groups_free(&r->groups);
    free(r->saved_bits);
    free(r->states);
    free(r->scratch);
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

static uint32_t *by_of(const struct tki_replay *r, uint32_t row)
{
    return tki_ledger_at(r->ledger, row, r->by);
}

static struct tki_arrived arrived(const struct tki_replay *r, uint32_t row, uint32_t spans)
{
    const struct digest *d = digest_of(r, row);
    return (struct tki_arrived){
        .id = r->ledger->ids.ids[row], .start_ns = d->start_ns, .end_ns = d->end_ns, .spans = spans};
}

static void take_first_end(struct digest *d, uint64_t end_ns)
{
    if (end_ns && end_ns != UINT64_MAX && (d->first_end_ns == 0 || end_ns < d->first_end_ns))
        d->first_end_ns = end_ns;
}

static void take_times(struct digest *d, uint64_t start_ns, uint64_t end_ns)
{
    if (d->start_ns == 0 || start_ns < d->start_ns)
        d->start_ns = start_ns;
    if (d->end_ns == 0 || end_ns > d->end_ns)
        d->end_ns = end_ns;
}

static void ask_on_arrival(struct tki_replay *r, uint32_t row, const struct tki_arrived *so_far)
{
    for (uint32_t k = 0; k < r->s->on_arrival.n; k++) {
        const struct tki_policy *p = r->s->on_arrival.leaf[k];
        if (p->type->on_arrival(p, so_far))
            tki_bit_set(bits_of(r, row), p->bit);
    }
}

/* One span after another. */
static void fold_spans(struct tki_replay *r, const struct tk_batch *b, const struct tki_groups *groups,
                       const struct tki_eval *e)
{
    const struct tki_sampler *s = r->s;
    for (uint32_t i = 0; i < groups->nrows; i++) {
        uint32_t at = tki_groups_span(groups, i), group = groups->group[i], row = groups->ledger_row[group];
        const struct tk_span *span = &b->spans[at];
        struct digest *d = digest_of(r, row);
        if (d->spans) { /* of a batch before, whose spans were not looked at one by one */
            const struct tki_arrived before = arrived(r, row, (uint32_t)d->spans);
            ask_on_arrival(r, row, &before);
        }
        tki_evidence_add(s, bits_of(r, row), e->bits + (size_t)at * s->nwords);
        take_times(d, span->start_ns, span->end_ns);
        take_first_end(d, span->end_ns);
        d->spans++;
        const struct tki_arrived so_far = arrived(r, row, (uint32_t)d->spans);
        ask_on_arrival(r, row, &so_far);
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
    int rc = r->arrivals ? tki_arrivals_add(r->arrivals, b, groups, e, err) : 0;
    if (rc < 0)
        return rc;
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
        take_first_end(d, e->group[g].first_end_ns);
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

static double weight_of(const struct tki_replay *r, uint32_t row)
{
    return tki_rate_weight(tki_ledger_row(r->ledger, row)->rate);
}

static void count_in(struct tki_replay *r, uint32_t row)
{
    double weight = weight_of(r, row);
    r->stats.weighted = r->stats.weighted || weight != 1;
    tki_tally_add(&r->stats.in, digest_of(r, row)->spans, weight);
}

static void judge(struct tki_replay *r, uint32_t row)
{
    const struct tki_sampler *s = r->s;
    struct digest *d = digest_of(r, row);
    const struct tki_arrived trace = arrived(r, row, (uint32_t)d->spans);
    double weight = weight_of(r, row);
    bool watched = r->watch && tki_id_eq(trace.id, r->watch->id);
    struct tki_judged j;
    /* There is no clock: every trace is whole, and all are decided at the same moment. */
    const struct tki_moment m = {.bits = r->scratch, .trace = &trace, .states = r->states, .inverts = s->inverts};
    gather(r, row, &trace, r->scratch);
    tki_judge_trace(&r->judge, &m, weight, watched, &j);
    count_in(r, row);
    d->chance = j.kept ? j.chance : 0;
    *by_of(r, row) = j.kept && j.by != TK_NONE ? j.by + 1 : 0;
    if (j.kept)
        tki_tally_add(&r->stats.kept, d->spans, weight);
    else if (j.dropped)
        tki_tally_add(&r->stats.dropped, d->spans, weight);
    if (watched)
        r->watch->judged(r->watch->ctx, &j);
}

/* ---- the order of judging ---- */

static uint32_t *place(const struct tki_replay *r, uint32_t i)
{
    return tki_ledger_at(r->ledger, i, r->order);
}

/* Returns true if the trace in place a starts before the one in place b; of equal starts the smaller id. */
static bool before(const struct tki_replay *r, uint32_t a, uint32_t b)
{
    uint32_t x = *place(r, a), y = *place(r, b);
    uint64_t xs = digest_of(r, x)->start_ns, ys = digest_of(r, y)->start_ns;
    return xs != ys ? xs < ys : tki_id_cmp(r->ledger->ids.ids[x], r->ledger->ids.ids[y]) < 0;
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

/* ---- over time ---- */

/* Returns true if there must be a clock although nobody asked for one. */
static bool asks_for_clock(const struct tki_replay *r)
{
    const struct tki_waits *w = &r->s->waits;
    if (!r->s->tail || r->s->strategies)
        return false;
    return r->timed || r->arrivals || r->s->budgets ||
           (w->num_traces_given && r->ledger->ids.n > w->num_traces / w->shards);
}

static int arrive_whole(const struct tki_replay *r, struct tki_clock *c, struct tk_err *err)
{
    int rc = 0;
    for (uint32_t row = 0; row < r->ledger->ids.n && rc == 0; row++) {
        const struct digest *d = digest_of(r, row);
        const struct tki_arrived trace = arrived(r, row, (uint32_t)d->spans);
        const struct tki_part part = {.at_ns = TKI_FIRST_ARRIVAL_NS + row * r->how.spacing_ns,
                                      .row = row,
                                      .root = tki_ledger_row(r->ledger, row)->roots > 0,
                                      .whole = &trace,
                                      .n = (uint32_t)d->spans};
        rc = tki_clock_arrive(c, &part, err);
    }
    return rc;
}

/* What the clock has found, counted by trace. */
static void count_out(struct tki_replay *r)
{
    for (uint32_t row = 0; row < r->ledger->ids.n; row++) {
        double weight = weight_of(r, row);
        uint64_t kept = tki_clock_kept(r->clock, row), dropped = tki_clock_dropped(r->clock, row);
        enum tki_fate fate = tki_clock_fate(r->clock, row);
        count_in(r, row);
        digest_of(r, row)->chance = tki_clock_chance(r->clock, row);
        if (kept)
            tki_tally_add(&r->stats.kept, kept, weight);
        else if (dropped)
            tki_tally_add(&r->stats.dropped, dropped, weight);
        r->stats.certain += fate == TKI_KEPT;
        r->stats.chance += fate == TKI_CHANCE;
        r->stats.chance_matches += kept && tki_clock_matched_by_chance(r->clock, row);
        r->stats.chance_credits += kept && (tki_clock_credit(r->clock, row) & TKI_MARK_CHANCE);
        r->stats.chance_spans += fate == TKI_KEPT ? tki_clock_unsure(r->clock, row) : 0;
    }
}

/* Budgets bound how many are kept; what a trace that came back, or a table or a cache that is chance, does, does not.
 */
static void count_bounds(struct tki_replay *r)
{
    const struct tki_clock_stats *c = tki_clock_stats(r->clock);
    bool once = c->came_back == 0 && c->by_chance == r->stats.chance;
    r->stats.least = r->stats.certain + (once ? c->chance_least : 0);
    r->stats.most = r->stats.certain + (once ? c->chance_most : r->stats.chance);
}

int tki_replay_play(const struct tki_replay *r, struct tki_clock *c, struct tk_err *err)
{
    if (!r->arrivals)
        return arrive_whole(r, c, err);
    for (uint32_t row = 0; row < r->ledger->ids.n; row++)
        memset(bits_of(r, row), 0, r->s->nwords * sizeof(uint64_t));
    int rc = tki_clock_spans(c, tki_arrivals_spans(r->arrivals), err);
    if (rc == 0)
        rc = tki_arrivals_play(r->arrivals, tki_clock_arrive, c, err);
    return rc;
}

/* The evidence of whole traces, which a clock forgets as it lets them go. */
static int save_bits(struct tki_replay *r, struct tk_err *err)
{
    size_t each = r->s->nwords * sizeof(uint64_t);
    if (r->arrivals || !r->s->budgets)
        return 0;
    r->saved_bits = malloc(r->ledger->ids.n * each + 1);
    for (uint32_t row = 0; r->saved_bits && row < r->ledger->ids.n; row++)
        memcpy(r->saved_bits + (size_t)row * r->s->nwords, bits_of(r, row), each);
    return r->saved_bits ? 0 : tki_err_memory(err);
}

static int run_clock(struct tki_replay *r, struct tk_err *err)
{
    int rc = save_bits(r, err);
    if (rc == 0)
        rc = tki_clock_open(&r->clock, r->s, r->ledger, r->bits, &r->judge, &r->how, err);
    r->judge.ledger = r->ledger;
    r->judge.by = r->by;
    if (rc == 0 && r->watch) {
        r->watches = (struct tki_clock_watch){r->watch->id, r->watch->ctx, r->watch->happened, r->watch->judged};
        tki_clock_watch(r->clock, &r->watches);
    }
    if (rc == 0)
        rc = tki_replay_play(r, r->clock, err);
    if (rc == 0)
        rc = tki_clock_finish(r->clock, err);
    if (rc == 0) {
        count_out(r);
        count_bounds(r);
    }
    r->stats.clock = r->clock ? tki_clock_stats(r->clock) : NULL;
    return rc;
}

static int judge_whole(struct tki_replay *r)
{
    if (r->s->by_start)
        order_by_start(r);
    for (uint32_t i = 0; i < r->ledger->ids.n; i++)
        judge(r, r->s->by_start ? *place(r, i) : i);
    r->stats.certain = r->stats.least = r->stats.most = r->stats.kept.traces;
    return 0;
}

int tki_replay_judge(struct tki_replay *r, struct tk_err *err)
{
    int rc = asks_for_clock(r) ? run_clock(r, err) : judge_whole(r);
    r->stats.conflicts = r->judge.conflicts;
    return rc;
}

enum tki_fate tki_replay_fate(const struct tki_replay *r, uint32_t row)
{
    if (r->clock)
        return tki_clock_fate(r->clock, row);
    return tki_replay_keeps(r, row) ? TKI_KEPT : TKI_LOST;
}

uint32_t tki_replay_credit(const struct tki_replay *r, uint32_t row)
{
    return r->clock ? tki_clock_credit(r->clock, row) : 0;
}

uint64_t tki_replay_spans_kept(const struct tki_replay *r, uint32_t row)
{
    if (r->clock)
        return tki_clock_kept(r->clock, row);
    return tki_replay_keeps(r, row) ? digest_of(r, row)->spans : 0;
}

/* ---- selecting ---- */

static void put_state(struct tki_replay *r, struct tk_batch *b, struct tk_span *span, const char *text, size_t n)
{
    if (n == 0) {
        r->stats.unmarked++;
        return;
    }
    if (tki_str_eq(span->trace_state, (tk_str){text, n}))
        return;
    span->trace_state = tk_batch_copy(b, (tk_str){text, n});
    span->raw = (tk_str){0};
    r->stats.marked++;
}

static void write_threshold(struct tki_replay *r, struct tk_batch *b, struct tk_span *span, tki_rate rate,
                            uint64_t chance)
{
    char text[TKI_STATE_TEXT_MAX];
    uint64_t before = tki_rate_threshold(rate);
    (void)tk_state_threshold(span->trace_state, &before);
    uint64_t p = tki_chance_multiply(TKI_CHANCE_ONE - before, chance);
    put_state(r, b, span, text, tki_state_write(text, span->trace_state, TKI_CHANCE_ONE - (p ? p : 1)));
}

/* As the collector does with usetracestate: one that is stricter stays, and one that chance did not decide on says so.
 */
static void write_given(struct tki_replay *r, struct tk_batch *b, struct tk_span *span, uint64_t threshold)
{
    char text[TKI_OT_STATE_MAX];
    struct tki_ot_state state;
    bool good = tki_ot_state_parse(&state, span->trace_state);
    if (threshold >= TKI_CHANCE_ONE || (good && state.has_th && state.th > threshold))
        return;
    tki_ot_state_set_th(&state, threshold);
    put_state(r, b, span, text, good ? tki_ot_state_write(&state, text) : 0);
}

bool tki_replay_keeps(const struct tki_replay *r, uint32_t row)
{
    return digest_of(r, row)->chance != 0;
}

double tki_replay_chance(const struct tki_replay *r, uint32_t row)
{
    return (double)digest_of(r, row)->chance / (double)TKI_CHANCE_ONE;
}

uint32_t tki_replay_by(const struct tki_replay *r, uint32_t row)
{
    return *by_of(r, row) - 1; /* 0 is none, and becomes TK_NONE */
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
    const struct tki_sampler *s = r->s;
    struct tki_recorded scope = {0};
    for (size_t i = 0; i < n; i++) {
        struct tk_span *span = &b->spans[rows[i]];
        if (i == 0 || !tki_id_eq(span->trace_id, last)) {
            uint32_t row = tki_idmap_get(&r->ledger->ids, span->trace_id);
            chance = row == TKI_MAP_NONE ? 0 : digest_of(r, row)->chance;
            rate = row == TKI_MAP_NONE ? 0 : tki_ledger_row(r->ledger, row)->rate;
            last = span->trace_id;
        }
        if (chance == 0 || (r->arrivals && !tki_clock_keeps_span(r->clock, r->selected + rows[i])))
            continue;
        rows[kept++] = rows[i];
        if (s->record_policy && r->arrivals)
            tki_record_policy(s, b, span, tki_clock_mark(r->clock, r->selected + (uint64_t)(span - b->spans)), &scope);
        if (mark && r->arrivals && tki_sampler_writes_thresholds(s)) {
            uint64_t given = tki_clock_threshold(r->clock, r->selected + (uint64_t)(span - b->spans));
            if (given)
                write_given(r, b, span, given - 1);
        } else if (mark && chance < TKI_CHANCE_ONE)
            write_threshold(r, b, span, rate, chance);
    }
    r->selected += b->nspans;
    return kept;
}

void tki_replay_restart(struct tki_replay *r)
{
    r->selected = 0;
}
