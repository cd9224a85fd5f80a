/* What reports say of time: what was evicted, late, or left to chance, and what the dump's own times warn of. */
#include <inttypes.h>

#include "report/number.h"
#include "tracesample.h"

static const struct tki_clock_stats *clock_of(const struct ts_run *run)
{
    return tki_replay_stats(run->replay)->clock;
}

static void put_duration(struct tki_doc *d, int64_t ns)
{
    char text[TKI_QUANTITY_MAX];
    tki_doc_say(d, "%s", tki_duration_exact(text, ns));
}

/* Returns true if the dump's own times say that more traces wait at once than num_traces lets in. */
static bool is_crowded(const struct ts_run *run)
{
    return run->own.open_max > run->sampler.waits.num_traces && !run->sampler.waits.ingest;
}

void ts_put_time(struct tki_doc *d, const struct ts_run *run)
{
    static const char *const modes[] = {"complete", "end", "file"};
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    const struct tki_clock_stats *c = st->clock;
    tki_doc_object(d, "own_times");
    tki_doc_data(d, "traces_beyond_wait", tki_d_count(run->own.late));
    tki_doc_data(d, "waiting_max", tki_d_count(run->own.open_max));
    tki_doc_data(d, "first_to_last_max_ns", tki_d_count(run->own.longest_ns));
    tki_doc_end(d);
    if (!c) {
        tki_doc_data(d, "clock", tki_d_none());
        return;
    }
    tki_doc_object(d, "clock");
    tki_doc_data(d, "arrival", tki_d_words(modes[run->request->arrival.mode]));
    tki_doc_data(d, "seed", tki_d_count(run->request->arrival.seed));
    tki_doc_data(d, "kept_certain", tki_d_count(st->certain));
    tki_doc_data(d, "chance", tki_d_count(st->chance));
    tki_doc_data(d, "chance_spans", tki_d_count(st->chance_spans));
    tki_doc_data(d, "chance_matches", tki_d_count(st->chance_matches));
    tki_doc_data(d, "chance_credits", tki_d_count(st->chance_credits));
    tki_doc_data(d, "kept_least", tki_d_count(st->least));
    tki_doc_data(d, "kept_greatest", tki_d_count(st->most));
    if (run->drawn.n) {
        tki_doc_object(d, "drawn");
        tki_doc_data(d, "draws", tki_d_count(run->drawn.n));
        tki_doc_data(d, "kept_least", tki_d_count(run->drawn.least));
        tki_doc_data(d, "kept_greatest", tki_d_count(run->drawn.greatest));
        tki_doc_end(d);
    } else {
        tki_doc_data(d, "drawn", tki_d_none());
    }
    tki_doc_data(d, "evicted", tki_d_count(c->evicted));
    tki_doc_data(d, "dropped_too_early", tki_d_count(c->missing));
    tki_doc_data(d, "came_back", tki_d_count(c->came_back));
    tki_doc_data(d, "late_spans", tki_d_count(c->late));
    tki_doc_data(d, "late_spans_kept", tki_d_count(c->late_kept));
    tki_doc_data(d, "late_spans_by_cache", tki_d_count(c->cached));
    tki_doc_data(d, "too_large", tki_d_count(c->too_large));
    tki_doc_data(d, "spans_undecided", tki_d_count(c->pending));
    tki_doc_data(d, "blocked", tki_d_bool(c->blocked));
    tki_doc_data(d, "traces_max", tki_d_count(c->open_max));
    tki_doc_data(d, "waiting_max", tki_d_count(c->undecided_max));
    tki_doc_data(d, "waiting_spans_max", tki_d_count(c->spans_max));
    tki_doc_end(d);
}

/* Without a clock: what one would say. */
static void warn_of_time(struct tki_doc *d, const struct ts_run *run)
{
    if (is_crowded(run)) {
        tki_doc_say(d, "num_traces (");
        tki_doc_put(d, NULL, tki_d_count(run->sampler.waits.num_traces));
        tki_doc_say(d, ") is too small: by the dump's own times up to ");
        tki_doc_put(d, NULL, tki_d_count(run->own.open_max));
        tki_doc_say(d, " traces wait at once; --arrival end tells what is lost. ");
    }
    if (run->own.late) {
        tki_doc_put(d, NULL, tki_d_count(run->own.late));
        tki_doc_say(d, " %s of which spans come after decision_wait (",
                    tki_plural(run->own.late, "trace is decided on a part,", "traces are decided on parts,"));
        put_duration(d, run->own.wait_ns);
        tki_doc_say(d, "): --arrival end tells what that changes. ");
    }
}

