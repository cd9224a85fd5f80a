#include "format/detect/refused.h"

#include <ctype.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "format/js/documents.h"
#include "format/js/scan.h"

/* ---- files ---- */

static const struct {
    const char *magic;
    size_t n, at;
    const char *what;
} files[] = {
    {"PAR1", 4, 0, "a Parquet file: turn its rows into JSON with the tool that wrote it, or query it with DuckDB"},
    {"ARROW1", 6, 0, "an Arrow file: turn its rows into JSON with the tool that wrote it"},
    {"\xff\xff\xff\xff", 4, 0,
     "a stream of Arrow messages, perhaps of the OTel Arrow protocol: have a collector write it as OTLP"},
    {"SQLite format 3", 15, 0, "an SQLite database: export its rows as JSON first"},
    {"Obj\x01", 4, 0, "an Avro file: turn its records into JSON with the tool that wrote it"},
    {"ORC", 3, 0, "an ORC file: turn its rows into JSON with the tool that wrote it"},
    {"\x0a\x0d\x0d\x0a", 4, 0, "a packet capture: save the body of the HTTP or gRPC stream in it, and read that"},
    {"\xd4\xc3\xb2\xa1", 4, 0, "a packet capture: save the body of the HTTP or gRPC stream in it, and read that"},
    {"\xa1\xb2\xc3\xd4", 4, 0, "a packet capture: save the body of the HTTP or gRPC stream in it, and read that"},
    {"\x4d\x3c\xb2\xa1", 4, 0, "a packet capture: save the body of the HTTP or gRPC stream in it, and read that"},
    {"ustar", 5, 257, "a tar archive: unpack it first (tar -xOf)"},
    {"\x7f"
     "ELF",
     4, 0, "a program, not data"},
    {"%PDF", 4, 0, "a PDF"},
    {"\x89PNG", 4, 0, "a picture"},
    {"version https://git-lfs", 23, 0, "a Git LFS pointer, not the data: run 'git lfs pull'"},
    {"\xff\xfe", 2, 0,
     "UTF-16 text, as PowerShell's redirection writes it: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"},
    {"\xfe\xff", 2, 0, "UTF-16 text: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"},
    {"\x80\x01\x00", 3, 0, "a Thrift message"},
    {"\x82\x21", 2, 0, "a Thrift compact message"},
    {"\x82\x81", 2, 0, "a Thrift compact message"},
    {"HTTP/1.", 7, 0, "an HTTP message with its headers: cut off all up to the first empty line"},
    {"POST /", 6, 0, "an HTTP message with its headers: cut off all up to the first empty line"},
    {"# HELP ", 7, 0, "metrics in Prometheus' text format, not traces"},
    {"# TYPE ", 7, 0, "metrics in Prometheus' text format, not traces"},
};

static const char *a_file(tk_str head)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (head.n >= files[i].at + files[i].n && memcmp(head.p + files[i].at, files[i].magic, files[i].n) == 0)
            return files[i].what;
    return NULL;
}

/* ---- text ---- */

/* Known by words in it: all of a row's. */
static const struct {
    const char *words[2];
    const char *what;
} texts[] = {
    {{"instrumentationScope: {", "traceId: '"},
     "what the ConsoleSpanExporter of Node's SDK prints, which leaves out what is deep: export OTLP instead"},
    {{"traceId: '", "kind: "},
     "what the ConsoleSpanExporter of Node's SDK prints, which leaves out what is deep: export OTLP instead"},
    {{"traceId: \"", "kind: "},
     "what the ConsoleSpanExporter of a JavaScript SDK prints, which leaves out what is deep: export OTLP instead"},
    {{"#<struct OpenTelemetry::SDK::Trace::SpanData", NULL},
     "what the ConsoleSpanExporter of Ruby's SDK prints: export OTLP instead"},
    {{"  trace_id      : ", "  span_id       : "},
     "what the ostream exporter of the C++ SDK prints: export OTLP instead"},
    {{" [tracer: ", NULL},
     "what the logging exporter of Java's SDK prints, which leaves out the times: use otlp/stdout instead"},
    {{"Activity.TraceId:", "Activity.SpanId:"}, "what the console exporter of .NET's SDK prints: export OTLP instead"},
    {{"ScopeSpans #0", NULL}, "what the collector's debug exporter prints: use its file exporter instead"},
    {{"Span #0", "Instrumentation Scope"}, "what the stdout exporter of Rust's SDK prints: export OTLP instead"},
    {{"resource_spans {", "spans {"},
     "protobuf's text format: encode it first (protoc --encode opentelemetry.proto.trace.v1.TracesData)"},
};

static bool starts_with_word(const char *p, const char *end, const char *const *words)
{
    for (; *words; words++) {
        size_t n = strlen(*words);
        if ((size_t)(end - p) > n && memcmp(p, *words, n) == 0)
            return true;
    }
    return false;
}

