/* A budget: the largest share of the rest that it allows, and the policy that keeps it, as the collector takes it. */
#include <math.h>

#include "base/num.h"
#include "cli/msg.h"
#include "format/js/js.h"
#include "money.h"
#include "sample/policy/probabilistic.h"

enum { KINDS_MAX = 200, WAIT_S = 30 };

/* A share as a percentage of at most four digits, never above it: the budget holds. */
static double percentage_of(double share)
{
    double percent = share * 100, parts = 1;
    if (!(percent > 0))
        return 0;
    while (percent * parts < 1000 && parts < 1e9)
        parts *= 10;
    return floor(percent * parts * (1 + 1e-12)) / parts;
}

/* The collector counts whole milliseconds and, from release 0.157 on, asks for more than the threshold: what is slow
 * by nanoseconds is above one less. */
int64_t budget_threshold_ms(int64_t limit_ns)
{
    return limit_ns < 1000000 ? 0 : limit_ns / 1000000 - 1;
}

/* The largest percentage, at most that of the share, at which no more than the share of this dump's traces is kept:
 * their ids may be met more often than those of others. */
static double fitting(const struct budget_rest *rest, double share)
{
    double percent = percentage_of(share);
    size_t i = 0;
    if (share >= 1)
        return percent;
    while (i < rest->n && rest->share[i] <= share * (1 + 1e-12))
        i++;
    for (double below = i < rest->n ? ldexp((double)rest->hash[i], -64) : 1;
         i < rest->n && percent > 0 && tki_probabilistic_threshold(percent) >= rest->hash[i]; below *= 1 - 1e-9)
        percent = fmin(percent, percentage_of(below));
    return percent;
}

/* What is slow within a millisecond only the duration of the root tells.  0: its duration need not be asked for. */
static int64_t root_limit(const struct slow_kind *k)
{
    return k->root_ns ? k->root_ns : k->limit_ns < 1000000 ? k->limit_ns : 0;
}

/* The root of this kind, as a condition in YAML; with its duration, if that is what decides. */
static void put_condition(struct tki_buf *to, const struct slow_kind *k, bool by_root)
{
    struct tki_buf condition = {0};
    int err = 0;
    tki_buf_lit(&condition, "IsRootSpan() and name == ");
    tki_buf_json_str(&condition, k->name, NULL);
    if (k->service.n) {
        tki_buf_lit(&condition, " and resource.attributes[\"service.name\"] == ");
        tki_buf_json_str(&condition, k->service, NULL);
    }
    if (by_root)
        tki_buf_printf(&condition, " and end_time_unix_nano - start_time_unix_nano > %lld", (long long)root_limit(k));
    tki_buf_json_str(to, tki_buf_text(&condition, &err), NULL);
    to->err = to->err ? to->err : err;
    tki_buf_free(&condition);
}

/* The collector has no policy for the median of an operation: one for each, by its root. */
static void put_kind(struct tki_buf *to, const struct slow_kind *k, size_t number)
{
    tki_buf_printf(to, "      - name: slow-%zu\n        type: and\n        and:\n          and_sub_policy:\n", number);
    tki_buf_lit(to, "            - name: operation\n              type: ottl_condition\n              ottl_condition:\n"
                    "                error_mode: ignore\n                span:\n                  - ");
    put_condition(to, k, false);
    tki_buf_printf(
        to, "\n            - name: long\n              type: latency\n              latency: {threshold_ms: %lld}\n",
        (long long)budget_threshold_ms(k->limit_ns));
    if (!root_limit(k))
        return;
    tki_buf_printf(to,
                   "      - name: slow-root-%zu\n        type: ottl_condition\n        ottl_condition:\n"
                   "          error_mode: ignore\n          span:\n            - ",
                   number);
    put_condition(to, k, true);
    tki_buf_lit(to, "\n");
}

static void put_policies(struct tki_buf *to, const struct slow_policy *slow, double percentage)
{
    tki_buf_lit(to, "      - name: errors\n        type: status_code\n        status_code: {status_codes: [ERROR]}\n");
    if (slow->limit_ns)
        tki_buf_printf(to, "      - name: slow\n        type: latency\n        latency: {threshold_ms: %lld}\n",
                       (long long)budget_threshold_ms(slow->limit_ns));
    for (size_t i = 0; !slow->limit_ns && i < slow->n; i++)
        put_kind(to, &slow->kind[i], i + 1);
    if (!(percentage > 0))
        return;
    tki_buf_lit(to,
                "      - name: baseline\n        type: probabilistic\n        probabilistic: {sampling_percentage: ");
    tki_buf_double(to, percentage);
    tki_buf_lit(to, "}\n");
}

/* num_traces: what arrives while traces wait, twice, in two digits. */
static double traces_held(double traces_per_s)
{
    double n = 2 * traces_per_s * (WAIT_S + 1), step = 1;
    while (n / step > 100)
        step *= 10;
    return n < 1000 ? 1000 : ceil(n / step) * step;
}

