/* The reports for people. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/table.h"
#include "cli/term.h"
#include "report/number.h"
#include "tracesample.h"

struct tki_tally ts_matched(const struct ts_run *run, uint32_t policy)
{
    static const enum tki_decision yes[] = {TKI_SAMPLED, TKI_INVERT_SAMPLED, TKI_DROPPED};
    const struct tki_policy_tally *t = &tki_replay_stats(run->replay)->policy[policy];
    struct tki_tally sum = {0};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        const struct tki_tally *d = &t->decided[yes[i]];
        sum.traces += d->traces;
        sum.spans += d->spans;
        sum.wtraces += d->wtraces;
        sum.wspans += d->wspans;
    }
    return sum;
}

struct tki_tally ts_rest(const struct tki_replay_stats *st)
{
    return (struct tki_tally){
        .traces = st->in.traces - st->kept.traces - st->dropped.traces,
        .spans = st->in.spans - st->kept.spans - st->dropped.spans,
        .wtraces = st->in.wtraces - st->kept.wtraces - st->dropped.wtraces,
        .wspans = st->in.wspans - st->kept.wspans - st->dropped.wspans,
    };
}

/* ---- cells ---- */

static double value(const struct tki_tally *t, bool spans, bool weighted)
{
    if (weighted)
        return spans ? t->wspans : t->wtraces;
    return spans ? (double)t->spans : (double)t->traces;
}

/* Weights are no whole numbers in general; small sums show one decimal. */
static void add_count(struct tki_table *table, const struct tki_tally *t, bool spans, bool weighted)
{
    char text[TKI_QUANTITY_MAX];
    double x = value(t, spans, weighted);
    if (weighted && x < 1000 && x != floor(x))
        tki_table_addf(table, "%.1f", x);
    else
        tki_table_addf(table, "%s", tki_count_format(text, (uint64_t)llround(x)));
}

static void add_share(struct tki_table *table, const struct tki_tally *part, const struct tki_tally *all, bool spans,
                      bool weighted)
{
    char text[TKI_QUANTITY_MAX];
    double whole = value(all, spans, weighted);
    tki_table_addf(table, "%s", tki_percent_format(text, whole > 0 ? value(part, spans, weighted) / whole : NAN));
}

/* ---- tables ---- */

static void total_row(struct tki_table *table, const char *name, const struct tki_tally *t, const struct tki_tally *in,
                      bool weighted)
{
    tki_table_addf(table, "%s", name);
    for (int spans = 0; spans <= 1; spans++) {
        add_count(table, t, spans, weighted);
        add_share(table, t, in, spans, weighted);
    }
}

static void totals(struct tki_buf *to, const struct ts_run *run, bool weighted)
{
    static const struct tki_column columns[] = {
        {.title = ""},
        {.title = "traces", .right = true},
        {.title = "share", .right = true},
        {.title = "spans", .right = true},
        {.title = "share", .right = true},
    };
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    struct tki_tally rest = ts_rest(st);
    struct tki_table table;
    tki_table_init(&table, columns, sizeof columns / sizeof *columns);
    total_row(&table, "in", &st->in, &st->in, weighted);
    total_row(&table, "kept", &st->kept, &st->in, weighted);
    if (st->dropped.traces)
        total_row(&table, "dropped", &st->dropped, &st->in, weighted);
    total_row(&table, "not sampled", &rest, &st->in, weighted);
    tki_table_text(&table, to, 0, 0);
    tki_table_free(&table);
}

static void policies(struct tki_buf *to, const struct ts_run *run, bool weighted)
{
    static const struct tki_column columns[] = {
        {.title = "policy"},
        {.title = "type"},
        {.title = "matched", .right = true},
        {.title = "spans", .right = true},
        {.title = "first", .right = true},
        {.title = "alone", .right = true},
        {.title = ""},
    };
    const struct tki_sampler *s = &run->sampler;
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    struct tki_table table;
    tki_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < s->npolicies; i++) {
        const struct tki_policy *p = &s->policies[i];
        struct tki_tally matched = ts_matched(run, i);
        tki_table_add(&table, p->name);
        tki_table_addf(&table, "%s", p->type->name);
        add_count(&table, &matched, false, weighted);
        add_count(&table, &matched, true, weighted);
        add_count(&table, &st->policy[i].first, false, weighted);
        if (p->type->drops)
            tki_table_addf(&table, "-");
        else
            add_count(&table, &st->policy[i].alone, false, weighted);
        tki_table_addf(&table, "%s", matched.traces == 0 && st->in.traces ? "never matched" : "");
    }
    tki_table_text(&table, to, 0, 0);
    tki_table_free(&table);
}

static void both(struct tki_buf *to, const struct ts_run *run, bool weighted)
{
    totals(to, run, weighted);
    tki_buf_putc(to, '\n');
    policies(to, run, weighted);
}

