#include "compare/dark.h"

#include <math.h>
#include <stdlib.h>

const struct tki_dark_opts tki_dark_defaults = {.min_ns = 5000000, .share_min = 0.1, .traces_min = 0.2, .alpha = 0.05};

struct use { /* a gap that a trace has */
    const struct tki_member *member;
    uint64_t ns, cpath_ns;
};

struct sums { /* of one signature */
    uint64_t traces[2];
    double weight[2];              /* of the traces that have it */
    double wx[2], wwx[2], wwxx[2]; /* x: its time on the critical path in a trace */
    size_t first;                  /* of its uses */
};

struct search {
    const struct tki_comparison *c;
    const struct tki_profile *p;
    const struct tki_dark_opts *o;
    struct sums *sums; /* by signature */
    struct use *use;
    struct tki_weighted *values;
    double *p_values, *q_values;
    uint32_t *order;
};

static bool has_it(const struct search *s, const struct tki_gap_row *r)
{
    return r->total_ns >= (uint64_t)s->o->min_ns;
}

static const uint8_t *gap_rows(const struct tki_trace_rec *t)
{
    const uint8_t *at = t->rows;
    for (uint32_t i = 0; i < t->npaths; i++)
        tki_get_path_row(&at);
    return at;
}

static void add_up(struct search *s)
{
    for (size_t i = 0; i < s->c->nmembers; i++) {
        const struct tki_member *m = &s->c->member[i];
        const uint8_t *at = gap_rows(m->trace);
        for (uint32_t k = 0; k < m->trace->ngaps; k++) {
            struct tki_gap_row r = tki_get_gap_row(&at);
            struct sums *x = &s->sums[r.gap];
            double ns = (double)r.cpath_ns, w = m->weight;
            x->wx[m->side] += w * ns;
            x->wwx[m->side] += w * w * ns;
            x->wwxx[m->side] += w * w * ns * ns;
            if (has_it(s, &r)) {
                x->traces[m->side]++;
                x->weight[m->side] += w;
            }
        }
    }
}

/* Lists the uses signature by signature; within one the members keep their canonical order. */
static int list_uses(struct search *s)
{
    size_t n = 0;
    for (uint32_t i = 0; i < s->p->ngaps; i++) {
        s->sums[i].first = n;
        n += s->sums[i].traces[0] + s->sums[i].traces[1];
    }
    s->use = malloc((n + 1) * sizeof *s->use);
    s->values = malloc((n + 1) * sizeof *s->values);
    size_t *next = malloc((s->p->ngaps + 1) * sizeof *next);
    if (!s->use || !s->values || !next) {
        free(next);
        return TK_ENOMEM;
    }
    for (uint32_t i = 0; i < s->p->ngaps; i++)
        next[i] = s->sums[i].first;
    for (size_t i = 0; i < s->c->nmembers; i++) {
        const struct tki_member *m = &s->c->member[i];
        const uint8_t *at = gap_rows(m->trace);
        for (uint32_t k = 0; k < m->trace->ngaps; k++) {
            struct tki_gap_row r = tki_get_gap_row(&at);
            if (has_it(s, &r))
                s->use[next[r.gap]++] = (struct use){m, r.total_ns, r.cpath_ns};
        }
    }
    free(next);
    return TK_OK;
}

/* Two-sided p of the difference of the weighted means over all traces of the sides, gap or not. */
static double p_of(const struct search *s, const struct sums *x, const double mean[2])
{
    double var = 0;
    for (int side = 0; side < 2; side++) {
        const struct tki_side *all = &s->c->side[side];
        double squares = all->weight * all->weight / all->n_eff; /* sum of w^2 */
        if (all->n_eff < 2)
            return 1;
        double v = x->wwxx[side] - 2 * mean[side] * x->wwx[side] + mean[side] * mean[side] * squares;
        v = v > 0 ? v / (all->weight * all->weight) * all->n_eff / (all->n_eff - 1) : 0;
        var += v;
    }
    double diff = mean[1] - mean[0];
    if (var > 0)
        return tki_two_sided_p(diff / sqrt(var));
    return diff == 0 ? 1 : 0;
}

