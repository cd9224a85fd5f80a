/* From what was gathered to what holds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "check/check_in.h"

#define Z 1.959963984540054 /* of a normal distribution, two-sided 95 % */

void tki_check_wilson(double p, double n, double *low, double *high)
{
    double z2 = Z * Z, d = 1 + z2 / n, middle = (p + z2 / (2 * n)) / d;
    double half = Z / d * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *low = p <= 0 ? 0 : fmax(0, middle - half);
    *high = p >= 1 ? 1 : fmin(1, middle + half);
}

static bool compares(const struct tki_assertion *a, double value, double limit)
{
    switch (a->cmp) {
    case TKI_CMP_GE: return value >= limit;
    case TKI_CMP_GT: return value > limit;
    case TKI_CMP_LE: return value <= limit;
    case TKI_CMP_LT: return value < limit;
    case TKI_CMP_EQ: return value == limit;
    case TKI_CMP_NE: return value != limit;
    case TKI_CMP_WITHIN: return fabs(value) <= limit;
    }
    return false;
}

static double judged_value(const struct tki_assertion *a, const struct tki_check_group *g)
{
    double bound = a->bound == TKI_BOUND_LOWER ? g->low : a->bound == TKI_BOUND_UPPER ? g->high : g->value;
    return isnan(bound) ? g->value : bound;
}

static void judge(const struct tki_assertion *a, struct tki_check_group *g, uint64_t n)
{
    if (n < a->min_n || n == 0)
        g->outcome = TKI_CHECK_OPEN;
    else
        g->outcome = compares(a, judged_value(a, g), a->limit) ? TKI_CHECK_HOLDS : TKI_CHECK_FAILS;
}

/* The group that decides: one that fails before one that holds, and the farthest from holding first; one that is too
 * small only when all are. */
static void take_worst(struct tki_assertion *a)
{
    static const int rank[] = {[TKI_CHECK_FAILS] = 2, [TKI_CHECK_HOLDS] = 1, [TKI_CHECK_OPEN] = 0};
    bool up = a->cmp == TKI_CMP_GE || a->cmp == TKI_CMP_GT;
    for (size_t i = 0; i < a->ngroups; i++) {
        const struct tki_check_group *g = &a->group[i], *w = &a->group[a->worst];
        double x = judged_value(a, g), y = judged_value(a, w);
        bool worse = a->cmp == TKI_CMP_WITHIN ? fabs(x) > fabs(y) : up ? x < y : x > y;
        a->small += g->outcome == TKI_CHECK_OPEN;
        if (i == 0 || rank[g->outcome] > rank[w->outcome] || (rank[g->outcome] == rank[w->outcome] && worse))
            a->worst = i;
    }
    if (a->ngroups) {
        const struct tki_check_group *w = &a->group[a->worst];
        a->outcome = w->outcome;
        a->small = w->outcome == TKI_CHECK_OPEN ? 0 : a->small;
        a->value = w->value;
        a->low = w->low;
        a->high = w->high;
    } else {
        a->outcome = TKI_CHECK_OPEN;
        a->value = NAN;
    }
}

/* ---- metrics ---- */

static void keep(const struct tki_checks *c, struct tki_assertion *a)
{
    for (size_t i = 0; i < a->ngroups; i++) {
        struct tki_check_group *g = &a->group[i];
        double n_eff = g->w * g->w / g->w2;
        g->value = g->kept / g->w;
        if (a->vs_baseline)
            g->value -= g->base / g->w;
        else if (c->state->weighted || a->bound != TKI_BOUND_POINT)
            tki_check_wilson(g->value, n_eff, &g->low, &g->high);
        judge(a, g, g->n);
    }
}

/* The only group of an assertion that has no selector. */
static struct tki_check_group *only(struct tki_checks *c, struct tki_assertion *a)
{
    return tki_check_group(c, a, TKI_STR(""));
}

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Seconds in which nothing came out are seconds, too. */
static int per_second(const struct tki_check_state *s, const struct tki_assertion *a, uint64_t extent_ns, double *value)
{
    uint64_t seconds = (extent_ns + 999999999) / 1000000000, n = s->seconds.n;
    double *rate = calloc(n + (size_t)1, sizeof *rate), sum = 0;
    if (!rate)
        return TK_ENOMEM;
    if (seconds < n)
        seconds = n;
    for (size_t i = 0; i < n; i++) {
        rate[i] = a->of == TKI_OF_BYTES ? s->second[i].bytes : s->second[i].spans;
        sum += rate[i];
    }
    qsort(rate, n, sizeof *rate, by_value);
    uint64_t place = (uint64_t)ceil(a->quantile * (double)seconds), zeros = seconds - n;
    if (a->quantile == 0)
        *value = seconds ? sum / (double)seconds : 0;
    else
        *value = place <= zeros || n == 0 ? 0 : rate[place - zeros - 1];
    free(rate);
    return 0;
}

