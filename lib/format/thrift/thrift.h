/* thrift.h - a pull cursor over Thrift's binary and compact protocols, with the verbs of the other cursors,
 * and the little that writing needs.
 *
 *     if (tki_thrift_struct(&c))
 *         for (unsigned f; (f = tki_thrift_field(&c));)
 *             switch (f) {
 *             case TKI_THRIFT(1, I64): id = tki_thrift_i64(&c); break;
 *             case TKI_THRIFT(5, STRING): name = tki_thrift_str(&c); break;
 *             default: tki_thrift_skip(&c, f);
 *             }
 *
 * Both protocols have the same types and field numbers, so a decoder is written once.  Every value that a
 * field announces must be taken or skipped.  A field of an unexpected type has another tag and is skipped, as
 * Thrift's own readers do it.
 *
 * Errors are sticky: the cursor then stands at its end, fields are 0, lists are empty, values are zero; the
 * caller looks at c->error once.  `missing` tells an end that came too early from bytes that cannot be right.
 * A length or count is never believed beyond the bytes that are there.
 */
#ifndef TKI_FORMAT_THRIFT_THRIFT_H
#define TKI_FORMAT_THRIFT_THRIFT_H

#include "base/buf.h"

/* as the binary protocol writes them */
enum tki_thrift_type {
    TKI_THRIFT_BOOL = 2,
    TKI_THRIFT_I8 = 3,
    TKI_THRIFT_DOUBLE = 4,
    TKI_THRIFT_I16 = 6,
    TKI_THRIFT_I32 = 8,
    TKI_THRIFT_I64 = 10,
    TKI_THRIFT_STRING = 11, /* and binary */
    TKI_THRIFT_STRUCT = 12,
    TKI_THRIFT_MAP = 13,
    TKI_THRIFT_SET = 14,
    TKI_THRIFT_LIST = 15,
    TKI_THRIFT_UUID = 16,
};
#define TKI_THRIFT(id, type)   ((unsigned)(id) << 8 | TKI_THRIFT_##type)
#define TKI_THRIFT_ID(field)   ((field) >> 8)
#define TKI_THRIFT_TYPE(field) ((field)&0xff)
#define TKI_THRIFT_DEPTH_MAX   32 /* structs, lists and maps in one another */

struct tki_thrift {
    const unsigned char *p, *end;
    const char *error; /* NULL, or what is wrong */
    const unsigned char *error_at;
    bool missing;    /* the error is that the bytes end */
    bool compact;    /* the protocol */
    bool field_bool; /* compact: a boolean whose value stood in the field's header ... */
    bool bool_value; /* ... and the value */
    unsigned depth;
    uint16_t last[TKI_THRIFT_DEPTH_MAX + 1]; /* compact: number of the field before, of each open struct */
};

static inline struct tki_thrift tki_thrift_over(tk_str s, bool compact)
{
    return (struct tki_thrift){
        .p = (const unsigned char *)s.p, .end = (const unsigned char *)s.p + s.n, .compact = compact};
}

void tki_thrift_fail(struct tki_thrift *c, const unsigned char *at, const char *what);

/* Enters a struct.  Returns false on an error. */
bool tki_thrift_struct(struct tki_thrift *c);
/* The next field of the struct entered last, TKI_THRIFT(number, type); 0: the struct has ended, or an error.
 */
unsigned tki_thrift_field(struct tki_thrift *c);
/* The number of elements of a list or set, which must be of that type. */
uint32_t tki_thrift_list(struct tki_thrift *c, enum tki_thrift_type type);

/* The same without a look at how many bytes there are. */
uint32_t tki_thrift_list_head(struct tki_thrift *c, enum tki_thrift_type type);

bool tki_thrift_bool(struct tki_thrift *c);
int16_t tki_thrift_i16(struct tki_thrift *c);
int32_t tki_thrift_i32(struct tki_thrift *c);
int64_t tki_thrift_i64(struct tki_thrift *c);
double tki_thrift_double(struct tki_thrift *c);
tk_str tki_thrift_str(struct tki_thrift *c); /* a view */
/* A value of that type; the low byte of a field will do. */
void tki_thrift_skip(struct tki_thrift *c, unsigned type);

/* ---- records: what stands at the top of a dump ---- */

enum tki_thrift_call { TKI_THRIFT_CALL = 1, TKI_THRIFT_REPLY, TKI_THRIFT_EXCEPTION, TKI_THRIFT_ONEWAY };

struct tki_thrift_start {
    bool message;  /* a message's header was read: the struct of its arguments follows */
    bool list;     /* else a list, or else a struct */
    unsigned call; /* enum tki_thrift_call */
    tk_str name;
};
/* Finds out what stands at the cursor and in which protocol (sets c->compact), and passes a message's header.
 * Bare values carry no mark: a binary struct begins with a type and a field number below 256; with
 * lists_of_structs a value that begins like one (0x0c and a count; 0x?c in the compact protocol) is one,
 * which is right where no struct's first field is a struct.  false: an error. */
bool tki_thrift_begin(struct tki_thrift *c, bool lists_of_structs, struct tki_thrift_start *s);
/* Skips what tki_thrift_begin found. */
void tki_thrift_skip_started(struct tki_thrift *c, const struct tki_thrift_start *s);

/* ---- recognising ---- */

/* The fields that a struct may have; an entry with id 0 ends them. */
struct tki_thrift_shape {
    unsigned id;
    enum tki_thrift_type type;             /* of the field */
    const struct tki_thrift_shape *inside; /* of a struct, or of the structs of a list */
};
/* The bid of a format whose input begins with a call of one of these names (a NULL-terminated list), or with a struct
 * of that shape, or, with lists_of_structs, with a list of such structs.  Returns 0 when anything in the text is not as
 * the shape has it; the text may end anywhere. */
unsigned tki_thrift_bid(tk_str text, bool lists_of_structs, const char *const *calls,
                        const struct tki_thrift_shape *shape);

/* ---- writing: the binary protocol, which needs no state ---- */

void tki_thrift_put_field(struct tki_buf *b, enum tki_thrift_type type, unsigned id);
void tki_thrift_put_list(struct tki_buf *b, unsigned id, enum tki_thrift_type type, uint32_t count);
void tki_thrift_put_bool(struct tki_buf *b, unsigned id, bool x);
void tki_thrift_put_i16(struct tki_buf *b, unsigned id, int16_t x);
void tki_thrift_put_i32(struct tki_buf *b, unsigned id, int32_t x);
void tki_thrift_put_i64(struct tki_buf *b, unsigned id, int64_t x);
void tki_thrift_put_double(struct tki_buf *b, unsigned id, double x);
/* A string longer than Thrift's 31 bits of length makes the buffer fail with TK_ELIMIT. */
void tki_thrift_put_str(struct tki_buf *b, unsigned id, tk_str s);
static inline void tki_thrift_put_stop(struct tki_buf *b)
{
    tki_buf_putc(b, 0);
}

#endif
