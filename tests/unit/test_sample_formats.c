/* Every type of policies keeps the same traces of the same spans, whatever format they come in: a policy gets what it
 * reads, and no format gives more or less. */
#include "sample_formats.h"
#include "tap.h"

static const struct {
    const char *type;
    bool typed;      /* asks for the type of a value, which Zipkin does not keep */
    bool not_zipkin; /* asks for what Zipkin has no place for */
    const char *policies;
} cases[] = {
    {"always_sample", false, false,
     "{name: a, type: always_sample}, {name: d, type: drop, drop: {drop_sub_policy: [{name: s, type: span_count, "
     "span_count: {min_spans: 4}}]}}"},
    {"latency", false, false, "{name: l, type: latency, latency: {threshold_ms: 40}}"},
    {"latency", false, false, "{name: l, type: latency, latency: {threshold_ms: 10, upper_threshold_ms: 30}}"},
    {"status_code", false, false, "{name: e, type: status_code, status_code: {status_codes: [ERROR]}}"},
    {"status_code", false, false, "{name: e, type: status_code, status_code: {status_codes: [OK]}}"},
    {"status_code", false, false, "{name: e, type: status_code, status_code: {status_codes: [UNSET]}}"},
    {"probabilistic", false, false, "{name: p, type: probabilistic, probabilistic: {sampling_percentage: 40}}"},
    {"string_attribute", false, false,
     "{name: s, type: string_attribute, string_attribute: {key: http.route, values: [/cart/7]}}"},
    {"string_attribute", false, false,
     "{name: s, type: string_attribute, string_attribute: {key: service.name, values: [shop, web]}}"},
    {"string_attribute", false, false,
     "{name: s, type: string_attribute, string_attribute: {key: service.name, values: [^c], enabled_regex_matching: "
     "true, invert_match: true}}"},
    {"numeric_attribute", true, false,
     "{name: n, type: numeric_attribute, numeric_attribute: {key: items, min_value: 30, max_value: 60}}"},
    {"boolean_attribute", true, false,
     "{name: b, type: boolean_attribute, boolean_attribute: {key: gift, value: true}}"},
    {"trace_state", false, false, "{name: t, type: trace_state, trace_state: {key: vendor, values: [v1, v2]}}"},
    {"trace_flags", false, true, "{name: f, type: trace_flags}"},
    {"span_count", false, false, "{name: c, type: span_count, span_count: {min_spans: 2, max_spans: 3}}"},
    {"and", false, false,
     "{name: a, type: and, and: {and_sub_policy: [{name: e, type: status_code, status_code: {status_codes: [ERROR]}}, "
     "{name: s, type: string_attribute, string_attribute: {key: service.name, values: [cart]}}]}}"},
    {"not", false, false,
     "{name: n, type: not, not: {not_sub_policy: {name: s, type: string_attribute, string_attribute: {key: http.route, "
     "values: [/health]}}}}"},
    {"drop", false, false,
     "{name: a, type: always_sample}, {name: d, type: drop, drop: {drop_sub_policy: [{name: s, type: "
     "string_attribute, string_attribute: {key: service.name, values: [cart]}}]}}"},
    {"ottl_condition", false, false,
     "{name: o, type: ottl_condition, ottl_condition: {span: ['kind == SPAN_KIND_CLIENT and status.code == 2', "
     "'IsMatch(attributes[\"http.route\"], \"^/cart\") and resource.attributes[\"service.name\"] == \"shop\"']}}"},
    {"rate_limiting", false, false, "{name: r, type: rate_limiting, rate_limiting: {spans_per_second: 20}}"},
    {"bytes_limiting", false, true, "{name: b, type: bytes_limiting, bytes_limiting: {bytes_per_second: 2500}}"},
    {"composite", false, false,
     "{name: c, type: composite, composite: {max_total_spans_per_second: 30, composite_sub_policy: [{name: e, type: "
     "status_code, status_code: {status_codes: [ERROR]}}, {name: a, type: always_sample}], rate_allocation: [{policy: "
     "e, percent: 50}, {policy: a, percent: 50}]}}"},
};
enum { CASES = sizeof cases / sizeof *cases };

static void same_everywhere(size_t c)
{
    struct tki_sampler s;
    struct tk_err err;
    if (open_policies(&s, cases[c].policies, 0, &err) < 0) {
        ok(false, "%s: %s", cases[c].policies, err.text);
        return;
    }
    uint32_t wanted = kept_of(&s, 0);
    ok(wanted && wanted != (1u << TRACES) - 1, "%s: %06x of %s are kept, not all and not none", cases[c].type, wanted,
       formats[0]);
    for (int f = 1; f < FORMATS; f++) {
        bool zipkin = strcmp(formats[f], "zipkin") == 0;
        uint32_t got = kept_of(&s, f);
        if (zipkin && (cases[c].typed || cases[c].not_zipkin))
            continue;
        ok(got == wanted, "%s: %06x of %s", cases[c].type, got, formats[f]);
    }
    tki_sampler_close(&s);
}

/* A new type cannot come without a case. */
static void test_complete(void)
{
    for (const struct tki_policy_type *const *t = tki_policy_types; *t; t++) {
        size_t c = 0;
        while (c < CASES && strcmp(cases[c].type, (*t)->name) != 0)
            c++;
        ok(!(*t)->decide || c < CASES, "%s is %s", (*t)->name, (*t)->decide ? "compared" : "not replayed");
    }
}

int main(void)
{
    write_formats();
    test_complete();
    for (size_t c = 0; c < CASES; c++)
        same_everywhere(c);
    remove_formats();
    return done_testing();
}
