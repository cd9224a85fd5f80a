/* Budgets: how many of the traces of a tick are kept in every order, against all orders. */
#include "random_spans.h"
#include "sample/policy/budget.h"
#include "tap.h"

enum { MOST = 6 };

struct seen {
    size_t least, most;
};

/* Pays for the costs in every order, and counts those that are positive. */
static void try_orders(const struct tki_budget_rule *r, double tokens, double *cost, size_t at, size_t n,
                       struct seen *seen)
{
    if (at == n) {
        struct tki_budget b = {.begun = true, .tokens = tokens};
        size_t paid = 0;
        for (size_t i = 0; i < n; i++)
            paid += tki_budget_take(r, &b, 0, cost[i] < 0 ? -cost[i] : cost[i]) && cost[i] > 0;
        seen->least = paid < seen->least ? paid : seen->least;
        seen->most = paid > seen->most ? paid : seen->most;
        return;
    }
    for (size_t i = at; i < n; i++) {
        double x = cost[at];
        cost[at] = cost[i];
        cost[i] = x;
        try_orders(r, tokens, cost, at + 1, n, seen);
        cost[i] = cost[at];
        cost[at] = x;
    }
}

/* A tick with budgets that may have been spent in part; some of what asks is decided by others in any case, which is
 * what a negative cost stands for in the orders. */
static bool agrees(struct rng *rng, bool bucket, size_t *tight)
{
    uint32_t full = 1 + rng_below(rng, 20);
    struct tki_budget_rule r = {.bucket = bucket, .rate = 10, .most = full};
    double tokens = rng_below(rng, full + 1), ask[MOST], cost[MOST];
    size_t n = 1 + rng_below(rng, MOST), ours = 0;
    struct tki_budget b = {.begun = true, .tokens = tokens, .least = tokens, .greatest = tokens};
    for (size_t i = 0; i < n; i++) {
        double c = 1 + rng_below(rng, full);
        bool other = rng_below(rng, 4) == 0;
        if (c > tokens)
            c = tokens;
        if (c <= 0)
            return true;
        ask[i] = other ? -c : c;
        b.asked += c;
        if (!other)
            cost[ours++] = c;
    }
    struct seen seen = {SIZE_MAX, 0};
    try_orders(&r, tokens, ask, 0, n, &seen);
    struct tki_bounds all = tki_budget_bounds(&r, &b, 0, cost, ours, ours);
    *tight += all.least == seen.least && all.most == seen.most;
    return all.least <= seen.least && seen.most <= all.most && all.most <= ours;
}

static void test_all_orders(struct rng *rng, bool bucket)
{
    size_t good = 0, tight = 0, n = 4000;
    for (size_t i = 0; i < n; i++)
        good += agrees(rng, bucket, &tight);
    is_int((int64_t)good, (int64_t)n, "%s: every order lies between the bounds", bucket ? "a bucket" : "a window");
    ok(tight > n / 2, "and some orders reach them: in %zu of %zu", tight, n);
}

static void test_unsure(void)
{
    const struct tki_budget_rule r = {.most = 10};
    struct tki_budget b = {.begun = true, .least = 10, .greatest = 10, .asked = 20};
    double four[] = {5, 5, 5, 5}, none[] = {5, 5, 5, 5};
    struct tki_bounds all = tki_budget_bounds(&r, &b, 0, four, 4, 4);
    ok(all.least == 2 && all.most == 2, "two of four that ask for half of it each");
    all = tki_budget_bounds(&r, &b, 0, none, 0, 4);
    ok(all.least == 0 && all.most == 2, "when it is chance whether they ask, perhaps none");
}

int main(void)
{
    struct rng rng = {rng_seed()};
    diag("SEED=%llu", (unsigned long long)rng_seed());
    test_all_orders(&rng, true);
    test_all_orders(&rng, false);
    test_unsure();
    return done_testing();
}
