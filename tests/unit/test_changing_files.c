/* Files that change while they are read: what is lost is said, what is added is left for the next time. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io_help.h"

enum { LINES = 40000, BLOCK = 1000 };

static char path[] = "/tmp/tracekit-test-XXXXXX";

static const char line_format[] =
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"%032x\",\"spanId\":\"%016x\","
    "\"name\":\"a name that makes this line some hundreds of bytes long, so that the file is larger than what all threads "
    "of a reader hold at once, which is some megabytes, and the part that is cut off was not read by any of them\","
    "\"startTimeUnixNano\":\"1700000000000000000\",\"endTimeUnixNano\":\"1700000000000000001\"}]}]}]}\n";

/* A file of so many lines, each a record of one span; all are of the same length. */
static size_t write_lines(unsigned lines)
{
    FILE *f = fopen(path, "w");
    for (unsigned i = 1; f && i <= lines; i++)
        fprintf(f, line_format, i, i);
    if (!f || fclose(f) != 0)
        bail_out("cannot write %s", path);
    struct stat st;
    if (stat(path, &st) < 0)
        bail_out("no %s", path);
    return (size_t)st.st_size / lines;
}

static void append_line(void)
{
    FILE *f = fopen(path, "a");
    if (!f || fprintf(f, line_format, LINES + 1, LINES + 1) < 0 || fclose(f) != 0)
        bail_out("cannot append to %s", path);
}

static void cut(off_t size)
{
    if (truncate(path, size) < 0)
        bail_out("cannot cut %s", path);
}

static void test_source(void)
{
    struct tki_source *s;
    struct tk_err err = {0};
    char to[BLOCK];
    size_t line = write_lines(100), n = 0;
    ptrdiff_t got;
    is_int(tki_source_open(&s, path, &err), 0, "a file");
    is_int(tki_source_read(s, to, sizeof to, &err), sizeof to, "is read");
    cut((off_t)(50 * line));
    for (n = BLOCK; (got = tki_source_read(s, to, sizeof to, &err)) > 0; n += (size_t)got)
        ;
    is_uint(n, 50 * line, "all is read that is left when it is cut");
    is_int(got, TK_ETRUNCATED, "and the end is none");
    ok(strstr(err.text, "became shorter") != NULL, "as the message says: %s", err.text);
    is_int(tki_source_read(s, to, sizeof to, &err), TK_ETRUNCATED, "whenever one asks");
    tki_source_close(s);

    line = write_lines(100);
    is_int(tki_source_open(&s, path, &err), 0, "a file");
    append_line();
    for (n = 0; (got = tki_source_read(s, to, sizeof to, &err)) > 0; n += (size_t)got)
        ;
    is_uint(n, 100 * line, "what is added to it is not read");
    is_int(got, 0, "and it ends well");
    struct tki_identity was = tki_source_identity(s);
    tki_source_close(s);
    ok(was.known && was.size == 100 * line, "what it was can be remembered");

    is_int(tki_source_open(&s, path, &err), 0, "the longer file");
    is_int(tki_source_again(s, &was, &err), 0, "is the one it was");
    for (n = 0; (got = tki_source_read(s, to, sizeof to, &err)) > 0; n += (size_t)got)
        ;
    is_uint(n, 100 * line, "and gives the same bytes again");
    tki_source_close(s);

    cut((off_t)line);
    is_int(tki_source_open(&s, path, &err), 0, "a shorter file");
    is_int(tki_source_again(s, &was, &err), 0, "is the one it was");
    for (n = 0; (got = tki_source_read(s, to, sizeof to, &err)) > 0; n += (size_t)got)
        ;
    is_uint(n, line, "gives what is left");
    is_int(got, TK_ETRUNCATED, "and no good end");
    tki_source_close(s);
    was.inode++;
    is_int(tki_source_open(&s, path, &err), 0, "another file of the name");
    is_int(tki_source_again(s, &was, &err), TK_EIO, "is refused");
    ok(strstr(err.text, "replaced") != NULL, "as the message says: %s", err.text);
    tki_source_close(s);
}

/* Sizes of files in /proc are 0, and those in /sys are those of a page: they say nothing. */
static void test_sizeless(void)
{
    static const char page[] = "/sys/kernel/uevent_seqnum";
    struct tki_source *s;
    struct tk_err err = {0};
    char to[BLOCK];
    if (access(page, R_OK) != 0) {
        skip(3, "there is no /sys");
    } else {
        is_int(tki_source_open(&s, page, &err), 0, "a file whose size is that of a page");
        ok(tki_source_read(s, to, sizeof to, &err) > 0, "is read");
        is_int(tki_source_read(s, to, sizeof to, &err), 0, "and ends well");
        tki_source_close(s);
    }
    if (access("/proc/self/status", R_OK) != 0) {
        skip(2, "there is no /proc");
        return;
    }
    is_int(tki_source_open(&s, "/proc/self/status", &err), 0, "a file without a size");
    ok(tki_source_read(s, to, sizeof to, &err) > 0, "is read");
    tki_source_close(s);
}

