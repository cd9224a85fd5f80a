/* top_sweep.h - self and critical-path time of each span of a plain trace, without its tree.
 *
 * The same times as those of times.h and cpath.h, for --top, which asks for nothing else: a span is looked at three
 * times, instead of some twelve times for all that facts.h knows.  Plain is a trace in which every span has a window
 * and no two have one id; most are.
 */
#ifndef TKI_ANALYZE_TOP_SWEEP_H
#define TKI_ANALYZE_TOP_SWEEP_H

#include "analyze/top_held.h"

struct tki_sweep_node { /* a line of a cache */
    uint64_t span_id;
    int64_t start_ns, end_ns; /* the window: cut to that of the parent */
    int64_t self_ns;
    int64_t path_ns;
    /* Private: rows, or TK_NONE. */
    uint32_t over;  /* the span whose window this one is part of */
    uint32_t below; /* of those that are part of this one, the one that ends last; the rest of them follow */
    uint32_t next;
    uint32_t nbelow;
    uint8_t kind, state;
};

/* All zero is valid; its memory is used again. */
struct tki_sweep {
    struct tki_sweep_node *node; /* by place of the span in the trace; behind them one that is over several roots */
    int64_t total_ns;            /* from the first start to the last end of what the trace waited for */
    /* Private. */
    uint32_t *order, *stack, *table;
    uint32_t n, nordered, cap;
};

/* Looks at the n spans of a trace.  Returns 1; 0 if it is not plain, and facts.h has to look at it; TK_ENOMEM,
 * TK_ELIMIT. */
int tki_sweep_trace(struct tki_sweep *w, const struct tki_top_span *span, size_t n);
void tki_sweep_free(struct tki_sweep *w);

#endif
