/* Sources: files, pipes and memory; peek, consume and read; which filters are chosen. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io_help.h"

static char dir[] = "/tmp/tracekit-test-XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void test_memory(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 200000);
    static const size_t chunks[] = {0, 1, 7, 4096, 65537};
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        struct tki_source *s;
        struct tk_err err = {0};
        tki_source_open_memory(&s, b.p, b.n, chunks[i], &err);
        struct outcome o = drain(s, 0, r);
        ok(o.code == 0 && same_bytes(&o.bytes, b.p, b.n), "all bytes, %zu at a time", chunks[i]);
        is_uint(tki_source_bytes_read(s), b.n, "and they are counted");
        char c;
        is_int(tki_source_read(s, &c, 1, &err), 0, "the end stays the end");
        tki_source_close(s);
        tki_buf_free(&o.bytes);
    }
    tki_buf_free(&b);
    struct tki_source *s;
    size_t n = 7;
    tki_source_open_memory(&s, NULL, 0, 0, NULL);
    ok(tki_source_peek(s, 4, &n, NULL) != NULL && n == 0, "nothing can be peeked at");
    is_int(tki_source_add_filters(&s, 0, NULL), 0, "and is not compressed");
    tki_source_close(s);
    tki_source_close(NULL);
}

/* Any mixture of peeks, consumes and reads gives the bytes in order, each once. */
static void test_mixture(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 300000);
    char *to = malloc(100000);
    unsigned bad = 0;
    for (int round = 0; round < 200; round++) {
        struct tki_source *s;
        struct tk_err err = {0};
        size_t at = 0, n;
        tki_source_open_memory(&s, b.p, b.n, rng_below(r, 3) ? 1 + rng_below(r, 9000) : 0, &err);
        while (at < b.n) {
            if (rng_below(r, 2)) {
                size_t min = rng_below(r, 20) ? rng_below(r, 3000) : rng_below(r, 2 * TKI_PEEK_MAX);
                const char *p = tki_source_peek(s, min, &n, &err);
                size_t promised = min < TKI_PEEK_MAX ? min : TKI_PEEK_MAX;
                bad += !p || n > b.n - at || memcmp(p, b.p + at, n) != 0;
                bad += n < (promised < b.n - at ? promised : b.n - at);
                n = rng_below(r, (uint32_t)n + 1);
                tki_source_consume(s, n);
                at += n;
            } else {
                size_t cap = 1 + rng_below(r, rng_below(r, 10) ? 2000 : 99999);
                ptrdiff_t got = tki_source_read(s, to, cap, &err);
                bad +=
                    got <= 0 || (size_t)got > cap || (size_t)got > b.n - at || memcmp(to, b.p + at, (size_t)got) != 0;
                if (got <= 0)
                    break;
                at += (size_t)got;
            }
        }
        bad += tki_source_read(s, to, 10, &err) != 0;
        tki_source_close(s);
    }
    is_uint(bad, 0, "peeks, consumes and reads in any mixture");
    free(to);
    tki_buf_free(&b);
}

/* A source that gives some bytes and then fails, once; a second call would be answered with other bytes. */
struct failing {
    struct tki_source source;
    size_t left;
    int calls_after;
};

static ptrdiff_t read_failing(struct tki_source *s, void *to, size_t cap, struct tk_err *err)
{
    struct failing *f = (struct failing *)s;
    if (!f->left) {
        f->calls_after++;
        return tki_err_at(err, TK_EINVALID, 99, "fault %d", f->calls_after);
    }
    size_t n = f->left < cap ? f->left : cap;
    memset(to, 'x', n);
    f->left -= n;
    return (ptrdiff_t)n;
}

static void close_failing(struct tki_source *s)
{
    free(s->peeked);
}

