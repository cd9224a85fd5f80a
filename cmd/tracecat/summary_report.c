/* --stats as a document: one screen about a dump. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/summary.h"
#include "report/number.h"
#include "tracecat.h"

enum { SERVICES_SHOWN = 10, RATES_SHOWN = 5 };

static void say_counted(struct tki_doc *d, const char *key, uint64_t n, const char *one, const char *many)
{
    tki_doc_put(d, key, tki_d_count(n));
    tki_doc_say(d, " %s", tki_plural(n, one, many));
}

static void put_kinds(struct tki_doc *d, const struct tki_summary *s)
{
    static const unsigned kinds[] = {TK_KIND_SERVER,   TK_KIND_CLIENT,      TK_KIND_INTERNAL, TK_KIND_PRODUCER,
                                     TK_KIND_CONSUMER, TK_KIND_UNSPECIFIED, TKI_KINDS};
    int shown = 0;
    if (s->counts.spans)
        tki_doc_line(d, "kinds", "kinds");
    else
        tki_doc_object(d, "kinds");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint64_t n = s->counts.kinds[kinds[i]];
        const char *name = tk_kind_name(kinds[i]) ? tk_kind_name(kinds[i]) : "unknown"; /* all other numbers */
        if (!n) {
            tki_doc_data(d, name, tki_d_count(0));
            continue;
        }
        tki_doc_say(d, "%s%s ", shown++ ? ", " : "", name);
        tki_doc_put(d, name, tki_d_count(n));
    }
    if (!s->counts.spans)
        tki_doc_end(d);
}

/* With a selection the bytes are those of all spans, and say nothing of one. */
static void put_counts(struct tki_doc *d, const struct tki_summary *s, const struct tk_read_stats *st, bool selected)
{
    const struct tki_span_counts *c = &s->counts;
    tki_doc_line(d, NULL, "spans");
    tki_doc_put(d, "spans", tki_d_count(c->spans));
    tki_doc_say(d, " in ");
    say_counted(d, "traces", s->traces, "trace", "traces");
    tki_doc_say(d, ", ");
    say_counted(d, NULL, s->services.n, "service", "services");
    tki_doc_line(d, NULL, "bytes");
    tki_doc_put(d, "bytes", tki_d_bytes(st->bytes));
    tki_doc_data(d, "bytes_read", tki_d_bytes(st->bytes_read));
    tki_doc_data(d, "spans_read", tki_d_count(st->spans));
    if (st->bytes_read != st->bytes) {
        tki_doc_say(d, " (");
        tki_doc_put(d, NULL, tki_d_bytes(st->bytes_read));
        tki_doc_say(d, st->bytes_read < st->bytes ? " compressed)" : " with what is around them)");
    }
    if (selected) {
        tki_doc_say(d, ", with all ");
        say_counted(d, NULL, st->spans, "span", "spans");
        tki_doc_say(d, " of the input");
    } else if (c->spans) {
        tki_doc_say(d, ", ");
        tki_doc_put(d, NULL, tki_d_count(st->bytes / c->spans));
        tki_doc_say(d, " a span");
    }
    tki_doc_line(d, NULL, "errors");
    say_counted(d, "error_spans", c->errors, "span", "spans");
    tki_doc_say(d, " in ");
    say_counted(d, "error_traces", s->with_errors, "trace", "traces");
    tki_doc_line(d, NULL, "events");
    tki_doc_put(d, "events", tki_d_count(c->events));
    tki_doc_say(d, ", links ");
    tki_doc_put(d, "links", tki_d_count(c->links));
    tki_doc_close(d);
    put_kinds(d, s);
    tki_doc_line(d, NULL, "roots");
    tki_doc_data(d, "root_spans", tki_d_count(c->spans - c->with_parent));
    say_counted(d, "traces_without_root", s->no_root, "trace", "traces");
    tki_doc_say(d, " without, ");
    tki_doc_put(d, "traces_with_several_roots", tki_d_count(s->many_roots));
    tki_doc_say(d, " with several");
}

static const char *resolution(uint64_t ticks)
{
    static const char *const names[] = {"1 ns",   "10 ns", "100 ns", "1 us",   "10 us",
                                        "100 us", "1 ms",  "10 ms",  "100 ms", "1 s"};
    unsigned i = 0;
    for (; ticks >= 10 && i < 9; ticks /= 10)
        i++;
    return names[i];
}

static struct tki_datum moment(const struct options *o, uint64_t ns)
{
    struct tki_datum at = tki_d_time(ns);
    return o->east ? tki_d_zoned(at, o->east(ns / 1000000000)) : at;
}

