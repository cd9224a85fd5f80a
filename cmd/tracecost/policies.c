/* What is to be known of the policies: which never matched, and the memory that a collector needs for them. */
#include <math.h>
#include <stdio.h>

#include "report/number.h"
#include "tracecost.h"

#define TICK_NS       1e9
#define INSTANCE_GB   4.0
#define INSTANCE_FILL 0.7

static bool never_matched(const struct tki_policy_tally *t)
{
    static const enum tki_decision yes[] = {TKI_SAMPLED, TKI_INVERT_SAMPLED, TKI_DROPPED};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (t->decided[yes[i]].traces)
            return false;
    return true;
}

static void put_never(struct tki_doc *d, const struct side *s)
{
    const struct tki_replay_stats *st = tki_replay_stats(s->replay);
    bool any = false;
    for (uint32_t i = 0; i < s->sampler.npolicies; i++) {
        if (!never_matched(&st->policy[i]))
            continue;
        if (!any)
            tki_doc_line(d, NULL, "never");
        tki_doc_say(d, any ? ", " : "no trace matched ");
        tki_doc_put(d, NULL, tki_d_name(s->sampler.policies[i].name));
        any = true;
    }
    if (any)
        tki_doc_say(d, ": what it would keep is not in these numbers");
    tki_doc_close(d);
    tki_doc_array(d, "never_matched");
    for (uint32_t i = 0; i < s->sampler.npolicies; i++)
        if (never_matched(&st->policy[i]))
            tki_doc_data(d, NULL, tki_d_name(s->sampler.policies[i].name));
    tki_doc_end(d);
}

/* How far above its mean the number of waiting traces went; NAN: the dump is too short to say. */
static double peak(const struct basis *b, const struct side *s)
{
    const struct tki_measured *m = &b->d->all[GROUP_ALL];
    double wait_s = ((double)s->own.wait_ns + TICK_NS) / 1e9;
    if (m->seconds < 3 * wait_s)
        return NAN;
    return fmax(1, s->own.open_max / ((double)m->traces / m->seconds * wait_s));
}

static void put_memory(struct tki_doc *d, const struct basis *b, const struct side *s)
{
    const struct tki_waits *w = &s->sampler.waits;
    double wait_s = ((double)s->own.wait_ns + TICK_NS) / 1e9, most = peak(b, s), times = isnan(most) ? 1 : most;
    double traces = b->traces_per_s * wait_s * times;
    double bytes = b->all.per_s[TKI_Q_PROTO].mid * wait_s * times;
    const struct tki_measured *all = &b->d->all[GROUP_ALL];
    double mean = all->spans ? (double)all->bytes / (double)all->spans : 0;
    const struct tki_memory m = tki_memory_of(&s->sampler, bytes, mean);
    enum tki_refusal refusal = tki_memory_refusal(&s->sampler, &m);
    double instances = ceil(m.high / (INSTANCE_GB * 1e9 * INSTANCE_FILL));
    tki_doc_line(d, "collector", "collector");
    tki_doc_put(d, "traces_waiting", tki_d_number(traces));
    tki_doc_say(d, " traces wait at once (decision_wait and a tick: ");
    tki_doc_put(d, NULL, tki_d_mean_ns(wait_s * 1e9));
    if (isnan(most))
        tki_doc_say(d, "; the dump is too short to know peaks");
    else if (most > 1) {
        tki_doc_say(d, "; at most ");
        tki_doc_put(d, "peak", tki_d_number(most));
        tki_doc_say(d, " times the mean");
    }
    tki_doc_say(d, "), ");
    tki_doc_put(d, "memory_bytes", tki_d_range(tki_d_mean_bytes(m.low), m.low, m.high));
    tki_doc_say(d, " of memory if a span takes 2.5 to 4 times its bytes (an estimate): ");
    tki_doc_put(d, "instances", tki_d_count((uint64_t)fmax(1, instances)));
    tki_doc_say(d, " %s of 4 GB, filled to 70 %%", instances > 1 ? "instances" : "instance");
    if (traces > (double)w->num_traces && !w->ingest) {
        tki_doc_say(d, "; num_traces (");
        tki_doc_put(d, NULL, tki_d_count(w->num_traces));
        tki_doc_say(d, ") is too small for one");
    }
    if (refusal > TKI_REFUSES_NEVER) {
        tki_doc_say(d, "; memory_limiter %s, in one, above ", tki_refusal_words[refusal]);
        tki_doc_put(d, NULL, tki_d_bytes(s->sampler.around.refuse_above_bytes));
    }
}

void put_policies(struct tki_doc *d, const struct basis *b)
{
    if (b->d->nsides)
        tki_doc_list(d, "policies");
    for (size_t k = 0; k < b->d->nsides; k++) {
        const struct side *s = &b->d->side[k];
        tki_doc_section(d, NULL, NULL);
        tki_doc_line(d, NULL, "policy");
        tki_doc_put(d, "kept", tki_d_words(s->name));
        tki_doc_say(d, ": ");
        tki_doc_put(d, "processor", tki_d_words(s->processor));
        tki_doc_say(d, ", measured on ");
        tki_doc_put(d, NULL, tki_d_count(b->d->all[GROUP_ALL].traces));
        tki_doc_say(d, " %s, %s", tki_plural(b->d->all[GROUP_ALL].traces, "trace", "traces"),
                    s->partial ? "span by span" : "judged whole");
        put_never(d, s);
        if (s->has_own)
            put_memory(d, b, s);
        tki_doc_end(d);
    }
    if (b->d->nsides)
        tki_doc_end(d);
}
