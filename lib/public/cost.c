#include "tracekit/cost.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/num.h"
#include "base/shipped.h"
#include "cost/measure.h"
#include "cost/month.h"
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
    struct tki_backends backends;
    const struct tki_backend *backend;
    struct tki_terms terms;
    double ratio;
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
    for (size_t k = 0; tki_shipped_backends[k].name; k++)
        if (k == i)
            return tki_shipped_backends[k].name;
    return NULL;
}

int tk_bill_new(struct tk_bill **out, struct tk_err *err)
{
    struct tk_bill *b = calloc(1, sizeof *b);
    *out = NULL;
    if (!b)
        return tki_err_memory(err);
    int rc = tki_backends_open(&b->backends, err);
    if (rc < 0) {
        free(b);
        return rc;
    }
    b->ratio = 1;
    b->terms = (struct tki_terms){.month_days = 30, .retention_days = NAN, .retention_traces = NAN, .replicas = NAN};
    *out = b;
    return tk_bill_price(b, "s3");
}

void tk_bill_free(struct tk_bill *b)
{
    if (b)
        tki_backends_close(&b->backends);
    free(b);
}

static int no_file(void *ctx, const char *path, struct tki_buf *text, struct tk_err *err)
{
    (void)ctx;
    (void)text;
    return tki_err_set(err, TK_EUSAGE, "%s: a price names no files", path);
}

int tk_bill_price(struct tk_bill *b, const char *name)
{
    const struct tki_backend *backend;
    if (!name || tki_backend_choose(&b->backends, tki_str(name), no_file, NULL, &backend, NULL) < 0)
        return TK_EUSAGE;
    b->backend = backend;
    return 0;
}

int tk_bill_price_gb(struct tk_bill *b, double dollars)
{
    char spec[64];
    if (!(dollars >= 0) || isinf(dollars))
        return TK_EUSAGE;
    size_t n = (size_t)snprintf(spec, sizeof spec, "generic:gb-month=");
    n += tki_fmt_double(spec + n, dollars);
    spec[n] = 0;
    return tk_bill_price(b, spec);
}

int tk_bill_set(struct tk_bill *b, enum tk_bill_term term, double x)
{
    if (!(x > 0) || isinf(x))
        return TK_EUSAGE;
    switch (term) {
    case TK_BILL_MONTH_DAYS: b->terms.month_days = x; return 0;
    case TK_BILL_RETENTION_DAYS: b->terms.retention_days = x; return 0;
    case TK_BILL_RATIO: b->ratio = x; return 0;
    case TK_BILL_REPLICAS: b->terms.replicas = x; return 0;
    }
    return TK_EUSAGE;
}

int tk_bill_project(const struct tk_bill *b, double spans_per_s, double span_bytes, double *values, size_t n)
{
    if (!(spans_per_s >= 0) || !(span_bytes >= 0) || isinf(spans_per_s) || isinf(span_bytes))
        return TK_EUSAGE;
    struct tki_backend backend = *b->backend;
    struct tki_streams s = {.notable_known = false};
    struct tki_cost cost;
    backend.ratio = b->ratio;
    for (size_t i = 0; i < TKI_Q_COUNT; i++)
        s.all.per_s[i] = tki_range_exact(NAN);
    s.all.per_s[TKI_Q_SPANS] = tki_range_exact(spans_per_s);
    s.all.per_s[TKI_Q_PROTO] = tki_range_exact(spans_per_s * span_bytes);
    if (tki_cost_month(&backend, &s, &b->terms, 0, &cost, NULL) < 0)
        cost = (struct tki_cost){.stored_bytes = {NAN, NAN, NAN}};
    const double a_day = spans_per_s * span_bytes * 86400 / 1e9;
    const double known[TK_BILL_ITEMS] = {
        [TK_BILL_SPANS_PER_S] = spans_per_s,
        [TK_BILL_BYTES_PER_S] = spans_per_s * span_bytes,
        [TK_BILL_GB_PER_DAY] = a_day,
        [TK_BILL_TB_PER_MONTH] = a_day * b->terms.month_days / 1e3,
        [TK_BILL_STORED_GB] = cost.stored_bytes.mid / 1e9,
        [TK_BILL_DOLLARS] = cost.complete ? cost.dollars.mid : NAN,
    };
    tki_values_give(values, n, known, TK_BILL_ITEMS);
    return 0;
}
