/* Windows, self time, gaps and the critical path: vectors, a naive oracle over random trees, and size. */
#include "analyze/cpath.h"
#include "make_trace.h"
#include "tap.h"

struct all {
    struct tk_tree tree;
    struct tki_times times;
    struct tki_cpath path;
    struct tki_repairs repairs;
};

static void analyze(struct all *x, const struct tk_batch *b)
{
    memset(&x->repairs, 0, sizeof x->repairs);
    if (tk_tree_build(&x->tree, b) < 0 || tki_self_times(b, &x->tree, &x->times, &x->repairs) < 0 ||
        (x->times.root != TK_NONE && tki_cpath_build(&x->path, &x->times) < 0))
        abort();
    if (x->times.root != TK_NONE)
        tki_cpath_doubt(&x->path, &x->times);
}

/* Section i is of that node and runs from `from` to `to`, counted from T0. */
static bool section(const struct all *x, uint32_t i, uint32_t node, uint64_t from, uint64_t to)
{
    const struct tki_section *s = &x->path.section[i];
    return i < x->path.nsections && s->node == node && (uint64_t)s->start_ns == T0 + from &&
           (uint64_t)s->end_ns == T0 + to;
}

static void test_vectors(struct all *x)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 30, TK_KIND_SERVER, "s", "root");
    add_span(b, 2, 1, 0, 10, TK_KIND_CLIENT, "s", "c0");
    add_span(b, 3, 1, 10, 20, TK_KIND_CLIENT, "s", "c1");
    add_span(b, 4, 1, 20, 30, TK_KIND_CLIENT, "s", "c2");
    analyze(x, b);
    ok(x->path.nsections == 3 && section(x, 0, 3, 20, 30) && section(x, 1, 2, 10, 20) && section(x, 2, 1, 0, 10),
       "back-to-back children are all on the path");
    ok(x->times.self_ns[0] == 0 && x->path.ns[0] == 0, "and leave nothing for the parent");

    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 100, TK_KIND_SERVER, "s", "root");
    add_span(b, 2, 1, 0, 50, TK_KIND_CLIENT, "s", "x");
    add_span(b, 3, 1, 25, 75, TK_KIND_CLIENT, "s", "y");
    add_span(b, 4, 1, 90, 120, TK_KIND_CLIENT, "s", "z");
    analyze(x, b);
    struct tki_cover c = tki_node_cover(&x->times, b, 0);
    ok(c.cover_ns == 85 && x->times.self_ns[0] == 15 && c.gap_ns == 15 && c.dark_ns == 15, "cover 85, self 15");
    ok(c.busy_ns == 110, "busy 110: concurrency 110/85");
    ok(tki_gaps(&x->times, 0) == 1 && x->times.gap[0].type == TKI_GAP_BETWEEN && x->times.gap[0].prev == 2 &&
           x->times.gap[0].next == 3 && (uint64_t)x->times.gap[0].start_ns == T0 + 75 &&
           (uint64_t)x->times.gap[0].end_ns == T0 + 90,
       "one gap, between y and z");
    ok(x->repairs.clipped == 1 && x->repairs.clipped_ns == 20 && x->repairs.outside == 0, "20 ns cut off");
    ok(section(x, 0, 3, 90, 100) && section(x, 1, 0, 75, 90) && section(x, 2, 2, 25, 75) && section(x, 3, 0, 0, 25),
       "the path goes z, root, y, root: x was still running when y started");
    ok(x->path.ambiguous_ns[0] == 25, "which makes 25 ns of it ambiguous");

    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 100, TK_KIND_SERVER, "s", "root");
    add_span(b, 2, 1, 0, 100, TK_KIND_CLIENT, "s", "same");
    analyze(x, b);
    ok(x->times.self_ns[0] == 0 && tki_gaps(&x->times, 0) == 0, "a child equal to its parent leaves nothing");
    ok(x->times.self_ns[1] == 100 && tki_node_cover(&x->times, b, 1).dark_ns == 0, "a leaf CLIENT is opaque, not dark");

    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 100, TK_KIND_PRODUCER, "s", "send");
    add_span(b, 2, 1, 20, 90, TK_KIND_CONSUMER, "t", "receive");
    analyze(x, b);
    ok(x->times.self_ns[0] == 100 && x->times.self_ns[1] == 70 && x->repairs.asynchronous == 1,
       "a consumer holds nobody up");
    ok(x->path.nsections == 1 && section(x, 0, 0, 0, 100), "and is not on the path");
    tk_batch_free(b);
}

