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
#include "run/traces.h"

enum { MEMORY_DEFAULT = 256 << 20 };

struct job {
    const struct options *o;
    struct part_plan plan;
    struct stages stages;
    const struct output *output;
    void *out;
    const struct tki_format *encode; /* on the decoding threads, when that is possible */
    bool whole;                      /* through the assembler */
    bool by_trace;                   /* the spans of a trace reach the end together */
    struct tk_traces *traces;
    struct sort *sort;
    struct redaction *redact;
    uint64_t limit;         /* of traces; UINT64_MAX: none */
    uint64_t given;         /* by trace: how many traces were put out */
    struct tki_idmap first; /* span by span: the traces that are kept */
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
        if (!keep && job->first.n < job->limit)
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

/* The end of all ways: limits and the output.  Rows NULL: all. */
static int finish(struct job *job, const struct tk_batch *b, uint32_t *rows, size_t nrows)
{
    if (job->by_trace) {
        if (job->given >= job->limit)
            return 0;
        job->given++;
        return job->output->put(job->out, b, rows, nrows, &job->err);
    }
    if (!rows) {
        rows = all_rows(job, b);
        nrows = b->nspans;
    }
    if (job->limit < UINT64_MAX)
        nrows = limit_rows(job, b, rows, nrows);
    if (job->plan.query)
        nrows = ask_limit(job->o->ask, nrows);
    return nrows ? job->output->put(job->out, b, rows, nrows, &job->err) : 0;
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
    if (job->sort)
        return sort_add(job->sort, b, p->rows, p->nrows, &job->err);
    return finish(job, b, p->rows, p->nrows);
}

static struct part *part_of(struct tk_reader *reader)
{
    struct part *p = tk_reader_work(reader);
    if (!p || p->rc == TK_ENOMEM)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (p->rc < 0 && p->redact_failed)
        tki_die(TKI_EXIT_IO, "%s", redaction_limit);
    if (p->rc < 0)
        tki_die(TKI_EXIT_IO, "a regular expression of the query takes too many steps");
    return p;
}

/* Of what leaves: redaction looks at all of it, and what it cannot look at does not leave. */
static unsigned needs_of(const struct job *job)
{
    return job->redact ? TK_NEED_ALL & ~TK_NEED_RAW : TK_NEED_ALL;
}

/* The first of two passes: traces with a span that the query selects, in the order of these spans, become
 * those of the filter.  Whether there are any; *code is the reader's. */
static bool find_traces(struct job *job, struct tk_reader *reader, int *code)
{
    struct tki_progress progress = {0};
    struct tki_idmap found = {0};
    struct tk_batch *b;
    tki_progress_open(&progress, job->o->common.progress);
    while ((*code = tk_reader_next(reader, &b)) == 1) {
        const struct part *p = part_of(reader);
        tki_progress_read(&progress, "searching", tk_reader_stats(reader));
        for (size_t i = 0; i < p->nrows && found.n < job->o->ask->limit; i++)
            if (tki_idmap_put(&found, b->spans[p->rows[i]].trace_id) == TKI_MAP_NONE)
                tki_die(TKI_EXIT_IO, "out of memory");
    }
    tki_progress_close(&progress);
    uint32_t n = found.n;
    filter_ids(&job->plan.filter, found.ids, n);
    tki_idmap_free(&found);
    job->plan.query = false;
    job->plan.encode = job->encode;
    job->plan.redact = job->redact;
    if (n && tk_reader_rewind(reader, needs_of(job), true) < 0)
        tki_die_err(tk_reader_err(reader));
    return n > 0;
}

/* Reads to the end.  Negative: the output failed, and job->err says how. */
static int read_all(struct job *job, struct tk_reader *reader, int *read_code)
{
    struct tki_progress progress = {0};
    struct tk_batch *b;
    int r = 0;
    tki_progress_open(&progress, job->o->common.progress);
    while (r >= 0 && (*read_code = tk_reader_next(reader, &b)) == 1) {
        struct part *p = part_of(reader);
        tki_progress_read(&progress, "reading", tk_reader_stats(reader));
        if (job->plan.query && job->o->ask->table)
            ask_table_range(job->o->ask->table, p->first_ns, p->last_ns);
        if (job->redact)
            redaction_count(job->redact, p->redact);
        if (p->nrows)
            r = take_part(job, b, p);
    }
    tki_progress_close(&progress);
    return r;
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
    if (look && (r = each_trace(job, show_trace)) >= 0 && (r = tki_traces_rewind(job->traces)) < 0)
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

size_t memory_share(const struct options *o, bool both)
{
    struct tk_traces_opts to;
    tki_common_traces_opts(&o->common, &to);
    size_t all = to.memory_max ? to.memory_max : MEMORY_DEFAULT;
    return both ? (all + 1) / 2 : all;
}

static void setup(struct job *job, const struct options *o)
{
    const struct output *view = o->common.to ? view_find(o->common.to) : NULL;
    const struct tki_format *format = view ? NULL : tki_target_find(o->common.to ? o->common.to : "json");
    const struct ask *ask = o->ask;
    bool table = ask && ask->table;
    *job = (struct job){.o = o, .plan.o = o, .limit = UINT64_MAX};
    job->output = table       ? &output_table
                  : o->verify ? &output_verify
                  : o->split  ? &output_split
                  : view      ? view
                              : &output_writer;
    filter_init(&job->plan.filter, o);
    stages_init(&job->stages, o);
    if (o->redact.n) {
        job->redact = redaction_open(o);
        if (job->stages.n)
            job->stages.at[job->stages.n++] = redaction_stage(job->redact);
        else if (!ask || !ask->find)
            job->plan.redact = job->redact;
    }
    job->plan.query = ask && !ask->whole;
    bool together = !table && (o->group || o->split || o->verify || (view ? view->whole : format->info.whole_traces));
    job->whole = together || job->stages.n;
    job->by_trace = together || (job->whole && !o->sort);
    /* A query that finds traces has taken no more than these, unless they are sorted after it. */
    if (o->limit_given && !(ask && ask->find && !o->sort))
        job->limit = o->limit;
    if (o->sort)
        job->sort = sort_open(o, together, memory_share(o, job->whole));
    if (job->output == &output_writer && format->independent && !job->whole && !o->sort && job->limit == UINT64_MAX &&
        (!ask || ask->find || ask->limit == UINT64_MAX))
        job->encode = format;
    if (!ask || !ask->find)
        job->plan.encode = job->encode;
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
    /* Into OTLP protobuf, here or where spans are assembled or sorted; but where a query looks at spans they are
     * decoded. */
    const struct tki_format *f = o->common.to ? tki_target_find(o->common.to) : NULL;
    ro.copy_proto = job->whole || o->sort || f == &tki_format_otlp_proto || f == &tki_format_otlp_framed;
    if (job->plan.query) {
        ro.rewindable = o->ask->find;
        ro.copy_proto &= o->ask->find;
        ro.needs = o->ask->find || o->ask->table ? tki_query_needs(o->ask->query) : TK_NEED_ALL;
        if (o->ask->find || o->ask->table)
            ro.attr_keys = tki_query_keys(o->ask->query, &ro.nattr_keys);
        ro.needs = ro.needs ? ro.needs : TK_NEED_NAME; /* 0 would be everything */
    }
    bool table = o->ask && o->ask->table;
    if (table && o->ask->whole && !o->dedup && !o->repair) {
        /* No span leaves: of what is put together, only what is asked about is kept. */
        ro.copy_proto = false;
        ro.needs = tki_query_needs(o->ask->query);
        ro.needs = ro.needs ? ro.needs : TK_NEED_NAME;
        ro.attr_keys = tki_query_keys(o->ask->query, &ro.nattr_keys);
    }
    if (job->redact) {
        ro.copy_proto = false;
        ro.needs = ro.needs ? ro.needs : needs_of(job);
        ro.needs &= job->plan.query && o->ask->find ? TK_NEED_ALL : needs_of(job);
    }
    tki_common_traces_opts(&o->common, &to);
    to.memory_max = memory_share(o, job->sort || (table && tki_query_holds_values(o->ask->query)));
    if ((job->whole && tk_traces_open(&job->traces, &to, &job->err) < 0) ||
        tk_reader_open(reader, files, nfiles, &ro, &job->err) < 0 || !(job->out = job->output->open(o, &job->err)))
        tki_die_err(&job->err);
}

static void free_job(struct job *job)
{
    tk_traces_close(job->traces);
    sort_free(job->sort);
    tki_idmap_free(&job->first);
    stages_free(&job->stages);
    filter_free(&job->plan.filter);
    redaction_close(job->redact);
    free(job->rows);
}

int convert(const struct options *o, const char *const *files, size_t nfiles)
{
    struct job job;
    struct tk_reader *reader;
    int read_code = 0, status = 0;
    setup(&job, o);
    open_all(&job, files, nfiles, &reader);
    bool some = !job.plan.query || !o->ask->find || find_traces(&job, reader, &read_code);
    int r = some ? read_all(&job, reader, &read_code) : 0;
    if (r >= 0 && job.whole)
        r = take_traces(&job);
    if (r >= 0 && job.sort)
        r = take_sorted(&job);
    if (r < 0) {
        job.output->abort(job.out);
        tki_die_err(&job.err);
    }
    for (size_t i = 0; i < job.stages.n; i++)
        if (job.stages.at[i].done)
            job.stages.at[i].done(job.stages.at[i].ctx);
    if (job.redact)
        redaction_report(job.redact);
    if (job.output->close(job.out, &status, &job.err) < 0)
        tki_die_err(&job.err);
    int read_status = reader_status(reader, read_code);
    tk_reader_close(reader);
    free_job(&job);
    return read_status ? read_status : status;
}
