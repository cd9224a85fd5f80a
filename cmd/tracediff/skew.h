/* skew.h - clocks of hosts that differ are set right before traces are compared, where that is seen. */
#ifndef TRACEDIFF_SKEW_H
#define TRACEDIFF_SKEW_H

#include "tracediff.h"

/* Reads the traces of a set, which are at their beginning, into the profile: as they are, and, where --repair=skew
 * finds hosts whose clocks differ, once more with their spans moved; a->mend[set] is then there for a second look.
 * needs: enum tk_need, what profiles are made of.  Returns 0 or a negative code with *err. */
int td_profile_traces(struct td_answer *a, int set, unsigned needs, struct tk_err *err);

/* What calls and messages told of the clocks of a set's hosts. */
const struct tki_clocks *td_clocks(const struct td_answer *a, int set);

#endif
