#include "compare/causes.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "compare/levels.h"
#include "compare/sites.h"

#define FIRST_SHARE    0.25 /* of its excess that a second place of a trace must hold */
#define ALONE_SHARE    0.10 /* without fast traces, of all time */
#define LN_SD_MIN      0.05 /* of logarithms of times: clocks and luck make differences of 5 % */
#define MIDDLE_MISSING 2.5  /* times as far traces seem to stand out when those in the middle were left out */
#define SERIAL_Z       2.5
#define TOGETHER_P     0.005 /* a kind has three places at most, and there are several kinds */
#define NOTABLE        0.005 /* of the median duration of a kind */
#define LN_SD_FEW      0.15  /* likewise where a kind has few traces */

enum { FEW_TRACES = 10, JUDGED_MAX = 32 };

struct search {
    struct tki_causes *x;
    const struct tki_comparison *c;
    const struct tki_profile *p;
    const struct tki_compare_opts *o;
    struct tki_load fast, late, one, mean; /* late: the whole paths of the fast traces */
    uint32_t *service;
    double *service_ns;
    bool *in_place; /* by unit */
    double *value;  /* scratch: twice the members */
};

/* ---- what two places have in common ---- */

static uint64_t key_hash(const struct search *s, uint32_t key)
{
    return key == TK_NONE ? 1 : s->p->keys.key[key].hash;
}

static uint64_t service_hash(const struct search *s, uint32_t key)
{
    tk_str service = s->p->keys.key[key].service;
    return tki_hash(service.p, service.n);
}

static uint64_t site_hash(const struct search *s, const struct tki_site *site, bool together, bool late)
{
    uint64_t h = tki_hash_combine(site->type + 16u * together + 32u * late, 0);
    uint32_t up = site->path != TK_NONE && site->path >= TKI_PATH_FIRST ? s->p->paths.path[site->path].parent : TK_NONE;
    switch (site->type) {
    case TKI_SITE_SPREAD: return h;
    case TKI_SITE_SERVICE: return tki_hash_combine(h, service_hash(s, site->key));
    case TKI_SITE_CALLS:
        h = tki_hash_combine(h, up == TK_NONE ? 0 : key_hash(s, s->p->paths.path[up].key));
        return tki_hash_combine(h, key_hash(s, site->key));
    case TKI_SITE_UNIT: {
        const struct tki_unit_sig *u = &s->p->unit[site->unit];
        h = tki_hash_combine(h, u->type);
        h = tki_hash_combine(h, key_hash(s, u->prev));
        h = tki_hash_combine(h, key_hash(s, u->next));
        return tki_hash_combine(h, key_hash(s, site->key));
    }
    default: return tki_hash_combine(h, key_hash(s, site->key));
    }
}

static bool same_site(const struct tki_site *a, const struct tki_site *b)
{
    return a->type == b->type && a->path == b->path && a->unit == b->unit;
}

static struct tki_cause *cause_for(struct search *s, const struct tki_site *site, bool together, bool late)
{
    struct tki_causes *x = s->x;
    uint64_t h = site_hash(s, site, together, late);
    struct tki_cause *c = NULL;
    for (size_t i = 0; i < x->n && !c; i++)
        if (x->cause[i].hash == h)
            c = &x->cause[i];
    if (!c) {
        if (TKI_GROW(x->cause, x->cap, x->n + 1) < 0)
            return NULL;
        c = &x->cause[x->n++];
        *c = (struct tki_cause){.hash = h, .together = together, .late = late};
    }
    for (uint32_t i = 0; i < c->nsites; i++)
        if (same_site(&c->site[i], site))
            return c;
    if (c->nsites < TKI_CAUSE_SITES)
        c->site[c->nsites++] = *site;
    return c;
}

static int affect(struct tki_cause *c, size_t member, double excess_ns)
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

/* ---- traces and their places ---- */

static struct tki_sites sites_of(struct search *s, const struct tki_load *fast, struct tki_load *slow, bool late)
{
    bool alone = s->x->alone;
    return (struct tki_sites){.p = s->p,
                              .fast = fast,
                              .slow = slow,
                              .max = alone ? TKI_PLACES_MAX : 3,
                              .share_more = alone ? ALONE_SHARE : FIRST_SHARE,
                              .service = s->service,
                              .service_ns = s->service_ns,
                              .alone = alone,
                              .late = late};
}

