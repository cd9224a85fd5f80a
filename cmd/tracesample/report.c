/* The reports as documents: what was kept and by which policy, and which types of policies there are. */
#include <math.h>
#include <stdio.h>

#include "report/number.h"
#include "tracesample.h"

struct tki_tally ts_matched(const struct tki_policy_tally *t)
{
    static const enum tki_decision yes[] = {TKI_SAMPLED, TKI_INVERT_SAMPLED, TKI_DROPPED};
    struct tki_tally sum = {0};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        const struct tki_tally *d = &t->decided[yes[i]];
        sum.traces += d->traces;
        sum.spans += d->spans;
        sum.wtraces.units += d->wtraces.units;
        sum.wspans.units += d->wspans.units;
    }
    return sum;
}

/* Neither kept nor dropped. */
static struct tki_tally rest_of(const struct ts_run *run)
{
    const struct tki_tally *dropped = &tki_replay_stats(run->replay)->dropped;
    return (struct tki_tally){
        .traces = run->in.traces - run->kept.traces - dropped->traces,
        .spans = run->in.spans - run->kept.spans - dropped->spans,
        .wtraces = {run->in.wtraces.units - run->kept.wtraces.units - dropped->wtraces.units},
        .wspans = {run->in.wspans.units - run->kept.wspans.units - dropped->wspans.units},
    };
}

static struct tki_datum count_of(const struct tki_tally *t, bool spans, bool weighted)
{
    if (weighted)
        return tki_d_number(tki_weight_total(spans ? t->wspans : t->wtraces));
    return tki_d_count(spans ? t->spans : t->traces);
}

static struct tki_datum share_of(const struct tki_tally *part, const struct tki_tally *all, bool spans, bool weighted)
{
    double x = spans ? (double)part->spans : (double)part->traces,
           whole = spans ? (double)all->spans : (double)all->traces;
    if (weighted) {
        x = tki_weight_total(spans ? part->wspans : part->wtraces);
        whole = tki_weight_total(spans ? all->wspans : all->wtraces);
    }
    return tki_d_share(whole > 0 ? x / whole : NAN);
}

static void put_tally(struct tki_doc *d, const char *key, const struct tki_tally *t)
{
    tki_doc_object(d, key);
    tki_doc_data(d, "traces", tki_d_count(t->traces));
    tki_doc_data(d, "spans", tki_d_count(t->spans));
    tki_doc_data(d, "weighted_traces", tki_d_number(tki_weight_total(t->wtraces)));
    tki_doc_data(d, "weighted_spans", tki_d_number(tki_weight_total(t->wspans)));
    tki_doc_end(d);
}

static void put_fare(struct tki_doc *d, const char *key, const struct tki_fare *f)
{
    tki_doc_object(d, key);
    put_tally(d, "in", &f->in);
    put_tally(d, "kept", &f->kept);
    tki_doc_array(d, "lost_examples");
    for (uint32_t i = 0; i < f->nlost; i++)
        tki_doc_data(d, NULL, tki_d_trace_id(f->lost[i]));
    tki_doc_end(d);
    tki_doc_end(d);
}

/* A release of the collector: "0.140". */
static struct tki_datum release_of(unsigned release, char text[16])
{
    snprintf(text, 16, "0.%u", release);
    return tki_d_words(text);
}

/* ---- what was kept ---- */

static bool has_weights(const struct ts_run *run)
{
    return tki_weight_total(run->in.wtraces) != (double)run->in.traces;
}

static void total_row(struct tki_doc *d, const char *name, const struct tki_tally *t, const struct ts_run *run)
{
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(name));
    for (int weighted = 0; weighted <= (has_weights(run) ? 1 : 0); weighted++)
        for (int spans = 0; spans <= 1; spans++) {
            tki_doc_cell(d, count_of(t, spans, weighted));
            tki_doc_cell(d, share_of(t, &run->in, spans, weighted));
        }
}

