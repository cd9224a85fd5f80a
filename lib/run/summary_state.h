/* summary_state.h - a summary and its ledger as records of a state (state.h): the messages Counts, Service and Trace.
 *
 * Sums are integers, and rows of the ledger are joined as those of batches are, so that states of any division of the
 * spans, merged in any order, make the summary of all of them.
 */
#ifndef TKI_RUN_SUMMARY_STATE_H
#define TKI_RUN_SUMMARY_STATE_H

#include "model/summary.h"
#include "run/state.h"

/* Writes what was taken in, before tki_summary_finish. */
int tki_summary_save(const struct tki_summary *s, const struct tki_ledger *ledger, struct tki_state_out *to,
                     struct tk_err *err);
/* Adds all records of the state, to its end.  *ledger may have columns. */
int tki_summary_load(struct tki_summary *s, struct tki_ledger *ledger, struct tki_state_in *from, struct tk_err *err);

#endif