/* One cell of a header line that names trace ids, in any spelling. */
static bool names_trace_id(tk_str cell)
{
    char letters[16];
    size_t n = 0;
    for (size_t i = 0; i < cell.n && n < sizeof letters; i++)
        if (isalnum((unsigned char)cell.p[i]))
            letters[n++] = (char)tolower((unsigned char)cell.p[i]);
    return (n == 7 && memcmp(letters, "traceid", 7) == 0) || (n == 5 && memcmp(letters, "trace", 5) == 0);
}

/* A first line of at least three cells, one of which is named as trace ids are. */
static bool is_table(tk_str head)
{
    const char *nl = memchr(head.p, '\n', head.n), *end = nl ? nl : head.p + head.n;
    for (const char *separator = ",\t;|"; *separator; separator++) {
        size_t cells = 0;
        bool named = false;
        for (const char *p = head.p; p <= end;) {
            const char *q = memchr(p, *separator, (size_t)(end - p));
            q = q ? q : end;
            named |= names_trace_id((tk_str){p, (size_t)(q - p)});
            cells++;
            p = q + 1;
        }
        if (cells >= 3 && named)
            return true;
    }
    return false;
}

static const char *a_text(tk_str head)
{
    static const char *const code[] = {"import ",        "export ", "const ", "var ", "let ",
                                       "module.exports", "//",      "/*",     NULL};
    static const char *const answers[] = {"404 page not found", "Not Found",   "Unauthorized",
                                          "Forbidden",          "Bad Gateway", NULL};
    const char *end = head.p + head.n, *p = tki_json_ws(head.p, end);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *const *w = texts[i].words;
        if (memmem(head.p, head.n, w[0], strlen(w[0])) && (!w[1] || memmem(head.p, head.n, w[1], strlen(w[1]))))
            return texts[i].what;
    }
    if (p < end && *p == '<')
        return "an HTML or XML page, perhaps of an error or a login: fetch the data again";
    if (starts_with_word(p, end, answers))
        return "the error message of a server: fetch the data again";
    if (starts_with_word(p, end, code))
        return "source code: cut the JSON out of it";
    if (p < end && *p != '{' && *p != '[' && is_table(head))
        return "a table (CSV), whose columns follow no standard: write its rows as OTLP JSON lines first";
    return NULL;
}

/* ---- JSON ---- */

/* Known by its keys: all of a row's rules must be met. */
static const struct {
    struct tki_key keys[4];
    const char *what;
} json[] = {
    {{{"segment_id", 6}, {"data_binary", 6}, {NULL, 0}},
     "rows of SkyWalking's storage, with segments as protobuf inside: fetch the traces with its queryTrace (swctl trace)"},
    {{{"_source", 6}, {NULL, 0}}, "an Elasticsearch dump without Jaeger's spans"},
    {{{"parent", 3}, {"child", 3}, {"callCount", 3}, {NULL, 0}},
     "a list of dependencies between services, as Jaeger and Zipkin count them: there are no spans in it"},
    {{{"data", 1}, {"total", 1}, {"limit", 1}, {NULL, 0}},
     "an answer of Jaeger's API without traces in it, such as a list of services: fetch /api/traces"},
    {{{"error", 1}, {"httpCode", 2}, {NULL, 0}}, "an error message of Jaeger's API: fetch the trace again"},
    {{{"ParentID", 1}, {"OperationName", 1}, {"ValueType", 3}, {NULL, 0}},
     "rows of Jaeger's tables in Cassandra: fetch the traces from Jaeger's API"},
    {{{"TraceSummaries", 1}, {NULL, 0}},
     "a list of AWS X-Ray trace summaries, without segments: fetch the traces with batch-get-traces"},
    {{{"traces", 1}, {"rootServiceName", 3}, {NULL, 0}},
     "the answer to a search in Tempo, which has summaries only: fetch each trace by its id"},
    {{{"traces", 1}, {"rootTraceName", 3}, {NULL, 0}},
     "the answer to a search in Tempo, which has summaries only: fetch each trace by its id"},
    {{{"schema", 3}, {"fields", 4}, {"values", 4}, {NULL, 0}},
     "a data frame of Grafana: download the trace from Explore, or fetch it from the data source"},
    {{{"resultType", 2}, {"result", 2}, {NULL, 0}}, "the answer of Prometheus or Loki to a query, not traces"},
    {{{"scopes", 1}, {"spans", 3}, {"parent_span_id", 5}, {NULL, 0}},
     "what the ConsoleSpanExporter of PHP's SDK prints: export OTLP instead"},
    {{{"partialSuccess", 1}, {NULL, 0}}, "the answer of an OTLP receiver, not what was sent to it"},
    {{{"traceEvents", 1}, {NULL, 0}},
     "a Chrome trace, of one program's threads rather than of requests: open it in Perfetto"},
    {{{"ph", 2}, {"ts", 2}, {"pid", 2}, {NULL, 0}},
     "a Chrome trace, of one program's threads rather than of requests: open it in Perfetto"},
    {{{"$schema", 1}, {"profiles", 1}, {"shared", 1}, {NULL, 0}}, "a profile of speedscope, not traces"},
    {{{"log", 1}, {"entries", 2}, {"startedDateTime", 4}, {NULL, 0}}, "an HTTP archive of a browser, not traces"},
    {{{"event_id", 1}, {"contexts", 1}, {"platform", 1}, {NULL, 0}}, "an event of Sentry: export OTLP instead"},
    {{{"projectId", 3}, {"traceId", 3}, {"spans", 3}, {NULL, 0}},
     "a trace of Google Cloud Trace's API: export OTLP from it"},
    {{{"m", 1}, {"se", 2}, {NULL, 0}},
     "Elastic APM's intake of browsers (version 3), with abbreviated keys: fetch the indexed documents instead"},
    {{{"RootSpan", 2}, {"Children", 4}, {NULL, 0}},
     "a trace of Tracetest: fetch it from the store that Tracetest reads"},
    {{{"minutes_ago", 2}, {"duration_ms", 2}, {NULL, 0}},
     "lines for SigNoz' seeder, which have no ids and no times: there are no traces in it"},
    {{{"span_id", 2}, {"parent_span_id", 2}, {"start_time_unix_nano", 2}, {NULL, 0}},
     "spans as flat JSON objects, whose attributes follow no standard: write them as OTLP JSON"},
    {{{"trace_id", 2}, {"annotations", 2}, {"binary_annotations", 2}, {NULL, 0}},
     "Zipkin v1 spans as Go's JSON of Thrift structs, of no stable shape: fetch the traces from Zipkin's API"},
};

