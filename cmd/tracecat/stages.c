/* The stages that traces pass, in their order. */
#include "pipe.h"

void stages_init(struct stages *s, const struct options *o)
{
    s->n = 0;
    mend_add(s, o);
    if (o->ask && o->ask->whole)
        s->at[s->n++] = ask_stage(o->ask);
}

void stages_free(struct stages *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->at[i].free)
            s->at[i].free(s->at[i].ctx);
    s->n = 0;
}
