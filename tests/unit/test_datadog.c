/* Datadog: ids of 64 bits and their upper halves, tags, links and events in two forms, answers of the Spans API. */
#include "format_help.h"

#define DD (&tki_format_datadog)

static const struct tk_attr *attr(const struct tk_batch *b, tk_range r, const char *key)
{
    return tk_attr_find(b, r, key);
}

static bool is_text(const struct tk_attr *a, const char *want)
{
    return a && a->value.type == TK_STRING && tki_str_eq((tk_str){a->value.v.s, a->value.n}, tki_str(want));
}

static void test_ids(void)
{
#define TID(x) "\"meta\":{\"_dd.p.tid\":\"" x "\"}"
    struct tk_batch *b = read_text(
        DD,
        "[[{\"trace_id\":18446744073709551615,\"span_id\":9223372036854775809,\"parent_id\":0," TID(
            "6b01900100000000") "},"
                                "{\"trace_id\":18446744073709551615,\"span_id\":2,\"parent_id\":9223372036854775809},{\"trace_id\":5,\"span_id\":3}],"
                                "[{\"trace_id\":18446744073709551615,\"span_id\":4,\"parent_id\":null}]]");
    const struct tk_span *s = b->spans;
    ok(s[0].trace_id.lo == UINT64_MAX && s[0].span_id == 0x8000000000000001 && s[0].parent_id == 0, "all 64 bits");
    ok(s[0].trace_id.hi == 0x6b01900100000000 && s[1].trace_id.hi == s[0].trace_id.hi,
       "the upper half holds for the list");
    ok(s[1].parent_id == s[0].span_id, "the parent");
    ok(s[2].trace_id.hi == 0 && s[2].trace_id.lo == 5, "but not for other traces in it");
    ok(s[3].trace_id.hi == 0, "nor for other lists");
    ok(!attr(b, s[0].attrs, "_dd.p.tid"), "it is no attribute then");
    tk_batch_free(b);
    b = read_text(DD, "[[{\"trace_id\":1,\"span_id\":2},"
                      "{\"trace_id\":1,\"span_id\":3," TID("00000000000000ab") "},{\"trace_id\":9,\"span_id\":1," TID(
                          "zz") "}]]");
    ok(b->spans[0].trace_id.hi == 0xab, "wherever in the list it stands");
    ok(b->spans[2].trace_id.hi == 0 && is_text(attr(b, b->spans[2].attrs, "_dd.p.tid"), "zz"),
       "what is no half of an id stays an attribute");
    tk_batch_free(b);
    b = read_text(
        DD,
        "{\"traces\":[[{\"trace_id\":\"F9747054B33C38A3\",\"parent_id\":\"0000000000000000\",\"span_id\":\"0000000000000010\"}]]}"
        "[{\"trace_id\":\"18446744073709551615\",\"span_id\":\"12\"},{\"trace_id\":\"0000000000000001000000000000000a\",\"span_id\":\"0000000000000012\"}]");
    s = b->spans;
    ok(s[0].trace_id.lo == 0xf9747054b33c38a3 && s[0].span_id == 16 && !s[0].parent_id, "16 hexadecimal digits");
    ok(s[1].trace_id.lo == UINT64_MAX && s[1].span_id == 12, "decimal texts");
    ok(s[2].trace_id.hi == 1 && s[2].trace_id.lo == 10 && s[2].span_id == 18, "32 hexadecimal digits");
    tk_batch_free(b);
}

