#include "cost/measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/sort.h"
#include "format/otlp/otlp.h"

void tki_sizes_free(struct tki_sizes *s)
{
    free(s->proto);
    free(s->rows);
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

static struct tki_trace_size *trace_of(struct tki_measure *m, tk_id128 id)
{
    uint32_t known = m->ids.n, t = tki_idmap_put(&m->ids, id);
    if (t == TKI_MAP_NONE)
        return NULL;
    if (t == known) {
        if (t == m->cap) {
            uint32_t cap = m->cap ? m->cap * 2 : 256;
            struct tki_trace_size *p = realloc(m->traces, cap * sizeof *p);
            if (!p)
                return NULL;
            m->traces = p;
            m->cap = cap;
        }
        m->traces[t] = (struct tki_trace_size){.threshold = UINT64_MAX};
    }
    return &m->traces[t];
}

int tki_measure_add(struct tki_measure *m, const struct tk_batch *b, const struct tki_sizes *s, const uint32_t *rows,
                    size_t nrows)
{
    size_t n = rows ? nrows : b->nspans;
    for (size_t i = 0; i < n; i++) {
        uint32_t row = rows ? rows[i] : (uint32_t)i;
        const struct tk_span *p = &b->spans[row];
        struct tki_trace_size *t = trace_of(m, p->trace_id);
        uint64_t threshold;
        if (!t)
            return TK_ENOMEM;
        t->spans++;
        t->bytes += s->proto[row];
        m->bytes += s->proto[row];
        if (p->trace_state.n && tk_state_threshold(p->trace_state, &threshold) == 1 &&
            (t->threshold == UINT64_MAX || threshold > t->threshold))
            t->threshold = threshold;
        if (p->parent_id == 0 && p->start_ns) {
            if (!m->start_min_ns || p->start_ns < m->start_min_ns)
                m->start_min_ns = p->start_ns;
            if (p->start_ns > m->start_max_ns)
                m->start_max_ns = p->start_ns;
        }
    }
    m->spans += n;
    m->json_bytes += s->json_bytes;
    return 0;
}

void tki_measure_free(struct tki_measure *m)
{
    tki_idmap_free(&m->ids);
    free(m->traces);
    *m = (struct tki_measure){0};
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

int tki_measure_result(const struct tki_measure *m, struct tki_measured *r)
{
    size_t n = m->ids.n;
    *r = (struct tki_measured){.traces = n, .spans = m->spans, .bytes = m->bytes, .json_bytes = m->json_bytes};
    r->spans_per_trace.half_width = r->span_bytes.half_width = NAN;
    if (n == 0)
        return 0;
    double *w = malloc(4 * n * sizeof *w);
    uint64_t *v = malloc(n * sizeof *v);
    if (!w || !v) {
        free(w);
        free(v);
        return TK_ENOMEM;
    }
    double *spans = w + n, *bytes = w + 2 * n, *one = w + 3 * n, squares = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tki_trace_size *t = &m->traces[i];
        w[i] = t->threshold == UINT64_MAX ? 1 : tk_threshold_weight(t->threshold);
        r->weighted = r->weighted || w[i] != 1;
        r->represented += w[i];
        squares += w[i] * w[i];
        spans[i] = t->spans;
        bytes[i] = (double)t->bytes;
        one[i] = 1;
        v[i] = t->spans;
    }
    quantiles(v, n, r->trace_spans);
    for (size_t i = 0; i < n; i++)
        v[i] = m->traces[i].bytes;
    quantiles(v, n, r->trace_bytes);
    r->n_eff = r->represented * r->represented / squares;
    r->spans_per_trace = tki_ratio(w, spans, one, n);
    r->span_bytes = tki_ratio(w, bytes, spans, n);
    r->seconds = (double)(m->start_max_ns - m->start_min_ns) / 1e9;
    free(w);
    free(v);
    return 0;
}
