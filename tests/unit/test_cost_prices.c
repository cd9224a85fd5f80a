/* The figures that are shipped, one by one, as the price lists have them: price, unit, what is free, how it is metered,
 * grade; and what each backend stores. */
#include <math.h>
#include <stdio.h>

#include "cost/month.h"
#include "tap.h"

static struct tki_backends backends;
static struct tk_err err;

/* NAN: no figure that can be cited. */
static const struct figure {
    const char *backend, *charge;
    double price; /* of the first tier, in the middle */
    const char *unit;
    double per, free;
    char grade;
    bool after; /* metered after compression */
    const char *date;
} figures[] = {
    {"s3", "stored", 0.023, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"s3", "puts", 0.005, "request", 1000, 0, 'C', true, "2026-11-29"},
    {"s3", "compaction-puts", 0.005, "request", 1000, 0, 'C', true, "2026-11-29"},
    {"s3", "compaction-gets", 0.0004, "request", 1000, 0, 'C', true, "2026-11-29"},
    {"s3", "block-puts", 0.005, "request", 1000, 0, 'C', false, "2026-11-29"},
    {"s3", "gets", 0.0004, "request", 1000, 0, 'C', false, "2026-11-29"},
    {"s3", "egress", 0.09, "GB", 1, 100, 'C', true, "2026-09-20"},
    {"s3-ia", "stored", 0.0125, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"s3-ia", "retrieval", 0.01, "GB", 1, 0, 'C', true, "2026-11-29"},
    {"s3-ia", "transition", 0.01, "object", 1000, 0, 'C', false, "2021"},
    {"s3-glacier-ir", "stored", 0.004, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"s3-deep-archive", "stored", 0.00099, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"s3-deep-archive", "index", 0.023, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"s3-deep-archive", "transition", 0.06, "object", 1000, 0, 'C', false, "2021"},
    {"s3-deep-archive", "puts", NAN, "request", 1000, 0, 0, true, NULL},
    {"gcs", "stored", 0.000027397, "GiB-hour", 1, 0, 'B', true, "2026-09-20"},
    {"gcs-nearline", "stored", 0.000013699, "GiB-hour", 1, 0, 'B', true, "2026-09-20"},
    {"gcs-coldline", "stored", 0.000005479, "GiB-hour", 1, 0, 'B', true, "2026-09-20"},
    {"gcs-archive", "stored", 0.000001644, "GiB-hour", 1, 0, 'B', true, "2026-09-20"},
    {"gcs", "puts", NAN, "request", 1000, 0, 0, true, NULL},
    {"azure", "stored", 0.018, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"azure-cool", "stored", 0.01, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"azure-cold", "stored", 0.004, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"azure-archive", "stored", 0.00099, "GB-month", 1, 0, 'C', true, "2026-11-29"},
    {"elasticsearch", "hot", 0.08, "GB-month", 1, 0, 'C', true, "2021"},
    {"opensearch", "hot", 0.08, "GB-month", 1, 0, 'C', true, "2021"},
    {"cassandra", "disk", 0.08, "GB-month", 1, 0, 'C', true, "2021"},
    {"clickhouse", "disk", 0.08, "GB-month", 1, 0, 'C', true, "2021"},
    {"grafana-cloud", "processed", 0.05, "GB", 1, 0, 'A', false, "2026-11-29"},
    {"grafana-cloud", "written", 0.40, "GB", 1, 50, 'A', false, "2026-11-29"},
    {"grafana-cloud", "retained", 0.10, "GB-day", 30, 0, 'A', false, "2026-11-29"},
    {"honeycomb", "events", NAN, "event", 1e6, 0, 0, false, NULL},
    {"datadog", "hosts", 31, "host", 1, 0, 'B', false, "2026-09-05"},
    {"datadog", "ingested", NAN, "GB", 1, 0, 0, false, NULL},
    {"datadog", "indexed", 1.70, "span", 1e6, 0, 'A', false, "2026-11-29"},
    {"newrelic", "ingested", 0.40, "GB", 1, 100, 'C', false, "2026-05"},
    {"newrelic", "users", 10, "user", 1, 0, 'C', false, "2026-05"},
    {"dynatrace", "ingested", NAN, "GiB", 1, 0, 0, false, NULL},
    {"dynatrace", "retained", NAN, "GiB-day", 1, 0, 0, false, NULL},
    {"dynatrace", "scanned", NAN, "GiB", 1, 0, 0, false, NULL},
    {"elastic-cloud", "ingested", NAN, "GB", 1, 0, 0, false, NULL},
    {"elastic-cloud", "retained", NAN, "GB-month", 1, 0, 0, false, NULL},
    {"xray", "recorded", 5, "trace", 1e6, 100000, 'A', false, "2026-11-29"},
    {"xray", "read", 0.5, "trace", 1e6, 1000000, 'A', false, "2026-11-29"},
    {"xray", "insights", 1, "trace", 1e6, 0, 'A', false, "2026-11-29"},
    {"cloudwatch", "ingested", NAN, "GB", 1, 0, 0, false, NULL},
    {"google-trace", "spans", 0.20, "span", 1e6, 2500000, 'A', false, "2021-06-24"},
    {"azure-monitor", "ingested", NAN, "GB", 1, 5, 0, false, NULL},
};

