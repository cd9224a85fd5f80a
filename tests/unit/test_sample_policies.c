/* Rules of the policies and of their configuration, by version: the traps that users meet. */
#include "sample/explain.h"
#include "sample/policy/probabilistic.h"
#include "sample_help.h"
#include "tap.h"

/* ---- configuration
 * ------------------------------------------------------------------------------------------- */

static void fails(const char *text, int code, const char *place, const char *why)
{
    struct tki_sampler s;
    struct tk_err err;
    int rc = open_text(&s, text, NULL, 0, &err);
    const char *at = strchr(err.source, ':');
    ok(rc == code && strstr(err.text, why) && strcmp(at ? at : "", place) == 0, "%s%s%s", at ? at + 1 : "",
       at ? ": " : "", err.text);
    if (rc == 0)
        tki_sampler_close(&s);
}

/* One policy that starts at line 4, column 9. */
#define HEAD "processors:\n  tail_sampling:\n    policies:\n      - "

static void test_places(void)
{
    fails("", TK_EUSAGE, "", "it is empty");
    fails("- a\n", TK_EUSAGE, ":1:3", "expected a mapping");
    fails("receivers: {}\n", TK_EUSAGE, "", "no mapping 'processors'");
    fails("a: [1\nb: 2\n", TK_EUSAGE, ":2:2", "not valid YAML");
    fails("processors:\n  batch:\n", TK_EUSAGE, ":2:3", "no tail_sampling");
    fails("processors:\n  tail_sampling_2: {}\n", TK_EUSAGE, ":2:3", "no tail_sampling");
    fails("processors:\n  adaptive_tail_sampling: {}\n", TK_EUNSUPPORTED, ":2:3",
          "adaptive_tail_sampling is not replayed");
    fails("processors:\n  tail_sampling:\n  tail_sampling/b:\n", TK_EUSAGE, ":3:3",
          "several tail_sampling processors (tail_sampling, tail_sampling/b): choose one with --processor");
    fails("processors:\n  tail_sampling:\n    num_trace: 1\n", TK_EUSAGE, ":3:5",
          "unknown key 'num_trace' in tail_sampling");
    fails("processors:\n  tail_sampling:\n    decision_wait: 1 minute\n", TK_EUSAGE, ":3:20", "a duration");
    fails("processors:\n  tail_sampling:\n    num_traces: many\n", TK_EUSAGE, ":3:17", "a whole number");
    fails("processors:\n  tail_sampling:\n    sampling_strategy: span-egress\n", TK_EUSAGE, ":3:24",
          "unknown sampling_strategy 'span-egress'");
    fails("processors:\n  tail_sampling:\n    sampling_strategy: \"\"\n", TK_EUSAGE, ":3:24",
          "unknown sampling_strategy ''");
    fails("processors:\n  tail_sampling:\n    sampling_strategy: span-ingest\n    num_shards: 257\n", TK_EUSAGE,
          ":4:17", "num_shards must not exceed 256");
    fails("processors:\n  tail_sampling:\n    sampling_strategy: span-ingest\n    policies:\n"
          "      - {name: a, type: not, not: {not_sub_policy: {name: l, type: latency, latency: {threshold_ms: 1, "
          "upper_threshold_ms: 2}}}}\n",
          TK_EUSAGE, "", "needs policies without a state, and 'a' has one");
    fails("processors:\n  tail_sampling:\n    decision_cache: {sampled: 1}\n", TK_EUSAGE, ":3:22",
          "unknown key 'sampled'");
}

