/* What X-Ray documents come in: the answers of BatchGetTraces (as the API, the command line and the SDKs give
 * them, whole or a list of its traces), the requests of PutTraceSegments, datagrams to the daemon, documents
 * alone, in lists and one after another.
 *
 * A document is a record, with its subsegments.  Members of containers begin with a capital letter, those of
 * segments do not: one walk tells them apart.  A Document is a string that holds JSON, or the object itself, as
 * the console shows it.
 */
#include "base/err.h"
#include "format/js/documents.h"
#include "format/js/records.h"
#include "format/js/scan.h"
#include "format/xray/segment.h"
#include "format/xray/write.h"

enum { DEPTH_MAX = 8, TRACE_ID_CHARS = 35 };

struct ctx {
    struct tki_records r;
    unsigned needs, depth;
    tk_str trace;      /* Id of the trace around */
    const char *inner; /* what is wrong inside a Document, or NULL */
};

static void value(struct ctx *x, unsigned depth);

/* A document in a string. */
static void text(struct ctx *x)
{
    struct tki_js *j = &x->r.j, outer, inner;
    const char *at = j->p;
    tk_str s = tki_js_str(j);
    if (j->error || !tki_js_inner(&inner, j->batch, s))
        return;
    outer = *j;
    *j = inner;
    value(x, DEPTH_MAX);
    if (!j->error && (tki_js_peek(j), j->p < j->end))
        tki_js_fail(j, "expected the end of the document");
    x->inner = j->error;
    *j = outer;
    if (x->inner)
        tki_js_fail_at(j, at, x->inner);
}

static void list(struct ctx *x, unsigned depth)
{
    if (!tki_js_array(&x->r.j))
        return;
    while (tki_js_item(&x->r.j)) {
        tki_record_begin(&x->r);
        value(x, depth + 1);
    }
}

static void documents(struct tki_js *j, void *to)
{
    (void)j;
    list(to, ((struct ctx *)to)->depth + 1);
}

static void one_document(struct tki_js *j, void *to)
{
    tki_js_peek(j);
    value(to, ((struct ctx *)to)->depth + 1);
}

static void trace(struct tki_js *j, void *to)
{
    tk_str id;
    tki_xray_text(j, &id);
    if (id.n == TRACE_ID_CHARS) /* else a segment's */
        ((struct ctx *)to)->trace = id;
}

static void limit(struct tki_js *j, void *to)
{
    (void)to;
    if (tki_js_bool(j)) /* X-Ray kept no more of the trace */
        tki_note(j->batch, TK_NOTE_PARTIAL);
}

static void unprocessed(struct tki_js *j, void *to)
{
    (void)to;
    j->batch->notes->n[TK_NOTE_PARTIAL] += tki_js_count(j);
}

/* Takes a member of what stands around documents.  Returns false when the member is another one. */
static bool container(struct ctx *x, tk_str k, unsigned depth)
{
    static const struct tki_js_field fields[] = {
        TKI_JS_PART("Traces", documents),
        TKI_JS_PART("Segments", documents),
        TKI_JS_PART("TraceSegmentDocuments", documents),
        TKI_JS_PART("Document", one_document),
        TKI_JS_PART("Id", trace),
        TKI_JS_PART("LimitExceeded", limit),
        TKI_JS_PART("UnprocessedTraceIds", unprocessed),
        TKI_JS_TOLD("Duration"),
        TKI_JS_TOLD("UnprocessedTraceSegments"),
        TKI_JS_TOLD("NextToken"),
        TKI_JS_TOLD("ResponseMetadata"),
        TKI_JS_TOLD("format"),
        TKI_JS_TOLD("version"),
        TKI_JS_END,
    };
    if (depth >= DEPTH_MAX)
        return false;
    x->depth = depth;
    return tki_js_field(&x->r.j, fields, k, x);
}

static void object(struct ctx *x, unsigned depth)
{
    struct tki_js *j = &x->r.j;
    struct tki_xray_segment segment;
    tk_str k, trace = x->trace;
    tki_js_peek(j);
    tki_xray_segment_begin(&segment, j, x->needs);
    if (tki_js_object(j))
        while (tki_js_key(j, &k))
            if (!container(x, k, depth))
                tki_xray_segment_member(&segment, j, k);
    tki_xray_segment_end(&segment, j, x->trace);
    x->trace = trace;
    if (segment.met)
        tki_record_end(&x->r);
}

