#include "analyze/clocks.h"

#include <stdlib.h>

#include "base/array.h"
#include "model/span.h"

enum { RESOLUTION_NS = 1000 }; /* what many clients cut times to: smaller offsets are none */

static tk_str text_of(const struct tk_batch *b, const struct tk_value *v)
{
    if (v->type == TK_ARRAY && v->n)
        v = &b->kids[v->v.first].value;
    return v->type == TK_STRING ? (tk_str){v->v.s, v->n} : (tk_str){0};
}

static tk_str first_named(const struct tk_batch *b, uint32_t resource, const char *const *keys)
{
    for (; *keys; keys++) {
        const struct tk_attr *a = tk_attr_find(b, b->resources[resource].attrs, *keys);
        tk_str s = a ? text_of(b, &a->value) : (tk_str){0};
        if (s.n)
            return s;
    }
    return (tk_str){0};
}

static tk_str string_of(const struct tk_attr *a)
{
    return a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : (tk_str){0};
}

/* That an attribute is there decides, not that it says anything. */
tk_str tki_host_of(const struct tk_batch *b, uint32_t resource)
{
    tk_range attrs = b->resources[resource].attrs;
    const struct tk_attr *id = tk_attr_find(b, attrs, "host.id"), *ip = tk_attr_find(b, attrs, "host.ip");
    if (id)
        return string_of(id);
    if (ip && (ip->value.type == TK_STRING || (ip->value.type == TK_ARRAY && ip->value.n)))
        return text_of(b, &ip->value);
    return string_of(tk_attr_find(b, attrs, "host.name"));
}

tk_str tki_machine_of(const struct tk_batch *b, uint32_t resource)
{
    static const char *const keys[] = {"host.id",      "host.ip",      "host.name",           "hostname",
                                       "ip",           "net.host.ip",  "k8s.node.name",       "k8s.pod.uid",
                                       "k8s.pod.name", "container.id", "service.instance.id", NULL};
    tk_str s = first_named(b, resource, keys);
    return s.n ? s : b->resources[resource].service;
}

static bool has_window(const struct tk_span *s, uint64_t first_ns)
{
    return tki_span_started(s, first_ns) && s->end_ns >= s->start_ns && s->end_ns <= INT64_MAX;
}

static struct tki_pair *pair_of(struct tki_clocks *c, uint32_t a, uint32_t b)
{
    tk_id128 id = {a < b ? a : b, a < b ? b : a};
    uint32_t n = tki_idmap_get(&c->index, id);
    if (n != TKI_MAP_NONE)
        return &c->pair[n];
    if (TKI_GROW(c->pair, c->cap, c->npairs + 1) < 0)
        return NULL;
    n = tki_idmap_put(&c->index, id);
    if (n == TKI_MAP_NONE)
        return NULL;
    c->pair[n] = (struct tki_pair){.host = {(uint32_t)id.hi, (uint32_t)id.lo},
                                   .low_ns = INT64_MIN,
                                   .high_ns = INT64_MAX,
                                   .rank_max = UINT64_MAX,
                                   .least_ns = {INT64_MAX, INT64_MAX}};
    c->npairs = n + 1;
    return &c->pair[n];
}

/* Keeps the calls of lowest rank, a hash of their ids: a sample that depends on what came, not on when. */
static int sample(struct tki_pair *p, struct tki_bounds x)
{
    if (x.rank > p->rank_max)
        return TK_OK;
    while (p->nsample == TKI_CLOCK_SAMPLE) {
        uint32_t kept = 0;
        p->rank_max /= 2;
        for (uint32_t i = 0; i < p->nsample; i++)
            if (p->sample[i].rank <= p->rank_max)
                p->sample[kept++] = p->sample[i];
        if (p->rank_max == 0 || x.rank > p->rank_max) {
            p->nsample = kept < TKI_CLOCK_SAMPLE ? kept : TKI_CLOCK_SAMPLE - 1;
            return TK_OK;
        }
        p->nsample = kept;
    }
    if (TKI_GROW(p->sample, p->cap, p->nsample + 1) < 0)
        return TK_ENOMEM;
    p->sample[p->nsample++] = x;
    return TK_OK;
}

