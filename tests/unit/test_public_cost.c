/* tracekit/cost.h as a program outside uses it. */
#include <unistd.h>

#include "outside.h"

static struct tk_meter *measured(const char *dump)
{
    struct tk_meter *m;
    struct tk_err err = {0};
    const struct tk_read_opts opts = {.needs = TK_NEED_COPY};
    struct tk_reader *reader = open_dump(dump, &opts);
    if (tk_meter_new(&m, &err) < 0)
        bail_out("%s", err.text);
    is_int(tk_meter_read(m, reader, &err), 0, "%s is read: %s", dump, err.text);
    tk_reader_close(reader);
    return m;
}

/* The row of the command's table that is called so. */
static const char *row_of(const char *json, const char *kept)
{
    char name[64];
    snprintf(name, sizeof name, "\"kept\": \"%s\"", kept);
    const char *p = strstr(json, name);
    if (!p)
        bail_out("the command prints no row %s: %.2000s", name, json);
    return p;
}

static void same_bill(const char *json, const char *kept, const double *x, double traces_per_s, struct tk_bill *b)
{
    double items[TK_BILL_ITEMS];
    const char *row = row_of(json, kept);
    is_int(tk_bill_project(b, traces_per_s * x[TK_MEASURE_SPANS_PER_TRACE], x[TK_MEASURE_SPAN_BYTES], items,
                           TK_BILL_ITEMS),
           0, "a bill");
    same_number(items[TK_BILL_SPANS_PER_S], number(row, "spans_per_s"), "spans a second");
    same_number(items[TK_BILL_GB_PER_DAY], number(row, "gb_per_day"), "GB a day");
    same_number(items[TK_BILL_TB_PER_MONTH], number(row, "tb_per_month"), "TB a month");
    same_number(items[TK_BILL_STORED_GB], number(row, "stored_gb"), "GB stored");
    same_number(items[TK_BILL_DOLLARS], number(row, "dollars_per_month"), "dollars a month");
}

static void same_as_command(const char *dump)
{
    struct tk_meter *m = measured(dump);
    struct tk_bill *b;
    struct tk_err err = {0};
    double x[TK_MEASURES + 2];
    char *json = command("tracecost --json --rate 1000 --backend s3:ratio=1 %s", dump);
    is_int(tk_meter_measure(m, NULL, x, TK_MEASURES + 2, &err), 0, "a dump is measured");
    ok(isnan(x[TK_MEASURES]) && isnan(x[TK_MEASURES + 1]), "what the library does not know is no number");
    same_number(x[TK_MEASURE_TRACES], number(member(json, "dump"), "traces"), "%s: traces", dump);
    same_number(x[TK_MEASURE_SPANS], number(member(json, "dump"), "spans"), "spans");
    same_number(x[TK_MEASURE_BYTES], number(json, "otlp_proto_bytes"), "bytes");
    same_number(x[TK_MEASURE_JSON_BYTES], number(json, "otlp_json_bytes"), "bytes as JSON");
    same_number(x[TK_MEASURE_STAND_FOR], number(json, "traces_represented"), "what the traces stand for");
    same_number(x[TK_MEASURE_N_EFF], number(json, "n_eff"), "effective number");
    same_number(x[TK_MEASURE_SECONDS], number(json, "seconds"), "seconds");
    const char *spans = member(json, "spans_per_trace"), *bytes = member(json, "span_bytes");
    same_number(x[TK_MEASURE_SPANS_PER_TRACE], number(spans, "value"), "spans a trace");
    same_number(x[TK_MEASURE_SPANS_PER_TRACE_LOW], number(spans, "low"), "from");
    same_number(x[TK_MEASURE_SPAN_BYTES], number(bytes, "value"), "bytes a span");
    same_number(x[TK_MEASURE_SPAN_BYTES_HIGH], number(bytes, "high"), "to");
    ok(x[TK_MEASURE_TRACE_SPANS_P50] <= x[TK_MEASURE_TRACE_SPANS_P95] &&
           x[TK_MEASURE_TRACE_SPANS_P95] <= x[TK_MEASURE_TRACE_SPANS_MAX] &&
           x[TK_MEASURE_TRACE_BYTES_P50] <= x[TK_MEASURE_TRACE_BYTES_MAX],
       "quantiles ascend");
    if (tk_bill_new(&b, &err) < 0)
        bail_out("%s", err.text);
    same_bill(json, "before sampling", x, 1000, b);
    free(json);
    json = command(
        "tracecost --json --rate 1000 --assume month_days=31 --retention 14d --replicas 2 --backend s3:ratio=4,puts=0.001 %s",
        dump);
    tk_bill_set(b, TK_BILL_MONTH_DAYS, 31);
    tk_bill_set(b, TK_BILL_RETENTION_DAYS, 14);
    tk_bill_set(b, TK_BILL_RATIO, 4);
    tk_bill_set(b, TK_BILL_REPLICAS, 2);
    is_int(tk_bill_price(b, "s3:puts=0.001"), 0, "another price");
    same_bill(json, "before sampling", x, 1000, b);
    free(json);
    tk_bill_free(b);
    tk_meter_free(m);
}

