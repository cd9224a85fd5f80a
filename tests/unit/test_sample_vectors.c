/* The decisions transcribed from the collector's own tests: $SHARED/vectors, ../shared/vectors. */
#include <jansson.h>

#include "base/hash.h"
#include "sample/policy/probabilistic.h"
#include "sample_help.h"
#include "tap.h"

static const char *directory(void)
{
    static char path[512];
    const char *shared = getenv("SHARED");
    snprintf(path, sizeof path, "%s/vectors", shared ? shared : "../shared");
    return access(path, R_OK) == 0 ? path : NULL;
}

static const char *string_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

static unsigned release_at(const json_t *object, const char *key)
{
    const char *s = string_at(object, key);
    return *s ? tki_release_parse(s + (*s == '~')) : 0;
}

/* ---- traces
 * ---------------------------------------------------------------------------------------------------- */

static void put_attrs(struct tk_batch *b, tk_range *range, json_t *attrs)
{
    const char *key;
    json_t *v;
    json_object_foreach(attrs, key, v)
    {
        if (json_is_string(v))
            put_text(b, range, key, json_string_value(v));
        else if (json_is_integer(v))
            put_attr(b, range, key, TK_INT)->value.v.i = json_integer_value(v);
        else if (json_is_real(v))
            put_attr(b, range, key, TK_DOUBLE)->value.v.d = json_real_value(v);
        else if (json_is_boolean(v))
            put_attr(b, range, key, TK_BOOL)->value.v.b = json_is_true(v);
    }
}

static tk_id128 id_of(const char *hex)
{
    tk_id128 id = {0};
    for (size_t i = 0; hex[i] && i < 32; i++) {
        uint64_t digit = (uint64_t)(strchr("0123456789abcdef", hex[i]) - "0123456789abcdef");
        uint64_t *half = i < 16 ? &id.hi : &id.lo;
        *half = *half << 4 | digit;
    }
    return id;
}

static void put_span(struct tk_batch *b, const json_t *from, uint32_t resource, tk_id128 id)
{
    tk_range attrs = {b->nattrs, 0};
    put_attrs(b, &attrs, json_object_get(from, "attributes"));
    tk_str state = tk_batch_copy(b, tki_str(string_at(from, "tracestate")));
    const char *status = string_at(from, "status");
    struct tk_span *span = new_span(b, 0, (uint64_t)json_integer_value(json_object_get(from, "start_ms")),
                                    (uint64_t)json_integer_value(json_object_get(from, "end_ms")));
    span->trace_id = id;
    span->attrs = attrs;
    span->resource = resource;
    span->trace_state = state;
    span->flags = (uint32_t)json_integer_value(json_object_get(from, "flags"));
    span->status = strcmp(status, "OK") == 0      ? TK_STATUS_OK
                   : strcmp(status, "ERROR") == 0 ? TK_STATUS_ERROR
                                                  : TK_STATUS_UNSET;
}

static struct tk_batch *trace_of(const json_t *test)
{
    struct tk_batch *b = tk_batch_new();
    const json_t *trace = json_object_get(test, "trace");
    tk_id128 id = id_of(string_at(trace ? trace : test, "trace_id"));
    json_t *blocks = json_object_get(trace, "resource_spans"), *block, *scope, *span;
    size_t i, k, m;
    tk_batch_add_scope(b);
    json_array_foreach(blocks, i, block)
    {
        uint32_t r = new_resource(b);
        tk_range attrs = {b->nattrs, 0};
        put_attrs(b, &attrs, json_object_get(block, "attributes"));
        b->resources[r].attrs = attrs;
        json_array_foreach(json_object_get(block, "scope_spans"), k, scope)
            json_array_foreach(json_object_get(scope, "spans"), m, span) put_span(b, span, r, id);
    }
    json_t *counts = json_object_get(trace, "batches_span_counts"), *count;
    if (!blocks)
        new_resource(b);
    json_array_foreach(counts, i, count) for (json_int_t n = json_integer_value(count); n > 0; n--) new_span(b, 0, 0, 1)
        ->trace_id = id;
    if (!trace)
        new_span(b, 0, 0, 1)->trace_id = id;
    return b;
}

/* ---- cases
 * ---------------------------------------------------------------------------------------------------------
 */

