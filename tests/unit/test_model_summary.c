/* The numbers of --stats, where they are computed: by eye, and the same however spans are cut into batches. */
#include <string.h>

#include "model/summary.h"
#include "random_spans.h"
#include "tap.h"

static const uint64_t NOW = UINT64_C(1795241170000000000);

static struct tk_batch *fresh(void)
{
    static const char *const services[] = {"shop", "cart", ""};
    struct tk_batch *b = tk_batch_new();
    if (!b)
        bail_out("out of memory");
    for (int i = 0; i < 3; i++) {
        uint32_t r = tk_batch_add_resource(b);
        b->resources[r].service = (tk_str){services[i], strlen(services[i])};
    }
    tk_batch_add_scope(b);
    return b;
}

static struct tk_span *add(struct tk_batch *b, uint32_t resource, uint64_t trace, uint64_t id, uint64_t parent,
                           uint64_t start_ns, uint64_t end_ns)
{
    struct tk_span *s = tk_batch_add_span(b);
    *s = (struct tk_span){.trace_id = {0, trace},
                          .span_id = id,
                          .parent_id = parent,
                          .start_ns = start_ns,
                          .end_ns = end_ns,
                          .resource = resource};
    return s;
}

/* All that is counted of a batch, in pieces of so many rows. */
static void summarize(struct tki_summary *s, const struct tk_batch *b, uint32_t piece)
{
    struct tki_ledger ledger = {0};
    struct tki_summary_part part = {0};
    struct tki_groups g = {0};
    uint32_t rows[1000];
    *s = (struct tki_summary){0};
    for (uint32_t first = 0; first < b->nspans; first += piece) {
        uint32_t n = b->nspans - first < piece ? b->nspans - first : piece;
        for (uint32_t i = 0; i < n; i++)
            rows[i] = first + i;
        if (tki_groups_make(&g, b, rows, n) < 0 || tki_ledger_fold(&ledger, &g) < 0 ||
            tki_summary_look(&part, b, &g) < 0 || tki_summary_take(s, &part) < 0)
            bail_out("out of memory");
    }
    if (tki_summary_finish(s, &ledger) < 0)
        bail_out("out of memory");
    tki_groups_free(&g);
    tki_summary_part_free(&part);
    tki_ledger_free(&ledger);
}

static void test_counts(void)
{
    struct tki_summary s;
    struct tk_batch *b = fresh();
    struct tk_span *root = add(b, 0, 1, 1, 0, NOW, NOW + 5000);
    root->kind = TK_KIND_SERVER;
    root->status = TK_STATUS_ERROR;
    add(b, 1, 1, 2, 1, NOW + 1000, NOW + 3000)->kind = 77;
    add(b, 0, 2, 3, 9, NOW + 7000, NOW + 6000); /* ends before it starts, and no span of its trace is a root */
    add(b, 2, 3, 4, 0, NOW, 0);                 /* has no end */
    add(b, 2, 3, 5, 0, 1795241170, 1795241171); /* in seconds */
    summarize(&s, b, 2);
    const struct tki_span_counts *c = &s.counts;
    is_uint(c->spans, 5, "spans");
    is_uint(s.traces, 3, "traces");
    ok(c->errors == 1 && s.with_errors == 1, "a span that failed, and its trace");
    ok(c->kinds[TK_KIND_SERVER] == 1 && c->kinds[TKI_KINDS] == 1 && c->kinds[0] == 3,
       "kinds, and one that is not known");
    is_uint(c->with_parent, 2, "spans that name a parent");
    ok(s.no_root == 1 && s.many_roots == 1, "a trace without a root, and one with two");
    is_uint(c->negative, 1, "ends before it starts");
    is_uint(c->other_unit, 1, "times in seconds");
    is_uint(s.untimed, 1, "without an end");
    is_uint(c->ticks, 1, "seconds as nanoseconds have no round times");
    is_uint(s.services.n, 3, "services, one without a name");
    ok(s.service_counts[0].spans == 2 && s.service_counts[0].errors == 1 && s.service_counts[1].spans == 1,
       "spans and errors of each");
    is_uint(s.trace_spans[TKI_QUANTILES - 1], 2, "the largest trace");
    tki_summary_free(&s);
    tk_batch_reset(b);
    tk_batch_add_resource(b);
    tk_batch_add_scope(b);
    add(b, 0, 1, 1, 0, NOW, NOW + 5000);
    add(b, 0, 2, 2, 0, NOW + 2000, NOW + 4000);
    summarize(&s, b, 1);
    is_uint(s.counts.ticks, 1000, "a clock of microseconds");
    ok(s.duration_ns[0] == 2000 && s.duration_ns[TKI_QUANTILES - 1] == 5000, "the middle and the longest trace");
    ok(s.start_min_ns == NOW && s.end_max_ns == NOW + 5000, "from the first start to the last end");
    tki_summary_free(&s);
    tk_batch_free(b);
}

