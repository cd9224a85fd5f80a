/* fault.h - a failure that is remembered and reported again by every later call. */
#ifndef TKI_IO_FAULT_H
#define TKI_IO_FAULT_H

#include "base/str.h"

/* Copies the fault into err, which may be NULL, but for the source's name and the record, which the caller
 * knows better.  Returns the fault's code: 0 when there is none, and err is left as it is. */
static inline int tki_fault_report(const struct tk_err *fault, struct tk_err *err)
{
    if (fault->code && err) {
        err->code = fault->code;
        err->sys_errno = fault->sys_errno;
        err->has_offset = fault->has_offset;
        err->offset = fault->offset;
        memcpy(err->text, fault->text, sizeof err->text);
    }
    return fault->code;
}

#endif
