#include "compare/whatif.h"

#include "compare/scratch.h"

int tki_whatif_replay(struct tki_whatif *x, struct tki_profile *p, const struct tk_batch *trace, double *ns,
                      int64_t *before_ns)
{
    int rc = tki_profile_open(p, trace, NULL);
    const struct tki_scratch *s = p->scratch;
    const struct tki_times *t = &s->times;
    uint32_t n = 0;
    if (rc <= 0)
        return rc;
    if (tki_replay_begin(&x->replay, t, &n) < 0)
        return TK_ENOMEM;
    for (uint32_t i = n; i-- > 0;) {
        uint32_t node = x->replay.order[i];
        tki_replay_node(&x->replay, t, node, node < t->n && x->changed[s->key[node]] ? x->factor : 1);
    }
    *ns = x->replay.took[t->root];
    *before_ns = t->end_ns[t->root] - t->start_ns[t->root];
    return 1;
}

void tki_whatif_free(struct tki_whatif *x)
{
    tki_replay_free(&x->replay);
}
