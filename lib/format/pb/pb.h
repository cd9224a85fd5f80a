/* pb.h - a pull cursor over protobuf wire format, with the verbs of the JSON cursor (js.h).
 *
 *     for (unsigned tag; (tag = tki_pb_tag(&c));)
 *         switch (tag) {
 *         case TKI_PB(5, LEN): name = tki_pb_str(&c); break;
 *         case TKI_PB(7, I64): start = tki_pb_i64(&c); break;
 *         default: tki_pb_skip(&c, tag);
 *         }
 *
 * Errors are sticky: the cursor then stands at its end, tags are 0, values are zero; the caller looks at
 * c->error once.  Nested messages are cursors over a view (tki_pb_message).  A field of an unexpected wire type
 * has another tag and is skipped, as protobuf wants it.
 */
#ifndef TKI_FORMAT_PB_PB_H
#define TKI_FORMAT_PB_PB_H

#include "base/buf.h"

enum { TKI_PB_VARINT = 0, TKI_PB_I64 = 1, TKI_PB_LEN = 2, TKI_PB_GROUP = 3, TKI_PB_I32 = 5 };
#define TKI_PB(field, wire) ((unsigned)(field) << 3 | TKI_PB_##wire)
#define TKI_PB_DEPTH_MAX    64 /* of messages in messages */

struct tki_pb {
    const unsigned char *p, *end;
    const char *error; /* NULL, or what is wrong */
    const unsigned char *error_at;
};

static inline struct tki_pb tki_pb_over(tk_str s)
{
    return (struct tki_pb){(const unsigned char *)s.p, (const unsigned char *)s.p + s.n, NULL, NULL};
}

static inline void tki_pb_fail(struct tki_pb *c, const unsigned char *at, const char *what)
{
    if (!c->error) {
        c->error = what;
        c->error_at = at;
    }
    c->p = c->end;
}

uint64_t tki_pb_varint_slow(struct tki_pb *c);

static inline uint64_t tki_pb_varint(struct tki_pb *c)
{
    if (__builtin_expect(c->end - c->p >= 2, 1)) {
        if (c->p[0] < 0x80)
            return *c->p++;
        if (c->p[1] < 0x80) {
            uint64_t x = (c->p[0] & 0x7fu) | (uint64_t)c->p[1] << 7;
            c->p += 2;
            return x;
        }
    }
    return tki_pb_varint_slow(c);
}

/* The next field's tag (number << 3 | wire type), or 0 at the end or after an error. */
static inline unsigned tki_pb_tag(struct tki_pb *c)
{
    if (c->p >= c->end)
        return 0;
    const unsigned char *at = c->p;
    uint64_t tag = tki_pb_varint(c);
    if (__builtin_expect(tag < 8 || tag > UINT32_MAX, 0)) {
        tki_pb_fail(c, at, "malformed field number");
        return 0;
    }
    return (unsigned)tag;
}

static inline tk_str tki_pb_str(struct tki_pb *c)
{
    const unsigned char *at = c->p;
    uint64_t n = tki_pb_varint(c);
    if (__builtin_expect(n > (uint64_t)(c->end - c->p), 0)) {
        tki_pb_fail(c, at, "a length reaches beyond its message");
        return (tk_str){"", 0};
    }
    tk_str s = {(const char *)c->p, (size_t)n};
    c->p += n;
    return s;
}

static inline struct tki_pb tki_pb_message(struct tki_pb *c)
{
    return tki_pb_over(tki_pb_str(c));
}

/* Takes over the error of a nested cursor. */
static inline void tki_pb_join(struct tki_pb *c, const struct tki_pb *nested)
{
    if (__builtin_expect(nested->error != NULL, 0))
        tki_pb_fail(c, nested->error_at, nested->error);
}

static inline uint64_t tki_pb_i64(struct tki_pb *c)
{
    if (c->end - c->p < 8) {
        tki_pb_fail(c, c->p, "a fixed64 reaches beyond its message");
        return 0;
    }
    c->p += 8;
    return tki_load_le64(c->p - 8);
}

static inline uint32_t tki_pb_i32(struct tki_pb *c)
{
    if (c->end - c->p < 4) {
        tki_pb_fail(c, c->p, "a fixed32 reaches beyond its message");
        return 0;
    }
    c->p += 4;
    return tki_load_le32(c->p - 4);
}

void tki_pb_skip(struct tki_pb *c, unsigned tag); /* the value of a field whose tag was just read */

struct tk_batch;
/* Steps over a field that the decoder has no place for, and counts it (TK_NOTE_FIELD_DROPPED) if something is lost:
 * zero and what is empty say no more than a field that is not there. */
__attribute__((cold)) void tki_pb_drop(struct tki_pb *c, unsigned tag, struct tk_batch *b);

/* ---- cutting ---- */

struct tki_pb_field {
    unsigned tag;
    size_t header;  /* of a field of type LEN: bytes before its content */
    uint64_t total; /* bytes of the field with its tag; at most UINT64_MAX / 2 */
};
/* Reads the field at p of an input that may go on behind `end`.  Returns 1; or 0 when more bytes are needed to know how
 * long the field is; or -1 when it is malformed.  The content of a field of type LEN need not be there. */
int tki_pb_field_at(const char *p, const char *end, struct tki_pb_field *f);

/* ---- recognising ---- */

/* Looks into a LEN field and returns the bits that it recognised, or -1 when this cannot be the field.  cut: the field
 * goes on behind the bytes. */
typedef int tki_pb_check(unsigned field, tk_str s, bool cut);

enum { TKI_PB_FIELD_MAX = 40 }; /* no message of OTLP, Jaeger or Zipkin has more fields, by far */

/* Returns the bits that the fields of a message are worth in a bid, or -1 when the text is no such message.  Field i
 * must have the wire type wires[i]: '0', '1', '2' or '5'; a field with '?' makes the text no such message.  Of fields
 * beyond the end of wires, up to field_max, the framing is checked, and they are worth nothing: a later version of the
 * schema may have them.  Those above TKI_PB_FIELD_MAX are checked, too.  cut: the message goes on behind the bytes.
 * met, unless NULL: gets a bit for each field of wires, which has 32 at most. */
int tki_pb_probe(tk_str s, bool cut, const char *wires, unsigned field_max, tki_pb_check *check, uint32_t *met);

/* ---- writing ---- */

static inline size_t tki_pb_varint_size(uint64_t x)
{
    unsigned last = 63 - (unsigned)__builtin_clzll(x | 1);
    return (last * 9 + 73) / 64; /* last / 7 + 1 without a division, right up to 63 */
}

/* A LEN field's bytes: tag, length, content. */
static inline size_t tki_pb_len_size(unsigned tag, size_t n)
{
    return tki_pb_varint_size(tag) + tki_pb_varint_size(n) + n;
}

struct tki_decode;
/* The resync of protobuf formats: moves d->pos behind the top-level field that begins there. */
bool tki_pb_resync(struct tki_decode *d);

#endif
