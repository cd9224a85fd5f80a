#include "cost/measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/sort.h"
#include "format/otlp/otlp.h"

void tki_sizes_free(struct tki_sizes *s)
{
    free(s->proto);
    free(s->rows);
    free(s->group);
    tki_buf_free(&s->scratch);
    *s = (struct tki_sizes){0};
}

static int reserve(struct tki_sizes *s, size_t n)
{
    if (n <= s->cap)
        return 0;
    uint32_t *proto = realloc(s->proto, n * sizeof *proto);
    if (proto)
        s->proto = proto;
    uint32_t *rows = realloc(s->rows, n * sizeof *rows);
    if (rows)
        s->rows = rows;
    if (!proto || !rows)
        return TK_ENOMEM;
    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)i;
    s->cap = n;
    return 0;
}

/* Rows [0, n) share a resource: its bytes are divided among them, the remainder one byte each from the front. */
static int size_run(struct tki_sizes *s, const struct tk_batch *b, const uint32_t *rows, size_t n)
{
    uint64_t own = 0;
    for (size_t i = 0; i < n; i++) {
        size_t size = tki_otlp_proto_span_size(&s->scratch, b, rows[i]);
        if (s->scratch.err)
            return s->scratch.err;
        own += size;
        s->proto[rows[i]] = (uint32_t)size;
    }
    tki_buf_reset(&s->scratch);
    tki_otlp_proto_put(&s->scratch, b, rows, n);
    if (s->scratch.err)
        return s->scratch.err;
    uint64_t shared = s->scratch.n - own;
    for (size_t i = 0; i < n; i++)
        s->proto[rows[i]] += (uint32_t)(shared / n + (i < shared % n));
    return 0;
}

int tki_sizes_of(struct tki_sizes *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    uint64_t notes[TKI_NOTE_COUNT] = {0};
    s->json_bytes = 0;
    s->err = reserve(s, b->nspans);
    if (s->err)
        return s->err;
    if (!rows) {
        rows = s->rows;
        nrows = b->nspans;
    }
    for (size_t i = 0, end; i < nrows && !s->err; i = end) {
        uint32_t resource = b->spans[rows[i]].resource;
        for (end = i + 1; end < nrows && b->spans[rows[end]].resource == resource; end++)
            ;
        s->err = size_run(s, b, rows + i, end - i);
    }
    tki_buf_reset(&s->scratch);
    tki_otlp_json_put(&s->scratch, b, rows, nrows, notes);
    s->json_bytes = s->scratch.n;
    if (s->scratch.err)
        s->err = s->scratch.err;
    return s->err;
}

int tki_sizes_group(struct tki_sizes *s, const struct tki_groups *groups)
{
    uint32_t n = groups->ids.n;
    if (n > s->group_cap || !s->group) {
        size_t cap = s->group_cap ? s->group_cap : 64;
        while (cap < n)
            cap *= 2;
        uint64_t *group = realloc(s->group, cap * sizeof *group);
        if (!group)
            return s->err = TK_ENOMEM;
        s->group = group;
        s->group_cap = cap;
    }
    memset(s->group, 0, n * sizeof *s->group);
    for (uint32_t i = 0; i < groups->nrows; i++)
        s->group[groups->group[i]] += s->proto[tki_groups_span(groups, i)];
    return 0;
}

void tki_measure_init(struct tki_measure *m, struct tki_ledger *ledger)
{
    *m = (struct tki_measure){.ledger = ledger, .column = tki_ledger_column(ledger, sizeof(uint64_t))};
}

static uint64_t *bytes_of(const struct tki_measure *m, uint32_t row)
{
    return tki_ledger_at(m->ledger, row, m->column);
}

void tki_measure_add(struct tki_measure *m, const struct tki_sizes *s, const struct tki_groups *groups)
{
    for (uint32_t i = 0; i < groups->ids.n; i++)
        *bytes_of(m, groups->ledger_row[i]) += s->group[i];
    m->json_bytes += s->json_bytes;
}

