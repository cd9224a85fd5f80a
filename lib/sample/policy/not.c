#include "sample/policy/policy.h"

enum { NESTED_SINCE = 157 /* the release from which and, drop take it */ };

static const struct tki_setting settings[] = {{"not_sub_policy", TKI_SETTING_ANY, 0}, {0}};
static const struct tki_place places[] = {{"", 0}, {"and", NESTED_SINCE}, {"drop", NESTED_SINCE}, {0}};

/* Decisions of inverted policies stay as they are, as in the collector. */
static enum tki_decision decide(const struct tki_policy *p, const struct tki_moment *m)
{
    enum tki_decision d = tki_policy_decide(&p->subs[0], m);
    return d == TKI_SAMPLED ? TKI_NOT_SAMPLED : d == TKI_NOT_SAMPLED ? TKI_SAMPLED : d;
}

static unsigned possible(const struct tki_policy *p, const struct tki_moment *m, bool sure)
{
    const unsigned plain = 1u << TKI_SAMPLED | 1u << TKI_NOT_SAMPLED;
    unsigned may = tki_policy_possible(&p->subs[0], m, sure);
    return (may & ~plain) | (may & 1u << TKI_SAMPLED ? 1u << TKI_NOT_SAMPLED : 0) |
           (may & 1u << TKI_NOT_SAMPLED ? 1u << TKI_SAMPLED : 0);
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    (void)p;
    tki_buf_lit(to, "the opposite of:");
}

const struct tki_policy_type tki_policy_not = {
    .name = "not",
    .about = "the opposite of its policy",
    .since = 147,
    .places = places,
    .settings = settings,
    .subs_key = "not_sub_policy",
    .one_sub = true,
    .decide = decide,
    .possible = possible,
    .ask = ask,
};
