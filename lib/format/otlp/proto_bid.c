/* Recognising OTLP protobuf, and which signal it carries. */
#include "format/otlp/proto.h"

#include "format/pb/pb.h"

/* Returns true if the text is a message of these wire types (tki_pb_probe) that has the field `must`. */
static bool is_message(tk_str s, const char *wires, unsigned must)
{
    uint32_t met;
    return tki_pb_probe(s, false, wires, 0, NULL, &met) > 0 && met & 1u << must;
}

/* Which signal an element of ScopeX.field 2 is of, by the wire types of its fields; undecided, traces.
 *     span    1 LEN 16 bytes, 2 LEN 8 bytes, 5 a text, 7 and 8 I64, 9 lists of 1 LEN and 2 LEN, 11 of 1 I64
 *     log     1 and 11 I64, 2 VARINT, 8 I32; 5 a value, 12 LEN
 *     metric  1 to 3 LEN, texts; one of 5 7 9 10 11 LEN, lists of 1 LEN, 9 and 10 with 2 VARINT; 12 LEN
 *     profile 3 I64, 4 VARINT */
static enum tki_otlp_signal element_signal(tk_str s)
{
    struct tki_pb c = tki_pb_over(s);
    bool named = false, no_id = false, more = false;
    for (unsigned tag; (tag = tki_pb_tag(&c));) {
        tk_str in = {0};
        if ((tag & 7) == TKI_PB_LEN)
            in = tki_pb_str(&c);
        more |= tag >> 3 > 3;
        switch (tag) {
        case TKI_PB(7, I64):
        case TKI_PB(8, I64): return TKI_OTLP_TRACES;
        case TKI_PB(1, I64):
        case TKI_PB(11, I64):
        case TKI_PB(2, VARINT):
        case TKI_PB(8, I32): return TKI_OTLP_LOGS;
        case TKI_PB(3, I64):
        case TKI_PB(4, VARINT): return TKI_OTLP_PROFILES;
        case TKI_PB(7, LEN):
        case TKI_PB(10, LEN): return TKI_OTLP_METRICS;
        case TKI_PB(12, LEN): return named ? TKI_OTLP_METRICS : TKI_OTLP_LOGS;
        case TKI_PB(1, LEN):
            named = true;
            no_id |= in.n && in.n != 16;
            break;
        case TKI_PB(2, LEN): no_id |= in.n && in.n != 8; break;
        case TKI_PB(5, LEN):
            if (no_id || is_message(in, "?2", 1))
                return named ? TKI_OTLP_METRICS : TKI_OTLP_LOGS;
            break;
        case TKI_PB(9, LEN):
            if (no_id || is_message(in, "?20", 2))
                return TKI_OTLP_METRICS;
            break;
        case TKI_PB(11, LEN):
            if (no_id || is_message(in, "?2", 1))
                return TKI_OTLP_METRICS;
            break;
        default:
            if ((tag & 7) != TKI_PB_LEN)
                tki_pb_skip(&c, tag);
        }
    }
    return no_id && named && !more && !c.error ? TKI_OTLP_METRICS : TKI_OTLP_TRACES;
}

enum tki_otlp_signal tki_otlp_signal_of(tk_str resource)
{
    struct tki_pb r = tki_pb_over(resource);
    for (unsigned outer; (outer = tki_pb_tag(&r));) {
        if (outer != TKI_PB(2, LEN) && outer != TKI_PB(1000, LEN)) {
            tki_pb_skip(&r, outer);
            continue;
        }
        struct tki_pb m = tki_pb_message(&r);
        for (unsigned tag; (tag = tki_pb_tag(&m));) {
            if (tag != TKI_PB(2, LEN)) {
                tki_pb_skip(&m, tag);
                continue;
            }
            enum tki_otlp_signal signal = element_signal(tki_pb_str(&m));
            if (signal != TKI_OTLP_TRACES)
                return signal;
        }
    }
    return TKI_OTLP_TRACES;
}

enum { LEGACY_SPANS = 1000 };

