/* random_spans.h - batches with every field of the model in use, from a printed seed. */
#ifndef TRACEKIT_TESTS_RANDOM_SPANS_H
#define TRACEKIT_TESTS_RANDOM_SPANS_H

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "model/batch.h"

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
    return tki_mix64(r->state += 0x9e3779b97f4a7c15u);
}

static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)(rng_next(r) % n);
}

/* Seed from the environment, so that a failure can be repeated. */
static inline uint64_t rng_seed(void)
{
    const char *s = getenv("SEED");
    return s ? strtoull(s, NULL, 0) : 20261121;
}

/* How often a test tries: ROUNDS=N times, else `usual` times, and with TRACEKIT_SLOW (make check-slow) fifty times
 * that. */
static inline unsigned long rng_rounds(unsigned long usual)
{
    const char *s = getenv("ROUNDS");
    return s ? strtoul(s, NULL, 10) : getenv("TRACEKIT_SLOW") ? 50 * usual : usual;
}

static inline tk_str random_text(struct rng *r, struct tk_batch *b)
{
    static const char *const odd[] = {"",
                                      "a",
                                      "k\"e\\y",
                                      "line\nbreak\ttab\r",
                                      "\x01\x1f",
                                      "\x7f",
                                      ("h\xc3\xa9"
                                       "llo"),
                                      "\xf0\x9f\x98\x80 emoji",
                                      ("\xe2\x80\xae"
                                       "right to left"),
                                      "</script>",
                                      "nul\0inside",
                                      "SELECT * FROM orders WHERE id = 42 AND state IN ('new', 'paid')"};
    uint32_t i = rng_below(r, 16);
    if (i < sizeof odd / sizeof *odd)
        return i == 10 ? TKI_STR("nul\0inside") : tki_str(odd[i]);
    char text[200];
    size_t n = rng_below(r, sizeof text);
    for (size_t j = 0; j < n; j++)
        text[j] = (char)(' ' + rng_below(r, 95));
    return tk_batch_copy(b, (tk_str){text, n});
}

static inline void random_value(struct rng *r, struct tk_batch *b, struct tk_value *v, int depth)
{
    static const int64_t ints[] = {0, 1, -1, INT64_MAX, INT64_MIN, 9007199254740993, -9007199254740993, 42};
    static const double doubles[] = {
        0.0, -0.0, 0.1, 1e300, -2.5e-7, 4.9406564584124654e-324, 1.7976931348623157e308, 123456789.125};
    *v = (struct tk_value){.type = (uint8_t)rng_below(r, depth ? 8 : 6)};
    switch (v->type) {
    case TK_STRING:
    case TK_BYTES: {
        tk_str s = random_text(r, b);
        v->n = (uint32_t)s.n;
        v->v.s = s.p;
        break;
    }
    case TK_BOOL: v->v.b = rng_below(r, 2); break;
    case TK_INT: v->v.i = ints[rng_below(r, 8)]; break;
    case TK_DOUBLE:
        v->v.d = rng_below(r, 8) ? doubles[rng_below(r, 8)] : rng_below(r, 2) ? -(double)INFINITY : (double)INFINITY;
        break;
    case TK_ARRAY:
    case TK_KVLIST: {
        uint32_t base = tki_batch_stack(b), n = rng_below(r, 4);
        for (uint32_t i = 0; i < n; i++) {
            struct tk_attr kid = {0};
            if (v->type == TK_KVLIST)
                kid.key = random_text(r, b);
            random_value(r, b, &kid.value, depth - 1);
            *tki_batch_push(b) = kid;
        }
        tk_range kids = tki_batch_pop_kids(b, base);
        v->n = kids.count;
        v->v.first = kids.first;
        break;
    }
    default: break;
    }
}

static inline tk_range random_attrs(struct rng *r, struct tk_batch *b)
{
    tk_range range = {b->nattrs, rng_below(r, 6)};
    for (uint32_t i = 0; i < range.count; i++) {
        struct tk_attr a = {.key = random_text(r, b)};
        random_value(r, b, &a.value, 3);
        *tk_batch_add_attr(b) = a;
    }
    return range;
}

