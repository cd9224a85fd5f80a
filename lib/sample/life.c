/* The lives of traces in the table: the spans that wait, how they go out, and what a decision leaves behind. */
#include "base/array.h"
#include "format/pb/pb.h"
#include "sample/clock_table.h"

void tki_clock_tell(const struct tki_clock *c, uint32_t row, enum tki_event what, bool certain, uint64_t spans)
{
    if (c->watch && tki_id_eq(c->ledger->ids.ids[row], c->watch->id))
        c->watch->happened(c->watch->ctx, what, !certain, c->now_ns, spans);
}

void tki_clock_tell_decided(const struct tki_clock *c, uint32_t row, bool certain)
{
    const struct tki_life *l = &c->lives[row];
    tki_clock_tell(c, row,
                   l->state == TKI_DECIDED_KEPT      ? TKI_EVENT_DECIDED_KEPT
                   : l->state == TKI_DECIDED_DROPPED ? TKI_EVENT_DECIDED_DROPPED
                                                     : TKI_EVENT_DECIDED_LOST,
                   certain && !l->loose, l->waiting);
}

/* Whichever order decides, the spans of this life may go out in some. */
static void mark(struct tki_life *l, bool drawn, bool certain)
{
    l->must = l->must || (drawn && certain);
    l->may = l->may || drawn || !certain;
}

void tki_life_say(struct tki_clock *c, uint64_t index, struct tki_says says)
{
    if (c->mark && index < c->nout)
        c->mark[index] = says.mark;
    if (c->threshold && index < c->nout)
        c->threshold[index] = says.threshold;
}

static void put_out(struct tki_clock *c, uint64_t first, uint64_t n, struct tki_says says)
{
    for (uint64_t i = first; i < first + n && i < c->nout; i++)
        c->out[i / 64] |= (uint64_t)1 << i % 64;
    for (uint64_t i = first; (c->mark || c->threshold) && i < first + n; i++)
        tki_life_say(c, i, says);
}

/* Minor releases from which a decision cache says that it was one, and remembers the policy. */
enum { CACHE_SAYS_SINCE = 136, CACHE_REMEMBERS_SINCE = 141 };

static uint32_t mark_of(const struct tki_clock *c, const struct tki_life *l, enum tki_when_out when)
{
    uint32_t who = l->by == TK_NONE || l->by + 1 > TKI_MARK_POLICY ? 0 : l->by + 1;
    if (!c->mark || when == TKI_LATE)
        return 0;
    who |= who && (l->open & TKI_OPEN_CREDIT) ? TKI_MARK_CHANCE : 0;
    if (when == TKI_DECIDED)
        return who | l->sub << TKI_MARK_SUB_SHIFT;
    return (c->s->release >= CACHE_SAYS_SINCE ? TKI_MARK_CACHED : 0) |
           (c->s->release >= CACHE_REMEMBERS_SINCE ? who : 0);
}

struct tki_says tki_life_says(const struct tki_clock *c, const struct tki_life *l, enum tki_when_out when)
{
    bool writes = when == TKI_DECIDED || c->s->release >= TKI_LATE_THRESHOLD_SINCE;
    return (struct tki_says){mark_of(c, l, when), writes ? l->threshold : 0};
}

/* Nothing is written into what waited when span-ingest kept a later part. */
static void free_runs(struct tki_clock *c, struct tki_life *l, bool drawn)
{
    struct tki_says says = {0};
    if (!c->s->waits.ingest)
        says = tki_life_says(c, l, TKI_DECIDED);
    while (l->runs) {
        struct tki_runs *r = &c->runs[l->runs - 1];
        uint32_t next = r->next;
        for (uint32_t i = 0; i < r->n && drawn; i++)
            put_out(c, r->first[i], r->count[i], says);
        r->next = c->runs_free;
        c->runs_free = l->runs;
        l->runs = next;
    }
}

/* Nothing waits any more; what was seen of the spans is forgotten with them. */
static void empty(struct tki_clock *c, uint32_t row)
{
    struct tki_life *l = tki_life_of(c, row);
    memset(tki_life_bits(c, row), 0, c->s->nwords * sizeof(uint64_t));
    c->held_spans -= l->waiting;
    c->held_bytes -= l->held;
    l->waiting = l->held = l->start_ns = l->end_ns = 0;
    l->given = l->consistent = false;
}

void tki_life_release(struct tki_clock *c, uint32_t row, bool drawn, bool certain)
{
    struct tki_life *l = tki_life_of(c, row);
    certain = certain && !l->loose;
    if (l->waiting)
        mark(l, drawn, certain);
    l->unsure += certain ? 0 : l->waiting;
    if (drawn && l->waiting)
        l->credit = tki_life_says(c, l, TKI_DECIDED).mark;
    if (drawn)
        l->out += l->waiting;
    free_runs(c, l, drawn);
    empty(c, row);
}

