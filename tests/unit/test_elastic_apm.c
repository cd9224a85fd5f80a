/* Elastic APM: lines of the intake with the metadata before them, and indexed documents. */
#include "base/err.h"
#include "format_help.h"

#define APM     (&tki_format_elastic_apm)
#define META    "{\"metadata\":{\"service\":{\"name\":\"web\",\"environment\":\"test\"},\"labels\":{\"team\":\"blue\"}}}\n"
#define IDS     "\"trace_id\":\"0000000000000000000000000000000a\",\"id\":\"000000000000000b\""
#define SPAN(m) "{\"span\":{" IDS ",\"timestamp\":1000000,\"duration\":1.5" m "}}\n"
#define TX(m)   "{\"transaction\":{" IDS ",\"timestamp\":1000000,\"duration\":1.5" m "}}\n"

static const struct tk_attr *attr(const struct tk_batch *b, uint32_t span, const char *key)
{
    return tk_attr_find(b, b->spans[span].attrs, key);
}

static bool is_text(const struct tk_attr *a, const char *want)
{
    return a && a->value.type == TK_STRING && tki_str_eq((tk_str){a->value.v.s, a->value.n}, tki_str(want));
}

static void test_spans(void)
{
    struct tk_batch *b =
        read_text(APM, META TX(",\"name\":\"GET /\",\"type\":\"request\",\"parent_id\":\"000000000000000c\"")
                           SPAN(",\"transaction_id\":\"000000000000000d\",\"start\":3,\"type\":\"db\"") "\n");
    ok(b->nspans == 2 && b->nresources == 1, "a transaction and a span, one resource");
    const struct tk_span *s = b->spans;
    ok(s[0].start_ns == 1000000000 && s[0].end_ns == 1001500000, "microseconds; milliseconds with decimals");
    ok(s[0].parent_id == 12 && s[0].kind == TK_KIND_SERVER && TKI_STR_IS(s[0].name, "GET /") && s[0].flags == 1,
       "a transaction");
    ok(s[1].parent_id == 13 && s[1].kind == TK_KIND_CLIENT,
       "without a parent the transaction is it; what the database is called is a client");
    ok(TKI_STR_IS(b->resources[0].service, "web"), "the service of the metadata");
    ok(is_text(tk_attr_find(b, b->resources[0].attrs, "deployment.environment.name"), "test") &&
           is_text(tk_attr_find(b, b->resources[0].attrs, "team"), "blue"),
       "names of OpenTelemetry, labels under their own");
    ok(is_text(attr(b, 1, "transaction.id"), "000000000000000d") && attr(b, 1, "span.start"),
       "what has no other place is an attribute");
    is_uint(tk_notes_get(b->notes, TK_NOTE_NO_START), 0, "both have a start");
    tk_batch_free(b);
    b = read_text(APM, SPAN(",\"timestamp\":null,\"start\":22"));
    ok(b->spans[0].start_ns == 0 && b->spans[0].end_ns == 1500000 && tk_notes_get(b->notes, TK_NOTE_NO_START) == 1,
       "no start of its own");
    ok(!b->resources[0].present, "no metadata: nothing is said of the resource");
    tk_batch_free(b);
    b = read_text(APM, TX(",\"sampled\":false,\"outcome\":\"failure\",\"type\":\"messaging\"")
                           SPAN(",\"outcome\":\"success\",\"type\":\"messaging\",\"action\":\"send\"")
                               SPAN(",\"otel\":{\"span_kind\":\"CONSUMER\","
                                    "\"attributes\":{\"a.b\":1}}"));
    s = b->spans;
    ok(s[0].flags == 0 && s[0].status == TK_STATUS_ERROR && s[0].kind == TK_KIND_CONSUMER,
       "not sampled, failed, consumed");
    ok(s[1].status == TK_STATUS_UNSET && s[1].kind == TK_KIND_PRODUCER &&
           is_text(attr(b, 1, "event.outcome"), "success"),
       "sent");
    ok(s[2].kind == TK_KIND_CONSUMER && attr(b, 2, "a.b"), "of the OpenTelemetry bridge");
    tk_batch_free(b);
}

