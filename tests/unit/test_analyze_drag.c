/* Drag and slack: vectors that can be seen by eye, and what they mean, tried out by replaying random traces. */
#include <math.h>

#include "analyze/drag.h"
#include "make_trace.h"
#include "tap.h"

struct all {
    struct tk_tree tree;
    struct tki_times times;
    struct tki_cpath path;
    struct tki_drag drag;
};

static bool measure(struct all *x, const struct tk_batch *b)
{
    return tk_tree_build(&x->tree, b) == TK_OK && tki_self_times(b, &x->tree, &x->times, NULL) == TK_OK &&
           x->times.root != TK_NONE && tki_cpath_build(&x->path, &x->times) == TK_OK &&
           tki_drag_measure(&x->drag, &x->times, &x->path) == 1;
}

/* What the root would take if a node took `ns` more, or nothing at all when ns is NAN. */
static double replayed(struct all *x, uint32_t node, double ns)
{
    struct tki_replay *r = &x->drag.replay;
    const struct tki_times *t = &x->times;
    for (uint32_t i = x->drag.n; i-- > 0;) {
        uint32_t at = r->order[i];
        tki_replay_node(r, t, at, 1);
        if (at == node)
            r->took[at] = isnan(ns) ? 0 : r->took[at] + ns;
    }
    return r->took[t->root];
}

static void test_vectors(struct all *x)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 100, TK_KIND_SERVER, "a", "root");
    add_span(b, 2, 1, 10, 40, TK_KIND_CLIENT, "a", "first");
    add_span(b, 3, 1, 40, 70, TK_KIND_CLIENT, "a", "long");
    add_span(b, 4, 1, 42, 60, TK_KIND_CLIENT, "a", "beside");
    add_span(b, 5, 1, 70, 90, TK_KIND_CLIENT, "a", "last");
    ok(measure(x, b), "measured");
    is_int(x->drag.drag_ns[1], 30, "what all else waits for");
    is_int(x->drag.drag_ns[2], 10, "without it the one beside it is waited for");
    is_int(x->drag.drag_ns[3], 0, "nobody waits for it");
    is_int(x->drag.slack_ns[3], 10, "until the long one has ended");
    is_int(x->drag.slack_ns[1], 0, "no slack where there is drag");
    tk_batch_free(b);
}

static void test_random(struct all *x)
{
    uint64_t seed = 5;
    bool drag = true, slack = true, tight = true;
    uint32_t nodes = 0;
    for (int n = 0; n < 1500; n++) {
        struct tk_batch *b = tk_batch_new();
        random_trace(b, &seed, 24, 200);
        for (uint32_t i = 0; measure(x, b) && i < x->drag.n; i++, nodes++) {
            uint32_t node = x->drag.replay.order[i];
            int64_t d = x->drag.drag_ns[node], s = x->drag.slack_ns[node];
            double all = (double)(x->times.end_ns[x->times.root] - x->times.start_ns[x->times.root]);
            drag = drag && fabs(replayed(x, node, NAN) - (all - (double)d)) < 0.5;
            slack = slack && fabs(replayed(x, node, (double)s) - all) < 0.5;
            tight = tight && replayed(x, node, (double)s + 7) > all + 6.5;
        }
        tk_batch_free(b);
    }
    ok(nodes > 10000, "%u nodes of random traces", nodes);
    ok(drag, "drag is what a trace without the span is shorter");
    ok(slack, "a span that takes its slack longer changes nothing");
    ok(tight, "one that takes more than that makes the trace longer by what is more");
}

int main(void)
{
    struct all x = {0};
    test_vectors(&x);
    test_random(&x);
    tki_drag_free(&x.drag);
    tki_cpath_free(&x.path);
    tki_times_free(&x.times);
    tk_tree_free(&x.tree);
    done_testing();
}
