/* Arrivals: caches, the table and how it makes room, batches, and the passing of time. */
#include "sample/clock.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "sample/clock_table.h"

/* Minor releases from which the processor is another one.  Those that were recorded lie on both sides. */
enum {
    TABLE_ROOM_SINCE = 136,  /* room is made when the table is full; before, when the queue of all that came is, which
                              * may  name traces that are gone, or that have come back: these are thrown out */
    EMPTY_QUEUE_SINCE = 141, /* with num_traces 0 each trace throws out the one before; before, the first one waits for
                              * ever for something to throw out */
    SHUTDOWN_SINCE = 144,    /* shutdown decides what waits */
    ROOT_LEAVES_SINCE = 147, /* a trace that is moved to an earlier batch leaves its batch, and the wait behind the root
                              * may be less than a second */
};

#define WAITS_MAX 10000000 /* seconds of decision_wait */

/* Ticks. */
static uint64_t root_wait(const struct tki_sampler *s)
{
    uint64_t after = (uint64_t)(s->waits.after_root_ns / TKI_SECOND_NS);
    return s->release < ROOT_LEAVES_SINCE && after < 1 ? 1 : after;
}

/* ---- opening ---- */

static int open_shard(struct tki_clock *c, struct tki_shard *s, struct tk_err *err)
{
    const struct tki_waits *w = &c->s->waits;
    int64_t kept = w->kept_cache, lost = w->lost_cache, n = c->nshards;
    if (n > 1) {
        kept = kept > 0 && kept / n < 1 ? 1 : kept / n;
        lost = lost > 0 && lost / n < 1 ? 1 : lost / n;
    }
    tki_lru_init(&s->kept, kept > 0 ? (uint32_t)(kept < UINT32_MAX ? kept : UINT32_MAX) : 0);
    tki_lru_init(&s->lost, lost > 0 ? (uint32_t)(lost < UINT32_MAX ? lost : UINT32_MAX) : 0);
    s->due = calloc(c->waits, sizeof *s->due);
    s->roots = calloc(c->root_ring + 1, sizeof *s->roots);
    s->states = calloc(1, c->s->state_size + 1);
    return s->due && s->roots && s->states ? 0 : tki_err_memory(err);
}

int tki_clock_open(struct tki_clock **to, const struct tki_sampler *s, struct tki_ledger *l, size_t bits,
                   struct tki_judge *judge, const struct tki_arrival *how, struct tk_err *err)
{
    int64_t waits = s->waits.decision_wait_ns / TKI_SECOND_NS;
    *to = NULL;
    if (s->waits.after_root_ns / TKI_SECOND_NS > WAITS_MAX)
        return tki_err_set(err, TK_ELIMIT, "decision_wait_after_root_received is longer than %d seconds", WAITS_MAX);
    if (waits > WAITS_MAX)
        return tki_err_set(err, TK_ELIMIT, "decision_wait is longer than %d seconds", WAITS_MAX);
    struct tki_clock *c = calloc(1, sizeof *c);
    if (!c)
        return tki_err_memory(err);
    c->s = s;
    c->ledger = l;
    c->bits = bits;
    c->lives = calloc(l->ids.n + (size_t)1, sizeof *c->lives);
    c->judge = judge;
    c->how = *how;
    c->waits = waits > 1 ? (uint64_t)waits : 1;
    if (s->waits.after_root_ns > 0 && s->release < ROOT_LEAVES_SINCE)
        c->root_ring = root_wait(s) + 1;
    c->nshards = s->waits.shards;
    c->num_traces = s->waits.num_traces / c->nshards;
    if (c->nshards > 1 && c->num_traces == 0)
        c->num_traces = 1;
    c->shard = calloc(c->nshards, sizeof *c->shard);
    c->scratch = calloc(s->nwords, sizeof *c->scratch);
    int rc = c->shard && c->scratch && c->lives ? 0 : tki_err_memory(err);
    for (uint32_t i = 0; i < c->nshards && rc == 0; i++)
        rc = open_shard(c, &c->shard[i], err);
    if (rc < 0)
        tki_clock_close(c);
    else
        *to = c;
    return rc;
}

