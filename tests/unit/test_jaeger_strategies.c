/* Jaeger's sampling strategies: what services are answered, and how clients decide by it. */
#include "sample/jaeger/gojson.h"
#include "sample/jaeger/strategies.h"
#include "sample_help.h"
#include "tap.h"

struct read {
    struct tki_arena arena;
    struct tki_warnings warnings;
    struct tk_err err;
    struct tki_jaeger_strategies all;
    int rc;
};

static struct read *read_text(const char *text)
{
    struct read *r = calloc(1, sizeof *r);
    if (!r)
        exit(1);
    const struct tki_yaml y = {.arena = &r->arena, .warnings = &r->warnings, .err = &r->err};
    r->rc = tki_jaeger_read(&y, "s.json", tki_str(text), &r->all);
    return r;
}

static void drop(struct read *r)
{
    tki_warnings_free(&r->warnings);
    tki_arena_free(&r->arena);
    free(r);
}

static bool told(const struct read *r, const char *what)
{
    for (size_t i = 0; i < r->warnings.n; i++)
        if (strstr(r->warnings.text[i], what))
            return true;
    return false;
}

static double of_operation(const struct tki_jaeger_answer *a, const char *name)
{
    for (size_t i = 0; i < a->noperations; i++)
        if (tki_str_eq(a->operation[i].name, tki_str(name)))
            return a->operation[i].probability;
    return a->rest;
}

static void test_answers(void)
{
    struct read *r = read_text(
        "{\"service_strategies\": [{\"service\": \"foo\", \"type\": \"probabilistic\", \"param\": 0.8,"
        " \"operation_strategies\": [{\"operation\": \"op1\", \"type\": \"probabilistic\", \"param\": 0.2},"
        " {\"operation\": \"op3\", \"type\": \"ratelimiting\", \"param\": 5}]},"
        " {\"service\": \"bar\", \"type\": \"ratelimiting\", \"param\": 5},"
        " {\"service\": \"new\", \"type\": \"probabilistic\", \"param\": 0.3}],"
        " \"default_strategy\": {\"type\": \"probabilistic\", \"param\": 0.5,"
        " \"operation_strategies\": [{\"operation\": \"/health\", \"type\": \"probabilistic\", \"param\": 0.0}]}}");
    const struct tki_jaeger_answer *foo = &r->all.service[0], *bar = &r->all.service[1], *new = &r->all.service[2];
    ok(r->rc == 0 && r->all.nservices == 3, "three services");
    ok(foo->by_operation && of_operation(foo, "op1") == 0.2 && of_operation(foo, "/health") == 0 &&
           of_operation(foo, "op3") == 0.8,
       "operations of the service, then of the default");
    ok(told(r, "leaves out operation 'op3'"), "operations with a rate are left out");
    ok(bar->limited && bar->traces_per_second == 5 && bar->by_operation && bar->rest == 0.5,
       "a rate gives way to the operations of the default");
    ok(new->rest == 0.3, "the service's own probability is that of its other operations");
    drop(r);
    r = read_text("{\"default_strategy\": {\"type\": \"probabilistic\", \"param\": 0.5}, \"service_strategies\":"
                  " [{\"service\": \"a\", \"type\": \"adaptive\", \"param\": 0.1, \"max_per_second\": 3},"
                  " {\"service\": \"b\", \"operation_strategies\": [{\"operation\": \"o\", \"type\": \"probabilistic\","
                  " \"param\": 0.9}]}, {\"service\": \"b\", \"type\": \"ratelimiting\", \"param\": 3.5}],"
                  " \"per_operation_strategies\": []}");
    ok(r->all.nservices == 2 && r->all.service[0].probability == 0.001 && told(r, "no type 'adaptive'"),
       "an unknown type is 0.001 and not the default");
    ok(told(r, "ignores 'max_per_second'") && told(r, "ignores 'per_operation_strategies'"), "what is ignored is said");
    ok(r->all.service[1].limited && r->all.service[1].traces_per_second == 3 && !r->all.service[1].by_operation &&
           told(r, "makes 3 traces per second of 3.5") && told(r, "stands there twice"),
       "of a service twice the last counts; fractions are cut");
    drop(r);
    r = read_text("{\"DEFAULT_Strategy\":{\"Type\":\"probabilistic\"},\"default_strategy\":{\"param\":1e12},"
                  "\"default_\\u017ftrategy\":{\"type\":\"ratelimiting\",\"param\":null}}");
    ok(r->rc == 0 && r->all.any.limited && r->all.any.traces_per_second == INT32_MIN,
       "members twice, in any letters, are decoded into the same place");
    drop(r);
    r = read_text("null");
    ok(r->rc == 0 && r->all.any.probability == 0.001 && r->all.nservices == 0, "null is the server's own default");
    drop(r);
}

static void refused(const char *text, const char *why)
{
    struct read *r = read_text(text);
    bool held = ok(r->rc == TK_EUSAGE && strstr(r->err.text, why), "%s", why);
    if (!held)
        diag("%d %s", r->rc, r->rc < 0 ? r->err.text : "read");
    drop(r);
}

