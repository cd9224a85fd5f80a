/* --bias: durations and error rates by service of the root, of all traces and of those that are kept. */
#include "check/bias.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "tracesample.h"

enum { SERVICES_SHOWN = 20 };

int ts_bias_find(struct ts_run *run, struct tk_err *err)
{
    const struct tki_ledger *kept = tki_replay_ledger(run->replay);
    int rc = 0;
    for (uint32_t i = 0; i < run->ledger.ids.n && rc == 0; i++) {
        const struct tki_trace_row *row = tki_ledger_row(&run->ledger, i);
        const struct tki_kind_row *root = tki_ledger_at(&run->ledger, i, run->kinds.column);
        if (!root->kind)
            continue;
        uint32_t at = tki_idmap_get(&kept->ids, run->ledger.ids.ids[i]);
        struct tki_bias_trace t = {.error = row->errors > 0,
                                   .kept = at != TKI_MAP_NONE && tki_replay_keeps(run->replay, at),
                                   .duration_ns = root->end_ns > root->start_ns ? root->end_ns - root->start_ns : 0,
                                   .weight = tki_rate_weight(row->rate)};
        t.stands = t.kept ? t.weight / tki_replay_chance(run->replay, at) : 0;
        tk_str name = run->kinds.names.strs[root->kind - 1];
        rc = tki_bias_add(&run->bias, (tk_str){name.p, strnlen(name.p, name.n)}, &t);
    }
    rc = rc == 0 ? tki_bias_sort(&run->bias) : rc;
    if (rc == TK_ELIMIT)
        return tki_err_set(err, rc, "--bias holds %d traces at most", TKI_BIAS_TRACES_MAX);
    return rc < 0 ? tki_err_memory(err) : 0;
}

static struct tki_datum duration(double ns)
{
    return isnan(ns) ? tki_d_none() : tki_d_ns((int64_t)ns);
}

/* What changes is seen side by side: before, and after with and without weights. */
static void row(struct tki_doc *d, const struct tki_bias *b, uint32_t i)
{
    static const double quantiles[] = {0.5, 0.95};
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_name(b->services.strs[i]));
    tki_doc_cell(d, tki_d_count(tki_bias_count(b, i, TKI_BIAS_BEFORE)));
    tki_doc_cell(d, tki_d_count(tki_bias_count(b, i, TKI_BIAS_AFTER)));
    for (size_t q = 0; q < 2; q++)
        for (int side = 0; side < TKI_BIAS_SIDES; side++)
            tki_doc_cell(d, duration(tki_bias_duration(b, i, (enum tki_bias_side)side, quantiles[q])));
    for (int side = 0; side < TKI_BIAS_SIDES; side++)
        tki_doc_cell(d, tki_d_share(tki_bias_errors(b, i, (enum tki_bias_side)side)));
}

void ts_bias_say(struct tki_doc *d, const struct ts_run *run)
{
    static const struct tki_doc_column columns[] = {
        {.title = "root service", .key = "service", .shrink = TKI_CUT},
        {.title = "traces", .key = "traces", .right = true},
        {.title = "kept", .key = "kept_traces", .right = true},
        {.title = "p50", .key = "p50_before_ns", .right = true},
        {.title = "kept", .key = "p50_weighted_ns", .right = true},
        {.title = "plain", .key = "p50_unweighted_ns", .right = true},
        {.title = "p95", .key = "p95_before_ns", .right = true},
        {.title = "kept", .key = "p95_weighted_ns", .right = true},
        {.title = "plain", .key = "p95_unweighted_ns", .right = true},
        {.title = "errors", .key = "error_rate_before", .right = true},
        {.title = "kept", .key = "error_rate_weighted", .right = true},
        {.title = "plain", .key = "error_rate_unweighted", .right = true},
    };
    const struct tki_bias *b = &run->bias;
    if (!run->request->bias) {
        tki_doc_array(d, "bias");
        tki_doc_end(d);
        return;
    }
    tki_doc_space(d);
    tki_doc_table(d, "bias", columns, sizeof columns / sizeof *columns);
    tki_doc_shown(d, SERVICES_SHOWN);
    for (uint32_t i = 0; i < b->services.n; i++)
        row(d, b, i);
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d, "p50, p95, errors: of all traces; kept: estimated from those that are kept, by what they stand for; "
                   "plain: of those, each counted once");
}
