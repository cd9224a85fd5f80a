/* Spans in, spans out: see pipe.h.
 *
 * What can be decided and written span by span is done on the decoding threads, and this thread only puts the
 * pieces out in order.  --limit counts traces in order of appearance and so is applied here.
 */
#include <stdlib.h>

#include "base/map.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "pipe.h"

struct job {
    const struct options *o;
    struct part_plan plan;
    struct stages stages;
    const struct output *output;
    void *out;
    bool whole; /* through the assembler */
    struct tk_traces *traces;
    struct tki_idmap first; /* with --limit, span by span: the traces that are kept */
    struct tk_err err;
};

/* Drops rows of traces beyond the first N. */
static size_t limit_rows(struct job *job, const struct tk_batch *b, uint32_t *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        tk_id128 id = b->spans[rows[i]].trace_id;
        bool keep = tki_idmap_get(&job->first, id) != TKI_MAP_NONE;
        if (!keep && job->first.n < job->o->limit)
            keep = tki_idmap_put(&job->first, id) != TKI_MAP_NONE;
        rows[kept] = rows[i];
        kept += keep;
    }
    return kept;
}

static int take_part(struct job *job, const struct tk_batch *b, struct part *p)
{
    if (job->whole) {
        int r = tk_traces_add(job->traces, b, p->rows, p->nrows);
        if (r < 0)
            job->err = *tk_traces_err(job->traces);
        return r;
    }
    if (job->plan.encode)
        return job->output->put_encoded(job->out, p, &job->err);
    if (job->o->limit_given)
        p->nrows = limit_rows(job, b, p->rows, p->nrows);
    return p->nrows ? job->output->put(job->out, b, p->rows, p->nrows, &job->err) : 0;
}

/* Reads to the end.  Negative: the output failed, and job->err says how. */
static int read_all(struct job *job, struct tk_reader *reader, int *read_code)
{
    struct tki_progress progress = {0};
    struct tk_batch *b;
    int r = 0;
    tki_progress_open(&progress, job->o->common.progress);
    while (r >= 0 && (*read_code = tk_reader_next(reader, &b)) == 1) {
        struct part *p = tk_reader_work(reader);
        tki_progress_read(&progress, "reading", tk_reader_stats(reader));
        if (!p || p->memory_failed)
            tki_die(TKI_EXIT_IO, "out of memory");
        if (p->nrows)
            r = take_part(job, b, p);
    }
    tki_progress_close(&progress);
    return r;
}

/* Takes a trace through the stages to the output. */
static int take_trace(struct job *job, struct tk_batch *b)
{
    int r = 1;
    for (size_t i = 0; r == 1 && i < job->stages.n; i++) {
        r = job->stages.at[i].put(job->stages.at[i].ctx, b, &job->err);
        if (b->nspans == 0)
            return r < 0 ? r : 0;
    }
    return r == 1 ? job->output->put(job->out, b, NULL, 0, &job->err) : r;
}

static int take_traces(struct job *job)
{
    struct tk_batch *b;
    int r;
    while ((r = tk_traces_next(job->traces, &b)) == 1) {
        r = take_trace(job, b);
        if (r < 0)
            return r;
    }
    if (r < 0)
        job->err = *tk_traces_err(job->traces);
    return r;
}

static void setup(struct job *job, const struct options *o)
{
    const struct output *view = o->common.to ? view_find(o->common.to) : NULL;
    const struct tki_format *format = view ? NULL : tki_format_find(o->common.to ? o->common.to : "json");
    *job = (struct job){.o = o, .output = view ? view : &output_writer, .plan.o = o};
    filter_init(&job->plan.filter, o);
    job->whole = o->group || (view ? view->whole : format->info.whole_traces);
    if (job->whole)
        stages_init(&job->stages, o);
    if (format && format->independent && !job->whole && !o->limit_given)
        job->plan.encode = format;
}

static void open_all(struct job *job, const char *const *files, size_t nfiles, struct tk_reader **reader)
{
    const struct options *o = job->o;
    struct tk_read_opts ro;
    struct tk_traces_opts to;
    tki_common_read_opts(&o->common, &ro);
    ro.work = part_make;
    ro.work_free = part_free;
    ro.work_ctx = &job->plan;
    /* Into protobuf, here or in the assembler. */
    const struct tki_format *f = o->common.to ? tki_format_find(o->common.to) : NULL;
    ro.copy_proto = job->whole || (f && f->info.binary);
    tki_common_traces_opts(&o->common, &to);
    if ((job->whole && tk_traces_open(&job->traces, &to, &job->err) < 0) ||
        tk_reader_open(reader, files, nfiles, &ro, &job->err) < 0 ||
        !(job->out = job->output->open(o, &job->err)))
        tki_die_err(&job->err);
}

int convert(const struct options *o, const char *const *files, size_t nfiles)
{
    struct job job;
    struct tk_reader *reader;
    int read_code = 0, status = 0;
    setup(&job, o);
    open_all(&job, files, nfiles, &reader);
    int r = read_all(&job, reader, &read_code);
    if (r >= 0 && job.whole)
        r = take_traces(&job);
    if (r < 0) {
        job.output->abort(job.out);
        tki_die_err(&job.err);
    }
    for (size_t i = 0; i < job.stages.n; i++)
        if (job.stages.at[i].done)
            job.stages.at[i].done(job.stages.at[i].ctx);
    if (job.output->close(job.out, &status, &job.err) < 0)
        tki_die_err(&job.err);
    int read_status = reader_status(reader, read_code);
    tk_reader_close(reader);
    tk_traces_close(job.traces);
    tki_idmap_free(&job.first);
    stages_free(&job.stages);
    filter_free(&job.plan.filter);
    return read_status ? read_status : status;
}
