/* traces.h - what commands need of the assembler beyond the public calls. */
#ifndef TKI_RUN_TRACES_H
#define TKI_RUN_TRACES_H

#include "tracekit.h"

/* Before the first tk_traces_add: spans whose trace id has an upper half of 0 are handed out with the trace of which it
 * is the lower half, if there is exactly one, their ids as they are. */
void tki_traces_join_halves(struct tk_traces *t);

/* Likewise: traces whose roots link to another one are handed out with that (linked.h), whose spans come first; all
 * with their ids as they are.  Not together with halves. */
void tki_traces_join_links(struct tk_traces *t);

/* What was added, before the first tk_traces_next and where nothing is joined: the ids of the traces by their numbers.
 */
const tk_id128 *tki_traces_ids(const struct tk_traces *t, size_t *n);

/* Instead of tk_traces_open, of input in which the spans of each trace stand together (run/grouped.h): nothing is
 * added, the traces come from the reader, which is borrowed until close.  needs: enum tk_need of the first reading.
 * TK_ENOMEM. */
int tki_traces_of_grouped(struct tk_traces **t, struct tk_reader *r, unsigned needs, struct tk_err *err);
/* Before anything is added: the traces come in the order of their ids, and not of their first spans; nothing is joined.
 */
void tki_traces_by_id(struct tk_traces *t);
/* Before the first trace: they are kept in short, as TKI_BRIEF_NEEDS (brief.h) says, for readings with these needs or
 * fewer.  A reading with others reads the input again: grouped input by its reader, other input by the pass that the
 * spans come from, which is borrowed until close and was opened for it (tki_pass_again); NULL for grouped input.  opts:
 * those that the traces were opened with; the first half of the memory is for what is kept, a quarter for what is read
 * again.  TK_ENOMEM. */
struct tki_pass;
int tki_traces_brief(struct tk_traces *t, const struct tk_traces_opts *opts, struct tki_pass *pass);
/* Of what is not grouped: what is decoded of the traces that are handed out from now on, TK_NEED_ALL at first. */
void tki_traces_need(struct tk_traces *t, unsigned needs);
/* Of grouped input, after tk_traces_next has answered 0: how its reading ended; else code 0. */
const struct tk_err *tki_traces_fault(const struct tk_traces *t);
/* The traces come again, from the first, in the same order, with these needs; 0: those that they had. */
int tki_traces_rewind(struct tk_traces *t, unsigned needs);
/* The number of the trace that was handed out last: 0 for the first one of a reading. */
uint32_t tki_traces_number(const struct tk_traces *t);
/* Like tk_traces_next, the next trace whose number is wanted; others are passed over, which is much cheaper.  n bounds
 * the numbers. */
int tki_traces_next_of(struct tk_traces *t, const bool *wanted, size_t n, struct tk_batch **trace);

#endif
