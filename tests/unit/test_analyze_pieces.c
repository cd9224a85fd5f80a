/* Pieces of the critical path: they add up, say what stands on both sides, and follow messages; calls of one
 * operation: runs, retries, fan-outs. */
#include "analyze/patterns.h"
#include "analyze/pieces.h"
#include "make_trace.h"
#include "tap.h"

enum { MS = 1000000 };

struct one {
    struct tk_tree tree;
    struct tki_times times;
    struct tki_cpath path;
    struct tki_pieces pieces;
};

static int64_t sum_of(const struct tki_pieces *p)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < p->n; i++)
        sum += p->piece[i].end_ns - p->piece[i].start_ns;
    return sum;
}

static void look_at(struct one *o, const struct tk_batch *b)
{
    if (tk_tree_build(&o->tree, b) < 0 || tki_self_times(b, &o->tree, &o->times, NULL) < 0 ||
        tki_cpath_build(&o->path, &o->times) < 0 || tki_pieces_main(&o->pieces, b, &o->tree, &o->times, &o->path) < 0)
        bail_out("out of memory");
}

static void one_free(struct one *o)
{
    tk_tree_free(&o->tree);
    tki_times_free(&o->times);
    tki_cpath_free(&o->path);
    tki_pieces_free(&o->pieces);
}

/* How long the pieces of a node and type are together; *found is one of them. */
static int64_t of_type(const struct tki_pieces *p, uint32_t node, uint8_t type, struct tki_piece *found)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < p->n; i++)
        if (p->piece[i].node == node && p->piece[i].type == type) {
            sum += p->piece[i].end_ns - p->piece[i].start_ns;
            *found = p->piece[i];
        }
    return sum;
}

static void test_gaps(void)
{
    struct tk_batch *b = tk_batch_new();
    struct one o = {0};
    struct tki_piece x;
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_SERVER, "shop", "root");
    add_span(b, 2, 1, 10 * MS, 30 * MS, TK_KIND_CLIENT, "shop", "first");
    add_span(b, 3, 1, 70 * MS, 90 * MS, TK_KIND_CLIENT, "shop", "second");
    look_at(&o, b);
    is_int(sum_of(&o.pieces), 100 * MS, "the pieces add up to the duration");
    is_int(of_type(&o.pieces, 0, TKI_PIECE_LEAD, &x), 10 * MS, "before the first call");
    ok(x.prev == TK_NONE && x.next == 1, "which is the first");
    is_int(of_type(&o.pieces, 0, TKI_PIECE_BETWEEN, &x), 40 * MS, "between the calls");
    ok(x.prev == 1 && x.next == 2, "after the first, before the second");
    is_int(of_type(&o.pieces, 0, TKI_PIECE_TRAIL, &x), 10 * MS, "after the last call");
    is_int(of_type(&o.pieces, 1, TKI_PIECE_OWN, &x), 20 * MS, "a span without children has time of its own");
    one_free(&o);
    tk_batch_free(b);
}

/* A long call that ends just behind the start of a short one is no part of the path, and no dark time either. */
static void test_beside(void)
{
    struct tk_batch *b = tk_batch_new();
    struct one o = {0};
    struct tki_piece x;
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_SERVER, "shop", "root");
    add_span(b, 2, 1, 5 * MS, 92 * MS, TK_KIND_CLIENT, "shop", "long");
    add_span(b, 3, 2, 6 * MS, 91 * MS, TK_KIND_SERVER, "stock", "long");
    add_span(b, 4, 1, 90 * MS, 95 * MS, TK_KIND_CLIENT, "shop", "short");
    look_at(&o, b);
    is_int(sum_of(&o.pieces), 100 * MS, "a call beside the path: the pieces add up");
    is_int(of_type(&o.pieces, 0, TKI_PIECE_LEAD, &x), 5 * MS, "dark until it begins");
    is_int(of_type(&o.pieces, 2, TKI_PIECE_OWN, &x), 85 * MS, "then it is the innermost call that ran nearly as long");
    is_int(of_type(&o.pieces, 3, TKI_PIECE_OWN, &x), 5 * MS, "then the short one");
    tk_batch_free(b);
    b = tk_batch_new();
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_SERVER, "shop", "root");
    add_span(b, 2, 1, 80 * MS, 92 * MS, TK_KIND_CLIENT, "shop", "late");
    add_span(b, 3, 1, 90 * MS, 95 * MS, TK_KIND_CLIENT, "shop", "short");
    look_at(&o, b);
    is_int(of_type(&o.pieces, 0, TKI_PIECE_LEAD, &x), 90 * MS, "a gap that is mostly dark stays one");
    one_free(&o);
    tk_batch_free(b);
}

