/* Metrics: counts and values by label and interval, buckets and quantiles, weights, topk, arithmetic,
 * compare. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "expr/traceql/metric.h"
#include "make_trace.h"
#include "tap.h"

#define SECOND 1000000000ull

static struct tk_batch *b;

/* The table as lines of cells with blanks between, of the batch at once or span by span. */
static char *table(const char *query, int64_t step_ns, bool whole)
{
    struct tki_query *q;
    struct tki_query_eval *e;
    struct tki_qmetrics *m;
    struct tk_err err = {0};
    struct tki_buf out = {0};
    if (tki_query_parse(&q, (tk_str){query, strlen(query)}, &err) < 0)
        bail_out("%s: %s", query, err.text);
    if (tki_query_eval_new(&e, q) < 0 || tki_qmetrics_new(&m, q, &(struct tki_qmetrics_opts){.step_ns = step_ns}) < 0)
        bail_out("out of memory");
    if (whole || tki_query_whole(q)) {
        tki_qmetrics_trace(m, e, b);
    } else {
        uint32_t rows[64];
        size_t n = b->nspans;
        for (uint32_t i = 0; i < n; i++) {
            rows[i] = i;
            tki_qmetrics_range(m, b->spans[i].start_ns, b->spans[i].start_ns);
        }
        tki_query_rows(e, b, rows, &n);
        for (size_t i = 0; i < n; i += 2) /* in pieces */
            tki_qmetrics_spans(m, e, b, rows + i, n - i > 2 ? 2 : n - i);
    }
    int r = tki_qmetrics_finish(m);
    if (r < 0)
        tki_buf_printf(&out, "error %d", r);
    for (size_t i = 0; i < tki_qmetrics_rows(m) && r == 0; i++) {
        for (size_t k = 0; k < tki_qmetrics_columns(m); k++) {
            if (k)
                tki_buf_putc(&out, ' ');
            tki_value_print(&out, &tki_qmetrics_row(m, i)[k], false);
        }
        tki_buf_putc(&out, '\n');
    }
    tki_buf_putc(&out, '\0');
    tki_qmetrics_free(m);
    tki_query_eval_free(e);
    tki_query_free(q);
    return out.p;
}

static void is_table(const char *query, int64_t step_ns, const char *want)
{
    char *spans = table(query, step_ns, false), *trace = table(query, step_ns, true);
    is_str(spans, want, "%s", query);
    is_str(trace, want, "likewise over the trace");
    free(spans);
    free(trace);
}

/* Ten spans, one each half second; T0 is a multiple of a second. */
static void make(void)
{
    static const uint32_t lengths[] = {5, 6, 7, 8, 3, 5, 9, 17, 1, 64};
    b = tk_batch_new();
    tk_batch_add_scope(b); /* of all spans: row 0 */
    for (uint32_t i = 0; i < 10; i++)
        add_span(b, i + 1, i ? 1 : 0, i * (SECOND / 2), i * (SECOND / 2) + lengths[i], TK_KIND_SERVER,
                 i < 4 ? "a" : "b", i % 2 ? "odd" : "even");
    for (uint32_t i = 0; i < 10; i++) {
        struct tk_attr *a = tk_batch_add_attr(b);
        a->key = text("size");
        a->value = i == 3 ? (struct tk_value){.type = TK_STRING, .n = 1, .v.s = "x"}
                          : (struct tk_value){.type = TK_DOUBLE, .v.d = i * 0.5};
        b->spans[i].attrs = (tk_range){i, 1};
    }
}

