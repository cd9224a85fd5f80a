/* What calls tell: who loses the context, since when and on which side, which peers make no spans, which roots began
 * inside another request, which messages came without context, which requests are in two traces. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "judge/gaps.h"
#include "report/number.h"

enum {
    SURE = 5,    /* broken calls that fit one entry each, and it no other call */
    LIKELY = 20, /* broken calls that could be another one, too */
    SIDE = 10,   /* calls before and after a change */
    TELLS = 5,   /* calls with a value, and without, that are compared */
    PEER_CALLS = 5,
    INSIDE = 5,
    INSIDE_PERCENT = 90,
    OPEN_PERCENT = 70, /* of the time in which a request is open: more makes it chance */
    MESSAGES = 5,
    LINKED = 5, /* requests */
};

struct pair {
    uint32_t caller, callee;
    uint64_t whole, sure, unsure; /* calls; broken ones by how well they fit */
    uint32_t first;               /* the first broken call */
};

static uint64_t broken(const struct pair *p)
{
    return p->sure + p->unsure;
}

static uint64_t calls(const struct pair *p)
{
    return p->whole + broken(p);
}

struct hops {
    struct tki_hops *h;
    struct tki_tallies *t;
    const struct tki_route *routes;
    struct pair *pair;
    uint32_t npairs, cap;
    struct tki_symtab keys;
};

static uint32_t reached(const struct tki_hops *h, const struct tki_call *c)
{
    return c->callee != TKI_MAP_NONE ? c->callee : c->entry != TKI_MAP_NONE ? h->root[c->entry].service : TKI_MAP_NONE;
}

static void make_pairs(struct hops *x)
{
    for (uint32_t i = 0; i < x->h->ncalls; i++) {
        const struct tki_call *c = &x->h->call[i];
        const uint32_t key[2] = {c->caller, reached(x->h, c)};
        if (key[1] == TKI_MAP_NONE)
            continue;
        uint32_t n = x->keys.n, at = tki_symtab_put(&x->keys, (tk_str){(const char *)key, sizeof key});
        if (at == TKI_MAP_NONE || TKI_GROW(x->pair, x->cap, n + 1) < 0) {
            x->t->failed = true;
            return;
        }
        if (at == n)
            x->pair[x->npairs++] = (struct pair){.caller = key[0], .callee = key[1], .first = TKI_MAP_NONE};
        struct pair *p = &x->pair[at];
        bool sure = c->entry != TKI_MAP_NONE && c->rivals == 1 && x->h->root[c->entry].rivals == 1;
        p->whole += c->entry == TKI_MAP_NONE;
        p->sure += sure;
        p->unsure += c->entry != TKI_MAP_NONE && !sure;
        if (c->entry != TKI_MAP_NONE && p->first == TKI_MAP_NONE)
            p->first = i;
    }
}

/* ---- one pair: since when, and what the broken calls have in common ---- */

static bool of_pair(const struct hops *x, const struct tki_call *c, const struct pair *p)
{
    return c->caller == p->caller && reached(x->h, c) == p->callee;
}

/* The start of the first call after the whole ones; 0: no one moment tells.  *share: of the calls from then on, how
 * many are broken: not all where one of several instances loses the context. */
static uint64_t since(const struct hops *x, const struct pair *p, double *share)
{
    const double sure = 5; /* standard errors that few moments of a dump reach by chance */
    uint64_t n = 0, bad = 0, all = calls(p), all_bad = broken(p), found_ns = 0;
    double most = 0, mean = (double)all_bad / (double)all;
    *share = mean;
    for (uint32_t i = 0; i < x->h->ncalls; i++) {
        const struct tki_call *c = &x->h->call[i];
        if (!of_pair(x, c, p))
            continue;
        if (n >= SIDE && all - n >= SIDE) {
            double before = (double)bad / (double)n, after = (double)(all_bad - bad) / (double)(all - n);
            double error = sqrt(mean * (1 - mean) * (1 / (double)n + 1 / (double)(all - n)));
            double apart = error > 0 ? (after - before) / error : 0;
            if (before <= 0.05 && (after >= 0.5 || apart >= sure) && apart > most) {
                most = apart;
                found_ns = c->start_ns;
                *share = after;
            }
        }
        n++;
        bad += c->entry != TKI_MAP_NONE;
    }
    return found_ns;
}

