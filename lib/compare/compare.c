#include "compare/compare.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

const struct tki_compare_opts tki_compare_defaults = {
    .split = TKI_SPLIT_QUANTILES,
    .q = {0.5, 0.95},
    .replicates = 1000,
    .intervals_max = 50,
    .support_min = 10,
    .alpha = 0.05,
    .gate_ns = 1e6,
    .gate_share = 0.05,
};

struct exact { /* sums over the traces of one side that have one kind and one weight */
    uint64_t traces, calls, failed;
    tki_u128 ns[TKI_METRICS], failed_ns;
};

struct calls { /* of one path and side: weighted sums, then means a trace; those that failed apart */
    double n[2], ns[2];
};

/* By path only what is small: of many paths most belong to one kind of requests. */
struct sums {
    struct tki_path_diff *diff; /* by row */
    struct calls *calls;        /* by row, side */
    uint32_t *row;              /* by path: its row and 1, or 0 */
    uint32_t rows;
    struct exact *exact; /* by touched path, side */
    uint32_t *touched;   /* paths with something in exact */
    uint32_t *at;        /* by path: where it is touched; valid when touched[at] is the path */
    uint32_t ntouched;
};

/* Whole pages that nothing is written to take no memory. */
static int sums_init(struct sums *s, size_t npaths)
{
    s->diff = calloc(npaths, sizeof *s->diff);
    s->calls = calloc(2 * npaths, sizeof *s->calls);
    s->row = calloc(npaths, sizeof *s->row);
    s->exact = calloc(2 * npaths, sizeof *s->exact);
    s->touched = calloc(npaths, sizeof *s->touched);
    s->at = calloc(npaths, sizeof *s->at);
    s->rows = s->ntouched = 0;
    return s->diff && s->calls && s->row && s->exact && s->touched && s->at ? TK_OK : TK_ENOMEM;
}

static void sums_free(struct sums *s)
{
    free(s->diff);
    free(s->calls);
    free(s->row);
    free(s->exact);
    free(s->touched);
    free(s->at);
}

static struct exact *exact_of(struct sums *s, uint32_t path)
{
    uint32_t at = s->at[path];
    if (at >= s->ntouched || s->touched[at] != path) {
        at = s->at[path] = s->ntouched++;
        s->touched[at] = path;
    }
    return &s->exact[2 * (size_t)at];
}

static void add_trace(struct sums *s, const struct tki_member *m)
{
    struct tki_path_rows at = tki_path_rows(m->trace);
    for (uint32_t i = 0; i < m->trace->npaths; i++) {
        struct tki_path_row r = tki_next_path_row(&at);
        struct exact *x = &exact_of(s, r.path)[m->side];
        x->traces++;
        x->calls += r.count;
        x->failed += r.failed;
        x->failed_ns += r.failed_ns;
        x->ns[TKI_CPATH] += r.cpath_ns;
        x->ns[TKI_SELF] += r.self_ns;
        x->ns[TKI_TOTAL] += r.total_ns;
    }
}

static void weigh_calls(struct calls *to, const struct exact *x, double fit)
{
    to->n[0] += fit * (double)(x->calls - x->failed);
    to->n[1] += fit * (double)x->failed;
    to->ns[0] += fit * (double)(x->ns[TKI_SELF] - x->failed_ns);
    to->ns[1] += fit * (double)x->failed_ns;
}

static uint32_t row_of(struct sums *s, uint32_t path)
{
    if (!s->row[path]) {
        s->diff[s->rows].path = path;
        s->row[path] = ++s->rows;
    }
    return s->row[path] - 1;
}

/* The end of a run of traces with one kind and weight: weighs what they added up to. */
static void weigh(struct sums *s, const double fit[2], const tki_u128 duration[2])
{
    tki_u128 all[2] = {0, 0};
    for (uint32_t i = 0; i < s->ntouched; i++) {
        uint32_t row = row_of(s, s->touched[i]);
        for (int side = 0; side < 2; side++) {
            struct exact *x = &s->exact[2 * (size_t)i + side];
            struct tki_path_diff *d = &s->diff[row];
            all[side] += x->ns[TKI_CPATH];
            d->traces[side] += x->traces;
            d->share[side] += fit[side] * (double)x->traces;
            weigh_calls(&s->calls[2 * (size_t)row + side], x, fit[side]);
            d->calls[side] += fit[side] * (double)x->calls;
            for (int k = 0; k < TKI_METRICS; k++)
                d->ns[k][side] += fit[side] * (double)x->ns[k];
            *x = (struct exact){0};
        }
    }
    assert(all[0] == duration[0] && all[1] == duration[1]);
    s->ntouched = 0;
}