void ts_say_time_first(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_clock_stats *c = clock_of(run);
    if (!run->sampler.tail || run->sampler.strategies)
        return;
    if (!c) {
        warn_of_time(d, run);
        return;
    }
    if (c->blocked && run->sampler.waits.num_traces == 0) {
        tki_doc_say(d, "The collector stands still: num_traces (0) has no place for a trace, and it waits for one. ");
    } else if (c->blocked) {
        tki_doc_say(d, "The collector stands still: block_on_overflow waits for a place in num_traces (");
        tki_doc_put(d, NULL, tki_d_count(run->sampler.waits.num_traces));
        tki_doc_say(d, ") that nothing frees, since decided traces leave it for a decision cache only. ");
    }
    if (c->evicted) {
        tki_doc_say(d, "num_traces (");
        tki_doc_put(d, NULL, tki_d_count(run->sampler.waits.num_traces));
        tki_doc_say(d, ") is too small: it throws out ");
        tki_doc_put(d, NULL, tki_d_count(c->evicted));
        tki_doc_say(d, " traces undecided. ");
    }
    if (c->late > c->late_kept) {
        tki_doc_put(d, NULL, tki_d_count(c->late - c->late_kept));
        tki_doc_say(d, " spans come after the decision on their traces, and are lost. ");
    }
}

static void say_chance(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    if (!st->chance)
        return;
    tki_doc_line(d, NULL, "chance");
    tki_doc_put(d, NULL, tki_d_count(st->certain));
    tki_doc_say(d, " traces are kept for certain, of ");
    tki_doc_put(d, NULL, tki_d_count(st->chance));
    tki_doc_say(d, " chance decides: between ");
    tki_doc_put(d, NULL, tki_d_count(st->least));
    tki_doc_say(d, " and ");
    tki_doc_put(d, NULL, tki_d_count(st->most));
    tki_doc_say(d, " are kept");
    if (run->drawn.n) {
        tki_doc_say(d, " (");
        tki_doc_put(d, NULL, tki_d_count(run->drawn.least));
        tki_doc_say(d, " to ");
        tki_doc_put(d, NULL, tki_d_count(run->drawn.greatest));
        tki_doc_say(d, " in %u other draws)", run->drawn.n);
    }
    tki_doc_say(d, "; the numbers here are those of one draw, --seed %" PRIu64, run->request->arrival.seed);
}

/* Late spans follow the decision, where a cache remembers it: which one does may be chance. */
static void say_chance_spans(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    if (!st->chance_spans)
        return;
    tki_doc_line(d, NULL, "chance");
    tki_doc_say(d, "of ");
    tki_doc_put(d, NULL, tki_d_count(st->chance_spans));
    tki_doc_say(
        d,
        " %s of traces that are kept for certain, chance decides; the number of spans here is that of one draw, "
        "--seed %" PRIu64,
        tki_plural(st->chance_spans, "span", "spans"), run->request->arrival.seed);
}

/* Budgets are taken in the order of a tick: which of two policies keeps a trace may be chance, and keeping it not. */
static void say_chance_policies(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_replay_stats *st = tki_replay_stats(run->replay);
    if (!st->chance_matches)
        return;
    tki_doc_line(d, NULL, "chance");
    tki_doc_say(d, "of ");
    tki_doc_put(d, NULL, tki_d_count(st->chance_matches));
    tki_doc_say(d, " kept %s chance decides which policies match", tki_plural(st->chance_matches, "trace", "traces"));
    if (st->chance_credits) {
        tki_doc_say(d, ", and of ");
        tki_doc_put(d, NULL, tki_d_count(st->chance_credits));
        tki_doc_say(d, " which one recordpolicy names");
    }
    tki_doc_say(d, "; here that is as in one draw, --seed %" PRIu64, run->request->arrival.seed);
}