static void put_yaml(struct tki_buf *to, const struct slow_policy *slow, double percentage, double traces_per_s,
                     const char *label)
{
    tki_buf_printf(to, "# Every error, every slow trace and %g %% of the rest: what the budget allows\n# in %s.\n",
                   percentage, label);
    tki_buf_lit(to, "# Beside a configuration with receivers and exporters:\n"
                    "#   otelcol --config yours.yaml --config this.yaml\n"
                    "processors:\n  tail_sampling:\n");
    tki_buf_printf(to, "    decision_wait: %ds\n    num_traces: %.0f\n    policies:\n", WAIT_S,
                   traces_held(traces_per_s));
    put_policies(to, slow, percentage);
    tki_buf_lit(to, "service:\n  pipelines:\n    traces:\n      processors: [tail_sampling]\n");
}

/* share: in the middle and at the high end of what is measured; percentage: with which this dump fits, too. */
static void say_answer(struct tki_doc *d, const double share[2], double percentage)
{
    if (isnan(share[0])) {
        tki_doc_say(d, "the errors and the slow traces alone cost more than the budget: no baseline is left");
        return;
    }
    tki_doc_say(d, "every error, every slow trace and ");
    tki_doc_put(d, NULL, tki_d_given(percentage));
    tki_doc_say(d, " %% of the rest");
    if (percentage_of(share[0]) > percentage) {
        tki_doc_say(d, " (");
        tki_doc_put(d, NULL, tki_d_given(percentage_of(share[0])));
        tki_doc_say(d, " %% of traffic like it: the ids in this dump are met more often)");
    }
    if (isnan(share[1])) {
        tki_doc_say(d, "; at the high end of what is measured not even the errors and slow ones");
    } else if (percentage_of(share[1]) < percentage) {
        tki_doc_say(d, "; at the high end of what is measured ");
        tki_doc_put(d, NULL, tki_d_given(percentage_of(share[1])));
        tki_doc_say(d, " %%");
    }
}

/* A backend whose money cannot be said has no answer; alone it ends the command. */
static void put_answer(struct tki_doc *d, const struct money *m, const struct tki_streams *s,
                       const struct budget_rest *rest, size_t k, double *percentage)
{
    double share[2] = {NAN, NAN};
    struct tk_err err = {0};
    int rc = tki_cost_share(m->backend[k], s, &m->terms, m->budget, false, &share[0], &err);
    rc = rc < 0 ? rc : tki_cost_share(m->backend[k], s, &m->terms, m->budget, true, &share[1], &err);
    if (rc < 0 && m->n == 1)
        tki_die(TKI_EXIT_USAGE, "--budget: %s", err.text);
    *percentage = isnan(share[0]) ? NAN : fitting(rest, share[0]);
    tki_doc_section(d, NULL, NULL);
    tki_doc_data(d, "backend", tki_d_words(m->backend[k]->label));
    tki_doc_data(d, "baseline_percentage", isnan(*percentage) ? tki_d_none() : tki_d_given(*percentage));
    tki_doc_data(d, "baseline_percentage_of_other_traffic",
                 isnan(share[0]) ? tki_d_none() : tki_d_given(percentage_of(share[0])));
    tki_doc_data(d, "baseline_percentage_at_high_end",
                 isnan(share[1]) ? tki_d_none() : tki_d_given(percentage_of(share[1])));
    if (rc < 0)
        tki_doc_data(d, "unknown", tki_d_words(err.text));
    tki_doc_line(d, NULL, k ? "" : "budget");
    if (rc < 0) {
        tki_doc_say(d, "%s", err.text);
    } else {
        tki_doc_say(d, "%s: ", m->backend[k]->label);
        say_answer(d, share, *percentage);
    }
    tki_doc_end(d);
}

bool put_budget(struct tki_doc *d, const struct money *m, const struct tki_streams *s, const struct slow_policy *slow,
                const struct budget_rest *rest)
{
    double percentage[BACKENDS_MAX];
    struct tki_buf yaml = {0};
    size_t first = 0;
    if (!slow->limit_ns && slow->n > KINDS_MAX)
        tki_die(TKI_EXIT_USAGE,
                "--budget: %zu root operations have a limit of their own, more than the %d that a policy "
                "takes here: say with --slow TIME what is slow",
                slow->n, KINDS_MAX);
    tki_doc_data(d, "budget_dollars_per_month", tki_d_given(m->budget));
    tki_doc_list(d, "budgets");
    for (size_t k = 0; k < m->n; k++)
        put_answer(d, m, s, rest, k, &percentage[k]);
    tki_doc_end(d);
    while (first < m->n && isnan(percentage[first]))
        first++;
    if (first < m->n) {
        put_yaml(&yaml, slow, percentage[first], s->all.per_s[TKI_Q_TRACES].mid, m->backend[first]->label);
        tki_doc_space(d);
        tki_doc_literal(d, "policy_yaml", tki_buf_text(&yaml, &d->err));
    } else {
        tki_doc_data(d, "policy_yaml", tki_d_none());
    }
    tki_buf_free(&yaml);
    return first < m->n;
}
