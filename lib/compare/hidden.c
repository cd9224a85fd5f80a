/* What a cause hid: calls that run in its requests, too, and that nobody waits for any more, as they ended before its
 * place did; and what its place called before and does not.  A request lost what its place took less that, and more
 * what is waited for beside the place only now. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/search.h"

#define MORE   0.1  /* of its requests wait at a unit than of the fast ones, or fewer */
#define CALLED 0.8  /* times as often as by the fast ones */
#define LEAST  0.05 /* of what its place took: less is luck */
#define LEFT   0.1  /* of what its place took is the cost at least */

struct tki_waited {             /* of the fast ones of a kind, of the cause's own */
    double *by_unit[2], *ns[2]; /* by unit: those that wait there, and how long */
    double *with[2];            /* by path: those that have it */
    double all[2];
    bool *seen_unit, *seen_path;
    uint32_t *unit, *path, nunits, npaths; /* that were seen */
};

static struct tki_waited *new_waited(const struct tki_profile *p)
{
    size_t units = (size_t)p->nunits + 1, paths = (size_t)p->paths.n + 1;
    struct tki_waited *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->seen_unit = calloc(units, sizeof *w->seen_unit);
    w->seen_path = calloc(paths, sizeof *w->seen_path);
    w->unit = malloc(units * sizeof *w->unit);
    w->path = malloc(paths * sizeof *w->path);
    bool ok = w->seen_unit && w->seen_path && w->unit && w->path;
    for (int own = 0; own < 2; own++) {
        w->by_unit[own] = calloc(units, sizeof **w->by_unit);
        w->ns[own] = calloc(units, sizeof **w->ns);
        w->with[own] = calloc(paths, sizeof **w->with);
        ok = ok && w->by_unit[own] && w->ns[own] && w->with[own];
    }
    if (!ok)
        tki_waited_free(w);
    return ok ? w : NULL;
}

void tki_waited_free(struct tki_waited *w)
{
    for (int own = 0; w && own < 2; own++) {
        free(w->by_unit[own]);
        free(w->ns[own]);
        free(w->with[own]);
    }
    if (!w)
        return;
    free(w->seen_unit);
    free(w->seen_path);
    free(w->unit);
    free(w->path);
    free(w);
}

static void see(bool *seen, uint32_t *list, uint32_t *n, uint32_t x)
{
    if (!seen[x])
        list[(*n)++] = x;
    seen[x] = true;
}

static void add_trace(struct tki_waited *w, const struct tki_member *m, bool own, bool late)
{
    bool whole = late && m->trace->nwhole;
    struct tki_unit_rows units = whole ? tki_whole_rows(m->trace) : tki_unit_rows(m->trace);
    struct tki_path_rows paths = tki_path_rows(m->trace);
    uint32_t n = whole ? m->trace->nwhole : m->trace->nunits;
    for (uint32_t i = 0; i < n; i++) {
        struct tki_unit_row r = tki_next_unit_row(&units);
        see(w->seen_unit, w->unit, &w->nunits, r.unit);
        w->by_unit[own][r.unit] += r.ns ? m->weight : 0;
        w->ns[own][r.unit] += m->weight * (double)r.ns;
    }
    for (uint32_t i = 0; i < m->trace->npaths; i++) {
        uint32_t path = tki_next_path(&paths);
        see(w->seen_path, w->path, &w->npaths, path);
        w->with[own][path] += m->weight;
    }
    w->all[own] += m->weight;
}

static void clear(struct tki_waited *w)
{
    for (int own = 0; own < 2; own++) {
        for (uint32_t i = 0; i < w->nunits; i++)
            w->by_unit[own][w->unit[i]] = w->ns[own][w->unit[i]] = 0;
        for (uint32_t i = 0; i < w->npaths; i++)
            w->with[own][w->path[i]] = 0;
        w->all[own] = 0;
    }
    for (uint32_t i = 0; i < w->nunits; i++)
        w->seen_unit[w->unit[i]] = false;
    for (uint32_t i = 0; i < w->npaths; i++)
        w->seen_path[w->path[i]] = false;
    w->nunits = w->npaths = 0;
}

/* By how much less the cause's requests of a kind, all of them together, wait at a unit that fewer of them wait for
 * than of the fast ones; below 0: more, where more of them do. */
static double hidden_at(const struct tki_waited *w, const struct tki_profile *p, const struct tki_cause *c,
                        uint32_t unit)
{
    uint32_t path = p->unit[unit].path;
    if (path == TK_NONE || path < TKI_PATH_FIRST || w->with[0][path] <= 0)
        return 0;
    const struct tki_site *site = &c->site[0];
    double less = w->all[1] * w->ns[0][unit] / w->all[0] - w->ns[1][unit];
    bool below = site->type == TKI_SITE_UNIT && path != site->path && tki_path_under(&p->paths, path, site->path);
    if (w->with[1][path] * w->all[0] < CALLED * w->with[0][path] * w->all[1])
        return below ? less : 0;
    double more = w->by_unit[1][unit] / w->with[1][path] - w->by_unit[0][unit] / w->with[0][path];
    return fabs(more) >= MORE ? less : 0;
}

static double hidden_in(struct tki_search *s, const struct tki_cause *c, struct tki_waited *w, const struct tki_kind *k,
                        size_t first, size_t n)
{
    double sum = 0;
    clear(w);
    for (size_t i = k->first; i < k->first + k->n; i++)
        if (s->c->member[i].side == 0)
            add_trace(w, &s->c->member[i], false, c->late);
    for (size_t i = first; i < n; i++)
        add_trace(w, &s->c->member[c->in[i].member], true, c->late);
    for (uint32_t i = 0; i < w->nunits && w->all[0] > 0; i++)
        sum += s->in_place[w->unit[i]] ? 0 : hidden_at(w, s->p, c, w->unit[i]);
    return sum;
}

int tki_cause_leave_hidden(struct tki_search *s, struct tki_cause *c)
{
    double sum = 0;
    if (!s->waited && !(s->waited = new_waited(s->p)))
        return TK_ENOMEM;
    tki_cause_units(s->p, c, s->in_place);
    for (size_t i = 0, at = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        size_t first = at;
        while (at < c->n && c->in[at].member < k->first + k->n)
            at++;
        if (at > first)
            sum += hidden_in(s, c, s->waited, k, first, at);
    }
    c->hidden_ns = sum >= LEAST * c->lost_ns ? fmin(sum, (1 - LEFT) * c->lost_ns) : 0;
    c->lost_ns -= c->hidden_ns;
    return TK_OK;
}