static const char *a_json(const struct tki_head *head)
{
    for (size_t i = 0; i < sizeof json / sizeof *json; i++) {
        const struct tki_key *keys = json[i].keys;
        unsigned n = 0;
        while (n < 3 && keys[n].name)
            n++;
        if (tki_keys_met(head, keys) == n)
            return json[i].what;
    }
    return NULL;
}

/* A list of lists of maps, whose head has no JSON's brackets. */
static const char *a_msgpack(tk_str head)
{
    if (head.n < 8)
        return NULL;
    unsigned char c = (unsigned char)head.p[0];
    bool list = (c >= 0x90 && c <= 0x9f) || c == 0xdc || c == 0xdd;
    if (list && memmem(head.p, head.n,
                       "\xa7"
                       "span_id",
                       8))
        return "MessagePack, as Datadog's tracers send it: convert it to JSON first";
    return NULL;
}

int tki_refused(const struct tki_head *head, struct tk_err *err)
{
    const char *what = a_file(head->text);
    if (!what)
        what = a_msgpack(head->text);
    if (!what)
        what = a_json(head);
    if (!what)
        what = a_text(head->text);
    return what ? tki_err_at(err, TK_EUNSUPPORTED, 0, "not read: this is %s", what) : 0;
}

/* ---- nothing that is known ---- */

/* The first members of the document, or of the first element of a list, for who knows what they mean. */
static void put_members(struct tki_buf *b, tk_str head)
{
    enum { MEMBERS_MAX = 5, NAME_MAX_BYTES = 40, TEXT_MAX = 4096 };
    char text[TEXT_MAX + TKI_PADDING] = {0}; /* scanning reads beyond the end */
    size_t n = head.n < TEXT_MAX ? head.n : TEXT_MAX;
    memcpy(text, head.p, n);
    const char *end = text + n, *p = tki_json_ws(text, end);
    for (int lists = 0; p < end && *p == '[' && lists < 2; lists++)
        p = tki_json_ws(p + 1, end);
    if (p == end || *p != '{')
        return;
    p++;
    for (int i = 0; i < MEMBERS_MAX; i++) {
        p = tki_json_ws(p, end);
        const char *close = p < end && *p == '"' ? tki_json_skip_string(p + 1, end) : NULL;
        if (!close || (size_t)(close - p) > NAME_MAX_BYTES)
            return;
        for (const char *c = p; c < close; c++)
            if ((unsigned char)*c < ' ')
                return;
        tki_buf_str(b, i ? TKI_STR(", ") : TKI_STR(" with the members "));
        tki_buf_put(b, p, (size_t)(close - p));
        p = tki_json_ws(close, end);
        if (p == end || *p != ':' || !(p = tki_json_skip_value(tki_json_ws(p + 1, end), end)))
            return;
        p = tki_json_ws(p, end);
        if (p == end || *p++ != ',')
            return;
    }
}

int tki_unknown(tk_str head, bool eof, struct tk_err *err)
{
    struct tki_buf b = {0};
    const char *end = head.p + head.n, *p = tki_json_ws(head.p, end);
    bool bracket = p < end && (*p == '{' || *p == '[');
    if (bracket) {
        tki_buf_lit(&b, "JSON");
        put_members(&b, head);
        tki_buf_lit(&b, " is of no trace format that is known");
        if (eof && !tki_js_head_end(p, end))
            tki_buf_lit(&b, "; it breaks off");
    } else {
        tki_buf_printf(
            &b,
            "the first %zu bytes are of no trace format that is known, no JSON, and nothing else that is recognised",
            head.n);
    }
    tki_buf_putc(&b, 0);
    tki_err_at(err, TK_EFORMAT, 0, "%s", b.err ? "of no trace format that is known" : b.p);
    tki_buf_free(&b);
    return TK_EFORMAT;
}
