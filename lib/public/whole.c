#include "public/whole.h"

int tki_each_batch(struct tk_reader *reader, int (*take)(void *ctx, struct tk_batch *b, struct tk_err *err), void *ctx,
                   struct tk_err *err)
{
    struct tk_batch *b;
    int r;
    while ((r = tk_reader_next(reader, &b)) == 1)
        if ((r = take(ctx, b, err)) < 0)
            return r;
    if (r < 0 && err)
        *err = *tk_reader_err(reader);
    return r;
}

static int add(void *traces, struct tk_batch *b, struct tk_err *err)
{
    int r = tk_traces_add(traces, b, NULL, 0);
    if (r < 0 && err)
        *err = *tk_traces_err(traces);
    return r;
}

int tki_each_trace(struct tk_reader *reader, const struct tk_traces_opts *opts,
                   int (*take)(void *ctx, struct tk_batch *trace, struct tk_err *err), void *ctx, struct tk_err *err)
{
    struct tk_traces *traces;
    struct tk_batch *trace;
    int fault, r = tk_traces_open(&traces, opts, err);
    if (r < 0)
        return r;
    fault = tki_each_batch(reader, add, traces, err);
    if (fault < 0 && tk_traces_err(traces)->code < 0) { /* of the traces, not of the input */
        tk_traces_close(traces);
        return fault;
    }
    struct tk_err later = {0};
    while ((r = tk_traces_next(traces, &trace)) == 1)
        if ((r = take(ctx, trace, &later)) < 0)
            break;
    if (r < 0 && err)
        *err = later.code < 0 ? later : *tk_traces_err(traces);
    tk_traces_close(traces);
    return r < 0 ? r : fault;
}
