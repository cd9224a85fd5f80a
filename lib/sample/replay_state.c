#include "sample/replay_state.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "run/state_pb.h"
#include "run/state_trace.h"
#include "sample/replay_in.h"

/* Fields of State, and of SampleTrace behind those of state_trace.h. */
enum { SUMS = 16, KIND = 17, KEY = 18, TRACE = 19 };
enum { JUDGED_START = 14, JUDGED_END, JUDGED_FIRST_END, JUDGED_SPANS, JUDGED_RATE, JUDGED_BITS };
enum { SUMS_NAMELESS = 1, SUMS_KEYS_READ, SUMS_KEYS_FULL };

const char *tki_replay_unmergeable(const struct tki_replay *r)
{
    if (r->s->budgets)
        return "a policy has a rate or an allocation, of which a trace takes what another one lacks";
    if (r->clock || r->arrivals || r->timed)
        return "traces of several parts wait together, and time, num_traces, a cache or a size decides";
    return NULL;
}

/* ---- writing ---- */

void tki_replay_put_judged(struct tki_buf *b, struct tki_buf *words, const struct tki_replay *r, tk_id128 id,
                           const struct tki_extent *x)
{
    uint32_t row = tki_idmap_get(&r->ledger->ids, id);
    if (row == TKI_MAP_NONE)
        return;
    const struct digest *d = digest_of(r, row);
    tki_state_signed(b, JUDGED_START, (int64_t)(d->start_ns - x->start_ns));
    tki_state_signed(b, JUDGED_END, (int64_t)(d->end_ns - x->end_ns));
    tki_state_signed(b, JUDGED_FIRST_END, (int64_t)(d->first_end_ns - x->end_ns));
    tki_state_number(b, JUDGED_SPANS, d->spans);
    if (r->ledger == &r->own)
        tki_state_fixed(b, JUDGED_RATE, tki_ledger_row(r->ledger, row)->rate);
    words->n = 0;
    for (uint32_t k = 0; k < r->s->nwords; k++)
        tki_buf_varint(words, bits_of(r, row)[k]);
    b->err = b->err ? b->err : words->err;
    tki_state_bytes(b, JUDGED_BITS, (tk_str){words->p, words->n});
}

static int put_traces(const struct tki_replay_state *x, struct tki_state_out *to, struct tki_buf *b,
                      struct tki_buf *words, struct tk_err *err)
{
    const struct tki_ledger *l = x->ledger;
    int rc = 0;
    for (uint32_t i = 0; i < l->ids.n && rc == 0; i++) {
        const struct tki_trace_row *row = tki_ledger_row(l, i);
        b->n = 0;
        tki_state_put_trace(b, l->ids.ids[i], row);
        tki_state_put_kind(b, tki_ledger_at(l, i, x->kinds->column), &row->extent);
        tki_replay_put_judged(b, words, x->replay, l->ids.ids[i], &row->extent);
        rc = tki_state_put(to, TRACE, b, err);
    }
    return rc;
}

static int put_names(const struct tki_symtab *names, unsigned field, struct tki_state_out *to, struct tki_buf *b,
                     struct tk_err *err)
{
    int rc = 0;
    for (uint32_t i = 0; i < names->n && rc == 0; i++) {
        b->n = 0;
        tki_state_bytes(b, 1, names->strs[i]);
        rc = tki_state_put(to, field, b, err);
    }
    return rc;
}

int tki_replay_save(const struct tki_replay_state *x, struct tki_state_out *to, struct tk_err *err)
{
    struct tki_buf b = {0}, words = {0};
    tki_state_number(&b, SUMS_NAMELESS, x->replay->stats.nameless);
    tki_state_number(&b, SUMS_KEYS_READ, x->keys_read);
    tki_state_number(&b, SUMS_KEYS_FULL, x->keys->full);
    int rc = tki_state_put(to, SUMS, &b, err);
    rc = rc == 0 ? put_names(&x->kinds->names, KIND, to, &b, err) : rc;
    rc = rc == 0 ? put_names(&x->keys->keys, KEY, to, &b, err) : rc;
    rc = rc == 0 ? put_traces(x, to, &b, &words, err) : rc;
    tki_buf_free(&b);
    tki_buf_free(&words);
    return rc;
}

/* ---- reading ---- */

struct loading {
    struct tki_replay_state *x;
    uint32_t *kind; /* of the state's kinds: their numbers here */
    uint32_t nkinds;
    size_t cap;
    uint64_t traces;
    bool keys_read;
};

static bool get_sums(struct tki_pb c, struct loading *l)
{
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(SUMS_NAMELESS, VARINT): l->x->replay->stats.nameless += tki_pb_varint(&c); break;
        case TKI_PB(SUMS_KEYS_READ, VARINT): l->keys_read = tki_pb_varint(&c) != 0; break;
        case TKI_PB(SUMS_KEYS_FULL, VARINT): l->x->keys->full |= tki_pb_varint(&c) != 0; break;
        default: tki_pb_skip(&c, tag);
        }
    return !c.error;
}

