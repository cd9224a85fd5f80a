/* The comparison: differences that add up, sides that mirror, no dependence on order, findings that are
 * there. */
#include <math.h>

#include "compare/dark.h"
#include "compare/scratch.h"
#include "make_trace.h"
#include "model/weight.h"
#include "tap.h"

static bool near(double x, double y)
{
    return fabs(x - y) <= 1e-9 * (1 + fabs(x) + fabs(y));
}

enum { MS = 1000000 };

/* A checkout: the slow kind waits 41 ms between its two calls and calls the database n times. */
static void checkout(struct tk_batch *b, uint64_t *seed, uint32_t number, bool slow)
{
    uint64_t jitter = below(seed, MS), gap = slow ? 41 * MS : MS, at = 2 * MS + jitter;
    uint32_t queries = slow ? 3 : 1;
    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 0, TK_KIND_SERVER, "shop", "POST /checkout");
    add_span(b, 2, 1, MS, 0, TK_KIND_INTERNAL, "shop", "place_order");
    for (uint32_t i = 0; i < queries; i++, at += 10 * MS)
        add_span(b, 10 + i, 2, at, at + 10 * MS, TK_KIND_CLIENT, "shop", "SELECT users");
    at += gap;
    add_span(b, 20, 2, at, at + 5 * MS, TK_KIND_CLIENT, "shop", "POST /charge");
    if (slow && number % 2)
        add_span(b, 21, 20, at + MS, at + 3 * MS, TK_KIND_SERVER, "bank", "audit");
    b->spans[1].end_ns = T0 + at + 6 * MS;
    b->spans[0].end_ns = T0 + at + 7 * MS;
    uint64_t id = number * 2654435761u + 1;
    for (uint32_t i = 0; i < b->nspans; i++)
        b->spans[i].trace_id = (tk_id128){id, number};
}

struct run {
    struct tki_profile p;
    struct tki_comparison c;
    struct tki_darkness d;
};

enum { MIRROR = 1, REVERSE = 2, WEIGH = 4, SAME = 8, POOL = 16 };

static void run_init(struct run *r, unsigned how, struct tki_compare_opts o)
{
    struct tk_batch *b = tk_batch_new();
    static const char *const states[] = {"ot=th:8", "ot=th:c", "vendor=1,ot=th:0", ""};
    struct tki_profile_opts po = {.keep_names = false};
    if (tki_profile_init(&r->p, &po) < 0)
        abort();
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t k = how & REVERSE ? 199 - i : i;
        bool second = k >= 100;
        uint32_t number = how & SAME ? k % 100 : k;
        uint64_t seed = number;
        checkout(b, &seed, number, how & SAME ? number % 3 == 0 : second ? k % 10 != 0 : k % 10 == 0);
        for (uint32_t s = 0; s < b->nspans && how & WEIGH; s++)
            b->spans[s].trace_state = text(states[(number + (s == 1)) % 4]);
        struct tk_batch *c = how & REVERSE ? permuted(b, &seed) : b;
        if (tki_profile_add(&r->p, c, how & POOL ? 0 : (how & MIRROR ? !second : second)) < 0)
            abort();
        if (c != b)
            tk_batch_free(c);
    }
    tk_batch_free(b);
    if (tki_compare(&r->c, &r->p, &o) < 0 || tki_dark_find(&r->d, &r->c, &r->p, 20 * MS) < 0)
        abort();
}

static void run_free(struct run *r)
{
    tki_darkness_free(&r->d);
    tki_comparison_free(&r->c);
    tki_profile_free(&r->p);
}

static tk_str name_of(const struct run *r, uint32_t path)
{
    return r->p.keys.key[r->p.paths.path[path].key].name;
}

static const struct tki_path_diff *find(const struct run *r, const char *name)
{
    for (size_t i = 0; i < r->c.npaths; i++)
        if (tki_str_eq(name_of(r, r->c.path[i].path), text(name)))
            return &r->c.path[i];
    abort();
}

static bool adds_up(const struct tki_comparison *c)
{
    double sum = 0;
    for (size_t i = 0; i < c->npaths; i++) {
        sum += c->path[i].diff_ns;
        if (!near(c->path[i].diff_ns, c->path[i].more_ns + c->path[i].slower_ns + c->path[i].overlap_ns))
            return false;
    }
    return near(sum, c->diff_ns);
}