static int total(struct tki_checks *c, struct tki_assertion *a, uint64_t extent_ns)
{
    const struct tki_check_state *s = c->state;
    struct tki_check_group *g = only(c, a);
    if (!g)
        return TK_ENOMEM;
    const struct tki_check_sum *sum = a->of == TKI_OF_TRACES  ? &s->traces_kept
                                      : a->of == TKI_OF_SPANS ? &s->spans_kept
                                                              : &s->bytes_kept;
    const struct tki_check_sum *base = a->of == TKI_OF_TRACES ? &s->traces_base : &s->spans_base;
    double factor = a->per_s > 0 ? a->per_s * 1e9 / (double)extent_ns : 1, half = Z * sqrt(sum->variance) * factor;
    g->n = s->traces;
    g->value = sum->sum * factor;
    if (a->each_second && per_second(s, a, extent_ns, &g->value) < 0)
        return TK_ENOMEM;
    if (a->vs_baseline)
        g->value = base->sum > 0 ? sum->sum / base->sum - 1 : NAN;
    else if (s->weighted && !a->each_second) {
        g->low = fmax(0, g->value - half);
        g->high = g->value + half;
    }
    judge(a, g, (a->per_s > 0 && extent_ns == 0) || isnan(g->value) ? 0 : s->traces);
    return 0;
}

static int complete(struct tki_checks *c, struct tki_assertion *a)
{
    struct tki_check_group *g = only(c, a);
    if (!g)
        return TK_ENOMEM;
    g->n = c->state->kept_traces;
    g->value = g->n ? 1 - (double)c->state->in_part / (double)g->n : NAN;
    judge(a, g, g->n);
    return 0;
}

/* How many values are there among what is kept, and how many among all. */
static int distinct(struct tki_assertion *a)
{
    uint64_t n = 0, kept = 0;
    struct tki_buf gone = {.max = 120};
    for (size_t i = 0; i < a->ngroups; i++) {
        n += a->group[i].n;
        kept += a->group[i].nkept > 0;
        if (!a->group[i].nkept)
            tki_buf_printf(&gone, "%s%.*s", gone.n ? ", " : "", (int)a->group[i].key.n, a->group[i].key.p);
    }
    double all = (double)a->ngroups, limit = a->before ? all : a->limit;
    a->value = (double)kept;
    a->limit = limit;
    a->outcome = n < a->min_n || n == 0         ? TKI_CHECK_OPEN
                 : compares(a, a->value, limit) ? TKI_CHECK_HOLDS
                                                : TKI_CHECK_FAILS;
    if (gone.n)
        snprintf(a->why, sizeof a->why, "gone: %.*s%s", (int)gone.n, gone.p, gone.err ? ", ..." : "");
    int rc = gone.err == TK_ENOMEM ? TK_ENOMEM : 0;
    tki_buf_free(&gone);
    return rc;
}

static int bias(struct tki_checks *c, struct tki_assertion *a)
{
    const struct tki_bias *b = &c->state->bias;
    for (uint32_t i = 0; i < b->services.n; i++) {
        struct tki_check_group *g = tki_check_group(c, a, b->services.strs[i]);
        if (!g)
            return TK_ENOMEM;
        double before = a->of == TKI_OF_ERRORS ? tki_bias_errors(b, i, TKI_BIAS_BEFORE)
                                               : tki_bias_duration(b, i, TKI_BIAS_BEFORE, a->quantile);
        double after = a->of == TKI_OF_ERRORS ? tki_bias_errors(b, i, TKI_BIAS_AFTER)
                                              : tki_bias_duration(b, i, TKI_BIAS_AFTER, a->quantile);
        g->n = tki_bias_count(b, i, TKI_BIAS_BEFORE);
        g->nkept = tki_bias_count(b, i, TKI_BIAS_AFTER);
        g->value = a->of == TKI_OF_ERRORS ? after - before : before > 0 ? after / before - 1 : after > 0 ? INFINITY : 0;
        judge(a, g, isnan(g->value) ? 0 : g->nkept);
        if (g->nkept == 0 && g->n >= a->min_n)
            g->outcome = TKI_CHECK_FAILS;
    }
    return 0;
}

