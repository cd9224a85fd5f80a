/* The external sort and the spool: the same result for any memory; temporary files leave nothing behind. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sorter.h"
#include "io/spool.h"
#include "io_help.h"

struct record {
    tk_id128 key;
    uint64_t seq;
    uint32_t n, number; /* payload: n bytes that depend on the number, which is the order of adding */
};

static char payload_byte(const struct record *x, uint32_t i)
{
    return (char)(x->number * 31 + i * 7 + (x->number >> 8));
}

static int before(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->key.hi != y->key.hi)
        return x->key.hi < y->key.hi ? -1 : 1;
    if (x->key.lo != y->key.lo)
        return x->key.lo < y->key.lo ? -1 : 1;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

enum shape { RANDOM, FEW_KEYS, ALL_EQUAL, ASCENDING, DESCENDING, LARGE, SHAPES };
static const char *const shape_names[] = {"random keys", "few keys",   "equal keys",
                                          "in order",    "in reverse", "large payloads"};

static struct record *make(struct rng *r, enum shape shape, uint32_t n)
{
    struct record *x = malloc(n * sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        x[i] = (struct record){.n = rng_below(r, 4) ? rng_below(r, 120) : 0, .number = i};
        switch (shape) {
        case RANDOM: x[i].key = (tk_id128){rng_next(r), rng_next(r)}; break;
        case FEW_KEYS:
            x[i].key = (tk_id128){rng_below(r, 3), rng_below(r, 5)};
            x[i].seq = rng_below(r, 4);
            break;
        case ALL_EQUAL: x[i].key = (tk_id128){7, 7}; break;
        case ASCENDING:
            x[i].key.lo = i / 3;
            x[i].seq = i;
            break;
        case DESCENDING:
            x[i].key.hi = n - i;
            x[i].seq = UINT64_MAX - i;
            break;
        default:
            x[i].key.lo = rng_below(r, 50);
            x[i].seq = i;
            x[i].n = rng_below(r, 10) ? 10 : rng_below(r, 400000);
            break;
        }
    }
    return x;
}

static bool same_payload(const struct record *x, tk_str payload)
{
    if (payload.n != x->n)
        return false;
    for (uint32_t i = 0; i < x->n; i++)
        if (payload.p[i] != payload_byte(x, i))
            return false;
    return true;
}

static int add_all(struct tki_sorter *s, const struct record *x, uint32_t n, struct tk_err *err)
{
    static char payload[400000];
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < x[i].n; k++)
            payload[k] = payload_byte(&x[i], k);
        int e = tki_sorter_add(s, x[i].key, x[i].seq, (tk_str){x[i].n ? payload : NULL, x[i].n}, err);
        if (e < 0)
            return e;
        memset(payload, '?', x[i].n); /* the sorter has its own copy */
    }
    return 0;
}

/* Returns true if the next records are the first `many` of `sorted`; at the end, true if nothing follows. */
static bool come(struct tki_sorter *s, const struct record *sorted, uint32_t n, uint32_t many)
{
    struct tki_sorted out;
    struct tk_err err = {0};
    for (uint32_t i = 0; i < many; i++)
        if (tki_sorter_next(s, &out, &err) != 1 || !tki_id_eq(out.key, sorted[i].key) || out.seq != sorted[i].seq ||
            !same_payload(&sorted[i], out.payload))
            return false;
    return many < n || (tki_sorter_next(s, &out, &err) == 0 && tki_sorter_next(s, &out, &err) == 0);
}

/* Sorts with that memory and compares with `sorted`: a third of it, then all from the first, and all once more. */
static bool sorts(const struct record *x, const struct record *sorted, uint32_t n, size_t memory_max, bool *spilled)
{
    struct tki_sorter *s;
    struct tk_err err = {0};
    if (tki_sorter_open(&s, memory_max, NULL, &err) < 0 || add_all(s, x, n, &err) < 0) {
        diag("%s", err.text);
        return false;
    }
    bool same = come(s, sorted, n, n / 3) && tki_sorter_rewind(s, &err) == 0 && come(s, sorted, n, n) &&
                tki_sorter_rewind(s, &err) == 0 && come(s, sorted, n, n);
    *spilled = tki_sorter_spilled(s);
    tki_sorter_close(s);
    return same;
}