static void say_count(struct tki_doc *d, const char *title, uint64_t n, const char *one, const char *many)
{
    if (!n)
        return;
    tki_doc_line(d, NULL, title);
    tki_doc_put(d, NULL, tki_d_count(n));
    tki_doc_say(d, " %s", tki_plural(n, one, many));
}

void ts_say_time(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_clock_stats *c = clock_of(run);
    if (!c)
        return;
    say_chance(d, run);
    say_chance_spans(d, run);
    say_chance_policies(d, run);
    say_count(d, "late", c->late_kept, "span came after the decision on its trace and was kept",
              "spans came after the decisions on their traces and were kept");
    say_count(d, "again", c->came_back, "trace came again after it was forgotten, and was judged anew",
              "traces came again after they were forgotten, and were judged anew");
    say_count(d, "too large", c->too_large, "trace was lost: it is above maximum_trace_size_bytes",
              "traces were lost: they are above maximum_trace_size_bytes");
    say_count(d, "undecided", c->pending, "span was never decided on", "spans were never decided on");
    if (run->in_part && !run->sampler.nheads)
        say_count(d, "in part", run->in_part, "kept trace has lost spans", "kept traces have lost spans");
}

void ts_say_arrival(struct tki_doc *d, const struct ts_run *run)
{
    static const char *const how[] = {"each trace arrives whole", "each span arrives when it has ended",
                                      "the spans of a line of the dump arrive when the last of them has ended"};
    const struct tki_arrival *a = &run->request->arrival;
    const struct tki_clock_stats *c = clock_of(run);
    tki_doc_line(d, NULL, "timing");
    if (!c) {
        tki_doc_say(d, "each trace is judged whole: decision_wait (");
        put_duration(d, run->sampler.waits.decision_wait_ns);
        tki_doc_say(d, ") and num_traces (");
        tki_doc_put(d, NULL, tki_d_count(run->sampler.waits.num_traces));
        tki_doc_say(d, ") are taken to be enough");
        return;
    }
    tki_doc_say(d, "%s", how[a->mode]);
    if (a->mode == TKI_ARRIVE_COMPLETE && a->spacing_ns) {
        tki_doc_say(d, ", one every ");
        put_duration(d, a->spacing_ns);
    } else if (a->mode == TKI_ARRIVE_COMPLETE) {
        tki_doc_say(d, ", all within one second");
    }
    if (a->batch_ns) {
        tki_doc_say(d, ", sent every ");
        put_duration(d, a->batch_ns);
    }
    tki_doc_say(d, "; up to ");
    tki_doc_put(d, NULL, tki_d_count(c->open_max));
    tki_doc_say(d, " traces in memory, ");
    tki_doc_put(d, NULL, tki_d_count(c->undecided_max));
    tki_doc_say(d, " of them waiting with ");
    tki_doc_put(d, NULL, tki_d_count(c->spans_max));
    tki_doc_say(d, " spans%s", a->shutdown ? "; then the collector is shut down" : "");
}

/* ---- other waits ---- */

static struct tki_memory memory_of(const struct ts_run *run, const struct tki_wait_point *p)
{
    double mean = p->spans_max ? (double)p->bytes_max / (double)p->spans_max : 0;
    return tki_memory_of(&run->sampler, (double)p->bytes_max, mean);
}

static void wait_row(struct tki_doc *d, const struct ts_run *run, const struct tki_wait_point *p)
{
    const struct tki_memory m = memory_of(run, p);
    tki_doc_row(d);
    tki_doc_cell(d, tki_d_ns(p->wait_ns));
    tki_doc_cell(d, tki_d_share(p->spans ? (double)p->late / (double)p->spans : 0));
    tki_doc_cell(d, tki_d_count(p->flipped));
    tki_doc_cell(d, tki_d_count(p->kept_traces));
    tki_doc_cell(d, tki_d_count(p->waiting_max));
    tki_doc_cell(d, tki_d_count(p->spans_max));
    tki_doc_cell(d, tki_d_bytes(p->bytes_max));
    tki_doc_cell(d, tki_d_count(p->room));
    tki_doc_cell(d, tki_d_count(p->late));
    tki_doc_cell(d, tki_d_bytes((uint64_t)m.low));
    tki_doc_cell(d, tki_d_bytes((uint64_t)m.high));
    tki_doc_cell(d, tki_d_words(tki_refusal_words[tki_memory_refusal(&run->sampler, &m)]));
}

