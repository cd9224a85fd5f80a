/* lru.h - the decision caches of tail sampling: the ids of traces that were decided, the longest unused one goes first.
 *
 * A cache is keyed by the low 64 bits of trace ids alone, as the collector's is: ids that are equal there are one.
 *
 * Within one tick the order in which ids are put may be chance.  Then the cache says of an id whether it is in, as the
 * drawn order has it, and whether that is certain for every order.
 *
 * Memory: some 70 bytes for each id that was ever put.
 */
#ifndef TKI_SAMPLE_LRU_H
#define TKI_SAMPLE_LRU_H

#include "base/map.h"

struct tki_lru_why {    /* a decision */
    uint32_t policy;    /* that the decision is put down to, TKI_MAP_NONE: none */
    uint8_t open;       /* see tki_sampler_left_open */
    uint64_t threshold; /* what its spans say of it, see tki_clock_threshold */
};

struct tki_lru_entry {
    uint32_t newer, older; /* neighbours, TKI_MAP_NONE at the ends */
    struct tki_lru_why why;
    bool in;
    bool known;          /* put in every order */
    uint64_t since;      /* touches that came certainly before its last one */
    uint64_t puts_since; /* puts of others that may have come before */
};

struct tki_lru {   /* all zero with size: empty */
    uint32_t size; /* entries; 0: there is no cache */
    uint32_t n, newest, oldest;
    struct tki_idmap ids;
    struct tki_lru_entry *entry;
    uint32_t cap;
    uint64_t touches; /* that may have been: each moves one id to the front */
    uint64_t puts;    /* that were for certain, of ids that were certainly not in */
    bool ticking;     /* between tki_lru_tick and the end of the tick */
    uint64_t tick_touches, tick_puts, tick_most;
};

struct tki_lru_answer {
    bool in, certain;
    struct tki_lru_why why;
};

void tki_lru_init(struct tki_lru *l, uint32_t size);
void tki_lru_free(struct tki_lru *l);
/* Asks for an id, which then is the newest if it is in. */
struct tki_lru_answer tki_lru_get(struct tki_lru *l, uint64_t low);
/* certain: it is put whatever the order is.  0 or TK_ENOMEM. */
int tki_lru_put(struct tki_lru *l, uint64_t low, struct tki_lru_why why, bool certain);
/* In another order than the drawn one the id is put.  0 or TK_ENOMEM. */
int tki_lru_may_put(struct tki_lru *l, uint64_t low);
/* In a tick: looks for an id, which then is the newest if it is in, at a place among the puts that is chance.  Returns
 * true if the id is in for certain. */
bool tki_lru_refresh(struct tki_lru *l, uint64_t low);
/* The next `most` puts and looks at most are of one tick, whose order is chance; 0: the tick has ended. */
void tki_lru_tick(struct tki_lru *l, uint64_t most);

#endif
