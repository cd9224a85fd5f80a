/* digest.h - what is remembered of a trace.  Inside lib/sample only. */
#ifndef TKI_SAMPLE_DIGEST_H
#define TKI_SAMPLE_DIGEST_H

#include "sample/replay.h"

struct tki_digest {
    uint64_t start_ns, end_ns; /* running, as the latency policy keeps them: 0 is "none yet" */
    tki_rate rate;
    uint64_t chance; /* after judging: 0 when not kept, else of being kept */
    uint32_t spans;
};

struct tki_replay {
    const struct tki_sampler *s;
    struct tki_idmap map; /* trace id -> row of digests */
    struct tki_digest *digests;
    uint64_t *bits; /* nwords for each digest */
    uint32_t cap;
    uint64_t *scratch;                   /* nwords */
    uint64_t *hashes;                    /* nsalts */
    enum tki_decision *decisions, *full; /* npolicies */
    struct tki_explain *explain;
    struct tki_replay_stats stats;
};

/* The bits of a judged trace: everything, span counts and hashes included. */
void tki_digest_bits(struct tki_replay *r, uint32_t trace, uint64_t *bits);

static inline int64_t tki_digest_ms(const struct tki_digest *d)
{
    return (int64_t)(d->end_ns - d->start_ns) / 1000000;
}

bool tki_latency_match(const struct tki_sampler *s, const struct tki_policy *leaf, int64_t ms);

tk_id128 tki_explain_id(const struct tki_explain *e);
/* A span of the trace, in order of arrival; d is its digest with the span already in it. */
void tki_explain_span(struct tki_explain *e, const struct tk_batch *b, uint32_t row, const struct tki_digest *d,
                      struct tki_regex_scratch *scratch);

#endif
