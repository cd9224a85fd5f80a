#include "run/feed.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/err.h"
#include "format/js/scan.h"
#include "format/rows/rows.h"
#include "io/envelope.h"
#include "io/prefix.h"

enum { HEADROOM = 16 * 1024, SPOOL_MEMORY = 8 << 20, SHRINK_ABOVE = 8 << 20 };

int tki_feed_init(struct tki_feed *f, const char *const *paths, size_t npaths, const struct tki_input *input,
                  const struct tk_read_opts *o)
{
    static const char *const standard_input[] = {"-"};
    *f = (struct tki_feed){.paths = npaths ? paths : standard_input, .npaths = npaths ? npaths : 1};
    if (input)
        f->input = *input;
    f->format_name = o->format;
    f->record_max = o->record_max ? o->record_max : TKI_RECORD_MAX;
    f->keep_going = o->keep_going;
    f->threads = o->threads;
    f->rewindable = o->rewindable;
    f->closed = calloc(f->npaths, 2 * sizeof *f->closed);
    if (!f->closed)
        return TK_ENOMEM;
    if (!f->rewindable)
        return 0;
    f->spools = calloc(f->npaths, sizeof *f->spools);
    f->identities = calloc(f->npaths, sizeof *f->identities);
    return f->spools && f->identities ? 0 : TK_ENOMEM;
}

static void close_source(struct tki_feed *f)
{
    if (f->cutting)
        f->cut.cutter->close(&f->cut);
    f->cutting = false;
    uint64_t bytes = f->offset + f->carry_n - f->carry_at,
             bytes_read = f->source ? tki_source_bytes_read(f->source) : 0;
    f->bytes += bytes;
    if (f->closed && f->at < f->npaths) {
        f->closed[2 * f->at] = bytes;
        f->closed[2 * f->at + 1] = bytes_read;
    }
    f->late += f->cut.late;
    f->cut.late = 0;
    f->bytes_read += bytes_read;
    tki_source_close(f->source);
    f->source = NULL;
    f->offset = 0;
    f->carry_at = f->carry_n = 0;
}

void tki_feed_rewind(struct tki_feed *f)
{
    close_source(f);
    f->at = 0;
    f->leave = 0;
    f->bytes = f->bytes_read = f->late = 0;
}

void tki_feed_free(struct tki_feed *f)
{
    close_source(f);
    for (size_t i = 0; f->spools && i < f->npaths; i++)
        tki_spool_close(f->spools[i]);
    free(f->spools);
    free(f->identities);
    free(f->closed);
    free(f->carry);
}