static bool is_message(const struct tk_span *producer, const struct tk_span *consumer)
{
    return producer->kind == TK_KIND_PRODUCER && consumer->kind == TK_KIND_CONSUMER;
}

static bool waits(const struct tk_span *caller, const struct tk_span *callee)
{
    return caller->kind != TK_KIND_PRODUCER && callee->kind != TK_KIND_CONSUMER &&
           callee->end_ns - callee->start_ns <= caller->end_ns - caller->start_ns;
}

#define NOT_ASKED UINT32_MAX
#define NO_HOST   (UINT32_MAX - 1)

/* The number of a resource's host in *host: what was found is kept for the other spans of the trace. */
static int host_of(struct tki_clocks *c, const struct tk_batch *b, uint32_t resource, uint32_t *host)
{
    uint32_t *of = &c->host_of[resource];
    if (*of == NOT_ASKED) {
        tk_str name = tki_machine_of(b, resource);
        *of = name.n ? tki_symtab_put(&c->hosts, name) : NO_HOST;
        if (*of == TKI_MAP_NONE)
            return TK_ENOMEM;
    }
    *host = *of;
    return TK_OK;
}

/* A consumer may begin to wait before there is a message; it has not ended before. */
static void add_message(struct tki_pair *p, const struct tk_span *producer, const struct tk_span *consumer, bool up)
{
    int64_t after = (int64_t)(consumer->start_ns - producer->start_ns);
    p->messages[up]++;
    p->early[up] += consumer->end_ns < producer->start_ns;
    p->least_ns[up] = after < p->least_ns[up] ? after : p->least_ns[up];
}

static int add_call(struct tki_pair *p, const struct tk_span *caller, const struct tk_span *callee, bool up)
{
    int64_t low = (int64_t)(callee->end_ns - caller->end_ns), high = (int64_t)(callee->start_ns - caller->start_ns);
    p->calls++;
    p->outside += low > 0 || high < 0;
    if (!up) {
        int64_t turned = -high;
        high = -low;
        low = turned;
    }
    p->low_ns = low > p->low_ns ? low : p->low_ns;
    p->high_ns = high < p->high_ns ? high : p->high_ns;
    uint64_t rank = tki_hash_combine(tki_hash_id(callee->trace_id), callee->span_id);
    return sample(p, (struct tki_bounds){rank, low, high});
}

static int add_edge(struct tki_clocks *c, const struct tk_span *caller, const struct tk_span *callee, uint32_t a,
                    uint32_t b)
{
    if (c->npairs == TKI_CLOCK_PAIRS &&
        tki_idmap_get(&c->index, (tk_id128){a < b ? a : b, a < b ? b : a}) == TKI_MAP_NONE) {
        c->passed_over++;
        return TK_OK;
    }
    struct tki_pair *p = pair_of(c, a, b);
    if (!p)
        return TK_ENOMEM;
    if (!is_message(caller, callee))
        return add_call(p, caller, callee, a < b);
    add_message(p, caller, callee, a < b);
    return TK_OK;
}

int tki_clocks_add(struct tki_clocks *c, const struct tk_batch *b, const struct tk_tree *tree)
{
    uint64_t first_ns = tki_trace_first_ns(b);
    if (TKI_GROW(c->host_of, c->hosts_cap, (size_t)b->nresources + 1) < 0)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < b->nresources; i++)
        c->host_of[i] = NOT_ASKED;
    for (uint32_t i = 0; i < tree->n; i++) {
        uint32_t s = tree->order[i], up = tree->parent[s];
        if (up == TK_NONE)
            continue;
        const struct tk_span *callee = &b->spans[s], *caller = &b->spans[up];
        if (!has_window(callee, first_ns) || !has_window(caller, first_ns) || callee->resource == caller->resource ||
            !(waits(caller, callee) || is_message(caller, callee)))
            continue;
        uint32_t from, to;
        if (host_of(c, b, caller->resource, &from) < 0 || host_of(c, b, callee->resource, &to) < 0)
            return TK_ENOMEM;
        if (from == NO_HOST || to == NO_HOST || from == to)
            continue;
        int r = add_edge(c, caller, callee, from, to);
        if (r < 0)
            return r;
    }
    return TK_OK;
}