/* A value that nearly all broken calls have and nearly no whole one; TKI_MAP_NONE: there is none. */
static uint32_t common_value(const struct hops *x, const struct pair *p, enum tki_by by)
{
    uint64_t in = 0, in_bad = 0;
    if (p->first == TKI_MAP_NONE || p->whole < TELLS || broken(p) < TELLS)
        return TKI_MAP_NONE;
    uint32_t value = x->h->call[p->first].by[by];
    for (uint32_t i = 0; i < x->h->ncalls; i++) {
        const struct tki_call *c = &x->h->call[i];
        if (of_pair(x, c, p) && c->by[by] == value) {
            in++;
            in_bad += c->entry != TKI_MAP_NONE;
        }
    }
    bool tells =
        in >= TELLS && in_bad * 10 >= in * 9 && (broken(p) - in_bad) * 10 <= calls(p) - in && calls(p) - in >= TELLS;
    return tells && x->h->texts.strs[value].n ? value : TKI_MAP_NONE;
}

enum reading { NO_OTHER, WHOLE, BROKEN };

/* Of the other callers of the callee, or the other callees of the caller, from then on. */
static enum reading others(const struct hops *x, const struct pair *p, bool callers, uint64_t since_ns)
{
    uint64_t all = 0, bad = 0;
    for (uint32_t i = 0; i < x->h->ncalls; i++) {
        const struct tki_call *c = &x->h->call[i];
        uint32_t callee = reached(x->h, c);
        if (c->start_ns < since_ns || callee == TKI_MAP_NONE || (c->caller == p->caller && callee == p->callee) ||
            (callers ? callee != p->callee : c->caller != p->caller))
            continue;
        all++;
        bad += c->entry != TKI_MAP_NONE;
    }
    return all == 0 ? NO_OTHER : bad * 2 >= all ? BROKEN : WHOLE;
}

static const char *side(enum reading callers, enum reading callees, bool whole_too)
{
    if (whole_too)
        return "part of the calls arrive whole: compare instances, versions and routes of both, and what stands between";
    if (callers == WHOLE && callees == WHOLE)
        return "other calls of both are whole: compare their OTEL_PROPAGATORS, and look at what stands between";
    if (callees == BROKEN && callers != BROKEN)
        return "other calls of the caller are broken, too: let it inject the context (instrument its client library)";
    if (callers == BROKEN && callees != BROKEN)
        return "other callers lose it there, too: the callee does not extract it, or all pass one gate that drops it";
    if (callers == BROKEN)
        return "other calls of both are broken, too: look at what all calls pass, as a mesh or proxy, then at both";
    if (callees == WHOLE)
        return "other calls of the caller are whole: let the callee extract the context, or look at a gate before it";
    if (callers == WHOLE)
        return "other callers are whole: let the caller inject the context, or look at the way between";
    return "the dump has no other calls of the two: check that the caller injects, the callee extracts, and proxies between "
           "forward traceparent";
}

static void say_values(const struct hops *x, const struct pair *p, struct tki_buf *to, bool *way)
{
    static const char *const words[TKI_BYS] = {"by way of", "from instance", "from version", "with scope", "as"};
    *way = false;
    for (int by = 0; by < TKI_BYS; by++) {
        uint32_t value = common_value(x, p, (enum tki_by)by);
        if (value == TKI_MAP_NONE || (by == TKI_BY_ADDRESS && x->h->local[value]))
            continue;
        tki_buf_printf(to, ", %s %.*s", words[by], TKI_CUT(x->h->texts.strs[value]));
        *way = *way || by == TKI_BY_ADDRESS;
    }
    /* An address that nobody knows, and all broken calls go to. */
    const struct tki_call *c = &x->h->call[p->first];
    if (!*way && x->routes[c->by[TKI_BY_ADDRESS]].fitted && !x->h->local[c->by[TKI_BY_ADDRESS]]) {
        tki_buf_printf(to, ", by way of %.*s", TKI_CUT(x->h->texts.strs[c->by[TKI_BY_ADDRESS]]));
        *way = true;
    }
}

