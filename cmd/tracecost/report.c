/* The report: what was measured or assumed, then a line for each share that might be kept. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/json_out.h"
#include "cli/msg.h"
#include "cli/table.h"
#include "io/sink.h"
#include "report/number.h"
#include "tracecost.h"

enum { WIDTH = 80 };

/* One line of the table. */
struct row {
    char name[TKI_QUANTITY_MAX];
    double traces, spans, bytes; /* shares of what arrives */
    struct tki_projection p;
};

/* What the projection rests on. */
struct basis {
    double traces_per_s, spans_per_trace, span_bytes;
    const char *rate_from, *spans_from, *bytes_from; /* "given" or "measured" */
    struct tki_price price;
    struct tki_plan plan;
    struct row rows[SHARES_MAX + 2];
    size_t nrows;
};

static void choose_price(const struct options *o, struct basis *b)
{
    b->price = *tki_price_find(o->price ? o->price : "s3");
    if (o->price_gb_given)
        b->price = (struct tki_price){.name = "given",
                                      .item = "the price given",
                                      .date = "",
                                      .note = "",
                                      .tiers = {{(double)INFINITY, o->price_gb}}};
    b->plan =
        (struct tki_plan){.month_days = o->month_days, .ratio = o->ratio, .replicas = o->replicas, .price = &b->price};
    b->plan.retention_days = o->retention_given ? (double)o->retention_ns / 86400e9 : o->month_days;
}

/* How many traces arrived for each that the dump holds. */
static double before_sampling(const struct dump *d)
{
    return d->all.traces ? d->all.represented / (double)d->all.traces : 1;
}

static void settle(const struct options *o, const struct dump *d, struct basis *b)
{
    choose_price(o, b);
    b->spans_per_trace = o->spans_given ? o->spans : d->all.spans_per_trace.value;
    b->spans_from = o->spans_given ? "given" : "measured";
    b->span_bytes = o->span_bytes_given ? (double)o->span_bytes : d->all.span_bytes.value;
    b->bytes_from = o->span_bytes_given ? "given" : "measured";
    b->rate_from = o->rate_given ? "given" : "measured";
    if (o->rate_given && o->rate_of == RATE_OF_KEPT)
        b->traces_per_s = o->rate * before_sampling(d);
    else if (o->rate_given)
        b->traces_per_s = o->rate_of == RATE_OF_SPANS ? o->rate / b->spans_per_trace : o->rate;
    else if (d->all.seconds > 0)
        b->traces_per_s = d->all.represented / d->all.seconds;
    else
        tki_die(TKI_EXIT_USAGE, "the dump's traces do not begin at different times: give the rate with --rate");
}

static void add_row(struct basis *b, double traces, double spans, double bytes)
{
    struct row *r = &b->rows[b->nrows++];
    r->traces = traces;
    r->spans = spans;
    r->bytes = bytes;
    double per_s = b->traces_per_s * b->spans_per_trace;
    r->p = tki_project(&b->plan, per_s * spans, spans > 0 ? b->span_bytes * bytes / spans : 0);
}

/* A share of traces at random keeps the same share of spans and bytes; a policy does not. */
static void add_rows(const struct options *o, const struct dump *d, struct basis *b)
{
    double all = d->all.represented, kept = d->kept.traces ? d->kept.represented : 0;
    double spans = d->all.spans_per_trace.value * all, bytes = d->all.span_bytes.value * spans;
    if (d->all.weighted) {
        snprintf(b->rows[b->nrows].name, sizeof b->rows[b->nrows].name, "as it is");
        add_row(b, (double)d->all.traces / all, (double)d->all.spans / spans, (double)d->all.bytes / bytes);
    }
    for (size_t i = 0; i < o->nshares; i++) {
        if (d->all.weighted && o->share[i] == 1)
            snprintf(b->rows[b->nrows].name, sizeof b->rows[b->nrows].name, "before sampling");
        else
            tki_percent_format(b->rows[b->nrows].name, o->share[i]);
        add_row(b, o->share[i], o->share[i], o->share[i]);
    }
    if (!d->replayed || !(all > 0))
        return;
    double kept_spans = d->kept.traces ? d->kept.spans_per_trace.value * kept : 0;
    double kept_bytes = d->kept.traces ? d->kept.span_bytes.value * kept_spans : 0;
    snprintf(b->rows[b->nrows].name, sizeof b->rows[b->nrows].name, "after policy");
    add_row(b, kept / all, kept_spans / spans, kept_bytes / bytes);
}