static void test_policy_errors(void)
{
    fails(HEAD "type: always_sample\n", TK_EUSAGE, ":4:9", "without a name");
    fails(HEAD "name: a\n", TK_EUSAGE, ":4:9", "has no type");
    fails(HEAD "{name: a, type: always}\n", TK_EUSAGE, ":4:25", "unknown sampling policy type 'always'");
    fails(HEAD "{name: a, type: always_sample}\n      - {name: b, type: always_sample}\n      - {name: a, "
               "type: always_sample}\n",
          TK_EUSAGE, ":6:10", "duplicate policy name 'a' (first at line 4)");
    fails(HEAD "name: a\n        type: latency\n        latancy: 5\n", TK_EUSAGE, ":6:9", "unknown key 'latancy'");
    fails(HEAD "name: a\n        type: latency\n        threshold_ms: 5\n", TK_EUSAGE, ":6:9",
          "unknown key 'threshold_ms' in policy 'a' (it belongs under 'latency')");
    fails(HEAD "name: a\n        type: latency\n        latency: {threshold: 5}\n", TK_EUSAGE, ":6:19",
          "unknown key 'threshold'");
    fails(HEAD "name: a\n        type: latency\n        latency: {threshold_ms: 5s}\n", TK_EUSAGE, ":6:33",
          "a whole number");
    fails(HEAD "name: a\n        type: status_code\n", TK_EUSAGE, ":4:9", "at least one of OK, ERROR, UNSET");
    fails(HEAD "name: a\n        type: status_code\n        status_code: {status_codes: [OK, error]}\n", TK_EUSAGE,
          ":6:42", "unknown status code 'error'");
    fails(HEAD "name: a\n        type: string_attribute\n        string_attribute: {key: http.code, values: "
               "[404]}\n",
          TK_EUSAGE, ":6:53", "write it in quotes");
    fails(HEAD "name: a\n        type: string_attribute\n"
               "        string_attribute: {key: k, enabled_regex_matching: true, values: [ok, 'a(?=b)']}\n",
          TK_EUSAGE, ":6:79", "look-around");
    fails(HEAD "name: a\n        type: numeric_attribute\n        numeric_attribute: {key: k}\n", TK_EUSAGE, ":6:9",
          "neither min_value nor max_value");
    fails(HEAD "name: a\n        type: probabilistic\n        probabilistic: {sampling_percentage: .nan}\n", TK_EUSAGE,
          ":6:9", "not a number");
    fails(HEAD "{name: a, type: composite, composite: {rate_allocation: 5}}\n", TK_EUSAGE, ":4:65",
          "policy 'a': rate_allocation: expected a list");
    fails(HEAD "{name: a, type: composite, composite: {rate_allocation: [{policy: p, share: 5}]}}\n", TK_EUSAGE,
          ":4:78", "unknown key 'share' in rate_allocation");
    fails(HEAD "{name: a, type: ottl_condition}\n", TK_EUSAGE, ":4:10", "needs a condition under span or spanevent");
    fails(HEAD "{name: a, type: ottl_condition, ottl_condition: {span: ['foo == 1']}}\n", TK_EUSAGE, ":4:65",
          "condition 'foo == 1', character 1: no such path in conditions of spans: foo");
    fails(HEAD "{name: a, type: ottl_condition, ottl_condition: {error_mode: x, span: ['true']}}\n", TK_EUSAGE, ":4:41",
          "unknown error_mode 'x'");
    fails(HEAD "{name: a, type: ottl_condition, ottl_condition: {error_mode: '', span: ['true']}}\n", TK_EUSAGE,
          ":4:41", "unknown error_mode ''");
    fails(HEAD "{name: a, type: ottl_condition, ottl_condition: {error_mode: , span: ['true']}}\n", TK_EUSAGE, ":4:41",
          "unknown error_mode ''");
    fails(HEAD "{name: a, type: not}\n", TK_EUSAGE, ":4:10", "no not_sub_policy");
    fails(HEAD "{name: a, type: and, and: {and_sub_policy: [{name: b, type: and}]}}\n", TK_EUSAGE, ":4:69",
          "cannot stand inside 'and'");
}

static void later(const char *policy, unsigned release)
{
    struct tki_sampler s;
    struct tk_err err;
    ok(open_policies(&s, policy, release - 1, &err) == TK_EUSAGE && strstr(err.text, "it came with"), "%s", err.text);
    int rc = open_policies(&s, policy, release, &err);
    ok(rc == 0, "and is known at 0.%u", release);
    if (rc == 0)
        tki_sampler_close(&s);
}

static void test_versions(void)
{
    later("{name: d, type: drop, drop: {drop_sub_policy: [{name: a, type: always_sample}]}}", 126);
    later("{name: n, type: not, not: {not_sub_policy: {name: a, type: always_sample}}}", 147);
    later("{name: f, type: trace_flags}", 147);
    later("{name: b, type: bytes_limiting, bytes_limiting: {bytes_per_second: 1}}", 144);
    later("{name: r, type: rate_limiting, rate_limiting: {spans_per_second: 1, burst_capacity: 1}}", 153);
    ok(tki_release_parse("0.157") == 157 && tki_release_parse("v0.157.1") == 157 && tki_release_parse("157") == 157,
       "versions");
    ok(tki_release_parse("") == 0 && tki_release_parse("new") == 0 && tki_release_parse("0.x") == 0 &&
           tki_release_parse("1.0") == 0,
       "that are none");
    char doubt[160];
    ok(strstr(tki_release_doubt(999, doubt, sizeof doubt), "newer") &&
           strstr(tki_release_doubt(99, doubt, sizeof doubt), "older") && !tki_release_doubt(120, doubt, sizeof doubt),
       "releases that decisions were not compared with");
}

