/* gates.h - the collector's feature gates, as far as they change what tail sampling decides. */
#ifndef TKI_SAMPLE_GATES_H
#define TKI_SAMPLE_GATES_H

#include "sample/sampler.h"

/* Sets in s what the gates say, by s->release; gates as in tki_sampler_open_gated.  0, TK_EUSAGE with a text, or
 * TK_ENOMEM.  Gates that are none of the processor's have no bearing here: they give a warning. */
int tki_gates_set(struct tki_sampler *s, const char *const *gates, size_t ngates, struct tk_err *err);

#endif
