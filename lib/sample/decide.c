/* Decisions: of one policy, and of all together. */
#include "sample/sampler.h"

const struct tki_policy_info tki_policy_infos[TKI_POLICY_TYPES] = {
    [TKI_ALWAYS_SAMPLE] = {"always_sample", 0, "keeps every trace"},
    [TKI_LATENCY] = {"latency", 0, "extent of all spans, in milliseconds"},
    [TKI_STATUS_CODE] = {"status_code", 0, "a span with one of the status codes"},
    [TKI_PROBABILISTIC] = {"probabilistic", 0, "a share of the traces, by a hash of the trace id"},
    [TKI_STRING_ATTRIBUTE] = {"string_attribute", 0, "an attribute equal to a value, or matching an expression"},
    [TKI_NUMERIC_ATTRIBUTE] = {"numeric_attribute", 0, "an attribute between two whole numbers"},
    [TKI_BOOLEAN_ATTRIBUTE] = {"boolean_attribute", 0, "an attribute that is true, or false"},
    [TKI_TRACE_STATE] = {"trace_state", 0, "a member of the W3C tracestate equal to a value"},
    [TKI_TRACE_FLAGS] = {"trace_flags", TKI_RELEASE_NOT, "a span with the sampled flag"},
    [TKI_SPAN_COUNT] = {"span_count", 0, "number of spans between two bounds"},
    [TKI_AND] = {"and", 0, "all of its policies, each by any span"},
    [TKI_NOT] = {"not", TKI_RELEASE_NOT, "the opposite of its policy"},
    [TKI_DROP] = {"drop", TKI_RELEASE_DROP, "drops the trace when all of its policies match"},
    [TKI_RATE_LIMITING] = {"rate_limiting", 0, "spans per second"},
    [TKI_BYTES_LIMITING] = {"bytes_limiting", 0, "bytes per second"},
    [TKI_OTTL_CONDITION] = {"ottl_condition", 0, "a condition in OTTL"},
    [TKI_COMPOSITE] = {"composite", 0, "shares of a rate among policies"},
};

const char *const tki_decision_names[TKI_DECISIONS] = {"NotSampled", "Sampled", "InvertNotSampled", "InvertSampled",
                                                       "Dropped"};

static bool kept_by(enum tki_decision d)
{
    return d == TKI_SAMPLED || d == TKI_INVERT_SAMPLED;
}

/* and, drop: every policy below says yes, inverted or not.  None below: yes. */
static bool all(const struct tki_sampler *s, const struct tki_policy *p, const uint64_t *bits)
{
    for (uint32_t i = 0; i < p->nsubs; i++)
        if (!kept_by(tki_policy_decide(s, &p->subs[i], bits)))
            return false;
    return true;
}

enum tki_decision tki_policy_decide(const struct tki_sampler *s, const struct tki_policy *p, const uint64_t *bits)
{
    enum tki_decision d;
    switch (p->type) {
    case TKI_ALWAYS_SAMPLE: return TKI_SAMPLED;
    case TKI_AND: return all(s, p, bits) ? TKI_SAMPLED : TKI_NOT_SAMPLED;
    case TKI_DROP: return all(s, p, bits) ? TKI_DROPPED : TKI_NOT_SAMPLED;
    case TKI_NOT:
        d = tki_policy_decide(s, &p->subs[0], bits);
        return d == TKI_SAMPLED ? TKI_NOT_SAMPLED : d == TKI_NOT_SAMPLED ? TKI_SAMPLED : d;
    default: break;
    }
    bool match = tki_bit_get(bits, p->bit);
    if (!p->invert)
        return match ? TKI_SAMPLED : TKI_NOT_SAMPLED;
    if (s->invert_decisions)
        return match ? TKI_INVERT_NOT_SAMPLED : TKI_INVERT_SAMPLED;
    return match ? TKI_NOT_SAMPLED : TKI_SAMPLED;
}

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

bool tki_sampler_decide(const struct tki_sampler *s, const uint64_t *bits, enum tki_decision *decisions, uint32_t *by)
{
    /* The same rules as tki_decisions_combine, without an array: the first policy of each kind is enough. */
    uint32_t first[TKI_DECISIONS];
    enum tki_decision kinds[TKI_DECISIONS];
    uint32_t nkinds = 0;
    for (uint32_t i = 0; decisions && i < s->npolicies; i++)
        decisions[i] = TKI_DECISIONS;
    for (uint32_t i = 0; i < s->npolicies; i++) {
        enum tki_decision d = tki_policy_decide(s, &s->policies[s->order[i]], bits);
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