static void test_accepted(void)
{
    struct tki_sampler s;
    struct tk_err err;
    int rc =
        open_text(&s,
                  "x-shared: [&errors {status_codes: [ERROR]}, &slow {threshold_ms: 1}]\n"
                  "processors:\n"
                  "  transform/a: {any: thing}\n"
                  "  tail_sampling/one: {}\n"
                  "  tail_sampling/two:\n"
                  "    decision_wait: 1m30s\n"
                  "    decision_cache: {sampled_cache_size: 100, non_sampled_cache_size: 100}\n"
                  "    num_traces: 10\n"
                  "    policies:\n"
                  "      - {name: e, type: status_code, status_code: *errors}\n"
                  "      - {name: l, type: latency, latency: {<<: *slow}, probabilistic: {sampling_percentage: 1}}\n"
                  "      - {name: d, type: drop}\n"
                  "service:\n"
                  "  pipelines:\n"
                  "    traces: {processors: [memory_limiter, transform/a, tail_sampling/two, batch]}\n",
                  "two", 0, &err);
    ok(rc == 0, "anchors, merge keys, one of several: %s", rc ? err.text : "read");
    if (rc == 0) {
        ok(strcmp(s.processor, "tail_sampling/two") == 0 && s.waits.decision_wait_ns == 90000000000, "the right one");
        ok(s.warnings.n == 2 && strstr(s.warnings.text[0], "'probabilistic' of policy 'l' have no effect"),
           "settings of another type");
        ok(strstr(s.warnings.text[1], "in its pipeline are not replayed: transform/a") != NULL,
           "a processor before it that changes spans");
        ok(s.order[0] == 2 && s.order[1] == 0, "drop policies come first");
        tki_sampler_close(&s);
    }
    rc = open_text(&s,
                   "spec:\n  config:\n    processors: {tail_sampling: {policies: [{name: a, type: always_sample}]}}\n",
                   NULL, 0, &err);
    ok(rc == 0, "a Kubernetes resource");
    if (rc == 0)
        tki_sampler_close(&s);
}

static void asks(const struct tki_sampler *s, uint32_t policy, const char *wanted, const char *what)
{
    struct tki_buf b = {0};
    s->policies[policy].type->ask(&b, &s->policies[policy]);
    tki_buf_putc(&b, '\0');
    ok(strcmp(b.p, wanted) == 0, "%s: %s", what, b.p);
    tki_buf_free(&b);
}

static void test_variables(void)
{
    struct tki_sampler s;
    struct tk_err err;
    setenv("TK_TEST_PCT", "25", 1);
    setenv("TK_TEST_KEY", "404", 1);
    unsetenv("TK_TEST_NONE");
    int rc = open_policies(&s,
                           "{name: 'x-${env:TK_TEST_KEY}', type: probabilistic, probabilistic: "
                           "{sampling_percentage: '${TK_TEST_PCT}',"
                           " hash_salt: 'a$$b'}},"
                           "{name: l, type: latency, latency: {threshold_ms: '${env:TK_TEST_NONE:-7}'}},"
                           "{name: s, type: string_attribute, string_attribute: {key: k, values: "
                           "['${env:TK_TEST_KEY}', '${env:TK_TEST_NONE}']}}",
                           0, &err);
    ok(rc == 0, "variables: %s", rc ? err.text : "read");
    if (rc == 0) {
        ok(tki_str_eq(s.policies[0].name, TKI_STR("x-404")) &&
               s.policies[0].threshold == tki_probabilistic_threshold(25),
           "inside text, and as a number");
        ok(tki_str_eq(s.draws.text[0], TKI_STR("a$b")), "two dollars are one");
        asks(&s, 1, "extent above 7 ms", "a default");
        asks(&s, 2, "\"k\" = \"404\"", "a number is text where text is wanted; what is not set is empty");
        tki_sampler_close(&s);
    }
    fails(HEAD "{name: '${file:x}', type: always_sample}\n", TK_EUNSUPPORTED, ":4:16", "only environment variables");
    fails(HEAD "{name: '${env:9x}', type: always_sample}\n", TK_EUSAGE, ":4:16", "not the name");
}

/* ---- traces
 * ---------------------------------------------------------------------------------------------------- */

static struct tk_batch *b;

static void begin(void)
{
    tk_batch_reset(b);
    tk_batch_add_scope(b);
    new_resource(b);
}

static void decides(const char *policy, unsigned release, enum tki_decision wanted, const char *what)
{
    struct tki_sampler s;
    struct tk_err err;
    if (open_policies(&s, policy, release, &err) < 0) {
        ok(false, "%s: %s", what, err.text);
        return;
    }
    enum tki_decision got = decide(&s, b);
    ok(got == wanted, "%s: %s", what, got < TKI_DECISIONS ? tki_decision_names[got] : "nothing");
    tki_sampler_close(&s);
}

