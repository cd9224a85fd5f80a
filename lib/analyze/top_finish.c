/* What --top makes of the spans that it holds: each trace is looked at as a whole, on some threads, and the durations
 * of each group are put in order as far as its quantiles need. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/facts.h"
#include "analyze/top_in.h"
#include "analyze/top_sweep.h"
#include "base/array.h"
#include "base/err.h"
#include "base/select.h"
#include "io/sorter.h"
#include "model/quantile.h"

enum { SHARES = 4, AHEAD = 128 };

/* ---- one trace ---- */

/* What one thread adds up. */
struct adder {
    struct tki_top *top;
    struct tki_sweep sweep;
    struct tki_facts facts;
    struct tki_top_span *span; /* of the trace at hand */
    uint32_t nspans, span_cap;
    struct tk_batch batch; /* the same: what times need of its spans */
    struct tk_span *spans;
    struct tk_link *links;
    struct tk_attr attr;
    struct tk_resource *resources;
    uint64_t *duration_ns; /* of its spans, where these are not their lengths */
    uint32_t spans_cap, duration_cap, link_cap;
    struct tki_top_group *group; /* its own sums */
    struct tki_top_sums sums;
    /* Traces that this thread takes. */
    const uint32_t *at;    /* places, trace by trace */
    const uint32_t *begin; /* by trace: where its places begin in at */
    uint32_t from, to;
    int r;
};

static int adder_init(struct adder *a, struct tki_top *t)
{
    *a = (struct adder){.top = t};
    a->group = calloc(t->ngroups, sizeof *a->group);
    a->resources = calloc(t->services.n + 1u, sizeof *a->resources);
    if (!a->group || !a->resources)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < t->services.n; i++)
        a->resources[i].service = t->services.strs[i];
    a->attr.key = TKI_STR("opentracing.ref_type");
    a->attr.value = (struct tk_value){.type = TK_STRING, .n = 12, .v.s = "follows_from"};
    return 0;
}

static void adder_free(struct adder *a)
{
    tki_sweep_free(&a->sweep);
    tki_facts_free(&a->facts);
    free(a->span);
    free(a->spans);
    free(a->duration_ns);
    free(a->links);
    free(a->resources);
    free(a->group);
}

/* Members of spans that are not set here stay zero. */
static int make_batch(struct adder *a)
{
    if (TKI_GROW_ZERO(a->spans, a->spans_cap, a->nspans) < 0 ||
        TKI_GROW(a->duration_ns, a->duration_cap, a->nspans) < 0)
        return TK_ENOMEM;
    uint32_t nlinks = 0;
    for (uint32_t i = 0; i < a->nspans; i++) {
        const struct tki_top_span *h = &a->span[i];
        struct tk_span *s = &a->spans[i];
        s->span_id = h->span_id;
        s->parent_id = h->parent_id;
        s->start_ns = h->start_ns;
        s->end_ns = h->end_ns;
        s->resource = h->service;
        s->kind = h->kind;
        s->status = h->status;
        s->links = (tk_range){0, 0};
        if (!h->follows)
            continue;
        if (TKI_GROW(a->links, a->link_cap, nlinks + 1) < 0)
            return TK_ENOMEM;
        a->links[nlinks] = (struct tk_link){.span_id = h->parent_id, .attrs = {0, 1}};
        s->links = (tk_range){nlinks++, 1};
    }
    a->batch = (struct tk_batch){.spans = a->spans,
                                 .links = a->links,
                                 .attrs = &a->attr,
                                 .resources = a->resources,
                                 .nspans = a->nspans,
                                 .nlinks = nlinks,
                                 .nattrs = 1,
                                 .nresources = a->top->services.n};
    return 0;
}

