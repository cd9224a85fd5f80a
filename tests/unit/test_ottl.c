/* Conditions of OTTL: words, grammar, paths, comparisons, arithmetic, logic, functions, and what releases differ in. */
#include <math.h>

#include "expr/ottl/ottl.h"
#include "sample_help.h"
#include "tap.h"

enum { NEW = 161 };

/* ---- a span with an event ---- */

static struct tk_attr *attr(struct tk_batch *b, tk_range *range, const char *key, enum tk_type type)
{
    return put_attr(b, range, key, type);
}

static void number(struct tk_batch *b, tk_range *range, const char *key, int64_t i)
{
    attr(b, range, key, TK_INT)->value.v.i = i;
}

static struct tk_attr kid(const char *key, enum tk_type type, int64_t i)
{
    struct tk_attr a = {.key = tki_str(key), .value = {.type = (uint8_t)type}};
    a.value.v.i = i;
    return a;
}

static void make_attributes(struct tk_batch *b, tk_range *range)
{
    const struct tk_attr list[] = {kid("", TK_INT, 3), kid("", TK_INT, 1), kid("", TK_EMPTY, 0)};
    const struct tk_attr map[] = {kid("id", TK_INT, 42), kid("none", TK_EMPTY, 0)};
    put_text(b, range, "s", "POST");
    put_text(b, range, "n", "1234");
    put_text(b, range, "blank", "");
    number(b, range, "i", 503);
    attr(b, range, "d", TK_DOUBLE)->value.v.d = 2.5;
    attr(b, range, "nan", TK_DOUBLE)->value.v.d = NAN;
    attr(b, range, "t", TK_BOOL)->value.v.b = true;
    attr(b, range, "empty", TK_EMPTY);
    struct tk_attr *bytes = attr(b, range, "bytes", TK_BYTES);
    bytes->value.v.s = "\x01\x02";
    bytes->value.n = 2;
    attr(b, range, "nobytes", TK_BYTES)->value.v.s = "";
    uint32_t first = tk_batch_add_kids(b, list, 3);
    struct tk_attr *l = attr(b, range, "list", TK_ARRAY);
    l->value.n = 3;
    l->value.v.first = first;
    first = tk_batch_add_kids(b, map, 2);
    struct tk_attr *m = attr(b, range, "map", TK_KVLIST);
    m->value.n = 2;
    m->value.v.first = first;
}

static struct tk_batch *make_batch(void)
{
    struct tk_batch *b = tk_batch_new();
    uint32_t r = new_resource(b);
    put_text(b, &b->resources[r].attrs, "service.name", "shop");
    b->resources[r].schema_url = TKI_STR("https://example.com/schema");
    tk_batch_add_scope(b);
    b->scopes[0].name = TKI_STR("lib");
    struct tk_span *s = tk_batch_add_span(b);
    s->trace_id = (tk_id128){0x5b8efff798038103u, 0xd269b633813fc601u};
    s->span_id = 0xeee19b7ec3c1b101u;
    s->name = TKI_STR("db.query");
    s->trace_state = TKI_STR("rojo=00f0,ot=th:8");
    s->start_ns = T0 + 250000000;
    s->end_ns = T0 + 1750000000;
    s->kind = TK_KIND_SERVER;
    s->status = TK_STATUS_ERROR;
    s->flags = 257;
    make_attributes(b, &s->attrs);
    struct tk_event *e = tk_batch_add_event(b);
    s->events = (tk_range){0, 1};
    e->name = TKI_STR("exception");
    e->time_ns = T0 + 1000000000;
    put_text(b, &e->attrs, "exception.type", "Timeout");
    return b;
}

/* ---- asking ---- */

/* Returns true if an evaluation that remembers says the same: when it asks first, when it asks again, and of the next
 * span. */
