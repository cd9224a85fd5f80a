/* What a sample says of all traces: the intervals of sampled encodings, and of what leaving something out saves, hold
 * the exact value as often as they promise.  TRACEKIT_SLOW tries many more dumps and seeds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost/cut.h"
#include "cost/encodings.h"
#include "cost/units.h"
#include "random_spans.h"
#include "tap.h"

enum { SEEDS_MAX = 60 };

static double normal(struct rng *r)
{
    double u = ((double)rng_below(r, 1 << 30) + 0.5) / (1 << 30), v = ((double)rng_below(r, 1 << 30) + 0.5) / (1 << 30);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* ---- dumps ---- */

static tk_str text(struct tk_batch *b, const char *format, unsigned x)
{
    char s[64];
    int n = snprintf(s, sizeof s, format, x);
    return tk_batch_copy(b, (tk_str){s, (size_t)n});
}

static void add_attr(struct tk_batch *b, const char *key, tk_str value)
{
    *tk_batch_add_attr(b) = (struct tk_attr){tki_str(key), {.type = TK_STRING, .n = (uint32_t)value.n, .v.s = value.p}};
}

/* A span of one of eight operations: some attributes for all, some for few, and every tenth has a statement. */
static void add_span(struct rng *r, struct tk_batch *b, uint32_t resource, uint32_t scope, tk_id128 id, uint64_t parent)
{
    uint32_t kind = rng_below(r, 8), row = tk_span_new(b, resource, scope, id, rng_next(r) | 1, parent);
    b->spans[row].name = text(b, "GET /operation/%u", kind);
    b->spans[row].start_ns = 1700000000000000000u + rng_below(r, 1 << 30);
    b->spans[row].end_ns = b->spans[row].start_ns + rng_below(r, 1 << 28);
    uint32_t first = b->nattrs;
    add_attr(b, "http.route", text(b, "/operation/{id}/%u", kind));
    add_attr(b, "net.peer.name", text(b, "host-%u.example.com", rng_below(r, 40)));
    if (kind % 2)
        add_attr(b, "user.id", text(b, "user-%08x", rng_below(r, 1 << 30)));
    if (rng_below(r, 10) == 0)
        add_attr(b, "db.statement", text(b, "SELECT * FROM orders WHERE id = %u AND open", rng_below(r, 1 << 20)));
    b->spans[row].attrs = (tk_range){first, b->nattrs - first};
}

/* Traces of one batch: lognormal numbers of spans. */
static struct tk_batch *make_batch(struct rng *r, unsigned traces, double sd)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t scope = tk_scope_new(b, "library", NULL), service[6];
    for (unsigned i = 0; i < 6; i++)
        service[i] = tk_resource_new(b, text(b, "service-%u", i).p);
    for (unsigned t = 0; t < traces; t++) {
        const tk_id128 id = {rng_next(r), rng_next(r)};
        unsigned spans = 1 + (unsigned)(5 * exp(sd * normal(r)));
        for (unsigned i = 0; i < spans; i++)
            add_span(r, b, service[rng_below(r, 6)], scope, id, i ? 7 : 0);
    }
    return b;
}

/* ---- reading ---- */

struct reading {
    struct tki_ledger ledger;
    struct tki_measure measure;
    struct tki_sample whole, sample[SEEDS_MAX];
    struct tki_blocks blocks;
    unsigned seeds;
};

static void open_reading(struct reading *x, unsigned seeds, uint64_t bytes_max)
{
    struct tk_err err = {0};
    *x = (struct reading){.seeds = seeds};
    tki_measure_init(&x->measure, &x->ledger);
    int rc = tki_sample_open(&x->whole, &x->measure, 1, UINT64_MAX, &err);
    for (unsigned i = 0; i < seeds && rc == 0; i++)
        rc = tki_sample_open(&x->sample[i], &x->measure, i + 1, bytes_max, &err);
    if (rc < 0 || tki_blocks_open(&x->blocks) < 0)
        bail_out("%s", err.text);
}

static void add_batch(struct reading *x, const struct tk_batch *b)
{
    struct tki_sizes sizes = {0};
    struct tki_groups groups = {0};
    struct tk_err err = {0};
    if (tki_sizes_of(&sizes, b, NULL, 0) < 0 || tki_groups_make(&groups, b, NULL, 0) < 0 ||
        tki_ledger_fold(&x->ledger, &groups) < 0 || tki_sizes_group(&sizes, b, &groups) < 0)
        bail_out("out of memory");
    tki_measure_add(&x->measure, &sizes, &groups);
    int rc = tki_sample_add(&x->whole, b, &sizes, &groups, &err);
    for (unsigned i = 0; i < x->seeds && rc == 0; i++)
        rc = tki_sample_add(&x->sample[i], b, &sizes, &groups, &err);
    if (rc < 0)
        bail_out("%s", err.text);
    tki_sizes_free(&sizes);
    tki_groups_free(&groups);
}

static void close_reading(struct reading *x)
{
    tki_sample_close(&x->whole);
    for (unsigned i = 0; i < x->seeds; i++)
        tki_sample_close(&x->sample[i]);
    tki_blocks_close(&x->blocks);
    tki_ledger_free(&x->ledger);
}

static void encodings(struct reading *x, struct tki_sample *s, struct tki_encodings *e)
{
    struct tk_err err = {0};
    if (tki_encodings_measure(e, s, &x->blocks, NULL, 1, &err) < 0)
        bail_out("%s", err.text);
}

