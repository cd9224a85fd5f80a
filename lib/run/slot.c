/* Slots: decoding what the feed put there, documents of several formats and text of loggers between them. */
#include <stdlib.h>

#include "base/err.h"
#include "format/detect/refused.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "model/poison.h"
#include "run/feed.h"

enum { QUOTED_MAX = 8192, SHRINK_ABOVE = 8 << 20, SHRINK_ROWS_ABOVE = 16 << 20 };

/* A document that its decoder refused may be of another format: the one that bids for what is left, or NULL. *err
 * says what it is when it is known and not read. */
static const struct tki_format *other_format(const struct tki_slot *s, const struct tki_decode *d, struct tk_err *err)
{
    size_t left = d->in.n - d->pos, n = left < TKI_PEEK_MAX ? left : TKI_PEEK_MAX;
    if (s->named || s->inside || s->format->cutter != &tki_cut_json)
        return NULL;
    struct tk_err why = {0};
    const struct tki_format *other = tki_format_detect((tk_str){d->in.p + d->pos, n}, n == left, &why);
    /* Its keys are those of the format that refused it whole: a stranger may have them as well. */
    if (other == s->format && err->code == TK_EINVALID)
        tki_format_stranger((tk_str){d->in.p + d->pos, n}, n == left, &why);
    if (why.code == TK_EUNSUPPORTED) {
        err->code = TK_EUNSUPPORTED;
        memcpy(err->text, why.text, sizeof err->text);
    }
    return other && other != s->format && other->cutter == s->format->cutter ? other : NULL;
}

static size_t behind_blanks(const struct tki_decode *d, size_t at)
{
    while (at && memchr(" \t\r\n", d->in.p[at - 1], 4))
        at--;
    return at;
}

/* Where the document begins that a decoder refused: one that finds what is not its own stops where its own would be,
 * which is the first element of a list or a member, perhaps inside a document of one line. */
static size_t document_start(const struct tki_decode *d)
{
    const char *p = d->in.p, *nl = memrchr(p, '\n', d->pos);
    size_t at = behind_blanks(d, d->pos), line = nl ? (size_t)(nl + 1 - p) : 0;
    if (d->pos >= d->in.n || p[d->pos] != '{' || !at || (p[at - 1] != '[' && p[at - 1] != ':'))
        return d->pos;
    if (line < d->pos && (p[line] == '{' || p[line] == '[') && !tki_js_head_end(p + line, p + d->pos))
        return line;
    size_t before = behind_blanks(d, at - 1);
    return p[at - 1] == ':' || (before && memchr(":,[{", p[before - 1], 4)) ? d->pos : at - 1;
}

/* A document in quotes in a line of text that stands between documents without them: passed over it would be lost in
 * silence.  *err says so. */
static bool is_quoted_document(const char *p, const char *line, struct tk_err *err)
{
    char head[QUOTED_MAX];
    struct tk_err why = {0};
    size_t n = tki_js_text_quoted(p, line, head, sizeof head);
    const struct tki_format *f = n ? tki_format_detect((tk_str){head, n}, n < sizeof head, &why) : NULL;
    if (f)
        tki_err_set(err, TK_EINVALID,
                    "a document of the format %s in quotes, among documents without: put the lines of this logger "
                    "into a file of their own",
                    f->info.name);
    return f;
}

/* Steps over a line of text that stands where a document should, up to the document in it, if that is of a format:
 * *other is that format.  Returns false when no such line stands there, or when its document is known and not read:
 * *err says so. */
