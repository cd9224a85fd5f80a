/* Documents of OTLP JSON and the wrappers that Tempo, Grafana and Jaeger put around them: where the records are. */
#include "base/err.h"
#include "format/codec/records.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "format/otlp/json.h"
#include "format/otlp/otlp.h"

static const char foreign[] = "a document of no trace format that is known";

static void element_begin(struct tki_oj *x)
{
    tki_js_peek(&x->j);
    x->at = x->j.p;
    x->at_depth = x->around + x->j.depth;
}

static void resource_spans_list(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    if (tki_js_array(j))
        while (tki_js_item(j)) {
            element_begin(x);
            if (tki_js_object(j))
                tki_oj_resource_members(x);
            if (!j->error)
                x->at = NULL;
        }
}

static bool document(struct tki_oj *x);

/* Tempo's v2 and Jaeger's v3 answers: `trace` or `result` is a document.  Others use these words for other things. */
static bool wrapped(struct tki_oj *x)
{
    if (tki_js_peek(&x->j) == '{')
        return document(x);
    bool null = tki_js_peek(&x->j) == 'n';
    tki_js_drop(&x->j, TKI_STR("trace"), NULL);
    return null;
}

static bool is_partial(struct tki_js *j)
{
    tk_str s = {0};
    if (tki_js_peek(j) == '"')
        s = tki_js_str(j);
    else
        tki_js_skip(j);
    return TKI_STR_IS(s, "PARTIAL");
}

/* Reads a document.  What Tempo says of its search is not of the trace.  Returns false when nothing in it is OTLP's. */
static bool document(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    tk_str k;
    tki_js_peek(j);
    struct tki_js start = *j;
    const uint64_t dropped = x->b->notes->n[TK_NOTE_MEMBER_DROPPED];
    if (!tki_js_object(j))
        return true;
    bool ours = false, members = false, partial = false;
    for (; tki_js_key(j, &k); members = true) {
        if (KEY(k, "resourceSpans") || KEY(k, "resource_spans") || KEY(k, "batches")) {
            resource_spans_list(x);
            ours = true;
        } else if (KEY(k, "trace") || KEY(k, "result")) {
            ours |= wrapped(x);
        } else if (KEY(k, "spanId") || KEY(k, "span_id") || KEY(k, "startTimeUnixNano") ||
                   KEY(k, "start_time_unix_nano")) {
            *j = start; /* a span of its own */
            x->b->notes->n[TK_NOTE_MEMBER_DROPPED] = dropped;
            return tki_oj_bare_span(x);
        } else if (KEY(k, "resource") || KEY2(k, "scopeSpans", "scope_spans") ||
                   KEY2(k, "instrumentationLibrarySpans", "instrumentation_library_spans")) {
            *j = start; /* a ResourceSpans of its own, as Java's logging exporter prints it */
            x->b->notes->n[TK_NOTE_MEMBER_DROPPED] = dropped;
            return tki_js_object(j) && tki_oj_resource_members(x);
        } else if (KEY(k, "status")) {
            partial = is_partial(j);
        } else if (tki_oj_other_signal(x, k)) {
            ours = true;
            tki_js_skip(j);
        } else {
            tki_js_drop(j, k, "metrics");
        }
    }
    if (ours && partial)
        tki_note(x->b, TK_NOTE_PARTIAL);
    return ours || !members;
}

static void own_document(struct tki_oj *x)
{
    tki_js_peek(&x->j);
    const char *start = x->j.p;
    if (!document(x) && !x->j.error) {
        x->j.p = start;
        tki_js_fail(&x->j, foreign);
    }
}

/* After an element was skipped, the rest of its document follows, and the beginning of that document is gone. */
static void document_rest(struct tki_oj *x, char c)
{
    if (c == ']' || c == '}') {
        x->j.p++;
        x->around--;
    } else if (c == '"') {
        tki_js_str(&x->j);
        if (tki_js_peek(&x->j) == ':') {
            x->j.p++;
            tki_js_skip(&x->j);
        }
    } else {
        element_begin(x);
        own_document(x);
        if (!x->j.error)
            x->at = NULL;
    }
}

/* Reads a line of a logger, with a document behind its text or without one: Java's exporter for JSON writes through a
 * logger.  Returns false when the line is neither: the reader asks whose another document is. */
static bool text_line(struct tki_oj *x)
{
    struct tki_js *j = &x->j;
    if (!tki_js_text(j->p, j->end))
        return false;
    char quoted;
    const char *line, *start = tki_js_text_document(j->p, j->end, &line);
    if (!start && tki_js_text_quoted(j->p, line, &quoted, 1))
        return false;
    if (!tki_js_balanced(j->p, start ? start : line, j->end) || (start && !tki_js_text_otlp(start, j->end)))
        return false;
    tki_note(x->b, TK_NOTE_TEXT_SKIPPED);
    j->p = start ? start : line;
    if (start)
        own_document(x);
    return true;
}

