#include "format/codec/records.h"

#include "base/err.h"

int tki_record_failed(struct tki_decode *d, const struct tki_mark *mark, size_t start, size_t fault, int code)
{
    int own = d->batch->err;
    d->pos = start;
    d->fault = fault;
    d->batch->err = 0;
    tki_batch_rollback(d->batch, mark);
    if (own == TK_ENOMEM)
        return tki_err_memory(d->err);
    return own ? tki_err_set(d->err, own, "too many rows in one batch") : code;
}

/* ---- lines ---- */

/* The end of the record at p, and NULL when its last line has no line break. */
static const char *record_end(const struct tki_lines *lines, const char *p, const char *end)
{
    const char *line = tki_line_end(p, end, lines->quoted), *next;
    while (line && line < end && lines->begins) {
        next = tki_line_end(line, end, lines->quoted);
        if (next && lines->begins((tk_str){line, (size_t)(next - line)}))
            break;
        line = next;
    }
    return line;
}

int tki_lines_decode(struct tki_decode *d, const struct tki_lines *lines,
                     int (*header)(struct tki_decode *d, tk_str line, void *ctx),
                     int (*record)(struct tki_decode *d, tk_str text, void *ctx), void *ctx)
{
    const char *end = d->in.p + d->in.n;
    struct tki_mark mark;
    d->batch->needs = d->needs;
    tki_batch_mark(d->batch, &mark);
    if (lines->header && d->in.n) {
        const char *first = tki_line_end(d->in.p, end, lines->quoted);
        first = first ? first : end;
        d->fault = 0;
        int r = header ? header(d, (tk_str){d->in.p, (size_t)(first - d->in.p)}, ctx) : 0;
        if (r < 0 || d->batch->err)
            return tki_record_failed(d, &mark, 0, d->fault, r);
        if (d->pos < (size_t)(first - d->in.p))
            d->pos = (size_t)(first - d->in.p);
    }
    while (d->pos < d->in.n) {
        const char *p = d->in.p + d->pos, *next = record_end(lines, p, end);
        tk_str text = {p, (size_t)((next ? next : end) - p)};
        size_t start = d->pos;
        tki_batch_mark(d->batch, &mark);
        d->fault = start;
        int r = record(d, text, ctx);
        if (r < 0 || d->batch->err)
            return tki_record_failed(d, &mark, start, d->fault, r);
        d->records++;
        tki_batch_end_record(d->batch);
        d->pos = start + text.n;
    }
    return 0;
}

bool tki_lines_resync(struct tki_decode *d, const struct tki_lines *lines)
{
    const char *end = d->in.p + d->in.n, *next = record_end(lines, d->in.p + d->pos, end);
    if (!next)
        return false;
    d->pos = (size_t)(next - d->in.p);
    return true;
}
