#include "run/kinds.h"

#include <stdlib.h>

#include "base/err.h"

static int look(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void **part)
{
    (void)ctx;
    if (!*part)
        *part = calloc(1, sizeof(struct tki_kinds_part));
    return *part ? tki_kinds_look(*part, b, groups) : TK_ENOMEM;
}

static int take(void *ctx, struct tk_batch *b, const struct tki_groups *groups, void *part, int code,
                struct tk_err *err)
{
    if (code == 0)
        code = tki_kinds_take(ctx, part, b, groups);
    return code < 0 ? tki_err_memory(err) : 0;
}

static void free_part(void *part)
{
    if (part)
        tki_kinds_part_free(part);
    free(part);
}

struct tki_consumer tki_kinds_consumer(struct tki_kinds *k)
{
    return (struct tki_consumer){.needs = TK_NEED_NAME, .ctx = k, .work = look, .part_free = free_part, .fold = take};
}
