/* Causes that are one: found at several places, because another part of it was the longest in each trace. */
#include <math.h>
#include <stdlib.h>

#include "compare/search.h"

#define SERVICE_LIKE 0.6  /* of the traces: all else in the service takes longer, too */
#define ONE_BRANCH   0.6  /* of the traces at most may lie in one of the calls side by side */
#define TWO_BRANCHES 0.75 /* likewise in two of them */
#define TWO_OF_FEW   0.8  /* of few traces */
#define BRANCHES     0.6  /* of as many calls as chance would hit */
#define AT_PLACE     0.5  /* of what a service cost a trace: what a place holds of it is what the place cost */

enum { SERVICE_TELLS = 2, FEW_OF = 4, FEW_TRACES = 10, FAN_BRANCHES = 3 };

static int cmp_cause_member(const void *pa, const void *pb)
{
    const struct tki_affected *a = pa, *b = pb;
    return (a->member > b->member) - (a->member < b->member);
}

/* Gives the traces of one cause to another. */
int tki_cause_join(struct tki_search *s, struct tki_cause *to, struct tki_cause *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (tki_cause_affect(to, c->in[i].member, c->in[i].excess_ns) < 0)
            return TK_ENOMEM;
        to->lost_ns += s->c->member[c->in[i].member].weight * c->in[i].excess_ns;
    }
    to->like_service += c->like_service;
    c->n = 0;
    c->lost_ns = 0;
    return TK_OK;
}

/* ---- gaps ---- */

/* A gap of one operation in front of the same call, or behind it: what stands on its other side is called in some
 * traces only, or is one of several calls side by side, of which another one ends last.  The operation's own begin and
 * end count like calls. */
static bool is_one_gap(const struct tki_search *s, const struct tki_cause *a, const struct tki_cause *b)
{
    if (a->site[0].type != TKI_SITE_UNIT || b->site[0].type != TKI_SITE_UNIT || a->together != b->together ||
        a->late != b->late || a->site[0].path != b->site[0].path)
        return false;
    const struct tki_unit_sig *u = &s->p->unit[a->site[0].unit], *v = &s->p->unit[b->site[0].unit];
    return tki_piece_dark(u->type) && tki_piece_dark(v->type) && (u->next == v->next || u->prev == v->prev);
}

/* The causes of each operation in their order, as the only ones whose gaps may be one: next[i] is the one behind cause
 * i, first[i] the first one of them.  Both are n long. */
static int list_by_path(const struct tki_search *s, uint32_t *first, uint32_t *next)
{
    size_t n = s->x->n;
    uint32_t *last = malloc(((size_t)s->p->paths.n + 1) * sizeof *last);
    if (!last)
        return TK_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        next[i] = first[i] = TK_NONE;
        if (s->x->cause[i].site[0].type == TKI_SITE_UNIT)
            last[s->x->cause[i].site[0].path] = TK_NONE;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (s->x->cause[i].site[0].type != TKI_SITE_UNIT)
            continue;
        uint32_t path = s->x->cause[i].site[0].path, before = last[path];
        first[i] = before == TK_NONE ? i : first[before];
        if (before != TK_NONE)
            next[before] = i;
        last[path] = i;
    }
    free(last);
    return TK_OK;
}

static bool takes_gap(const struct tki_search *s, const struct tki_cause *a, const struct tki_cause *b)
{
    if (a == b || !a->n || !b->n || a->n < b->n || (a->n == b->n && a->lost_ns < b->lost_ns) ||
        a->nsites + b->nsites > TKI_CAUSE_SITES)
        return false;
    return is_one_gap(s, a, b);
}

/* Again until nothing changes: a cause that has grown may take one that was larger before. */
static int join_gaps(struct tki_search *s)
{
    struct tki_causes *x = s->x;
    uint32_t *first = malloc((x->n + 1) * sizeof *first), *next = malloc((x->n + 1) * sizeof *next);
    int rc = first && next ? list_by_path(s, first, next) : TK_ENOMEM;
    bool again = rc == TK_OK;
    while (again && rc == TK_OK) {
        again = false;
        for (size_t i = 0; i < x->n && rc == TK_OK; i++)
            for (uint32_t k = first[i]; k != TK_NONE && rc == TK_OK; k = next[k]) {
                struct tki_cause *a = &x->cause[i], *b = &x->cause[k];
                if (!takes_gap(s, a, b))
                    continue;
                for (uint32_t j = 0; j < b->nsites; j++)
                    a->site[a->nsites++] = b->site[j];
                rc = tki_cause_join(s, a, b);
                again = true;
            }
    }
    free(first);
    free(next);
    return rc;
}

