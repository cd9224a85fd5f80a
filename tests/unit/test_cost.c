/* Sizes and estimates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cost/measure.h"
#include "cost/stream.h"
#include "cost/units.h"
#include "format/otlp/otlp.h"
#include "format/table.h"
#include "io/squeeze.h"
#include "random_spans.h"
#include "tap.h"

static struct tk_batch *read_back(tk_str message)
{
    struct tk_batch *b = tk_batch_new();
    struct tk_err err = {0};
    if (tki_otlp_proto_add(b, message, TK_NEED_COPY, &err) < 0)
        bail_out("%s", err.text);
    b->raw = TK_RAW_OTLP_PROTO;
    return b;
}

static void test_sizes(void)
{
    struct rng r = {rng_seed() + 7};
    struct tki_sizes s = {0};
    for (int i = 0; i < 20; i++) {
        struct tk_batch *b = tk_batch_new();
        struct tki_buf whole = {0}, json = {0};
        random_batch(&r, b, 1 + rng_below(&r, 30));
        is_int(tki_sizes_of(&s, b, NULL, 0), 0, "spans are sized");
        tki_otlp_proto_put(&whole, b, NULL, 0);
        uint64_t sum = 0;
        for (uint32_t j = 0; j < b->nspans; j++)
            sum += s.proto[j];
        is_uint(sum, whole.n, "the sizes add up to the message");
        uint64_t notes[TKI_NOTE_COUNT] = {0};
        struct tk_batch *read = read_back((tk_str){whole.p, whole.n});
        tki_sizes_of(&s, read, NULL, 0);
        sum = 0;
        for (uint32_t j = 0; j < read->nspans; j++)
            sum += s.proto[j];
        is_uint(sum, whole.n, "and so do those of spans as they came");
        tki_otlp_json_put(&json, read, NULL, 0, notes);
        is_uint(s.json_bytes, json.n, "and as JSON it is as long as its lines");
        tki_buf_free(&whole);
        tki_buf_free(&json);
        tk_batch_free(read);
        tk_batch_free(b);
    }
    tki_sizes_free(&s);
}

static struct tki_estimate ratio_of(const double *y, const double *x, size_t n)
{
    struct tki_redraw redraw;
    struct tki_estimate e;
    tk_id128 *ids = calloc(n, sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = (tk_id128){7, i + 1};
    if (tki_redraw_open(&redraw, ids, n, 1) < 0 || tki_ratio(&redraw, y, x, &e) < 0)
        bail_out("out of memory");
    tki_redraw_free(&redraw);
    free(ids);
    return e;
}

static void test_ratio(void)
{
    /* By hand: R = 60/6 = 10; residuals 10-10*1, 18-10*2, 32-10*3 = 0, -2, 2; mean 0; sum of squares 8;
     * variance 3/2 * 8 / 36 = 1/3; t with 2 degrees 4.3027. */
    double y[] = {10, 18, 32}, x[] = {1, 2, 3};
    struct tki_estimate e = ratio_of(y, x, 3);
    is_double(e.value, 10, 1e-12, "a ratio of sums");
    is_double(e.high - e.value, 4.3027 * sqrt(1.0 / 3), 1e-3, "its interval");
    is_double(e.value - e.low, 4.3027 * sqrt(1.0 / 3), 1e-3, "on both sides");
    ok(isnan(ratio_of(y, x, 1).low), "one trace has no interval");
    double same[40], one[40], spread;
    for (int i = 0; i < 40; i++) {
        one[i] = 1;
        same[i] = 3;
    }
    e = ratio_of(same, one, 40);
    ok(e.low == 3 && e.high == 3, "without any difference there is no width");
    spread = tki_total_spread(same, 40);
    is_double(spread, tki_student(39) / sqrt(40), 1e-12, "the sum of 40 alike is as uncertain as their number");
    is_double(tki_student(10), 2.2281, 1e-4, "Student's t, 10 degrees");
    is_double(tki_student(30), 2.0423, 2e-4, "Student's t, 30 degrees");
    is_double(tki_student(1000000), 1.95997, 1e-4, "Student's t, many degrees");
}

/* Traces of one size but for one: drawn without it they are all equal, and say nothing of the spread. */
static void test_nearly_equal(void)
{
    double y[10], x[10];
    for (size_t i = 0; i < 10; i++) {
        x[i] = 0.1;
        y[i] = i == 3 ? 0.1 * 366.3 : 0.1 * 362.1;
    }
    struct tki_estimate e = ratio_of(y, x, 10);
    ok(e.low > 350 && e.low < e.value && e.high > e.value && e.high < 375, "ten traces that differ by a byte: %g to %g",
       e.low, e.high);
}

