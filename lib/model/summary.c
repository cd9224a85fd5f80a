#include "model/summary.h"

#include <stdlib.h>

#include "base/sort.h"
#include "model/unit.h"

const double tki_quantiles[TKI_QUANTILES] = {0.5, 0.9, 0.95, 0.99, 1};

enum { TICKS_MAX = 1000000000 };

/* Makes room for number n in an array of rows that start as zeros: the array, or NULL and the old one is good. */
static void *reserve(void *array, uint32_t *cap, uint32_t n, size_t size)
{
    if (n < *cap && array)
        return array;
    uint32_t want = *cap ? *cap : 64;
    while (want <= n)
        want *= 2;
    char *p = realloc(array, want * size);
    if (!p)
        return NULL;
    uint32_t had = array ? *cap : 0;
    memset(p + had * size, 0, (want - had) * size);
    *cap = want;
    return p;
}

/* ---- one batch, on any thread ---- */

static bool room_for_name(struct tki_summary_part *x, uint32_t n)
{
    uint32_t cap = x->cap;
    struct tki_service_count *count = reserve(x->count, &cap, n, sizeof *count);
    if (!count)
        return false;
    x->count = count;
    cap = x->cap;
    uint32_t *known = reserve(x->known, &cap, n, sizeof *known);
    if (!known)
        return false;
    x->known = known;
    cap = x->cap;
    uint32_t *met = reserve(x->met, &cap, n, sizeof *met);
    if (!met)
        return false;
    x->met = met;
    x->cap = cap;
    return true;
}

/* The count of the service of a resource; NULL when out of memory.  A name is hashed once for each resource. */
static struct tki_service_count *service_of(struct tki_summary_part *x, const struct tk_batch *b, uint32_t resource)
{
    if (x->of_resource[resource])
        return &x->count[x->of_resource[resource] - 1];
    uint32_t n = tki_symtab_put(&x->services, b->resources[resource].service);
    if (n == TKI_MAP_NONE || !room_for_name(x, n))
        return NULL;
    x->of_resource[resource] = n + 1;
    if (!x->count[n].spans)
        x->met[x->nmet++] = n;
    return &x->count[n];
}

static void add_times(struct tki_span_counts *c, const struct tk_span *p)
{
    uint64_t end = p->end_ns;
    c->negative += end != 0 && end < p->start_ns;
    c->other_unit += tki_unit_of(p->start_ns, end) > 1;
    c->endless += end == 0 && p->start_ns != 0;
    if (p->start_ns == 0 && !tki_span_started_alone(p))
        return;
    while (c->ticks > 1 && (p->start_ns % c->ticks || end % c->ticks))
        c->ticks /= 10;
}

static void add_span(struct tki_span_counts *c, const struct tk_span *p)
{
    c->errors += p->status == TK_STATUS_ERROR;
    c->events += p->events.count;
    c->links += p->links.count;
    c->with_parent += p->parent_id != 0;
    c->kinds[p->kind < TKI_KINDS ? p->kind : TKI_KINDS]++;
    c->status[p->status < 3 ? p->status : 0]++;
    add_times(c, p);
}

int tki_summary_look(struct tki_summary_part *x, const struct tk_batch *b, const struct tki_groups *groups)
{
    uint32_t *of_resource = reserve(x->of_resource, &x->resource_cap, b->nresources, sizeof *of_resource);
    if (!of_resource)
        return TK_ENOMEM;
    x->of_resource = of_resource;
    memset(of_resource, 0, ((size_t)b->nresources + 1) * sizeof *of_resource);
    for (uint32_t i = 0; i < x->nmet; i++)
        x->count[x->met[i]] = (struct tki_service_count){0};
    x->nmet = 0;
    x->counts = (struct tki_span_counts){.ticks = TICKS_MAX, .spans = groups->nrows};
    for (uint32_t i = 0; i < groups->nrows; i++) {
        const struct tk_span *p = &b->spans[tki_groups_span(groups, i)];
        struct tki_service_count *c = service_of(x, b, p->resource);
        if (!c)
            return TK_ENOMEM;
        c->spans++;
        c->errors += p->status == TK_STATUS_ERROR;
        add_span(&x->counts, p);
    }
    return 0;
}

void tki_summary_part_free(struct tki_summary_part *x)
{
    tki_symtab_free(&x->services);
    free(x->count);
    free(x->known);
    free(x->met);
    free(x->of_resource);
    *x = (struct tki_summary_part){0};
}

/* ---- in order ---- */

static void add_counts(struct tki_span_counts *to, const struct tki_span_counts *from)
{
    to->spans += from->spans;
    to->errors += from->errors;
    to->events += from->events;
    to->links += from->links;
    to->with_parent += from->with_parent;
    to->negative += from->negative;
    to->other_unit += from->other_unit;
    to->endless += from->endless;
    for (int i = 0; i <= TKI_KINDS; i++)
        to->kinds[i] += from->kinds[i];
    for (int i = 0; i < 3; i++)
        to->status[i] += from->status[i];
    to->ticks = from->spans && from->ticks < to->ticks ? from->ticks : to->ticks; /* both are powers of ten */
}