static const struct tki_backend *named(const char *name)
{
    const struct tki_backend *b = tki_backends_find(&backends, tki_str(name));
    if (!b)
        bail_out("no backend %s", name);
    return b;
}

static const struct tki_charge *charge(const struct tki_backend *b, const char *id)
{
    for (size_t i = 0; i < b->ncharges; i++)
        if (strcmp(b->charge[i].id, id) == 0)
            return &b->charge[i];
    bail_out("%s has no charge %s", b->name, id);
}

static void test_figures(void)
{
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        const struct figure *f = &figures[i];
        const struct tki_charge *c = charge(named(f->backend), f->charge);
        double price = c->ntiers ? c->tier[0].price.mid : NAN;
        bool same = isnan(f->price) ? !c->ntiers : fabs(price - f->price) <= 1e-12;
        ok(same && strcmp(c->unit, f->unit) == 0 && c->per == f->per && c->free == f->free,
           "%s, %s: %g for %g %s, %g free", f->backend, f->charge, f->price, f->per, f->unit, f->free);
        ok(c->grade == f->grade && c->compressed == f->after && (!f->date || strcmp(c->date, f->date) == 0),
           "%s, %s: grade %c of %s, metered %s compression", f->backend, f->charge, f->grade ? f->grade : '-',
           f->date ? f->date : "no date", f->after ? "after" : "before");
    }
}

/* Tiers, ranges, minima, allotments. */
static void test_shapes(void)
{
    const struct tki_charge *c = charge(named("s3"), "stored");
    ok(c->ntiers == 3 && c->tier[0].up_to == 50e3 && c->tier[1].up_to == 500e3, "S3: to 50 TB, the next 450, above");
    ok(c->tier[1].price.mid == 0.022 && c->tier[2].price.mid == 0.021, "S3: 0.022 and 0.021 there");
    c = charge(named("azure"), "stored");
    ok(c->tier[0].up_to == 50e3 && isnan(c->tier[1].price.mid), "Azure: above 50 TB nobody can be cited");
    c = charge(named("azure-cold"), "stored");
    ok(c->tier[0].price.low == 0.0036 && c->tier[0].price.high == 0.0045, "Azure Cold: sources differ");
    static const struct {
        const char *name;
        double days, bytes, overhead;
    } minima[] = {{"s3-ia", 30, 128 * 1024, 0},
                  {"s3-glacier-ir", 90, 128 * 1024, 0},
                  {"gcs", 0, 0, 0},
                  {"s3-deep-archive", 180, 0, 32 * 1024},
                  {"gcs-nearline", 30, 0, 0},
                  {"gcs-coldline", 90, 0, 0},
                  {"gcs-archive", 365, 0, 0},
                  {"azure-cool", 30, 0, 0},
                  {"azure-cold", 90, 0, 0},
                  {"azure-archive", 180, 0, 0}};
    for (size_t i = 0; i < sizeof minima / sizeof *minima; i++) {
        c = charge(named(minima[i].name), "stored");
        ok(c->minimum_days == minima[i].days && c->minimum_bytes == minima[i].bytes &&
               c->overhead_bytes == minima[i].overhead,
           "%s: an object counts for %g days", minima[i].name, minima[i].days);
    }
    is_double(tki_backend_assumes(named("s3-deep-archive"), "index_bytes"), 8192, 0, "Deep Archive: 8 KB in Standard");
    ok(charge(named("datadog"), "ingested")->allot == 150 && charge(named("datadog"), "indexed")->allot == 1e6,
       "Datadog: 150 GB and a million spans a host");
    is_double(charge(named("datadog"), "hosts")->leave_out, 0.01, 0, "of 99 percent of the hours");
    is_double(charge(named("honeycomb"), "events")->cliff, 20e6, 0, "Honeycomb: 20 million events");
    c = charge(named("newrelic"), "users");
    ok(c->tier[0].up_to == 1 && c->tier[1].price.mid == 99, "New Relic: the first user 10, each further 99");
}

