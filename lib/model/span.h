/* span.h - how long a span and a trace took: the one rule, for queries, views, statistics, sampling and comparison.
 *
 * Times are unsigned nanoseconds since 1970, durations signed 64-bit nanoseconds that are never negative.
 *
 *   - 0 is "not set", except in a dump whose clock starts at 0, as anonymised ones and examples have: a start of 0 is
 *     unknown only when the other spans of the trace lie more than a day later, all of them.  A span that stands alone
 *     is judged by its own end.
 *   - A span that ends before it starts has no duration: 0.
 *   - A duration of 2^63 ns (292 years) or more is 2^63 - 1 ns.
 *
 * The functions say which of these it was, so that the caller can count what is odd.
 */
#ifndef TKI_MODEL_SPAN_H
#define TKI_MODEL_SPAN_H

#include "tracekit.h"

#define TKI_ZERO_RANGE_NS UINT64_C(86400000000000) /* a day */
#define TKI_NO_TIME       UINT64_MAX

enum tki_duration {
    TKI_DURATION_GOOD,
    TKI_DURATION_UNSET,    /* the start or the end is not known */
    TKI_DURATION_NEGATIVE, /* ends before it starts: 0 */
    TKI_DURATION_HUGE,     /* 2^63 ns or more: INT64_MAX */
};

/* Returns true if a start of 0 is a time.  first_ns is the earliest start above 0 among the spans of the trace,
 * TKI_NO_TIME when there is none; end_ns is the end of the span in question. */
static inline bool tki_zero_is_time(uint64_t first_ns, uint64_t end_ns)
{
    return first_ns != TKI_NO_TIME ? first_ns <= TKI_ZERO_RANGE_NS : end_ns != 0 && end_ns <= TKI_ZERO_RANGE_NS;
}

/* The earliest start above 0 of a whole trace, or TKI_NO_TIME. */
static inline uint64_t tki_trace_first_ns(const struct tk_batch *trace)
{
    uint64_t first = TKI_NO_TIME;
    for (uint32_t i = 0; i < trace->nspans; i++)
        if (trace->spans[i].start_ns && trace->spans[i].start_ns < first)
            first = trace->spans[i].start_ns;
    return first;
}

/* Returns true if the start of a span is known, where first_ns is that of its trace. */
static inline bool tki_span_started(const struct tk_span *s, uint64_t first_ns)
{
    return s->start_ns != 0 || tki_zero_is_time(first_ns, s->end_ns);
}

/* The same for a span of which nothing else is known. */
static inline bool tki_span_started_alone(const struct tk_span *s)
{
    return tki_span_started(s, TKI_NO_TIME);
}

/* How long a is after b, negative when it is before; ends with the range of 64 bits. */
static inline int64_t tki_ns_after(uint64_t a, uint64_t b)
{
    uint64_t d = a >= b ? a - b : b - a;
    int64_t ns = d <= INT64_MAX ? (int64_t)d : INT64_MAX;
    return a >= b ? ns : -ns;
}

/* The length of the interval into *ns. */
static inline enum tki_duration tki_interval_duration(uint64_t start_ns, uint64_t end_ns, int64_t *ns)
{
    uint64_t d = end_ns >= start_ns ? end_ns - start_ns : 0;
    *ns = d <= INT64_MAX ? (int64_t)d : INT64_MAX;
    return end_ns < start_ns ? TKI_DURATION_NEGATIVE : d > INT64_MAX ? TKI_DURATION_HUGE : TKI_DURATION_GOOD;
}

/* The duration of a span into *ns; 0 when it is unset. */
static inline enum tki_duration tki_span_duration(const struct tk_span *s, int64_t *ns)
{
    *ns = 0;
    if (!s->end_ns || !tki_span_started_alone(s))
        return TKI_DURATION_UNSET;
    return tki_interval_duration(s->start_ns, s->end_ns, ns);
}

/* From the first start to the last end of the spans of a trace that have both.  A span that ends before it starts is a
 * moment, its start.  All zero is empty; spans may come in any order. */
struct tki_extent {
    uint64_t start_ns, end_ns; /* of spans that start after 0; end_ns 0: none */
    uint64_t zero_end_ns;      /* the last end of spans that start at 0; 0: none */
};

static inline void tki_extent_add(struct tki_extent *x, const struct tk_span *s)
{
    if (!s->end_ns)
        return;
    if (!s->start_ns) {
        x->zero_end_ns = s->end_ns > x->zero_end_ns ? s->end_ns : x->zero_end_ns;
        return;
    }
    uint64_t end_ns = s->end_ns > s->start_ns ? s->end_ns : s->start_ns;
    x->start_ns = !x->end_ns || s->start_ns < x->start_ns ? s->start_ns : x->start_ns;
    x->end_ns = end_ns > x->end_ns ? end_ns : x->end_ns;
}

/* Adds what was collected elsewhere of the same trace. */
static inline void tki_extent_join(struct tki_extent *x, const struct tki_extent *other)
{
    if (other->end_ns) {
        x->start_ns = !x->end_ns || other->start_ns < x->start_ns ? other->start_ns : x->start_ns;
        x->end_ns = other->end_ns > x->end_ns ? other->end_ns : x->end_ns;
    }
    x->zero_end_ns = other->zero_end_ns > x->zero_end_ns ? other->zero_end_ns : x->zero_end_ns;
}

/* Returns false if no span had both times; else the first start and the last end. */
static inline bool tki_extent_get(const struct tki_extent *x, uint64_t *start_ns, uint64_t *end_ns)
{
    uint64_t latest_ns = x->end_ns > x->zero_end_ns ? x->end_ns : x->zero_end_ns;
    bool zero = x->zero_end_ns && tki_zero_is_time(x->end_ns ? x->start_ns : TKI_NO_TIME, x->zero_end_ns);
    *start_ns = zero ? 0 : x->start_ns;
    *end_ns = zero ? latest_ns : x->end_ns;
    return zero || x->end_ns;
}

/* The duration of the trace into *ns; 0 when it is unset. */
static inline enum tki_duration tki_extent_duration(const struct tki_extent *x, int64_t *ns)
{
    uint64_t start_ns, end_ns;
    *ns = 0;
    return tki_extent_get(x, &start_ns, &end_ns) ? tki_interval_duration(start_ns, end_ns, ns) : TKI_DURATION_UNSET;
}

#endif
