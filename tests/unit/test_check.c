/* Assertions on what a sampler keeps: their language, their intervals, what is inconclusive. */
#include <math.h>

#include "check/check_in.h"
#include "check/lint.h"
#include "sample/versus.h"
#include "sample_help.h"
#include "tap.h"

static void refused(const char *text, const char *why)
{
    struct tki_checks c;
    struct tk_err err = {0};
    int rc = tki_checks_parse(&c, "a.checks", tki_str(text), &err);
    bool held = ok(rc == TK_EUSAGE && strstr(err.text, why), "%s", why);
    if (!held)
        diag("%d %s", rc, rc < 0 ? err.text : "parsed");
    tki_checks_free(&c);
}

static void test_language(void)
{
    refused("# nothing\n\n", "no assertion is in it");
    refused("hold {} >= 1%\n", "'hold {} >= 1%' is no metric");
    refused("keep {status=error}\n", "a comparison with a limit is missing");
    refused("keep status=error >= 1%\n", "keep wants a selector in TraceQL");
    refused("keep {statsu=error} >= 1%\n", "selector {statsu=error}:");
    refused("keep { } | rate() >= 1%\n", "a metric selects no traces");
    refused("keep {} >= 99\n", "the limit wants another unit: a share, such as 99%");
    refused("keep {} >= x%\n", "a comparison with a limit is missing");
    refused("keep {} >= 1% often\n", "unknown modifier 'often'");
    refused("keep {status=error} = 100%\n", "'=' is no comparison with a limit: write ==");
    refused("total spans = 5\n", "'=' is no comparison with a limit: write ==");
    refused("keep {} >= 1% by service\n", "'by' stands before the comparison");
    refused("keep {} >= 1% min_n=x\n", "a whole number is expected");
    refused("keep {} within 1%\n", "'within' is for bias");
    refused("total bytes <= 12\n", "bytes, such as 12 GB/day");
    refused("total bytes <= 12 GB/year\n", "'/year' is no period");
    refused("total money <= 12\n", "total of 'money' is not known");
    refused("bias p95(trace:duration) within 10%\n", "bias is known by service");
    refused("bias p95(duration) by service within 10%\n", "bias of 'p95(duration)' is not known");
    refused("bias p95(trace:duration) by service <= 10%\n", "`within` and a share");
    refused("policy slow hits > 0\n", "policy wants a name in quotes");
    refused("policy \"slow\" seen > 0\n", "'seen' of a policy is not known");
    refused("vs baseline: complete >= 1%\n", "vs baseline is known for keep");
    refused("vs baseline: keep {} >= 1%\n", "points, such as -0.5pp");
    refused("mem middle <= 4 GiB\n", "of mem is not known (known: peak)");
    refused("mem peak <= 4\n", "bytes, such as 4 GiB");
    refused("late spans <= 1%\n", "behind late has no meaning");
    refused("late <= 1\n", "a share, such as 99%");
    refused("mem peak <= 4 GB/day\n", "a period such as /day");
    refused("keep {} == before\n", "'before' is for count distinct");
    struct tki_checks c;
    struct tk_err err = {0};
    int rc = tki_checks_parse(&c, "a",
                              TKI_STR("keep { .a = \"# >= 1%\" } > { } | count() > 2 by root >= 9% min_n=7 "
                                      "ci=upper # comment\n total bytes<=1.5 GiB/h\n"),
                              &err);
    ok(rc == 0 && c.n == 2, "signs in selectors are none of the assertion's %s", rc < 0 ? err.text : "");
    ok(c.n == 2 && fabs(c.all[0].limit - 0.09) < 1e-15 && c.all[0].min_n == 7 && c.all[0].bound == TKI_BOUND_UPPER &&
           TKI_STR_IS(c.all[0].by, "root"),
       "limit and modifiers");
    ok(c.n == 2 && c.all[1].limit == 1.5 * 1073741824 && c.all[1].per_s == 3600 && c.bytes && c.whole, "bytes an hour");
    tki_checks_free(&c);
}

static void test_interval(void)
{
    double low, high;
    tki_check_wilson(1, 8, &low, &high);
    is_double(low, 0.675592, 1e-6, "8 of 8: at least 68 %%");
    is_double(high, 1, 0, "and at most all");
    tki_check_wilson(0.5, 100, &low, &high);
    is_double(low, 0.403832, 1e-6, "50 of 100, from");
    is_double(high, 0.596168, 1e-6, "to");
}

