#include "sample/policy/policy.h"

struct ottl_condition {
    tk_str error_mode;
};

static const struct tki_setting settings[] = {
    {"error_mode", TKI_SETTING_STRING, offsetof(struct ottl_condition, error_mode)},
    {"span", TKI_SETTING_ANY, 0},
    {"spanevent", TKI_SETTING_ANY, 0},
    {0}};

/* Known and not replayed: it decides nothing. */
const struct tki_policy_type tki_policy_ottl_condition = {
    .name = "ottl_condition",
    .about = "a condition in OTTL",
    .settings = settings,
    .data_size = sizeof(struct ottl_condition),
};
