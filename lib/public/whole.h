/* whole.h - all that a reader gives, for the public interfaces: batch by batch, or put together to whole traces. */
#ifndef TKI_PUBLIC_WHOLE_H
#define TKI_PUBLIC_WHOLE_H

#include "base/str.h"
#include "tracekit/io.h"
#include "tracekit/traces.h"

/* Returns 0, or a negative code with *err: a call of take failed, or the input has a fault; then what came before it
 * was taken. */
int tki_each_batch(struct tk_reader *reader, int (*take)(void *ctx, struct tk_batch *b, struct tk_err *err), void *ctx,
                   struct tk_err *err);
int tki_each_trace(struct tk_reader *reader, const struct tk_traces_opts *opts,
                   int (*take)(void *ctx, struct tk_batch *trace, struct tk_err *err), void *ctx, struct tk_err *err);

#endif
