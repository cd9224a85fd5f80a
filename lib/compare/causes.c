#include "compare/causes.h"

#include <stdlib.h>

#include "base/array.h"
#include "compare/search.h"

#define FIRST_SHARE \
    0.25                /* of its excess that a second place of a trace must hold, and one of a request of all it did */
#define OUTLIVED    1.5 /* times as long as its root a trace takes */
#define ALONE_SHARE 0.10 /* without fast traces, of all time */

/* ---- causes of places ---- */

static bool same_site(const struct tki_site *a, const struct tki_site *b)
{
    return a->type == b->type && a->path == b->path && a->unit == b->unit && a->repeated == b->repeated;
}

static struct tki_cause *cause_for(struct tki_search *s, const struct tki_placed *placed, bool together, bool late)
{
    const struct tki_site *site = &placed->site;
    struct tki_causes *x = s->x;
    uint64_t h = tki_site_hash(s->p, site, together, late);
    uint32_t number = tki_idmap_put(&s->by_hash, (tk_id128){h, 0});
    if (number == TKI_MAP_NONE)
        return NULL;
    struct tki_cause *c = number < x->n ? &x->cause[number] : NULL;
    if (!c) {
        if (TKI_GROW(x->cause, x->cap, x->n + 1) < 0)
            return NULL;
        c = &x->cause[x->n++];
        *c = (struct tki_cause){
            .hash = h, .place = tki_site_hash(s->p, site, false, late), .together = together, .late = late};
    }
    c->like_service += placed->like_service;
    for (uint32_t i = 0; i < c->nsites; i++)
        if (same_site(&c->site[i], site))
            return c;
    if (c->nsites < TKI_CAUSE_SITES)
        c->site[c->nsites++] = *site;
    return c;
}

/* ---- traces and their places ---- */

static struct tki_sites sites_of(struct tki_search *s, const struct tki_load *fast, struct tki_load *slow, bool late)
{
    bool alone = s->x->alone;
    return (struct tki_sites){.p = s->p,
                              .fast = fast,
                              .slow = slow,
                              .max = alone ? TKI_PLACES_MAX : 3,
                              .share_more = alone ? ALONE_SHARE : FIRST_SHARE,
                              .service_ns = s->service_ns,
                              .fans = s->fans,
                              .with = {s->with[0], s->with[1]},
                              .alone = alone,
                              .late = late};
}

/* Marks the units of the main paths of a kind, which what goes on behind the roots is no part of. */
static void mark_main(struct tki_search *s, const struct tki_kind *k)
{
    uint32_t number = (uint32_t)(k - s->c->kind) + 1;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_trace_rec *t = s->c->member[i].trace;
        struct tki_unit_rows at = tki_unit_rows(t);
        for (uint32_t j = 0; j < t->nunits; j++)
            s->main[tki_next_unit_row(&at).unit] = number;
    }
}

/* Is it a place behind the roots of a kind, where nobody waits? */
static bool is_behind(const struct tki_search *s, const struct tki_kind *k, const struct tki_site *site)
{
    uint32_t number = (uint32_t)(k - s->c->kind) + 1;
    if (site->type == TKI_SITE_UNIT)
        return s->main[site->unit] != number;
    for (uint32_t u = 0; u < s->p->nunits; u++)
        if (s->main[u] == number && tki_site_has(s->p, site, u))
            return false;
    return site->type == TKI_SITE_SERIAL || site->type == TKI_SITE_CALLS;
}

/* A slow trace whose whole path is slow, too, by more than the request itself is: what it left behind has causes of its
 * own. */
static int place_behind(struct tki_search *s, const struct tki_kind *k, size_t member)
{
    const struct tki_member *m = &s->c->member[member];
    if (!m->trace->nwhole || s->whole_ns == 0 || !tki_compare_is_slow(&s->o->slow, m->trace->whole_ns, s->whole_ns))
        return TK_OK;
    tki_load_trace(&s->one, s->p, m->trace, true);
    struct tki_sites found = sites_of(s, &s->late, &s->one, true);
    tki_sites_find(&found);
    for (uint32_t i = 0; i < found.n; i++) {
        if (!is_behind(s, k, &found.placed[i].site))
            continue;
        struct tki_cause *c = cause_for(s, &found.placed[i], false, true);
        if (!c || tki_cause_affect(c, member, found.placed[i].excess_ns) < 0)
            return TK_ENOMEM;
        double lost = m->weight * found.placed[i].excess_ns;
        c->lost_ns += lost;
        s->x->excess_ns += lost;
        s->x->left_ns += s->o->split == TKI_TWO_SETS ? lost : 0;
    }
    return TK_OK;
}

