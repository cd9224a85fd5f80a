/* unit.h - times in another unit than nanoseconds, recognised by where they lie.
 *
 * A tool that writes seconds, milliseconds or microseconds where nanoseconds are due puts its spans into the first 48
 * days of 1970.  Read in their own unit, times of today lie between 2000 and 2100, and these ranges do not overlap for
 * the four units.  A clock that counts from 0 may lie there as well: so a span is taken for one in another unit only if
 * both of its times are in the range of one unit, less than a day of that unit apart, and a trace only if all its spans
 * that lie in 1970 agree.
 */
#ifndef TKI_MODEL_UNIT_H
#define TKI_MODEL_UNIT_H

#include "tracekit.h"

/* The nanoseconds of the unit that the two times are in: 1000, 1000000 or 1000000000; 1: nanoseconds, or not known. */
uint64_t tki_unit_of(uint64_t start_ns, uint64_t end_ns);
/* The same for the spans of a whole trace that lie in 1970; 1 also when these do not agree. */
uint64_t tki_unit_of_trace(const struct tk_batch *trace);
/* Returns true if that time is one of those that the trace's unit, above 1, is about. */
bool tki_unit_holds(uint64_t unit_ns, uint64_t time_ns);
const char *tki_unit_name(uint64_t unit_ns); /* "microseconds" */

#endif
