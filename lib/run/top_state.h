/* top_state.h - a table of calls (analyze/top.h) as records of a state (state.h): TopSums, TopGroup, TopDurations and
 * TopTraces.
 *
 * Times on the critical path are of whole traces, so a trace may stand in one part only; a hash of 64 bits of each id
 * tells whether one stands in two.  Durations are kept one by one, sorted and as differences, for quantiles stay exact.
 *
 * Memory: 8 bytes a trace, and memory_max for durations, which go through an external sort beyond it.
 */
#ifndef TKI_RUN_TOP_STATE_H
#define TKI_RUN_TOP_STATE_H

#include "analyze/top.h"
#include "run/state_packed.h"

struct tki_sorter;

struct tki_top_state {
    struct tki_top *top;          /* borrowed */
    size_t memory_max;            /* of durations */
    bool keep;                    /* loaded durations are kept for tki_top_state_save, and not given to top */
    struct tki_sorter *durations; /* key: number of the group, ns */
    struct tki_state_traces traces;
};
/* All zero, with top, is valid and empty. */

/* Takes all that top holds, after the last span. */
int tki_top_state_gather(struct tki_top_state *x, struct tk_err *err);
/* Writes what was gathered, or loaded with keep.  Call it once. */
int tki_top_state_save(struct tki_top_state *x, struct tki_state_out *to, struct tk_err *err);
/* Adds all records of the state, to its end. */
int tki_top_state_load(struct tki_top_state *x, struct tki_state_in *from, struct tk_err *err);
void tki_top_state_free(struct tki_top_state *x); /* not top */

#endif
