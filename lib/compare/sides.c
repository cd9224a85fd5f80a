/* Which traces are compared, on which side, with what weight. */
#include <stdlib.h>

#include "compare/compare.h"

static int cmp_root(const struct tki_profile *p, uint32_t a, uint32_t b)
{
    const struct tki_key *k = &p->keys.key[a], *l = &p->keys.key[b];
    if (a == b)
        return 0;
    int c = tki_str_cmp(k->service, l->service);
    c = c ? c : tki_str_cmp(k->name, l->name);
    return c ? c : (k->kind > l->kind) - (k->kind < l->kind);
}

static int cmp_member(const void *pa, const void *pb, void *profile)
{
    const struct tki_trace_rec *a = ((const struct tki_member *)pa)->trace, *b = ((const struct tki_member *)pb)->trace;
    int c = cmp_root(profile, a->root_key, b->root_key);
    if (c)
        return c;
    if (a->threshold != b->threshold)
        return a->threshold < b->threshold ? -1 : 1;
    if (a->stands != b->stands)
        return a->stands < b->stands ? -1 : 1;
    if (a->id.hi != b->id.hi)
        return a->id.hi < b->id.hi ? -1 : 1;
    if (a->id.lo != b->id.lo)
        return a->id.lo < b->id.lo ? -1 : 1;
    if (a->duration_ns != b->duration_ns)
        return a->duration_ns < b->duration_ns ? -1 : 1;
    return (a->set > b->set) - (a->set < b->set);
}

static bool takes_part(struct tki_comparison *c, const struct tki_trace_rec *t, const struct tki_compare_opts *o)
{
    bool by_kind = o->split == TKI_SPLIT_SLOW || o->split == TKI_SPLIT_TAIL;
    if ((o->root_ok && !o->root_ok[t->root_key]) || (o->whole_only && t->broken))
        return false;
    c->rootless += by_kind && t->rootless;
    return !(by_kind && t->rootless);
}

static int choose(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o)
{
    c->member = malloc((p->ntraces + 1) * sizeof *c->member);
    c->kind = calloc(p->ntraces + 1, sizeof *c->kind);
    if (!c->member || !c->kind)
        return TK_ENOMEM;
    for (size_t i = 0; i < p->ntraces; i++) {
        const struct tki_trace_rec *t = &p->trace[i];
        double weight = t->stands * tk_threshold_weight(t->threshold);
        if (takes_part(c, t, o))
            c->member[c->nmembers++] = (struct tki_member){.trace = t, .weight = weight, .fit = weight, .side = t->set};
    }
    if (c->nmembers == 1) /* it stands for itself */
        c->member[0].weight = c->member[0].fit = 1;
    if (c->nmembers)
        qsort_r(c->member, c->nmembers, sizeof *c->member, cmp_member, (void *)p);
    c->pooled = c->nmembers;
    return TK_OK;
}

enum { DURATION, WHOLE };

/* Of the members [first, first + n) that are on a side, or on any for -1, sorted; *found of them. */
static struct tki_weighted *durations(const struct tki_comparison *c, size_t first, size_t n, int side, int what,
                                      size_t *found)
{
    struct tki_weighted *x = malloc((n + 1) * sizeof *x);
    *found = 0;
    for (size_t i = first; x && i < first + n; i++) {
        const struct tki_trace_rec *t = c->member[i].trace;
        if (side < 0 || c->member[i].side == side)
            x[(*found)++] = (struct tki_weighted){what == WHOLE ? t->whole_ns : t->duration_ns, c->member[i].weight};
    }
    if (x)
        tki_sort_weighted(x, *found);
    return x;
}

/* The kind is the root operation, whatever span kind it has: the rule of model/slow.h. */
static bool same_kind(const struct tki_profile *p, uint32_t a, uint32_t b)
{
    const struct tki_key *k = &p->keys.key[a], *l = &p->keys.key[b];
    return a == b || (tki_str_eq(k->service, l->service) && tki_str_eq(k->name, l->name));
}

