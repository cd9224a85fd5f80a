#include "run/logs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/err.h"
#include "base/map.h"
#include "io/source.h"
#include "io/spool.h"
#include "model/logdoc.h"
#include "model/logline.h"
#include "model/span.h"

enum { MEMORY_DEFAULT = 256 << 20, LINE_MAX_BYTES = 1 << 20, DOCUMENT_MAX_BYTES = 64 << 20 };
#define NOWHERE UINT64_MAX

/* A line as it is kept; its level and its message follow. */
struct kept {
    uint64_t before; /* where the line of the same trace that came before is kept; NOWHERE: none */
    tk_id128 trace_id;
    uint64_t span_id, time_ns;
    uint32_t file, level_n, message_n;
    bool guessed;
};

struct tki_logs {
    struct tki_idmap ids; /* low halves of trace ids */
    uint64_t *last;       /* by number of the id: its last line */
    uint64_t *named;      /* lines that name it in a field or header */
    bool *met;            /* some trace has it */
    uint32_t last_cap, named_cap, met_cap;
    struct tki_symtab files;
    struct tki_buf held; /* all lines, while they fit */
    size_t memory_max;
    int fd; /* of the temporary file; -1: all are held */
    uint64_t end;
    struct tki_log_scratch scratch;
    struct tki_log_counts counts;
    struct tki_buf part[2]; /* of standard output and error: a line that containerd has cut, so far */
    struct tki_buf pending; /* the message of the line that may go on */
    struct kept waiting;    /* that line, with its level in pending, too */
    bool is_waiting;
    uint32_t file;
    /* of one trace */
    uint64_t *place;
    size_t place_cap;
    struct tki_idmap rows;
    struct tki_buf one;
};

int tki_logs_open(struct tki_logs **out, size_t memory_max, struct tk_err *err)
{
    struct tki_logs *l = calloc(1, sizeof *l);
    *out = l;
    if (!l)
        return tki_err_memory(err);
    l->memory_max = memory_max ? memory_max : MEMORY_DEFAULT;
    l->fd = -1;
    return 0;
}

void tki_logs_close(struct tki_logs *l)
{
    if (!l)
        return;
    tki_idmap_free(&l->ids);
    tki_idmap_free(&l->rows);
    tki_symtab_free(&l->files);
    tki_buf_free(&l->held);
    tki_buf_free(&l->part[0]);
    tki_buf_free(&l->part[1]);
    tki_buf_free(&l->pending);
    tki_buf_free(&l->one);
    tki_log_scratch_free(&l->scratch);
    if (l->fd >= 0)
        close(l->fd);
    free(l->last);
    free(l->named);
    free(l->met);
    free(l->place);
    free(l);
}

/* ---- keeping lines ---- */

static int write_all(int fd, const char *p, size_t n, struct tk_err *err)
{
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            err->sys_errno = errno;
            return tki_err_set(err, TK_EIO, "the temporary file of log lines could not be written");
        }
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

/* What is held goes to the temporary file when there is more of it than may be, and at the end of a file. */
static int flush(struct tki_logs *l, struct tk_err *err)
{
    if (l->held.err)
        return tki_err_memory(err);
    if (l->fd < 0 && (l->fd = tki_tmpfile(NULL, err)) < 0)
        return err->code;
    int r = write_all(l->fd, l->held.p, l->held.n, err);
    tki_buf_reset(&l->held);
    return r;
}

static int put_line(struct tki_logs *l, const struct kept *k, tk_str level, tk_str message, struct tk_err *err)
{
    tki_buf_put(&l->held, k, sizeof *k);
    tki_buf_str(&l->held, level);
    tki_buf_str(&l->held, message);
    l->end += sizeof *k + level.n + message.n;
    if (l->held.err)
        return tki_err_memory(err);
    return l->held.n > l->memory_max ? flush(l, err) : 0;
}

