/* The reader: one ring of slots between the feed, the decoders and the caller.
 *
 * Pieces of the stream are numbered, and piece i is in ring[i % nslots].  A thread does three things:
 *   - It takes the next number.
 *   - It feeds, which means that it fills the slot of its number.  Threads feed in the order of their numbers, one at a
 *     time.
 *   - It decodes that slot, whose bytes are still in its caches, while another thread feeds the next slot.
 * Feeding from a file is mostly copying out of the system's memory.  So a thread copies early, before its turn, the
 * bytes that its slot will presumably get.  For other sources a thread takes a number only when its turn has come.
 *
 * The caller is one of the threads.  It waits for the slot at `consumed`, and while that slot is not ready the caller
 * feeds and decodes like the others.  When the ring is full, nobody feeds.  The order of the stream is the order of the
 * ring, so results do not depend on which thread was faster.  With one thread the same steps run one after another on
 * one slot.
 */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/err.h"
#include "format/rows/rows.h"
#include "model/weight.h"
#include "run/account.h"
#include "run/feed.h"
#include "run/reader.h"

enum { THREADS_MAX = 64, LOOKS = 2000 };

struct tk_reader {
    struct tki_feed feed;
    struct tk_read_opts opts;
    struct tki_account account;   /* of the slots that were handed out */
    char **paths;                 /* copies, for the feed; of an input that is no file its name.  NULL ends them */
    struct tki_mapping *mapping;  /* of opts.columns */
    tk_str *keys;                 /* attr_keys with those of TK_NEED_WEIGHT; NULL: as given */
    const struct tki_idmap *only; /* see struct tki_reader_ask */
    bool ended;
    const struct tki_slot *current;

    struct tki_slot *slots, **ring; /* ring[i % nslots]: the slot of number i */
    unsigned nslots, nthreads;      /* with the caller's */
    int looks;
    pthread_t threads[THREADS_MAX];
    unsigned nstarted;
    pthread_mutex_t lock;
    pthread_cond_t room, done;        /* a thread may take a number; the caller may, or a slot is ready for it */
    pthread_cond_t turn;              /* a slot was filled: another's turn has come */
    unsigned idle;                    /* threads that wait for room */
    unsigned busy;                    /* slots that are taken; under lock */
    uint64_t taken, filled, consumed; /* under lock */
    size_t ahead;                     /* bytes of windows that are filled and not consumed, under lock */
    bool *ready;                      /* of ring: decoded */
    bool feed_ended, stop, looking;
    struct tki_file *file; /* held; the number `filled` is presumably read from it at file_at, under lock */
    uint64_t file_at;
    _Atomic unsigned turns; /* how often a thread that waits had reason to look again; changed under lock */
};

static void run_work(const struct tk_reader *r, struct tki_slot *s)
{
    if (r->opts.work)
        s->work = r->opts.work(r->opts.work_ctx, s->batch, s->work);
}

static void process(const struct tk_reader *r, struct tki_slot *s)
{
    tki_slot_decode(s, &r->opts, r->only);
    run_work(r, s);
}

/* ---- threads ---- */

/* Where the next number to be taken can be read early, or NULL. */
static struct tki_file *early(const struct tk_reader *r, uint64_t *at)
{
    *at = r->file_at + (r->taken - r->filled) * TKI_WINDOW;
    return r->file && *at < tki_file_size(r->file) ? r->file : NULL;
}

/* Very large records come one at a time: their memory would add up. */
static bool full(const struct tk_reader *r)
{
    return r->filled > r->consumed && r->ahead > r->nslots * (size_t)TKI_SPLIT;
}

static bool can_feed(const struct tk_reader *r)
{
    uint64_t at;
    return !r->feed_ended && !full(r) && r->busy < r->nslots && (r->taken == r->filled || early(r, &at));
}