static void test_plain(void)
{
    is_table("{ } | count_over_time()", 0, "10\n");
    is_table("{ } | rate()", 0, "2.2222222222222223\n"); /* 10 in 4.5 s */
    is_table("{ } | count_over_time() by (name)", 0, "even 5\nodd 5\n");
    is_table("{ resource.service.name = \"b\" } | count_over_time()", 0, "0\n");
    is_table("{ name = \"x\" } | count_over_time() by (name)", 0, "");
    is_table("{ name = \"x\" } | max_over_time(duration)", 0, "");
    is_table("{ } | min_over_time(duration)", 0, "1ns\n");
    is_table("{ } | max_over_time(duration) by (name)", 0, "even 9ns\nodd 64ns\n");
    is_table("{ } | sum_over_time(duration)", 0, "125ns\n");
    is_table("{ } | avg_over_time(span.size) by (name)", 0, "even 2.0\nodd 2.75\n"); /* without the string */
    is_table("{ } | sum_over_time(span.size)", 0, "21.0\n");
    is_table("{ } | sum_over_time(span.nothing)", 0, "");
}

static void test_steps(void)
{
    is_table("{ name = \"odd\" && duration < 20ns } | rate()", SECOND,
             "2023-11-14T22:13:20Z 0.0\n2023-11-14T22:13:21Z 1.0\n2023-11-14T22:13:22Z 1.0\n"
             "2023-11-14T22:13:23Z 1.0\n2023-11-14T22:13:24Z 1.0\n2023-11-14T22:13:25Z 0.0\n");
    is_table("{ span:id = \"1\" || span:id = \"2\" || span:id = \"3\" } | count_over_time()", SECOND,
             "2023-11-14T22:13:20Z 1\n2023-11-14T22:13:21Z 2\n2023-11-14T22:13:22Z 0\n" /* the end belongs to it */
             "2023-11-14T22:13:23Z 0\n2023-11-14T22:13:24Z 0\n2023-11-14T22:13:25Z 0\n");
    is_table("{ } | min_over_time(duration)", 2 * (int64_t)SECOND,
             "2023-11-14T22:13:20Z 5ns\n2023-11-14T22:13:22Z 3ns\n2023-11-14T22:13:24Z 1ns\n"
             "2023-11-14T22:13:26Z 64ns\n");
    is_table("{ duration > 10ns } | count_over_time() by (name)", 3 * (int64_t)SECOND,
             "odd 2023-11-14T22:13:21Z 0\nodd 2023-11-14T22:13:24Z 1\nodd 2023-11-14T22:13:27Z 1\n");
    is_table("{ duration = 3ns } | max_over_time(duration)", SECOND / 4, "2023-11-14T22:13:22.000000000Z 3ns\n");
    is_table("{ } | rate()", 1000, "error -6");
}

/* Tempo 3.1: a constant on either side of metrics, and constants of whole numbers stay whole. */
static void test_constants(void)
{
    is_table("({ } | count_over_time()) * 60", 0, "600\n");
    is_table("100 * ({ name = \"odd\" } | count_over_time()) / ({ } | count_over_time())", 0, "50.0\n");
    is_table("({ } | count_over_time()) / (1024 / 1000)", 0, "10.0\n");
    is_table("({ } | count_over_time()) * (1 / 2)", 0, "0\n");
    is_table("({ } | count_over_time()) * (1.0 / 2)", 0, "5.0\n");
    is_table("({ } | count_over_time()) * (-100) - 5", 0, "-1005\n");
    is_table("100 - ({ } | count_over_time() by (name))", 0, "even 95\nodd 95\n");
    is_table("1 / ({ name = \"x\" } | count_over_time())", 0, "nil\n");
    is_table("({ } | count_over_time()) / 0", 0, "nil\n");
    is_table("({ } | max_over_time(duration)) * 1000000000", 0, "64.0\n"); /* durations are seconds there */
    is_table("({ } | count_over_time() by (name)) * 2 > 9 | topk(1)", 0, "even 10\n");
    is_table("({ name = \"odd\" } | count_over_time()) + 1", 0, "6\n"); /* one function, and a filter of its own */
    is_table("({ } | avg_over_time(span.nothing)) + 1", 0, "");
}

