/* Shares of a rate among policies.  The first of its policies that says yes decides whether the trace is kept, by its
 * own share of the spans that it has let through in this second of the collector's clock; no other policy is asked
 * then.  policy_order is not looked at, as in the collector. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "sample/policy/budget.h"

enum { EQUAL_SHARE_SINCE = 159 /* the release from which a policy without an allocation has an equal share, not 0 */ };

struct composite {
    int64_t max_total_spans_per_second;
    struct tki_strings policy_order;
    struct tki_yaml_node *rate_allocation;
    struct tki_budget_rule *rule; /* of each policy */
    int64_t percents;             /* that are allocated */
    uint32_t named, strange;      /* allocations for policies inside it, and for others */
};

struct allocation {
    tk_str policy;
    int64_t percent;
};

static const struct tki_setting settings[] = {
    {"max_total_spans_per_second", TKI_SETTING_I64, offsetof(struct composite, max_total_spans_per_second)},
    {"policy_order", TKI_SETTING_STRINGS, offsetof(struct composite, policy_order)},
    {"composite_sub_policy", TKI_SETTING_ANY, 0},
    {"rate_allocation", TKI_SETTING_NODE, offsetof(struct composite, rate_allocation)},
    {0}};
static const struct tki_setting allocation_settings[] = {
    {"policy", TKI_SETTING_STRING, offsetof(struct allocation, policy)},
    {"percent", TKI_SETTING_I64, offsetof(struct allocation, percent)},
    {0}};
static const struct tki_place places[] = {{"", 0}, {0}};

/* Of two allocations for one policy the later one counts. */
static int allocate(struct tki_opening *o, const struct tki_policy *p, double max)
{
    struct composite *d = p->data;
    const struct tki_yaml_node *list = d->rate_allocation;
    if (!tki_yaml_is_null(list) && !tki_yaml_is_list(list))
        return tki_policy_fail(o, p, list, TK_EUSAGE, "rate_allocation: expected a list");
    for (size_t i = 0; i < tki_yaml_count(list); i++) {
        struct allocation a = {0};
        int rc = tki_yaml_decode(o->y, list->item[i], allocation_settings, &a, "rate_allocation");
        if (rc < 0)
            return rc;
        bool found = false;
        for (uint32_t k = 0; k < p->nsubs; k++)
            found = found || tki_str_eq(p->subs[k].name, a.policy);
        d->percents += found && a.percent > 0 ? a.percent : 0;
        d->named += found;
        d->strange += !found;
        for (uint32_t k = 0; k < p->nsubs; k++)
            if (tki_str_eq(p->subs[k].name, a.policy))
                d->rule[k].most = a.percent > 0 ? (double)a.percent / 100 * max : max / p->nsubs;
    }
    return 0;
}

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    struct composite *d = p->data;
    int64_t total = d->max_total_spans_per_second;
    if (o->shards > 1 && total > 0)
        total = total / o->shards > 1 ? total / o->shards : 1;
    p->state_size = p->nsubs * sizeof(struct tki_budget) + sizeof(uint64_t);
    d->rule = tki_arena_alloc(o->y->arena, (p->nsubs + 1) * sizeof *d->rule);
    if (!d->rule)
        return tki_err_memory(o->y->err);
    double max = (double)total;
    for (uint32_t i = 0; i < p->nsubs; i++)
        d->rule[i] = (struct tki_budget_rule){.most = o->release >= EQUAL_SHARE_SINCE ? max / p->nsubs : 0};
    int rc = allocate(o, p, max);
    for (uint32_t i = 0; i < p->nsubs; i++) {
        double whole = (double)(int64_t)d->rule[i].most;
        d->rule[i].most = whole < max ? whole : max;
    }
    return rc;
}

static struct tki_budget *budget(const struct tki_policy *p, const struct tki_moment *m, uint32_t i)
{
    return (struct tki_budget *)tki_policy_state(p, m) + i;
}

