#include "analyze/top.h"

#include <pthread.h>
#include <stdlib.h>

#include "analyze/facts.h"
#include "analyze/repair.h"
#include "analyze/top_in.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "io/sorter.h"
#include "model/quantile.h"

/* When its trace has been looked at, start_ns of a span is its duration, or this. */
#define NO_DURATION UINT64_MAX
enum { MEMORY_DEFAULT = 256 << 20, GROUPS_DEFAULT = 10000, THREADS_MAX = 64, SHARES = 4, AHEAD = 128 };

struct tki_top {
    struct tki_top_opts opts;
    struct tki_idmap traces;
    struct tki_symtab services; /* of spans; number 0 is "" */
    struct tki_symtab names;    /* of groups: service, a zero byte, name */
    struct tki_top_group *group;
    uint32_t group_cap, ngroups;
    struct tki_buf key;
    struct tki_top_span *held;
    uint32_t *trace; /* by place in held: the number of the trace */
    size_t nheld, held_cap;
    struct tki_sorter *sorter; /* NULL: all are in memory */
    uint64_t seq;
    struct tki_top_sums sums;
    tki_top_each *each; /* of tki_top_drain, instead of quantiles */
    void *each_ctx;
    struct tki_values *merged; /* durations that were drained elsewhere */
};

int tki_top_open(struct tki_top **to, const struct tki_top_opts *opts, struct tk_err *err)
{
    struct tki_top *t = calloc(1, sizeof *t);
    *to = t;
    if (!t)
        return tki_err_memory(err);
    t->opts = *opts;
    t->opts.memory_max = opts->memory_max ? opts->memory_max : MEMORY_DEFAULT;
    t->opts.groups_max = opts->groups_max ? opts->groups_max : GROUPS_DEFAULT;
    t->opts.threads = opts->threads > THREADS_MAX ? THREADS_MAX : opts->threads;
    if (TKI_GROW_ZERO(t->group, t->group_cap, 1) < 0 || tki_symtab_put(&t->names, TKI_STR("")) == TKI_MAP_NONE ||
        tki_symtab_put(&t->services, TKI_STR("")) == TKI_MAP_NONE)
        return tki_err_memory(err);
    t->ngroups = 1;
    return 0;
}

void tki_top_close(struct tki_top *t)
{
    if (!t)
        return;
    tki_idmap_free(&t->traces);
    tki_symtab_free(&t->services);
    tki_symtab_free(&t->names);
    tki_buf_free(&t->key);
    tki_sorter_close(t->sorter);
    tki_values_close(t->merged);
    free(t->group);
    free(t->held);
    free(t->trace);
    free(t);
}

/* ---- adding ---- */

/* TKI_MAP_NONE: out of memory. */
static uint32_t group_of(struct tki_top *t, tk_str service, tk_str name)
{
    tki_buf_reset(&t->key);
    tki_buf_str(&t->key, service);
    tki_buf_putc(&t->key, 0);
    tki_buf_str(&t->key, name);
    if (t->key.err)
        return TKI_MAP_NONE;
    tk_str key = {t->key.p, t->key.n};
    uint32_t i = t->names.n <= t->opts.groups_max ? tki_symtab_put(&t->names, key) : tki_symtab_get(&t->names, key);
    if (i == TKI_MAP_NONE)
        return t->names.n > t->opts.groups_max ? 0 : TKI_MAP_NONE;
    if (i == t->ngroups) {
        if (TKI_GROW_ZERO(t->group, t->group_cap, t->ngroups + 1) < 0)
            return TKI_MAP_NONE;
        tk_str kept = t->names.strs[i];
        t->group[i].service = (tk_str){kept.p, service.n};
        t->group[i].name = (tk_str){kept.p + service.n + 1, name.n};
        t->ngroups++;
    }
    return i;
}