static int place_one(struct tki_search *s, size_t member)
{
    const struct tki_member *m = &s->c->member[member];
    bool late = s->left[member];
    const struct tki_load *fast = late ? &s->late : &s->fast;
    tki_load_trace(&s->one, s->p, m->trace, late);
    double excess = s->one.total_ns - fast->total_ns;
    struct tki_sites found = sites_of(s, fast, &s->one, late);
    tki_sites_find(&found);
    s->x->slow++;
    s->x->excess_ns += m->weight * excess;
    if (late && s->o->split == TKI_TWO_SETS)
        s->x->left_ns += m->weight * (excess - ((double)m->trace->duration_ns - s->fast.total_ns));
    for (uint32_t i = 0; i < found.n; i++) {
        struct tki_cause *c = cause_for(s, &found.placed[i], false, late);
        if (!c || tki_cause_affect(c, member, found.placed[i].excess_ns) < 0)
            return TK_ENOMEM;
        c->lost_ns += m->weight * found.placed[i].excess_ns;
    }
    return TK_OK;
}

/* Did the last span of a trace end long after its root? */
static bool outlived(const struct tki_trace_rec *t)
{
    return t->nwhole && (double)t->whole_ns > OUTLIVED * (double)t->duration_ns;
}

static int affect_all(struct tki_search *s, const struct tki_kind *k, const struct tki_placed *x, bool late,
                      double weight)
{
    struct tki_cause *c = cause_for(s, x, true, late);
    for (size_t i = k->first; c && i < k->first + k->n; i++)
        if (s->c->member[i].side == 1 && !s->apart[i] && tki_cause_affect(c, i, x->excess_ns) < 0)
            return TK_ENOMEM;
    if (!c)
        return TK_ENOMEM;
    c->lost_ns += weight * x->excess_ns;
    c->tried += s->mean.nunits;
    return TK_OK;
}

/* Many operations together, of which none holds much. */
static bool is_wide(const struct tki_site *site)
{
    return site->type == TKI_SITE_SPREAD || site->type == TKI_SITE_SERVICE || site->type == TKI_SITE_BELOW;
}

/* Without fast traces, where no place holds much of all that they did: is there one that holds much of the requests
 * themselves, without what they left behind?  Sets *found to the places. */
static bool place_without_rest(struct tki_search *s, const struct tki_kind *k, struct tki_sites *found)
{
    double all = s->mean.total_ns;
    tki_load_clear(&s->mean);
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        if (m->side != 1 || s->apart[i])
            continue;
        tki_load_trace(&s->one, s->p, m->trace, false);
        tki_load_add(&s->mean, &s->one, m->weight);
    }
    tki_load_mean(&s->mean, s->p);
    struct tki_sites own = sites_of(s, &s->fast, &s->mean, false);
    tki_sites_find(&own);
    if (own.n == 0 || is_wide(&own.placed[0].site) || own.placed[0].excess_ns < FIRST_SHARE * all)
        return false;
    *found = own;
    return true;
}

/* What traces of a side that are not told apart have in common: the places of their mean. */
static int place_mean(struct tki_search *s, const struct tki_kind *k)
{
    double weight = 0;
    bool late = false;
    tki_load_clear(&s->mean);
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        if (m->side != 1 || s->apart[i])
            continue;
        bool longer = s->x->alone && outlived(m->trace);
        late = late || longer;
        s->x->left_ns += longer ? m->weight * (double)(m->trace->whole_ns - m->trace->duration_ns) : 0;
        tki_load_trace(&s->one, s->p, m->trace, longer);
        tki_load_add(&s->mean, &s->one, m->weight);
        weight += m->weight;
        s->x->slow++;
    }
    if (weight <= 0)
        return TK_OK;
    tki_load_mean(&s->mean, s->p);
    s->x->excess_ns += weight * (s->mean.total_ns - s->fast.total_ns);
    struct tki_sites found = sites_of(s, &s->fast, &s->mean, late);
    tki_sites_find(&found);
    if (late && found.n == 1 && is_wide(&found.placed[0].site))
        late = !place_without_rest(s, k, &found);
    for (uint32_t i = 0; i < found.n; i++)
        if (affect_all(s, k, &found.placed[i], late, weight) < 0)
            return TK_ENOMEM;
    return TK_OK;
}

