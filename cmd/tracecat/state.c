/* --partial and --merge: what the states of the answers of tracecat are, and the answer of all of them. */
#include <inttypes.h>

#include "cli/msg.h"
#include "pipe.h"
#include "run/summary_state.h"
#include "run/top_state.h"

/* What stands in the head of a state. */
static const char *answer_of(const struct plan *p)
{
    return p->answer == PLAN_TOP ? "top" : p->answer == PLAN_TABLE ? "metrics" : "stats";
}

/* What the table is: the first line of the question, but for --stats. */
static void put_table(struct tki_buf *to, const struct plan *p)
{
    if (p->answer == PLAN_TOP) {
        tki_buf_printf(to, "a table by %s\n", p->o->top);
    } else if (p->answer == PLAN_TABLE) {
        tki_query_print(p->query.query, to);
        if (p->query.step_ns)
            tki_buf_printf(to, ", in steps of %" PRId64 " ns\n", p->query.step_ns);
        else
            tki_buf_lit(to, ", in one interval\n");
    }
}

/* The options that select, as the plan has understood them: the same text for the same question. */
static void put_question(struct tki_buf *to, const struct plan *p)
{
    put_table(to, p);
    for (size_t i = 0; i < p->filter.nids; i++) /* sorted */
        tki_buf_printf(to, "trace %016" PRIx64 "%016" PRIx64 " of %u digits\n", p->filter.ids[i].id.hi,
                       p->filter.ids[i].id.lo, p->filter.ids[i].digits);
    if (p->o->since_given)
        tki_buf_printf(to, "since %" PRIu64 "\n", p->filter.since_ns);
    if (p->o->until_given)
        tki_buf_printf(to, "until %" PRIu64 "\n", p->filter.until_ns);
}

void state_write(const struct plan *p, const struct tki_reading *read, tki_state_saver *save, void *ctx)
{
    struct tki_buf question = {0};
    put_question(&question, p);
    tki_partial_write(p->o->common.output, (int)p->compress, answer_of(p), tki_merge_text(&question), read, save, ctx);
    tki_buf_free(&question);
}

/* ---- merging ---- */

struct merge {
    const struct plan *plan;
    struct tki_summary summary; /* of --stats */
    struct tki_ledger ledger;
    struct tki_top_state top; /* of --top */
    struct query query;       /* of metrics */
};

static int load(void *merge, struct tki_state_in *from, struct tk_err *err)
{
    struct merge *m = merge;
    return m->plan->answer == PLAN_TOP     ? tki_top_state_load(&m->top, from, err)
           : m->plan->answer == PLAN_TABLE ? query_table_load(m->query.table, from, err)
                                           : tki_summary_load(&m->summary, &m->ledger, from, err);
}

static int save(void *merge, struct tki_state_out *to, struct tk_err *err)
{
    struct merge *m = merge;
    return m->plan->answer == PLAN_TOP     ? tki_top_state_save(&m->top, to, err)
           : m->plan->answer == PLAN_TABLE ? query_table_save(m->query.table, to, err)
                                           : tki_summary_save(&m->summary, &m->ledger, to, err);
}

static uint64_t spans(void *merge)
{
    const struct merge *m = merge;
    return m->plan->answer == PLAN_TOP     ? tki_top_sums(m->top.top)->spans
           : m->plan->answer == PLAN_TABLE ? query_table_traces(m->query.table) /* whole ones: what a part holds */
                                           : m->summary.counts.spans;
}

static uint64_t shared(void *merge)
{
    struct merge *m = merge;
    return m->plan->answer == PLAN_TABLE ? query_table_shared(m->query.table) : tki_state_traces_shared(&m->top.traces);
}

static void report_merged(struct merge *m, const struct tki_reading *read)
{
    const struct plan *p = m->plan;
    struct tki_doc d;
    struct tk_err err = {0};
    if (p->answer == PLAN_TOP) {
        if (tki_top_finish(m->top.top, &err) < 0)
            tki_die_err(&err);
        top_report(p, m->top.top, read);
        return;
    }
    if (p->answer == PLAN_TABLE) {
        if (query_table_print(m->query.table, &p->report, &err) < 0)
            tki_die_err(&err);
        return;
    }
    if (tki_summary_finish(&m->summary, &m->ledger) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    summary_report(&d, p->o, &m->summary, read);
    tki_report_write(&p->report, &d);
    tki_doc_free(&d);
}

static void open_top(struct merge *m)
{
    struct tki_top_opts opts = {.memory_max = m->plan->top.memory};
    struct tki_top_sums none = {0};
    struct tk_err err = {0};
    if (tki_top_open(&m->top.top, &opts, &err) < 0 || tki_top_put_sums(m->top.top, &none, &err) < 0)
        tki_die_err(&err);
    m->top.memory_max = m->plan->top.memory;
    m->top.keep = m->plan->o->partial;
}

int state_merge(const struct plan *p, const char *const *files, size_t nfiles)
{
    struct merge m = {.plan = p};
    struct tki_buf table = {0};
    put_table(&table, p);
    const struct tki_merge_answer answer = {.name = answer_of(p),
                                            .question = tki_merge_text(&table),
                                            .again = p->answer == PLAN_TOP ? "--top=WHAT as it was"
                                                                           : "--query and --step as they were",
                                            .rest = "--trace, --since or --until",
                                            .whose = p->answer == PLAN_TABLE ? "queries" : "--top",
                                            .ctx = &m,
                                            .load = load,
                                            .save = save,
                                            .spans = spans,
                                            .shared = p->answer == PLAN_STATS ? NULL : shared};
    struct tki_merging merging = {.answer = &answer};
    if (p->answer == PLAN_TOP)
        open_top(&m);
    if (p->answer == PLAN_TABLE)
        query_open(&m.query, p);
    tki_merge_all(&merging, files, nfiles);
    if (p->o->partial)
        tki_merge_write(&merging, p->o->common.output, (int)p->compress);
    else
        report_merged(&m, &merging.read);
    bool nothing = p->answer == PLAN_TABLE ? !query_table_any(m.query.table) : merging.read.selected && !spans(&m);
    int status = !merging.read.complete ? TKI_EXIT_IO : nothing ? TKI_EXIT_NO : 0;
    if (p->answer == PLAN_TABLE)
        query_close(&m.query);
    tki_top_close(m.top.top);
    tki_top_state_free(&m.top);
    tki_summary_free(&m.summary);
    tki_ledger_free(&m.ledger);
    tki_merging_free(&merging);
    tki_buf_free(&table);
    return status;
}
