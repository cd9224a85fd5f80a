#include "compare/look.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/num.h"
#include "base/sort.h"
#include "compare/scratch.h"

struct tki_wanted {
    tk_id128 id;
    uint8_t set;
    bool in;
    uint32_t cause;
    size_t member;
    const struct tki_trace_rec *trace;
    uint64_t producer; /* 0, or the trace is not the member's but the one with this span, which began it */
};

/* ---- which traces ---- */

struct ranked {
    uint64_t hash;
    size_t member;
};

static int cmp_ranked(const void *pa, const void *pb)
{
    const struct ranked *a = pa, *b = pb;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

static int cmp_wanted(const void *pa, const void *pb)
{
    const struct tki_wanted *a = pa, *b = pb;
    if (a->id.hi != b->id.hi)
        return a->id.hi < b->id.hi ? -1 : 1;
    if (a->id.lo != b->id.lo)
        return a->id.lo < b->id.lo ? -1 : 1;
    if (a->set != b->set)
        return a->set < b->set ? -1 : 1;
    if (a->cause != b->cause)
        return a->cause < b->cause ? -1 : 1;
    if (a->member != b->member)
        return a->member < b->member ? -1 : 1;
    return (a->producer > b->producer) - (a->producer < b->producer);
}

/* Who stands for many is looked at so much more likely. */
static uint64_t rank_of(const struct tki_trace_rec *t)
{
    uint64_t hash = tki_hash_id(t->id);
    return t->stands > 1 ? (uint64_t)((double)hash / t->stands) : hash;
}

/* Of one cause: its own traces, or the others of its kinds. */
static int want(struct tki_look *l, uint32_t cause, bool in, struct ranked *r)
{
    const struct tki_cause *x = &l->causes->cause[cause];
    const struct tki_comparison *c = l->c;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < c->nkinds; i++) {
        const struct tki_kind *k = &c->kind[i];
        while (at < x->n && x->in[at].member < k->first)
            at++;
        if (at >= x->n || x->in[at].member >= k->first + k->n)
            continue;
        for (size_t j = k->first; j < k->first + k->n; j++)
            if (tki_cause_has(x, j) == in)
                r[n++] = (struct ranked){rank_of(c->member[j].trace), j};
    }
    qsort(r, n, sizeof *r, cmp_ranked);
    n = n < TKI_LOOK_MAX ? n : TKI_LOOK_MAX;
    struct tki_wanted *w = realloc(l->wanted, (l->nwanted + 2 * n + 1) * sizeof *w);
    if (!w)
        return TK_ENOMEM;
    l->wanted = w;
    for (size_t i = 0; i < n; i++) {
        const struct tki_trace_rec *t = c->member[r[i].member].trace;
        uint64_t span;
        const struct tki_trace_rec *from = tki_profile_origin(l->p, t, &span);
        l->wanted[l->nwanted++] = (struct tki_wanted){t->id, t->set, in, cause, r[i].member, t, 0};
        if (from)
            l->wanted[l->nwanted++] = (struct tki_wanted){from->id, from->set, in, cause, r[i].member, from, span};
    }
    return TK_OK;
}

int tki_look_open(struct tki_look *l, const struct tki_causes *x, const struct tki_comparison *c, struct tki_profile *p,
                  double least_ns)
{
    memset(l, 0, sizeof *l);
    l->causes = x;
    l->c = c;
    l->p = p;
    while (l->ncauses < x->n && l->ncauses < TKI_LOOK_CAUSES && x->cause[l->ncauses].lost_ns >= least_ns)
        l->ncauses++;
    l->evidence = calloc(l->ncauses + 1, sizeof *l->evidence);
    struct ranked *r = malloc((c->nmembers + 1) * sizeof *r);
    int rc = r && l->evidence ? TK_OK : TK_ENOMEM;
    for (uint32_t i = 0; i < l->ncauses && rc == TK_OK; i++) {
        l->in_place[i] = calloc((size_t)p->nunits + 1, sizeof **l->in_place);
        if (l->in_place[i])
            tki_cause_units(p, &x->cause[i], l->in_place[i]);
        rc = l->in_place[i] ? want(l, i, true, r) : TK_ENOMEM;
        if (rc == TK_OK)
            rc = want(l, i, false, r);
    }
    if (rc == TK_OK && l->nwanted)
        qsort(l->wanted, l->nwanted, sizeof *l->wanted, cmp_wanted);
    free(r);
    if (rc < 0)
        tki_look_free(l);
    return rc;
}