void tki_clock_close(struct tki_clock *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; c->shard && i < c->nshards; i++) {
        struct tki_shard *s = &c->shard[i];
        for (uint64_t k = 0; s->due && k < c->waits; k++)
            free(s->due[k].row);
        for (uint64_t k = 0; s->roots && k < c->root_ring; k++)
            free(s->roots[k].row);
        free(s->due);
        free(s->roots);
        free(s->current.row);
        free(s->queue);
        free(s->states);
        tki_lru_free(&s->kept);
        tki_lru_free(&s->lost);
    }
    free(c->shard);
    free(c->scratch);
    free(c->lives);
    free(c->out);
    free(c->mark);
    free(c->threshold);
    free(c->runs);
    free(c->tick.row);
    free(c->tick.trace);
    free(c->tick.moment);
    free(c->tick.bits);
    free(c);
}

int tki_clock_spans(struct tki_clock *c, uint64_t n, struct tk_err *err)
{
    c->out = calloc(n / 64 + 1, sizeof *c->out);
    c->nout = n;
    if (c->s->record_policy)
        c->mark = calloc(n + 1, sizeof *c->mark);
    if (tki_sampler_writes_thresholds(c->s))
        c->threshold = calloc(n + 1, sizeof *c->threshold);
    bool room = c->out && (c->mark || !c->s->record_policy) && (c->threshold || !tki_sampler_writes_thresholds(c->s));
    return room ? 0 : tki_err_memory(err);
}

void tki_clock_watch(struct tki_clock *c, const struct tki_clock_watch *w)
{
    c->watch = w;
}

/* The shard of a trace, as the collector mixes its id. */
struct tki_shard *tki_clock_shard(const struct tki_clock *c, uint32_t row)
{
    if (c->nshards == 1)
        return c->shard;
    tk_id128 id = c->ledger->ids.ids[row];
    uint64_t h = __builtin_bswap64(id.hi) ^ __builtin_bswap64(id.lo);
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
    h = (h ^ h >> 27) * 0x94d049bb133111eb;
    h ^= h >> 31;
    return &c->shard[h % c->nshards];
}

/* ---- the queue of the oldest ---- */

static void enqueue(struct tki_clock *c, struct tki_shard *s, uint32_t row)
{
    if (s->queue_n == s->queue_cap) {
        size_t cap = s->queue_cap ? s->queue_cap * 2 : 64;
        struct tki_queued *more = malloc(cap * sizeof *more);
        if (!more) {
            c->err = TK_ENOMEM;
            return;
        }
        for (size_t i = 0; i < s->queue_n; i++)
            more[i] = s->queue[(s->queue_first + i) % s->queue_cap];
        free(s->queue);
        s->queue = more;
        s->queue_cap = cap;
        s->queue_first = 0;
    }
    tki_life_of(c, row)->queued = ++s->numbers;
    s->queue[(s->queue_first + s->queue_n++) % s->queue_cap] = (struct tki_queued){row, s->numbers};
}

static struct tki_queued dequeue(struct tki_shard *s)
{
    struct tki_queued q = s->queue[s->queue_first];
    s->queue_first = (s->queue_first + 1) % s->queue_cap;
    s->queue_n--;
    return q;
}

static bool is_gone(const struct tki_clock *c, struct tki_queued q)
{
    const struct tki_life *l = tki_life_of(c, q.row);
    return !l->in || l->queued != q.number;
}

/* How many places the table must have, so that what is thrown out has been decided.  Only where nothing is thrown out:
 * then the queue holds everything. */
static void measure_room(struct tki_clock *c, struct tki_shard *s)
{
    for (; s->oldest < s->queue_n; s->oldest++) {
        struct tki_queued q = s->queue[(s->queue_first + s->oldest) % s->queue_cap];
        bool gone = is_gone(c, q);
        if (!gone && tki_life_of(c, q.row)->state == TKI_WAITING)
            break;
        s->open_before += !gone;
    }
    if (s->open - s->open_before > c->stats.room)
        c->stats.room = (uint32_t)(s->open - s->open_before);
}

