/* replay.h - how long a span would take if its calls took another time.
 *
 * A call begins when the call before it has ended, of those that had ended when it began, and what the caller does in
 * between has been done; without one, when its caller has begun and done so.  Where nothing changes every span takes as
 * long as it did.  Only calls that hold up their callers count (analyze/times.h).
 */
#ifndef TKI_ANALYZE_REPLAY_H
#define TKI_ANALYZE_REPLAY_H

#include "analyze/times.h"

struct tki_replay {       /* all zero is valid; its memory is used again */
    double *took;         /* by node: how long it takes */
    uint32_t *order, *up; /* nodes that hold up the root, parents first; by node: whom it holds up, or TK_NONE */
    double *end;          /* private: from the start of the caller */
    uint32_t *kid;        /* private */
    size_t cap;
};

/* Fills order and up for a trace with a root; *n gets the number of nodes in order.  TK_ENOMEM. */
int tki_replay_begin(struct tki_replay *x, const struct tki_times *t, uint32_t *n);
/* Sets took[node]; took of its children is known.  own: times as long as it did takes what the node does itself. */
void tki_replay_node(struct tki_replay *x, const struct tki_times *t, uint32_t node, double own);
void tki_replay_free(struct tki_replay *x);

#endif
