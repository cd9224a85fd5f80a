/* bias.h - what sampling does to what people read off traces: durations and error rates by service of the root, of all
 * traces, and of those that are kept, as they are and weighted by what they stand for.
 *
 * A quantile is the smallest value that at least that share of the weight does not exceed.
 */
#ifndef TKI_CHECK_BIAS_H
#define TKI_CHECK_BIAS_H

#include "base/map.h"
#include "tracekit.h"

enum { TKI_BIAS_TRACES_MAX = 20000000 };

struct tki_bias_trace {
    uint32_t service;
    bool error, kept;
    uint64_t duration_ns;
    double weight, stands; /* that it came with; that it has when it is kept */
};

struct tki_bias {
    struct tki_symtab services;
    struct tki_bias_trace *trace; /* sorted by service and duration, once tki_bias_sort was called */
    size_t n, cap;
    size_t *first; /* of each service; then one more: n */
};
/* All zero is empty. */

enum tki_bias_side { TKI_BIAS_BEFORE, TKI_BIAS_AFTER, TKI_BIAS_PLAIN, TKI_BIAS_SIDES }; /* kept: weighted; not */

/* 0, TK_ENOMEM, TK_ELIMIT. */
int tki_bias_add(struct tki_bias *b, tk_str service, const struct tki_bias_trace *t);
int tki_bias_sort(struct tki_bias *b);
/* Of a service, after sorting.  quantile 0: the mean.  NAN: nothing is there. */
double tki_bias_duration(const struct tki_bias *b, uint32_t service, enum tki_bias_side side, double quantile);
double tki_bias_errors(const struct tki_bias *b, uint32_t service, enum tki_bias_side side);
uint64_t tki_bias_count(const struct tki_bias *b, uint32_t service, enum tki_bias_side side); /* traces */
void tki_bias_free(struct tki_bias *b);

#endif