static void test_gap_types(struct all *x)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 100, TK_KIND_SERVER, "s", "root");
    add_span(b, 2, 1, 10, 20, TK_KIND_CLIENT, "s", "x");
    add_span(b, 3, 1, 40, 40, TK_KIND_CLIENT, "s", "no length");
    add_span(b, 4, 1, 60, 70, TK_KIND_INTERNAL, "s", "leaf");
    analyze(x, b);
    const struct tki_gap *g = x->times.gap;
    ok(tki_gaps(&x->times, 0) == 4, "four gaps");
    ok(g[0].type == TKI_GAP_TRAIL && g[0].prev == 3 && g[0].next == TK_NONE, "after the last child");
    ok(g[1].type == TKI_GAP_BETWEEN && g[1].prev == 2 && g[1].next == 3, "after a child without length");
    ok(g[2].type == TKI_GAP_BETWEEN && g[2].prev == 1 && g[2].next == 2, "before it");
    ok(g[3].type == TKI_GAP_LEAD && g[3].prev == TK_NONE && g[3].next == 1, "before the first child");
    ok(tki_node_cover(&x->times, b, 0).gap_ns == 30, "the largest is the last");
    ok(tki_gaps(&x->times, 3) == 1 && g[0].type == TKI_GAP_WHOLE && tki_node_cover(&x->times, b, 3).dark_ns == 10,
       "an INTERNAL leaf is dark as a whole");
    struct tk_attr *a = tk_batch_add_attr(b);
    a->key = text("db.system");
    a->value = (struct tk_value){.type = TK_STRING, .n = 5, .v.s = "mysql"};
    b->spans[3].attrs = (tk_range){0, 1};
    ok(tki_node_opaque(&x->times, b, 3), "unless it is a database call");
    tk_batch_free(b);
}

static void test_repairs(struct all *x)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 10000000, TK_KIND_SERVER, "s", "root");
    add_span(b, 2, 1, 100, 50, TK_KIND_INTERNAL, "s", "backwards");
    add_span(b, 3, 2, 100, 5000100, TK_KIND_CLIENT, "s", "below it");
    add_span(b, 3, 2, 100, 5000100, TK_KIND_CLIENT, "s", "below it");
    add_span(b, 4, 1, 6000000, 12000000, TK_KIND_INTERNAL, "s", "detached");
    add_span(b, 5, 1, 9000000, 10900000, TK_KIND_INTERNAL, "s", "late by less than 1 ms");
    add_span(b, 6, 4, 11000000, 11500000, TK_KIND_INTERNAL, "s", "below detached");
    analyze(x, b);
    ok(x->repairs.invalid == 1 && x->times.state[1] & TKI_NODE_INVALID && x->times.over[2] == 0,
       "children of a span that runs backwards count in the next one up");
    ok(x->repairs.duplicates == 1 && x->times.state[3] & TKI_NODE_COPY, "a copy is left out");
    ok(x->repairs.detached == 1 && x->times.over[4] == TK_NONE && x->times.end_ns[4] - x->times.start_ns[4] == 6000000,
       "a detached span keeps its window and holds nobody up");
    ok(x->times.over[6] == 4 && x->times.self_ns[4] == 5500000, "its children count in it");
    ok(x->repairs.clipped == 1 && x->times.end_ns[5] == x->times.end_ns[0], "a little late is cut");
    ok(x->times.self_ns[0] == 10000000 - 5000000 - 1000000 && x->times.root == 0 && x->repairs.many_roots == 0,
       "one root");
    b->spans[0].kind = TK_KIND_CLIENT;
    analyze(x, b);
    ok(x->repairs.detached == 1 && x->times.over[4] == TK_NONE,
       "below a CLIENT, too, work of its own process is detached");
    b->spans[4].kind = TK_KIND_SERVER;
    analyze(x, b);
    ok(x->repairs.detached == 0 && x->repairs.clipped == 3 && x->repairs.outside == 1,
       "what may answer a CLIENT is not detached");

    tk_batch_reset(b);
    add_span(b, 1, 0, 10, 20, TK_KIND_SERVER, "s", "root");
    add_span(b, 2, 77, 30, 50, TK_KIND_SERVER, "t", "orphan");
    analyze(x, b);
    ok(x->times.root == 2 && x->times.nodes == 3 && x->repairs.many_roots == 1 && x->repairs.orphans == 1,
       "a virtual root");
    ok(x->path.total_ns == 40 && x->path.ns[2] == 10 && x->path.ns[0] == 10 && x->path.ns[1] == 20, "spans all roots");
    ok(x->times.primary == 0 && x->repairs.rootless == 0, "the span without a parent names the request");

    tk_batch_reset(b);
    add_span(b, 1, 0, 10, 5, TK_KIND_SERVER, "s", "root");
    b->spans[0].start_ns = 0;
    analyze(x, b);
    ok(x->times.root == TK_NONE && x->repairs.untimed == 1, "nothing has a window");

    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 100, TK_KIND_SERVER, "s", "root");
    add_span(b, 2, 1, 10, 90, TK_KIND_INTERNAL, "s", "job");
    struct tk_link *l = tk_batch_add_link(b);
    struct tk_attr *a = tk_batch_add_attr(b);
    a->key = text("opentracing.ref_type");
    a->value = (struct tk_value){.type = TK_STRING, .n = 12, .v.s = "follows_from"};
    *l = (struct tk_link){.trace_id = {1, 2}, .span_id = 1, .attrs = {0, 1}};
    b->spans[1].links = (tk_range){0, 1};
    analyze(x, b);
    ok(x->repairs.asynchronous == 1 && x->times.self_ns[0] == 100, "FOLLOWS_FROM holds nobody up");
    tk_batch_free(b);
}

