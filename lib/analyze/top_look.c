/* What a decoding thread makes of a batch for --top: the few fields that times are computed from, and groups. */
#include <stdlib.h>

#include "analyze/repair.h"
#include "analyze/top_in.h"
#include "base/array.h"
#include "model/weight.h"

enum { GROUPS_MAX = 20000, SERVICES_MAX = 20000, PLACES_FIRST = 256, SHORT = 16, AHEAD = 16 };

/* Of a group.  Ends and length are the whole name where it is short, so that one line of a cache answers. */
struct tki_top_place {
    struct tki_ends ends;
    uint32_t length, service;
    uint32_t group; /* its place and one more; 0: free */
};

static void forget(struct tki_top_look *k)
{
    k->ngroups = k->groups_known = k->services_known = 0;
    tki_symtab_free(&k->services);
    tki_arena_reset(&k->texts);
    if (k->place)
        memset(k->place, 0, k->nplaces * sizeof *k->place);
}

static bool keep(struct tki_arena *a, tk_str text, tk_str *kept)
{
    char *copy = tki_arena_alloc(a, text.n + 1);
    if (!copy)
        return false;
    if (text.n)
        memcpy(copy, text.p, text.n);
    *kept = (tk_str){copy, text.n};
    return true;
}

/* *service is that of the span before: spans of a service mostly come together. */
static int find_service(struct tki_top_look *k, tk_str text, uint32_t *service)
{
    if (*service < k->services.n && tki_str_eq(k->services.strs[*service], text))
        return 0;
    *service = tki_symtab_put(&k->services, text);
    return *service == TKI_MAP_NONE || TKI_GROW(k->service, k->service_cap, k->services.n) < 0 ? TK_ENOMEM : 0;
}

/* A group that is looked for. */
struct wanted {
    tk_str name;
    struct tki_ends ends;
    uint64_t hash;
    uint32_t service;
};

static struct wanted wanted_of(tk_str name, uint32_t service)
{
    struct wanted w = {name, tki_ends(name.p, name.n), 0, service};
    w.hash = tki_hash_name(name.p, name.n);
    w.hash += service * 0x9e3779b97f4a7c15u;
    return w;
}

/* Where a group is, or the free place where it belongs. */
static struct tki_top_place *place_of(const struct tki_top_look *k, const struct wanted *w)
{
    for (uint64_t at = w->hash;; at++) {
        struct tki_top_place *p = &k->place[at & (k->nplaces - 1)];
        if (!p->group ||
            (p->ends.a == w->ends.a && p->ends.b == w->ends.b && p->length == w->name.n && p->service == w->service &&
             (w->name.n <= SHORT || tki_same_bytes(k->group[p->group - 1].name.p, w->name.p, w->name.n))))
            return p;
    }
}

static void take_place(struct tki_top_place *p, const struct wanted *w, uint32_t group)
{
    *p = (struct tki_top_place){w->ends, (uint32_t)w->name.n, w->service, group + 1};
}

static int grow_places(struct tki_top_look *k)
{
    uint32_t n = k->nplaces ? 2 * k->nplaces : PLACES_FIRST;
    struct tki_top_place *place = calloc(n, sizeof *place);
    if (!place)
        return TK_ENOMEM;
    free(k->place);
    k->place = place;
    k->nplaces = n;
    for (uint32_t i = 0; i < k->ngroups; i++) {
        struct wanted w = wanted_of(k->group[i].name, k->group[i].service);
        take_place(place_of(k, &w), &w, i);
    }
    return 0;
}

static int find_group(struct tki_top_look *k, const struct wanted *w, uint32_t *group)
{
    if (4 * (uint64_t)k->ngroups >= 3 * (uint64_t)k->nplaces && grow_places(k) < 0)
        return TK_ENOMEM;
    struct tki_top_place *p = place_of(k, w);
    if (!p->group) {
        struct tki_top_group_met m = {.service = w->service};
        if (TKI_GROW(k->group, k->group_cap, k->ngroups + 1) < 0 || !keep(&k->texts, w->name, &m.name))
            return TK_ENOMEM;
        k->group[k->ngroups] = m;
        take_place(p, w, k->ngroups++);
    }
    *group = p->group - 1;
    return 0;
}