static void test_fault(void)
{
    for (int peek = 0; peek < 2; peek++) {
        struct failing f = {.source = {.read = read_failing, .close = close_failing}, .left = 1000};
        struct tk_err err = {.record = 5};
        size_t n;
        tki_err_source(&err, "name");
        if (peek) {
            const char *p = tki_source_peek(&f.source, 5000, &n, &err);
            ok(p && n == 1000 && err.code == 0, "a peek gives what came before the fault");
            tki_source_consume(&f.source, 400);
            p = tki_source_peek(&f.source, 5000, &n, &err);
            ok(p && n == 600, "and again what is left of it");
        }
        char to[2000];
        size_t got = 0;
        ptrdiff_t m;
        while ((m = tki_source_read(&f.source, to, sizeof to, &err)) > 0)
            got += (size_t)m;
        is_uint(got, peek ? 600 : 1000, "reading gives what came before the fault");
        is_int(m, TK_EINVALID, "then the fault");
        ok(strcmp(err.text, "fault 1") == 0 && err.has_offset && err.offset == 99, "with its words and place");
        ok(strcmp(err.source, "name") == 0 && err.record == 5, "and the caller's name for the source");
        struct tk_err again = {0};
        is_int(tki_source_read(&f.source, to, sizeof to, &again), TK_EINVALID, "the fault stays");
        is_str(again.text, "fault 1", "the same");
        ok(tki_source_peek(&f.source, 1, &n, &again) == NULL && n == 0 && again.code == TK_EINVALID, "for peeks too");
        is_int(f.calls_after, 1, "and is asked for once");
        tki_source_close(&f.source);
    }
    struct failing f = {.source = {.read = read_failing, .close = close_failing}};
    struct tki_source *s = &f.source;
    is_int(tki_source_add_filters(&s, 0, NULL), TK_EINVALID,
           "a fault at once is the filters' answer, with nobody to tell");
    ok(s == &f.source, "and the source stays");
    tki_source_close(s);
}

static void test_files(struct rng *r)
{
    struct tki_source *s;
    struct tk_err err = {0};
    is_int(tki_source_open(&s, in_dir("none"), &err), TK_EIO, "a file that is not there");
    ok(err.sys_errno == ENOENT && strstr(err.text, "No such file") && !s, "says so");
    is_str(err.source, in_dir("none"), "and which");
    is_int(tki_source_open(&s, dir, &err), TK_EIO, "a folder");
    is_str(err.text, "is a directory: --recursive reads the files in it", "says so");
    char long_name[600];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    is_int(tki_source_open(&s, long_name, &err), TK_EIO, "a name that is too long");
    is_int(err.sys_errno, ENAMETOOLONG, "says so");

    struct tki_buf b = random_bytes(r, 700000);
    FILE *f = fopen(in_dir("data"), "wb");
    if (!f || fwrite(b.p, 1, b.n, f) != b.n || fclose(f) != 0)
        bail_out("cannot write");
    is_int(tki_source_open(&s, in_dir("data"), &err), 0, "a file");
    size_t n;
    ok(tki_source_peek(s, 100, &n, &err) && n >= 100, "is peeked at");
    struct outcome o = drain(s, 256 * 1024, r);
    ok(o.code == 0 && same_bytes(&o.bytes, b.p, b.n), "and read");
    is_uint(tki_source_bytes_read(s), b.n, "and counted");
    tki_source_close(s);
    tki_buf_free(&o.bytes);
    tki_buf_free(&b);
}

