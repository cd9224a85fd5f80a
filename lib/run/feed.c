#include "run/feed.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/err.h"
#include "io/archive.h"

/* The headroom before a window: with the 16 bytes that the allocator puts before a large block, a multiple of pages.
 * The system copies much slower into what lies a few bytes beside the start of a page. */
enum { HEADROOM = 16 * 1024 - 16, SPOOL_MEMORY = 8 << 20, SHRINK_ABOVE = 8 << 20 };

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
    pthread_mutex_init(&f->lock, NULL);
    if (!f->rewindable)
        return 0;
    f->spools = calloc(f->npaths, sizeof *f->spools);
    f->identities = calloc(f->npaths, sizeof *f->identities);
    return f->spools && f->identities ? 0 : TK_ENOMEM;
}

/* Bytes that the operating system gave for the open source, as far as no other counts them. */
static uint64_t read_for_source(const struct tki_feed *f)
{
    if (f->archive)
        return tki_archive_bytes_read(f->archive) - f->archive_read;
    return f->source ? tki_source_bytes_read(f->source) : 0;
}

static void close_source(struct tki_feed *f)
{
    if (f->cutting)
        f->cut.cutter->close(&f->cut);
    f->cutting = false;
    uint64_t bytes_read = read_for_source(f);
    f->bytes += f->offset + f->carry_n - f->carry_at;
    f->late += f->cut.late;
    f->cut.late = 0;
    f->bytes_read += bytes_read;
    f->archive_read += f->archive ? bytes_read : 0;
    pthread_mutex_lock(&f->lock);
    if (f->nopened) {
        f->opened[f->nopened - 1].closed[0] = f->bytes;
        f->opened[f->nopened - 1].closed[1] = f->bytes_read;
    }
    pthread_mutex_unlock(&f->lock);
    tki_source_close(f->source);
    f->source = NULL;
    f->offset = 0;
    f->carry_at = f->carry_n = 0;
}

/* The path that is open is done with: the next one comes. */
static void close_path(struct tki_feed *f)
{
    close_source(f);
    f->left_out += f->archive ? tki_archive_left_out(f->archive) : 0;
    tki_archive_close(f->archive);
    f->archive = NULL;
    f->archive_read = 0;
    f->at++;
}

void tki_feed_rewind(struct tki_feed *f)
{
    close_path(f);
    f->at = 0;
    f->leave = 0;
    f->nopened = 0;
    f->bytes = f->bytes_read = f->late = f->left_out = 0;
}

void tki_feed_free(struct tki_feed *f)
{
    close_path(f);
    for (size_t i = 0; f->spools && i < f->npaths; i++)
        tki_spool_close(f->spools[i]);
    free(f->spools);
    free(f->identities);
    for (size_t i = 0; i < f->named; i++)
        free(f->opened[i].name);
    free(f->opened);
    pthread_mutex_destroy(&f->lock);
    free(f->carry);
}

const char *tki_feed_path(const struct tki_feed *f, size_t at)
{
    const char *path = f->paths[at < f->npaths ? at : f->npaths - 1];
    return f->input.kind == TKI_INPUT_PATHS && strcmp(path, "-") == 0 ? "standard input" : path;
}

void tki_feed_closed(struct tki_feed *f, size_t source, uint64_t sum[2])
{
    pthread_mutex_lock(&f->lock);
    memcpy(sum, f->opened[source].closed, sizeof f->opened[source].closed);
    pthread_mutex_unlock(&f->lock);
}