/* All alike but one: the interval is as narrow as they are alike. */
static void test_alike(void)
{
    enum { N = 500 };
    double y[N], one[N];
    tk_id128 ids[N];
    struct tki_redraw redraw;
    struct tki_estimate e;
    for (int i = 0; i < N; i++) {
        ids[i] = (tk_id128){7, (uint64_t)i};
        y[i] = i ? 398 : 397;
        one[i] = 1;
    }
    is_int(tki_redraw_open(&redraw, ids, N, 1), 0, "500 traces of 398 bytes, one of 397");
    is_int(tki_ratio(&redraw, y, one, &e), 0, "have a mean");
    ok(e.low > 397.98 && e.high < 398.01 && e.low < e.value && e.value < e.high, "between %.4f and %.4f", e.low,
       e.high);
    tki_redraw_free(&redraw);
}

static void test_top_share(void)
{
    double y[200], share;
    for (int i = 0; i < 200; i++)
        y[i] = i < 2 ? 99 : 1; /* the largest 1 % of 200 are two: 198 of 396 */
    is_int(tki_top_share(y, 200, &share), 0, "the largest 1 %%");
    is_double(share, 0.5, 1e-12, "carry a half");
    tki_top_share(y, 50, &share); /* half of the largest: 49.5 of 246 */
    is_double(share, 49.5 / 246, 1e-12, "of 50 traces 1 %% is half a trace");
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
           tki_sizes_group(&s, b, &groups) == 0,
       "grouped by trace");
    tki_measure_add(&m, &s, &groups);
    struct tki_redraw redraw;
    is_int(tki_redraw_open(&redraw, ledger.ids.ids, ledger.ids.n, 1), 0, "traces to draw from");
    is_int(tki_measure_result(&m, &redraw, NULL, &r), 0, "measured");
    is_uint(r.traces, 10, "traces");
    is_uint(r.spans, 55, "spans");
    ok(r.weighted, "weights are seen");
    is_double(r.represented, 5 * 4 + 5, 1e-12, "what the traces stand for");
    is_double(r.spans_per_trace.value, (4.0 * (1 + 3 + 5 + 7 + 9) + (2 + 4 + 6 + 8 + 10)) / 25, 1e-12,
              "spans per trace, weighted");
    is_double(r.seconds, 9, 1e-12, "from the first to the last beginning");
    is_uint(r.trace_spans[0], 5, "the median trace");
    is_uint(r.trace_spans[2], 10, "the largest");
    is_double(r.kept[TKI_MEAN_TRACES].value, 1, 1e-12, "of each trace that arrives, one counts");
    is_double(r.kept[TKI_MEAN_SPANS].value, r.spans_per_trace.value, 1e-12, "and so many spans");
    tki_measure_result(&m, &redraw, &(struct tki_choice){.as_it_is = true}, &r);
    is_double(r.kept[TKI_MEAN_TRACES].value, 10.0 / 25, 1e-12, "as it is: 10 traces of 25");
    is_double(r.kept[TKI_MEAN_SPANS].value, 55.0 / 25, 1e-12, "and their spans");
    tki_measure_result(&m, &redraw, &(struct tki_choice){.per = TKI_MEAN_SPANS}, &r);
    is_double(r.kept[TKI_MEAN_SPANS].value, 1, 1e-12, "a rate of spans");
    is_double(r.kept[TKI_MEAN_TRACES].value, 25.0 / (4 * 25 + 30), 1e-12, "means so many traces");
    tki_redraw_free(&redraw);
    tki_groups_free(&groups);
    tki_ledger_free(&ledger);
    tki_sizes_free(&s);
    tk_batch_free(b);
}

static void test_squeeze(void)
{
    struct tki_squeeze *s;
    char text[1 << 16];
    uint64_t first, second;
    memset(text, 'x', sizeof text);
    if (tki_squeeze_open(&s, 3) < 0)
        bail_out("out of memory");
    tki_squeeze_put(s, text, sizeof text);
    is_uint(tki_squeeze_taken(s), sizeof text, "a block takes bytes");
    is_int(tki_squeeze_end(s, &first), 0, "and ends");
    ok(first > 0 && first < 100, "65,536 times x are %u bytes", (unsigned)first);
    for (size_t i = 0; i < sizeof text; i += 256)
        tki_squeeze_put(s, text + i, 256);
    tki_squeeze_end(s, &second);
    ok(second <= first + 8, "bytes in many pieces are one block as well");
    tki_squeeze_close(s);
    tki_squeeze_close(NULL);
}

