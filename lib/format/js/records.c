#include "format/js/records.h"

void tki_record_begin(struct tki_records *r)
{
    tki_js_peek(&r->j);
    r->start = r->j.p;
    tki_batch_mark(r->j.batch, &r->mark);
}

void tki_record_end(struct tki_records *r)
{
    if (r->j.error)
        return;
    r->count++;
    tki_record_begin(r);
}

bool tki_records_rest(struct tki_records *r, char c)
{
    struct tki_js *j = &r->j;
    if (r->resumed && (c == ']' || c == '}')) {
        r->inside -= r->inside > 0;
        j->p++;
    } else if (r->resumed && c == '"') {
        tki_js_str(j);
        if (tki_js_peek(j) == ':')
            j->p++;
        tki_js_skip(j);
    } else {
        return false;
    }
    return true;
}

int tki_records_decode(struct tki_records *r, struct tki_decode *d, void (*next)(struct tki_records *r, char c))
{
    r->count = d->records;
    r->inside = d->inside;
    r->resumed = d->pos > 0;
    d->batch->needs = d->needs;
    tki_js_init(&r->j, d->in, d->pos, d->batch);
    while (tki_record_begin(r), r->j.p < r->j.end) {
        char c = *r->j.p;
        if (c == ',' || c == '\x1e')
            r->j.p++;
        else
            next(r, c);
        d->records = r->count;
        d->inside = r->inside;
        int error = tki_js_error(&r->j, d);
        if (error < 0) {
            d->pos = (size_t)(r->start - d->in.p);
            d->batch->err = 0;
            tki_batch_rollback(d->batch, &r->mark);
            return error;
        }
    }
    d->pos = d->in.n;
    return 0;
}
