/* The attributes of a trace, for look.c: of the operations on the way to a place, of their services, of releases
 * elsewhere, and of the message that began it. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "compare/look.h"
#include "compare/scratch.h"

uint32_t tki_look_value(struct tki_look *l, tk_str s)
{
    s.n = s.n < TKI_LOOK_VALUE_BYTES ? s.n : TKI_LOOK_VALUE_BYTES;
    if (l->values.n >= TKI_LOOK_VALUES)
        return tki_symtab_get(&l->values, s);
    return tki_symtab_put(&l->values, s);
}

static int add_pair(struct tki_look *l, struct tki_seen *seen, uint32_t place, uint32_t of, tk_str key, tk_str text,
                    double number)
{
    if (l->npairs >= TKI_LOOK_PAIRS) {
        l->left_out++;
        return TK_OK;
    }
    uint32_t name = tki_symtab_put(&l->names, key), value = tki_look_value(l, text);
    uint64_t where = place != TK_NONE ? place : UINT64_C(1) << 32 | of;
    if (name == TKI_MAP_NONE)
        return TK_ENOMEM;
    if (value == TKI_MAP_NONE) {
        l->left_out++;
        if (l->values.n < TKI_LOOK_VALUES)
            return TK_ENOMEM;
        return TK_OK;
    }
    uint32_t column = tki_idmap_put(&l->column_map, (tk_id128){where, name});
    if (column == TKI_MAP_NONE || TKI_GROW(l->column, l->columns_cap, l->column_map.n) < 0 ||
        TKI_GROW(l->pair, l->pairs_cap, l->npairs + 1) < 0)
        return TK_ENOMEM;
    l->column[column] = (struct tki_column_seen){place, of, name};
    l->pair[l->npairs++] = (struct tki_pair_seen){column, value, number};
    seen->npairs++;
    return TK_OK;
}

static int add_attrs(struct tki_look *l, struct tki_seen *seen, const struct tk_batch *b, tk_range attrs,
                     uint32_t place, uint32_t of)
{
    char buf[40];
    for (uint32_t i = 0; i < attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[attrs.first + i];
        tk_str text;
        double number;
        if (tki_value_text(&a->value, buf, sizeof buf, &text, &number) &&
            add_pair(l, seen, place, of, a->key, text, number) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

/* ---- releases ---- */

struct release { /* of a service that is not on the way to the place */
    uint32_t service, resource;
};

static int cmp_release(const void *pa, const void *pb)
{
    const struct release *a = pa, *b = pb;
    if (a->service != b->service)
        return a->service < b->service ? -1 : 1;
    return (a->resource > b->resource) - (a->resource < b->resource);
}

static bool is_known(const struct tk_batch *b, const uint32_t *resource, uint32_t n, uint32_t r)
{
    for (uint32_t k = 0; k < n; k++)
        if (resource[k] == r || tki_str_eq(b->resources[resource[k]].service, b->resources[r].service))
            return true;
    return false;
}