static int keep_waiting(struct tki_logs *l, struct tk_err *err)
{
    if (!l->is_waiting)
        return 0;
    struct kept *k = &l->waiting;
    l->is_waiting = false;
    uint32_t before = l->ids.n, i = tki_idmap_put(&l->ids, (tk_id128){0, k->trace_id.lo});
    if (l->pending.err || i == TKI_MAP_NONE || TKI_GROW_ZERO(l->last, l->last_cap, l->ids.n) < 0 ||
        TKI_GROW_ZERO(l->named, l->named_cap, l->ids.n) < 0 || TKI_GROW_ZERO(l->met, l->met_cap, l->ids.n) < 0)
        return tki_err_memory(err);
    if (l->ids.n > before)
        l->last[i] = NOWHERE;
    k->before = l->last[i];
    l->last[i] = l->end;
    l->named[i] += !k->guessed;
    k->message_n = (uint32_t)(l->pending.n - k->level_n);
    return put_line(l, k, (tk_str){l->pending.p, k->level_n}, (tk_str){l->pending.p + k->level_n, k->message_n}, err);
}

static void count_fault(struct tki_log_counts *c, const char *fault)
{
    unsigned i = 0;
    while (i < c->ninvalid && c->invalid[i].fault != fault)
        i++;
    if (i == TKI_LOG_FAULTS) {
        c->other_invalid++;
        return;
    }
    c->ninvalid += i == c->ninvalid;
    c->invalid[i].fault = fault;
    c->invalid[i].lines++;
}

static int take_line(struct tki_logs *l, tk_str line, struct tk_err *err)
{
    struct tki_log_line x;
    while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == 0))
        line.n--;
    if (!line.n)
        return 0;
    if (tki_log_line_read(&l->scratch, line, &x) < 0)
        return tki_err_memory(err);
    if (x.continues && l->is_waiting) {
        if (l->pending.n < LINE_MAX_BYTES) {
            tki_buf_putc(&l->pending, '\n');
            tki_buf_str(&l->pending, line);
        }
        return 0;
    }
    l->counts.lines++;
    if (x.fault)
        count_fault(&l->counts, x.fault);
    int r = keep_waiting(l, err);
    if (r < 0 || x.id == TKI_LOG_NO_ID)
        return r;
    l->counts.with_id += x.id == TKI_LOG_NAMED;
    memset(&l->waiting, 0, sizeof l->waiting);
    l->waiting.trace_id = x.trace_id;
    l->waiting.span_id = x.span_id;
    l->waiting.time_ns = x.time_ns;
    l->waiting.guessed = x.id == TKI_LOG_GUESSED;
    l->waiting.file = l->file;
    l->waiting.level_n = (uint32_t)x.level.n;
    tki_buf_reset(&l->pending);
    tki_buf_str(&l->pending, x.level);
    tki_buf_str(&l->pending, x.message);
    l->is_waiting = true;
    return 0;
}

/* ---- reading ---- */

/* "TIME stdout P TEXT" of containerd and CRI-O: the place of " stdout " or " stderr "; SIZE_MAX: the line is none. */
static size_t cri_stream(tk_str line, unsigned *stream, bool *part)
{
    enum { TIME_LEAST = 20, TIME_MOST = 36, NAME = 8 };
    const char *blank = line.n > TIME_LEAST ? memchr(line.p, ' ', line.n < TIME_MOST ? line.n : TIME_MOST) : NULL;
    size_t at = blank ? (size_t)(blank - line.p) : 0;
    if (at < TIME_LEAST || line.p[4] != '-' || line.p[10] != 'T' || line.n < at + NAME + 2 ||
        line.p[at + NAME + 1] != ' ')
        return SIZE_MAX;
    bool out = memcmp(line.p + at, " stdout ", NAME) == 0, err = memcmp(line.p + at, " stderr ", NAME) == 0;
    char tag = line.p[at + NAME];
    if ((!out && !err) || (tag != 'P' && tag != 'F'))
        return SIZE_MAX;
    *stream = err;
    *part = tag == 'P';
    return at;
}

struct taker {
    struct tki_logs *l;
    struct tk_err *err;
};

static int take_inner(void *ctx, tk_str line)
{
    struct taker *t = ctx;
    return take_line(t->l, line, t->err);
}

/* A line, or a document that holds many. */
static int take_text(struct tki_logs *l, tk_str line, struct tk_err *err)
{
    int r = tki_log_document(line, take_inner, &(struct taker){l, err});
    if (r < 0)
        return err->code ? r : tki_err_memory(err);
    return r ? 0 : take_line(l, line, err);
}