/* A regular file as standard input is read from where it stands, and left where the reading ended. */
static void test_shared_position(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 300000);
    int saved = dup(STDIN_FILENO), fd = open(in_dir("data"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct tki_source *s;
    struct tk_err err = {0};
    uint64_t at;
    if (fd < 0 || write(fd, b.p, b.n) != (ssize_t)b.n || lseek(fd, 1000, SEEK_SET) != 1000 ||
        dup2(fd, STDIN_FILENO) < 0)
        bail_out("cannot write");
    is_int(tki_source_open(&s, "-", &err), 0, "a file as standard input");
    char to[4096];
    is_int(tki_source_read(s, to, sizeof to, &err), sizeof to, "is read");
    ok(memcmp(to, b.p + 1000, sizeof to) == 0, "from where it stands");
    struct tki_file *file = tki_source_file(s, &at);
    is_uint(file ? at : 0, 1000 + sizeof to, "and says where it goes on");
    tki_file_hold(file);
    is_uint(tki_file_size(file), b.n, "how large it is");
    is_uint(tki_file_read(file, to, sizeof to, 200000), sizeof to, "another reads elsewhere in it");
    ok(memcmp(to, b.p + 200000, sizeof to) == 0, "what is there");
    is_uint(tki_file_read(file, to, sizeof to, b.n - 5), 5, "and at its end");
    tki_source_skip(s, 50000);
    is_uint(tki_source_bytes_read(s), 50000 + sizeof to, "what was skipped counts as read");
    tki_source_close(s);
    is_int(lseek(fd, 0, SEEK_CUR), 1000 + 50000 + sizeof to, "the next program finds it behind that");
    is_uint(tki_file_read(file, to, 10, 0), 10, "who holds it reads on");
    tki_file_drop(file);
    ok(fcntl(STDIN_FILENO, F_GETFD) >= 0, "and standard input stays open");
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(fd);
    tki_buf_free(&b);
}

struct feeder {
    int fd;
    const struct tki_buf *bytes;
};

static void *feed_pipe(void *arg)
{
    const struct feeder *f = arg;
    for (size_t at = 0; at < f->bytes->n;) {
        ssize_t w = write(f->fd, f->bytes->p + at, f->bytes->n - at < 777 ? f->bytes->n - at : 777);
        if (w < 0)
            break;
        at += (size_t)w;
    }
    close(f->fd);
    return NULL;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
    (void)sig;
    alarms++;
}

/* Standard input as a pipe, while signals interrupt the reading. */
static void test_standard_input(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 500000);
    int saved = dup(STDIN_FILENO), fds[2];
    struct tk_err err = {0};
    struct tki_source *s;
    pthread_t thread;
    if (pipe(fds) < 0 || dup2(fds[0], STDIN_FILENO) < 0)
        bail_out("no pipe");
    close(fds[0]);
    struct feeder f = {fds[1], &b};
    struct sigaction action = {.sa_handler = on_alarm}, before; /* without SA_RESTART: read answers EINTR */
    sigaction(SIGUSR1, &action, &before);
    is_int(tki_source_open(&s, "-", &err), 0, "standard input");
    is_str(err.source, "standard input", "has its name");
    ok(fcntl(STDIN_FILENO, F_GETPIPE_SZ) >= 65536, "its pipe is no smaller than before");
    pthread_create(&thread, NULL, feed_pipe, &f);
    struct outcome o = {0};
    for (;;) {
        char to[3000];
        ptrdiff_t n = tki_source_read(s, to, sizeof to, &err);
        if (n <= 0) {
            o.code = (int)n;
            break;
        }
        tki_buf_put(&o.bytes, to, (size_t)n);
        raise(SIGUSR1);
    }
    pthread_join(thread, NULL);
    ok(o.code == 0 && same_bytes(&o.bytes, b.p, b.n), "all of it, through %d signals", (int)alarms);
    tki_source_close(s);
    ok(fcntl(STDIN_FILENO, F_GETFD) >= 0, "closing the source leaves standard input open");
    tki_buf_free(&o.bytes);
    sigaction(SIGUSR1, &before, NULL);

    close(STDIN_FILENO);
    is_int(tki_source_open(&s, NULL, &err), TK_EIO, "standard input may be closed");
    is_int(err.sys_errno, EBADF, "which is said");
    int folder = open(dir, O_RDONLY);
    is_int(folder, STDIN_FILENO, "or a folder");
    is_int(tki_source_open(&s, NULL, &err), TK_EIO, "which is refused");
    is_str(err.text, "is a directory: --recursive reads the files in it", "in the same words");
    dup2(saved, STDIN_FILENO);
    close(saved);
    tki_buf_free(&b);
}

struct late {
    pthread_t reader;
    int fd;
};

static void *interrupt_and_write(void *arg)
{
    const struct late *late = arg;
    for (int i = 0; i < 20; i++) {
        usleep(2000);
        pthread_kill(late->reader, SIGUSR1);
    }
    if (write(late->fd, "late", 4) != 4)
        diag("nothing was written");
    close(late->fd);
    return NULL;
}

