/* All policies together. */
#include "sample/sampler.h"

bool tki_decisions_combine(const enum tki_decision *decisions, size_t n, uint32_t *by)
{
    uint32_t first[TKI_DECISIONS];
    for (int d = 0; d < TKI_DECISIONS; d++)
        first[d] = TK_NONE;
    for (size_t i = 0; i < n; i++)
        if (decisions[i] != TKI_DECISIONS && first[decisions[i]] == TK_NONE)
            first[decisions[i]] = (uint32_t)i;
    uint32_t who = TK_NONE;
    bool keep = false;
    if (first[TKI_DROPPED] != TK_NONE) {
        who = first[TKI_DROPPED];
    } else if (first[TKI_INVERT_NOT_SAMPLED] != TK_NONE) {
        who = first[TKI_INVERT_NOT_SAMPLED];
    } else if (first[TKI_SAMPLED] != TK_NONE) {
        who = first[TKI_SAMPLED];
        keep = true;
    } else if (first[TKI_INVERT_SAMPLED] != TK_NONE && first[TKI_NOT_SAMPLED] == TK_NONE) {
        who = first[TKI_INVERT_SAMPLED];
        keep = true;
    }
    if (by)
        *by = who;
    return keep;
}

bool tki_sampler_decide(const struct tki_sampler *s, const struct tki_moment *m, enum tki_decision *decisions,
                        uint32_t *by)
{
    /* The same rules as tki_decisions_combine, without an array: the first policy of each kind is enough. */
    uint32_t first[TKI_DECISIONS];
    enum tki_decision kinds[TKI_DECISIONS];
    uint32_t nkinds = 0;
    for (uint32_t i = 0; decisions && i < s->npolicies; i++)
        decisions[i] = TKI_DECISIONS;
    for (uint32_t i = 0; i < s->npolicies; i++) {
        enum tki_decision d = tki_policy_decide(&s->policies[s->order[i]], m);
        if (decisions)
            decisions[s->order[i]] = d;
        uint32_t k = 0;
        while (k < nkinds && kinds[k] != d)
            k++;
        if (k == nkinds) {
            kinds[nkinds] = d;
            first[nkinds++] = s->order[i];
        }
        if (d == TKI_DROPPED || (s->first_match && d == TKI_SAMPLED))
            break;
    }
    uint32_t who;
    bool keep = tki_decisions_combine(kinds, nkinds, &who);
    if (by)
        *by = who == TK_NONE ? TK_NONE : first[who];
    return keep;
}
