/* How far a cause stands out from what is usual. */
#include <math.h>
#include <stdlib.h>

#include "compare/levels.h"
#include "compare/search.h"

#define LN_SD_MIN      0.05 /* of logarithms of times: clocks and luck make differences of 5 % */
#define MIDDLE_MISSING 2.5  /* times as far traces seem to stand out when those in the middle were left out */
#define SERIAL_Z       2.5
#define CALLS_SD       0.10 /* of logarithms of numbers of calls: a call or two more are little, though most make one */
#define MANY           0.15 /* of a kind are the cause's own: they would widen the spread that they are held against */
#define CUT_OFF        1.25 /* times as wide is a spread whose slow end was cut off */
#define NOTABLE        0.005 /* of the median duration of a kind */
#define MOST_SHARE     0.5
#define USUAL_SHARE    0.05 /* of a kind that take time at a place */
#define LN_SD_FEW      0.15 /* likewise where a kind has few traces */

#define BEYOND_Z       1.25 /* standard deviations that many traces lie beyond the end of one spread */
#define NEARLY         0.75 /* times as far out must those of two sets be that lie apart */
#define APART_LN       0.25 /* logarithm of what lies between the cause's traces and the others */
#define APART_SPACINGS 8.0  /* likewise, in spacings that chance leaves there */

enum {
    FEW_TRACES = 10,
    APART_TRACES = 5,
    APART_OF_SETS = 3,
    USUAL_MIN = 5,
    TAIL_TRACES = 2,
    TORN_MAX = 4,
    A_TELLS = 6,
    A_MANY = 15
};

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

/* How many times the longest of its calls a trace waits at the places of a cause: 1 when they all run side by side. */
static double one_by_one(struct tki_search *s, const struct tki_cause *c, const struct tki_member *m)
{
    double wait = 0, longest = 0;
    tki_load_trace(&s->one, s->p, m->trace, c->late);
    for (uint32_t i = 0; i < c->nsites; i++) {
        const struct tki_place *x = tki_load_place(&s->one, c->site[i].path);
        const struct tki_calls_of calls = tki_calls_of(x, c->site[i].repeated);
        wait += calls.wait_ns;
        longest += calls.longest_ns;
    }
    return longest > 0 ? fmax(wait / longest, 1) : 1;
}

/* By what the traces of a kind are judged: time at the place; where calls wait for each other, how far they do. */
static void measure(struct tki_search *s, const struct tki_cause *c, const struct tki_kind *k)
{
    for (size_t i = k->first; i < k->first + k->n; i++) {
        s->at_place[i] = tki_cause_value(c, &s->c->member[i], s->in_place);
        s->judged[i] = c->site[0].type == TKI_SITE_SERIAL ? one_by_one(s, c, &s->c->member[i]) : s->at_place[i];
    }
}

/* The others lack their slow end, unless the cause's own are many only because a sampler kept the slow ones. */
static struct spread spread_of_others(struct tki_search *s, const struct tki_cause *c, const struct tki_kind *k,
                                      double floor_ns)
{
    size_t n = 0;
    double weight[2] = {0, 0};
    for (size_t i = k->first; i < k->first + k->n; i++) {
        bool in = tki_cause_has(c, i);
        weight[in] += s->c->member[i].weight;
        if (!in)
            s->value[n++] = log(fmax(s->judged[i], floor_ns));
    }
    struct spread of = spread_of(s->value, n);
    of.sd *= weight[1] > MANY * (weight[0] + weight[1]) ? CUT_OFF : 1;
    return of;
}

/* Of a kind at a place: all; and, where more traces than the cause's own take notable time there, of those.  Where many
 * of a kind are the cause's own, the others alone, which lack their slow end.  Times below a small part of the kind's
 * median say nothing, and are all alike.  Of one dump others that are slow do not tell what is usual: they may have two
 * causes.  Of two sets A tells it, where it has enough of the kind: others of B may have the cause, too. */
