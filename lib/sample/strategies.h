/* strategies.h - Jaeger's sampling strategies as a sampler of whole traces: each strategy is a policy, and the one of
 * the root's service and operation decides.
 *
 * What is not known is not replayed: every process of a client keeps one more trace of each operation at first, by its
 * lower bound; a service may be several processes, each with its own rate.
 */
#ifndef TKI_SAMPLE_STRATEGIES_H
#define TKI_SAMPLE_STRATEGIES_H

#include "sample/load.h"
#include "sample/sampler.h"

/* Reads the policies of the strategies into s.  text and name are borrowed. */
int tki_strategies_load(struct tki_load *l, const char *name, tk_str text, struct tki_sampler *s);

#endif
