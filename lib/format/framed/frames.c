/* Frames: messages behind their lengths, whatever the messages are.
 *
 *     frames     four bytes of length, big-endian: the collector's file exporter.  With its older compression each
 *                payload is a zstd frame of its own, of protobuf or, in spite of the file's name, of JSON.
 *     grpc       a byte, four bytes of length: bodies of gRPC; payloads with the byte 1 are compressed.
 *     delimited  a varint of length: writeDelimitedTo of Java and its likes.
 *
 * A payload goes to the format that bids for it, as a document of its own; so a format that is added to the table
 * is also read in frames.  A frame is a record: all of its spans or none.
 */
#include <stdio.h>

#include "base/err.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "format/pb/pb.h"
#include "format/table.h"
#include "io/inflate.h"

enum framing { FIXED, GRPC, VARINT };

enum { HEAD_MAX = 16 * 1024, SURVEY_MAX = 64, GUESSED_RATIO = 8, GRPC_COMPRESSED = 1, GRPC_TRAILERS = 0x80 };

struct frame {
    size_t header;
    uint64_t n;     /* bytes of payload */
    unsigned flags; /* of gRPC */
};

/* Reads the header at p.  Returns 1; or 0 when bytes of the header are missing; or -1 when it is malformed. */
static int frame_at(enum framing k, const char *p, size_t left, struct frame *f)
{
    *f = (struct frame){.header = k == FIXED ? 4 : 5};
    if (k == VARINT) {
        struct tki_pb c = tki_pb_over((tk_str){p, left < 10 ? left : 10});
        f->n = tki_pb_varint(&c);
        f->header = (size_t)((const char *)c.p - p);
        return !c.error ? 1 : left < 10 ? 0 : -1;
    }
    if (left < f->header)
        return 0;
    f->n = tki_load_be32(p + f->header - 4);
    if (k == FIXED)
        return 1;
    f->flags = (unsigned char)p[0];
    return f->flags & ~(unsigned)(GRPC_COMPRESSED | GRPC_TRAILERS) ? -1 : 1;
}

static enum tki_packing packing_of(enum framing k, const struct frame *f, tk_str payload)
{
    if (k == GRPC && !(f->flags & GRPC_COMPRESSED))
        return TKI_PACKING_NONE;
    enum tki_packing packing = tki_packing_of(payload);
    if (!packing && k == GRPC && tki_packing_is_zlib(payload))
        packing = TKI_PACKING_ZLIB;
    return packing;
}

/* ---- cutting: runs of whole frames that are not too much when they are decompressed ---- */

static uint64_t size_inside(tk_str payload)
{
    uint64_t n = tki_packing_of(payload) ? tki_inflated_size(payload) : payload.n;
    return n == UINT64_MAX ? (uint64_t)payload.n * GUESSED_RATIO : n;
}

static int next_frames(struct tki_cut *c, tk_str w, bool eof, struct tki_piece *out, struct tk_err *err)
{
    enum framing k = *(const enum framing *)c->state;
    size_t at = 0;
    uint64_t inside = 0;
    while (at < w.n && at < c->window && inside < c->window) {
        struct frame f;
        if (tki_cut_zeros(w.p + at, w.p + w.n)) {
            if (at)
                break;
            return tki_cut_unwritten(err, at);
        }
        int r = frame_at(k, w.p + at, w.n - at, &f);
        if (r < 0 && at == 0)
            return tki_err_at(err, TK_EINVALID, 0,
                              k == GRPC ? "the first byte of a gRPC frame is neither 0 nor 1"
                                        : "a length of more than 10 bytes");
        if (r <= 0 || f.n > w.n - at - f.header)
            break;
        uint64_t n = size_inside((tk_str){w.p + at + f.header, (size_t)f.n});
        if (at && inside + n > c->window)
            break;
        inside += n;
        at += f.header + (size_t)f.n;
    }
    *out = (struct tki_piece){.consumed = at, .body = {w.p, at}};
    if (at)
        return TKI_CUT_PIECE;
    if (eof)
        return w.n ? tki_err_at(err, TK_ETRUNCATED, w.n, "the input ends inside a frame (unfinished since %zu bytes)",
                                w.n)
                   : TKI_CUT_END;
    if (w.n >= c->record_max)
        return tki_err_at(err, TK_ELIMIT, 0, "a frame is larger than %zu bytes: raise --record-max", c->record_max);
    return TKI_CUT_MORE;
}

