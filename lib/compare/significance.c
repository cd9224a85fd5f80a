/* Tests of the two sides against each other, for two independent sets: of the mean times a trace, weighted, by
 * permutation of traces (levels.h); Benjamini-Hochberg over all paths and metrics; and a gate of practical size. */
#include <math.h>
#include <stdlib.h>

#include "compare/levels.h"

#define WORK_MAX 3e8 /* values that permutations look at; beyond that the distribution is taken as normal */

struct gather {
    double *x, *weight;
    uint8_t *side;
};

static bool supported(const struct tki_comparison *c, const struct tki_path_diff *d, const struct tki_compare_opts *o)
{
    return c->side[0].traces >= o->support_min && c->side[1].traces >= o->support_min &&
           d->traces[0] + d->traces[1] >= o->support_min;
}

static double metric_of(const struct tki_path_row *r, int metric)
{
    return (double)(metric == TKI_CPATH ? r->cpath_ns : metric == TKI_SELF ? r->self_ns : r->total_ns);
}

static int gather_init(struct gather *g, const struct tki_comparison *c)
{
    size_t n = c->nmembers + 1;
    memset(g, 0, sizeof *g);
    g->x = malloc(n * sizeof *g->x);
    g->weight = malloc(n * sizeof *g->weight);
    g->side = malloc(n);
    if (!g->x || !g->weight || !g->side)
        return TK_ENOMEM;
    for (size_t i = 0; i < c->nmembers; i++) {
        g->weight[i] = c->member[i].fit;
        g->side[i] = c->member[i].side;
    }
    return TK_OK;
}

static void gather_free(struct gather *g)
{
    free(g->x);
    free(g->weight);
    free(g->side);
}

/* The values of one path; traces without it have 0. */
static void gather_path(struct gather *g, const struct tki_comparison *c, uint32_t path, int metric)
{
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_trace_rec *t = c->member[i].trace;
        struct tki_path_rows at = tki_path_rows(t);
        g->x[i] = 0;
        for (uint32_t k = 0; k < t->npaths; k++) {
            struct tki_path_row r = tki_next_path_row(&at);
            if (r.path == path)
                g->x[i] = metric_of(&r, metric);
        }
    }
}

/* Fills a test; until all are judged together, significant says whether the difference is of practical size. */
static int test(const struct gather *g, const struct tki_comparison *c, const struct tki_compare_opts *o,
                const double ns[2], bool exact, struct tki_test *t)
{
    double gate = fmax(o->gate_share * (double)c->side[0].p50_ns, o->gate_ns);
    t->p = tki_permutation_p(g->x, g->weight, g->side, c->nmembers, o->seed, exact ? TKI_PERMUTATIONS : 0);
    if (t->p < 0)
        return TK_ENOMEM;
    t->done = true;
    t->q = t->p;
    t->significant = fabs(ns[1] - ns[0]) >= gate;
    return TK_OK;
}

static int test_durations(const struct gather *g, struct tki_comparison *c, const struct tki_compare_opts *o)
{
    const double ns[2] = {c->side[0].mean_ns, c->side[1].mean_ns};
    if (c->side[0].traces < o->support_min || c->side[1].traces < o->support_min)
        return TK_OK;
    for (size_t i = 0; i < c->nmembers; i++)
        g->x[i] = (double)c->member[i].trace->duration_ns;
    int rc = test(g, c, o, ns, true, &c->duration);
    c->duration.significant = c->duration.significant && c->duration.p <= o->alpha;
    return rc;
}

static int control_discoveries(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    double *p = malloc((c->tests + 1) * sizeof *p);
    uint32_t *order = malloc((c->tests + 1) * sizeof *order);
    size_t n = 0;
    if (p && order) {
        for (size_t i = 0; i < c->nsure; i++)
            for (int k = 0; k < TKI_METRICS; k++)
                if (c->sure[i].test[k].done)
                    p[n++] = c->sure[i].test[k].p;
        tki_benjamini_hochberg(p, p, order, n);
        n = 0;
        for (size_t i = 0; i < c->nsure; i++)
            for (int k = 0; k < TKI_METRICS; k++) {
                struct tki_test *t = &c->sure[i].test[k];
                if (!t->done)
                    continue;
                t->q = p[n++];
                t->significant = t->significant && t->q <= o->alpha;
                c->discoveries += t->significant;
            }
    }
    free(order);
    int rc = p && order ? TK_OK : TK_ENOMEM;
    free(p);
    return rc;
}

/* Of many paths those with the largest differences are tested: the paths are ranked. */
int tki_compare_tests(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    struct gather g;
    size_t paths = c->nsure;
    bool exact = (double)paths * TKI_METRICS * TKI_PERMUTATIONS * (double)c->nmembers <= WORK_MAX;
    int rc = gather_init(&g, c);
    for (size_t i = 0; i < paths && rc == TK_OK; i++) {
        const struct tki_path_diff *d = &c->path[i];
        for (int k = 0; k < TKI_METRICS && rc == TK_OK && supported(c, d, o); k++) {
            gather_path(&g, c, d->path, k);
            rc = test(&g, c, o, d->ns[k], exact, &c->sure[i].test[k]);
            c->tests++;
        }
    }
    if (rc == TK_OK)
        rc = test_durations(&g, c, o);
    gather_free(&g);
    return rc == TK_OK ? control_discoveries(c, o) : rc;
}