static void totals(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    static const struct tki_doc_column columns[] = {
        {.title = ""},
        {.title = "traces", .right = true},
        {.title = "share", .right = true},
        {.title = "spans", .right = true},
        {.title = "share", .right = true},
        {.title = "stand for", .right = true}, /* the rest where traces have weights */
        {.title = "share", .right = true},
        {.title = "spans", .right = true},
        {.title = "share", .right = true},
    };
    struct tki_tally rest = rest_of(run);
    tki_doc_table(d, NULL, columns, has_weights(run) ? 9 : 5);
    total_row(d, "in", &run->in, run);
    total_row(d, "kept", &run->kept, run);
    if (st->dropped.traces)
        total_row(d, "dropped", &st->dropped, run);
    total_row(d, "not sampled", &rest, run);
}

/* An attribute that the policy reads and nothing has, and the one that may have been meant. */
static void put_absent(struct tki_doc *d, const struct ts_run *run, uint32_t i)
{
    struct tki_absent absent = {0};
    bool found =
        run->keys_read && ts_never_matched(run, i) && tki_absent_find(&absent, &run->sampler.policies[i], &run->keys);
    tki_doc_data(d, "absent_key", found ? tki_d_name(absent.key) : tki_d_none());
    tki_doc_data(d, "nearest_key", absent.nearest.n ? tki_d_name(absent.nearest) : tki_d_none());
}

static void policy_row(struct tki_doc *d, const struct ts_run *run, uint32_t i)
{
    const struct tki_policy *p = &run->sampler.policies[i];
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    const struct tki_policy_tally *t = &st->policy[i];
    struct tki_tally matched = ts_matched(t);
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_name(p->name));
    tki_doc_cell(d, tki_d_words(p->type->name));
    tki_doc_cell(d, count_of(&matched, false, false));
    tki_doc_cell(d, count_of(&matched, true, false));
    tki_doc_cell(d, count_of(&t->first, false, false));
    tki_doc_cell(d, p->type->drops ? tki_d_none() : count_of(&t->alone, false, false));
    tki_doc_cell(d, tki_d_number(tki_weight_total(matched.wtraces)));
    tki_doc_cell(d, tki_d_number(tki_weight_total(matched.wspans)));
    tki_doc_cell(d, tki_d_number(tki_weight_total(t->first.wtraces)));
    tki_doc_cell(d, tki_d_number(tki_weight_total(t->alone.wtraces)));
    tki_doc_cell(d, tki_d_integer(p->pos.line));
    put_absent(d, run, i);
    put_tally(d, "matched", &matched);
    put_tally(d, "first", &t->first);
    put_tally(d, "alone", &t->alone);
    tki_doc_object(d, "decisions");
    for (int k = 0; k < TKI_DECISIONS; k++)
        if (t->decided[k].traces)
            put_tally(d, tki_decision_names[k], &t->decided[k]);
    tki_doc_end(d);
}

/* With weights one column more is for people: the traces that the matched ones stand for. */
#define POLICY_COLUMNS(stand_for)                                                                                    \
    {                                                                                                                \
        {.title = "policy", .key = "name", .shrink = TKI_CUT}, {.title = "type", .key = "type", .shrink = TKI_CUT},  \
            {.title = "matched", .key = "matched_traces", .right = true, .tsv_only = true},                          \
            {.title = "spans", .key = "matched_spans", .right = true, .tsv_only = true},                             \
            {.title = "first", .key = "first_traces", .right = true, .tsv_only = true},                              \
            {.title = "alone", .key = "alone_traces", .right = true, .tsv_only = true},                              \
            {.title = (stand_for), .key = "matched_weighted_traces", .right = true, .tsv_only = true},               \
            {.key = "matched_weighted_spans", .tsv_only = true}, {.key = "first_weighted_traces", .tsv_only = true}, \
            {.key = "alone_weighted_traces", .tsv_only = true}, {.key = "line"},                                     \
    }

static void policies(struct tki_doc *d, const struct ts_run *run)
{
    static const struct tki_doc_column plain[] = POLICY_COLUMNS(NULL), weighted[] = POLICY_COLUMNS("stand for");
    bool weights = tki_replay_stats(run->replay)->weighted;
    if (!run->sampler.tail) {
        tki_doc_array(d, "policies");
        tki_doc_end(d);
        return;
    }
    tki_doc_space(d);
    tki_doc_table(d, "policies", weights ? weighted : plain, sizeof plain / sizeof *plain);
    tki_doc_main(d);
    for (uint32_t i = 0; i < run->sampler.npolicies; i++)
        policy_row(d, run, i);
}

