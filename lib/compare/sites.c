/* The places that hold the excess of a trace.  In this order, because what explains more comes first: calls that are
 * more than usual, from the root down; calls that ran side by side and do not any more; one unit; a service; an
 * operation with all below it; everywhere. */
#include "compare/sites.h"

#include <math.h>

#define SDS             3.0  /* standard deviations that are out of the ordinary */
#define CALLS_FACTOR    1.5  /* calls are more from half as many again on */
#define MANY_FACTOR     3    /* calls are many from so many times the mean of fast traces on */
#define SLOWER_FACTOR   4    /* a rare call takes that much longer than where it is made by fast traces */
#define RARE            0.2  /* calls a fast trace: an operation that fast traces do not call */
#define UNIT_SHARE      0.4  /* of what is to be explained that one unit holds */
#define SERVICE_SHARE   0.8  /* of all excess, in a service with two places */
#define PART_SHARE      0.8  /* of all excess: one place that holds more is mostly all of it */
#define REST_FACTOR     2    /* times as long: what else a slow service does */
#define LONGER_SHARE    0.5  /* of its time, in fast traces, that takes longer */
#define WAITED_SHARE    0.1  /* of what is waited for now, in fast traces: less is nearly never */
#define REST_SHARE      0.05 /* of the service's excess, in proportion to the place that holds most */
#define ROLLED_UP_SHARE 0.6  /* likewise a service, or an operation with all below it */
#define OVERLAP_MIN     1.3  /* calls at a time, in fast traces, that run side by side */
#define OVERLAP_LOST    0.75
#define REPEATED        1.5 /* calls of an operation by each call of the one above */
#define REPEATED_SHARE  0.7 /* of the overlap that is lost anywhere */
#define ROW_CALLS       3
#define ROW_OVERLAP     1.1
#define RECURSION_DEEP  5 /* without fast traces: calls of an operation inside of each other */
#define FAN_OUT         3 /* operations side by side */
#define LOOP_CALLS      5 /* without fast traces: calls of one operation that are many */

bool tki_path_under(const struct tki_paths *p, uint32_t path, uint32_t top)
{
    while (path != TK_NONE && path != top && path > top)
        path = path < TKI_PATH_FIRST ? TK_NONE : p->path[path].parent;
    return path == top;
}

static bool same_service(const struct tki_profile *p, uint32_t path, uint32_t key)
{
    return path >= TKI_PATH_FIRST && p->keys.key[p->paths.path[path].key].of == p->keys.key[key].of;
}

bool tki_site_has(const struct tki_profile *p, const struct tki_site *s, uint32_t unit)
{
    const struct tki_unit_sig *u = &p->unit[unit];
    switch (s->type) {
    case TKI_SITE_UNIT: return unit == s->unit;
    case TKI_SITE_CALLS: return u->loop == s->path || tki_path_under(&p->paths, u->path, s->path);
    case TKI_SITE_SERIAL:
    case TKI_SITE_FAN:
    case TKI_SITE_BELOW: return tki_path_under(&p->paths, u->path, s->path);
    case TKI_SITE_SERVICE: return same_service(p, u->path, s->key);
    default: return true;
    }
}

static double fast_unit(const struct tki_sites *s, uint32_t u)
{
    return s->fast->unit[u];
}

/* The own time that an operation no longer has, as it makes calls that it does not make in the fast traces: it is in
 * the gaps around these now. */
static double own_time_moved(const struct tki_sites *s, uint32_t unit)
{
    double moved = 0;
    for (uint32_t i = 0; tki_piece_dark(s->p->unit[unit].type) && i < s->fast->nunits; i++) {
        const struct tki_unit_sig *u = &s->p->unit[s->fast->units[i]];
        if (u->path == s->p->unit[unit].path && u->type == TKI_PIECE_OWN)
            moved += fmax(fast_unit(s, s->fast->units[i]) - s->slow->unit[s->fast->units[i]], 0);
    }
    return moved;
}

