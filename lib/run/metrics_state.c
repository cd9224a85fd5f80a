#include "run/metrics_state.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "expr/traceql/ast.h"
#include "model/quantile.h"
#include "run/state_pb.h"

/* Fields of State. */
enum { SUMS = 10, CELL = 11, VALUES = 12, TRACES = 13 };
enum { CHUNK = 8192 };   /* values in a record */
enum { PARTS_MAX = 48 }; /* of an exact sum: 2098 bits in parts of 53, and what is no number */

/* ---- writing ---- */

/* The parts of an exact sum, and what is no number: packed, eight bytes each. */
static void put_exact(struct tki_buf *b, unsigned field, const struct tki_exact *s)
{
    double parts[PARTS_MAX];
    size_t n = 0;
    if (s->odd != 0)
        parts[n++] = s->odd;
    for (uint32_t i = 0; i < s->n && n < PARTS_MAX; i++)
        parts[n++] = s->part[i];
    if (n)
        tki_state_bytes(b, field, (tk_str){(const char *)parts, n * sizeof *parts});
}

static void put_label(struct tki_buf *b, const struct tki_value *v)
{
    struct tki_buf text = {0};
    tki_state_number(&text, 1, v->type);
    switch ((enum tki_vtype)v->type) {
    case TKI_V_STRING: tki_state_bytes(&text, 3, v->v.s); break;
    case TKI_V_FLOAT: tki_state_fixed(&text, 4, tki_double_bits(v->v.d)); break;
    case TKI_V_BOOL: tki_state_number(&text, 2, v->v.b); break;
    case TKI_V_ID:
        tki_state_fixed(&text, 4, v->v.id.lo);
        tki_state_fixed(&text, 5, v->v.id.hi);
        tki_state_number(&text, 6, v->bytes);
        break;
    case TKI_V_NIL: break;
    default: tki_state_number(&text, 2, (uint64_t)v->v.i); /* whole numbers of some unit */
    }
    tki_state_bytes(b, 4, (tk_str){text.p, text.n});
    b->err = b->err ? b->err : text.err;
    tki_buf_free(&text);
}

static int put_sums(const struct tki_qmetrics *m, struct tki_state_out *to, struct tki_buf *b, struct tk_err *err)
{
    struct tki_qobserved o;
    tki_qmetrics_observed(m, &o);
    b->n = 0;
    if (o.first_ns <= o.last_ns) {
        tki_state_fixed(b, 1, o.first_ns);
        tki_state_fixed(b, 2, o.last_ns);
    }
    tki_state_number(b, 3, o.spans);
    tki_state_number(b, 4, o.sampled);
    tki_state_number(b, 5, o.untimed);
    put_exact(b, 6, &o.stand_for);
    return tki_state_put(to, SUMS, b, err);
}

static int put_cell(const struct tki_qcell_of *c, struct tki_state_out *to, struct tki_buf *b, struct tk_err *err)
{
    b->n = 0;
    tki_state_number(b, 1, c->leaf);
    tki_state_number(b, 2, (uint64_t)c->interval);
    tki_state_number(b, 3, (uint64_t)c->bucket);
    for (uint32_t i = 0; i < c->nlabels; i++)
        put_label(b, &c->labels[i]);
    put_exact(b, 5, &c->n);
    put_exact(b, 6, &c->sum);
    tki_state_fixed(b, 7, tki_double_bits(c->min));
    tki_state_fixed(b, 8, tki_double_bits(c->max));
    return tki_state_put(to, CELL, b, err);
}

/* Values of one cell, and their weights unless all are 1. */
struct writing {
    struct tki_state_out *to;
    uint64_t first; /* number of the function's first cell in the state */
    uint64_t cell;
    struct tki_buf values, weights, b;
    bool weighted;
};

static int flush(struct writing *w, struct tk_err *err)
{
    if (!w->values.n && !w->values.err)
        return 0;
    w->b.n = 0;
    tki_state_number(&w->b, 1, w->cell);
    tki_state_bytes(&w->b, 2, (tk_str){w->values.p, w->values.n});
    if (w->weighted)
        tki_state_bytes(&w->b, 3, (tk_str){w->weights.p, w->weights.n});
    w->b.err = w->b.err ? w->b.err : w->values.err ? w->values.err : w->weights.err;
    w->values.n = w->weights.n = 0;
    w->weighted = false;
    return tki_state_put(w->to, VALUES, &w->b, err);
}

