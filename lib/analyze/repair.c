#include "analyze/repair.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/span.h"

static tk_str service(const struct tk_batch *b, uint32_t row)
{
    return b->resources[b->spans[row].resource].service;
}

static bool has_window(const struct tk_span *s, uint64_t first_ns)
{
    return tki_span_started(s, first_ns) && s->end_ns >= s->start_ns && s->end_ns <= INT64_MAX;
}

static uint64_t details(const struct tk_span *s)
{
    return (uint64_t)s->attrs.count + s->events.count + s->links.count;
}

struct identity {
    const struct tk_batch *b;
    uint64_t first_ns;
    bool say_most;
};

/* By identity first (id, kind, service); of copies the one that stays comes first: with both times, when asked for with
 * more attributes, events and links, with the later end, with the earlier start. */
static int cmp_identity(const void *pa, const void *pb, void *ctx)
{
    const struct identity *x = ctx;
    const struct tk_batch *batch = x->b;
    uint32_t i = *(const uint32_t *)pa, j = *(const uint32_t *)pb;
    const struct tk_span *a = &batch->spans[i], *b = &batch->spans[j];
    if (a->span_id != b->span_id)
        return a->span_id < b->span_id ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int c = tki_str_cmp(service(batch, i), service(batch, j));
    if (c)
        return c;
    bool windows[2] = {has_window(a, x->first_ns), has_window(b, x->first_ns)};
    if (windows[0] != windows[1])
        return windows[0] ? -1 : 1;
    if (x->say_most && details(a) != details(b))
        return details(a) > details(b) ? -1 : 1;
    if (a->end_ns != b->end_ns)
        return a->end_ns > b->end_ns ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return (i > j) - (i < j);
}

int tki_copies_mark(const struct tk_batch *b, bool say_most, uint8_t *state, uint64_t *n)
{
    uint32_t *rows = malloc(((size_t)b->nspans + 1) * sizeof *rows);
    if (!rows)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < b->nspans; i++)
        rows[i] = i;
    struct identity ctx = {b, tki_trace_first_ns(b), say_most};
    qsort_r(rows, b->nspans, sizeof *rows, cmp_identity, &ctx);
    for (uint32_t i = 1; i < b->nspans; i++) {
        const struct tk_span *x = &b->spans[rows[i - 1]], *y = &b->spans[rows[i]];
        if (x->span_id == 0 || x->span_id != y->span_id || x->kind != y->kind ||
            !tki_str_eq(service(b, rows[i - 1]), service(b, rows[i])))
            continue;
        state[rows[i]] |= TKI_NODE_COPY;
        ++*n;
    }
    free(rows);
    return TK_OK;
}

/* A FOLLOWS_FROM reference that became the parent is kept as a link to it with that attribute. */
bool tki_follows_from(const struct tk_batch *b, const struct tk_span *s)
{
    for (uint32_t i = 0; i < s->links.count && b->nlinks; i++) {
        const struct tk_link *l = &b->links[s->links.first + i];
        const struct tk_attr *a = l->span_id == s->parent_id && tki_id_eq(l->trace_id, s->trace_id)
                                      ? tk_attr_find(b, l->attrs, "opentracing.ref_type")
                                      : NULL;
        if (a && a->value.type == TK_STRING && TKI_STR_IS(((tk_str){a->value.v.s, a->value.n}), "follows_from"))
            return true;
    }
    return false;
}

/* Decides in whose window span s counts. */
static uint32_t find_over(struct tki_times *t, const struct tk_batch *b, uint32_t s, uint32_t parent,
                          struct tki_repairs *r)
{
    if (parent == TK_NONE)
        return TK_NONE;
    const struct tk_span *span = &b->spans[s], *up = &b->spans[parent];
    if ((up->kind == TK_KIND_PRODUCER && span->kind == TK_KIND_CONSUMER) || tki_follows_from(b, span)) {
        t->state[s] |= TKI_NODE_ASYNC;
        r->asynchronous++;
        return TK_NONE;
    }
    uint32_t over = t->via[parent];
    if (over == TK_NONE) { /* below a span without a window */
        t->state[s] |= t->state[parent] & TKI_NODE_ASYNC;
        return TK_NONE;
    }
    const struct tk_span *o = &b->spans[over];
    if (has_window(span, t->first_ns) && tki_outlives(span->end_ns, span->kind, o->kind, o->start_ns, o->end_ns)) {
        t->state[s] |= TKI_NODE_ASYNC;
        r->detached++;
        return TK_NONE;
    }
    return over;
}

