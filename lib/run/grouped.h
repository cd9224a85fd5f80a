/* grouped.h - whole traces straight from a reader, of input in which the spans of each trace stand together.
 *
 * Nothing is sorted and nothing is kept but the trace that is handed out and the ids of those that were, about 30 bytes
 * each.  Most traces lie within one batch of the reader and are handed out there, without a copy: the batch handed out
 * is the reader's, and shows the trace's spans alone.  It may be changed as the spans of a batch are, with attributes
 * added; spans may not be added.  A trace that goes over the end of a batch is put together in a batch of its own.
 */
#ifndef TKI_RUN_GROUPED_H
#define TKI_RUN_GROUPED_H

#include "base/map.h"
#include "tracekit.h"

struct tki_grouped;
/* needs: enum tk_need, those of the reader.  The reader is borrowed until close; for tki_grouped_rewind it is
 * rewindable.  NULL: out of memory. */
struct tki_grouped *tki_grouped_new(struct tk_reader *r, unsigned needs);
/* 1: the next trace, borrowed until the next call; with wanted == false it may be NULL, and the trace is passed over.
 * 0: the end; a fault of the input is in tki_grouped_fault.  Negative: memory, or TK_EINVALID: a trace came back. */
int tki_grouped_next(struct tki_grouped *g, bool wanted, struct tk_batch **trace, struct tk_err *err);
/* After the end: the ids of the traces by their numbers, which are the caller's then. */
void tki_grouped_take_ids(struct tki_grouped *g, struct tki_idmap *ids);
/* With other needs.  only: traces; others need not come, and those that come still are to be passed over.  Borrowed
 * until the end.  NULL: all. */
int tki_grouped_rewind(struct tki_grouped *g, unsigned needs, const struct tki_idmap *only, struct tk_err *err);
/* How the reading ended: code 0, or what the reader says. */
const struct tk_err *tki_grouped_fault(const struct tki_grouped *g);
void tki_grouped_free(struct tki_grouped *g); /* NULL is fine */
/* Fills *err for who reads such input otherwise: that trace comes back after others.  Returns its code. */
int tki_grouped_comes_back(struct tk_reader *r, tk_id128 id, struct tk_err *err);

#endif