static int place_one(struct search *s, size_t member)
{
    const struct tki_member *m = &s->c->member[member];
    const struct tki_load *fast = m->late ? &s->late : &s->fast;
    tki_load_trace(&s->one, s->p, m->trace, m->late);
    double excess = s->one.total_ns - fast->total_ns;
    struct tki_sites found = sites_of(s, fast, &s->one, m->late);
    tki_sites_find(&found);
    s->x->slow++;
    s->x->excess_ns += m->weight * excess;
    for (uint32_t i = 0; i < found.n; i++) {
        struct tki_cause *c = cause_for(s, &found.placed[i].site, false, m->late);
        if (!c || affect(c, member, found.placed[i].excess_ns) < 0)
            return TK_ENOMEM;
        c->lost_ns += m->weight * found.placed[i].excess_ns;
    }
    return TK_OK;
}

/* What traces of a side that are not told apart have in common: the places of their mean. */
static int place_mean(struct search *s, const struct tki_kind *k, const bool *apart)
{
    double weight = 0;
    tki_load_clear(&s->mean);
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        if (m->side != 1 || apart[i])
            continue;
        tki_load_trace(&s->one, s->p, m->trace, false);
        tki_load_add(&s->mean, &s->one, m->weight);
        weight += m->weight;
        s->x->slow++;
    }
    if (weight <= 0)
        return TK_OK;
    tki_load_mean(&s->mean);
    s->x->excess_ns += weight * (s->mean.total_ns - s->fast.total_ns);
    struct tki_sites found = sites_of(s, &s->fast, &s->mean, false);
    tki_sites_find(&found);
    for (uint32_t i = 0; i < found.n; i++) {
        struct tki_cause *c = cause_for(s, &found.placed[i].site, true, false);
        for (size_t j = k->first; c && j < k->first + k->n; j++)
            if (s->c->member[j].side == 1 && !apart[j] && affect(c, j, found.placed[i].excess_ns) < 0)
                return TK_ENOMEM;
        if (!c)
            return TK_ENOMEM;
        c->lost_ns += weight * found.placed[i].excess_ns;
    }
    return TK_OK;
}

static void load_fast(struct search *s, const struct tki_kind *k)
{
    tki_load_clear(&s->fast);
    tki_load_clear(&s->late);
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        if (m->side != 0 || s->x->alone)
            continue;
        tki_load_trace(&s->one, s->p, m->trace, false);
        tki_load_add(&s->fast, &s->one, m->weight);
        if (m->trace->nwhole)
            tki_load_trace(&s->one, s->p, m->trace, true);
        tki_load_add(&s->late, &s->one, m->weight);
    }
    tki_load_mean(&s->fast);
    tki_load_mean(&s->late);
}

static int fast_median(struct search *s, const struct tki_kind *k, int64_t *ns)
{
    struct tki_weighted *x = malloc((k->n + 1) * sizeof *x);
    size_t n = 0;
    if (!x)
        return TK_ENOMEM;
    for (size_t i = k->first; i < k->first + k->n; i++)
        if (s->c->member[i].side == 0)
            x[n++] = (struct tki_weighted){s->c->member[i].trace->duration_ns, s->c->member[i].weight};
    tki_sort_weighted(x, n);
    *ns = n ? tki_quantile(x, n, 0.5) : INT64_MAX;
    free(x);
    return TK_OK;
}

/* Which traces of B are told apart: of one dump all that are slow, of two sets those that are slow for their kind. */
static int place_kind(struct search *s, const struct tki_kind *k, bool *apart)
{
    int64_t median = 0;
    bool together = s->o->split == TKI_TWO_SETS || s->x->alone;
    if (!s->x->alone && (k->traces[0] == 0 || k->traces[1] == 0))
        return TK_OK; /* the mix of requests */
    load_fast(s, k);
    if (together && !s->x->alone && fast_median(s, k, &median) < 0)
        return TK_ENOMEM;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        apart[i] = m->side == 1 && !s->x->alone &&
                   (!together || tki_compare_is_slow(&s->o->slow, m->trace->duration_ns, median));
        if (apart[i] && place_one(s, i) < 0)
            return TK_ENOMEM;
    }
    return together ? place_mean(s, k, apart) : TK_OK;
}