static void test_span(void)
{
    struct tk_batch *b = read_text(
        DD,
        "[[{\"trace_id\":1,\"span_id\":2,\"start\":1795264513756525463,\"duration\":1601509,\"name\":\"web.request\",\"resource\":\"GET /\","
        "\"service\":\"shop\",\"type\":\"web\",\"error\":1,\"meta\":{\"error.message\":\"boo\",\"http.url\":\"u\"},\"metrics\":{\"n\":1,\"x\":null},"
        "\"meta_struct\":{\"m\":\"gQ==\"},\"new\":[1]},"
        "{\"trace_id\":1,\"span_id\":3,\"error\":0,\"start\":100,\"duration\":-40,\"meta\":{\"span.kind\":\"producer\",\"error.message\":\"kept\"},\"type\":\"http\",\"service\":\"shop\"},"
        "{\"trace_id\":1,\"span_id\":4,\"error\":false,\"type\":\"http\",\"meta\":{\"span.kind\":\"odd\"}}]]");
    const struct tk_span *s = b->spans;
    ok(s[0].start_ns == 1795264513756525463 && s[0].end_ns == s[0].start_ns + 1601509 && s[1].end_ns == 60,
       "nanoseconds, exactly");
    ok(TKI_STR_IS(s[0].name, "web.request") && s[0].status == TK_STATUS_ERROR && TKI_STR_IS(s[0].status_message, "boo"),
       "an error");
    ok(s[1].status == TK_STATUS_UNSET && !s[1].status_message.n &&
           is_text(attr(b, s[1].attrs, "error.message"), "kept"),
       "none");
    ok(s[0].kind == TK_KIND_SERVER && s[1].kind == TK_KIND_PRODUCER && s[2].kind == TK_KIND_CLIENT,
       "kinds of span.kind, then of types");
    ok(is_text(attr(b, s[2].attrs, "span.kind"), "odd") && !attr(b, s[1].attrs, "span.kind"),
       "other kinds stay attributes");
    ok(is_text(attr(b, s[0].attrs, "resource.name"), "GET /") && is_text(attr(b, s[0].attrs, "span.type"), "web") &&
           is_text(attr(b, s[0].attrs, "http.url"), "u"),
       "names");
    const struct tk_attr *n = attr(b, s[0].attrs, "n");
    ok(n && n->value.type == TK_DOUBLE && n->value.v.d == 1 && !attr(b, s[0].attrs, "x"), "numbers are doubles");
    ok(is_text(attr(b, s[0].attrs, "meta_struct.m"), "gQ==") && attr(b, s[0].attrs, "new"),
       "what has no field is an attribute");
    ok(b->nresources == 2 && s[0].resource == s[1].resource && TKI_STR_IS(b->resources[0].service, "shop"),
       "services are resources");
    tk_batch_free(b);
}

static void test_lists(void)
{
    struct tk_batch *b = read_text(
        DD,
        "[[{\"trace_id\":1,\"span_id\":2,\"span_links\":[{\"trace_id\":5,\"trace_id_high\":6,\"span_id\":7,\"attributes\":{\"a\":\"b\"},"
        "\"flags\":2147483649,\"tracestate\":\"dd=s:1\"},{\"trace_id\":\"0000000000000006000000000000000a\",\"span_id\":\"000000000000000b\"}],"
        "\"span_events\":[{\"name\":\"e\",\"time_unix_nano\":9,\"attributes\":{\"t\":{\"type\":0,\"string_value\":\"x\"},\"i\":{\"type\":2,\"int_value\":4},"
        "\"l\":{\"type\":4,\"array_value\":{\"values\":[{\"type\":1,\"bool_value\":true},{\"type\":3,\"double_value\":2}]}},\"p\":{\"k\":1}}}]}]]");
    const struct tk_span *s = b->spans;
    ok(s->links.count == 2 && b->links[0].trace_id.hi == 6 && b->links[0].trace_id.lo == 5 &&
           b->links[0].span_id == 7 && b->links[0].flags == 1 && TKI_STR_IS(b->links[0].trace_state, "dd=s:1") &&
           is_text(attr(b, b->links[0].attrs, "a"), "b"),
       "a link in numbers");
    ok(b->links[1].trace_id.hi == 6 && b->links[1].trace_id.lo == 10 && b->links[1].span_id == 11, "a link in digits");
    ok(s->events.count == 1 && TKI_STR_IS(b->events[0].name, "e") && b->events[0].time_ns == 9, "an event");
    tk_range r = b->events[0].attrs;
    const struct tk_attr *l = attr(b, r, "l");
    ok(is_text(attr(b, r, "t"), "x") && attr(b, r, "i")->value.v.i == 4 && attr(b, r, "p")->value.type == TK_KVLIST,
       "typed and plain values");
    ok(l && l->value.type == TK_ARRAY && l->value.n == 2 && b->kids[l->value.v.first].value.v.b &&
           b->kids[l->value.v.first + 1].value.type == TK_DOUBLE,
       "lists of them");
    tk_batch_free(b);
    static const char tags[] =
        "[[{\"trace_id\":1,\"span_id\":2,\"meta\":{\"a\":\"1\",\"events\":\"[{\\\"name\\\":\\\"e\\\",\\\"time_unix_nano\\\":3,\\\"attributes\\\":{\\\"x\\\":[1]}}]\","
        "\"_dd.span_links\":\"[{\\\"trace_id\\\":\\\"0000000000000006000000000000000a\\\",\\\"span_id\\\":\\\"000000000000000b\\\"}]\",\"z\":\"2\"}},"
        "{\"trace_id\":1,\"span_id\":3,\"meta\":{\"events\":\"[1,2]\",\"_dd.span_links\":\"[{\\\"trace_id\\\":\\\"x\\\"}]\"}},"
        "{\"trace_id\":1,\"span_id\":4,\"meta\":{\"events\":\"[{} \"}}]]";
    b = read_text(DD, tags);
    s = b->spans;
    ok(s[0].events.count == 1 && b->events[0].time_ns == 3 && attr(b, b->events[0].attrs, "x") &&
           s[0].links.count == 1 && b->links[0].span_id == 11,
       "as JSON in tags");
    ok(s[0].attrs.count == 2 && is_text(attr(b, s[0].attrs, "a"), "1") && is_text(attr(b, s[0].attrs, "z"), "2"),
       "which are no attributes then");
    ok(!s[1].events.count && is_text(attr(b, s[1].attrs, "events"), "[1,2]") &&
           is_text(attr(b, s[1].attrs, "_dd.span_links"), "[{\"trace_id\":\"x\"}]"),
       "tags of that name with other texts are");
    ok(is_text(attr(b, s[2].attrs, "events"), "[{} "), "also what breaks off");
    ok(b->nevents == 1 && b->nlinks == 1, "no rows are left behind");
    tk_batch_free(b);
    b = read_needs(DD, tki_str(tags), TK_NEED_NAME, 0);
    ok(b->spans[0].events.count == 1 && b->spans[0].links.count == 1 && !b->nevents && !b->nlinks && !b->nattrs,
       "counts, whatever is needed");
    tk_batch_free(b);
}

