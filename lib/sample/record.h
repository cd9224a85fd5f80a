/* record.h - the marks of the gate recordpolicy: attributes of the scope of what is kept. */
#ifndef TKI_SAMPLE_RECORD_H
#define TKI_SAMPLE_RECORD_H

#include "sample/clock.h"

struct tki_recorded { /* the last scope that was made; all zero at first, for each batch */
    bool made;
    uint32_t scope, mark, row;
};

/* Gives the span a scope that is a copy of its own with the attributes that the mark says (tki_clock_mark):
 * tailsampling.policy, tailsampling.composite_policy, tailsampling.cached_decision.  Names are those of the sampler,
 * which must outlive the batch's content.  b->err is set when memory runs out. */
/* The names of a mark: "policy", or "policy/policy inside"; nothing for none. */
void tki_record_names(const struct tki_sampler *s, uint32_t mark, struct tki_buf *to);
void tki_record_policy(const struct tki_sampler *s, struct tk_batch *b, struct tk_span *span, uint32_t mark,
                       struct tki_recorded *last);

#endif