static struct tk_batch *random_spans(uint32_t n)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t resource = tk_batch_add_resource(b), scope = tk_batch_add_scope(b);
    for (uint32_t i = 0; i < n; i++)
        *tk_batch_add_span(b) = (struct tk_span){
            .trace_id = {i + 1, tki_mix64(i)}, .span_id = tki_mix64(i + 7), .resource = resource, .scope = scope};
    return b;
}

static struct tki_estimate compressed(uint32_t spans)
{
    struct tk_batch *b = random_spans(spans);
    struct tki_blocks s;
    struct tki_buf text = {0};
    tki_otlp_proto_put(&text, b, NULL, 0);
    if (tki_blocks_open(&s) < 0)
        bail_out("out of memory");
    tki_blocks_put(&s, (tk_str){text.p, text.n}, 1000);
    tki_blocks_end(&s);
    const struct tki_estimate e = tki_blocks_ratio(&s, 1);
    tki_blocks_close(&s);
    tki_buf_free(&text);
    tk_batch_free(b);
    return e;
}

/* Too few bytes have a value without a range; a range from nought to infinity would leave no money to print. */
static void test_small_blocks(void)
{
    struct tki_estimate e = compressed(50);
    ok(e.value > 0.3 && isnan(e.low) && isnan(e.high), "of a few spans the range is not known");
    e = compressed(1000);
    ok(e.low > 0.3 && e.low < e.value && e.value < e.high && e.high < 1, "of 40 kB it is: %.2f to %.2f", e.low, e.high);
}

/* Six of the same are six times the size of one. */
static void test_blocks(void)
{
    struct tk_batch *b = random_spans(5000);
    struct tki_blocks one, six;
    struct tki_buf text = {0};
    tki_otlp_proto_put(&text, b, NULL, 0);
    if (tki_blocks_open(&one) < 0 || tki_blocks_open(&six) < 0)
        bail_out("out of memory");
    for (int i = 0; i < 6; i++)
        tki_blocks_put(&six, (tk_str){text.p, text.n}, 4 << 20); /* a block each */
    tki_blocks_put(&one, (tk_str){text.p, text.n}, 1);
    tki_blocks_end(&six);
    tki_blocks_end(&one);
    is_uint(six.in, 6 * text.n, "all of them");
    is_uint(six.out[1], 6 * one.out[1], "a block does not learn from another");
    struct tki_estimate e = tki_blocks_ratio(&six, 1);
    ok(e.low < e.value && e.value < e.high && e.value > 0.3 && e.value < 1, "random ids do not compress: %.2f",
       e.value);
    tki_blocks_close(&one);
    tki_blocks_close(&six);
    tki_buf_free(&text);
    tk_batch_free(b);
}

/* ---- units ---- */

enum { UNITS = 40 };

/* A batch of its own for each number, all of one size. */
static void add_unit(struct tki_units *u, unsigned number)
{
    struct tk_batch *b = random_spans(500); /* 20 kB */
    struct tki_sizes sizes = {0};
    for (uint32_t i = 0; i < b->nspans; i++) {
        b->spans[i].trace_id.hi += 1000u * number;
        b->spans[i].start_ns = 1000 + (number * 7) % UNITS;
    }
    if (tki_sizes_of(&sizes, b, NULL, 0) < 0 || tki_units_add(u, b, NULL, 0, number, &sizes, NULL) < 0)
        bail_out("out of memory");
    tki_sizes_free(&sizes);
    tk_batch_free(b);
}

/* What is kept, as a hash of it in order of time. */
static uint64_t kept(struct tki_units *u)
{
    uint64_t h = u->n;
    if (tki_units_settle(u) < 0)
        bail_out("out of memory");
    for (size_t i = 0; i < u->n; i++)
        h = tki_hash_combine(h, tki_hash(u->unit[i]->text.p, u->unit[i]->text.n));
    return h;
}

