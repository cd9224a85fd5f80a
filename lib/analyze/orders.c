#include "analyze/orders.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/waste.h"
#include "base/array.h"

enum {
    NEXT = 8,        /* calls behind a call that are paired with it */
    TOLERANCE = 100, /* one in so many parts of a call that the next one may overlap it */
    SHOWN_SHARE = 20 /* pairs of which at least one is not in the usual order */
};

enum { LAST_BESIDE, LAST_ORDER };

/* ---- pairs ---- */

/* NULL: past a limit, or out of memory, which *rc says. */
static struct tki_order *order_of(struct tki_orders *o, uint32_t parent, uint32_t a, uint32_t b, int *rc)
{
    tk_id128 id = {parent, (uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a)};
    uint32_t n = tki_idmap_get(&o->map, id);
    if (n != TKI_MAP_NONE)
        return &o->order[n];
    if (o->map.n == TKI_ORDERS_PAIRS) {
        o->passed_over++;
        return NULL;
    }
    if (TKI_GROW(o->order, o->cap, o->map.n + 1) < 0 || (n = tki_idmap_put(&o->map, id)) == TKI_MAP_NONE) {
        *rc = TK_ENOMEM;
        return NULL;
    }
    o->order[n] = (struct tki_order){.parent = parent, .of = {a < b ? a : b, a < b ? b : a}};
    return &o->order[n];
}

static void count(const struct tki_orders *o, uint64_t *pairs, uint64_t *traces, uint64_t *last)
{
    ++*pairs;
    *traces += *last != o->traces;
    *last = o->traces;
}

struct calls { /* of one span */
    const struct tki_facts *f;
    uint32_t parent; /* row */
    uint32_t *row, n;
};

static int64_t length(const struct calls *c, uint32_t row)
{
    return c->f->times.end_ns[row] - c->f->times.start_ns[row];
}

static bool failed(const struct calls *c, uint32_t row)
{
    return c->f->b->spans[row].status == TK_STATUS_ERROR;
}

static bool is_beside(const struct calls *c, uint32_t first, uint32_t second)
{
    const struct tki_times *t = &c->f->times;
    int64_t end = t->end_ns[first] < t->end_ns[second] ? t->end_ns[first] : t->end_ns[second];
    int64_t x = length(c, first), y = length(c, second);
    return 2 * (end - t->start_ns[second]) >= (x < y ? x : y) && x > 0 && y > 0;
}

static bool follows(const struct calls *c, uint32_t first, uint32_t second)
{
    return c->f->times.start_ns[second] >= c->f->times.end_ns[first] - length(c, first) / TOLERANCE;
}

/* Two calls of one operation, or the only ones of two. */
static bool is_pair(const struct tki_orders *o, const struct calls *c, uint32_t first, uint32_t second)
{
    uint32_t a = o->rows.op[first], b = o->rows.op[second];
    if (a == TKI_MAP_NONE || b == TKI_MAP_NONE)
        return false;
    return a == b ? !failed(c, first) : o->below[a].calls == 1 && o->below[b].calls == 1;
}

static int look_at_pair(struct tki_orders *o, const struct calls *c, uint32_t first, uint32_t second)
{
    uint32_t a = o->rows.op[first], b = o->rows.op[second];
    int rc = TK_OK;
    bool beside = is_beside(c, first, second);
    if (!is_pair(o, c, first, second) || (!beside && !follows(c, first, second)))
        return TK_OK;
    struct tki_order *x = order_of(o, o->rows.op[c->parent], a, b, &rc);
    if (!x)
        return rc;
    unsigned turned = a != x->of[0];
    if (beside)
        count(o, &x->beside, &x->shown_beside, &x->last[LAST_BESIDE]);
    else if (a != b)
        count(o, &x->order[turned], &x->shown_order[turned], &x->last[LAST_ORDER + turned]);
    else
        x->order[0]++;
    o->below[a].beside = o->below[a].beside || (beside && a == b);
    return TK_OK;
}