double tki_student(size_t degrees)
{
    static const double exact[] = {NAN,    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469,
                                   2.3646, 2.3060,  2.2622, 2.2281, 2.2010, 2.1788, 2.1604,
                                   2.1448, 2.1314,  2.1199, 2.1098, 2.1009, 2.0930, 2.0860};
    if (degrees < sizeof exact / sizeof *exact)
        return exact[degrees];
    /* Cornish-Fisher around the normal quantile: exact to four decimals from 20 degrees on. */
    double z = 1.959963984540054, v = (double)degrees;
    double z3 = z * z * z, z5 = z3 * z * z;
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v);
}

struct tki_estimate tki_ratio(const double *w, const double *y, const double *x, size_t n)
{
    double sy = 0, sx = 0, mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sy += w[i] * y[i];
        sx += w[i] * x[i];
    }
    struct tki_estimate e = {sx > 0 ? sy / sx : 0, NAN};
    if (n < 2 || !(sx > 0))
        return e;
    for (size_t i = 0; i < n; i++)
        mean += w[i] * (y[i] - e.value * x[i]) / (double)n;
    for (size_t i = 0; i < n; i++) {
        double d = w[i] * (y[i] - e.value * x[i]) - mean;
        squares += d * d;
    }
    double variance = (double)n / (double)(n - 1) * squares / (sx * sx);
    e.half_width = tki_student(n - 1) * sqrt(variance);
    return e;
}

static void quantiles(uint64_t *v, size_t n, uint64_t out[3])
{
    tki_sort_u64(v, n);
    out[0] = v[(n + 1) / 2 - 1];
    out[1] = v[(n * 95 + 99) / 100 - 1];
    out[2] = v[n - 1];
}

struct columns { /* of the traces that count */
    double *weight, *spans, *bytes, *one;
    uint64_t *value;
    size_t n;
    double squares;
    uint64_t first_ns, last_ns; /* beginnings */
};

static void add_trace(struct columns *x, const struct tki_trace_row *row, uint64_t bytes, struct tki_measured *r)
{
    double w = tki_rate_weight(row->rate);
    uint64_t start, end;
    r->weighted = r->weighted || w != 1;
    r->unknown += tki_rate_class(row->rate) == TKI_RATE_UNKNOWN;
    r->represented += w;
    r->spans += row->spans;
    r->bytes += bytes;
    x->squares += w * w;
    x->weight[x->n] = w;
    x->spans[x->n] = row->spans;
    x->bytes[x->n] = (double)bytes;
    x->one[x->n++] = 1;
    if (!tki_extent_get(&row->extent, &start, &end))
        return;
    x->first_ns = start < x->first_ns ? start : x->first_ns;
    x->last_ns = start > x->last_ns ? start : x->last_ns;
}

static void sum_up(struct columns *x, struct tki_measured *r)
{
    size_t n = r->traces = x->n;
    for (size_t i = 0; i < n; i++)
        x->value[i] = (uint64_t)x->spans[i];
    quantiles(x->value, n, r->trace_spans);
    for (size_t i = 0; i < n; i++)
        x->value[i] = (uint64_t)x->bytes[i];
    quantiles(x->value, n, r->trace_bytes);
    r->n_eff = r->represented * r->represented / x->squares;
    r->spans_per_trace = tki_ratio(x->weight, x->spans, x->one, n);
    r->span_bytes = tki_ratio(x->weight, x->bytes, x->spans, n);
    r->seconds = x->first_ns < x->last_ns ? (double)(x->last_ns - x->first_ns) / 1e9 : 0;
}

int tki_measure_result(const struct tki_measure *m, bool (*counts)(const void *ctx, uint32_t row), const void *ctx,
                       struct tki_measured *r)
{
    size_t most = m->ledger->ids.n;
    *r = (struct tki_measured){.json_bytes = m->json_bytes};
    r->spans_per_trace.half_width = r->span_bytes.half_width = NAN;
    if (most == 0)
        return 0;
    double *w = malloc(4 * most * sizeof *w);
    struct columns x = {
        w, w + most, w + 2 * most, w + 3 * most, malloc(most * sizeof *x.value), .first_ns = TKI_NO_TIME};
    int rc = w && x.value ? 0 : TK_ENOMEM;
    for (uint32_t i = 0; i < most && rc == 0; i++)
        if (!counts || counts(ctx, i))
            add_trace(&x, tki_ledger_row(m->ledger, i), *bytes_of(m, i), r);
    if (rc == 0 && x.n)
        sum_up(&x, r);
    free(w);
    free(x.value);
    return rc;
}