/* Ten traces of weight w, the first of which are kept; each has a root that took as many milliseconds as its number. */
static struct tki_checks *gathered(const char *text, unsigned kept, double w, double chance)
{
    struct tki_checks *c = calloc(1, sizeof *c);
    struct tk_err err = {0};
    if (!c || tki_checks_parse(c, "a", tki_str(text), &err) < 0)
        bail_out("%s", err.text);
    for (unsigned i = 0; i < 10; i++) {
        const struct tki_check_fact f = {.id = {1, i + 1},
                                         .weight = w,
                                         .chance = chance,
                                         .kept = i < kept,
                                         .kept_by_base = i < 5,
                                         .has_root = true,
                                         .error = i % 2,
                                         .duration_ns = (i + 1) * 1000000,
                                         .service = TKI_STR("s"),
                                         .spans = 3,
                                         .kept_spans = 3};
        if (tki_checks_add(c, &f, &err) < 0)
            bail_out("%s", err.text);
        for (unsigned k = 0; f.kept && c->spans && k < 3; k++)
            if (tki_checks_span(c, &f, (uint64_t)(100 + i % 2) * 1000000000, 50, &err) < 0)
                bail_out("%s", err.text);
    }
    const struct tki_check_policy policy = {TKI_STR("p"), 4, 2, 0};
    const struct tki_check_counts counts = {.extent_ns = 4000000000,
                                            .policy = &policy,
                                            .npolicies = 1,
                                            .conflicts = 3,
                                            .spans = 200,
                                            .late = 3,
                                            .memory = {2.5e9, 3e9, 4e9}};
    if (tki_checks_finish(c, &counts, &err) < 0)
        diag("%s", err.text);
    return c;
}

static void holds(const char *text, enum tki_check_outcome outcome, double value)
{
    struct tki_checks *c = gathered(text, 6, 2, 1);
    ok(c->all[0].outcome == outcome && fabs(c->all[0].value - value) < 1e-9, "%s: %g", text, c->all[0].value);
    tki_checks_free(c);
    free(c);
}

static void test_metrics(void)
{
    holds("total traces <= 12", TKI_CHECK_HOLDS, 12);
    holds("total spans < 36", TKI_CHECK_FAILS, 36);
    holds("total spans <= 9/s", TKI_CHECK_HOLDS, 9);
    holds("total bytes <= 1.8 kB", TKI_CHECK_HOLDS, 1800);
    holds("total spans_per_sec <= 20 max", TKI_CHECK_HOLDS, 18);
    holds("total spans_per_sec <= 20 p50", TKI_CHECK_HOLDS, 0); /* two of four seconds have nothing */
    holds("total spans_per_sec <= 20 mean", TKI_CHECK_HOLDS, 9);
    holds("policy \"p\" hits > 4", TKI_CHECK_FAILS, 4);
    holds("policy \"p\" first >= 2", TKI_CHECK_HOLDS, 2);
    holds("no conflict", TKI_CHECK_FAILS, 3);
    holds("late <= 1.5%", TKI_CHECK_HOLDS, 0.015);
    holds("late < 1.5%", TKI_CHECK_FAILS, 0.015);
    holds("mem peak <= 4 GB", TKI_CHECK_HOLDS, 3e9);
    holds("mem peak <= 2.4 GB", TKI_CHECK_FAILS, 3e9);
    holds("mem peak <= 3.5 GB", TKI_CHECK_OPEN, 3e9); /* within the estimate */
    holds("complete >= 99%", TKI_CHECK_HOLDS, 1);
    holds("vs baseline: total traces <= 19%", TKI_CHECK_FAILS, 0.2);
    holds("bias p50(trace:duration) by service within 50% min_n=1", TKI_CHECK_HOLDS, -0.4);
    holds("bias mean(trace:duration) by service within 10% min_n=6", TKI_CHECK_FAILS, 3.5 / 5.5 - 1);
    holds("bias mean(trace:duration) by service within 90% min_n=7", TKI_CHECK_OPEN, 3.5 / 5.5 - 1);
    holds("bias error_rate by service within 1pp min_n=1", TKI_CHECK_HOLDS, 0);
    holds("total traces >= 1 min_n=11", TKI_CHECK_OPEN, 12);
    struct tki_checks *c = gathered("total traces <= 12", 6, 2, 1);
    is_double(c->all[0].high, 12 + 1.959963984540054 * sqrt(6 * 4 * 0.5), 1e-9, "a total of a sample has an interval");
    tki_checks_free(c);
    free(c);
    c = gathered("total traces <= 6", 6, 1, 1);
    ok(isnan(c->all[0].high), "and one of everything has none");
    tki_checks_free(c);
    free(c);
    c = gathered("policy \"q\" hits > 0", 6, 1, 1);
    ok(c->all[0].outcome != TKI_CHECK_FAILS || isnan(c->all[0].value), "a policy that is not there is no pass");
    tki_checks_free(c);
    free(c);
}