static void add_all(struct tki_comparison *c, struct sums *s)
{
    for (size_t i = 0; i < c->nmembers;) {
        const struct tki_member *first = &c->member[i];
        double fit[2] = {0, 0}, all = 0;
        tki_u128 duration[2] = {0, 0}, ambiguous[2] = {0, 0};
        for (; i < c->nmembers && c->member[i].kind == first->kind &&
               c->member[i].trace->threshold == first->trace->threshold &&
               c->member[i].trace->stands == first->trace->stands;
             i++) {
            const struct tki_member *m = &c->member[i];
            duration[m->side] += (uint64_t)m->trace->duration_ns;
            ambiguous[m->side] += (uint64_t)m->trace->ambiguous_ns;
            fit[m->side] = m->fit;
            add_trace(s, m);
        }
        weigh(s, fit, duration);
        for (int side = 0; side < 2; side++) {
            all = c->side[side].weight;
            c->side[side].mean_ns += first->weight * (double)duration[side] / all;
            c->side[side].ambiguous_ns += first->weight * (double)ambiguous[side] / all;
            c->within_ns += c->fit[side] > 0 ? (side ? 1 : -1) * fit[side] * (double)duration[side] / c->fit[side] : 0;
        }
    }
}

/* What calls took that are more on one side: their own time.  What those of both sides took longer.  n and ns are of
 * A and B. */
static void decompose_calls(const double n[2], const double ns[2], double *more, double *slower)
{
    int fuller = n[1] >= n[0];
    if (n[fuller] <= 0)
        return;
    double m = (n[1] - n[0]) * ns[fuller] / n[fuller];
    *more += m;
    *slower += ns[1] - ns[0] - m;
}

/* The path waits for the share f of the self time S of calls; where calls run side by side f is small.  The difference
 * of f x S is what S adds, in more and slower calls, at the mean f, and what f adds at the mean S: less overlap.  A
 * side without self time borrows the other's f. */
static void decompose(struct tki_path_diff *d, const struct calls *a, const struct calls *b)
{
    const double *on_path = d->ns[TKI_CPATH], *self = d->ns[TKI_SELF];
    double more = 0, slower = 0, f[2];
    for (int failed = 0; failed < 2; failed++)
        decompose_calls((const double[2]){a->n[failed], b->n[failed]}, (const double[2]){a->ns[failed], b->ns[failed]},
                        &more, &slower);
    for (int side = 0; side < 2; side++)
        f[side] = self[side] > 0 ? on_path[side] / self[side] : self[!side] > 0 ? on_path[!side] / self[!side] : 0;
    d->diff_ns = on_path[1] - on_path[0];
    d->more_ns = more * (f[0] + f[1]) / 2;
    d->slower_ns = slower * (f[0] + f[1]) / 2;
    d->overlap_ns = (f[1] - f[0]) * (self[0] + self[1]) / 2;
}

static void finish(const struct tki_comparison *c, const struct sums *s, struct tki_path_diff *d)
{
    struct calls *of = &s->calls[2 * (size_t)(d - s->diff)];
    for (int side = 0; side < 2; side++) {
        double all = c->fit[side];
        if (all <= 0) {
            d->share[side] = 0;
            continue;
        }
        d->share[side] /= all;
        d->calls[side] /= all;
        for (int i = 0; i < TKI_METRICS; i++)
            d->ns[i][side] /= all;
        for (int i = 0; i < 2; i++) {
            of[side].n[i] /= all;
            of[side].ns[i] /= all;
        }
    }
    decompose(d, &of[0], &of[1]);
}

struct tki_interval tki_path_share_diff(const struct tki_comparison *c, const struct tki_path_diff *d)
{
    double n[2] = {c->side[0].n_eff, c->side[1].n_eff};
    return tki_newcombe(d->share[0] * n[0], n[0], d->share[1] * n[1], n[1], TKI_Z95);
}

enum { RANKED_FEW = 100 };

struct rank {
    double size; /* of the difference */
    uint32_t path, row;
};

static int cmp_rank(const void *pa, const void *pb, void *ctx)
{
    const struct tki_profile *p = ctx;
    const struct rank *a = pa, *b = pb;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return tki_path_cmp(&p->paths, &p->keys, a->path, b->path);
}

/* Brings rows into the order of their ranks, in place: from each row that is not yet there along its cycle. */
static void permute(struct tki_path_diff *d, struct rank *rank, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct tki_path_diff first = d[i];
        uint32_t at = i;
        while (rank[at].row != i) {
            uint32_t from = rank[at].row;
            d[at] = d[from];
            rank[at].row = at;
            at = from;
        }
        d[at] = first;
        rank[at].row = at;
    }
}

