/* Queries over spans: types, missing values, arrays, events and links, ids, arithmetic, regular expressions.
 */
#include <stdio.h>
#include <stdlib.h>

#include "expr/traceql/query.h"
#include "make_trace.h"
#include "tap.h"

static struct tk_batch *b;

static struct tk_attr *attr(tk_range *range, const char *key)
{
    struct tk_attr *a = tk_batch_add_attr(b);
    if (range->count++ == 0)
        range->first = b->nattrs - 1;
    a->key = text(key);
    return a;
}

static void string_attr(tk_range *range, const char *key, const char *value)
{
    struct tk_attr *a = attr(range, key);
    a->value = (struct tk_value){.type = TK_STRING, .n = (uint32_t)strlen(value), .v.s = value};
}

static void int_attr(tk_range *range, const char *key, int64_t value)
{
    attr(range, key)->value = (struct tk_value){.type = TK_INT, .v.i = value};
}

static void double_attr(tk_range *range, const char *key, double value)
{
    attr(range, key)->value = (struct tk_value){.type = TK_DOUBLE, .v.d = value};
}

static void array_attr(tk_range *range, const char *key, const struct tk_value *values, uint32_t n)
{
    struct tk_attr kids[8] = {0};
    for (uint32_t i = 0; i < n; i++)
        kids[i].value = values[i];
    uint32_t first = tk_batch_add_kids(b, kids, n);
    attr(range, key)->value = (struct tk_value){.type = TK_ARRAY, .n = n, .v.first = first};
}

static void resource(void)
{
    tk_range r = {0};
    string_attr(&r, "service.name", "shop");
    string_attr(&r, "both", "of the resource");
    string_attr(&r, "only.resource", "r");
    b->resources[0].attrs = r;
}

static void events_of(struct tk_span *s)
{
    static const char *const names[] = {"start", "exception"};
    s->events.first = b->nevents;
    for (int i = 0; i < 2; i++) {
        tk_range r = {0};
        if (i)
            string_attr(&r, "exception.type", "IOError");
        else
            int_attr(&r, "n", 7);
        struct tk_event *e = tk_batch_add_event(b);
        e->name = text(names[i]);
        e->time_ns = s->start_ns + (uint64_t)i * 5000000;
        e->attrs = r;
        s->events.count++;
    }
    s->links.first = b->nlinks;
    struct tk_link *l = tk_batch_add_link(b);
    l->trace_id = (tk_id128){0, 0xabc};
    l->span_id = 0xdef;
    s->links.count = 1;
}

/* One span with everything. */
static void make(void)
{
    static const struct tk_value words[] = {{.type = TK_STRING, .n = 2, .v.s = "ab"},
                                            {.type = TK_STRING, .n = 2, .v.s = "cd"}};
    static const struct tk_value numbers[] = {{.type = TK_INT, .v.i = 1}, {.type = TK_INT, .v.i = 5}};
    b = tk_batch_new();
    struct tk_span *s = add_span(b, 0x1f, 0x2e, 1000, 1000 + 1500000, TK_KIND_SERVER, "shop", "GET /cart");
    resource();
    tk_range r = {0};
    string_attr(&r, "s", "text");
    string_attr(&r, "s", "second"); /* the first of a key counts */
    string_attr(&r, "lines", "one\ntwo");
    string_attr(&r, "both", "of the span");
    string_attr(&r, "empty", "");
    string_attr(&r, "number.text", "200");
    int_attr(&r, "i", 42);
    int_attr(&r, "zero", 0);
    int_attr(&r, "large", 9007199254740993);
    double_attr(&r, "d", 2.5);
    attr(&r, "yes")->value = (struct tk_value){.type = TK_BOOL, .v.b = true};
    attr(&r, "unset")->value = (struct tk_value){.type = TK_EMPTY};
    attr(&r, "bytes")->value = (struct tk_value){.type = TK_BYTES, .n = 1, .v.s = "x"};
    array_attr(&r, "words", words, 2);
    array_attr(&r, "numbers", numbers, 2);
    array_attr(&r, "none", words, 0);
    string_attr(&r, "a b", "quoted");
    s = &b->spans[0];
    s->attrs = r;
    s->status = TK_STATUS_ERROR;
    s->status_message = text("it broke");
    s->trace_id = (tk_id128){0, 0x1234};
    events_of(s);
    uint32_t scope = tk_batch_add_scope(b);
    b->scopes[scope] = (struct tk_scope){.name = {"lib", 3}, .version = {"1.0", 3}, .present = true};
    b->spans[0].scope = scope;
}

