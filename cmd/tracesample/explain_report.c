/* Why one trace was kept or lost, and in a line each what became of all. */
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "sample/record.h"
#include "tracesample.h"

static const char *const fates[] = {[TKI_LOST] = "lost", [TKI_CHANCE] = "chance", [TKI_KEPT] = "kept"};

static void reasons(struct tki_doc *d, const struct tki_explained *x)
{
    static const struct tki_doc_column columns[] = {
        {.title = "policy", .shrink = TKI_CUT},
        {.title = "type", .key = "type", .shrink = TKI_CUT},
        {.title = "decision"},
        {.title = "because", .key = "because", .shrink = TKI_WRAP},
        {.key = "name"},
        {.key = "line"},
        {.key = "depth"},
        {.key = "decision"},
    };
    tki_doc_table(d, "policies", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    for (size_t i = 0; i < x->n; i++) {
        const struct tki_reason *r = &x->reasons[i];
        struct tki_buf name = {0};
        bool reached = r->decision != TKI_DECISIONS;
        for (unsigned k = 0; k < r->depth; k++)
            tki_buf_lit(&name, "  ");
        tki_buf_str(&name, r->policy->name);
        d->err = name.err ? TK_ENOMEM : d->err;
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_name((tk_str){name.p, name.n}));
        tki_doc_cell(d, tki_d_words(r->policy->type->name));
        tki_doc_cell(d, tki_d_words(reached ? tki_decision_names[r->decision] : "not reached"));
        tki_doc_cell(d, tki_d_words(r->why));
        tki_doc_cell(d, tki_d_name(r->policy->name));
        tki_doc_cell(d, tki_d_integer(r->policy->pos.line));
        tki_doc_cell(d, tki_d_count(r->depth));
        tki_doc_cell(d, tki_d_words(reached ? tki_decision_names[r->decision] : NULL));
        tki_buf_free(&name);
    }
}

/* What happened to the trace over time. */
static void explain_events(struct tki_doc *d, const struct tki_explained *x)
{
    static const struct tki_doc_column columns[] = {
        {.title = "time", .key = "from_ns", .right = true},
        {.title = "to", .key = "to_ns", .right = true},
        {.title = "spans", .key = "spans", .right = true},
        {.title = "what happened", .key = "what", .shrink = TKI_WRAP},
        {.key = "by_chance"},
    };
    if (!x->nevents) {
        tki_doc_array(d, "events");
        tki_doc_end(d);
        return;
    }
    tki_doc_space(d);
    tki_doc_table(d, "events", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < x->nevents; i++) {
        const struct tki_happened *h = &x->events[i];
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_ns(h->from_ns));
        tki_doc_cell(d, tki_d_ns(h->to_ns));
        tki_doc_cell(d, tki_d_count(h->spans));
        char what[80];
        snprintf(what, sizeof what, "%s%s", tki_event_names[h->what], h->by_chance ? ", by chance" : "");
        tki_doc_cell(d, tki_d_words(what));
        tki_doc_cell(d, tki_d_bool(h->by_chance));
    }
    tki_doc_close(d);
}

/* What head samplers have left of the trace. */
static void explain_heads(struct tki_doc *d, const struct ts_run *run, uint32_t left, uint32_t read)
{
    for (size_t i = 0; i < run->sampler.nheads; i++) {
        tki_doc_line(d, NULL, "head");
        tki_doc_say(d, "%s, span by span", run->sampler.heads[i].name);
    }
    if (read > left) {
        tki_doc_say(d, ": ");
        tki_doc_put(d, NULL, tki_d_count(read - left));
        tki_doc_say(d, " of ");
        tki_doc_put(d, NULL, tki_d_count(read));
        tki_doc_say(d, " spans are lost");
    }
}

/* What recordpolicy says of it. */
static void explain_credit(struct tki_doc *d, const struct ts_run *run, uint32_t judged)
{
    uint32_t mark = run->sampler.record_policy && judged != TKI_MAP_NONE ? tki_replay_credit(run->replay, judged) : 0;
    struct tki_buf names = {0};
    tki_record_names(&run->sampler, mark, &names);
    tk_str text = {names.p, names.n};
    tki_doc_data(d, "credit", names.n ? tki_d_name(text) : tki_d_none());
    tki_doc_data(d, "credit_by_chance", tki_d_bool(mark & TKI_MARK_CHANCE));
    if (names.n) {
        tki_doc_line(d, NULL, "credit");
        tki_doc_put(d, NULL, tki_d_text(text));
        tki_doc_say(d, ", which recordpolicy names%s",
                    mark & TKI_MARK_CHANCE
                        ? ", by chance: in another order of the traces of a second it may be another one"
                        : "");
    }
    d->err = names.err ? TK_ENOMEM : d->err;
    tki_buf_free(&names);
}