/* ---- what calls look like ---- */

static bool is_error_key(tk_str key)
{
    return tki_str_eq(key, TKI_STR("error.type")) || tki_str_eq(key, TKI_STR("exception.type")) ||
           tki_str_eq(key, TKI_STR("exception.message"));
}

static bool notes_error(const struct tk_batch *b, const struct tk_span *span)
{
    for (uint32_t i = 0; i < span->events.count; i++)
        if (tki_str_eq(b->events[span->events.first + i].name, TKI_STR("exception")))
            return true;
    for (uint32_t i = 0; i < span->attrs.count; i++)
        if (is_error_key(b->attrs[span->attrs.first + i].key))
            return true;
    return false;
}

static tk_str message_of(const struct tk_batch *b, const struct tk_span *span)
{
    if (span->status_message.n)
        return span->status_message;
    for (uint32_t i = 0; i < span->events.count; i++) {
        const struct tk_attr *a = tk_attr_find(b, b->events[span->events.first + i].attrs, "exception.message");
        if (a && a->value.type == TK_STRING)
            return (tk_str){a->value.v.s, a->value.n};
    }
    const struct tk_attr *a = tk_attr_find(b, span->attrs, "error.type");
    return a && a->value.type == TK_STRING ? (tk_str){a->value.v.s, a->value.n} : TKI_STR("");
}

static bool below(const struct tk_tree *t, uint32_t node, uint32_t top)
{
    while (node != TK_NONE && node != top && t->depth[node] > t->depth[top])
        node = t->parent[node];
    return node == top;
}

/* Errors at a call and below it; the deepest one says why. */
static int see_errors(struct tki_look *l, struct tki_seen *seen, const struct tk_batch *b, uint32_t call)
{
    const struct tki_scratch *s = l->p->scratch;
    uint32_t deepest = TK_NONE;
    seen->failed = b->spans[call].status == TK_STATUS_ERROR;
    seen->hurt = !seen->failed && notes_error(b, &b->spans[call]);
    for (uint32_t i = 0; i < s->tree.n; i++) {
        uint32_t node = s->tree.order[i];
        if (b->spans[node].status != TK_STATUS_ERROR || !below(&s->tree, node, call))
            continue;
        seen->hurt = seen->hurt || !seen->failed;
        if (deepest == TK_NONE || s->tree.depth[node] > s->tree.depth[deepest])
            deepest = node;
    }
    seen->message = TK_NONE;
    if (deepest == TK_NONE)
        return TK_OK;
    seen->failed_path = s->path[deepest];
    seen->message = tki_look_value(l, message_of(b, &b->spans[deepest]));
    return seen->message == TKI_MAP_NONE && l->values.n < TKI_LOOK_VALUES ? TK_ENOMEM : TK_OK;
}

/* Of a fan-out its calls are what is looked at. */
static bool at_site(const struct tki_look *l, const struct tki_cause *x, uint32_t path)
{
    bool fan = x->site[0].type == TKI_SITE_FAN;
    for (uint32_t i = 0; i < x->nsites; i++)
        if (x->site[i].path == (fan && path >= TKI_PATH_FIRST ? l->p->paths.path[path].parent : path))
            return true;
    return false;
}

/* The nearest span around a call that has more than one of the calls below it, or TK_NONE: calls may each be wrapped in
 * a span of their own. */
static uint32_t around(const struct tki_scratch *s, const uint32_t *node, uint32_t n, uint32_t call)
{
    uint32_t top = s->tree.parent[call];
    for (; top != TK_NONE; top = s->tree.parent[top]) {
        uint32_t found = 0;
        for (uint32_t i = 0; i < n && found < 2; i++)
            found += below(&s->tree, node[i], top);
        if (found > 1)
            return top;
    }
    return TK_NONE;
}

/* The calls of the place's operation, below the nearest span around the longest one that has more of them. */
static int see_calls(struct tki_look *l, const struct tki_cause *x, struct tki_seen *seen, const struct tk_batch *b)
{
    const struct tki_scratch *s = l->p->scratch;
    const struct tki_times *t = &s->times;
    uint32_t *node = malloc(((size_t)t->n + 1) * sizeof *node), n = 0, kept = 0, parent = TK_NONE;
    struct tki_calls all;
    if (!node)
        return TK_ENOMEM;
    for (uint32_t i = 0; i < t->n; i++)
        if (at_site(l, x, s->path[i]) && !(t->state[i] & (TKI_NODE_COPY | TKI_NODE_INVALID)))
            node[n++] = i;
    int rc = tki_calls_measure(t, b, node, n, &all);
    seen->has = n > 0;
    if (rc == TK_OK && n) {
        parent = around(s, node, n, all.longest);
        for (uint32_t i = 0; i < n; i++)
            if (node[i] == all.longest || (parent != TK_NONE && below(&s->tree, node[i], parent)))
                node[kept++] = node[i];
        rc = tki_calls_measure(t, b, node, kept, &seen->calls);
        seen->calls.n = n; /* of the trace */
        seen->calls.failed = all.failed;
    }
    free(node);
    return rc;
}