static void throw_out(struct tki_clock *c, struct tki_shard *s, uint32_t row)
{
    struct tki_life *l = tki_life_of(c, row);
    if (!l->in)
        return;
    if (s->table_loose) {
        s->loose = true;
        l->may = true;
    }
    if (l->state == TKI_WAITING)
        c->stats.evicted++;
    tki_clock_tell(c, row, l->state == TKI_WAITING ? TKI_EVENT_EVICTED : TKI_EVENT_FORGOTTEN, !s->table_loose,
                   l->waiting);
    tki_life_drop(c, s, row);
}

/* Makes room for one more by throwing out the oldest. */
static void evict(struct tki_clock *c, struct tki_shard *s)
{
    while (s->queue_n && is_gone(c, s->queue[s->queue_first]))
        dequeue(s);
    if (s->queue_n)
        throw_out(c, s, dequeue(s).row);
}

/* block_on_overflow: waits for ticks until one has freed a place. */
static void wait_for_room(struct tki_clock *c, const struct tki_shard *s)
{
    while (s->open >= c->num_traces && !c->err) {
        if (c->due == 0) {
            c->stats.blocked = true;
            return;
        }
        c->now_ns = (int64_t)(c->ticks + 1) * TKI_SECOND_NS;
        tki_clock_tick(c);
    }
}

static void make_room(struct tki_clock *c, struct tki_shard *s)
{
    if (s->open < c->num_traces)
        return;
    if (c->num_traces == 0 && c->s->release < EMPTY_QUEUE_SINCE)
        c->stats.blocked = true;
    else if (c->s->waits.block)
        wait_for_room(c, s);
    else if (c->s->release >= TABLE_ROOM_SINCE)
        evict(c, s);
}

/* ---- batches ---- */

static uint32_t put_due(struct tki_clock *c, struct tki_due *d, uint32_t row)
{
    if (TKI_GROW(d->row, d->cap, d->n + 1) < 0) {
        c->err = TK_ENOMEM;
        return 0;
    }
    c->due++;
    d->row[d->n++] = row;
    return (uint32_t)d->n - 1;
}

/* Takes the trace out of the batch, as far as it is there. */
static void take_out(struct tki_clock *c, struct tki_shard *s, uint32_t row, uint64_t batch)
{
    struct tki_due *d = batch == c->ticks + c->waits ? &s->current : &s->due[batch % c->waits];
    const struct tki_life *l = tki_life_of(c, row);
    if (l->item < d->n && d->row[l->item] == row) {
        d->row[l->item] = TKI_MAP_NONE;
    } else if (l->lives > 1) { /* a life before may have left its place there */
        for (size_t i = 0; i < d->n; i++)
            if (d->row[i] == row)
                d->row[i] = TKI_MAP_NONE;
    }
}

/* A root has come.  Of old releases the trace stays in its batch, too: the life after this one finds it there. */
static void move_earlier(struct tki_clock *c, struct tki_shard *s, uint32_t row)
{
    struct tki_life *l = tki_life_of(c, row);
    uint64_t batch = c->ticks + root_wait(c->s);
    if (c->root_ring) {
        put_due(c, &s->roots[batch % c->root_ring], row);
        return;
    }
    if (batch >= l->batch)
        return;
    take_out(c, s, row, l->batch);
    l->item = put_due(c, &s->due[batch % c->waits], row);
    l->batch = batch;
}

static void enter(struct tki_clock *c, struct tki_shard *s, uint32_t row)
{
    struct tki_life *l = tki_life_of(c, row);
    l->in = true;
    l->state = TKI_WAITING;
    l->spans = l->bytes = 0;
    l->certain = true;
    l->by = TK_NONE;
    s->open++;
    c->undecided++;
    c->stats.lives++;
    c->stats.came_back += l->lives++ > 0;
    l->batch = c->ticks + c->waits;
    l->item = put_due(c, &s->current, row);
    if (c->s->release < TABLE_ROOM_SINCE && !c->s->waits.block && s->queue_n >= c->num_traces)
        throw_out(c, s, dequeue(s).row);
    if (!c->s->waits.block)
        enqueue(c, s, row);
    if (c->num_traces == UINT64_MAX)
        measure_room(c, s);
    if (s->open > c->stats.open_max)
        c->stats.open_max = (uint32_t)s->open;
    if (c->undecided > c->stats.undecided_max)
        c->stats.undecided_max = (uint32_t)c->undecided;
}

