/* What the shells complete: names of options, and arguments as far as the table knows their words. */
#include "cli/opts.h"

enum meaning { WORDS, FILES, FREE };

static enum meaning meaning(const struct tki_opt *row)
{
    if (row->choices || row->kind == TKI_READABLE || row->kind == TKI_WRITABLE)
        return WORDS;
    bool file = strstr(row->arg, "FILE") || strstr(row->arg, "DIR") || strstr(row->arg, "CONFIG");
    return file && (row->kind == TKI_STRING || row->kind == TKI_LIST) ? FILES : FREE;
}

/* Whether the argument is several words with commas between them. */
static bool takes_several(const struct tki_opt *row)
{
    return row->kind == TKI_SET || (row->kind == TKI_LIST && row->choices);
}

/* A word that the argument may be, and what it is; about NULL: not said. */
struct word {
    const char *name, *about;
};

static bool word_at(const struct tki_opt *row, size_t i, struct word *w)
{
    const struct tk_format_info *f;
    bool formats = row->kind == TKI_READABLE || row->kind == TKI_WRITABLE;
    for (size_t k = 0; formats && (f = tk_format_at(k)); k++)
        if ((row->kind == TKI_READABLE ? f->can_read : f->can_write) && i-- == 0) {
            *w = (struct word){f->name, f->about};
            return true;
        }
    for (size_t k = 0; row->choices && row->choices[k]; k++)
        if (i-- == 0) {
            *w = (struct word){row->choices[k], row->about ? row->about[k] : NULL};
            return true;
        }
    return false;
}

static bool has_words(const struct tki_opt *row)
{
    struct word w;
    return row->arg && meaning(row) == WORDS && word_at(row, 0, &w);
}

/* ---- bash ---- */

/* Whether somebody has said of a word what it is. */
static bool has_about(const struct tki_opt *row)
{
    struct word w;
    for (size_t i = 0; row->arg && meaning(row) == WORDS && word_at(row, i, &w); i++)
        if (w.about)
            return true;
    return false;
}

/* Bash has no descriptions: lines are shown where several words are left, and words are what it inserts. */
static void bash_lines(const struct tki_opt *row, const char *command, const char *part, struct tki_buf *to)
{
    struct word w;
    tki_buf_printf(to, "        _%s_words \"%s\" <<'END'\n", command, part);
    for (size_t i = 0; word_at(row, i, &w); i++)
        tki_buf_printf(to, w.about ? "%s  (%s)\n" : "%s\n", w.name, w.about);
    tki_buf_lit(to, "END\n");
}

static void bash_case(const struct tki_opt *row, const char *command, struct tki_buf *to)
{
    bool set = takes_several(row);
    const char *part = set ? "${cur##*,}" : "$cur";
    tki_buf_lit(to, "    ");
    /* An argument that may be missing is only looked for behind "=". */
    if (!row->implied) {
        if (row->letter)
            tki_buf_printf(to, "-%c | ", row->letter);
        tki_buf_printf(to, "--%s | ", row->name);
    }
    tki_buf_printf(to, "--%s=)\n", row->name);
    switch (meaning(row)) {
    case WORDS:
        /* Of several words with commas the last one is completed. */
        if (has_about(row)) {
            bash_lines(row, command, part, to);
            break;
        }
        tki_buf_printf(to, "        mapfile -t COMPREPLY < <(compgen%s -W '", set ? " -P \"$list\"" : "");
        tki_opts_words(row, " ", to);
        tki_buf_printf(to, "' -- \"%s\")\n", part);
        break;
    case FILES: tki_buf_lit(to, "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"); break;
    case FREE: break;
    }
    tki_buf_lit(to, "        return\n        ;;\n");
}

