/* The commands on a terminal: none waits for what nobody types, and none writes binary output there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

enum { WORDS = 12, SECONDS = 60 };

struct outcome {
    char text[8192]; /* standard error, or what the terminal shows */
    int status;      /* exit status; negative: a signal */
};

/* A terminal that nobody sits at: the other end stays open in *master.  Negative: there is none here. */
static int open_terminal(int *master)
{
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0)
        return -1;
    return open(ptsname(*master), O_RDWR | O_NOCTTY);
}

static void read_all(int fd, char *to, size_t size)
{
    size_t n = 0;
    ssize_t got;
    while (n + 1 < size && (got = read(fd, to + n, size - 1 - n)) > 0)
        n += (size_t)got;
    to[n] = 0;
}

static void become(int in, int out, int err, char *const *argv)
{
    const char *bin = getenv("BIN");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", bin ? bin : "", argv[0]);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    alarm(SECONDS); /* whoever waits for the keyboard ends by this signal */
    execv(path, argv);
    _exit(127);
}

/* Runs a line of words that are separated by single spaces, CONFIG being a configuration and DATA a dump; one of its
 * streams is the terminal. */
static void run(struct outcome *o, const char *line, int terminal, bool is_input)
{
    static char config[4096], data[4096];
    const char *top = getenv("TRACEKIT_TOP");
    char copy[1024], *argv[WORDS] = {NULL};
    int ends[2], null = open("/dev/null", O_RDWR), argc = 0;
    *o = (struct outcome){.status = -1};
    snprintf(copy, sizeof copy, "%s", line);
    snprintf(config, sizeof config, "%s/testdata/shop/collector.yaml", top ? top : ".");
    snprintf(data, sizeof data, "%s/testdata/jaeger/api-trace.json", top ? top : ".");
    for (char *p = strtok(copy, " "); p && argc < WORDS - 1; p = strtok(NULL, " "))
        argv[argc++] = strcmp(p, "CONFIG") == 0 ? config : strcmp(p, "DATA") == 0 ? data : p;
    if (null < 0 || pipe(ends))
        bail_out("pipe: %s", strerror(errno));
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        bail_out("fork: %s", strerror(errno));
    if (!pid) {
        close(ends[0]);
        become(is_input ? terminal : null, is_input ? null : terminal, ends[1], argv);
    }
    close(ends[1]);
    close(null);
    read_all(ends[0], o->text, sizeof o->text);
    close(ends[0]);
    int status;
    waitpid(pid, &status, 0);
    o->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void test_input(int terminal)
{
    static const struct {
        const char *line, *what; /* to do about it */
    } waits[] = {
        {"tracecat", ""},
        {"tracecat --stats", ""},
        {"tracecat -q {}", ""},
        {"tracesample -n -c CONFIG", ""},
        {"tracecost", ": name the FILE of a dump, or give --rate, --spans and --span-bytes"},
        {"tracecost --rate 1000", ": name the FILE of a dump, or give --spans N and --span-bytes SIZE as well"},
        {"tracediff", ""},
        {"tracediff --tables", ""},
    };
    static const char *const fine[] = {"tracecat --help",          "tracecat --formats",
                                       "tracecat --explain-plan",  "tracesample -c help",
                                       "tracecost --backend help", "tracecost --rate 1000 --spans 50 --span-bytes 1KB",
                                       "tracediff --version"};
    char want[256];
    struct outcome o;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        const char *line = waits[i].line;
        int n = (int)strcspn(line, " ");
        snprintf(want, sizeof want, "%.*s: no file, and standard input is a terminal%s\nTry '%.*s --help'.\n", n, line,
                 waits[i].what, n, line);
        run(&o, line, terminal, true);
        is_int(o.status, 2, "%s does not wait", line);
        is_str(o.text, want, "%s says why", line);
    }
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        run(&o, fine[i], terminal, true);
        is_int(o.status, 0, "%s needs no input: %s", fine[i], o.text);
    }
}

/* Where standard input is asked for by name, what is typed is read, and people are told so. */
static void test_keyboard(int terminal, int master)
{
    static const char *const typed[] = {"tracecat -",
                                        "tracecat --stats --files-from -",
                                        "tracecat --logs - -t tree DATA",
                                        "tracesample -n -c - DATA",
                                        "tracecost -",
                                        "tracediff -"};
    struct outcome o;
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        if (write(master, "\4", 1) != 1) /* Ctrl-D */
            bail_out("write: %s", strerror(errno));
        run(&o, typed[i], terminal, true);
        ok(o.status >= 0 &&
               strstr(o.text, ": reading what is typed or pasted here, up to Ctrl-D on a line of its own\n"),
           "%s says that it reads the keyboard: %s", typed[i], o.text);
    }
}

static void test_output(int terminal)
{
    static const char *const binary[] = {"tracecat -u", "tracecat -z", "tracecat -t jaeger-proto",
                                         "tracesample -u -c CONFIG"};
    struct outcome o;
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        run(&o, binary[i], terminal, false);
        is_int(o.status, 2, "%s writes nothing to a terminal", binary[i]);
        ok(strstr(o.text, "binary output is not written to a terminal: use -o FILE or a pipe") != NULL, "%s says why",
           binary[i]);
    }
}

