/* Sinks: a file has its name only when it is whole; devices and pipes are written as they are; no fault is
 * lost. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/sink.h"
#include "io_help.h"

static char dir[] = "/tmp/tracekit-test-XXXXXX";

static const char *in_dir(const char *name)
{
    static char paths[4][512];
    static int at;
    char *path = paths[at++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static struct tki_buf read_file(const char *path)
{
    struct tki_source *s;
    struct tk_err err = {0};
    if (tki_source_open(&s, path, &err) < 0)
        return (struct tki_buf){.err = err.code};
    int code = tki_source_add_filters(&s, 0, &err);
    struct outcome o = code ? (struct outcome){.code = code} : drain(s, 65536, NULL);
    o.bytes.err = o.code;
    tki_source_close(s);
    return o.bytes;
}

static bool holds(const char *path, const char *p, size_t n)
{
    struct tki_buf b = read_file(path);
    bool same = b.err == 0 && same_bytes(&b, p, n);
    tki_buf_free(&b);
    return same;
}

/* Names in the folder, but for "." and "..". */
static int count_files(void)
{
    DIR *d = opendir(dir);
    int n = -2;
    while (d && readdir(d))
        n++;
    closedir(d);
    return n;
}

static int write_pieces(struct tki_sink *s, const struct tki_buf *b, struct rng *r, struct tk_err *err)
{
    for (size_t at = 0; at < b->n;) {
        size_t n = rng_below(r, 8) ? rng_below(r, 3000) : rng_below(r, 600000);
        n = n < b->n - at ? n : b->n - at;
        int e = tki_sink_write(s, b->p + at, n, err);
        if (e < 0)
            return e;
        at += n;
        if (rng_below(r, 50) == 0 && (e = tki_sink_flush(s, err)) < 0)
            return e;
    }
    return 0;
}

static void test_files(struct rng *r)
{
    static const size_t sizes[] = {0, 1, 262143, 262144, 262145, 3000000};
    const char *path = in_dir("out");
    int unnamed = open(dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666),
        parts = unnamed < 0; /* where that works, nothing can be left over */
    if (unnamed >= 0)
        close(unnamed);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int level = 0; level <= 19; level += level < 3 ? 1 : 16) {
            struct tki_buf b = random_bytes(r, sizes[i]);
            struct tki_sink *s;
            struct tk_err err = {0};
            if (level == 19 && sizes[i] > 1000000)
                b.n = 1000000;
            unlink(path);
            bool good = tki_sink_open(&s, path, level, level == 2 ? 2 : 0, &err) == 0;
            good = good && write_pieces(s, &b, r, &err) == 0;
            good = good && access(path, F_OK) < 0 && count_files() == parts;
            good = good && tki_sink_bytes(s) == b.n && tki_sink_close(s, &err) == 0;
            ok(good, "%zu bytes at level %d: the name comes at the end", b.n, level);
            ok(holds(path, b.p, b.n) && count_files() == 1, "and the bytes are there, and nothing else");
            tki_buf_free(&b);
        }
}

static void test_flush(struct rng *r)
{
    for (int level = 0; level <= 3; level += 3) {
        struct tki_buf b = random_bytes(r, 1000);
        int fds[2];
        char path[64], to[4000];
        struct tki_sink *s;
        struct tk_err err = {0};
        if (pipe2(fds, O_NONBLOCK) < 0)
            bail_out("no pipe");
        snprintf(path, sizeof path, "/dev/fd/%d", fds[1]);
        tki_sink_open(&s, path, level, 0, &err);
        tki_sink_write(s, b.p, b.n, &err);
        ok(read(fds[0], to, sizeof to) < 0, "level %d: a buffer is filled first", level);
        is_int(tki_sink_flush(s, &err), 0, "flush");
        ssize_t n = read(fds[0], to, sizeof to);
        struct outcome o = {0};
        if (n > 0)
            o = unpack((tk_str){to, (size_t)n}, 0, 0, r);
        ok(n > 0 && same_bytes(&o.bytes, b.p, b.n), "sends on everything there is");
        is_int(tki_sink_close(s, &err), 0, "close");
        close(fds[0]);
        close(fds[1]);
        tki_buf_free(&o.bytes);
        tki_buf_free(&b);
    }
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        bail_out("cannot write %s", path);
}

