/* SkyWalking: ids made of texts, segments in any order of members, references, answers to queries. */
#include "format_help.h"

#define SW    (&tki_format_skywalking)
#define TRACE "56a5e1c519ae4c76a2b8b11d92cead7f.12.16563474296430001"
#define OTHER "d7748e1a-e5a5-11f1-9020-02fc00000001"
#define SEGMENT(id, spans) \
    "{\"traceId\":\"" TRACE "\",\"traceSegmentId\":\"" id "\",\"spans\":[" spans "],\"service\":\"web\"}"

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
    struct tk_batch *b =
        read_text(SW, SEGMENT(TRACE, "{\"spanId\":0,\"parentSpanId\":-1},{\"spanId\":1},{\"spanId\":16909060}"));
    const struct tk_span *s = b->spans;
    ok(b->nspans == 3 && s[0].trace_id.hi == 0x56a5e1c515ae4c76 && s[0].trace_id.lo == 0x13e51e7cf616977f,
       "UUID.THREAD.TIME, as the receiver does");
    ok(s[0].span_id == 0x4540ffb9e3b8db09, "the first span of a segment: %llx", (unsigned long long)s[0].span_id);
    ok(s[1].span_id == 0x4440ffb9e3b8db09 && s[1].parent_id == s[0].span_id,
       "the second; a parent that is left out is 0");
    ok(s[2].span_id == 0x4143fdb8e3b8db09, "a large number");
    ok(s[0].parent_id == 0, "-1 is no parent");
    is_uint(tk_notes_get(b->notes, TK_NOTE_ID_DERIVED), 3, "said");
    is_uint(tk_notes_get(b->notes, TK_NOTE_ID_REPLACED), 0, "nothing is hashed");
    ok(is_text(attr(b, s[0].attrs, "sw8.trace_id"), TRACE) && is_text(attr(b, s[0].attrs, "sw8.segment_id"), TRACE),
       "the originals");
    ok(attr(b, s[1].attrs, "sw8.span_id")->value.v.i == 1 && !attr(b, s[0].attrs, "sw8.parent_span_id"),
       "and the numbers");
    tk_batch_free(b);
    b = read_text(SW, "{\"traceId\":\"" OTHER "\",\"traceSegmentId\":\"" OTHER
                      "\",\"spans\":[{\"parentSpanId\":-1},{\"spanId\":2,\"parentSpanId\":0}]}");
    ok(b->spans[0].trace_id.hi == 0xd7748e1ae5a511f1 && b->spans[0].trace_id.lo == 0x902002fc00000001,
       "a UUID with dashes");
    ok(b->spans[0].span_id == 0x47548ce6e5a511f0 && b->spans[1].span_id == 0x45548ce6e5a511f0,
       "spans of such a segment differ");
    tk_batch_free(b);
    b = read_text(
        SW,
        "{\"traceId\":\"t\",\"traceSegmentId\":\"s\",\"spans\":[{\"parentSpanId\":-1},{\"spanId\":1}]}"
        "{\"traceId\":\"t\",\"traceSegmentId\":\"56a5e1c519ae4c76a2b8b11d92cead7f.x.1\",\"spans\":[{\"parentSpanId\":-1}]}");
    s = b->spans;
    ok(s[0].trace_id.lo && tki_id_eq(s[0].trace_id, s[2].trace_id), "equal texts have equal hashes");
    ok(s[0].span_id && s[1].span_id != s[0].span_id && s[1].parent_id == s[0].span_id && s[2].span_id != s[0].span_id,
       "spans of hashed segments");
    ok(tk_notes_get(b->notes, TK_NOTE_ID_REPLACED) > 0, "said");
    tk_batch_free(b);
}

