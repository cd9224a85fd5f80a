#include "run/again.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"

struct again {
    const struct tki_idmap *only; /* NULL: all */
    tki_again_add *add;
    void *to;
    uint32_t *rows;
    size_t rows_cap;
};

/* Of a decoder that knows which traces are wanted all spans are; others are told here. */
static int take(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err)
{
    struct again *x = ctx;
    uint32_t n = 0;
    (void)groups;
    (void)part;
    (void)code;
    if (TKI_GROW(x->rows, x->rows_cap, (size_t)b->nspans + 1) < 0)
        return tki_err_memory(err);
    for (uint32_t i = 0; i < b->nspans; i++)
        if (!x->only || tki_idmap_get(x->only, b->spans[i].trace_id) != TKI_MAP_NONE)
            x->rows[n++] = i;
    return x->add(x->to, b, x->rows, n, err);
}

int tki_choose_again(struct tki_idmap *only, const struct tki_idmap *ids, const bool *wanted, size_t n)
{
    for (size_t i = 0; i < n && i < ids->n; i++)
        if (wanted[i] && tki_idmap_put(only, ids->ids[i]) == TKI_MAP_NONE)
            return TK_ENOMEM;
    return TK_OK;
}

int tki_read_again(struct tki_pass *pass, unsigned needs, const struct tki_idmap *only, bool faulty, tki_again_add *add,
                   void *to, struct tk_err *err)
{
    struct again x = {.only = only, .add = add, .to = to};
    bool copies = (needs & TK_NEED_COPY) == TK_NEED_COPY;
    struct tki_consumer c = {.needs = needs, .copies = copies, .only = only, .ctx = &x, .fold = take};
    int rc = tki_pass_again(pass, &c, err);
    if (rc == TK_OK && !faulty && pass->read_err.code < 0) {
        *err = pass->read_err;
        rc = err->code;
    }
    free(x.rows);
    return rc;
}
