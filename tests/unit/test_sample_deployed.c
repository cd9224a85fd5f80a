/* Configurations as they are deployed, and what the collector accepts by accident. */
#include "sample_help.h"
#include "tap.h"

#define POLICY "{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}"

/* The same configuration, in everything that it is deployed in. */
static const char *const found[] = {
    "processors:\n  tail_sampling:\n    policies: [" POLICY "]\n",
    "kind: OpenTelemetryCollector\napiVersion: opentelemetry.io/v1beta1\nspec:\n  config:\n    processors:\n"
    "      tail_sampling: {policies: [" POLICY "]}\n",
    "apiVersion: opentelemetry.io/v1alpha1\nkind: OpenTelemetryCollector\nspec:\n  config: |\n    processors:\n"
    "      tail_sampling: {policies: [" POLICY "]}\n",
    "apiVersion: v1\nkind: ConfigMap\ndata:\n  other.txt: hello\n  relay: |\n    processors:\n"
    "      tail_sampling: {policies: [" POLICY "]}\n",
    "apiVersion: v1\nkind: Namespace\n---\napiVersion: v1\nkind: ConfigMap\ndata:\n  relay: |-\n    processors:\n"
    "      tail_sampling: {policies: [" POLICY "]}\n---\napiVersion: v1\nkind: Service\n",
    "apiVersion: v1\nkind: List\nitems:\n- kind: ConfigMap\n  data:\n    a: \"processors: {tail_sampling: {policies: "
    "[" POLICY "]}}\"\n",
    /* processors: {tail_sampling: {policies: [{name: e, type: always_sample}]}} */
    "apiVersion: v1\nkind: Secret\ndata:\n  c.yaml: "
    "cHJvY2Vzc29yczoge3RhaWxfc2FtcGxpbmc6IHtwb2xpY2llczogW3tuYW1lOiBlLCB0eXBlOiBhbHdheXNfc2FtcGxlfV19fQ==\n",
    "opentelemetry-collector:\n  mode: deployment\n  config:\n    processors:\n      tail_sampling: {policies: [" POLICY
    "]}\n",
    "agent:\n  config: {processors: {batch: }}\ngateway:\n  config: {processors: {tail_sampling: {policies: [" POLICY
    "]}}}\n",
    "policies: [" POLICY "]\n",
    "- " POLICY "\n",
    "tail_sampling:\n  decision_wait: 5s\n  policies: [" POLICY "]\n",
    "otelcol.processor.tail_sampling \"x\" {\n  policy {\n    name = \"e\"\n    type = \"always_sample\"\n  }\n}\n",
    "alloy:\n  configMap:\n    content: |\n      otelcol.processor.tail_sampling \"x\" {\n        policy {\n"
    "          name = \"e\"\n          type = \"always_sample\"\n        }\n      }\n",
};

static void test_found(void)
{
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        struct tki_sampler s;
        struct tk_err err;
        int rc = open_text(&s, found[i], NULL, 0, &err);
        ok(rc == 0 && s.npolicies == 1, "one policy in: %.60s... %s", found[i], rc < 0 ? err.text : "");
        if (rc == 0)
            tki_sampler_close(&s);
    }
}

static void refused(const char *text, int code, const char *place, const char *why)
{
    struct tki_sampler s;
    struct tk_err err;
    int rc = open_text(&s, text, NULL, 0, &err);
    const char *at = strchr(err.source, ':');
    bool held = ok(rc == code && strstr(err.text, why) && strcmp(at ? at : "", place) == 0, "%s", why);
    if (!held)
        diag("%d %s: %s", rc, at ? at : "", rc < 0 ? err.text : "opened");
    if (rc == 0)
        tki_sampler_close(&s);
}

