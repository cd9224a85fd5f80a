/* Options: what each kind takes, what bad usage is told, --help, --print-options, completions; and processes
 * as a caller sees them: both streams and the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/moment.h"
#include "cli/msg.h"
#include "cli/opts.h"
#include "tap.h"

struct options {
    struct tki_common common;
    struct tki_list queries;
    uint64_t top, bytes;
    struct tki_moment since;
    int64_t slow_ns;
    double rate, share, factor;
    int order;
    uint64_t checks;
    bool fast, slow_given, hidden;
    const char *name;
};

static const char *const orders[] = {"time", "name", NULL};
static const char *const orders_about[] = {"the first [one]", "what it's called"};
static const char *const views[] = {"waterfall", NULL};
static const char *const checks[] = {"ids", "times", "clocks", NULL};

#define FIELD(name) offsetof(struct options, name)
static const struct tki_opt rows[] = {
    TKI_OPT_FROM(FIELD(common.from)),
    TKI_OPT_RECORD_MAX(FIELD(common.record_max)),
    TKI_OPT_KEEP_GOING(FIELD(common.keep_going)),
    TKI_OPT_TO_OR(FIELD(common.to), views),
    TKI_OPT_PROTO(FIELD(common.to)),
    TKI_OPT_OUTPUT(FIELD(common.output)),
    TKI_OPT_COMPRESS(FIELD(common.compress)),
    {'q', "query", "QUERY", .kind = TKI_LIST, .field = FIELD(queries), .group = "Selection",
     .help = "keep traces with a span that QUERY describes; may be given several times"},
    {0, "top", "N", .kind = TKI_UINT, .field = FIELD(top), .min = 1, .max = 1000, .help = "show N rows (default 20)"},
    {0, "bytes", "SIZE", .kind = TKI_SIZE, .field = FIELD(bytes), .min = 1000, .max = 2000000, .help = "so many bytes"},
    {0, "since", "TIME", .kind = TKI_TIME, .field = FIELD(since), .help = "from TIME on"},
    {0, "slow", "TIME", .kind = TKI_DURATION, .field = FIELD(slow_ns), .given = TKI_GIVEN(struct options, slow_given),
     .max = 3600000000000, .help = "mark what takes longer than TIME"},
    {0, "rate", "RATE", .kind = TKI_RATE, .field = FIELD(rate), .help = "spans per second"},
    {0, "share", "SHARE", .kind = TKI_SHARE, .field = FIELD(share), .help = "part of it"},
    {0, "factor", "X", .kind = TKI_DOUBLE, .field = FIELD(factor), .help = "times X"},
    {0, "order", "KEY", .kind = TKI_CHOICE, .field = FIELD(order), .choices = orders, .about = orders_about,
     .help = "sort by KEY: time, name"},
    {0, "check", "CHECKS", .implied = "ids,times,clocks", .kind = TKI_SET, .field = FIELD(checks), .choices = checks,
     .help = "make CHECKS"},
    {0, "fast", .kind = TKI_FLAG, .field = FIELD(fast), .help = "don't wait"},
    {0, "name", "[NAME]: it's", .kind = TKI_STRING, .field = FIELD(name), .help = "a [name]: 'quoted'"},
    {0, "secret", .kind = TKI_FLAG, .field = FIELD(hidden)},
    TKI_OPT_JSON(FIELD(common.json)),
    TKI_OPT_COLOR(FIELD(common.color)),
    TKI_OPT_THREADS(FIELD(common.threads), TKI_GIVEN(struct options, common.threads_given)),
    TKI_OPT_MEMORY(FIELD(common.memory)),
    TKI_OPT_PROGRESS(FIELD(common.progress)),
};
static const struct tki_command command = {
    .name = "tracecat",
    .about = "convert and show captured traces",
    .usage = (const char *const[]){"[OPTION]... [FILE]...", "--order=KEY FILE", NULL},
    TKI_ROWS(rows),
    .tells_common = true,
    .asked = (const struct tki_asked[]){{"slowest", "--slow=1s"}, {"n", "--top N"}, {0}},
    .examples = (const struct tki_example[]){{"tracecat -f jaeger a.json", "convert to OTLP JSON lines"}, {0}},
};

/* ---- parsing
 * ----------------------------------------------------------------------------------------------------- */

enum { WORDS = 32 };

