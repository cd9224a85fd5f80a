#include "model/ledger.h"

#include <stdlib.h>

#include "base/str.h"

enum { ROWS_FIRST = 1024 };

/* ---- rows ---- */

static size_t stride_of(const struct tki_ledger *l)
{
    return l->stride ? l->stride : sizeof(struct tki_trace_row);
}

size_t tki_ledger_column(struct tki_ledger *l, size_t bytes)
{
    size_t at = stride_of(l);
    l->stride = at + ((bytes + 7) & ~(size_t)7);
    return at;
}

static bool grow(struct tki_ledger *l)
{
    l->stride = stride_of(l);
    size_t cap = l->cap ? l->cap + l->cap / 2 : ROWS_FIRST;
    char *rows = cap > SIZE_MAX / l->stride ? NULL : realloc(l->rows, cap * l->stride);
    if (!rows)
        return false;
    l->rows = rows;
    l->cap = cap;
    return true;
}

uint32_t tki_ledger_put(struct tki_ledger *l, tk_id128 id)
{
    if (l->ids.n == l->cap && !grow(l))
        return TK_NONE;
    uint32_t known = l->ids.n, row = tki_idmap_put(&l->ids, id);
    if (row != known)
        return row == TKI_MAP_NONE ? TK_NONE : row;
    memset(l->rows + row * l->stride, 0, l->stride);
    return row;
}

struct ranked {
    tk_id128 id;
    uint32_t row;
};

static int by_id(const void *pa, const void *pb)
{
    const tk_id128 a = ((const struct ranked *)pa)->id, b = ((const struct ranked *)pb)->id;
    return a.hi != b.hi ? (a.hi > b.hi) - (a.hi < b.hi) : (a.lo > b.lo) - (a.lo < b.lo);
}

int tki_ledger_sort(struct tki_ledger *l)
{
    uint32_t n = l->ids.n;
    struct tki_ledger to = {.stride = l->stride, .cap = n};
    struct ranked *ranked = malloc(n * sizeof *ranked);
    if (n == 0) {
        free(ranked);
        return 0;
    }
    to.rows = ranked ? malloc(n * l->stride) : NULL;
    bool good = to.rows != NULL;
    for (uint32_t i = 0; i < n && good; i++)
        ranked[i] = (struct ranked){l->ids.ids[i], i};
    if (good)
        qsort(ranked, n, sizeof *ranked, by_id);
    for (uint32_t i = 0; i < n && good; i++) {
        memcpy(to.rows + i * l->stride, l->rows + ranked[i].row * l->stride, l->stride);
        good = tki_idmap_put(&to.ids, ranked[i].id) == i;
    }
    free(ranked);
    if (good) {
        struct tki_ledger was = *l;
        *l = to;
        to = was;
    }
    tki_ledger_free(&to);
    return good ? 0 : TK_ENOMEM;
}

void tki_ledger_free(struct tki_ledger *l)
{
    tki_idmap_free(&l->ids);
    free(l->rows);
    *l = (struct tki_ledger){0};
}

bool tki_row_zero_is_time(const struct tki_trace_row *row)
{
    const struct tki_extent *x = &row->extent;
    return row->zeros && tki_zero_is_time(x->end_ns ? x->start_ns : TKI_NO_TIME, x->zero_end_ns);
}

/* ---- groups ---- */

static void *reserve(void *array, size_t *cap, size_t n, size_t size)
{
    if (n <= *cap && array)
        return array;
    size_t more = *cap ? *cap : 64;
    while (more < n)
        more *= 2;
    void *p = realloc(array, more * size);
    if (p)
        *cap = more;
    return p;
}

static bool reserve_groups(struct tki_groups *g, uint32_t nrows)
{
    uint32_t *group = reserve(g->group, &g->group_cap, nrows, sizeof *group);
    if (!group)
        return false;
    g->group = group;
    return true;
}

static bool reserve_row(struct tki_groups *g, uint32_t n)
{
    struct tki_trace_row *row = reserve(g->row, &g->row_cap, n, sizeof *row);
    if (!row)
        return false;
    g->row = row;
    uint32_t *ledger_row = reserve(g->ledger_row, &g->ledger_cap, n, sizeof *ledger_row);
    if (!ledger_row)
        return false;
    g->ledger_row = ledger_row;
    return true;
}

static void add_span(struct tki_trace_row *row, const struct tk_batch *b, const struct tk_span *s)
{
    row->spans++;
    row->roots += s->parent_id == 0;
    row->errors += s->status == TK_STATUS_ERROR;
    row->zeros += s->start_ns == 0;
    tki_rate rate = tki_span_rate(b, s);
    row->rate = rate > row->rate ? rate : row->rate;
    tki_extent_add(&row->extent, s);
}

int tki_groups_make(struct tki_groups *g, const struct tk_batch *b, const uint32_t *rows, uint32_t nrows)
{
    g->rows = rows;
    g->nrows = rows ? nrows : b->nspans;
    tki_idmap_reset(&g->ids);
    if (!reserve_groups(g, g->nrows))
        return TK_ENOMEM;
    tk_id128 last = {0};
    uint32_t group = TK_NONE;
    for (uint32_t i = 0; i < g->nrows; i++) {
        const struct tk_span *s = &b->spans[rows ? rows[i] : i];
        if (group == TK_NONE || !tki_id_eq(s->trace_id, last)) {
            uint32_t known = g->ids.n;
            group = tki_idmap_put(&g->ids, s->trace_id);
            if (group == TKI_MAP_NONE || (group == known && !reserve_row(g, known + 1)))
                return TK_ENOMEM;
            if (group == known)
                g->row[group] = (struct tki_trace_row){0};
            last = s->trace_id;
        }
        g->group[i] = group;
        add_span(&g->row[group], b, s);
    }
    return 0;
}

void tki_groups_free(struct tki_groups *g)
{
    tki_idmap_free(&g->ids);
    free(g->row);
    free(g->group);
    free(g->ledger_row);
    *g = (struct tki_groups){0};
}

/* ---- folding ---- */

static void merge(struct tki_trace_row *to, const struct tki_trace_row *from)
{
    tki_extent_join(&to->extent, &from->extent);
    to->rate = from->rate > to->rate ? from->rate : to->rate;
    to->spans += from->spans;
    to->roots += from->roots;
    to->errors += from->errors;
    to->zeros += from->zeros;
}

uint32_t tki_ledger_add(struct tki_ledger *l, tk_id128 id, const struct tki_trace_row *row)
{
    uint32_t n = tki_ledger_put(l, id);
    if (n != TK_NONE)
        merge(tki_ledger_row(l, n), row);
    return n;
}

int tki_ledger_fold(struct tki_ledger *l, struct tki_groups *g)
{
    for (uint32_t i = 0; i < g->ids.n; i++) {
        g->ledger_row[i] = tki_ledger_add(l, g->ids.ids[i], &g->row[i]);
        if (g->ledger_row[i] == TK_NONE)
            return TK_ENOMEM;
    }
    return 0;
}