/* Lists the kinds anew: members are sorted by them. */
static void list_kinds(struct tki_comparison *c, const struct tki_profile *p)
{
    c->nkinds = 0;
    for (size_t i = 0; i < c->nmembers; i++) {
        struct tki_member *m = &c->member[i];
        if (i == 0 || !same_kind(p, m->trace->root_key, c->kind[c->nkinds - 1].key))
            c->kind[c->nkinds++] = (struct tki_kind){.key = m->trace->root_key, .first = i};
        struct tki_kind *k = &c->kind[c->nkinds - 1];
        m->kind = (uint32_t)(c->nkinds - 1);
        k->n++;
        k->traces[m->side]++;
        k->stands[m->side] += m->trace->stands;
        k->weight[m->side] += m->weight;
    }
}

/* The traces of a kind whose hashes are below the limits of all of them. */
static void find_drawn(struct tki_comparison *c)
{
    for (size_t i = 0; i < c->nkinds; i++) {
        struct tki_kind *k = &c->kind[i];
        uint64_t limit = UINT64_MAX;
        for (size_t j = k->first; j < k->first + k->n; j++)
            limit = c->member[j].trace->limit < limit ? c->member[j].trace->limit : limit;
        for (size_t j = k->first; j < k->first + k->n; j++) {
            struct tki_member *m = &c->member[j];
            m->drawn = limit == UINT64_MAX || tki_hash_id(m->trace->id) <= limit;
            k->drawn[m->side] += m->drawn;
        }
    }
}

static int kind_quantile(const struct tki_comparison *c, const struct tki_kind *k, int what, double q, int64_t *ns)
{
    size_t n;
    struct tki_weighted *x = durations(c, k->first, k->n, -1, what, &n);
    if (!x)
        return TK_ENOMEM;
    *ns = n ? tki_quantile(x, n, q) : 0;
    free(x);
    return TK_OK;
}

static int find_medians(struct tki_comparison *c)
{
    for (size_t i = 0; i < c->nkinds; i++)
        if (kind_quantile(c, &c->kind[i], DURATION, 0.5, &c->kind[i].median_ns) < 0 ||
            kind_quantile(c, &c->kind[i], WHOLE, 0.5, &c->kind[i].whole_ns) < 0)
            return TK_ENOMEM;
    return TK_OK;
}

bool tki_compare_is_slow(const struct tki_slow_rule *rule, int64_t ns, int64_t median_ns)
{
    double times = rule->times > 0 ? rule->times : TKI_SLOW_TIMES;
    return rule->limit_ns ? ns > rule->limit_ns : (double)ns > times * (double)median_ns;
}

/* Everybody stays: what is not slow for its kind is fast. */
static int split_slow(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    for (size_t i = 0; i < c->nkinds; i++) {
        struct tki_kind *k = &c->kind[i];
        bool few = !o->slow.limit_ns && k->n < TKI_SLOW_TRACES_MIN;
        c->few += few ? k->n : 0; /* a sample has all of so small a kind */
        for (size_t j = k->first; j < k->first + k->n && !few; j++) {
            struct tki_member *m = &c->member[j];
            bool slow = tki_compare_is_slow(&o->slow, m->trace->duration_ns, k->median_ns);
            m->late = !slow && m->trace->nwhole && tki_compare_is_slow(&o->slow, m->trace->whole_ns, k->whole_ns);
            m->side = slow || m->late;
        }
    }
    return TK_OK;
}

/* Keeps the members of [first, first + n) at or below the first limit and those at or above the second.  Where the
 * limits fall on one value, its traces are A's.  Returns how many members are kept so far. */
