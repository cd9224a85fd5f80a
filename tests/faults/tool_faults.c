/* tool_faults [OPTION]... COMMAND [ARGUMENT]...: runs the command again and again, and in each run lets another call
 * into the C library fail (shim.c).  Whatever fails, the command must end by itself, and either say so with status 2 or
 * 3 or give the same bytes with the same status as without a fault.
 *
 *   -f FUNCTION  that fails (malloc); memory: limits of memory instead of single calls
 *   -m MODE      once, after, short, zero (once)
 *   -e ERRNO     a number (12, ENOMEM)
 *   -w WHO       all, own: calls of the libraries that the program uses succeed (all)
 *   -n N         N runs, spread over all calls; the first ones all, as most differ (all calls)
 *   -o FILE      the command writes FILE, which holds something good before each run: it must hold that, the right
 *                output or, with status 3, a part of it, but never nothing
 *   -s           the same output is wanted in each run: what fails must not matter
 *
 * Prints the runs that ended wrongly and a line of figures; status 1 when there was any.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counts.h"

enum { SECONDS_MAX = 30, ALL_FIRST = 40, SHOWN_MAX = 10, TEXT = 200 };

static const char good[] = "something good\n";

struct options {
    const char *function, *mode, *who, *output;
    int error;
    unsigned long runs; /* 0: all */
    bool same;
    char *const *command;
};

struct result {
    int status; /* -1: ended by a signal */
    int signal;
    char *out, *file; /* what was printed, and what FILE holds */
    size_t out_n, file_n;
    bool file_there;
    char said[TEXT]; /* on standard error */
};

static char folder[64], *out_path, *err_path, *count_path;
static struct counts *counts;

static void die(const char *what)
{
    fprintf(stderr, "tool_faults: %s: %s\n", what, strerror(errno));
    exit(2);
}

static char *in_folder(const char *name)
{
    char *p;
    if (asprintf(&p, "%s/%s", folder, name) < 0)
        die("asprintf");
    return p;
}

static char *contents(const char *path, size_t *n, bool *there)
{
    char *p = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *n = 0;
    *there = fd >= 0;
    for (size_t cap = 1 << 16;; cap *= 2) {
        if (!(p = realloc(p, cap)))
            die("realloc");
        ssize_t got;
        while (*n < cap && fd >= 0 && (got = read(fd, p + *n, cap - *n)) > 0)
            *n += (size_t)got;
        if (*n < cap)
            break;
    }
    if (fd >= 0)
        close(fd);
    return p;
}

static void prime(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, good, sizeof good - 1) != sizeof good - 1 || close(fd) < 0)
        die(path);
}

static void start(const struct options *o, unsigned long number)
{
    char plan[128];
    int in = open("/dev/null", O_RDONLY), out = open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600),
        err = open(err_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in < 0 || out < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        die("dup2");
    for (int fd = 3; fd < 16; fd++)
        close(fd);
    snprintf(plan, sizeof plan, "%s %lu %s %d %s", o->function, number, o->mode, o->error, o->who);
    const char *shim = getenv("TRACEKIT_SHIM");
    setenv("LD_PRELOAD", shim ? shim : "", 1);
    setenv("TRACEKIT_FAULT", plan, 1);
    setenv("TRACEKIT_FAULT_COUNT", count_path, 1);
    alarm(SECONDS_MAX);
    execvp(o->command[0], o->command);
    _exit(127);
}

static struct result run(const struct options *o, unsigned long number)
{
    struct result r = {0};
    bool there;
    size_t n;
    int how;
    *counts = (struct counts){0};
    if (o->output)
        prime(o->output);
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        start(o, number);
    if (waitpid(child, &how, 0) < 0)
        die("waitpid");
    r.status = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    r.signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0;
    r.out = contents(out_path, &r.out_n, &there);
    if (o->output)
        r.file = contents(o->output, &r.file_n, &r.file_there);
    char *said = contents(err_path, &n, &there);
    snprintf(r.said, sizeof r.said, "%.*s", (int)(n < TEXT ? n : TEXT - 1), said);
    free(said);
    return r;
}

static void free_result(struct result *r)
{
    free(r->out);
    free(r->file);
}

static bool equal(const char *a, size_t n, const char *b, size_t m)
{
    return n == m && memcmp(a, b, n) == 0;
}