#define LATENCY(set) "{name: l, type: latency, latency: {" set "}}"

static void test_latency(void)
{
    begin();
    new_span(b, 1, 0, 400)->end_ns += 999999;
    new_span(b, 1, 600, 1000);
    decides(LATENCY("threshold_ms: 1000"), 156, TKI_SAMPLED, "1000 ms before 0.157: at or above; gaps count");
    decides(LATENCY("threshold_ms: 1000"), 157, TKI_NOT_SAMPLED, "1000 ms from 0.157: above");
    decides(LATENCY("threshold_ms: 999"), 0, TKI_SAMPLED, "above 999 ms");
    decides("{name: l, type: latency}", 0, TKI_SAMPLED, "no settings: above 0");
    decides(LATENCY("threshold_ms: 400, upper_threshold_ms: 1000"), 0, TKI_SAMPLED, "the upper bound is inside");
    decides(LATENCY("threshold_ms: 400, upper_threshold_ms: 999"), 0, TKI_NOT_SAMPLED,
            "no prefix is inside: 400 is not above 400");
    decides(LATENCY("threshold_ms: 399, upper_threshold_ms: 999"), 0, TKI_SAMPLED, "a prefix of 400 ms is enough");
    begin();
    new_span(b, 1, 0, 10)->end_ns = T0 + 10999999;
    decides(LATENCY("threshold_ms: 10"), 0, TKI_NOT_SAMPLED, "milliseconds are cut, not rounded");
    begin();
    new_span(b, 1, 50, 10);
    decides(LATENCY("threshold_ms: 0"), 156, TKI_NOT_SAMPLED, "an end before the start");
    begin();
    new_span(b, 1, 0, 10)->start_ns = 0;
    new_span(b, 1, 5, 10);
    decides(LATENCY("threshold_ms: 100000"), 0, TKI_SAMPLED, "a start of 0 counts while it is the only one");
    begin();
    new_span(b, 1, 5, 10);
    new_span(b, 1, 0, 11)->start_ns = 0;
    new_span(b, 1, 6, 12);
    decides(LATENCY("threshold_ms: 1, upper_threshold_ms: 6"), 0, TKI_SAMPLED, "5 ms first");
    decides(LATENCY("threshold_ms: 5, upper_threshold_ms: 6"), 0, TKI_SAMPLED,
            "a start of 0 is replaced by the next one: 12 - 6");
}

/* Go takes 2^63 ns for a time in 1677, -2^63 ns from 1970: from 1 ns on that is the least of all durations, and
 * computed without a sign 2^63 - 1 ns, the greatest. */
static void test_latency_beyond_64_bits(void)
{
    begin();
    struct tk_span *span = new_span(b, 1, 0, 0);
    span->start_ns = 1;
    span->end_ns = (uint64_t)1 << 63;
    decides(LATENCY("threshold_ms: 9223372036853"), 161, TKI_NOT_SAMPLED, "an end in 1677");
    decides(LATENCY("threshold_ms: 9223372036853"), 162, TKI_SAMPLED, "from 0.162 on 9223372036854 ms");
    decides(LATENCY("threshold_ms: 9223372036854"), 162, TKI_NOT_SAMPLED, "and no more");
    begin();
    new_span(b, 1, 0, 2000);
    new_span(b, 1, 0, 1)->end_ns = UINT64_MAX;
    decides(LATENCY("threshold_ms: 1999"), 161, TKI_SAMPLED, "2 s first, then an end 1 ns before 1970");
    decides(LATENCY("threshold_ms: 2000"), 161, TKI_NOT_SAMPLED, "which is before the start");
    decides(LATENCY("threshold_ms: 1999"), 162, TKI_SAMPLED, "2 s first, from 0.162");
    decides(LATENCY("threshold_ms: 2000"), 162, TKI_NOT_SAMPLED, "then less than nothing");
}

/* The spans of a batch are added up when no extent can become less; the next batch may hold one that does. */
static void test_latency_in_batches(void)
{
    struct tki_sampler s;
    struct tki_replay *r;
    struct tk_err err = {0};
    if (open_policies(&s, LATENCY("threshold_ms: 1999"), 0, &err) < 0 || tki_replay_open(&r, &s, NULL, &err) < 0) {
        ok(false, "%s", err.text);
        return;
    }
    begin();
    new_span(b, 1, 0, 2000);
    add_batch(r, &s, b);
    begin();
    new_span(b, 1, 0, 1)->end_ns = UINT64_MAX;
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    ok(tki_replay_stats(r)->policy[0].decided[TKI_SAMPLED].traces == 1, "2 s in the batch before are not forgotten");
    tki_replay_close(r);
    tki_sampler_close(&s);
}

