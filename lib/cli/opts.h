/* opts.h - one option table per command, which feeds getopt_long, --help, completions and --print-options.
 *
 * Options and files may be mixed; long options may be shortened while they stay unambiguous; `--` ends the
 * options.  -h/--help, -V/--version and the hidden --print-completion=SHELL and --print-options are there
 * for every command and are not rows of its table.
 *
 * Example:
 *
 *     struct options {
 *         struct tki_common common;
 *         struct tki_list queries;
 *         uint64_t top;
 *         int64_t slow_ns;
 *         bool slow_given;
 *         int order;
 *     };
 *     enum order { ORDER_TIME, ORDER_NAME };
 *     static const char *const orders[] = {"time", "name", NULL};
 *
 *     #define FIELD(name) offsetof(struct options, name)
 *     static const struct tki_opt rows[] = {
 *         TKI_OPT_FROM(FIELD(common.from)),
 *         TKI_OPT_OUTPUT(FIELD(common.output)),
 *         {'q', "query", "QUERY", .kind = TKI_LIST, .field = FIELD(queries), .group = "Selection",
 *          .help = "keep traces with a span that QUERY describes; may be given several times"},
 *         {0, "top", "N", .kind = TKI_UINT, .field = FIELD(top), .max = 1000,
 *          .help = "show N rows (default 20)"},
 *         {0, "slow", "TIME", .kind = TKI_DURATION, .field = FIELD(slow_ns),
 *          .given = TKI_GIVEN(struct options, slow_given), .help = "mark what takes longer than TIME"},
 *         {0, "order", "KEY", .kind = TKI_CHOICE, .field = FIELD(order), .choices = orders,
 *          .help = "sort by KEY"},
 *         TKI_OPT_THREADS(FIELD(common.threads), TKI_GIVEN(struct options, common.threads_given)),
 *     };
 *     static const struct tki_command command = {
 *         .name = "tracecat", .about = "convert and show captured traces",
 *         .usage = (const char *const[]){"[OPTION]... [FILE]...", NULL},
 *         TKI_ROWS(rows),
 *         .examples = (const struct tki_example[]){{"tracecat -f jaeger a.json", "convert to JSON"}, {0}},
 *     };
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct options o = {.top = 20};
 *         const char *const *files;
 *         size_t nfiles;
 *         tki_cli_start(command.name);
 *         tki_opts_parse(&command, argc, argv, &o, &files, &nfiles);
 *         ...
 *         tki_list_free(&o.queries);
 *         tki_cli_finish(0);
 *     }
 */
#ifndef TKI_CLI_OPTS_H
#define TKI_CLI_OPTS_H

#include "base/buf.h"

/* and the type of the field it fills */
enum tki_opt_kind {
    TKI_FLAG,     /* bool, becomes true; takes no argument */
    TKI_STRING,   /* const char *, borrowed from argv */
    TKI_LIST,     /* struct tki_list: each use adds a string */
    TKI_UINT,     /* uint64_t */
    TKI_SIZE,     /* uint64_t, bytes */
    TKI_DURATION, /* int64_t, ns; not negative */
    TKI_RATE,     /* double, per second; not negative */
    TKI_SHARE,    /* double, 0 to 1 */
    TKI_TIME,     /* struct tki_moment */
    TKI_DOUBLE,   /* double, finite */
    TKI_CHOICE,   /* int, index into choices */
    TKI_SET,      /* uint64_t, a bit for each of the choices that is named: "a,c" */
    TKI_READABLE, /* const char *, the name of a format that can be read */
    TKI_WRITABLE, /* const char *, the name of a format that can be written */
};

/* What an option that holds one value does when another is given.  Two options that fill one field are like two uses
 * of one.  A flag, an option that takes no argument, and a list may be repeated whatever stands here. */
enum tki_opt_again {
    TKI_ONCE, /* bad usage, with both values in the message: none of them is dropped without a word */
    TKI_LAST, /* the last one counts, so that an alias can set it: for what changes no answer; tracekit(7) lists them */
};

struct tki_list {      /* all zero is empty */
    const char **item; /* borrowed from argv; the array is owned */
    size_t n;
};
void tki_list_free(struct tki_list *l);