static int write_text(const char *path, const char *text, struct tk_err *err)
{
    struct tki_sink *s;
    int e = tki_sink_open(&s, path, 0, 0, err);
    if (e < 0)
        return e;
    e = tki_sink_write(s, text, strlen(text), err);
    int c = tki_sink_close(s, err);
    return e < 0 ? e : c;
}

static void test_names(void)
{
    struct tk_err err = {0};
    struct tki_sink *s;
    struct stat st;
    put(in_dir("old"), "old");
    ok(tki_sink_open(&s, in_dir("old"), 0, 0, &err) == 0 && tki_sink_write(s, "new", 3, &err) == 0, "over a file");
    tki_sink_flush(s, &err);
    ok(holds(in_dir("old"), "old", 3), "the old one stays until the end");
    tki_sink_abort(s);
    ok(holds(in_dir("old"), "old", 3) && count_files() == 2, "and for good when it is given up");
    ok(write_text(in_dir("old"), "new", &err) == 0 && holds(in_dir("old"), "new", 3), "or is replaced");

    mode_t mask = umask(027);
    unlink(in_dir("old"));
    write_text(in_dir("old"), "x", &err);
    ok(stat(in_dir("old"), &st) == 0 && (st.st_mode & 0777) == 0640, "the mode honours the umask");
    umask(mask);

    char longest[256];
    memset(longest, 'n', 255);
    longest[255] = 0;
    ok(write_text(in_dir(longest), "x", &err) == 0 && holds(in_dir(longest), "x", 1), "a name of 255 bytes");
    unlink(in_dir(longest));

    put(in_dir("target"), "old");
    if (symlink("target", in_dir("link")) < 0)
        bail_out("no link");
    ok(write_text(in_dir("link"), "through", &err) == 0 && holds(in_dir("target"), "through", 7), "through a link");
    ok(lstat(in_dir("link"), &st) == 0 && S_ISLNK(st.st_mode), "which stays one");
    unlink(in_dir("target"));
    ok(write_text(in_dir("link"), "x", &err) == 0 && holds(in_dir("link"), "x", 1), "a link that leads nowhere");
    unlink(in_dir("link"));
    unlink(in_dir("target"));

    char here[512];
    if (!getcwd(here, sizeof here) || chdir(dir) < 0)
        bail_out("no folder");
    ok(write_text("plain", "x", &err) == 0 && holds(in_dir("plain"), "x", 1), "a name without a folder");
    if (chdir(here) < 0)
        bail_out("no way back");
    unlink(in_dir("plain"));

    is_int(write_text(in_dir("no/such"), "x", &err), TK_EIO, "a folder that is not there");
    ok(err.sys_errno == ENOENT && strstr(err.text, "No such file or directory"), "says so");
    is_str(err.source, in_dir("no/such"), "and where");
    is_int(write_text(dir, "x", &err), TK_EIO, "a folder");
    is_int(err.sys_errno, EISDIR, "is no file");
    tki_sink_abort(NULL);
}

struct reader {
    const char *path;
    struct tki_buf got;
};

static void *read_fifo(void *arg)
{
    struct reader *x = arg;
    x->got = read_file(x->path);
    return NULL;
}

static void test_in_place(struct rng *r)
{
    struct tk_err err = {0};
    struct stat st;
    is_int(write_text("/dev/null", "x", &err), 0, "/dev/null");
    ok(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode), "stays what it is");

    char path[512];
    snprintf(path, sizeof path, "%s", in_dir("fifo"));
    if (mkfifo(path, 0600) < 0)
        bail_out("no fifo");
    struct reader x = {.path = path};
    struct tki_buf b = random_bytes(r, 500000);
    pthread_t thread;
    struct tki_sink *s;
    pthread_create(&thread, NULL, read_fifo, &x);
    bool good = tki_sink_open(&s, path, 1, 0, &err) == 0 && write_pieces(s, &b, r, &err) == 0;
    good = good && tki_sink_close(s, &err) == 0;
    pthread_join(thread, NULL);
    ok(good && same_bytes(&x.got, b.p, b.n), "a fifo is written as it is");
    ok(stat(path, &st) == 0 && S_ISFIFO(st.st_mode), "and stays one");
    unlink(path);
    tki_buf_free(&x.got);
    tki_buf_free(&b);

    /* An open file by its name: what is written must reach the open one, behind what it has. */
    put(in_dir("log"), "before ");
    int fd = open(in_dir("log"), O_RDWR | O_APPEND);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    fstat(fd, &st);
    ino_t inode = st.st_ino;
    is_int(write_text(path, "after", &err), 0, "an open file by its name");
    ok(stat(in_dir("log"), &st) == 0 && st.st_ino == inode, "is not replaced");
    ok(holds(in_dir("log"), "before after", 12), "and gets the bytes");
    close(fd);
    unlink(in_dir("log"));
}