/* ---- text ---- */

static void interval(struct tki_buf *out, struct tki_estimate e)
{
    if (e.half_width == e.half_width)
        tki_buf_printf(out, " (95 %%: %.4g to %.4g)", e.value - e.half_width, e.value + e.half_width);
}

static void text_basis(const struct options *o, const struct dump *d, const struct basis *b, struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX], c[TKI_QUANTITY_MAX];
    const struct tki_measured *m = &d->all;
    if (d->read) {
        tki_buf_printf(out, "dump        %s traces, %s spans, ", tki_count_format(a, m->traces),
                       tki_count_format(c, m->spans));
        tki_buf_printf(out, "%s as OTLP protobuf,\n            %s as OTLP JSON\n", tki_size_format(a, m->bytes),
                       tki_size_format(c, m->json_bytes));
        if (m->weighted)
            tki_buf_printf(out, "weights     ot=th: the traces stand for %.0f (as precise as %.0f unweighted)\n",
                           m->represented, m->n_eff);
        else
            tki_buf_lit(out, "weights     no sampling thresholds seen: every trace counts once\n");
        if (m->unknown)
            tki_buf_printf(out, "            %s traces name a sampler whose rate cannot be known: they count once\n",
                           tki_count_format(a, m->unknown));
        tki_buf_printf(out, "a trace     p50 %s, p95 %s, ", tki_count_format(a, m->trace_spans[0]),
                       tki_count_format(c, m->trace_spans[1]));
        tki_buf_printf(out, "max %s spans; p50 %s, ", tki_count_format(a, m->trace_spans[2]),
                       tki_size_format(c, m->trace_bytes[0]));
        tki_buf_printf(out, "p95 %s, max %s\n", tki_size_format(a, m->trace_bytes[1]),
                       tki_size_format(c, m->trace_bytes[2]));
    }
    tki_buf_printf(out, "rate        %.4g traces/s, %.4g spans/s (%s", b->traces_per_s,
                   b->traces_per_s * b->spans_per_trace, b->rate_from);
    if (!o->rate_given)
        tki_buf_printf(out, " over %s", tki_duration_format(a, m->seconds * 1e9));
    tki_buf_printf(out, "%s)\nspans       %.4g a trace, %s", m->weighted ? ", before sampling" : "", b->spans_per_trace,
                   b->spans_from);
    if (!o->spans_given)
        interval(out, m->spans_per_trace);
    tki_buf_printf(out, "\nspan bytes  %.4g, %s", b->span_bytes, b->bytes_from);
    if (!o->span_bytes_given)
        interval(out, m->span_bytes);
    tki_buf_printf(out, "\nstore       kept %.4g days, %.4g:1 compressed, %.4g %s\n", b->plan.retention_days,
                   b->plan.ratio, b->plan.replicas, b->plan.replicas == 1 ? "copy" : "copies");
    tki_buf_printf(out, "price       %s: $%.4g per GB and month", b->price.item, b->price.tiers[0].dollars);
    if (b->price.date[0])
        tki_buf_printf(out, " (%s%s%s)", b->price.note, b->price.note[0] ? ", " : "", b->price.date);
    tki_buf_lit(out, "\n\n");
}