static bool remembers_the_same(const struct tki_ottl *c, struct tki_ottl_run *r, const struct tki_ottl_set *set, int rc)
{
    bool same = tki_ottl_remember(r, set) == 0;
    for (int i = 0; i < 4 && same; i++) {
        if (i % 2 == 0)
            tki_ottl_begin(r);
        same = tki_ottl_test(c, r) == rc;
    }
    tki_ottl_forget(r);
    return same;
}

/* t true, f false, e an error, r refused, u not replayed, P the collector dies, ? anything else. */
static char answer(const struct tk_batch *b, const char *text, enum tki_ottl_context context, unsigned release)
{
    struct tki_arena arena = {0}, memory = {0};
    struct tki_ottl_set set = {0};
    struct tki_ottl *c;
    struct tk_err err = {0};
    struct tki_at at = {.b = b, .event = context == TKI_OTTL_EVENT ? 0 : TK_NONE, .link = TK_NONE};
    int rc = tki_ottl_open(&c, tki_str(text), context, (struct tki_ottl_rules){.release = release}, &set, &arena, &err);
    char said = rc == TK_EUSAGE ? 'r' : rc == TK_EUNSUPPORTED ? 'u' : '?';
    if (rc == 0) {
        struct tki_ottl_run r = {.at = &at, .fields = set.field, .memory = &memory};
        r.regex = tki_regex_scratch_new();
        rc = tki_ottl_test(c, &r);
        if (!remembers_the_same(c, &r, &set, rc))
            rc = TK_ELIMIT;
        said = rc == 1 ? 't' : rc == 0 ? 'f' : rc == TKI_OTTL_FAULT ? 'e' : rc == TK_EUNSUPPORTED ? 'P' : '?';
        tki_regex_scratch_free(r.regex);
        tki_ottl_close(c);
    } else if (!err.text[0]) {
        said = '?'; /* a refusal says why */
    }
    tki_ottl_set_free(&set);
    tki_arena_free(&memory);
    tki_arena_free(&arena);
    return said;
}

struct one {
    char wanted;
    const char *text;
};

static void ask_all(const struct tk_batch *b, const struct one *all, size_t n, enum tki_ottl_context context,
                    unsigned release)
{
    for (size_t i = 0; i < n; i++) {
        char got = answer(b, all[i].text, context, release);
        ok(got == all[i].wanted, "0.%u: %s is %c, and is %c", release, all[i].text, all[i].wanted, got);
    }
}
#define ASK(all, context, release) ask_all(b, (all), sizeof(all) / sizeof *(all), (context), (release))

static void test_words(const struct tk_batch *b)
{
    static const struct one all[] = {
        {'t', "kind==2and true"},
        {'t', "true and(not false)"},
        {'r', "trueand false"},
        {'r', ""},
        {'r', "true # comment"},
        {'r', "True"},
        {'t', "0x0102 == attributes[\"bytes\"]"},
        {'r', "0x1 == 0x01"},
        {'r', "0X01 == 0x01"},
        {'f', "0x10 == 16"},
        {'t', "010 == 8"},
        {'r', "019 == 19"},
        {'t', "1. == 1"},
        {'t', ".5 == 0.5"},
        {'r', "1e3 == 1000"},
        {'t', "1.0e3 == 1000"},
        {'r', "1.0e400 > 0"},
        {'t', "9223372036854775807 > 0"},
        {'r', "9223372036854775808 > 0"},
        {'r', "-9223372036854775808 < 0"},
        {'t', "name == \"db\\u002equery\""},
        {'t', "\"\\xff\" == \"\303\277\""},
        {'r', "name == \"db\\.query\""},
        {'r', "\"\\0\" == \"\""},
        {'r', "name == 'db'"},
        {'t', "\"a\nb\" != nil"},
        {'r', "kind <> 2"},
        {'r', "kind === 2"},
        {'t', "1-1 == 0"},
        {'r', "--1 == 1"},
        {'t', "1 - - 1 == 2"},
        {'r', "kind == SPAN_KIND_Server"},
        {'t', "Is Match(name, \"db\")"},
        {'t', "attributes [ \"t\" ] == true"},
    };
    ASK(all, TKI_OTTL_SPAN, NEW);
}

