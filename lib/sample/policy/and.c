#include <stdlib.h>

#include "sample/policy/policy.h"

static const struct tki_setting settings[] = {{"and_sub_policy", TKI_SETTING_ANY, 0}, {0}};
static const struct tki_place places[] = {{"", 0}, {"composite", 0}, {0}};

static enum tki_decision decide(const struct tki_policy *p, const struct tki_moment *m)
{
    return tki_subs_decide(p, m, TKI_SAMPLED);
}

static unsigned possible(const struct tki_policy *p, const struct tki_moment *m, bool sure)
{
    return tki_subs_possible(p, m, sure, TKI_SAMPLED);
}

/* The traces that all other policies inside have let through have claims on the budgets inside. */
static void share(const struct tki_policy *p, const struct tki_moment *traces, size_t n)
{
    struct tki_moment *left = n ? malloc(n * sizeof *left) : NULL;
    size_t many = 0;
    for (size_t i = 0; i < n && left; i++) {
        bool in = true;
        for (uint32_t k = 0; k < p->nsubs && in; k++)
            in = p->subs[k].type->share || tki_keeps(tki_policy_decide(&p->subs[k], &traces[i]));
        if (in)
            left[many++] = traces[i];
    }
    for (uint32_t k = 0; k < p->nsubs && left; k++)
        if (p->subs[k].type->share)
            p->subs[k].type->share(&p->subs[k], left, many);
    free(left);
}

const struct tki_policy_type tki_policy_and = {
    .name = "and",
    .about = "all of its policies, each by any span",
    .places = places,
    .settings = settings,
    .subs_key = "and_sub_policy",
    .decide = decide,
    .possible = possible,
    .share = share,
    .ask = tki_ask_all_of,
};
