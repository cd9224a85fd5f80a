#include "run/summary_state.h"

#include "base/err.h"
#include "run/state_pb.h"
#include "run/state_trace.h"

/* Fields of State. */
enum { COUNTS = 3, SERVICE = 4, TRACE = 5 };
enum { KIND_FIRST = 20, STATUS_FIRST = 30 }; /* fields of Counts: one for each kind, and each status */

/* ---- writing ---- */

static void put_counts(struct tki_buf *b, const struct tki_span_counts *c)
{
    tki_state_number(b, 1, c->spans);
    tki_state_number(b, 2, c->errors);
    tki_state_number(b, 3, c->events);
    tki_state_number(b, 4, c->links);
    tki_state_number(b, 5, c->with_parent);
    tki_state_number(b, 6, c->negative);
    tki_state_number(b, 7, c->other_unit);
    tki_state_number(b, 8, c->endless);
    tki_state_number(b, 9, c->ticks);
    for (unsigned i = 0; i <= TKI_KINDS; i++)
        tki_state_number(b, KIND_FIRST + i, c->kinds[i]);
    for (unsigned i = 0; i < 3; i++)
        tki_state_number(b, STATUS_FIRST + i, c->status[i]);
}

static int save(const struct tki_summary *s, const struct tki_ledger *l, struct tki_state_out *to, struct tki_buf *b,
                struct tk_err *err)
{
    put_counts(b, &s->counts);
    int r = tki_state_put(to, COUNTS, b, err);
    for (uint32_t i = 0; i < s->services.n && r == 0; i++) {
        b->n = 0;
        tki_state_bytes(b, 1, s->services.strs[i]);
        tki_state_number(b, 2, s->service_counts[i].spans);
        tki_state_number(b, 3, s->service_counts[i].errors);
        r = tki_state_put(to, SERVICE, b, err);
    }
    for (uint32_t i = 0; i < l->ids.n && r == 0; i++) {
        b->n = 0;
        tki_state_put_trace(b, l->ids.ids[i], tki_ledger_row(l, i));
        r = tki_state_put(to, TRACE, b, err);
    }
    return r;
}

int tki_summary_save(const struct tki_summary *s, const struct tki_ledger *ledger, struct tki_state_out *to,
                     struct tk_err *err)
{
    struct tki_buf b = {0};
    int r = save(s, ledger, to, &b, err);
    tki_buf_free(&b);
    return r;
}

/* ---- reading ---- */

static bool get_counts(struct tki_pb c, struct tki_span_counts *to)
{
    *to = (struct tki_span_counts){0};
    for (unsigned tag; (tag = tki_pb_tag(&c));) {
        unsigned field = tag >> 3;
        if ((tag & 7) != TKI_PB_VARINT) {
            tki_pb_skip(&c, tag);
            continue;
        }
        uint64_t x = tki_pb_varint(&c);
        switch (field) {
        case 1: to->spans = x; break;
        case 2: to->errors = x; break;
        case 3: to->events = x; break;
        case 4: to->links = x; break;
        case 5: to->with_parent = x; break;
        case 6: to->negative = x; break;
        case 7: to->other_unit = x; break;
        case 8: to->endless = x; break;
        case 9: to->ticks = x; break;
        default:
            if (field >= KIND_FIRST && field <= KIND_FIRST + TKI_KINDS)
                to->kinds[field - KIND_FIRST] = x;
            if (field >= STATUS_FIRST && field < STATUS_FIRST + 3)
                to->status[field - STATUS_FIRST] = x;
        }
    }
    return !c.error;
}

static bool get_service(struct tki_pb c, tk_str *name, struct tki_service_count *to)
{
    *name = (tk_str){"", 0};
    *to = (struct tki_service_count){0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        switch (tag) {
        case TKI_PB(1, LEN): *name = tki_pb_str(&c); break;
        case TKI_PB(2, VARINT): to->spans = tki_pb_varint(&c); break;
        case TKI_PB(3, VARINT): to->errors = tki_pb_varint(&c); break;
        default: tki_pb_skip(&c, tag);
        }
    return !c.error;
}

static bool get_trace(struct tki_pb c, struct tki_state_trace *to)
{
    *to = (struct tki_state_trace){0};
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        if (!tki_state_get_trace(&c, tag, to))
            tki_pb_skip(&c, tag);
    return !c.error && tki_state_trace_end(to);
}

int tki_summary_load(struct tki_summary *s, struct tki_ledger *ledger, struct tki_state_in *from, struct tk_err *err)
{
    unsigned field;
    tk_str message, name;
    int r;
    while ((r = tki_state_next(from, &field, &message, err)) == 1) {
        struct tki_span_counts counts;
        struct tki_service_count count;
        struct tki_state_trace row;
        struct tki_pb c = tki_pb_over(message);
        bool good = true, room = true;
        if (field == COUNTS && (good = get_counts(c, &counts)))
            tki_summary_add_counts(s, &counts);
        if (field == SERVICE && (good = get_service(c, &name, &count)))
            room = tki_summary_add_service(s, name, &count) == 0;
        if (field == TRACE && (good = get_trace(c, &row)))
            room = tki_ledger_add(ledger, row.id, &row.row) != TK_NONE;
        if (!good)
            return tki_state_bad(from, "a damaged record of a state", err);
        if (!room)
            return tki_err_memory(err);
    }
    return r;
}
