#include <inttypes.h>

#include "sample/policy/policy.h"

struct span_count {
    int64_t min_spans, max_spans; /* both inside; max 0: none */
};

static const struct tki_setting settings[] = {{"min_spans", TKI_SETTING_I32, offsetof(struct span_count, min_spans)},
                                              {"max_spans", TKI_SETTING_I32, offsetof(struct span_count, max_spans)},
                                              {0}};

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    p->stateful = o->release >= TKI_BOUND_IS_STATE_SINCE && ((const struct span_count *)p->data)->max_spans > 0;
    return 0;
}

static bool on_trace(const struct tki_policy *p, const struct tki_arrived *trace)
{
    const struct span_count *d = p->data;
    return trace->spans >= d->min_spans && (d->max_spans == 0 || trace->spans <= d->max_spans);
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct span_count *d = p->data;
    tki_buf_printf(to, "at least %" PRId64 " spans", d->min_spans);
    if (d->max_spans)
        tki_buf_printf(to, ", at most %" PRId64, d->max_spans);
}

static void answer(struct tki_buf *to, const struct tki_policy *p, const struct tki_arrived *a, bool yes)
{
    (void)p, (void)yes;
    tki_buf_printf(to, "%u", (unsigned)a->spans);
}

static bool out_of_reach(struct tki_buf *to, const struct tki_policy *p, const struct tki_most *most)
{
    if ((int64_t)most->spans >= ((const struct span_count *)p->data)->min_spans)
        return false;
    tki_buf_printf(to, "the largest trace has %" PRIu64 " span%s", most->spans, most->spans == 1 ? "" : "s");
    return true;
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct span_count *d = p->data;
    if (d->max_spans && d->max_spans < d->min_spans)
        ask->say(ask->ctx, p, "never-matches", "max_spans is below min_spans: no trace matches");
    else if (!d->max_spans && d->min_spans <= 1)
        ask->keeps_all = true;
}

const struct tki_policy_type tki_policy_span_count = {
    .name = "span_count",
    .about = "number of spans between two bounds",
    .settings = settings,
    .data_size = sizeof(struct span_count),
    .prepare = prepare,
    .on_trace = on_trace,
    .decide = tki_decide_by_evidence,
    .out_of_reach = out_of_reach,
    .lint = lint,
    .ask = ask,
    .answer = answer,
};