static void put_label(struct tki_buf *to, const char *label, tk_str text)
{
    tki_buf_printf(to, "%-11s", label);
    tki_buf_visible(to, text);
}

static void head(struct tki_buf *to, const struct ts_run *run)
{
    const struct tki_sampler *s = &run->sampler;
    const struct ts_request *q = run->request;
    char text[TKI_QUANTITY_MAX];
    struct tki_buf names = {0};
    bool stdin_first = q->nfiles == 0 || strcmp(q->files[0], "-") == 0;
    put_label(to, "dump", tki_str(stdin_first ? "standard input" : q->files[0]));
    if (q->nfiles > 1)
        tki_buf_printf(to, " and %zu more", q->nfiles - 1);
    tki_buf_putc(to, '\n');
    tki_sampling_names(q->sampling, &names);
    put_label(to, "config", (tk_str){names.p, names.n});
    tki_buf_free(&names);
    tki_buf_lit(to, ", processor ");
    tki_buf_visible(to, tki_str(s->processor));
    tki_buf_printf(to, "\ndecisions  as collector 0.%u makes them%s\n", s->release,
                   s->first_match ? ", by the first policy that matches" : "");
    tki_buf_printf(to, "timing     each trace is judged whole: decision_wait (%s) and num_traces",
                   tki_duration_exact(text, s->decision_wait_ns));
    tki_buf_printf(to, " (%s) are taken to be enough\n", tki_count_format(text, (uint64_t)s->num_traces));
}

void ts_report_text(struct tki_buf *to, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    char text[TKI_QUANTITY_MAX];
    head(to, run);
    tki_buf_putc(to, '\n');
    both(to, run, false);
    if (st->weighted) {
        tki_buf_lit(to, "\nBy weight, each trace for all that it stands for (ot=th):\n\n");
        both(to, run, true);
    }
    tki_buf_lit(to, "\nmatched: by its own decision; first: the first to decide; alone: lost without it\n");
    if (st->marked)
        tki_buf_printf(to, "%s %s of traces that only chance kept went out with a new ot=th\n",
                       tki_count_format(text, st->marked), tki_plural(st->marked, "span", "spans"));
}

/* ---- one trace ---- */

static void put_reasons(struct tki_buf *to, const struct tki_explained *x)
{
    static const struct tki_column columns[] = {
        {.title = "policy"}, {.title = "type"}, {.title = "decision"}, {.title = "because"}};
    struct tki_table table;
    tki_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < x->n; i++) {
        const struct tki_reason *r = &x->reasons[i];
        tki_table_addf(&table, "%*s%.*s", (int)(2 * r->depth), "", (int)r->policy->name.n, r->policy->name.p);
        tki_table_addf(&table, "%s", r->policy->type->name);
        tki_table_addf(&table, "%s", r->decision == TKI_DECISIONS ? "not reached" : tki_decision_names[r->decision]);
        tki_table_addf(&table, "%s", r->why);
    }
    tki_table_text(&table, to, 0, 0);
    tki_table_free(&table);
}

void ts_explain_text(struct tki_buf *to, const struct ts_run *run, const struct tki_explained *x)
{
    tk_id128 id = run->request->explain_id;
    char text[TKI_QUANTITY_MAX];
    tki_buf_printf(to, "trace      %016" PRIx64 "%016" PRIx64 "\n", id.hi, id.lo);
    tki_buf_printf(to, "spans      %s, extent %" PRId64 " ms", tki_count_format(text, x->spans), x->extent_ms);
    if (x->weight != 1)
        tki_buf_printf(to, ", weight %.6g", x->weight);
    tki_buf_printf(to, "\ndecision   %s", x->kept ? "kept" : "not kept");
    if (x->by) {
        tki_buf_lit(to, ", by ");
        tki_buf_visible(to, x->by->name);
    }
    tki_buf_printf(to, " (as collector 0.%u decides)\n", run->sampler.release);
    if (x->chance > 0 && x->chance < 1)
        tki_buf_printf(to, "chance     %s of traces like it are kept, by their ids\n",
                       tki_percent_format(text, x->chance));
    tki_buf_putc(to, '\n');
    put_reasons(to, x);
}

void ts_list_text(struct tki_buf *to)
{
    static const struct tki_column columns[] = {
        {.title = "type"}, {.title = "replayed"}, {.title = "since"}, {.title = "what decides"}};
    struct tki_table table;
    tki_table_init(&table, columns, sizeof columns / sizeof *columns);
    for (const struct tki_policy_type *const *t = tki_policy_types; *t; t++) {
        tki_table_addf(&table, "%s", (*t)->name);
        tki_table_addf(&table, "%s", (*t)->decide ? "yes" : "no");
        if ((*t)->since)
            tki_table_addf(&table, "0.%u", (*t)->since);
        else
            tki_table_addf(&table, "-");
        tki_table_addf(&table, "%s", (*t)->about);
    }
    tki_table_text(&table, to, 0, 0);
    tki_table_free(&table);
}