static void say_pair(struct hops *x, const struct pair *p)
{
    const struct tki_call *c = &x->h->call[p->first];
    struct tki_buf more = {0};
    char time[TKI_QUANTITY_MAX], share[TKI_QUANTITY_MAX];
    tk_str from = x->t->services.strs[p->caller], to = x->t->services.strs[p->callee];
    double after;
    uint64_t since_ns = since(x, p, &after);
    bool way, whole_too = after <= 0.9;
    if (since_ns && whole_too)
        tki_buf_printf(&more, ", since %s, %s from then on", tki_time_format(time, since_ns),
                       tki_percent_format(share, after));
    else if (since_ns)
        tki_buf_printf(&more, ", since %s", tki_time_format(time, since_ns));
    else
        tki_buf_printf(&more, ", throughout the dump");
    say_values(x, p, &more, &way);
    if (more.err)
        x->t->failed = true;
    struct tki_judgement *j = tki_judgement_new(x->t, TKI_RULE_CONTEXT_LOST, p->callee);
    j->place = tki_tallies_print(x->t, "%.*s -> %.*s", TKI_CUT(from), TKI_CUT(to));
    j->hit = broken(p);
    j->of = calls(p);
    j->trace = x->h->root[c->entry].trace;
    j->span = x->h->root[c->entry].span;
    j->first_ns = c->start_ns;
    j->certainty = p->sure >= SURE ? "shown" : "likely";
    j->message = tki_tallies_print(x->t,
                                   "%s of %s calls %.*s -> %.*s (%s) arrive without context%.*s: as many "
                                   "roots of %.*s lie each within a call that nothing answers",
                                   TKI_COUNT(j->hit), TKI_COUNT(j->of), TKI_CUT(from), TKI_CUT(to),
                                   tki_percent_format(share, (double)j->hit / (double)j->of), (int)more.n,
                                   more.n ? more.p : "", TKI_CUT(to));
    const char *next = side(others(x, p, true, since_ns), others(x, p, false, since_ns), whole_too && !way);
    j->next =
        way ? tki_tallies_print(x->t, "a proxy there that does not forward traceparent fits; %s", next) : tki_str(next);
    tki_buf_free(&more);
}

/* ---- peers without spans ---- */

/* A name without dots, or one of a network of one's own: third parties are not expected to be seen. */
static bool is_inside(tk_str address)
{
    static const char *const ends[] = {".svc", ".local", ".internal", ".lan", ".intra", ".corp", ".consul"};
    static const char *const nets[] = {"10.",     "192.168.", "172.16.", "172.17.", "172.18.",
                                       "172.19.", "172.2",    "172.30.", "172.31."};
    const char *colon = tki_str_find(address, ':');
    tk_str host = {address.p, colon ? (size_t)(colon - address.p) : address.n};
    bool inside = host.n && !tki_str_find(host, '.') && !tki_str_find(host, ' ');
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(ends[i]);
        inside = inside || (host.n > n && memcmp(host.p + host.n - n, ends[i], n) == 0);
    }
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        inside = inside || tki_str_starts(host, tki_str(nets[i]));
    for (size_t i = 0; i + 5 <= host.n; i++)
        inside = inside || memcmp(host.p + i, ".svc.", 5) == 0;
    return inside;
}

/* Data stores and brokers make no spans.  They are known by their name, or by a port. */
static bool is_store(tk_str address)
{
    static const char *const names[] = {"redis",      "valkey",     "memcache",  "memcached", "postgres",
                                        "postgresql", "mysql",      "mariadb",   "mongo",     "mongodb",
                                        "cassandra",  "kafka",      "rabbitmq",  "etcd",      "elasticsearch",
                                        "opensearch", "clickhouse", "pgbouncer", "zookeeper", "rabbit"};
    static const char *const ports[] = {":1433", ":1521", ":2181", ":2379", ":3306",  ":4222", ":5432",
                                        ":5672", ":6379", ":9042", ":9092", ":11211", ":27017"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (tki_str_starts(address, tki_str(names[i])) && (address.n == n || !isalpha((unsigned char)address.p[n])))
            return true;
    }
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        size_t n = strlen(ports[i]);
        if (address.n > n && memcmp(address.p + address.n - n, ports[i], n) == 0)
            return true;
    }
    return false;
}

