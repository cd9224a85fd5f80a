/* Tail sampling over time: each scenario is a few spans with their ends, and which of them come out. */
#include "sample_help.h"
#include "tap.h"

#define SECOND 1000000000u
#define ALL    "{name: a, type: always_sample}"
#define ERROR  "{name: e, type: status_code, status_code: {status_codes: [ERROR]}}"

/* Spans as "TRACE@MILLISECONDS", with '!' an error, with '/' a root, separated by blanks: spans end then, in this order
 * of the dump.  All are of one resource. */
static void put_spans(struct tk_batch *b, const char *spans)
{
    tk_batch_reset(b);
    b->needs = TK_NEED_ALL;
    tk_batch_add_scope(b);
    new_resource(b);
    for (const char *p = spans; *p;) {
        char *end;
        uint64_t trace = strtoull(p, &end, 10), ms = strtoull(end + 1, &end, 10);
        struct tk_span *s = new_span(b, trace, 0, 0);
        s->end_ns = T0 + ms * 1000000;
        s->start_ns = s->end_ns - 1000000;
        s->parent_id = 1;
        for (; *end && *end != ' '; end++) {
            s->status = *end == '!' ? TK_STATUS_ERROR : s->status;
            s->parent_id = *end == '/' ? 0 : s->parent_id;
        }
        p = end + (*end == ' ');
    }
}

struct played {
    struct tki_clock_stats clock;
    uint64_t certain, chance;
    char kept[64]; /* a digit for each span: 1, it came out */
};

