/* traces.h - what commands need of the assembler beyond the public calls. */
#ifndef TKI_RUN_TRACES_H
#define TKI_RUN_TRACES_H

#include "tracekit.h"

/* Before the first tk_traces_add: spans whose trace id has an upper half of 0 are handed out with the trace of which it
 * is the lower half, if there is exactly one, their ids as they are. */
void tki_traces_join_halves(struct tk_traces *t);

/* After tk_traces_next has answered 0: the traces come again, in the same order. */
int tki_traces_rewind(struct tk_traces *t);

#endif