static const enum framing framings[] = {FIXED, GRPC, VARINT};

static int open_as(struct tki_cut *c, enum framing k)
{
    c->state = (void *)(uintptr_t)&framings[k];
    return 0;
}

static int open_fixed(struct tki_cut *c)
{
    return open_as(c, FIXED);
}

static int open_grpc(struct tki_cut *c)
{
    return open_as(c, GRPC);
}

static int open_varint(struct tki_cut *c)
{
    return open_as(c, VARINT);
}

static void close_frames(struct tki_cut *c)
{
    c->state = NULL;
}

static const struct tki_cutter cut_fixed = {open_fixed, close_frames, next_frames};
static const struct tki_cutter cut_grpc = {open_grpc, close_frames, next_frames};
static const struct tki_cutter cut_varint = {open_varint, close_frames, next_frames};

/* ---- decoding ---- */

struct unpack {
    enum framing framing;
    struct tki_inflater inflater;
    const struct tki_format *inner; /* of the payload before, taken again while payloads begin alike */
    char first;
    const struct tki_format *raw; /* whose raw views the batch holds */
};

static size_t payload_limit(const struct tki_decode *d)
{
    return d->record_max ? d->record_max : TKI_RECORD_MAX;
}

static int bad_frame(struct tki_decode *d, int code, const char *what)
{
    d->fault = d->pos;
    return tki_err_set(d->err, code, "%s", what);
}

/* The payload as a document: in place, or in the batch's memory, with padding, when it was compressed or is text. */
static int unpack(struct tki_decode *d, struct unpack *u, const struct frame *f, tk_str *payload)
{
    enum tki_packing packing = packing_of(u->framing, f, *payload);
    if (!packing && f->flags & GRPC_COMPRESSED)
        return bad_frame(d, TK_EUNSUPPORTED, "a gRPC payload is compressed with neither gzip, zlib nor zstd");
    if (packing) {
        d->fault = d->pos;
        int r = tki_inflate(&u->inflater, packing, *payload, payload_limit(d), payload, d->err);
        if (r < 0)
            return r;
    } else if (payload->n && *payload->p != '{' && *payload->p != '[') {
        return 0;
    }
    char *copy = tk_batch_alloc(d->batch, payload->n + TKI_PADDING);
    if (!copy)
        return tki_err_memory(d->err);
    if (payload->n)
        memcpy(copy, payload->p, payload->n);
    memset(copy + payload->n, 0, TKI_PADDING);
    payload->p = copy;
    return 0;
}

static const struct tki_format *bid_for(tk_str payload, unsigned *bits)
{
    tk_str head = {payload.p, payload.n < HEAD_MAX ? payload.n : HEAD_MAX};
    return tki_format_payload(head, head.n == payload.n, bits);
}

/* Returns the format that all payloads from here on are read as.  It is the format of the first frame for which one
 * format bids more than all others: a small message may look like several formats. */
static const struct tki_format *survey(const struct tki_decode *d, enum framing k, tk_str first)
{
    unsigned bits;
    const struct tki_format *format = bid_for(first, &bits);
    size_t at = d->pos;
    char text[HEAD_MAX];
    struct frame f;
    for (int i = 0; !format && i < SURVEY_MAX && frame_at(k, d->in.p + at, d->in.n - at, &f) > 0; i++) {
        if (f.n > d->in.n - at - f.header)
            break;
        tk_str s = {d->in.p + at + f.header, (size_t)f.n};
        enum tki_packing packing = packing_of(k, &f, s);
        if (packing) {
            size_t n = tki_inflate_head(s, packing, text, sizeof text);
            s = (tk_str){text, n};
        }
        at += f.header + (size_t)f.n;
        if (s.n && *s.p == *first.p)
            format = packing ? tki_format_payload(s, false, &bits) : bid_for(s, &bits);
    }
    return format;
}

