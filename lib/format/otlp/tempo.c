/* Grafana Tempo's answers.
 *
 * Its first API answers {"batches":[...]}, its second {"trace":{"resourceSpans":[...]}}: the JSON decoder reads both.
 * In protobuf the first is TracesData as it is, and the second has it one message deeper:
 *     TraceByIDResponse { Trace trace = 1; TraceByIDMetrics metrics = 2; PartialStatus status = 3; string message = 4;
 * }
 */
#include "base/err.h"
#include "format/otlp/otlp.h"
#include "format/otlp/proto.h"
#include "format/pb/pb.h"

enum { PARTIAL = 1 };

static int failed(struct tki_decode *d, size_t pos, const struct tki_pb *c)
{
    d->pos = pos;
    d->fault = (size_t)((const char *)c->error_at - d->in.p);
    return tki_err_set(d->err, TK_EINVALID, "%s", c->error);
}

/* A trace is a record. */
static int decode(struct tki_decode *d)
{
    struct tki_pb c = tki_pb_over((tk_str){d->in.p + d->pos, d->in.n - d->pos});
    d->batch->raw = TK_RAW_OTLP_PROTO;
    d->batch->needs = d->needs;
    for (;;) {
        size_t at = (size_t)((const char *)c.p - d->in.p);
        unsigned tag = tki_pb_tag(&c);
        if (tag == TKI_PB(1, LEN)) {
            tk_str trace = tki_pb_str(&c);
            if (c.error)
                return failed(d, at, &c);
            d->pos = (size_t)(trace.p - d->in.p);
            int r = tki_otlp_proto_messages(d, d->pos + trace.n, true);
            if (r < 0) {
                d->pos = at;
                return r;
            }
        } else if (tag == TKI_PB(3, VARINT)) {
            if (tki_pb_varint(&c) == PARTIAL)
                tki_note(d->batch, TK_NOTE_PARTIAL);
        } else if (tag == TKI_PB(2, LEN) || tag == TKI_PB(4, LEN)) {
            tki_pb_str(&c); /* what the search cost, and why the trace is not whole */
        } else if (tag) {
            tki_pb_drop(&c, tag, d->batch);
        } else if (!c.error) {
            break;
        }
        if (c.error)
            return failed(d, at, &c);
    }
    d->pos = d->in.n;
    return 0;
}

static unsigned bid(const struct tki_head *h)
{
    tk_str head = h->text;
    if (head.n == 0 || head.p[0] != 0x0a)
        return 0;
    struct tki_pb c = tki_pb_over(head);
    tki_pb_tag(&c);
    uint64_t n = tki_pb_varint(&c);
    tk_str trace = {(const char *)c.p, (size_t)(c.end - c.p)};
    bool cut = n > trace.n;
    if (c.error || (cut && h->eof && head.n < 16))
        return 0;
    if (!cut)
        trace.n = (size_t)n;
    int bits = trace.n && trace.p[0] == 0x0a ? tki_otlp_probe(trace, cut) : -1;
    return bits <= 8 ? 0 : (unsigned)bits + 3;
}

const struct tki_format tki_format_tempo_proto = {
    .info = {.name = "tempo-proto",
             .about = "protobuf of the second version of Tempo's API; that of the first is otlp",
             .can_read = true,
             .binary = true},
    .bid = bid,
    .cutter = &tki_cut_proto,
    .split = TKI_REPEATS("1.1.2.2"),
    .decode = decode,
    .resync = tki_pb_resync,
};

static int decode_json(struct tki_decode *d)
{
    return tki_format_otlp_json.decode(d);
}

static bool resync_json(struct tki_decode *d)
{
    return tki_format_otlp_json.resync(d);
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    tki_tempo_json_put(e->out, b, rows, nrows, e->notes);
}

/* The JSON decoder recognises it; this name is for who writes it, and for --from. */
const struct tki_format tki_format_tempo = {
    .info = {.name = "tempo",
             .about = "Tempo's trace API: written as its first version does, a trace a line",
             .can_read = true,
             .can_write = true,
             .whole_traces = true},
    .cutter = &tki_cut_json,
    .split = tki_otlp_json_split,
    .decode = decode_json,
    .resync = resync_json,
    .put = put,
    .independent = true,
};
