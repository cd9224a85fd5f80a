/* tail_sampling.h - the settings of the collector's tail_sampling processor. */
#ifndef TKI_SAMPLE_TAIL_SAMPLING_H
#define TKI_SAMPLE_TAIL_SAMPLING_H

#include "sample/load.h"
#include "sample/sampler.h"

/* Reads the settings and the policies of the processor of that id into s.  What would change decisions and is not
 * replayed is an error. */
int tki_tail_sampling_load(struct tki_load *l, const struct tki_yaml_node *node, tk_str id, struct tki_sampler *s);

#endif
