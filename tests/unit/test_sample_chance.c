/* Hashes, thresholds, chances, and tracestate. */
#include <inttypes.h>
#include <math.h>

#include "base/hash.h"
#include "model/tracestate.h"
#include "sample/policy/probabilistic.h"
#include "sample_help.h"
#include "tap.h"

static void test_fnv(void)
{
    /* The published vectors of FNV-1a, 64 bits. */
    ok(tki_fnv64(TKI_FNV64_START, "", 0) == 0xcbf29ce484222325u, "FNV-1a of nothing");
    ok(tki_fnv64(TKI_FNV64_START, "a", 1) == 0xaf63dc4c8601ec8cu, "FNV-1a of a");
    ok(tki_fnv64(TKI_FNV64_START, "foobar", 6) == 0x85944171f73967e8u, "FNV-1a of foobar");
    uint64_t salted = tki_fnv64(TKI_FNV64_START, "default-hash-seed", 17);
    tk_id128 id = {0x0102030405060708u, 0x090a0b0c0d0e0f10u};
    ok(tki_probabilistic_hash(salted, id) == 0xdbcf64d5420f4cadu, "salt, then the id's sixteen bytes in order");
}

/* Printed by Go: new(big.Float).SetInt(MaxUint64), Mul by big.NewFloat(percentage / 100), Uint64. */
static void test_thresholds(void)
{
    static const struct {
        double percentage;
        uint64_t threshold;
    } t[] = {{0, 0},
             {1e-300, 0},
             {5e-324, 0},
             {1e-18, 0},
             {1e-17, 0x1u},
             {0.001, 0xa7c5ac471b47u},
             {0.1, 0x4189374bc6a7efu},
             {1, 0x28f5c28f5c28f5fu},
             {5, 0xcccccccccccccffu},
             {7.3, 0x12b020c49ba5e2ffu},
             {10, 0x19999999999999ffu},
             {12.5, 0x1fffffffffffffffu},
             {25, 0x3fffffffffffffffu},
             {33.333333, 0x55555547044b6bffu},
             {50, 0x7fffffffffffffffu},
             {66.6, 0xaa7ef9db22d0dfffu},
             {75, 0xbfffffffffffffffu},
             {90, 0xe6666666666667ffu},
             {99, 0xfd70a3d70a3d6fffu},
             {99.9, 0xffbe76c8b4395fffu},
             {99.999999999, 0xfffffffff5013fffu},
             {99.99999999999999, 0xfffffffffffff7ffu},
             {100, UINT64_MAX},
             {100.1, UINT64_MAX},
             {1000, UINT64_MAX},
             {-5, 0},
             {INFINITY, UINT64_MAX}};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        uint64_t got = tki_probabilistic_threshold(t[i].percentage);
        ok(got == t[i].threshold, "threshold of %.17g %%: %016" PRIx64, t[i].percentage, got);
    }
}

static void test_multiply(void)
{
    ok(tki_chance_multiply(TKI_CHANCE_ONE, TKI_CHANCE_ONE) == TKI_CHANCE_ONE, "1 * 1");
    ok(tki_chance_multiply(TKI_CHANCE_ONE, 12345) == 12345, "1 * p is p");
    ok(tki_chance_multiply(TKI_CHANCE_ONE / 2, TKI_CHANCE_ONE / 4) == TKI_CHANCE_ONE / 8, "1/2 * 1/4");
    ok(tki_chance_multiply(3, TKI_CHANCE_ONE / 2) == 2, "halves are rounded up");
    ok(tki_chance_multiply(0, TKI_CHANCE_ONE) == 0, "0 * 1");
}

/* The chance of a trace that satisfies no other leaf, and of one that satisfies them all. */
static void chances(const char *policies, unsigned release, double none, double every)
{
    struct tki_sampler s;
    struct tk_err err;
    if (open_policies(&s, policies, release, &err) < 0) {
        ok(false, "%s: %s", policies, err.text);
        return;
    }
    uint64_t bits[4] = {0}, scratch[4];
    const struct tki_arrived trace = {.spans = 1};
    const struct tki_moment m = {.bits = bits, .trace = &trace, .inverts = s.inverts};
    double p = (double)tki_sampler_chance(&s, &m, scratch, NULL) / (double)TKI_CHANCE_ONE;
    memset(bits, 0xff, sizeof bits);
    double q = (double)tki_sampler_chance(&s, &m, scratch, NULL) / (double)TKI_CHANCE_ONE;
    ok(fabs(p - none) < 1e-15 && fabs(q - every) < 1e-15, "chances %.17g and %.17g of %s", p, q, policies);
    tki_sampler_close(&s);
}

#define P(name, pct) "{name: " name ", type: probabilistic, probabilistic: {sampling_percentage: " pct "}}"
#define S(name, pct, salt) \
    "{name: " name ", type: probabilistic, probabilistic: {sampling_percentage: " pct ", hash_salt: " salt "}}"
#define E(name) "{name: " name ", type: status_code, status_code: {status_codes: [ERROR]}}"

