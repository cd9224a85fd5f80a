#include "sample/judge.h"

#include <stdlib.h>

#include "base/err.h"

int tki_judge_open(struct tki_judge *j, const struct tki_sampler *s, struct tk_err *err)
{
    *j = (struct tki_judge){.s = s};
    j->before = calloc(2, s->state_size + 1);
    j->scratch = calloc(s->nwords, sizeof *j->scratch);
    j->decisions = calloc(s->npolicies + (size_t)1, sizeof *j->decisions);
    j->full = calloc(s->npolicies + (size_t)1, sizeof *j->full);
    j->policy = calloc(s->npolicies + (size_t)1, sizeof *j->policy);
    if (j->before && j->scratch && j->decisions && j->full && j->policy) {
        j->trial = j->before + s->state_size;
        return 0;
    }
    tki_judge_close(j);
    return tki_err_memory(err);
}

void tki_judge_close(struct tki_judge *j)
{
    free(j->before);
    free(j->scratch);
    free(j->decisions);
    free(j->full);
    free(j->policy);
    *j = (struct tki_judge){0};
}

void tki_tally_add(struct tki_tally *t, uint64_t spans, double weight)
{
    t->traces++;
    t->spans += spans;
    __extension__ unsigned __int128 units = tki_weight_units(weight);
    t->wtraces.units += units;
    t->wspans.units += units * spans;
}

bool tki_policy_never_asked(const struct tki_policy_tally *t)
{
    uint64_t traces = 0;
    for (int d = 0; d < TKI_DECISIONS; d++)
        traces += t->decided[d].traces;
    return traces == 0;
}

/* The policy without which a kept trace would be lost: TK_NONE when there is none.  At most one exists while
 * every yes keeps by itself; with the old inverted decisions the others' verdict is asked. */
static void tally_alone(struct tki_judge *j, const struct tki_moment *m, double weight)
{
    const struct tki_sampler *s = j->s;
    uint32_t yes = 0, who = TK_NONE;
    if (s->state_size)
        memcpy(m->states, j->before, s->state_size);
    for (uint32_t i = 0; i < s->npolicies; i++) {
        j->full[i] = tki_policy_decide(&s->policies[i], m);
        if (tki_keeps(j->full[i])) {
            yes++;
            who = i;
        }
    }
    if (!s->inverts) {
        if (yes == 1)
            tki_tally_add(&j->policy[who].alone, m->trace->spans, weight);
        return;
    }
    for (uint32_t i = 0; i < s->npolicies; i++) {
        enum tki_decision mine = j->full[i];
        if (!tki_keeps(mine))
            continue;
        j->full[i] = TKI_DECISIONS;
        if (!tki_decisions_combine(j->full, s->npolicies, NULL))
            tki_tally_add(&j->policy[i].alone, m->trace->spans, weight);
        j->full[i] = mine;
    }
}

static uint32_t credit_of(const struct tki_judge *j, const struct tki_moment *m, uint32_t by)
{
    uint32_t who = by;
    if (j->s->release < TKI_CREDIT_BY_THRESHOLD_SINCE)
        return by;
    for (uint32_t i = 0; i < j->s->npolicies; i++) {
        const struct tki_policy *p = &j->s->policies[i];
        if (tki_keeps(j->decisions[i]) && tki_policy_leaves_out(p, m) < tki_policy_leaves_out(&j->s->policies[who], m))
            who = i;
    }
    return who;
}

/* The smallest threshold of the policies that keep the trace, plus 1; those that kept it by their inverted decision
 * alone have none. */
static uint64_t threshold_of(const struct tki_judge *j, const struct tki_moment *m)
{
    uint64_t least = j->s->release >= TKI_LATE_THRESHOLD_SINCE ? 0 : UINT64_MAX;
    bool any = false;
    for (uint32_t i = 0; i < j->s->npolicies; i++) {
        uint64_t mine = j->decisions[i] == TKI_SAMPLED ? tki_policy_leaves_out(&j->s->policies[i], m) : 0;
        if (j->decisions[i] == TKI_SAMPLED && (!any || mine < least)) {
            least = mine;
            any = true;
        }
    }
    return least + 1; /* none: 0 */
}

/* Whether a policy that does not drop says yes. */
static bool would_be_kept(struct tki_judge *j, const struct tki_moment *what_if)
{
    const struct tki_sampler *s = j->s;
    if (s->state_size)
        memcpy(what_if->states, j->before, s->state_size);
    for (uint32_t i = 0; i < s->npolicies; i++)
        if (!s->policies[i].type->drops && tki_keeps(tki_policy_decide(&s->policies[i], what_if)))
            return true;
    return false;
}

/* A trace may be decided several times: the policy that keeps it is noted. */
static void note_by(const struct tki_judge *j, tk_id128 id, const struct tki_judged *judged)
{
    uint32_t row = j->ledger ? tki_idmap_get(&j->ledger->ids, id) : TKI_MAP_NONE;
    if (row != TKI_MAP_NONE && judged->by != TK_NONE && judged->kept)
        *(uint32_t *)tki_ledger_at(j->ledger, row, j->by) = judged->by + 1;
}

void tki_judge_trace(struct tki_judge *j, const struct tki_moment *m, double weight, bool asked, struct tki_judged *to)
{
    const struct tki_sampler *s = j->s;
    struct tki_moment what_if = *m;
    what_if.states = j->trial;
    if (s->state_size)
        memcpy(j->before, m->states, s->state_size);
    *to = (struct tki_judged){.moment = m, .decisions = j->decisions, .by = TK_NONE, .weight = weight};
    to->kept = !s->tail || tki_sampler_decide(s, m, j->decisions, &to->by);
    to->dropped = to->by != TK_NONE && j->decisions[to->by] == TKI_DROPPED;
    for (uint32_t i = 0; i < s->npolicies; i++)
        if (j->decisions[i] != TKI_DECISIONS)
            tki_tally_add(&j->policy[i].decided[j->decisions[i]], m->trace->spans, weight);
    if (to->by != TK_NONE && (to->kept || to->dropped))
        tki_tally_add(&j->policy[to->by].first, m->trace->spans, weight);
    to->credit = to->kept && to->by != TK_NONE ? credit_of(j, m, to->by) : TK_NONE;
    to->threshold = to->kept && s->consistent ? threshold_of(j, m) : 0;
    if (to->kept)
        tally_alone(j, &what_if, weight);
    else if (to->dropped)
        j->conflicts += would_be_kept(j, &what_if);
    note_by(j, m->trace->id, to);
    if (to->kept || asked)
        to->chance = s->draws.n ? tki_sampler_chance(s, &what_if, j->scratch, j->before)
                     : to->kept ? TKI_CHANCE_ONE
                                : 0;
    if (to->kept && to->chance == 0)
        to->chance = 1; /* it was kept: a chance below what 56 bits can say */
}
