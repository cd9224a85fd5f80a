/* Head samplers: the trace state as the collector has it, its processor's modes, the arithmetic of SDKs, and which
 * samplers of a configuration are replayed. */
#include <jansson.h>

#include "sample/head/head.h"
#include "sample/head/ot_state.h"
#include "sample_help.h"
#include "tap.h"

/* ---- trace states ---- */

static void state_is(const char *header, bool good, const char *want)
{
    struct tki_ot_state s;
    char text[TKI_OT_STATE_MAX];
    bool got = tki_ot_state_parse(&s, tki_str(header));
    size_t n = tki_ot_state_write(&s, text);
    ok(got == good && tki_str_eq((tk_str){text, n}, tki_str(want)), "`%.60s` is %s: `%.*s`", header,
       good ? "good" : "not good", (int)n, text);
}

static void test_states(void)
{
    char many[200] = "", more[208], key[300], text[400];
    state_is("", true, "");
    state_is("a=1, b=2 ,,c=3\t", true, "a=1,b=2,c=3");
    state_is("a=1,a=2", true, "a=1,a=2");
    state_is("a=1,ot=th:80;rv:0123456789abcd;x:y", true, "ot=rv:0123456789abcd;th:80;x:y,a=1");
    state_is("ot=th:8,ot=x:y", true, "ot=x:y");
    state_is("ot=rv:0123456789ABCD", true, "ot=rv:0123456789ABCD");
    state_is("1x@sys=5", true, "1x@sys=5");
    state_is("bad", false, "");
    state_is("a=1,UPPER=1", false, "");
    state_is("a=1,b=", false, "");
    state_is("=x", false, "");
    state_is("a=1,ot=th:zz;x:y", false, "ot=x:y,a=1");
    state_is("a=1,ot=rv:0123;th:8", false, "ot=th:8,a=1");
    state_is("a=1,ot=th:8;", false, "a=1");
    state_is("a=1,ot=p", false, "a=1");
    for (int i = 0; i < 31; i++)
        strcat(many, i ? ",a=1" : "a=1");
    state_is(many, true, many);
    snprintf(more, sizeof more, "%s,b=2", many);
    state_is(more, false, many);
    memset(key, 'k', 257);
    snprintf(text, sizeof text, "%.257s=1,b=2", key);
    state_is(text, false, "b=2");
    snprintf(text, sizeof text, "%.256s=1", key);
    state_is(text, true, text);
    snprintf(text, sizeof text, "a@%.15s=1", key);
    state_is(text, false, "");
}

static void test_setting(void)
{
    struct tki_ot_state s;
    char text[TKI_OT_STATE_MAX];
    tki_ot_state_parse(&s, TKI_STR("v=1,ot=th:c0"));
    tki_ot_state_set_th(&s, (uint64_t)8 << 52);
    ok(tki_str_eq((tk_str){text, tki_ot_state_write(&s, text)}, TKI_STR("ot=th:c0,v=1")),
       "a lower threshold is refused");
    tki_ot_state_set_th(&s, (uint64_t)0xc << 52);
    tki_ot_state_set_rv(&s, 0x123);
    ok(tki_str_eq((tk_str){text, tki_ot_state_write(&s, text)}, TKI_STR("ot=rv:00000000000123;th:c,v=1")),
       "what is set is written anew");
}

static void test_thresholds(void)
{
    static const struct {
        double of;
        uint64_t want;
    } all[] = {{3, 0xaaab0000000000},
               {5, 0xcccd0000000000},
               {10, 0xe6660000000000},
               {100, 0xfd70a000000000},
               {1000, 0xffbe7700000000},
               {10000, 0xfff97240000000},
               {100000, 0xffff583a000000},
               {2, 0x80000000000000},
               {4, 0xc0000000000000},
               {8, 0xe0000000000000},
               {1, 0}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uint64_t got = tki_probability_threshold(1 / all[i].of, 4);
        ok(got == all[i].want, "1 of %g has the threshold %014llx", all[i].of, (unsigned long long)got);
    }
    ok(tki_probability_threshold(1.0 / 3, 0) == 0xaaaaaaaaaaaaac, "with all digits there are");
}

/* ---- the processor ---- */