static void test_documents(void)
{
    struct tk_batch *b = read_text(
        DD,
        "[]\n[[]]\n{\"traces\":[]}\n{\"trace_id\":1,\"span_id\":2,\"start\":0}\n[[{\"trace_id\":1,\"span_id\":3}]]");
    ok(b->nspans == 2, "documents one after another, also empty ones");
    tk_batch_free(b);
    static const char nested[] =
        "[[{\"trace_id\":1,\"span_id\":2,\"meta\":{\"_dd.p.tid\":\"00000000000000ab\"}},{\"trace_id\":1,\"span_id\":3}]]";
    char padded[sizeof nested + TKI_PADDING] = {0};
    memcpy(padded, nested, sizeof nested);
    b = tk_batch_new();
    struct tki_decode d = {
        .in = {padded, sizeof nested - 1}, .pos = 2, .needs = TK_NEED_COPY, .batch = b, .err = &help_err};
    is_int(DD->decode(&d), 0, "from the first span of a list on, where another decoder gave up");
    ok(b->nspans == 2 && b->spans[1].trace_id.hi == 0xab, "it is the list's");
    tk_batch_free(b);
    b = read_text(
        DD,
        "{\"data\":[{\"id\":\"A\",\"type\":\"spans\",\"attributes\":{\"start_timestamp\":\"2023-01-02T09:42:36.320Z\",\"end_timestamp\":\"2023-01-02T09:42:36.420Z\","
        "\"operation_name\":\"op\",\"resource_name\":\"GET /\",\"service\":\"web\",\"span_id\":\"1234567890987654321\",\"parent_id\":\"0\",\"status\":\"error\","
        "\"trace_id\":\"6b0190010000000078c561f64b519c95\",\"type\":\"web\",\"env\":\"prod\",\"custom\":{\"c\":{\"d\":1}}}}],\"meta\":{}}");
    const struct tk_span *s = b->spans;
    ok(b->nspans == 1 && s->trace_id.hi == 0x6b01900100000000 && s->span_id == 1234567890987654321 && !s->parent_id,
       "an answer of the API");
    ok(s->start_ns == 1672652556320000000 && s->end_ns == 1672652556420000000 && s->status == TK_STATUS_ERROR &&
           s->kind == TK_KIND_SERVER,
       "its times");
    ok(TKI_STR_IS(s->name, "op") && is_text(attr(b, s->attrs, "env"), "prod") && attr(b, s->attrs, "c") &&
           TKI_STR_IS(b->resources[0].service, "web"),
       "its names");
    tk_batch_free(b);
    fails(DD, "{\"a\":1}", 0,
          "expected traces of Datadog: spans with trace_id and span_id, lists of them, or an answer of the Spans API");
    fails(DD, "[[{\"trace_id\":1}]]", 2, "expected a span of Datadog, with trace_id and span_id, found '{'");
    fails(DD, "[[{\"trace_id\":1,\"span_id\":\"xyz\"}]]", 26,
          "expected an id of 64 bits, or one of 16 or 32 hexadecimal digits, found '\"'");
    fails(DD, "[[{\"trace_id\":1,\"span_id\":18446744073709551616}]]", 26,
          "expected a whole number of 64 bits, found '1'");
}

int main(void)
{
    test_ids();
    test_span();
    test_lists();
    test_documents();
    return done_testing();
}