static void bash(const struct tki_command *cmd, struct tki_buf *to)
{
    tki_buf_printf(
        to,
        "# bash completion of %s, as printed by %s --print-completion=bash\n"
        "# Lines are words that may be meant, and what each is: the latter is shown where several begin so.\n"
        "_%s_words()\n"
        "{\n"
        "    local line\n"
        "    while IFS= read -r line; do\n"
        "        [[ $line == \"$1\"* ]] && COMPREPLY+=(\"$list$line\")\n"
        "    done\n"
        "    if ((${#COMPREPLY[@]} == 1 || COMP_TYPE == 37)); then\n"
        "        COMPREPLY=(\"${COMPREPLY[@]%%%%  (*}\")\n"
        "    else\n"
        "        compopt +o filenames\n"
        "    fi\n"
        "}\n"
        "_%s()\n"
        "{\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}\n"
        "    COMPREPLY=()\n"
        "    # \"--name=value\" comes as three words.\n"
        "    if [[ $cur == = ]]; then\n"
        "        cur=''\n"
        "        option+==\n"
        "    elif [[ $option == = ]] && ((COMP_CWORD > 1)); then\n"
        "        option=${COMP_WORDS[COMP_CWORD - 2]}=\n"
        "    fi\n"
        "    local list=${cur%%\"${cur##*,}\"}\n"
        "    case $option in\n",
        cmd->name, cmd->name, cmd->name, cmd->name);
    for (size_t i = 0; i < cmd->nrows; i++)
        if (cmd->rows[i].arg && cmd->rows[i].help)
            bash_case(&cmd->rows[i], cmd->name, to);
    tki_buf_lit(to, "    esac\n    if [[ $cur == -* ]]; then\n        mapfile -t COMPREPLY < <(compgen -W '");
    for (size_t i = 0; i < cmd->nrows; i++)
        if (cmd->rows[i].help)
            tki_buf_printf(to, "--%s ", cmd->rows[i].name);
    tki_buf_printf(to,
                   "--help --version' -- \"$cur\")\n"
                   "    else\n"
                   "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                   "    fi\n"
                   "}\n"
                   "complete -o filenames -F _%s %s\n",
                   cmd->name, cmd->name);
}

/* ---- zsh
 * ---------------------------------------------------------------------------------------------------------
 */

/* Within '...[here]...': quotes are closed and opened again, brackets and colons escaped. */
static void zsh_text(const char *text, struct tki_buf *to)
{
    for (; *text; text++) {
        if (*text == '\'') {
            tki_buf_lit(to, "'\\''");
            continue;
        }
        if (strchr("[]:\\", *text))
            tki_buf_putc(to, '\\');
        tki_buf_putc(to, *text);
    }
}

/* A text as one word of a list of words. */
static void zsh_word(const char *text, struct tki_buf *to)
{
    for (; *text; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9');
        if (*text == '\'') {
            tki_buf_lit(to, "\\'\\'\'");
            continue;
        }
        if (!plain && !strchr("-_./", *text))
            tki_buf_putc(to, '\\');
        tki_buf_putc(to, *text);
    }
}

/* The words that the argument may be, with what they are: ((name\:text name)), or what _values takes: name[text]. */
static void zsh_words(const struct tki_opt *row, struct tki_buf *to)
{
    struct word w;
    bool set = takes_several(row);
    tki_buf_str(to, set ? TKI_STR("_values -s , value") : TKI_STR("(("));
    for (size_t i = 0; word_at(row, i, &w); i++) {
        tki_buf_printf(to, "%s%s", i || set ? " " : "", w.name);
        if (!w.about)
            continue;
        tki_buf_str(to, set ? TKI_STR("\\[") : TKI_STR("\\:"));
        zsh_word(w.about, to);
        tki_buf_str(to, set ? TKI_STR("\\]") : TKI_STR(""));
    }
    tki_buf_str(to, set ? TKI_STR("") : TKI_STR("))"));
}

/* One spelling of the option. */
static void zsh_spec(const struct tki_opt *row, bool letter, struct tki_buf *to)
{
    tki_buf_lit(to, " \\\n    '");
    if (row->kind == TKI_LIST)
        tki_buf_putc(to, '*');
    else if (row->letter)
        tki_buf_printf(to, "(-%c --%s)", row->letter, row->name);
    if (letter)
        tki_buf_printf(to, "-%c%s", row->letter, !row->arg ? "" : row->implied ? "-" : "+");
    else
        tki_buf_printf(to, "--%s%s", row->name, !row->arg ? "" : row->implied ? "=-" : "=");
    tki_buf_putc(to, '[');
    zsh_text(row->help, to);
    tki_buf_putc(to, ']');
    if (row->arg) {
        tki_buf_lit(to, "::");
        to->n -= !row->implied && !to->err; /* one colon: the argument must be there */
        zsh_text(row->arg, to);
        tki_buf_putc(to, ':');
        switch (meaning(row)) {
        case WORDS: zsh_words(row, to); break;
        case FILES: tki_buf_lit(to, "_files"); break;
        case FREE: tki_buf_putc(to, ' '); break;
        }
    }
    tki_buf_putc(to, '\'');
}

