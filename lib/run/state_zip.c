#include "run/state_zip.h"

#include "base/err.h"
#include "run/state_pb.h"

enum { CHUNK = 512 << 10, HEADER_MAX = 20 /* a tag and a length */ };

/* ---- writing ---- */

static int put_chunk(struct tki_state_zip *z, tk_str plain, struct tk_err *err)
{
    tk_str packed;
    if (tki_pack_zstd(&z->packer, plain, &packed) < 0)
        return tki_err_memory(err);
    z->b.n = 0;
    tki_state_bytes(&z->b, 1, packed);
    return tki_state_put(z->to, z->record, &z->b, err);
}

/* Full chunks, and at the end what is left. */
static int flush(struct tki_state_zip *z, bool end, struct tk_err *err)
{
    size_t at = 0;
    int rc = z->plain.err ? tki_err_memory(err) : 0;
    for (; rc == 0 && (z->plain.n - at >= CHUNK || (end && at < z->plain.n));) {
        size_t n = z->plain.n - at < CHUNK ? z->plain.n - at : CHUNK;
        rc = put_chunk(z, (tk_str){z->plain.p + at, n}, err);
        at += n;
    }
    if (rc == 0 && at) {
        memmove(z->plain.p, z->plain.p + at, z->plain.n - at);
        z->plain.n -= at;
    }
    return rc;
}

int tki_state_zip_put(struct tki_state_zip *z, unsigned field, const struct tki_buf *message, struct tk_err *err)
{
    if (message->err)
        return tki_err_memory(err);
    tki_state_bytes(&z->plain, field, (tk_str){message->n ? message->p : "", message->n});
    return z->plain.n < CHUNK && !z->plain.err ? 0 : flush(z, false, err);
}

int tki_state_zip_end(struct tki_state_zip *z, struct tk_err *err)
{
    return flush(z, true, err);
}

void tki_state_zip_free(struct tki_state_zip *z)
{
    tki_packer_free(&z->packer);
    tki_buf_free(&z->plain);
    tki_buf_free(&z->b);
}

/* ---- reading ---- */

static int bad(const struct tki_state_unzip *z, struct tk_err *err)
{
    return tki_state_bad(z->from, "a damaged record of a state", err);
}

/* The next message, if it is whole; returns the bytes that it takes with its tag and length, 0: it is not whole yet. */
static size_t next(tk_str plain, unsigned *field, tk_str *message, bool *damaged)
{
    struct tki_pb c = tki_pb_over(plain);
    *damaged = false;
    unsigned tag = tki_pb_tag(&c);
    if (!tag || c.error || (tag & 7) != TKI_PB_LEN) {
        *damaged = plain.n >= HEADER_MAX || (!c.error && tag);
        return 0;
    }
    uint64_t n = tki_pb_varint(&c);
    if (c.error) {
        *damaged = plain.n >= HEADER_MAX;
        return 0;
    }
    if (n > (uint64_t)(c.end - c.p))
        return 0;
    *field = tag >> 3;
    *message = (tk_str){(const char *)c.p, (size_t)n};
    return (size_t)(c.p - (const unsigned char *)plain.p) + (size_t)n;
}

static int take_plain(struct tki_state_unzip *z, tki_state_unzipped *take, void *ctx, struct tk_err *err)
{
    size_t at = 0, n;
    unsigned field;
    tk_str message;
    bool damaged = false;
    while (at < z->plain.n && (n = next((tk_str){z->plain.p + at, z->plain.n - at}, &field, &message, &damaged)) > 0) {
        int rc = take(ctx, field, message, err);
        if (rc == TK_EINVALID)
            return bad(z, err);
        if (rc < 0)
            return rc == TK_ENOMEM ? tki_err_memory(err) : rc;
        at += n;
    }
    if (damaged)
        return bad(z, err);
    if (at) {
        memmove(z->plain.p, z->plain.p + at, z->plain.n - at);
        z->plain.n -= at;
    }
    return 0;
}

int tki_state_unzip_record(struct tki_state_unzip *z, tk_str record, tki_state_unzipped *take, void *ctx,
                           struct tk_err *err)
{
    struct tki_pb c = tki_pb_over(record);
    tk_str packed = {"", 0}, plain;
    for (unsigned tag; (tag = tki_pb_tag(&c));)
        if (tag == TKI_PB(1, LEN))
            packed = tki_pb_str(&c);
        else
            tki_pb_skip(&c, tag);
    if (c.error)
        return bad(z, err);
    int rc = tki_inflate(&z->inflater, TKI_PACKING_ZSTD, packed, CHUNK, &plain, err);
    if (rc < 0)
        return rc == TK_ENOMEM ? rc : bad(z, err);
    tki_buf_str(&z->plain, plain);
    return z->plain.err ? tki_err_memory(err) : take_plain(z, take, ctx, err);
}

int tki_state_unzip_end(const struct tki_state_unzip *z, struct tk_err *err)
{
    return z->plain.n ? bad(z, err) : 0;
}

void tki_state_unzip_free(struct tki_state_unzip *z)
{
    tki_inflater_free(&z->inflater);
    tki_buf_free(&z->plain);
}