static void kind_spreads(struct tki_search *s, const struct tki_cause *c, const struct tki_kind *k, double floor_ns,
                         struct spread of[2])
{
    size_t n = 0, notable = 0, own = 0;
    double *x = s->value, *y = s->value + k->n;
    bool by_a = s->c->split == TKI_TWO_SETS && !s->x->alone && k->traces[0] >= A_TELLS;
    bool fast_only = by_a || s->c->split == TKI_SPLIT_SLOW;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        double value = s->judged[i];
        bool in = tki_cause_has(c, i), fast = s->c->member[i].side == 0;
        own += in;
        if (value > floor_ns && !in && (fast || !fast_only))
            y[notable++] = log(value);
        if (fast || !by_a)
            x[n++] = log(fmax(value, floor_ns));
    }
    if (!by_a && (double)own > MANY * (double)n && own < n)
        of[0] = spread_of_others(s, c, k, floor_ns);
    else
        of[0] = spread_of(x, n);
    if (by_a && n < A_MANY) /* of few the spread may be small by luck */
        of[0].sd *= CUT_OFF;
    /* fewer than the cause's own may be like these, but for luck, and so may few that were not slow for it */
    bool serial = c->site[0].type == TKI_SITE_SERIAL; /* for which others are not slow enough, unless most have it */
    bool usual = notable > own && (double)notable >= (serial ? MOST_SHARE : USUAL_SHARE) * (double)n &&
                 c->site[0].type != TKI_SITE_CALLS;
    of[1] = usual ? spread_of(y, notable) : of[0];
}

static double stands_out(double value, double floor_ns, const struct spread of[2])
{
    double z[2];
    for (int i = 0; i < 2; i++)
        z[i] = (log(fmax(value, floor_ns)) - of[i].median) / of[i].sd;
    return fmin(z[0], z[1]);
}

/* The logarithms of times at a place, less the median of their kind: of the cause's traces, and of others that take
 * notable time there. */
struct logs {
    double *x[2];
    size_t n[2];
};

/* Of sorted values. */
static double at_share(const double *x, size_t n, double share)
{
    return x[(size_t)(share * (double)(n - 1))];
}

/* Nothing lies between the cause's traces, with some that are as long there and not slow, and most others: these are
 * two groups, where one wide spread would go on from one to the other.  Near the k-th largest of a spread values lie
 * about sd / k apart, and wider gaps are as rare as an exponential says. */
static bool lie_apart(const struct tki_search *s, struct logs *l)
{
    bool sets = s->c->split == TKI_TWO_SETS && !s->x->alone;
    if ((!sets && s->c->split != TKI_SPLIT_SLOW) || l->n[1] < (sets ? APART_OF_SETS : APART_TRACES) ||
        l->n[0] < 2 * APART_TRACES)
        return false;
    for (int in = 0; in < 2; in++)
        qsort(l->x[in], l->n[in], sizeof *l->x[in], cmp_double);
    const double *x = l->x[0], own = at_share(l->x[1], l->n[1], 0.1);
    double sd = fmax(at_share(x, l->n[0], 0.84) - at_share(x, l->n[0], 0.5), LN_SD_FEW);
    for (size_t i = l->n[0] / 2; i < l->n[0] && x[i] < own; i++) {
        double gap = (i + 1 < l->n[0] ? fmin(x[i + 1], own) : own) - x[i];
        if (gap >= APART_LN && gap * (double)(l->n[0] - 1 - i + l->n[1]) >= APART_SPACINGS * sd)
            return true;
    }
    return false;
}

/* Where nothing is slow, one of the slowest tells nothing. */
static bool too_few(const struct tki_search *s, size_t n)
{
    return s->c->split == TKI_SPLIT_TAIL && n < TAIL_TRACES;
}

/* The sides are the ends of one distribution. */
static bool is_middle_missing(const struct tki_search *s)
{
    return s->c->split == TKI_SPLIT_TAIL || s->c->split == TKI_SPLIT_QUANTILES;
}

/* How far the middle one of n traces must stand out, in standard deviations: one of many is out there by luck. */
static double far_enough(const struct tki_search *s, size_t n, uint8_t type)
{
    double z = n == 1 ? 7.0 : n == 2 ? 6.0 : n < 5 ? 5.0 : n < 10 ? 4.0 : 3.5;
    if (type == TKI_SITE_SERIAL && n >= 3) /* that they overlap less is seen beside their time */
        z = fmin(z, SERIAL_Z);
    return is_middle_missing(s) ? MIDDLE_MISSING * z : z;
}

static bool has_site(const struct tki_cause *c, uint32_t path)
{
    for (uint32_t i = 0; i < c->nsites; i++)
        if (c->site[i].path == path)
            return true;
    return false;
}

/* What a call of the place's operations takes itself, waited for or not; of a service, all of them together.  0: the
 * trace has none. */