static void test_context(void)
{
    struct tk_batch *b = read_text(
        APM,
        TX(",\"context\":{\"request\":{\"method\":\"GET\",\"url\":{\"full\":\"http://x/\"}},\"tags\":{\"t\":\"v\"},\"custom\":{\"c\":[1]},"
           "\"service\":{}},\"result\":\"ok\",\"trace_id\":\"0000000000000000000000000000000c\""));
    ok(is_text(attr(b, 0, "http.request.method"), "GET") && is_text(attr(b, 0, "url.full"), "http://x/") &&
           is_text(attr(b, 0, "t"), "v") && attr(b, 0, "custom.c"),
       "the context's members have paths of their own");
    ok(is_text(attr(b, 0, "transaction.result"), "ok") && b->spans[0].trace_id.lo == 12,
       "members behind the context are the transaction's again");
    tk_batch_free(b);
    b = read_text(APM, META TX("") TX(",\"context\":{\"service\":{\"name\":\"own\",\"agent\":{\"name\":\"x\"}}}")
                           TX(",\"context\":{\"service\":{\"name\":\"own\",\"agent\":{\"name\":\"x\"}}}") TX("")
                               TX(",\"context\":{\"service\":{\"name\":\"web\"}}"));
    ok(b->nresources == 2 && b->spans[0].resource == b->spans[3].resource &&
           b->spans[1].resource == b->spans[2].resource && b->spans[4].resource == b->spans[0].resource,
       "an event's own service over the metadata's");
    const struct tk_resource *r = &b->resources[b->spans[1].resource];
    ok(TKI_STR_IS(r->service, "own") && is_text(tk_attr_find(b, r->attrs, "deployment.environment.name"), "test"),
       "the rest stays");
    tk_batch_free(b);
    b = read_text(
        APM,
        SPAN(",\"links\":[{\"trace_id\":\"0000000000000000000000000000000c\",\"span_id\":\"000000000000000d\"},{}]"));
    ok(b->spans[0].links.count == 2 && b->links[0].trace_id.lo == 12 && b->links[0].span_id == 13, "links");
    tk_batch_free(b);
}

static void test_metadata(void)
{
    struct tk_batch *b = read_text(APM, META TX("") "{\"metadata\":{\"service\":{\"name\":\"next\"}}}\n" TX(
                                            "") "{\"error\":{\"id\":\"1\"}}\n"
                                                "{\"metricset\":{\"samples\":{}}}\n{\"log\":{\"message\":\"x\"}}\n");
    ok(TKI_STR_IS(b->resources[b->spans[0].resource].service, "web") &&
           TKI_STR_IS(b->resources[b->spans[1].resource].service, "next"),
       "metadata counts up to the next");
    ok(tk_notes_get(b->notes, TK_NOTE_ERROR_DOCS) == 1 && tk_notes_get(b->notes, TK_NOTE_OTHER_METRICS) == 1 &&
           tk_notes_get(b->notes, TK_NOTE_OTHER_LOGS) == 1,
       "errors, metrics and logs are counted");
    tk_batch_free(b);
    fails(APM, META "{\"what\":{}}", sizeof META - 1,
          "expected an event of Elastic APM: metadata, transaction, span, error, metricset or log");
    fails(APM, "{\"span\":{\"name\":\"x\"}}", 8, "expected a span with id, found '{'");
}

/* Whatever the size of the pieces, an event has the metadata that stands before it. */
static void test_cut(void)
{
    struct tki_buf text = {0};
    char what[64];
    for (int i = 0; i < 40; i++) {
        if (i % 7 == 0)
            tki_buf_printf(&text, "{\"metadata\":{\"service\":{\"name\":\"s%d\"}}}\n", i / 7);
        tki_buf_printf(&text, "{\"span\":{" IDS ",\"duration\":1,\"name\":\"s%d\",\"odd\":\"\\\"metadata\\\":\"}}\n",
                       i / 7);
    }
    for (size_t window = 64; window < 2000; window += 97) {
        struct tki_cut c = {.cutter = APM->cutter,
                            .split = APM->split,
                            .context = APM->context,
                            .window = window,
                            .inside = 1 << 20,
                            .record_max = 1 << 20};
        struct tki_piece piece;
        struct tk_err err = {0};
        unsigned spans = 0, wrong = 0;
        size_t at = 0, n = window;
        int r;
        if (c.cutter->open(&c) < 0)
            bail_out("out of memory");
        char *copy = calloc(text.n + 64, 1);
        memcpy(copy, text.p, text.n);
        for (;;) {
            bool eof = at + n >= text.n;
            r = c.cutter->next(&c, (tk_str){copy + at, eof ? text.n - at : n}, eof, &piece, &err);
            if (r == TKI_CUT_MORE) {
                n *= 2;
                continue;
            }
            if (r != TKI_CUT_PIECE)
                break;
            struct tki_buf whole = {0};
            tki_buf_str(&whole, piece.context);
            tki_buf_str(&whole, piece.prefix);
            tki_buf_str(&whole, piece.body);
            tki_buf_str(&whole, piece.suffix);
            struct tk_batch *b = read_needs(APM, (tk_str){whole.p, whole.n}, TK_NEED_COPY, 0);
            for (uint32_t i = 0; i < b->nspans; i++, spans++)
                wrong += !tki_str_eq(b->resources[b->spans[i].resource].service, b->spans[i].name);
            tk_batch_free(b);
            tki_buf_free(&whole);
            at += piece.consumed;
            n = window;
        }
        snprintf(what, sizeof what, "pieces of %d bytes", (int)window);
        ok(r == TKI_CUT_END && spans == 40 && wrong == 0, "%s: %u spans, %u of another service", what, spans, wrong);
        free(copy);
        c.cutter->close(&c);
    }
    tki_buf_free(&text);
}