struct answer {
    struct options o;
    int rc;
    enum tki_opts_request request;
    struct tk_err err;
    const char *const *files;
    size_t nfiles;
    char copy[1024], *argv[WORDS];
};

/* Parses the words of a line that are separated by single spaces. */
static void parse(struct answer *a, const char *line)
{
    *a = (struct answer){.o = {.top = 20}};
    int argc = 0;
    snprintf(a->copy, sizeof a->copy, "tracecat %s", line);
    for (char *p = a->copy; p && argc < WORDS - 1;) {
        a->argv[argc++] = p;
        p = strchr(p, ' ');
        if (p)
            *p++ = 0;
    }
    a->rc = tki_opts_read(&command, argc, a->argv, &a->o, &a->files, &a->nfiles, &a->request, &a->err);
}

static void test_kinds(void)
{
    struct answer a;
    parse(&a, "one -f json two --top=5 --query {a} -q{b} -q {c} --bytes 1.5KB --since @1.5 --slow 1m30s -- --fast");
    ok(a.rc == 0 && a.request == TKI_RUN, "a long line: %s", a.err.text);
    ok(a.nfiles == 3 && !strcmp(a.files[0], "one") && !strcmp(a.files[1], "two") && !strcmp(a.files[2], "--fast"),
       "files among options, and behind --");
    is_str(a.o.common.from, "json", "format");
    is_uint(a.o.top, 5, "number");
    ok(a.o.queries.n == 3 && !strcmp(a.o.queries.item[0], "{a}") && !strcmp(a.o.queries.item[2], "{c}"), "list");
    tki_list_free(&a.o.queries);
    ok(!a.o.queries.item && !a.o.queries.n, "an empty list again");
    is_uint(a.o.bytes, 1500, "size");
    is_uint(a.o.since.ns, 1500000000, "time");
    is_int(a.o.slow_ns, 90000000000, "duration");
    ok(a.o.slow_given && !a.o.fast, "given, and not given");
    parse(&a, "--rate 60/m --share 25% --factor -2.5e3 --order Name --fast --fast --name= --secret --check");
    ok(a.rc == 0 && a.o.rate == 1 && a.o.share == 0.25 && a.o.factor == -2500, "rate, share, number");
    ok(a.o.order == 1 && a.o.fast && a.o.hidden && !strcmp(a.o.name, ""), "choice in any case, flag twice, empty text");
    is_uint(a.o.checks, 7, "a set without an argument is what is implied");
    parse(&a, "--check=clocks,IDS");
    is_uint(a.o.checks, 5, "a set");
    parse(&a, "");
    ok(a.rc == 0 && a.o.top == 20 && !a.o.slow_given, "defaults stay"); /* one empty word: a file */
    parse(&a, "-z a");
    ok(a.rc == 0 && a.o.common.compress == 3 && a.nfiles == 1, "-z alone is level 3 and takes no file");
    parse(&a, "-z19");
    ok(a.rc == 0 && a.o.common.compress == 19, "-z with a level");
    parse(&a, "-u -u");
    is_str(a.o.common.to, "otlp", "-u is --to=otlp, as often as you like");
    parse(&a, "-t WaterFall -f JSON");
    is_str(a.o.common.to, "waterfall", "a view of the command's own, in any case");
    is_str(a.o.common.from, "json", "a format likewise");
    parse(&a, "--color=never -@2 --memory 1KB --progress never --color -@3 --memory 2KB --progress always");
    ok(a.rc == 0 && a.o.common.color == TKI_ALWAYS && a.o.common.threads == 3 && a.o.common.memory == 2000 &&
           a.o.common.progress == TKI_ALWAYS,
       "of what changes no answer the last one counts");
    parse(&a, "--keep --colo --progress never -");
    ok(a.rc == 0 && a.o.common.keep_going && a.o.common.color == TKI_ALWAYS && a.o.common.progress == TKI_NEVER,
       "shortened names; --color alone is always");
    ok(a.nfiles == 1 && !strcmp(a.files[0], "-"), "- is a file");
    char *none[] = {NULL};
    a = (struct answer){0};
    ok(tki_opts_read(&command, 0, none, &a.o, &a.files, &a.nfiles, &a.request, NULL) == 0 && !a.nfiles,
       "no argv at all");
}

