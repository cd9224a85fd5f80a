/* io_help.h - bytes to read, bytes read, and data made by the libraries themselves. */
#ifndef TRACEKIT_TESTS_IO_HELP_H
#define TRACEKIT_TESTS_IO_HELP_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/source.h"
#include "random_spans.h"
#include "tap.h"

/* Text that compresses to about a half and differs everywhere. */
static inline struct tki_buf random_bytes(struct rng *r, size_t n)
{
    struct tki_buf b = {0};
    char *to = tki_buf_room(&b, n + 1);
    for (size_t i = 0; i < n; i++)
        to[i] = "abcdefghijklmnop"[rng_next(r) & 15];
    b.n = n;
    return b;
}

struct outcome {
    struct tki_buf bytes;
    int code; /* 0: the end */
    struct tk_err err;
};

/* Reads to the end or the fault, at most `cap` bytes a call (0: a different number each time). */
static inline struct outcome drain(struct tki_source *s, size_t cap, struct rng *r)
{
    struct outcome o = {0};
    for (;;) {
        size_t want = cap ? cap : 1 + rng_below(r, 5000);
        char *to = tki_buf_room(&o.bytes, want);
        ptrdiff_t n = tki_source_read(s, to, want, &o.err);
        if (n <= 0) {
            o.code = (int)n;
            return o;
        }
        o.bytes.n += (size_t)n;
    }
}

/* Puts the filters on the bytes, which arrive `chunk` at a time, and reads everything. */
static inline struct outcome unpack_with(unsigned threads, tk_str packed, size_t chunk, size_t cap, struct rng *r)
{
    struct tki_source *s;
    struct outcome o = {0};
    if (tki_source_open_memory(&s, packed.p, packed.n, chunk, &o.err) < 0)
        bail_out("no memory");
    o.code = tki_source_add_filters(&s, threads, &o.err);
    if (o.code == 0)
        o = drain(s, cap, r);
    tki_source_close(s);
    return o;
}

static inline bool same_bytes(const struct tki_buf *a, const char *p, size_t n)
{
    return a->n == n && (n == 0 || memcmp(a->p, p, n) == 0);
}

/* Likewise, and threads must not be seen: neither in the bytes nor in the fault. */
static inline struct outcome unpack(tk_str packed, size_t chunk, size_t cap, struct rng *r)
{
    struct outcome one = unpack_with(0, packed, chunk, cap, r);
    if (cap == 1 || chunk == 1)
        return one; /* slow, and nothing that other sizes do not meet */
    struct outcome many = unpack_with(3, packed, chunk, cap, r);
    if (one.code != many.code || !same_bytes(&one.bytes, many.bytes.p, many.bytes.n) ||
        one.err.offset != many.err.offset || strcmp(one.err.text, many.err.text) != 0)
        ok(false, "three threads give the same: %zu bytes and '%s' at %llu, not %zu and '%s' at %llu", many.bytes.n,
           many.err.text, (unsigned long long)many.err.offset, one.bytes.n, one.err.text,
           (unsigned long long)one.err.offset);
    tki_buf_free(&many.bytes);
    return one;
}

/* Reads in every way; true when each gives the same: those bytes, code and offset. */
static inline bool always(struct rng *r, const struct tki_buf *packed, const char *p, size_t n, int code)
{
    static const size_t chunks[] = {0, 1, 3, 1000, 65536}, caps[] = {0, 1, 4096, 262144};
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++)
        for (size_t j = 0; j < sizeof caps / sizeof *caps; j++) {
            if (packed->n > 30000 && (chunks[i] == 1 || caps[j] == 1) && chunks[i] != 1000)
                continue; /* one byte at a time, but not on both sides */
            struct outcome o = unpack((tk_str){packed->p, packed->n}, chunks[i], caps[j], r);
            bool good =
                o.code == code && same_bytes(&o.bytes, p, n) && (code == 0 || (o.err.has_offset && o.err.offset == n));
            if (!good)
                diag("chunk %zu cap %zu: code %d, %zu bytes of %zu, offset %" PRIu64 ", %s", chunks[i], caps[j], o.code,
                     o.bytes.n, n, o.err.offset, o.err.text);
            tki_buf_free(&o.bytes);
            if (!good)
                return false;
        }
    return true;
}

#endif