/* What was judged, by what. */
void ts_put_request(struct tki_doc *d, const struct ts_run *run)
{
    const struct ts_request *q = run->request;
    const struct tki_sampler *s = &run->sampler;
    char text[16];
    tki_doc_array(d, "dump");
    for (size_t i = 0; i < q->nfiles; i++)
        tki_doc_data(d, NULL, tki_d_words(q->files[i]));
    tki_doc_end(d);
    tki_doc_array(d, "config");
    for (size_t i = 0; i < q->sampling->configs.n; i++)
        tki_doc_data(d, NULL, tki_d_words(q->sampling->configs.item[i]));
    tki_doc_end(d);
    tki_doc_data(d, "processor", s->processor[0] ? tki_d_words(s->processor) : tki_d_none());
    tki_doc_array(d, "head_samplers");
    for (size_t i = 0; i < s->nheads; i++)
        tki_doc_data(d, NULL, tki_d_words(s->heads[i].name));
    tki_doc_end(d);
    tki_doc_data(d, "collector_version", release_of(s->release, text));
    tki_doc_data(d, "sample_on_first_match", tki_d_bool(s->first_match));
    for (size_t i = 0; i < q->nfiles; i++)
        tki_doc_input(d, q->files[i]);
}

static void put_configs(struct tki_doc *d, const struct tki_sampling *sampling)
{
    struct tki_buf names = {0};
    tki_sampling_names(sampling, &names);
    if (names.err)
        d->err = TK_ENOMEM;
    tki_doc_put(d, NULL, tki_d_text((tk_str){names.p, names.n}));
    tki_buf_free(&names);
}

static void head(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_sampler *s = &run->sampler;
    const struct ts_request *q = run->request;
    bool stdin_first = q->nfiles == 0 || strcmp(q->files[0], "-") == 0;
    tki_doc_line(d, NULL, "dump");
    tki_doc_say(d, "%s", stdin_first ? "standard input" : q->files[0]);
    if (q->nfiles > 1) {
        tki_doc_say(d, " and ");
        tki_doc_put(d, NULL, tki_d_count(q->nfiles - 1));
        tki_doc_say(d, " more");
    }
    if (q->sampling->configs.n) {
        tki_doc_line(d, NULL, "config");
        put_configs(d, q->sampling);
        tki_doc_say(d, s->strategies ? ", %s" : ", processor %s", s->processor);
    }
    for (size_t i = 0; i < s->nheads; i++) {
        tki_doc_line(d, NULL, "head");
        tki_doc_say(d, "%s, span by span", s->heads[i].name);
    }
    if (s->strategies) {
        tki_doc_line(d, NULL, "decisions");
        tki_doc_say(d, "as Jaeger's server 1.76 answers, and clients decide at the root");
    }
    if (!s->tail || s->strategies)
        return;
    tki_doc_line(d, NULL, "decisions");
    tki_doc_say(d, "as collector 0.%u makes them%s", tki_sampling_release(s),
                s->first_match ? ", by the first policy that matches" : "");
    ts_say_arrival(d, run);
}

static void put_numbers(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    struct tki_tally rest = rest_of(run);
    if (run->merged)
        tki_report_damage(d, run->merged->complete && run->merged->stats.records_skipped == 0, &run->merged->damage);
    else
        tki_report_complete(d, run->pass.read_err.code == 0 && run->stats.records_skipped == 0, run->pass.reader);
    ts_put_request(d, run);
    tki_doc_data(d, "weighted", tki_d_bool(has_weights(run)));
    put_tally(d, "in", &run->in);
    put_tally(d, "kept", &run->kept);
    put_tally(d, "dropped", &st->dropped);
    put_tally(d, "not_sampled", &rest);
    ts_put_time(d, run);
    put_fare(d, "errors", &run->outcome.errors);
    put_fare(d, "slow", &run->outcome.slow);
    tki_doc_data(d, "traces_kept_in_part", tki_d_count(run->in_part));
    tki_doc_data(d, "spans_marked", tki_d_count(run->marked));
    tki_doc_data(d, "spans_not_markable", tki_d_count(st->unmarked));
}