static void test_common(void)
{
    struct answer a;
    struct tk_read_opts r;
    struct tk_write_opts w;
    struct tk_traces_opts t;
    parse(&a, "-f json -t otlp -z5 -@3 --memory 1MB --record-max 2KiB --keep-going");
    tki_common_read_opts(&a.o.common, &r);
    tki_common_write_opts(&a.o.common, &w);
    tki_common_traces_opts(&a.o.common, &t);
    ok(a.rc == 0 && !strcmp(r.format, "json") && r.threads == 3 && r.record_max == 2048 && r.keep_going, "reading");
    ok(!strcmp(w.format, "otlp") && w.compress == 5 && w.threads == 3 && t.memory_max == 1000000,
       "writing, collecting");
    parse(&a, "-@ 0");
    is_uint(tki_common_threads(&a.o.common), 0, "-@ 0 is no thread");
    parse(&a, "x");
    tki_common_read_opts(&a.o.common, &r);
    ok(!r.format && r.threads >= 1 && r.threads <= 8 && !r.record_max && r.needs == TK_NEED_COPY && !r.work,
       "defaults");
}

static const struct {
    const char *line, *want;
} mistakes[] = {
    {"--foo", "unknown option '--foo' (did you mean '--from'?)"},
    {"--fromm=json", "unknown option '--fromm' (did you mean '--from'?)"},
    {"--treads=3", "unknown option '--treads' (did you mean '--threads'?)"},
    {"--keep-giong", "unknown option '--keep-giong' (did you mean '--keep-going'?)"},
    {"--halp", "unknown option '--halp' (did you mean '--help'?)"},
    {"--secrte", "unknown option '--secrte'"},
    {"--something-else", "unknown option '--something-else'"},
    {"--x", "unknown option '--x'"},
    {"-x", "unknown option '-x'"},
    {"-ux", "unknown option '-x'"},
    {"--s", "option '--s' could be --since, --slow, --share, --secret"},
    {"--from", "option '--from' needs an argument, FORMAT"},
    {"-f", "option '-f' needs an argument, FORMAT"},
    {"--fast=1", "option '--fast' takes no argument"},
    {"--otlp-proto=1", "option '--otlp-proto' takes no argument"},
    {"--help=1", "option '--help' takes no argument"},
    {"--top x", "--top: 'x' is not a whole number"},
    {"--top 1.5", "--top: '1.5' is not a whole number"},
    {"--top -1", "--top: '-1' is not a whole number"},
    {"--top=", "--top: '' is not a whole number"},
    {"--top 0", "--top: 0 is less than 1"},
    {"--top 1001", "--top: 1001 is more than 1000"},
    {"-z20", "--compress: 20 is more than 19"},
    {"-zt", "--compress: 't' is not a whole number"},
    {"--memory 0", "--memory: 0 is less than 1 B"},
    {"--bytes 1", "--bytes: 1 is less than 1.00 kB"},
    {"--bytes 3MB", "--bytes: 3MB is more than 2.00 MB"},
    {"--bytes many", "--bytes: 'many' is not a size such as 64MiB, 1.5GB or 4096"},
    {"--slow 5", "--slow: '5' is not a duration such as 250ms, 1.5s or 1h30m"},
    {"--slow 61m", "--slow: 61m is more than 1h"},
    {"--rate fast", "--rate: 'fast' is not a rate such as 1000/s, 60/m or 1000"},
    {"--share 2", "--share: '2' is not a share such as 10% or 0.1"},
    {"--factor NaN", "--factor: 'NaN' is not a number"},
    {"--since yesterday",
     "--since: 'yesterday' is not a time such as 2024-05-01T12:00:00Z, 2024-05-01, 12:00, -1h (before the last span "
     "starts) or 1714564800 (Unix time: 10 digits are seconds, 13 milliseconds, 16 microseconds, 19 nanoseconds)"},
    {"--since 20240501",
     "--since: 20240501 has 8 digits: Unix time has 10 in seconds, 13 in milliseconds, 16 in microseconds, 19 in "
     "nanoseconds; for other seconds write @20240501"},
    {"--since 0", "--since: 0 has 1 digit: Unix time has 10 in seconds, 13 in milliseconds, 16 in microseconds, 19 in "
                  "nanoseconds; for other seconds write @0"},
    {"--order size", "--order: 'size' is none of time, name"},
    {"--order tmie", "--order: there is no 'tmie' (did you mean 'time'?); there are time, name"},
    {"--check=ids,tims", "--check: there is no 'tims' (did you mean 'times'?); there are ids, times, clocks"},
    {"--check=ids,", "--check: '' is none of ids, times, clocks"},
    {"--check=", "--check: '' is none of ids, times, clocks"},
    {"--name a --name b", "--name is given twice, 'a' and 'b', and takes one"},
    {"--name a --name a", "--name is given twice, 'a' and 'a', and takes one"},
    {"-o a --since @1 --output b", "--output is given twice, 'a' and 'b', and takes one"},
    {"--top 1 --top x", "--top is given twice, '1' and 'x', and takes one"},
    {"--slow 1s --slow 2s", "--slow is given twice, '1s' and '2s', and takes one"},
    {"--order time --order name", "--order is given twice, 'time' and 'name', and takes one"},
    {"-z -z19", "--compress is given twice, '3' and '19', and takes one"},
    {"--check --check=ids", "--check is given twice, 'ids,times,clocks' and 'ids', and takes one"},
    {"-u --to json", "--otlp-proto and --to=json exclude each other"},
    {"-t json -u", "--to=json and --otlp-proto exclude each other"},
    {"--check ids", "--check ids: the argument may be left out, so that it needs a '=': --check=ids (and there is no "
                    "file of that name)"},
    {"-z 19", "--compress 19: the argument may be left out, so that it needs a '=': --compress=19 (and there is no "
              "file of that name)"},
    {"--color always", "--color always: the argument may be left out, so that it needs a '=': --color=always (and "
                       "there is no file of that name)"},
    {"--waterfall", "unknown option '--waterfall' (did you mean '--to=waterfall'?)"},
    {"waterfall", "waterfall: there is no file of that name (did you mean '--to=waterfall'?)"},
    {"-u -- since", "since: there is no file of that name (did you mean '--since'?)"},
    {"--slowest", "unknown option '--slowest': write --slow=1s"},
    {"slowest", "slowest: there is no file of that name: write --slow=1s"},
    {"-n 5", "unknown option '-n': write --top N"},
    {"-t watrefall", "--to: there is no 'watrefall' (did you mean 'waterfall'?)"},
    {"--color=blue", "--color: 'blue' is none of auto, always, never"},
    {"-f chrome", "--from: the format 'chrome' can only be written"},
    {"--print-completion=csh", "--print-completion: 'csh' is none of bash, zsh, fish"},
    {"--print-completion", "option '--print-completion' needs an argument, SHELL"},
};

