/* --check: assertions on what is kept. */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "cli/opts.h"
#include "cost/measure.h"
#include "tracesample.h"

int ts_check_open(struct ts_run *run, struct tk_err *err)
{
    const char *path = run->request->check;
    const struct tki_yaml y = {.arena = &run->memory, .warnings = &run->sampler.warnings, .err = err};
    tk_str text;
    const char *name;
    int rc = tki_yaml_bytes(&y, path, &text, &name);
    rc = rc == 0 ? tki_checks_parse(&run->checks, name, text, err) : rc;
    if (rc == 0 && run->checks.clock && !run->request->timed) {
        char place[300];
        snprintf(place, sizeof place, "%.280s:%u", name, run->checks.clock);
        tki_err_source(err, place);
        rc = tki_err_set(err, TK_EUSAGE, "mem and late need to know how spans arrive: add --arrival end");
    }
    if (rc == 0 && run->checks.memory)
        tki_sampler_weigh(&run->sampler);
    if (rc == 0 && run->checks.baseline && !run->request->sampling->baselines.n) {
        char place[300];
        snprintf(place, sizeof place, "%.280s:%u", name, run->checks.baseline);
        tki_err_source(err, place);
        rc = tki_err_set(err, TK_EUSAGE, "`vs baseline` needs a configuration to compare with: add --baseline FILE");
    }
    if (rc == 0 || rc == TK_ENOMEM)
        return rc;
    tki_msg_err(err); /* whatever is wrong with the file, it is the caller's */
    tki_cli_finish(TKI_EXIT_USAGE);
}

bool ts_check_again(const struct ts_run *run)
{
    return run->checks.whole || run->checks.spans;
}

/* What is known of a trace that was read. */
static struct tki_check_fact fact_of(const struct ts_run *run, uint32_t row)
{
    const struct tki_ledger *kept = tki_replay_ledger(run->replay);
    const struct tki_trace_row *t = tki_ledger_row(&run->ledger, row);
    const struct tki_kind_row *root = tki_ledger_at(&run->ledger, row, run->kinds.column);
    struct tki_check_fact f = {.id = run->ledger.ids.ids[row],
                               .weight = tki_rate_weight(t->rate),
                               .error = t->errors > 0,
                               .spans = t->spans,
                               .has_root = root->kind != 0};
    uint32_t at = tki_idmap_get(&kept->ids, f.id);
    if (at != TKI_MAP_NONE && tki_replay_keeps(run->replay, at)) {
        f.kept = true;
        f.chance = tki_replay_chance(run->replay, at);
        f.kept_spans = (uint32_t)tki_replay_spans_kept(run->replay, at);
        f.in_part = f.kept_spans < f.spans;
    }
    f.kept_by_base = run->nbaselines && ts_side_keeps(&run->baseline[0], f.id);
    if (f.has_root) {
        tk_str name = run->kinds.names.strs[root->kind - 1];
        f.service = (tk_str){name.p, strnlen(name.p, name.n)};
        f.duration_ns = root->end_ns > root->start_ns ? root->end_ns - root->start_ns : 0;
    }
    return f;
}

/* ---- the second reading ---- */

struct gathering {
    struct ts_run *run;
    struct tk_traces *traces; /* NULL: no whole traces are wanted */
    uint32_t *rows;
    size_t cap;
    struct tki_sizes sizes;
};

static int fact_at(struct gathering *g, tk_id128 id, struct tki_check_fact *f, struct tk_err *err)
{
    uint32_t row = tki_idmap_get(&g->run->ledger.ids, id);
    if (row == TKI_MAP_NONE)
        return tki_err_set(err, TK_EIO, "the input is not what it was when it was read first");
    *f = fact_of(g->run, row);
    return 0;
}

