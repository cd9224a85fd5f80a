/* Which call and which entry without a parent are two halves of one: the entry lies within the call in time, the
 * methods agree, and the call's address leads to the entry's service, as whole calls or its name tell.  Where neither
 * tells, time alone may, if it does so for most calls to the address and not for the same calls at another time. */
#include <stdlib.h>

#include "base/array.h"
#include "judge/hops.h"

enum {
    SKEW_MIN_NS = 1000000,
    SKEW_MAX_NS = 10000000,
    SKEW_PART = 20, /* of the call's duration */
    STEPS = 1024,   /* calls that are looked at for an entry */
    LEARNED = 90,   /* percent of the whole calls to an address that reach one service */
    FITTED = 50,    /* percent of the calls to an address of which nothing else is known */
    FITTED_CALLS = 5,
};

/* ---- addresses ---- */

struct reach { /* a whole call: its address and the service it reached */
    uint32_t address, service;
};

static int compare_reach(const void *x, const void *y)
{
    const struct reach *a = x, *b = y;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return (a->service > b->service) - (a->service < b->service);
}

static int learn(const struct tki_hops *h, struct tki_route *routes)
{
    struct reach *r = malloc(((size_t)h->ncalls + 1) * sizeof *r);
    size_t n = 0;
    if (!r)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < h->ncalls; i++)
        if (h->call[i].callee != TKI_MAP_NONE)
            r[n++] = (struct reach){h->call[i].by[TKI_BY_ADDRESS], h->call[i].callee};
    qsort(r, n, sizeof *r, compare_reach);
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t most = 0, run = 0;
        uint32_t best = TKI_MAP_NONE;
        for (end = i; end < n && r[end].address == r[i].address; end++) {
            run = end > i && r[end].service == r[end - 1].service ? run + 1 : 1;
            best = run > most ? r[end].service : best;
            most = run > most ? run : most;
        }
        if (most * 100 >= (uint64_t)(end - i) * LEARNED)
            routes[r[i].address].service = best;
    }
    free(r);
    return 0;
}

/* "cart", "cart:8080" and "cart.shop.svc" are named as the service cart is. */
static uint32_t named(const struct tki_tallies *t, tk_str address)
{
    tk_str host = address;
    const char *colon = tki_str_find(host, ':');
    host.n = colon ? (size_t)(colon - host.p) : host.n;
    const char *dot = tki_str_find(host, '.');
    tk_str label = {host.p, dot ? (size_t)(dot - host.p) : host.n};
    for (uint32_t i = 0; i < t->services.n; i++)
        if (host.n &&
            (tki_str_same_letters(t->services.strs[i], host) || tki_str_same_letters(t->services.strs[i], label)))
            return i;
    return TKI_MAP_NONE;
}

/* ---- time ---- */

static int compare_calls(const void *x, const void *y)
{
    const struct tki_call *a = x, *b = y;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return a->span != b->span ? (a->span < b->span ? -1 : 1)
                              : (a->trace.lo > b->trace.lo) - (a->trace.lo < b->trace.lo);
}

static int compare_roots(const void *x, const void *y)
{
    const struct tki_entry_root *a = x, *b = y;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return a->span != b->span ? (a->span < b->span ? -1 : 1)
                              : (a->trace.lo > b->trace.lo) - (a->trace.lo < b->trace.lo);
}

static uint64_t skew_of(const struct tki_call *c)
{
    uint64_t part = (c->end_ns - c->start_ns) / SKEW_PART;
    return part < SKEW_MIN_NS ? SKEW_MIN_NS : part > SKEW_MAX_NS ? SKEW_MAX_NS : part;
}

struct fit {
    struct tki_hops *h;
    const struct tki_route *routes;
    uint64_t longest_ns, shift_ns; /* calls are looked at as if they were so much later */
};

static bool fits(const struct fit *f, const struct tki_call *c, const struct tki_entry_root *r)
{
    uint64_t skew = skew_of(c), start = c->start_ns + f->shift_ns, end = c->end_ns + f->shift_ns;
    const struct tki_route *to = &f->routes[c->by[TKI_BY_ADDRESS]];
    if (c->callee != TKI_MAP_NONE || c->caller == r->service || r->start_ns + skew < start || r->end_ns > end + skew)
        return false;
    if (c->method != TKI_MAP_NONE && r->method != TKI_MAP_NONE && c->method != r->method)
        return false;
    if (to->service != TKI_MAP_NONE)
        return to->service == r->service;
    return !c->path || !r->path || c->path == r->path;
}

