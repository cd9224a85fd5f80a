#include "cli/opts.h"

#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "cli/msg.h"
#include "cli/quantity.h"
#include "report/number.h"

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

static int list_put(struct tki_list *l, const char *text, struct tk_err *err)
{
    if ((l->n & (l->n - 1)) == 0) { /* the array is full at each power of two */
        const char **item = realloc(l->item, (l->n ? l->n * 2 : 1) * sizeof *item);
        if (!item)
            return tki_err_memory(err);
        l->item = item;
    }
    l->item[l->n++] = text;
    return 0;
}

/* ---- values ---- */

/* Messages show an argument up to this many bytes. */
#define SHOWN "%.80s"

static int wrong(const struct tki_opt *row, const char *text, const char *what, struct tk_err *err)
{
    return tki_err_set(err, TK_EUSAGE, "--%s: '" SHOWN "' is not %s", row->name, text, what);
}

static const char *limit_text(char to[TKI_QUANTITY_MAX], const struct tki_opt *row, uint64_t limit)
{
    if (row->kind == TKI_DURATION)
        return tki_duration_exact(to, (int64_t)limit);
    if (row->kind == TKI_SIZE)
        return tki_size_format(to, limit);
    snprintf(to, TKI_QUANTITY_MAX, "%" PRIu64, limit);
    return to;
}

static int check_limits(const struct tki_opt *row, const char *text, uint64_t x, struct tk_err *err)
{
    char limit[TKI_QUANTITY_MAX];
    if (x < row->min)
        return tki_err_set(err, TK_EUSAGE, "--%s: " SHOWN " is less than %s", row->name, text,
                           limit_text(limit, row, row->min));
    if (row->max && x > row->max)
        return tki_err_set(err, TK_EUSAGE, "--%s: " SHOWN " is more than %s", row->name, text,
                           limit_text(limit, row, row->max));
    return 0;
}

static int none_of(const struct tki_opt *row, const char *text, struct tk_err *err)
{
    struct tki_buf known = {0};
    tki_opts_words(row, ", ", &known);
    tki_buf_putc(&known, 0);
    tki_err_set(err, TK_EUSAGE, "--%s: '%.40s' is none of %s", row->name, text, known.err ? "" : known.p);
    tki_buf_free(&known);
    return TK_EUSAGE;
}

static int parse_choice(const struct tki_opt *row, const char *text, int *to, struct tk_err *err)
{
    for (int i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], text) == 0) {
            *to = i;
            return 0;
        }
    return none_of(row, text, err);
}

static int parse_format(const struct tki_opt *row, const char *text, const char **to, struct tk_err *err)
{
    bool write = row->kind == TKI_WRITABLE;
    const struct tk_format_info *f;
    for (size_t i = 0; (f = tk_format_at(i)); i++)
        if (strcmp(f->name, text) == 0) {
            if (!(write ? f->can_write : f->can_read))
                return tki_err_set(err, TK_EUSAGE, "--%s: the format '%s' can only be %s", row->name, f->name,
                                   write ? "read" : "written");
            *to = f->name;
            return 0;
        }
    for (size_t i = 0; row->choices && row->choices[i]; i++)
        if (strcmp(row->choices[i], text) == 0) {
            *to = row->choices[i];
            return 0;
        }
    return none_of(row, text, err);
}

/* Kinds whose field is 64 bits of whole number. */
static int parse_whole(const struct tki_opt *row, const char *text, void *field, struct tk_err *err)
{
    tk_str s = tki_str(text);
    uint64_t x = 0;
    int64_t ns;
    switch (row->kind) {
    case TKI_UINT:
        if (!tki_parse_u64(s, &x))
            return wrong(row, text, "a whole number", err);
        break;
    case TKI_SIZE:
        if (!tki_size_parse(s, &x))
            return wrong(row, text, "a size such as 64MiB, 1.5GB or 4096", err);
        break;
    case TKI_DURATION:
        if (!tki_duration_parse(s, &ns))
            return wrong(row, text, "a duration such as 250ms, 1.5s or 1h30m", err);
        x = (uint64_t)ns;
        break;
    default:
        if (!tki_time_parse(s, &x))
            return wrong(row, text,
                         "a time such as 2024-05-01T12:00:00Z, 2024-05-01, @1714564800 (Unix seconds) or a whole "
                         "number of nanoseconds",
                         err);
        break;
    }
    int rc = check_limits(row, text, x, err);
    if (!rc)
        memcpy(field, &x, sizeof x);
    return rc;
}

static int parse_real(const struct tki_opt *row, const char *text, double *to, struct tk_err *err)
{
    tk_str s = tki_str(text);
    double x;
    if (row->kind == TKI_RATE && !tki_rate_parse(s, &x))
        return wrong(row, text, "a rate such as 1000/s, 60/m or 1000", err);
    if (row->kind == TKI_SHARE && !tki_share_parse(s, &x))
        return wrong(row, text, "a share such as 10% or 0.1", err);
    if (row->kind == TKI_DOUBLE && (!tki_parse_double(s, &x) || !isfinite(x)))
        return wrong(row, text, "a number", err);
    *to = x;
    return 0;
}