static void zsh(const struct tki_command *cmd, struct tki_buf *to)
{
    tki_buf_printf(to, "#compdef %s\n# zsh completion of %s, as printed by %s --print-completion=zsh\n_arguments -s -S",
                   cmd->name, cmd->name, cmd->name);
    for (size_t i = 0; i < cmd->nrows; i++) {
        const struct tki_opt *row = &cmd->rows[i];
        if (!row->help)
            continue;
        if (row->letter)
            zsh_spec(row, true, to);
        zsh_spec(row, false, to);
    }
    tki_buf_lit(to, " \\\n    '(- *)'{-h,--help}'[show help]'"
                    " \\\n    '(- *)'{-V,--version}'[show the version]'"
                    " \\\n    '*:file:_files'\n");
}

/* ---- fish ---- */

static void fish_text(const char *text, struct tki_buf *to)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            tki_buf_putc(to, '\\');
        tki_buf_putc(to, *text);
    }
}

/* "complete -c NAME" and the option. */
static void fish_option(const struct tki_command *cmd, const struct tki_opt *row, struct tki_buf *to)
{
    tki_buf_printf(to, "complete -c %s", cmd->name);
    if (row->letter)
        tki_buf_printf(to, " -s %c", row->letter);
    tki_buf_printf(to, " -l %s", row->name);
}

static void fish_described(const char *text, struct tki_buf *to)
{
    if (text) {
        tki_buf_lit(to, " -d '");
        fish_text(text, to);
        tki_buf_putc(to, '\'');
    }
    tki_buf_putc(to, '\n');
}

/* Several words with commas: a function prints them all, and the shell completes the last one. */
static void fish_set(const struct tki_command *cmd, const struct tki_opt *row, struct tki_buf *to)
{
    struct word w;
    tki_buf_printf(to, "function __%s_%s\n", cmd->name, row->name);
    for (size_t i = 0; word_at(row, i, &w); i++) {
        tki_buf_printf(to, "    printf '%%s\\t%%s\\n' %s '", w.name);
        fish_text(w.about ? w.about : "", to);
        tki_buf_lit(to, "'\n");
    }
    tki_buf_lit(to, "end\n");
    fish_option(cmd, row, to);
    tki_buf_printf(to, " -f -a '(__fish_complete_list , __%s_%s)'\n", cmd->name, row->name);
}

static void fish_words(const struct tki_command *cmd, const struct tki_opt *row, struct tki_buf *to)
{
    struct word w;
    if (takes_several(row)) {
        fish_set(cmd, row, to);
        return;
    }
    for (size_t i = 0; word_at(row, i, &w); i++) {
        fish_option(cmd, row, to);
        tki_buf_printf(to, " %s -a '%s'", row->implied ? "-f" : "-x", w.name);
        fish_described(w.about, to);
    }
}

static void fish(const struct tki_command *cmd, struct tki_buf *to)
{
    tki_buf_printf(to, "# fish completion of %s, as printed by %s --print-completion=fish\n", cmd->name, cmd->name);
    for (size_t i = 0; i < cmd->nrows; i++) {
        const struct tki_opt *row = &cmd->rows[i];
        if (!row->help)
            continue;
        fish_option(cmd, row, to);
        if (row->arg && !row->implied)
            tki_buf_str(to, meaning(row) == FILES ? TKI_STR(" -r -F") : TKI_STR(" -x"));
        fish_described(row->help, to);
        if (has_words(row))
            fish_words(cmd, row, to);
    }
    tki_buf_printf(to,
                   "complete -c %s -s h -l help -d 'show help'\n"
                   "complete -c %s -s V -l version -d 'show the version'\n",
                   cmd->name, cmd->name);
}

void tki_opts_complete(const struct tki_command *cmd, enum tki_opts_request shell, struct tki_buf *to)
{
    if (shell == TKI_COMPLETE_BASH)
        bash(cmd, to);
    else if (shell == TKI_COMPLETE_ZSH)
        zsh(cmd, to);
    else if (shell == TKI_COMPLETE_FISH)
        fish(cmd, to);
}
