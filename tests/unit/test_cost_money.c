/* What backends bill: the examples that vendors and price lists work out, and the rules one by one. */
#include <math.h>
#include <stdio.h>

#include "base/shipped.h"
#include "cost/month.h"
#include "random_spans.h"
#include "tap.h"

static struct tki_backends backends;
static struct tk_err err;

static int no_file(void *ctx, const char *path, struct tki_buf *text, struct tk_err *e)
{
    (void)e;
    tki_buf_str(text, ctx ? tki_str(ctx) : tki_str(path));
    return 0;
}

/* A backend of a specification; the file that it names is `file`. */
static const struct tki_backend *chosen(const char *spec, const char *file)
{
    const struct tki_backend *b;
    if (tki_backend_choose(&backends, tki_str(spec), no_file, (void *)(uintptr_t)file, &b, &err) < 0)
        bail_out("%s: %s", spec, err.text);
    return b;
}

static struct tki_terms terms(double month_days)
{
    return (struct tki_terms){
        .month_days = month_days, .retention_days = NAN, .retention_traces = NAN, .replicas = NAN};
}

/* A stream without anything. */
static struct tki_streams stream(void)
{
    return (struct tki_streams){.notable_known = true};
}

static void per_month(struct tki_streams *s, enum tki_quantity of, double amount, double month_days)
{
    s->all.per_s[of] = tki_range_exact(amount / (86400 * month_days));
}

static struct tki_cost month(const struct tki_backend *b, const struct tki_streams *s, const struct tki_terms *t,
                             unsigned number)
{
    struct tki_cost cost;
    if (tki_cost_month(b, s, t, number, &cost, &err) < 0)
        bail_out("%s: %s", b->name, err.text);
    return cost;
}

static const struct tki_cost_item *item(const struct tki_cost *cost, const char *id)
{
    for (size_t i = 0; i < cost->n; i++)
        if (strcmp(cost->item[i].charge->id, id) == 0)
            return &cost->item[i];
    bail_out("no charge %s", id);
}

static void assume(struct tki_terms *t, const char *key, double value)
{
    t->assume[t->nassumes].key = key;
    t->assume[t->nassumes++].value = value;
}

/* ---- worked examples ---- */

/* The vendor's page: 2,000 requests an hour, a month of 31 days, 10 % recorded. */
static void test_xray(void)
{
    struct tki_terms t = terms(31);
    struct tki_streams s = stream();
    const struct tki_backend *b = chosen("xray", NULL);
    per_month(&s, TKI_Q_TRACES, 2000.0 * 24 * 31 / 10, 31);
    struct tki_cost c = month(b, &s, &t, 0);
    is_double(item(&c, "recorded")->amount.mid, 148800, 1e-6, "X-Ray: traces that are recorded");
    is_double(item(&c, "recorded")->billed.mid, 48800, 1e-6, "X-Ray: without those that are free");
    is_double(c.dollars.mid, 0.244, 1e-9, "X-Ray: 0.24 dollars");
    assume(&t, "traces_read_per_month", 620000 + 155000);
    c = month(b, &s, &t, 0);
    is_double(item(&c, "read")->dollars.mid, 0, 0, "X-Ray: 775,000 retrieved or scanned are free");
    assume(&t, "insights_share", 1);
    c = month(b, &s, &t, 0);
    is_double(item(&c, "insights")->dollars.mid, 0.1488, 1e-9, "X-Ray: Insights 0.15");
    is_double(c.dollars.mid, 0.3928, 1e-9, "X-Ray: together 0.39");
    ok(c.complete && c.grade == 'A' && strcmp(c.oldest, "2026-11-29") == 0, "with a date and a grade");
}

static void test_grafana(void)
{
    static const char old[] =
        "{\"format\":\"tracekit.backend\",\"version\":1,\"name\":\"grafana-old\",\"extends\":\"grafana-cloud\","
        "\"charges\":[{\"id\":\"processed\",\"price\":0,\"source\":\"logs invoice\",\"date\":\"2024\",\"grade\":\"A\"},"
        "{\"id\":\"written\",\"free\":0,\"price\":0.40}]}";
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    t.retention_days = 60;
    per_month(&s, TKI_Q_PROTO, 1000e9, 30);
    struct tki_cost c = month(chosen("grafana-cloud", NULL), &s, &t, 0);
    is_double(item(&c, "processed")->dollars.mid, 50, 1e-9, "Grafana: processed");
    is_double(item(&c, "written")->dollars.mid, 380, 1e-9, "Grafana: written, 50 GB free");
    is_double(item(&c, "retained")->dollars.mid, 100, 1e-9, "Grafana: 30 days more");
    is_double(c.dollars.mid, 530, 1e-9, "Grafana: 530 dollars");
    ok(c.most < c.n && strcmp(c.item[c.most].charge->id, "written") == 0, "what is written dominates");
    t.retention_days = NAN;
    is_double(month(chosen("grafana-cloud", NULL), &s, &t, 0).dollars.mid, 430, 1e-9, "Grafana: 30 days");
    t.retention_days = 60;
    is_int(tki_backends_add(&backends, tki_str(old), &err), 0, "a backend that extends another");
    is_double(month(chosen("grafana-old", NULL), &s, &t, 0).dollars.mid, 500, 1e-9, "Grafana, older plan: 500 dollars");
    is_double(month(chosen("grafana-cloud", NULL), &s, &t, 0).dollars.mid, 530, 1e-9, "which stays as it was");
}

