/* Frames one after another, decompressed side by side.
 *
 * The reader of this source cuts units of whole frames from the input, hands them to threads and takes what became
 * of them in order; a unit that nobody has begun when its turn comes, it does itself.  A unit goes through the same
 * filter that one thread would use, over its own bytes.
 *
 * Where that does not do (a frame larger than a unit may be, more output than a unit may have, damage, what looked
 * like the start of a gzip member and is none) the filter takes over, from the start of that unit to the end of the
 * input.  So results and errors are those of the filter alone.
 */
#include "io/frames.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/err.h"
#include "io/ahead.h"

enum {
    UNITS_MAX = 4,                     /* under way at once */
    INPUT_FIRST = 128 * 1024,          /* compressed bytes that are looked at for frames; doubled while none ends, */
    INPUT_MAX = 4 * 1024 * 1024,       /* up to these, which no unit exceeds */
    OUTPUT_MAX = 8 * 1024 * 1024 + 512 /* of a unit: what pzstd puts into a frame, and then some */
};

struct unit {
    char *in, *out;
    size_t in_n, in_cap, out_n, out_cap;
    enum { FREE, WAITING, BUSY, DONE, FAILED } state; /* under lock */
};

struct frames {
    struct tki_source source, rest; /* rest: what is left of the input when the filter takes over */
    const struct tki_filter *filter;
    char *buf; /* compressed bytes that are in no unit yet */
    size_t buf_n, buf_cap;
    bool up_ended;
    struct tk_err fault;      /* of the input; dealt with by the filter, in its turn */
    size_t taken;             /* bytes of the first unit's output that were handed out */
    uint64_t produced;        /* bytes handed out */
    struct tki_source *alone; /* the filter over rest, once it has taken over */
    char *pending;            /* first bytes of rest */
    size_t pending_at, pending_n;