/* What is wrong with the end of a run, or NULL. */
static const char *judge(const struct options *o, const struct result *want, const struct result *r)
{
    bool same_out = equal(r->out, r->out_n, want->out, want->out_n);
    bool same_file = !o->output || equal(r->file, r->file_n, want->file, want->file_n);
    bool kept = o->output && equal(r->file, r->file_n, good, sizeof good - 1);
    if (r->signal == SIGALRM)
        return "did not end";
    if (r->status < 0 || r->status > 4)
        return "crashed";
    if (r->status == want->status)
        return !same_out    ? "another output with the same status"
               : !same_file ? "another file with the same status"
                            : NULL;
    if (o->same)
        return "the fault shows";
    if (r->status != 2 && r->status != 3)
        return "another status, and none of an error";
    if (!r->said[0] && o->error != EPIPE)
        return "an error without a message";
    if (o->output && !kept && r->file_n == 0)
        return r->file_there ? "an empty file in place of the good one" : "the good file is gone";
    return NULL;
}

/* The i-th of the numbers that are tried: all at first, then spread over the rest. */
static unsigned long number_of(const struct options *o, unsigned long i, unsigned long calls, unsigned long runs)
{
    if (strcmp(o->function, "memory") == 0) /* limits: every one below what is needed */
        return calls / (runs + 1) * (i + 1);
    if (runs >= calls || i < runs / 2)
        return i + 1;
    unsigned long rest = calls - runs / 2, left = runs - runs / 2;
    return runs / 2 + 1 + (i - runs / 2) * rest / left;
}

static int sweep(const struct options *o)
{
    struct result want = run(o, 0);
    unsigned long calls = counts->calls, wrong = 0, said = 0, without = 0;
    bool memory = strcmp(o->function, "memory") == 0;
    unsigned long runs = o->runs && (memory || o->runs < calls) ? o->runs : memory ? ALL_FIRST : calls;
    if (want.status != 0 && want.status != 1) {
        fprintf(stderr, "tool_faults: without a fault: status %d: %s\n", want.status, want.said);
        return 2;
    }
    if (!calls) {
        fprintf(stderr, "tool_faults: the shim saw no call of %s\n", o->function);
        return 2;
    }
    for (unsigned long i = 0; i < runs; i++) {
        unsigned long n = number_of(o, i, calls, runs);
        struct result r = run(o, n);
        const char *why = judge(o, &want, &r);
        said += r.status != want.status;
        without += !counts->faults;
        wrong += why != NULL;
        if (why && wrong <= SHOWN_MAX)
            printf("%s %lu: %s (status %d, signal %d): %s\n", o->function, n, why, r.status, r.signal, r.said);
        free_result(&r);
    }
    printf("%lu runs of %lu: %lu ended with an error, %lu met no fault, %lu ended wrongly\n", runs, calls, said,
           without, wrong);
    free_result(&want);
    return wrong > 0;
}

static struct options parse(int argc, char **argv)
{
    struct options o = {.function = "malloc", .mode = "once", .who = "all", .error = ENOMEM};
    for (int c; (c = getopt(argc, argv, "+f:m:e:w:n:o:s")) != -1;)
        switch (c) {
        case 'f': o.function = optarg; break;
        case 'm': o.mode = optarg; break;
        case 'e': o.error = atoi(optarg); break;
        case 'w': o.who = optarg; break;
        case 'n': o.runs = strtoul(optarg, NULL, 10); break;
        case 'o': o.output = optarg; break;
        case 's': o.same = true; break;
        default: exit(2);
        }
    o.command = argv + optind;
    if (!o.command[0] || !getenv("TRACEKIT_SHIM")) {
        fprintf(stderr, "usage: TRACEKIT_SHIM=SHIM.so tool_faults [OPTION]... COMMAND [ARGUMENT]...\n");
        exit(2);
    }
    return o;
}

int main(int argc, char **argv)
{
    struct options o = parse(argc, argv);
    const char *tmp = getenv("TMPDIR");
    if (snprintf(folder, sizeof folder, "%.40s/tracekit-faults-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
            (int)sizeof folder ||
        !mkdtemp(folder))
        die("mkdtemp");
    out_path = in_folder("out");
    err_path = in_folder("err");
    count_path = in_folder("counts");
    int fd = open(count_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *counts) < 0)
        die(count_path);
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counts == MAP_FAILED)
        die("mmap");
    int status = sweep(&o);
    unlink(out_path);
    unlink(err_path);
    unlink(count_path);
    rmdir(folder);
    return status;
}
