/* The reader: any number of threads, whatever they read early, gives the same spans; a pipe can be read again. */
#include <fcntl.h>
#include <pthread.h>

#include "reader_help.h"
#include "run/feed.h"

/* A record of one span whose name has so many bytes. */
static void put_large(struct tki_buf *out, const struct tki_format *f, size_t n)
{
    struct tk_batch *b = tk_batch_new();
    char *name = malloc(n);
    if (!b || !name)
        bail_out("no memory");
    memset(name, 'n', n);
    uint32_t resource = tk_batch_add_resource(b), scope = tk_batch_add_scope(b);
    *tk_batch_add_span(b) =
        (struct tk_span){.trace_id = {1, n}, .span_id = n, .name = {name, n}, .resource = resource, .scope = scope};
    put_record(out, f, b);
    tk_batch_free(b);
    free(name);
}

static void test_threads(const struct tki_format *f)
{
    struct rng r = {rng_seed() + 1};
    struct tki_buf in = random_lines(&r, f, 300, 60);
    const char *path = file_with(0, in.p, in.n);
    struct tk_read_opts opts = {0};
    struct result one = read_all(path, &opts);
    is_int(one.code, 0, "%s of %zu bytes is read: %s", f->info.name, in.n, one.err.text);
    for (unsigned threads = 1; threads <= 4; threads++) {
        opts.threads = threads;
        struct result x = read_all(path, &opts);
        ok(x.proto.n == one.proto.n && memcmp(x.proto.p, one.proto.p, x.proto.n) == 0,
           "%s with %u threads gives the same spans", f->info.name, threads);
        tki_buf_free(&x.proto);
    }
    tki_buf_free(&one.proto);
    tki_buf_free(&in);
    unlink(path);
}

/* Files that threads read ahead of: windows that are too small and have to grow, more than one file, a fault in the
 * middle of one. */
static void test_early(const struct tki_format *f)
{
    struct rng r = {rng_seed() + 2};
    struct tki_buf in = {0};
    for (int i = 0; i < 3; i++) {
        struct tki_buf small = random_lines(&r, f, 100, 60);
        struct tki_buf large = random_lines(&r, f, 1, (unsigned)(i + 1) * 1000);
        tki_buf_put(&in, small.p, small.n);
        tki_buf_put(&in, large.p, large.n);
        if (i == 1) /* more than may wait in a ring: what was read early meanwhile is given back */
            put_large(&in, f, 9 << 20);
        tki_buf_free(&small);
        tki_buf_free(&large);
    }
    const char *whole = file_with(0, in.p, in.n), *broken = file_with(1, in.p, in.n - 2);
    const char *const paths[] = {whole, broken, whole};
    is_int(in.n > 8 * TKI_WINDOW, true, "%s of %zu bytes is many windows", f->info.name, in.n);
    struct tk_read_opts opts = {.keep_going = true};
    struct result one = read_paths(paths, 3, &opts);
    is_int(one.code, 0, "three files are read, %" PRIu64 " spans", one.spans);
    is_uint(one.skipped, 1, "one of which breaks off");
    for (unsigned threads = 2; threads <= 8; threads += 3) {
        opts.threads = threads;
        struct result x = read_paths(paths, 3, &opts);
        ok(x.proto.n == one.proto.n && memcmp(x.proto.p, one.proto.p, x.proto.n) == 0, "%u threads give the same spans",
           threads);
        is_uint(x.skipped, 1, "and the same error");
        tki_buf_free(&x.proto);
    }
    tki_buf_free(&one.proto);
    tki_buf_free(&in);
    unlink(whole);
    unlink(broken);
}

/* The bytes of all pieces of a file; `early`: each slot tries to read them early, most at a wrong place. */
static struct tki_buf pieces(const char *path, bool early, unsigned *windows, unsigned *hits)
{
    static const unsigned beside[] = {TKI_WINDOW, 1, 0};
    struct tki_buf got = {0};
    struct tk_read_opts opts = {0};
    struct tki_feed feed;
    struct tki_slot slot;
    *windows = *hits = 0;
    if (tki_feed_init(&feed, &path, 1, NULL, &opts) < 0 || tki_slot_init(&slot) < 0)
        bail_out("no memory");
    while (tki_feed_next(&feed, &slot) == 1) {
        uint64_t at = 0;
        tki_buf_str(&got, slot.piece);
        tki_buf_putc(&got, 0);
        ++*windows;
        *hits += slot.start > 0;
        slot.early = early ? tki_feed_file(&feed, &at) : NULL;
        slot.early_at = at + beside[*windows % 3];
        if (slot.early)
            tki_feed_early(&slot);
    }
    tki_slot_free(&slot);
    tki_feed_free(&feed);
    return got;
}

/* What was read early and does not come next is left alone. */
static void test_mispredicted(void)
{
    struct rng r = {rng_seed() + 3};
    struct tki_buf in = random_lines(&r, &tki_format_otlp_json, 400, 60);
    const char *path = file_with(0, in.p, in.n);
    unsigned windows, hits, never;
    struct tki_buf a = pieces(path, false, &windows, &never), b = pieces(path, true, &windows, &hits);
    ok(a.n == b.n && memcmp(a.p, b.p, a.n) == 0, "the %u pieces of %zu bytes are the same", windows, in.n);
    ok(never == 0 && hits > 0 && hits < windows / 2, "%u of which were read early", hits);
    tki_buf_free(&a);
    tki_buf_free(&b);
    tki_buf_free(&in);
    unlink(path);
}

static void *write_pipe(void *arg)
{
    int fd = *(int *)arg;
    static const char text[] = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"a\"}]}]}]}\n";
    for (int i = 0; i < 100; i++)
        for (size_t at = 0; at < sizeof text - 1; at += 7) {
            size_t n = sizeof text - 1 - at < 7 ? sizeof text - 1 - at : 7;
            if (write(fd, text + at, n) != (ssize_t)n)
                return NULL;
        }
    close(fd);
    return NULL;
}

/* Standard input is a pipe fed in small writes; then it is read again. */
static void test_rewind(void)
{
    int ends[2];
    pthread_t writer;
    struct tk_reader *r;
    struct tk_batch *b;
    struct tk_err err = {0};
    if (pipe(ends) < 0 || dup2(ends[0], 0) < 0)
        bail_out("no pipe");
    close(ends[0]);
    pthread_create(&writer, NULL, write_pipe, &ends[1]);
    struct tk_read_opts opts = {.rewindable = true, .threads = 2};
    is_int(tk_reader_open(&r, NULL, 0, &opts, &err), 0, "standard input is opened");
    uint64_t first = 0, second = 0;
    while (tk_reader_next(r, &b) == 1)
        first += b->nspans;
    is_int(tk_reader_rewind(r, TK_NEED_NAME, false), 0, "and rewound");
    while (tk_reader_next(r, &b) == 1)
        second += b->nspans;
    is_uint(first, 100, "all spans came once");
    is_uint(second, 100, "and once more");
    tk_reader_close(r);
    pthread_join(writer, NULL);
}

int main(void)
{
    const struct tki_format *const formats[] = {&tki_format_otlp_json, &tki_format_otlp_proto, &tki_format_otlp_framed};
    diag("SEED=%" PRIu64, rng_seed());
    for (size_t i = 0; i < 3; i++) {
        test_threads(formats[i]);
        test_early(formats[i]);
    }
    test_mispredicted();
    test_rewind();
    return done_testing();
}