void ts_explain(struct tki_doc *d, const struct ts_run *run, const struct tki_explained *x)
{
    const struct tki_trace_row *row =
        tki_ledger_row(&run->ledger, tki_idmap_get(&run->ledger.ids, run->request->explain_id));
    double weight = x->spans ? x->weight : tki_rate_weight(row->rate);
    tki_doc_init(d, "explain", 1, "Why a trace is kept, or not");
    ts_put_request(d, run);
    tki_doc_line(d, NULL, "trace");
    tki_doc_put(d, "trace_id", tki_d_trace_id(run->request->explain_id));
    tki_doc_line(d, NULL, "spans");
    tki_doc_put(d, "spans", tki_d_count(row->spans));
    tki_doc_data(d, "spans_lost_before", tki_d_count(run->sampler.nheads ? row->spans - x->spans : 0));
    tki_doc_data(d, "extent_ms", tki_d_integer(x->extent_ms));
    if (x->spans) {
        tki_doc_say(d, ", extent ");
        tki_doc_put(d, NULL, tki_d_integer(x->extent_ms));
        tki_doc_say(d, " ms");
    }
    if (weight != 1) {
        tki_doc_say(d, ", weight ");
        tki_doc_put(d, NULL, tki_d_number(weight));
    }
    explain_heads(d, run, run->sampler.nheads ? (uint32_t)x->spans : row->spans, row->spans);
    tki_doc_line(d, NULL, "decision");
    uint32_t judged = tki_idmap_get(&tki_replay_ledger(run->replay)->ids, run->request->explain_id);
    enum tki_fate fate = judged == TKI_MAP_NONE ? TKI_LOST : tki_replay_fate(run->replay, judged);
    tki_doc_data(d, "fate", tki_d_words(fates[fate]));
    tki_doc_data(d, "kept", tki_d_bool(x->kept));
    tki_doc_data(d, "by", x->by ? tki_d_name(x->by->name) : tki_d_none());
    tki_doc_say(d, x->judged || !x->nevents ? x->kept ? "kept" : "not kept" : "never asked for");
    if (x->by) {
        tki_doc_say(d, ", by ");
        tki_doc_put(d, NULL, tki_d_text(x->by->name));
    }
    if (run->sampler.strategies)
        tki_doc_say(d, " (as Jaeger's clients decide)");
    else if (run->sampler.tail)
        tki_doc_say(d, " (as collector 0.%u decides)", tki_sampling_release(&run->sampler));
    if (x->nevents) {
        tki_doc_line(d, NULL, "kept");
        tki_doc_put(d, NULL, tki_d_count(tki_replay_spans_kept(run->replay, judged)));
        tki_doc_say(d, " of ");
        tki_doc_put(d, NULL, tki_d_count(row->spans));
        tki_doc_say(d, " spans%s",
                    fate == TKI_CHANCE ? ", by chance: in another order of the traces of a second it may "
                                         "be otherwise"
                                       : "");
    }
    explain_credit(d, run, judged);
    tki_doc_data(d, "weight", tki_d_number(weight));
    tki_doc_data(d, "chance", tki_d_share(x->chance));
    if (x->chance > 0 && x->chance < 1) {
        tki_doc_line(d, NULL, "chance");
        tki_doc_put(d, NULL, tki_d_share(x->chance));
        tki_doc_say(d, " of traces like it are kept, by their ids");
    }
    ts_explain_heads(d, run);
    explain_events(d, x);
    if (x->n) {
        tki_doc_space(d);
        reasons(d, x);
    } else {
        tki_doc_array(d, "policies");
        tki_doc_end(d);
    }
}

/* Names of policies, as text of JSON. */
static void put_credit(struct tki_buf *to, const struct ts_run *run, uint32_t mark)
{
    struct tki_buf names = {0};
    tki_record_names(&run->sampler, mark, &names);
    tki_buf_lit(to, ",\"policy\":");
    json_t *text = names.n ? tki_json_new_str((tk_str){names.p, names.n}) : json_null();
    if (names.err || !text)
        to->err = TK_ENOMEM;
    else
        tki_json_write(text, true, to);
    json_decref(text);
    tki_buf_printf(to, ",\"policy_by_chance\":%s", mark & TKI_MARK_CHANCE ? "true" : "false");
    tki_buf_free(&names);
}

static void explain_one(struct tki_buf *to, const struct ts_run *run, uint32_t row)
{
    const struct tki_ledger *judged = tki_replay_ledger(run->replay);
    tk_id128 id = run->ledger.ids.ids[row];
    uint32_t at = tki_idmap_get(&judged->ids, id);
    bool there = at != TKI_MAP_NONE; /* head samplers have left some of it */
    tki_buf_printf(to,
                   "{\"trace_id\":\"%016" PRIx64 "%016" PRIx64 "\",\"decision\":\"%s\",\"spans\":%u,"
                   "\"spans_kept\":%" PRIu64,
                   id.hi, id.lo, fates[there ? tki_replay_fate(run->replay, at) : TKI_LOST],
                   (unsigned)tki_ledger_row(&run->ledger, row)->spans,
                   there ? tki_replay_spans_kept(run->replay, at) : 0);
    if (run->sampler.record_policy)
        put_credit(to, run, there ? tki_replay_credit(run->replay, at) : 0);
    tki_buf_lit(to, "}\n");
}

void ts_explain_all(struct tki_buf *to, const struct ts_run *run)
{
    for (uint32_t row = 0; row < run->ledger.ids.n; row++)
        explain_one(to, run, row);
}
