#include "format/proto/messages.h"

#include <inttypes.h>

#include "base/err.h"
#include "base/num.h"
#include "base/utf8.h"
#include "format/codec/records.h"
#include "format/lossless/lossless.h"
#include "format/pb/pb.h"

static void *batch_alloc(void *batch, size_t n)
{
    return tk_batch_alloc(batch, n);
}

static void keep(void *batch, void *p)
{
    (void)batch;
    (void)p;
}

/* ---- fields that protobuf-c kept beside those of the schema ---- */

static void count_own(const ProtobufCMessage *m, struct tk_batch *b)
{
    for (size_t i = 0; i < m->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *f = &m->unknown_fields[i];
        struct tki_pb c = tki_pb_over((tk_str){(const char *)f->data, f->len});
        tki_pb_drop(&c, f->tag << 3 | (unsigned)f->wire_type, b);
    }
}

static bool holds_messages(const ProtobufCMessageDescriptor *type)
{
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            return true;
    return false;
}

static void count_unknown(const ProtobufCMessage *m, struct tk_batch *b);

/* Most messages are tags, which hold none: these are not gone through field by field. */
static void count_in(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *const *list, size_t n,
                     struct tk_batch *b)
{
    bool inside = holds_messages(f->descriptor);
    for (size_t i = 0; i < n; i++)
        if (inside)
            count_unknown(list[i], b);
        else if (list[i]->n_unknown_fields)
            count_own(list[i], b);
}

static void count_unknown(const ProtobufCMessage *m, struct tk_batch *b)
{
    count_own(m, b);
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        const char *at = (const char *)m + f->offset;
        const ProtobufCMessage *one, *const *list;
        size_t n;
        if (f->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
            memcpy(&n, (const char *)m + f->quantifier_offset, sizeof n);
            memcpy(&list, at, sizeof list);
        } else {
            memcpy(&one, at, sizeof one);
            n = one != NULL;
            list = &one;
        }
        if (n)
            count_in(f, list, n, b);
    }
}

void *tki_proto_unpack(const ProtobufCMessageDescriptor *type, struct tk_batch *b, tk_str in)
{
    ProtobufCAllocator a = {batch_alloc, keep, b};
    ProtobufCMessage *m = protobuf_c_message_unpack(type, &a, in.n, (const uint8_t *)in.p);
    if (m)
        count_unknown(m, b);
    return m;
}

void tki_proto_put(struct tki_buf *out, const ProtobufCMessage *m)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    char *to = tki_buf_room(out, n + 11);
    if (!to)
        return;
    *to = TKI_PB(1, LEN);
    char *body = tki_put_varint(to + 1, n);
    protobuf_c_message_pack(m, (uint8_t *)body);
    out->n += (size_t)(body - to) + n;
}

void *tki_proto_new(struct tki_arena *a, struct tki_buf *out, size_t n, size_t size)
{
    void *p = tki_arena_alloc(a, n * size);
    if (!p)
        out->err = TK_ENOMEM;
    else
        memset(p, 0, n * size);
    return p;
}

bool tki_proto_id(ProtobufCBinaryData d, tk_id128 *id)
{
    unsigned char all[16] = {0};
    if (d.len > 16)
        return false;
    if (d.len)
        memcpy(all + 16 - d.len, d.data, d.len);
    *id = (tk_id128){tki_load_be64(all), tki_load_be64(all + 8)};
    return true;
}

bool tki_proto_id64(ProtobufCBinaryData d, uint64_t *id)
{
    tk_id128 all;
    bool fits = d.len <= 8 && tki_proto_id(d, &all);
    *id = fits ? all.lo : 0;
    return fits;
}

/* ---- decoding ---- */

void tki_proto_fault(struct tki_proto_reader *r, tk_str at, const char *what)
{
    if (r->error)
        return;
    r->error = what;
    r->error_at = at.p;
}

tk_str tki_proto_single(struct tki_proto_reader *r, const unsigned char *start)
{
    struct tki_pb c = r->c;
    while (c.p < c.end && *c.p != TKI_PB(1, LEN)) {
        unsigned tag = tki_pb_tag(&c);
        if (tag)
            tki_pb_skip(&c, tag);
    }
    r->c.p = c.p;
    return (tk_str){(const char *)start, (size_t)(c.p - start)};
}