/* ---- a service ---- */

static uint32_t service_of(const struct tki_search *s, const struct tki_cause *c)
{
    return s->p->keys.key[c->site[0].key].of;
}

/* One place in a service, or all of it? */
static bool is_in_service(const struct tki_search *s, const struct tki_cause *c, const struct tki_cause *of,
                          uint8_t type)
{
    return c->n && c->site[0].type == type && c->together == of->together && c->late == of->late &&
           service_of(s, c) == service_of(s, of);
}

/* What was found of one service: at its places, and of all of it. */
struct in_service {
    struct tki_cause *all, *most; /* the place with most traces */
    size_t places, traces, like;  /* traces in which all else there takes longer, too */
    double lost_ns;               /* at the places */
};

/* The causes of each service in their order: of[service] is the first one, next[i] the one behind cause i. */
struct by_service {
    uint32_t *of, *next;
};

static int list_by_service(const struct tki_search *s, struct by_service *by)
{
    size_t services = (size_t)s->p->keys.services.n + 1;
    by->of = malloc(services * sizeof *by->of);
    by->next = malloc((s->x->n + 1) * sizeof *by->next);
    if (!by->of || !by->next)
        return TK_ENOMEM;
    for (size_t i = 0; i < services; i++)
        by->of[i] = TK_NONE;
    for (uint32_t i = (uint32_t)s->x->n; i-- > 0;) {
        uint32_t *first = &by->of[service_of(s, &s->x->cause[i])];
        by->next[i] = *first;
        *first = i;
    }
    return TK_OK;
}

static struct in_service look_at_service(const struct tki_search *s, const struct tki_cause *of,
                                         const struct by_service *by)
{
    struct in_service in = {0};
    for (uint32_t k = by->of[service_of(s, of)]; k != TK_NONE; k = by->next[k]) {
        struct tki_cause *c = &s->x->cause[k];
        if (is_in_service(s, c, of, TKI_SITE_SERVICE))
            in.all = c;
        if (!is_in_service(s, c, of, TKI_SITE_UNIT))
            continue;
        in.places++;
        in.traces += c->n;
        in.lost_ns += c->lost_ns;
        in.like += c->like_service;
        in.most = !in.most || c->n > in.most->n || (c->n == in.most->n && c->hash < in.most->hash) ? c : in.most;
    }
    return in;
}

static int join_service(struct tki_search *s, struct tki_cause *all, const struct by_service *by)
{
    for (uint32_t k = by->of[service_of(s, all)]; k != TK_NONE; k = by->next[k])
        if (is_in_service(s, &s->x->cause[k], all, TKI_SITE_UNIT) && tki_cause_join(s, all, &s->x->cause[k]) < 0)
            return TK_ENOMEM;
    return TK_OK;
}

/* Of the traces of which all of a service was found, those that lost most of it at one of its places. */
static void keep_those_at(struct tki_search *s, struct tki_cause *all, const struct tki_cause *place)
{
    size_t kept = 0;
    tki_cause_units(s->p, place, s->in_place);
    for (size_t i = 0; i < all->n; i++)
        if (tki_cause_value(place, &s->c->member[all->in[i].member], s->in_place) >= AT_PLACE * all->in[i].excess_ns)
            all->in[kept++] = all->in[i];
    all->n = kept;
}

static void make_service(struct tki_search *s, struct tki_cause *c)
{
    c->site[0] = (struct tki_site){.type = TKI_SITE_SERVICE, .path = TK_NONE, .unit = TK_NONE, .key = c->site[0].key};
    tki_cause_name(s->p, c);
}

/* Do as many say that it is all of the service as say that it is one place?  A mean is of all traces of a kind, however
 * little it is: what it cost is asked. */
