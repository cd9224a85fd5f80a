/* What was measured of the dump: its size, how sure that is, and its size in each encoding. */
#include <math.h>

#include "report/number.h"
#include "tracecost.h"

static void say_quantiles(struct tki_doc *d, const uint64_t q[3], struct tki_datum (*value)(uint64_t))
{
    static const char *const names[] = {"p50 ", ", p95 ", ", max "};
    for (int i = 0; i < 3; i++) {
        tki_doc_say(d, "%s", names[i]);
        tki_doc_put(d, NULL, value(q[i]));
    }
}

static void data_quantiles(struct tki_doc *d, const char *key, const uint64_t q[3])
{
    tki_doc_object(d, key);
    tki_doc_data(d, "p50", tki_d_count(q[0]));
    tki_doc_data(d, "p95", tki_d_count(q[1]));
    tki_doc_data(d, "max", tki_d_count(q[2]));
    tki_doc_end(d);
}

static void put_traces(struct tki_doc *d, const struct tki_measured *m)
{
    tki_doc_line(d, "dump", "dump");
    tki_doc_put(d, "traces", tki_d_count(m->traces));
    tki_doc_say(d, " %s, ", tki_plural(m->traces, "trace", "traces"));
    tki_doc_put(d, "spans", tki_d_count(m->spans));
    tki_doc_say(d, " %s, ", tki_plural(m->spans, "span", "spans"));
    tki_doc_put(d, "otlp_proto_bytes", tki_d_bytes(m->bytes));
    tki_doc_say(d, " as OTLP protobuf, ");
    tki_doc_put(d, "otlp_json_bytes", tki_d_bytes(m->json_bytes));
    tki_doc_say(d, " as OTLP JSON");
    tki_doc_data(d, "weighted", tki_d_bool(m->weighted));
    tki_doc_data(d, "traces_with_unknown_rate", tki_d_count(m->unknown));
    tki_doc_data(d, "traces_represented", tki_d_number(m->represented));
    tki_doc_data(d, "n_eff", tki_d_number(m->n_eff));
    tki_doc_data(d, "seconds", tki_d_number(m->seconds));
    data_quantiles(d, "trace_spans", m->trace_spans);
    data_quantiles(d, "trace_bytes", m->trace_bytes);
    tki_doc_data(d, "largest_percent_share", tki_d_share(m->top_share));
    tki_doc_data(d, "span_events", tki_d_count(m->events));
    tki_doc_data(d, "span_links", tki_d_count(m->links));
    tki_doc_line(d, NULL, "weights");
    if (m->weighted) {
        tki_doc_say(d, "sampled before: the traces stand for ");
        tki_doc_put(d, NULL, tki_d_number(m->represented));
        tki_doc_say(d, " (as precise as ");
        tki_doc_put(d, NULL, tki_d_number(m->n_eff));
        tki_doc_say(d, " unweighted)");
    } else {
        tki_doc_say(d, "no trace says that it was sampled: each counts once");
    }
    if (m->unknown) {
        tki_doc_line(d, NULL, "");
        tki_doc_put(d, NULL, tki_d_count(m->unknown));
        tki_doc_say(d, " %s a sampler whose rate cannot be known: %s once",
                    tki_plural(m->unknown, "trace names", "traces name"),
                    tki_plural(m->unknown, "it counts", "they count"));
    }
    tki_doc_line(d, NULL, "a trace");
    say_quantiles(d, m->trace_spans, tki_d_count);
    tki_doc_say(d, " spans; ");
    say_quantiles(d, m->trace_bytes, tki_d_bytes);
}

/* " (95 %: 9.96 to 11.2)"; nothing when the dump is too small for one. */
static void say_interval(struct tki_doc *d, struct tki_datum like, struct tki_estimate e)
{
    if (isnan(e.low))
        return;
    tki_doc_say(d, e.low < e.high ? " (" : ", the same in every trace");
    if (!(e.low < e.high))
        return;
    tki_doc_put(d, NULL, tki_d_share(0.95));
    tki_doc_say(d, ": ");
    tki_doc_put(d, NULL, tki_d_range(like, e.low, e.high));
    tki_doc_say(d, ")");
}

static struct tki_datum estimate(struct tki_datum v, const char *from, struct tki_estimate e)
{
    return tki_d_estimate(v, e.low, e.high, from);
}