/* Brings the first `top` of n into their order, and those before the others. */
static void rank_top(struct rank *rank, uint32_t n, size_t top, const struct tki_profile *p)
{
    for (uint32_t i = 1; i < n; i++) {
        struct rank x = rank[i];
        uint32_t at = i < top ? i : (uint32_t)top - 1;
        if (i >= top) {
            if (cmp_rank(&x, &rank[at], (void *)p) >= 0)
                continue;
            rank[i] = rank[at];
        }
        for (; at > 0 && cmp_rank(&x, &rank[at - 1], (void *)p) < 0; at--)
            rank[at] = rank[at - 1];
        rank[at] = x;
    }
}

static int rank_paths(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o,
                      struct sums *s)
{
    static const struct tki_path_sure none;
    struct rank *rank = malloc(((size_t)s->rows + 1) * sizeof *rank);
    size_t sure = o->intervals_max && o->intervals_max < s->rows ? o->intervals_max : s->rows;
    c->sure = calloc(sure + 1, sizeof *c->sure);
    if (!rank || !c->sure) {
        free(rank);
        return TK_ENOMEM;
    }
    for (uint32_t i = 0; i < s->rows; i++) {
        finish(c, s, &s->diff[i]);
        rank[i] = (struct rank){fabs(s->diff[i].diff_ns), s->diff[i].path, i};
    }
    if (o->ranked_max && o->ranked_max < RANKED_FEW && o->ranked_max < s->rows)
        rank_top(rank, s->rows, o->ranked_max, p);
    else if (s->rows)
        qsort_r(rank, s->rows, sizeof *rank, cmp_rank, (void *)p);
    permute(s->diff, rank, s->rows);
    free(rank);
    for (uint32_t i = 0; i < s->rows; i++)
        s->diff[i].sure = i < sure ? &c->sure[i] : &none;
    c->path = s->diff;
    c->npaths = s->rows;
    c->nsure = sure;
    s->diff = NULL;
    c->diff_ns = c->side[1].mean_ns - c->side[0].mean_ns;
    c->mix_ns = c->diff_ns - c->within_ns;
    return TK_OK;
}

static int cmp_mix(const void *pa, const void *pb, void *ctx)
{
    const struct tki_profile *p = ctx;
    const struct tki_mix *a = pa, *b = pb;
    uint64_t x = a->traces[0] + a->traces[1], y = b->traces[0] + b->traces[1];
    if (x != y)
        return x > y ? -1 : 1;
    const struct tki_key *ka = &p->keys.key[a->key], *kb = &p->keys.key[b->key];
    int c = tki_str_cmp(ka->service, kb->service);
    c = c ? c : tki_str_cmp(ka->name, kb->name);
    return c ? c : (ka->kind > kb->kind) - (ka->kind < kb->kind);
}

static int count_mix(struct tki_comparison *c, const struct tki_profile *p)
{
    c->mix = calloc(p->keys.n, sizeof *c->mix);
    if (!c->mix)
        return TK_ENOMEM;
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_member *m = &c->member[i];
        struct tki_mix *x = &c->mix[c->kind[m->kind].key];
        x->traces[m->side]++;
        x->share[m->side] += m->weight / c->side[m->side].weight;
    }
    for (uint32_t i = 0; i < p->keys.n; i++) {
        struct tki_mix x = c->mix[i];
        x.key = i;
        if (x.traces[0] + x.traces[1])
            c->mix[c->nmix++] = x;
    }
    qsort_r(c->mix, c->nmix, sizeof *c->mix, cmp_mix, (void *)p);
    for (size_t i = 0; i < c->nmix; i++)
        c->mix_distance += fabs(c->mix[i].share[1] - c->mix[i].share[0]) / 2;
    return TK_OK;
}

int tki_compare(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o)
{
    memset(c, 0, sizeof *c);
    c->npath_ids = p->paths.n;
    c->split = o->split;
    int rc = tki_compare_sides(c, p, o);
    if (rc < 0 || c->side[0].traces == 0 || c->side[1].traces == 0)
        return rc;
    struct sums s;
    rc = sums_init(&s, p->paths.n);
    if (rc == TK_OK) {
        add_all(c, &s);
        rc = rank_paths(c, p, o, &s);
    }
    sums_free(&s);
    if (rc == TK_OK)
        rc = count_mix(c, p);
    if (rc == TK_OK && o->replicates)
        rc = tki_compare_bootstrap(c, o);
    if (rc == TK_OK && !o->split)
        rc = tki_compare_tests(c, o);
    return rc;
}

void tki_comparison_free(struct tki_comparison *c)
{
    free(c->path);
    free(c->sure);
    free(c->mix);
    free(c->member);
    free(c->kind);
    memset(c, 0, sizeof *c);
}