static void say_peers(struct hops *x)
{
    struct peer {
        uint64_t calls, whole;
        uint32_t first;
    } *peer = calloc((size_t)x->h->texts.n + 1, sizeof *peer);
    if (!peer) {
        x->t->failed = true;
        return;
    }
    for (uint32_t i = 0; i < x->h->ncalls; i++) {
        struct peer *p = &peer[x->h->call[i].by[TKI_BY_ADDRESS]];
        p->first = p->calls++ ? p->first : i;
        p->whole += reached(x->h, &x->h->call[i]) != TKI_MAP_NONE;
    }
    for (uint32_t i = 0; i < x->h->texts.n; i++) {
        tk_str address = x->h->texts.strs[i];
        if (peer[i].calls < PEER_CALLS || peer[i].whole || x->routes[i].service != TKI_MAP_NONE || x->h->local[i] ||
            !is_inside(address) || is_store(address))
            continue;
        const struct tki_call *c = &x->h->call[peer[i].first];
        struct tki_judgement *j = tki_judgement_new(x->t, TKI_RULE_UNINSTRUMENTED, c->caller);
        j->place = tki_tallies_copy(x->t, address);
        j->hit = j->of = peer[i].calls;
        j->trace = c->trace;
        j->span = c->span;
        j->certainty = "likely";
        j->message =
            tki_tallies_print(x->t, "all %s calls to %.*s end in nothing: no service in the dump looks like it",
                              TKI_COUNT(j->hit), TKI_CUT(address));
    }
    free(peer);
}

/* ---- inside one program ---- */

static int compare_open(const void *x, const void *y)
{
    const struct tki_open *a = x, *b = y;
    if (a->program != b->program)
        return a->program < b->program ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return a->span != b->span ? (a->span < b->span ? -1 : 1)
                              : (a->trace.lo > b->trace.lo) - (a->trace.lo < b->trace.lo);
}

/* Joins requests of one program that overlap; returns how many are left. */
static uint32_t join_open(struct tki_open *open, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct tki_open *last = kept ? &open[kept - 1] : NULL;
        if (last && last->program == open[i].program && open[i].start_ns <= last->end_ns)
            last->end_ns = open[i].end_ns > last->end_ns ? open[i].end_ns : last->end_ns;
        else
            open[kept++] = open[i];
    }
    return kept;
}

static bool is_open(const struct tki_open *open, uint32_t n, const struct tki_open *at)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct tki_open *o = &open[middle];
        if (o->program > at->program || (o->program == at->program && o->start_ns > at->start_ns))
            high = middle;
        else
            low = middle + 1;
    }
    return low && open[low - 1].program == at->program && open[low - 1].end_ns >= at->start_ns;
}

/* Percent of the time, from the first to the last request of the program, in which one is open. */
static uint64_t open_percent(const struct tki_open *open, uint32_t n, uint32_t program)
{
    double sum = 0, first = 0, last = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (open[i].program != program)
            continue;
        first = sum > 0 ? first : (double)open[i].start_ns;
        last = (double)open[i].end_ns;
        sum += (double)(open[i].end_ns - open[i].start_ns);
    }
    return last > first ? (uint64_t)(100 * sum / (last - first)) : 0;
}

static void say_inside(struct hops *x)
{
    struct tki_hops *h = x->h;
    if (h->nopen)
        qsort(h->open, h->nopen, sizeof *h->open, compare_open);
    if (h->ninner)
        qsort(h->inner, h->ninner, sizeof *h->inner, compare_open);
    uint32_t nopen = join_open(h->open, h->nopen);
    for (uint32_t i = 0, end; i < h->ninner; i = end) {
        uint64_t inside = 0;
        for (end = i; end < h->ninner && h->inner[end].program == h->inner[i].program; end++)
            inside += is_open(h->open, nopen, &h->inner[end]);
        if (inside < INSIDE || inside * 100 < (uint64_t)(end - i) * INSIDE_PERCENT ||
            open_percent(h->open, nopen, h->inner[i].program) > OPEN_PERCENT)
            continue;
        struct tki_judgement *j = tki_judgement_new(x->t, TKI_RULE_CONTEXT_INSIDE, h->inner[i].service);
        j->hit = inside;
        j->of = end - i;
        j->trace = h->inner[i].trace;
        j->span = h->inner[i].span;
        j->first_ns = h->inner[i].start_ns;
        j->last_ns = h->inner[end - 1].start_ns;
        tki_judgement_say(x->t, j);
    }
}

