#include "cli/opts.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/msg.h"
#include "cli/opts_in.h"

/* What getopt_long answers for a long option: LONG + its row, then the options that every command has.
 * Letters keep their own value, so that messages can name what was typed. */
enum { LONG = 256, HELP_LETTER = 'h', VERSION_LETTER = 'V' };
enum extra { EXTRA_HELP, EXTRA_VERSION, EXTRA_COMPLETION, EXTRA_OPTIONS, EXTRAS };

static const char *const extra_names[EXTRAS] = {"help", "version", "print-completion", "print-options"};

void tki_list_free(struct tki_list *l)
{
    free(l->item);
    *l = (struct tki_list){0};
}

/* ---- what is wrong with an option ---- */

/* The row whose argument may be that word because it can be written; NULL: there is none. */
static const struct tki_opt *writes_word(const struct tki_command *cmd, const char *word, size_t n)
{
    char text[32];
    if (n == 0 || n >= sizeof text)
        return NULL;
    memcpy(text, word, n);
    text[n] = 0;
    for (size_t i = 0; i < cmd->nrows; i++)
        if (cmd->rows[i].kind == TKI_WRITABLE && cmd->rows[i].arg && tki_opt_is_value(&cmd->rows[i], text))
            return &cmd->rows[i];
    return NULL;
}

/* How the command is asked for that word; NULL: not known. */
static const char *how_asked(const struct tki_command *cmd, const char *word, size_t n)
{
    for (const struct tki_asked *a = cmd->asked; a && a->word; a++)
        if (strlen(a->word) == n && memcmp(a->word, word, n) == 0)
            return a->how;
    return NULL;
}

/* arg is "--name" or "--name=value", and no option, or several, begin with that name. */
static int unknown_long(const struct tki_command *cmd, const char *arg, struct tk_err *err)
{
    const char *name = arg + 2;
    size_t n = strcspn(name, "=");
    struct tki_guess guess = tki_guess_of(name, n);
    struct tki_buf several = {0};
    size_t matches = 0;
    const struct tki_opt *writes = writes_word(cmd, name, n);
    for (size_t i = 0; i < cmd->nrows + EXTRAS; i++) {
        bool row = i < cmd->nrows;
        const char *other = row ? cmd->rows[i].name : extra_names[i - cmd->nrows];
        if (strncmp(other, name, n) == 0)
            tki_buf_printf(&several, "%s--%s", matches++ ? ", " : "", other);
        if (row ? cmd->rows[i].help != NULL : i - cmd->nrows < EXTRA_COMPLETION)
            tki_guess_try(&guess, other);
    }
    tki_buf_putc(&several, 0);
    if (how_asked(cmd, name, n))
        tki_err_set(err, TK_EUSAGE, "unknown option '--%.*s': write %s", (int)n, name, how_asked(cmd, name, n));
    else if (matches > 1 && !several.err)
        tki_err_set(err, TK_EUSAGE, "option '--%.*s' could be %s", (int)(n < 80 ? n : 80), name, several.p);
    else if (writes)
        tki_err_set(err, TK_EUSAGE, "unknown option '--%.*s' (did you mean '--%s=%.*s'?)", (int)n, name, writes->name,
                    (int)n, name);
    else if (guess.best)
        tki_err_set(err, TK_EUSAGE, "unknown option '--%.*s' (did you mean '--%s'?)", (int)(n < 80 ? n : 80), name,
                    guess.best);
    else
        tki_err_set(err, TK_EUSAGE, "unknown option '--%.*s'", (int)(n < 80 ? n : 80), name);
    tki_buf_free(&several);
    return TK_EUSAGE;
}

/* got is what getopt_long answered: '?' or ':'. */
static int getopt_error(const struct tki_command *cmd, int got, char *const *argv, struct tk_err *err)
{
    char typed[80];
    const struct tki_opt *row = NULL;
    if (optopt == 0)
        return unknown_long(cmd, argv[optind - 1], err);
    if (optopt >= LONG) {
        size_t i = (size_t)(optopt - LONG);
        row = i < cmd->nrows ? &cmd->rows[i] : NULL;
        snprintf(typed, sizeof typed, "--%s", row ? row->name : extra_names[i - cmd->nrows]);
    } else {
        for (size_t i = 0; i < cmd->nrows; i++)
            if (cmd->rows[i].letter == optopt)
                row = &cmd->rows[i];
        snprintf(typed, sizeof typed, "-%c", optopt);
    }
    if (got == ':')
        return tki_err_set(err, TK_EUSAGE, "option '%s' needs an argument, %s", typed, row ? row->arg : "SHELL");
    if (optopt >= LONG)
        return tki_err_set(err, TK_EUSAGE, "option '%s' takes no argument", typed);
    const char *how = how_asked(cmd, typed + 1, 1);
    return tki_err_set(err, TK_EUSAGE, "unknown option '%s'%s%s", typed, how ? ": write " : "", how ? how : "");
}

