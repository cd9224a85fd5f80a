#include "tracekit/cost.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "cost/measure.h"
#include "cost/price.h"
#include "model/complete.h"
#include "public/replay.h"
#include "public/values.h"
#include "public/whole.h"

struct tk_meter {
    struct tki_ledger ledger;
    struct tki_measure measure;
    struct tki_sizes sizes;
    struct tki_groups groups;
    struct tki_complete *complete;
};

struct tk_bill {
    struct tki_price price;
    struct tki_plan plan; /* retention_days 0: a month */
};

/* ---- measuring ---- */

int tk_meter_new(struct tk_meter **out, struct tk_err *err)
{
    struct tk_meter *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m || !(m->complete = tki_complete_new())) {
        free(m);
        return tki_err_memory(err);
    }
    tki_measure_init(&m->measure, &m->ledger);
    *out = m;
    return 0;
}

void tk_meter_free(struct tk_meter *m)
{
    if (!m)
        return;
    tki_sizes_free(&m->sizes);
    tki_groups_free(&m->groups);
    tki_ledger_free(&m->ledger);
    tki_complete_free(m->complete);
    free(m);
}

int tk_meter_add(struct tk_meter *m, const struct tk_batch *b, struct tk_err *err)
{
    if ((b->needs & TK_NEED_ALL) != TK_NEED_ALL)
        return tki_err_set(err, TK_EUSAGE, "spans of which not every field was decoded have no size");
    int rc = tki_complete_view(m->complete, b, NULL, b->nspans, &b, err);
    if (rc < 0)
        return rc;
    if (tki_groups_make(&m->groups, b, NULL, 0) < 0 || tki_ledger_fold(&m->ledger, &m->groups) < 0 ||
        tki_sizes_of(&m->sizes, b, NULL, 0) < 0 || tki_sizes_group(&m->sizes, b, &m->groups) < 0)
        return tki_err_memory(err);
    tki_measure_add(&m->measure, &m->sizes, &m->groups);
    return 0;
}

static int add(void *meter, struct tk_batch *b, struct tk_err *err)
{
    return tk_meter_add(meter, b, err);
}

int tk_meter_read(struct tk_meter *m, struct tk_reader *reader, struct tk_err *err)
{
    return tki_each_batch(reader, add, m, err);
}

struct choice {
    const struct tk_meter *meter;
    const struct tk_replay *kept;
};

static bool is_kept(const void *ctx, uint32_t row)
{
    const struct choice *c = ctx;
    return tk_replay_keeps(c->kept, c->meter->ledger.ids.ids[row]);
}

int tk_meter_measure(const struct tk_meter *m, const struct tk_replay *kept, double *values, size_t n,
                     struct tk_err *err)
{
    const struct choice choice = {m, kept};
    struct tki_measured r;
    if (kept && !tki_replay_is_judged(kept))
        return tki_err_set(err, TK_EUSAGE, "the traces are not judged yet");
    struct tki_redraw draws;
    if (tki_redraw_open(&draws, m->ledger.ids.ids, m->ledger.ids.n, TKI_REDRAW_SEED) < 0)
        return tki_err_memory(err);
    int rc = tki_measure_result(&m->measure, &draws,
                                kept ? &(struct tki_choice){.counts = is_kept, .ctx = &choice} : NULL, &r);
    tki_redraw_free(&draws);
    if (rc < 0)
        return tki_err_memory(err);
    const double known[TK_MEASURES] = {
        [TK_MEASURE_TRACES] = (double)r.traces,
        [TK_MEASURE_SPANS] = (double)r.spans,
        [TK_MEASURE_BYTES] = (double)r.bytes,
        [TK_MEASURE_JSON_BYTES] = (double)r.json_bytes,
        [TK_MEASURE_STAND_FOR] = r.represented,
        [TK_MEASURE_N_EFF] = r.n_eff,
        [TK_MEASURE_UNKNOWN] = (double)r.unknown,
        [TK_MEASURE_SECONDS] = r.seconds,
        [TK_MEASURE_SPANS_PER_TRACE] = r.spans_per_trace.value,
        [TK_MEASURE_SPANS_PER_TRACE_HALF] = (r.spans_per_trace.high - r.spans_per_trace.low) / 2,
        [TK_MEASURE_SPAN_BYTES] = r.span_bytes.value,
        [TK_MEASURE_SPAN_BYTES_HALF] = (r.span_bytes.high - r.span_bytes.low) / 2,
        [TK_MEASURE_TRACE_SPANS_P50] = (double)r.trace_spans[0],
        [TK_MEASURE_TRACE_SPANS_P95] = (double)r.trace_spans[1],
        [TK_MEASURE_TRACE_SPANS_MAX] = (double)r.trace_spans[2],
        [TK_MEASURE_TRACE_BYTES_P50] = (double)r.trace_bytes[0],
        [TK_MEASURE_TRACE_BYTES_P95] = (double)r.trace_bytes[1],
        [TK_MEASURE_TRACE_BYTES_MAX] = (double)r.trace_bytes[2],
        [TK_MEASURE_SPANS_PER_TRACE_LOW] = r.spans_per_trace.low,
        [TK_MEASURE_SPANS_PER_TRACE_HIGH] = r.spans_per_trace.high,
        [TK_MEASURE_SPAN_BYTES_LOW] = r.span_bytes.low,
        [TK_MEASURE_SPAN_BYTES_HIGH] = r.span_bytes.high,
        [TK_MEASURE_TOP_SHARE] = r.top_share,
    };
    tki_values_give(values, n, known, TK_MEASURES);
    return 0;
}

