/* Spans in, spans out: executes a plan (plan.h) along the way that pipe.h shows.
 *
 * What can be decided and written span by span is done on the decoding threads, and this thread only puts the
 * pieces out in order.  --limit counts traces in order of appearance and so is applied here.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "analyze/mend.h"
#include "base/err.h"
#include "base/map.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "expr/traceql/unmet.h"
#include "format/lossless/lossless.h"
#include "pipe.h"
#include "report/number.h"
#include "run/traces.h"

struct job {
    const struct plan *plan;
    uint64_t total_bytes;     /* of the files; 0: not known */
    struct batch_order order; /* of the decoding threads */
    struct filter timed;      /* that of the plan, with the times of the input where they are asked for */
    struct filter found;      /* with two readings: the traces of the first one */
    struct filter_met met;
    struct query query;
    struct stages stages;
    const struct output *output;
    void *out;
    struct tk_traces *traces;
    struct sort *sort;
    struct redaction *redact;
    uint64_t given;          /* by trace: how many traces were put out; else whether there was any span */
    struct tki_idmap first;  /* span by span: the traces that are kept */
    struct tki_ledger rates; /* of traces, where roots told them */
    bool tagged;             /* some root's tags told one */
    struct tk_notes notes;   /* what outputs that do not write spans leave out */
    uint32_t *rows;
    size_t cap;
    struct tk_err err;
};

/* Drops rows of traces beyond the first N. */
static size_t limit_rows(struct job *job, const struct tk_batch *b, uint32_t *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        tk_id128 id = b->spans[rows[i]].trace_id;
        bool keep = tki_idmap_get(&job->first, id) != TKI_MAP_NONE;
        if (!keep && job->first.n < job->plan->limit)
            keep = tki_idmap_put(&job->first, id) != TKI_MAP_NONE;
        rows[kept] = rows[i];
        kept += keep;
    }
    return kept;
}

/* All rows of the batch, to be thinned out. */
static uint32_t *all_rows(struct job *job, const struct tk_batch *b)
{
    if (b->nspans > job->cap) {
        uint32_t *p = realloc(job->rows, b->nspans * sizeof *p);
        if (!p)
            tki_die(TKI_EXIT_IO, "out of memory");
        job->rows = p;
        job->cap = b->nspans;
    }
    for (uint32_t i = 0; i < b->nspans; i++)
        job->rows[i] = i;
    return job->rows;
}

static int put(struct job *job, struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    if (!job->output->writes)
        tki_format_count_beyond(NULL, b, rows, nrows, job->notes.n);
    return job->output->put(job->out, b, rows, nrows, &job->err);
}

/* Applies the limits and writes to the output; all spans come here.  rows NULL: all rows. */
static int finish(struct job *job, struct tk_batch *b, uint32_t *rows, size_t nrows)
{
    if (job->plan->by_trace) {
        if (job->given >= job->plan->limit)
            return 0;
        if (job->order.reading->ask) /* of the query, which counts spans; rows are all of the trace */
            b->nspans = (uint32_t)query_limit(&job->query, b->nspans);
        if (b->nspans == 0)
            return 0;
        job->given++;
        return put(job, b, rows, nrows);
    }
    if (!rows) {
        rows = all_rows(job, b);
        nrows = b->nspans;
    }
    if (job->plan->limit < UINT64_MAX)
        nrows = limit_rows(job, b, rows, nrows);
    if (job->order.reading->ask)
        nrows = query_limit(&job->query, nrows);
    job->given += nrows;
    return nrows ? put(job, b, rows, nrows) : 0;
}

static int take_work(struct job *job, struct tk_batch *b, struct batch_work *w)
{
    if (job->plan->whole) {
        int r = tk_traces_add(job->traces, b, w->rows, w->nrows);
        if (r < 0)
            job->err = *tk_traces_err(job->traces);
        return r;
    }
    if (job->order.reading->encode || job->order.reading->top) {
        job->given += w->nrows;
        return job->output->put_work(job->out, w, &job->err);
    }
    if (job->sort)
        return sort_add(job->sort, b, w->rows, w->nrows, &job->err);
    return finish(job, b, w->rows, w->nrows);
}

