#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "cli/msg.h"
#include "cli/opts.h"
#include "cli/suffix.h"
#include "cli/term.h"

const char *const tki_whens[] = {"auto", "always", "never", NULL};

unsigned tki_common_threads(const struct tki_common *c)
{
    if (c->threads_given)
        return (unsigned)c->threads;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : online > 8 ? 8 : (unsigned)online;
}

void tki_common_read_opts(const struct tki_common *c, struct tk_read_opts *opts)
{
    *opts = (struct tk_read_opts){
        .needs = TK_NEED_COPY,
        .format = c->from,
        .columns = c->columns,
        .threads = tki_common_threads(c),
        .record_max = (size_t)c->record_max,
        .keep_going = c->keep_going,
    };
}

void tki_common_write_opts(const struct tki_common *c, struct tk_write_opts *opts)
{
    *opts = (struct tk_write_opts){
        .format = c->to,
        .compress = (int)c->compress,
        .threads = tki_common_threads(c),
    };
}

void tki_common_traces_opts(const struct tki_common *c, struct tk_traces_opts *opts)
{
    *opts = (struct tk_traces_opts){.memory_max = (size_t)c->memory, .raw = true};
}

int tki_common_name_spans(struct tki_common *c, struct tk_err *err)
{
    struct tki_suffix named;
    int r = tki_suffix_read(&named, "output", c->output, c->to ? TKI_SUFFIX_NAMED : TKI_SUFFIX_SPANS, err);
    if (r < 0)
        return r;
    if (!c->to)
        c->to = named.format;
    if (named.zstd && !c->compress)
        c->compress = TKI_ZSTD_LEVEL;
    return 0;
}

bool tki_common_for_people(const struct tki_common *c)
{
    return !c->to && !c->output && !c->compress && tki_term_is(STDOUT_FILENO);
}

void tki_refuse_terminal_input(size_t nfiles)
{
    if (nfiles > 0 || !tki_term_is(STDIN_FILENO))
        return;
    tki_msg_usage("no file, and standard input is a terminal");
    exit(TKI_EXIT_USAGE);
}

void tki_tell_keyboard(const char *path)
{
    if (strcmp(path, "-") == 0 && tki_term_is(STDIN_FILENO))
        tki_msg("reading what is typed or pasted here, up to Ctrl-D on a line of its own");
}

bool tki_keep_output(const char *path, const struct tk_reader *r, int code, uint64_t written)
{
    size_t problems;
    tk_reader_problems(r, &problems);
    return path && strcmp(path, "-") != 0 && !written && (code < 0 || problems);
}

void tki_msg_kept(const char *path)
{
    tki_msg("%s is not written: nothing came of input that could not be read", path);
}

/* A terminal, a pipe or a device may well be both. */
void tki_refuse_own_output(const char *const *files, size_t n)
{
    static const char *const standard[] = {"-"};
    struct stat out, in;
    if (fstat(STDOUT_FILENO, &out) < 0 || !S_ISREG(out.st_mode))
        return;
    if (n == 0) {
        files = standard;
        n = 1;
    }
    for (size_t i = 0; i < n; i++) {
        bool dash = strcmp(files[i], "-") == 0;
        if ((dash ? fstat(STDIN_FILENO, &in) : stat(files[i], &in)) == 0 && in.st_dev == out.st_dev &&
            in.st_ino == out.st_ino)
            tki_die(TKI_EXIT_USAGE, "%s is standard output, too: write to another file and rename that",
                    dash ? "standard input" : files[i]);
    }
}
