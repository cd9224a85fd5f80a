#include "cli/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/msg.h"
#include "io/source.h"

enum { FOLDERS_MAX = 64 }; /* inside one another */

static void out_of_memory(void)
{
    tki_die(TKI_EXIT_IO, "out of memory");
}

/* Takes the path. */
static void add(struct tki_inputs *in, char *path)
{
    if (!path || TKI_GROW(in->path, in->cap, in->n + 1) < 0)
        out_of_memory();
    in->path[in->n++] = path;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *join(const char *folder, const char *name)
{
    struct tki_buf b = {0};
    size_t n = strlen(folder);
    tki_buf_printf(&b, "%s%s%s", folder, n && folder[n - 1] == '/' ? "" : "/", name);
    tki_buf_putc(&b, 0);
    if (b.err)
        out_of_memory();
    return b.p;
}

/* The names in a folder, sorted. */
static void names_of(const char *folder, struct tki_inputs *names)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    if (!d)
        tki_die(TKI_EXIT_IO, "%s: %s", folder, strerror(errno));
    while ((e = readdir(d)))
        if (e->d_name[0] != '.')
            add(names, join(folder, e->d_name));
    closedir(d);
    if (names->n)
        qsort(names->path, names->n, sizeof *names->path, by_name);
}

static void walk(struct tki_inputs *in, const char *folder, int depth)
{
    struct tki_inputs names = {0};
    struct stat link, st;
    if (depth == FOLDERS_MAX)
        tki_die(TKI_EXIT_IO, "%s: folders inside folders, too deep", folder);
    names_of(folder, &names);
    for (size_t i = 0; i < names.n; i++) {
        char *path = names.path[i];
        if (lstat(path, &link) < 0 || stat(path, &st) < 0)
            add(in, strdup(path)); /* reading it says what is wrong */
        else if (S_ISDIR(st.st_mode) && !S_ISLNK(link.st_mode))
            walk(in, path, depth + 1);
        else if (S_ISREG(st.st_mode))
            add(in, strdup(path));
    }
    tki_inputs_free(&names);
}

void tki_inputs_add(struct tki_inputs *in, const struct tki_common *c, const char *const *files, size_t nfiles)
{
    struct stat st;
    for (size_t i = 0; i < nfiles; i++) {
        size_t before = in->n;
        if (!c->recursive || strcmp(files[i], "-") == 0 || stat(files[i], &st) < 0 || !S_ISDIR(st.st_mode)) {
            add(in, strdup(files[i]));
            continue;
        }
        walk(in, files[i], 0);
        if (in->n == before)
            tki_die(TKI_EXIT_IO, "%s: there is no file in this folder", files[i]);
    }
}

void tki_inputs_add_list(struct tki_inputs *in, const struct tki_common *c)
{
    struct tki_source *s;
    struct tk_err err = {0};
    struct tki_buf text = {0};
    ptrdiff_t n = 0;
    char *to;
    if (!c->files_from)
        return;
    tki_tell_keyboard(c->files_from);
    tki_err_source(&err, c->files_from);
    if (tki_source_open(&s, c->files_from, &err) < 0)
        tki_die_err(&err);
    while ((to = tki_buf_room(&text, TKI_PEEK_MAX)) && (n = tki_source_read(s, to, TKI_PEEK_MAX, &err)) > 0)
        text.n += (size_t)n;
    if (n < 0)
        tki_die_err(&err);
    if (text.err)
        out_of_memory();
    tki_source_close(s);
    size_t before = in->n;
    char end = text.n && memchr(text.p, 0, text.n) ? 0 : '\n';
    for (const char *p = text.p, *last = text.p + text.n; p < last;) {
        const char *q = memchr(p, end, (size_t)(last - p));
        q = q ? q : last;
        char *name = q > p ? strndup(p, (size_t)(q - p)) : NULL;
        if (name)
            tki_inputs_add(in, c, (const char *const[]){name}, 1);
        free(name);
        p = q + 1;
    }
    tki_buf_free(&text);
    if (in->n == before)
        tki_die(TKI_EXIT_IO, "%s: there is no name of a file in it", c->files_from);
}

void tki_inputs_settle(struct tki_inputs *in, const struct tki_common *c, const char *const **files, size_t *nfiles)
{
    for (size_t i = 0; i < *nfiles; i++)
        tki_tell_keyboard((*files)[i]);
    if (!c->recursive && !c->files_from)
        return;
    tki_inputs_add(in, c, *files, *nfiles);
    tki_inputs_add_list(in, c);
    *files = (const char *const *)in->path;
    *nfiles = in->n;
}

void tki_inputs_free(struct tki_inputs *in)
{
    for (size_t i = 0; i < in->n; i++)
        free(in->path[i]);
    free(in->path);
    *in = (struct tki_inputs){0};
}