static void test_grammar(const struct tk_batch *b)
{
    static const struct one all[] = {
        {'t', "true or false and false"},
        {'t', "not false and true"},
        {'r', "not not true"},
        {'t', "not (not true)"},
        {'f', "not kind == 2"},
        {'r', "(1 < 2) == true"},
        {'t', "(kind) == 2"},
        {'r', "(\"a\") == \"a\""},
        {'r', "(nil) == nil"},
        {'r', "attributes[\"t\"]"},
        {'r', "1"},
        {'r', "true == true == true"},
        {'r', "\"a\" + \"b\" == \"ab\""},
        {'r', "kind + SPAN_KIND_SERVER == 4"},
        {'t', "-(-1) == 1"},
        {'r', "attributes[\"list\"][1 - 1] == 3"},
        {'t', "attributes[\"list\"][Len(\"a\") - 1] == 3"},
        {'e', "attributes[\"list\"][-1] == 3"},
        {'r', "[1, 2][0] == 1"},
        {'r', "[1, 2,] == [1, 2]"},
        {'r', "[1 2] == [1, 2]"},
        {'t', "{\"a\": 1 \"b\": 2,} == {\"b\": 2, \"a\": 1}"},
        {'t', "IsMatch(name, pattern=\"db\")"},
        {'t', "IsMatch(pattern=\"db\", target=name)"},
        {'r', "IsMatch(target=name, \"db\")"},
        {'r', "IsMatch(name, regex=\"db\")"},
        {'r', "IsMatch(name)"},
        {'r', "Int(1, 2) == 1"},
        {'t', "IsRootSpan(1)"},
        {'r', "isMatch(name, \"db\")"},
        {'r', "set(name, \"x\")"},
        {'r', "true or Foo(1)"},
        {'r', "true or foo == 1"},
        {'r', "true or NO_SUCH == 1"},
        {'r', "true or IsMatch(name, \"[\")"},
        {'r', "kind == 2 where true"},
    };
    ASK(all, TKI_OTTL_SPAN, NEW);
}

static void test_paths(const struct tk_batch *b)
{
    static const struct one span[] = {
        {'t', "trace_id == TraceID(0x5b8efff798038103d269b633813fc601)"},
        {'t', "trace_id == TraceID(\"5b8efff798038103d269b633813fc601\")"},
        {'f', "trace_id == \"5b8efff798038103d269b633813fc601\""},
        {'t', "trace_id.string == \"5b8efff798038103d269b633813fc601\""},
        {'t', "parent_span_id.string == \"0000000000000000\""},
        {'f', "trace_id < trace_id"},
        {'t', "trace_state[\"rojo\"] == \"00f0\""},
        {'t', "trace_state[\"absent\"] == \"\""},
        {'e', "trace_state[0] == \"\""},
        {'r', "trace_state[\"a\"][\"b\"] == \"\""},
        {'t', "trace_state[Concat([\"ro\", \"jo\"], \"\")] == \"00f0\""},
        {'t', "kind == SPAN_KIND_SERVER"},
        {'t', "kind.string == \"Server\""},
        {'t', "kind.deprecated_string == \"SPAN_KIND_SERVER\""},
        {'t', "status.code == 2"},
        {'f', "status.code == \"ERROR\""},
        {'t', "STATUS_CODE_ERROR == SPAN_KIND_SERVER"},
        {'t', "start_time_unix_nano == 1700000000250000000"},
        {'f', "start_time == 1700000000250000000"},
        {'t', "end_time - start_time == Duration(\"1500ms\")"},
        {'f', "end_time - start_time > 1000"},
        {'t', "events != nil"},
        {'t', "Len(events) == 1"},
        {'t', "events == events"},
        {'f', "events == links"},
        {'r', "events[0] == nil"},
        {'t', "cache[\"x\"] == nil"},
        {'r', "resource.cache[\"x\"] == nil"},
        {'t', "flags == 257"},
        {'t', "resource.attributes[\"service.name\"] == \"shop\""},
        {'t', "resource.schema_url == \"\""},
        {'t', "instrumentation_scope.name == \"lib\""},
        {'t', "span.name == \"db.query\""},
        {'r', "spanevent.name == \"exception\""},
        {'r', "attributes.s == \"POST\""},
        {'r', "name[\"x\"] == nil"},
        {'r', "duration > 1"},
        {'t', "otelcol.client.addr == nil"},
        {'t', "status == status"},
    };
    static const struct one event[] = {
        {'t', "name == \"exception\""},
        {'t', "attributes[\"exception.type\"] == \"Timeout\""},
        {'t', "span.name == \"db.query\""},
        {'r', "kind == 2"},
        {'t', "span.kind == 2"},
        {'e', "event_index == 0"},
        {'t', "time - span.start_time == Duration(\"750ms\")"},
        {'r', "IsRootSpan()"},
        {'r', "span.cache[\"x\"] == nil"},
    };
    ASK(span, TKI_OTTL_SPAN, NEW);
    ASK(event, TKI_OTTL_EVENT, NEW);
}