static bool pass_text(const struct tki_slot *s, struct tki_decode *d, const struct tki_format **other,
                      struct tk_err *err)
{
    const char *end = d->in.p + d->in.n, *p = tki_json_ws(d->in.p + d->pos, end), *document, *line;
    *other = NULL;
    if (s->inside || d->inside || s->format->cutter != &tki_cut_json || !tki_js_text(p, end))
        return false;
    struct tk_err why = {0};
    const struct tki_format *f = tki_format_in_text(p, end, &document, &line, &why);
    if (document && why.code == TK_EUNSUPPORTED) {
        err->code = why.code;
        memcpy(err->text, why.text, sizeof err->text);
    }
    if (err->code == TK_EUNSUPPORTED || !tki_js_balanced(p, document ? document : line, end) ||
        (!document && is_quoted_document(p, line, err)))
        return false;
    const char *behind = f || !document ? NULL : tki_js_head_end(document, end);
    if (behind && behind < line && !tki_js_balanced(behind, line, end))
        return false; /* rather the end of a document that was cut */
    tki_note(d->batch, TK_NOTE_TEXT_SKIPPED);
    if (f && f->cutter == s->format->cutter && !(s->named && f != s->format))
        *other = f;
    d->pos = (size_t)((f ? document : behind && behind > line ? behind : line) - d->in.p);
    return true;
}

/* What logs keep of a program is lines of all kinds: a document that stands for itself in them, and is of no format, is
 * one more, as is what begins with a bracket and is no JSON, such as the objects that Node prints.  Returns true, and
 * steps over it, unless a document of a format is in it.  In a file that is no log's, only a record of a log is. */
static bool pass_stranger(const struct tki_slot *s, struct tki_decode *d, struct tk_err *err)
{
    const char *end = d->in.p + d->in.n, *p = tki_json_ws(d->in.p + document_start(d), end);
    if (s->inside || p == end || (*p != '{' && *p != '[') || (p > d->in.p && p[-1] != '\n'))
        return false;
    struct tk_err why = {0};
    const char *behind = tki_js_head_end(p, end), *next = behind;
    while (next && next < end && memchr(" \t\r", *next, 3))
        next++;
    bool alone = behind && (next == end || *next == '\n');
    bool log = alone && tki_is_log_record((tk_str){p, (size_t)(behind - p)});
    if (!s->wrapped && (!log || d->inside))
        return false;
    if (!alone && tki_js_no_object(p, end)) {
        behind = tki_js_no_object_end(p, end);
        behind = behind ? behind : end;
        alone = true;
    }
    if (!alone || tki_format_detect((tk_str){p, (size_t)(behind - p)}, true, &why) || why.code != TK_EFORMAT ||
        is_quoted_document(p, behind, err))
        return false;
    tki_note(d->batch, log ? TK_NOTE_LOG_RECORDS : TK_NOTE_TEXT_SKIPPED);
    d->pos = (size_t)(behind - d->in.p);
    return true;
}

/* Raw views are of one encoding in a batch, that of its first spans; those of another format come without. */
static int decode_rest(const struct tki_format *f, struct tki_decode *d, bool mixed)
{
    struct tk_batch *b = d->batch;
    uint8_t raw = b->raw;
    unsigned needs = d->needs;
    if (!mixed || !b->nspans)
        return tki_format_run(f, d);
    d->needs &= ~(unsigned)TK_NEED_RAW;
    int r = tki_format_run(f, d);
    d->needs = needs;
    b->raw = raw;
    b->needs = needs;
    return r;
}

/* Consoles of programs are read by their lines, and what else was printed between their spans is passed over: a
 * document of another format is not.  Returns 0, or TK_EINVALID when one stands at a line's end, with its place in
 * d->fault. */
static int document_among_lines(const struct tki_format *f, struct tki_decode *d, size_t from)
{
    if (f->cutter != &tki_cut_lines || !f->lines->begins)
        return 0;
    const char *end = d->in.p + d->in.n, *line;
    for (const char *p = d->in.p + from; p < end; p = line) {
        const char *document = tki_js_text_document(p, end, &line), *behind;
        if (!document || (document > p && document[-1] != ' ' && document[-1] != '\t') ||
            !(behind = tki_js_head_end(document, line)) || tki_json_ws(behind, end) < line)
            continue;
        struct tk_err why = {0};
        const struct tki_format *other = tki_format_detect((tk_str){document, (size_t)(behind - document)}, true, &why);
        if (!other)
            continue;
        d->pos = (size_t)(line - d->in.p);
        d->fault = (size_t)(document - d->in.p);
        return tki_err_set(d->err, TK_EINVALID,
                           "a document of the format %s among lines of %s: cut it out, and read it by itself",
                           other->info.name, f->info.name);
    }
    return 0;
}

