#include "sample/policy/policy.h"

static const struct tki_setting settings[] = {{"and_sub_policy", TKI_SETTING_ANY, 0}, {0}};
static const struct tki_place places[] = {{"", 0}, {"composite", 0}, {0}};

static enum tki_decision decide(const struct tki_policy *p, const struct tki_moment *m)
{
    return tki_subs_decide(p, m, TKI_SAMPLED);
}

const struct tki_policy_type tki_policy_and = {
    .name = "and",
    .about = "all of its policies, each by any span",
    .places = places,
    .settings = settings,
    .subs_key = "and_sub_policy",
    .decide = decide,
    .ask = tki_ask_all_of,
};
