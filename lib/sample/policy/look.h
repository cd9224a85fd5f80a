/* look.h - the inside of struct tki_look: for those who show spans to policies, not for policies. */
#ifndef TKI_POLICY_LOOK_H
#define TKI_POLICY_LOOK_H

#include "sample/policy/policy.h"

struct tki_look {
    const struct tki_policy *policy;
    struct tki_at at;
};

static inline void tki_look_begin(struct tki_look *look, const struct tk_batch *b)
{
    look->policy = NULL;
    look->at = (struct tki_at){.b = b, .event = TK_NONE, .link = TK_NONE};
}

#endif
