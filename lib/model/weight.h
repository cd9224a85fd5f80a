/* weight.h - what a trace that survived sampling stands for: the one rule.
 *
 * The weight of a trace (its adjusted count) is the number of traces of the population that it stands for.  It follows
 * from the highest `ot=th:` in the trace states of its spans (a trace is only complete where all of its spans were
 * kept); where no span has one, from the tags that Jaeger's clients leave on the root: sampler.type=probabilistic with
 * sampler.param, or sampler.type=const.  Jaeger's other samplers (ratelimiting, lowerbound, ...) do not say how many
 * they left out: the rate is unknown, such traces count once and are counted as unknown.  A trace that says nothing
 * counts once.  (OpenTelemetry "TraceState: Probability Sampling"; Jaeger client specification, "Sampling".)
 *
 * All functions are pure.
 */
#ifndef TKI_MODEL_WEIGHT_H
#define TKI_MODEL_WEIGHT_H

#include "tracekit.h"

/* What spans say of the rate, in one word: the class, and below it the 56-bit rejection threshold.  The rate of a trace
 * is the greatest rate of its spans, so spans may come in any order. */
typedef uint64_t tki_rate;

enum tki_rate_class {
    TKI_RATE_UNSAID,    /* no span says anything: the word is 0 */
    TKI_RATE_UNKNOWN,   /* the root names a sampler whose rate cannot be known */
    TKI_RATE_TAGS,      /* Jaeger's tags on the root */
    TKI_RATE_THRESHOLD, /* ot=th */
};

static inline enum tki_rate_class tki_rate_class(tki_rate r)
{
    return (enum tki_rate_class)(r >> 56);
}

static inline uint64_t tki_rate_threshold(tki_rate r)
{
    return r & ((UINT64_C(1) << 56) - 1);
}

/* Returns true if the weight is known from what the spans say. */
static inline bool tki_rate_known(tki_rate r)
{
    return tki_rate_class(r) >= TKI_RATE_TAGS;
}

/* The adjusted count: at least 1; 1 where nothing is said, or the rate is unknown. */
static inline double tki_rate_weight(tki_rate r)
{
    return tki_rate_threshold(r) ? tk_threshold_weight(tki_rate_threshold(r)) : 1;
}

/* Sums of weights, the same in any order.  Weights are below 2^56: in units of 2^-38 the sum over 2^34 traces, or
 * spans, has 128 bits. */
struct tki_weight_sum {
    __extension__ unsigned __int128 units;
};
#define TKI_WEIGHT_UNIT 0x1p38

/* A weight in units.  Most are small, and turn into 64 bits without a call. */
__extension__ static inline unsigned __int128 tki_weight_units(double weight)
{
    double units = weight * TKI_WEIGHT_UNIT;
    return units < 0x1p63 ? (uint64_t)(int64_t)units : (unsigned __int128)units;
}

static inline void tki_weight_add(struct tki_weight_sum *sum, double weight, uint64_t times)
{
    sum->units += tki_weight_units(weight) * times;
}

static inline double tki_weight_total(struct tki_weight_sum sum)
{
    return (double)sum.units / TKI_WEIGHT_UNIT;
}

tki_rate tki_span_rate_said(const struct tk_batch *b,
                            const struct tk_span *span); /* what a span says, without the short way below */
/* What this span says.  The batch must have been decoded with TK_NEED_WEIGHT, or with TK_NEED_STATE and
 * TK_NEED_ATTRS. */
static inline tki_rate tki_span_rate(const struct tk_batch *b, const struct tk_span *span)
{
    bool may_say = span->trace_state.n || (span->parent_id == 0 && span->attrs.count);
    return may_say ? tki_span_rate_said(b, span) : 0;
}
/* What the trace state of this span says alone. */
tki_rate tki_span_threshold_rate(const struct tk_span *span);
/* The rate of a whole trace; of some rows of a batch. */
tki_rate tki_trace_rate(const struct tk_batch *trace);
tki_rate tki_rows_rate(const struct tk_batch *b, const uint32_t *rows, size_t nrows);

/* The keys of span attributes that the rule reads. */
enum { TKI_WEIGHT_KEYS = 2 };
extern const tk_str tki_weight_keys[TKI_WEIGHT_KEYS];

#endif
