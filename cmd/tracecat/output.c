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

static void *open_writer(const struct options *o, struct tk_err *err)
{
    struct tk_write_opts w;
    struct tk_writer *writer;
    tki_common_write_opts(&o->common, &w);
    return tk_writer_open(&writer, o->common.output, &w, err) < 0 ? NULL : writer;
}

static int fault(struct tk_writer *w, int code, struct tk_err *err)
{
    if (code < 0)
        *err = *tk_writer_err(w);
    return code;
}

static int put(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    return fault(out, tk_writer_put(out, b, rows, nrows), err);
}

static int put_encoded(void *out, const struct part *p, struct tk_err *err)
{
    return fault(out, tki_writer_put_encoded(out, &p->bytes, p->encode.notes), err);
}

static int close_writer(void *out, int *status, struct tk_err *err)
{
    (void)status;
    tki_msg_notes(tk_writer_notes(out), NULL);
    return tk_writer_close(out, err);
}

static void abort_writer(void *out)
{
    tk_writer_abort(out);
}

const struct output output_writer = {
    .open = open_writer,
    .put = put,
    .put_encoded = put_encoded,
    .close = close_writer,
    .abort = abort_writer,
};