static bool get_name(struct tki_pb c, tk_str *name)
{
    *name = (tk_str){"", 0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        if (tag == TKI_PB(1, LEN))
            *name = tki_pb_str(&c);
        else
            tki_pb_skip(&c, tag);
    return !c.error;
}

bool tki_replay_get_judged(struct tki_pb *c, unsigned tag, struct tki_replay_judged *to)
{
    switch (tag) {
    case TKI_PB(JUDGED_START, VARINT): to->start = tki_state_get_signed(c); return true;
    case TKI_PB(JUDGED_END, VARINT): to->end = tki_state_get_signed(c); return true;
    case TKI_PB(JUDGED_FIRST_END, VARINT): to->first_end = tki_state_get_signed(c); return true;
    case TKI_PB(JUDGED_SPANS, VARINT): to->spans = tki_pb_varint(c); return true;
    case TKI_PB(JUDGED_RATE, I64): to->rate = tki_pb_i64(c); return true;
    case TKI_PB(JUDGED_BITS, LEN):
        to->words = tki_pb_message(c);
        to->there = true;
        return true;
    default: return false;
    }
}

static bool get_trace(struct tki_pb c, struct tki_state_trace *t, struct tki_kind_row *kind,
                      struct tki_replay_judged *j)
{
    *t = (struct tki_state_trace){0};
    *kind = (struct tki_kind_row){0};
    *j = (struct tki_replay_judged){0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        if (!tki_state_get_trace(&c, tag, t) && !tki_state_get_kind(&c, tag, kind) &&
            !tki_replay_get_judged(&c, tag, j))
            tki_pb_skip(&c, tag);
    if (c.error || !tki_state_trace_end(t))
        return false;
    tki_state_kind_end(kind, &t->row.extent);
    return true;
}

int tki_replay_take_judged(struct tki_replay *r, tk_id128 id, const struct tki_extent *x,
                           const struct tki_replay_judged *j)
{
    struct tki_pb words = j->words;
    if (!j->there)
        return 0;
    uint32_t row = tki_ledger_put(r->ledger, id);
    if (row == TK_NONE)
        return TK_ENOMEM;
    if (r->ledger == &r->own)
        tki_ledger_row(r->ledger, row)->rate = j->rate;
    *digest_of(r, row) = (struct digest){.start_ns = x->start_ns + (uint64_t)j->start,
                                         .end_ns = x->end_ns + (uint64_t)j->end,
                                         .first_end_ns = x->end_ns + (uint64_t)j->first_end,
                                         .spans = j->spans};
    for (uint32_t k = 0; k < r->s->nwords; k++)
        bits_of(r, row)[k] = tki_pb_varint(&words);
    return words.error || words.p != words.end ? TK_EINVALID : 0;
}

static int take_trace(struct loading *l, const struct tki_state_trace *t, struct tki_kind_row *kind,
                      const struct tki_replay_judged *j)
{
    struct tki_replay_state *x = l->x;
    if (kind->kind > l->nkinds)
        return TK_EINVALID;
    l->traces++;
    if (tki_idmap_get(&x->ledger->ids, t->id) != TKI_MAP_NONE) {
        x->shared++;
        return 0;
    }
    uint32_t row = tki_ledger_add(x->ledger, t->id, &t->row);
    if (row == TK_NONE)
        return TK_ENOMEM;
    if (kind->kind) {
        kind->kind = l->kind[kind->kind - 1] + 1;
        *(struct tki_kind_row *)tki_ledger_at(x->ledger, row, x->kinds->column) = *kind;
    }
    return tki_replay_take_judged(x->replay, t->id, &t->row.extent, j);
}

static int take_kind(struct loading *l, tk_str name)
{
    if (TKI_GROW(l->kind, l->cap, l->nkinds + 1) < 0)
        return TK_ENOMEM;
    l->kind[l->nkinds] = tki_symtab_put(&l->x->kinds->names, name);
    return l->kind[l->nkinds++] == TKI_MAP_NONE ? TK_ENOMEM : 0;
}

static int take_record(struct loading *l, unsigned field, tk_str message)
{
    struct tki_state_trace t;
    struct tki_kind_row kind;
    struct tki_replay_judged j;
    tk_str name;
    struct tki_pb c = tki_pb_over(message);
    switch (field) {
    case SUMS: return get_sums(c, l) ? 0 : TK_EINVALID;
    case KIND: return get_name(c, &name) ? take_kind(l, name) : TK_EINVALID;
    case KEY: return get_name(c, &name) ? tki_seen_key(l->x->keys, name) : TK_EINVALID;
    case TRACE: return get_trace(c, &t, &kind, &j) ? take_trace(l, &t, &kind, &j) : TK_EINVALID;
    default: return 0;
    }
}

int tki_replay_load(struct tki_replay_state *x, struct tki_state_in *from, struct tk_err *err)
{
    struct loading l = {.x = x};
    unsigned field;
    tk_str message;
    int rc;
    while ((rc = tki_state_next(from, &field, &message, err)) == 1) {
        int taken = take_record(&l, field, message);
        if (taken < 0) {
            rc = taken == TK_ENOMEM ? tki_err_memory(err) : tki_state_bad(from, "a damaged record of a state", err);
            break;
        }
    }
    x->traces += l.traces;
    x->keys_read = x->keys_read && (l.keys_read || !l.traces);
    free(l.kind);
    return rc;
}
