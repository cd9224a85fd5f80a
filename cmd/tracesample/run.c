/* The two passes: judging every trace, then writing the spans of those that are kept. */
#include <stdlib.h>

#include "base/err.h"
#include "cli/progress.h"
#include "tracesample.h"

int ts_open(struct ts_run *run, const struct ts_request *request, struct tk_err *err)
{
    *run = (struct ts_run){.request = request};
    tki_sampling_open(request->sampling, &run->sampler);
    int rc = tki_replay_open(&run->replay, &run->sampler, NULL, err);
    if (rc == 0 && request->explain)
        rc = tki_explain_open(&run->explain, &run->sampler, request->explain_id, err);
    if (rc == 0 && run->explain)
        tki_replay_watch(run->replay, tki_explain_watch(run->explain));
    if (rc < 0)
        ts_close(run);
    return rc;
}

static int open_reader(struct ts_run *run, struct tk_err *err)
{
    const struct ts_request *request = run->request;
    struct tk_read_opts opts = request->read;
    opts.needs = tki_sampler_needs(&run->sampler, &opts.attr_keys, &opts.nattr_keys);
    opts.rewindable = !request->report_only && !request->explain;
    opts.work = tki_eval_work;
    opts.work_free = tki_eval_free;
    opts.work_ctx = &run->sampler;
    return tk_reader_open(&run->reader, request->files, request->nfiles, &opts, err);
}

void ts_close(struct ts_run *run)
{
    tk_reader_close(run->reader);
    tki_explain_close(run->explain);
    tki_replay_close(run->replay);
    tki_sampler_close(&run->sampler);
}

int ts_judge(struct ts_run *run, struct tk_err *err)
{
    struct tki_progress progress = {0};
    struct tk_batch *b;
    int rc = open_reader(run, err);
    if (rc < 0)
        return rc;
    tki_progress_open(&progress, run->request->progress);
    progress.total_bytes = tki_files_size(run->request->files, run->request->nfiles);
    while ((rc = tk_reader_next(run->reader, &b)) > 0) {
        rc = tki_replay_add(run->replay, b, tk_reader_work(run->reader), err);
        if (rc < 0)
            break;
        if (tki_progress_due(&progress))
            tki_progress_read(&progress, "judging", tk_reader_stats(run->reader));
    }
    tki_progress_close(&progress);
    if (rc < 0 && !tk_reader_err(run->reader)->code)
        return rc; /* of the replay: *err says what */
    run->stats = *tk_reader_stats(run->reader);
    run->read_notes = *tk_reader_notes(run->reader);
    if (rc < 0) {
        run->read_err = *tk_reader_err(run->reader);
        if (rc == TK_ENOMEM) {
            if (err)
                *err = run->read_err;
            return rc;
        }
    }
    tki_replay_judge(run->replay);
    return 0;
}

/* ---- writing ---- */

struct output {
    struct tk_writer *writer;
    struct tk_traces *traces; /* for formats that need each trace as one batch */
    uint32_t *rows;
    size_t cap;
};

static bool whole_traces(const char *format)
{
    const struct tk_format_info *f;
    for (size_t i = 0; format && (f = tk_format_at(i)) != NULL; i++)
        if (strcmp(f->name, format) == 0)
            return f->whole_traces;
    return false;
}

static int open_output(struct output *o, const struct ts_request *q, struct tk_err *err)
{
    int rc = tk_writer_open(&o->writer, q->output, &q->write, err);
    if (rc == 0 && whole_traces(q->write.format))
        rc = tk_traces_open(&o->traces, &q->traces, err);
    return rc;
}

static int put_batch(struct ts_run *run, struct output *o, struct tk_batch *b, struct tk_err *err)
{
    if (b->nspans > o->cap) {
        uint32_t *more = realloc(o->rows, b->nspans * sizeof *more);
        if (!more)
            return tki_err_memory(err);
        o->rows = more;
        o->cap = b->nspans;
    }
    size_t n = tki_replay_select(run->replay, b, o->rows, !run->request->no_threshold);
    if (b->err)
        return tki_err_memory(err);
    if (n == 0)
        return 0;
    int rc = o->traces ? tk_traces_add(o->traces, b, o->rows, n) : tk_writer_put(o->writer, b, o->rows, n);
    if (rc < 0 && err)
        *err = *(o->traces ? tk_traces_err(o->traces) : tk_writer_err(o->writer));
    return rc;
}

static int put_traces(struct output *o, struct tk_err *err)
{
    struct tk_batch *trace;
    int rc;
    while ((rc = tk_traces_next(o->traces, &trace)) > 0) {
        rc = tk_writer_put(o->writer, trace, NULL, 0);
        if (rc < 0) {
            if (err)
                *err = *tk_writer_err(o->writer);
            return rc;
        }
    }
    if (rc < 0 && err)
        *err = *tk_traces_err(o->traces);
    return rc;
}

/* The second pass ends where the first one ended: a fault of the input was told then. */
static int put_all(struct ts_run *run, struct output *o, struct tk_err *err)
{
    struct tk_batch *b;
    int rc = tk_reader_rewind(run->reader, TK_NEED_ALL, false);
    if (rc < 0) {
        if (err)
            *err = *tk_reader_err(run->reader);
        return rc;
    }
    while ((rc = tk_reader_next(run->reader, &b)) > 0) {
        rc = put_batch(run, o, b, err);
        if (rc < 0)
            return rc;
    }
    if (rc < 0 && run->read_err.code == 0)
        run->read_err = *tk_reader_err(run->reader);
    else if (rc == 0 && !run->request->read.keep_going && tk_reader_stats(run->reader)->spans != run->stats.spans)
        return tki_err_set(err, TK_EINVALID, "the input changed while it was read");
    return o->traces ? put_traces(o, err) : 0;
}

int ts_write(struct ts_run *run, struct tk_err *err)
{
    struct output o = {0};
    int rc = open_output(&o, run->request, err);
    if (rc == 0)
        rc = put_all(run, &o, err);
    if (rc == 0)
        run->write_notes = *tk_writer_notes(o.writer);
    if (rc == 0)
        rc = tk_writer_close(o.writer, err);
    else if (o.writer)
        tk_writer_abort(o.writer);
    tk_traces_close(o.traces);
    free(o.rows);
    return rc;
}