/* ---- two samplers ---- */

static void judged(struct tki_replay **r, struct tki_sampler *s, const char *policies, struct tki_ledger *ledger)
{
    struct tk_err err;
    if (open_policies(s, policies, 0, &err) < 0 || tki_replay_open(r, s, ledger, &err) < 0)
        bail_out("%s", err.text);
}

static void test_versus(void)
{
    struct tki_sampler a, b;
    struct tki_replay *old, *new;
    struct tki_ledger ledger = {0};
    struct tki_kinds kinds;
    struct tki_versus v;
    struct tk_err err = {0};
    tki_kinds_init(&kinds, &ledger);
    judged(&old, &a, "{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}", NULL);
    judged(&new, &b,
           "{name: none, type: latency, latency: {threshold_ms: 99999}}, {name: slow, type: latency, latency: "
           "{threshold_ms: 50}}",
           NULL);
    struct tk_batch *batch = tk_batch_new();
    for (unsigned i = 0; batch && i < 8; i++) {
        struct tk_span *span = new_span(batch, i + 1, 0, i & 1 ? 100 : 10);
        span->status = i & 2 ? TK_STATUS_ERROR : TK_STATUS_OK;
    }
    struct tki_groups groups = {0};
    if (!batch || tki_groups_make(&groups, batch, NULL, batch->nspans) < 0 || tki_ledger_fold(&ledger, &groups) < 0)
        bail_out("memory");
    add_batch(old, &a, batch);
    add_batch(new, &b, batch);
    ok(tki_replay_judge(old, &err) == 0 && tki_replay_judge(new, &err) == 0, "both are judged");
    const bool slow[8] = {0, 1, 0, 1, 0, 1, 0, 1};
    ok(tki_versus_find(&v, old, new, &kinds, slow, &err) == 0, "two samplers over eight traces");
    ok(v.all.both.traces == 2 && v.all.lost.traces == 2 && v.all.gained.traces == 2 && v.all.neither.traces == 2,
       "two of each kind");
    ok(v.errors.both.traces == 2 && v.errors.lost.traces == 2 && v.errors.gained.traces == 0, "of those with errors");
    ok(v.slow.both.traces == 2 && v.slow.gained.traces == 2 && v.slow.lost.traces == 0, "of the slow ones");
    ok(v.lost_by[0] == 2 && v.gained_by[1] == 2 && v.gained_by[0] == 0, "who flipped them");
    ok(v.nflips == 4 && !v.flip[0].gained && v.flip[0].by == 0 && v.flip[3].gained && v.flip[3].by == 1,
       "errors come first");
    is_double(v.change, 0, 1e-12, "as many spans");
    is_double(v.high, 1.959963984540054 * sqrt(8.0 / 7 * 4) / 4, 1e-9, "give or take");
    tki_versus_free(&v);
    tki_groups_free(&groups);
    tki_kinds_free(&kinds);
    tki_ledger_free(&ledger);
    tki_replay_close(old);
    tki_replay_close(new);
    tki_sampler_close(&a);
    tki_sampler_close(&b);
    tk_batch_free(batch);
}

/* ---- lint ---- */

static void finds(const char *policies, const char *id)
{
    struct tki_sampler s;
    struct tki_lint l;
    struct tk_err err;
    bool found = false;
    if (open_policies(&s, policies, 0, &err) < 0)
        bail_out("%s", err.text);
    if (tki_lint_config(&l, &s) < 0)
        bail_out("memory");
    for (size_t i = 0; i < l.n; i++)
        found = found || strcmp(l.all[i].id, id) == 0;
    ok(found, "%s", id);
    tki_lint_free(&l);
    tki_sampler_close(&s);
}

