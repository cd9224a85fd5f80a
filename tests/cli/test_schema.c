/* What the commands write as JSON satisfies schema/NAME.schema.json, and a document that is wrong does not.
 *
 * The validator knows the part of JSON Schema 2020-12 that our files use; any other keyword is a fault of the file.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tap.h"

/* ---- the validator ---- */

struct check {
    const json_t *root; /* of the schema: what "#/$defs/..." means */
    char path[400];     /* of the value that is looked at */
    char fault[800];    /* the first; "": none */
};

static bool fault(struct check *c, const char *what, const char *detail)
{
    if (!c->fault[0])
        snprintf(c->fault, sizeof c->fault, "%s: %s%s", c->path[0] ? c->path : "(document)", what, detail);
    return false;
}

static bool has_type(const json_t *v, const char *type)
{
    if (strcmp(type, "object") == 0)
        return json_is_object(v);
    if (strcmp(type, "array") == 0)
        return json_is_array(v);
    if (strcmp(type, "string") == 0)
        return json_is_string(v);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(v);
    if (strcmp(type, "null") == 0)
        return json_is_null(v);
    if (strcmp(type, "integer") == 0)
        return json_is_integer(v);
    return strcmp(type, "number") == 0 && json_is_number(v);
}

static bool check_type(struct check *c, const json_t *types, const json_t *v)
{
    if (json_is_string(types))
        return has_type(v, json_string_value(types)) || fault(c, "is no ", json_string_value(types));
    for (size_t i = 0; i < json_array_size(types); i++)
        if (has_type(v, json_string_value(json_array_get(types, i))))
            return true;
    return fault(c, "has none of the types", "");
}

static bool validate(struct check *c, const json_t *schema, const json_t *v);

static bool validate_at(struct check *c, const json_t *schema, const json_t *v, const char *step)
{
    size_t n = strlen(c->path);
    snprintf(c->path + n, sizeof c->path - n, "/%s", step);
    bool good = validate(c, schema, v);
    c->path[n] = 0;
    return good;
}

static bool check_members(struct check *c, const json_t *schema, const json_t *v)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const json_t *required = json_object_get(schema, "required");
    const char *key;
    json_t *member;
    for (size_t i = 0; i < json_array_size(required); i++)
        if (!json_object_get(v, json_string_value(json_array_get(required, i))))
            return fault(c, "lacks ", json_string_value(json_array_get(required, i)));
    json_object_foreach((json_t *)(uintptr_t)v, key, member)
    {
        const json_t *s = json_object_get(properties, key);
        s = s ? s : others;
        if (json_is_false(s))
            return fault(c, "has the unknown member ", key);
        if (s && !json_is_true(s) && !validate_at(c, s, member, key))
            return false;
    }
    return true;
}

static bool check_items(struct check *c, const json_t *items, const json_t *v)
{
    char step[24];
    for (size_t i = 0; i < json_array_size(v); i++) {
        snprintf(step, sizeof step, "%zu", i);
        if (!validate_at(c, items, json_array_get(v, i), step))
            return false;
    }
    return true;
}

static bool check_size(struct check *c, const json_t *schema, const json_t *v)
{
    const json_t *least = json_object_get(schema, "minimum"), *most = json_object_get(schema, "maximum");
    size_t n = json_array_size(v);
    if (json_is_number(v) && least && json_number_value(v) < json_number_value(least))
        return fault(c, "is below its minimum", "");
    if (json_is_number(v) && most && json_number_value(v) > json_number_value(most))
        return fault(c, "is above its maximum", "");
    least = json_object_get(schema, "minItems");
    most = json_object_get(schema, "maxItems");
    if (json_is_array(v) && least && n < (size_t)json_integer_value(least))
        return fault(c, "has too few items", "");
    if (json_is_array(v) && most && n > (size_t)json_integer_value(most))
        return fault(c, "has too many items", "");
    return true;
}