static bool same(const struct tki_summary *x, const struct tki_summary *y)
{
    bool services = x->services.n == y->services.n;
    for (uint32_t i = 0; services && i < x->services.n; i++) /* in the order in which they were met */
        services = tki_str_eq(x->services.strs[i], y->services.strs[i]) &&
                   memcmp(&x->service_counts[i], &y->service_counts[i], sizeof *x->service_counts) == 0;
    return services && memcmp(&x->counts, &y->counts, sizeof x->counts) == 0 && x->traces == y->traces &&
           x->no_root == y->no_root && x->many_roots == y->many_roots && x->with_errors == y->with_errors &&
           x->untimed == y->untimed && x->start_min_ns == y->start_min_ns && x->end_max_ns == y->end_max_ns &&
           memcmp(x->duration_ns, y->duration_ns, sizeof x->duration_ns) == 0 &&
           memcmp(x->trace_spans, y->trace_spans, sizeof x->trace_spans) == 0;
}

static void test_pieces(void)
{
    struct rng r = {rng_seed() + 17};
    struct tki_summary all, pieces;
    struct tk_batch *b = fresh();
    for (uint64_t i = 1; i <= 1000; i++) {
        uint64_t start_ns = NOW + 1000 * rng_below(&r, 100000);
        struct tk_span *s = add(b, (uint32_t)rng_below(&r, 3), 1 + rng_below(&r, 100), i, rng_below(&r, 3), start_ns,
                                rng_below(&r, 20) ? start_ns + 1000 * rng_below(&r, 5000) : 0);
        s->kind = (uint8_t)rng_below(&r, 8);
        s->status = (uint8_t)rng_below(&r, 3);
    }
    summarize(&all, b, 1000);
    for (uint32_t piece = 1; piece < 1000; piece = 3 * piece + 1) {
        summarize(&pieces, b, piece);
        ok(same(&all, &pieces), "the same in batches of %u spans", piece);
        tki_summary_free(&pieces);
    }
    tki_summary_free(&all);
    tk_batch_free(b);
}

/* What a summary says of traces with so many different rates, in this order or the other. */
static void rates_of(struct tki_summary *s, uint32_t n, bool backwards)
{
    struct tki_ledger ledger = {0};
    *s = (struct tki_summary){0};
    for (uint32_t i = 0; i < 2 * n; i++) {
        uint32_t k = (backwards ? 2 * n - 1 - i : i) % n;
        struct tki_trace_row row = {.spans = 1 + k,
                                    .rate = (uint64_t)TKI_RATE_THRESHOLD << 56 | (1 + k) * 0x3333333333u};
        if (tki_ledger_add(&ledger, (tk_id128){1, i + 1}, &row) == TK_NONE)
            bail_out("no memory");
    }
    if (tki_summary_finish(s, &ledger) < 0)
        bail_out("no memory");
    tki_ledger_free(&ledger);
}

/* Parts of a dump come in any order. */
static void test_order(void)
{
    struct tki_summary a, b;
    rates_of(&a, TKI_RATES_MAX + 7, false);
    rates_of(&b, TKI_RATES_MAX + 7, true);
    ok(a.more_rates && b.more_rates, "there are more rates than room");
    is_uint(a.rates[TKI_RATES_MAX - 1].spans, 2 * TKI_RATES_MAX,
            "those with the smallest thresholds are counted whole");
    ok(memcmp(a.rates, b.rates, sizeof a.rates) == 0, "the same ones in the other order");
    ok(a.represented == b.represented, "which stand for the same sum, to the last bit");
    tki_summary_free(&a);
    tki_summary_free(&b);
}

int main(void)
{
    test_order();
    test_counts();
    test_pieces();
    return done_testing();
}