/* Runs f with standard output led elsewhere. */
static int with_stdout(int fd, int (*f)(struct tk_err *), struct tk_err *err)
{
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    if (fd >= 0)
        dup2(fd, STDOUT_FILENO);
    else
        close(STDOUT_FILENO);
    int e = f(err);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    return e;
}

static int write_hello(struct tk_err *err)
{
    int e = write_text("-", "hello", err);
    return e < 0 ? e : fcntl(STDOUT_FILENO, F_GETFD) < 0 ? -100 : 0;
}

static int write_nothing(struct tk_err *err)
{
    return write_text(NULL, "", err);
}

static void test_standard_output(void)
{
    struct tk_err err = {0};
    int fds[2];
    char to[16];
    if (pipe(fds) < 0)
        bail_out("no pipe");
    is_int(with_stdout(fds[1], write_hello, &err), 0, "standard output, which stays open");
    ok(read(fds[0], to, sizeof to) == 5 && memcmp(to, "hello", 5) == 0, "gets the bytes");
    is_str(err.source, "standard output", "and has its name");
    close(fds[0]);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    is_int(with_stdout(fds[1], write_hello, &err), TK_EIO, "a pipe without a reader");
    is_int(err.sys_errno, EPIPE, "is EPIPE");
    signal(SIGPIPE, before);
    close(fds[1]);
    is_int(with_stdout(-1, write_hello, &err), TK_EIO, "standard output may be closed");
    is_int(err.sys_errno, EBADF, "which is said");
    is_int(with_stdout(-1, write_nothing, &err), 0, "unless there was nothing to write");
}

static void test_faults(struct rng *r)
{
    struct tki_buf b = random_bytes(r, 2000000);
    struct tki_sink *s;
    for (int level = 0; level <= 1; level++) {
        struct tk_err err = {0};
        is_int(tki_sink_open(&s, "/dev/full", level, 0, &err), 0, "a full device, level %d", level);
        is_int(tki_sink_write(s, "x", 1, &err), 0, "takes what the buffer holds");
        is_int(tki_sink_close(s, &err), TK_EIO, "and fails at the end");
        is_int(err.sys_errno, ENOSPC, "for want of room");
        ok(strstr(err.text, "No space left on device") && strcmp(err.source, "/dev/full") == 0, "which is said");
        tki_sink_open(&s, "/dev/full", level, 0, &err);
        is_int(write_pieces(s, &b, r, &err), TK_EIO, "much fails on the way");
        err = (struct tk_err){0};
        is_int(tki_sink_write(s, "x", 1, &err), TK_EIO, "the fault stays");
        ok(err.sys_errno == ENOSPC && strstr(err.text, "No space left"), "the same");
        is_int(tki_sink_flush(s, NULL), TK_EIO, "for flush");
        is_int(tki_sink_close(s, &err), TK_EIO, "and close");
    }
    /* A file that could not be written whole never gets its name, whatever the caller does next. */
    put(in_dir("out"), "old");
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t max = 0; max < 1200000; max += 99999) {
        struct tk_err err = {0};
        limit = (struct rlimit){max, before.rlim_max};
        fflush(stdout);
        setrlimit(RLIMIT_FSIZE, &limit);
        tki_sink_open(&s, in_dir("out"), 0, 0, &err);
        int e = write_pieces(s, &b, r, &err);
        int c = tki_sink_close(s, &err);
        setrlimit(RLIMIT_FSIZE, &before);
        ok((e == TK_EIO || e == 0) && c == TK_EIO && err.sys_errno == EFBIG, "a file limited to %lu bytes fails",
           (unsigned long)max);
        ok(holds(in_dir("out"), "old", 3) && count_files() == 1, "and leaves the old one");
    }
    signal(SIGXFSZ, handler);
    tki_buf_free(&b);
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    if (!mkdtemp(dir))
        bail_out("no folder for temporary files");
    test_files(&r);
    test_flush(&r);
    test_names();
    test_in_place(&r);
    unlink(in_dir("old"));
    test_standard_output();
    test_faults(&r);
    unlink(in_dir("out"));
    ok(rmdir(dir) == 0, "no file is left");
    return done_testing();
}