static bool check_choice(struct check *c, const json_t *schema, const json_t *v)
{
    const json_t *one = json_object_get(schema, "const"), *some = json_object_get(schema, "enum");
    if (one && !json_equal(one, v))
        return fault(c, "is not its constant", "");
    bool found = !some;
    for (size_t i = 0; i < json_array_size(some); i++)
        found |= json_equal(json_array_get(some, i), v) != 0;
    return found || fault(c, "is none of its values", "");
}

static const json_t *resolve(const struct check *c, const char *ref)
{
    static const char local[] = "#/$defs/";
    if (strncmp(ref, local, sizeof local - 1) != 0)
        return NULL;
    return json_object_get(json_object_get(c->root, "$defs"), ref + sizeof local - 1);
}

static bool validate(struct check *c, const json_t *schema, const json_t *v)
{
    static const char *const known[] = {"$schema",    "$defs",       "$ref",
                                        "title",      "description", "type",
                                        "properties", "required",    "additionalProperties",
                                        "items",      "enum",        "const",
                                        "minimum",    "maximum",     "minItems",
                                        "maxItems"};
    const char *key;
    json_t *keyword;
    json_object_foreach((json_t *)(uintptr_t)schema, key, keyword)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], key) != 0)
            i++;
        if (i == sizeof known / sizeof *known)
            return fault(c, "the schema has the unknown keyword ", key);
    }
    const json_t *type = json_object_get(schema, "type"), *items = json_object_get(schema, "items");
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    if (ref && !resolve(c, ref))
        return fault(c, "the schema has no ", ref);
    return (!ref || validate(c, resolve(c, ref), v)) && (!type || check_type(c, type, v)) &&
           check_choice(c, schema, v) && check_size(c, schema, v) &&
           (!json_is_object(v) || check_members(c, schema, v)) &&
           (!items || !json_is_array(v) || check_items(c, items, v));
}

/* NULL: valid; else what is wrong, until the next call. */
static const char *invalid(const json_t *schema, const json_t *doc)
{
    static struct check c;
    c = (struct check){.root = schema};
    return validate(&c, schema, doc) ? NULL : c.fault;
}

/* ---- documents ---- */

static const char *top;

static json_t *read_json(FILE *f, const char *what)
{
    struct tki_buf b = {0};
    struct tk_err err = {0};
    json_t *doc = NULL;
    char piece[4096];
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        tki_buf_put(&b, piece, n);
    if (tki_json_read((tk_str){b.p, b.n}, &doc, &err) < 0)
        diag("%s: %s", what, err.text);
    tki_buf_free(&b);
    return doc;
}

static json_t *schema_of(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/schema/%s.schema.json", top, name);
    FILE *f = fopen(path, "r");
    if (!f)
        bail_out("cannot open %s", path);
    json_t *schema = read_json(f, path);
    fclose(f);
    return schema;
}

static json_t *run(const char *command)
{
    FILE *f = popen(command, "r");
    if (!f)
        bail_out("cannot run %s", command);
    json_t *doc = read_json(f, command);
    pclose(f);
    return doc;
}

/* Every member is necessary or not even known: without each of those at the top, and with one more, the document is
 * refused; so is one of another version. */
static void refuses_wrong(const json_t *schema, json_t *doc, const char *name)
{
    const json_t *required = json_object_get(schema, "required");
    size_t accepted = 0;
    for (size_t i = 0; i < json_array_size(required); i++) {
        json_t *copy = json_copy(doc);
        json_object_del(copy, json_string_value(json_array_get(required, i)));
        accepted += !invalid(schema, copy);
        json_decref(copy);
    }
    is_uint(accepted, 0, "%s: a document without a member that must be there is refused", name);
    json_t *copy = json_copy(doc);
    json_object_set_new(copy, "no such member", json_true());
    ok(invalid(schema, copy) != NULL, "%s: so is one with another member", name);
    json_object_del(copy, "no such member");
    json_object_set_new(copy, "version", json_integer(99));
    ok(invalid(schema, copy) != NULL, "%s: so is one of another version", name);
    json_decref(copy);
    size_t loose = 0;
    const char *key;
    json_t *member;
    json_object_foreach(doc, key, member)
    {
        copy = json_copy(doc);
        json_object_set_new(copy, key, json_pack("{s:{}}", "of another type"));
        loose += !invalid(schema, copy);
        json_decref(copy);
    }
    is_uint(loose, 0, "%s: so is one with any member of another type", name);
}

