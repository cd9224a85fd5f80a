#include "compare/levels.h"

#include <math.h>
#include <stdlib.h>

#include "model/resample.h"
#define POWER_Z     0.8416212335729143 /* of 80 % */
#define ROUGH_LN_SD 1.1

enum { BEYOND = 5 };

static const double quantiles[TKI_LEVELS] = {0, 0.5, 0.95, 0.99};

const char *tki_level_name(enum tki_level level)
{
    static const char *const names[TKI_LEVELS] = {"mean", "p50", "p95", "p99"};
    return names[level];
}

/* ---- permutations ---- */

struct moments { /* of one side */
    double w, wx, ww, wwx, wwxx;
};

static void add_value(struct moments *m, double x, double w)
{
    m->w += w;
    m->wx += w * x;
    m->ww += w * w;
    m->wwx += w * w * x;
    m->wwxx += w * w * x * x;
}

/* The variance of the weighted mean. */
static double variance(const struct moments *m)
{
    if (m->w <= 0)
        return 0;
    double mean = m->wx / m->w, n = m->w * m->w / m->ww;
    double v = (m->wwxx - 2 * mean * m->wwx + mean * mean * m->ww) / (m->w * m->w);
    bool equal = !(v > 1e-12 * m->wwxx / (m->w * m->w)); /* what rounding left of equal values is no variance */
    return !equal && n > 1 ? v * n / (n - 1) : 0;
}

/* The difference of the means in standard errors; a difference without any spread is infinite. */
static double studentised(const struct moments m[2])
{
    double diff = m[1].wx / m[1].w - m[0].wx / m[0].w, v = variance(&m[0]) + variance(&m[1]);
    return v > 0 ? diff / sqrt(v) : diff > 0 ? INFINITY : diff < 0 ? -INFINITY : 0;
}

static double next_unit(uint64_t *state)
{
    return (double)(tki_mix64(*state += UINT64_C(0x9e3779b97f4a7c15)) >> 11) / 9007199254740992.0;
}

/* Draws which na of the n values are A's, in order[0..na): the first steps of a shuffle. */
static void shuffle(uint32_t *order, size_t n, size_t na, uint64_t *state)
{
    for (size_t i = 0; i < na; i++) {
        size_t k = i + (size_t)(next_unit(state) * (double)(n - i));
        uint32_t t = order[i];
        order[i] = order[k];
        order[k] = t;
    }
}

/* The chance that all values above the least one are on the side where they are, which no test of means goes below:
 * with few of them its differences are all alike, and which is the largest is decided by weights.  0: both sides have
 * some. */
static double chance_of_side(const double *x, const uint8_t *side, size_t n, const size_t of[2])
{
    double least = INFINITY, p = 1;
    size_t above[2] = {0, 0};
    for (size_t i = 0; i < n; i++)
        least = fmin(least, x[i]);
    for (size_t i = 0; i < n; i++)
        above[side[i]] += x[i] > least;
    if (above[0] && above[1])
        return 0;
    int has = above[1] > 0;
    for (size_t i = 0; i < above[has] && p > 0; i++)
        p *= (double)(of[has] - i) / (double)(n - i);
    return p;
}

double tki_permutation_p(const double *x, const double *weight, const uint8_t *side, size_t n, uint64_t seed,
                         unsigned rounds)
{
    struct moments all = {0}, m[2] = {0};
    size_t of[2] = {0, 0}, beyond = 1;
    double shift = n ? x[0] : 0; /* keeps the sums of squares exact enough */
    for (size_t i = 0; i < n; i++) {
        add_value(&m[side[i]], x[i] - shift, weight[i]);
        add_value(&all, x[i] - shift, weight[i]);
        of[side[i]]++;
    }
    if (of[0] < 2 || of[1] < 2)
        return 1;
    double t = fabs(studentised(m)), least_p = chance_of_side(x, side, n, of);
    if (n > TKI_PERMUTED_MAX || rounds == 0)
        return fmax(tki_two_sided_p(t), least_p);
    uint32_t *order = malloc(n * sizeof *order);
    if (!order)
        return TK_ENOMEM;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    int few = of[1] < of[0]; /* the smaller side is drawn */
    for (unsigned r = 0; r < rounds; r++) {
        struct moments drawn[2] = {0};
        shuffle(order, n, of[few], &seed);
        for (size_t i = 0; i < of[few]; i++)
            add_value(&drawn[few], x[order[i]] - shift, weight[order[i]]);
        drawn[!few] = (struct moments){all.w - drawn[few].w, all.wx - drawn[few].wx, all.ww - drawn[few].ww,
                                       all.wwx - drawn[few].wwx, all.wwxx - drawn[few].wwxx};
        beyond += fabs(studentised(drawn)) >= t * (1 - 1e-12);
    }
    free(order);
    return fmax((double)beyond / (rounds + 1), least_p);
}