static int add_releases(struct tki_look *l, struct tki_seen *seen, const struct tk_batch *b, const struct release *r)
{
    char buf[40];
    tk_range attrs = b->resources[r->resource].attrs;
    for (uint32_t i = 0; i < attrs.count; i++) {
        const struct tk_attr *a = &b->attrs[attrs.first + i];
        tk_str text;
        double number;
        if (!tki_is_release(a->key) || !tki_value_text(&a->value, buf, sizeof buf, &text, &number))
            continue;
        uint32_t name = tki_symtab_get(&l->names, a->key), value = tki_symtab_get(&l->values, text);
        bool again = false; /* of another process of the service */
        for (size_t k = seen->pairs; k < seen->pairs + seen->npairs && value != TKI_MAP_NONE; k++) {
            const struct tki_column_seen *c = &l->column[l->pair[k].column];
            again =
                again || (c->place == TK_NONE && c->of == r->service && c->name == name && l->pair[k].value == value);
        }
        if (!again && add_pair(l, seen, TK_NONE, r->service, a->key, text, NAN) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

/* What is slow at a place may come from a release of a service elsewhere in the trace: one that asks for more, or
 * answers so that others have more to do. */
static int add_elsewhere(struct tki_look *l, struct tki_seen *seen, const struct tk_batch *b, const uint32_t *way,
                         uint32_t nway)
{
    struct release found[TKI_LOOK_RELEASES];
    uint32_t n = 0, last = TK_NONE;
    for (uint32_t i = 0; i < b->nspans; i++) {
        uint32_t r = b->spans[i].resource;
        bool known = r == last || is_known(b, way, nway, r);
        for (uint32_t k = 0; k < n && !known; k++)
            known = found[k].resource == r;
        last = r;
        if (known)
            continue;
        uint32_t service = tki_symtab_put(&l->services, b->resources[r].service);
        if (service == TKI_MAP_NONE)
            return TK_ENOMEM;
        if (n < TKI_LOOK_RELEASES)
            found[n++] = (struct release){service, r};
        else
            l->left_out++;
    }
    if (n)
        qsort(found, n, sizeof *found, cmp_release);
    for (uint32_t i = 0; i < n; i++)
        if (add_releases(l, seen, b, &found[i]) < 0)
            return TK_ENOMEM;
    return TK_OK;
}

/* From a span up to the root; of each service the resource once.  Returns how many resources, or TK_ENOMEM. */
static int add_way(struct tki_look *l, struct tki_seen *seen, const struct tk_batch *b, uint32_t node,
                   uint32_t resource[TKI_LOOK_PLACES])
{
    const struct tki_scratch *s = l->p->scratch;
    uint32_t n = 0;
    seen->pairs = l->npairs;
    for (int i = 0; i < TKI_LOOK_PLACES && node != TK_NONE; i++, node = s->tree.parent[node]) {
        if (i == TKI_LOOK_PLACES - 1) /* of a deep one the root comes last */
            node = s->times.primary;
        const struct tk_span *span = &b->spans[node];
        bool known = is_known(b, resource, n, span->resource);
        if (add_attrs(l, seen, b, span->attrs, s->path[node], 0) < 0)
            return TK_ENOMEM;
        if (known)
            continue;
        resource[n++] = span->resource;
        uint32_t service = tki_symtab_put(&l->services, b->resources[span->resource].service);
        if (service == TKI_MAP_NONE || add_attrs(l, seen, b, b->resources[span->resource].attrs, TK_NONE, service) < 0)
            return TK_ENOMEM;
    }
    return (int)n;
}

int tki_look_places(struct tki_look *l, struct tki_seen *seen, const struct tk_batch *b, uint32_t anchor)
{
    uint32_t resource[TKI_LOOK_PLACES];
    int n = add_way(l, seen, b, anchor, resource);
    return n < 0 ? n : add_elsewhere(l, seen, b, resource, (uint32_t)n);
}

/* ---- what began a trace, in another one ---- */

int tki_look_origin(struct tki_look *l, uint32_t cause, size_t member, const struct tk_batch *b, uint64_t span)
{
    uint32_t resource[TKI_LOOK_PLACES], node = 0;
    struct tki_seen seen = {.member = member};
    while (node < b->nspans && b->spans[node].span_id != span)
        node++;
    if (node == b->nspans)
        return TK_OK;
    if (add_way(l, &seen, b, node, resource) < 0 || TKI_GROW(l->origin, l->origins_cap, l->norigins + 1) < 0)
        return TK_ENOMEM;
    l->origin[l->norigins++] = (struct tki_origin_seen){cause, member, seen.pairs, seen.npairs};
    return TK_OK;
}

static bool has_column(const struct tki_look *l, const struct tki_seen *s, uint32_t column)
{
    for (size_t i = s->pairs; i < s->pairs + s->npairs; i++)
        if (l->pair[i].column == column)
            return true;
    return false;
}

/* A trace's attributes stand together: behind a copy of its own come those of its origin that it has not itself. */
static int append(struct tki_look *l, struct tki_seen *s, const struct tki_origin_seen *o)
{
    size_t first = l->npairs;
    if (TKI_GROW(l->pair, l->pairs_cap, l->npairs + s->npairs + o->npairs) < 0)
        return TK_ENOMEM;
    for (size_t i = 0; i < s->npairs; i++)
        l->pair[l->npairs++] = l->pair[s->pairs + i];
    for (size_t i = 0; i < o->npairs; i++)
        if (!has_column(l, s, l->pair[o->pairs + i].column))
            l->pair[l->npairs++] = l->pair[o->pairs + i];
    s->pairs = first;
    s->npairs = l->npairs - first;
    return TK_OK;
}

int tki_look_join_origins(struct tki_look *l)
{
    for (size_t i = 0; i < l->norigins; i++) {
        const struct tki_origin_seen *o = &l->origin[i];
        struct tki_evidence *e = &l->evidence[o->cause];
        size_t lo = 0, hi = e->n;
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (e->seen[mid].member < o->member)
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo < e->n && e->seen[lo].member == o->member && append(l, &e->seen[lo], o) < 0)
            return TK_ENOMEM;
    }
    l->norigins = 0;
    return TK_OK;
}