const char *tki_feed_name(const struct tki_feed *f, size_t source)
{
    const char *path = f->paths[source < f->npaths ? source : f->npaths - 1];
    return f->input.kind == TKI_INPUT_PATHS && strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Returns true if the source gives the same bytes when it is opened again. */
static bool opens_again(const struct tki_feed *f, const char *path)
{
    struct stat st;
    if (f->input.kind != TKI_INPUT_PATHS)
        return f->input.kind == TKI_INPUT_MEMORY;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int open_input(const struct tki_input *in, const char *path, struct tki_source **s, struct tk_err *err)
{
    switch (in->kind) {
    case TKI_INPUT_MEMORY: return tki_source_open_memory(s, in->p, in->n, 0, err);
    case TKI_INPUT_FD: return tki_source_open_fd(s, in->fd, err);
    case TKI_INPUT_CALLBACK: return tki_source_open_callback(s, in->read, in->ctx, err);
    default: return tki_source_open(s, path, err);
    }
}

/* The bytes of a path, from its spool the second time. */
static int open_bytes(struct tki_feed *f, const char *path, struct tk_err *err)
{
    struct tki_spool **spool = f->spools ? &f->spools[f->at] : NULL;
    if (spool && *spool)
        return tki_spool_source(*spool, &f->source, err);
    int r = open_input(&f->input, path, &f->source, err);
    if (r < 0 || !spool)
        return r;
    if (f->identities[f->at].known)
        return tki_source_again(f->source, &f->identities[f->at], err);
    if (opens_again(f, path)) {
        f->identities[f->at] = tki_source_identity(f->source);
        return 0;
    }
    struct tki_source *tee;
    if ((r = tki_spool_open(spool, SPOOL_MEMORY, NULL, err)) < 0)
        return r;
    if ((r = tki_source_open_tee(&tee, f->source, *spool, err)) < 0)
        return r;
    f->source = tee;
    return 0;
}

/* Documents without any trace that no format claims. */
static bool is_empty_json(tk_str head)
{
    while (head.n && memchr(" \t\r\n", head.p[head.n - 1], 4))
        head.n--;
    while (head.n && memchr(" \t\r\n", head.p[0], 4))
        head = (tk_str){head.p + 1, head.n - 1};
    return head.n == 0 || TKI_STR_IS(head, "null") || TKI_STR_IS(head, "{}") || TKI_STR_IS(head, "[]");
}

/* last: nothing else is left to be tried. */
static int choose_format(struct tki_feed *f, bool last, struct tk_err *err)
{
    size_t n = 0;
    if (f->format_name) {
        f->format = tki_format_find(f->format_name);
        if (!f->format || !f->format->decode)
            return tki_err_set(err, TK_EUSAGE, "no format '%s' to read", f->format_name);
        return 0;
    }
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, err);
    if (!head && err->code < 0)
        return err->code;
    bool eof = n < TKI_PEEK_MAX;
    if (eof && is_empty_json((tk_str){head, n})) {
        f->format = &tki_format_otlp_json;
        return 0;
    }
    const char *first = tki_json_ws(head, head + n);
    if (f->columns) /* they say what it is; its first byte says in which shape */
        f->format = first < head + n && (*first == '{' || *first == '[') ? &tki_format_rows : &tki_format_table;
    else
        f->format = tki_format_detect((tk_str){head, n}, eof, err);
    if (!f->format && err->code == TK_EFORMAT && last)
        f->format = tki_format_behind_text((tk_str){head, n});
    return f->format ? 0 : err->code;
}

/* Takes away what stands before each line, where that is containerd's, or where what is left is of a format. */
static bool open_prefix(struct tki_feed *f, bool any)
{
    struct tk_err err = {0};
    struct tki_buf inside = {0};
    struct tki_source *opened;
    size_t n = 0;
    bool cri = false;
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, &err);
    bool found = head && tki_prefix_peek((tk_str){head, n}, &inside, &cri) && !inside.err;
    if (found && !cri)
        found = any && tki_format_detect((tk_str){inside.p, inside.n}, n < TKI_PEEK_MAX, &err);
    tki_buf_free(&inside);
    if (!found || tki_prefix_open(&opened, f->source, &err) < 0)
        return false;
    f->source = opened;
    return true;
}

/* Opens the envelope around documents of a format, where the head is of none, or refused by its name.  Returns true if
 * there was one. */
static bool open_envelope(struct tki_feed *f, bool refused)
{
    struct tk_err err = {0};
    size_t n = 0;
    if (open_prefix(f, true))
        return true;
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, &err);
    const char *first = head ? tki_json_ws(head, head + n) : NULL;
    /* A document that is known and not read is no envelope; words of another text may stand in any log. */
    if (refused && head && first < head + n && (*first == '{' || *first == '['))
        return false;
    for (unsigned rule = 0; head && rule < tki_envelope_rules; rule++) {
        struct tki_buf inside = {0};
        struct tki_source *opened;
        bool joined;
        tki_envelope_peek(rule, (tk_str){head, n}, &inside, &joined);
        const struct tki_format *format =
            inside.n && !inside.err ? tki_format_detect((tk_str){inside.p, inside.n}, n < TKI_PEEK_MAX, &err) : NULL;
        bool found = format && (format->cutter == &tki_cut_json || format->cutter == &tki_cut_lines) &&
                     tki_envelope_open(&opened, f->source, rule, joined, &err) == 0;
        tki_buf_free(&inside);
        if (found) {
            f->source = opened;
            return true;
        }
    }
    return false;
}

