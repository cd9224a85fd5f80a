/* whatif.h - how long traces would have taken if some operations had been faster or slower.
 *
 * A trace is replayed.  What a span does itself takes as long as it did, times the factor where the span is one of
 * those asked about; analyze/replay.h says when calls begin.  With a factor of 1 every trace takes as long as it did.
 */
#ifndef TKI_COMPARE_WHATIF_H
#define TKI_COMPARE_WHATIF_H

#include "analyze/replay.h"
#include "compare/profile.h"

struct tki_whatif {
    const bool *changed;      /* by key: asked about */
    double factor;            /* 0 and more */
    struct tki_replay replay; /* private */
};

/* The duration of a whole trace as it would be; before_ns gets what it was.  1; 0: it has no usable times.  TK_ENOMEM,
 * TK_ELIMIT. */
int tki_whatif_replay(struct tki_whatif *x, struct tki_profile *p, const struct tk_batch *trace, double *ns,
                      int64_t *before_ns);
void tki_whatif_free(struct tki_whatif *x);

#endif
