#include "model/summary.h"

#include <stdlib.h>

#include "base/sort.h"

const double tki_quantiles[TKI_QUANTILES] = {0.5, 0.9, 0.95, 0.99, 1};

enum { TICKS_MAX = 1000000000 };

/* Makes room for number n in an array of rows that start as zeros: the array, or NULL and the old one is good. */
static void *reserve(void *array, uint32_t *cap, uint32_t n, size_t size)
{
    if (n < *cap)
        return array;
    uint32_t want = *cap ? *cap : 64;
    while (want <= n)
        want *= 2;
    char *p = realloc(array, want * size);
    if (!p)
        return NULL;
    memset(p + *cap * size, 0, (want - *cap) * size);
    *cap = want;
    return p;
}

#define RESERVE(array, cap, n)                                        \
    do {                                                              \
        void *grown = reserve((array), &(cap), (n), sizeof *(array)); \
        if (!grown)                                                   \
            return TK_ENOMEM;                                         \
        (array) = grown;                                              \
    } while (0)

static void add_threshold(struct tki_summary *s, uint64_t threshold)
{
    unsigned i = 0;
    while (i < s->nthresholds && s->thresholds[i].threshold < threshold)
        i++;
    if (i == s->nthresholds || s->thresholds[i].threshold != threshold) {
        if (s->nthresholds == TKI_THRESHOLDS_MAX) {
            s->more_thresholds = true;
            return;
        }
        memmove(&s->thresholds[i + 1], &s->thresholds[i], (s->nthresholds - i) * sizeof *s->thresholds);
        s->thresholds[i].threshold = threshold;
        s->thresholds[i].spans = 0;
        s->nthresholds++;
    }
    s->thresholds[i].spans++;
}

static void add_times(struct tki_summary *s, struct tki_trace_digest *d, const struct tk_span *p)
{
    if (!p->start_ns) {
        s->untimed++;
        return;
    }
    uint64_t end = p->end_ns;
    if (end < p->start_ns) {
        s->negative += end != 0;
        s->untimed += end == 0;
        end = p->start_ns;
    }
    if (!d->start_ns || p->start_ns < d->start_ns)
        d->start_ns = p->start_ns;
    if (end > d->end_ns)
        d->end_ns = end;
    if (!s->start_min_ns || p->start_ns < s->start_min_ns)
        s->start_min_ns = p->start_ns;
    if (end > s->end_max_ns)
        s->end_max_ns = end;
    while (s->ticks > 1 && (p->start_ns % s->ticks || p->end_ns % s->ticks))
        s->ticks /= 10;
}

static void add_span(struct tki_summary *s, struct tki_trace_digest *d, const struct tk_span *p)
{
    bool error = p->status == TK_STATUS_ERROR;
    s->errors += error;
    s->events += p->events.count;
    s->links += p->links.count;
    s->with_parent += p->parent_id != 0;
    s->kinds[p->kind < TKI_KINDS ? p->kind : TKI_KINDS]++;
    s->status[p->status < 3 ? p->status : 0]++;
    d->spans++;
    d->roots += p->parent_id == 0;
    d->errors += error;
    add_times(s, d, p);
    uint64_t threshold;
    if (p->trace_state.n && tk_state_threshold(p->trace_state, &threshold) == 1) {
        if (d->threshold == UINT64_MAX || threshold > d->threshold)
            d->threshold = threshold;
        add_threshold(s, threshold);
    }
}

/* Numbers the services of the batch's resources: spans then count without hashing a name. */
static int number_services(struct tki_summary *s, const struct tk_batch *b)
{
    RESERVE(s->batch_services, s->batch_services_cap, b->nresources);
    for (uint32_t i = 0; i < b->nresources; i++) {
        uint32_t n = tki_symtab_put(&s->services, b->resources[i].service);
        if (n == TKI_MAP_NONE)
            return TK_ENOMEM;
        RESERVE(s->service_counts, s->services_cap, n);
        s->batch_services[i] = n;
    }
    return 0;
}

int tki_summary_add(struct tki_summary *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    size_t n = rows ? nrows : b->nspans;
    if (!s->ticks)
        s->ticks = TICKS_MAX;
    if (number_services(s, b) < 0)
        return TK_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct tk_span *p = &b->spans[rows ? rows[i] : i];
        uint32_t known = s->traces.n, t = tki_idmap_put(&s->traces, p->trace_id);
        if (t == TKI_MAP_NONE)
            return TK_ENOMEM;
        RESERVE(s->digests, s->digests_cap, t);
        if (t == known)
            s->digests[t].threshold = UINT64_MAX;
        struct tki_service_count *c = &s->service_counts[s->batch_services[p->resource]];
        c->spans++;
        c->errors += p->status == TK_STATUS_ERROR;
        add_span(s, &s->digests[t], p);
    }
    s->spans += n;
    return 0;
}

/* The smallest value that at least a share q of all values do not exceed. */
static void quantiles(uint64_t *values, size_t n, uint64_t *out)
{
    tki_sort_u64(values, n);
    for (int i = 0; i < TKI_QUANTILES; i++) {
        double rank = tki_quantiles[i] * (double)n;
        size_t k = (size_t)rank;
        k += (double)k < rank;
        out[i] = n ? values[k ? k - 1 : 0] : 0;
    }
}

int tki_summary_finish(struct tki_summary *s)
{
    uint64_t *values = malloc((s->traces.n ? s->traces.n : 1) * sizeof *values);
    if (!values)
        return TK_ENOMEM;
    size_t n = 0;
    for (uint32_t i = 0; i < s->traces.n; i++) {
        const struct tki_trace_digest *d = &s->digests[i];
        s->no_root += d->roots == 0;
        s->many_roots += d->roots > 1;
        s->with_errors += d->errors > 0;
        s->weighed += d->threshold != UINT64_MAX;
        s->represented += d->threshold != UINT64_MAX ? tk_threshold_weight(d->threshold) : 1;
        if (d->start_ns)
            values[n++] = d->end_ns - d->start_ns;
    }
    quantiles(values, n, s->duration_ns);
    for (uint32_t i = 0; i < s->traces.n; i++)
        values[i] = s->digests[i].spans;
    quantiles(values, s->traces.n, s->trace_spans);
    free(values);
    return 0;
}

void tki_summary_free(struct tki_summary *s)
{
    tki_idmap_free(&s->traces);
    tki_symtab_free(&s->services);
    free(s->digests);
    free(s->service_counts);
    free(s->batch_services);
    *s = (struct tki_summary){0};
}