#define DOC(m)                                                                                                 \
    "{\"@timestamp\":\"2026-11-21T00:00:00.000Z\",\"timestamp\":{\"us\":1000000},\"agent\":{\"name\":\"go\"}," \
    "\"service\":{\"name\":\"web\"},\"trace\":{\"id\":\"0000000000000000000000000000000a\"}," m "}"

static void test_indexed(void)
{
    static const char tx[] = DOC(
        "\"processor\":{\"event\":\"transaction\"},\"transaction\":{\"id\":\"000000000000000b\",\"name\":\"GET /\","
        "\"type\":\"request\",\"duration\":{\"us\":5},\"sampled\":true},\"event\":{\"outcome\":\"failure\"},\"labels\":{\"l\":\"v\"}");
    static const char span[] = DOC(
        "\"processor\":{\"event\":\"span\"},\"transaction\":{\"id\":\"000000000000000b\"},\"parent\":{\"id\":\"000000000000000b\"},"
        "\"span\":{\"id\":\"000000000000000c\",\"name\":\"q\",\"type\":\"db\",\"duration\":{\"us\":2},"
        "\"links\":[{\"trace\":{\"id\":\"0000000000000000000000000000000d\"},\"span\":{\"id\":\"000000000000000e\"}}]}");
    char text[4000];
    snprintf(
        text, sizeof text,
        "{\"took\":1,\"hits\":{\"hits\":[{\"_index\":\"traces-apm\",\"_source\":%s},{\"_source\":%s},{\"_source\":%s}]}}",
        tx, span, DOC("\"processor\":{\"event\":\"error\"},\"error\":{\"id\":\"1\"}"));
    struct tk_batch *b = read_text(APM, text);
    const struct tk_span *s = b->spans;
    ok(b->nspans == 2 && b->nresources == 1 && tk_notes_get(b->notes, TK_NOTE_ERROR_DOCS) == 1,
       "a transaction, a span, an error");
    ok(s[0].span_id == 11 && !s[0].parent_id && s[0].kind == TK_KIND_SERVER && s[0].status == TK_STATUS_ERROR &&
           s[0].start_ns == 1000000000 && s[0].end_ns == 1000005000 && is_text(attr(b, 0, "l"), "v"),
       "the transaction");
    ok(s[1].span_id == 12 && s[1].parent_id == 11 && TKI_STR_IS(s[1].name, "q") && s[1].kind == TK_KIND_CLIENT &&
           s[1].links.count == 1 && b->links[0].trace_id.lo == 13 && b->links[0].span_id == 14,
       "the span");
    ok(TKI_STR_IS(b->resources[0].service, "web") && !attr(b, 0, "service.name"),
       "the resource is told by families of fields");
    tk_batch_free(b);
    b = read_text(
        APM,
        "{\"@timestamp\":\"x\",\"timestamp.us\":1000000,\"processor.event\":\"span\",\"trace.id\":\"0000000000000000000000000000000a\","
        "\"span.id\":\"000000000000000c\",\"span.name\":\"q\",\"span.duration.us\":2,\"service.name\":\"web\"}");
    ok(b->nspans == 1 && b->spans[0].span_id == 12 && TKI_STR_IS(b->resources[b->spans[0].resource].service, "web"),
       "fields with dots in their names");
    tk_batch_free(b);
}

int main(void)
{
    test_spans();
    test_context();
    test_metadata();
    test_cut();
    test_indexed();
    static const char *const shapes[] = {"elastic-apm-intake", NULL};
    corpus_counts(APM, "other/", shapes, "derived-");
    return done_testing();
}
