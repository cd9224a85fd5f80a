/* Patterns of calls that cost a trace time: vectors that can be seen by eye. */
#include "analyze/waste.h"
#include "make_trace.h"
#include "tap.h"

enum { MS = 1000000 };

struct one {
    struct tki_facts facts;
    struct tki_wastes wastes;
};

static struct tk_span *call(struct tk_batch *b, uint64_t id, uint64_t parent, uint64_t start_ms, uint64_t end_ms,
                            const char *name)
{
    return add_span(b, id, parent, start_ms * MS, end_ms * MS, TK_KIND_CLIENT, "s", name);
}

/* The only waste of the trace, or NULL. */
static const struct tki_waste *only(struct one *o, const struct tk_batch *b)
{
    tki_facts_begin(&o->facts, b);
    if (tki_facts_want(&o->facts, TKI_WASTE_FACTS) < 0 || tki_waste_find(&o->wastes, &o->facts, MS) < 0)
        bail_out("out of memory");
    return o->wastes.n == 1 ? &o->wastes.waste[0] : NULL;
}

static void is_waste(struct one *o, struct tk_batch *b, enum tki_waste_kind kind, int64_t ms, uint32_t calls,
                     const char *what)
{
    const struct tki_waste *w = only(o, b);
    ok(w && w->kind == kind, "%s", what);
    is_int(w ? w->ns : -1, ms * MS, "%s: the time that it wastes", what);
    is_int(w ? w->calls : 0, calls, "%s: how many calls", what);
    tk_batch_free(b);
}

static struct tk_batch *request(uint64_t ms)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, ms * MS, TK_KIND_SERVER, "s", "request");
    return b;
}

static void test_calls(struct one *o)
{
    struct tk_batch *b = request(100);
    for (uint64_t i = 0; i < 6; i++)
        call(b, 2 + i, 1, 10 * i, 10 * i + 10, "SELECT");
    is_waste(o, b, TKI_WASTE_N_PLUS_ONE, 50, 6, "calls in a row");
    b = request(100);
    for (uint64_t i = 0; i < 4; i++)
        call(b, 2 + i, 1, 10 * i, 10 * i + 10, "SELECT");
    ok(!only(o, b), "four are none");
    tk_batch_free(b);
    b = request(100);
    for (uint64_t i = 0; i < 6; i++)
        call(b, 2 + i, 1, i, 80, "SELECT");
    ok(!only(o, b), "nor are six side by side");
    tk_batch_free(b);
    b = request(100);
    for (uint64_t i = 0; i < 5; i++)
        call(b, 2 + i, 1, i, i == 2 ? 80 : 20 + i, "GET");
    is_waste(o, b, TKI_WASTE_STRAGGLER, 56, 5, "one of five takes longer");
}

static void test_failures(struct one *o)
{
    struct tk_batch *b = request(100);
    call(b, 2, 1, 0, 10, "POST")->status = TK_STATUS_ERROR;
    call(b, 3, 1, 15, 25, "POST")->status = TK_STATUS_ERROR;
    call(b, 4, 1, 35, 45, "POST");
    is_waste(o, b, TKI_WASTE_RETRIES, 35, 3, "calls that failed, and the pauses behind them");
    b = request(100);
    for (uint64_t i = 0; i < 6; i++)
        call(b, 2 + i, 1, 10 * i, 10 * i + 10, "SELECT")->status = i == 2 ? TK_STATUS_ERROR : TK_STATUS_UNSET;
    is_waste(o, b, TKI_WASTE_N_PLUS_ONE, 50, 6, "a loop goes on behind one that failed");
    b = request(900);
    call(b, 2, 1, 0, 501, "outer")->status = TK_STATUS_ERROR;
    call(b, 3, 2, 0, 500, "inner")->status = TK_STATUS_ERROR;
    is_waste(o, b, TKI_WASTE_TIMEOUT, 500, 1, "the innermost call timed out");
    b = request(900);
    call(b, 2, 1, 0, 500, "outer");
    call(b, 3, 1, 500, 883, "odd")->status = TK_STATUS_ERROR;
    ok(!only(o, b), "no timeout without a failure, nor at an odd time");
    tk_batch_free(b);
}

static void test_recursion(struct one *o)
{
    struct tk_batch *b = request(100);
    for (uint64_t i = 0; i < 3; i++)
        call(b, 2 + i, 1 + i, 10 + 10 * i, 90 - 10 * i, "walk");
    is_waste(o, b, TKI_WASTE_RECURSION, 60, 3, "an operation that calls itself");
    b = request(100);
    for (uint64_t i = 0; i < 3; i++)
        call(b, 2 + i, 1 + i, 10 + 10 * i, 90 - 10 * i, i == 1 ? "other" : "walk");
    ok(!only(o, b), "not with another one in between");
    tk_batch_free(b);
}

int main(void)
{
    struct one o = {0};
    test_calls(&o);
    test_failures(&o);
    test_recursion(&o);
    tki_waste_free(&o.wastes);
    tki_facts_free(&o.facts);
    done_testing();
}