/* The spans that are kept of a batch. */
static int add_spans(struct gathering *g, struct tk_batch *b, struct tk_err *err)
{
    const struct tki_sampler *s = &g->run->sampler;
    struct tki_check_fact f = {0};
    size_t n = b->nspans;
    if (!ts_all_rows(&g->rows, &g->cap, b))
        return tki_err_memory(err);
    if (s->nheads)
        n = tki_heads_select(s->heads, s->nheads, b, g->rows, n, false);
    n = tki_replay_select(g->run->replay, b, g->rows, n, false);
    int rc = b->err ? tki_err_memory(err) : 0;
    if (rc == 0 && g->run->checks.bytes && tki_sizes_of(&g->sizes, b, g->rows, n) < 0)
        rc = tki_err_memory(err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct tk_span *span = &b->spans[g->rows[i]];
        if (i == 0 || !tki_id_eq(span->trace_id, f.id))
            rc = fact_at(g, span->trace_id, &f, err);
        size_t bytes = g->run->checks.bytes ? g->sizes.proto[g->rows[i]] : 0;
        rc = rc == 0 ? tki_checks_span(&g->run->checks, &f, span->end_ns, bytes, err) : rc;
    }
    return rc;
}

static int gather(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                  struct tk_err *err)
{
    struct gathering *g = ctx;
    (void)groups;
    (void)part;
    (void)code;
    int rc = g->run->checks.spans ? add_spans(g, b, err) : 0;
    if (rc == 0 && g->traces && tk_traces_add(g->traces, b, NULL, 0) < 0) {
        *err = *tk_traces_err(g->traces);
        rc = err->code;
    }
    return rc;
}

static int look_at_traces(struct gathering *g, struct tk_err *err)
{
    struct tk_batch *trace;
    int rc;
    while ((rc = tk_traces_next(g->traces, &trace)) > 0) {
        struct tki_check_fact f = {0};
        rc = trace->nspans ? fact_at(g, trace->spans[0].trace_id, &f, err) : 0;
        rc = rc == 0 && trace->nspans ? tki_checks_trace(&g->run->checks, &f, trace, err) : rc;
        if (rc < 0)
            return rc;
    }
    if (rc < 0)
        *err = *tk_traces_err(g->traces);
    return rc;
}

static int read_again(struct ts_run *run, struct tk_err *err)
{
    struct gathering g = {.run = run};
    tki_replay_restart(run->replay);
    int rc = run->checks.whole ? tk_traces_open(&g.traces, &run->request->traces, err) : 0;
    if (rc == 0)
        rc = tki_pass_again(&run->pass, &(struct tki_consumer){.needs = TK_NEED_COPY, .ctx = &g, .fold = gather}, err);
    if (rc == 0 && g.traces)
        rc = look_at_traces(&g, err);
    tk_traces_close(g.traces);
    tki_sizes_free(&g.sizes);
    free(g.rows);
    return rc;
}

/* ---- deciding ---- */

static uint64_t extent_of(const struct tki_ledger *l)
{
    uint64_t start = UINT64_MAX, end = 0;
    for (uint32_t i = 0; i < l->ids.n; i++) {
        uint64_t from, to;
        if (!tki_extent_get(&tki_ledger_row(l, i)->extent, &from, &to))
            continue;
        start = from < start ? from : start;
        end = to > end ? to : end;
    }
    return end > start ? end - start : 0;
}

/* Where the dump is a sample, as many more spans wait as it stands for. */
static void count_time(const struct ts_run *run, const struct tki_clock_stats *c, struct tki_check_counts *to)
{
    double mean = c->spans_max ? (double)c->bytes_max / (double)c->spans_max : 0;
    double stands_for = run->in.spans ? tki_weight_total(run->in.wspans) / (double)run->in.spans : 1;
    to->spans = c->spans;
    to->late = c->late;
    to->memory = tki_memory_of(&run->sampler, (double)c->bytes_max * stands_for, mean);
}

