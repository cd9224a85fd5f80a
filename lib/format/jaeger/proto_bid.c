/* Recognising and cutting Jaeger's protobuf: it begins as OTLP's and Zipkin's do, with a field 1 that has a
 * length, so a whole Span is looked at. */
#include "format/jaeger/proto.h"
#include "format/pb/pb.h"
#include "format/proto/messages.h"

enum { SURE = 64 };

static int any(unsigned field, tk_str s, bool cut)
{
    (void)field, (void)s, (void)cut;
    return 0;
}

static int check_time(tk_str s, bool cut)
{
    int bits = tki_pb_probe(s, cut, "?00", TKI_PB_FIELD_MAX, any, NULL);
    return bits < 0 ? bits : bits + 8;
}

static int check_tag(unsigned field, tk_str s, bool cut)
{
    return field == 1 ? tki_proto_probe_text(s, cut) : 0;
}

static int check_log(unsigned field, tk_str s, bool cut)
{
    return field == 1 ? check_time(s, cut) : tki_pb_probe(s, cut, "?2020012", TKI_PB_FIELD_MAX, check_tag, NULL);
}

static int check_process(unsigned field, tk_str s, bool cut)
{
    return field == 1 ? tki_proto_probe_text(s, cut)
                      : tki_pb_probe(s, cut, "?2020012", TKI_PB_FIELD_MAX, check_tag, NULL);
}

static int check_ref(unsigned field, tk_str s, bool cut)
{
    return cut || s.n == (field == 1 ? 16 : 8) ? 8 : -1;
}

static int check_span(unsigned field, tk_str s, bool cut)
{
    switch (field) {
    case 1: return s.n == 16 ? 16 : cut && s.n < 16 ? 0 : -1;
    case 2: return s.n == 8 ? 8 : cut && s.n < 8 ? 0 : -1;
    case 3:
    case 11: return tki_proto_probe_text(s, cut);
    case 4: return tki_pb_probe(s, cut, "?220", TKI_PB_FIELD_MAX, check_ref, NULL);
    case 6:
    case 7: return check_time(s, cut);
    case 8: return tki_pb_probe(s, cut, "?2020012", TKI_PB_FIELD_MAX, check_tag, NULL);
    case 9: return tki_pb_probe(s, cut, "?22", TKI_PB_FIELD_MAX, check_log, NULL);
    case 10: return tki_pb_probe(s, cut, "?22", TKI_PB_FIELD_MAX, check_process, NULL);
    default: return 0;
    }
}

static int probe_span(tk_str s, bool cut)
{
    uint32_t met, must = 1u << 1 | 1u << 2 | 1u << 6; /* ids and time are always written */
    int bits = tki_pb_probe(s, cut, "?222202222222", TKI_PB_FIELD_MAX, check_span, &met);
    if (bits < 0 || (!cut && (met & must) != must) || !(met & 1u << 1))
        return -1;
    return (met & must) == must ? bits + SURE : bits;
}

static int check_holder(unsigned field, tk_str s, bool cut)
{
    return field == 1 ? probe_span(s, cut) : 0;
}

enum tki_jaeger_shape tki_jaeger_proto_shape(tk_str element)
{
    struct tki_pb c = tki_pb_over(element);
    if (element.n == 16)
        return TKI_JAEGER_ID;
    unsigned tag = tki_pb_tag(&c);
    if (tag != TKI_PB(1, LEN) && tag != TKI_PB(2, LEN))
        return TKI_JAEGER_SPAN;
    size_t n = tki_pb_str(&c).n;
    return tag == TKI_PB(1, LEN) ? (n == 16 || n <= 8 ? TKI_JAEGER_SPAN : TKI_JAEGER_HOLDER)
                                 : (n == 8 ? TKI_JAEGER_SPAN : TKI_JAEGER_HOLDER);
}

unsigned tki_jaeger_proto_bid(const struct tki_head *h)
{
    tk_str head = h->text;
    struct tki_pb c = tki_pb_over(head);
    if (head.n < 2 || tki_pb_varint(&c) != TKI_PB(1, LEN))
        return 0;
    uint64_t n = tki_pb_varint(&c);
    if (c.error)
        return 0;
    bool beyond = n > (uint64_t)(c.end - c.p);
    tk_str first = {(const char *)c.p, beyond ? (size_t)(c.end - c.p) : (size_t)n};
    int bits;
    if (n == 16) {
        bits = probe_span(head, !h->eof);
    } else {
        /* A damaged end is for the reader to report. */
        bits = probe_span(first, beyond);
        if (bits < 0)
            bits = tki_pb_probe(first, beyond, "?222", TKI_PB_FIELD_MAX, check_holder, NULL);
    }
    return bits > 0 ? (unsigned)bits : 0;
}

/* ---- cutting ---- */

bool tki_jaeger_proto_has_process(tk_str span)
{
    struct tki_pb c = tki_pb_over(span);
    unsigned tag;
    while ((tag = tki_pb_tag(&c)) && tag != TKI_PB(10, LEN))
        tki_pb_skip(&c, tag);
    return tag != 0;
}

/* Spans that say whose they are stand alone, as do messages and single Spans; others belong to the processes
 * behind them, or in front of them when the stream begins so.  A Batch may hold both. */
static bool seam(struct tki_proto_place *at)
{
    if (!at->first.p)
        return at->before == 1 && at->after != 1;
    if (at->before != 1)
        at->waits = false;
    else if (!at->waits && tki_jaeger_proto_shape(at->previous) == TKI_JAEGER_SPAN)
        at->waits = !tki_jaeger_proto_has_process(at->previous);
    return at->after == 1 && !at->waits;
}

static int next(struct tki_cut *c, tk_str window, bool eof, struct tki_piece *piece, struct tk_err *err)
{
    return tki_proto_cut(c, window, eof, piece, err, seam);
}

const struct tki_cutter tki_jaeger_proto_cut = {tki_proto_cut_open, tki_proto_cut_close, next};