static void test_errors(void)
{
    struct answer a;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        parse(&a, mistakes[i].line);
        is_int(a.rc, TK_EUSAGE, "%s is refused", mistakes[i].line);
        is_str(a.err.text, mistakes[i].want, "%s, the reason", mistakes[i].line);
        tki_list_free(&a.o.queries);
    }
    parse(&a, "-f nosuch");
    ok(a.rc == TK_EUSAGE && strstr(a.err.text, "--from: 'nosuch' is none of ") == a.err.text &&
           strstr(a.err.text, "otlp") && strstr(a.err.text, "rows") && !strstr(a.err.text, "waterfall"),
       "the formats that can be read: %s", a.err.text);
    parse(&a, "-t nosuch");
    ok(a.rc == TK_EUSAGE && strstr(a.err.text, "rows") && strstr(a.err.text, "waterfall"), "those that can be written");
    parse(&a, "--top x");
    ok(a.rc == TK_EUSAGE && a.o.top == 20, "a refused value does not touch the field");
    parse(&a, "--check . -z / --color never.json");
    ok(a.rc == 0 && a.nfiles == 3, "what is a file, or no value, is a file");
    parse(&a, "-f otpl");
    ok(a.rc == TK_EUSAGE && strstr(a.err.text, " (did you mean 'otlp'?)"), "a slip in a format: %s", a.err.text);
    parse(&a, "--slow x");
    ok(!a.o.slow_given, "nor is it given");
    char line[600];
    snprintf(line, sizeof line, "--order %0500d", 7);
    parse(&a, line);
    ok(a.rc == TK_EUSAGE && strstr(a.err.text, "time, name"), "a very long argument");
    snprintf(line, sizeof line, "--%0500d", 7);
    parse(&a, line);
    ok(a.rc == TK_EUSAGE && strlen(a.err.text) < 120, "a very long name");
}