static size_t keep_ends(struct tki_comparison *c, size_t first, size_t n, const int64_t at[2], size_t kept)
{
    for (size_t i = first; i < first + n; i++) {
        struct tki_member m = c->member[i];
        m.side = m.trace->duration_ns > at[0];
        if (m.side == 0 || m.trace->duration_ns >= at[1])
            c->member[kept++] = m;
    }
    return kept;
}

static int split_all(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    size_t n;
    struct tki_weighted *x = durations(c, 0, c->nmembers, -1, DURATION, &n);
    if (!x)
        return TK_ENOMEM;
    for (int i = 0; i < 2 && n; i++)
        c->split_ns[i] = o->split == TKI_SPLIT_TIMES ? o->at_ns[i] : tki_quantile(x, n, o->q[i]);
    free(x);
    c->nmembers = keep_ends(c, 0, c->nmembers, c->split_ns, 0);
    return TK_OK;
}

static int split_kinds(struct tki_comparison *c, const struct tki_compare_opts *o)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->nkinds; i++) {
        const struct tki_kind *k = &c->kind[i];
        int64_t at[2];
        for (int j = 0; j < 2; j++)
            if (kind_quantile(c, k, DURATION, o->q[j], &at[j]) < 0)
                return TK_ENOMEM;
        kept = keep_ends(c, k->first, k->n, at, kept);
    }
    c->nmembers = kept;
    return TK_OK;
}

/* A's traces of a kind are given the weight that B's have; kinds of one side only are not compared. */
static void fit_kinds(struct tki_comparison *c)
{
    for (size_t i = 0; i < c->nmembers; i++) {
        struct tki_member *m = &c->member[i];
        const struct tki_kind *k = &c->kind[m->kind];
        bool both = k->traces[0] && k->traces[1];
        m->fit = !both ? 0 : m->side ? m->weight : m->weight * k->weight[1] / k->weight[0];
    }
}

static int describe(struct tki_comparison *c, int side)
{
    struct tki_side *s = &c->side[side];
    size_t n;
    struct tki_weighted *x = durations(c, 0, c->nmembers, side, DURATION, &n);
    if (!x)
        return TK_ENOMEM;
    double squares = 0;
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_member *m = &c->member[i];
        if (m->side != side)
            continue;
        s->traces++;
        s->stands += m->trace->stands;
        s->spans += m->trace->stands * m->trace->spans;
        s->unknown += !m->trace->weighted;
        s->broken += m->trace->broken;
        s->weight += m->weight;
        c->fit[side] += m->fit;
        squares += m->weight * m->weight;
        c->weighted = c->weighted || m->trace->weighted;
        c->sampled = c->sampled || m->trace->limit != UINT64_MAX;
    }
    if (n) {
        s->n_eff = s->weight * s->weight / squares;
        s->p50_ns = tki_quantile(x, n, 0.5);
        s->p95_ns = tki_quantile(x, n, 0.95);
        s->max_ns = x[n - 1].value;
    }
    free(x);
    return TK_OK;
}

int tki_compare_sides(struct tki_comparison *c, const struct tki_profile *p, const struct tki_compare_opts *o)
{
    int rc = choose(c, p, o);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < c->nmembers && o->split == TKI_SPLIT_NONE; i++)
        c->member[i].side = 1;
    list_kinds(c, p);
    rc = find_medians(c);
    if (rc == TK_OK && o->split == TKI_SPLIT_NONE)
        rc = TK_OK;
    else if (rc == TK_OK && o->split == TKI_SPLIT_SLOW)
        rc = split_slow(c, o);
    else if (rc == TK_OK && o->split == TKI_SPLIT_TAIL)
        rc = split_kinds(c, o);
    else if (rc == TK_OK && o->split)
        rc = split_all(c, o);
    if (rc == TK_OK && o->split) {
        list_kinds(c, p);
        rc = find_medians(c);
    }
    find_drawn(c);
    if (rc == TK_OK && o->within)
        fit_kinds(c);
    for (int side = 0; side < 2 && rc == TK_OK; side++)
        rc = describe(c, side);
    return rc;
}
