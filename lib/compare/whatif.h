/* whatif.h - how long traces would have taken if some operations had been faster or slower.
 *
 * A trace is replayed.  What a span does itself takes as long as it did, times the factor where the span is one of
 * those asked about.  A call begins when the call before it has ended, of those that had ended when it began, and what
 * the caller does in between has been done; without one, when its caller has begun and done so.  With a factor of 1
 * every trace takes as long as it did.  Only calls that hold up their callers count (analyze/times.h).
 */
#ifndef TKI_COMPARE_WHATIF_H
#define TKI_COMPARE_WHATIF_H

#include "compare/profile.h"

struct tki_whatif {
    const bool *changed;   /* by key: asked about */
    double factor;         /* 0 and more */
    double *took, *end;    /* private: by node; how long it would take, and end from the start of its caller */
    uint32_t *order, *kid; /* private */
    size_t cap;
};

/* The duration of a whole trace as it would be; before_ns gets what it was.  1; 0: it has no usable times.  TK_ENOMEM,
 * TK_ELIMIT. */
int tki_whatif_replay(struct tki_whatif *x, struct tki_profile *p, const struct tk_batch *trace, double *ns,
                      int64_t *before_ns);
void tki_whatif_free(struct tki_whatif *x);

#endif
