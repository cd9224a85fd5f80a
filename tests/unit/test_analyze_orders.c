/* Calls that wait for each other and need not: vectors that can be seen by eye. */
#include "analyze/orders.h"
#include "make_trace.h"
#include "tap.h"

enum { MS = 1000000 };

struct one {
    struct tki_facts facts;
    struct tki_orders orders;
    uint64_t trace;
};

static struct tk_batch *request(struct one *o)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_SERVER, "s", "request");
    o->trace++;
    return b;
}

static void call(struct tk_batch *b, uint64_t id, uint64_t start_ms, uint64_t end_ms, const char *name)
{
    add_span(b, id, 1, start_ms * MS, end_ms * MS, TK_KIND_CLIENT, "s", name);
}

static void add(struct one *o, struct tk_batch *b)
{
    for (uint32_t i = 0; i < b->nspans; i++)
        b->spans[i].trace_id.lo = o->trace;
    tki_facts_begin(&o->facts, b);
    if (tki_facts_want(&o->facts, TKI_ORDERS_FACTS) < 0 || tki_orders_add(&o->orders, &o->facts, MS) < 0)
        bail_out("out of memory");
    tk_batch_free(b);
}

static void add_row(struct one *o, const char *first, const char *second)
{
    struct tk_batch *b = request(o);
    call(b, 2, 5, 45, first);
    call(b, 3, 46, 76, second);
    add(o, b);
}

static void add_beside(struct one *o, const char *first, const char *second)
{
    struct tk_batch *b = request(o);
    call(b, 2, 5, 45, first);
    call(b, 3, 6, 36, second);
    add(o, b);
}

/* ns: 0: nothing is found. */
static void found(struct one *o, uint64_t least, uint64_t traces, int64_t ns, const char *what)
{
    size_t n;
    struct tki_serial *list = tki_orders_serial(&o->orders, least, &n);
    is_int((long long)n, ns > 0, "%s", what);
    if (n && list) {
        is_int((long long)list[0].traces, (long long)traces, "%s: in how many traces", what);
        is_int(list[0].ns, ns, "%s: what they would save", what);
    }
    free(list);
    tki_orders_reset(&o->orders);
}

static void test_pairs(struct one *o)
{
    for (int i = 0; i < 3; i++)
        add_row(o, "stock", "price");
    found(o, 1, 0, 0, "calls that are always in one order may need each other");
    for (int i = 0; i < 3; i++)
        add_row(o, "stock", "price");
    add_beside(o, "stock", "price");
    add_beside(o, "price", "stock");
    found(o, 2, 3, 90 * MS, "side by side in others");
    for (int i = 0; i < 3; i++)
        add_row(o, "stock", "price");
    add_beside(o, "stock", "price");
    found(o, 2, 0, 0, "one trace is not enough");
    for (int i = 0; i < 3; i++)
        add_row(o, "stock", "price");
    for (int i = 0; i < 2; i++)
        add_row(o, "price", "stock");
    found(o, 2, 5, 150 * MS, "the other way round in others");
    for (int i = 0; i < 60; i++)
        add_row(o, "stock", "price");
    for (int i = 0; i < 2; i++)
        add_beside(o, "stock", "price");
    found(o, 2, 0, 0, "two of sixty are an accident");
}

static void test_no_pairs(struct one *o)
{
    for (int i = 0; i < 3; i++) { /* two at a time: a limit */
        struct tk_batch *b = request(o);
        for (uint64_t k = 0; k < 6; k++)
            call(b, 2 + k, 5 + k / 2 * 20, 24 + k / 2 * 20, "shard");
        add(o, b);
    }
    found(o, 2, 0, 0, "calls of which so many run at a time wait for a limit");
    for (int i = 0; i < 3; i++) {
        struct tk_batch *b = request(o);
        call(b, 2, 5, 45, "shard");
        b->spans[1].status = TK_STATUS_ERROR;
        call(b, 3, 46, 76, "shard");
        add(o, b);
        add_beside(o, "shard", "shard");
    }
    found(o, 2, 0, 0, "a call that is made again after it failed");
    for (int i = 0; i < 3; i++) {
        add_row(o, "shard", "shard");
        add_beside(o, "shard", "shard");
    }
    found(o, 2, 3, 90 * MS, "calls of one operation, side by side in others");
    for (int i = 0; i < 3; i++) { /* each price needs its product */
        struct tk_batch *b = request(o);
        for (uint64_t k = 0; k < 4; k++)
            call(b, 2 + k, 5 + k * 20, 24 + k * 20, k % 2 ? "price" : "product");
        add(o, b);
    }
    found(o, 2, 0, 0, "steps of a loop are in both orders");
    for (int i = 0; i < 3; i++) { /* they overlap a little: one was not waited for to its end */
        struct tk_batch *b = request(o);
        call(b, 2, 5, 45, "stock");
        call(b, 3, 40, 76, "price");
        add(o, b);
        add_row(o, "stock", "price");
    }
    found(o, 2, 0, 0, "a small overlap shows nothing");
}

/* Below one trace, too: what the tree shows. */
static void test_one_trace(struct one *o)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 100 * MS, TK_KIND_SERVER, "s", "request");
    add_span(b, 2, 1, 0, 20 * MS, TK_KIND_SERVER, "s", "page");
    add_span(b, 3, 2, 1 * MS, 15 * MS, TK_KIND_CLIENT, "s", "stock");
    add_span(b, 4, 2, 2 * MS, 16 * MS, TK_KIND_CLIENT, "s", "price");
    add_span(b, 5, 1, 20 * MS, 90 * MS, TK_KIND_SERVER, "s", "page");
    add_span(b, 6, 5, 21 * MS, 51 * MS, TK_KIND_CLIENT, "s", "stock");
    add_span(b, 7, 5, 52 * MS, 89 * MS, TK_KIND_CLIENT, "s", "price");
    add(o, b);
    found(o, 1, 1, 30 * MS, "in one trace");
}

int main(void)
{
    struct one o = {0};
    test_pairs(&o);
    test_no_pairs(&o);
    test_one_trace(&o);
    tki_orders_free(&o.orders);
    tki_facts_free(&o.facts);
    return done_testing();
}
