/* The report: what was measured or assumed, then a line for each share that might be kept. */
#include <math.h>
#include <stdio.h>

#include "cli/msg.h"
#include "report/number.h"
#include "tracecost.h"

enum { LABEL = 12 }; /* columns of "span bytes" and a gap */

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

/* ---- the document ---- */

/* " (95 %: 9.96 to 11.2)"; nothing when the dump is too small for one. */
static void say_interval(struct tki_doc *d, struct tki_datum like, struct tki_estimate e)
{
    if (isnan(e.half_width))
        return;
    tki_doc_say(d, " (");
    tki_doc_put(d, NULL, tki_d_share(0.95));
    tki_doc_say(d, ": ");
    tki_doc_put(d, NULL, tki_d_range(like, e.value - e.half_width, e.value + e.half_width));
    tki_doc_say(d, ")");
}

static struct tki_datum estimate(struct tki_datum v, const char *from, struct tki_estimate e)
{
    return tki_d_estimate(v, e.value - e.half_width, e.value + e.half_width, from);
}

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

static void put_dump(struct tki_doc *d, const struct tki_measured *m)
{
    tki_doc_line(d, "dump", "dump");
    tki_doc_put(d, "traces", tki_d_count(m->traces));
    tki_doc_say(d, " %s, ", tki_plural(m->traces, "trace", "traces"));
    tki_doc_put(d, "spans", tki_d_count(m->spans));
    tki_doc_say(d, " %s, ", tki_plural(m->spans, "span", "spans"));
    tki_doc_put(d, "otlp_proto_bytes", tki_d_bytes(m->bytes));
    tki_doc_say(d, " as OTLP protobuf,");
    tki_doc_break(d);
    tki_doc_put(d, "otlp_json_bytes", tki_d_bytes(m->json_bytes));
    tki_doc_say(d, " as OTLP JSON");
    tki_doc_data(d, "weighted", tki_d_bool(m->weighted));
    tki_doc_data(d, "traces_with_unknown_rate", tki_d_count(m->unknown));
    tki_doc_data(d, "traces_represented", tki_d_number(m->represented));
    tki_doc_data(d, "n_eff", tki_d_number(m->n_eff));
    tki_doc_data(d, "seconds", tki_d_number(m->seconds));
    data_quantiles(d, "trace_spans", m->trace_spans);
    data_quantiles(d, "trace_bytes", m->trace_bytes);
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

static void put_load(struct tki_doc *d, const struct options *o, const struct tki_measured *m, const struct basis *b)
{
    tki_doc_line(d, "traces_per_s", "rate");
    tki_doc_put(d, "value", tki_d_number(b->traces_per_s));
    tki_doc_data(d, "from", tki_d_words(b->rate_from));
    tki_doc_say(d, " traces/s, ");
    tki_doc_put(d, NULL, tki_d_number(b->traces_per_s * b->spans_per_trace));
    tki_doc_say(d, " spans/s (%s", b->rate_from);
    if (!o->rate_given) {
        tki_doc_say(d, " over ");
        tki_doc_put(d, NULL, tki_d_mean_ns(m->seconds * 1e9));
    }
    tki_doc_say(d, "%s)", m->weighted ? ", before sampling" : "");
    const struct tki_estimate none = {NAN, NAN};
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

static void put_store(struct tki_doc *d, const struct basis *b)
{
    const struct tki_plan *plan = &b->plan;
    tki_doc_data(d, "month_days", tki_d_given(plan->month_days));
    tki_doc_line(d, NULL, "store");
    tki_doc_say(d, "kept ");
    tki_doc_put(d, "retention_days", tki_d_given(plan->retention_days));
    tki_doc_say(d, " %s, ", plan->retention_days == 1 ? "day" : "days");
    tki_doc_put(d, "ratio", tki_d_given(plan->ratio));
    tki_doc_say(d, ":1 compressed, ");
    tki_doc_put(d, "replicas", tki_d_given(plan->replicas));
    tki_doc_say(d, " %s", plan->replicas == 1 ? "copy" : "copies");
    tki_doc_line(d, "price", "price");
    tki_doc_put(d, "item", tki_d_words(b->price.item));
    tki_doc_say(d, ": $");
    tki_doc_put(d, "dollars_per_gb_month", tki_d_given(b->price.tiers[0].dollars));
    tki_doc_say(d, " per GB and month");
    if (b->price.date[0])
        tki_doc_say(d, " (%s%s%s)", b->price.note, b->price.note[0] ? ", " : "", b->price.date);
    tki_doc_data(d, "date", tki_d_words(b->price.date));
}

static void put_rows(struct tki_doc *d, const struct basis *b)
{
    static const struct tki_doc_column columns[] = {
        {.title = "kept", .key = "kept"},
        {.title = "traces", .key = "traces_share", .right = true},
        {.title = "spans/s", .key = "spans_per_s", .right = true},
        {.title = "bytes", .right = true},
        {.title = "a day", .right = true},
        {.title = "a month", .right = true},
        {.title = "stored", .right = true},
        {.key = "gb_per_s"},
        {.key = "gb_per_day"},
        {.key = "tb_per_month"},
        {.key = "stored_gb"},
        {.title = "$/month", .key = "dollars_per_month", .right = true},
        {.key = "spans_share"},
        {.key = "bytes_share"},
    };
    tki_doc_table(d, "rows", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    for (size_t i = 0; i < b->nrows; i++) {
        const struct row *r = &b->rows[i];
        const struct tki_projection *p = &r->p;
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_words(r->name));
        tki_doc_cell(d, tki_d_share(r->traces));
        tki_doc_cell(d, tki_d_number(p->spans_per_s));
        tki_doc_cell(d, tki_d_byte_rate(p->bytes_per_s));
        tki_doc_cell(d, tki_d_mean_bytes(p->gb_per_day * 1e9));
        tki_doc_cell(d, tki_d_mean_bytes(p->tb_per_month * 1e12));
        tki_doc_cell(d, tki_d_mean_bytes(p->stored_gb * 1e9));
        tki_doc_cell(d, tki_d_number(p->bytes_per_s / 1e9));
        tki_doc_cell(d, tki_d_number(p->gb_per_day));
        tki_doc_cell(d, tki_d_number(p->tb_per_month));
        tki_doc_cell(d, tki_d_number(p->stored_gb));
        tki_doc_cell(d, tki_d_dollars(p->dollars));
        tki_doc_cell(d, tki_d_share(r->spans));
        tki_doc_cell(d, tki_d_share(r->bytes));
    }
}

static void say_dollars(struct tki_doc *d, const char *before, const struct row *r)
{
    tki_doc_say(d, "%s$", before);
    tki_doc_put(d, NULL, tki_d_dollars(r->p.dollars));
}

/* What it costs, in a sentence. */
static void verdict(struct tki_doc *d, const struct dump *dump, const struct basis *b)
{
    size_t all = 0, nrows = b->nrows - dump->replayed;
    while (all < nrows && b->rows[all].traces != 1)
        all++;
    tki_doc_verdict(d, NULL);
    tki_doc_say(d, "At ");
    tki_doc_put(d, NULL, tki_d_number(b->traces_per_s));
    tki_doc_say(d, " traces/s, ");
    if (all < nrows) {
        say_dollars(d, "keeping all costs ", &b->rows[all]);
    } else if (nrows) {
        tki_doc_say(d, "keeping %s", b->rows[0].name);
        say_dollars(d, " costs ", &b->rows[0]);
    }
    tki_doc_say(d, " a month %s %s", b->price.date[0] ? "on" : "at", b->price.item);
    if (dump->all.weighted && all > 0)
        say_dollars(d, ", what is in the dump ", &b->rows[0]);
    if (dump->replayed) {
        const struct row *r = &b->rows[b->nrows - 1];
        say_dollars(d, ", what the policy keeps ", r);
        tki_doc_say(d, ": ");
        tki_doc_put(d, NULL, tki_d_share(r->traces));
        tki_doc_say(d, " of traces and ");
        tki_doc_put(d, NULL, tki_d_share(r->bytes));
        tki_doc_say(d, " of bytes");
    }
    tki_doc_say(d, ".");
}

static void put_notes(struct tki_doc *d, const struct dump *dump)
{
    if (dump->replayed) {
        tki_doc_line(d, NULL, "policy");
        tki_doc_say(d, "%s, measured on ", dump->processor);
        tki_doc_put(d, NULL, tki_d_count(dump->all.traces));
        tki_doc_say(d, " %s, judged whole", tki_plural(dump->all.traces, "trace", "traces"));
    }
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(d,
                "Bytes are those written, in powers of 1000.  Dollars are for what is stored once the retention time "
                "has passed, without requests and traffic.");
}

void report(const struct options *o, const struct dump *dump)
{
    struct basis b = {0};
    struct tki_doc d;
    settle(o, dump, &b);
    add_rows(o, dump, &b);
    tki_doc_init(&d, "cost", 1, "What keeping these traces costs");
    tki_doc_labels(&d, LABEL);
    tki_doc_data(&d, "complete", tki_d_bool(dump->status == 0));
    verdict(&d, dump, &b);
    tki_doc_space(&d);
    put_rows(&d, &b);
    tki_doc_space(&d);
    if (dump->read)
        put_dump(&d, &dump->all);
    put_load(&d, o, &dump->all, &b);
    put_store(&d, &b);
    put_notes(&d, dump);
    tki_report_write(&o->report, &d);
    tki_doc_free(&d);
}

void report_prices(const struct options *o)
{
    static const struct tki_doc_column columns[] = {
        {.title = "name", .key = "name"},
        {.title = "$/GB-month", .key = "dollars_per_gb_month", .right = true},
        {.title = "item", .key = "item", .shrink = TKI_WRAP},
        {.title = "read", .key = "read"},
        {.title = "note", .key = "note", .shrink = TKI_WRAP},
    };
    struct tki_doc d;
    tki_doc_init(&d, "prices", 1, "Prices of storage");
    tki_doc_table(&d, "prices", columns, sizeof columns / sizeof *columns);
    tki_doc_main(&d);
    for (const struct tki_price *p = tki_prices; p->name; p++) {
        tki_doc_row(&d);
        tki_doc_cell(&d, tki_d_words(p->name));
        tki_doc_cell(&d, tki_d_given(p->tiers[0].dollars));
        tki_doc_cell(&d, tki_d_words(p->item));
        tki_doc_cell(&d, tki_d_words(p->date));
        tki_doc_cell(&d, tki_d_words(p->note));
    }
    tki_report_write(&o->report, &d);
    tki_doc_free(&d);
}
