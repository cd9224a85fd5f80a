#include "sample/policy/policy.h"

struct composite {
    int64_t max_total_spans_per_second;
};

static const struct tki_setting settings[] = {
    {"max_total_spans_per_second", TKI_SETTING_I64, offsetof(struct composite, max_total_spans_per_second)},
    {"policy_order", TKI_SETTING_ANY, 0},
    {"composite_sub_policy", TKI_SETTING_ANY, 0},
    {"rate_allocation", TKI_SETTING_ANY, 0},
    {0}};
static const struct tki_place places[] = {{"", 0}, {0}};

/* Known and not replayed: it decides nothing. */
const struct tki_policy_type tki_policy_composite = {
    .name = "composite",
    .about = "shares of a rate among policies",
    .places = places,
    .settings = settings,
    .data_size = sizeof(struct composite),
};
