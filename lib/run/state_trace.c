#include "run/state_trace.h"

#include "run/state_pb.h"

void tki_state_put_id(struct tki_buf *b, unsigned field, tk_id128 id)
{
    char bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (char)(id.hi >> (56 - 8 * i));
        bytes[8 + i] = (char)(id.lo >> (56 - 8 * i));
    }
    tki_state_bytes(b, field, (tk_str){bytes, sizeof bytes});
}

void tki_state_put_trace(struct tki_buf *b, tk_id128 id, const struct tki_trace_row *row)
{
    tki_state_put_id(b, 1, id);
    tki_state_fixed(b, 2, row->extent.start_ns);
    tki_state_number(b, 3, row->extent.end_ns - row->extent.start_ns); /* never before the start; both 0: no times */
    tki_state_fixed(b, 4, row->extent.zero_end_ns);
    tki_state_fixed(b, 5, row->rate);
    tki_state_number(b, 6, row->spans);
    tki_state_number(b, 7, row->roots);
    tki_state_number(b, 8, row->errors);
    tki_state_number(b, 9, row->zeros);
}

bool tki_state_get_id(tk_str s, tk_id128 *id)
{
    *id = (tk_id128){0};
    for (size_t i = 0; i < 8 && s.n == 16; i++) {
        id->hi = id->hi << 8 | (unsigned char)s.p[i];
        id->lo = id->lo << 8 | (unsigned char)s.p[8 + i];
    }
    return s.n == 16;
}

bool tki_state_get_trace(struct tki_pb *c, unsigned tag, struct tki_state_trace *to)
{
    struct tki_trace_row *row = &to->row;
    switch (tag) {
    case TKI_PB(1, LEN): to->known = tki_state_get_id(tki_pb_str(c), &to->id); return true;
    case TKI_PB(2, I64): row->extent.start_ns = tki_pb_i64(c); return true;
    case TKI_PB(3, VARINT): to->duration_ns = tki_pb_varint(c); return true;
    case TKI_PB(4, I64): row->extent.zero_end_ns = tki_pb_i64(c); return true;
    case TKI_PB(5, I64): row->rate = tki_pb_i64(c); return true;
    case TKI_PB(6, VARINT): row->spans = (uint32_t)tki_pb_varint(c); return true;
    case TKI_PB(7, VARINT): row->roots = (uint32_t)tki_pb_varint(c); return true;
    case TKI_PB(8, VARINT): row->errors = (uint32_t)tki_pb_varint(c); return true;
    case TKI_PB(9, VARINT): row->zeros = (uint32_t)tki_pb_varint(c); return true;
    default: return false;
    }
}

enum { ROOT_KIND = 10, ROOT_START, ROOT_END, ROOT_SEVERAL };

void tki_state_put_kind(struct tki_buf *b, const struct tki_kind_row *k, const struct tki_extent *x)
{
    if (!k->kind)
        return;
    tki_state_number(b, ROOT_KIND, k->kind);
    tki_state_signed(b, ROOT_START, (int64_t)(k->start_ns - x->start_ns));
    tki_state_signed(b, ROOT_END, (int64_t)(k->end_ns - x->end_ns));
    tki_state_number(b, ROOT_SEVERAL, k->several);
}

bool tki_state_get_kind(struct tki_pb *c, unsigned tag, struct tki_kind_row *to)
{
    switch (tag) {
    case TKI_PB(ROOT_KIND, VARINT): to->kind = (uint32_t)tki_pb_varint(c); return true;
    case TKI_PB(ROOT_START, VARINT): to->start_ns = (uint64_t)tki_state_get_signed(c); return true;
    case TKI_PB(ROOT_END, VARINT): to->end_ns = (uint64_t)tki_state_get_signed(c); return true;
    case TKI_PB(ROOT_SEVERAL, VARINT): to->several = tki_pb_varint(c) != 0; return true;
    default: return false;
    }
}

void tki_state_kind_end(struct tki_kind_row *k, const struct tki_extent *x)
{
    k->start_ns += x->start_ns;
    k->end_ns += x->end_ns;
}

bool tki_state_trace_end(struct tki_state_trace *t)
{
    t->row.extent.end_ns = t->row.extent.start_ns + t->duration_ns;
    return t->known && t->row.extent.end_ns >= t->row.extent.start_ns;
}