static void test_chances(void)
{
    chances("{name: a, type: always_sample}", 0, 1, 1);
    chances(P("p", "10"), 0, 0.1, 0.1);
    chances(E("e") "," P("p", "25"), 0, 0.25, 1);
    chances(P("p", "10") "," P("q", "30"), 0, 0.3, 0.3);
    chances(S("p", "10", "x") "," S("q", "30", "y"), 0, 1 - 0.9 * 0.7, 1 - 0.9 * 0.7);
    chances("{name: a, type: and, and: {and_sub_policy: [" E("e") "," P("p", "5") "]}}", 0, 0, 0.05);
    chances("{name: a, type: and, and: {and_sub_policy: [" S("p", "50", "x") "," S("q", "20", "y") "]}}", 0, 0.1, 0.1);
    chances("{name: a, type: and, and: {and_sub_policy: [" P("p", "50") "," P("q", "20") "]}}", 0, 0.2, 0.2);
    chances("{name: n, type: not, not: {not_sub_policy: " P("p", "20") "}}", 0, 0.8, 0.8);
    chances(
        "{name: a, type: always_sample}, {name: d, type: drop, drop: {drop_sub_policy: [" E("e") "," P("p", "40") "]}}",
        0, 1, 0.6);
    chances(
        "{name: s, type: string_attribute, string_attribute: {key: k, values: [v], invert_match: true}}," P("p", "10"),
        143, 0.1, 0);
    chances(
        "{name: s, type: string_attribute, string_attribute: {key: k, values: [v], invert_match: true}}," P("p", "10"),
        144, 1, 0.1);
}

static void states(const char *header, uint64_t threshold, const char *wanted)
{
    char text[TKI_STATE_TEXT_MAX];
    size_t n = tki_state_write(text, tki_str(header), threshold);
    ok(n == strlen(wanted) && memcmp(text, wanted, n) == 0, "`%s` becomes `%.*s`", header, (int)n, text);
}

static void test_states(void)
{
    struct tki_state_member m[TKI_STATE_MEMBERS];
    ok(tki_state_parse(TKI_STR(""), m) == 0, "an empty tracestate");
    ok(tki_state_parse(TKI_STR("a=1, b@c=2 ,,x1/y=z z"), m) == 3 && TKI_STR_IS(m[1].key, "b@c") &&
           TKI_STR_IS(m[1].value, "2") && TKI_STR_IS(m[2].value, "z z"),
       "blanks around members, empty members, two kinds of keys");
    static const char *const bad[] = {"a",    "=1",    "a=",     "A=1",  "1a=1",        "a=1,a=2", "a=1=2",
                                      "a@=1", "a b=1", "a=\x7f", "@a=1", "a=1\xc3\xa9", "a=1;b",   "ab@0c=1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok((tki_state_parse(tki_str(bad[i]), m) < 0) == (i != 12), "`%s` is %s", bad[i],
           i == 12 ? "valid" : "not valid");
    char many[33 * 6 + 1] = "";
    for (int i = 0; i < 32; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "%sk%d=1", i ? "," : "", i);
    ok(tki_state_parse(tki_str(many), m) == 32, "32 members are enough");
    states(many, (uint64_t)1 << 55, ""); /* a 33rd is too many */
    states("", 0, "ot=th:0");
    states("", 0xe6666666666666u, "ot=th:e6666666666666");
    states("", (uint64_t)1 << 55, "ot=th:8");
    states("", 0xc0000000000010u, "ot=th:c000000000001");
    states("ot=rv:0123456789abcd;th:8", 0xc0000000000000u, "ot=th:c;rv:0123456789abcd");
    states("a=1,ot=th:8;x:y,b=2", 0xc0000000000000u, "ot=th:c;x:y,a=1,b=2");
    states("vendor=value", 0xc0000000000000u, "ot=th:c,vendor=value");
    states("not valid", 0xc0000000000000u, "");
}

/* Adds a trace of one span and returns what its tracestate became. */
static void marks(const char *policies, const char *before, bool error, const char *after)
{
    struct tki_sampler s;
    struct tk_err err;
    struct tki_replay *r;
    uint32_t rows[1];
    if (open_policies(&s, policies, 0, &err) < 0 || tki_replay_open(&r, &s, NULL, &err) < 0) {
        ok(false, "%s: %s", policies, err.text);
        return;
    }
    struct tk_batch *b = tk_batch_new();
    new_resource(b);
    struct tk_span *span = new_span(b, 3, 0, 1);
    span->trace_state = tki_str(before);
    span->status = error ? TK_STATUS_ERROR : TK_STATUS_UNSET;
    span->raw = TKI_STR("as it came");
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    size_t n = tki_replay_select(r, b, rows, all_rows(b, rows), true);
    bool same = strcmp(before, after) == 0;
    ok(n == 1 && tki_str_eq(b->spans[0].trace_state, tki_str(after)) && (b->spans[0].raw.n != 0) == same,
       "`%s` goes out as `%.*s`", before, (int)b->spans[0].trace_state.n, b->spans[0].trace_state.p);
    tk_batch_free(b);
    tki_replay_close(r);
    tki_sampler_close(&s);
}

static void test_marks(void)
{
    marks(P("p", "99.99"), "", false, "ot=th:00068db8bac718");
    marks(E("e") "," P("p", "99.99"), "", true, "");
    marks(E("e") "," P("p", "99.99"), "ot=th:8", true, "ot=th:8");
    marks("{name: n, type: not, not: {not_sub_policy: " P("p", "0") "}}", "ot=th:8;rv:00000000000001", false,
          "ot=th:8;rv:00000000000001");
    marks("{name: n, type: not, not: {not_sub_policy: " P("p", "1e-12") "}}", "a=b,ot=th:8", false,
          "ot=th:80000000000168,a=b");
    marks(P("p", "99.99"), "broken", false, "broken");
}

int main(void)
{
    test_fnv();
    test_thresholds();
    test_multiply();
    test_chances();
    test_states();
    test_marks();
    return done_testing();
}
