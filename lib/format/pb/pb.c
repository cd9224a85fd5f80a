#include "format/pb/pb.h"

#include "format/codec/codec.h"

uint64_t tki_pb_varint_slow(struct tki_pb *c)
{
    const unsigned char *at = c->p;
    uint64_t x = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (c->p >= c->end) {
            tki_pb_fail(c, at, "a varint reaches beyond its message");
            return 0;
        }
        unsigned char byte = *c->p++;
        x |= (uint64_t)(byte & 0x7f) << shift; /* bits beyond 64 fall away, as everywhere */
        if (byte < 0x80)
            return x;
    }
    tki_pb_fail(c, at, "a varint is longer than ten bytes");
    return 0;
}

static void skip_bytes(struct tki_pb *c, size_t n)
{
    if ((size_t)(c->end - c->p) < n)
        tki_pb_fail(c, c->p, "a field reaches beyond its message");
    else
        c->p += n;
}

void tki_pb_skip(struct tki_pb *c, unsigned tag)
{
    unsigned groups = 0; /* a group ends with its own tag; they nest */
    do {
        switch (tag & 7) {
        case 0: tki_pb_varint(c); break;
        case 1: skip_bytes(c, 8); break;
        case 2: tki_pb_str(c); break;
        case 3: groups++; break;
        case 4:
            if (groups == 0) {
                tki_pb_fail(c, c->p, "the end of a group that did not begin");
                return;
            }
            groups--;
            break;
        case 5: skip_bytes(c, 4); break;
        default: tki_pb_fail(c, c->p, "unknown wire type"); return;
        }
        if (groups && (tag = tki_pb_tag(c)) == 0) {
            tki_pb_fail(c, c->p, "a group does not end");
            return;
        }
    } while (groups);
}

void tki_pb_drop(struct tki_pb *c, unsigned tag, struct tk_batch *b)
{
    bool says = true;
    switch (tag & 7) {
    case TKI_PB_VARINT: says = tki_pb_varint(c) != 0; break;
    case TKI_PB_I64: says = tki_pb_i64(c) != 0; break;
    case TKI_PB_I32: says = tki_pb_i32(c) != 0; break;
    case TKI_PB_LEN: says = tki_pb_str(c).n != 0; break;
    default: tki_pb_skip(c, tag);
    }
    if (says && !c->error)
        tki_note(b, TK_NOTE_FIELD_DROPPED);
}

int tki_pb_field_at(const char *p, const char *end, struct tki_pb_field *f)
{
    enum { HEADER_MAX = 20 }; /* two varints */
    struct tki_pb c = tki_pb_over((tk_str){p, (size_t)(end - p)});
    uint64_t tag = tki_pb_varint(&c);
    bool shortage = end - p < HEADER_MAX;
    if (c.error)
        return shortage ? 0 : -1;
    if (tag < 8 || tag > UINT32_MAX)
        return -1;
    *f = (struct tki_pb_field){.tag = (unsigned)tag};
    if ((tag & 7) == TKI_PB_LEN) {
        uint64_t n = tki_pb_varint(&c);
        if (c.error)
            return shortage ? 0 : -1;
        f->header = (size_t)((const char *)c.p - p);
        f->total = n > UINT64_MAX / 2 - f->header ? UINT64_MAX / 2 : f->header + n;
        return 1;
    }
    tki_pb_skip(&c, (unsigned)tag);
    if (c.error) /* a group may be of any length */
        return shortage || (tag & 7) == TKI_PB_GROUP ? 0 : -1;
    f->total = (uint64_t)((const char *)c.p - p);
    return 1;
}

int tki_pb_probe(tk_str s, bool cut, const char *wires, unsigned field_max, tki_pb_check *check, uint32_t *met)
{
    struct tki_pb c = tki_pb_over(s);
    size_t fields = strlen(wires);
    int bits = 0;
    if (met)
        *met = 0;
    while (c.p < c.end) {
        uint64_t tag = tki_pb_varint(&c), field = tag >> 3;
        if (c.error)
            return cut ? bits : -1;
        char wire = (char)('0' + (tag & 7));
        if (field < fields ? wires[field] != wire : field > field_max || !strchr("0125", wire))
            return -1;
        if (met && field < fields)
            *met |= 1u << field;
        bits += field < fields ? 3 : 0;
        if ((tag & 7) != TKI_PB_LEN) {
            tki_pb_skip(&c, (unsigned)tag);
            if (c.error)
                return cut ? bits : -1;
            continue;
        }
        uint64_t n = tki_pb_varint(&c);
        if (c.error)
            return cut ? bits : -1;
        bool beyond = n > (uint64_t)(c.end - c.p);
        if (beyond && !cut)
            return -1;
        tk_str in = {(const char *)c.p, beyond ? (size_t)(c.end - c.p) : (size_t)n};
        bool known = field < fields || field > TKI_PB_FIELD_MAX;
        int r = check && known ? check((unsigned)field, in, beyond) : 0;
        if (r < 0)
            return -1;
        bits += r;
        if (beyond)
            return bits;
        c.p += n;
    }
    return bits;
}

bool tki_pb_resync(struct tki_decode *d)
{
    struct tki_pb c = tki_pb_over((tk_str){d->in.p + d->pos, d->in.n - d->pos});
    unsigned tag = tki_pb_tag(&c);
    if (tag)
        tki_pb_skip(&c, tag);
    if (!tag || c.error)
        return false;
    d->pos = (size_t)((const char *)c.p - d->in.p);
    return true;
}
