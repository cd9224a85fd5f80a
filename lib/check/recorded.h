/* recorded.h - assertions on traces as they were recorded, in the manner of check.h: a gate for the traces of a test.
 *
 *     services cart, checkout                 # each has spans
 *     edges    front -> cart, cart -> redis   # services call each other so, and in no other way
 *     traces {status=error}          == 0     # traces in which the query finds something
 *     spans {service="cart"}         >= 10    # spans that it finds
 *     calls {span.db.system!=nil}    <= 5     # the same, in the trace with the most
 *     p95 {name="GET /cart"}         <= 200ms # of the durations of spans that it finds
 *
 * A selector that finds nothing because an attribute that it compares is nowhere says nothing: the assertion that holds
 * for that reason is told, and is inconclusive.  One that asks whether the attribute is there (nil) is not.
 *
 * One assertion a line; # begins a comment outside of quotes.  Selectors are TraceQL.  Every span counts once, whatever
 * weight it came with.  A quantile of no span at all, and anything about no trace, does not hold.  Names with a comma
 * or an arrow stand in double quotes.
 *
 *     tki_recorded_open -> tki_recorded_trace for each whole trace -> tki_recorded_finish -> tki_recorded_put
 *
 * Memory: names and edges of services up to TKI_RECORDED_NAMES; durations as tki_values holds them.  One thread.
 */
#ifndef TKI_CHECK_RECORDED_H
#define TKI_CHECK_RECORDED_H

#include "report/document.h"

enum { TKI_RECORDED_MAX = 1000, TKI_RECORDED_NAMES = 1 << 16 };

struct tki_recorded;
/* Reads the assertions; both are borrowed.  TK_EUSAGE with FILE:LINE as the source; TK_ELIMIT; TK_ENOMEM. */
int tki_recorded_open(struct tki_recorded **r, const char *file, tk_str text, struct tk_err *err);
void tki_recorded_free(struct tki_recorded *r); /* NULL is fine */
/* The batch holds one trace, with every field.  TK_ENOMEM, TK_ELIMIT, TK_EIO. */
int tki_recorded_trace(struct tki_recorded *r, const struct tk_batch *trace, struct tk_err *err);
struct tki_recorded_counts {
    size_t all, failed; /* assertions, and those that do not hold */
    size_t open;        /* those that hold for nothing */
};
/* Once, after the last trace. */
int tki_recorded_finish(struct tki_recorded *r, struct tki_recorded_counts *counts, struct tk_err *err);
uint64_t tki_recorded_traces(const struct tki_recorded *r);
/* A finding for each assertion, in a document that is open.  strict: what is inconclusive is an error. */
void tki_recorded_put(const struct tki_recorded *r, bool strict, struct tki_doc *d);

#endif
