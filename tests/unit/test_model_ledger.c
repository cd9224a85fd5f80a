/* One row for each trace: the same whatever the order and grouping of spans; weights, starts at 0. */
#include <string.h>

#include "model/slow.h"
#include "random_spans.h"
#include "tap.h"

static struct tk_span *add(struct tk_batch *b, uint64_t trace, uint64_t id, uint64_t parent, uint64_t start,
                           uint64_t end)
{
    struct tk_span *s = tk_batch_add_span(b);
    *s = (struct tk_span){.trace_id = {0, trace}, .span_id = id, .parent_id = parent, .start_ns = start, .end_ns = end};
    return s;
}

static struct tk_batch *fresh(void)
{
    struct tk_batch *b = tk_batch_new();
    if (!b)
        bail_out("out of memory");
    tk_batch_add_resource(b);
    tk_batch_add_scope(b);
    return b;
}

static void fold(struct tki_ledger *l, const struct tk_batch *b, const uint32_t *rows, uint32_t nrows)
{
    struct tki_groups g = {0};
    if (tki_groups_make(&g, b, rows, nrows) < 0 || tki_ledger_fold(l, &g) < 0)
        bail_out("out of memory");
    tki_groups_free(&g);
}

static void test_order(void)
{
    struct rng r = {rng_seed() + 11};
    struct tk_batch *b = fresh();
    for (unsigned i = 0; i < 500; i++) {
        uint64_t start = 1000 + rng_below(&r, 100000);
        add(b, 1 + rng_below(&r, 40), i + 1, rng_below(&r, 3), start, start + rng_below(&r, 5000))->status =
            (uint8_t)rng_below(&r, 3);
    }
    struct tki_ledger whole = {0}, parts = {0};
    size_t column = tki_ledger_column(&parts, 12);
    fold(&whole, b, NULL, 0);
    /* The same spans in pieces of random sizes. */
    uint32_t rows[500];
    for (uint32_t at = 0; at < 500;) {
        uint32_t n = 1 + (uint32_t)rng_below(&r, 60), k = 0;
        for (; k < n && at < 500; k++)
            rows[k] = at++;
        fold(&parts, b, rows, k);
    }
    bool same = whole.ids.n == parts.ids.n, zero = true;
    for (uint32_t i = 0; i < whole.ids.n && same; i++) {
        same = tki_id_eq(whole.ids.ids[i], parts.ids.ids[i]) &&
               memcmp(tki_ledger_row(&whole, i), tki_ledger_row(&parts, i), sizeof(struct tki_trace_row)) == 0;
        const char *c = tki_ledger_at(&parts, i, column);
        for (size_t k = 0; k < 12; k++)
            zero = zero && c[k] == 0;
    }
    ok(same, "rows do not depend on how spans come in pieces");
    ok(zero, "a column begins as zeros");
    tki_ledger_free(&whole);
    tki_ledger_free(&parts);
    tk_batch_free(b);
}

static void extent(const char *what, const struct tk_batch *b, bool timed, uint64_t start, uint64_t end)
{
    struct tki_ledger l = {0};
    uint64_t s = 0, e = 0;
    fold(&l, b, NULL, 0);
    bool known = tki_extent_get(&tki_ledger_row(&l, 0)->extent, &s, &e);
    ok(known == timed && (!timed || (s == start && e == end)), "%s", what);
    tki_ledger_free(&l);
}

