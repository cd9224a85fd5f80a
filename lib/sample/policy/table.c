/* The types of policies, a line each; in this order they are listed. */
#include "sample/policy/policy.h"

/* clang-format off */
#define TYPES(type) \
    type(always_sample) \
    type(latency) \
    type(status_code) \
    type(probabilistic) \
    type(string_attribute) \
    type(numeric_attribute) \
    type(boolean_attribute) \
    type(trace_state) \
    type(trace_flags) \
    type(span_count) \
    type(and) \
    type(not) \
    type(drop) \
    type(rate_limiting) \
    type(bytes_limiting) \
    type(ottl_condition) \
    type(composite)
/* clang-format on */

#define DECLARATION(name) extern const struct tki_policy_type tki_policy_##name;
TYPES(DECLARATION)

#define ENTRY(name) &tki_policy_##name,
const struct tki_policy_type *const tki_policy_types[] = {TYPES(ENTRY) NULL};