static void test_keys(const struct tk_batch *b)
{
    static const struct one all[] = {
        {'t', "attributes[\"map\"][\"id\"] == 42"},
        {'t', "attributes[\"map\"][\"absent\"][\"x\"] == nil"},
        {'t', "attributes[\"no\"][\"x\"][0] == nil"},
        {'e', "attributes[\"empty\"][\"x\"] == nil"},
        {'e', "attributes[\"s\"][0] == nil"},
        {'e', "attributes[\"list\"][\"x\"] == nil"},
        {'e', "attributes[\"list\"][3] == nil"},
        {'t', "attributes[\"list\"][2] == nil"},
        {'e', "attributes[0] == nil"},
        {'t', "attributes[name] == nil"},
        {'e', "Split(\"a,b\", \",\")[2] == \"b\""},
        {'t', "Split(\"a,b\", \",\")[1] == \"b\""},
    };
    ASK(all, TKI_OTTL_SPAN, NEW);
}

static void test_comparing(const struct tk_batch *b)
{
    static const struct one all[] = {
        {'t', "attributes[\"no\"] == nil"},
        {'t', "attributes[\"no\"] <= nil"},
        {'t', "attributes[\"no\"] != 1"},
        {'f', "attributes[\"no\"] < 1"},
        {'t', "attributes[\"empty\"] == nil"},
        {'t', "attributes[\"nobytes\"] == nil"},
        {'f', "attributes[\"blank\"] == nil"},
        {'t', "attributes[\"i\"] == 503.0"},
        {'f', "attributes[\"i\"] == \"503\""},
        {'t', "9007199254740993 == 9007199254740992.0"},
        {'f', "attributes[\"nan\"] == attributes[\"nan\"]"},
        {'t', "attributes[\"nan\"] != 1"},
        {'t', "false < true"},
        {'t', "attributes[\"list\"] == [3, 1, nil]"},
        {'f', "attributes[\"list\"] == [3.0, 1, nil]"},
        {'f', "attributes[\"list\"] > [1]"},
        {'t', "attributes[\"map\"] == {\"none\": nil, \"id\": 42}"},
        {'f', "{\"a\": 1} < {\"a\": 2}"},
        {'f', "Split(\"a\", \",\") == [\"a\"]"},
        {'P', "Split(name, \",\") == Split(name, \",\")"},
        {'f', "Split(name, \",\") < Split(name, \",\")"},
    };
    ASK(all, TKI_OTTL_SPAN, NEW);
}