/* The excess that is left, and that at a place. */
static double excess_at(const struct tki_sites *s, const struct tki_site *site)
{
    double sum = 0;
    if (site->type == TKI_SITE_UNIT)
        return s->slow->unit[site->unit] - fast_unit(s, site->unit) - own_time_moved(s, site->unit);
    for (uint32_t i = 0; i < s->slow->nunits; i++)
        if (tki_site_has(s->p, site, s->slow->units[i]))
            sum += s->slow->unit[s->slow->units[i]];
    for (uint32_t i = 0; i < s->fast->nunits; i++)
        if (tki_site_has(s->p, site, s->fast->units[i]))
            sum -= fast_unit(s, s->fast->units[i]);
    return sum;
}

/* The topmost operation on the way to a path that is the same operation: where a recursion begins.  TK_NONE: none. */
static uint32_t recursion_of(const struct tki_profile *p, uint32_t path)
{
    uint32_t top = TK_NONE, key = p->paths.path[path].key;
    for (uint32_t up = p->paths.path[path].parent; up != TK_NONE; up = p->paths.path[up].parent)
        if (p->paths.path[up].key == key)
            top = up;
    return top;
}

/* What calls beyond the usual number add. */
static double added(const struct tki_sites *s, uint32_t path)
{
    const struct tki_place *x = tki_load_place(s->slow, path), *f = tki_load_place(s->fast, path);
    double sd = sqrt(fmax(f->n2 - f->n * f->n, 0)), own = x->incl_ns + x->loop_ns;
    if (s->alone)
        return x->n >= LOOP_CALLS || (x->n >= 2 && x->failed > 0) ? own : 0;
    bool again = x->failed > f->failed && x->n > x->failed;       /* some that are fast may try again, too */
    bool many = x->n >= LOOP_CALLS && x->n >= MANY_FACTOR * f->n; /* as some that are fast enough may have, too */
    bool unusual = x->n > f->n + SDS * sd || again || many;
    bool rare = f->n < RARE * fmin(x->n, 1); /* of a mean some make the call */
    if (x->n <= 0 || (!rare && (x->n < 2 || x->n < CALLS_FACTOR * f->n || !unusual)))
        return 0;
    double each = own / x->n, more = own - f->n * each;
    if (f->n > 0 && f->n < RARE && each > SLOWER_FACTOR * (f->incl_ns + f->loop_ns) / f->n &&
        s->with[0][path] >= s->with[1][path])
        return 0; /* rare, and most that have it are fast: it is not the call but its time */
    if (x->failed > f->failed && x->n > x->failed) /* those that failed are the added ones */
        more = own - f->incl_ns - f->loop_ns;
    return more;
}

/* Without fast traces: the operation that calls itself deepest, where that is deep and holds enough. */
static bool deep_recursion(const struct tki_sites *s, double left, struct tki_site *site)
{
    uint32_t best = TK_NONE, deepest = RECURSION_DEEP - 1;
    for (uint32_t i = 0; i < s->slow->npaths && s->alone; i++) {
        uint32_t path = s->slow->paths[i], top = path < TKI_PATH_FIRST ? TK_NONE : recursion_of(s->p, path), deep = 1;
        if (top == TK_NONE || tki_load_place(s->slow, top)->incl_ns < UNIT_SHARE * left)
            continue;
        for (uint32_t up = s->p->paths.path[path].parent; up != TK_NONE && up >= top; up = s->p->paths.path[up].parent)
            deep += s->p->paths.path[up].key == s->p->paths.path[path].key;
        if (deep < deepest ||
            (deep == deepest && best != TK_NONE && tki_path_cmp(&s->p->paths, &s->p->keys, top, best) >= 0))
            continue;
        best = top;
        deepest = deep;
    }
    if (best == TK_NONE)
        return false;
    *site = (struct tki_site){
        .type = TKI_SITE_CALLS, .recursion = true, .path = best, .unit = TK_NONE, .key = s->p->paths.path[best].key};
    return true;
}

static bool more_calls(const struct tki_sites *s, double left, struct tki_site *site)
{
    uint32_t best = TK_NONE, depth = UINT32_MAX;
    double most = 0;
    for (uint32_t i = 0; i < s->slow->npaths; i++) {
        uint32_t path = s->slow->paths[i];
        if (path < TKI_PATH_FIRST || s->p->paths.path[path].parent == TK_NONE)
            continue;
        double more = added(s, path);
        uint32_t at = s->p->paths.path[path].depth;
        if (more < UNIT_SHARE * left || at > depth || (at == depth && more <= most))
            continue;
        best = path;
        depth = at;
        most = more;
    }
    if (best == TK_NONE)
        return false;
    uint32_t top = recursion_of(s->p, best);
    *site = (struct tki_site){.type = TKI_SITE_CALLS,
                              .recursion = top != TK_NONE,
                              .path = top != TK_NONE ? top : best,
                              .unit = TK_NONE,
                              .key = s->p->paths.path[best].key};
    return true;
}

