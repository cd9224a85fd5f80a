/* reader_help.h - files of random records, and all spans that a reader gives of them. */
#ifndef TRACEKIT_TESTS_READER_HELP_H
#define TRACEKIT_TESTS_READER_HELP_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "format/otlp/otlp.h"
#include "format/table.h"
#include "random_spans.h"
#include "tap.h"

/* A file with the bytes, by a name that stays good until the next call of the same slot. */
static inline const char *file_with(int slot, const char *p, size_t n)
{
    static char names[4][64];
    snprintf(names[slot], sizeof names[slot], "/tmp/tracekit-test-%ld-%d", (long)getpid(), slot);
    FILE *f = fopen(names[slot], "wb");
    if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)
        bail_out("cannot write %s", names[slot]);
    return names[slot];
}

struct result {
    struct tki_buf proto; /* all spans, as they came */
    int code;
    struct tk_err err;
    uint64_t spans, skipped;
};

static inline struct result read_paths(const char *const *paths, size_t npaths, const struct tk_read_opts *opts)
{
    struct result x = {0};
    struct tk_reader *r;
    struct tk_batch *b;
    x.code = tk_reader_open(&r, paths, npaths, opts, &x.err);
    if (x.code < 0)
        return x;
    while ((x.code = tk_reader_next(r, &b)) == 1) {
        x.spans += b->nspans;
        for (uint32_t i = 0; i < b->nspans; i++) /* one by one: where batches end does not show */
            tki_otlp_proto_put(&x.proto, b, &i, 1);
    }
    x.err = *tk_reader_err(r);
    x.skipped = tk_reader_stats(r)->records_skipped;
    tk_reader_close(r);
    return x;
}

static inline struct result read_all(const char *path, const struct tk_read_opts *opts)
{
    return read_paths(&path, 1, opts);
}

static inline void put_record(struct tki_buf *out, const struct tki_format *f, const struct tk_batch *b)
{
    uint64_t notes[TKI_NOTE_COUNT] = {0};
    if (f == &tki_format_otlp_json) {
        tki_otlp_json_put(out, b, NULL, 0, notes);
    } else if (f == &tki_format_otlp_proto) {
        tki_otlp_proto_put(out, b, NULL, 0);
    } else {
        struct tki_buf one = {0};
        tki_otlp_proto_put(&one, b, NULL, 0);
        for (int shift = 24; shift >= 0; shift -= 8)
            tki_buf_putc(out, (char)(one.n >> shift));
        tki_buf_put(out, one.p, one.n);
        tki_buf_free(&one);
    }
}

static inline struct tki_buf random_lines(struct rng *r, const struct tki_format *f, unsigned lines, unsigned spans)
{
    struct tki_buf out = {0};
    while (lines--) {
        struct tk_batch *b = tk_batch_new();
        random_batch(r, b, 1 + rng_below(r, spans));
        put_record(&out, f, b);
        tk_batch_free(b);
    }
    return out;
}

#endif