/* ---- arrivals ---- */

/* Returns true if a decision cache has answered for the part. */
static bool is_cached(struct tki_clock *c, struct tki_shard *s, uint32_t row, const struct tki_part *p)
{
    struct tki_life *l = tki_life_of(c, row);
    for (int kept = 1; kept >= 0; kept--) {
        struct tki_lru_answer a = tki_lru_get(kept ? &s->kept : &s->lost, c->ledger->ids.ids[row].lo);
        a.certain = a.certain || c->s->release < TKI_SETS_SINCE; /* batches are lists: there is one order */
        if (!a.certain) {
            l->loose = true;
            s->table_loose = true;
            s->loose = s->loose || c->s->budgets;
        }
        if (!a.in)
            continue;
        const struct tki_life remembered = {.by = a.why.policy, .open = a.why.open, .threshold = a.why.threshold};
        if (l->lives == 0)
            l->by = a.why.policy;
        c->stats.late += p->n;
        c->stats.cached += p->n;
        c->stats.late_kept += kept ? p->n : 0;
        tki_life_pass(c, row, p, kept, a.certain && !s->loose, tki_life_says(c, &remembered, TKI_CACHED));
        tki_clock_tell(c, row, kept ? TKI_EVENT_CACHE_KEPT : TKI_EVENT_CACHE_LOST, a.certain && !s->loose, p->n);
        return true;
    }
    return false;
}

static void come_late(struct tki_clock *c, struct tki_shard *s, uint32_t row, const struct tki_part *p)
{
    const struct tki_life *l = tki_life_of(c, row);
    bool kept = l->state == TKI_DECIDED_KEPT;
    c->stats.late += p->n;
    c->stats.late_kept += kept ? p->n : 0;
    tki_clock_tell(c, row, kept ? TKI_EVENT_LATE_KEPT : TKI_EVENT_LATE_LOST, l->certain && !l->loose && !s->loose,
                   p->n);
    tki_life_pass(c, row, p, kept, l->certain && !s->loose, tki_life_says(c, l, TKI_LATE));
    if (l->state == TKI_DECIDED_LOST)
        tki_life_settle(c, s, row);
}

static void find_too_large(struct tki_clock *c, struct tki_shard *s, uint32_t row, const struct tki_part *p)
{
    struct tki_life *l = tki_life_of(c, row);
    c->stats.too_large++;
    c->undecided--;
    l->state = TKI_DECIDED_LOST;
    tki_clock_tell(c, row, TKI_EVENT_TOO_LARGE, !l->loose, l->waiting + p->n);
    tki_life_release(c, row, false, l->certain && !s->loose);
    take_out(c, s, row, l->batch);
    tki_life_settle(c, s, row);
}

static void take_in(struct tki_clock *c, struct tki_shard *s, uint32_t row, const struct tki_part *p)
{
    const struct tki_waits *w = &c->s->waits;
    struct tki_life *l = tki_life_of(c, row);
    bool fresh = !l->in;
    if (fresh)
        enter(c, s, row);
    l->spans += p->n;
    if (p->root && w->after_root_ns > 0)
        move_earlier(c, s, row);
    l->bytes += p->bytes;
    if (l->state != TKI_WAITING) {
        come_late(c, s, row, p);
        return;
    }
    if (w->trace_bytes_max && l->bytes > w->trace_bytes_max) {
        find_too_large(c, s, row, p);
        return;
    }
    tki_clock_tell(c, row, fresh ? l->lives > 1 ? TKI_EVENT_AGAIN : TKI_EVENT_ARRIVED : TKI_EVENT_MORE, !l->loose,
                   p->n);
    if (w->ingest)
        tki_clock_ingest(c, s, row, p);
    else
        tki_life_wait(c, row, p);
    if (c->held_spans > c->stats.spans_max)
        c->stats.spans_max = c->held_spans;
    if (c->held_bytes > c->stats.bytes_max)
        c->stats.bytes_max = c->held_bytes;
}

