/* gate.h - --fail-on: may B be slower than A, and by how much. */
#ifndef TRACEDIFF_GATE_H
#define TRACEDIFF_GATE_H

#include "tracediff.h"

/* "p95>+5%", "mean>+20ms".  Returns false if it is neither. */
bool td_gate_parse(const char *text, struct td_gate *g);

enum td_passes { TD_PASSES, TD_FAILS, TD_UNKNOWN };
/* Fails: the difference is certain and larger than allowed.  Passes: its one-sided 95 % bound is not.  Else it cannot
 * be known. */
enum td_passes td_gate_ask(const struct td_answer *a);

#endif
