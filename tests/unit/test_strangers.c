/* What is recognised and not read is told apart, and nothing that is read is taken for it. */
#include "format_help.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct {
    const char *bytes;
    size_t n;
    const char *what; /* in the message */
} strangers[] = {
    {BYTES("PAR1\x15\x04"), "a Parquet file"},
    {BYTES("ARROW1\0\0"), "an Arrow file"},
    {BYTES("\xff\xff\xff\xff\x10\0\0\0"), "a stream of Arrow messages"},
    {BYTES("SQLite format 3\0"), "an SQLite database"},
    {BYTES("Obj\x01\x04"), "an Avro file"},
    {BYTES("\xd4\xc3\xb2\xa1\x02\0\x04\0"), "a packet capture"},
    {BYTES("\x0a\x0d\x0d\x0a\x1c\0\0\0"), "a packet capture"},
    {BYTES(
         "{\"traceId\": \"07ba\", \"spans\": [{\"displayName\": {\"value\": \"GET /a\", \"truncated_byte_count\": 0}, "
         "\"spanId\": \"2c25cf3f446728c2\", \"startTime\": \"2026-11-30T14:14:53.809182Z\"}]}"),
     "the file exporter of OpenCensus"},
    {BYTES("[SpanData(name='SELECT', context=SpanContext(trace_id=31f44b8d569554dae134940bd5f7dd6f, "
           "span_id=31d1093fdbfaa793), span_id='b99470f2bef3fad5', parent_span_id='31d1093fdbfaa793')]"),
     "OpenCensus for Python"},
    {BYTES("version https://git-lfs.github.com/spec/v1\n"), "a Git LFS pointer"},
    {BYTES(
         "{\"hits\":{\"hits\":[{\"_source\":{\"traceId\":\"1\",\"id\":\"2\",\"timestamp_millis\":1,\"localEndpoint\":{}}}]}}"),
     "Zipkin's documents in Elasticsearch"},
    {BYTES("{\"tables\":[{\"name\":\"PrimaryResult\",\"columns\":[{\"name\":\"Id\"}],\"rows\":[[\"1\"]]}]}"),
     "Azure Monitor"},
    {BYTES("[{\"RECORD_TYPE\":\"SPAN\",\"TRACE\":{\"trace_id\":\"1\"},\"RESOURCE_ATTRIBUTES\":{}}]"), "Snowflake"},
    {BYTES("{\"transactions\":[],\"orphan_errors\":[]}"), "Sentry's API"},
    {BYTES("{\"object\":\"trace\",\"id\":\"trace_1\",\"workflow_name\":\"w\"}\n"), "OpenAI's Agents SDK"},
    {BYTES("{\"id\":\"a\",\"trace_id\":\"b\",\"op_name\":\"weave:///x\",\"started_at\":\"2026-11-30T10:00:00Z\"}\n"),
     "Weave"},
    {BYTES("{\"events\":[{\"id\":\"a\",\"root_span_id\":\"b\",\"span_parents\":[]}]}"), "Braintrust"},
    {BYTES(
         "Resource attributes:\n     -> a: Str(b)\nScopeSpans #0\nInstrumentationScope x\nSpan #0\n    Trace ID       : 1\n"),
     "without the line ResourceSpans #0"},
    {BYTES("InstrumentationLibrarySpans #0\nInstrumentationLibrary x\nSpan #0\nTrace ID : 1\n"),
     "without the line ResourceSpans #0"},
    {BYTES("\xff\xfe\0\0{\0\0\0"), "UTF-32"},
    {BYTES("\x78\x9c\xab\x56\x2a\x4a\x2d\xce"), "zlib"},
    {BYTES(
         "{\"sent_at\":\"2026-11-30T10:00:00Z\",\"trace\":{},\"sdk\":{\"name\":\"x\"}}\n{\"type\":\"transaction\"}\n"),
     "an envelope of Sentry"},
    {BYTES("{\"kind\":1,\"_spanContext\":{\"traceId\":\"1\"},\"startTime\":[1,2],\"status\":{\"code\":0}}\n"),
     "a span object of Node's SDK"},
    {BYTES(
         "Record at (timestamp=1796078431686161, spanId=cd971c20f56f099b, traceId=cd971c20f56f099b): ServiceName(\"a\")\n"),
     "the console recorder of Zipkin's JavaScript"},
    {BYTES("[0] otel: [[1790000000.123, {}], {\"log\"=>\"{}\"}]\n"), "Fluent Bit's standard output"},
    {BYTES("[0] otel: [1790000000.123, {\"log\"=>\"{}\"}]\n"), "Fluent Bit's standard output"},
    {BYTES("SpanData { span_context: SpanContext { trace_id: 162f, span_id: d212 }, span_kind: Internal }\n"),
     "old releases of Rust's SDK"},
    {BYTES("SpanRecord {\n    trace_id: TraceId(\n        48,\n    ),\n    begin_time_unix_ns: 17,\n}\n"), "fastrace"},
    {BYTES(
         "{\"timestamp\":\"2026-11-30T23:08:53Z\",\"level\":\"INFO\",\"fields\":{\"message\":\"close\"},\"target\":\"a\","
         "\"span\":{\"name\":\"db\"},\"spans\":[{\"name\":\"a\"}]}\n"),
     "Rust's tracing"},
    {BYTES("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}"), "an HTTP message"},
    {BYTES("# HELP up x\nup 1\n"), "Prometheus"},
    {BYTES("<!doctype html><title>x</title>"), "HTML"},
    {BYTES("{\"error\":{\"httpCode\":404,\"message\":\"No traces found\"}}"), "an error message of Jaeger's API"},
    {BYTES("404 page not found\n"), "the error message of a server"},
    {BYTES("export const trace = {\"traceID\": 1};"), "source code"},
    {BYTES("resource_spans {\n  scope_spans {\n    spans {\n"), "protobuf's text format"},
    {BYTES("[{\"parent\":\"a\",\"child\":\"b\",\"callCount\":1}]"), "a list of dependencies"},
    {BYTES("{\"data\":[{\"parent\":\"a\",\"child\":\"b\",\"callCount\":1}],\"total\":0}"), "a list of dependencies"},
    {BYTES("{\"data\":[\"checkout\",\"cart\"],\"total\":2,\"limit\":0,\"offset\":0,\"errors\":null}"),
     "such as a list of services"},
    {BYTES("{\"traces\":[{\"traceID\":\"1\",\"rootServiceName\":\"a\",\"durationMs\":5}],\"metrics\":{}}"),
     "a search in Tempo"},
    {BYTES("{\"schema\":{\"fields\":[{\"name\":\"traceID\"}]},\"data\":{\"values\":[[]]}}"), "a data frame of Grafana"},
    {BYTES("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"), "Prometheus or Loki"},
    {BYTES("{\"partialSuccess\":{}}"), "the answer of an OTLP receiver"},
    {BYTES("{\"traceEvents\":[]}"), "a Chrome trace"},
    {BYTES("[{\"name\":\"x\",\"ph\":\"X\",\"ts\":1,\"pid\":1}]"), "a Chrome trace"},
    {BYTES("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"shared\":{},\"profiles\":[]}"),
     "a profile of speedscope"},
    {BYTES(
         "{\"TraceID\":\"AA==\",\"SpanID\":2,\"ParentID\":3,\"OperationName\":\"x\",\"Tags\":[{\"ValueType\":\"bool\"}]}"),
     "Cassandra"},
    {BYTES("{'resourceSpans': [{'resource': {}}]}"), "a dict as Python prints it"},
    {BYTES("INFO:root:[{'name': 'x', 'context': {'trace_id': '0x1'}}]"), "a dict as Python prints it"},
    {BYTES("{ resourceSpans: [ { resource: [Object] } ] }"), "a JavaScript console"},
    {BYTES("{\"traceId\"=>\"1\"}"), "a hash as Ruby prints it"},
    {BYTES("%{\"traceId\" => \"1\"}"), "a map as Ruby or Elixir"},
    {BYTES("array (\n  'traceId' => '1',\n)"), "an array as PHP or Perl"},
    {BYTES("Array\n(\n    [traceId] => 1\n)"), "an array as PHP prints it"},
    {BYTES("map[resourceSpans:[map[resource:map[]]]]"), "a map as Go prints it"},
    {BYTES("TracesData { resource_spans: [ResourceSpans { resource: None }] }"), "a struct as Rust prints it"},
    {BYTES("resource_spans:{scope_spans:{spans:{trace_id:\"1\"}}}"), "protobuf's text format"},
    {BYTES("{\"trace_id\":\"a\",\"span_id\":\"b\",\"parent_span_id\":null,\"start_time_unix_nano\":1}"),
     "flat JSON objects"},
};

