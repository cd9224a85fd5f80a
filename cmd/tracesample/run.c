/* The two passes: judging every trace, then writing the spans of those that are kept. */
#include <stdlib.h>

#include "base/err.h"
#include "cli/opts.h"
#include "cli/progress.h"
#include "run/kinds.h"
#include "tracesample.h"

int ts_open(struct ts_run *run, const struct ts_request *request, struct tk_err *err)
{
    *run = (struct ts_run){.request = request};
    tki_sampling_open(request->sampling, &run->sampler);
    tki_kinds_init(&run->kinds, &run->ledger);
    int rc = tki_replay_open(&run->replay, &run->sampler, &run->ledger, err);
    if (rc == 0 && request->explain)
        rc = tki_explain_open(&run->explain, &run->sampler, request->explain_id, err);
    if (rc == 0 && run->explain)
        tki_replay_watch(run->replay, tki_explain_watch(run->explain));
    if (rc < 0)
        ts_close(run);
    return rc;
}

void ts_close(struct ts_run *run)
{
    tki_pass_close(&run->pass);
    tki_explain_close(run->explain);
    tki_replay_close(run->replay);
    tki_kinds_free(&run->kinds);
    tki_ledger_free(&run->ledger);
    tki_sampler_close(&run->sampler);
}

/* ---- judging ---- */

static int evaluate(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **part)
{
    const struct ts_run *run = ctx;
    void *eval = tki_eval_work((void *)(uintptr_t)&run->sampler, b, *part);
    if (!eval)
        return TK_ENOMEM;
    *part = eval;
    tki_eval_group(eval, &run->sampler, b, groups);
    return 0;
}

static int add_evaluation(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                          struct tk_err *err)
{
    const struct ts_run *run = ctx;
    return tki_replay_fold(run->replay, b, groups, code < 0 ? NULL : part, err);
}

static void tick(void *progress, const struct tk_read_stats *stats)
{
    if (tki_progress_due(progress))
        tki_progress_read(progress, "judging", stats);
}

int ts_judge(struct ts_run *run, struct tk_err *err)
{
    const struct ts_request *q = run->request;
    struct tki_progress progress = {0};
    struct tki_consumer c = {.ctx = run, .work = evaluate, .part_free = tki_eval_free, .fold = add_evaluation};
    c.needs = tki_sampler_needs(&run->sampler, &c.keys, &c.nkeys);
    tki_pass_add(&run->pass, &c);
    c = tki_kinds_consumer(&run->kinds);
    tki_pass_add(&run->pass, &c);
    run->pass.ledger = &run->ledger;
    run->pass.tick = tick;
    run->pass.tick_ctx = &progress;
    int rc = tki_pass_open(&run->pass, q->files, q->nfiles, &q->read, !q->report_only && !q->explain, err);
    if (rc < 0)
        return rc;
    tki_progress_open(&progress, q->progress);
    progress.total_bytes = tki_files_size(q->files, q->nfiles);
    rc = tki_pass_read(&run->pass, err);
    tki_progress_close(&progress);
    run->pass.tick = NULL;
    if (rc < 0)
        return rc;
    run->stats = *tk_reader_stats(run->pass.reader);
    run->read_notes = *tk_reader_notes(run->pass.reader);
    tki_replay_judge(run->replay);
    return tki_outcome_find(&run->outcome, run->replay, &run->kinds, &q->slow, err);
}

/* ---- writing ---- */

struct output {
    struct tk_writer *writer;
    struct tk_traces *traces; /* for formats that need each trace as one batch */
    uint32_t *rows;
    size_t cap;
    uint64_t written; /* spans */
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
    o->written += n;
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

struct keeping {
    struct ts_run *run;
    struct output *output;
};

static int keep(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err)
{
    const struct keeping *k = ctx;
    (void)groups;
    (void)part;
    (void)code;
    return put_batch(k->run, k->output, b, err);
}

static int put_all(struct ts_run *run, struct output *o, struct tk_err *err)
{
    struct keeping k = {run, o};
    int rc = tki_pass_again(&run->pass, &(struct tki_consumer){.needs = TK_NEED_COPY, .ctx = &k, .fold = keep}, err);
    return rc == 0 && o->traces ? put_traces(o, err) : rc;
}

int ts_write(struct ts_run *run, struct tk_err *err)
{
    struct output o = {0};
    int rc = open_output(&o, run->request, err);
    if (rc == 0)
        rc = put_all(run, &o, err);
    if (rc == 0)
        run->write_notes = *tk_writer_notes(o.writer);
    run->output_kept =
        rc == 0 && tki_keep_output(run->request->output, run->pass.reader, run->pass.read_err.code, o.written);
    if (rc == 0 && !run->output_kept)
        rc = tk_writer_close(o.writer, err);
    else
        tk_writer_abort(o.writer);
    tk_traces_close(o.traces);
    free(o.rows);
    return rc;
}
