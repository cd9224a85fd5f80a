/* query.h - TraceQL over batches: parse, check, evaluate.
 *
 * The language is Grafana Tempo's, as documented for its versions up to 2.9, with fields of our own
 * (span:self, span:dark, span:cp, span:depth, trace:spans, trace:services, trace:errors, trace:weight), order
 * by and limit; tracekit-query(7) tells all.  A parsed query is constant and may be shared between threads.
 */
#ifndef TKI_QUERY_QUERY_H
#define TKI_QUERY_QUERY_H

#include "base/buf.h"

struct tki_query;

/* Parses and checks types; copies the text.  TK_EUSAGE: err->text says what was expected, err->offset where.
 */
int tki_query_parse(struct tki_query **q, tk_str text, struct tk_err *err);
void tki_query_free(struct tki_query *q); /* NULL is fine */
/* The canonical text: parsing it again gives the same query. */
void tki_query_print(const struct tki_query *q, struct tki_buf *to);
/* The line of the query that err->offset is in and a caret under it, cut to about 76 columns. */
void tki_query_caret(tk_str text, uint64_t offset, struct tki_buf *to);

#endif