/* What is stored, of what, and how often. */
static void test_stores(void)
{
    static const struct {
        const char *name;
        enum tki_quantity of;
        double copies;
    } stores[] = {{"s3", TKI_Q_COLUMNAR, 1},
                  {"gcs", TKI_Q_COLUMNAR, 1},
                  {"azure", TKI_Q_COLUMNAR, 1},
                  {"clickhouse", TKI_Q_COLUMNAR, 1},
                  {"s3-deep-archive", TKI_Q_COLUMNAR, 1},
                  {"elasticsearch", TKI_Q_ES_STORED, 2},
                  {"opensearch", TKI_Q_ES_STORED, 2},
                  {"cassandra", TKI_Q_PROTO, 2}};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        const struct tki_backend *b = named(stores[i].name);
        ok(b->stores && b->stored_of == stores[i].of && b->copies == stores[i].copies, "%s stores %s, %g times",
           b->name, tki_quantity_names[b->stored_of], b->copies);
    }
    const struct tki_range *f = &named("cassandra")->stored_factor;
    ok(f->low == 0.47 && f->mid == 0.71 && f->high == 1.42, "Cassandra: 709 of 500 bytes with three, two or one copy");
    ok(strcmp(named("hybrid")->part[0]->name, "elasticsearch") == 0 &&
           strcmp(named("hybrid")->part[1]->name, "s3") == 0,
       "a hybrid keeps errors and slow traces in Elasticsearch, the rest in S3");
}

static struct tki_cost month(const char *name, enum tki_quantity of, double per_s, double retention)
{
    struct tki_streams s = {.notable_known = true};
    struct tki_cost c;
    const struct tki_terms t = {
        .month_days = 30, .retention_days = retention, .retention_traces = NAN, .replicas = NAN};
    s.all.per_s[of] = tki_range_exact(per_s);
    if (tki_cost_month(named(name), &s, &t, 0, &c, &err) < 0)
        bail_out("%s: %s", name, err.text);
    return c;
}

static double dollars(const struct tki_cost *c, const char *id)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->item[i].charge->id, id) == 0)
            return c->item[i].dollars.mid;
    bail_out("no charge %s", id);
}

/* By hand, of 1 GB a day. */
static void test_months(void)
{
    const double gb_a_day = 1e9 / 86400;
    struct tki_cost c = month("s3-deep-archive", TKI_Q_COLUMNAR, gb_a_day, 30);
    is_double(dollars(&c, "stored"), 180 * (1 + 32768 / 100e6) * 0.00099, 1e-9,
              "Deep Archive: 30 days pay 180, and 32 KiB for each block of 100 MB");
    is_double(dollars(&c, "index"), 30 * 8192 / 100e6 * 0.023, 1e-9, "and 8 KiB in Standard");
    c = month("gcs", TKI_Q_COLUMNAR, gb_a_day, 30);
    is_double(dollars(&c, "stored"), 30e9 / 0x1p30 * 720 * 0.000027397, 1e-9, "GCS: by the GiB and hour");
    c = month("gcs-nearline", TKI_Q_COLUMNAR, gb_a_day, 7);
    is_double(dollars(&c, "stored"), 30e9 / 0x1p30 * 720 * 0.000013699, 1e-9, "Nearline: 7 days pay 30");
    ok(!c.complete, "what requests cost cannot be cited");
    struct tki_cost es = month("elasticsearch", TKI_Q_ES_STORED, gb_a_day, 30),
                    os = month("opensearch", TKI_Q_ES_STORED, gb_a_day, 30);
    is_double(es.dollars.mid, 30 * 2 / 0.7 * 0.08, 1e-9, "Elasticsearch: two copies on disks that are 70 %% full");
    is_double(os.dollars.mid, es.dollars.mid, 0, "OpenSearch likewise");
    c = month("cassandra", TKI_Q_PROTO, gb_a_day, NAN);
    is_double(c.dollars.mid, 2 * 2 * 0.71 / 0.7 * 0.08, 1e-9, "Cassandra: 2 days, two copies");
    c = month("grafana-cloud", TKI_Q_PROTO, gb_a_day, 60);
    is_double(c.dollars.mid, 30 * 0.05 + 0 + 30 * 0.1, 1e-9,
              "Grafana: 30 GB written are free, further 30 days are not");
    c = month("newrelic", TKI_Q_JSON, 10 * gb_a_day, NAN);
    is_double(c.dollars.mid, 200 * 0.4 + 10, 1e-9, "New Relic: 200 GB beyond 100, and a user");
    c = month("google-trace", TKI_Q_SPANS, 12.5e6 / 2592000, NAN);
    is_double(c.dollars.mid, 2, 1e-9, "Google: 10 of 12.5 million spans");
}

int main(void)
{
    if (tki_backends_open(&backends, &err) < 0)
        bail_out("%s: %s", err.source, err.text);
    test_figures();
    test_shapes();
    test_stores();
    test_months();
    tki_backends_close(&backends);
    return done_testing();
}