static double own_time(const struct tki_search *s, const struct tki_cause *c, const struct tki_trace_rec *t)
{
    bool service = c->site[0].type == TKI_SITE_SERVICE;
    struct tki_path_rows at = tki_path_rows(t);
    double ns = 0, calls = 0;
    for (uint32_t i = 0; i < t->npaths; i++) {
        struct tki_path_row r = tki_next_path_row(&at);
        uint32_t key = r.path >= TKI_PATH_FIRST ? s->p->paths.path[r.path].key : TKI_KEY_OTHER;
        if (service ? s->p->keys.key[key].of == s->p->keys.key[c->site[0].key].of : has_site(c, r.path)) {
            ns += (double)r.self_ns;
            calls += r.count;
        }
    }
    return service ? ns : calls > 0 ? ns / calls : 0;
}

/* Of few traces: the operation, or the service, takes as long elsewhere, where nobody waits for it; or so few others
 * call it that nobody knows how long it takes.  A gap between its calls is asked about where most others do not wait
 * there at all: one of several operations side by side is the last one now and then. */
static bool is_usual_elsewhere(const struct tki_search *s, const struct tki_cause *c)
{
    const struct tki_site *site = &c->site[0];
    size_t n = 0, others = 0, waited = 0;
    bool service = site->type == TKI_SITE_SERVICE;
    if (c->n >= FEW_TRACES || (site->type != TKI_SITE_UNIT && !service) || s->x->alone || s->c->split == TKI_TWO_SETS)
        return false;
    uint8_t type = service ? TKI_PIECE_OWN : s->p->unit[site->unit].type;
    if (type != TKI_PIECE_OWN && !tki_piece_dark(type))
        return false;
    double own = 0;
    for (size_t i = 0, at = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        while (at < c->n && c->in[at].member < k->first)
            at++;
        if (at >= c->n || c->in[at].member >= k->first + k->n)
            continue;
        for (size_t j = k->first; j < k->first + k->n; j++) {
            bool in = tki_cause_has(c, j);
            double ns = own_time(s, c, s->c->member[j].trace);
            others += !in;
            waited += !in && s->at_place[j] > 0;
            own += in ? ns / (double)c->n : 0;
            if (ns > 0 && !in)
                s->value[n++] = log(ns);
        }
    }
    if (type != TKI_PIECE_OWN && 2 * waited >= others)
        return false;
    if (n < USUAL_MIN)
        return c->n <= 2 && others >= USUAL_MIN;
    struct spread of = spread_of(s->value, n);
    return (log(fmax(type == TKI_PIECE_OWN ? c->ns[1] : own, 1)) - of.median) / of.sd < far_enough(s, c->n, site->type);
}

/* The calls of the trace that was loaded last at the places of a cause; of a recursion all below its first one. */
static double calls_at(const struct tki_search *s, const struct tki_cause *c)
{
    double n = 0;
    for (uint32_t at = 0; at < c->nsites; at++) {
        const struct tki_site *site = &c->site[at];
        if (!site->recursion)
            n += tki_load_place(&s->one, site->path)->n;
        for (uint32_t i = 0; site->recursion && i < s->one.npaths; i++)
            if (s->p->paths.path[s->one.paths[i]].key == site->key &&
                tki_path_under(&s->p->paths, s->one.paths[i], site->path))
                n += tki_load_place(&s->one, s->one.paths[i])->n;
    }
    return n;
}

/* How far the middle one of the cause's traces stands out by the number of its calls: of what is chosen for its time
 * the number tells more than the time.  Fills the logarithms of these numbers. */
static double by_calls(struct tki_search *s, const struct tki_cause *c, double *z, struct logs *l)
{
    size_t n = 0;
    l->n[0] = l->n[1] = 0;
    for (size_t i = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        struct spread of[2];
        if (n >= c->n || c->in[n].member >= k->first + k->n)
            continue;
        for (size_t j = k->first; j < k->first + k->n; j++) {
            tki_load_trace(&s->one, s->p, s->c->member[j].trace, false);
            s->judged[j] = 1 + calls_at(s, c); /* none is no less than one */
        }
        kind_spreads(s, c, k, 1, of);
        for (int x = 0; x < 2; x++)
            of[x].sd = fmax(of[x].sd, CALLS_SD);
        for (size_t j = k->first; j < k->first + k->n; j++) {
            bool in = n < c->n && c->in[n].member == j;
            l->x[in][l->n[in]++] = log(s->judged[j]) - of[0].median;
            if (in)
                z[n++] = stands_out(s->judged[j], 1, of);
        }
    }
    return middle(z, n);
}

