#include "io/sorter.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/err.h"
#include "io/fault.h"
#include "io/spool.h"

/* Merging takes a buffer for each run: as many runs at once as fit into memory_max, but never fewer than
 * MERGE_MIN, so that a very small limit does not mean endless passes over the file. */
enum { WRITE_BUFFER = 256 * 1024, READ_MIN = 64 * 1024, READ_MAX = 1024 * 1024, MERGE_MIN = 16, MERGE_MAX = 1024 };

struct item {
    tk_id128 key;
    uint64_t seq;
    size_t at;
    uint64_t n; /* of the payload */
};

struct header { /* of a record in a run */
    tk_id128 key;
    uint64_t seq, n;
};

/* A sorted stretch of the temporary file, and a window into it while it is merged. */
struct run {
    uint64_t start, end; /* in the file */
    uint64_t at;         /* where to read on */
    char *buf;
    size_t cap, pos, n;
    struct header head; /* of the record at pos */
};

struct tki_sorter {
    size_t memory_max;
    char *tmpdir;
    int fd;
    uint64_t file_end;
    struct item *items;
    size_t nitems, items_cap;
    struct tki_buf payloads;
    struct run *runs; /* in the order in which their records were added */
    size_t nruns, runs_cap;
    size_t window; /* bytes of each run's buffer */
    size_t *heap;  /* indexes of runs, smallest record first */
    size_t nheap;
    size_t next;  /* item, when nothing was spilled */
    bool ordered; /* the items came in order */
    bool sorted;
    bool fresh;         /* after a rewind: the first record was not handed out yet */
    struct tki_buf out; /* what is written to the file */
    struct tk_err fault;
};

int tki_sorter_open(struct tki_sorter **out, size_t memory_max, const char *tmpdir, struct tk_err *err)
{
    struct tki_sorter *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s || (tmpdir && !(s->tmpdir = strdup(tmpdir)))) {
        free(s);
        return tki_err_memory(err);
    }
    s->memory_max = memory_max;
    s->fd = -1;
    s->ordered = true;
    *out = s;
    return 0;
}

static int compare(tk_id128 a, uint64_t a_seq, tk_id128 b, uint64_t b_seq)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    if (a.lo != b.lo)
        return a.lo < b.lo ? -1 : 1;
    return (a_seq > b_seq) - (a_seq < b_seq);
}

/* Records that are equal stay in the order in which they were added.  Of two records at the same place the first is
 * empty. */
static int compare_items(const void *x, const void *y)
{
    const struct item *a = x, *b = y;
    int c = compare(a->key, a->seq, b->key, b->seq);
    if (c == 0)
        c = (a->at > b->at) - (a->at < b->at);
    return c ? c : (a->n > b->n) - (a->n < b->n);
}

static void sort_items(struct tki_sorter *s)
{
    if (!s->ordered)
        qsort(s->items, s->nitems, sizeof *s->items, compare_items);
}

/* ---- the file ---- */

static int flush(struct tki_sorter *s, struct tk_err *err)
{
    const char *p = s->out.p;
    size_t n = s->out.n;
    if (s->out.err)
        return tki_err_memory(err);
    while (n) {
        ssize_t w = pwrite(s->fd, p, n, (off_t)s->file_end);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return tki_err_sys(err, "cannot write a temporary file");
        p += w;
        n -= (size_t)w;
        s->file_end += (uint64_t)w;
    }
    s->out.n = 0;
    return 0;
}

static int write_record(struct tki_sorter *s, struct header h, const char *payload, struct tk_err *err)
{
    tki_buf_put(&s->out, &h, sizeof h);
    if (h.n)
        tki_buf_put(&s->out, payload, (size_t)h.n);
    return s->out.n >= WRITE_BUFFER || s->out.err ? flush(s, err) : 0;
}

static int add_run(struct tki_sorter *s, uint64_t start, struct tk_err *err)
{
    if (TKI_GROW(s->runs, s->runs_cap, s->nruns + 1) < 0)
        return tki_err_memory(err);
    s->runs[s->nruns++] = (struct run){.start = start, .at = start, .end = s->file_end};
    return 0;
}