/* From which wait on memory_limiter may refuse what comes, and from which it does. */
static void say_limiter(struct tki_doc *d, const struct ts_run *run)
{
    const struct tki_around *a = &run->sampler.around;
    enum tki_refusal said = TKI_REFUSES_NEVER;
    if (!a->limits)
        return;
    tki_doc_line(d, NULL, "limiter");
    tki_doc_say(d, "memory_limiter refuses spans above ");
    tki_doc_put(d, NULL, tki_d_bytes(a->refuse_above_bytes));
    for (size_t i = 0; i < run->nwaits; i++) {
        struct tki_memory m = memory_of(run, &run->waits[i]);
        enum tki_refusal r = tki_memory_refusal(&run->sampler, &m);
        if (r <= said)
            continue;
        tki_doc_say(d, r == TKI_REFUSES ? "; it does from a wait of " : "; it may from a wait of ");
        put_duration(d, run->waits[i].wait_ns);
        tki_doc_say(d, " on");
        said = r;
    }
    if (said == TKI_REFUSES_NEVER)
        tki_doc_say(d, ", which these traces alone do not reach");
}

void ts_wait_curve(struct tki_doc *d, const struct ts_run *run)
{
    static const struct tki_doc_column columns[] = {
        {.title = "wait", .key = "wait_ns", .right = true},
        {.title = "late", .key = "late_share", .right = true},
        {.title = "flipped", .key = "flipped_traces", .right = true},
        {.title = "kept", .key = "kept_traces", .right = true},
        {.title = "waiting", .key = "waiting_traces_max", .right = true},
        {.title = "spans", .key = "waiting_spans_max", .right = true},
        {.title = "bytes", .key = "waiting_bytes_max", .right = true},
        {.title = "num_traces", .key = "num_traces_min", .right = true},
        {.key = "late_spans"},
        {.key = "memory_bytes_low"},
        {.key = "memory_bytes_high"},
        {.key = "memory_limiter"},
    };
    const struct tki_wait_point *last = &run->waits[run->nwaits - 1];
    const struct tki_memory memory = memory_of(run, last);
    tki_doc_init(d, "wait-curve", 1, "What other waits would do");
    ts_put_request(d, run);
    tki_doc_verdict(d, NULL);
    if (last->late == 0) {
        tki_doc_say(d, "With decision_wait of ");
        put_duration(d, last->wait_ns);
        tki_doc_say(d, " no span is late; it takes num_traces of ");
    } else {
        tki_doc_say(d, "Even with decision_wait of ");
        put_duration(d, last->wait_ns);
        tki_doc_say(d, " some spans are late; it takes num_traces of ");
    }
    tki_doc_put(d, NULL, tki_d_count(last->room));
    tki_doc_say(d, " and holds up to ");
    tki_doc_put(d, NULL, tki_d_bytes(last->bytes_max));
    tki_doc_say(d, " of spans, in a collector ");
    tki_doc_put(d, NULL, tki_d_mean_bytes(memory.low));
    tki_doc_say(d, " to ");
    tki_doc_put(d, NULL, tki_d_mean_bytes(memory.high));
    tki_doc_say(d, " of memory.");
    tki_doc_space(d);
    tki_doc_table(d, "waits", columns, sizeof columns / sizeof *columns);
    tki_doc_main(d);
    for (size_t i = 0; i < run->nwaits; i++)
        wait_row(d, run, &run->waits[i]);
    tki_doc_space(d);
    tki_doc_paragraph(d, NULL);
    tki_doc_say(
        d, "late: of the spans, those that come after the decision on their trace; flipped: traces that are kept, and "
           "would not be if all their spans had come in time, or the other way; waiting, spans, bytes: at most at "
           "once, as protobuf, of which a collector needs 2.5 to 4 times as much memory (an estimate), with 32 to 64 "
           "bytes for an id in a decision cache and what batch holds; num_traces: the smallest that throws out "
           "nothing undecided");
    say_limiter(d, run);
    tki_doc_line(d, NULL, "configured");
    put_duration(d, run->sampler.waits.decision_wait_ns);
    tki_doc_say(d, ", num_traces ");
    tki_doc_put(d, NULL, tki_d_count(run->sampler.waits.num_traces));
}
