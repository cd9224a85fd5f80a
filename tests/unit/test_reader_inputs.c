/* Sources without a name in the file system: memory, descriptors and functions give what a file gives. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <unistd.h>

#include "format/otlp/otlp.h"
#include "oracle/captures.h"

struct result {
    struct tki_buf spans; /* as OTLP protobuf, one by one: where batches end does not show */
    int code;
    struct tk_err err;
    struct tk_read_stats stats;
    struct tk_notes notes;
    char source[64], format[32];
};

/* Reads to the end, `times` times, and closes. */
static struct result drain(int code, struct tk_reader *r, const struct tk_err *err, int times)
{
    struct result x = {.code = code, .err = *err};
    struct tk_batch *b;
    const char *format = NULL;
    if (code < 0)
        return x;
    while (times-- > 0) {
        tki_buf_reset(&x.spans);
        while ((x.code = tk_reader_next(r, &b)) == 1)
            for (uint32_t i = 0; i < b->nspans; i++)
                tki_otlp_proto_put(&x.spans, b, &i, 1);
        if (times > 0 && tk_reader_rewind(r, TK_NEED_ALL, false) < 0)
            bail_out("cannot read again: %s", tk_reader_err(r)->text);
    }
    x.err = *tk_reader_err(r);
    x.stats = *tk_reader_stats(r);
    x.notes = *tk_reader_notes(r);
    snprintf(x.source, sizeof x.source, "%s", tk_reader_source(r, &format));
    snprintf(x.format, sizeof x.format, "%s", format ? format : "");
    tk_reader_close(r);
    return x;
}

static void same(const struct result *file, struct result *other, const char *name, const char *how)
{
    ok(other->spans.n == file->spans.n && other->code == file->code &&
           (!file->spans.n || memcmp(other->spans.p, file->spans.p, file->spans.n) == 0),
       "%s %s: the spans of the file", name, how);
    ok(other->stats.bytes == file->stats.bytes && other->stats.records == file->stats.records &&
           memcmp(&other->notes, &file->notes, sizeof file->notes) == 0 && strcmp(other->format, file->format) == 0,
       "%s %s: and its format, counts and notes", name, how);
    tki_buf_free(&other->spans);
}

/* ---- functions ---- */

struct script { /* gives bytes, then ends as it says */
    const char *p;
    size_t n, at, chunk;
    int end; /* 0 or a code */
    const char *text;
    int sys_errno;
    unsigned after_end; /* calls that should not have come */
    bool ended;
};

static ptrdiff_t give(void *ctx, void *to, size_t cap, struct tk_err *err)
{
    struct script *s = ctx;
    size_t n = s->n - s->at < cap ? s->n - s->at : cap;
    s->after_end += s->ended;
    if (s->chunk && n > s->chunk)
        n = s->chunk;
    if (n) {
        memcpy(to, s->p + s->at, n);
        s->at += n;
        return (ptrdiff_t)n;
    }
    s->ended = true;
    if (s->text)
        snprintf(err->text, sizeof err->text, "%s", s->text);
    err->sys_errno = s->sys_errno;
    return s->end;
}

static struct result from_function(struct script *s, const char *name, const struct tk_read_opts *opts, int times)
{
    struct tk_reader *r;
    struct tk_err err = {0};
    int code = tk_reader_open_callback(&r, give, s, name, opts, &err);
    return drain(code, r, &err, times);
}

/* ---- the same as files ---- */

static bool file_bytes(const char *path, struct tki_buf *to)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0;
    while (f && tki_buf_room(to, 1 << 16) && (n = fread(to->p + to->n, 1, 1 << 16, f)) > 0)
        to->n += n;
    if (f)
        fclose(f);
    return f && !to->err;
}

