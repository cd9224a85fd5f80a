/* --route: the traces of each share, as --shard counts them, in a file of its own.  All files are open at once. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "cli/msg.h"
#include "pipe.h"

struct route {
    void **part; /* outputs of the files; NULL: not open */
    uint32_t n;
    struct tk_notes notes; /* of all files */
    /* The rows of a batch by share: those of share i are rows[end[i - 1]] to rows[end[i]]. */
    uint32_t *rows, *share, *end;
    size_t row_cap, share_cap;
    char *path; /* of the file that is being opened */
};

/* ---- names of files ---- */

/* The %d of a pattern, with the number of digits that it asks for; NULL: there is none, or something else besides. */
static const char *number_in(const char *pattern, int *digits, size_t *length)
{
    const char *at = strchr(pattern, '%'), *p = at;
    if (!at || strchr(at + 1, '%'))
        return NULL;
    *digits = 0;
    while (isdigit((unsigned char)*++p) && p - at < 3)
        *digits = *digits * 10 + (*p - '0');
    *length = (size_t)(p + 1 - at);
    return *p == 'd' && (at[1] == '0' || p == at + 1) ? at : NULL;
}

int route_check(const char *pattern, uint64_t parts, struct tk_err *err)
{
    int digits;
    size_t length;
    if (parts < 1 || parts > ROUTE_MAX)
        return tki_err_set(err, TK_EUSAGE, "--route: the number of files is from 1 to %d", ROUTE_MAX);
    if (!pattern || !number_in(pattern, &digits, &length))
        return tki_err_set(err, TK_EUSAGE,
                           "--route writes a file for each share: give -o with %%d, or %%02d, where its number "
                           "belongs, such as -o part-%%02d.pb.zst");
    return 0;
}

static void name_file(char *to, size_t size, const char *pattern, uint32_t number)
{
    int digits;
    size_t length;
    const char *at = number_in(pattern, &digits, &length);
    snprintf(to, size, "%.*s%0*u%s", (int)(at - pattern), pattern, digits, number, at + length);
}

/* ---- the output ---- */

static void close_route(struct route *x)
{
    for (uint32_t i = 0; x->part && i < x->n; i++)
        if (x->part[i])
            output_writer.abort(x->part[i]);
    free(x->part);
    free(x->rows);
    free(x->share);
    free(x->end);
    free(x->path);
    free(x);
}

static void *open(const struct output_args *a, struct tk_err *err)
{
    const char *pattern = a->plan->o->common.output;
    size_t size = strlen(pattern) + 32;
    struct route *x = calloc(1, sizeof *x);
    struct output_args each = *a;
    if (!x) {
        tki_err_memory(err);
        return NULL;
    }
    x->n = (uint32_t)a->plan->o->route;
    x->part = calloc(x->n, sizeof *x->part);
    x->end = malloc((x->n + 1u) * sizeof *x->end);
    x->path = malloc(size);
    if (!x->part || !x->end || !x->path)
        tki_err_memory(err);
    each.path = x->path;
    each.notes = &x->notes;
    for (uint32_t i = 0; i < x->n && err->code == 0; i++) {
        name_file(x->path, size, pattern, i + 1);
        x->part[i] = output_writer.open(&each, err);
    }
    if (err->code == 0)
        return x;
    close_route(x);
    return NULL;
}

/* Puts the rows in the order of their shares; within a share they keep theirs. */
static int sort_rows(struct route *x, const struct tk_batch *b, const uint32_t *rows, size_t n)
{
    if (TKI_GROW(x->rows, x->row_cap, n) < 0 || TKI_GROW(x->share, x->share_cap, n) < 0)
        return TK_ENOMEM;
    memset(x->end, 0, (x->n + 1u) * sizeof *x->end);
    for (size_t i = 0; i < n; i++) {
        x->share[i] = (uint32_t)(filter_hash(b->spans[rows ? rows[i] : i].trace_id) % x->n);
        x->end[x->share[i] + 1]++;
    }
    for (uint32_t i = 1; i <= x->n; i++)
        x->end[i] += x->end[i - 1];
    for (size_t i = 0; i < n; i++) /* end[] of a share is its first free place, until all have theirs */
        x->rows[x->end[x->share[i]]++] = rows ? rows[i] : (uint32_t)i;
    return 0;
}

static int put(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct route *x = out;
    int r = sort_rows(x, b, rows, rows ? nrows : b->nspans);
    if (r < 0)
        return tki_err_memory(err);
    for (uint32_t i = 0, first = 0; i < x->n && r == 0; first = x->end[i++])
        if (x->end[i] > first)
            r = output_writer.put(x->part[i], b, x->rows + first, x->end[i] - first, err);
    return r;
}

static int close_files(void *out, int *status, struct tk_err *err)
{
    struct route *x = out;
    int r = 0;
    for (uint32_t i = 0; i < x->n && r == 0; i++) {
        r = output_writer.close(x->part[i], status, err);
        x->part[i] = NULL;
    }
    if (r == 0)
        tki_msg_notes(&x->notes, NULL);
    close_route(x);
    return r;
}

static void abort_files(void *out)
{
    close_route(out);
}

const struct output output_route = {
    .writes = true,
    .open = open,
    .put = put,
    .close = close_files,
    .abort = abort_files,
};