/* "all 8 with errors", "2 of 9 with errors", "none has errors". */
static void say_fare(struct tki_doc *d, const struct tki_fare *f, const char *what, const char *none)
{
    if (!f->in.traces) {
        tki_doc_say(d, "%s", none);
        return;
    }
    if (f->kept.traces < f->in.traces) {
        tki_doc_put(d, NULL, tki_d_count(f->kept.traces));
        tki_doc_say(d, " of ");
    } else {
        tki_doc_say(d, f->in.traces > 1 ? "all " : "the ");
    }
    tki_doc_put(d, NULL, tki_d_count(f->in.traces));
    tki_doc_say(d, " %s", what);
}

static void say_lost(struct tki_doc *d, const struct tki_fare *f, const char *one, const char *many)
{
    if (!f->nlost)
        return;
    uint64_t n = f->in.traces - f->kept.traces;
    tki_doc_line(d, NULL, "lost");
    tki_doc_put(d, NULL, tki_d_count(n));
    tki_doc_say(d, " %s, such as ", tki_plural(n, one, many));
    tki_doc_put(d, NULL, tki_d_trace_id(f->lost[0]));
    tki_doc_say(d, ": --explain tells why");
}

/* What of that which a policy asks for no trace has. */
static void say_lacks(struct tki_doc *d, const struct ts_run *run, const struct tki_policy *p,
                      const struct tki_most *most)
{
    struct tki_absent absent;
    struct tki_buf text = {0};
    if (tki_policy_never_asked(&tki_replay_stats(run->replay)->policy[p - run->sampler.policies]))
        tki_doc_say(d, " (never asked: others decide before it)");
    else if (run->keys_read && tki_absent_find(&absent, p, &run->keys)) {
        tki_doc_say(d, " (no key ");
        tki_doc_put(d, NULL, tki_d_name(absent.key));
        if (absent.nearest.n) {
            tki_doc_say(d, "; there is ");
            tki_doc_put(d, NULL, tki_d_name(absent.nearest));
        }
        tki_doc_say(d, ")");
    } else if (tki_policy_out_of_reach(&text, p, most)) {
        tki_doc_say(d, " (%.*s)", (int)text.n, text.n ? text.p : "");
    }
    d->err = text.err ? TK_ENOMEM : d->err;
    tki_buf_free(&text);
}

static void say_never(struct tki_doc *d, const struct ts_run *run)
{
    struct tki_most most = {0};
    bool any = false, unread = false;
    for (uint32_t i = 0; i < run->sampler.npolicies; i++) {
        const struct tki_policy *p = &run->sampler.policies[i];
        if (!ts_never_matched(run, i) || !run->in.traces)
            continue;
        if (!any) {
            most = tki_most_of(&run->ledger);
            tki_doc_line(d, NULL, "never");
        }
        tki_doc_say(d, any ? ", " : "no trace matched ");
        tki_doc_put(d, NULL, tki_d_name(p->name));
        any = true;
        say_lacks(d, run, p, &most);
        unread = unread || (!run->keys_read && tki_policy_reads_attributes(p));
    }
    if (unread)
        tki_doc_say(d, "; --lint tells whether the keys that they read exist");
}

/* Of a trace without a root it is not known what the client of its root decided. */
static void say_rootless(struct tki_doc *d, const struct ts_run *run)
{
    uint64_t n = 0;
    for (uint32_t i = 0; run->sampler.strategies && i < run->ledger.ids.n; i++)
        n += tki_ledger_row(&run->ledger, i)->roots == 0;
    if (!n)
        return;
    tki_doc_line(d, NULL, "no root");
    tki_doc_put(d, NULL, tki_d_count(n));
    tki_doc_say(d, " %s no root in the dump: what was decided there is not known, and they count as lost",
                tki_plural(n, "trace has", "traces have"));
}