/* ---- parsing ---- */

static void check_table(const struct tki_command *cmd)
{
    for (size_t i = 0; i < cmd->nrows; i++) {
        const struct tki_opt *row = &cmd->rows[i];
        assert(row->name && ((row->kind != TKI_CHOICE && row->kind != TKI_SET) || row->choices));
        assert(row->kind == TKI_FLAG ? !row->arg && !row->implied : row->arg || row->implied);
        assert(row->letter != HELP_LETTER && row->letter != VERSION_LETTER && row->letter != '?');
        for (size_t j = 0; j < i; j++) {
            assert(strcmp(row->name, cmd->rows[j].name) != 0);
            assert(!row->letter || row->letter != cmd->rows[j].letter);
        }
        for (size_t j = 0; j < EXTRAS; j++)
            assert(strcmp(row->name, extra_names[j]) != 0);
        (void)row;
    }
}

static int completion_request(const char *shell, enum tki_opts_request *request, struct tk_err *err)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i], shell) == 0) {
            *request = (enum tki_opts_request)(TKI_COMPLETE_BASH + i);
            return 0;
        }
    return tki_err_set(err, TK_EUSAGE, "--print-completion: '%.80s' is none of bash, zsh, fish", shell);
}

/* Fills what getopt_long wants: letters has room for three characters a row and five more. */
static void make_tables(const struct tki_command *cmd, struct option *longs, char *letters)
{
    size_t n = 0;
    letters[n++] = ':'; /* tell a missing argument from an unknown option, and print nothing */
    for (size_t i = 0; i < cmd->nrows; i++) {
        const struct tki_opt *row = &cmd->rows[i];
        int has = !row->arg ? no_argument : row->implied ? optional_argument : required_argument;
        longs[i] = (struct option){row->name, has, NULL, LONG + (int)i};
        if (row->letter) {
            letters[n++] = row->letter;
            for (int k = 0; k < has; k++)
                letters[n++] = ':';
        }
    }
    letters[n++] = HELP_LETTER;
    letters[n++] = VERSION_LETTER;
    letters[n] = 0;
    for (size_t i = 0; i < EXTRAS; i++)
        longs[cmd->nrows + i] = (struct option){extra_names[i], i == EXTRA_COMPLETION ? required_argument : no_argument,
                                                NULL, LONG + (int)(cmd->nrows + i)};
    longs[cmd->nrows + EXTRAS] = (struct option){0};
}

/* What has been read so far. */
struct reading {
    const struct tki_command *cmd;
    void *options;
    enum tki_opts_request *request;
    const char **given; /* by row: its argument, or what is implied; NULL: the option did not come */
};

static int given_twice(const struct tki_opt *row, const char *text, const struct tki_opt *other, const char *before,
                       struct tk_err *err)
{
    if (row == other)
        return tki_err_set(err, TK_EUSAGE, "--%s is given twice, '%.60s' and '%.60s', and takes one", row->name, before,
                           text);
    return tki_err_set(err, TK_EUSAGE, "--%s%s%.60s and --%s%s%.60s exclude each other", other->name,
                       other->arg ? "=" : "", other->arg ? before : "", row->name, row->arg ? "=" : "",
                       row->arg ? text : "");
}