static void test_arithmetic(const struct tk_batch *b)
{
    static const struct one all[] = {
        {'t', "9223372036854775807 + 1 < 0"},
        {'t', "-7 / 2 == -3"},
        {'t', "1 + 2 * 3 == 7"},
        {'e', "1 / 0 == 1"},
        {'e', "1.0 / 0.0 == 1"},
        {'e', "attributes[\"no\"] + 1 == 1"},
        {'e', "attributes[\"s\"] + 1 == 1"},
        {'t', "attributes[\"i\"] / 2 == 251"},
        {'t', "attributes[\"i\"] / 2.0 == 251.5"},
        {'e', "Duration(\"1m\") * 2 == 1"},
        {'t', "start_time + Duration(\"1500ms\") == end_time"},
        {'t', "Duration(\"1500ms\") + start_time == end_time"},
        {'e', "Duration(\"1s\") - start_time == nil"},
        {'e', "start_time + end_time == nil"},
        {'e', "-start_time == nil"},
        {'t', "-attributes[\"d\"] == -2.5"},
        {'t', "(-9223372036854775807 - 1) / -1 < 0"},
    };
    ASK(all, TKI_OTTL_SPAN, NEW);
}

static void test_logic(const struct tk_batch *b)
{
    static const struct one all[] = {
        {'t', "1 / 0 == 1 or true"},       {'f', "1 / 0 == 1 and false"}, {'e', "1 / 0 == 1 or kind == 2"},
        {'t', "kind == 2 or 1 / 0 == 1"},  {'e', "not (1 / 0 == 1)"},     {'e', "Trim(name)"},
        {'f', "kind == 3 and 1 / 0 == 1"}, {'t', "Bool(\"T\")"},          {'e', "Bool(attributes[\"no\"])"},
    };
    ASK(all, TKI_OTTL_SPAN, NEW);
}

