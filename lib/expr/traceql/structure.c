/* The structural operators, each in one or two passes over the tree of the trace. */
#include <stdlib.h>

#include "base/array.h"
#include "expr/traceql/eval.h"

static int reserve(struct tki_qstructure *s, uint32_t n)
{
    if (s->memory && n <= s->cap)
        return 0;
    size_t cap = tki_room(n);
    if (cap > UINT32_MAX / 4)
        return TK_ELIMIT;
    /* Groups are at most the rows, the roots together, and the parents that are missing: twice the rows. */
    uint32_t *p = malloc((cap + 2 * cap + 1) * sizeof *p + cap);
    if (!p)
        return TK_ENOMEM;
    free(s->memory);
    s->memory = p;
    s->cap = (uint32_t)cap;
    s->group = p;
    s->number = p + cap;
    s->other = (void *)(p + 3 * cap + 1);
    return 0;
}

void tki_qstructure_free(struct tki_qstructure *s)
{
    free(s->memory);
}

static int by_parent_id(const void *pa, const void *pb, void *spans)
{
    const struct tk_span *s = spans;
    uint64_t a = s[*(const uint32_t *)pa].parent_id, b = s[*(const uint32_t *)pb].parent_id;
    return (a > b) - (a < b);
}

/* Spans are siblings that have one parent, or name the same one that is missing, or have none. */
static void find_siblings(struct tki_qstructure *t, const struct tk_batch *b, const struct tk_tree *tree)
{
    uint32_t n = b->nspans, norphans = 0, *orphan = t->number; /* not used yet */
    for (uint32_t i = 0; i < n; i++) {
        t->group[i] = tree->parent[i] != TK_NONE ? tree->parent[i] : n;
        if (tree->parent[i] == TK_NONE && b->spans[i].parent_id)
            orphan[norphans++] = i;
    }
    qsort_r(orphan, norphans, sizeof *orphan, by_parent_id, b->spans);
    t->groups = n + 1;
    for (uint32_t i = 0; i < norphans; i++) {
        t->groups += i == 0 || b->spans[orphan[i]].parent_id != b->spans[orphan[i - 1]].parent_id;
        t->group[orphan[i]] = t->groups - 1;
    }
}

/* Each sets out[r] for rows with a relative in `of`. */
static void with_parent_in(const struct tk_tree *t, const bool *of, bool *out)
{
    for (uint32_t i = 0; i < t->n; i++)
        out[i] = t->parent[i] != TK_NONE && of[t->parent[i]];
}

static void with_ancestor_in(const struct tk_tree *t, const bool *of, bool *out)
{
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t s = t->order[i], p = t->parent[s];
        out[s] = p != TK_NONE && (of[p] || out[p]);
    }
}

static void with_child_in(const struct tk_tree *t, const bool *of, bool *out)
{
    memset(out, 0, t->n);
    for (uint32_t i = 0; i < t->n; i++)
        if (of[i] && t->parent[i] != TK_NONE)
            out[t->parent[i]] = true;
}

static void with_descendant_in(const struct tk_tree *t, const bool *of, bool *out)
{
    memset(out, 0, t->n);
    for (uint32_t i = t->n; i-- > 0;) {
        uint32_t s = t->order[i], p = t->parent[s];
        if (p != TK_NONE && (of[s] || out[s]))
            out[p] = true;
    }
}

static void with_sibling_in(struct tki_qstructure *s, const struct tk_tree *t, const bool *of, bool *out)
{
    memset(s->number, 0, s->groups * sizeof *s->number);
    for (uint32_t i = 0; i < t->n; i++)
        s->number[s->group[i]] += of[i];
    for (uint32_t i = 0; i < t->n; i++)
        out[i] = s->number[s->group[i]] > (uint32_t)of[i]; /* a span is no sibling of itself */
}

typedef void relation(const struct tk_tree *t, const bool *of, bool *out);

/* Rows with a relative in `of`; which: the operator's number among those of its form. */
static void with_relative_in(struct tki_query_eval *e, unsigned which, bool back, const bool *of, bool *out)
{
    static relation *const forth[] = {with_parent_in, with_ancestor_in, with_child_in, with_descendant_in};
    const struct tk_tree *t = &e->facts.tree;
    if (which < 4) {
        forth[back ? which ^ 2 : which](t, of, out);
        return;
    }
    if (!e->structure.groups)
        find_siblings(&e->structure, e->at.b, t);
    with_sibling_in(&e->structure, t, of, out);
}

void tki_q_structure(struct tki_query_eval *e, enum tki_qop op, const bool *l, const bool *r, bool *out)
{
    unsigned form = (op - TKI_OP_CHILD) / 5, which = (op - TKI_OP_CHILD) % 5;
    uint32_t n = e->facts.tree.n;
    int rc = reserve(&e->structure, n);
    if (rc < 0) {
        e->rc = rc;
        return;
    }
    bool *other = e->structure.other;
    with_relative_in(e, which, false, l, out);
    for (uint32_t i = 0; i < n; i++)
        out[i] = r[i] && out[i] == (form != 1);
    if (form != 2)
        return;
    with_relative_in(e, which, true, r, other);
    for (uint32_t i = 0; i < n; i++)
        out[i] |= l[i] && other[i];
}