static void test_datadog(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    struct tki_profile p = {.n = 168, .has_hosts = true, .mean = 1};
    per_month(&s, TKI_Q_PROTO, 2000e9, 30);
    per_month(&s, TKI_Q_SPANS, 12e6, 30);
    assume(&t, "hosts", 10);
    struct tki_cost c = month(chosen("datadog:ingested=0.10", NULL), &s, &t, 0);
    is_double(item(&c, "hosts")->dollars.mid, 310, 1e-9, "Datadog: hosts");
    is_double(item(&c, "ingested")->billed.mid, 500, 1e-9, "Datadog: above 150 GB a host");
    is_double(item(&c, "indexed")->dollars.mid, 3.4, 1e-9, "Datadog: above a million spans a host");
    is_double(c.dollars.mid, 363.40, 1e-9, "Datadog: 363.40 dollars");
    ok(c.complete, "with the figure that was given");
    c = month(chosen("datadog", NULL), &s, &t, 0);
    ok(!c.complete && isnan(item(&c, "ingested")->dollars.mid), "Datadog: without it there is no sum");
    is_double(item(&c, "ingested")->billed.mid, 500, 1e-9, "and the quantity is said");
    is_double(c.dollars.mid, 313.40, 1e-9, "beside what is known");
    is_uint(tki_hour_after(0.01, 744), 9, "Datadog: of 744 hours the 9th highest counts");
    is_uint(tki_hour_after(0.01, 672), 8, "Datadog: of 672 hours the 8th");
    is_uint(tki_hour_after(0.01, 720), 9, "of 720 the 9th: 7.2 hours are 8");
    is_uint(tki_hour_after(0.01, 700), 8, "of 700 exactly 7 are left out");
    /* An hour a week with 30 hosts is five of 744 hours; two such hours are nine or ten. */
    for (unsigned i = 0; i < 168; i++) {
        p.rate[i] = 1;
        p.hosts[i] = i == 5 ? 30 : 10;
    }
    t = terms(31);
    t.profile = &p;
    c = month(chosen("datadog", NULL), &s, &t, 0);
    is_double(item(&c, "hosts")->billed.mid, 10, 0, "a peak of one hour a week is left out");
    p.hosts[6] = 30;
    c = month(chosen("datadog", NULL), &s, &t, 0);
    is_double(item(&c, "hosts")->billed.mid, 30, 0, "one of two hours is not");
}

static void test_honeycomb(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    per_month(&s, TKI_Q_TRACES, 1, 30);
    per_month(&s, TKI_Q_SPANS, 10, 30);
    per_month(&s, TKI_Q_EVENTS, 3, 30);
    per_month(&s, TKI_Q_LINKS, 1, 30);
    struct tki_cost c = month(chosen("honeycomb", NULL), &s, &t, 0);
    is_double(item(&c, "events")->amount.mid, 14, 1e-9, "Honeycomb: 10 spans, 3 events and 1 link are 14 events");
    is_double(c.dollars.mid, 0, 0, "which are free");
    ok(c.complete, "and that is all");
    c = month(chosen("honeycomb:events=2", NULL), &s, &t, 0);
    is_double(c.dollars.mid, 0, 0, "also at a price");
    tki_quantities_scale(&s.all, 20e6 / 14 * (1 + 1e-9));
    c = month(chosen("honeycomb:events=2", NULL), &s, &t, 0);
    is_double(c.dollars.mid, 40, 1e-6, "above the cliff all of them are billed, not what exceeds it");
    ok(!month(chosen("honeycomb", NULL), &s, &t, 0).complete, "for which no figure is shipped");
}

