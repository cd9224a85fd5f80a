/* The fuzzer's harness of configurations over one with every type of policies and deterministic changes of it.  SEED=N
 * chooses others; ROUNDS=N more or fewer. */
#include "fuzz_config.c"
#include "tap.h"

enum { ROUNDS = 3000 };

static const char configuration[] =
    "x: &error {status_codes: [ERROR, \"OK\"]}\n"
    "y: &slow {threshold_ms: 500}\n"
    "processors:\n"
    "  batch: {}\n"
    "  tail_sampling:\n"
    "    decision_wait: 1m30s\n"
    "    num_traces: ${env:TK_TEST_NONE:-100}\n"
    "    policies:\n"
    "      - {name: a, type: always_sample}\n"
    "      - {name: l, type: latency, latency: {<<: *slow, upper_threshold_ms: 90000}}\n"
    "      - {name: e, type: status_code, status_code: *error}\n"
    "      - {name: p, type: probabilistic, probabilistic: {sampling_percentage: 12.5, hash_salt: x}}\n"
    "      - {name: q, type: probabilistic, probabilistic: {sampling_percentage: 1e-3}}\n"
    "      - name: s\n"
    "        type: string_attribute\n"
    "        string_attribute: {key: k, values: [\"(a|b)*\", \"\"], enabled_regex_matching: true, invert_match: true}\n"
    "      - {name: t, type: string_attribute, string_attribute: {key: service.name, values: [a, b, \"${TK_TEST_NONE}\"]}}\n"
    "      - {name: n, type: numeric_attribute, numeric_attribute: {key: k, min_value: -5, max_value: 99}}\n"
    "      - {name: b, type: boolean_attribute, boolean_attribute: {key: k, value: true}}\n"
    "      - {name: w, type: trace_state, trace_state: {key: k, values: [v]}}\n"
    "      - {name: f, type: trace_flags}\n"
    "      - {name: c, type: span_count, span_count: {min_spans: 2, max_spans: 7}}\n"
    "      - name: d\n"
    "        type: drop\n"
    "        drop:\n"
    "          drop_sub_policy:\n"
    "            - {name: d1, type: span_count, span_count: {min_spans: 6}}\n"
    "            - {name: d2, type: not, not: {not_sub_policy: {name: d3, type: trace_flags}}}\n"
    "      - {name: o, type: and, and: {and_sub_policy: [{type: latency}, {type: status_code, status_code: *error}]}}\n"
    "service: {pipelines: {traces: {processors: [batch, tail_sampling]}}}\n";

/* The text with a few stretches left out, repeated elsewhere or replaced by a character that means something. */
static void change(struct rng *r, struct tki_buf *to)
{
    tki_buf_reset(to);
    tki_buf_str(to, tki_str(configuration));
    for (uint32_t changes = rng_below(r, 4); changes && to->n; changes--) {
        struct tki_buf next = {0};
        uint32_t at = rng_below(r, (uint32_t)to->n), n = rng_below(r, 2) ? rng_below(r, 8) : rng_below(r, 80);
        uint32_t from = rng_below(r, (uint32_t)to->n), more = rng_below(r, 30);
        n = n > to->n - at ? (uint32_t)to->n - at : n;
        more = more > to->n - from ? (uint32_t)to->n - from : more;
        tki_buf_put(&next, to->p, at);
        if (rng_below(r, 2))
            tki_buf_put(&next, to->p + from, more);
        else
            tki_buf_putc(&next, "{}[]:,&*!|>'\"#%@`-?~$\n\t 01"[rng_below(r, 27)]);
        tki_buf_put(&next, to->p + at + n, to->n - at - n);
        tki_buf_free(to);
        *to = next;
    }
}

int main(void)
{
    struct rng r = {rng_seed()};
    uint32_t rounds = (uint32_t)rng_rounds(ROUNDS);
    struct tki_buf text = {0};
    struct tki_sampler s;
    struct tk_err err;
    int rc = open_text(&s, configuration, NULL, 0, &err);
    ok(rc == 0, "the configuration is accepted: %s", rc ? err.text : "read");
    if (rc == 0)
        tki_sampler_close(&s);
    for (uint32_t i = 0; i < rounds; i++) {
        change(&r, &text);
        LLVMFuzzerTestOneInput((const uint8_t *)text.p, text.n);
    }
    ok(accepted > rounds / 10 && accepted < rounds, "%lu of %u changed configurations are accepted", accepted, rounds);
    tki_buf_free(&text);
    return done_testing();
}
