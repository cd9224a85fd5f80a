/* Which causes stand out, and, of two sets, which of them are one. */
#include <math.h>
#include <stdlib.h>

#include "compare/search.h"

#define WORTH  0.01 /* of all excess: what is less is not told */
#define BEYOND 0.3  /* of what a cause cost: less than that elsewhere, and it is the other one */

enum { JUDGED_MAX = 32 };

/* Order of sites and the kind of requests where the cause cost most. */
static void settle(struct tki_search *s, struct tki_cause *c)
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

/* Does one place hold the other? */
static bool is_within(struct tki_search *s, const struct tki_cause *a, const struct tki_cause *b, bool *of_a)
{
    bool a_more = false, b_more = false, both = false;
    tki_cause_units(s->p, a, of_a);
    tki_cause_units(s->p, b, s->in_place);
    for (uint32_t u = 0; u < s->p->nunits; u++) {
        both = both || (of_a[u] && s->in_place[u]);
        a_more = a_more || (of_a[u] && !s->in_place[u]);
        b_more = b_more || (s->in_place[u] && !of_a[u]);
    }
    return both && !(a_more && b_more);
}

/* Likewise of the units below the root of one kind of requests, of which of_a and in_place are marked. */
static bool is_within_kind(const struct tki_search *s, const struct tki_kind *k, const bool *of_a)
{
    bool a_more = false, b_more = false, both = false;
    for (uint32_t u = 0; u < s->p->nunits; u++) {
        uint32_t path = s->p->unit[u].path;
        if (!(of_a[u] || s->in_place[u]) || path == TK_NONE || path < TKI_PATH_FIRST)
            continue;
        while (s->p->paths.path[path].parent != TK_NONE)
            path = s->p->paths.path[path].parent;
        if (s->p->paths.path[path].key != k->key)
            continue;
        both = both || (of_a[u] && s->in_place[u]);
        a_more = a_more || !s->in_place[u];
        b_more = b_more || !of_a[u];
    }
    return both && !(a_more && b_more);
}

static bool has_kind(const struct tki_search *s, const struct tki_cause *c, uint32_t kind)
{
    for (size_t i = 0; i < c->n; i++)
        if (s->c->member[c->in[i].member].kind == kind)
            return true;
    return false;
}

static bool share_kind(const struct tki_search *s, const struct tki_cause *a, const struct tki_cause *b)
{
    for (uint32_t i = 0; i < s->c->nkinds; i++)
        if (has_kind(s, a, i) && has_kind(s, b, i))
            return true;
    return false;
}

/* What a cause's own traces lost: what others of their kinds did is no measure of it. */
static double own_lost(const struct tki_search *s, const struct tki_cause *c)
{
    double sum = 0;
    for (size_t i = 0; i < c->n; i++)
        sum += s->c->member[c->in[i].member].weight * c->in[i].excess_ns;
    return sum;
}

/* Two places that hold each other in some kinds of requests only: there it is the first one's, and the second is asked
 * about the others alone.  Returns whether anything was left out. */
static bool leave_kinds(struct tki_search *s, const struct tki_cause *a, struct tki_cause *b, const bool *of_a)
{
    size_t kept = 0, n = b->n;
    for (size_t i = 0; i < n;) {
        uint32_t kind = s->c->member[b->in[i].member].kind;
        bool out = has_kind(s, a, kind) && is_within_kind(s, &s->c->kind[kind], of_a);
        for (; i < n && s->c->member[b->in[i].member].kind == kind; i++)
            if (!out)
                b->in[kept++] = b->in[i];
    }
    b->n = kept;
    return kept < n;
}

/* What a cause cost B at units that another one has not, of which of_a are marked. */
static double lost_beyond(struct tki_search *s, const struct tki_cause *c, const bool *of_a)
{
    double lost = 0;
    tki_cause_units(s->p, c, s->in_place);
    for (uint32_t u = 0; u < s->p->nunits; u++)
        s->in_place[u] = s->in_place[u] && !of_a[u];
    for (size_t i = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        double ns[2] = {0, 0}, all[2] = {0, 0};
        for (size_t j = k->first; has_kind(s, c, (uint32_t)i) && j < k->first + k->n; j++) {
            const struct tki_member *m = &s->c->member[j];
            all[m->side] += m->weight;
            ns[m->side] += m->weight * tki_cause_value(c, m, s->in_place);
        }
        lost += all[0] > 0 ? ns[1] - all[1] * ns[0] / all[0] : 0;
    }
    return lost;
}

/* Neither place holds the other, but the second cost little where the first one is not: it is the same. */
static bool is_mostly_within(struct tki_search *s, const struct tki_cause *b, const bool *of_a)
{
    bool both = false;
    if (!b->outlying)
        return false;
    tki_cause_units(s->p, b, s->in_place);
    for (uint32_t u = 0; u < s->p->nunits && !both; u++)
        both = of_a[u] && s->in_place[u];
    return both && lost_beyond(s, b, of_a) < BEYOND * b->lost_ns;
}

/* Of two sets a place is asked about all of their traces; what was found again inside of it, or around it, in other
 * traces is no other cause. */