/* An envelope may lie in another: journald around Docker. */
static int choose_inside(struct tki_feed *f, struct tk_err *err)
{
    enum { ENVELOPES_MAX = 4 };
    if (!f->format_name)
        open_prefix(f, false);
    int r = choose_format(f, false, err);
    for (int depth = 0;
         r < 0 && r != TK_ENOMEM && !f->format_name && depth < ENVELOPES_MAX && open_envelope(f, r == TK_EUNSUPPORTED);
         depth++) {
        struct tk_err inside = {0};
        if ((r = choose_format(f, false, &inside)) < 0)
            memcpy(err->text, inside.text, sizeof err->text);
    }
    return r == TK_EFORMAT ? choose_format(f, true, err) : r;
}

/* Streams mix formats: a large document is opened where its own format says. */
static void choose_split(struct tki_cut *c, tk_str head)
{
    struct tki_feed *f = c->choose_ctx;
    bool whole = head.n < TKI_PEEK_MAX;
    const struct tki_format *own = tki_format_detect((tk_str){head.p, whole ? head.n : TKI_PEEK_MAX}, whole, NULL);
    if (!own || own->cutter != c->cutter)
        return;
    f->format = own;
    c->split = own->split;
}

/* A stream that mixes formats may hold documents that count for those behind them, of a format that is not the first.
 */
static tk_str (*choose_context(struct tki_feed *f))(tk_str)
{
    size_t n = 0;
    struct tk_err err;
    if (f->format->context || f->format_name || f->format->cutter != &tki_cut_json)
        return f->format->context;
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, &err);
    char *copy = head ? calloc(1, n + TKI_PADDING) : NULL;
    tk_str (*found)(tk_str) = NULL;
    if (copy)
        memcpy(copy, head, n);
    for (const struct tki_format *const *p = tki_formats; copy && *p && !found; p++)
        if ((*p)->context && (*p)->context((tk_str){copy, n}).n)
            found = (*p)->context;
    free(copy);
    return found;
}

static int open_source(struct tki_feed *f, struct tk_err *err)
{
    const char *path = f->paths[f->at];
    *err = (struct tk_err){0};
    tki_err_source(err, tki_feed_name(f, f->at));
    int r = open_bytes(f, path, err);
    if (r < 0 || (r = tki_source_add_filters(&f->source, f->threads, err)) < 0 || (r = choose_inside(f, err)) < 0)
        return r;
    f->cut = (struct tki_cut){.cutter = f->format->cutter,
                              .split = f->format->split,
                              .lines = f->format->lines,
                              .spans = f->format->spans,
                              .window = TKI_SPLIT,
                              .record_max = f->record_max,
                              .unnamed = f->columns && f->columns->numbered};
    f->cut.context = choose_context(f);
    f->cut.inside = TKI_INSIDE < f->record_max ? TKI_INSIDE : f->record_max;
    if (f->format->cutter == &tki_cut_json && !f->format_name && !f->columns) {
        f->cut.choose = choose_split;
        f->cut.choose_ctx = f;
    }
    if ((r = f->cut.cutter->open(&f->cut)) < 0)
        return tki_err_memory(err);
    f->cutting = true;
    f->eof = false;
    f->fault = (struct tk_err){0};
    return 0;
}

static int reserve(struct tki_slot *s, size_t cap)
{
    if (s->cap >= cap)
        return 0;
    char *p = realloc(s->memory, HEADROOM + cap + TKI_PADDING);
    if (!p)
        return TK_ENOMEM;
    s->memory = p;
    s->cap = cap;
    return 0;
}

static char *window(const struct tki_slot *s)
{
    return s->memory + HEADROOM + s->start;
}

/* ---- reading early ---- */

struct tki_file *tki_feed_file(const struct tki_feed *f, uint64_t *at)
{
    if (!f->source || f->eof || f->carry_n - f->carry_at >= TKI_WINDOW)
        return NULL;
    return tki_source_file(f->source, at);
}

void tki_feed_early(struct tki_slot *s)
{
    if (reserve(s, 2 * TKI_WINDOW) == 0)
        s->early_n = tki_file_read(s->early, s->memory + HEADROOM + TKI_WINDOW, TKI_WINDOW, s->early_at);
}

