#include "format/format.h"

#include "base/err.h"
#include "format/js/bid.h"
#include "format/js/scan.h"

const struct tki_format *const tki_formats[] = {
    &tki_format_otlp_json,
    &tki_format_otlp_proto,
    &tki_format_otlp_framed,
    &tki_format_tempo,
    &tki_format_tempo_proto,
    &tki_format_frames,
    &tki_format_grpc,
    &tki_format_delimited,
    &tki_format_jaeger_json,
    &tki_format_jaeger_proto,
    &tki_format_jaeger_thrift,
    &tki_format_jaeger_es,
    &tki_format_zipkin_json,
    &tki_format_zipkin_proto,
    &tki_format_xray,
    &tki_format_stdouttrace,
    &tki_format_python_console,
    &tki_format_rows,
    &tki_format_table,
    &tki_format_chrome,
    &tki_format_speedscope,
    &tki_format_folded,
    &tki_format_dot,
    &tki_format_mermaid,
    &tki_format_deps,
    &tki_format_openmetrics,
    NULL,
};

const struct tk_format_info *tk_format_at(size_t i)
{
    return i < sizeof tki_formats / sizeof *tki_formats - 1 ? &tki_formats[i]->info : NULL;
}

const struct tki_format *tki_format_find(const char *name)
{
    for (const struct tki_format *const *f = tki_formats; *f; f++)
        if (strcmp((*f)->info.name, name) == 0)
            return *f;
    return NULL;
}

/* What the bytes are when they are not for us: recognised so that the message is of use. */
static const struct {
    const char *magic;
    size_t n;
    const char *what;
} strangers[] = {
    {"PAR1", 4, "a Parquet file"},
    {"version https://git-lfs", 23, "a Git LFS pointer, not the data: run 'git lfs pull'"},
    {"\xff\xfe", 2, "UTF-16 text (from PowerShell?): convert it to UTF-8 first"},
    {"\xfe\xff", 2, "UTF-16 text: convert it to UTF-8 first"},
    {"\x80\x01\x00", 3, "a Thrift message"},
    {"\x82\x21", 2, "a Thrift compact message"},
    {"\x82\x81", 2, "a Thrift compact message"},
    {"<", 1, "HTML or XML, perhaps an error page"},
};

/* Text that is known by words in it: all of a row's. */
static const struct {
    const char *words[2];
    const char *what;
} texts[] = {
    {{"instrumentationScope: {", "traceId: '"}, "what the ConsoleSpanExporter of Node's SDK prints, which leaves out what is deep: export OTLP instead"},
    {{" [tracer: ", NULL}, "what the logging exporter of Java's SDK prints, which leaves out the times: use otlp/stdout instead"},
    {{"Activity.TraceId:", "Activity.SpanId:"}, "what the console exporter of .NET's SDK prints: export OTLP instead"},
    {{"ScopeSpans #0", NULL}, "what the collector's debug exporter prints: use its file exporter instead"},
    {{"Span #0", "Instrumentation Scope"}, "what the stdout exporter of Rust's SDK prints: export OTLP instead"},
};

/* JSON that is known by its keys: all of a row's rules must be met. */
static const struct {
    struct tki_key_bid keys[3];
    const char *what;
} json_strangers[] = {
    {{{"TraceSummaries", 1, 1}, {0}}, "a list of AWS X-Ray trace summaries, without segments: fetch the traces with batch-get-traces"},
    {{{"_source", 6, 1}, {0}}, "an Elasticsearch dump without Jaeger's spans"},
    {{{"traceEvents", 1, 1}, {0}}, "a Chrome trace"},
    {{{"metadata", 1, 1}, {"service", 2, 1}, {0}}, "an Elastic APM intake stream"},
    {{{"traceSegmentId", 3, 1}, {0}}, "SkyWalking segments"},
    {{{"vType", 8, 1}, {0}}, "Jaeger spans as Go or protobuf JSON"},
    {{{"v_type", 8, 1}, {0}}, "Jaeger spans as Go JSON"},
};