/* Makes sure that n bytes of the run are in its buffer from pos on. */
static int load(struct tki_sorter *s, struct run *r, size_t n, struct tk_err *err)
{
    if (r->n - r->pos >= n)
        return 0;
    size_t keep = r->n - r->pos;
    if (keep)
        memmove(r->buf, r->buf + r->pos, keep);
    r->pos = 0;
    r->n = keep;
    size_t want = n > s->window ? n : s->window;
    if (TKI_GROW(r->buf, r->cap, want) < 0)
        return tki_err_memory(err);
    while (r->n < n) {
        size_t room = r->cap - r->n < r->end - r->at ? r->cap - r->n : (size_t)(r->end - r->at);
        ssize_t got = pread(s->fd, r->buf + r->n, room, (off_t)r->at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tki_err_sys(err, "cannot read a temporary file");
        if (got == 0)
            return tki_err_set(err, TK_EIO, "a temporary file became shorter");
        r->n += (size_t)got;
        r->at += (uint64_t)got;
    }
    return 0;
}

/* Reads the next record's header: 1, or 0 at the run's end. */
static int next_head(struct tki_sorter *s, struct run *r, struct tk_err *err)
{
    if (r->pos == r->n && r->at == r->end)
        return 0;
    int e = load(s, r, sizeof r->head, err);
    if (e < 0)
        return e;
    memcpy(&r->head, r->buf + r->pos, sizeof r->head);
    e = load(s, r, sizeof r->head + (size_t)r->head.n, err);
    return e < 0 ? e : 1;
}

/* ---- the heap of runs ---- */

static bool before(const struct tki_sorter *s, size_t a, size_t b)
{
    const struct header *x = &s->runs[a].head, *y = &s->runs[b].head;
    int c = compare(x->key, x->seq, y->key, y->seq);
    return c < 0 || (c == 0 && a < b);
}

static void sift_down(struct tki_sorter *s, size_t i)
{
    for (;;) {
        size_t least = i, l = 2 * i + 1;
        for (size_t c = l; c < l + 2 && c < s->nheap; c++)
            if (before(s, s->heap[c], s->heap[least]))
                least = c;
        if (least == i)
            return;
        size_t t = s->heap[i];
        s->heap[i] = s->heap[least];
        s->heap[least] = t;
        i = least;
    }
}

/* Opens runs [first, first + n) for merging. */
static int open_merge(struct tki_sorter *s, size_t first, size_t n, struct tk_err *err)
{
    s->nheap = 0;
    s->window = s->memory_max / n;
    s->window = s->window < READ_MIN ? READ_MIN : s->window > READ_MAX ? READ_MAX : s->window;
    for (size_t i = first; i < first + n; i++) {
        int e = next_head(s, &s->runs[i], err);
        if (e < 0)
            return e;
        if (e)
            s->heap[s->nheap++] = i;
    }
    for (size_t i = s->nheap / 2; i-- > 0;)
        sift_down(s, i);
    return 0;
}

/* The smallest record; it stays valid until drop_least. */
static struct run *least(struct tki_sorter *s)
{
    return s->nheap ? &s->runs[s->heap[0]] : NULL;
}

static int drop_least(struct tki_sorter *s, struct tk_err *err)
{
    struct run *r = &s->runs[s->heap[0]];
    r->pos += sizeof r->head + (size_t)r->head.n;
    int e = next_head(s, r, err);
    if (e < 0)
        return e;
    if (e == 0) {
        free(r->buf);
        r->buf = NULL;
        r->cap = 0;
        s->heap[0] = s->heap[--s->nheap];
    }
    sift_down(s, 0);
    return 0;
}

/* Merges runs [first, first + n) into one, which takes their place. */
static int merge(struct tki_sorter *s, size_t first, size_t n, struct tk_err *err)
{
    uint64_t start = s->file_end;
    int e = open_merge(s, first, n, err);
    for (struct run *r; e == 0 && (r = least(s));) {
        e = write_record(s, r->head, r->buf + r->pos + sizeof r->head, err);
        if (e == 0)
            e = drop_least(s, err);
    }
    if (e == 0)
        e = flush(s, err);
    if (e < 0)
        return e;
    for (size_t i = first; i < first + n; i++) /* gives the disk back; where that cannot be, it waits for the end */
        (void)fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)s->runs[i].start,
                        (off_t)(s->runs[i].end - s->runs[i].start));
    s->runs[first] = (struct run){.start = start, .at = start, .end = s->file_end};
    memmove(s->runs + first + 1, s->runs + first + n, (s->nruns - first - n) * sizeof *s->runs);
    s->nruns -= n - 1;
    return 0;
}

/* Merges no more than it takes until `most` runs are left.  Only neighbours are merged, so that of equal
 * records the one that was added first stays first. */
static int merge_down(struct tki_sorter *s, size_t most, struct tk_err *err)
{
    for (size_t at = 0; s->nruns > most; at++) {
        size_t n = s->nruns - most + 1 < most ? s->nruns - most + 1 : most;
        if (at + n > s->nruns)
            at = 0;
        int e = merge(s, at, n, err);
        if (e < 0)
            return e;
    }
    return 0;
}

