#include "compare/baseline.h"

#include <stdlib.h>

#define WAITED 0.9 /* of the longest of some calls, at least, when they are waited for */

const struct tki_place tki_no_place;

int tki_load_init(struct tki_load *l, const struct tki_profile *p)
{
    memset(l, 0, sizeof *l);
    l->unit = calloc((size_t)p->nunits + 1, sizeof *l->unit);
    l->unit2 = calloc((size_t)p->nunits + 1, sizeof *l->unit2);
    l->unit_touched = calloc((size_t)p->nunits + 1, sizeof *l->unit_touched);
    l->units = calloc((size_t)p->nunits + 1, sizeof *l->units);
    l->first_of = calloc((size_t)p->keys.services.n + 1, sizeof *l->first_of);
    l->next_of = calloc((size_t)p->nunits + 1, sizeof *l->next_of);
    l->services = p->keys.services.n;
    l->place = calloc((size_t)p->paths.n + 1, sizeof *l->place);
    l->place_of = calloc((size_t)p->paths.n + 1, sizeof *l->place_of);
    l->paths = calloc((size_t)p->paths.n + 1, sizeof *l->paths);
    return l->unit && l->unit2 && l->unit_touched && l->units && l->place && l->place_of && l->paths && l->first_of &&
                   l->next_of
               ? TK_OK
               : TK_ENOMEM;
}

void tki_load_free(struct tki_load *l)
{
    free(l->unit);
    free(l->unit2);
    free(l->unit_touched);
    free(l->units);
    free(l->place);
    free(l->place_of);
    free(l->first_of);
    free(l->next_of);
    free(l->paths);
    memset(l, 0, sizeof *l);
}

void tki_load_clear(struct tki_load *l)
{
    for (uint32_t i = 0; i < l->nunits; i++) {
        l->unit[l->units[i]] = l->unit2[l->units[i]] = 0;
        l->unit_touched[l->units[i]] = false;
    }
    if (l->nunits)
        memset(l->first_of, 0, l->services * sizeof *l->first_of);
    l->nunits = l->npaths = 0;
    l->total_ns = l->weight = 0;
}

static void touch_unit(struct tki_load *l, uint32_t u)
{
    if (!l->unit_touched[u]) {
        l->unit_touched[u] = true;
        l->units[l->nunits++] = u;
    }
}

static struct tki_place *touch_path(struct tki_load *l, uint32_t path)
{
    uint32_t i = l->place_of[path];
    if (i >= l->npaths || l->place[i].path != path) {
        i = l->place_of[path] = l->npaths++;
        l->paths[i] = path;
        l->place[i] = (struct tki_place){.path = path};
    }
    return &l->place[i];
}

static int cmp_down(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return (a < b) - (a > b);
}

/* Descending; rows come in ascending order, and what their units add is mostly there already. */
static void sort_down(struct tki_load *l)
{
    uint32_t i = 1;
    while (i < l->npaths && l->paths[i] > l->paths[i - 1])
        i++;
    if (i < l->npaths) {
        qsort(l->paths, l->npaths, sizeof *l->paths, cmp_down);
        return;
    }
    for (uint32_t k = 0; k < l->npaths / 2; k++) {
        uint32_t x = l->paths[k];
        l->paths[k] = l->paths[l->npaths - 1 - k];
        l->paths[l->npaths - 1 - k] = x;
    }
}

/* Paths are numbered parents first: from the last to the first each adds its time to its parent's. */
static void add_to_parents(struct tki_load *l, const struct tki_profile *p)
{
    sort_down(l);
    for (uint32_t i = 0; i < l->npaths; i++) {
        uint32_t path = l->paths[i], up = p->paths.path[path].parent;
        if (path < TKI_PATH_FIRST || up == TK_NONE)
            continue;
        const struct tki_place *x = &l->place[l->place_of[path]];
        struct tki_place *to = &l->place[l->place_of[up]];
        if (l->place_of[up] >= l->npaths || to->path != up)
            continue;
        to->work_ns += x->total_ns;
        to->wait_ns += x->incl_ns;
        to->longest_work_ns = x->longest_ns > to->longest_work_ns ? x->longest_ns : to->longest_work_ns;
        to->incl_ns += x->incl_ns;
    }
}

