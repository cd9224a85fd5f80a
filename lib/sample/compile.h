/* compile.h - what reading a configuration shares with preparing it for evaluation. */
#ifndef TKI_SAMPLE_COMPILE_H
#define TKI_SAMPLE_COMPILE_H

#include "sample/sampler.h"

struct tki_load { /* a configuration being read */
    struct tki_sampler *s;
    struct tki_yaml y;
    size_t npolicies; /* with sub-policies */
};

/* Decodes the processor's settings and policies into l->s. */
int tki_load_processor(struct tki_load *l, struct tki_yaml_node *node);

/* Numbers the leaves and builds the tables that evaluation goes through. */
int tki_compile(struct tki_sampler *s, struct tk_err *err);
/* The salt's number; the text is borrowed.  TK_ENOMEM or 0. */
int tki_compile_salt(struct tki_sampler *s, tk_str text, uint32_t *number);

#endif