static int decode_as(struct tki_decode *d, struct unpack *u, const struct tki_format *format, tk_str payload,
                     size_t *fault)
{
    struct tk_batch *b = d->batch;
    uint8_t raw = b->raw;
    uint32_t needs = b->needs;
    struct tki_mark mark;
    tki_batch_mark(b, &mark);
    bool mixed = b->nspans && u->raw != format;
    struct tki_decode inner = {.in = payload,
                               .needs = mixed ? d->needs & ~(unsigned)TK_NEED_RAW : d->needs,
                               .proto_only = d->proto_only,
                               .batch = b,
                               .err = d->err,
                               .record_max = d->record_max,
                               .wanted = d->wanted};
    int r = tki_format_run(format, &inner);
    *fault = inner.fault;
    if (r < 0)
        tki_batch_rollback(b, &mark);
    if (mixed) {
        b->raw = raw;
        b->needs = needs;
    } else {
        u->raw = format;
    }
    return r;
}

static int decode_payload(struct tki_decode *d, struct unpack *u, tk_str payload, size_t *fault)
{
    if (!u->inner || u->first != *payload.p) {
        u->inner = survey(d, u->framing, payload);
        u->first = *payload.p;
    }
    *fault = 0;
    if (!u->inner)
        return tki_err_set(d->err, TK_EFORMAT, "the payload of the frame is of no trace format that is known");
    int r = decode_as(d, u, u->inner, payload, fault);
    if (r >= 0 || r == TK_ENOMEM || r == TK_ELIMIT)
        return r;
    unsigned bits;
    const struct tki_format *other = bid_for(payload, &bits);
    if (!other || other == u->inner)
        return r;
    u->inner = other;
    return decode_as(d, u, other, payload, fault);
}

static int decode_frame(struct tki_decode *d, struct unpack *u)
{
    struct frame f;
    const char *at = d->in.p + d->pos;
    size_t left = d->in.n - d->pos;
    if (frame_at(u->framing, at, left, &f) <= 0 || f.n > left - f.header)
        return bad_frame(d, TK_EINVALID, "a frame's length reaches beyond its piece");
    tk_str payload = {at + f.header, (size_t)f.n};
    const char *in_place = payload.p;
    if (f.n && !(f.flags & GRPC_TRAILERS)) {
        int r = unpack(d, u, &f, &payload);
        if (r < 0)
            return r;
        size_t fault;
        r = payload.n ? decode_payload(d, u, payload, &fault) : 0;
        if (r < 0) {
            d->fault = d->pos;
            if (payload.p == in_place || !tki_packing_of((tk_str){in_place, (size_t)f.n}))
                d->fault += f.header + fault;
            else if (d->err && r != TK_ENOMEM)
                snprintf(d->err->text + strlen(d->err->text), sizeof d->err->text - strlen(d->err->text),
                         " (byte %zu of the payload, decompressed)", fault);
            return r;
        }
        d->records++;
        tki_batch_end_record(d->batch);
    }
    d->pos += f.header + (size_t)f.n;
    return 0;
}

static int decode_frames(struct tki_decode *d, enum framing k)
{
    struct unpack u = {.framing = k};
    int r = 0;
    while (r == 0 && d->pos < d->in.n)
        r = decode_frame(d, &u);
    tki_inflater_free(&u.inflater);
    return r;
}

static bool resync_frames(struct tki_decode *d, enum framing k)
{
    struct frame f;
    size_t left = d->in.n - d->pos;
    if (frame_at(k, d->in.p + d->pos, left, &f) <= 0 || f.n > left - f.header)
        return false;
    d->pos += f.header + (size_t)f.n;
    return true;
}

/* ---- recognising ---- */

/* Bits of a first payload, of which `cut` says that the head does not hold all. */
static unsigned bid_payload(enum framing k, const struct frame *f, tk_str payload, bool cut)
{
    char text[HEAD_MAX];
    unsigned bits = 0;
    enum tki_packing packing = packing_of(k, f, payload);
    if (packing) {
        tk_str head = {text, tki_inflate_head(payload, packing, text, sizeof text)};
        tki_format_payload(head, head.n < sizeof text && !cut, &bits);
        return (packing == TKI_PACKING_ZLIB ? 8 : 32) + bits;
    }
    if (f->flags & GRPC_COMPRESSED)
        return 0;
    const struct tki_format *inner = tki_format_payload(payload, !cut, &bits);
    const char *end = payload.p + payload.n;
    if (inner && inner->cutter == &tki_cut_json && tki_js_text(tki_json_ws(payload.p, end), end))
        return 0; /* a log with documents in it, of which no byte is a length */
    if (inner && inner->cutter == &tki_cut_lines)
        return 0;                                                    /* text from its first byte on */
    return k == FIXED && inner == &tki_format_otlp_proto ? 0 : bits; /* they have a format of their own */
}

