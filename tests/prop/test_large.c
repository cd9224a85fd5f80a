/* One resource with megabytes of spans: wherever it stands in its record, before its spans as most SDKs write
 * it or behind them as collectors write protobuf and Jaeger its processes, every span has it, as long as the
 * record may be held whole. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "tap.h"

enum { SPANS = 12000, NAME = 300 };

static void field(struct tki_buf *b, unsigned number, const char *p, size_t n)
{
    uint64_t length = n;
    tki_buf_putc(b, (char)(number << 3 | 2));
    for (; length > 127; length >>= 7)
        tki_buf_putc(b, (char)(length | 128));
    tki_buf_putc(b, (char)length);
    tki_buf_put(b, p, n);
}

static void nest(struct tki_buf *b, unsigned number, struct tki_buf *inner)
{
    field(b, number, inner->p, inner->n);
    tki_buf_free(inner);
    *inner = (struct tki_buf){0};
}

static void proto_scope_spans(struct tki_buf *scope_spans)
{
    static char name[NAME];
    memset(name, 'n', sizeof name);
    for (uint64_t i = 1; i <= SPANS; i++) {
        struct tki_buf span = {0};
        char id[16] = {0};
        tki_store_be64(id + 8, i);
        field(&span, 1, id, 16);
        field(&span, 2, id + 8, 8);
        field(&span, 5, name, sizeof name);
        nest(scope_spans, 2, &span);
    }
}

static void proto_record(struct tki_buf *out, bool resource_last, bool framed)
{
    struct tki_buf value = {0}, attribute = {0}, resource = {0}, scope_spans = {0}, record = {0}, message = {0};
    field(&value, 1, "shop", 4);
    field(&attribute, 1, "service.name", 12);
    nest(&attribute, 2, &value);
    nest(&resource, 1, &attribute);
    proto_scope_spans(&scope_spans);
    if (!resource_last)
        nest(&record, 1, &resource);
    nest(&record, 2, &scope_spans);
    if (resource_last)
        nest(&record, 1, &resource);
    nest(&message, 1, &record);
    for (int shift = 24; framed && shift >= 0; shift -= 8)
        tki_buf_putc(out, (char)(message.n >> shift));
    tki_buf_put(out, message.p, message.n);
    tki_buf_free(&message);
}

static void json_record(struct tki_buf *out, bool resource_last)
{
    static const char resource[] =
        "\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]}";
    tki_buf_lit(out, "{\"resourceSpans\":[{");
    if (!resource_last)
        tki_buf_printf(out, "%s,", resource);
    tki_buf_lit(out, "\"scopeSpans\":[{\"spans\":[");
    for (unsigned i = 1; i <= SPANS; i++)
        tki_buf_printf(out, "%s{\"traceId\":\"%032x\",\"spanId\":\"%016x\",\"name\":\"%0300u\"}", i > 1 ? "," : "", i,
                       i, i);
    tki_buf_lit(out, "]}]");
    if (resource_last)
        tki_buf_printf(out, ",%s", resource);
    tki_buf_lit(out, "}]}\n");
}

/* A trace; Jaeger's server writes its table of processes behind the spans. */
static void jaeger_record(struct tki_buf *out, bool processes_last)
{
    static const char processes[] = "\"processes\":{\"p1\":{\"serviceName\":\"shop\",\"tags\":[]}}";
    tki_buf_lit(out, "{\"data\":[{\"traceID\":\"00000000000000000000000000000001\",");
    if (!processes_last)
        tki_buf_printf(out, "%s,", processes);
    tki_buf_lit(out, "\"spans\":[");
    for (unsigned i = 1; i <= SPANS; i++)
        tki_buf_printf(out,
                       "%s{\"traceID\":\"%032x\",\"spanID\":\"%016x\",\"operationName\":\"%0300u\",\"references\":[],"
                       "\"startTime\":1700000000000000,\"duration\":5,\"tags\":[],\"logs\":[],\"processID\":\"p1\"}",
                       i > 1 ? "," : "", 1u, i, i);
    tki_buf_lit(out, "]");
    if (processes_last)
        tki_buf_printf(out, ",%s", processes);
    tki_buf_lit(out, "}]}\n");
}

/* Spans of the service, and all. */
static void read_back(const struct tki_buf *in, unsigned threads, const char *what)
{
    char path[64];
    const char *paths[] = {path};
    struct tk_read_opts opts = {.threads = threads};
    struct tk_err err = {0};
    struct tk_reader *r;
    struct tk_batch *b;
    unsigned all = 0, named = 0;
    snprintf(path, sizeof path, "/tmp/tracekit-large-%ld", (long)getpid());
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(in->p, 1, in->n, f) != in->n || fclose(f) != 0)
        bail_out("cannot write %s", path);
    int code = tk_reader_open(&r, paths, 1, &opts, &err);
    while (code >= 0 && (code = tk_reader_next(r, &b)) == 1)
        for (uint32_t i = 0; i < b->nspans; i++, all++)
            named += tki_str_eq(b->resources[b->spans[i].resource].service, tki_str("shop"));
    is_int(code, 0, "%s: %zu bytes are read", what, in->n);
    is_uint(all, SPANS, "%s: all spans come", what);
    is_uint(named, SPANS, "%s: and have their service", what);
    tk_reader_close(r);
    unlink(path);
}

int main(void)
{
    static const char *const order[] = {"resource first", "resource last"};
    for (int last = 0; last < 2; last++) {
        char what[64];
        for (int framed = 0; framed < 2; framed++) {
            struct tki_buf in = {0};
            proto_record(&in, last, framed);
            snprintf(what, sizeof what, "protobuf%s, %s", framed ? " with a length" : "", order[last]);
            read_back(&in, 0, what);
            read_back(&in, 2, what);
            tki_buf_free(&in);
        }
        for (int jaeger = 0; jaeger < 2; jaeger++) {
            struct tki_buf in = {0};
            (jaeger ? jaeger_record : json_record)(&in, last);
            snprintf(what, sizeof what, "%s, %s", jaeger ? "Jaeger" : "JSON", order[last]);
            read_back(&in, 0, what);
            read_back(&in, 2, what);
            tki_buf_free(&in);
        }
    }
    return done_testing();
}