static void test_two_sets(void)
{
    struct run r;
    struct tki_compare_opts o = tki_compare_defaults;
    o.split = false;
    o.seed = 1;
    run_init(&r, 0, o);
    const struct tki_comparison *c = &r.c;
    ok(c->side[0].traces == 100 && c->side[1].traces == 100 && c->side[0].n_eff == 100 && !c->weighted,
       "100 traces a side");
    ok(adds_up(c), "the differences of all paths add up to the difference of the mean durations");
    ok(near(c->diff_ns, 0.8 * 60 * MS + (c->side[1].mean_ns - c->side[0].mean_ns - 0.8 * 60 * MS)) &&
           c->diff_ns > 47 * MS && c->diff_ns < 49 * MS,
       "80 of 100 traces are 60 ms slower: 48 ms");
    ok(tki_str_eq(name_of(&r, c->path[0].path), text("place_order")), "most of it in place_order itself");
    const struct tki_path_diff *sql = find(&r, "SELECT users");
    ok(near(sql->calls[0], 1.2) && near(sql->calls[1], 2.8) && near(sql->more_ns, 16.0 * MS) &&
           fabs(sql->slower_ns) < 1,
       "more calls of SELECT users, none of them slower");
    ok(near(sql->ns[TKI_TOTAL][1], 28.0 * MS) && near(sql->ns[TKI_SELF][1], 28.0 * MS),
       "total and self time of leaves");
    ok(sql->sure->interval.lo < sql->diff_ns && sql->diff_ns < sql->sure->interval.hi &&
           sql->sure->interval.lo > 10 * MS && sql->sure->has_interval,
       "bootstrap interval [%.1f, %.1f] ms", sql->sure->interval.lo / 1e6, sql->sure->interval.hi / 1e6);
    const struct tki_path_diff *audit = find(&r, "audit");
    ok(audit->traces[0] == 0 && audit->traces[1] == 50 && near(audit->share[1], 0.5) &&
           tki_path_share_diff(c, audit).lo > 0.38,
       "audit is called on one side only");
    ok(audit->more_ns == audit->diff_ns || near(audit->more_ns, audit->diff_ns), "which is all more calls");
    const struct tki_test *t = &c->path[0].sure->test[TKI_CPATH];
    ok(t->done && t->significant && t->q <= 0.01, "tested: it differs");
    ok(!find(&r, "POST /charge")->sure->test[TKI_TOTAL].significant &&
           find(&r, "POST /charge")->sure->test[TKI_TOTAL].done,
       "what did not change is not a discovery");
    ok(audit->sure->test[TKI_CPATH].done && audit->sure->test[TKI_CPATH].q <= 0.01 &&
           !audit->sure->test[TKI_CPATH].significant,
       "and tested: it differs by less than matters");
    ok(c->duration.done && c->duration.significant, "durations differ");
    ok(c->nmix == 1 && c->mix_distance == 0, "the same requests");
    run_free(&r);
}

static void test_dark(void)
{
    struct run r;
    struct tki_compare_opts o = tki_compare_defaults;
    o.split = false;
    run_init(&r, 0, o);
    ok(r.d.n == 1, "one place of dark time");
    const struct tki_dark *d = &r.d.dark[0];
    const struct tki_unit_sig *g = &r.p.unit[d->unit];
    ok(g->type == TKI_PIECE_BETWEEN && tki_str_eq(r.p.keys.key[g->prev].name, text("SELECT users")) &&
           tki_str_eq(r.p.keys.key[g->next].name, text("POST /charge")) &&
           tki_str_eq(name_of(&r, g->path), text("place_order")),
       "in place_order between SELECT users and POST /charge");
    ok(d->traces == 100 && d->p50_ns == 41 * MS && d->p95_ns == 41 * MS && d->max_ns == 41 * MS, "41 ms in 100 traces");
    ok(near(d->total_ns, 4100.0 * MS) && near(r.d.total_ns, d->total_ns) && d->share > 0.5 && d->share < 1,
       "which is most of their time");
    run_free(&r);
}