static void test_sorter(struct rng *r)
{
    static const size_t memory[] = {0, 1024, 4096, 65536, 1 << 20, 64 << 20};
    for (int shape = 0; shape < SHAPES; shape++) {
        uint32_t n = shape == LARGE ? 300 : 12000;
        struct record *x = make(r, (enum shape)shape, n), *sorted = malloc(n * sizeof *x);
        memcpy(sorted, x, n * sizeof *x);
        qsort(sorted, n, sizeof *sorted, before);
        for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
            bool spilled = false;
            ok(sorts(x, sorted, n, memory[i], &spilled), "%s, %zu bytes of memory", shape_names[shape], memory[i]);
            ok(spilled == (memory[i] < (shape == LARGE ? 4u << 20 : 1u << 20)) || memory[i] == 1 << 20,
               "which did %sspill", spilled ? "" : "not ");
        }
        free(x);
        free(sorted);
    }
    for (uint32_t n = 0; n < 4; n++)
        for (size_t max = 0; max < 200; max += 10) {
            struct record *x = make(r, RANDOM, n + 1), *sorted = malloc((n + 1) * sizeof *x);
            memcpy(sorted, x, n * sizeof *x);
            qsort(sorted, n, sizeof *sorted, before);
            bool spilled;
            ok(sorts(x, sorted, n, max, &spilled) && spilled == (n > 1 && spilled), "%u records, %zu bytes", n, max);
            free(x);
            free(sorted);
        }
    unsigned bad = 0;
    for (int i = 0; i < 60; i++) {
        uint32_t n = 1 + rng_below(r, 3000);
        struct record *x = make(r, (enum shape)rng_below(r, LARGE), n), *sorted = malloc(n * sizeof *x);
        memcpy(sorted, x, n * sizeof *x);
        qsort(sorted, n, sizeof *sorted, before);
        bool spilled;
        bad += !sorts(x, sorted, n, 1024 + rng_below(r, 1 << (4 + rng_below(r, 14))), &spilled);
        free(x);
        free(sorted);
    }
    is_uint(bad, 0, "random numbers of records and bytes of memory");
    tki_sorter_close(NULL);
}

/* Temporary files have no name: nothing can be left behind. */
static void test_folder(struct rng *r)
{
    char dir[] = "/tmp/tracekit-test-XXXXXX", path[64];
    struct tki_sorter *s;
    struct tki_spool *p;
    struct tk_err err = {0};
    if (!mkdtemp(dir))
        bail_out("no folder for temporary files");
    struct record *x = make(r, RANDOM, 2000);
    ok(tki_sorter_open(&s, 1000, dir, &err) == 0 && add_all(s, x, 2000, &err) == 0 && tki_sorter_spilled(s), "a spill");
    ok(tki_spool_open(&p, 10, dir, &err) == 0 && tki_spool_write(p, dir, sizeof dir, &err) == 0, "a spool's file");
    ok(rmdir(dir) == 0, "the folder stays empty all along");
    struct tki_sorted out;
    is_int(tki_sorter_next(s, &out, &err), 1, "and the file is there, though the folder is not");
    tki_sorter_close(s);
    tki_spool_close(p);
    is_int(tki_tmpfile(dir, &err), TK_EIO, "no file in a folder that is not there");
    ok(err.sys_errno == ENOENT && strstr(err.text, dir), "which is said");
    tki_sorter_open(&s, 1000, dir, &err);
    err = (struct tk_err){0};
    is_int(add_all(s, x, 2000, &err), TK_EIO, "a sorter without a folder fails when it spills");
    is_int(tki_sorter_next(s, &out, &err), TK_EIO, "and does not end as if it had everything");
    tki_sorter_close(s);

    const char *was = getenv("TMPDIR");
    char *keep = was ? strdup(was) : NULL;
    setenv("TMPDIR", dir, 1);
    is_int(tki_tmpfile(NULL, &err), TK_EIO, "$TMPDIR is used");
    setenv("TMPDIR", "", 1);
    int fd = tki_tmpfile(NULL, &err);
    struct stat st;
    ok(fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0 && (st.st_mode & 0777) == 0600,
       "empty means /tmp; the file has no name and is nobody else's");
    ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "nor a child's");
    close(fd);
    if (keep)
        setenv("TMPDIR", keep, 1);
    else
        unsetenv("TMPDIR");
    free(keep);
    snprintf(path, sizeof path, "%s/x", dir);
    char *endless = malloc(5000);
    memset(endless, 'd', 4999);
    endless[4999] = 0;
    ok(tki_tmpfile(endless, &err) < 0, "a folder's name that is too long");
    free(endless);
    free(x);
}

