#include "compare/steps.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

#define POINTS      0.10 /* a smaller difference is no finding ... */
#define SURE_POINTS 0.03
#define RARE_POINTS 0.01 /* ... but of two sets one that B lacks so often, and so many times as often as A */
#define RARE_TIMES  5
#define ALL_REACH_P 0.04 /* by chance, at any of the steps that all of A reach */
#define RARE_P      0.01 /* likewise, at any of the others */
#define USUAL       0.5  /* of the fast traces that reach a step, at least */
#define LACK_MIN    0.02 /* of the traces that lack it, to look at when */
#define LACK_MAX    0.7

struct reach { /* by path */
    size_t n[2];
    bool told;
    double p; /* that B lacks it so much more often than A by chance; 1: it is reached as often as what calls it */
};

struct step_search {
    struct tki_steps *x;
    const struct tki_comparison *c;
    const struct tki_profile *p;
    struct reach *reach;
    uint32_t *paths; /* touched */
    uint32_t npaths;
    int64_t *time[2]; /* of traces that have a step, that lack it */
};

static void count_reach(struct step_search *s, const struct tki_kind *k)
{
    for (uint32_t i = 0; i < s->npaths; i++)
        s->reach[s->paths[i]] = (struct reach){0};
    s->npaths = 0;
    for (size_t i = k->first; i < k->first + k->n; i++) {
        const struct tki_member *m = &s->c->member[i];
        struct tki_path_rows at = tki_path_rows(m->trace);
        for (uint32_t j = 0; m->drawn && j < m->trace->npaths; j++) {
            uint32_t path = tki_next_path(&at);
            if (!s->reach[path].n[0] && !s->reach[path].n[1])
                s->paths[s->npaths++] = path;
            s->reach[path].n[m->side]++;
        }
    }
}

static int cmp_u32(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return (a > b) - (a < b);
}

static int add_step(struct step_search *s, const struct tki_step *step)
{
    if (TKI_GROW(s->x->step, s->x->cap, s->x->n + 1) < 0)
        return TK_ENOMEM;
    s->x->step[s->x->n++] = *step;
    s->reach[step->path].told = true;
    return TK_OK;
}

/* Paths are numbered parents first, so the topmost one comes first. */
static bool below_told(struct step_search *s, uint32_t path)
{
    uint32_t up = s->p->paths.path[path].parent;
    if (up != TK_NONE && s->reach[up].told)
        s->reach[path].told = true;
    return s->reach[path].told;
}

static double z_of(uint32_t tests)
{
    return sqrt(2 * log(10 * (double)tests + 40)); /* a bound of the quantile at 0.05 / tests */
}

static double ln_choose(size_t n, size_t k)
{
    return lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
}

/* The chance that of all traces that lack it so many or more are B's (Fisher's exact test). */
static double chance_of(const size_t lack[2], const size_t of[2])
{
    size_t lacks = lack[0] + lack[1], most = lacks < of[1] ? lacks : of[1];
    double p = 0, all = ln_choose(of[0] + of[1], lacks);
    for (size_t i = lack[1]; i <= most; i++)
        if (lacks - i <= of[0])
            p += exp(ln_choose(of[1], i) + ln_choose(of[0], lacks - i) - all);
    return fmin(p, 1);
}

static bool all_reach(const struct tki_kind *k, const struct reach *r)
{
    return r->n[0] == k->drawn[0];
}

/* A step that is reached less often than what calls it. */
static bool is_left_out(const struct step_search *s, const struct tki_kind *k, uint32_t path)
{
    uint32_t up = path < TKI_PATH_FIRST ? TK_NONE : s->p->paths.path[path].parent;
    const struct reach *r = &s->reach[path];
    bool known = up != TK_NONE && up >= TKI_PATH_FIRST;
    return r->n[0] + r->n[1] < (known ? s->reach[up].n[0] + s->reach[up].n[1] : k->drawn[0] + k->drawn[1]);
}

/* Of two sets without weights: how likely each step is by chance, for rarely_lacks.  Steps that all of A reach, and
 * the others, have levels of their own; those whose counts could not tell at that level take no part (Tarone's method).
 */
