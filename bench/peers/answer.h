/* answer.h - what every peer answers: spans, traces, errors, p50 and p99 of trace duration.
 *
 * A trace lasts from the earliest start to the latest end of its spans; a quantile is the smallest value that at
 * least that share of the traces does not exceed.  Include in one file; C and C++.
 */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct answer_trace {
    uint64_t hi, lo; /* the id; both 0: a free slot */
    uint64_t start_ns, end_ns;
};

struct answer {
    struct answer_trace *slots;
    size_t size, traces; /* size: a power of two */
    uint64_t spans, errors;
};

static void *answer_alloc(size_t n)
{
    void *p = calloc(1, n);
    if (!p) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return p;
}

static struct answer_trace *answer_slot(struct answer *a, uint64_t hi, uint64_t lo)
{
    size_t i = (size_t)((lo ^ hi) * 0x9e3779b97f4a7c15u >> 20) & (a->size - 1);
    while ((a->slots[i].hi != hi || a->slots[i].lo != lo) && (a->slots[i].hi | a->slots[i].lo))
        i = (i + 1) & (a->size - 1);
    return &a->slots[i];
}

static void answer_grow(struct answer *a)
{
    struct answer old = *a;
    a->size = old.size ? old.size * 2 : 4096;
    a->slots = (struct answer_trace *)answer_alloc(a->size * sizeof *a->slots);
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i].hi | old.slots[i].lo)
            *answer_slot(a, old.slots[i].hi, old.slots[i].lo) = old.slots[i];
    free(old.slots);
}

static inline void answer_add(struct answer *a, uint64_t hi, uint64_t lo, uint64_t start_ns, uint64_t end_ns,
                              bool error)
{
    if (a->traces * 2 >= a->size)
        answer_grow(a);
    struct answer_trace *t = answer_slot(a, hi, lo);
    if (!(t->hi | t->lo)) {
        t->hi = hi;
        t->lo = lo;
        t->start_ns = UINT64_MAX;
        a->traces++;
    }
    if (start_ns < t->start_ns)
        t->start_ns = start_ns;
    if (end_ns > t->end_ns)
        t->end_ns = end_ns;
    a->spans++;
    a->errors += error;
}

static int answer_compare(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

static void answer_print(struct answer *a)
{
    uint64_t *lengths = (uint64_t *)answer_alloc((a->traces + 1) * sizeof *lengths);
    size_t n = 0;
    for (size_t i = 0; i < a->size; i++)
        if (a->slots[i].hi | a->slots[i].lo)
            lengths[n++] = a->slots[i].end_ns - a->slots[i].start_ns;
    qsort(lengths, n, sizeof *lengths, answer_compare);
    uint64_t p50 = n ? lengths[(n * 50 + 99) / 100 - 1] : 0, p99 = n ? lengths[(n * 99 + 99) / 100 - 1] : 0;
    printf("%" PRIu64 " spans, %zu traces, %" PRIu64 " errors, p50 %" PRIu64 ", p99 %" PRIu64 "\n", a->spans, a->traces,
           a->errors, p50, p99);
}

/* Sixteen hexadecimal digits. */
static inline uint64_t answer_hex64(const char *s)
{
    uint64_t x = 0;
    for (int i = 0; i < 16; i++) {
        unsigned char c = (unsigned char)s[i];
        x = x << 4 | (uint64_t)((c & 15) + (c >> 6) * 9);
    }
    return x;
}

#endif
