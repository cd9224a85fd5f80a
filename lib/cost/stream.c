#include "cost/stream.h"

#include <math.h>

const struct tki_range tki_columnar_model = {0.85, 1.1, 1.35};
const struct tki_range tki_es_model = {0.36, 0.38, 0.44};

static struct tki_range unknown(void)
{
    return tki_range_exact(NAN);
}

static struct tki_range range_of(struct tki_estimate e)
{
    return isnan(e.low) ? tki_range_exact(e.value) : (struct tki_range){e.low, e.value, e.high};
}

/* Without a dump: what was given. */
static void given(const struct tki_stream *s, struct tki_quantities *q)
{
    double spans = s->per == TKI_MEAN_TRACES  ? s->per_s * s->spans_per_trace
                   : s->per == TKI_MEAN_SPANS ? s->per_s
                                              : s->per_s / s->span_bytes;
    const struct tki_range proto = tki_range_exact(spans * s->span_bytes);
    for (int k = 0; k < TKI_Q_COUNT; k++) {
        double known = k == TKI_Q_ES_STORED ? s->es_span : k == TKI_Q_COLUMNAR ? s->columnar_span : NAN;
        bool assumed = tki_assumed_factor[k].mid > 0 && isnan(known);
        q->per_s[k] = assumed ? tki_range_times(proto, tki_assumed_factor[k]) : tki_range_exact(spans * known);
        q->assumed |= (uint32_t)assumed << k;
    }
    q->per_s[TKI_Q_TRACES] = tki_range_exact(spans / s->spans_per_trace);
    q->per_s[TKI_Q_SPANS] = tki_range_exact(spans);
    q->per_s[TKI_Q_PROTO] = proto;
}

/* What was given instead of measured changes all that depends on it; both given leave no range. */
static void correct(const struct tki_stream *s, struct tki_quantities *q)
{
    const struct tki_estimate *spans = &s->all->spans_per_trace, *bytes = &s->all->span_bytes;
    double f = isnan(s->spans_per_trace) ? 1 : s->spans_per_trace / spans->value;
    double g = isnan(s->span_bytes) ? 1 : s->span_bytes / bytes->value;
    double traces = s->per == TKI_MEAN_TRACES ? 1 : s->per == TKI_MEAN_SPANS ? 1 / f : 1 / (f * g);
    const double factor[] = {[TKI_Q_TRACES] = traces,
                             [TKI_Q_SPANS] = traces * f,
                             [TKI_Q_EVENTS] = traces * f,
                             [TKI_Q_LINKS] = traces * f,
                             [TKI_Q_PROTO] = traces * f * g};
    for (int k = 0; k <= TKI_Q_PROTO; k++) {
        q->per_s[k] = tki_range_scale(q->per_s[k], factor[k]);
        if (!isnan(s->spans_per_trace) && !isnan(s->span_bytes))
            q->per_s[k] = tki_range_exact(q->per_s[k].mid);
    }
}

static void encode(const struct tki_stream *s, struct tki_quantities *q)
{
    static const enum tki_quantity of[TKI_ENCODINGS] = {
        [TKI_E_JAEGER_JSON] = TKI_Q_JAEGER_JSON,
        [TKI_E_JAEGER_PROTO] = TKI_Q_JAEGER_PROTO,
        [TKI_E_ZIPKIN_JSON] = TKI_Q_ZIPKIN_JSON,
        [TKI_E_ES_JSON] = TKI_Q_ES_JSON,
        [TKI_E_ZSTD_1] = TKI_Q_COUNT,
        [TKI_E_ZSTD_3] = TKI_Q_ZSTD,
    };
    const struct tki_range proto = q->per_s[TKI_Q_PROTO];
    if (s->all->bytes)
        q->per_s[TKI_Q_JSON] = tki_range_scale(proto, (double)s->all->json_bytes / (double)s->all->bytes);
    for (int k = 0; k < TKI_ENCODINGS; k++)
        if (of[k] != TKI_Q_COUNT)
            q->per_s[of[k]] = tki_range_times(proto, range_of(s->encodings->of[k].ratio));
}

/* A deployment that is known: so many bytes of a span of this dump, so in proportion to its bytes. */
static struct tki_range calibrated(const struct tki_stream *s, struct tki_range proto, double span)
{
    double bytes = isnan(s->span_bytes) ? s->all->span_bytes.value : s->span_bytes;
    return tki_range_scale(proto, span / bytes);
}

void tki_stream_quantities(const struct tki_stream *s, const struct tki_measured *kept, struct tki_quantities *q)
{
    static const enum tki_quantity of[TKI_MEANS] = {[TKI_MEAN_TRACES] = TKI_Q_TRACES,
                                                    [TKI_MEAN_SPANS] = TKI_Q_SPANS,
                                                    [TKI_MEAN_EVENTS] = TKI_Q_EVENTS,
                                                    [TKI_MEAN_LINKS] = TKI_Q_LINKS,
                                                    [TKI_MEAN_BYTES] = TKI_Q_PROTO};
    q->assumed = 0;
    if (!s->all) {
        given(s, q);
        return;
    }
    const struct tki_measured *m = kept ? kept : s->all;
    for (int k = 0; k < TKI_Q_COUNT; k++)
        q->per_s[k] = unknown();
    for (int k = 0; k < TKI_MEANS; k++) {
        struct tki_range r = range_of(m->kept[k]);
        if (s->measured && !isnan(m->spread))
            r = (struct tki_range){tki_low_end(r.mid, r.mid * m->spread), r.mid, r.mid * (1 + m->spread)};
        q->per_s[of[k]] = tki_range_scale(r, s->per_s);
    }
    correct(s, q);
    if (s->encodings)
        encode(s, q);
    const struct tki_range proto = q->per_s[TKI_Q_PROTO];
    q->per_s[TKI_Q_COLUMNAR] = isnan(s->columnar_span) ? tki_range_times(q->per_s[TKI_Q_ZSTD], tki_columnar_model)
                                                       : calibrated(s, proto, s->columnar_span);
    q->per_s[TKI_Q_ES_STORED] =
        isnan(s->es_span) ? tki_range_times(q->per_s[TKI_Q_ES_JSON], tki_es_model) : calibrated(s, proto, s->es_span);
}
