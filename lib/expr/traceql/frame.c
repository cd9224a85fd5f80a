/* From what was observed to points of series; and what is done with them then: comparisons, topk, arithmetic.
 */
#include <math.h>
#include <stdlib.h>

#include "expr/traceql/metric_in.h"

void tki_qframe_free(struct tki_qframe *f)
{
    free(f->labels);
    free(f->points);
    *f = (struct tki_qframe){0};
}

int tki_qframe_add(struct tki_qframe *f, uint32_t series, int64_t interval, double value)
{
    if (f->npoints == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 64;
        struct tki_qpoint *more = realloc(f->points, cap * sizeof *more);
        if (!more)
            return TK_ENOMEM;
        f->points = more;
        f->cap = cap;
    }
    f->points[f->npoints++] = (struct tki_qpoint){series, interval, value};
    return 0;
}

static int compare_labels(const struct tki_qframe *f, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < f->nlabels; i++) {
        int c = tki_value_order(&f->labels[a * f->nlabels + i], &f->labels[b * f->nlabels + i]);
        if (c)
            return c;
    }
    return (a > b) - (a < b);
}

static int compare_points(const void *pa, const void *pb, void *frame)
{
    const struct tki_qpoint *a = pa, *b = pb;
    if (a->series != b->series)
        return compare_labels(frame, a->series, b->series);
    return (a->interval > b->interval) - (a->interval < b->interval);
}

static void sort_points(struct tki_qframe *f)
{
    if (f->npoints)
        qsort_r(f->points, f->npoints, sizeof *f->points, compare_points, f);
}

/* ---- from cells -------------------------------------------------------------------------------------------
 */

struct cell_at { /* a cell with its key */
    uint32_t series;
    int64_t interval, bucket;
    const struct tki_qcell *cell;
};

static int compare_cells(const void *pa, const void *pb)
{
    const struct cell_at *a = pa, *b = pb;
    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    if (a->interval != b->interval)
        return a->interval < b->interval ? -1 : 1;
    return (a->bucket > b->bucket) - (a->bucket < b->bucket);
}

static struct cell_at *sorted_cells(const struct tki_qleaf *l)
{
    struct cell_at *at = malloc((l->keys.n + 1u) * sizeof *at);
    for (uint32_t i = 0; at && i < l->keys.n; i++) {
        const struct tki_value *key = tki_qgroups_at(&l->keys, i);
        at[i] = (struct cell_at){(uint32_t)key[0].v.i, key[1].v.i, key[2].v.i, &l->cells[i]};
    }
    if (at)
        qsort(at, l->keys.n, sizeof *at, compare_cells);
    return at;
}

static double upper(int64_t bucket)
{
    return bucket == INT16_MIN ? 0 : ldexp(1, (int)bucket);
}

static double value_of(const struct tki_qmetrics *m, const struct tki_qleaf *l, const struct tki_qcell *c)
{
    switch ((enum tki_qmetric)l->node->what) {
    case TKI_M_RATE: {
        double seconds = (double)(m->step_ns ? (uint64_t)m->step_ns : m->last_ns - m->first_ns) / 1e9;
        return seconds > 0 ? tki_exact_sum(&c->n) / seconds : NAN;
    }
    case TKI_M_MIN: return c->min;
    case TKI_M_MAX: return c->max;
    case TKI_M_AVG: return tki_exact_sum(&c->sum) / tki_exact_sum(&c->n);
    case TKI_M_SUM: return tki_exact_sum(&c->sum);
    default: return tki_exact_sum(&c->n);
    }
}

/* Functions that count say 0 where nothing was. */
static int simple_points(const struct tki_qmetrics *m, const struct tki_qleaf *l, struct tki_qframe *f,
                         const struct cell_at *at)
{
    static const struct tki_qcell nothing;
    bool counts = l->node->what == TKI_M_RATE || l->node->what == TKI_M_COUNT;
    int64_t first = tki_qinterval(m, m->first_ns), last = tki_qinterval(m, m->last_ns);
    size_t k = 0, n = l->keys.n;
    int r = 0;
    for (uint32_t s = 0; s < f->nseries && r == 0; s++) {
        int64_t next = first;
        for (; k < n && at[k].series == s && r == 0; k++) {
            for (; counts && next < at[k].interval && r == 0; next++)
                r = tki_qframe_add(f, s, next, value_of(m, l, &nothing));
            if (r == 0)
                r = tki_qframe_add(f, s, at[k].interval, value_of(m, l, at[k].cell));
            next = at[k].interval + 1;
        }
        for (; counts && next <= last && r == 0; next++)
            r = tki_qframe_add(f, s, next, value_of(m, l, &nothing));
    }
    return r;
}

