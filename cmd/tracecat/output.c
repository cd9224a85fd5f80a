/* Which output a plan has, and the one that is a format of the library. */
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "pipe.h"
#include "run/writer.h"

const struct output *output_of(const struct plan *p)
{
    return p->answer == PLAN_TREE     ? &output_tree
           : p->answer == PLAN_LIST   ? &output_list
           : p->answer == PLAN_TOP    ? &output_top
           : p->answer == PLAN_STATS  ? &output_stats
           : p->answer == PLAN_TABLE  ? &output_table
           : p->answer == PLAN_VERIFY ? &output_verify
           : p->answer == PLAN_CHECK  ? &output_check
                                      : &output_writer;
}

/* Files of --split say their notes together. */
struct writer_output {
    struct tk_writer *writer;
    struct tk_notes *notes;
};

static void *open_writer(const struct output_args *a, struct tk_err *err)
{
    struct tk_write_opts w;
    struct writer_output *out = calloc(1, sizeof *out);
    if (!out) {
        tki_err_memory(err);
        return NULL;
    }
    tki_common_write_opts(&a->plan->o->common, &w);
    w.format = a->plan->format->info.name;
    w.compress = (int)a->plan->compress;
    w.lossless = a->plan->o->lossless;
    out->notes = a->notes;
    if (tk_writer_open(&out->writer, a->path, &w, err) < 0) {
        free(out);
        return NULL;
    }
    tki_writer_set_zone(out->writer, a->plan->o->east);
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

static int put_encoded(void *to, const struct batch_work *w, struct tk_err *err)
{
    struct writer_output *out = to;
    return fault(out, tki_writer_put_encoded(out->writer, &w->encode), err);
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
    .writes = true,
    .open = open_writer,
    .put = put,
    .put_work = put_encoded,
    .close = close_writer,
    .abort = abort_writer,
};
