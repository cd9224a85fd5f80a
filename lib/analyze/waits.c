#include "analyze/waits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/waste.h"
#include "base/array.h"
#include "base/sort.h"

#define RISES_MIN   0.5 /* rank correlation */
#define RISES_Z     2.6 /* by chance in one of a hundred places such a correlation is found, of so many */
#define OWN_RISES   0.35
#define OWN_Z       3.0
#define OTHERS_RISE 0.3 /* likewise, among those that are not long */
#define OTHERS_Z    4.0
#define APART       0.5 /* Cliff's delta */
#define FAR_APART   0.8

enum { FEW = 5, MANY = 20, SPANS_MIN = 10 };

/* ---- does a time grow with what is in flight? ---- */

static int cmp_value_of(const void *pa, const void *pb, void *ctx)
{
    const double *x = ctx;
    size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
    if (x[a] != x[b])
        return x[a] < x[b] ? -1 : 1;
    return (a > b) - (a < b);
}

/* Replaces x[0..n) by ranks from 0 on, those of equal values their mean. */
static bool to_ranks(double *x, size_t n)
{
    size_t *order = malloc((n + 1) * sizeof *order);
    double *rank = malloc((n + 1) * sizeof *rank);
    bool ok = order && rank;
    for (size_t i = 0; ok && i < n; i++)
        order[i] = i;
    if (ok && n)
        qsort_r(order, n, sizeof *order, cmp_value_of, x);
    for (size_t i = 0; ok && i < n;) {
        size_t k = i;
        while (k < n && x[order[k]] == x[order[i]])
            k++;
        for (size_t j = i; j < k; j++)
            rank[order[j]] = (double)(i + k - 1) / 2;
        i = k;
    }
    if (ok)
        memcpy(x, rank, n * sizeof *x);
    free(order);
    free(rank);
    return ok;
}

struct pairs {
    double *x, *y;
    size_t n;
};

/* Spearman's rank correlation; 0 where one does not vary.  Overwrites both by ranks. */
static bool correlate(struct pairs *p, double *r)
{
    double xx = 0, yy = 0, xy = 0, m = (double)(p->n ? p->n - 1 : 0) / 2;
    *r = 0;
    if (!to_ranks(p->x, p->n) || !to_ranks(p->y, p->n))
        return false;
    for (size_t i = 0; i < p->n; i++) {
        double sx = p->x[i] - m, sy = p->y[i] - m;
        xx += sx * sx;
        yy += sy * sy;
        xy += sx * sy;
    }
    *r = xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
    return true;
}

struct load { /* what is asked about */
    const double *ns, *load;
    const bool *is_long;
    size_t n, of[2];
};

/* Those that are long, or not; both: all of them. */
static void pick(const struct load *l, bool is_long, bool both, struct pairs *p)
{
    p->n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (!both && l->is_long[i] != is_long)
            continue;
        p->x[p->n] = l->ns[i];
        p->y[p->n++] = l->load[i];
    }
}

/* Cliff's delta of the loads, whose ranks are y: of all that is picked. */
static double delta_of(const struct load *l, const struct pairs *p)
{
    double ranks = 0, n = (double)l->of[1];
    for (size_t i = 0; i < l->n; i++)
        ranks += l->is_long[i] ? p->y[i] : 0;
    return 2 * (ranks - n * (n - 1) / 2) / (n * (double)l->of[0]) - 1;
}

static bool grows(const struct load *l, double own, double others, double all, double delta)
{
    size_t n = l->of[1];
    bool sure = own >= OWN_RISES && own * sqrt((double)n - 1) >= OWN_Z; /* those that are long are all much alike */
    bool among_own = n < FEW || sure || own >= (n >= MANY ? RISES_MIN : RISES_MIN / 2);
    bool among_others = others >= OTHERS_RISE && others * sqrt((double)l->of[0] - 1) >= OTHERS_Z;
    bool beyond = n >= 2 * FEW && own >= RISES_MIN && delta >= FAR_APART;
    if (!among_own && !among_others)
        return false;
    return beyond || (all >= RISES_MIN && all * sqrt((double)l->n - 1) >= RISES_Z && delta >= APART);
}

int tki_grows_with_load(const double *ns, const double *load, const bool *is_long, size_t n, double *rises)
{
    struct load l = {.ns = ns, .load = load, .is_long = is_long, .n = n};
    struct pairs p = {malloc((n + 1) * sizeof *p.x), malloc((n + 1) * sizeof *p.y), 0};
    double own = 0, others = 0, delta = 0;
    bool ok = p.x && p.y;
    *rises = 0;
    for (size_t i = 0; i < n; i++)
        l.of[is_long[i]]++;
    bool enough = l.of[1] > 0 && l.of[0] >= FEW;
    if (ok && enough) {
        pick(&l, true, false, &p);
        ok = correlate(&p, &own);
        pick(&l, false, false, &p);
        ok = ok && correlate(&p, &others);
        pick(&l, false, true, &p);
        ok = ok && correlate(&p, rises);
        delta = ok ? delta_of(&l, &p) : 0;
    }
    free(p.x);
    free(p.y);
    return !ok ? TK_ENOMEM : enough && grows(&l, own, others, *rises, delta);
}