/* How much longer calls were waited for than they would have been if they had run side by side as they do in the fast
 * ones: there, waiting takes so many times the longest call.  Counts only where they overlap less. */
static double lost_overlap(const struct tki_calls_of *x, const struct tki_calls_of *f)
{
    if (f->wait_ns <= 0 || x->wait_ns <= 0 || f->longest_ns <= 0)
        return 0;
    double together = x->work_ns / x->wait_ns, usual = f->work_ns / f->wait_ns;
    if (usual < OVERLAP_MIN || together > OVERLAP_LOST * usual)
        return 0;
    return x->wait_ns - x->longest_ns * fmax(f->wait_ns / f->longest_ns, 1);
}

static double lost_at(const struct tki_sites *s, uint32_t path, bool own)
{
    const struct tki_calls_of x = tki_calls_of(tki_load_place(s->slow, path), own),
                              f = tki_calls_of(tki_load_place(s->fast, path), own);
    return lost_overlap(&x, &f);
}

/* Is the operation called several times by each that calls it, in the fast traces? */
static bool is_repeated(const struct tki_sites *s, uint32_t path)
{
    uint32_t up = s->p->paths.path[path].parent;
    return up != TK_NONE && tki_load_place(s->fast, path)->n >= REPEATED * fmax(tki_load_place(s->fast, up)->n, 1);
}

/* The operation whose calls ran side by side and now wait for each other: those that it makes, or, of one that is
 * called several times, those of itself.  The latter say more where the one above also waits for calls that never ran
 * side by side. */
static bool less_overlap(const struct tki_sites *s, double left, struct tki_site *site)
{
    double most[2] = {UNIT_SHARE * left, UNIT_SHARE * left}; /* of those that it makes; of itself */
    uint32_t best[2] = {TK_NONE, TK_NONE};
    for (uint32_t i = 0; i < s->slow->npaths && !s->alone; i++) {
        uint32_t path = s->slow->paths[i];
        for (int own = 0; own <= 1 && path >= TKI_PATH_FIRST; own++) {
            double part = own && !is_repeated(s, path) ? 0 : lost_at(s, path, own);
            if (part < most[own] || part <= 0)
                continue;
            most[own] = part;
            best[own] = path;
        }
    }
    bool own = best[1] != TK_NONE && most[1] >= REPEATED_SHARE * most[0];
    uint32_t path = best[own];
    if (path == TK_NONE)
        return false;
    *site = (struct tki_site){
        .type = TKI_SITE_SERIAL, .repeated = own, .path = path, .unit = TK_NONE, .key = s->p->paths.path[path].key};
    return true;
}

static uint32_t key_of(const struct tki_profile *p, uint32_t path)
{
    return path >= TKI_PATH_FIRST ? p->paths.path[path].key : TKI_KEY_OTHER;
}

/* A total order of units by content, for ties. */
static bool unit_before(const struct tki_profile *p, uint32_t a, uint32_t b)
{
    int c = tki_path_cmp(&p->paths, &p->keys, p->unit[a].path, p->unit[b].path);
    return c ? c < 0 : p->unit[a].type < p->unit[b].type;
}

static bool one_unit(const struct tki_sites *s, double left, struct tki_site *site)
{
    uint32_t best = TK_NONE;
    double most = UNIT_SHARE * left;
    for (uint32_t i = 0; i < s->slow->nunits; i++) {
        uint32_t u = s->slow->units[i];
        double x = s->slow->unit[u] - fast_unit(s, u);
        if (x < most || x <= 0 || (x == most && best != TK_NONE && !unit_before(s->p, u, best)))
            continue;
        best = u;
        most = x;
    }
    if (best == TK_NONE || most - own_time_moved(s, best) < UNIT_SHARE * left)
        return false;
    *site = (struct tki_site){
        .type = TKI_SITE_UNIT, .path = s->p->unit[best].path, .unit = best, .key = key_of(s->p, s->p->unit[best].path)};
    return true;
}