    struct unit units[UNITS_MAX];
    unsigned first, n; /* in use: units[first], and n - 1 behind it */
    unsigned nthreads, nstarted;
    pthread_t threads[UNITS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    bool stop;
};

/* ---- one unit ---- */

static bool room(char **p, size_t *cap, size_t want)
{
    if (want <= *cap)
        return true;
    char *q = realloc(*p, want);
    if (!q)
        return false;
    *p = q;
    *cap = want;
    return true;
}

/* More room for the output of the unit.  Returns false at OUTPUT_MAX and without memory. */
static bool grow(struct unit *u)
{
    size_t want = u->out_cap ? u->out_cap * 2 : 4 * u->in_n;
    return u->out_cap < OUTPUT_MAX && room(&u->out, &u->out_cap, want < OUTPUT_MAX ? want : OUTPUT_MAX);
}

/* Returns true if all was decompressed at once. */
static bool whole(const struct tki_filter *filter, struct unit *u)
{
    ptrdiff_t n = TK_ELIMIT;
    if (!filter->whole)
        return false;
    do
        if (u->out_cap)
            n = filter->whole((tk_str){u->in, u->in_n}, u->out, u->out_cap);
    while (n == TK_ELIMIT && grow(u));
    u->out_n = n > 0 ? (size_t)n : 0;
    return n >= 0;
}

/* Returns false when the output of the unit is not all that the filter would give. */
static bool decompress(const struct tki_filter *filter, struct unit *u)
{
    struct tki_source *bytes, *s;
    if (tki_source_open_memory(&bytes, u->in, u->in_n, 0, NULL) < 0)
        return false;
    if (filter->open(&s, bytes, NULL) < 0) {
        tki_source_close(bytes);
        return false;
    }
    ptrdiff_t n = 1;
    for (u->out_n = 0; n > 0; u->out_n += n > 0 ? (size_t)n : 0) {
        if (u->out_n == u->out_cap && !grow(u))
            break;
        n = tki_source_read(s, u->out + u->out_n, u->out_cap - u->out_n, NULL);
    }
    tki_source_close(s);
    return n == 0;
}

/* Does a unit that is waiting.  The lock is held before and after, and not meanwhile. */
static void run(struct frames *f, struct unit *u)
{
    u->state = BUSY;
    pthread_mutex_unlock(&f->lock);
    bool good = whole(f->filter, u) || decompress(f->filter, u);
    pthread_mutex_lock(&f->lock);
    u->state = good ? DONE : FAILED;
    pthread_cond_signal(&f->done);
}

/* Does the first unit that waits and returns true; or returns false when no unit waits. */
static bool run_one(struct frames *f)
{
    for (unsigned i = 0; i < f->n; i++) {
        struct unit *u = &f->units[(f->first + i) % UNITS_MAX];
        if (u->state == WAITING) {
            run(f, u);
            return true;
        }
    }
    return false;
}

static void *worker(void *arg)
{
    struct frames *f = arg;
    pthread_mutex_lock(&f->lock);
    while (!f->stop)
        if (!run_one(f))
            pthread_cond_wait(&f->work, &f->lock);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* ---- cutting the input ---- */

static void fill(struct frames *f, size_t want)
{
    while (f->buf_n < want && !f->up_ended) {
        ptrdiff_t n = tki_source_read(f->source.up, f->buf + f->buf_n, want - f->buf_n, &f->fault);
        f->up_ended = n <= 0;
        f->fault.code = n < 0 ? (int)n : 0;
        f->buf_n += n > 0 ? (size_t)n : 0;
    }
}

/* Returns the length of the next unit, or 0 when no unit follows or its length cannot be known. */
static size_t next_unit(struct frames *f)
{
    for (size_t want = INPUT_FIRST;; want *= 2) {
        if (!room(&f->buf, &f->buf_cap, want))
            return 0;
        fill(f, want);
        size_t n = f->buf_n ? f->filter->frames((tk_str){f->buf, f->buf_n}, f->up_ended && !f->fault.code) : 0;
        if (n || f->up_ended || want == INPUT_MAX)
            return n;
    }
}

/* Puts units into the queue until it is full; threads start with the second. */
static void submit(struct frames *f)
{
    while (f->n < UNITS_MAX) {
        size_t n = next_unit(f);
        struct unit *u = &f->units[(f->first + f->n) % UNITS_MAX];
        if (!n || !room(&u->in, &u->in_cap, n))
            return;
        memcpy(u->in, f->buf, n);
        u->in_n = n;
        memmove(f->buf, f->buf + n, f->buf_n - n);
        f->buf_n -= n;
        pthread_mutex_lock(&f->lock);
        u->state = WAITING;
        f->n++;
        pthread_cond_signal(&f->work);
        pthread_mutex_unlock(&f->lock);
        if (f->n > 1 && f->nstarted + 1 < f->nthreads && pthread_create(&f->threads[f->nstarted], NULL, worker, f) == 0)
            f->nstarted++;
    }
}

/* ---- the filter alone ---- */

static ptrdiff_t read_rest(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct frames *f = (struct frames *)(void *)((char *)s - offsetof(struct frames, rest));
    size_t left = f->pending_n - f->pending_at;
    if (left) {
        size_t n = left < cap ? left : cap;
        memcpy(to, f->pending + f->pending_at, n);
        f->pending_at += n;
        if (n == left) { /* megabytes that nobody needs any more */
            free(f->pending);
            f->pending = NULL;
            f->pending_at = f->pending_n = 0;
        }
        return (ptrdiff_t)n;
    }
    if (f->fault.code) {
        if (err)
            *err = f->fault;
        return f->fault.code;
    }
    return f->up_ended ? 0 : tki_source_read(f->source.up, to, cap, err);
}

static void close_rest(struct tki_source *s)
{
    free(s->peeked); /* the rest is part of the frames */
}

static void free_buffers(struct frames *f)
{
    for (unsigned i = 0; i < UNITS_MAX; i++) {
        struct unit *u = &f->units[i];
        free(u->in);
        free(u->out);
        *u = (struct unit){0};
    }
    free(f->buf);
    f->buf = NULL;
    f->buf_n = f->buf_cap = 0;
}

/* The units that are not handed out, and what follows them, are the rest. */
static int take_over(struct frames *f, struct tk_err *err)
{
    size_t n = f->buf_n;
    pthread_mutex_lock(&f->lock);
    for (unsigned i = 0; i < f->n; i++) {
        struct unit *u = &f->units[(f->first + i) % UNITS_MAX];
        while (u->state == BUSY)
            pthread_cond_wait(&f->done, &f->lock);
        u->state = FREE;
        n += u->in_n;
    }
    unsigned units = f->n;
    f->n = 0;
    pthread_mutex_unlock(&f->lock);
    f->pending = malloc(n ? n : 1);
    if (!f->pending)
        return tki_err_memory(err);
    for (unsigned i = 0; i < units; i++) {
        const struct unit *u = &f->units[(f->first + i) % UNITS_MAX];
        memcpy(f->pending + f->pending_n, u->in, u->in_n);
        f->pending_n += u->in_n;
    }
    if (f->buf_n)
        memcpy(f->pending + f->pending_n, f->buf, f->buf_n);
    f->pending_n += f->buf_n;
    free_buffers(f);
    f->rest.read = read_rest;
    f->rest.close = close_rest;
    f->rest.up = f->source.up;
    struct tki_source *alone;
    int r = f->filter->open(&alone, &f->rest, err);
    if (r == 0 && (r = tki_ahead_open(&f->alone, alone, err)) < 0)
        tki_source_close(alone);
    f->source.counts = r == 0;
    return r;
}

static ptrdiff_t read_alone(struct frames *f, void *to, size_t cap, struct tk_err *err)
{
    ptrdiff_t n = tki_source_read(f->alone, to, cap, err);
    f->source.bytes_read = tki_source_bytes_read(f->alone);
    if (n < 0 && err && err->has_offset)
        err->offset += f->produced; /* the filter counts from where it took over */
    return n;
}

/* ---- the source ---- */

static ptrdiff_t read_frames(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct frames *f = (struct frames *)s;
    while (!f->alone) {
        submit(f);
        if (f->n == 0 && f->buf_n == 0 && f->up_ended && !f->fault.code)
            return 0;
        struct unit *u = &f->units[f->first];
        pthread_mutex_lock(&f->lock);
        while (f->n && (u->state == WAITING || u->state == BUSY))
            if (!run_one(f))
                pthread_cond_wait(&f->done, &f->lock);
        bool good = f->n && u->state == DONE;
        pthread_mutex_unlock(&f->lock);
        if (!good) {
            int r = take_over(f, err);
            if (r < 0)
                return r;
            break;
        }
        size_t n = u->out_n - f->taken < cap ? u->out_n - f->taken : cap;
        if (n)
            memcpy(to, u->out + f->taken, n);
        f->taken += n;
        f->produced += n;
        if (f->taken == u->out_n) {
            pthread_mutex_lock(&f->lock);
            u->state = FREE;
            f->first = (f->first + 1) % UNITS_MAX;
            f->n--;
            pthread_mutex_unlock(&f->lock);
            f->taken = 0;
        }
        if (n)
            return (ptrdiff_t)n;
    }
    return read_alone(f, to, cap, err);
}

static void close_frames(struct tki_source *s)
{
    struct frames *f = (struct frames *)s;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_broadcast(&f->work);
    pthread_mutex_unlock(&f->lock);
    for (unsigned i = 0; i < f->nstarted; i++)
        pthread_join(f->threads[i], NULL);
    tki_source_close(f->alone);
    tki_source_close(s->up);
    free_buffers(f);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->work);
    pthread_cond_destroy(&f->done);
    free(f->pending);
    free(s->peeked);
    free(f);
}

int tki_frames_open(struct tki_source **out, const struct tki_filter *filter, struct tki_source *up, unsigned threads,
                    struct tk_err *err)
{
    struct frames *f = calloc(1, sizeof *f);
    *out = NULL;
    if (!f)
        return tki_err_memory(err);
    f->filter = filter;
    f->nthreads = threads < UNITS_MAX ? threads : UNITS_MAX;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->work, NULL);
    pthread_cond_init(&f->done, NULL);
    f->source.read = read_frames;
    f->source.close = close_frames;
    f->source.up = up;
    *out = &f->source;
    return 0;
}
