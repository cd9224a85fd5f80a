/* traces.h - what commands need of the assembler beyond the public calls. */
#ifndef TKI_RUN_TRACES_H
#define TKI_RUN_TRACES_H

#include "tracekit.h"

/* After tk_traces_next has answered 0: the traces come again, in the same order. */
int tki_traces_rewind(struct tk_traces *t);

#endif