#define NUMBER(set) "{name: n, type: numeric_attribute, numeric_attribute: {key: k, " set "}}"

static void with_number(int64_t i)
{
    begin();
    tk_range attrs = {b->nattrs, 0};
    put_attr(b, &attrs, "k", TK_INT)->value.v.i = i;
    new_span(b, 1, 0, 1)->attrs = attrs;
}

static void test_numeric(void)
{
    with_number(100);
    decides(NUMBER("min_value: 100"), 0, TKI_SAMPLED, "the lower bound is inside");
    decides(NUMBER("min_value: 100"), 131, TKI_NOT_SAMPLED, "before 0.132 no max_value is a max_value of 0");
    decides(NUMBER("max_value: 100"), 0, TKI_SAMPLED, "the upper bound is inside");
    decides(NUMBER("min_value: -5, max_value: 0"), 0, TKI_SAMPLED, "a bound of 0 is not set");
    decides(NUMBER("min_value: -5, max_value: 0"), 131, TKI_NOT_SAMPLED, "and was one before");
    decides(NUMBER("max_value: 99"), 0, TKI_NOT_SAMPLED, "above");
    with_number(-7);
    decides(NUMBER("max_value: 5"), 0, TKI_SAMPLED, "no lower bound from 0.132");
    decides(NUMBER("max_value: 5"), 131, TKI_NOT_SAMPLED, "a lower bound of 0 before");
    begin();
    tk_range attrs = {b->nattrs, 0};
    put_attr(b, &attrs, "k", TK_DOUBLE)->value.v.d = 5000;
    new_span(b, 1, 0, 1)->attrs = attrs;
    decides(NUMBER("min_value: 1000"), 0, TKI_NOT_SAMPLED, "a double reads as 0");
    decides(NUMBER("max_value: 10"), 0, TKI_SAMPLED, "so it can match");
    begin();
    attrs = (tk_range){b->nattrs, 0};
    put_text(b, &attrs, "k", "5000");
    new_span(b, 1, 0, 1)->attrs = attrs;
    decides(NUMBER("min_value: 1000"), 0, TKI_NOT_SAMPLED, "text reads as 0");
    begin();
    attrs = (tk_range){b->nattrs, 0};
    put_attr(b, &attrs, "k", TK_INT)->value.v.i = 1;
    put_attr(b, &attrs, "k", TK_INT)->value.v.i = 500;
    new_span(b, 1, 0, 1)->attrs = attrs;
    decides(NUMBER("min_value: 100"), 0, TKI_NOT_SAMPLED, "of a key that is there twice the first counts");
}

#define TEXT(set) "{name: s, type: string_attribute, string_attribute: {key: k, " set "}}"

static void test_string(void)
{
    begin();
    tk_range attrs = {b->nattrs, 0};
    put_text(b, &attrs, "k", "Shop");
    new_span(b, 1, 0, 1)->attrs = attrs;
    new_span(b, 1, 0, 1);
    decides(TEXT("values: [shop]"), 0, TKI_NOT_SAMPLED, "case matters");
    decides(TEXT("values: [a, Shop]"), 0, TKI_SAMPLED, "one of the values");
    decides(TEXT("values: [a, b, c, d, e, f, g, h, i, j, Shop, k]"), 0, TKI_SAMPLED, "one of many values");
    decides(TEXT("values: [a, b, c, d, e, f, g, h, i, j, k]"), 0, TKI_NOT_SAMPLED, "none of many values");
    decides(TEXT("values: [ho], enabled_regex_matching: true"), 0, TKI_SAMPLED, "an expression is not anchored");
    decides(TEXT("values: [ho]"), 0, TKI_NOT_SAMPLED, "a value is");
    decides(TEXT("values: []"), 0, TKI_NOT_SAMPLED, "no values never match");
    decides(TEXT("values: [], enabled_regex_matching: true, invert_match: true"), 0, TKI_SAMPLED, "inverted: always");
    decides(TEXT("values: [Shop], invert_match: true"), 143, TKI_INVERT_NOT_SAMPLED, "inverted before 0.144");
    decides(TEXT("values: [Shop], invert_match: true"), 144, TKI_NOT_SAMPLED, "inverted from 0.144");
    decides(TEXT("values: [x], invert_match: true"), 143, TKI_INVERT_SAMPLED, "inverted, no match, before 0.144");
    decides("{name: s, type: string_attribute, string_attribute: {key: other, values: [x], invert_match: true}}", 0,
            TKI_SAMPLED, "inverted, and the key is nowhere");
    begin();
    attrs = (tk_range){b->nattrs, 0};
    put_text(b, &attrs, "k", "");
    new_span(b, 1, 0, 1)->attrs = attrs;
    decides(TEXT("values: ['']"), 0, TKI_NOT_SAMPLED, "an empty value never matches");
    decides(TEXT("values: ['.*'], enabled_regex_matching: true"), 0, TKI_NOT_SAMPLED,
            "a span's empty value is passed over");
    begin();
    attrs = (tk_range){b->nattrs, 0};
    put_attr(b, &attrs, "k", TK_INT)->value.v.i = 5;
    b->resources[0].attrs = attrs;
    new_span(b, 1, 0, 1);
    decides(TEXT("values: ['^$'], enabled_regex_matching: true"), 0, TKI_SAMPLED,
            "a resource's value that is not text is matched as empty");
    decides(TEXT("values: ['5']"), 0, TKI_NOT_SAMPLED, "and not as its digits");
}