/* All that is held goes to the sorter. */
static int spill(struct tki_top *t, struct tk_err *err)
{
    /* A quarter, as what is held stays until all of it is there. */
    int r = tki_sorter_open(&t->sorter, t->opts.memory_max / 4, NULL, err);
    for (size_t i = 0; i < t->nheld && r == 0; i++)
        r = tki_sorter_add(t->sorter, t->traces.ids[t->trace[i]], t->seq++,
                           (tk_str){(const char *)&t->held[i], sizeof t->held[i]}, err);
    free(t->held);
    free(t->trace);
    t->held = NULL;
    t->trace = NULL;
    t->nheld = t->held_cap = 0;
    return r;
}

static int hold(struct tki_top *t, const struct tki_top_span *h, uint32_t trace, tk_id128 id, struct tk_err *err)
{
    const struct tki_column columns[] = {TKI_COLUMN(t->held), TKI_COLUMN(t->trace)};
    bool full = (t->nheld + 1) * (sizeof *h + sizeof trace) > t->opts.memory_max || t->nheld >= UINT32_MAX;
    if (!t->sorter && full && spill(t, err) < 0)
        return err->code;
    if (t->sorter)
        return tki_sorter_add(t->sorter, id, t->seq++, (tk_str){(const char *)h, sizeof *h}, err);
    if (TKI_GROW_COLUMNS(columns, t->held_cap, t->nheld + 1, false) < 0)
        return tki_err_memory(err);
    t->trace[t->nheld] = trace;
    t->held[t->nheld++] = *h;
    return 0;
}

/* The numbers of the groups and services that the look has met since it was folded before. */
static int meet(struct tki_top *t, struct tki_top_look *look)
{
    for (; look->groups_known < look->ngroups; look->groups_known++) {
        struct tki_top_group_met *m = &look->group[look->groups_known];
        if ((m->number = group_of(t, look->services.strs[m->service], m->name)) == TKI_MAP_NONE)
            return TK_ENOMEM;
    }
    for (; look->services_known < look->services.n; look->services_known++) {
        uint32_t number = tki_symtab_put(&t->services, look->services.strs[look->services_known]);
        if (number == TKI_MAP_NONE)
            return TK_ENOMEM;
        look->service[look->services_known] = number;
    }
    return 0;
}

int tki_top_fold(struct tki_top *t, struct tki_top_look *look, struct tk_err *err)
{
    int r = meet(t, look);
    for (uint32_t i = 0; i < look->nspans && r == 0; i++) {
        struct tki_top_span *h = &look->span[i];
        uint32_t trace = tki_idmap_put(&t->traces, look->trace[i]);
        h->service = look->service[h->service];
        h->group = look->group[h->group].number;
        if (trace == TKI_MAP_NONE)
            r = TK_ENOMEM;
        else if ((r = hold(t, h, trace, look->trace[i], err)) < 0)
            return r;
    }
    t->sums.sampled += look->sampled;
    return r < 0 ? tki_err_memory(err) : 0;
}

/* ---- one trace ---- */

static void add_ns(int64_t *sum, int64_t ns)
{
    if (__builtin_add_overflow(*sum, ns, sum))
        *sum = INT64_MAX;
}

/* What one thread adds up. */
struct adder {
    const struct tki_top *top;
    struct tki_facts facts;
    struct tk_batch batch; /* the trace at hand: what times need of its spans */
    struct tk_span *spans;
    struct tk_link *links;
    struct tk_attr attr;
    struct tk_resource *resources;
    uint32_t span_cap, link_cap;
    struct tki_top_group *group; /* its own sums */
    struct tki_top_sums sums;
    /* Traces that this thread takes. */
    struct tki_top_span *held;
    const uint32_t *at;    /* places in held, trace by trace */
    const uint32_t *begin; /* by trace: where its places begin in at */
    uint32_t from, to;
    int r;
};

static int adder_init(struct adder *a, const struct tki_top *t)
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
    tki_facts_free(&a->facts);
    free(a->spans);
    free(a->links);
    free(a->resources);
    free(a->group);
}