/* Parts of a line are put together, those of each stream for themselves. */
static int take_whole(struct tki_logs *l, tk_str line, struct tk_err *err)
{
    enum { BEFORE_TEXT = 10 }; /* " stdout F " */
    unsigned stream;
    bool part;
    size_t at = cri_stream(line, &stream, &part);
    if (at == SIZE_MAX)
        return take_text(l, line, err);
    struct tki_buf *b = &l->part[stream];
    if (!part && !b->n)
        return take_text(l, line, err);
    size_t skip = b->n ? at + BEFORE_TEXT : 0; /* the time of the first part stays */
    tk_str more = {line.p + skip, line.n - skip};
    if (b->n < DOCUMENT_MAX_BYTES)
        tki_buf_str(b, more);
    if (b->err)
        return tki_err_memory(err);
    if (part)
        return 0;
    int r = take_text(l, (tk_str){b->p, b->n}, err);
    tki_buf_reset(b);
    return r;
}

/* What was cut and never ended. */
static int take_parts(struct tki_logs *l, struct tk_err *err)
{
    int r = 0;
    for (int i = 0; i < 2 && r == 0; i++) {
        r = l->part[i].n ? take_text(l, (tk_str){l->part[i].p, l->part[i].n}, err) : 0;
        tki_buf_reset(&l->part[i]);
    }
    return r;
}

static int read_lines(struct tki_logs *l, struct tki_source *s, struct tki_buf *line, struct tk_err *err)
{
    for (;;) {
        size_t n;
        const char *p = tki_source_peek(s, 1, &n, err);
        if (!p)
            return err->code ? err->code : 0;
        if (n == 0)
            return line->n ? take_whole(l, (tk_str){line->p, line->n}, err) : 0;
        const char *end = memchr(p, '\n', n);
        size_t most = (line->n ? line->p[0] : p[0]) == '{' ? DOCUMENT_MAX_BYTES : LINE_MAX_BYTES;
        size_t part = end ? (size_t)(end - p) : n, room = line->n < most ? most - line->n : 0;
        tki_buf_put(line, p, part < room ? part : room);
        tki_source_consume(s, part + (end != NULL));
        if (line->err)
            return tki_err_memory(err);
        if (!end)
            continue;
        int r = take_whole(l, (tk_str){line->p, line->n}, err);
        if (r < 0)
            return r;
        tki_buf_reset(line);
    }
}

int tki_logs_read(struct tki_logs *l, const char *path, struct tk_err *err)
{
    struct tki_source *s = NULL;
    struct tki_buf line = {0};
    l->file = tki_symtab_put(&l->files, tki_str(path));
    if (l->file == TKI_MAP_NONE)
        return tki_err_memory(err);
    int r = tki_source_open(&s, path, err);
    if (r == 0)
        r = tki_source_add_filters(&s, 0, err);
    if (r == 0)
        r = read_lines(l, s, &line, err);
    if (r == 0)
        r = take_parts(l, err);
    if (r == 0)
        r = keep_waiting(l, err);
    if (r == 0 && l->fd >= 0)
        r = flush(l, err);
    if (r < 0)
        tki_err_source(err, path);
    tki_source_close(s);
    tki_buf_free(&line);
    return r;
}

/* ---- joining ---- */

static int get(struct tki_logs *l, uint64_t at, void *to, size_t n, struct tk_err *err)
{
    if (l->fd < 0) {
        memcpy(to, l->held.p + at, n);
        return 0;
    }
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(l->fd, (char *)to + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            err->sys_errno = got < 0 ? errno : 0;
            return tki_err_set(err, TK_EIO, "the temporary file of log lines could not be read");
        }
        done += (size_t)got;
    }
    return 0;
}

/* Numbers of the map are rows of the spans; of several with one id the first. */
static int map_rows(struct tki_logs *l, const struct tk_batch *b)
{
    tki_idmap_reset(&l->rows);
    for (uint32_t i = 0; i < b->nspans; i++) /* an id of its own for what repeats, so that numbers stay rows */
        if (tki_idmap_get(&l->rows, (tk_id128){0, b->spans[i].span_id}) == TKI_MAP_NONE
                ? tki_idmap_put(&l->rows, (tk_id128){0, b->spans[i].span_id}) == TKI_MAP_NONE
                : tki_idmap_put(&l->rows, (tk_id128){1, i}) == TKI_MAP_NONE)
            return TK_ENOMEM;
    return 0;
}