/* Objects that would take any member would let a wrong one through. */
static size_t open_objects(const json_t *schema)
{
    size_t n = 0, i;
    const char *key;
    json_t *v;
    if (json_is_array(schema))
        json_array_foreach(schema, i, v) n += open_objects(v);
    if (!json_is_object(schema))
        return n;
    const char *type = json_string_value(json_object_get(schema, "type"));
    n += type && strcmp(type, "object") == 0 && !json_object_get(schema, "additionalProperties");
    json_object_foreach((json_t *)(uintptr_t)schema, key, v) n += open_objects(v);
    return n;
}

#define SHOP "testdata/shop/collector-json.jsonl"

static void test_reports(void)
{
    static const struct {
        const char *schema, *command;
    } reports[] = {
#define SAMPLE "$BIN/tracesample --json -c testdata/shop/collector.yaml "
#define TRACE  "0b9257a33bc80de8539a48701873591a"
        {"list", "$BIN/tracecat -t list --json " SHOP},
        {"list", "$BIN/tracecat -t list --json testdata/jaeger/api-traces.json </dev/null"},
        {"top", "$BIN/tracecat --top --json " SHOP},
        {"top", "$BIN/tracecat --top=service --json testdata/jaeger/api-traces.json"},
        {"top", "$BIN/tracecat --top=http.route --json testdata/jaeger/api-traces.json"},
        {"stats", "$BIN/tracecat --stats -q {status=error} --json testdata/jaeger/api-traces.json"},
        {"stats", "$BIN/tracecat --stats --json " SHOP},
        {"stats", "$BIN/tracecat --stats --json testdata/jaeger/api-traces.json testdata/sdk/go-otlp.bin.gz"},
        {"stats", "$BIN/tracecat --stats --json </dev/null"},
        {"verify", "$BIN/tracecat --verify --json tests/cli/mend/*.jsonl"},
        {"traces-check", "$BIN/tracecat --check tests/cli/judge/assertions --json testdata/shop/collector-json.jsonl"},
        {"verify", "$BIN/tracecat --verify=roots,ids -t json testdata/zipkin/api-traces.json"},
        {"formats", "$BIN/tracecat --formats --json"},
        {"sample", SAMPLE "-n " SHOP},
        {"sample", SAMPLE "-n <testdata/shop/collector-proto.bin"},
        {"sample", SAMPLE "-n testdata/jaeger/api-traces.json"},
        {"explain", SAMPLE "--explain " TRACE " " SHOP},
        {"explain", SAMPLE "--arrival end --explain " TRACE " " SHOP},
        {"explain", SAMPLE "--head traceidratio=0.1 --explain " TRACE " " SHOP},
        {"explain",
         "printf 'policies: [{name: a, type: always_sample}]\\nnum_traces: 20\\n' | $BIN/tracesample --json -c - "
         "--arrival end --explain 839e80fcb26c43c41034cf1f994dd160 " SHOP},
        {"sample", SAMPLE "-n --arrival end " SHOP},
        {"wait-curve", SAMPLE "--wait-curve " SHOP},
        {"sample", SAMPLE "-n --bias --baseline testdata/shop/collector-probabilistic.yaml " SHOP},
        {"check", SAMPLE "--baseline testdata/shop/collector-probabilistic.yaml --check tests/cli/all.checks " SHOP},
        {"check", SAMPLE "--strict --check tests/cli/all.checks --baseline testdata/shop/collector.yaml </dev/null"},
        {"lint", SAMPLE "--lint " SHOP},
        {"lint", SAMPLE "--lint --strict"},
        {"policies", "$BIN/tracesample --json -c help"},
        {"cost", "$BIN/tracecost --json " SHOP},
        {"cost", "$BIN/tracecost --json --rate 1000 -c testdata/shop/collector.yaml " SHOP},
        {"cost",
         "$BIN/tracecost --json --rate 1000 --bill --drop http.url --baseline testdata/shop/collector.yaml " SHOP},
        {"cost", "$BIN/tracecost --json --rate 1000 --spans 50 --span-bytes 1KB --backend generic:price=0.05,per=GB"},
        {"cost", "$BIN/tracecost --json --rate 1000 --spans 50 --span-bytes 1KB --backend elasticsearch,newrelic"},
        {"cost", "$BIN/tracecost --json --rate 500GB/day --backend s3,hybrid,datadog,elasticsearch --budget 900 " SHOP},
        {"cost", "$BIN/tracecost --json --rate 500GB/day --backend xray --budget 1 " SHOP},
        {"prices", "$BIN/tracecost --json --backend help"},
        {"diff", "$BIN/tracediff --json " SHOP},
        {"diff", "$BIN/tracediff --json --traces=whole --bootstrap 0 --slow 1h " SHOP},
        {"diff", "$BIN/tracediff --json --dark " SHOP},
        {"diff", "$BIN/tracediff --json --drag " SHOP},
        {"diff", "$BIN/tracediff --json --what-if 'inventory/* x0.5' " SHOP},
        {"diff", "$BIN/tracediff --json --a '{ trace:duration < 50ms }' " SHOP},
        {"diff",
         "$BIN/tracediff --json --pair=92a6abc25d406b94b2ebc1c9fa5a557f,68e19addf6218e056a2ab1fdb1b53071 " SHOP},
        {"diff", "$BIN/tracediff --json --split p50,p90 --tables " SHOP},
        {"diff", "head -n 1 " SHOP " | $BIN/tracediff --json"},
        {"diff", "$BIN/tracediff --json --tables=0 " SHOP " testdata/shop/tail-kept.jsonl"},
        {"diff",
         "$BIN/tracediff --json --traces=collapse,names --tables=3 testdata/jaeger/api-traces.json testdata/zipkin/api-traces.json"},
    };
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        char command[4096];
        snprintf(command, sizeof command, "exec 2>/dev/null; cd '%s' && %s", top, reports[i].command);
        json_t *schema = schema_of(reports[i].schema), *doc = run(command);
        const char *wrong = doc ? invalid(schema, doc) : "no JSON";
        ok(!wrong, "%s satisfies %s.schema.json", reports[i].command, reports[i].schema);
        if (wrong)
            diag("%s", wrong);
        if (doc && (i == 0 || strcmp(reports[i].schema, reports[i - 1].schema) != 0)) {
            refuses_wrong(schema, doc, reports[i].schema);
            is_uint(open_objects(schema), 0, "%s: objects say which members they have", reports[i].schema);
        }
        json_decref(doc);
        json_decref(schema);
    }
}