/* Where the attributes are looked for: the longest of the calls, else what would have called, else the root.  Where the
 * cause is that there are more calls, or any of several, what calls them: the calls themselves are different ones. */
static uint32_t anchor_of(const struct tki_look *l, const struct tki_cause *x, const struct tki_seen *seen)
{
    const struct tki_scratch *s = l->p->scratch;
    bool more = x->site[0].type == TKI_SITE_CALLS || x->site[0].type == TKI_SITE_FAN;
    if (seen->calls.longest != TK_NONE && seen->has)
        return more && s->tree.parent[seen->calls.longest] != TK_NONE ? s->tree.parent[seen->calls.longest]
                                                                      : seen->calls.longest;
    uint32_t path = x->site[0].path;
    if (x->site[0].type == TKI_SITE_CALLS && path != TK_NONE && path >= TKI_PATH_FIRST)
        path = l->p->paths.path[path].parent;
    for (; path != TK_NONE && path >= TKI_PATH_FIRST; path = l->p->paths.path[path].parent)
        for (uint32_t i = 0; i < s->times.n; i++)
            if (s->path[i] == path)
                return i;
    if (x->site[0].type == TKI_SITE_SERVICE)
        for (uint32_t i = 0; i < s->times.n; i++)
            if (tki_str_eq(l->p->keys.key[s->key[i]].service, l->p->keys.key[x->site[0].key].service))
                return i;
    return s->times.primary;
}

static bool answered(const struct tki_scratch *s, const struct tk_batch *b, uint32_t node)
{
    for (uint32_t i = s->tree.child_first[node]; i < s->tree.child_first[node + 1]; i++)
        if (b->spans[s->tree.child[i]].kind == TK_KIND_SERVER)
            return true;
    return false;
}

static uint32_t call_before(const struct tki_scratch *s, uint32_t call)
{
    const struct tki_times *t = &s->times;
    uint32_t up = s->tree.parent[call], best = TK_NONE;
    for (uint32_t i = up == TK_NONE ? 0 : s->tree.child_first[up]; up != TK_NONE && i < s->tree.child_first[up + 1];
         i++) {
        uint32_t x = s->tree.child[i];
        if (x == call || s->key[x] == s->key[call] || t->state[x] & (TKI_NODE_COPY | TKI_NODE_INVALID) ||
            t->end_ns[x] > t->start_ns[call])
            continue;
        if (best == TK_NONE || t->end_ns[x] > t->end_ns[best])
            best = x;
    }
    return best == TK_NONE ? TK_NONE : s->key[best];
}

static int see(struct tki_look *l, const struct tki_wanted *w, const struct tk_batch *b)
{
    struct tki_evidence *e = &l->evidence[w->cause];
    const struct tki_cause *x = &l->causes->cause[w->cause];
    const struct tki_member *m = &l->c->member[w->member];
    struct tki_seen seen = {
        .member = w->member, .in = w->in, .message = TK_NONE, .failed_path = TK_NONE, .before = TK_NONE};
    seen.calls.longest = TK_NONE;
    if (TKI_GROW(e->seen, e->cap, e->n + 1) < 0 || see_calls(l, x, &seen, b) < 0)
        return TK_ENOMEM;
    uint32_t anchor = anchor_of(l, x, &seen);
    if (seen.has && seen.calls.longest != TK_NONE)
        seen.before = call_before(l->p->scratch, seen.calls.longest);
    seen.value_ns = tki_cause_value(x, m, l->in_place[w->cause]);
    seen.start_ns = m->trace->start_ns;
    seen.answered = answered(l->p->scratch, b, anchor);
    seen.process = tki_process_of(b, b->spans[anchor].resource);
    if (see_errors(l, &seen, b, seen.has && seen.calls.longest != TK_NONE ? seen.calls.longest : anchor) < 0 ||
        tki_look_places(l, &seen, b, anchor) < 0)
        return TK_ENOMEM;
    e->seen[e->n++] = seen;
    e->of[w->in]++;
    return TK_OK;
}

