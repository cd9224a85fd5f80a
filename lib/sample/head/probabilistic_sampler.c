/* The collector's processor probabilistic_sampler, of spans.  It decides span by span, so that a trace can be kept in
 * part.  Sources: collector contrib 0.161, probabilisticsamplerprocessor and pkg/sampling. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/go_number.h"
#include "sample/head/head.h"
#include "sample/head/ot_state.h"

#define ONE            ((uint64_t)1 << 56)
#define ONE_REAL       72057594037927936.0
#define BUCKETS        16384 /* of the hash */
#define RANDOMNESS_ALL 0x00ffffffffffffff

enum tki_head_mode { NEVER, HASH_SEED, EQUALIZING, PROPORTIONAL };

/* ---- settings ---- */

struct settings {
    double percentage;
    int64_t seed, precision;
    tk_str mode, attribute_source, of_logs;
    bool fail_closed;
};
#define AT(member) offsetof(struct settings, member)
static const struct tki_setting settings_table[] = {{"sampling_percentage", TKI_SETTING_DOUBLE, AT(percentage)},
                                                    {"hash_seed", TKI_SETTING_U32, AT(seed)},
                                                    {"mode", TKI_SETTING_STRING, AT(mode)},
                                                    {"fail_closed", TKI_SETTING_BOOL, AT(fail_closed)},
                                                    {"sampling_precision", TKI_SETTING_I64, AT(precision)},
                                                    {"attribute_source", TKI_SETTING_STRING, AT(attribute_source)},
                                                    {"from_attribute", TKI_SETTING_STRING, AT(of_logs)},
                                                    {"sampling_priority", TKI_SETTING_STRING, AT(of_logs)},
                                                    {0}};
#undef AT

static int check(const struct tki_yaml *y, const struct tki_yaml_node *node, const struct settings *s)
{
    double ratio = s->percentage / 100;
    if (!isfinite(s->percentage))
        return tki_yaml_fail(y, tki_yaml_get(node, "sampling_percentage"), TK_EUSAGE, "sampling rate is invalid");
    if (ratio < 0)
        return tki_yaml_fail(y, tki_yaml_get(node, "sampling_percentage"), TK_EUSAGE, "sampling rate is negative: %f%%",
                             s->percentage);
    if (ratio > 0 && ratio < 1 / ONE_REAL)
        return tki_yaml_fail(y, tki_yaml_get(node, "sampling_percentage"), TK_EUSAGE,
                             "sampling rate is too small: %g%%", s->percentage);
    if (s->attribute_source.n && !TKI_STR_IS(s->attribute_source, "traceID") &&
        !TKI_STR_IS(s->attribute_source, "record"))
        return tki_yaml_fail(y, tki_yaml_get(node, "attribute_source"), TK_EUSAGE,
                             "invalid attribute source: expected traceID or record");
    if (s->precision == 0)
        return tki_yaml_fail(y, tki_yaml_get(node, "sampling_precision"), TK_EUSAGE, "invalid sampling precision: 0");
    if (s->precision > 14)
        return tki_yaml_fail(y, tki_yaml_get(node, "sampling_precision"), TK_EUSAGE,
                             "sampling precision is too great, should be <= 14: %lld", (long long)s->precision);
    if ((int64_t)(4 * (14 - (uint64_t)s->precision)) < 0)
        return tki_yaml_fail(y, tki_yaml_get(node, "sampling_precision"), TK_EUSAGE,
                             "sampling precision %lld ends the collector: it shifts by a negative number",
                             (long long)s->precision);
    return 0;
}

static int read_mode(const struct tki_yaml *y, const struct tki_yaml_node *node, tk_str text, uint8_t *mode)
{
    if (text.n == 0 || TKI_STR_IS(text, "hash_seed"))
        *mode = HASH_SEED;
    else if (TKI_STR_IS(text, "equalizing"))
        *mode = EQUALIZING;
    else if (TKI_STR_IS(text, "proportional"))
        *mode = PROPORTIONAL;
    else
        return tki_yaml_fail(y, tki_yaml_get(node, "mode"), TK_EUSAGE, "unsupported sampler mode \"%.*s\"",
                             (int)(text.n < 40 ? text.n : 40), text.p);
    return 0;
}

