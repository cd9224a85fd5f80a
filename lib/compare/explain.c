#include "compare/explain.h"

#include <math.h>
#include <stdlib.h>

#include "analyze/waits.h"

#define MOST      0.6  /* of the cause's traces show a pattern */
#define FEW_SHARE 0.1  /* of the others may */
#define FEWER     0.25 /* times the cause's share */
#define SHOWN_Z   3.0
#define SURE_Z    2.0
#define EARLY     0.005 /* of a time that runs out */
#define LATE      0.02
#define FIRST_P   0.01 /* that its traces are the first ones of their processes by chance */

enum { LOOP_CALLS = 5, FAN_OUT = 4, STRAGGLES = 2, TRACES_MIN = 5 };

struct weighed {
    double x, weight;
};

struct view { /* one cause */
    const struct tki_look *l;
    const struct tki_cause *c;
    const struct tki_evidence *e;
    struct tki_explained *x;
    double *a, *b;           /* scratch */
    double *weight;          /* of the others: as if they were of the kinds of requests that the cause's are of */
    struct weighed *weighed; /* scratch */
    int *err;                /* sticky: 0 or TK_ENOMEM */
};

static int cmp_double(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

enum what { CALLS, FAILED, RUN, WIDTH, LONGEST, MIDDLE, WAIT, VALUE, IN_FLIGHT };

static double number_of(const struct tki_seen *s, enum what what)
{
    switch (what) {
    case CALLS: return s->calls.n;
    case FAILED: return s->calls.failed;
    case RUN: return s->calls.run;
    case WIDTH: return s->calls.width;
    case LONGEST: return (double)s->calls.longest_ns;
    case MIDDLE: return (double)s->calls.middle_ns;
    case WAIT: return (double)s->calls.wait_ns;
    case IN_FLIGHT: return s->in_flight;
    default: return s->value_ns;
    }
}

static size_t list(const struct view *v, enum what what, bool in, double *to)
{
    size_t n = 0;
    for (size_t i = 0; i < v->e->n; i++)
        if (v->e->seen[i].in == in)
            to[n++] = number_of(&v->e->seen[i], what);
    return n;
}

static int cmp_weighed(const void *pa, const void *pb)
{
    const struct weighed *a = pa, *b = pb;
    return (a->x > b->x) - (a->x < b->x);
}

/* The others of a kind weigh as much as the cause's of that kind: a kind that has few of them does not say what is
 * usual. */
static void weigh_others(const struct view *v)
{
    const struct tki_comparison *c = v->l->c;
    for (size_t i = 0; i < v->e->n;) { /* members of a kind stand together */
        uint32_t kind = c->member[v->e->seen[i].member].kind;
        size_t first = i, of[2] = {0, 0};
        for (; i < v->e->n && c->member[v->e->seen[i].member].kind == kind; i++)
            of[v->e->seen[i].in]++;
        for (size_t k = first; k < i; k++)
            v->weight[k] = v->e->seen[k].in ? 1 : (double)of[1] / (double)of[0];
    }
}

static double median(const struct view *v, enum what what, bool in)
{
    struct weighed *w = v->weighed;
    double all = 0, sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < v->e->n; i++) {
        if (v->e->seen[i].in != in || v->weight[i] <= 0)
            continue;
        all += v->weight[i];
        w[n++] = (struct weighed){number_of(&v->e->seen[i], what), v->weight[i]};
    }
    qsort(w, n, sizeof *w, cmp_weighed);
    for (size_t i = 0; i < n; i++) {
        sum += w[i].weight;
        if (2 * sum >= all * (1 - 1e-9))
            return w[i].x;
    }
    return 0;
}