static void test_spans(void)
{
    static const char flags[] = "{name: f, type: trace_flags}";
    begin();
    new_span(b, 1, 0, 1)->flags = 0x300;
    decides(flags, 0, TKI_NOT_SAMPLED, "only the lowest bit of the flags");
    new_span(b, 1, 0, 1)->flags = 0x301;
    decides(flags, 0, TKI_SAMPLED, "of any span");
    decides("{name: c, type: span_count, span_count: {min_spans: 2, max_spans: 2}}", 0, TKI_SAMPLED,
            "both bounds are inside");
    decides("{name: c, type: span_count, span_count: {min_spans: 3}}", 0, TKI_NOT_SAMPLED, "too few");
    decides("{name: c, type: span_count}", 0, TKI_SAMPLED, "no bounds");
    begin();
    new_span(b, 1, 0, 1)->trace_state = TKI_STR("k=v,k=v");
    decides("{name: t, type: trace_state, trace_state: {key: k, values: [v]}}", 0, TKI_NOT_SAMPLED,
            "a tracestate that is not valid");
    b->spans[0].trace_state = TKI_STR("a=b, k=v");
    decides("{name: t, type: trace_state, trace_state: {key: k, values: [x, v]}}", 0, TKI_SAMPLED, "a member");
    begin();
    tk_range attrs = {b->nattrs, 0};
    put_text(b, &attrs, "k", "true");
    new_span(b, 1, 0, 1)->attrs = attrs;
    decides("{name: b, type: boolean_attribute, boolean_attribute: {key: k, value: true}}", 0, TKI_NOT_SAMPLED,
            "text is not true");
    decides("{name: b, type: boolean_attribute, boolean_attribute: {key: k, value: false}}", 0, TKI_SAMPLED,
            "but reads as false");
}

static void test_and(void)
{
    begin();
    tk_range attrs = {b->nattrs, 0};
    put_text(b, &attrs, "k", "v");
    new_span(b, 1, 0, 1)->attrs = attrs;
    new_span(b, 1, 0, 1)->status = TK_STATUS_ERROR;
    decides("{name: a, type: and, and: {and_sub_policy: [" TEXT(
                "values: [v]") ", {name: e, type: status_code, status_code: {status_codes: [ERROR]}}]}}",
            0, TKI_SAMPLED, "and: each by another span");
    decides("{name: a, type: and}", 0, TKI_SAMPLED, "and of nothing");
    decides("{name: d, type: drop}", 0, TKI_DROPPED, "drop of nothing");
    decides("{name: a, type: and, and: {and_sub_policy: [" TEXT("values: [x], invert_match: true") "]}}", 143,
            TKI_SAMPLED, "and takes an inverted yes");
    decides("{name: n, type: not, not: {not_sub_policy: " TEXT("values: [v]") "}}", 0, TKI_NOT_SAMPLED, "not");
    decides("{name: a, type: and, and: {and_sub_policy: [{name: n, type: not, not: {not_sub_policy: " TEXT(
                "values: [x]") "}}]}}",
            0, TKI_SAMPLED, "not inside and");
}

/* ---- everything together
 * -------------------------------------------------------------------------------------------- */

