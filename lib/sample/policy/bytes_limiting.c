#include "sample/policy/policy.h"

struct bytes_limiting {
    int64_t bytes_per_second, burst_capacity;
};

static const struct tki_setting settings[] = {
    {"bytes_per_second", TKI_SETTING_I64, offsetof(struct bytes_limiting, bytes_per_second)},
    {"burst_capacity", TKI_SETTING_I64, offsetof(struct bytes_limiting, burst_capacity)},
    {0}};

/* Known and not replayed: it decides nothing. */
const struct tki_policy_type tki_policy_bytes_limiting = {
    .name = "bytes_limiting",
    .about = "bytes per second",
    .settings = settings,
    .data_size = sizeof(struct bytes_limiting),
};