static bool all_tells(const struct in_service *in)
{
    if (!in->all || in->all->n < 2)
        return false;
    return in->all->together ? SERVICE_TELLS * in->all->lost_ns >= in->lost_ns
                             : SERVICE_TELLS * in->all->n >= in->traces;
}

/* What means of two kinds say is not the same: of one kind a mean says either. */
static bool most_tells(const struct in_service *in)
{
    return in->all && in->most && !in->all->together && in->all->n <= in->most->n;
}

/* Traces in which one place of a service was found, and others of which all of that service was: it is all of the
 * service where enough say so, else the place that most have.  Without any: several places of a service, while all else
 * there takes longer, too, in most of their traces. */
static int settle_service(struct tki_search *s, struct tki_cause *c, const struct by_service *by)
{
    struct in_service in = look_at_service(s, c, by);
    bool enough = all_tells(&in);
    if (!in.all && in.places >= 2 && in.like >= 2 && (double)in.like >= SERVICE_LIKE * (double)in.traces) {
        make_service(s, in.most);
        in.all = in.most;
        enough = true;
    }
    if (enough && join_service(s, in.all, by) < 0)
        return TK_ENOMEM;
    if (!enough && most_tells(&in)) {
        keep_those_at(s, in.all, in.most);
        return tki_cause_join(s, in.most, in.all);
    }
    return TK_OK;
}

static int join_services(struct tki_search *s)
{
    struct by_service by = {0};
    int rc = list_by_service(s, &by);
    for (size_t i = 0; i < s->x->n && rc == TK_OK; i++) {
        struct tki_cause *c = &s->x->cause[i];
        if (c->n && (c->site[0].type == TKI_SITE_SERVICE || c->site[0].type == TKI_SITE_UNIT))
            rc = settle_service(s, c, &by);
    }
    free(by.of);
    free(by.next);
    return rc;
}

/* ---- one of several calls side by side, another one each time ---- */

/* The child of `fan` that leads to the place of a cause, or TK_NONE. */
static uint32_t branch_of(const struct tki_search *s, const struct tki_cause *c, uint32_t fan)
{
    uint32_t at = c->site[0].path;
    if (!c->n || c->site[0].type != TKI_SITE_UNIT || c->together)
        return TK_NONE;
    while (at != TK_NONE && at > fan && at >= TKI_PATH_FIRST && s->p->paths.path[at].parent != fan)
        at = s->p->paths.path[at].parent;
    return at != TK_NONE && at > fan && at >= TKI_PATH_FIRST ? at : TK_NONE;
}

/* How many traces lie in calls of `fan`, if they hit as many of these, as evenly, as chance does; else 0.  Uses count,
 * by path, which is all zero before and after. */
static size_t hit_by_chance(struct tki_search *s, uint32_t fan, uint32_t children, size_t *count)
{
    size_t most[2] = {0, 0}, traces = 0, branches = 0;
    for (size_t i = 0; i < s->x->n; i++) {
        uint32_t branch = branch_of(s, &s->x->cause[i], fan);
        if (branch != TK_NONE)
            count[branch] += s->x->cause[i].n;
    }
    for (size_t i = 0; i < s->x->n; i++) {
        uint32_t branch = branch_of(s, &s->x->cause[i], fan);
        size_t n = branch != TK_NONE ? count[branch] : 0;
        if (n == 0)
            continue;
        traces += n;
        branches++;
        most[1] = n > most[0] ? most[0] : n > most[1] ? n : most[1];
        most[0] = n > most[0] ? n : most[0];
        count[branch] = 0;
    }
    double m = (double)children, all = (double)traces;
    double expected = m * (1 - pow(1 - 1 / fmax(m, 1), all));
    bool even = (double)most[0] <= ONE_BRANCH * all &&
                (double)(most[0] + most[1]) <= (traces < FEW_TRACES ? TWO_OF_FEW : TWO_BRANCHES) * all;
    return even && branches >= FAN_BRANCHES && (double)branches >= BRANCHES * expected ? traces : 0;
}

