/* Services that sample for themselves: calls to them are answered in some traces and not in others, and which ones a
 * threshold of trace ids tells, or a share that stays the same. */
#include <stdlib.h>

#include "base/array.h"
#include "base/sort.h"
#include "judge/hops.h"
#include "report/number.h"

enum {
    TRACES = 20, /* of each of two classes, to tell them apart */
    WRONG = 50,  /* one trace in so many may be on the wrong side of a threshold */
    QUARTERS = 4,
    MIXED_PERCENT = 10 /* of traces that have both answered calls and others: more is no sampler of traces */
};

static const double share_max = 0.5; /* without a threshold of ids: of more, calls that reach nobody are as likely */

enum class { ABSENT, WHOLE, MIXED, ORPHAN };

struct seen {
    tk_id128 trace;
    uint64_t start_ns; /* of the first call */
    uint8_t class;     /* enum class */
};

struct seen_list {
    struct seen *of;
    uint32_t n, cap;
    uint32_t count[4]; /* by class */
};

/* ---- the traces of one service ---- */

static void see(struct seen_list *l, struct tki_tallies *t, struct seen x)
{
    if (TKI_GROW(l->of, l->cap, l->n + 1) < 0)
        t->failed = true;
    else
        l->of[l->n++] = x;
}

static int compare_seen(const void *x, const void *y)
{
    const struct seen *a = x, *b = y;
    int c = tki_id_cmp(a->trace, b->trace);
    return c ? c : (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

static uint8_t both(uint8_t a, uint8_t b)
{
    if (a == b || b == ORPHAN)
        return a;
    return a == ORPHAN ? b : MIXED;
}

/* One row for each trace. */
static void join_traces(struct seen_list *l)
{
    uint32_t n = 0;
    if (l->n)
        qsort(l->of, l->n, sizeof *l->of, compare_seen);
    for (uint32_t i = 0; i < l->n; i++) {
        struct seen *last = n ? &l->of[n - 1] : NULL;
        if (last && last->trace.hi == l->of[i].trace.hi && last->trace.lo == l->of[i].trace.lo)
            last->class = both(last->class, l->of[i].class);
        else
            l->of[n++] = l->of[i];
    }
    l->n = n;
    memset(l->count, 0, sizeof l->count);
    for (uint32_t i = 0; i < n; i++)
        l->count[l->of[i].class]++;
}

/* The calls of each service, in the order of all calls. */
struct calls_to {
    uint32_t *call;  /* numbers of calls */
    uint32_t *begin; /* [services + 1] */
};

static uint32_t callee_of(const struct tki_route *routes, const struct tki_call *c)
{
    const struct tki_route *r = &routes[c->by[TKI_BY_ADDRESS]];
    if (c->callee != TKI_MAP_NONE || c->entry != TKI_MAP_NONE)
        return c->callee; /* of a broken one nobody knows what a sampler did */
    return r->fitted || c->failed ? TKI_MAP_NONE : r->service;
}

static bool sort_calls(struct calls_to *x, const struct tki_hops *h, const struct tki_route *routes, uint32_t services)
{
    x->call = malloc(((size_t)h->ncalls + 1) * sizeof *x->call);
    x->begin = calloc((size_t)services + 2, sizeof *x->begin);
    if (!x->call || !x->begin)
        return false;
    for (uint32_t i = 0; i < h->ncalls; i++) {
        uint32_t to = callee_of(routes, &h->call[i]);
        if (to != TKI_MAP_NONE)
            x->begin[to + 2]++;
    }
    for (uint32_t s = 2; s < services + 2; s++)
        x->begin[s] += x->begin[s - 1];
    for (uint32_t i = 0; i < h->ncalls; i++) {
        uint32_t to = callee_of(routes, &h->call[i]);
        if (to != TKI_MAP_NONE)
            x->call[x->begin[to + 1]++] = i;
    }
    return true;
}

static void list_traces(struct seen_list *l, struct tki_tallies *t, const struct tki_hops *h, const struct calls_to *to,
                        uint32_t service)
{
    l->n = 0;
    for (uint32_t i = to->begin[service]; i < to->begin[service + 1]; i++) {
        const struct tki_call *c = &h->call[to->call[i]];
        see(l, t, (struct seen){c->trace, c->start_ns, c->callee == service ? WHOLE : ABSENT});
    }
    for (uint32_t i = 0; i < h->norphans; i++)
        if (h->orphan[i].service == service)
            see(l, t, (struct seen){h->orphan[i].trace, h->orphan[i].start_ns, ORPHAN});
    join_traces(l);
}

/* ---- thresholds of trace ids ---- */

/* What samplers make of an id: 56 random bits (W3C level 2), the low half (Go, Python, Jaeger), its absolute value
 * (Java), all words together (JavaScript), the high half. */
enum reading { RANDOM_BITS, LOW_HALF, LOW_SIGNED, WORDS, HIGH_HALF, READINGS, TIME = READINGS };

static uint64_t number_of(const struct seen *x, enum reading reading)
{
    tk_id128 id = x->trace;
    switch (reading) {
    case RANDOM_BITS: return id.lo << 8;
    case LOW_HALF: return id.lo;
    case LOW_SIGNED: return (int64_t)id.lo < 0 ? 0 - id.lo : id.lo;
    case WORDS: return (id.hi >> 32) ^ (id.hi & UINT32_MAX) ^ (id.lo >> 32) ^ (id.lo & UINT32_MAX);
    case HIGH_HALF: return id.hi;
    default: return x->start_ns;
    }
}

/* Where the sorted numbers of two classes part: how many are on the wrong side of the best threshold; *low: those of
 * `a` are below it. */
static uint64_t misplaced(const uint64_t *a, uint64_t na, const uint64_t *b, uint64_t nb, bool *low)
{
    uint64_t best = na < nb ? na : nb, i = 0, k = 0;
    *low = true;
    while (i < na || k < nb) {
        bool first = k == nb || (i < na && a[i] <= b[k]);
        i += first;
        k += !first;
        uint64_t a_low = (na - i) + k, b_low = i + (nb - k);
        if (a_low < best) {
            best = a_low;
            *low = true;
        }
        if (b_low < best) {
            best = b_low;
            *low = false;
        }
    }
    return best;
}

static uint32_t gather(uint64_t *to, const struct seen_list *l, unsigned classes, enum reading reading)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++)
        if (classes >> l->of[i].class & 1)
            to[n++] = number_of(&l->of[i], reading);
    tki_sort_u64(to, n);
    return n;
}