/* Likewise of two sets, of what goes on behind the roots and is no part of them. */
static int place_left(struct tki_search *s, const struct tki_kind *k)
{
    double weight = 0;
    bool any = false;
    tki_load_clear(&s->mean);
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        if (m->side != 1 || s->apart[i])
            continue;
        any = any || m->trace->nwhole;
        tki_load_trace(&s->one, s->p, m->trace, true);
        tki_load_add(&s->mean, &s->one, m->weight);
        weight += m->weight;
    }
    if (weight <= 0 || !any)
        return TK_OK;
    tki_load_mean(&s->mean, s->p);
    struct tki_sites found = sites_of(s, &s->late, &s->mean, true);
    tki_sites_find(&found);
    for (uint32_t i = 0; i < found.n; i++) {
        const struct tki_site *site = &found.placed[i].site;
        if (site->type != TKI_SITE_UNIT || !is_behind(s, k, site))
            continue;
        if (affect_all(s, k, &found.placed[i], true, weight) < 0)
            return TK_ENOMEM;
        s->x->excess_ns += weight * found.placed[i].excess_ns;
        s->x->left_ns += weight * found.placed[i].excess_ns;
    }
    return TK_OK;
}

static void load_fast(struct tki_search *s, const struct tki_kind *k)
{
    bool late = s->o->split == TKI_TWO_SETS || s->whole_ns; /* is asked for */
    tki_load_clear(&s->fast);
    tki_load_clear(&s->late);
    for (size_t i = k->first; i < k->first + k->n; i++)
        late = late || s->left[i];
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        if (m->side != 0 || s->x->alone)
            continue;
        tki_load_trace(&s->one, s->p, m->trace, false);
        tki_load_add(&s->fast, &s->one, m->weight);
        if (!late)
            continue;
        if (m->trace->nwhole)
            tki_load_trace(&s->one, s->p, m->trace, true);
        tki_load_add(&s->late, &s->one, m->weight);
    }
    tki_load_mean(&s->fast, s->p);
    tki_load_mean(&s->late, s->p);
}

static int fast_median(struct tki_search *s, const struct tki_kind *k, bool whole, int64_t *ns)
{
    struct tki_weighted *x = malloc((k->n + 1) * sizeof *x);
    size_t n = 0;
    if (!x)
        return TK_ENOMEM;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_trace_rec *t = s->c->member[i].trace;
        if (s->c->member[i].side == 0)
            x[n++] = (struct tki_weighted){whole ? t->whole_ns : t->duration_ns, s->c->member[i].weight};
    }
    tki_sort_weighted(x, n);
    *ns = n ? tki_quantile(x, n, 0.5) : INT64_MAX;
    free(x);
    return TK_OK;
}

/* Adds the traces of a kind to the counts by path, or takes them away. */
static void count_with(struct tki_search *s, const struct tki_kind *k, uint32_t one)
{
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        struct tki_path_rows at = tki_path_rows(m->trace);
        for (uint32_t j = 0; j < m->trace->npaths; j++)
            s->with[m->side][tki_next_path(&at)] += one;
    }
}

/* Which traces of a kind are told apart: of one dump all that are slow, of two sets those that are slow for their kind,
 * by their whole path at least. */
static int tell_apart(struct tki_search *s, const struct tki_kind *k, bool together)
{
    int64_t median[2] = {0, 0};
    if (together && (fast_median(s, k, false, &median[0]) < 0 || fast_median(s, k, true, &median[1]) < 0))
        return TK_ENOMEM;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        const struct tki_trace_rec *t = m->trace;
        bool slow = together ? tki_compare_is_slow(&s->o->slow, t->duration_ns, median[0]) : m->side == 1 && !m->late;
        s->left[i] =
            together ? !slow && t->nwhole && tki_compare_is_slow(&s->o->slow, t->whole_ns, median[1]) : m->late;
        s->apart[i] = slow || s->left[i];
    }
    return TK_OK;
}