int tki_look_trace(struct tki_look *l, const struct tk_batch *b, int set)
{
    if (b->nspans == 0)
        return TK_OK;
    struct tki_wanted key = {.id = b->spans[0].trace_id, .set = (uint8_t)set};
    size_t lo = 0, hi = l->nwanted;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cmp_wanted(&l->wanted[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool mine = lo < l->nwanted && l->wanted[lo].set == set && l->wanted[lo].id.hi == key.id.hi &&
                l->wanted[lo].id.lo == key.id.lo;
    if (!mine)
        return TK_OK;
    int rc = tki_profile_open(l->p, b, NULL);
    for (; rc > 0 && lo < l->nwanted; lo++) {
        const struct tki_wanted *w = &l->wanted[lo];
        if (w->set != set || w->id.hi != key.id.hi || w->id.lo != key.id.lo)
            break;
        rc = (w->producer ? tki_look_origin(l, w->cause, w->member, b, w->producer) : see(l, w, b)) < 0 ? TK_ENOMEM : 1;
    }
    return rc < 0 ? rc : TK_OK;
}

/* ---- what only all traces tell ---- */

static int cmp_seen(const void *pa, const void *pb)
{
    const struct tki_seen *a = pa, *b = pb;
    return (a->member > b->member) - (a->member < b->member);
}

/* Of a set: the starts and the ends of its traces, sorted. */
struct flight {
    uint64_t *start, *end;
    size_t n;
};

static int flight_of(const struct tki_profile *p, uint8_t set, struct flight *f)
{
    f->start = malloc((p->ntraces + 1) * sizeof *f->start);
    f->end = malloc((p->ntraces + 1) * sizeof *f->end);
    if (!f->start || !f->end)
        return TK_ENOMEM;
    for (size_t i = 0; i < p->ntraces; i++) {
        if (p->trace[i].set != set)
            continue;
        f->start[f->n] = (uint64_t)p->trace[i].start_ns;
        f->end[f->n] = f->start[f->n] + (uint64_t)p->trace[i].duration_ns;
        f->n++;
    }
    tki_sort_u64(f->start, f->n);
    tki_sort_u64(f->end, f->n);
    return TK_OK;
}

/* Two sets are two systems: traces of one do not wait for those of the other. */
int tki_look_finish(struct tki_look *l)
{
    struct flight flight[2] = {{0}};
    int rc = flight_of(l->p, 0, &flight[0]) < 0 || flight_of(l->p, 1, &flight[1]) < 0 ? TK_ENOMEM : TK_OK;
    for (size_t i = 0; i < l->ncauses && rc == TK_OK; i++) {
        struct tki_evidence *e = &l->evidence[i];
        for (size_t k = 0; k < e->n; k++) {
            struct tki_seen *s = &e->seen[k];
            const struct tki_trace_rec *trace = l->c->member[s->member].trace;
            const struct flight *f = &flight[trace->set];
            struct tki_process first;
            uint64_t t = (uint64_t)s->start_ns;
            s->in_flight = (uint32_t)(tki_count_up_to(f->start, f->n, t) - tki_count_up_to(f->end, f->n, t));
            if (tki_processes_first(&l->p->processes, s->process, &first)) /* the trace may have begun before it */
                s->first = s->start_ns <= first.start_ns && first.start_ns <= s->start_ns + trace->whole_ns;
        }
        if (e->n)
            qsort(e->seen, e->n, sizeof *e->seen, cmp_seen);
    }
    if (rc == TK_OK)
        rc = tki_look_join_origins(l);
    for (int set = 0; set < 2; set++) {
        free(flight[set].start);
        free(flight[set].end);
    }
    return rc;
}

const struct tki_trace_rec *tki_look_wanted(const struct tki_look *l, size_t i)
{
    return i < l->nwanted ? l->wanted[i].trace : NULL;
}

void tki_look_free(struct tki_look *l)
{
    for (size_t i = 0; i < l->ncauses && l->evidence; i++)
        free(l->evidence[i].seen);
    for (size_t i = 0; i < TKI_LOOK_CAUSES; i++)
        free(l->in_place[i]);
    free(l->evidence);
    free(l->pair);
    free(l->column);
    free(l->wanted);
    free(l->origin);
    tki_idmap_free(&l->column_map);
    tki_symtab_free(&l->names);
    tki_symtab_free(&l->values);
    tki_symtab_free(&l->services);
    memset(l, 0, sizeof *l);
}