/* The number of the first call that begins after that time. */
static uint32_t first_after(const struct tki_hops *h, uint64_t ns)
{
    uint32_t low = 0, high = h->ncalls;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (h->call[middle].start_ns > ns)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Calls `visit` for each call that could be the entry's, the one that begins last first. */
static void each_candidate(const struct fit *f, struct tki_entry_root *r,
                           void (*visit)(struct tki_call *c, struct tki_entry_root *r, void *ctx), void *ctx)
{
    uint64_t start = r->start_ns > f->shift_ns ? r->start_ns - f->shift_ns : 0, reach = f->longest_ns + SKEW_MAX_NS;
    uint32_t at = first_after(f->h, start + SKEW_MAX_NS);
    for (uint32_t steps = 0; at > 0 && steps < STEPS; steps++) {
        struct tki_call *c = &f->h->call[--at];
        if (c->start_ns + reach < start)
            break;
        if (fits(f, c, r))
            visit(c, r, ctx);
    }
}

static void count_rivals(struct tki_call *c, struct tki_entry_root *r, void *ctx)
{
    (void)ctx;
    c->rivals++;
    r->rivals++;
}

static void take_nearest(struct tki_call *c, struct tki_entry_root *r, void *ctx)
{
    const struct tki_hops *h = ctx;
    if (r->taken || c->entry != TKI_MAP_NONE)
        return;
    r->taken = true;
    c->entry = (uint32_t)(r - h->root);
}

static uint64_t match(const struct fit *f)
{
    struct tki_hops *h = f->h;
    uint64_t n = 0;
    for (uint32_t i = 0; i < h->ncalls; i++) {
        h->call[i].entry = TKI_MAP_NONE;
        h->call[i].rivals = 0;
    }
    for (uint32_t i = 0; i < h->nroots; i++) {
        h->root[i].rivals = 0;
        h->root[i].taken = false;
    }
    for (uint32_t i = 0; i < h->nroots; i++)
        each_candidate(f, &h->root[i], count_rivals, NULL);
    for (uint32_t i = 0; i < h->nroots; i++) {
        each_candidate(f, &h->root[i], take_nearest, h);
        n += h->root[i].taken;
    }
    return n;
}

/* ---- addresses of which nothing tells ---- */

struct address {
    uint64_t calls, fit, other; /* fit: to `service`, other: to other services; by chance: at another time */
    uint64_t chance;
    uint32_t service;
};

static void count_fits(const struct tki_hops *h, struct address *a, bool chance)
{
    for (uint32_t i = 0; i < h->ncalls; i++) {
        const struct tki_call *c = &h->call[i];
        struct address *x = &a[c->by[TKI_BY_ADDRESS]];
        if (chance) {
            x->chance += c->entry != TKI_MAP_NONE;
            continue;
        }
        x->calls += c->callee == TKI_MAP_NONE;
        if (c->entry == TKI_MAP_NONE)
            continue;
        uint32_t service = h->root[c->entry].service;
        x->service = x->fit == 0 ? service : x->service;
        x->fit += service == x->service;
        x->other += service != x->service;
    }
}

/* Learns from time where addresses lead, and leaves out the fits of addresses for which it does not tell. */
static int judge_addresses(struct tki_hops *h, struct tki_route *routes, const struct fit *f)
{
    struct address *a = calloc((size_t)h->texts.n + 1, sizeof *a);
    struct fit later = *f;
    if (!a)
        return TK_ENOMEM;
    later.shift_ns = 2 * (f->longest_ns + SKEW_MAX_NS);
    match(&later);
    count_fits(h, a, true);
    match(f);
    count_fits(h, a, false);
    for (uint32_t i = 0; i < h->texts.n; i++) {
        const struct address *x = &a[i];
        if (routes[i].service == TKI_MAP_NONE && x->fit >= FITTED_CALLS && x->fit * 100 >= x->calls * FITTED &&
            x->other * 10 <= x->fit && x->chance * 2 <= x->fit)
            routes[i] = (struct tki_route){.service = x->service, .fitted = true};
    }
    free(a);
    return 0;
}

int tki_hops_fit(struct tki_hops *h, const struct tki_tallies *t, struct tki_route **out)
{
    struct tki_route *routes = malloc(((size_t)h->texts.n + 1) * sizeof *routes);
    struct fit f = {.h = h, .routes = routes};
    h->called = calloc((size_t)t->services.n + 1, sizeof *h->called);
    if (!routes || !h->called) {
        free(routes);
        return TK_ENOMEM;
    }
    for (uint32_t i = 0; i < h->texts.n; i++)
        routes[i] = (struct tki_route){.service = TKI_MAP_NONE};
    if (h->ncalls)
        qsort(h->call, h->ncalls, sizeof *h->call, compare_calls);
    if (h->nroots)
        qsort(h->root, h->nroots, sizeof *h->root, compare_roots);
    int rc = learn(h, routes);
    for (uint32_t i = 0; i < h->texts.n && rc == 0; i++)
        if (routes[i].service == TKI_MAP_NONE && !h->local[i])
            routes[i].service = named(t, h->texts.strs[i]);
    for (uint32_t i = 0; i < h->ncalls; i++)
        if (h->call[i].end_ns > h->call[i].start_ns && h->call[i].end_ns - h->call[i].start_ns > f.longest_ns)
            f.longest_ns = h->call[i].end_ns - h->call[i].start_ns;
    if (rc == 0)
        rc = judge_addresses(h, routes, &f);
    if (rc < 0) {
        free(routes);
        return rc;
    }
    match(&f);
    for (uint32_t i = 0; i < h->ncalls; i++) {
        struct tki_call *c = &h->call[i];
        if (c->entry != TKI_MAP_NONE && routes[c->by[TKI_BY_ADDRESS]].service == TKI_MAP_NONE)
            c->entry = TKI_MAP_NONE;
        if (c->entry != TKI_MAP_NONE)
            h->called[h->root[c->entry].service] = true;
    }
    *out = routes;
    return 0;
}
