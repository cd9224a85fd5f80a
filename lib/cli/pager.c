#include "cli/pager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/msg.h"
#include "cli/term.h"

enum { ROWS_DEFAULT = 24 };

static size_t terminal_rows(void)
{
    struct winsize size;
    const char *lines = getenv("LINES");
    long n = lines && *lines ? strtol(lines, NULL, 10) : 0;
    if (n > 0 && n < 10000)
        return (size_t)n;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row : ROWS_DEFAULT;
}

static const char *pager_command(void)
{
    const char *command = getenv("TRACEKIT_PAGER");
    if (!command)
        command = getenv("PAGER");
    return command ? command : "less";
}

void tki_pager_open(struct tki_pager *p, bool off)
{
    const char *command = pager_command(), *term = getenv("TERM");
    bool dumb = !term || strcmp(term, "dumb") == 0;
    *p = (struct tki_pager){.fd = -1};
    p->on = !off && !dumb && tki_term_is(STDOUT_FILENO) && *command && strcmp(command, "cat") != 0;
    p->rows = terminal_rows();
}

/* In the child: becomes the pager, reading from fd; where there is none, cat. */
static _Noreturn void become_pager(int fd, const char *command)
{
    dup2(fd, STDIN_FILENO);
    close(fd);
    setenv("LESS", "FRX", 0);
    setenv("LESSCHARSET", "utf-8", 0); /* what is written, whatever the locale is */
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static struct tki_pager *current; /* for the hook, which has no argument */

static void leave(struct tki_pager *p)
{
    int status;
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    while (p->pid > 0 && waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        ;
    p->pid = 0;
    signal(SIGINT, SIG_DFL);
}

/* A message waits until the pager is left, which else would draw over it. */
static void before_message(void)
{
    if (current)
        leave(current);
}

/* Returns false when no pager could be started. */
static bool start(struct tki_pager *p)
{
    int ends[2];
    const char *command = pager_command();
    char probe[256];
    size_t word = strcspn(command, " \t");
    snprintf(probe, sizeof probe, "command -v %.*s >/dev/null 2>&1", word < 200 ? (int)word : 200, command);
    if (system(probe) != 0 || pipe(ends) < 0)
        return false;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        become_pager(ends[0], command);
    }
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return false;
    }
    signal(SIGPIPE, SIG_IGN); /* the pager may be left before the end */
    signal(SIGINT, SIG_IGN);  /* which is the pager's */
    p->fd = ends[1];
    p->pid = pid;
    p->started = true;
    current = p;
    tki_msg_hook(before_message);
    return true;
}

static int put(struct tki_pager *p, const char *text, size_t n, struct tk_err *err)
{
    if (!p->started) {
        if (n == 0 || fwrite(text, 1, n, stdout) == n)
            return 0;
        err->sys_errno = errno;
        return tki_err_set(err, TK_EIO, "standard output could not be written");
    }
    while (n && p->fd >= 0) {
        ssize_t done = write(p->fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            close(p->fd);
            p->fd = -1;
            break;
        }
        text += done;
        n -= (size_t)done;
    }
    return 0;
}

static int put_held(struct tki_pager *p, struct tk_err *err)
{
    int r = p->held.err ? tki_err_memory(err) : put(p, p->held.p, p->held.n, err);
    tki_buf_free(&p->held);
    return r;
}

int tki_pager_write(struct tki_pager *p, const char *text, size_t n, struct tk_err *err)
{
    if (!p->on || p->started)
        return put(p, text, n, err);
    tki_buf_put(&p->held, text, n);
    for (size_t i = 0; i < n; i++)
        p->lines += text[i] == '\n';
    if (p->lines < p->rows && !p->held.err)
        return 0;
    p->on = start(p);
    return put_held(p, err);
}

int tki_pager_close(struct tki_pager *p, struct tk_err *err)
{
    int r = put_held(p, err);
    if (!p->started)
        return r;
    tki_msg_hook(NULL);
    current = NULL;
    leave(p);
    return r;
}