static bool same_result(const struct run *x, const struct run *y, double sign)
{
    if (x->c.npaths != y->c.npaths || x->c.diff_ns != sign * y->c.diff_ns || x->d.n != y->d.n)
        return false;
    for (size_t i = 0; i < x->c.npaths; i++) {
        const struct tki_path_diff *a = &x->c.path[i], *b = &y->c.path[i];
        bool swap = sign < 0;
        if (!tki_str_eq(name_of(x, a->path), name_of(y, b->path)) || a->diff_ns != sign * b->diff_ns ||
            a->more_ns != sign * b->more_ns || a->slower_ns != sign * b->slower_ns || a->share[0] != b->share[swap] ||
            a->sure->interval.lo != (swap ? -b->sure->interval.hi : b->sure->interval.lo) ||
            a->sure->test[0].p != b->sure->test[0].p || a->sure->test[0].q != b->sure->test[0].q ||
            a->overlap_ns != sign * b->overlap_ns)
            return false;
    }
    for (size_t i = 0; i < x->d.n; i++)
        if (x->d.dark[i].total_ns != y->d.dark[i].total_ns || x->d.dark[i].p50_ns != y->d.dark[i].p50_ns)
            return false;
    return true;
}

static void test_symmetry(void)
{
    struct run r, s;
    struct tki_compare_opts o = tki_compare_defaults;
    o.split = false;
    for (unsigned weigh = 0; weigh <= WEIGH; weigh += WEIGH) {
        const char *with = weigh ? "with weights" : "without weights";
        run_init(&r, weigh, o);
        run_init(&s, weigh | REVERSE, o);
        ok(same_result(&r, &s, 1) && adds_up(&r.c), "%s: the order of traces and spans changes nothing", with);
        run_free(&s);
        run_init(&s, weigh | MIRROR, o);
        ok(same_result(&r, &s, -1), "%s: swapped sides negate every difference", with);
        run_free(&s);
        run_free(&r);
        run_init(&r, weigh | SAME, o);
        bool none = r.c.diff_ns == 0 && r.c.discoveries == 0 && !r.c.duration.significant;
        for (size_t i = 0; i < r.c.npaths; i++)
            none = none && r.c.path[i].diff_ns == 0 && r.c.path[i].sure->interval.lo == 0 &&
                   r.c.path[i].sure->interval.hi == 0;
        ok(none && r.c.npaths > 3, "%s: a set does not differ from itself", with);
        run_free(&r);
    }
}

static void test_weights(void)
{
    struct run r;
    struct tki_compare_opts o = tki_compare_defaults;
    o.split = false;
    run_init(&r, WEIGH, o);
    /* The states of two neighbours meet in a trace, and the higher threshold counts: weights 4, 4, 1, 2. */
    ok(r.c.weighted && near(r.c.side[0].weight, 25 * (4 + 4 + 1 + 2)), "weights of 100 traces add up to %g",
       r.c.side[0].weight);
    ok(near(r.c.side[0].n_eff, 275.0 * 275 / (25 * (16 + 16 + 1 + 4))) && r.c.side[0].unknown == 0, "effective number");
    run_free(&r);
}

static void test_split(void)
{
    struct run r;
    struct tki_compare_opts o = tki_compare_defaults;
    run_init(&r, POOL, o);
    ok(r.c.pooled == 200 && r.c.side[0].traces == 100 && r.c.side[0].max_ns == r.c.split_ns[0], "A is the faster half");
    ok(r.c.side[1].traces >= 10 && r.c.side[1].traces <= 20 && r.c.side[1].p50_ns >= r.c.split_ns[1],
       "B is the slowest 5 %%");
    ok(!r.c.duration.done && r.c.tests == 0 && adds_up(&r.c), "split by duration, durations are not tested");
    run_free(&r);
    o.q[0] = 0.99;
    o.q[1] = 1;
    run_init(&r, POOL | SAME, o);
    ok(r.c.side[0].traces + r.c.side[1].traces == 200, "nobody is on both sides");
    run_free(&r);
}

static void test_threshold(void)
{
    struct tk_batch *b = tk_batch_new();
    add_span(b, 1, 0, 0, 10, 0, "s", "root");
    ok(!tki_rate_known(tki_trace_rate(b)), "nothing says");
    struct tk_attr *a = tk_batch_add_attr(b);
    a->key = text("sampler.type");
    a->value = (struct tk_value){.type = TK_STRING, .n = 13, .v.s = "probabilistic"};
    a = tk_batch_add_attr(b);
    a->key = text("sampler.param");
    a->value = (struct tk_value){.type = TK_DOUBLE, .v.d = 0.25};
    b->spans[0].attrs = (tk_range){0, 2};
    ok(tki_rate_known(tki_trace_rate(b)) && tki_rate_weight(tki_trace_rate(b)) == 4,
       "Jaeger's probabilistic sampler at 0.25");
    add_span(b, 2, 1, 0, 10, 0, "s", "x")->trace_state = text("ot=th:8");
    add_span(b, 3, 1, 0, 10, 0, "s", "x")->trace_state = text("ot=th:0");
    ok(tki_rate_known(tki_trace_rate(b)) && tki_rate_weight(tki_trace_rate(b)) == 2,
       "th comes first, and the highest counts");
    tk_batch_free(b);
}

