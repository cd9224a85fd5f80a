/* messages.h - protobuf-c for the low-volume schemas: messages live in a batch's or an arena's memory and are
 * never freed one by one; and streams of such messages, whose parts belong together.
 *
 * The streams of OTLP have their own cursor (format/pb): there speed counts.
 */
#ifndef TKI_FORMAT_PROTO_MESSAGES_H
#define TKI_FORMAT_PROTO_MESSAGES_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "format/codec/codec.h"
#include "format/pb/pb.h"

/* A message out of its bytes, in the batch's memory; fields that the schema does not have are counted.  NULL:
 * malformed, or out of memory (b->err). */
void *tki_proto_unpack(const ProtobufCMessageDescriptor *type, struct tk_batch *b, tk_str in);
/* Appends a message, and the header of field 1 before it. */
void tki_proto_put(struct tki_buf *out, const ProtobufCMessage *m);
/* n zeroed elements; NULL and out->err when out of memory.  n = 0 gives a valid pointer. */
void *tki_proto_new(struct tki_arena *a, struct tki_buf *out, size_t n, size_t size);

static inline tk_str tki_proto_str(ProtobufCBinaryData d)
{
    return (tk_str){(const char *)d.data, d.len};
}

static inline ProtobufCBinaryData tki_proto_bytes(tk_str s)
{
    return (ProtobufCBinaryData){s.n, (uint8_t *)(uintptr_t)s.p};
}

/* A big-endian id of at most 16 bytes; false when it is longer. */
bool tki_proto_id(ProtobufCBinaryData d, tk_id128 *id);
/* The same for an id of at most 8 bytes. */
bool tki_proto_id64(ProtobufCBinaryData d, uint64_t *id);

/* ---- decoding ---- */

/* A decoder's state begins with this. */
struct tki_proto_reader {
    struct tki_decode *d;
    struct tk_batch *b;
    struct tki_pb c; /* over the stream's fields */
    const char *error, *error_at;
};
/* The first fault counts. */
void tki_proto_fault(struct tki_proto_reader *r, tk_str at, const char *what);
/* Returns the content of one of several messages that stand one after another without lengths.  Each begins with a
 * field 1 and goes up to the next field 1.  The first field of this message begins at `start` and ends at the cursor.
 * Afterwards the cursor is behind the message. */
tk_str tki_proto_single(struct tki_proto_reader *r, const unsigned char *start);
/* Calls `field` for each field at the top, with the field's tag and its beginning; `field` must take the field or skip
 * it.  The rows of a field that fails are taken back.  d is filled as codec.h says. */
int tki_proto_decode(struct tki_proto_reader *r, struct tki_decode *d,
                     void (*field)(struct tki_proto_reader *r, unsigned tag, const unsigned char *start));

/* ---- cutting and recognising ---- */

/* A place between two top-level fields, for a format to say whether the stream may be cut there. */
struct tki_proto_place {
    tk_str first;           /* content of the run's first field if that is a field 1; else p is NULL */
    tk_str previous;        /* content of the field before, when it has a length */
    unsigned before, after; /* field numbers on both sides */
    bool waits;             /* the format's own: false when a run starts, and kept from call to call */
};
/* Cuts a stream of fields where `seam` allows it; a run starts at a seam itself. */
int tki_proto_cut(const struct tki_cut *c, tk_str window, bool eof, struct tki_piece *piece, struct tk_err *err,
                  bool (*seam)(struct tki_proto_place *place));

int tki_proto_cut_open(struct tki_cut *c); /* it keeps nothing */
void tki_proto_cut_close(struct tki_cut *c);

/* Returns the bits that text is worth in a bid, or -1 when control characters or invalid UTF-8 are in it. */
int tki_proto_probe_text(tk_str s, bool cut);

#endif