static void test_report(void)
{
    struct tki_sampler s;
    struct tk_err err;
    struct tki_replay *r;
    if (open_policies(
            &s,
            "{name: e, type: status_code, status_code: {status_codes: [ERROR]}}," LATENCY(
                "threshold_ms: 100") ","
                                     "{name: never, type: span_count, span_count: {min_spans: 9}},"
                                     "{name: d, type: drop, drop: {drop_sub_policy: [" TEXT("values: [health]") "]}}",
            0, &err) < 0 ||
        tki_replay_open(&r, &s, NULL, &err) < 0) {
        ok(false, "%s", err.text);
        return;
    }
    begin();
    new_span(b, 1, 0, 50)->status = TK_STATUS_ERROR;  /* by e alone */
    new_span(b, 2, 0, 500)->status = TK_STATUS_ERROR; /* by e and l */
    new_span(b, 3, 0, 50);
    tk_range attrs = {b->nattrs, 0};
    put_text(b, &attrs, "k", "health");
    struct tk_span *health = new_span(b, 4, 0, 900); /* dropped */
    health->attrs = attrs;
    new_span(b, 3, 150, 200)->trace_state = TKI_STR("ot=th:c"); /* by l alone, of two spans, worth four */
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    const struct tki_replay_stats *st = tki_replay_stats(r);
    ok(st->in.traces == 4 && st->in.spans == 5 && st->kept.traces == 3 && st->kept.spans == 4 &&
           st->dropped.traces == 1,
       "totals");
    ok(st->weighted && tki_weight_total(st->in.wtraces) == 7 && tki_weight_total(st->kept.wtraces) == 6 &&
           tki_weight_total(st->kept.wspans) == 10,
       "weighted by trace");
    ok(st->policy[0].decided[TKI_SAMPLED].traces == 2 && st->policy[0].alone.traces == 1 &&
           st->policy[0].first.traces == 2,
       "of errors: two, one alone, both first");
    ok(st->policy[1].decided[TKI_SAMPLED].traces == 2 && tki_weight_total(st->policy[1].alone.wtraces) == 4 &&
           st->policy[1].first.spans == 2,
       "of slow: two, one alone that is worth four; the dropped one was not reached");
    ok(st->policy[2].decided[TKI_SAMPLED].traces == 0, "one that never matches");
    ok(st->policy[3].decided[TKI_DROPPED].traces == 1 && st->policy[3].first.traces == 1, "and the dropped one");
    uint32_t rows[8];
    size_t n = tki_replay_select(r, b, rows, all_rows(b, rows), true);
    ok(n == 4 && rows[0] == 0 && rows[2] == 2 && rows[3] == 4 && st->marked == 0, "rows in input order, untouched");
    tki_replay_close(r);
    tki_sampler_close(&s);
}

static void keeps(const char *rest, const char *policies, unsigned release, bool wanted, const char *what)
{
    struct tki_sampler s;
    struct tk_err err;
    size_t size = strlen(rest) + strlen(policies) + 100;
    char *text = malloc(size);
    snprintf(text, size, "processors: {tail_sampling: {%s policies: [%s]}}", rest, policies);
    struct tki_replay *r;
    if (open_text(&s, text, NULL, release, &err) < 0 || tki_replay_open(&r, &s, NULL, &err) < 0) {
        ok(false, "%s: %s", what, err.text);
        free(text);
        return;
    }
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    ok((tki_replay_stats(r)->kept.traces == 1) == wanted, "%s", what);
    tki_replay_close(r);
    tki_sampler_close(&s);
    free(text);
}

static void test_combined(void)
{
    static const char exclude[] = "{name: a, type: always_sample}," TEXT("values: [v], invert_match: true");
    begin();
    tk_range attrs = {b->nattrs, 0};
    put_text(b, &attrs, "k", "v");
    new_span(b, 1, 0, 1)->attrs = attrs;
    keeps("", exclude, 143, false, "an inverted match excludes before 0.144");
    keeps("", exclude, 144, true, "and does not from 0.144");
    keeps("sample_on_first_match: true,", exclude, 143, true, "first match: the exclusion is not reached");
    keeps("",
          "{name: a, type: always_sample}, {name: d, type: drop, drop: {drop_sub_policy: [" TEXT("values: [v]") "]}}",
          0, false, "drop beats always_sample");
    keeps("sample_on_first_match: true,",
          "{name: a, type: always_sample}, {name: d, type: drop, drop: {drop_sub_policy: [" TEXT("values: [v]") "]}}",
          0, false, "drop policies are asked first");
}