static int join_fan(struct tki_search *s, uint32_t fan)
{
    struct tki_cause *to = NULL;
    for (size_t i = 0; i < s->x->n; i++) {
        struct tki_cause *c = &s->x->cause[i];
        if (branch_of(s, c, fan) == TK_NONE)
            continue;
        if (to && tki_cause_join(s, to, c) < 0)
            return TK_ENOMEM;
        to = to ? to : c;
    }
    if (!to)
        return TK_OK;
    to->site[0] =
        (struct tki_site){.type = TKI_SITE_FAN, .path = fan, .unit = TK_NONE, .key = s->p->paths.path[fan].key};
    to->nsites = 1;
    tki_cause_name(s->p, to);
    return TK_OK;
}

/* The operation whose calls most traces hit by chance, or TK_NONE. */
static uint32_t best_fan(struct tki_search *s, const uint32_t *children, size_t *count)
{
    size_t most = 0;
    uint32_t best = TK_NONE;
    for (uint32_t fan = TKI_PATH_FIRST; fan < s->p->paths.n; fan++) {
        size_t n = s->fans[fan] ? hit_by_chance(s, fan, children[fan], count) : 0;
        if (n > most || (n && n == most && tki_path_cmp(&s->p->paths, &s->p->keys, fan, best) < 0)) {
            most = n;
            best = fan;
        }
    }
    return best;
}

/* The one with most traces first; of calls side by side below each other the outer one may have more. */
static int join_fans(struct tki_search *s)
{
    size_t *count = calloc((size_t)s->p->paths.n + 1, sizeof *count);
    uint32_t *children = calloc((size_t)s->p->paths.n + 1, sizeof *children), best = 0;
    int rc = count && children ? TK_OK : TK_ENOMEM;
    for (uint32_t i = TKI_PATH_FIRST; rc == TK_OK && i < s->p->paths.n; i++)
        if (s->p->paths.path[i].parent != TK_NONE)
            children[s->p->paths.path[i].parent]++;
    while (rc == TK_OK && (best = best_fan(s, children, count)) != TK_NONE)
        rc = join_fan(s, best);
    free(count);
    free(children);
    return rc;
}

/* ---- calls that are more, and that wait for each other ---- */

/* More calls of an operation, one after the other, where in few traces it looks as if it were only their order. */
static bool is_order_of_more(const struct tki_cause *more, const struct tki_cause *order)
{
    return more->n && order->n && more->site[0].type == TKI_SITE_CALLS && order->site[0].type == TKI_SITE_SERIAL &&
           order->site[0].repeated && order->site[0].path == more->site[0].path && more->late == order->late &&
           more->together == order->together && FEW_OF * order->n <= more->n;
}

static int join_orders(struct tki_search *s)
{
    for (size_t i = 0; i < s->x->n; i++)
        for (size_t k = 0; k < s->x->n && s->x->cause[i].site[0].type == TKI_SITE_CALLS; k++)
            if (is_order_of_more(&s->x->cause[i], &s->x->cause[k]) &&
                tki_cause_join(s, &s->x->cause[i], &s->x->cause[k]) < 0)
                return TK_ENOMEM;
    return TK_OK;
}

void tki_causes_drop_empty(struct tki_causes *x)
{
    size_t kept = 0;
    for (size_t i = 0; i < x->n; i++) {
        if (x->cause[i].n)
            x->cause[kept++] = x->cause[i];
        else
            free(x->cause[i].in);
    }
    x->n = kept;
}

/* A trace that had two of the places that were joined is there once. */
void tki_cause_sort(struct tki_cause *c)
{
    size_t n = 0;
    qsort(c->in, c->n, sizeof *c->in, cmp_cause_member);
    for (size_t i = 0; i < c->n; i++)
        if (n && c->in[n - 1].member == c->in[i].member)
            c->in[n - 1].excess_ns += c->in[i].excess_ns;
        else
            c->in[n++] = c->in[i];
    c->n = n;
}

int tki_causes_join(struct tki_search *s)
{
    if (join_gaps(s) < 0 || join_fans(s) < 0 || join_services(s) < 0 || join_orders(s) < 0)
        return TK_ENOMEM;
    tki_causes_drop_empty(s->x);
    return TK_OK;
}