/* Behind the budgets: which policy has kept the last trace that was kept, counted from 1. */
static uint64_t *keeper(const struct tki_policy *p, const struct tki_moment *m)
{
    return (uint64_t *)(void *)budget(p, m, p->nsubs);
}

static const struct tki_policy *credits(const struct tki_policy *p, const struct tki_moment *m)
{
    uint64_t who = *keeper(p, m);
    return who ? &p->subs[who - 1] : NULL;
}

static enum tki_decision decide(const struct tki_policy *p, const struct tki_moment *m)
{
    const struct composite *d = p->data;
    for (uint32_t i = 0; i < p->nsubs; i++) {
        enum tki_decision said = tki_policy_decide(&p->subs[i], m);
        if (said == TKI_NOT_EVALUATED)
            return said;
        if (!tki_keeps(said))
            continue;
        if (!tki_budget_take(&d->rule[i], budget(p, m, i), m->now_ns, m->trace->spans))
            return TKI_NOT_SAMPLED;
        *keeper(p, m) = i + 1;
        return TKI_SAMPLED;
    }
    return TKI_NOT_SAMPLED;
}

static unsigned possible(const struct tki_policy *p, const struct tki_moment *m, bool sure)
{
    const struct composite *d = p->data;
    unsigned result = 0;
    for (uint32_t i = 0; i < p->nsubs; i++) {
        unsigned may = tki_policy_possible(&p->subs[i], m, sure);
        bool certain = !(may & ~TKI_KEEPING);
        result |= may & 1u << TKI_NOT_EVALUATED;
        if (may & TKI_KEEPING)
            result |= tki_budget_possible(&d->rule[i], budget(p, m, i), m, m->trace->spans, sure && certain);
        if (certain || may == 1u << TKI_NOT_EVALUATED)
            return result;
        sure = sure && !(may & (TKI_KEEPING | 1u << TKI_NOT_EVALUATED));
    }
    return result | 1u << TKI_NOT_SAMPLED;
}

/* The first that says yes decides, whether its budget pays or not. */
static uint32_t keepers(const struct tki_policy *p, const struct tki_moment *m)
{
    const struct composite *d = p->data;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nsubs; i++) {
        unsigned may = tki_policy_possible(&p->subs[i], m, true);
        bool certain = !(may & ~TKI_KEEPING);
        if (may & TKI_KEEPING)
            n += tki_budget_possible(&d->rule[i], budget(p, m, i), m, m->trace->spans, certain) >> TKI_SAMPLED & 1;
        if (certain || may == 1u << TKI_NOT_EVALUATED)
            break;
    }
    return n;
}

/* The costs that are charged to one of the policies: in front those that are in any case. */
static struct tki_bounds bounds_of(const struct tki_policy *p, const struct tki_moment *traces, size_t n, uint32_t sub,
                                   double *cost)
{
    const struct composite *d = p->data;
    double *end = cost + n;
    size_t sure = 0, perhaps = 0;
    for (size_t k = 0; k < n; k++) {
        bool reached = true, certain = true;
        for (uint32_t i = 0; i < sub && reached; i++) {
            unsigned may = tki_policy_possible(&p->subs[i], &traces[k], true);
            reached = (may & ~(TKI_KEEPING | 1u << TKI_NOT_EVALUATED)) != 0;
            certain = certain && !(may & (TKI_KEEPING | 1u << TKI_NOT_EVALUATED));
        }
        unsigned may = reached ? tki_policy_possible(&p->subs[sub], &traces[k], true) : 0;
        unsigned paid =
            tki_budget_possible(&d->rule[sub], budget(p, &traces[k], sub), &traces[k], traces[k].trace->spans, false);
        if (!(may & TKI_KEEPING) || !(paid & 1u << TKI_SAMPLED))
            continue;
        if (certain && !(may & ~TKI_KEEPING))
            cost[sure++] = traces[k].trace->spans;
        else
            *(end - ++perhaps) = traces[k].trace->spans;
    }
    memmove(cost + sure, end - perhaps, perhaps * sizeof *cost);
    return tki_budget_bounds(&d->rule[sub], budget(p, traces, sub), traces->now_ns, cost, sure, sure + perhaps);
}