static void test_network(void)
{
    struct tk_batch *b = tk_batch_new();
    struct one o = {0};
    struct tki_piece x;
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_CLIENT, "shop", "call");
    add_span(b, 2, 1, 30 * MS, 60 * MS, TK_KIND_SERVER, "bank", "serve");
    look_at(&o, b);
    is_int(of_type(&o.pieces, 0, TKI_PIECE_NETWORK, &x), 70 * MS, "a call outside of its server's span: the network");
    ok(x.next == 1, "to that server");
    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_INTERNAL, "shop", "call");
    add_span(b, 2, 1, 30 * MS, 60 * MS, TK_KIND_SERVER, "bank", "serve");
    look_at(&o, b);
    is_int(of_type(&o.pieces, 0, TKI_PIECE_NETWORK, &x), 0, "a span that is no call has no network");
    one_free(&o);
    tk_batch_free(b);
}

/* A consumer that is waited for: the gap of the root ends when the consumer does. */
static void test_wait(bool waits)
{
    struct tk_batch *b = tk_batch_new();
    struct one o = {0};
    struct tki_piece x;
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_SERVER, "shop", "root");
    add_span(b, 2, 1, 5 * MS, 10 * MS, TK_KIND_PRODUCER, "shop", "publish");
    add_span(b, 3, 2, 50 * MS, waits ? 80 * MS : 60 * MS, TK_KIND_CONSUMER, "mail", "consume");
    add_span(b, 4, 1, 80 * MS, 95 * MS, TK_KIND_CLIENT, "shop", "after");
    look_at(&o, b);
    is_int(sum_of(&o.pieces), 100 * MS, "with a consumer the pieces add up, too");
    is_int(of_type(&o.pieces, 0, TKI_PIECE_QUEUE, &x), waits ? 40 * MS : 0,
           "the queue of a consumer that is %swaited for", waits ? "" : "not ");
    is_int(of_type(&o.pieces, 0, TKI_PIECE_CONSUMER, &x), waits ? 30 * MS : 0, "and its work");
    one_free(&o);
    tk_batch_free(b);
}

/* A consumer that outlives the root: the whole path goes back through its queue. */
static void test_whole(void)
{
    struct tk_batch *b = tk_batch_new();
    struct one o = {0};
    struct tki_piece x;
    add_span(b, 1, 0, 0, 40 * MS, TK_KIND_SERVER, "shop", "root");
    add_span(b, 2, 1, 5 * MS, 10 * MS, TK_KIND_PRODUCER, "shop", "publish");
    look_at(&o, b);
    is_int(tki_pieces_whole(&o.pieces, b, &o.tree, &o.times, &o.path), 0, "nothing outlives the root");
    add_span(b, 3, 2, 90 * MS, 120 * MS, TK_KIND_CONSUMER, "mail", "consume");
    add_span(b, 4, 3, 100 * MS, 110 * MS, TK_KIND_CLIENT, "mail", "INSERT");
    look_at(&o, b);
    is_int(sum_of(&o.pieces), 40 * MS, "the main path ends with the root");
    is_int(tki_pieces_whole(&o.pieces, b, &o.tree, &o.times, &o.path), 1, "the consumer outlives it");
    is_int(sum_of(&o.pieces), 120 * MS, "and the whole path is all of the time");
    is_int(of_type(&o.pieces, 1, TKI_PIECE_QUEUE, &x), 80 * MS, "80 ms of it in the queue");
    ok(x.prev == 1 && x.next == 2, "from the producer to the consumer");
    is_int(of_type(&o.pieces, 3, TKI_PIECE_OWN, &x), 10 * MS, "what the consumer calls is part of it");
    one_free(&o);
    tk_batch_free(b);
}