static void test_span(void)
{
    struct tk_batch *b = read_text(
        SW,
        SEGMENT(
            "s",
            "{\"spanId\":3,\"parentSpanId\":-1,\"startTime\":\"1656347429643\",\"endTime\":1656347429700,\"operationName\":\"GET:/a\",\"spanType\":\"Exit\","
            "\"spanLayer\":\"Http\",\"componentId\":7,\"peer\":\"db:1\",\"isError\":true,\"skipAnalysis\":true,\"note\":null,\"x\":[],"
            "\"tags\":[{\"key\":\"url\",\"value\":\"u\"},{\"key\":\"e\"},{\"value\":\"v\",\"key\":\"http.method\"}],"
            "\"logs\":[{\"time\":1656347429650,\"data\":[{\"key\":\"event\",\"value\":\"error\"}]},{\"time\":\"1656347429651\"}]}"));
    const struct tk_span *s = b->spans;
    ok(s->start_ns == 1656347429643000000 && s->end_ns == 1656347429700000000, "milliseconds, as numbers and as texts");
    ok(TKI_STR_IS(s->name, "GET:/a") && s->kind == TK_KIND_CLIENT && s->status == TK_STATUS_ERROR,
       "name, kind, status");
    ok(is_text(attr(b, s->attrs, "http.url"), "u") && is_text(attr(b, s->attrs, "e"), "") &&
           is_text(attr(b, s->attrs, "http.method"), "v"),
       "tags");
    ok(is_text(attr(b, s->attrs, "sw8.peer"), "db:1") && is_text(attr(b, s->attrs, "sw8.span_layer"), "Http") &&
           attr(b, s->attrs, "sw8.component_id")->value.v.i == 7,
       "what has no field is an attribute");
    ok(attr(b, s->attrs, "sw8.skipAnalysis") && !attr(b, s->attrs, "sw8.note") && !attr(b, s->attrs, "sw8.x"),
       "unless it says nothing");
    ok(s->events.count == 2 && b->events[0].time_ns == 1656347429650000000 &&
           b->events[1].time_ns == 1656347429651000000,
       "logs are events");
    ok(is_text(attr(b, b->events[0].attrs, "event"), "error") && !b->events[1].attrs.count, "with their data");
    ok(TKI_STR_IS(b->resources[s->resource].service, "web"), "the service stands behind the spans");
    tk_batch_free(b);

    static const struct {
        const char *type, *layer;
        enum tk_kind kind;
    } kinds[] = {{"0", "3", TK_KIND_SERVER},
                 {"1", "\"MQ\"", TK_KIND_PRODUCER},
                 {"2", "0", TK_KIND_INTERNAL},
                 {"\"entry\"", "4", TK_KIND_CONSUMER},
                 {"\"Exit\"", "\"Http\"", TK_KIND_CLIENT},
                 {"\"Local\"", "\"Unknown\"", TK_KIND_INTERNAL},
                 {"9", "9", TK_KIND_UNSPECIFIED}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char text[300];
        snprintf(text, sizeof text, SEGMENT("s", "{\"spanType\":%s,\"spanLayer\":%s}"), kinds[i].type, kinds[i].layer);
        b = read_text(SW, text);
        is_int(b->spans[0].kind, kinds[i].kind, "kind of type %s, layer %s", kinds[i].type, kinds[i].layer);
        tk_batch_free(b);
    }
}

static void test_refs(void)
{
#define REF(trace, id)                                                                                     \
    "{\"refType\":1,\"traceId\":\"" trace "\",\"parentTraceSegmentId\":\"" TRACE "\",\"parentSpanId\":" id \
    ",\"parentService\":\"gw\"}"
    struct tk_batch *b = read_text(
        SW, SEGMENT("s", "{\"spanId\":0,\"parentSpanId\":-1,\"refs\":[" REF("x", "0") "," REF(TRACE, "1") "," REF(
                             TRACE, "0") "]},"
                                         "{\"spanId\":1,\"parentSpanId\":0,\"refs\":[" REF(TRACE, "1") "]}"));
    const struct tk_span *s = b->spans;
    ok(s[0].parent_id == 0x4440ffb9e3b8db09, "the first reference into the same trace is the parent");
    ok(s[1].parent_id == s[0].span_id, "a parent in the segment comes first");
    ok(s[0].links.count == 3 && s[1].links.count == 1 && b->nlinks == 4, "all are links");
    ok(is_text(attr(b, b->links[0].attrs, "parent.service"), "gw") &&
           is_text(attr(b, b->links[0].attrs, "refType"), "CrossThread") &&
           attr(b, b->links[1].attrs, "sw8.span_id")->value.v.i == 1,
       "with what they say");
    ok(b->links[1].span_id == s[0].parent_id && tki_id_eq(b->links[1].trace_id, s[0].trace_id),
       "ids of links are made alike");
    tk_batch_free(b);
    b = read_needs(
        SW, TKI_STR(SEGMENT("s", "{\"spanId\":0,\"parentSpanId\":-1,\"logs\":[{},{}],\"refs\":[" REF(TRACE, "1") "]}")),
        TK_NEED_NAME, 0);
    ok(b->spans[0].parent_id == 0x4440ffb9e3b8db09 && b->spans[0].links.count == 1 && !b->nlinks &&
           b->spans[0].events.count == 2 && !b->nattrs,
       "parents and counts, whatever is needed");
    tk_batch_free(b);
}