struct tki_opt {
    char letter;         /* 0: none */
    const char *name;    /* of the long option, without dashes */
    const char *arg;     /* name of the argument in --help; NULL: the option takes none */
    const char *implied; /* the text parsed when no argument is given.  With arg: --name[=ARG].  Without
                          * arg (and a kind other than FLAG): --name stands for that value. */
    enum tki_opt_kind kind;
    enum tki_opt_again again;
    size_t field;               /* offset into the command's options */
    size_t given;               /* TKI_GIVEN: a bool that becomes true when the option is given; 0: none */
    uint64_t min, max;          /* UINT, SIZE, DURATION: smallest and largest value; max 0: no limit */
    const char *const *choices; /* NULL last.  CHOICE, SET: the words.  READABLE, WRITABLE: names beside those
                                 * of the library's formats, or NULL.  STRING, LIST: suggestions for completion,
                                 * or NULL */
    const char *const *about;   /* of the choices, in their order, for completion: what each is; or NULL */
    bool common;                /* every command has it: --help of tracecat tells what it is, others name it */
    const char *group;          /* heading in --help; NULL: that of the row before */
    const char *help;           /* without final full stop; NULL: accepted, and not shown */
    const char *brief;          /* of an option of the first hour: what -h says, up to 46 columns; NULL: not in -h */
};
#define TKI_GIVEN(type, field) (offsetof(type, field) + 1)

struct tki_example {
    const char *command, *text; /* the last one has a NULL command */
};

/* What people look for, and how it is asked here. */
struct tki_asked {
    const char *word; /* an option, a letter, or a word without dashes; NULL: the last one */
    const char *how;
};

struct tki_command {
    const char *name;
    const char *about;        /* one line, no full stop: "convert and show captured traces" */
    const char *const *usage; /* what follows the name, one line each, NULL last */
    const struct tki_opt *rows;
    size_t nrows;
    const struct tki_example *examples; /* or NULL */
    const char *exit_status;            /* lines "N  TEXT\n"; NULL: what all commands share */
    const struct tki_asked *asked;      /* or NULL */
    bool tells_common;                  /* --help tells of common rows as of all others */
    const char *notes;                  /* paragraphs after the options, wrapped; or NULL */
};
#define TKI_ROWS(array) .rows = (array), .nrows = sizeof(array) / sizeof *(array)

/* Fills options, which holds the defaults, and points files at what is left of argv.  Bad usage: says so
 * and exits with 2.  --help and the like print and exit.  The names of the table are checked by assertions.
 * Words of choices and names of formats are taken in any case.
 */
void tki_opts_parse(const struct tki_command *cmd, int argc, char **argv, void *options, const char *const **files,
                    size_t *nfiles);

/* For what a table cannot say: "NAME: FORMATTED", "Try 'NAME --help'.", exit 2. */
_Noreturn __attribute__((format(printf, 2, 3))) void tki_opts_usage(const struct tki_command *cmd, const char *format,
                                                                    ...);

/* The parts, which neither print nor exit. */
enum tki_opts_request {
    TKI_RUN,
    TKI_HELP,
    TKI_SHORT_HELP,
    TKI_VERSION,
    TKI_PRINT_OPTIONS,
    TKI_COMPLETE_BASH,
    TKI_COMPLETE_ZSH,
    TKI_COMPLETE_FISH,
};
/* 0 with *request set, or TK_EUSAGE, TK_ENOMEM with err->text; permutes argv; not thread safe (getopt).  Looks whether
 * files of a name exist where a word is more likely a value, or an option without its dashes. */
int tki_opts_read(const struct tki_command *cmd, int argc, char **argv, void *options, const char *const **files,
                  size_t *nfiles, enum tki_opts_request *request, struct tk_err *err);
/* Appends a command line that has been read, as it can be typed again: " -q '{ }' --tz=UTC a.json b.json", without the
 * options of these names (NULL last), and up to so many files, then " ...".  Returns 0 or TK_ENOMEM. */
int tki_opts_retype(const struct tki_command *cmd, int argc, char **argv, const char *const *without, int named,
                    struct tki_buf *to);