static void test_limits(void)
{
    struct tk_batch *b = tk_batch_new();
    struct tki_profile p;
    struct tki_comparison c;
    struct tki_compare_opts o = tki_compare_defaults;
    o.split = false;
    tki_profile_init(&p, &(struct tki_profile_opts){.paths_max = 4, .units_max = 2});
    uint64_t seed = 5;
    for (uint32_t i = 0; i < 40; i++) {
        checkout(b, &seed, i, i % 2);
        tki_profile_add(&p, b, i % 2);
    }
    ok(tki_compare(&c, &p, &o) == 0 && adds_up(&c), "past the limit of paths the sum still holds");
    ok(p.paths.n == 4 && p.paths.dropped > 0 && p.nunits == 2 && p.units_dropped > 0, "what was dropped is counted");
    uint64_t dropped = p.paths.dropped;
    ok(tki_profile_open(&p, b, NULL) == 1 && p.paths.dropped == dropped,
       "another look at a trace counts nothing again");
    tki_comparison_free(&c);
    tki_profile_free(&p);
    tki_profile_init(&p, &(struct tki_profile_opts){0});
    ok(tki_compare(&c, &p, &o) == 0 && c.side[0].traces == 0 && c.npaths == 0, "no traces, no comparison");
    tki_comparison_free(&c);
    tki_profile_free(&p);
    tk_batch_free(b);
}

/* One kind of trace whose spans are slow together: ten calls that share the luck of their trace. */
static void clustered(struct tk_batch *b, uint64_t *seed, uint32_t number, int64_t *calls)
{
    uint64_t luck = 1 + below(seed, 20), at = 0;
    tk_batch_reset(b);
    add_span(b, 1, 0, 0, 0, TK_KIND_SERVER, "s", "root");
    for (uint32_t i = 0; i < 10; i++) {
        uint64_t ns = luck * MS + below(seed, MS);
        add_span(b, 10 + i, 1, at, at + ns, TK_KIND_CLIENT, "s", "call");
        calls[i] = (int64_t)ns;
        at += ns + below(seed, MS);
    }
    b->spans[0].end_ns = T0 + at;
    for (uint32_t i = 0; i < b->nspans; i++)
        b->spans[i].trace_id = (tk_id128){number, next_random(seed)};
}

/* Two sets from one distribution: the false discoveries must stay at the rate that was promised.  The same
 * test over spans, which are not independent, must fail: else this would prove nothing. */
static void test_null(void)
{
    enum { ROUNDS = 300, TRACES = 30 };
    static int64_t calls[2][TRACES * 10];
    struct tk_batch *b = tk_batch_new();
    struct tki_compare_opts o = tki_compare_defaults;
    uint64_t seed = 99;
    int by_trace = 0, by_span = 0;
    o.split = false;
    o.replicates = 0;
    o.gate_ns = o.gate_share = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct tki_profile p;
        struct tki_comparison c;
        tki_profile_init(&p, &(struct tki_profile_opts){0});
        for (uint32_t i = 0; i < 2 * TRACES; i++) {
            clustered(b, &seed, i, calls[i % 2] + i / 2 * 10);
            tki_profile_add(&p, b, i % 2);
        }
        tki_compare(&c, &p, &o);
        by_trace += c.discoveries > 0;
        for (int side = 0; side < 2; side++)
            tki_sort_i64(calls[side], TRACES * 10);
        by_span += tki_mann_whitney(calls[0], TRACES * 10, calls[1], TRACES * 10).p <= 0.05;
        tki_comparison_free(&c);
        tki_profile_free(&p);
    }
    ok(by_trace <= ROUNDS * 8 / 100, "without a difference %d of %d comparisons find one", by_trace, ROUNDS);
    ok(by_span > ROUNDS / 4, "spans taken for independent would find one in %d", by_span);
    tk_batch_free(b);
}

int main(void)
{
    test_two_sets();
    test_dark();
    test_symmetry();
    test_weights();
    test_split();
    test_threshold();
    test_limits();
    test_null();
    return done_testing();
}