/* Images, and the release that they choose. */
static void test_images(void)
{
    static const struct {
        const char *text;
        unsigned asked, release;
        size_t warnings;
    } cases[] = {
        {"image: {repository: otel/opentelemetry-collector-contrib, tag: 0.120.0}\n", 0, 120, 1},
        {"image: {tag: 0.144.0}\n", 0, 144, 1},
        {"image: {tag: v0.130.1-amd64}\n", 0, 130, 1},
        {"image: {repository: signoz/signoz-otel-collector, tag: 0.111.5}\n", 0, TKI_RELEASE_NEWEST, 0},
        {"image: {tag: latest}\n", 0, TKI_RELEASE_NEWEST, 0},
        {"image: otel/opentelemetry-collector-contrib:0.140.0\n", 0, 140, 1},
        {"image: ghcr.io:443/a/opentelemetry-collector-k8s:0.141.0@sha256:00\n", 0, 141, 1},
        {"image: ghcr.io:443/opentelemetry-collector\n", 0, TKI_RELEASE_NEWEST, 0},
        {"image: otel/opentelemetry-collector-contrib:0.140.0\n", 150, 150, 0},
        {"a: {image: otel/opentelemetry-collector:0.140.0}\nb: {image: {tag: 0.141.0}}\n", 0, TKI_RELEASE_NEWEST, 1},
        {"a: {image: otel/opentelemetry-collector:0.140.0}\nb: {image: {tag: 0.140.2}}\n", 0, 140, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_sampler s;
        struct tk_err err;
        char text[1024];
        snprintf(text, sizeof text, "%sconfig:\n  processors:\n    tail_sampling: {policies: [" POLICY "]}\n",
                 cases[i].text);
        int rc = open_text(&s, text, NULL, cases[i].asked, &err);
        bool held = ok(rc == 0 && s.release == cases[i].release && s.warnings.n == cases[i].warnings, "%u by %s",
                       cases[i].release, cases[i].text);
        if (!held && rc == 0)
            diag("0.%u, %u warnings", s.release, (unsigned)s.warnings.n);
        if (rc == 0)
            tki_sampler_close(&s);
    }
}

/* Strategies of Jaeger, as they are deployed. */
static void test_strategies(void)
{
    static const char *const texts[] = {
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  sampling.json: |\n    {\"default_strategy\":\n"
        "     {\"type\": \"probabilistic\", \"param\": 0.5}}\n",
        "apiVersion: jaegertracing.io/v1\nkind: Jaeger\nspec:\n  sampling:\n    options:\n      default_strategy:\n"
        "        {type: probabilistic, param: 0.5}\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct tki_sampler s;
        struct tk_err err;
        int rc = open_text(&s, texts[i], NULL, 0, &err);
        ok(rc == 0 && s.strategies, "strategies in: %.60s... %s", texts[i], rc < 0 ? err.text : "");
        if (rc == 0)
            tki_sampler_close(&s);
    }
}

static void test_refused(void)
{
    refused("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[]}]}]}\n{\"resourceSpans\":[]}\n", TK_EUSAGE, "",
            "these are traces (json)");
    refused("\x28\xb5\x2f\xfd\x24\x01", TK_EUSAGE, "", "compressed with zstd, and no configuration");
    refused("# A page\n\n```yaml\nprocessors: {}\n```\n", TK_EUSAGE, ":3:1", "this is Markdown");
    refused("processors: {tail_sampling: {decision_wait: 9223372036854775807}}", TK_EUSAGE, ":1:45",
            "takes memory for each of them");
    refused("otelcol.processor.tail_sampling \"x\" {\n  policies {\n  }\n}\n", TK_EUSAGE, ":2:3",
            "unknown block 'policies'");
    refused("otelcol.processor.tail_sampling \"x\" {\n  decision_wait = 30s\n}\n", TK_EUSAGE, ":2:21",
            "a duration is a text, in quotes");
    refused("apiVersion: v1\nkind: ConfigMap\ndata:\n  relay: |\n    processors:\n      tail_sampling:\n"
            "        policies:\n          - {name: a, type: slow}\n",
            TK_EUSAGE, ":8:29", "unknown sampling policy type 'slow'");
    refused("apiVersion: v1\nkind: ConfigMap\ndata:\n  relay: |\n    processors: [\n", TK_EUSAGE, ":6:5",
            "not valid YAML");
    refused("apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n", TK_EUSAGE, "",
            "this ConfigMap holds no configuration of a collector");
    refused("a:\n  processors: {tail_sampling: }\nb:\n  processors: {tail_sampling: }\n", TK_EUSAGE, ":4:3",
            "several configurations that sample, under a and b");
    refused("policies:\n- name: a\n  type: status_code\n  status_codes: [ERROR]\n", TK_EUSAGE, ":4:3",
            "it belongs under 'status_code'); and these are settings of tail_sampling alone");
    refused("{\"version\": 2, \"default\": {\"fixed_target\": 1, \"rate\": 0.05}}", TK_EUNSUPPORTED, ":1:2", "X-Ray");
    refused("{\"SamplingRuleRecords\": []}", TK_EUNSUPPORTED, ":1:2", "X-Ray");
    refused("RulesVersion: 2\nSamplers: {__default__: {DeterministicSampler: {SampleRate: 1}}}\n", TK_EUNSUPPORTED,
            ":1:1", "Refinery");
    refused("DryRun = false\nSampler = \"DeterministicSampler\"\nSampleRate = 10\n[production]\n", TK_EUNSUPPORTED, "",
            "Refinery");
    refused("[production]\n  Sampler= \"RulesBasedSampler\"\n", TK_EUNSUPPORTED, "", "Refinery");
    refused("processors:\n  tail_sampling: {decision_wait: ${env:WAIT}, policies: []}\n", TK_EUSAGE, ":2:35",
            "between brackets a variable is quoted: \"${env:WAIT}\"");
    refused("policies:\n  - {name: \"\303\274\", type: latency, latency: {threshold_ms: ${MS:-500}}}\n", TK_EUSAGE,
            ":2:57", "between brackets a variable is quoted: \"${MS:-500}\"");
    refused("a: [${env:A}]\n", TK_EUSAGE, ":1:6", "between brackets a variable is quoted: \"${env:A}\"");
    refused("a: {b: {c: d}\n", TK_EUSAGE, ":2:1", "not valid YAML: did not find expected ',' or '}' while");
    refused("file_format: '1.0'\ntracer_provider: {sampler: {always_on: }}\n", TK_EUNSUPPORTED, ":1:1", "--head");
    refused("traces: {configs: [{name: a, tail_sampling: {policies: []}}]}\n", TK_EUNSUPPORTED, ":1:1",
            "alloy convert");
}

/* ---- Alloy ---- */

static void test_alloy(void)
{
    struct tki_sampler s;
    struct tk_err err;
    int rc = open_text(&s,
                       "// both samplers\n/* in\n order */\n"
                       "otelcol.receiver.otlp \"default\" { output { traces = "
                       "[otelcol.processor.probabilistic_sampler.head.input] } }\n"
                       "otelcol.processor.tail_sampling \"default\" {\n"
                       "  decision_wait = \"10s\"\n"
                       "  policy {\n    name = \"a\" + \"b\"\n    type = \"and\"\n    and {\n"
                       "      and_sub_policy {\n        name = \"x\"\n        type = \"latency\"\n"
                       "        latency { threshold_ms = \"5000\" }\n      }\n"
                       "      and_sub_policy {\n        name = `y`\n        type = \"string_attribute\"\n"
                       "        string_attribute {\n          key = \"k\"\n          values = [\"\\u0041\", \"b\",]\n"
                       "        }\n      }\n    }\n  }\n"
                       "  policy {\n    name = \"p\"\n    type = \"probabilistic\"\n"
                       "    probabilistic { sampling_percentage = 1e1 }\n  }\n"
                       "  output { traces = [otelcol.exporter.otlp.out.input] }\n}\n"
                       "otelcol.processor.probabilistic_sampler \"head\" {\n  sampling_percentage = 50\n"
                       "  output { traces = [otelcol.processor.batch.b.input] }\n}\n"
                       "otelcol.processor.batch \"b\" {\n"
                       "  output { traces = [otelcol.processor.tail_sampling.default.input] }\n}\n"
                       "otelcol.exporter.otlp \"out\" {\n  client { endpoint = sys.env(\"TRACEKIT_TEST_UNSET\") }\n}\n",
                       NULL, 0, &err);
    ok(rc == 0, "a configuration of Alloy %s", rc < 0 ? err.text : "");
    if (rc < 0)
        return;
    is_str(s.processor, "probabilistic_sampler/head, tail_sampling/default", "samplers in the order of the pipeline");
    is_int(s.waits.decision_wait_ns, 10000000000, "a duration");
    ok(s.npolicies == 2 && s.policies[0].nsubs == 2 && tki_str_eq(s.policies[0].name, TKI_STR("ab")), "policies");
    is_uint(s.warnings.n, 0, "a variable that nothing reads is not spoken of");
    tki_sampler_close(&s);
#define TAIL "otelcol.processor.tail_sampling \"x\" {\n"
#define REST "  policy {\n    name = \"z\"\n    type = \"always_sample\"\n  }\n}\n"
    refused(TAIL "  decision_wait = 10\n" REST, TK_EUSAGE, ":2:19", "a duration such as \"30s\"");
    refused(TAIL "  num_traces = a.b[0].c(\"x\")\n" REST, TK_EUNSUPPORTED, ":2:16",
            "the expression 'a.b[0].c(\"x\")' has no value here");
    refused(TAIL "  num_traces = 1 + 2\n" REST, TK_EUNSUPPORTED, ":2:16", "the expression '1 + 2'");
    refused(TAIL "  num_traces = 1 2\n}\n", TK_EUSAGE, ":2:18", "the end of the line is expected");
    refused(TAIL "  num_traces = 1\n  num_traces = 2\n}\n", TK_EUSAGE, ":3:3", "stands there twice");
    refused(TAIL "  name = \"a\n}\n", TK_EUSAGE, ":2:10", "without its closing quote");
    refused(TAIL, TK_EUSAGE, ":2:1", "'}' is expected, and there is end");
    refused(TAIL "  policy {\n    name = \"a\"\n    type = \"status_code\"\n"
                 "    status_code { status_codes = \"ERROR\" }\n  }\n}\n",
            TK_EUSAGE, ":5:34", "expected a list, got a text");
    refused(TAIL "  policy {\n    name = \"a\"\n    type = \"latency\"\n    latency { }\n  }\n}\n", TK_EUSAGE, ":5:5",
            "missing required attribute \"threshold_ms\"");
    refused(TAIL "  policy {\n    type = \"always_sample\"\n  }\n}\n", TK_EUSAGE, ":2:3",
            "missing required attribute \"name\"");
    refused(
        TAIL
        "  policy {\n    name = \"a\"\n    type = \"and\"\n    and {\n      and_sub_policy {\n        name = \"b\"\n"
        "        type = \"numeric_attribute\"\n        numeric_attribute {\n          key = \"k\"\n"
        "          min_value = 1\n        }\n      }\n    }\n  }\n}\n",
        TK_EUSAGE, ":9:9", "missing required attribute \"max_value\"");
    refused(TAIL "  num_trace = 5\n" REST, TK_EUSAGE, ":2:3", "unknown key 'num_trace'");
    refused(TAIL "  output { }\n}\n", TK_EUSAGE, ":1:1", "missing required block \"policy\", which Alloy asks for");
    refused(TAIL "  policy {\n    name = \"a\"\n    type = \"and\"\n    and { }\n  }\n}\n", TK_EUSAGE, ":5:5",
            "missing required block \"and_sub_policy\"");
    refused(TAIL "  decision_wait = \"500us\"\n" REST, TK_EUSAGE, ":2:19", "decision_wait must be greater than zero");
    refused(TAIL "  num_traces = 0\n" REST, TK_EUSAGE, ":2:16", "num_traces must be greater than zero");
    rc = open_text(&s, "otelcol.processor.tail_sampling {\n" REST, NULL, 0, &err);
    ok(rc == 0 && s.warnings.n == 2 && strstr(s.warnings.text[0], "has no label") &&
           strstr(s.warnings.text[1], "missing required block \"output\""),
       "what sampling does not depend on is said");
    if (rc == 0)
        tki_sampler_close(&s);
    refused("logging { level = \"info\" }\n", TK_EUSAGE, ":1:1", "no tail_sampling or probabilistic_sampler");
}

/* ---- accidents ---- */

/* Opens the policies and holds the first warning to the text. */
static bool opens(struct tki_sampler *s, const char *policies, unsigned release, const char *warning)
{
    struct tk_err err;
    int rc = open_policies(s, policies, release, &err);
    bool held = ok(rc == 0 && s->warnings.n && strstr(s->warnings.text[0], warning), "%s", warning);
    if (!held)
        diag("%s", rc < 0 ? err.text : s->warnings.n ? s->warnings.text[0] : "no warning");
    return rc == 0;
}

static void test_accidents(void)
{
    struct tki_sampler s;
    struct tk_err err;
    if (opens(&s, "{name: a, type: status_code, status_code: {status_codes: 'OK,ERROR'}}", 0,
              "status_codes is a text and no list: the collector splits it at commas, into 2"))
        tki_sampler_close(&s);
    if (opens(&s, "{name: a, type: latency, latency: {threshold_ms: 12.5}}", 0, "the collector makes 12 of 12.5"))
        tki_sampler_close(&s);
    if (opens(&s, "{name: a, type: span_count, span_count: {min_spans: 4294967300}}", 0,
              "the collector makes 4 of 4294967300"))
        tki_sampler_close(&s);
    if (opens(&s, "{name: a, type: latency, latency: {threshold_ms: 18446744073709551615}}", 0,
              "the collector makes -1 of 18446744073709551615"))
        tki_sampler_close(&s);
    if (opens(&s, "{name: a, type: latency, latency: {threshold_ms: 1e30}}", 0,
              "the collector makes -9223372036854775808 of 1e30"))
        tki_sampler_close(&s);
    if (opens(&s, "{name: a, type: always_sample, always: {x: 1}}", 0, "does not look at 'always'"))
        tki_sampler_close(&s);
    ok(open_policies(&s, "{name: a, type: always_sample, always: {x: 1}}", 130, &err) == TK_EUSAGE, "and not at 0.130");
    ok(open_policies(&s, "{name: a, type: string_attribute, string_attribute: {key: k, values: 5}}", 0, &err) ==
           TK_EUSAGE,
       "a number is no list");
    if (opens(&s, "", 0, "has no policies: the collector starts, and keeps nothing"))
        tki_sampler_close(&s);
    ok(open_text(&s, "processors: {tail_sampling: {decision_wait: 10, policies: []}}\n", NULL, 0, &err) == 0 &&
           s.waits.decision_wait_ns == 10 && s.warnings.n == 2 && strstr(s.warnings.text[0], "has no unit"),
       "a number without unit is nanoseconds");
    tki_sampler_close(&s);
    const char *nulls = "processors: {tail_sampling: {decision_wait: , num_traces: ~, policies: []}}\n";
    ok(open_text(&s, nulls, NULL, 126, &err) == 0 && s.waits.decision_wait_ns == 30000000000 &&
           s.waits.num_traces == 50000,
       "null leaves what a setting is without it, before 0.127");
    tki_sampler_close(&s);
    ok(open_text(&s, nulls, NULL, 127, &err) == 0 && s.waits.decision_wait_ns == 0 && s.waits.num_traces == 0,
       "from then on it is 0");
    ok(strstr(s.warnings.text[0], "decision_wait is written without a value: the collector takes that as 0s") != NULL,
       "which is said: %s", s.warnings.text[0]);
    tki_sampler_close(&s);
}

int main(void)
{
    test_found();
    test_images();
    test_strategies();
    test_refused();
    test_alloy();
    test_accidents();
    return done_testing();
}