static int store(const struct tki_opt *row, const char *text, void *options, struct tk_err *err)
{
    void *field = (char *)options + row->field;
    int rc = 0;
    if (!text)
        text = row->implied;
    switch (row->kind) {
    case TKI_FLAG: *(bool *)field = true; break;
    case TKI_STRING: *(const char **)field = text; break;
    case TKI_LIST: rc = list_put(field, text, err); break;
    case TKI_UINT:
    case TKI_SIZE:
    case TKI_DURATION:
    case TKI_TIME: rc = parse_whole(row, text, field, err); break;
    case TKI_RATE:
    case TKI_SHARE:
    case TKI_DOUBLE: rc = parse_real(row, text, field, err); break;
    case TKI_CHOICE: rc = parse_choice(row, text, field, err); break;
    case TKI_READABLE:
    case TKI_WRITABLE: rc = parse_format(row, text, field, err); break;
    }
    if (!rc && row->given)
        *(bool *)((char *)options + row->given - 1) = true;
    return rc;
}

/* ---- what is wrong with an option ---- */

/* Insertions, deletions, replacements and exchanges of neighbours that make a into b. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
    enum { MOST = 40 };
    unsigned d[MOST + 1][MOST + 1];
    if (na > MOST || nb > MOST)
        return UINT32_MAX;
    for (size_t i = 0; i <= na; i++)
        for (size_t j = 0; j <= nb; j++) {
            if (!i || !j) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[na][nb];
}

static void closer(const char *candidate, const char *name, size_t n, unsigned *least, const char **best)
{
    unsigned d = distance(name, n, candidate, strlen(candidate));
    if (d < *least) {
        *least = d;
        *best = candidate;
    }
}

/* arg is "--name" or "--name=value", and no option, or several, begin with that name. */
static int unknown_long(const struct tki_command *cmd, const char *arg, struct tk_err *err)
{
    const char *name = arg + 2, *best = NULL;
    size_t n = strcspn(name, "=");
    unsigned least = n < 9 ? 3 : 4; /* up to 2 or 3 mistakes are a slip */
    if (n < least)
        least = (unsigned)n;
    struct tki_buf several = {0};
    size_t matches = 0;
    for (size_t i = 0; i < cmd->nrows + EXTRAS; i++) {
        bool row = i < cmd->nrows;
        const char *other = row ? cmd->rows[i].name : extra_names[i - cmd->nrows];
        if (strncmp(other, name, n) == 0)
            tki_buf_printf(&several, "%s--%s", matches++ ? ", " : "", other);
        if (row ? cmd->rows[i].help != NULL : i - cmd->nrows < EXTRA_COMPLETION)
            closer(other, name, n, &least, &best);
    }
    tki_buf_putc(&several, 0);
    if (matches > 1 && !several.err)
        tki_err_set(err, TK_EUSAGE, "option '--%.*s' could be %s", (int)(n < 80 ? n : 80), name, several.p);
    else if (best)
        tki_err_set(err, TK_EUSAGE, "unknown option '--%.*s' (did you mean '--%s'?)", (int)(n < 80 ? n : 80), name,
                    best);
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
    return tki_err_set(err, TK_EUSAGE, "unknown option '%s'", typed);
}

/* ---- parsing ---- */

static void check_table(const struct tki_command *cmd)
{
    for (size_t i = 0; i < cmd->nrows; i++) {
        const struct tki_opt *row = &cmd->rows[i];
        assert(row->name && (row->kind != TKI_CHOICE || row->choices));
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
    return tki_err_set(err, TK_EUSAGE, "--print-completion: '" SHOWN "' is none of bash, zsh, fish", shell);
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

/* One answer of getopt_long that is an option. */
static int take(const struct tki_command *cmd, int got, void *options, enum tki_opts_request *request,
                struct tk_err *err)
{
    for (size_t i = 0; i < cmd->nrows; i++)
        if (got == LONG + (int)i || (got < LONG && got == cmd->rows[i].letter))
            return store(&cmd->rows[i], optarg, options, err);
    size_t extra = got == HELP_LETTER      ? EXTRA_HELP
                   : got == VERSION_LETTER ? EXTRA_VERSION
                                           : (size_t)(got - LONG) - cmd->nrows;
    switch (extra) {
    case EXTRA_HELP: *request = TKI_HELP; return 0;
    case EXTRA_VERSION: *request = TKI_VERSION; return 0;
    case EXTRA_OPTIONS: *request = TKI_PRINT_OPTIONS; return 0;
    default: return completion_request(optarg, request, err);
    }
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
    int rc = 0, got;
    if (!longs || !letters) {
        rc = tki_err_memory(err);
    } else {
        make_tables(cmd, longs, letters);
        optind = 0; /* getopt starts anew */
        opterr = 0;
        while (!rc && *request == TKI_RUN && (got = getopt_long(argc, argv, letters, longs, NULL)) != -1)
            rc = got == '?' || got == ':' ? getopt_error(cmd, got, argv, err) : take(cmd, got, options, request, err);
    }
    if (!rc && *request == TKI_RUN) {
        *files = (const char *const *)argv + optind;
        *nfiles = (size_t)(argc - optind);
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
