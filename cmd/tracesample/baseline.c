/* --baseline: another configuration over the same traces, in the same reading. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "report/number.h"
#include "tracesample.h"

enum { KINDS_SHOWN = 10 };

/* ---- one more sampler ---- */

int ts_baselines_open(struct ts_run *run, struct tk_err *err)
{
    const struct tki_list *paths = &run->request->sampling->baselines;
    run->baseline = calloc(paths->n + (size_t)1, sizeof *run->baseline);
    if (!run->baseline)
        return tki_err_memory(err);
    for (size_t i = 0; i < paths->n; i++) {
        struct ts_side *side = &run->baseline[i];
        run->nbaselines = i + 1;
        side->path = paths->item[i];
        tki_sampling_open_baseline(run->request->sampling, side->path, &side->sampler);
        int rc = tki_replay_open(&side->replay, &side->sampler, side->sampler.nheads ? NULL : &run->ledger, err);
        if (rc == 0)
            rc = tki_replay_time(side->replay, &run->request->arrival, run->request->timed, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

void ts_baselines_close(struct ts_run *run)
{
    for (size_t i = 0; i < run->nbaselines; i++) {
        tki_versus_free(&run->baseline[i].versus);
        tki_replay_close(run->baseline[i].replay);
        tki_sampler_close(&run->baseline[i].sampler);
    }
    free(run->baseline);
}

bool ts_side_keeps(const struct ts_side *side, tk_id128 id)
{
    return tki_replay_keeps_trace(side->replay, id);
}

int ts_baselines_judge(struct ts_run *run, struct tk_err *err)
{
    uint64_t n;
    bool *slow = run->nbaselines ? calloc(run->ledger.ids.n + (size_t)1, sizeof *slow) : NULL;
    if (run->nbaselines && !slow)
        return tki_err_memory(err);
    int rc = slow ? tki_slow_find(&run->kinds, &run->request->slow, slow, &n, err) : 0;
    for (size_t i = 0; i < run->nbaselines && rc == 0; i++) {
        rc = tki_replay_judge(run->baseline[i].replay, err);
        rc = rc < 0 ? rc
                    : tki_versus_find(&run->baseline[i].versus, run->baseline[i].replay, run->replay, &run->kinds, slow,
                                      err);
    }
    free(slow);
    return rc;
}

/* ---- the report ---- */

static const struct tki_doc_column square_columns[] = {
    {.title = "traces", .key = "name", .shrink = TKI_CUT},
    {.title = "both keep", .key = "both_traces", .right = true},
    {.title = "lost", .key = "lost_traces", .right = true},
    {.title = "gained", .key = "gained_traces", .right = true},
    {.title = "neither", .key = "neither_traces", .right = true},
    {.key = "both_weighted_traces"},
    {.key = "lost_weighted_traces"},
    {.key = "gained_weighted_traces"},
    {.key = "neither_weighted_traces"},
};

static void square_row(struct tki_doc *d, struct tki_datum name, const struct tki_square *s)
{
    const struct tki_tally *const t[] = {&s->both, &s->lost, &s->gained, &s->neither};
    tki_doc_row(d);
    tki_doc_cell(d, name);
    for (size_t i = 0; i < 4; i++)
        tki_doc_cell(d, tki_d_count(t[i]->traces));
    for (size_t i = 0; i < 4; i++)
        tki_doc_cell(d, tki_d_number(tki_weight_total(t[i]->wtraces)));
}

/* "frontend: GET /" of a kind's name, service, zero byte, operation. */
static struct tki_datum kind_name(struct tki_doc *d, const struct ts_run *run, uint32_t kind)
{
    if (kind == TK_NONE || kind >= run->kinds.names.n)
        return tki_d_words("(no root)");
    tk_str name = run->kinds.names.strs[kind];
    size_t service = strnlen(name.p, name.n);
    char *text = tki_arena_alloc(&d->arena, name.n + 2);
    if (!text) {
        d->err = TK_ENOMEM;
        return tki_d_none();
    }
    int n = snprintf(text, name.n + 2, "%.*s: %.*s", (int)service, name.p, (int)(name.n - service - 1),
                     name.p + service + 1);
    return tki_d_name((tk_str){text, (size_t)n});
}

static uint64_t flips_of(const struct tki_square *s)
{
    return s->lost.traces + s->gained.traces;
}

/* Root operations by the traces that flip, the most first. */
static uint32_t *order_of(const struct tki_versus *v)
{
    uint32_t n = v->nkinds + 1, *order = calloc(n, sizeof *order);
    for (uint32_t i = 0; order && i < n; i++) {
        uint32_t at = i;
        while (at > 0 && flips_of(&v->kind[order[at - 1]]) < flips_of(&v->kind[i])) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    return order;
}

static void squares(struct tki_doc *d, const struct ts_run *run, const struct tki_versus *v)
{
    uint32_t *order = order_of(v);
    if (!order) {
        d->err = TK_ENOMEM;
        return;
    }
    tki_doc_table(d, "squares", square_columns, sizeof square_columns / sizeof *square_columns);
    square_row(d, tki_d_words("all"), &v->all);
    square_row(d, tki_d_words("with errors"), &v->errors);
    square_row(d, tki_d_words("slow"), &v->slow);
    tki_doc_space(d);
    tki_doc_table(d, "root_operations", square_columns, sizeof square_columns / sizeof *square_columns);
    tki_doc_shown(d, KINDS_SHOWN);
    for (uint32_t i = 0; i <= v->nkinds; i++) {
        const struct tki_square *s = &v->kind[order[i]];
        if (s->neither.traces + s->both.traces + flips_of(s))
            square_row(d, kind_name(d, run, order[i]), s);
    }
    free(order);
}

/* Who kept what is lost, and who keeps what is gained. */
static void policies(struct tki_doc *d, const struct ts_run *run, const struct ts_side *side)
{
    static const struct tki_doc_column columns[] = {{.title = "flipped by", .key = "policy", .shrink = TKI_CUT},
                                                    {.title = "of", .key = "configuration"},
                                                    {.title = "traces", .key = "traces", .right = true}};
    const struct tki_versus *v = &side->versus;
    tki_doc_space(d);
    tki_doc_table(d, "flipped_by", columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < side->sampler.npolicies; i++)
        if (v->lost_by[i]) {
            tki_doc_row(d);
            tki_doc_cell(d, tki_d_name(side->sampler.policies[i].name));
            tki_doc_cell(d, tki_d_words("baseline"));
            tki_doc_cell(d, tki_d_count(v->lost_by[i]));
        }
    for (uint32_t i = 0; i < run->sampler.npolicies; i++)
        if (v->gained_by[i]) {
            tki_doc_row(d);
            tki_doc_cell(d, tki_d_name(run->sampler.policies[i].name));
            tki_doc_cell(d, tki_d_words("this"));
            tki_doc_cell(d, tki_d_count(v->gained_by[i]));
        }
}

static void flips(struct tki_doc *d, const struct ts_run *run, const struct ts_side *side)
{
    static const struct tki_doc_column columns[] = {{.title = "such as", .key = "trace_id"},
                                                    {.title = "root", .key = "root", .shrink = TKI_CUT},
                                                    {.title = "is", .key = "is"},
                                                    {.title = "kept by", .key = "kept_by", .shrink = TKI_CUT}};
    const struct tki_versus *v = &side->versus;
    tki_doc_space(d);
    tki_doc_table(d, "flips", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < v->nflips; i++) {
        const struct tki_flip *f = &v->flip[i];
        const struct tki_policy *p = f->gained ? run->sampler.policies : side->sampler.policies;
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_trace_id(f->id));
        tki_doc_cell(d, kind_name(d, run, f->kind));
        tki_doc_cell(d, tki_d_words(f->gained ? "gained" : "lost"));
        tki_doc_cell(d, f->by == TK_NONE ? tki_d_none() : tki_d_name(p[f->by].name));
    }
}

static struct tki_datum change_of(double x)
{
    struct tki_datum v = isnan(x) ? tki_d_none() : tki_d_share(x);
    v.sign = true;
    return v;
}

static void say(struct tki_doc *d, uint64_t n, const char *verb, const char *what)
{
    tki_doc_say(d, " %s ", verb);
    tki_doc_put(d, NULL, tki_d_count(n));
    tki_doc_say(d, "%s", what);
}

/* The change, before anything else is told: it is what was asked for. */
static void change(struct tki_doc *d, const struct ts_side *side)
{
    const struct tki_versus *v = &side->versus;
    tki_doc_line(d, NULL, "against");
    tki_doc_put(d, NULL, tki_d_words(side->path));
    if (!flips_of(&v->all) && v->change == 0) {
        tki_doc_say(d, ": the same traces and spans are kept");
        return;
    }
    tki_doc_say(d, ":");
    say(d, v->all.lost.traces, "loses", " traces that it keeps (");
    tki_doc_put(d, NULL, tki_d_count(v->errors.lost.traces));
    tki_doc_say(d, " with errors, ");
    tki_doc_put(d, NULL, tki_d_count(v->slow.lost.traces));
    tki_doc_say(d, " slow),");
    say(d, v->all.gained.traces, "gains", "");
    tki_doc_say(d, "; spans ");
    tki_doc_put(d, NULL, change_of(v->change));
    if (!isnan(v->change)) {
        tki_doc_say(d, " (95 %% interval ");
        tki_doc_put(d, NULL, change_of(v->low));
        tki_doc_say(d, " to ");
        tki_doc_put(d, NULL, change_of(v->high));
        tki_doc_say(d, ")");
    }
}

void ts_baselines_first(struct tki_doc *d, const struct ts_run *run)
{
    for (size_t i = 0; i < run->nbaselines; i++)
        change(d, &run->baseline[i]);
}

static void put_change(struct tki_doc *d, const struct ts_side *side)
{
    const struct tki_versus *v = &side->versus;
    tki_doc_line(d, NULL, "against");
    tki_doc_put(d, "config", tki_d_words(side->path));
    tki_doc_close(d);
    tki_doc_data(d, "spans_change", change_of(v->change));
    tki_doc_data(d, "spans_change_low", change_of(v->low));
    tki_doc_data(d, "spans_change_high", change_of(v->high));
}

void ts_baselines_say(struct tki_doc *d, const struct ts_run *run)
{
    tki_doc_list(d, "baselines");
    for (size_t i = 0; i < run->nbaselines; i++) {
        const struct ts_side *side = &run->baseline[i];
        tki_doc_section(d, NULL, NULL);
        if (i)
            tki_doc_space(d);
        put_change(d, side);
        tki_doc_space(d);
        squares(d, run, &side->versus);
        policies(d, run, side);
        flips(d, run, side);
        tki_doc_end(d);
    }
    tki_doc_end(d);
}
