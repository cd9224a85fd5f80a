/* --stats: one screen about a dump. */
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "model/summary.h"
#include "pipe.h"
#include "report/number.h"
#include "run/pass.h"
#include "run/reader.h"
#include "run/summary_state.h"

int reader_status(const struct tk_reader *r, int code)
{
    tki_msg_notes(tk_reader_notes(r), NULL);
    bool problems = tki_msg_problems(r);
    if (code < 0) {
        size_t faults;
        tki_msg_err(tk_reader_err(r));
        tki_reader_faults(r, &faults);
        if (faults && faults < tki_reader_inputs(r))
            tki_msg_count(faults, "%s could not be read whole; reading went on with the others",
                          tki_plural(faults, "input", "inputs"));
        return tki_err_status(tk_reader_err(r));
    }
    if (!problems && tk_reader_stats(r)->spans == 0)
        tki_msg("the input holds no spans");
    return problems ? TKI_EXIT_IO : 0;
}

/* ---- reading ---- */

/* Which spans the plan selects. */
struct selection {
    const struct plan *plan;
    struct tki_idmap first; /* with a limit: the traces that came first */
};

static bool selects(const struct plan *p)
{
    return !p->filter.all || p->limit != UINT64_MAX;
}

static size_t select_rows(void *ctx, const struct tk_batch *b, uint32_t *rows)
{
    struct selection *x = ctx;
    uint64_t limit = x->plan->limit;
    size_t n = filter_rows(&x->plan->filter, b, rows), kept = 0;
    if (limit == UINT64_MAX)
        return n;
    for (size_t i = 0; i < n; i++) {
        tk_id128 id = b->spans[rows[i]].trace_id;
        bool within = tki_idmap_get(&x->first, id) != TKI_MAP_NONE;
        if (!within && x->first.n < limit) {
            within = true;
            if (tki_idmap_put(&x->first, id) == TKI_MAP_NONE)
                tki_die(TKI_EXIT_IO, "out of memory");
        }
        rows[kept] = rows[i];
        kept += within;
    }
    return kept;
}

/* What is counted, and what one batch adds to it. */
struct counter {
    const struct plan *plan;
    struct tki_summary summary;
    struct filter_met met;
};

struct part {
    struct tki_summary_part summary;
    struct filter_met met;
};

static int look(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **memory)
{
    const struct counter *c = ctx;
    struct part *x = *memory ? *memory : calloc(1, sizeof *x);
    *memory = x;
    if (!x || filter_meet(&c->plan->filter, b, groups->nrows, &x->met) < 0)
        return TK_ENOMEM;
    return tki_summary_look(&x->summary, b, groups);
}

static void free_part(void *part)
{
    struct part *x = part;
    tki_summary_part_free(&x->summary);
    filter_met_free(&x->met);
    free(x);
}

static int take(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err)
{
    struct counter *c = ctx;
    struct part *x = part;
    (void)b;
    (void)groups;
    if (code == 0)
        code = filter_met_take(&c->met, &x->met, &c->plan->filter);
    if (code == 0)
        code = tki_summary_take(&c->summary, &x->summary);
    return code < 0 ? tki_err_memory(err) : 0;
}

static void tick(void *progress, const struct tk_read_stats *stats)
{
    tki_progress_read(progress, "reading", stats);
}

/* Reads everything; what the plan does not select is left out. */
static void read_into(struct counter *c, struct tki_pass *pass, struct selection *x, const char *const *files,
                      size_t nfiles)
{
    const struct plan *p = c->plan;
    struct tki_progress progress = {0};
    struct tk_read_opts ro;
    struct tk_err err = {0};
    tki_pass_add(pass, &(struct tki_consumer){
                           .needs = p->reading[0].needs, .ctx = c, .work = look, .part_free = free_part, .fold = take});
    if (selects(p))
        pass->select = select_rows;
    pass->select_ctx = x;
    pass->in_order = p->limit != UINT64_MAX;
    pass->tick = tick;
    pass->tick_ctx = &progress;
    tki_common_read_opts(&p->o->common, &ro);
    if (tki_pass_open(pass, files, nfiles, &ro, false, &err) < 0)
        tki_die_err(&err);
    tki_progress_open(&progress, p->o->common.progress);
    progress.total_bytes = nfiles ? tki_files_size(files, nfiles) : 0;
    if (tki_pass_read(pass, &err) < 0)
        tki_die_err(&err);
    tki_progress_close(&progress);
    pass->tick = NULL; /* the progress ends with this function */
    pass->tick_ctx = NULL;
}