static void test_buckets(void)
{
    is_table("{ } | histogram_over_time(duration)", 0, "1ns 1\n4ns 1\n8ns 5\n16ns 1\n32ns 1\n64ns 1\n");
    is_table("{ } | histogram_over_time(span.size)", 0, "0.0 1\n0.5 1\n1.0 1\n2.0 1\n4.0 4\n8.0 1\n");
    is_table("{ duration >= 5ns && duration <= 8ns && span.size != 2.5 } | quantile_over_time(span.size, 1)", 0,
             "1.0 1.0\n");
    is_table("{ duration = 3ns || duration = 17ns || duration = 9ns || duration = 64ns } | "
             "quantile_over_time(duration, .5, .6, 1, 0)",
             0, "0.0 3ns\n0.5 9ns\n0.6 17ns\n1.0 64ns\n");
    is_table("{ name = \"odd\" } | quantile_over_time(span.size, .5)", 0, "0.5 2.5\n");
    is_table("{ span.size >= 2 && span.size < 4.5 } | quantile_over_time(span.size, .5)", 0, "0.5 3.0\n");
}

static void test_seconds(void)
{
    is_table("{ } | max_over_time(duration) by (name) > 20ns", 0, "odd 64ns\n");
    is_table("{ } | max_over_time(duration) by (name) | < 0.00000002", 0, "even 9ns\n");
    is_table("{ } | count_over_time() by (resource.service.name) >= 4", 0, "nil 10\n");
    is_table("{ } | count_over_time() by (span.size) | topk(1)", 0, "0.0 1\n"); /* ties by label */
    is_table("{ } | max_over_time(duration) by (span.size) | topk(2)", 0, "4.5 64ns\n3.5 17ns\n");
    is_table("{ } | max_over_time(duration) by (span.size) | bottomk(2)", 0, "4.0 1ns\n2.0 3ns\n");
    is_table("{ } | max_over_time(duration) by (name) | topk(1)", 2 * (int64_t)SECOND,
             "even 2023-11-14T22:13:20Z 5ns\nodd 2023-11-14T22:13:22Z 8ns\nodd 2023-11-14T22:13:24Z 17ns\n"
             "odd 2023-11-14T22:13:26Z 64ns\n");
    is_table("({ name = \"odd\" } | max_over_time(duration)) - ({ name = \"even\" } | max_over_time(duration))",
             2 * (int64_t)SECOND, /* only where both sides have a value */
             "2023-11-14T22:13:22Z 1ns\n2023-11-14T22:13:24Z 8ns\n");
    is_table("({ name = \"odd\" } | max_over_time(duration)) / ({ } | max_over_time(duration) > 20ns)",
             2 * (int64_t)SECOND, "2023-11-14T22:13:26Z 1.0\n");
    is_table("({ } | rate() by (name)) / ({ name = \"odd\" } | rate() by (name))", 2 * (int64_t)SECOND,
             "odd 2023-11-14T22:13:20Z nil\nodd 2023-11-14T22:13:22Z 1.0\nodd 2023-11-14T22:13:24Z 1.0\n"
             "odd 2023-11-14T22:13:26Z 1.0\n"); /* 0 / 0 is no number; "even" has no partner */
    is_table("{ } | max_over_time(duration) by (span.size) > 3ns < 17ns | topk(1) > 5ns", 0, "3.0 9ns\n");
    is_table("({ duration > 6ns } | count_over_time() by (name)) / ({ } | count_over_time() by (name))", 0,
             "even 0.4\nodd 0.6\n");
    is_table("({ } | count_over_time() by (name)) - ({ duration = 3ns } | count_over_time())", 0, "even 4\nodd 4\n");
    is_table("({ name = \"even\" } | count_over_time() by (name)) + ({ } | count_over_time() by (name))", 0,
             "even 10\n");
    is_table("({ } | count_over_time() by (name)) + ({ } | count_over_time() by (span.size))", 0, "");
    is_table("({ } | sum_over_time(duration)) / ({ } | count_over_time())", 0, "1.25e-8\n"); /* seconds */
    is_table("({ } | count_over_time()) / ({ name = \"x\" } | count_over_time())", 0, "nil\n");
    is_table("(({ } | count_over_time()) + ({ } | count_over_time())) * ({ } | count_over_time())", 0, "200\n");
}