/* ---- one span ---- */

static uint32_t hash(uint32_t seed, tk_id128 id)
{
    unsigned char bytes[20];
    uint32_t h = 2166136261u; /* FNV-1a */
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(seed >> (8 * i));
    for (int i = 0; i < 8; i++) {
        bytes[4 + i] = (unsigned char)(id.hi >> (56 - 8 * i));
        bytes[12 + i] = (unsigned char)(id.lo >> (56 - 8 * i));
    }
    for (int i = 0; i < 20; i++)
        h = (h ^ bytes[i]) * 16777619u;
    return h;
}

/* The 56 bits that the processor writes as rv: the bucket upside down, in front of what else the hash holds. */
static uint64_t hash_randomness(uint32_t seed, tk_id128 id)
{
    uint32_t h = hash(seed, id);
    uint64_t bucket = h % BUCKETS, unused = h >> 18, mixed = unused ^ (unused << 10);
    return (BUCKETS - 1 - bucket) << 42 | mixed << 14 | bucket;
}

enum priority { DEFER, KEEP, DROP };

static enum priority priority_of_number(double x)
{
    return x == 0 ? DROP : x > 0 ? KEEP : DEFER;
}

static enum priority priority_of(const struct tk_batch *b, const struct tk_span *span)
{
    const struct tk_attr *a = span->attrs.count ? tk_attr_find(b, span->attrs, "sampling.priority") : NULL;
    double x;
    if (!a)
        return DEFER;
    switch ((enum tk_type)a->value.type) {
    case TK_INT: return priority_of_number((double)a->value.v.i);
    case TK_DOUBLE: return priority_of_number(a->value.v.d);
    case TK_STRING: return tki_go_parse_float((tk_str){a->value.v.s, a->value.n}, &x) ? priority_of_number(x) : DEFER;
    default: return DEFER;
    }
}

/* The threshold for a span whose state is good; ONE: never. */
static uint64_t threshold_of(const struct tki_head *h, const struct tki_ot_state *state)
{
    if (h->u.probabilistic.mode == EQUALIZING && state->has_th && state->th > h->threshold)
        return state->th;
    if (h->u.probabilistic.mode != PROPORTIONAL)
        return h->threshold;
    double before = state->has_th ? (double)(ONE - state->th) / ONE_REAL : 1;
    double p = before * h->u.probabilistic.ratio;
    return p < 1 / ONE_REAL ? ONE : tki_probability_threshold(p, h->u.probabilistic.precision);
}

/* What the processor knows of a span. */
struct known {
    struct tki_ot_state state;
    uint64_t randomness;
    bool good;    /* else fail_closed decides */
    bool written; /* the state is, when the span is kept */
    enum priority priority;
};

static void know_by_hash(const struct tki_head *h, const struct tk_span *span, struct known *k)
{
    bool id = span->trace_id.hi || span->trace_id.lo;
    if (id)
        k->randomness = hash_randomness(h->u.probabilistic.seed, span->trace_id);
    /* Hashing does not go with what others have decided. */
    k->written = k->good && !k->state.has_rv && !k->state.has_th;
    k->good = k->written && id;
    if (k->written)
        tki_ot_state_set_rv(&k->state, k->randomness);
}

static void know_by_id(const struct tk_span *span, struct known *k)
{
    k->written = k->good;
    if (!k->good)
        return;
    if (k->state.has_rv)
        k->randomness = k->state.rv;
    else if (span->trace_id.hi || span->trace_id.lo)
        k->randomness = span->trace_id.lo & RANDOMNESS_ALL;
    else
        k->good = false;
    if (k->good && k->state.has_th && k->randomness < k->state.th) { /* it should not have come this far */
        k->state.has_th = false;
        k->good = false;
    }
}

