#include "cost/cost_state.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "run/state_pb.h"
#include "run/state_trace.h"
#include "run/state_zip.h"

/* The field of State, those of CostState, and of its messages. */
enum { COST = 20 };
enum { SUMS = 1, KIND, TRACE, PART, UNIT, BILL_ROW };
enum { SUMS_JSON = 1, SUMS_LEFT_JSON, SUMS_DROPPED, SUMS_BILL, SUMS_LARGE, SUMS_FOUND };
enum { TRACE_ROOT_ID = 14, TRACE_BYTES, TRACE_EVENTS, TRACE_LINKS, TRACE_LEFT, TRACE_SIDE };
enum { PART_ID = 1, PART_ORDER, PART_PROTO };
enum { UNIT_HASH = 1, UNIT_START, UNIT_BYTES, UNIT_TEXT, UNIT_CUT };
enum { ROW_KIND = 1, ROW_NAME, ROW_TIMES, ROW_BYTES, ROW_VALUES, ROW_LARGE };

void tki_cost_state_init(struct tki_cost_state *x)
{
    x->divided = tki_ledger_column(x->ledger, sizeof(bool));
}

/* ---- writing ---- */

struct saving {
    struct tki_cost_state *x;
    struct tki_state_zip zip;
    struct tki_buf b, side;
};

static int put(struct saving *s, unsigned field, struct tk_err *err)
{
    return tki_state_zip_put(&s->zip, field, &s->b, err);
}

static int put_sums(struct saving *s, struct tk_err *err)
{
    const struct tki_cost_state *x = s->x;
    s->b.n = 0;
    tki_state_number(&s->b, SUMS_JSON, x->measure->json_bytes);
    tki_state_number(&s->b, SUMS_LEFT_JSON, x->left ? x->left->json_bytes : 0);
    tki_state_number(&s->b, SUMS_DROPPED, x->units->dropped);
    tki_state_number(&s->b, SUMS_BILL, x->bill ? x->bill->bytes : 0);
    tki_state_number(&s->b, SUMS_LARGE, x->large ? x->large->bytes : 0);
    for (size_t i = 0; i < x->nfound; i++) { /* 0, too: by their number */
        tki_buf_varint(&s->b, TKI_PB(SUMS_FOUND, VARINT));
        tki_buf_varint(&s->b, x->found[i]);
    }
    return put(s, SUMS, err);
}

static int put_kinds(struct saving *s, struct tk_err *err)
{
    const struct tki_symtab *names = &s->x->kinds->names;
    int rc = 0;
    for (uint32_t i = 0; i < names->n && rc == 0; i++) {
        s->b.n = 0;
        tki_state_bytes(&s->b, 1, names->strs[i]);
        rc = put(s, KIND, err);
    }
    return rc;
}

static int put_trace(struct saving *s, uint32_t row, struct tk_err *err)
{
    struct tki_cost_state *x = s->x;
    const tk_id128 id = x->ledger->ids.ids[row];
    const struct tki_trace_row *r = tki_ledger_row(x->ledger, row);
    const struct tki_kind_row *kind = tki_ledger_at(x->ledger, row, x->kinds->column);
    const struct tki_trace_size *size = tki_measure_at(x->measure, row);
    s->b.n = 0;
    tki_state_put_trace(&s->b, id, r);
    tki_state_put_kind(&s->b, kind, &r->extent);
    tki_state_fixed(&s->b, TRACE_ROOT_ID, kind->kind ? kind->span_id : 0);
    tki_state_number(&s->b, TRACE_BYTES, size->bytes);
    tki_state_number(&s->b, TRACE_EVENTS, size->events);
    tki_state_number(&s->b, TRACE_LINKS, size->links);
    if (x->left)
        tki_state_number(&s->b, TRACE_LEFT, tki_measure_at(x->left, row)->bytes);
    for (size_t k = 0; k < x->sides.n; k++) { /* an empty one, too: by their number */
        s->side.n = 0;
        x->sides.put(x->sides.ctx, k, &s->side, id, row);
        s->b.err = s->b.err ? s->b.err : s->side.err;
        tki_state_bytes(&s->b, TRACE_SIDE, (tk_str){s->side.n ? s->side.p : "", s->side.n});
    }
    return put(s, TRACE, err);
}

