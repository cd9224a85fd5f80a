/* What a query may ask of a whole trace: its tree, siblings, nested sets, times; and the structural
 * operators, each in one or two passes over the tree. */
#include <math.h>
#include <stdlib.h>

#include "expr/traceql/eval.h"
#include "model/weight.h"

static int reserve(struct tki_qtrace *t, uint32_t n)
{
    if (n <= t->cap)
        return 0;
    size_t cap = t->cap ? t->cap : 256;
    while (cap < n)
        cap *= 2;
    if (cap > UINT32_MAX / 4)
        return TK_ELIMIT;
    /* Groups are at most the rows, the roots together, and the parents that are missing: twice the rows. */
    size_t words = cap * 3 + 2 * cap + 1;
    char *p = malloc(words * sizeof(uint32_t) + 2 * cap);
    if (!p)
        return TK_ENOMEM;
    free(t->memory);
    t->memory = p;
    t->cap = (uint32_t)cap;
    t->group = (void *)p;
    t->left = t->group + cap;
    t->right = t->left + cap;
    t->number = t->right + cap;
    t->mark[0] = (void *)(t->number + 2 * cap + 1);
    t->mark[1] = t->mark[0] + cap;
    return 0;
}

void tki_q_trace_free(struct tki_qtrace *t)
{
    tk_tree_free(&t->tree);
    tki_times_free(&t->times);
    tki_cpath_free(&t->cpath);
    free(t->memory);
}

static int by_parent_id(const void *pa, const void *pb, void *spans)
{
    const struct tk_span *s = spans;
    uint64_t a = s[*(const uint32_t *)pa].parent_id, b = s[*(const uint32_t *)pb].parent_id;
    return (a > b) - (a < b);
}

/* Spans are siblings that have one parent, or name the same one that is missing, or have none. */
static void find_siblings(struct tki_qtrace *t, const struct tk_batch *b)
{
    uint32_t n = b->nspans, norphans = 0, *orphan = t->left; /* filled later */
    for (uint32_t i = 0; i < n; i++) {
        t->group[i] = t->tree.parent[i] != TK_NONE ? t->tree.parent[i] : n;
        if (t->tree.parent[i] == TK_NONE && b->spans[i].parent_id)
            orphan[norphans++] = i;
    }
    qsort_r(orphan, norphans, sizeof *orphan, by_parent_id, b->spans);
    t->groups = n + 1;
    for (uint32_t i = 0; i < norphans; i++) {
        t->groups += i == 0 || b->spans[orphan[i]].parent_id != b->spans[orphan[i - 1]].parent_id;
        t->group[orphan[i]] = t->groups - 1;
    }
}

/* Numbers every way in and every way out, from 1. */
static void number_sets(struct tki_qtrace *t)
{
    const struct tk_tree *tree = &t->tree;
    uint32_t *size = t->number; /* spans of the subtree, by row */
    for (uint32_t i = 0; i < tree->n; i++)
        size[i] = 1;
    for (uint32_t i = tree->n; i-- > 0;)
        if (tree->parent[tree->order[i]] != TK_NONE)
            size[tree->parent[tree->order[i]]] += size[tree->order[i]];
    /* Before the i-th in order stand i ways in, and as many ways out less those that are open: its depth. */
    for (uint32_t i = 0; i < tree->n; i++) {
        uint32_t s = tree->order[i];
        t->left[s] = 2 * i - tree->depth[s] + 1;
        t->right[s] = t->left[s] + 2 * size[s] - 1;
    }
}

static int by_text(const void *pa, const void *pb)
{
    return tki_str_cmp(*(const tk_str *)pa, *(const tk_str *)pb);
}

static int count_services(struct tki_query_eval *e, struct tki_qtrace *t, const struct tk_batch *b)
{
    tk_str *names = tki_arena_alloc(&e->arena, b->nresources * sizeof *names);
    uint32_t n = 0;
    if (!names)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < b->nresources; i++)
        if (b->resources[i].service.n)
            names[n++] = b->resources[i].service;
    qsort(names, n, sizeof *names, by_text);
    t->services = 0;
    for (uint32_t i = 0; i < n; i++)
        t->services += i == 0 || !tki_str_eq(names[i], names[i - 1]);
    return 0;
}