/* A trace whose times are those of a->sweep. */
static void add_plain(struct adder *a)
{
    a->sums.traces++;
    a->sums.spans += a->nspans;
    tki_top_add_ns(&a->sums.path_ns, a->sweep.total_ns);
    for (uint32_t i = 0; i < a->nspans; i++) {
        struct tki_top_span *h = &a->span[i];
        const struct tki_sweep_node *x = &a->sweep.node[i];
        struct tki_top_group *g = &a->group[h->group];
        bool error = h->status == TK_STATUS_ERROR;
        g->calls++;
        g->timed++;
        g->errors += error;
        tki_top_add_ns(&g->self_ns, x->self_ns);
        tki_top_add_ns(&g->path_ns, x->path_ns);
        tki_top_add_ns(&g->total_ns, (int64_t)(h->end_ns - h->start_ns));
        a->sums.errors += error;
        a->sums.other += h->group == 0;
    }
}

/* Any other trace. */
static int add_facts(struct adder *a)
{
    struct tki_facts *f = &a->facts;
    int r = make_batch(a);
    if (r < 0)
        return r;
    tki_facts_begin(f, &a->batch);
    if ((r = tki_facts_want(f, TKI_FACT_CPATH)) < 0)
        return r;
    a->sums.traces++;
    tki_top_add_ns(&a->sums.path_ns, f->has_cpath ? f->cpath.total_ns : 0);
    for (uint32_t i = 0; i < a->nspans; i++) {
        struct tki_top_span *h = &a->span[i];
        struct tki_top_group *g = &a->group[h->group];
        a->duration_ns[i] = TKI_NO_DURATION;
        if (f->times.state[i] & TKI_NODE_COPY) {
            a->sums.copies++;
            continue;
        }
        int64_t length;
        bool error = h->status == TK_STATUS_ERROR, timed;
        timed = tki_span_duration(&a->batch.spans[i], &length) != TKI_DURATION_UNSET;
        g->calls++;
        g->errors += error;
        tki_top_add_ns(&g->self_ns, f->times.self_ns[i]);
        tki_top_add_ns(&g->path_ns, f->has_cpath ? f->cpath.ns[i] : 0);
        g->timed += timed;
        tki_top_add_ns(&g->total_ns, length);
        a->duration_ns[i] = timed ? (uint64_t)length : TKI_NO_DURATION;
        a->sums.spans++;
        a->sums.errors += error;
        a->sums.untimed += !timed;
        a->sums.other += h->group == 0;
    }
    return 0;
}

/* Adds the trace at hand.  Returns 1 if the durations of its spans are their lengths, 0 if a->duration_ns says them. */
static int add_trace(struct adder *a)
{
    int r = tki_sweep_trace(&a->sweep, a->span, a->nspans);
    if (r == 1)
        add_plain(a);
    return r ? r : add_facts(a);
}

static void join(struct tki_top *t, const struct adder *a)
{
    for (uint32_t i = 0; i < t->ngroups; i++)
        tki_top_join_group(&t->group[i], &a->group[i]);
    tki_top_join_sums(&t->sums, &a->sums);
}

/* ---- quantiles ---- */

static const double shares[SHARES] = {0.5, 0.95, 0.99, 1};

static void set_quantiles(struct tki_top_group *g, const int64_t *q)
{
    g->p50_ns = q[0];
    g->p95_ns = q[1];
    g->p99_ns = q[2];
    g->max_ns = q[3];
}

/* The smallest value with at least that share of all values at or below it. */
static size_t place_of(double share, size_t n)
{
    size_t k = (size_t)(share * (double)n);
    k -= k > 0 && (double)k >= share * (double)n;
    while ((double)(k + 1) < share * (double)n)
        k++;
    return k < n ? k : n - 1;
}

/* Of spans in memory.  value has room for all; it may be what only traces were looked at with. */
static int quantiles_in_memory(struct tki_top *t, int64_t *value)
{
    size_t *at = calloc(t->ngroups + 1u, sizeof *at);
    if (!at)
        return TK_ENOMEM;
    for (uint32_t g = 0; g < t->ngroups; g++)
        at[g + 1] = at[g] + t->group[g].timed;
    for (size_t i = 0; i < t->held.n; i++) {
        uint32_t group;
        uint64_t ns = tki_held_duration(&t->held, i, &group);
        if (ns != TKI_NO_DURATION)
            value[at[group]++] = (int64_t)ns;
    }
    for (uint32_t g = 0; g < t->ngroups; g++) {
        size_t from = g ? at[g - 1] : 0, n = at[g] - from, k[SHARES];
        int64_t q[SHARES] = {-1, -1, -1, -1};
        for (size_t i = 0; i < SHARES; i++)
            k[i] = place_of(shares[i], n);
        if (n)
            tki_select(value + from, n, k, SHARES, q);
        set_quantiles(&t->group[g], q);
    }
    free(at);
    return 0;
}

