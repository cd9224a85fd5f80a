/* span_time.h - when a span ran: which of its times are known.
 *
 * A time of 0 means "not set" in OTLP.  Anonymised dumps and examples begin at 0 all the same, so a start of 0 is only
 * unknown when the other spans of the trace lie more than a day later.  A span that stands alone is judged by its own
 * end.  All functions are pure.
 */
#ifndef TKI_MODEL_SPAN_TIME_H
#define TKI_MODEL_SPAN_TIME_H

#include "tracekit.h"

#define TKI_DAY_NS  UINT64_C(86400000000000)
#define TKI_NO_TIME UINT64_MAX

/* Returns true if a start of 0 is a time.  first_ns is the earliest start above 0 among the spans of the trace,
 * TKI_NO_TIME when there is none; end_ns is the end of the span in question. */
static inline bool tki_zero_is_time(uint64_t first_ns, uint64_t end_ns)
{
    return first_ns != TKI_NO_TIME ? first_ns <= TKI_DAY_NS : end_ns != 0 && end_ns <= TKI_DAY_NS;
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

/* Returns true if the start of a span is known, where first_ns is its trace's (tki_trace_first_ns). */
static inline bool tki_span_started(const struct tk_span *s, uint64_t first_ns)
{
    return s->start_ns != 0 || tki_zero_is_time(first_ns, s->end_ns);
}

/* Likewise of a span of which nothing else is at hand. */
static inline bool tki_span_started_alone(const struct tk_span *s)
{
    return s->start_ns != 0 || tki_zero_is_time(TKI_NO_TIME, s->end_ns);
}

#endif