static void test_explain(void)
{
    struct tki_sampler s;
    struct tk_err err;
    struct tki_replay *r;
    struct tki_explain *e;
    struct tki_explained x;
    if (open_policies(&s,
                      "{name: a, type: and, and: {and_sub_policy: [" TEXT("values: [v, w]") "," LATENCY(
                          "threshold_ms: 100") "]}}",
                      0, &err) < 0 ||
        tki_replay_open(&r, &s, NULL, &err) < 0 ||
        tki_explain_open(&e, &s, (tk_id128){0x0102030405060708u, 1}, &err) < 0) {
        ok(false, "%s", err.text);
        return;
    }
    tki_replay_watch(r, tki_explain_watch(e));
    begin();
    tk_range attrs = {b->nattrs, 0};
    put_text(b, &attrs, "k", "x\x1b[0m");
    new_span(b, 1, 0, 1)->attrs = attrs;
    new_span(b, 1, 0, 150);
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    ok(tki_explain_result(e, &x, &err) == 1 && !x.kept && x.n == 3 && x.spans == 2 && x.extent_ms == 150,
       "a trace is explained");
    ok(x.reasons[1].depth == 1 && strcmp(x.reasons[1].why, "\"k\" = \"v\" or \"w\": only \"x\\x1b[0m\"") == 0, "%s",
       x.reasons[1].why);
    ok(x.reasons[2].decision == TKI_SAMPLED &&
           strcmp(x.reasons[2].why, "extent above 100 ms: 150 ms after 2 spans") == 0,
       "%s", x.reasons[2].why);
    tki_explain_close(e);
    tki_replay_close(r);
    tki_sampler_close(&s);
}

#define OTTL(mode, conditions) "{name: o, type: ottl_condition, ottl_condition: {error_mode: " mode ", " conditions "}}"

/* Spans in their order: the attribute k of each. */
static void spans_with(const int64_t *k, size_t n)
{
    begin();
    for (size_t i = 0; i < n; i++) {
        tk_range attrs = {b->nattrs, 0};
        put_attr(b, &attrs, "k", TK_INT)->value.v.i = k[i];
        new_span(b, 1, 0, 1)->attrs = attrs;
    }
}

/* 10 / k > 5 is an error for 0, true for 1, false for 9. */
static void test_conditions(void)
{
    static const int64_t fault_first[] = {9, 0, 1}, true_first[] = {9, 1, 0}, fault_only[] = {0, 9}, neither[] = {9};
    static const char ignore[] = OTTL("ignore", "span: ['10 / attributes[\"k\"] > 5']");
    static const char stop[] = OTTL("propagate", "span: ['10 / attributes[\"k\"] > 5']");
    spans_with(fault_first, 3);
    decides(ignore, 0, TKI_SAMPLED, "an error is passed over");
    decides("{name: o, type: ottl_condition, ottl_condition: {span: ['10 / attributes[\"k\"] > 5']}}", 0, TKI_SAMPLED,
            "likewise without a mode");
    decides(OTTL("~", "span: ['10 / attributes[\"k\"] > 5']"), 126, TKI_SAMPLED,
            "and with none that is written, before 0.127");
    decides(OTTL("silent", "span: ['10 / attributes[\"k\"] > 5']"), 0, TKI_SAMPLED, "likewise in silence");
    decides(stop, 0, TKI_NOT_EVALUATED, "an error in front of a yes ends it");
    decides(OTTL("propagate", "span: ['10 / attributes[\"k\"] > 5', 'true']"), 0, TKI_SAMPLED,
            "the first span says yes by its second condition");
    decides(OTTL("propagate", "spanevent: ['1 / 0 == 1']"), 0, TKI_NOT_SAMPLED, "no event, no error");
    decides(
        "{name: a, type: and, and: {and_sub_policy: [" OTTL("propagate", "span: ['1 / 0 == 1']") ", {name: s, type: "
                                                                                                 "always_sample}]}}",
        0, TKI_NOT_EVALUATED, "an error inside and is one of and");
    decides("{name: a, type: and, and: {and_sub_policy: [{name: l, type: latency, latency: {threshold_ms: 500}}, " OTTL(
                "propagate", "span: ['1 / 0 == 1']") "]}}",
            0, TKI_NOT_SAMPLED, "a no in front of the error ends and");
    spans_with(true_first, 3);
    decides(stop, 0, TKI_SAMPLED, "an error behind a yes does not count");
    spans_with(fault_only, 2);
    decides(ignore, 0, TKI_NOT_SAMPLED, "an error is a no");
    decides(stop, 0, TKI_NOT_EVALUATED, "an error is told");
    spans_with(neither, 1);
    decides(stop, 0, TKI_NOT_SAMPLED, "neither");
}

int main(void)
{
    b = tk_batch_new();
    test_places();
    test_policy_errors();
    test_versions();
    test_accepted();
    test_variables();
    test_latency();
    test_latency_beyond_64_bits();
    test_latency_in_batches();
    test_numeric();
    test_string();
    test_spans();
    test_and();
    test_report();
    test_combined();
    test_explain();
    test_conditions();
    tk_batch_free(b);
    return done_testing();
}
