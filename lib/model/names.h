/* names.h - the names of span kinds and status codes, and back; tk_kind_name and tk_status_name are public. */
#ifndef TKI_MODEL_NAMES_H
#define TKI_MODEL_NAMES_H

#include <assert.h>

#include "base/str.h"

enum { TKI_KIND_NAMES = TK_KIND_CONSUMER + 1, TKI_STATUS_NAMES = TK_STATUS_ERROR + 1 };

/* The kind or status with that name in upper or lower case, or -1. */
int tki_kind_find(tk_str name);
int tki_status_find(tk_str name);

#endif
