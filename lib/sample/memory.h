/* memory.h - what a collector holds in memory for tail sampling, as an estimate from what a clock counted.
 *
 * The clock knows the bytes of the spans that wait, as OTLP protobuf.  In a collector a span takes 2.5 to 4 times as
 * many: an estimate, not measured here.  Decision caches take 32 to 64 bytes for an id, and a batch processor of the
 * pipeline holds up to send_batch_size spans beside.
 */
#ifndef TKI_SAMPLE_MEMORY_H
#define TKI_SAMPLE_MEMORY_H

#include "sample/clock.h"

struct tki_memory { /* bytes */
    double low, mid, high;
};

#define TKI_MEMORY_PER_BYTE \
    (struct tki_memory)     \
    {                       \
        2.5, 3, 4           \
    } /* of a span, for each of its bytes as protobuf */

/* bytes of spans that wait at once, mean_bytes of one span. */
struct tki_memory tki_memory_of(const struct tki_sampler *s, double bytes, double mean_bytes);

/* What memory_limiter does at such a peak. */
enum tki_refusal {
    TKI_REFUSES_UNKNOWN, /* there is none, or its limit is a share of a memory that is not known here */
    TKI_REFUSES_NEVER,
    TKI_REFUSES_PERHAPS,
    TKI_REFUSES, /* also with the lowest estimate */
};
enum tki_refusal tki_memory_refusal(const struct tki_sampler *s, const struct tki_memory *m);
extern const char *const tki_refusal_words[]; /* "refuses" */

#endif
