#include "run/state_trace.h"

#include "run/state_pb.h"

void tki_state_put_trace(struct tki_buf *b, tk_id128 id, const struct tki_trace_row *row)
{
    char bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (char)(id.hi >> (56 - 8 * i));
        bytes[8 + i] = (char)(id.lo >> (56 - 8 * i));
    }
    tki_state_bytes(b, 1, (tk_str){bytes, sizeof bytes});
    tki_state_fixed(b, 2, row->extent.start_ns);
    tki_state_number(b, 3, row->extent.end_ns - row->extent.start_ns); /* never before the start; both 0: no times */
    tki_state_fixed(b, 4, row->extent.zero_end_ns);
    tki_state_fixed(b, 5, row->rate);
    tki_state_number(b, 6, row->spans);
    tki_state_number(b, 7, row->roots);
    tki_state_number(b, 8, row->errors);
    tki_state_number(b, 9, row->zeros);
}

static bool get_id(tk_str s, tk_id128 *id)
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
    case TKI_PB(1, LEN): to->known = get_id(tki_pb_str(c), &to->id); return true;
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

bool tki_state_trace_end(struct tki_state_trace *t)
{
    t->row.extent.end_ns = t->row.extent.start_ns + t->duration_ns;
    return t->known && t->row.extent.end_ns >= t->row.extent.start_ns;
}
