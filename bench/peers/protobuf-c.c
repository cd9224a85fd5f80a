/* OTLP protobuf with protobuf-c: one ResourceSpans at a time, allocated by moving a pointer. */
#include <string.h>

#include "answer.h"
#include "format/proto/otlp_trace.pb-c.h"

/* ---- an allocator that never frees but all at once ------------------------------------------------------------ */

struct bump {
    char *memory;
    size_t at, size;
    struct bump *full; /* blocks that were too small, freed at the next reset */
};

static void *bump_alloc(void *ctx, size_t n)
{
    struct bump *b = ctx;
    n = (n + 15) & ~(size_t)15;
    if (b->at + n > b->size) {
        struct bump *old = answer_alloc(sizeof *old);
        *old = *b;
        b->full = old;
        b->size = (b->size ? b->size * 2 : 1 << 20) + n;
        b->memory = answer_alloc(b->size);
        b->at = 0;
    }
    b->at += n;
    return b->memory + b->at - n;
}

static void bump_free(void *ctx, void *p)
{
    (void)ctx;
    (void)p;
}

static void bump_reset(struct bump *b)
{
    while (b->full) {
        struct bump *old = b->full;
        b->full = old->full;
        free(old->memory);
        free(old);
    }
    b->at = 0;
}

/* ---- the top of the stream ------------------------------------------------------------------------------------- */

struct stream {
    FILE *in;
    uint8_t *buf;
    size_t at, n, cap;
};

/* Makes n bytes stand at buf + at; false at the end. */
static bool want(struct stream *s, size_t n)
{
    if (s->n - s->at >= n)
        return true;
    memmove(s->buf, s->buf + s->at, s->n - s->at);
    s->n -= s->at;
    s->at = 0;
    if (n > s->cap) {
        s->cap = n > (1 << 20) ? n * 2 : 1 << 20;
        s->buf = realloc(s->buf, s->cap);
        if (!s->buf)
            exit(1);
    }
    s->n += fread(s->buf + s->n, 1, s->cap - s->n, s->in);
    return s->n >= n;
}

/* The next resource_spans element: its bytes, or NULL. */
static const uint8_t *next_element(struct stream *s, size_t *n)
{
    *n = 0;
    if (!want(s, 1) || s->buf[s->at++] != 0x0a)
        return NULL;
    for (int shift = 0; want(s, 1); shift += 7) {
        uint8_t c = s->buf[s->at++];
        *n |= (size_t)(c & 127) << shift;
        if (c < 128)
            break;
    }
    if (!want(s, *n))
        return NULL;
    s->at += *n;
    return s->buf + s->at - *n;
}

static uint64_t big_endian(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return __builtin_bswap64(x);
}

int main(int argc, char **argv)
{
    struct answer a = {0};
    struct bump b = {0};
    ProtobufCAllocator allocator = {bump_alloc, bump_free, &b};
    struct stream s = {.in = argc == 2 ? fopen(argv[1], "r") : NULL};
    if (!s.in) {
        fprintf(stderr, "usage: protobuf-c FILE\n");
        return 2;
    }
    size_t n;
    for (const uint8_t *p; (p = next_element(&s, &n)); bump_reset(&b)) {
        const Tki__Otlp__ResourceSpans *r = tki__otlp__resource_spans__unpack(&allocator, n, p);
        if (!r) {
            fprintf(stderr, "protobuf-c: a message is malformed\n");
            return 1;
        }
        for (size_t i = 0; i < r->n_scope_spans; i++) {
            for (size_t j = 0; j < r->scope_spans[i]->n_spans; j++) {
                const Tki__Otlp__Span *span = r->scope_spans[i]->spans[j];
                answer_add(&a, big_endian(span->trace_id.data), big_endian(span->trace_id.data + 8),
                           span->start_time_unix_nano, span->end_time_unix_nano,
                           span->status && span->status->code == 2);
            }
        }
    }
    answer_print(&a);
    return 0;
}