static const struct {
    const char *text, *message;
} unknown[] = {
    {"TraceID,SpanID,Name\n1,2,x\n",
     "a table with the columns TraceID, SpanID, Name follows no standard: say with --columns what they are"},
    {"span\tname\ttrace_id\n",
     "a table with the columns span, name, trace_id follows no standard: say with --columns what they are"},
    {"a;b;c\n1;2;3\n", "a table with the columns a, b, c follows no standard: say with --columns what they are"},
    {"hello world\n",
     "the first 12 bytes are of no trace format that is known, no JSON, and nothing else that is recognised"},
    {"{\"level\":\"info\",\"msg\":{\"a\":1},\"n\":5}",
     "JSON with the members \"level\", \"msg\", \"n\" is of no trace format that is known"
     "; if it has a row for each span, say with --columns what its members are"},
    {"[[{\"a\":[1,2],\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0}]]",
     "JSON with the members \"a\", \"b\", \"c\", \"d\", \"e\" is of no trace format that is known"
     "; if it has a row for each span, say with --columns what its members are"},
    {"{\"a\":{\"b\":1", "JSON with the members \"a\" is of no trace format that is known; it breaks off"},
    {"{a: 1}", "text in brackets is of no trace format that is known, and no JSON: there names of members stand in "
               "double quotes"},
    {"[{\"log\":\"up\"},{\"log\":\"down\"}]",
     "JSON with the members \"log\" is of no trace format that is known"
     "; its \"log\" are lines of a log, and no document of a trace format stands in them"
     "; if it has a row for each span, say with --columns what its members are"},
    {"[1,2]", "JSON is of no trace format that is known"
              "; if it has a row for each span, say with --columns what its members are"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        struct tk_err err = {0};
        const struct tki_format *f = tki_format_detect((tk_str){strangers[i].bytes, strangers[i].n}, true, &err);
        ok(!f && err.code == TK_EUNSUPPORTED && strstr(err.text, strangers[i].what), "%s: %s", strangers[i].what,
           f ? f->info.name : err.text);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct tk_err err = {0};
        const struct tki_format *f = tki_format_detect(tki_str(unknown[i].text), true, &err);
        ok(!f && err.code == TK_EFORMAT, "%s is unknown", unknown[i].text);
        is_str(err.text, unknown[i].message, "and the message says what it looks like");
    }
    /* a stranger before or behind documents that are read does not hide them, nor they it */
    struct tk_err err = {0};
    tk_str mixed = TKI_STR("{\"resourceSpans\":[]}\n{\"traceEvents\":[]}");
    ok(tki_format_detect(mixed, true, &err) == &tki_format_otlp_json, "the first document decides");
    mixed = TKI_STR("{\"traceEvents\":[]}\n{\"resourceSpans\":[]}");
    ok(tki_format_detect(mixed, true, &err) == &tki_format_otlp_json, "a stranger leaves it to the next");
    mixed = TKI_STR("{\"traceEvents\":[]}\n{\"hello\":1}");
    ok(!tki_format_detect(mixed, true, &err) && strstr(err.text, "Chrome"), "and is named when there is none");
    mixed = TKI_STR("{\"hello\":1}\n{\"resourceSpans\":[]}");
    ok(tki_format_detect(mixed, true, &err) == &tki_format_otlp_json, "one that says nothing leaves it to the next");
    return done_testing();
}
