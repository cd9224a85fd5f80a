#include <stdio.h>
#include <stdlib.h>

#include "cli/opts.h"
#include "cli/term.h"

enum { COLUMNS = 80, HELP_COLUMN = 27, SHORT_EXAMPLES = 6 };

void tki_opts_words(const struct tki_opt *row, const char *between, struct tki_buf *to)
{
    bool any = false;
    const struct tk_format_info *f;
    if (row->kind == TKI_READABLE || row->kind == TKI_WRITABLE)
        for (size_t i = 0; (f = tk_format_at(i)); i++)
            if (row->kind == TKI_READABLE ? f->can_read : f->can_write) {
                tki_buf_printf(to, "%s%s", any ? between : "", f->name);
                any = true;
            }
    for (size_t i = 0; row->choices && row->choices[i]; i++) {
        tki_buf_printf(to, "%s%s", any ? between : "", row->choices[i]);
        any = true;
    }
}

/* "-f, --from=FORMAT" */
static void put_names(struct tki_buf *to, const struct tki_opt *row)
{
    if (row->letter)
        tki_buf_printf(to, "-%c, ", row->letter);
    tki_buf_printf(to, "--%s", row->name);
    if (row->arg)
        tki_buf_printf(to, row->implied ? "[=%s]" : "=%s", row->arg);
}

/* "  -f, --from=FORMAT" and, from HELP_COLUMN, what it does. */
static void put_option(struct tki_buf *to, const struct tki_opt *row)
{
    size_t start = to->n;
    tki_buf_spaces(to, row->letter ? 2 : 6);
    put_names(to, row);
    size_t at = to->n - start;
    if (at + 2 > HELP_COLUMN) {
        tki_buf_putc(to, '\n');
        at = 0;
    }
    tki_buf_spaces(to, HELP_COLUMN - at);
    tki_buf_wrap(to, tki_str(row->help), HELP_COLUMN, HELP_COLUMN, COLUMNS);
    tki_buf_putc(to, '\n');
}

static void put_builtin(struct tki_buf *to)
{
    static const struct tki_opt help = {.letter = 'h', .name = "help", .help = "show this help; -h shows a short one"};
    static const struct tki_opt version = {.letter = 'V', .name = "version", .help = "show the version"};
    tki_buf_lit(to, "\nHelp:\n");
    put_option(to, &help);
    put_option(to, &version);
}

/* Options that all commands have, by their names alone. */
static void put_common(struct tki_buf *to, const struct tki_command *cmd)
{
    struct tki_buf names = {0};
    for (size_t i = 0; i < cmd->nrows; i++)
        if (cmd->rows[i].common && cmd->rows[i].help) {
            put_names(&names, &cmd->rows[i]);
            tki_buf_lit(&names, "; ");
        }
    tki_buf_lit(&names, "-h, --help (-h shows a short one); -V, --version");
    tki_buf_lit(to, "\nIn every command, as tracecat --help and tracecat(1) tell:\n  ");
    tki_buf_wrap(to, tki_buf_text(&names, &to->err), 2, 2, COLUMNS);
    tki_buf_putc(to, '\n');
    tki_buf_free(&names);
}

/* The row's heading: its own, or that of the nearest row before it. */
static const char *group_of(const struct tki_command *cmd, size_t i)
{
    do
        if (cmd->rows[i].group)
            return cmd->rows[i].group;
    while (i--);
    return "Options";
}

static bool same_group(const struct tki_command *cmd, size_t i, size_t j)
{
    return strcmp(group_of(cmd, i), group_of(cmd, j)) == 0;
}

static bool is_told(const struct tki_command *cmd, const struct tki_opt *row)
{
    return row->help && (cmd->tells_common || !row->common);
}

static void put_groups(struct tki_buf *to, const struct tki_command *cmd)
{
    for (size_t i = 0; i < cmd->nrows; i++) {
        size_t before = 0;
        while (before < i && !(is_told(cmd, &cmd->rows[before]) && same_group(cmd, before, i)))
            before++;
        if (before < i || !is_told(cmd, &cmd->rows[i]))
            continue;
        tki_buf_printf(to, "\n%s:\n", group_of(cmd, i));
        for (size_t k = i; k < cmd->nrows; k++)
            if (is_told(cmd, &cmd->rows[k]) && same_group(cmd, i, k))
                put_option(to, &cmd->rows[k]);
    }
    if (cmd->tells_common)
        put_builtin(to);
    else
        put_common(to, cmd);
}