void tki_load_trace(struct tki_load *l, const struct tki_profile *p, const struct tki_trace_rec *t, bool whole)
{
    struct tki_path_rows at = tki_path_rows(t);
    tki_load_clear(l);
    for (uint32_t i = 0; i < t->npaths; i++) {
        struct tki_path_row r = tki_next_path_row(&at);
        struct tki_place *x = touch_path(l, r.path);
        x->n = r.count;
        x->failed = r.failed;
        x->total_ns = (double)r.total_ns;
        x->longest_ns = (double)r.longest_ns;
        x->self_ns = (double)r.self_ns;
    }
    whole = whole && t->nwhole;
    struct tki_unit_rows units = whole ? tki_whole_rows(t) : tki_unit_rows(t);
    for (uint32_t i = 0; i < (whole ? t->nwhole : t->nunits); i++) {
        struct tki_unit_row r = tki_next_unit_row(&units);
        const struct tki_unit_sig *u = &p->unit[r.unit];
        touch_unit(l, r.unit);
        l->unit[r.unit] = (double)r.ns;
        l->total_ns += (double)r.ns;
        struct tki_place *x = touch_path(l, u->path);
        if (u->type != TKI_PIECE_QUEUE && u->type != TKI_PIECE_CONSUMER) /* nobody's time below their parents */
            x->incl_ns += (double)r.ns;
        if (u->loop != TK_NONE)
            touch_path(l, u->loop)->loop_ns += (double)r.ns;
    }
    l->weight = 1;
    add_to_parents(l, p);
    for (uint32_t i = 0; i < l->npaths; i++)
        l->place[i].waited_ns = l->place[i].incl_ns;
}

void tki_load_add(struct tki_load *to, const struct tki_load *l, double weight)
{
    for (uint32_t i = 0; i < l->nunits; i++) {
        uint32_t u = l->units[i];
        touch_unit(to, u);
        to->unit[u] += weight * l->unit[u];
        to->unit2[u] += weight * l->unit[u] * l->unit[u];
    }
    for (uint32_t i = 0; i < l->npaths; i++) {
        const struct tki_place *x = tki_load_place(l, l->paths[i]);
        struct tki_place *y = touch_path(to, l->paths[i]);
        y->n += weight * x->n;
        y->n2 += weight * x->n * x->n;
        y->failed += weight * x->failed;
        y->incl_ns += weight * x->incl_ns;
        y->loop_ns += weight * x->loop_ns;
        y->self_ns += weight * x->self_ns;
        if (x->waited_ns >= WAITED * x->longest_ns) {
            y->total_ns += weight * x->total_ns;
            y->waited_ns += weight * x->waited_ns;
            y->longest_ns += weight * x->longest_ns;
        }
        if (x->wait_ns >= WAITED * x->longest_work_ns) {
            y->work_ns += weight * x->work_ns;
            y->wait_ns += weight * x->wait_ns;
            y->longest_work_ns += weight * x->longest_work_ns;
        }
    }
    to->total_ns += weight * l->total_ns;
    to->weight += weight;
}

static uint32_t service_of(const struct tki_profile *p, uint32_t unit)
{
    uint32_t path = p->unit[unit].path;
    return p->keys.key[path >= TKI_PATH_FIRST ? p->paths.path[path].key : TKI_KEY_OTHER].of;
}

static void list_services(struct tki_load *l, const struct tki_profile *p)
{
    for (uint32_t i = l->nunits; i-- > 0;) {
        uint32_t *first = &l->first_of[service_of(p, l->units[i])];
        l->next_of[i] = *first;
        *first = i + 1;
    }
}

void tki_load_mean(struct tki_load *l, const struct tki_profile *p)
{
    double w = l->weight > 0 ? l->weight : 1;
    for (uint32_t i = 0; i < l->nunits; i++) {
        l->unit[l->units[i]] /= w;
        l->unit2[l->units[i]] /= w;
    }
    for (uint32_t i = 0; i < l->npaths; i++) {
        struct tki_place *x = &l->place[i];
        x->n /= w;
        x->n2 /= w;
        x->failed /= w;
        x->total_ns /= w;
        x->waited_ns /= w;
        x->incl_ns /= w;
        x->loop_ns /= w;
        x->work_ns /= w;
        x->wait_ns /= w;
        x->longest_ns /= w;
        x->self_ns /= w;
        x->longest_work_ns /= w;
    }
    l->total_ns /= w;
    qsort(l->paths, l->npaths, sizeof *l->paths, cmp_down);
    list_services(l, p);
}

void tki_load_set(struct tki_load *l, uint32_t path, const struct tki_place *as)
{
    struct tki_place *x = touch_path(l, path);
    *x = *as;
    x->path = path;
}