/* ---- the time before calls ---- */

/* NULL: past a limit, or out of memory, which *rc says. */
static struct tki_wait *wait_of(struct tki_waits *w, uint32_t parent, uint32_t call, int *rc)
{
    tk_id128 id = {parent, call};
    uint32_t n = tki_idmap_get(&w->map, id);
    if (n != TKI_MAP_NONE)
        return &w->wait[n];
    if (w->map.n == TKI_WAITS_PLACES) {
        w->passed_over++;
        return NULL;
    }
    if (TKI_GROW(w->wait, w->cap, w->map.n + 1) < 0 || (n = tki_idmap_put(&w->map, id)) == TKI_MAP_NONE) {
        *rc = TK_ENOMEM;
        return NULL;
    }
    w->wait[n] = (struct tki_wait){.parent = parent, .call = call};
    return &w->wait[n];
}

/* A long wait on the critical path. */
static void count_long(const struct tki_waits *w, struct tki_wait *x, const struct tk_span *s, int64_t ns, uint32_t row)
{
    bool again = x->last == w->traces;
    x->now_ns = again ? x->now_ns + ns : ns;
    x->traces += !again;
    x->last = w->traces;
    x->ns += ns < INT64_MAX - x->ns ? ns : 0;
    x->first_ns = !x->first_ns || s->start_ns < x->first_ns ? s->start_ns : x->first_ns;
    x->last_ns = s->start_ns > x->last_ns ? s->start_ns : x->last_ns;
    x->row = again && x->row != TK_NONE && x->now_ns > 2 * ns ? x->row : row;
    if (ns <= x->most_ns)
        return;
    x->most_ns = ns;
    x->trace = s->trace_id;
    x->span = s->span_id;
}

static int add_sample(struct tki_waits *w, const struct tki_facts *f, uint32_t parent, uint32_t call, int64_t ns,
                      int64_t min_ns)
{
    const struct tk_span *s = &f->b->spans[parent];
    int rc = TK_OK;
    struct tki_wait *x = wait_of(w, w->rows.op[parent], w->rows.op[call], &rc);
    if (!x)
        return rc;
    if (w->samples == TKI_WAITS_SAMPLES) {
        w->passed_over++;
        return TK_OK;
    }
    if (TKI_GROW(x->sample, x->cap, x->n + 1) < 0)
        return TK_ENOMEM;
    x->sample[x->n++] = (struct tki_wait_sample){ns, s->start_ns, s->end_ns, ns >= min_ns};
    w->samples++;
    if (ns >= min_ns && w->rows.path_ns[call] > 0)
        count_long(w, x, &f->b->spans[call], ns, call);
    return TK_OK;
}

/* What another process begins waits for the network, or in a queue. */
static bool is_call(const struct tk_span *s)
{
    return s->kind != TK_KIND_SERVER && s->kind != TK_KIND_CONSUMER;
}

static int look_below(struct tki_waits *w, const struct tki_facts *f, uint32_t parent, int64_t min_ns)
{
    uint32_t n = tki_call_rows_below(&w->rows, f, parent);
    int rc = TK_OK;
    if (n == 0 || w->rows.op[parent] == TKI_MAP_NONE || f->times.state[parent] & (TKI_NODE_COPY | TKI_NODE_INVALID))
        return TK_OK;
    int64_t busy = f->times.start_ns[parent];
    for (uint32_t i = 0; i < n && rc == TK_OK; i++) {
        uint32_t kid = w->rows.kid[i];
        int64_t gap = f->times.start_ns[kid] - busy;
        busy = f->times.end_ns[kid] > busy ? f->times.end_ns[kid] : busy;
        if (w->rows.op[kid] == TKI_MAP_NONE || w->called[w->rows.op[kid]])
            continue;
        w->called[w->rows.op[kid]] = true;
        if (is_call(&f->b->spans[kid]))
            rc = add_sample(w, f, parent, kid, gap > 0 ? gap : 0, min_ns);
    }
    for (uint32_t i = 0; i < n; i++)
        if (w->rows.op[w->rows.kid[i]] != TKI_MAP_NONE)
            w->called[w->rows.op[w->rows.kid[i]]] = false;
    return rc;
}

int tki_waits_add(struct tki_waits *w, const struct tki_facts *f, int64_t min_ns)
{
    int rc = TK_OK;
    if (!f->has_cpath)
        return TK_OK;
    if (tki_call_rows_load(&w->rows, &w->ops, f) < 0 || TKI_GROW_ZERO(w->called, w->called_cap, w->ops.names.n) < 0)
        return TK_ENOMEM;
    w->traces++;
    for (uint32_t row = 0; row < f->b->nspans && rc == TK_OK; row++)
        rc = look_below(w, f, row, min_ns);
    return rc;
}

