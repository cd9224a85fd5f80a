/* Sizes, estimates, prices and projections. */
#include <math.h>

#include "cost/measure.h"
#include "cost/price.h"
#include "format/otlp/otlp.h"
#include "format/table.h"
#include "random_spans.h"
#include "tap.h"

static void test_sizes(void)
{
    struct rng r = {rng_seed() + 7};
    struct tki_sizes s = {0};
    for (int i = 0; i < 20; i++) {
        struct tk_batch *b = tk_batch_new();
        struct tki_buf whole = {0};
        random_batch(&r, b, 1 + rng_below(&r, 30));
        is_int(tki_sizes_of(&s, b, NULL, 0), 0, "spans are sized");
        tki_otlp_proto_put(&whole, b, NULL, 0);
        uint64_t sum = 0;
        for (uint32_t j = 0; j < b->nspans; j++)
            sum += s.proto[j];
        is_uint(sum, whole.n, "the sizes add up to the message");
        tki_buf_free(&whole);
        tk_batch_free(b);
    }
    tki_sizes_free(&s);
}

static void test_ratio(void)
{
    /* By hand: R = 60/6 = 10; residuals 10-10*1, 18-10*2, 32-10*3 = 0, -2, 2; mean 0; sum of squares 8;
     * variance 3/2 * 8 / 36 = 1/3; t with 2 degrees 4.3027. */
    double w[] = {1, 1, 1}, y[] = {10, 18, 32}, x[] = {1, 2, 3};
    struct tki_estimate e = tki_ratio(w, y, x, 3);
    is_double(e.value, 10, 1e-12, "a ratio of sums");
    is_double(e.half_width, 4.3027 * sqrt(1.0 / 3), 1e-3, "its interval");
    /* A trace of weight 2 counts as two such traces in the value. */
    double w2[] = {2, 1}, y2[] = {10, 40}, x2[] = {1, 2};
    is_double(tki_ratio(w2, y2, x2, 2).value, 60.0 / 4, 1e-12, "a weighted ratio");
    ok(isnan(tki_ratio(w, y, x, 1).half_width), "one trace has no interval");
    is_double(tki_student(10), 2.2281, 1e-4, "Student's t, 10 degrees");
    is_double(tki_student(30), 2.0423, 2e-4, "Student's t, 30 degrees");
    is_double(tki_student(1000000), 1.95997, 1e-4, "Student's t, many degrees");
}

/* Traces of 1..n spans; every second one stands for four. */
static void test_measure(void)
{
    struct tki_measure m;
    struct tki_ledger ledger = {0};
    struct tki_groups groups = {0};
    struct tki_sizes s = {0};
    struct tki_measured r;
    struct tk_batch *b = tk_batch_new();
    uint32_t resource = tk_batch_add_resource(b), scope = tk_batch_add_scope(b);
    for (unsigned t = 1; t <= 10; t++)
        for (unsigned i = 0; i < t; i++) {
            struct tk_span *p = tk_batch_add_span(b);
            *p = (struct tk_span){.trace_id = {0, t},
                                  .span_id = i + 1,
                                  .parent_id = i ? 1 : 0,
                                  .resource = resource,
                                  .scope = scope,
                                  .start_ns = 1000000000u * (uint64_t)t,
                                  .end_ns = 1000000000u * (uint64_t)t + 5};
            p->trace_state = t % 2 ? TKI_STR("ot=th:c") : (tk_str){0};
        }
    tki_sizes_of(&s, b, NULL, 0);
    tki_measure_init(&m, &ledger);
    ok(tki_groups_make(&groups, b, NULL, 0) == 0 && tki_ledger_fold(&ledger, &groups) == 0 &&
           tki_sizes_group(&s, &groups) == 0,
       "grouped by trace");
    tki_measure_add(&m, &s, &groups);
    is_int(tki_measure_result(&m, NULL, NULL, &r), 0, "measured");
    is_uint(r.traces, 10, "traces");
    is_uint(r.spans, 55, "spans");
    ok(r.weighted, "weights are seen");
    is_double(r.represented, 5 * 4 + 5, 1e-12, "what the traces stand for");
    is_double(r.spans_per_trace.value, (4.0 * (1 + 3 + 5 + 7 + 9) + (2 + 4 + 6 + 8 + 10)) / 25, 1e-12,
              "spans per trace, weighted");
    is_double(r.seconds, 9, 1e-12, "from the first to the last beginning");
    is_uint(r.trace_spans[0], 5, "the median trace");
    is_uint(r.trace_spans[2], 10, "the largest");
    tki_groups_free(&groups);
    tki_ledger_free(&ledger);
    tki_sizes_free(&s);
    tk_batch_free(b);
}

static void test_prices(void)
{
    static const struct tki_price p = {"x", "x", "", "", 5, {{100, 0.10}, {1000, 0.05}, {(double)INFINITY, 0.01}}};
    is_double(tki_price_month(&p, 0), 0, 0, "nothing is free");
    is_double(tki_price_month(&p, 5), 0, 0, "so is the free part");
    is_double(tki_price_month(&p, 105), 10, 1e-9, "the first tier");
    is_double(tki_price_month(&p, 1005), 10 + 45, 1e-9, "the second tier");
    is_double(tki_price_month(&p, 2005), 10 + 45 + 10, 1e-9, "the rest");
    const struct tki_price *s3 = tki_price_find("s3");
    ok(s3 && !tki_price_find("nothing"), "prices have names");
    struct tki_plan plan = {30, 30, 1, 1, s3};
    struct tki_projection x = tki_project(&plan, 50000, 1000);
    is_double(x.bytes_per_s, 50e6, 1e-6, "1000 traces of 50 spans of 1 KB: 50 MB/s");
    is_double(x.gb_per_day, 4320, 1e-9, "4,320 GB a day");
    is_double(x.tb_per_month, 129.6, 1e-9, "129.6 TB a month");
    is_double(x.dollars, 50e3 * 0.023 + 79600 * 0.022, 1e-6, "in two tiers");
    for (const struct tki_price *q = tki_prices; q->name; q++) {
        int last = 0;
        while (last < TKI_TIERS_MAX - 1 && q->tiers[last].up_to_gb < (double)INFINITY)
            last++;
        ok(q->tiers[last].up_to_gb == (double)INFINITY && q->date[0], "%s is dated and has no end", q->name);
    }
}

int main(void)
{
    test_sizes();
    test_ratio();
    test_measure();
    test_prices();
    return done_testing();
}
