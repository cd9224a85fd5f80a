/* Tests of the two sides against each other, for two independent sets: Mann-Whitney with Benjamini-Hochberg
 * over all paths and metrics, and a gate of practical size.  Sampling weights do not enter. */
#include <math.h>
#include <stdlib.h>

#include "compare/compare.h"

struct gather {
    size_t *first; /* by rank of path, side: where its values begin */
    size_t *next;
    uint32_t *rank; /* by path: rank + 1 of a path that is tested, or 0 */
    int64_t *value;
    size_t n;
};

static bool supported(const struct tki_path_diff *d, const struct tki_compare_opts *o)
{
    return d->traces[0] >= o->support_min && d->traces[1] >= o->support_min;
}

static int gather_init(struct gather *g, const struct tki_comparison *c, const struct tki_compare_opts *o)
{
    g->n = 0;
    g->first = calloc(2 * c->npaths + 1, sizeof *g->first);
    g->next = calloc(2 * c->npaths + 1, sizeof *g->next);
    g->rank = calloc(c->npath_ids, sizeof *g->rank);
    g->value = NULL;
    if (!g->first || !g->next || !g->rank)
        return TK_ENOMEM;
    for (size_t i = 0; i < c->npaths; i++) {
        bool yes = supported(&c->path[i], o);
        g->rank[c->path[i].path] = yes ? (uint32_t)i + 1 : 0;
        for (int side = 0; side < 2; side++) {
            g->first[2 * i + side] = g->n;
            g->n += yes ? c->path[i].traces[side] : 0;
        }
    }
    g->first[2 * c->npaths] = g->n;
    g->value = malloc((g->n + 1) * sizeof *g->value);
    return g->value ? TK_OK : TK_ENOMEM;
}

static void gather_free(struct gather *g)
{
    free(g->first);
    free(g->next);
    free(g->rank);
    free(g->value);
}

static uint64_t metric_of(const struct tki_path_row *r, int metric)
{
    uint64_t x = metric == TKI_CPATH ? r->cpath_ns : metric == TKI_SELF ? r->self_ns : r->total_ns;
    return x > INT64_MAX / 2 ? INT64_MAX / 2 : x;
}

static void gather(struct gather *g, const struct tki_comparison *c, int metric)
{
    memcpy(g->next, g->first, (2 * c->npaths + 1) * sizeof *g->next);
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_member *m = &c->member[i];
        const uint8_t *at = m->trace->rows;
        for (uint32_t k = 0; k < m->trace->npaths; k++) {
            struct tki_path_row r = tki_get_path_row(&at);
            if (g->rank[r.path])
                g->value[g->next[2 * (size_t)(g->rank[r.path] - 1) + m->side]++] = (int64_t)metric_of(&r, metric);
        }
    }
}

/* Sorts both and tests them; *passes says whether the shift is of practical size. */
static struct tki_test test(int64_t *a, size_t na, int64_t *b, size_t nb, const struct tki_compare_opts *o,
                            bool *passes)
{
    tki_sort_i64(a, na);
    tki_sort_i64(b, nb);
    struct tki_mwu u = tki_mann_whitney(a, na, b, nb);
    struct tki_test t = {
        .done = true, .p = u.p, .q = u.p, .delta = u.delta, .shift_ns = tki_hodges_lehmann(a, na, b, nb)};
    double gate = o->gate_share * (double)a[(na - 1) / 2];
    gate = gate > o->gate_ns ? gate : o->gate_ns;
    *passes = fabs(t.shift_ns) >= gate && fabs(t.delta) >= o->effect_min;
    return t;
}

static int test_durations(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    size_t n[2] = {0, 0};
    int64_t *x[2];
    x[0] = malloc((c->side[0].traces + 1) * sizeof **x);
    x[1] = malloc((c->side[1].traces + 1) * sizeof **x);
    if (x[0] && x[1]) {
        for (size_t i = 0; i < c->nmembers; i++)
            x[c->member[i].side][n[c->member[i].side]++] = c->member[i].trace->duration_ns;
        bool passes;
        if (n[0] >= o->support_min && n[1] >= o->support_min) {
            c->duration = test(x[0], n[0], x[1], n[1], o, &passes);
            c->duration.significant = passes && c->duration.p <= o->alpha;
        }
    }
    int rc = x[0] && x[1] ? TK_OK : TK_ENOMEM;
    free(x[0]);
    free(x[1]);
    return rc;
}

static int control_discoveries(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    double *p = malloc((c->tests + 1) * sizeof *p);
    uint32_t *order = malloc((c->tests + 1) * sizeof *order);
    size_t n = 0;
    if (p && order) {
        for (size_t i = 0; i < c->npaths; i++)
            for (int k = 0; k < TKI_METRICS; k++)
                if (c->path[i].test[k].done)
                    p[n++] = c->path[i].test[k].p;
        tki_benjamini_hochberg(p, p, order, n);
        n = 0;
        for (size_t i = 0; i < c->npaths; i++)
            for (int k = 0; k < TKI_METRICS; k++) {
                struct tki_test *t = &c->path[i].test[k];
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

int tki_compare_tests(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    struct gather g;
    int rc = gather_init(&g, c, o);
    for (int metric = 0; metric < TKI_METRICS && rc == TK_OK; metric++) {
        gather(&g, c, metric);
        for (size_t i = 0; i < c->npaths; i++) {
            if (!supported(&c->path[i], o))
                continue;
            const size_t *f = g.first + 2 * i;
            struct tki_test *t = &c->path[i].test[metric];
            bool passes;
            *t = test(g.value + f[0], f[1] - f[0], g.value + f[1], f[2] - f[1], o, &passes);
            t->significant = passes;
            c->tests++;
        }
    }
    gather_free(&g);
    if (rc == TK_OK)
        rc = test_durations(c, o);
    return rc == TK_OK ? control_discoveries(c, o) : rc;
}
