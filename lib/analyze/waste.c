#include "analyze/waste.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/patterns.h"
#include "base/array.h"
#include "base/str.h"

enum { LOOP_CALLS = 5, FAN_OUT = 4, STRAGGLES = 2, DEEP = 3 };

#define TIMEOUT_MIN 100000000 /* ns: shorter failures are no timeouts that anybody set */
#define MOST        0.9       /* of the time of a call that one below it took: then that one timed out */

static int cmp_operation(const struct tk_batch *b, uint32_t x, uint32_t y)
{
    const struct tk_span *s = &b->spans[x], *t = &b->spans[y];
    int c = tki_str_cmp(s->name, t->name);
    c = c ? c : s->kind - t->kind;
    return c ? c : tki_str_cmp(b->resources[s->resource].service, b->resources[t->resource].service);
}

static int cmp_row(const void *pa, const void *pb, void *batch)
{
    uint32_t x = *(const uint32_t *)pa, y = *(const uint32_t *)pb;
    int c = cmp_operation(batch, x, y);
    return c ? c : (x > y) - (x < y);
}

static int add(struct tki_wastes *x, const struct tki_waste *w, int64_t min_ns)
{
    if (w->ns < min_ns || w->ns <= 0)
        return TK_OK;
    if (TKI_GROW(x->waste, x->cap, x->n + 1) < 0)
        return TK_ENOMEM;
    x->waste[x->n++] = *w;
    return TK_OK;
}

/* ---- calls of one operation below one span ---- */

/* Those that failed, and the pauses behind them where the trace waited for both. */
static int64_t wasted_by_retries(const struct tki_wastes *x, const struct tki_facts *f, const uint32_t *row, uint32_t n)
{
    int64_t ns = 0;
    for (uint32_t i = 0; i + 1 < n; i++) {
        if (f->b->spans[row[i]].status != TK_STATUS_ERROR)
            continue;
        int64_t pause = f->times.start_ns[row[i + 1]] - f->times.end_ns[row[i]];
        ns += x->path_ns[row[i]];
        ns += pause > 0 && x->path_ns[row[i]] > 0 && x->path_ns[row[i + 1]] > 0 ? pause : 0;
    }
    return ns;
}

static int64_t wasted_by_loop(const struct tki_wastes *x, const uint32_t *row, uint32_t n)
{
    int64_t sum = 0, most = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += x->path_ns[row[i]];
        most = x->path_ns[row[i]] > most ? x->path_ns[row[i]] : most;
    }
    return sum - most;
}

static int64_t wasted_by_straggler(const struct tki_wastes *x, const struct tki_facts *f, const uint32_t *row,
                                   uint32_t n, uint32_t longest)
{
    int64_t others = INT64_MIN, ns;
    for (uint32_t i = 0; i < n; i++)
        if (row[i] != longest && f->times.end_ns[row[i]] > others)
            others = f->times.end_ns[row[i]];
    ns = f->times.end_ns[longest] - others;
    return ns < x->path_ns[longest] ? ns : x->path_ns[longest];
}

static int look_at_calls(struct tki_wastes *x, const struct tki_facts *f, uint32_t *row, uint32_t n, int64_t min_ns)
{
    struct tki_calls c;
    if (tki_calls_measure(&f->times, f->b, row, n, &c) < 0)
        return TK_ENOMEM;
    struct tki_waste w = {.row = c.longest, .calls = n, .failed = c.failed};
    if (c.again && c.failed + 1 >= n) { /* in a loop that goes on others do not fail */
        w.kind = TKI_WASTE_RETRIES;
        w.backs_off = c.backs_off;
        w.ns = wasted_by_retries(x, f, row, n);
    } else if (c.run >= LOOP_CALLS && c.width < FAN_OUT) {
        w.kind = TKI_WASTE_N_PLUS_ONE;
        w.ns = wasted_by_loop(x, row, n);
    } else if (c.width >= FAN_OUT && c.longest_ns >= STRAGGLES * c.middle_ns) {
        w.kind = TKI_WASTE_STRAGGLER;
        w.ns = wasted_by_straggler(x, f, row, n, c.longest);
    } else {
        return TK_OK;
    }
    return add(x, &w, min_ns);
}

static bool counts(const struct tki_facts *f, uint32_t row)
{
    return !(f->times.state[row] & (TKI_NODE_COPY | TKI_NODE_INVALID));
}