/* Returns true if a threshold of ids parts the traces of the classes in bit set `a` from those in `b`, and none of
 * time: ids may grow with time, and what parts the traces then is a change. */
static bool parted(const struct seen_list *l, struct tki_tallies *t, unsigned a, unsigned b, bool *low)
{
    uint64_t *x = malloc(((size_t)l->n + 1) * sizeof *x);
    bool found = false, now, below;
    if (!x) {
        t->failed = true;
        return false;
    }
    for (int r = TIME; r >= 0; r--) {
        uint32_t na = gather(x, l, a, (enum reading)r), nb = gather(x + na, l, b, (enum reading)r);
        now = na >= TRACES && nb >= TRACES && misplaced(x, na, x + na, nb, &below) * WRONG <= (uint64_t)na + nb;
        if (r == TIME && now)
            break;
        *low = now ? below : *low;
        found = found || now;
    }
    free(x);
    return found;
}

/* ---- a share that stays the same ---- */

static bool is_alike(uint64_t whole, uint64_t all, double share)
{
    double part = (double)whole / (double)all;
    return part >= share / 2 && part <= share * 2 && 1 - part >= (1 - share) / 2;
}

/* Answered calls have the same share in each quarter of the time, and whatever they ask for and come from. */
static bool is_steady(const struct tki_hops *h, const struct calls_to *to, struct tki_tallies *t, uint32_t service,
                      double share)
{
    uint64_t first = UINT64_MAX, last = 0, all[QUARTERS] = {0}, whole[QUARTERS] = {0};
    uint32_t *seen = calloc((size_t)h->texts.n * 2 + 1, sizeof *seen), begin = to->begin[service],
             end = to->begin[service + 1];
    bool steady = seen != NULL;
    t->failed = t->failed || !seen;
    for (uint32_t i = begin; i < end; i++) {
        uint64_t ns = h->call[to->call[i]].start_ns;
        first = ns < first ? ns : first;
        last = ns > last ? ns : last;
    }
    for (int by = 0; by < TKI_BYS && steady; by++) {
        uint32_t *answered = seen + h->texts.n;
        memset(seen, 0, (size_t)h->texts.n * 2 * sizeof *seen);
        for (uint32_t i = begin; i < end; i++) {
            const struct tki_call *c = &h->call[to->call[i]];
            size_t q = (size_t)((double)(c->start_ns - first) / ((double)(last - first) + 1) * QUARTERS);
            seen[c->by[by]]++;
            answered[c->by[by]] += c->callee == service;
            all[q] += by == 0;
            whole[q] += by == 0 && c->callee == service;
        }
        for (uint32_t i = 0; i < h->texts.n; i++)
            steady = steady && (seen[i] < TRACES || is_alike(answered[i], seen[i], share));
    }
    for (int q = 0; q < QUARTERS; q++)
        steady = steady && all[q] >= TRACES && is_alike(whole[q], all[q], share);
    free(seen);
    return steady;
}