/* The window of what is left over and what was read early, if that comes next: bytes, else 0. */
static size_t take_early(struct tki_feed *f, struct tki_slot *s)
{
    uint64_t at;
    size_t n = s->early_n, left = f->carry_n - f->carry_at;
    s->early_n = 0;
    if (!n || tki_feed_file(f, &at) != s->early || at != s->early_at)
        return 0;
    s->start = TKI_WINDOW - left;
    if (left)
        memcpy(window(s), f->carry + f->carry_at, left);
    f->carry_at = f->carry_n;
    tki_source_skip(f->source, n);
    f->fresh = true;
    return left + n;
}

/* Takes what is left over, then reads, until the window holds `want` bytes or the source ends; a fault counts as the
 * end and is kept. */
static size_t fill(struct tki_feed *f, struct tki_slot *s, size_t n, size_t want)
{
    size_t left = f->carry_n - f->carry_at, take = left < want - n ? left : want - n;
    if (take)
        memcpy(window(s) + n, f->carry + f->carry_at, take);
    f->carry_at += take;
    n += take;
    while (n < want && !f->eof) {
        struct tk_err err = {0};
        ptrdiff_t got = tki_source_read(f->source, window(s) + n, want - n, &err);
        if (got > 0) {
            n += (size_t)got;
            f->fresh = true;
            continue;
        }
        f->eof = true;
        if (got < 0) {
            f->fault = err;
            f->fault.code = (int)got;
        }
    }
    memset(window(s) + n, 0, TKI_PADDING);
    return n;
}

/* The last n bytes of the window come again with the next one.  Those of the carry are still in it when nothing was
 * read behind them for this piece. */
static int keep_carry(struct tki_feed *f, const char *p, size_t n)
{
    if (!f->fresh) {
        f->carry_at -= n;
        return 0;
    }
    if (n > f->carry_cap || f->carry_cap > SHRINK_ABOVE) {
        free(f->carry);
        f->carry_at = f->carry_n = 0;
        f->carry = n ? malloc(n) : NULL;
        f->carry_cap = f->carry ? n : 0;
        if (n && !f->carry)
            return TK_ENOMEM;
    }
    if (n)
        memcpy(f->carry, p, n);
    f->carry_at = 0;
    f->carry_n = n;
    return 0;
}

/* Makes room for a larger window. */
static int enlarge(struct tki_slot *s, size_t n, size_t want)
{
    if (s->start)
        memmove(s->memory + HEADROOM, window(s), n);
    s->start = 0;
    return reserve(s, want);
}

/* The next size of a window that was too small: a record that can be split inside is held up to `inside` bytes, and
 * not twice as much. */
static size_t larger(const struct tki_feed *f, size_t want)
{
    size_t inside = f->cut.inside + TKI_WINDOW;
    if (f->cut.inside < f->record_max && want < inside && want * 2 > inside)
        return inside;
    return want < f->record_max / 2 || want >= f->record_max ? want * 2 : f->record_max;
}

/* Puts the cutter's context, prefix and suffix around the body, where it stands if there is room.  The parts of a
 * document of a format that has no context come without. */
static int assemble(struct tki_slot *s, const struct tki_piece *p, bool with_context)
{
    size_t prefix_n = p->prefix.n + (with_context ? p->context.n : 0);
    char *body = window(s) + (p->body.p - window(s)), *room_end = s->memory + HEADROOM + s->cap;
    size_t before = (size_t)(body - s->memory), after = (size_t)(room_end - body) - p->body.n;
    s->prefix_n = prefix_n;
    s->inside = p->prefix.n > 0;
    if (prefix_n > before || p->suffix.n > after) { /* a large context: make room once */
        size_t n = prefix_n + p->body.n + p->suffix.n;
        char *q = malloc(HEADROOM + n + TKI_PADDING);
        if (!q)
            return TK_ENOMEM;
        memcpy(q + HEADROOM + prefix_n, body, p->body.n);
        free(s->memory);
        s->memory = q;
        s->cap = n;
        body = q + HEADROOM + prefix_n;
    }
    if (p->prefix.n)
        memcpy(body - p->prefix.n, p->prefix.p, p->prefix.n);
    if (prefix_n > p->prefix.n)
        memcpy(body - prefix_n, p->context.p, p->context.n);
    if (p->suffix.n)
        memcpy(body + p->body.n, p->suffix.p, p->suffix.n);
    memset(body + p->body.n + p->suffix.n, 0, TKI_PADDING);
    s->piece = (tk_str){body - prefix_n, prefix_n + p->body.n + p->suffix.n};
    return 0;
}