static int look_below(struct tki_wastes *x, const struct tki_facts *f, uint32_t parent, int64_t min_ns)
{
    const struct tk_tree *t = &f->tree;
    uint32_t n = 0, *row = x->row;
    for (uint32_t i = t->child_first[parent]; i < t->child_first[parent + 1]; i++)
        if (counts(f, t->child[i]))
            row[n++] = t->child[i];
    if (n < 2)
        return TK_OK;
    qsort_r(row, n, sizeof *row, cmp_row, (void *)f->b);
    for (uint32_t i = 0, k; i < n; i = k) {
        for (k = i + 1; k < n && cmp_operation(f->b, row[i], row[k]) == 0; k++)
            ;
        if (k - i > 1 && look_at_calls(x, f, row + i, k - i, min_ns) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

/* ---- single calls ---- */

static int look_for_timeout(struct tki_wastes *x, const struct tki_facts *f, uint32_t row, int64_t min_ns)
{
    const struct tk_tree *t = &f->tree;
    int64_t ns = f->times.end_ns[row] - f->times.start_ns[row], round = tki_round_time(ns);
    if (f->b->spans[row].status != TK_STATUS_ERROR || ns < TIMEOUT_MIN || !round || ns < round)
        return TK_OK;
    for (uint32_t i = t->child_first[row]; i < t->child_first[row + 1]; i++) {
        uint32_t kid = t->child[i];
        if (f->b->spans[kid].status == TK_STATUS_ERROR &&
            (double)(f->times.end_ns[kid] - f->times.start_ns[kid]) >= MOST * (double)ns)
            return TK_OK;
    }
    struct tki_waste w = {
        .kind = TKI_WASTE_TIMEOUT, .row = row, .calls = 1, .failed = 1, .ns = x->path_ns[row], .round_ns = round};
    return add(x, &w, min_ns);
}

/* deep: of an operation that calls itself without another one in between, how often, from here down. */
static int look_for_recursion(struct tki_wastes *x, const struct tki_facts *f, int64_t min_ns)
{
    const struct tk_tree *t = &f->tree;
    memset(x->deep, 0, f->b->nspans * sizeof *x->deep);
    for (uint32_t i = t->n; i-- > 0;) {
        uint32_t row = t->order[i], up = t->parent[row];
        bool again = up != TK_NONE && cmp_operation(f->b, row, up) == 0;
        x->deep[row]++;
        if (again && x->deep[row] > x->deep[up])
            x->deep[up] = x->deep[row];
        if (again || x->deep[row] < DEEP)
            continue;
        struct tki_waste w = {.kind = TKI_WASTE_RECURSION, .row = row, .calls = x->deep[row]};
        for (uint32_t k = t->child_first[row]; k < t->child_first[row + 1]; k++)
            w.ns += cmp_operation(f->b, row, t->child[k]) == 0 ? x->path_ns[t->child[k]] : 0;
        if (add(x, &w, min_ns) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

static int cmp_waste(const void *pa, const void *pb)
{
    const struct tki_waste *a = pa, *b = pb;
    if (a->ns != b->ns)
        return a->ns > b->ns ? -1 : 1;
    return a->row != b->row ? (a->row < b->row ? -1 : 1) : a->kind - b->kind;
}

void tki_path_times(const struct tki_facts *f, int64_t *ns)
{
    memcpy(ns, f->cpath.ns, f->b->nspans * sizeof *ns);
    for (uint32_t i = f->tree.n; i-- > 0;) {
        uint32_t row = f->tree.order[i], up = f->tree.parent[row];
        if (up != TK_NONE)
            ns[up] += ns[row];
    }
}

int tki_waste_find(struct tki_wastes *x, const struct tki_facts *f, int64_t min_ns)
{
    const struct tki_column columns[] = {TKI_COLUMN(x->path_ns), TKI_COLUMN(x->row), TKI_COLUMN(x->deep)};
    uint32_t n = f->b->nspans;
    int rc = TK_OK;
    x->n = 0;
    if (!f->has_cpath)
        return TK_OK;
    if (TKI_GROW_COLUMNS(columns, x->rows_cap, (size_t)n + 1, false) < 0)
        return TK_ENOMEM;
    tki_path_times(f, x->path_ns);
    for (uint32_t row = 0; row < n && rc == TK_OK; row++) {
        rc = look_below(x, f, row, min_ns);
        if (rc == TK_OK && counts(f, row))
            rc = look_for_timeout(x, f, row, min_ns);
    }
    if (rc == TK_OK)
        rc = look_for_recursion(x, f, min_ns);
    if (x->n)
        qsort(x->waste, x->n, sizeof *x->waste, cmp_waste);
    return rc;
}

void tki_waste_free(struct tki_wastes *x)
{
    free(x->waste);
    free(x->path_ns);
    free(x->row);
    free(x->deep);
    memset(x, 0, sizeof *x);
}
