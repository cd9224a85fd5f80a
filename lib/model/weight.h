/* weight.h - what a trace that survived sampling stands for: the one rule. */
#ifndef TKI_MODEL_WEIGHT_H
#define TKI_MODEL_WEIGHT_H

#include "tracekit.h"

/* The rejection threshold of a trace as a whole: the highest `ot=th:` of its spans, else what Jaeger's
 * sampler.type=probabilistic and sampler.param say.  False when nothing says. */
bool tki_trace_threshold(const struct tk_batch *trace, uint64_t *threshold);

#endif