static int quantiles_of(struct tki_top *t, struct tki_values *v, struct tk_err *err)
{
    double *q = malloc((size_t)t->ngroups * SHARES * sizeof *q);
    if (!q)
        return tki_err_memory(err);
    int r = tki_values_quantiles(v, shares, SHARES, q, t->ngroups, err);
    for (uint32_t g = 0; g < t->ngroups && r == 0; g++) {
        int64_t ns[SHARES] = {-1, -1, -1, -1};
        for (size_t k = 0; k < SHARES && t->group[g].timed; k++)
            ns[k] = (int64_t)q[g * SHARES + k];
        set_quantiles(&t->group[g], ns);
    }
    free(q);
    return r;
}

/* ---- all traces ---- */

static void ask_for(const struct adder *a, uint32_t i)
{
    uint32_t n = a->begin[i + 1] - a->begin[i];
    tki_held_ask(&a->top->held, a->at + a->begin[i], n < AHEAD ? n : AHEAD);
}

/* Looks at the i-th trace. */
static int look_at(struct adder *a, uint32_t i)
{
    struct tki_holder *held = &a->top->held;
    const uint32_t *at = a->at + a->begin[i];
    a->nspans = a->begin[i + 1] - a->begin[i];
    if (TKI_GROW(a->span, a->span_cap, a->nspans) < 0)
        return TK_ENOMEM;
    tki_held_spans(held, at, a->nspans, a->span);
    int r = add_trace(a);
    for (uint32_t k = 0; k < a->nspans && r == 0; k++)
        tki_held_set_duration(held, at[k], a->duration_ns[k]);
    return r < 0 ? r : 0;
}

static void *run(void *adder)
{
    struct adder *a = adder;
    a->r = 0;
    if (a->from < a->to)
        ask_for(a, a->from);
    for (uint32_t i = a->from; i < a->to && a->r == 0; i++) {
        if (i + 1 < a->to)
            ask_for(a, i + 1);
        a->r = look_at(a, i);
    }
    return NULL;
}

static int finish_failed(int r, struct tk_err *err)
{
    return r == TK_ELIMIT ? tki_err_set(err, r, "a trace has too many spans to look at") : tki_err_memory(err);
}

/* The places of the spans of each trace, in the order in which they came, behind the numbers of their traces; begin has
 * a place for each trace and one more.  NULL: out of memory. */
static uint32_t *places_of(struct tki_top *t, uint32_t *begin)
{
    size_t n = t->held.n;
    if (TKI_GROW(t->trace, t->trace_cap, 2 * n + 2) < 0)
        return NULL;
    uint32_t *at = t->trace + n;
    for (size_t i = 0; i < n; i++)
        begin[t->trace[i] + 1]++;
    for (uint32_t i = 0; i < t->traces.n; i++)
        begin[i + 1] += begin[i];
    for (uint32_t i = 0; i < n; i++)
        at[begin[t->trace[i]]++] = i;
    for (uint32_t i = t->traces.n; i-- > 0;)
        begin[i + 1] = begin[i];
    begin[0] = 0;
    return at;
}

/* Each thread takes traces with about as many spans. */
static int run_all(struct tki_top *t, const uint32_t *places, const uint32_t *begin)
{
    unsigned n = t->opts.threads > 1 && t->held.n > 1000 ? t->opts.threads : 1, started = 0;
    struct adder *a = calloc(n, sizeof *a);
    pthread_t thread[TKI_TOP_THREADS_MAX];
    uint32_t at = 0;
    int r = a ? 0 : TK_ENOMEM;
    for (unsigned i = 0; i < n && r == 0; i++) {
        r = adder_init(&a[i], t);
        a[i].at = places;
        a[i].begin = begin;
        a[i].from = at;
        while (at < t->traces.n && (i + 1 == n || begin[at] < t->held.n / n * (i + 1)))
            at++;
        a[i].to = at;
    }
    for (; r == 0 && started + 1 < n; started++)
        if (pthread_create(&thread[started], NULL, run, &a[started + 1]) != 0)
            break;
    for (unsigned i = 0; r == 0 && i < n; i++)
        if (i == 0 || i > started)
            run(&a[i]);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    for (unsigned i = 0; a && i < n; i++) {
        r = r == 0 ? a[i].r : r;
        if (r == 0)
            join(t, &a[i]);
        adder_free(&a[i]);
    }
    free(a);
    return r;
}

