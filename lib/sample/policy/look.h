/* look.h - the inside of struct tki_look: for those who show spans to policies, not for policies. */
#ifndef TKI_POLICY_LOOK_H
#define TKI_POLICY_LOOK_H

#include "sample/policy/policy.h"

struct tki_look {
    const struct tki_policy *policy;
    struct tki_at at;
    struct tki_regex_scratch *regex; /* of the thread; borrowed */
    struct tki_arena *memory;
    tk_str said; /* by on_span; p NULL: nothing */
    bool fault;  /* it is an error of evaluation */
};

static inline void tki_look_begin(struct tki_look *look, const struct tk_batch *b, struct tki_regex_scratch *regex,
                                  struct tki_arena *memory)
{
    look->policy = NULL;
    look->regex = regex;
    look->memory = memory;
    look->said = (tk_str){0};
    look->fault = false;
    look->at = (struct tki_at){.b = b, .event = TK_NONE, .link = TK_NONE};
}

#endif