void tki_life_pass(struct tki_clock *c, uint32_t row, const struct tki_part *p, bool drawn, bool certain,
                   struct tki_says says)
{
    struct tki_life *l = tki_life_of(c, row);
    mark(l, drawn, certain && !l->loose);
    l->unsure += certain && !l->loose ? 0 : p->n;
    if (drawn && (says.mark & TKI_MARK_POLICY))
        l->credit = says.mark;
    for (uint32_t i = 0; i < p->n && drawn && p->span; i++)
        put_out(c, p->span[i].index, 1, says);
    if (drawn)
        l->out += p->n;
}

/* ---- waiting ---- */

static void take_times(struct tki_life *l, uint64_t start_ns, uint64_t end_ns)
{
    if (l->start_ns == 0 || start_ns < l->start_ns)
        l->start_ns = start_ns;
    if (l->end_ns == 0 || end_ns > l->end_ns)
        l->end_ns = end_ns;
}

static void keep_index(struct tki_clock *c, struct tki_life *l, uint64_t index)
{
    struct tki_runs *r = l->runs ? &c->runs[l->runs - 1] : NULL;
    if (r && r->first[r->n - 1] + r->count[r->n - 1] == index && r->count[r->n - 1] < UINT32_MAX) {
        r->count[r->n - 1]++;
        return;
    }
    if (!r || r->n == TKI_RUNS) {
        uint32_t at = c->runs_free;
        if (at) {
            c->runs_free = c->runs[at - 1].next;
        } else if (TKI_GROW(c->runs, c->runs_cap, c->nruns + 1) < 0) {
            c->err = TK_ENOMEM;
            return;
        } else {
            at = ++c->nruns;
        }
        c->runs[at - 1] = (struct tki_runs){.next = l->runs};
        l->runs = at;
        r = &c->runs[at - 1];
    }
    r->first[r->n] = index;
    r->count[r->n++] = 1;
}

/* What one more span says of those that wait. */
static void take_span(struct tki_clock *c, uint32_t row, const struct tki_span_in *x)
{
    const struct tki_sampler *s = c->s;
    struct tki_life *l = tki_life_of(c, row);
    uint64_t *bits = tki_life_bits(c, row);
    tki_evidence_add(s, bits, x->bits);
    take_times(l, x->start_ns, x->end_ns);
    l->consistent = l->consistent || x->consistent;
    if (x->given && !l->given) {
        l->given = true;
        l->random = x->random;
    }
    l->waiting++;
    const struct tki_arrived so_far = {
        .id = c->ledger->ids.ids[row], .start_ns = l->start_ns, .end_ns = l->end_ns, .spans = (uint32_t)l->waiting};
    for (uint32_t k = 0; k < s->on_arrival.n; k++) {
        const struct tki_policy *q = s->on_arrival.leaf[k];
        if (q->type->on_arrival(q, &so_far))
            tki_bit_set(bits, q->bit);
    }
    keep_index(c, l, x->index);
}

void tki_life_wait(struct tki_clock *c, uint32_t row, const struct tki_part *p)
{
    struct tki_life *l = tki_life_of(c, row);
    if (p->span) {
        for (uint32_t i = 0; i < p->n; i++)
            take_span(c, row, &p->span[i]);
    } else {
        l->start_ns = p->whole->start_ns;
        l->end_ns = p->whole->end_ns;
        l->waiting = p->n;
    }
    uint64_t framed = p->bytes ? 1 + tki_pb_varint_size(p->bytes) + p->bytes : 0; /* in a message of the protocol */
    l->held += framed;
    c->held_spans += p->n;
    c->held_bytes += framed;
}

/* ---- leaving ---- */

void tki_life_drop(struct tki_clock *c, struct tki_shard *s, uint32_t row)
{
    struct tki_life *l = tki_life_of(c, row);
    if (!l->in)
        return;
    if (l->state == TKI_WAITING)
        c->undecided--;
    free_runs(c, l, false);
    empty(c, row);
    l->in = false;
    s->open--;
}

void tki_life_settle(struct tki_clock *c, struct tki_shard *s, uint32_t row)
{
    struct tki_life *l = tki_life_of(c, row);
    struct tki_lru *cache = l->state == TKI_DECIDED_KEPT ? &s->kept : &s->lost;
    struct tki_lru *other = cache == &s->kept ? &s->lost : &s->kept;
    bool certain = l->certain && !l->loose && !s->loose;
    if (!certain && (s->kept.size > 0) != (s->lost.size > 0))
        s->table_loose = true;
    if (!certain && other->size && tki_lru_may_put(other, c->ledger->ids.ids[row].lo) < 0)
        c->err = TK_ENOMEM;
    if (!cache->size)
        return;
    const struct tki_lru_why why = {l->by, l->open, l->threshold};
    if (tki_lru_put(cache, c->ledger->ids.ids[row].lo, why, certain) < 0)
        c->err = TK_ENOMEM;
    tki_life_drop(c, s, row);
}