static void test_large(struct all *x)
{
    enum { DEEP = 100000, WIDE = 1000000 };
    struct tk_batch *b = tk_batch_new();
    for (uint32_t i = DEEP; i > 0; i--)
        add_span(b, i, i - 1, i, 4 * DEEP - i, 0, "s", "n");
    analyze(x, b);
    ok(x->path.total_ns == 4 * DEEP - 2 && x->path.nsections == 2 * DEEP - 1, "a chain of 100000");
    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 10 * WIDE, 0, "s", "root");
    for (uint32_t i = 0; i < WIDE; i++) {
        uint32_t at = (uint32_t)((uint64_t)i * 7919 % WIDE) * 10;
        add_span(b, i + 2, 1, at, at + 9, 0, "s", "n");
    }
    analyze(x, b);
    ok(x->times.self_ns[0] == WIDE && x->path.ns[0] == WIDE && x->path.nsections == 2 * WIDE,
       "1000000 children one by one");
    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 10, 0, "s", "root");
    for (uint32_t i = 0; i < WIDE; i++)
        add_span(b, i + 2, 1, i % 2 ? 5 : 0, i % 2 ? 5 : 10, 0, "s", "n");
    analyze(x, b);
    ok(x->times.self_ns[0] == 0 && x->path.ns[0] == 0, "1000000 equal ones, half of them without length");
    tk_batch_free(b);
}

/* ---- the oracle: the definitions, written down as they are, for clocks of few ticks
 * ------------------------ */

/* Self time by looking at every tick. */
static int64_t naive_self(const struct tki_times *t, uint32_t s)
{
    int64_t self = 0;
    for (int64_t at = t->start_ns[s]; at < t->end_ns[s]; at++) {
        bool covered = false;
        for (uint32_t c = 0; c < t->nodes && !covered; c++)
            covered = t->over[c] == s && t->start_ns[c] <= at && at < t->end_ns[c];
        self += !covered;
    }
    return self;
}