static void judge_rare(struct step_search *s, const struct tki_kind *k)
{
    size_t tests[2] = {0, 0};
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < s->npaths; i++) {
            struct reach *r = &s->reach[s->paths[i]];
            size_t of[2] = {k->drawn[0], k->drawn[1]}, lack[2] = {of[0] - r->n[0], of[1] - r->n[1]};
            size_t most = lack[0] + lack[1] < of[1] ? lack[0] + lack[1] : of[1];
            bool all = all_reach(k, r);
            if (pass == 0) {
                bool could = is_left_out(s, k, s->paths[i]) &&
                             chance_of((size_t[2]){lack[0] + lack[1] - most, most}, of) <= (all ? ALL_REACH_P : RARE_P);
                tests[all] += could;
                r->p = could ? chance_of(lack, of) : 1;
            } else {
                r->p = fmin(r->p * (double)(tests[all] ? tests[all] : 1), 1);
            }
        }
}

/* Few of B's traces lack a step that nearly all of A's reach. */
static bool rarely_lacks(const struct step_search *s, const struct tki_kind *k, const struct reach *r)
{
    if (s->c->split != TKI_TWO_SETS || s->c->weighted || !k->drawn[0] || !k->drawn[1])
        return false;
    double lack[2];
    for (int side = 0; side < 2; side++)
        lack[side] = 1 - (double)r->n[side] / (double)k->drawn[side];
    return r->p <= (all_reach(k, r) ? ALL_REACH_P : RARE_P) && lack[1] >= RARE_POINTS &&
           lack[1] >= RARE_TIMES * lack[0];
}

static bool sides_differ(const struct step_search *s, const struct tki_kind *k, const struct reach *r)
{
    double of[2] = {(double)k->drawn[0], (double)k->drawn[1]};
    if (k->drawn[0] == 0 || k->drawn[1] == 0 || (double)r->n[0] < USUAL * of[0])
        return false;
    double diff = (double)r->n[0] / of[0] - (double)r->n[1] / of[1];
    return diff >= POINTS &&
           tki_newcombe((double)r->n[1], of[1], (double)r->n[0], of[0], z_of(s->npaths)).lo > SURE_POINTS;
}

static bool trace_has(const struct tki_trace_rec *t, uint32_t path)
{
    struct tki_path_rows at = tki_path_rows(t);
    for (uint32_t i = 0; i < t->npaths; i++)
        if (tki_next_path(&at) == path)
            return true;
    return false;
}

/* A trace that calls the operation where few of the fast ones call it: deeper in a recursion, or under a new span. */
static bool has_moved(const struct step_search *s, const struct tki_trace_rec *t, uint32_t path)
{
    struct tki_path_rows at = tki_path_rows(t);
    for (uint32_t i = 0; i < t->npaths; i++) {
        uint32_t other = tki_next_path(&at);
        if (other >= TKI_PATH_FIRST && s->p->paths.path[other].key == s->p->paths.path[path].key &&
            (double)s->reach[other].n[0] < USUAL * (double)s->reach[path].n[0])
            return true;
    }
    return false;
}

static bool reaches(const struct step_search *s, const struct tki_trace_rec *t, uint32_t path)
{
    return trace_has(t, path) || has_moved(s, t, path);
}

/* By how many of each side a step is reached, here or where it has moved to; returns whether any has it elsewhere. */
static bool count_moved(const struct step_search *s, const struct tki_kind *k, uint32_t path, struct reach *r)
{
    const size_t here[2] = {r->n[0], r->n[1]};
    r->n[0] = r->n[1] = 0;
    for (size_t i = k->first; i < k->first + k->n; i++)
        r->n[s->c->member[i].side] += s->c->member[i].drawn && reaches(s, s->c->member[i].trace, path);
    return r->n[0] > here[0] || r->n[1] > here[1];
}

/* Is it reached less often, even if it is looked for elsewhere? */
static bool is_missing(const struct step_search *s, const struct tki_kind *k, uint32_t path, struct reach *r)
{
    if (!sides_differ(s, k, r) && !rarely_lacks(s, k, r))
        return false;
    return !count_moved(s, k, path, r) || sides_differ(s, k, r);
}

