#include "format/lossless/lossless.h"

#include "base/err.h"

int tki_format_run(const struct tki_format *f, struct tki_decode *d)
{
    uint32_t first = d->batch->nspans;
    int r = f->decode(d);
    if (f->lossless) {
        tki_lossless_settle(d->batch, first, d->needs);
        if (r == 0 && d->batch->err)
            return tki_err_memory(d->err);
    }
    return r;
}

int tki_format_decode(const struct tki_format *f, tk_str in, unsigned needs, struct tk_batch *b, struct tk_err *err)
{
    char *copy = tk_batch_alloc(b, in.n + TKI_PADDING); /* where the rows' views point: it lives as long as they */
    if (!copy)
        return tki_err_memory(err);
    if (in.n)
        memcpy(copy, in.p, in.n);
    memset(copy + in.n, 0, TKI_PADDING);
    struct tki_decode d = {.in = {copy, in.n}, .needs = needs, .batch = b, .err = err};
    int r = tki_format_run(f, &d);
    if (r < 0 && err) {
        err->has_offset = true;
        err->offset = d.fault;
    }
    return r;
}