static double difference_of(const struct tki_comparison *c, bool whole)
{
    struct moments m[2] = {0};
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_member *x = &c->member[i];
        add_value(&m[x->side], (double)(whole ? x->trace->whole_ns : x->trace->duration_ns), x->fit);
    }
    return m[0].w > 0 && m[1].w > 0 ? studentised(m) : 0;
}

bool tki_compare_leans_back(const struct tki_comparison *c)
{
    double root = difference_of(c, false), whole = difference_of(c, true);
    return fabs(whole) > fabs(root) ? whole < 0 : c->within_ns < 0;
}

/* ---- values and intervals ---- */

struct values {
    const struct tki_comparison *c;
    double *x, *weight, *t;
    uint8_t *side;
    struct tki_weighted *sorted[2], *all;
    size_t n, of[2];
    double weight_of[2], n_eff[2];
};

static int values_init(struct values *v, const struct tki_comparison *c, uint32_t replicates)
{
    size_t n = c->nmembers + 1;
    v->c = c;
    v->x = malloc(n * sizeof *v->x);
    v->weight = malloc(n * sizeof *v->weight);
    v->side = malloc(n);
    v->all = malloc(n * sizeof *v->all);
    v->sorted[0] = malloc(n * sizeof **v->sorted);
    v->sorted[1] = malloc(n * sizeof **v->sorted);
    v->t = malloc(((size_t)replicates + 1) * sizeof *v->t);
    if (!v->x || !v->weight || !v->side || !v->all || !v->sorted[0] || !v->sorted[1] || !v->t)
        return TK_ENOMEM;
    double ww[2] = {0, 0};
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_member *m = &c->member[i];
        struct tki_weighted x = {m->trace->duration_ns, m->weight};
        v->x[v->n] = (double)m->trace->duration_ns;
        v->weight[v->n] = m->weight;
        v->side[v->n] = m->side;
        v->all[v->n++] = x;
        v->sorted[m->side][v->of[m->side]++] = x;
        v->weight_of[m->side] += m->weight;
        ww[m->side] += m->weight * m->weight;
    }
    tki_sort_weighted(v->all, v->n);
    for (int side = 0; side < 2; side++) {
        tki_sort_weighted(v->sorted[side], v->of[side]);
        v->n_eff[side] = ww[side] > 0 ? v->weight_of[side] * v->weight_of[side] / ww[side] : 0;
    }
    return TK_OK;
}

static void values_free(struct values *v)
{
    free(v->x);
    free(v->weight);
    free(v->side);
    free(v->all);
    free(v->sorted[0]);
    free(v->sorted[1]);
    free(v->t);
}

