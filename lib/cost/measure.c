#include "cost/measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
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

/* The rows share a resource: its bytes are divided among them, the remainder one byte each from the front. */
static int size_run(struct tki_sizes *s, const struct tk_batch *b, const uint32_t *rows, size_t n)
{
    uint64_t shared = tki_otlp_proto_sizes(&s->scratch, b, rows, n, s->proto);
    for (size_t i = 0; i < n; i++)
        shared -= s->proto[rows[i]];
    uint64_t each = shared / n, more = shared % n;
    for (size_t i = 0; i < n; i++)
        s->proto[rows[i]] += (uint32_t)(each + (i < more));
    return s->scratch.err;
}

int tki_sizes_of(struct tki_sizes *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    s->json_bytes = 0;
    s->err = reserve(s, b->nspans);
    if (s->err)
        return s->err;
    tki_buf_reset(&s->scratch);
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
    s->apart = s->bare && b->raw != TK_RAW_OTLP_JSON;
    s->json_bytes = (s->apart ? tki_otlp_json_bare_size : tki_otlp_json_size)(&s->scratch, b, rows, nrows);
    if (s->scratch.err)
        s->err = s->scratch.err;
    return s->err;
}

int tki_sizes_group(struct tki_sizes *s, const struct tk_batch *b, const struct tki_groups *groups)
{
    if (TKI_GROW(s->group, s->group_cap, groups->ids.n) < 0)
        return s->err = TK_ENOMEM;
    if (groups->ids.n)
        memset(s->group, 0, groups->ids.n * sizeof *s->group);
    for (uint32_t i = 0; i < groups->nrows; i++) {
        uint32_t row = tki_groups_span(groups, i);
        struct tki_trace_size *g = &s->group[groups->group[i]];
        g->bytes += s->proto[row];
        g->spans++;
        g->events += b->spans[row].events.count;
        g->links += b->spans[row].links.count;
    }
    return 0;
}

void tki_measure_init(struct tki_measure *m, struct tki_ledger *ledger)
{
    *m = (struct tki_measure){.ledger = ledger, .column = tki_ledger_column(ledger, sizeof(struct tki_trace_size))};
}

void tki_measure_add(struct tki_measure *m, const struct tki_sizes *s, const struct tki_groups *groups)
{
    for (uint32_t i = 0; i < groups->ids.n; i++) {
        struct tki_trace_size *to = tki_ledger_at(m->ledger, groups->ledger_row[i], m->column);
        to->bytes += s->group[i].bytes;
        to->spans += s->group[i].spans;
        to->events += s->group[i].events;
        to->links += s->group[i].links;
    }
    m->json_bytes += s->json_bytes;
}

static void quantiles(uint64_t *v, size_t n, uint64_t out[3])
{
    tki_sort_u64(v, n);
    out[0] = v[(n + 1) / 2 - 1];
    out[1] = v[(n * 95 + 99) / 100 - 1];
    out[2] = v[n - 1];
}

/* By trace of the ledger: what counts of it, by its weight. */
struct columns {
    double *arrived, *y[TKI_MEANS];
    uint64_t *value; /* of those that count */
    size_t n;        /* of them */
    double squares;
    uint64_t first_ns, last_ns; /* beginnings */
};

static int columns_alloc(struct columns *x, size_t n)
{
    double *all = calloc(n, (TKI_MEANS + 1) * sizeof *all);
    *x = (struct columns){.value = malloc(n * sizeof *x->value), .first_ns = TKI_NO_TIME, .arrived = all};
    for (int k = 0; all && k < TKI_MEANS; k++)
        x->y[k] = all + (size_t)(k + 1) * n;
    return all && x->value ? 0 : TK_ENOMEM;
}

static void columns_free(struct columns *x)
{
    free(x->arrived);
    free(x->value);
}

static void add_time(struct columns *x, const struct tki_trace_row *row)
{
    uint64_t start, end;
    if (!tki_extent_get(&row->extent, &start, &end))
        return;
    x->first_ns = start < x->first_ns ? start : x->first_ns;
    x->last_ns = start > x->last_ns ? start : x->last_ns;
}

