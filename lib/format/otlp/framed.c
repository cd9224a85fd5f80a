/* OTLP protobuf behind lengths of four bytes, as the collector's file exporter writes it. */
#include "base/err.h"
#include "format/otlp/otlp.h"
#include "format/otlp/proto.h"

/* Whole frames; a frame is a record. */
static int decode(struct tki_decode *d)
{
    while (d->in.n - d->pos >= 4) {
        size_t start = d->pos, n = tki_load_be32(d->in.p + start);
        if (n > d->in.n - start - 4)
            break;
        d->pos += 4;
        int r = tki_otlp_proto_messages(d, start + 4 + n, true);
        if (r < 0) {
            d->pos = start;
            return r;
        }
    }
    if (d->pos < d->in.n) {
        d->fault = d->pos;
        return tki_err_set(d->err, TK_EINVALID, "a length prefix reaches beyond its piece");
    }
    return 0;
}

static bool resync(struct tki_decode *d)
{
    size_t left = d->in.n - d->pos;
    if (left < 4 || tki_load_be32(d->in.p + d->pos) > left - 4)
        return false;
    d->pos += 4 + (size_t)tki_load_be32(d->in.p + d->pos);
    return true;
}

/* One message a call behind its length. */
static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    size_t at = e->out->n;
    tki_buf_put(e->out, "\0\0\0", 4);
    tki_otlp_proto_put(e->out, b, rows, nrows);
    if (e->out->err)
        return;
    uint32_t n = (uint32_t)(e->out->n - at - 4);
    for (int i = 0; i < 4; i++)
        e->out->p[at + (size_t)i] = (char)(n >> (24 - 8 * i));
}

const struct tki_format tki_format_otlp_framed = {
    .info = {.name = "otlp-framed",
             .about = "OTLP protobuf behind four-byte lengths, as the collector's file exporter writes",
             .can_read = true,
             .can_write = true,
             .binary = true},
    .bid = tki_otlp_bid_framed,
    .cutter = &tki_cut_framed,
    .split = TKI_REPEATS("1.2.2"),
    .decode = decode,
    .resync = resync,
    .put = put,
    .copies = TK_RAW_OTLP_PROTO,
    .independent = true,
};