/* 1: matches; 0: does not; negative: refused.  Span by span, and the same over the trace. */
static int asked(const char *query)
{
    struct tki_query *q;
    struct tki_query_eval *e;
    struct tk_err err = {0};
    uint32_t row = 0;
    size_t n = 1;
    const struct tki_qresult *results;
    int r = tki_query_parse(&q, (tk_str){query, strlen(query)}, &err);
    if (r < 0) {
        diag("%s", err.text);
        return r;
    }
    if (tki_query_eval_new(&e, q) < 0)
        bail_out("out of memory");
    if (!tki_query_whole(q) && tki_query_rows(e, b, &row, &n) < 0)
        n = 99;
    if (tki_query_trace(e, b, &results) < 0)
        n = 99;
    if (!tki_query_whole(q) && (n == 1) != (results != NULL))
        n = 77; /* the two ways differ */
    if (tki_query_whole(q))
        n = results != NULL;
    tki_query_eval_free(e);
    tki_query_free(q);
    return (int)n;
}

static void yes(const char *expr)
{
    char z[256];
    snprintf(z, sizeof z, "{ %s }", expr);
    is_int(asked(z), 1, "%s", expr);
}

static void no(const char *expr)
{
    char z[256];
    snprintf(z, sizeof z, "{ %s }", expr);
    is_int(asked(z), 0, "not: %s", expr);
}

static void test_types(void)
{
    yes("span.s = \"text\"");
    no("span.s = \"second\"");
    no("span.s = 42"); /* another type is not equal, and not unequal */
    no("span.s != 42");
    no("span.i != \"42\"");
    yes("span.i = 42 && span.i = 42.0 && span.i != 41 && span.i >= 42 && span.i < 42.5");
    yes("span.d > 2 && span.d < 3 && span.d = 2.5");
    yes("span.large = 9007199254740993");
    no("span.large = 9007199254740992"); /* whole numbers are not compared as doubles */
    yes("span.yes && span.yes = true && !(span.yes = false)");
    no("span.yes = 1");
    yes("span.number.text >= \"199\" && span.number.text < \"21\"");
    no("span.number.text > 100");
    yes("status = error && status != ok && kind = server && kind != client");
    yes("statusMessage = \"it broke\"");
    no("span.s = error");
    no("span.bytes = \"x\"");
    yes("span.bytes != nil");
    yes("\"text\" = span.s && 40 < span.i");
    yes("duration = 1.5ms && duration > 1400us && duration < 1500001ns");
    yes("duration > 1000000"); /* nanoseconds beside plain numbers */
    yes("true");
    no("false");
}

static void test_missing(void)
{
    no("span.nothing = \"x\"");
    no("span.nothing != \"x\"");
    no("span.nothing > 0");
    no("span.nothing =~ \".*\"");
    no("span.nothing !~ \"x\"");
    no("span.nothing");
    no("!span.nothing");
    yes("!(span.nothing = \"x\")");
    yes("span.nothing = nil && span.s != nil && nil != span.i");
    no("span.s = nil");
    yes("span.unset = nil");
    yes("span.empty != nil && span.empty = \"\"");
    yes("span.nothing || span.yes");
    no("span.nothing && span.yes");
    no("span.s"); /* a string is no truth value */
    no("-span.s = 1");
}

static void test_scopes(void)
{
    yes(".both = \"of the span\" && resource.both = \"of the resource\"");
    yes(".only.resource = \"r\" && span.only.resource = nil && resource.s = nil");
    yes("resource.service.name = \"shop\" && .service.name = \"shop\"");
    yes("span.\"a b\" = \"quoted\" && .\"a b\" = \"quoted\"");
    yes("instrumentation:name = \"lib\" && instrumentation:version = \"1.0\"");
    yes("trace:id = \"1234\" && trace:id = \"0001234\" && span:id = \"1F\" && span:parentID = \"2e\"");
    no("trace:id = \"12345\"");
    no("span:id != \"01f\"");
    yes("trace:id =~ \"0+1234\" && span:id =~ \"[0-9a-f]{16}\"");
    yes("parent = nil && parent.name = nil");
    no("parent.name != \"x\"");
}

static void test_arrays(void)
{
    yes("span.words = \"cd\"");
    yes("span.words =~ \"a.\"");
    no("span.words = \"x\"");
    yes("span.words != \"x\""); /* of none */
    no("span.words != \"ab\"");
    no("span.words !~ \"c.\"");
    yes("span.words !~ \"x.*\"");
    yes("span.numbers > 4 && span.numbers < 2 && 3 < span.numbers");
    no("span.numbers > 5");
    no("span.numbers = \"1\"");
    no("span.numbers != \"1\""); /* numbers are not unequal to text */
    no("span.none = \"ab\"");
    yes("span.none != \"ab\" && span.none != nil");
    no("span.words = span.words");
}