/* Where a span is missing, its caller seems to do its work, and what it called is a root of its own, up to whose end
 * the trace seems to last.  Few such traces, among others that are whole, say nothing of a place, nor do any number
 * that last long for that alone; many others say that spans go missing there. */
static bool is_torn(const struct tki_search *s, const struct tki_cause *c)
{
    size_t broken = 0, stretched = 0;
    if (s->x->alone)
        return false;
    for (size_t i = 0; i < c->n; i++) {
        const struct tki_trace_rec *t = s->c->member[c->in[i].member].trace;
        stretched += t->stretched;
        if (!t->broken)
            return false;
    }
    for (size_t i = 0; i < s->c->nmembers; i++)
        broken += s->c->member[i].trace->broken;
    return 2 * broken < s->c->nmembers && (c->n <= TORN_MAX || stretched == c->n);
}

/* Fills in z and whether the cause stands out, by how far each of its n traces does. */
static void judge_spread(struct tki_search *s, struct tki_cause *c, double *z, size_t n, struct logs *logs)
{
    c->z = middle(z, n);
    bool apart = lie_apart(s, logs);
    if (c->site[0].type == TKI_SITE_CALLS) {
        c->z = fmax(c->z, by_calls(s, c, z, logs));
        apart = apart || lie_apart(s, logs);
    }
    double far = far_enough(s, n, c->site[0].type);
    if (s->c->split == TKI_TWO_SETS) /* of few a gap may be wide by luck, and few of A do not tell what is usual */
        apart = apart && c->z >= NEARLY * far && tki_cause_traces(s, c, 0) >= FEW_TRACES;
    c->torn = is_torn(s, c);
    apart = apart || (!is_middle_missing(s) && !s->x->alone && tki_many_lie_beyond(s, c, BEYOND_Z));
    c->outlying = c->site[0].type != TKI_SITE_SPREAD && !too_few(s, n) && !c->torn &&
                  (c->failing || apart || c->z >= far) && !is_usual_elsewhere(s, c);
}

int tki_cause_stand_out(struct tki_search *s, struct tki_cause *c)
{
    double *z = malloc((c->n + 1) * sizeof *z), weight[2] = {0, 0};
    struct logs logs = {{malloc((s->c->nmembers + 1) * sizeof *z), malloc((c->n + 1) * sizeof *z)}, {0, 0}};
    size_t n = 0;
    if (!z || !logs.x[0] || !logs.x[1]) {
        free(z);
        free(logs.x[0]);
        free(logs.x[1]);
        return TK_ENOMEM;
    }
    c->ns[0] = c->ns[1] = 0;
    c->nkinds = 0;
    for (size_t i = 0; i < s->c->nkinds; i++) {
        const struct tki_kind *k = &s->c->kind[i];
        double floor_ns = c->site[0].type == TKI_SITE_SERIAL ? 1 : fmax((double)k->median_ns * NOTABLE, 1);
        struct spread of[2];
        size_t before = n;
        if (n >= c->n || c->in[n].member >= k->first + k->n)
            continue;
        measure(s, c, k);
        kind_spreads(s, c, k, floor_ns, of);
        for (size_t j = k->first; j < k->first + k->n; j++) {
            const struct tki_member *m = &s->c->member[j];
            double value = s->at_place[j];
            bool in = n < c->n && c->in[n].member == j;
            if (value > floor_ns)
                logs.x[in][logs.n[in]++] = log(value) - of[0].median;
            if (!in && m->side != 0)
                continue;
            weight[in] += m->weight;
            c->ns[in] += m->weight * value;
            if (in)
                z[n++] = stands_out(s->judged[j], floor_ns, of);
        }
        c->nkinds += n > before;
    }
    for (int side = 0; side < 2; side++)
        c->ns[side] = weight[side] > 0 ? c->ns[side] / weight[side] : 0;
    judge_spread(s, c, z, n, &logs);
    free(z);
    free(logs.x[0]);
    free(logs.x[1]);
    if (s->c->split != TKI_TWO_SETS || s->x->alone)
        return TK_OK;
    return tki_cause_compare_sets(s, c);
}