/* Refuses a second value for the field of row i. */
static int check_again(const struct reading *r, size_t i, const char *text, struct tk_err *err)
{
    const struct tki_opt *row = &r->cmd->rows[i];
    if (row->kind == TKI_FLAG || row->kind == TKI_LIST || row->again == TKI_LAST)
        return 0;
    for (size_t j = 0; j < r->cmd->nrows; j++)
        if (r->given[j] && r->cmd->rows[j].field == row->field && (i != j || row->arg))
            return given_twice(row, text, &r->cmd->rows[j], r->given[j], err);
    return 0;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Option i, with argument text, or NULL when it came without; the word behind it, or NULL. */
static int take_row(struct reading *r, size_t i, const char *text, const char *next, struct tk_err *err)
{
    const struct tki_opt *row = &r->cmd->rows[i];
    if (!text && row->arg && next && next[0] != '-' && !exists(next) && tki_opt_is_value(row, next))
        return tki_err_set(err, TK_EUSAGE,
                           "--%s %.60s: the argument may be left out, so that it needs a '=': --%s=%.60s (and there is "
                           "no file of that name)",
                           row->name, next, row->name, next);
    if (!text)
        text = row->implied ? row->implied : "";
    int rc = check_again(r, i, text, err);
    if (!rc)
        rc = tki_opt_value(row, text, (char *)r->options + row->field, err);
    if (rc)
        return rc;
    r->given[i] = text;
    if (row->given)
        *(bool *)((char *)r->options + row->given - 1) = true;
    return 0;
}

/* One answer of getopt_long that is an option. */
static int take(struct reading *r, int got, const char *next, struct tk_err *err)
{
    for (size_t i = 0; i < r->cmd->nrows; i++)
        if (got == LONG + (int)i || (got < LONG && got == r->cmd->rows[i].letter))
            return take_row(r, i, optarg, next, err);
    size_t extra = got == HELP_LETTER      ? EXTRA_HELP
                   : got == VERSION_LETTER ? EXTRA_VERSION
                                           : (size_t)(got - LONG) - r->cmd->nrows;
    switch (extra) {
    case EXTRA_HELP: *r->request = got == HELP_LETTER ? TKI_SHORT_HELP : TKI_HELP; return 0;
    case EXTRA_VERSION: *r->request = TKI_VERSION; return 0;
    case EXTRA_OPTIONS: *r->request = TKI_PRINT_OPTIONS; return 0;
    default: return completion_request(optarg, r->request, err);
    }
}

/* A word that is an option or a format, and no file, was meant as such: "stats" for --stats. */
static int check_file(const struct tki_command *cmd, const char *file, struct tk_err *err)
{
    enum { SHORTEST = 3 }; /* what is shorter may well be a file that is missing */
    size_t n = strlen(file);
    if (n < SHORTEST || exists(file))
        return 0;
    for (size_t i = 0; i < cmd->nrows; i++)
        if (cmd->rows[i].help && strcmp(cmd->rows[i].name, file) == 0)
            return tki_err_set(err, TK_EUSAGE, "%s: there is no file of that name (did you mean '--%s'?)", file, file);
    const struct tki_opt *writes = writes_word(cmd, file, n);
    if (!writes && how_asked(cmd, file, n))
        return tki_err_set(err, TK_EUSAGE, "%s: there is no file of that name: write %s", file,
                           how_asked(cmd, file, n));
    if (!writes)
        return 0;
    return tki_err_set(err, TK_EUSAGE, "%s: there is no file of that name (did you mean '--%s=%s'?)", file,
                       writes->name, file);
}

/* Words of other tools, though they may be the beginning of an option: --format, which is not --formats. */
static int check_asked(const struct tki_command *cmd, int argc, char **argv, struct tk_err *err)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *name = argv[i] + 2;
        size_t n = strncmp(argv[i], "--", 2) == 0 ? strcspn(name, "=") : 0, row = 0;
        while (row < cmd->nrows && (strlen(cmd->rows[row].name) != n || memcmp(cmd->rows[row].name, name, n) != 0))
            row++;
        if (n && row == cmd->nrows && strncmp("help", name, n) != 0 && how_asked(cmd, name, n))
            return unknown_long(cmd, argv[i], err);
    }
    return 0;
}

static int read_all(struct reading *r, int argc, char **argv, const struct option *longs, const char *letters,
                    struct tk_err *err)
{
    int rc = check_asked(r->cmd, argc, argv, err), got;
    optind = 0; /* getopt starts anew */
    opterr = 0;
    while (!rc && *r->request == TKI_RUN && (got = getopt_long(argc, argv, letters, longs, NULL)) != -1)
        rc = got == '?' || got == ':' ? getopt_error(r->cmd, got, argv, err)
                                      : take(r, got, optind < argc ? argv[optind] : NULL, err);
    for (int i = optind; !rc && *r->request == TKI_RUN && i < argc; i++)
        rc = check_file(r->cmd, argv[i], err);
    return rc;
}

int tki_opts_read(const struct tki_command *cmd, int argc, char **argv, void *options, const char *const **files,
                  size_t *nfiles, enum tki_opts_request *request, struct tk_err *err)
{
    check_table(cmd);
    *request = TKI_RUN;
    *files = NULL;
    *nfiles = 0;
    if (argc < 1)
        return 0;
    struct option *longs = calloc(cmd->nrows + EXTRAS + 1, sizeof *longs);
    char *letters = malloc(3 * cmd->nrows + 5);
    const char **given = calloc(cmd->nrows + 1, sizeof *given);
    int rc;
    if (!longs || !letters || !given) {
        rc = tki_err_memory(err);
    } else {
        make_tables(cmd, longs, letters);
        rc = read_all(&(struct reading){cmd, options, request, given}, argc, argv, longs, letters, err);
    }
    if (!rc && *request == TKI_RUN) {
        *files = (const char *const *)argv + optind;
        *nfiles = (size_t)(argc - optind);
    }
    free(longs);
    free(letters);
    free(given);
    return rc;
}

