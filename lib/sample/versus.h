/* versus.h - two samplers over the same traces, side by side: what both keep, what one of them keeps, and what neither.
 *
 * Since both have judged the same traces, the change is known trace by trace (a paired comparison); its interval of 95
 * % is that of a sum of differences over traces, each counted by the weight that it came with.
 */
#ifndef TKI_SAMPLE_VERSUS_H
#define TKI_SAMPLE_VERSUS_H

#include "model/slow.h"
#include "sample/replay.h"

enum { TKI_FLIPS = 10 };

struct tki_square {
    struct tki_tally both, lost, gained, neither; /* lost: the baseline alone keeps it; gained: the other alone */
};

struct tki_flip { /* a trace that one of them keeps */
    tk_id128 id;
    uint32_t kind; /* number of its root operation in tki_kinds; TK_NONE: it has no root */
    bool gained;
    uint32_t by; /* the policy that keeps it, of the one that does; TK_NONE: none is named */
};

struct tki_versus {
    struct tki_square all, errors, slow;
    struct tki_square *kind; /* by root operation; [nkinds]: traces without a root */
    uint32_t nkinds;
    uint64_t *lost_by, *gained_by;   /* by policy of the baseline, and of the other one */
    struct tki_flip flip[TKI_FLIPS]; /* the first: those with errors, then the slow ones, then all others */
    size_t nflips;
    double change, low, high; /* of the spans that are kept, as a share of the baseline's, weighted; NAN: of nothing */
};

/* After both were judged.  kinds and slow (by row) are of the ledger of all that was read.  0 or TK_ENOMEM. */
int tki_versus_find(struct tki_versus *v, const struct tki_replay *baseline, const struct tki_replay *other,
                    const struct tki_kinds *kinds, const bool *slow, struct tk_err *err);
void tki_versus_free(struct tki_versus *v);

#endif
