/* head.h - samplers that decide before a trace is whole: span by span, from its ids, trace state and attributes.
 *
 *   probabilistic_sampler   the collector's processor, all modes
 *   traceidratio and so on  the samplers of OpenTelemetry's SDKs and of Jaeger's client, by the name that
 *                           OTEL_TRACES_SAMPLER gives them
 *
 * Beside its fields each may look at what tells the weight (TK_NEED_WEIGHT).  Several in a row are what a pipeline
 * makes of a span: each sees the trace state that the one before has written.  A head sampler does not change once it
 * is open and may be shared between threads.
 */
#ifndef TKI_SAMPLE_HEAD_H
#define TKI_SAMPLE_HEAD_H

#include "field/field.h"
#include "sample/config/yaml.h"

struct tki_head;

struct tki_head_type {
    const struct tki_field *fields; /* that it reads */
    size_t nfields;
    /* Returns true if the span is kept.  *state is its trace state, which the sampler may replace by a copy in b; what
     * cannot be copied is in b->err. */
    bool (*keeps)(const struct tki_head *h, struct tk_batch *b, const struct tk_span *span, tk_str *state);
    /* What it decides the span by, whose trace state is given: "randomness 00000000000001 < threshold 80000000000000".
     */
    void (*why)(const struct tki_head *h, const struct tk_batch *b, const struct tk_span *span, tk_str state,
                struct tki_buf *to);
};

struct tki_head {
    const struct tki_head_type *type;
    char name[128];     /* "probabilistic_sampler/NAME", "traceidratio=0.1 of the Go SDK" */
    uint64_t threshold; /* of 56 bits: what is kept without any state stands for 2^56 / (2^56 - threshold) */
    bool equalizes;     /* what has a higher threshold already is kept */
    union {
        struct {
            uint8_t mode;     /* enum tki_head_mode */
            bool fail_closed; /* spans with a bad state are lost */
            uint32_t seed;    /* of the hash */
            double ratio;
            int64_t precision; /* hexadecimal digits */
        } probabilistic;
        struct {
            uint8_t how; /* the arithmetic of one SDK */
            double ratio;
        } sdk;
    } u;
};

enum { TKI_HEADS_MAX = 8 };

/* Opens the collector's processor from its settings; name: of the processor.  0, TK_EUSAGE, TK_ENOMEM. */
int tki_head_open_processor(struct tki_head *h, const struct tki_yaml *y, tk_str name,
                            const struct tki_yaml_node *settings);
/* Opens what OTEL_TRACES_SAMPLER names, with its argument: "traceidratio=0.1", "always_on".  sdk: "go", "java",
 * "python", "jaeger".  0, TK_EUSAGE, TK_EUNSUPPORTED. */
int tki_head_open_sdk(struct tki_head *h, const char *sampler, const char *sdk, struct tk_err *err);

/* The rows of spans that all of these keep, out of n rows, in place; returns their number.  mark: spans get the trace
 * state that the samplers leave (then without a raw view); else they stay as they are. */
size_t tki_heads_select(const struct tki_head *heads, size_t nheads, struct tk_batch *b, uint32_t *rows, size_t n,
                        bool mark);

/* Tells of each in a row what it decides the span by, up to the first that loses it. */
void tki_heads_explain(const struct tki_head *heads, size_t nheads, struct tk_batch *b, const struct tk_span *span,
                       void (*say)(void *ctx, size_t head, bool keeps, const struct tki_buf *why), void *ctx);

/* The threshold of a probability from 2^-56 to 1, in so many significant hexadecimal digits (0: all; with a negative
 * number of them the collector rounds everything away: 0, unless the probability is near 0 or 1; its bits wrap). */
uint64_t tki_probability_threshold(double probability, int64_t precision);

#endif
