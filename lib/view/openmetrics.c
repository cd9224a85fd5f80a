/* openmetrics: counters and histograms of spans by service, name, kind and status, with exemplars.
 *
 * Names, labels and bounds are those of the collector's spanmetrics connector with durations in seconds, so that
 * dashboards made for it fit.  A span that survived sampling counts for as many as it stands for, which the root of its
 * trace may say; sums are kept with fractions and written rounded.  The exemplar of a bucket is its slowest span.
 *
 * Format: OpenMetrics 1.0.0 (text).
 */
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "view/view.h"

enum { NAMES_MAX = 1 << 16, SERIES_MAX = 20000, BOUNDS = 16 };

static const struct {
    uint64_t ns;
    const char *le;
} bounds[BOUNDS] = {
    {2000000, "0.002"},  {4000000, "0.004"},  {6000000, "0.006"},    {8000000, "0.008"},
    {10000000, "0.01"},  {50000000, "0.05"},  {100000000, "0.1"},    {200000000, "0.2"},
    {400000000, "0.4"},  {800000000, "0.8"},  {1000000000, "1.0"},   {1400000000, "1.4"},
    {2000000000, "2.0"}, {5000000000, "5.0"}, {10000000000, "10.0"}, {15000000000, "15.0"},
};

struct exemplar {
    tk_id128 trace_id;
    uint64_t span_id, duration_ns, end_ns;
};

struct series {
    double calls;
    double bucket[BOUNDS + 1]; /* not cumulated; the last has no bound */
    double sum_s;
    struct exemplar exemplar[BOUNDS + 1];
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
    uint32_t i = 0;
    while (i < BOUNDS && ns > bounds[i].ns)
        i++;
    struct exemplar *x = &series->exemplar[i];
    if (series->bucket[i] == 0 || ns > x->duration_ns)
        *x = (struct exemplar){s->trace_id, s->span_id, ns, s->end_ns};
    series->bucket[i] += weight;
    series->sum_s += (double)ns / 1e9 * weight;
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

static void upper(struct tki_buf *out, const char *prefix, tk_str s)
{
    tki_buf_str(out, tki_str(prefix));
    for (size_t i = 0; i < s.n; i++)
        tki_buf_putc(out, s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 'a' + 'A') : s.p[i]);
}

/* The name of a sample and its labels, of which the caller may add more before it closes them. */
static void sample(struct tki_encode *e, const struct metrics *m, uint32_t i, const char *name)
{
    tk_id128 key = m->keys.ids[i];
    tki_buf_str(e->out, tki_str(name));
    tki_buf_lit(e->out, "{service_name=\"");
    tki_view_text(e, m->names.table.strs[key.hi >> 32], escape);
    tki_buf_lit(e->out, "\",span_name=\"");
    tki_view_text(e, m->names.table.strs[(uint32_t)key.hi], escape);
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

static void histogram(struct tki_encode *e, const struct metrics *m, uint32_t i)
{
    const struct series *s = &m->series[i];
    double count = 0;
    for (uint32_t k = 0; k <= BOUNDS; k++) {
        count += s->bucket[k];
        sample(e, m, i, "traces_span_metrics_duration_seconds_bucket");
        tki_buf_printf(e->out, ",le=\"%s\"} ", k < BOUNDS ? bounds[k].le : "+Inf");
        rounded(e->out, count);
        if (s->bucket[k] > 0)
            exemplar(e->out, &s->exemplar[k]);
        tki_buf_putc(e->out, '\n');
    }
    sample(e, m, i, "traces_span_metrics_duration_seconds_count");
    tki_buf_lit(e->out, "} ");
    rounded(e->out, count);
    tki_buf_putc(e->out, '\n');
    sample(e, m, i, "traces_span_metrics_duration_seconds_sum");
    tki_buf_lit(e->out, "} ");
    tki_buf_double(e->out, s->sum_s);
    tki_buf_putc(e->out, '\n');
}

static void end(struct tki_encode *e)
{
    const struct metrics *m = e->state;
    uint32_t *order = m ? sorted(e, m) : NULL;
    tki_buf_lit(
        e->out,
        "# HELP traces_span_metrics_calls Spans, by service, name, kind and status; errors are those with STATUS_CODE_ERROR.\n"
        "# TYPE traces_span_metrics_calls counter\n");
    for (uint32_t i = 0; order && i < m->keys.n; i++) {
        sample(e, m, order[i], "traces_span_metrics_calls_total");
        tki_buf_lit(e->out, "} ");
        rounded(e->out, m->series[order[i]].calls);
        tki_buf_putc(e->out, '\n');
    }
    tki_buf_lit(e->out, "# HELP traces_span_metrics_duration_seconds Durations of spans.\n"
                        "# TYPE traces_span_metrics_duration_seconds histogram\n"
                        "# UNIT traces_span_metrics_duration_seconds seconds\n");
    for (uint32_t i = 0; order && i < m->keys.n; i++)
        histogram(e, m, order[i]);
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
