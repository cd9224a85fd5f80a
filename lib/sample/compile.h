/* compile.h - prepares a sampler whose policies are loaded for evaluation. */
#ifndef TKI_SAMPLE_COMPILE_H
#define TKI_SAMPLE_COMPILE_H

#include "sample/sampler.h"

/* Gives policies their bits and states, and fills what follows from them.  0, TK_ENOMEM, or TK_ELIMIT. */
int tki_compile(struct tki_sampler *s, struct tk_err *err);

#endif