static int failed(struct tki_proto_reader *r, const unsigned char *start, const struct tki_mark *mark)
{
    struct tki_decode *d = r->d;
    size_t at = (size_t)((const char *)start - d->in.p);
    if (r->error)
        tki_err_set(d->err, TK_EINVALID, "%s", r->error);
    return tki_record_failed(d, mark, at, r->error_at ? (size_t)(r->error_at - d->in.p) : at, TK_EINVALID);
}

int tki_proto_decode(struct tki_proto_reader *r, struct tki_decode *d,
                     void (*field)(struct tki_proto_reader *r, unsigned tag, const unsigned char *start))
{
    r->d = d;
    r->b = d->batch;
    r->b->needs = d->needs;
    r->c = tki_pb_over((tk_str){d->in.p + d->pos, d->in.n - d->pos});
    r->error = r->error_at = NULL;
    while (r->c.p < r->c.end) {
        const unsigned char *start = r->c.p;
        uint64_t records = d->records;
        struct tki_mark mark;
        tki_batch_mark(r->b, &mark);
        unsigned tag = tki_pb_tag(&r->c);
        if (tag)
            field(r, tag, start);
        if (r->c.error)
            tki_proto_fault(r, (tk_str){(const char *)r->c.error_at, 0}, r->c.error);
        if (r->error || r->b->err) {
            d->records = records;
            return failed(r, start, &mark);
        }
    }
    d->pos = d->in.n;
    return 0;
}

/* ---- cutting ---- */

enum { GROUP_MAX = 16 << 20 };

int tki_proto_cut(const struct tki_cut *c, tk_str w, bool eof, struct tki_piece *piece, struct tk_err *err,
                  bool (*seam)(struct tki_proto_place *place))
{
    const char *p = w.p, *end = w.p + w.n, *last = w.p;
    struct tki_proto_place place = {0};
    struct tki_pb_field f;
    int r = 1;
    bool grouped = false;
    /* As much as a window has, and beyond it until there is a seam. */
    while (p < end && ((size_t)(p - w.p) < c->window || last == w.p)) {
        r = tki_pb_field_at(p, end, &f);
        if (r > 0 && f.total > (uint64_t)(end - p))
            r = 0;
        if (r <= 0)
            break;
        unsigned number = f.tag >> 3;
        tk_str content = f.header ? (tk_str){p + f.header, (size_t)f.total - f.header} : (tk_str){NULL, 0};
        place.after = number;
        if (p == w.p && number == 1) {
            place.first = content;
            grouped = tki_lossless_begins(content);
        } else if (p > w.p && seam(&place) && (!grouped || number != 1 || tki_lossless_begins(content))) {
            last = p;
        }
        place.before = number;
        place.previous = content;
        p += f.total;
    }
    /* All, what is whole before the fault, or what there is of a group that is too large. */
    if (last == w.p && grouped && r >= 0 && (p == end || r == 0) && w.n >= GROUP_MAX)
        last = p;
    if (eof && (p == end || last == w.p))
        last = p;
    *piece = (struct tki_piece){.consumed = (size_t)(last - w.p), .body = {w.p, (size_t)(last - w.p)}};
    if (last > w.p)
        return TKI_CUT_PIECE;
    if (eof && w.n == 0)
        return TKI_CUT_END;
    if (r < 0)
        return tki_err_at(err, TK_EINVALID, (uint64_t)(p - w.p), "malformed field number or wire type");
    if (eof)
        return tki_err_at(err, TK_ETRUNCATED, w.n, "the input ends inside a record (unfinished since %zu bytes)", w.n);
    if (w.n >= c->record_max)
        return tki_err_at(err, TK_ELIMIT, 0, "a record is larger than %zu bytes: raise --record-max", c->record_max);
    return TKI_CUT_MORE;
}

int tki_proto_cut_open(struct tki_cut *c)
{
    c->state = NULL;
    return 0;
}

void tki_proto_cut_close(struct tki_cut *c)
{
    (void)c;
}

/* ---- recognising ---- */

int tki_proto_probe_text(tk_str s, bool cut)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 && !strchr("\t\n\r", s.p[i]))
            return -1;
    size_t valid = tki_utf8_valid(s.p, s.n);
    if (valid < s.n && !(cut && s.n - valid < 4))
        return -1;
    return s.n > 8 ? 8 : (int)s.n;
}