static uint64_t rest_of(struct tk_reader *r, int *code)
{
    struct tk_batch *b;
    uint64_t spans = 0;
    while ((*code = tk_reader_next(r, &b)) == 1)
        spans += b->nspans;
    return spans;
}

static struct tk_reader *reader(unsigned threads, bool rewindable)
{
    static const char *const name = path;
    struct tk_reader *r;
    struct tk_read_opts opts = {.threads = threads, .rewindable = rewindable};
    if (tk_reader_open(&r, &name, 1, &opts, NULL) < 0)
        bail_out("no reader");
    return r;
}

/* Cut at the end of a line, where nothing but the size shows it. */
static void test_reader(unsigned threads)
{
    size_t line = write_lines(LINES);
    struct tk_reader *r = reader(threads, false);
    struct tk_batch *b;
    int code = tk_reader_next(r, &b);
    uint64_t spans = code == 1 ? b->nspans : 0;
    cut((off_t)(line * (LINES - 10000)));
    spans += rest_of(r, &code);
    is_int(code, TK_ETRUNCATED, "%u threads: a file that is cut while it is read is not read whole", threads);
    is_uint(spans, LINES - 10000, "and what is left of it is");
    is_str(tk_reader_err(r)->source, path, "the error names the file");
    tk_reader_close(r);

    write_lines(LINES);
    r = reader(threads, false);
    code = tk_reader_next(r, &b);
    spans = code == 1 ? b->nspans : 0;
    append_line();
    spans += rest_of(r, &code);
    is_int(code, 0, "%u threads: one that grows is read whole", threads);
    is_uint(spans, LINES, "as it was in the beginning");
    tk_reader_close(r);
}

static void again(struct tk_reader *r, int want, uint64_t spans, const char *what)
{
    int code;
    if (tk_reader_rewind(r, TK_NEED_NAME, false) < 0)
        bail_out("not rewound");
    uint64_t got = rest_of(r, &code);
    is_int(code, want, "%s", what);
    is_uint(got, spans, "and so many spans come");
    diag("%s", tk_reader_err(r)->text);
    tk_reader_close(r);
}

static struct tk_reader *read_once(unsigned threads)
{
    write_lines(100);
    struct tk_reader *r = reader(threads, true);
    int code;
    if (rest_of(r, &code) != 100 || code != 0)
        bail_out("not read");
    return r;
}

/* Between two passes. */
static void test_passes(unsigned threads)
{
    struct tk_reader *r = read_once(threads);
    again(r, 0, 100, "an unchanged file is read again");

    r = read_once(threads);
    append_line();
    again(r, 0, 100, "one that grew, as it was");

    r = read_once(threads);
    write_lines(50);
    again(r, TK_ETRUNCATED, 50, "of one that became shorter what is left is read");

    r = read_once(threads);
    unlink(path);
    again(r, TK_EIO, 0, "one that is gone is not read");

    r = read_once(threads);
    struct stat st;
    int fd = open(path, O_WRONLY);
    if (fd < 0 || fstat(fd, &st) < 0)
        bail_out("no file");
    for (off_t at = 0; at < st.st_size; at += 1)
        if (pwrite(fd, at + 1 == st.st_size ? "\n" : " ", 1, at) != 1)
            bail_out("cannot write");
    close(fd);
    again(r, TK_EIO, 0, "one of the same size that holds something else is not taken for the same");
}

/* The first pass ended with an error; a second one that meets none is not the whole input, either. */
static void test_first_fault(void)
{
    size_t line = write_lines(LINES);
    struct tk_reader *r = reader(0, true);
    struct tk_batch *b;
    int code = tk_reader_next(r, &b);
    cut((off_t)(line * (LINES - 10000)));
    rest_of(r, &code);
    is_int(code, TK_ETRUNCATED, "the first pass ends with an error");
    write_lines(LINES);
    again(r, TK_ETRUNCATED, LINES, "and a second one that meets none does not forget it");
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        bail_out("no temporary file");
    close(fd);
    test_source();
    test_sizeless();
    test_reader(0);
    test_reader(2);
    test_passes(0);
    test_passes(2);
    test_first_fault();
    unlink(path);
    return done_testing();
}