/* Sets s->whole_ns, where traces that are slow have a whole path of their own. */
static int ask_behind(struct tki_search *s, const struct tki_kind *k)
{
    bool any = false;
    s->whole_ns = 0;
    for (size_t i = k->first; i < k->first + k->n && !s->x->alone; i++)
        any = any || (s->apart[i] && !s->left[i] && s->c->member[i].side == 1 && s->c->member[i].trace->nwhole);
    if (any || (!s->x->alone && s->o->split == TKI_TWO_SETS))
        mark_main(s, k);
    return any ? fast_median(s, k, true, &s->whole_ns) : TK_OK;
}

static int place_kind(struct tki_search *s, const struct tki_kind *k)
{
    bool together = s->o->split == TKI_TWO_SETS || s->x->alone;
    int rc = TK_OK;
    if (!s->x->alone && (k->traces[0] == 0 || k->traces[1] == 0))
        return TK_OK; /* the mix of requests */
    if ((!s->x->alone && tell_apart(s, k, together) < 0) || ask_behind(s, k) < 0)
        return TK_ENOMEM;
    load_fast(s, k);
    count_with(s, k, 1);
    for (size_t i = k->first; i < k->first + k->n && rc == TK_OK; i++)
        if (s->apart[i] && s->c->member[i].side == 1) {
            rc = place_one(s, i);
            if (rc == TK_OK && !s->left[i])
                rc = place_behind(s, k, i);
        }
    if (rc == TK_OK && together && !s->x->alone)
        rc = place_left(s, k);
    if (rc == TK_OK && together)
        rc = place_mean(s, k);
    count_with(s, k, UINT32_MAX);
    return rc;
}

static int search_init(struct tki_search *s)
{
    int rc = tki_load_init(&s->fast, s->p) < 0 || tki_load_init(&s->late, s->p) < 0 ||
                     tki_load_init(&s->one, s->p) < 0 || tki_load_init(&s->mean, s->p) < 0
                 ? TK_ENOMEM
                 : TK_OK;
    s->service_ns = calloc((size_t)s->p->keys.services.n + 1, sizeof *s->service_ns);
    s->fans = calloc((size_t)s->p->paths.n + 1, sizeof *s->fans);
    s->in_place = calloc((size_t)s->p->nunits + 1, sizeof *s->in_place);
    s->value = calloc(2 * s->c->nmembers + 1, sizeof *s->value);
    s->at_place = calloc(s->c->nmembers + 1, sizeof *s->at_place);
    s->judged = calloc(s->c->nmembers + 1, sizeof *s->judged);
    s->apart = calloc(s->c->nmembers + 1, sizeof *s->apart);
    s->left = calloc(s->c->nmembers + 1, sizeof *s->left);
    s->main = calloc((size_t)s->p->nunits + 1, sizeof *s->main);
    for (int side = 0; side < 2; side++)
        s->with[side] = calloc((size_t)s->p->paths.n + 1, sizeof **s->with);
    if (!s->with[0] || !s->with[1] || !s->service_ns || !s->fans || !s->in_place || !s->value || !s->at_place ||
        !s->judged || !s->apart || !s->left || !s->main)
        rc = TK_ENOMEM;
    return rc;
}

static void search_free(struct tki_search *s)
{
    tki_load_free(&s->fast);
    tki_load_free(&s->late);
    tki_load_free(&s->one);
    tki_load_free(&s->mean);
    free(s->service_ns);
    free(s->fans);
    free(s->with[0]);
    free(s->with[1]);
    free(s->in_place);
    tki_waited_free(s->waited);
    free(s->value);
    free(s->at_place);
    free(s->judged);
    free(s->apart);
    free(s->left);
    free(s->main);
    tki_idmap_free(&s->by_hash);
}

int tki_causes_find(struct tki_causes *x, const struct tki_comparison *c, const struct tki_profile *p,
                    const struct tki_compare_opts *o)
{
    struct tki_search s = {.x = x, .c = c, .p = p, .o = o};
    memset(x, 0, sizeof *x);
    x->alone = c->side[0].traces == 0 || c->side[1].traces == 0;
    int rc = search_init(&s);
    for (size_t i = 0; i < c->nkinds && rc == TK_OK; i++)
        rc = place_kind(&s, &c->kind[i]);
    if (rc == TK_OK)
        rc = tki_causes_judge(&s);
    search_free(&s);
    if (rc < 0)
        tki_causes_free(x);
    return rc;
}

void tki_causes_free(struct tki_causes *x)
{
    for (size_t i = 0; i < x->n; i++)
        free(x->cause[i].in);
    free(x->cause);
    memset(x, 0, sizeof *x);
}