/* ---- what is printed
 * --------------------------------------------------------------------------------------------- */

static const char *printed(struct tki_buf *b, enum tki_opts_request request)
{
    tki_buf_reset(b);
    tki_opts_print(&command, request, b);
    tki_buf_putc(b, 0);
    b->n--;
    return b->p;
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    while (*text) {
        size_t n = strcspn(text, "\n");
        longest = n > longest ? n : longest;
        text += n + (text[n] == '\n');
    }
    return longest;
}

/* Of a command that leaves them to tracecat, --help names what every command has. */
static void test_named(void)
{
    struct tki_command other = command;
    struct tki_buf b = {0};
    other.name = "tracesample";
    other.tells_common = false;
    tki_opts_help(&other, &b);
    tki_buf_putc(&b, '\0');
    ok(!b.err && strstr(b.p, "\nIn every command, as tracecat --help and tracecat(1) tell:\n"
                             "  --record-max=SIZE; --keep-going; -@, --threads=N; --memory=SIZE;\n"
                             "  --progress=WHEN; -h, --help (-h shows a short one); -V, --version\n\n"),
       "options of every command are named");
    ok(!strstr(b.p, "\nResources:\n") && !strstr(b.p, "\nHelp:\n") && strstr(b.p, "\nOutput:\n"),
       "a heading of such options alone is not there");
    struct answer a;
    parse(&a, "--threads 3");
    ok(a.rc == 0 && a.o.common.threads == 3, "they are options like others");
    tki_buf_free(&b);
}

static void test_help(void)
{
    struct tki_buf b = {0};
    struct answer a;
    parse(&a, "--top 3 -h --nonsense");
    ok(a.rc == 0 && a.request == TKI_SHORT_HELP, "-h at once");
    parse(&a, "--vers");
    ok(a.rc == 0 && a.request == TKI_VERSION, "--version, shortened");
    const char *help = printed(&b, TKI_HELP);
    ok(strstr(help, "Usage: tracecat [OPTION]... [FILE]...\n       tracecat --order=KEY FILE\nConvert and "
                    "show captured "
                    "traces.\n\nInput:\n  -f, --from=FORMAT") == help,
       "the head");
    ok(longest_line(help) <= 80, "80 columns");
    ok(strstr(help, "\n  -z, --compress[=LEVEL]   compress with zstd"), "an option with a letter");
    ok(strstr(help, "\n      --slow=TIME          mark what takes longer than TIME\n"), "an option without");
    ok(strstr(help, "\n  -q, --query=QUERY        keep traces with a span that QUERY describes; may be\n"
                    "                           given several times\n"),
       "wrapped");
    ok(strstr(help, "\n      --name=[NAME]: it's\n") || strstr(help, "--name=[NAME]: it's  a"), "a name of any length");
    ok(!strstr(help, "secret") && !strstr(help, "print-"), "what is hidden is not shown");
    const char *output = strstr(help, "\nOutput:\n"), *selection = strstr(help, "\nSelection:\n");
    ok(output && selection && output < strstr(help, "--json") && strstr(help, "--json") < selection &&
           !strstr(output + 1, "\nOutput:\n"),
       "each heading once, with all of its options");
    ok(strstr(help, "\nHelp:\n  -h, --help               show this help; -h shows a short one\n"), "--help itself");
    ok(strstr(help, "\nFormats for --from:\n  json, ") && strstr(help, "\nFormats for --to:\n  json, "), "formats");
    ok(strstr(help, "\nExamples:\n  tracecat -f jaeger a.json\n      convert to OTLP JSON lines\n"), "examples");
    ok(strstr(help, "\nExit status:\n  0  everything went well\n  1  "), "exit status");
    is_str(help + strlen(help) - strlen("\nThe manual says more: man tracecat\n"),
           "\nThe manual says more: man tracecat\n", "the manual");
    char version[64];
    snprintf(version, sizeof version, "tracecat (tracekit) %s\n", tk_version());
    is_str(printed(&b, TKI_VERSION), version, "--version");
    const char *options = printed(&b, TKI_PRINT_OPTIONS);
    ok(strstr(options, "-f\t--from\tFORMAT\n") == options && strstr(options, "\n\t--top\tN\n") &&
           strstr(options, "\n-z\t--compress\t[LEVEL]\n") && strstr(options, "\n-u\t--otlp-proto\t\n") &&
           strstr(options, "\n-h\t--help\t\n") && !strstr(options, "secret"),
       "--print-options");
    tki_buf_free(&b);
}