/* ---- bills ---- */

const char *tk_price_name(size_t i)
{
    for (size_t k = 0; tki_prices[k].name; k++)
        if (k == i)
            return tki_prices[k].name;
    return NULL;
}

int tk_bill_new(struct tk_bill **out, struct tk_err *err)
{
    struct tk_bill *b = calloc(1, sizeof *b);
    *out = b;
    if (!b)
        return tki_err_memory(err);
    b->plan = (struct tki_plan){.month_days = 30, .ratio = 1, .replicas = 1};
    return tk_bill_price(b, "s3");
}

void tk_bill_free(struct tk_bill *b)
{
    free(b);
}

int tk_bill_price(struct tk_bill *b, const char *name)
{
    const struct tki_price *p = name ? tki_price_find(name) : NULL;
    if (!p)
        return TK_EUSAGE;
    b->price = *p;
    return 0;
}

int tk_bill_price_gb(struct tk_bill *b, double dollars)
{
    if (!(dollars >= 0) || isinf(dollars))
        return TK_EUSAGE;
    b->price = (struct tki_price){.name = "given", .tiers = {{(double)INFINITY, dollars}}};
    return 0;
}

int tk_bill_set(struct tk_bill *b, enum tk_bill_term term, double x)
{
    if (!(x > 0) || isinf(x))
        return TK_EUSAGE;
    switch (term) {
    case TK_BILL_MONTH_DAYS: b->plan.month_days = x; return 0;
    case TK_BILL_RETENTION_DAYS: b->plan.retention_days = x; return 0;
    case TK_BILL_RATIO: b->plan.ratio = x; return 0;
    case TK_BILL_REPLICAS: b->plan.replicas = x; return 0;
    }
    return TK_EUSAGE;
}

int tk_bill_project(const struct tk_bill *b, double spans_per_s, double span_bytes, double *values, size_t n)
{
    if (!(spans_per_s >= 0) || !(span_bytes >= 0) || isinf(spans_per_s) || isinf(span_bytes))
        return TK_EUSAGE;
    struct tki_plan plan = b->plan;
    plan.price = &b->price;
    if (plan.retention_days <= 0)
        plan.retention_days = plan.month_days;
    const struct tki_projection p = tki_project(&plan, spans_per_s, span_bytes);
    const double known[TK_BILL_ITEMS] = {
        [TK_BILL_SPANS_PER_S] = p.spans_per_s, [TK_BILL_BYTES_PER_S] = p.bytes_per_s,
        [TK_BILL_GB_PER_DAY] = p.gb_per_day,   [TK_BILL_TB_PER_MONTH] = p.tb_per_month,
        [TK_BILL_STORED_GB] = p.stored_gb,     [TK_BILL_DOLLARS] = p.dollars,
    };
    tki_values_give(values, n, known, TK_BILL_ITEMS);
    return 0;
}