static void top_level(struct tki_oj *x)
{
    char c = *x->j.p;
    if (!x->around && text_line(x))
        return;
    if (c == ',' || c == '\x1e') {
        x->j.p++;
    } else if (tki_js_bom(x->j.p, x->j.end)) {
        x->j.p += 3;
    } else if (x->around) {
        document_rest(x, c);
    } else if (c == '[') {
        if (tki_js_array(&x->j))
            while (tki_js_item(&x->j))
                own_document(x);
    } else {
        own_document(x);
    }
}

/* A failed record inside a list is where to go on from, else its document; the records before it stay. */
static int decode(struct tki_decode *d)
{
    struct tki_oj x;
    uint64_t records = d->records;
    tki_oj_init(&x, d, &records);
    x.around = d->inside;
    while (tki_js_peek(&x.j), x.j.p < x.j.end) {
        tki_batch_mark(d->batch, &x.record);
        const char *start = x.j.p;
        x.at = NULL;
        top_level(&x);
        int r = tki_js_error(&x.j, d);
        d->records = records;
        if (r < 0) {
            if (x.j.error == foreign)
                tki_err_set(d->err, r, "%s", foreign);
            d->pos = (size_t)((x.at ? x.at : start) - d->in.p);
            d->inside = x.at ? x.at_depth : 0;
            return tki_record_failed(d, &x.record, d->pos, d->fault, r);
        }
        tki_batch_end_record(d->batch);
    }
    d->inside = x.around;
    d->pos = d->in.n;
    return 0;
}

/* ---- recognising ---- */

/* A span of otel-cli or of another Go program that prints the protobuf structs: its ids are base64.  Others use the
 * same names of members for spans of their own. */
static unsigned go_struct_bits(const struct tki_head *head)
{
    static const char key[] = "\"trace_id\":\"";
    static const struct tki_key keys[] = {{"trace_id", 1}, {"span_id", 1}, {"start_time_unix_nano", 1}, {NULL, 0}};
    if (tki_keys_met(head, keys) < 3)
        return 0;
    const char *end = head->text.p + head->text.n, *id = memmem(head->text.p, head->text.n, key, sizeof key - 1);
    id = id ? id + sizeof key - 1 : end;
    return end - id > 24 && memcmp(id + 22, "==\"", 3) == 0 ? tki_key_bits(head, keys) : 0;
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key keys[] = {{"resourceSpans", 2},
                                          {"resource_spans", 2},
                                          {"batches", 2},
                                          {"scopeSpans", 3},
                                          {"scope_spans", 3},
                                          {"instrumentationLibrarySpans", 3},
                                          {"instrumentation_library_spans", 3},
                                          {"startTimeUnixNano", 8},
                                          {"resourceLogs", 1},
                                          {"resourceMetrics", 1},
                                          {"resourceProfiles", 1},
                                          {"resource_logs", 1},
                                          {"resource_metrics", 1},
                                          {"resource_profiles", 1},
                                          {"scopeLogs", 2},
                                          {"scopeMetrics", 2},
                                          {"scopeProfiles", 2},
                                          {NULL, 0}};
    if (head->json)
        return tki_key_bits(head, keys) + go_struct_bits(head);
    const char *end = head->text.p + head->text.n, *p = tki_json_ws(head->text.p, end);
    if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p = tki_json_ws(p + 3, end);
    bool logged = tki_js_text(p, end) && memmem(p, (size_t)(end - p), "{\"resource", 10);
    return logged ? tki_logged_key_bits(head, keys) / 2 : 0; /* half: other text stands around the documents */
}

static void put(struct tki_encode *e, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    tki_otlp_json_put(e->out, b, rows, nrows, e->notes);
}

/* The lists of spans in a ResourceSpans at `at`. */
#define SPANS_AT(at)                                                                                      \
    at ".scopeSpans[].spans[]", at ".instrumentationLibrarySpans[].spans[]", at ".scope_spans[].spans[]", \
        at ".instrumentation_library_spans[].spans[]"
#define RESOURCES_AT(at) SPANS_AT(at ".resourceSpans[]"), SPANS_AT(at ".resource_spans[]"), SPANS_AT(at ".batches[]")

const char *const tki_otlp_json_split[] = {
    RESOURCES_AT(""), SPANS_AT(""), RESOURCES_AT(".trace"), RESOURCES_AT(".result"), RESOURCES_AT("[]"),
    SPANS_AT("[]"),   NULL};

const struct tki_format tki_format_otlp_json = {
    .info = {.name = "json",
             .about = "OTLP JSON: documents one after another, or lines; written as lines",
             .can_read = true,
             .can_write = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = tki_otlp_json_split,
    .decode = decode,
    .resync = tki_js_resync_element,
    .put = put,
    .copies = TK_RAW_OTLP_JSON,
    .can_copy = tki_otlp_json_copies,
    .independent = true,
};