/* 5,000 traces of 40 spans of 800 bytes a second, 5 % kept, for a month of 30 days. */
static void test_storage(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    s.all.per_s[TKI_Q_PROTO] = tki_range_exact(5000.0 * 40 * 800 * 0.05);
    s.all.per_s[TKI_Q_COLUMNAR] = tki_range_exact(s.all.per_s[TKI_Q_PROTO].mid / 8);
    struct tki_cost c = month(chosen("generic:price=0.023,per=GB-month,ratio=1", NULL), &s, &t, 0);
    is_double(c.stored_bytes.mid, 20.736e12, 1, "20.7 TB");
    is_double(c.dollars.mid, 476.928, 1e-9, "476.93 dollars at 0.023");
    c = month(chosen("s3:ratio=1", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->dollars.mid, 476.928, 1e-9, "likewise in S3, beside its requests");
    is_double(item(&c, "puts")->amount.mid, 20.736e12 / 10e6, 1e-3, "a request for each 10 MB");
    is_double(item(&c, "compaction-puts")->amount.mid, 2 * 20.736e12 / 10e6, 1e-3, "twice more by compaction");
    is_double(item(&c, "block-puts")->amount.mid, 144.0 * 4 * 30, 1e-9, "and what stands beside blocks");
    c = month(chosen("s3", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->dollars.mid, 476.928 / 8, 1e-9, "compressed, an eighth");
    s.all.per_s[TKI_Q_COLUMNAR] = tki_range_exact(NAN);
    ok(!month(chosen("s3", NULL), &s, &t, 0).complete, "what nobody knows of compression is not taken for 1:1");
    is_double(month(chosen("elasticsearch", NULL), &s, &t, 0).dollars.mid, 0, 0, "no documents cost nothing");
    s.all.per_s[TKI_Q_ES_STORED] = tki_range_exact(NAN);
    ok(!month(chosen("elasticsearch", NULL), &s, &t, 0).complete, "of documents nothing can be said without a dump");
    is_double(month(chosen("elasticsearch:ratio=1,replicas=0,disk_fill=1", NULL), &s, &t, 0).dollars.mid, 20736 * 0.08,
              1e-6, "unless a ratio is given");
}

/* ---- the rules ---- */

static void test_minimum(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    per_month(&s, TKI_Q_COLUMNAR, 30e9, 30); /* a gigabyte a day */
    t.retention_days = 14;
    struct tki_cost c = month(chosen("s3-ia", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->amount.mid, 30, 1e-9, "what is deleted after 14 days pays 30");
    is_double(c.stored_bytes.mid, 14e9, 1, "though 14 GB are there");
    c = month(chosen("s3", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->amount.mid, 14, 1e-9, "in Standard 14");
    ok(item(&c, "stored")->dollars.mid < month(chosen("s3-ia", NULL), &s, &t, 0).item[0].dollars.mid,
       "which is cheaper");
    t.retention_days = 45;
    c = month(chosen("s3-ia", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->amount.mid, 45, 1e-9, "after the minimum the days count");
    c = month(chosen("s3-ia:block_bytes=65536", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->amount.mid, 90, 1e-9, "objects of 64 KiB pay 128");
    c = month(chosen("s3-deep-archive:block_bytes=32768", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->amount.mid, 180 * 2, 1e-9, "180 days, and 32 KiB more an object");
    is_double(item(&c, "index")->amount.mid, 45 / 4.0, 1e-9, "and 8 KiB at the price of Standard");
}

static void test_units(void)
{
    struct tki_terms t = terms(730.0 / 24);
    struct tki_streams s = stream();
    t.retention_days = 10;
    s.all.per_s[TKI_Q_COLUMNAR] = tki_range_exact(100 * 0x1p30 / 864000); /* 100 GiB in 10 days */
    struct tki_cost c = month(chosen("gcs", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->dollars.mid, 100 * 0.000027397 * 730, 1e-9, "GiB-hours: 0.020 a GiB and month");
    c = month(chosen("generic:gb-month=1", NULL), &s, &t, 0);
    is_double(c.dollars.mid, 107.3741824, 1e-6, "a GiB is 7.4 percent more than a GB");
    is_double(month(chosen("generic:gib-month=1", NULL), &s, &t, 0).dollars.mid, 100, 1e-6, "by the GiB");
    ok(tki_unit_size("GB").bytes == 1e9 && tki_unit_size("GB").times == 0, "GB");
    ok(tki_unit_size("GiB-hour").bytes == 0x1p30 && tki_unit_size("GiB-hour").times == -24, "GiB-hour");
    ok(tki_unit_size("GBit").bytes == 0 && tki_unit_size("span").bytes == 0, "others are no sizes");
}

static void test_tiers(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    double dollars = 50000 * 0.023 + 450000 * 0.022 + 100000 * 0.021;
    per_month(&s, TKI_Q_COLUMNAR, 600e12, 30);
    struct tki_cost c = month(chosen("s3", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->dollars.mid, dollars, 1e-6, "600 TB cross both limits");
    per_month(&s, TKI_Q_COLUMNAR, 50e12, 30);
    c = month(chosen("azure", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->dollars.mid, 900, 1e-9, "Azure: up to 50 TB");
    per_month(&s, TKI_Q_COLUMNAR, 50.001e12, 30);
    c = month(chosen("azure", NULL), &s, &t, 0);
    ok(isnan(item(&c, "stored")->dollars.mid), "above, where there is no figure, no sum");
    per_month(&s, TKI_Q_COLUMNAR, 1000e9, 30);
    t.retention_days = 90;
    c = month(chosen("azure-cold", NULL), &s, &t, 0);
    is_double(item(&c, "stored")->by_price.low, 3000 * 0.0036, 1e-9, "a price that is a range: low");
    is_double(item(&c, "stored")->by_price.high, 3000 * 0.0045, 1e-9, "high");
    is_double(item(&c, "stored")->dollars.high, 3000 * 0.004, 1e-9, "apart from what is measured");
}

static void test_hours(void)
{
    double hours[100];
    for (int i = 0; i < 100; i++)
        hours[i] = (i * 37) % 100 + 1;
    is_double(tki_kth_highest(hours, 100, 1), 100, 0, "the highest hour");
    is_double(tki_kth_highest(hours, 100, 9), 92, 0, "the 9th highest");
    is_double(tki_hour_percentile(hours, 100, 95), 95, 0, "the 95th percentile of 1 to 100");
    is_double(tki_hour_percentile(hours, 100, 100), 100, 0, "the 100th");
    is_double(tki_hour_percentile(hours, 100, 0), 1, 0, "the lowest");
}

/* ---- months ---- */

static double rate_at(const struct tki_terms *t, double day)
{
    return day < 0 ? 0 : pow(1 + t->growth, floor(day / t->month_days));
}

/* The same by sums over small steps. */
static double by_steps(const struct tki_terms *t, unsigned number, double from, double to)
{
    enum { PER_DAY = 40 };
    double sum = 0, begin = (number - 1) * t->month_days;
    size_t steps = (size_t)(t->month_days * PER_DAY);
    for (size_t i = 0; i < steps; i++) {
        double day = begin + ((double)i + 0.5) / PER_DAY;
        for (double age = from + 0.5 / PER_DAY; age < to; age += 1.0 / PER_DAY)
            sum += rate_at(t, day - age) / PER_DAY;
    }
    return sum / (double)steps;
}

static void test_months(void)
{
    struct tki_terms t = terms(30);
    is_double(tki_days_stored(&t, 0, 0, 30), 30, 0, "once everything is kept that ever will be");
    is_double(tki_days_stored(&t, 1, 0, 30), 15, 1e-9, "in the first month half of it, on average");
    is_double(tki_days_stored(&t, 2, 0, 30), 30, 1e-9, "in the second all");
    is_double(tki_days_stored(&t, 2, 0, 90), 45, 1e-9, "with 90 days it takes longer");
    is_double(tki_days_stored(&t, 1, 30, 90), 0, 1e-9, "nothing is older than 30 days in the first month");
    t.growth = 1;
    is_double(tki_days_stored(&t, 2, 0, 30), 45, 1e-9, "twice as much comes in the second month: 30 to 60");
    for (unsigned i = 0; i < 12; i++) {
        struct rng r = {rng_seed() + i};
        t = terms(28 + rng_below(&r, 4));
        t.growth = (double)rng_below(&r, 30) / 100 - 0.1;
        double from = rng_below(&r, 3) ? 0 : 1 + rng_below(&r, 40), to = from + 1 + rng_below(&r, 70);
        unsigned number = 1 + rng_below(&r, 5);
        double want = by_steps(&t, number, from, to);
        is_double(tki_days_stored(&t, number, from, to), want, 0.02 + want * 0.002, "month %u, ages %g to %g", number,
                  from, to);
    }
}

static void test_traces_kept(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    t.retention_traces = 50000;
    per_month(&s, TKI_Q_TRACES, 30 * 10000, 30);
    per_month(&s, TKI_Q_PROTO, 30 * 10000 * 2000.0, 30);
    struct tki_cost c = month(chosen("generic:gb-month=1,ratio=1", NULL), &s, &t, 0);
    is_double(c.stored_bytes.mid, 50000 * 2000.0, 1e-3, "the newest 50,000 traces");
    is_double(c.retention_days, 5, 1e-9, "which are five days");
    c = month(chosen("generic:gb-month=1,ratio=1", NULL), &s, &t, 1);
    is_double(c.stored_bytes.mid, 50000 * 2000.0 * (2.5 + 25) / 30, 1e-3,
              "in the first month they fill up in five days");
    t.growth = 0.5;
    c = month(chosen("generic:gb-month=1,ratio=1", NULL), &s, &t, 9);
    is_double(c.stored_bytes.mid, 50000 * 2000.0, 1e-3, "growth does not change how many");
}

/* ---- lifecycles, hybrids, and the other way round ---- */

static const char policy[] =
    "{\"policy\": {\"phases\": {"
    "\"hot\": {\"actions\": {\"rollover\": {\"max_size\": \"5gb\", \"max_age\": \"1d\"}}},"
    "\"warm\": {\"min_age\": \"3d\", \"actions\": {\"allocate\": {\"number_of_replicas\": 0}}},"
    "\"cold\": {\"min_age\": \"30d\", \"actions\": {\"allocate\": {\"number_of_replicas\": 0}}},"
    "\"delete\": {\"min_age\": \"90d\"}}}}";

static void test_lifecycle(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    struct tki_lifecycle l;
    is_int(tki_lifecycle_read(tki_str(policy), &l, &err), 0, "an index lifecycle policy");
    is_uint(l.nphases, 3, "its phases");
    is_double(l.delete_days, 90, 0, "and its end");
    is_double(tki_lifecycle_lag(&l, 1e9), 0.5, 1e-9, "an index of a day is half a day older at its rollover");
    is_double(tki_lifecycle_lag(&l, 0x1p30 * 50), 0.05, 1e-9, "one that is full after a tenth, less");
    per_month(&s, TKI_Q_ES_STORED, 30e9, 30);
    struct tki_cost c = month(chosen("elasticsearch:ilm=x,disk_fill=1", policy), &s, &t, 0);
    is_double(item(&c, "hot")->amount.mid, 2 * 3.5, 1e-9, "hot: two copies of three and a half days");
    is_double(item(&c, "warm")->amount.mid, 27, 1e-9, "warm: one copy of 27 days");
    is_double(item(&c, "cold")->amount.mid, 60, 1e-9, "cold: of 60");
    is_double(c.stored_bytes.mid, 94e9, 1, "at rest");
    c = month(chosen("elasticsearch:disk_fill=1", NULL), &s, &t, 0);
    is_double(item(&c, "hot")->amount.mid, 60, 1e-9, "without a policy a month of two copies");
    is_double(item(&c, "warm")->amount.mid, 0, 0, "on one kind of disks");
    t.replicas = 0;
    c = month(chosen("elasticsearch", NULL), &s, &t, 0);
    is_double(item(&c, "hot")->amount.mid, 30 / 0.7, 1e-9, "a disk is filled to 70 percent");
    t.retention_traces = 5;
    struct tki_cost none;
    is_int(tki_cost_month(chosen("elasticsearch:ilm=x", policy), &s, &t, 0, &none, &err), TK_EUSAGE,
           "a policy by age does not go with a number of traces");
}

static void test_hybrid(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream(), rest = stream(), notable = stream();
    for (size_t i = TKI_Q_PROTO; i < TKI_Q_COUNT; i++) {
        s.all.per_s[i] = (struct tki_range){9e5, 1e6, 1.2e6};
        s.notable.per_s[i] = notable.all.per_s[i] = (struct tki_range){0.9e5, 1e5, 1.3e5};
        rest.all.per_s[i] = (struct tki_range){8.1e5, 9e5, 10.7e5};
    }
    struct tki_cost c = month(chosen("hybrid", NULL), &s, &t, 0),
                    a = month(chosen("elasticsearch", NULL), &notable, &t, 0);
    struct tki_cost z = month(chosen("s3", NULL), &rest, &t, 0);
    is_double(c.dollars.mid, a.dollars.mid + z.dollars.mid, 1e-9, "a hybrid is the sum of its parts");
    is_double(c.dollars.low, a.dollars.low + z.dollars.low, 1e-9, "at the low end");
    is_double(c.stored_bytes.high, a.stored_bytes.high + z.stored_bytes.high, 1e-3, "in bytes at the high end");
    ok(c.most < c.n && strcmp(c.item[c.most].backend->name, "elasticsearch") == 0, "the disks dominate");
    c = month(chosen("hybrid:notable=clickhouse,rest=s3-ia", NULL), &s, &t, 0);
    is_str(c.item[0].backend->name, "clickhouse", "of other backends");
    is_str(c.item[c.n - 1].backend->name, "s3-ia", "both");
    s.notable_known = false;
    is_int(tki_cost_month(chosen("hybrid", NULL), &s, &t, 0, &c, &err), TK_EUSAGE, "without a dump it cannot be split");
    ok(strstr(err.text, "--assume notable_share=5%"), "and it is said how to go on");
    t.assume[t.nassumes].key = TKI_NOTABLE_SHARE;
    t.assume[t.nassumes++].value = 0.1;
    for (size_t i = TKI_Q_PROTO; i < TKI_Q_COUNT; i++)
        s.all.per_s[i] = (struct tki_range){9e5, 1e6, 1.3e6};
    is_double(month(chosen("hybrid", NULL), &s, &t, 0).dollars.mid, a.dollars.mid + z.dollars.mid, 1e-9,
              "unless somebody says the share");
}

static void test_inverse(void)
{
    struct tki_terms t = terms(30);
    struct tki_streams s = stream();
    double share, crossing[4];
    int cheaper[5];
    size_t n;
    const struct tki_backend *pair[2] = {chosen("generic:gb=0.5", NULL), chosen("generic:month=100", NULL)};
    per_month(&s, TKI_Q_PROTO, 1000e9, 30);
    s.notable.per_s[TKI_Q_PROTO] = tki_range_scale(s.all.per_s[TKI_Q_PROTO], 0.1);
    is_int(tki_cost_share(pair[0], &s, &t, 275, false, &share, &err), 0, "a budget");
    is_double(share, 0.5, 1e-9, "275 dollars buy the notable tenth and half of the rest: 550 GB");
    tki_cost_share(pair[0], &s, &t, 500, false, &share, &err);
    is_double(share, 1, 0, "the price of all buys all");
    tki_cost_share(pair[0], &s, &t, 50, false, &share, &err);
    is_double(share, 0, 1e-9, "the price of the notable ones none of the rest");
    tki_cost_share(pair[0], &s, &t, 49, false, &share, &err);
    ok(isnan(share), "less does not even buy these");
    is_int(tki_cost_share(chosen("honeycomb", NULL), &s, &t, 49, false, &share, &err), 0,
           "what is free needs no figure");
    is_int(tki_cost_share(chosen("cloudwatch", NULL), &s, &t, 49, false, &share, &err), 0, "nothing of nothing");
    s.all.per_s[TKI_Q_JSON] = s.all.per_s[TKI_Q_PROTO];
    is_int(tki_cost_share(chosen("cloudwatch", NULL), &s, &t, 49, false, &share, &err), TK_EUSAGE, "else it does");
    is_int(tki_cost_crossings(pair, &s, &t, crossing, cheaper, 4, &n, &err), 0, "two backends");
    is_uint(n, 1, "cost the same at one rate");
    is_double(crossing[0], 0.2, 1e-9, "at a fifth of this one");
    ok(cheaper[0] == 0 && cheaper[1] == 1, "below it the first is cheaper, above it the second");
    pair[1] = pair[0];
    tki_cost_crossings(pair, &s, &t, crossing, cheaper, 4, &n, &err);
    is_uint(n, 0, "one is never cheaper than itself");
}

/* ---- documents and specifications ---- */

#define HEAD   "{\"format\":\"tracekit.backend\",\"version\":1,\"name\":\"x\",\"title\":\"x\","
#define CHARGE "\"id\":\"a\",\"what\":\"a\",\"counts\":\"flow\",\"of\":\"spans\",\"unit\":\"span\""
#define PRICED ",\"source\":\"s\",\"date\":\"2026\",\"grade\":\"A\""

static void test_documents(void)
{
    static const struct {
        const char *text, *fault;
    } bad[] = {
        {"[]", "a backend is an object"},
        {"{\"format\":\"tracekit.cost\"}", "format: is not \"tracekit.backend\": this is no file of prices"},
        {"{\"format\":\"tracekit.backend\",\"version\":2}", "version: is not 1, which this version reads"},
        {"{\"format\":\"tracekit.backend\",\"version\":1}", "name: is missing"},
        {"{\"format\":\"tracekit.backend\",\"version\":1,\"extends\":\"nobody\"}",
         "extends: there is no backend 'nobody'"},
        {"{\"format\":\"tracekit.backend\",\"version\":1,\"name\":\"a b\"}",
         "name: has other than small letters, digits and hyphens"},
        {HEAD "\"charges\":[]}", "charges: are missing, or stand beside \"parts\""},
        {HEAD "\"prices\":[]}", "prices: is not known here"},
        {HEAD "\"charges\":[{" CHARGE ",\"price\":1}]}",
         "charges[0].a: a price needs \"source\", \"date\" and \"grade\""},
        {HEAD "\"charges\":[{" CHARGE ",\"price\":-1" PRICED "}]}", "charges[0].price: is no number from 0 on"},
        {HEAD "\"charges\":[{" CHARGE ",\"price\":{\"low\":2,\"mid\":1,\"high\":3}" PRICED "}]}",
         "charges[0].price: needs low, mid and high, in ascending order"},
        {HEAD "\"charges\":[{" CHARGE ",\"price\":1,\"source\":\"s\",\"date\":\"2026-13\",\"grade\":\"A\"}]}",
         "charges[0].date: '2026-13' is no date such as 2026-11-29, 2026-11 or 2026"},
        {HEAD "\"charges\":[{" CHARGE ",\"price\":1,\"source\":\"s\",\"date\":\"2026\",\"grade\":\"M\"}]}",
         "charges[0].grade: 'M' is not known here"},
        {HEAD "\"charges\":[{" CHARGE ",\"tiers\":[{\"price\":1},{\"price\":2}]" PRICED "}]}",
         "charges[0].tiers: ascend by \"up_to\", which the last has not"},
        {HEAD "\"charges\":[{" CHARGE ",\"tiers\":[{\"price\":1}],\"price\":1" PRICED "}]}",
         "charges[0].tiers: does not go together with \"price\""},
        {HEAD "\"charges\":[{" CHARGE ",\"times\":[\"b\"]}]}", "charges[0].times: there is no assumption 'b'"},
        {HEAD "\"charges\":[{" CHARGE ",\"per\":0}]}", "charges[0].per: is not above 0"},
        {HEAD "\"charges\":[{" CHARGE ",\"allotment\":{\"per\":\"b\",\"amount\":1}}]}",
         "charges[0].allotment.per: there is no charge 'b' before this one"},
        {HEAD "\"charges\":[{" CHARGE ",\"hour\":{}}]}",
         "charges[0].hour: needs either \"leave_out\", a share below 1, or \"percentile\", up to 100"},
        {HEAD "\"charges\":[{" CHARGE "},{" CHARGE "}]}", "charges[1].id: 'a' is that of another charge, too"},
        {HEAD "\"charges\":[{\"id\":\"a\",\"what\":\"a\",\"counts\":\"flow\",\"of\":\"otlp_proto_bytes\","
              "\"unit\":\"span\"}]}",
         "charges[0].unit: 'span' is no size, and bytes are counted"},
        {HEAD "\"charges\":[{\"id\":\"a\",\"what\":\"a\",\"counts\":\"stored\",\"of\":\"otlp_proto_bytes\","
              "\"unit\":\"GB\"}]}",
         "charges[0].unit: 'GB': what is stored is counted by size and time, such as GB-month, else not"},
        {HEAD "\"charges\":[{\"id\":\"a\",\"what\":\"a\",\"counts\":\"hosts\",\"unit\":\"host\"}]}",
         "charges[0].counts: hosts need an assumption 'hosts'"},
        {HEAD "\"parts\":{\"notable\":\"s3\",\"rest\":\"hybrid\"}}",
         "parts.rest: there is no backend 'hybrid' in one part"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        is_int(tki_backends_add(&backends, tki_str(bad[i].text), &err), TK_EINVALID, "refused: %s", bad[i].fault);
        is_str(err.text, bad[i].fault, "and why");
    }
    ok(tki_backends_find(&backends, TKI_STR("x")) == NULL, "nothing of that was added");
    is_int(tki_backends_add(&backends, tki_str(HEAD "\"charges\":[{" CHARGE ",\"price\":1" PRICED "}]}"), &err), 0,
           "a good one is");
    ok(tki_backends_find(&backends, TKI_STR("x")) != NULL, "added");
}

static void test_specifications(void)
{
    static const struct {
        const char *spec, *fault;
    } bad[] = {
        {"nobody", "there is no backend 'nobody' (--backend help shows those there are)"},
        {"cassandra-4", "there is no backend 'cassandra-4'; with cassandra there are: cassandra"},
        {"generic", "generic has no price of its own: give one, as in generic:price=0.5,per=GB"},
        {"generic:price=0.5,per=mile", "generic:per=mile: nothing is billed by that (--backend help shows what is)"},
        {"generic:per=GB", "generic: per=gb needs price=DOLLARS"},
        {"generic:price=much", "generic:price=much: is no price in dollars"},
        {"s3:stored", "s3:stored: a parameter is KEY=VALUE"},
        {"s3:colour=1", "s3:colour=1: it has no such parameter (--backend help shows what it charges)"},
        {"s3:ratio=0", "s3:ratio=0: is no ratio above 0"},
        {"s3:retention=9", "s3:retention=9: is no time such as 36h, 14d or 2w"},
        {"xray:retention=9d", "xray:retention=9d: this service decides how long it keeps traces"},
        {"xray:replicas=2", "xray:replicas=2: copies are this service's own affair"},
        {"hybrid:rest=hybrid", "hybrid:rest=hybrid: there is no such backend in one part"},
        {"hybrid:price=1", "hybrid:price=1: a hybrid takes notable= and rest=, the names of its backends"},
    };
    const struct tki_backend *b;
    tk_str spec;
    size_t at = 0;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        is_int(tki_backend_choose(&backends, tki_str(bad[i].spec), no_file, NULL, &b, &err), TK_EUSAGE, "refused: %s",
               bad[i].spec);
        is_str(err.text, bad[i].fault, "and why");
    }
    const tk_str list = TKI_STR("generic:price=0.5,per=GB,s3,elasticsearch:replicas=0");
    ok(tki_backend_next(list, &at, &spec) && TKI_STR_IS(spec, "generic:price=0.5,per=GB"), "the first of a list");
    ok(tki_backend_next(list, &at, &spec) && TKI_STR_IS(spec, "s3"), "the second");
    ok(tki_backend_next(list, &at, &spec) && TKI_STR_IS(spec, "elasticsearch:replicas=0"), "the third");
    ok(!tki_backend_next(list, &at, &spec), "and no more");
    is_double(chosen("s3:retention=2w", NULL)->retention_days, 14, 0, "two weeks");
    is_double(tki_backend_assumes(chosen("s3:queries_per_day=5", NULL), "queries_per_day"), 5, 0, "an assumption");
    is_double(tki_backend_assumes(chosen("s3", NULL), "queries_per_day"), 1000, 0, "elsewhere it stays");
}

static bool plain_rate(tk_str s, double *per_second)
{
    *per_second = s.p[0] - '0';
    return s.n == 1 && *per_second >= 0 && *per_second <= 9;
}

static void test_profile(void)
{
    static const char day[] = "# a day\n1\n1\n1\n1\n1\n1\n1\n1\n3\n3\n3\n3\n3\n3\n3\n3\n\n2\n2\n2\n2\n2\n2\n2\n2\n";
    struct tki_profile p;
    is_int(tki_profile_read(tki_str(day), plain_rate, &p, &err), 0, "a profile of a day");
    is_uint(p.n, 24, "its hours");
    is_double(p.mean, 2, 1e-12, "its mean");
    is_double(p.rate[8], 1.5, 1e-12, "an hour of it");
    is_int(tki_profile_read(TKI_STR("1\n2\n"), plain_rate, &p, &err), TK_EINVALID, "two hours are no profile");
    is_str(err.text, "2 hours: a profile has 24, for a day, or 168, for a week", "and why");
    tki_profile_read(TKI_STR("1\nx\n"), plain_rate, &p, &err);
    is_str(err.text, "line 2: not a rate such as 120/s, and the number of hosts if any", "a line that is none");
    tki_profile_read(TKI_STR("1, 4\n1\n"), plain_rate, &p, &err);
    is_str(err.text, "line 2: hosts stand in every line, or in none", "hosts in some lines");
}

/* What is shipped: figures that can be cited, and no others. */
static void test_shipped(void)
{
    unsigned charges = 0, priced = 0;
    for (size_t i = 0; i < backends.n; i++)
        for (size_t k = 0; k < backends.list[i]->ncharges; k++) {
            const struct tki_charge *c = &backends.list[i]->charge[k];
            charges++;
            priced += c->ntiers > 0;
            if (c->ntiers && !(c->grade && c->source && c->date))
                fail("%s, %s: a price without evidence", backends.list[i]->name, c->id);
        }
    ok(charges > 100 && priced > 40, "%u charges, %u with a figure that has source, date and grade", charges, priced);
    for (const struct tki_shipped *s = tki_shipped_backends; s->name; s++)
        ok(tki_backends_find(&backends, tki_str(s->name)) != NULL, "%s is in the file of its name", s->name);
}

int main(void)
{
    if (tki_backends_open(&backends, &err) < 0)
        bail_out("%s: %s", err.source, err.text);
    test_shipped();
    test_xray();
    test_grafana();
    test_datadog();
    test_honeycomb();
    test_storage();
    test_minimum();
    test_units();
    test_tiers();
    test_hours();
    test_months();
    test_traces_kept();
    test_lifecycle();
    test_hybrid();
    test_inverse();
    test_documents();
    test_specifications();
    test_profile();
    tki_backends_close(&backends);
    return done_testing();
}