static void relax(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* Waits for the next turn.  Waking a thread takes as long as reading a window does, so the first that waits looks for a
 * while before it sleeps, where there is a processor for each. */
static void wait_turn(struct tk_reader *r, pthread_cond_t *asleep)
{
    unsigned was = r->turns;
    if (!r->looking) {
        r->looking = true;
        pthread_mutex_unlock(&r->lock);
        for (int i = 0; i < r->looks && r->turns == was; i++)
            relax();
        pthread_mutex_lock(&r->lock);
        r->looking = false;
    }
    if (r->turns == was)
        pthread_cond_wait(asleep, &r->lock);
}

/* A free slot, of which can_feed saw one: that which this thread filled last, as its bytes are in this processor's
 * caches, else any. */
static struct tki_slot *take_slot(struct tk_reader *r)
{
    struct tki_slot *best = NULL;
    uint64_t best_used = 0;
    for (unsigned i = 0; i < r->nslots; i++) {
        struct tki_slot *s = &r->slots[i];
        uint64_t used = s->used && pthread_equal(s->thread, pthread_self()) ? s->used : 0;
        if (!s->taken && (!best || used > best_used)) {
            best = s;
            best_used = used;
        }
    }
    assert(best);
    best->taken = true;
    r->busy++;
    best->thread = pthread_self();
    best->used = r->taken + 1;
    return best;
}

static void give_back(struct tk_reader *r, struct tki_slot *s)
{
    s->taken = false;
    r->busy--;
}

static void set_file(struct tk_reader *r, struct tki_file *f, uint64_t at)
{
    if (f && f != r->file)
        tki_file_hold(f);
    if (f != r->file)
        tki_file_drop(r->file);
    r->file = f;
    r->file_at = at;
}

/* Returns true if the slot still has the number n: a thread gives a number back when it cannot feed yet. */
static bool has_number(const struct tk_reader *r, const struct tki_slot *s, uint64_t n)
{
    return n < r->taken && r->ring[n % r->nslots] == s && !r->feed_ended && !r->stop;
}

/* The turn of number n: fills its slot.  False: the number was given back.  The lock is held before and after. */
static bool feed_in_turn(struct tk_reader *r, struct tki_slot *s, uint64_t n)
{
    while (has_number(r, s, n) && r->filled != n)
        wait_turn(r, &r->turn);
    if (has_number(r, s, n) && full(r)) { /* since it was taken; who waits may be the caller, who is to consume */
        r->taken = n;
        r->turns++;
        pthread_cond_broadcast(&r->turn);
    }
    if (!has_number(r, s, n))
        return false;
    pthread_mutex_unlock(&r->lock);
    int got = tki_feed_next(&r->feed, s);
    uint64_t at = 0;
    struct tki_file *file = tki_feed_file(&r->feed, &at);
    pthread_mutex_lock(&r->lock);
    set_file(r, file, at);
    r->filled++;
    r->ahead += s->cap;
    s->ahead = s->cap;
    r->turns++;
    r->feed_ended = got == 0 || got == TK_ENOMEM;
    if (r->taken > r->filled || r->feed_ended)
        pthread_cond_broadcast(&r->turn);
    if (r->feed_ended)
        pthread_cond_broadcast(&r->room);
    else
        pthread_cond_signal(r->idle ? &r->room : &r->done);
    return true;
}

/* Takes the next number, fills its slot and decodes it.  The lock is held before and after, and not meanwhile. */
static void feed_and_decode(struct tk_reader *r)
{
    struct tki_slot *s = take_slot(r);
    s->early = early(r, &s->early_at);
    s->early_n = 0;
    uint64_t n = r->taken++;
    r->ring[n % r->nslots] = s;
    r->ready[n % r->nslots] = false;
    if (s->early) {
        tki_file_hold(s->early);
        pthread_mutex_unlock(&r->lock);
        tki_feed_early(s);
        pthread_mutex_lock(&r->lock);
    }
    bool filled = feed_in_turn(r, s, n);
    tki_file_drop(s->early);
    s->early = NULL;
    if (!filled) {
        give_back(r, s);
        return;
    }
    pthread_mutex_unlock(&r->lock);
    process(r, s);
    pthread_mutex_lock(&r->lock);
    r->ready[n % r->nslots] = true;
    r->turns++;
    pthread_cond_signal(&r->done);
}

static void *worker(void *arg)
{
    struct tk_reader *r = arg;
    pthread_mutex_lock(&r->lock);
    while (!r->stop && !r->feed_ended) {
        if (can_feed(r)) {
            feed_and_decode(r);
        } else {
            r->idle++;
            wait_turn(r, &r->room);
            r->idle--;
        }
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static int start_threads(struct tk_reader *r)
{
    r->taken = r->filled = r->consumed = 0;
    set_file(r, NULL, 0);
    for (unsigned i = 0; i < r->nslots; i++) {
        r->slots[i].taken = false;
        r->slots[i].used = 0;
    }
    r->busy = 0;
    r->ahead = 0;
    r->feed_ended = r->stop = false;
    r->nstarted = 0;
    while (r->nstarted + 1 < r->nthreads) {
        int e = pthread_create(&r->threads[r->nstarted], NULL, worker, r);
        if (e) {
            r->account.err.sys_errno = e;
            return tki_err_set(&r->account.err, TK_EIO, "cannot start a thread");
        }
        r->nstarted++;
    }
    return 0;
}

static void stop_threads(struct tk_reader *r)
{
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    r->turns++;
    pthread_cond_broadcast(&r->room);
    pthread_cond_broadcast(&r->turn);
    pthread_mutex_unlock(&r->lock);
    for (unsigned i = 0; i < r->nstarted; i++)
        pthread_join(r->threads[i], NULL);
    r->nstarted = 0;
}

/* The next slot in order, decoded; the one before goes back to the feeder. */
static struct tki_slot *next_slot(struct tk_reader *r)
{
    if (r->nthreads <= 1) {
        struct tki_slot *s = r->slots;
        tki_slot_shrink(s);
        tki_feed_next(&r->feed, s);
        process(r, s);
        return s;
    }
    struct tki_slot *done = r->current ? r->ring[r->consumed % r->nslots] : NULL;
    if (done)
        tki_slot_shrink(done);
    pthread_mutex_lock(&r->lock);
    if (done) {
        r->consumed++;
        give_back(r, done);
        r->turns++;
        r->ahead -= done->ahead;
        pthread_cond_signal(&r->room);
    }
    unsigned i = (unsigned)(r->consumed % r->nslots);
    while (!(r->consumed < r->filled && r->ready[i])) {
        if (can_feed(r))
            feed_and_decode(r);
        else
            wait_turn(r, &r->done);
    }
    pthread_mutex_unlock(&r->lock);
    return r->ring[i];
}

/* ---- the stream ---- */

/* TK_NEED_WEIGHT is trace states and two keys of attributes: beside those that are asked for, or alone. */
static int resolve_needs(struct tk_reader *r)
{
    struct tk_read_opts *o = &r->opts;
    if (!o->needs)
        o->needs = TK_NEED_ALL;
    if (!(o->needs & TK_NEED_WEIGHT))
        return 0;
    o->needs |= TK_NEED_STATE;
    size_t n = o->needs & TK_NEED_ATTRS ? o->nattr_keys : 0;
    if (n == 0 && o->needs & TK_NEED_ATTRS)
        return 0;
    free(r->keys);
    r->keys = malloc((n + TKI_WEIGHT_KEYS) * sizeof *r->keys);
    if (!r->keys)
        return TK_ENOMEM;
    if (n)
        memcpy(r->keys, o->attr_keys, n * sizeof *r->keys);
    memcpy(r->keys + n, tki_weight_keys, sizeof tki_weight_keys);
    o->attr_keys = r->keys;
    o->nattr_keys = n + TKI_WEIGHT_KEYS;
    return 0;
}

static void free_paths(char **paths)
{
    for (char **p = paths; p && *p; p++)
        free(*p);
    free(paths);
}

/* A caller's array may be gone before the last source is opened. */
static char **copy_paths(const char *const *paths, size_t n)
{
    char **copy = calloc(n + 1, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++)
        if (!(copy[i] = strdup(paths[i]))) {
            free_paths(copy);
            return NULL;
        }
    return copy;
}

/* input NULL: the files; else paths is not looked at. */
static int open_reader(struct tk_reader **out, const char *const *paths, size_t npaths, const struct tki_input *input,
                       const struct tk_read_opts *opts, struct tk_err *err)
{
    static const struct tk_read_opts defaults;
    struct tk_reader *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r)
        return tki_err_memory(err);
    r->opts = opts ? *opts : defaults;
    if (resolve_needs(r) < 0) {
        free(r);
        return tki_err_memory(err);
    }
    if (r->opts.format && !tki_format_find(r->opts.format)) {
        int code = tki_err_set(err, TK_EUSAGE, "unknown format '%s'", r->opts.format);
        free(r);
        return code;
    }
    r->nthreads = r->opts.threads < THREADS_MAX ? r->opts.threads : THREADS_MAX;
    r->looks = sysconf(_SC_NPROCESSORS_ONLN) >= (long)r->nthreads ? LOOKS : 0;
    r->nslots = r->nthreads > 1 ? 2 * r->nthreads : 1;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->room, NULL);
    pthread_cond_init(&r->done, NULL);
    pthread_cond_init(&r->turn, NULL);
    r->slots = calloc(r->nslots, sizeof *r->slots);
    r->ring = calloc(r->nslots, sizeof *r->ring);
    r->ready = calloc(r->nslots, sizeof *r->ready);
    r->paths = input ? copy_paths(&input->name, 1) : copy_paths(paths, npaths);
    int code = tki_feed_init(&r->feed, (const char *const *)r->paths, input ? 1 : npaths, input, &r->opts);
    if (!r->slots || !r->ring || !r->ready || !r->paths)
        code = TK_ENOMEM;
    if (code == 0 && r->opts.columns) {
        code = tki_mapping_parse(&r->mapping, tki_str(r->opts.columns), &r->account.err);
        r->feed.columns = tki_mapping_dialect(r->mapping);
    }
    for (unsigned i = 0; code == 0 && i < r->nslots; i++)
        code = tki_slot_init(&r->slots[i]);
    if (code == TK_ENOMEM)
        tki_err_memory(&r->account.err);
    else if (code == 0)
        code = start_threads(r);
    if (code < 0) {
        if (err)
            *err = r->account.err;
        tk_reader_close(r);
        return code;
    }
    *out = r;
    return 0;
}

int tk_reader_open(struct tk_reader **r, const char *const *paths, size_t npaths, const struct tk_read_opts *opts,
                   struct tk_err *err)
{
    return open_reader(r, paths, npaths, NULL, opts, err);
}

int tk_reader_open_memory(struct tk_reader **r, const void *p, size_t n, const char *name,
                          const struct tk_read_opts *opts, struct tk_err *err)
{
    const struct tki_input in = {.kind = TKI_INPUT_MEMORY, .name = name ? name : "memory", .p = p, .n = n};
    return open_reader(r, NULL, 0, &in, opts, err);
}

int tk_reader_open_fd(struct tk_reader **r, int fd, const char *name, const struct tk_read_opts *opts,
                      struct tk_err *err)
{
    char number[40];
    snprintf(number, sizeof number, "descriptor %d", fd);
    const struct tki_input in = {.kind = TKI_INPUT_FD, .name = name ? name : number, .fd = fd};
    return open_reader(r, NULL, 0, &in, opts, err);
}

int tk_reader_open_callback(struct tk_reader **r, tk_read_fn *read, void *ctx, const char *name,
                            const struct tk_read_opts *opts, struct tk_err *err)
{
    const struct tki_input in = {
        .kind = TKI_INPUT_CALLBACK, .name = name ? name : "function", .read = read, .ctx = ctx};
    return open_reader(r, NULL, 0, &in, opts, err);
}

/* Nobody takes in what was made of the slot's rows: it must not come again with those of the next. */
static void forget(const struct tk_reader *r, struct tki_slot *s)
{
    if (s->work && r->opts.work_free)
        r->opts.work_free(s->work);
    s->work = NULL;
}

int tk_reader_next(struct tk_reader *r, struct tk_batch **b)
{
    *b = NULL;
    while (!r->account.pending && !r->ended) {
        struct tki_slot *s = next_slot(r);
        r->current = s;
        if (tki_account_void(&r->account, s)) {
            forget(r, s);
            continue;
        }
        tki_account_slot(&r->account, s, &r->feed, r->opts.keep_going);
        r->ended = s->last;
        if (r->ended)
            tki_account_end(&r->account);
        if (s->batch->nspans || (r->opts.work && !s->last && s->code >= 0)) {
            *b = s->batch;
            return 1;
        }
        if (s->code < 0)
            forget(r, s);
    }
    return r->account.pending;
}

int tk_reader_rewind(struct tk_reader *r, unsigned needs, bool work)
{
    return tki_reader_again(r, &(struct tki_reader_ask){.needs = needs, .work = work, .copies = r->opts.copy_proto});
}

int tki_reader_again(struct tk_reader *r, const struct tki_reader_ask *ask)
{
    assert(r->opts.rewindable);
    stop_threads(r);
    tki_feed_rewind(&r->feed);
    r->opts.needs = ask->needs;
    r->opts.copy_proto = ask->copies;
    r->only = ask->only;
    r->opts.nattr_keys = 0;
    if (resolve_needs(r) < 0)
        return tki_err_memory(&r->account.err);
    if (!ask->work)
        r->opts.work = NULL;
    tki_account_again(&r->account);
    r->ended = false;
    r->current = NULL;
    return start_threads(r);
}

size_t tki_reader_source(const struct tk_reader *r)
{
    return r->current ? r->current->source : 0;
}

void *tk_reader_work(const struct tk_reader *r)
{
    return r->current ? r->current->work : NULL;
}

const struct tk_err *tk_reader_err(const struct tk_reader *r)
{
    return &r->account.err;
}

const struct tk_read_stats *tk_reader_stats(const struct tk_reader *r)
{
    return &r->account.stats;
}

const struct tk_notes *tk_reader_notes(const struct tk_reader *r)
{
    return &r->account.notes;
}

const struct tk_err *tk_reader_problems(const struct tk_reader *r, size_t *n)
{
    *n = r->account.nproblems;
    return r->account.problems;
}

size_t tki_reader_inputs(const struct tk_reader *r)
{
    return r->feed.npaths;
}

const struct tk_err *tki_reader_faults(const struct tk_reader *r, size_t *n)
{
    *n = r->account.nfaults;
    return r->account.faults;
}

const char *tk_reader_source(const struct tk_reader *r, const char **format)
{
    if (format)
        *format = r->current && r->current->format ? r->current->format->info.name : NULL;
    return r->account.name ? r->account.name : tki_feed_path(&r->feed, 0);
}

void tk_reader_close(struct tk_reader *r)
{
    if (!r)
        return;
    stop_threads(r);
    tki_file_drop(r->file);
    for (unsigned i = 0; r->slots && i < r->nslots; i++) {
        if (r->slots[i].work && r->opts.work_free)
            r->opts.work_free(r->slots[i].work);
        tki_slot_free(&r->slots[i]);
    }
    tki_feed_free(&r->feed);
    tki_mapping_free(r->mapping);
    free(r->slots);
    free(r->keys);
    tki_account_free(&r->account);
    free_paths(r->paths);
    free(r->ring);
    free(r->ready);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->room);
    pthread_cond_destroy(&r->done);
    pthread_cond_destroy(&r->turn);
    free(r);
}