static void put_formats(struct tki_buf *to, const struct tki_command *cmd)
{
    for (int write = 0; write < 2; write++)
        for (size_t i = 0; i < cmd->nrows; i++) {
            const struct tki_opt *row = &cmd->rows[i];
            if (!row->help || !row->arg || row->kind != (write ? TKI_WRITABLE : TKI_READABLE))
                continue;
            struct tki_buf words = {0};
            tki_opts_words(row, ", ", &words);
            tki_buf_printf(to, "\nFormats for --%s:\n", row->name);
            tki_buf_wrap(to, tki_buf_text(&words, &to->err), 0, 2, COLUMNS);
            tki_buf_putc(to, '\n');
            tki_buf_free(&words);
        }
}

/* Lines "N  TEXT". */
static void put_status(struct tki_buf *to, const char *lines)
{
    tki_buf_lit(to, "\nExit status:\n");
    while (*lines) {
        size_t n = strcspn(lines, "\n"), digits = strspn(lines, "0123456789");
        tk_str text = {lines + digits, n - digits};
        tki_buf_printf(to, "  %.*s  ", (int)digits, lines);
        tki_buf_wrap(to, text, digits + 4, digits + 4, COLUMNS);
        tki_buf_putc(to, '\n');
        lines += n + (lines[n] == '\n');
    }
}

static void put_paragraphs(struct tki_buf *to, const char *text)
{
    tki_buf_putc(to, '\n');
    tki_buf_wrap(to, tki_str(text), 0, 0, COLUMNS);
    if (text[0] && text[strlen(text) - 1] != '\n')
        tki_buf_putc(to, '\n');
}

/* Usage, and what the command does as a sentence. */
static void put_usage(const struct tki_command *cmd, struct tki_buf *to)
{
    for (size_t i = 0; cmd->usage && cmd->usage[i]; i++)
        tki_buf_printf(to, "%s %s %s\n", i ? "      " : "Usage:", cmd->name, cmd->usage[i]);
    size_t start = to->n;
    tki_buf_wrap(to, tki_str(cmd->about), 0, 0, COLUMNS);
    if (to->err || to->n == start)
        return;
    if (to->p[start] >= 'a' && to->p[start] <= 'z')
        to->p[start] = (char)(to->p[start] - 'a' + 'A');
    tki_buf_put(to, ".\n", to->p[to->n - 1] == '.' ? 0 : 1);
    tki_buf_putc(to, '\n');
}

void tki_opts_short_help(const struct tki_command *cmd, struct tki_buf *to)
{
    bool any = false;
    put_usage(cmd, to);
    for (size_t i = 0; i < cmd->nrows; i++) {
        const struct tki_opt *row = &cmd->rows[i];
        char name[64];
        if (!row->brief)
            continue;
        snprintf(name, sizeof name, row->letter ? "-%c, --%s%s%s%s" : "%c   --%s%s%s%s",
                 row->letter ? row->letter : ' ', row->name, row->arg ? (row->implied ? "[=" : "=") : "",
                 row->arg ? row->arg : "", row->arg && row->implied ? "]" : "");
        tki_buf_str(to, tki_str(any ? "" : "\n"));
        tki_buf_lit(to, "  ");
        tki_buf_cell(to, tki_str(name), HELP_COLUMN, false);
        tki_buf_printf(to, " %s\n", row->brief);
        any = true;
    }
    for (const struct tki_example *e = cmd->examples; e && e->command && e < cmd->examples + SHORT_EXAMPLES; e++)
        tki_buf_printf(to, "%s  %s\n", e == cmd->examples ? "\n" : "", e->command);
    tki_buf_printf(to, "\n%s --help tells of all options, man %s of everything.\n", cmd->name, cmd->name);
}

void tki_opts_help(const struct tki_command *cmd, struct tki_buf *to)
{
    static const char shared_status[] = "0  everything went well\n"
                                        "1  the answer is no\n"
                                        "2  wrong usage, or an invalid configuration\n"
                                        "3  input could not be read whole, or output not be written\n";
    put_usage(cmd, to);
    put_groups(to, cmd);
    put_formats(to, cmd);
    if (cmd->notes)
        put_paragraphs(to, cmd->notes);
    if (cmd->examples)
        tki_buf_lit(to, "\nExamples:\n");
    for (const struct tki_example *e = cmd->examples; e && e->command; e++) {
        tki_buf_printf(to, "  %s\n", e->command);
        tki_buf_wrap(to, tki_str(e->text), 0, 6, COLUMNS);
        tki_buf_putc(to, '\n');
    }
    put_status(to, cmd->exit_status ? cmd->exit_status : shared_status);
    tki_buf_printf(to, "\nThe manual says more: man %s\n", cmd->name);
}
