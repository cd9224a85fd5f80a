/* linked.h - which traces belong together because the roots of one link to a span of another.
 *
 * A consumer whose root links to the producer's span is one story in two traces.  A trace is put below another one when
 * all links of its roots lead to that one; a trace whose roots link to several, as a batch of messages does, stays by
 * itself, since a span cannot lie in several traces.  Where links go round in a circle, the trace that appeared first
 * is on top.  Some 40 bytes a trace.
 */
#ifndef TKI_RUN_LINKED_H
#define TKI_RUN_LINKED_H

#include "base/map.h"
#include "tracekit.h"

struct tki_linked {
    struct tki_target *of; /* by number of the trace */
    size_t cap;
    uint32_t n;
    uint32_t *top; /* after tki_linked_settle: the number of the trace that it comes with; a trace on top: its own */
};
/* All zero is valid and empty. */

/* Takes in a span of that trace.  TK_ENOMEM. */
int tki_linked_note(struct tki_linked *l, uint32_t number, const struct tk_batch *b, const struct tk_span *s);
/* All spans came; ids has the traces by their numbers.  TK_ENOMEM. */
int tki_linked_settle(struct tki_linked *l, const struct tki_idmap *ids);
void tki_linked_free(struct tki_linked *l);

#endif