/* What is kept, and what is lost that people look for. */
static void verdict(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_outcome *o = &run->outcome;
    tki_doc_verdict(d, NULL);
    ts_say_time_first(d, run);
    tki_doc_say(d, "Keeps ");
    for (int spans = 0; spans <= 1; spans++) {
        tki_doc_put(d, NULL, count_of(&run->kept, spans, false));
        tki_doc_say(d, " of ");
        tki_doc_put(d, NULL, count_of(&run->in, spans, false));
        tki_doc_say(d, spans ? " spans (" : " traces (");
        tki_doc_put(d, NULL, share_of(&run->kept, &run->in, spans, false));
        tki_doc_say(d, spans ? "): " : ") and ");
    }
    say_fare(d, &o->errors, "with errors", "none has errors");
    tki_doc_say(d, ", ");
    bool few = !run->request->slow.limit_ns && run->in.traces < TKI_SLOW_TRACES_MIN;
    say_fare(d, &o->slow, o->slow.in.traces > 1 ? "slow ones" : "slow one",
             few ? "too few traces to tell which are slow" : "none is slow");
    tki_doc_say(d, ".");
    ts_say_time(d, run);
    if (run->in_part && run->sampler.nheads) {
        tki_doc_line(d, NULL, "in part");
        tki_doc_put(d, NULL, tki_d_count(run->in_part));
        tki_doc_say(d, " kept %s spans: head samplers decide span by span",
                    tki_plural(run->in_part, "trace has lost", "traces have lost"));
    }
    ts_baselines_first(d, run);
    say_rootless(d, run);
    say_lost(d, &o->errors, "trace with errors", "traces with errors");
    say_lost(d, &o->slow, "slow trace", "slow traces");
    say_never(d, run);
}

static void slow_line(struct tki_doc *d, const struct ts_run *run)
{
    struct tki_buf rule = {0};
    tki_slow_say(&run->request->slow, &rule);
    d->err = rule.err ? TK_ENOMEM : d->err;
    tki_doc_line(d, NULL, "slow");
    tki_doc_put(d, "slow_rule", tki_d_text((tk_str){rule.p, rule.n}));
    if (!run->request->slow.limit_ns)
        tki_doc_say(d, "; an operation with fewer than %d traces has none", TKI_SLOW_TRACES_MIN);
    tki_buf_free(&rule);
}

static void meanings(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    if (run->sampler.tail) {
        tki_doc_paragraph(d, NULL);
        tki_doc_say(d, "matched: by its own decision; first: the first to decide; alone: lost without it%s",
                    st->weighted ? "; stand for: as many before the sampling that came first" : "");
    }
    if (!run->marked)
        return;
    tki_doc_paragraph(d, NULL);
    tki_doc_put(d, NULL, tki_d_count(run->marked));
    tki_doc_say(d, " %s went out with a new ot=th, which says what they stand for",
                tki_plural(run->marked, "span", "spans"));
}

void ts_report(struct tki_doc *d, const struct ts_run *run)
{
    tki_doc_init(d, "sample", 2, "What tail sampling keeps");
    put_numbers(d, run);
    verdict(d, run);
    tki_doc_space(d);
    totals(d, run);
    policies(d, run);
    if (run->sampler.tail || run->marked) {
        tki_doc_space(d);
        meanings(d, run);
    }
    ts_bias_say(d, run);
    if (run->nbaselines)
        tki_doc_space(d);
    ts_baselines_say(d, run);
    tki_doc_space(d);
    head(d, run);
    slow_line(d, run);
}

/* ---- types of policies ---- */

void ts_list(struct tki_doc *d)
{
    static const struct tki_doc_column columns[] = {{.title = "type", .key = "type"},
                                                    {.title = "replayed"},
                                                    {.key = "replayed"},
                                                    {.title = "since", .key = "since"},
                                                    {.title = "what decides", .key = "about", .shrink = TKI_WRAP}};
    char text[16];
    tki_doc_init(d, "policies", 1, "Types of policies");
    tki_doc_table(d, "policies", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    for (const struct tki_policy_type *const *t = tki_policy_types; *t; t++) {
        const struct tki_policy_type *p = *t;
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_words(p->name));
        tki_doc_cell(d, tki_d_words(p->decide ? "yes" : "no"));
        tki_doc_cell(d, tki_d_bool(p->decide != NULL));
        tki_doc_cell(d, p->since ? release_of(p->since, text) : tki_d_none());
        tki_doc_cell(d, tki_d_words(p->about));
    }
}
