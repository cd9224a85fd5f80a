/* state_pb.h - fields of the messages that states are made of. */
#ifndef TKI_RUN_STATE_PB_H
#define TKI_RUN_STATE_PB_H

#include "base/num.h"
#include "format/pb/pb.h"

/* 0 is left out, as protobuf has it; of fixed64, too. */
static inline void tki_state_number(struct tki_buf *b, unsigned field, uint64_t x)
{
    if (!x)
        return;
    tki_buf_varint(b, TKI_PB(field, VARINT));
    tki_buf_varint(b, x);
}

/* Of a number that may be negative: 0, -1, 1, -2 as 0, 1, 2, 3 ("sint64"). */
static inline void tki_state_signed(struct tki_buf *b, unsigned field, int64_t x)
{
    tki_state_number(b, field, x < 0 ? ~((uint64_t)x << 1) : (uint64_t)x << 1);
}

static inline int64_t tki_state_get_signed(struct tki_pb *c)
{
    uint64_t x = tki_pb_varint(c);
    return (int64_t)(x >> 1 ^ -(x & 1));
}

static inline void tki_state_fixed(struct tki_buf *b, unsigned field, uint64_t x)
{
    char bytes[8];
    if (!x)
        return;
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(x >> 8 * i);
    tki_buf_varint(b, TKI_PB(field, I64));
    tki_buf_put(b, bytes, sizeof bytes);
}

static inline void tki_state_bytes(struct tki_buf *b, unsigned field, tk_str s)
{
    tki_buf_varint(b, TKI_PB(field, LEN));
    tki_buf_varint(b, s.n);
    tki_buf_str(b, s);
}

#endif