static bool among(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static void retype_row(const struct tki_opt *row, const char *text, struct tki_buf *to)
{
    bool joined = row->arg && row->implied; /* an argument that may be left out is part of the word */
    if (row->letter && !joined)
        tki_buf_printf(to, " -%c", row->letter);
    else
        tki_buf_printf(to, " --%s", row->name);
    if (!text)
        return;
    tki_buf_putc(to, joined ? '=' : ' ');
    tki_buf_shell_word(to, text);
}

static void retype_files(char *const *files, int n, int named, struct tki_buf *to)
{
    bool dashes = false;
    for (int i = 0; i < n && i < named; i++)
        dashes = dashes || (files[i][0] == '-' && files[i][1]);
    if (dashes)
        tki_buf_lit(to, " --");
    for (int i = 0; i < n && i < named; i++) {
        tki_buf_putc(to, ' ');
        tki_buf_shell_word(to, files[i]);
    }
    if (n > named)
        tki_buf_lit(to, " ...");
}

int tki_opts_retype(const struct tki_command *cmd, int argc, char **argv, const char *const *without, int named,
                    struct tki_buf *to)
{
    struct option *longs = calloc(cmd->nrows + EXTRAS + 1, sizeof *longs);
    char *letters = malloc(3 * cmd->nrows + 5);
    int got, rc = longs && letters ? 0 : TK_ENOMEM;
    if (!rc) {
        make_tables(cmd, longs, letters);
        optind = 0;
        opterr = 0;
        while ((got = getopt_long(argc, argv, letters, longs, NULL)) != -1)
            for (size_t i = 0; i < cmd->nrows; i++)
                if ((got == LONG + (int)i || got == cmd->rows[i].letter) && !among(without, cmd->rows[i].name))
                    retype_row(&cmd->rows[i], optarg, to);
        retype_files(argv + optind, argc - optind, named, to);
    }
    free(longs);
    free(letters);
    return rc;
}

void tki_opts_print(const struct tki_command *cmd, enum tki_opts_request request, struct tki_buf *to)
{
    switch (request) {
    case TKI_RUN: break;
    case TKI_HELP: tki_opts_help(cmd, to); break;
    case TKI_SHORT_HELP: tki_opts_short_help(cmd, to); break;
    case TKI_VERSION: tki_buf_printf(to, "%s (tracekit) %s\n", cmd->name, tk_version()); break;
    case TKI_PRINT_OPTIONS:
        for (size_t i = 0; i < cmd->nrows; i++) {
            const struct tki_opt *row = &cmd->rows[i];
            if (!row->help)
                continue;
            if (row->letter)
                tki_buf_printf(to, "-%c", row->letter);
            tki_buf_printf(to, "\t--%s\t", row->name);
            if (row->arg)
                tki_buf_printf(to, row->implied ? "[%s]" : "%s", row->arg);
            tki_buf_putc(to, '\n');
        }
        tki_buf_lit(to, "-h\t--help\t\n-V\t--version\t\n");
        break;
    case TKI_COMPLETE_BASH:
    case TKI_COMPLETE_ZSH:
    case TKI_COMPLETE_FISH: tki_opts_complete(cmd, request, to); break;
    }
}

void tki_opts_parse(const struct tki_command *cmd, int argc, char **argv, void *options, const char *const **files,
                    size_t *nfiles)
{
    struct tk_err err = {0};
    enum tki_opts_request request;
    int rc = tki_opts_read(cmd, argc, argv, options, files, nfiles, &request, &err);
    if (rc == TK_EUSAGE)
        tki_opts_usage(cmd, "%s", err.text);
    if (rc)
        tki_die_err(&err);
    if (request == TKI_RUN)
        return;
    struct tki_buf text = {0};
    tki_opts_print(cmd, request, &text);
    if (text.err)
        tki_die(TKI_EXIT_IO, "out of memory");
    fwrite(text.p, 1, text.n, stdout);
    tki_buf_free(&text);
    tki_cli_finish(TKI_EXIT_GOOD);
}

void tki_opts_usage(const struct tki_command *cmd, const char *format, ...)
{
    (void)cmd; /* its name is the one that tki_cli_start was given */
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tki_msg_usage(text);
    exit(TKI_EXIT_USAGE);
}
