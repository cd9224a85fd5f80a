/* groups.h - tuples of values, numbered 0, 1, 2 ... in the order in which they came.  All-zero but for the
 * width is valid and empty; strings are copied. */
#ifndef TKI_TRACEQL_GROUPS_H
#define TKI_TRACEQL_GROUPS_H

#include "expr/traceql/eval.h"

struct tki_qgroups {
    uint32_t width, n, cap, slots;
    struct tki_value *values; /* width of each */
    uint64_t *hashes;
    uint32_t *slot; /* number + 1; 0: free */
    struct tki_arena arena;
};
/* The tuple's number; TK_NONE: out of memory.  Arrays and other data have been made text (tki_q_keep). */
uint32_t tki_qgroups_put(struct tki_qgroups *g, const struct tki_value *tuple);
const struct tki_value *tki_qgroups_at(const struct tki_qgroups *g, uint32_t number);
void tki_qgroups_free(struct tki_qgroups *g);

#endif