/* Over what a replay keeps: as the command says of the same policy. */
static void same_after_policy(void)
{
    static const char yaml[] = "processors: {tail_sampling: {policies: [{name: errors, type: status_code,\n"
                               "  status_code: {status_codes: [ERROR]}}]}}\n"
                               "service: {pipelines: {traces: {processors: [tail_sampling]}}}\n";
    char path[] = "/tmp/tracekit-policy-XXXXXX";
    int fd = mkstemp(path);
    struct tk_err err = {0};
    struct tk_sampler *s;
    struct tk_replay *r;
    struct tk_meter *m = measured(SHOP);
    struct tk_reader *reader = open_dump(SHOP, NULL);
    double all[TK_MEASURES], kept[TK_MEASURES];
    if (fd < 0 || write(fd, yaml, sizeof yaml - 1) != (ssize_t)sizeof yaml - 1 || close(fd) < 0 ||
        tk_sampler_parse(&s, (tk_str){yaml, sizeof yaml - 1}, NULL, NULL, NULL, &err) < 0 ||
        tk_replay_open(&r, s, &err) < 0 || tk_replay_read(r, reader, &err) < 0)
        bail_out("no policy: %s", err.text);
    is_int(tk_meter_measure(m, r, kept, TK_MEASURES, &err), TK_EUSAGE,
           "a replay that has not judged keeps nothing yet");
    tk_replay_judge(r, &err);
    tk_meter_measure(m, NULL, all, TK_MEASURES, &err);
    is_int(tk_meter_measure(m, r, kept, TK_MEASURES, &err), 0, "what a policy keeps is measured");
    char *json = command("tracecost --json --rate 1000 -c %s %s", path, SHOP);
    const char *row = row_of(json, "after policy");
    ok(kept[TK_MEASURE_TRACES] > 0 && kept[TK_MEASURE_TRACES] < all[TK_MEASURE_TRACES], "some of it");
    double traces = kept[TK_MEASURE_STAND_FOR] / all[TK_MEASURE_STAND_FOR];
    double spans = traces * kept[TK_MEASURE_SPANS_PER_TRACE] / all[TK_MEASURE_SPANS_PER_TRACE];
    double bytes = spans * kept[TK_MEASURE_SPAN_BYTES] / all[TK_MEASURE_SPAN_BYTES];
    same_number(traces, number(row, "traces_share"), "the share of traces");
    same_number(spans, number(row, "spans_share"), "of spans");
    same_number(bytes, number(row, "bytes_share"), "of bytes");
    free(json);
    tk_replay_close(r);
    tk_sampler_close(s);
    tk_meter_free(m);
    tk_reader_close(reader);
    unlink(path);
}

static void test_mistakes(void)
{
    struct tk_meter *m;
    struct tk_bill *b;
    struct tk_err err = {0};
    const struct tk_read_opts few = {.needs = TK_NEED_NAME};
    struct tk_reader *reader = open_dump(JAEGER, &few);
    double x[TK_MEASURES];
    tk_meter_new(&m, &err);
    is_int(tk_meter_read(m, reader, &err), TK_EUSAGE, "spans that were read in part have no size");
    is_int(tk_meter_measure(m, NULL, x, TK_MEASURES, &err), 0, "nothing can be measured");
    ok(x[TK_MEASURE_TRACES] == 0 && isnan(x[TK_MEASURE_SPAN_BYTES_HALF]), "and says so");
    tk_meter_free(m);
    tk_meter_free(NULL);
    tk_reader_close(reader);

    tk_bill_new(&b, &err);
    is_int(tk_bill_price(b, "free"), TK_EUSAGE, "no such price");
    is_int(tk_bill_price(b, NULL), TK_EUSAGE, "none at all");
    is_int(tk_bill_price_gb(b, -1), TK_EUSAGE, "a price below 0");
    is_int(tk_bill_set(b, TK_BILL_RATIO, 0), TK_EUSAGE, "a ratio of 0");
    is_int(tk_bill_set(b, TK_BILL_RATIO, NAN), TK_EUSAGE, "no number");
    is_int(tk_bill_set(b, (enum tk_bill_term)99, 1), TK_EUSAGE, "a term that is not known");
    is_int(tk_bill_project(b, -1, 1, x, 1), TK_EUSAGE, "a rate below 0");
    is_int(tk_bill_price_gb(b, 2), 0, "a price of one's own");
    double items[TK_BILL_ITEMS];
    tk_bill_project(b, 1e9 / 86400, 1, items, TK_BILL_ITEMS);
    same_number(items[TK_BILL_DOLLARS], 60.0, "1 GB a day, kept 30 days, at 2 dollars");
    tk_bill_free(b);
    ok(tk_price_name(0) && !tk_price_name(1000), "prices have names");
}

/* A service that is set by hand counts: the span has the size that it has when it is written. */
static void test_by_hand(void)
{
    struct tk_meter *m;
    struct tk_err err = {0};
    double plain[TK_MEASURES], x[TK_MEASURES];
    for (int hand = 0; hand < 2; hand++) {
        struct tk_batch *b = tk_batch_new();
        uint32_t resource = hand ? tk_batch_add_resource(b) : tk_resource_new(b, "shop");
        if (hand)
            b->resources[resource].service = (tk_str){"shop", 4};
        uint32_t scope = tk_scope_new(b, "library", NULL);
        tk_span_new(b, resource, scope, (tk_id128){1, 2}, 3, 0);
        tk_meter_new(&m, &err);
        is_int(tk_meter_add(m, b, &err), 0, "a span that was made");
        tk_meter_measure(m, NULL, hand ? x : plain, TK_MEASURES, &err);
        tk_meter_free(m);
        tk_batch_free(b);
    }
    ok(x[TK_MEASURE_BYTES] > 0 && x[TK_MEASURE_BYTES] == plain[TK_MEASURE_BYTES], "a service set by hand has bytes");
}

int main(void)
{
    same_as_command(JAEGER);
    same_as_command(SHOP);
    same_after_policy();
    test_by_hand();
    test_mistakes();
    return done_testing();
}