static int probe(tk_str s, bool cut, const char *wires, tki_pb_check *check)
{
    return tki_pb_probe(s, cut, wires, TKI_PB_FIELD_MAX, check, NULL);
}

static int probe_key_value(unsigned field, tk_str s, bool cut)
{
    if (field != 1 || cut)
        return 0;
    for (size_t i = 0; i < s.n; i++) /* a key is printable, nearly always */
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return 0;
    return 8;
}

static int probe_attr(unsigned field, tk_str s, bool cut)
{
    return field == 1 ? probe(s, cut, "?22", probe_key_value) : 0;
}

static int probe_span_field(unsigned field, tk_str s, bool cut)
{
    if (field == 1 && s.n == 16 && !cut)
        return 16;
    if ((field == 2 || field == 4) && s.n == 8 && !cut)
        return 8;
    return field == 9 ? probe(s, cut, "?22", probe_key_value) : 0;
}

static int probe_scope_field(unsigned field, tk_str s, bool cut)
{
    int bits = field == 2 ? probe(s, cut, "?2222201120202025", probe_span_field) : 0;
    return bits < 0 && element_signal(s) != TKI_OTLP_TRACES ? 8 : bits; /* read, too: counted and skipped */
}

static int probe_resource_spans(unsigned field, tk_str s, bool cut)
{
    if (field == 1)
        return probe(s, cut, "?202", probe_attr);
    return field == 2 || field == LEGACY_SPANS ? probe(s, cut, "?222", probe_scope_field) : 0;
}

int tki_otlp_probe(tk_str s, bool cut)
{
    enum { ENOUGH = 40 };
    struct tki_pb c = tki_pb_over(s);
    int bits = 0;
    while (c.p < c.end && bits < ENOUGH) {
        uint64_t tag = tki_pb_varint(&c), n = c.error ? 0 : tki_pb_varint(&c);
        if (c.error)
            return bits ? bits : cut ? 1 : -1;
        if (tag != TKI_PB(1, LEN))
            return bits ? bits : -1;
        bool beyond = n > (uint64_t)(c.end - c.p);
        tk_str in = {(const char *)c.p, beyond ? (size_t)(c.end - c.p) : (size_t)n};
        int r = tki_pb_probe(in, beyond, "?222", LEGACY_SPANS, probe_resource_spans, NULL);
        if (r < 0)
            return bits ? bits : -1;
        bits += 3 + r;
        if (beyond)
            break;
        c.p += n;
    }
    return bits;
}

unsigned tki_otlp_bid_proto(const struct tki_head *h)
{
    tk_str head = h->text;
    if (head.n == 0 || head.p[0] != 0x0a)
        return 0;
    int bits = tki_otlp_probe(head, !h->eof || head.n < 16);
    return bits <= 0 ? 0 : bits < 4 ? 4 : (unsigned)bits;
}

unsigned tki_otlp_bid_framed(const struct tki_head *h)
{
    tk_str head = h->text;
    while (head.n >= 8 && tki_load_be32(head.p) == 0) /* nothing was in these messages */
        head = (tk_str){head.p + 4, head.n - 4};
    if (head.n < 6)
        return 0;
    bool word = true; /* of four letters in a line of its own, and no message of half a gigabyte at least */
    for (int i = 0; i < 4; i++)
        word = word && head.p[i] > ' ' && head.p[i] < 0x7f; /* whether or not char has a sign */
    if (word)
        return 0;
    uint32_t n = tki_load_be32(head.p);
    tk_str in = {head.p + 4, head.n - 4};
    bool cut = n > in.n;
    if (n < 2 || (head.p[4] != 0x0a && (unsigned char)head.p[4] != 0xc2))
        return 0;
    if (!cut)
        in.n = n;
    int bits = tki_otlp_probe(in, cut);
    if (bits > 0 && cut && h->eof && n > 16u << 20) /* the file is not nearly as long as it says */
        return 1;
    if (bits > 0 && head.p[0] == '\n') /* a message of 160 MB at least; or a field 1, and what follows fits by chance */
        return 1 + (unsigned)bits / 4;
    return bits <= 0 ? 0 : 16 + (unsigned)bits;
}