static struct played play(const char *keys, const char *policies, unsigned release, const struct tki_arrival *how,
                          const char *spans)
{
    struct played p = {0};
    struct tki_sampler s;
    struct tki_replay *r;
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    char text[2000];
    uint32_t rows[64];
    snprintf(text, sizeof text, "processors: {tail_sampling: {%s, policies: [%s]}}\n", keys, policies);
    if (open_text(&s, text, NULL, release, &err) < 0 || tki_replay_open(&r, &s, NULL, &err) < 0 ||
        tki_replay_time(r, how, true, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(1);
    }
    put_spans(b, spans);
    add_batch(r, &s, b);
    if (tki_replay_judge(r, &err) < 0)
        printf("# %s\n", err.text);
    memset(p.kept, '0', b->nspans);
    size_t n = tki_replay_select(r, b, rows, all_rows(b, rows), false);
    for (size_t i = 0; i < n; i++)
        p.kept[rows[i]] = '1';
    p.clock = *tki_replay_stats(r)->clock;
    p.certain = tki_replay_stats(r)->certain;
    p.chance = tki_replay_stats(r)->chance;
    tki_replay_close(r);
    tki_sampler_close(&s);
    tk_batch_free(b);
    return p;
}

static const struct tki_arrival at_end = {.mode = TKI_ARRIVE_END};

static void keeps(const char *keys, const char *policies, unsigned release, const char *spans, const char *wanted,
                  const char *what)
{
    struct played p = play(keys, policies, release, &at_end, spans);
    ok(strcmp(p.kept, wanted) == 0, "%s: %s of %s", what, p.kept, spans);
}

/* The first span comes at 0.5 s, ticks are at 1, 2, 3 s: with a wait of 1 s it is decided at 2 s, 1.5 s later. */
static void test_waits(void)
{
    keeps("decision_wait: 1s", ERROR, 0, "1@0 1@1400!", "11", "an error before the tick keeps the trace");
    keeps("decision_wait: 1s", ERROR, 0, "1@0 1@1600!", "00", "behind it, it does not");
    keeps("decision_wait: 1s", ERROR, 0, "1@0! 1@9000", "11", "late spans follow the decision");
    keeps("decision_wait: 10", ERROR, 0, "1@0 1@1400!", "11", "a wait of 10 ns acts as a second");
    keeps("decision_wait: 2900ms", ERROR, 0, "1@0 1@2400! 2@0 2@2600!", "1100", "fractions of a second are cut");
    keeps("decision_wait: 9s, decision_wait_after_root_received: 1s", ERROR, 0, "1@0/ 1@1600! 2@0 2@1600!", "0011",
          "a root brings the decision forward");
    keeps("decision_wait: 9s, decision_wait_after_root_received: 100ms", ERROR, 147, "1@0/ 1@600!", "00",
          "to the next tick, since 0.147");
    keeps("decision_wait: 9s, decision_wait_after_root_received: 100ms", ERROR, 144, "1@0/ 1@600!", "11",
          "and before by at least a second");
    const char *back = "decision_wait: 1s, decision_wait_after_root_received: 2s, num_traces: 1";
    keeps(back, ERROR, 146, "1@0/ 2@100 1@2400! 3@2600", "0010",
          "a root also decides the life after the one it came in");
    keeps(back, ERROR, 147, "1@0/ 2@100 1@2400! 3@2600", "0000", "but not since 0.147");
}

static void test_order(void)
{
    keeps("decision_wait: 1s", ERROR, 0, "1@1400! 1@0", "11", "spans come in order of time, not of the dump");
    keeps("decision_wait: 1s", ERROR, 0, "1@1600! 1@0", "00", "also when that loses one");
    const struct tki_arrival batch = {.mode = TKI_ARRIVE_END, .batch_ns = SECOND};
    struct played p = play("decision_wait: 1s", ERROR, 0, &batch, "1@0 1@100! 1@700");
    ok(strcmp(p.kept, "111") == 0 && p.clock.parts == 2, "times are rounded up to the next batch: %u parts",
       (unsigned)p.clock.parts);
}

static void test_table(void)
{
    struct played p = play("decision_wait: 1s, num_traces: 2", ALL, 0, &at_end, "1@0 2@10 3@20");
    ok(strcmp(p.kept, "011") == 0 && p.clock.evicted == 1, "the oldest is thrown out: %s", p.kept);
    p = play("decision_wait: 1s, num_traces: 1", ERROR, 0, &at_end, "1@0! 2@10 1@20");
    ok(strcmp(p.kept, "000") == 0 && p.clock.came_back == 1 && p.clock.missing == 1,
       "a trace that comes back is another one");
    p = play("decision_wait: 1s, num_traces: 1, block_on_overflow: true", ALL, 0, &at_end, "1@0 2@10");
    ok(p.clock.blocked && strcmp(p.kept, "10") == 0, "block_on_overflow waits for ever without caches");
    p = play("decision_wait: 1s, num_traces: 1, block_on_overflow: true, decision_cache: {sampled_cache_size: 9}", ALL,
             0, &at_end, "1@0 2@10");
    ok(!p.clock.blocked && strcmp(p.kept, "11") == 0, "and with one until the trace is decided");
    keeps("decision_wait: 1s, num_traces: 0", ALL, 0, "1@0 2@10 3@20", "001",
          "without a place each trace throws out the one before");
    keeps("decision_wait: 1s, num_traces: 0", ALL, 140, "1@0 2@10 3@20", "000",
          "up to 0.140 the first one waits for ever for something to throw out");
    keeps("decision_wait: 3s, num_traces: 4, num_shards: 2", ALL, 0, "1@0 2@10 3@20 4@30 5@40 6@50", "001111",
          "shards have their parts of the table");
}

static void test_caches(void)
{
    const char *caches = "decision_wait: 1s, decision_cache: {sampled_cache_size: 1, non_sampled_cache_size: 9}";
    struct played p = play(caches, ERROR, 0, &at_end, "1@0! 1@3000");
    ok(strcmp(p.kept, "11") == 0 && p.clock.cached == 1, "a decision cache keeps late spans");
    p = play(caches, ERROR, 0, &at_end, "1@0! 2@1000! 1@5000");
    ok(strcmp(p.kept, "110") == 0 && p.chance == 0, "one that is full has forgotten: the late span is a new trace");
    p = play(caches, ERROR, 0, &at_end, "1@0! 2@100! 1@5000 2@5000");
    ok(p.chance == 0 && p.certain == 2 && p.clock.late == 1, "which of two it has forgotten is chance");
}

static void test_size_and_shutdown(void)
{
    struct played p = play("maximum_trace_size_bytes: 150", ALL, 0, &at_end, "1@0 1@10 1@20 2@0");
    ok(strcmp(p.kept, "0001") == 0 && p.clock.too_large == 1, "a trace above the size is lost: %s", p.kept);
    const struct tki_arrival down = {.mode = TKI_ARRIVE_END, .shutdown = true};
    p = play("decision_wait: 9s", ALL, 144, &down, "1@0");
    ok(strcmp(p.kept, "1") == 0, "shutdown decides what waits");
    p = play("decision_wait: 9s", ALL, 140, &down, "1@0");
    ok(strcmp(p.kept, "0") == 0 && p.clock.pending == 1, "and before 0.144 nothing");
    p = play("decision_wait: 9s, drop_pending_traces_on_shutdown: true", ALL, 0, &down, "1@0");
    ok(strcmp(p.kept, "0") == 0, "nor when that is asked for");
}

static void test_ingest(void)
{
    keeps("sampling_strategy: span-ingest, decision_wait: 1s", ERROR, 0, "1@0 1@100! 1@200 2@0", "1110",
          "span-ingest keeps what waits, and what comes");
    keeps("sampling_strategy: span-ingest, decision_wait: 1s",
          "{name: c, type: span_count, span_count: {max_spans: 1}}", 150, "1@0 1@100 2@0", "111",
          "an upper bound was no state up to 0.151");
    keeps("sampling_strategy: span-ingest, decision_wait: 1s", ERROR, 157, "1@0 1@4000!", "01",
          "and forgets at the end of the wait");
    keeps("sampling_strategy: span-ingest, decision_wait: 1s", ERROR, 150, "1@0 1@4000!", "00",
          "where before 0.157 it remembered that the trace was lost");
    keeps("sampling_strategy: span-ingest", ALL ", {name: d, type: drop, drop: {drop_sub_policy: [" ERROR "]}}", 0,
          "1@0 2@0!", "00", "nothing is kept while a drop policy may drop it");
}

#define RATE(n) "{name: r, type: rate_limiting, rate_limiting: {spans_per_second: " n "}}"

static void test_budgets(void)
{
    const struct tki_arrival spaced = {.spacing_ns = SECOND}, once = {.seed = 1};
    struct played p = play("decision_wait: 1s", RATE("2"), 152, &once, "1@0 2@0 3@0");
    ok(p.chance == 3 && p.certain == 0 && p.clock.chance_ticks == 1, "a short budget leaves all of a tick to chance");
    ok(strspn(p.kept, "01") == 3 && strchr(p.kept, '1') && p.clock.decided == 3, "and one draw is written: %s", p.kept);
    p = play("decision_wait: 1s", RATE("2"), 140, &once, "1@0 2@0 3@0");
    ok(p.chance == 0 && strcmp(p.kept, "100") == 0, "before 0.144 the order is that of arrival: %s", p.kept);
    p = play("decision_wait: 1s", RATE("4"), 152, &once, "1@0 2@0 3@0");
    ok(p.chance == 0 && p.certain == 3, "a budget that is enough leaves nothing to chance");
    p = play("decision_wait: 1s", RATE("2"), 152, &spaced, "1@0 2@0 2@1 3@0");
    ok(p.chance == 0 && strcmp(p.kept, "1001") == 0, "nor does one trace a tick: %s", p.kept);
    p = play("decision_wait: 1s", RATE("1"), 0, &spaced, "1@0 1@1 2@0 2@1 3@0");
    ok(p.chance == 0 && strcmp(p.kept, "11001") == 0, "a bucket starts full and fills again: %s", p.kept);
    p = play("decision_wait: 1s", RATE("1") ", " ERROR, 0, &once, "1@0! 2@0 3@0 4@0 4@0 4@0");
    ok(p.certain == 1 && p.chance == 2, "what another policy keeps is certain, what never fits is lost");
    p = play("decision_wait: 1s",
             "{name: c, type: composite, composite: {max_total_spans_per_second: 4, composite_sub_policy: [" ERROR
             ", " ALL "], rate_allocation: [{policy: e, percent: 25}]}}",
             158, &spaced, "1@0! 2@0 3@0! 3@1");
    ok(strcmp(p.kept, "1000") == 0, "composite: shares in each second, nothing without an allocation: %s", p.kept);
}

int main(void)
{
    test_waits();
    test_order();
    test_table();
    test_caches();
    test_size_and_shutdown();
    test_ingest();
    test_budgets();
    return done_testing();
}