static uint32_t service_of(const struct tki_sites *s, uint32_t unit)
{
    return s->p->keys.key[key_of(s->p, s->p->unit[unit].path)].of;
}

static void add_services(const struct tki_sites *s, const struct tki_load *l, double sign)
{
    for (uint32_t i = 0; i < l->nunits; i++)
        s->service_ns[service_of(s, l->units[i])] += sign * l->unit[l->units[i]];
}

static void clear_services(const struct tki_sites *s, const struct tki_load *l)
{
    for (uint32_t i = 0; i < l->nunits; i++)
        s->service_ns[service_of(s, l->units[i])] = 0;
}

/* The service that holds most, if that is enough. */
static bool one_service(const struct tki_sites *s, double left, struct tki_site *site)
{
    uint32_t best = TK_NONE;
    double most = ROLLED_UP_SHARE * left;
    bool only = s->alone; /* that the only service there is holds all says nothing */
    for (uint32_t i = 1; i < s->slow->nunits && only; i++)
        only = service_of(s, s->slow->units[i]) == service_of(s, s->slow->units[0]);
    if (only)
        return false;
    add_services(s, s->slow, 1);
    add_services(s, s->fast, -1);
    for (uint32_t i = 0; i < s->slow->nunits; i++) {
        uint32_t u = s->slow->units[i];
        double sum = s->service_ns[service_of(s, u)];
        if (sum <= 0 || sum < most || (best != TK_NONE && sum == most && !unit_before(s->p, u, best)))
            continue;
        most = sum;
        best = u;
    }
    clear_services(s, s->slow);
    clear_services(s, s->fast);
    if (best == TK_NONE)
        return false;
    *site = (struct tki_site){
        .type = TKI_SITE_SERVICE, .path = TK_NONE, .unit = TK_NONE, .key = key_of(s->p, s->p->unit[best].path)};
    return true;
}

/* Are the calls of an operation many, and one after the other? */
static bool in_a_row(const struct tki_sites *s, uint32_t path)
{
    const struct tki_place *x = tki_load_place(s->slow, path);
    double calls = 0;
    for (uint32_t i = 0; i < s->slow->npaths; i++)
        if (s->p->paths.path[s->slow->paths[i]].parent == path)
            calls += tki_load_place(s->slow, s->slow->paths[i])->n;
    return calls >= ROW_CALLS * fmax(x->n, 1) && x->wait_ns > 0 && x->work_ns < ROW_OVERLAP * x->wait_ns;
}

/* Do several operations below one run side by side in the fast traces? */
static bool fans_out(const struct tki_sites *s, uint32_t path)
{
    const struct tki_place *f = tki_load_place(s->fast, path);
    uint32_t kids = 0;
    if (f->wait_ns <= 0 || f->work_ns < OVERLAP_MIN * f->wait_ns)
        return false;
    for (uint32_t i = 0; i < s->slow->npaths; i++)
        kids += s->p->paths.path[s->slow->paths[i]].parent == path;
    return kids >= FAN_OUT;
}

/* Marks the operations above a place that call several others side by side. */
static void mark_fans(const struct tki_sites *s, const struct tki_site *site)
{
    if (site->type != TKI_SITE_UNIT || s->alone || site->path < TKI_PATH_FIRST)
        return;
    for (uint32_t up = s->p->paths.path[site->path].parent; up != TK_NONE; up = s->p->paths.path[up].parent)
        s->fans[up] = s->fans[up] || fans_out(s, up);
}

/* The deepest operation that holds enough with all below it. */
static bool one_subtree(const struct tki_sites *s, double left, struct tki_site *site)
{
    uint32_t best = TK_NONE, depth = 1;
    for (uint32_t i = 0; i < s->slow->npaths; i++) {
        uint32_t path = s->slow->paths[i];
        double more = tki_load_place(s->slow, path)->incl_ns - tki_load_place(s->fast, path)->incl_ns;
        if (path < TKI_PATH_FIRST || more < ROLLED_UP_SHARE * left || s->p->paths.path[path].depth <= depth)
            continue;
        best = path;
        depth = s->p->paths.path[path].depth;
    }
    if (best == TK_NONE)
        return false;
    *site = (struct tki_site){.type = !s->alone && fans_out(s, best) ? TKI_SITE_FAN : TKI_SITE_BELOW,
                              .in_a_row = s->alone && in_a_row(s, best),
                              .path = best,
                              .unit = TK_NONE,
                              .key = key_of(s->p, best)};
    return true;
}