static void add_trace(struct columns *x, uint32_t at, const struct tki_trace_row *row, const struct tki_trace_size *is,
                      double w, struct tki_measured *r)
{
    r->traces++;
    r->weighted = r->weighted || w != 1;
    r->unknown += tki_rate_class(row->rate) == TKI_RATE_UNKNOWN;
    r->represented += w;
    r->spans += is->spans;
    r->bytes += is->bytes;
    r->events += is->events;
    r->links += is->links;
    x->squares += w * w;
    x->y[TKI_MEAN_TRACES][at] = w;
    x->y[TKI_MEAN_SPANS][at] = w * is->spans;
    x->y[TKI_MEAN_EVENTS][at] = w * is->events;
    x->y[TKI_MEAN_LINKS][at] = w * is->links;
    x->y[TKI_MEAN_BYTES][at] = w * (double)is->bytes;
    x->n++;
    add_time(x, row);
}

/* The quantiles of those that count. */
static void rank(struct columns *x, const struct tki_measure *m, struct tki_measured *r)
{
    uint32_t traces = m->ledger->ids.n;
    for (int bytes = 0; bytes < 2; bytes++) {
        size_t n = 0;
        for (uint32_t i = 0; i < traces; i++)
            if (x->y[TKI_MEAN_TRACES][i] > 0)
                x->value[n++] = bytes ? tki_measure_at(m, i)->bytes : tki_measure_at(m, i)->spans;
        quantiles(x->value, n, bytes ? r->trace_bytes : r->trace_spans);
    }
}

static int estimate(const struct columns *x, const struct tki_redraw *draws, struct tki_measured *r)
{
    double *const *y = x->y;
    int rc = tki_ratio(draws, y[TKI_MEAN_SPANS], y[TKI_MEAN_TRACES], &r->spans_per_trace);
    if (!isnan(r->spans_per_trace.low)) /* what is there has a span */
        r->spans_per_trace.low = fmax(1, r->spans_per_trace.low);
    if (rc == 0)
        rc = tki_ratio(draws, y[TKI_MEAN_BYTES], y[TKI_MEAN_SPANS], &r->span_bytes);
    for (int k = 0; k < TKI_MEANS && rc == 0; k++)
        rc = tki_ratio(draws, y[k], x->arrived, &r->kept[k]);
    r->spread = tki_total_spread(y[TKI_MEAN_BYTES], draws->n);
    return rc < 0 ? rc : tki_top_share(y[TKI_MEAN_BYTES], draws->n, &r->top_share);
}

static double arrived(const struct tki_measure *m, uint32_t row, enum tki_mean per)
{
    const struct tki_trace_size *is = tki_measure_at(m, row);
    return per == TKI_MEAN_TRACES ? 1 : per == TKI_MEAN_SPANS ? is->spans : (double)is->bytes;
}

int tki_measure_result(const struct tki_measure *m, const struct tki_redraw *draws, const struct tki_choice *choice,
                       struct tki_measured *r)
{
    static const struct tki_choice everything;
    uint32_t traces = m->ledger->ids.n;
    struct columns x;
    if (!choice)
        choice = &everything;
    *r = (struct tki_measured){.json_bytes = m->json_bytes};
    r->spans_per_trace = r->span_bytes = (struct tki_estimate){0, NAN, NAN};
    if (traces == 0)
        return 0;
    int rc = columns_alloc(&x, traces);
    for (uint32_t i = 0; i < traces && rc == 0; i++) {
        const struct tki_trace_row *row = tki_ledger_row(m->ledger, i);
        const struct tki_trace_size *is = tki_measure_at(m, i);
        double w = tki_rate_weight(row->rate);
        r->arrivals += x.arrived[i] = w * arrived(choice->arrived ? choice->arrived : m, i, choice->per);
        if (is->spans && (!choice->counts || choice->counts(choice->ctx, i)))
            add_trace(&x, i, row, is, choice->as_it_is ? 1 : choice->weight ? choice->weight(choice->ctx, i) : w, r);
    }
    if (rc == 0 && x.n && draws) {
        rank(&x, m, r);
        r->n_eff = r->represented * r->represented / x.squares;
        r->seconds = x.first_ns < x.last_ns ? (double)(x.last_ns - x.first_ns) / 1e9 : 0;
        rc = estimate(&x, draws, r);
    }
    columns_free(&x);
    return rc;
}