static void put_times(struct tki_doc *d, const struct options *o, const struct tki_summary *s)
{
    const struct tki_span_counts *c = &s->counts;
    bool timed = s->start_min_ns != TKI_NO_TIME;
    tki_doc_close(d);
    if (timed) {
        tki_doc_line(d, NULL, "time");
        tki_doc_put(d, "time_min_unix_nano", moment(o, s->start_min_ns));
        tki_doc_say(d, " to");
        tki_doc_break(d);
        tki_doc_put(d, "time_max_unix_nano", moment(o, s->end_max_ns));
        tki_doc_say(d, " (");
        tki_doc_put(d, NULL, tki_d_mean_ns((double)(s->end_max_ns - s->start_min_ns)));
        tki_doc_say(d, "), in steps of %s", resolution(c->ticks));
    } else {
        tki_doc_data(d, "time_min_unix_nano", tki_d_none());
        tki_doc_data(d, "time_max_unix_nano", tki_d_none());
    }
    tki_doc_data(d, "clock_resolution_ns", tki_d_count(c->ticks ? c->ticks : 1));
    if (c->negative || s->untimed || c->other_unit) {
        tki_doc_line(d, NULL, "odd times");
        tki_doc_put(d, NULL, tki_d_count(c->negative));
        tki_doc_say(d, " end before they start, ");
        tki_doc_put(d, NULL, tki_d_count(s->untimed));
        tki_doc_say(d, " have no start or no end");
    }
    if (c->other_unit) {
        tki_doc_say(d, ", ");
        tki_doc_put(d, NULL, tki_d_count(c->other_unit));
        tki_doc_say(d, " lie in 1970, as seconds, milliseconds or microseconds for nanoseconds do: see --repair=units");
    }
    tki_doc_data(d, "spans_in_other_units", tki_d_count(c->other_unit));
    tki_doc_data(d, "negative_durations", tki_d_count(c->negative));
    tki_doc_data(d, "spans_without_times", tki_d_count(s->untimed));
}

static const char *const quantiles[TKI_QUANTILES] = {"p50", "p90", "p95", "p99", "max"};

static void quantile_row(struct tki_doc *d, const char *label, const uint64_t q[TKI_QUANTILES], bool times)
{
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_words(label));
    for (int i = 0; i < TKI_QUANTILES; i++)
        tki_doc_cell(d, times ? tki_d_mean_ns((double)q[i]) : tki_d_count(q[i]));
}

static void data_quantiles(struct tki_doc *d, const char *key, const uint64_t q[TKI_QUANTILES])
{
    tki_doc_object(d, key);
    for (int i = 0; i < TKI_QUANTILES; i++)
        tki_doc_data(d, quantiles[i], tki_d_count(q[i]));
    tki_doc_end(d);
}

static void put_traces(struct tki_doc *d, const struct tki_summary *s)
{
    static const struct tki_doc_column columns[] = {
        {.title = "trace", .min = 8},
        {.title = "p50", .min = 8, .right = true},
        {.title = "p90", .min = 8, .right = true},
        {.title = "p95", .min = 8, .right = true},
        {.title = "p99", .min = 8, .right = true},
        {.title = "max", .min = 8, .right = true},
    };
    tki_doc_close(d);
    data_quantiles(d, "trace_duration_ns", s->duration_ns);
    data_quantiles(d, "trace_spans", s->trace_spans);
    if (!s->traces)
        return;
    tki_doc_table(d, NULL, columns, sizeof columns / sizeof *columns);
    tki_doc_indent(d, 2);
    quantile_row(d, "duration", s->duration_ns, true);
    quantile_row(d, "spans", s->trace_spans, false);
}

/* ---- sampling ---- */

static bool has_tags(const struct tki_summary *s)
{
    for (unsigned i = 0; i < s->nrates; i++)
        if (tki_rate_class(s->rates[i].rate) == TKI_RATE_TAGS)
            return true;
    return false;
}

static void put_rates(struct tki_doc *d, const struct tki_summary *s)
{
    for (unsigned i = 0; i < s->nrates && i < RATES_SHOWN; i++) {
        bool tags = tki_rate_class(s->rates[i].rate) == TKI_RATE_TAGS;
        tki_doc_line(d, NULL, "");
        tki_doc_say(d, "%s %014" PRIx64 ": weight ", tags ? "sampler.param, as th" : "th",
                    tki_rate_threshold(s->rates[i].rate));
        tki_doc_put(d, NULL, tki_d_number(tki_rate_weight(s->rates[i].rate)));
        tki_doc_say(d, ", ");
        say_counted(d, NULL, s->rates[i].spans, "span", "spans");
    }
    if (s->nrates > RATES_SHOWN) {
        tki_doc_line(d, NULL, "");
        tki_doc_say(d, "and ");
        tki_doc_put(d, NULL, tki_d_count(s->nrates - RATES_SHOWN));
        tki_doc_say(d, " more%s", s->more_rates ? " or above" : "");
    }
    if (s->unknown) {
        tki_doc_line(d, NULL, "");
        tki_doc_say(d, "rate unknown of ");
        say_counted(d, NULL, s->unknown, "trace", "traces");
        tki_doc_say(d, " (their sampler.type does not say): each counts once");
    }
}

