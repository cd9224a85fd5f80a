/* compile.h - what reading a configuration shares with preparing it for evaluation. */
#ifndef TKI_SAMPLE_COMPILE_H
#define TKI_SAMPLE_COMPILE_H

#include "sample/sampler.h"

/* Numbers the leaves and builds the tables that evaluation goes through. */
int tki_compile(struct tki_sampler *s, struct tk_err *err);
/* The salt's number; the text is borrowed.  TK_ENOMEM or 0. */
int tki_compile_salt(struct tki_sampler *s, tk_str text, uint32_t *number);
__attribute__((format(printf, 2, 3))) int tki_sampler_warn(struct tki_sampler *s, const char *format, ...);

#endif