static void compare(const struct capture *c)
{
    struct tk_read_opts opts = {.needs = TK_NEED_ALL}, again = opts;
    struct tk_err err = {0};
    struct tk_reader *r;
    struct tki_buf in = {0};
    const char *path = c->path;
    if (!file_bytes(path, &in))
        bail_out("cannot read %s", path);
    int code = tk_reader_open(&r, &path, 1, &opts, &err);
    struct result file = drain(code, r, &err, 1), x;
    ok(file.code == 0 && file.spans.n > 0, "%s: the file is read: %s", c->name, file.err.text);

    code = tk_reader_open_memory(&r, in.p, in.n, NULL, &opts, &err);
    x = drain(code, r, &err, 1);
    same(&file, &x, c->name, "from memory");

    struct script bytes = {.p = in.p, .n = in.n, .chunk = 1};
    x = from_function(&bytes, NULL, &opts, 1);
    same(&file, &x, c->name, "a byte at a time");
    is_uint(bytes.after_end, 0, "and the end is asked for once");

    opts.threads = 3;
    struct script some = {.p = in.p, .n = in.n, .chunk = 4093};
    x = from_function(&some, NULL, &opts, 1);
    same(&file, &x, c->name, "in chunks, on threads");

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    code = tk_reader_open_fd(&r, fd, NULL, &opts, &err);
    x = drain(code, r, &err, 1);
    same(&file, &x, c->name, "from a descriptor");
    is_int(lseek(fd, 0, SEEK_CUR), (int64_t)in.n, "which stays open, behind what was read");
    lseek(fd, 0, SEEK_SET);

    again.rewindable = true;
    code = tk_reader_open_fd(&r, fd, NULL, &again, &err);
    x = drain(code, r, &err, 2);
    same(&file, &x, c->name, "from a descriptor, the second time");
    struct script twice = {.p = in.p, .n = in.n, .chunk = 1021};
    x = from_function(&twice, NULL, &again, 2);
    same(&file, &x, c->name, "from a function, the second time");
    code = tk_reader_open_memory(&r, in.p, in.n, NULL, &again, &err);
    x = drain(code, r, &err, 2);
    same(&file, &x, c->name, "from memory, the second time");
    close(fd);
    tki_buf_free(&file.spans);
    tki_buf_free(&in);
}

/* ---- names and descriptors ---- */

static const char line[] = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
                           "{\"stringValue\":\"shop\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                           "\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\",\"name\":\"work\","
                           "\"startTimeUnixNano\":\"1790000000000000000\",\"endTimeUnixNano\":"
                           "\"1790000000000000001\"}]}]}]}\n";

static void *write_lines(void *arg)
{
    int fd = *(const int *)arg;
    for (int i = 0; i < 1000; i++)
        if (write(fd, line, sizeof line - 1) != (ssize_t)sizeof line - 1)
            break;
    close(fd);
    return NULL;
}

static void test_pipe(void)
{
    int ends[2];
    pthread_t writer;
    struct tk_reader *r;
    struct tk_err err = {0};
    if (pipe(ends) < 0 || pthread_create(&writer, NULL, write_lines, &ends[1]) != 0)
        bail_out("no pipe");
    int code = tk_reader_open_fd(&r, ends[0], "the queue", NULL, &err);
    struct result x = drain(code, r, &err, 1);
    is_int(x.code, 0, "a pipe is read: %s", x.err.text);
    is_uint(x.stats.spans, 1000, "all of it");
    is_str(x.source, "the queue", "under the name that was given");
    pthread_join(writer, NULL);
    is_int(fcntl(ends[0], F_GETFD) >= 0, true, "the descriptor stays open");
    close(ends[0]);
    tki_buf_free(&x.spans);
}

