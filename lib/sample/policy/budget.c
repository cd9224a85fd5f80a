#include "sample/policy/budget.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define SECOND 1000000000

/* What is there at a time, of what was left earlier. */
static double grown(const struct tki_budget_rule *r, double left, int64_t then_ns, int64_t now_ns)
{
    if (!r->bucket)
        return then_ns / SECOND == now_ns / SECOND ? left : r->most;
    int64_t elapsed = now_ns > then_ns ? now_ns - then_ns : 0;
    double seconds = (double)(elapsed / SECOND) + (double)(elapsed % SECOND) / 1e9;
    double tokens = left + (r->rate > 0 ? seconds * r->rate : 0);
    return tokens > r->most ? r->most : tokens;
}

static bool fits(const struct tki_budget_rule *r, double tokens, double cost)
{
    double lack = cost - tokens;
    if (!r->bucket)
        return lack <= 0;
    if (cost > r->most)
        return false;
    return lack <= 0 || (r->rate > 0 && lack / r->rate * 1e9 < 1);
}

static void begin(const struct tki_budget_rule *r, struct tki_budget *b, int64_t now_ns)
{
    if (b->begun)
        return;
    b->begun = true;
    b->tokens = b->least = b->greatest = r->most;
    b->at_ns = b->edges_ns = now_ns;
}

bool tki_budget_take(const struct tki_budget_rule *r, struct tki_budget *b, int64_t now_ns, double cost)
{
    begin(r, b, now_ns);
    double tokens = grown(r, b->tokens, b->at_ns, now_ns);
    if (!fits(r, tokens, cost))
        return false;
    b->tokens = tokens - cost;
    b->at_ns = now_ns;
    return true;
}

unsigned tki_budget_possible(const struct tki_budget_rule *r, struct tki_budget *b, const struct tki_moment *m,
                             double cost, bool sure)
{
    const unsigned yes = 1u << TKI_SAMPLED, no = 1u << TKI_NOT_SAMPLED;
    begin(r, b, m->now_ns);
    if (!fits(r, grown(r, b->greatest, b->edges_ns, m->now_ns), cost))
        return no;
    if (m->asking == TKI_SURVEY) {
        b->asked += cost;
        b->certain += sure ? cost : 0;
        b->largest = cost > b->largest ? cost : b->largest;
        return yes | no;
    }
    return b->lacking ? yes | no : yes;
}

/* Whatever the order was: when somebody was refused, less is left than that one wanted. */
static void settle(const struct tki_budget_rule *r, struct tki_budget *b, int64_t now_ns)
{
    double least = grown(r, b->least, b->edges_ns, now_ns), greatest = grown(r, b->greatest, b->edges_ns, now_ns);
    double after = greatest - b->certain;
    if (b->asked <= 0)
        return;
    if (!b->lacking && b->asked == b->certain && b->least == b->greatest) {
        b->least = b->greatest = b->tokens;
        b->edges_ns = b->at_ns;
        return;
    }
    if (b->lacking && after < b->largest)
        after = b->largest;
    b->greatest = after < greatest ? after : greatest;
    b->least = b->lacking ? fmin(least, 0) : least - b->asked;
    b->edges_ns = now_ns;
}

void tki_budget_tick(const struct tki_budget_rule *r, struct tki_budget *b, int64_t now_ns, enum tki_tick when)
{
    begin(r, b, now_ns);
    if (when == TKI_TICK_BEGINS) {
        b->asked = b->certain = b->largest = 0;
        b->lacking = false;
    } else if (when == TKI_TICK_SURVEYED) {
        double least = grown(r, b->least, b->edges_ns, now_ns);
        b->lacking = b->asked > least && (b->asked > b->largest || !fits(r, least, b->asked));
    } else {
        settle(r, b, now_ns);
    }
}

/* ---- bounds ---- */