/* The backends that tracecost ships. */
static void test_backends(void)
{
    json_t *schema = schema_of("backend");
    char pattern[4096];
    glob_t files;
    snprintf(pattern, sizeof pattern, "%s/lib/cost/backends/*.json", top);
    ok(glob(pattern, 0, NULL, &files) == 0 && files.gl_pathc > 20, "there are backends");
    for (size_t i = 0; i < files.gl_pathc; i++) {
        FILE *f = fopen(files.gl_pathv[i], "r");
        json_t *doc = f ? read_json(f, files.gl_pathv[i]) : NULL;
        const char *wrong = doc ? invalid(schema, doc) : "no JSON", *name = strrchr(files.gl_pathv[i], '/') + 1;
        ok(!wrong, "%s satisfies backend.schema.json", name);
        if (wrong)
            diag("%s", wrong);
        if (i == 0 && doc)
            refuses_wrong(schema, doc, "backend");
        if (f)
            fclose(f);
        json_decref(doc);
    }
    globfree(&files);
    json_decref(schema);
}

/* A query's table is a document for each row. */
static void test_query_lines(void)
{
    static const char *const queries[] = {
        "{ status = error } | select(name, duration, trace:id, kind, .nothing) | limit 5",
        "{ kind = server } | rate() by (resource.service.name)",
        "{ } | quantile_over_time(duration, .5)",
    };
    json_t *schema = schema_of("query");
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char command[4096], line[65536];
        size_t lines = 0, wrong = 0;
        snprintf(command, sizeof command, "exec 2>/dev/null; cd '%s' && $BIN/tracecat --json -q '%s' " SHOP, top,
                 queries[i]);
        FILE *f = popen(command, "r");
        while (f && fgets(line, sizeof line, f)) {
            json_t *doc = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
            wrong += !doc || invalid(schema, doc) != NULL;
            lines++;
            json_decref(doc);
        }
        if (f)
            pclose(f);
        ok(lines > 0 && !wrong, "each line of %s satisfies query.schema.json", queries[i]);
    }
    json_t *nested = json_pack("{s:[i]}", "a", 1);
    ok(invalid(schema, nested) != NULL, "a row with an array in it is refused");
    json_decref(nested);
    json_decref(schema);
}