static void test_lint(void)
{
#define OTHER ", {name: z, type: status_code, status_code: {status_codes: [ERROR]}}"
    finds("", "no-policies");
    finds("{name: a, type: always_sample}" OTHER, "keeps-everything");
    finds("{name: a, type: probabilistic, probabilistic: {sampling_percentage: 100}}" OTHER, "keeps-everything");
    finds("{name: a, type: span_count, span_count: {min_spans: 1}}" OTHER, "keeps-everything");
    finds("{name: a, type: status_code, status_code: {status_codes: [OK, UNSET, ERROR]}}" OTHER, "keeps-everything");
    finds("{name: a, type: ottl_condition, ottl_condition: {span: ['name == \"x\"', 'true']}}" OTHER,
          "keeps-everything");
    finds("{name: a, type: latency, latency: {threshold_ms: 30000}}", "threshold-above-wait");
    finds("{name: a, type: latency, latency: {threshold_ms: 5, upper_threshold_ms: 5}}", "never-matches");
    finds("{name: a, type: numeric_attribute, numeric_attribute: {key: k, min_value: 5, max_value: 4}}",
          "never-matches");
    finds("{name: a, type: span_count, span_count: {min_spans: 5, max_spans: 4}}", "never-matches");
    finds("{name: a, type: string_attribute, string_attribute: {key: k, values: []}}", "never-matches");
    finds("{name: a, type: string_attribute, string_attribute: {key: k, values: ['/api/*']}}", "pattern-as-text");
    finds("{name: a, type: probabilistic, probabilistic: {sampling_percentage: 0.1}}", "below-one-percent");
    finds("{name: a, type: boolean_attribute, boolean_attribute: {key: k, value: true, invert_match: true}}",
          "inverted");
    finds(
        "{name: a, type: composite, composite: {max_total_spans_per_second: 10, composite_sub_policy: [{name: b, type: "
        "always_sample}], rate_allocation: [{policy: b, percent: 101}]}}",
        "allocations");
    finds(
        "{name: a, type: composite, composite: {max_total_spans_per_second: 10, composite_sub_policy: [{name: b, type: "
        "always_sample}], rate_allocation: [{policy: c, percent: 10}]}}",
        "allocations");
    finds("{name: a, type: and, and: {and_sub_policy: [{name: b, type: always_sample}" OTHER "]}}", "no-condition");
    finds("{name: a, type: numeric_attribute, numeric_attribute: {key: k, min_value: 0, max_value: 4}}",
          "bound-of-zero");
    finds("{name: a, type: numeric_attribute, numeric_attribute: {key: k, max_value: 4}}", "reads-as-zero");
    finds("{name: a, type: boolean_attribute, boolean_attribute: {key: k, value: false}}", "reads-as-false");
    finds("{name: a, type: latency, latency: {threshold_ms: 5, upper_threshold_ms: 9}}", "order-matters");
    finds("{name: a, type: ottl_condition, ottl_condition: {error_mode: propagate, span: [\"name == \\\"x\\\"\"]}}",
          "error-ends-it");
    finds("{name: a, type: ottl_condition, ottl_condition: {span: ['true', 'kind == \"server\"']}}", "never-matches");
    finds("{name: a, type: ottl_condition, ottl_condition: {span: ['name == 5 or trace_id == \"00\"']}}",
          "never-matches");
    finds("{name: a, type: ottl_condition, ottl_condition: {span: ['status.code == \"ERROR\" and true']}}",
          "never-matches");
    finds("{name: a, type: rate_limiting, rate_limiting: {spans_per_second: 5}}" OTHER, "limits-itself");
    finds("{name: a, type: rate_limiting, rate_limiting: {spans_per_second: 0}}", "never-matches");
    finds("{name: a, type: probabilistic, probabilistic: {sampling_percentage: 10}}, {name: b, type: probabilistic, "
          "probabilistic: {sampling_percentage: 20}}",
          "same-draw");
    finds("{name: a, type: composite, composite: {max_total_spans_per_second: 10, policy_order: [b, z], "
          "composite_sub_policy: [{name: z, type: always_sample}, {name: b, type: always_sample}], rate_allocation: "
          "[{policy: b, percent: 50}, {policy: z, percent: 50}]}}",
          "policy-order");
}

int main(void)
{
    test_language();
    test_interval();
    test_metrics();
    test_versus();
    test_lint();
    return done_testing();
}