static int by_cost(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The most that can be paid are the cheapest. */
static size_t most_paid(double tokens, double forgiven, const double *cost, size_t n)
{
    double sum = 0;
    size_t k = 0;
    while (k < n && sum + cost[k] <= tokens + forgiven * (double)(k + 1))
        sum += cost[k++];
    return k;
}

/* When k are paid, one of the k + 1 cheapest is not: so what is left, at least what the k dearest leave, does not do
 * for the most expensive of those k + 1. */
static size_t least_paid(const struct tki_budget_rule *r, double tokens, const double *cost, size_t n)
{
    double sum = 0;
    size_t k = 0;
    while (k < n && fits(r, tokens - sum, cost[k])) {
        k++;
        sum += cost[n - k];
    }
    return k;
}

struct tki_bounds tki_budget_bounds(const struct tki_budget_rule *r, const struct tki_budget *b, int64_t now_ns,
                                    double *cost, size_t sure, size_t n)
{
    double forgiven = r->bucket ? r->rate * 2e-9 : 0, others = b->asked;
    double least = grown(r, b->least, b->edges_ns, now_ns), most = grown(r, b->greatest, b->edges_ns, now_ns);
    for (size_t i = 0; i < sure; i++)
        others -= cost[i];
    if (sure)
        qsort(cost, sure, sizeof *cost, by_cost);
    struct tki_bounds all = {.least = least_paid(r, least - others - forgiven, cost, sure)};
    if (n)
        qsort(cost, n, sizeof *cost, by_cost);
    all.most = most_paid(most, forgiven, cost, n);
    return all;
}

/* ---- sharing ---- */

static int by_random(const void *a, const void *b)
{
    const struct tki_claim *x = a, *y = b;
    return (x->random < y->random) - (x->random > y->random);
}

void tki_budget_share(const struct tki_budget_rule *r, struct tki_budget *b, int64_t now_ns, struct tki_claim *claims,
                      size_t n)
{
    begin(r, b, now_ns);
    double budget = trunc(grown(r, b->tokens, b->at_ns, now_ns)), spent = 0;
    size_t many = 0, kept = 0;
    for (size_t i = 0; i < n; i++)
        if (claims[i].cost <= r->most)
            claims[many++] = claims[i];
    if (many)
        qsort(claims, many, sizeof *claims, by_random);
    while (kept < many && spent + claims[kept].cost <= budget)
        spent += claims[kept++].cost;
    b->threshold = 0;
    if (kept < many) {
        uint64_t refused = claims[kept].random;
        for (; kept > 0 && claims[kept - 1].random == refused; kept--)
            spent -= claims[kept - 1].cost;
        b->threshold = kept ? refused + 1 : UINT64_MAX;
    }
    b->shared = true;
    if (spent > 0)
        (void)tki_budget_take(r, b, now_ns, spent);
}

/* ---- limits ---- */

enum { SHARES_SINCE = 160 };

void tki_limit_prepare(struct tki_opening *o, struct tki_policy *p, unsigned bucket_since, const char *unit)
{
    struct tki_limit *d = p->data;
    int64_t rate = d->per_second, burst = d->burst_capacity;
    if (burst <= 0)
        burst = (int64_t)((uint64_t)rate * 2);
    if (o->shards > 1 && rate > 0)
        rate = rate / o->shards > 1 ? rate / o->shards : 1;
    d->unit = unit;
    if (o->release >= bucket_since)
        d->rule = (struct tki_budget_rule){.bucket = true, .rate = (double)rate, .most = (double)burst};
    else
        d->rule = (struct tki_budget_rule){.most = (double)rate - 1}; /* what is reached is refused */
    d->by_share = o->consistent && o->release >= SHARES_SINCE;
    p->stateful = true;
}

static double cost_of(const struct tki_policy *p, const struct tki_moment *m)
{
    return p->type->sized ? (double)m->trace->bytes : (double)m->trace->spans;
}

enum tki_decision tki_limit_decide(const struct tki_policy *p, const struct tki_moment *m)
{
    const struct tki_limit *d = p->data;
    struct tki_budget *b = tki_policy_state(p, m);
    double cost = cost_of(p, m);
    bool yes;
    if (d->by_share && b->shared)
        yes = cost <= d->rule.most && m->trace->random >= b->threshold;
    else
        yes = tki_budget_take(&d->rule, b, m->now_ns, cost);
    return yes ? TKI_SAMPLED : TKI_NOT_SAMPLED;
}

unsigned tki_limit_possible(const struct tki_policy *p, const struct tki_moment *m, bool sure)
{
    const struct tki_limit *d = p->data;
    struct tki_budget *b = tki_policy_state(p, m);
    if (d->by_share && b->shared)
        return 1u << tki_limit_decide(p, m);
    return tki_budget_possible(&d->rule, b, m, cost_of(p, m), sure);
}

struct tki_bounds tki_limit_bounds(const struct tki_policy *p, const struct tki_moment *traces, size_t n)
{
    const struct tki_limit *d = p->data;
    double *cost = n ? malloc(n * sizeof *cost) : NULL;
    size_t many = 0;
    for (size_t i = 0; i < n && cost; i++)
        if (tki_limit_possible(p, &traces[i], true) & 1u << TKI_SAMPLED)
            cost[many++] = cost_of(p, &traces[i]);
    struct tki_bounds all = {0, n};
    if (cost)
        all = tki_budget_bounds(&d->rule, tki_policy_state(p, traces), traces->now_ns, cost, many, many);
    free(cost);
    return all;
}

void tki_limit_tick(const struct tki_policy *p, const struct tki_moment *m, enum tki_tick when)
{
    const struct tki_limit *d = p->data;
    tki_budget_tick(&d->rule, tki_policy_state(p, m), m->now_ns, when);
}

void tki_limit_share(const struct tki_policy *p, const struct tki_moment *m, const struct tki_moment *traces, size_t n)
{
    const struct tki_limit *d = p->data;
    struct tki_claim *claims = malloc((n + 1) * sizeof *claims);
    if (!claims)
        return; /* then each trace takes its part when it is decided */
    for (size_t i = 0; i < n; i++)
        claims[i] = (struct tki_claim){traces[i].trace->random, cost_of(p, &traces[i])};
    tki_budget_share(&d->rule, tki_policy_state(p, m), m->now_ns, claims, n);
    free(claims);
}

uint64_t tki_limit_leaves_out(const struct tki_policy *p, const struct tki_moment *m)
{
    const struct tki_limit *d = p->data;
    const struct tki_budget *b = tki_policy_state(p, m);
    return d->by_share && b->shared ? b->threshold : 0;
}

void tki_limit_ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct tki_limit *d = p->data;
    if (d->rule.bucket)
        tki_buf_printf(to, "%.0f %s a second, at most %.0f at once", d->rule.rate, d->unit, d->rule.most);
    else
        tki_buf_printf(to, "fewer than %.0f %s in each second", d->rule.most + 1, d->unit);
}

void tki_limit_lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct tki_limit *d = p->data;
    if (d->rule.most < 1)
        ask->say(ask->ctx, p, "never-matches", "its rate lets nothing through");
    if (ask->beside)
        ask->note(ask->ctx, p, "limits-itself",
                  "a limit beside other policies is none for them: it keeps traces up to its rate, and all that they "
                  "keep comes on top");
}

double tki_limit_most(const struct tki_policy *p)
{
    const struct tki_limit *d = p->data;
    return d->rule.most;
}
