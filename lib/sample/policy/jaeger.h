/* jaeger.h - what Jaeger's clients decide by, as policies: made of its strategies (sample/strategies.c) and in no list
 * of types, since no collector has them.
 */
#ifndef TKI_POLICY_JAEGER_H
#define TKI_POLICY_JAEGER_H

#include "sample/policy/policy.h"
#include "sample/policy/texts.h"

/* All policies inside: a root, and then what decides. */
extern const struct tki_policy_type tki_policy_jaeger_strategy;

/* A root of these services, with these operations, is in the trace. */
struct tki_jaeger_root {
    tk_str service;      /* unless: */
    bool other_services; /* of any service but these: */
    struct tki_texts services, operations;
    bool of_operations; /* of these operations; else of any but these */
};
extern const struct tki_policy_type tki_policy_jaeger_root;

/* The lower 63 bits of the trace id are not above a bound.  (jaeger-client-go 2.30, ProbabilisticSampler.) */
struct tki_jaeger_probability {
    double probability; /* from 0 to 1 */
};
extern const struct tki_policy_type tki_policy_jaeger_probability;

/* Credits for so many traces a second, by the times at which the traces start; one process of the service.
 * (jaeger-client-go 2.30, RateLimitingSampler.) */
struct tki_jaeger_rate {
    int32_t traces_per_second;
};
extern const struct tki_policy_type tki_policy_jaeger_rate;

#endif