static void table(const struct basis *b, bool tsv, struct tki_buf *out)
{
    static const struct tki_column columns[] = {
        {"kept", "kept", false, false},          {"traces", "traces_share", true, false},
        {"spans/s", "spans_per_s", true, false}, {"GB/s", "gb_per_s", true, false},
        {"GB/day", "gb_per_day", true, false},   {"TB/month", "tb_per_month", true, false},
        {"stored GB", "stored_gb", true, false}, {"$/month", "dollars_per_month", true, false},
    };
    struct tki_table t;
    tki_table_init(&t, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < b->nrows; i++) {
        const struct row *r = &b->rows[i];
        const double values[] = {r->p.spans_per_s,  r->p.bytes_per_s / 1e9, r->p.gb_per_day,
                                 r->p.tb_per_month, r->p.stored_gb,         r->p.dollars};
        char shown[TKI_QUANTITY_MAX], raw[40];
        tki_table_add(&t, tki_str(r->name));
        snprintf(raw, sizeof raw, "%.6g", r->traces);
        tki_table_add2(&t, tki_str(tki_percent_format(shown, r->traces)), tki_str(raw));
        for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
            snprintf(raw, sizeof raw, "%.6g", values[j]);
            if (j == 5)
                snprintf(shown, sizeof shown, "%.2f", values[j]);
            else
                snprintf(shown, sizeof shown, "%.4g", values[j]);
            if (values[j] >= 10000)
                tki_count_format(shown, (uint64_t)(values[j] + 0.5));
            tki_table_add2(&t, tki_str(shown), tki_str(raw));
        }
    }
    if (tsv)
        tki_table_tsv(&t, out);
    else
        tki_table_text(&t, out, WIDTH, 0);
    tki_table_free(&t);
}

static void text_notes(const struct dump *d, const struct basis *b, struct tki_buf *out)
{
    char a[TKI_QUANTITY_MAX], c[TKI_QUANTITY_MAX];
    if (d->replayed) {
        const struct row *r = &b->rows[b->nrows - 1];
        tki_buf_printf(out, "\nafter policy: %s keeps %s of traces and %s of bytes;\n", d->processor,
                       tki_percent_format(a, r->traces), tki_percent_format(c, r->bytes));
        tki_buf_printf(out, "measured on %s traces, judged whole.\n", tki_count_format(a, d->all.traces));
    }
    tki_buf_lit(out, "\nGB and TB are bytes written, in powers of 1000.  Dollars are for what is stored\n"
                     "once the retention time has passed, without requests and traffic.\n");
}

/* ---- JSON ---- */

static void json_estimate(struct tki_json *j, const char *key, double value, const char *from, struct tki_estimate e,
                          bool measured)
{
    tki_json_object(j, key);
    tki_json_double(j, "value", value);
    tki_json_text(j, "from", from);
    if (measured) {
        tki_json_double(j, "low", e.value - e.half_width);
        tki_json_double(j, "high", e.value + e.half_width);
    }
    tki_json_end(j);
}

static void json_dump(struct tki_json *j, const struct tki_measured *m)
{
    tki_json_object(j, "dump");
    tki_json_u64(j, "traces", m->traces);
    tki_json_u64(j, "spans", m->spans);
    tki_json_u64(j, "otlp_proto_bytes", m->bytes);
    tki_json_u64(j, "otlp_json_bytes", m->json_bytes);
    tki_json_bool(j, "weighted", m->weighted);
    tki_json_double(j, "traces_represented", m->represented);
    tki_json_double(j, "n_eff", m->n_eff);
    tki_json_double(j, "seconds", m->seconds);
    tki_json_end(j);
}