/* Each series once for each quantile. */
static int quantile_points(struct tki_qmetrics *m, const struct tki_qleaf *l, struct tki_qframe *f,
                           const struct cell_at *at)
{
    uint32_t per = l->node->nnumbers;
    double *values = malloc(((size_t)l->keys.n * per + 1) * sizeof *values);
    int r = values ? tki_values_quantiles(l->values, l->node->numbers, per, values, l->keys.n, &m->err) : TK_ENOMEM;
    for (size_t i = 0; i < l->keys.n && r == 0; i++)
        for (uint32_t q = 0; q < per && r == 0; q++)
            r = tki_qframe_add(f, at[i].series * per + q, at[i].interval,
                               values[(size_t)(at[i].cell - l->cells) * per + q]);
    free(values);
    return r;
}

/* Each series once for each of its buckets. */
static int histogram_points(const struct tki_qleaf *l, struct tki_qframe *f, const struct cell_at *at,
                            struct tki_qgroups *buckets)
{
    int r = 0;
    for (size_t i = 0; i < l->keys.n && r == 0; i++) {
        struct tki_value key[2] = {{.type = TKI_V_INT, .v.i = at[i].series}, {.type = TKI_V_INT, .v.i = at[i].bucket}};
        uint32_t series = tki_qgroups_put(buckets, key);
        r = tki_qframe_add(f, series, at[i].interval, tki_exact_sum(&at[i].cell->n));
    }
    return r;
}

static int names_of(struct tki_qmetrics *m, const struct tki_qleaf *l, struct tki_qframe *f, const char *extra)
{
    f->nlabels = l->series.width + (extra != NULL);
    f->names = tki_arena_alloc(&m->arena, (f->nlabels + 1) * sizeof *f->names);
    if (!f->names)
        return TK_ENOMEM;
    size_t i = 0;
    for (const struct tki_qnode *b = l->node->b; b; b = b->next) {
        struct tki_buf text = {0};
        tki_field_print(&text, &b->field);
        f->names[i++] = tki_qmetrics_text(m, tki_buf_text(&text, &m->rc)).p;
        tki_buf_free(&text);
    }
    if (extra)
        f->names[i] = extra;
    return m->rc;
}

static void label(struct tki_qframe *f, const struct tki_qleaf *l, uint32_t to, uint32_t series,
                  const struct tki_value *extra)
{
    struct tki_value *at = f->labels + to * f->nlabels;
    if (l->series.width)
        memcpy(at, tki_qgroups_at(&l->series, series), l->series.width * sizeof *at);
    if (extra)
        at[l->series.width] = *extra;
}

static struct tki_value bound(const struct tki_qleaf *l, int64_t bucket)
{
    double x = upper(bucket);
    if (l->duration && x <= 0x1p63)
        return (struct tki_value){.type = TKI_V_DURATION, .v.i = x < 0x1p63 ? (int64_t)x : INT64_MAX};
    return (struct tki_value){.type = TKI_V_FLOAT, .v.d = x};
}

static int histogram(struct tki_qleaf *l, struct tki_qframe *f, const struct cell_at *at)
{
    struct tki_qgroups buckets = {.width = 2};
    int r = histogram_points(l, f, at, &buckets);
    f->nseries = buckets.n;
    f->labels = calloc((size_t)buckets.n * f->nlabels + 1, sizeof *f->labels);
    for (uint32_t i = 0; f->labels && i < buckets.n; i++) {
        const struct tki_value *key = tki_qgroups_at(&buckets, i);
        struct tki_value extra = bound(l, key[1].v.i);
        label(f, l, i, (uint32_t)key[0].v.i, &extra);
    }
    tki_qgroups_free(&buckets);
    return f->labels ? r : TK_ENOMEM;
}