/* Traces arrive at random: the number of them in the dump is chance, too. */
static void put_rate_interval(struct tki_doc *d, const struct basis *b, const struct tki_measured *m)
{
    if (b->o->rate_text)
        return;
    if (m->traces < TKI_TRACES_MIN) {
        tki_doc_say(d, "; too few traces to say how sure that is");
        return;
    }
    double half = tki_student(m->traces - 1) / sqrt(m->n_eff), rate = b->traces_per_s;
    tki_doc_say(d, "; ");
    tki_doc_put(d, NULL, tki_d_share(0.95));
    tki_doc_say(d, ": ");
    tki_doc_put(d, NULL, tki_d_range(tki_d_number(rate), tki_low_end(rate, rate * half), rate * (1 + half)));
    tki_doc_say(d, " traces/s");
    tki_doc_data(d, "low", tki_d_number(tki_low_end(rate, rate * half)));
    tki_doc_data(d, "high", tki_d_number(rate * (1 + half)));
}

static void put_load(struct tki_doc *d, const struct basis *b, const struct tki_measured *m)
{
    const struct options *o = b->o;
    tki_doc_line(d, "traces_per_s", "rate");
    tki_doc_put(d, "value", tki_d_number(b->traces_per_s));
    tki_doc_data(d, "from", tki_d_words(b->rate_from));
    tki_doc_say(d, " traces/s, ");
    tki_doc_put(d, NULL, tki_d_number(b->all.per_s[TKI_Q_SPANS].mid));
    tki_doc_say(d, " spans/s (%s", b->rate_from);
    if (!o->rate_text) {
        tki_doc_say(d, " over ");
        tki_doc_put(d, NULL, tki_d_mean_ns(m->seconds * 1e9));
    }
    tki_doc_say(d, "%s", m->weighted ? ", before sampling" : "");
    put_rate_interval(d, b, m);
    tki_doc_say(d, ")");
    const struct tki_estimate none = {0, NAN, NAN};
    struct tki_datum spans = tki_d_number(b->spans_per_trace), bytes = tki_d_mean_bytes(b->span_bytes);
    tki_doc_line(d, NULL, "spans");
    tki_doc_put(d, "spans_per_trace", estimate(spans, b->spans_from, o->spans_given ? none : m->spans_per_trace));
    tki_doc_say(d, " a trace, %s", b->spans_from);
    if (!o->spans_given)
        say_interval(d, spans, m->spans_per_trace);
    tki_doc_line(d, NULL, "span bytes");
    tki_doc_put(d, "span_bytes", estimate(bytes, b->bytes_from, o->span_bytes_given ? none : m->span_bytes));
    tki_doc_say(d, ", %s", b->bytes_from);
    if (!o->span_bytes_given)
        say_interval(d, bytes, m->span_bytes);
}

static void warn_of_tail(struct tki_doc *d, const struct tki_measured *m)
{
    if (m->top_share <= TKI_TOP_SHARE_MAX)
        return;
    tki_doc_line(d, NULL, "tail");
    tki_doc_say(d, "the largest ");
    tki_doc_put(d, NULL, tki_d_share(0.01));
    tki_doc_say(d, " of traces carry ");
    tki_doc_put(d, NULL, tki_d_share(m->top_share));
    tki_doc_say(d, " of the bytes: the next dump may hold a trace that outweighs them, so measure a longer one");
}

void put_dump(struct tki_doc *d, const struct basis *b)
{
    const struct tki_measured *m = &b->d->all[GROUP_ALL];
    if (b->d->read)
        put_traces(d, m);
    put_load(d, b, m);
    if (b->d->read)
        warn_of_tail(d, m);
}

/* ---- encodings ---- */

static const struct tki_doc_column columns[] = {
    {.title = "a span as", .key = "encoding", .min = 30},
    {.title = "bytes", .key = "span_bytes", .right = true},
    {.title = "low to high", .right = true},
    {.key = "span_bytes_low"},
    {.key = "span_bytes_high"},
    {.title = "of OTLP", .key = "ratio", .right = true},
    {.key = "from"},
    {.key = "bytes"},
};

