/* ask.h - what the policies with on_span say of a span, asking no more of them than its values can make say yes.
 *
 * Policies that depend on one field are answered together, once for each of its values that are remembered; the others
 * are asked where a value opens them.  Attributes that a span does not have cost nothing where their absence opens
 * nothing and nobody says yes to it, and what a resource or a scope says is asked when another one begins.
 */
#ifndef TKI_SAMPLE_ASK_H
#define TKI_SAMPLE_ASK_H

#include "sample/eval.h"
#include "sample/policy/look.h"

/* Room for what is remembered.  0 or TK_ENOMEM; free it in any case. */
int tki_asker_make(struct tki_asker *a, const struct tki_sampler *s, const struct tki_ottl_run *ottl);
void tki_asker_free(struct tki_asker *a);
/* The spans that come next are those of another batch. */
void tki_asker_begin(struct tki_asker *a);
/* The bits of a status that say all there is to ask of a span that has it; NULL: tki_ask_span has to be called. */
static inline const uint64_t *tki_asked_already(const struct tki_sampler *s, const struct tki_asker *a, unsigned status)
{
    bool known = a->status_alone && status < sizeof a->status_known && a->status_known[status];
    return known ? a->of_status + (size_t)status * s->nwords : NULL;
}
/* Adds the bits of those that say yes to the span that is looked at. */
void tki_ask_span(const struct tki_sampler *s, struct tki_eval *e, struct tki_look *look, uint64_t *bits);
/* What a policy said of a span or a resource, as on_span says it. */
void tki_ask_note(struct tki_eval *e, const struct tki_policy *p, int said, uint64_t *bits);

#endif
