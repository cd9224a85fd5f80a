/* A cause: what makes two of them the same, its traces, its units, and the time of a trace there. */
#include <stdlib.h>

#include "base/array.h"
#include "compare/search.h"

static uint64_t key_hash(const struct tki_profile *p, uint32_t key)
{
    return key == TK_NONE ? 1 : p->keys.key[key].hash;
}

static uint64_t service_hash(const struct tki_profile *p, uint32_t key)
{
    tk_str service = p->keys.key[key].service;
    return tki_hash(service.p, service.n);
}

uint64_t tki_site_hash(const struct tki_profile *p, const struct tki_site *site, bool together, bool late)
{
    uint64_t h = tki_hash_combine(site->type + 16u * together + 32u * late + 64u * site->repeated, 0);
    uint32_t up = site->path != TK_NONE && site->path >= TKI_PATH_FIRST ? p->paths.path[site->path].parent : TK_NONE;
    switch (site->type) {
    case TKI_SITE_SPREAD: return h;
    case TKI_SITE_SERVICE: return tki_hash_combine(h, service_hash(p, site->key));
    case TKI_SITE_CALLS:
        h = tki_hash_combine(h, up == TK_NONE ? 0 : key_hash(p, p->paths.path[up].key));
        return tki_hash_combine(h, key_hash(p, site->key));
    case TKI_SITE_UNIT: {
        const struct tki_unit_sig *u = &p->unit[site->unit];
        h = tki_hash_combine(h, u->type);
        h = tki_hash_combine(h, key_hash(p, u->prev));
        h = tki_hash_combine(h, key_hash(p, u->next));
        return tki_hash_combine(h, key_hash(p, site->key));
    }
    default: return tki_hash_combine(h, key_hash(p, site->key));
    }
}

void tki_cause_name(const struct tki_profile *p, struct tki_cause *c)
{
    c->hash = tki_site_hash(p, &c->site[0], c->together, c->late);
    c->place = tki_site_hash(p, &c->site[0], false, c->late);
}

int tki_cause_affect(struct tki_cause *c, size_t member, double excess_ns)
{
    if (c->n && c->in[c->n - 1].member == member) { /* two places of one content */
        c->in[c->n - 1].excess_ns += excess_ns;
        return TK_OK;
    }
    if (TKI_GROW(c->in, c->cap, c->n + 1) < 0)
        return TK_ENOMEM;
    c->in[c->n++] = (struct tki_affected){member, excess_ns};
    return TK_OK;
}

bool tki_cause_has(const struct tki_cause *c, size_t member)
{
    size_t lo = 0, hi = c->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->in[mid].member < member)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < c->n && c->in[lo].member == member;
}

/* Where an operation makes no calls in some traces, its gaps are its own time there. */
static bool is_gap_without_calls(const struct tki_profile *p, const struct tki_cause *c, uint32_t unit)
{
    for (uint32_t k = 0; k < c->nsites && p->unit[unit].type == TKI_PIECE_OWN; k++)
        if (c->site[k].type == TKI_SITE_UNIT && tki_piece_dark(p->unit[c->site[k].unit].type) &&
            p->unit[c->site[k].unit].path == p->unit[unit].path)
            return true;
    return false;
}

/* What a path is to the sites of a cause. */
enum { UNDER = 1, LOOPS = 2, SERVICE = 4, GAP = 8 };

/* Marks all paths.  Returns false if every unit is in place. */
static bool mark_paths(const struct tki_profile *p, const struct tki_cause *c, uint8_t *path, bool *service)
{
    for (uint32_t k = 0; k < c->nsites; k++) {
        const struct tki_site *x = &c->site[k];
        switch (x->type) {
        case TKI_SITE_UNIT:
            if (tki_piece_dark(p->unit[x->unit].type))
                path[p->unit[x->unit].path] |= GAP;
            break;
        case TKI_SITE_SERVICE: service[p->keys.key[x->key].of] = true; break;
        case TKI_SITE_CALLS: path[x->path] |= UNDER | LOOPS; break;
        case TKI_SITE_SERIAL:
        case TKI_SITE_FAN:
        case TKI_SITE_BELOW: path[x->path] |= UNDER; break;
        default: return false;
        }
    }
    for (uint32_t i = TKI_PATH_FIRST; i < p->paths.n; i++) { /* parents have smaller numbers */
        const struct tki_path *x = &p->paths.path[i];
        path[i] |=
            (x->parent == TK_NONE ? 0 : path[x->parent] & UNDER) | (service[p->keys.key[x->key].of] ? SERVICE : 0);
    }
    return true;
}

/* Says what tki_site_has and is_gap_without_calls say of each unit, without asking them of each site: a cause has many,
 * and a dump has many units. */
static bool find_units(const struct tki_profile *p, const struct tki_cause *c, bool *in_place)
{
    uint8_t *path = calloc((size_t)p->paths.n + 1, sizeof *path);
    bool *service = calloc((size_t)p->keys.services.n + 1, sizeof *service);
    bool ok = path && service;
    if (ok && !mark_paths(p, c, path, service)) {
        memset(in_place, true, p->nunits * sizeof *in_place);
    } else if (ok) {
        for (uint32_t u = 0; u < p->nunits; u++) {
            const struct tki_unit_sig *x = &p->unit[u];
            bool loops = x->loop != TK_NONE && path[x->loop] & LOOPS;
            unsigned wanted = UNDER | SERVICE | (x->type == TKI_PIECE_OWN ? GAP : 0);
            in_place[u] = in_place[u] || loops || path[x->path] & wanted;
        }
    }
    free(path);
    free(service);
    return ok;
}

void tki_cause_units(const struct tki_profile *p, const struct tki_cause *c, bool *in_place)
{
    uint32_t other = 0; /* sites that are no single unit, or may be two */
    memset(in_place, 0, p->nunits * sizeof *in_place);
    for (uint32_t k = 0; k < c->nsites; k++)
        if (c->site[k].type == TKI_SITE_UNIT) {
            in_place[c->site[k].unit] = true;
            other += tki_piece_dark(p->unit[c->site[k].unit].type);
        } else {
            other++;
        }
    if (!other || find_units(p, c, in_place))
        return;
    for (uint32_t u = 0; u < p->nunits; u++) /* without memory */
        for (uint32_t k = 0; k < c->nsites && !in_place[u]; k++)
            in_place[u] = tki_site_has(p, &c->site[k], u) || is_gap_without_calls(p, c, u);
}

double tki_cause_value(const struct tki_cause *c, const struct tki_member *m, const bool *in_place)
{
    bool whole = c->late && m->trace->nwhole;
    struct tki_unit_rows at = whole ? tki_whole_rows(m->trace) : tki_unit_rows(m->trace);
    uint32_t n = whole ? m->trace->nwhole : m->trace->nunits;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct tki_unit_row r = tki_next_unit_row(&at);
        sum += in_place[r.unit] ? (double)r.ns : 0;
    }
    return sum;
}