static void value(struct ctx *x, unsigned depth)
{
    char c = tki_js_peek(&x->r.j);
    if (c == '[' && depth < DEPTH_MAX)
        list(x, depth);
    else if (c == '"' && depth > 0 && depth < DEPTH_MAX)
        text(x);
    else
        object(x, depth);
}

/* What is left of a container behind a record that was skipped. */
static void rest(struct ctx *x)
{
    struct tki_js *j = &x->r.j;
    if (*j->p != '"') {
        j->p++;
        return;
    }
    const char *close = tki_json_skip_string(j->p + 1, j->end);
    const char *colon = close ? tki_json_ws(close, j->end) : j->end;
    if (colon == j->end || *colon != ':') {
        text(x);
        return;
    }
    tk_str k = tki_js_str(j);
    tki_js_peek(j);
    j->p++;
    if (!container(x, k, 0))
        tki_js_skip(j);
}

static void next(struct tki_records *r, char c)
{
    struct ctx *x = (struct ctx *)r;
    if (r->resumed && memchr("]}\"", c, 3))
        rest(x);
    else
        value(x, 0);
}

static int decode(struct tki_decode *d)
{
    struct ctx x = {.needs = d->needs};
    int r = tki_records_decode(&x.r, d, next);
    if (r < 0 && x.inner)
        tki_err_set(d->err, r, "in a document: %s", x.inner);
    return r;
}

/* ---- recognising ---- */

/* The bits of `["{\"id\":...`, as the command line's --query 'Traces[].Segments[].Document' prints it. */
static unsigned bits_of_texts(tk_str s)
{
    static const char *const words[] = {"\\\"id\\\"", "\\\"start_time\\\"", "\\\"trace_id\\\""};
    const char *end = s.p + s.n, *p = tki_json_ws(s.p, end);
    unsigned bytes = 0;
    for (unsigned lists = 0; lists < 2 && p < end && *p == '['; lists++)
        p = tki_json_ws(p + 1, end);
    if (end - p <= 2 || p == s.p || p[0] != '"' || p[1] != '{')
        return 0;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (!memmem(p, (size_t)(end - p), words[i], strlen(words[i])))
            return 0;
        bytes += (unsigned)strlen(words[i]);
    }
    return 8 * bytes;
}

static unsigned bid(const struct tki_head *head)
{
    static const struct tki_key containers[] = {{"Traces", 1},   {"UnprocessedTraceIds", 1},   {"Segments", 4},
                                                {"Document", 6}, {"TraceSegmentDocuments", 1}, {NULL, 0}};
    static const struct tki_key datagram[] = {{"format", 1}, {"version", 1}, {NULL, 0}};
    static const struct tki_key foreign[] = {{"context", 2}, {"span_id", 3}, {"spanId", 3}, {NULL, 0}};
    static const struct tki_key must[] = {{"id", 2}, {"start_time", 2}, {NULL, 0}};
    static const struct tki_key more[] = {{"trace_id", 2},    {"end_time", 2}, {"in_progress", 2}, {"subsegments", 2},
                                          {"annotations", 2}, {"http", 2},     {NULL, 0}};
    unsigned bits = tki_key_bits(head, containers) + tki_all_keys_bits(head, datagram);
    if (tki_keys_met(head, must) == 2 && !tki_keys_met(head, foreign))
        bits += tki_key_bits(head, must) + tki_key_bits(head, more);
    return head->json ? bits + bits_of_texts(head->text) : bits;
}

const struct tki_format tki_format_xray = {
    .info = {.name = "xray",
             .about = "AWS X-Ray: answers of BatchGetTraces, PutTraceSegments, segment documents, datagrams to the "
                      "daemon; written as segment documents, one a line",
             .can_read = true,
             .can_write = true},
    .bid = bid,
    .cutter = &tki_cut_json,
    .split = TKI_REPEATS(".Traces[].Segments[]", "[].Segments[]", ".Segments[]", ".TraceSegmentDocuments[]", "[]"),
    .unique_ids = true,
    .decode = decode,
    .resync = tki_js_resync_value,
    .begin = tki_xray_begin,
    .put = tki_xray_put,
    .end = tki_xray_end,
    .independent = true,
};
