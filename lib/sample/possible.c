/* What may become of a trace in any order of the traces of its tick. */
#include "sample/sampler.h"

/* The policies asked so far have said some decisions of each kind.  What matters is which kinds were among them: a bit
 * for each of five kinds, 32 combinations, and a set of combinations is a word. */
enum { KINDS = 5, COMBINATIONS = 1 << KINDS };

static unsigned kind_of(enum tki_decision d)
{
    return d < TKI_NOT_EVALUATED ? 1u << d : 0; /* an error says nothing */
}

static unsigned outcome(unsigned kinds)
{
    enum tki_decision said[KINDS];
    size_t n = 0;
    for (int d = 0; d < KINDS; d++)
        if (kinds >> d & 1)
            said[n++] = (enum tki_decision)d;
    if (kinds >> TKI_DROPPED & 1)
        return TKI_MAY_DROP;
    return tki_decisions_combine(said, n, NULL) ? TKI_MAY_KEEP : TKI_MAY_LOSE;
}

unsigned tki_sampler_possible(const struct tki_sampler *s, const struct tki_moment *m)
{
    uint32_t open = 1, closed = 0; /* sets of combinations: going on, and ended */
    for (uint32_t i = 0; i < s->npolicies && open; i++) {
        unsigned may = tki_policy_possible(&s->policies[s->order[i]], m, closed == 0);
        uint32_t next = 0;
        for (unsigned c = 0; c < COMBINATIONS; c++)
            for (int d = 0; d < TKI_DECISIONS && (open >> c & 1); d++) {
                uint32_t to = (uint32_t)1 << (c | kind_of((enum tki_decision)d));
                if (!(may >> d & 1))
                    continue;
                if (d == TKI_DROPPED || (s->first_match && d == TKI_SAMPLED))
                    closed |= to;
                else
                    next |= to;
            }
        open = next;
    }
    unsigned result = 0;
    for (unsigned c = 0; c < COMBINATIONS; c++)
        if ((open | closed) >> c & 1)
            result |= outcome(c);
    return result;
}

unsigned tki_sampler_left_open(const struct tki_sampler *s, const struct tki_moment *m)
{
    bool by_threshold = s->release >= TKI_CREDIT_BY_THRESHOLD_SINCE, sure = false, asked = true;
    uint64_t best = 0, least = UINT64_MAX; /* thresholds: of those that keep it surely, and perhaps */
    uint32_t maybe = 0, who = 0, first = 0;
    unsigned open = 0;
    for (uint32_t k = 0; k < s->npolicies && asked; k++) {
        uint32_t i = s->order[k];
        const struct tki_policy *p = &s->policies[i];
        unsigned may = tki_policy_possible(p, m, true);
        bool certain = !(may & ~TKI_KEEPING);
        uint64_t mine = by_threshold ? tki_policy_leaves_out(p, m) : i;
        open |= may & (may - 1) ? TKI_OPEN_MATCHES : 0;
        if (p->type->drops || !(may & TKI_KEEPING))
            continue;
        if (p->type->keepers && (!certain || p->type->keepers(p, m) > 1))
            open |= TKI_OPEN_CREDIT;
        if (certain && (!sure || mine < best)) {
            best = mine;
            who = i;
            sure = true;
        } else if (!certain) {
            first = maybe++ == 0 || mine < least ? i : first;
            least = mine < least ? mine : least;
        }
        asked = !(s->first_match && certain);
    }
    if (maybe + sure > 1 && (!sure || s->inverts || least < best || (least == best && first < who)))
        open |= maybe ? TKI_OPEN_CREDIT : 0;
    return open;
}

/* Such a trace is kept when a budget pays for it, and no policy without one keeps it or drops it. */
struct tki_bounds tki_sampler_bounds(const struct tki_sampler *s, const struct tki_moment *traces, size_t n)
{
    struct tki_bounds all = {0, 0};
    for (uint32_t i = 0; i < s->npolicies && n; i++) {
        const struct tki_policy *p = &s->policies[i];
        if (!tki_policy_has_budget(p))
            continue;
        if (s->inverts || p->type->drops || !p->type->bounds)
            return (struct tki_bounds){0, n};
        struct tki_bounds b = p->type->bounds(p, traces, n);
        all.least = b.least > all.least ? b.least : all.least;
        all.most += b.most;
    }
    all.most = all.most < n ? all.most : n;
    return all;
}

static void tick(const struct tki_policy *p, uint32_t n, const struct tki_moment *m, enum tki_tick when)
{
    for (uint32_t i = 0; i < n; i++) {
        if (p[i].type->tick)
            p[i].type->tick(&p[i], m, when);
        tick(p[i].subs, p[i].nsubs, m, when);
    }
}

void tki_sampler_tick(const struct tki_sampler *s, const struct tki_moment *m, enum tki_tick when)
{
    tick(s->policies, s->npolicies, m, when);
}