/* The shell reads the script without complaint, and answers. */
static void test_completions(void)
{
    struct tki_buf b = {0};
    const char *script = printed(&b, TKI_COMPLETE_BASH);
    ok(strstr(script, "complete -o filenames -F _tracecat tracecat\n") && !strstr(script, "secret"),
       "bash: the script");
    FILE *bash =
        access("/bin/bash", X_OK) == 0 || access("/usr/bin/bash", X_OK) == 0 ? popen("bash >&2 -s", "w") : NULL;
    if (bash) {
        static const char ask[] =
            "\ncompopt() { :; }\ntry() { COMP_WORDS=(tracecat \"$@\"); COMP_CWORD=$#; _tracecat; }\n"
            "try --or; [ \"${COMPREPLY[*]}\" = --order ] || exit 10\n"
            "both=\"time  (the first [one]) name  (what it's called)\"\n"
            "try --order ''; [ \"${COMPREPLY[*]}\" = \"$both\" ] || exit 11\n"
            "try --order =; [ \"${COMPREPLY[*]}\" = \"$both\" ] || exit 12\n"
            "try --order = n; [ \"${COMPREPLY[*]}\" = name ] || exit 13\n"
            "try -f js; [ \"${COMPREPLY[*]}\" = json ] || exit 14\n"
            "try --color = n; [ \"${COMPREPLY[*]}\" = never ] || exit 15\n"
            "try --check = ids,cl; [ \"${COMPREPLY[*]}\" = ids,clocks ] || exit 19\n"
            "try --top 1; [ ${#COMPREPLY[@]} = 0 ] || exit 16\n"
            "cd / && try -o us; [ \"${COMPREPLY[*]}\" = usr ] || exit 17\n"
            "try us; [ \"${COMPREPLY[*]}\" = usr ] || exit 18\n"
            "exit 0\n";
        fwrite(b.p, 1, b.n, bash);
        fwrite(ask, 1, sizeof ask - 1, bash);
        int status = pclose(bash);
        is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, "bash: what it completes");
    } else {
        skip(1, "no bash");
    }
    script = printed(&b, TKI_COMPLETE_ZSH);
    ok(strstr(script, "#compdef tracecat\n") == script, "zsh: the head");
    ok(strstr(script, "'--order=[sort by KEY\\: time, name]:KEY:((time\\:the\\ first\\ \\[one\\] "
                      "name\\:what\\ it\\'\\''s\\ called))'"),
       "zsh: words, with what they are");
    ok(strstr(script, "::CHECKS:_values -s , value ids times clocks'"), "zsh: several words with commas");
    ok(strstr(script, "'(-o --output)-o+[") && strstr(script, "]:FILE:_files'"), "zsh: files");
    ok(strstr(script, "'*-q+[") && strstr(script, "'*--query=["), "zsh: repeated");
    ok(strstr(script, "'(-z --compress)--compress=-[") && strstr(script, "]::LEVEL: '"),
       "zsh: an argument that may be missing");
    ok(strstr(script, "[a \\[name\\]\\: '\\''quoted'\\'']"), "zsh: quoting");
    script = printed(&b, TKI_COMPLETE_FISH);
    ok(strstr(script, "\ncomplete -c tracecat -l order -x -d 'sort by KEY: time, name'\n"
                      "complete -c tracecat -l order -x -a 'time' -d 'the first [one]'\n"
                      "complete -c tracecat -l order -x -a 'name' -d 'what it\\'s called'\n"),
       "fish: words, with what they are");
    ok(strstr(script, "-l check -f -a '(__fish_complete_list , __tracecat_check)'\n"),
       "fish: several words with commas");
    ok(strstr(script, "\ncomplete -c tracecat -s o -l output -r -F -d '"), "fish: files");
    ok(strstr(script, " -l fast -d 'don\\'t wait'\n"), "fish: quoting");
    ok(!strstr(script, "secret"), "fish: nothing hidden");
    tki_buf_free(&b);
}

/* ---- processes
 * --------------------------------------------------------------------------------------------------- */

struct outcome {
    char out[8192], err[4096];
    int status; /* of wait */
};

