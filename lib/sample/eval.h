/* eval.h - what the spans of one batch say to the policies.
 *
 * Pure: depends on the batch and the sampler alone, so it runs on the threads that decode (opts.work of the
 * reader), and leaves only the folding by trace to the main thread.  An evaluation is recycled from batch to
 * batch and allocates nothing once warm.
 */
#ifndef TKI_SAMPLE_EVAL_H
#define TKI_SAMPLE_EVAL_H

#include "model/weight.h"
#include "sample/sampler.h"

struct tki_seen { /* of one span: what folding needs, close together */
    tk_id128 trace_id;
    uint64_t start_ns, end_ns;
    tki_rate rate; /* what the span says of how its trace was sampled */
};

struct tki_eval {
    struct tki_seen *seen;
    uint64_t *bits; /* nwords for each span: policies to whose on_attr or on_span it, or its resource, says yes */
    uint32_t n;
    int err;           /* TK_ENOMEM, or TK_ELIMIT: a regular expression was given up */
    uint32_t err_leaf; /* whose */
    uint32_t cap, resource_cap;
    uint64_t *resource_bits; /* nwords for each resource */
    uint32_t *stamp;         /* by key: the last span that had it; only its first attribute of a key counts */
    struct tki_regex_scratch *scratch;
};

/* For tk_read_opts.work: ctx is a const struct tki_sampler.  NULL when out of memory. */
void *tki_eval_work(void *sampler, struct tk_batch *b, void *previous);
void tki_eval_free(void *eval);

#endif