/* The call that begins first after `i` has ended, in calls sorted by start; n: none of the next ones. */
static uint32_t next_call(const struct calls *c, uint32_t i)
{
    uint32_t k = i + 1;
    while (k < c->n && k <= i + NEXT && !follows(c, c->row[i], c->row[k]))
        k++;
    return k <= i + NEXT ? k : c->n;
}

static int add_serial(struct tki_orders *o, const struct calls *c, uint32_t first, uint32_t second)
{
    int64_t x = o->rows.path_ns[first], y = o->rows.path_ns[second], ns = x < y ? x : y;
    uint32_t a = o->rows.op[first], b = o->rows.op[second];
    int rc = TK_OK;
    if (ns <= 0 || !is_pair(o, c, first, second) || (a == b && o->below[a].beside))
        return TK_OK;
    struct tki_order *p = order_of(o, o->rows.op[c->parent], a, b, &rc);
    if (!p)
        return rc;
    if (p->now_ns == 0) {
        if (TKI_GROW(o->touched, o->touched_cap, o->ntouched + 1) < 0)
            return TK_ENOMEM;
        o->touched[o->ntouched++] = (uint32_t)(p - o->order);
        p->row_ns = 0;
    }
    p->now_ns += ns;
    if (ns > p->row_ns) {
        p->row_ns = ns;
        p->row[0] = first;
        p->row[1] = second;
    }
    return TK_OK;
}

static int look_at_calls(struct tki_orders *o, const struct calls *c)
{
    int rc = TK_OK;
    for (uint32_t i = 0; i < c->n && rc == TK_OK; i++)
        for (uint32_t k = i + 1; k < c->n && k <= i + NEXT && rc == TK_OK; k++)
            rc = look_at_pair(o, c, c->row[i], c->row[k]);
    for (uint32_t i = 0; i < c->n && rc == TK_OK; i++) {
        uint32_t next = next_call(c, i);
        if (next < c->n)
            rc = add_serial(o, c, c->row[i], c->row[next]);
    }
    return rc;
}

static int look_below(struct tki_orders *o, const struct tki_facts *f, uint32_t parent)
{
    struct calls c = {.f = f, .parent = parent, .row = o->rows.kid, .n = tki_call_rows_below(&o->rows, f, parent)};
    if (c.n < 2 || o->rows.op[parent] == TKI_MAP_NONE)
        return TK_OK;
    for (uint32_t i = 0; i < c.n; i++)
        if (o->rows.op[c.row[i]] != TKI_MAP_NONE)
            o->below[o->rows.op[c.row[i]]].calls++;
    int rc = look_at_calls(o, &c);
    for (uint32_t i = 0; i < c.n; i++)
        if (o->rows.op[c.row[i]] != TKI_MAP_NONE)
            o->below[o->rows.op[c.row[i]]] = (struct tki_below){0};
    return rc;
}

/* What one trace could save. */
static void settle(struct tki_orders *o, const struct tki_facts *f, int64_t min_ns)
{
    for (uint32_t i = 0; i < o->ntouched; i++) {
        struct tki_order *x = &o->order[o->touched[i]];
        const struct tk_span *s = &f->b->spans[f->tree.parent[x->row[0]]];
        int64_t ns = x->now_ns;
        x->now_ns = 0;
        if (ns < min_ns)
            continue;
        x->serial++;
        x->ns += ns < INT64_MAX - x->ns ? ns : 0;
        x->first_ns = !x->first_ns || s->start_ns < x->first_ns ? s->start_ns : x->first_ns;
        x->last_ns = s->start_ns > x->last_ns ? s->start_ns : x->last_ns;
        if (ns <= x->most_ns)
            continue;
        x->most_ns = ns;
        x->trace = s->trace_id;
        x->span = s->span_id;
    }
    o->ntouched = 0;
}