/* ---- which of them are for a pool ---- */

static int cmp_sample(const void *pa, const void *pb)
{
    const struct tki_wait_sample *a = pa, *b = pb;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    if (a->ns != b->ns)
        return a->ns < b->ns ? -1 : 1;
    return (a->end_ns > b->end_ns) - (a->end_ns < b->end_ns);
}

static int cmp_double(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* Where nearly all wait long, the longer half is asked about. */
static int mark_long(const struct tki_wait *x, bool *is_long, double *ns)
{
    size_t others = 0;
    for (size_t i = 0; i < x->n; i++) {
        is_long[i] = x->sample[i].is_long;
        others += !is_long[i];
        ns[i] = (double)x->sample[i].ns;
    }
    if (others >= FEW)
        return TK_OK;
    double *sorted = malloc((x->n + 1) * sizeof *sorted);
    if (!sorted)
        return TK_ENOMEM;
    memcpy(sorted, ns, x->n * sizeof *ns);
    qsort(sorted, x->n, sizeof *sorted, cmp_double);
    for (size_t i = 0; i < x->n; i++)
        is_long[i] = ns[i] > sorted[(x->n - 1) / 2];
    free(sorted);
    return TK_OK;
}

static double median_of(size_t all, const double *load, const bool *is_long, bool wanted, double *scratch)
{
    size_t n = 0;
    for (size_t i = 0; i < all; i++)
        if (is_long[i] == wanted)
            scratch[n++] = load[i];
    if (n)
        qsort(scratch, n, sizeof *scratch, cmp_double);
    return n ? scratch[(n - 1) / 2] : 0;
}

/* Sorts the samples: how many of the spans had begun before each, and had not ended.  TK_ENOMEM, or does it grow? */
static int judge(struct tki_wait *x)
{
    uint64_t *end = malloc((x->n + 1) * sizeof *end);
    double *ns = malloc((x->n + 1) * sizeof *ns), *load = malloc((x->n + 1) * sizeof *load);
    bool *is_long = malloc(x->n + 1);
    int rc = end && ns && load && is_long ? TK_OK : TK_ENOMEM;
    if (rc == TK_OK) {
        qsort(x->sample, x->n, sizeof *x->sample, cmp_sample);
        for (size_t i = 0; i < x->n; i++)
            end[i] = x->sample[i].end_ns;
        tki_sort_u64(end, x->n);
        for (size_t i = 0; i < x->n; i++) {
            load[i] = (double)i - (double)tki_count_up_to(end, x->n, x->sample[i].start_ns);
            load[i] = fmax(load[i], 0); /* spans without a length */
        }
        rc = mark_long(x, is_long, ns);
        rc = rc == TK_OK ? tki_grows_with_load(ns, load, is_long, x->n, &x->rises) : rc;
        for (int i = 0; i < 2; i++)
            x->in_flight[i] = median_of(x->n, load, is_long, i, ns);
    }
    free(end);
    free(ns);
    free(load);
    free(is_long);
    return rc;
}

static int cmp_wait(const void *pa, const void *pb, void *waits)
{
    const struct tki_wait *a = *(struct tki_wait *const *)pa, *b = *(struct tki_wait *const *)pb;
    const struct tki_waits *w = waits;
    if (a->ns != b->ns)
        return a->ns > b->ns ? -1 : 1;
    int c = tki_operation_cmp(&w->ops, a->parent, b->parent);
    return c ? c : tki_operation_cmp(&w->ops, a->call, b->call);
}

struct tki_wait **tki_waits_find(struct tki_waits *w, uint64_t least, size_t *n)
{
    struct tki_wait **list = malloc(((size_t)w->map.n + 1) * sizeof(struct tki_wait *));
    int rc = list ? TK_OK : TK_ENOMEM;
    *n = 0;
    for (uint32_t i = 0; i < w->map.n && rc >= 0; i++) {
        struct tki_wait *x = &w->wait[i];
        if (x->traces < least || x->n < SPANS_MIN)
            continue;
        rc = judge(x);
        if (rc > 0)
            list[(*n)++] = x;
    }
    if (rc < 0) {
        free(list);
        return NULL;
    }
    if (*n)
        qsort_r(list, *n, sizeof(struct tki_wait *), cmp_wait, w);
    return list;
}

void tki_waits_reset(struct tki_waits *w)
{
    for (uint32_t i = 0; i < w->map.n; i++)
        free(w->wait[i].sample);
    tki_operations_reset(&w->ops);
    tki_idmap_reset(&w->map);
    w->traces = w->passed_over = 0;
    w->samples = 0;
}

void tki_waits_free(struct tki_waits *w)
{
    for (uint32_t i = 0; i < w->map.n; i++)
        free(w->wait[i].sample);
    tki_operations_free(&w->ops);
    tki_idmap_free(&w->map);
    free(w->wait);
    tki_call_rows_free(&w->rows);
    free(w->called);
    memset(w, 0, sizeof *w);
}
