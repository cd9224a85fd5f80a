/* account.h - what was read of a stream and what was lost of it: counts, notes, and the errors, slot by slot.
 *
 * The reader gives every slot to tki_account_slot in the order of the stream, so that the account does not depend on
 * which thread was faster.  A fault ends its source; it ends the stream when memory ended.
 */
#ifndef TKI_RUN_ACCOUNT_H
#define TKI_RUN_ACCOUNT_H

#include "run/feed.h"

struct tki_account {
    struct tk_read_stats stats;
    struct tk_notes notes;
    struct tk_err err; /* the last fault; code 0: none */
    struct tk_err problems[TKI_PROBLEMS_MAX];
    size_t nproblems;
    struct tk_err *faults; /* that ended a source, one each */
    size_t nfaults, faults_cap;
    int pending; /* the error that ends the stream: the rows before it are handed out first */
    size_t source;
    const char *name;        /* of that source, the feed's */
    uint64_t source_records; /* of that source, before the slot under way */

    size_t given_up;         /* the number of the last source that a fault ended, from 1 on; 0: none */
    uint64_t given_up_at[2]; /* bytes and bytes_read of all sources where it was given up, ... */
    bool settled;            /* ... which those of later slots were set right by: */
    uint64_t beyond[2];      /* what was fed of such sources beyond that */

    bool ended; /* the pass: tki_account_end */
    bool again; /* there was a pass before that ended; what follows is of the last one that did */
    struct tk_read_stats stats_before;
    struct tk_err err_before; /* code 0: it came to the end */
};

/* Takes in a slot of the feed: its counts, its notes, its problems and the error that ended it. */
void tki_account_slot(struct tki_account *a, const struct tki_slot *s, struct tki_feed *feed, bool keep_going);
/* Returns true if the slot was fed before its source was given up: nothing in it counts. */
bool tki_account_void(const struct tki_account *a, const struct tki_slot *s);
/* The stream came to its end.  A later pass is held against the one before: a fault of that stays one, and input that
 * is not what it was is one. */
void tki_account_end(struct tki_account *a);
/* Begins a further pass over the same sources; keeps the figures of the last pass that ended. */
void tki_account_again(struct tki_account *a);
void tki_account_free(struct tki_account *a);

#endif