struct saved {
    const struct tki_summary *summary;
    const struct tki_ledger *ledger;
};

static int save_counter(void *saved, struct tki_state_out *to, struct tk_err *err)
{
    struct saved *x = saved;
    return tki_summary_save(x->summary, x->ledger, to, err);
}

static void write_report(const struct plan *p, struct tki_summary *s, const struct tki_ledger *ledger,
                         const struct tki_reading *read)
{
    struct tki_doc d;
    if (tki_summary_finish(s, ledger) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    summary_report(&d, p->o, s, read);
    tki_report_write(&p->report, &d);
    tki_doc_free(&d);
}

int summarize(const struct plan *p, const char *const *files, size_t nfiles)
{
    struct counter c = {.plan = p};
    struct tki_ledger ledger = {0};
    struct tki_pass pass = {.ledger = &ledger};
    struct selection selection = {.plan = p};
    read_into(&c, &pass, &selection, files, nfiles);
    filter_met_say(&c.met, &p->filter, p->o->east);
    int status = reader_status(pass.reader, pass.read_err.code);
    if (c.summary.counts.spans || status == TKI_EXIT_GOOD) { /* a screen of zeros would hide why */
        struct tki_reading read = {
            .stats = *tk_reader_stats(pass.reader), .selected = selects(p), .complete = status == TKI_EXIT_GOOD};
        tki_damage_add(&read.damage, read.complete ? NULL : pass.reader);
        if (p->o->partial)
            state_write(p, &read, save_counter, &(struct saved){&c.summary, &ledger});
        else
            write_report(p, &c.summary, &ledger, &read);
        tki_damage_free(&read.damage);
    } else if (tki_keep_output(p->report.path, pass.reader, pass.read_err.code, c.summary.counts.spans)) {
        tki_msg_kept(p->report.path);
    }
    if (status == TKI_EXIT_GOOD && selects(p) && p->limit && !c.summary.counts.spans)
        status = TKI_EXIT_NO;
    tki_pass_close(&pass);
    tki_ledger_free(&ledger);
    tki_idmap_free(&selection.first);
    filter_met_free(&c.met);
    tki_summary_free(&c.summary);
    return status;
}

/* ---- behind a query: the spans come from the other steps ---- */

struct selected {
    const struct plan *plan;
    const struct tk_reader *reader;
    struct tki_ledger ledger;
    struct tki_groups groups;
    struct tki_summary_part part;
    struct tki_summary summary;
};

static void free_selected(void *out)
{
    struct selected *x = out;
    tki_ledger_free(&x->ledger);
    tki_groups_free(&x->groups);
    tki_summary_part_free(&x->part);
    tki_summary_free(&x->summary);
    free(x);
}

static void *open_selected(const struct output_args *a, struct tk_err *err)
{
    struct selected *x = calloc(1, sizeof *x);
    if (!x) {
        tki_err_memory(err);
        return NULL;
    }
    x->plan = a->plan;
    x->reader = a->reader;
    return x;
}

static int put_selected(void *out, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    struct selected *x = out;
    int r = tki_groups_make(&x->groups, b, rows, (uint32_t)nrows);
    if (r == 0)
        r = tki_summary_look(&x->part, b, &x->groups);
    if (r == 0)
        r = tki_ledger_fold(&x->ledger, &x->groups);
    if (r == 0)
        r = tki_summary_take(&x->summary, &x->part);
    return r < 0 ? tki_err_memory(err) : 0;
}

static int close_selected(void *out, int *status, struct tk_err *err)
{
    struct selected *x = out;
    struct tki_reading read = {
        .stats = *tk_reader_stats(x->reader), .selected = true, .complete = *status == TKI_EXIT_GOOD};
    (void)err;
    tki_damage_add(&read.damage, read.complete ? NULL : x->reader);
    write_report(x->plan, &x->summary, &x->ledger, &read);
    tki_damage_free(&read.damage);
    free_selected(x);
    return 0;
}

const struct output output_stats = {
    .open = open_selected,
    .put = put_selected,
    .close = close_selected,
    .abort = free_selected,
};
