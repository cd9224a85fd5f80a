/* names.h - the names of span kinds and status codes, and back; tk_kind_name and tk_status_name are public.
 *
 * Each function that gives a name gives NULL for other numbers.
 */
#ifndef TKI_MODEL_NAMES_H
#define TKI_MODEL_NAMES_H

#include <assert.h>

#include "base/str.h"

enum { TKI_KIND_NAMES = TK_KIND_CONSUMER + 1, TKI_STATUS_NAMES = TK_STATUS_ERROR + 1 };

const char *tki_kind_title(unsigned kind);        /* "Server" */
const char *tki_kind_constant(unsigned kind);     /* "SPAN_KIND_SERVER" */
const char *tki_status_constant(unsigned status); /* "STATUS_CODE_ERROR" */

/* The kind or status with that name ("server", "error") in letters of any case, or -1. */
int tki_kind_find(tk_str name);
int tki_status_find(tk_str name);

#endif