static void test_units(void)
{
    struct tki_units up, down, part[2], both, whole;
    tki_units_open(&up, 250000, NULL, NULL);
    tki_units_open(&down, 250000, NULL, NULL);
    tki_units_open(&both, 250000, NULL, NULL);
    tki_units_open(&whole, 100000000, NULL, NULL);
    for (int k = 0; k < 2; k++)
        tki_units_open(&part[k], 250000, NULL, NULL);
    for (unsigned i = 0; i < UNITS; i++) {
        add_unit(&up, i);
        add_unit(&down, UNITS - 1 - i);
        add_unit(&whole, i);
        add_unit(&part[i % 3 == 0], i);
    }
    for (int k = 0; k < 2; k++)
        kept(&part[k]);
    const uint64_t h = kept(&up), all = kept(&whole);
    ok(up.n > 2 && up.n < UNITS / 2 && up.dropped && up.bytes >= 250000, "%zu of 40 units are kept", up.n);
    ok(all && whole.n == UNITS && !whole.dropped, "within the limit all are");
    ok(part[0].n + part[1].n > up.n, "parts keep more: %zu and %zu", part[0].n, part[1].n);
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < part[k].n; i++)
            if (tki_units_put(&both, part[k].unit[i]) < 0)
                bail_out("out of memory");
    ok(kept(&down) == h, "the order in which they come does not matter");
    ok(kept(&both) == h, "those of two parts are those of all");
    bool ascend = true;
    for (size_t i = 1; i < up.n; i++)
        ascend = ascend && up.unit[i - 1]->start_ns < up.unit[i]->start_ns;
    ok(ascend, "they lie in order of time");
    tki_units_close(&up);
    tki_units_close(&down);
    tki_units_close(&both);
    tki_units_close(&whole);
    for (int k = 0; k < 2; k++)
        tki_units_close(&part[k]);
}

static void test_quantities(void)
{
    struct tki_quantities a, b, sum;
    size_t names = 0;
    for (int k = 0; k < TKI_Q_COUNT; k++) {
        a.per_s[k] = (struct tki_range){k, k + 1, k + 2};
        b.per_s[k] = tki_range_exact(10);
        names += tki_quantity_names[k] != NULL;
    }
    is_uint(names, TKI_Q_COUNT, "every quantity has a name");
    tki_quantities_add(&sum, &a, &b);
    tki_quantities_scale(&sum, 2);
    ok(sum.per_s[1].low == 22 && sum.per_s[1].mid == 24 && sum.per_s[1].high == 26, "streams add up, and are scaled");
    /* 1000 traces/s of 50 spans of 1 kB, given without a dump. */
    const struct tki_stream s = {.per = TKI_MEAN_TRACES,
                                 .per_s = 1000,
                                 .spans_per_trace = 50,
                                 .span_bytes = 1000,
                                 .columnar_span = NAN,
                                 .es_span = NAN};
    tki_stream_quantities(&s, NULL, &a);
    is_double(a.per_s[TKI_Q_PROTO].mid, 50e6, 1e-6, "50 MB/s");
    const struct tki_range *columnar = &a.per_s[TKI_Q_COLUMNAR];
    is_double(columnar->low, 50e6 * 0.12, 1e-6, "of a columnar store a range is assumed");
    is_double(columnar->mid, 50e6 * 0.19, 1e-6, "with a middle");
    is_double(columnar->high, 50e6 * 0.31, 1e-6, "and a high end");
    is_uint(a.assumed >> TKI_Q_COLUMNAR & 1, 1, "which is said");
    ok(isnan(a.per_s[TKI_Q_EVENTS].mid), "events are not made up");
    const struct tki_range *es = &a.per_s[TKI_Q_ES_STORED];
    ok(es->low == 75e6 && es->mid == 100e6 && es->high == 130e6, "of Elasticsearch a range is assumed");
    is_uint(a.assumed >> TKI_Q_ES_STORED & 1, 1, "which is said");
    struct tki_stream calibrated = s;
    calibrated.es_span = 700;
    tki_stream_quantities(&calibrated, NULL, &a);
    is_double(es->mid, 35e6, 1e-6, "unless a store is known");
    is_uint(a.assumed >> TKI_Q_ES_STORED & 1, 0, "then it is not assumed");
    calibrated.columnar_span = 75;
    tki_stream_quantities(&calibrated, NULL, &a);
    ok(columnar->low == 3.75e6 && columnar->high == 3.75e6, "and a columnar one by what it holds of a span");
    is_uint(a.assumed >> TKI_Q_COLUMNAR & 1, 0, "not assumed either");
}

int main(void)
{
    test_sizes();
    test_ratio();
    test_nearly_equal();
    test_alike();
    test_top_share();
    test_squeeze();
    test_blocks();
    test_units();
    test_small_blocks();
    test_quantities();
    test_measure();
    return done_testing();
}