static int join_nested(struct tki_search *s)
{
    struct tki_causes *x = s->x;
    bool *of_a = malloc((size_t)s->p->nunits + 1);
    int rc = of_a ? TK_OK : TK_ENOMEM;
    for (size_t i = 0; i < x->n && i < JUDGED_MAX && rc == TK_OK; i++)
        for (size_t k = i + 1; k < x->n && k < JUDGED_MAX && rc == TK_OK; k++) {
            struct tki_cause *a = &x->cause[i], *b = &x->cause[k];
            if (b->outlying && own_lost(s, b) > own_lost(s, a)) {
                a = &x->cause[k];
                b = &x->cause[i];
            }
            if (!a->n || !b->n || !a->outlying || a->late != b->late || !share_kind(s, a, b))
                continue;
            bool within = is_within(s, a, b, of_a);
            if (!within && is_mostly_within(s, b, of_a)) {
                b->n = 0;
                continue;
            }
            if (!within) {
                if (leave_kinds(s, a, b, of_a) && b->n) {
                    tki_cause_keep_sites(s, b);
                    settle(s, b);
                    tki_cause_units(s->p, b, s->in_place);
                    rc = tki_cause_stand_out(s, b);
                }
                continue;
            }
            /* what traces that were told apart have in common at a place is less clear in all the others */
            if (a->place == b->place && (a->together || !b->together) && !b->rest)
                rc = tki_cause_join(s, a, b);
            else
                b->n = 0;
            tki_cause_sort(a);
            tki_cause_units(s->p, a, s->in_place);
            if (rc == TK_OK)
                rc = tki_cause_stand_out(s, a);
        }
    free(of_a);
    tki_causes_drop_empty(x);
    return rc;
}

/* Without fast traces a place is one of the mean of all: traces that spend no time there are none of its own. */
static void leave_others(struct tki_search *s, struct tki_cause *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n && s->x->alone; i++)
        if (tki_cause_value(c, &s->c->member[c->in[i].member], s->in_place) > 0)
            c->in[kept++] = c->in[i];
    c->n = kept ? kept : c->n;
}

/* How far a cause stands out; what does so in some traces only is told apart from what does not, of one dump likewise
 * in some kinds. */
static int judge_one(struct tki_search *s, size_t cause)
{
    struct tki_cause *c = &s->x->cause[cause];
    size_t before = s->x->n;
    bool sets = s->c->split == TKI_TWO_SETS;
    tki_cause_units(s->p, c, s->in_place);
    leave_others(s, c);
    int rc = tki_cause_stand_out(s, c);
    if (rc == TK_OK && c->nkinds >= 2 && !sets && !s->x->alone)
        rc = tki_cause_settle_kinds(s, cause);
    if (rc == TK_OK && (sets || s->c->split == TKI_SPLIT_SLOW) && !s->x->alone && s->x->n == before)
        rc = tki_cause_settle_core(s, cause);
    size_t changed = s->x->n > before ? 2 : s->x->cause[cause].failing;
    for (size_t i = 0; i < changed && rc == TK_OK; i++) {
        c = &s->x->cause[i ? before : cause];
        settle(s, c);
        tki_cause_units(s->p, c, s->in_place);
        rc = tki_cause_stand_out(s, c);
    }
    return rc;
}

static bool may_be_told(const struct tki_search *s, const struct tki_cause *c)
{
    bool asked = s->c->split != TKI_TWO_SETS || c->outlying;
    return asked && c->site[0].type != TKI_SITE_SPREAD && c->lost_ns > WORTH * s->x->excess_ns;
}

/* Of those that may be told, what they hid is no part of their cost. */
static int leave_hidden(struct tki_search *s)
{
    struct tki_causes *x = s->x;
    int rc = TK_OK;
    for (size_t i = 0; i < x->n && i < JUDGED_MAX && rc == TK_OK && !x->alone; i++)
        if (may_be_told(s, &x->cause[i]))
            rc = tki_cause_leave_hidden(s, &x->cause[i]);
    if (x->n)
        qsort(x->cause, x->n, sizeof *x->cause, cmp_cause);
    return rc;
}

/* Only those that cost most are judged: each looks at all units and at all traces of its kinds. */
int tki_causes_judge(struct tki_search *s)
{
    struct tki_causes *x = s->x;
    if (tki_causes_join(s) < 0)
        return TK_ENOMEM;
    size_t found = x->n;
    if (x->n)
        qsort(x->cause, x->n, sizeof *x->cause, cmp_cause);
    for (size_t i = 0; i < found; i++) {
        tki_cause_sort(&x->cause[i]);
        settle(s, &x->cause[i]);
        if (i < JUDGED_MAX && judge_one(s, i) < 0)
            return TK_ENOMEM;
    }
    if (x->n)
        qsort(x->cause, x->n, sizeof *x->cause, cmp_cause);
    if (s->c->split != TKI_TWO_SETS || x->alone)
        return leave_hidden(s);
    int rc = join_nested(s);
    for (size_t i = 0; i < x->n && rc == TK_OK; i++)
        rc = x->cause[i].outlying ? tki_cause_take_part(s, &x->cause[i]) : TK_OK;
    return rc == TK_OK ? leave_hidden(s) : rc;
}
