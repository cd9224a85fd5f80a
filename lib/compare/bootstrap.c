/* Intervals of the differences by a Poisson bootstrap over traces: each replicate draws every trace 0, 1, 2
 * ... times by a hash of (seed, trace id, replicate). */
#include <stdlib.h>

#include "compare/compare.h"
#include "model/resample.h"

struct boot {
    uint32_t n;     /* replicates */
    uint32_t slots; /* slot 0: the duration; then paths in their order of rank */
    uint32_t *slot; /* by path: its slot, or 0 */
    double *weight; /* by side, replicate */
    double *sum;    /* by slot, side, replicate */
    double *draw;   /* by replicate, of one trace */
};

static double *sum_of(const struct boot *b, size_t slot, int side)
{
    return b->sum + (2 * slot + side) * b->n;
}

static int boot_init(struct boot *b, const struct tki_comparison *c, const struct tki_compare_opts *o)
{
    size_t paths = c->nsure;
    b->n = o->replicates;
    b->slots = (uint32_t)paths + 1;
    b->slot = calloc(c->npath_ids, sizeof *b->slot);
    b->weight = calloc((size_t)2 * b->n, sizeof *b->weight);
    b->sum = calloc((size_t)2 * b->slots * b->n, sizeof *b->sum);
    b->draw = calloc(b->n, sizeof *b->draw);
    if (!b->slot || !b->weight || !b->sum || !b->draw)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < paths; i++)
        b->slot[c->path[i].path] = i + 1;
    return TK_OK;
}

static void boot_free(struct boot *b)
{
    free(b->slot);
    free(b->weight);
    free(b->sum);
    free(b->draw);
}

static void add(const struct boot *b, double *to, double x)
{
    for (uint32_t r = 0; r < b->n; r++)
        to[r] += b->draw[r] * x;
}

static void draw_trace(const struct boot *b, const struct tki_member *m, uint64_t seed)
{
    struct tki_path_rows at = tki_path_rows(m->trace);
    for (uint32_t r = 0; r < b->n; r++)
        b->draw[r] = m->fit * tki_poisson_draw(seed, m->trace->id, r);
    add(b, b->weight + (size_t)m->side * b->n, 1);
    add(b, sum_of(b, 0, m->side), (double)m->trace->duration_ns);
    for (uint32_t i = 0; i < m->trace->npaths; i++) {
        struct tki_path_row row = tki_next_path_row(&at);
        if (b->slot[row.path] && row.cpath_ns)
            add(b, sum_of(b, b->slot[row.path], m->side), (double)row.cpath_ns);
    }
}

/* The middle 95 % of the replicates' differences.  Replicates in which a side is empty say nothing. */
static struct tki_interval middle(const struct boot *b, size_t slot, bool *ok)
{
    uint32_t n = 0;
    double *x = b->draw;
    const double *wa = b->weight, *wb = b->weight + b->n;
    for (uint32_t r = 0; r < b->n; r++)
        if (wa[r] > 0 && wb[r] > 0)
            x[n++] = sum_of(b, slot, 1)[r] / wb[r] - sum_of(b, slot, 0)[r] / wa[r];
    *ok = n > 0;
    if (n == 0)
        return (struct tki_interval){0, 0};
    struct tki_interval i;
    tki_replicates_middle(x, n, &i.lo, &i.hi);
    return i;
}

int tki_compare_bootstrap(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    struct boot b;
    int rc = boot_init(&b, c, o);
    if (rc == TK_OK) {
        for (size_t i = 0; i < c->nmembers; i++)
            draw_trace(&b, &c->member[i], o->seed);
        c->interval = middle(&b, 0, &c->has_interval);
        for (uint32_t i = 0; i + 1 < b.slots; i++)
            c->sure[i].interval = middle(&b, i + 1, &c->sure[i].has_interval);
    }
    boot_free(&b);
    return rc;
}