/* The i-th span of a trace that is all of held, or at these places of it. */
static struct tki_top_span *held_at(struct tki_top_span *held, const uint32_t *at, size_t i)
{
    return &held[at ? at[i] : i];
}

/* Members of spans that are not set here stay zero. */
static int make_batch(struct adder *a, struct tki_top_span *held, const uint32_t *at, size_t n)
{
    if (n >= UINT32_MAX)
        return TK_ELIMIT;
    if (TKI_GROW_ZERO(a->spans, a->span_cap, n) < 0)
        return TK_ENOMEM;
    uint32_t nlinks = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tki_top_span *h = held_at(held, at, i);
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
                                 .nspans = (uint32_t)n,
                                 .nlinks = nlinks,
                                 .nattrs = 1,
                                 .nresources = a->top->services.n};
    return 0;
}

/* Adds a trace. */
static int add_trace(struct adder *a, struct tki_top_span *held, const uint32_t *at, size_t n)
{
    struct tki_facts *f = &a->facts;
    int r = make_batch(a, held, at, n);
    if (r < 0)
        return r;
    tki_facts_begin(f, &a->batch);
    if ((r = tki_facts_want(f, TKI_FACT_CPATH)) < 0)
        return r;
    a->sums.traces++;
    add_ns(&a->sums.path_ns, f->has_cpath ? f->cpath.total_ns : 0);
    for (size_t i = 0; i < n; i++) {
        struct tki_top_span *h = held_at(held, at, i);
        struct tki_top_group *g = &a->group[h->group];
        h->start_ns = NO_DURATION;
        if (f->times.state[i] & TKI_NODE_COPY) {
            a->sums.copies++;
            continue;
        }
        int64_t length;
        bool error = h->status == TK_STATUS_ERROR, timed;
        timed = tki_span_duration(&a->batch.spans[i], &length) != TKI_DURATION_UNSET;
        g->calls++;
        g->errors += error;
        add_ns(&g->self_ns, f->times.self_ns[i]);
        add_ns(&g->path_ns, f->has_cpath ? f->cpath.ns[i] : 0);
        g->timed += timed;
        add_ns(&g->total_ns, length);
        h->start_ns = timed ? (uint64_t)length : NO_DURATION;
        a->sums.spans++;
        a->sums.errors += error;
        a->sums.untimed += !timed;
        a->sums.other += h->group == 0;
    }
    return 0;
}

static void join_group(struct tki_top_group *g, const struct tki_top_group *x)
{
    g->calls += x->calls;
    g->errors += x->errors;
    g->timed += x->timed;
    add_ns(&g->total_ns, x->total_ns);
    add_ns(&g->self_ns, x->self_ns);
    add_ns(&g->path_ns, x->path_ns);
}

static void join_sums(struct tki_top_sums *s, const struct tki_top_sums *x)
{
    s->traces += x->traces;
    s->spans += x->spans;
    s->errors += x->errors;
    s->copies += x->copies;
    s->untimed += x->untimed;
    s->other += x->other;
    add_ns(&s->path_ns, x->path_ns);
}