static void count(const struct view *v)
{
    struct tki_explained *x = v->x;
    double weight[2] = {0, 0};
    weigh_others(v);
    for (size_t i = 0; i < v->e->n; i++) {
        const struct tki_seen *s = &v->e->seen[i];
        x->failing[s->in] += s->failed;
        x->any_failing[s->in] += s->failed || s->calls.failed > 0;
        x->hurt[s->in] += s->hurt;
        x->first[s->in] += s->first;
        x->answered[s->in] += s->answered;
        x->again += s->in && s->calls.again > 0;
        x->backs_off += s->in && s->calls.backs_off;
        x->depth[s->in] += v->weight[i] * s->calls.n;
        weight[s->in] += v->weight[i];
    }
    for (int in = 0; in < 2; in++) {
        x->depth[in] = weight[in] > 0 ? x->depth[in] / weight[in] : 0;
        x->calls[in] = median(v, CALLS, in);
        x->failed[in] = median(v, FAILED, in);
        x->run[in] = median(v, RUN, in);
        x->width[in] = median(v, WIDTH, in);
        x->longest_ns[in] = median(v, LONGEST, in);
        x->value_ns[in] = median(v, VALUE, in);
        x->in_flight[in] = median(v, IN_FLIGHT, in);
    }
    x->middle_ns = median(v, MIDDLE, true);
    x->wait_ns = median(v, WAIT, true);
    size_t n = list(v, VALUE, true, v->a);
    qsort(v->a, n, sizeof *v->a, cmp_double);
    x->low_ns = n ? v->a[0] : 0;
    x->high_ns = n ? v->a[n - 1] : 0;
}

/* The trace at the median of the place; of equal ones the first. */
static void choose_example(const struct view *v)
{
    double best = INFINITY;
    v->x->example = v->c->n ? v->c->in[0].member : 0;
    for (size_t i = 0; i < v->e->n; i++) {
        const struct tki_seen *s = &v->e->seen[i];
        double off = fabs(s->value_ns - v->x->value_ns[1]);
        if (s->in && off < best) {
            best = off;
            v->x->example = s->member;
        }
    }
}

static int cmp_u32(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return (a > b) - (a < b);
}

static int find_message(const struct view *v)
{
    uint32_t *list = malloc((v->e->n + 1) * sizeof *list);
    size_t n = 0;
    v->x->message = v->x->failed_path = TK_NONE;
    if (!list)
        return TK_ENOMEM;
    for (size_t i = 0; i < v->e->n; i++)
        if (v->e->seen[i].in && v->e->seen[i].message != TK_NONE)
            list[n++] = v->e->seen[i].message;
    qsort(list, n, sizeof *list, cmp_u32);
    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && list[k] == list[i])
            k++;
        tk_str a = v->l->values.strs[list[i]];
        if (k - i > v->x->messages ||
            (k - i == v->x->messages && tki_str_cmp(a, v->l->values.strs[v->x->message]) < 0)) {
            v->x->messages = k - i;
            v->x->message = list[i];
        }
        i = k;
    }
    for (size_t i = 0; i < v->e->n; i++)
        if (v->e->seen[i].in && v->x->message != TK_NONE && v->e->seen[i].message == v->x->message)
            v->x->failed_path = v->e->seen[i].failed_path;
    free(list);
    return TK_OK;
}

/* ---- patterns ---- */

static bool most(const struct view *v, size_t of_own)
{
    return v->e->of[1] && (double)of_own >= MOST * (double)v->e->of[1];
}

/* Without others to compare with: most of its own show it. */
static bool shows_alone(const struct view *v, const size_t with[2])
{
    return v->l->causes->alone && most(v, with[1]);
}

/* By how much more of the cause's traces than of the others show it, at least. */
static double low_of(const struct view *v, const size_t with[2])
{
    const size_t *of = v->e->of;
    return tki_newcombe((double)with[0], (double)of[0], (double)with[1], (double)of[1], SURE_Z).lo;
}

static bool sets_apart(const struct view *v, const size_t with[2])
{
    double own = (double)with[1] / (double)v->e->of[1];
    double others = v->e->of[0] ? (double)with[0] / (double)v->e->of[0] : 0;
    return v->e->of[0] && most(v, with[1]) && others <= FEWER * own && low_of(v, with) > 0;
}

