/* openmetrics: counters and histograms of spans by service, name, kind and status, with exemplars.
 *
 * Names, labels and bounds are those of two conventions, so that dashboards and alerts made for either fit: the
 * collector's spanmetrics connector with durations in seconds, and the metrics generator of Grafana Tempo.  A span that
 * survived sampling counts for as many as it stands for, which the root of its trace may say; sums are kept with
 * fractions and written rounded.  The exemplar of a bucket is its slowest span.
 *
 * Format: OpenMetrics 1.0.0 (text).
 */
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/text.h"
#include "view/view.h"

enum { NAMES_MAX = 1 << 16, SERIES_MAX = 20000, BOUNDS_MAX = 16, CONVENTIONS = 2 };

struct bound {
    uint64_t ns;
    const char *le;
};

static const struct bound connector_bounds[] = {
    {2000000, "0.002"},  {4000000, "0.004"},  {6000000, "0.006"},    {8000000, "0.008"},
    {10000000, "0.01"},  {50000000, "0.05"},  {100000000, "0.1"},    {200000000, "0.2"},
    {400000000, "0.4"},  {800000000, "0.8"},  {1000000000, "1.0"},   {1400000000, "1.4"},
    {2000000000, "2.0"}, {5000000000, "5.0"}, {10000000000, "10.0"}, {15000000000, "15.0"},
};
static const struct bound tempo_bounds[] = {
    {2000000, "0.002"},   {4000000, "0.004"},   {8000000, "0.008"},   {16000000, "0.016"},
    {32000000, "0.032"},  {64000000, "0.064"},  {128000000, "0.128"}, {256000000, "0.256"},
    {512000000, "0.512"}, {1020000000, "1.02"}, {2050000000, "2.05"}, {4100000000, "4.1"},
};

static const struct convention {
    const char *calls, *duration, *service; /* names of metrics and of a label */
    bool unit;                              /* the name of the duration ends in its unit */
    unsigned n;
    const struct bound *bound;
} conventions[CONVENTIONS] = {
    {"traces_span_metrics_calls", "traces_span_metrics_duration_seconds", "service_name", true,
     sizeof connector_bounds / sizeof *connector_bounds, connector_bounds},
    {"traces_spanmetrics_calls", "traces_spanmetrics_latency", "service", false,
     sizeof tempo_bounds / sizeof *tempo_bounds, tempo_bounds},
};

struct exemplar {
    tk_id128 trace_id;
    uint64_t span_id, duration_ns, end_ns;
};

struct histogram {
    double bucket[BOUNDS_MAX + 1]; /* not cumulated; the last has no bound */
    struct exemplar exemplar[BOUNDS_MAX + 1];
};

struct series {
    double calls, sum_s;
    struct histogram histogram[CONVENTIONS];
};

struct metrics {
    struct tki_view_names names; /* of services and operations */
    struct tki_idmap keys;       /* hi: service and name, lo: kind and status; the number is the series' */
    struct series *series;
    uint32_t cap;
};

static struct series *series_of(struct tki_encode *e, struct metrics *m, const struct tk_batch *b,
                                const struct tk_span *s)
{
    uint64_t service = tki_view_names_put(&m->names, e, tki_view_service(b, s), NAMES_MAX);
    tk_id128 key = {service << 32 | tki_view_names_put(&m->names, e, tki_view_name(s), NAMES_MAX),
                    (uint64_t)s->kind << 8 | s->status};
    bool full = m->keys.n >= SERIES_MAX;
    uint32_t i = full ? tki_idmap_get(&m->keys, key) : tki_idmap_put(&m->keys, key);
    if (full && i == TKI_MAP_NONE) {
        e->notes[TK_NOTE_OTHER_NAME]++;
        i = tki_idmap_put(&m->keys, (tk_id128){0, key.lo}); /* of each kind and status one "(other)" */
    }
    if (i == TKI_MAP_NONE)
        tki_view_out_of_memory(e);
    else if (TKI_VIEW_ROOM(e, m->series, m->cap, i))
        return &m->series[i];
    return NULL;
}

