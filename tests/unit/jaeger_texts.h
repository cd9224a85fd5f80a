/* jaeger_texts.h - pieces of Jaeger and OTLP JSON that tests are put together from. */
#ifndef TRACEKIT_TESTS_JAEGER_TEXTS_H
#define TRACEKIT_TESTS_JAEGER_TEXTS_H

#include "format_help.h"

#define JAEGER (&tki_format_jaeger_json)
#define ID     "\"traceID\":\"000000000000000a\",\"spanID\":\"000000000000000b\""
#define TRACE(span)                                   \
    "{\"data\":[{\"traceID\":\"a\",\"spans\":[{" span \
    "}],\"processes\":{\"p1\":{\"serviceName\":\"web\",\"tags\":[]}}}]}"
#define ONE(span)  TRACE(ID ",\"operationName\":\"op\",\"processID\":\"p1\"," span)
#define TAGS(tags) ONE("\"tags\":[" tags "]")
#define STR(k, v)  "{\"key\":\"" k "\",\"type\":\"string\",\"value\":\"" v "\"}"

/* OTLP JSON of one span of service web, with these members behind the name. */
#define SHOWN(scope, span)                                                                     \
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{" \
    "\"stringValue\":\"web\"}}]},"                                                             \
    "\"scopeSpans\":[{" scope "\"spans\":[{\"traceId\":\"0000000000000000000000000000000a\","  \
    "\"spanId\":\"000000000000000b\"," span "}]}]}]}\n"
#define SPAN(members, status)  SHOWN("", "\"name\":\"op\"" members ",\"status\":{" status "}")
#define ATTR(k, v)             "{\"key\":\"" k "\",\"value\":{" v "}}"
#define REF(type, trace, span) "{\"refType\":\"" type "\",\"traceID\":\"" trace "\",\"spanID\":\"" span "\"}"
#define HERE                   "000000000000000a"
#define A32                    "0000000000000000000000000000000a"
#define B32                    "0000000000000000000000000000000b"

#endif
