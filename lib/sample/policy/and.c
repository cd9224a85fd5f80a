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

/* With one budget inside, the traces that all other policies inside let through are the ones that it decides. */
static struct tki_bounds bounds(const struct tki_policy *p, const struct tki_moment *traces, size_t n)
{
    struct tki_moment *left = n ? malloc(n * sizeof *left) : NULL;
    const struct tki_policy *budget = NULL;
    struct tki_bounds all = {0, n};
    size_t many = 0, budgets = 0;
    for (uint32_t k = 0; k < p->nsubs; k++)
        if (tki_policy_has_budget(&p->subs[k])) {
            budget = &p->subs[k];
            budgets++;
        }
    for (size_t i = 0; i < n && left; i++) {
        bool in = true;
        for (uint32_t k = 0; k < p->nsubs && in; k++)
            in = tki_policy_has_budget(&p->subs[k]) || tki_keeps(tki_policy_decide(&p->subs[k], &traces[i]));
        if (in)
            left[many++] = traces[i];
    }
    if (left && budgets == 1 && budget->type->bounds && many)
        all = budget->type->bounds(budget, left, many);
    else if (left && budgets < 2)
        all.most = budgets ? many : 0; /* without one it keeps none of which chance decides */
    free(left);
    return all;
}

/* The traces that all other policies inside have let through have claims on the budgets inside. */
static void share(const struct tki_policy *p, const struct tki_moment *m, const struct tki_moment *traces, size_t n)
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
            p->subs[k].type->share(&p->subs[k], m, left, many);
    free(left);
}

/* Who passes all of them passes the strictest. */
static uint64_t leaves_out(const struct tki_policy *p, const struct tki_moment *m)
{
    uint64_t most = 0;
    for (uint32_t k = 0; k < p->nsubs; k++) {
        uint64_t sub = tki_policy_leaves_out(&p->subs[k], m);
        most = sub > most ? sub : most;
    }
    return most;
}

const struct tki_policy_type tki_policy_and = {
    .name = "and",
    .about = "all of its policies, each by any span",
    .places = places,
    .settings = settings,
    .subs_key = "and_sub_policy",
    .decide = decide,
    .possible = possible,
    .bounds = bounds,
    .share = share,
    .leaves_out = leaves_out,
    .ask = tki_ask_all_of,
};