/* Whether the span is kept; its state is then in *state. */
static bool kept(const struct tki_head *h, tk_id128 id, const char *state, const char *priority, tk_str *written)
{
    static struct tk_batch *b;
    tk_batch_free(b);
    b = tk_batch_new();
    new_resource(b);
    struct tk_span *span = new_span(b, id.lo, 0, 1);
    uint32_t row = 0;
    span->trace_id = id;
    span->trace_state = tki_str(state);
    if (priority)
        put_text(b, &span->attrs, "sampling.priority", priority);
    size_t n = tki_heads_select(h, 1, b, &row, 1, true);
    *written = b->spans[0].trace_state;
    return n == 1;
}

static void open_processor(struct tki_sampler *s, const char *settings)
{
    char text[400];
    struct tk_err err;
    snprintf(text, sizeof text, "processors: {probabilistic_sampler: {%s}}\n", settings);
    if (open_text(s, text, NULL, 0, &err) < 0)
        printf("Bail out! %s\n", err.text);
}

static void test_processor(void)
{
    /* id, state, priority, what goes out (NULL: lost); recorded of collector 0.161, or following from it. */
    static const struct {
        const char *settings;
        uint64_t low;
        const char *state, *priority, *want;
    } all[] = {
        {"sampling_percentage: 10", 0x00592b49be9b0690, "", NULL, "ot=rv:eea0338ae18457;th:e668"},
        {"sampling_percentage: 100", 0x00592b49be9b0690, "a=1", NULL, "ot=rv:eea0338ae18457;th:0,a=1"},
        {"sampling_percentage: 100", 0x00592b49be9b0690, "ot=th:8", NULL, NULL},
        {"sampling_percentage: 100, fail_closed: false", 0x00592b49be9b0690, "ot=th:8", NULL, "ot=th:8"},
        {"sampling_percentage: 100, fail_closed: false", 1, "bad", NULL, "bad"},
        {"sampling_percentage: 0.01", 1, "", "1", "ot=rv:"},
        {"sampling_percentage: 0", 1, "vendor=", "1", "ot=th:0"},
        {"sampling_percentage: 0", 1, "", NULL, NULL},
        {"sampling_percentage: 100", 1, "", "0", NULL},
        {"sampling_percentage: 100", 1, "", "0.0", NULL},
        {"sampling_percentage: 0", 1, "", "-1", NULL},
        {"sampling_percentage: 0", 1, "", "0x1p-2", "ot=th:0"},
        {"sampling_percentage: 0", 1, "", " 1", NULL},
        {"sampling_percentage: 0", 1, "", "1_000", "ot=th:0"},
        {"sampling_percentage: 0", 1, "", "0x_1p3", "ot=th:0"},
        {"sampling_percentage: 0", 1, "", "+Inf", "ot=th:0"},
        {"sampling_percentage: 0", 1, "", "0x10", NULL},
        {"sampling_percentage: 0", 1, "", "1e999", NULL},
        {"sampling_percentage: 100", 1, "", "1e-400", NULL},
        {"sampling_percentage: 100", 1, "", "0x0", "ot=rv:"},
        {"sampling_percentage: 100", 1, "", "00000000000000000000000000000000000000000000000000000000000000000000000",
         NULL},
        {"sampling_percentage: 1e-46", 1, "", "1", "ot=th:0"}, /* 0 in 32 bits */
        {"sampling_percentage: 50, mode: equalizing, sampling_precision: 1e30", 0xffffffffffffff, "", NULL, NULL},
        {"sampling_percentage: 1, mode: equalizing, sampling_precision: -2", 1, "", NULL, "ot=th:0"},
        {"sampling_percentage: 1e-4, mode: equalizing, sampling_precision: -1", 0xffffffffffffff, "", NULL, NULL},
        {"sampling_percentage: 1.4e-15, mode: equalizing, sampling_precision: -1", 1, "ot=th: 8", "1", "ot=th: 8"},
        {"sampling_percentage: 10, hash_seed: 18446744073709551616", 0x00592b49be9b0690, "", NULL,
         "ot=rv:eea0338ae18457;th:e668"},
        {"sampling_percentage: 25, mode: equalizing", 0xc0000000000000, "", NULL, "ot=th:c"},
        {"sampling_percentage: 25, mode: equalizing", 0xbfffffffffffff, "", NULL, NULL},
        {"sampling_percentage: 50, mode: equalizing", 0xe0000000000000, "ot=th:c0", NULL, "ot=th:c"},
        {"sampling_percentage: 50, mode: equalizing", 0xbfffffffffffff, "ot=th:c", NULL, NULL},
        {"sampling_percentage: 50, mode: equalizing, fail_closed: false", 0xbfffffffffffff, "ot=th:c", NULL, "ot=th:0"},
        {"sampling_percentage: 50, mode: equalizing", 1, "ot=rv:80000000000000", NULL, "ot=rv:80000000000000;th:8"},
        {"sampling_percentage: 50, mode: proportional", 0xe0000000000000, "ot=th:c", NULL, "ot=th:e"},
        {"sampling_percentage: 50, mode: proportional", 0xdfffffffffffff, "ot=th:c", NULL, NULL},
        {"sampling_percentage: 33.3, mode: equalizing", 0xffffffffffffff, "", NULL, "ot=th:aac1"},
        {"sampling_percentage: 90, mode: proportional", 0xffffffffffffff, "a=1", NULL, "ot=th:199a,a=1"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct tki_sampler s;
        tk_str got;
        open_processor(&s, all[i].settings);
        bool yes = kept(&s.heads[0], (tk_id128){0, all[i].low}, all[i].state, all[i].priority, &got);
        ok(yes == (all[i].want != NULL) && (!yes || tki_str_starts(got, tki_str(all[i].want))),
           "%s, `%s`, priority %s: %s `%.*s`", all[i].settings, all[i].state,
           all[i].priority ? all[i].priority : "none", yes ? "kept" : "lost", (int)got.n, got.p);
        tki_sampler_close(&s);
    }
}

/* ---- SDKs ---- */

static bool sdk_keeps(const char *sampler, const char *sdk, uint64_t low)
{
    struct tki_head h;
    struct tk_err err;
    tk_str state;
    return tki_head_open_sdk(&h, sampler, sdk, &err) == 0 && kept(&h, (tk_id128){1, low}, "", NULL, &state);
}

static void test_sdks(void)
{
    static const struct {
        const char *sampler;
        uint64_t low;
        const char *keep; /* of go, java, python, jaeger */
    } all[] = {
        {"traceidratio=0.5", 0x7fffffffffffffff, "1010"},
        {"traceidratio=0.5", 0xffffffffffffffff, "0100"},
        {"traceidratio=0", 0, "0001"},
        {"traceidratio=1", 0x7fffffffffffffff, "1011"},
        {"traceidratio=1", 0x8000000000000001, "1011"},
        {"traceidratio=1e-9", 0x8000000000000000, "0101"},
        {"traceidratio", 12, "1111"},
        {"parentbased_traceidratio=0.25", 0, "1111"},
        {"always_on", 0xffffffffffffffff, "1111"},
        {"parentbased_always_off", 0, "0000"},
    };
    static const char *const sdks[] = {"go", "java", "python", "jaeger"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (int k = 0; k < 4; k++)
            ok(sdk_keeps(all[i].sampler, sdks[k], all[i].low) == (all[i].keep[k] == '1'), "%s of %s, %016llx: %c",
               all[i].sampler, sdks[k], (unsigned long long)all[i].low, all[i].keep[k]);
}

static void test_sdk_names(void)
{
    static const struct {
        const char *sampler, *sdk, *text;
        int code;
    } all[] = {{"traceidratio=1.5", "go", "ratio from 0 to 1", TK_EUSAGE},
               {"traceidratio=x", "go", "ratio from 0 to 1", TK_EUSAGE},
               {"sometimes", "go", "unknown sampler 'sometimes'", TK_EUSAGE},
               {"always_on=1", "go", "takes no argument", TK_EUSAGE},
               {"always_on", "ruby", "none of the SDKs", TK_EUSAGE},
               {"parentbased_jaeger_remote", "java", "asks a server", TK_EUNSUPPORTED}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct tki_head h;
        struct tk_err err = {0};
        int rc = tki_head_open_sdk(&h, all[i].sampler, all[i].sdk, &err);
        ok(rc == all[i].code && strstr(err.text, all[i].text), "%s of %s: %s", all[i].sampler, all[i].sdk, err.text);
    }
}

static void test_sdk_weight(void)
{
    struct tki_head h;
    struct tk_err err;
    tk_str state = {0};
    tki_head_open_sdk(&h, "traceidratio=0.25", "go", &err);
    bool yes = kept(&h, (tk_id128){1, 0}, "ot=th:8,a=1", NULL, &state);
    ok(yes && tki_str_eq(state, TKI_STR("ot=th:e,a=1")), "a quarter of a half is an eighth: %.*s", (int)state.n,
       state.p);
}

/* ---- which samplers ---- */

static void stages_are(const char *rest, const char *processor, const char *want)
{
    static const char head[] =
        "processors: {probabilistic_sampler: {sampling_percentage: 50}, probabilistic_sampler/b: "
        "{sampling_percentage: 5, mode: equalizing}, tail_sampling: {policies: [{name: a, type: "
        "always_sample}]}, batch: {}}\n";
    char text[1000];
    struct tki_sampler s;
    struct tk_err err = {0};
    snprintf(text, sizeof text, "%s%s\n", head, rest);
    int rc = open_text(&s, text, processor, 0, &err);
    is_str(rc < 0 ? err.text : s.processor, want, "samplers of `%s`, --processor %s", rest,
           processor ? processor : "-");
    if (rc == 0)
        tki_sampler_close(&s);
}

static void test_stages(void)
{
    static const char pipes[] = "service: {pipelines: {logs: {processors: [batch]}, traces: {processors: [%s]}}}";
    static const struct {
        const char *list, *processor, *want;
    } all[] = {
        {"batch, probabilistic_sampler, tail_sampling", NULL, "probabilistic_sampler, tail_sampling"},
        {"probabilistic_sampler/b, probabilistic_sampler, batch, tail_sampling", NULL,
         "probabilistic_sampler/b, probabilistic_sampler, tail_sampling"},
        {"tail_sampling", NULL, "tail_sampling"},
        {"probabilistic_sampler, tail_sampling", "tail_sampling", "tail_sampling"},
        {"probabilistic_sampler, tail_sampling", "b", "probabilistic_sampler/b"},
        {"tail_sampling, probabilistic_sampler", NULL,
         "probabilistic_sampler stands behind tail_sampling: that is not replayed by this version; choose one with "
         "--processor"},
        {"tail_sampling", "c",
         "no processor c of type tail_sampling or probabilistic_sampler (there is: probabilistic_sampler, "
         "probabilistic_sampler/b, tail_sampling)"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[400];
        snprintf(text, sizeof text, pipes, all[i].list);
        stages_are(text, all[i].processor, all[i].want);
    }
    stages_are("", NULL, "tail_sampling");
}

static void test_heads_alone(void)
{
    static const char two[] =
        "processors: {probabilistic_sampler/a: {sampling_percentage: 1}, probabilistic_sampler/b: "
        "{sampling_percentage: 2}}\n";
    struct tki_sampler s;
    struct tk_err err = {0};
    char text[600];
    ok(open_text(&s, two, NULL, 0, &err) == TK_EUSAGE && strstr(err.text, "several probabilistic_sampler processors"),
       "%s", err.text);
    snprintf(text, sizeof text, "%sservice: {pipelines: {traces: {processors: [probabilistic_sampler/b]}}}\n", two);
    ok(open_text(&s, text, NULL, 0, &err) == 0 && s.nheads == 1 && !s.tail, "the one that a pipeline has");
    tki_sampler_close(&s);
    snprintf(text, sizeof text,
             "%sservice: {pipelines: {traces/1: {processors: [probabilistic_sampler/a]}, traces/2: {processors: "
             "[probabilistic_sampler/b]}}}\n",
             two);
    ok(open_text(&s, text, NULL, 0, &err) == TK_EUSAGE, "two pipelines that sample: %s", err.text);
}

/* What a head sampler leaves out is not there for the policies. */
static void test_head_then_tail(void)
{
    struct tki_sampler s;
    struct tki_head head;
    struct tk_err err;
    struct tki_replay *r;
    uint32_t rows[4];
    open_policies(&s, "{name: large, type: span_count, span_count: {min_spans: 2}}", 0, &err);
    tki_head_open_sdk(&head, "traceidratio=0.5", "go", &err);
    ok(tki_sampler_put_head(&s, &head, &err) == 0 && s.nheads == 1, "a head sampler in front");
    struct tk_batch *b = tk_batch_new();
    new_resource(b);
    new_span(b, 1, 0, 1);
    new_span(b, 1, 0, 1);
    new_span(b, 0xf000000000000001, 0, 1);
    new_span(b, 0xf000000000000001, 0, 1);
    size_t n = tki_heads_select(s.heads, s.nheads, b, rows, all_rows(b, rows), true);
    ok(n == 2 && rows[0] == 0 && rows[1] == 1, "one of two traces");
    if (tki_replay_open(&r, &s, NULL, &err) < 0)
        exit(1);
    void *work = tki_eval_work(&s, b, NULL);
    ok(tki_replay_add(r, b, rows, n, work, &err) == 0, "its spans are added");
    tki_eval_free(work);
    tki_replay_judge(r, NULL);
    const struct tki_replay_stats *st = tki_replay_stats(r);
    ok(st->in.traces == 1 && st->in.spans == 2 && st->kept.traces == 1 && tki_weight_total(st->kept.wtraces) == 2,
       "and judged, with the weight that the head sampler gave it");
    tki_replay_close(r);
    tk_batch_free(b);
    tki_sampler_close(&s);
}

/* ---- the collector's and the SDKs' own tests ---- */

static json_t *suite(const char *name)
{
    char path[600];
    json_error_t e;
    const char *shared = getenv("SHARED");
    snprintf(path, sizeof path, "%s/vectors/%s.json", shared ? shared : "../shared", name);
    json_t *doc = json_load_file(path, 0, &e);
    if (!doc)
        skip(1, "no %s", path);
    return doc;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

static tk_id128 id_at(const json_t *object, const char *key)
{
    const char *hex = text_at(object, key);
    char high[17] = "", low[17] = "";
    snprintf(high, sizeof high, "%.16s", hex);
    snprintf(low, sizeof low, "%s", strlen(hex) > 16 ? hex + 16 : "");
    return (tk_id128){strtoull(high, NULL, 16), strtoull(low, NULL, 16)};
}

static void processor_case(const json_t *test, const char *mode, const char *want)
{
    char settings[200];
    struct tki_sampler s;
    tk_str got;
    double percentage = json_number_value(json_object_get(test, "sampling_percentage"));
    snprintf(settings, sizeof settings, "sampling_percentage: %g, mode: %s, fail_closed: %s", percentage, mode,
             json_is_false(json_object_get(test, "fail_closed")) ? "false" : "true");
    open_processor(&s, settings);
    struct tki_head *h = &s.heads[0];
    h->u.probabilistic.precision = (int)json_integer_value(json_object_get(test, "sampling_precision"));
    h->threshold = tki_probability_threshold(h->u.probabilistic.ratio, h->u.probabilistic.precision);
    bool yes = kept(h, id_at(test, "trace_id"), text_at(test, "tracestate"), NULL, &got);
    ok(strcmp(want, "drop") == 0 ? !yes : yes && tki_str_eq(got, tki_str(want)), "%s, %s: %s, `%.*s`",
       text_at(test, "id"), mode, yes ? "kept" : "lost", (int)got.n, got.p);
    tki_sampler_close(&s);
}

static void test_vectors(void)
{
    json_t *doc = suite("probabilistic_sampler"), *test, *want;
    const char *key;
    size_t i;
    json_array_foreach(json_object_get(doc, "cases"), i, test)
        json_object_foreach(json_object_get(test, "expect"), key, want)
            processor_case(test, key, json_string_value(want));
    json_decref(doc);
    doc = suite("sdk_ratio");
    json_array_foreach(json_object_get(doc, "cases"), i, test)
        json_object_foreach(json_object_get(test, "expect"), key, want)
    {
        char sampler[60];
        snprintf(sampler, sizeof sampler, "traceidratio=%.17g", json_number_value(json_object_get(test, "ratio")));
        ok(sdk_keeps(sampler, key, strtoull(text_at(test, "low64"), NULL, 16)) == json_is_true(want), "%s of %s",
           text_at(test, "id"), key);
    }
    json_decref(doc);
}

int main(void)
{
    test_states();
    test_setting();
    test_thresholds();
    test_processor();
    test_sdks();
    test_sdk_names();
    test_sdk_weight();
    test_stages();
    test_heads_alone();
    test_head_then_tail();
    test_vectors();
    return done_testing();
}