static void clip(struct tki_times *t, uint32_t s, uint32_t over, struct tki_repairs *r)
{
    int64_t lo = t->start_ns[over], hi = t->end_ns[over], start = t->start_ns[s], end = t->end_ns[s];
    if (start >= lo && end <= hi)
        return;
    int64_t was = end - start;
    if (start > hi || end < lo)
        r->outside++;
    start = start < lo ? lo : start > hi ? hi : start;
    end = end > hi ? hi : end < lo ? lo : end;
    t->start_ns[s] = start;
    t->end_ns[s] = end;
    t->state[s] |= TKI_NODE_CLIPPED;
    r->clipped++;
    r->clipped_ns += (uint64_t)(was - (end - start));
}

static void place(struct tki_times *t, const struct tk_batch *b, uint32_t s, uint32_t parent, struct tki_repairs *r)
{
    const struct tk_span *span = &b->spans[s];
    t->start_ns[s] = t->end_ns[s] = 0;
    t->over[s] = TK_NONE;
    if (t->state[s] & TKI_NODE_COPY) {
        t->via[s] = parent == TK_NONE ? TK_NONE : t->via[parent];
        return;
    }
    uint32_t over = find_over(t, b, s, parent, r);
    if (!has_window(span, t->first_ns)) {
        t->state[s] |= TKI_NODE_INVALID;
        t->via[s] = over;
        r->invalid++;
        return;
    }
    t->start_ns[s] = (int64_t)span->start_ns;
    t->end_ns[s] = (int64_t)span->end_ns;
    t->over[s] = over;
    t->via[s] = s;
    if (over != TK_NONE)
        clip(t, s, over, r);
}

static bool is_top(const struct tki_times *t, uint32_t s)
{
    return t->over[s] == TK_NONE && !(t->state[s] & (TKI_NODE_COPY | TKI_NODE_INVALID | TKI_NODE_ASYNC));
}

/* One window without a parent is the root; several get a virtual one. */
static void find_root(struct tki_times *t, const struct tk_tree *tree, struct tki_repairs *r)
{
    uint32_t tops = 0, v = t->n;
    t->root = TK_NONE;
    t->nodes = t->n;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t s = tree->order[i];
        if (!is_top(t, s))
            continue;
        if (tops++ == 0) {
            t->root = s;
            t->start_ns[v] = t->start_ns[s];
            t->end_ns[v] = t->end_ns[s];
        }
        t->start_ns[v] = t->start_ns[s] < t->start_ns[v] ? t->start_ns[s] : t->start_ns[v];
        t->end_ns[v] = t->end_ns[s] > t->end_ns[v] ? t->end_ns[s] : t->end_ns[v];
    }
    r->untimed += tops == 0;
    if (tops < 2)
        return;
    for (uint32_t s = 0; s < t->n; s++)
        if (is_top(t, s))
            t->over[s] = v;
    t->over[v] = TK_NONE;
    t->state[v] = TKI_NODE_VIRTUAL;
    t->root = v;
    t->nodes = t->n + 1;
    r->many_roots++;
}

static void find_primary(struct tki_times *t, const struct tk_batch *b, const struct tk_tree *tree,
                         struct tki_repairs *r)
{
    t->primary = tree->nroots ? tree->root[0] : TK_NONE;
    for (uint32_t i = 0; i < tree->nroots; i++)
        if (b->spans[tree->root[i]].parent_id == 0) {
            t->primary = tree->root[i];
            return;
        }
    r->rootless++;
}

int tki_repair(struct tki_times *t, const struct tk_batch *b, const struct tk_tree *tree, struct tki_repairs *r)
{
    t->n = b->nspans;
    t->first_ns = tki_trace_first_ns(b);
    memset(t->state, 0, (size_t)t->n + 1);
    r->traces++;
    r->spans += t->n;
    r->circles += tree->ncycles;
    r->orphans += tree->norphans;
    if (tree->nduplicates) {
        int rc = tki_copies_mark(b, false, t->state, &r->duplicates);
        if (rc < 0)
            return rc;
    }
    for (uint32_t i = 0; i < t->n; i++)
        place(t, b, tree->order[i], tree->parent[tree->order[i]], r);
    find_root(t, tree, r);
    find_primary(t, b, tree, r);
    return TK_OK;
}
