/* Cutting lines of text: CSV, TSV, and what programs print.
 *
 * A piece is a run of whole lines.  What a line is, and where a record begins, the format says in `lines` of struct
 * tki_cut: line breaks between double quotes belong to the line, the first line goes before every piece, a record
 * begins only at some lines.  An input that ends inside a line is truncated: a number that was cut off looks like a
 * smaller number.
 */
#include <stdlib.h>

#include "base/err.h"
#include "format/cut/cut.h"

struct lines {
    struct tki_buf header; /* the first line, with its line break; n = 0: not met, or none is carried */
    bool first;            /* nothing was handed out yet */
};

static int open_lines(struct tki_cut *c)
{
    struct lines *s = c->state = calloc(1, sizeof *s);
    if (!s)
        return TK_ENOMEM;
    s->first = true;
    return 0;
}

static void close_lines(struct tki_cut *c)
{
    struct lines *s = c->state;
    if (!s)
        return;
    tki_buf_free(&s->header);
    free(s);
}

const char *tki_line_end(const char *p, const char *end, bool quoted)
{
    if (!quoted) {
        const char *nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
        return nl ? nl + 1 : NULL;
    }
    for (bool inside = false; p < end; p++)
        if (*p == '"')
            inside = !inside; /* two quotes inside a cell: the quoted part ends and begins again */
        else if (*p == '\n' && !inside)
            return p + 1;
    return NULL;
}

/* The end of a last line that lacks its line break and may do so, else NULL. */
static const char *open_line(const struct tki_cut *c, const char *p, const char *end, bool eof)
{
    bool inside = false;
    for (const char *q = p; c->lines->quoted && q < end; q++)
        inside ^= *q == '"';
    return eof && c->lines->open_end && p < end && !inside ? end : NULL;
}

/* Returns what is behind the last whole record, or NULL when no record is whole.  The line at `p` begins a record.
 * Where records begin at some lines only, the last one is whole when the next begins, or at the end of the input. */
static const char *whole_records(const struct tki_cut *c, const char *p, const char *end, bool eof)
{
    const char *start = p, *whole = NULL, *line;
    while ((line = tki_line_end(p, end, c->lines->quoted)) || (line = open_line(c, p, end, eof))) {
        if (*p == 0)
            return p > start ? p : NULL;
        bool begins = p > start && (!c->lines->begins || c->lines->begins((tk_str){p, (size_t)(line - p)}));
        if (begins)
            whole = p;
        if (begins && (size_t)(p - start) >= c->window)
            return whole;
        p = line;
    }
    if (eof && c->lines->open_end)
        return end;
    if (p > start && (!c->lines->begins || (eof && p == end)))
        whole = p;
    return whole;
}

static int piece(struct lines *s, const char *p, const char *end, struct tki_piece *out)
{
    tk_str prefix = {s->header.p, s->first ? 0 : s->header.n};
    s->first = false;
    *out = (struct tki_piece){.consumed = (size_t)(end - p), .body = {p, (size_t)(end - p)}, .prefix = prefix};
    return TKI_CUT_PIECE;
}

static int next_lines(struct tki_cut *c, tk_str w, bool eof, struct tki_piece *out, struct tk_err *err)
{
    struct lines *s = c->state;
    const char *end = w.p + w.n, *from = w.p;
    if (eof && w.n == 0)
        return TKI_CUT_END;
    if (s->first && c->lines->header) { /* the header is no record: records begin behind it */
        from = tki_line_end(w.p, end, c->lines->quoted);
        tki_buf_reset(&s->header);
        if (from)
            tki_buf_put(&s->header, w.p, (size_t)(from - w.p));
        if (s->header.err)
            return tki_err_memory(err);
    }
    if (from && from < end && *from == 0)
        return tki_cut_unwritten(err, (size_t)(from - w.p));
    const char *whole = from ? whole_records(c, from, end, eof) : NULL;
    if (!whole && eof && from == end)
        whole = end; /* a header alone */
    if (whole)
        return piece(s, w.p, whole, out);
    if (eof)
        return tki_err_at(err, TK_ETRUNCATED, w.n, "the input ends inside a line (%zu bytes without a line break)",
                          (size_t)(end - (from ? from : w.p)));
    if (w.n >= c->record_max)
        return tki_err_at(err, TK_ELIMIT, 0, "a record is larger than %zu bytes: raise --record-max", c->record_max);
    return TKI_CUT_MORE;
}

const struct tki_cutter tki_cut_lines = {open_lines, close_lines, next_lines};