void tki_summary_add_counts(struct tki_summary *s, const struct tki_span_counts *counts)
{
    if (!s->counts.ticks && counts->spans)
        s->counts.ticks = TICKS_MAX;
    add_counts(&s->counts, counts);
}

/* The number of the service; TKI_MAP_NONE: out of memory. */
static uint32_t put_service(struct tki_summary *s, tk_str name)
{
    uint32_t n = tki_symtab_put(&s->services, name);
    if (n == TKI_MAP_NONE)
        return n;
    struct tki_service_count *counts = reserve(s->service_counts, &s->services_cap, n, sizeof *counts);
    if (!counts)
        return TKI_MAP_NONE;
    s->service_counts = counts;
    return n;
}

static void add_service(struct tki_summary *s, uint32_t n, const struct tki_service_count *count)
{
    s->service_counts[n].spans += count->spans;
    s->service_counts[n].errors += count->errors;
}

int tki_summary_add_service(struct tki_summary *s, tk_str name, const struct tki_service_count *count)
{
    uint32_t n = put_service(s, name);
    if (n == TKI_MAP_NONE)
        return TK_ENOMEM;
    add_service(s, n, count);
    return 0;
}

int tki_summary_take(struct tki_summary *s, struct tki_summary_part *x)
{
    tki_summary_add_counts(s, &x->counts);
    for (uint32_t i = 0; i < x->nmet; i++) {
        uint32_t local = x->met[i];
        if (!x->known[local]) {
            uint32_t n = put_service(s, x->services.strs[local]);
            if (n == TKI_MAP_NONE)
                return TK_ENOMEM;
            x->known[local] = n + 1;
        }
        add_service(s, x->known[local] - 1, &x->count[local]);
    }
    return 0;
}

/* ---- the end ---- */

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

/* Of more rates than there is room for the smallest stay, whichever came first. */
static void add_rate(struct tki_summary *s, const struct tki_trace_row *row)
{
    unsigned i = 0;
    while (i < s->nrates && s->rates[i].rate < row->rate)
        i++;
    if (i == s->nrates || s->rates[i].rate != row->rate) {
        if (s->nrates == TKI_RATES_MAX) {
            s->more_rates = true;
            if (i == TKI_RATES_MAX)
                return;
            s->nrates--;
        }
        memmove(&s->rates[i + 1], &s->rates[i], (s->nrates - i) * sizeof *s->rates);
        memset(&s->rates[i], 0, sizeof *s->rates);
        s->rates[i].rate = row->rate;
        s->nrates++;
    }
    s->rates[i].traces++;
    s->rates[i].spans += row->spans;
}

static void add_trace(struct tki_summary *s, const struct tki_trace_row *row)
{
    s->no_root += row->roots == 0;
    s->many_roots += row->roots > 1;
    s->with_errors += row->errors > 0;
    s->untimed += tki_row_zero_is_time(row) ? 0 : row->zeros;
    s->unknown += tki_rate_class(row->rate) == TKI_RATE_UNKNOWN;
    if (!tki_rate_known(row->rate))
        return;
    s->weighed++;
    add_rate(s, row);
}

int tki_summary_finish(struct tki_summary *s, const struct tki_ledger *ledger)
{
    uint32_t traces = ledger->ids.n;
    uint64_t *values = malloc((traces ? traces : 1) * sizeof *values);
    if (!values)
        return TK_ENOMEM;
    size_t n = 0;
    s->traces = traces;
    s->untimed = s->counts.endless;
    s->start_min_ns = TKI_NO_TIME;
    s->end_max_ns = 0;
    struct tki_weight_sum represented = {0};
    for (uint32_t i = 0; i < traces; i++) {
        const struct tki_trace_row *row = tki_ledger_row(ledger, i);
        uint64_t start, end;
        add_trace(s, row);
        tki_weight_add(&represented, tki_rate_weight(row->rate), 1);
        if (!tki_extent_get(&row->extent, &start, &end))
            continue;
        values[n++] = end - start;
        s->start_min_ns = start < s->start_min_ns ? start : s->start_min_ns;
        s->end_max_ns = end > s->end_max_ns ? end : s->end_max_ns;
    }
    s->represented = tki_weight_total(represented);
    quantiles(values, n, s->duration_ns);
    for (uint32_t i = 0; i < traces; i++)
        values[i] = tki_ledger_row(ledger, i)->spans;
    quantiles(values, traces, s->trace_spans);
    free(values);
    return 0;
}

void tki_summary_free(struct tki_summary *s)
{
    tki_symtab_free(&s->services);
    free(s->service_counts);
    *s = (struct tki_summary){0};
}
