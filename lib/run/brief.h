/* brief.h - spans in short: what times, paths and clocks of whole traces are made of, some 50 bytes a span.
 *
 * A part is some spans of one trace as bytes.  It holds ids, times, kinds, states and numbers: names, trace states and
 * resources stand once in the brief.  These tables are bounded; a span that does not fit into them, or that has more
 * (links, attributes that tell its weight), is in its part as OTLP protobuf.  A batch of parts has what TKI_BRIEF_NEEDS
 * says, but of roots only the attributes that tell the weight, and no counts of events.
 *
 * A brief belongs to one thread.
 */
#ifndef TKI_RUN_BRIEF_H
#define TKI_RUN_BRIEF_H

#include "base/buf.h"

enum { TKI_BRIEF_NEEDS = TK_NEED_NAME | TK_NEED_LINKS | TK_NEED_RESOURCE | TK_NEED_WEIGHT };

struct tki_brief;
struct tki_brief *tki_brief_new(void); /* NULL: out of memory */
void tki_brief_free(struct tki_brief *x);

/* Rows of another batch than before come next, or of one that was filled again. */
void tki_brief_begin(struct tki_brief *x);
/* Appends a part: rows of a batch (all when rows is NULL) that was decoded with TKI_BRIEF_NEEDS at least, and is
 * complete (model/complete.h).  All are of one trace.  TK_ENOMEM. */
int tki_brief_put(struct tki_brief *x, struct tki_buf *to, const struct tk_batch *b, const uint32_t *rows,
                  size_t nrows);

/* The batch that the next parts are put into, without rows.  Nothing is put into parts after the first call.  The batch
 * is the brief's; rows may be added and changed. */
struct tk_batch *tki_brief_batch(struct tki_brief *x);
/* Adds the spans of a part to that batch. */
int tki_brief_take(struct tki_brief *x, tk_str part, struct tk_err *err);

#endif