void tki_slot_decode(struct tki_slot *s, const struct tk_read_opts *opts, const struct tki_idmap *only)
{
    unsigned needs = opts->needs;
    tk_batch_reset(s->batch);
    if (s->code < 0 || s->piece.n == 0)
        return;
    if (opts->copy_proto && (needs & TK_NEED_RAW) &&
        (s->format == &tki_format_otlp_proto || s->format == &tki_format_otlp_framed))
        needs = (needs & ~(unsigned)(TK_NEED_NAME | TK_NEED_ATTRS | TK_NEED_EVENTS | TK_NEED_LINKS)) | TK_NEED_RAW;
    struct tk_err err = s->err;
    struct tki_decode d = {.in = s->piece,
                           .needs = needs,
                           .proto_only = opts->proto_only,
                           .batch = s->batch,
                           .err = &err,
                           .record_max = opts->record_max,
                           .columns = s->columns,
                           .uncarried = s->uncarried,
                           .only = only};
    bool mixed = false;
    size_t change_from =
        0; /* behind where the format changed last: so this comes to an end, whatever the decoders say */
    d.wanted = tki_wanted_of(opts->attr_keys, opts->nattr_keys);
    for (;;) {
        size_t from = d.pos;
        int r = decode_rest(s->format, &d, mixed);
        if (r >= 0)
            r = document_among_lines(s->format, &d, from);
        if (r >= 0 && s->batch->err)
            r = tki_err_set(&err, s->batch->err, "the rows of a piece of input are not whole");
        if (r >= 0)
            break;
        err.code = r;
        if ((r == TK_EINVALID || r == TK_EFORMAT) && d.pos >= change_from) {
            size_t at = d.pos;
            const struct tki_format *other;
            bool passed = pass_text(s, &d, &other, &err);
            if (!passed) {
                d.pos = document_start(&d);
                other = other_format(s, &d, &err);
                d.pos = other ? d.pos : at;
            }
            passed = passed || (!other && err.code == TK_EINVALID && pass_stranger(s, &d, &err));
            if (passed || other) {
                mixed |= other && other != s->format;
                s->format = other ? other : s->format;
                d.inside = 0; /* what the decoder before knew is nothing to this one */
                memset(d.around, 0, sizeof d.around);
                change_from = d.pos > at ? d.pos : at + 1;
                continue;
            }
            r = err.code;
        }
        err.has_offset = true;
        err.offset = s->body_offset + (d.fault > s->prefix_n ? d.fault - s->prefix_n : 0);
        err.record = d.records + s->skipped + 1;
        if (!opts->keep_going || r == TK_ENOMEM) {
            s->code = r;
            s->err = err;
            break;
        }
        if (s->nproblems < TKI_PROBLEMS_MAX)
            s->problems[s->nproblems++] = err;
        s->skipped++;
        if (!s->format->resync || !s->format->resync(&d))
            break;
    }
    s->records = d.records;
    tki_batch_set_goes_on(s->batch, s->inside);
    tki_batch_set_file(s->batch, s->several ? s->name : NULL);
    tki_poison(s->batch, needs, opts->attr_keys, opts->nattr_keys);
    if (s->code >= 0 && s->batch->err)
        s->code = tki_err_set(&s->err, s->batch->err, "the rows of a piece of input are not whole");
    if (s->code == TK_ENOMEM) { /* rows that lack something are not told from others */
        tk_batch_reset(s->batch);
        s->records = 0;
    }
}

int tki_slot_init(struct tki_slot *s)
{
    *s = (struct tki_slot){0};
    s->batch = tk_batch_new();
    return s->batch ? 0 : TK_ENOMEM;
}

void tki_slot_shrink(struct tki_slot *s)
{
    if (s->cap <= SHRINK_ABOVE && tki_batch_memory(s->batch) <= SHRINK_ROWS_ABOVE)
        return;
    free(s->memory);
    s->memory = NULL;
    s->cap = 0;
    struct tk_batch *b = tk_batch_new();
    if (!b)
        return;
    tk_batch_free(s->batch);
    s->batch = b;
}

void tki_slot_free(struct tki_slot *s)
{
    tk_batch_free(s->batch);
    free(s->memory);
}