static int each_in_memory(struct tki_top *t, struct tk_err *err)
{
    int r = 0;
    for (size_t i = 0; i < t->held.n && r == 0; i++) {
        uint32_t group;
        uint64_t ns = tki_held_duration(&t->held, i, &group);
        if (ns != TKI_NO_DURATION)
            r = t->each(t->each_ctx, group, (int64_t)ns, err);
    }
    return r;
}

static int finish_in_memory(struct tki_top *t, struct tk_err *err)
{
    uint32_t *begin = calloc(t->traces.n + 1u, sizeof *begin);
    uint32_t *places = begin ? places_of(t, begin) : NULL;
    int r = places ? run_all(t, places, begin) : TK_ENOMEM;
    free(begin);
    if (r == 0 && t->each)
        return each_in_memory(t, err);
    if (r == 0) /* nobody asks for traces any more; two numbers of a span have the room of a value */
        r = quantiles_in_memory(t, (int64_t *)(void *)t->trace);
    return r < 0 ? finish_failed(r, err) : 0;
}

/* The spans of one trace out of the sorter are together. */
static int finish_trace(struct adder *a, struct tki_values *v, struct tk_err *err)
{
    if (a->nspans == 0)
        return 0;
    int plain = add_trace(a), r = plain < 0 ? finish_failed(plain, err) : 0;
    for (uint32_t i = 0; i < a->nspans && r == 0; i++) {
        const struct tki_top_span *s = &a->span[i];
        uint64_t ns = plain ? s->end_ns - s->start_ns : a->duration_ns[i];
        if (ns != TKI_NO_DURATION)
            r = a->top->each ? a->top->each(a->top->each_ctx, s->group, (int64_t)ns, err)
                             : tki_values_add(v, s->group, (double)ns, 1, err);
    }
    a->nspans = 0;
    return r;
}

static int finish_sorted(struct tki_top *t, struct tk_err *err)
{
    struct adder a;
    struct tki_values *v = NULL;
    struct tki_sorted x;
    tk_id128 id = {0};
    int r = adder_init(&a, t) < 0 ? tki_err_memory(err) : tki_values_open(&v, t->opts.memory_max / 4, NULL);
    if (r < 0 && !err->code)
        tki_err_memory(err);
    while (r == 0 && (r = tki_sorter_next(t->sorter, &x, err)) == 1) {
        r = a.nspans && !tki_id_eq(id, x.key) ? finish_trace(&a, v, err) : 0;
        id = x.key;
        if (r == 0 && a.nspans == UINT32_MAX - 1)
            r = finish_failed(TK_ELIMIT, err);
        if (r == 0 && TKI_GROW(a.span, a.span_cap, a.nspans + 1) < 0)
            r = tki_err_memory(err);
        if (r == 0)
            memcpy(&a.span[a.nspans++], x.payload.p, sizeof *a.span);
    }
    if (r == 0)
        r = finish_trace(&a, v, err);
    if (r == 0) {
        join(t, &a);
        r = t->each ? 0 : quantiles_of(t, v, err);
    }
    tki_values_close(v);
    adder_free(&a);
    return r;
}

int tki_top_finish(struct tki_top *t, struct tk_err *err)
{
    if (t->merged)
        return quantiles_of(t, t->merged, err);
    return t->sorter ? finish_sorted(t, err) : finish_in_memory(t, err);
}

int tki_top_drain(struct tki_top *t, tki_top_each *each, void *ctx, struct tk_err *err)
{
    t->each = each;
    t->each_ctx = ctx;
    return tki_top_finish(t, err);
}
