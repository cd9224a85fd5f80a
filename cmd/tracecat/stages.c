/* The stages that traces pass, in their order. */
#include "pipe.h"

void stages_init(struct stages *s, const struct plan *p, struct query *query, struct redaction *redact)
{
    s->n = 0;
    if (p->o->logs.n)
        s->at[s->n++] = logs_stage(p);
    if (p->mend)
        s->at[s->n++] = repair_stage(p->mend);
    if (p->ask_traces)
        s->at[s->n++] = query_stage(query);
    if (p->redact_traces)
        s->at[s->n++] = redaction_stage(redact);
}

void stages_free(struct stages *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->at[i].free)
            s->at[i].free(s->at[i].ctx);
    s->n = 0;
}
