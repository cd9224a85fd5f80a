/* load.h - policies from the collector's configuration. */
#ifndef TKI_SAMPLE_LOAD_H
#define TKI_SAMPLE_LOAD_H

#include "sample/policy/policy.h"

enum { TKI_RELEASE_EXTENSIONS = 131 /* policies may come from extensions */ };
#define TKI_POLICIES_MAX 10000 /* policies of one configuration, with those inside others */

struct tki_load { /* a configuration being read; all borrowed */
    struct tki_yaml y;
    unsigned release; /* minor */
    uint32_t shards;  /* of the processor */
    bool consistent;  /* the gate usetracestate is on */
    bool lambdas;     /* the gate ottl.functions.enableLambda is on */
    struct tki_draws *draws;
    struct tki_ottl_set *ottl;
    size_t npolicies; /* so far */
};

/* Opens the policies of a list.  Their names must not be empty, and must differ.  After an error *policies holds what
 * was begun: the caller frees it. */
int tki_load_policies(struct tki_load *l, const struct tki_yaml_node *list, struct tki_policy **policies,
                      uint32_t *npolicies);
void tki_policies_free(struct tki_policy *policies, uint32_t npolicies);

#endif