/* The shortest span that runs at that time, else the root. */
static uint32_t row_at(const struct tk_batch *b, uint64_t time_ns)
{
    uint32_t best = TK_NONE, root = 0;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        if (s->parent_id == 0 && b->spans[root].parent_id != 0)
            root = i;
        if (!time_ns || time_ns < s->start_ns || time_ns > s->end_ns)
            continue;
        if (best == TK_NONE || s->end_ns - s->start_ns < b->spans[best].end_ns - b->spans[best].start_ns)
            best = i;
    }
    return best == TK_NONE ? root : best;
}

static int add(struct tki_logs *l, struct tk_batch *b, const struct kept *k, bool *has)
{
    uint32_t row = k->span_id ? tki_idmap_get(&l->rows, (tk_id128){0, k->span_id}) : TKI_MAP_NONE;
    l->counts.joined++;
    l->counts.with_id += k->guessed; /* what looked like an id is one */
    if (row == TKI_MAP_NONE) {
        row = row_at(b, k->time_ns);
        l->counts.by_time++;
    }
    has[row] = true;
    uint32_t event = tk_span_add_event(b, row, "log", k->time_ns);
    tk_event_set(b, row, event, "log.message", tk_value_str(b, (tk_str){l->one.p + k->level_n, k->message_n}));
    if (k->level_n)
        tk_event_set(b, row, event, "log.severity", tk_value_str(b, (tk_str){l->one.p, k->level_n}));
    tk_event_set(b, row, event, "log.file.name", tk_value_str(b, l->files.strs[k->file]));
    return b->err;
}

/* The places of a trace's lines, in the order in which they came. */
static int find_lines(struct tki_logs *l, uint32_t id, tk_id128 trace_id, size_t *n, struct tk_err *err)
{
    struct kept k;
    *n = 0;
    for (uint64_t at = l->last[id]; at != NOWHERE; at = k.before) {
        int r = get(l, at, &k, sizeof k, err);
        if (r < 0)
            return r;
        if (k.trace_id.hi && k.trace_id.hi != trace_id.hi)
            continue;
        if (TKI_GROW(l->place, l->place_cap, *n + 1) < 0)
            return tki_err_memory(err);
        l->place[(*n)++] = at;
    }
    return 0;
}

int tki_logs_join(struct tki_logs *l, struct tk_batch *b, struct tk_err *err)
{
    size_t n = 0;
    struct kept k;
    uint32_t spans = b->nspans;
    uint32_t id = spans ? tki_idmap_get(&l->ids, (tk_id128){0, b->spans[0].trace_id.lo}) : TKI_MAP_NONE;
    int r = id == TKI_MAP_NONE ? 0 : find_lines(l, id, b->spans[0].trace_id, &n, err);
    l->counts.spans += spans;
    l->counts.silent += spans;
    if (r < 0 || n == 0)
        return r;
    bool *has = calloc(spans, sizeof *has);
    l->met[id] = true;
    if (!has || map_rows(l, b) < 0)
        r = tki_err_memory(err);
    while (n-- && r == 0) {
        r = get(l, l->place[n], &k, sizeof k, err);
        tki_buf_reset(&l->one);
        char *room = r < 0 ? NULL : tki_buf_room(&l->one, (size_t)k.level_n + k.message_n + 1);
        if (r == 0 && !room)
            r = tki_err_memory(err);
        if (r == 0)
            r = get(l, l->place[n] + sizeof k, room, (size_t)k.level_n + k.message_n, err);
        if (r == 0 && add(l, b, &k, has) < 0)
            r = tki_err_memory(err);
    }
    for (uint32_t i = 0; has && i < spans; i++)
        l->counts.silent -= has[i];
    free(has);
    return r;
}

const struct tki_log_counts *tki_logs_counts(struct tki_logs *l)
{
    l->counts.absent = l->counts.absent_lines = 0;
    for (uint32_t i = 0; i < l->ids.n; i++) {
        l->counts.absent += !l->met[i] && l->named[i];
        l->counts.absent_lines += l->met[i] ? 0 : l->named[i];
    }
    return &l->counts;
}
