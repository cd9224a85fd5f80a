/* Spans in, spans out.
 *
 * What can be decided and written span by span is done on the decoding threads, and this thread only puts the
 * pieces out in order.  --limit counts traces in order of appearance and so is applied here; formats and views
 * that take whole traces, and --group, go through the assembler.
 */
#include <stdlib.h>

#include "base/map.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "run/writer.h"
#include "tracecat.h"

struct job {
    const struct options *o;
    struct filter filter;
    const struct tki_format *format; /* NULL: the tree view */
    bool encode_early;               /* on the decoding threads */
    bool whole;                      /* through the assembler */
    struct tki_idmap first;          /* with --limit: the traces that are kept */
    struct tk_writer *writer;
    struct tki_sink *sink; /* of the tree view */
    struct tree_view *view;
    struct tki_buf text;
    struct tk_err err;
};

/* What a decoding thread makes of a batch. */
struct part {
    uint32_t *rows;
    size_t nrows, cap;
    struct tki_buf bytes;
    struct tki_encode encode;
    bool memory_failed;
};

static void *make_part(void *ctx, struct tk_batch *b, void *previous)
{
    const struct job *job = ctx;
    struct part *p = previous ? previous : calloc(1, sizeof *p);
    if (!p)
        return NULL;
    if (b->nspans > p->cap) {
        uint32_t *rows = realloc(p->rows, b->nspans * sizeof *rows);
        if (!rows) {
            p->memory_failed = true;
            return p;
        }
        p->rows = rows;
        p->cap = b->nspans;
    }
    p->nrows = filter_rows(&job->filter, b, p->rows);
    tki_buf_reset(&p->bytes);
    p->encode = (struct tki_encode){.out = &p->bytes};
    if (job->encode_early && p->nrows)
        job->format->put(&p->encode, b, p->rows, p->nrows);
    return p;
}

static void free_part(void *part)
{
    struct part *p = part;
    free(p->rows);
    tki_buf_free(&p->bytes);
    free(p);
}

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

static int put(struct job *job, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    if (job->format)
        return tk_writer_put(job->writer, b, rows, nrows);
    tki_buf_reset(&job->text);
    tree_view_put(job->view, b, &job->text);
    return tki_sink_write(job->sink, job->text.p, job->text.n, &job->err);
}

static int open_output(struct job *job)
{
    const struct options *o = job->o;
    if (job->format) {
        struct tk_write_opts w;
        tki_common_write_opts(&o->common, &w);
        w.format = job->format->info.name;
        return tk_writer_open(&job->writer, o->common.output, &w, &job->err);
    }
    job->view = tree_view_new(o);
    return tki_sink_open(&job->sink, o->common.output, (int)o->common.compress, 0, &job->err);
}

static int close_output(struct job *job)
{
    int r;
    if (job->format) {
        if (job->writer)
            tki_msg_notes(tk_writer_notes(job->writer), NULL);
        r = tk_writer_close(job->writer, &job->err);
    } else {
        r = tki_sink_close(job->sink, &job->err);
    }
    tree_view_free(job->view);
    tki_buf_free(&job->text);
    return r;
}

/* Each trace that the assembler has. */
static int put_traces(struct job *job, struct tk_traces *traces)
{
    struct tk_batch *b;
    int r;
    while ((r = tk_traces_next(traces, &b)) == 1) {
        r = put(job, b, NULL, 0);
        if (r < 0)
            return r;
    }
    if (r < 0)
        job->err = *tk_traces_err(traces);
    return r;
}

/* Reads to the end.  Negative: the output failed, and job->err says how. */
static int copy(struct job *job, struct tk_reader *reader, struct tk_traces *traces, int *read_code)
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
        if (job->o->limit_given)
            p->nrows = limit_rows(job, b, p->rows, p->nrows);
        if (!p->nrows)
            continue;
        if (traces) {
            r = tk_traces_add(traces, b, p->rows, p->nrows);
            if (r < 0)
                job->err = *tk_traces_err(traces);
        } else if (job->encode_early) {
            r = tki_writer_put_encoded(job->writer, &p->bytes, p->encode.notes);
        } else {
            r = put(job, b, p->rows, p->nrows);
        }
    }
    if (r >= 0 && traces)
        r = put_traces(job, traces);
    tki_progress_close(&progress);
    return r;
}

static void setup(struct job *job, const struct options *o)
{
    *job = (struct job){.o = o};
    filter_init(&job->filter, o);
    if (!o->common.to || strcmp(o->common.to, "tree") != 0)
        job->format = tki_format_find(o->common.to ? o->common.to : "json");
    job->whole = o->group || !job->format || job->format->info.whole_traces;
    job->encode_early = job->format && job->format->independent && !job->whole && !o->limit_given;
}

int convert(const struct options *o, const char *const *files, size_t nfiles)
{
    struct job job;
    struct tk_reader *reader;
    struct tk_traces *traces = NULL;
    struct tk_read_opts ro;
    struct tk_traces_opts to;
    int read_code = 0;
    setup(&job, o);
    tki_common_read_opts(&o->common, &ro);
    ro.work = make_part;
    ro.work_free = free_part;
    ro.work_ctx = &job;
    ro.copy_proto = job.whole || (job.format && job.format->info.binary); /* into protobuf, here or in the assembler */
    tki_common_traces_opts(&o->common, &to);
    if (job.whole && tk_traces_open(&traces, &to, &job.err) < 0)
        tki_die_err(&job.err);
    if (tk_reader_open(&reader, files, nfiles, &ro, &job.err) < 0 || open_output(&job) < 0)
        tki_die_err(&job.err);
    int r = copy(&job, reader, traces, &read_code);
    if (r < 0) {
        if (job.writer)
            job.err = tk_writer_err(job.writer)->code < 0 ? *tk_writer_err(job.writer) : job.err;
        tk_writer_abort(job.writer);
        tki_sink_abort(job.sink);
        tki_die_err(&job.err);
    }
    if (close_output(&job) < 0)
        tki_die_err(&job.err);
    int status = reader_status(reader, read_code);
    tk_reader_close(reader);
    tk_traces_close(traces);
    tki_idmap_free(&job.first);
    filter_free(&job.filter);
    return status;
}