/* When the traces came that lack it. */
static bool at_a_time(struct step_search *s, const struct tki_kind *k, uint32_t path, struct tki_step *step)
{
    size_t n[2] = {0, 0};
    for (size_t i = k->first; i < k->first + k->n; i++) {
        if (!s->c->member[i].drawn)
            continue;
        bool lacks = !reaches(s, s->c->member[i].trace, path);
        s->time[lacks][n[lacks]++] = s->c->member[i].trace->start_ns;
    }
    tki_moment_find_span(&step->when, s->time, n);
    if (step->when.type == TKI_WHEN_ALWAYS)
        return false;
    size_t all[2] = {n[0] + n[1], step->when.inside[0] + step->when.inside[1]};
    step->of[1] = all[1];
    step->with[1] = step->when.inside[0];
    step->of[0] = all[0] - all[1];
    step->with[0] = n[0] - step->when.inside[0];
    return step->of[0] > 0;
}

static int look_at_kind(struct step_search *s, uint32_t kind, bool two_sets)
{
    const struct tki_kind *k = &s->c->kind[kind];
    count_reach(s, k);
    qsort(s->paths, s->npaths, sizeof *s->paths, cmp_u32);
    judge_rare(s, k);
    for (uint32_t i = 0; i < s->npaths; i++) {
        uint32_t path = s->paths[i];
        struct reach r = s->reach[path];
        double lacks = 1 - (double)(r.n[0] + r.n[1]) / (double)(k->drawn[0] + k->drawn[1]);
        if (path < TKI_PATH_FIRST || below_told(s, path))
            continue;
        bool yes = is_missing(s, k, path, &r);
        struct tki_step step = {.path = path, .kind = kind, .with = {r.n[0], r.n[1]}, .of = {k->drawn[0], k->drawn[1]}};
        if (!yes && !two_sets && lacks >= LACK_MIN && lacks <= LACK_MAX)
            yes = at_a_time(s, k, path, &step);
        if (yes && add_step(s, &step) < 0)
            return TK_ENOMEM;
    }
    return TK_OK;
}

static double drop_of(const struct tki_step *s)
{
    return (double)s->with[0] / (double)s->of[0] - (double)s->with[1] / (double)s->of[1];
}

static int cmp_step(const void *pa, const void *pb, void *profile)
{
    const struct tki_step *a = pa, *b = pb;
    const struct tki_profile *p = profile;
    double x = drop_of(a), y = drop_of(b);
    if (x != y)
        return x > y ? -1 : 1;
    int c = tki_path_cmp(&p->paths, &p->keys, a->path, b->path);
    return c ? c : (a->kind > b->kind) - (a->kind < b->kind);
}

static void count_failures(struct tki_failures *f, const struct tki_comparison *c)
{
    for (size_t i = 0; i < c->nmembers; i++) {
        const struct tki_member *m = &c->member[i];
        f->of[m->side] += m->drawn;
        f->failed[m->side] += m->drawn && m->trace->failed;
        f->errors[m->side] += m->drawn && m->trace->errors > 0;
    }
}

int tki_steps_find(struct tki_steps *x, const struct tki_comparison *c, const struct tki_profile *p)
{
    struct step_search s = {.x = x, .c = c, .p = p};
    memset(x, 0, sizeof *x);
    s.reach = calloc((size_t)p->paths.n + 1, sizeof *s.reach);
    s.paths = calloc((size_t)p->paths.n + 1, sizeof *s.paths);
    s.time[0] = malloc((c->nmembers + 1) * sizeof **s.time);
    s.time[1] = malloc((c->nmembers + 1) * sizeof **s.time);
    int rc = s.reach && s.paths && s.time[0] && s.time[1] ? TK_OK : TK_ENOMEM;
    bool two_sets = false;
    for (size_t i = 0; i < c->nmembers && !two_sets; i++)
        two_sets = c->member[i].trace->set != 0;
    for (uint32_t i = 0; i < c->nkinds && rc == TK_OK; i++)
        rc = look_at_kind(&s, i, two_sets);
    if (rc == TK_OK && x->n)
        qsort_r(x->step, x->n, sizeof *x->step, cmp_step, (void *)p);
    count_failures(&x->failures, c);
    free(s.reach);
    free(s.paths);
    free(s.time[0]);
    free(s.time[1]);
    if (rc < 0)
        tki_steps_free(x);
    return rc;
}

void tki_steps_free(struct tki_steps *x)
{
    free(x->step);
    memset(x, 0, sizeof *x);
}
