/* How often intervals hold the truth: of means, and of dollars.  Dumps are drawn from traffic that is known: traces
 * arrive at random, their numbers of spans are lognormal, and the sizes of their spans, too.  TRACEKIT_SLOW asks of a
 * thousand dumps each, and of 2,000 traces as well. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost/measure.h"
#include "cost/month.h"
#include "cost/stream.h"
#include "random_spans.h"
#include "tap.h"

enum { MEDIAN = 10, SPAN_BYTES = 100, MANY = 30, WEIGHT = 4, RATE = 1000, ERRORS = 10 /* one trace in so many */ };

/* ---- traffic ---- */

struct traffic {
    double sd; /* of the logarithm of the number of spans */
    size_t n;  /* traces of a dump, on average */
    bool sampled;
    double per_s;                                /* traces that arrive */
    double spans, bytes, kept_spans, kept_bytes; /* means a trace that arrives; kept: by the policy below */
};

static double uniform(struct rng *r)
{
    return ((double)rng_below(r, 1 << 30) + 0.5) / (1 << 30);
}

static double normal(struct rng *r)
{
    double u = uniform(r), v = uniform(r);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Sampling takes one in four of what is at most twice the median. */
static bool is_small(double spans)
{
    return spans <= 2 * MEDIAN;
}

static double below(double spans, double sd)
{
    return 0.5 * erfc(-log(spans / MEDIAN) / sd / sqrt(2));
}

/* The means, summed over all numbers of spans; a dump has n traces after as many seconds. */
static struct traffic traffic(double sd, size_t n, bool sampled)
{
    struct traffic t = {.sd = sd, .n = n, .sampled = sampled};
    const double span = SPAN_BYTES * exp(0.045);
    double there = 0;
    for (int k = 1; k < 100000; k++) {
        double p = below(k + 0.5, sd) - (k > 1 ? below(k - 0.5, sd) : 0);
        t.spans += p * k;
        t.kept_spans += p * k * (k > MANY ? 1 : 1.0 / ERRORS);
        there += p * (sampled && is_small(k) ? 1.0 / WEIGHT : 1);
    }
    t.bytes = t.spans * span;
    t.kept_bytes = t.kept_spans * span;
    t.per_s = 1 / there;
    return t;
}

/* ---- a dump ---- */

struct dump {
    struct tki_ledger ledger;
    struct tki_measure measure;
    struct tki_redraw draws;
    bool *kept; /* by trace: errors, and large ones */
    size_t cap;
};

static void add_trace(struct rng *r, struct dump *d, const struct traffic *t, double at_s)
{
    double spans = fmax(1, round(MEDIAN * exp(t->sd * normal(r))));
    double bytes = round(spans * SPAN_BYTES * exp(0.3 * normal(r)));
    bool error = rng_below(r, ERRORS) == 0, thinned = t->sampled && is_small(spans);
    if (thinned && rng_below(r, WEIGHT))
        return;
    uint64_t ns = 1700000000000000000u + (uint64_t)(at_s * 1e9);
    const struct tki_trace_row row = {.extent = {ns, ns + 1000, 0},
                                      .rate =
                                          thinned ? (tki_rate)TKI_RATE_THRESHOLD << 56 | UINT64_C(0xc0000000000000) : 0,
                                      .spans = (uint32_t)spans,
                                      .roots = 1,
                                      .errors = error};
    uint32_t at = tki_ledger_add(&d->ledger, (tk_id128){rng_next(r), rng_next(r)}, &row);
    if (at == TK_NONE)
        bail_out("out of memory");
    *(struct tki_trace_size *)tki_ledger_at(&d->ledger, at, d->measure.column) =
        (struct tki_trace_size){.bytes = (uint64_t)bytes, .spans = (uint32_t)spans};
    if (at >= d->cap) {
        d->cap = at * 2 + (size_t)1;
        d->kept = realloc(d->kept, d->cap * sizeof *d->kept);
        if (!d->kept)
            bail_out("out of memory");
    }
    d->kept[at] = error || spans > MANY;
}

static void make_dump(struct rng *r, struct dump *d, const struct traffic *t)
{
    *d = (struct dump){.cap = 0};
    tki_measure_init(&d->measure, &d->ledger);
    for (double s = 0; s < (double)t->n;) {
        add_trace(r, d, t, s);
        s -= log(uniform(r)) / t->per_s;
    }
    if (tki_redraw_open(&d->draws, d->ledger.ids.ids, d->ledger.ids.n, TKI_REDRAW_SEED) < 0)
        bail_out("out of memory");
}

static void free_dump(struct dump *d)
{
    tki_redraw_free(&d->draws);
    tki_ledger_free(&d->ledger);
    free(d->kept);
}

static bool is_kept(const void *dump, uint32_t row)
{
    return ((const struct dump *)dump)->kept[row];
}

static struct tki_measured measured(const struct dump *d, enum tki_mean per, bool policy)
{
    const struct tki_choice choice = {.counts = policy ? is_kept : NULL, .ctx = d, .arrived = &d->measure, .per = per};
    struct tki_measured m;
    if (tki_measure_result(&d->measure, &d->draws, &choice, &m) < 0)
        bail_out("out of memory");
    return m;
}

/* ---- what is asked of it ---- */

enum { BY_BYTES, BY_SPANS, BY_BOTH, STORED, SERVICE, BACKENDS };
static const char *const specs[BACKENDS] = {"generic:gb=0.5", "generic:mspan=1", "generic:gb=0.5,mspan=1",
                                            "generic:gb-month=0.02,ratio=1", "grafana-cloud"};
static const struct tki_backend *backend[BACKENDS];
static const struct tki_terms terms = {
    .month_days = 30, .retention_days = NAN, .retention_traces = NAN, .replicas = NAN};

static struct tki_cost dollars(int k, const struct tki_quantities *q)
{
    const struct tki_streams s = {.all = *q, .notable = *q, .notable_known = true};
    struct tki_cost c;
    struct tk_err err;
    if (tki_cost_month(backend[k], &s, &terms, 0, &c, &err) < 0)
        bail_out("%s", err.text);
    return c;
}

/* What the backend really bills for so much. */
static double truth(int k, double spans_per_s, double bytes_per_s)
{
    struct tki_quantities q = {.assumed = 0};
    q.per_s[TKI_Q_SPANS] = tki_range_exact(spans_per_s);
    q.per_s[TKI_Q_PROTO] = tki_range_exact(bytes_per_s);
    return dollars(k, &q).dollars.mid;
}

enum {
    MEAN_SPANS,
    MEAN_BYTES,
    GIVEN_BYTES, /* dollars; the rate of traces is given */
    GIVEN_SPANS,
    GIVEN_BOTH,
    GIVEN_STORED,
    GIVEN_SERVICE,
    OF_SPANS, /* the rate of spans is given */
    MEASURED, /* the rate is the dump's */
    POLICY,
    QUESTIONS
};
static const char *const names[QUESTIONS] = {"spans a trace",
                                             "bytes a span",
                                             "dollars by GB",
                                             "dollars by span",
                                             "dollars by both",
                                             "dollars for what is stored",
                                             "dollars where some is free",
                                             "dollars by GB, of a rate of spans",
                                             "dollars by GB, of the dump's own rate",
                                             "dollars by GB, of what a policy keeps"};

static void hold(unsigned *held, double low, double high, double is)
{
    *held += low <= is && is <= high;
}

static struct tki_quantities quantities(const struct tki_measured *m, const struct tki_measured *kept, double per_s,
                                        enum tki_mean per, bool rate_is_measured)
{
    const struct tki_stream s = {.per = per,
                                 .per_s = per_s,
                                 .measured = rate_is_measured,
                                 .spans_per_trace = NAN,
                                 .span_bytes = NAN,
                                 .all = m,
                                 .columnar_span = NAN,
                                 .es_span = NAN};
    struct tki_quantities q;
    tki_stream_quantities(&s, kept, &q);
    return q;
}

static void ask_given(const struct dump *d, const struct traffic *t, const struct tki_measured *m, unsigned *held)
{
    static const int of[BACKENDS] = {GIVEN_BYTES, GIVEN_SPANS, GIVEN_BOTH, GIVEN_STORED, GIVEN_SERVICE};
    const struct tki_quantities q = quantities(m, NULL, RATE, TKI_MEAN_TRACES, false);
    for (int k = 0; k < BACKENDS; k++) {
        const struct tki_cost c = dollars(k, &q);
        hold(&held[of[k]], c.dollars.low, c.dollars.high, truth(k, RATE * t->spans, RATE * t->bytes));
    }
    const struct tki_measured policy = measured(d, TKI_MEAN_TRACES, true);
    const struct tki_quantities kept = quantities(m, &policy, RATE, TKI_MEAN_TRACES, false);
    const struct tki_cost c = dollars(BY_BYTES, &kept);
    hold(&held[POLICY], c.dollars.low, c.dollars.high, truth(BY_BYTES, RATE * t->kept_spans, RATE * t->kept_bytes));
}

static void ask(const struct dump *d, const struct traffic *t, unsigned *held)
{
    const struct tki_measured m = measured(d, TKI_MEAN_TRACES, false), by_span = measured(d, TKI_MEAN_SPANS, false);
    hold(&held[MEAN_SPANS], m.spans_per_trace.low, m.spans_per_trace.high, t->spans);
    hold(&held[MEAN_BYTES], m.span_bytes.low, m.span_bytes.high, t->bytes / t->spans);
    ask_given(d, t, &m, held);
    struct tki_quantities q = quantities(&by_span, NULL, RATE, TKI_MEAN_SPANS, false);
    struct tki_cost c = dollars(BY_BYTES, &q);
    hold(&held[OF_SPANS], c.dollars.low, c.dollars.high, truth(BY_BYTES, RATE, RATE * t->bytes / t->spans));
    q = quantities(&m, NULL, m.represented / m.seconds, TKI_MEAN_TRACES, true);
    c = dollars(BY_BYTES, &q);
    hold(&held[MEASURED], c.dollars.low, c.dollars.high, truth(BY_BYTES, t->per_s * t->spans, t->per_s * t->bytes));
}

/* Two standard errors of a share of so many. */
static double luck(unsigned rounds)
{
    return 2 * sqrt(0.95 * 0.05 / rounds);
}

static void cover(struct rng *r, double sd, size_t n, bool sampled, unsigned rounds)
{
    const struct traffic t = traffic(sd, n, sampled);
    const double least = sd > 0.5 ? 0.90 : 0.93, most = sd > 0.5 ? 0.98 : 0.97;
    unsigned held[QUESTIONS] = {0};
    for (unsigned i = 0; i < rounds; i++) {
        struct dump d;
        make_dump(r, &d, &t);
        ask(&d, &t, held);
        free_dump(&d);
    }
    for (int k = 0; k < QUESTIONS; k++) {
        double share = (double)held[k] / rounds;
        ok(share >= least - luck(rounds) && share <= most + luck(rounds),
           "log-sd %.1f, %zu traces%s: %.1f %% of %u intervals hold %s", sd, n, sampled ? " with weights" : "",
           100 * share, rounds, names[k]);
    }
}

int main(void)
{
    static const size_t sizes[] = {50, 200, 2000};
    bool slow = getenv("TRACEKIT_SLOW") != NULL; /* make check-slow */
    struct rng r = {rng_seed() + 11};
    struct tki_backends all;
    struct tk_err err;
    if (tki_backends_open(&all, &err) < 0)
        bail_out("%s", err.text);
    for (int k = 0; k < BACKENDS; k++)
        if (tki_backend_choose(&all, tki_str(specs[k]), NULL, NULL, &backend[k], &err) < 0)
            bail_out("%s", err.text);
    for (size_t i = 0; i < (slow ? 3 : 1); i++)
        for (int k = 0; k < 4; k++)
            cover(&r, k % 2 ? 1.0 : 0.5, sizes[i], k >= 2, slow ? 1000 : 100);
    tki_backends_close(&all);
    return done_testing();
}
