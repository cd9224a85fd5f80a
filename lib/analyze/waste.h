/* waste.h - what calls of one trace do that costs it time without need: patterns of calls below one span, each with the
 * time that the trace waited for it on its critical path.
 *
 *   N_PLUS_ONE  five and more calls of one operation, one after the other: all but the longest, as if they were one
 *   RETRIES     calls again after calls that failed: those that failed, and the pauses behind them
 *   STRAGGLER   one of four and more calls side by side takes twice as long as the middle one of the others: what it
 *               takes after all the others had ended
 *   TIMEOUT     a call that failed after a round time (analyze/patterns.h), and no call below it did: all of it
 *   RECURSION   an operation that calls itself, three and more times: what its inner calls take
 *
 * Whether calls in a row could run side by side takes others of the same operation to tell (orders.h), and whether a
 * wait is for a pool takes other traces: that is for who compares them.  Calls are told apart by service, kind and
 * name.
 */
#ifndef TKI_ANALYZE_WASTE_H
#define TKI_ANALYZE_WASTE_H

#include "analyze/facts.h"

enum tki_waste_kind {
    TKI_WASTE_N_PLUS_ONE,
    TKI_WASTE_RETRIES,
    TKI_WASTE_STRAGGLER,
    TKI_WASTE_TIMEOUT,
    TKI_WASTE_RECURSION,
};

struct tki_waste {
    uint8_t kind;     /* enum tki_waste_kind */
    bool backs_off;   /* RETRIES: the pauses grow */
    uint32_t row;     /* one of the calls: the longest; RECURSION: the outermost */
    uint32_t calls;   /* how many; RECURSION: how deep */
    uint32_t failed;  /* of them */
    int64_t ns;       /* wasted on the critical path */
    int64_t round_ns; /* TIMEOUT */
};

struct tki_wastes {          /* all zero is valid; its memory is used again */
    struct tki_waste *waste; /* the most wasteful first */
    size_t n, cap;
    int64_t *path_ns; /* private: by row, on the critical path, with all below it */
    uint32_t *row, *deep;
    size_t rows_cap;
};

/* What must be known of the trace. */
enum { TKI_WASTE_FACTS = TKI_FACT_TREE | TKI_FACT_TIMES | TKI_FACT_CPATH };
/* Of a trace with a critical path: by row, the time of a span on it, with all below. */
void tki_path_times(const struct tki_facts *f, int64_t *ns);
/* Finds what wastes at least min_ns.  TK_ENOMEM. */
int tki_waste_find(struct tki_wastes *x, const struct tki_facts *f, int64_t min_ns);
void tki_waste_free(struct tki_wastes *x);

#endif
