/* waste.h - what costs requests time without need: the patterns of analyze/waste.h, of all traces, by what is called.
 *
 * These are no faults of instrumentation, so they are remarks.  A trace counts where a pattern takes a tenth of its
 * duration and more.
 */
#ifndef TKI_JUDGE_WASTE_H
#define TKI_JUDGE_WASTE_H

#include "analyze/misses.h"
#include "analyze/orders.h"
#include "analyze/waits.h"
#include "analyze/waste.h"
#include "judge/tally.h"

struct tki_wasteful { /* calls of an operation, in a service, in one of the patterns */
    uint32_t service;
    uint8_t kind; /* enum tki_waste_kind */
    uint64_t traces;
    uint64_t last;             /* private: the number of the last trace that has it */
    uint32_t calls;            /* the most of a trace */
    int64_t ns;                /* wasted on critical paths, of all traces */
    int64_t most_ns, round_ns; /* of the example, the worst one */
    bool backs_off;
    tk_id128 trace;
    uint64_t span, first_ns, last_ns;
    tk_str place;
};

struct tki_waste_table {
    struct tki_symtab names; /* kind, service, operation */
    struct tki_wasteful *of; /* by name */
    uint32_t cap;
    uint64_t *traces, *last; /* by service: how many have spans of it, and the last one */
    uint32_t services_cap;
    struct tki_buf key;
    struct tki_facts facts;
    struct tki_wastes found; /* of a trace */
    struct tki_orders orders;
    struct tki_waits waits;
    struct tki_misses misses;
};

/* A whole trace, whose rows were given their services (tki_tallies_trace).  TK_ENOMEM, TK_ELIMIT. */
int tki_waste_add(struct tki_waste_table *w, struct tki_tallies *t, const struct tk_batch *b);
void tki_waste_finish(struct tki_waste_table *w, struct tki_tallies *t);
void tki_waste_table_free(struct tki_waste_table *w);

#endif
