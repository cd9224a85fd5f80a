/* Spans per second of the collector's clock, when traces are decided. */
#include "sample/policy/budget.h"

enum {
    BUCKET_SINCE = 153, /* the release from which a bucket of tokens decides; before, what one second has let through */
};

static const struct tki_setting settings[] = {
    {"spans_per_second", TKI_SETTING_I64, offsetof(struct tki_limit, per_second)},
    {"burst_capacity", TKI_SETTING_I64, offsetof(struct tki_limit, burst_capacity)},
    {0}};
static const struct tki_newer newer[] = {{"burst_capacity", BUCKET_SINCE}, {0}};

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    tki_limit_prepare(o, p, BUCKET_SINCE, "spans");
    return 0;
}

const struct tki_policy_type tki_policy_rate_limiting = {
    .name = "rate_limiting",
    .about = "spans per second",
    .settings = settings,
    .newer = newer,
    .data_size = sizeof(struct tki_limit),
    .prepare = prepare,
    .state_size = sizeof(struct tki_budget),
    .budgets = true,
    .lint = tki_limit_lint,
    .spans_max = tki_limit_most,
    .decide = tki_limit_decide,
    .possible = tki_limit_possible,
    .bounds = tki_limit_bounds,
    .tick = tki_limit_tick,
    .share = tki_limit_share,
    .leaves_out = tki_limit_leaves_out,
    .ask = tki_limit_ask,
};