static void json(const struct options *o, const struct dump *d, const struct basis *b, struct tki_buf *out)
{
    struct tki_json j = {.to = out};
    tki_json_object(&j, NULL);
    tki_json_text(&j, "schema", "tracekit.cost.v1");
    if (d->read)
        json_dump(&j, &d->all);
    tki_json_object(&j, "traces_per_s");
    tki_json_double(&j, "value", b->traces_per_s);
    tki_json_text(&j, "from", b->rate_from);
    tki_json_end(&j);
    json_estimate(&j, "spans_per_trace", b->spans_per_trace, b->spans_from, d->all.spans_per_trace, !o->spans_given);
    json_estimate(&j, "span_bytes", b->span_bytes, b->bytes_from, d->all.span_bytes, !o->span_bytes_given);
    tki_json_object(&j, "price");
    tki_json_text(&j, "item", b->price.item);
    tki_json_text(&j, "date", b->price.date);
    tki_json_double(&j, "dollars_per_gb_month", b->price.tiers[0].dollars);
    tki_json_end(&j);
    tki_json_double(&j, "month_days", b->plan.month_days);
    tki_json_double(&j, "retention_days", b->plan.retention_days);
    tki_json_double(&j, "ratio", b->plan.ratio);
    tki_json_double(&j, "replicas", b->plan.replicas);
    tki_json_array(&j, "rows");
    for (size_t i = 0; i < b->nrows; i++) {
        const struct row *r = &b->rows[i];
        tki_json_object(&j, NULL);
        tki_json_text(&j, "kept", r->name);
        tki_json_double(&j, "traces_share", r->traces);
        tki_json_double(&j, "spans_share", r->spans);
        tki_json_double(&j, "bytes_share", r->bytes);
        tki_json_double(&j, "spans_per_s", r->p.spans_per_s);
        tki_json_double(&j, "bytes_per_s", r->p.bytes_per_s);
        tki_json_double(&j, "gb_per_day", r->p.gb_per_day);
        tki_json_double(&j, "tb_per_month", r->p.tb_per_month);
        tki_json_double(&j, "stored_gb", r->p.stored_gb);
        tki_json_double(&j, "dollars_per_month", r->p.dollars);
        tki_json_end(&j);
    }
    tki_json_end(&j);
    tki_json_end(&j);
}

static void emit(const struct options *o, struct tki_buf *out)
{
    struct tki_sink *sink;
    struct tk_err err = {0};
    if (out->err)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (tki_sink_open(&sink, o->common.output, (int)o->common.compress, 0, &err) < 0 ||
        tki_sink_write(sink, out->p, out->n, &err) < 0 || tki_sink_close(sink, &err) < 0)
        tki_die_err(&err);
    tki_buf_free(out);
}

void report(const struct options *o, const struct dump *d)
{
    struct basis b = {0};
    struct tki_buf out = {0};
    settle(o, d, &b);
    add_rows(o, d, &b);
    if (o->common.json) {
        json(o, d, &b, &out);
    } else if (o->tsv) {
        table(&b, true, &out);
    } else {
        text_basis(o, d, &b, &out);
        table(&b, false, &out);
        text_notes(d, &b, &out);
    }
    emit(o, &out);
}

void report_prices(const struct options *o)
{
    static const struct tki_column columns[] = {{"name", NULL, false, false},
                                                {"$/GB-month", NULL, true, false},
                                                {"item", NULL, false, false},
                                                {"read", NULL, false, false},
                                                {"note", NULL, false, true}};
    struct tki_table t;
    struct tki_buf out = {0};
    tki_table_init(&t, columns, sizeof columns / sizeof *columns);
    for (const struct tki_price *p = tki_prices; p->name; p++) {
        tki_table_add(&t, tki_str(p->name));
        tki_table_addf(&t, "%.4g", p->tiers[0].dollars);
        tki_table_add(&t, tki_str(p->item));
        tki_table_add(&t, tki_str(p->date));
        tki_table_add(&t, tki_str(p->note));
    }
    if (o->tsv)
        tki_table_tsv(&t, &out);
    else
        tki_table_text(&t, &out, WIDTH, 0);
    tki_table_free(&t);
    emit(o, &out);
}