static void add(struct tki_encode *e, struct metrics *m, const struct tk_batch *b, const struct tk_span *s,
                tki_rate trace)
{
    struct series *series = series_of(e, m, b, s);
    double weight = tki_view_weight(e, trace);
    if (!series)
        return;
    series->calls += weight;
    e->notes[TK_NOTE_UNTIMED] += !tki_view_timed(s);
    if (!tki_view_timed(s))
        return;
    uint64_t ns = tki_view_duration_written(e, s);
    if (!s->end_ns)
        return;
    series->sum_s += (double)ns / 1e9 * weight;
    for (int c = 0; c < CONVENTIONS; c++) {
        struct histogram *h = &series->histogram[c];
        uint32_t i = 0;
        while (i < conventions[c].n && ns > conventions[c].bound[i].ns)
            i++;
        struct exemplar *x = &h->exemplar[i];
        if (h->bucket[i] == 0 || ns > x->duration_ns)
            *x = (struct exemplar){s->trace_id, s->span_id, ns, s->end_ns};
        h->bucket[i] += weight;
    }
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    struct metrics *m = tki_view_state(e, sizeof *m);
    tki_rate rate = tki_rows_rate(b, rows, nrows);
    for (size_t i = 0; m && i < nrows && !tki_view_failed(e); i++)
        add(e, m, b, &b->spans[rows[i]], rate);
}

/* ---- writing ---- */

static int compare_series(const void *a, const void *b, void *metrics)
{
    const struct metrics *m = metrics;
    tk_id128 x = m->keys.ids[*(const uint32_t *)a], y = m->keys.ids[*(const uint32_t *)b];
    int c = tki_str_cmp(m->names.table.strs[x.hi >> 32], m->names.table.strs[y.hi >> 32]);
    if (c == 0)
        c = tki_str_cmp(m->names.table.strs[(uint32_t)x.hi], m->names.table.strs[(uint32_t)y.hi]);
    return c ? c : (x.lo > y.lo) - (x.lo < y.lo);
}

static uint32_t *sorted(struct tki_encode *e, const struct metrics *m)
{
    uint32_t *order = malloc(((size_t)m->keys.n + 1) * sizeof *order);
    if (!order) {
        tki_view_out_of_memory(e);
        return NULL;
    }
    for (uint32_t i = 0; i < m->keys.n; i++)
        order[i] = i;
    qsort_r(order, m->keys.n, sizeof *order, compare_series, (void *)(uintptr_t)m);
    return order;
}

static bool escape(struct tki_buf *out, char c)
{
    if (c == '\n')
        tki_buf_lit(out, "\\n");
    else if (c == '"')
        tki_buf_lit(out, "\\\"");
    else if (c == '\\')
        tki_buf_lit(out, "\\\\");
    else
        return false;
    return true;
}

/* Two names have to stay two labels, so what nobody would see is written out and not taken away. */
static void label(struct tki_encode *e, tk_str s)
{
    struct tki_buf shown = {0};
    for (size_t i = 0, len; i < s.n; i += len ? len : 1) {
        bool hidden = tki_text_is_control(s, i, &len) && s.p[i] != '\n' && s.p[i] != '\t';
        const tk_str c = {s.p + i, len ? len : 1};
        if (hidden)
            tki_buf_visible(&shown, c);
        else
            tki_buf_str(&shown, c);
    }
    tki_view_text(e, tki_buf_text(&shown, &e->out->err), escape);
    tki_buf_free(&shown);
}

static void upper(struct tki_buf *out, const char *prefix, tk_str s)
{
    tki_buf_str(out, tki_str(prefix));
    for (size_t i = 0; i < s.n; i++)
        tki_buf_putc(out, s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 'a' + 'A') : s.p[i]);
}

/* The name of a sample and its labels, of which the caller may add more before it closes them. */
static void sample(struct tki_encode *e, const struct metrics *m, uint32_t i, const struct convention *c,
                   const char *name, const char *suffix)
{
    tk_id128 key = m->keys.ids[i];
    tki_buf_printf(e->out, "%s%s{%s=\"", name, suffix, c->service);
    label(e, m->names.table.strs[key.hi >> 32]);
    tki_buf_lit(e->out, "\",span_name=\"");
    label(e, m->names.table.strs[(uint32_t)key.hi]);
    upper(e->out, "\",span_kind=\"SPAN_KIND_", tki_view_kind((unsigned)(key.lo >> 8)));
    upper(e->out, "\",status_code=\"STATUS_CODE_", tki_view_status((unsigned)(key.lo & 0xff)));
    tki_buf_putc(e->out, '"');
}

