/* Tests of two sets: they keep their level whatever the sizes and weights, and see what is there. */
#include <math.h>

#include "compare/levels.h"
#include "make_trace.h"
#include "tap.h"

static double unit(uint64_t *seed)
{
    return ((double)(next_random(seed) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *seed)
{
    return sqrt(-2 * log(unit(seed))) * cos(6.283185307179586 * unit(seed));
}

enum { TRACES_MAX = 2000 };

struct sets {
    struct tki_trace_rec trace[TRACES_MAX];
    struct tki_member member[TRACES_MAX];
    struct tki_comparison c;
};

/* How the sides differ: B is shifted by a factor, a share of B is slower by 300 ms, B is sampled by its tail. */
struct how {
    size_t n[2];
    double sd, factor, minority;
    bool tail;
};

static void draw(struct sets *s, const struct how *h, uint64_t *seed)
{
    double wx[2] = {0, 0};
    memset(&s->c, 0, sizeof s->c);
    s->c.member = s->member;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < h->n[side]; i++) {
            double ms = 100 * exp(h->sd * normal(seed)), weight = 1;
            if (side == 1) {
                ms *= h->factor;
                ms += unit(seed) < h->minority ? 300 : 0;
            }
            if (side == 1 && h->tail && ms < 150) {
                if (unit(seed) > 0.1)
                    continue;
                weight = 10;
            }
            size_t at = s->c.nmembers++;
            s->trace[at] = (struct tki_trace_rec){.id = {next_random(seed), at}, .duration_ns = (int64_t)(1e6 * ms)};
            s->member[at] =
                (struct tki_member){.trace = &s->trace[at], .weight = weight, .fit = weight, .side = (uint8_t)side};
            s->c.side[side].traces++;
            s->c.side[side].weight += weight;
            wx[side] += weight * 1e6 * ms;
        }
    for (int side = 0; side < 2; side++)
        s->c.side[side].mean_ns = wx[side] / s->c.side[side].weight;
}

static bool any_certain(const struct tki_levels *l)
{
    bool any = false;
    for (int i = 0; i < TKI_LEVELS; i++)
        any = any || l->level[i].certain;
    return any;
}

/* In how many of `rounds` comparisons something is certain, and the interval of the mean holds the truth. */
static void simulate(const struct how *h, int rounds, uint32_t replicates, int *certain, int *covered)
{
    static struct sets s;
    uint64_t seed = 77;
    double truth = 1e8 * exp(h->sd * h->sd / 2) * (h->factor - 1);
    *certain = *covered = 0;
    for (int i = 0; i < rounds; i++) {
        struct tki_levels l;
        draw(&s, h, &seed);
        if (tki_levels_compare(&l, &s.c, (uint64_t)i, replicates) < 0)
            bail_out("out of memory");
        const struct tki_interval *x = &l.level[TKI_LEVEL_MEAN].interval;
        *certain += any_certain(&l);
        *covered += x->lo <= truth && truth <= x->hi;
    }
}

static bool slow; /* make check-slow: many more rounds */

static void test_null(void)
{
    static const struct {
        const char *name;
        struct how how;
    } cases[] = {
        {"400 against 40", {{400, 40}, 0.5, 1, 0, false}},
        {"20 against 20", {{20, 20}, 0.5, 1, 0, false}},
        {"sampled by the tail", {{300, 300}, 0.5, 1, 0, true}},
    };
    int rounds = slow ? 1000 : 120, most = slow ? 67 : 12; /* the level is 5 %; more comes once in 100 */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int certain, covered;
        simulate(&cases[i].how, rounds, 0, &certain, &covered);
        ok(certain <= most, "%s, nothing differs: a difference is certain in %d of %d", cases[i].name, certain, rounds);
    }
}

static void test_power(void)
{
    struct how minority = {{200, 200}, 0.3, 1, 0.15, false}, few = {{200, 5}, 0.5, 1, 0, false};
    int certain, covered;
    simulate(&minority, 40, 0, &certain, &covered);
    ok(certain >= 38, "15 %% of B take 300 ms more: certain in %d of 40", certain);
    simulate(&few, 20, 0, &certain, &covered);
    is_int(certain, 0, "with five traces on a side nothing is certain");
}