/* Of two sets, where only a part of B has the cause, the others of B tell how load and time go together: A may have no
 * such pool. */
static bool tells_of_load(const struct view *v, bool b_alone, size_t i)
{
    return !b_alone || v->l->c->member[v->e->seen[i].member].side == 1;
}

/* Waiting for what others hold: the time at the place grows with the traces in flight. */
static bool waits_for_others(const struct view *v)
{
    bool *own = malloc(v->e->n + 1), b_alone = v->c->part;
    int rc = own ? TK_OK : TK_ENOMEM;
    size_t n = 0, rest = 0;
    for (size_t i = 0; i < v->e->n; i++)
        rest += tells_of_load(v, true, i) && !v->e->seen[i].in;
    b_alone = b_alone && rest >= TRACES_MIN;
    for (size_t i = 0; i < v->e->n && own; i++) {
        if (!tells_of_load(v, b_alone, i))
            continue;
        own[n] = v->e->seen[i].in;
        v->a[n] = number_of(&v->e->seen[i], VALUE);
        v->b[n++] = number_of(&v->e->seen[i], IN_FLIGHT);
    }
    if (rc == TK_OK)
        rc = tki_grows_with_load(v->a, v->b, own, n, &v->x->rises);
    *v->err = rc < 0 ? rc : *v->err;
    free(own);
    return rc > 0;
}

/* A time runs out at its end or a little later, never before but for clocks. */
static bool is_near(double ns, int64_t round)
{
    return round && ns >= (double)round * (1 - EARLY) && ns <= (double)round * (1 + LATE);
}

/* Most of the cause's calls end at one round time, of few all of them, and the times of others do not.  Where there are
 * no others the calls have to fail, too: some work takes as long each time. */
static bool times_out(const struct view *v)
{
    size_t n = list(v, LONGEST, true, v->a), near = 0, others = 0;
    if ((n < 3 || !v->e->of[0]) && !shows_alone(v, v->x->failing))
        return false;
    qsort(v->a, n, sizeof *v->a, cmp_double);
    int64_t round = tki_round_time((int64_t)v->a[n / 2]);
    for (size_t i = 0; i < n; i++)
        near += is_near(v->a[i], round);
    size_t m = list(v, LONGEST, false, v->b);
    for (size_t i = 0; i < m; i++)
        others += is_near(v->b[i], round);
    v->x->round_ns = round;
    return round && most(v, near) && (near == n || n >= TRACES_MIN) && (double)others <= FEW_SHARE * (double)m &&
           (double)round > 3 * v->x->longest_ns[0];
}

static bool straggles(const struct view *v)
{
    const struct tki_explained *x = v->x;
    double many = v->c->site[0].type == TKI_SITE_FAN ? FAN_OUT - 1 : FAN_OUT; /* that any of them is late says more */
    return x->width[1] >= many && x->calls[1] >= many && x->calls[1] <= 1.5 * x->calls[0] &&
           x->longest_ns[1] >= STRAGGLES * x->middle_ns && x->middle_ns <= STRAGGLES * x->longest_ns[0];
}

/* An attribute holds for nearly all of the cause's traces and nearly no others: they take another way. */
static bool another_way(const struct view *v)
{
    const struct tki_clue *c = &v->x->clues.clue[0];
    const size_t *of = v->e->of;
    return v->x->clues.n && c->type <= TKI_CLUE_ABSENT && (double)c->with[1] >= (1 - FEW_SHARE) * (double)of[1] &&
           (double)c->with[0] <= FEW_SHARE * (double)of[0];
}

static bool has_path(const struct tki_trace_rec *t, uint32_t path)
{
    struct tki_path_rows at = tki_path_rows(t);
    for (uint32_t i = 0; i < t->npaths; i++)
        if (tki_next_path(&at) == path)
            return true;
    return false;
}

