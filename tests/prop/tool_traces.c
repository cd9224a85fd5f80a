/* tool_traces SEED TRACES [typed]: random traces as lines of OTLP JSON.
 *
 * Their spans have what nearly every format of tracing holds: whole microseconds, texts as values, a resource that is a
 * service and no more, no links.  Otherwise they are as wild as traces are: calls side by side and late, errors,
 * consumers that start after the request, a slow request now and then, sampling thresholds on three traces of four.
 * With `typed` they also have what formats of texts alone lose: numbers and booleans as values. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random_spans.h"

enum { SPANS_MAX = 60, DEPTH_MAX = 5 };

struct made {
    uint64_t id, parent, start_us, end_us;
    const char *service, *name, *kind, *peer;
    bool error, event;
    unsigned tier, items;
};

struct trace {
    struct rng *r;
    struct made span[SPANS_MAX];
    unsigned n;
    bool typed;
    const char *threshold; /* of the root's trace state; NULL: none */
};

static const char *const services[] = {"front", "cart", "payment", "stock", "mail"};
static const char *const roots[] = {"GET /cart", "POST /checkout", "GET /product"};
static const char *const calls[] = {"load", "reserve", "charge", "SELECT orders", "render"};

static struct made *add(struct trace *t, uint64_t parent, const char *service, const char *name, const char *kind)
{
    struct made *s = &t->span[t->n++];
    *s = (struct made){.id = rng_next(t->r) | 1, .parent = parent, .service = service, .name = name, .kind = kind};
    s->error = rng_below(t->r, 25) == 0;
    s->event = rng_below(t->r, 6) == 0;
    s->tier = rng_below(t->r, 4);
    s->items = rng_below(t->r, 100);
    return s;
}

/* What the span at this row does between its start and its end. */
static void fill(struct trace *t, unsigned row, unsigned depth)
{
    struct made up = t->span[row];
    uint64_t room = up.end_us - up.start_us, at = up.start_us + rng_below(t->r, (uint32_t)(room / 8 + 1));
    for (unsigned k = rng_below(t->r, 4); k && depth < DEPTH_MAX && t->n + 2 < SPANS_MAX; k--) {
        bool async = rng_below(t->r, 6) == 0, remote = async || rng_below(t->r, 3) > 0;
        uint64_t left = at < up.end_us ? up.end_us - at : 1, took = 1 + rng_below(t->r, (uint32_t)(left / 2 + 1));
        const char *name = calls[rng_below(t->r, 5)], *other = services[rng_below(t->r, 5)];
        struct made *call = add(t, up.id, up.service, name, async ? "4" : remote ? "3" : "1");
        call->start_us = at;
        call->end_us = at + (async ? 1 + took / 10 : took);
        if (remote) {
            uint64_t id = call->id, start = async ? call->end_us + took / 2 : at + took / 10;
            call->peer = other;
            struct made *callee = add(t, id, other, name, async ? "5" : "2");
            callee->start_us = start;
            callee->end_us = async ? start + 3 * took : at + took - took / 10;
            if (callee->end_us <= callee->start_us)
                callee->end_us = callee->start_us + 1;
        }
        fill(t, t->n - 1, depth + 1);
        if (rng_below(t->r, 3)) /* else the next call is beside this one */
            at += took + rng_below(t->r, (uint32_t)(room / 20 + 1));
    }
}

static void print_attr(const char *key, const char *value, const char *comma)
{
    printf("%s{\"key\":\"%s\",\"value\":{\"stringValue\":\"%s\"}}", comma, key, value);
}

static void print_span(const struct trace *t, const struct made *s, uint64_t hi, uint64_t lo)
{
    static const char *const tiers[] = {"none", "silver", "gold", "platinum"};
    printf("{\"resource\":{\"attributes\":[");
    print_attr("service.name", s->service, "");
    printf("]},\"scopeSpans\":[{\"spans\":[{\"traceId\":\"%016" PRIx64 "%016" PRIx64 "\",\"spanId\":\"%016" PRIx64 "\"",
           hi, lo, s->id);
    if (s->parent)
        printf(",\"parentSpanId\":\"%016" PRIx64 "\"", s->parent);
    printf(",\"name\":\"%s\",\"kind\":%s,\"startTimeUnixNano\":\"%" PRIu64 "000\",\"endTimeUnixNano\":\"%" PRIu64
           "000\",\"attributes\":[",
           s->name, s->kind, s->start_us, s->end_us);
    print_attr("tier", tiers[s->tier], "");
    if (s->peer)
        print_attr("peer.service", s->peer, ",");
    if (s->error)
        print_attr("error.type", "timeout", ",");
    if (t->typed)
        printf(",{\"key\":\"items\",\"value\":{\"intValue\":\"%u\"}},{\"key\":\"gift\",\"value\":{\"boolValue\":%s}}",
               s->items, s->items % 20 == 3 ? "true" : "false");
    printf("]");
    if (t->threshold)
        printf(",\"traceState\":\"ot=th:%s\"", t->threshold);
    if (s->event)
        printf(",\"events\":[{\"timeUnixNano\":\"%" PRIu64 "000\",\"name\":\"retry\"}]", s->start_us + 1);
    printf(",\"status\":{%s}}]}]}", s->error ? "\"code\":2" : "");
}

int main(int argc, char **argv)
{
    bool typed = argc == 4 && strcmp(argv[3], "typed") == 0;
    if (argc != 3 && !typed) {
        fprintf(stderr, "usage: tool_traces SEED TRACES [typed]\n");
        return 2;
    }
    struct rng r = {strtoull(argv[1], NULL, 10)};
    uint64_t now_us = 1795241170000000;
    for (unsigned long k = strtoul(argv[2], NULL, 10); k; k--) {
        static const char *const thresholds[] = {NULL, "8", "c", "e"}; /* all, one in 2, 4, 8 was kept */
        struct trace t = {.r = &r, .typed = typed, .threshold = thresholds[rng_below(&r, 4)]};
        struct made *root = add(&t, 0, services[0], roots[rng_below(&r, 3)], "2");
        now_us += rng_below(&r, 400000);
        root->start_us = now_us;
        root->end_us = now_us + 2000 + rng_below(&r, rng_below(&r, 10) ? 100000 : 900000);
        fill(&t, 0, 0);
        /* The first four bytes of a trace's id are its time in seconds, as AWS X-Ray wants them. */
        uint64_t hi = now_us / 1000000 << 32 | (uint32_t)rng_next(&r), lo = rng_next(&r);
        printf("{\"resourceSpans\":[");
        for (unsigned i = 0; i < t.n; i++) {
            printf("%s", i ? "," : "");
            print_span(&t, &t.span[i], hi, lo);
        }
        printf("]}\n");
    }
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