/* The validator itself: each keyword accepts and refuses. */
static void test_validator(void)
{
    static const struct {
        const char *schema, *good, *bad;
    } all[] = {
        {"{'type': 'integer'}", "1", "1.5"},
        {"{'type': 'number'}", "1.5", "'1'"},
        {"{'type': ['string', 'null']}", "null", "1"},
        {"{'type': 'boolean'}", "false", "null"},
        {"{'minimum': 0}", "0", "-1"},
        {"{'maximum': 1}", "1", "1.01"},
        {"{'const': 'a'}", "'a'", "'b'"},
        {"{'enum': [1, 'a']}", "'a'", "2"},
        {"{'items': {'type': 'string'}}", "['a']", "['a', 1]"},
        {"{'minItems': 1, 'maxItems': 2}", "[1, 2]", "[]"},
        {"{'maxItems': 2}", "[1, 2]", "[1, 2, 3]"},
        {"{'required': ['a'], 'additionalProperties': true}", "{'a': 1}", "{'b': 1}"},
        {"{'properties': {'a': {'type': 'null'}}, 'additionalProperties': false}", "{'a': null}", "{'b': null}"},
        {"{'properties': {'a': {'type': 'null'}}, 'additionalProperties': false}", "{}", "{'a': 1}"},
        {"{'additionalProperties': {'type': 'integer'}}", "{'x': 1}", "{'x': 'y'}"},
        {"{'$defs': {'n': {'type': 'integer'}}, 'items': {'$ref': '#/$defs/n'}}", "[1]", "['a']"},
        {"{'pattern': 'x'}", NULL, "1"},
        {"{'$ref': '#/$defs/nothing'}", NULL, "1"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        json_t *v[3] = {0};
        const char *text[3] = {all[i].schema, all[i].good, all[i].bad};
        for (int k = 0; k < 3; k++) {
            char quoted[300];
            snprintf(quoted, sizeof quoted, "%s", text[k] ? text[k] : "null");
            for (char *p = quoted; *p; p++)
                *p = *p == '\'' ? '"' : *p;
            v[k] = json_loads(quoted, JSON_DECODE_ANY, NULL);
        }
        ok(!text[1] || !invalid(v[0], v[1]), "%s takes %s", text[0], text[1] ? text[1] : "nothing");
        ok(invalid(v[0], v[2]) != NULL, "%s refuses %s", text[0], text[2]);
        for (int k = 0; k < 3; k++)
            json_decref(v[k]);
    }
}

int main(void)
{
    top = getenv("TRACEKIT_TOP");
    if (!top || !getenv("BIN"))
        plan_skip_all("TRACEKIT_TOP and BIN are not set: make check sets them");
    test_validator();
    test_reports();
    test_backends();
    test_query_lines();
    return done_testing();
}