static void test_functions(const struct tk_batch *b)
{
    static const struct one all[] = {
        {'t', "IsMatch(attributes[\"i\"], \"^50\")"},
        {'f', "IsMatch(attributes[\"no\"], \"\")"},
        {'t', "IsMatch(attributes[\"bytes\"], \"^0102$\")"},
        {'e', "IsMatch(name, attributes[\"i\"])"},
        {'r', "IsMatch(name, \"(?=a)\")"},
        {'t', "IsMatch(name, Concat([\"^\", \"db\"], \"\"))"},
        {'f', "IsString(attributes[\"no\"])"},
        {'r', "IsString(1)"},
        {'t', "IsList([1])"},
        {'r', "IsInt([1])"},
        {'f', "IsInt([name])"},
        {'e', "IsString(attributes[\"s\"][0])"},
        {'t', "IsEmpty(attributes[\"blank\"])"},
        {'f', "IsEmpty(start_time)"},
        {'t', "Int(attributes[\"n\"]) == 1234"},
        {'e', "Int(attributes[\"s\"]) == nil"},
        {'r', "Int(\"x\") == nil"},
        {'t', "Int(attributes[\"no\"]) == nil"},
        {'t', "Int(-2.9) == -2"},
        {'t', "Double(\"0x1p-2\") == 0.25"},
        {'t', "Double(\"1_0\") == 10"},
        {'r', "Double(\" 1\") == 1"},
        {'t', "String(2.0) == \"2\""},
        {'t', "String(0.0000001) == \"1e-07\""},
        {'t', "String([\"<\"]) == \"[\\\"\\\\u003c\\\"]\""},
        {'t', "String({\"b\": 1, \"a\": [nil]}) == \"{\\\"a\\\":[null],\\\"b\\\":1}\""},
        {'t', "String(Unix(0, 5)) == \"\\\"1970-01-01T00:00:00.000000005Z\\\"\""},
        {'e', "String(attributes[\"nan\"]) == nil"},
        {'t', "ParseInt(\"0x1f\", 0) == 31"},
        {'e', "ParseInt(\"2\", 2) == 2"},
        {'e', "Len(1) == 1"},
        {'e', "Log(0) == 0"},
        {'t', "Trim(\" \t \") == \"\t\""},
        {'t', "Substring(name, 3, 5) == \"query\""},
        {'e', "Substring(name, 3, 6) == \"\""},
        {'t', "Concat([\"a\", nil, 1.5], \"-\") == \"a-<nil>-1.5\""},
        {'t', "Concat(Split(\"a,b\", \",\"), \";\") == \"a;b\""},
        {'t', "ContainsValue([200, 503], attributes[\"i\"])"},
        {'t', "ContainsValue([503.0], attributes[\"i\"])"},
        {'e', "ContainsValue(attributes[\"no\"], 1)"},
        {'t', "Index(name, \"query\") == 3"},
        {'t', "Index([1, 2], 2.0) == 1"},
        {'t', "Coalesce([attributes[\"no\"], \"\"]) == \"\""},
        {'r', "Coalesce([]) == nil"},
        {'t', "Sort([2, 1.5, 1]) == [1, 1.5, 2]"},
        {'t', "Sort([10, \"9\"]) == [10, \"9\"]"},
        {'t', "Sort([1, 3, 2], \"desc\") == [3, 2, 1]"},
        {'r', "Sort([1], \"up\") == [1]"},
        {'t', "Sort(Keys(attributes[\"map\"])) == [\"id\", \"none\"]"},
        {'t', "Seconds(Duration(\"1500ms\")) == 1.5"},
        {'t', "Milliseconds(Duration(\"-1500us\")) == -1"},
        {'e', "Duration(\"1d\") > Duration(\"1h\")"},
        {'t', "Weekday(Unix(0)) == 4"},
        {'t', "Year(Unix(-1)) == 1969"},
        {'t', "TruncateTime(Unix(3601), Duration(\"1h\")) == Unix(3600)"},
        {'t', "SHA256(\"\") == \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""},
        {'t', "Murmur3Hash(\"abc\") == \"fa93ddb3\""},
        {'t', "Hex(1) == \"0000000000000001\""},
        {'t', "Hex(nil) == \"\""},
        {'r', "TraceID(0x01) == nil"},
        {'e', "TraceID(name) == nil"},
        {'f', "SpanID(name) == span_id"},
        {'u', "Now() > Unix(0)"},
        {'u', "UUID() != nil"},
    };
    ASK(all, TKI_OTTL_SPAN, NEW);
}

/* Text, lists and addresses; what is expected follows the recorded answers and Go's packages. */
static void test_text_functions(const struct tk_batch *b)
{
    static const struct one all[] = {
        {'t', "ToUpperCase(\"stra\303\237e\") == \"STRA\303\237E\""},
        {'t', "ToLowerCase(\"\304\260\") == \"i\""},
        {'t', "ToUpperCase(\"\341\276\200\") == \"\341\276\210\""},
        {'t', "ToLowerCase(\"\xce\xa3\") == \"\xcf\x83\""},
        {'t', "ToSnakeCase(\"someHTTPName\") == \"some_http_name\""},
        {'t', "ToSnakeCase(\"v2Beta\") == \"v_2_beta\""},
        {'t', "ToCamelCase(\"http.method\") == \"HttpMethod\""},
        {'t', "ToCamelCase(\"ID\") == \"Id\""},
        {'t', "ToCamelCase(\"aBCd\") == \"ABcd\""},
        {'r', "ConvertCase(name, \"title\") == name"},
        {'t', "ParseJSON(\"{\\\"a\\\":[1,{\\\"b\\\":null}]}\")[\"a\"][1][\"b\"] == nil"},
        {'t', "ParseJSON(\"[1,2]\") == [1.0, 2.0]"},
        {'e', "ParseJSON(\"1\") == 1"},
        {'e', "ParseJSON(\"[1,]\") == nil"},
        {'e', "ParseJSON(\"[01]\") == nil"},
        {'e', "ParseJSON(\"{}x\") == nil"},
        {'e', "ParseJSON(\"{}\")[\"a\"] == nil"},
        {'t', "ParseJSON(\"[\\\"\\\\ud83d\\\\ude00\\\"]\")[0] == \"\\U0001F600\""},
        {'e', "ParseJSON(\"[1e999]\") == nil"},
        {'t', "ParseKeyValue(\"a=1 b='x y' c==\") == {\"a\": \"1\", \"b\": \"x y\", \"c\": \"=\"}"},
        {'e', "ParseKeyValue(\"a=1 b\") == nil"},
        {'e', "ParseKeyValue(\"a='1\") == nil"},
        {'r', "ParseKeyValue(name, \" \") == nil"},
        {'t', "ToKeyValueString({\"b\": 1, \"a\": \"x y\"}, \"=\", \" \", true) == \"a=\\\"x y\\\" b=1\""},
        {'t', "ParseCSV(\"\\\"a,b\\\",2\", \"x,y\") == {\"x\": \"a,b\", \"y\": \"2\"}"},
        {'e', "ParseCSV(\"1\", \"a,b\") == nil"},
        {'e', "ParseCSV(\"a\\\"b\", \"x\") == nil"},
        {'t', "ParseCSV(\"a\\\"b\", \"x\", mode=\"lazyQuotes\")[\"x\"] == \"a\\\"b\""},
        {'t', "ParseCSV(\"1\\n2,3\", \"a,b\")[\"a\"] == \"1\\n2\""},
        {'e', "ParseCSV(\"\", \"a\") == nil"},
        {'t', "IsInCIDR(\"10.1.2.3\", [\"10.0.0.0/8\"])"},
        {'f', "IsInCIDR(\"11.1.2.3\", [\"10.0.0.0/8\"])"},
        {'t', "IsInCIDR(\"::ffff:10.1.2.3\", [\"10.0.0.0/8\"])"},
        {'t', "IsInCIDR(\"2001:db8::1\", [\"2001:db8::/33\"])"},
        {'f', "IsInCIDR(\"x\", [\"10.0.0.0/8\"])"},
        {'r', "IsInCIDR(\"10.0.0.1\", [\"10.0.0.0/33\"])"},
        {'t', "IsValidLuhn(\"4111 1111 1111 1111\")"},
        {'f', "IsValidLuhn(\"\")"},
        {'e', "IsValidLuhn(\"4a\")"},
        {'t', "Base64Encode(\"~~~\", \"base64-url\") == \"fn5-\""},
        {'t', "Decode(\"aGVsbG8=\", \"base64\") == \"hello\""},
        {'e', "Decode(\"aGVsbG8\", \"base64\") == nil"},
        {'t', "Decode(\"aGVsbG8\", \"base64-raw\") == \"hello\""},
        {'t', "Decode(0x00610062, \"utf-16be\") == \"ab\""},
        {'r', "Decode(name, \"hex\") == nil"},
        {'e', "Decode(1, \"utf-8\") == nil"},
    };
    ASK(all, TKI_OTTL_SPAN, NEW);
}

static void test_releases(const struct tk_batch *b)
{
    static const struct one at130[] = {
        {'r', "1-1 == 0"},
        {'t', "-9223372036854775808 < 0"},
        {'r', "kind == 2."},
        {'r', "- 1 == -1"},
        {'e', "1 / 0 == 1 or true"},
        {'f', "IsString(1)"},
        {'e', "Trim(1) == \"\""},
        {'r', "flags == 257"},
        {'r', "IsEmpty(name)"},
        {'r', "Values(attributes) != nil"},
        {'f', "Int(attributes[\"s\"]) == 1"},
        {'t', "[1 2] == [1, 2]"},
        {'P', "Substring(name, 9223372036854775807, 1) == \"\""},
        {'r', "HasPrefix(name, name)"},
    };
    static const struct one at120[] = {
        {'r', "span.name == name"},
        {'r', "scope.name != \"\""},
        {'t', "instrumentation_scope.name == instrumentation_scope.name"},
        {'t', "IsRootSpan() or true"},
        {'r', "HasPrefix(name, \"d\")"},
        {'r', "ContainsValue([name], name)"},
        {'r', "Weekday(start_time) >= 0"},
        {'f', "[name] == [name]"},
        {'t', "[name] != [name]"},
    };
    static const struct one at140[] = {
        {'t', "Index(name, name) == 0"},
        {'t', "HasPrefix(name, name)"},
        {'t', "IsMatch(name, name)"},
        {'r', "Bool(\"true\")"},
        {'r', "Coalesce([name]) == name"},
        {'f', "IsString(1)"},
        {'r', "1-1 == 0"},
        {'t', "Trim(name, \"y\") == \"db.quer\""}, /* it was TrimSuffix */
        {'t', "Trim(name, \"d\") == name"},
        {'r', "Trim(name) == name"},
        {'r', "TrimSuffix(name, \"y\") == name"},
    };
    static const struct one at150[] = {
        {'t', "flags == 257"},
        {'t', "Coalesce([nil, name]) == name"},
        {'t', "IsInCIDR(\"10.0.0.1\", [\"10.0.0.0/8\"])"},
        {'t', "otelcol.client.addr == nil"},
        {'r', "IsEmpty(name)"},
    };
    static const struct one at157[] = {
        {'f', "IsEmpty(name)"},
        {'t', "Substring(name, 0, 1, true) != \"\""},
        {'t', "Int(\"x\") == nil"},
    };
    static const struct one at153[] = {
        {'t', "[1 2] == [1, 2]"},
        {'r', "IsEmpty(name)"},
        {'t', "flags == 257"},
        {'t', "Int(\"x\") == nil"},
        {'r', "Substring(name, 0, 1, true) == \"d\""},
    };
    static const struct one at165[] = {
        {'t', "resource.schema_url == \"https://example.com/schema\""},
        {'r', "Concat(\"a\", \",\") == nil"},
    };
    ASK(at120, TKI_OTTL_SPAN, 120);
    ASK(at130, TKI_OTTL_SPAN, 130);
    ASK(at140, TKI_OTTL_SPAN, 140);
    ASK(at150, TKI_OTTL_SPAN, 150);
    ASK(at157, TKI_OTTL_SPAN, 157);
    ASK(at153, TKI_OTTL_SPAN, 153);
    ASK(at165, TKI_OTTL_SPAN, 165);
}

/* What is read is known from the condition. */
static void test_fields(void)
{
    struct tki_arena arena = {0};
    struct tki_ottl_set set = {0};
    struct tki_ottl *c;
    struct tk_err err = {0};
    const char *text =
        "attributes[\"a\"] == 1 and (attributes[\"a\"] == 2 or name == \"x\" or attributes[\"b\"][0] == 1)";
    int rc =
        tki_ottl_open(&c, tki_str(text), TKI_OTTL_SPAN, (struct tki_ottl_rules){.release = NEW}, &set, &arena, &err);
    is_int(rc, 0, "opens");
    is_int(set.n, 3, "three fields, each once");
    tki_ottl_close(c);
    tki_ottl_set_free(&set);
    tki_arena_free(&arena);
}

static void test_depth(const struct tk_batch *b)
{
    char text[2048];
    size_t n = 0;
    for (int i = 0; i < 900; i++)
        text[n++] = '(';
    memcpy(text + n, "true", 5);
    ok(answer(b, text, TKI_OTTL_SPAN, NEW) == '?', "900 brackets are a limit, not a crash");
}

int main(void)
{
    struct tk_batch *b = make_batch();
    test_words(b);
    test_grammar(b);
    test_paths(b);
    test_keys(b);
    test_comparing(b);
    test_arithmetic(b);
    test_logic(b);
    test_functions(b);
    test_text_functions(b);
    test_releases(b);
    test_fields();
    test_depth(b);
    tk_batch_free(b);
    return done_testing();
}