/* Writing fails at every point in turn: always an error, never fewer records as if they were all. */
static void test_faults(struct rng *r)
{
    struct record *x = make(r, RANDOM, 8000);
    struct rlimit whole, limit;
    unsigned bad = 0, failed = 0, passed = 0;
    getrlimit(RLIMIT_FSIZE, &whole);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    fflush(stdout);
    for (rlim_t max = 0; max < 2500000; max += 60001) {
        struct tki_sorter *s;
        struct tki_sorted out;
        struct tk_err err = {0};
        limit = (struct rlimit){max, whole.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        tki_sorter_open(&s, 10000, NULL, &err);
        int e = add_all(s, x, 8000, &err);
        unsigned n = 0;
        while (e == 0 && (e = tki_sorter_next(s, &out, &err)) == 1) {
            n++;
            e = 0;
        }
        int again = tki_sorter_next(s, &out, &err);
        setrlimit(RLIMIT_FSIZE, &whole);
        if (e < 0) {
            failed++;
            bad += e != TK_EIO || again != TK_EIO || err.sys_errno != EFBIG || !strstr(err.text, "temporary file");
        } else {
            passed++;
            bad += n != 8000 || again != 0;
        }
        tki_sorter_close(s);
    }
    signal(SIGXFSZ, handler);
    ok(bad == 0 && failed > 5 && passed > 5, "%u limits of the file's size fail with words, %u pass", failed, passed);
    free(x);
}

static void test_spool(struct rng *r)
{
    static const size_t memory[] = {0, 1, 1000, 262144, 10000000};
    struct tki_buf b = random_bytes(r, 700000);
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
        struct tki_spool *p;
        struct tki_source *s;
        struct tk_err err = {0};
        bool good = tki_spool_open(&p, memory[i], NULL, &err) == 0;
        for (size_t at = 0; good && at < b.n;) {
            size_t n = 1 + rng_below(r, 9000);
            n = n < b.n - at ? n : b.n - at;
            good = tki_spool_write(p, b.p + at, n, &err) == 0;
            at += n;
        }
        ok(good, "a spool with %zu bytes of memory", memory[i]);
        for (int pass = 0; pass < 2; pass++) {
            tki_spool_source(p, &s, &err);
            struct outcome o = drain(s, pass ? 65536 : 0, r);
            ok(o.code == 0 && same_bytes(&o.bytes, b.p, b.n), "reads again from the start");
            is_uint(tki_source_bytes_read(s), b.n, "and counts");
            tki_source_close(s);
            tki_buf_free(&o.bytes);
        }
        tki_spool_close(p);
    }
    struct tki_spool *p;
    struct tki_source *s;
    struct tk_err err = {0};
    tki_spool_open(&p, 100, NULL, &err);
    tki_spool_source(p, &s, &err);
    char c;
    is_int(tki_source_read(s, &c, 1, &err), 0, "an empty spool is empty");
    tki_source_close(s);
    tki_spool_close(p);
    tki_spool_close(NULL);

    struct rlimit whole, limit;
    getrlimit(RLIMIT_FSIZE, &whole);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit = (struct rlimit){50000, whole.rlim_max};
    fflush(stdout);
    setrlimit(RLIMIT_FSIZE, &limit);
    tki_spool_open(&p, 1000, NULL, &err);
    int e = tki_spool_write(p, b.p, b.n, &err);
    setrlimit(RLIMIT_FSIZE, &whole);
    signal(SIGXFSZ, handler);
    ok(e == TK_EIO && err.sys_errno == EFBIG && strstr(err.text, "File too large"), "a spool without room says so");
    tki_spool_close(p);
    tki_buf_free(&b);
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    test_sorter(&r);
    test_folder(&r);
    test_faults(&r);
    test_spool(&r);
    return done_testing();
}
