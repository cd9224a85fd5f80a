/* Trees: order, orphans, circles, shared ids, size, and no dependence on the order of rows. */
#include "make_trace.h"
#include "tap.h"

static void test_small(struct tk_tree *t)
{
    struct tk_batch *b = tk_batch_new();
    ok(tk_tree_build(t, b) == 0 && t->n == 0 && t->nroots == 0, "an empty trace has an empty tree");
    add_span(b, 3, 1, 50, 60, 0, "s", "late");
    add_span(b, 2, 1, 10, 20, 0, "s", "early");
    add_span(b, 1, 0, 0, 100, 0, "s", "root");
    add_span(b, 4, 2, 11, 12, 0, "s", "leaf");
    add_span(b, 5, 99, 5, 6, 0, "s", "orphan");
    ok(tk_tree_build(t, b) == 0 && t->n == 5, "a tree of five");
    ok(t->nroots == 2 && t->root[0] == 2 && t->root[1] == 4, "roots by start");
    ok(t->norphans == 1 && t->ncycles == 0 && t->nduplicates == 0, "one of them an orphan");
    static const uint32_t order[] = {2, 1, 3, 0, 4}, depth[] = {0, 1, 2, 1, 0};
    bool good = true;
    for (int i = 0; i < 5; i++)
        good = good && t->order[i] == order[i] && t->depth[order[i]] == depth[i];
    ok(good, "parents before children, children by start, depths");
    ok(t->child_first[3] - t->child_first[2] == 2 && t->child[t->child_first[2]] == 1, "children of the root");
    tk_batch_free(b);
}

static void test_circles(struct tk_tree *t)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 3, 20, 30, 0, "s", "a");
    add_span(b, 2, 1, 10, 30, 0, "s", "b");
    add_span(b, 3, 2, 15, 30, 0, "s", "c");
    add_span(b, 4, 3, 0, 30, 0, "s", "below the circle");
    add_span(b, 5, 5, 40, 50, 0, "s", "its own parent");
    ok(tk_tree_build(t, b) == 0 && t->ncycles == 2 && t->norphans == 0, "two circles are cut");
    ok(t->nroots == 2 && t->root[0] == 1 && t->root[1] == 4, "each above the span that starts first");
    ok(t->parent[3] == 2 && t->depth[3] == 2, "what hangs below a circle stays there");
    tk_batch_free(b);
}

static void test_same_id(struct tk_tree *t)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 100, TK_KIND_SERVER, "front", "in");
    add_span(b, 2, 1, 20, 80, TK_KIND_SERVER, "back", "rpc");
    add_span(b, 2, 1, 10, 90, TK_KIND_CLIENT, "front", "rpc");
    add_span(b, 3, 2, 30, 40, TK_KIND_CLIENT, "back", "sql");
    add_span(b, 4, 2, 12, 13, TK_KIND_INTERNAL, "front", "connect");
    ok(tk_tree_build(t, b) == 0 && t->nduplicates == 1, "one id twice");
    ok(t->parent[1] == 2 && t->parent[2] == 0, "the server half hangs below the client half");
    ok(t->parent[3] == 1, "children of the shared id hang below the server");
    ok(t->parent[4] == 2, "unless they run in the client's service");
    tk_batch_reset(b);
    add_span(b, 2, 7, 20, 80, TK_KIND_SERVER, "back", "rpc");
    add_span(b, 2, 7, 10, 90, TK_KIND_CLIENT, "front", "rpc");
    tk_tree_build(t, b);
    ok(t->nroots == 1 && t->norphans == 1, "a pair whose parent is missing is one orphan");
    tk_batch_reset(b);
    add_span(b, 2, 0, 10, 90, TK_KIND_INTERNAL, "s", "x");
    add_span(b, 2, 0, 10, 90, TK_KIND_INTERNAL, "s", "x");
    add_span(b, 3, 2, 10, 90, TK_KIND_INTERNAL, "s", "y");
    add_span(b, 0, 0, 10, 90, TK_KIND_INTERNAL, "s", "no id");
    add_span(b, 0, 0, 10, 90, TK_KIND_INTERNAL, "s", "no id");
    tk_tree_build(t, b);
    ok(t->nduplicates == 1 && t->parent[2] == 0, "children of a copied span go to the first; no id is no copy");
    tk_batch_free(b);
}

