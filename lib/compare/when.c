/* When the traces of a cause came: in a burst, since a moment, in a rhythm. */
#include <math.h>
#include <stdlib.h>

#include "base/sort.h"
#include "compare/clues.h"

enum { CYCLES_MAX = 60, SCAN_MAX = 200, TRACES_MIN = 5, FEW_MIN = 3, FEW_MAX = 30, BURSTS_MIN = 3 };

#define SCAN_Z       3.9  /* allows for the number of intervals that are tried */
#define SCAN_ALONE_Z 4.5  /* likewise, and for the number of causes, where nothing but time tells that it is one */
#define OTHERS_MAX   0.6  /* of the other traces may lie in the same time */
#define INSIDE_MIN   0.65 /* of the cause's own must */
#define END_SHARE    0.02 /* of the others may come behind what is said to last until the end */
#define RESULTANT    0.8  /* length of the mean of the phases, 1 when all are one */
#define RAYLEIGH     8.0  /* n R^2: by chance once in e^8 for each period that is tried */
#define RAYLEIGH_ANY 12.0 /* likewise, of the many that are no round time */
#define OTHERS_PHASE 0.4
#define ALL_BEHIND_P 1e-3 /* of few traces all since a moment, or all until one, by chance */
#define ARC_P        5e-5 /* of few traces all in one part of a period, by chance, for each period that is tried */
#define ARC_ANY_P    4e-6 /* likewise, of the many that are no round time */
#define ORDER_P      2e-3 /* likewise, that in this part nearly all traces are theirs */
#define ORDER_ANY_P  2e-4

struct moments {
    int64_t *t[2];
    size_t n[2];
    bool few; /* what few of them say counts, too */
};

static int cmp_i64(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

static size_t others_up_to(const struct moments *m, int64_t t)
{
    return tki_count_up_to_i64(m->t[0], m->n[0], t);
}

static void try_interval(const struct moments *m, size_t i, size_t k, struct tki_moment *w)
{
    int64_t from = m->t[1][i], to = m->t[1][k];
    double in = (double)(k - i + 1), of = (double)m->n[1];
    size_t before = from > INT64_MIN ? others_up_to(m, from - 1) : 0;
    double others = (double)(others_up_to(m, to) - before);
    if (in < INSIDE_MIN * of || others > OTHERS_MAX * (double)m->n[0])
        return;
    double low = tki_newcombe(others, (double)m->n[0], in, of, m->few ? SCAN_Z : SCAN_ALONE_Z).lo;
    if (low < TKI_CLUE_MIN || low <= w->low)
        return;
    *w = (struct tki_moment){.type = TKI_WHEN_BURST,
                             .from_ns = from,
                             .to_ns = to,
                             .inside = {(size_t)others, k - i + 1},
                             .first_ns = w->first_ns,
                             .last_ns = w->last_ns,
                             .low = low};
}

/* A burst that lasts until the end is a change since a moment; one from the beginning ended at a moment. */
static void name_interval(const struct moments *m, struct tki_moment *w)
{
    double few = END_SHARE * (double)m->n[0];
    size_t before = others_up_to(m, w->from_ns - 1), behind = m->n[0] - others_up_to(m, w->to_ns);
    if (w->type != TKI_WHEN_BURST)
        return;
    if ((double)behind <= few)
        w->type = TKI_WHEN_SINCE;
    else if ((double)before <= few)
        w->type = TKI_WHEN_UNTIL;
}

static void scan(const struct moments *m, struct tki_moment *w)
{
    size_t step = m->n[1] / SCAN_MAX + 1;
    for (size_t i = 0; i < m->n[1]; i += step) {
        for (size_t k = i; k < m->n[1]; k += step)
            try_interval(m, i, k, w);
        try_interval(m, i, m->n[1] - 1, w);
    }
    name_interval(m, w);
}

/* The chance that `own` of all traces lie among the `part` last ones, or the first ones. */
static double chance_of(size_t own, size_t part, size_t all)
{
    double p = 1;
    for (size_t i = 0; i < own; i++)
        p *= (double)(part - i) / (double)(all - i);
    return p;
}

/* Few traces cannot fill an interval, but all of them since a moment, or until one, are as rare as counting says. */
static void find_few(const struct moments *m, struct tki_moment *w)
{
    size_t own = m->n[1], others = m->n[0];
    int64_t first = m->t[1][0], last = m->t[1][own - 1];
    size_t behind = others - others_up_to(m, first - 1), before = others_up_to(m, last);
    bool since = chance_of(own, own + behind, own + others) <= ALL_BEHIND_P;
    bool until = chance_of(own, own + before, own + others) <= ALL_BEHIND_P;
    if (w->type != TKI_WHEN_ALWAYS || since == until || own > FEW_MAX ||
        (double)(since ? behind : before) > OTHERS_MAX * (double)others)
        return;
    w->type = since ? TKI_WHEN_SINCE : TKI_WHEN_UNTIL;
    w->from_ns = first;
    w->to_ns = last;
    w->inside[0] = since ? behind : before;
    w->inside[1] = own;
    w->low = TKI_CLUE_MIN;
}

static double resultant(const int64_t *t, size_t n, int64_t period)
{
    double x = 0, y = 0;
    for (size_t i = 0; i < n; i++) {
        double phase = 2 * M_PI * (double)(t[i] % period) / (double)period;
        x += cos(phase);
        y += sin(phase);
    }
    return n ? sqrt(x * x + y * y) / (double)n : 0;
}

static size_t cycles(const int64_t *t, size_t n, int64_t period)
{
    size_t found = 0;
    int64_t last = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || t[i] - last > period / 2) {
            found++;
            last = t[i];
        }
    return found;
}

