/* The stages that traces pass, in their order, and --limit, which is the last of them. */
#include <stdlib.h>

#include "cli/msg.h"
#include "pipe.h"

/* ---- --limit: the assembler gives traces in order of appearance ---- */

struct limit {
    uint64_t left;
};

static int limit_put(void *ctx, struct tk_batch *trace, struct tk_err *err)
{
    struct limit *l = ctx;
    (void)trace;
    (void)err;
    if (!l->left)
        return 0;
    l->left--;
    return 1;
}

static void limit_add(struct stages *s, const struct options *o)
{
    struct limit *l = malloc(sizeof *l);
    if (!l)
        tki_die(TKI_EXIT_IO, "out of memory");
    l->left = o->limit;
    s->at[s->n++] = (struct stage){.name = "limit", .ctx = l, .put = limit_put, .free = free};
}

void stages_init(struct stages *s, const struct options *o)
{
    s->n = 0;
    if (o->ask && o->ask->whole)
        s->at[s->n++] = ask_stage(o->ask);
    if (o->limit_given)
        limit_add(s, o);
}

void stages_free(struct stages *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->at[i].free)
            s->at[i].free(s->at[i].ctx);
    s->n = 0;
}
