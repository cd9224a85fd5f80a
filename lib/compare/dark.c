#include "compare/dark.h"

#include <math.h>
#include <stdlib.h>

struct use { /* a place that a trace has */
    uint32_t unit;
    int64_t ns;
    size_t member;
};

static int cmp_use(const void *pa, const void *pb)
{
    const struct use *a = pa, *b = pb;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    if (a->ns != b->ns)
        return a->ns < b->ns ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

/* Lists the uses of the members; with list NULL only counts them. */
static size_t list_uses(const struct tki_comparison *c, const struct tki_profile *p, int64_t min_ns, struct use *list)
{
    size_t n = 0;
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_trace_rec *t = c->member[i].trace;
        struct tki_unit_rows at = tki_unit_rows(t);
        for (uint32_t k = 0; k < t->nunits; k++) {
            struct tki_unit_row r = tki_next_unit_row(&at);
            if (!tki_piece_dark(p->unit[r.unit].type) || r.ns < (uint64_t)min_ns)
                continue;
            if (list)
                list[n] = (struct use){r.unit, (int64_t)r.ns, i};
            n++;
        }
    }
    return n;
}

static void measure(struct tki_dark *d, const struct tki_comparison *c, const struct use *use, size_t n,
                    struct tki_weighted *x)
{
    double durations = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tki_member *m = &c->member[use[i].member];
        x[i] = (struct tki_weighted){use[i].ns, m->weight};
        d->total_ns += m->weight * (double)use[i].ns;
        durations += m->weight * (double)m->trace->duration_ns;
    }
    d->unit = use[0].unit;
    d->traces = n;
    d->share = durations > 0 ? d->total_ns / durations : 0;
    d->p50_ns = tki_quantile(x, n, 0.5);
    d->p95_ns = tki_quantile(x, n, 0.95);
    d->max_ns = use[n - 1].ns;
    for (size_t i = 0; i < n; i++)
        if (use[i].ns == d->p50_ns) {
            d->example = use[i].member;
            return;
        }
}

static int cmp_dark(const void *pa, const void *pb, void *profile)
{
    const struct tki_dark *a = pa, *b = pb;
    const struct tki_profile *p = profile;
    if (a->total_ns != b->total_ns)
        return a->total_ns > b->total_ns ? -1 : 1;
    int c = tki_path_cmp(&p->paths, &p->keys, p->unit[a->unit].path, p->unit[b->unit].path);
    return c ? c : (p->unit[a->unit].type > p->unit[b->unit].type) - (p->unit[a->unit].type < p->unit[b->unit].type);
}

int tki_dark_find(struct tki_darkness *d, const struct tki_comparison *c, const struct tki_profile *p, int64_t min_ns)
{
    size_t n = list_uses(c, p, min_ns, NULL);
    struct use *use = malloc((n + 1) * sizeof *use);
    struct tki_weighted *x = malloc((n + 1) * sizeof *x);
    memset(d, 0, sizeof *d);
    d->dark = calloc(n + 1, sizeof *d->dark);
    int rc = use && x && d->dark ? TK_OK : TK_ENOMEM;
    if (rc == TK_OK) {
        list_uses(c, p, min_ns, use);
        if (n)
            qsort(use, n, sizeof *use, cmp_use);
        for (size_t i = 0; i < n;) {
            size_t k = i;
            while (k < n && use[k].unit == use[i].unit)
                k++;
            measure(&d->dark[d->n++], c, use + i, k - i, x);
            d->total_ns += d->dark[d->n - 1].total_ns;
            i = k;
        }
        for (size_t i = 0; i < c->nmembers; i++)
            d->duration_ns += c->member[i].weight * (double)c->member[i].trace->duration_ns;
        if (d->n)
            qsort_r(d->dark, d->n, sizeof *d->dark, cmp_dark, (void *)p);
    }
    free(use);
    free(x);
    if (rc < 0)
        tki_darkness_free(d);
    return rc;
}

void tki_darkness_free(struct tki_darkness *d)
{
    free(d->dark);
    memset(d, 0, sizeof *d);
}