static void test_zero(void)
{
    const uint64_t now = UINT64_C(1700000000000000000), hour = UINT64_C(3600000000000);
    struct tk_batch *b = fresh();
    add(b, 1, 1, 0, 0, 100);
    extent("a trace of one span that starts at 0", b, true, 0, 100);
    add(b, 1, 2, 1, 10, 90);
    extent("and has another one near", b, true, 0, 100);
    add(b, 1, 3, 1, 20 * hour, 23 * hour);
    extent("a start of 0 is a time while another span is within a day", b, true, 0, 23 * hour);
    tk_batch_free(b);
    b = fresh();
    add(b, 1, 1, 0, 0, now);
    extent("an end of today alone does not make 0 a time", b, false, 0, 0);
    add(b, 1, 2, 1, now, now + 5);
    extent("nor do spans of today", b, true, now, now + 5);
    tk_batch_free(b);
    b = fresh();
    add(b, 1, 1, 0, 0, 0);
    extent("no times at all", b, false, 0, 0);
    add(b, 1, 2, 1, 50, 40);
    extent("a span that ends before it starts ends where it starts", b, true, 50, 50);
    tk_batch_free(b);
}

static void tag(struct tk_batch *b, uint32_t row, const char *type, struct tk_value param)
{
    struct tk_attr *a = tk_batch_add_attr(b);
    *a = (struct tk_attr){TKI_STR("sampler.type"), {.type = TK_STRING, .n = (uint32_t)strlen(type), .v.s = type}};
    a = tk_batch_add_attr(b);
    *a = (struct tk_attr){TKI_STR("sampler.param"), param};
    b->spans[row].attrs = (tk_range){b->nattrs - 2, 2};
}

static double weight(const struct tk_batch *b, enum tki_rate_class class)
{
    tki_rate r = tki_trace_rate(b);
    return tki_rate_class(r) == class ? tki_rate_weight(r) : -1;
}

static void test_rates(void)
{
    struct tk_value tenth = {.type = TK_DOUBLE, .v.d = 0.1}, text = {.type = TK_STRING, .n = 3, .v.s = "0.1"},
                    two = {.type = TK_INT, .v.i = 2}, yes = {.type = TK_BOOL, .v.b = true};
    struct tk_batch *b = fresh();
    add(b, 1, 1, 0, 1, 2);
    add(b, 1, 2, 1, 1, 2);
    is_double(weight(b, TKI_RATE_UNSAID), 1, 0, "nothing is said");
    tag(b, 1, "probabilistic", tenth);
    is_double(weight(b, TKI_RATE_UNSAID), 1, 0, "tags count on the root alone");
    tag(b, 0, "probabilistic", tenth);
    is_double(weight(b, TKI_RATE_TAGS), 10, 1e-9, "Jaeger's probabilistic sampler");
    tag(b, 0, "probabilistic", text);
    is_double(weight(b, TKI_RATE_TAGS), 10, 1e-9, "its parameter as text");
    tag(b, 0, "const", yes);
    is_double(weight(b, TKI_RATE_TAGS), 1, 0, "const keeps everything");
    tag(b, 0, "ratelimiting", two);
    is_double(weight(b, TKI_RATE_UNKNOWN), 1, 0, "a rate limit says no rate");
    tag(b, 0, "lowerbound", tenth);
    is_double(weight(b, TKI_RATE_UNKNOWN), 1, 0, "nor does a lower bound");
    tag(b, 0, "probabilistic", two);
    is_double(weight(b, TKI_RATE_UNKNOWN), 1, 0, "nor a probability of 2");
    tag(b, 0, "probabilistic", tenth);
    b->spans[1].trace_state = TKI_STR("ot=th:8");
    is_double(weight(b, TKI_RATE_THRESHOLD), 2, 0, "ot=th comes first");
    b->spans[0].trace_state = TKI_STR("x=1,ot=th:c");
    is_double(weight(b, TKI_RATE_THRESHOLD), 4, 0, "the highest one counts");
    tk_batch_free(b);
}

