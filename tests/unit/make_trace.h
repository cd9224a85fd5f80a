/* make_trace.h - traces for tests of trees and analysis: small by hand, or random from a seed. */
#ifndef TEST_MAKE_TRACE_H
#define TEST_MAKE_TRACE_H

#include <stdlib.h>
#include <string.h>

#include "tracekit.h"

#define T0 1700000000000000000u /* windows are written as offsets from here; 0 would be "not set" */

static inline uint64_t next_random(uint64_t *seed)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static inline uint32_t below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(next_random(seed) % n);
}

static inline tk_str text(const char *z)
{
    return (tk_str){z, strlen(z)};
}

/* One resource for each service. */
static inline uint32_t resource_of(struct tk_batch *b, const char *service)
{
    for (uint32_t i = 0; i < b->nresources; i++)
        if (b->resources[i].service.n == strlen(service) &&
            memcmp(b->resources[i].service.p, service, strlen(service)) == 0)
            return i;
    uint32_t r = tk_batch_add_resource(b);
    b->resources[r].service = text(service);
    b->resources[r].present = true;
    return r;
}

static inline struct tk_span *add_span(struct tk_batch *b, uint64_t id, uint64_t parent, uint64_t start, uint64_t end,
                                       int kind, const char *service, const char *name)
{
    uint32_t resource = resource_of(b, service);
    struct tk_span *s = tk_batch_add_span(b);
    s->trace_id = (tk_id128){1, 2};
    s->span_id = id;
    s->parent_id = parent;
    s->start_ns = T0 + start;
    s->end_ns = T0 + end;
    s->kind = (uint8_t)kind;
    s->name = text(name);
    s->resource = resource;
    return s;
}

/* A copy of a trace whose rows are in another order; names and services stay views of the original. */
static inline struct tk_batch *permuted(const struct tk_batch *from, uint64_t *seed)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t *rows = malloc((from->nspans + 1) * sizeof *rows);
    for (uint32_t i = 0; i < from->nspans; i++)
        rows[i] = i;
    for (uint32_t i = from->nspans; i > 1; i--) {
        uint32_t j = below(seed, i), t = rows[i - 1];
        rows[i - 1] = rows[j];
        rows[j] = t;
    }
    for (uint32_t i = 0; i < from->nresources; i++) {
        uint32_t r = tk_batch_add_resource(b);
        b->resources[r] = from->resources[i];
    }
    for (uint32_t i = 0; i < from->nspans; i++) {
        struct tk_span *s = tk_batch_add_span(b);
        *s = from->spans[rows[i]];
    }
    free(rows);
    return b;
}

/* Up to `max` spans on a clock of `ticks`: children may leave their parent's window on both sides, have no
 * length, be equal, or run backwards now and then. */
static inline void random_trace(struct tk_batch *b, uint64_t *seed, uint32_t max, uint32_t ticks)
{
    static const char *const names[] = {"a", "b", "c", "d"}, *const services[] = {"s", "t"};
    uint32_t n = 1 + below(seed, max);
    tk_batch_reset(b);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t start = below(seed, ticks), length = below(seed, ticks / 2 + 1);
        uint32_t parent = i == 0 || below(seed, 40) == 0 ? 0 : 1 + below(seed, i);
        if (below(seed, 50) == 0)
            parent = 1000000; /* not there */
        uint64_t end = below(seed, 60) == 0 && start > 0 ? start - 1 : start + length;
        if (i == 0) {
            start = 0;
            end = ticks;
        }
        add_span(b, i + 1, parent, start, end, (int)below(seed, 6), services[below(seed, 2)], names[below(seed, 4)]);
    }
}

#endif
