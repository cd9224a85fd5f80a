/* Which traces are compared, on which side, with what weight. */
#include <stdlib.h>

#include "compare/compare.h"

static int cmp_member(const void *pa, const void *pb)
{
    const struct tki_trace_rec *a = ((const struct tki_member *)pa)->trace, *b = ((const struct tki_member *)pb)->trace;
    if (a->threshold != b->threshold)
        return a->threshold < b->threshold ? -1 : 1;
    if (a->id.hi != b->id.hi)
        return a->id.hi < b->id.hi ? -1 : 1;
    if (a->id.lo != b->id.lo)
        return a->id.lo < b->id.lo ? -1 : 1;
    if (a->duration_ns != b->duration_ns)
        return a->duration_ns < b->duration_ns ? -1 : 1;
    return (a->set > b->set) - (a->set < b->set);
}

static bool takes_part(const struct tki_trace_rec *t, const struct tki_compare_opts *o)
{
    return (!o->root_ok || o->root_ok[t->root_key]) && !(o->whole_only && t->broken);
}

static int choose(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o)
{
    c->member = malloc((p->ntraces + 1) * sizeof *c->member);
    if (!c->member)
        return TK_ENOMEM;
    for (size_t i = 0; i < p->ntraces; i++) {
        const struct tki_trace_rec *t = &p->trace[i];
        if (takes_part(t, o))
            c->member[c->nmembers++] = (struct tki_member){t, tk_threshold_weight(t->threshold), t->set};
    }
    if (c->nmembers)
        qsort(c->member, c->nmembers, sizeof *c->member, cmp_member);
    c->pooled = c->nmembers;
    return TK_OK;
}

/* The durations of one side, or of everyone for side -1, sorted; *n of them. */
static struct tki_weighted *durations(const struct tki_comparison *c, int side, size_t *n)
{
    struct tki_weighted *x = malloc((c->nmembers + 1) * sizeof *x);
    *n = 0;
    for (size_t i = 0; x && i < c->nmembers; i++)
        if (side < 0 || c->member[i].side == side)
            x[(*n)++] = (struct tki_weighted){c->member[i].trace->duration_ns, c->member[i].weight};
    if (x)
        tki_sort_weighted(x, *n);
    return x;
}

/* Keeps the members at or below the first quantile and those at or above the second.  Where the quantiles
 * fall on one value, its traces are A's. */
static int split(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    size_t n, kept = 0;
    struct tki_weighted *x = durations(c, -1, &n);
    if (!x)
        return TK_ENOMEM;
    for (int i = 0; i < 2 && n; i++)
        c->split_ns[i] = tki_quantile(x, n, o->q[i]);
    free(x);
    for (size_t i = 0; i < c->nmembers; i++) {
        struct tki_member m = c->member[i];
        m.side = m.trace->duration_ns > c->split_ns[0];
        if (m.side == 0 || m.trace->duration_ns >= c->split_ns[1])
            c->member[kept++] = m;
    }
    c->nmembers = kept;
    return TK_OK;
}

static int describe(struct tki_comparison *c, int side)
{
    struct tki_side *s = &c->side[side];
    size_t n;
    struct tki_weighted *x = durations(c, side, &n);
    if (!x)
        return TK_ENOMEM;
    double squares = 0;
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_member *m = &c->member[i];
        if (m->side != side)
            continue;
        s->traces++;
        s->spans += m->trace->spans;
        s->unknown += !m->trace->weighted;
        s->broken += m->trace->broken;
        s->weight += m->weight;
        squares += m->weight * m->weight;
        c->weighted = c->weighted || m->trace->weighted;
    }
    if (n) {
        s->n_eff = s->weight * s->weight / squares;
        s->p50_ns = tki_quantile(x, n, 0.5);
        s->p95_ns = tki_quantile(x, n, 0.95);
        s->max_ns = x[n - 1].value;
    }
    free(x);
    return TK_OK;
}

int tki_compare_sides(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o)
{
    int rc = choose(c, p, o);
    if (rc == TK_OK && o->split)
        rc = split(c, o);
    for (int side = 0; side < 2 && rc == TK_OK; side++)
        rc = describe(c, side);
    return rc;
}
