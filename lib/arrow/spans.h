/* spans.h - rows of spans as columns: those that tracekit/arrow.h lists. */
#ifndef TKI_ARROW_SPANS_H
#define TKI_ARROW_SPANS_H

#include "analyze/facts.h"
#include "arrow/column.h"

struct tki_arrow_spans;

int tki_arrow_spans_new(struct tki_arrow_spans **out, bool facts); /* TK_ENOMEM */
void tki_arrow_spans_free(struct tki_arrow_spans *s);              /* NULL is fine */
int tki_arrow_spans_schema(bool facts, struct ArrowSchema *to);    /* TK_ENOMEM */

/* The facts that the columns of a whole trace are made of (enum tki_fact). */
extern const unsigned tki_arrow_spans_facts;
/* Adds row i of the batch; f: the facts of the trace that the batch is, NULL without such columns.
 * 0, or TK_ENOMEM or TK_ELIMIT, after which the columns are of no use. */
int tki_arrow_spans_put(struct tki_arrow_spans *s, const struct tk_batch *b, uint32_t i, const struct tki_facts *f);
size_t tki_arrow_spans_rows(const struct tki_arrow_spans *s);
size_t tki_arrow_spans_bytes(const struct tki_arrow_spans *s);
/* What had to be changed so far. */
const struct tk_notes *tki_arrow_spans_notes(const struct tki_arrow_spans *s);
/* A record batch of the rows that were added since the last one.  TK_ENOMEM. */
int tki_arrow_spans_take(struct tki_arrow_spans *s, struct ArrowArray *to);

#endif
