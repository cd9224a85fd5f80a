/* steps.h - operations that traces of one kind no longer reach, and errors of both sides.
 *
 * A step is missing when the share of traces that have it is smaller on side 1 by 10 points and more, with certainty
 * (Newcombe's interval, at a level that allows for the number of operations); of two sets also when few traces of B
 * lack what nearly all of A reach (Fisher's exact test, likewise; not of weighted traces); or, of one dump, when the
 * traces that lack it lie in a burst, since a moment or until one (clues.h).  Of operations below each other the
 * topmost is told.  Of a sample those count that were drawn with one chance in their kind.  An operation that is called
 * elsewhere instead, as a recursion does, is reached.
 */
#ifndef TKI_COMPARE_STEPS_H
#define TKI_COMPARE_STEPS_H

#include "compare/clues.h"

struct tki_step {
    uint32_t path;
    uint32_t kind;          /* of requests: row of the comparison's kinds */
    size_t with[2], of[2];  /* traces that reach it: of side 0 and 1; by time: of those outside, inside */
    struct tki_moment when; /* TKI_WHEN_ALWAYS: the sides differ */
};

struct tki_failures { /* by side */
    size_t failed[2]; /* traces whose root has an error */
    size_t errors[2]; /* traces with an error anywhere */
    size_t of[2];
};

struct tki_steps {
    struct tki_step *step; /* largest difference first */
    size_t n, cap;
    struct tki_failures failures;
};

/* TK_ENOMEM. */
int tki_steps_find(struct tki_steps *x, const struct tki_comparison *c, const struct tki_profile *p);
void tki_steps_free(struct tki_steps *x);

#endif