static void data_rates(struct tki_doc *d, const struct tki_summary *s)
{
    char th[24];
    tki_doc_data(d, "traces_with_threshold", tki_d_count(s->weighed));
    tki_doc_data(d, "traces_with_unknown_rate", tki_d_count(s->unknown));
    tki_doc_data(d, "traces_represented", tki_d_number(s->represented));
    tki_doc_array(d, "thresholds");
    for (unsigned i = 0; i < s->nrates; i++) {
        tki_rate rate = s->rates[i].rate;
        snprintf(th, sizeof th, "%014" PRIx64, tki_rate_threshold(rate));
        tki_doc_object(d, NULL);
        tki_doc_data(d, "from", tki_d_words(tki_rate_class(rate) == TKI_RATE_TAGS ? "sampler.param" : "ot=th"));
        tki_doc_data(d, "threshold", tki_d_words(th));
        tki_doc_data(d, "weight", tki_d_number(tki_rate_weight(rate)));
        tki_doc_data(d, "traces", tki_d_count(s->rates[i].traces));
        tki_doc_data(d, "spans", tki_d_count(s->rates[i].spans));
        tki_doc_end(d);
    }
    tki_doc_end(d);
}

static void put_sampling(struct tki_doc *d, const struct tki_summary *s)
{
    tki_doc_close(d);
    data_rates(d, s);
    tki_doc_line(d, NULL, "sampling");
    if (!s->weighed) {
        tki_doc_say(d, "no thresholds (ot=th) seen: every trace counts once");
    } else {
        tki_doc_put(d, NULL, tki_d_count(s->weighed));
        tki_doc_say(d, " of ");
        tki_doc_put(d, NULL, tki_d_count(s->traces));
        tki_doc_say(d, " %s carry a %s; together they stand for ", tki_plural(s->traces, "trace", "traces"),
                    has_tags(s) ? "threshold or Jaeger's sampler tags" : "threshold");
        tki_doc_put(d, NULL, tki_d_number(s->represented));
    }
    put_rates(d, s);
}

/* ---- services ---- */

/* Those with the most spans first, then by name. */
static int compare_services(const void *x, const void *y, void *ctx)
{
    const struct tki_summary *s = ctx;
    uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
    uint64_t a = s->service_counts[i].spans, b = s->service_counts[k].spans;
    return a != b ? (a > b ? -1 : 1) : tki_str_cmp(s->services.strs[i], s->services.strs[k]);
}

static void put_services(struct tki_doc *d, const struct tki_summary *s)
{
    static const struct tki_doc_column columns[] = {
        {.title = "services", .min = 33, .shrink = TKI_CUT},
        {.key = "name"},
        {.title = "spans", .key = "spans", .min = 10, .right = true},
        {.title = "errors", .key = "error_spans", .min = 10, .right = true},
    };
    uint32_t n = s->services.n, *order = malloc(((size_t)n + 1) * sizeof *order);
    if (!order) {
        d->err = TK_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    qsort_r(order, n, sizeof *order, compare_services, (void *)(uintptr_t)s);
    tki_doc_close(d);
    if (!n)
        tki_doc_array(d, "services");
    else
        tki_doc_table(d, "services", columns, sizeof columns / sizeof *columns);
    if (n) {
        tki_doc_indent(d, 2);
        tki_doc_shown(d, SERVICES_SHOWN);
    }
    for (uint32_t i = 0; i < n; i++) {
        tk_str name = s->services.strs[order[i]];
        tki_doc_row(d);
        tki_doc_cell(d, tki_d_name(name.n ? name : TKI_STR("(no service.name)")));
        tki_doc_cell(d, tki_d_name(name));
        tki_doc_cell(d, tki_d_count(s->service_counts[order[i]].spans));
        tki_doc_cell(d, tki_d_count(s->service_counts[order[i]].errors));
    }
    if (!n)
        tki_doc_end(d);
    free(order);
}

void summary_report(struct tki_doc *d, const struct options *o, const struct tki_summary *s,
                    const struct tki_reading *read)
{
    tki_doc_init(d, "stats", 1, "What the dump holds");
    tki_report_damage(d, read->complete, &read->damage);
    put_counts(d, s, &read->stats, read->selected);
    put_times(d, o, s);
    put_traces(d, s);
    put_sampling(d, s);
    put_services(d, s);
}