/* ---- how far they stand out ---- */

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

void tki_cause_units(const struct tki_profile *p, const struct tki_cause *c, bool *in_place)
{
    for (uint32_t u = 0; u < p->nunits; u++) {
        in_place[u] = false;
        for (uint32_t k = 0; k < c->nsites && !in_place[u]; k++)
            in_place[u] = tki_site_has(p, &c->site[k], u);
    }
}

double tki_cause_value(const struct tki_cause *c, const struct tki_member *m, const bool *in_place)
{
    bool whole = c->late && m->trace->nwhole;
    const uint8_t *at = whole ? tki_whole_rows(m->trace) : tki_unit_rows(m->trace);
    uint32_t n = whole ? m->trace->nwhole : m->trace->nunits;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct tki_unit_row r = tki_get_unit_row(&at);
        sum += in_place[r.unit] ? (double)r.ns : 0;
    }
    return sum;
}

static int cmp_double(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

static double middle(double *x, size_t n)
{
    qsort(x, n, sizeof *x, cmp_double);
    return n ? n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2 : 0;
}

struct spread { /* of logarithms */
    double median, sd;
};

static struct spread spread_of(double *x, size_t n)
{
    struct spread s = {.median = middle(x, n)};
    for (size_t i = 0; i < n; i++)
        x[i] = fabs(x[i] - s.median);
    s.sd = fmax(1.4826 * middle(x, n), n < FEW_TRACES ? LN_SD_FEW : LN_SD_MIN);
    return s;
}

/* Times of a kind at a place: all; and, where enough traces beside the cause's own take notable time there, of those.
 * Times below a small part of the kind's median say nothing, and are all alike. */
static void kind_spreads(struct search *s, const struct tki_cause *c, const struct tki_kind *k, double floor_ns,
                         struct spread of[2])
{
    size_t n = 0, notable = 0, own = 0;
    double *x = s->value, *y = s->value + k->n;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        double value = tki_cause_value(c, &s->c->member[i], s->in_place);
        x[n++] = log(fmax(value, floor_ns));
        bool in = tki_cause_has(c, i);
        own += in;
        if (value > floor_ns && !in)
            y[notable++] = log(value);
    }
    of[0] = spread_of(x, n);
    /* fewer than the cause's own may be like these, but for luck */
    bool usual = notable >= FEW_TRACES / 2 && notable > own && c->site[0].type != TKI_SITE_CALLS;
    of[1] = usual ? spread_of(y, notable) : of[0];
}

static double stands_out(double value, double floor_ns, const struct spread of[2])
{
    double z[2];
    for (int i = 0; i < 2; i++)
        z[i] = (log(fmax(value, floor_ns)) - of[i].median) / of[i].sd;
    return fmin(z[0], z[1]);
}

static int cmp_cause_member(const void *pa, const void *pb)
{
    const struct tki_affected *a = pa, *b = pb;
    return (a->member > b->member) - (a->member < b->member);
}

/* How far the middle one of n traces must stand out, in standard deviations: one of many is out there by luck. */
static double far_enough(const struct search *s, size_t n, uint8_t type)
{
    double z = n == 1 ? 7.0 : n == 2 ? 6.0 : n < 5 ? 5.0 : n < 10 ? 4.0 : 3.5;
    bool middle_missing = s->c->split == TKI_SPLIT_TAIL || s->c->split == TKI_SPLIT_QUANTILES;
    if (type == TKI_SITE_SERIAL && n >= 3) /* that they overlap less is seen beside their time */
        z = fmin(z, SERIAL_Z);
    return middle_missing ? MIDDLE_MISSING * z : z;
}