static int put_parts(struct saving *s, struct tk_err *err)
{
    struct tki_sample_part part;
    int rc;
    for (bool first = true; (rc = tki_sample_next_part(s->x->sample, first, &part, err)) > 0; first = false) {
        s->b.n = 0;
        tki_state_put_id(&s->b, PART_ID, part.id);
        tki_state_fixed(&s->b, PART_ORDER, part.order);
        tki_state_bytes(&s->b, PART_PROTO, part.proto);
        rc = put(s, PART, err);
        if (rc < 0)
            break;
    }
    return rc;
}

static int put_units(struct saving *s, struct tk_err *err)
{
    const struct tki_units *u = s->x->units;
    int rc = tki_units_settle(s->x->units) < 0 ? tki_err_memory(err) : 0;
    for (size_t i = 0; i < u->n && rc == 0; i++) {
        s->b.n = 0;
        tki_state_fixed(&s->b, UNIT_HASH, u->unit[i]->hash);
        tki_state_fixed(&s->b, UNIT_START, u->unit[i]->start_ns);
        tki_state_number(&s->b, UNIT_BYTES, u->unit[i]->bytes);
        tki_state_bytes(&s->b, UNIT_TEXT, u->unit[i]->text);
        tki_state_bytes(&s->b, UNIT_CUT, u->unit[i]->cut);
        rc = put(s, UNIT, err);
    }
    return rc;
}

static int put_bill(struct saving *s, const struct tki_bill *bill, bool large, struct tk_err *err)
{
    int rc = 0;
    for (unsigned k = 0; bill && k < TKI_BILL_KINDS; k++) {
        const struct tki_bill_table *t = &bill->table[k];
        if (t->full)
            return tki_err_set(err, TK_ELIMIT,
                               "there are more names than the bill has room for: which of them are (beyond the table) "
                               "depends on their order, so the bill has no state");
        for (uint32_t i = 0; i < t->names.n && rc == 0; i++) {
            s->b.n = 0;
            tki_state_number(&s->b, ROW_KIND, k);
            tki_state_bytes(&s->b, ROW_NAME, t->names.strs[i]);
            tki_state_number(&s->b, ROW_TIMES, t->row[i].n);
            tki_state_number(&s->b, ROW_BYTES, t->row[i].bytes);
            if (t->values)
                tki_state_bytes(&s->b, ROW_VALUES, (tk_str){(const char *)t->values[i].seen, sizeof t->values[i].seen});
            tki_state_number(&s->b, ROW_LARGE, large);
            rc = put(s, BILL_ROW, err);
        }
    }
    return rc;
}

int tki_cost_state_save(struct tki_cost_state *x, struct tki_state_out *to, struct tk_err *err)
{
    struct saving s = {.x = x, .zip = {.to = to, .record = COST}};
    int rc = put_units(&s, err); /* settles whether there are others */
    rc = rc < 0 ? rc : put_sums(&s, err);
    rc = rc < 0 ? rc : put_kinds(&s, err);
    for (uint32_t i = 0; i < x->ledger->ids.n && rc == 0; i++)
        rc = put_trace(&s, i, err);
    rc = rc < 0 ? rc : put_parts(&s, err);
    rc = rc < 0 ? rc : put_bill(&s, x->bill, false, err);
    rc = rc < 0 ? rc : put_bill(&s, x->large, true, err);
    rc = rc < 0 ? rc : tki_state_zip_end(&s.zip, err);
    tki_state_zip_free(&s.zip);
    tki_buf_free(&s.b);
    tki_buf_free(&s.side);
    return rc;
}

/* ---- reading ---- */

struct loading {
    struct tki_cost_state *x;
    uint32_t *kind; /* of the state's kinds: their numbers here */
    uint32_t nkinds;
    size_t cap;
};

static int take_sums(struct loading *l, struct tki_pb c)
{
    struct tki_cost_state *x = l->x;
    size_t found = 0;
    for (unsigned tag; (tag = tki_pb_tag(&c));) {
        if ((tag & 7) != TKI_PB_VARINT) {
            tki_pb_skip(&c, tag);
            continue;
        }
        const uint64_t n = tki_pb_varint(&c);
        switch (tag >> 3) {
        case SUMS_JSON: x->measure->json_bytes += n; break;
        case SUMS_LEFT_JSON: x->left ? x->left->json_bytes += n : 0; break;
        case SUMS_DROPPED: x->units->dropped |= n != 0; break;
        case SUMS_BILL: x->bill ? x->bill->bytes += n : 0; break;
        case SUMS_LARGE: x->large ? x->large->bytes += n : 0; break;
        case SUMS_FOUND:
            if (found == x->nfound)
                return TK_EINVALID;
            x->found[found++] += n;
            break;
        default: break;
        }
    }
    return c.error || found != x->nfound ? TK_EINVALID : 0;
}