/* The smallest part of a period that holds few traces: where it begins, and how long it is. */
static void find_arc(const int64_t *t, size_t n, int64_t period, int64_t *from, int64_t *length)
{
    int64_t phase[FEW_MAX] = {0}, free = -1;
    for (size_t i = 0; i < n; i++)
        phase[i] = t[i] % period;
    qsort(phase, n, sizeof *phase, cmp_i64);
    for (size_t i = 0; i < n; i++) {
        int64_t next = phase[i + 1 < n ? i + 1 : 0], gap = i + 1 < n ? next - phase[i] : next + period - phase[i];
        if (gap > free) {
            free = gap;
            *from = next;
        }
    }
    *length = period - free;
}

/* How rare by chance a rhythm must be. */
struct rare {
    double rayleigh, arc_p, order_p;
};

/* Few traces: is it rare that they lie in as small a part of a period as these do, or that of all traces they are so
 * much among themselves there?  The second is the chance that of all moments on a circle so many neighbours hold all
 * of them. */
static bool is_rare_arc(const struct moments *m, int64_t period, const struct rare *need)
{
    int64_t from = 0, length;
    size_t n = m->n[1], all = n + m->n[0], within = n;
    if (n < TRACES_MIN || n > FEW_MAX)
        return false;
    find_arc(m->t[1], n, period, &from, &length);
    double part = (double)length / (double)period;
    if (part >= 0.5)
        return false;
    for (size_t i = 0; i < m->n[0]; i++)
        within += (m->t[0][i] % period - from + period) % period <= length;
    double ln = lgamma((double)within + 1) - lgamma((double)(within - n) + 1) - lgamma((double)all + 1) +
                lgamma((double)(all - n) + 1) + log((double)all);
    return (double)n * pow(part, (double)(n - 1)) <= need->arc_p || ln <= log(need->order_p);
}

static void try_period(const struct moments *m, int64_t period, const struct rare *need, struct tki_moment *w,
                       double *best)
{
    if (period < 1000000 || (w->last_ns - w->first_ns) / period < BURSTS_MIN - 1)
        return;
    double r = resultant(m->t[1], m->n[1], period), score = (double)m->n[1] * r * r;
    if (r < RESULTANT || r <= *best || (score < need->rayleigh && !is_rare_arc(m, period, need)))
        return;
    double others = resultant(m->t[0], m->n[0], period);
    size_t bursts = cycles(m->t[1], m->n[1], period);
    /* every second beat of a rhythm is a rhythm, too: at least half of its beats must be there */
    bool beats = bursts >= BURSTS_MIN && (int64_t)bursts * 2 >= (m->t[1][m->n[1] - 1] - m->t[1][0]) / period;
    if (others > OTHERS_PHASE || !beats)
        return;
    *best = r;
    *w = (struct tki_moment){.type = TKI_WHEN_RHYTHM,
                             .from_ns = m->t[1][0],
                             .to_ns = m->t[1][m->n[1] - 1],
                             .period_ns = period,
                             .bursts = bursts,
                             .inside = {0, m->n[1]},
                             .first_ns = w->first_ns,
                             .last_ns = w->last_ns,
                             .low = r};
}