static void test_events(void)
{
    no("event:name = \"exception\" && event:name = \"start\""); /* no one event has both */
    yes("event:name = \"exception\" || event:name = \"x\"");
    yes("event:name = \"start\" && event.n = 7 && !(event:name = \"exception\")");
    yes("event:name != \"exception\""); /* another one */
    no("event:name = \"x\"");
    yes("!(event:name = \"x\")");
    yes("event.n = 7 && event.n + 1 = 8");
    no("event.exception.type =~ \"IO.*\" && event.n = 7");
    yes("event.exception.type =~ \"IO.*\" || event.n = 8");
    yes("event:timeSinceStart >= 5ms");
    yes("event:timeSinceStart < 1ns");
    no("event:timeSinceStart >= 5ms && event:timeSinceStart < 1ns");
    no("event:timeSinceStart > 5ms");
    yes("event.n != nil && event.nothing = nil");
    yes("event.n = nil"); /* of the other one */
    no("event.n = nil && event.n = 7");
    no("event:name = nil");
    yes("link:traceID = \"ABC\" && link:spanID = \"def\"");
    yes("link:traceID != trace:id");
    no("link.x != nil");
}

static void test_arithmetic(void)
{
    yes("1 + 2 * 3 = 7 && (1 + 2) * 3 = 9 && 7 / 2 = 3 && 7 % 4 = 3 && 7 / 2.0 = 3.5");
    yes("2 ^ 3 = 8 && 2 ^ 3 ^ 2 = 512 && 2 ^ -1 = 0.5 && 2.0 ^ 0.5 > 1.41");
    yes("-2 ^ 2 = -4 && -(3) + 5 = 2 && 10 - 3 - 2 = 5");
    yes("span.i / 2 = 21 && span.i * 2 = 84 && span.d * 2 = 5");
    no("span.i / span.zero = 0");
    no("span.i / span.zero > 0");
    no("span.i % span.zero = 0");
    yes("9223372036854775807 + 1 < 0"); /* wraps around */
    yes("maxInt = 9223372036854775807 && minInt = maxInt + 1 && minInt < -9223372036854775807");
    yes("duration * 2 = 3ms && duration + 500us = 2ms && duration / 3 = 500us");
    no("span.s + 1 = 1");
    yes("1s = 1000000000 && 1h = 60m && 2kB = 2000 && 1KiB = 1024");
}

static void test_regexes(void)
{
    yes("name =~ \"GET .*\"");
    no("name =~ \"GET\""); /* of the whole text */
    yes("name =~ \"GET.cart|GET /cart\"");
    no("name =~ \"cart|x\"");
    yes("name !~ \"cart\"");
    yes("span.lines =~ \"one.two\""); /* a dot is any character */
    no("span.lines =~ \"one\"");
    yes("span.empty =~ \"\" && span.empty =~ \".*\"");
    yes("name =~ `GET /\\w+`");
    yes("name =~ \"(?i)get /CART\"");
    no("span.i =~ \"42\"");
    no("span.i !~ \"x\"");
}

static void test_pipes(void)
{
    is_int(asked("{ name =~ \"GET.*\" } | { kind = server }"), 1, "both filters");
    is_int(asked("{ name =~ \"GET.*\" } | { kind = client }"), 0, "not the second");
    is_int(asked("{ kind = client } || { kind = server }"), 1, "either");
    is_int(asked("{ kind = client } && { kind = server }"), 0, "both sets");
    is_int(asked("{ kind = server } && { status = error }"), 1, "both sets, one span");
    is_int(asked("{ } | count() = 1"), 1, "one span");
    is_int(asked("{ kind = client } | count() = 0"), 0, "a set of nothing is not there");
    is_int(asked("count() > 0"), 1, "begins with a number");
    is_int(asked("{ } | avg(duration) = 1500us"), 1, "avg");
    is_int(asked("{ } | max(span.nothing) > 0"), 0, "max of nothing");
    is_int(asked("{ } | sum(span.i) + 8 = 50"), 1, "sum");
    is_int(asked("({ } | sum(span.i)) > ({ } | count())"), 1, "numbers of two pipelines");
    is_int(asked("({ kind = client } | count()) < ({ } | count())"), 0, "a pipeline without spans has no number");
    is_int(asked("{ trace:spans = 1 && trace:services = 1 && trace:errors = 1 && trace:weight = nil }"), 1,
           "the trace");
    is_int(asked("{ trace:duration = 1500us && trace:rootName = \"\" }"), 1, "an orphan is no root");
    is_int(asked("{ span:self = 1500us && span:cp = 1500us && span:depth = 0 && span:queued = nil }"), 1,
           "all of its time is its own");
    is_int(asked("{ span:childCount = 0 && nestedSetLeft = 1 && nestedSetRight = 2 && nestedSetParent = -1 }"), 1,
           "sets");
}

int main(void)
{
    make();
    test_types();
    test_missing();
    test_scopes();
    test_arrays();
    test_events();
    test_arithmetic();
    test_regexes();
    test_pipes();
    tk_batch_free(b);
    return done_testing();
}
