/* The seam of policy types: a type that the library does not have is a const struct and a line of a table, and has at
 * once what it reads, of every format; one with state and a clock decides by them, and is asked for what would have
 * been without spending anything. */
#include "sample/explain.h"
#include "sample_formats.h"
#include "tap.h"

/* ---- span_name: a field that no other type reads ---- */

struct span_name {
    tk_str value;
};

static const struct tki_setting span_name_settings[] = {
    {"value", TKI_SETTING_STRING, offsetof(struct span_name, value)}, {0}};

static int span_name_prepare(struct tki_opening *o, struct tki_policy *p)
{
    return tki_policy_reads(o, p, (struct tki_field){.id = TKI_F_NAME});
}

static int span_name_on_span(const struct tki_policy *p, struct tki_look *look)
{
    const struct span_name *d = p->data;
    return tki_str_eq(tki_look_at(look, 0).v.s, d->value);
}

static void span_name_ask(struct tki_buf *to, const struct tki_policy *p)
{
    const struct span_name *d = p->data;
    tki_buf_lit(to, "name = ");
    tki_put_quoted(to, d->value);
}

static const struct tki_policy_type span_name = {
    .name = "span_name",
    .about = "a span of that name",
    .settings = span_name_settings,
    .data_size = sizeof(struct span_name),
    .prepare = span_name_prepare,
    .on_span = span_name_on_span,
    .decide = tki_decide_by_evidence,
    .ask = span_name_ask,
};

/* ---- budget: so many spans for each second of the clock, in the order of the traces ---- */

struct budget {
    int64_t spans;
};

struct budget_state {
    int64_t second, spent;
};

static const struct tki_setting budget_settings[] = {{"spans", TKI_SETTING_I64, offsetof(struct budget, spans)}, {0}};

static enum tki_decision budget_decide(const struct tki_policy *p, const struct tki_moment *m)
{
    const struct budget *d = p->data;
    struct budget_state *state = tki_policy_state(p, m);
    int64_t second = m->now_ns / 1000000000;
    if (state->second != second)
        *state = (struct budget_state){second, 0};
    if (state->spent + m->trace->spans > d->spans)
        return TKI_NOT_SAMPLED;
    state->spent += m->trace->spans;
    return TKI_SAMPLED;
}

static const struct tki_policy_type budget = {
    .name = "budget",
    .about = "spans a second",
    .settings = budget_settings,
    .data_size = sizeof(struct budget),
    .state_size = sizeof(struct budget_state),
    .decide = budget_decide,
};

/* Instead of the library's table. */
extern const struct tki_policy_type tki_policy_always_sample, tki_policy_status_code, tki_policy_probabilistic,
    tki_policy_and;
const struct tki_policy_type *const tki_policy_types[] = {&tki_policy_always_sample,
                                                          &tki_policy_status_code,
                                                          &tki_policy_probabilistic,
                                                          &tki_policy_and,
                                                          &span_name,
                                                          &budget,
                                                          NULL};

/* ---- tests ---- */

static bool opens(struct tki_sampler *s, const char *policies)
{
    struct tk_err err;
    int rc = open_policies(s, policies, 0, &err);
    if (rc < 0)
        ok(false, "%s: %s", policies, err.text);
    return rc == 0;
}

static void test_reads(void)
{
    struct tki_sampler s;
    struct tk_read_opts opts = {0};
    if (!opens(&s, "{name: e, type: status_code, status_code: {status_codes: [ERROR]}}"))
        return;
    opts.needs = tki_sampler_needs(&s, &opts.attr_keys, &opts.nattr_keys);
    ok(!(opts.needs & (TK_NEED_NAME | TK_NEED_RESOURCE)), "nobody reads names: they are not decoded");
    tki_sampler_close(&s);
    if (!opens(&s,
               "{name: a, type: and, and: {and_sub_policy: [{name: n, type: span_name, span_name: {value: op-2}}]}}"))
        return;
    opts.needs = tki_sampler_needs(&s, &opts.attr_keys, &opts.nattr_keys);
    ok(opts.needs & TK_NEED_NAME, "a policy inside another reads them: they are decoded");
    tki_sampler_close(&s);
}

static void test_formats(void)
{
    struct tki_sampler s;
    if (!opens(&s, "{name: n, type: span_name, span_name: {value: op-3}}"))
        return;
    write_formats();
    uint32_t wanted = 0;
    for (unsigned t = 0; t < TRACES; t++) /* trace t has the names op-t to op-(t + t % 5), modulo 4 */
        for (unsigned i = 0; i <= t % 5; i++)
            wanted |= (uint32_t)((t + i) % 4 == 3) << t;
    for (int f = 0; f < FORMATS; f++) {
        uint32_t got = kept_of(&s, f);
        ok(got == wanted, "a span name: %06x of %s", got, formats[f]);
    }
    remove_formats();
    tki_sampler_close(&s);
}