/* Random trees, with children beyond their parents, of all kinds. */
static void test_random(void)
{
    struct tk_batch *b = tk_batch_new();
    struct one o = {0};
    uint64_t seed = 4;
    bool main_good = true, whole_good = true;
    for (int round = 0; round < 3000; round++) {
        uint32_t n = 1 + below(&seed, 14);
        tk_batch_reset(b);
        for (uint32_t i = 0; i < n; i++) {
            uint64_t start = below(&seed, 60);
            add_span(b, i + 1, i ? 1 + below(&seed, i) : 0, start, start + below(&seed, 50), (int)below(&seed, 6), "s",
                     "x");
        }
        look_at(&o, b);
        main_good = main_good && sum_of(&o.pieces) == o.path.total_ns;
        for (uint32_t i = 0; i < o.pieces.n; i++)
            main_good = main_good && o.pieces.piece[i].start_ns < o.pieces.piece[i].end_ns;
        int rc = tki_pieces_whole(&o.pieces, b, &o.tree, &o.times, &o.path);
        whole_good = whole_good && (rc == 1 || (rc == 0 && sum_of(&o.pieces) == o.path.total_ns));
    }
    ok(main_good, "of 3000 random traces the pieces add up to the critical path");
    ok(whole_good, "and the whole path is the main one where nothing outlives the root");
    one_free(&o);
    tk_batch_free(b);
}

/* Calls below one root, of `ms` each: start, end, failed. */
static struct tki_calls calls_of(const int (*ms)[3], uint32_t n)
{
    struct tk_batch *b = tk_batch_new();
    struct one o = {0};
    struct tki_calls c;
    uint32_t nodes[16];
    add_span(b, 1, 0, 0, 10000u * MS, TK_KIND_SERVER, "shop", "root");
    for (uint32_t i = 0; i < n; i++) {
        struct tk_span *s =
            add_span(b, i + 2, 1, (uint64_t)ms[i][0] * MS, (uint64_t)ms[i][1] * MS, TK_KIND_CLIENT, "shop", "call");
        s->status = ms[i][2] ? TK_STATUS_ERROR : TK_STATUS_UNSET;
        nodes[n - 1 - i] = i + 1;
    }
    look_at(&o, b);
    if (tki_calls_measure(&o.times, b, nodes, n, &c) < 0)
        bail_out("out of memory");
    one_free(&o);
    tk_batch_free(b);
    return c;
}

static void test_calls(void)
{
    static const int loop[][3] = {{0, 10, 0}, {10, 20, 0}, {21, 30, 0}, {30, 40, 0}, {41, 50, 0}};
    static const int fan[][3] = {{0, 10, 0}, {0, 12, 0}, {1, 11, 0}, {1, 90, 0}};
    static const int tries[][3] = {{0, 10, 1}, {20, 30, 1}, {60, 70, 1}, {150, 160, 0}};
    struct tki_calls c = calls_of(loop, 5);
    ok(c.n == 5 && c.run == 5 && c.width == 1 && c.again == 0, "five calls one after the other");
    is_int(c.wait_ns, 2 * MS, "with 2 ms in between");
    c = calls_of(fan, 4);
    ok(c.run == 1 && c.width == 4 && c.longest_ns == 89 * MS && c.middle_ns == 10 * MS, "four side by side, one late");
    c = calls_of(tries, 4);
    ok(c.failed == 3 && c.again == 3 && c.backs_off, "three retries with growing pauses");
    c = calls_of(tries, 0);
    ok(c.n == 0 && c.longest == TK_NONE, "no calls");
    is_int(tki_round_time((int64_t)502 * MS), (int64_t)500 * MS, "502 ms is 500 ms");
    is_int(tki_round_time((int64_t)5001 * MS), (int64_t)5000 * MS, "5.001 s is 5 s");
    is_int(tki_round_time((int64_t)530 * MS), 0, "530 ms is nothing round");
}

int main(void)
{
    test_gaps();
    test_beside();
    test_network();
    test_wait(true);
    test_wait(false);
    test_whole();
    test_random();
    test_calls();
    return done_testing();
}