/* What is left elsewhere than at the first place must be out of the ordinary to be told. */
static bool unusual(const struct tki_sites *s, const struct tki_site *site)
{
    if (site->type != TKI_SITE_UNIT || s->alone)
        return true;
    double mean = fast_unit(s, site->unit), var = s->fast->unit2[site->unit] - mean * mean;
    return s->slow->unit[site->unit] > mean + SDS * sqrt(fmax(var, 0));
}

/* Takes a place out of the trace: it is as in the fast ones there. */
static void take_out(struct tki_sites *s, const struct tki_site *site)
{
    for (uint32_t i = 0; i < s->slow->nunits; i++) {
        uint32_t u = s->slow->units[i];
        if (tki_site_has(s->p, site, u))
            s->slow->unit[u] = fast_unit(s, u);
    }
    for (uint32_t i = 0; i < s->slow->npaths; i++) {
        uint32_t path = s->slow->paths[i];
        uint32_t top = site->path == TK_NONE ? TK_NONE : site->path;
        if (top != TK_NONE && (tki_path_under(&s->p->paths, path, top) || tki_path_under(&s->p->paths, top, path)))
            tki_load_set(s->slow, path, tki_load_place(s->fast, path));
    }
}

static bool find_one(const struct tki_sites *s, double left, bool first, struct tki_site *site)
{
    if (deep_recursion(s, left, site) || more_calls(s, left, site) || less_overlap(s, left, site) ||
        one_unit(s, left, site))
        return true;
    if (!first)
        return false;
    if (s->alone ? one_subtree(s, left, site) || one_service(s, left, site)
                 : one_service(s, left, site) || one_subtree(s, left, site))
        return true;
    *site = (struct tki_site){.type = TKI_SITE_SPREAD, .path = TK_NONE, .unit = TK_NONE, .key = TKI_KEY_OTHER};
    return true;
}

struct rest {         /* what a service takes beside one unit */
    double ns[2];     /* of the fast ones, of the trace as it is left */
    double longer_ns; /* of the fast ones: at units that take longer in the trace */
};

static bool is_unit_of(const struct tki_sites *s, const struct tki_site *site, uint32_t service)
{
    return site->type == TKI_SITE_UNIT && s->p->keys.key[site->key].of == service;
}

static struct rest rest_of_service(const struct tki_sites *s, const struct tki_site *site)
{
    struct rest r = {{0, 0}, 0};
    for (uint32_t i = 0; i < s->slow->nunits; i++) {
        uint32_t u = s->slow->units[i];
        if (u != site->unit && service_of(s, u) == s->p->keys.key[site->key].of)
            r.ns[1] += s->slow->unit[u];
    }
    for (uint32_t i = s->fast->first_of[s->p->keys.key[site->key].of]; i; i = s->fast->next_of[i - 1]) {
        uint32_t u = s->fast->units[i - 1];
        if (u == site->unit)
            continue;
        bool longer = s->slow->unit[u] >= REST_FACTOR * fast_unit(s, u);
        for (uint32_t k = 0; k < s->n; k++)
            longer = longer || s->placed[k].site.unit == u; /* which was taken out */
        r.ns[0] += fast_unit(s, u);
        r.longer_ns += longer ? fast_unit(s, u) : 0;
    }
    for (uint32_t k = 0; k < s->n; k++)
        if (s->placed[k].site.unit != site->unit && is_unit_of(s, &s->placed[k].site, s->p->keys.key[site->key].of))
            r.ns[1] += s->placed[k].excess_ns;
    return r;
}

/* The self times of a service's operations but one, waited for or not. */
static double self_beside(const struct tki_sites *s, const struct tki_load *l, const struct tki_site *site)
{
    double sum = 0;
    for (uint32_t i = 0; i < l->npaths; i++)
        if (l->paths[i] != site->path && same_service(s->p, l->paths[i], site->key))
            sum += tki_load_place(l, l->paths[i])->self_ns;
    return sum;
}

/* Does all else in the service of a place take longer, too, and not only what the place calls?  Where nobody waits for
 * the service in fast traces, what is waited for in others has not become longer by that. */
