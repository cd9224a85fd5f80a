/* tracekit.h - read, hold and write captured distributed traces.
 *
 * This header includes what most programs need; each part can be included alone.
 *
 * Conventions.  A function that can fail returns 0 or a negative TK_E* code; an iterator returns 1 (an item),
 * 0 (the end) or a negative code.  Details go into a caller-owned `struct tk_err`, which may be NULL.
 * Pointers handed in are borrowed unless the comment says "copies" or "takes".  No function prints, exits or
 * touches signals.  Objects are not shared between threads unless the comment says so.
 *
 * What stays while the library is replaced by a newer one of the same soname:
 *   - Functions and constants that are there keep their names, meanings and numbers.  New functions are added, and new
 *     constants at the end of their enum; those that only count an enum (TK_MEASURES) grow then, and say what the
 *     header knew that a program was compiled with.
 *   - Structs that a program sees keep their layout.  What may grow is opaque, and has functions (struct tk_query_run),
 *     or is an array of numbers that the caller makes as long as the enum of its header (tk_meter_measure): a newer
 *     library fills no more than that, an older one fills what it does not know with NaN.
 *   - Names that begin with tki_ or TKI_ are no part of this.
 * Before 1.0 a minor version may break it, and changes the soname; see CONTRIBUTING.md, "Versions".
 */
#ifndef TRACEKIT_H
#define TRACEKIT_H

#include "tracekit/arrow.h"
#include "tracekit/base.h"
#include "tracekit/build.h"
#include "tracekit/compare.h"
#include "tracekit/cost.h"
#include "tracekit/io.h"
#include "tracekit/model.h"
#include "tracekit/notes.h"
#include "tracekit/query.h"
#include "tracekit/sample.h"
#include "tracekit/traces.h"

#endif