int tki_qleaf_frame(struct tki_qmetrics *m, struct tki_qleaf *l, struct tki_qframe *f)
{
    enum tki_qmetric what = l->node->what;
    struct cell_at *at = sorted_cells(l);
    int r = at ? names_of(m, l, f,
                          what == TKI_M_QUANTILE    ? "p"
                          : what == TKI_M_HISTOGRAM ? "bucket"
                                                    : NULL)
               : TK_ENOMEM;
    f->duration = l->duration && what != TKI_M_HISTOGRAM;
    f->counts = what == TKI_M_COUNT || what == TKI_M_HISTOGRAM;
    if (r == 0 && what == TKI_M_HISTOGRAM) {
        r = histogram(l, f, at);
    } else if (r == 0) {
        /* Without groups there is one series, also of nothing. */
        uint32_t series = l->series.n ? l->series.n : l->series.width == 0,
                 per = what == TKI_M_QUANTILE ? l->node->nnumbers : 1;
        f->nseries = series * per;
        f->labels = calloc((size_t)f->nseries * f->nlabels + 1, sizeof *f->labels);
        for (uint32_t i = 0; f->labels && i < f->nseries; i++) {
            struct tki_value p = {.type = TKI_V_FLOAT, .v.d = what == TKI_M_QUANTILE ? l->node->numbers[i % per] : 0};
            label(f, l, i, i / per, what == TKI_M_QUANTILE ? &p : NULL);
        }
        r = !f->labels ? TK_ENOMEM : what == TKI_M_QUANTILE ? quantile_points(m, l, f, at) : simple_points(m, l, f, at);
    }
    free(at);
    if (r == 0)
        sort_points(f);
    return r;
}

/* ---- second stages ----------------------------------------------------------------------------------------
 */

void tki_qframe_filter(struct tki_qframe *f, const struct tki_qnode *n)
{
    size_t kept = 0;
    double than = tki_value_double(&n->value);
    if (f->duration != (n->value.type == TKI_V_DURATION))
        than = f->duration ? than * 1e9 : than / 1e9; /* plain numbers are seconds beside durations */
    struct tki_value b = {.type = TKI_V_FLOAT, .v.d = than};
    for (size_t i = 0; i < f->npoints; i++) {
        struct tki_value a = {.type = TKI_V_FLOAT, .v.d = f->points[i].value};
        f->points[kept] = f->points[i];
        kept += !isnan(a.v.d) && tki_q_compare(n->op, &a, &b);
    }
    f->npoints = kept;
}

struct ranking {
    const struct tki_qframe *f;
    bool largest;
};

static int compare_ranks(const void *pa, const void *pb, void *ctx)
{
    const struct ranking *k = ctx;
    const struct tki_qpoint *a = pa, *b = pb;
    if (a->interval != b->interval)
        return a->interval < b->interval ? -1 : 1;
    if (isnan(a->value) != isnan(b->value))
        return isnan(a->value) ? 1 : -1;
    if (a->value != b->value && !isnan(a->value))
        return (a->value > b->value) == k->largest ? -1 : 1;
    return compare_labels(k->f, a->series, b->series);
}

/* The first of each interval. */
int tki_qframe_top(struct tki_qframe *f, const struct tki_qnode *n)
{
    struct ranking k = {f, n->desc};
    size_t kept = 0, in = 0;
    if (f->npoints)
        qsort_r(f->points, f->npoints, sizeof *f->points, compare_ranks, &k);
    for (size_t i = 0; i < f->npoints; i++) {
        in = i && f->points[i].interval == f->points[i - 1].interval ? in + 1 : 0;
        if (in < n->count && !isnan(f->points[i].value))
            f->points[kept++] = f->points[i];
    }
    f->npoints = kept;
    f->ranked = true;
    return 0;
}

static double apply(enum tki_qop op, double a, double b)
{
    switch (op) {
    case TKI_OP_ADD: return a + b;
    case TKI_OP_SUB: return a - b;
    case TKI_OP_MUL: return a * b;
    default: return b == 0 ? NAN : a / b;
    }
}

void tki_qframe_scale(struct tki_qframe *f, enum tki_qop op, const struct tki_value *constant, bool left)
{
    double c = constant->type == TKI_V_NIL ? NAN : tki_value_double(constant), unit = f->duration ? 1e9 : 1;
    for (size_t i = 0; i < f->npoints; i++) {
        double x = f->points[i].value / unit;
        f->points[i].value = left ? apply(op, c, x) : apply(op, x, c);
    }
    f->duration = false;
    f->counts = f->counts && constant->type == TKI_V_INT && op != TKI_OP_DIV;
}