static bool rest_is_longer(const struct tki_sites *s, const struct tki_placed *x)
{
    struct rest r = rest_of_service(s, &x->site);
    double more = r.ns[1] - r.ns[0];
    if (r.ns[0] < WAITED_SHARE * r.ns[1] &&
        self_beside(s, s->slow, &x->site) < REST_FACTOR * self_beside(s, s->fast, &x->site))
        return false;
    return r.ns[1] >= REST_FACTOR * r.ns[0] && r.longer_ns >= LONGER_SHARE * r.ns[0] &&
           more >= REST_SHARE * (x->excess_ns + more);
}

/* Is the first place only the largest part of what makes a service slow?  What else there takes longer is much, or
 * little that has grown in proportion. */
static bool is_part_of_service(const struct tki_sites *s, double all)
{
    const struct tki_placed *x = &s->placed[0];
    if (s->n < 1 || x->site.type != TKI_SITE_UNIT || !x->like_service)
        return false;
    struct rest r = rest_of_service(s, &x->site);
    double fast = fmax(fast_unit(s, x->site.unit), 1), more = r.ns[1] - r.ns[0], own = x->excess_ns;
    return own + more >= UNIT_SHARE * all &&
           (more >= (1 - PART_SHARE) * all || r.ns[1] >= sqrt((fast + own) / fast) * r.ns[0]);
}

/* Are all places in one service, at different operations, and most of what it does beside the first one takes longer?
 */
static bool all_in_service(const struct tki_sites *s, uint32_t service)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (!is_unit_of(s, &s->placed[i].site, service) || (i && s->placed[i].site.path == s->placed[0].site.path))
            return false;
    if (s->n < 2)
        return false;
    struct rest r = rest_of_service(s, &s->placed[0].site);
    return r.longer_ns >= LONGER_SHARE * r.ns[0];
}

/* Places in one service that hold most of the excess, or one beside which all else there takes longer: it is the
 * service. */
static void roll_up(struct tki_sites *s, double all)
{
    uint32_t service = s->n ? s->p->keys.key[s->placed[0].site.key].of : 0, kept = 1;
    bool part = !s->alone && is_part_of_service(s, all);
    if (s->alone || (!part && !all_in_service(s, service)))
        return;
    double sum = 0; /* what was taken out, and what is left in that service */
    for (uint32_t i = 0; i < s->n; i++)
        sum += is_unit_of(s, &s->placed[i].site, service) ? s->placed[i].excess_ns : 0;
    for (uint32_t i = 0; i < s->slow->nunits; i++)
        if (service_of(s, s->slow->units[i]) == service)
            sum += s->slow->unit[s->slow->units[i]] - fast_unit(s, s->slow->units[i]);
    if (!part && sum < SERVICE_SHARE * all)
        return;
    for (uint32_t i = 1; i < s->n; i++)
        if (!is_unit_of(s, &s->placed[i].site, service))
            s->placed[kept++] = s->placed[i];
    s->placed[0].site =
        (struct tki_site){.type = TKI_SITE_SERVICE, .path = TK_NONE, .unit = TK_NONE, .key = s->placed[0].site.key};
    s->placed[0].excess_ns = sum;
    s->n = kept;
}

static void find_all(struct tki_sites *s, double all)
{
    double left = all;
    while (s->n < s->max && left > 0 && left >= s->share_more * all) {
        struct tki_placed *x = &s->placed[s->n];
        if (!find_one(s, left, s->n == 0, &x->site))
            return;
        x->excess_ns = excess_at(s, &x->site);
        x->like_service = false;
        mark_fans(s, &x->site);
        if (s->n > 0 && (x->excess_ns < s->share_more * all || !unusual(s, &x->site)))
            return;
        take_out(s, &x->site);
        left -= x->excess_ns;
        s->n++;
        if (x->site.type == TKI_SITE_SPREAD)
            return;
    }
}

void tki_sites_find(struct tki_sites *s)
{
    double all = s->slow->total_ns - s->fast->total_ns;
    s->n = 0;
    find_all(s, all);
    if (s->n && s->placed[0].site.type == TKI_SITE_UNIT && !s->alone)
        s->placed[0].like_service = rest_is_longer(s, &s->placed[0]);
    roll_up(s, all);
}