static void copy_span(struct tki_top_look *k, const struct tk_batch *b, const struct tk_span *s)
{
    struct tki_top_span *h = &k->span[k->nspans];
    memset(h, 0, sizeof *h); /* the padding goes to a file */
    h->span_id = s->span_id;
    h->parent_id = s->parent_id;
    h->start_ns = s->start_ns;
    h->end_ns = s->end_ns;
    h->kind = s->kind;
    h->status = s->status;
    h->follows = s->links.count && tki_follows_from(b, s);
    k->trace[k->nspans++] = s->trace_id;
    k->sampled += s->trace_state.n && tki_rate_weight(tki_span_threshold_rate(s)) != 1;
}

/* Copies a span and says which group it belongs to; near: the services of the span before, and of its group; its
 * resource. */
static int look_at(struct tki_top_look *k, const struct tki_top_naming *by, const struct tk_batch *b, uint32_t row,
                   uint32_t *near, struct wanted *w)
{
    const struct tk_span *s = &b->spans[row];
    tk_str own = b->resources[s->resource].service, service = own, name = s->name;
    if (by->name && by->name(by->ctx, b, row, &service, &name, &k->scratch) < 0)
        return TK_ENOMEM;
    if (s->resource != near[2] && find_service(k, own, &near[0]) < 0)
        return TK_ENOMEM;
    near[2] = s->resource;
    if (service.p == own.p)
        near[1] = near[0];
    else if (find_service(k, service, &near[1]) < 0)
        return TK_ENOMEM;
    *w = wanted_of(name, near[1]);
    copy_span(k, b, s);
    k->span[k->nspans - 1].service = near[0];
    return 0;
}

/* Some spans at a time: the table is far larger than what is near the processor, so it is asked for early.  Names that
 * are made are made one by one. */
static int look_at_all(struct tki_top_look *k, const struct tki_top_naming *by, const struct tk_batch *b,
                       const uint32_t *rows, size_t n)
{
    uint32_t near[3] = {0, 0, TK_NONE};
    struct wanted w[AHEAD];
    size_t step = by->name ? 1 : AHEAD;
    for (size_t i = 0; i < n; i += step) {
        size_t some = n - i < step ? n - i : step;
        struct tki_top_span *h = &k->span[k->nspans];
        for (size_t j = 0; j < some; j++) {
            if (look_at(k, by, b, rows ? rows[i + j] : (uint32_t)(i + j), near, &w[j]) < 0)
                return TK_ENOMEM;
            if (k->nplaces)
                __builtin_prefetch(&k->place[w[j].hash & (k->nplaces - 1)]);
        }
        for (size_t j = 0; j < some; j++)
            if (find_group(k, &w[j], &h[j].group) < 0)
                return TK_ENOMEM;
    }
    return 0;
}

int tki_top_look_make(struct tki_top_look **look, const struct tki_top_naming *by, const struct tk_batch *b,
                      const uint32_t *rows, size_t nrows)
{
    struct tki_top_look *k = *look ? *look : calloc(1, sizeof *k);
    size_t n = rows ? nrows : b->nspans;
    if (!(*look = k))
        return TK_ENOMEM;
    const struct tki_column columns[] = {TKI_COLUMN(k->span), TKI_COLUMN(k->trace)};
    if (TKI_GROW_COLUMNS(columns, k->span_cap, n, false) < 0)
        return TK_ENOMEM;
    if (k->ngroups > GROUPS_MAX || k->services.n > SERVICES_MAX)
        forget(k);
    k->nspans = 0;
    k->sampled = 0;
    return look_at_all(k, by, b, rows, n);
}

void tki_top_look_free(struct tki_top_look *k)
{
    if (!k)
        return;
    free(k->span);
    free(k->trace);
    free(k->group);
    free(k->service);
    free(k->place);
    tki_symtab_free(&k->services);
    tki_arena_free(&k->texts);
    tki_buf_free(&k->scratch);
    free(k);
}
