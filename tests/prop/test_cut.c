/* The first N bytes of a capture, for many N: what was whole before the cut is delivered and nothing else,
 * and the reader says at which byte the input ends. */
#include <sys/mman.h>
#include <unistd.h>

#include "../oracle/captures.h"
#include "random_spans.h"
#include "view/targets.h"

enum { CUTS = 200 };

struct result {
    struct tki_buf rows; /* of the spans that came, one line each */
    int code;
    struct tk_err err;
};

static void put_rows(struct tki_buf *out, const struct tk_batch *b)
{
    struct tki_encode e = {.out = out};
    uint32_t *rows = malloc((b->nspans + 1u) * sizeof *rows);
    if (!rows)
        bail_out("out of memory");
    for (uint32_t i = 0; i < b->nspans; i++)
        rows[i] = i;
    if (tki_view_rows.begin)
        tki_view_rows.begin(&e);
    tki_view_rows.put(&e, b, rows, b->nspans);
    if (tki_view_rows.end)
        tki_view_rows.end(&e);
    free(e.state);
    free(rows);
}

static void read_all(const char *path, unsigned threads, struct result *x)
{
    struct tk_read_opts opts = {.threads = threads};
    struct tk_reader *r;
    struct tk_batch *b;
    x->rows.n = 0;
    memset(&x->err, 0, sizeof x->err);
    x->code = tk_reader_open(&r, &path, 1, &opts, &x->err);
    if (x->code < 0)
        return;
    while ((x->code = tk_reader_next(r, &b)) == 1)
        put_rows(&x->rows, b);
    x->err = *tk_reader_err(r);
    tk_reader_close(r);
}

static int compare_sizes(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Half of the cuts anywhere, half near the ends. */
static void choose(struct rng *r, size_t n, size_t *at)
{
    for (int i = 0; i < CUTS; i++) {
        size_t near = n < 300 ? n : 300;
        at[i] = i % 4 == 0   ? rng_below(r, (uint32_t)near + 1)
                : i % 4 == 1 ? n - 1 - rng_below(r, (uint32_t)near)
                             : rng_next(r) % n;
    }
    qsort(at, CUTS, sizeof *at, compare_sizes);
}

static bool says_where(const struct result *x)
{
    char text[1024];
    tk_err_format(&x->err, text, sizeof text);
    return x->code == 0 ||
           (x->code < 0 && x->err.code == x->code && x->err.text[0] && x->err.has_offset && strstr(text, "byte"));
}

static void try_cuts(const struct capture *c, struct rng *r, const struct result *whole, int fd, size_t size)
{
    char path[64];
    size_t at[CUTS], last = 0;
    unsigned wrong[3] = {0};
    struct result x = {0};
    /* Nothing marks the end of what the debug exporter prints, and people paste it without its last lines: a span that
     * is cut is given as far as it goes. */
    bool open_ended = strcmp(c->format, "collector-debug") == 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    choose(r, size, at);
    for (int i = CUTS; i-- > 0;) { /* from the longest to the shortest: one file is enough */
        if (ftruncate(fd, (off_t)at[i]) != 0)
            bail_out("ftruncate");
        read_all(path, (unsigned)i % 3, &x);
        bool prefix = open_ended ||
                      (x.rows.n <= whole->rows.n && (x.rows.n == 0 || memcmp(x.rows.p, whole->rows.p, x.rows.n) == 0));
        wrong[0] += !prefix;
        wrong[1] += !says_where(&x);
        bool more = !open_ended && i < CUTS - 1 && x.rows.n > last;
        wrong[2] += more;
        if (wrong[0] + wrong[1] + wrong[2] > 5)
            break;
        if (!prefix || !says_where(&x) || more)
            diag("%s: the first %zu of %zu bytes: code %d, %s", c->name, at[i], size, x.code, x.err.text);
        last = x.rows.n;
    }
    ok(wrong[1] == 0, "%s: a cut is told, with its byte", c->name);
    if (!open_ended) {
        ok(wrong[0] == 0, "%s: what comes of its first bytes is a beginning of what comes of all", c->name);
        ok(wrong[2] == 0, "%s: more bytes never give less", c->name);
    }
    tki_buf_free(&x.rows);
}

static void capture(const struct capture *c, struct rng *r)
{
    struct result whole = {0};
    FILE *f = fopen(c->path, "rb");
    int fd = memfd_create("cut", MFD_CLOEXEC);
    if (!f || fd < 0)
        bail_out("cannot read %s", c->path);
    char block[65536];
    size_t size = 0, got;
    while ((got = fread(block, 1, sizeof block, f)) > 0) {
        if (write(fd, block, got) != (ssize_t)got)
            bail_out("write");
        size += got;
    }
    fclose(f);
    read_all(c->path, 0, &whole);
    if (whole.code == TK_EINVALID)
        skip(4, "%s is refused as a whole: %s", c->name, whole.err.text);
    else if (ok(whole.code == 0 && whole.rows.n > 0, "%s is read whole: %s", c->name, whole.err.text))
        try_cuts(c, r, &whole, fd, size);
    tki_buf_free(&whole.rows);
    close(fd);
}

int main(void)
{
    static struct captures all;
    struct rng r = {rng_seed()};
    diag("SEED=%llu", (unsigned long long)r.state);
    captures_testdata(&all);
    for (size_t i = 0; i < all.n; i++)
        capture(&all.at[i], &r);
    return done_testing();
}
