/* shapes.h - traces whose form is wrong: parents that nobody exported, requests that were joined, ids that were cut. */
#ifndef TKI_JUDGE_SHAPES_H
#define TKI_JUDGE_SHAPES_H

#include "judge/tally.h"

struct tki_half { /* one half of a trace id */
    uint64_t half;
    uint32_t service; /* of the first root */
    uint8_t kind;     /* private: which half, of what */
    tk_id128 trace;
    uint64_t entries, orphans; /* spans with a parent elsewhere, those of them whose parent is missing */
};

struct tki_shapes {
    struct tki_half *half;
    size_t nhalves, halves_cap;
    uint32_t *top; /* by row: the root it hangs below */
    uint64_t *parents;
    uint64_t *by_service; /* spans of this trace: INTERNAL, short */
    uint32_t rows_cap, services_cap;
};

void tki_shapes_add(struct tki_shapes *s, struct tki_tallies *t, const struct tk_batch *b, const struct tk_tree *tree);
void tki_shapes_finish(struct tki_shapes *s, struct tki_tallies *t);
void tki_shapes_free(struct tki_shapes *s);

#endif