/* What comes every 4 s fits 2 s as well, with every second beat missing: the time from burst to burst is what is said.
 */
static void name_period(const struct moments *m, struct tki_moment *w)
{
    if (w->type != TKI_WHEN_RHYTHM || w->bursts < 2)
        return;
    int64_t times = llround((double)(w->to_ns - w->from_ns) / (double)w->period_ns / (double)(w->bursts - 1));
    int64_t period = w->period_ns * (times > 1 ? times : 1);
    double r = resultant(m->t[1], m->n[1], period);
    if (times < 2 || r < RESULTANT || resultant(m->t[0], m->n[0], period) > OTHERS_PHASE)
        return;
    w->period_ns = period;
    w->bursts = cycles(m->t[1], m->n[1], period);
    w->low = r;
}

/* How rare a rhythm must be: where nothing but time tells that there is a cause, at any of those that are tried. */
static struct rare rare_enough(const struct moments *m, struct rare r)
{
    double causes = m->few ? 1 : TKI_LOOK_CAUSES;
    return (struct rare){r.rayleigh + log(causes), r.arc_p / causes, r.order_p / causes};
}

static void find_rhythm(const struct moments *m, struct tki_moment *w)
{
    static const int seconds[] = {1,   2,   3,   5,   6,   10,   12,   15,   20,    30,    60,
                                  120, 180, 300, 600, 900, 1200, 1800, 3600, 21600, 43200, 86400};
    const struct rare round = rare_enough(m, (struct rare){RAYLEIGH, ARC_P, ORDER_P});
    const struct rare any = rare_enough(m, (struct rare){RAYLEIGH_ANY, ARC_ANY_P, ORDER_ANY_P});
    double best = 0;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        try_period(m, (int64_t)seconds[i] * 1000000000, &round, w, &best);
    if (w->type == TKI_WHEN_RHYTHM)
        return;
    for (int i = 4 * BURSTS_MIN; i < 4 * CYCLES_MAX; i++) /* all periods, from a third of the dump down */
        try_period(m, (w->last_ns - w->first_ns) * 4 / i, &any, w, &best);
}

static void find(struct tki_moment *w, int64_t *t[2], const size_t n[2], bool few, bool rhythm)
{
    struct moments m = {.t = {t[0], t[1]}, .n = {n[0], n[1]}, .few = few};
    memset(w, 0, sizeof *w);
    for (int side = 0; side < 2; side++)
        qsort(m.t[side], m.n[side], sizeof **m.t, cmp_i64);
    if (m.n[1] < (few ? FEW_MIN : TRACES_MIN) || m.n[0] < TRACES_MIN)
        return;
    w->first_ns = m.t[0][0] < m.t[1][0] ? m.t[0][0] : m.t[1][0];
    int64_t a = m.t[0][m.n[0] - 1], b = m.t[1][m.n[1] - 1];
    w->last_ns = a > b ? a : b;
    if (m.n[1] >= TRACES_MIN) {
        scan(&m, w);
        if (rhythm || w->type != TKI_WHEN_ALWAYS)
            find_rhythm(&m, w);
        name_period(&m, w);
    }
    if (few)
        find_few(&m, w);
}

void tki_moment_find(struct tki_moment *w, int64_t *t[2], const size_t n[2], bool few)
{
    find(w, t, n, few, true);
}

void tki_moment_find_span(struct tki_moment *w, int64_t *t[2], const size_t n[2])
{
    find(w, t, n, false, false);
    if (w->type == TKI_WHEN_RHYTHM)
        w->type = TKI_WHEN_ALWAYS;
}

int tki_when_find(struct tki_moment *w, const struct tki_look *l, size_t cause)
{
    const struct tki_evidence *e = &l->evidence[cause];
    size_t n[2] = {0, 0};
    int64_t *t[2];
    t[0] = malloc((e->n + 1) * sizeof **t);
    t[1] = malloc((e->n + 1) * sizeof **t);
    if (t[0] && t[1]) {
        for (size_t i = 0; i < e->n; i++)
            if (l->c->split != TKI_TWO_SETS || l->c->member[e->seen[i].member].side == 1) /* A has another time */
                t[e->seen[i].in][n[e->seen[i].in]++] = e->seen[i].start_ns;
        tki_moment_find(w, t, n, l->causes->cause[cause].outlying);
    }
    int rc = t[0] && t[1] ? TK_OK : TK_ENOMEM;
    free(t[0]);
    free(t[1]);
    return rc;
}