static void check(const json_t *test, const char *wanted, unsigned release, bool optional)
{
    struct tki_sampler s;
    struct tk_err err;
    int rc = open_policies(&s, string_at(test, "config_yaml"), release, &err);
    if (strcmp(wanted, "ConfigError") == 0) {
        ok(rc == TK_EUSAGE, "%s at 0.%u: %s: %s", string_at(test, "id"), release, string_at(test, "desc"), err.text);
        if (rc == 0)
            tki_sampler_close(&s);
        return;
    }
    if (rc < 0 && optional)
        return; /* the policy came later than that release */
    if (rc < 0) {
        ok(false, "%s at 0.%u: %s", string_at(test, "id"), release, err.text);
        return;
    }
    struct tk_batch *b = trace_of(test);
    const char *got = tki_decision_names[decide(&s, b)];
    ok(strcmp(got, wanted) == 0, "%s at 0.%u: %s: %s", string_at(test, "id"), s.release, string_at(test, "desc"), got);
    tk_batch_free(b);
    tki_sampler_close(&s);
}

static void check_policy(const json_t *test)
{
    const json_t *versions = json_object_get(test, "expect_by_version");
    const char *wanted = string_at(json_object_get(test, "expect"), "decision");
    size_t i;
    json_t *v;
    json_array_foreach(versions, i, v)
    {
        unsigned since = release_at(v, "since"), until = release_at(v, "until");
        check(test, string_at(v, "decision"), until, false);
        if (since && !until)
            check(test, string_at(v, "decision"), since, false);
    }
    if (!versions) {
        unsigned since = release_at(test, "semantics_since");
        check(test, wanted, 0, false);
        check(test, wanted, since > 143 ? since : 143, true);
        if (since)
            check(test, wanted, since, false);
    }
    const char *hash = string_at(test, "hash64");
    if (*hash) {
        uint64_t salted = tki_fnv64(TKI_FNV64_START, "default-hash-seed", 17);
        uint64_t got = tki_probabilistic_hash(salted, id_of(string_at(test, "trace_id")));
        ok(got == strtoull(hash, NULL, 16), "%s: hash %016llx", string_at(test, "id"), (unsigned long long)got);
    }
}

static void check_combination(const json_t *test)
{
    enum tki_decision d[16];
    size_t n = 0, i;
    json_t *name;
    json_array_foreach(json_object_get(test, "policy_decisions"), i, name)
    {
        int k = 0;
        while (k < TKI_DECISIONS && strcmp(tki_decision_names[k], json_string_value(name)) != 0)
            k++; /* "Error" is none of them: the policy abstains */
        d[n++] = (enum tki_decision)k;
    }
    ok(tki_decisions_combine(d, n, NULL) == json_is_true(json_object_get(test, "kept")), "%s: %s",
       string_at(test, "id"), string_at(test, "desc"));
}

static void run_suite(const char *dir, const char *suite, bool replayed)
{
    char path[600];
    json_error_t e;
    snprintf(path, sizeof path, "%s/%s.json", dir, suite);
    json_t *doc = json_load_file(path, 0, &e), *test;
    size_t i, skipped = 0;
    if (!doc) {
        skip(1, "no %s", path);
        return;
    }
    json_array_foreach(json_object_get(doc, "cases"), i, test)
    {
        if (!replayed || (!json_object_get(test, "config_yaml") && strcmp(suite, "combine") != 0))
            skipped++;
        else if (strcmp(suite, "combine") == 0)
            check_combination(test);
        else
            check_policy(test);
    }
    if (skipped)
        skip((unsigned)skipped, "%s: not replayed", suite);
    json_decref(doc);
}

int main(void)
{
    static const char *const replayed[] = {"latency",
                                           "status_code",
                                           "string_attribute",
                                           "numeric_attribute",
                                           "boolean_attribute",
                                           "trace_state",
                                           "trace_flags",
                                           "span_count",
                                           "and",
                                           "drop",
                                           "fnv_derived",
                                           "combine"};
    static const char *const others[] = {"composite", "rate_limiting", "ottl_condition", "jaeger_file"};
    const char *dir = directory();
    if (!dir)
        plan_skip_all("no ../shared/vectors");
    for (size_t i = 0; i < sizeof replayed / sizeof *replayed; i++)
        run_suite(dir, replayed[i], true);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        run_suite(dir, others[i], false);
    return done_testing();
}