static int64_t clamp(uint64_t x)
{
    return x > INT64_MAX ? INT64_MAX : (int64_t)x;
}

static int64_t quantile_of(const struct search *s, const struct use *use, size_t n, int side, bool cpath, double q)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (use[i].member->side == side)
            s->values[k++] = (struct tki_weighted){clamp(cpath ? use[i].cpath_ns : use[i].ns), use[i].member->weight};
    tki_sort_weighted(s->values, k);
    return k ? tki_quantile(s->values, k, q) : 0;
}

static uint64_t distance(uint64_t a, int64_t b)
{
    return a > (uint64_t)b ? a - (uint64_t)b : (uint64_t)b - a;
}

/* The order of examples: the one in slot 0 is nearest to the median, the others have the smallest hashes. */
static bool better(const struct use *a, const struct use *b, const struct tki_dark *d, uint32_t slot)
{
    uint64_t x = distance(a->ns, d->p50_ns), y = distance(b->ns, d->p50_ns);
    if (slot == 0 && x != y)
        return x < y;
    x = tki_hash_id(a->member->trace->id);
    y = tki_hash_id(b->member->trace->id);
    if (x != y)
        return x < y;
    tk_id128 i = a->member->trace->id, j = b->member->trace->id;
    return i.hi != j.hi ? i.hi < j.hi : i.lo < j.lo;
}

static void choose_examples(struct tki_dark *d, const struct use *use, size_t n)
{
    const struct use *best[TKI_DARK_EXAMPLES] = {0};
    for (uint32_t slot = 0; slot < TKI_DARK_EXAMPLES; slot++) {
        for (size_t i = 0; i < n; i++) {
            bool taken = use[i].member->side != d->side;
            for (uint32_t k = 0; k < slot; k++)
                taken = taken || best[k] == &use[i];
            if (!taken && (!best[slot] || better(&use[i], best[slot], d, slot)))
                best[slot] = &use[i];
        }
        if (!best[slot])
            break;
        d->example[d->nexamples++] = best[slot]->member->trace->id;
    }
}

static void measure(const struct search *s, const struct sums *x, struct tki_dark *d)
{
    const struct use *use = s->use + x->first;
    size_t n = x->traces[0] + x->traces[1];
    double dark = 0, all = 0, weight = 0, on_path = 0;
    d->p50_ns = quantile_of(s, use, n, d->side, false, 0.5);
    d->p95_ns = quantile_of(s, use, n, d->side, false, 0.95);
    d->cpath_p50_ns = quantile_of(s, use, n, d->side, true, 0.5);
    for (size_t i = 0; i < n; i++) {
        const struct tki_member *m = use[i].member;
        if (m->side != d->side)
            continue;
        dark += m->weight * (double)use[i].ns;
        all += m->weight * (double)m->trace->duration_ns;
        weight += m->weight;
        on_path += use[i].cpath_ns > use[i].ns / 2 ? m->weight : 0;
    }
    d->root_share = all > 0 ? dark / all : 0;
    d->cpath_share = on_path / weight;
    choose_examples(d, use, n);
}

/* Enough of it, in enough traces, on this side? */
static bool matters(const struct search *s, const struct sums *x, int side)
{
    const struct tki_side *all = &s->c->side[side];
    if (x->traces[side] == 0 || x->weight[side] / all->weight < s->o->traces_min)
        return false;
    double need = s->o->share_min * (double)all->p50_ns;
    need = need > (double)s->o->min_ns ? need : (double)s->o->min_ns;
    size_t n = x->traces[0] + x->traces[1];
    return (double)quantile_of(s, s->use + x->first, n, side, true, 0.5) >= need;
}

