/* Progress: never where it is not wanted, one line on a terminal, gone before a message and at the end. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/msg.h"
#include "cli/opts.h"
#include "cli/progress.h"
#include "tap.h"

/* Runs body in a child whose standard error is fd, and gives what came out of the other end. */
static void run(void (*body)(void), int fd, int other, char *to, size_t size)
{
    size_t n = 0;
    ssize_t got;
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        bail_out("fork");
    if (!pid) {
        dup2(fd, STDERR_FILENO);
        close(fd);
        close(other);
        tki_cli_start("tracecat");
        body();
        _exit(0);
    }
    close(fd);
    while (n + 1 < size && (got = read(other, to + n, size - 1 - n)) > 0)
        n += (size_t)got;
    to[n] = 0;
    close(other);
    waitpid(pid, NULL, 0);
}

static void run_pipe(void (*body)(void), char *to, size_t size)
{
    int ends[2];
    if (pipe(ends))
        bail_out("pipe");
    run(body, ends[1], ends[0], to, size);
}

/* On a terminal of that many columns; false: none can be had here. */
static bool run_terminal(void (*body)(void), unsigned short columns, char *to, size_t size)
{
    struct winsize window = {.ws_row = 24, .ws_col = columns};
    struct termios mode;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master))
        return false;
    const char *name = ptsname(master);
    int slave = name ? open(name, O_RDWR | O_NOCTTY) : -1;
    if (slave < 0 || ioctl(slave, TIOCSWINSZ, &window) || tcgetattr(slave, &mode))
        return false;
    cfmakeraw(&mode);
    if (tcsetattr(slave, TCSANOW, &mode))
        return false;
    run(body, slave, master, to, size);
    return true;
}

static void body_auto(void)
{
    struct tki_progress p = {0};
    tki_progress_open(&p, TKI_AUTO);
    bool early = tki_progress_due(&p);
    p.next_ns = 0; /* as if a second had passed */
    if (!early && tki_progress_due(&p)) {
        tki_progress_show(&p, "reading %s", "a\nb\x1b[31m with a text that is too long for it");
        if (tki_progress_due(&p))
            tki_msg("due again at once");
    }
    tki_msg("hello");
    tki_msg("again");
    p.next_ns = 0;
    if (tki_progress_due(&p))
        tki_progress_show(&p, "more");
    tki_progress_close(&p);
    tki_msg("end");
}

static void body_never(void)
{
    struct tki_progress p;
    tki_progress_open(&p, TKI_NEVER);
    p.next_ns = 0;
    if (tki_progress_due(&p))
        tki_msg("due");
    tki_progress_show(&p, "something");
    tki_progress_close(&p);
}

static void body_read(void)
{
    struct tki_progress p;
    struct tk_read_stats stats = {.bytes_read = 250000000, .spans = 1234567};
    tki_progress_open(&p, TKI_ALWAYS);
    tki_progress_read(&p, "too early", &stats);
    p.start_ns -= 10 * UINT64_C(1000000000);
    p.next_ns = 0;
    tki_progress_read(&p, "reading", &stats);
    p.next_ns = 0;
    p.total_bytes = 1000000000;
    tki_progress_read(&p, "reading", &stats);
    tki_progress_close(&p);
}

static void test_size(void)
{
    char name[] = "/tmp/test_cli_progress.XXXXXX";
    int fd = mkstemp(name);
    if (fd < 0 || write(fd, "12345", 5) != 5)
        bail_out("no temporary file");
    close(fd);
    const char *const twice[] = {name, name}, *const input[] = {name, "-"}, *const missing[] = {name, "/nonexistent"};
    is_uint(tki_files_size(twice, 2), 10, "two files");
    is_uint(tki_files_size(input, 2), 0, "standard input has no size");
    is_uint(tki_files_size(missing, 2), 0, "nor has what is not there");
    is_uint(tki_files_size(NULL, 0), 0, "nor has nothing");
    unlink(name);
}

int main(void)
{
    char text[4096];
    unsetenv("COLUMNS");
    setenv("TERM", "xterm", 1);
    run_pipe(body_auto, text, sizeof text);
    is_str(text, "tracecat: hello\ntracecat: again\ntracecat: end\n", "nothing where there is no terminal");
    run_pipe(body_never, text, sizeof text);
    is_str(text, "", "nothing with never");
    run_pipe(body_read, text, sizeof text);
    const char *second = strchr(text, '\n');
    ok(strstr(text, "tracecat: reading: 250 MB, 1,234,567 spans, 2") == text, "always, total unknown: %s", text);
    ok(second && strstr(second, "\ntracecat: reading: 250 MB of 1.00 GB (25 %), 1,234,567 spans, 2") == second &&
           (strstr(second, "MB/s, 30.0 s left\n") || strstr(second, "MB/s, 31.0 s left\n")),
       "total known");
    if (run_terminal(body_auto, 40, text, sizeof text)) {
        is_str(text,
               "\rreading a\\nb\\x1b[31m with a text that \xe2\x80\xa6\x1b[K"
               "\r\x1b[Ktracecat: hello\ntracecat: again\n"
               "\rmore\x1b[K\r\x1b[Ktracecat: end\n",
               "a line that comes and goes");
        setenv("TERM", "dumb", 1);
        run_terminal(body_auto, 40, text, sizeof text);
        is_str(text, "tracecat: hello\ntracecat: again\ntracecat: end\n", "nothing on a dumb terminal");
    } else {
        skip(2, "no pseudo-terminals");
    }
    test_size();
    return done_testing();
}