/* The read is interrupted again and again while it waits for a slow writer. */
static void test_interrupted(void)
{
    int fds[2];
    struct tk_err err = {0};
    struct tki_source *s;
    char path[64], to[16] = "";
    pthread_t thread;
    struct sigaction action = {.sa_handler = on_alarm}, before;
    if (pipe(fds) < 0)
        bail_out("no pipe");
    sigaction(SIGUSR1, &action, &before);
    snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
    is_int(tki_source_open(&s, path, &err), 0, "a pipe by its name");
    alarms = 0;
    struct late late = {pthread_self(), fds[1]};
    pthread_create(&thread, NULL, interrupt_and_write, &late);
    ptrdiff_t n = tki_source_read(s, to, sizeof to, &err);
    pthread_join(thread, NULL);
    ok(n == 4 && memcmp(to, "late", 4) == 0 && alarms > 0, "a read goes on after %d interruptions", (int)alarms);
    tki_source_close(s);
    close(fds[0]);
    sigaction(SIGUSR1, &before, NULL);
}

static void *write_late(void *arg)
{
    int fd = *(const int *)arg;
    for (int i = 0; i < 3; i++) {
        usleep(10000);
        if (write(fd, "late", 4) != 4)
            diag("nothing was written");
    }
    close(fd);
    return NULL;
}

/* Who started us made standard input non-blocking: it is waited for all the same. */
static void test_non_blocking(void)
{
    int fds[2], saved = dup(STDIN_FILENO);
    struct tk_err err = {0};
    struct tki_source *s;
    pthread_t thread;
    if (pipe(fds) < 0 || fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
        bail_out("no pipe");
    dup2(fds[0], STDIN_FILENO);
    close(fds[0]);
    is_int(tki_source_open(&s, NULL, &err), 0, "standard input that does not block");
    pthread_create(&thread, NULL, write_late, &fds[1]);
    struct outcome o = drain(s, 1, NULL);
    pthread_join(thread, NULL);
    ok(o.code == 0 && same_bytes(&o.bytes, "latelatelate", 12), "is waited for");
    tki_buf_free(&o.bytes);
    tki_source_close(s);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

static void test_unread(void)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *name; /* NULL: not compressed */
    } cases[] = {
        {"BZhello, world", 14, NULL},
        {"BZh", 3, NULL},
        {"\xfd"
         "7zX",
         4, NULL},
        {"\x02\x21\x4c\x18....", 8, "lz4 of its legacy format"},
        {"BZh91AY&S", 9, NULL},
        {"\x04\x22\x4d", 3, NULL},
        {"\xff\x06\x00\x00sNaPpY", 10, "snappy"},
        {"\xff\x06\x00\x00sNaPp", 9, NULL},
        {"PK\x03\x04....", 8, "zip"},
        {"PK\x03", 3, NULL},
        {"\x28", 1, NULL},
        {"\x28\xb5", 2, NULL},
        {"\x28\xb5\x2f", 3, NULL},
        {"\x1f", 1, NULL},
        {"\x1f\x8b", 2, NULL},
        {"\x1f\x8b\x08", 3, NULL},
        {"\x1f\x8b\x08\xe0", 4, NULL},
        {"\x1f\x8b\x07\x00....", 8, NULL},
        {"\x50\x2a\x4d", 3, NULL},
        {"{\"resourceSpans\":[]}", 20, NULL},
        {"\n\0", 2, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_source *s, *was;
        struct tk_err err = {0};
        tki_source_open_memory(&s, cases[i].bytes, cases[i].n, 1, &err);
        was = s;
        int code = tki_source_add_filters(&s, 0, &err);
        if (cases[i].name)
            ok(code == TK_EUNSUPPORTED && strstr(err.text, cases[i].name) && strstr(err.text, "decompress it first"),
               "case %zu is %s", i, cases[i].name);
        else
            is_int(code, 0, "case %zu is not compressed", i);
        ok(s == was, "case %zu: the source stays", i);
        struct outcome o = drain(s, 1, NULL);
        ok(same_bytes(&o.bytes, cases[i].bytes, cases[i].n), "case %zu: and nothing of it is lost", i);
        tki_buf_free(&o.bytes);
        tki_source_close(s);
    }
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    if (!mkdtemp(dir))
        bail_out("no folder for temporary files");
    test_memory(&r);
    test_mixture(&r);
    test_fault();
    test_files(&r);
    test_shared_position(&r);
    test_standard_input(&r);
    test_interrupted();
    test_non_blocking();
    test_unread();
    unlink(in_dir("data"));
    rmdir(dir);
    return done_testing();
}
