/* The output that is a format of the library, and the table of those that are not. */
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "pipe.h"
#include "run/writer.h"

static const struct output *const views[] = {&output_tree};
const char *const view_names[] = {"tree", NULL};

const struct output *view_find(const char *name)
{
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (strcmp(views[i]->name, name) == 0)
            return views[i];
    return NULL;
}

/* Files of --split say their notes together. */
struct writer_output {
    struct tk_writer *writer;
    struct tk_notes *notes;
};

static void *open_writer(const struct options *o, struct tk_err *err)
{
    struct tk_write_opts w;
    struct writer_output *out = calloc(1, sizeof *out);
    if (!out) {
        tki_err_memory(err);
        return NULL;
    }
    tki_common_write_opts(&o->common, &w);
    w.lossless = o->lossless;
    out->notes = o->notes;
    if (tk_writer_open(&out->writer, o->common.output, &w, err) < 0) {
        free(out);
        return NULL;
    }
    return out;
}

static int fault(struct writer_output *out, int code, struct tk_err *err)
{
    if (code < 0)
        *err = *tk_writer_err(out->writer);
    return code;
}

static int put(void *to, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct writer_output *out = to;
    return fault(out, tk_writer_put(out->writer, b, rows, nrows), err);
}

static int put_encoded(void *to, const struct part *p, struct tk_err *err)
{
    struct writer_output *out = to;
    return fault(out, tki_writer_put_encoded(out->writer, &p->bytes, &p->encode.noted), err);
}

static int close_writer(void *to, int *status, struct tk_err *err)
{
    struct writer_output *out = to;
    (void)status;
    if (out->notes)
        tki_notes_add(out->notes, tk_writer_notes(out->writer));
    else
        tki_msg_notes(tk_writer_notes(out->writer), NULL);
    int r = tk_writer_close(out->writer, err);
    free(out);
    return r;
}

static void abort_writer(void *to)
{
    struct writer_output *out = to;
    tk_writer_abort(out->writer);
    free(out);
}

const struct output output_writer = {
    .open = open_writer,
    .put = put,
    .put_encoded = put_encoded,
    .close = close_writer,
    .abort = abort_writer,
};
