/* The samplers of Jaeger's clients. */
#include <inttypes.h>
#include <math.h>

#include "base/num.h"
#include "sample/policy/jaeger.h"

#define TWO_63 9223372036854775808.0

/* ---- a probability ---- */

static uint64_t bound(const struct tki_policy *p)
{
    const struct tki_jaeger_probability *d = p->data;
    double x = d->probability * TWO_63;
    return x >= TWO_63 ? (uint64_t)INT64_MAX : (uint64_t)x;
}

static uint64_t number_of(tk_id128 id)
{
    return id.lo & (uint64_t)INT64_MAX;
}

/* All policies draw the same number: of 64 bits, the lowest is not looked at. */
static int prepare_probability(struct tki_opening *o, struct tki_policy *p)
{
    return tki_policy_draws(o, p, TKI_STR("lower half of the trace id"), bound(p) << 1 | 1);
}

static bool on_trace(const struct tki_policy *p, const struct tki_arrived *trace)
{
    return number_of(trace->id) <= bound(p);
}

static void answer(struct tki_buf *to, const struct tki_policy *p, const struct tki_arrived *a, bool yes)
{
    const struct tki_jaeger_probability *d = p->data;
    tki_buf_printf(to, "lower 63 bits of the id %016" PRIx64 " %s %016" PRIx64 " (probability ", number_of(a->id),
                   yes ? "<=" : ">", bound(p));
    tki_buf_double(to, d->probability);
    tki_buf_putc(to, ')');
}

const struct tki_policy_type tki_policy_jaeger_probability = {
    .name = "probability",
    .about = "a share of the traces, by the lower half of the trace id",
    .data_size = sizeof(struct tki_jaeger_probability),
    .prepare = prepare_probability,
    .on_trace = on_trace,
    .decide = tki_decide_by_evidence,
    .answer = answer,
};

/* ---- a rate ---- */

struct limiter {
    double balance;
    uint64_t last_ns; /* when it was last filled */
    bool runs;
};

static double most(const struct tki_jaeger_rate *d)
{
    return d->traces_per_second > 1 ? d->traces_per_second : 1;
}

static enum tki_decision decide_rate(const struct tki_policy *p, const struct tki_moment *m)
{
    const struct tki_jaeger_rate *d = p->data;
    struct limiter *l = tki_policy_state(p, m);
    uint64_t now = m->trace->start_ns;
    if (!l->runs)
        *l = (struct limiter){most(d), now, true};
    if (l->balance < 1) { /* it is filled only when it is asked for more than it has */
        double seconds = (double)(int64_t)(now - l->last_ns) / 1e9;
        l->balance = fmin(l->balance + seconds * d->traces_per_second, most(d));
        l->last_ns = now;
    }
    if (l->balance < 1)
        return TKI_NOT_SAMPLED;
    l->balance -= 1;
    return TKI_SAMPLED;
}

static void ask_rate(struct tki_buf *to, const struct tki_policy *p)
{
    const struct tki_jaeger_rate *d = p->data;
    tki_buf_printf(to, "at most %d traces per second, in one process", (int)d->traces_per_second);
}

const struct tki_policy_type tki_policy_jaeger_rate = {
    .name = "rate",
    .about = "so many traces per second",
    .data_size = sizeof(struct tki_jaeger_rate),
    .state_size = sizeof(struct limiter),
    .decide = decide_rate,
    .ask = ask_rate,
};