/* A source has the next number.  Its name is the path's, or the path's and the member's. */
static int count_source(struct tki_feed *f, const char *member, struct tk_err *err)
{
    struct tki_buf name = {0};
    tki_buf_printf(&name, "%s%s%s", tki_feed_path(f, f->at), member ? ":" : "", member ? member : "");
    tki_buf_putc(&name, 0);
    pthread_mutex_lock(&f->lock);
    int r = name.err ? TK_ENOMEM : TKI_GROW(f->opened, f->opened_cap, f->nopened + 1);
    if (r == 0) {
        struct tki_opened *o = &f->opened[f->nopened++];
        if (f->nopened > f->named) {
            *o = (struct tki_opened){.name = name.p};
            f->named = f->nopened;
            name = (struct tki_buf){0};
        }
    }
    pthread_mutex_unlock(&f->lock);
    if (r == 0)
        tki_err_source(err, f->opened[f->nopened - 1].name);
    tki_buf_free(&name);
    return r < 0 ? tki_err_memory(err) : 0;
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

/* Opens the path; an archive's members come one by one. */
static int open_path(struct tki_feed *f, struct tk_err *err)
{
    size_t n = 0;
    int r = open_bytes(f, f->paths[f->at], err);
    if (r < 0 || (r = tki_source_add_filters(&f->source, f->threads, err)) < 0)
        return r;
    const char *head = tki_source_peek(f->source, TKI_PEEK_MAX, &n, err);
    if (!head && err->code == TK_ENOMEM)
        return TK_ENOMEM;
    if (!head || !tki_archive_is((tk_str){head, n}))
        return 0; /* a fault is met again */
    if ((r = tki_archive_open(&f->archive, f->source, err)) == 0)
        f->source = NULL;
    return r;
}

/* Opens the next source: 0, or TKI_NO_MEMBER when the archive has no further one, or an error. */
enum { TKI_NO_MEMBER = 1 };
static int open_source(struct tki_feed *f, struct tk_err *err)
{
    int r;
    *err = (struct tk_err){0};
    tki_err_source(err, tki_feed_path(f, f->at));
    if (!f->archive) {
        r = open_path(f, err);
        if ((r < 0 || !f->archive) && count_source(f, NULL, err) < 0)
            return TK_ENOMEM;
        if (r < 0)
            return r;
    }
    if (f->archive) {
        if ((r = tki_archive_next(f->archive, &f->source, err)) == 0)
            return TKI_NO_MEMBER;
        const char *member = tki_archive_name(f->archive);
        if (count_source(f, *member ? member : NULL, err) < 0)
            return TK_ENOMEM;
        if (r < 0 || (r = tki_source_add_filters(&f->source, f->threads, err)) < 0)
            return r;
    }
    return tki_feed_begin(f, err);
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
    s->bytes_read = f->bytes_read + read_for_source(f);
    s->late = f->late + f->cut.late;
    s->left_out = f->left_out + (f->archive ? tki_archive_left_out(f->archive) : 0);
}

void tki_feed_leave(struct tki_feed *f, size_t source)
{
    f->leave = source + 1;
}

/* The open source is done with: the next member of its archive comes, or the next path. */
static void leave_source(struct tki_feed *f)
{
    if (f->archive)
        close_source(f);
    else
        close_path(f);
}

/* What the slot is filled from. */
static void name_slot(struct tki_feed *f, struct tki_slot *s)
{
    s->source = f->nopened ? f->nopened - 1 : 0;
    s->name = f->nopened ? f->opened[s->source].name : NULL; /* NULL: memory ended before the first */
    s->several = f->npaths > 1 || f->archive;
    s->format = f->format;
    s->columns = f->columns;
    s->named = f->format_name || f->columns;
    s->wrapped = f->wrapped;
    s->uncarried = !f->cut.context;
}

/* The next piece of the open source, or of the next one: as cut_piece answers, or TKI_NO_MEMBER + TKI_CUT_END when an
 * archive came to its end. */
static int next_piece(struct tki_feed *f, struct tki_slot *s, bool *no_member)
{
    int r = f->source ? 0 : open_source(f, &s->err);
    *no_member = r == TKI_NO_MEMBER;
    if (*no_member)
        return TKI_CUT_END;
    name_slot(f, s);
    if (r < 0)
        return r;
    s->err = (struct tk_err){0};
    tki_err_source(&s->err, s->name);
    r = cut_piece(f, s);
    if (f->fault.code < 0 && (r == TKI_CUT_END || r == TK_ETRUNCATED)) { /* the cause, not its consequence */
        struct tk_err fault = f->fault;
        memcpy(fault.source, s->err.source, sizeof fault.source);
        s->err = fault;
        r = fault.code;
    }
    return r;
}

int tki_feed_next(struct tki_feed *f, struct tki_slot *s)
{
    bool no_member;
    if (f->source && f->leave == f->nopened)
        leave_source(f);
    s->code = 0;
    s->nproblems = 0;
    s->skipped = 0;
    s->records = 0;
    s->piece = (tk_str){0};
    s->last = false;
    for (;;) {
        if (!f->source && !f->archive && f->at == f->npaths) {
            s->last = true;
            s->source = f->nopened;
            note_progress(f, s);
            return 0;
        }
        int r = next_piece(f, s, &no_member);
        note_progress(f, s);
        if (r == TKI_CUT_PIECE)
            return 1;
        f->fault.code = 0;
        if (no_member)
            close_path(f);
        else
            leave_source(f);
        note_progress(f, s);
        if (r >= 0)
            continue;
        s->code = r;
        s->err.code = r;
        return r;
    }
}
