/* Bytes per second of the collector's clock, when traces are decided. */
#include "sample/policy/budget.h"

enum { SINCE = 144 };

static const struct tki_setting settings[] = {
    {"bytes_per_second", TKI_SETTING_I64, offsetof(struct tki_limit, per_second)},
    {"burst_capacity", TKI_SETTING_I64, offsetof(struct tki_limit, burst_capacity)},
    {0}};

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    tki_limit_prepare(o, p, 0, "bytes");
    return 0;
}

const struct tki_policy_type tki_policy_bytes_limiting = {
    .name = "bytes_limiting",
    .about = "bytes per second, as protobuf",
    .since = SINCE,
    .settings = settings,
    .data_size = sizeof(struct tki_limit),
    .prepare = prepare,
    .state_size = sizeof(struct tki_budget),
    .budgets = true,
    .lint = tki_limit_lint,
    .sized = true,
    .decide = tki_limit_decide,
    .possible = tki_limit_possible,
    .bounds = tki_limit_bounds,
    .tick = tki_limit_tick,
    .share = tki_limit_share,
    .leaves_out = tki_limit_leaves_out,
    .ask = tki_limit_ask,
};
