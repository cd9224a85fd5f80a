/* metrics_state.h - what metrics observed (expr/traceql/metric.h) as records of a state (state.h): MetricSums,
 * MetricCell, MetricValues and MetricTraces.
 *
 * Sums are exact (base/exact.h), and values of quantiles are kept one by one, so that states of any division of the
 * traces, merged in any order, make the table of all of them.  A part holds whole traces: hashes of the ids tell
 * whether one stands in two.
 */
#ifndef TKI_RUN_METRICS_STATE_H
#define TKI_RUN_METRICS_STATE_H

#include "expr/traceql/metric.h"
#include "run/state_packed.h"

/* Writes what was observed, before tki_qmetrics_finish, which must not follow.  Sorts traces.  TK_EUNSUPPORTED:
 * compare(). */
int tki_metrics_save(struct tki_qmetrics *m, struct tki_state_traces *traces, struct tki_state_out *to,
                     struct tk_err *err);
/* Adds all records of the state, to its end. */
int tki_metrics_load(struct tki_qmetrics *m, struct tki_state_traces *traces, struct tki_state_in *from,
                     struct tk_err *err);

#endif
