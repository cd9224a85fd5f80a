#include "sample/policy/policy.h"

static const struct tki_setting settings[] = {{"drop_sub_policy", TKI_SETTING_ANY, 0}, {0}};
static const struct tki_place places[] = {{"", 0}, {0}};

static enum tki_decision decide(const struct tki_policy *p, const struct tki_moment *m)
{
    return tki_subs_decide(p, m, TKI_DROPPED);
}

static unsigned possible(const struct tki_policy *p, const struct tki_moment *m, bool sure)
{
    return tki_subs_possible(p, m, sure, TKI_DROPPED);
}

const struct tki_policy_type tki_policy_drop = {
    .name = "drop",
    .about = "drops the trace when all of its policies match",
    .since = 126,
    .places = places,
    .drops = true,
    .settings = settings,
    .subs_key = "drop_sub_policy",
    .decide = decide,
    .possible = possible,
    .ask = tki_ask_all_of,
};