static void read_all(int fd, char *to, size_t size)
{
    size_t n = 0;
    ssize_t got;
    while (n + 1 < size && (got = read(fd, to + n, size - 1 - n)) > 0)
        n += (size_t)got;
    to[n] = 0;
    close(fd);
}

/* Runs body in a child.  stdout_fd: -1 is a pipe that is read, else what standard output becomes. */
static void run(struct outcome *o, void (*body)(void), int stdout_fd)
{
    int out[2], err[2];
    *o = (struct outcome){0};
    fflush(stdout);
    if (pipe(out) || pipe(err))
        bail_out("pipe");
    pid_t pid = fork();
    if (pid < 0)
        bail_out("fork");
    if (!pid) {
        dup2(stdout_fd < 0 ? out[1] : stdout_fd, STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        close(out[0]);
        close(out[1]);
        close(err[0]);
        close(err[1]);
        body();
        _exit(99); /* it came back */
    }
    close(out[1]);
    close(err[1]);
    read_all(out[0], o->out, sizeof o->out);
    read_all(err[0], o->err, sizeof o->err);
    waitpid(pid, &o->status, 0);
}

static int exit_status(const struct outcome *o)
{
    return WIFEXITED(o->status) ? WEXITSTATUS(o->status) : -WTERMSIG(o->status);
}

static void parse_and_finish(const char *word)
{
    struct options o = {0};
    const char *const *files;
    size_t nfiles;
    char copy[64], name[] = "./bin/tracecat";
    snprintf(copy, sizeof copy, "%s", word);
    char *argv[] = {name, copy, NULL};
    tki_cli_start("/usr/bin/tracecat");
    tki_opts_parse(&command, 2, argv, &o, &files, &nfiles);
    printf("%zu %s\n", nfiles, nfiles ? files[0] : "");
    tki_cli_finish(TKI_EXIT_NO);
}

static void body_file(void)
{
    parse_and_finish("a file");
}

static void body_help(void)
{
    parse_and_finish("--help");
}

static void body_unknown(void)
{
    parse_and_finish("--foo\n\x1b[31m");
}

static void body_usage(void)
{
    tki_cli_start("tracecat");
    printf("first\n");
    tki_opts_usage(&command, "%s and %s exclude each other", "-a", "-b");
}

static void body_die(void)
{
    struct tk_err err = {
        .code = TK_EINVALID, .record = 3, .has_offset = true, .offset = 17, .source = "a\x1b", .text = "no id"};
    struct tk_notes notes = {.n[TK_NOTE_ID_BASE64] = 12};
    tki_cli_start("tracecat");
    printf("out");
    tki_msg_notes(&notes, "b.json");
    tki_msg_notes(&notes, NULL);
    tki_die_err(&err);
}

static void body_config(void)
{
    struct tk_err err = {.code = TK_EUSAGE, .source = "c.yaml", .text = "no such processor"};
    tki_cli_start("tracesample");
    tki_die_err(&err);
}

static void body_epipe(void)
{
    struct tk_err err = {.code = TK_EIO, .sys_errno = EPIPE, .text = "write: Broken pipe"};
    tki_cli_start("tracecat");
    tki_die_err(&err);
}

static void body_print(void)
{
    tki_cli_start("tracecat");
    printf("some output\n");
    tki_cli_finish(TKI_EXIT_GOOD);
}

static void body_much(void)
{
    tki_cli_start("tracecat");
    for (int i = 0; i < 100000; i++)
        printf("some output\n");
    tki_cli_finish(TKI_EXIT_GOOD);
}

static void body_ignored(void)
{
    tki_cli_start("tracecat");
    signal(SIGPIPE, SIG_IGN);
    printf("some output\n");
    tki_cli_finish(TKI_EXIT_GOOD);
}

static void body_closed(void)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    tki_cli_start("tracecat");
    char c;
    int fd = open("/dev/null", O_RDONLY);
    if (fd <= STDERR_FILENO)
        _exit(98); /* a file of ours became a standard stream */
    if (read(STDIN_FILENO, &c, 1) != -1)
        _exit(97); /* reading a closed standard input must fail, not end */
    printf("some output\n");
    tki_cli_finish(TKI_EXIT_GOOD);
}

static void body_closed_quiet(void)
{
    close(STDOUT_FILENO);
    tki_cli_start("tracecat");
    tki_cli_finish(TKI_EXIT_GOOD);
}