static struct tki_bounds bounds(const struct tki_policy *p, const struct tki_moment *traces, size_t n)
{
    double *cost = n ? malloc(n * sizeof *cost) : NULL;
    struct tki_bounds all = {0, cost ? 0 : n};
    for (uint32_t i = 0; i < p->nsubs && cost; i++) {
        struct tki_bounds b = bounds_of(p, traces, n, i, cost);
        all.least += b.least;
        all.most += b.most;
    }
    free(cost);
    return all;
}

static void tick(const struct tki_policy *p, const struct tki_moment *m, enum tki_tick when)
{
    const struct composite *d = p->data;
    for (uint32_t i = 0; i < p->nsubs; i++)
        tki_budget_tick(&d->rule[i], budget(p, m, i), m->now_ns, when);
}

static void ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct composite *d = p->data;
    tki_buf_lit(to, "the first of these, by its spans a second:");
    for (uint32_t i = 0; i < p->nsubs; i++) {
        tki_buf_printf(to, "%s ", i ? "," : "");
        tki_buf_str(to, p->subs[i].name);
        tki_buf_printf(to, " %.0f", d->rule[i].most);
    }
}

/* Returns true if policy_order names the policies in another order than theirs. */
static bool ordered_otherwise(const struct tki_policy *p)
{
    const struct composite *d = p->data;
    uint32_t last = 0;
    for (size_t i = 0; i < d->policy_order.n; i++)
        for (uint32_t k = 0; k < p->nsubs; k++)
            if (tki_str_eq(p->subs[k].name, d->policy_order.s[i])) {
                if (k < last)
                    return true;
                last = k;
            }
    return false;
}

static double spans_max(const struct tki_policy *p)
{
    const struct composite *d = p->data;
    double most = 0;
    for (uint32_t i = 0; i < p->nsubs; i++)
        most = d->rule[i].most > most ? d->rule[i].most : most;
    return most;
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct composite *d = p->data;
    if (spans_max(p) < 1)
        ask->say(ask->ctx, p, "never-matches",
                 d->max_total_spans_per_second < 1 ? "max_total_spans_per_second is not set: nothing is let through"
                                                   : "its shares let nothing through");
    if (d->percents > 100)
        ask->say(ask->ctx, p, "allocations",
                 "the allocations add up to more than 100 %: each policy has its own share, and together they pass "
                 "max_total_spans_per_second");
    if (ordered_otherwise(p))
        ask->say(
            ask->ctx, p, "policy-order",
            "policy_order is not read by the collector: the policies are asked in the order in which they stand in "
            "composite_sub_policy");
    if (d->strange)
        ask->say(ask->ctx, p, "allocations", "rate_allocation names a policy that is not inside it");
    if (d->named < p->nsubs && spans_max(p) >= 1)
        ask->say(ask->ctx, p, "allocations",
                 ask->release < EQUAL_SHARE_SINCE ? "a policy without an allocation has a share of 0 and keeps nothing"
                                                  : "a policy without an allocation has an equal share");
}

const struct tki_policy_type tki_policy_composite = {
    .name = "composite",
    .about = "shares of a rate among policies",
    .places = places,
    .settings = settings,
    .data_size = sizeof(struct composite),
    .subs_key = "composite_sub_policy",
    .prepare = prepare,
    .budgets = true,
    .lint = lint,
    .spans_max = spans_max,
    .decide = decide,
    .possible = possible,
    .bounds = bounds,
    .credits = credits,
    .keepers = keepers,
    .tick = tick,
    .ask = ask,
};