static int compare_middles(const void *x, const void *y)
{
    const struct tki_bounds *p = x, *q = y;
    int64_t a = p->low_ns + (p->high_ns - p->low_ns) / 2, b = q->low_ns + (q->high_ns - q->low_ns) / 2;
    if (a != b)
        return a < b ? -1 : 1;
    return (p->rank > q->rank) - (p->rank < q->rank);
}

static uint32_t broken_by(const struct tki_pair *p, int64_t offset_ns)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nsample; i++)
        n += p->sample[i].low_ns > offset_ns || p->sample[i].high_ns < offset_ns;
    return n;
}

/* By messages alone. */
static void judge_messages(struct tki_pair *p)
{
    uint64_t messages = p->messages[0] + p->messages[1], early = p->early[0] + p->early[1];
    int64_t low = -p->least_ns[0], high = p->least_ns[1];
    bool both = p->messages[0] && p->messages[1];
    if (messages < TKI_CLOCK_CALLS || early * TKI_CLOCK_SHARE < messages)
        return;
    p->by_messages = true;
    p->state = !both ? TKI_PAIR_EARLY : low <= high ? TKI_PAIR_OFFSET : TKI_PAIR_DRIFT;
    p->offset_ns = p->state == TKI_PAIR_OFFSET ? low + (high - low) / 2 : 0;
}

/* An offset is believed when it explains at least half of the calls that none leaves unexplained. */
static void judge(struct tki_pair *p)
{
    if (p->calls < TKI_CLOCK_CALLS || p->nsample == 0) {
        judge_messages(p);
        return;
    }
    p->state = TKI_PAIR_STEADY;
    if (p->outside * TKI_CLOCK_SHARE < p->calls)
        return;
    qsort(p->sample, p->nsample, sizeof *p->sample, compare_middles);
    const struct tki_bounds *m = &p->sample[p->nsample / 2];
    int64_t o = m->low_ns + (m->high_ns - m->low_ns) / 2;
    if (p->low_ns <= p->high_ns)
        o = o < p->low_ns ? p->low_ns : o > p->high_ns ? p->high_ns : o;
    if (o > -RESOLUTION_NS && o < RESOLUTION_NS)
        return;
    p->state = 2 * broken_by(p, o) <= broken_by(p, 0) ? TKI_PAIR_OFFSET : TKI_PAIR_DRIFT;
    p->offset_ns = p->state == TKI_PAIR_OFFSET ? o : 0;
}

void tki_clocks_finish(struct tki_clocks *c)
{
    for (uint32_t i = 0; i < c->npairs; i++)
        judge(&c->pair[i]);
}

uint64_t tki_pair_outside(const struct tki_pair *p)
{
    return p->by_messages ? p->early[0] + p->early[1] : p->outside;
}

uint32_t tki_clocks_host(const struct tki_clocks *c, tk_str name)
{
    return tki_symtab_get(&c->hosts, name);
}

enum tki_pair_state tki_clocks_offset(const struct tki_clocks *c, uint32_t a, uint32_t b, int64_t *offset_ns)
{
    *offset_ns = 0;
    if (a == TKI_MAP_NONE || b == TKI_MAP_NONE)
        return TKI_PAIR_UNKNOWN;
    uint32_t n = tki_idmap_get(&c->index, (tk_id128){a < b ? a : b, a < b ? b : a});
    if (n == TKI_MAP_NONE)
        return TKI_PAIR_UNKNOWN;
    *offset_ns = a < b ? c->pair[n].offset_ns : -c->pair[n].offset_ns;
    return (enum tki_pair_state)c->pair[n].state;
}

void tki_clocks_free(struct tki_clocks *c)
{
    for (uint32_t i = 0; i < c->npairs; i++)
        free(c->pair[i].sample);
    free(c->pair);
    free(c->host_of);
    tki_idmap_free(&c->index);
    tki_symtab_free(&c->hosts);
    *c = (struct tki_clocks){0};
}