/* Explains trace 1 of the batch, and what each policy said of all. */
static void test_explained(struct tk_batch *b)
{
    struct tki_sampler s;
    struct tki_replay *r;
    struct tki_explain *e = NULL;
    struct tki_explained x;
    struct tk_err err;
    if (!opens(&s, "{name: n, type: span_name, span_name: {value: two}}"))
        return;
    if (tki_replay_open(&r, &s, NULL, &err) < 0 ||
        tki_explain_open(&e, &s, (tk_id128){0x0102030405060708u, 1}, &err) < 0)
        give_up("explain", &err);
    tki_replay_watch(r, tki_explain_watch(e));
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    int rc = tki_explain_result(e, &x, &err);
    ok(rc == 1 && x.n == 1 && strcmp(x.reasons[0].why, "name = \"two\": only \"one\"") == 0, "it is explained: %s",
       x.n ? x.reasons[0].why : "");
    tki_explain_close(e);
    tki_replay_close(r);
    tki_sampler_close(&s);
}

/* Traces of 1, 2, 3, 4 spans, in this order. */
static struct tk_batch *four_traces(void)
{
    struct tk_batch *b = tk_batch_new();
    tk_batch_add_scope(b);
    new_resource(b);
    for (uint64_t t = 1; t <= 4; t++)
        for (uint64_t i = 0; i < t; i++)
            new_span(b, t, 0, 1)->name = TKI_STR("one");
    return b;
}

static void test_state(struct tk_batch *b)
{
    struct tki_sampler s;
    struct tki_replay *r;
    struct tki_explain *e = NULL;
    struct tki_explained x;
    struct tk_err err;
    /* The budget admits traces of 1, 2 and 3 spans, and not the fourth; asked for what p alone would keep, for the
     * chance and for the explanation it must not spend again. */
    if (!opens(&s, "{name: p, type: probabilistic, probabilistic: {sampling_percentage: 1e-9}}, "
                   "{name: b, type: budget, budget: {spans: 6}}"))
        return;
    if (tki_replay_open(&r, &s, NULL, &err) < 0 ||
        tki_explain_open(&e, &s, (tk_id128){0x0102030405060708u, 3}, &err) < 0)
        give_up("state", &err);
    tki_replay_watch(r, tki_explain_watch(e));
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    const struct tki_replay_stats *st = tki_replay_stats(r);
    ok(st->kept.traces == 3 && st->kept.spans == 6, "%u traces, %u spans of a budget of 6 are kept",
       (unsigned)st->kept.traces, (unsigned)st->kept.spans);
    ok(st->policy[1].alone.traces == 3, "each by the budget alone");
    int rc = tki_explain_result(e, &x, &err);
    ok(rc == 1 && x.kept && x.chance == 1 && x.reasons[1].decision == TKI_SAMPLED,
       "the third is explained as it was decided, whatever its id");
    tki_explain_close(e);
    tki_replay_close(r);
    tki_sampler_close(&s);
}

/* A policy inside another spends only when it is reached. */
static void test_order(struct tk_batch *b)
{
    struct tki_sampler s;
    struct tki_replay *r;
    struct tk_err err;
    if (!opens(&s, "{name: a, type: and, and: {and_sub_policy: [{name: n, type: span_name, span_name: {value: two}}, "
                   "{name: b, type: budget, budget: {spans: 4}}]}}, {name: c, type: budget, budget: {spans: 5}}"))
        return;
    if (tki_replay_open(&r, &s, NULL, &err) < 0)
        give_up("order", &err);
    b->spans[6].name = TKI_STR("two"); /* of trace 4 */
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    const struct tki_replay_stats *st = tki_replay_stats(r);
    ok(st->policy[0].decided[TKI_SAMPLED].traces == 1, "the fourth trace finds the budget inside unspent");
    ok(st->policy[1].decided[TKI_SAMPLED].traces == 2, "and the other one, that is asked each time, spent");
    tki_replay_close(r);
    tki_sampler_close(&s);
}

static void test_clock(void)
{
    struct tki_sampler s;
    const struct tki_arrived trace = {.spans = 3};
    uint64_t states[8] = {0}, bits = 0;
    struct tki_moment m = {.bits = &bits, .trace = &trace, .states = (char *)states};
    if (!opens(&s, "{name: b, type: budget, budget: {spans: 4}}"))
        return;
    ok(tki_sampler_decide(&s, &m, NULL, NULL), "in budget");
    m.now_ns = 999999999;
    ok(!tki_sampler_decide(&s, &m, NULL, NULL), "over it in the same second");
    m.now_ns = 1000000000;
    ok(tki_sampler_decide(&s, &m, NULL, NULL), "in budget in the next one");
    tki_sampler_close(&s);
}

int main(void)
{
    test_reads();
    test_formats();
    struct tk_batch *b = four_traces();
    test_explained(b);
    test_state(b);
    test_order(b);
    test_clock();
    tk_batch_free(b);
    return done_testing();
}
