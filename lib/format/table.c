#include "format/table.h"

#include "base/err.h"
#include "format/detect/refused.h"
#include "format/js/documents.h"
#include "format/js/scan.h"
#include "format/lossless/lossless.h"

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
    &tki_format_jaeger_protojson,
    &tki_format_zipkin_json,
    &tki_format_zipkin_v1,
    &tki_format_zipkin_thrift,
    &tki_format_zipkin_proto,
    &tki_format_xray,
    &tki_format_stdouttrace,
    &tki_format_python_console,
    &tki_format_elastic_apm,
    &tki_format_skywalking,
    &tki_format_datadog,
    &tki_format_php_console,
    &tki_format_collector_debug,
    &tki_format_dotnet_console,
    &tki_format_nextjs,
    &tki_format_rows,
    &tki_format_table,
    NULL,
};

const struct tki_format *tki_format_find(const char *name)
{
    for (const struct tki_format *const *f = tki_formats; *f; f++)
        if (strcmp((*f)->info.name, name) == 0)
            return *f;
    return NULL;
}

/* *tie: two formats bid the same, and no format bids more. */
static const struct tki_format *best_bidder(const struct tki_head *head, bool containers, unsigned *bits, bool *tie)
{
    const struct tki_format *best = NULL;
    *bits = 0;
    *tie = false;
    for (const struct tki_format *const *f = tki_formats; *f; f++) {
        unsigned b = (*f)->bid && (containers || !(*f)->container) ? (*f)->bid(head) : 0;
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
    struct tki_head h;
    tki_head_init(&h, head, eof);
    tki_head_rest(&h);
    const struct tki_format *best = best_bidder(&h, false, bits, &tie);
    tki_head_free(&h);
    return tie || h.failed ? NULL : best;
}

/* Documents of several formats may follow each other, so the first decides; but it may be empty or say nothing by
 * itself, as the lines before the documents of some formats. */
static const struct tki_format *best_by_documents(struct tki_head *head, bool *tie, struct tk_err *stranger)
{
    enum { DOCUMENTS_MAX = 8 };
    unsigned bits;
    for (int i = 0; i < DOCUMENTS_MAX && tki_head_document(head); i++) {
        if (i == 0 && tki_refused_first(head, stranger) < 0)
            return NULL;
        const struct tki_format *best = best_bidder(head, true, &bits, tie);
        if (best && !*tie)
            return best;
        if (i == 0)
            tki_refused(head, stranger); /* the first of several kinds: spans may follow */
    }
    if (stranger->code < 0)
        return NULL;
    tki_head_rest(head);
    if (!head->json && tki_refused_first(head, stranger) < 0)
        return NULL;
    const struct tki_format *best = best_bidder(head, true, &bits, tie);
    if (!best || *tie)
        tki_refused(head, stranger);
    return best;
}

const struct tki_format *tki_format_detect(tk_str head, bool eof, struct tk_err *err)
{
    bool tie = false;
    struct tk_err stranger = {0};
    struct tki_head h;
    tki_head_init(&h, head, eof);
    const struct tki_format *best = best_by_documents(&h, &tie, &stranger);
    tki_head_free(&h);
    if (h.failed) {
        tki_err_memory(err);
    } else if (best && !tie) {
        return best;
    } else if (stranger.code < 0) {
        tki_err_at(err, TK_EUNSUPPORTED, 0, "%s", stranger.text);
    } else if (best) {
        tki_err_at(err, TK_EFORMAT, 0, "the format is not clear from the first %zu bytes: name it with --from", head.n);
    } else {
        tki_unknown(head, eof, err);
    }
    return NULL;
}

const struct tki_format *tki_format_in_text(const char *p, const char *end, const char **document, const char **line,
                                            struct tk_err *stranger)
{
    const char *first = NULL, *behind, *same;
    *document = tki_js_text_document(p, end, line);
    for (; *document; *document = tki_js_text_document(behind, end, &same)) {
        first = first ? first : *document;
        behind = tki_js_head_end(*document, end);
        size_t n = (size_t)((behind ? behind : end) - *document);
        const struct tki_format *f = tki_format_detect((tk_str){*document, n < TKI_HEAD_MAX ? n : TKI_HEAD_MAX},
                                                       behind && n <= TKI_HEAD_MAX, stranger);
        if (f || stranger->code == TK_EUNSUPPORTED)
            return f;
        if (!behind || behind >= *line)
            break;
    }
    *document = first;
    return NULL;
}

/* The format of the document that begins at p, at the beginning of a line; *line: what is behind it, or the end. */
static const struct tki_format *format_at(const char *p, const char *end, const char **line)
{
    struct tk_err err;
    const char *behind = tki_js_head_end(p, end);
    *line = behind ? behind : end;
    return tki_format_detect((tk_str){p, (size_t)(*line - p)}, behind, &err);
}

const struct tki_format *tki_format_behind_text(tk_str head)
{
    enum { DOCUMENTS_MAX = 32 }; /* that are of no format, before one that is */
    const char *p = head.p, *end = head.p + head.n, *document, *line;
    while (p < end && *p == ',') /* decoders step over these, too */
        p = tki_json_ws(p + 1, end);
    bool first = true;
    for (int documents = 0; p < end && documents < DOCUMENTS_MAX; p = line, first = false) {
        struct tk_err err;
        p = tki_json_ws(p, end);
        if (!tki_js_text(p, end)) {
            bool bracket = p < end && (*p == '{' || *p == '[');
            if (p == head.p ? bracket : !first && !bracket)
                return NULL;
            if (!bracket) { /* the first line is the rest of a document that was cut */
                const char *nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
                line = nl ? nl + 1 : end;
                continue;
            }
            const struct tki_format *f = format_at(p, end, &line);
            if (f)
                return f->cutter == &tki_cut_json ? f : NULL;
            documents++;
            continue;
        }
        const struct tki_format *f = tki_format_in_text(p, end, &document, &line, &err);
        if (f)
            return f->cutter == &tki_cut_json ? f : NULL;
        documents += document != NULL;
    }
    return NULL;
}

int tki_format_stranger(tk_str head, bool eof, struct tk_err *err)
{
    struct tki_head h;
    tki_head_init(&h, head, eof);
    int r = tki_head_document(&h) ? tki_refused(&h, err) : 0;
    tki_head_free(&h);
    return r;
}

bool tki_format_is_other(const char *p, const char *end, const struct tki_format *own)
{
    const struct tki_format *f = tki_format_detect((tk_str){p, (size_t)(end - p)}, true, NULL);
    return f && f != own;
}

bool tki_format_lossless(const struct tki_format *f)
{
    return (f->lossless && f->put) || f == &tki_format_otlp_json || f == &tki_format_otlp_proto ||
           f == &tki_format_otlp_framed;
}