static void test_coverage(void)
{
    static const struct {
        struct how how;
        double least, most; /* parts of the rounds */
    } cases[] = {
        {{{20, 20}, 0.5, 1.2, 0, false}, 0.93, 0.97},  {{{40, 40}, 0.5, 1.2, 0, false}, 0.93, 0.97},
        {{{200, 50}, 1.0, 1.2, 0, false}, 0.90, 0.97}, {{{20, 20}, 0.3, 1.2, 0, false}, 0.93, 0.97},
        {{{20, 200}, 0.3, 1.2, 0, false}, 0.93, 0.97}, {{{20, 200}, 0.5, 1.2, 0, false}, 0.93, 0.97},
        {{{20, 200}, 1.0, 1.2, 0, false}, 0.90, 0.97}, {{{20, 20}, 0.8, 1.2, 0, false}, 0.90, 0.97},
        {{{20, 20}, 1.0, 1.2, 0, false}, 0.90, 0.975}, {{{40, 40}, 1.0, 1.2, 0, false}, 0.90, 0.97},
        {{{200, 50}, 0.5, 1.2, 0, false}, 0.93, 0.97},
    };
    int rounds = slow ? 2000 : 150, certain, covered;
    double luck = slow ? 0.005 : 0.04; /* a standard deviation of the count is half a percent */
    size_t n = slow ? sizeof cases / sizeof *cases : 3;
    for (size_t i = 0; i < n; i++) {
        simulate(&cases[i].how, rounds, slow ? 1000 : 300, &certain, &covered);
        double part = (double)covered / rounds;
        ok(part >= cases[i].least - luck && part <= cases[i].most + luck,
           "%zu against %zu, log-sd %.1f: the interval of the mean holds the truth in %d of %d", cases[i].how.n[0],
           cases[i].how.n[1], cases[i].how.sd, covered, rounds);
    }
}

static void test_rough(void)
{
    static struct sets s;
    uint64_t seed = 5;
    int rough[2] = {0, 0};
    for (int i = 0; i < 40; i++) {
        struct how how = {{60, 60}, i % 2 ? 1.6 : 0.5, 1, 0, false};
        struct tki_levels l;
        draw(&s, &how, &seed);
        if (tki_levels_compare(&l, &s.c, (uint64_t)i, 0) < 0)
            bail_out("out of memory");
        rough[i % 2] += l.rough;
    }
    is_int(rough[0], 0, "log-sd 0.5: no interval of the mean is called rough");
    is_int(rough[1], 20, "log-sd 1.6: all are");
}

/* All of a side took equally long but for one trace: replicates without it have no spread to be measured by. */
static void test_nearly_equal(void)
{
    static struct sets s;
    uint64_t seed = 3;
    struct how how = {{20, 20}, 0, 1.0 / 3, 0, false};
    struct tki_levels l;
    draw(&s, &how, &seed);
    s.trace[3].duration_ns += 1000000;
    s.c.side[0].mean_ns += 1e6 / 20;
    if (tki_levels_compare(&l, &s.c, 1, 1000) < 0)
        bail_out("out of memory");
    const struct tki_level_diff *d = &l.level[TKI_LEVEL_MEAN];
    ok(d->interval.lo <= d->diff_ns && d->interval.lo > d->diff_ns - 5e6 && d->interval.hi >= d->diff_ns &&
           d->interval.hi < d->diff_ns + 5e6,
       "nearly equal traces: %.0f in %.0f to %.0f ns", d->diff_ns, d->interval.lo, d->interval.hi);
}

static void test_permutation(void)
{
    static const double x[] = {1, 2, 3, 4, 5, 11, 12, 13, 14, 15}, w[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const uint8_t apart[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, mixed[] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    double p = tki_permutation_p(x, w, apart, 10, 1, TKI_PERMUTATIONS);
    /* of the 252 ways to choose five, two are as extreme */
    is_double(p, 2.0 / 252, 0.009, "sides that are apart: p %.4f", p);
    double one[120] = {0}, weight[120];
    uint8_t of[120];
    one[3] = 1;
    for (int i = 0; i < 120; i++) {
        of[i] = i >= 60;
        weight[i] = i < 60 || i % 2 ? 1 : 10;
    }
    ok(tki_permutation_p(one, weight, of, 120, 1, TKI_PERMUTATIONS) >= 0.5,
       "one value beside zeros tells nothing, whatever the weights are");
    ok(tki_permutation_p(x, w, mixed, 10, 1, TKI_PERMUTATIONS) > 0.3, "sides that are mixed");
    ok(tki_permutation_p(x, w, apart, 10, 1, TKI_PERMUTATIONS) == p, "the same seed, the same answer");
    ok(tki_permutation_p(x, w, (const uint8_t[]){0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 10, 1, TKI_PERMUTATIONS) == 1,
       "one value on a side proves nothing");
}

int main(void)
{
    slow = getenv("TRACEKIT_SLOW") != NULL;
    test_nearly_equal();
    test_permutation();
    test_null();
    test_power();
    test_coverage();
    test_rough();
    return done_testing();
}