static void rounded(struct tki_buf *out, double count)
{
    tki_buf_u64(out, (uint64_t)llround(count));
}

/* Seconds as a decimal number, exactly. */
static void seconds(struct tki_buf *out, uint64_t ns)
{
    tki_buf_printf(out, "%llu.%09llu", (unsigned long long)(ns / 1000000000), (unsigned long long)(ns % 1000000000));
}

static void exemplar(struct tki_buf *out, const struct exemplar *x)
{
    tki_buf_lit(out, " # {trace_id=\"");
    tki_view_trace_id(out, x->trace_id);
    tki_buf_lit(out, "\",span_id=\"");
    tki_buf_hex64(out, x->span_id);
    tki_buf_lit(out, "\"} ");
    seconds(out, x->duration_ns);
    tki_buf_putc(out, ' ');
    seconds(out, x->end_ns);
}

static void put_histogram(struct tki_encode *e, const struct metrics *m, uint32_t i, const struct convention *c)
{
    const struct series *s = &m->series[i];
    const struct histogram *h = &s->histogram[c - conventions];
    double count = 0;
    for (uint32_t k = 0; k <= c->n; k++) {
        count += h->bucket[k];
        sample(e, m, i, c, c->duration, "_bucket");
        tki_buf_printf(e->out, ",le=\"%s\"} ", k < c->n ? c->bound[k].le : "+Inf");
        rounded(e->out, count);
        if (h->bucket[k] > 0)
            exemplar(e->out, &h->exemplar[k]);
        tki_buf_putc(e->out, '\n');
    }
    sample(e, m, i, c, c->duration, "_count");
    tki_buf_lit(e->out, "} ");
    rounded(e->out, count);
    tki_buf_putc(e->out, '\n');
    sample(e, m, i, c, c->duration, "_sum");
    tki_buf_lit(e->out, "} ");
    tki_buf_double(e->out, s->sum_s);
    tki_buf_putc(e->out, '\n');
}

static void put_convention(struct tki_encode *e, const struct metrics *m, const uint32_t *order,
                           const struct convention *c)
{
    tki_buf_printf(e->out,
                   "# HELP %s Spans, by service, name, kind and status; errors are those with STATUS_CODE_ERROR.\n"
                   "# TYPE %s counter\n",
                   c->calls, c->calls);
    for (uint32_t i = 0; order && i < m->keys.n; i++) {
        sample(e, m, order[i], c, c->calls, "_total");
        tki_buf_lit(e->out, "} ");
        rounded(e->out, m->series[order[i]].calls);
        tki_buf_putc(e->out, '\n');
    }
    tki_buf_printf(e->out, "# HELP %s Durations of spans%s.\n# TYPE %s histogram\n", c->duration,
                   c->unit ? "" : ", in seconds", c->duration);
    if (c->unit)
        tki_buf_printf(e->out, "# UNIT %s seconds\n", c->duration);
    for (uint32_t i = 0; order && i < m->keys.n; i++)
        put_histogram(e, m, order[i], c);
}

static void end(struct tki_encode *e)
{
    const struct metrics *m = e->state;
    uint32_t *order = m ? sorted(e, m) : NULL;
    for (int c = 0; c < CONVENTIONS; c++)
        put_convention(e, m, order, &conventions[c]);
    tki_buf_lit(e->out, "# EOF\n");
    free(order);
}

static void free_state(void *state)
{
    struct metrics *m = state;
    tki_view_names_free(&m->names);
    tki_idmap_free(&m->keys);
    free(m->series);
    free(m);
}

const struct tki_format tki_view_openmetrics = {
    .info = {.name = "openmetrics",
             .about = "calls, errors and durations of each operation, with exemplars",
             .can_write = true,
             .whole_traces = true,
             .view = true},
    .put = put,
    .end = end,
    .free_state = free_state,
};