static const char *json_stranger(tk_str head)
{
    for (size_t i = 0; i < sizeof json_strangers / sizeof *json_strangers; i++) {
        const struct tki_key_bid *keys = json_strangers[i].keys;
        unsigned n = 0;
        while (n < 2 && keys[n].key)
            n++;
        if (tki_bid_keys(head, keys) == n)
            return json_strangers[i].what;
    }
    return NULL;
}

static const char *stranger(tk_str head)
{
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (head.n >= strangers[i].n && memcmp(head.p, strangers[i].magic, strangers[i].n) == 0)
            return strangers[i].what;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *const *w = texts[i].words;
        if (memmem(head.p, head.n, w[0], strlen(w[0])) && (!w[1] || memmem(head.p, head.n, w[1], strlen(w[1]))))
            return texts[i].what;
    }
    return json_stranger(head);
}

/* *tie: two bid alike, and nobody more. */
static const struct tki_format *best_bidder(tk_str head, bool eof, bool containers, unsigned *bits, bool *tie)
{
    const struct tki_format *best = NULL;
    *bits = 0;
    *tie = false;
    for (const struct tki_format *const *f = tki_formats; *f; f++) {
        unsigned b = containers || !(*f)->container ? (*f)->bid(head, eof) : 0;
        *tie = b ? b == *bits || (b < *bits && *tie) : *tie;
        if (b > *bits) {
            *bits = b;
            best = *f;
        }
    }
    return best;
}

const struct tki_format *tki_format_payload(tk_str head, bool eof, unsigned *bits)
{
    bool tie;
    const struct tki_format *best = best_bidder(head, eof, false, bits, &tie);
    return tie ? NULL : best;
}

/* Behind the JSON document at p; NULL when none begins there, or it does not end. */
static const char *document_end(const char *p, const char *end)
{
    while (p < end && (strchr(" \t\r\n\x1e", *p) || (end - p > 2 && memcmp(p, "\xef\xbb\xbf", 3) == 0)))
        p += *p == '\xef' ? 3 : 1;
    return p < end && (*p == '{' || *p == '[') ? tki_json_skip(p, end) : NULL;
}

/* Documents of several formats may follow each other, so the first decides; but it may be empty or say nothing by
 * itself, as the lines before the documents of some formats. */
static const struct tki_format *best_by_documents(tk_str head, bool eof, unsigned *bits, bool *tie)
{
    enum { DOCUMENTS_MAX = 8 };
    const char *p = head.p, *end = head.p + head.n;
    for (int i = 0; i < DOCUMENTS_MAX && (p = document_end(p, end)); i++) {
        const struct tki_format *best = best_bidder((tk_str){head.p, (size_t)(p - head.p)}, true, true, bits, tie);
        if (best && !*tie)
            return best;
    }
    return best_bidder(head, eof, true, bits, tie);
}

const struct tki_format *tki_format_detect(tk_str head, bool eof, struct tk_err *err)
{
    unsigned bits;
    bool tie;
    const struct tki_format *best = best_by_documents(head, eof, &bits, &tie);
    if (best && !tie)
        return best;
    const char *what = stranger(head);
    if (what)
        tki_err_at(err, TK_EUNSUPPORTED, 0, "not read: this is %s", what);
    else if (best)
        tki_err_at(err, TK_EFORMAT, 0, "the format is not clear from the first %zu bytes: name it with --from", head.n);
    else
        tki_err_at(err, TK_EFORMAT, 0, "the first %zu bytes are of no trace format that is known (tried OTLP JSON and protobuf, Jaeger JSON, Zipkin JSON)%s",
                   head.n, eof ? "; the input may be cut off" : "");
    return NULL;
}

int tki_format_decode(const struct tki_format *f, tk_str in, unsigned needs, struct tk_batch *b, struct tk_err *err)
{
    char *copy = tk_batch_alloc(b, in.n + TKI_PADDING); /* where the rows' views point: it lives as long as they */
    if (!copy)
        return tki_err_memory(err);
    if (in.n)
        memcpy(copy, in.p, in.n);
    memset(copy + in.n, 0, TKI_PADDING);
    struct tki_decode d = {.in = {copy, in.n}, .needs = needs, .batch = b, .err = err};
    int r = f->decode(&d);
    if (r < 0 && err) {
        err->has_offset = true;
        err->offset = d.fault;
    }
    return r;
}