/* What the request prints. */
void tki_opts_print(const struct tki_command *cmd, enum tki_opts_request request, struct tki_buf *to);
/* The text of -h: how the command is called, the options of the first hour, examples. */
void tki_opts_short_help(const struct tki_command *cmd, struct tki_buf *to);
/* The text of --help, 80 columns wide. */
void tki_opts_help(const struct tki_command *cmd, struct tki_buf *to);
/* The words that the option's argument may be, or the suggestions for it; nothing when it is free text. */
void tki_opts_words(const struct tki_opt *row, const char *between, struct tki_buf *to);
/* A completion script: TKI_COMPLETE_*. */
void tki_opts_complete(const struct tki_command *cmd, enum tki_opts_request shell, struct tki_buf *to);

/* ---- what the commands share -------------------------------------------------------------------------- */

enum tki_when { TKI_AUTO, TKI_ALWAYS, TKI_NEVER };
extern const char *const tki_whens[];

struct tki_common {        /* all zero is the default of each */
    const char *from, *to; /* NULL: detect; the command's default */
    const char *columns;   /* see struct tk_read_opts */
    const char *output;    /* NULL: standard output */
    uint64_t compress;     /* 0: none, else the level of zstd */
    uint64_t threads;      /* meaningful with threads_given; tki_common_threads has the answer */
    bool threads_given;
    uint64_t memory;     /* bytes; 0: the library's default */
    uint64_t record_max; /* bytes; 0: the library's default */
    bool keep_going;
    bool recursive;         /* see inputs.h */
    const char *files_from; /* NULL: none */
    bool json;
    int progress, color; /* enum tki_when */
};

/* Decoding threads: as given, else the processors that are online, at most 8. */
unsigned tki_common_threads(const struct tki_common *c);
/* Both start from all zero: what is not an option (needs, work) is the caller's to set afterwards. */
void tki_common_read_opts(const struct tki_common *c, struct tk_read_opts *opts);
void tki_common_write_opts(const struct tki_common *c, struct tk_write_opts *opts);
void tki_common_traces_opts(const struct tki_common *c, struct tk_traces_opts *opts);
/* Lets the name of the output say how spans are written, unless an option does: sets to and compress.  Returns 0, or
 * TK_EUSAGE with err->text where the name says no format.  (suffix.h) */
int tki_common_name_spans(struct tki_common *c, struct tk_err *err);
/* Whether standard output is a terminal, and no option says what to write there: then people are shown what the traces
 * say, and not the traces. */
bool tki_common_for_people(const struct tki_common *c);
/* Ends the command when there is no file and standard input is a terminal: it would wait for what nobody types. */
void tki_refuse_terminal_input(size_t nfiles);
/* Says that a file is read from the keyboard, where it is standard input ("-") and that is a terminal. */
void tki_tell_keyboard(const char *path);
/* Whether the file of -o is left as it is, rather than replaced by one that holds nothing: the input could not be read
 * whole (code is what the reader ended with), and of what was read nothing is `written`.  tki_msg_kept says so. */
bool tki_keep_output(const char *path, const struct tk_reader *r, int code, uint64_t written);
void tki_msg_kept(const char *path);
/* Ends the command when standard output is one of the files to be read, none being standard input: what is written
 * would be read again, without end. */
void tki_refuse_own_output(const char *const *files, size_t n);

/* Rows; each takes the offset of the field of its struct tki_common. */
#define TKI_OPT_FROM(at)                                                                                       \
    {                                                                                                          \
        .letter = 'f', .name = "from", .arg = "FORMAT", .kind = TKI_READABLE, .field = (at), .group = "Input", \
        .help = "read FORMAT instead of detecting it"                                                          \
    }
#define TKI_OPT_COLUMNS(at)                                                                                       \
    {                                                                                                             \
        .name = "columns", .arg = "MAPPING", .kind = TKI_STRING, .common = true, .field = (at), .group = "Input", \
        .help = "read rows whose columns are called so: trace_id=tid,span_id=sid,start=ts:ms,name=op,..."         \
    }
#define TKI_OPT_RECORD_MAX(at)                                                                          \
    {                                                                                                   \
        .name = "record-max", .arg = "SIZE", .kind = TKI_SIZE, .common = true, .field = (at), .min = 1, \
        .group = "Input", .help = "hold records of up to SIZE whole (default 64MiB)"                    \
    }