/* ---- messages ---- */

static void say_messages(struct hops *x)
{
    const struct tki_hops *h = x->h;
    for (uint32_t i = 0; i < h->queues.n; i++) {
        const struct tki_queue *q = &h->queue[i];
        const uint32_t key[2] = {q->destination, TKI_MAP_NONE};
        uint32_t sent = tki_symtab_get(&h->queues, (tk_str){(const char *)key, sizeof key});
        bool others_keep = false;
        if (q->service == TKI_MAP_NONE || q->lost < MESSAGES || sent == TKI_MAP_NONE)
            continue;
        for (uint32_t k = 0; k < h->queues.n; k++)
            others_keep =
                others_keep || (h->queue[k].destination == q->destination && k != i &&
                                h->queue[k].service != TKI_MAP_NONE && h->queue[k].lost < h->queue[k].messages);
        tk_str destination = h->texts.strs[q->destination];
        struct tki_judgement *j = tki_judgement_new(x->t, TKI_RULE_CONTEXT_BROKER, q->service);
        j->place = tki_tallies_copy(x->t, destination);
        j->hit = q->lost;
        j->of = q->messages;
        j->trace = q->trace;
        j->span = q->span;
        j->certainty = others_keep || q->lost < q->messages ? "shown" : "likely";
        j->message = tki_tallies_print(x->t,
                                       "%s of %s messages from %.*s are processed with neither parent nor "
                                       "link, though %s were sent there in the dump",
                                       TKI_COUNT(j->hit), TKI_COUNT(j->of), TKI_CUT(destination),
                                       TKI_COUNT(h->queue[sent].messages));
        j->next =
            tki_str(others_keep ? "other consumers of it have the context: let this one extract it from the headers, "
                                  "and link to it"
                                : "no consumer of it has the context: let the producer inject it into the headers, and "
                                  "look for a broker or bridge without headers (Kafka before 0.11)");
    }
}

/* ---- requests in two traces ---- */

static void say_linked(struct tki_tallies *t, uint32_t service, const struct tki_linked *x, bool restarted)
{
    char share[TKI_QUANTITY_MAX];
    struct tki_judgement *j = tki_judgement_new(t, TKI_RULE_TWO_TRACES, service);
    j->hit = restarted ? x->restarted : x->doubled;
    j->of = x->requests;
    j->trace = restarted ? x->restart : x->two;
    j->span = restarted ? x->restart_span : x->two_span;
    j->message = tki_tallies_print(t, "%s of %s requests (%s) %s", TKI_COUNT(j->hit), TKI_COUNT(j->of),
                                   tki_percent_format(share, (double)j->hit / (double)j->of),
                                   restarted ? "begin a trace of their own and link to the caller's"
                                             : "have a parent in one trace and a link to another");
    j->next = tki_str(
        restarted ? "meant so at a gate that trusts no caller: --repair=links joins the two where both are in the "
                    "dump; else let it continue the caller's trace"
                  : "look for two traceparent headers in one request, as of a proxy and an eBPF agent beside an "
                    "SDK; --repair=links joins the traces");
}

void tki_hops_finish(struct tki_hops *h, struct tki_tallies *t, struct tki_gaps *gaps)
{
    struct tki_route *routes = NULL;
    struct hops x = {.h = h, .t = t};
    if (tki_hops_fit(h, t, &routes) < 0) {
        t->failed = true;
        return;
    }
    x.routes = routes;
    make_pairs(&x);
    for (uint32_t i = 0; i < x.npairs && !t->failed; i++)
        if (x.pair[i].sure >= SURE || broken(&x.pair[i]) >= LIKELY)
            say_pair(&x, &x.pair[i]);
    say_peers(&x);
    say_inside(&x);
    say_messages(&x);
    for (uint32_t i = 0; i < h->linked_cap && i < t->services.n; i++) {
        if (h->linked[i].restarted >= LINKED)
            say_linked(t, i, &h->linked[i], true);
        if (h->linked[i].doubled >= LINKED)
            say_linked(t, i, &h->linked[i], false);
    }
    tki_hops_say_samplers(h, t, routes);
    tki_gaps_finish(gaps, t, h, routes);
    free(routes);
    free(x.pair);
    tki_symtab_free(&x.keys);
}