static void join(struct tki_top *t, const struct adder *a)
{
    for (uint32_t i = 0; i < t->ngroups; i++)
        join_group(&t->group[i], &a->group[i]);
    join_sums(&t->sums, &a->sums);
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

/* Brings the value that sorting would put at k there, with none larger before it and none smaller behind it.  Before
 * low none is larger than those from there on, and k is not before it. */
static int64_t select_at(int64_t *x, size_t low, size_t n, size_t k)
{
    size_t high = n - 1;
    while (low < high) {
        int64_t a = x[low], b = x[low + (high - low) / 2], c = x[high];
        int64_t pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        size_t i = low, j = high;
        for (;;) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j)
                break;
            int64_t swap = x[i];
            x[i++] = x[j];
            x[j--] = swap;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return x[k];
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

/* Of spans in memory. */
static int quantiles_in_memory(struct tki_top *t)
{
    const struct tki_top_span *held = t->held;
    size_t *at = calloc(t->ngroups + 1u, sizeof *at);
    int64_t *value = malloc((t->nheld + 1) * sizeof *value);
    if (!at || !value) {
        free(at);
        free(value);
        return TK_ENOMEM;
    }
    for (uint32_t g = 0; g < t->ngroups; g++)
        at[g + 1] = at[g] + t->group[g].timed;
    for (size_t i = 0; i < t->nheld; i++)
        if (held[i].start_ns != NO_DURATION)
            value[at[held[i].group]++] = (int64_t)held[i].start_ns;
    for (uint32_t g = 0; g < t->ngroups; g++) {
        size_t from = g ? at[g - 1] : 0, n = at[g] - from;
        int64_t q[SHARES] = {-1, -1, -1, -1};
        size_t done = 0; /* smaller ones stand before it */
        for (size_t k = 0; k < SHARES && n; k++) {
            size_t place = place_of(shares[k], n);
            q[k] = select_at(value + from, done, n, place);
            done = place;
        }
        set_quantiles(&t->group[g], q);
    }
    free(at);
    free(value);
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

static void *run(void *adder)
{
    struct adder *a = adder;
    for (uint32_t i = a->from; i < a->to && a->r == 0; i++) {
        if (i + 1 < a->to)
            for (uint32_t k = a->begin[i + 1]; k < a->begin[i + 2] && k < a->begin[i + 1] + AHEAD; k++)
                __builtin_prefetch(&a->held[a->at[k]], 1);
        a->r = add_trace(a, a->held, a->at + a->begin[i], a->begin[i + 1] - a->begin[i]);
    }
    return NULL;
}

/* The places of the spans of each trace, in the order in which they came; begin has a place for each trace and one
 * more.  NULL: out of memory. */
static uint32_t *places_of(const struct tki_top *t, uint32_t *begin)
{
    uint32_t *at = malloc((t->nheld + 1) * sizeof *at);
    if (!at)
        return NULL;
    for (size_t i = 0; i < t->nheld; i++)
        begin[t->trace[i] + 1]++;
    for (uint32_t i = 0; i < t->traces.n; i++)
        begin[i + 1] += begin[i];
    for (size_t i = 0; i < t->nheld; i++)
        at[begin[t->trace[i]]++] = (uint32_t)i;
    for (uint32_t i = t->traces.n; i-- > 0;)
        begin[i + 1] = begin[i];
    begin[0] = 0;
    return at;
}

/* Each thread takes traces with about as many spans. */
static int run_all(struct tki_top *t, const uint32_t *places, const uint32_t *begin)
{
    unsigned n = t->opts.threads > 1 && t->nheld > 1000 ? t->opts.threads : 1, started = 0;
    struct adder *a = calloc(n, sizeof *a);
    pthread_t thread[THREADS_MAX];
    uint32_t at = 0;
    int r = a ? 0 : TK_ENOMEM;
    for (unsigned i = 0; i < n && r == 0; i++) {
        r = adder_init(&a[i], t);
        a[i].held = t->held;
        a[i].at = places;
        a[i].begin = begin;
        a[i].from = at;
        while (at < t->traces.n && (i + 1 == n || begin[at] < t->nheld / n * (i + 1)))
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
    for (size_t i = 0; i < t->nheld && r == 0; i++)
        if (t->held[i].start_ns != NO_DURATION)
            r = t->each(t->each_ctx, t->held[i].group, (int64_t)t->held[i].start_ns, err);
    return r;
}

static int finish_in_memory(struct tki_top *t, struct tk_err *err)
{
    uint32_t *begin = calloc(t->traces.n + 1u, sizeof *begin);
    uint32_t *places = begin ? places_of(t, begin) : NULL;
    int r = places ? run_all(t, places, begin) : TK_ENOMEM;
    if (r == 0 && !t->each)
        r = quantiles_in_memory(t);
    free(begin);
    free(places);
    if (r == 0 && t->each)
        return each_in_memory(t, err);
    if (r == TK_ELIMIT)
        return tki_err_set(err, r, "a trace has too many spans to look at");
    return r < 0 ? tki_err_memory(err) : 0;
}

/* The spans of one trace out of the sorter. */
struct gathered {
    struct tki_top_span *held;
    uint32_t n, cap;
};

static int finish_trace(struct adder *a, struct gathered *g, struct tki_values *v, struct tk_err *err)
{
    if (g->n == 0)
        return 0;
    int r = add_trace(a, g->held, NULL, g->n);
    if (r == TK_ELIMIT)
        return tki_err_set(err, r, "a trace has too many spans to look at");
    if (r < 0)
        return tki_err_memory(err);
    for (uint32_t i = 0; i < g->n && r == 0; i++)
        if (g->held[i].start_ns != NO_DURATION)
            r = a->top->each ? a->top->each(a->top->each_ctx, g->held[i].group, (int64_t)g->held[i].start_ns, err)
                             : tki_values_add(v, g->held[i].group, (double)g->held[i].start_ns, 1, err);
    g->n = 0;
    return r;
}

static int finish_sorted(struct tki_top *t, struct tk_err *err)
{
    struct adder a;
    struct gathered g = {0};
    struct tki_values *v = NULL;
    struct tki_sorted x;
    tk_id128 id = {0};
    int r = adder_init(&a, t) < 0 ? tki_err_memory(err) : tki_values_open(&v, t->opts.memory_max / 4, NULL);
    if (r < 0 && !err->code)
        tki_err_memory(err);
    while (r == 0 && (r = tki_sorter_next(t->sorter, &x, err)) == 1) {
        r = g.n && !tki_id_eq(id, x.key) ? finish_trace(&a, &g, v, err) : 0;
        id = x.key;
        if (r == 0 && TKI_GROW(g.held, g.cap, g.n + 1) < 0)
            r = tki_err_memory(err);
        if (r == 0)
            memcpy(&g.held[g.n++], x.payload.p, sizeof *g.held);
    }
    if (r == 0)
        r = finish_trace(&a, &g, v, err);
    if (r == 0) {
        join(t, &a);
        r = t->each ? 0 : quantiles_of(t, v, err);
    }
    free(g.held);
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

const tk_id128 *tki_top_traces(const struct tki_top *t, size_t *n)
{
    *n = t->traces.n;
    return t->traces.ids;
}

int tki_top_put_sums(struct tki_top *t, const struct tki_top_sums *sums, struct tk_err *err)
{
    join_sums(&t->sums, sums);
    t->sums.sampled += sums->sampled;
    return t->merged || tki_values_open(&t->merged, t->opts.memory_max, NULL) == 0 ? 0 : tki_err_memory(err);
}

int tki_top_put_group(struct tki_top *t, const struct tki_top_group *sums, uint32_t *number, struct tk_err *err)
{
    *number = group_of(t, sums->service, sums->name);
    if (*number == TKI_MAP_NONE)
        return tki_err_memory(err);
    if (*number == 0)
        return tki_err_set(err, TK_ELIMIT, "there are more than %u groups", t->opts.groups_max);
    join_group(&t->group[*number], sums);
    return 0;
}

int tki_top_put_duration(struct tki_top *t, uint32_t number, int64_t ns, struct tk_err *err)
{
    return tki_values_add(t->merged, number, (double)ns, 1, err);
}

uint32_t tki_top_groups(const struct tki_top *t)
{
    return t->ngroups;
}

const struct tki_top_group *tki_top_group(const struct tki_top *t, uint32_t i)
{
    return &t->group[i];
}

const struct tki_top_sums *tki_top_sums(const struct tki_top *t)
{
    return &t->sums;
}
