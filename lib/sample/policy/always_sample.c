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

const struct tki_policy_type tki_policy_always_sample = {
    .name = "always_sample",
    .about = "keeps every trace",
    .decide = decide,
    .ask = ask,
};