static int cmp_double(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* By Welch and Satterthwaite. */
static double degrees_of_freedom(const struct moments m[2])
{
    double sum = 0, parts = 0;
    for (int side = 0; side < 2; side++) {
        double v = variance(&m[side]), n = m[side].w * m[side].w / m[side].ww;
        sum += v;
        parts += n > 1 ? v * v / (n - 1) : 0;
    }
    return parts > 0 ? sum * sum / parts : 1e6;
}

/* The studentised bootstrap: how far the difference of replicates lies from this one, in their standard errors.  Few
 * traces lack the tails of what they were drawn from, and so do their replicates: no end of the interval is nearer than
 * Welch's. */
static void mean_interval(struct values *v, struct tki_level_diff *d, uint64_t seed, uint32_t replicates)
{
    uint32_t n = 0;
    double lo = -TKI_Z95, hi = TKI_Z95;
    for (uint32_t r = 0; r < replicates && v->n <= TKI_PERMUTED_MAX; r++) {
        struct moments m[2] = {0};
        size_t drawn[2] = {0, 0};
        for (size_t i = 0; i < v->n; i++) {
            unsigned times = tki_poisson_draw(seed, v->c->member[i].trace->id, r);
            struct moments *to = &m[v->side[i]];
            double x = v->x[i] - d->ns[0], w = v->weight[i];
            drawn[v->side[i]] += times > 0;
            /* a trace that is drawn twice is two traces */
            to->w += times * w;
            to->wx += times * w * x;
            to->ww += times * w * w;
            to->wwx += times * w * w * x;
            to->wwxx += times * w * w * x * x;
        }
        double se = sqrt(variance(&m[0]) + variance(&m[1]));
        if (drawn[0] >= 2 && drawn[1] >= 2 && se > 0)
            v->t[n++] = (m[1].wx / m[1].w - m[0].wx / m[0].w - d->diff_ns) / se;
    }
    if (n >= 100) {
        qsort(v->t, n, sizeof *v->t, cmp_double);
        uint32_t tail = (uint32_t)(0.025 * n);
        lo = v->t[tail];
        hi = v->t[n - 1 - tail];
    }
    double welch = tki_student((size_t)fmin(fmax(d->degrees, 1), 1e6));
    lo = fmin(lo, -welch);
    hi = fmax(hi, welch);
    d->interval = (struct tki_interval){d->diff_ns - hi * d->se_ns, d->diff_ns - lo * d->se_ns};
}

static void compare_means(struct values *v, struct tki_level_diff *d)
{
    struct moments m[2] = {0};
    for (int side = 0; side < 2; side++)
        d->ns[side] = v->c->side[side].mean_ns;
    d->diff_ns = d->ns[1] - d->ns[0];
    for (size_t i = 0; i < v->n; i++)
        add_value(&m[v->side[i]], v->x[i] - d->ns[v->side[i]], v->weight[i]);
    d->se_ns = sqrt(variance(&m[0]) + variance(&m[1]));
    d->degrees = degrees_of_freedom(m);
}

/* A quantile's standard error: the shares around it that are not certain, read off as times. */
static double quantile_se(const struct values *v, int side, double q)
{
    double part = TKI_Z95 * sqrt(q * (1 - q) / v->n_eff[side]);
    double lo = fmax(q - part, 1e-9), hi = fmin(q + part, 1);
    return (double)(tki_quantile(v->sorted[side], v->of[side], hi) - tki_quantile(v->sorted[side], v->of[side], lo)) /
           (2 * TKI_Z95);
}

static void compare_quantiles(struct values *v, struct tki_level_diff *d, double q)
{
    double var = 0;
    for (int side = 0; side < 2; side++) {
        double se = quantile_se(v, side, q);
        d->ns[side] = (double)tki_quantile(v->sorted[side], v->of[side], q);
        var += se * se;
    }
    d->diff_ns = d->ns[1] - d->ns[0];
    d->se_ns = sqrt(var);
    d->interval = (struct tki_interval){d->diff_ns - TKI_Z95 * d->se_ns, d->diff_ns + TKI_Z95 * d->se_ns};
    double limit = (double)tki_quantile(v->all, v->n, q);
    for (size_t i = 0; i < v->n; i++)
        v->x[i] = (double)v->c->member[i].trace->duration_ns > limit;
}

static bool enough(const struct values *v, enum tki_level level)
{
    double q = quantiles[level];
    for (int side = 0; side < 2; side++) {
        if (v->of[side] < TKI_LEVEL_TRACES)
            return false;
        if (level != TKI_LEVEL_MEAN && v->n_eff[side] * fmin(q, 1 - q) < BEYOND)
            return false;
    }
    return true;
}

/* Step-down: the smallest p times the number of tests, the next one times one less, never decreasing. */
static void holm(struct tki_levels *l)
{
    bool done[TKI_LEVELS] = {false};
    int tests = 0;
    double least = 0;
    for (int i = 0; i < TKI_LEVELS; i++)
        tests += l->level[i].known;
    for (; tests > 0; tests--) {
        int next = -1;
        for (int i = 0; i < TKI_LEVELS; i++)
            if (l->level[i].known && !done[i] && (next < 0 || l->level[i].p < l->level[next].p))
                next = i;
        struct tki_level_diff *d = &l->level[next];
        least = fmax(least, fmin(1, d->p * tests));
        d->p_holm = least;
        d->certain = least <= 0.05;
        done[next] = true;
    }
}

/* Durations spread so far that the mean hangs on a few of them: the standard deviation of their logarithms. */
static bool is_rough(const struct values *v)
{
    for (int side = 0; side < 2; side++) {
        double w = 0, x1 = 0, x2 = 0;
        for (size_t i = 0; i < v->of[side]; i++) {
            double x = log(fmax((double)v->sorted[side][i].value, 1));
            w += v->sorted[side][i].weight;
            x1 += v->sorted[side][i].weight * x;
            x2 += v->sorted[side][i].weight * x * x;
        }
        if (w > 0 && x2 / w - x1 / w * (x1 / w) > ROUGH_LN_SD * ROUGH_LN_SD)
            return true;
    }
    return false;
}

int tki_levels_compare(struct tki_levels *l, const struct tki_comparison *c, uint64_t seed, uint32_t replicates)
{
    struct values v = {0};
    memset(l, 0, sizeof *l);
    int rc = values_init(&v, c, replicates);
    for (int i = 0; i < TKI_LEVELS && rc == TK_OK && v.of[0] && v.of[1]; i++) {
        struct tki_level_diff *d = &l->level[i];
        d->known = enough(&v, i);
        if (i == TKI_LEVEL_MEAN) {
            compare_means(&v, d);
            if (d->known)
                mean_interval(&v, d, seed, replicates);
        } else {
            compare_quantiles(&v, d, quantiles[i]);
        }
        d->least_ns = (TKI_Z95 + POWER_Z) * d->se_ns;
        if (d->known)
            d->p = tki_permutation_p(v.x, v.weight, v.side, v.n, seed + (uint64_t)i, TKI_PERMUTATIONS);
        if (d->p < 0)
            rc = TK_ENOMEM;
    }
    if (rc == TK_OK) {
        holm(l);
        l->rough = is_rough(&v);
    }
    values_free(&v);
    return rc;
}