static int take_kind(struct loading *l, struct tki_pb c)
{
    tk_str name = {"", 0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        if (tag == TKI_PB(1, LEN))
            name = tki_pb_str(&c);
        else
            tki_pb_skip(&c, tag);
    if (c.error)
        return TK_EINVALID;
    if (TKI_GROW(l->kind, l->cap, l->nkinds + 1) < 0)
        return TK_ENOMEM;
    l->kind[l->nkinds] = tki_symtab_put(&l->x->kinds->names, name);
    return l->kind[l->nkinds++] == TKI_MAP_NONE ? TK_ENOMEM : 0;
}

enum { SIDES_MAX = 16 };

struct trace {
    struct tki_state_trace is;
    struct tki_kind_row kind;
    struct tki_trace_size size;
    uint64_t left;
    struct tki_pb side[SIDES_MAX];
    size_t nsides;
};

static bool get_trace(struct tki_pb c, struct trace *t)
{
    *t = (struct trace){0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(TRACE_ROOT_ID, I64): t->kind.span_id = tki_pb_i64(&c); break;
        case TKI_PB(TRACE_BYTES, VARINT): t->size.bytes = tki_pb_varint(&c); break;
        case TKI_PB(TRACE_EVENTS, VARINT): t->size.events = (uint32_t)tki_pb_varint(&c); break;
        case TKI_PB(TRACE_LINKS, VARINT): t->size.links = (uint32_t)tki_pb_varint(&c); break;
        case TKI_PB(TRACE_LEFT, VARINT): t->left = tki_pb_varint(&c); break;
        case TKI_PB(TRACE_SIDE, LEN):
            if (t->nsides == SIDES_MAX)
                return false;
            t->side[t->nsides++] = tki_pb_message(&c);
            break;
        default:
            if (!tki_state_get_trace(&c, tag, &t->is) && !tki_state_get_kind(&c, tag, &t->kind))
                tki_pb_skip(&c, tag);
        }
    if (c.error || !tki_state_trace_end(&t->is))
        return false;
    tki_state_kind_end(&t->kind, &t->is.row.extent);
    t->size.spans = t->is.row.spans;
    return true;
}

static void add_size(const struct tki_measure *m, uint32_t row, const struct tki_trace_size *more, uint64_t bytes)
{
    struct tki_trace_size *to = tki_ledger_at(m->ledger, row, m->column);
    to->bytes += bytes;
    to->spans += more->spans;
    to->events += more->events;
    to->links += more->links;
}

static int take_trace(struct loading *l, struct tki_pb message)
{
    struct tki_cost_state *x = l->x;
    struct trace t;
    if (!get_trace(message, &t) || t.kind.kind > l->nkinds || t.nsides != x->sides.n)
        return TK_EINVALID;
    bool known = tki_idmap_get(&x->ledger->ids, t.is.id) != TKI_MAP_NONE;
    uint32_t row = tki_ledger_add(x->ledger, t.is.id, &t.is.row);
    if (row == TK_NONE)
        return TK_ENOMEM;
    x->loaded++;
    x->shared += known;
    *(bool *)tki_ledger_at(x->ledger, row, x->divided) |= known;
    if (t.kind.kind)
        t.kind.kind = l->kind[t.kind.kind - 1] + 1;
    tki_kinds_join(tki_ledger_at(x->ledger, row, x->kinds->column), &t.kind);
    add_size(x->measure, row, &t.size, t.size.bytes);
    if (x->left)
        add_size(x->left, row, &t.size, t.left);
    int rc = 0;
    for (size_t k = 0; k < t.nsides && rc == 0 && !known; k++)
        rc = x->sides.take(x->sides.ctx, k, t.side[k], t.is.id, row);
    return rc;
}

static int take_part(struct loading *l, struct tki_pb c, struct tk_err *err)
{
    struct tki_sample_part part = {.proto = {"", 0}};
    bool known = false;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(PART_ID, LEN): known = tki_state_get_id(tki_pb_str(&c), &part.id); break;
        case TKI_PB(PART_ORDER, I64): part.order = tki_pb_i64(&c); break;
        case TKI_PB(PART_PROTO, LEN): part.proto = tki_pb_str(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    if (c.error || !known)
        return TK_EINVALID;
    return tki_sample_put_part(l->x->sample, &part, err) < 0 ? err->code : 0;
}

static int take_unit(struct loading *l, struct tki_pb c)
{
    struct tki_cost_unit u = {.text = {"", 0}, .cut = {"", 0}};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(UNIT_HASH, I64): u.hash = tki_pb_i64(&c); break;
        case TKI_PB(UNIT_START, I64): u.start_ns = tki_pb_i64(&c); break;
        case TKI_PB(UNIT_BYTES, VARINT): u.bytes = tki_pb_varint(&c); break;
        case TKI_PB(UNIT_TEXT, LEN): u.text = tki_pb_str(&c); break;
        case TKI_PB(UNIT_CUT, LEN): u.cut = tki_pb_str(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    return c.error ? TK_EINVALID : tki_units_put(l->x->units, &u);
}

static int take_bill_row(struct loading *l, struct tki_pb c)
{
    uint64_t kind = 0;
    tk_str name = {"", 0}, values = {"", 0};
    struct tki_bill_row row = {0};
    bool large = false;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(ROW_KIND, VARINT): kind = tki_pb_varint(&c); break;
        case TKI_PB(ROW_NAME, LEN): name = tki_pb_str(&c); break;
        case TKI_PB(ROW_TIMES, VARINT): row.n = tki_pb_varint(&c); break;
        case TKI_PB(ROW_BYTES, VARINT): row.bytes = tki_pb_varint(&c); break;
        case TKI_PB(ROW_VALUES, LEN): values = tki_pb_str(&c); break;
        case TKI_PB(ROW_LARGE, VARINT): large = tki_pb_varint(&c) != 0; break;
        default: tki_pb_skip(&c, tag);
        }
    struct tki_bill *to = large ? l->x->large : l->x->bill;
    struct tki_sketch sketch = {{0}};
    if (c.error || kind >= TKI_BILL_KINDS || (values.n && values.n != sizeof sketch.seen))
        return TK_EINVALID;
    memcpy(sketch.seen, values.p, values.n);
    return to ? tki_bill_add_row(to, (enum tki_bill_kind)kind, name, &row, &sketch) : 0;
}

static int take(void *loading, unsigned field, tk_str message, struct tk_err *err)
{
    struct loading *l = loading;
    const struct tki_pb c = tki_pb_over(message);
    switch (field) {
    case SUMS: return take_sums(l, c);
    case KIND: return take_kind(l, c);
    case TRACE: return take_trace(l, c);
    case PART: return take_part(l, c, err);
    case UNIT: return take_unit(l, c);
    case BILL_ROW: return take_bill_row(l, c);
    default: return 0;
    }
}

int tki_cost_state_load(struct tki_cost_state *x, struct tki_state_in *from, struct tk_err *err)
{
    struct loading l = {.x = x};
    struct tki_state_unzip unzip = {.from = from};
    unsigned field;
    tk_str message;
    int rc;
    while ((rc = tki_state_next(from, &field, &message, err)) == 1)
        if (field == COST && (rc = tki_state_unzip_record(&unzip, message, take, &l, err)) < 0)
            break;
    rc = rc < 0 ? rc : tki_state_unzip_end(&unzip, err);
    tki_state_unzip_free(&unzip);
    free(l.kind);
    return rc;
}

void tki_cost_state_loaded(struct tki_cost_state *x)
{
    for (uint32_t i = 0; i < x->ledger->ids.n; i++)
        tki_sample_count(x->sample, i, tki_measure_at(x->measure, i)->bytes);
}

const char *tki_cost_state_unmergeable(const struct tki_cost_state *x)
{
    for (unsigned k = 0; x->bill && k < TKI_BILL_KINDS; k++)
        if (x->bill->table[k].full)
            return "there are more names than the bill has room for, and which of them are (beyond the table) depends on "
                   "their order";
    return NULL;
}
