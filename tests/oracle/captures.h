/* captures.h - the captures that tests compare readers over: testdata by its list of counts, and the public
 * corpus by its index when it is there. */
#ifndef TRACEKIT_TESTS_CAPTURES_H
#define TRACEKIT_TESTS_CAPTURES_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "format/table.h"
#include "io/source.h"
#include "tap.h"

struct capture {
    char path[768], name[256];   /* name: as in the list */
    char format[32];             /* as for --from; "": a format that is not read */
    int traces, spans, services; /* -1: not counted */
};

enum { CAPTURES_MAX = 512 };

struct captures {
    struct capture at[CAPTURES_MAX];
    size_t n;
};

static inline struct capture *captures_add(struct captures *c)
{
    if (c->n == CAPTURES_MAX)
        bail_out("more than %d captures", CAPTURES_MAX);
    return &c->at[c->n++];
}

static inline void captures_testdata(struct captures *c)
{
    const char *top = getenv("TRACEKIT_TOP") ? getenv("TRACEKIT_TOP") : ".";
    char line[512];
    snprintf(line, sizeof line, "%s/testdata/COUNTS.tsv", top);
    FILE *list = fopen(line, "r");
    if (!list)
        bail_out("cannot read %s", line);
    while (fgets(line, sizeof line, list)) {
        struct capture x;
        if (sscanf(line, "%255s %31s %d %d %d", x.name, x.format, &x.traces, &x.spans, &x.services) != 5)
            continue;
        snprintf(x.path, sizeof x.path, "%s/testdata/%s", top, x.name);
        *captures_add(c) = x;
    }
    fclose(list);
    /* The list has what was counted with other software; these shapes are read too. */
    static const char *const more[] = {"jaeger/api-v3-traces.json", "jaeger/api-v3-trace.json",
                                       "sdk/node-odd-numbers.json", "sdk/node-odd-surrogate.json"};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        struct capture *x = captures_add(c);
        *x = (struct capture){.format = "json", .traces = -1, .spans = -1, .services = -1};
        snprintf(x->name, sizeof x->name, "%s", more[i]);
        snprintf(x->path, sizeof x->path, "%s/testdata/%s", top, more[i]);
    }
}

/* The format of a row of the index.  Its counter knows shapes by their keys only, so names decide where it
 * names different things alike. */
static inline const char *captures_format(const char *name, const char *shape)
{
    static const struct {
        const char *part, *format;
    } names[] =
        {
            {"elasticdump", "jaeger-es"},
            {"es-search", "jaeger-es"},
            {"gojson", "jaeger-pbjson"},
            {"protojson", "jaeger-pbjson"},
            {"concat.pb", "otlp"},
            {"lenprefixed.pb", "otlp-framed"},
            {"native.jsonl.zst", "json"},
            {"native.proto.zst", "otlp-framed"},
            {"legacyzstd", "frames"},
            {"40.grpcframes", "grpc"},
            {"varintdelimited", "delimited"},
            {"batch.pb", "jaeger-proto"},
            {"trace.pb", "jaeger-proto"},
            {"spansresponsechunk.pb", "jaeger-proto"},
            {"spansresponsechunk.grpcframes", "grpc"},
            {"hotel-frontend.", "jaeger-thrift"},
            {"proto3.pb", "zipkin-proto"},
            {"BinaryAnnotations", "zipkin-v1"},
            {"V1SpanBytesDecoder-skipsIncompleteEndpoint", "zipkin-v1"},
            {"v1_single_batch.thrift-binary", "zipkin-thrift"},
            {"notimestamp", "zipkin-v1"},
            {"oltp-arrow", "rows"},
        },
      shapes[] = {
          {"otlp-json", "json"},
          {"otlp-proto", "otlp"},
          {"jaeger-api-json", "jaeger"},
          {"jaeger-es-span", "jaeger-es"},
          {"jaeger-es-span-array", "jaeger-es"},
          {"jaeger-trace-json", "jaeger"},
          {"zipkin-v2", "zipkin"},
          {"zipkin-single", "zipkin"},
          {"zipkin-v1", "zipkin-v1"},
          {"zipkin-list-of-lists", "zipkin-v1"},
          {"elastic-apm-intake", "elastic-apm"},
          {"xray-segment", "xray"},
          {"xray-BatchGetTraces", "xray"},
      };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(name, names[i].part))
            return names[i].format;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shape, shapes[i].part) == 0)
            return shapes[i].format;
    return "";
}

/* Folders of the corpus whose files are whole and of our formats, or of others. */
static inline void captures_corpus(struct captures *c)
{
    char root[512], line[4096];
    snprintf(root, sizeof root, "%s/corpus", getenv("SHARED") && *getenv("SHARED") ? getenv("SHARED") : "../shared");
    snprintf(line, sizeof line, "%s/INDEX.md", root);
    FILE *list = fopen(line, "r");
    if (!list) {
        skip(1, "the corpus is not there");
        return;
    }
    while (fgets(line, sizeof line, list)) {
        struct capture x;
        char shape[64];
        if (sscanf(line, "| %255[^ |] | %*[^|]| %*[^|]| %*[^|]| %63[^ |] %*[^|]| %d | %d | %d |", x.name, shape,
                   &x.traces, &x.spans, &x.services) != 5 &&
            sscanf(line, "| %255[^ |] | %*[^|]| %*[^|]| %*[^|]| %63[^ |] | %d | %d | %d |", x.name, shape, &x.traces,
                   &x.spans, &x.services) != 5)
            continue;
        if (strncmp(x.name, "bad/", 4) == 0)
            continue;
        snprintf(x.format, sizeof x.format, "%s", captures_format(x.name, shape));
        snprintf(x.path, sizeof x.path, "%s/%s", root, x.name);
        *captures_add(c) = x;
    }
    fclose(list);
}

/* The file's bytes, decompressed; false after a failed test. */
static inline bool capture_bytes(const struct capture *c, struct tki_buf *out)
{
    struct tki_source *s;
    struct tk_err err = {0};
    ptrdiff_t got = 0;
    out->n = 0;
    int r = tki_source_open(&s, c->path, &err);
    if (r == 0) {
        r = tki_source_add_filters(&s, 0, &err);
        while (r == 0 && tki_buf_room(out, 1 << 16) && (got = tki_source_read(s, out->p + out->n, 1 << 16, &err)) > 0)
            out->n += (size_t)got;
        tki_source_close(s);
    }
    if (r == 0 && got == 0)
        return true;
    return ok(false, "%s can be read: %s", c->name, err.text);
}

/* What our decoder makes of all the bytes; NULL after a failed test. */
static inline struct tk_batch *capture_decode(const struct capture *c, tk_str in)
{
    struct tk_err err = {0};
    struct tk_batch *b = tk_batch_new();
    if (tki_format_decode(tki_format_find(c->format), in, TK_NEED_COPY, b, &err) == 0)
        return b;
    ok(false, "%s is decoded: %s at %llu", c->name, err.text, (unsigned long long)err.offset);
    tk_batch_free(b);
    return NULL;
}

#endif
