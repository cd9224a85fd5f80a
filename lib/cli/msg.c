#include "cli/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/term.h"
#include "io/again.h"
#include "report/number.h"
#include "run/reader.h"

enum { OWN_PAGES = 1 << 20, TOP_KEPT = 4 << 20 }; /* bytes of one allocation, and of what is free at the end */

static const char *program = "tracekit";
static void (*before_message)(void);

/* A descriptor that the caller closed would otherwise become the first file we open, and take our output. The
 * wrong direction makes its use fail, as it would have. */
static void hold(int fd, int flags)
{
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
        return;
    int got = open("/dev/null", flags);
    if (got >= 0 && got != fd) {
        dup2(got, fd);
        close(got);
    }
}

void tki_cli_start(const char *name)
{
    if (name && *name) {
        const char *slash = strrchr(name, '/');
        program = slash && slash[1] ? slash + 1 : name;
    }
    hold(STDIN_FILENO, O_WRONLY);
    hold(STDOUT_FILENO, O_RDONLY);
    hold(STDERR_FILENO, O_RDONLY);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* a file that must not grow further is an error of its writing */
#ifdef __GLIBC__ /* what a very large record took goes back to the system, as without the allocator's own adaptation \
                  */
    mallopt(M_MMAP_THRESHOLD, OWN_PAGES);
    mallopt(M_TRIM_THRESHOLD, TOP_KEPT);
#endif
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
}

const char *tki_cli_name(void)
{
    return program;
}

void tki_msg_hook(void (*before)(void))
{
    before_message = before;
}

/* In one write, unless the descriptor takes less. */
static void write_out(struct tki_buf *line)
{
    static const char none[] = "out of memory\n";
    if (before_message)
        before_message();
    const char *p = line->err ? none : line->p;
    size_t left = line->err ? sizeof none - 1 : line->n;
    while (left) {
        ssize_t done = write(STDERR_FILENO, p, left);
        if (done < 0 && tki_io_again(STDERR_FILENO, POLLOUT))
            continue;
        if (done <= 0)
            break;
        p += done;
        left -= (size_t)done;
    }
    tki_buf_free(line);
}

static void put_line(struct tki_buf *line, const char *text, size_t n)
{
    tki_buf_visible(line, tki_str(program));
    tki_buf_lit(line, ": ");
    tki_buf_visible(line, (tk_str){text, n});
    tki_buf_putc(line, '\n');
}

static void emit(const char *text, size_t n)
{
    struct tki_buf line = {0};
    put_line(&line, text, n);
    write_out(&line);
}

void tki_msg_usage(const char *text)
{
    struct tki_buf lines = {0};
    fflush(stdout);
    put_line(&lines, text, strlen(text));
    tki_buf_lit(&lines, "Try '");
    tki_buf_visible(&lines, tki_str(program));
    tki_buf_lit(&lines, " --help'.\n");
    write_out(&lines);
}

__attribute__((format(printf, 1, 0))) static void emit_format(const char *format, va_list args)
{
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    if (n < 0)
        emit("out of memory", strlen("out of memory"));
    else
        emit(text, (size_t)n);
    if (n >= 0)
        free(text);
}

void tki_msg(const char *format, ...)
{
    va_list args;
    fflush(stdout);
    va_start(args, format);
    emit_format(format, args);
    va_end(args);
}

void tki_msg_count(uint64_t n, const char *format, ...)
{
    char number[TKI_QUANTITY_MAX], *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    tki_msg("%s %s", tki_count_format(number, n), text ? text : "(out of memory)");
    free(text);
}

void tki_die(int status, const char *format, ...)
{
    va_list args;
    fflush(stdout);
    va_start(args, format);
    emit_format(format, args);
    va_end(args);
    exit(status);
}

void tki_cli_finish(int status)
{
    errno = 0;
    bool failed = fflush(stdout) != 0;
    int why = failed ? errno : 0;
    failed |= ferror(stdout) != 0;
    errno = 0;
    if (fclose(stdout) != 0 && !failed) {
        failed = true;
        why = errno;
    }
    if (failed && why != EPIPE) {
        char text[256];
        int n = snprintf(text, sizeof text, "standard output could not be written%s%s", why ? ": " : "",
                         why ? strerror(why) : "");
        emit(text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    } else if (before_message) {
        before_message();
    }
    exit(failed ? TKI_EXIT_IO : status);
}

/* ---- errors of the library ---- */

int tki_err_status(const struct tk_err *err)
{
    return err->code == TK_EUSAGE ? TKI_EXIT_USAGE : TKI_EXIT_IO;
}

static void say_err(const struct tk_err *err)
{
    char text[1024];
    if (err->code == TK_EIO && err->sys_errno == EPIPE)
        return;
    tk_err_format(err, text, sizeof text);
    tki_msg("%s", text);
}

/* A record that does not say what it should: the next one can be found behind it, as nothing can behind damaged
 * compression. */
static bool can_go_on(const struct tk_err *err)
{
    static const char expected[] = "expected ", foreign[] = "a document of no trace format";
    return err->code == TK_EINVALID && err->record &&
           (strncmp(err->text, expected, sizeof expected - 1) == 0 ||
            strncmp(err->text, foreign, sizeof foreign - 1) == 0);
}

void tki_msg_err(const struct tk_err *err)
{
    say_err(err);
    if (can_go_on(err))
        tki_msg("--keep-going passes over such a record, counts it, and reads on");
}

void tki_die_err(const struct tk_err *err)
{
    tki_msg_err(err);
    fflush(stdout);
    exit(tki_err_status(err));
}

void tki_msg_notes(const struct tk_notes *notes, const char *source)
{
    enum tk_note note;
    uint64_t count;
    char n[TKI_QUANTITY_MAX];
    for (size_t at = 0; tk_notes_next(notes, &at, &note, &count) > 0;)
        tki_msg("%s%s%s %s", source ? source : "", source ? ": " : "", tki_count_format(n, count),
                tk_note_text_of(note, count));
}

bool tki_msg_problems(const struct tk_reader *r)
{
    enum { FAULTS_SAID = 20 };
    size_t n = 0, faults = 0;
    const struct tk_err *problem = tk_reader_problems(r, &n);
    uint64_t skipped = tk_reader_stats(r)->records_skipped;
    for (size_t i = 0; i < n; i++)
        say_err(&problem[i]);
    if (skipped)
        tki_msg_count(skipped, "malformed %s skipped%s", skipped == 1 ? "record was" : "records were",
                      skipped > n && n ? ", the first of which are shown above" : "");
    const struct tk_err *fault = tki_reader_faults(r, &faults);
    for (size_t i = 0; i + 1 < faults && i < FAULTS_SAID; i++) /* the last is said by who asks how the reading ended */
        say_err(&fault[i]);
    if (faults > FAULTS_SAID + 1)
        tki_msg_count(faults - FAULTS_SAID - 1, "more %s could not be read whole",
                      tki_plural(faults - FAULTS_SAID - 1, "input", "inputs"));
    return n || skipped || faults > 1;
}