/* Time goes on to the arrival; with block_on_overflow it may be later already. */
static void advance(struct tki_clock *c, int64_t at_ns)
{
    while (!c->err && (int64_t)(c->ticks + 1) * TKI_SECOND_NS <= at_ns) {
        if (c->due == 0) {
            c->ticks = (uint64_t)(at_ns / TKI_SECOND_NS);
            break;
        }
        c->now_ns = (int64_t)(c->ticks + 1) * TKI_SECOND_NS;
        tki_clock_tick(c);
    }
    if (at_ns > c->now_ns)
        c->now_ns = at_ns;
}

static int failed(const struct tki_clock *c, struct tk_err *err)
{
    return c->err ? tki_err_memory(err) : 0;
}

int tki_clock_arrive(void *clock, const struct tki_part *p, struct tk_err *err)
{
    struct tki_clock *c = clock;
    uint32_t row = p->row;
    struct tki_shard *s = tki_clock_shard(c, row);
    if (!c->stats.parts)
        c->stats.first_ns = p->at_ns;
    c->stats.last_ns = p->at_ns;
    c->stats.parts++;
    c->stats.spans += p->n;
    if (!c->stats.blocked)
        advance(c, p->at_ns);
    if (!c->stats.blocked && !is_cached(c, s, row, p)) {
        if (!tki_life_of(c, row)->in)
            make_room(c, s);
        if (!c->stats.blocked)
            take_in(c, s, row, p);
    }
    if (c->stats.blocked)
        c->stats.pending += p->n;
    return failed(c, err);
}

int tki_clock_finish(struct tki_clock *c, struct tk_err *err)
{
    bool decides = c->s->release >= SHUTDOWN_SINCE && !c->s->waits.drop_pending;
    if (!c->how.shutdown)
        while (c->due && !c->err) {
            c->now_ns = (int64_t)(c->ticks + 1) * TKI_SECOND_NS;
            tki_clock_tick(c);
        }
    else if (decides)
        for (uint64_t i = 0; i <= c->waits && !c->err; i++)
            tki_clock_tick(c); /* all at the same time */
    for (uint32_t row = 0; row < c->ledger->ids.n && c->undecided; row++) {
        struct tki_life *l = tki_life_of(c, row);
        if (!l->in || l->state != TKI_WAITING)
            continue;
        c->stats.pending += l->waiting;
        tki_clock_tell(c, row, TKI_EVENT_PENDING, !l->loose, l->waiting);
        tki_life_drop(c, tki_clock_shard(c, row), row);
    }
    return failed(c, err);
}

/* ---- what became of it ---- */

const struct tki_clock_stats *tki_clock_stats(const struct tki_clock *c)
{
    return &c->stats;
}

enum tki_fate tki_clock_fate(const struct tki_clock *c, uint32_t row)
{
    const struct tki_life *l = tki_life_of(c, row);
    return l->must ? TKI_KEPT : l->may ? TKI_CHANCE : TKI_LOST;
}

uint64_t tki_clock_kept(const struct tki_clock *c, uint32_t row)
{
    return tki_life_of(c, row)->out;
}

bool tki_clock_keeps_span(const struct tki_clock *c, uint64_t index)
{
    return index < c->nout && c->out[index / 64] >> index % 64 & 1;
}

uint32_t tki_clock_mark(const struct tki_clock *c, uint64_t index)
{
    return c->mark && index < c->nout ? c->mark[index] : 0;
}

uint64_t tki_clock_threshold(const struct tki_clock *c, uint64_t index)
{
    return c->threshold && index < c->nout ? c->threshold[index] : 0;
}

uint32_t tki_clock_credit(const struct tki_clock *c, uint32_t row)
{
    return tki_life_of(c, row)->credit;
}

bool tki_clock_matched_by_chance(const struct tki_clock *c, uint32_t row)
{
    return tki_life_of(c, row)->open & TKI_OPEN_MATCHES;
}

uint64_t tki_clock_unsure(const struct tki_clock *c, uint32_t row)
{
    return tki_life_of(c, row)->unsure;
}

uint64_t tki_clock_chance(const struct tki_clock *c, uint32_t row)
{
    const struct tki_life *l = tki_life_of(c, row);
    return !l->out ? 0 : l->chance ? l->chance : TKI_CHANCE_ONE;
}

uint64_t tki_clock_dropped(const struct tki_clock *c, uint32_t row)
{
    return tki_life_of(c, row)->dropped;
}
