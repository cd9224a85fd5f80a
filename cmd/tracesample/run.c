/* The two passes: judging every trace, then writing the spans of those that are kept. */
#include <stdlib.h>

#include "base/err.h"
#include "cli/opts.h"
#include "cli/progress.h"
#include "run/kinds.h"
#include "sample/consumer.h"
#include "tracesample.h"

int ts_open(struct ts_run *run, const struct ts_request *request, struct tk_err *err)
{
    *run = (struct ts_run){.request = request};
    tki_sampling_open(request->sampling, &run->sampler);
    if (request->wait_curve)
        tki_sampler_weigh(&run->sampler);
    tki_kinds_init(&run->kinds, &run->ledger);
    int rc = request->check ? ts_check_open(run, err) : 0;
    /* Head samplers leave spans out, so that what the policies judge needs a ledger of its own. */
    if (rc == 0)
        rc = tki_replay_open(&run->replay, &run->sampler, run->sampler.nheads ? NULL : &run->ledger, err);
    if (rc == 0)
        rc = tki_replay_time(run->replay, &request->arrival, request->timed, err);
    if (rc == 0 && request->explain)
        rc = tki_explain_open(&run->explain, &run->sampler, request->explain_id, err);
    if (rc == 0 && run->explain)
        tki_replay_watch(run->replay, tki_explain_watch(run->explain));
    if (rc == 0)
        rc = ts_baselines_open(run, err);
    if (rc == 0 && request->lint && tki_lint_config(&run->lint, &run->sampler) < 0)
        rc = tki_err_memory(err);
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
    tki_seen_free(&run->keys);
    tki_seen_free(&run->first_keys);
    tki_ledger_free(&run->ledger);
    ts_baselines_close(run);
    tki_checks_free(&run->checks);
    tki_bias_free(&run->bias);
    tki_lint_free(&run->lint);
    tki_arena_free(&run->memory);
    tki_sampler_close(&run->sampler);
}

/* ---- judging ---- */

bool ts_all_rows(uint32_t **rows, size_t *cap, const struct tk_batch *b)
{
    if (b->nspans > *cap) {
        uint32_t *more = realloc(*rows, b->nspans * sizeof *more);
        if (!more)
            return false;
        *rows = more;
        *cap = b->nspans;
    }
    for (uint32_t i = 0; i < b->nspans; i++)
        (*rows)[i] = i;
    return true;
}

static void tick(void *progress, const struct tk_read_stats *stats)
{
    if (tki_progress_due(progress))
        tki_progress_read(progress, "judging", stats);
}

/* Where chance decides, so many other orders are drawn; of a larger dump none, since each takes as long as the first.
 */
enum { DRAWS = 20, DRAW_SPANS_MAX = 200000 };

static bool add_replay(struct tki_pass *pass, struct tki_replay *replay)
{
    struct tki_consumer c = tki_replay_consumer(replay);
    return tki_pass_add(pass, &c);
}

int ts_judge(struct ts_run *run, struct tk_err *err)
{
    const struct ts_request *q = run->request;
    struct tki_progress progress = {0};
    struct tki_consumer c = tki_kinds_consumer(&run->kinds);
    bool room = tki_pass_add(&run->pass, &c) && add_replay(&run->pass, run->replay);
    for (size_t i = 0; i < run->nbaselines; i++)
        room = room && add_replay(&run->pass, run->baseline[i].replay);
    room = room && (!q->lint || ts_lint_add(run));
    room = room && (!q->explain || !run->sampler.nheads || ts_explain_heads_add(run));
    if (!room)
        return tki_err_set(err, TK_ELIMIT, "more than %d configurations in one reading", TKI_PASS_CONSUMERS - 1);
    run->pass.ledger = &run->ledger;
    run->pass.tick = tick;
    run->pass.tick_ctx = &progress;
    /* Standard input is kept aside for a second reading only where traces are written. */
    bool again = !q->explain && !q->explain_all && !q->wait_curve &&
                 ((!q->report_only && !q->partial) || ts_check_again(run) || tki_files_size(q->files, q->nfiles) > 0);
    int rc = tki_pass_open(&run->pass, q->files, q->nfiles, &q->read, again, err);
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
    if (q->wait_curve)
        return tki_wait_curve(run->replay, NULL, &run->nwaits, run->waits, err);
    return ts_conclude(run, again, err);
}

int ts_conclude(struct ts_run *run, bool again, struct tk_err *err)
{
    const struct ts_request *q = run->request;
    int rc = tki_replay_judge(run->replay, err);
    if (rc < 0)
        return rc;
    tki_replay_total(run->replay, &run->ledger, &run->in, &run->kept, &run->in_part);
    if (run->sampler.tail && !run->sampler.strategies)
        rc = tki_replay_own_times(run->replay, &run->own, err);
    if (rc == 0 && tki_replay_stats(run->replay)->chance && run->in.spans <= DRAW_SPANS_MAX)
        rc = tki_replay_draw(run->replay, DRAWS, &run->drawn, err);
    if (rc == 0)
        rc = tki_outcome_find(&run->outcome, run->replay, &run->kinds, &q->slow, err);
    if (rc == 0)
        rc = ts_baselines_judge(run, err);
    if (rc == 0 && q->bias)
        rc = ts_bias_find(run, err);
    if (rc == 0 && q->check)
        return ts_check(run, err);
    if (rc == 0)
        rc = ts_read_keys(run, again, err);
    if (rc == 0 && q->lint && tki_lint_dump(&run->lint, run->replay, run->keys_read ? &run->keys : NULL) < 0)
        rc = tki_err_memory(err);
    return rc;
}

/* ---- writing ---- */

struct output {
    struct tk_writer *writer;
    struct tk_traces *traces; /* for formats that need each trace as one batch */
    uint32_t *rows;
    size_t cap;
    uint64_t written;   /* spans */
    const char **state; /* of each span, as it came */
    size_t state_cap;
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

static int remember_states(struct output *o, const struct tk_batch *b, struct tk_err *err)
{
    if (b->nspans > o->state_cap) {
        const char **more = realloc(o->state, b->nspans * sizeof *more);
        if (!more)
            return tki_err_memory(err);
        o->state = more;
        o->state_cap = b->nspans;
    }
    for (uint32_t i = 0; i < b->nspans; i++)
        o->state[i] = b->spans[i].trace_state.p;
    return 0;
}

static int put_batch(struct ts_run *run, struct output *o, struct tk_batch *b, struct tk_err *err)
{
    bool mark = !run->request->no_threshold;
    if (!ts_all_rows(&o->rows, &o->cap, b))
        return tki_err_memory(err);
    if (remember_states(o, b, err) < 0)
        return TK_ENOMEM;
    size_t n = tki_replay_keep(run->replay, b, o->rows, b->nspans, mark);
    if (b->err)
        return tki_err_memory(err);
    for (size_t i = 0; i < n; i++)
        run->marked += b->spans[o->rows[i]].trace_state.p != o->state[o->rows[i]];
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
    if (rc == 0) {
        run->write_notes = *tk_writer_notes(o.writer);
        run->read_notes = *tk_reader_notes(run->pass.reader); /* of what is written: the first reading took less */
    }
    run->output_kept =
        rc == 0 && tki_keep_output(run->request->output, run->pass.reader, run->pass.read_err.code, o.written);
    if (rc == 0 && !run->output_kept)
        rc = tk_writer_close(o.writer, err);
    else
        tk_writer_abort(o.writer);
    tk_traces_close(o.traces);
    free(o.rows);
    free(o.state);
    return rc;
}
