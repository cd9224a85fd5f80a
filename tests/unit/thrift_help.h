/* thrift_help.h - Thrift put together value by value, in either protocol. */
#ifndef TRACEKIT_TESTS_THRIFT_HELP_H
#define TRACEKIT_TESTS_THRIFT_HELP_H

#include "format/thrift/thrift.h"
#include "format_help.h"

struct maker {
    struct tki_buf out;
    bool compact;
    int last[16]; /* compact: number of the field before */
    int depth;
};

static inline void make_varint(struct maker *m, uint64_t x)
{
    for (; x > 127; x >>= 7)
        tki_buf_putc(&m->out, (char)(x | 128));
    tki_buf_putc(&m->out, (char)x);
}

static inline void make_be(struct maker *m, uint64_t x, int bytes)
{
    while (bytes--)
        tki_buf_putc(&m->out, (char)(x >> (8 * bytes)));
}

/* The compact protocol's number of a type. */
static inline int make_compact_type(int type)
{
    static const char types[] = {
        [TKI_THRIFT_BOOL] = 1, [TKI_THRIFT_I8] = 3,   [TKI_THRIFT_DOUBLE] = 7, [TKI_THRIFT_I16] = 4,
        [TKI_THRIFT_I32] = 5,  [TKI_THRIFT_I64] = 6,  [TKI_THRIFT_STRING] = 8, [TKI_THRIFT_STRUCT] = 12,
        [TKI_THRIFT_MAP] = 11, [TKI_THRIFT_SET] = 10, [TKI_THRIFT_LIST] = 9,   [TKI_THRIFT_UUID] = 13};
    return types[type];
}

/* `nibble` is the type, but for booleans. */
static inline void make_head(struct maker *m, int nibble, int type, int id)
{
    if (!m->compact) {
        tki_buf_putc(&m->out, (char)type);
        make_be(m, (uint64_t)id, 2);
        return;
    }
    int delta = id - m->last[m->depth];
    m->last[m->depth] = id;
    if (delta > 0 && delta < 16) {
        tki_buf_putc(&m->out, (char)(delta << 4 | nibble));
    } else {
        tki_buf_putc(&m->out, (char)nibble);
        make_varint(m, (uint64_t)id * 2);
    }
}

static inline void make_field(struct maker *m, int type, int id)
{
    make_head(m, make_compact_type(type), type, id);
}

static inline void make_number(struct maker *m, int64_t x, int bytes)
{
    if (m->compact)
        make_varint(m, (uint64_t)x << 1 ^ (uint64_t)(x >> 63));
    else
        make_be(m, (uint64_t)x, bytes);
}

static inline void make_i16(struct maker *m, int id, int64_t x)
{
    make_field(m, TKI_THRIFT_I16, id);
    make_number(m, x, 2);
}

static inline void make_i32(struct maker *m, int id, int64_t x)
{
    make_field(m, TKI_THRIFT_I32, id);
    make_number(m, x, 4);
}

static inline void make_i64(struct maker *m, int id, int64_t x)
{
    make_field(m, TKI_THRIFT_I64, id);
    make_number(m, x, 8);
}

static inline void make_bool(struct maker *m, int id, bool x)
{
    make_head(m, x ? 1 : 2, TKI_THRIFT_BOOL, id);
    if (!m->compact)
        tki_buf_putc(&m->out, (char)x);
}

static inline void make_double(struct maker *m, int id, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, 8);
    make_field(m, TKI_THRIFT_DOUBLE, id);
    for (int i = 0; i < 8; i++)
        tki_buf_putc(&m->out, (char)(bits >> (m->compact ? 8 * i : 56 - 8 * i)));
}

static inline void make_bytes(struct maker *m, int id, const char *p, size_t n)
{
    make_field(m, TKI_THRIFT_STRING, id);
    if (m->compact)
        make_varint(m, n);
    else
        make_be(m, n, 4);
    tki_buf_put(&m->out, p, n);
}

static inline void make_str(struct maker *m, int id, const char *z)
{
    make_bytes(m, id, z, strlen(z));
}

/* A struct that is no field: a record, or an element. */
static inline void make_open(struct maker *m)
{
    m->last[++m->depth] = 0;
}

static inline void make_close(struct maker *m)
{
    tki_buf_putc(&m->out, 0);
    m->depth--;
}

static inline void make_struct(struct maker *m, int id)
{
    make_field(m, TKI_THRIFT_STRUCT, id);
    make_open(m);
}

static inline void make_list_head(struct maker *m, int type, uint32_t n)
{
    if (!m->compact) {
        tki_buf_putc(&m->out, (char)type);
        make_be(m, n, 4);
    } else if (n < 15) {
        tki_buf_putc(&m->out, (char)(n << 4 | (uint32_t)make_compact_type(type)));
    } else {
        tki_buf_putc(&m->out, (char)(15 << 4 | make_compact_type(type)));
        make_varint(m, n);
    }
}

static inline void make_list(struct maker *m, int id, int type, uint32_t n)
{
    make_field(m, TKI_THRIFT_LIST, id);
    make_list_head(m, type, n);
}

enum header { BARE, VERSIONED, OLD }; /* of the compact protocol there is one */

/* A message's header, and the struct of its arguments opened. */
static inline void make_message(struct maker *m, enum header h, const char *name)
{
    if (m->compact) {
        tki_buf_lit(&m->out, "\x82\x81");
        make_varint(m, 300);
        make_varint(m, strlen(name));
        tki_buf_put(&m->out, name, strlen(name));
    } else {
        if (h == VERSIONED)
            tki_buf_lit(&m->out, "\x80\x01\x00\x04");
        make_be(m, strlen(name), 4);
        tki_buf_put(&m->out, name, strlen(name));
        if (h == OLD)
            tki_buf_putc(&m->out, 4);
        make_be(m, 7, 4);
    }
    make_open(m);
}

static inline void make_start(struct maker *m, bool compact)
{
    tki_buf_reset(&m->out);
    m->compact = compact;
    m->depth = 0;
}

static inline tk_str made(const struct maker *m)
{
    return (tk_str){m->out.p, m->out.n};
}

/* Cuts the input with that window and decodes the pieces; the answer is the cutter's last or the decoder's.
 */
static inline int cut_and_decode(const struct tki_format *f, tk_str in, size_t window, size_t record_max,
                                 struct tk_batch *b, uint64_t *pieces, struct tk_err *err)
{
    struct tki_cut c = {
        .cutter = f->cutter, .split = f->split, .window = window, .inside = record_max, .record_max = record_max};
    size_t at = 0, n = window;
    int r = c.cutter->open(&c);
    *pieces = 0;
    while (r >= 0) {
        struct tki_piece piece;
        tk_str w = {in.p + at, in.n - at < n ? in.n - at : n};
        r = c.cutter->next(&c, w, at + w.n == in.n, &piece, err);
        if (r < 0 || r == TKI_CUT_END)
            break;
        if (r == TKI_CUT_MORE) {
            n *= 2;
            continue;
        }
        n = window;
        at += piece.consumed;
        struct tki_buf whole = {0};
        tki_buf_str(&whole, piece.prefix);
        tki_buf_str(&whole, piece.body);
        tki_buf_str(&whole, piece.suffix);
        *pieces += piece.body.n > 0;
        r = tki_format_decode(f, (tk_str){whole.p, whole.n}, TK_NEED_COPY, b, err);
        tki_buf_free(&whole);
    }
    c.cutter->close(&c);
    return r < 0 ? r : 0;
}

#endif
