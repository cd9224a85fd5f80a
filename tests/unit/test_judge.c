/* The rules of instrumentation: the words of --verify, templates of names, and what single spans are told. */
#include "judge/judge.h"
#include "judge/names.h"
#include "tap.h"
#include "tracekit/build.h"

static const char *const words[] = {
#define WORD(word) word,
    TKI_RULE_WORDS(WORD)};

static void test_words(void)
{
    is_int((int64_t)(sizeof words / sizeof *words), TKI_RULES - 1, "each rule but the last has a word");
    bool same = true;
    for (int i = 0; i < TKI_RULES - 1; i++)
        same = same && strcmp(words[i], tki_rules[i].id) == 0;
    ok(same, "words come in the order of the rules");
}

static void test_templates(void)
{
    static const char *const cases[][2] = {{"GET /users/8123", "GET /users/*"},
                                           {"GET /users/4bf92f3577b34da6/x", "GET /users/*/x"},
                                           {"mail a.b@example.com now", "mail * now"},
                                           {"GET /v1/carts/0f8fad5b-d9cb-469f-a165-70867728950e", "GET /v*/carts/*"},
                                           {"deadbeef", "deadbeef"},
                                           {"GET /cart", "GET /cart"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_buf to = {0};
        tki_name_template(tki_str(cases[i][0]), &to);
        tki_buf_putc(&to, 0);
        is_str(to.p, cases[i][1], "%s", cases[i][0]);
        tki_buf_free(&to);
    }
}

struct one {
    const char *name;
    uint8_t kind, status;
    const char *key;
    int64_t value; /* of key; below 0: text */
    const char *text;
    enum tki_rule_id rule;
    enum tki_finds found;
};

static void test_span(const struct one *c)
{
    struct tk_batch *b = tk_batch_new();
    struct tk_tree tree = {0};
    struct tki_said said;
    uint32_t resource = tk_resource_new(b, "a");
    struct tk_span *s = tk_batch_add_span(b);
    *s = (struct tk_span){.trace_id = {1, 2}, .span_id = 3, .kind = c->kind, .status = c->status, .resource = resource};
    s->start_ns = 1000000000;
    s->end_ns = 2000000000;
    if (c->value >= 0)
        tk_span_set_int(b, 0, c->key, c->value);
    else
        tk_span_set_str(b, 0, c->key, c->text);
    tk_tree_build(&tree, b);
    tki_said_get(&said, b, &tree, 0);
    is_int(tki_rules[c->rule].span(&said), c->found, "%s", c->name);
    tk_tree_free(&tree);
    tk_batch_free(b);
}

int main(void)
{
    static const struct one cases[] = {
        {"5xx unset", TK_KIND_SERVER, 0, "http.status_code", 503, NULL, TKI_RULE_SILENT_HTTP, TKI_FAILS},
        {"5xx unset, as text", TK_KIND_CLIENT, 0, "http.response.status_code", -1, "500", TKI_RULE_SILENT_HTTP,
         TKI_FAILS},
        {"5xx, error", TK_KIND_SERVER, TK_STATUS_ERROR, "http.status_code", 503, NULL, TKI_RULE_SILENT_HTTP,
         TKI_PASSES},
        {"404", TK_KIND_SERVER, 0, "http.status_code", 404, NULL, TKI_RULE_SILENT_HTTP, TKI_DOES_NOT_APPLY},
        {"404 as an error of the server", TK_KIND_SERVER, TK_STATUS_ERROR, "http.status_code", 404, NULL,
         TKI_RULE_CLIENT_FAULT, TKI_FAILS},
        {"404 of a client", TK_KIND_CLIENT, TK_STATUS_ERROR, "http.status_code", 404, NULL, TKI_RULE_CLIENT_FAULT,
         TKI_DOES_NOT_APPLY},
        {"gRPC server, NOT_FOUND", TK_KIND_SERVER, 0, "rpc.grpc.status_code", 5, NULL, TKI_RULE_SILENT_RPC,
         TKI_DOES_NOT_APPLY},
        {"gRPC client, NOT_FOUND", TK_KIND_CLIENT, 0, "rpc.status_code", -1, "NOT_FOUND", TKI_RULE_SILENT_RPC,
         TKI_FAILS},
        {"gRPC server, INTERNAL", TK_KIND_SERVER, 0, "rpc.grpc.status_code", 13, NULL, TKI_RULE_SILENT_RPC, TKI_FAILS},
        {"gRPC client, OK", TK_KIND_CLIENT, 0, "rpc.grpc.status_code", 0, NULL, TKI_RULE_SILENT_RPC,
         TKI_DOES_NOT_APPLY},
        {"error.type, unset", TK_KIND_INTERNAL, 0, "error.type", -1, "timeout", TKI_RULE_SILENT_ERROR, TKI_FAILS},
        {"a call of 1 s without a status", TK_KIND_CLIENT, 0, "http.request.method", -1, "GET", TKI_RULE_SILENT_TIMEOUT,
         TKI_FAILS},
        {"a query of 1 s", TK_KIND_CLIENT, 0, "db.system", -1, "redis", TKI_RULE_SILENT_TIMEOUT, TKI_DOES_NOT_APPLY},
        {"a root that is a client", TK_KIND_CLIENT, 0, "a", 1, NULL, TKI_RULE_CLIENT_ROOT, TKI_FAILS},
        {"a failed 200 that does not say why", TK_KIND_SERVER, TK_STATUS_ERROR, "http.status_code", 200, NULL,
         TKI_RULE_FALSE_ERROR, TKI_FAILS},
        {"Ok with 500", TK_KIND_SERVER, TK_STATUS_OK, "http.status_code", 500, NULL, TKI_RULE_OK_DESPITE, TKI_FAILS},
    };
    test_words();
    test_templates();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        test_span(&cases[i]);
    return done_testing();
}