static void sum_up(struct tki_qtrace *t, const struct tk_batch *b)
{
    uint64_t start = UINT64_MAX, end = 0, threshold;
    t->errors = 0;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        t->errors += s->status == TK_STATUS_ERROR;
        if (!s->start_ns || !s->end_ns)
            continue;
        start = s->start_ns < start ? s->start_ns : start;
        end = s->end_ns > end ? s->end_ns : end;
    }
    t->has_duration = end > 0;
    t->duration_ns = t->has_duration ? (int64_t)(end - start) : 0;
    t->weight = tki_trace_threshold(b, &threshold) ? tk_threshold_weight(threshold) : NAN;
}

int tki_q_trace_begin(struct tki_query_eval *e, const struct tk_batch *b)
{
    struct tki_qtrace *t = &e->whole;
    unsigned traits = e->q->traits;
    tki_q_begin(e, b);
    e->trace = t;
    int r = reserve(t, b->nspans);
    if (r == 0)
        r = count_services(e, t, b);
    if (r < 0)
        return e->rc = r;
    sum_up(t, b);
    if (!(traits & TKI_T_TREE))
        return 0;
    r = tk_tree_build(&t->tree, b);
    if (r < 0)
        return e->rc = r;
    find_siblings(t, b);
    number_sets(t);
    t->root = TK_NONE;
    for (uint32_t i = 0; i < t->tree.nroots && t->root == TK_NONE; i++)
        if (!b->spans[t->tree.root[i]].parent_id)
            t->root = t->tree.root[i];
    if (traits & TKI_T_TIMES)
        r = tki_self_times(b, &t->tree, &t->times, NULL);
    t->has_cpath = r == 0 && (traits & TKI_T_CPATH) && t->times.root != TK_NONE;
    if (t->has_cpath)
        r = tki_cpath_build(&t->cpath, &t->times);
    return e->rc = r;
}

/* ---- structure --------------------------------------------------------------------------------------------
 */

/* Each sets out[r] for rows with a relative in `of`. */
static void with_parent_in(const struct tki_qtrace *t, const bool *of, bool *out)
{
    for (uint32_t i = 0; i < t->tree.n; i++)
        out[i] = t->tree.parent[i] != TK_NONE && of[t->tree.parent[i]];
}

static void with_ancestor_in(const struct tki_qtrace *t, const bool *of, bool *out)
{
    for (uint32_t i = 0; i < t->tree.n; i++) {
        uint32_t s = t->tree.order[i], p = t->tree.parent[s];
        out[s] = p != TK_NONE && (of[p] || out[p]);
    }
}

static void with_child_in(const struct tki_qtrace *t, const bool *of, bool *out)
{
    memset(out, 0, t->tree.n);
    for (uint32_t i = 0; i < t->tree.n; i++)
        if (of[i] && t->tree.parent[i] != TK_NONE)
            out[t->tree.parent[i]] = true;
}

static void with_descendant_in(const struct tki_qtrace *t, const bool *of, bool *out)
{
    memset(out, 0, t->tree.n);
    for (uint32_t i = t->tree.n; i-- > 0;) {
        uint32_t s = t->tree.order[i], p = t->tree.parent[s];
        if (p != TK_NONE && (of[s] || out[s]))
            out[p] = true;
    }
}

static void with_sibling_in(const struct tki_qtrace *t, const bool *of, bool *out)
{
    memset(t->number, 0, t->groups * sizeof *t->number);
    for (uint32_t i = 0; i < t->tree.n; i++)
        t->number[t->group[i]] += of[i];
    for (uint32_t i = 0; i < t->tree.n; i++)
        out[i] = t->number[t->group[i]] > (uint32_t)of[i]; /* nobody is his own sibling */
}

typedef void relation(const struct tki_qtrace *t, const bool *of, bool *out);

void tki_q_structure(const struct tki_qtrace *t, enum tki_qop op, const bool *l, const bool *r, bool *out)
{
    static relation *const forth[] = {with_parent_in, with_ancestor_in, with_child_in, with_descendant_in,
                                      with_sibling_in};
    static relation *const back[] = {with_child_in, with_descendant_in, with_parent_in, with_ancestor_in,
                                     with_sibling_in};
    unsigned form = (op - TKI_OP_CHILD) / 5, which = (op - TKI_OP_CHILD) % 5;
    bool *other = t->mark[0];
    forth[which](t, l, out);
    for (uint32_t i = 0; i < t->tree.n; i++)
        out[i] = r[i] && out[i] == (form != 1);
    if (form != 2)
        return;
    back[which](t, r, other);
    for (uint32_t i = 0; i < t->tree.n; i++)
        out[i] |= l[i] && other[i];
}