static bool same_names(const struct tki_qframe *a, const struct tki_qframe *b)
{
    for (size_t i = 0; i < a->nlabels; i++)
        if (strcmp(a->names[i], b->names[i]) != 0)
            return false;
    return true;
}

static int compare_places(const void *pa, const void *pb)
{
    const struct tki_qpoint *a = pa, *b = pb;
    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    return (a->interval > b->interval) - (a->interval < b->interval);
}

static size_t end_of_series(const struct tki_qframe *f, size_t at)
{
    uint32_t series = f->points[at].series;
    while (at < f->npoints && f->points[at].series == series)
        at++;
    return at;
}

struct side { /* a series of one side, and what its values are divided by */
    const struct tki_qpoint *points;
    size_t n;
    double unit;
};

static struct side side_of(const struct tki_qframe *f, uint32_t series, double unit)
{
    size_t low = 0, high = f->npoints;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->points[middle].series < series)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < f->npoints && f->points[low].series == series;
    return (struct side){f->points + low, found ? end_of_series(f, low) - low : 0, unit};
}

/* Where only one of two series has a point, there is no number, and none is made of it. */
static int join(enum tki_qop op, struct side a, struct side b, uint32_t series, struct tki_qframe *to)
{
    int r = 0;
    for (size_t i = 0, k = 0; i < a.n && k < b.n && r == 0;) {
        int64_t x = a.points[i].interval, y = b.points[k].interval;
        if (x == y)
            r = tki_qframe_add(to, series, x, apply(op, a.points[i].value / a.unit, b.points[k].value / b.unit));
        i += x <= y;
        k += y <= x;
    }
    return r;
}

int tki_qframe_math(struct tki_qmetrics *m, enum tki_qop op, struct tki_qframe *a, struct tki_qframe *b,
                    struct tki_qframe *to)
{
    const struct tki_qframe *with = a->nlabels ? a : b; /* whose labels the result has */
    int r = 0;
    (void)m;
    to->nlabels = with->nlabels;
    to->names = with->names;
    to->nseries = with->nseries;
    to->labels = calloc((size_t)with->nseries * with->nlabels + 1, sizeof *to->labels);
    if (!to->labels)
        return TK_ENOMEM;
    memcpy(to->labels, with->labels, (size_t)with->nseries * with->nlabels * sizeof *to->labels);
    if (a->nlabels && b->nlabels && (a->nlabels != b->nlabels || !same_names(a, b)))
        return 0;                                             /* nothing goes together */
    bool ns = a->duration && b->duration && op != TKI_OP_MUL; /* else durations are seconds */
    double fa = a->duration && !ns ? 1e9 : 1, fb = b->duration && !ns ? 1e9 : 1;
    to->duration = ns && op != TKI_OP_DIV;
    to->counts = a->counts && b->counts && op != TKI_OP_DIV;
    if (!a->npoints || !b->npoints)
        return 0;
    qsort(a->points, a->npoints, sizeof *a->points, compare_places);
    qsort(b->points, b->npoints, sizeof *b->points, compare_places);
    struct tki_qgroups index = {.width = (uint32_t)b->nlabels};
    uint32_t *series = calloc(b->nseries + 1u, sizeof *series); /* of b, by number in the index */
    for (uint32_t k = 0; series && k < b->nseries && b->nlabels; k++) {
        uint32_t at = tki_qgroups_put(&index, b->labels + k * b->nlabels);
        if (at == TK_NONE)
            r = TK_ENOMEM;
        else
            series[at] = k;
    }
    r = series ? r : TK_ENOMEM;
    for (size_t i = 0, next; i < a->npoints && r == 0; i = next) {
        uint32_t from = 0, end = b->nseries, n = index.n;
        next = end_of_series(a, i);
        if (a->nlabels && b->nlabels) {
            uint32_t at = tki_qgroups_put(&index, a->labels + a->points[i].series * a->nlabels);
            if (at >= n)
                continue;
            from = series[at];
            end = from + 1;
        }
        for (uint32_t k = from; k < end && r == 0; k++)
            r = join(op, (struct side){a->points + i, next - i, fa}, side_of(b, k, fb),
                     with == a ? a->points[i].series : k, to);
    }
    free(series);
    tki_qgroups_free(&index);
    if (r == 0)
        sort_points(to);
    return r;
}