static inline void random_span(struct rng *r, struct tk_batch *b, uint32_t resource, uint32_t scope)
{
    struct tk_span s = {.resource = resource, .scope = scope};
    s.trace_id = (tk_id128){rng_below(r, 3) ? rng_next(r) : 0, rng_next(r)};
    s.span_id = rng_next(r);
    s.parent_id = rng_below(r, 2) ? rng_next(r) : 0;
    s.start_ns = rng_below(r, 20)  ? 1700000000000000000u + rng_next(r) % 1000000000000
                 : rng_below(r, 2) ? 0
                                   : UINT64_MAX;
    s.end_ns = s.start_ns + (rng_below(r, 10) ? rng_next(r) % 1000000000 : (uint64_t)-5000);
    s.name = random_text(r, b);
    s.trace_state = rng_below(r, 4) ? (tk_str){0} : TKI_STR("ot=th:8,vendor=x");
    s.kind = (uint8_t)rng_below(r, 6);
    s.status = (uint8_t)rng_below(r, 3);
    s.status_message = rng_below(r, 3) ? (tk_str){0} : random_text(r, b);
    s.flags = rng_below(r, 3) ? 0 : (uint32_t)rng_next(r);
    s.dropped_attrs = rng_below(r, 3) ? 0 : rng_below(r, 1000);
    s.dropped_events = rng_below(r, 3) ? 0 : UINT32_MAX;
    s.dropped_links = rng_below(r, 3) ? 0 : 7;
    s.attrs = random_attrs(r, b);
    s.events = (tk_range){b->nevents, rng_below(r, 3)};
    for (uint32_t i = 0; i < s.events.count; i++) {
        struct tk_event e = {.time_ns = s.start_ns + i, .name = random_text(r, b), .attrs = random_attrs(r, b)};
        e.dropped_attrs = rng_below(r, 2);
        *tk_batch_add_event(b) = e;
    }
    s.links = (tk_range){b->nlinks, rng_below(r, 3)};
    for (uint32_t i = 0; i < s.links.count; i++) {
        struct tk_link l = {
            .trace_id = {rng_next(r), rng_next(r)}, .span_id = rng_next(r), .attrs = random_attrs(r, b)};
        l.trace_state = random_text(r, b);
        l.flags = rng_below(r, 2) ? 0 : (uint32_t)rng_next(r);
        l.dropped_attrs = rng_below(r, 2);
        *tk_batch_add_link(b) = l;
    }
    *tk_batch_add_span(b) = s;
}

/* Resources, their scopes, their spans; some absent, some empty. */
static inline void random_batch(struct rng *r, struct tk_batch *b, unsigned spans)
{
    static const struct tk_attr service = {{"service.name", 12}, {.type = TK_STRING, .n = 4, .v.s = "shop"}};
    b->needs = TK_NEED_ALL;
    for (unsigned made = 0; made < spans;) {
        uint32_t resource = tk_batch_add_resource(b);
        struct tk_resource res = {.present = rng_below(r, 4) > 0};
        if (res.present) {
            res.attrs = random_attrs(r, b);
            if (rng_below(r, 2)) {
                *tk_batch_add_attr(b) = service;
                res.attrs.count++;
            }
            res.dropped_attrs = rng_below(r, 3);
        }
        res.schema_url = rng_below(r, 2) ? (tk_str){0} : TKI_STR("https://opentelemetry.io/schemas/1.26.0");
        b->resources[resource] = res;
        for (unsigned scopes = 1 + rng_below(r, 2); scopes--;) {
            uint32_t scope = tk_batch_add_scope(b);
            struct tk_scope sc = {.present = rng_below(r, 4) > 0};
            if (sc.present) {
                sc.name = random_text(r, b);
                sc.version = random_text(r, b);
                sc.attrs = random_attrs(r, b);
                sc.dropped_attrs = rng_below(r, 2);
            }
            sc.schema_url = rng_below(r, 2) ? (tk_str){0} : TKI_STR("https://example.com/scope");
            b->scopes[scope] = sc;
            for (unsigned n = 1 + rng_below(r, 5); n--; made++)
                random_span(r, b, resource, scope);
        }
    }
}

#endif
