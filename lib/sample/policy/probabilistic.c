#include "sample/policy/probabilistic.h"

#include <inttypes.h>
#include <math.h>

#include "base/hash.h"
#include "base/num.h"
#include "sample/policy/policy.h"

__extension__ typedef unsigned __int128 uint128;

struct probabilistic {
    tk_str hash_salt;
    double sampling_percentage;
    uint64_t salted;    /* state of the hash behind the salt */
    bool consistent;    /* traces that come with a threshold or randomness are decided by these */
    uint64_t rejection; /* the threshold of 56 bits by which these are decided, 2^56: never */
};

static const struct tki_setting settings[] = {
    {"hash_salt", TKI_SETTING_STRING, offsetof(struct probabilistic, hash_salt)},
    {"sampling_percentage", TKI_SETTING_DOUBLE, offsetof(struct probabilistic, sampling_percentage)},
    {0}};

uint64_t tki_probabilistic_hash(uint64_t salted, tk_id128 id)
{
    unsigned char b[16];
    tki_store_be64(b, id.hi);
    tki_store_be64(b + 8, id.lo);
    return tki_fnv64(salted, b, sizeof b);
}

uint64_t tki_probabilistic_threshold(double percentage)
{
    double ratio = percentage / 100;
    if (!(ratio > 0))
        return 0;
    if (ratio >= 1)
        return UINT64_MAX;
    int exponent;
    double fraction = frexp(ratio, &exponent);         /* ratio = fraction * 2^exponent, 0.5 <= fraction < 1 */
    uint64_t mantissa = (uint64_t)ldexp(fraction, 64); /* exact: top bit set, the lower 11 clear */
    /* (2^64 - 1) * mantissa has 127 or 128 bits; the value is that times 2^(exponent - 64). */
    uint128 product = (uint128)UINT64_MAX * mantissa;
    int shift = exponent;
    if (!(product >> 127)) {
        product <<= 1;
        shift--;
    }
    const uint64_t half = (uint64_t)1 << 63;
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if (low > half || (low == half && (high & 1))) {
        high++;
        if (high == 0) { /* all ones were rounded up to the next power of two */
            high = half;
            shift++;
        }
    }
    /* high * 2^shift, shift <= 0 because ratio < 1 */
    if (shift > 0)
        return UINT64_MAX;
    return shift <= -64 ? 0 : high >> -shift;
}

/* As pkg/sampling of the collector rounds it, to the nearest of 56 bits; what is below one of 2^56 never keeps. */
static uint64_t rejection_of(double percentage)
{
    const double one = 72057594037927936.0; /* 2^56 */
    double p = percentage / 100;
    if (!(p * one >= 1))
        return (uint64_t)one;
    return p >= 1 ? 0 : (uint64_t)one - (uint64_t)round(p * one);
}

static int prepare(struct tki_opening *o, struct tki_policy *p)
{
    struct probabilistic *d = p->data;
    if (isnan(d->sampling_percentage))
        return tki_policy_fail(o, p, NULL, TK_EUSAGE, "sampling_percentage is not a number");
    if (d->hash_salt.n == 0)
        d->hash_salt = TKI_STR("default-hash-seed");
    d->salted = tki_fnv64(TKI_FNV64_START, d->hash_salt.p, d->hash_salt.n);
    d->consistent = o->consistent;
    d->rejection = rejection_of(d->sampling_percentage);
    return tki_policy_draws(o, p, d->hash_salt, tki_probabilistic_threshold(d->sampling_percentage));
}

static uint64_t hash(const struct tki_policy *p, const struct tki_arrived *trace)
{
    const struct probabilistic *d = p->data;
    return tki_probabilistic_hash(d->salted, trace->id);
}

static bool on_trace(const struct tki_policy *p, const struct tki_arrived *trace)
{
    const struct probabilistic *d = p->data;
    if (d->consistent && trace->consistent)
        return trace->random >= d->rejection;
    return hash(p, trace) <= p->threshold;
}

static uint64_t leaves_out(const struct tki_policy *p, const struct tki_moment *m)
{
    const struct probabilistic *d = p->data;
    (void)m;
    return d->rejection;
}

static void answer(struct tki_buf *to, const struct tki_policy *p, const struct tki_arrived *a, bool yes)
{
    const struct probabilistic *d = p->data;
    tki_buf_printf(to, "hash %016" PRIx64 " %s threshold %016" PRIx64 " (", hash(p, a), yes ? "<=" : ">", p->threshold);
    tki_buf_double(to, d->sampling_percentage);
    tki_buf_lit(to, " %, salt ");
    tki_put_quoted(to, d->hash_salt);
    tki_buf_putc(to, ')');
}

static void lint(const struct tki_policy *p, struct tki_lint_ask *ask)
{
    const struct probabilistic *d = p->data;
    if (d->sampling_percentage >= 100)
        ask->keeps_all = true;
    else if (d->sampling_percentage <= 0)
        ask->say(ask->ctx, p, "never-matches", "sampling_percentage is 0: no trace matches");
    else if (d->sampling_percentage < 1)
        ask->say(ask->ctx, p, "below-one-percent",
                 "sampling_percentage is below 1 %: it is a percentage and no share, and 0.1 keeps one trace in 1,000");
}

const struct tki_policy_type tki_policy_probabilistic = {
    .name = "probabilistic",
    .about = "a share of the traces, by a hash of the trace id",
    .settings = settings,
    .data_size = sizeof(struct probabilistic),
    .prepare = prepare,
    .on_trace = on_trace,
    .decide = tki_decide_by_evidence,
    .leaves_out = leaves_out,
    .lint = lint,
    .answer = answer,
};