/* Of two sets, in the kinds where it was found: whether they differ at the place, and what that cost B. */
static int compare_sets(struct search *s, struct tki_cause *c)
{
    double *weight = malloc((s->c->nmembers + 1) * sizeof *weight);
    uint8_t *side = malloc(s->c->nmembers + 1);
    size_t n = 0, at = 0;
    c->lost_ns = 0;
    c->p = TK_ENOMEM;
    for (size_t i = 0; weight && side && i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        double ns[2] = {0, 0};
        while (at < c->n && c->in[at].member < k->first)
            at++;
        if (at >= c->n || c->in[at].member >= k->first + k->n)
            continue;
        for (size_t j = k->first; j < k->first + k->n; j++) {
            const struct tki_member *m = &s->c->member[j];
            s->value[n] = tki_cause_value(c, m, s->in_place);
            weight[n] = m->fit;
            side[n] = m->side;
            ns[m->side] += m->weight * s->value[n++];
        }
        c->lost_ns += ns[1] - k->weight[1] * ns[0] / k->weight[0];
    }
    if (weight && side)
        c->p = tki_permutation_p(s->value, weight, side, n, s->o->seed, TKI_PERMUTATIONS);
    free(weight);
    free(side);
    return c->p < 0 ? TK_ENOMEM : TK_OK;
}

static int stand_out(struct search *s, struct tki_cause *c)
{
    double *z = malloc((c->n + 1) * sizeof *z), weight[2] = {0, 0};
    size_t n = 0;
    if (!z)
        return TK_ENOMEM;
    for (size_t i = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        double floor_ns = fmax((double)k->median_ns * NOTABLE, 1);
        struct spread of[2];
        size_t before = n;
        if (n >= c->n || c->in[n].member >= k->first + k->n)
            continue;
        kind_spreads(s, c, k, floor_ns, of);
        for (size_t j = k->first; j < k->first + k->n; j++) {
            const struct tki_member *m = &s->c->member[j];
            double value = tki_cause_value(c, m, s->in_place);
            bool in = n < c->n && c->in[n].member == j;
            if (!in && m->side != 0)
                continue;
            weight[in] += m->weight;
            c->ns[in] += m->weight * value;
            if (in) {
                z[n++] = stands_out(value, floor_ns, of);
            }
        }
        c->nkinds += n > before;
    }
    for (int side = 0; side < 2; side++)
        c->ns[side] = weight[side] > 0 ? c->ns[side] / weight[side] : 0;
    c->z = middle(z, n);
    c->outlying = c->site[0].type != TKI_SITE_SPREAD && c->z >= far_enough(s, n, c->site[0].type);
    free(z);
    if (s->c->split != TKI_TWO_SETS || s->x->alone)
        return TK_OK;
    int rc = compare_sets(s, c);
    c->outlying = c->p <= TOGETHER_P && c->lost_ns > 0 && c->site[0].type != TKI_SITE_SPREAD;
    return rc;
}

/* Order of sites and the kind of requests where the cause cost most. */
static void settle(struct search *s, struct tki_cause *c)
{
    double most = -1;
    for (size_t i = 0; i < c->n;) {
        uint32_t kind = s->c->member[c->in[i].member].kind;
        double sum = 0;
        for (; i < c->n && s->c->member[c->in[i].member].kind == kind; i++)
            sum += s->c->member[c->in[i].member].weight * c->in[i].excess_ns;
        if (sum > most) {
            most = sum;
            c->kind = kind;
        }
    }
    for (uint32_t i = 1; i < c->nsites; i++) {
        uint32_t root = s->c->kind[c->kind].key, top = c->site[i].path;
        if (top == TK_NONE || top < TKI_PATH_FIRST)
            continue;
        while (s->p->paths.path[top].parent != TK_NONE)
            top = s->p->paths.path[top].parent;
        if (s->p->paths.path[top].key == root) {
            struct tki_site first = c->site[0];
            c->site[0] = c->site[i];
            c->site[i] = first;
            return;
        }
    }
}

static int cmp_cause(const void *pa, const void *pb)
{
    const struct tki_cause *a = pa, *b = pb;
    if (a->lost_ns != b->lost_ns)
        return a->lost_ns > b->lost_ns ? -1 : 1;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

/* Traces of a service in which a place was found are the service's, where that is what most others have. */
static int join_service(struct search *s, struct tki_cause *service, struct tki_cause *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (affect(service, c->in[i].member, c->in[i].excess_ns) < 0)
            return TK_ENOMEM;
        service->lost_ns += s->c->member[c->in[i].member].weight * c->in[i].excess_ns;
    }
    c->n = 0;
    c->lost_ns = 0;
    return TK_OK;
}