static int spill(struct tki_sorter *s, struct tk_err *err)
{
    if (s->fd < 0 && (s->fd = tki_tmpfile(s->tmpdir, err)) < 0)
        return s->fd;
    uint64_t start = s->file_end;
    sort_items(s);
    for (size_t i = 0; i < s->nitems; i++) {
        const struct item *it = &s->items[i];
        const char *payload = it->n ? s->payloads.p + it->at : "";
        int e = write_record(s, (struct header){it->key, it->seq, it->n}, payload, err);
        if (e < 0)
            return e;
    }
    int e = flush(s, err);
    s->nitems = 0;
    s->payloads.n = 0;
    s->ordered = true;
    return e < 0 ? e : add_run(s, start, err);
}

static int add(struct tki_sorter *s, tk_id128 key, uint64_t seq, tk_str payload, struct tk_err *err)
{
    size_t held = s->payloads.n + s->nitems * sizeof *s->items;
    if (s->nitems && held + payload.n + sizeof *s->items > s->memory_max) {
        int e = spill(s, err);
        if (e < 0)
            return e;
    }
    if (TKI_GROW(s->items, s->items_cap, s->nitems + 1) < 0)
        return tki_err_memory(err);
    const struct item *last = s->nitems ? &s->items[s->nitems - 1] : NULL;
    s->ordered = s->ordered && (!last || compare(last->key, last->seq, key, seq) <= 0);
    s->items[s->nitems++] = (struct item){key, seq, s->payloads.n, payload.n};
    if (payload.n)
        tki_buf_str(&s->payloads, payload);
    return s->payloads.err ? tki_err_memory(err) : 0;
}

int tki_sorter_add(struct tki_sorter *s, tk_id128 key, uint64_t seq, tk_str payload, struct tk_err *err)
{
    assert(!s->sorted);
    if (!s->fault.code)
        add(s, key, seq, payload, &s->fault);
    return tki_fault_report(&s->fault, err);
}

bool tki_sorter_spilled(const struct tki_sorter *s)
{
    return s->nruns > 0;
}

static int finish(struct tki_sorter *s, struct tk_err *err)
{
    s->sorted = true;
    if (!s->nruns) {
        sort_items(s);
        return 0;
    }
    int e = s->nitems ? spill(s, err) : 0;
    if (e < 0)
        return e;
    free(s->items);
    s->items = NULL;
    s->items_cap = 0;
    tki_buf_free(&s->payloads);
    size_t most = s->memory_max / READ_MIN;
    most = most < MERGE_MIN ? MERGE_MIN : most > MERGE_MAX ? MERGE_MAX : most;
    s->heap = malloc(most * sizeof *s->heap);
    if (!s->heap)
        return tki_err_memory(err);
    e = merge_down(s, most, err);
    return e < 0 ? e : open_merge(s, 0, s->nruns, err);
}

static int next(struct tki_sorter *s, struct tki_sorted *out, struct tk_err *err)
{
    int e = 0;
    if (!s->sorted)
        e = finish(s, err);
    else if (s->nruns && s->nheap && !s->fresh)
        e = drop_least(s, err);
    s->fresh = false;
    if (e < 0)
        return e;
    if (!s->nruns) {
        if (s->next == s->nitems)
            return 0;
        const struct item *it = &s->items[s->next++];
        const char *payload = it->n ? s->payloads.p + it->at : "";
        *out = (struct tki_sorted){it->key, it->seq, {payload, (size_t)it->n}};
        return 1;
    }
    const struct run *r = least(s);
    if (!r)
        return 0;
    *out = (struct tki_sorted){r->head.key, r->head.seq, {r->buf + r->pos + sizeof r->head, (size_t)r->head.n}};
    return 1;
}

int tki_sorter_next(struct tki_sorter *s, struct tki_sorted *out, struct tk_err *err)
{
    int r = s->fault.code ? 0 : next(s, out, &s->fault);
    return s->fault.code ? tki_fault_report(&s->fault, err) : r;
}

int tki_sorter_rewind(struct tki_sorter *s, struct tk_err *err)
{
    if (s->fault.code || !s->sorted)
        return tki_fault_report(&s->fault, err);
    s->next = 0;
    for (size_t i = 0; i < s->nruns; i++) {
        struct run *r = &s->runs[i];
        r->at = r->start;
        r->pos = r->n = 0;
    }
    s->fresh = true;
    if (s->nruns)
        open_merge(s, 0, s->nruns, &s->fault);
    return tki_fault_report(&s->fault, err);
}

void tki_sorter_close(struct tki_sorter *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->nruns; i++)
        free(s->runs[i].buf);
    if (s->fd >= 0)
        close(s->fd);
    free(s->runs);
    free(s->heap);
    free(s->items);
    tki_buf_free(&s->payloads);
    tki_buf_free(&s->out);
    free(s->tmpdir);
    free(s);
}