/* Five checkouts, one of them slow; four of another kind, too few to be judged. */
static void test_slow(void)
{
    static const uint64_t took[] = {10, 10, 11, 12, 23, 10, 10, 10, 1000, 500};
    struct tk_batch *b = fresh();
    struct tki_ledger l = {0};
    struct tki_kinds k;
    struct tki_kinds_part part = {0};
    struct tki_groups g = {0};
    struct tki_slow_rule rule = {0};
    bool slow[10];
    uint64_t n;
    for (uint64_t i = 0; i < 10; i++) {
        /* The last trace has no root. */
        struct tk_span *s = add(b, i + 1, 1, i == 9 ? 7 : 0, 1000 * i + 1, 1000 * i + 1 + took[i]);
        s->name = i < 5 ? TKI_STR("checkout") : TKI_STR("list");
        add(b, i + 1, 2, 1, 1000 * i + 2, 1000 * i + 3)->name = TKI_STR("child");
    }
    tki_kinds_init(&k, &l);
    for (uint32_t at = 0; at < b->nspans; at += 3) { /* in three pieces of a trace and a half */
        uint32_t rows[3] = {at, at + 1, at + 2}, count = at + 3 > b->nspans ? b->nspans - at : 3;
        if (tki_groups_make(&g, b, rows, count) < 0 || tki_kinds_look(&part, b, &g) < 0 ||
            tki_ledger_fold(&l, &g) < 0 || tki_kinds_take(&k, &part, b, &g) < 0)
            bail_out("out of memory");
    }
    is_int(tki_slow_find(&k, &rule, slow, &n, NULL), 0, "slow traces are found");
    ok(n == 1 && slow[4], "above twice the median of their root operation, of five at least");
    rule.times = 1.05;
    ok(tki_slow_find(&k, &rule, slow, &n, NULL) == 0 && n == 2 && slow[3] && slow[4], "or another multiple");
    rule.limit_ns = 499;
    ok(tki_slow_find(&k, &rule, slow, &n, NULL) == 0 && n == 2 && slow[8] && slow[9], "or a limit for all");
    tki_ledger_row(&l, 4)->rate = (tki_rate)TKI_RATE_THRESHOLD << 56 | UINT64_C(0xf0000000000000); /* stands for 16 */
    rule = (struct tki_slow_rule){0};
    ok(tki_slow_find(&k, &rule, slow, &n, NULL) == 0 && n == 0, "the median is weighted");
    tki_ledger_row(&l, 4)->rate = 0;
    for (uint32_t i = 0; i < 5; i++) /* what the checkouts leave behind takes long in all of them */
        tki_ledger_row(&l, i)->extent.end_ns += 5000;
    ok(tki_slow_find(&k, &rule, slow, &n, NULL) == 0 && n == 1 && slow[4], "a slow root makes a slow trace");
    struct tki_slow_limit limit[2];
    ok(tki_slow_limits(&k, &rule, limit, NULL) == 0 && limit[0].by_root == 1 && limit[0].root_ns == 22, "by its root");
    tki_ledger_row(&l, 2)->extent.end_ns += 6000;
    ok(tki_slow_find(&k, &rule, slow, &n, NULL) == 0 && n == 2 && slow[2] && slow[4], "and so does a late end");
    tk_batch_reset(b);
    add(b, 1, 1, 0, 1, 11)->name = TKI_STR("checkout"); /* a copy of the root, then another root */
    add(b, 1, 3, 0, 90, 95)->name = TKI_STR("later");
    for (uint32_t row = 0; row < 2; row++) {
        if (tki_groups_make(&g, b, &row, 1) < 0 || tki_kinds_look(&part, b, &g) < 0 || tki_ledger_fold(&l, &g) < 0 ||
            tki_kinds_take(&k, &part, b, &g) < 0)
            bail_out("out of memory");
        is_int(tki_slow_find(&k, &rule, slow, &n, NULL), 0, "again");
        ok(slow[0] == (row == 1), row ? "several roots: all of it is waited for" : "a copy is no second root");
    }
    tki_groups_free(&g);
    tki_kinds_part_free(&part);
    tki_kinds_free(&k);
    tki_ledger_free(&l);
    tk_batch_free(b);
}

int main(void)
{
    test_slow();
    test_order();
    test_zero();
    test_rates();
    return done_testing();
}
