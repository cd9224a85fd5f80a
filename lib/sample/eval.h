/* eval.h - what the spans of one batch say to the policies.
 *
 * Pure: depends on the batch and the sampler alone, so it runs on the threads that decode (opts.work of the
 * reader), and leaves only the folding by trace to the main thread.  An evaluation is recycled from batch to
 * batch and allocates nothing once warm.
 */
#ifndef TKI_SAMPLE_EVAL_H
#define TKI_SAMPLE_EVAL_H

#include "model/ledger.h"
#include "sample/sampler.h"

/* What is remembered of policies with on_span; see ask.h.  Words are two for each of nwords: bits of the policies that
 * say yes, then of those that are to be asked. */
struct tki_asker {
    struct tki_recalled {
        uint64_t *words; /* for each spot, where its mark says that something is said; NULL: it never did */
        uint32_t spots;  /* 0: nothing is remembered */
    } * recalled;        /* by s->asked */
    uint32_t nrecalled;
    uint64_t *absent;   /* words for each attribute: what is said where it is not there */
    bool *absent_known; /* likewise */
    uint32_t *awake;    /* attributes of which this is not known, or says something */
    uint32_t nawake;
    uint64_t *lasting;        /* words: what is said of the resource and the scope */
    uint32_t resource, scope; /* of that; TK_NONE: of none */
    uint64_t *now, *said;     /* words, of the span and of one value */
    uint64_t *nothing;        /* nwords, all 0 */
    uint64_t *of_status;      /* nwords for each status: what s->of_status says of it */
    bool status_known[4];
    bool status_alone; /* nothing but the status is asked about */
};

struct tki_eval {
    uint64_t *bits; /* nwords for each span: policies to whose on_attr or on_span it, or its resource, says yes */
    uint32_t n;
    struct tki_group_evidence { /* of each group, after tki_eval_group: from the first start to the last end */
        uint64_t start_ns, end_ns;
        uint64_t first_end_ns; /* UINT64_MAX: no span has an end */
    } * group;
    uint64_t *group_bits; /* nwords for each group: of all its spans together */
    uint32_t group_cap;
    struct tki_weight { /* of each span, where bytes count: see weigh.h */
        uint32_t span, scope, resource;
    } * weight;
    struct tki_random {  /* of each span, with usetracestate */
        uint64_t random; /* its ot=rv */
        bool given, consistent;
    } * random;
    uint32_t weight_cap, random_cap;
    bool ordered;      /* spans have to be added one by one, in their order */
    int err;           /* TK_ENOMEM; TK_ELIMIT: a regular expression was given up; or what a policy ended with */
    uint32_t err_leaf; /* whose */
    tk_str err_why;    /* its reason; p NULL: a regular expression */
    uint32_t cap, resource_cap;
    uint64_t *resource_bits; /* nwords for each resource */
    uint32_t *stamp;         /* by key: the last span that had it; only its first attribute of a key counts */
    struct tki_regex_scratch *scratch;
    struct tki_arena memory; /* of policies looking at one span */
    struct tki_ottl_run ottl;
    struct tki_asker asker;
};

/* For tk_read_opts.work: ctx is a const struct tki_sampler.  NULL when out of memory. */
void *tki_eval_work(void *sampler, struct tk_batch *b, void *previous);
/* Adds up what the spans in groups say by trace; on the same thread, after tki_eval_work. */
void tki_eval_group(struct tki_eval *e, const struct tki_sampler *s, const struct tk_batch *b,
                    const struct tki_groups *groups);
void tki_eval_free(void *eval);

#endif
