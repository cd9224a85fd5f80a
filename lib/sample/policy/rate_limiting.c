#include "sample/policy/policy.h"

struct rate_limiting {
    int64_t spans_per_second, burst_capacity;
};

static const struct tki_setting settings[] = {
    {"spans_per_second", TKI_SETTING_I64, offsetof(struct rate_limiting, spans_per_second)},
    {"burst_capacity", TKI_SETTING_I64, offsetof(struct rate_limiting, burst_capacity)},
    {0}};

/* Known and not replayed: it decides nothing. */
const struct tki_policy_type tki_policy_rate_limiting = {
    .name = "rate_limiting",
    .about = "spans per second",
    .settings = settings,
    .data_size = sizeof(struct rate_limiting),
};