/* The call that most of the cause's traces make right before the new one. */
static uint32_t usual_before(const struct view *v)
{
    const struct tki_evidence *e = v->e;
    uint32_t best = TK_NONE;
    size_t most = 0;
    for (size_t i = 0; i < e->n; i++) {
        size_t found = 0;
        for (size_t k = 0; k < e->n && e->seen[i].in && e->seen[i].before != TK_NONE; k++)
            found += e->seen[k].in && e->seen[k].before == e->seen[i].before;
        if (found > most) {
            most = found;
            best = e->seen[i].before;
        }
    }
    return 2 * most > e->of[1] ? best : TK_NONE;
}

/* A call right before the one that fast traces do not make, which most of them make, too. */
static uint32_t call_before(const struct view *v)
{
    const struct tki_profile *p = v->l->p;
    uint32_t parent = p->paths.path[v->c->site[0].path].parent, key = usual_before(v), path = TK_NONE;
    size_t found = 0;
    for (uint32_t i = TKI_PATH_FIRST; i < p->paths.n && key != TK_NONE && path == TK_NONE; i++)
        if (p->paths.path[i].parent == parent && p->paths.path[i].key == key)
            path = i;
    for (size_t i = 0; i < v->e->n && path != TK_NONE; i++)
        found += !v->e->seen[i].in && has_path(v->l->c->member[v->e->seen[i].member].trace, path);
    return 2 * found > v->e->of[0] ? key : TK_NONE;
}

/* May a new call be one that a cache spares the others?  Several in a row are no answer that it had not, nor is a
 * message. */
static bool may_be_spared(const struct view *v)
{
    return !another_way(v) && v->x->run[1] < 2 && v->l->p->keys.key[v->c->site[0].key].kind != TK_KIND_PRODUCER;
}

static uint8_t kind_of_calls(const struct view *v)
{
    struct tki_explained *x = v->x;
    const size_t again[2] = {0, x->again};
    if (v->c->site[0].recursion)
        return TKI_CAUSE_RECURSION;
    if (sets_apart(v, again) ||
        (x->failed[1] >= 1 && x->failed[1] > x->failed[0] && x->calls[1] > x->calls[0] && x->again)) {
        if (!times_out(v))
            x->round_ns = 0;
        return TKI_CAUSE_RETRY;
    }
    if (x->calls[1] >= LOOP_CALLS && x->run[1] >= LOOP_CALLS && x->run[1] * 2 > x->calls[1] / 2)
        return TKI_CAUSE_N_PLUS_ONE;
    if (x->calls[0] < 1 && !v->l->causes->alone) {
        x->behind = may_be_spared(v) ? call_before(v) : TK_NONE;
        return x->behind != TK_NONE && v->c->outlying ? TKI_CAUSE_CACHE_MISS : TKI_CAUSE_NEW_CALLS;
    }
    return TKI_CAUSE_MORE_CALLS;
}

/* A process whose later calls are as slow as its first one, at least half of them, is not slow for being cold. */
static bool stays_slow(const struct view *v)
{
    size_t later[2] = {0, 0};
    for (size_t i = 0; i < v->e->n; i++) {
        const struct tki_seen *s = &v->e->seen[i];
        bool known = false;
        for (size_t k = 0; k < v->e->n && s->process && !s->first && !known; k++) {
            const struct tki_seen *f = &v->e->seen[k];
            known = f->in && f->first && f->process == s->process;
        }
        later[s->in] += known;
    }
    return later[1] > 0 && later[1] >= later[0];
}

/* That so many of the cause's traces are first calls of their processes by chance. */
static double chance_of_first(const struct view *v)
{
    return pow((double)(v->x->first[0] + 1) / (double)(v->e->of[0] + 1), (double)v->x->first[1]);
}

/* The first call of a process, unless an attribute fits better than that. */
static bool is_cold(const struct view *v)
{
    return chance_of_first(v) <= FIRST_P && sets_apart(v, v->x->first) && !stays_slow(v) &&
           (v->x->clues.n == 0 || v->x->clues.clue[0].low <= low_of(v, v->x->first));
}