static int join_services(struct search *s)
{
    struct tki_causes *x = s->x;
    size_t kept = 0;
    for (size_t i = 0; i < x->n; i++)
        for (size_t k = 0; k < x->n && x->cause[i].site[0].type == TKI_SITE_SERVICE; k++) {
            struct tki_cause *a = &x->cause[i], *b = &x->cause[k];
            if (b->site[0].type == TKI_SITE_UNIT && a->together == b->together && a->late == b->late && a->n >= 2 &&
                b->n && b->n <= 2 * a->n && s->service[a->site[0].key] == s->service[b->site[0].key] &&
                join_service(s, a, b) < 0)
                return TK_ENOMEM;
        }
    for (size_t i = 0; i < x->n; i++) {
        if (x->cause[i].n)
            x->cause[kept++] = x->cause[i];
        else
            free(x->cause[i].in);
    }
    x->n = kept;
    return TK_OK;
}

/* Only those that cost most are judged: each looks at all units and at all traces of its kinds. */
static int judge(struct search *s)
{
    struct tki_causes *x = s->x;
    if (join_services(s) < 0)
        return TK_ENOMEM;
    if (x->n)
        qsort(x->cause, x->n, sizeof *x->cause, cmp_cause);
    for (size_t i = 0; i < x->n; i++) {
        struct tki_cause *c = &x->cause[i];
        qsort(c->in, c->n, sizeof *c->in, cmp_cause_member);
        settle(s, c);
        if (i >= JUDGED_MAX)
            continue;
        tki_cause_units(s->p, c, s->in_place);
        if (stand_out(s, c) < 0)
            return TK_ENOMEM;
    }
    if (x->n)
        qsort(x->cause, x->n, sizeof *x->cause, cmp_cause);
    return TK_OK;
}

static int search_init(struct search *s)
{
    struct tki_symtab services = {0};
    uint32_t n = s->p->keys.n;
    int rc = tki_load_init(&s->fast, s->p) < 0 || tki_load_init(&s->late, s->p) < 0 ||
                     tki_load_init(&s->one, s->p) < 0 || tki_load_init(&s->mean, s->p) < 0
                 ? TK_ENOMEM
                 : TK_OK;
    s->service = calloc((size_t)n + 1, sizeof *s->service);
    s->service_ns = calloc((size_t)n + 1, sizeof *s->service_ns);
    s->in_place = calloc((size_t)s->p->nunits + 1, sizeof *s->in_place);
    s->value = calloc(2 * s->c->nmembers + 1, sizeof *s->value);
    if (!s->service || !s->service_ns || !s->in_place || !s->value)
        rc = TK_ENOMEM;
    for (uint32_t i = 0; i < n && rc == TK_OK; i++) {
        s->service[i] = tki_symtab_put(&services, s->p->keys.key[i].service);
        rc = s->service[i] == TKI_MAP_NONE ? TK_ENOMEM : TK_OK;
    }
    tki_symtab_free(&services);
    return rc;
}

static void search_free(struct search *s)
{
    tki_load_free(&s->fast);
    tki_load_free(&s->late);
    tki_load_free(&s->one);
    tki_load_free(&s->mean);
    free(s->service);
    free(s->service_ns);
    free(s->in_place);
    free(s->value);
}

int tki_causes_find(struct tki_causes *x, const struct tki_comparison *c, const struct tki_profile *p,
                    const struct tki_compare_opts *o)
{
    struct search s = {.x = x, .c = c, .p = p, .o = o};
    memset(x, 0, sizeof *x);
    x->alone = c->side[0].traces == 0 || c->side[1].traces == 0;
    int rc = search_init(&s);
    bool *apart = calloc(c->nmembers + 1, sizeof *apart);
    if (!apart)
        rc = TK_ENOMEM;
    for (size_t i = 0; i < c->nkinds && rc == TK_OK; i++)
        rc = place_kind(&s, &c->kind[i], apart);
    if (rc == TK_OK)
        rc = judge(&s);
    free(apart);
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