static void put_row(struct tki_doc *d, const char *name, double span, struct tki_estimate ratio, const char *from,
                    struct tki_datum bytes)
{
    const struct tki_datum mid = tki_d_mean_bytes(span * ratio.value);
    bool known = !isnan(ratio.low);
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(name));
    tki_doc_cell(d, mid);
    tki_doc_cell(d, known ? tki_d_range(mid, span * ratio.low, span * ratio.high) : tki_d_none());
    tki_doc_cell(d, known ? tki_d_mean_bytes(span * ratio.low) : tki_d_none());
    tki_doc_cell(d, known ? tki_d_mean_bytes(span * ratio.high) : tki_d_none());
    tki_doc_cell(d, tki_d_number(ratio.value));
    tki_doc_cell(d, tki_d_words(from));
    tki_doc_cell(d, bytes);
}

static struct tki_estimate modelled(const struct tki_estimate e, struct tki_range model, double given, double span)
{
    if (!isnan(given))
        return (struct tki_estimate){given / span, NAN, NAN};
    double low = isnan(e.low) ? e.value : e.low, high = isnan(e.high) ? e.value : e.high;
    return (struct tki_estimate){e.value * model.mid, low * model.low, high * model.high};
}

static struct tki_estimate relative(struct tki_estimate e)
{
    return (struct tki_estimate){1, e.low / e.value, e.high / e.value};
}

void put_encodings(struct tki_doc *d, const struct basis *b)
{
    const struct tki_measured *m = &b->d->all[GROUP_ALL];
    const struct tki_encodings *e = &b->d->encodings;
    if (!b->d->read || !m->bytes)
        return;
    double span = m->span_bytes.value, json = (double)m->json_bytes / (double)m->bytes;
    tki_doc_space(d);
    tki_doc_table(d, "encodings", columns, sizeof columns / sizeof *columns);
    put_row(d, "OTLP protobuf", span, relative(m->span_bytes), "all", tki_d_count(m->bytes));
    put_row(d, "OTLP JSON", span, (struct tki_estimate){json, NAN, NAN}, "all", tki_d_count(m->json_bytes));
    for (int k = 0; k < TKI_ENCODINGS; k++) {
        bool all = k < TKI_E_WRITTEN ? e->all : e->all_compressed;
        put_row(d, tki_encoding_names[k], span, e->of[k].ratio, all ? "all" : "sample",
                all ? tki_d_count(e->of[k].bytes) : tki_d_none());
    }
    put_row(d, "stored, columnar (model)", span,
            modelled(e->of[TKI_E_ZSTD_3].ratio, tki_columnar_model, b->o->calibrated_columnar, span),
            isnan(b->o->calibrated_columnar) ? "model" : "given", tki_d_none());
    put_row(d, "stored, Elasticsearch (model)", span,
            modelled(e->of[TKI_E_ES_JSON].ratio, tki_es_model, b->o->calibrated_elastic, span),
            isnan(b->o->calibrated_elastic) ? "model" : "given", tki_d_none());
    tki_doc_close(d);
    tki_doc_object(d, "sample");
    tki_doc_data(d, "traces", tki_d_count(e->traces));
    tki_doc_data(d, "spans", tki_d_count(e->spans));
    tki_doc_data(d, "otlp_proto_bytes", tki_d_count(e->proto_bytes));
    tki_doc_data(d, "whole_dump", tki_d_bool(e->all));
    tki_doc_end(d);
    if (!e->all) {
        tki_doc_line(d, NULL, "sample");
        tki_doc_put(d, NULL, tki_d_count(e->traces));
        tki_doc_say(d, " traces, ");
        tki_doc_put(d, NULL, tki_d_count(e->spans));
        tki_doc_say(d, " spans, chosen by a hash of their ids, were written in each encoding; --exact writes all");
    }
    if (!e->all_compressed) {
        tki_doc_line(d, NULL, e->all ? "sample" : "");
        tki_doc_put(d, NULL, tki_d_bytes(e->compressed_bytes));
        tki_doc_say(d, " as they were sent were compressed, in blocks of 4 MB");
    }
    if (e->spans < TKI_SPANS_FEW) {
        tki_doc_line(d, NULL, "few spans");
        tki_doc_say(d, "of fewer than ");
        tki_doc_put(d, NULL, tki_d_count(TKI_SPANS_FEW));
        tki_doc_say(d, ", what a compressed block has only once is a large part: a store will need less for a span");
    }
}