/* Recursive, over unsorted children; used[] keeps children without length from coming twice. */
static void naive_path(const struct tki_times *t, const struct tk_batch *b, uint32_t s, int64_t at, int64_t *ns,
                       bool *used)
{
    for (;;) {
        uint32_t best = TK_NONE;
        for (uint32_t c = 0; c < t->n; c++) {
            if (t->over[c] != s || used[c] || t->end_ns[c] > at || t->end_ns[c] <= t->start_ns[s])
                continue;
            if (best != TK_NONE) {
                int64_t d = t->end_ns[c] - t->end_ns[best];
                d = d ? d : t->start_ns[c] - t->start_ns[best];
                if (d < 0 || (d == 0 && b->spans[c].span_id < b->spans[best].span_id))
                    continue;
            }
            best = c;
        }
        int64_t stop = best == TK_NONE ? t->start_ns[s] : t->end_ns[best];
        ns[s] += at - stop;
        if (best == TK_NONE)
            return;
        used[best] = true;
        naive_path(t, b, best, t->end_ns[best], ns, used);
        at = t->start_ns[best];
    }
}

static bool windows_nest(const struct tki_times *t)
{
    for (uint32_t s = 0; s < t->nodes; s++) {
        uint32_t o = t->over[s];
        if (t->start_ns[s] > t->end_ns[s] ||
            (o != TK_NONE && (t->start_ns[s] < t->start_ns[o] || t->end_ns[s] > t->end_ns[o])))
            return false;
    }
    return true;
}

static bool agrees(const struct all *x, const struct tk_batch *b)
{
    const struct tki_times *t = &x->times;
    int64_t ns[64] = {0}, sum = 0;
    bool used[64] = {false};
    naive_path(t, b, t->root, t->end_ns[t->root], ns, used);
    for (uint32_t s = 0; s < t->nodes; s++) {
        sum += x->path.ns[s];
        if (x->path.ns[s] != ns[s] || t->self_ns[s] != naive_self(t, s))
            return false;
    }
    int64_t at = t->end_ns[t->root];
    for (uint32_t i = 0; i < x->path.nsections; i++) {
        if (x->path.section[i].end_ns != at)
            return false; /* a hole */
        at = x->path.section[i].start_ns;
    }
    return sum == x->path.total_ns && at == t->start_ns[t->root];
}

static int64_t by_id(const int64_t *x, const struct tk_batch *b, uint64_t id)
{
    for (uint32_t i = 0; i < b->nspans; i++)
        if (b->spans[i].span_id == id)
            return x[i];
    return -1;
}

static void test_random(struct all *x)
{
    static const uint32_t clocks[] = {4, 20, 200, 5000000};
    uint64_t seed = 7;
    uint32_t bad = 0, moved = 0, conserved = 0, trees = 0;
    struct tk_batch *b = tk_batch_new();
    struct all y = {0};
    for (uint32_t round = 0; round < 100000; round++) {
        uint32_t clock = clocks[round % 4];
        random_trace(b, &seed, 24, clock);
        analyze(x, b);
        trees++;
        int64_t sum = 0;
        for (uint32_t s = 0; s < x->times.nodes; s++)
            sum += x->path.ns[s];
        conserved += sum == x->path.total_ns && windows_nest(&x->times);
        if (clock < 1000 && round % 8 < 3)
            bad += !agrees(x, b);
        if (round % 10)
            continue;
        struct tk_batch *c = permuted(b, &seed);
        analyze(&y, c);
        for (uint32_t i = 0; i < b->nspans; i++) {
            uint64_t id = b->spans[i].span_id;
            moved += x->path.ns[i] != by_id(y.path.ns, c, id) || x->times.self_ns[i] != by_id(y.times.self_ns, c, id);
        }
        moved += memcmp(&x->repairs, &y.repairs, sizeof x->repairs) != 0;
        tk_batch_free(c);
    }
    ok(conserved == trees, "the sections of %u random trees add up to the duration of the root", trees);
    ok(bad == 0, "self time and path agree with their definitions");
    ok(moved == 0, "and do not depend on the order of rows");
    tk_tree_free(&y.tree);
    tki_times_free(&y.times);
    tki_cpath_free(&y.path);
    tk_batch_free(b);
}

int main(void)
{
    struct all x = {0};
    test_vectors(&x);
    test_gap_types(&x);
    test_repairs(&x);
    test_large(&x);
    test_random(&x);
    tk_tree_free(&x.tree);
    tki_times_free(&x.times);
    tki_cpath_free(&x.path);
    return done_testing();
}