#define TKI_OPT_KEEP_GOING(at)                                                                   \
    {                                                                                            \
        .name = "keep-going", .kind = TKI_FLAG, .common = true, .field = (at), .group = "Input", \
        .help = "skip malformed records, count them, and end with status 3"                      \
    }
#define TKI_OPT_TO(at)                                                                                        \
    {                                                                                                         \
        .letter = 't', .name = "to", .arg = "FORMAT", .kind = TKI_WRITABLE, .field = (at), .group = "Output", \
        .help = "write FORMAT (default json)"                                                                 \
    }
/* Likewise for a command that has views of its own: names, NULL last. */
#define TKI_OPT_TO_OR(at, views)                                                                               \
    {                                                                                                          \
        .letter = 't', .name = "to", .arg = "FORMAT", .kind = TKI_WRITABLE, .field = (at), .choices = (views), \
        .group = "Output", .help = "write FORMAT (default json)"                                               \
    }
/* Stands for --to=otlp: the field is that of `to`. */
#define TKI_OPT_PROTO(at)                                                                                       \
    {                                                                                                           \
        .letter = 'u', .name = "otlp-proto", .kind = TKI_WRITABLE, .implied = "otlp", .field = (at),            \
        .group = "Output", .help = "write OTLP protobuf, for the next command of a pipe; the same as --to=otlp" \
    }
#define TKI_OPT_OUTPUT(at)                                                                                    \
    {                                                                                                         \
        .letter = 'o', .name = "output", .arg = "FILE", .kind = TKI_STRING, .field = (at), .group = "Output", \
        .help = "write to FILE instead of standard output"                                                    \
    }
#define TKI_OPT_COMPRESS(at)                                                                                           \
    {                                                                                                                  \
        .letter = 'z', .name = "compress", .arg = "LEVEL", .implied = "3", .kind = TKI_UINT, .field = (at), .max = 19, \
        .group = "Output", .help = "compress with zstd at LEVEL, 1 to 19 (default 3); 0: do not compress"              \
    }
#define TKI_OPT_JSON(at)                                                                                       \
    {                                                                                                          \
        .name = "json", .kind = TKI_FLAG, .field = (at), .group = "Output", .help = "print the report as JSON" \
    }
#define TKI_OPT_COLOR(at)                                                                                          \
    {                                                                                                              \
        .name = "color", .arg = "WHEN", .implied = "always", .kind = TKI_CHOICE, .again = TKI_LAST, .field = (at), \
        .choices = tki_whens, .group = "Output", .help = "use colours: auto (the default), always, never"          \
    }
#define TKI_OPT_NO_PAGER(at)                                                    \
    {                                                                           \
        .name = "no-pager", .kind = TKI_FLAG, .field = (at), .group = "Output", \
        .help = "never show long output on a terminal through a pager"          \
    }
#define TKI_OPT_THREADS(at, given_at)                                                                      \
    {                                                                                                      \
        .letter = '@', .name = "threads", .arg = "N", .kind = TKI_UINT, .again = TKI_LAST, .common = true, \
        .field = (at), .given = (given_at), .max = 256, .group = "Resources",                              \
        .help = "use N threads for decoding (default: the processors online, at most 8); "                 \
                "0 or 1: everything on one thread"                                                         \
    }
#define TKI_OPT_MEMORY(at)                                                                                             \
    {                                                                                                                  \
        .name = "memory", .arg = "SIZE", .kind = TKI_SIZE, .again = TKI_LAST, .common = true, .field = (at), .min = 1, \
        .group = "Resources", .help = "hold SIZE of spans before a temporary file is used (default 256MiB)"            \
    }
#define TKI_OPT_PROGRESS(at)                                                                                     \
    {                                                                                                            \
        .name = "progress", .arg = "WHEN", .kind = TKI_CHOICE, .again = TKI_LAST, .common = true, .field = (at), \
        .choices = tki_whens, .group = "Resources",                                                              \
        .help = "show progress on standard error: auto (the default: on a terminal, after a second), "           \
                "always, never"                                                                                  \
    }

#endif