int ts_check(struct ts_run *run, struct tk_err *err)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    uint32_t n = run->sampler.npolicies;
    struct tki_check_policy *policies = calloc(n + (size_t)1, sizeof *policies);
    int rc = policies ? 0 : tki_err_memory(err);
    for (uint32_t i = 0; i < n && rc == 0; i++)
        policies[i] = (struct tki_check_policy){.name = run->sampler.policies[i].name,
                                                .hits = ts_matched(&st->policy[i]).traces,
                                                .first = st->policy[i].first.traces,
                                                .alone = st->policy[i].alone.traces};
    for (uint32_t i = 0; i < run->ledger.ids.n && rc == 0; i++) {
        const struct tki_check_fact f = fact_of(run, i);
        rc = tki_checks_add(&run->checks, &f, err);
    }
    if (rc == 0 && ts_check_again(run) && run->in.traces)
        rc = read_again(run, err);
    struct tki_check_counts counts = {
        .extent_ns = extent_of(&run->ledger), .policy = policies, .npolicies = n, .conflicts = st->conflicts};
    if (st->clock)
        count_time(run, st->clock, &counts);
    if (rc == 0)
        rc = tki_checks_finish(&run->checks, &counts, err);
    free(policies);
    return rc;
}

/* ---- the report ---- */

static bool whole(const struct ts_run *run)
{
    return run->in.traces && !run->pass.read_err.code && !run->stats.records_skipped;
}

static void verdict(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_checks *c = &run->checks;
    size_t holds = tki_checks_count(c, TKI_CHECK_HOLDS), fails = tki_checks_count(c, TKI_CHECK_FAILS),
           open = tki_checks_count(c, TKI_CHECK_OPEN);
    bool strict = run->request->strict;
    tki_doc_verdict(d, !whole(run) || fails ? "FAIL" : open ? (strict ? "FAIL" : "not known") : "ok");
    tki_doc_put(d, NULL, tki_d_count(holds));
    tki_doc_say(d, " of ");
    tki_doc_put(d, NULL, tki_d_count(c->n));
    tki_doc_say(d, " %s", holds == 1 && c->n == 1 ? "assertion holds" : "assertions hold");
    if (fails) {
        tki_doc_say(d, ", ");
        tki_doc_put(d, NULL, tki_d_count(fails));
        tki_doc_say(d, fails == 1 ? " fails" : " fail");
    }
    if (open) {
        tki_doc_say(d, ", ");
        tki_doc_put(d, NULL, tki_d_count(open));
        tki_doc_say(d, open == 1 ? " is inconclusive" : " are inconclusive");
    }
    if (!whole(run))
        tki_doc_say(d, "; the dump was not read whole, so that none of it counts");
}

void ts_check_report(struct tki_doc *d, const struct ts_run *run)
{
    tki_doc_init(d, "check", 1, "What is asserted of a sampler");
    tki_report_complete(d, whole(run), run->pass.reader);
    tki_doc_data(d, "strict", tki_d_bool(run->request->strict));
    tki_doc_data(d, "holds", tki_d_count(tki_checks_count(&run->checks, TKI_CHECK_HOLDS)));
    tki_doc_data(d, "fails", tki_d_count(tki_checks_count(&run->checks, TKI_CHECK_FAILS)));
    tki_doc_data(d, "inconclusive", tki_d_count(tki_checks_count(&run->checks, TKI_CHECK_OPEN)));
    tki_doc_data(d, "in_traces", tki_d_count(run->in.traces));
    ts_put_request(d, run);
    verdict(d, run);
    tki_doc_space(d);
    tki_checks_put(&run->checks, run->request->strict, d);
    tki_doc_list(d, "reading");
    if (!whole(run)) {
        tki_doc_finding(d, "the dump is read whole", TKI_ERROR);
        tki_doc_say(d, run->in.traces ? "it was not read to its end" : "no traces were read");
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

int ts_check_status(const struct ts_run *run)
{
    if (!whole(run))
        return TKI_EXIT_IO;
    if (tki_checks_count(&run->checks, TKI_CHECK_FAILS))
        return TKI_EXIT_NO;
    return run->request->strict && tki_checks_count(&run->checks, TKI_CHECK_OPEN) ? TKI_EXIT_INCONCLUSIVE
                                                                                  : TKI_EXIT_GOOD;
}
