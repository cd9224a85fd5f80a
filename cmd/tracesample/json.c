/* The reports for programs. */
#include "cli/json_out.h"
#include "tracesample.h"

static void put_tally(struct tki_json *j, const char *name, const struct tki_tally *t)
{
    tki_json_object(j, name);
    tki_json_u64(j, "traces", t->traces);
    tki_json_u64(j, "spans", t->spans);
    tki_json_double(j, "weighted_traces", t->wtraces);
    tki_json_double(j, "weighted_spans", t->wspans);
    tki_json_end(j);
}

static void put_version(struct tki_json *j, const char *name, unsigned release)
{
    struct tki_buf text = {0};
    tki_buf_printf(&text, "0.%u", release);
    tki_json_str(j, name, (tk_str){text.p, text.n});
    tki_buf_free(&text);
}

static void put_policy(struct tki_json *j, const struct ts_run *run, uint32_t i)
{
    const struct tki_policy *p = &run->sampler.policies[i];
    const struct tki_policy_tally *t = &tki_replay_stats(run->replay)->policy[i];
    struct tki_tally matched = ts_matched(run, i);
    tki_json_object(j, NULL);
    tki_json_str(j, "name", p->name);
    tki_json_text(j, "type", p->type->name);
    tki_json_i64(j, "line", p->pos.line);
    put_tally(j, "matched", &matched);
    put_tally(j, "first", &t->first);
    put_tally(j, "alone", &t->alone);
    tki_json_object(j, "decisions");
    for (int d = 0; d < TKI_DECISIONS; d++)
        if (t->decided[d].traces)
            put_tally(j, tki_decision_names[d], &t->decided[d]);
    tki_json_end(j);
    tki_json_end(j);
}

static void put_head(struct tki_json *j, const struct ts_run *run, const char *schema)
{
    const struct ts_request *q = run->request;
    const struct tki_sampler *s = &run->sampler;
    tki_json_text(j, "schema", schema);
    tki_json_array(j, "dump");
    for (size_t i = 0; i < q->nfiles; i++)
        tki_json_str(j, NULL, tki_str(q->files[i]));
    tki_json_end(j);
    struct tki_buf names = {0};
    tki_sampling_names(q->sampling, &names);
    tki_json_str(j, "config", (tk_str){names.p, names.n});
    tki_buf_free(&names);
    tki_json_str(j, "processor", tki_str(s->processor));
    put_version(j, "collector_version", s->release);
    tki_json_bool(j, "sample_on_first_match", s->first_match);
}

void ts_report_json(struct tki_buf *to, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    struct tki_tally rest = ts_rest(st);
    struct tki_json j = {.to = to};
    tki_json_object(&j, NULL);
    put_head(&j, run, "tracekit.sample.v1");
    tki_json_bool(&j, "complete", run->pass.read_err.code == 0 && run->stats.records_skipped == 0);
    tki_json_bool(&j, "weighted", st->weighted);
    put_tally(&j, "in", &st->in);
    put_tally(&j, "kept", &st->kept);
    put_tally(&j, "dropped", &st->dropped);
    put_tally(&j, "not_sampled", &rest);
    tki_json_u64(&j, "spans_marked", st->marked);
    tki_json_u64(&j, "spans_not_markable", st->unmarked);
    tki_json_array(&j, "policies");
    for (uint32_t i = 0; i < run->sampler.npolicies; i++)
        put_policy(&j, run, i);
    tki_json_end(&j);
    tki_json_end(&j);
}

void ts_explain_json(struct tki_buf *to, const struct ts_run *run, const struct tki_explained *x)
{
    struct tki_json j = {.to = to};
    tki_json_object(&j, NULL);
    put_head(&j, run, "tracekit.sample.explain.v1");
    tki_json_trace_id(&j, "trace_id", run->request->explain_id);
    tki_json_u64(&j, "spans", x->spans);
    tki_json_i64(&j, "extent_ms", x->extent_ms);
    tki_json_bool(&j, "kept", x->kept);
    if (x->by)
        tki_json_str(&j, "by", x->by->name);
    else
        tki_json_null(&j, "by");
    tki_json_double(&j, "weight", x->weight);
    tki_json_double(&j, "chance", x->chance);
    tki_json_array(&j, "policies");
    for (size_t i = 0; i < x->n; i++) {
        const struct tki_reason *r = &x->reasons[i];
        tki_json_object(&j, NULL);
        tki_json_str(&j, "name", r->policy->name);
        tki_json_text(&j, "type", r->policy->type->name);
        tki_json_i64(&j, "line", r->policy->pos.line);
        tki_json_u64(&j, "depth", r->depth);
        tki_json_text(&j, "decision", r->decision == TKI_DECISIONS ? NULL : tki_decision_names[r->decision]);
        tki_json_text(&j, "because", r->why);
        tki_json_end(&j);
    }
    tki_json_end(&j);
    tki_json_end(&j);
}

void ts_list_json(struct tki_buf *to)
{
    struct tki_json j = {.to = to};
    tki_json_array(&j, NULL);
    for (const struct tki_policy_type *const *t = tki_policy_types; *t; t++) {
        tki_json_object(&j, NULL);
        tki_json_text(&j, "type", (*t)->name);
        tki_json_bool(&j, "replayed", (*t)->decide != NULL);
        if ((*t)->since)
            put_version(&j, "since", (*t)->since);
        tki_json_text(&j, "about", (*t)->about);
        tki_json_end(&j);
    }
    tki_json_end(&j);
}
