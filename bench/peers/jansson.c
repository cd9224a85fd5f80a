/* OTLP JSON lines with jansson: a document tree a line. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

static uint64_t nanoseconds(const json_t *span, const char *key)
{
    return strtoull(json_string_value(json_object_get(span, key)), NULL, 10);
}

static void add_span(struct answer *a, const json_t *span)
{
    const char *id = json_string_value(json_object_get(span, "traceId"));
    const json_t *status = json_object_get(span, "status");
    bool error = json_integer_value(json_object_get(status, "code")) == 2;
    answer_add(a, answer_hex64(id), answer_hex64(id + 16), nanoseconds(span, "startTimeUnixNano"),
               nanoseconds(span, "endTimeUnixNano"), error);
}

int main(int argc, char **argv)
{
    struct answer a = {0};
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!in) {
        fprintf(stderr, "usage: jansson FILE\n");
        return 2;
    }
    while ((n = getline(&line, &cap, in)) > 0) {
        size_t i, j, k;
        json_t *resource, *scope, *span;
        json_error_t err;
        json_t *doc = json_loadb(line, (size_t)n, 0, &err);
        if (!doc) {
            fprintf(stderr, "jansson: %s\n", err.text);
            return 1;
        }
        json_array_foreach(json_object_get(doc, "resourceSpans"), i, resource)
            json_array_foreach(json_object_get(resource, "scopeSpans"), j, scope)
                json_array_foreach(json_object_get(scope, "spans"), k, span) add_span(&a, span);
        json_decref(doc);
    }
    answer_print(&a);
    return 0;
}
