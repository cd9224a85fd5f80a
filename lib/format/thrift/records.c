#include "format/thrift/records.h"

#include "base/err.h"
#include "format/codec/records.h"

static int failed(struct tki_thrift_records *r, struct tki_decode *d)
{
    const struct tki_thrift *t = &r->t;
    int code = t->missing ? TK_ETRUNCATED : TK_EINVALID;
    const char *at = t->error ? (const char *)t->error_at : d->in.p + d->pos;
    if (t->error)
        tki_err_set(d->err, code, "%s", t->error);
    return tki_record_failed(d, &r->mark, d->pos, (size_t)(at - d->in.p), code);
}

int tki_thrift_decode(struct tki_thrift_records *r, struct tki_decode *d, bool lists_of_structs,
                      void (*next)(struct tki_thrift_records *r, const struct tki_thrift_start *start))
{
    r->b = d->batch;
    r->needs = d->needs;
    r->count = d->records;
    d->batch->needs = d->needs;
    while (d->pos < d->in.n) {
        struct tki_thrift_start start;
        r->t = tki_thrift_over((tk_str){d->in.p + d->pos, d->in.n - d->pos}, false);
        tki_batch_mark(d->batch, &r->mark);
        if (tki_thrift_begin(&r->t, lists_of_structs, &start))
            next(r, &start);
        d->records = r->count;
        if (r->t.error || d->batch->err)
            return failed(r, d);
        d->pos = (size_t)((const char *)r->t.p - d->in.p);
    }
    return 0;
}

/* Bytes of a value without content; SIZE_MAX for what always has some. */
static size_t empty_size(const struct tki_thrift *t, unsigned type)
{
    switch (type) {
    case TKI_THRIFT_STRUCT: return 1;
    case TKI_THRIFT_STRING: return t->compact ? 1 : 4;
    case TKI_THRIFT_SET:
    case TKI_THRIFT_LIST: return t->compact ? 1 : 5;
    case TKI_THRIFT_MAP: return t->compact ? 1 : 6;
    default: return SIZE_MAX;
    }
}

void tki_thrift_drop(struct tki_thrift_records *r, unsigned field)
{
    const unsigned char *value = r->t.p;
    tki_thrift_skip(&r->t, field);
    if (!r->t.error && (size_t)(r->t.p - value) != empty_size(&r->t, TKI_THRIFT_TYPE(field)))
        tki_note(r->b, TK_NOTE_FIELD_DROPPED);
}

static bool resync(struct tki_decode *d, bool lists_of_structs)
{
    struct tki_thrift_start start;
    struct tki_thrift t = tki_thrift_over((tk_str){d->in.p + d->pos, d->in.n - d->pos}, false);
    if (tki_thrift_begin(&t, lists_of_structs, &start))
        tki_thrift_skip_started(&t, &start);
    if (!t.error)
        d->pos = (size_t)((const char *)t.p - d->in.p);
    return !t.error;
}

bool tki_thrift_resync(struct tki_decode *d)
{
    return resync(d, false);
}

bool tki_thrift_resync_lists(struct tki_decode *d)
{
    return resync(d, true);
}