static int cmp_dark(const void *pa, const void *pb, void *ctx)
{
    const struct tki_profile *p = ctx;
    const struct tki_dark *a = pa, *b = pb;
    if (a->different != b->different)
        return a->different ? -1 : 1;
    double x = a->different ? fabs(a->diff_ns) : a->mean_ns[a->side];
    double y = b->different ? fabs(b->diff_ns) : b->mean_ns[b->side];
    if (x != y)
        return x > y ? -1 : 1;
    const struct tki_gap_sig *g = &p->gap[a->gap], *h = &p->gap[b->gap];
    int c = tki_path_cmp(&p->paths, &p->keys, g->path, h->path);
    if (c || g->type != h->type)
        return c ? c : g->type - h->type;
    uint32_t ends[2][2] = {{g->prev, h->prev}, {g->next, h->next}};
    for (int i = 0; i < 2 && c == 0; i++) {
        if (ends[i][0] == TK_NONE || ends[i][1] == TK_NONE)
            continue;
        const struct tki_key *k = &p->keys.key[ends[i][0]], *l = &p->keys.key[ends[i][1]];
        c = tki_str_cmp(k->service, l->service);
        c = c ? c : tki_str_cmp(k->name, l->name);
        c = c ? c : k->kind - l->kind;
    }
    return c;
}

/* p of all candidates, then their q. */
static void test_all(struct search *s, struct tki_darkness *d)
{
    for (uint32_t i = 0; i < s->p->ngaps; i++) {
        const struct sums *x = &s->sums[i];
        if (x->traces[0] + x->traces[1] == 0)
            continue;
        double mean[2] = {x->wx[0] / s->c->side[0].weight, x->wx[1] / s->c->side[1].weight};
        s->p_values[d->candidates++] = p_of(s, x, mean);
    }
    tki_benjamini_hochberg(s->p_values, s->q_values, s->order, d->candidates);
}

static void add_finding(const struct search *s, struct tki_darkness *d, uint32_t gap, double q)
{
    const struct sums *x = &s->sums[gap];
    bool here[2] = {matters(s, x, 0), matters(s, x, 1)};
    if (!here[0] && !here[1])
        return;
    struct tki_dark *f = &d->dark[d->n++];
    f->gap = gap;
    f->q = q;
    f->different = q <= s->o->alpha;
    for (int side = 0; side < 2; side++) {
        f->traces[side] = x->traces[side];
        f->share[side] = x->weight[side] / s->c->side[side].weight;
        f->mean_ns[side] = x->wx[side] / s->c->side[side].weight;
    }
    f->diff_ns = f->mean_ns[1] - f->mean_ns[0];
    f->side = here[0] && here[1] ? f->diff_ns >= 0 : here[1];
    measure(s, x, f);
}

static int search(struct search *s, struct tki_darkness *d)
{
    uint32_t n = s->p->ngaps;
    s->sums = calloc((size_t)n + 1, sizeof *s->sums);
    s->p_values = calloc((size_t)n + 1, sizeof *s->p_values);
    s->q_values = calloc((size_t)n + 1, sizeof *s->q_values);
    s->order = calloc((size_t)n + 1, sizeof *s->order);
    d->dark = calloc((size_t)n + 1, sizeof *d->dark);
    if (!s->sums || !s->p_values || !s->q_values || !s->order || !d->dark)
        return TK_ENOMEM;
    add_up(s);
    int rc = list_uses(s);
    if (rc < 0)
        return rc;
    test_all(s, d);
    size_t candidate = 0;
    for (uint32_t i = 0; i < n; i++)
        if (s->sums[i].traces[0] + s->sums[i].traces[1])
            add_finding(s, d, i, s->q_values[candidate++]);
    if (d->n)
        qsort_r(d->dark, d->n, sizeof *d->dark, cmp_dark, (void *)s->p);
    return TK_OK;
}

int tki_dark_find(struct tki_darkness *d, const struct tki_comparison *c, const struct tki_profile *p,
                  const struct tki_dark_opts *o)
{
    struct search s = {.c = c, .p = p, .o = o};
    memset(d, 0, sizeof *d);
    int rc = search(&s, d);
    free(s.sums);
    free(s.use);
    free(s.values);
    free(s.p_values);
    free(s.q_values);
    free(s.order);
    if (rc < 0)
        tki_darkness_free(d);
    return rc;
}

void tki_darkness_free(struct tki_darkness *d)
{
    free(d->dark);
    memset(d, 0, sizeof *d);
}