static void test_processes(void)
{
    struct outcome o;
    run(&o, body_file, -1);
    ok(exit_status(&o) == 1 && !*o.err, "status as given");
    is_str(o.out, "1 a file\n", "and the output");
    run(&o, body_help, -1);
    ok(exit_status(&o) == 0 && strstr(o.out, "Usage: tracecat ") == o.out && !*o.err, "--help on standard output");
    run(&o, body_unknown, -1);
    is_int(exit_status(&o), 2, "bad usage ends with 2");
    is_str(o.err, "tracecat: unknown option '--foo\\n\\x1b[31m'\nTry 'tracecat --help'.\n", "two lines, nothing raw");
    run(&o, body_usage, -1);
    ok(exit_status(&o) == 2 && !strcmp(o.out, "first\n"), "output comes before the message");
    is_str(o.err, "tracecat: -a and -b exclude each other\nTry 'tracecat --help'.\n", "usage that no table knows");
    run(&o, body_die, -1);
    ok(exit_status(&o) == 3 && !strcmp(o.out, "out"), "an invalid record ends with 3");
    is_str(o.err,
           "tracecat: b.json: 12 ids were base64\ntracecat: 12 ids were base64\n"
           "tracecat: a\\x1b: record 3, byte 17: no id\n",
           "notes and the error");
    run(&o, body_config, -1);
    is_int(exit_status(&o), 2, "a wrong configuration ends with 2");
    is_str(o.err, "tracesample: c.yaml: no such processor\n", "and says why");
    run(&o, body_epipe, -1);
    ok(exit_status(&o) == 3 && !*o.err, "a broken pipe is not spoken of");
}

static void test_streams(void)
{
    struct outcome o;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC), ends[2];
    if (full >= 0) {
        run(&o, body_print, full);
        is_int(exit_status(&o), 3, "a full device never ends with 0");
        is_str(o.err, "tracecat: standard output could not be written: No space left on device\n", "and is named");
        run(&o, body_much, full);
        is_int(exit_status(&o), 3, "nor when the failure was long ago");
        ok(strstr(o.err, "tracecat: standard output could not be written") == o.err, "and is named: %s", o.err);
        run(&o, body_help, full);
        is_int(exit_status(&o), 3, "nor does --help");
        close(full);
    } else {
        skip(5, "no /dev/full");
    }
    if (pipe(ends))
        bail_out("pipe");
    close(ends[0]);
    run(&o, body_print, ends[1]);
    ok(exit_status(&o) == -SIGPIPE && !*o.err, "a reader that went away ends by SIGPIPE, quietly");
    run(&o, body_ignored, ends[1]);
    ok(exit_status(&o) == 3 && !*o.err, "quietly also where the signal is ignored");
    close(ends[1]);
    run(&o, body_closed, -1);
    is_int(exit_status(&o), 3, "closed streams stay unusable");
    is_str(o.err, "tracecat: standard output could not be written: Bad file descriptor\n", "and are named");
    run(&o, body_closed_quiet, -1);
    ok(exit_status(&o) == 0 && !*o.err, "who writes nothing does not care");
}

/* Reads a line, and writes it again without two options. */
static void retype(const char *line, const char *want)
{
    static const char *const without[] = {"to", "query", NULL};
    struct answer a;
    struct tki_buf text = {0};
    int argc = 0;
    parse(&a, line);
    while (a.argv[argc])
        argc++;
    ok(a.rc == 0 && tki_opts_retype(&command, argc, a.argv, without, 2, &text) == 0, "%s: read and written", line);
    tki_buf_putc(&text, 0);
    is_str(text.p, want, "%s: the same words again", line);
    tki_list_free(&a.o.queries);
    tki_buf_free(&text);
}

static void test_retype(void)
{
    retype("a -f json -t otlp b", " -f json a b");
    retype("--from=json --fast -u a", " -f json --fast -u a");
    retype("--check=ids -z5 a", " --check=ids --compress=5 a");
    retype("--check a", " --check a");
    retype("-q{a} --name it's --query={b} *.json", " --name 'it'\\''s' '*.json'");
    retype("a b c", " a b ...");
    retype("-- -a b", " -- -a b");
    retype("- a", " - a");
}

int main(void)
{
    test_kinds();
    test_retype();
    test_common();
    test_errors();
    test_help();
    test_named();
    test_completions();
    test_processes();
    test_streams();
    return done_testing();
}