static struct tki_saved saved(struct tki_sample *s, uint64_t bytes_max)
{
    const struct tki_left_out cut = {TKI_STR("db.statement"), true, false, false};
    struct tki_weighed with, without;
    struct tki_saved to;
    struct tk_err err = {0};
    if (tki_left_out_weigh(s, NULL, 0, bytes_max, true, &with, &err) < 0 ||
        tki_left_out_weigh(s, &cut, 1, bytes_max, true, &without, &err) < 0 ||
        tki_left_out_saved(&with, &without, 1, &to) < 0)
        bail_out("%s", err.text);
    tki_weighed_free(&with);
    tki_weighed_free(&without);
    return to;
}

/* ---- how often an interval holds the exact value ---- */

struct tally {
    unsigned held, of;
    double width; /* sum of relative widths */
};

static void hold(struct tally *t, struct tki_estimate e, double exact)
{
    t->of++;
    t->held += e.low <= exact && exact <= e.high;
    t->width += (e.high - e.low) / exact;
}

/* A sample of a finite dump is at least as near to it as the interval says, which is made for all traffic. */
static void judge(const struct tally *t, const char *what)
{
    double share = (double)t->held / t->of, luck = 3 * sqrt(0.95 * 0.05 / t->of);
    ok(share >= 0.93 - luck, "%s: %.1f %% of %u intervals hold the exact value", what, 100 * share, t->of);
    ok(t->width > 0 && t->width / t->of < 0.8, "%s: they are not wide for nothing: %.1f %%", what,
       100 * t->width / t->of);
}

static void test_encodings(struct rng *r, unsigned dumps, unsigned seeds)
{
    struct tally of[TKI_E_WRITTEN] = {{0}}, cut[3] = {{0}};
    for (unsigned i = 0; i < dumps; i++) {
        struct reading x;
        struct tki_encodings exact, sampled;
        open_reading(&x, seeds, 150000);
        for (int k = 0; k < 10; k++) {
            struct tk_batch *b = make_batch(r, 160, 0.7);
            add_batch(&x, b);
            tk_batch_free(b);
        }
        encodings(&x, &x.whole, &exact);
        const struct tki_saved all = saved(&x.whole, UINT64_MAX);
        for (unsigned s = 0; s < seeds; s++) {
            encodings(&x, &x.sample[s], &sampled);
            for (int k = 0; k < TKI_E_WRITTEN; k++)
                hold(&of[k], sampled.of[k].ratio, exact.of[k].ratio.value);
            const struct tki_saved some = saved(&x.sample[s], UINT64_MAX);
            hold(&cut[0], some.proto, all.proto.value);
            hold(&cut[1], some.es, all.es.value);
        }
        if (i == 0)
            ok(exact.all && !sampled.all && sampled.traces >= 16 && sampled.traces * 5 < exact.traces,
               "%u of %u traces are in a sample", (unsigned)sampled.traces, (unsigned)exact.traces);
        close_reading(&x);
    }
    for (int k = 0; k < TKI_E_WRITTEN; k++)
        judge(&of[k], tki_encoding_names[k]);
    judge(&cut[0], "bytes saved");
    judge(&cut[1], "documents saved");
}

/* Some 12 MB of 24, against all of them. */
static void test_compression(struct rng *r, unsigned dumps)
{
    struct tally of[TKI_BLOCK_LEVELS] = {{0}};
    for (unsigned i = 0; i < dumps; i++) {
        struct tki_blocks some, all;
        struct tki_units units, every;
        struct tki_sizes sizes = {0};
        if (tki_blocks_open(&some) < 0 || tki_blocks_open(&all) < 0)
            bail_out("out of memory");
        tki_units_open(&units, 12 << 20, &some, NULL);
        tki_units_open(&every, UINT64_MAX, &all, NULL);
        for (uint64_t bytes = 0; bytes < 6 * 4 << 20;) {
            struct tk_batch *b = make_batch(r, 400, 0.7);
            uint64_t own = 0;
            tki_sizes_of(&sizes, b, NULL, 0);
            for (uint32_t k = 0; k < b->nspans; k++)
                own += sizes.proto[k];
            if (tki_units_add(&units, b, NULL, 0, 0, &sizes, NULL) < 0 ||
                tki_units_add(&every, b, NULL, 0, 0, &sizes, NULL) < 0)
                bail_out("out of memory");
            bytes += own;
            tk_batch_free(b);
        }
        tki_units_end(&units);
        tki_units_end(&every);
        for (int k = 0; k < TKI_BLOCK_LEVELS; k++)
            hold(&of[k], tki_blocks_ratio(&some, k), tki_blocks_ratio(&all, k).value);
        ok(some.in > 0 && some.in < all.in && some.skipped && !all.skipped,
           "some units are compressed: %.0f MB of %.0f", (double)some.in / 1e6, (double)all.in / 1e6);
        tki_sizes_free(&sizes);
        tki_blocks_close(&some);
        tki_blocks_close(&all);
        tki_units_close(&units);
        tki_units_close(&every);
    }
    judge(&of[0], "zstd -1");
    judge(&of[1], "zstd -3");
}

int main(void)
{
    bool slow = getenv("TRACEKIT_SLOW") != NULL; /* make check-slow */
    struct rng r = {rng_seed() + 5};
    test_encodings(&r, slow ? 40 : 2, slow ? SEEDS_MAX : 20);
    test_compression(&r, slow ? 60 : 1);
    return done_testing();
}