static void test_structure(void)
{
    char *t = table("{ name = \"even\" } >> { } | count_over_time() by (name)", 0, true);
    is_str(t, "even 4\nodd 5\n", "below the root");
    free(t);
    t = table("{ } | by(name) | count() > 4 | { name = \"odd\" } | count_over_time()", 0, true);
    is_str(t, "5\n", "of groups");
    free(t);
}

static void test_weights(void)
{
    struct tki_query *q;
    struct tki_qmetrics *m;
    struct tki_query_eval *e;
    uint64_t spans, sampled, untimed;
    double stand_for;
    b->spans[0].trace_state = text("ot=th:8");      /* counts twice */
    b->spans[1].trace_state = text("ot=rv:1;th:c"); /* four times */
    b->spans[2].trace_state = text("ot=th:0,x=y");
    is_table("{ } | count_over_time() by (name)", 0, "even 6\nodd 8\n");
    is_table("{ } | sum_over_time(duration)", 0, "148ns\n");
    is_table("{ span.size < 1 } | avg_over_time(duration)", 0, "6ns\n"); /* (2 * 5 + 4 * 6) / 6 */
    is_table("{ } | min_over_time(duration)", 0, "1ns\n");
    tk_str text_of = text("{ } | rate()");
    if (tki_query_parse(&q, text_of, NULL) < 0 || tki_query_eval_new(&e, q) < 0 ||
        tki_qmetrics_new(&m, q, &(struct tki_qmetrics_opts){0}) < 0)
        bail_out("out of memory");
    tki_qmetrics_trace(m, e, b);
    tki_qmetrics_weights(m, &spans, &sampled, &stand_for, &untimed);
    ok(spans == 10 && sampled == 3 && stand_for == 14 && untimed == 0, "what was weighted is known");
    tki_qmetrics_free(m);
    tki_query_eval_free(e);
    tki_query_free(q);
    for (int i = 0; i < 3; i++)
        b->spans[i].trace_state = (tk_str){0};
}

static void test_compare(void)
{
    for (uint32_t i = 0; i < 10; i++)
        b->spans[i].attrs.count = 0;
    b->spans[9].status = TK_STATUS_ERROR;
    b->spans[7].status = TK_STATUS_ERROR;
    is_table("{ } | compare({ status = error })", 0,
             "span:status error 2 1.0 0 0.0\nspan:status unset 0 0.0 8 1.0\n"
             "span:name odd 2 1.0 3 0.375\nspan:name even 0 0.0 5 0.625\nspan:kind server 2 1.0 8 1.0\n");
    b->spans[4].name = text("third");
    is_table("{ span:id != \"1\" } | compare({ status = error }, 1)", 0,
             "span:status error 2 1.0 0 0.0\nspan:status unset 0 0.0 7 1.0\n"
             "span:name odd 2 1.0 3 0.428571\nspan:name even 0 0.0 3 0.428571\n"
             "span:name (1 more value) nil nil nil nil\n"
             "span:kind server 2 1.0 7 1.0\n");
    is_table("{ name = \"odd\" } | compare({ status = error }, 5, 1700000000000000000, 1700000004000000000)", 0,
             "span:status error 1 1.0 1 0.25\nspan:status unset 0 0.0 3 0.75\n"
             "span:kind server 1 1.0 4 1.0\nspan:name odd 1 1.0 4 1.0\n");
}

int main(void)
{
    make();
    test_plain();
    test_steps();
    test_constants();
    test_buckets();
    test_seconds();
    test_structure();
    test_weights();
    test_compare();
    tk_batch_free(b);
    return done_testing();
}
