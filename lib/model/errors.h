/* errors.h - what went wrong in a span, in its own words. */
#ifndef TKI_MODEL_ERRORS_H
#define TKI_MODEL_ERRORS_H

#include "tracekit.h"

/* The status message, else the message or the type of the first exception that says one; needs TK_NEED_STATE, and
 * TK_NEED_EVENTS for exceptions.  Without bytes: the span does not say. */
tk_str tki_error_text(const struct tk_batch *b, const struct tk_span *s);

#endif
