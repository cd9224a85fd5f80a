#include "format/js/records.h"

#include "format/codec/records.h"
#include "format/js/documents.h"
#include "format/js/scan.h"

void tki_record_begin(struct tki_records *r)
{
    tki_js_peek(&r->j);
    r->start = r->j.p;
    tki_batch_mark_whole(r->j.batch, &r->mark);
}

void tki_record_end(struct tki_records *r)
{
    if (r->j.error || r->j.batch->err)
        return;
    r->count++;
    tki_batch_end_record(r->j.batch);
    tki_record_begin(r);
}

/* The bit of the name in the list; 0: it is not there. */
static uint64_t bit_of(tk_str k, const char *names)
{
    int i = tki_str_among(k, names);
    return i < 0 ? 0 : (uint64_t)1 << i;
}

/* The bits of all names of a list. */
static uint64_t all_of(const char *names)
{
    uint64_t all = names != NULL;
    for (; names && (names = strchr(names, '|')); names++)
        all = all << 1 | 1;
    return all;
}

bool tki_js_no_span(const struct tki_js *start, const struct tki_js *now, const struct tki_span_signs *signs)
{
    struct tki_js j = *start;
    uint64_t ids = 0, both = 0;
    bool foreign = !signs->own, span = false;
    tk_str k;
    if (now->batch->err || !tki_js_object(&j))
        return false;
    while (tki_js_key(&j, &k)) {
        bool null = tki_js_peek(&j) == 'n';
        const char *value = j.p;
        tki_js_skip(&j);
        bool counts = !null && !(now->error && now->error_at >= value && now->error_at < j.p);
        bool sign = bit_of(k, signs->any);
        span = span || (counts && sign);
        foreign = foreign || !(sign || bit_of(k, signs->own));
        ids |= bit_of(k, signs->ids);
        both |= counts ? bit_of(k, signs->both) : 0;
    }
    return !j.error && ids == all_of(signs->ids) && foreign && !span && !(both && both == all_of(signs->both));
}

void tki_js_pass(struct tki_js *j, const struct tki_js *start, const struct tki_mark *mark)
{
    tki_batch_rollback(j->batch, mark);
    *j = *start;
    tki_js_skip(j);
    tki_note(j->batch, TK_NOTE_IDS_ONLY);
}

void tki_record_skip(struct tki_records *r, const struct tki_js *start, enum tk_note note)
{
    tki_batch_rollback(r->j.batch, &r->mark);
    r->j = *start;
    tki_js_skip(&r->j);
    tki_note(r->j.batch, note);
    tki_record_end(r);
}

size_t tki_js_list_start(const struct tki_decode *d, unsigned lists)
{
    size_t at = d->pos, list = at;
    if (at == d->in.n || d->in.p[at] != '{')
        return at;
    for (unsigned i = 0; i < lists; i++) {
        while (at && strchr(" \n\r\t", d->in.p[at - 1]))
            at--;
        if (!at || d->in.p[--at] != '[')
            return d->pos;
        list = i ? list : at;
    }
    return list;
}

bool tki_records_rest(struct tki_records *r, char c)
{
    struct tki_js *j = &r->j;
    if (r->resumed && (c == ']' || c == '}')) {
        r->inside -= r->inside > 0;
        j->p++;
    } else if (r->resumed && c == '"') {
        tki_js_str(j);
        if (tki_js_peek(j) == ':') {
            j->p++;
            tki_js_skip(j);
        }
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
        else if (tki_js_bom(r->j.p, r->j.end))
            r->j.p += 3;
        else if (c == '{' && r->j.p + 1 < r->j.end && *tki_json_ws(r->j.p + 1, r->j.end) == '}')
            tki_js_skip(&r->j); /* nothing is in it */
        else if ((c == '[' || c == '"') && !r->inside && tki_js_text(r->j.p, r->j.end))
            tki_js_fail(&r->j, "expected a document, found text");
        else
            next(r, c);
        d->records = r->count;
        d->inside = r->inside;
        int error = tki_js_error(&r->j, d);
        if (error < 0)
            return tki_record_failed(d, &r->mark, (size_t)(r->start - d->in.p), d->fault, error);
    }
    d->pos = d->in.n;
    return 0;
}
