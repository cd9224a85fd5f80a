/* err.h - filling a struct tk_err.  Every function returns the code, so that `return tki_err_set(...)` is one line. */
#ifndef TKI_BASE_ERR_H
#define TKI_BASE_ERR_H

#include "tracekit.h"

/* err may be NULL.  Keeps err->source, err->record; clears the offset and sys_errno. */
__attribute__((format(printf, 3, 4))) int tki_err_set(struct tk_err *err, int code, const char *format, ...);
/* Likewise with a byte offset. */
__attribute__((format(printf, 4, 5))) int tki_err_at(struct tk_err *err, int code, uint64_t offset, const char *format,
                                                     ...);
/* TK_EIO with errno and its text appended: "FORMATTED: No such file or directory". */
__attribute__((format(printf, 2, 3))) int tki_err_sys(struct tk_err *err, const char *format, ...);
/* TK_ENOMEM. */
int tki_err_memory(struct tk_err *err);
/* Sets the source's name (shortened in the middle when too long). */
void tki_err_source(struct tk_err *err, const char *name);

#endif