static int take_value(void *ctx, uint32_t cell, double value, double weight, struct tk_err *err)
{
    struct writing *w = ctx;
    int r = w->first + cell != w->cell || w->values.n >= CHUNK * sizeof value ? flush(w, err) : 0;
    w->cell = w->first + cell;
    w->weighted |= weight != 1;
    tki_buf_put(&w->values, &value, sizeof value);
    tki_buf_put(&w->weights, &weight, sizeof weight);
    return r;
}

/* Cells of the state are numbered from 1 in their order in it. */
static int put_values(struct tki_qmetrics *m, struct tki_state_out *to, struct tk_err *err)
{
    struct writing w = {.to = to, .first = 1};
    int r = 0;
    for (uint32_t leaf = 0; leaf < tki_qmetrics_leaves(m) && r == 0; leaf++) {
        struct tki_values *v = tki_qmetrics_values(m, leaf);
        if (v)
            r = tki_values_each(v, take_value, &w, err);
        w.first += tki_qmetrics_cells(m, leaf);
    }
    if (r == 0)
        r = flush(&w, err);
    tki_buf_free(&w.values);
    tki_buf_free(&w.weights);
    tki_buf_free(&w.b);
    return r;
}

int tki_metrics_save(struct tki_qmetrics *m, struct tki_state_traces *traces, struct tki_state_out *to,
                     struct tk_err *err)
{
    struct tki_buf b = {0};
    struct tki_qcell_of c;
    if (!tki_qmetrics_join(m))
        return tki_err_set(err, TK_EUNSUPPORTED, "compare() has no state: ask it of the whole dump");
    int r = put_sums(m, to, &b, err);
    for (uint32_t leaf = 0; leaf < tki_qmetrics_leaves(m); leaf++)
        for (uint32_t i = 0; i < tki_qmetrics_cells(m, leaf) && r == 0; i++) {
            tki_qmetrics_cell(m, leaf, i, &c);
            r = put_cell(&c, to, &b, err);
        }
    tki_buf_free(&b);
    if (r == 0)
        r = put_values(m, to, err);
    return r < 0 ? r : tki_state_traces_save(traces, TRACES, to, err);
}

/* ---- reading ---- */

struct loading {
    struct tki_qmetrics *m;
    struct tki_state_traces *traces;
    struct tki_state_in *from;
    struct at {
        uint32_t leaf, cell;
    } * cell; /* in m, of each cell of the state */
    size_t n, cap;
};

static bool get_exact(tk_str packed, struct tki_exact *to)
{
    double x;
    for (; packed.n >= sizeof x; packed.p += sizeof x, packed.n -= sizeof x) {
        memcpy(&x, packed.p, sizeof x);
        if (tki_exact_add(to, x) < 0)
            return false;
    }
    return packed.n == 0;
}

static int load_sums(struct loading *l, struct tki_pb c, struct tk_err *err)
{
    struct tki_qobserved o = {.first_ns = UINT64_MAX};
    bool good = true;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, I64): o.first_ns = tki_pb_i64(&c); break;
        case TKI_PB(2, I64): o.last_ns = tki_pb_i64(&c); break;
        case TKI_PB(3, VARINT): o.spans = tki_pb_varint(&c); break;
        case TKI_PB(4, VARINT): o.sampled = tki_pb_varint(&c); break;
        case TKI_PB(5, VARINT): o.untimed = tki_pb_varint(&c); break;
        case TKI_PB(6, LEN): good &= get_exact(tki_pb_str(&c), &o.stand_for); break;
        default: tki_pb_skip(&c, tag);
        }
    int r = c.error || !good                          ? tki_state_bad(l->from, "damaged sums", err)
            : tki_qmetrics_put_observed(l->m, &o) < 0 ? tki_err_memory(err)
                                                      : 0;
    tki_exact_free(&o.stand_for);
    return r;
}