/* ---- findings ---- */

static struct tki_judgement *say(struct tki_tallies *t, const struct seen_list *l, uint32_t service, unsigned example)
{
    struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_OWN_SAMPLING, service);
    for (uint32_t i = 0; i < l->n; i++)
        if (l->of[i].class == example) {
            j->trace = l->of[i].trace;
            break;
        }
    return j;
}

/* The service is missing in traces that call it. */
static bool say_missing(const struct seen_list *l, struct tki_tallies *t, const struct tki_hops *h,
                        const struct calls_to *to, uint32_t service)
{
    uint64_t there = l->count[WHOLE] + l->count[MIXED], all = there + l->count[ABSENT];
    char percent[TKI_QUANTITY_MAX], ratio[TKI_QUANTITY_MAX];
    bool low, by_id;
    if (there < TRACES || l->count[ABSENT] < TRACES || l->count[MIXED] * 100 > all * MIXED_PERCENT)
        return false;
    double share = (double)there / (double)all;
    by_id = parted(l, t, 1 << WHOLE | 1 << MIXED | 1 << ORPHAN, 1 << ABSENT, &low);
    if (!by_id && (share > share_max || !is_steady(h, to, t, service, share)))
        return false;
    struct tki_judgement *j = say(t, l, service, ABSENT);
    j->hit = l->count[ABSENT];
    j->of = all;
    j->certainty = by_id ? "shown" : "likely";
    if (by_id)
        j->message = tki_tallies_print(
            t,
            "is in %s of the %s traces that call it, those with the %s trace ids: it decides for itself, at a ratio of about %s",
            tki_percent_format(percent, share), TKI_COUNT(all), low ? "lowest" : "highest",
            tki_number_format(ratio, share));
    else
        j->message = tki_tallies_print(
            t,
            "is in %s of the %s traces that call it, at all times and for all calls alike: a sampler of its own, or instances that export nothing",
            tki_percent_format(percent, share), TKI_COUNT(all));
    return true;
}

/* The service is there where its callers are not. */
static bool say_more(const struct seen_list *l, struct tki_tallies *t, uint32_t service)
{
    uint64_t whole = l->count[WHOLE] + l->count[MIXED], all = whole + l->count[ORPHAN];
    char ratio[TKI_QUANTITY_MAX];
    bool low;
    if (whole < TRACES || l->count[ORPHAN] < TRACES || !parted(l, t, 1 << WHOLE | 1 << MIXED, 1 << ORPHAN, &low))
        return false;
    struct tki_judgement *j = say(t, l, service, ORPHAN);
    j->hit = l->count[ORPHAN];
    j->of = all;
    j->message = tki_tallies_print(
        t,
        "in %s of %s traces its caller is missing, those with the %s trace ids: the caller keeps a ratio of about %s, and this service does not follow it",
        TKI_COUNT(j->hit), TKI_COUNT(all), low ? "highest" : "lowest",
        tki_number_format(ratio, (double)whole / (double)all));
    return true;
}

void tki_hops_say_samplers(const struct tki_hops *h, struct tki_tallies *t, const struct tki_route *routes)
{
    struct seen_list l = {0};
    struct calls_to to = {0};
    if (!sort_calls(&to, h, routes, t->services.n))
        t->failed = true;
    for (uint32_t s = 0; s < t->services.n && !t->failed; s++) {
        list_traces(&l, t, h, &to, s);
        bool told = say_missing(&l, t, h, &to, s);
        told = say_more(&l, t, s) || told;
        if (told && l.count[ORPHAN]) /* a span is told of once */
            tki_tallies_at(t, s, TKI_RULE_PHANTOM_PARENT)->hit = 0;
    }
    free(l.of);
    free(to.call);
    free(to.begin);
}