static bool is_text(char c)
{
    return c == '{' || c == '[' || c == ' ' || (c >= '\t' && c <= '\r');
}

/* Four characters of text: as a length 150 MB at least, so rather a word, such as INFO, or a rule of dashes. */
static bool is_word(enum framing k, const char *p)
{
    for (int i = 0; i < 4; i++)
        if (k != FIXED || p[i] > '~' || (p[i] < ' ' && (p[i] < '\t' || p[i] > '\r')))
            return false;
    return true;
}

static unsigned bid_frames(enum framing k, const struct tki_head *h)
{
    enum { FRAMES_MAX = 6, BITS_A_FRAME = 4 };
    static const unsigned header_bits[] = {16, 20, 4};
    tk_str head = h->text;
    unsigned bits = 0;
    size_t at = 0;
    char first = 0;
    struct frame f;
    if (head.n > 1 && is_text(head.p[0]) && (is_text(head.p[1]) || head.p[1] == '"'))
        return 0; /* JSON, rather than a length and something */
    if (head.n >= 4 && is_word(k, head.p))
        return 0;
    for (int i = 0; i < FRAMES_MAX && at < head.n && frame_at(k, head.p + at, head.n - at, &f) > 0; i++) {
        tk_str payload = {head.p + at + f.header, head.n - at - f.header};
        bool cut = f.n > payload.n;
        if (!cut)
            payload.n = (size_t)f.n;
        at += f.header + payload.n;
        if (payload.n == 0 || f.flags & GRPC_TRAILERS) {
            if (k == VARINT || cut)
                break;
            continue;
        }
        if (!bits) {
            unsigned inside = bid_payload(k, &f, payload, cut);
            if (!inside)
                return 0;
            bits = cut && h->eof ? 1 : header_bits[k] + inside; /* longer than the input: perhaps cut off */
            if (k == FIXED && head.p[0] == '\n')                /* 160 MB at least; rather a field of protobuf */
                bits = 1 + bits / 4;
            first = *payload.p;
        } else if (*payload.p == first) {
            bits += BITS_A_FRAME;
        } else if (k == VARINT) {
            return 0;
        }
        if (cut)
            break;
    }
    return bits;
}

#define FRAMES_FORMAT(framing, suffix)                        \
    static int decode_##suffix(struct tki_decode *d)          \
    {                                                         \
        return decode_frames(d, framing);                     \
    }                                                         \
    static bool resync_##suffix(struct tki_decode *d)         \
    {                                                         \
        return resync_frames(d, framing);                     \
    }                                                         \
    static unsigned bid_##suffix(const struct tki_head *head) \
    {                                                         \
        return bid_frames(framing, head);                     \
    }

FRAMES_FORMAT(FIXED, fixed)
FRAMES_FORMAT(GRPC, grpc)
FRAMES_FORMAT(VARINT, varint)

const struct tki_format tki_format_frames = {
    .info = {.name = "frames",
             .about = "any format behind four-byte lengths, each message compressed or not",
             .can_read = true,
             .binary = true},
    .bid = bid_fixed,
    .cutter = &cut_fixed,
    .decode = decode_fixed,
    .resync = resync_fixed,
    .container = true,
};

const struct tki_format tki_format_grpc = {
    .info = {.name = "grpc", .about = "any format in gRPC frames, compressed or not", .can_read = true, .binary = true},
    .bid = bid_grpc,
    .cutter = &cut_grpc,
    .decode = decode_grpc,
    .resync = resync_grpc,
    .container = true,
};

const struct tki_format tki_format_delimited = {
    .info = {.name = "delimited",
             .about = "any format behind varint lengths (writeDelimitedTo)",
             .can_read = true,
             .binary = true},
    .bid = bid_varint,
    .cutter = &cut_varint,
    .decode = decode_varint,
    .resync = resync_varint,
    .container = true,
};