/* The server's operation that is called at a path, or TK_NONE. */
static uint32_t server_below(const struct tki_profile *p, uint32_t path)
{
    uint32_t best = TK_NONE;
    for (uint32_t i = TKI_PATH_FIRST; i < p->paths.n; i++)
        if (p->paths.path[i].parent == path && p->keys.key[p->paths.path[i].key].kind == TK_KIND_SERVER &&
            (best == TK_NONE || tki_path_cmp(&p->paths, &p->keys, i, best) < 0))
            best = i;
    return best == TK_NONE ? TK_NONE : p->paths.path[best].key;
}

static bool place_has(const struct tki_look *l, uint32_t path, const char *prefix)
{
    for (uint32_t i = 0; i < l->column_map.n; i++)
        if (l->column[i].place == path && tki_str_starts(l->names.strs[l->column[i].name], tki_str(prefix)))
            return true;
    return false;
}

/* Who answers a call: nobody, because its context is lost, or because the peer is not instrumented.  Calls of databases
 * and of brokers are not answered by anybody. */
static void find_peer(const struct view *v)
{
    static const char *const network[] = {"http.", "rpc.", "server.", "peer.", "net.", "url."};
    struct tki_explained *x = v->x;
    const struct tki_site *s = &v->c->site[0];
    x->lost = TK_NONE;
    if (s->type != TKI_SITE_UNIT || v->l->p->unit[s->unit].type != TKI_PIECE_OWN ||
        v->l->p->keys.key[s->key].kind != TK_KIND_CLIENT || (double)x->answered[1] > FEW_SHARE * (double)v->e->of[1])
        return;
    if (v->e->of[0] && (double)x->answered[0] >= MOST * (double)v->e->of[0]) {
        x->lost = server_below(v->l->p, s->path);
        return;
    }
    bool any = false;
    for (size_t i = 0; i < sizeof network / sizeof *network; i++)
        any = any || place_has(v->l, s->path, network[i]);
    x->uninstrumented =
        any && x->answered[0] == 0 && !place_has(v->l, s->path, "db.") && !place_has(v->l, s->path, "messaging.");
}

/* Does one end of a queue say that it holds messages? */
static bool is_message(const struct view *v)
{
    const struct tki_keys *keys = &v->l->p->keys;
    const struct tki_unit_sig *u = &v->l->p->unit[v->c->site[0].unit];
    return keys->key[u->next].kind == TK_KIND_CONSUMER || keys->key[u->prev].kind == TK_KIND_PRODUCER;
}

/* Of an operation's own time, or of a gap. */
static uint8_t kind_of_unit(const struct view *v, uint8_t type)
{
    struct tki_explained *x = v->x;
    bool own = type == TKI_PIECE_OWN;
    if (type == TKI_PIECE_NETWORK)
        return TKI_CAUSE_NETWORK;
    if (type == TKI_PIECE_QUEUE) /* before what a call left behind, too, which no queue holds */
        return is_message(v) ? TKI_CAUSE_QUEUE : TKI_CAUSE_DARK;
    if (type == TKI_PIECE_CONSUMER)
        return TKI_CAUSE_CONSUMER;
    if (is_cold(v))
        return TKI_CAUSE_COLD_START;
    if (straggles(v))
        return TKI_CAUSE_STRAGGLER;
    if (own && times_out(v))
        return TKI_CAUSE_TIMEOUT;
    if (waits_for_others(v))
        return TKI_CAUSE_POOL;
    if (sets_apart(v, x->failing) || (own && shows_alone(v, x->failing)))
        return TKI_CAUSE_ERROR;
    if (own && (sets_apart(v, x->hurt) || shows_alone(v, x->hurt)))
        return TKI_CAUSE_SILENT;
    return own ? TKI_CAUSE_SLOWER : TKI_CAUSE_DARK;
}