int tki_orders_add(struct tki_orders *o, const struct tki_facts *f, int64_t min_ns)
{
    int rc = TK_OK;
    if (!f->has_cpath)
        return TK_OK;
    if (tki_call_rows_load(&o->rows, &o->ops, f) < 0 || TKI_GROW_ZERO(o->below, o->below_cap, o->ops.names.n) < 0)
        return TK_ENOMEM;
    o->traces++;
    for (uint32_t row = 0; row < f->b->nspans && rc == TK_OK; row++)
        rc = look_below(o, f, row);
    settle(o, f, min_ns);
    return rc;
}

/* ---- what could be side by side ---- */

static bool is_free(const struct tki_order *x, uint64_t least)
{
    uint64_t all = x->beside + x->order[0] + x->order[1];
    uint64_t fewer = x->order[0] < x->order[1] ? x->order[0] : x->order[1];
    bool shown = x->shown_beside >= least || (x->shown_order[0] >= least && x->shown_order[1] >= least);
    return x->serial >= least && shown && (x->beside + fewer) * SHOWN_SHARE >= all;
}

/* That which comes first more often; by name where none does. */
static uint32_t first_of(const struct tki_orders *o, const struct tki_order *x)
{
    if (x->order[0] != x->order[1])
        return x->order[1] > x->order[0];
    return tki_operation_cmp(&o->ops, x->of[0], x->of[1]) > 0;
}

static int cmp_pair(const struct tki_orders *o, const struct tki_order *a, const struct tki_order *b)
{
    uint32_t i = first_of(o, a), k = first_of(o, b);
    if (a->ns != b->ns)
        return a->ns > b->ns ? -1 : 1;
    int c = tki_operation_cmp(&o->ops, a->of[i], b->of[k]);
    return c ? c : tki_operation_cmp(&o->ops, a->of[!i], b->of[!k]);
}

static int cmp_serial(const void *pa, const void *pb, void *orders)
{
    const struct tki_serial *a = pa, *b = pb;
    if (a->ns != b->ns)
        return a->ns > b->ns ? -1 : 1;
    const struct tki_orders *o = orders;
    return tki_operation_cmp(&o->ops, a->most->parent, b->most->parent);
}

struct tki_serial *tki_orders_serial(const struct tki_orders *o, uint64_t least, size_t *n)
{
    uint32_t *of = calloc((size_t)o->ops.names.n + 1, sizeof *of); /* by parent: its place in the list, and 1 */
    struct tki_serial *list = calloc((size_t)o->map.n + 1, sizeof *list);
    *n = 0;
    for (uint32_t i = 0; of && list && i < o->map.n; i++) {
        const struct tki_order *x = &o->order[i];
        if (!is_free(x, least))
            continue;
        if (!of[x->parent])
            of[x->parent] = (uint32_t)++ * n;
        struct tki_serial *s = &list[of[x->parent] - 1];
        s->pairs++;
        s->ns += x->ns < INT64_MAX - s->ns ? x->ns : 0;
        s->traces = x->serial > s->traces ? x->serial : s->traces;
        if (s->most && cmp_pair(o, s->most, x) <= 0)
            continue;
        s->most = x;
        s->first = first_of(o, x);
    }
    if (of && list && *n)
        qsort_r(list, *n, sizeof *list, cmp_serial, (void *)o);
    if (!of) {
        free(list);
        list = NULL;
    }
    free(of);
    return list;
}

void tki_orders_reset(struct tki_orders *o)
{
    tki_operations_reset(&o->ops);
    tki_idmap_reset(&o->map);
    o->traces = o->passed_over = o->ntouched = 0;
}

void tki_orders_free(struct tki_orders *o)
{
    tki_operations_free(&o->ops);
    tki_idmap_free(&o->map);
    free(o->order);
    free(o->touched);
    free(o->below);
    tki_call_rows_free(&o->rows);
    memset(o, 0, sizeof *o);
}