/* What the span is compared with; ONE: it is lost. */
static uint64_t know(const struct tki_head *h, const struct tk_batch *b, const struct tk_span *span, tk_str text,
                     struct known *k)
{
    enum priority priority = priority_of(b, span);
    *k = (struct known){.randomness = RANDOMNESS_ALL, .written = true, .priority = priority};
    if (priority == DROP)
        return ONE;
    k->good = tki_ot_state_parse(&k->state, text);
    if (h->u.probabilistic.mode == HASH_SEED)
        know_by_hash(h, span, k);
    else if (h->u.probabilistic.mode != NEVER)
        know_by_id(span, k);
    if (priority == KEEP)
        return 0;
    if (k->good)
        return threshold_of(h, &k->state);
    return h->u.probabilistic.fail_closed ? ONE : 0;
}

static void why(const struct tki_head *h, const struct tk_batch *b, const struct tk_span *span, tk_str text,
                struct tki_buf *to)
{
    struct known k;
    uint64_t threshold = know(h, b, span, text, &k);
    if (k.priority != DEFER)
        tki_buf_printf(to, "sampling.priority is %s", k.priority == DROP ? "0" : "above 0");
    else if (h->u.probabilistic.mode == NEVER)
        tki_buf_lit(to, "sampling_percentage is 0");
    else if (!k.good)
        tki_buf_printf(to, "its trace state or id does not go with the mode, and fail_closed is %s",
                       threshold ? "on" : "off");
    else if (threshold == ONE)
        tki_buf_lit(to, "what is left of its probability is nothing");
    else
        tki_buf_printf(to, "randomness %014" PRIx64 " %s threshold %014" PRIx64, k.randomness,
                       k.randomness < threshold ? "<" : ">=", threshold);
}

static bool keeps(const struct tki_head *h, struct tk_batch *b, const struct tk_span *span, tk_str *text)
{
    struct known k;
    uint64_t threshold = know(h, b, span, *text, &k);
    if (k.randomness < threshold)
        return false;
    if (k.written) {
        char written[TKI_OT_STATE_MAX];
        tki_ot_state_set_th(&k.state, threshold);
        *text = tk_batch_copy(b, (tk_str){written, tki_ot_state_write(&k.state, written)});
    }
    return true;
}

static const struct tki_field fields[] = {
    {.id = TKI_F_STATE},
    {.id = TKI_F_ATTR, .scope = TKI_SCOPE_SPAN, .key = {"sampling.priority", sizeof "sampling.priority" - 1}}};
static const struct tki_head_type type = {
    .fields = fields, .nfields = sizeof fields / sizeof *fields, .keeps = keeps, .why = why};

int tki_head_open_processor(struct tki_head *h, const struct tki_yaml *y, tk_str name, const struct tki_yaml_node *node)
{
    struct settings s = {.fail_closed = true, .precision = 4};
    *h = (struct tki_head){.type = &type};
    snprintf(h->name, sizeof h->name, "%.*s", (int)name.n, name.p);
    int rc = tki_yaml_decode(y, node, settings_table, &s, h->name);
    s.percentage = (float)s.percentage; /* the collector has 32 bits for it */
    if (rc == 0)
        rc = read_mode(y, node, s.mode, &h->u.probabilistic.mode);
    if (rc == 0)
        rc = check(y, node, &s);
    if (rc < 0)
        return rc;
    float percentage = s.percentage < 100 ? (float)s.percentage : 100;
    uint32_t scaled = (uint32_t)(percentage * (float)(BUCKETS / 100.0));
    h->u.probabilistic.seed = (uint32_t)s.seed;
    h->u.probabilistic.fail_closed = s.fail_closed;
    h->u.probabilistic.ratio = (double)percentage / 100;
    h->u.probabilistic.precision = s.precision;
    if (h->u.probabilistic.mode == HASH_SEED)
        h->threshold = (uint64_t)(BUCKETS - scaled) << 42;
    else if (percentage > 0)
        h->threshold = tki_probability_threshold(h->u.probabilistic.ratio, h->u.probabilistic.precision);
    h->equalizes = h->u.probabilistic.mode == EQUALIZING;
    if (percentage == 0 || (h->u.probabilistic.mode == HASH_SEED && scaled == 0)) {
        h->u.probabilistic.mode = NEVER;
        h->threshold = ONE;
    }
    return 0;
}