static bool get_label(struct tki_pb c, struct tki_value *v)
{
    uint64_t type = 0, number = 0, low = 0, high = 0, bytes = 0;
    tk_str text = {"", 0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, VARINT): type = tki_pb_varint(&c); break;
        case TKI_PB(2, VARINT): number = tki_pb_varint(&c); break;
        case TKI_PB(3, LEN): text = tki_pb_str(&c); break;
        case TKI_PB(4, I64): low = tki_pb_i64(&c); break;
        case TKI_PB(5, I64): high = tki_pb_i64(&c); break;
        case TKI_PB(6, VARINT): bytes = tki_pb_varint(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    *v = (struct tki_value){.type = (uint8_t)type};
    switch ((enum tki_vtype)type) {
    case TKI_V_STRING: v->v.s = text; break;
    case TKI_V_FLOAT: v->v.d = tki_bits_double(low); break;
    case TKI_V_BOOL: v->v.b = number != 0; break;
    case TKI_V_ID:
        v->v.id = (tk_id128){high, low};
        v->bytes = bytes == 16 ? 16 : 8;
        break;
    case TKI_V_ARRAY:
    case TKI_V_MAP:
    case TKI_V_BYTES: return false; /* have become text */
    default: v->v.i = (int64_t)number;
    }
    return !c.error && type < TKI_VTYPES;
}

static int put_cell_of(struct loading *l, struct tki_qcell_of *c, bool good, struct tk_err *err)
{
    if (!good)
        return tki_state_bad(l->from, "a damaged cell", err);
    if (TKI_GROW(l->cell, l->cap, l->n + 1) < 0)
        return tki_err_memory(err);
    struct at *at = &l->cell[l->n++];
    at->leaf = c->leaf;
    int r = tki_qmetrics_put_cell(l->m, c, &at->cell);
    return r == TK_EUSAGE ? tki_state_bad(l->from, "a cell of another query", err) : r < 0 ? tki_err_memory(err) : 0;
}

static int load_cell(struct loading *l, struct tki_pb c, struct tk_err *err)
{
    struct tki_value labels[TKI_QUERY_LABELS_MAX];
    struct tki_qcell_of cell = {.labels = labels};
    bool good = true;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, VARINT): cell.leaf = (uint32_t)tki_pb_varint(&c); break;
        case TKI_PB(2, VARINT): cell.interval = (int64_t)tki_pb_varint(&c); break;
        case TKI_PB(3, VARINT): cell.bucket = (int64_t)tki_pb_varint(&c); break;
        case TKI_PB(4, LEN):
            good &= cell.nlabels < TKI_QUERY_LABELS_MAX && get_label(tki_pb_message(&c), &labels[cell.nlabels]);
            cell.nlabels += good;
            break;
        case TKI_PB(5, LEN): good &= get_exact(tki_pb_str(&c), &cell.n); break;
        case TKI_PB(6, LEN): good &= get_exact(tki_pb_str(&c), &cell.sum); break;
        case TKI_PB(7, I64): cell.min = tki_bits_double(tki_pb_i64(&c)); break;
        case TKI_PB(8, I64): cell.max = tki_bits_double(tki_pb_i64(&c)); break;
        default: tki_pb_skip(&c, tag);
        }
    int r = put_cell_of(l, &cell, good && !c.error, err);
    tki_exact_free(&cell.n);
    tki_exact_free(&cell.sum);
    return r;
}

static int load_values(struct loading *l, struct tki_pb c, struct tk_err *err)
{
    tk_str values = {"", 0}, weights = {"", 0};
    uint64_t number = 0;
    int r = 0;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, VARINT): number = tki_pb_varint(&c); break;
        case TKI_PB(2, LEN): values = tki_pb_str(&c); break;
        case TKI_PB(3, LEN): weights = tki_pb_str(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    bool known = number >= 1 && number <= l->n;
    struct tki_values *to = known ? tki_qmetrics_values(l->m, l->cell[number - 1].leaf) : NULL;
    if (c.error || !to || values.n % sizeof(double) || (weights.n && weights.n != values.n))
        return tki_state_bad(l->from, "damaged values", err);
    for (size_t i = 0; i < values.n && r == 0; i += sizeof(double)) {
        double value, weight = 1;
        memcpy(&value, values.p + i, sizeof value);
        if (weights.n)
            memcpy(&weight, weights.p + i, sizeof weight);
        r = value != value || !(weight > 0) ? tki_state_bad(l->from, "damaged values", err)
                                            : tki_values_add(to, l->cell[number - 1].cell, value, weight, err);
    }
    return r;
}

static int load_record(struct loading *l, unsigned field, struct tki_pb c, struct tk_err *err)
{
    switch (field) {
    case SUMS: return load_sums(l, c, err);
    case CELL: return load_cell(l, c, err);
    case VALUES: return load_values(l, c, err);
    case TRACES: return tki_state_traces_load(l->traces, c, l->from, err);
    default: return 0;
    }
}

int tki_metrics_load(struct tki_qmetrics *m, struct tki_state_traces *traces, struct tki_state_in *from,
                     struct tk_err *err)
{
    struct loading l = {.m = m, .traces = traces, .from = from};
    unsigned field;
    tk_str message;
    int r;
    while ((r = tki_state_next(from, &field, &message, err)) == 1 &&
           (r = load_record(&l, field, tki_pb_over(message), err)) == 0)
        ;
    free(l.cell);
    return r;
}