static void test_names(void)
{
    struct tk_reader *r;
    struct tk_err err = {0};
    char shown[600];
    char name[] = "-"; /* no name of standard input here; and not borrowed */
    int code = tk_reader_open_memory(&r, "{\"resourceSpans\":[{]", 20, name, NULL, &err);
    name[0] = 'x';
    struct result x = drain(code, r, &err, 1);
    is_int(x.code, TK_EINVALID, "bad bytes are an error");
    is_str(x.err.source, "-", "of the source by its name");
    code = tk_reader_open_memory(&r, line, 40, NULL, NULL, &err);
    x = drain(code, r, &err, 1);
    is_int(x.code, TK_ETRUNCATED, "bytes that end too early are an error");
    tk_err_format(&x.err, shown, sizeof shown);
    ok(strncmp(shown, "memory: ", 8) == 0, "that says where: %s", shown);
    code = tk_reader_open_memory(&r, NULL, 0, NULL, NULL, &err);
    x = drain(code, r, &err, 1);
    is_int(x.code, 0, "no bytes are no traces");
    int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(closed);
    code = tk_reader_open_fd(&r, closed, NULL, NULL, &err);
    x = drain(code, r, &err, 1);
    is_int(x.code, TK_EIO, "a descriptor that is not open is an error");
    is_int(x.err.sys_errno, EBADF, "with its number");
    snprintf(shown, sizeof shown, "descriptor %d", closed);
    is_str(x.err.source, shown, "and its name");
    const struct tk_read_opts odd = {.format = "nonsense"};
    is_int(tk_reader_open_memory(&r, line, sizeof line - 1, NULL, &odd, &err), TK_EUSAGE, "so is an unknown format");
    ok(!r, "and then there is no reader");
}

/* ---- functions that fail ---- */

static void fails(struct script s, unsigned threads, int code, const char *text, uint64_t spans)
{
    const struct tk_read_opts opts = {.threads = threads};
    struct result x = from_function(&s, "the store", &opts, 1);
    is_int(x.code, code, "a function that fails, %u threads: the code", threads);
    is_str(x.err.text, text, "what it says");
    is_str(x.err.source, "the store", "of which source");
    is_int(x.err.sys_errno, s.sys_errno, "and the number of the system's error");
    is_uint(x.stats.spans, spans, "after everything that was whole before");
    is_uint(s.after_end, 0, "it is not called again");
    tki_buf_free(&x.spans);
}

static ptrdiff_t lies(void *ctx, void *to, size_t cap, struct tk_err *err)
{
    (void)ctx;
    (void)err;
    memset(to, ' ', cap);
    return (ptrdiff_t)cap + 1;
}

static void test_failures(void)
{
    enum { LINES = 3000 };
    struct tki_buf in = {0};
    struct tk_reader *r;
    struct tk_err err = {0};
    for (int i = 0; i < LINES; i++)
        tki_buf_put(&in, line, sizeof line - 1);
    for (unsigned threads = 0; threads < 4; threads += 3) {
        fails((struct script){.end = TK_EIO}, threads, TK_EIO, "the function that reads failed", 0);
        fails(
            (struct script){
                .p = in.p, .n = in.n, .chunk = 10007, .end = TK_EIO, .text = "the lease ended", .sys_errno = ETIMEDOUT},
            threads, TK_EIO, "the lease ended", LINES);
        fails((struct script){.p = in.p, .n = in.n - 9, .end = TK_ELIMIT, .text = "enough"}, threads, TK_ELIMIT,
              "enough", LINES - 1);
        fails((struct script){.p = line, .n = sizeof line - 1, .end = -77}, threads, TK_EIO,
              "the function that reads failed", 1);
    }
    int code = tk_reader_open_callback(&r, lies, NULL, NULL, NULL, &err);
    struct result x = drain(code, r, &err, 1);
    is_int(x.code, TK_EUSAGE, "a function that says more than there is room for is an error");
    ok(strstr(x.err.text, "bytes and had room for") != NULL, "that says so: %s", x.err.text);
    is_str(x.err.source, "function", "of a source without a name");

    const struct tk_read_opts keep = {.keep_going = true};
    struct script s = {.p = in.p, .n = in.n, .end = TK_EIO, .text = "gone"};
    code = tk_reader_open_callback(&r, give, &s, NULL, &keep, &err);
    x = drain(code, r, &err, 1);
    is_int(x.code, 0, "with keep_going a failure is a problem");
    is_uint(x.stats.records_skipped, 1, "that is counted");
    is_uint(x.stats.spans, LINES, "and what came before is read");
    tki_buf_free(&x.spans);
    tki_buf_free(&in);
}

int main(void)
{
    static struct captures captures;
    captures_testdata(&captures);
    for (size_t i = 0; i < captures.n; i++)
        if (captures.at[i].format[0])
            compare(&captures.at[i]);
    test_pipe();
    test_names();
    test_failures();
    return done_testing();
}