/* The next piece of the open source into the slot: TKI_CUT_PIECE, TKI_CUT_END or negative with s->err. */
static int cut_piece(struct tki_feed *f, struct tki_slot *s)
{
    size_t left = f->carry_n - f->carry_at, want = left < TKI_WINDOW ? left + TKI_WINDOW : TKI_WINDOW;
    struct tki_piece piece = {0};
    f->fresh = false;
    s->start = 0;
    if (reserve(s, want) < 0)
        return tki_err_memory(&s->err);
    for (size_t n = take_early(f, s);;) {
        n = fill(f, s, n, want);
        int r = f->cut.cutter->next(&f->cut, (tk_str){window(s), n}, f->eof, &piece, &s->err);
        if (r < 0) {
            s->err.has_offset = true;
            s->err.offset += f->offset;
            f->offset += n; /* for the count of bytes: the source is at its end */
            return r;
        }
        if (r == TKI_CUT_MORE) {
            want = larger(f, want);
            if (enlarge(s, n, want) < 0)
                return tki_err_memory(&s->err);
            continue;
        }
        s->body_offset = f->offset + (uint64_t)(piece.body.p - window(s));
        f->offset += piece.consumed;
        if (r == TKI_CUT_PIECE && piece.body.n == 0) {
            n -= piece.consumed;
            memmove(window(s), window(s) + piece.consumed, n);
            continue;
        }
        if (keep_carry(f, window(s) + piece.consumed, n - piece.consumed) < 0)
            return tki_err_memory(&s->err);
        if (r == TKI_CUT_PIECE && assemble(s, &piece, !piece.prefix.n || f->format->context) < 0)
            return tki_err_memory(&s->err);
        return r;
    }
}

static void note_progress(const struct tki_feed *f, struct tki_slot *s)
{
    s->bytes = f->bytes + f->offset + (f->source ? f->carry_n - f->carry_at : 0);
    s->bytes_read = f->bytes_read + (f->source ? tki_source_bytes_read(f->source) : 0);
    s->late = f->late + f->cut.late;
}

void tki_feed_leave(struct tki_feed *f, size_t source)
{
    f->leave = source + 1;
}

int tki_feed_next(struct tki_feed *f, struct tki_slot *s)
{
    if (f->source && f->leave == f->at + 1) {
        close_source(f);
        f->at++;
    }
    s->code = 0;
    s->nproblems = 0;
    s->skipped = 0;
    s->records = 0;
    s->piece = (tk_str){0};
    s->last = false;
    for (;;) {
        int r = 0;
        if (!f->source) {
            if (f->at == f->npaths) {
                s->last = true;
                note_progress(f, s);
                return 0;
            }
            r = open_source(f, &s->err);
        }
        s->source = f->at;
        s->format = f->format;
        s->columns = f->columns;
        s->named = f->format_name || f->columns;
        s->uncarried = !f->cut.context;
        if (r == 0) {
            s->err = (struct tk_err){0};
            tki_err_source(&s->err, tki_feed_name(f, f->at));
            r = cut_piece(f, s);
        }
        note_progress(f, s);
        if (r == TKI_CUT_PIECE)
            return 1;
        if (f->fault.code < 0 && (r == TKI_CUT_END || r == TK_ETRUNCATED)) { /* the cause, not its consequence */
            struct tk_err fault = f->fault;
            memcpy(fault.source, s->err.source, sizeof fault.source);
            s->err = fault;
            r = fault.code;
        }
        f->fault.code = 0;
        close_source(f);
        f->at++;
        note_progress(f, s);
        if (r >= 0)
            continue;
        s->code = r;
        s->err.code = r;
        return r;
    }
}
