/* look.h - the inside of struct tki_look: for those who show spans to policies, not for policies. */
#ifndef TKI_POLICY_LOOK_H
#define TKI_POLICY_LOOK_H

#include "sample/policy/policy.h"

struct tki_look {
    const struct tki_policy *policy;
    struct tki_at at;
    struct tki_ottl_run *ottl; /* of the thread; borrowed */
    bool begun;                /* with this span */
    tk_str said;               /* by on_span; p NULL: nothing */
    bool fault;                /* it is an error of evaluation */
};

static inline void tki_look_begin(struct tki_look *look, const struct tk_batch *b, struct tki_ottl_run *ottl)
{
    look->policy = NULL;
    look->ottl = ottl;
    look->begun = false;
    ottl->batch++;
    ottl->at = &look->at;
    look->said = (tk_str){0};
    look->fault = false;
    look->at = (struct tki_at){.b = b, .event = TK_NONE, .link = TK_NONE};
}

#define TKI_OTTL_MEMORY_MAX (4u << 20) /* of functions of several policies, for one span */

/* See tki_look_ottl. */
static inline struct tki_ottl_run *tki_look_run(struct tki_look *look)
{
    if (!look->begun || look->ottl->memory->total > TKI_OTTL_MEMORY_MAX)
        tki_ottl_begin(look->ottl);
    look->begun = true;
    return look->ottl;
}

/* The span that is shown next. */
static inline void tki_look_span(struct tki_look *look, uint32_t row)
{
    look->at.row = row;
    look->begun = false;
}

#endif