/* What the decoding thread made of the batch; its faults end the command. */
static struct batch_work *work_of(struct job *job, struct tk_reader *reader)
{
    struct batch_work *w = tk_reader_work(reader);
    if (!w || w->rc == TK_ENOMEM)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (w->rc < 0 && w->redact_failed)
        tki_die(TKI_EXIT_IO, "%s", redaction_limit);
    if (w->rc < 0)
        tki_die(TKI_EXIT_IO, "a regular expression of the query takes too many steps");
    if (job->order.reading->ask)
        query_count_odd(&job->query, w->eval);
    if (job->order.meet && filter_met_take(&job->met, &w->met, job->order.filter) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    return w;
}

/* The one loop over the reader: calls take for each batch, with what its thread has found in it, until take answers
 * below zero, which is returned.  *code is how the reading ended. */
static int each_batch(struct job *job, struct tk_reader *reader, const char *doing, int *code,
                      int (*take)(struct job *job, struct tk_batch *b, struct batch_work *w, void *ctx), void *ctx)
{
    struct tki_progress progress = {0};
    struct tk_batch *b;
    int r = 0;
    tki_progress_open(&progress, job->plan->o->common.progress);
    progress.total_bytes = job->total_bytes;
    while (r >= 0 && (*code = tk_reader_next(reader, &b)) == 1) {
        struct batch_work *w = work_of(job, reader);
        tki_progress_read(&progress, doing, tk_reader_stats(reader));
        r = take(job, b, w, ctx);
    }
    tki_progress_close(&progress);
    return r;
}

static int note_traces(struct job *job, struct tk_batch *b, struct batch_work *w, void *found)
{
    struct tki_idmap *ids = found;
    for (size_t i = 0; i < w->nrows && ids->n < job->plan->query.limit; i++)
        if (tki_idmap_put(ids, b->spans[w->rows[i]].trace_id) == TKI_MAP_NONE)
            tki_die(TKI_EXIT_IO, "out of memory");
    return 0;
}

static int note_extents(struct job *job, struct tk_batch *b, struct batch_work *w, void *groups)
{
    int r = tki_groups_make(groups, b, w->rows, (uint32_t)w->nrows);
    r = r < 0 ? r : tki_ledger_fold(&job->rates, groups);
    if (r < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    return 0;
}

static int64_t row_duration(const struct tki_ledger *l, uint32_t row)
{
    int64_t ns;
    (void)tki_extent_duration(&tki_ledger_row(l, row)->extent, &ns);
    return ns;
}

static int longest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x > y ? -1 : x < y;
}

/* Of the traces in the ledger those that may be among the longest: no shorter than the last that is wanted. */
static void take_longest(const struct tki_ledger *l, uint64_t wanted, struct tki_idmap *found)
{
    int64_t *ns = malloc((l->ids.n + 1u) * sizeof *ns), least = INT64_MIN;
    if (!ns)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (uint32_t i = 0; i < l->ids.n; i++)
        ns[i] = row_duration(l, i);
    qsort(ns, l->ids.n, sizeof *ns, longest_first);
    if (wanted && wanted < l->ids.n)
        least = ns[wanted - 1];
    free(ns);
    for (uint32_t i = 0; i < l->ids.n && wanted; i++)
        if (row_duration(l, i) >= least && tki_idmap_put(found, l->ids.ids[i]) == TKI_MAP_NONE)
            tki_die(TKI_EXIT_IO, "out of memory");
}

static void read_longest(struct job *job, struct tk_reader *reader, int *code, struct tki_idmap *found)
{
    struct tki_groups groups = {0};
    (void)each_batch(job, reader, "looking for the longest", code, note_extents, &groups);
    take_longest(&job->rates, job->plan->limit, found);
    tki_groups_free(&groups);
    tki_ledger_free(&job->rates);
}

/* The first of two readings: the longest traces, or traces with a span that the query selects, in the order of these
 * spans, become those of the second.  Returns true if there are any; *code is the reader's. */
static bool find_traces(struct job *job, struct tk_reader *reader, int *code)
{
    struct tki_idmap found = {0};
    if (job->plan->rank)
        read_longest(job, reader, code, &found);
    else
        (void)each_batch(job, reader, "searching", code, note_traces, &found);
    uint32_t n = found.n;
    if (filter_of_traces(&job->found, &job->timed, found.ids, n) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_idmap_free(&found);
    job->order.filter = &job->found;
    job->order.meet = false;
    job->order.reading = &job->plan->reading[1];
    if (n && tk_reader_rewind(reader, job->order.reading->needs, true) < 0)
        tki_die_err(tk_reader_err(reader));
    return n > 0;
}

/* When spans start is read first, where the plan's times depend on it. */
static int take_times(struct job *job, struct tk_batch *b, struct batch_work *w, void *ctx)
{
    (void)job; /* its `met` has them */
    (void)b;
    (void)w;
    (void)ctx;
    return 0;
}

static void find_times(struct job *job, struct tk_reader *reader)
{
    static const struct plan_reading nothing = {.needs = TK_NEED_WEIGHT};
    const struct batch_order order = job->order;
    struct filter_met *met = &job->met;
    int code;
    job->order = (struct batch_order){.reading = &nothing, .filter = &job->timed, .meet = true};
    if (each_batch(job, reader, "looking at times", &code, take_times, NULL) < 0)
        tki_die_err(&job->err);
    if (met->last_ns && filter_times(&job->timed, job->plan->o, met->first_ns, met->last_ns, &job->err) < 0)
        tki_opts_usage(&tracecat_command, "%s", job->err.text);
    filter_met_free(met);
    *met = (struct filter_met){0};
    job->order = order;
    if (tk_reader_rewind(reader, job->order.reading->needs, true) < 0)
        tki_die_err(tk_reader_err(reader));
}

static int take_batch(struct job *job, struct tk_batch *b, struct batch_work *w, void *ctx)
{
    (void)ctx;
    if (job->order.reading->ask && job->query.table)
        query_table_range(job->query.table, w->first_ns, w->last_ns);
    job->tagged = job->tagged || w->tagged;
    if (job->redact)
        redaction_count(job->redact, w->redact);
    return w->nrows ? take_work(job, b, w) : 0;
}

/* Reads to the end.  Negative: the output failed, and job->err says how. */
static int read_all(struct job *job, struct tk_reader *reader, int *read_code)
{
    return each_batch(job, reader, "reading", read_code, take_batch, NULL);
}

/* Takes a trace through the stages from one of them on. */
static int take_trace(struct job *job, struct tk_batch *b, size_t from)
{
    int r = 1;
    for (size_t i = from; r == 1 && i < job->stages.n; i++) {
        r = job->stages.at[i].put(job->stages.at[i].ctx, b, &job->err);
        if (r == 1 && b->nspans == 0)
            r = 0;
    }
    if (r != 1)
        return r;
    return job->sort ? sort_add(job->sort, b, NULL, 0, &job->err) : finish(job, b, NULL, 0);
}

static int take_first(struct job *job, struct tk_batch *b)
{
    return take_trace(job, b, 0);
}

static int show_trace(struct job *job, struct tk_batch *b)
{
    int r = 0;
    for (size_t i = 0; r >= 0 && i < job->stages.n; i++)
        if (job->stages.at[i].look)
            r = job->stages.at[i].look(job->stages.at[i].ctx, b, &job->err);
    return r;
}

static int each_trace(struct job *job, int (*take)(struct job *job, struct tk_batch *b))
{
    struct tk_batch *b;
    int r;
    while ((r = tk_traces_next(job->traces, &b)) == 1) {
        r = take(job, b);
        if (r < 0)
            return r;
    }
    if (r < 0)
        job->err = *tk_traces_err(job->traces);
    return r;
}

static int take_traces(struct job *job)
{
    struct tk_batch *b;
    bool look = false;
    int r = 0;
    for (size_t i = 0; i < job->stages.n; i++)
        look = look || job->stages.at[i].look;
    if (look && (r = each_trace(job, show_trace)) >= 0 && (r = tki_traces_rewind(job->traces, 0)) < 0)
        job->err = *tk_traces_err(job->traces);
    if (r < 0 || (r = each_trace(job, take_first)) < 0)
        return r;
    for (size_t i = 0; i < job->stages.n; i++)
        while (job->stages.at[i].next && (r = job->stages.at[i].next(job->stages.at[i].ctx, &b, &job->err)) != 0)
            if (r < 0 || (r = take_trace(job, b, i + 1)) < 0)
                return r;
    return 0;
}

static int take_sorted(struct job *job)
{
    struct tk_batch *b;
    int r;
    while ((r = sort_next(job->sort, &b, &job->err)) == 1) {
        r = finish(job, b, NULL, 0);
        if (r < 0)
            return r;
    }
    return r;
}

static int take_rates(struct job *job, struct tk_batch *b, struct batch_work *w, void *groups)
{
    (void)w;
    int r = tki_groups_make(groups, b, NULL, 0);
    return r < 0 ? r : tki_ledger_fold(&job->rates, groups);
}

/* The rates of all traces: what the spans of a trace weigh may stand at its root alone. */
static int read_rates(struct job *job, struct tk_reader *reader, int *code)
{
    static const struct plan_reading nothing = {.needs = TK_NEED_WEIGHT};
    struct tki_groups groups = {0};
    job->order.reading = &nothing;
    job->order.weigh = job->order.meet = false;
    if (tk_reader_rewind(reader, TK_NEED_WEIGHT, true) < 0)
        tki_die_err(tk_reader_err(reader));
    int r = each_batch(job, reader, "weighing", code, take_rates, &groups);
    tki_groups_free(&groups);
    return r < 0 ? tki_err_memory(&job->err) : 0;
}

/* Counts again what the first reading counted, each span by the weight of its trace. */
static int weigh_again(struct job *job, struct tk_reader *reader, int *read_code)
{
    const struct plan_reading *reading = &job->plan->reading[0];
    uint64_t spans = tk_reader_stats(reader)->spans;
    int first_code = *read_code, code, r = read_rates(job, reader, &code);
    bool changed = code != first_code || tk_reader_stats(reader)->spans != spans;
    if (r == 0 && !changed) {
        query_table_free(job->query.table);
        job->query.table = query_table_new(&job->query, &job->rates);
        job->query.odd = (struct tki_odd_durations){0};
        job->order.reading = reading;
        if (tk_reader_rewind(reader, reading->needs, true) < 0)
            tki_die_err(tk_reader_err(reader));
        r = read_all(job, reader, read_code);
        changed = *read_code == first_code && tk_reader_stats(reader)->spans != spans;
    }
    return r >= 0 && changed ? tki_err_set(&job->err, TK_EINVALID, "the input changed while it was read") : r;
}

static void open_steps(struct job *job, const struct plan *p)
{
    *job = (struct job){.plan = p, .timed = p->filter};
    if (p->query.query)
        query_open(&job->query, p);
    if (p->o->redact.n)
        job->redact = redaction_open(p->o);
    stages_init(&job->stages, p, &job->query, job->redact);
    if (p->sort)
        job->sort = sort_open((enum sort_key)p->o->sort, p->sort_traces, p->sort_memory);
    job->order = (struct batch_order){.reading = &p->reading[0],
                                      .filter = &job->timed,
                                      .query = &job->query,
                                      .redact = job->redact,
                                      .top = &p->top,
                                      .meet = true,
                                      .weigh = p->weigh,
                                      .lossless = p->o->lossless};
}

/* Whether the input is read again, or may be when nothing is found: files can be at no cost. */
static bool rewindable(const struct plan *p, const char *const *files, size_t nfiles)
{
    return p->readings == 2 || p->weigh || p->filter.of_dump ||
           ((p->query.query || p->top.has) && nfiles && tki_files_size(files, nfiles));
}

static void open_reader(struct job *job, const char *const *files, size_t nfiles, struct tk_reader **reader)
{
    const struct plan *p = job->plan;
    struct tk_read_opts ro;
    tki_common_read_opts(&p->o->common, &ro);
    ro.work = batch_work_make;
    ro.work_free = batch_work_free;
    ro.work_ctx = &job->order;
    ro.rewindable = rewindable(p, files, nfiles);
    ro.needs = p->filter.of_dump ? TK_NEED_WEIGHT : p->reading[0].needs;
    ro.copy_proto =
        p->reading[p->readings - 1].copy_proto && /* where only the first reading decodes, it counts for none */
        !(p->mend & TKI_MEND_LINKS);              /* links are looked at */
    ro.proto_only = p->reading[p->readings - 1].proto_only;
    if (p->reading[0].keys_only)
        ro.attr_keys = tki_query_keys(p->query.query, &ro.nattr_keys);
    if (tk_reader_open(reader, files, nfiles, &ro, &job->err) < 0)
        tki_die_err(&job->err);
}

static void open_all(struct job *job, const char *const *files, size_t nfiles, struct tk_reader **reader)
{
    const struct plan *p = job->plan;
    struct tk_traces_opts to;
    struct output_args args = {
        .plan = p, .path = p->o->common.output, .files = files, .nfiles = nfiles, .query = &job->query};
    tki_common_traces_opts(&p->o->common, &to);
    to.memory_max = p->traces_memory;
    if (p->whole && tk_traces_open(&job->traces, &to, &job->err) < 0)
        tki_die_err(&job->err);
    if (p->mend & TKI_MEND_HALVES)
        tki_traces_join_halves(job->traces);
    if (p->mend & TKI_MEND_LINKS)
        tki_traces_join_links(job->traces);
    job->total_bytes = nfiles ? tki_files_size(files, nfiles) : 0;
    open_reader(job, files, nfiles, reader);
    args.reader = *reader;
    job->output = p->o->split ? &output_split : p->o->route_given ? &output_route : output_of(p);
    job->out = job->output->open(&args, &job->err);
    if (!job->out)
        tki_die_err(&job->err);
}

static void free_job(struct job *job)
{
    tk_traces_close(job->traces);
    sort_free(job->sort);
    tki_idmap_free(&job->first);
    tki_ledger_free(&job->rates);
    stages_free(&job->stages);
    filter_free(&job->found);
    filter_met_free(&job->met);
    if (job->plan->query.query)
        query_close(&job->query);
    redaction_close(job->redact);
    free(job->rows);
}

/* Whether the query found nothing although there were spans to ask. */
static bool unmet(const struct job *job)
{
    const struct plan *p = job->plan;
    if (!p->query.query || !job->met.passed || !p->limit || !p->query.limit)
        return false;
    return p->answer == PLAN_TABLE ? !query_table_any(job->query.table) : !job->given;
}

/* Whether something was asked for and nothing was found: the honest no. */
static bool found_nothing(const struct job *job)
{
    if (job->plan->o->partial && job->plan->query.query) /* other parts may hold something */
        return false;
    return unmet(job) || (!job->met.passed && (!job->plan->filter.all || job->plan->query.query));
}

/* Says what is not part of the output, also that nothing was selected. */
static void say(struct job *job)
{
    const struct plan *p = job->plan;
    for (size_t i = 0; i < job->stages.n; i++)
        if (job->stages.at[i].done)
            job->stages.at[i].done(job->stages.at[i].ctx);
    if (job->redact)
        redaction_report(job->redact);
    if (p->query.query)
        query_say_odd(&job->query);
    if (p->filter.nids || job->met.passed == 0)
        filter_met_say(&job->met, &job->timed, p->o->east);
}

static int look_unmet(struct job *job, struct tk_batch *b, struct batch_work *w, void *u)
{
    (void)w;
    return tki_unmet_look(u, b) < 0 ? tki_err_memory(&job->err) : 0;
}

/* Reads once more, to say what of a query is nowhere in the input.  Returns whether there is something. */
static bool look_again(struct job *job, struct tk_reader *reader, const struct tki_query *query)
{
    static const struct plan_reading nothing = {.needs = TK_NEED_NAME};
    struct tki_unmet *u;
    struct tki_buf text = {0};
    int code;
    bool some = false;
    if (tki_unmet_open(&u, query) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (!u)
        return false;
    job->order.reading = &nothing;
    job->order.meet = job->order.weigh = false;
    if (tk_reader_rewind(reader, tki_unmet_needs(u), true) < 0)
        tki_die_err(tk_reader_err(reader));
    if (each_batch(job, reader, "looking for what was meant", &code, look_unmet, u) < 0)
        tki_die_err(&job->err);
    while (tki_unmet_next(u, &text)) {
        if (text.err)
            tki_die(TKI_EXIT_IO, "out of memory");
        tki_msg("%.*s", (int)text.n, text.p);
        some = true;
        tki_buf_reset(&text);
    }
    tki_buf_free(&text);
    tki_unmet_free(u);
    return some;
}

/* What was asked for was not there.  A pipe of which nothing was kept cannot be read again. */
static void say_unmet(struct job *job, struct tk_reader *reader, bool again)
{
    const struct plan *p = job->plan;
    char asked[TKI_QUANTITY_MAX];
    if (p->top.has && job->given) {
        if (!again || !look_again(job, reader, p->top.has))
            tki_msg("no span that was counted has %s", p->o->top);
        return;
    }
    tki_msg("no %s matches the query: %s %s asked", p->query.spans ? "span" : "trace",
            tki_count_format(asked, job->met.passed), tki_plural(job->met.passed, "span was", "spans were"));
    if (again)
        look_again(job, reader, p->query.query);
}

int convert(const struct plan *p, const char *const *files, size_t nfiles)
{
    struct job job;
    struct tk_reader *reader;
    int read_code = 0, status = 0;
    open_steps(&job, p);
    open_all(&job, files, nfiles, &reader);
    if (p->filter.of_dump)
        find_times(&job, reader);
    bool some = p->readings == 1 || find_traces(&job, reader, &read_code);
    int r = some ? read_all(&job, reader, &read_code) : 0;
    if (r >= 0 && job.tagged)
        r = weigh_again(&job, reader, &read_code);
    if (r >= 0 && p->whole)
        r = take_traces(&job);
    if (r >= 0 && job.sort)
        r = take_sorted(&job);
    if (r < 0) {
        job.output->abort(job.out);
        tki_die_err(&job.err);
    }
    say(&job);
    if (read_code < 0 || tk_reader_stats(reader)->records_skipped)
        status = TKI_EXIT_IO;
    bool report = p->answer != PLAN_SPANS && p->answer != PLAN_TREE;
    bool kept =
        tki_keep_output(p->o->common.output, reader, read_code, report ? tk_reader_stats(reader)->spans : job.given);
    bool nothing = report && read_code < 0 && !tk_reader_stats(reader)->spans; /* zeros would hide why */
    if (kept || nothing)
        job.output->abort(job.out);
    else if (job.output->close(job.out, &status, &job.err) < 0)
        tki_die_err(&job.err);
    tki_msg_notes(&job.notes, NULL);
    int read_status = reader_status(reader, read_code);
    if (kept)
        tki_msg_kept(p->o->common.output);
    if ((unmet(&job) || (p->top.has && status == TKI_EXIT_NO)) && !p->o->partial)
        say_unmet(&job, reader, !read_status && rewindable(p, files, nfiles));
    if (!status && found_nothing(&job))
        status = TKI_EXIT_NO;
    tk_reader_close(reader);
    free_job(&job);
    return read_status ? read_status : status;
}