static void test_around(void)
{
    struct tk_batch *b =
        read_text(SW, "[" SEGMENT("a", "{}") "," SEGMENT("b", "{},{\"spanId\":1}") "]\n{\"segments\":[" SEGMENT(
                          "c", "{}") "]}" SEGMENT("d", ""));
    ok(b->nspans == 4 && b->nresources == 1, "lists, collections, documents one after another; one resource");
    tk_batch_free(b);
    b = read_text(
        SW,
        "{\"data\":{\"trace\":{\"spans\":[{\"traceId\":\"t\",\"segmentId\":\"s\",\"spanId\":0,\"parentSpanId\":-1,\"serviceCode\":\"gw\","
        "\"serviceInstanceName\":\"g1\",\"endpointName\":\"/\",\"type\":\"Entry\",\"component\":\"Tomcat\",\"layer\":\"Http\"},"
        "{\"traceId\":\"t\",\"segmentId\":\"q\",\"spanId\":0,\"parentSpanId\":-1,\"refs\":[{\"traceId\":\"t\",\"parentSegmentId\":\"s\","
        "\"parentSpanId\":0,\"type\":\"CROSS_PROCESS\"}],\"serviceCode\":\"be\",\"type\":\"Exit\"}]}}}");
    const struct tk_span *s = b->spans;
    ok(b->nspans == 2 && s[1].parent_id == s[0].span_id && s[0].kind == TK_KIND_SERVER && s[1].kind == TK_KIND_CLIENT,
       "an answer to a query");
    ok(TKI_STR_IS(b->resources[s[0].resource].service, "gw") && TKI_STR_IS(b->resources[s[1].resource].service, "be"),
       "each span names its service");
    ok(is_text(attr(b, s[0].attrs, "sw8.component"), "Tomcat") && TKI_STR_IS(s[0].name, "/"), "and the component");
    tk_batch_free(b);
    b = read_text(
        SW,
        "{\"traceId\":\"t\",\"traceSegmentId\":\"s\",\"isSizeLimited\":true,\"spans\":[{}]}{\"data\":{\"trace\":{\"spans\":[]}}}");
    ok(b->nspans == 1 && tk_notes_get(b->notes, TK_NOTE_PARTIAL) == 1, "a segment that lost spans is said");
    tk_batch_free(b);
    fails(SW, "{\"traceId\":\"t\"}", 0, "expected a segment of SkyWalking, with traceId, traceSegmentId and spans");
    fails(SW, SEGMENT("a", "{}") "{\"traceId\":\"t\",\"spans\":[{}]}", sizeof SEGMENT("a", "{}") - 1 + 24,
          "expected a span of a segment with traceId and traceSegmentId, found '{'");
    fails(SW, SEGMENT("a", "{\"spanId\":\"x\"}"),
          sizeof "{\"traceId\":\"" TRACE "\",\"traceSegmentId\":\"a\",\"spans\":[{\"spanId\":" - 1,
          "expected a whole number of 64 bits, found '\"'");
}

int main(void)
{
    test_ids();
    test_span();
    test_refs();
    test_around();
    return done_testing();
}
