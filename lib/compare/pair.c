#include "compare/pair.h"

#include <stdlib.h>

#include "base/array.h"
#include "compare/scratch.h"

/* ---- one trace ---- */

struct order { /* for sorting the children of a node */
    const struct tki_pair_tree *t;
    const struct tki_profile *p;
};

static int key_cmp(const struct tki_profile *p, uint32_t a, uint32_t b)
{
    const struct tki_key *x = &p->keys.key[a], *y = &p->keys.key[b];
    int c = a == b ? 0 : tki_str_cmp(x->service, y->service);
    c = c || a == b ? c : tki_str_cmp(x->name, y->name);
    return c || a == b ? c : x->kind - y->kind;
}

static int cmp_child(const void *pa, const void *pb, void *ctx)
{
    const struct order *o = ctx;
    const struct tki_pair_node *a = &o->t->node[*(const uint32_t *)pa], *b = &o->t->node[*(const uint32_t *)pb];
    int c = key_cmp(o->p, a->key, b->key);
    if (c)
        return c;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return (a > b) - (a < b);
}

/* The nodes below a root of the tree: parents first, copies and spans without a window left out with all below. */
static void take_nodes(struct tki_pair_tree *to, const struct tki_scratch *s, const struct tk_batch *b, uint32_t *at)
{
    const struct tki_times *t = &s->times;
    for (uint32_t i = 0; i < s->tree.n; i++) {
        uint32_t node = s->tree.order[i], up = s->tree.parent[node];
        at[node] = TK_NONE;
        if ((t->state[node] & (TKI_NODE_COPY | TKI_NODE_INVALID)) || (up != TK_NONE && at[up] == TK_NONE))
            continue;
        at[node] = to->n;
        to->node[to->n++] = (struct tki_pair_node){.key = s->key[node],
                                                   .parent = up == TK_NONE ? TK_NONE : at[up],
                                                   .depth = up == TK_NONE ? 0 : to->node[at[up]].depth + 1,
                                                   .start_ns = t->start_ns[node],
                                                   .end_ns = t->end_ns[node],
                                                   .path_ns = s->cpath.ns[node],
                                                   .failed = b->spans[node].status == TK_STATUS_ERROR};
    }
}

static void list_children(struct tki_pair_tree *t, const struct tki_profile *p)
{
    struct order o = {t, p};
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->node[i].parent != TK_NONE)
            t->node[t->node[i].parent].nchildren++;
    for (uint32_t i = 0; i < t->n; i++) {
        t->node[i].child = n;
        n += t->node[i].nchildren;
        t->node[i].nchildren = 0;
    }
    for (uint32_t i = 0; i < t->n; i++)
        if (t->node[i].parent != TK_NONE) {
            struct tki_pair_node *up = &t->node[t->node[i].parent];
            t->child[up->child + up->nchildren++] = i;
        }
    for (uint32_t i = 0; i < t->n; i++)
        if (t->node[i].nchildren > 1)
            qsort_r(t->child + t->node[i].child, t->node[i].nchildren, sizeof *t->child, cmp_child, &o);
}

/* The pieces of the main path; those between roots are nobody's. */
static void take_sections(struct tki_pair_tree *to, const struct tki_scratch *s, const uint32_t *at)
{
    for (uint32_t i = 0; i < s->pieces.n; i++) {
        const struct tki_piece *x = &s->pieces.piece[i];
        if (x->node < s->times.n && at[x->node] != TK_NONE)
            to->section[to->nsections++] =
                (struct tki_pair_section){at[x->node], x->start_ns, x->end_ns, tki_piece_dark(x->type)};
    }
}

int tki_pair_take(struct tki_aligned *x, int side, struct tki_profile *p, const struct tk_batch *trace)
{
    struct tki_pair_tree *t = &x->tree[side];
    int rc = tki_profile_open(p, trace, NULL);
    if (rc <= 0 || t->found)
        return rc < 0 ? rc : TK_OK;
    uint32_t *at = malloc((trace->nspans + (size_t)1) * sizeof *at);
    t->node = calloc(trace->nspans + (size_t)1, sizeof *t->node);
    t->child = calloc(trace->nspans + (size_t)1, sizeof *t->child);
    struct tki_scratch *s = p->scratch;
    if (tki_pieces_main(&s->pieces, trace, &s->tree, &s->times, &s->cpath) == TK_OK)
        t->section = calloc(s->pieces.n + (size_t)1, sizeof *t->section);
    if (at && t->node && t->child && t->section) {
        t->id = trace->spans[0].trace_id;
        t->duration_ns = p->scratch->cpath.total_ns;
        t->found = true;
        take_nodes(t, p->scratch, trace, at);
        take_sections(t, s, at);
        list_children(t, p);
    }
    free(at);
    return t->found ? TK_OK : TK_ENOMEM;
}

/* ---- both ---- */