/* What a command line writes to the terminal, which holds 4,096 bytes that nobody has read. */
static void run_shown(struct outcome *o, const char *line, int terminal, int master)
{
    run(o, line, terminal, false);
    fcntl(master, F_SETFL, O_NONBLOCK);
    read_all(master, o->text, sizeof o->text);
}

/* The next command is the one that was typed, with what it adds: it selects and reads as that one did. */
static void test_next(const char *top, int terminal, int master)
{
    static const struct {
        const char *options, *next; /* %s: the folder of the data */
    } cases[] = {
        {"-q {status=error} -f jaeger", "tracecat -v -q '{status=error}' -f jaeger %s/jaeger/api-traces.json"},
        {"--since -1s --limit 2 --keep-going", "--since -1s --keep-going %s/jaeger/api-traces.json"},
        {"-r", "-r %s/jaeger/api-traces.json"},
    };
    char line[1024], data[512], want[1024];
    struct outcome o;
    snprintf(data, sizeof data, "%s/testdata", top);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(line, sizeof line, "tracecat %s %s/jaeger/api-traces.json", cases[i].options, data);
        run_shown(&o, line, terminal, master);
        snprintf(want, sizeof want, cases[i].next, data);
        ok(o.status == 0 && strstr(o.text, want), "%s: the next command has what was typed: %s", line, o.text);
    }
}

/* Without a word about the output people see traces: one as a tree, several as a list; and of sampling the report. */
static void test_shown(int terminal, int master)
{
    const char *top = getenv("TRACEKIT_TOP");
    char line[1024];
    struct outcome o;
    setenv("TERM", "dumb", 1); /* no colours, no pager */
    snprintf(line, sizeof line, "tracecat %s/testdata/jaeger/api-trace.json", top ? top : ".");
    run_shown(&o, line, terminal, master);
    ok(o.status == 0 && strstr(o.text, "trace ") == o.text && strstr(o.text, "|=") && strstr(o.text, "tracecat -v"),
       "one trace is a tree, with the next command below it");
    snprintf(line, sizeof line, "tracecat --limit 3 %s/testdata/jaeger/api-traces.json", top ? top : ".");
    run_shown(&o, line, terminal, master);
    ok(o.status == 0 && strstr(o.text, "38 traces, 396 spans") == o.text && strstr(o.text, "slowest first") &&
           strstr(o.text, "tracecat -t tree --trace "),
       "several are a list, with the next command below it");
    test_next(top ? top : ".", terminal, master);
    snprintf(line, sizeof line, "tracecat -t mermaid %s/testdata/jaeger/api-trace.json", top ? top : ".");
    run_shown(&o, line, terminal, master);
    ok(strstr(o.text, "flowchart"), "what is asked for by name is written as elsewhere");
    snprintf(line, sizeof line, "tracesample -c CONFIG %s/testdata/shop/tail-kept.jsonl", top ? top : ".");
    run_shown(&o, line, terminal, master);
    ok(o.status == 0 && !strstr(o.text, "resourceSpans") && strstr(o.text, "traces"), "of sampling the report alone");
    unsetenv("TERM");
}

/* What is longer than the terminal goes through a pager; what is shorter, or with --no-pager, does not. */
static void test_pager(int terminal, int master)
{
    static const struct {
        const char *line;
        bool paged;
    } cases[] = {
        {"tracecat DATA", true},
        {"tracecat -t list DATA", false},
        {"tracecat -q {}|select(duration) DATA", true},
        {"tracecat -q {name=\"fraud.check\"}|select(duration) DATA", false},
        {"tracecat --stats DATA", true},
        {"tracecat --top DATA", true},
        {"tracecat --verify DATA", true},
        {"tracecat --no-pager --verify DATA", false},
        {"tracecat --no-pager --top DATA", false},
        {"tracecat --no-pager DATA", false},
        {"tracecat -t list --json DATA", false},
    };
    struct outcome o;
    setenv("TERM", "vt100", 1);
    setenv("NO_COLOR", "1", 1);
    setenv("LINES", "9", 1);
    setenv("TRACEKIT_PAGER", "sed 's/^/paged: /' | head -c 2000", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run_shown(&o, cases[i].line, terminal, master);
        ok((strstr(o.text, "paged: ") == o.text) == cases[i].paged, "%s: %s: %.200s", cases[i].line,
           cases[i].paged ? "through a pager" : "without one", o.text);
    }
    unsetenv("TRACEKIT_PAGER");
    unsetenv("LINES");
    unsetenv("NO_COLOR");
    unsetenv("TERM");
}

int main(void)
{
    int master, terminal = open_terminal(&master);
    if (terminal < 0) {
        skip(1, "no pseudo terminal here: %s", strerror(errno));
        return done_testing();
    }
    test_input(terminal);
    test_keyboard(terminal, master);
    test_output(terminal);
    test_shown(terminal, master);
    test_pager(terminal, master);
    close(terminal);
    close(master);
    return done_testing();
}