static void test_large(struct tk_tree *t)
{
    struct tk_batch *b = tk_batch_new();
    enum { DEEP = 100000, WIDE = 1000000 };
    for (uint32_t i = DEEP; i > 0; i--)
        add_span(b, i, i - 1, i, 2 * DEEP - i, 0, "s", "n");
    ok(tk_tree_build(t, b) == 0 && t->nroots == 1 && t->depth[0] == DEEP - 1, "a chain of 100000");
    tk_batch_reset(b);
    add_span(b, 1, 0, 0, WIDE, 0, "s", "root");
    for (uint32_t i = 0; i < WIDE; i++)
        add_span(b, i + 2, 1, i * 7919u % WIDE, WIDE, 0, "s", "n");
    ok(tk_tree_build(t, b) == 0 && t->child_first[1] == WIDE, "a parent of 1000000");
    bool sorted = true;
    for (uint32_t i = 1; i < WIDE; i++)
        sorted = sorted && b->spans[t->child[i - 1]].start_ns <= b->spans[t->child[i]].start_ns;
    ok(sorted, "in order of start");
    tk_batch_reset(b);
    for (uint32_t i = 0; i < DEEP; i++)
        add_span(b, i + 1, (i + 1) % DEEP + 1, i, i + 1, 0, "s", "n");
    ok(tk_tree_build(t, b) == 0 && t->ncycles == 1 && t->nroots == 1 && t->root[0] == 0, "a circle of 100000");
    tk_batch_free(b);
}

/* The same parents, order and depths by id, whatever the order of rows. */
static bool same_tree(const struct tk_tree *t, const struct tk_batch *b, const struct tk_tree *u,
                      const struct tk_batch *c)
{
    if (t->n != u->n || t->nroots != u->nroots || t->norphans != u->norphans || t->ncycles != u->ncycles)
        return false;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t x = t->order[i], y = u->order[i];
        uint64_t px = t->parent[x] == TK_NONE ? 0 : b->spans[t->parent[x]].span_id;
        uint64_t py = u->parent[y] == TK_NONE ? 0 : c->spans[u->parent[y]].span_id;
        if (b->spans[x].span_id != c->spans[y].span_id || px != py || t->depth[x] != u->depth[y])
            return false;
    }
    return true;
}

static void test_random(struct tk_tree *t)
{
    uint64_t seed = 20261121;
    struct tk_batch *b = tk_batch_new();
    struct tk_tree u = {0};
    uint32_t bad = 0, circles = 0;
    for (int round = 0; round < 20000; round++) {
        random_trace(b, &seed, 30, 50);
        for (int k = 0; k < 2 && round % 3 == 0; k++) /* parents at will: circles */
            b->spans[below(&seed, b->nspans)].parent_id = 1 + below(&seed, b->nspans);
        struct tk_batch *c = permuted(b, &seed);
        tk_tree_build(t, b);
        tk_tree_build(&u, c);
        bad += !same_tree(t, b, &u, c);
        circles += t->ncycles > 0;
        tk_batch_free(c);
    }
    ok(bad == 0 && circles > 100, "20000 random trees do not depend on the order of rows (%u with circles)", circles);
    tk_tree_free(&u);
    tk_batch_free(b);
}

int main(void)
{
    struct tk_tree t = {0};
    test_small(&t);
    test_circles(&t);
    test_same_id(&t);
    test_large(&t);
    test_random(&t);
    tk_tree_free(&t);
    ok(t.memory == NULL && t.n == 0, "freed");
    return done_testing();
}
