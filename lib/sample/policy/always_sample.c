#include "sample/policy/policy.h"

static enum tki_decision decide(const struct tki_policy *p, const struct tki_moment *m)
{
    (void)p, (void)m;
    return TKI_SAMPLED;
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    (void)p;
    tki_buf_lit(to, "always");
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    (void)p;
    ask->keeps_all = true;
}

const struct tki_policy_type tki_policy_always_sample = {
    .name = "always_sample",
    .about = "keeps every trace",
    .lint = lint,
    .decide = decide,
    .ask = ask,
};
