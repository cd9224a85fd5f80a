/* tracekit.h - read, hold and write captured distributed traces.
 *
 * This header includes what most programs need; each part can be included alone.
 *
 * Conventions.  A function that can fail returns 0 or a negative TK_E* code; an iterator returns 1 (an item),
 * 0 (the end) or a negative code.  Details go into a caller-owned `struct tk_err`, which may be NULL.
 * Pointers handed in are borrowed unless the comment says "copies" or "takes".  No function prints, exits or
 * touches signals.  Objects are not shared between threads unless the comment says so.
 */
#ifndef TRACEKIT_H
#define TRACEKIT_H

#include "tracekit/base.h"
#include "tracekit/build.h"
#include "tracekit/io.h"
#include "tracekit/model.h"
#include "tracekit/notes.h"
#include "tracekit/traces.h"

#endif
