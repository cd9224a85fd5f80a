/* The extent of the spans that have arrived, tested after each: with an upper threshold a trace is kept whose first
 * spans fit, although it ends up longer. */
#include <inttypes.h>

#include "sample/policy/policy.h"

enum { ABOVE_SINCE = 157 /* the release from which the extent must be above the threshold, before: at or above */ };

struct latency {
    int64_t threshold_ms, upper_threshold_ms; /* upper 0: none */
    bool inclusive;
    unsigned release;
};

static const struct tki_setting settings[] = {
    {"threshold_ms", TKI_SETTING_I64, offsetof(struct latency, threshold_ms)},
    {"upper_threshold_ms", TKI_SETTING_I64, offsetof(struct latency, upper_threshold_ms)},
    {0}};

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    struct latency *d = p->data;
    d->inclusive = o->release < ABOVE_SINCE;
    d->release = o->release;
    p->stateful = o->release >= TKI_BOUND_IS_STATE_SINCE && d->upper_threshold_ms > 0;
    p->monotone = d->upper_threshold_ms == 0; /* an extent grows, up to the times that eval.c looks at one by one */
    return 0;
}

static bool on_arrival(const struct tki_policy *p, const struct tki_arrived *so_far)
{
    const struct latency *d = p->data;
    int64_t ms = tki_arrived_ms(so_far, d->release);
    if (d->upper_threshold_ms == 0)
        return d->inclusive ? ms >= d->threshold_ms : ms > d->threshold_ms;
    return d->threshold_ms < ms && ms <= d->upper_threshold_ms;
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct latency *d = p->data;
    if (d->upper_threshold_ms == 0)
        tki_buf_printf(to, "extent %s %" PRId64 " ms", d->inclusive ? "of at least" : "above", d->threshold_ms);
    else
        tki_buf_printf(to, "extent above %" PRId64 " ms and up to %" PRId64 " ms", d->threshold_ms,
                       d->upper_threshold_ms);
}

static void answer(struct tki_buf *to, const struct tki_policy *p, const struct tki_arrived *a, bool yes)
{
    const struct latency *d = p->data;
    int64_t ms = tki_arrived_ms(a, d->release);
    if (yes)
        tki_buf_printf(to, "%" PRId64 " ms after %u span%s", ms, (unsigned)a->spans, a->spans == 1 ? "" : "s");
    else
        tki_buf_printf(to, "never: %" PRId64 " ms in the end", ms);
}

static bool out_of_reach(struct tki_buf *to, const struct tki_policy *p, const struct tki_most *most)
{
    const struct latency *d = p->data;
    if (most->extent_ms >= d->threshold_ms + !d->inclusive)
        return false;
    tki_buf_printf(to, "the longest trace takes %" PRId64 " ms", most->extent_ms);
    return true;
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct latency *d = p->data;
    int64_t wait_ms = ask->decision_wait_ns / 1000000;
    if (d->upper_threshold_ms && d->upper_threshold_ms <= d->threshold_ms)
        ask->say(ask->ctx, p, "never-matches", "upper_threshold_ms is not above threshold_ms: no trace matches");
    else if (!d->upper_threshold_ms && (d->threshold_ms < 0 || (d->threshold_ms == 0 && d->inclusive)))
        ask->keeps_all = true;
    if (d->upper_threshold_ms > d->threshold_ms)
        ask->note(
            ask->ctx, p, "order-matters",
            "with upper_threshold_ms each span that arrives is a try: a trace that grows through the window is kept, "
            "though it ends above it");
    if (d->threshold_ms >= wait_ms)
        ask->say(ask->ctx, p, "threshold-above-wait",
                 "threshold_ms is not below decision_wait: a trace that slow is decided before its last spans come");
}

const struct tki_policy_type tki_policy_latency = {
    .name = "latency",
    .about = "extent of all spans, in milliseconds",
    .settings = settings,
    .data_size = sizeof(struct latency),
    .prepare = prepare,
    .on_arrival = on_arrival,
    .decide = tki_decide_by_evidence,
    .out_of_reach = out_of_reach,
    .lint = lint,
    .ask = ask,
    .answer = answer,
};