static uint8_t kind_of(const struct view *v)
{
    const struct tki_site *s = &v->c->site[0];
    switch (s->type) {
    case TKI_SITE_CALLS: return kind_of_calls(v);
    case TKI_SITE_SERIAL: return TKI_CAUSE_SERIAL;
    case TKI_SITE_UNIT: return kind_of_unit(v, v->l->p->unit[s->unit].type);
    case TKI_SITE_SERVICE: return is_cold(v) ? TKI_CAUSE_COLD_START : TKI_CAUSE_SERVICE;
    case TKI_SITE_FAN: return straggles(v) ? TKI_CAUSE_STRAGGLER : TKI_CAUSE_BELOW;
    case TKI_SITE_BELOW: return TKI_CAUSE_BELOW;
    default: return TKI_CAUSE_EVERYWHERE;
    }
}

/* A pattern that others have not is a cause by itself, where there are enough traces to say so. */
static bool is_shown(const struct view *v)
{
    const struct tki_explained *x = v->x;
    const size_t *of = v->e->of, *with = NULL;
    switch (x->kind) {
    case TKI_CAUSE_COLD_START:
        if (chance_of_first(v) > FIRST_P / TKI_LOOK_CAUSES)
            return false;
        with = x->first;
        break;
    case TKI_CAUSE_ERROR: with = x->failing; break;
    case TKI_CAUSE_SILENT: with = x->hurt; break;
    case TKI_CAUSE_TIMEOUT:
    case TKI_CAUSE_RETRY: /* of fewer traces, where calls fail in these alone */
        if (of[1] >= TRACES_MIN)
            return true;
        with = x->any_failing;
        break;
    default: return false;
    }
    return of[0] && of[1] &&
           tki_newcombe((double)with[0], (double)of[0], (double)with[1], (double)of[1], SHOWN_Z).lo >= TKI_CLUE_MIN;
}

/* A few calls that seem long because the span that answers them, or another one of the trace, is missing. */
static bool is_torn(const struct view *v)
{
    return v->c->torn || (v->x->lost != TK_NONE && v->c->n < TRACES_MIN && !v->l->causes->alone);
}

int tki_explain(struct tki_explained *x, const struct tki_look *l, size_t cause)
{
    int err = TK_OK;
    struct view v = {.err = &err, .l = l, .c = &l->causes->cause[cause], .e = &l->evidence[cause], .x = x};
    memset(x, 0, sizeof *x);
    x->behind = x->lost = TK_NONE;
    v.a = malloc((v.e->n + 1) * sizeof *v.a);
    v.b = malloc((v.e->n + 1) * sizeof *v.b);
    v.weight = malloc((v.e->n + 1) * sizeof *v.weight);
    v.weighed = malloc((v.e->n + 1) * sizeof *v.weighed);
    int rc = v.a && v.b && v.weight && v.weighed ? TK_OK : TK_ENOMEM;
    if (rc == TK_OK)
        rc = tki_clues_find(&x->clues, l, cause);
    if (rc == TK_OK)
        rc = tki_when_find(&x->when, l, cause);
    if (rc == TK_OK) {
        tki_clues_settle_time(&x->clues, l, cause, &x->when);
        count(&v);
        choose_example(&v);
        rc = find_message(&v);
        find_peer(&v);
        for (int in = 0; in < 2 && v.c->together && !v.c->part; in++)
            x->value_ns[in] = v.c->ns[in]; /* means, as they were found */
        x->kind = kind_of(&v);
        bool shown = (x->kind == TKI_CAUSE_POOL && v.c->n >= 2) || is_shown(&v);
        if (x->kind == TKI_CAUSE_COLD_START)
            x->clues.n = 0; /* they name the process */
        if (l->c->split == TKI_TWO_SETS)
            x->told = v.c->outlying;
        else
            x->told = l->causes->alone || v.c->outlying || shown || x->clues.n || x->when.type != TKI_WHEN_ALWAYS;
        x->told = x->told && !is_torn(&v);
    }
    free(v.a);
    free(v.b);
    free(v.weight);
    free(v.weighed);
    return rc == TK_OK ? err : rc;
}
