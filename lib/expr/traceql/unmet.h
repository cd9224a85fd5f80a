/* unmet.h - why a query found nothing: attributes and values that it asks for and that no span has, and what there is
 * in their place.
 *
 * Attributes are looked for where the query looks for them: in spans, resources or both.  Values are those that a field
 * of spans, or the name or service of a root, is compared with by "=".  Of each at most TKI_UNMET_MAX different ones
 * are held; where there were more nothing is said to be absent.  Of a duration or an attribute that is compared with a
 * number it is from where to where the numbers reach that spans have.  One thread at a time.
 */
#ifndef TKI_TRACEQL_UNMET_H
#define TKI_TRACEQL_UNMET_H

#include "expr/traceql/query.h"

enum { TKI_UNMET_MAX = 10000 };

struct tki_unmet;
/* *u is NULL when the query asks for nothing that could be absent.  The query must outlive it.  TK_ENOMEM. */
int tki_unmet_open(struct tki_unmet **u, const struct tki_query *q);
/* The same of keys alone, for a query that may well find nothing: those of attributes that are compared with a value,
 * not those that are asked whether they are there (nil). */
int tki_unmet_open_keys(struct tki_unmet **u, const struct tki_query *q);
void tki_unmet_free(struct tki_unmet *u); /* NULL is fine */
/* What must be decoded, with attributes of every key. */
unsigned tki_unmet_needs(const struct tki_unmet *u);
/* Counts what the spans have.  TK_ENOMEM. */
int tki_unmet_look(struct tki_unmet *u, const struct tk_batch *b);
/* Returns true if every key was met: then nothing is absent. */
bool tki_unmet_keys_met(const struct tki_unmet *u);
/* After the last batch: appends a sentence about the next thing that is absent, and what is there instead.  Returns
 * false when there is no more. */
bool tki_unmet_next(struct tki_unmet *u, struct tki_buf *to);

#endif