static int policy(struct tki_checks *c, struct tki_assertion *a, const struct tki_check_counts *counts)
{
    const struct tki_check_policy *policies = counts->policy;
    size_t n = counts->npolicies;
    struct tki_check_group *g = only(c, a);
    size_t i = 0;
    if (!g)
        return TK_ENOMEM;
    while (i < n && !tki_str_eq(policies[i].name, a->policy))
        i++;
    g->n = c->state->traces;
    if (i == n) { /* a change that takes the policy out fails, and the other assertions are told, too */
        g->outcome = TKI_CHECK_FAILS;
        snprintf(a->why, sizeof a->why, "the configuration has no policy of this name");
        return 0;
    }
    g->value = (double)(a->column == 'h' ? policies[i].hits : a->column == 'f' ? policies[i].first : policies[i].alone);
    judge(a, g, g->n);
    return 0;
}

static int conflict(struct tki_checks *c, struct tki_assertion *a, uint64_t conflicts)
{
    struct tki_check_group *g = only(c, a);
    if (!g)
        return TK_ENOMEM;
    a->cmp = TKI_CMP_EQ;
    g->n = c->state->traces;
    g->value = (double)conflicts;
    judge(a, g, g->n);
    return 0;
}

static int late(struct tki_checks *c, struct tki_assertion *a, const struct tki_check_counts *counts)
{
    struct tki_check_group *g = only(c, a);
    if (!g)
        return TK_ENOMEM;
    g->n = c->state->traces;
    g->value = counts->spans ? (double)counts->late / (double)counts->spans : NAN;
    judge(a, g, counts->spans ? g->n : 0);
    return 0;
}

/* The memory is an estimate from low to high: where the limit lies between, nothing is known. */
static int memory(struct tki_checks *c, struct tki_assertion *a, const struct tki_check_counts *counts)
{
    struct tki_check_group *g = only(c, a);
    if (!g)
        return TK_ENOMEM;
    g->n = c->state->traces;
    g->value = counts->memory.mid;
    g->low = counts->memory.low;
    g->high = counts->memory.high;
    judge(a, g, g->n);
    if (g->outcome != TKI_CHECK_OPEN && compares(a, g->low, a->limit) != compares(a, g->high, a->limit)) {
        g->outcome = TKI_CHECK_OPEN;
        snprintf(a->why, sizeof a->why, "the limit lies within the estimate");
    }
    return 0;
}

int tki_checks_finish(struct tki_checks *c, const struct tki_check_counts *counts, struct tk_err *err)
{
    if (tki_bias_sort(&c->state->bias) < 0)
        return tki_err_memory(err);
    for (size_t i = 0; i < c->n; i++) {
        struct tki_assertion *a = &c->all[i];
        int rc = 0;
        switch (a->metric) {
        case TKI_CHECK_KEEP: keep(c, a); break;
        case TKI_CHECK_TOTAL: rc = total(c, a, counts->extent_ns); break;
        case TKI_CHECK_BIAS: rc = bias(c, a); break;
        case TKI_CHECK_COMPLETE: rc = complete(c, a); break;
        case TKI_CHECK_DISTINCT: rc = distinct(a); break;
        case TKI_CHECK_POLICY: rc = policy(c, a, counts); break;
        case TKI_CHECK_CONFLICT: rc = conflict(c, a, counts->conflicts); break;
        case TKI_CHECK_MEMORY: rc = memory(c, a, counts); break;
        case TKI_CHECK_LATE: rc = late(c, a, counts); break;
        }
        if (rc < 0)
            return rc == TK_ENOMEM ? tki_err_memory(err) : rc;
        if (a->metric != TKI_CHECK_DISTINCT)
            take_worst(a);
    }
    return 0;
}

size_t tki_checks_count(const struct tki_checks *c, enum tki_check_outcome outcome)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += c->all[i].outcome == outcome;
    return n;
}