static int put_row(struct tki_aligned *x, uint32_t a, uint32_t b, uint32_t depth, bool choice)
{
    if (TKI_GROW(x->row, x->cap, x->nrows + 1) < 0)
        return TK_ENOMEM;
    x->row[x->nrows++] = (struct tki_pair_row){{a, b}, depth, choice};
    x->matched += a != TK_NONE && b != TK_NONE;
    x->choices += choice;
    return TK_OK;
}

struct kids { /* the children of one node, or the roots */
    const struct tki_pair_tree *t;
    const uint32_t *list;
    uint32_t n, at;
};

static struct kids kids_of(const struct tki_pair_tree *t, uint32_t node)
{
    static const struct kids none;
    if (node == TK_NONE)
        return none;
    return (struct kids){t, t->child + t->node[node].child, t->node[node].nchildren, 0};
}

static uint32_t same_keys(const struct tki_profile *p, const struct kids *k)
{
    uint32_t n = 1;
    while (k->at + n < k->n && key_cmp(p, k->t->node[k->list[k->at]].key, k->t->node[k->list[k->at + n]].key) == 0)
        n++;
    return n;
}

/* Pairs the children of a pair; their rows follow in no order yet. */
static int pair_kids(struct tki_aligned *x, const struct tki_profile *p, struct kids a, struct kids b, uint32_t depth)
{
    while (a.at < a.n || b.at < b.n) {
        int c = a.at == a.n   ? 1
                : b.at == b.n ? -1
                              : key_cmp(p, a.t->node[a.list[a.at]].key, b.t->node[b.list[b.at]].key);
        uint32_t na = c <= 0 ? same_keys(p, &a) : 0, nb = c >= 0 ? same_keys(p, &b) : 0;
        uint32_t most = na > nb ? na : nb;
        for (uint32_t i = 0; i < most; i++)
            if (put_row(x, i < na ? a.list[a.at + i] : TK_NONE, i < nb ? b.list[b.at + i] : TK_NONE, depth,
                        na && nb && most > 1) < 0)
                return TK_ENOMEM;
        a.at += na;
        b.at += nb;
    }
    return TK_OK;
}

/* When a row begins, from the start of its trace: B's where it is there. */
static int64_t begins(const struct tki_aligned *x, const struct tki_pair_row *r)
{
    int side = r->node[1] != TK_NONE;
    const struct tki_pair_tree *t = &x->tree[side];
    return t->node[r->node[side]].start_ns - t->node[0].start_ns;
}

static int cmp_row(const void *pa, const void *pb, void *ctx)
{
    const struct tki_pair_row *a = pa, *b = pb;
    int64_t s = begins(ctx, a), t = begins(ctx, b);
    if (s != t)
        return s > t ? -1 : 1; /* the stack gives the last one first */
    for (int side = 0; side < 2; side++)
        if (a->node[side] != b->node[side])
            return a->node[side] > b->node[side] ? -1 : 1;
    return 0;
}

static int put_roots(struct tki_aligned *x)
{
    uint32_t root[2] = {0, 0};
    while (root[0] < x->tree[0].n || root[1] < x->tree[1].n) {
        uint32_t node[2];
        for (int side = 0; side < 2; side++) {
            const struct tki_pair_tree *t = &x->tree[side];
            while (root[side] < t->n && t->node[root[side]].parent != TK_NONE)
                root[side]++;
            node[side] = root[side] < t->n ? root[side]++ : TK_NONE;
        }
        if ((node[0] != TK_NONE || node[1] != TK_NONE) && put_row(x, node[0], node[1], 0, false) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

/* A stack of rows; what is taken from it is written, and its children are put on it. */
int tki_pair_align(struct tki_aligned *x, const struct tki_profile *p)
{
    struct tki_aligned work = {.tree = {x->tree[0], x->tree[1]}};
    int rc = put_roots(&work);
    if (rc == TK_OK && work.nrows > 1)
        qsort_r(work.row, work.nrows, sizeof *work.row, cmp_row, &work);
    while (rc == TK_OK && work.nrows) {
        struct tki_pair_row r = work.row[--work.nrows];
        uint32_t first = work.nrows;
        rc = put_row(x, r.node[0], r.node[1], r.depth, r.choice);
        if (rc == TK_OK)
            rc = pair_kids(&work, p, kids_of(&x->tree[0], r.node[0]), kids_of(&x->tree[1], r.node[1]), r.depth + 1);
        if (rc == TK_OK && work.nrows > first + 1)
            qsort_r(work.row + first, work.nrows - first, sizeof *work.row, cmp_row, &work);
    }
    free(work.row);
    return rc;
}

int64_t tki_pair_delta(const struct tki_aligned *x, const struct tki_pair_row *row)
{
    int64_t delta = 0;
    for (int side = 0; side < 2; side++)
        if (row->node[side] != TK_NONE)
            delta += (side ? 1 : -1) * x->tree[side].node[row->node[side]].path_ns;
    return delta;
}

void tki_pair_free(struct tki_aligned *x)
{
    for (int side = 0; side < 2; side++) {
        free(x->tree[side].node);
        free(x->tree[side].child);
        free(x->tree[side].section);
    }
    free(x->row);
    memset(x, 0, sizeof *x);
}
