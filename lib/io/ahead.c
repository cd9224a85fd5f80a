/* One thread fills blocks in a ring, the reader empties them in the same order. */
#include "io/ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { BLOCKS = 4, BLOCK_BYTES = 256 * 1024 };

struct block {
    char *p; /* BLOCK_BYTES */
    size_t n;
    ptrdiff_t code;      /* behind the bytes: 1: more comes, 0: the end, negative: a fault, which err says */
    uint64_t bytes_read; /* at the bottom, when the block was full */
    struct tk_err err;
};

struct ahead {
    struct tki_source source;
    char *memory;
    struct block blocks[BLOCKS];
    unsigned first, n; /* full: blocks[first] and n - 1 behind it; under lock */
    size_t taken;      /* bytes of the first that were handed out */
    bool started, stop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
};

static void fill(struct ahead *a, struct block *b)
{
    b->n = 0;
    b->code = 1;
    b->err = (struct tk_err){0};
    while (b->code > 0 && b->n < BLOCK_BYTES) {
        b->code = tki_source_read(a->source.up, b->p + b->n, BLOCK_BYTES - b->n, &b->err);
        b->n += b->code > 0 ? (size_t)b->code : 0;
    }
    b->bytes_read = tki_source_bytes_read(a->source.up);
}

static void *run(void *arg)
{
    struct ahead *a = arg;
    bool more = true;
    pthread_mutex_lock(&a->lock);
    while (more && !a->stop) {
        if (a->n == BLOCKS) {
            pthread_cond_wait(&a->emptied, &a->lock);
            continue;
        }
        struct block *b = &a->blocks[(a->first + a->n) % BLOCKS];
        pthread_mutex_unlock(&a->lock);
        fill(a, b);
        more = b->code > 0;
        pthread_mutex_lock(&a->lock);
        a->n++;
        pthread_cond_signal(&a->filled);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* The first block that has something to say.  The last one stays: its end or fault is said again. */
static struct block *wait_block(struct ahead *a)
{
    pthread_mutex_lock(&a->lock);
    while (a->n == 0)
        pthread_cond_wait(&a->filled, &a->lock);
    struct block *b = &a->blocks[a->first];
    pthread_mutex_unlock(&a->lock);
    return b;
}

static void give_back(struct ahead *a)
{
    pthread_mutex_lock(&a->lock);
    a->first = (a->first + 1) % BLOCKS;
    a->n--;
    a->taken = 0;
    pthread_cond_signal(&a->emptied);
    pthread_mutex_unlock(&a->lock);
}

static ptrdiff_t read_ahead(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct ahead *a = (struct ahead *)s;
    if (!a->started && pthread_create(&a->thread, NULL, run, a) != 0) {
        ptrdiff_t n = tki_source_read(s->up, to, cap, err); /* no thread can be had: as if there was none */
        s->bytes_read = tki_source_bytes_read(s->up);
        return n;
    }
    a->started = true;
    struct block *b = wait_block(a);
    size_t left = b->n - a->taken, n = left < cap ? left : cap;
    s->bytes_read = b->bytes_read;
    if (left == 0) {
        if (b->code < 0 && err)
            *err = b->err;
        return b->code;
    }
    memcpy(to, b->p + a->taken, n);
    a->taken += n;
    if (n == left && b->code > 0)
        give_back(a);
    return (ptrdiff_t)n;
}

static void close_ahead(struct tki_source *s)
{
    struct ahead *a = (struct ahead *)s;
    pthread_mutex_lock(&a->lock);
    a->stop = true;
    pthread_cond_signal(&a->emptied);
    pthread_mutex_unlock(&a->lock);
    if (a->started)
        pthread_join(a->thread, NULL);
    tki_source_close(s->up);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->filled);
    pthread_cond_destroy(&a->emptied);
    free(a->memory);
    free(s->peeked);
    free(a);
}

int tki_ahead_open(struct tki_source **out, struct tki_source *up, struct tk_err *err)
{
    if (tki_source_waits(up)) {
        *out = up;
        return 0;
    }
    struct ahead *a = calloc(1, sizeof *a);
    char *memory = malloc((size_t)BLOCKS * BLOCK_BYTES);
    if (!a || !memory) {
        free(a);
        free(memory);
        return tki_err_memory(err);
    }
    a->memory = memory;
    for (size_t i = 0; i < BLOCKS; i++)
        a->blocks[i].p = memory + i * BLOCK_BYTES;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->filled, NULL);
    pthread_cond_init(&a->emptied, NULL);
    a->source.read = read_ahead;
    a->source.close = close_ahead;
    a->source.up = up;
    a->source.counts = true;
    *out = &a->source;
    return 0;
}