static void test_refused(void)
{
    refused("", "failed to unmarshal strategies: unexpected end of JSON input");
    refused("[]", "json: cannot unmarshal array into Go value of type file.strategies");
    refused("{\"default_strategy\":{\"type\":\"probabilistic\",},}",
            "invalid character '}' looking for beginning of object key string");
    refused("{\"default_strategy\":{\"type\":1}}",
            "json: cannot unmarshal number into Go struct field serviceStrategy.default_strategy.strategy.type of type "
            "string");
    refused("{} {}", "invalid character '{' after top-level value");
    refused("{\"service_strategies\":[null]}", "panic");
    refused("{\"default_strategy\":{\"type\":\"probabilistic\",\"operation_strategies\":[null]}}", "panic");
    refused("{\"service_strategies\":{}}", "json: cannot unmarshal object into Go struct field "
                                           "strategies.service_strategies of type []*file.serviceStrategy");
    refused("\xef\xbb\xbf{}", "invalid character '\xc3\xaf' looking for beginning of value");
    refused("{\"a\":tru}", "invalid character '}' in literal true (expecting 'e')");
    refused("{\"a\":1.}", "invalid character '}' after decimal point in numeric literal");
    refused("{\"a\":01}", "invalid character '1' after object key:value pair");
    refused("{\"a\" 1}", "invalid character '1' after object key");
    refused("[1 2]", "invalid character '2' after array element");
    refused("\"a\nb\"", "invalid character '\\n' in string literal");
    refused("{\"service_strategies\":[{\"param\":\"x\"}]}", "cannot unmarshal string into Go struct field");
}

static void test_texts(void)
{
    struct tki_arena arena = {0};
    struct tk_err err = {0};
    struct tki_go_value *v;
    ok(tki_go_parse(&arena, TKI_STR("\"\\ud83d\\ude00 \\ud800 \xff \\n\""), &v, &err) == 0 &&
           tki_str_eq(v->text, TKI_STR("\xf0\x9f\x98\x80 \xef\xbf\xbd \xef\xbf\xbd \n")),
       "escapes and what is no UTF-8");
    char deep[2 * TKI_GO_DEPTH_MAX + 8];
    memset(deep, '[', sizeof deep);
    ok(tki_go_parse(&arena, (tk_str){deep, sizeof deep}, &v, &err) == TK_ELIMIT, "too many brackets");
    tki_arena_free(&arena);
}

/* ---- deciding ---- */

static void put_root(struct tk_batch *b, uint64_t id, const char *service, const char *name, uint64_t start_ms)
{
    uint32_t resource = new_resource(b);
    put_text(b, &b->resources[resource].attrs, "service.name", service);
    struct tk_span *span = new_span(b, id, start_ms, start_ms + 1);
    span->name = tk_batch_copy(b, tki_str(name));
    span->resource = resource;
}

static void test_clients(void)
{
    static const struct {
        uint64_t id;
        const char *service, *name;
        uint64_t start_ms;
        bool kept;
    } roots[] = {
        {1, "foo", "op1", 0, true},  /* 1 is below every bound but that of 0 */
        {2, "foo", "off", 0, false}, /* */
        {0x4000000000000000, "foo", "other", 0, true},
        {0x4000000000000001, "foo", "other", 0, false},
        {0xc000000000000000, "foo", "other", 0, true}, /* the highest bit does not count */
        {5, "slow", "x", 1200, true},                  /* by its time the second one */
        {6, "slow", "x", 100, true},
        {7, "slow", "x", 1300, false},
        {8, "nobody", "x", 0, false},
    };
    const char *text =
        "{\"default_strategy\":{\"type\":\"probabilistic\",\"param\":0},\"service_strategies\":[{\"service\":\"foo\","
        "\"type\":\"probabilistic\",\"param\":0.5,\"operation_strategies\":[{\"operation\":\"off\",\"type\":"
        "\"probabilistic\",\"param\":0}]},{\"service\":\"slow\",\"type\":\"ratelimiting\",\"param\":1}]}";
    struct tki_sampler s;
    struct tki_replay *r;
    struct tk_err err;
    ok(open_text(&s, text, NULL, 0, &err) == 0 && s.strategies && s.npolicies == 4, "a sampler of four strategies");
    struct tk_batch *b = tk_batch_new();
    if (!b || tki_replay_open(&r, &s, NULL, &err) < 0)
        exit(1);
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        put_root(b, roots[i].id, roots[i].service, roots[i].name, roots[i].start_ms);
    struct tk_span *child = new_span(b, 9, 0, 1);
    child->parent_id = 77;
    child->resource = b->spans[0].resource;
    add_batch(r, &s, b);
    tki_replay_judge(r, NULL);
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        ok(tki_replay_keeps(r, (uint32_t)i) == roots[i].kept, "%s %s, id %llx", roots[i].service, roots[i].name,
           (unsigned long long)roots[i].id);
    ok(!tki_replay_keeps(r, sizeof roots / sizeof *roots), "a trace without a root is decided nowhere");
    tki_replay_close(r);
    tk_batch_free(b);
    tki_sampler_close(&s);
    ok(open_text(&s, text, "x", 0, &err) == TK_EUSAGE && strstr(err.text, "no processor 'x'"), "--processor");
}

int main(void)
{
    test_answers();
    test_refused();
    test_texts();
    test_clients();
    return done_testing();
}
